from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audiencevault.export import open_exports
from audiencevault.sources import facebook_oldest, meta_blocks
from audiencevault.sources.facebook import FacebookImporter
from audiencevault.sources.importer import Claim, ImportContext, identify
from audiencevault.sources.instagram import InstagramImporter
from audiencevault.sources.testing import Reading, check_reading, extract

FRIENDS = "connections/friends/your_friends.json"
PROFILE = "personal_information/profile_information/profile_information.json"
IMPORTED = "personal_information/other_personal_information/your_imported_contacts.json"
OWNER = {"profile_v2": {"name": {"full_name": "Candle Shop"}, "username": "Candle.Shop"}}


def write(root: Path, files: dict[str, Any]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return root


def claims(root: Path, files: dict[str, Any]) -> list[Claim]:
    exports, errors = open_exports([write(root, files)])
    assert errors == []
    return identify(exports, [FacebookImporter(), InstagramImporter()])


def read(root: Path, files: dict[str, Any]) -> Reading:
    (claim,) = claims(root, files)
    reading = extract(claim, ImportContext())
    assert check_reading(reading) == []
    return reading


def thread(title: str, *names: str) -> dict[str, Any]:
    messages = [{"sender_name": name, "timestamp_ms": 1_700_000_000_000} for name in names]
    return {"participants": [{"name": name} for name in names], "messages": messages, "title": title}


def page(*sections: str, end: str = "</main></body></html>") -> str:
    return f"<html><head><title>Friends</title></head><body><main>{''.join(sections)}{end}"


def section(name: str, date: str = "Mar 1, 2024 1:00:00 pm") -> str:
    return (
        f'<section class="_a6-g"><h2>{name}</h2><div class="_a6-p"><section class="_a6-g"></section></div>'
        f'<footer><div class="_a72d">{date}</div></footer></section>'
    )


def names(reading: Reading) -> list[str]:
    return reading.records.column("full_name").to_pylist()


def test_facebook_and_instagram_side_by_side_are_kept_apart(tmp_path: Path) -> None:
    followers = [{"string_list_data": [{"href": "https://www.instagram.com/ida", "value": "ida", "timestamp": 1}]}]
    found = claims(tmp_path, {
        FRIENDS: {"friends_v2": [{"name": "Ida Falk", "timestamp": 1_700_000_000}]},
        "connections/followers_and_following/followers_1.json": followers,
        "your_facebook_activity/messages/inbox/a_1/message_1.json": thread("Ida Falk", "Ida Falk", "Candle Shop"),
        "your_instagram_activity/messages/inbox/b_2/message_1.json": thread("Bo", "Bo", "Candle Shop"),
        "messages/inbox/c_3/message_1.json": thread("Tom", "Tom", "Candle Shop"),
    })  # fmt: skip
    members = {claim.source: [member.path for member in claim.members] for claim in found}
    assert members["facebook"] == [FRIENDS, "your_facebook_activity/messages/inbox/a_1/message_1.json"]
    # The old path is the same for both: where Instagram is, it is not taken for Facebook's.
    assert "messages/inbox/c_3/message_1.json" in members["instagram"]


def test_threads_alone_are_facebooks_only_where_the_download_is_named_so(tmp_path: Path) -> None:
    files = {"messages/inbox/a_1/message_1.json": thread("Ida Falk", "Ida Falk", "Candle Shop")}
    assert claims(tmp_path / "download", files) == []
    (claim,) = claims(tmp_path / "facebook-candle.shop-2026-03-04-AbCd", files)
    assert (claim.source, claim.account) == ("facebook", "candle.shop")
    assert claim.observed_at is not None
    assert claim.observed_at.date().isoformat() == "2026-03-04"


def test_a_number_that_may_be_an_accounts_is_not_taken(tmp_path: Path) -> None:
    def entry(*values: tuple[str, str]) -> dict[str, Any]:
        return {"dict": [{"label": label, "value": value} for label, value in values]}

    book = "personal_information/profile_information/contacts_uploaded_before_2021.json"
    reading = read(tmp_path, {
        FRIENDS: {"friends_v2": []},
        book: {"media": [], "label_values": [{"label": "Kontakty", "vec": [
            entry(("konto", "100000001"), ("Nazwa", "Ida Falk")),
            entry(("konto", "100000002"), ("punkt", "bo@example.com"), ("Nazwa", "Bo Lind")),
            entry(("user_id", "100000003"), ("Contact point", "12025550147"), ("Name", "Tom Berg")),
        ]}]},
    })  # fmt: skip
    points = [[point["raw"] for point in found] for found in reading.records.column("points").to_pylist()]
    assert dict(zip(names(reading), points, strict=True)) == {
        "Ida Falk": [], "Bo Lind": ["bo@example.com"], "Tom Berg": ["12025550147"],
    }  # fmt: skip


def test_contact_points_of_one_name_are_joined_only_where_they_were_uploaded_together(tmp_path: Path) -> None:
    def entry(point: str, at: int) -> dict[str, Any]:
        values = [{"label": "Contact name", "value": "Ida Falk"}, {"label": "Contact point", "value": point}]
        return {"timestamp": at, "label_values": values}

    reading = read(
        tmp_path, {IMPORTED: [entry("a@example.com", 1), entry("b@example.com", 1), entry("c@example.com", 2)]}
    )
    points = [[point["raw"] for point in found] for found in reading.records.column("points").to_pylist()]
    assert points == [["a@example.com", "b@example.com"], ["c@example.com"]]
    assert reading.skipped == {"further_contact_point": 1}


def test_the_owner_is_nobodys_contact(tmp_path: Path) -> None:
    profile = {"profile_v2": OWNER["profile_v2"] | {"phone_numbers": [{"phone_number": "+1 202-555-0100"}]}}
    contacts = {"address_book_v2": {"address_book": [{"name": "Me", "details": [{"contact_point": "12025550100"}]}]}}
    reading = read(tmp_path, {PROFILE: profile, "about_you/your_address_books.json": contacts})
    assert reading.records.num_rows == 0
    assert reading.skipped == {"owner": 1}
    assert [point.raw for point in reading.owner] == ["facebook:candle.shop", "+1 202-555-0100"]


def test_nobody_is_imported_from_threads_whose_owner_is_unknown(tmp_path: Path) -> None:
    base = "your_facebook_activity/messages/inbox/"
    files: dict[str, Any] = {base + "a_1/message_1.json": thread("a group", "Ida Falk", "Candle Shop")}
    reading = read(tmp_path / "a", files)
    assert reading.records.num_rows == 0
    assert reading.rejects.column("code").to_pylist() == ["owner_unknown"]
    assert names(read(tmp_path / "b", files | {PROFILE: OWNER})) == ["Ida Falk"]


def test_a_thread_in_pages_shows_those_who_wrote(tmp_path: Path) -> None:
    base = "your_facebook_activity/messages/inbox/"
    end = "</main></body></html>"
    group = page(section("Participants: Ida, Bo and Candle Shop", ""), section("Bo Lind"), section("Candle Shop"))
    alone = page(section("Ida Falk"), section("Candle Shop")).replace("<title>Friends", "<title>Ida Falk")
    profile = page(
        '<section class="_a6-g"><table><tr><td>Name</td><td>Candle Shop</td></tr></table></section>', end=end
    )
    reading = read(tmp_path, {
        base + "group_1/message_1.html": group,
        base + "idafalk_2/message_1.html": alone,
        PROFILE.replace(".json", ".html"): profile,
    })  # fmt: skip
    kinds = dict(zip(names(reading), reading.records.column("relationship").to_pylist(), strict=True))
    assert kinds == {"Bo Lind": "group_member", "Ida Falk": "chat_partner"}


def test_page_is_the_same_in_any_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {FRIENDS.replace("json", "html"): page(*(section(f"Friend {number}") for number in range(40)))}
    whole = read(tmp_path, files)
    monkeypatch.setattr(meta_blocks, "_PIECE", 97)
    pieces = read(tmp_path, files)
    assert whole.records.equals(pieces.records)
    assert names(pieces) == [f"Friend {number}" for number in range(40)]
    assert {moment.isoformat() for moment in pieces.records.column("first_seen_at").to_pylist()} == {
        "2024-03-01T00:00:00+00:00"
    }


@pytest.mark.parametrize(("sections", "end", "people"), [
    ((), "</main></body></html>", 0),
    (("<article>Ida Falk</article>",), "</main></body></html>", 0),
    ((section("Ida Falk"),), "", 1),
])  # fmt: skip
def test_page_that_is_not_understood_or_cut_off_is_not_an_empty_list(
    tmp_path: Path, sections: tuple[str, ...], end: str, people: int
) -> None:
    reading = read(tmp_path, {
        FRIENDS.replace("json", "html"): page(*sections, end=end),
        "connections/followers/people_who_followed_you.json": {"followers_v3": [{"name": "Bo Lind"}]},
    })  # fmt: skip
    assert reading.records.num_rows == people + 1
    assert reading.rejects.column("code").to_pylist() == ["unreadable"]
    assert reading.coverage == {"facebook.followers": True, "facebook.friends": False}


def test_json_is_read_once_where_the_html_copy_lies_beside_it(tmp_path: Path) -> None:
    reading = read(tmp_path, {
        FRIENDS: {"friends_v2": [{"name": "Ida Falk", "timestamp": 5}]},
        FRIENDS.replace("json", "html"): page(section("Ida Falk"), section("Only Html")),
    })  # fmt: skip
    assert names(reading) == ["Ida Falk"]


def test_list_under_another_key_is_rejected_and_never_read_as_friends(tmp_path: Path) -> None:
    reading = read(tmp_path, {
        FRIENDS: {"blocked_v9": [{"name": "Ida Falk", "timestamp": 5}]},
        "connections/followers/people_who_followed_you.json": {"followers_v3": [{"name": "Bo Lind"}]},
    })  # fmt: skip
    assert names(reading) == ["Bo Lind"]
    assert reading.coverage["facebook.friends"] is False


def archive(*threads: str, end: str = "</div></body></html>") -> str:
    return f'<html><body><div class="contents"><h1>Candle Shop</h1>{"".join(threads)}{end}'


def old_thread(people: str, *senders: str) -> str:
    return f'<div class="thread">{people}' + "".join(
        f'<div class="message_header"><span class="user">{name}</span>'
        '<span class="meta">Friday, October 4, 2013 at 10:05pm PDT</span></div><p>x</p>'
        for name in senders
    )


def test_archive_of_before_2018_is_the_same_in_any_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    group = old_thread("Candle Shop, Bo Lind, 100000123@facebook.com", "Bo Lind")
    pairs = [old_thread(f"Candle Shop, Friend {number}", "Candle Shop", f"Friend {number}") for number in range(20)]
    files = {"html/messages.htm": archive(group, *pairs), "html/contact_info.htm": "<html></html>"}
    whole = read(tmp_path, files)
    monkeypatch.setattr(facebook_oldest, "_PIECE", 61)
    monkeypatch.setattr(facebook_oldest, "_LONGEST_MARK", 300)
    assert read(tmp_path, files).records.equals(whole.records)
    assert names(whole) == ["Bo Lind", *(f"Friend {number}" for number in range(20))]
    kinds = whole.records.column("relationship").to_pylist()
    assert kinds == ["group_member", *["chat_partner"] * 20]
    assert whole.skipped == {"deleted_account": 1, "owner": 21}
    assert whole.claim.not_understood == ("html/contact_info.htm",)


def test_archive_that_stops_early_keeps_its_people_and_says_so(tmp_path: Path) -> None:
    reading = read(tmp_path, {"messages.htm": archive(old_thread("Candle Shop, Ida Falk", "Ida Falk"), end="")})
    assert names(reading) == ["Ida Falk"]
    assert reading.rejects.column("code").to_pylist() == ["unreadable"]
