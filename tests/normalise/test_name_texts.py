"""Columns put together from tables of texts: with compiled kernels and without."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.normalise import name_keys, name_texts
from audiencevault.normalise.name_texts import Endings, Memory, joined, one_by_one, sorted_words
from tests.kernels import portable

TABLES = st.lists(st.one_of(st.none(), st.text(max_size=6), st.text(min_size=15, max_size=40)), max_size=6)
KEYS = st.lists(
    st.one_of(st.none(), st.lists(st.sampled_from(["ida", "id", "i", "falk", "a" * 20]), max_size=12).map(" ".join)),
    max_size=6,
)
ENDINGS = Endings(("jr", "iii", "senior"))


def table_and_places(texts: list[str | None], seed: int) -> tuple[pa.StringArray, list[np.ndarray]]:
    """A table that is a slice of a longer one, and three places for each of up to nine rows."""
    random = np.random.default_rng(seed)
    rows = int(random.integers(0, 10))
    places = [random.integers(-1, len(texts), rows).astype(np.int32) for _ in range(3)]
    return pa.array(["before", *texts, "behind"], pa.string()).slice(1, len(texts)), places


@given(TABLES, st.integers(0, 1_000))
def test_texts_side_by_side(texts: list[str | None], seed: int) -> None:
    table, places = table_and_places(texts, seed)
    for some in (places[:1], places):
        found = joined(table, *some)
        wanted = [
            " ".join(filter(None, (texts[at] if at >= 0 else None for at in row))) for row in zip(*some, strict=True)
        ]
        assert found.to_pylist() == [text or None for text in wanted]
        assert found.null_count == wanted.count("")
        found.validate(full=True)
        with portable(name_texts):
            assert joined(table, *some).equals(found)


@given(KEYS, st.integers(0, 1_000))
def test_words_of_names_are_sorted_as_of_one_name(texts: list[str | None], seed: int) -> None:
    """Also where there are more than a kernel sorts."""
    table, places = table_and_places(texts, seed)
    found = sorted_words(table, *places)
    parts = [[texts[at] or "" if at >= 0 else "" for at in row] for row in zip(*places, strict=True)]
    assert found.to_pylist() == [name_keys.name_key(*row) or None for row in parts]
    found.validate(full=True)
    with portable(name_texts):
        assert sorted_words(table, *places).equals(found)


PIECES = st.sampled_from(["jr", "Jr.", "III", "Senior", "ſenior", " ", "\t", ",", ".", "ida", "é"])


@given(st.lists(st.one_of(st.none(), st.lists(PIECES).map("".join))))
def test_endings_are_found_in_any_case(texts: list[str | None]) -> None:
    column = pa.array(["Ida Jr", *texts], pa.string()).slice(1)
    found = ENDINGS.end(column).tolist()
    with portable(name_texts):
        assert ENDINGS.end(column).tolist() == found


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Ida Jr", True), ("Ida,JR. ", True), ("Ida sEniOr\t", True), ("Jr", False), ("Idajr", False), ("", False),
        ("Ida Jr..", False), ("Ida Jr .", False), ("Ida iii", True), ("Ida iiii", False), (" iii", True),
        ("Ida ſenior", False),
    ],
)  # fmt: skip
def test_what_an_ending_is(text: str, ends: bool) -> None:
    assert ENDINGS.end(pa.array([text])).tolist() == [ends]
    assert ENDINGS.are(pa.array([text])).tolist() == [text.strip() in ("Jr", "iii")]


def test_a_memory_asks_once_and_begins_anew_when_it_is_full() -> None:
    asked: list[str] = []

    def rule(text: str) -> tuple[str | None, int]:
        asked.append(text)
        return text[1:] or None, len(text)

    kinds = (pa.string(), pa.int64())
    memory = Memory(lambda texts: one_by_one(texts, rule, kinds), kinds)
    memory.LARGEST = 3  # type: ignore[misc]
    for _ in range(2):
        found = memory.answers(pa.array(["ida", "a", "ida"]))
        assert [item.to_pylist() for item in found] == [["da", None, "da"], [3, 1, 3]]
    assert memory.answers(pa.array(["falk", "tom", "a"]))[1].to_pylist() == [4, 3, 1]
    assert asked == ["ida", "a", "falk", "tom"]
    assert memory.answers(pa.array(["a"]))[0].to_pylist() == [None]
    assert asked[-1] == "a"
    assert memory.answers(pa.array([], pa.string()))[1].to_pylist() == []
