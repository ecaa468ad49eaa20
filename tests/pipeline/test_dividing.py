"""Who goes with whom when one person is taken apart."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from audiencevault.errors import UsageError
from audiencevault.pipeline import deciding
from audiencevault.pipeline.finding import Found
from audiencevault.resolution import identity

NAMES = tuple("abcdefgh")


def link(a: str, b: str, score: float = 5.0, rule: str = "email") -> dict[str, Any]:
    return {"record_a": a, "record_b": b, "score": score, "rule": rule, "accepted": True}


def named(*records: str, exact: bool = False) -> Found:
    return Found("c_1", records, exact)


def test_records_named_by_id_go_alone() -> None:
    links = [link("a", "b"), link("b", "c", 9.0)]
    assert deciding.divided("abc", named(*"abc"), [named("b", exact=True)], links) == (["a", "c"], ["b"])


def test_what_is_tied_more_strongly_goes_along() -> None:
    links = [link("a", "b", 5.0), link("b", "c", 9.0), link("a", "d", 9.0), link("a", "c", 99.0, "decision")]
    assert deciding.divided("abcd", named("a"), [named("b")], links) == (["a", "d"], ["b", "c"])


def test_what_nothing_ties_stays_with_the_founder() -> None:
    whole = ("a", "b", "c")
    left = Found(identity.contact_id("b"), whole)
    assert deciding.divided(whole, left, [named("c")], []) == (["a", "b"], ["c"])


def test_the_part_may_be_named_first() -> None:
    links = [link("a", "b", 9.0), link("b", "c", 5.0)]
    assert deciding.divided("abc", named("c"), [named(*"abc")], links) == (["c"], ["a", "b"])


def test_nobody_would_be_left() -> None:
    with pytest.raises(UsageError):
        deciding.divided("ab", named("a", "b"), [named("a", "b")], [link("a", "b")])


LINKS = st.lists(
    st.builds(
        link, st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(1, 9).map(float),
        st.sampled_from(["email", "decision"]),
    ),
    max_size=12,
)  # fmt: skip


def test_whoever_was_named_as_staying_stays_also_where_all_others_go() -> None:
    link_ = link("a", "d", 1.0, "email")
    _, two = deciding.divided(NAMES, named(*"abcdefg"), [named("a", "b", "h", exact=False)], [link_])
    assert set(two) == {"a", "b", "h"}


@given(LINKS, st.sets(st.sampled_from(NAMES), min_size=1), st.sets(st.sampled_from(NAMES), min_size=1), st.booleans())
def test_everybody_is_on_one_side_and_whoever_was_named_on_the_right_one(
    links: list[dict[str, Any]], left: set[str], going: set[str], exact: bool
) -> None:
    assume(going != set(NAMES))
    one, two = deciding.divided(NAMES, named(*sorted(left)), [named(*sorted(going), exact=exact)], links)
    assert sorted([*one, *two]) == sorted(NAMES)
    assert going <= set(two)
    if exact:
        assert going == set(two)
    if left - going:
        assert not (left - going) & set(two) or left == set(NAMES)


@given(st.sets(st.sampled_from(NAMES), min_size=1), st.sets(st.sampled_from(NAMES), min_size=1))
def test_pairs_across(one: set[str], two: set[str]) -> None:
    assume(not one & two)
    first, second = min(one), min(two)
    same = deciding.pairs_of_same(sorted(one), sorted(two), first, second)
    assert len(same) == len(one) + len(two) - 1
    different = deciding.pairs_of_different(sorted(one), sorted(two), first, second)
    assert len(different) == len(one) * len(two)
    assert set(same) <= set(different)
    assert all(a < b for a, b in different)
