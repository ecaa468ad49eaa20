"""Who shares a code with whom, and which mailboxes are slips of each other: compiled and portable."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from audiencevault.resolution import handles, texts
from audiencevault.resolution.handles import Group, grouped
from audiencevault.resolution.texts import MOST_SLIPS, slips
from tests.kernels import portable

CODES = st.sampled_from([0, 1, -1, 5, -(2**62), 2**61, 2**61 + 1])
ROWS = st.lists(st.tuples(CODES, st.integers(0, 7)), max_size=30)
FEW = settings(max_examples=100, deadline=None)
LETTERS = st.text("abé1.@\U0001f600", max_size=9)


def columns(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], np.int64)


def shown(group: Group, code: np.ndarray) -> list[tuple[int, list[tuple[int, list[int]]]]]:
    """Every code with its people, and of each the rows."""
    rows = np.split(group.rows, group.first[1:]) if len(group.first) else []
    held = list(zip(group.person.tolist(), (part.tolist() for part in rows), strict=True))
    found = []
    for begin, count in zip(group.begin.tolist(), group.count.tolist(), strict=True):
        people = held[begin : begin + count]
        found.append((int(code[people[0][1][0]]), people))
    return sorted(found)


@FEW
@given(ROWS, st.integers(1, 6))
def test_people_who_share_a_code_are_grouped_below_the_cap(rows: list[tuple[int, int]], cap: int) -> None:
    code, person = columns(rows)
    holders = {
        value: {who: [at for at, row in enumerate(rows) if row == (value, who)] for what, who in rows if what == value}
        for value in set(code.tolist()) - {0}
    }
    expected = sorted((value, sorted(people.items())) for value, people in holders.items() if 1 < len(people) <= cap)
    group = grouped(code, person, cap)
    with portable(handles):
        simple = grouped(code, person, cap)
    for found in (group, simple):
        assert shown(found, code) == expected
        assert found.skipped == sum(len(people) > cap for people in holders.values())
        one, two = found.pairs()
        pairs = [pair for _, people in expected for pair in combinations([who for who, _ in people], 2)]
        assert sorted(zip(found.person[one].tolist(), found.person[two].tolist(), strict=True)) == sorted(pairs)
        assert found.least(found.rows).tolist() == found.rows[found.first].tolist()
        assert [person[at] for at in found.most(found.rows).tolist()] == found.person.tolist()


def test_a_value_that_a_crowd_has_costs_no_more_than_its_rows() -> None:
    """One code for everybody, and one person with a code many times."""
    rows = 20_000
    code = np.full(rows, 7, np.int64)
    assert grouped(code, np.arange(rows), 8).skipped == 1
    group = grouped(code, np.arange(rows) // (rows - 1), 8)
    assert group.person.tolist() == [0, 1]
    assert group.rows.tolist() == list(range(rows))
    assert group.first.tolist() == [0, rows - 1]


@FEW
@given(st.lists(LETTERS, min_size=2, max_size=8), st.integers(0, 3))
def test_distances_are_those_of_letters(written: list[str], skipped: int) -> None:
    """Of a sliced array too; more than two edits are as good as any number, and so are lengths too far apart."""
    column = pa.array(["ab"] * skipped + written, pa.string()).slice(skipped)
    pairs = np.array(list(combinations(range(len(written)), 2)), np.int32)
    left, right = np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])
    found = texts._edits(column, left, right)
    with portable(texts):
        assert texts._edits(column, left, right).tolist() == found.tolist()
    for (x, y), distance in zip(pairs.tolist(), found.tolist(), strict=True):
        lengths = abs(len(written[x].encode()) - len(written[y].encode()))
        edits = OSA.distance(written[x], written[y]) if lengths <= MOST_SLIPS else MOST_SLIPS + 1
        assert distance == min(edits, MOST_SLIPS + 1)


def test_nothing_is_no_slip_of_nothing() -> None:
    assert slips(pa.array([], pa.string()), np.zeros(0, np.int32), np.zeros(0, np.int32)).tolist() == []
    assert grouped(np.zeros(0, np.int64), np.zeros(0, np.int64), 2).skipped == 0


@pytest.mark.parametrize(
    ("left", "right", "slip"),
    [
        ("ida.falk@example.com", "ida.flak@example.com", True),
        ("ida.falk@example.com", "ida.falck@example.com", True),
        ("ida.falk@example.com", "ida.falk@exmaple.com", True),
        ("ida.falk@example.com", "idafalk@example.com", False),
        ("ida.falk1@example.com", "ida.falk2@example.com", False),
        ("ida.falk12@example.com", "ida.falk21@example.com", True),
        ("ida.falk@example.com", "ida.falkenau@example.com", False),
        ("falk@example.com", "folk@example.com", False),
        ("zoë.falk@example.com", "zoe.falk@example.com", True),
        ("ida.falk11@example.com", "ida.falk1@example.com", True),
        ("ida.falk7@example.com", "ida.falk@example.com", False),
        ("martinafalken@example.com", "martafalken@example.com", True),
        ("martinafalken@example.com", "martafalken@example.org", False),
    ],
)
def test_what_is_a_slip_of_a_mailbox(left: str, right: str, slip: bool) -> None:
    column = pa.array([left, right])
    one, two = np.zeros(1, np.int32), np.ones(1, np.int32)
    assert slips(column, one, two).tolist() == [slip] == slips(column, two, one).tolist()
    with portable(texts):
        assert slips(column, one, two).tolist() == [slip]
