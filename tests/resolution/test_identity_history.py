"""Ids over long histories of merges and splits: whatever was undone has the ids of before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.records import IDENTITY_LOG
from audiencevault.resolution import identity

from .people import AT

SIZE = 9


class History:
    """Clusters of some records over time, as runs see them."""

    def __init__(self) -> None:
        self.members: pa.Table | None = None
        self.log = IDENTITY_LOG.empty_table()

    def run(self, groups: list[set[int]]) -> dict[str, str]:
        """One run in which the records of each group are one person."""
        present = sorted(number for group in groups for number in group)
        place = {number: index for index, number in enumerate(present)}
        roots = np.arange(len(present))
        for group in groups:
            for number in group:
                roots[place[number]] = place[min(group)]
        records = pa.array([f"r{number}" for number in present], pa.string())
        self.members, log = identity.assign(records, roots, self.members, log=self.log, at=AT, import_id="i")
        self.log = pa.concat_tables([self.log, log])
        return self.ids

    @property
    def ids(self) -> dict[str, str]:
        assert self.members is not None
        return dict(zip(*(self.members[name].to_pylist() for name in self.members.column_names), strict=True))


def events(history: History) -> list[tuple[str, str]]:
    return [(row["event"], row["record_id"]) for row in history.log.to_pylist()]


def test_the_smaller_record_gets_its_own_id_back_on_a_tie() -> None:
    history = History()
    before = dict(history.run([{1}, {2}]))
    assert len(set(history.run([{1, 2}]).values())) == 1
    assert history.run([{1}, {2}]) == before
    # The other way round too: whichever id survived a tie, it goes back to its own records.
    other = History()
    other.run([{2}])
    before = dict(other.run([{1}, {2}]))
    other.run([{1, 2}])
    assert other.run([{1}, {2}]) == before


def test_a_contact_founded_by_a_later_record_gets_its_id_back() -> None:
    history = History()
    history.run([{5}, {7}])
    before = dict(history.run([{5, 6}, {3, 7}]))
    assert before["r3"] == identity.contact_id("r7")
    history.run([{3, 5, 6, 7}])
    assert history.run([{5, 6}, {3, 7}]) == before


def test_the_majority_may_not_take_the_id_of_those_whom_it_was_merged_into() -> None:
    history = History()
    before = dict(history.run([{1, 2}, {3, 4}, {5, 6}]))
    joined = set(history.run([{1, 2, 3, 4, 5, 6}]).values())
    (survivor,) = joined
    mine = {name for name, contact in before.items() if contact == survivor}
    others = {int(name[1:]) for name in before if name not in mine}
    apart = history.run([{int(name[1:]) for name in mine}, others])
    assert {apart[name] for name in mine} == {survivor}
    assert apart[f"r{min(others)}"] in set(before.values()) - {survivor}


def test_of_two_who_were_merged_away_with_the_same_record_the_last_one_comes_back() -> None:
    history = History()
    history.run([{0}, {1, 2, 3, 4, 5, 6, 7, 8}])
    history.run([{0, 1, 2, 3, 4, 5, 6, 8}, {7}])
    history.run([{0, 1, 7}, {2, 3, 4, 5, 6, 8}])
    before = dict(history.run([{0}, {1, 2, 3, 4, 5, 6, 8}, {7}]))
    history.run([{0, 1, 2, 3, 4, 5, 6, 8}, {7}])
    assert history.run([{0}, {1, 2, 3, 4, 5, 6, 8}, {7}]) == before


def test_every_record_that_a_merge_moved_is_logged() -> None:
    history = History()
    history.run([{1, 2, 3}, {4, 5}])
    history.run([{1, 2, 3, 4, 5}])
    assert events(history)[2:] == [("merged_into", "r4"), ("merged_into", "r5")]
    assert identity.dormant(history.log) == {
        identity.contact_id("r4"): (identity.contact_id("r1"), ["r4", "r5"])
    }  # fmt: skip


def test_a_log_of_before_names_no_records() -> None:
    history = History()
    before = dict(history.run([{1, 2}, {3}]))
    history.run([{1, 2, 3}])
    rows = [{**row, "record_id": None if row["event"] == "merged_into" else row["record_id"]}
            for row in history.log.to_pylist()]  # fmt: skip
    history.log = pa.Table.from_pylist(rows, schema=IDENTITY_LOG)
    assert history.run([{1, 2}, {3}]) == before


def partitions(numbers: list[int]) -> st.SearchStrategy[list[set[int]]]:
    def build(labels: list[int]) -> list[set[int]]:
        groups: dict[int, set[int]] = {}
        for number, label in zip(numbers, labels, strict=True):
            groups.setdefault(label, set()).add(number)
        return list(groups.values())

    return st.lists(st.integers(0, 5), min_size=len(numbers), max_size=len(numbers)).map(build)


EVERYBODY = list(range(SIZE))


@given(st.lists(partitions(EVERYBODY), min_size=1, max_size=4), st.data())
def test_a_merge_and_its_undoing_restore_every_id(past: list[list[set[int]]], data: Any) -> None:
    history = History()
    for groups in past:
        history.run(groups)
    before = dict(history.ids)
    groups = past[-1]
    chosen = data.draw(st.lists(st.sampled_from(range(len(groups))), unique=True, max_size=len(groups)))
    merged = [set().union(*(groups[index] for index in chosen))] if chosen else []
    rest = [group for index, group in enumerate(groups) if index not in chosen]
    joined = history.run([*merged, *rest])
    assert all(joined[f"r{number}"] == before[f"r{number}"] for group in rest for number in group)
    assert history.run(groups) == before


@given(st.lists(partitions(EVERYBODY), min_size=1, max_size=6))
def test_ids_are_unique_and_a_rebuild_changes_none(past: list[list[set[int]]]) -> None:
    history = History()
    for groups in past:
        ids = history.run(groups)
        named = [{ids[f"r{number}"] for number in group} for group in groups]
        assert all(len(names) == 1 for names in named)
        assert len(set().union(*named)) == len(groups)
    rows = history.log.num_rows
    ids = dict(history.ids)
    assert history.run(past[-1]) == ids
    assert history.log.num_rows == rows
    # Every id that a record has now was minted or split off, and not merged away since.
    assert not set(ids.values()) & set(identity.dormant(history.log))


@given(partitions(EVERYBODY), st.lists(st.integers(0, SIZE - 1), unique=True, min_size=1))
def test_records_that_come_later_change_no_id(groups: list[set[int]], late: list[int]) -> None:
    history = History()
    early = [group - set(late) for group in groups if group - set(late)]
    before = dict(history.run(early)) if early else {}
    after = history.run(groups)
    assert {name: after[name] for name in before} == before
