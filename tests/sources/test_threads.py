from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audiencevault.export import open_exports
from audiencevault.sources.importer import Claim, ImportContext, identify
from audiencevault.sources.instagram import InstagramImporter
from audiencevault.sources.testing import Reading, check_reading, extract
from audiencevault.sources.threads import ThreadsImporter

FOLDER = "your_instagram_activity/threads/"
KEY = "text_post_app_text_post_app_"


def item(name: str, title: str = "", host: str = "www.threads.com") -> dict[str, Any]:
    entry = {"href": f"https://{host}/{name}", "value": name, "timestamp": 1_700_000_000}
    return {"title": title, "string_list_data": [entry]}


def claims(root: Path, files: dict[str, Any]) -> list[Claim]:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    exports, errors = open_exports([root])
    assert errors == []
    return identify(exports, [InstagramImporter(), ThreadsImporter()])


def read(root: Path, files: dict[str, Any]) -> Reading:
    (claim,) = claims(root, files)
    assert claim.source == "threads"
    reading = extract(claim, ImportContext())
    assert check_reading(reading) == []
    return reading


def people(reading: Reading) -> list[tuple[str, str | None]]:
    return [(row["source_key"], row["full_name"]) for row in reading.records.to_pylist()]


def test_threads_and_instagram_of_one_export_are_kept_apart(tmp_path: Path) -> None:
    instagram = [{"string_list_data": [{"href": "https://www.instagram.com/on.ig", "value": "on.ig", "timestamp": 1}]}]
    found = claims(tmp_path, {
        FOLDER + "followers.json": {KEY + "followers": [item("on.threads")]},
        "connections/followers_and_following/followers_1.json": instagram,
    })  # fmt: skip
    read_ = {claim.source: extract(claim, ImportContext()).records for claim in found}
    assert {source: table.column("source_key").to_pylist() for source, table in read_.items()} == {
        "instagram": ["on.ig"], "threads": ["on.threads"],
    }  # fmt: skip


@pytest.mark.parametrize(("entry", "title", "expected"), [
    ({"value": "Ida.Falk"}, "Ida Falk", [("ida.falk", "Ida Falk")]),
    ({"value": "", "href": "https://www.threads.net/@ida"}, "Ida", [("ida", "Ida")]),
    ({"href": "https://www.instagram.com/ida"}, "Ida Falk", []),
    # The title is a display name: only where nothing else is there and it has the form of one is it the user name.
    ({"value": "real.name"}, "other.name", [("real.name", "other.name")]),
    ({}, "sole.name", [("sole.name", None)]),
    ({}, "Ida", []),
])  # fmt: skip
def test_username_is_value_then_link_and_title_only_where_alone(
    tmp_path: Path, entry: dict[str, str], title: str, expected: list[tuple[str, str | None]]
) -> None:
    reading = read(
        tmp_path, {FOLDER + "followers.json": {KEY + "followers": [{"title": title, "string_list_data": [entry]}]}}
    )
    assert people(reading) == expected
    assert reading.rejects.num_rows == 1 - len(expected)


def test_root_key_decides_and_not_the_name_of_the_file(tmp_path: Path) -> None:
    reading = read(tmp_path, {
        "followers.json": {KEY + "blocked_users": [item("blocked.one")]},
        "following.json": {KEY + "following": [item("wick.works")]},
    })  # fmt: skip
    assert people(reading) == [("wick.works", None)]
    assert reading.rejects.column("code").to_pylist() == ["unreadable"]


def test_loose_numbered_followers_are_not_complete(tmp_path: Path) -> None:
    files = {"followers_1.json": {KEY + "followers": [item("ida.falk")]}}
    assert read(tmp_path / "a", files).coverage == {"threads.followers": False}
    whole = {f"threads/{name}": content for name, content in files.items()}
    assert read(tmp_path / "b", whole).coverage == {"threads.followers": True}


def test_html_of_threads_is_flagged_and_dated_to_the_day(tmp_path: Path) -> None:
    box = '<div class="x uiBoxWhite"><a href="https://www.threads.com/ida">ida</a><div>Mar 1, 2024 1:00 pm</div></div>'
    reading = read(tmp_path, {"threads/followers.html": f"<html><body>{box}</body></html>"})
    assert people(reading) == [("ida", None)]
    assert "unverified" in reading.claim.notes[0]
    assert reading.events.column("occurred_precision").to_pylist() == ["day"]
