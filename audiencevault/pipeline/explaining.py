"""Why the records of one person are one, or why two people are two: the question asked of a vault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from audiencevault import resolution
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.pipeline.asking import relations
from audiencevault.pipeline.finding import Found, find
from audiencevault.records import DECISIONS, LINKS, MATCH_FEATURES, MEMBERS
from audiencevault.resolution import comparing
from audiencevault.vault import Vault

TOUCHED = "SELECT m.record_id, m.contact_id FROM members m WHERE m.contact_id IN (?, ?) ORDER BY m.record_id"
LINKS_OF = """
    SELECT l.* FROM links l JOIN touched a ON a.record_id = l.record_a JOIN touched b ON b.record_id = l.record_b
    ORDER BY l.record_a, l.record_b
"""
FEATURES_OF = "SELECT f.* FROM match_features f JOIN touched t ON t.record_id = f.record_id ORDER BY f.record_id"


HELD_POINTS = """
    SELECT w.value, count(DISTINCT p.record_id) AS records FROM wanted_values w
    JOIN contact_points p ON p.point_key = w.value AND p.point_kind = w.comparison WHERE w.comparison = '{comparison}'
    GROUP BY w.value
"""
HELD_VALUES = """
    SELECT w.value, count(*) AS records FROM wanted_values w
    JOIN match_features f ON f.{column} = w.value WHERE w.comparison = '{comparison}' GROUP BY w.value
"""


def explain(vault: Vault, text: str, other: str | None = None) -> dict[str, Any]:
    """Why the records of one person are one, or why two people are two: sentences, links, comparisons, decisions.

    `text` and `other` name a contact, or a record of one; see `finding.find`. Raises `UsageError` where nobody or
    several people match.
    """
    region = vault.settings.region
    with relations(vault.head()) as engine:
        one = find(engine, text, region)
        two = find(engine, other, region) if other else None
        links, features, members = evidence_of(engine, one.contact_id, two.contact_id if two else one.contact_id)
        decisions = vault.table("decisions").cast(DECISIONS)
        names = _names(one, two)
        answer = resolution.explain(links, members, features, *names, decisions=decisions)
        shown: list[dict[str, Any]] = [row for link in answer.evidence for row in link["comparisons"]]
        speaks_for, speaks_against = (
            [dict(row) for row in rows] for rows in (answer.speaks_for, answer.speaks_against)
        )
        _count_holders(engine, [*shown, *speaks_for, *speaks_against])
    return {
        "contact_ids": list(dict.fromkeys(found.contact_id for found in (one, two) if found)),
        "same": answer.same,
        "reason": answer.reason,
        "sentences": list(answer.sentences),
        "records": [dict(row) for row in answer.records],
        "evidence": [dict(row) for row in answer.evidence],
        "speaks_for": speaks_for,
        "speaks_against": speaks_against,
        "decisions": [dict(row) for row in answer.decisions],
        "compared": [dict(row) for row in answer.compared],
    }


def _count_holders(engine: DuckDBEngine, rows: Sequence[dict[str, Any]]) -> None:
    """Add to each comparison how many records of the vault hold the value on which it agrees: `held_by`, or None."""
    columns = {key: column for key, (column, _) in {**comparing.VALUES, **comparing.NAMES}.items()}
    asked = []
    for row in rows:
        row["held_by"] = None
        if row["level"] == "same" and row["key"] and row["comparison"] in {*columns, *comparing.POINTS}:
            asked.append({"comparison": row["comparison"], "value": row["key"]})
    schema = pa.schema([("comparison", pa.string()), ("value", pa.string())])
    wanted = [dict(item) for item in sorted({tuple(sorted(item.items())) for item in asked})]
    engine.read("wanted_values", pa.Table.from_pylist(wanted, schema=schema))
    held: dict[tuple[str, str], int] = {}
    for comparison in sorted({item["comparison"] for item in wanted}):
        statement = HELD_POINTS if comparison in ("email", "phone", "account") else HELD_VALUES
        if comparison in columns or statement is HELD_POINTS:
            query = statement.format(comparison=comparison, column=columns.get(comparison, ""))
            held.update(((comparison, row["value"]), row["records"]) for row in engine.collect(query).to_pylist())
    engine.drop("wanted_values")
    for row in rows:
        row["held_by"] = held.get((row["comparison"], row["key"]))


def evidence_of(engine: DuckDBEngine, one: str, two: str) -> tuple[pa.Table, pa.Table, pa.Table]:
    """The links among the records of two contacts, their features, and who holds which."""
    members = engine.collect(TOUCHED, [one, two]).cast(MEMBERS)
    engine.read("touched", members)
    links = engine.collect(LINKS_OF).select(LINKS.names)
    features = engine.collect(FEATURES_OF)
    engine.drop("touched")
    return links, features.select([name for name in MATCH_FEATURES.names if name in features.column_names]), members


def _names(one: Found, two: Found | None) -> tuple[str, str | None]:
    """What is asked about: contacts, or single records where one was named, or where both are in one contact."""
    if two is None or two.contact_id != one.contact_id:
        return _name(one), _name(two) if two else None
    left = [record for record in one.records if record not in two.records] or list(one.records)
    right = [record for record in two.records if record not in left] or list(two.records)
    return left[0], right[0]


def _name(found: Found) -> str:
    return found.records[0] if found.exact else found.contact_id
