"""The sample exports from end to end: the figures of the demonstration, and what must hold whatever they are."""

from __future__ import annotations

import csv
import json
from itertools import combinations
from pathlib import Path
from typing import Any

from tests.conftest import Story
from tests.pipeline.running import ROOT, av, av_json, rows
from tests.pipeline.story_truth import agreement, people_of_records, truth_rows

GOLDEN = ROOT / "tests" / "goldens" / "demo" / "summary.json"

NAMESAKES = {("p198", "p216")}
"""Two people whom nothing in the files tells apart: one name, and one of them has only handles."""


def figures(summary: dict[str, Any]) -> dict[str, Any]:
    """What the golden keeps of the document: counts, no paths, no ids."""
    status = summary["status"]
    said = ("source", "layout", "status", "rows", "records", "rejected_by", "skipped_by", "consent_events")
    return {
        "inputs": [
            {**{key: item[key] for key in said}, "file": Path(item["path"].removesuffix("::")).name}
            for item in summary["inputs"]
        ],
        "problems": [{"code": problem["code"]} for problem in summary["problems"]],
        "contacts": summary["contacts"],
        "gone": summary["gone"],
        "status": {
            key: status[key]
            for key in (
                "contacts", "records", "sources", "relationships", "reachable", "reachable_any", "basis", "held_back",
                "held_back_by_channel",
            )
        },
        "remedies": [
            {"channel": remedy["channel"], "people": remedy["people"]} for remedy in status["remedies"]
        ],
        "export": [
            {"file": Path(item["path"]).name, "rows": item["rows"], "status": item["status"]}
            for item in summary["export"]["written"]
        ],
    }  # fmt: skip


def test_the_figures_are_the_agreed_ones(story: Story, rewrite_goldens: bool) -> None:
    found = figures(story.summary)
    if rewrite_goldens:
        GOLDEN.parent.mkdir(parents=True, exist_ok=True)
        GOLDEN.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_every_export_of_the_folder_was_read(story: Story) -> None:
    assert story.summary["problems"] == []
    assert {item["source"] for item in story.summary["inputs"]} == {
        "instagram", "linkedin", "mailchimp.audience", "meta.leads", "shopify.customers", "shopify.orders",
        "table.generic", "vcard.contacts",
    }  # fmt: skip
    for item in story.summary["inputs"]:
        assert item["status"] == "imported"
        assert item["rows"] == item["records"] + item["rejected"] + item["skipped"], item["path"]


def test_the_truth_finds_its_records(story: Story) -> None:
    """Otherwise the next test would compare nothing."""
    told = truth_rows()
    found = people_of_records(story.vault)
    assert (
        len({row["person"] for row in told}) == len({person for people in found.values() for person in people}) == 300
    )
    mixed = [people for people in found.values() if len(people) > 1]
    assert len(mixed) <= 3, "records that the truth gives to several people: the two shared mailboxes"


def test_who_is_who(story: Story) -> None:
    found = agreement(story.vault)
    assert found.records > 800
    assert set(found.wrong_people) <= NAMESAKES
    assert found.precision >= 0.99
    assert found.recall >= 0.65, "handles are counted too, of which many name nobody"


def test_who_is_who_among_those_with_an_address_or_a_number(story: Story) -> None:
    contact = {row["record_id"]: row["contact_id"] for row in rows(story.vault, "members")}
    person = {record: min(people) for record, people in people_of_records(story.vault).items() if record in contact}
    known = sorted(
        row["record_id"]
        for row in rows(story.vault, "source_records")
        if row["record_id"] in person and any(point["kind"] in ("email", "phone") for point in row["points"])
    )
    right = wrong = missed = 0
    for one, two in combinations(sorted(set(known)), 2):
        joined, same = contact[one] == contact[two], person[one] == person[two]
        right, wrong, missed = right + (joined and same), wrong + (joined and not same), missed + (same and not joined)
    assert right > 500
    assert right / (right + missed) >= 0.95
    assert right / (right + wrong) >= 0.99


def test_the_owner_and_those_she_follows_or_blocked_are_nobody(story: Story) -> None:
    member = {row["record_id"] for row in rows(story.vault, "members")}
    kept_apart = {"following", "blocked", "removed", "friend_request_out", "subscription"}
    apart = [row for row in rows(story.vault, "source_records") if row["relationship"] in kept_apart]
    assert len(apart) > 30
    assert not member & {row["record_id"] for row in apart}
    owner = {(row["point_kind"], row["point_key"]) for row in rows(story.vault, "owner_points")}
    assert owner
    held = {
        row["record_id"]
        for row in rows(story.vault, "contact_points")
        if (row["point_kind"], row["point_key"]) in owner
    }
    assert not member & held


def test_nobody_who_left_is_in_a_file_for_sending(story: Story) -> None:
    left = {
        row["point"]
        for row in rows(story.vault, "consent_events")
        if row["event_type"] in ("withdrawn", "complained", "suppressed") and row["channel"] == "email"
    }
    assert len(left) > 15
    for name in ("subscribed.csv", "other-basis.csv"):
        path = story.files / name
        if path.exists():
            with path.open(newline="", encoding="utf-8-sig") as file:
                assert not left & {row["Email Address"].lower() for row in csv.DictReader(file)}


def test_in_two_imports_it_is_the_same_story(story: Story, tmp_path: Path) -> None:
    """Platforms first, the shop later."""
    for half in (
        sorted(story.exports.rglob("*.zip")),
        sorted(path for path in story.exports.rglob("*") if path.is_file() and path.suffix != ".zip"),
    ):
        av("import", *half, "--vault", tmp_path / "v", "--region", "US", expect=None)
    status = av_json("status", "--vault", tmp_path / "v")
    # Nothing was exported from this vault, so that no receiver is owed anything by name.
    own = ("snapshot", "remedies", "dependence_history", "deadlines")
    wanted = {key: value for key, value in story.summary["status"].items() if key not in own}
    assert {key: status[key] for key in wanted} == wanted
