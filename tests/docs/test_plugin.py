"""The importer of docs/how-to/add-an-importer.md, taken from the page, installed through an entry point, and used."""

from __future__ import annotations

import importlib
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from audiencevault.sources import importer as importers
from audiencevault.sources import testing
from tests.pipeline.running import av, av_json

PAGE = Path(__file__).parent.parent.parent / "docs" / "how-to" / "add-an-importer.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EntryPoint]:
    """The package of the page, as an installer would leave it: a module that can be imported and an entry point."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "stall_importer.py").write_text(blocks("python")[0], "utf-8")
    monkeypatch.syspath_prepend(tmp_path / "site")
    groups = tomllib.loads(blocks("toml")[0])["project"]["entry-points"]
    assert list(groups) == [importers.ENTRY_POINT_GROUP]
    ((name, value),) = groups[importers.ENTRY_POINT_GROUP].items()
    entry = EntryPoint(name, value, importers.ENTRY_POINT_GROUP)
    monkeypatch.setattr(importers, "entry_points", lambda group: [entry] if group == entry.group else [])
    importlib.invalidate_caches()
    yield entry
    sys.modules.pop("stall_importer", None)


@pytest.fixture
def guests(tmp_path: Path) -> Path:
    path = tmp_path / "guests.jsonl"
    path.write_text(blocks("json")[0], "utf-8")
    return path


def test_the_plug_in_is_discovered_among_the_others(plugin: EntryPoint) -> None:
    found = {item.source: item for item in importers.discover()}
    assert found["stall"].title == "Stall guest book"
    assert {"instagram", "shopify.customers"} <= set(found)


def test_without_it_nobody_knows_the_file(guests: Path) -> None:
    assert [item["source"] for item in av_json("identify", guests, expect=4)["inputs"]] == [None]


def test_a_file_is_identified_and_imported_with_it(plugin: EntryPoint, guests: Path, tmp_path: Path) -> None:
    (seen,) = av_json("identify", guests)["inputs"]
    assert (seen["source"], seen["layout"], seen["present"]) == ("stall", "2026", ["guests"])

    vault = tmp_path / "my.vault"
    done = av_json("import", guests, "--vault", vault, expect=3)
    assert done["contacts"]["after"] == 2
    (one,) = done["inputs"]
    assert (one["rows"], one["records"], one["rejected_by"]) == (3, 2, {"broken_line": 1})
    assert "line 3" in av("status", "--vault", vault, "--rejects").out

    ida = av_json("consent", "ida@example.com", "--vault", vault)
    tom = av_json("consent", "tom@example.com", "--vault", vault)
    assert [(event["event_type"], event["locator"]) for event in ida["events"]] == [("granted", "line 1")]
    assert ida["events"][0]["occurred_at"].startswith("2026-11-01T09:30:00")
    assert [event["event_type"] for event in tom["events"]] == ["relationship"]
    assert {answer["mailable"] for answer in tom["consent"]} == {False}

    again = av_json("import", guests, "--vault", vault)
    assert [item["status"] for item in again["inputs"]] == ["unchanged"]
    assert again["contacts"]["after"] == 2


def test_the_promises_are_kept_as_the_page_says(
    plugin: EntryPoint, guests: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "goldens" / "stall" / "2026"
    folder.mkdir(parents=True)
    guests.rename(folder / "guests.jsonl")
    (folder / "seen.toml").write_text('where = "the till itself"\nwhen = "2026"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    exec(compile(blocks("python")[1], str(PAGE), "exec"), scope)
    exec(compile(blocks("python")[2], str(PAGE), "exec"), scope)
    broken = [sentence for copy in testing.copies(folder, tmp_path / "copies")
              for sentence in testing.check_copy(folder, copy, importers.discover())]  # fmt: skip
    assert broken == []
