"""Staged claims against what the vault holds: which observations are new, which are current, who is gone.

An observation is *current* when no later one of the same record exists; it is *unchanged*, and not stored
again, when it says the same as the one before it. A record is *gone* when an export that holds all of its
source no longer has it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from audiencevault.engine import Engine
from audiencevault.pipeline.staging import STAGED_FEATURES, STAGED_POINTS, Staged
from audiencevault.records import (
    CONSENT_EVENTS,
    CONTACT_POINTS,
    IMPORTS,
    MATCH_FEATURES,
    RECORD_STATUS,
    SOURCE_RECORDS,
)

_LINEAGE = frozenset({"import_id", "observed_at", "export_sha256", "member", "locator", "controller_id", "record_id"})
_CONTENT = [column for column in SOURCE_RECORDS if column.name not in _LINEAGE]

# Text of everything that an export says of a person: equal text, nothing new.
FINGERPRINT = (
    "md5(concat_ws(chr(31), " + ", ".join(f"coalesce(CAST({c.name} AS VARCHAR), chr(30))" for c in _CONTENT) + "))"
)

IMPORT_ORDER = """
    SELECT import_id, row_number() OVER (ORDER BY observed_at, "at", path, import_id) AS position
    FROM (SELECT import_id, observed_at, "at", path FROM old_imports
          UNION ALL SELECT import_id, observed_at, "at", path FROM staged_imports)
"""
VERSIONS = f"""
    SELECT v.record_id, v.import_id, v.is_new, v.fingerprint, o.position
    FROM (SELECT record_id, import_id, true AS is_new, {FINGERPRINT} AS fingerprint FROM staged_records
          UNION ALL
          SELECT record_id, import_id, false AS is_new, {FINGERPRINT} AS fingerprint FROM old_records
          WHERE record_id IN (SELECT record_id FROM staged_records)) v
    JOIN import_order o ON o.import_id = v.import_id
"""
NEW_KEYS = """
    SELECT record_id, import_id FROM (
        SELECT record_id, import_id, is_new, fingerprint,
               lag(fingerprint) OVER (PARTITION BY record_id ORDER BY position) AS before
        FROM versions)
    WHERE is_new AND (before IS NULL OR before <> fingerprint)
"""
NEW_RECORDS = """
    SELECT s.* FROM staged_records s JOIN new_keys k ON k.record_id = s.record_id AND k.import_id = s.import_id
    ORDER BY s.import_id, s.record_id
"""
CURRENT_KEYS = """
    SELECT record_id, import_id FROM (
        SELECT r.record_id, r.import_id,
               row_number() OVER (PARTITION BY r.record_id ORDER BY o.position DESC) AS latest
        FROM (SELECT record_id, import_id FROM old_records
              UNION ALL SELECT record_id, import_id FROM new_keys) r
        JOIN import_order o ON o.import_id = r.import_id)
    WHERE latest = 1
"""
CURRENT_RECORDS = """
    SELECT r.* FROM all_records r
    JOIN current_keys k ON k.record_id = r.record_id AND k.import_id = r.import_id
"""
REPLACED_IDS = """
    SELECT k.record_id FROM current_keys k
    WHERE k.import_id IN (SELECT import_id FROM staged_imports)
"""
GONE = """
    SELECT r.record_id, 'gone' AS status, c.observed_at AS as_of, c.import_id
    FROM source_records r
    JOIN coverage c ON c.source = r.source AND c.account = r.account AND c.controller_id = r.controller_id
    LEFT JOIN status_now n ON n.record_id = r.record_id
    LEFT JOIN staged_records s ON s.record_id = r.record_id AND s.import_id = c.import_id
    WHERE s.record_id IS NULL AND r.observed_at < c.observed_at AND coalesce(n.status, 'here') <> 'gone'
"""
RETURNED = """
    SELECT s.record_id, 'returned' AS status, max(s.observed_at) AS as_of, max(s.import_id) AS import_id
    FROM staged_records s JOIN status_now n ON n.record_id = s.record_id
    WHERE n.status = 'gone' AND s.observed_at > n.as_of
    GROUP BY s.record_id
"""
STATUS_NOW = """
    SELECT record_id, status, as_of FROM (
        SELECT record_id, status, as_of,
               row_number() OVER (PARTITION BY record_id ORDER BY as_of DESC, status) AS latest
        FROM old_status)
    WHERE latest = 1
"""
NEW_EVENTS = """
    SELECT e.* FROM (
        SELECT *, row_number() OVER (PARTITION BY event_id ORDER BY import_id, member, locator) AS copy
        FROM staged_events) e
    LEFT JOIN (SELECT event_id FROM old_events) o ON o.event_id = e.event_id
    WHERE e.copy = 1 AND o.event_id IS NULL
    ORDER BY e.import_id, e.event_id
"""


def _columns(schema: pa.Schema, prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{name}"' for name in schema.names)


def _combined(old: str, staged: str, schema: pa.Schema, order: str) -> str:
    return f"""
        SELECT {_columns(schema)} FROM {old} WHERE record_id NOT IN (SELECT record_id FROM replaced_ids)
        UNION ALL
        SELECT {_columns(schema, "s.")} FROM {staged} s
        JOIN current_keys k ON k.record_id = s.record_id AND k.import_id = s.import_id
        ORDER BY {order}
    """


def register_staged(engine: Engine, staged: Sequence[Staged]) -> None:
    """Make the files of `staged` readable as `staged_records`, `_points`, `_features`, `_events`."""
    for relation, schema in (
        ("records", SOURCE_RECORDS),
        ("points", STAGED_POINTS),
        ("features", STAGED_FEATURES),
        ("events", CONSENT_EVENTS),
    ):
        paths = [str(item.paths[relation]) for item in staged if relation in item.paths]
        engine.read(f"staged_{relation}", paths, schema)


def find_new(engine: Engine) -> str:
    """From `old_records`, `staged_records`, `old_imports` and `staged_imports` make `new_keys` and
    `current_keys`; return the query of the observations to append, in a fixed order."""
    engine.sql("import_order", IMPORT_ORDER)
    staged = engine.scalar("SELECT count(*) FROM staged_records")
    plain = staged == engine.scalar("SELECT count(DISTINCT record_id) FROM staged_records") and not engine.scalar(
        "SELECT count(*) FROM staged_records WHERE record_id IN (SELECT record_id FROM old_records)"
    )
    if plain:
        # Nobody was seen before: whole rows need no comparison, and the order of the exports is order enough.
        engine.sql("new_keys", "SELECT record_id, import_id FROM staged_records")
    else:
        engine.sql("versions", VERSIONS)
        engine.sql("new_keys", NEW_KEYS)
        engine.drop("versions")
    engine.sql("current_keys", CURRENT_KEYS)
    return "SELECT * FROM staged_records" if plain else NEW_RECORDS


def current_records(engine: Engine) -> None:
    """Make the view `source_records` of the current observations out of `all_records`."""
    superseded = engine.scalar("SELECT count(*) FROM all_records") != engine.scalar("SELECT count(*) FROM current_keys")
    engine.view("source_records", CURRENT_RECORDS if superseded else "SELECT * FROM all_records")


def current_points(engine: Engine) -> str:
    """The query of the current `contact_points`."""
    engine.sql("replaced_ids", REPLACED_IDS)
    return _combined("old_points", "staged_points", CONTACT_POINTS, "record_id, point_kind, point_key, raw, label")


def current_features(engine: Engine) -> str:
    """The query of the current `match_features`."""
    engine.sql("replaced_ids", REPLACED_IDS)
    return _combined("old_features", "staged_features", MATCH_FEATURES, "record_id")


def new_events(engine: Engine) -> str:
    """The query of the ledger rows that the ledger does not hold yet."""
    staged = engine.scalar("SELECT count(*) FROM staged_events")
    plain = staged == engine.scalar("SELECT count(DISTINCT event_id) FROM staged_events") and not engine.scalar(
        "SELECT count(*) FROM staged_events WHERE event_id IN (SELECT event_id FROM old_events)"
    )
    return "SELECT * FROM staged_events" if plain else NEW_EVENTS


def departures(engine: Engine) -> pa.Table:
    """New rows of `record_status`: who is gone from a complete export, who came back."""
    engine.sql("status_now", STATUS_NOW)
    gone = engine.collect(f"{GONE} ORDER BY record_id, import_id")
    back = engine.collect(f"{RETURNED} ORDER BY record_id")
    return pa.concat_tables([gone.cast(RECORD_STATUS), back.cast(RECORD_STATUS)])


def staged_imports(staged: Sequence[Staged], rows: Sequence[dict[str, object]]) -> pa.Table:
    """The `imports` rows of this run, in the order in which their observations count."""
    ordered = sorted(zip(staged, rows, strict=True), key=lambda pair: (pair[0].observed_at, pair[0].claim.path))
    return pa.Table.from_pylist([dict(row) for _, row in ordered], schema=IMPORTS)
