"""The win-over list: who is in it, in which order, and what may be said."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from audiencevault import reach
from audiencevault.reach.ranking import scores
from tests.reach.worlds import NOW, listed, person, record, world

OWNERS = reach.owners()


def found(people: list, lists: list[reach.Listed]) -> reach.WinOver:
    with world(people) as engine:
        stand = reach.standing(engine, OWNERS, {item.channel: item.reached for item in lists})
        return reach.winover(engine, OWNERS, stand, lists, as_of=NOW)


def days(number: float) -> Any:
    return NOW - timedelta(days=number)


def chat(number: float, **fields: Any) -> dict[str, Any]:
    return record("instagram.messages", "chat_partner", last_seen_at=days(number), **fields)


FOLLOWER = record("instagram.followers", "follower")


def test_who_is_in_the_list_and_in_which_order() -> None:
    people = [
        person("buyer", record("shopify.customers", "customer", orders_count=4), last_seen_at=days(10)),
        person("chatter", chat(3, extra=[("messages", "20")]), last_seen_at=days(3), accounts=["instagram:chatter"]),
        person("fan", FOLLOWER, last_seen_at=days(700)),
        person("friend of a list", record("vcard.contacts", "address_book"), last_seen_at=days(1)),
        person("reader", FOLLOWER, last_seen_at=days(1)),
        person("left", FOLLOWER, last_seen_at=days(1)),
        person("unfollowed", record("instagram.followers", "follower", gone=True), last_seen_at=days(1)),
    ]
    held = dict.fromkeys(("buyer", "chatter", "fan", "friend of a list", "unfollowed"), "NO_ENDPOINT")
    lists = [
        listed("email", ["reader"], {**held, "left": "NO_ENDPOINT"}),
        listed("sms", [], {**held, "reader": "NO_ENDPOINT", "left": "NO_WITHDRAWN"}),
    ]
    answer = found(people, lists)
    rows = answer.rows.to_pylist()
    assert [row["contact_id"] for row in rows] == ["buyer", "chatter", "fan"]
    assert answer.left_alone == 1
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    buyer, chatter, fan = rows
    assert (buyer["orders_count"], buyer["customer"], buyer["platforms"]) == (4, True, [])
    assert (chatter["messages"], chatter["chats_on"], chatter["platforms"]) == (20, ["instagram"], ["instagram"])
    assert chatter["last_message_at"] == days(3)
    assert (fan["messages"], fan["chats_on"], fan["customer"]) == (0, [], False)
    assert buyer["score"] == round(50 * 4 / 6 + 20 * 2 ** (-10 / 180), 2)
    assert chatter["score"] == round(30 * 20 / 25 + 20 * 2 ** (-3 / 180), 2)


def test_a_conversation_that_nobody_counted_is_one_message() -> None:
    people = [person("p", chat(1), chat(2, extra=[("messages", "many")]), chat(3, extra=[("message_count", "7")]))]
    assert found(people, [listed("email", [], {"p": "NO_ENDPOINT"})]).rows["messages"].to_pylist() == [9]


def test_a_customer_without_counted_orders_bought_once() -> None:
    people = [person("p", record("shopify.customers", "customer"))]
    assert found(people, [listed("email", [], {"p": "NO_UNKNOWN"})]).rows["orders_count"].to_pylist() == [1]


def test_equals_are_ordered_by_id_and_nobody_gives_no_rows() -> None:
    people = [person(name, FOLLOWER, last_seen_at=days(5)) for name in ("b", "c", "a")]
    held = dict.fromkeys("abc", "NO_ENDPOINT")
    assert found(people, [listed("email", [], held)]).rows["contact_id"].to_pylist() == ["a", "b", "c"]
    assert found([], [listed("email", [])]).rows.num_rows == 0


def said(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["where"], item["how"]) for item in reach.suggestions(row, OWNERS, NOW)]


ROW = {"platforms": [], "chats_on": [], "customer": False, "last_message_at": None}


def test_what_may_be_said_where() -> None:
    wrote = {**ROW, "platforms": ["instagram"], "chats_on": ["instagram"]}
    assert said({**wrote, "last_message_at": days(2)}) == [("instagram", "answer"), ("instagram", "public")]
    # An old conversation is not opened again.
    assert said({**wrote, "last_message_at": days(8)}) == [("instagram", "public")]
    assert said({**wrote, "last_message_at": None}) == [("instagram", "public")]
    assert said({**ROW, "platforms": ["instagram"]}) == [("instagram", "public")]
    assert said({**ROW, "customer": True}) == [("parcel", "in_person"), ("till", "in_person")]
    new = {**ROW, "platforms": ["newplace"], "chats_on": ["newplace"], "last_message_at": days(1)}
    assert said(new) == [("newplace", "answer")]


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.floats(0, 20_000), st.integers(1, 10), st.floats(0.5, 1_000))
def test_more_is_never_less(orders: int, messages: int, ago: float, more: int, later: float) -> None:
    score = scores(orders, messages, ago)
    assert 0 <= score <= 100
    assert scores(orders + more, messages, ago) >= score
    assert scores(orders, messages + more, ago) >= score
    assert scores(orders, messages, max(0.0, ago - later)) >= score
    assert scores(orders, messages, math.nan) <= score
