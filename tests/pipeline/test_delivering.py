"""The vault remembers whom its files handed to whom."""

from __future__ import annotations

import csv
from pathlib import Path
from unittest import mock

from audiencevault.errors import VaultLockedError
from tests.pipeline.running import av_json, rows, table

DAY_AFTER = "2026-11-22T12:00:00+00:00"


def addresses(path: Path, header: str = "Email Address") -> set[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row[header].lower() for row in csv.DictReader(file)}


def test_an_export_is_remembered_once(story_vault: Path, tmp_path: Path) -> None:
    first = rows(story_vault, "deliveries")
    assert {row["destination"] for row in first} == {"mailchimp"}
    av_json("export", "mailchimp", "--vault", story_vault, "--out", tmp_path / "again")
    assert rows(story_vault, "deliveries") == first
    written = {row["point_key"] for row in first if row["status"] == "written"}
    told = {row["point_key"] for row in first if row["status"] == "suppressed"}
    assert not written & told
    files = tmp_path / "again"
    people = addresses(files / "subscribed.csv") | addresses(files / "other-basis.csv")
    noes = addresses(files / "unsubscribed.csv") | addresses(files / "cleaned.csv")
    assert people
    assert noes
    assert (len(written), len(told)) == (len(people), len(noes))


def test_a_later_no_is_owed_to_the_receiver_until_it_is_told(story_vault: Path, tmp_path: Path) -> None:
    handed = next(row for row in rows(story_vault, "deliveries") if row["status"] == "written")
    before = av_json("status", "--vault", story_vault, now=DAY_AFTER)["deadlines"]
    blocked = table(tmp_path / "no.csv", f"Email\n{handed['point_key']}\n")
    av_json("suppress", blocked, "--vault", story_vault, now=DAY_AFTER)
    after = av_json("status", "--vault", story_vault, now=DAY_AFTER)["deadlines"]
    # A block by hand is the owner's, not a "no" of the person's: nobody else is owed it.
    assert after == before
    av_json("export", "mailchimp", "--vault", story_vault, "--out", tmp_path / "o", now=DAY_AFTER)
    last = [row for row in rows(story_vault, "deliveries") if row["point_key"] == handed["point_key"]]
    assert [row["status"] for row in sorted(last, key=lambda row: row["at"])] == ["written", "suppressed"]


def test_files_are_written_also_where_the_vault_cannot_take_it_down(story_vault: Path, tmp_path: Path) -> None:
    refused = VaultLockedError("Another process is writing to it.", "Wait.")
    with mock.patch("audiencevault.vault.transaction.Transaction.__enter__", side_effect=refused):
        document = av_json("export", "csv", "--vault", story_vault, "--out", tmp_path / "o")
    assert (tmp_path / "o" / "audience.csv").is_file()
    assert "could not take down" in document["notes"][-1]
    assert {row["destination"] for row in rows(story_vault, "deliveries")} == {"mailchimp"}
