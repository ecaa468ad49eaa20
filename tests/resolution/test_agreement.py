"""What the faces of two people agree and differ on, compiled and by columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault.engine import Engine
from audiencevault.resolution import agreement, names
from audiencevault.resolution import faces as module
from audiencevault.resolution.agreement import COUNTED, LAST_RECORD, RECORDS, compare
from audiencevault.resolution.columns import Held, Ints, Records, Values, dense
from audiencevault.resolution.faces import FILLED, faces
from audiencevault.resolution.features import EMAIL, IDENTIFIER, PHONE
from audiencevault.resolution.names import LEVEL_NAMES, Compared
from tests.kernels import portable

SHOWN = ("nid", "name", *FILLED, "born")
NAMED = ("ida falk", "otto falk", "ida falk jr", "i falk", "ida maria falk", "ödön berg", "", "idun")
Row = tuple[int, ...]


class _Serial:
    """What `compare` asks of an engine."""

    def together(self, tasks: Sequence[Callable[[], Any]]) -> list[Any]:
        return [task() for task in tasks]


class _Records:
    """Records that show small numbers; the names of `nid` are those of NAMED."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.size = len(rows)
        columns = dict(zip(SHOWN, np.ascontiguousarray(np.array(rows, np.int64).T), strict=True))
        nid = columns["nid"]
        words = [[*NAMED[number - 1].split(" ", 1), ""] for number in sorted(set(nid[nid != 0].tolist()))]
        texts = [[word[place] or None for word in words] for place in (0, 1)]
        ones = pa.array([1] * len(words), pa.int64())
        keys = pa.array([" ".join(sorted(" ".join(word[:2]).split())) for word in words], pa.string())
        none = pa.nulls(len(words), pa.string())
        self.names = pa.table(
            [pa.array(texts[0], pa.string()), pa.array(texts[1], pa.string()), keys, none, none, ones, ones, ones],
            names=["first_key", "last_key", "name_key", "nick_key", "nick_roots", "first_n", "last_n", "lossy"],
        )
        for place, part in enumerate(("first", "last")):
            seen = sorted({text[place] for text in words} - {""})
            number = [0, *(1 + seen.index(text[place]) if text[place] else 0 for text in words)]
            columns[part] = np.array(number, np.int64)[dense(nid).codes]
        self._columns = {name: dense(column) for name, column in columns.items()}

    def values(self, name: str) -> Values:
        return self._columns[name]

    def streets(self, records: pa.Array) -> pa.Array:
        codes = pa.array([f"street {code}" for code in self.values("street").codes], pa.string())
        return codes.take(records)


@dataclass
class _Held:
    """What records hold: their numbers, kinds and texts."""

    rid: Ints
    kind: Ints
    values: list[str]

    @property
    def own(self) -> Any:
        return np.ones(len(self.rid), dtype=np.bool_)

    def texts(self, rows: Ints) -> pa.Array:
        return pa.array([self.values[row] for row in rows], pa.string())


def _records(rows: Sequence[Row]) -> Records:
    return cast("Records", _Records(rows))


def _held(rows: Sequence[tuple[int, int, str]]) -> Held:
    rid, kind, values = zip(*rows, strict=True) if rows else ((), (), ())
    return cast("Held", _Held(np.array(rid, np.int64), np.array(kind, np.int64), list(values)))


def _compared(
    records: Records, held: Held, roots: Ints, pairs: Sequence[tuple[int, int, int]], *, clashing: bool
) -> dict[str, list[Any]]:
    column = [pa.array([pair[place] for pair in pairs], pa.int64()) for place in range(3)]
    empty = pa.array([0] * len(pairs), pa.int8())
    candidates = pa.table([*column[:2], column[2], empty, empty], names=["ra", "rb", "handle", "local", "tail"])
    engine = cast("Engine", _Serial())
    found = compare(engine, records, held, roots, candidates, Compared(), clashing=clashing)
    return cast("dict[str, list[Any]]", found.to_pydict())


def _row(says: str = "", **shown: int) -> Row:
    """A record of one of NAMED, or of nobody."""
    return (NAMED.index(says) + 1 if says else 0, *(shown.get(column, 0) for column in SHOWN[1:]))


def test_a_person_shows_what_most_records_show_and_names_without_a_place_where_no_other_has_them() -> None:
    rows = [
        _row("ida falk"), _row("ida falk", city=1), _row("ida falk", city=2), _row("ida falk", city=2), _row("idun"),
        _row(), _row("otto falk"),
    ]  # fmt: skip
    roots = np.array([0, 0, 0, 0, 0, 0, 6])
    found = faces(_records(rows), roots, np.ones(7, np.bool_))
    assert found.record.tolist() == [2, 1, 4, 6]
    assert (found.first[[0, 6]].tolist(), found.count[[0, 6]].tolist()) == ([0, 3], [3, 1])
    many = [_row("ida falk", city=place) for place in (1, 2, 3, 4, 5, 5)]
    assert faces(_records(many), np.zeros(6, np.int64), np.ones(6, np.bool_)).record.tolist() == [4, 0, 1, 2]


def test_two_people_agree_on_what_any_of_their_faces_agree_on() -> None:
    rows = [
        _row("ida falk", name=1, city=1, street=1), _row("ida falk", name=1, city=2, born=19900517),
        _row("i falk", name=2, city=2, street=2), _row("ida maria falk", name=3, city=3, born=19900518),
    ]  # fmt: skip
    found = _compared(_records(rows), _held([]), np.array([0, 0, 2, 2]), [(0, 2, 0)], clashing=False)
    row = {name: column[0] for name, column in found.items()}
    levels = LEVEL_NAMES[row["first_best"]], row["first_initial"], LEVEL_NAMES[row["last_best"]]
    assert levels == ("same", 1, "same")
    assert (row["same_city"], row["other_city"], row["city_n"]) == (2, 1, 2)
    assert (row["same_street"], row["other_street"]) == (0, 1)
    assert (row["street_x"], row["street_y"]) == ("street 1", "street 2")
    assert (row["other_birthday"], row["born_x"], row["born_y"]) == (1, 19900517, 19900518)
    left, right = (LAST_RECORD - row["best"] // RECORDS % RECORDS, LAST_RECORD - row["best"] % RECORDS)
    assert (left, right) == (1, 2)


def test_names_that_clash_are_no_question_but_for_a_mailbox() -> None:
    rows = [_row("ida falk"), _row("otto falk"), _row("ida falk jr")]
    pairs = [(0, 1, 0), (0, 1, 1), (0, 2, 0)]
    roots = np.arange(3)
    found = _compared(_records(rows), _held([]), roots, pairs, clashing=False)
    assert list(zip(found["ra"], found["rb"], found["handle"], strict=True)) == pairs[1:]
    assert found["generation"] == [0, 1]
    assert len(_compared(_records(rows), _held([]), roots, pairs, clashing=True)["ra"]) == 3


def test_numbers_are_compared_by_kind_and_letter_by_letter() -> None:
    held = _held([(0, IDENTIFIER, "vat:de123456"), (0, IDENTIFIER, "crm:77"), (1, IDENTIFIER, "vat:de123457"),
                  (2, IDENTIFIER, "crm:77"), (3, IDENTIFIER, "tax:9"), (0, PHONE, "+1"), (1, PHONE, "+2")])  # fmt: skip
    found = _compared(
        _records([_row("ida falk")] * 4),
        held,
        np.arange(4),
        [(0, 1, 0), (0, 2, 0), (0, 3, 0), (1, 2, 0)],
        clashing=False,
    )
    assert found["identifier"] == [2, 3, 0, 0]
    assert found["both_phoned"] == [True, False, False, False]


VALUE = st.integers(0, 3)
ROWS = st.lists(
    st.tuples(st.integers(0, len(NAMED)), *[VALUE] * (len(SHOWN) - 1), st.integers(0, 30)), min_size=2, max_size=30
)
KINDS = st.sampled_from([EMAIL, PHONE, IDENTIFIER])


@given(ROWS, st.data())
@settings(max_examples=100, deadline=None)
def test_compiled_and_portable_agreements_are_the_same(rows: list[Row], data: st.DataObject) -> None:
    chosen = np.array([row[-1] for row in rows]) % np.arange(1, len(rows) + 1)
    roots = np.array([place if chosen[place] != chosen[root] else root for place, root in enumerate(chosen)], np.int64)
    for place, root in enumerate(roots):
        roots[place] = roots[root]
    records = _records([row[:-1] for row in rows])
    root = st.sampled_from(sorted(set(roots.tolist())))
    pairs = data.draw(st.lists(st.tuples(root, root, st.integers(0, 1)), max_size=12))
    number = st.sampled_from(["vat:de123456", "vat:de123457", "crm:7"])
    held = _held(data.draw(st.lists(st.tuples(st.integers(0, len(rows) - 1), KINDS, number), max_size=6)))
    clashing = data.draw(st.booleans())
    wanted = np.zeros(len(rows), np.bool_)
    wanted[roots] = True
    found = _compared(records, held, roots, pairs, clashing=clashing)
    shown = faces(records, roots, wanted)
    with portable(agreement, module, names):
        assert _compared(records, held, roots, pairs, clashing=clashing) == found
        again = faces(records, roots, wanted)
    for one, two in ((shown.record, again.record), (shown.first, again.first), (shown.count, again.count)):
        assert one.tolist() == two.tolist()


@pytest.mark.parametrize("slice_", [1, 2])
def test_it_makes_no_difference_how_many_are_compared_in_one_go(slice_: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [_row(says, name=place % 3, city=place % 2, born=place) for place, says in enumerate(NAMED)]
    roots, pairs = np.arange(len(rows)), [(one, two, 0) for one in range(8) for two in range(one)]
    whole = _compared(_records(rows), _held([]), roots, pairs, clashing=False)
    monkeypatch.setattr(agreement, "SLICE", slice_)
    assert _compared(_records(rows), _held([]), roots, pairs, clashing=False) == whole
    assert whole["ra"]
    assert {f"same_{name}" for name in COUNTED} <= set(whole)
