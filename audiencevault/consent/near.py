"""The part of a vault that decides about some people: enough of it that the fold gives them the same answers.

Asking about one person must not cost as much as asking about everybody. What can reach somebody's contact points
is what was said about them in any spelling, what came with the records of that person, and what came with other
records that hold one of the points; `near` makes relations of just that, for `audiencevault.consent.fold(among=…)`.
"""

from __future__ import annotations

from typing import Final

from audiencevault.engine import Engine

PREFIX: Final = "near__"
RELATIONS: Final = ("consent_events", "members", "contact_points", "source_records", "match_features")
"""What is made smaller; attestations and tombstones are read whole."""

_COLUMNS: Final = {
    "members": ("record_id", "contact_id"),
    "contact_points": (
        "record_id", "point_kind", "raw", "point", "point_key", "valid", "flags", "country", "country_from", "readings",
    ),
    "source_records": ("record_id", "country", "relationship"),
    "match_features": ("record_id", "country"),
    "consent_events": (
        "event_id", "recorded_at", "snapshot_at", "occurred_at", "occurred_precision", "point_kind", "point",
        "point_key", "record_id", "source", "account", "channel", "purpose", "controller_id", "event_type", "state",
        "detail", "legal_basis", "opt_in_level", "actor", "evidence_grade", "conditions", "valid_until",
        "voids_event_id",
    ),
}  # fmt: skip
"""What the fold reads of each."""

_MINE: Final = "SELECT m.record_id FROM members m JOIN near__people p ON p.contact_id = m.contact_id"
_KEYS: Final = """
    WITH own AS (
        SELECT DISTINCT p.point_kind, p.point_key, p.point FROM contact_points p
        JOIN near__mine m ON m.record_id = p.record_id WHERE p.point_key IS NOT NULL
    ), told AS (
        SELECT DISTINCT point_kind, point_key, unnest(readings) AS reading FROM contact_points
        WHERE point_key IS NOT NULL AND len(readings) > 0
    )
    SELECT point_kind, point_key FROM own
    UNION
    SELECT t.point_kind, t.reading FROM told t
    JOIN own o ON o.point_kind = t.point_kind AND o.point_key = t.point_key
    UNION
    SELECT t.point_kind, t.point_key FROM told t JOIN own o ON o.point_kind = t.point_kind AND o.point_key = t.reading
"""
_RECORDS: Final = """
    SELECT record_id FROM near__mine
    UNION
    SELECT p.record_id FROM contact_points p
    JOIN near__keys k ON k.point_kind = p.point_kind AND k.point_key = p.point_key
"""
_HELD: Final = "SELECT {columns} FROM {table} t JOIN near__records r ON r.record_id = t.record_id"
_EVENTS: Final = """
    SELECT {columns} FROM consent_events t
    LEFT JOIN near__records r ON r.record_id = t.record_id
    LEFT JOIN near__keys k ON k.point_kind = t.point_kind AND k.point_key = t.point_key
    WHERE r.record_id IS NOT NULL OR k.point_key IS NOT NULL OR t.voids_event_id IS NOT NULL
        OR (t.point IS NULL AND (t.point_key LIKE 'sha256:%' OR t.point_key LIKE 'md5:%'))
"""


def near(engine: Engine, people: str) -> None:
    """Make the relations for the contacts that the query `people` names by `contact_id`, and `near__people`."""
    engine.sql("near__people", people)
    engine.sql("near__mine", _MINE)
    engine.sql("near__keys", _KEYS)
    engine.sql("near__records", _RECORDS)
    for table in RELATIONS:
        columns = ", ".join(f"t.{name}" for name in _COLUMNS[table])
        query = _EVENTS if table == "consent_events" else _HELD
        engine.sql(PREFIX + table, query.format(table=table, columns=columns))
    engine.drop("near__mine", "near__keys", "near__records")


def forget(engine: Engine) -> None:
    """Drop what `near` made."""
    engine.drop("near__people", *(PREFIX + table for table in RELATIONS))
