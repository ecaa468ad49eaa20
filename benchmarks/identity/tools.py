"""The tools that are measured. Each is two functions: one loads it, which is not timed, and gives the other, which
takes the raw table and gives one cluster per row.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Clusters = dict[str, Any]
"""Name of a setting → one cluster per row. The first one is what was timed."""

Run = Callable[[pa.Table], Clusters | Callable[[], Clusters]]


FEW = pa.table({
    "record_id": ["1", "2", "3"], "full_name": ["Ida Falk", "Ida Falk", "Ada Ek"], "email": ["i@example.com", "I@example.com", None],
    "phone": ["+442079460000", None, "020 7946 0001"], "country": ["GB", "GB", "GB"], "address1": ["1 High St", None, "2 High St"],
})  # fmt: skip


def audiencevault() -> Run:
    """The public call with its defaults."""
    import audiencevault as package

    resolve = package.resolve
    resolve(FEW)  # the tables and modules that are read at first use belong to the start-up

    def run(table: pa.Table) -> Clusters | Callable[[], Clusters]:
        members = resolve(table).members
        return lambda: {"defaults": _of_members(table, members)}

    return run


def audiencevault_resolving(table: pa.Table, folder: Path) -> Run:
    """Its resolution alone, on match features that lie ready."""
    from datetime import UTC, datetime
    from tempfile import TemporaryDirectory

    from audiencevault import resolution
    from audiencevault.engine.duckdb import DuckDBEngine
    from audiencevault.pipeline import people_columns, people_features, people_tables

    taken = people_tables.assign(people_columns.plain(table), {}, guess=True)
    ids = people_features.record_ids(people_columns.plain(table).column(taken.roles["record_id"][0]), "record_id")
    features = people_features.features(people_columns.plain(table), ids, taken.roles, region=None)

    def run(rows: pa.Table) -> Clusters | Callable[[], Clusters]:
        with TemporaryDirectory() as folder, DuckDBEngine(temp_directory=Path(folder), memory_mb=1024) as engine:
            members = resolution.run(engine, features, at=datetime(2026, 1, 1, tzinfo=UTC), import_id="bench").members
        return lambda: {"defaults": _of_members(rows, members)}

    return run


def _of_members(table: pa.Table, members: pa.Table) -> Any:
    ids = table[next(name for name in ("record_id", "rec_id") if name in table.column_names)].cast(pa.string())
    place = pc.index_in(ids, value_set=members["record_id"].combine_chunks().cast(pa.string()))
    return members["contact_id"].take(place)


def email() -> Run:
    """Lower-cased e-mail equality."""
    from benchmarks.identity import baselines

    return lambda table: {"equal": baselines.by_email(table)}


def exact_keys() -> Run:
    """Seven capped exact keys."""
    from benchmarks.identity import baselines

    return lambda table: {"capped": baselines.by_exact_keys(table)}


def splink() -> Run:
    """Splink on DuckDB."""
    from benchmarks.identity import splink_peer

    return splink_peer.run


def splink_names() -> Run:
    """Splink on DuckDB, blocking on whole names as well."""
    from benchmarks.identity import splink_peer

    return lambda table: splink_peer.run(table, whole_names=True)


def dedupe(table: pa.Table, folder: Path) -> Run:
    """The dedupe library, with perfect labels."""
    from benchmarks.identity import dedupe_peer

    return lambda rows: dedupe_peer.run(rows, folder)


TOOLS: dict[str, Callable[..., Run]] = {
    "audiencevault": audiencevault,
    "audiencevault, resolving alone": audiencevault_resolving,
    "exact keys": exact_keys,
    "e-mail": email,
    "splink": splink,
    "splink, names too": splink_names,
    "dedupe": dedupe,
}

PEERS = ("splink", "splink, names too", "dedupe")
"""Tools that live in a virtual environment of their own."""


def codes(values: Any) -> Any:
    """Clusters of any type as numbers."""
    if isinstance(values, pa.ChunkedArray | pa.Array):
        whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        return np.asarray(whole.dictionary_encode().indices, dtype=np.int64)
    return np.asarray(values)
