"""Delimited text, record by record: the patient half of the table reader.

A *record* is one row of a table; it may span several *lines* when a quoted field holds line breaks.
A quotation mark that is never closed would make a parser swallow the rest of the file; here it costs one line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MAX_LINE_BREAKS: Final = 100
"""A field with more line breaks than this is a forgotten quotation mark, not an address or a note."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    `raw` is the header as the file writes it, `name` the same made unique (`name`, `name (2)`), `key` the
    form that headers are compared in.
    """

    raw: str
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one record and the index of the line after it.

    `cells` is None where the record is broken; `short` says that the lines ran out inside a quoted field.
    """

    cells: list[str] | None
    next_line: int
    short: bool = False


def header_key(header: str) -> str:
    r"""The form that headers are compared in: no BOM, one blank between words, no case.

    >>> header_key(" \ufeffE-Mail   Adresse ")
    'e-mail adresse'
    """
    return unicodedata.normalize("NFC", " ".join(header.replace("\ufeff", "").split())).casefold()


def words(text: str) -> frozenset[str]:
    """The words of a list that is written with blanks between them."""
    return frozenset(text.split())


def columns(header: Sequence[str]) -> tuple[Column, ...]:
    """The columns that a header row names; repeated and empty names are told apart.

    >>> [column.name for column in columns(["Name", "name ", ""])]
    ['Name', 'name (2)', 'column 3']
    """
    seen: dict[str, int] = {}
    found: list[Column] = []
    for number, raw in enumerate(header, start=1):
        name = " ".join(raw.replace("\ufeff", "").split()) or f"column {number}"
        times = seen[header_key(name)] = seen.get(header_key(name), 0) + 1
        if times > 1:
            name = f"{name} ({times})"
            seen.setdefault(header_key(name), 1)
        found.append(Column(raw, name, header_key(name)))
    return tuple(found)


def read_record(lines: Sequence[str], start: int, delimiter: str, *, max_chars: int) -> Record:
    """The record that begins at line `start`; a line holds no line end.

    Text after a closing quotation mark is taken as it stands within one line; at the end of a field with
    line breaks it shows that the mark was never meant to open a field, and the record is broken.
    """
    cells: list[str] = []
    line, number, position = lines[start], start, 0
    while True:
        if not line.startswith('"', position):
            end = line.find(delimiter, position)
            if end < 0:
                cells.append(line[position:])
                return Record(cells, number + 1)
            cells.append(line[position:end])
            position = end + len(delimiter)
            continue
        parts: list[str] = []
        size = 0
        position += 1
        while True:
            quote = line.find('"', position)
            if quote < 0:
                parts.append(line[position:] + "\n")
                size += len(parts[-1])
                number += 1
                if number - start > MAX_LINE_BREAKS or size > max_chars:
                    return Record(None, start + 1)
                if number >= len(lines):
                    return Record(None, start + 1, short=True)
                line, position = lines[number], 0
            elif line.startswith('"', quote + 1):
                parts.append(line[position : quote + 1])
                position = quote + 2
            else:
                parts.append(line[position:quote])
                position = quote + 1
                break
        if position < len(line) and not line.startswith(delimiter, position):
            if number > start:
                return Record(None, start + 1)
            end = line.find(delimiter, position)
            parts.append(line[position:] if end < 0 else line[position:end])
            position = len(line) if end < 0 else end
        cells.append("".join(parts))
        if position >= len(line):
            return Record(cells, number + 1)
        position += len(delimiter)


def fit(cells: list[str], width: int) -> list[str] | None:
    """`cells` at exactly `width` columns, if only empty cells at the end are too many; else None."""
    if len(cells) == width:
        return cells
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return cells[:width]
    return None
