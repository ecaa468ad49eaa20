"""The three steps: the most useful first, nobody twice, and never a message that asks."""

from __future__ import annotations

import re

import numpy as np
import pytest

from audiencevault import reach
from audiencevault.audience import Remedy
from audiencevault.consent.reasons import COUNTRY_REMEDY, UNUSABLE_SENTENCE
from audiencevault.reach import ranking
from audiencevault.reach.next_steps import Step
from tests.reach.worlds import listed, person, record, world

OWNERS = reach.owners()
FOLLOWER = record("instagram.followers", "follower")
CUSTOMER = record("shopify.customers", "customer")


def steps(people: list, email: reach.Listed, *down: str, remedies: tuple[Remedy, ...] = ()) -> list[Step]:
    with world(people) as engine:
        stand = reach.standing(engine, OWNERS, {"email": email.reached})
        bought = reach.customers(engine, stand)
    return reach.steps(reach.drill(stand, OWNERS.outage(down), [email]), OWNERS, bought=bought, remedies=remedies)


def test_each_step_counts_those_whom_no_earlier_step_may_win() -> None:
    people = [
        *(person(f"f{n}", FOLLOWER) for n in range(5)),
        *(person(f"fc{n}", FOLLOWER, CUSTOMER) for n in range(2)),
        *(person(f"c{n}", CUSTOMER) for n in range(3)),
        person("bounced"),
    ]
    held = {one["contact_id"]: "NO_ENDPOINT" for one in people} | {"bounced": "NO_SUPPRESSED_BOUNCE"}
    found = steps(people, listed("email", [], held), "meta")
    assert [(step.kind, step.people, step.more) for step in found] == [
        ("followers", 7, 7),
        ("customers", 5, 3),
        ("repair", 1, 1),
    ]
    assert "while it is up" in found[0].sentence
    assert "Instagram" in found[0].sentence
    assert "while it is up" not in steps(people, listed("email", [], held), "linkedin")[0].sentence


def test_vouching_is_counted_as_the_rules_answer_it() -> None:
    people = [person(f"p{n}") for n in range(6)]
    email = listed(
        "email", [], {one["contact_id"]: "NO_EVIDENCE" for one in people},
        sources={one["contact_id"]: "shopify.customers" for one in people},
    )  # fmt: skip
    remedy = Remedy("email", "shopify.customers", 4, "…", "audiencevault attest shopify.customers")
    found = steps(people, email, "meta", remedies=(remedy, Remedy("sms", "x.y", 99, "…", "…")))
    assert (found[0].kind, found[0].people, found[0].exact) == ("vouch", 4, True)
    assert found[0].command == "audiencevault attest shopify.customers"
    assert all("x.y" not in step.sentence for step in found)


def test_a_form_that_nobody_passes_comes_last() -> None:
    people = [*(person(f"p{n}") for n in range(9)), person("f", FOLLOWER)]
    held = {one["contact_id"]: "NO_LEVEL" for one in people}
    assert [step.kind for step in steps(people, listed("email", [], held), "meta")] == ["followers", "form"]


def test_addresses_and_countries_that_can_be_put_right() -> None:
    people = [person(name) for name in ("dead", "half", "nowhere")]
    email = listed(
        "email", [], {"dead": "NO_SUPPRESSED_INVALID", "half": "NO_ENDPOINT", "nowhere": "NO_STALE"},
        sentences={"half": UNUSABLE_SENTENCE.format(means="e-mail address")},
        remedies={"nowhere": f"Offer a form. {COUNTRY_REMEDY}"},
    )  # fmt: skip
    assert [(step.kind, step.people) for step in steps(people, email, "meta")] == [("repair", 2), ("country", 1)]


@pytest.mark.parametrize("reason", reach.outage.LEFT_ALONE)
def test_whoever_said_no_is_left_alone(reason: str) -> None:
    people = [person("p", FOLLOWER, CUSTOMER)]
    assert steps(people, listed("email", [], {"p": reason}), "meta") == []


def test_nothing_is_suggested_to_whom_can_be_written_to() -> None:
    assert steps([person("p", FOLLOWER, CUSTOMER)], listed("email", ["p"]), "meta") == []


ASKING = re.compile(r"\b(e-?mail|text|message|write to|send)\b[^.]*\b(ask|consent|permission|opt)", re.IGNORECASE)


def test_no_step_and_no_suggestion_is_a_message_that_asks_for_consent() -> None:
    people = [person(f"p{n}", FOLLOWER, CUSTOMER, record("instagram.messages", "chat_partner")) for n in range(3)]
    said = [step.sentence for step in steps(people, listed("email", [], {"p0": "NO_LEVEL", "p1": "NO_STALE"}), "meta")]
    said += [ranking.CARD, ranking.TILL, ranking.REPLY_ONLY]
    said += [text for item in OWNERS.platforms.values() for text in (item.answer, item.public) if text]
    assert len(said) > 20
    assert [text for text in said if ASKING.search(text)] == []
    assert ASKING.search("Send everybody a message and ask for consent."), "the pattern finds what it must find"


def test_customers_are_lists_and_orders() -> None:
    people = [person("a", CUSTOMER), person("b", record("x.orders", "contact", orders_count=1)), person("c", FOLLOWER)]
    with world(people) as engine:
        stand = reach.standing(engine, OWNERS, {})
        assert np.array_equal(reach.customers(engine, stand), [True, True, False])
