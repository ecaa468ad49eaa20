"""The relational engine: a handful of methods, so that the same named SQL runs embedded or distributed.

Relational steps are SQL in a portable subset; everything that touches text is a pure function over Arrow columns, of
which `together` runs several side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

import pyarrow as pa

T = TypeVar("T")
Kernel = Callable[[pa.RecordBatch], pa.RecordBatch]


class Engine(Protocol):
    """What resolve, consent, audience and reports may ask of an engine."""

    def read(self, name: str, source: pa.Table | Sequence[str], schema: pa.Schema | None = None) -> None:
        """Make `source` (an Arrow table, or paths of Parquet files) readable as relation `name`.

        An empty list of paths needs `schema` and gives an empty relation.
        """

    def sql(self, name: str, query: str, params: Sequence[Any] = ()) -> int:
        """Materialise `query` as relation `name` (replacing it) and return its number of rows."""

    def number(self, name: str, query: str, column: str, order: str = "") -> int:
        """As `sql`, with one more column that numbers the rows from 1: in the order of the expressions `order`, which
        must tell all rows apart, or in any.
        """

    def view(self, name: str, query: str) -> None:
        """Name `query` without computing it; the relations that it reads must stay."""

    def scalar(self, query: str, params: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""

    def collect(self, query: str, params: Sequence[Any] = ()) -> pa.Table:
        """The whole result as an Arrow table."""

    def table(self, name: str, columns: Sequence[str] = ()) -> pa.Table:
        """The relation `name`, or some of its columns, as an Arrow table, without a copy where it is one already; rows
        in any order.
        """

    def stream(self, query: str, params: Sequence[Any] = (), rows: int = 65_536) -> Iterable[pa.RecordBatch]:
        """The result in batches; the engine answers nothing else until they are consumed."""

    def together(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Run `tasks`, none of which asks the engine, side by side as far as there are threads; answers in order."""

    def relieve(self) -> None:
        """Give back the memory that is kept for later statements and kernels; relations stay."""

    def drop(self, *names: str) -> None:
        """Forget relations; unknown names are ignored."""
