"""Columns of small numbers in place of joins: held against the plain way of saying the same."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault.resolution import columns as module
from audiencevault.resolution.columns import dense, distinct, pairs_of, triangles
from tests.kernels import portable

CODES = st.lists(st.tuples(st.sampled_from([0, -(2**62), -7, 3, 2**61, 2**61 + 1]), st.integers(0, 5)), max_size=30)
FEW = settings(max_examples=100, deadline=None)


def columns(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], np.int64)


@FEW
@given(CODES)
def test_small_numbers_stand_for_the_values_in_their_order(rows: list[tuple[int, int]]) -> None:
    code, person = columns(rows)
    values = dense(code)
    assert values.of[values.codes].tolist() == code.tolist()
    assert values.of[1:].tolist() == sorted(set(code.tolist()) - {0})
    holders = values.holders(person)
    for number, value in enumerate(values.of.tolist()[1:], 1):
        assert holders[number] == len({who for what, who in rows if what == value})


@FEW
@given(CODES, st.lists(st.integers(0, 3), max_size=8))
def test_compiled_and_portable_columns_are_the_same(rows: list[tuple[int, int]], sizes: list[int]) -> None:
    code, person = columns(rows)
    count = np.array(sizes, np.int64)

    def found() -> list[list[int]]:
        values = dense(code)
        some = np.flatnonzero(person % 2)
        arrays = (
            values.codes, values.of, values.holders(person), values.people(some, person),
            *pairs_of(count, count[::-1].copy()), *triangles(np.cumsum(count) - count, count),
        )  # fmt: skip
        return [array.tolist() for array in arrays]

    compiled = found()
    with portable(module):
        assert found() == compiled


@FEW
@given(CODES)
def test_distinct_values_ascend(rows: list[tuple[int, int]]) -> None:
    code, _ = columns(rows)
    assert distinct(code).tolist() == sorted(set(code.tolist()))


@FEW
@given(CODES, CODES)
def test_a_table_is_looked_up_by_value(rows: list[tuple[int, int]], table: list[tuple[int, int]]) -> None:
    values = dense(columns(rows)[0])
    known = {value: number for value, number in table if value}
    found = values.look_up(np.array(list(known), np.int64), np.array(list(known.values()), np.int64), 99)
    assert found.tolist()[1:] == [known.get(value, 99) for value in values.of.tolist()[1:]]


@FEW
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8))
def test_every_item_meets_every_item_of_its_list(sizes: list[tuple[int, int]]) -> None:
    one, two = (np.array([size[side] for size in sizes], np.int64) for side in (0, 1))
    found = list(zip(*(column.tolist() for column in pairs_of(one, two)), strict=True))
    assert found == [(at, x, y) for at, (m, n) in enumerate(sizes) for x, y in product(range(m), range(n))]
    first = np.cumsum(one) - one
    met = sorted(zip(*(column.tolist() for column in triangles(first, one)), strict=True))
    places = [range(begin, begin + size) for begin, size in zip(first.tolist(), one.tolist(), strict=True)]
    assert met == sorted(pair for place in places for pair in combinations(place, 2))
