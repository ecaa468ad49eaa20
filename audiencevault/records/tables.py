"""The Arrow schemas of everything that crosses a room wall, and the words that their columns may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from audiencevault.records.schema import BOOL_MAP, MONEY, STRING_MAP, STRINGS, TIMESTAMP
from audiencevault.records.schema import schema as _schema
from audiencevault.records.sending import DELIVERIES, PULLS

POINT: Final = pa.struct([("kind", pa.string()), ("raw", pa.string()), ("label", pa.string())])
POINT_KINDS: Final = ("email", "phone", "account", "postal")

RELATIONSHIPS: Final = (
    "customer",
    "subscriber",
    "lead",
    "follower",
    "following",
    "friend",
    "connection",
    "chat_partner",
    "group_member",
    "close_friend",
    "address_book",
    "attendee",
    "invitee",
    "respondent",
    "member",
    "friend_request_in",
    "friend_request_out",
    "removed",
    "blocked",
    "recipient",
    "contact",
)
"""What ties a person to the owner. Never consent."""

NEVER_AUDIENCE: Final = frozenset({
    "following", "friend_request_in", "friend_request_out", "group_member", "removed", "blocked",
})  # fmt: skip
"""Relationships that are none yet, any more or at all: the owner follows, asked, ended or refused, a stranger asked or
wrote a message request, somebody is in the same group. Kept with lineage, never a contact."""

EVENT_TYPES: Final = (
    "granted",
    "confirmed",
    "reaffirmed",
    "basis_recorded",
    "activity",
    "requested",
    "observed",
    "relationship",
    "refused",
    "withdrawn",
    "objected",
    "complained",
    "suppressed",
    "invalidated",
    "erased",
    "suppression_lifted",
    "tombstone_lifted",
    "voided",
)
CHANNELS: Final = ("email", "sms", "whatsapp", "voice", "postal", "push", "dm", "ads_audience", "any")
PRECISIONS: Final = ("instant", "day", "month", "year", "unknown")


SOURCE_RECORDS: Final = _schema(
    "source_records",
    [
        ("record_id", pa.string()),
        ("import_id", pa.string()),
        ("source", pa.string()),
        ("account", pa.string()),
        ("controller_id", pa.string()),
        ("relationship", pa.string()),
        ("source_key", pa.string()),
        ("name_prefix", pa.string()),
        ("full_name", pa.string()),
        ("first_name", pa.string()),
        ("middle_name", pa.string()),
        ("last_name", pa.string()),
        ("name_suffix", pa.string()),
        ("nickname", pa.string()),
        ("company", pa.string()),
        ("job_title", pa.string()),
        ("address1", pa.string()),
        ("address2", pa.string()),
        ("city", pa.string()),
        ("region", pa.string()),
        ("postcode", pa.string()),
        ("country", pa.string()),
        ("language", pa.string()),
        ("birthday", pa.string()),
        ("tags", STRINGS),
        ("currency", pa.string()),
        ("total_spent", MONEY),
        ("orders_count", pa.int64()),
        ("first_seen_at", TIMESTAMP),
        ("last_seen_at", TIMESTAMP),
        ("observed_at", TIMESTAMP),
        ("points", pa.list_(POINT)),
        ("extra", STRING_MAP),
        ("export_sha256", pa.string()),
        ("member", pa.string()),
        ("locator", pa.string()),
    ],
)
"""One row per observation of one person in one export, raw. Importers leave `import_id` and
`controller_id` null and may leave `observed_at` null; the pipeline fills them."""

EXTRACTED_EVENTS: Final = _schema(
    "extracted_events",
    [
        ("record_id", pa.string()),
        ("source", pa.string()),
        ("account", pa.string()),
        ("point_kind", pa.string()),
        ("raw", pa.string()),
        ("channel", pa.string()),
        ("purpose", pa.string()),
        ("event_type", pa.string()),
        ("state", pa.string()),
        ("detail", pa.string()),
        ("list_scope", pa.string()),
        ("legal_basis", pa.string()),
        ("opt_in_level", pa.string()),
        ("capture_method", pa.string()),
        ("actor", pa.string()),
        ("occurred_at", TIMESTAMP),
        ("occurred_precision", pa.string()),
        ("occurred_raw", pa.string()),
        ("capture_url", pa.string()),
        ("ip", pa.string()),
        ("user_agent", pa.string()),
        ("message_id", pa.string()),
        ("notice_text", pa.string()),
        ("notice_lang", pa.string()),
        ("conditions", BOOL_MAP),
        ("export_sha256", pa.string()),
        ("member", pa.string()),
        ("locator", pa.string()),
    ],
)
"""Consent events as an importer reads them: raw point, no ids, no clocks of ours."""

CONSENT_EVENTS: Final = _schema(
    "consent_events",
    [
        ("event_id", pa.string()),
        ("schema_version", pa.int16()),
        ("import_id", pa.string()),
        ("recorded_at", TIMESTAMP),
        ("snapshot_at", TIMESTAMP),
        ("occurred_at", TIMESTAMP),
        ("occurred_precision", pa.string()),
        ("occurred_raw", pa.string()),
        ("point_kind", pa.string()),
        ("point", pa.string()),
        ("point_key", pa.string()),
        ("record_id", pa.string()),
        ("source", pa.string()),
        ("account", pa.string()),
        ("channel", pa.string()),
        ("purpose", pa.string()),
        ("controller_id", pa.string()),
        ("event_type", pa.string()),
        ("state", pa.string()),
        ("detail", pa.string()),
        ("list_scope", pa.string()),
        ("legal_basis", pa.string()),
        ("opt_in_level", pa.string()),
        ("capture_method", pa.string()),
        ("actor", pa.string()),
        ("evidence_grade", pa.string()),
        ("capture_url", pa.string()),
        ("ip", pa.string()),
        ("user_agent", pa.string()),
        ("message_id", pa.string()),
        ("notice_id", pa.string()),
        ("notice_lang", pa.string()),
        ("conditions", BOOL_MAP),
        ("jurisdiction", pa.string()),
        ("jurisdiction_from", pa.string()),
        ("valid_until", TIMESTAMP),
        ("attestation_id", pa.string()),
        ("voids_event_id", pa.string()),
        ("export_sha256", pa.string()),
        ("member", pa.string()),
        ("locator", pa.string()),
        ("salt", pa.string()),
        ("commitment", pa.string()),
        ("prev_hash", pa.string()),
        ("row_hash", pa.string()),
    ],
)
"""The ledger: append-only. See docs/explanation/consent.md. The vault fills the last four columns, the hash chain."""

CONSENT_PERSONAL: Final = (
    "event_id", "occurred_raw", "detail", "point", "point_key", "record_id", "capture_url", "ip", "user_agent",
    "message_id", "voids_event_id", "member", "locator",
)  # fmt: skip
"""The columns of the ledger that can tell who somebody is, ids included, since an id is a hash of what it names. The
hash chain covers them by a salted commitment only, so that an erasure may take them out."""

LEDGER_SEGMENTS: Final = _schema(
    "ledger_segments",
    [
        ("segment", pa.int64()),
        ("rows", pa.int64()),
        ("seed", pa.string()),
        ("prev_hash", pa.string()),
        ("head", pa.string()),
        ("key_version", pa.int32()),
        ("key_fingerprint", pa.string()),
        ("seal", pa.string()),
        ("created_at", TIMESTAMP),
    ],
)
"""Runs of ledger rows, in the ledger's order, each with the hash of its last row: what shows that none is missing."""

NOTICES: Final = _schema(
    "notices",
    [("notice_id", pa.string()), ("text", pa.string()), ("language", pa.string()), ("first_import_id", pa.string())],
)
ATTESTATIONS: Final = _schema(
    "attestations",
    [
        ("attestation_id", pa.string()),
        ("controller_id", pa.string()),
        ("source", pa.string()),
        ("channel", pa.string()),
        ("purpose", pa.string()),
        ("text", pa.string()),
        ("attested_by", pa.string()),
        ("attested_at", TIMESTAMP),
        ("valid_until", TIMESTAMP),
    ],
)
TOMBSTONES: Final = _schema(
    "tombstones",
    [
        ("point_kind", pa.string()),
        ("point_hash", pa.string()),
        ("key_version", pa.int32()),
        ("key_fingerprint", pa.string()),
        ("reason", pa.string()),
        ("created_at", TIMESTAMP),
    ],
)
BURIED: Final = pa.schema([("point_kind", pa.string()), ("point_key", pa.string()), ("created_at", TIMESTAMP)])
"""Points of the vault that a tombstone recognises, in plain: what the fold reads as `tombstones`. Never stored."""

CONTACT_POINTS: Final = _schema(
    "contact_points",
    [
        ("record_id", pa.string()),
        ("point_kind", pa.string()),
        ("raw", pa.string()),
        ("point", pa.string()),
        ("point_key", pa.string()),
        ("label", pa.string()),
        ("valid", pa.bool_()),
        ("reason", pa.string()),
        ("country", pa.string()),
        ("country_from", pa.string()),
        ("line_type", pa.string()),
        ("flags", STRINGS),
        ("readings", STRINGS),
        ("rule_version", pa.int32()),
    ],
)
"""`readings` are the other keys that a number may have whose country is a guess: a "no" on any of them counts."""

MATCH_FEATURES: Final = _schema(
    "match_features",
    [
        ("record_id", pa.string()),
        ("source", pa.string()),
        ("first", pa.string()),
        ("last", pa.string()),
        ("display_name", pa.string()),
        ("first_key", pa.string()),
        ("last_key", pa.string()),
        ("name_key", pa.string()),
        ("nick_key", pa.string()),
        ("nick_roots", pa.string()),
        ("email_keys", STRINGS),
        ("typo_keys", STRINGS),
        ("phone_keys", STRINGS),
        ("account_keys", STRINGS),
        ("shared_keys", STRINGS),
        ("handle_key", pa.string()),
        ("company_key", pa.string()),
        ("street_key", pa.string()),
        ("postcode_key", pa.string()),
        ("city_key", pa.string()),
        ("country", pa.string()),
        ("birthday_key", pa.string()),
        ("identifier_keys", STRINGS),
        ("updated_at", TIMESTAMP),
    ],
)
"""What resolve compares: canonical comparison forms only, one row per current record.

`email_keys`, `phone_keys`, `account_keys` are valid `point_key` values; `shared_keys` repeats those that
are role mailboxes or otherwise known not to belong to one person. `name_key` is the sorted, transliterated
name tokens joined by a blank; `nick_key` the likeliest root form of the first name where a nickname
table knows one, `nick_roots` all its roots (*Alex* has many), sorted and joined by blanks. `typo_keys` are the
e-mail keys that were probably meant where a mail domain is a near miss of a big provider's.
`identifier_keys` (`kind:value`) are customer or national numbers; only the table API fills them."""

LINKS: Final = _schema(
    "links",
    [
        ("record_a", pa.string()),
        ("record_b", pa.string()),
        ("rule", pa.string()),
        ("score", pa.float64()),
        ("accepted", pa.bool_()),
        ("evidence", STRING_MAP),
    ],
)
MATCH_MODELS: Final = _schema(
    "match_models", [("at", TIMESTAMP), ("import_id", pa.string()), ("records", pa.int64()), ("document", pa.string())]
)
"""The weights that links were scored with, from the oldest to the newest, which counts; `document` is JSON."""
MEMBERS: Final = _schema("members", [("record_id", pa.string()), ("contact_id", pa.string())])
IDENTITY_LOG: Final = _schema(
    "identity_log",
    [
        ("at", TIMESTAMP),
        ("event", pa.string()),
        ("contact_id", pa.string()),
        ("other_contact_id", pa.string()),
        ("record_id", pa.string()),
        ("import_id", pa.string()),
    ],
)
DECISIONS: Final = _schema(
    "decisions",
    [
        ("decision_id", pa.string()),
        ("at", TIMESTAMP),
        ("record_a", pa.string()),
        ("record_b", pa.string()),
        ("verdict", pa.string()),
        ("decided_by", pa.string()),
        ("supersedes", pa.string()),
    ],
)

CONTACTS: Final = _schema(
    "contacts",
    [
        ("contact_id", pa.string()),
        ("display_name", pa.string()),
        ("first_name", pa.string()),
        ("last_name", pa.string()),
        ("company", pa.string()),
        ("job_title", pa.string()),
        ("email", pa.string()),
        ("phone", pa.string()),
        ("emails", STRINGS),
        ("phones", STRINGS),
        ("accounts", STRINGS),
        ("address1", pa.string()),
        ("address2", pa.string()),
        ("city", pa.string()),
        ("region", pa.string()),
        ("postcode", pa.string()),
        ("country", pa.string()),
        ("language", pa.string()),
        ("birthday", pa.string()),
        ("tags", STRINGS),
        ("currency", pa.string()),
        ("total_spent", MONEY),
        ("orders_count", pa.int64()),
        ("first_seen_at", TIMESTAMP),
        ("last_seen_at", TIMESTAMP),
        ("relationships", STRINGS),
        ("sources", STRINGS),
        ("record_count", pa.int64()),
        ("provenance", STRING_MAP),
    ],
)
"""The golden record. `provenance` maps each surviving field to the `record_id` that it came from."""

RECORD_STATUS: Final = _schema(
    "record_status",
    [("record_id", pa.string()), ("status", pa.string()), ("as_of", TIMESTAMP), ("import_id", pa.string())],
)
"""`gone` when a newer complete export no longer holds the record, `returned` when a later one does."""

OWNER_POINTS: Final = _schema(
    "owner_points",
    [("point_kind", pa.string()), ("point_key", pa.string()), ("source", pa.string()), ("import_id", pa.string())],
)
"""The owner's own addresses, numbers and accounts: a record that holds one is not a contact."""

REJECTS: Final = _schema(
    "rejects",
    [
        ("import_id", pa.string()),
        ("source", pa.string()),
        ("export_sha256", pa.string()),
        ("member", pa.string()),
        ("locator", pa.string()),
        ("column", pa.string()),
        ("code", pa.string()),
        ("sentence", pa.string()),
    ],
)
IMPORTS: Final = _schema(
    "imports",
    [
        ("import_id", pa.string()),
        ("at", TIMESTAMP),
        ("snapshot", pa.int64()),
        ("path", pa.string()),
        ("sha256", pa.string()),
        ("source", pa.string()),
        ("account", pa.string()),
        ("layout", pa.string()),
        ("controller_id", pa.string()),
        ("observed_at", TIMESTAMP),
        ("rows", pa.int64()),
        ("records", pa.int64()),
        ("rejected", pa.int64()),
        ("skipped", pa.map_(pa.string(), pa.int64())),
        ("consent_events", pa.int64()),
        ("coverage", pa.map_(pa.string(), pa.bool_())),
        ("settings", STRING_MAP),
        ("version", pa.string()),
    ],
)
TABLES: Final[Mapping[str, pa.Schema]] = {
    "source_records": SOURCE_RECORDS,
    "record_status": RECORD_STATUS,
    "owner_points": OWNER_POINTS,
    "contact_points": CONTACT_POINTS,
    "match_features": MATCH_FEATURES,
    "consent_events": CONSENT_EVENTS,
    "ledger_segments": LEDGER_SEGMENTS,
    "notices": NOTICES,
    "attestations": ATTESTATIONS,
    "tombstones": TOMBSTONES,
    "decisions": DECISIONS,
    "match_models": MATCH_MODELS,
    "links": LINKS,
    "members": MEMBERS,
    "identity_log": IDENTITY_LOG,
    "contacts": CONTACTS,
    "imports": IMPORTS,
    "rejects": REJECTS,
    "deliveries": DELIVERIES,
    "pulls": PULLS,
}
"""Every table of a vault."""

FORMER_COLUMNS: Final[Mapping[str, frozenset[str]]] = {"match_features": frozenset({"first_sound", "last_sound"})}
"""Columns that files of earlier schema versions may have beside those of their table; readers leave them out."""

DERIVED_TABLES: Final = frozenset({"contact_points", "match_features", "links", "members", "contacts"})
"""Rebuilt from the others; each snapshot replaces them. All other tables only grow."""
