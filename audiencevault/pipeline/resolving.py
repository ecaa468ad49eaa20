"""Who is who in a table: `audiencevault.resolve`, the resolver's public door, with no vault behind it.

Records → match features → resolution, columns all the way. No clock is read: the same table gives the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault import resolution
from audiencevault.engine.duckdb import DuckDBEngine, OutOfMemory
from audiencevault.errors import UsageError
from audiencevault.pipeline import people_features, people_tables
from audiencevault.pipeline.options import MEMORY_MB
from audiencevault.pipeline.people_columns import check_type, plain, text
from audiencevault.records import DECISIONS, IDENTITY_LOG, MEMBERS
from audiencevault.resolution.model import Model
from audiencevault.resolution.running import INPUT, LARGE

if TYPE_CHECKING:
    import pandas as pd

ROWS_IN_MEMORY: Final = 1_000_000
"""Rows that MEMORY_MB is enough for; a million needed between 256 and 384 MB when it was measured."""

_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands where a run over a vault would write its time, which is left out of `Resolution.changes`."""

_VERDICTS: Final = ("same", "different")


@dataclass(frozen=True)
class Resolution:
    """Who is who in a table.

    - `members`: `record_id`, `contact_id`; one row per record, sorted by `record_id`. Ids are text.
    - `links`: which pairs were joined and on what evidence, and the pairs that look alike but stay apart
      (`accepted` false); see LINKS in the reference of tables.
    - `changes`: what became of ids: `event` (`minted`, `merged_into`, `split_from`), `contact_id`,
      `other_contact_id`, `record_id`.
    - `model`: what each kind of agreement weighs, as estimated from this table or as given; `model.table()` shows it.
    - `stats`: counts: `records`, `contacts`, `merged`, `uncertain` and more.
    - `columns`: what each column of the table was taken for; `left_out`: the other columns, and why; `notes`: what to
      know about the columns and decisions that count.
    """

    members: pa.Table
    links: pa.Table
    changes: pa.Table
    model: Model
    stats: Mapping[str, int]
    columns: Mapping[str, str]
    left_out: Mapping[str, str]
    notes: tuple[str, ...]
    _table: pa.Table = field(repr=False)
    _ids: pa.StringArray = field(repr=False)

    def to_arrow(self, name: str = "contact_id") -> pa.Table:
        """The table that was given, row for row and untouched, with the contact of each row as the last column.

        `UsageError` where it has a column `name` already.
        """
        if name in self._table.column_names:
            raise UsageError(f"The table has a column {name!r} already.", "Choose another name for the new one.")
        place = pc.index_in(self._ids, value_set=self.members["record_id"].combine_chunks())
        return self._table.append_column(name, self.members["contact_id"].combine_chunks().take(place))

    def to_pandas(self, name: str = "contact_id") -> pd.DataFrame:
        """`to_arrow` as a pandas frame: group by `contact_id` to see each person's rows."""
        frame: pd.DataFrame = self.to_arrow(name).to_pandas()
        return frame


def resolve(
    table: pa.Table | Any,
    *,
    columns: Mapping[str, str | None] | None = None,
    guess: bool = True,
    region: str | None = None,
    decisions: pa.Table | Any | None = None,
    previous: pa.Table | Any | None = None,
    model: Model | None = None,
    threads: int | None = None,
    memory_mb: int | None = None,
    spill_to: Path | str | None = None,
) -> Resolution:
    """Find out which rows of `table` are one person.

    `table` is a `pyarrow.Table`, or anything that gives one (a pandas or polars frame, a DuckDB relation). Every
    column is optional but `record_id`, which must be there in each row and distinct; see `people_columns.ROLES` for
    the others. `columns` maps names of the table's own to ours (None: to be left out); with `guess` the remaining
    ones are taken for what their names and values show, and `Resolution.columns` says which. `region` (two letters)
    is the country of phone numbers that do not say theirs; it is never taken from the computer.

    `decisions` (`record_a`, `record_b`, `verdict`: same or different; a later row counts more) bind whatever the
    evidence says. `previous` are the members of an earlier call, or any table with `record_id` and `contact_id`:
    contacts keep their ids as far as they go on. `model` is that of an earlier answer, to weigh evidence as it did;
    without one the weights are estimated from the table.

    `threads` and `memory_mb` (by default what tables of this size need) bound the work on relations; what does not
    fit is spilled to `spill_to`, else to a temporary folder, and removed at the end. Neither changes the result, nor
    does the order of rows.

    Raises `UsageError` where the call or the table makes no sense; messages name columns and row numbers (from 1),
    never values.
    """
    given = arrow_table(table, "table")
    region = country(region)
    ready = plain(given)
    taken = people_tables.assign(ready, columns or {}, guess=guess)
    if "record_id" not in taken.roles:
        raise UsageError(
            "The table has no column record_id.",
            "Name the column that holds each row's own id, for instance columns={'id': 'record_id'}.",
        )
    ids = people_features.record_ids(ready.column(taken.roles["record_id"][0]), taken.roles["record_id"][0])
    return resolved(
        given, ids, taken, region=region, decisions=decisions, previous=previous, model=model,
        threads=threads, memory_mb=memory_mb, spill_to=spill_to,
    )  # fmt: skip


def resolved(
    table: pa.Table,
    ids: pa.StringArray,
    taken: people_tables.Taken,
    *,
    region: str | None,
    decisions: pa.Table | Any | None = None,
    previous: pa.Table | Any | None = None,
    model: Model | None = None,
    threads: int | None = None,
    memory_mb: int | None = None,
    spill_to: Path | str | None = None,
) -> Resolution:
    """`resolve` for a table whose columns are assigned and whose ids are known."""
    if memory_mb is None:
        memory_mb = max(MEMORY_MB, MEMORY_MB * len(ids) // ROWS_IN_MEMORY)
    if memory_mb < 1 or (threads is not None and threads < 1):
        raise UsageError("memory_mb and threads must be at least 1.", "Leave them out for the usual.")
    bound = None if decisions is None else _decisions(arrow_table(decisions, "decisions"))
    before = None if previous is None else _previous(arrow_table(previous, "previous members"))
    notes = taken.notes if bound is None else (*taken.notes, *_strangers(bound, ids))
    if spill_to is not None and not Path(spill_to).is_dir():
        raise UsageError(f"spill_to is not a folder: {spill_to}", "Name a folder that exists.")
    try:
        with (
            TemporaryDirectory(prefix="audiencevault-", dir=spill_to) as spill,
            DuckDBEngine(temp_directory=Path(spill), memory_mb=memory_mb, threads=threads) as engine,
        ):
            # Nobody else holds the features, so that they can go once they are numbers.
            engine.read(INPUT, people_features.features(plain(table), ids, taken.roles, region=region, threads=threads))
            if len(ids) >= LARGE:
                engine.relieve()
            found = resolution.run(
                engine, INPUT, decisions=bound, previous=before, model=model, at=_NO_TIME, import_id="table"
            )
    except OutOfMemory:
        raise UsageError(
            f"The table needs more than memory_mb={memory_mb}.", "Give it more, or name a larger disk with spill_to."
        ) from None
    return Resolution(
        members=found.members,
        links=found.links,
        changes=found.identity_log.select([name for name in IDENTITY_LOG.names if name not in ("at", "import_id")]),
        model=found.model,
        stats=found.stats,
        columns=taken.columns,
        left_out=taken.left,
        notes=notes,
        _table=table,
        _ids=ids,
    )


def arrow_table(given: Any, what: str) -> pa.Table:
    """`given` as an Arrow table; `UsageError` where it is none."""
    if isinstance(given, pa.Table):
        return given
    if isinstance(given, pa.RecordBatch):
        return pa.Table.from_batches([given])
    if hasattr(given, "__arrow_c_stream__"):
        try:
            return pa.table(given)
        except (pa.ArrowException, TypeError):
            # What Arrow says quotes a cell.
            raise UsageError(
                f"The {what} has a column whose cells are of different types.", "Make each column all text, or numbers."
            ) from None
    raise UsageError(f"The {what} is a {type(given).__name__}, not a table.", "Pass a pyarrow.Table or a pandas frame.")


def country(region: str | None) -> str | None:
    """A country as two capitals; `UsageError` where it is none."""
    if region is None:
        return None
    code = region.strip().upper() if isinstance(region, str) else ""
    if len(code) != 2 or not (code.isascii() and code.isalpha()):
        raise UsageError("region takes a two-letter country code.", "For instance region='US', region='DE'.")
    return {"UK": "GB"}.get(code, code)


def _column(table: pa.Table, what: str, name: str) -> pa.StringArray:
    if name not in table.column_names:
        raise UsageError(f"There is no column {name} in the {what}.", f"There are: {_list(table.column_names)}.")
    check_type(name, name, table.schema.field(name).type)
    return text(table.column(name))


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "none"


def _decisions(table: pa.Table) -> pa.Table:
    """DECISIONS of a simple table; a later row outweighs an earlier one. What is DECISIONS already is kept."""
    if set(DECISIONS.names) <= set(table.column_names):
        try:
            return table.select(DECISIONS.names).cast(DECISIONS)
        except pa.ArrowException:
            raise UsageError("The decisions have columns of wrong types.", "See DECISIONS in the reference.") from None
    a, b = (_column(table, "decisions", name) for name in ("record_a", "record_b"))
    verdict = pc.utf8_lower(pc.utf8_trim_whitespace(_column(table, "decisions", "verdict")))
    for number, (one, two, word) in enumerate(zip(a.to_pylist(), b.to_pylist(), verdict.to_pylist(), strict=True), 1):
        if one is None or two is None or word not in _VERDICTS:
            raise UsageError(
                f"Row {number} of the decisions is not record_a, record_b and 'same' or 'different'.",
                "Name two records in each row, and one of the two verdicts.",
            )
    count = table.num_rows
    return pa.table(
        [
            pa.array([f"{number:012d}" for number in range(count)], pa.string()),
            pa.array([_NO_TIME] * count, DECISIONS.field("at").type),
            a, b, verdict, pa.nulls(count, pa.string()), pa.nulls(count, pa.string()),
        ],
        schema=DECISIONS,
    )  # fmt: skip


def _strangers(decisions: pa.Table, ids: pa.StringArray) -> list[str]:
    """A sentence where decisions name records that are not there."""
    known = pc.and_(*(pc.is_in(decisions[name], value_set=ids) for name in ("record_a", "record_b")))
    lost = decisions.num_rows - int(pc.sum(known).as_py() or 0)
    if not lost:
        return []
    return [f"{lost:,} of {decisions.num_rows:,} decisions name a record that the table does not have; they wait."]


def _previous(table: pa.Table) -> pa.Table:
    """MEMBERS of an earlier answer."""
    records = people_features.record_ids(
        pa.chunked_array([_column(table, "previous members", "record_id")]), "record_id of the previous members"
    )
    contacts = _column(table, "previous members", "contact_id")
    if contacts.null_count:
        raise UsageError(
            f"{contacts.null_count:,} of the previous members have no contact_id.",
            "Pass the members as they were given.",
        )
    return pa.table([records, contacts], schema=MEMBERS)
