"""What all Arrow schemas are made of: their version, their common types, and the name that each carries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pyarrow as pa

SCHEMA_VERSION: Final = 4
TIMESTAMP: Final = pa.timestamp("us", tz="UTC")
MONEY: Final = pa.decimal128(18, 4)
STRINGS: Final = pa.list_(pa.string())
STRING_MAP: Final = pa.map_(pa.string(), pa.string())
BOOL_MAP: Final = pa.map_(pa.string(), pa.bool_())


def schema(table: str, fields: Iterable[tuple[str, pa.DataType]]) -> pa.Schema:
    """The schema of `table`, which knows its name and version."""
    return pa.schema(
        [pa.field(name, kind) for name, kind in fields],
        metadata={"table": table, "schema_version": str(SCHEMA_VERSION)},
    )
