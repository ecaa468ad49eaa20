"""Rows into immutable Parquet files, and back.

The bytes of a file depend on its rows only: not on how they were cut into batches, nor on threads or the clock.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from audiencevault.errors import VaultDamagedError
from audiencevault.records import SCHEMA_VERSION, TABLES
from audiencevault.vault.manifest import FileRef
from audiencevault.vault.ops import NewFile, Ops, disk_errors

ROW_GROUP: Final = 131_072
FILE_ROWS: Final = 8 * ROW_GROUP
"""A table of more rows becomes several files, none of which is too big to copy or rewrite."""
_SMALLER: Final = {"contact_points": ROW_GROUP, "match_features": ROW_GROUP}
"""Derived tables that mostly grow at their end: all but the last of many small files can be kept then."""

NEARLY_DISTINCT: Final = frozenset(
    {
        "record_id", "contact_id", "event_id", "source_key", "locator", "raw", "point", "point_key", "record_a",
        "record_b", "email", "phone", "display_name", "full_name", "address1", "street_key", "name_key", "occurred_raw",
    }
)  # fmt: skip
"""Columns of which a dictionary would hold nearly every row: it costs a third of the time and saves nothing."""

Rows: TypeAlias = pa.Table | pa.RecordBatch | pa.RecordBatchReader | Iterable[pa.RecordBatch | pa.Table]


_AT_ONCE: Final = 1 << 20
"""Bytes that Arrow hands on at a time."""


def file_rows(table: str) -> int:
    """How many rows a file of `table` has, but for the last of what is written at a time."""
    return _SMALLER.get(table, FILE_ROWS)


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A finished, synced file that no manifest names yet."""

    path: Path
    ref: FileRef


def batches_of(rows: Rows) -> Iterator[pa.Table]:
    """`rows`, whatever they come as, one table at a time."""
    if isinstance(rows, pa.Table):
        yield rows
    elif isinstance(rows, pa.RecordBatch):
        yield pa.Table.from_batches([rows])
    else:
        for part in rows:
            yield part if isinstance(part, pa.Table) else pa.Table.from_batches([part])


def ahead(parts: Iterator[pa.Table]) -> Generator[pa.Table]:
    """The same, each made on a thread of its own while the one before it is used."""
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        coming = pool.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = pool.submit(next, parts, None)
            yield part


def conform(rows: pa.Table, schema: pa.Schema, table: str) -> pa.Table:
    """`rows` with exactly the columns and types of `schema`, in its order.

    Columns of an equivalent type (dictionary, large string) are cast. `ValueError` where a column is missing, is
    one too many, or holds what its type cannot.
    """
    if sorted(rows.column_names) != sorted(schema.names):
        lacking = sorted(set(schema.names) - set(rows.column_names))
        more = sorted(set(rows.column_names) - set(schema.names))
        raise ValueError(f"rows for {table}: missing columns {lacking}, unknown or repeated columns {more}")
    columns = []
    for field in schema:
        column = rows.column(field.name)
        if not column.type.equals(field.type):
            try:
                column = column.cast(field.type)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                # Arrow's own message would quote the value.
                raise ValueError(f"rows for {table}: column {field.name} is {column.type}, not {field.type}") from None
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=schema)


def write_rows(ops: Ops, directory: Path, table: str, rows: Rows, *, stem: str) -> list[StagedFile]:
    """Stream `rows` of `table` into synced files in `directory`; no file where there are no rows.

    At most one row group is held in memory beside the caller's own batches. `stem` begins the files' names.
    """
    with RowsWriter(ops, directory, table, stem=stem) as writer, closing(ahead(batches_of(rows))) as parts:
        for part in parts:
            writer.write(part)
        return writer.finish()


class RowsWriter:
    """Rows of one table, pushed bit by bit into synced files; use it in a `with` block.

    Leaving the block before `finish` lets go of what was written; whoever owns the directory removes it.
    """

    def __init__(self, ops: Ops, directory: Path, table: str, *, stem: str) -> None:
        self._ops = ops
        self._directory = directory
        self._table = table
        self._schema = TABLES[table]
        self._stem = stem
        self._staged: list[StagedFile] = []
        self._pending: list[pa.Table] = []
        self._waiting = 0
        self._sink: _Sink | None = None
        self._failed: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._sink is not None:
            self._sink.abandon()
            self._sink = None

    def write(self, part: pa.Table | pa.RecordBatch) -> None:
        """Add rows. `ValueError` where the columns are not those of the table."""
        if part.num_rows == 0:
            return
        rows = part if isinstance(part, pa.Table) else pa.Table.from_batches([part])
        self._pending.append(conform(rows, self._schema, self._table))
        self._waiting += rows.num_rows
        while self._waiting >= ROW_GROUP:
            joined = pa.concat_tables(self._pending)
            rest = joined.slice(ROW_GROUP)
            self._pending, self._waiting = [rest], rest.num_rows
            self._put(joined.slice(0, ROW_GROUP))

    def finish(self) -> list[StagedFile]:
        """Write what is waiting, and return the files, in order."""
        if self._waiting:
            self._put(pa.concat_tables(self._pending))
            self._pending, self._waiting = [], 0
        if self._failed is not None:
            raise self._failed
        if self._sink is not None:
            self._staged.append(self._sink.finish())
            self._sink = None
        return self._staged

    def _put(self, group: pa.Table) -> None:
        if self._failed is not None:
            # Half a row group is in the file: whatever comes after it would be lost.
            raise self._failed
        try:
            self._put_whole(group)
        except Exception as error:
            self._failed = error
            raise

    def _put_whole(self, group: pa.Table) -> None:
        if self._sink is None:
            path = self._directory / f"{self._stem}-{len(self._staged)}.parquet"
            self._sink = _Sink(self._ops, path, self._schema)
        self._sink.write(group)
        if self._sink.rows >= file_rows(self._table):
            self._staged.append(self._sink.finish())
            self._sink = None


class _Sink:
    """One Parquet file being written."""

    def __init__(self, ops: Ops, path: Path, schema: pa.Schema) -> None:
        self.rows = 0
        with disk_errors(path.parent):
            self._file: NewFile = ops.create(path)
        try:
            # Pages are small, and each would wait for Python.
            self._stream = pa.BufferedOutputStream(pa.PythonFile(self._file, mode="w"), _AT_ONCE)
            self._writer = pq.ParquetWriter(
                self._stream,
                schema,
                version="2.6",
                compression="zstd",
                compression_level=1,
                use_dictionary=[
                    field.name
                    for field in schema
                    if not pa.types.is_nested(field.type) and field.name not in NEARLY_DISTINCT
                ],
            )
        except BaseException:
            self._file.close()
            raise

    def write(self, group: pa.Table) -> None:
        """One row group. Joined chunks: where Arrow cuts pages depends on where chunks end."""
        with disk_errors(self._file.path.parent):
            self._writer.write_table(group.combine_chunks(), row_group_size=ROW_GROUP)
        self.rows += group.num_rows

    def finish(self) -> StagedFile:
        with disk_errors(self._file.path.parent):
            self._writer.close()
            self._stream.flush()
            self._file.sync()
            self._file.close()
        return StagedFile(self._file.path, FileRef(self._file.sha256, self.rows, self._file.size, SCHEMA_VERSION))

    def abandon(self) -> None:
        """Let go of the file; whoever owns the directory removes it."""
        self._file.give_up()
        self._writer.is_open = False
        del self._writer, self._stream
        self._file.close()


def read_rows(paths: Sequence[Path], table: str, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of Parquet files of `table`, in order, with `columns` (default: all) of its schema.

    Columns that an older file lacks are null. Raises `VaultDamagedError` where a file cannot be read.
    """
    schema = TABLES[table]
    if columns is not None:
        schema = pa.schema([schema.field(name) for name in columns], metadata=schema.metadata)
    parts = [schema.empty_table()]
    for path in paths:
        try:
            with pq.ParquetFile(path, memory_map=False) as file:
                held = set(file.schema_arrow.names)
                rows = file.read(columns=[name for name in schema.names if name in held])
        except (OSError, pa.ArrowException) as error:
            raise unreadable(path, error) from None
        parts.append(
            pa.Table.from_arrays(
                [
                    rows.column(field.name) if field.name in held else pa.nulls(rows.num_rows, field.type)
                    for field in schema
                ],
                schema=schema,
            )
        )
    return pa.concat_tables(parts)


def unreadable(path: Path, error: Exception) -> VaultDamagedError:
    """What to say of a data file that cannot be read. Arrow's own text could quote values, so it is left out."""
    what = "is missing" if isinstance(error, FileNotFoundError) else "cannot be read as Parquet"
    return VaultDamagedError(f"The vault's file {path} {what}.", REPAIR_HINT)


REPAIR_HINT: Final = (
    "Run: audiencevault check --read-data; then restore a backup: audiencevault restore DIRECTORY --to NEW_VAULT"
)
