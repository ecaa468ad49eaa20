"""The embedded engine, apart from its statements: relations as tables, work side by side."""

from __future__ import annotations

import threading

import pyarrow as pa
import pytest

from audiencevault.engine.duckdb import DuckDBEngine


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_tasks_answer_in_their_order(threads: int) -> None:
    with DuckDBEngine(threads=threads) as engine:
        assert engine.together([lambda number=number: number * number for number in range(20)]) == [
            number * number for number in range(20)
        ]
        assert engine.together([]) == []


def test_tasks_run_side_by_side_and_one_thread_runs_them_itself() -> None:
    meeting = threading.Barrier(2, timeout=30)
    with DuckDBEngine(threads=2) as engine:
        assert sorted(engine.together([meeting.wait, meeting.wait])) == [0, 1]
    with DuckDBEngine(threads=1) as engine:
        assert set(engine.together([threading.current_thread] * 3)) == {threading.current_thread()}


@pytest.mark.parametrize("threads", [1, 2])
def test_a_task_that_fails_fails_the_call(threads: int) -> None:
    def fails() -> None:
        raise LookupError("nobody")

    with DuckDBEngine(threads=threads) as engine, pytest.raises(LookupError, match="nobody"):
        engine.together([fails, lambda: None])


def test_a_relation_as_a_table() -> None:
    given = pa.table({"a": [3, 1, 2]})
    with DuckDBEngine(threads=1) as engine:
        engine.read("given", given)
        assert engine.table("given") is given
        engine.sql("given", "SELECT a + 1 AS a FROM given")
        assert engine.table("given")["a"].to_pylist() == [4, 2, 3]
        engine.view("seen", "SELECT a * 2 AS b FROM given")
        assert engine.table("seen")["b"].to_pylist() == [8, 4, 6]
        engine.read("other", given.append_column("b", given["a"]))
        assert engine.table("other", ["b"]).column_names == engine.table("seen", ["b"]).column_names == ["b"]
        engine.drop("other")
        with pytest.raises(Exception, match="other"):
            engine.table("other")
