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
    """Every promise that the tables of `snapshot` do not keep. Reads id columns only."""
    columns = {(table, column) for table, column in KEYS}
    columns |= {pair for table, column, other, key in REFERENCES for pair in ((table, column), (other, key))}
    distinct: dict[tuple[str, str], pa.Array] = {}
    for table, column in sorted(columns):
        values = snapshot.table(table, [column]).column(column)
        distinct[table, column] = found = pc.unique(values).drop_null()
        nulls = values.null_count
        repeated = len(values) - nulls - len(found)
        if (table, column) in KEYS and (nulls or repeated):
            yield Problem(
                "repeated_key",
                table,
                f"{table}.{column} is a key, but {repeated} values come again and {nulls} are empty.",
            )
    for table, column, other, key in REFERENCES:
        if len(distinct[table, column]) == 0:
            continue
        known = pc.is_in(distinct[table, column], value_set=distinct[other, key])
        lost = len(known) - known.true_count
        if lost:
            yield Problem(
                "broken_reference", table, f"{table}.{column} has {lost} values that {other}.{key} does not have."
            )
