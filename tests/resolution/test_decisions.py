"""Which decisions count, and how they are taken back."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from audiencevault.resolution import decisions as words
from audiencevault.resolution.decisions import DIFFERENT, SAME, UNSURE, WITHDRAWN

from .people import AT, decisions

AB, BC = ("a", "b"), ("b", "c")


def verdicts(book: words.Book) -> dict[tuple[str, str], str]:
    return {pair: row["verdict"] for pair, row in words.in_force(words.table(book.new)).items()}


def test_the_latest_word_about_a_pair_counts() -> None:
    table = decisions(("b", "a", SAME), ("a", "b", DIFFERENT), ("b", "c", SAME))
    assert words.effective(table).to_pylist() == [
        {"a": "a", "b": "b", "same": False},
        {"a": "b", "b": "c", "same": True},
    ]
    assert words.effective(None).num_rows == 0


def test_a_superseding_word_takes_the_place_and_gives_it_back() -> None:
    book = words.Book(None)
    first = book.say([AB], SAME, at=AT, by="me")
    second = book.say([AB], DIFFERENT, at=AT, by="me")
    assert second[0]["supersedes"] == first[0]["decision_id"]
    assert verdicts(book) == {AB: DIFFERENT}
    third = book.undo(second, at=AT, by="me")
    assert verdicts(book) == {AB: SAME}
    book.undo(third, at=AT, by="me")
    assert verdicts(book) == {AB: DIFFERENT}


def test_the_same_word_twice_is_written_once() -> None:
    book = words.Book(None)
    assert len(book.say([AB, ("b", "a"), BC], SAME, at=AT, by="me")) == 2
    assert book.say([AB], SAME, at=AT + timedelta(days=1), by="you") == []
    assert book.say([("x", "y")], WITHDRAWN, at=AT, by="me") == []


def test_ids_are_never_used_twice_even_in_one_moment() -> None:
    book = words.Book(None)
    for _ in range(5):
        book.say([AB], SAME, at=AT, by="me")
        book.say([AB], WITHDRAWN, at=AT, by="me")
    ids = [row["decision_id"] for row in book.new]
    assert len(set(ids)) == len(ids) == 10
    assert verdicts(book) == {}


def test_unsure_binds_nobody_and_is_known() -> None:
    table = decisions(("a", "b", UNSURE))
    assert words.effective(table).num_rows == 0
    assert words.Book(table).standing(AB) is not None


def test_across_two_parts() -> None:
    book = words.Book(decisions(("a", "b", SAME), ("b", "c", DIFFERENT), ("a", "z", SAME)))
    assert list(book.across(["a", "b"], ["c", "z"])) == [("a", "z"), ("b", "c")]
    assert book.across(["a"], ["c"]) == {}


def test_a_circle_that_only_damage_makes_counts_nothing() -> None:
    rows = decisions(("a", "b", SAME), ("a", "b", DIFFERENT)).to_pylist()
    rows[0]["supersedes"], rows[1]["supersedes"] = rows[1]["decision_id"], rows[0]["decision_id"]
    assert words.in_force(words.table(rows)) == {}


ACTS = st.lists(
    st.tuples(st.sampled_from([AB, BC, ("a", "c")]), st.sampled_from([SAME, DIFFERENT, UNSURE, WITHDRAWN])), max_size=12
)


@given(ACTS, st.randoms(use_true_random=False))
def test_what_counts_depends_on_no_order_of_rows_and_undoing_all_leaves_nothing(
    acts: list[tuple[tuple[str, str], str]], chance: random.Random
) -> None:
    book = words.Book(None)
    expected: list[dict[tuple[str, str], str]] = [{}]
    said: list[list[dict[str, Any]]] = []
    for pair, verdict in acts:
        said.append(book.say([pair], verdict, at=AT, by="me"))
        expected.append(verdicts(book))
        if verdict != WITHDRAWN:
            assert expected[-1][pair] == verdict
    shuffled = list(book.new)
    chance.shuffle(shuffled)
    assert words.in_force(words.table(shuffled)) == words.in_force(words.table(book.new))
    # Taken back one by one, the last first, every state of before comes back.
    for rows in reversed(said):
        assert verdicts(book) == expected.pop()
        book.undo(rows, at=AT, by="me")
    assert verdicts(book) == {}
