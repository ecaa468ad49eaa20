"""The list pages of Meta's HTML exports: who is on the list and, where a date can be read, since when.

Three grammars were seen, two of them in one and the same export (Instagram, October 2025 to 2026): a box with a
profile link and a date below it; a box with the name as a heading, then a link `/_u/NAME` and the date; and a
table of label and value rows without any profile link.
The user name comes from the link, never from the text beside it.

Class names are build artefacts and are only used to find where a record begins. A page without any record that
we recognise is reported as unreadable: it looks the same as an empty list, and is not one.

Dates are written `Mar 14, 2025 5:12 pm` with the month in the account's language and without a time zone: they
are good to the day. A month word that no language explains unambiguously leaves the date empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final

from babel import Locale
from selectolax.lexbor import LexborHTMLParser, LexborNode

from audiencevault.errors import ExportError
from audiencevault.export import Member, text_stream

RECORD_CLASS: Final = "uiBoxWhite"
_PIECE: Final = 1 << 20
_LONGEST: Final = 32 << 20
_TAG: Final = 1024
_RECORD_START: Final = re.compile(r"<div\b[^<>]*\bclass=\"[^\"<>]*\buiBoxWhite\b")
_DATE: Final = re.compile(r"(?P<word>\S.{0,24}?)\s+(?P<day>\d{1,2}),\s*(?P<year>\d{4})(?:[,\s].{0,24})?")
_DATE_IN_TEXT: Final = re.compile(r">\s*([^<>\d]{1,20}(?:\d{1,2})?[^<>\d]{0,5}?\s+\d{1,2},\s*\d{4}[^<>]{0,24})<")
_MARKS: Final = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"))
_LANGUAGES: Final = (
    "af", "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi",
    "fil", "fr", "gl", "gu", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "kk", "km", "kn", "ko", "lt",
    "lv", "mk", "ml", "mn", "mr", "ms", "my", "nb", "ne", "nl", "pa", "pl", "pt", "pt_PT", "ro", "ru", "si", "sk",
    "sl", "sq", "sr", "sv", "sw", "ta", "te", "th", "tr", "uk", "ur", "uz", "vi", "zh", "zh_Hant",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HtmlRecord:
    """One box or table of a page: the profile links in it, its heading, its label and value rows and its date
    as written. Any part may be empty.
    """

    links: tuple[str, ...]
    heading: str
    rows: tuple[tuple[str, str], ...]
    date: str


def records(member: Member) -> Iterator[HtmlRecord]:
    """The records of a page, in its order, a piece of the page at a time.

    Raises `ExportError` naming the member where no record is recognised, or where the page stops before its
    end; the records before that have been yielded by then.
    """
    count = 0
    tail = ""
    for fragment in _fragments(member):
        tail = (tail + fragment)[-4096:]
        for record in _read(fragment):
            count += 1
            yield record
    if "</html" not in tail.lower() and "</body" not in tail.lower():
        raise ExportError(
            f"{member.path} is cut off: the page does not end where it should.",
            "Download the export again, or copy it again from where it was complete.",
        )
    if not count:
        raise ExportError(
            f"{member.path} holds no record in a form that we know; an empty list looks the same, so it counts as "
            "unreadable.",
            "Ask the platform for the export in JSON, which is also more complete.",
        )


def month_words(member: Member) -> set[str]:
    """The distinct month words on a page, to find out its language before any date is read."""
    words: set[str] = set()
    for fragment in _fragments(member):
        words |= words_of(match.group(1) for match in _DATE_IN_TEXT.finditer(fragment))
    return words


def words_of(dates: Iterable[str]) -> set[str]:
    """The month words of dates as written."""
    found = (_DATE.fullmatch(plain(date)) for date in dates)
    return {_month_word(parts["word"]) for parts in found if parts}


class Months:
    """Month words to month numbers, by the languages that know the most of the words of one export.

    A word that these languages read as two different months stays unread.

    >>> Months({"maj", "cze"}).day("cze 3, 2024 10:15 am").isoformat()
    '2024-06-03T00:00:00+00:00'
    """

    def __init__(self, words: Iterable[str]) -> None:
        wanted = set(words)
        tables = [_months("en")] if wanted <= _months("en").keys() else [_months(name) for name in _LANGUAGES]
        most = max(len(wanted & table.keys()) for table in tables)
        readings: dict[str, set[int]] = {}
        for table in tables:
            known = wanted & table.keys()
            if len(known) == most:
                for word in known:
                    readings.setdefault(word, set()).add(table[word])
        self._months = {word: numbers.pop() for word, numbers in readings.items() if len(numbers) == 1}
        self._days: dict[str, datetime | None] = {}

    def day(self, written: str) -> datetime | None:
        """The day of a date as written, at midnight UTC; None where the month word is not known for certain."""
        if written not in self._days:
            if len(self._days) > 100_000:
                self._days.clear()
            self._days[written] = self._day(written)
        return self._days[written]

    def _day(self, written: str) -> datetime | None:
        parts = _DATE.fullmatch(plain(written))
        month = self._months.get(_month_word(parts["word"])) if parts else None
        if parts is None or month is None:
            return None
        try:
            return datetime(int(parts["year"]), month, int(parts["day"]), tzinfo=UTC)
        except ValueError:
            return None


def _read(fragment: str) -> Iterator[HtmlRecord]:
    tree = LexborHTMLParser(fragment)
    # A node's own match counts: one match is a box without another box in it.
    boxes = [box for box in tree.css(f"div.{RECORD_CLASS}") if len(box.css(f"div.{RECORD_CLASS}")) == 1]
    nodes = boxes or [table for table in tree.css("table") if not _inside_table(table)]
    for node in nodes:
        record = _record(node)
        if record.links or record.rows or record.heading:
            yield record


def _record(node: LexborNode) -> HtmlRecord:
    links = tuple(href for link in node.css("a") if (href := link.attributes.get("href")))
    heading = node.css_first("h2")
    rows = tuple(row for line in node.css("tr") if (row := label_and_value(line)) is not None)
    lines = [plain(line) for line in node.text(separator="\n").split("\n")]
    # A table's date trails it, outside where the record has no box of its own.
    after = node.next if node.tag == "table" else None
    if after is not None and after.tag == "div":
        lines.extend(plain(line) for line in after.text(separator="\n").split("\n"))
    dates = [line for line in lines if _DATE.fullmatch(line)]
    return HtmlRecord(links, plain(heading.text()) if heading is not None else "", rows, dates[-1] if dates else "")


def label_and_value(line: LexborNode) -> tuple[str, str] | None:
    """Label and value of a table row: two cells, or one cell whose own text is the label and whose inner block the
    value.
    """
    cells = line.css("td, th")
    if len(cells) >= 2:
        return plain(cells[0].text()), plain(cells[1].text())
    if len(cells) == 1:
        label = plain(cells[0].text(deep=False))
        value = plain(cells[0].text()).removeprefix(label).strip()
        return (label, value) if label else None
    return None


def _inside_table(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.tag == "table":
            return True
        parent = parent.parent
    return False


def _fragments(member: Member) -> Iterator[str]:
    """The page in pieces that begin and end between two records, so that a page of any length fits in memory."""
    kept, searched = "", 0
    with text_stream(member) as stream:
        while piece := stream.read(_PIECE):
            kept += piece
            starts = [match.start() for match in _RECORD_START.finditer(kept, searched)]
            if starts and starts[-1]:
                yield kept[: starts[-1]]
                kept = kept[starts[-1] :]
            searched = max(0, len(kept) - _TAG)
            if len(kept) > _LONGEST:
                raise ExportError(
                    f"{member.path} is no list page: it goes on for {_LONGEST:,} characters without a record.",
                    "Ask the platform for the export in JSON.",
                )
    if kept:
        yield kept


def plain(value: str) -> str:
    """Text as shown: without marks of direction, blanks as single spaces."""
    return " ".join(value.translate(_MARKS).split())


def _month_word(word: str) -> str:
    return word.casefold().rstrip(".").removesuffix(" de").strip()


@cache
def _months(language: str) -> dict[str, int]:
    """Month words of a language, short and long, alone and in a date; words of two months are left out."""
    locale = Locale.parse(language)
    found: dict[str, set[int]] = {}
    for context in ("format", "stand-alone"):
        for width in ("abbreviated", "wide"):
            for number, word in locale.months[context][width].items():
                found.setdefault(_month_word(plain(word)), set()).add(number)
    return {word: numbers.pop() for word, numbers in found.items() if len(numbers) == 1}


def rows_of(head: bytes) -> list[tuple[str, str]]:
    """The label and value rows within the beginning of a page; for a look at it, not for reading it."""
    tree = LexborHTMLParser(head.decode("utf-8", "replace"))
    return [row for line in tree.css("tr") if (row := label_and_value(line)) is not None]
