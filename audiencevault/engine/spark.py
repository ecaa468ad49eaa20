"""Apache Spark, the distributed engine: the same statements over a session that the caller owns.

Statements are translated from the portable subset by sqlglot; work on columns is done by the program that asks.
Every step is written to `scratch` and read back: a plan that is computed twice could give two orders of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from audiencevault.engine import T
from audiencevault.errors import MissingExtraError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

try:
    import pyspark  # noqa: F401  (asked for here, so that a missing extra is a sentence and not a traceback)
    import sqlglot
except ImportError as error:
    raise MissingExtraError("Spark as the engine", "spark") from error

DIALECT = "spark"
WRITTEN_IN = "duckdb"


@lru_cache(maxsize=512)
def translated(query: str) -> str:
    """`query` in Spark's dialect; `sqlglot.errors.ParseError` where it is not in the portable subset."""
    (statement,) = sqlglot.transpile(query, read=WRITTEN_IN, write=DIALECT, unsupported_level=sqlglot.ErrorLevel.RAISE)
    return str(statement)


def quote(identifier: str) -> str:
    """A name as Spark quotes it."""
    return "`" + identifier.replace("`", "``") + "`"


def spark_type(kind: pa.DataType) -> str:
    """The name of an Arrow type in Spark's schema language; ValueError for what no table of ours holds."""
    simple = {
        pa.string(): "STRING", pa.large_string(): "STRING", pa.bool_(): "BOOLEAN", pa.int8(): "TINYINT",
        pa.int16(): "SMALLINT", pa.int32(): "INT", pa.int64(): "BIGINT", pa.float32(): "FLOAT",
        pa.float64(): "DOUBLE", pa.binary(): "BINARY", pa.date32(): "DATE",
    }  # fmt: skip
    if kind in simple:
        return simple[kind]
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP" if kind.tz else "TIMESTAMP_NTZ"
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"ARRAY<{spark_type(kind.value_type)}>"
    if pa.types.is_map(kind):
        return f"MAP<{spark_type(kind.key_type)}, {spark_type(kind.item_type)}>"
    raise ValueError(f"no type of Spark for {kind}")


class SparkEngine:
    """The Engine over a Spark session, classic or Connect, which stays open when this engine is closed.

    `scratch` is a directory, as a path or URL that every worker can write; what this engine leaves there is
    overwritten by the next one of the same directory and is the caller's to delete.
    """

    def __init__(self, session: SparkSession, *, scratch: str) -> None:
        self._session = session
        self._scratch = scratch.rstrip("/")
        self._steps = 0
        self._names: set[str] = set()
        # Ledger times are UTC; a session elsewhere would move them by hours.
        session.conf.set("spark.sql.session.timeZone", "UTC")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget every relation of this engine."""
        self.drop(*sorted(self._names))

    def _named(self, name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(name)
        self._names.add(name)

    def _kept(self, name: str, frame: DataFrame) -> int:
        """Write `frame` down and make what was written relation `name`; returns its rows."""
        self._steps += 1
        path = f"{self._scratch}/{self._steps:06}"
        frame.write.mode("overwrite").parquet(path)
        written = self._session.read.parquet(path)
        if written.columns != frame.columns:
            # Some engines write no file at all for no rows, and then the columns are nowhere but in the plan.
            written = self._session.read.schema(frame.schema).parquet(path)
        self._named(name, written)
        return int(written.count())

    def _frame(self, query: str, params: Sequence[Any] = ()) -> DataFrame:
        return self._session.sql(translated(query), args=list(params) or None)

    def read(self, name: str, source: pa.Table | Sequence[str], schema: pa.Schema | None = None) -> None:
        """See `Engine.read`."""
        if not isinstance(source, pa.Table) and not source:
            if schema is None:
                raise ValueError(f"relation {name!r} has no files and no schema")
            source = schema.empty_table()
        if not isinstance(source, pa.Table):
            self._named(name, self._session.read.option("mergeSchema", "true").parquet(*source))
            return
        types = ", ".join(f"{quote(field.name)} {spark_type(field.type)}" for field in source.schema)
        if source.num_rows == 0:
            self._kept(name, self._session.createDataFrame([], types))
            return
        self._kept(name, self._session.createDataFrame(source))

    def sql(self, name: str, query: str, params: Sequence[Any] = ()) -> int:
        """See `Engine.sql`."""
        return self._kept(name, self._frame(query, params))

    def number(self, name: str, query: str, column: str, order: str = "") -> int:
        """See `Engine.number`."""
        place = f"CAST(row_number() OVER (ORDER BY {order or 'NULL'}) AS INTEGER)"
        return self.sql(name, f'SELECT {place} AS "{column}", * FROM ({query}) AS numbered')

    def view(self, name: str, query: str) -> None:
        """See `Engine.view`."""
        self._named(name, self._frame(query))

    def scalar(self, query: str, params: Sequence[Any] = ()) -> Any:
        """See `Engine.scalar`."""
        table = self.collect(query, params)
        return table.column(0)[0].as_py() if table.num_rows else None

    def collect(self, query: str, params: Sequence[Any] = ()) -> pa.Table:
        """See `Engine.collect`."""
        return self._frame(query, params).toArrow()

    def table(self, name: str, columns: Sequence[str] = ()) -> pa.Table:
        """See `Engine.table`."""
        return self._session.table(name).select(*columns or "*").toArrow()

    def stream(self, query: str, params: Sequence[Any] = (), rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """See `Engine.stream`; Spark hands the whole result over before the first batch."""
        yield from self.collect(query, params).to_batches(max_chunksize=rows)

    def together(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """See `Engine.together`; one after the other, since the driver is not where the cores are."""
        return [task() for task in tasks]

    def relieve(self) -> None:
        """See `Engine.relieve`; the session is the caller's."""

    def drop(self, *names: str) -> None:
        """See `Engine.drop`."""
        for name in names:
            if name in self._names:
                self._session.catalog.dropTempView(name)
                self._names.discard(name)
