from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from audiencevault.export import open_exports
from audiencevault.records import NEVER_AUDIENCE
from audiencevault.sources.discord import DiscordImporter
from audiencevault.sources.importer import ImportContext
from audiencevault.sources.testing import Reading, check_reading, extract

OWNER, IDA, BO = "900000000000000001", "900000000000000002", "900000000000000003"
CHANNEL = "1100000000000000001"


def read(root: Path, user: dict[str, Any], channel: dict[str, Any] | None = None, label: str | None = None) -> Reading:
    files: dict[str, Any] = {"Compte/user.json": {"username": "shop", "discriminator": "0", **user}}
    if channel is not None:
        files[f"Messages/c{CHANNEL}/channel.json"] = {"id": CHANNEL, **channel}
        files[f"Messages/c{CHANNEL}/messages.json"] = [{"ID": 1, "Contents": "secret"}]
        files["Messages/index.json"] = {CHANNEL: label}
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(json.dumps(content), encoding="utf-8")
    (export,), _ = open_exports([root])
    (claim,) = DiscordImporter().identify(export)
    reading = extract(claim, ImportContext())
    assert check_reading(reading) == []
    return reading


def points(reading: Reading) -> list[list[str]]:
    return [[point["raw"] for point in found] for found in reading.records.column("points").to_pylist()]


def test_only_friends_are_audience(tmp_path: Path) -> None:
    listed = [{"id": str(900000000000000010 + kind), "type": kind, "user": {"username": "x"}} for kind in range(1, 7)]
    reading = read(tmp_path, {"id": OWNER, "relationships": listed})
    kinds = reading.records.column("relationship").to_pylist()
    assert [kind for kind in kinds if kind not in NEVER_AUDIENCE] == ["friend"]
    assert reading.skipped == {"request_in": 1, "unknown_relationship": 2}


def test_a_partner_is_the_other_one(tmp_path: Path) -> None:
    channel = {"type": "DM", "recipients": [OWNER, IDA]}
    reading = read(tmp_path, {"id": OWNER}, channel, "Direct Message with ida_falk#0")
    assert points(reading) == [[f"discord:{IDA}", "discord:ida_falk"]]
    assert reading.events.column("event_type").to_pylist() == ["relationship"] * 2
    assert "secret" not in str(reading.records.to_pylist())


def test_a_label_is_nobodys_name_where_two_could_be_meant(tmp_path: Path) -> None:
    channel = {"type": "DM", "recipients": [OWNER, IDA, "Deleted User"]}
    assert points(read(tmp_path, {"id": OWNER}, channel, "Direct Message with gone#0")) == [[f"discord:{IDA}"]]


def test_nobody_is_imported_from_channels_where_the_owner_is_unknown(tmp_path: Path) -> None:
    reading = read(tmp_path, {"id": None}, {"type": "DM", "recipients": [OWNER, IDA]})
    assert reading.records.num_rows == 0
    assert reading.rejects.column("code").to_pylist() == ["owner_unknown"]


def test_ids_beyond_a_double_stay_whole(tmp_path: Path) -> None:
    channel = {"type": 3, "recipients": [int(OWNER), 900000000000000007, int(BO)]}
    reading = read(tmp_path, {"id": int(OWNER)}, channel)
    assert points(reading) == [["discord:900000000000000007"], [f"discord:{BO}"]]
    assert reading.records.column("relationship").to_pylist() == ["group_member"] * 2


def test_another_programs_user_file_is_not_discords(tmp_path: Path) -> None:
    (tmp_path / "user.json").write_text('{"id": "1", "username": "ida"}', encoding="utf-8")
    (export,), _ = open_exports([tmp_path])
    assert DiscordImporter().identify(export) == []
