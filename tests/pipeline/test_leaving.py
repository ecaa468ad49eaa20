"""What leaves the vault of the story: files for every receiver, a database, a backup."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audiencevault import pipeline
from audiencevault.audience import select
from audiencevault.cli.context import moment
from audiencevault.pipeline.asking import relations
from audiencevault.vault import Vault
from tests.conftest import Story
from tests.pipeline.running import NOW, av, av_json, day, files_of, mailchimp, rows, table

RECEIVERS = sorted(item.name for item in pipeline.destinations() if item.files)
HASHED = {"google-customer-match", "meta-audience"}
"""Receivers whose files hold hashes of addresses: who is in them is tested where they are written."""
SENDING = {"subscribed", "other_basis", "listed"}
"""The status of files that somebody may be written to from."""


@pytest.fixture(scope="module")
def exported(handing_vault: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What `export` says of each receiver."""
    out = tmp_path_factory.mktemp("out")
    return {name: av_json("export", name, "--vault", handing_vault, "--out", out / name) for name in RECEIVERS}


def audience(vault: Path, channels: tuple[str, ...]) -> tuple[pa.Table, pa.Table]:
    opened = Vault.open(vault)
    with relations(opened.head()) as engine:
        asked = select(engine, controller_id="main", channels=channels, as_of=moment(NOW, "now"), policy="auto")
    return asked.rows, asked.held_back


def lines(path: Path, delimiter: str = ",") -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return found
    if path.suffix == ".vcf":
        return [{"card": card} for card in path.read_text(encoding="utf-8").split("BEGIN:VCARD")[1:]]
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def points_in(path: Path, known: set[str]) -> set[str]:
    """Every address and number in a file that is one of `known`, whatever its layout."""
    if path.suffix == ".parquet":
        text = " ".join(str(value) for line in lines(path) for value in line.values())
    else:
        # A long line of a vCard goes on behind a blank.
        text = path.read_text(encoding="utf-8-sig").replace("\r\n ", "")
    tokens = {token.strip("'").lower() for token in re.split(r"[\s,;:\"<>]+", text)}
    return {point for point in known if point.lower() in tokens or point.lstrip("+") in tokens}


@pytest.fixture(scope="module")
def known(story: Story) -> set[str]:
    """Every address and number that the story holds."""
    kept = rows(story.vault, "contact_points")
    return {row["point"] for row in kept if row["point_kind"] in {"email", "phone"} and row["point"]}


def test_the_receivers_of_the_first_vault_are_there() -> None:
    assert set(RECEIVERS) >= {"mailchimp", "klaviyo", "shopify", "csv", "parquet"}


@pytest.mark.parametrize("receiver", RECEIVERS)
def test_nobody_is_written_to_who_may_not_be(
    story: Story, exported: dict[str, Any], known: set[str], receiver: str
) -> None:
    definition = pipeline.destination(receiver)
    channels = definition.channels
    reachable, _ = audience(story.vault, channels)
    allowed = {point.lower() for point in reachable.column("point").to_pylist()}
    seen: set[str] = set()
    for item in exported[receiver]["written"]:
        path = Path(item["path"])
        if item["status"] in SENDING and path.name != "contacts.parquet":
            found = {point.lower() for point in points_in(path, known)}
            assert bool(found) == (receiver not in HASHED), path.name
            assert found <= allowed
            assert item["rows"] == len(lines(path, definition.dialect.delimiter))
            seen |= found
    assert seen or receiver in HASHED or not allowed, "somebody may be written to"


@pytest.mark.parametrize("receiver", [name for name in RECEIVERS if name not in HASHED])
def test_everybody_is_in_a_file_or_held_back(
    story: Story, exported: dict[str, Any], known: set[str], receiver: str
) -> None:
    written = {Path(item["path"]).name: Path(item["path"]) for item in exported[receiver]["written"]}
    reachable, _ = audience(story.vault, pipeline.destination(receiver).channels)
    reached = dict(zip(reachable.column("point").to_pylist(), reachable.column("contact_id").to_pylist(), strict=True))
    listed = {
        reached[point]
        for item in exported[receiver]["written"]
        if item["status"] in SENDING
        for point in points_in(Path(item["path"]), known)
        if point in reached
    }
    held = lines(written["held-back.csv"])
    everybody = {row["contact_id"] for row in rows(story.vault, "contacts")}
    assert listed | {line["contact_id"] for line in held} == everybody
    assert all(line["reason"].startswith("NO_") and line["sentence"].endswith(".") for line in held)
    assert sum(exported[receiver]["held_back"].values()) <= len(held)


@pytest.mark.parametrize("receiver", RECEIVERS)
def test_the_same_export_gives_the_same_bytes(
    handing_vault: Path, exported: dict[str, Any], receiver: str, tmp_path: Path
) -> None:
    before = Path(exported[receiver]["written"][0]["path"]).parent
    av("export", receiver, "--vault", handing_vault, "--out", tmp_path / "again")
    assert sorted(path.name for path in before.iterdir()) == sorted(
        path.name for path in (tmp_path / "again").iterdir()
    )
    for path in before.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_what_a_spreadsheet_would_run_is_text(exported: dict[str, Any]) -> None:
    for answer in exported.values():
        for item in answer["written"]:
            path = Path(item["path"])
            if path.suffix == ".csv":
                for line in lines(path):
                    for value in line.values():
                        assert not (value or "").startswith(("=", "@", "-", "\t", "\r")), path.name
                        assert not (value or "").startswith("+") or value[1:].isdigit()


def test_a_consent_keeps_its_date(exported: dict[str, Any]) -> None:
    subscribed = next(Path(item["path"]) for item in exported["mailchimp"]["written"] if item["status"] == "subscribed")
    dates = [line["Consent date"] for line in lines(subscribed)]
    assert all(date < "2026-11-21" for date in dates), "the day of the sign-up, not of the export"
    assert len(set(dates)) > len(dates) / 2


def test_yesterdays_files_make_room(tmp_path: Path) -> None:
    """Who left since is not left lying in a file of the earlier export."""
    vault, out = tmp_path / "v", tmp_path / "out"

    def sending() -> set[str]:
        av("export", "mailchimp", "--vault", vault, "--out", out)
        names = {"subscribed.csv", "other-basis.csv"}
        return {
            path.name for path in out.iterdir() if path.name in names and "ida@" in path.read_text(encoding="utf-8")
        }

    av("import", mailchimp(tmp_path / "then", day("2026-06-01"), subscribed=["ida@example.com"]), "--vault", vault)
    assert sending() == {"subscribed.csv"}
    left = {"ida@example.com": "2026-10-01 08:00:00"}
    av("import", mailchimp(tmp_path / "now", day("2026-11-01"), unsubscribed=left), "--vault", vault)
    assert sending() == set()
    assert "ida@" in (out / "unsubscribed.csv").read_text(encoding="utf-8")


# A database


def test_loading_twice_changes_nothing(story: Story, tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path / 'audience.duckdb'}"
    first = av_json("load", url, "--vault", story.vault)
    assert sum(row["inserted"] for row in first["tables"]) > 1_000
    second = av_json("load", url, "--vault", story.vault)
    for row in second["tables"]:
        assert (row["inserted"], row["updated"], row["deleted"]) == (0, 0, 0), row["name"]
    counts = {row["name"]: row["unchanged"] for row in second["tables"]}
    assert counts["contacts"] == story.summary["contacts"]["after"]
    with duckdb.connect(str(tmp_path / "audience.duckdb"), read_only=True) as connection:
        found = connection.execute("SELECT count(*), count(DISTINCT contact_id) FROM audiencevault.contacts").fetchall()
    assert found == [(counts["contacts"], counts["contacts"])]


# Keeping


def test_a_backup_moves_only_what_is_new_and_comes_back_whole(story: Story, story_vault: Path, tmp_path: Path) -> None:
    kept = Vault.open(story_vault).head().number
    first = av_json("backup", tmp_path / "b", "--vault", story_vault)
    assert first["files_copied"] > 10
    again = av_json("backup", tmp_path / "b", "--vault", story_vault)
    assert (again["files_copied"], again["bytes_copied"]) == (0, 0)
    more = table(tmp_path / "more.csv", "Email,First Name\neva@example.com,Eva\n")
    av("import", more, "--vault", story_vault)
    third = av_json("backup", tmp_path / "b", "--vault", story_vault)
    assert 0 < third["files_copied"] < first["files_copied"] + 1
    assert third["files_present"] > 0

    av("restore", tmp_path / "b", "--to", tmp_path / "again.vault")
    assert av_json("check", "--vault", tmp_path / "again.vault", "--read-data")["findings"] == []
    assert {k: [Path(p).name for p in v] for k, v in files_of(tmp_path / "again.vault").items()} == files_of(
        story_vault
    )

    av("restore", tmp_path / "b", "--to", tmp_path / "before.vault", "--snapshot", kept)
    status = av_json("status", "--vault", tmp_path / "before.vault")
    assert status["reachable"] == story.summary["status"]["reachable"]
    assert status["contacts"] == story.summary["contacts"]["after"]


def test_a_restored_vault_goes_on(story: Story, story_vault: Path, tmp_path: Path) -> None:
    av("backup", tmp_path / "b", "--vault", story_vault)
    av("restore", tmp_path / "b", "--to", tmp_path / "again.vault")
    document = av_json("import", story.exports, "--vault", tmp_path / "again.vault", "--region", "US")
    assert {item["status"] for item in document["inputs"]} == {"unchanged"}
    av("restore", tmp_path / "b", "--to", tmp_path / "again.vault", expect=2)
