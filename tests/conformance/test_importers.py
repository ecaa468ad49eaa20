"""Every importer that is found, on every golden that is found: nobody lists them."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiencevault.export import open_exports
from audiencevault.sources import testing
from audiencevault.sources.importer import Importer, discover

GOLDENS = Path(__file__).parent.parent / "goldens"
FOUND = testing.find(GOLDENS)
NAMES = [f"{path.parent.name}/{path.name}" for path in FOUND]


@pytest.fixture(scope="module")
def importers() -> tuple[Importer, ...]:
    return discover()


golden = pytest.mark.parametrize("golden", FOUND, ids=NAMES)


def test_every_importer_that_reads_a_platform_has_a_golden(importers: tuple[Importer, ...]) -> None:
    covered = {path.parent.name for path in FOUND}
    assert {importer.source for importer in importers} <= covered


def test_importers_say_what_they_are(importers: tuple[Importer, ...]) -> None:
    assert importers
    assert len({importer.source for importer in importers}) == len(importers)
    for importer in importers:
        assert isinstance(importer, Importer)
        assert importer.title.strip()


@golden
def test_result_is_the_agreed_one(golden: Path, importers: tuple[Importer, ...], rewrite_goldens: bool) -> None:
    if rewrite_goldens:
        testing.generate(golden, importers, force=True)
    assert testing.compare(golden, importers) == []


@golden
def test_promises_are_kept(golden: Path, importers: tuple[Importer, ...]) -> None:
    assert testing.check(golden, importers) == []


@golden
def test_nobody_else_claims_it(golden: Path, importers: tuple[Importer, ...]) -> None:
    exports, errors = open_exports(testing.inputs(golden))
    assert errors == []
    for importer in importers:
        claims = [claim for export in exports for claim in importer.identify(export)]
        if importer.source == golden.parent.name:
            assert claims
        elif not importer.fallback:
            assert claims == [], importer.source


@golden
def test_no_damage_gets_past_the_error_tree(golden: Path, importers: tuple[Importer, ...], tmp_path: Path) -> None:
    broken: list[str] = []
    for copy in testing.copies(golden, tmp_path):
        broken += testing.check_copy(golden, copy, importers)
    assert broken == []


@golden
def test_nothing_is_claimed_of_an_export_of_something_else(
    golden: Path, importers: tuple[Importer, ...], tmp_path: Path
) -> None:
    """The same file names with other content must neither be claimed wrongly nor break anything."""
    for path in (path for base in testing.inputs(golden) for path in ([base] if base.is_file() else base.rglob("*"))):
        if path.is_file():
            (tmp_path / path.name).write_bytes(b"\x89PNG\r\n\x1a\n\x00not what the name says")
    result = testing.read([tmp_path], importers, testing.context(golden))
    assert sum(reading.records.num_rows for reading in result.readings) == 0
