"""Finished cells to bytes: quoting, lines, header, and where a file is split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.destinations.layout import Dialect
from audiencevault.destinations.vocabulary import LINE_ENDS


@dataclass(frozen=True)
class Part:
    """One file's worth of bytes and the number of its data rows."""

    data: bytes
    rows: int


def parts(
    headers: Sequence[str],
    columns: Sequence[pa.Array],
    dialect: Dialect,
    *,
    max_rows: int | None = None,
    max_bytes: int | None = None,
) -> Iterator[Part]:
    """The rows as one or more files, each with the header, none above the limits; no rows give the header alone.

    `columns` are cells without nulls, one per header. A single row that is longer than `max_bytes` makes a
    file of its own.
    """
    prefix = "\ufeff" if dialect.encoding == "utf-8-sig" else ""
    head = (prefix + header(headers, dialect) + LINE_ENDS[dialect.line_end]).encode()
    end = pa.scalar(LINE_ENDS[dialect.line_end], pa.large_string())
    ended = pc.binary_join_element_wise(lines(columns, dialect), end, pa.scalar("", pa.large_string()))
    ends = np.concatenate([[0], np.cumsum(pc.binary_length(ended).to_numpy(), dtype=np.int64)])
    # The lines of a fresh array lie one after the other in its last buffer: that is the file.
    body = ended.buffers()[2]
    for start, stop in cuts(ends, len(head), max_rows, max_bytes):
        first, last = int(ends[start]), int(ends[stop])
        yield Part(head + (body[first:last].to_pybytes() if body is not None else b""), stop - start)


def header(headers: Sequence[str], dialect: Dialect) -> str:
    """The first line, without its end."""
    return dialect.delimiter.join(_quoted(pa.array(headers, pa.string()), dialect).to_pylist())


def lines(columns: Sequence[pa.Array], dialect: Dialect) -> pa.Array:
    """The rows as lines without their ends; `columns` are cells without nulls."""
    # large_string, since a million people make more than the 2 GB that plain strings hold.
    quoted = [_quoted(column, dialect).cast(pa.large_string()) for column in columns]
    return pc.binary_join_element_wise(*quoted, pa.scalar(dialect.delimiter, pa.large_string()))


def _quoted(cells: pa.Array, dialect: Dialect) -> pa.Array:
    if dialect.quoting == "all":
        return _wrapped(cells)
    # Both list separators and outer blanks: programs that guess the separator or trim cells must not break rows.
    needs = pc.match_substring_regex(cells, '[",;\t\r\n]|^ | $')
    return pc.replace_with_mask(cells, needs, _wrapped(cells.filter(needs)))


def _wrapped(cells: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise('"', pc.replace_substring(cells, '"', '""'), '"', "")


def cuts(
    ends: np.ndarray[Any, np.dtype[np.int64]], header: int, max_rows: int | None, max_bytes: int | None
) -> Iterator[tuple[int, int]]:
    """Row ranges of the files; `ends[n]` is where the first `n` lines end."""
    total = len(ends) - 1
    if not total:
        yield 0, 0
    start = 0
    while start < total:
        stop = total if max_rows is None else min(total, start + max_rows)
        if max_bytes is not None:
            fits = int(np.searchsorted(ends, ends[start] + max_bytes - header, side="right")) - 1
            stop = max(start + 1, min(stop, fits))
        yield start, stop
        start = stop
