"""A DuckDB database file that belongs to somebody else: tables of ours are merged into one schema of it, in one
transaction; nothing outside that schema is touched.

Words: a *merge* makes a table equal to a query, row by row by key, and counts what it had to change.
"""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine.duckdb import literal, quote
from audiencevault.errors import DestinationRefusedError, DestinationUnavailableError

_PRIVATE: int = 0o600


@dataclass(frozen=True)
class Merged:
    """What one merge did, in rows."""

    inserted: int
    updated: int
    deleted: int
    unchanged: int


class DuckDBFile:
    """One transaction on the database in the file `path`; a context manager.

    The file is made if it is missing, readable by its owner only. Leaving the block by an exception, or being
    killed, leaves the database as it was. Raises `DestinationUnavailableError` where another program has the
    file open, `DestinationRefusedError` where it is no database that this DuckDB can read or the disk is full.
    """

    def __init__(self, path: Path, *, schema: str) -> None:
        self._path = path
        self._schema = schema
        self._new = not path.exists()

    def __enter__(self) -> Self:
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        try:
            self._connection = duckdb.connect(str(self._path), config=config)
        except duckdb.Error as error:
            raise _refused(self._path, error) from error
        if self._new:
            self._path.chmod(_PRIVATE)
        self._connection.execute("SET TimeZone = 'UTC'")
        # DuckDB names a database after its file: without that name, `audiencevault` in a file audiencevault.duckdb
        # could be either.
        catalog = str(self._connection.execute("SELECT current_database()").fetchall()[0][0])
        self._home = f"{quote(catalog)}.{quote(self._schema)}"
        self._connection.execute("BEGIN")
        self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {self._home}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failure: duckdb.Error | None = None
        try:
            self._connection.execute("COMMIT" if kind is None else "ROLLBACK")
        except duckdb.Error as caught:
            # A transaction that DuckDB has aborted itself has nothing left to roll back.
            failure = caught if kind is None else None
        finally:
            self._connection.close()
        if self._new and (kind is not None or failure is not None):
            self._path.unlink(missing_ok=True)
            self._path.with_name(self._path.name + ".wal").unlink(missing_ok=True)
        if failure is not None:
            raise _refused(self._path, failure) from failure
        if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException):
            raise _refused(self._path, error) from error

    def read(self, name: str, source: pa.Table | Sequence[str], schema: pa.Schema) -> None:
        """Make an Arrow table, or Parquet files, readable as relation `name` in queries."""
        if not isinstance(source, pa.Table) and not source:
            source = schema.empty_table()
        if isinstance(source, pa.Table):
            self._connection.register(name, source)
            return
        files = ", ".join(literal(path) for path in source)
        self._connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {quote(name)} AS SELECT * FROM read_parquet([{files}], union_by_name = true)"
        )

    def stage(self, name: str, query: str) -> None:
        """Materialise `query` as the temporary relation `name`."""
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {quote(name)} AS {query}")

    def value(self, table: str, column: str) -> Any:
        """The value of `column` in the first row of our `table`; None without table or row."""
        if table not in self.tables():
            return None
        rows = self._connection.execute(f"SELECT {quote(column)} FROM {self._name(table)}").fetchall()
        return rows[0][0] if rows else None

    def tables(self) -> list[str]:
        """The names of the tables in our schema."""
        found = self._connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_catalog = current_database() "
            "AND table_schema = ? ORDER BY table_name",
            [self._schema],
        ).fetchall()
        return [str(row[0]) for row in found]

    def merge(self, table: str, query: str, key: Sequence[str]) -> Merged:
        """Make our `table` equal to `query`, in which `key` is unique and not null.

        A missing table is made; a column that `query` has and the table lacks is added; a column that only the
        table has stays and is left alone. A column whose type changed is replaced.
        """
        staged = quote(f"__{table}")
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {staged} AS {query}")
        columns = self._columns(f"DESCRIBE {staged}")
        self._shape(table, columns)
        values = [name for name in columns if name not in key]
        # DuckDB 2.0 takes no MERGE inside a WITH, so the actions, one word per changed row, are counted here.
        done = self._connection.sql(_merge_sql(self._name(table), staged, list(key), values)).to_arrow_table()
        counts = {item["values"]: item["counts"] for item in pc.value_counts(done.column(0)).to_pylist()}
        rows = int(self._connection.execute(f"SELECT count(*) FROM {staged}").fetchall()[0][0])
        self._connection.execute(f"DROP TABLE {staged}")
        inserted, updated = counts.get("INSERT", 0), counts.get("UPDATE", 0)
        return Merged(inserted, updated, counts.get("DELETE", 0), rows - inserted - updated)

    def _shape(self, table: str, columns: dict[str, str]) -> None:
        name = self._name(table)
        if table not in self.tables():
            body = ", ".join(f"{quote(column)} {kind}" for column, kind in columns.items())
            self._connection.execute(f"CREATE TABLE {name} ({body})")
            return
        present = self._columns(f"DESCRIBE {name}")
        for column, kind in columns.items():
            if column in present and present[column] != kind:
                self._connection.execute(f"ALTER TABLE {name} DROP COLUMN {quote(column)}")
                del present[column]
            if column not in present:
                self._connection.execute(f"ALTER TABLE {name} ADD COLUMN {quote(column)} {kind}")

    def _columns(self, describe: str) -> dict[str, str]:
        return {str(row[0]): str(row[1]) for row in self._connection.execute(describe).fetchall()}

    def _name(self, table: str) -> str:
        return f"{self._home}.{quote(table)}"


def rewrite(path: Path, *, schema: str) -> bool:
    """Write the database in `path` anew, so that nothing of deleted rows stays in unused parts of the file.

    Only where it holds nothing but `schema`: other people's objects are not moved about. Returns whether it was
    rewritten; where it cannot be (other objects, no room, another program has it open) it stays as it is.
    """
    path = path.resolve()
    fresh = path.with_name(f".{path.name}.rewrite")
    fresh.unlink(missing_ok=True)
    try:
        with duckdb.connect(str(path)) as connection:
            if not _only(connection, schema):
                return False
            catalog = str(connection.execute("SELECT current_database()").fetchall()[0][0])
            connection.execute(f"ATTACH {literal(str(fresh))} AS audiencevault_rewrite")
            fresh.chmod(_PRIVATE)
            connection.execute(f"COPY FROM DATABASE {quote(catalog)} TO audiencevault_rewrite")
            connection.execute("DETACH audiencevault_rewrite")
            # Still open, and so still locked against other programs: nothing can be written in between.
            fresh.chmod(stat.S_IMODE(path.stat().st_mode))
            fresh.replace(path)
    except (duckdb.Error, OSError):
        return False
    finally:
        fresh.unlink(missing_ok=True)
    return True


def _only(connection: duckdb.DuckDBPyConnection, schema: str) -> bool:
    """Whether every table, view, macro, sequence and type of the database lies in `schema`."""
    others = connection.execute(
        """
        SELECT count(*) FROM (
            SELECT database_name, schema_name FROM duckdb_tables()
            UNION ALL SELECT database_name, schema_name FROM duckdb_views() WHERE NOT internal
            UNION ALL SELECT database_name, schema_name FROM duckdb_functions() WHERE NOT internal
            UNION ALL SELECT database_name, schema_name FROM duckdb_sequences()
            UNION ALL SELECT database_name, schema_name FROM duckdb_types() WHERE NOT internal
        ) WHERE database_name = current_database() AND schema_name <> ?
        """,
        [schema],
    ).fetchall()
    return int(others[0][0]) == 0


def _merge_sql(target: str, source: str, key: list[str], values: list[str]) -> str:
    def each(template: str, names: Sequence[str], glue: str) -> str:
        return glue.join(template.replace("{c}", quote(name)) for name in names)

    same = each("t.{c} = s.{c}", key, " AND ")
    changed = (
        f"WHEN MATCHED AND ({each('t.{c} IS DISTINCT FROM s.{c}', values, ' OR ')}) "
        f"THEN UPDATE SET {each('{c} = s.{c}', values, ', ')}"
        if values
        else ""
    )
    names, given = each("{c}", [*key, *values], ", "), each("s.{c}", [*key, *values], ", ")
    return f"""
        MERGE INTO {target} AS t USING {source} AS s ON {same}
        {changed}
        WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({given})
        WHEN NOT MATCHED BY SOURCE THEN DELETE
        RETURNING merge_action
    """


def _refused(path: Path, error: duckdb.Error) -> DestinationRefusedError | DestinationUnavailableError:
    said = str(error)
    if "lock" in said or "different configuration" in said or "already attached" in said.lower():
        return DestinationUnavailableError(
            f"{path} is open in another program, so nothing was loaded.", "Close it there, then load again."
        )
    if "not a valid DuckDB database" in said or "serialization" in said.lower() or "newer" in said:
        return DestinationRefusedError(
            f"{path} is not a DuckDB database that this version can read, so nothing was loaded.",
            "Name another file, or open it with the DuckDB version that wrote it.",
        )
    return DestinationRefusedError(
        f"{path} could not be opened or written; it is as it was before.",
        "Check the directory, its permissions and the room on the disk.",
    )
