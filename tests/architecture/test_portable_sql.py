"""Every statement that the program runs is in the portable subset: Spark's dialect can say it too."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from audiencevault.engine.duckdb import DuckDBEngine
from tests.pipeline.running import av, copy_of_samples
from tests.services import needing

ASKED = {"sql": 1, "view": 1, "scalar": 0, "collect": 0, "stream": 0}
"""The methods of an engine that take a statement, and at which place after the engine itself."""


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Every statement that reaches an engine from now on, with the module that it came from."""
    seen: dict[str, str] = {}
    for method, place in ASKED.items():
        asked = getattr(DuckDBEngine, method)

        def recorded(self: DuckDBEngine, *values: Any, _asked: Any = asked, _place: int = place, **named: Any) -> Any:
            seen.setdefault(values[_place], str(sys._getframe(1).f_globals["__name__"]))
            return _asked(self, *values, **named)

        monkeypatch.setattr(DuckDBEngine, method, recorded)
    return seen


def test_every_statement_of_the_main_job_can_be_said_to_spark(statements: dict[str, str], tmp_path: Path) -> None:
    needing.module("sqlglot")
    needing.module("pyspark")
    spark = importlib.import_module("audiencevault.engine.spark")
    samples = copy_of_samples(tmp_path / "exports")
    av("migrate", samples, "--into", tmp_path / "v", "--to", "csv", "--out", tmp_path / "o", "--region", "US", expect=3)
    rooms = {module for module in statements.values() if "engine" not in module}
    for room in ("resolution.blocking", "resolution.survivorship", "consent.fold"):
        assert f"audiencevault.{room}" in rooms, f"{room} asked nothing: the test no longer sees its statements"
    refused = {}
    for statement, module in statements.items():
        if "engine" in module:
            continue
        try:
            spark.translated(statement)
        except spark.sqlglot.errors.SqlglotError as error:
            refused[statement] = f"{module}: {error}"
    assert not refused, "\n\n".join(refused.values())


def test_a_statement_outside_the_subset_is_refused() -> None:
    needing.module("sqlglot")
    needing.module("pyspark")
    spark = importlib.import_module("audiencevault.engine.spark")
    assert "EXPLODE" in spark.translated("SELECT unnest(points) AS point FROM records")
    with pytest.raises(spark.sqlglot.errors.ParseError):
        spark.translated("SELECT FROM WHERE")
