"""`held-back.csv`: everyone who is left out, with the reason, and what would lawfully change it.

Two kinds of people are in it: those whom the consent rules hold back, and admitted people whom the receiver's
file cannot carry (`NO_DESTINATION`). It is for reading, not for importing, so every cell is made safe for a
spreadsheet and the file begins with a byte order mark, which spreadsheets need to show names right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.destinations.encode import encode
from audiencevault.destinations.layout import Column, Dialect
from audiencevault.destinations.people import ERASED
from audiencevault.destinations.rows import Part, parts

NAME: Final = "held-back.csv"
NOT_TAKEN: Final = "NO_DESTINATION"
DIALECT: Final = Dialect(encoding="utf-8-sig")
COLUMNS: Final = (
    Column("contact_id", "contact_id"),
    Column("name", "display_name"),
    Column("channel", "channel"),
    Column("point", "point"),
    Column("reason", "reason"),
    Column("sentence", "sentence"),
    Column("remedy", "remedy"),
    Column("state", "state"),
    Column("since", "since", encode="date"),
    Column("source", "source"),
)
_ORDER: Final = [("channel", "ascending"), ("reason", "ascending"), ("contact_id", "ascending"), ("point", "ascending")]


def left_out(rows: pa.Table, sentence: str, remedy: str = "") -> pa.Table:
    """Admitted `rows` as rows held back, because the receiver cannot carry them."""
    size = rows.num_rows
    columns = {}
    for column in COLUMNS:
        if column.field == "reason":
            columns["reason"] = pa.repeat(pa.scalar(NOT_TAKEN), size)
        elif column.field == "sentence":
            columns["sentence"] = pa.repeat(pa.scalar(sentence), size)
        elif column.field == "remedy":
            columns["remedy"] = pa.repeat(pa.scalar(remedy), size)
        elif column.field == "state":
            columns["state"] = pa.repeat(pa.scalar("not_taken"), size)
        elif column.field == "since":
            columns["since"] = rows["consented_at"]
        elif column.field == "source":
            columns["source"] = rows["consent_source"]
        else:
            columns[column.field] = rows[column.field]
    return pa.table(columns)


def everyone(held_back: pa.Table, others: Sequence[pa.Table]) -> pa.Table:
    """Everyone left out, in a fixed order; of an erased person nothing but the fact."""
    fields = [column.field for column in COLUMNS]
    tables = [held_back.select(fields), *(table.select(fields) for table in others)]
    table = pa.concat_tables([item.cast(tables[0].schema) for item in tables]).combine_chunks()
    erased = pc.fill_null(pc.equal(table["reason"], ERASED), False)
    for name in ("display_name", "point", "source"):
        hidden = pc.if_else(erased, pa.scalar(None, pa.string()), table[name])
        table = table.set_column(table.column_names.index(name), name, hidden)
    return table.sort_by(_ORDER)


def document(table: pa.Table) -> Part:
    """The file."""
    cells = [encode(column, _array(table[column.field]), DIALECT).cells for column in COLUMNS]
    return next(parts([column.header for column in COLUMNS], cells, DIALECT))


def by_reason(table: pa.Table) -> dict[str, int]:
    """How many rows are held back for each reason code, sorted by code."""
    counts = pc.value_counts(table["reason"].combine_chunks()).to_pylist()
    return dict(sorted((item["values"], item["counts"]) for item in counts))


def _array(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
