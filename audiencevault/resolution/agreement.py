"""Everything that two candidates agree and differ on, person against person.

Words: a *face* is one distinct combination of name, birthday, place and company that a person's records show; a
person with more faces than `FACES_COMPARED` is compared by the commonest. What two people agree on is what any of
their faces agree on; they differ where both say something and no two faces agree.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.resolution.codes import combined
from audiencevault.resolution.columns import (
    HIGH,
    LOW,
    Held,
    Ints,
    Records,
    Small,
    Values,
    both,
    numbers,
    pairs_of,
    starts,
)
from audiencevault.resolution.features import EMAIL, IDENTIFIER, PHONE
from audiencevault.resolution.names import CLASH, GENERATION, INITIAL, RESEMBLING, SAME, Compared, compare_rows
from audiencevault.resolution.texts import near_numbers

FACES_COMPARED: Final = 4

RECORDS: Final = 1 << 29
"""More records than one run may have: two numbers of records and a small count fit into 63 bits."""
LAST_RECORD: Final = RECORDS - 1
AGREEMENTS: Final = RECORDS * RECORDS

COUNTED: Final = ("name", "birthday", "company", "home", "street", "postcode", "city")
"""Values whose exact frequency weighs their agreement: how many people have them."""
PARTS: Final = ("first", "last")
"""Parts of a name, counted likewise."""
FILLED: Final = ("birthday", "street", "home", "postcode", "city", "company")
"""What a face shows beside the name."""
FEWEST: Final = 2
"""Holders of a value that two people agree on: the two themselves."""

Flags = npt.NDArray[np.bool_]
Columns = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class _Faces:
    """The faces of people: `record` shows each, those of one person in a row; where that row begins and how long it is,
    by root.
    """

    record: Ints
    first: Ints
    count: Ints


def _faces(records: Records, roots: Ints, wanted: Flags) -> _Faces:
    """The faces of the people whose roots are `wanted`."""
    rows = np.flatnonzero(wanted[roots])
    root, name = roots[rows], records.values("nid").codes[rows].astype(np.int64)
    shown = [records.values(column).codes[rows].astype(np.int64) for column in FILLED]
    code = combined(3, root + 1, name + 1, *(column + 1 for column in shown))
    order = np.argsort(code)
    first = starts(code[order])
    one = np.minimum.reduceat(order, first) if len(first) else first
    count = np.diff(np.append(first, len(order)))
    filled = np.zeros(len(rows), dtype=np.bool_)
    for column in shown:
        filled |= column != 0
    root, name, filled, rid = root[one], name[one], filled[one], rows[one]
    several = np.bincount(root, minlength=len(roots))[root] > 1
    # The fullest first, then what most records show.
    place = np.flatnonzero(several)
    rank = (~filled[place]).astype(np.int64) * RECORDS + (LAST_RECORD - count[place])
    place = place[np.lexsort((rid[place], rank, root[place]))]
    fullest = np.zeros(len(place), dtype=np.bool_)
    fullest[np.unique(both(root[place], name[place]), return_index=True)[1]] = True
    place = place[filled[place] | (fullest & (name[place] != 0))]
    begin = starts(root[place])
    length = np.diff(np.append(begin, len(place)))
    place = place[np.arange(len(place)) - np.repeat(begin, length) < FACES_COMPARED]
    kept = np.concatenate([np.flatnonzero(~several), place])
    kept = kept[np.argsort(root[kept], kind="stable")]
    held = np.bincount(root[kept], minlength=len(roots))
    return _Faces(rid[kept], np.cumsum(held) - held, held)


def compare_numbers(one: pa.Array, two: pa.Array) -> Ints:
    """Pairs of customer or national numbers (`vat:de123`) → 3 where they are the same, 2 where they are one slip apart,
    1 where they differ; 0 where they are of two kinds, which says nothing.
    """
    left, right = ([text.partition(":") for text in side.to_pylist()] for side in (one, two))
    rows = [row for row, (x, y) in enumerate(zip(left, right, strict=True)) if x[0] == y[0]]
    texts = [pa.array([side[row][2] for row in rows], pa.string()) for side in (left, right)]
    found = np.zeros(len(left), np.int64)
    found[rows] = np.where(np.asarray(pc.equal(*texts)), 3, np.where(near_numbers(*texts), 2, 1))
    return found


def _numbers(held: Held, size: int, one: Ints, two: Ints) -> Ints:
    """How near the nearest customer or national numbers of each two records are, as `compare_numbers` says."""
    found = np.zeros(len(one), np.int64)
    rows = np.flatnonzero(held.kind == IDENTIFIER)
    if not len(rows):
        return found
    rows = rows[np.argsort(held.rid[rows], kind="stable")]
    count = np.bincount(held.rid[rows], minlength=size)
    first = np.cumsum(count) - count
    pair, x, y = pairs_of(count[one], count[two])
    x, y = rows[first[one[pair]] + x], rows[first[two[pair]] + y]
    # Many pairs are of the same two numbers.
    met, where = np.unique(both(np.minimum(x, y), np.maximum(x, y)), return_inverse=True)
    near = compare_numbers(held.texts(met >> HIGH), held.texts(met & LOW))
    np.maximum.at(found, pair, near[where])
    return found


class _Counts:
    """How many people have each value, of the whole table."""

    def __init__(self, records: Records, held: Held, roots: Ints, counts: Mapping[str, pa.Table] | None) -> None:
        self._records, self._roots, self._given = records, roots, counts
        self._held = held

    def of(self, column: str) -> Ints:
        """By code of the column; at least the two who agree on it."""
        values = self._records.values(column)
        if self._given is not None:
            table = self._given[column]
            return values.look_up(numbers(table, "value"), numbers(table, "holders"), FEWEST)
        return np.maximum(values.holders(self._roots), FEWEST)

    def mailed(self) -> Ints:
        """How many people of each name have a mailbox: those whose handle a name made into one could be."""
        values = self._records.values("name")
        if self._given is not None:
            table = self._given["mailed"]
            return values.look_up(numbers(table, "value"), numbers(table, "people"), 1)
        mailed = np.zeros(self._records.size, dtype=np.bool_)
        mailed[self._held.rid[self._held.own & (self._held.kind == EMAIL)]] = True
        rows = np.flatnonzero(mailed & (values.codes != 0))
        return np.maximum(values.people(rows, self._roots), 1)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The pairs of faces of candidates, those of one candidate in a row that begins at `first`: their records `x` and
    `y`, the levels of the names, and how these clash.
    """

    first: Ints
    length: Ints
    x: Ints
    y: Ints
    first_level: npt.NDArray[np.int8]
    last_level: npt.NDArray[np.int8]
    clash: npt.NDArray[np.int8]
    named: Flags

    def chosen(self, candidates: Flags) -> _Pairs:
        """The pairs of some of the candidates."""
        at = np.repeat(candidates, self.length)
        length = self.length[candidates]
        return _Pairs(np.cumsum(length) - length, length, self.x[at], self.y[at], self.first_level[at],
                      self.last_level[at], self.clash[at], self.named[at])  # fmt: skip

    def most(self, column: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """The largest value of each candidate's pairs."""
        found: npt.NDArray[np.generic] = np.maximum.reduceat(column, self.first) if len(self.first) else column
        return found

    def least(self, column: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """The smallest value of each candidate's pairs."""
        found: npt.NDArray[np.generic] = np.minimum.reduceat(column, self.first) if len(self.first) else column
        return found


def _paired(records: Records, faces: _Faces, ra: Ints, rb: Ints, memory: Compared) -> _Pairs:
    length = faces.count[ra] * faces.count[rb]
    at, x, y = pairs_of(faces.count[ra], faces.count[rb])
    x, y = faces.record[faces.first[ra[at]] + x], faces.record[faces.first[rb[at]] + y]
    names = records.values("nid").codes
    one, two = names[x], names[y]
    named = (one != 0) & (two != 0)
    first_level, last_level, clash = (np.zeros(len(x), np.int8) for _ in range(3))
    other = np.flatnonzero(named & (one != two))
    pairs, where = np.unique(
        both(np.minimum(one[other], two[other]), np.maximum(one[other], two[other])), return_inverse=True
    )
    levels = compare_rows(records.names, (pairs >> HIGH) - 1, (pairs & LOW) - 1, memory)
    for column, level in zip((first_level, last_level, clash), levels, strict=True):
        column[other] = level[where]
    alike = named & (one == two)
    first_level[alike & (records.values("first").codes[x] != 0)] = SAME
    last_level[alike & (records.values("last").codes[x] != 0)] = SAME
    return _Pairs(np.cumsum(length) - length, length, x, y, first_level, last_level, clash, named)


def _possible(pairs: _Pairs, candidates: pa.Table) -> Flags:
    """Whom a block may join at all: people all of whose names clash, never, whatever else agrees; and only a mailbox,
    handle or number makes them a question.
    """
    clash = np.isin(pairs.clash, (CLASH, RESEMBLING))
    every, any_ = pairs.least(~pairs.named | clash), pairs.most(clash)
    found = (numbers(candidates, "handle") + numbers(candidates, "local") + numbers(candidates, "tail")) > 0
    possible: Flags = ~(every.astype(bool) & any_.astype(bool)) | found
    return possible


def _agreed(engine: Engine, records: Records, pairs: _Pairs, counts: _Counts) -> Columns:
    """What the faces of each two people agree and differ on."""
    x, y, most, least = pairs.x, pairs.y, pairs.most, pairs.least

    def part(name: str, level: npt.NDArray[np.int8]) -> Columns:
        # An initial fits many: it counts only beside nothing better.
        initial = level == INITIAL
        values, holders = records.values(name).codes, counts.of(name)
        return {
            f"{name}_best": most(np.where(initial, np.int8(0), level)),
            f"{name}_initial": most(initial.astype(np.int8)),
            f"{name}_n": most(np.maximum(holders[values[x]], holders[values[y]])),
        }

    def counted(name: str) -> Columns:
        codes = records.values(name).codes
        one, two = codes[x], codes[y]
        same = (one == two) & (one != 0)
        code = most(np.where(same, one, np.int32(0)))
        found: Columns = {"agreements": same, f"same_{name}": code, f"{name}_n": counts.of(name)[code]}
        if name in ("street", "city", "postcode"):
            other = (one != 0) & (two != 0) & ~same
            found[f"other_{name}"] = most(other.astype(np.int8))
            if name == "street":
                for side, rids in (("a", x), ("b", y)):
                    found[f"street_{side}"] = least(np.where(other, rids, LAST_RECORD))
        return found

    def birthday() -> Columns:
        born = records.values("born")
        one, two = born.codes[x], born.codes[y]
        other = (one != 0) & (two != 0) & (one != two)
        found: Columns = {"other_birthday": most(other.astype(np.int8))}
        for side, codes in (("x", one), ("y", two)):
            code = least(np.where(other, codes, np.int32(len(born.of))))
            found[f"born_{side}"] = np.append(born.of, 0)[code]
        return found

    agreements = np.zeros(len(x), np.int64)
    found: Columns = {"generation": most((pairs.clash == GENERATION).astype(np.int8))}
    tasks: list[Callable[[], Columns]] = [
        functools.partial(part, "first", pairs.first_level), functools.partial(part, "last", pairs.last_level),
        *(functools.partial(counted, name) for name in COUNTED), birthday,
    ]  # fmt: skip
    for columns in engine.together(tasks):
        if "agreements" in columns:
            agreements += columns.pop("agreements").astype(np.int64)
        found |= columns
    found["best"] = most(agreements * AGREEMENTS + (LAST_RECORD - x) * RECORDS + (LAST_RECORD - y))
    return found


def _facts(records: Records, held: Held, roots: Ints, counts: _Counts, ra: Ints, rb: Ints, tail: Ints) -> Columns:
    """What is known of the two people by themselves: whether each has a mailbox and a number of its own."""
    mailed, phoned = np.zeros(records.size, dtype=np.bool_), np.zeros(records.size, dtype=np.bool_)
    for kind, flags in ((EMAIL, mailed), (PHONE, phoned)):
        flags[roots[held.rid[held.own & (held.kind == kind)]]] = True
    name = _name(records.values("name"), roots)
    people = counts.mailed()
    return {
        "both_mailed": mailed[ra] & mailed[rb],
        "both_phoned": phoned[ra] & phoned[rb] & (tail == 0),
        "held_n": people[np.where(name[ra] != 0, name[ra], name[rb])],
    }


def _name(values: Values, roots: Ints) -> Small:
    """One name of each person: the greatest of the values, 0 among them where a record says none."""
    rank = np.argsort(np.argsort(values.of)).astype(np.int32)
    best = np.full(len(roots), -1, np.int32)
    np.maximum.at(best, roots, rank[values.codes])
    found: Small = np.argsort(values.of).astype(np.int32)[np.maximum(best, 0)]
    return found


def compare(
    engine: Engine,
    records: Records,
    held: Held,
    roots: Ints,
    candidates: pa.Table,
    memory: Compared,
    *,
    clashing: bool = False,
    counts: Mapping[str, pa.Table] | None = None,
) -> pa.Table:
    """One row per pair of people worth a score, with all that a score needs; with `clashing` also of people whose names
    clash.

    `roots` says who is one person; `candidates` are those of `blocks`. `counts` (value, holders; of `mailed` value,
    people) are those of the whole table where the records are a part of it.
    """
    ra, rb = numbers(candidates, "ra"), numbers(candidates, "rb")
    wanted = np.zeros(records.size, dtype=np.bool_)
    wanted[ra] = wanted[rb] = True
    pairs = _paired(records, _faces(records, roots, wanted), ra, rb, memory)
    if not clashing:
        possible = _possible(pairs, candidates)
        pairs, candidates = pairs.chosen(possible), candidates.filter(pa.array(possible))
        ra, rb = ra[possible], rb[possible]
    counted = _Counts(records, held, roots, counts)
    found = _agreed(engine, records, pairs, counted)
    found |= _facts(records, held, roots, counted, ra, rb, numbers(candidates, "tail"))
    found["identifier"] = pairs.most(_numbers(held, records.size, pairs.x, pairs.y))
    for side, name in (("x", "street_a"), ("y", "street_b")):
        record = found.pop(name)
        found[f"street_{side}"] = records.streets(pa.array(record, mask=record == LAST_RECORD))
    return pa.table(
        {name: candidates.column(name) for name in candidates.column_names}
        | {name: pa.array(column) for name, column in found.items()}
    )
