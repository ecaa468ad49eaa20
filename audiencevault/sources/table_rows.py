"""Rows of a block by header, and events about them as columns, before they become batches."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.records import MONEY, OwnerPoint
from audiencevault.sources import table_columns as kernels
from audiencevault.sources.table_columns import Bools, Int64s
from audiencevault.sources.table_reader import Head
from audiencevault.sources.table_spec import ANY, NO, NO_WORDS, YES, YES_WORDS, ConsentSpec, SkipSpec, Spec

_SEVERAL: Final = re.compile(r"[,;|\[\]{}\"']+")

Columns = Mapping[str, pa.Array | pa.Scalar | str | None]


@dataclass(frozen=True)
class EventPart:
    """Events of one kind within a block: the index of the row of each, and the columns that are not null.

    A column is an array as long as `rows`, or one value for all.
    """

    rows: Int64s
    columns: Columns


class Rows:
    """The rows of a block that hold somebody, with cleaned cells by header."""

    def __init__(self, head: Head, cells: Sequence[pa.StringArray], numbers: Int64s) -> None:
        self._head = head
        self._index = {column.key: place for place, column in enumerate(head.columns)}
        self.cells = list(cells)
        self.numbers = numbers
        self.record_id: pa.StringArray = pa.array([], pa.string())
        self.locator: pa.StringArray = pa.array([], pa.string())

    def __len__(self) -> int:
        return len(self.numbers)

    def get(self, *keys: str) -> pa.StringArray:
        """Per row the first filled cell of the columns `keys`; empty where the table has none of them."""
        found = [self.cells[self._index[key]] for key in keys if key in self._index]
        return kernels.first_filled(found) if found else kernels.empty(len(self))

    def slice(self, start: int, count: int) -> Rows:
        """`count` rows from `start` on, without ids."""
        cells = [column.slice(start, count) for column in self.cells]
        return Rows(self._head, cells, self.numbers[start : start + count])

    def filter(self, keep: Bools) -> None:
        """Drop the rows that `keep` does not mark."""
        if keep.all():
            return
        mask = pa.array(keep)
        self.cells = [column.filter(mask) for column in self.cells]
        self.numbers = self.numbers[keep]


def column_of(value: Any, kind: pa.DataType, rows: int) -> pa.Array:
    """A column from an array, one text for all rows, or nothing."""
    if value is None:
        if pa.types.is_map(kind):
            none = pa.array([], pa.string())
            offsets = pa.array(np.zeros(rows + 1, np.int32))
            return pa.MapArray.from_arrays(offsets, none, none.cast(kind.item_type), type=kind)
        return pa.nulls(rows, kind)
    if isinstance(value, str):
        return pa.repeat(pa.scalar(value, kind), rows)
    if isinstance(value, pa.ChunkedArray):
        value = value.combine_chunks()
    array: pa.Array = value
    return array if array.type == kind else array.cast(kind)


def merged(parts: Sequence[EventPart], name: str, kind: pa.DataType, order: Int64s, part_of: Int64s) -> pa.Array:
    """One column of the events of all parts, in the order of the rows; `part_of` is, in that order, whose each is."""
    values = [part.columns.get(name) for part in parts]
    if all(value is None for value in values) or (
        isinstance(values[0], str) and all(isinstance(value, str) and value == values[0] for value in values)
    ):
        return column_of(values[0], kind, len(order))
    if all(value is None or isinstance(value, str) for value in values):
        return pa.array(values, kind).take(pa.array(part_of))
    arrays = [column_of(value, kind, len(part.rows)) for value, part in zip(values, parts, strict=True)]
    return pa.concat_arrays(arrays).take(pa.array(order))


def skipped_rows(rows: Rows, skip: SkipSpec, keys: Sequence[str], decimal: str) -> Bools:
    """Which rows hold nobody, as `skip` tells it of the columns `keys`, of which the table has all."""
    hit = np.zeros(len(rows), bool)
    if skip.blank and keys:
        hit |= ~kernels.filled(rows.get(*keys))
    for key in keys:
        cells = rows.get(key)
        if skip.equals:
            hit |= kernels.lookup(cells, dict.fromkeys(skip.equals, 1)) > 0
        if skip.other_than:
            hit |= kernels.filled(cells) & (kernels.lookup(cells, dict.fromkeys(skip.other_than, 1)) < 0)
        if skip.negative:
            below = pc.less(kernels.money(cells, decimal), pa.scalar(0, MONEY))
            hit |= np.asarray(pc.fill_null(below, False))
        for text in skip.contains:
            hit |= np.asarray(pc.match_substring(cells, text, ignore_case=True))
    return hit


def answer_codes(cells: pa.StringArray, consent: ConsentSpec) -> Int64s:
    """Per row the place of its meaning among `consent.values`, -1 where the cell says nothing known."""
    values: dict[str, int] = {}
    for place, value in enumerate(consent.values):
        words = YES_WORDS if value == YES else NO_WORDS if value == NO else () if value == ANY else (value,)
        values.update(dict.fromkeys(words, place))
    # A value that is spelt out wins over the set that it belongs to.
    values |= {value: place for place, value in enumerate(consent.values) if value not in (YES, NO, ANY)}
    if consent.several:
        found = kernels.on_distinct(cells, pa.int64(), lambda text: _first_of(text, values))
        codes: Int64s = np.asarray(pc.fill_null(found, -1)).astype(np.int64)
    else:
        codes = kernels.lookup(cells, values)
    if ANY in consent.values:
        codes[(codes < 0) & kernels.filled(cells)] = list(consent.values).index(ANY)
    return codes


def _first_of(text: str, values: Mapping[str, int]) -> int:
    """Of the answers in one cell the one that stands first in the spec.

    >>> _first_of("['HARD_BOUNCE', 'SPAM_COMPLAINT']", {"spam_complaint": 0, "hard_bounce": 1})
    0
    """
    parts = [" ".join(part.split()).casefold() for part in (text, *_SEVERAL.split(text))]
    return min((values[part] for part in parts if part in values), default=-1)


def owner_points(rows: Rows, spec: Spec, seen: set[str]) -> tuple[OwnerPoint, ...]:
    """The owner's e-mail addresses in these rows that are not in `seen` yet; they are added to it."""
    found = {mail.lower() for key in spec.owner for mail in pc.unique(rows.get(key)).to_pylist() if "@" in mail} - seen
    seen |= found
    return tuple(OwnerPoint(spec.source, "email", mail) for mail in sorted(found))
