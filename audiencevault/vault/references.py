"""What the tables of one snapshot promise each other: keys that are unique, and references that lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.vault.snapshot import Snapshot

KEYS: Final = (
    ("contacts", "contact_id"),
    ("members", "record_id"),
    ("match_features", "record_id"),
    ("consent_events", "event_id"),
    ("notices", "notice_id"),
    ("imports", "import_id"),
    ("attestations", "attestation_id"),
    ("decisions", "decision_id"),
)
"""(table, column) where no value may be null or come twice."""

REFERENCES: Final = (
    ("members", "record_id", "source_records", "record_id"),
    ("members", "contact_id", "contacts", "contact_id"),
    ("contacts", "contact_id", "members", "contact_id"),
    ("contact_points", "record_id", "source_records", "record_id"),
    ("match_features", "record_id", "source_records", "record_id"),
    ("links", "record_a", "source_records", "record_id"),
    ("links", "record_b", "source_records", "record_id"),
    ("source_records", "import_id", "imports", "import_id"),
    ("consent_events", "notice_id", "notices", "notice_id"),
    ("consent_events", "attestation_id", "attestations", "attestation_id"),
)
"""(table, column, table, column): every value of the first that is not null is one of the second's."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A promise that is not kept, and by how many values."""

    code: str
    table: str
    sentence: str


def problems(snapshot: Snapshot) -> Iterator[Problem]:
    """Every promise that the tables of `snapshot` do not keep. Reads id columns only, two at a time."""
    for table, column in KEYS:
        values = _values(snapshot, table, column)
        nulls = values.null_count
        repeated = len(values) - nulls - pc.count_distinct(values, mode="only_valid").as_py()
        if nulls or repeated:
            yield Problem(
                "repeated_key", table, f"{table}.{column} has {repeated} values that come again and {nulls} empty ones."
            )
    for table, column, other, key in REFERENCES:
        values = _values(snapshot, table, column)
        lost = _lost(values, _values(snapshot, other, key))
        if lost:
            yield Problem(
                "broken_reference", table, f"{lost} values of {table}.{column} lead to nothing in {other}.{key}."
            )


def _values(snapshot: Snapshot, table: str, column: str) -> pa.ChunkedArray:
    return snapshot.table(table, [column]).column(column)


def _lost(values: pa.ChunkedArray, known: pa.ChunkedArray) -> int:
    """How many distinct values are not among `known`."""
    if len(values) == values.null_count:
        return 0
    distinct = pc.unique(values).drop_null()
    return int(pc.sum(pc.invert(pc.is_in(distinct, value_set=known))).as_py())
