"""What odd tables may cost: no relation grows faster than the table, and the kernels' threads change nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audiencevault.engine import Kernel
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.resolution import Resolution, run

from .people import record, table

PEOPLE = 1_500
ROWS_A_RECORD = 24
"""A record lies in at most so many blocks, forms and pairs; every cap below it holds for any table."""


class Counting(DuckDBEngine):
    """The engine, with the number of rows of every relation that was made."""

    rows: dict[str, int]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.rows = {}

    def sql(self, name: str, query: str, params: Sequence[Any] = ()) -> int:
        self.rows[name] = max(super().sql(name, query, params), self.rows.get(name, 0))
        return self.rows[name]

    def map(self, name: str, query: str, kernel: Kernel, schema: pa.Schema) -> int:
        self.rows[name] = max(super().map(name, query, kernel, schema), self.rows.get(name, 0))
        return self.rows[name]


def _word(number: int) -> str:
    """A word of its own for each number."""
    return "".join("bcdfghjklmnpqrstvwxz"[number // 20**place % 20] + "aeiou"[place] for place in range(4))


def _one_first_name(n: int) -> dict[str, Any]:
    return record(f"r{n:05d}", f"Maria {_word(n)}", city="berlin", postcode="10115")


def _odd_names(n: int) -> dict[str, Any]:
    return record(f"r{n:05d}", f"{_word(n)} {_word(n * 7 + 1)}", postcode="10115")


def _numbered_mailboxes(n: int) -> dict[str, Any]:
    return record(f"r{n:05d}", f"Ada {_word(n)}", email=f"ada{n}@example.com", postcode=f"{10000 + n}")


def _one_mailbox(n: int) -> dict[str, Any]:
    return record(f"r{n:05d}", f"{_word(n)} {_word(n * 7 + 1)}", email="team@example.com")


def _one_home(n: int) -> dict[str, Any]:
    return record(f"r{n:05d}", f"{_word(n)} Falk", street="elm 4", postcode="97201", birthday="1990-05-17")


def _one_handle(n: int) -> dict[str, Any]:
    return record(f"r{n:05d}", "", handle=f"ada{n}" if n % 2 else "ada.falk")


def _rows(found: Resolution, engine: Counting) -> dict[str, int]:
    assert found.stats["records"] == PEOPLE
    return {name: rows for name, rows in engine.rows.items() if rows > ROWS_A_RECORD * PEOPLE}


@pytest.mark.parametrize(
    "made", [_one_first_name, _odd_names, _numbered_mailboxes, _one_mailbox, _one_home, _one_handle]
)
def test_no_relation_grows_faster_than_the_table(made: Callable[[int], dict[str, Any]]) -> None:
    with Counting(threads=1) as engine:
        found = run(engine, table([made(n) for n in range(PEOPLE)]), at=datetime(2026, 1, 1, tzinfo=UTC), import_id="i")
        assert _rows(found, engine) == {}


def test_a_block_that_everybody_shares_is_skipped_and_counted() -> None:
    with Counting(threads=1) as engine:
        found = run(
            engine, table([_one_home(n) for n in range(40)]), at=datetime(2026, 1, 1, tzinfo=UTC), import_id="i"
        )
    assert found.stats["skipped_blocks"] > 0
    assert found.stats["contacts"] == 40


LONG = "SELECT i AS value FROM range(400000) r(i)"
DOUBLED = pa.schema([("value", pa.int64()), ("twice", pa.int64())])


def _doubled(batch: pa.RecordBatch) -> pa.RecordBatch:
    value = batch.column("value").to_numpy()
    # Later batches take less time, so that they are ready first.
    np.sort(np.arange(int(400_000 - value[0]))[::-1])
    return pa.RecordBatch.from_arrays([pa.array(value), pa.array(value * 2)], schema=DOUBLED)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_kernels_side_by_side_leave_rows_in_their_order(threads: int) -> None:
    with DuckDBEngine(threads=threads) as engine:
        assert engine.map("doubled", LONG, _doubled, DOUBLED) == 400_000
        found = engine.collect("SELECT value, twice FROM doubled")
    assert found["value"].to_pylist() == list(range(400_000))
    assert found["twice"].to_pylist() == list(range(0, 800_000, 2))


def test_what_a_kernel_raises_is_raised_by_the_engine() -> None:
    def refusing(batch: pa.RecordBatch) -> pa.RecordBatch:
        if batch.column("value")[0].as_py() > 100_000:
            raise ValueError("a kernel's own words")
        return _doubled(batch)

    with DuckDBEngine(threads=3) as engine:
        with pytest.raises(ValueError, match="a kernel's own words"):
            engine.map("doubled", LONG, refusing, DOUBLED)
        assert engine.map("doubled", LONG, _doubled, DOUBLED) == 400_000


def test_nothing_at_all_is_mapped_to_nothing() -> None:
    with DuckDBEngine(threads=2) as engine:
        assert engine.map("doubled", "SELECT i AS value FROM range(0) r(i)", _doubled, DOUBLED) == 0
        assert engine.collect("SELECT * FROM doubled").schema.names == ["value", "twice"]
