"""A small engine with the relations that reach reads, and the lists of its channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from audiencevault.destinations import held_back
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.reach import Listed, slim
from audiencevault.records import CONTACTS, MEMBERS, SOURCE_RECORDS

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
GONE = pa.schema([("record_id", pa.string())])


def person(name: str, *records: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """A contact `name` with its source records; `fields` are columns of the contact."""
    return {"contact_id": name, "records": list(records), "display_name": name.title(), "accounts": [], **fields}


def record(source: str, relationship: str, **fields: Any) -> dict[str, Any]:
    """A record of a source, `gone=True` where a newer export no longer holds it."""
    return {"source": source, "relationship": relationship, **fields}


@contextmanager
def world(people: Sequence[Mapping[str, Any]]) -> Iterator[DuckDBEngine]:
    """An engine that holds these people."""
    contacts, members, records, gone = [], [], [], []
    for one in people:
        contacts.append({**{k: v for k, v in one.items() if k != "records"}, "relationships": []})
        for number, item in enumerate(one["records"]):
            record_id = f"{one['contact_id']}-{number}"
            members.append({"record_id": record_id, "contact_id": one["contact_id"]})
            records.append({"record_id": record_id, **{k: v for k, v in item.items() if k != "gone"}})
            if item.get("gone"):
                gone.append({"record_id": record_id})
    with DuckDBEngine() as engine:
        engine.read("contacts", pa.Table.from_pylist(contacts, CONTACTS))
        engine.read("members", pa.Table.from_pylist(members, MEMBERS))
        engine.read("source_records", pa.Table.from_pylist(records, SOURCE_RECORDS))
        engine.read("gone_records", pa.Table.from_pylist(gone, GONE))
        yield engine


def money(amount: str) -> Decimal:
    """An amount as the vault keeps it."""
    return Decimal(amount).quantize(Decimal("0.0001"))


def listed(
    channel: str,
    reached: Sequence[str],
    held: Mapping[str, str] | None = None,
    *,
    remedies: Mapping[str, str] | None = None,
    sources: Mapping[str, str] | None = None,
    sentences: Mapping[str, str] | None = None,
) -> Listed:
    """The export of a channel: who is in it, and the reason of everybody else."""
    rows = [
        {
            **dict.fromkeys(column.field for column in held_back.COLUMNS),
            "contact_id": name,
            "channel": channel,
            "reason": reason,
            "sentence": (sentences or {}).get(name, "Because."),
            "remedy": (remedies or {}).get(name, ""),
            "source": (sources or {}).get(name),
        }
        for name, reason in sorted((held or {}).items())
    ]
    schema = pa.schema(
        [
            (column.field, pa.timestamp("us", tz="UTC") if column.field == "since" else pa.string())
            for column in held_back.COLUMNS
        ]
    )
    bases = {"OK_CONSENT": len(reached)} if reached else {}
    return Listed(
        channel, "csv", pa.array(sorted(reached), pa.string()), bases, slim(pa.Table.from_pylist(rows, schema))
    )
