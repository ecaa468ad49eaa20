"""What can be shown about one contact point: the state on a day, the acts behind it, and the record of it.

Words: a *state* is the fold's answer in plain words; a *witness* is one ledger event with the file and row that it
came from; a *proof* puts the states of a day beside their witnesses. The record follows the shape of
ISO/IEC TS 27560 (header, processing, parties, events) with the status names of the Data Privacy Vocabulary.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from audiencevault.consent.policy import Policy
from audiencevault.consent.reasons import REASONS, explain

METHODS: Final[Mapping[str, str]] = {
    "web_form": "in a web form", "checkout_box": "by ticking a box at the checkout",
    "prechecked_box": "by a box that was ticked beforehand", "double_opt_in_click": "by clicking a confirmation link",
    "keyword": "by sending a keyword", "paper": "on paper", "verbal": "by word of mouth",
    "lead_ad": "in the form of an advertisement", "preference_page": "on a page of preferences",
    "list_unsubscribe": "by the unsubscribe button of the mail program", "reply_stop": "by replying STOP",
    "free_text": "in their own words", "webhook": "as the provider reported it",
    "feedback_loop": "by the spam button, as the mailbox provider reported", "bounce": "by a returned message",
    "provider_export": "as the provider's export says", "platform_export": "as the platform's export says",
    "manual": "entered by hand", "system": "by the program",
}  # fmt: skip
"""How, after a verb."""

ACTS: Final[Mapping[str, str]] = {
    "granted": "agreed", "confirmed": "confirmed", "reaffirmed": "agreed again",
    "basis_recorded": "another ground was recorded", "activity": "dealt with the sender",
    "requested": "was asked to confirm", "observed": "was seen in a list", "relationship": "was connected",
    "refused": "said no", "withdrawn": "unsubscribed", "objected": "objected", "complained": "reported spam",
    "suppressed": "was blocked", "invalidated": "the evidence was found bad", "erased": "was erased",
    "suppression_lifted": "the block was lifted", "tombstone_lifted": "came back after an erasure",
    "voided": "an entry was corrected",
}  # fmt: skip
"""What happened, in a word or two."""

STATUS: Final[Mapping[str, str]] = {
    "requested": "ConsentRequested", "granted": "ConsentGiven", "confirmed": "ConsentGiven",
    "reaffirmed": "RenewedConsentGiven", "refused": "ConsentRefused", "withdrawn": "ConsentWithdrawn",
    "objected": "ConsentWithdrawn", "complained": "ConsentWithdrawn", "invalidated": "ConsentInvalidated",
    "voided": "ConsentInvalidated", "erased": "ConsentInvalidated",
}  # fmt: skip
"""The status of the Data Privacy Vocabulary that an event leads to; all others are `ConsentUnknown`."""

_GIVEN: Final = ("granted", "confirmed", "reaffirmed")
_STATE_STATUS: Final = {
    "OK_CONSENT": "ConsentGiven", "NO_PENDING": "ConsentRequested", "NO_REFUSED": "ConsentRefused",
    "NO_WITHDRAWN": "ConsentWithdrawn", "NO_OBJECTED": "ConsentWithdrawn",
    "NO_SUPPRESSED_COMPLAINT": "ConsentWithdrawn",
    "NO_EXPIRED": "ConsentExpired", "NO_STALE": "ConsentExpired", "NO_EVIDENCE": "ConsentInvalidated",
}  # fmt: skip


@dataclass(frozen=True)
class State:
    """The answer for one contact point and channel, in words."""

    channel: str
    point_kind: str
    point: str
    mailable: bool
    reason: str
    sentence: str
    remedy: str
    state: str
    basis: str | None
    decisive_event_id: str | None
    expires_at: datetime | None
    evidence_grade: str | None
    preset: str
    rules: str
    jurisdiction: str | None
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "warnings": list(self.warnings)}


def states(
    rows: Sequence[Mapping[str, Any]], sources: Mapping[str, str | None], known_through: str | None, policy: Policy
) -> list[State]:
    """Rows of the relation `fold` in words. `sources` tells the source of each decisive event; `known_through` one
    source that knows the person, for answers that no event decided.
    """
    found = []
    for row in sorted(rows, key=lambda row: (row["channel"], row["point"])):
        preset = policy.presets[row["preset"]]
        asserted = None
        if row["reason"] == "NO_EVIDENCE" and row["evidence_grade"] == "asserted":
            asserted = preset.consent_for(row["channel"]).asserted if preset.consent else None
        sentence, remedy = explain(
            row["reason"],
            channel=row["channel"],
            source=sources.get(row["decisive_event_id"]) or known_through,
            preset_title=preset.title,
            unknown_country=row["preset"] == "strict" and row["jurisdiction"] is None,
            asserted=asserted,
        )
        found.append(
            State(
                channel=row["channel"],
                point_kind=row["point_kind"],
                point=row["point"],
                mailable=bool(row["mailable"]),
                reason=row["reason"],
                sentence=sentence,
                remedy=remedy,
                state=row["state"],
                basis=row["basis"],
                decisive_event_id=row["decisive_event_id"],
                expires_at=row["expires_at"],
                evidence_grade=row["evidence_grade"],
                preset=row["preset"],
                rules=preset.title,
                jurisdiction=row["jurisdiction"],
                warnings=tuple(row["warnings"] or ()),
            )
        )
    return found


@dataclass(frozen=True)
class Proof:
    """One person on one day. `then` is what the vault knew on that day, `now` what it knows today about that day;
    a date without a time is asked about at both of its ends, and the stricter answer stands, with `differs` saying
    that the ends disagree. `events` are full ledger rows with `file`, `chain` and `notice` beside them.
    """

    contact_id: str
    name: str | None
    controller_id: str
    policy: str
    purpose: str
    on: datetime
    whole_day: bool
    asked_at: datetime
    then: tuple[State, ...]
    now: tuple[State, ...]
    differs: tuple[tuple[str, str], ...]
    events: tuple[Mapping[str, Any], ...]
    attestations: tuple[Mapping[str, Any], ...]
    chain_verified: bool | None
    vault_id: str
    snapshot: int
    changed_since: tuple[str, ...] = field(default=())

    def event(self, event_id: str | None) -> Mapping[str, Any] | None:
        """The event of this id, if it is among them."""
        return next((event for event in self.events if event["event_id"] == event_id), None)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: everything."""
        return {
            "contact_id": self.contact_id,
            "display_name": self.name,
            "controller_id": self.controller_id,
            "policy": self.policy,
            "purpose": self.purpose,
            "on": self.on,
            "whole_day": self.whole_day,
            "asked_at": self.asked_at,
            "snapshot": self.snapshot,
            "then": [state.as_dict() for state in self.then],
            "now": [state.as_dict() for state in self.now],
            "differs_within_the_day": [list(pair) for pair in self.differs],
            "events": [dict(event) for event in self.events],
            "attestations": [dict(one) for one in self.attestations],
            "chain_verified": self.chain_verified,
        }


def stricter(first: Sequence[State], last: Sequence[State]) -> tuple[tuple[State, ...], tuple[tuple[str, str], ...]]:
    """Of the answers at both ends of a day the stricter one each, and the (channel, point)s where the ends differ."""
    ends = {(state.channel, state.point): state for state in last}
    kept, differing = [], []
    for state in first:
        end = ends.get((state.channel, state.point), state)
        worse = min((state, end), key=lambda one: (one.mailable, REASONS[one.reason].order))
        kept.append(worse)
        if state.mailable != end.mailable:
            differing.append((state.channel, state.point))
    return tuple(kept), tuple(differing)


def records(proof: Proof) -> list[dict[str, Any]]:
    """The proof as consent records: one per contact point, channel, purpose and sender."""
    groups: dict[tuple[str, str, str, str], list[Mapping[str, Any]]] = {}
    for event in proof.events:
        if event["event_type"] in ("activity", "relationship") or event["point"] is None:
            continue
        key = (event["point_kind"], event["point"], event["channel"], event["purpose"] or "*")
        groups.setdefault(key, []).append(event)
    answers = {(state.point, state.channel): state for state in proof.now}
    return [_record(proof, key, events, answers.get((key[1], key[2]))) for key, events in sorted(groups.items())]


def _record(
    proof: Proof, key: tuple[str, str, str, str], events: Sequence[Mapping[str, Any]], state: State | None
) -> dict[str, Any]:
    kind, point, channel, purpose = key
    last_given = next((event for event in reversed(events) if event["event_type"] in _GIVEN), events[-1])
    said = f"{proof.vault_id}\x1f{kind}\x1f{point}\x1f{channel}\x1f{purpose}\x1f{proof.controller_id}"
    status = _STATE_STATUS.get(state.reason, "ConsentUnknown") if state is not None else "ConsentUnknown"
    return {
        "header": {
            "schema_version": "ISO/IEC TS 27560:2023",
            "record_id": hashlib.sha256(said.encode()).hexdigest()[:32],
            "pii_principal_id": proof.contact_id,
        },
        "processing": {
            "privacy_notice": last_given.get("notice"),
            "privacy_notice_id": last_given["notice_id"],
            "language": last_given["notice_lang"],
            "purposes": [purpose],
            "channel": channel,
            "lawful_basis": state.basis if state is not None and state.basis else last_given["legal_basis"],
            "pii_information": [{"pii_type": kind, "pii_value": point}],
            "pii_controllers": [proof.controller_id],
            "collection_method": last_given["capture_method"],
            "jurisdiction": state.jurisdiction if state is not None else None,
            "storage_location": f"vault {proof.vault_id}",
            "withdrawal_method": "any message to the sender; the unsubscribe link of every message",
        },
        "parties": [{"party_id": proof.controller_id, "party_type": "pii-controller"}],
        "events": [
            {
                "event_id": event["event_id"],
                "event_time": event["occurred_at"],
                "event_time_precision": event["occurred_precision"],
                "recorded_at": event["recorded_at"],
                "validity_duration": event["valid_until"],
                "entity_id": event["actor"],
                "event_type": event["event_type"],
                "event_state": STATUS.get(event["event_type"], "ConsentUnknown"),
                "evidence": event["evidence_grade"],
                "source": event["source"],
            }
            for event in events
        ],
        "status": status,
    }
