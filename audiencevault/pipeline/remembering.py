"""Who was erased: the tombstones of a vault against points in plain, wherever somebody comes in or leaves."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.consent.ledger import text_id
from audiencevault.errors import KeyMissingError, UsageError
from audiencevault.pipeline.finding import keys_of
from audiencevault.pipeline.senders import controller_of
from audiencevault.records import BURIED, CONSENT_EVENTS, NOTICES, SCHEMA_VERSION, TIMESTAMP
from audiencevault.vault import Snapshot, Vault, tombstones
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


def without_erased(snapshot: Snapshot, rows: pa.Table, entry: str) -> pa.Table:
    """`rows` (`point_kind`, `point_key`) without those of people who were erased, whom nobody may write to anyway.
    Rows with the same `entry` mean one person. Raises `KeyMissingError` as `buried` does.
    """
    found = buried(snapshot)
    if not found or not rows.num_rows:
        return rows
    hit = found.hits(rows.column("point_kind"), rows.column("point_key"))
    gone = pc.unique(rows.column(entry).filter(hit))
    return rows.filter(pc.invert(pc.is_in(rows.column(entry), value_set=gone)))


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


def let_return(
    vault: Vault,
    text: str,
    *,
    acted_at: datetime,
    method: str,
    text_shown: str,
    url: str | None,
    controller_id: str | None,
    now: datetime,
) -> int:
    """Lift the tombstones of the address, number or account `text`, since its owner came back by an act of their own:
    done at `acted_at` by `method`, having been shown `text_shown`. How many points that were.

    Raises `UsageError` where `text` was not erased, or the act is not later than that, or in the future.
    """
    if not text_shown.strip():
        raise UsageError("--text is empty.", "Give the text that the person was shown, word for word.")
    if acted_at > now:
        raise UsageError("--on lies in the future.", "Give the date when the person came back.")
    found = buried(vault.head())
    keys = keys_of(text, vault.settings.region)
    since = found.since(keys.column("point_kind"), keys.column("point_key"))
    erased = [(row, at) for row, at in zip(keys.to_pylist(), since, strict=True) if at is not None]
    if not erased:
        raise UsageError("That address was not erased, or has come back already.", "It can be imported.")
    if any(acted_at <= at for _, at in erased):
        raise UsageError("The person was erased after that.", "Only an act after the erasure brings somebody back.")
    notice = text_id(text_shown)
    events = [
        {
            "event_id": _event_id(row, acted_at, method, notice, now),
            "schema_version": SCHEMA_VERSION,
            "import_id": "",
            "recorded_at": now,
            "snapshot_at": now,
            "occurred_at": acted_at,
            "occurred_precision": "instant",
            "point_kind": row["point_kind"],
            "point": row["point_key"],
            "point_key": row["point_key"],
            "source": "you",
            "account": "",
            "channel": "any",
            "purpose": "*",
            "controller_id": controller_of(vault, controller_id),
            "event_type": "tombstone_lifted",
            "capture_method": method,
            "capture_url": url,
            "actor": "data_subject",
            "evidence_grade": "full",
            "notice_id": notice,
        }
        for row, _ in erased
    ]
    with vault.begin("return", now) as txn:
        if notice not in set(txn.base.table("notices", ["notice_id"]).column("notice_id").to_pylist()):
            shown = {"notice_id": notice, "text": text_shown, "language": None, "first_import_id": ""}
            txn.append("notices", pa.Table.from_pylist([shown], schema=NOTICES))
        txn.append("consent_events", pa.Table.from_pylist(events, schema=CONSENT_EVENTS))
        txn.commit()
    return len(events)


def _event_id(row: dict[str, str], acted_at: datetime, method: str, notice: str, now: datetime) -> str:
    said = (row["point_kind"], row["point_key"], acted_at.isoformat(), method, notice, now.isoformat())
    return hashlib.sha256("\x1f".join(("tombstone_lifted", *said)).encode()).hexdigest()[:32]
