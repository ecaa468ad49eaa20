"""What must hold whatever the records are."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.resolution.people import decisions, everybody, record, resolved

NAMES = ("", "Ida Falk", "I Falk", "Nils Falk", "Ida Holm", "Zoe Roth", "Falk Ida", "Ida")
MAILS = ("qwert.one@example.com", "asdfg.two@example.com", "info@example.com", "zxcvb@example.org")
PHONES = ("+12025550101", "+442079460912", "+493023125000")
ACCOUNTS = ("instagram:poiuy", "tiktok:mnbvc")


FEW = settings(max_examples=max(8, settings.default.max_examples // 8))
"""Every example is a whole run of some fifty statements."""


def rows(names: tuple[str, ...] = NAMES) -> st.SearchStrategy[list[dict[str, Any]]]:
    def build(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [record(f"r{number:02d}", **value) for number, value in enumerate(values)]

    one = st.fixed_dictionaries({
        "name": st.sampled_from(names),
        "email": st.lists(st.sampled_from(MAILS), max_size=2, unique=True),
        "phone": st.lists(st.sampled_from(PHONES), max_size=1),
        "account": st.lists(st.sampled_from(ACCOUNTS), max_size=1),
        "birthday": st.sampled_from((None, None, "1990-05-17", "1961-11-02")),
        "street": st.sampled_from((None, "elm 4")),
        "postcode": st.sampled_from((None, "97201")),
        "shared": st.just("info@example.com"),
    })  # fmt: skip
    return st.lists(one, min_size=1, max_size=9).map(build)


def closure(records: list[dict[str, Any]]) -> set[frozenset[str]]:
    """Plain union-find over exact keys: the oracle."""
    sets = [{row["record_id"]} for row in records]
    keys = [{*row["email_keys"], *row["phone_keys"], *row["account_keys"]} for row in records]
    changed = True
    while changed:
        changed = False
        for i in range(len(sets)):
            for j in range(i):
                if sets[i] and sets[j] and keys[i] & keys[j]:
                    sets[j] |= sets[i]
                    keys[j] |= keys[i]
                    sets[i], keys[i] = set(), set()
                    changed = True
    return {frozenset(group) for group in sets if group}


@FEW
@given(rows(), st.randoms(use_true_random=False))
def test_order_and_threads_do_not_matter(records: list[dict[str, Any]], chance: random.Random) -> None:
    first = resolved(records)
    shuffled = list(records)
    chance.shuffle(shuffled)
    second = resolved(shuffled, threads=2)
    assert second.members.equals(first.members)
    assert second.links.equals(first.links)
    assert second.identity_log.equals(first.identity_log)


@FEW
@given(st.one_of(rows(names=("",)), rows(names=("Ida Falk",))))
def test_exact_keys_are_union_find_where_no_guard_applies(records: list[dict[str, Any]]) -> None:
    plain = [
        {**row, "birthday_key": None, "street_key": None, "postcode_key": None, "shared_keys": []} for row in records
    ]
    assert everybody(resolved(plain)) == closure(plain)


@FEW
@given(rows())
def test_an_unrelated_record_changes_nobody(records: list[dict[str, Any]]) -> None:
    before = everybody(resolved(records))
    stranger = record("aa", "Omar Diaz", email="omar@example.net", phone="+33199000000", birthday="1971-01-01")
    assert everybody(resolved([*records, stranger])) == before | {frozenset({"aa"})}


@FEW
@given(rows(), st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.booleans()), min_size=1, max_size=4))
def test_decisions_bind(records: list[dict[str, Any]], told: list[tuple[int, int, bool]]) -> None:
    latest: dict[tuple[str, str], str] = {}
    for a, b, same in told:
        if a != b and max(a, b) < len(records):
            latest[f"r{min(a, b):02d}", f"r{max(a, b):02d}"] = "same" if same else "different"
    found = everybody(resolved(records, decisions=decisions(*((a, b, verdict) for (a, b), verdict in latest.items()))))
    for (a, b), verdict in latest.items():
        if verdict == "different":
            assert not any({a, b} <= group for group in found)
    if set(latest.values()) == {"same"}:
        for a, b in latest:
            assert any({a, b} <= group for group in found)


@FEW
@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=12), st.sampled_from((None, "bern")))
def test_a_name_alone_never_merges(names: list[str], city: str | None) -> None:
    records = [record(f"r{number:02d}", name, city=city) for number, name in enumerate(names)]
    assert all(len(group) == 1 for group in everybody(resolved(records)))


@FEW
@given(rows())
def test_two_whole_birthdays_never_meet(records: list[dict[str, Any]]) -> None:
    birthday = {row["record_id"]: row["birthday_key"] for row in records}
    for group in everybody(resolved(records)):
        assert len({birthday[name] for name in group if birthday[name]}) <= 1
