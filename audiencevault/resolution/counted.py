"""How many people have each value, kept from run to run: what changes is added and taken away.

Words: see `traces`. The *people* of a value are those of whom one record has it; its *records* are counted where names
are taken for slips of another.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from audiencevault.engine import Engine
from audiencevault.resolution.agreement import COUNTED, PARTS
from audiencevault.resolution.columns import dense
from audiencevault.resolution.slots import tally, within
from audiencevault.resolution.traces import Trace, write_table

Ids = npt.NDArray[np.int64]

MAILED: Final = "mailed"
"""Of names: people of whom a record of that name has a mailbox of its own."""
EVERY: Final = (*COUNTED, *PARTS, MAILED)

NAMES: Final = """
SELECT n.{column} AS value, count(*) AS records, min(n.{column}_key) AS text FROM resolve_numbered n
WHERE n.{column} <> 0 GROUP BY n.{column} ORDER BY 1
"""


class Counts:
    """One column of numbers, by value."""

    def __init__(self, values: Ids, numbers: Ids) -> None:
        self.values, self.numbers = values, numbers

    def of(self, wanted: Ids) -> Ids:
        """The number of each of `wanted`, 0 where there is none."""
        if not len(self.values):
            return np.zeros(len(wanted), np.int64)
        at = np.searchsorted(self.values, wanted)
        at[at == len(self.values)] = 0
        return np.where(self.values[at] == wanted, self.numbers[at], 0)

    def plus(self, values: Ids, more: Ids) -> Counts:
        """With `more` (which may be less than nothing) of distinct `values`; what comes to nothing is left out."""
        values, more = values[more != 0], more[more != 0]
        if not len(values):
            return self
        known = within(values, self.values)
        numbers = self.numbers.copy()
        numbers[np.searchsorted(self.values, values[known])] += more[known]
        new = np.argsort(values[~known])
        values, more = values[~known][new], more[~known][new]
        at = np.searchsorted(self.values, values)
        every, numbers = np.insert(self.values, at, values), np.insert(numbers, at, more)
        return Counts(every[numbers != 0], numbers[numbers != 0])

    def table(self) -> pa.Table:
        """As `read` takes it."""
        return pa.table({"value": self.values, "number": pa.array(self.numbers, pa.int32())})


def read(trace: Trace, column: str) -> Counts:
    """The people of a column of `EVERY`."""
    table = trace.table(f"count-{column}")
    return Counts(table["value"].to_numpy(), table["number"].to_numpy().astype(np.int64))


def write(directory: Path, counts: Mapping[str, Counts]) -> None:
    """Keep the people of every column."""
    for column, count in counts.items():
        write_table(directory, f"count-{column}", count.table())


def people(values: Ids, persons: Ids) -> Counts:
    """How many people have each value; one record a row, of which those of value 0 do not count."""
    found = dense(values)
    return Counts(found.of[1:], found.holders(persons)[1:])


def difference(values: Ids, was: Ids, now: Ids) -> tuple[Ids, Ids]:
    """Distinct values and how many more people each has now; one record a row, with the person that it was and is."""
    known = values != 0
    values, was, now = values[known], was[known], now[known]
    every = np.unique(values)
    return every, tally(values, now, every) - tally(values, was, every)


class Names:
    """First or last names, with their texts and how many records have each."""

    def __init__(self, values: Ids, records: Ids, texts: pa.Array) -> None:
        self.values, self.records, self.texts = values, records, texts

    @classmethod
    def read(cls, trace: Trace, column: str) -> Names:
        """As `write` wrote them."""
        return cls.of(trace.table(f"names-{column}"))

    @classmethod
    def of(cls, table: pa.Table) -> Names:
        """Of the columns of `NAMES`."""
        texts = table["text"].combine_chunks()
        return cls(table["value"].to_numpy(), table["records"].to_numpy().astype(np.int64), texts)

    def write(self, directory: Path, column: str) -> None:
        """Keep them."""
        there = self.records > 0
        table = pa.table({"value": self.values, "records": self.records, "text": self.texts})
        write_table(directory, f"names-{column}", table.filter(pa.array(there)))

    def counts(self) -> Counts:
        """The records of each name."""
        return Counts(self.values, self.records)

    def plus(self, gone: Ids, come: Ids, new: Names) -> Names:
        """With the names of records that are `gone` and that have `come`, of which `new` has the texts. Who is left
        without a record stays, with none.
        """
        more = new.values[~within(new.values, self.values)]
        values = np.concatenate([self.values, more])
        texts = pa.concat_arrays([
            self.texts.cast(pa.string()), new.texts.cast(pa.string()).take(pa.array(np.searchsorted(new.values, more))),
        ])  # fmt: skip
        order = np.argsort(values)
        values, texts = values[order], texts.take(pa.array(order))
        records = Counts(self.values, self.records).of(values)
        for names, one in ((gone, -1), (come, 1)):
            np.add.at(records, np.searchsorted(values, names[names != 0]), one)
        return Names(values, records, texts)


def watch(engine: Engine, directory: Path, numbered: Mapping[str, Ids], persons: Ids, mailed: Ids) -> None:
    """Count everything anew: `numbered` are the columns of `resolve_numbered` by record number, `persons` who is one
    by exact keys, `mailed` the numbers of records with a mailbox of their own.
    """
    counts = {column: people(numbered[column], persons) for column in (*COUNTED, *PARTS)}
    counts[MAILED] = people(numbered["name"][mailed], persons[mailed])
    write(directory, counts)
    for column in PARTS:
        Names.of(engine.collect(NAMES.format(column=column))).write(directory, column)
