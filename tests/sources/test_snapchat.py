from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from audiencevault.export import open_exports
from audiencevault.records import NEVER_AUDIENCE
from audiencevault.sources.importer import ImportContext
from audiencevault.sources.snapchat import SnapchatImporter
from audiencevault.sources.testing import Reading, check_reading, extract


def read(root: Path, files: dict[str, Any]) -> Reading:
    for name, content in files.items():
        (root / name).write_text(json.dumps(content), encoding="utf-8")
    (export,), _ = open_exports([root])
    (claim,) = SnapchatImporter().identify(export)
    reading = extract(claim, ImportContext())
    assert check_reading(reading) == []
    return reading


def person(name: str) -> dict[str, str]:
    return {"Username": name, "Display Name": "", "Creation Timestamp": "2024-02-14 10:00:00 UTC"}


def said(by: str, own: bool, **more: Any) -> dict[str, Any]:
    return {"From": by, "IsSender": own, "Created": "2024-02-14 10:00:00 UTC", "Content": "secret", **more}


def test_only_friends_are_audience(tmp_path: Path) -> None:
    names = (
        "Friend Requests Sent",
        "Deleted Friends",
        "Blocked Users",
        "Hidden Friend Suggestions",
        "Pending Requests",
    )
    lists = {name: [person(f"p{number}")] for number, name in enumerate(names)}
    reading = read(tmp_path, {"friends.json": {"Friends": [person("idafalk")], **lists}})
    kept = zip(
        reading.records.column("source_key").to_pylist(),
        reading.records.column("relationship").to_pylist(),
        strict=True,
    )
    assert [key for key, relationship in kept if relationship not in NEVER_AUDIENCE] == ["idafalk"]
    assert reading.skipped == {"suggestion": 1, "pending_request": 1}


def test_a_user_name_with_a_dot_is_one_name(tmp_path: Path) -> None:
    reading = read(tmp_path, {"chat_history.json": {"maya.kh": [said("maya.kh", False), said("shop", True)]}})
    assert reading.records.column("source_key").to_pylist() == ["maya.kh"]
    assert reading.events.column("event_type").to_pylist() == ["relationship"]
    assert "secret" not in str(reading.records.to_pylist())


def test_groups_and_monologues_are_no_partners(tmp_path: Path) -> None:
    chats = {
        "titled": [said("titled", False, **{"Conversation Title": "Club"}), said("shop", True)],
        "several": [said("several", False), said("other", False), said("shop", True)],
        "asked": [said("asked", False)],
        "silent": [said("shop", True)],
    }
    reading = read(tmp_path, {"chat_history.json": chats})
    assert reading.records.num_rows == 0
    assert reading.skipped == {"group": 2, "never_answered": 1, "never_wrote": 1}


def test_facebook_friends_are_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "friends.json").write_text('{"friends_v2": [{"name": "Ida Falk"}]}', encoding="utf-8")
    (export,), _ = open_exports([tmp_path])
    assert SnapchatImporter().identify(export) == []
