"""The large inputs, made small: each is known for what it is, and every row is accounted for."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from audiencevault.export import open_exports
from audiencevault.sources import testing
from audiencevault.sources.importer import ImportContext, discover
from benchmarks import large_exports, large_inputs

EXPECTED = {
    "orders": {"shopify.orders": (1_200, 120)},
    "instagram": {"instagram": (1_200, 1_200)},
    "instagram-html": {"instagram": (1_200, 1_200)},
    "tiktok": {"tiktok": (1_200, 1_200)},
    "takeout": {"google.contacts": (240, 240), "vcard.contacts": (840, 840), "youtube.subscriptions": (120, 120)},
    "whatsapp": {"whatsapp": (2, 1)},
    "telegram": {"telegram": (200, 200)},
    "messenger": {"facebook": (2, 1)},
    "customers": {"shopify.customers": (1_200, 1_200)},
    "vcards": {"vcard.contacts": (1_200, 1_200)},
}
"""Rows that the importers count, and records, of 1,200 rows of each input: chats are told by their people."""


def content(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".zip"
    }


@pytest.mark.parametrize("name", large_exports.INPUTS)
def test_a_large_input_is_what_it_is_called(name: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        large_exports.INPUTS[name].write(folder, 1_200)
    assert content(first) == content(second)
    assert open_exports([first])[1] == []
    result = testing.read([first], discover(), ImportContext())
    assert result.errors == ()
    found = {}
    for reading in result.readings:
        assert testing.check_reading(reading) == []
        found[reading.claim.source] = (reading.rows, reading.records.num_rows)
    assert found == EXPECTED[name]


def test_the_figures_come_from_a_process_of_their_own(tmp_path: Path) -> None:
    figures = large_inputs.run("tiktok", 1_200, tmp_path)
    assert (figures.rows, figures.contacts) == (1_200, 1_200)
    # Another program's memory and time, not this one's.
    assert 50_000_000 < figures.peak < 1_000_000_000
    assert figures.cpu_seconds > 0
    assert [path.name for path in tmp_path.iterdir()] == ["large-tiktok-1200"]
    assert figures.line().count("|") == large_inputs.HEADER.splitlines()[0].count("|")
