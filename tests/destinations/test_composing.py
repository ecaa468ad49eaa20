"""What goes to an API: the right people, once, said the same way; nobody lost and nobody too many."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault.audience import SUPPRESSED_STATES
from audiencevault.destinations import freshness
from audiencevault.destinations.composing import EARLIER, ITEMS, Outgoing, PushItems, compose
from audiencevault.destinations.definition import Definition, load_all, parse
from audiencevault.destinations.sample import build, sample_audience, sample_settings
from audiencevault.destinations.testing_api import earlier_of, problems
from audiencevault.errors import UsageError
from tests.destinations.receivers import POST, SPLIT
from tests.destinations.test_files import audiences

POST_IT = parse(POST, "post.toml")
SPLIT_IT = parse(SPLIT, "split.toml")
SETTINGS = {"list_id": "12"}
DEFINITIONS = {name: definition for name, definition in load_all().items() if definition.api}
CONSENT = {"reason": "OK_CONSENT", "basis": "consent", "point_kind": "email", "channel": "email"}


def sent(outgoing: Outgoing, name: str) -> PushItems:
    return next(made for made in outgoing.pushes if made.push.name == name)


def said(made: PushItems) -> list[Any]:
    return [json.loads(text) for text in made.items["item"].to_pylist()]


def post(**options: Any) -> Outgoing:
    return compose(sample_audience(), POST_IT, SETTINGS, **{"may_subscribe": True, **options})


def split(rows: list[dict[str, Any]], **options: Any) -> Outgoing:
    return compose(build(rows, []), SPLIT_IT, {}, **{"may_subscribe": True, **options})


def person(number: int, **other: Any) -> dict[str, Any]:
    return {"contact_id": f"c{number}", "point": f"p{number}@example.com", "first_name": "Ida", **CONSENT, **other}


def test_an_item_is_what_the_layout_says_and_nothing_that_is_missing() -> None:
    items = {item["email"]: item for item in said(sent(post(), "subscribed"))}
    assert items["ida.falk@example.com"] == {
        "email": "ida.falk@example.com",
        "name": {"first": "Ida", "last": "Falk"},
        "tags": ["vip", "spring, fair"],
        "spent": 84.5,
        "consent": [{"at": "2024-03-01T10:07:31Z", "kind": "newsletter"}],
        "list": 12,
        "agreed": True,
    }
    # Without a date there is nothing that needs one.
    assert items["nur@example.net"] == {
        "email": "nur@example.net", "name": {"first": "نور", "last": "حداد"}, "list": 12, "agreed": True,
    }  # fmt: skip


def test_texts_are_cut_and_cleaned_and_not_guarded() -> None:
    items = {item["email"]: item for item in said(sent(post(), "subscribed"))}
    assert items["formula@example.com"]["name"] == {"first": "=1+1", "last": "-"}
    assert items["formula@example.com"]["tags"] == ["=cmd", "a;=b"]
    assert items["breaks@example.com"]["name"]["first"] == "Line break"
    assert len(items["long@example.com"]["name"]["first"]) <= 20
    assert items["=cmd|'/c'!a0@example.com"]["name"]["first"] == "Odd"


def test_numbers_are_numbers_and_digits_are_digits() -> None:
    made = sent(post(), "texts")
    assert said(made) == [{"phone": "12025550108", "since": 1754956800}, {"phone": "447700900109", "since": 1757721600}]
    assert made.items["point"].to_pylist() == ["+12025550108", "+447700900109"]


def test_suppressions_come_first_whatever_the_order_of_the_document() -> None:
    assert [made.push.name for made in post().pushes] == ["stopped", "subscribed", "texts"]
    stopped = sent(post(), "stopped").items
    assert stopped["point"].to_pylist() == sorted(stopped["point"].to_pylist())
    assert stopped["contact_id"].null_count == stopped.num_rows


def test_the_table_is_the_one_that_was_promised() -> None:
    for made in post().pushes:
        assert made.items.schema == ITEMS
    assert sent(post(), "subscribed").items["point_key"][0].as_py() == "ida.falk@example.com"


def test_everybody_who_is_left_out_is_held_back_with_the_sentence() -> None:
    held = {(row["contact_id"], row["channel"]): row["sentence"] for row in post().held_back.to_pylist()}
    assert held == {
        ("c10", "email"): "May be reached, but not on the person's own consent, and Post is told of no other basis.",
        ("c11", "email"): "Shares an address with another person who is sent; Post keeps one person per address.",
        ("c21", "email"): ("Somebody else who uses this address said no there; that binds the address for everybody."),
    }


def test_without_fresh_opt_outs_nobody_is_subscribed_who_may_have_left() -> None:
    outgoing = post(may_subscribe=False)
    assert [made.push.name for made in outgoing.pushes] == ["stopped", "texts"]
    held = [row for row in outgoing.held_back.to_pylist() if row["contact_id"] == "c01"]
    assert held[0]["sentence"] == (
        "May be reached, but who opted out at Post is not freshly known, and a subscription sent there takes an "
        "opt-out back."
    )
    assert "audiencevault pull post" in held[0]["remedy"]
    assert "post.optouts" in held[0]["remedy"]


def test_a_value_that_is_required_or_cannot_be_written_holds_back() -> None:
    needs_date = POST.replace('encode = "epoch", required = true', 'encode = "epoch"')
    assert needs_date != POST
    phone = {"point_kind": "phone", "channel": "sms", "reason": "OK_CONSENT", "basis": "consent"}
    rows = [
        {"contact_id": "a", "point": "+12025550101", **phone},
        {"contact_id": "b", "point": "+12025550102", "consented_at": datetime(2025, 1, 1, tzinfo=UTC), **phone},
    ]
    outgoing = compose(build(rows, []), POST_IT, SETTINGS, may_subscribe=True)
    assert sent(outgoing, "texts").items["contact_id"].to_pylist() == ["b"]
    assert outgoing.held_back["sentence"].to_pylist() == [
        "Post needs more than is known of this person: one of phone, sms consented at is missing."
    ]
    whole = compose(build(rows, []), parse(needs_date, "post.toml"), SETTINGS, may_subscribe=True)
    assert sent(whole, "texts").items.num_rows == 2
    only_us = parse(needs_date.replace("phone_digits", "phone_us"), "post.toml")
    british = [{"contact_id": "a", "point": "+447700900109", **phone}]
    outgoing = compose(build(british, []), only_us, SETTINGS, may_subscribe=True)
    assert sent(outgoing, "texts").items.num_rows == 0
    assert "without changing it" in outgoing.held_back["sentence"][0].as_py()


def test_ids_and_digests_are_the_salt_s_own() -> None:
    first, again, other = (sent(post(salt=salt), "subscribed").items for salt in (b"a", b"a", b"b"))
    assert first == again
    for name in ("item_id", "digest"):
        assert not set(first[name].to_pylist()) & set(other[name].to_pylist())
        assert all(len(text) == 32 for text in first[name].to_pylist())
    assert not set(first["item_id"].to_pylist()) & set(sent(post(salt=b"a"), "stopped").items["item_id"].to_pylist())


def test_what_the_receiver_took_is_left_out_and_counted() -> None:
    everything = post()
    again = post(earlier=earlier_of(everything))
    assert [made.items.num_rows for made in again.pushes] == [0, 0, 0]
    assert [made.unchanged for made in again.pushes] == [made.items.num_rows for made in everything.pushes]
    assert again.held_back == everything.held_back
    whole = post(earlier=earlier_of(everything), everything=True)
    assert [made.items.num_rows for made in whole.pushes] == [made.items.num_rows for made in everything.pushes]


def test_another_list_is_another_thing_to_say() -> None:
    again = compose(sample_audience(), POST_IT, {"list_id": "13"}, may_subscribe=True, earlier=earlier_of(post()))
    assert sent(again, "subscribed").changed == sent(post(), "subscribed").new


def test_new_people_and_changed_people_go_different_ways() -> None:
    before = split([person(1), person(2)])
    assert sent(before, "new").items["contact_id"].to_pylist() == ["c1", "c2"]
    assert (sent(before, "new").new, sent(before, "changed").items.num_rows) == (2, 0)
    after = split([person(1), person(2, first_name="Ada"), person(3)], earlier=earlier_of(before))
    assert sent(after, "new").items["contact_id"].to_pylist() == ["c3"]
    assert sent(after, "changed").items["contact_id"].to_pylist() == ["c2"]
    assert (sent(after, "new").new, sent(after, "changed").changed, sent(after, "changed").unchanged) == (1, 1, 1)
    assert after.held_back.num_rows == 0
    assert json.loads(sent(after, "changed").items["item"][0].as_py()) == {"who": "p2@example.com", "name": "Ada"}


def test_an_earlier_word_without_a_digest_counts_as_changed() -> None:
    row = {"point_kind": "email", "point_key": "p1@example.com", "channel": "email", "status": "subscribed"}
    earlier = pa.Table.from_pylist([{**row, "digest": None}], EARLIER)
    outgoing = split([person(1)], earlier=earlier)
    assert (sent(outgoing, "new").items.num_rows, sent(outgoing, "changed").changed) == (0, 1)


def test_one_person_an_address_in_every_push() -> None:
    twice = [person(1), {**person(2), "point": "P1@example.com"}]
    outgoing = split(twice)
    assert sent(outgoing, "new").items["contact_id"].to_pylist() == ["c1"]
    assert outgoing.held_back["contact_id"].to_pylist() == ["c2"]


def test_a_number_that_refused_one_channel_is_not_used_for_it() -> None:
    text = (
        POST.replace('channels = ["email", "sms"]', 'channels = ["email", "sms", "whatsapp"]')
        .replace('channels = ["sms"]', 'channels = ["whatsapp"]')
        .replace(
            'field = "sms_consented_at", encode = "epoch", required = true', 'field = "consented_at", encode = "date"'
        )
    )
    definition = parse(text, "post.toml")
    usual = {"contact_id": "a", "point_kind": "phone", "reason": "OK_CONSENT", "basis": "consent"}
    rows = [
        {**usual, "channel": "sms", "point": "+12025550101", "consented_at": datetime(2025, 1, 1, tzinfo=UTC)},
        {**usual, "channel": "whatsapp", "point": "+12025550102", "consented_at": datetime(2025, 2, 2, tzinfo=UTC)},
    ]
    held = [{"contact_id": "b", "channel": "whatsapp", "point_kind": "phone", "point": "+12025550101",
             "state": "withdrawn", "reason": "NO_WITHDRAWN"}]  # fmt: skip
    outgoing = compose(
        build(rows, held, channels=("email", "sms", "whatsapp")), definition, SETTINGS, may_subscribe=True
    )
    assert said(sent(outgoing, "texts")) == [{"phone": "12025550102", "since": "2025-02-02"}]


def test_a_point_that_is_suppressed_on_two_channels_is_one_item() -> None:
    text = (
        POST.replace('who = "suppressed"\nchannels = ["email"]', 'who = "suppressed"')
        .replace(
            '{ at = "email", field = "email", encode = "email", required = true },\n  { at = "left"',
            '{ at = "phone", field = "phone", encode = "phone" },\n  { at = "left"',
        )
        .replace('channels = ["email", "sms"]', 'channels = ["email", "sms", "whatsapp"]')
    )
    usual = {"contact_id": "a", "point_kind": "phone", "point": "+12025550101", "state": "withdrawn"}
    held = [{**usual, "channel": channel, "reason": "NO_WITHDRAWN"} for channel in ("whatsapp", "sms")]
    outgoing = compose(
        build([], held, channels=("sms", "whatsapp")), parse(text, "post.toml"), SETTINGS, may_subscribe=True
    )
    made = sent(outgoing, "stopped").items
    assert made["channel"].to_pylist() == ["sms+whatsapp"]
    assert json.loads(made["item"][0].as_py())["phone"] == "+12025550101"


def test_what_cannot_be_composed_is_a_sentence() -> None:
    with pytest.raises(UsageError, match=r"Post needs the setting list_id\."):
        compose(sample_audience(), POST_IT, {}, may_subscribe=True)
    with pytest.raises(UsageError, match="Post is for marketing; this audience was selected for transactional"):
        compose(build([], [], purpose="transactional"), POST_IT, SETTINGS, may_subscribe=True)
    with pytest.raises(UsageError, match="Post takes email and sms; this audience was selected for whatsapp"):
        compose(build([], [], channels=("whatsapp",)), POST_IT, SETTINGS, may_subscribe=True)
    with pytest.raises(UsageError, match="Nothing can be sent to Plain CSV directly"):
        compose(build([], []), load_all()["csv"], {}, may_subscribe=True)
    with pytest.raises(TypeError):
        compose(pa.table({"point": ["a@example.com"]}), POST_IT, SETTINGS, may_subscribe=True)  # type: ignore[arg-type]


def test_nobody_at_all_is_no_error() -> None:
    outgoing = compose(build([], []), POST_IT, SETTINGS, may_subscribe=True)
    assert [made.items.num_rows for made in outgoing.pushes] == [0, 0, 0]
    assert outgoing.held_back.num_rows == 0


def test_conformance_can_fail() -> None:
    careless = (
        POST.replace('say = "Added to the list."', "")
        .replace(", max_chars = 20", "")
        .replace('{ at = "consent.0.at", field = "email_consented_at", encode = "datetime" },\n', "")
        .replace('{ at = "consent.0.kind", value = "newsletter", needs = "consent.0.at" },\n', "")
        .replace("max_items = 3", "max_item_bytes = 300\nmax_bytes = 100")
    )
    found = list(problems(parse(careless, "post.toml"), sample_audience()))
    assert found[:2] == [
        "subscribed does not say what happens to its people.",
        "subscribed may take an opt-out back, and does not say so.",
    ]
    assert "subscribed loses the date of the consent, and does not say so." in found
    assert any("longer than 300 bytes; set max_chars in its layout." in problem for problem in found)


def sets(definition: Definition, outgoing: Outgoing) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """The contact and channel of every item for admitted people, and of everybody held back."""
    items = {
        (row["contact_id"], channel)
        for made in outgoing.pushes
        if made.push.who == "admitted"
        for row in made.items.select(["contact_id", "channel"]).to_pylist()
        for channel in row["channel"].split("+")
    }
    return items, {(row["contact_id"], row["channel"]) for row in outgoing.held_back.to_pylist()}


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_nobody_is_sent_who_may_not_be_and_nobody_is_lost(name: str) -> None:
    definition = DEFINITIONS[name]
    api = definition.api
    assert api is not None

    @settings(max_examples=12)
    @given(audiences(), st.booleans(), st.booleans())
    def holds(drawn: tuple[list[dict[str, str]], list[dict[str, str]]], fresh: bool, told: bool) -> None:
        rows, held = drawn
        audience = build(rows, held)
        given_ = {"may_subscribe": fresh, "salt": b"x"}
        outgoing = compose(audience, definition, sample_settings(definition), **given_)  # type: ignore[arg-type]
        unchanged: set[tuple[str, str]] = set()
        if told:
            unchanged = sets(definition, outgoing)[0]
            earlier = earlier_of(outgoing)
            outgoing = compose(audience, definition, sample_settings(definition), earlier=earlier, **given_)  # type: ignore[arg-type]
        admitted = {(row["channel"], row["point"]) for row in rows}
        stopped = {(row["channel"], row["point"].lower()) for row in held if row["state"] in SUPPRESSED_STATES}
        strangers = {row["point"] for row in held} - {row["point"] for row in rows}
        for made in outgoing.pushes:
            text = "\n".join(made.items["item"].to_pylist())
            for row in made.items.select(["channel", "point"]).to_pylist():
                for channel in row["channel"].split("+"):
                    told_no = (channel, row["point"].lower()) in stopped
                    assert told_no if made.push.who == "suppressed" else not told_no
                if made.push.who == "admitted":
                    assert any((channel, row["point"]) in admitted for channel in row["channel"].split("+"))
            if made.push.subscribes:
                assert fresh or not freshness.bound(api, made.push)
                # The address of one may be the end of another's.
                assert not any(json.dumps(point) in text for point in strangers)
        items, left = sets(definition, outgoing)
        for row in rows:
            who = (row["contact_id"], row["channel"])
            if row["channel"] in definition.channels:
                assert who in items or who in left or who in unchanged

    holds()


def test_the_name_of_an_address_is_the_md5_of_its_lower_case() -> None:
    # What a path may name: see requests. The digest of an item never is it.
    digest = hashlib.md5(b"p1@example.com", usedforsecurity=False).hexdigest()
    made = sent(split([person(1)]), "new").items
    assert digest not in {*made["digest"].to_pylist(), *made["item_id"].to_pylist()}
