"""Who owns what: the data holds together, every spelling finds its thing, and mistakes are named."""

from __future__ import annotations

import pytest

from audiencevault import reach
from audiencevault.errors import DefinitionError, UsageError
from audiencevault.reach.ownership import TIES, load
from audiencevault.sources.importer import discover

OWNERS = reach.owners()


def test_the_data_is_dated_and_every_company_owns_something() -> None:
    assert len(OWNERS.reviewed_on) == 10
    owned = {item.company for item in (*OWNERS.platforms.values(), *OWNERS.tools.values())}
    assert owned == set(OWNERS.companies)
    for company in OWNERS.companies.values():
        assert company.sources or company.open_points, f"{company.name} says where its facts come from"


@pytest.mark.parametrize(
    ("asked", "platforms", "channels", "tools"),
    [
        (["meta"], {"instagram", "facebook", "messenger", "threads", "whatsapp"}, {"whatsapp"}, set()),
        (["Meta"], {"instagram", "facebook", "messenger", "threads", "whatsapp"}, {"whatsapp"}, set()),
        (["instagram"], {"instagram"}, set(), set()),
        (["whatsapp"], {"whatsapp"}, {"whatsapp"}, set()),
        (["twitter, e-mail"], {"x"}, {"email"}, set()),
        (["linkedin", "SMS"], {"linkedin"}, {"sms"}, set()),
        (["mailchimp"], set(), set(), {"mailchimp"}),
        (["intuit"], set(), set(), {"mailchimp"}),
        (["microsoft,google"], {"linkedin", "youtube"}, set(), set()),
    ],
)
def test_an_outage(asked: list[str], platforms: set[str], channels: set[str], tools: set[str]) -> None:
    outage = OWNERS.outage(asked)
    assert (set(outage.platforms), set(outage.channels), set(outage.tools)) == (platforms, channels, tools)


def test_names_are_kept_once_and_in_order() -> None:
    outage = OWNERS.outage(["ig,email", "instagram"])
    assert outage.names == ("instagram", "email")
    assert outage.title == "Instagram and E-mail"


@pytest.mark.parametrize("asked", [["myspace"], ["meta,myspace"], [], [" , "]])
def test_what_is_unknown_is_refused_with_what_is_known(asked: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        OWNERS.outage(asked)
    for name in ("meta", "instagram", "email", "sms", "mailchimp", "linkedin"):
        assert name in caught.value.hint


@pytest.mark.parametrize(
    ("source", "relationship", "platform"),
    [
        ("instagram.followers", "follower", "instagram"),
        ("instagram.messages", "chat_partner", "instagram"),
        ("instagram.following", "following", None),
        ("instagram.synced_contacts", "address_book", None),
        ("instagram.followers", "customer", None),
        ("twitter.followers", "follower", "x"),
        ("telegram.chats", "member", "telegram"),
        ("linkedin.connections", "connection", "linkedin"),
        ("linkedin.connections", "member", None),
        ("shopify.customers", "customer", None),
        ("newplace.people", "follower", "newplace"),
        ("club.members", "member", None),
    ],
)
def test_a_tie_is_a_relationship_on_a_platform(source: str, relationship: str, platform: str | None) -> None:
    assert OWNERS.platform_of(source, relationship) == platform


def test_a_platform_that_is_not_in_the_data_owns_itself() -> None:
    assert OWNERS.company_of("newplace") == "newplace"
    assert OWNERS.title("newplace") == "Newplace"


def test_every_importer_of_a_known_platform_is_found_by_its_family() -> None:
    families = {importer.source.partition(".")[0] for importer in discover()}
    known = {family for platform in OWNERS.platforms.values() for family in platform.families}
    assert {"instagram", "linkedin"} <= families & known
    assert set(TIES) >= {"follower", "connection", "chat_partner"}


GOOD = """
reviewed_on = "2026-11-21"
channels = []
tools = []
[[companies]]
name = "a"
title = "A"
[[platforms]]
name = "p"
title = "P"
company = "a"
"""


def test_a_small_file_loads() -> None:
    assert load(GOOD, "o.toml").platform_of("p.list", "follower") == "p"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('company = "a"', 'company = "b"', "no company"),
        ('company = "a"', 'company = "a"\ncolour = "red"', "'colour'"),
        ('company = "a"', 'company = "a"\nties = ["neighbour"]', "'neighbour'"),
        ('company = "a"', 'company = "a"\nchannels = ["pigeon"]', "'pigeon'"),
        ('company = "a"', "company = 1", "type str"),
        ('company = "a"', "", "lacks company"),
        ("tools = []", "", "tools"),
        ('reviewed_on = "2026-11-21"', "reviewed_on = 1", "reviewed_on"),
        ('[[platforms]]\nname = "p"', "[[platforms]]\nname = ", "not valid TOML"),
        ("[[companies]]", '[[companies]]\nname = "a"\ntitle = "B"\n[[companies]]', "same name"),
    ],
)
def test_a_mistake_is_named_with_its_place(old: str, new: str, said: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        load(GOOD.replace(old, new, 1), "o.toml")
    assert "o.toml" in caught.value.message
    assert said in caught.value.message
