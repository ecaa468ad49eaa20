"""What a person's place on a list says: one neutral `relationship` event for each contact point, never consent;
what such a list is; and the reject for a file that cannot be read while the rest of the export can.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from audiencevault.errors import ExportError
from audiencevault.export import Member
from audiencevault.records import ConsentEvent, Reject, SourceRecord

THEIRS = "data_subject"
"""The person made the tie: followed, asked, wrote."""
OURS = "controller_user"
"""The owner made it: saved a contact, followed, blocked."""


class PeopleList(NamedTuple):
    """A list of people in an export: its name in words, `source`, relationship, who made the tie, and the keys under
    which it stands where these tell it from others.
    """

    words: str
    source: str
    relationship: str
    actor: str
    keys: frozenset[str] = frozenset()


def bare(kind: str, raw: str) -> str:
    """A point as the owner's is compared: a number by its digits, everything else without case."""
    return "".join(filter(str.isdigit, raw)) if kind == "phone" else raw.casefold()


def message_count(messages: int) -> dict[str, str]:
    """What a chat partner's `extra` says of how many messages a conversation has; nothing where none was counted."""
    return {"message_count": str(messages)} if messages else {}


def with_events(record: SourceRecord, actor: str, precision: str = "instant") -> Iterator[SourceRecord | ConsentEvent]:
    """`record`, then a `relationship` event for each of its contact points, dated as the record's first sight.

    `precision` says how exact `first_seen_at` is; without a date it is `unknown`.
    """
    yield record
    for point in record.points:
        yield ConsentEvent(
            record_id=record.record_id,
            source=record.source,
            account=record.account,
            point_kind=point.kind,
            raw=point.raw,
            channel="any",
            event_type="relationship",
            detail=record.relationship,
            actor=actor,
            occurred_at=record.first_seen_at,
            occurred_precision=precision if record.first_seen_at is not None else "unknown",
            member=record.member,
            locator=record.locator,
        )


def unreadable(source: str, member: Member, error: ExportError) -> Reject:
    """The reject for a whole member. Its path stays out of the sentence: folder names can be people's names."""
    sentence = error.message.replace(member.path, "this file").replace(member.name, "this file")
    return Reject(source, member.path, "file", error.code, sentence[:1].upper() + sentence[1:])
