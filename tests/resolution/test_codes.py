"""Texts as numbers: equal codes for equal texts, and for mailboxes that are one but for signs."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.resolution import codes as module
from audiencevault.resolution.codes import codes, combined, dates, endings, mailbox_codes
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


@given(TEXTS)
def test_compiled_and_portable_codes_are_the_same(texts: list[str | None]) -> None:
    column = pa.array(texts, pa.string())
    found = codes(column).tolist(), [part.tolist() for part in mailbox_codes(column)]
    with portable(module):
        assert (codes(column).tolist(), [part.tolist() for part in mailbox_codes(column)]) == found


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
