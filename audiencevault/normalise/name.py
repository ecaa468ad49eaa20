"""Names: case, scripts, particles, honorifics, comparison forms."""

from __future__ import annotations

import pyarrow as pa

from audiencevault.normalise.address import plain_key
from audiencevault.normalise.columns import batch, column, strings, visible

PARTS = ("name_prefix", "full_name", "first_name", "middle_name", "last_name", "name_suffix", "nickname")


def normalise(table: pa.RecordBatch | pa.Table) -> pa.RecordBatch:
    """Names of a batch: first, last, display_name and comparison keys."""
    def given(name: str) -> list[str | None]:
        return strings(table.column(name)).to_pylist() if name in table.schema.names else [None] * table.num_rows
    rows = []
    for full, first, last in zip(given("full_name"), given("first_name"), given("last_name"), strict=True):
        first, last = visible(first or ""), visible(last or "")
        if not (first or last) and full:
            first, _, last = visible(full).rpartition(" ")
            if not first:
                first, last = last, ""
        tokens = sorted([*plain_key(first).split(), *plain_key(last).split()])
        rows.append((first or None, last or None, f"{first} {last}".strip() or None, plain_key(first) or None, plain_key(last) or None, " ".join(tokens) or None))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    return batch({
        **{name: column(values) for name, values in zip(("first", "last", "display_name", "first_key", "last_key", "name_key"), columns, strict=True)},
        "nick_key": pa.nulls(len(rows), pa.string()), "flags": pa.array([[]] * len(rows), pa.list_(pa.string())),
    })
