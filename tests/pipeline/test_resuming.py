"""Imports and decisions go on from what the run before left beside the vault, and find what a rebuild finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from audiencevault.pipeline import persons
from audiencevault.vault import Vault
from audiencevault.vault.layout import BESIDE
from tests.pipeline.running import av, av_json

IDENTITY = ("members", "links", "contacts")


@pytest.fixture
def resumed() -> Iterator[mock.Mock]:
    """Every vault is large enough; what `incremental.resume` is called for, and what it answers."""
    answers: list[bool] = []
    asked = persons.incremental.resume

    def resume(*values: object, **named: object) -> object:
        found = asked(*values, **named)
        answers.append(found is not None)
        return found

    with (
        mock.patch.object(persons, "FEWEST_TO_RESUME", 1),
        mock.patch.object(persons.incremental, "resume", side_effect=resume) as called,
    ):
        called.answers = answers
        yield called


def table(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["First name,Last name,Email,Phone", *rows, ""]))
    return path


def files_of(vault: Path) -> dict[str, list[str]]:
    manifest = Vault.open(vault).head().manifest
    return {name: [ref.name for ref in manifest.tables[name]] for name in IDENTITY}


def test_imports_and_decisions(story_vault: Path, tmp_path: Path, resumed: mock.Mock) -> None:
    av(
        "import",
        table(tmp_path / "a.csv", "Nerys,Quillfeather,nerys.quillfeather@example.org,"),
        "--vault",
        story_vault,
    )
    assert not resumed.called, "there was nothing to go on from"
    assert (story_vault / BESIDE / persons.TRACE / "of.json").is_file()
    known = Vault.open(story_vault).contacts().dropna(subset=["email", "last_name"]).iloc[3]
    again = f"{known.first_name},{known.last_name},{known.email.upper()},+1 202-555-0177"
    av("import", table(tmp_path / "b.csv", again, "Zed,Umbrell,zed@example.org,"), "--vault", story_vault)
    assert resumed.answers == [True]
    av("link", "zed@example.org", "nerys.quillfeather@example.org", "--vault", story_vault)
    assert resumed.answers == [True, True]
    linked = files_of(story_vault)
    number = Vault.open(story_vault).head().number
    av("rebuild", "--vault", story_vault)
    assert Vault.open(story_vault).head().number == number, "a rebuild finds something else"
    assert files_of(story_vault) == linked


def test_unlinking_gives_back_every_byte(story_vault: Path, tmp_path: Path, resumed: mock.Mock) -> None:
    rows = ("Nerys,Quillfeather,nerys.quillfeather@example.org,", "Zed,Umbrell,zed@example.org,")
    av("import", table(tmp_path / "a.csv", *rows), "--vault", story_vault)
    before = files_of(story_vault)
    av("link", "zed@example.org", "nerys.quillfeather@example.org", "--vault", story_vault)
    assert files_of(story_vault) != before
    av("unlink", "zed@example.org", "--vault", story_vault)
    assert resumed.answers == [True, True]
    assert files_of(story_vault) == before


def test_an_erasure_leaves_nothing_beside(story_vault: Path, tmp_path: Path, resumed: mock.Mock) -> None:
    rows = ("Nerys,Quillfeather,nerys.quillfeather@example.org,", "Zed,Umbrell,zed@example.org,")
    av("import", table(tmp_path / "a.csv", *rows), "--vault", story_vault)
    av("subject", "erase", "zed@example.org", "--yes", "--vault", story_vault)
    assert not (story_vault / BESIDE).exists()
    document = av_json("import", table(tmp_path / "b.csv", "Una,Falk,una@example.org,"), "--vault", story_vault)
    assert document["contacts"]["after"] == document["contacts"]["before"] + 1
    assert not resumed.called


def test_a_rehearsal_keeps_what_is_there(story_vault: Path, tmp_path: Path, resumed: mock.Mock) -> None:
    av("import", table(tmp_path / "a.csv", "Zed,Umbrell,zed@example.org,"), "--vault", story_vault)
    kept = (story_vault / BESIDE / persons.TRACE / "trace.json").read_bytes()
    av("import", table(tmp_path / "b.csv", "Una,Falk,una@example.org,"), "--vault", story_vault, "--dry-run")
    assert resumed.answers == [True]
    assert (story_vault / BESIDE / persons.TRACE / "trace.json").read_bytes() == kept


def test_a_new_version_looks_at_everybody_once(story_vault: Path, tmp_path: Path, resumed: mock.Mock) -> None:
    with mock.patch("audiencevault.cli.importing.__version__", "99.0"):
        av("import", table(tmp_path / "a.csv", "Zed,Umbrell,zed@example.org,"), "--vault", story_vault)
        assert not resumed.called
        av("import", table(tmp_path / "b.csv", "Una,Falk,una@example.org,"), "--vault", story_vault)
    assert resumed.answers == [True]
