"""Values by group and records by component: held against the plain way of saying the same, with and without kernels."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audiencevault.resolution import clusters, ordering
from tests.kernels import portable

FEW = settings(max_examples=100, deadline=None)
VALUES = st.sampled_from([0, -(2**63), -1, 3, 2**40, 2**40 + 1, 2**63 - 1])
ROWS = st.lists(st.tuples(st.integers(0, 4), VALUES | st.integers(0, 99)), max_size=60)


@FEW
@given(ROWS, st.integers(5, 7))
@example([(2, value % 500) for value in range(1500, 0, -1)], 5)
def test_distinct_values_of_each_group(rows: list[tuple[int, int]], count: int) -> None:
    groups, values = np.array([row[0] for row in rows], np.int32), np.array([row[1] for row in rows], np.int64)
    expected = [sorted({value for group, value in rows if group == number}) for number in range(count)]
    found, begins = ordering.grouped(groups, values, count)
    assert [part.tolist() for part in np.split(found, begins[1:-1])] == expected
    assert begins[0] == 0
    assert begins[-1] == len(found)
    with portable(ordering):
        assert [part.tolist() for part in ordering.grouped(groups, values, count)] == [found.tolist(), begins.tolist()]


@FEW
@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=16))
@example([(link, link + 1) for link in range(11)])
@example([(link + 1, link) for link in range(10, -1, -1)])
def test_everybody_has_the_smallest_record_of_the_component(links: list[tuple[int, int]]) -> None:
    expected = list(range(12))
    for _ in expected:
        for a, b in links:
            expected[a] = expected[b] = min(expected[a], expected[b])
    left, right = (np.array([link[side] for link in links], np.int64) for side in (0, 1))
    assert clusters.components(12, left, right).tolist() == expected
    with portable(clusters):
        assert clusters.components(12, left, right).tolist() == expected
