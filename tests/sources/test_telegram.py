from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from audiencevault.export import open_exports
from audiencevault.sources.importer import ImportContext
from audiencevault.sources.telegram import TelegramImporter
from audiencevault.sources.testing import Reading, check_reading, extract

OWNER = {"user_id": 9, "phone_number": "+1 202 555 0100"}


def message(name: str | None, user: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "date_unixtime": "1704276000", "from": name, "from_id": user, "text": "secret", **more}


def read(root: Path, content: dict[str, Any], cut: int | None = None) -> Reading:
    (root / "result.json").write_bytes(json.dumps(content).encode()[:cut])
    (export,), _ = open_exports([root])
    (claim,) = TelegramImporter().identify(export)
    reading = extract(claim, ImportContext())
    assert check_reading(reading) == []
    return reading


def account(*chats: dict[str, Any], contacts: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {
        "about": "x",
        "personal_information": OWNER,
        "contacts": {"about": "x", "list": list(contacts)},
        "chats": {"about": "x", "list": list(chats)},
    }


def chat(kind: str, number: int, *messages: dict[str, Any]) -> dict[str, Any]:
    return {"name": "Ida Falk", "type": kind, "id": number, "messages": list(messages)}


def test_a_partner_is_who_wrote_and_was_answered(tmp_path: Path) -> None:
    both = chat("personal_chat", 1, message("Ida Falk", "user1"), message("Jo", "user9"))
    stranger = chat("personal_chat", 2, message("Spam", "user2"))
    reading = read(tmp_path, account(both, stranger))
    assert reading.records.column("source_key").to_pylist() == ["user1"]
    assert reading.skipped == {"never_answered": 1}
    assert reading.events.column("event_type").to_pylist() == ["relationship"]
    assert "secret" not in str(reading.records.to_pylist())


def test_bots_channels_and_saved_messages_are_nobody(tmp_path: Path) -> None:
    kinds = ("bot_chat", "saved_messages", "replies", "verification_codes", "private_channel", "public_channel", "new")
    chats = [chat(kind, 1, message("Ida Falk", "user1"), message("Jo", "user9")) for kind in kinds]
    reading = read(tmp_path, account(*chats))
    assert reading.records.num_rows == 0
    assert sum(reading.skipped.values()) == len(kinds)


def test_a_group_has_members_and_no_owner(tmp_path: Path) -> None:
    group = chat("private_group", 5, message("Ida Falk", "user1"), message("Jo", "user9"), message("G", "channel5"))
    reading = read(tmp_path, account(group))
    assert reading.records.column("relationship").to_pylist() == ["group_member"]
    reading = read(tmp_path, group)
    assert reading.records.num_rows == 0
    assert reading.rejects.column("code").to_pylist() == ["owner_unknown"]


def test_the_owner_is_no_contact_of_their_own(tmp_path: Path) -> None:
    me = {"first_name": "Me", "phone_number": "12025550100"}
    reading = read(tmp_path, account(contacts=(me, {"date_unixtime": "1704276000"})))
    assert reading.records.num_rows == 0
    assert reading.skipped == {"owner": 1, "empty": 1}


def test_what_stands_before_a_cut_is_kept(tmp_path: Path) -> None:
    content = account(contacts=({"user_id": 1, "first_name": "Ida"}, {"user_id": 2, "first_name": "Bo"}))
    reading = read(tmp_path, content, cut=json.dumps(content).index('"Bo"'))
    assert reading.records.column("first_name").to_pylist() == ["Ida"]
    assert reading.rejects.num_rows == 1


def test_numbers_that_are_none_do_no_harm(tmp_path: Path) -> None:
    strange = '{"about": "x", "contacts": {"about": "x", "list": [{"user_id": 1e300, "first_name": "Ida"}]}}'
    (tmp_path / "result.json").write_text(strange, encoding="utf-8")
    (export,), _ = open_exports([tmp_path])
    (claim,) = TelegramImporter().identify(export)
    assert extract(claim, ImportContext()).records.column("first_name").to_pylist() == ["Ida"]


# Pages

PAGES = Path(__file__).parent.parent / "goldens" / "telegram" / "account-html" / "input"


def pages(root: Path, *, cut: int | None = None) -> Reading:
    shutil.copytree(PAGES, root, dirs_exist_ok=True)
    book = root / "lists" / "contacts.html"
    book.write_bytes(book.read_bytes()[:cut])
    (export,), _ = open_exports([root])
    (claim,) = TelegramImporter().identify(export)
    reading = extract(claim, ImportContext())
    assert check_reading(reading) == []
    return reading


def test_a_page_that_is_cut_off_keeps_whom_it_still_names(tmp_path: Path) -> None:
    whole = pages(tmp_path / "whole")
    assert whole.rejects.num_rows == 0
    part = pages(tmp_path / "part", cut=3500)
    assert 0 < part.records.num_rows < whole.records.num_rows
    (reject,) = part.rejects.to_pylist()
    assert "cut off" in reject["sentence"]


def test_without_the_first_page_the_owner_is_one_of_the_contacts(tmp_path: Path) -> None:
    with_owner = pages(tmp_path / "with")
    shutil.copytree(PAGES, tmp_path / "without")
    (tmp_path / "without" / "export_results.html").unlink()
    (export,), _ = open_exports([tmp_path / "without"])
    (claim,) = TelegramImporter().identify(export)
    without = extract(claim, ImportContext())
    assert without.owner == ()
    assert without.records.num_rows == with_owner.records.num_rows + 1


def test_pages_beside_the_document_say_nothing_new(tmp_path: Path) -> None:
    shutil.copytree(PAGES, tmp_path, dirs_exist_ok=True)
    (tmp_path / "result.json").write_text(json.dumps(account()))
    (export,), _ = open_exports([tmp_path])
    assert [(claim.layout, claim.not_understood) for claim in TelegramImporter().identify(export)] == [
        ("account JSON", ())
    ]
