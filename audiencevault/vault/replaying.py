"""Erasures done again, on what is older than they are: a restored snapshot, the old snapshots of a backup.

All that is known of the erased people by then are keyed hashes, so their records are found by hashing the points of
everybody. A record without any point of its own goes with the contact that it belonged to.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.errors import KeyMissingError
from audiencevault.vault import erase, tombstones
from audiencevault.vault.erase import Addition, Erased, groups
from audiencevault.vault.forgetting import Who
from audiencevault.vault.keys import KeyRing
from audiencevault.vault.layout import snapshot_numbers
from audiencevault.vault.manifest import FileRef
from audiencevault.vault.ops import Ops
from audiencevault.vault.snapshot import Snapshot
from audiencevault.vault.tombstones import Buried

_DIGITS: Final = 7
"""A number with fewer digits is not looked for in other people's texts."""

_HASHES: Final = ("sha256:", "md5:")
"""Begin the keys of points of which a list of blocks told the hash alone."""


def missing(rows: pa.Table, held: pa.Table) -> pa.Table:
    """The tombstones among `rows` that are not among `held`."""

    def names(table: pa.Table) -> pa.Array:
        texts = [table.column("point_kind"), table.column("point_hash"), table.column("created_at").cast(pa.string())]
        return pc.binary_join_element_wise(*texts, "\x1f")

    if not rows.num_rows:
        return rows
    return rows.filter(pc.invert(pc.is_in(names(rows), value_set=pc.unique(names(held)))))


def replay(root: Path, rows: pa.Table, ring: KeyRing | None, *, now: datetime, publish: bool, ops: Ops) -> Erased:
    """Take everybody whom one of `rows`, tombstones, recognises out of every snapshot under `root`, whose lock the
    caller holds or nobody else can know of. With `publish` one more snapshot carries the tombstones.

    Raises `KeyMissingError` where `ring` is not the key that they need.
    """
    checked = tombstones.check(rows, ring)
    if checked is None:
        raise KeyMissingError("Somebody was erased, and the vault's key is missing.", "audiencevault keys import FILE")
    snapshots = [Snapshot.read(root, number) for number in snapshot_numbers(root)]
    who = whom(snapshots, tombstones.of_rows(rows, checked))
    empty = pa.table({})
    addition = Addition("erase", now, {"tombstones": rows}, empty) if publish else None
    return erase.erase(root, who, checked, addition, now=now, ops=ops, already_locked=True)


def whom(snapshots: list[Snapshot], buried: Buried) -> Who:
    """The people in `snapshots` whom `buried` recognises, all as one."""
    records: set[str] = set()
    points: set[tuple[str, str]] = set()
    texts: set[str] = set()
    pointed: set[str] = set()
    columns = ["record_id", "point_kind", "raw", "point", "point_key", "readings"]
    for rows in _files(snapshots, "contact_points", columns):
        own = buried.hits(rows.column("point_kind"), rows.column("point_key"))
        readings = rows.column("readings").combine_chunks()
        owners = pc.list_parent_indices(readings)
        others = buried.hits(rows.column("point_kind").take(owners), pc.list_flatten(readings))
        places = pc.unique(
            pa.concat_arrays([pc.indices_nonzero(own).cast(pa.int64()), owners.filter(others).cast(pa.int64())])
        )
        for row in rows.take(places).to_pylist():
            records.add(row["record_id"])
            points.add((row["point_kind"], row["point_key"]))
            texts.update(
                form.strip()
                for form in (row["raw"], row["point"], row["point_key"])
                if form and telling(row["point_kind"], form)
            )
        real = pc.and_(pc.is_valid(rows.column("point_key")), pc.not_equal(rows.column("point_kind"), "postal"))
        pointed.update(pc.unique(rows.column("record_id").filter(real)).to_pylist())
    for rows in _files(snapshots, "consent_events", ["point_kind", "point_key"]):
        hit = rows.filter(buried.hits(rows.column("point_kind"), rows.column("point_key")))
        points.update(
            (row["point_kind"], row["point_key"]) for row in hit.group_by(hit.column_names).aggregate([]).to_pylist()
        )
    # A hash in a list of blocks is of an address or of a number: it stands there as both.
    hashed = {key for _, key in points if key.startswith(_HASHES)}
    points |= {(kind, key) for key in hashed for kind in ("email", "phone")}
    for snapshot in snapshots:
        records.update(_without_points(snapshot, frozenset(records), pointed))
    held = frozenset(records)
    return Who(
        held, erase.contacts_of(snapshots, held), frozenset(points), frozenset(texts), _own_files(snapshots, held)
    )


def telling(kind: str, text: str) -> bool:
    """Whether a text tells by itself whose it is, wherever it stands: a whole address, a number of some length."""
    if kind == "email":
        return "@" in text
    return kind == "phone" and sum(char.isdigit() for char in text) >= _DIGITS


def _without_points(snapshot: Snapshot, records: frozenset[str], pointed: set[str]) -> set[str]:
    """The records without a point of their own that were the same contact as one of `records`."""
    members = snapshot.table("members")
    mine = pc.is_in(members.column("record_id"), value_set=pa.array(sorted(records), pa.string()))
    contacts = pc.unique(members.column("contact_id").filter(mine))
    same = members.filter(pc.is_in(members.column("contact_id"), value_set=contacts)).column("record_id").to_pylist()
    return set(same) - records - pointed


def _own_files(snapshots: list[Snapshot], records: frozenset[str]) -> frozenset[tuple[str, str]]:
    """The files of exports that tell of nobody but `records`."""
    mine: set[tuple[str, str]] = set()
    others: set[tuple[str, str]] = set()
    wanted = pa.array(sorted(records), pa.string())
    for rows in _files(snapshots, "source_records", ["record_id", "export_sha256", "member"]):
        hit = pc.is_in(rows.column("record_id"), value_set=wanted)
        for found, flags in ((mine, hit), (others, pc.invert(hit))):
            pairs = rows.filter(flags).group_by(["export_sha256", "member"]).aggregate([])
            found.update((row["export_sha256"] or "", row["member"]) for row in pairs.to_pylist() if row["member"])
    return frozenset(mine - others)


def _files(snapshots: list[Snapshot], table: str, columns: list[str]) -> Iterator[pa.Table]:
    seen: dict[FileRef, Snapshot] = {
        ref: snapshot for snapshot in snapshots for ref in snapshot.manifest.tables.get(table, ())
    }
    for ref, snapshot in seen.items():
        for _, rows in groups(snapshot.file_path(table, ref), columns):
            yield rows
