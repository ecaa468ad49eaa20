"""The large inputs, made small: each is known for what it is, and every row is accounted for."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiencevault.export import open_exports
from audiencevault.sources import testing
from audiencevault.sources.importer import ImportContext, discover
from benchmarks import large_inputs

SHARE = 0.001
EXPECTED = {"tiktok": (1_200, 1_200), "instagram": (1_200, 1_200), "takeout": (2_000, 2_000), "orders": (5_000, 625)}
"""Rows and records of each."""


@pytest.mark.parametrize("name", large_inputs.INPUTS)
def test_a_large_input_is_what_it_is_called(name: str, tmp_path: Path) -> None:
    large_inputs.INPUTS[name](tmp_path, SHARE)
    assert open_exports([tmp_path])[1] == []
    result = testing.read([tmp_path], discover(), ImportContext())
    assert result.errors == ()
    (reading,) = result.readings
    assert reading.claim.source.split(".")[0] == {"takeout": "youtube", "orders": "shopify"}.get(name, name)
    assert testing.check_reading(reading) == []
    assert (reading.rows, reading.records.num_rows) == EXPECTED[name]


def test_the_figures_come_from_a_process_of_their_own(tmp_path: Path) -> None:
    figures = large_inputs.run("tiktok", SHARE, tmp_path)
    assert figures["rows"] == 1_200
    assert isinstance(figures["peak_mb"], int)
    assert [path.name for path in tmp_path.iterdir()] == ["large-tiktok-0.001"]
