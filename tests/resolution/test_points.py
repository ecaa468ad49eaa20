"""Holders of exact keys, row by row: held against the plain way of saying the same, with and without kernels."""

from __future__ import annotations

import functools
import itertools
import operator
from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault.resolution import blocking, clusters, holders
from audiencevault.resolution.columns import both
from audiencevault.resolution.ordering import grouped
from tests.kernels import portable

FEW = settings(max_examples=100, deadline=None)
RECORDS = st.integers(0, 6)


@FEW
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), RECORDS), max_size=30))
def test_groups_of_one_name_at_each_point(rows: list[tuple[int, int, int]]) -> None:
    point, name, record = (np.array([row[at] for row in rows], np.int64) for at in range(3))
    expected: dict[tuple[int, int], set[int]] = defaultdict(set)
    for where, called, who in rows:
        expected[where, called].add(who)
    found = blocking._groups(*grouped(point.astype(np.int32), both(name, record), 5))
    where, called, first, begin, records = (part.tolist() for part in found)
    assert list(zip(where, called, strict=True)) == sorted(expected)
    for at, group in enumerate(sorted(expected)):
        assert records[begin[at] : begin[at + 1]] == sorted(expected[group])
        assert first[at] == min(expected[group])
    with portable(blocking):
        plain = blocking._groups(*grouped(point.astype(np.int32), both(name, record), 5))
    assert [part.tolist() for part in plain] == [part.tolist() for part in found]


@FEW
@given(st.lists(st.tuples(RECORDS, RECORDS, st.integers(0, 2**40), st.integers(0, 3)), max_size=30))
def test_what_is_known_of_a_pair_is_united(rows: list[tuple[int, int, int, int]]) -> None:
    agreed: dict[tuple[int, int], list[int]] = defaultdict(list)
    star: dict[tuple[int, int], list[int]] = defaultdict(list)
    for a, b, bits, of in rows:
        agreed[a, b].append(bits)
        star[a, b] += [of] if of else []
    columns = [np.array([row[at] for row in rows], np.int64) for at in range(4)]
    found = blocking._united(*columns)
    assert list(zip(found.a.tolist(), found.b.tolist(), strict=True)) == sorted(agreed)
    assert found.agreed.tolist() == [functools.reduce(operator.or_, agreed[pair]) for pair in sorted(agreed)]
    assert found.star.tolist() == [min(star[pair], default=0) for pair in sorted(agreed)]
    with portable(blocking):
        plain = blocking._united(*columns)
    for name in ("a", "b", "agreed", "star"):
        assert getattr(plain, name).tolist() == getattr(found, name).tolist()


@FEW
@given(st.lists(st.tuples(RECORDS, RECORDS), max_size=20), st.lists(st.integers(0, 2), min_size=7, max_size=7))
def test_values_are_missing_different_or_the_same(pairs: list[tuple[int, int]], codes: list[int]) -> None:
    a, b = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    expected = [
        (holders.SAME if codes[x] == codes[y] else holders.DIFFERENT) if codes[x] and codes[y] else 0 for x, y in pairs
    ]
    assert holders.levels(np.array(codes, np.int32), a, b).tolist() == expected
    with portable(holders):
        assert holders.levels(np.array(codes, np.int32), a, b).tolist() == expected


@FEW
@given(st.lists(st.tuples(RECORDS, st.integers(0, 2), st.booleans()), min_size=7, max_size=7))
def test_components_in_which_a_value_varies(rows: list[tuple[int, int, bool]]) -> None:
    component, value = np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], np.int32)
    among = np.array([row[2] for row in rows], np.bool_)
    held = {root: {said for at, said, asked in rows if at == root and said and asked} for root in range(7)}
    expected = [root for root, values in held.items() if len(values) > 1]
    assert clusters.varied(component, value, among).tolist() == expected
    with portable(clusters):
        assert clusters.varied(component, value, among).tolist() == expected


@FEW
@given(
    st.lists(st.sampled_from([0, -(2**63), -1, 3, 2**62]) | st.integers(0, 99), max_size=30),
    st.sets(st.sampled_from([-(2**63), -1, 3, 2**62]) | st.integers(0, 99), max_size=12),
)
def test_values_are_numbered_by_their_places_among_keys(values: list[int], keys: set[int]) -> None:
    ordered = sorted(keys)
    expected = [ordered.index(value) + 1 if value in keys else 0 for value in values]
    columns = np.array(values, np.int64), np.array(ordered, np.int64)
    assert blocking._numbered(*columns).tolist() == expected
    with portable(blocking):
        assert blocking._numbered(*columns).tolist() == expected


def test_what_is_said_of_a_pair_is_read_as_it_was_written() -> None:
    agreed = blocking.said("phone", np.array([0b111, 0b001])) | blocking.said("clash", np.array([4, 0]))
    agreed |= blocking.said("email", np.array([0b011, 0])) | blocking.said("both_mailed", np.array([False, True]))
    assert blocking.part(agreed, "phone").tolist() == [blocking.OWN_POINT, blocking.SHARED_POINT]
    assert blocking.part(agreed, "email").tolist() == [blocking.CROWDED_POINT, 0]
    assert [blocking.part(agreed, name).tolist() for name in ("clash", "both_mailed")] == [[4, 0], [0, 1]]
    spans = sorted(blocking.FIELDS.values())
    assert all(low + width <= after for (low, width), (after, _) in itertools.pairwise(spans))
