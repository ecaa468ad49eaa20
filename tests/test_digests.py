"""Hashes of rows: what `hashlib` says of each row's bytes, however they are computed."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.engine import digests as module
from audiencevault.engine.digests import LIBRARY, chained, columns_of, digests
from tests.kernels import portable

TEXTS = st.one_of(st.none(), st.text(max_size=40), st.sampled_from(["x" * 1024, "é" * 800, "\U0001f600" * 300, ""]))
ROWS = st.lists(st.tuples(TEXTS, TEXTS, st.binary(max_size=3)), min_size=1, max_size=5)


def _column(values: list[str | None], rows: int, before: int) -> pa.Array:
    """The values over and over, as a slice that begins after `before` others."""
    every = [*["junk"] * before, *(values * rows)[:rows], "junk"]
    return pa.array(every, pa.string()).slice(before, rows)


@given(ROWS, st.integers(0, 200), st.integers(0, 2), st.binary(max_size=4), st.integers(1, 32))
def test_every_row_has_the_hash_of_its_bytes(
    cells: list[tuple[str | None, str | None, bytes]], rows: int, before: int, between: bytes, keep: int
) -> None:
    first, second, third = (list(part) for part in zip(*cells, strict=True))
    columns = [_column(first, rows, before), _column(second, rows, 0)]
    octets = pa.array((third * rows)[:rows], pa.binary())
    parts = [columns[0], between, columns[1], octets, b""]
    expected = [
        hashlib.sha256((one or "").encode() + between + (two or "").encode() + more).digest()[:keep]
        for one, two, more in zip(columns[0].to_pylist(), columns[1].to_pylist(), octets.to_pylist(), strict=True)
    ]
    assert list(map(bytes, digests(parts, rows, keep))) == expected
    with portable(module):
        assert list(map(bytes, digests(parts, rows, keep))) == expected


@given(st.integers(0, 150), st.integers(1, 70), st.binary(min_size=1, max_size=32))
def test_each_hash_of_a_chain_covers_the_one_before(rows: int, width: int, before: bytes) -> None:
    leaves = np.random.default_rng(rows).integers(0, 256, (rows, width)).astype(np.uint8)
    expected, last = [], before
    for leaf in leaves:
        last = hashlib.sha256(last + leaf.tobytes()).digest()[: len(before)]
        expected.append(last)
    assert list(map(bytes, chained(before, leaves))) == expected
    with portable(module):
        assert list(map(bytes, chained(before, leaves))) == expected


def test_rows_of_bytes_as_a_column() -> None:
    table = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert columns_of(table[:, ::2]).to_pylist() == [b"\x00\x02", b"\x04\x06", b"\x08\x0a"]


@pytest.mark.skipif(module.KERNELS is None or LIBRARY is None, reason="no compiled kernels here")
def test_bounds_outside_of_a_column_are_refused() -> None:
    assert LIBRARY is not None
    octets = np.zeros(4, np.uint8)
    with LIBRARY.digest() as digest:
        for bounds in ([0, 5], [-1, 2], [3, 2]):
            with pytest.raises(IndexError):
                module.KERNELS.hashed(digest, [(octets, np.array(bounds, np.int32))], 1, 16)
        with pytest.raises(ValueError, match="bounds"):
            module.KERNELS.hashed(digest, [(octets, np.array([0], np.int32))], 1, 16)
        with pytest.raises(ValueError, match="keep"):
            module.KERNELS.hashed(digest, [], 1, 33)
