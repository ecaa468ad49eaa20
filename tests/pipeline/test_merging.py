"""Rows of a vault's files, as an import carries them on."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audiencevault.pipeline.merging import rows_of


@pytest.mark.parametrize(("table", "kept"), [("match_features", ["record_id"]), ("links", ["record_id", "last_sound"])])
def test_columns_that_a_table_has_no_longer_are_not_read(tmp_path: Path, table: str, kept: list[str]) -> None:
    held = pa.table({"record_id": ["r1", "r2"], "last_sound": ["flk", None]}).replace_schema_metadata({"table": table})
    pq.write_table(held, tmp_path / "old.parquet")
    [batch] = rows_of([tmp_path / "old.parquet"], "record_id", pa.chunked_array([["r1"]]))
    assert batch.schema.names == kept
    assert batch.column("record_id").to_pylist() == ["r1"]
