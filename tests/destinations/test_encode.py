"""Cells: safe for spreadsheets, within limits, and never a changed address."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.destinations.encode import clip, encode, listed
from audiencevault.destinations.layout import Column, Dialect
from audiencevault.destinations.rows import parts

DIALECT = Dialect()


def cells(values: list[Any], kind: pa.DataType | None = None, dialect: Dialect = DIALECT, **column: Any) -> list[str]:
    made = encode(Column("h", "first_name", **column), pa.array(values, kind or pa.string()), dialect)
    return list(made.cells.to_pylist())


def refused(values: list[Any], **column: Any) -> list[bool]:
    return list(encode(Column("h", "email", **column), pa.array(values, pa.string()), DIALECT).refused.to_pylist())


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("-", "'-"),
        ("@handle", "'@handle"),
        ("+SUM(A1)", "'+SUM(A1)"),
        ("  =1", "'=1"),
        ("\t=1", "'=1"),
        ("\r=1", "'=1"),
        ("\ufeff=1", "'=1"),
        ("＝1", "'＝1"),
        ("\x00=1", "'=1"),
        ("+12025550143", "+12025550143"),
        ("+1 202", "'+1 202"),
        ("a; =x", "a; '=x"),
        ("a,=x", "a,=x"),
        ("O'Neil", "O'Neil"),
        ("a\r\nb\nc\rd\u2028e", "a b c d e"),
        ("tab\there", "tab here"),
        (None, ""),
        ("", ""),
        ("نور", "نور"),
    ],
)
def test_free_text(value: str | None, cell: str) -> None:
    assert cells([value]) == [cell]


def test_the_other_separator_is_guarded_where_the_file_uses_semicolons() -> None:
    assert cells(["a,=x", "a;=x"], dialect=Dialect(delimiter=";")) == ["a,'=x", "a;=x"]


def test_line_breaks_may_be_kept() -> None:
    assert cells(["a\r\nb\rc"], dialect=Dialect(line_breaks="keep")) == ["a\nb\nc"]


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("ééé", 5, "éé"),
        ("e\u0301e\u0301", 4, "e\u0301"),
        ("👩\u200d👧x", 8, "👩"),
        ("a👩\u200d👧x", 9, "a"),
        ("abc def", 4, "abc"),
    ],
)
def test_text_is_clipped_between_characters(text: str, limit: int, cut: str) -> None:
    made = clip(text, Column("h", "first_name", max_bytes=limit))
    assert len(made.encode()) <= limit
    assert made == cut


def test_long_text_is_clipped_blanked_or_refused() -> None:
    assert cells(["abcdef", "ab"], max_chars=3) == ["abc", "ab"]
    assert cells(["abcdef", "ab"], max_chars=3, on_overflow="blank") == ["", "ab"]
    assert refused(["abcdef", "ab"], max_chars=3, on_overflow="hold_back") == [True, False]


def test_an_address_is_written_as_it_is_or_not_at_all() -> None:
    given_ = [
        "ida@example.com",
        "o'neil@example.com",
        "a+b@example.com",
        "=1@example.com",
        "-x@example.com",
        "a b@example.com",
        "a@b,c",
    ]
    assert refused(given_, encode="email", on_overflow="hold_back") == [False, False, False, True, True, True, True]
    assert cells(given_[:4], encode="email", on_overflow="blank") == [*given_[:3], ""]


def test_letters_before_the_at_sign_where_the_receiver_takes_ascii_only() -> None:
    assert refused(
        ["zoë@example.com", "zoe@exämple.com"], encode="email", on_overflow="hold_back", ascii_local=True
    ) == [True, False]
    assert refused(["zoë@example.com"], encode="email", on_overflow="hold_back") == [False]


def test_phones_keep_their_plus() -> None:
    assert cells(["+12025550143", "2025550143", "+1=2"], encode="phone", on_overflow="blank") == [
        "+12025550143",
        "",
        "",
    ]


def plain(texts: list[Any], **column: Any) -> list[str]:
    made = encode(Column("h", "first_name", **column), pa.array(texts, pa.string()), DIALECT, plain=True)
    return list(made.cells.to_pylist())


def test_nothing_is_put_before_a_text_that_no_spreadsheet_opens() -> None:
    assert plain(["=1+1", "\t@x", "a; =x", "+1 202", "a\r\nb"]) == ["=1+1", "@x", "a; =x", "+1 202", "a b"]


def test_an_api_takes_every_address_that_is_one() -> None:
    column = Column("h", "email", encode="email", on_overflow="hold_back")
    given_ = ["=1@example.com", "o'neil@example.com", "a b@example.com", "a@b@c", "x\u0000@example.com", "no address"]
    made = encode(column, pa.array(given_), DIALECT, plain=True)
    assert made.refused.to_pylist() == [False, False, True, True, True, True]
    assert made.cells.to_pylist()[:2] == given_[:2]


def test_numbers_for_receivers_that_take_no_plus() -> None:
    numbers = ["+12025550143", "+447700900109", "2025550143"]
    assert plain(numbers, encode="phone_digits", on_overflow="blank") == ["12025550143", "447700900109", ""]
    assert plain(numbers, encode="phone_us", on_overflow="blank") == ["2025550143", "", ""]
    assert refused(numbers, encode="phone_us", on_overflow="hold_back") == [False, True, True]


def test_hashes_are_of_what_each_receiver_takes_for_the_same() -> None:
    def sha(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    assert cells(["Ida.Falk@Example.com"], encode="sha256_email", on_overflow="hold_back") == [
        sha("ida.falk@example.com")
    ]
    assert cells(["+12025550143"], encode="sha256_phone", on_overflow="hold_back") == [sha("+12025550143")]
    assert cells(["+12025550143"], encode="sha256_phone_digits", on_overflow="hold_back") == [sha("12025550143")]
    assert cells(["  Łukasz  JAN ", "=x", None], encode="sha256_text") == [sha("łukasz jan"), sha("=x"), ""]
    md5 = hashlib.md5(b"ida@example.com", usedforsecurity=False).hexdigest()
    assert cells(["Ida@example.com"], encode="md5_email", on_overflow="hold_back") == [md5]
    assert refused(["no address"], encode="sha256_email", on_overflow="hold_back") == [True]


def test_words_and_truths_are_translated() -> None:
    levels = ["confirmed", "single", "unknown", None]
    words = {"confirmed": "double", "otherwise": "single"}
    assert plain(levels, encode="word", values=words) == ["double", "single", "single", ""]
    truths = {"consent": "true", "suppressed": "false"}
    assert plain(["consent", "suppressed", "not_asked"], encode="flag", values=truths) == ["true", "false", ""]


def test_birthdays_as_month_and_day() -> None:
    assert plain(["1990-06-15", "--06-15", "--0615", "June"], encode="month_day") == ["06/15", "06/15", "06/15", ""]


def test_lists_keep_the_commas_of_their_items_where_they_stay_lists() -> None:
    values = pa.array([["vip", "spring, fair", ""], [], None, [None, " a\tb "], ["abcdef"]], pa.list_(pa.string()))
    made = listed(Column("h", "tags", encode="list", max_item_chars=12), values, DIALECT)
    assert made.to_pylist() == [["vip", "spring, fair"], [], [], ["a b"], ["abcdef"]]
    assert listed(Column("h", "tags", encode="list", max_item_chars=3), values, DIALECT).to_pylist()[4] == ["abc"]


def test_dates_are_utc_and_have_one_form() -> None:
    moment = [datetime(2024, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC), None]
    kind = pa.timestamp("us", tz="UTC")
    assert cells(moment, kind, encode="date") == ["2024-03-01", ""]
    assert cells(moment, kind, encode="datetime") == ["2024-03-01T23:59:59Z", ""]
    assert cells(moment, kind, encode="datetime_space") == ["2024-03-01 23:59:59", ""]
    assert cells(moment, kind, encode="epoch") == ["1709337599", ""]


def test_numbers_are_plain() -> None:
    money = [Decimal("84.5000"), Decimal("-3.1234"), Decimal("0.1200"), None]
    assert cells(money, pa.decimal128(18, 4), encode="number") == ["84.50", "-3.1234", "0.12", ""]
    assert cells([2, -1], pa.int64(), encode="number") == ["2", "-1"]


def test_lists_do_not_grow_items_by_their_commas() -> None:
    lists = [["vip", "spring, fair"], [], None, ["=x"], [None, "a"]]
    assert cells(lists, pa.list_(pa.string()), encode="list") == ["vip, spring fair", "", "", "'=x", ", a"]
    assert cells([["abcdef"]], pa.list_(pa.string()), encode="list", max_item_chars=2) == ["ab"]


@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_no_text_whatever_makes_a_formula_or_breaks_a_row(values: list[str]) -> None:
    made = cells(values, max_bytes=40)
    part = next(parts(["h"], [pa.array(made)], DIALECT))
    read = [row[0] if row else "" for row in csv.reader(io.StringIO(part.data.decode(), newline=""))][1:]
    assert read == made
    for cell in made:
        assert len(cell.encode()) <= 40
        assert not cell.startswith(("=", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
        assert not cell.startswith("+") or cell[1:].isdigit()
        assert "\n" not in cell
