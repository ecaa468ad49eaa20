"""What odd tables may cost: nothing that is paired grows faster than the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pyarrow as pa
import pytest

from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.resolution import Resolution, agreement, blocking, blocks, handles, run

from .people import record, table

PEOPLE = 1_500
ROWS_A_RECORD = 24
"""A record lies in at most so many blocks, forms and pairs; every cap below it holds for any table."""

STEPS = (
    (blocking, "points"), (blocking, "key_pairs"), (blocks, "candidates"), (agreement, "compare"),
    (handles, "mailbox_blocks"), (handles, "handled"), (handles.Group, "pairs"),
)  # fmt: skip
"""What makes pairs."""


def _size(found: Any) -> int:
    """The rows of the largest column in what a step has found."""
    if isinstance(found, pa.Table):
        return int(found.num_rows)
    if is_dataclass(found):
        return max(_size(getattr(found, field.name)) for field in fields(found))
    if isinstance(found, tuple):
        return max(map(_size, found))
    return len(found) if hasattr(found, "__len__") else 0


@contextmanager
def _counting() -> Iterator[dict[str, int]]:
    """The rows that each of STEPS has made at most, by its name."""
    rows: dict[str, int] = {}

    def counted(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **options: Any) -> Any:
            found = step(*args, **options)
            rows[name] = max(_size(found), rows.get(name, 0))
            return found

        return run

    with ExitStack() as stack:
        for owner, name in STEPS:
            stack.enter_context(mock.patch.object(owner, name, counted(name, getattr(owner, name))))
        yield rows


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


def _resolved(records: list[dict[str, Any]]) -> Resolution:
    with DuckDBEngine(threads=1) as engine:
        return run(engine, table(records), at=datetime(2026, 1, 1, tzinfo=UTC), import_id="i")


@pytest.mark.parametrize(
    "made", [_one_first_name, _odd_names, _numbered_mailboxes, _one_mailbox, _one_home, _one_handle]
)
def test_nothing_paired_grows_faster_than_the_table(made: Callable[[int], dict[str, Any]]) -> None:
    with _counting() as rows:
        found = _resolved([made(n) for n in range(PEOPLE)])
    assert found.stats["records"] == PEOPLE
    assert set(rows) >= {name for _, name in STEPS}
    assert {name: size for name, size in rows.items() if size > ROWS_A_RECORD * PEOPLE} == {}


def test_a_block_that_everybody_shares_is_skipped_and_counted() -> None:
    found = _resolved([_one_home(n) for n in range(40)])
    assert found.stats["skipped_blocks"] > 0
    assert found.stats["contacts"] == 40
