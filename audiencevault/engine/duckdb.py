"""DuckDB, the embedded engine: bounded memory, spilling to a directory that the caller owns."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa

from audiencevault.engine import T

OutOfMemory = duckdb.OutOfMemoryException
"""Raised where a statement needs more than `memory_mb` and what it needs cannot be spilled."""


def quote(identifier: str) -> str:
    """An SQL identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string literal, quoted."""
    return "'" + text.replace("'", "''") + "'"


def _trim() -> None:
    """Give freed memory back that the C library keeps: by itself glibc gives back little of what threads have freed."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


class DuckDBEngine:
    """An in-memory DuckDB session; always a context manager, since an unclosed one leaks.

    `memory_mb` bounds what DuckDB keeps in memory; beyond it, it spills to `temp_directory`
    (no spilling where that is None). `threads` is how many cores statements and kernels use, all where it is None;
    results are the same with any number.
    """

    def __init__(
        self, *, temp_directory: Path | None = None, memory_mb: int = 1024, threads: int | None = None
    ) -> None:
        self._memory_mb = memory_mb
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_mb}MB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": True,
        }
        if threads is not None:
            config["threads"] = threads
        # Empty means none; unset would mean a directory beside wherever the program was started.
        config["temp_directory"] = "" if temp_directory is None else str(temp_directory)
        self._connection = duckdb.connect(":memory:", config=config)
        self._connection.execute("SET TimeZone = 'UTC'")
        # What each relation is, so that replacing one needs no question to the catalogue.
        self._kinds: dict[str, str] = {}
        self._tables: dict[str, pa.Table] = {}
        # The tables behind numbered relations.
        self._held: dict[str, str] = {}
        self._threads = threads or int(self.scalar("SELECT current_setting('threads')"))
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the session and everything in it."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
        self._connection.close()

    def read(self, name: str, source: pa.Table | Sequence[str], schema: pa.Schema | None = None) -> None:
        """See `Engine.read`."""
        self.drop(name)
        if not isinstance(source, pa.Table) and not source:
            if schema is None:
                raise ValueError(f"relation {name!r} has no files and no schema")
            source = schema.empty_table()
        if isinstance(source, pa.Table):
            self._connection.register(name, source)
            self._kinds[name] = "ARROW"
            self._tables[name] = source
            return
        files = ", ".join(literal(path) for path in source)
        query = f"SELECT * FROM read_parquet([{files}], union_by_name = true)"
        if schema is not None:
            # Files of an earlier version may lack columns.
            held = {row[0] for row in self._connection.execute(f"DESCRIBE {query}").fetchall()}
            lacking = [field for field in schema if field.name not in held]
            if lacking:
                empty = f"{name}__lacking"
                self._connection.register(empty, pa.schema(lacking).empty_table())
                query = f"{query} UNION ALL BY NAME SELECT * FROM {quote(empty)}"
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {quote(name)} AS {query}")
        self._kinds[name] = "VIEW"

    def sql(self, name: str, query: str, params: Sequence[Any] = ()) -> int:
        """See `Engine.sql`."""
        staged = quote(f"__{name}")
        # DuckDB answers a CREATE TABLE AS with the number of rows.
        rows = int(self.scalar(f"CREATE OR REPLACE TEMP TABLE {staged} AS {query}", params))
        self.drop(name)
        self._connection.execute(f"ALTER TABLE {staged} RENAME TO {quote(name)}")
        self._kinds[name] = "TABLE"
        return rows

    def number(self, name: str, query: str, column: str, order: str = "") -> int:
        """See `Engine.number`. A table keeps its rows in the order in which they came and knows their places, so that
        numbering costs no more than ordering.
        """
        self.drop(name)
        held = f"{name}__rows"
        rows = self.sql(held, f"{query} ORDER BY {order}" if order else query)
        self.view(name, f"SELECT CAST(rowid + 1 AS INTEGER) AS {quote(column)}, * FROM {quote(held)}")
        self._held[name] = held
        return rows

    def view(self, name: str, query: str) -> None:
        """See `Engine.view`."""
        self.drop(name)
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {quote(name)} AS {query}")
        self._kinds[name] = "VIEW"

    def _workers(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="kernel")
        return self._pool

    def together(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """See `Engine.together`."""
        if self._threads == 1 or len(tasks) < 2:
            return [task() for task in tasks]
        begun = [self._workers().submit(task) for task in tasks]
        return [future.result() for future in begun]

    def relieve(self) -> None:
        """See `Engine.relieve`."""
        # Setting the limit, be it the same, is what makes DuckDB look for memory that it can do without.
        self._connection.execute(f"SET memory_limit = '{self._memory_mb}MB'")
        pa.default_memory_pool().release_unused()
        _trim()

    def scalar(self, query: str, params: Sequence[Any] = ()) -> Any:
        """See `Engine.scalar`."""
        # fetchall, not fetchone: DuckDB 2 refuses other work while a result is unfinished.
        rows = self._connection.execute(query, list(params)).fetchall()
        return rows[0][0] if rows else None

    def collect(self, query: str, params: Sequence[Any] = ()) -> pa.Table:
        """See `Engine.collect`."""
        return self._connection.sql(query, params=list(params)).to_arrow_table()

    def table(self, name: str, columns: Sequence[str] = ()) -> pa.Table:
        """See `Engine.table`."""
        held = self._tables.get(name)
        if held is None:
            return self.collect(f"SELECT {', '.join(map(quote, columns)) or '*'} FROM {quote(name)}")
        return held.select(columns) if columns else held

    def stream(self, query: str, params: Sequence[Any] = (), rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """See `Engine.stream`."""
        yield from self._connection.sql(query, params=list(params)).to_arrow_reader(rows)

    def drop(self, *names: str) -> None:
        """See `Engine.drop`."""
        for name in names:
            kind = self._kinds.pop(name, None)
            if kind == "ARROW":
                self._connection.unregister(name)
                del self._tables[name]
            elif kind is not None:
                self._connection.execute(f"DROP {kind} IF EXISTS {quote(name)}")
            if held := self._held.pop(name, ""):
                self.drop(held)
