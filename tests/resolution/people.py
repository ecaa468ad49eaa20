"""Synthetic match features by hand, and who became whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from audiencevault import resolution
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.records import DECISIONS, MATCH_FEATURES
from audiencevault.resolution import Resolution

AT = datetime(2026, 3, 1, tzinfo=UTC)
EMPTY: dict[str, Any] = {field.name: [] if pa.types.is_list(field.type) else None for field in MATCH_FEATURES}


def record(record_id: str, name: str = "", **values: Any) -> dict[str, Any]:
    """A row of MATCH_FEATURES; `name` is "First Last"; `email`, `phone`, `account`, `shared` are a text or a list."""
    first, _, last = name.rpartition(" ") if " " in name else (name, "", "")
    row = {
        **EMPTY, "record_id": record_id, "source": values.pop("source", "table.generic"), "first": first or None,
        "last": last or None, "display_name": name or None, "first_key": first.lower() or None,
        "last_key": last.lower() or None, "name_key": " ".join(sorted(name.lower().split())) or None,
    }  # fmt: skip
    for short, long in (
        ("email", "email_keys"),
        ("phone", "phone_keys"),
        ("account", "account_keys"),
        ("shared", "shared_keys"),
    ):
        value = values.pop(short, [])
        row[long] = [value] if isinstance(value, str) else list(value)
    for key, value in values.items():
        name_of_column = key if key in EMPTY else f"{key}_key"
        assert name_of_column in EMPTY
        row[name_of_column] = value
    return row


def table(rows: Iterable[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=MATCH_FEATURES)


def decisions(*rows: tuple[str, str, str]) -> pa.Table:
    """DECISIONS in the order given: (record, record, verdict)."""
    return pa.Table.from_pylist(
        [
            {
                "decision_id": f"d{number:03d}", "at": AT, "record_a": a, "record_b": b, "verdict": verdict,
                "decided_by": "test", "supersedes": None,
            }
            for number, (a, b, verdict) in enumerate(rows)
        ],
        schema=DECISIONS,
    )  # fmt: skip


def resolved(rows: Sequence[dict[str, Any]] | pa.Table, *, threads: int = 1, **options: Any) -> Resolution:
    features = rows if isinstance(rows, pa.Table) else table(rows)
    with DuckDBEngine(threads=threads) as engine:
        return resolution.run(engine, features, at=AT, import_id="import-1", **options)


def groups(resolution: Resolution) -> set[frozenset[str]]:
    """The record ids of each contact that has more than one."""
    return {group for group in everybody(resolution) if len(group) > 1}


def everybody(resolution: Resolution) -> set[frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in resolution.members.to_pylist():
        found[row["contact_id"]].add(row["record_id"])
    return {frozenset(group) for group in found.values()}


def merged(*rows: dict[str, Any], **options: Any) -> set[frozenset[str]]:
    return groups(resolved(list(rows), **options))


ALL = frozenset
