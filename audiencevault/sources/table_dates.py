"""Dates as tables write them, a column at a time.

ISO forms are read in columns; others value by value. Whether `03/04/25` is a day in March or in April is
decided once per table, never per row. A time without a zone is taken as UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.records import TIMESTAMP
from audiencevault.sources.table_columns import on_distinct

_ISO_PREFIX: Final = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d( ?(Z|UTC|[+\-]\d\d:?\d\d))?$"
_ISO_DAY: Final = r"^\d{4}-\d\d-\d\d$"
_TEXT: Final = re.compile(
    r"(?P<a>\d{1,4})(?P<sep>[-/. ])(?P<b>\d{1,2}|[^\W\d_]{3,9}\.?)(?P=sep)(?P<c>\d{2,4})\.?"
    r"(?:,?[T ]\s*(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d)(?:\.\d+)?)?\s*(?P<half>[ap]\.?\s?m\.?)?"
    r"\s*(?P<zone>Z|(?:UTC|GMT)?[+\-]\d\d:?\d\d|(?:UTC|GMT)(?:[+\-]\d{1,2})?)?(?:\s+UTC)?)?",
    re.IGNORECASE,
)
_WORDED: Final = re.compile(
    r"(?P<b>[a-z]{3,9})\.? (?P<a>\d{1,2}),? (?P<c>\d{4})(?:,? (?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d))?"
    r"\s*(?P<half>[ap]m)?)?(?P<zone>)",
    re.IGNORECASE,
)
_MONTHS: Final = {
    name: number + 1 for number, name in enumerate(re.findall("...", "janfebmaraprmayjunjulaugsepoctnovdec"))
}


@dataclass(frozen=True)
class Dates:
    """One column of dates: `at` in UTC (null where empty or not readable) and `precision` (`instant`, `day`,
    `unknown` where null).
    """

    at: pa.Array
    precision: pa.Array


def parse(column: pa.StringArray, order: str) -> Dates:
    """The dates of `column`; `order` is `ymd`, `dmy`, `mdy` or `auto` (undecided: `03/04/25` stays unread)."""
    iso = pc.match_substring_regex(column, _ISO_PREFIX)
    if pc.any(iso).as_py():
        text = pc.if_else(iso, column, pa.scalar(None, pa.string()))
        base = pc.replace_substring(pc.utf8_slice_codeunits(text, 0, 19), "T", " ")
        try:
            stamped = base.cast(pa.timestamp("us"))
        except pa.ArrowInvalid:
            # 30 February and the like: such a column goes value by value.
            iso, at = pa.array([False] * len(column)), pa.nulls(len(column), TIMESTAMP)
        else:
            zone = pc.utf8_slice_codeunits(text, 19)
            shift = on_distinct(pc.fill_null(zone, ""), pa.int64(), _offset_micros)
            micros = pc.subtract(stamped.cast(pa.int64()), pc.fill_null(shift, 0))
            at = micros.cast(pa.timestamp("us")).cast(TIMESTAMP)
    else:
        at = pa.nulls(len(column), TIMESTAMP)
    rest = pc.and_not(pc.not_equal(column, ""), iso)
    day = pc.match_substring_regex(column, _ISO_DAY)
    if pc.any(rest).as_py():
        others = pc.if_else(rest, column, "")
        at = pc.coalesce(at, on_distinct(others, TIMESTAMP, lambda value: _instant(value, order)))
        day = pc.or_(day, pc.and_not(rest, pc.match_substring(column, ":")))
    precision = pc.if_else(pc.is_null(at), "unknown", pc.if_else(day, "day", "instant"))
    return Dates(at, precision)


def order_of(values: Iterable[str]) -> str | None:
    """`dmy` or `mdy` where some value with a part above 12 settles it, `auto` where values are ambiguous and
    none does, None where no value needs an order.
    """
    ambiguous = False
    for value in values:
        match = _TEXT.fullmatch(value.strip())
        if match is None or len(match["a"]) > 2 or not match["b"].isdigit():
            continue
        if int(match["a"]) > 12:
            return "dmy"
        if int(match["b"]) > 12:
            return "mdy"
        if match["sep"] == ".":
            # A dot between the parts is written day first wherever it is used.
            return "dmy"
        ambiguous = True
    return "auto" if ambiguous else None


def instant(text: str, order: str = "auto") -> datetime | None:
    """One date or time in UTC, or None.

    >>> instant("2026-03-04 10:11:12 -0500").isoformat()
    '2026-03-04T15:11:12+00:00'
    >>> instant("03/04/25") is None, instant("3/4/25, 1:05 PM", "mdy").isoformat()
    (True, '2025-03-04T13:05:00+00:00')
    >>> instant("2026/09/27 3:00:00 PM GMT+3").isoformat(), instant("2026/09/27 9:00:00 a. m. GMT-5").isoformat()
    ('2026-09-27T12:00:00+00:00', '2026-09-27T14:00:00+00:00')
    """
    return _instant(text.strip(), order)


def _offset_micros(zone: str) -> int:
    zone = zone.strip()
    if zone in ("Z", "UTC", ""):
        return 0
    sign = -1 if zone[0] == "-" else 1
    return sign * (int(zone[1:3]) * 3600 + int(zone[-2:]) * 60) * 1_000_000


def _instant(text: str, order: str) -> datetime | None:
    if text[4:5] == "-" and (found := _iso(text)) is not None:
        return found
    match = _TEXT.fullmatch(text) or _WORDED.fullmatch(text)
    if match is None:
        return None
    parts = match.groupdict()
    first, second, third = parts["a"], parts["b"], parts["c"]
    if not second.isdigit():
        month = _MONTHS.get(second[:3].lower())
        if month is None:
            return None
        year, number = (int(first), int(third)) if len(first) == 4 else (int(third), int(first))
    elif len(first) == 4:
        year, month, number = int(first), int(second), int(third)
    else:
        one, two, year = int(first), int(second), int(third)
        chosen = order if order in ("dmy", "mdy") else "dmy" if one > 12 or parts.get("sep") == "." else None
        if chosen is None and two > 12:
            chosen = "mdy"
        if chosen is None:
            return None
        number, month = (one, two) if chosen == "dmy" else (two, one)
    if year < 100:
        year += 2000 if year < 70 else 1900
    hour = int(parts["h"] or 0)
    if parts["half"]:
        hour = hour % 12 + (12 if parts["half"].lower().startswith("p") else 0)
    zone = _zone(parts["zone"] or "")
    try:
        return datetime(year, month, number, hour, int(parts["m"] or 0), int(parts["s"] or 0), tzinfo=zone).astimezone(
            UTC
        )
    except (ValueError, OverflowError):
        return None


def _zone(text: str) -> timezone:
    if not text or text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    text = text.upper().removeprefix("GMT").removeprefix("UTC")
    if len(text) <= 3:
        # `GMT+3`, as forms write it.
        text = f"{text[0]}{text[1:]:0>2}00"
    return timezone(timedelta(microseconds=_offset_micros(text)))


def _iso(text: str) -> datetime | None:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
