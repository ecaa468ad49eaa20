"""Names settled in columns are what the rules for single names make of them, with compiled kernels and without."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.normalise import name, name_keys, name_parts, name_texts, plain_names
from audiencevault.normalise.native_names import JAPANESE_SURNAMES
from tests.kernels import portable

WORDS = st.sampled_from([
    "Ida", "Falk", "Anna-Lena", "O'Neil", "O’Hara", "J", "J.", "S.", "Dr", "Dr.", "Jr.", "Jr", "van", "Van",
    "De", "Al", "El", "Abdul", "Rahman", "Müller", "Łukasz", "José", "Jose\u0301", "Юлия", "Петрова", "Γιώργος",
    "Ida,", "Falk,", "Ma", "PhD", "Test", "User", "Mac", "McDonald", "IDA", "ida", "✨", "🕯️", "👩🏽", "(Büro)",
    "|", "-", "&", "And", "Y", "E", "T", "X", "III", "Maria", "Garcia", "小明", "田中", "健", "김", "ﬁona",
    "Straße", "Ng", "Xi", "Oe", "İnci", "A.B.", "M.D.", "Li-", "-Li", "ß", "A.", "A", "K", "O.", "L.", "D", "x", "t.",
    "FALK,", "falk,", "MÜLLER", "ßa", "İNCİ", "o'neil", "MCDONALD", "ΓΙΏΡΓΟΣ", "محمد", "أحمد", "المصري", "محمّد", "עדי",
    "א.", "עבד", "Ǆamal", "ǅamal", "ªb", "ʼn", "idaᅟ", "𐐀𐐨", "ANNA-LENA", "jean-luc", "SR.", "van-der", "ჭაბუა", "LI",
])  # fmt: skip
TEXTS = st.builds(lambda words, glue: glue.join(words), st.lists(WORDS, min_size=1, max_size=4),
                  st.sampled_from([" ", " ", " ", "  ", "-"]))  # fmt: skip
MODULES = (plain_names, name_texts)


def key(text: str) -> str | None:
    return name_keys.comparison(text) or None if text else None


def written(table: name._Table, places: name_texts.Places) -> list[tuple[str | None, str | None]]:
    """What is shown of each name, and its key."""
    shown, keys = table.shown.to_pylist(), table.keys.to_pylist()
    return [(shown[place], keys[place]) if place >= 0 else (None, None) for place in places]


def check_wholes(texts: list[str], wanted: np.ndarray) -> None:
    table = name._Table()
    found = name._wholes(table, pa.array(texts), wanted)
    halves = [written(table, half) for half in (found.first, found.middle, found.last)]
    for at, text in enumerate(texts):
        single = name_parts.whole(text) if wanted[at] else name_parts.Whole("", "", "")
        parts = (single.first, single.middle, single.last)
        assert [half[at][0] for half in halves] == [part or None for part in parts], text
        assert found.flags[at] == ((*name_parts.FLAGS, None).index(single.flag) + 1) % 4, text
        if single.last not in JAPANESE_SURNAMES:
            assert [half[at][1] for half in halves] == [key(part) for part in parts], text


def check_parts(texts: list[str], *, given_name: bool) -> None:
    table = name._Table()
    places, flags = name._parts(table, pa.array(texts), given=given_name)
    rule = name_parts.given if given_name else name_parts.family
    for at, (text, found) in enumerate(zip(texts, written(table, places), strict=True)):
        single = rule(text)
        assert found == (single.shown or None, single.key or None), text
        assert flags[at] == ((*name_parts.FLAGS, None).index(single.flag) + 1) % 4, text


@given(st.lists(TEXTS, min_size=1, max_size=25), st.lists(st.booleans(), min_size=25, max_size=25))
def test_wholes_in_columns_agree_with_the_rule(texts: list[str], chosen: list[bool]) -> None:
    wanted = np.array(chosen[: len(texts)])
    check_wholes(texts, wanted)
    with portable(*MODULES):
        check_wholes(texts, wanted)


@given(st.lists(TEXTS, min_size=1, max_size=25), st.booleans())
def test_parts_in_columns_agree_with_the_rule(texts: list[str], given_name: bool) -> None:
    check_parts(texts, given_name=given_name)
    with portable(*MODULES):
        check_parts(texts, given_name=given_name)


SHAPED = st.text(st.sampled_from("AaBbÜüßǅªʼא中’'-., .☃\u0301𐐀"), max_size=12)


@given(st.lists(st.one_of(st.none(), TEXTS, SHAPED, st.text(max_size=8)), max_size=25), st.booleans())
def test_compiled_and_portable_shapes_are_the_same(texts: list[str | None], whole: bool) -> None:
    column = pa.array(["Ida", *texts], pa.string()).slice(1)
    wanted = np.array([text is not None and len(text) != 3 for text in texts], dtype=np.bool_)
    found = plain_names._recognised(column, wanted, whole=whole)
    with portable(*MODULES):
        other = plain_names._recognised(column, wanted, whole=whole)
    for one, two in zip(found, other, strict=True):
        assert one.tolist() == two.tolist()


PIECES = st.lists(st.sampled_from(["al", "el", "y", "ye", "off", "sky", "aa", "ue", "ks", "i", "b", "ma", "khatib", "r",
                                   "sergei", "min", "ova", "tch", "o", "mc", "mac", "donald", "ı", "-"]),
                  min_size=1, max_size=4).map("".join)  # fmt: skip
WRITTEN = st.one_of(PIECES.map(str.capitalize), PIECES.map(lambda text: f"~{text}"),
                    PIECES.map(lambda text: f"~{text.upper()}"))  # fmt: skip


@given(st.lists(WRITTEN, min_size=1, unique=True))
def test_words_that_mean_no_more_than_their_letters_are_read_at_once(words: list[str]) -> None:
    found = [item.to_pylist() for item in plain_names._read(pa.array(words))]
    assert list(zip(*found, strict=True)) == [plain_names._word(word) for word in words]


def test_thousands_of_words_are_told_apart() -> None:
    """More than the first table of the kernel holds."""
    words = [f"{'ABCDEFGH'[at % 8]}{chr(97 + at // 8 % 26)}{'xyz' * (at // 208 % 9)}{chr(97 + at // 1872)}"
             for at in range(20_000)]  # fmt: skip
    found = plain_names._recognised(pa.array([f"{word} Falk" for word in words]), np.ones(20_000, bool), whole=True)
    assert found.words.take(pa.array(found.places[:, 0])).to_pylist() == words
    assert found.words.take(pa.array(found.places[:, 2])).unique().to_pylist() == ["Falk"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("FALK, IDA MARIA", ("Ida", "Maria", "Falk")), ("falk, ida m.", ("Ida", "M", "Falk")),
        ("ida o'neil-mcdonald", ("Ida", None, "O'Neil-McDonald")), ("Timothy A. Hale", ("Timothy", "A.", "Hale")),
        ("محمد علي", ("محمد", None, "علي")), ("L. Horvath", ("L.", None, "Horvath")),
    ],
)  # fmt: skip
def test_names_of_one_case_initials_and_scripts_without_capitals_are_plain(text: str, parts: tuple) -> None:
    for kernels in (False, True):
        with portable() if kernels else portable(*MODULES):
            found = plain_names.plain(pa.array([text]), np.array([True]), whole=True)
            assert not found.odd.any()
            assert tuple(found.shown[place].as_py() if place >= 0 else None for place in found.places[0]) == parts
