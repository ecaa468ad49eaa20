"""Why people were joined, and why not."""

from __future__ import annotations

from typing import Any

import pytest

from audiencevault.resolution import comparing, explain, identity
from audiencevault.resolution.explaining import chain

from .people import decisions, record, resolved, table

ROWS = [
    record("a", "Eva Marsh", phone="+12025550123", source="shopify.customers"),
    record("b", "E Marsh", phone="+12025550123", email="eva@example.com", source="whatsapp.contacts"),
    record("c", "", email="eva@example.com", source="mailchimp.audience"),
    record("d", "Nils Marsh", phone="+12025550199", source="vcard.contacts"),
    record("e", "Ida Marsh", phone="+12025550199", source="vcard.contacts"),
]


def without_bits(sentence: str) -> str:
    """A sentence without its weight, which is scoring's affair."""
    return sentence.partition(" (+")[0]


def why(*names: str, told: Any = None, rows: Any = None) -> Any:
    found = resolved(rows or ROWS, decisions=told)
    return explain(found.links, found.members, table(rows or ROWS), *names, decisions=told)


def test_why_two_are_one() -> None:
    answer = why("a", "c")
    assert answer.same
    assert answer.reason == "links"
    assert [without_bits(sentence) for sentence in answer.sentences] == [
        (
            "Same phone number +12025550123 in Shopify and WhatsApp; names compatible: Eva Marsh / E Marsh "
            "(an initial or one part only)"
        ),
        "Same e-mail address eva@example.com in Mailchimp and WhatsApp; at least one record has no name",
    ]
    assert all(sentence.endswith("bits, joined).") for sentence in answer.sentences)
    assert [row["rule"] for row in answer.evidence] == ["phone", "email"]
    compared = {row["comparison"]: row for row in answer.evidence[0]["comparisons"]}
    assert (compared["first_name"]["a"], compared["first_name"]["b"]) == ("Eva", "E")
    assert compared["first_name"]["level"] == "initial"
    assert compared["last_name"]["level"] == "same"
    assert compared["phone"]["a"] == compared["phone"]["b"] == "+12025550123"
    assert "email" not in compared, "one of the two has none"
    assert sum(row["bits"] or 0.0 for row in compared.values()) == pytest.approx(answer.evidence[0]["score"])


def test_why_a_contact_is_one() -> None:
    answer = why(identity.contact_id("a"))
    assert [(row["record_id"], row["hangs_on"]) for row in answer.records] == [("a", None), ("b", "a"), ("c", "b")]
    assert answer.records[0]["because"] == "This person begins with it, in Shopify."
    assert "same phone" in answer.records[1]["because"].lower()
    assert [row["record_id"] for row in answer.compared] == ["a", "b", "c"]
    alone = why("d")
    assert (alone.reason, alone.sentences) == ("one_record", ("One record, so nothing had to be joined.",))


def test_the_chain_takes_the_strongest_links() -> None:
    links = [
        {"record_a": "a", "record_b": "b", "score": 5.0, "accepted": True},
        {"record_a": "a", "record_b": "c", "score": 9.0, "accepted": True},
        {"record_a": "b", "record_b": "c", "score": 8.0, "accepted": True},
        {"record_a": "a", "record_b": "d", "score": 99.0, "accepted": False},
    ]
    steps = [(name, parent) for name, parent, _ in chain(links, ["a", "b", "c"], "a")]
    assert steps == [("a", None), ("c", "a"), ("b", "c")]


def test_why_two_are_two_for_want_of_evidence() -> None:
    answer = why("a", "d")
    assert (answer.same, answer.reason) == (False, "nothing_shared")
    assert answer.sentences == (
        "They share no contact point, and nothing weaker that is rare enough to compare them by.",
    )
    assert [row["comparison"] for row in answer.speaks_for] == ["last_name"]
    assert {row["comparison"] for row in answer.speaks_against} == {"first_name"}
    first = next(row for row in answer.speaks_against if row["comparison"] == "first_name")
    assert {first["a"].lower(), first["b"].lower()} == {"eva", "nils"}


def test_why_two_are_two_by_decision() -> None:
    told = decisions(("a", "b", "different"))
    answer = why("a", "b", told=told)
    assert (answer.same, answer.reason) == (False, "decision")
    assert answer.sentences[-1] == (
        "On 2026-03-01 test decided that these are different people; that holds whatever speaks for it."
    )
    assert [row["verdict"] for row in answer.decisions] == ["different"]
    assert any(row["comparison"] == "phone" for row in answer.speaks_for)


def test_a_decision_that_joins_is_told_as_one() -> None:
    answer = why("a", "d", told=decisions(("a", "d", "same")))
    assert answer.same
    assert answer.sentences == ("On 2026-03-01 test decided that Shopify and an address book hold one person.",)


def test_why_a_guard_kept_two_apart() -> None:
    rows = [
        record("a", "Ida Falk", email="ida@example.com", birthday="1990-05-17"),
        record("b", "Ida Falk", email="ida@example.com", birthday="1961-11-02"),
    ]
    answer = why("a", "b", rows=rows)
    assert not answer.same
    assert answer.reason in {"guard", "threshold"}, "strong enough or not is scoring's affair"
    birthday = next(row for row in answer.speaks_against if row["comparison"] == "birthday")
    assert {birthday["a"], birthday["b"]} == {"1990-05-17", "1961-11-02"}
    if answer.reason == "guard":
        assert "birthday" in answer.sentences[-1]


def test_contradictions_of_two_followers() -> None:
    one = record("a", "Ida Falk", account="instagram:ida", source="instagram.followers")
    two = record("b", "Ida Falk", account="instagram:ida.falk", source="instagram.followers")
    typed = record("c", "Ida Falk", account="instagram:other", source="vcard.contacts")
    (found,) = comparing.contradictions([one], [two])
    assert found["sentence"] == (
        "one has the account of Instagram's own list instagram:ida, the other instagram:ida.falk"
    )
    assert comparing.contradictions([one], [typed]) == []
    assert comparing.contradictions([one, two], [two]) == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [("yes", ("same", None)), ("nickname", ("nickname", None)), ("nickname +3.1", ("nickname", 3.1)),
     ("different -14", ("different", -14.0)), ("+7.0", ("same", 7.0))],
)  # fmt: skip
def test_a_level_may_come_with_bits(said: str, meant: tuple[str, float | None]) -> None:
    assert comparing.level_and_bits(said) == meant


def test_places() -> None:
    assert comparing.places("shopify.customers", "instagram.followers") == "Instagram and Shopify"
    assert comparing.places("shopify.customers", "shopify.orders") == "Shopify (customers) and Shopify (orders)"
    assert comparing.places("vcard.contacts", "vcard.contacts") == "two records of an address book (contacts)"
    assert comparing.place(None) == "a record"


def test_an_unknown_name() -> None:
    with pytest.raises(KeyError):
        why("nobody")
