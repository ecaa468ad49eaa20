"""Erasure: every file of every retained snapshot that holds a person is rewritten, and the old ones are removed.

The only place that changes what was published. Numbers and times of the snapshots stay; their manifests name the
rewritten files from then on. One more snapshot carries the tombstones. All of it happens at once (see
`audiencevault.vault.journal`): a crash at any moment leaves the person in the vault whole, or leaves the vault to be
finished by whoever opens it next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audiencevault.errors import VaultDamagedError
from audiencevault.records import TABLES
from audiencevault.vault import beside, chain, forgetting, journal
from audiencevault.vault.chain import Linker, Segment
from audiencevault.vault.files import RowsWriter, StagedFile, conform, unreadable, write_rows
from audiencevault.vault.forgetting import Ledger, Who
from audiencevault.vault.keys import KeyRing
from audiencevault.vault.layout import DATA, STAGING, data_directory, snapshot_numbers
from audiencevault.vault.manifest import FileRef, Manifest
from audiencevault.vault.ops import Ops, disk_errors
from audiencevault.vault.snapshot import Snapshot
from audiencevault.vault.transaction import LEDGER, clean_leftovers, locked

WAIT: Final = 1.0
SEGMENTS: Final = "ledger_segments"

_BY_SNAPSHOT: Final = frozenset({"contacts", "members"})
"""Tables where one id may be one person in this snapshot, and two people taken for one in an older one."""

Files = dict[tuple[str, FileRef], tuple[FileRef, ...]]
Step = Callable[[str], None]


@dataclass(frozen=True)
class Addition:
    """What one more snapshot brings besides: rows by table, and the rows of the ledger, which get their place in the
    chain. Nothing is published where there is none, as in a backup.
    """

    command: str
    now: datetime
    tables: Mapping[str, pa.Table]
    events: pa.Table


@dataclass(frozen=True)
class Erased:
    """What an erasure changed: files that were rewritten and removed, snapshots whose manifest is another one now,
    events that lost what names the person, and the number of the newest snapshot.
    """

    snapshot: int
    snapshots: int
    rewritten: int
    removed: int
    events: int

    def as_dict(self) -> dict[str, int]:
        """For JSON."""
        return {
            "snapshot": self.snapshot,
            "snapshots_rewritten": self.snapshots,
            "files_rewritten": self.rewritten,
            "files_removed": self.removed,
            "events": self.events,
        }


def erase(
    root: Path,
    who: Who,
    ring: KeyRing,
    addition: Addition | None,
    *,
    now: datetime,
    ops: Ops | None = None,
    step: Step | None = None,
    already_locked: bool = False,
) -> Erased:
    """Take `who` out of every snapshot under `root`, a vault or a backup of one, and publish `addition`.

    `step` is told the name of each table before it is looked at. Raises `VaultLockedError` where somebody is
    writing, `VaultDamagedError` where a file cannot be read: then nothing has changed.
    """
    ops = ops or Ops()
    if already_locked:
        return _erase(root, who, ring, addition, ops, step or _silent)
    with locked(root, ops, "erase", now, WAIT), disk_errors(root):
        clean_leftovers(root, ops)
        return _erase(root, who, ring, addition, ops, step or _silent)


def _silent(_table: str) -> None:
    """Nobody watches."""


def _erase(root: Path, who: Who, ring: KeyRing, addition: Addition | None, ops: Ops, step: Step) -> Erased:
    beside.forget(ops, root)
    snapshots = [Snapshot.read(root, number) for number in snapshot_numbers(root)]
    ops.make_directory(root / STAGING)
    staging = ops.make_temporary(root / STAGING)
    work = _Work(root, snapshots, who, ring, staging, ops)
    for table in sorted({table for snapshot in snapshots for table in snapshot.manifest.tables}):
        step(table)
        work.rewrite(table)
    manifests = [work.manifest(snapshot.manifest) for snapshot in snapshots]
    changed = [new for new, old in zip(manifests, snapshots, strict=True) if new != old.manifest]
    touched = len(changed)
    if addition is not None:
        manifests.append(work.added(manifests[-1], addition))
        changed.append(manifests[-1])
    if not changed:
        ops.remove_tree(staging)
        return Erased(snapshots[-1].number, 0, 0, 0, 0)
    rewritten = work.move()
    journal.begin(root, changed, staging, ops)
    ops.remove_tree(staging)
    removed = journal.finish(root, ops)
    return Erased(manifests[-1].number, touched, rewritten, removed, len(work.ledger.rows))


class _Work:
    """The files of one erasure, written beside the vault's until all of them are there."""

    def __init__(self, root: Path, snapshots: list[Snapshot], who: Who, ring: KeyRing, staging: Path, ops: Ops) -> None:
        self._root = root
        self._snapshots = snapshots
        self._who = who
        self._ring = ring
        self._staging = staging
        self._ops = ops
        self._files: Files = {}
        self._staged: dict[tuple[str, FileRef], Path] = {}
        self._writes = 0
        self._offsets = _offsets(snapshots)
        self._segments = _segments(snapshots)
        self.ledger = Ledger.of(self._segments, self._ledger_rows(), ring)
        self._decisions = self._lost_decisions()
        self._contacts = {one.number: _contacts_in(one, who.records) for one in snapshots}

    def _ledger_rows(self) -> set[int]:
        """The places of the ledger's rows about the person, and of those that correct one of them."""
        rows: set[int] = set()
        ids: list[pa.Array] = []
        columns = ["event_id", "record_id", "point_kind", "point_key", "voids_event_id", "commitment"]
        for ref, first in self._offsets.items():
            for place, part in groups(self._path(LEDGER, ref), columns):
                hit = forgetting.ledger_hits(part, self._who)
                rows.update((np.flatnonzero(hit) + first + place).tolist())
                ids.append(part.column("event_id").filter(pa.array(hit)))
        gone = pa.chunked_array([chunk for part in ids for chunk in part.chunks], pa.string())
        if len(gone):
            for ref, first in self._offsets.items():
                for place, part in groups(self._path(LEDGER, ref), ["voids_event_id", "commitment"]):
                    corrects = pc.and_(
                        pc.is_null(part.column("commitment")), pc.is_in(part.column("voids_event_id"), value_set=gone)
                    )
                    rows.update((np.flatnonzero(corrects.to_numpy()) + first + place).tolist())
        return rows

    def _lost_decisions(self) -> frozenset[str]:
        table = self._snapshots[-1].table("decisions", ["decision_id", "record_a", "record_b"])
        lost = [
            row["decision_id"] for row in table.to_pylist() if {row["record_a"], row["record_b"]} & self._who.records
        ]
        return frozenset(lost)

    def _path(self, table: str, ref: FileRef) -> Path:
        return data_directory(self._root, table) / ref.name

    def rewrite(self, table: str) -> None:
        """Rewrite each file of `table` that holds something of the person, once, whoever names it."""
        refs = {ref: None for snapshot in self._snapshots for ref in snapshot.manifest.tables.get(table, ())}
        for ref in refs:
            path = self._path(table, ref)
            change = self._change(table, ref)
            if change is None:
                continue
            first = next((place for place, part in groups(path) if change(place, part) is not None), None)
            if first is not None:
                self._files[table, ref] = self._written(table, _changed(path, change))

    def _change(self, table: str, ref: FileRef) -> Callable[[int, pa.Table], pa.Table | None] | None:
        """What makes the new rows out of a row group that begins at a place of its file; None where nothing can."""
        if table == LEDGER:
            first = self._offsets[ref]
            if not self.ledger.overlaps(first, ref.rows):
                return None
            return lambda place, part: forgetting.blanked_ledger(part, first + place, self.ledger)
        if table == SEGMENTS:
            return lambda _, part: self._without_seeds(part)
        who = self._who if table not in _BY_SNAPSHOT else replace(self._who, contacts=self._contacts_of(table, ref))
        return lambda _, part: forgetting.kept(table, part, who, self._ring, self._decisions)

    def _contacts_of(self, table: str, ref: FileRef) -> frozenset[str]:
        """The contacts to go from a file: also one that was the person and somebody else in that snapshot. Who that
        was is derived again by the next import or rebuild.
        """
        named = [one for one in self._snapshots if ref in one.manifest.tables.get(table, ())]
        if self._snapshots[-1] in named:
            return self._who.contacts
        return frozenset(name for one in named for name in self._contacts[one.number])

    def _without_seeds(self, rows: pa.Table) -> pa.Table | None:
        numbers = pa.array(sorted(self.ledger.touched), pa.int64())
        gone = pc.and_(pc.is_in(rows.column("segment"), value_set=numbers), pc.is_valid(rows.column("seed")))
        if not pc.any(gone).as_py():
            return None
        seeds = pc.if_else(gone, pa.scalar(None, pa.string()), rows.column("seed"))
        return rows.set_column(rows.column_names.index("seed"), rows.schema.field("seed"), seeds)

    def _written(self, table: str, parts: Iterator[pa.Table]) -> tuple[FileRef, ...]:
        self._writes += 1
        with RowsWriter(self._ops, self._staging, table, stem=f"{table}-{self._writes}") as writer:
            for part in parts:
                writer.write(part)
            return self._keep(table, writer.finish())

    def _keep(self, table: str, staged: list[StagedFile]) -> tuple[FileRef, ...]:
        for item in staged:
            self._staged[table, item.ref] = item.path
        return tuple(item.ref for item in staged)

    def manifest(self, old: Manifest) -> Manifest:
        """The same snapshot, naming the rewritten files."""
        tables = {
            table: tuple(dict.fromkeys(new for ref in refs for new in self._files.get((table, ref), (ref,))))
            for table, refs in old.tables.items()
        }
        return replace(old, tables={table: refs for table, refs in tables.items() if refs})

    def added(self, base: Manifest, addition: Addition) -> Manifest:
        """The snapshot after `base`, with what the erasure adds."""
        tables = dict(base.tables)
        new = dict(addition.tables)
        if addition.events.num_rows:
            head = next((one.head for one in reversed(self._segments) if one.head), chain.START)
            older = sum(ref.rows for ref in base.tables.get(LEDGER, ())) - sum(one.rows for one in self._segments)
            number = len(self._segments)
            segments: list[Segment] = []
            if older > 0 and not self._segments:
                segments.append(Segment(0, older, None, chain.START, None))
                number = 1
            linker = Linker(head, number, self._ring, self._ring.salt)
            tables[LEDGER] = (*tables.get(LEDGER, ()), *self._written(LEDGER, linker.link(addition.events)))
            rows = [{**one.as_row(), "created_at": addition.now} for one in [*segments, *linker.finish()]]
            new[SEGMENTS] = pa.Table.from_pylist(rows, schema=TABLES[SEGMENTS])
        for table, rows_ in sorted(new.items()):
            if rows_.num_rows:
                self._writes += 1
                stem = f"{table}-{self._writes}"
                staged = write_rows(self._ops, self._staging, table, rows_, stem=stem)
                tables[table] = (*tables.get(table, ()), *self._keep(table, staged))
        return Manifest(
            base.vault_id, base.number + 1, base.number, addition.now, addition.command, dict(sorted(tables.items()))
        )

    def move(self) -> int:
        """Give the new files their names; how many."""
        directories: set[Path] = set()
        for (table, ref), path in sorted(self._staged.items(), key=lambda item: (item[0][0], item[0][1].sha256)):
            directory = data_directory(self._root, table)
            if self._ops.make_directory(directory):
                self._ops.sync_directory(self._root / DATA)
            self._ops.replace(path, directory / ref.name)
            directories.add(directory)
        for directory in sorted(directories):
            self._ops.sync_directory(directory)
        return len(self._staged)


def _segments(snapshots: list[Snapshot]) -> list[Segment]:
    """The segments of the newest snapshot. A seed that an erasure took away there may be needed for an older one, as
    in a backup.
    """
    seeds: dict[int, str] = {}
    for snapshot in snapshots:
        for one in chain.segments_of(snapshot.table(SEGMENTS)):
            if one.seed is not None:
                seeds[one.number] = one.seed
    newest = chain.segments_of(snapshots[-1].table(SEGMENTS))
    return [replace(one, seed=one.seed or seeds.get(one.number)) for one in newest]


def _offsets(snapshots: list[Snapshot]) -> dict[FileRef, int]:
    """The place of each file's first row in the ledger: the same in every snapshot, since it only grows."""
    found: dict[FileRef, int] = {}
    for snapshot in snapshots:
        first = 0
        for ref in snapshot.manifest.tables.get(LEDGER, ()):
            if found.setdefault(ref, first) != first:
                raise VaultDamagedError(f"Snapshot {snapshot.number} lists the ledger in another order.")
            first += ref.rows
    return found


def groups(path: Path, columns: list[str] | None = None) -> Iterator[tuple[int, pa.Table]]:
    """The row groups of a data file, each with the place of its first row; columns that it lacks are null."""
    schema = TABLES[path.parent.name]
    names = columns or schema.names
    try:
        with pq.ParquetFile(path, memory_map=False) as file:
            held = [name for name in names if name in file.schema_arrow.names]
            place = 0
            for group in range(file.metadata.num_row_groups):
                rows = file.read_row_group(group, columns=held)
                for name in names:
                    if name not in held:
                        rows = rows.append_column(name, pa.nulls(rows.num_rows, schema.field(name).type))
                yield place, rows.select(names)
                place += rows.num_rows
    except (OSError, pa.ArrowException) as error:
        raise unreadable(path, error) from None


def _changed(path: Path, change: Callable[[int, pa.Table], pa.Table | None]) -> Iterator[pa.Table]:
    schema = TABLES[path.parent.name]
    for place, part in groups(path):
        rows = change(place, part)
        yield conform(part if rows is None else rows, schema, path.parent.name)


def contacts_of(snapshots: list[Snapshot], records: frozenset[str]) -> frozenset[str]:
    """The ids that the person with `records` has, or had, as a contact in any of `snapshots`; without those that are
    somebody else's by now, who was mistaken for the person once.
    """
    found = {name for snapshot in snapshots for name in _contacts_in(snapshot, records)}
    others = set(snapshots[-1].table("members").column("contact_id").to_pylist())
    return frozenset(found - (others - _contacts_in(snapshots[-1], records)))


def _contacts_in(snapshot: Snapshot, records: frozenset[str]) -> set[str]:
    members = snapshot.table("members")
    mine = members.filter(pc.is_in(members.column("record_id"), value_set=_texts(records)))
    return set(mine.column("contact_id").to_pylist())


def _texts(values: frozenset[str]) -> pa.Array:
    return pa.array(sorted(values), pa.string())


def left_over(snapshots: list[Snapshot], who: Who) -> list[str]:
    """The tables in which something of `who` is still to be found; reads every file of every snapshot once."""
    found: set[str] = set()
    seen = {(table, ref): one for one in snapshots for table, refs in one.manifest.tables.items() for ref in refs}
    for (table, ref), snapshot in sorted(seen.items(), key=lambda item: (item[0][0], item[0][1].sha256)):
        if table not in found and any(
            forgetting.holds(table, part, who) for _, part in groups(snapshot.file_path(table, ref))
        ):
            found.add(table)
    return sorted(found)
