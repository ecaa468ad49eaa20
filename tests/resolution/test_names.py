"""How two names agree, compiled and letter by letter."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import nullcontext
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import JaroWinkler

from audiencevault.resolution import names as module
from audiencevault.resolution.names import CLASH, GENDERED, GENERATION, LEVEL_NAMES, RESEMBLING, Compared, compare_rows
from tests.kernels import portable

COLUMNS = ("first_key", "last_key", "name_key", "nick_key", "nick_roots", "first_n", "last_n", "lossy")
Row = tuple[str | None, str | None, str | None, str | None, str | None, int, int, int]
Found = list[tuple[int, int, int]]


@pytest.fixture(params=["compiled", "portable"])
def way(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.param == "compiled" and module.KERNELS is None:
        pytest.skip("not compiled")
    with portable(module) if request.param == "portable" else nullcontext():
        yield


def _table(rows: list[Row]) -> pa.Table:
    texts = [pa.array(column, pa.string()) for column in list(zip(*rows, strict=True))[:5]]
    counts = [pa.array(column, pa.int64()) for column in list(zip(*rows, strict=True))[5:]]
    return pa.table([*texts, *counts], names=list(COLUMNS))


def _compared(names: pa.Table, *, noisy: bool = False, resembling: bool = False) -> Found:
    """Every name beside every name."""
    one, two = (place.ravel() for place in np.indices((names.num_rows, names.num_rows)))
    found = compare_rows(names, one, two, Compared(noisy=noisy, resembling=resembling))
    return list(zip(*(levels.tolist() for levels in found), strict=True))


def _name(text: str, nick: str | None = None, roots: str | None = None) -> Row:
    """`ida/falk`: rare, and written in Latin letters."""
    first, last = text.split("/")
    return first or None, last or None, " ".join(sorted(f"{first} {last}".split())), nick, roots, 1, 1, 0


@pytest.mark.parametrize(
    ("left", "right", "first", "last"),
    [
        (_name("ida/falk"), _name("ida/falk"), "same", "same"),
        (_name("ida/"), _name("/falk"), "missing", "missing"),
        (_name("ida/falk"), _name("otto/berg"), "different", "different"),
        (_name("stephan/falk"), _name("stepan/falc"), "similar", "doubtful"),
        (_name("daniel/falk"), _name("daniela/falk"), "doubtful", "same"),
        (_name("sulaiman/falk"), _name("sule/falk"), "doubtful", "same"),
        (_name("i/falk"), _name("ida/falk"), "initial", "same"),
        (_name("ida maria/falk"), _name("ida/falk"), "variant", "same"),
        (_name("idamaria/falk"), _name("ida maria/falk"), "variant", "same"),
        (_name("ida m/falk"), _name("ida maria/falk"), "variant", "same"),
        (_name("ida m/falk"), _name("ida maren lou/falk"), "variant", "same"),
        (_name("ida berta/falk"), _name("ida maria/falk"), "doubtful", "same"),
        (_name("ida/falk tellmann"), _name("ida/tellman falk"), "same", "similar"),
        (_name("i m/falk"), _name("ingrid/falk"), "initial", "same"),
        (_name("falk/ida"), _name("ida/falk"), "same", "same"),
        (_name("falk/stephan"), _name("stepan/falk"), "similar", "variant"),
        (_name("davis/james"), _name("jim/davis", "james"), "nickname", "variant"),
        (_name("pichler/martina", "martin"), _name("wallner/pichler"), "same", "different"),
        (_name("jim/davis", "james"), _name("james/davis", "james"), "nickname", "same"),
        (_name("tom/davis", "thomas", "thomas tomas"), _name("tomas/davis", "tomas"), "nickname", "same"),
        (_name("bob/davis", "robert"), _name("r/davis"), "initial", "same"),
        (_name("ida maria/falk"), _name("maria/"), "variant", "missing"),
        (_name("ida/falk"), _name("/ida"), "initial", "missing"),
    ],
)
@pytest.mark.usefixtures("way")
def test_levels_of_two_names(left: Row, right: Row, first: str, last: str) -> None:
    _, found, other, _ = _compared(_table([left, right]))
    for first_level, last_level, _ in (found, other):
        assert (LEVEL_NAMES[first_level], LEVEL_NAMES[last_level]) == (first, last)


@pytest.mark.usefixtures("way")
def test_a_spelling_is_a_slip_only_where_it_is_much_rarer() -> None:
    common = ("stephan", "falk", "falk stephan", None, None, 900, 900, 0)
    rare, usual = (("stepan", "falk", "falk stepan", None, None, records, 900, 0) for records in (2, 400))
    assert LEVEL_NAMES[_compared(_table([common, rare]))[1][0]] == "similar"
    assert LEVEL_NAMES[_compared(_table([common, usual]))[1][0]] == "doubtful"


@pytest.mark.usefixtures("way")
def test_in_a_noisy_table_a_few_wrong_letters_are_a_doubt_or_a_slip() -> None:
    table = _table([_name("ida/gerstenberg"), _name("ida/kesrtenbreg"), _name("ida/hertsenburk")])
    clean, noisy = _compared(table), _compared(table, noisy=True)
    assert [LEVEL_NAMES[clean[place][1]] for place in (1, 2)] == ["different", "different"]
    assert [LEVEL_NAMES[noisy[place][1]] for place in (1, 2)] == ["similar", "doubtful"]


@pytest.mark.usefixtures("way")
def test_what_clashes_and_what_only_seems_to() -> None:
    rows = [_name("ida/falk"), _name("otto/falk"), _name("ingrid/falk"), _name("/falk jr"), _name("ida/falk lou jr"),
            _name("ida/falk lou sr")]  # fmt: skip
    table = _table(rows)
    clashes = np.array([clash for _, _, clash in _compared(table)]).reshape(6, 6)
    assert clashes[0].tolist() == [0, CLASH, CLASH, 0, GENERATION, GENERATION]
    assert clashes[4, 5] == CLASH
    near = np.array([clash for _, _, clash in _compared(table, resembling=True)]).reshape(6, 6)
    assert near[0, :3].tolist() == [0, CLASH, RESEMBLING]
    assert _compared(_table([_name("mario/falk"), _name("maria/falk")]), resembling=True)[1][2] == GENDERED


@pytest.mark.usefixtures("way")
def test_what_cannot_be_read_is_not_different() -> None:
    """A reading without vowels is not held against a name; a name that agrees still does."""
    table = _table([_name("mhmd/falk"), ("otto", "falk", "falk otto", None, None, 1, 1, 1)])
    assert [LEVEL_NAMES[level] for level in _compared(table)[1][:2]] == ["missing", "same"]


WORD = st.one_of(
    st.text("abe", max_size=5), st.text("ab", min_size=6, max_size=9), st.sampled_from(["jr", "iii", "sr"]),
    st.text(max_size=3), st.text("ab", min_size=120, max_size=130),
)  # fmt: skip
TEXT = st.one_of(st.none(), st.lists(WORD, max_size=3).map(" ".join), st.text("ab e", max_size=12))
COUNT = st.sampled_from([0, 1, 2, 60, 400])
ROWS = st.lists(st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT, COUNT, COUNT, st.integers(0, 1)), min_size=1, max_size=8)


@given(ROWS, st.booleans(), st.booleans())
@settings(max_examples=100)
def test_compiled_and_portable_levels_are_the_same(rows: list[Row], noisy: bool, resembling: bool) -> None:
    swapped: list[Row] = [(row[1], row[0], *row[2:]) for row in rows]
    table = _table([*rows, *swapped])
    found = _compared(table, noisy=noisy, resembling=resembling)
    with portable(module):
        assert _compared(table, noisy=noisy, resembling=resembling) == found


@pytest.mark.skipif(module.KERNELS is None, reason="not compiled")
@given(*[st.one_of(st.text("abc", min_size=2, max_size=12), st.text("ab", min_size=60, max_size=90))] * 2)
@settings(max_examples=100)
def test_the_compiled_similarity_is_that_of_rapidfuzz_to_the_last_bit(left: str, right: str) -> None:
    score = JaroWinkler.similarity(left, right)
    if left == right or score == 0.0:
        return
    table = _table([_name(f"/{left}"), _name(f"/{right}")])
    for bound, level in ((score, "similar"), (math.nextafter(score, 2.0), "different")):
        with patch.object(module, "BOUNDS", (bound, bound, *module.BOUNDS[2:])):
            assert LEVEL_NAMES[_compared(table)[1][1]] == level


def test_slices_and_chunks_are_read_from_where_they_begin() -> None:
    rows = [_name("ida/falk", "ida", "ida idun"), _name("idun/falk", "idun"), _name("ödön/falk"), _name("i/fa lk jr")]
    table = _table(rows)
    whole = np.array(_compared(table)).reshape(4, 4, 3)
    assert np.array_equal(np.array(_compared(table.slice(1, 3))).reshape(3, 3, 3), whole[1:, 1:])
    chunks = pa.concat_tables([table.slice(0, 2), table.slice(2)])
    assert np.array_equal(np.array(_compared(chunks)).reshape(4, 4, 3), whole)


def test_no_pairs_are_no_levels() -> None:
    nobody = np.zeros(0, np.int64)
    for names in (_table([_name("ida/falk")]), _table([_name("ida/falk")]).slice(1)):
        assert [levels.tolist() for levels in compare_rows(names, nobody, nobody, Compared())] == [[], [], []]
