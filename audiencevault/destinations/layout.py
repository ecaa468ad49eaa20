"""Columns and how cells become bytes: what files and CSV bodies share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made


@dataclass(frozen=True)
class Column:
    """One column of a file. Headers may repeat.

    `max_bytes` counts bytes of the file's encoding, `max_chars` characters, `max_item_chars` the characters of
    each item of a list; `on_overflow` says what becomes of a cell that is longer, or of a contact point that
    the receiver does not take: `clip` the text, leave it `blank`, or `hold_back` the whole row.
    `values` are the receiver's words for our words. A column with a `value` holds that in every row; one that `needs`
    another header is empty where that one is.
    """

    header: str
    field: str
    encode: str = "text"
    max_bytes: int | None = None
    max_chars: int | None = None
    max_item_chars: int | None = None
    on_overflow: str = "clip"
    ascii_local: bool = False
    values: Mapping[str, str] = made(default_factory=dict)
    value: str | None = None
    needs: str = ""


@dataclass(frozen=True)
class Dialect:
    """How cells become bytes. `line_breaks` is what becomes of a line break inside a cell."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quoting: str = "minimal"
    line_end: str = "crlf"
    line_breaks: str = "space"
