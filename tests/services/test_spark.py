"""Resolve on Spark's protocol gives what it gives on DuckDB."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pytest

from audiencevault import resolution
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.pipeline import people_features, people_tables
from audiencevault.pipeline.people_columns import plain
from benchmarks.identity.records import generate
from tests.services import needing

pytestmark = [
    pytest.mark.service,
    # Said by the client, once a session: nothing of ours hands it a frame of pandas.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]

AT = datetime(2026, 11, 1, tzinfo=UTC)
RECORDS = 20_000


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """A session on a server that speaks Spark Connect without a JVM."""
    server_module = needing.module("pysail.spark")
    # A worker of a parallel run has no main file, which the client takes for a doctest of its own.
    with mock.patch.object(sys.modules["__main__"], "__file__", __file__, create=True):
        needing.module("pyspark.sql.connect.client")
        server = server_module.SparkConnectServer("127.0.0.1", 0)
        server.start(background=True)
        _, port = server.listening_address
        builder = importlib.import_module("pyspark.sql").SparkSession.builder
        session = builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
        yield session
        session.stop()
        server.stop()


@pytest.fixture
def engine(session: Any, tmp_path: Path) -> Iterator[Any]:
    spark = importlib.import_module("audiencevault.engine.spark")
    with spark.SparkEngine(session, scratch=str(tmp_path / "scratch")) as engine:
        yield engine


def features(records: int) -> pa.Table:
    """MATCH_FEATURES of a synthetic audience: ties, nulls, a dozen scripts, households, mailboxes of many."""
    table = plain(generate(records, seed=7).records)
    taken = people_tables.assign(table, {}, guess=False)
    ids = people_features.record_ids(table.column("record_id"), "record_id")
    return people_features.features(table, ids, taken.roles, region=None)


def test_members_and_links_are_those_of_duckdb(engine: Any) -> None:
    table = features(RECORDS)
    with DuckDBEngine() as duckdb:
        expected = resolution.run(duckdb, table, at=AT, import_id="i")
    assert expected.stats["merged"] > RECORDS / 10
    assert expected.links.num_rows > expected.stats["merged"]
    found = resolution.run(engine, table, at=AT, import_id="i")
    assert found.stats == expected.stats
    assert found.members.equals(expected.members)
    assert found.links.equals(expected.links)


def test_what_an_engine_answers(engine: Any) -> None:
    table = pa.table(
        {
            "name": ["Eva", None, "Шура", ""], "n": pa.array([1, 2, None, 4], pa.int64()),
            "tags": [["a", "b"], [], None, ["c"]],
            "seen": pa.array([0, None, 1_700_000_000_000_001, 5], pa.timestamp("us", tz="UTC")),
        }
    )  # fmt: skip
    engine.read("people", table)
    engine.read("nobody", table.slice(0, 0))
    assert engine.scalar("SELECT count(*) FROM nobody") == 0
    assert engine.scalar("SELECT name FROM nobody") is None
    back = engine.collect("SELECT name, n, tags, seen FROM people ORDER BY n")
    assert back["n"].to_pylist() == [1, 2, 4, None]
    assert (
        back["seen"].cast(table.schema.field("seen").type).to_pylist()
        == table["seen"].take(pa.array([0, 1, 3, 2])).to_pylist()
    )
    assert engine.sql("tagged", "SELECT n, unnest(tags) AS tag FROM people WHERE n > ?", [0]) == 3
    assert engine.sql("loud", "SELECT n, upper(tag) AS loud FROM tagged") == 3
    assert sorted(engine.table("loud", ["loud"])["loud"].to_pylist()) == ["A", "B", "C"]
    assert engine.number("placed", "SELECT n, tag FROM tagged", "place", "tag DESC") == 3
    placed = engine.collect("SELECT place, tag FROM placed ORDER BY place").to_pylist()
    assert [tuple(row.values()) for row in placed] == [(1, "c"), (2, "b"), (3, "a")]
    assert engine.sql("none", "SELECT n, loud FROM loud WHERE n > 99") == 0
    assert engine.collect("SELECT * FROM none").column_names == ["n", "loud"]
    engine.view("twice", "SELECT n FROM loud UNION ALL SELECT n FROM loud")
    assert sum(batch.num_rows for batch in engine.stream("SELECT n FROM twice")) == 6
    engine.drop("twice", "loud", "never there")
    with pytest.raises(Exception, match="loud"):
        engine.collect("SELECT * FROM loud")
