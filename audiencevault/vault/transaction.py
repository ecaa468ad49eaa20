"""Transactions: everything that one command adds, published by one step or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyarrow as pa

from audiencevault.errors import VaultLockedError
from audiencevault.records import DERIVED_TABLES, SCHEMA_VERSION, TABLES
from audiencevault.vault import beside, compaction, current, journal
from audiencevault.vault.chain import CHAIN, START, Linker, Segment, segments_of
from audiencevault.vault.files import (
    Rows,
    RowsWriter,
    StagedFile,
    batches_of,
    conform,
    file_rows,
    read_rows,
    write_rows,
)
from audiencevault.vault.keys import SECRET_BYTES, KeyRing, Keys
from audiencevault.vault.layout import DATA, SNAPSHOTS, STAGING, data_directory, head_number, manifest_path
from audiencevault.vault.lock import WriterLock
from audiencevault.vault.manifest import FileRef, Manifest
from audiencevault.vault.ops import CLAIM_SUFFIX, Ops, disk_errors, publish
from audiencevault.vault.snapshot import Snapshot, TableRef

LEDGER: Final = "consent_events"
"""The table whose rows the hash chain holds together."""


@dataclass
class StagedRows:
    """Rows written aside by `Transaction.stage`: `write` takes batches, `files` is there once the block is left, or
    `finish` was called: on any thread, when nothing is written any more.
    """

    table: str
    files: tuple[StagedFile, ...] = ()
    segments: tuple[Segment, ...] = ()
    write: Callable[[pa.Table | pa.RecordBatch], None] = field(default=lambda _: None, repr=False)
    finish: Callable[[], None] = field(default=lambda: None, repr=False)

    @property
    def ref(self) -> TableRef:
        """The files, which can be read at once."""
        return _refs(list(self.files))


class Transaction:
    """Made by `Vault.begin`; use it in a `with` block. Leaving the block without `commit` changes nothing."""

    def __init__(
        self, root: Path, ops: Ops, command: str, now: datetime, wait: float, keys: Keys | None = None
    ) -> None:
        self._keys = keys
        self._root = root
        self._ops = ops
        self._command = command
        self._now = now
        self._wait = wait
        self._lock = WriterLock(root, ops)
        self._open = False
        self._files: dict[tuple[str, FileRef], Path] = {}
        self._writes = 0
        self._ledger: _Ledger | None = None
        self._beside: dict[str, tuple[Path, tuple[str, ...]]] = {}

    def __enter__(self) -> Self:
        self._lock.acquire(self._command, self._now, self._wait)
        try:
            with disk_errors(self._root):
                clean_leftovers(self._root, self._ops)
            self._base = Snapshot.read(self._root, head_number(self._root), self._keys)
            self._tables = {table: list(files) for table, files in self._base.manifest.tables.items()}
            with disk_errors(self._root):
                self._directory = _own_directory(self._root, self._ops)
                current.write_head(self._root, self._base.number, self._directory, self._ops)
                current.refresh(self._base, self._directory, self._ops)
        except BaseException:
            self._lock.release()
            raise
        self._open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        try:
            # What cannot be removed now, the next writer removes; it must not look as if the commit had failed.
            with suppress(OSError):
                self._ops.remove_tree(self._directory)
        finally:
            self._lock.release()

    @property
    def base(self) -> Snapshot:
        """The snapshot that this transaction starts from."""
        return self._base

    @property
    def staging(self) -> Path:
        """A directory of the caller's own, on the vault's disk; it goes when the block is left."""
        return self._directory / "work"

    @contextmanager
    def stage(self, table: str) -> Iterator[StagedRows]:
        """Write rows of `table` that may or may not become part of it: see `append_staged` and `replace_staged`."""
        self._must_be_open()
        self._writes += 1
        directory = self._directory / "tables"
        staged = StagedRows(table)
        linker = self._chain().stage() if table == LEDGER else None
        with RowsWriter(self._ops, directory, table, stem=f"{table}-{self._writes}") as writer:

            def finish() -> None:
                if linker is not None:
                    staged.segments = tuple(linker.finish())
                    self._chain().staged(staged.segments)
                staged.files = tuple(writer.finish())

            staged.write = writer.write if linker is None else _linking(writer, linker)
            staged.finish = finish
            yield staged
            finish()

    def append_staged(self, staged: StagedRows) -> TableRef:
        """Add the rows of a finished `stage` to their table without writing them again."""
        self._accept(staged.table, derived=False)
        if staged.table == LEDGER and not self._chain().take(staged.segments):
            # What was staged before it has not become part of the ledger: another row comes before its first.
            return self.append(staged.table, (read_rows([item.path], LEDGER) for item in staged.files))
        return self._add(staged.table, list(staged.files))

    def append(self, table: str, rows: Rows) -> TableRef:
        """Add `rows` to a table that only grows; return the new files, which can be read at once.

        A file that the table holds already is not added again, so the same rows in the same order twice in a row
        change nothing; but rows of the ledger get their place in its hash chain, and are new rows each time.
        `ValueError` where the columns are not those of the table.
        """
        self._accept(table, derived=False)
        if table != LEDGER:
            return self._add(table, self._write(table, rows))
        linker = self._chain().append()
        staged = self._write(table, (part for rows_ in batches_of(rows) for part in linker.link(_whole(rows_))))
        self._chain().appended(linker.finish())
        return self._add(table, staged)

    def _chain(self) -> _Ledger:
        if self._ledger is None:
            self._ledger = _Ledger(self._base, self._base.ring)
        return self._ledger

    def _add(self, table: str, staged: list[StagedFile]) -> TableRef:
        held = self._tables.setdefault(table, [])
        for item in staged:
            self._files[table, item.ref] = item.path
            if item.ref not in held:
                held.append(item.ref)
        return _refs(staged)

    def replace(self, table: str, rows: Rows, *, keep: int = 0) -> TableRef:
        """Make `rows` the whole of a derived table; return its files, which can be read at once.

        With `keep`, the first so many files of the base's table stay in front of `rows`: of those that `full_files`
        names, so that the files are the same as if all rows had been given.
        """
        self._accept(table, derived=True)
        return self._put(table, self._write(table, rows), keep)

    def _put(self, table: str, staged: list[StagedFile], keep: int) -> TableRef:
        if keep > len(self.full_files(table)):
            raise ValueError(f"{keep} files of {table} cannot be kept")
        kept = self._base.manifest.tables.get(table, ())[:keep]
        self._tables[table] = [*kept, *(item.ref for item in staged)]
        for item in staged:
            self._files[table, item.ref] = item.path
        written = _refs(staged)
        files = tuple(self._base.file_path(table, ref) for ref in kept)
        return TableRef((*files, *written.files), sum(ref.rows for ref in kept) + written.rows)

    def replace_staged(self, staged: StagedRows, *, keep: int = 0) -> TableRef:
        """Make the rows of a finished `stage` the whole of a derived table without writing them again; `keep` as in
        `replace`.
        """
        self._accept(staged.table, derived=True)
        return self._put(staged.table, list(staged.files), keep)

    def full_files(self, table: str) -> tuple[Path, ...]:
        """The files at the beginning of the base's table that are as long as a file gets, as this version writes it."""
        refs = self._base.manifest.tables.get(table, ())
        whole = takewhile(lambda ref: ref.rows == file_rows(table) and ref.schema_version == SCHEMA_VERSION, refs)
        return tuple(self._base.file_path(table, ref) for ref in whole)

    def commit(self) -> Snapshot:
        """Publish what was added as the next snapshot, and return it; the base, where nothing differs.

        After this returns, the snapshot survives a power cut. Raises `VaultLockedError` where somebody else
        published first, past the lock; nothing is changed then.
        """
        self._must_be_open()
        self._open = False
        if self._ledger is not None and self._ledger.new:
            made = [{**segment.as_row(), "created_at": self._now} for segment in self._ledger.new]
            schema = TABLES["ledger_segments"]
            self._add("ledger_segments", self._write("ledger_segments", pa.Table.from_pylist(made, schema=schema)))
        tables = {table: tuple(files) for table, files in sorted(self._tables.items()) if files}
        tables = self._compacted(tables)
        if tables == dict(self._base.manifest.tables):
            snapshot = self._base
        else:
            with disk_errors(self._root):
                snapshot = self._publish(tables)
        # Whoever misses it makes it again.
        with suppress(OSError):
            for name, (directory, of) in self._beside.items():
                beside.put(self._ops, self._root, name, directory, snapshot.manifest, of)
        return snapshot

    def put_beside(self, name: str, directory: Path, of: Sequence[str]) -> None:
        """Keep `directory` (in `staging`), made from the tables `of` as they will be, beside the vault's tables once
        they are published: see `beside`.
        """
        self._must_be_open()
        self._beside[name] = (directory, tuple(of))

    def found_beside(self, name: str) -> Path | None:
        """What was kept as `name`, if the base still has the tables that it was made from."""
        return beside.found(self._root, name, self._base.manifest)

    def _publish(self, tables: dict[str, tuple[FileRef, ...]]) -> Snapshot:
        self._move(tables)
        manifest = Manifest(
            self._base.manifest.vault_id, self._base.number + 1, self._base.number, self._now, self._command, tables
        )
        temporary = self._directory / "manifest.json"
        self._ops.write_file(temporary, manifest.encode())
        try:
            publish(self._ops, temporary, manifest_path(self._root, manifest.number))
        except FileExistsError:
            raise VaultLockedError(
                f"Another process published snapshot {manifest.number} of {self._root} meanwhile.",
                "Run the command again.",
            ) from None
        snapshot = Snapshot(self._root, manifest, self._keys)
        # It is published: what follows only helps readers, and the next writer makes up for it.
        with suppress(OSError):
            current.write_head(self._root, manifest.number, self._directory, self._ops)
            current.refresh(snapshot, self._directory, self._ops)
        return snapshot

    def _must_be_open(self) -> None:
        if not self._open:
            raise ValueError("the transaction is over, or was never entered")

    def _accept(self, table: str, *, derived: bool) -> None:
        self._must_be_open()
        if table not in TABLES:
            raise ValueError(f"a vault has no table {table!r}")
        if derived != (table in DERIVED_TABLES):
            raise ValueError(f"{table} is derived: replace it" if not derived else f"{table} only grows: append to it")

    def _write(self, table: str, rows: Rows) -> list[StagedFile]:
        self._writes += 1
        staged = write_rows(self._ops, self._directory / "tables", table, rows, stem=f"{table}-{self._writes}")
        for item in staged:
            self._files[table, item.ref] = item.path
        return staged

    def _compacted(self, tables: dict[str, tuple[FileRef, ...]]) -> dict[str, tuple[FileRef, ...]]:
        """`tables` with small files merged; those of derived tables are not small pieces."""
        result = dict(tables)
        for table in sorted(tables.keys() - DERIVED_TABLES):
            merged: list[FileRef] = []
            for run in compaction.plan(tables[table]):
                if len(run) == 1:
                    merged.extend(run)
                else:
                    parts = compaction.rows_of([self._path(table, ref) for ref in run], table)
                    merged.extend(item.ref for item in self._write(table, parts))
            result[table] = tuple(merged)
        return result

    def _path(self, table: str, ref: FileRef) -> Path:
        return self._files.get((table, ref)) or self._base.file_path(table, ref)

    def _move(self, tables: dict[str, tuple[FileRef, ...]]) -> None:
        """Give the new files their names. A name is that of a content, so whatever had it already was the same,
        or was damaged.
        """
        for table, files in tables.items():
            known = set(self._base.manifest.tables.get(table, ()))
            mine = [ref for ref in files if (table, ref) in self._files]
            new = [ref for ref in mine if ref not in known or not self._whole(table, ref)]
            if not new:
                continue
            directory = data_directory(self._root, table)
            if self._ops.make_directory(directory):
                self._ops.sync_directory(self._root / DATA)
            for ref in new:
                self._ops.replace(self._files[table, ref], directory / ref.name)
            self._ops.sync_directory(directory)

    def _whole(self, table: str, ref: FileRef) -> bool:
        path = self._base.file_path(table, ref)
        return path.is_file() and path.stat().st_size == ref.bytes


class _Ledger:
    """Where the ledger's hash chain stands while a transaction adds to it.

    Claims are staged one after the other, each behind the one before; one that is given up, or is taken in another
    order, breaks that, and those after it are linked again.
    """

    def __init__(self, base: Snapshot, ring: KeyRing | None) -> None:
        self._ring = ring
        self._secret = ring.salt if ring is not None else secrets.token_bytes(SECRET_BYTES)
        self.new: list[Segment] = []
        old = segments_of(base.table("ledger_segments"))
        older = base.rows(LEDGER) - sum(segment.rows for segment in old)
        self._head = next((segment.head for segment in reversed(old) if segment.head), START)
        self._number = len(old)
        if older > 0 and not old:
            self.new.append(Segment(self._number, older, None, START, None))
            self._number += 1
        self._staged_head, self._staged_number = self._head, self._number

    def stage(self) -> Linker:
        return Linker(self._staged_head, self._staged_number, self._ring, self._secret)

    def staged(self, segments: tuple[Segment, ...]) -> None:
        if segments:
            self._staged_head, self._staged_number = segments[-1].head or START, segments[-1].number + 1

    def take(self, segments: tuple[Segment, ...]) -> bool:
        if segments and (segments[0].prev_hash != self._head or segments[0].number != self._number):
            return False
        self.appended(segments)
        return True

    def append(self) -> Linker:
        return Linker(self._head, self._number, self._ring, self._secret)

    def appended(self, segments: Sequence[Segment]) -> None:
        if segments:
            self.new.extend(segments)
            self._head, self._number = segments[-1].head or START, segments[-1].number + 1


def _linking(writer: RowsWriter, linker: Linker) -> Callable[[pa.Table | pa.RecordBatch], None]:
    def write(part: pa.Table | pa.RecordBatch) -> None:
        rows = part if isinstance(part, pa.Table) else pa.Table.from_batches([part])
        for linked in linker.link(_whole(rows)):
            writer.write(linked)

    return write


def _whole(rows: pa.Table) -> pa.Table:
    """Rows of the ledger with its columns; those of the chain may be missing, since they are about to be filled."""
    for name in CHAIN:
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(rows.num_rows, pa.string()))
    return conform(rows, TABLES[LEDGER], LEDGER)


def _refs(staged: list[StagedFile]) -> TableRef:
    return TableRef(tuple(item.path for item in staged), sum(item.ref.rows for item in staged))


def _own_directory(root: Path, ops: Ops) -> Path:
    ops.make_directory(root / STAGING)
    directory = ops.make_temporary(root / STAGING)
    for name in ("work", "tables"):
        ops.make_directory(directory / name)
    return directory


def clean_leftovers(root: Path, ops: Ops) -> None:
    """Remove what a killed writer left behind, and finish what an erasure has begun; only for who holds the lock."""
    journal.finish(root, ops)
    staging = root / STAGING
    if staging.is_dir():
        for entry in sorted(staging.iterdir()):
            ops.remove_tree(entry)
    for marker in sorted((root / SNAPSHOTS).glob(f"*{CLAIM_SUFFIX}")):
        ops.remove(marker)


@contextmanager
def locked(root: Path, ops: Ops, command: str, now: datetime | None, wait: float = 0.0) -> Iterator[None]:
    """Hold the writer's lock of `root`."""
    lock = WriterLock(root, ops)
    lock.acquire(command, now, wait)
    try:
        yield
    finally:
        lock.release()
