"""Small worlds of people and events for the tests of consent, and the fold over them.

A world is written in the terms of the rules (who has which points, what happened when); `World.read_into`
turns it into the relations that the fold reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from audiencevault.consent.fold import fold
from audiencevault.consent.policy import policy
from audiencevault.engine import Engine
from audiencevault.records import (
    ATTESTATIONS,
    BURIED,
    CONSENT_EVENTS,
    CONTACT_POINTS,
    MATCH_FEATURES,
    MEMBERS,
    SOURCE_RECORDS,
)

AS_OF = datetime(2026, 11, 21, 12, tzinfo=UTC)
# Countries whose own preset is the one named, so that the policy `auto` takes exactly that.
COUNTRY_OF = {
    "strict": None, "eu_gdpr": "NL", "us_canspam": "US", "us_tcpa": "US", "uk_pecr": "GB", "de_doi": "DE",
    "fr_cnil": "FR", "ca_casl": "CA", "au_spam": "AU", "br_lgpd": "BR",
}  # fmt: skip
SOI = {"from_person": True, "in_sale": True, "optout_offered": True, "similar_only": True}
TCPA = {"names_seller": True, "exact_number": True, "not_condition_of_purchase": True}


def date(text: str) -> datetime:
    """`2026-01-10` or `2026-01-10T09:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wide(kind: str, point: str) -> str:
    """The key under which a "no" is looked up: Gmail's dots and plus tags are one mailbox."""
    if kind == "email" and point.endswith("@gmail.com"):
        local = point.removesuffix("@gmail.com").split("+")[0].replace(".", "")
        return f"{local}@gmail.com"
    return point


@dataclass(frozen=True)
class Event:
    """One ledger row, in short. `at` None is undated; `grade` is the evidence grade that the ledger computed."""

    type: str
    at: str | None = None
    precision: str = "instant"
    grade: str | None = None
    level: str = "single"
    state: str | None = None
    detail: str | None = None
    kind: str = "email"
    point: str = "ida@example.com"
    channel: str = "email"
    purpose: str = "marketing"
    controller: str = "shop"
    record: str | None = "r1"
    source: str = "demo.list"
    account: str = ""
    actor: str = "data_subject"
    basis: str = "unknown"
    method: str | None = "web_form"
    conditions: dict[str, bool] = field(default_factory=dict)
    snapshot: str | None = None
    recorded: str | None = None
    voids: str | None = None
    valid_until: str | None = None
    id: str | None = None

    def effective_grade(self) -> str:
        """As given, else what the ledger would say of an event that was caught with a date or without."""
        if self.grade is not None:
            return self.grade
        if self.type == "relationship" or self.state == "never_subscribed":
            return "none"
        return "asserted" if self.at is None or self.type == "observed" else "partial"


@dataclass(frozen=True)
class Record:
    """One source record: its points as (kind, point), country and relationship."""

    points: tuple[tuple[str, str], ...] = (("email", "ida@example.com"),)
    country: str | None = None
    relationship: str = "subscriber"


@dataclass(frozen=True)
class World:
    """Records, who they belong to (default: each its own person), and what happened."""

    records: dict[str, Record]
    events: tuple[Event, ...] = ()
    people: dict[str, str] = field(default_factory=dict)
    attested: tuple[dict[str, Any], ...] = ()
    tombstones: tuple[tuple[str, str, str], ...] = ()

    def with_events(self, *events: Event) -> World:
        """The same world, in which more happened."""
        return replace(self, events=(*self.events, *events))

    def merged(self, *records: str) -> World:
        """The same world, in which these records are one person."""
        first = min(records)
        joined = {self.people.get(name, name) for name in records}
        people = {name: first if self.people.get(name, name) in joined else self.people.get(name, name)
                  for name in self.records}  # fmt: skip
        return replace(self, people=people)

    def renamed(self, tag: str) -> World:
        """The same world with other names for everything, so that it can stand beside others."""
        return World(
            {f"{tag}-{name}": replace(record, points=tuple((kind, f"{tag}-{point}") for kind, point in record.points))
             for name, record in self.records.items()},
            tuple(
                replace(event, id=f"{tag}-{number:02d}", point=f"{tag}-{event.point}", source=f"{tag}.{event.source}",
                        record=f"{tag}-{event.record}" if event.record else event.record)
                for number, event in enumerate(self.events)
            ),
            {f"{tag}-{name}": f"{tag}-{who}" for name, who in self.people.items()},
            tuple({**one, "source": f"{tag}.{one.get('source', 'demo.list')}"} for one in self.attested),
            tuple((kind, f"{tag}-{key}", at) for kind, key, at in self.tombstones),
        )  # fmt: skip

    def read_into(self, engine: Engine) -> None:
        """Register the relations of this world."""
        events = [self._row(event, number) for number, event in enumerate(self.events)]
        engine.read("consent_events", pa.Table.from_pylist(events, CONSENT_EVENTS))
        engine.read(
            "members",
            pa.Table.from_pylist(
                [{"record_id": name, "contact_id": f"c-{self.people.get(name, name)}"} for name in self.records],
                MEMBERS,
            ),
        )
        points = [
            {"record_id": name, "point_kind": kind, "raw": point, "point": point, "point_key": wide(kind, point),
             "valid": True, "flags": []}
            for name, record in self.records.items() for kind, point in record.points
        ]  # fmt: skip
        engine.read("contact_points", pa.Table.from_pylist(points, CONTACT_POINTS))
        engine.read(
            "source_records",
            pa.Table.from_pylist(
                [
                    {"record_id": name, "source": "demo.list", "country": record.country,
                     "relationship": record.relationship}
                    for name, record in self.records.items()
                ],
                SOURCE_RECORDS,
            ),
        )  # fmt: skip
        engine.read(
            "match_features",
            pa.Table.from_pylist(
                [{"record_id": name, "country": record.country} for name, record in self.records.items()],
                MATCH_FEATURES,
            ),
        )
        attested = [
            {"attestation_id": f"a{number}", "controller_id": "shop", "source": "demo.list", "channel": "email",
             "purpose": "marketing", "text": "Everybody ticked the box themselves.", "attested_by": "owner",
             "attested_at": AS_OF, **one}
            for number, one in enumerate(self.attested)
        ]  # fmt: skip
        engine.read("attestations", pa.Table.from_pylist(attested, ATTESTATIONS))
        buried = [
            {"point_kind": kind, "point_key": key, "key_version": 1, "reason": "asked", "created_at": date(at)}
            for kind, key, at in self.tombstones
        ]
        engine.read("tombstones", pa.Table.from_pylist(buried, BURIED))

    def _row(self, event: Event, number: int) -> dict[str, Any]:
        at = date(event.at) if event.at else None
        snapshot = date(event.snapshot) if event.snapshot else None
        recorded = date(event.recorded) if event.recorded else snapshot or max(at or AS_OF, date("2026-11-20"))
        return {
            "event_id": event.id or f"e{number:03d}", "schema_version": 1, "import_id": "i", "recorded_at": recorded,
            "snapshot_at": snapshot, "occurred_at": at, "occurred_precision": event.precision if at else "unknown",
            "point_kind": event.kind, "point": event.point, "point_key": wide(event.kind, event.point),
            "record_id": event.record, "source": event.source, "account": event.account, "channel": event.channel,
            "purpose": event.purpose, "controller_id": event.controller, "event_type": event.type,
            "state": event.state, "detail": event.detail, "legal_basis": event.basis, "opt_in_level": event.level,
            "capture_method": event.method, "actor": event.actor, "evidence_grade": event.effective_grade(),
            "conditions": list(event.conditions.items()), "voids_event_id": event.voids,
            "valid_until": date(event.valid_until) if event.valid_until else None,
        }  # fmt: skip


def answers(
    engine: Engine,
    world: World,
    *,
    rules: str = "auto",
    channel: str = "email",
    purpose: str = "marketing",
    as_of: datetime = AS_OF,
    known_at: datetime | None = None,
    controller: str = "shop",
    vouch_for: tuple[str, ...] = (),
    sending: bool = False,
) -> list[dict[str, Any]]:
    """The fold over `world`, as rows in the order of contact, channel and point."""
    world.read_into(engine)
    fold(
        engine, policy=policy(rules), as_of=as_of, known_at=known_at, channels=(channel,), purpose=purpose,
        controller_id=controller, vouch_for=vouch_for, sending=sending,
    )  # fmt: skip
    return engine.collect("SELECT * FROM fold ORDER BY contact_id, channel, point").to_pylist()


def together(worlds: Iterable[World]) -> World:
    """One world out of many that share nothing."""
    many = list(worlds)
    return World(
        {name: record for world in many for name, record in world.records.items()},
        tuple(event for world in many for event in world.events),
        {name: who for world in many for name, who in world.people.items()},
        tuple(one for world in many for one in world.attested),
        tuple(one for world in many for one in world.tombstones),
    )
