"""Why people were joined, and why not."""

from __future__ import annotations

import pytest

from audiencevault.resolution import explain

from .people import decisions, record, resolved, table

ROWS = [
    record("a", "Eva Marsh", phone="+12025550123", source="shopify.customers"),
    record("b", "E Marsh", phone="+12025550123", email="eva@example.com", source="vcard.contacts"),
    record("c", "", email="eva@example.com", source="mailchimp.audience"),
    record("d", "Nils Marsh", phone="+12025550199", source="vcard.contacts"),
    record("e", "Ida Marsh", phone="+12025550199", source="vcard.contacts"),
]


def test_why_two_are_one() -> None:
    found = resolved(ROWS)
    why = explain(found.links, found.members, table(ROWS), "a", "c")
    assert why.same
    assert why.sentences == (
        (
            "Same phone number in shopify.customers and vcard.contacts; first names are compatible (an initial or one"
            " part only), last names are the same (+9.0 bits, joined)."
        ),
        (
            "Same e-mail address in mailchimp.audience and vcard.contacts; at least one record has no name"
            " (+7.0 bits, joined)."
        ),
    )
    assert [row["rule"] for row in why.evidence] == ["phone", "email"]


def test_why_a_contact_is_one() -> None:
    found = resolved(ROWS)
    contact = found.members.to_pylist()[0]["contact_id"]
    assert len(explain(found.links, found.members, table(ROWS), contact).sentences) == 2
    assert explain(found.links, found.members, table(ROWS), "d").sentences == (
        "One record, so nothing had to be joined.",
    )


def test_why_two_are_two() -> None:
    found = resolved(ROWS)
    why = explain(found.links, found.members, table(ROWS), "a", "d")
    assert not why.same
    assert why.sentences == (
        "They share no contact point, and no block of weaker evidence is strong enough to compare them.",
    )
    split = resolved(ROWS, decisions=decisions(("a", "b", "different")))
    why = explain(split.links, split.members, table(ROWS), "a", "b")
    assert why.sentences[-1] == "The link was strong enough, but would have brought a contradiction into the contact."


def test_an_unknown_name() -> None:
    found = resolved(ROWS)
    with pytest.raises(KeyError):
        explain(found.links, found.members, table(ROWS), "nobody")
