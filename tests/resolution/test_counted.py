"""How many people have each value: counted at once, and kept up to date, both as one by one."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault.resolution import counted
from audiencevault.resolution.counted import Counts, Names
from audiencevault.resolution.slots import NOBODY
from audiencevault.resolution.traces import Trace

ROWS = st.lists(st.tuples(st.integers(0, 6), st.integers(NOBODY, 3), st.integers(NOBODY, 3)), max_size=90)
"""A value (0 for none), and whose it was and is: few people, so that some have more records than are compared."""


def one_by_one(rows: list[tuple[int, int]]) -> dict[int, int]:
    """The people of each value."""
    held = defaultdict(set)
    for value, person in rows:
        if value and person != NOBODY:
            held[value].add(person)
    return {value: len(people) for value, people in held.items()}


def as_dict(counts: Counts) -> dict[int, int]:
    """By value, in order."""
    assert counts.values.tolist() == sorted(counts.values.tolist())
    return dict(zip(counts.values.tolist(), counts.numbers.tolist(), strict=True))


@settings(max_examples=60)
@given(ROWS)
def test_people_are_counted_once(rows: list[tuple[int, int, int]]) -> None:
    there = [(value, person) for value, person, _ in rows if person != NOBODY]
    values, persons = (np.array([row[side] for row in there], np.int64) for side in (0, 1))
    assert as_dict(counted.people(values, persons)) == one_by_one(there)


@settings(max_examples=60)
@given(ROWS)
def test_what_changes_is_added_and_taken_away(rows: list[tuple[int, int, int]]) -> None:
    values, was, now = (np.array([row[side] for row in rows], np.int64) for side in (0, 1, 2))
    there = was != NOBODY
    before = counted.people(values[there], was[there])
    after = before.plus(*counted.difference(values, was, now))
    assert as_dict(after) == one_by_one([(value, person) for value, _, person in rows])
    assert after.of(np.arange(9)).tolist() == [as_dict(after).get(value, 0) for value in range(9)]


def test_names_without_a_record_are_forgotten_when_they_are_kept(tmp_path: Path) -> None:
    known = Names(np.array([3, 5]), np.array([1, 2]), pa.array(["ida", "nils"]))
    new = Names(np.array([4]), np.array([0]), pa.array(["zoe"]))
    after = known.plus(np.array([3, 0]), np.array([4, 4, 5, 0]), new)
    assert after.values.tolist() == [3, 4, 5]
    assert after.records.tolist() == [0, 2, 3], "a name that was is compared with what it was"
    after.write(tmp_path, "first")
    kept = Names.read(Trace(tmp_path, 0, 0, 0, ""), "first")
    assert kept.values.tolist() == [4, 5]
    assert kept.texts.to_pylist() == ["zoe", "nils"]
