"""What a receiver says about addresses, as events of the ledger: a "no", a complaint, a dead address."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.consent import ledger
from audiencevault.destinations.answers import TAKEN
from audiencevault.engine import Engine
from audiencevault.normalise import points as point_kernel
from audiencevault.pipeline import remembering
from audiencevault.pipeline.asking import relations
from audiencevault.pipeline.outcomes import AGAINST
from audiencevault.records import CONSENT_EVENTS, EXTRACTED_EVENTS, TIMESTAMP
from audiencevault.vault import Snapshot
from audiencevault.vault.transaction import Transaction

STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    "withdrawn": ("withdrawn", "", "provider_export"),
    "objected": ("objected", "", "provider_export"),
    "refused": ("refused", "", "provider_export"),
    "complained": ("complained", "", "feedback_loop"),
    "blocked": ("suppressed", "manual", "provider_export"),
    "bounced": ("suppressed", "hard_bounce", "bounce"),
    "invalid": ("suppressed", "invalid", "bounce"),
}
"""What each state becomes: event type, detail, method."""

_PERSONS: Final = ("withdrawn", "objected", "refused", "complained")
_TAKEN: Final = "('" + "', '".join(sorted(set(TAKEN) - {"exists"})) + "')"
_TAKEN_OR_THERE: Final = "('" + "', '".join(sorted(TAKEN)) + "')"
_AGAINST: Final = "('" + "', '".join(AGAINST) + "')"

# An entry without a date that comes again says nothing new, unless the block was lifted, or the receiver took a
# subscription of ours, after the ledger last heard of it.
_HEARD: Final = f"""
    SELECT n.entry, max(CASE WHEN e.occurred_at = n.occurred_at
        OR (n.occurred_at IS NULL AND (l."at" IS NULL OR l."at" <= e.recorded_at)
            AND (s."at" IS NULL OR s."at" <= e.recorded_at)) THEN 1 ELSE 0 END) AS known
    FROM said_new n
    JOIN consent_events e ON e.point_kind = n.point_kind AND e.point_key = n.point_key
        AND e.event_type = n.event_type AND coalesce(e.detail, '') = n.detail AND e.channel = n.channel
        AND e.source = n.source AND e.controller_id = ?
    LEFT JOIN (
        SELECT point_kind, point_key, max(recorded_at) AS "at" FROM consent_events
        WHERE event_type = 'suppression_lifted' GROUP BY point_kind, point_key) l
        ON l.point_kind = n.point_kind AND l.point_key = n.point_key
    LEFT JOIN (
        SELECT point_kind, point_key, max("at") AS "at" FROM deliveries
        WHERE destination = ? AND status IN ('subscribed', 'other_basis', 'listed') AND outcome IN {_TAKEN}
        GROUP BY point_kind, point_key) s
        ON s.point_kind = n.point_kind AND s.point_key = n.point_key
    GROUP BY n.entry ORDER BY n.entry
"""

# A "no" of the person's own that we told the account, and that it lists now, is our word coming back: the ledger has
# the person's, with its own date. So is a block there of whomever we told to block, also for a dead address. A block
# by hand that comes back as an unsubscription stays a "no": nobody can tell it from the person's.
_ECHOED: Final = f"""
    SELECT DISTINCT n.entry FROM said_new n
    JOIN (
        SELECT point_kind, point_key, status, "at", row_number() OVER (
            PARTITION BY point_kind, point_key ORDER BY "at" DESC, status, delivery_id) AS place
        FROM deliveries WHERE destination = ? AND account = ? AND outcome IN {_TAKEN_OR_THERE}) d
        ON d.point_kind = n.point_kind AND d.point_key = n.point_key
    JOIN consent_events e ON e.point_kind = n.point_kind AND e.point_key = n.point_key
        AND (e.channel = n.channel OR e.channel = 'any' OR n.channel = 'any')
        AND e.controller_id = ? AND e.recorded_at <= d."at"
        AND (e.event_type IN ('withdrawn', 'objected', 'refused', 'complained')
            OR (n.state = 'blocked' AND e.event_type = 'suppressed'))
    LEFT JOIN (
        SELECT point_kind, point_key, max(recorded_at) AS "at" FROM consent_events
        WHERE event_type = 'suppression_lifted' GROUP BY point_kind, point_key) l
        ON l.point_kind = n.point_kind AND l.point_key = n.point_key
    WHERE d.place = 1 AND d.status IN {_AGAINST} AND n.state IN ('withdrawn', 'refused', 'blocked')
        AND (n.occurred_at IS NULL OR n.occurred_at <= d."at")
        AND (e.event_type <> 'suppressed' OR l."at" IS NULL OR l."at" <= e.recorded_at)
    ORDER BY n.entry
"""


@dataclass(frozen=True)
class Heard:
    """What is new to the ledger, ready to be appended: `events` by `ledger.ledger_events`, how many by state, how many
    it knew, how many entries held no address or number, and how many are about people who were erased.
    """

    events: pa.Table
    by_state: Mapping[str, int] = field(default_factory=dict)
    by_list: Mapping[str, int] = field(default_factory=dict)
    known: int = 0
    unread: int = 0
    erased: int = 0

    @property
    def added(self) -> int:
        """New events."""
        return int(self.events.num_rows)

    def append(self, txn: Transaction) -> None:
        """Add the events to the ledger, but for those that it came to hold meanwhile."""
        if not self.added:
            return
        held = txn.base.table("consent_events", ["event_id"]).column("event_id")
        new = self.events.filter(pc.invert(pc.is_in(self.events.column("event_id"), value_set=pc.unique(held))))
        if new.num_rows:
            txn.append("consent_events", new)


def hear(
    snapshot: Snapshot,
    listed: pa.Table,
    *,
    source: str,
    destination: str,
    controller_id: str,
    import_id: str,
    region: str | None,
    now: datetime,
    account: str | None = None,
) -> Heard:
    """What `listed` tells that the ledger of `snapshot` does not know.

    `listed` has the columns `channel`, `point_kind`, `point` (as the receiver writes it), `state` (a key of `STATES`),
    `happened_at` and `locator` (where the receiver said so). Addresses that nobody here has are kept too. A "no" of
    the person's that we told its `account`, and it merely lists, is known. Raises `KeyMissingError` where people were
    erased who could not be recognised.
    """
    read = _read(listed, region, now)
    whole = read.filter(pc.is_valid(read.column("point")))
    unread = read.num_rows - whole.num_rows
    numbered = whole.append_column("entry", pa.array(range(whole.num_rows), pa.int64()))
    kept = remembering.without_erased(snapshot, numbered, "entry")
    fresh = _unknown(
        snapshot, kept, source=source, destination=destination, account=account, controller_id=controller_id, now=now
    )
    batch, _ = ledger.ledger_events(
        _events(fresh, source), import_id=import_id, controller_id=controller_id, recorded_at=now, snapshot_at=now
    )
    return Heard(
        events=pa.Table.from_batches([batch], CONSENT_EVENTS),
        by_state=_counts(fresh.column("state")),
        by_list=_counts(fresh.column("locator")),
        known=kept.num_rows - fresh.num_rows,
        unread=unread,
        erased=whole.num_rows - kept.num_rows,
    )


def run_id(*said: object) -> str:
    """The `import_id` of the events of one run."""
    return "r_" + hashlib.sha256("\x1f".join(map(str, said)).encode()).hexdigest()[:24]


def _read(listed: pa.Table, region: str | None, now: datetime) -> pa.Table:
    """The entries with `point` and `point_key` as the vault writes them, each once, and their words translated."""
    given = listed.select(["channel", "point_kind", "state", "happened_at", "locator"])
    given = given.append_column("raw", listed.column("point")).combine_chunks()
    read = pa.Table.from_batches([point_kernel.normalise_events(given, default_region=region)])
    # A receiver's clock may be ahead of ours; a "no" of tomorrow would not count today.
    past = pc.fill_null(pc.less_equal(read.column("happened_at"), pa.scalar(now, TIMESTAMP)), False)
    at = pc.if_else(past, read.column("happened_at"), pa.scalar(None, TIMESTAMP))
    words = [STATES[state] for state in read.column("state").to_pylist()]
    kinds = pa.array([kind for kind, _, _ in words], pa.string())
    # What is wrong with an address is wrong on every channel, and whoever objects objects to all of them.
    anywhere = pc.is_in(kinds, value_set=pa.array(["suppressed", "objected"]))
    columns = {
        "point_kind": read.column("point_kind"),
        "raw": read.column("raw"),
        "point": read.column("point"),
        "point_key": read.column("point_key"),
        "state": read.column("state"),
        "event_type": kinds,
        "detail": pa.array([detail for _, detail, _ in words], pa.string()),
        "capture_method": pa.array([method for _, _, method in words], pa.string()),
        "channel": pc.if_else(anywhere, "any", read.column("channel")),
        "occurred_at": at,
    }
    keys = list(columns)
    table = pa.table({**columns, "locator": read.column("locator")})
    return table.group_by(keys, use_threads=False).aggregate([("locator", "min")]).rename_columns([*keys, "locator"])


def _unknown(
    snapshot: Snapshot,
    rows: pa.Table,
    *,
    source: str,
    destination: str,
    account: str | None,
    controller_id: str,
    now: datetime,
) -> pa.Table:
    """The entries that tell something new. One without a date that is told again, although something else was done
    since, counts from now: else it would pass for what was said before.
    """
    if not rows.num_rows:
        return rows
    with relations(snapshot, without_key=True) as engine:
        found, echoed = _heard(engine, rows, source, destination, account, controller_id)
    known = [*found.filter(pc.equal(found.column("known"), 1)).column("entry").to_pylist(), *echoed]
    fresh = rows.filter(pc.invert(pc.is_in(rows.column("entry"), value_set=pa.array(known, pa.int64()))))
    told = pc.is_in(fresh.column("entry"), value_set=pa.array(found.column("entry").to_pylist(), pa.int64()))
    again = pc.and_(told, pc.is_null(fresh.column("occurred_at")))
    at = pc.if_else(again, pa.scalar(now, TIMESTAMP), fresh.column("occurred_at"))
    return fresh.set_column(fresh.column_names.index("occurred_at"), "occurred_at", at)


def _heard(
    engine: Engine, rows: pa.Table, source: str, destination: str, account: str | None, controller_id: str
) -> tuple[pa.Table, list[int]]:
    """Which entries (`entry`) the ledger has heard of, and whether they tell nothing new (`known`); and those that are
    our own word coming back.
    """
    asked = rows.select(["entry", "point_kind", "point_key", "state", "event_type", "detail", "channel", "occurred_at"])
    engine.read("said_new", asked.append_column("source", pa.array([source] * rows.num_rows, pa.string())))
    found = engine.collect(_HEARD, [controller_id, destination])
    echoed: list[int] = []
    if account is not None:
        echoed = engine.collect(_ECHOED, [destination, account, controller_id]).column("entry").to_pylist()
    engine.drop("said_new")
    return found, echoed


def _events(rows: pa.Table, source: str) -> pa.Table:
    """`EXTRACTED_EVENTS` with `point` and `point_key` beside them."""
    count = rows.num_rows
    dated = pc.is_valid(rows.column("occurred_at"))
    person = pc.is_in(rows.column("event_type"), value_set=pa.array(_PERSONS))
    detail = rows.column("detail")
    columns = {
        "source": pa.array([source] * count, pa.string()),
        "account": pa.array([""] * count, pa.string()),
        "point_kind": rows.column("point_kind"),
        "raw": rows.column("raw"),
        "channel": rows.column("channel"),
        "purpose": pa.array(["marketing"] * count, pa.string()),
        "event_type": rows.column("event_type"),
        "detail": pc.if_else(pc.equal(detail, ""), pa.scalar(None, pa.string()), detail),
        "legal_basis": pa.array(["none"] * count, pa.string()),
        "opt_in_level": pa.array(["not_applicable"] * count, pa.string()),
        "capture_method": rows.column("capture_method"),
        "actor": pc.if_else(person, "data_subject", "controller_user"),
        "occurred_at": rows.column("occurred_at"),
        "occurred_precision": pc.if_else(dated, "instant", "unknown"),
        "locator": rows.column("locator"),
        "member": pa.array([""] * count, pa.string()),
        "export_sha256": pa.array([""] * count, pa.string()),
        "conditions": pa.array([[]] * count, EXTRACTED_EVENTS.field("conditions").type),
    }
    schema = EXTRACTED_EVENTS.append(pa.field("point", pa.string())).append(pa.field("point_key", pa.string()))
    columns.update(point=rows.column("point"), point_key=rows.column("point_key"))
    return pa.table(
        [columns[item.name] if item.name in columns else pa.nulls(count, item.type) for item in schema], schema=schema
    )


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    found = {item["values"]: int(item["counts"]) for item in pc.value_counts(column).to_pylist()}
    return dict(sorted(found.items()))
