"""Tables in files as they are: read without losing a column, written again with one more.

Words: a row's *number* is the one that a spreadsheet shows, so that the header is row 1; the rows of a Parquet file
count from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audiencevault.errors import ExportError, UsageError
from audiencevault.export import Limits, Member, decode, open_exports
from audiencevault.pipeline import people_columns
from audiencevault.pipeline.people_columns import is_list, is_readable
from audiencevault.sources import table_reader
from audiencevault.sources.table_reader import Head, RowReject

PARQUET: Final = (".parquet", ".pq")
TABBED: Final = (".tsv", ".tab")
WRITTEN: Final = (".csv", ".txt", *TABBED, *PARQUET)
BATCH: Final = 65_536

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffd]")
_MOST_CONTROLS: Final = 0.02
"""Of the characters of a text; a file with more of them is none."""

_BETWEEN_ITEMS: Final = "; "


@dataclass(frozen=True)
class TableFile:
    """A table as its file has it.

    `table` has distinct column names, `headers` are the names as written; `rows` the number of each row; `rejects` the
    rows that could not be read; `delimiter` is that of a text file; `notes` what to know.
    """

    path: Path
    table: pa.Table
    headers: tuple[str, ...]
    rows: npt.NDArray[np.int64]
    rejects: tuple[RowReject, ...] = ()
    delimiter: str = ","
    notes: tuple[str, ...] = ()


def read(path: Path, *, encoding: str | None = None, limits: Limits | None = None) -> TableFile:
    """The table in `path`: Parquet by its suffix, else delimited text or a spreadsheet.

    `ExportError` where there is none; a row that cannot be read is a reject, and the rest goes on.
    """
    if path.suffix.lower() in PARQUET:
        return _parquet(path)
    exports, errors = open_exports([path], limits)
    if errors:
        raise errors[0]
    export = exports[0]
    if export.kind != "file":
        raise ExportError(f"{path} is a {export.kind}, not a table.", "Name one CSV, TSV, XLSX or Parquet file.")
    member = export.members[0]
    if not table_reader.is_sheet_name(member):
        _look_like_text(path, member, encoding)
    head = table_reader.sniff(member, encoding=encoding)
    if head is None or not head.columns:
        raise ExportError(f"{path} is not a table that can be read.", "Save it as CSV, TSV, XLSX or Parquet.")
    return _blocks(path, member, head, limits or Limits())


def _look_like_text(path: Path, member: Member, encoding: str | None) -> None:
    text = decode(member.head(), encoding=encoding)[0]
    if len(_CONTROLS.findall(text)) > _MOST_CONTROLS * len(text):
        raise ExportError(
            f"{path} is not text that can be read.",
            "If it is a table, save it as CSV in UTF-8, or name its encoding with --encoding.",
        )


def _blocks(path: Path, member: Member, head: Head, limits: Limits) -> TableFile:
    names = [column.name for column in head.columns]
    schema = pa.schema([(name, pa.string()) for name in names])
    batches: list[pa.RecordBatch] = []
    numbers: list[npt.NDArray[np.int64]] = []
    rejects: list[RowReject] = []
    for block in table_reader.read(member, head, limits):
        rejects.extend(block.rejects)
        if len(block.rows):
            batches.append(pa.RecordBatch.from_arrays(list(block.columns), schema=schema))
            numbers.append(block.rows)
    notes = []
    if head.header is None:
        notes.append("The columns have no names; they are called column 1, column 2, …")
    elif head.header > 0:
        lines = "line above the header was" if head.header == 1 else f"{head.header} lines above the header were"
        notes.append(f"The {lines} left out: they are no rows.")
    return TableFile(
        path,
        pa.Table.from_batches(batches, schema=schema),
        tuple(names if head.header is None else [column.raw or column.name for column in head.columns]),
        np.concatenate(numbers) if numbers else np.empty(0, np.int64),
        tuple(rejects),
        head.delimiter if head.kind == "text" else ",",
        tuple(notes),
    )


def _parquet(path: Path) -> TableFile:
    if path.is_dir():
        raise ExportError(f"{path} is a folder, not a table.", "Name one Parquet file.")
    try:
        # One file, whatever lies beside it; a reader of datasets would look at folder names.
        with pq.ParquetFile(path) as file:
            table = file.read()
    except FileNotFoundError:
        raise ExportError(f"{path} does not exist.", "Check the spelling.") from None
    except (pa.ArrowException, OSError):
        raise ExportError(f"{path} is not a Parquet file that can be read.", "Write it again.") from None
    names = table.column_names
    if len(set(names)) < len(names):
        raise ExportError(f"{path} has several columns of one name.", "Give each column a name of its own.")
    return TableFile(path, table, tuple(names), np.arange(1, table.num_rows + 1, dtype=np.int64))


def check_target(path: Path, *, inputs: Sequence[Path], force: bool) -> None:
    """`UsageError` where `path` cannot be written to: an input, of no known suffix, in no folder, or there already."""
    if path.suffix.lower() not in WRITTEN:
        raise UsageError(f"{path} has no suffix that says how to write it.", "Use .csv, .tsv or .parquet.")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"There is no folder {path.absolute().parent}.", "Make it first.")
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", "Name a file.")
    if path.exists():
        if any(path.samefile(other) for other in inputs if other.exists()):
            raise UsageError(f"{path} is read as well as written.", "Write to another file.")
        if not force:
            raise UsageError(f"{path} is there already.", "Name another file, or overwrite it with --force.")


def check_writable(path: Path, table: pa.Table) -> None:
    """`UsageError` where a column of `table` has no form in a file like `path`."""
    if path.suffix.lower() in PARQUET:
        return
    for column in table.schema:
        if not _has_text(column.type):
            raise UsageError(
                f"Column {column.name!r} is of type {column.type}, which cannot be written as text.",
                "Write to a .parquet file.",
            )


def _has_text(kind: pa.DataType) -> bool:
    return pa.types.is_boolean(kind) or is_readable(kind) or (is_list(kind) and is_readable(kind.value_type))


def write(path: Path, table: pa.Table, *, headers: Sequence[str] | None = None, delimiter: str = ",") -> None:
    """Write `table` to `path`, whole or not at all: Parquet by its suffix, else text in UTF-8.

    `headers` are the names that text files get; `delimiter` is for text files other than `.tsv`.
    """
    staged = path.with_name(f".{path.name}.part")
    suffix = path.suffix.lower()
    try:
        if suffix in PARQUET:
            pq.write_table(table, staged)
        else:
            mark = "\t" if suffix in TABBED else delimiter
            with staged.open("wb") as file:
                for part in _text(table, headers or table.column_names, mark):
                    file.write(part)
        staged.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror or 'the disk refuses'}).", "") from None
    finally:
        staged.unlink(missing_ok=True)


def _text(table: pa.Table, headers: Sequence[str], delimiter: str) -> Iterator[bytes]:
    marks = f'["\r\n{re.escape(delimiter)}]'
    yield (delimiter.join(_quoted_one(header, marks) for header in headers) + "\n").encode()
    for batch in table.to_batches(BATCH):
        if not batch.num_rows:
            continue
        cells = [_quoted(_cells(column), marks) for column in batch.columns]
        # A row of one empty cell would be an empty line, which is no row.
        if len(cells) == 1:
            cells = [pc.if_else(pc.equal(cells[0], ""), '""', cells[0])]
        lines = pc.binary_join_element_wise(*cells, delimiter) if len(cells) > 1 else cells[0]
        yield ("\n".join(lines.to_pylist()) + "\n").encode("utf-8", "replace")


def _quoted_one(text: str, marks: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search(marks, text) else text


def _quoted(values: pa.Array, marks: str) -> pa.Array:
    where = pc.match_substring_regex(values, marks)
    if not pc.any(where).as_py():
        return values
    wrapped = pc.binary_join_element_wise('"', pc.replace_substring(values, '"', '""'), '"', "")
    return pc.if_else(where, wrapped, values)


def _cells(column: pa.Array) -> pa.StringArray:
    """A column as text; nulls are empty, the items of a list are joined."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return people_columns.text(column).fill_null("")
    if pa.types.is_dictionary(kind):
        return _cells(column.dictionary_decode())
    if pa.types.is_string(kind):
        return column.fill_null("")
    if not is_list(kind):
        return column.cast(pa.string()).fill_null("")
    lists = column.cast(pa.list_(pa.string()))
    return pc.binary_join(pc.if_else(pc.is_valid(lists), lists, pa.scalar([], lists.type)), _BETWEEN_ITEMS)
