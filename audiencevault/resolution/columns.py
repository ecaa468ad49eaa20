"""What is compared of the records of a run, a column each, by record number.

Words: the *codes* of a column are small numbers here, dense and ascending with its 64-bit values, 0 where there is
none; so an array by code takes the place of a join.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.engine.compiled import kernels
from audiencevault.resolution.codes import enumerated
from audiencevault.resolution.features import CODED

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

KERNELS = kernels("audiencevault.resolution.number_kernels")

HIGH: Final = 32
"""Bits by which the first of two small numbers is moved where both make one."""
LOW: Final = (1 << HIGH) - 1


def starts(ordered: npt.NDArray[np.generic]) -> Ints:
    """Where each run of equal values begins."""
    if not len(ordered):
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))


def both(high: npt.NDArray[np.integer], low: npt.NDArray[np.integer]) -> Ints:
    """Two columns of small numbers, none below 0, as one."""
    found: Ints = (high.astype(np.int64) << HIGH) | low.astype(np.int64)
    return found


def distinct(values: Ints) -> Ints:
    """The different values, ascending; `numpy.unique` hashes them, which takes ten times as long where most differ."""
    ordered = np.sort(values)
    return ordered[starts(ordered)]


def pairs_of(count_x: Ints, count_y: Ints) -> tuple[Ints, Ints, Ints]:
    """Every item of one list with every item of another, list by list: the list, and the places in the two."""
    found: tuple[Ints, Ints, Ints]
    if KERNELS is not None:
        found = KERNELS.pairs_of(count_x, count_y)
        return found
    total = count_x * count_y
    at = np.repeat(np.arange(len(total), dtype=np.int64), total)
    place = np.arange(len(at), dtype=np.int64) - np.repeat(np.cumsum(total) - total, total)
    return at, place // count_y[at], place % count_y[at]


def triangles(first: Ints, count: Ints) -> tuple[Ints, Ints]:
    """Every two items of each run that begins at `first` and holds `count`: the places of the earlier and the later."""
    found: tuple[Ints, Ints]
    if KERNELS is not None:
        found = KERNELS.triangles(first, count)
        return found
    at, x, y = pairs_of(count, count)
    begin = first[at]
    return (begin + x)[x < y], (begin + y)[x < y]


@dataclass(frozen=True, slots=True)
class Values:
    """One column of all records as small numbers, `codes`; `of` are the 64-bit values, 0 first."""

    codes: Small
    of: Ints

    def holders(self, person: Ints) -> Ints:
        """How many of the people `person` (by record) have each value, by code."""
        rows = np.flatnonzero(self.codes)
        return self.people(rows, person)

    def people(self, rows: Ints, person: Ints) -> Ints:
        """How many of the people have each value at one of the records `rows`, by code."""
        counts: Ints
        if KERNELS is not None:
            counts = KERNELS.people(self.codes, rows, person, len(self.of))
            return counts
        held = distinct(both(self.codes[rows], person[rows]))
        counts = np.bincount(held >> HIGH, minlength=len(self.of))
        return counts

    def look_up(self, value: Ints, number: Ints, otherwise: int) -> Ints:
        """The `number` of each value that has one in a table, by code."""
        found = np.full(len(self.of), otherwise, np.int64)
        # The 0 in front is out of the order.
        ordered = self.of[1:]
        if len(ordered):
            at = np.minimum(np.searchsorted(ordered, value), len(ordered) - 1)
            known = ordered[at] == value
            found[at[known] + 1] = number[known]
        return found


def dense(column: Ints) -> Values:
    """64-bit values, 0 for none, as small numbers."""
    number, first = enumerated(column)
    values = column[first]
    order = np.argsort(values)
    place = np.zeros(len(order) + 1, np.int32)
    place[order + 1] = np.arange(1, len(order) + 1)
    return Values(place[number], np.concatenate([np.zeros(1, np.int64), values[order]]))


def whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece; not a copy where it is in one."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def numbers(table: pa.Table, name: str) -> Ints:
    """A column of numbers as int64."""
    found: Ints = whole(table.column(name)).to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return found


def in_order(table: pa.Table, name: str) -> pa.Table:
    """A table in the order of one of its columns of numbers."""
    column = numbers(table, name)
    return table.take(pa.array(np.argsort(column))) if np.any(column[1:] < column[:-1]) else table


PARTS: Final = ("first", "last")


class Records:
    """The columns of `resolve_numbered` by record number, and the names of `resolve_names` by theirs."""

    def __init__(self, engine: Engine) -> None:
        table = in_order(engine.table("resolve_numbered"), "rid")
        self.size = table.num_rows
        self.names = in_order(engine.table("resolve_names"), "nid")
        """Every name that a record has, ascending with `nid`: the name of code 1 is in the first row."""
        self._streets = whole(table["street_key"])
        # Of first and last names there are as many as names, not as many as records: several have one.
        columns = {name: self.names if name in PARTS else table for name in (*CODED, "born")}
        asked = [partial(dense, numbers(source, name)) for name, source in columns.items()]
        self._values = dict(zip(columns, engine.together(asked), strict=True))
        for name in PARTS:
            named = self._values[name]
            codes = np.concatenate([np.zeros(1, np.int32), named.codes])[self._values["nid"].codes]
            self._values[name] = Values(codes, named.of)

    def values(self, name: str) -> Values:
        """A column as small numbers."""
        return self._values[name]

    def streets(self, records: pa.Array) -> pa.Array:
        """The street keys of some records, null where the record is."""
        return self._streets.take(records)


class Held:
    """The columns of `resolve_held`, row by row as they stand there."""

    def __init__(self, engine: Engine, records: int) -> None:
        self.table, self.records = engine.table("resolve_held"), records
        self.rid, self.key = numbers(self.table, "rid"), numbers(self.table, "key")
        self.kind = self.table.column("kind").combine_chunks().to_numpy(zero_copy_only=False)
        self.own: Flags = self.table.column("shared").combine_chunks().to_numpy(zero_copy_only=False) == 0
        self._columns: dict[str, Ints] = {}

    def column(self, name: str) -> Ints:
        """One of the other columns of numbers."""
        if name not in self._columns:
            self._columns[name] = numbers(self.table, name)
        return self._columns[name]

    def texts(self, rows: Ints) -> pa.Array:
        """The keys of some rows as they are written."""
        found = self.table.column("value").take(pa.array(rows))
        return pc.cast(found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found, pa.string())

    def of(self, kind: int, *, own: bool = True) -> tuple[Ints, Ints, Ints]:
        """What records hold of one kind, shared by nobody if `own`: where the rows of each record begin in the third
        column, which has the rows, and how many they are.
        """
        rows = np.flatnonzero(self.own & (self.kind == kind) if own else self.kind == kind)
        rows = rows[np.argsort(self.rid[rows], kind="stable")]
        count = np.bincount(self.rid[rows], minlength=self.records)
        return np.cumsum(count) - count, count, rows

    @cached_property
    def listed(self) -> tuple[Ints, Ints]:
        """The rows of accounts that a platform's own list of followers names, and the numbers of these platforms."""
        listed = self.table.column("listed").combine_chunks().to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(listed == 1)
        if not len(rows):
            return rows, rows
        platforms = pc.replace_substring_regex(self.texts(rows), ":.*", "").dictionary_encode()
        return rows, platforms.indices.to_numpy().astype(np.int64)
