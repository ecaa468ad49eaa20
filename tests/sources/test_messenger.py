from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from audiencevault.export import open_exports
from audiencevault.sources.importer import ImportContext
from audiencevault.sources.messenger import MessengerImporter
from audiencevault.sources.testing import Reading, check_reading, extract


def chat(name: str, *people: str) -> dict[str, Any]:
    messages = [{"senderName": person, "text": "x", "timestamp": 1_717_321_402_123} for person in people]
    return {"participants": list(people), "threadName": name, "messages": messages}


def read(root: Path, files: dict[str, Any]) -> Reading:
    root.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (root / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    exports, _ = open_exports([root])
    (claim,) = [claim for export in exports for claim in MessengerImporter().identify(export)]
    reading = extract(claim, ImportContext())
    assert check_reading(reading) == []
    return reading


def names(reading: Reading) -> list[str]:
    return reading.records.column("full_name").to_pylist()


def test_one_chat_of_two_is_titled_with_the_partner(tmp_path: Path) -> None:
    assert names(read(tmp_path, {"Ida Falk_1.json": chat("Ida Falk", "Candle Shop", "Ida Falk")})) == ["Ida Falk"]


def test_nobody_is_imported_where_the_owner_cannot_be_told(tmp_path: Path) -> None:
    reading = read(tmp_path, {"group_1.json": chat("group", "Candle Shop", "Ida Falk", "Bo Lind")})
    assert reading.records.num_rows == 0
    assert reading.rejects.column("code").to_pylist() == ["owner_unknown"]


def test_names_are_taken_as_written_and_never_repaired(tmp_path: Path) -> None:
    # The backup is proper UTF-8: what looks written byte by byte is what somebody is called.
    reading = read(
        tmp_path, {"a_1.json": chat("Ã©", "Candle Shop", "Ã©"), "b_2.json": chat("Zoë", "Candle Shop", "Zoë")}
    )
    assert sorted(names(reading)) == ["Zoë", "Ã©"]


def test_two_files_of_one_name_are_two_people(tmp_path: Path) -> None:
    files = {f"Ida Falk_{number}.json": chat("Ida Falk", "Candle Shop", "Ida Falk") for number in (1, 2)}
    reading = read(tmp_path, files)
    assert names(reading) == ["Ida Falk", "Ida Falk"]
    assert len(set(reading.records.column("record_id").to_pylist())) == 2


def test_empty_chat_is_skipped_and_a_cut_one_is_rejected(tmp_path: Path) -> None:
    reading = read(tmp_path, {"a_1.json": chat("", *()), "b_2.json": chat("Ida Falk", "Ida Falk", "Candle Shop")})
    assert (reading.skipped["empty_chat"], reading.rejects.num_rows) == (1, 0)
    whole = json.dumps(chat("Ida Falk", "Ida Falk", "Candle Shop"))
    (tmp_path / "b_2.json").write_text(whole[: len(whole) - 30], encoding="utf-8")
    exports, _ = open_exports([tmp_path])
    (claim,) = MessengerImporter().identify(exports[0])
    cut = extract(claim, ImportContext())
    assert check_reading(cut) == []
    assert cut.rejects.column("code").to_pylist() == ["unreadable"]


def test_what_was_said_is_not_kept(tmp_path: Path) -> None:
    secret = chat("Ida Falk", "Ida Falk", "Candle Shop")
    secret["messages"][0]["text"] = "the word is wick"
    reading = read(tmp_path, {"a_1.json": secret})
    assert "wick" not in str(reading.records.to_pylist())
