"""Forgetting a person: who it is, what goes, who has to be told; and not letting them come back.

First a plan, which changes nothing; then the erasure, which follows it. `audiencevault.vault.erase` does the work on
the files; this module knows who is meant, and which points are theirs alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.consent import hashes
from audiencevault.engine import Engine
from audiencevault.errors import UsageError
from audiencevault.normalise import points as point_kernel
from audiencevault.pipeline.asking import relations
from audiencevault.pipeline.finding import find_contact, keys_of
from audiencevault.pipeline.options import Progress, Silence
from audiencevault.records import BURIED, CONSENT_EVENTS, SCHEMA_VERSION, SOURCE_RECORDS, TOMBSTONES
from audiencevault.vault import Vault, remembrance, tombstones
from audiencevault.vault import erase as eraser
from audiencevault.vault.forgetting import KEYED, Who, keyed
from audiencevault.vault.keys import KeyRing
from audiencevault.vault.replaying import telling

REASON: Final = "asked to be forgotten"
NOT_BURIED: Final = frozenset({"postal"})
"""Points that get no tombstone: a house has other people in it, and later ones."""

_ALIKE = """
    SELECT DISTINCT p.record_id FROM contact_points p
    JOIN person_points w ON w.point_kind = p.point_kind AND w.point_key = p.point_key
    LEFT JOIN members m ON m.record_id = p.record_id
    WHERE m.record_id IS NULL ORDER BY p.record_id
"""
_SHARED = """
    SELECT DISTINCT p.point_kind, p.point_key FROM contact_points p
    JOIN person_points w ON w.point_kind = p.point_kind AND w.point_key = p.point_key
    JOIN members m ON m.record_id = p.record_id
    WHERE p.record_id NOT IN (SELECT record_id FROM person_records)
    ORDER BY p.point_kind, p.point_key
"""
_OBSERVATIONS = """
    SELECT a.*, i.settings['region'] AS asked_region FROM all_records a
    JOIN person_records r ON r.record_id = a.record_id LEFT JOIN imports i ON i.import_id = a.import_id
    ORDER BY a.record_id, a.import_id
"""
_FILES = """
    SELECT a.export_sha256, a.member FROM all_records a LEFT JOIN person_records r ON r.record_id = a.record_id
    WHERE a.member <> '' GROUP BY a.export_sha256, a.member
    HAVING count(*) = count(r.record_id) ORDER BY a.export_sha256, a.member
"""
_SAID = """
    SELECT DISTINCT e.point_kind, e.point_key, e.point FROM consent_events e
    JOIN person_records r ON r.record_id = e.record_id WHERE e.point_key IS NOT NULL
    ORDER BY e.point_kind, e.point_key, e.point
"""
_EVENTS = """
    SELECT count(*) FROM consent_events e
    LEFT JOIN person_records r ON r.record_id = e.record_id
    LEFT JOIN person_points p ON p.point_kind = e.point_kind AND p.point_key = e.point_key
    WHERE r.record_id IS NOT NULL OR p.point_key IS NOT NULL
"""
_TOLD = """
    SELECT d.destination, min(d."at") AS first, max(d."at") AS last, count(*) AS deliveries FROM deliveries d
    LEFT JOIN person_points p ON p.point_kind = d.point_kind AND p.point_key = d.point_key
    WHERE d.contact_id = ? OR p.point_key IS NOT NULL
    GROUP BY d.destination ORDER BY d.destination
"""


@dataclass(frozen=True)
class Plan:
    """What an erasure would take out. `shared` are how many points stay, since somebody else has them too; `told`
    are the receivers that are known to have had the person. `hashed` are the keys of hashes of the points, as providers
    hand out their blocks: they reveal an address to whoever tries it, so they go as well, and get tombstones too.
    """

    contact_id: str | None
    display_name: str | None
    who: Who
    records: dict[str, int]
    points: dict[str, int]
    hashed: frozenset[tuple[str, str]]
    shared: dict[str, int]
    events: int
    snapshots: int
    told: tuple[dict[str, Any], ...]

    @property
    def nothing(self) -> bool:
        """Whether the vault holds nothing of the person; a tombstone is written all the same."""
        return not self.records and not self.events

    def as_dict(self) -> dict[str, Any]:
        """For JSON; it tells no address."""
        return {
            "contact_id": self.contact_id,
            "records": self.records,
            "points": self.points,
            "shared_points": self.shared,
            "consent_events": self.events,
            "snapshots": self.snapshots,
            "recipients": list(self.told),
        }


@dataclass(frozen=True)
class Forgotten:
    """What an erasure did, and what looking again found of the person: nothing, if all is well."""

    plan: Plan
    erased: eraser.Erased
    tombstones: int
    left: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            **self.plan.as_dict(),
            **self.erased.as_dict(),
            "tombstones": self.tombstones,
            "still_mentioned_in": list(self.left),
        }


def plan_erasure(vault: Vault, text: str) -> Plan:
    """Who is meant by `text` (an id, an address, a number, an account) and what forgetting them would take out.

    An address that nobody in the vault has can be forgotten too: then it cannot come in. Raises `UsageError` where
    several people match, or `text` is nobody and no address either.
    """
    with relations(vault.head(), without_key=True) as engine:
        keys = keys_of(text, vault.settings.region)
        contact_id = _contact(engine, text, vault.settings.region, keys)
        records = _members(engine, contact_id) if contact_id else []
        return _plan(engine, vault, contact_id, records, keys if not contact_id else None)


def _contact(engine: Engine, text: str, region: str | None, keys: pa.Table) -> str | None:
    try:
        return find_contact(engine, text, region)
    except UsageError:
        engine.read("person_points", keys)
        held = engine.scalar(
            "SELECT count(*) FROM contact_points p JOIN members m ON m.record_id = p.record_id "
            "JOIN person_points w ON w.point_kind = p.point_kind AND w.point_key = p.point_key"
        )
        engine.drop("person_points")
        if held or not keys.num_rows:
            raise
        return None


def _members(engine: Engine, contact_id: str) -> list[str]:
    rows = engine.collect("SELECT record_id FROM members WHERE contact_id = ? ORDER BY record_id", [contact_id])
    return [str(name) for name in rows.column("record_id").to_pylist()]


def _plan(engine: Engine, vault: Vault, contact_id: str | None, records: list[str], keys: pa.Table | None) -> Plan:
    points, texts = _all_points(engine, records, keys)
    # Somebody the owner follows, or blocked, is no contact; with the same address or account it is the same person.
    while True:
        engine.read("person_points", _table(points))
        more = [name for name in engine.collect(_ALIKE).column("record_id").to_pylist() if name not in set(records)]
        if not more:
            break
        records = sorted({*records, *more})
        points, texts = _all_points(engine, records, keys)
    shared = {(row["point_kind"], row["point_key"]) for row in engine.collect(_SHARED).to_pylist()}
    alone = {pair for pair in points if pair not in shared}
    engine.read(
        "person_points", _table(alone | {(k, named) for _, named in _hashed(alone, texts) for k in hashes.KINDS})
    )
    files = {(row["export_sha256"], row["member"]) for row in engine.collect(_FILES).to_pylist()}
    sources = engine.collect(
        "SELECT a.source, count(DISTINCT a.record_id) AS n FROM all_records a "
        "JOIN person_records r ON r.record_id = a.record_id GROUP BY a.source ORDER BY a.source"
    )
    name = engine.scalar("SELECT display_name FROM contacts WHERE contact_id = ?", [contact_id or ""])
    told = tuple(engine.collect(_TOLD, [contact_id or ""]).to_pylist())
    held = frozenset(records)
    snapshots = vault.history()
    hashed = _hashed(alone, texts)
    who = Who(
        held,
        eraser.contacts_of(snapshots, held) | ({contact_id} if contact_id else frozenset()),
        frozenset(alone) | {(kind, named) for _, named in hashed for kind in hashes.KINDS},
        frozenset(text for pair, text in texts if pair in alone and telling(pair[0], text)),
        frozenset(files),
    )
    return Plan(
        contact_id,
        name,
        who,
        {row["source"]: row["n"] for row in sources.to_pylist()},
        _count(alone),
        frozenset(hashed),
        _count({pair for pair in shared if pair[0] not in NOT_BURIED}),
        int(engine.scalar(_EVENTS) or 0),
        len(snapshots),
        told,
    )


def _table(points: set[tuple[str, str]]) -> pa.Table:
    rows = [{"point_kind": kind, "point_key": key} for kind, key in sorted(points)]
    return pa.Table.from_pylist(rows, schema=pa.schema([BURIED.field("point_kind"), BURIED.field("point_key")]))


def _hashed(points: set[tuple[str, str]], texts: set[tuple[tuple[str, str], str]]) -> set[tuple[str, str]]:
    """Kind and key of every hash of `points` that a list of blocks may hold."""
    return {
        (pair[0], named)
        for pair, text in texts
        if pair in points and pair[0] in hashes.KINDS
        for named in hashes.keys_of({"point_kind": pair[0], "raw": text, "point": text, "point_key": pair[1]})
    }


def _count(points: set[tuple[str, str]]) -> dict[str, int]:
    kinds = [kind for kind, _ in points]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def _all_points(
    engine: Engine, records: list[str], keys: pa.Table | None
) -> tuple[set[tuple[str, str]], set[tuple[tuple[str, str], str]]]:
    """Every point that any observation of `records` ever had, as (kind, wide form), and every way it was written."""
    engine.read("person_records", pa.table({"record_id": pa.array(records, pa.string())}))
    points: set[tuple[str, str]] = set()
    texts: set[tuple[tuple[str, str], str]] = set()
    rows = engine.collect(_OBSERVATIONS)
    for region in sorted({value or "" for value in rows.column("asked_region").to_pylist()}):
        mine = rows.filter(pc.equal(pc.fill_null(rows.column("asked_region"), ""), region))
        for batch in mine.select(SOURCE_RECORDS.names).cast(SOURCE_RECORDS).combine_chunks().to_batches():
            for row in point_kernel.contact_points(batch, default_region=region or None).to_pylist():
                _take(points, texts, row["point_kind"], row["point_key"], row["point"], row["raw"])
    for row in engine.collect(_SAID).to_pylist():
        _take(points, texts, row["point_kind"], row["point_key"], row["point"], None)
    for row in keys.to_pylist() if keys is not None else ():
        _take(points, texts, row["point_kind"], row["point_key"], None, None)
    return points, texts


def _take(
    points: set[tuple[str, str]],
    texts: set[tuple[tuple[str, str], str]],
    kind: str | None,
    key: str | None,
    *forms: str | None,
) -> None:
    if kind and key and kind not in NOT_BURIED and not key.startswith(f"{KEYED}:"):
        points.add((kind, key))
        texts.update(((kind, key), form.strip()) for form in (key, *forms) if form and form.strip())


def erase(
    vault: Vault, plan: Plan, *, now: datetime, reason: str = REASON, progress: Progress | None = None
) -> Forgotten:
    """Do what `plan` says, and look at every file again afterwards.

    Raises `KeyMissingError` where the vault's key is missing, `UsageError` where nobody said where it lies.
    """
    progress = progress or Silence()
    ring = vault.make_key(now)
    if ring is None:
        raise UsageError("Forgetting somebody needs the vault's key.", "Say where it lies: Vault.open(…, keys=…).")
    tombstones.require(vault.head(), ring)
    plain = {pair for pair in plan.who.points if not pair[1].startswith(hashes.PREFIXES)}
    buried = _tombstones(plain | plan.hashed, ring, reason, now)
    addition = eraser.Addition("erase", now, {"tombstones": buried}, _events(vault, plain, ring, reason, now))
    erased = eraser.erase(
        vault.path,
        plan.who,
        ring,
        addition,
        now=now,
        ops=vault.ops,
        step=lambda table: progress.step(f"Looking at {table.replace('_', ' ')}"),
    )
    remembrance.remember(vault.keys, vault.settings.vault_id, buried)
    vault.renew_salt()
    progress.step("Looking again")
    return Forgotten(plan, erased, len(plain), tuple(eraser.left_over(vault.history(), plan.who)))


def _tombstones(points: set[tuple[str, str]], ring: KeyRing, reason: str, now: datetime) -> pa.Table:
    rows = [
        {
            "point_kind": kind,
            "point_hash": ring.hash(kind, key),
            "key_version": ring.current,
            "key_fingerprint": ring.fingerprint(ring.current),
            "reason": reason,
            "created_at": now,
        }
        for kind, key in points
    ]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: (row["point_kind"], row["point_hash"])), schema=TOMBSTONES)


def _events(vault: Vault, points: set[tuple[str, str]], ring: KeyRing, reason: str, now: datetime) -> pa.Table:
    """One event for each point: that it was erased, and when. It names the point by its keyed hash alone."""
    rows = [
        {
            "event_id": ring.opaque(f"erased\x1f{kind}\x1f{key}\x1f{now.isoformat()}"),
            "schema_version": SCHEMA_VERSION,
            "import_id": "",
            "recorded_at": now,
            "occurred_at": now,
            "occurred_precision": "instant",
            "point_kind": kind,
            "point_key": keyed(ring, kind, key),
            "source": "you",
            "account": "",
            "channel": "any",
            "purpose": "*",
            "controller_id": vault.settings.controllers[0],
            "event_type": "erased",
            "detail": reason,
            "capture_method": "manual",
            "actor": "controller_user",
            "evidence_grade": "partial",
        }
        for kind, key in points
    ]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: str(row["event_id"])), schema=CONSENT_EVENTS)
