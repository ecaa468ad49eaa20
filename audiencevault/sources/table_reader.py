"""CSV, TSV and spreadsheets as blocks of text columns, in bounded memory and linear time.

A *head* is what the beginning of a table tells: encoding, delimiter, where the header row is.
A *block* is some thousand rows of it as Arrow string columns, with the row numbers that a spreadsheet shows
(the header counts, blank lines count). Every cell is text; an empty cell is an empty string.

Blocks whose quotation marks are all in their places are parsed by pyarrow. Any other block is read line by
line: a mark that is never closed, or closed in the wrong place, costs the line that it stands on, and reading
goes on with the next one.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from audiencevault.errors import ExportError
from audiencevault.export import Limits, Member, decode, text_stream
from audiencevault.sources import table_sheet
from audiencevault.sources.table_head import HEADER_WITHIN, Head, is_sheet_name, is_table_name, looks_like_email, sniff
from audiencevault.sources.table_text import MAX_LINE_BREAKS, fit, read_record

__all__ = [
    "HEADER_WITHIN",
    "Block",
    "Head",
    "RowReject",
    "is_sheet_name",
    "is_table_name",
    "looks_like_email",
    "read",
    "sniff",
]

CHUNK: Final = 4 * 1024 * 1024
SHEET_BLOCK: Final = 16_384

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RowReject:
    """A row that is no row: its number, a reason code and a sentence."""

    row: int
    code: str
    sentence: str


@dataclass(frozen=True)
class Block:
    """Rows of a table. `columns` are string arrays without nulls, in the order of `Head.columns`; `rows`
    are the row numbers of their values; `rejects` the rows that could not be read.
    """

    columns: tuple[pa.Array, ...]
    rows: Int64s
    rejects: tuple[RowReject, ...] = ()


def read(member: Member, head: Head, limits: Limits) -> Iterator[Block]:
    """The data rows of `member`, in order. Raises `ExportError` where the member cannot be read at all."""
    if head.kind == "sheet":
        yield from _read_sheet(member, head, limits)
    else:
        yield from _TextReader(head, limits).blocks(_chunks(member, head))


def _chunks(member: Member, head: Head) -> Iterator[bytes]:
    r"""The member as UTF-8 with `\n` for line ends of any kind, in chunks; without BOM and NUL."""
    plain = head.encoding.lower().replace("_", "-") in ("utf-8", "utf-8-sig", "ascii")
    try:
        if plain:
            with member.open() as raw:
                yield from _line_ends(iter(lambda: raw.read(CHUNK), b""), head.line_end)
        else:
            with text_stream(member, encoding=head.encoding) as text:
                encoded = (part.encode("utf-8", "replace") for part in iter(lambda: text.read(CHUNK // 2), ""))
                yield from _line_ends(encoded, head.line_end)
    except (OSError, EOFError, UnicodeError) as error:
        raise ExportError(f"{member.path} cannot be read to its end.", "Download it again.") from error


def _line_ends(parts: Iterator[bytes], line_end: str) -> Iterator[bytes]:
    held = b""
    first = True
    for part in parts:
        data = held + part
        if first:
            data, first = data.removeprefix(codecs.BOM_UTF8), False
        held = b""
        if b"\r" in data:
            if line_end == "\r":
                data = data.replace(b"\r", b"\n")
            else:
                if data.endswith(b"\r"):
                    data, held = data[:-1], b"\r"
                data = data.replace(b"\r\n", b"\n")
        yield data.replace(b"\x00", b"") if b"\x00" in data else data
    if held:
        yield held


class _TextReader:
    """Cuts a stream of bytes into blocks; one object reads one member once."""

    def __init__(self, head: Head, limits: Limits) -> None:
        self._head = head
        self._width = head.width
        self._limits = limits
        self._max_line = 16 * limits.max_field_chars
        self._names = [str(index) for index in range(head.width)]
        self._row = 0 if head.header is None else head.header + 1
        self._skip_lines = head.hidden if head.header is None else head.lines[head.header]

    def blocks(self, chunks: Iterator[bytes]) -> Iterator[Block]:
        """See `read`."""
        pending: list[bytes] = []
        size = 0
        swallowing = False
        for chunk in chunks:
            if swallowing:
                end = chunk.find(b"\n")
                if end < 0:
                    continue
                chunk, swallowing = chunk[end + 1 :], False
            pending.append(chunk)
            size += len(chunk)
            if b"\n" in chunk:
                data = b"".join(pending)
                rest, block = self._block(data, last=False)
                pending, size = [rest], len(rest)
                if block is not None:
                    yield block
            if size > self._max_line and b"\n" not in b"".join(pending):
                self._row += 1
                yield self._empty(RowReject(self._row, "field_too_long", f"Row {self._row} is longer than allowed."))
                pending, size, swallowing = [], 0, True
        data = b"".join(pending)
        while data:
            data, block = self._block(data, last=True)
            if block is not None:
                yield block

    def _empty(self, *rejects: RowReject) -> Block:
        return Block(tuple(pa.array([], pa.string()) for _ in self._names), np.empty(0, np.int64), rejects)

    def _block(self, data: bytes, *, last: bool) -> tuple[bytes, Block | None]:
        """One block of the whole records in `data`, and the bytes that belong to the next one."""
        buffer = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero(buffer == 10)
        if last and not data.endswith(b"\n"):
            ends = np.append(ends, len(data))
        starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else np.empty(0, np.int64)
        if self._skip_lines:
            skipped = min(self._skip_lines, len(ends))
            self._skip_lines -= skipped
            starts, ends = starts[skipped:], ends[skipped:]
            if not len(ends):
                return (b"" if last else data[data.rfind(b"\n") + 1 :]), None
        if not len(ends):
            return (b"" if last else data), None
        data, starts, ends = self._as_utf8(data, starts, ends)
        tail = data[int(ends[-1]) + 1 :]
        fast = self._scan(data, starts, ends, last)
        if fast is None:
            fast = self._patient(data, starts, ends, last)
        block, used = fast
        if used < len(ends):
            return data[int(starts[used]) :], block
        return tail, block

    def _as_utf8(self, data: bytes, starts: Int64s, ends: Int64s) -> tuple[bytes, Int64s, Int64s]:
        """`data` with the lines that are no UTF-8 read as Windows-1252, which a pasted-in row may be."""
        whole = data[int(starts[0]) : int(ends[-1])]
        try:
            whole.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            return data, starts, ends
        lines = [data[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        repaired = [decode(line)[0].encode("utf-8") if not _is_utf8(line) else line for line in lines]
        sizes = np.array([len(line) for line in repaired], np.int64)
        new_ends = np.cumsum(sizes + 1) - 1
        return b"\n".join(repaired) + b"\n" + data[int(ends[-1]) + 1 :], new_ends - sizes, new_ends

    def _scan(self, data: bytes, starts: Int64s, ends: Int64s, last: bool) -> tuple[Block, int] | None:
        """The block by pyarrow and the number of lines used; None where it must be read line by line.

        Only a block that is well-formed throughout is taken: counting from its beginning, every other quotation
        mark opens a field (a delimiter, a line end or a mark comes before it), the rest close one.
        """
        first, final = int(starts[0]), int(ends[-1])
        buffer = np.frombuffer(data, np.uint8)[first:final]
        if (buffer == 13).any():
            return None
        starts, ends = starts - first, ends - first
        quotes = np.flatnonzero(buffer == 34)
        opened = (np.searchsorted(quotes, starts) & 1).astype(bool)
        used = len(ends)
        if len(quotes) & 1 and not last:
            # The last record goes on in the next chunk.
            used = int(np.flatnonzero(~opened)[-1])
            quotes = quotes[quotes < starts[used]]
            if used == 0:
                return None if len(ends) > MAX_LINE_BREAKS else (self._empty(), 0)
            opened, starts, ends = opened[:used], starts[:used], ends[:used]
        if not self._well_formed(buffer[: int(ends[-1])], quotes):
            return None
        begins = np.flatnonzero(~opened)
        lines = np.diff(begins, append=used)
        sizes = ends[begins + lines - 1] - starts[begins]
        if int(lines.max()) > MAX_LINE_BREAKS + 1 or int(sizes.max()) > self._limits.max_field_chars:
            return None
        numbers = self._row + np.arange(1, len(begins) + 1)
        parsed = self._parse(data[first : first + int(ends[-1])], numbers[sizes > 0])
        if parsed is None:
            return None
        self._row = int(numbers[-1])
        table, rows, rejects = parsed
        return Block(table, rows, tuple(rejects)), used

    def _well_formed(self, buffer: npt.NDArray[np.uint8], quotes: Int64s) -> bool:
        if not len(quotes):
            return True
        if len(quotes) & 1:
            return False
        edge = np.zeros(256, bool)
        edge[[10, 34, ord(self._head.delimiter)]] = True
        opening, closing = quotes[::2], quotes[1::2]
        before = edge[buffer[np.maximum(opening - 1, 0)]] | (opening == 0)
        after = edge[buffer[np.minimum(closing + 1, len(buffer) - 1)]] | (closing == len(buffer) - 1)
        return bool(before.all() and after.all())

    def _parse(self, data: bytes, numbers: Int64s) -> tuple[tuple[pa.Array, ...], Int64s, list[RowReject]] | None:
        if not len(numbers):
            return self._empty().columns, np.empty(0, np.int64), []
        odd_rows: list[tuple[int, str]] = []

        def keep_apart(row: pyarrow.csv.InvalidRow) -> str:
            odd_rows.append((row.number, row.text))
            return "skip"

        try:
            table = pyarrow.csv.read_csv(
                pa.BufferReader(data),
                read_options=pyarrow.csv.ReadOptions(
                    use_threads=False, column_names=self._names, block_size=max(len(data) + 1, 1024)
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=self._head.delimiter, newlines_in_values=True, invalid_row_handler=keep_apart
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types=dict.fromkeys(self._names, pa.string()), strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows + len(odd_rows) != len(numbers):
            return None
        arrays = [_one(column) for column in table.columns]
        if not odd_rows:
            return tuple(arrays), numbers, []
        places = np.array([number - 1 for number, _ in odd_rows], np.int64)
        rows = np.delete(numbers, places)
        rejects: list[RowReject] = []
        fitted: list[list[str]] = []
        fitted_rows: list[int] = []
        for (_, text), row in zip(odd_rows, numbers[places].tolist(), strict=True):
            lines = text.split("\n")
            record = read_record(lines, 0, self._head.delimiter, max_chars=self._limits.max_field_chars)
            if record.cells is None or len(lines) > 1:
                # A record of several lines with the wrong number of cells is a forgotten mark.
                return None
            cells = fit(record.cells, self._width)
            if cells is None and any(cell.strip() for cell in record.cells):
                rejects.append(_wrong_count(row, len(record.cells), self._width))
            elif cells is None:
                # A line of blanks is an empty row, whatever its width.
                continue
            else:
                fitted.append(cells)
                fitted_rows.append(row)
        if fitted:
            arrays = [
                pa.concat_arrays([array, pa.array([cells[index] for cells in fitted], pa.string())])
                for index, array in enumerate(arrays)
            ]
            rows = np.concatenate((rows, np.array(fitted_rows, np.int64)))
            order = np.argsort(rows, kind="stable")
            arrays, rows = [array.take(pa.array(order)) for array in arrays], rows[order]
        return tuple(arrays), rows, rejects

    def _patient(self, data: bytes, starts: Int64s, ends: Int64s, last: bool) -> tuple[Block, int]:
        """The block line by line."""
        lines = _Lines(data, starts, ends)
        limit = self._limits.max_field_chars
        kept: list[list[str]] = []
        rows: list[int] = []
        rejects: list[RowReject] = []
        index = 0
        while index < len(lines):
            if starts[index] == ends[index]:
                self._row += 1
                index += 1
                continue
            record = read_record(lines, index, self._head.delimiter, max_chars=limit)
            if record.short and not last:
                break
            self._row += 1
            cells = None if record.cells is None else fit(record.cells, self._width)
            if record.cells is None or (cells is None and record.next_line > index + 1):
                if int(ends[index] - starts[index]) > limit:
                    rejects.append(_too_long(self._row))
                else:
                    rejects.append(_broken_quote(self._row))
                index += 1
                continue
            index = record.next_line
            if cells is None:
                if any(cell.strip() for cell in record.cells):
                    rejects.append(_wrong_count(self._row, len(record.cells), self._width))
            elif max(map(len, cells)) > limit:
                rejects.append(_too_long(self._row))
            else:
                kept.append(cells)
                rows.append(self._row)
        arrays = tuple(pa.array([cells[index] for cells in kept], pa.string()) for index in range(self._width))
        return Block(arrays, np.array(rows, np.int64), tuple(rejects)), index


class _Lines(Sequence[str]):
    """The lines of a block as text, decoded only when asked for."""

    def __init__(self, data: bytes, starts: Int64s, ends: Int64s) -> None:
        self._data, self._starts, self._ends = data, starts, ends

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        return self._data[int(self._starts[index]) : int(self._ends[index])].decode("utf-8", "replace")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _broken_quote(row: int) -> RowReject:
    return RowReject(
        row, "broken_quote", f"Row {row} opens a quotation mark that is not closed; reading went on with the next line."
    )


def _wrong_count(row: int, found: int, expected: int) -> RowReject:
    return RowReject(row, "wrong_column_count", f"Row {row} has {found} cells where the header has {expected} columns.")


def _too_long(row: int) -> RowReject:
    return RowReject(row, "field_too_long", f"Row {row} holds a field that is longer than allowed.")


def _read_sheet(member: Member, head: Head, limits: Limits) -> Iterator[Block]:
    first = 0 if head.header is None else head.header + 1
    kept: list[list[str]] = []
    numbers: list[int] = []
    rejects: list[RowReject] = []
    for row, cells in enumerate(table_sheet.rows(member, head.sheet), start=1):
        if row <= first or not any(cells):
            continue
        fitted = fit([*cells, *[""] * (head.width - len(cells))], head.width)
        if fitted is None:
            rejects.append(_wrong_count(row, len(cells), head.width))
        elif max(map(len, fitted)) > limits.max_field_chars:
            rejects.append(_too_long(row))
        else:
            kept.append(fitted)
            numbers.append(row)
        if len(kept) >= SHEET_BLOCK:
            yield _sheet_block(kept, numbers, rejects, head.width)
            kept, numbers, rejects = [], [], []
    if kept or rejects:
        yield _sheet_block(kept, numbers, rejects, head.width)


def _sheet_block(kept: list[list[str]], numbers: list[int], rejects: list[RowReject], width: int) -> Block:
    arrays = tuple(pa.array([cells[index] for cells in kept], pa.string()) for index in range(width))
    return Block(arrays, np.array(numbers, np.int64), tuple(rejects))
