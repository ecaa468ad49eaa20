"""Who is in an export without being anybody's audience: in all goldens, and through a whole import."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audiencevault.records import NEVER_AUDIENCE, RELATIONSHIPS
from audiencevault.sources import testing
from audiencevault.vault import Vault
from tests.pipeline.running import av

GOLDENS = Path(__file__).parent.parent / "goldens"
FOUND = testing.find(GOLDENS)

NO_AUDIENCE = re.compile(
    r"\.(?:.*(?:following|favourites|subscriptions|block|mute|remov|reject|deleted|request|invitation).*|groups)$"
)
"""Names of lists of people whom the owner follows, asked, refused or has left, who asked, or who share a group."""
MIXED = {"facebook.messages", "instagram.messages", "linkedin.messages", "messenger.messages", "whatsapp.chats"}
"""Sources of conversations, where each record says whether it is a group's, a stranger's or a partner's."""


def claims() -> Iterator[dict[str, Any]]:
    for golden in FOUND:
        yield from json.loads((golden / testing.EXPECTED).read_text("utf-8"))["claims"]


def test_every_list_of_no_audience_says_so_and_no_other_does() -> None:
    seen = {(record["source"], record["relationship"]) for claim in claims() for record in claim.get("records", ())}
    assert {relationship for _, relationship in seen} <= set(RELATIONSHIPS)
    assert {relationship for _, relationship in seen} >= NEVER_AUDIENCE, "a golden for each"
    wrong = {
        pair for pair in seen
        if pair[0] not in MIXED and (pair[1] in NEVER_AUDIENCE) != (NO_AUDIENCE.search(pair[0]) is not None)
    }  # fmt: skip
    assert wrong == set()
    for source in MIXED:
        assert {"chat_partner", "group_member"} <= {kind for name, kind in seen if name == source}, source


def test_a_group_and_a_stranger_are_told_from_a_partner() -> None:
    for claim in claims():
        for record in claim.get("records", ()):
            extra = record.get("extra", {})
            if record["source"] in MIXED and ("group" in extra or extra.get("section") == "message_requests"):
                assert record["relationship"] in NEVER_AUDIENCE


def test_every_chat_partner_of_a_conversation_comes_with_how_many_messages() -> None:
    counted = {
        record["source"]: int(record["extra"]["message_count"])
        for claim in claims()
        for record in claim.get("records", ())
        if record["relationship"] == "chat_partner" and "message_count" in record.get("extra", {})
    }
    assert set(counted) == MIXED | {"snapchat.chats", "telegram.chats", "tiktok.chats", "x.messages"}
    assert min(counted.values()) > 0


def test_no_point_of_the_owner_is_anybodys() -> None:
    owned = 0
    for claim in claims():
        own = {point.casefold() for point in claim.get("owner", ())}
        owned += len(own)
        for record in claim.get("records", ()):
            points = {f"{point['kind']} {point['raw']}".casefold() for point in record.get("points", ())}
            assert not points & own
    assert owned > 20


@pytest.mark.parametrize(
    "names",
    [
        ("facebook/2024-json", "instagram/2023-arrays", "threads/2025-json", "x/2026-archive"),
        ("linkedin/2024-complete", "telegram/account", "whatsapp/android-2025", "messenger/2024-backup"),
    ],
    ids=["lists", "conversations"],
)
def test_an_import_makes_no_contact_of_them(names: tuple[str, ...], tmp_path: Path) -> None:
    vault = tmp_path / "my.vault"
    inputs = [path for name in names for path in testing.inputs(GOLDENS / name)]
    av("import", *inputs, "--vault", vault, "--region", "US", expect=None)
    opened = Vault.open(vault)
    records = opened.table("source_records").to_pylist()
    members = {row["record_id"] for row in opened.table("members").to_pylist()}
    never = {row["record_id"] for row in records if row["relationship"] in NEVER_AUDIENCE}
    assert len(never) > 3
    assert not never & members
    assert members >= {row["record_id"] for row in records if row["relationship"] in {"follower", "connection"}}
