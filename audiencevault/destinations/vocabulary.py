"""The closed vocabulary of definitions: every word that a `definitions/*.toml` may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from audiencevault.audience import SUPPRESSED_STATES
from audiencevault.consent.proving import METHODS

CHANNELS: Final = ("email", "sms", "whatsapp", "ads_audience")
"""Channels that a receiver's file can carry a consent for."""

POLARITIES: Final = ("forces", "respects", "unknown", "none")
PURPOSES: Final = ("marketing", "any")
UNIQUE: Final = ("email", "phone")

ENCODINGS: Final = ("utf-8", "utf-8-sig")
DELIMITERS: Final = (",", ";", "\t")
QUOTINGS: Final = ("minimal", "all")
LINE_ENDS: Final[Mapping[str, str]] = {"crlf": "\r\n", "lf": "\n"}
LINE_BREAKS: Final = ("space", "keep")

FORMATS: Final = ("csv", "parquet", "vcard3", "vcard4")
VCARDS: Final[Mapping[str, str]] = {"vcard3": "3.0", "vcard4": "4.0"}
"""Formats that are vCards, each with its version."""

WHO: Final = ("admitted", "suppressed", "everybody")
MATCHES: Final = ("any", "exactly")
BASES: Final = ("consent", "other", "any")
ROW_UNITS: Final = ("contact", "point")
STATUSES: Final = ("subscribed", "other_basis", "unsubscribed", "cleaned", "suppressed", "listed")
"""`subscribed`, `other_basis` and `listed` are people to write to; the others are people not to write to."""

OVERFLOWS: Final = ("clip", "blank", "hold_back")

POINT_ENCODERS: Final = frozenset(
    {"email", "phone", "phone_digits", "phone_us", "sha256_email", "sha256_phone", "sha256_phone_digits", "md5_email"}
)
"""Encoders of a contact point, which is written as it is, or refused."""

WORD_ENCODERS: Final = frozenset({"word", "flag"})
"""Encoders that translate our words with a column's `values`."""

ENCODERS: Final = (
    "text", "email", "phone", "phone_digits", "phone_us", "date", "datetime", "datetime_space", "epoch", "month_day",
    "number", "list", "address", "word", "flag", "sha256_email", "sha256_phone", "sha256_phone_digits", "sha256_text",
    "md5_email",
)  # fmt: skip

CONSENT_WORDS: Final = ("consent", "other_basis", "not_admitted", "suppressed", "not_asked")
"""What a file can say of one person and one channel: admitted on the person's own consent; admitted on another
basis; not admitted; suppressed in one of the rule's states; not asked, because the audience does not hold the
channel."""

OTHERWISE: Final = "otherwise"
"""In the `values` of a column: the receiver's word for every word of ours that is not named."""

_TEXT: Final = frozenset({"text"})
_HASHED: Final = frozenset({"text", "sha256_text"})
_TIME: Final = frozenset({"date", "datetime", "datetime_space", "epoch"})
_LIST: Final = frozenset({"list"})
_NUMBER: Final = frozenset({"number"})
_CODE: Final = frozenset({"text", "word", "flag"})

CONTACT_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "contact_id": _TEXT,
    "display_name": _HASHED,
    "first_name": _HASHED,
    "last_name": _HASHED,
    "company": _HASHED,
    "job_title": _TEXT,
    "address1": _HASHED,
    "address2": _HASHED,
    "city": _HASHED,
    "region": _HASHED,
    "postcode": _HASHED,
    "country": _HASHED,
    "language": _TEXT,
    "birthday": frozenset({"text", "month_day"}),
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
    "channel": _CODE,
    "point_kind": _CODE,
    "point": _TEXT,
    "basis": _CODE,
    "reason": _TEXT,
    "state": _CODE,
    "opt_in_level": _CODE,
    "evidence_grade": _CODE,
    "consented_at": _TIME,
    "consent_source": _TEXT,
    "capture_method": _CODE,
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

_WORD: Final = WORD_ENCODERS
_EMAIL: Final = frozenset({"email", "sha256_email", "md5_email"})
_PHONE: Final = frozenset({"phone", "phone_digits", "phone_us", "sha256_phone", "sha256_phone_digits"})

POINT_VALUES: Final[Mapping[str, frozenset[str]]] = {"email": _EMAIL, "phone": _PHONE, "phone_2": _PHONE}
"""Fields that hold a contact point which the person may be reached at; `phone_2` is the number of a second channel,
where it is another one."""

FIELDS: Final[Mapping[str, frozenset[str]]] = {
    **CONTACT_FIELDS,
    **POINT_FIELDS,
    **{f"{channel}_{name}": encoders for channel in CHANNELS for name, encoders in POINT_FIELDS.items()},
    **{f"{channel}_consent": _WORD for channel in CHANNELS},
    **POINT_VALUES,
    "address": frozenset({"address"}),
    "consent_note": _TEXT,
    "consent_json": _TEXT,
    "blank": _TEXT,
}
"""Every field that a column of a file may name, with the encoders that fit it. `blank` is a column that the receiver
expects and that we have nothing for."""

API_FIELDS: Final[Mapping[str, frozenset[str]]] = {**FIELDS, "item_id": _TEXT}
"""Fields that an item of an API may name: those of files, and the id that we give the item."""

OPT_IN_LEVELS: Final = ("confirmed", "single", "unknown", "not_applicable")
EVIDENCE_GRADES: Final = ("full", "partial", "asserted", "none")


def channel_field(name: str) -> tuple[str, str]:
    """The channel and the rest of a field such as `sms_consented_at`; no channel where it is of none."""
    for channel in CHANNELS:
        if name.startswith(f"{channel}_"):
            return channel, name.removeprefix(f"{channel}_")
    return "", name


def words_of(name: str) -> tuple[str, ...] | None:
    """Our words that a column of the field `name` may translate; None where policies can name further ones."""
    plain = channel_field(name)[1]
    if plain == "consent":
        return CONSENT_WORDS
    known: Mapping[str, tuple[str, ...]] = {
        "state": ("subscribed", *SUPPRESSED_STATES),
        "opt_in_level": OPT_IN_LEVELS,
        "evidence_grade": EVIDENCE_GRADES,
        "capture_method": tuple(METHODS),
        "channel": CHANNELS,
        "point_kind": ("email", "phone"),
    }
    return known.get(plain)
