"""A record given twice within one claim: its first row stands, every later one is refused by name.

The built-in importers keep the promise that a record id comes once; a plug-in may not, and a vault with two
current rows of one record would count and write to that person twice.
What the repeated row said about consent stays in the ledger: evidence is never dropped for an importer's mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.normalise import features as feature_kernel
from audiencevault.normalise import points as point_kernel
from audiencevault.pipeline.merging import register_staged, rows_of
from audiencevault.pipeline.staging import Staged, derived_rows
from audiencevault.records import REJECTS
from audiencevault.vault import Transaction

CODE = "repeated_record"
ROWS_AND_IDS = """
    SELECT import_id, count(*) AS held, count(DISTINCT record_id) AS ids FROM staged_records GROUP BY import_id
"""
REPEATED = """
    SELECT record_id FROM staged_records WHERE import_id = ? GROUP BY record_id HAVING count(*) > 1
"""


def refuse_repeats(engine: Engine, txn: Transaction, staged: Sequence[Staged], region: str | None) -> list[Staged]:
    """Reduce what was staged to the first row of every record of each claim; the claims that had more are returned.

    Needs `staged_records`, and registers it again where anything was taken out. `region` is the one that the claims
    were read with.
    """
    counted = engine.collect(ROWS_AND_IDS).to_pylist()
    suspects = {row["import_id"] for row in counted if row["held"] != row["ids"]}
    broken = [item for item in staged if item.import_id in suspects]
    for item in broken:
        _reduce(item, txn, engine.collect(REPEATED, [item.import_id]).column("record_id"), region)
    if broken:
        engine.drop("staged_records", "staged_events")
        register_staged(engine, staged)
    return broken


def _reduce(item: Staged, txn: Transaction, repeated: pa.ChunkedArray, region: str | None) -> None:
    seen: set[str] = set()
    with ExitStack() as stack:
        records = stack.enter_context(txn.stage("source_records"))
        derived = stack.enter_context(derived_rows(txn))
        for batch in rows_of(item.records.ref.files):
            doubtful = pc.is_in(batch.column("record_id"), value_set=repeated).to_pylist()
            keep: list[bool] = []
            for record_id, doubt in zip(batch.column("record_id").to_pylist(), doubtful, strict=True):
                keep.append(not doubt or record_id not in seen)
                if doubt:
                    seen.add(record_id)
            mask = pa.array(keep, pa.bool_())
            item.rejects.append(_refused(batch.filter(pc.invert(mask)), item))
            first = batch.filter(mask)
            if first.num_rows:
                found = point_kernel.contact_points(first, default_region=region)
                records.write(first)
                derived.points.write(found)
                derived.features.write(feature_kernel.match_features(first, found))
    item.records, item.points, item.features = records, derived.points.since(0), derived.features.since(0)


def _refused(batch: pa.RecordBatch, item: Staged) -> pa.RecordBatch:
    sentence = f"The importer of {item.claim.source} gives this record twice; only its first row is used."
    given = {"import_id": item.import_id, "column": None, "code": CODE, "sentence": sentence}
    columns = [
        pa.repeat(pa.scalar(given[field.name], field.type), batch.num_rows)
        if field.name in given
        else batch.column(field.name).cast(field.type)
        for field in REJECTS
    ]
    return pa.RecordBatch.from_arrays(columns, schema=REJECTS)
