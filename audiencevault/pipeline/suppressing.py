"""Suppressing by hand: a list or one address that must not be written to, as events of the ledger; and lifting it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.audience import select
from audiencevault.consent import hashes, ledger
from audiencevault.consent.policy import policy as policy_named
from audiencevault.errors import UsageError
from audiencevault.normalise import points as point_kernel
from audiencevault.pipeline import remembering
from audiencevault.pipeline.asking import CHANNELS, GONE, relations
from audiencevault.pipeline.senders import controller_of
from audiencevault.pipeline.suppress_file import Entry, kind_of, read
from audiencevault.records import EXTRACTED_EVENTS
from audiencevault.sources import table_dates
from audiencevault.vault import Vault

SOURCE: Final = "suppression.list"
EVENTS: Final[Mapping[str, tuple[str, str | None, str]]] = {
    "manual": ("suppressed", "manual", "manual"),
    "legal": ("suppressed", "legal", "manual"),
    "bounce": ("suppressed", "hard_bounce", "bounce"),
    "invalid": ("suppressed", "invalid", "bounce"),
    "complaint": ("complained", None, "feedback_loop"),
    "unsubscribed": ("withdrawn", None, "provider_export"),
    "objection": ("objected", None, "manual"),
    "reply": ("withdrawn", None, "reply_stop"),
}
"""What each reason becomes: event type, detail, method."""

_CHANNEL: Final = {"email": "email", "phone": "sms"}
_IN_FORCE: Final = """
    SELECT DISTINCT point_kind, coalesce(point_key, '') AS point_key, event_type, coalesce(detail, '') AS detail,
        channel, occurred_at
    FROM consent_events WHERE source = ? AND controller_id = ?
"""
_NOT_HELD: Final = """
    SELECT e.channel, e.point_kind, coalesce(e.point, e.point_key) AS point, e.event_type, e.detail, e.source,
        max(coalesce(e.occurred_at, e.snapshot_at, e.recorded_at)) AS since
    FROM consent_events e
    LEFT JOIN contact_points p ON p.point_kind = e.point_kind AND p.point_key = e.point_key
    WHERE p.record_id IS NULL AND e.point_key IS NOT NULL AND e.point_key NOT LIKE 'keyed:%' AND e.controller_id = ?
        AND e.event_type IN ('withdrawn', 'objected', 'refused', 'complained', 'suppressed')
    GROUP BY e.channel, e.point_kind, coalesce(e.point, e.point_key), e.event_type, e.detail, e.source
    ORDER BY e.point_kind, point, e.channel, e.event_type
"""
_BLOCKED: Final = """
    SELECT DISTINCT point_kind, point, point_key FROM consent_events WHERE event_type = 'suppressed'
    ORDER BY point_kind, point_key, point
"""
_POINTS_OF: Final = "SELECT DISTINCT point_kind, raw, point, point_key FROM contact_points WHERE point_key = ?"


@dataclass(frozen=True)
class Suppressed:
    """What one run added. `unread` are the row numbers without an address, number or hash."""

    added: int
    known: int
    unread: tuple[int, ...]
    ignored: int
    by_reason: Mapping[str, int]
    columns: tuple[str, ...]
    snapshot: int
    reachable_before: Mapping[str, int]
    reachable_after: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "added": self.added,
            "already_known": self.known,
            "unread_rows": list(self.unread),
            "ignored_replies": self.ignored,
            "by_reason": dict(self.by_reason),
            "columns": list(self.columns),
            "snapshot": self.snapshot,
            "reachable_before": dict(self.reachable_before),
            "reachable_after": dict(self.reachable_after),
        }


def suppress_file(
    vault: Vault, path: Path, *, reason: str = "manual", controller_id: str | None = None, now: datetime
) -> Suppressed:
    """Never write again to whom the list in `path` names; `reason` for rows that name none.

    Raises `UsageError` where the list cannot be read.
    """
    listed = read(path, reason)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return _append(
        vault, listed.entries, path.name, digest, controller_id, now, listed.unread, listed.ignored, listed.columns
    )


def suppress_value(
    vault: Vault, value: str, *, reason: str = "manual", controller_id: str | None = None, now: datetime
) -> Suppressed:
    """Never write again to one address, number or hash."""
    kind = kind_of(value)
    if kind is None:
        raise UsageError(
            "That is neither a file, an e-mail address, a phone number nor a hash.",
            "Give one of these, in quotes if it holds blanks.",
        )
    entry = Entry(kind, value.strip(), reason, "", 1)
    return _append(vault, (entry,), "", "", controller_id, now, (), 0, ())


def lift(
    vault: Vault, value: str, *, reason: str, by: str, controller_id: str | None = None, now: datetime
) -> dict[str, Any]:
    """Take a block by hand, a bounce or an invalid mark of an address back: an event with actor and reason.

    What the person said (unsubscribed, objected, complained) stays: only they can change it.
    """
    if not reason.strip():
        raise UsageError("--reason is empty.", "Say why the block is lifted; it is kept as evidence.")
    kind = kind_of(value)
    if kind is None:
        raise UsageError("That is neither an e-mail address, a phone number nor a hash.")
    controller = controller_of(vault, controller_id)
    rows = _points((Entry(kind, value.strip(), "manual", "", 1),), vault.settings.region)
    with relations(vault.head()) as engine:
        keys = set(rows.column("point_key").to_pylist())
        held = [row for key in sorted(keys) for row in engine.collect(_POINTS_OF, [key]).to_pylist()]
        keys |= {named for row in held for named in hashes.keys_of(row)}
        # Lifted as it was blocked: the same spelling, or the same hash.
        found = [
            (row["point_kind"], row["point"], row["point_key"])
            for row in engine.collect(_BLOCKED).to_pylist()
            if row["point_key"] in keys
        ]
    if not found:
        raise UsageError(
            "Nothing that could be lifted is recorded for it.",
            "Only blocks by hand, bounces and invalid marks can be lifted; what people said, only they can change.",
        )
    lifting = {
        "event_type": "suppression_lifted",
        "detail": reason,
        "channel": "any",
        "actor": "controller_user",
        "capture_method": "manual",
        "occurred_at": now,
        "occurred_precision": "instant",
        "locator": f"by {by}",
    }
    events = _events(
        [
            {"point_kind": kind, "raw": point or key, "point": point, "point_key": key, **lifting}
            for kind, point, key in found
        ]
    )
    before = _reachable(vault, controller, now)
    snapshot = _publish(vault, events, controller, now, "")
    return {"lifted": len(found), "snapshot": snapshot, "reachable_before": before,
            "reachable_after": _reachable(vault, controller, now)}  # fmt: skip


def suppressions(vault: Vault, *, as_of: datetime, controller_id: str | None = None) -> Iterator[dict[str, Any]]:
    """Everybody who must not be written to, from every source: contacts first, then addresses of nobody here."""
    controller = controller_of(vault, controller_id)
    with relations(vault.head(), without_key=True) as engine:
        found = select(
            engine, controller_id=controller, channels=CHANNELS, as_of=as_of,
            policy=policy_named(vault.settings.policy), gone=GONE,
        ).suppressed  # fmt: skip
        others = engine.collect(_NOT_HELD, [controller]).to_pylist()
    for row in found.to_pylist():
        yield {**row, "contact": True}
    for row in others:
        state = {"suppressed": row["detail"] or "blocked"}.get(row["event_type"], row["event_type"])
        yield {"channel": row["channel"], "point_kind": row["point_kind"], "point": row["point"], "state": state,
               "reason": None, "since": row["since"], "source": row["source"], "contact": False}  # fmt: skip


def _append(
    vault: Vault,
    entries: Sequence[Entry],
    name: str,
    digest: str,
    controller_id: str | None,
    now: datetime,
    unread: tuple[int, ...],
    ignored: int,
    columns: tuple[str, ...],
) -> Suppressed:
    controller = controller_of(vault, controller_id)
    before = _reachable(vault, controller, now)
    rows = remembering.without_erased(vault.head(), _points(entries, vault.settings.region), "entry")
    dates = table_dates.parse(pa.array([entry.at or None for entry in entries], pa.string()), "auto")
    at, precision = dates.at.to_pylist(), dates.precision.to_pylist()
    made = []
    for row in rows.to_pylist():
        place = row.pop("entry")
        entry = entries[place]
        kind, detail, method = EVENTS[entry.reason]
        past = at[place] is not None and at[place] <= now
        # Whoever blocks does it now; when somebody unsubscribed is another matter.
        blocked = not past and detail in ("manual", "legal")
        made.append(
            {
                **row,
                "event_type": kind,
                "detail": detail,
                "channel": "any" if kind in ("suppressed", "objected") else _CHANNEL[row["point_kind"]],
                "purpose": "marketing",
                "actor": "data_subject" if kind in ("withdrawn", "objected", "complained") else "controller_user",
                "capture_method": method,
                "occurred_at": at[place] if past else now if blocked else None,
                "occurred_precision": precision[place] if past else "instant" if blocked else "unknown",
                "occurred_raw": entry.at or None,
                "member": name,
                "locator": f"row {entry.row}" if name else "",
                "export_sha256": digest,
            }
        )
    fresh = _unknown(vault, made, controller)
    counts: dict[str, int] = {}
    for row in fresh:
        word = row["detail"] or row["event_type"]
        counts[word] = counts.get(word, 0) + 1
    number = _publish(vault, _events(fresh), controller, now, digest) if fresh else vault.head().number
    after = _reachable(vault, controller, now) if fresh else before
    return Suppressed(
        added=len(fresh),
        known=len(made) - len(fresh),
        unread=unread,
        ignored=ignored,
        by_reason=dict(sorted(counts.items())),
        columns=columns,
        snapshot=number,
        reachable_before=before,
        reachable_after=after,
    )


def _points(entries: Sequence[Entry], region: str | None) -> pa.Table:
    """The entries as points (`entry`, `point_kind`, `raw`, `point`, `point_key`): a hash may be of either kind."""
    plain = [(place, entry) for place, entry in enumerate(entries) if entry.kind != "hash"]
    given = pa.table(
        {
            "point_kind": pa.array([entry.kind for _, entry in plain], pa.string()),
            "raw": pa.array([entry.value for _, entry in plain], pa.string()),
            "locator": pa.array([str(place) for place, _ in plain], pa.string()),
        }
    )
    found = pa.Table.from_batches([point_kernel.normalise_events(given, default_region=region)])
    table = pa.table(
        {
            "entry": pa.array([int(place) for place in found.column("locator").to_pylist()], pa.int64()),
            **{name: found.column(name) for name in ("point_kind", "raw", "point", "point_key")},
        }
    )
    hashed = [
        {
            "entry": place,
            "point_kind": kind,
            "raw": entry.value.lower(),
            "point": None,
            "point_key": hashes.key(entry.value),
        }
        for place, entry in enumerate(entries)
        if entry.kind == "hash"
        for kind in ("email", "phone")
    ]
    return pa.concat_tables([table, pa.Table.from_pylist(hashed, table.schema)])


def _unknown(vault: Vault, rows: list[dict[str, Any]], controller: str) -> list[dict[str, Any]]:
    """Those that the ledger does not say already, each once."""
    with relations(vault.head(), without_key=True) as engine:
        known = {tuple(row.values()) for row in engine.collect(_IN_FORCE, [SOURCE, controller]).to_pylist()}
        known |= {(*said[:-1], None) for said in known}
        lifted = engine.collect(
            "SELECT DISTINCT point_kind, point_key FROM consent_events WHERE event_type = 'suppression_lifted'"
        ).to_pylist()
    again = {(row["point_kind"], row["point_key"]) for row in lifted}
    fresh = []
    for row in rows:
        said = (row["point_kind"], row["point_key"] or "", row["event_type"], row["detail"] or "", row["channel"],
                row["occurred_at"] if row["occurred_raw"] else None)  # fmt: skip
        if said in known and (row["point_kind"], row["point_key"]) not in again:
            continue
        known.add(said)
        fresh.append(row)
    return fresh


def _events(rows: list[dict[str, Any]]) -> pa.Table:
    schema = EXTRACTED_EVENTS.append(pa.field("point", pa.string())).append(pa.field("point_key", pa.string()))
    usual = {"source": SOURCE, "account": "", "purpose": "marketing", "legal_basis": "none",
             "opt_in_level": "not_applicable", "conditions": []}  # fmt: skip
    return pa.Table.from_pylist([{**usual, **row} for row in rows], schema)


def _publish(vault: Vault, events: pa.Table, controller: str, now: datetime, digest: str) -> int:
    said = f"{SOURCE}\x1f{digest}\x1f{now.isoformat()}"
    batch, _ = ledger.ledger_events(
        events, import_id="s_" + hashlib.sha256(said.encode()).hexdigest()[:24], controller_id=controller,
        recorded_at=now, snapshot_at=now,
    )  # fmt: skip
    with vault.begin("suppress", now) as txn:
        held = txn.base.table("consent_events", ["event_id"]).column("event_id")
        new = batch.filter(pc.invert(pc.is_in(batch.column("event_id"), value_set=pc.unique(held))))
        if new.num_rows:
            txn.append("consent_events", new)
        return txn.commit().number


def _reachable(vault: Vault, controller: str, now: datetime) -> dict[str, int]:
    with relations(vault.head(), without_key=True) as engine:
        found = select(
            engine, controller_id=controller, channels=CHANNELS, as_of=now,
            policy=policy_named(vault.settings.policy), gone=GONE,
        )  # fmt: skip
    counted = found.rows.column("channel").to_pylist()
    return {channel: counted.count(channel) for channel in CHANNELS}
