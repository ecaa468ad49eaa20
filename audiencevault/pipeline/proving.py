"""One person's consent: the state of every contact point and channel, and the proof of it on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from audiencevault.consent import hashes, near
from audiencevault.consent.fold import fold
from audiencevault.consent.policy import POINT_KIND_OF, Policy
from audiencevault.consent.policy import policy as policy_named
from audiencevault.consent.proving import Proof, State, states, stricter
from audiencevault.consent.question import text as quoted
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.errors import ConsentConfigError, UsageError
from audiencevault.pipeline.asking import relations
from audiencevault.pipeline.finding import find_contact
from audiencevault.pipeline.senders import controller_of
from audiencevault.vault import Vault, proof

ALWAYS: Final = ("email", "sms", "whatsapp")
"""Channels that are asked about wherever somebody has a point for them; the others, where some event names them."""

EVENTS: Final = """
    SELECT e.*, i.path AS file, n.text AS notice
    FROM consent_events e
    LEFT JOIN imports i ON i.import_id = e.import_id
    LEFT JOIN notices n ON n.notice_id = e.notice_id
    WHERE e.record_id IN (SELECT m.record_id FROM members m WHERE m.contact_id = ?)
        OR EXISTS (
            SELECT 1 FROM members m JOIN contact_points p ON p.record_id = m.record_id
            WHERE m.contact_id = ? AND p.point_kind = e.point_kind AND p.point_key = e.point_key)
        OR e.point_key IN ({hashed})
    ORDER BY coalesce(e.occurred_at, e.snapshot_at, e.recorded_at), e.recorded_at, e.event_id
"""
CONTACT: Final = "SELECT contact_id, display_name, sources, accounts FROM contacts WHERE contact_id = ?"
POINTS: Final = """
    SELECT DISTINCT p.point_kind, p.raw, p.point, p.point_key FROM members m
    JOIN contact_points p ON p.record_id = m.record_id
    WHERE m.contact_id = ? AND p.point_kind IN ('email', 'phone')
"""
UNUSABLE: Final = """
    SELECT DISTINCT p.point_kind, p.raw, p.reason FROM members m JOIN contact_points p ON p.record_id = m.record_id
    WHERE m.contact_id = ? AND NOT p.valid ORDER BY p.point_kind, p.raw
"""


@dataclass(frozen=True)
class Consent:
    """The states of one person and the events behind them, oldest first. `unusable` are points that cannot be used."""

    contact_id: str
    name: str | None
    as_of: datetime
    known_at: datetime
    policy: str
    purpose: str
    controller_id: str
    states: tuple[State, ...]
    events: tuple[Mapping[str, Any], ...]
    unusable: tuple[Mapping[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "contact_id": self.contact_id,
            "display_name": self.name,
            "as_of": self.as_of,
            "known_at": self.known_at,
            "policy": self.policy,
            "purpose": self.purpose,
            "controller_id": self.controller_id,
            "consent": [state.as_dict() for state in self.states],
            "events": [dict(event) for event in self.events],
            "unusable": [dict(point) for point in self.unusable],
        }


@dataclass(frozen=True)
class _Person:
    """One person in an engine, with what is asked about them."""

    engine: DuckDBEngine
    contact_id: str
    name: str | None
    known_through: str | None
    events: tuple[Mapping[str, Any], ...]
    policy: Policy
    controller_id: str
    purpose: str
    channels: tuple[str, ...]

    def ask(self, as_of: datetime, known_at: datetime) -> list[State]:
        """The states as of one moment, on what was known at another."""
        fold(
            self.engine, policy=self.policy, as_of=as_of, known_at=known_at, channels=self.channels,
            purpose=self.purpose, controller_id=self.controller_id, among=near.PREFIX, sending=True,
        )  # fmt: skip
        rows = self.engine.collect(f"SELECT * FROM fold WHERE contact_id = {quoted(self.contact_id)}").to_pylist()
        self.engine.drop("fold")
        sources = {event["event_id"]: event["source"] for event in self.events}
        return states(rows, sources, self.known_through, self.policy)


def _person(
    engine: DuckDBEngine,
    vault: Vault,
    text: str,
    *,
    policy: str | None,
    controller_id: str | None,
    purpose: str,
    channels: Sequence[str],
) -> _Person:
    contact_id = find_contact(engine, text, vault.settings.region)
    contact = engine.collect(CONTACT, [contact_id]).to_pylist()[0]
    held = engine.collect(POINTS, [contact_id]).to_pylist()
    hashed = ", ".join(quoted(key) for key in sorted({key for point in held for key in hashes.keys_of(point)})) or "''"
    events = engine.collect(EVENTS.format(hashed=hashed), [contact_id, contact_id]).to_pylist(maps_as_pydicts="strict")
    for channel in channels:
        if channel not in POINT_KIND_OF:
            raise ConsentConfigError(
                f"There is no channel called {channel!r}.", f"Choose among: {', '.join(POINT_KIND_OF)}."
            )
    named = {event["channel"] for event in events}
    asked = tuple(channels) or tuple(one for one in POINT_KIND_OF if one in ALWAYS or one in named)
    near.near(engine, f"SELECT DISTINCT contact_id FROM members WHERE contact_id = {quoted(contact_id)}")
    return _Person(
        engine,
        contact_id,
        contact["display_name"],
        next(iter(contact["sources"] or ()), None),
        tuple(events),
        policy_named(policy or vault.settings.policy),
        controller_of(vault, controller_id),
        purpose,
        asked,
    )


def consent_of(
    vault: Vault,
    text: str,
    *,
    as_of: datetime,
    known_at: datetime | None = None,
    channels: Sequence[str] = (),
    purpose: str = "marketing",
    policy: str | None = None,
    controller_id: str | None = None,
) -> Consent:
    """What may be done with every contact point of the person `text` means, per channel, with reasons and events.

    Reads only what can decide about this person. `channels` defaults to e-mail, text messages, WhatsApp and whatever
    else was said something about. Raises `UsageError` where nobody or several people match, `ConsentConfigError` on
    an unknown channel, purpose, policy or sender.
    """
    known = known_at or as_of
    with relations(vault.head(), without_key=True) as engine:
        person = _person(
            engine, vault, text, policy=policy, controller_id=controller_id, purpose=purpose, channels=channels
        )
        found = person.ask(as_of, known)
        unusable = engine.collect(UNUSABLE, [person.contact_id]).to_pylist()
    visible = tuple(event for event in person.events if event["recorded_at"] <= known)
    return Consent(
        person.contact_id, person.name, as_of, known, person.policy.name, purpose, person.controller_id,
        tuple(found), visible, tuple(unusable),
    )  # fmt: skip


def prove(
    vault: Vault,
    text: str,
    *,
    on: datetime,
    whole_day: bool,
    now: datetime,
    channels: Sequence[str] = (),
    purpose: str = "marketing",
    policy: str | None = None,
    controller_id: str | None = None,
) -> Proof:
    """What can be shown about the person `text` means on the day or at the moment `on`.

    `whole_day` says that `on` is a date without a time: both of its ends are asked, and the stricter answer stands.
    Raises as `consent_of` does.
    """
    snapshot = vault.head()
    with relations(snapshot, without_key=True) as engine:
        person = _person(
            engine, vault, text, policy=policy, controller_id=controller_id, purpose=purpose, channels=channels
        )
        ends = [on, on + timedelta(days=1, microseconds=-1)] if whole_day else [on]
        then, differs = stricter(person.ask(ends[0], ends[0]), person.ask(ends[-1], ends[-1]))
        today, _ = stricter(person.ask(ends[0], max(now, ends[0])), person.ask(ends[-1], max(now, ends[-1])))
        sources = sorted({event["source"] for event in person.events if event["source"]})
        attested = [
            one
            for one in engine.collect("SELECT * FROM attestations ORDER BY attested_at, attestation_id").to_pylist()
            if one["controller_id"] == person.controller_id
            and any(source == one["source"] or source.startswith(f"{one['source']}.") for source in sources)
        ]
    ids = [event["event_id"] for event in person.events]
    links = proof.of_events(snapshot, ids, snapshot.ring)
    events = []
    for event in person.events:
        link = links.get(event["event_id"])
        events.append({**event, "chain": link.sentence if link else None, "verified": link.verified if link else None})
    verified = [event["verified"] for event in events]
    return Proof(
        contact_id=person.contact_id,
        name=person.name,
        controller_id=person.controller_id,
        policy=person.policy.name,
        purpose=purpose,
        on=on,
        whole_day=whole_day,
        asked_at=now,
        then=then,
        now=today,
        differs=differs,
        events=tuple(events),
        attestations=tuple(attested),
        chain_verified=all(verified) if verified else None,
        vault_id=vault.settings.vault_id,
        snapshot=snapshot.number,
    )


def write_page(vault: Vault, path: Path, page: str) -> None:
    """Write a page about a person to `path`; `UsageError` where it lies in the vault or its folder does not exist."""
    place = path.resolve()
    if vault.path.resolve() in place.parents:
        raise UsageError(
            f"{path} lies in the vault, which holds nothing but its own files.", "Choose another place for it."
        )
    try:
        path.write_text(page, encoding="utf-8")
        path.chmod(0o600)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", "Choose another place for it.") from None
