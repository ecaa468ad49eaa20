"""Standing and dependence, against a slow reading of the definitions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault import reach
from tests.reach.worlds import money, person, record, world

OWNERS = reach.owners()
TIES = {"instagram": "instagram.followers", "facebook": "facebook.friends", "linkedin": "linkedin.connections"}
RELATIONSHIP = {"instagram": "follower", "facebook": "friend", "linkedin": "connection"}
COMPANY = {"instagram": "meta", "facebook": "meta", "whatsapp": "meta", "linkedin": "microsoft"}


def test_a_tie_that_ended_and_an_address_book_are_no_standing() -> None:
    people = [
        person("a", record("instagram.followers", "follower")),
        person("b", record("instagram.followers", "follower", gone=True)),
        person("c", record("instagram.synced_contacts", "address_book")),
        person("d", record("instagram.followers", "follower", gone=True), record("instagram.messages", "chat_partner")),
    ]
    with world(people) as engine:
        stand = reach.standing(engine, OWNERS, {"email": _ids()})
    assert stand.platforms["instagram"].tolist() == [True, False, False, True]
    assert stand.on_own().tolist() == [False] * 4


def _ids(*names: str) -> Any:
    import pyarrow as pa

    return pa.array(list(names), pa.string())


def test_whatsapp_counts_as_its_platform_and_never_as_a_channel_of_ones_own() -> None:
    with world([person("a"), person("b")]) as engine:
        stand = reach.standing(engine, OWNERS, {"email": _ids("b"), "whatsapp": _ids("a", "b")})
    assert stand.platforms["whatsapp"].tolist() == [True, True]
    assert stand.on_own().tolist() == [False, True]
    found = reach.dependence(stand, OWNERS)
    assert (found.only_one, found.own, found.reachable) == (1, 1, 2)
    assert found.companies["meta"] == {"title": "Meta", "people": 2, "only": 1}


def test_currencies_are_never_added() -> None:
    people = [
        person("a", record("instagram.followers", "follower"), currency="EUR", total_spent=money("10.10")),
        person("b", record("instagram.followers", "follower"), currency="USD", total_spent=money("5")),
        person("c", currency="EUR", total_spent=money("20.20")),
        person("d", total_spent=money("3")),
        person("e", currency="USD"),
    ]
    with world(people) as engine:
        found = reach.dependence(reach.standing(engine, OWNERS, {"email": _ids("c", "e")}), OWNERS)
    assert found.revenue["EUR"] == {
        "total": money("30.30"), "reachable": money("30.30"), "only_one": money("10.10"), "share": 10.10 / 30.30,
    }  # fmt: skip
    assert found.revenue["USD"]["share"] == 1.0
    assert found.revenue["unknown"] == {
        "total": money("3"), "reachable": Decimal(0), "only_one": Decimal(0), "share": None,
    }  # fmt: skip
    assert found.as_dict()["revenue"]["EUR"]["total"] == 30.3


@pytest.mark.parametrize(
    ("ties", "own", "concentration", "share"),
    [
        ([["instagram"]] * 4, [], 1.0, 1.0),
        ([["instagram", "facebook"]] * 4, [], 1.0, 1.0),
        ([[]] * 4, ["p0", "p1", "p2", "p3"], 0.0, 0.0),
        ([["instagram"], ["instagram"], [], []], ["p2", "p3"], 0.25, 0.5),
        ([["instagram"], ["linkedin"]], [], 0.5, 1.0),
        ([["instagram", "linkedin"]] * 2, [], 0.5, 0.0),
        ([["instagram"], []], ["p0"], 0.25, 0.0),
        ([[], []], [], 0.0, None),
    ],
)
def test_the_concentration_of_plain_cases(
    ties: list[list[str]], own: list[str], concentration: float, share: float | None
) -> None:
    people = [
        person(f"p{n}", *(record(TIES[name], RELATIONSHIP[name]) for name in names)) for n, names in enumerate(ties)
    ]
    with world(people) as engine:
        found = reach.dependence(reach.standing(engine, OWNERS, {"email": _ids(*own)}), OWNERS)
    assert found.concentration == pytest.approx(concentration)
    assert found.share == share


WAYS = st.sets(st.sampled_from([*TIES, "email", "sms", "whatsapp"]))


@given(st.lists(WAYS, max_size=12))
def test_dependence_is_what_its_words_say(ways: list[set[str]]) -> None:
    people = [
        person(f"p{n:02}", *(record(TIES[way], RELATIONSHIP[way]) for way in sorted(mine) if way in TIES))
        for n, mine in enumerate(ways)
    ]
    reached = {
        channel: _ids(*(f"p{n:02}" for n, mine in enumerate(ways) if channel in mine))
        for channel in ("email", "sms", "whatsapp")
    }
    with world(people) as engine:
        found = reach.dependence(reach.standing(engine, OWNERS, reached), OWNERS)
    houses = [{COMPANY.get(way, "own") for way in mine} for mine in ways]
    reachable = [house for house in houses if house]
    only = [house for house in reachable if len(house) == 1 and house != {"own"}]
    units = {name: sum(1 / len(house) for house in reachable if name in house) for name in ("meta", "microsoft")}
    index = sum((unit / len(reachable)) ** 2 for unit in units.values()) if reachable else 0.0
    assert (found.people, found.reachable, found.only_one) == (len(ways), len(reachable), len(only))
    assert found.own == sum("own" in house for house in houses)
    assert found.share == (len(only) / len(reachable) if reachable else None)
    assert found.concentration == pytest.approx(index)
    assert 0.0 <= found.concentration <= 1.0
    assert {name: row["people"] for name, row in found.companies.items()} == {
        name: count for name in units if (count := sum(name in house for house in houses))
    }


def test_a_tie_to_another_sender_of_the_vault_is_none_to_this_one() -> None:
    people = [
        person("a", record("instagram.followers", "follower", controller_id="wick")),
        person("b", record("instagram.followers", "follower", controller_id="o'wax")),
        person("c", record("shopify.customers", "customer", controller_id="o'wax")),
    ]
    with world(people) as engine:
        mine = reach.standing(engine, OWNERS, {}, controller_id="o'wax")
        anybody = reach.standing(engine, OWNERS, {})
        assert reach.customers(engine, mine, controller_id="wick").tolist() == [False, False, False]
        assert reach.customers(engine, mine, controller_id="o'wax").tolist() == [False, False, True]
    assert mine.platforms["instagram"].tolist() == [False, True, False]
    assert anybody.platforms["instagram"].tolist() == [True, True, False]
