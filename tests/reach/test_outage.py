"""The drill's arithmetic: everybody once, nothing lost between the lines."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault import reach
from audiencevault.reach.outage import LEFT_ALONE
from tests.reach.worlds import listed, money, person, record, world

OWNERS = reach.owners()
CHANNELS = ("email", "sms", "whatsapp")


def answer(people: list, lists: list[reach.Listed], *down: str) -> reach.Answered:
    with world(people) as engine:
        stand = reach.standing(engine, OWNERS, {item.channel: item.reached for item in lists})
    return reach.drill(stand, OWNERS.outage(down), lists)


FOLLOWER = record("instagram.followers", "follower")
CONNECTION = record("linkedin.connections", "connection")
PEOPLE = [
    person("ann", FOLLOWER, currency="EUR", total_spent=money("100")),
    person("ben", FOLLOWER, currency="USD", total_spent=money("40")),
    person("cat", FOLLOWER, CONNECTION, currency="USD", total_spent=money("60")),
    person("dan", currency="USD", total_spent=money("7"), address1="1 Quay Lane", city="Portland"),
    person("eva", CONNECTION),
]
LISTS = [
    listed(
        "email", ["ann"], {"ben": "NO_ENDPOINT", "cat": "NO_WITHDRAWN", "dan": "NO_UNKNOWN", "eva": "NO_ENDPOINT"}
    ),
    listed(
        "sms", [], {"ann": "NO_ENDPOINT", "ben": "NO_EVIDENCE", "cat": "NO_UNKNOWN", "dan": "NO_UNKNOWN",
                    "eva": "NO_ENDPOINT"},
    ),
    listed("whatsapp", ["dan"], dict.fromkeys(("ann", "ben", "cat", "eva"), "NO_ENDPOINT")),
]  # fmt: skip


def test_meta_is_down() -> None:
    drill = answer(PEOPLE, LISTS, "meta").drill
    assert drill.reachable == {"email": 1, "sms": 0}
    assert (drill.people, drill.reachable_any, drill.platform_only, drill.by_nothing) == (5, 1, 2, 2)
    assert drill.platforms == {"linkedin": 2}
    # Ben follows, and Dan agreed to WhatsApp; Cat is still a connection.
    assert (drill.lost, drill.reachable_before, drill.lost_share) == (2, 5, 0.4)
    document = drill.as_dict()
    assert document["revenue_at_risk"] == {"EUR": 0.0, "USD": 47.0}
    assert document["revenue"]["USD"] == {"total": 107.0, "reachable": 107.0, "at_risk": 47.0, "share": 0.4393}
    assert drill.held_back == {"NO_ENDPOINT": 1, "NO_EVIDENCE": 1, "NO_UNKNOWN": 1, "NO_WITHDRAWN": 1}
    assert drill.postal_address == 1


def test_only_instagram_is_down() -> None:
    drill = answer(PEOPLE, LISTS, "instagram").drill
    assert drill.reachable == {"email": 1, "sms": 0, "whatsapp": 1}
    assert (drill.reachable_any, drill.lost) == (2, 1)
    assert drill.platforms == {"linkedin": 2, "whatsapp": 1}


def test_email_is_down() -> None:
    drill = answer(PEOPLE, LISTS, "email").drill
    assert drill.reachable == {"sms": 0, "whatsapp": 1}
    # Ann follows, so she is not out of reach.
    assert (drill.lost, drill.platform_only, drill.by_nothing) == (0, 4, 0)
    assert answer(PEOPLE, LISTS, "email,meta").drill.lost == 3


def test_everything_is_down() -> None:
    drill = answer(PEOPLE, LISTS, "email", "sms", "meta", "microsoft").drill
    assert drill.reachable == {}
    assert (drill.reachable_any, drill.by_nothing, drill.lost) == (0, 5, 5)
    assert drill.held_back == {reach.NOTHING_LEFT: 5}


def test_a_tool_takes_nobody_away() -> None:
    down, up = answer(PEOPLE, LISTS, "mailchimp").drill, answer(PEOPLE, LISTS, "reddit").drill
    assert down.outage.tools == ("mailchimp",)
    assert (down.reachable, down.lost) == (up.reachable, 0)


def test_an_empty_vault() -> None:
    drill = answer([], [listed(channel, []) for channel in CHANNELS], "meta").drill
    assert (drill.people, drill.lost, drill.lost_share, drill.revenue) == (0, 0, None, {})
    assert drill.as_dict()["held_back"] == {}


def test_who_objected_has_no_postal_address_to_use() -> None:
    lists = [listed("email", [], {"dan": "NO_OBJECTED"}), listed("sms", [], {"dan": "NO_ENDPOINT"})]
    assert answer([PEOPLE[3]], lists, "meta").drill.postal_address == 0


REASONS = ("NO_ENDPOINT", "NO_UNKNOWN", "NO_WITHDRAWN", "NO_EVIDENCE")
PERSON = st.tuples(
    st.sets(st.sampled_from(["instagram", "linkedin"])), st.sets(st.sampled_from(CHANNELS)), st.sampled_from(REASONS)
)
DOWN = st.sets(st.sampled_from(["meta", "instagram", "whatsapp", "linkedin", "email", "sms", "klaviyo"]), min_size=1)


@given(st.lists(PERSON, max_size=10), DOWN)
def test_everybody_is_counted_once(drawn: list[tuple[set[str], set[str], str]], down: set[str]) -> None:
    ties = {"instagram": FOLLOWER, "linkedin": CONNECTION}
    people = [person(f"p{n:02}", *(ties[tie] for tie in sorted(who[0]))) for n, who in enumerate(drawn)]
    lists = [
        listed(
            channel,
            [f"p{n:02}" for n, who in enumerate(drawn) if channel in who[1]],
            {f"p{n:02}": who[2] for n, who in enumerate(drawn) if channel not in who[1]},
        )
        for channel in CHANNELS
    ]
    found = answer(people, lists, *down)
    drill, outage = found.drill, found.drill.outage
    ways = [{("tie", tie) for tie in who[0]} | {("channel", channel) for channel in who[1]} for who in drawn]
    stopped = {("tie", name) for name in outage.platforms} | {("channel", name) for name in outage.channels}
    written = [{way for way in mine - stopped if way[0] == "channel"} for mine in ways]
    assert drill.people == drill.reachable_any + drill.platform_only + drill.by_nothing == len(drawn)
    assert drill.reachable_any == sum(bool(mine) for mine in written)
    assert drill.lost == sum(bool(mine) and not mine - stopped for mine in ways)
    assert drill.reachable_before == sum(bool(mine) for mine in ways)
    assert sum(drill.held_back.values()) == drill.people - drill.reachable_any == found.held_back.num_rows
    for channel, number in drill.reachable.items():
        assert number + sum(drill.held_back_by_channel[channel].values()) == len(drawn)
    # Whoever is held back, said no, and could be reached today is never held out as somebody to win.
    assert found.said_no.sum() == sum(who[2] in LEFT_ALONE and who[1] != set(CHANNELS) for who in drawn)


@pytest.mark.parametrize("order", [("email", "sms"), ("sms", "email")])
def test_the_first_known_channel_gives_the_reason(order: tuple[str, str]) -> None:
    lists = {
        "email": listed("email", [], {"ann": "NO_ENDPOINT", "ben": "NO_STALE"}),
        "sms": listed("sms", [], {"ann": "NO_LEVEL", "ben": "NO_UNKNOWN"}),
    }
    found = answer(PEOPLE[:2], [lists[name] for name in order], "meta")
    said = dict(zip(found.held_back["contact_id"].to_pylist(), found.held_back["reason"].to_pylist(), strict=True))
    assert said == {"ann": "NO_LEVEL", "ben": "NO_STALE" if order[0] == "email" else "NO_UNKNOWN"}
    assert isinstance(found.held_back, pa.Table)
