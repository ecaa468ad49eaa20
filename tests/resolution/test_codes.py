"""Texts as numbers: equal codes for equal texts, and for mailboxes that are one but for signs."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.resolution import codes as module
from audiencevault.resolution.codes import (
    begun,
    codes,
    combined,
    dates,
    endings,
    enumerated,
    mailbox_codes,
    order_of,
    spelled,
)
from tests.kernels import portable

TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=12), st.text(min_size=300, max_size=310)), max_size=8)


@given(TEXTS, TEXTS)
def test_equal_texts_have_equal_codes_wherever_they_stand(left: list[str | None], right: list[str | None]) -> None:
    """Texts beyond the compared length count by their beginning."""
    both = [*left, *right]
    found = codes(pa.array(both, pa.string())).tolist()
    assert found == [*codes(pa.array(left, pa.string())).tolist(), *codes(pa.array(right, pa.string())).tolist()]
    cut = [(text or "")[:256] for text in both]
    for x, code_x in zip(cut, found, strict=True):
        assert (code_x == 0) == (x == "")
        for y, code_y in zip(cut, found, strict=True):
            assert (x == y) == (code_x == code_y)


DIRTY = st.one_of(
    st.none(), st.text("ab1 .-+@é€𝛑:\n\0", max_size=9), st.text("0123456789+ -", max_size=20),
    st.from_regex(r"[0-9]{4}-?[0-9]{2}-[0-9]{2}", fullmatch=True), st.text("a 𝛑+1", min_size=254, max_size=260),
)  # fmt: skip


@given(st.lists(DIRTY, max_size=9), st.integers(0, 3), st.sampled_from([pa.string(), pa.large_string()]))
def test_compiled_and_portable_codes_are_the_same(texts: list[str | None], skipped: int, kind: pa.DataType) -> None:
    """Also of a column that begins somewhere in its buffers, and whose nulls have bytes."""
    column = pa.array(["skipped"] * skipped + [text or "null" for text in texts], kind)
    bits = pa.array([True] * skipped + [text is not None for text in texts], pa.bool_()).buffers()[1]
    column = pa.Array.from_buffers(kind, len(column), [bits, *column.buffers()[1:]]).slice(skipped)
    other = column[::-1]

    def found() -> list[Any]:
        plain = codes(column)
        return [
            part.tolist() for part in (
                plain, codes(column, most=1), codes(column, until=":"), codes(column, until=" ", most=3),
                *mailbox_codes(column), endings(column), dates(column), combined(3, plain, plain[::-1]),
                begun(column), begun(column, least=4, most=4), spelled(column, 256, other, 256),
                spelled(column, 1, other, 300), spelled(other, 256, column, 1),
            )
        ]  # fmt: skip

    compiled = found()
    with portable(module):
        assert found() == compiled


def test_the_beginning_of_a_text_and_what_is_before_a_sign() -> None:
    column = pa.array(["instagram:ida.falk", "ida", ":", "élan vital", None])
    assert codes(column, until=":").tolist() == codes(pa.array(["instagram", "ida", "", "élan vital", None])).tolist()
    assert codes(column, most=1).tolist() == codes(pa.array(["i", "i", ":", "é", None])).tolist()
    assert begun(column, least=4, most=4).tolist() == codes(pa.array(["inst", None, None, "élan", None])).tolist()


def test_two_names_in_one_word() -> None:
    first, last = pa.array(["ida maria", "élan", " ", None]), pa.array(["falk", "von berg", "falk", "falk"])
    assert spelled(first, 256, last, 256).tolist() == codes(pa.array(["idamariafalk", "élanvonberg", "", ""])).tolist()
    assert spelled(first, 1, last, 256).tolist() == codes(pa.array(["ifalk", "évonberg", "", ""])).tolist()


@given(st.lists(st.sampled_from([0, 1, -(2**63), 2**63 - 1, 77, -5]), max_size=20))
def test_each_value_is_known_by_where_it_came_first(values: list[int]) -> None:
    def check() -> None:
        number, first = enumerated(np.array(values, np.int64))
        assert [place and first[place - 1] for place in number.tolist()] == [v and values.index(v) for v in values]

    check()
    with portable(module):
        check()


@given(st.sets(st.text("ab\0é", max_size=20) | st.text("1", max_size=40)), st.randoms())
def test_texts_are_ordered_by_their_bytes(texts: set[str], random: Any) -> None:
    rows = sorted(texts)
    random.shuffle(rows)
    column = pa.array(["before", *rows], pa.string()).slice(1)
    order = order_of(column)
    found = column.to_pylist() if order is None else column.take(pa.array(order)).to_pylist()
    assert [text.encode() for text in found] == sorted(text.encode() for text in texts)
    assert (order is None) == all(x.encode() < y.encode() for x, y in pairwise(rows))


def test_slices_and_chunks_are_read_from_where_they_begin() -> None:
    column = pa.array(["ida", "falk", None, "ida"])
    whole = codes(column)
    assert codes(column.slice(1, 2)).tolist() == whole[1:3].tolist()
    assert codes(pa.chunked_array([column.slice(0, 2), column.slice(2)])).tolist() == whole.tolist()


def test_combined_codes_keep_kinds_apart_and_want_every_part() -> None:
    one, two = codes(pa.array(["a", "a", None])), codes(pa.array(["b", "c", "b"]))
    found = combined(1, one, two)
    assert found[0] != found[1]
    assert found[2] == 0
    assert combined(2, one, two)[0] != found[0]
    assert combined(1, two, one)[0] != found[0]


def test_mailboxes_without_signs_tags_and_domains() -> None:
    boxes = ["ida.falk17@example.com", "ida_falk+shop@example.org", "idafalk", "+ida@example.com", "idaf@example.com"]
    found = mailbox_codes(pa.array(boxes))
    plain = codes(pa.array(["idafalk17", "idafalk", "idaf", "ida"])).tolist()
    assert found.whole.tolist() == [plain[0], plain[1], plain[1], 0, 0]
    assert found.stem.tolist() == [plain[1], plain[1], plain[1], plain[3], plain[2]]
    assert found.prefix[:3].tolist() == [plain[2]] * 3
    assert found.suffix[0] != found.suffix[1] == found.suffix[2]


def test_endings_of_numbers_whatever_the_country() -> None:
    found = endings(pa.array(["+447700900001", "~7700900001", "07700900001", "+44123", "", None])).tolist()
    assert found[0] == found[1] == found[2] == 900001 + 1
    assert found[3:] == [0, 0, 0]


def test_whole_dates_only() -> None:
    assert dates(pa.array(["1990-05-17", "--05-17", None, "1990-5-17"])).tolist() == [19900517, 0, 0, 0]
