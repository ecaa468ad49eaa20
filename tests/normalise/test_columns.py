"""Passes over columns of text, compiled and portable: both against what Python says of one text at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.normalise import columns as module
from audiencevault.normalise.columns import (
    MUCH_TEXT,
    byte_class,
    byte_table,
    column,
    distinct,
    has_byte,
    is_foreign,
    is_printable_ascii,
    merge,
    only_bytes,
    put,
    several,
    text_buffers,
    text_bytes,
    translated,
    without_blanks,
    words,
)
from tests.kernels import portable

DIRT = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "\t\n", "\u00a0", "\u2003 \u3000", " \x85", "\x1c\x1f", "ab", "ab ", "\ufeff", "\x00"]),
    st.text(max_size=12),
    st.text("ab @.,", max_size=20),
    st.text("äÖ名\U0001f600", max_size=4),
)
TEXTS = st.lists(DIRT, max_size=12)
CUTS = st.tuples(st.integers(0, 3), st.integers(0, 3))


def cut(texts: list[Any], ends: tuple[int, int]) -> tuple[list[Any], pa.StringArray]:
    """`texts` and the same as a slice of a longer column."""
    before, behind = ("ab é"[: ends[0]], None), (" ", "xy"[: ends[1]])
    return texts, column([*before, *texts, *behind]).slice(len(before), len(texts))


def both(question: Callable[[], Any]) -> Any:
    """The answer, which must be the same with and without the compiled kernels."""
    found = question()
    with portable(module):
        assert question() == found
    return found


@given(TEXTS, CUTS)
def test_distinct_values_and_the_code_of_each_row(texts: list[str | None], ends: tuple[int, int]) -> None:
    _, values = cut(texts, ends)
    known, codes = both(lambda: [part.to_pylist() for part in distinct(values)])
    assert known == [*dict.fromkeys(text for text in texts if text is not None), None]
    assert [known[code] for code in codes] == texts
    assert all(code == len(known) - 1 for code, text in zip(codes, texts, strict=True) if text is None)


@given(TEXTS, CUTS)
def test_texts_that_several_rows_have(texts: list[str | None], ends: tuple[int, int]) -> None:
    _, values = cut(texts, ends)
    assert both(lambda: several(values).tolist()) == [
        row for row, text in enumerate(texts) if text is not None and texts.count(text) > 1
    ]


def test_texts_that_several_of_many_rows_have() -> None:
    texts = [f"r{number % 49_990:07}" for number in range(50_000)]
    assert both(lambda: several(column(texts)).tolist()) == [*range(10), *range(49_990, 50_000)]


def test_many_distinct_values_that_differ_in_one_character_only() -> None:
    texts = [f"r{number:07}" for number in range(50_000)]
    known, codes = both(lambda: [part.to_pylist() for part in distinct(column([*texts, *texts[::-1]]))])
    assert known == [*texts, None]
    assert codes == [*range(50_000), *range(49_999, -1, -1)]


@given(TEXTS, CUTS, st.sampled_from(["a", " @", ",."]))
def test_which_texts_have_a_byte_and_what_is_left_of_them(
    texts: list[str | None], ends: tuple[int, int], chars: str
) -> None:
    _, values = cut(texts, ends)
    among = byte_class(chars)
    assert both(lambda: has_byte(values, among).tolist()) == [not set(chars).isdisjoint(text or "") for text in texts]
    assert both(lambda: is_foreign(values).tolist()) == [not (text or "").isascii() for text in texts]
    assert both(lambda: is_printable_ascii(values).tolist()) == [
        text is not None and text.isascii() and (text == "" or text.isprintable()) for text in texts
    ]
    plain = [text and "".join(char for char in text if char.isascii()) for text in texts]
    _, ascii_values = cut(plain, (ends[0] % 3, ends[1]))
    assert both(lambda: only_bytes(ascii_values, among).to_pylist()) == [
        text and "".join(char for char in text if char in chars) for text in plain
    ]
    upper = np.arange(256, dtype=np.uint8)
    upper[ord("a")] = ord("A")
    assert both(lambda: translated(ascii_values, upper).to_pylist()) == [
        text and text.replace("a", "A") for text in plain
    ]


def test_a_text_that_is_too_long_is_not_printable() -> None:
    values = column(["a" * MUCH_TEXT, "a" * (MUCH_TEXT + 1), "a" * 9 + "é"])
    assert both(lambda: is_printable_ascii(values).tolist()) == [True, False, False]
    assert both(lambda: is_foreign(values).tolist()) == [False, False, True]


@given(TEXTS, CUTS)
def test_blank_cells_are_null_whatever_the_white_space(texts: list[str | None], ends: tuple[int, int]) -> None:
    _, values = cut(texts, ends)
    assert both(lambda: without_blanks(values).to_pylist()) == [
        text if text is not None and text.strip() else None for text in texts
    ]


def test_every_character_of_white_space_is_known() -> None:
    texts = [chr(code) for code in range(0x11000) if not 0xD800 <= code < 0xE000]
    expected = [None if text.isspace() else text for text in texts]
    assert both(lambda: without_blanks(column(texts)).to_pylist()) == expected


@given(st.lists(st.tuples(st.booleans(), DIRT, DIRT), max_size=12), CUTS)
def test_one_column_from_two(rows: list[tuple[bool, str | None, str | None]], ends: tuple[int, int]) -> None:
    where = np.array([chosen for chosen, _, _ in rows], dtype=np.bool_)
    _, inside = cut([text for chosen, text, _ in rows if chosen], ends)
    expected = [text if chosen else other for chosen, text, other in rows]
    _, outside = cut([other for chosen, _, other in rows if not chosen], ends)
    assert both(lambda: merge(where, inside, outside).to_pylist()) == expected
    _, whole = cut([other for _, _, other in rows], ends)
    assert both(lambda: put(whole, where, inside).to_pylist()) == expected


@given(TEXTS, CUTS)
def test_the_words_of_texts(texts: list[str | None], ends: tuple[int, int]) -> None:
    _, values = cut(texts, ends)
    table = byte_table("@", left_out=".")

    def read() -> list[list[str]]:
        found = words(values, table, "@")
        known = found.table.to_pylist()
        assert sorted(known) == sorted({known[code] for code in found.codes})
        return [[known[code] for code in found.codes[one:two]] for one, two in pairwise(found.firsts)]

    expected = [re.findall("[a-z0-9]+|@", re.sub("[A-Z]", _lower, (text or "").replace(".", ""))) for text in texts]
    assert both(read) == expected
    found = words(values, table, "@")
    keep = found.codes % 2 == 0
    shorts = column([word.upper() for word in found.table.to_pylist()])
    known = found.table.to_pylist()
    assert found.joined(shorts, keep).to_pylist() == [
        " ".join(word.upper() for word in row if known.index(word) % 2 == 0) for row in expected
    ]


def _lower(found: re.Match[str]) -> str:
    return found.group().lower()


def test_lists_are_put_and_merged_as_well() -> None:
    where = np.array([True, False, True])
    one, other = pa.array([["a"], None]), pa.array([["b", "c"]])
    assert merge(where, one, other).to_pylist() == [["a"], ["b", "c"], None]
    assert put(pa.array([["x"], ["b", "c"], ["y"]]), where, one).to_pylist() == [["a"], ["b", "c"], None]


@given(TEXTS, CUTS)
def test_the_bytes_of_a_column(texts: list[str | None], ends: tuple[int, int]) -> None:
    _, values = cut(texts, ends)
    offsets, data = text_bytes(values)
    assert [bytes(data[one:two]).decode() for one, two in pairwise(offsets)] == [text or "" for text in texts]
    whole, places = text_buffers(values)
    assert bytes(whole[places[0] : places[-1]]) == bytes(data)


def test_offsets_outside_of_the_bytes_are_an_error_and_no_crash() -> None:
    if module.KERNELS is None:
        pytest.skip("not compiled")
    kernels: Any = module.KERNELS
    data, offsets = np.frombuffer(b"abc", np.uint8), np.array([0, 3, 90], np.int32)
    two, three, every = np.ones(2, np.bool_), np.ones(3, np.bool_), np.ones(256, np.uint8)
    with pytest.raises(IndexError):
        kernels.numbered(data, offsets, np.zeros(0, np.uint8), 0)
    with pytest.raises(IndexError):
        kernels.seen(data, offsets, every)
    with pytest.raises(IndexError):
        kernels.foreign(data, offsets)
    with pytest.raises(IndexError):
        kernels.kept(data, offsets, every, every)
    with pytest.raises(IndexError):
        kernels.spliced(two, False, data, offsets, data, offsets)
    with pytest.raises(IndexError):
        kernels.spliced(three, False, data, offsets[:2], data, offsets[:2])
