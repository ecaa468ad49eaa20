"""Points and match features once more from the current records, for `rebuild`."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.normalise import features as feature_kernel
from audiencevault.normalise import points as point_kernel
from audiencevault.pipeline.merging import rows_of
from audiencevault.pipeline.staging import derived_rows
from audiencevault.records import SOURCE_RECORDS
from audiencevault.vault import Snapshot, StagedRows, Transaction

# Each import has one region for numbers that do not say theirs; records keep only their import.
REGIONS = "SELECT import_id, settings['region'] AS region FROM old_imports"
CURRENT = "SELECT record_id || chr(31) || import_id AS observation FROM current_keys"


def stage_derived(engine: Engine, head: Snapshot, txn: Transaction) -> tuple[StagedRows, StagedRows]:
    """Normalise the current observations of `head` into rows beside those of `txn`: points and features, in the order
    of the records, as imports write them.
    """
    regions = {row["import_id"]: row["region"] for row in engine.collect(REGIONS).to_pylist()}
    with derived_rows(txn) as derived:
        for batch in _current(engine, head):
            for part in _runs(batch):
                region = regions.get(part.column("import_id")[0].as_py())
                points, rows = point_kernel.points_and_rows(part, default_region=region)
                derived.points.write(points)
                derived.features.write(feature_kernel.match_features(part, points, rows))
    return derived.points.staged, derived.features.staged


def _current(engine: Engine, head: Snapshot) -> Iterator[pa.RecordBatch]:
    files = head.tables["source_records"].files if "source_records" in head.tables else ()
    observations = engine.collect(CURRENT).column("observation")
    for batch in rows_of(files):
        rows = pa.Table.from_batches([batch]).select(SOURCE_RECORDS.names).cast(SOURCE_RECORDS).to_batches()[0]
        if len(observations) != head.rows("source_records"):
            said = pc.binary_join_element_wise(rows.column("record_id"), rows.column("import_id"), chr(31))
            rows = rows.filter(pc.is_in(said, value_set=observations))
        if rows.num_rows:
            yield rows


def _runs(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Pieces of `batch` whose rows come from one import each."""
    ends = pc.run_end_encode(batch.column("import_id")).run_ends.to_pylist()
    start = 0
    for end in ends:
        yield batch.slice(start, end - start)
        start = end
