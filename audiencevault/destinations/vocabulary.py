"""The closed vocabulary of definitions: every word that a `definitions/*.toml` may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CHANNELS: Final = ("email", "sms", "whatsapp")
"""Channels that a receiver's file can carry a consent for."""

POLARITIES: Final = ("forces", "respects", "unknown", "none")
PURPOSES: Final = ("marketing", "any")
UNIQUE: Final = ("email", "phone")

ENCODINGS: Final = ("utf-8", "utf-8-sig")
DELIMITERS: Final = (",", ";", "\t")
QUOTINGS: Final = ("minimal", "all")
LINE_ENDS: Final[Mapping[str, str]] = {"crlf": "\r\n", "lf": "\n"}
LINE_BREAKS: Final = ("space", "keep")

FORMATS: Final = ("csv", "parquet")
WHO: Final = ("admitted", "suppressed", "everybody")
MATCHES: Final = ("any", "exactly")
BASES: Final = ("consent", "other", "any")
ROW_UNITS: Final = ("contact", "point")
STATUSES: Final = ("subscribed", "other_basis", "unsubscribed", "cleaned", "suppressed", "listed")
"""`subscribed`, `other_basis` and `listed` are people to write to; the others are people not to write to."""

OVERFLOWS: Final = ("clip", "blank", "hold_back")

ENCODERS: Final = ("text", "email", "phone", "date", "datetime", "number", "list", "address", "word")
POINT_ENCODERS: Final = frozenset({"email", "phone"})

CONSENT_WORDS: Final = ("consent", "other_basis", "not_admitted", "suppressed", "not_asked")
"""What a file can say of one person and one channel: admitted on the person's own consent; admitted on another
basis; not admitted; suppressed in one of the rule's states; not asked, because the audience does not hold the
channel."""

_TEXT: Final = frozenset({"text"})
_TIME: Final = frozenset({"date", "datetime"})
_LIST: Final = frozenset({"list"})
_NUMBER: Final = frozenset({"number"})

CONTACT_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "contact_id": _TEXT,
    "display_name": _TEXT,
    "first_name": _TEXT,
    "last_name": _TEXT,
    "company": _TEXT,
    "job_title": _TEXT,
    "address1": _TEXT,
    "address2": _TEXT,
    "city": _TEXT,
    "region": _TEXT,
    "postcode": _TEXT,
    "country": _TEXT,
    "language": _TEXT,
    "birthday": _TEXT,
    "tags": _LIST,
    "currency": _TEXT,
    "total_spent": _NUMBER,
    "orders_count": _NUMBER,
    "first_seen_at": _TIME,
    "last_seen_at": _TIME,
    "relationships": _LIST,
    "sources": _LIST,
}
"""Fields of a person, each with the encoders that fit it."""

POINT_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "channel": _TEXT,
    "point_kind": _TEXT,
    "point": _TEXT,
    "basis": _TEXT,
    "reason": _TEXT,
    "state": _TEXT,
    "opt_in_level": _TEXT,
    "evidence_grade": _TEXT,
    "consented_at": _TIME,
    "consent_source": _TEXT,
    "capture_method": _TEXT,
    "ip": _TEXT,
    "notice_id": _TEXT,
    "decisive_event_id": _TEXT,
    "expires_at": _TIME,
    "jurisdiction": _TEXT,
    "preset": _TEXT,
    "warnings": _LIST,
    "since": _TIME,
    "source": _TEXT,
}
"""Fields of one contact point: in a file with one row per point under these names, in a file with one row per
contact under `<channel>_<name>`. `since` and `source` exist for suppressed points only."""

_WORD: Final = frozenset({"word"})

FIELDS: Final[Mapping[str, frozenset[str]]] = {
    **CONTACT_FIELDS,
    **POINT_FIELDS,
    **{f"{channel}_{name}": encoders for channel in CHANNELS for name, encoders in POINT_FIELDS.items()},
    **{f"{channel}_consent": _WORD for channel in CHANNELS},
    "email": frozenset({"email"}),
    "phone": frozenset({"phone"}),
    "address": frozenset({"address"}),
    "consent_note": _TEXT,
    "blank": _TEXT,
}
"""Every field that a column may name, with the encoders that fit it. `blank` is a column that the receiver expects
and that we have nothing for."""
