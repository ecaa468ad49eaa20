"""Whom a shared e-mail, telephone or account joins, and whom it must not."""

from __future__ import annotations

import pytest

from .people import merged, record, resolved

ADDRESS = "family@example.com"
LINE = "+12025550123"


def pair(*ids: str) -> set[frozenset[str]]:
    return {frozenset(ids)}


@pytest.mark.parametrize("key", ["email", "phone", "account"])
def test_same_key_and_same_name_is_one_person(key: str) -> None:
    rows = [record(name, "Anna Berg", **{key: "k:1"}) for name in "ab"]
    assert merged(*rows) == pair("a", "b")


@pytest.mark.parametrize(
    "other", ["Anna Berg", "A Berg", "Anna", "Berg Anna", "Anna Maria Berg", "Ana Berg", "Annna Berg", "Anna Holm", ""]
)
def test_compatible_names_at_one_mailbox_are_one_person(other: str) -> None:
    rows = [record("a", "Anna Berg", email="x@example.com"), record("b", other, email="x@example.com")]
    if other == "Ana Berg":
        rows[1]["nick_key"] = rows[0]["nick_key"] = "anna"
    assert merged(*rows) == pair("a", "b")


def test_a_nickname_counts_as_the_name() -> None:
    rows = [record("a", "Robert Berg", phone=LINE, nick="robert"), record("b", "Bob Berg", phone=LINE, nick="robert")]
    assert merged(*rows) == pair("a", "b")


@pytest.mark.parametrize("other", ["Nils Berg", "Nils Holm", "Nils"])
@pytest.mark.parametrize("key", ["email", "phone"])
def test_a_household_point_does_not_merge_two_people(other: str, key: str) -> None:
    assert merged(record("a", "Anna Berg", **{key: ADDRESS}), record("b", other, **{key: ADDRESS})) == set()


def test_brother_and_sister_with_names_that_differ_by_a_letter_stay_two() -> None:
    assert merged(record("a", "Daniel Berg", phone=LINE), record("b", "Daniela Berg", phone=LINE)) == set()


def test_a_nameless_record_joins_the_only_name_at_its_key() -> None:
    rows = [record("a", "Anna Berg", email=ADDRESS), record("b", "", email=ADDRESS), record("c", "", email=ADDRESS)]
    assert merged(*rows) == pair("a", "b", "c")


def test_a_nameless_record_at_a_household_point_joins_nobody() -> None:
    rows = [
        record("a", "Anna Berg", email=ADDRESS), record("b", "Nils Berg", email=ADDRESS),
        record("c", "", email=ADDRESS), record("d", "Anna Berg", email=ADDRESS),
    ]  # fmt: skip
    assert merged(*rows) == pair("a", "d")


def test_an_initial_that_fits_two_people_joins_neither() -> None:
    rows = [
        record("a", "Anna Berg", phone=LINE),
        record("b", "Axel Berg", phone=LINE),
        record("c", "A Berg", phone=LINE),
    ]
    assert merged(*rows) == set()


def test_a_role_mailbox_never_links_on_its_own() -> None:
    box = {"email": "info@example.com", "shared": "info@example.com"}
    assert merged(record("a", "", **box), record("b", "", **box), record("c", "Anna Berg", **box)) == set()


def test_one_full_name_at_a_role_mailbox_is_one_person() -> None:
    box = {"email": "info@example.com", "shared": "info@example.com"}
    rows = [record("a", "Anna Berg", **box), record("b", "Anna Berg", **box), record("c", "Nils Holm", **box)]
    assert merged(*rows) == pair("a", "b")


def test_a_switchboard_links_only_equal_names() -> None:
    names = ["Anna Berg", "Nils Holm", "Ida Falk", "Omar Diaz", "Lea Roth", "Kai Lund", "Zoe Marsh"]
    rows = [record(f"r{number}", name, phone=LINE) for number, name in enumerate(names)]
    rows += [record("again", "Ida Falk", phone=LINE), record("silent", "", phone=LINE)]
    assert merged(*rows) == pair("r2", "again")


def test_a_key_of_hundreds_of_names_links_only_equal_names() -> None:
    rows = [record(f"r{n:03d}", f"Given{n} Family{n % 150}", phone=LINE) for n in range(300)]
    rows.append(record("again", "Given7 Family7", phone=LINE))
    assert merged(*rows) == pair("r007", "again")


def test_an_account_is_one_person_whatever_the_display_name() -> None:
    rows = [
        record("a", "Candle Lover", account="instagram:ida.falk"),
        record("b", "Ida Falk", account="instagram:ida.falk"),
    ]
    assert merged(*rows) == pair("a", "b")


def test_different_keys_and_chains() -> None:
    rows = [
        record("a", "Ida Falk", email="ida@example.com"),
        record("b", "Ida Falk", email="ida@example.com", phone=LINE),
        record("c", "I Falk", phone=LINE, account="tiktok:ida"),
        record("d", "", account="tiktok:ida"),
        record("e", "Ida Falk", email="other@example.org"),
    ]
    assert merged(*rows) == pair("a", "b", "c", "d")


def test_what_did_not_join_is_kept_for_review_where_it_could() -> None:
    rows = [
        record("a", "Anna Berg", phone=LINE),
        record("b", "Axel Berg", phone=LINE),
        record("c", "A Berg", phone=LINE),
    ]
    links = resolved(rows).links.to_pylist()
    assert links
    assert not any(link["accepted"] for link in links)
    assert all(dict(link["evidence"])["phone"].startswith("yes ") for link in links)


def test_a_million_rows_of_one_role_mailbox_do_not_explode() -> None:
    rows = [record(f"r{n:05d}", "", email="info@example.com", shared="info@example.com") for n in range(20_000)]
    found = resolved(rows)
    assert found.stats["key_links"] == 0
    assert found.stats["contacts"] == 20_000


def test_identical_rows_are_a_star_not_all_pairs() -> None:
    rows = [
        record(f"r{n:05d}", "Anna Berg", email="anna@example.com", city="bern", postcode="3000") for n in range(5_000)
    ]
    found = resolved(rows)
    assert found.stats["contacts"] == 1
    assert found.links.num_rows == 4_999


def test_at_the_mailbox_that_spells_one_of_them_a_like_first_name_is_its_short_form() -> None:
    full, short = "Abdullah Aydin", "Apo Aydin"
    own = "abdullah.aydin@example.com"
    assert merged(record("a", full, email=own), record("b", short, email=own)) == pair("a", "b")
    assert merged(record("a", full, email=ADDRESS), record("b", short, email=ADDRESS)) == set()
    assert merged(record("a", full, email=own), record("b", "Nils Aydin", email=own)) == set()
    nameless = record("c", "", email=own)
    assert merged(record("a", full, email=own), record("b", "Nils Aydin", email=own), nameless) == pair("a", "c")


def test_a_nameless_record_with_another_mailbox_at_a_telephone_is_a_question() -> None:
    rows = [
        record("a", "Anna Berg", phone=LINE, email="anna.berg@example.com"),
        record("b", "", phone=LINE, email="qwertz@example.org"),
    ]
    assert merged(*rows) == set()
    assert resolved(rows).links.num_rows == 1
    rows[1]["email_keys"] = ["aberg77@example.org"]
    assert merged(*rows) == pair("a", "b")


def test_names_in_a_script_without_vowels_and_in_latin_letters_do_not_clash() -> None:
    rows = [
        record("a", "Rvn Yvsf", email="ron@example.com", display_name="רון יוסף"),
        record("b", "Ron Yosef", email="ron@example.com"),
    ]
    assert merged(*rows) == pair("a", "b")
    rows[0]["display_name"] = "Rvn Yvsf"
    assert merged(*rows) == set()
