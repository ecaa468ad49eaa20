"""Networks, memberships and address books: who must not become a contact, and what must not be made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audiencevault.export import open_exports
from audiencevault.sources import handles
from audiencevault.sources.importer import Claim, ImportContext, discover, identify
from audiencevault.sources.testing import Reading, check_reading, extract

OWNER = {"Profile": {"Profile Information": {"ProfileMap": {"userName": "owner"}}}}
GOOGLE = "First Name,Last Name,Organization Name,Labels,E-mail 1 - Value,Phone 1 - Value\n"
X_ACCOUNT = {"account.js": ("account", [{"account": {"accountId": "10", "username": "Owner"}}])}


def claim(root: Path, files: dict[str, Any]) -> Claim:
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        if isinstance(content, tuple):
            text = f"window.YTD.{content[0]}.part0 = {json.dumps(content[1])}"
        (root / name).write_text(text, encoding="utf-8")
    exports, errors = open_exports([root])
    assert errors == []
    (found,) = identify(exports, discover())
    return found


def read(root: Path, files: dict[str, Any]) -> Reading:
    reading = extract(claim(root, files), ImportContext())
    assert check_reading(reading) == []
    return reading


def people(reading: Reading) -> list[tuple[str, str]]:
    return [(row["relationship"], row["source_key"]) for row in reading.records.to_pylist()]


def accounts(reading: Reading) -> list[list[str]]:
    return [[point["raw"] for point in row["points"]] for row in reading.records.to_pylist()]


# TikTok


@pytest.mark.parametrize(("root", "key"), [
    ("Activity", "Follower List"), ("Your Activity", "Follower"), ("Profile And Settings", "Follower"),
])  # fmt: skip
def test_tiktok_followers_of_every_generation(tmp_path: Path, root: str, key: str) -> None:
    document = {root: {key: {"FansList": [{"Date": "2024-05-06 23:59:59", "UserName": "Ida.Falk"}]}}}
    reading = read(tmp_path, {"user_data_tiktok.json": document})
    assert people(reading) == [("follower", "ida.falk")]
    (event,) = reading.events.to_pylist()
    assert (event["occurred_precision"], event["occurred_at"].isoformat()) == ("day", "2024-05-06T00:00:00+00:00")
    assert event["occurred_raw"] == "2024-05-06 23:59:59"
    assert reading.coverage == {"tiktok.followers": False}


@pytest.mark.parametrize(("title", "writers", "expected"), [
    ("Chat History with ida:", ["ida", "owner"], "kept"),
    ("Chat History with ida:", ["owner"], "kept"),
    ("Chat History with ida:", ["ida"], "never_answered"),
    ("Chat History with ida:", ["ida", "owner", "tom"], "group"),
    ("Chat History with our market:", ["ida", "owner"], "not_one_person"),
    ("Chat History with :", ["", "owner"], "deleted_account"),
    ("Chat History with owner:", ["owner"], "owner"),
])  # fmt: skip
def test_tiktok_chats_are_with_one_person_who_was_answered(
    tmp_path: Path, title: str, writers: list[str], expected: str
) -> None:
    said = [{"Date": "2024-05-06 07:08:09", "From": writer, "Content": "kept secret"} for writer in writers]
    document = {**OWNER, "Direct Messages": {"Chat History": {"ChatHistory": {title: said}}}}
    reading = read(tmp_path, {"user_data.json": document})
    assert people(reading) == ([("chat_partner", "ida")] if expected == "kept" else [])
    assert reading.skipped == ({} if expected == "kept" else {expected: 1})
    assert "secret" not in str(reading.records.to_pylist()) + str(reading.events.to_pylist())


def test_tiktok_list_that_is_cut_off_gives_those_before_the_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handles, "BATCH_ROWS", 2)
    text = json.dumps({"Activity": {"Follower List": {"FansList": [{"UserName": f"u{n}"} for n in range(5)]}}})
    reading = read(tmp_path, {"user_data.json": text[:-8]})
    assert [key for _, key in people(reading)] == ["u0", "u1", "u2", "u3"]
    assert reading.rejects.column("locator").to_pylist() == ["file"]


def test_tiktok_text_files_keep_what_has_no_date_and_tell_an_empty_one(tmp_path: Path) -> None:
    blocks = "Date: 2023-04-05 06:07:08\nUser Name: ida\n\nUser Name: tom\n"
    reading = read(tmp_path, {"Follower.txt": blocks, "Following.txt": "You do not have any data in this section\n"})
    assert people(reading) == [("follower", "ida"), ("follower", "tom")]
    assert reading.rejects.num_rows == 0


# X


def test_x_numbers_are_no_user_names_and_the_last_owner_of_a_name_has_it(tmp_path: Path) -> None:
    def reply(age: str, number: str) -> dict[str, Any]:
        return {"tweet": {"id_str": age, "in_reply_to_user_id_str": number, "in_reply_to_screen_name": "Ida"}}

    reading = read(tmp_path, {
        **X_ACCOUNT,
        "follower.js": ("follower", [{"follower": {"accountId": number}} for number in ("1", "2", "10")]),
        "tweets.js": ("tweets", [reply("200", "2"), reply("100", "1")]),
    })  # fmt: skip
    assert sorted(accounts(reading)) == [["x_id:1"], ["x_id:2", "x:ida"]]
    assert reading.skipped == {"owner": 1}


@pytest.mark.parametrize(("said", "count", "partial", "complete"), [
    (True, "2", False, True), (True, "3", False, False), (True, "2", True, False), (False, "2", False, False),
])  # fmt: skip
def test_x_list_is_complete_only_where_the_manifest_counts_it(
    tmp_path: Path, said: bool, count: str, partial: bool, complete: bool
) -> None:
    manifest = {
        "archiveInfo": {"isPartialArchive": partial},
        "dataTypes": {"follower": {"files": [{"globalName": "YTD.follower.part0", "count": count}]}},
    }
    files: dict[str, Any] = {**X_ACCOUNT, "follower.js": (
        "follower", [{"follower": {"accountId": number}} for number in ("1", "2")]
    )}  # fmt: skip
    if said:
        files["manifest.js"] = f"window.__THAR_CONFIG = {json.dumps(manifest)}"
    assert read(tmp_path, files).coverage == {"x.followers": complete}


def test_x_message_requests_and_threads_of_nobody_known_are_left_out(tmp_path: Path) -> None:
    def thread(pair: str, *senders: str) -> dict[str, Any]:
        said = [
            {"messageCreate": {"senderId": one, "text": "x", "createdAt": "2024-01-02T03:04:05Z"}} for one in senders
        ]
        return {"dmConversation": {"conversationId": pair, "messages": said}}

    threads = ("direct_messages", [thread("10-1", "1", "10"), thread("10-2", "2"), thread("1-2", "1")])
    reading = read(tmp_path, {**X_ACCOUNT, "direct-messages.js": threads})
    assert people(reading) == [("chat_partner", "1")]
    assert reading.skipped == {"never_answered": 2}
    (tmp_path / "account.js").unlink()
    without = read(tmp_path, {"direct-messages.js": threads})
    assert people(without) == []
    assert [row["code"] for row in without.rejects.to_pylist()] == ["no_partner"] * 3


def test_x_lists_that_nobody_has_seen_are_named(tmp_path: Path) -> None:
    found = claim(tmp_path, {
        **X_ACCOUNT,
        "follower.js": ("follower", []),
        "lists-member.js": ("lists_member", []),
        "lists-created.js": ("lists_created", []),
    })  # fmt: skip
    assert found.not_understood == ("lists-member.js",)


# Address books, members and lists


@pytest.mark.parametrize(("cell", "expected"), [
    ("a@example.com", ["a@example.com"]),
    ("a@example.com ::: b@example.com ::: a@example.com", ["a@example.com", "b@example.com"]),
    (
        " ::: ".join(f"{letter}@example.com" for letter in "abcdefgh"),
        [*(f"{letter}@example.com" for letter in "abcde"), "f@example.com ::: g@example.com ::: h@example.com"],
    ),
])  # fmt: skip
def test_google_cells_with_several_values_lose_none(tmp_path: Path, cell: str, expected: list[str]) -> None:
    reading = read(tmp_path, {"contacts.csv": f"{GOOGLE}Ida,Falk,,* myContacts,{cell},\nTom,,,,tom@example.com,\n"})
    assert accounts(reading) == [expected, ["tom@example.com"]]


@pytest.mark.parametrize(("labels", "expected"), [
    ("* myContacts", []),
    ("* myContacts ::: Market", ["Market"]),
    ("Market ::: * starred ::: Fair", ["Market", "Fair"]),
])  # fmt: skip
def test_google_labels_of_the_system_are_no_tags(tmp_path: Path, labels: str, expected: list[str]) -> None:
    reading = read(tmp_path, {"contacts.csv": f"{GOOGLE}Ida,Falk,,{labels},ida@example.com,\n"})
    assert reading.records.column("tags").to_pylist() == [expected]


def test_google_writes_addresses_where_it_knows_no_name(tmp_path: Path) -> None:
    rows = "ida@example.com,,,,ida@example.com,\ntom@example.com,,,,,\nno@mail,,,,x@example.com,\n"
    reading = read(tmp_path, {"contacts.csv": GOOGLE + rows})
    assert accounts(reading) == [["ida@example.com"], ["tom@example.com"], ["x@example.com"]]
    assert reading.records.column("first_name").to_pylist() == [None, None, "no@mail"]


def test_patreon_knows_followers_from_members_and_no_consent(tmp_path: Path) -> None:
    rows = (
        "Name,Email,Patron Status,Lifetime Amount,Patronage Since Date,User ID\n"
        "Ida,ida@example.com,Active patron,5,2024-01-02 03:04:05,1\nTom,tom@example.com,,0,,2\n"
    )
    reading = read(tmp_path, {"Members_1.csv": rows})
    assert people(reading) == [("member", "1"), ("follower", "2")]
    said = [(row["event_type"], row["detail"]) for row in reading.events.to_pylist()]
    assert said == [("relationship", "member"), ("relationship", "follower")]


@pytest.mark.parametrize(("disabled", "expected"), [
    ("true", ("withdrawn", None, None)), ("false", ("observed", "subscribed", 2024)), ("", None),
])  # fmt: skip
def test_substack_dates_only_what_it_knows(
    tmp_path: Path, disabled: str, expected: tuple[str, str | None, int | None] | None
) -> None:
    row = f"ida@example.com,false,,other,{disabled},2024-01-02T03:04:05.000Z\n"
    header = "email,active_subscription,expiry,plan,email_disabled,created_at\n"
    events = read(tmp_path, {"email_list.x.csv": header + row}).events.to_pylist()
    found = [(one["event_type"], one["state"], one["occurred_at"] and one["occurred_at"].year) for one in events]
    assert found == ([expected] if expected else [])


def test_substack_cancelling_the_plan_is_not_leaving_the_list(tmp_path: Path) -> None:
    rows = "Email,Stripe plan,Start date,Cancel date\nida@example.com,yearly,2024-01-02,2025-01-02\n"
    (event,) = read(tmp_path, {"export.csv": rows}).events.to_pylist()
    assert (event["event_type"], event["state"], event["opt_in_level"]) == ("observed", "subscribed", "unknown")


def test_youtube_channels_in_any_language_are_followed_by_the_owner(tmp_path: Path) -> None:
    number = "UC" + "a" * 22
    rows = f"Kanava,Osoite,Nimi\n{number},http://www.youtube.com/channel/{number},Kynttilät\n"
    reading = read(tmp_path, {"tilaukset.csv": rows})
    assert people(reading) == [("following", number)]
