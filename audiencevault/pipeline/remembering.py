"""Who was erased: the tombstones of a vault against points in plain, wherever somebody comes in or leaves."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.errors import KeyMissingError
from audiencevault.records import BURIED, TIMESTAMP
from audiencevault.vault import Snapshot, tombstones
from audiencevault.vault.tombstones import Buried

_LIFTED: Final = ("event_type", "point_kind", "point_key", "evidence_grade", "occurred_at", "recorded_at")


def buried(snapshot: Snapshot) -> Buried:
    """The tombstones that still hold: those of people who did not come back by an act of their own, fully shown.

    Raises `KeyMissingError` where the vault has tombstones and not the key that reads them.
    """
    found = tombstones.buried(snapshot)
    if not found:
        return found
    events = snapshot.table("consent_events", list(_LIFTED))
    back = events.filter(
        pc.and_(
            pc.equal(events.column("event_type"), "tombstone_lifted"),
            pc.and_(pc.equal(events.column("evidence_grade"), "full"), pc.is_valid(events.column("occurred_at"))),
        )
    )
    return tombstones.remaining(found, back.append_column("at", back.column("occurred_at")))


def relation(snapshot: Snapshot, *, without_key: bool = False) -> pa.Table:
    """The vault's points that a tombstone recognises, in plain, as the fold reads them: nearly always none, since
    whoever was erased is neither stored nor imported again; the last gate looks all the same.

    Without the key nobody can tell, and `KeyMissingError` is raised; `without_key` is for what only shows the vault.
    """
    try:
        found = tombstones.buried(snapshot)
    except KeyMissingError:
        if not without_key:
            raise
        return BURIED.empty_table()
    if not found:
        return BURIED.empty_table()
    points = snapshot.table("contact_points", ["point_kind", "point_key", "readings"])
    flat = pa.table([points.column("point_kind"), points.column("point_key")], names=["point_kind", "point_key"])
    readings = points.column("readings").combine_chunks()
    owners = pc.list_parent_indices(readings)
    others = pa.table([flat.column("point_kind").take(owners), pc.list_flatten(readings)], names=flat.column_names)
    known = pa.concat_tables([flat, others]).group_by(flat.column_names).aggregate([])
    since = pa.array(found.since(known.column("point_kind"), known.column("point_key")), TIMESTAMP)
    table = pa.table([known.column("point_kind"), known.column("point_key"), since], schema=BURIED)
    return table.filter(pc.is_valid(table.column("created_at"))).sort_by(
        [("point_kind", "ascending"), ("point_key", "ascending")]
    )
