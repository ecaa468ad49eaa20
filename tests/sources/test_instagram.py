from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.export import open_exports
from audiencevault.records import EXTRACTED_EVENTS, SOURCE_RECORDS, record_id
from audiencevault.sources import meta_html, meta_json, meta_labels, meta_messages
from audiencevault.sources.handles import HandleList
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.sources.instagram import InstagramImporter
from audiencevault.sources.meta_json import Entry
from audiencevault.sources.testing import Reading, check_reading, extract

LISTS = "connections/followers_and_following/"
HERE = "https://www.instagram.com/"


def item(name: str, seconds: int = 1_700_000_000) -> dict[str, Any]:
    return {"title": "", "string_list_data": [{"href": HERE + name, "value": name, "timestamp": seconds}]}


def claims(root: Path, files: dict[str, Any]) -> list[Claim]:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    exports, errors = open_exports([root])
    assert errors == []
    return [claim for export in exports for claim in InstagramImporter().identify(export)]


def read(root: Path, files: dict[str, Any], **settings: str) -> Reading:
    (claim,) = claims(root, files)
    reading = extract(claim, ImportContext(**settings))
    assert check_reading(reading) == []
    return reading


def handles(reading: Reading, source: str) -> list[str]:
    return [row["source_key"] for row in reading.records.to_pylist() if row["source"] == source]


def codes(reading: Reading) -> dict[str, str]:
    return {row["member"].rpartition("/")[2]: row["code"] for row in reading.rejects.to_pylist()}


def page(*boxes: str, end: str = "</body></html>") -> str:
    return f"<html><head></head><body><div><div role='main'>{''.join(boxes)}</div></div>{end}"


def box(name: str, date: str, link: str = HERE) -> str:
    return f'<div class="pam uiBoxWhite x"><div><a href="{link}{name}">{name}</a></div><div>{date}</div></div>'


# The user name


@pytest.mark.parametrize(
    ("entry", "title", "expected"),
    [
        ({"value": " @Ida.Falk "}, "", "ida.falk"),
        ({"value": "", "href": HERE + "zoe"}, "title.first", "title.first"),
        ({"href": HERE + "_u/Link.Only/"}, "", "link.only"),
        ({"href": HERE + "caf%C3%A9"}, "", "café"),
        ({"value": "two words", "href": HERE + "one.word"}, "", "one.word"),
        ({"href": HERE + "p/Cxyz/"}, "", None),
        ({"href": "https://example.com/ida"}, "", None),
        ({"href": "https://[::1"}, "", None),
        ({}, "Ida Falk", None),
    ],
)
def test_username_is_value_then_title_then_link(
    tmp_path: Path, entry: dict[str, str], title: str, expected: str | None
) -> None:
    reading = read(tmp_path, {LISTS + "followers_1.json": [{"title": title, "string_list_data": [entry]}]})
    assert handles(reading, "instagram.followers") == ([expected] if expected else [])
    assert codes(reading) == ({} if expected else {"followers_1.json": "no_username"})


def test_ida_and_a_mangled_display_name_are_read_as_written(tmp_path: Path) -> None:
    mangled = "Ren\u00c3\u00a9e"
    reading = read(tmp_path, {
        LISTS + "followers_1.json": [item("ida.falk")],
        LISTS + "blocked_profiles.json": {
            "label_values": [{"label": "Name", "value": mangled}, {"label": "Username", "value": "renee"}]
        },
    })  # fmt: skip
    blocked = reading.records.filter(pc.equal(reading.records["source"], "instagram.blocked")).to_pylist()
    assert [(row["full_name"], row["source_key"]) for row in blocked] == [("Renée", "renee")]


def test_label_of_the_username_is_found_by_its_values_across_files(tmp_path: Path) -> None:
    def record(first: str, second: str) -> dict[str, Any]:
        return {"label_values": [{"label": "ПервЫй", "value": first}, {"label": "Второй", "value": second}]}

    reading = read(tmp_path, {
        LISTS + "followers_1.json": [],
        # On its own this record cannot tell: both values look like user names.
        LISTS + "blocked_profiles.json": record("ida", "candle.fan"),
        LISTS + "close_friends.json": [record("Ida Falk", "ida.falk"), record("Zoë", "zoe_a"), record("Bo", "bo1")],
    })  # fmt: skip
    assert handles(reading, "instagram.blocked") == ["candle.fan"]
    assert handles(reading, "instagram.close_friends") == ["ida.falk", "zoe_a", "bo1"]


def test_link_of_a_labelled_record_is_a_bio_link_and_never_the_account(tmp_path: Path) -> None:
    record = {"label_values": [{"label": "URL", "value": HERE + "somebody.else", "href": HERE + "somebody.else"}]}
    reading = read(tmp_path, {LISTS + "followers_1.json": [], LISTS + "close_friends.json": [record]})
    assert reading.records.num_rows == 0
    assert codes(reading) == {"close_friends.json": "no_username"}


@given(st.text("_u/ab.?#%:@ \\;\t\n[]é2", max_size=14))
def test_usual_links_are_read_as_all_links_are(path: str) -> None:
    # Upper case takes the general way, lower case the short one.
    general = meta_json.handle_from_link("https://WWW.instagram.com/" + path, "instagram.com")
    assert meta_json.handle_from_link(HERE + path, "instagram.com") == general


# Which files, and what is complete


def test_followers_are_complete_only_without_a_gap_in_the_numbers(tmp_path: Path) -> None:
    files = {LISTS + f"followers_{number}.json": [item(f"f{number}")] for number in (1, 2, 10)}
    assert read(tmp_path / "a", files).coverage["instagram.followers"] is False
    whole = {LISTS + f"followers_{number}.json": [item(f"f{number}")] for number in range(1, 11)}
    reading = read(tmp_path / "b", whole)
    assert reading.coverage["instagram.followers"] is True
    assert handles(reading, "instagram.followers") == [f"f{number}" for number in range(1, 11)]


def test_json_is_read_once_where_the_html_copy_lies_beside_it(tmp_path: Path) -> None:
    files = {
        LISTS + "followers_1.json": [item("ida.falk")],
        LISTS + "followers_1.html": page(box("ida.falk", "Mar 1, 2024 1:00 pm"), box("only.html", "")),
        LISTS + "following.html": page(box("wick.works", "Mar 1, 2024 1:00 pm", HERE + "_u/")),
    }
    reading = read(tmp_path, files)
    assert handles(reading, "instagram.followers") == ["ida.falk"]
    assert handles(reading, "instagram.following") == ["wick.works"]
    assert reading.claim.layout == "2022+ JSON and HTML"


def test_a_list_with_somebody_unnamed_does_not_show_who_is_gone(tmp_path: Path) -> None:
    reading = read(tmp_path, {LISTS + "followers_1.json": [item("ida.falk"), {"string_list_data": []}]})
    assert handles(reading, "instagram.followers") == ["ida.falk"]
    assert reading.coverage == {"instagram.followers": False}


def test_threads_are_not_read_as_instagram(tmp_path: Path) -> None:
    lists = {"text_post_app_text_post_app_followers": [item("threads.only")]}
    assert claims(tmp_path / "bare", {"threads/followers.json": lists, "threads/following.json": lists}) == []
    reading = read(tmp_path / "mixed", {
        LISTS + "followers_1.json": [item("ida.falk")],
        LISTS + "following.json": lists,
        "your_instagram_activity/threads/followers.json": lists,
    })  # fmt: skip
    assert handles(reading, "instagram.followers") == ["ida.falk"]
    assert handles(reading, "instagram.following") == []
    assert not reading.claim.not_understood
    assert "your_instagram_activity/threads/followers.json" not in [m.path for m in reading.claim.members]
    assert codes(reading) == {"following.json": "unreadable"}


def test_strangers_who_wrote_are_no_chat_partners(tmp_path: Path) -> None:
    people = {"participants": [{"name": "Stranger"}, {"name": "Candle Shop"}], "messages": [], "title": "Stranger"}
    known = {"participants": [{"name": "Ida"}, {"name": "Candle Shop"}], "messages": [], "title": "Ida"}
    reading = read(tmp_path, {
        LISTS + "followers_1.json": [],
        "your_instagram_activity/messages/message_requests/stranger_1/message_1.json": people,
        "your_instagram_activity/messages/inbox/ida_2/message_1.json": known,
    })  # fmt: skip
    kinds = {row["full_name"]: row["relationship"] for row in reading.records.to_pylist()}
    assert kinds == {"Stranger": "friend_request_in", "Ida": "chat_partner"}


def test_message_pages_give_those_who_wrote_and_when(tmp_path: Path) -> None:
    def message(name: str, date: str) -> str:
        return (
            f'<div class="pam _2ph- _a6-g uiBoxWhite noborder"><h2 class="_a6-h _a6-i">{name}</h2>'
            f'<div class="_a6-p">on Feb 2, 2031</div><div class="_3-94 _a6-o">{date}</div></div>'
        )

    messages = page(message("Ida Falk", "Mar 3, 2024 1:00 pm"), message("Candle Shop", "Mar 1, 2024 1:00 pm"))
    folder = "your_instagram_activity/messages/inbox/idafalk_1/"
    reading = read(tmp_path, {
        LISTS + "followers_1.html": page(box("ida.falk", "Mar 1, 2024 1:00 pm")),
        folder + "message_1.html": messages.replace("<head>", "<head><title>Ida Falk</title>"),
    })  # fmt: skip
    (row,) = [row for row in reading.records.to_pylist() if row["source"] == "instagram.messages"]
    assert (row["full_name"], row["relationship"]) == ("Ida Falk", "chat_partner")
    assert (row["first_seen_at"].date().isoformat(), row["last_seen_at"].date().isoformat()) == (
        "2024-03-01", "2024-03-03",
    )  # fmt: skip
    assert dict(row["extra"])["username_hint"] == "idafalk"


def test_facebook_files_beside_it_are_left_to_others(tmp_path: Path) -> None:
    thread = {"participants": [{"name": "A"}, {"name": "B"}], "messages": [], "title": "A"}
    facebook = {
        "messages/inbox/a_1/message_1.json": thread,
        "your_facebook_activity/messages/inbox/a_1/message_1.json": thread,
        "connections/friends/your_friends.json": {"friends_v2": []},
        "personal_information/profile_information/profile_information.json": {"profile_v2": {}},
    }
    assert claims(tmp_path / "facebook", facebook) == []
    (claim,) = claims(tmp_path / "both", {**facebook, "ig/" + LISTS + "followers_1.json": [item("ida.falk")]})
    assert [member.path for member in claim.members] == ["ig/" + LISTS + "followers_1.json"]
    assert claim.root == "ig/"


def test_two_exports_in_one_folder_are_two_claims(tmp_path: Path) -> None:
    files = {f"instagram-{name}-2026-03-0{day}-x/{LISTS}followers_1.json": [item("ida.falk")]
             for day, name in enumerate(("shop.one", "shop.two"), start=1)}  # fmt: skip
    found = claims(tmp_path, files)
    assert [(claim.account, claim.observed_at) for claim in found] == [
        ("shop.one", datetime(2026, 3, 1, tzinfo=UTC)),
        ("shop.two", datetime(2026, 3, 2, tzinfo=UTC)),
    ]
    ids = [extract(claim, ImportContext()).records["record_id"][0].as_py() for claim in found]
    assert ids == [record_id("instagram.followers", name, "ida.falk") for name in ("shop.one", "shop.two")]


def test_account_is_the_zips_when_nothing_in_it_says_more_and_the_persons_when_they_say(tmp_path: Path) -> None:
    path = tmp_path / "instagram-candle.shop-2026-03-04-AbCd.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(LISTS + "followers_1.json", json.dumps([item("ida.falk"), item("candle.shop")]))
    exports, _ = open_exports([path])
    (claim,) = InstagramImporter().identify(exports[0])
    assert claim.account == "candle.shop"
    reading = extract(claim, ImportContext(account="mine"))
    assert set(reading.records["account"].to_pylist()) == {"mine"}
    assert handles(reading, "instagram.followers") == ["ida.falk"]
    assert reading.skipped == {"owner": 1}


# Damage


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (json.dumps([item("one"), item("two"), item("three")])[:-40], ["one", "two"]),
        ('{"relationships_followers": {"not": "a list"}}', []),
        ('"text"', []),
        ("null", []),
        ("[" * 5_000, []),
        ("{}", []),
        ('{"other": [1, 2]}', []),
    ],
)
def test_one_bad_list_leaves_the_others(tmp_path: Path, content: str, kept: list[str]) -> None:
    reading = read(tmp_path, {LISTS + "followers_1.json": content, LISTS + "following.json": [item("wick.works")]})
    assert handles(reading, "instagram.followers") == kept
    assert handles(reading, "instagram.following") == ["wick.works"]
    assert reading.rejects.num_rows >= 1
    assert set(reading.rejects["source"].to_pylist()) == {"instagram.followers"}
    assert reading.coverage == {"instagram.followers": False, "instagram.following": True}


@pytest.mark.parametrize("value", ["1e400170000000", "9" * 5_000, "1e999", r'"\udc00"', r'{"\udc00": 1}', "NaN"])
def test_no_value_is_too_strange_to_survive(tmp_path: Path, value: str) -> None:
    content = f'[{json.dumps(item("one"))}, {{"string_list_data": [{{"value": "two", "timestamp": {value}}}]}}]'
    reading = read(tmp_path, {LISTS + "followers_1.json": content, LISTS + "following.json": [item("wick.works")]})
    assert handles(reading, "instagram.followers") == ["one"]
    assert handles(reading, "instagram.following") == ["wick.works"]
    assert codes(reading) == {"followers_1.json": "unreadable"}


@pytest.mark.parametrize("seconds", [0, -5, 1.7e9, "1700000000", 4_102_444_800, True, None, [], "soon", "9" * 5_000])
def test_times_are_seconds_or_nothing(seconds: object) -> None:
    expected = {1.7e9: 1_700_000_000, "1700000000": 1_700_000_000, True: 1}
    assert meta_json.seconds(seconds) == (expected.get(seconds) if not isinstance(seconds, list) else None)


def test_a_list_is_read_as_it_comes_and_never_held(tmp_path: Path) -> None:
    path = tmp_path / "followers_1.json"
    path.write_text(json.dumps([item(f"user{number}") for number in range(60_000)]))
    exports, _ = open_exports([path])
    read_bytes = 0

    class Counting:
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        def read(self, size: int = -1) -> bytes:
            nonlocal read_bytes
            data = self._stream.read(size)
            read_bytes += len(data)
            return data

        def __enter__(self) -> Counting:
            return self

        def __exit__(self, *_: object) -> None:
            self._stream.close()

    class Source:
        fingerprint = None

        def open(self) -> Any:
            return Counting(path.open("rb"))

    member = exports[0].members[0]
    counted = type(member)(member.path, member.size, None, Source())
    first = next(meta_json.items(counted))
    assert first["string_list_data"][0]["value"] == "user0"
    assert read_bytes < path.stat().st_size / 4


# HTML


def test_html_page_without_a_record_is_unreadable_and_not_empty(tmp_path: Path) -> None:
    renamed = page(box("ida.falk", "Mar 1, 2024 1:00 pm").replace("uiBoxWhite", "newName"))
    reading = read(tmp_path, {LISTS + "followers_1.html": renamed, LISTS + "following.html": page()})
    assert reading.records.num_rows == 0
    assert codes(reading) == {"followers_1.html": "unreadable", "following.html": "unreadable"}
    assert reading.coverage == {"instagram.followers": False, "instagram.following": False}


def test_html_page_that_stops_early_keeps_its_people_and_says_so(tmp_path: Path) -> None:
    reading = read(tmp_path, {LISTS + "followers_1.html": page(box("ida.falk", "Mar 1, 2024 1:00 pm"), end="")})
    assert handles(reading, "instagram.followers") == ["ida.falk"]
    assert codes(reading) == {"followers_1.html": "unreadable"}
    assert reading.coverage["instagram.followers"] is False


def test_long_page_is_read_in_pieces_with_the_same_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"user_{number}" for number in range(300)]
    files = {LISTS + "followers_1.html": page(*(box(name, "Mar 1, 2024 1:00 pm") for name in names))}
    whole = read(tmp_path / "a", files)
    monkeypatch.setattr(meta_html, "_PIECE", 257)
    pieces = read(tmp_path / "b", files)
    assert handles(pieces, "instagram.followers") == handles(whole, "instagram.followers") == names
    assert pieces.records.equals(whole.records)


@pytest.mark.parametrize(
    ("words", "written", "day"),
    [
        ((), "Mar 14, 2025 5:12 pm", None),
        (("mar",), "Mar 14, 2025 5:12 pm", "2025-03-14"),
        (("cze", "paź"), "paź 31, 2023 9:05 pm", "2023-10-31"),
        (("thg 3",), "thg 3 14, 2025 5:12 pm", "2025-03-14"),
        (("3月",), "3月 14, 2025 5:12 下午", "2025-03-14"),
        # July in Polish, June in Croatian: no other word tells which.
        (("lip",), "lip 14, 2025 5:12 pm", None),
        (("lip", "sie"), "lip 14, 2025 5:12 pm", "2025-07-14"),
        (("lip", "svi"), "lip 14, 2025 5:12 pm", "2025-06-14"),
        (("feb",), "Feb 30, 2025 5:12 pm", None),
        (("xyz", "cze", "paź"), "cze 3, 2024 10:15 am", "2024-06-03"),
    ],
)
def test_months_are_read_in_the_one_language_that_explains_them(
    words: tuple[str, ...], written: str, day: str | None
) -> None:
    found = meta_html.Months(words).day(written)
    assert (found.date().isoformat() if found else None) == day


def test_html_dates_are_good_to_the_day(tmp_path: Path) -> None:
    reading = read(tmp_path, {LISTS + "followers_1.html": page(box("ida.falk", "Mar 1, 2024 11:59 pm"))})
    (event,) = reading.events.to_pylist()
    assert event["occurred_precision"] == "day"
    assert event["occurred_raw"] == "Mar 1, 2024 11:59 pm"
    assert event["occurred_at"] == datetime(2024, 3, 1, tzinfo=UTC)


# Synced contacts, owner, messages


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("First Name", "Last Name", "Contact Information"), ("Ida", "Falk")),
        (("Surname", "First name", "Contact information"), ("Falk", "Ida")),
        (("Abc", "Def", "Ghi"), ("Ida", "Falk")),
    ],
)
def test_contacts_are_told_apart_by_label_or_else_by_order(
    tmp_path: Path, labels: tuple[str, ...], expected: tuple[str, str]
) -> None:
    values = ("Ida", "Falk", "+1 202-555-0147")
    mapped = {label: {"value": value} for label, value in zip(labels, values, strict=True)}
    reading = read(tmp_path, {
        "connections/contacts/synced_contacts.json": {"contacts_contact_info": [{"string_map_data": mapped}]}
    })  # fmt: skip
    (record,) = reading.records.to_pylist()
    names = (record["first_name"], record["last_name"])
    assert names == (expected if labels[0] != "Surname" else ("Falk", "Ida"))
    assert record["points"] == [{"kind": "phone", "raw": "+1 202-555-0147", "label": None}]


def test_owner_is_read_in_an_unknown_language_by_the_shape_of_values() -> None:
    entries = [
        Entry("Qwe", "shop@example.com", None, None),
        Entry("Rty", "+12025550100", None, None),
        Entry("Uio", "candle.shop", None, None),
        Entry("Pas", "1990-01-01", None, None),
        Entry("Dfg", "Candle Shop", None, None),
    ]
    found = meta_labels.profile(entries)
    assert (found.handle, found.emails, found.phones) == ("candle.shop", ("shop@example.com",), ("+12025550100",))
    ambiguous = meta_labels.profile([*entries, Entry("Hjk", "female", None, None)])
    assert ambiguous.handle is None


def thread(names: list[str], title: str, *senders: str) -> dict[str, Any]:
    return {
        "participants": [{"name": name} for name in names],
        "messages": [{"sender_name": name, "timestamp_ms": 1_700_000_000_000 + n} for n, name in enumerate(senders)],
        "title": title,
    }


INBOX = "your_instagram_activity/messages/inbox/"


def test_owner_of_a_single_thread_is_who_it_is_not_titled_after(tmp_path: Path) -> None:
    reading = read(tmp_path, {INBOX + "idafalk_1/message_1.json": thread(["Ida Falk", "Me"], "Ida Falk", "Me")})
    assert reading.records["full_name"].to_pylist() == ["Ida Falk"]
    assert reading.skipped == {"owner": 1}
    assert dict(reading.records["extra"][0].as_py())["username_hint"] == "idafalk"


def test_nobody_is_imported_from_threads_whose_owner_is_unknown(tmp_path: Path) -> None:
    reading = read(tmp_path, {INBOX + "group_1/message_1.json": thread(["Ann", "Ben", "Cat"], "Fair", "Ann")})
    assert reading.records.num_rows == 0
    assert reading.rejects["code"].to_pylist() == ["owner_unknown"]


def test_two_people_of_one_name_stay_two_and_deleted_accounts_nobody(tmp_path: Path) -> None:
    reading = read(tmp_path, {
        INBOX + "ann_1/message_1.json": thread(["Ann", "Me"], "Ann", "Ann"),
        INBOX + "ann_2/message_1.json": thread(["Ann", "Me"], "Ann", "Me"),
        INBOX + "x_3/message_1.json": thread(["Instagram User", "Me"], "Instagram User", "Me"),
        INBOX + "instagramuser_4/message_1.json": thread(["Compte supprimé", "Me"], "Compte supprimé", "Me"),
    })  # fmt: skip
    assert reading.records["full_name"].to_pylist() == ["Ann", "Ann"]
    assert len(set(reading.records["record_id"].to_pylist())) == 2
    assert reading.skipped == {"owner": 4, "deleted_account": 2}


def test_the_same_thread_gives_the_same_from_a_large_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {INBOX + "idafalk_1/message_1.json": thread(["Ida Falk", "Me"], "Ida Falk", "Me", "Ida Falk")}
    whole = read(tmp_path / "a", files)
    monkeypatch.setattr(meta_messages, "LARGE", 10)
    assert read(tmp_path / "b", files).records.equals(whole.records)
    other = read(tmp_path / "c", {**files, INBOX + "bo_2/message_1.json": '{"other": "document"}'})
    assert codes(other) == {"message_1.json": "unreadable"}


def test_owner_name_needs_certainty() -> None:
    def made(slug: str, names: list[str], title: str = "") -> meta_messages.Thread:
        return meta_messages.Thread(slug, "inbox", [], title, names)

    assert meta_messages.owner_name([made("a", ["A", "Me"]), made("b", ["B", "Me"])], None) == "Me"
    assert meta_messages.owner_name([made("a", ["A", "Me"]), made("b", ["A", "Me"])], None) is None
    assert meta_messages.owner_name([made("a", ["A", "Me"])], "Me") == "Me"
    assert meta_messages.owner_name([made("a", ["A", "Me"])], "Somebody") is None


# Column by column is the same as row by row


@given(st.lists(st.tuples(st.text("abc._é", min_size=1, max_size=6), st.none() | st.integers(1, 2**31)), max_size=30))
def test_columns_hold_what_rows_would(people: list[tuple[str, int | None]]) -> None:
    built = HandleList("instagram", "instagram.followers", "follower", "data_subject", "me", "00", "f.json", set(), "a")
    for number, (handle, seconds) in enumerate(people, 1):
        built.add(handle, number, seconds)
    step = built.take()
    kept = {handle: (number, seconds) for number, (handle, seconds) in reversed(list(enumerate(people, 1)))}
    kept.pop("a", None)
    assert step.rows == len(people)
    assert sum(step.skipped.values()) == len(people) - len(kept)
    if not kept:
        assert step.records is None
        return
    records = pa.Table.from_batches([step.records], SOURCE_RECORDS).to_pylist()
    events = pa.Table.from_batches([step.events], EXTRACTED_EVENTS).to_pylist()
    assert {row["source_key"] for row in records} == kept.keys()
    for record, event in zip(records, events, strict=True):
        number, seconds = kept[record["source_key"]]
        assert record["record_id"] == event["record_id"] == record_id(record["source"], "me", record["source_key"])
        assert record["points"] == [{"kind": "account", "raw": event["raw"], "label": None}]
        assert record["locator"] == f"item {number}"
        when = None if seconds is None else datetime.fromtimestamp(seconds, UTC)
        assert record["first_seen_at"] == event["occurred_at"] == when
        assert event["occurred_precision"] == ("unknown" if seconds is None else "instant")
