"""The types that cross room walls (`rows`), and their Arrow schemas (`tables`).

Only Arrow tables with these schemas pass from one room to the next.
The dataclasses exist for the comfort of importer authors; `RecordBatcher` turns them into batches.

Words: a *source record* is one observation of one person in one export; a *contact point* is a kind and a
value (an e-mail address, a phone number, a platform account); a *consent event* is something said or done
about one contact point; a *reject* is a row that could not be used.

All times are UTC. `raw` values are exactly what the export holds, after text repair.
"""

from __future__ import annotations

from audiencevault.records.rows import (
    ConsentEvent,
    Extracted,
    OwnerPoint,
    Point,
    RecordBatcher,
    Reject,
    Row,
    SourceRecord,
    record_id,
)
from audiencevault.records.schema import BOOL_MAP, MONEY, SCHEMA_VERSION, STRING_MAP, STRINGS, TIMESTAMP
from audiencevault.records.sending import DELIVERIES, PULLS
from audiencevault.records.tables import (
    ATTESTATIONS,
    BURIED,
    CHANNELS,
    CONSENT_EVENTS,
    CONSENT_PERSONAL,
    CONTACT_POINTS,
    CONTACTS,
    DECISIONS,
    DERIVED_TABLES,
    EVENT_TYPES,
    EXTRACTED_EVENTS,
    FORMER_COLUMNS,
    IDENTITY_LOG,
    IMPORTS,
    LEDGER_SEGMENTS,
    LINKS,
    MATCH_FEATURES,
    MATCH_MODELS,
    MEMBERS,
    NEVER_AUDIENCE,
    NOTICES,
    OWNER_POINTS,
    POINT,
    POINT_KINDS,
    PRECISIONS,
    RECORD_STATUS,
    REJECTS,
    RELATIONSHIPS,
    SOURCE_RECORDS,
    TABLES,
    TOMBSTONES,
)

__all__ = [
    "ATTESTATIONS",
    "BOOL_MAP",
    "BURIED",
    "CHANNELS",
    "CONSENT_EVENTS",
    "CONSENT_PERSONAL",
    "CONTACTS",
    "CONTACT_POINTS",
    "DECISIONS",
    "DELIVERIES",
    "DERIVED_TABLES",
    "EVENT_TYPES",
    "EXTRACTED_EVENTS",
    "FORMER_COLUMNS",
    "IDENTITY_LOG",
    "IMPORTS",
    "LEDGER_SEGMENTS",
    "LINKS",
    "MATCH_FEATURES",
    "MATCH_MODELS",
    "MEMBERS",
    "MONEY",
    "NEVER_AUDIENCE",
    "NOTICES",
    "OWNER_POINTS",
    "POINT",
    "POINT_KINDS",
    "PRECISIONS",
    "PULLS",
    "RECORD_STATUS",
    "REJECTS",
    "RELATIONSHIPS",
    "SCHEMA_VERSION",
    "SOURCE_RECORDS",
    "STRINGS",
    "STRING_MAP",
    "TABLES",
    "TIMESTAMP",
    "TOMBSTONES",
    "ConsentEvent",
    "Extracted",
    "OwnerPoint",
    "Point",
    "RecordBatcher",
    "Reject",
    "Row",
    "SourceRecord",
    "record_id",
]
