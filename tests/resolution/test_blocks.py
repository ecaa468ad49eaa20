"""Whom weaker evidence joins inside blocks."""

from __future__ import annotations

from typing import Any

import pytest

from audiencevault.resolution import Resolution

from .people import merged, record, resolved


def pair(*ids: str) -> set[frozenset[str]]:
    return {frozenset(ids)}


def crowd(count: int = 400) -> list[dict[str, Any]]:
    """Unrelated people, so that frequencies mean something."""
    return [
        record(
            f"z{n:04d}", f"Given{n % 97} Family{n}", email=f"person{n}@example.org", city=f"town{n % 20}",
            postcode=f"{10000 + n % 100}", street=f"lane {n}", birthday=f"19{50 + n % 40}-0{1 + n % 9}-1{n % 10}",
        )
        for n in range(count)
    ]  # fmt: skip


def asked(found: Resolution) -> list[dict[str, Any]]:
    """The links between records that are not the crowd's."""
    return [link for link in found.links.to_pylist() if not link["record_a"].startswith("z")]


JOINED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("Ida Falk", {"postcode": "97201", "street": "elm 4"}, {"postcode": "97201", "street": "elm 4"}),
    ("Ida Falk", {"birthday": "1990-05-17"}, {"birthday": "1990-05-17"}),
    ("Ida Falk", {"postcode": "97201", "email": "a@example.com"}, {"postcode": "97201", "phone": "+12025550100"}),
    ("Ida Falk", {"phone": "+12025550142"}, {"phone": "+492025550142"}),
    ("Ida Falk", {"email": "idaf.candles@example.com"}, {"email": "idaf.candels@example.com"}),
    ("Ida Falk", {"email": "candlequeen@example.com"}, {"email": "candlequeen@example.org"}),
    ("Ida Falk", {"handle": "candlequeen"}, {"email": "candlequeen@example.org"}),
]


@pytest.mark.parametrize(("name", "one", "two"), JOINED)
def test_a_full_name_and_hard_evidence_join(name: str, one: dict[str, Any], two: dict[str, Any]) -> None:
    assert merged(*crowd(), record("a", name, **one), record("b", name, **two)) == pair("a", "b")


APART: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("Ida Falk", "Ida Falk", {}, {}),
    ("Ida Falk", "Ida Falk", {"city": "bern"}, {"city": "bern"}),
    ("Ida Falk", "Nils Falk", {"street": "elm 4", "postcode": "97201"}, {"street": "elm 4", "postcode": "97201"}),
    (
        "Ida Falk",
        "Nils Falk",
        {"birthday": "1990-05-17", "street": "elm 4"},
        {"birthday": "1990-05-17", "street": "elm 4"},
    ),
    ("Ida Falk", "Nils Holm", {"birthday": "1990-05-17"}, {"birthday": "1990-05-17"}),
    (
        "Ida Falk",
        "Ida Falk",
        {"birthday": "1990-05-17", "postcode": "97201"},
        {"birthday": "1961-11-02", "postcode": "97201"},
    ),
    ("Ida Falk", "Ida Falk", {"email": "ida.falk1@example.com"}, {"email": "ida.falk2@example.com"}),
    ("Ida Falk", "Nils Holm", {"phone": "+12025550142"}, {"phone": "+492025550142"}),
]


@pytest.mark.parametrize(("left", "right", "one", "two"), APART)
def test_too_little_or_contradicting_evidence_does_not_join(
    left: str, right: str, one: dict[str, Any], two: dict[str, Any]
) -> None:
    assert merged(*crowd(), record("a", left, **one), record("b", right, **two)) == set()


def test_a_follower_without_a_name_joins_the_mailbox_named_like_the_handle() -> None:
    rows = [
        record("a", "Ida Falk", email="ida.falk@example.com"),
        record("b", "", handle="ida.falk", account="instagram:ida.falk", source="instagram.followers"),
    ]
    assert merged(*crowd(), *rows) == pair("a", "b")


def test_a_handle_that_fits_many_mailboxes_joins_none() -> None:
    rows = [record(f"a{n}", "Maria Garcia", email=f"mariagarcia@example{n}.com") for n in range(5)]
    rows.append(record("b", "", handle="mariagarcia", account="instagram:mariagarcia"))
    assert not any("b" in group for group in merged(*crowd(), *rows))


def test_a_typing_slip_in_the_last_name_at_one_address() -> None:
    home = {"street": "elm 4", "postcode": "97201"}
    assert merged(*crowd(), record("a", "Ida Falkner", **home), record("b", "Ida Faklner", **home)) == pair("a", "b")


def test_swapped_names() -> None:
    home = {"street": "elm 4", "postcode": "97201"}
    assert merged(*crowd(), record("a", "Ida Falk", **home), record("b", "Falk Ida", **home)) == pair("a", "b")


def test_a_column_full_of_one_value_carries_nothing() -> None:
    rows = [record(f"r{n}", f"Given{n // 2} Family{n // 40}", postcode="1000", city="bern") for n in range(400)]
    found = resolved(rows)
    assert found.stats["merged"] == 0


def test_evidence_names_what_was_seen() -> None:
    home = {"street": "elm 4", "postcode": "97201"}
    (link,) = asked(resolved([*crowd(), record("a", "Ida Falk", **home), record("b", "Ida Falk", **home)]))
    assert link["rule"] == "address"
    assert link["accepted"]
    assert dict(link["evidence"]) == {
        "first_name": "same +7.2", "last_name": "same +1.8", "street": "yes +10.0", "postcode": "yes +0.0",
        "prior": "yes -10.0",
    }  # fmt: skip


def test_a_handle_that_is_the_name_of_two_people_with_mailboxes_joins_neither() -> None:
    rows = [
        record("a", "Ida Falk", email="ida.falk@example.com"),
        record("b", "", handle="idafalk", account="instagram:ida.falk", source="instagram.followers"),
        record("c", "Ida Falk", email="candles99@example.org"),
    ]
    assert merged(*crowd(), *rows) == set()


def test_another_street_in_one_postcode_speaks_against() -> None:
    rows = [
        record("a", "Ida Falk", postcode="10001", street="elm 4"),
        record("b", "Ida Falk", postcode="10001", street="oak 77"),
    ]
    assert merged(*crowd(900), *rows) == set()


def test_two_streets_and_two_mailboxes_in_one_postcode_are_two_people() -> None:
    rows = [
        record("a", "Ida Falk", postcode="10001", street="elm 4", email="ida.falk@example.com"),
        record("b", "Ida Falk", postcode="10001", street="oak 77", email="candlequeen@example.org"),
    ]
    assert merged(*crowd(300), *rows) == set()


def test_a_number_of_unknown_country_ends_like_a_whole_one() -> None:
    whole = record("a", "Ida Falk", phone="+447700900001", email="ida@example.com")
    assert merged(*crowd(), whole, record("b", "Ida Falk", phone="~7700900001")) == pair("a", "b")
    assert merged(*crowd(), whole, record("b", "Nils Falk", phone="~7700900001")) == set()
    assert merged(*crowd(), whole, record("b", "", phone="~7700900001")) == set()


def follower(record_id: str, handle: str) -> dict[str, Any]:
    plain = handle.replace(".", "").replace("_", "")
    return record(record_id, "", handle=plain, account=f"instagram:{handle}", source="instagram.followers")


def test_of_two_followers_with_one_name_as_handle_neither_joins_its_mailbox() -> None:
    rows = [record("a", "Ida Falk", email="ida.falk@example.com"), follower("b", "ida.falk")]
    assert merged(*crowd(), *rows) == pair("a", "b")
    assert merged(*crowd(), *rows, follower("c", "ida_falk17")) == set()


def test_a_handle_that_spells_the_one_person_of_a_name_is_a_question() -> None:
    rows = [record("a", "Ida Falk", email="candlequeen@example.com"), follower("b", "ida.falk")]
    found = resolved([*crowd(), *rows])
    assert found.stats["merged"] == 0
    assert [(link["record_a"], link["record_b"], link["accepted"]) for link in asked(found)] == [("a", "b", False)]
    assert not asked(resolved([*crowd(), *rows, record("c", "Ida Falk", email="i@example.net")]))


def test_a_bare_name_and_its_only_namesake_whose_mailbox_spells_it_are_a_question() -> None:
    connection = record("b", "Ida Falk", account="linkedin:ida-falk-17", source="linkedin.connections")
    spelled = record("a", "Ida Falk", email="ida.falk@example.com")
    assert merged(*crowd(), spelled, connection) == set()
    (question,) = asked(resolved([*crowd(), spelled, connection]))
    assert (question["record_a"], question["record_b"], question["accepted"]) == ("a", "b", False)
    # Not where the mailbox says nothing, or there is a third.
    silent = record("a", "Ida Falk", email="candlequeen@example.com")
    third = record("c", "Ida Falk", email="i@example.net")
    for rows in ([silent, connection], [spelled, connection, third]):
        assert not [link for link in resolved([*crowd(), *rows]).links["accepted"].to_pylist() if link]


def test_clashing_first_names_of_one_home_are_no_question() -> None:
    home = {"street": "elm 4", "postcode": "97201", "company": "kerzenhaus", "birthday": "1990-05-17"}
    assert not asked(resolved([*crowd(), record("a", "Ida Falk", **home), record("b", "Nils Falk", **home)]))


def test_an_organisation_is_known_by_its_company() -> None:
    home = {"street": "elm 4", "postcode": "97201", "city": "bern"}
    one, two = record("a", company="kerzenhaus falk", **home), record("b", company="kerzenhaus falk", **home)
    assert merged(*crowd(), one, two) == pair("a", "b")
    assert merged(*crowd(), one, record("b", company="kerzenhaus falk", city="bern")) == set()
    assert merged(*crowd(), one, record("b", company="holm und partner", **home)) == set()


@pytest.mark.parametrize("other", ["Ida Falk", "I Falk", "Idda Falk"])
def test_one_home_and_one_name_is_one_person_also_where_everybody_lives_in_one_town(other: str) -> None:
    town = {"postcode": "97980", "city": "bern"}
    rows = [
        record(f"z{n:04d}", f"Given{chr(97 + n % 26)} Falk", street=f"elm {n % 90}", email=f"p{n}@example.com", **town)
        for n in range(400)
    ]
    one = record("a", "Ida Falk", street="oak 7", **town)
    assert pair("a", "b") <= merged(*rows, one, record("b", other, street="oak 7", **town))


def test_two_of_a_common_name_in_one_postcode_with_mailboxes_of_their_own_are_two() -> None:
    names = [record(f"z9{n:03d}", "Maria Garcia", email=f"maria{n}x@example.com") for n in range(40)]
    rows = [
        record("a", "Maria Garcia", postcode="10001", street="elm 4", email="mg@example.com", phone="+12025550101"),
        record("b", "Maria Garcia", postcode="10001", street="oak 9", email="garcia@example.net", phone="+12025550102"),
    ]
    assert merged(*crowd(), *names, *rows) == set()


def test_a_handle_made_of_a_common_name_joins_nobody_of_that_name() -> None:
    names = [record(f"z9{n:03d}", "Maria Garcia", email=f"box{n}@example.com") for n in range(40)]
    rows = [
        record("a", "Maria Garcia", handle="mariagarcia", account="instagram:maria.garcia"),
        record("b", "Maria Garcia", email="maria.garcia@example.com"),
    ]
    assert merged(*crowd(), *names, *rows) == set()


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("idaf.candles@example.com", "idaf.candels@example.com", True),
        ("idaf98@example.com", "idaf998@example.com", True),
        ("idaf98@example.com", "idaf97@example.com", False),
        ("idaf9@example.com", "idaf@example.com", False),
    ],
)
def test_a_slip_in_a_mailbox_and_another_number(one: str, two: str, same: bool) -> None:
    rows = [record("a", "Ida Falk", email=one), record("b", "Ida Falk", email=two)]
    assert merged(*crowd(), *rows) == (pair("a", "b") if same else set())


def test_a_handle_made_of_a_name_joins_nobody_of_another_last_name() -> None:
    crowded = crowd(60)
    person = record("a", "Josefa Ortega", email="josefaortega@example.com")
    follower = record("b", "Josefa Ortegal Gil", handle="josefaortega", source="instagram.followers")
    follower["last_key"], follower["first_key"] = "gil", "josefa"
    assert merged(person, follower, *crowded) == set()
    same = record("b", "Josefa Ortega", handle="josefaortega", source="instagram.followers")
    assert merged(person, same, *crowded) == {frozenset("ab")}


def test_one_letter_is_not_counted_in_the_mailbox_and_in_the_last_name() -> None:
    one = record("a", "Alain Belville", email="alainbelville@example.com", phone="+33625550001")
    two = record("b", "Alain Delville", email="alaindelville@example.com")
    assert merged(one, two) == {frozenset("ab")}
    two["phone_keys"] = ["+33625559999"]
    assert merged(one, two) == set()
