"""The metrics against counting every pair one by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.identity.evidence import components
from benchmarks.identity.metrics import pairs_of, score

groups = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=25)


@settings(max_examples=100, deadline=None)
@given(groups)
def test_scores_equal_counting_pairs(rows: list[tuple[int, int, int]]) -> None:
    person, cluster = [p for p, _, _ in rows], [c for _, c, _ in rows]
    linkable = [f"{p}-{part}" for p, _, part in rows]
    pairs = list(combinations(range(len(rows)), 2))
    true = {pair for pair in pairs if person[pair[0]] == person[pair[1]]}
    found = {pair for pair in pairs if cluster[pair[0]] == cluster[pair[1]]}
    joinable = {pair for pair in pairs if linkable[pair[0]] == linkable[pair[1]]}
    result = score(person, cluster, linkable)
    assert (result.true_pairs, result.found_pairs, result.linkable_pairs) == (len(true), len(found), len(joinable))
    assert result.precision == pytest.approx(len(true & found) / len(found) if found else 1)
    assert result.recall == pytest.approx(len(true & found) / len(true) if true else 1)
    assert result.recall_linkable == pytest.approx(len(joinable & found) / len(joinable) if joinable else 1)
    if result.precision + result.recall_linkable:
        assert result.f1_linkable == pytest.approx(
            2 * result.precision * result.recall_linkable / (result.precision + result.recall_linkable)
        )
    of = [{i for i in range(len(rows)) if cluster[i] == cluster[r]} for r in range(len(rows))]
    real = [{i for i in range(len(rows)) if person[i] == person[r]} for r in range(len(rows))]
    shares = [len(a & b) / len(a) for a, b in zip(of, real, strict=True)]
    assert result.bcubed_precision == pytest.approx(sum(shares) / len(shares))
    shares = [len(a & b) / len(b) for a, b in zip(of, real, strict=True)]
    assert result.bcubed_recall == pytest.approx(sum(shares) / len(shares))


def test_a_huge_found_cluster_is_counted_not_enumerated() -> None:
    size = 2_000_000
    result = score(np.arange(size) // 2, np.zeros(size, dtype=np.int64))
    assert result.recall == 1
    assert result.found_pairs == size * (size - 1) // 2
    assert result.precision == pytest.approx(1 / (size - 1))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 6), max_size=30))
def test_pairs_of_groups(group: list[int]) -> None:
    a, b = pairs_of(np.array(group, dtype=np.int64))
    assert sorted(zip(a.tolist(), b.tolist(), strict=True)) == [
        pair for pair in combinations(range(len(group)), 2) if group[pair[0]] == group[pair[1]]
    ]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=20))
def test_components_equal_walking(rows: list[tuple[int, int, int]]) -> None:
    person, *marks = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    label = list(range(len(rows)))
    for _ in rows:
        for one, two in combinations(range(len(rows)), 2):
            joined = any(mark[one] == mark[two] != 0 for mark in marks)
            if person[one] == person[two] and joined:
                label[one] = label[two] = min(label[one], label[two])
    assert components(person, marks).tolist() == label
