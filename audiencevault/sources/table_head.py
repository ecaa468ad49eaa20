"""The head of a table: encoding, delimiter, where the header row is, which columns there are.

Nothing is assumed: a BOM, another encoding, a `sep=;` line, notes above the header and repeated header names
all occur in files that shops and lists hand out.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Final
from weakref import WeakKeyDictionary

from audiencevault.export import Member, decode
from audiencevault.sources import table_sheet
from audiencevault.sources.table_text import Column, columns, read_record

TEXT_SUFFIXES: Final = (".csv", ".tsv", ".tab", ".txt")
SHEET_SUFFIXES: Final = table_sheet.SUFFIXES
DELIMITERS: Final = (",", ";", "\t", "|")
HEAD_BYTES: Final = 65_536
HEAD_ROWS: Final = 200
HEADER_WITHIN: Final = 40

_SEPARATOR_LINE: Final = re.compile(r"^\ufeff?\"?sep=([,;|\t])\"?\r?$", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\"]{2,}")
_VALUE: Final = re.compile(r"[+\-(]?[\d][\d\s().,:/+\-]*|\d{4}-\d\d-\d\dT.*|https?://\S+")

_SHEETS: Final[WeakKeyDictionary[Member, Head | None]] = WeakKeyDictionary()
"""A workbook cannot be read in part, so that each is opened once for all importers that look at it."""


@dataclass(frozen=True)
class Head:
    """The beginning of a table.

    `records` are the first rows as cells and `lines` the number of physical lines up to and including each;
    `header` is the index of the header among them, None where the first row is data already.
    `hidden` is 1 where the first line only names the separator, which spreadsheets do not show as a row.
    """

    kind: str
    records: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    header: int | None
    width: int
    encoding: str = "utf-8"
    delimiter: str = ","
    line_end: str = "\n"
    sheet: int = 0
    hidden: int = 0
    columns: tuple[Column, ...] = field(default=(), compare=False)

    @property
    def sample(self) -> tuple[tuple[str, ...], ...]:
        """The first data rows."""
        return self.records[0 if self.header is None else self.header + 1 :]

    def keys(self) -> frozenset[str]:
        """The compared forms of all headers."""
        return frozenset(column.key for column in self.columns)

    @cached_property
    def header_rows(self) -> tuple[tuple[int, frozenset[str]], ...]:
        """The rows that may be the header: the index of each and the compared forms of its cells.

        Every importer looks at them, so they are made once a table.
        """
        return tuple(
            (index, self.keys() if index == self.header else frozenset(column.key for column in columns(cells)))
            for index, cells in enumerate(self.records[:HEADER_WITHIN])
            if index == self.header or sum(bool(cell.strip()) for cell in cells) >= 2
        )

    def values(self) -> dict[str, list[str]]:
        """The filled cells of the first data rows, by the compared form of the header."""
        found: dict[str, list[str]] = {column.key: [] for column in self.columns}
        for cells in self.sample:
            for column, cell in zip(self.columns, cells, strict=False):
                if cell.strip():
                    found[column.key].append(cell.strip())
        return found

    def with_header(self, index: int | None) -> Head:
        """The same table with its header in another row."""
        return _shape(replace(self, header=index))


def is_table_name(member: Member) -> bool:
    """Whether the name of `member` may be that of a table."""
    return member.name.lower().endswith(TEXT_SUFFIXES + SHEET_SUFFIXES)


def is_sheet_name(member: Member) -> bool:
    """Whether the name of `member` is that of a spreadsheet."""
    return member.name.lower().endswith(SHEET_SUFFIXES)


def sniff(member: Member, *, encoding: str | None = None) -> Head | None:
    """The head of a table, or None if `member` does not look like one. Reads 64 KiB of text files.

    Spreadsheets need their package: `MissingExtraError` where it is missing, `ExportError` where the file is
    none.
    """
    if is_sheet_name(member):
        if member not in _SHEETS:
            _SHEETS[member] = _sniff_sheet(member)
        return _SHEETS[member]
    head = member.head(HEAD_BYTES)
    return _sniff_text(head, len(head) >= HEAD_BYTES, encoding)


def looks_like_email(text: str) -> bool:
    """Whether a cell holds nothing but an e-mail address, by its shape alone."""
    return _EMAIL.fullmatch(text.strip().removeprefix("mailto:")) is not None


@lru_cache(maxsize=256)
def _sniff_text(head: bytes, cut: bool, encoding: str | None) -> Head | None:
    if cut:
        head = _whole_lines(head)
    text, used = decode(head, encoding=encoding)
    text = text.replace("\x00", "").removeprefix("\ufeff")
    if not text.strip() or text.lstrip()[:1] in "<{[":
        return None
    line_end = "\n" if "\n" in text or "\r" not in text else "\r"
    lines = [line.removesuffix("\r") for line in text.split(line_end)]
    if not lines[-1]:
        lines.pop()
    hidden = 0
    delimiters: tuple[str, ...] = DELIMITERS
    if said := _SEPARATOR_LINE.match(lines[0]):
        hidden, delimiters = 1, (said[1],)
    best: tuple[tuple[float, float], Head] | None = None
    for delimiter in delimiters:
        records, counts = _records(lines, hidden, delimiter)
        if not records:
            continue
        width = _usual_width(records)
        agree = sum(len(cells) == width for cells in records) / len(records)
        # One column is what every wrong delimiter finds; otherwise more agreement, then more columns.
        score = (agree if width > 1 else 0.0, width)
        made = Head(
            "text", records, counts, None, width, encoding=used, delimiter=delimiter, line_end=line_end, hidden=hidden
        )
        if best is None or (round(score[0], 1), score[1]) > (round(best[0][0], 1), best[0][1]):
            best = (score, made)
    return None if best is None else _shape(replace(best[1], header=_guess_header(best[1])))


def _whole_lines(head: bytes) -> bytes:
    """`head` up to its last line end, so that no character is cut in two."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or head[:512].count(0) > 100:
        big = head.startswith(codecs.BOM_UTF16_BE) or (head[:1] == b"\x00")
        mark = "\n".encode("utf-16-be" if big else "utf-16-le")
        end = head.rfind(mark)
        end += end % 2
        return head[: end + 2] if end > 0 else head[: len(head) // 2 * 2]
    end = max(head.rfind(b"\n"), head.rfind(b"\r"))
    return head[: end + 1] if end > 0 else head


def _records(lines: list[str], first: int, delimiter: str) -> tuple[tuple[tuple[str, ...], ...], tuple[int, ...]]:
    records: list[tuple[str, ...]] = []
    counts: list[int] = []
    number = first
    while number < len(lines) and len(records) < HEAD_ROWS:
        record = read_record(lines, number, delimiter, max_chars=HEAD_BYTES)
        if record.short and number > 0:
            break
        records.append(tuple(record.cells or ()))
        number = record.next_line
        counts.append(number)
    return tuple(records), tuple(counts)


def _usual_width(records: Sequence[tuple[str, ...]]) -> int:
    widths: dict[int, int] = {}
    for cells in records:
        if any(cell.strip() for cell in cells):
            widths[len(cells)] = widths.get(len(cells), 0) + 1
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _is_value(cell: str) -> bool:
    return looks_like_email(cell) or _VALUE.fullmatch(cell.strip()) is not None


def _guess_header(head: Head) -> int | None:
    """The first row that is as wide as the table, mostly filled and holds no values; None where the first
    wide row is data.
    """
    for index, cells in enumerate(head.records[:HEADER_WITHIN]):
        filled = [cell for cell in cells if cell.strip()]
        if len(cells) < min(head.width, 2) or len(filled) < max(1, len(cells) // 2):
            continue
        if abs(len(cells) - head.width) > 1 and len(cells) < head.width:
            continue
        return None if any(_is_value(cell) for cell in filled) else index
    return None


def _shape(head: Head) -> Head:
    """`head` with its columns: as many as the header names, and further ones only where rows agree on them."""
    if head.header is None:
        return replace(head, columns=columns([""] * head.width))
    header = list(head.records[head.header])
    usual = _usual_width(head.records[head.header + 1 :]) or len(header)
    while len(header) > usual and not header[-1].strip():
        header.pop()
    header += [""] * (usual - len(header))
    return replace(head, width=len(header), columns=columns(header))


def _sniff_sheet(member: Member) -> Head | None:
    """The head of the first sheet that has a header and rows below it; else of the first that holds anything."""
    first: Head | None = None
    for number, rows in enumerate(table_sheet.heads(member, HEAD_ROWS)):
        width = max((len(cells) for cells in rows), default=0)
        if not width:
            continue
        head = Head("sheet", rows, tuple(range(1, len(rows) + 1)), None, width, sheet=number)
        found = _shape(replace(head, header=_guess_header(head)))
        if found.header is not None and any(any(cells) for cells in found.sample):
            return found
        first = first or found
    return first
