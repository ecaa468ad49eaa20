from __future__ import annotations

from pathlib import Path

import pytest

from audiencevault.export import open_exports
from audiencevault.sources.importer import ImportContext
from audiencevault.sources.testing import Reading, check_reading, extract
from audiencevault.sources.vcard import VCardImporter
from audiencevault.sources.whatsapp import WhatsAppImporter

TITLE = "WhatsApp Chat with Ida Falk.txt"


def read(root: Path, files: dict[str, str], account: str | None = None) -> Reading:
    root.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (root / name).write_text(content, encoding="utf-8")
    exports, _ = open_exports([root])
    (claim,) = [claim for export in exports for claim in WhatsAppImporter().identify(export)]
    reading = extract(claim, ImportContext(account=account))
    assert check_reading(reading) == []
    return reading


def chat(*authors: str) -> str:
    return "".join(f"13/02/2024, 08:00 - {author}: text\n" for author in authors)


def names(reading: Reading) -> list[str]:
    return reading.records.column("full_name").to_pylist()


def test_a_chat_named_after_its_partner_tells_the_owner(tmp_path: Path) -> None:
    reading = read(tmp_path, {TITLE: chat("Candle Shop", "Ida Falk")})
    assert names(reading) == ["Ida Falk"]
    assert reading.records.column("relationship").to_pylist() == ["chat_partner"]
    assert reading.skipped == {"owner": 1}
    assert reading.events.num_rows == 0


def test_a_group_needs_the_owner(tmp_path: Path) -> None:
    group = {"WhatsApp Chat with Club.txt": chat("Candle Shop", "Ida Falk", "Bo Lind")}
    reading = read(tmp_path, group)
    assert reading.records.num_rows == 0
    assert reading.rejects.column("code").to_pylist() == ["owner_unknown"]
    assert names(read(tmp_path, group, "Candle Shop")) == ["Ida Falk", "Bo Lind"]
    # Another chat of the same export says it too.
    reading = read(tmp_path, group | {TITLE: chat("Candle Shop", "Ida Falk")})
    assert names(reading) == ["Ida Falk", "Bo Lind", "Ida Falk"]
    assert sorted(reading.records.column("relationship").to_pylist()) == ["chat_partner", *["group_member"] * 2]


def test_only_the_owner_sees_their_own_deleted_messages(tmp_path: Path) -> None:
    deleted = "14/02/2024, 08:00 - Candle Shop: You deleted this message\n"
    assert names(read(tmp_path, {"chat.txt": chat("Candle Shop", "Ida Falk", "Bo Lind") + deleted})) == [
        "Ida Falk",
        "Bo Lind",
    ]


def test_two_different_owners_are_no_proof_for_a_third_chat(tmp_path: Path) -> None:
    files = {
        TITLE: chat("Candle Shop", "Ida Falk"),
        "WhatsApp Chat with Bo Lind.txt": chat("Other Phone", "Bo Lind"),
        "WhatsApp Chat with Club.txt": chat("Candle Shop", "Other Phone", "Pia Modell"),
    }
    reading = read(tmp_path, files)
    assert sorted(names(reading)) == ["Bo Lind", "Ida Falk"]
    assert reading.rejects.num_rows == 1


def test_a_longer_name_that_ends_alike_is_not_the_title(tmp_path: Path) -> None:
    reading = read(tmp_path, {"WhatsApp Chat with Marie Ida.txt": chat("Ida")})
    assert reading.records.num_rows == 0
    assert reading.rejects.num_rows == 1


def test_a_group_is_never_a_person(tmp_path: Path) -> None:
    text = "[13/02/24, 08:00:00] Club: \u200eJo created this group\n" + "".join(
        f"[13/02/24, 08:00:00] {name}: text\n" for name in ("Club", "Jo", "Ida Falk")
    )
    (tmp_path / "WhatsApp Chat - Club").mkdir()
    assert names(read(tmp_path, {"WhatsApp Chat - Club/_chat.txt": text}, "Jo")) == ["Ida Falk"]


def test_notices_with_a_colon_are_nobody(tmp_path: Path) -> None:
    notices = (
        '13/02/2024, 08:00 - Ida Falk changed the subject from "Old: one" to "New"\n'
        '13/02/2024, 08:00 - Somebody changed the subject from "Old" to "New: one"\n'
        "13/02/2024, 08:00 - Ida Falk changed the description: be kind\n"
        "13/02/2024, 08:00 - Ida Falk left\n"
    )
    assert names(read(tmp_path, {TITLE: notices + chat("Candle Shop", "Ida Falk")})) == ["Ida Falk"]


@pytest.mark.parametrize("name", ["server.txt", "notes.txt"])
def test_a_log_file_is_no_chat(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("[2025-03-04 14:05:09] info: started\n", encoding="utf-8")
    (export,), _ = open_exports([tmp_path])
    assert WhatsAppImporter().identify(export) == []


def test_what_was_said_does_not_leave_the_file(tmp_path: Path) -> None:
    text = chat("Candle Shop", "Ida Falk").replace("text", "the secret word")
    reading = read(tmp_path, {TITLE: text + "more of the secret word\n"})
    assert "secret" not in str(reading.records.to_pylist()) + str(reading.rejects.to_pylist())


def test_cards_in_a_chat_are_not_the_owners_address_book(tmp_path: Path) -> None:
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:Bo Lind\nTEL:+1 202 555 0163\nEND:VCARD\n"
    reading = read(tmp_path, {TITLE: chat("Candle Shop", "Ida Falk"), "Bo Lind.vcf": card})
    assert reading.records.column("source").to_pylist() == ["whatsapp.chats", "whatsapp.cards"]
    (export,), _ = open_exports([tmp_path])
    assert VCardImporter().identify(export) == []


def test_the_owners_number_is_the_owners(tmp_path: Path) -> None:
    reading = read(tmp_path, {TITLE: chat("+1 202 555 0100", "Ida Falk")})
    assert names(reading) == ["Ida Falk"]
    assert [(point.kind, point.raw) for point in reading.owner] == [("phone", "+1 202 555 0100")]
