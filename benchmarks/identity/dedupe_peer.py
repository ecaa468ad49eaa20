"""The dedupe library. It learns from labels, so it is given perfect ones for the 300 pairs that it finds most uncertain:
the work of an afternoon, and without a mistake, which no user would manage.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import dedupe
import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.identity.cleaning import clean

LABELS = 300


def _content(row: Any) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)) for name, value in row.items() if value is not None))


def run(table: pa.Table, folder: Path) -> dict[str, Any]:
    """Clean as for Splink, ask for labels, train, partition."""
    person = pq.read_table(folder / "truth.parquet", columns=["person_id"])["person_id"].to_numpy()
    with duckdb.connect() as connection:
        connection.register("raw", table)
        names = sorted(clean(connection, table))
        rows = connection.sql(f"SELECT {', '.join(names)} FROM people ORDER BY unique_id").to_arrow_table().to_pylist()
    random.seed(1)
    np.random.seed(1)
    data = dict(enumerate(rows))
    deduper = dedupe.Dedupe([dedupe.variables.String(name, has_missing=True) for name in names], num_cores=2)
    deduper.prepare_training(data, sample_size=min(1_500, len(data)))
    owners = {_content(row): int(person[at]) for at, row in data.items()}
    for _ in range(LABELS):
        for one, two in deduper.uncertain_pairs():
            kind = "match" if owners[_content(one)] == owners[_content(two)] else "distinct"
            deduper.mark_pairs({"match": [], "distinct": []} | {kind: [(one, two)]})
    deduper.train(recall=0.95)
    clusters = np.arange(len(data)) + len(data)
    for number, (members, _) in enumerate(deduper.partition(data, 0.5)):
        clusters[list(members)] = number
    return {"0.5": clusters}
