"""Points and match features once more from the current records, for `rebuild`."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from audiencevault.engine import Engine
from audiencevault.normalise import features as feature_kernel
from audiencevault.normalise import points as point_kernel
from audiencevault.records import CONTACT_POINTS, MATCH_FEATURES, SOURCE_RECORDS

# Each import has one region for numbers that do not say theirs; records keep only their import.
REGIONS = "SELECT DISTINCT coalesce(settings['region'], '') AS region FROM old_imports ORDER BY region"
RECORDS_OF_REGION = """
    SELECT r.* FROM source_records r JOIN old_imports i ON i.import_id = r.import_id
    WHERE coalesce(i.settings['region'], '') = ?
    ORDER BY r.record_id
"""


def stage_derived(engine: Engine, directory: Path) -> tuple[str, str]:
    """Normalise all of `source_records` into files in `directory`; return the queries of the current
    `contact_points` and `match_features`, sorted as an import sorts them."""
    points_path, features_path = directory / "rebuilt.points.parquet", directory / "rebuilt.features.parquet"
    regions = [row["region"] for row in engine.collect(REGIONS).to_pylist()]
    with (
        pq.ParquetWriter(points_path, CONTACT_POINTS, compression="snappy") as points_file,
        pq.ParquetWriter(features_path, MATCH_FEATURES, compression="snappy") as features_file,
    ):
        for region in regions:
            for batch in engine.stream(RECORDS_OF_REGION, [region]):
                records = pa.Table.from_batches([batch]).select(SOURCE_RECORDS.names).cast(SOURCE_RECORDS)
                for part in records.to_batches():
                    points = point_kernel.contact_points(part, default_region=region or None)
                    points_file.write_batch(points)
                    features_file.write_batch(feature_kernel.match_features(part, points))
    engine.read("rebuilt_points", [str(points_path)], CONTACT_POINTS)
    engine.read("rebuilt_features", [str(features_path)], MATCH_FEATURES)
    return (
        "SELECT * FROM rebuilt_points ORDER BY record_id, point_kind, point_key, raw, label",
        "SELECT * FROM rebuilt_features ORDER BY record_id",
    )
