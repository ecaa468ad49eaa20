"""`identify --write-spec`: the guess about an unknown table is shown masked, kept as a spec, and can be corrected."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from audiencevault.vault import Vault
from tests.pipeline.running import av, av_json

GOLDENS = Path(__file__).parent.parent / "goldens" / "table.generic"
TABLE = (
    "Vorname;Nachname;E-Mail;Telefon;Newsletter;Abgemeldet am;Notiz\n"
    "Ida;Falk;ida@example.com;+1 202-555-0101;ja;;kennt Tom\n"
    "Tom;Berg;tom@example.com;+1 202-555-0102;nein;03.04.2025;\n"
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "Kunden-2026-10.csv"
    path.write_text(TABLE, "utf-8")
    return path


def test_the_guess_is_shown_without_showing_anybody(table: Path, tmp_path: Path) -> None:
    target = tmp_path / "own.toml"
    said = av("identify", table, "--write-spec", target).out
    assert "E-Mail: e-mail address (xxx@xxxxxxx.xxx)" in said
    assert "Vorname: first name (Xxx)" in said
    assert "Newsletter: consent (email) (xx, xxxx)" in said
    assert "Abgemeldet am: no longer wanted (email) (00.00.0000)" in said
    assert "Notiz: kept as it is (xxxxx Xxx)" in said
    told = said.replace(str(table), "") + target.read_text("utf-8")
    assert not re.search(r"ida|falk|berg|example|555|kennt", told, re.IGNORECASE)


def test_json_has_the_same(table: Path, tmp_path: Path) -> None:
    guess = av_json("identify", table, "--write-spec", tmp_path / "own.toml")["guess"]
    meanings = {column["header"]: column["meaning"] for column in guess["columns"]}
    assert meanings["Telefon"] == "phone number"
    assert meanings["Notiz"] is None


def records(vault: Path) -> list[dict[str, object]]:
    rows = Vault.open(vault).table("source_records").to_pylist()
    return [{key: value for key, value in row.items() if key != "import_id"} for row in rows]


@pytest.mark.parametrize("name", ["german-cp1252", "polish-pipe", "english-opt-out", "french-xlsx"])
def test_reading_with_the_spec_is_reading_with_the_guess(name: str, tmp_path: Path) -> None:
    (path,) = (path for path in (GOLDENS / name).iterdir() if path.name not in ("expected.json", "seen.toml"))
    spec = tmp_path / "own.toml"
    av("identify", path, "--write-spec", spec)
    av("import", path, "--vault", tmp_path / "guessed.vault", expect=None)
    (one,) = av_json("import", path, "--vault", tmp_path / "kept.vault", "--spec", spec, expect=None)["inputs"]
    assert one["source"] == "table.generic"
    assert one["records"] > 0
    assert records(tmp_path / "kept.vault") == records(tmp_path / "guessed.vault")


def test_a_corrected_spec_updates_the_same_people(table: Path, tmp_path: Path) -> None:
    spec, vault = tmp_path / "own.toml", tmp_path / "my.vault"
    av("identify", table, "--write-spec", spec)
    av("import", table, "--vault", vault)
    text = spec.read_text("utf-8")
    assert "[columns]\n" in text
    spec.write_text(text.replace("[columns]\n", '[columns]\ncompany = "Notiz"\n'), "utf-8")
    done = av_json("import", table, "--vault", vault, "--spec", spec)
    assert [one["status"] for one in done["inputs"]] == ["imported"]
    again = av_json("import", table, "--vault", vault, "--spec", spec)
    assert [one["status"] for one in again["inputs"]] == ["unchanged"]
    assert done["contacts"]["after"] == 2
    held = Vault.open(vault).table("source_records").to_pylist()
    assert len({row["record_id"] for row in held}) == 2
    assert "kennt Tom" in {row["company"] for row in held}


def test_another_table_of_the_folder_is_not_taken(table: Path, tmp_path: Path) -> None:
    spec = tmp_path / "own.toml"
    av("identify", table, "--write-spec", spec)
    other = tmp_path / "other.csv"
    other.write_text("E-Mail,Stadt\numa@example.com,Bonn\n", "utf-8")
    (seen,) = av_json("identify", other, "--spec", spec)["inputs"]
    assert seen["notes"]  # the guess says what it read; a spec does not


def test_what_cannot_be_a_spec_is_said(table: Path, tmp_path: Path) -> None:
    spec = tmp_path / "own.toml"
    spec.write_text("mine")
    assert "exists already" in av("identify", table, "--write-spec", spec, expect=2).err
    assert spec.read_text("utf-8") == "mine"
    av("identify", table, "--write-spec", spec, "--force")
    assert "[[points]]" in spec.read_text("utf-8")

    bare = tmp_path / "bare.txt"
    bare.write_text("ida@example.com\ntom@example.com\n")
    assert "have no names" in av("identify", bare, "--write-spec", tmp_path / "x.toml", expect=2).err
    assert "2 tables" in av("identify", table, bare, "--write-spec", tmp_path / "x.toml", expect=2).err
    golden = GOLDENS.parent / "kofi.transactions"
    known = next(path for path in golden.rglob("*.csv"))
    told = av("identify", known, "--write-spec", tmp_path / "x.toml", expect=2).err
    assert "Ko-fi" in told
    assert not (tmp_path / "x.toml").exists()
    assert "cannot be written" in av("identify", table, "--write-spec", tmp_path / "no" / "x.toml", expect=2).err
