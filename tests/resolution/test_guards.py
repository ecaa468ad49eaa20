"""One bad link must not glue two families."""

from __future__ import annotations

import pytest

from .people import decisions, everybody, groups, merged, record, resolved

HOME = {"street": "elm 4", "postcode": "97201"}
LINE = "+12025550123"


def test_father_and_son_of_one_name_at_one_telephone() -> None:
    rows = [
        record("f1", "Nils Berg", phone=LINE, birthday="1950-01-02"),
        record("f2", "Nils Berg", phone=LINE, birthday="1950-01-02"),
        record("s1", "Nils Berg", phone=LINE, birthday="1980-07-08"),
        record("s2", "Nils Berg", phone=LINE, birthday="1980-07-08"),
    ]
    assert merged(*rows) == {frozenset({"f1", "f2"}), frozenset({"s1", "s2"})}


@pytest.mark.parametrize("other", ["1950-02-01", "1950-01-12", "1951-01-02"])
def test_a_mistyped_birthday_is_no_contradiction_at_ones_own_mailbox(other: str) -> None:
    rows = [
        record("a", "Nils Berg", email="nils@example.com", birthday="1950-01-02"),
        record("b", "Nils Berg", email="nils@example.com", birthday=other),
    ]
    assert merged(*rows) == {frozenset("ab")}


def test_an_initial_does_not_bridge_two_people() -> None:
    rows = [
        record("a1", "Anna Berg", email="anna@example.com"),
        record("a2", "A Berg", email="anna@example.com", phone=LINE),
        record("x1", "Axel Berg", email="axel@example.com"),
        record("x2", "A Berg", email="axel@example.com", phone=LINE),
    ]
    found = everybody(resolved(rows))
    assert not any({"a1", "x1"} <= group for group in found)


def test_two_follower_accounts_of_one_platform_are_two_people() -> None:
    rows = [
        record("a", "Ida Falk", account="instagram:ida.one", source="instagram.followers", **HOME),
        record("b", "Ida Falk", account="instagram:ida.two", source="instagram.followers", **HOME),
    ]
    assert merged(*rows) == set()
    for row in rows:
        row["source"] = "table.generic"
    assert merged(*rows) == {frozenset("ab")}


def test_decisions_bind() -> None:
    rows = [
        record("a", "Ida Falk", email="i@example.com"),
        record("b", "Ida Falk", email="i@example.com"),
        record("c", "Zoe Roth"),
    ]
    assert merged(*rows, decisions=decisions(("a", "b", "different"))) == set()
    assert merged(*rows, decisions=decisions(("c", "a", "same"))) == {frozenset("abc")}
    assert merged(*rows, decisions=decisions(("b", "a", "different"), ("a", "b", "same"))) == {frozenset("ab")}


def test_the_others_of_a_star_stay_together_when_its_first_is_split_off() -> None:
    rows = [record(name, "Ida Falk", email="i@example.com") for name in "abc"]
    different = decisions(("a", "b", "different"), ("a", "c", "different"))
    assert merged(*rows, decisions=different) == {frozenset("bc")}


def test_same_never_joins_across_a_different() -> None:
    rows = [record(name, "") for name in "abc"]
    told = decisions(("a", "b", "same"), ("b", "c", "same"), ("a", "c", "different"))
    found = everybody(resolved(rows, decisions=told))
    assert not any({"a", "c"} <= group for group in found)


def test_a_superseded_decision_does_not_count() -> None:
    rows = [record("a", "Ida Falk", email="i@example.com"), record("b", "Ida Falk", email="i@example.com")]
    told = decisions(("a", "b", "different")).to_pylist()
    undo = {**told[0], "decision_id": "d999", "verdict": "undo", "supersedes": "d000"}
    table = decisions().from_pylist([*told, undo], schema=decisions().schema)
    assert merged(*rows, decisions=table) == {frozenset("ab")}


def test_decisions_about_unknown_records_are_ignored() -> None:
    assert groups(resolved([record("a")], decisions=decisions(("a", "gone", "same"), ("x", "y", "different")))) == set()


def test_a_nickname_and_the_same_last_name_hold_at_one_telephone() -> None:
    rows = [
        record("a", "James Berg", phone=LINE, nick="james", email="james@example.com"),
        record("b", "Jamie Berg", phone=LINE, nick="james", email="jamie@example.net"),
        record("c", "James Berg", phone=LINE, nick="james"),
    ]
    assert merged(*rows) == {frozenset("abc")}
    assert merged(rows[0], record("b", "Jamie Falk", phone=LINE, nick="james", email="jamie@example.net")) == set()


def test_a_short_form_of_several_names_stands_for_each() -> None:
    rows = [
        record("a", "Tom Berg", phone=LINE, nick="tomas", nick_roots="thomas tomas"),
        record("b", "Thomas Berg", phone=LINE, nick="thomas", nick_roots="thomas"),
        record("c", "T Berg", phone=LINE),
        record("d", "Uwe Berg", phone=LINE, nick="uwe", nick_roots="ubbo uwe"),
    ]
    assert merged(*rows[:2]) == {frozenset("ab")}
    assert merged(rows[0], rows[3]) == merged(rows[1], rows[3]) == set()


def test_the_letter_of_what_a_nickname_stands_for() -> None:
    bob = record("a", "Bob Berg", email="b@example.com", nick="robert")
    assert merged(bob, record("b", "R Berg", email="b@example.com")) == {frozenset("ab")}
    assert merged(bob, record("b", "K Berg", email="b@example.com")) == set()


def test_a_swapped_name_with_a_nickname_or_another_last_name() -> None:
    jim = record("a", "Jim Davis", email="jd@example.com", nick="james")
    james = record("b", "Davis James", email="jd@example.com", nick=None)
    assert merged(jim, james) == {frozenset("ab")}
    one = record("a", "Martina Pichler", email="mp@example.com", nick="martina")
    assert merged(one, record("b", "Wallner Martina", email="mp@example.com")) == {frozenset("ab")}
    # Nobody knows which of the two words is a given name.
    assert (
        merged(record("a", "Haun Ko", email="k@example.com"), record("b", "Ahn Haun", email="k@example.com")) == set()
    )


def test_a_third_name_holds_two_together() -> None:
    slip, short = (
        record(key, f"{name} Johnson", email="e@example.com") for key, name in (("a", "Ewdard"), ("b", "Ed"))
    )
    short["nick_key"] = "edward"
    whole = record("c", "Edward Johnson", email="e@example.com", nick="edward")
    assert merged(slip, short) == set()
    assert merged(slip, short, whole) == {frozenset("abc")}
    # Two given names of one name are two people's all the same.
    rows = [
        record(key, f"{name} Kim", phone=LINE) for key, name in (("a", "Jiwoo"), ("b", "Eunji"), ("c", "Jiwoo Eunji"))
    ]
    rows[2]["first_key"] = "jiwoo eunji"
    assert not any({"a", "b"} <= group for group in merged(*rows))


def test_a_final_vowel_tells_two_people_apart_at_a_telephone() -> None:
    daniel = record("a", "Daniel Frei", phone=LINE)
    assert merged(daniel, record("b", "Daniela Frei", phone=LINE)) == set()
    assert merged(record("a", "Hanne Frei", phone=LINE), record("b", "Hannele Frei", phone=LINE)) == {frozenset("ab")}


def test_a_handle_tells_the_last_name_that_a_follower_leaves_out() -> None:
    # Enough others, so that no name is rare by itself.
    crowd = [record(f"x{at}", f"Luis Name{at}", email=f"n{at}@example.net") for at in range(14)]
    person = record("a", "Luis Etxamante", email="luisetxamante@example.com")
    follower = record("b", "Luis", handle="luisetxamante", source="instagram.followers")
    assert merged(person, follower, *crowd) == {frozenset("ab")}
    assert merged(person, record("b", "Luis", handle="luisotro", source="instagram.followers"), *crowd) == set()


def test_junior_is_not_senior() -> None:
    rows = [
        record("f", "James Whitfield", phone=LINE, email="james@example.com", **HOME),
        record("s1", "James Whitfield", phone=LINE, email="jamie@example.net", **HOME),
        record("s2", "James Whitfield", phone=LINE, email="jamie@example.net", name_key="james jr whitfield", **HOME),
    ]
    assert merged(*rows) == {frozenset({"s1", "s2"})}


def test_a_suffix_on_one_side_needs_more_than_a_telephone() -> None:
    plain = record("a", "James Whitfield", phone=LINE, email="james@example.com")
    assert merged(plain, record("b", "James Whitfield", phone=LINE, name_key="james jr whitfield")) == set()
    one = record("b", "James Whitfield", email="james@example.com", name_key="james jr whitfield")
    assert merged(plain, one) == {frozenset("ab")}
    other = record("a", "James Whitfield", email="james@example.com", name_key="james sr whitfield")
    assert merged(other, one) == set()


def test_a_tag_behind_a_plus_sign_is_no_second_mailbox() -> None:
    rows = [
        record("a", "Tom Jessup", nick="thomas", email="jessup94@example.com", **HOME),
        record("b", "Thomas Jessup", nick="thomas", email="jessup94+shop@example.com", **HOME),
    ]
    assert merged(*rows) == {frozenset("ab")}
    rows[1]["email_keys"] = ["thomas.j@example.org"]
    assert merged(*rows) == set()


def test_a_firm_at_its_role_mailbox() -> None:
    box = {"email": "info@example.com", "shared": "info@example.com"}
    firm = record("a", "", last_key="kruger logistics", name_key="kruger logistics", **box)
    legal = record("b", "", last_key="kruger logistics gmbh", name_key="gmbh kruger logistics", **box)
    assert merged(firm, legal) == {frozenset("ab")}
    assert merged(firm, record("b", "", last_key="berger bau", name_key="bau berger", **box)) == set()
    # Two colleagues of one last name have first names, which tell them apart.
    assert merged(record("a", "Ida Falk", **box), record("b", "Uwe Falk", **box)) == set()
    assert merged(record("a", "Ida Falk", **box), record("b", "", last_key="falk", name_key="falk", **box)) == set()
