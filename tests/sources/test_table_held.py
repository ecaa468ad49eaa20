"""Rows that wait for the end of their table: in memory or in a file, they tell the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.export import open_exports
from audiencevault.sources import table_held, table_reader
from audiencevault.sources.importer import ImportContext, discover, identify
from audiencevault.sources.table_held import HeldRows, Met
from audiencevault.sources.testing import Reading, check_reading, extract
from benchmarks import large_exports


def reading(root: Path, scratch: Path) -> Reading:
    exports, errors = open_exports([root])
    assert errors == []
    (claim,) = identify(exports, discover())
    found = extract(claim, ImportContext(scratch=scratch))
    assert check_reading(found) == []
    return found


def told(found: Reading) -> tuple[object, ...]:
    records = sorted(found.records.to_pylist(), key=lambda row: str(row["record_id"]))
    events = sorted(found.events.to_pylist(), key=lambda row: (str(row["locator"]), str(row["raw"]), str(row)))
    return records, events, found.rows, found.skipped


@pytest.mark.parametrize("many", [1, 250])
def test_a_file_tells_what_memory_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    export, scratch = tmp_path / "export", tmp_path / "scratch"
    export.mkdir()
    scratch.mkdir()
    large_exports.orders(export, 1_000)
    monkeypatch.setattr(table_reader, "CHUNK", 131_072)
    at_once = reading(export, scratch)
    monkeypatch.setattr(table_held, "MANY", many)
    in_groups = reading(export, scratch)
    assert told(in_groups) == told(at_once)
    # More groups than one: the order is another, and the same every time.
    ids = in_groups.records.column("record_id")
    assert ids != at_once.records.column("record_id")
    assert ids == reading(export, scratch).records.column("record_id")
    assert list(scratch.iterdir()) == []


def test_the_file_has_no_name(tmp_path: Path) -> None:
    batch = pa.record_batch({"mail": ["ida@example.com", "bo@example.com", "ida@example.com"], "row": [1, 2, 3]})
    with HeldRows(tmp_path, many=1) as held:
        held.add(batch, batch.column("mail"))
        held.add(batch.slice(0, 1), batch.column("mail").slice(0, 1))
        assert list(tmp_path.iterdir()) == []
        found = [[row for part in group for row in part.column("row").to_pylist()] for group in held.groups()]
        assert sorted(found) == [[1, 3, 1], [2]]
        again = [[row for part in group for row in part.column("row").to_pylist()] for group in held.groups()]
        assert again == found


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=12), max_size=12))
def test_first_means_first(parts: list[list[str]]) -> None:
    met, known = Met(), set[str]()
    for part in parts:
        expected = []
        for value in part:
            expected.append(value not in known)
            known.add(value)
        assert np.array_equal(met.first(pa.array(part, pa.string())), np.array(expected, bool))
