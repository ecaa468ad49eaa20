"""Everything that two candidates agree and differ on, person against person.

What two people agree on is what any of their faces (see `faces`) agree on; they differ where both say something and no
two faces agree.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.engine.compiled import kernels
from audiencevault.resolution.columns import (
    HIGH,
    LOW,
    Flags,
    Held,
    Ints,
    Records,
    Small,
    Values,
    both,
    numbers,
    pairs_of,
)
from audiencevault.resolution.faces import LAST_RECORD as LAST_RECORD
from audiencevault.resolution.faces import RECORDS as RECORDS
from audiencevault.resolution.faces import Faces, faces
from audiencevault.resolution.features import EMAIL, IDENTIFIER, PHONE
from audiencevault.resolution.names import CLASH, GENERATION, INITIAL, RESEMBLING, SAME, Compared, Levels, compare_rows
from audiencevault.resolution.texts import near_numbers

KERNELS = kernels("audiencevault.resolution.agreement_kernels")

AGREEMENTS: Final = RECORDS * RECORDS

COUNTED: Final = ("name", "birthday", "company", "home", "street", "postcode", "city")
"""Values whose exact frequency weighs their agreement: how many people have them."""
PARTS: Final = ("first", "last")
"""Parts of a name, counted likewise."""
FEWEST: Final = 2
"""Holders of a value that two people agree on: the two themselves."""
SLICE: Final = 32_768
"""Candidates that are compared in one go."""

Columns = dict[str, npt.NDArray[np.generic]]


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


class _Numbers:
    """The customer and national numbers of each record."""

    def __init__(self, held: Held, size: int) -> None:
        rows = np.flatnonzero(held.kind == IDENTIFIER)
        self._held, self._rows = held, rows[np.argsort(held.rid[rows], kind="stable")]
        self._count = np.bincount(held.rid[rows], minlength=size) if len(rows) else rows
        self._first = np.cumsum(self._count) - self._count

    def near(self, pairs: _Pairs) -> Ints:
        """How near the nearest numbers of each two people are, as `compare_numbers` says."""
        if not len(self._rows):
            return np.zeros(len(pairs.begin), np.int64)
        found = np.zeros(len(pairs.x), np.int64)
        pair, x, y = pairs_of(self._count[pairs.x], self._count[pairs.y])
        x = self._rows[self._first[pairs.x[pair]] + x]
        y = self._rows[self._first[pairs.y[pair]] + y]
        # Many pairs are of the same two numbers.
        met, where = np.unique(both(np.minimum(x, y), np.maximum(x, y)), return_inverse=True)
        near = compare_numbers(self._held.texts(met >> HIGH), self._held.texts(met & LOW))
        np.maximum.at(found, pair, near[where])
        return pairs.most(found).astype(np.int64)


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
    """The pairs of faces of candidates, those of one candidate from `begin` on, before `end`: their records `x` and
    `y`, the levels of the names, and how these clash.
    """

    x: Small
    y: Small
    begin: Ints
    end: Ints
    levels: Levels
    named: Flags

    @property
    def places(self) -> tuple[Small, Small, Ints, Ints]:
        """What every kernel asks for."""
        return self.x, self.y, self.begin, self.end

    def most(self, column: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """The largest value of each candidate's pairs."""
        return self._reduced(np.maximum, column)

    def least(self, column: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """The smallest value of each candidate's pairs."""
        return self._reduced(np.minimum, column)

    def _reduced(self, ufunc: np.ufunc, column: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        if not len(self.begin):
            return column[:0]
        # The last end needs something to stand before.
        found: npt.NDArray[np.generic] = ufunc.reduceat(
            np.append(column, column[:1]), np.stack([self.begin, self.end], axis=1).ravel()
        )[::2]
        return found


def _paired(records: Records, shown: Faces, ra: Ints, rb: Ints, memory: Compared) -> _Pairs:
    x, y, begin = shown.pairs(ra, rb)
    names, first, last = (records.values(column).codes for column in ("nid", *PARTS))
    if KERNELS is not None:
        levels, named = np.empty((3, len(x)), np.int8), np.empty(len(x), np.bool_)
        other, lower, upper = (np.empty(len(x), np.int64) for _ in range(3))
        size = KERNELS.named(names, first, last, x, y, SAME, named.view(np.uint8), levels, other, lower, upper)
        other, lower, upper = other[:size], lower[:size], upper[:size]
    else:
        one, two = names[x], names[y]
        named = (one != 0) & (two != 0)
        alike = named & (one == two)
        levels = np.stack([SAME * (alike & (part[x] != 0)) for part in (first, last, np.zeros_like(first))])
        levels = levels.astype(np.int8)
        other = np.flatnonzero(named & (one != two))
        lower, upper = (side(one[other], two[other]).astype(np.int64) for side in (np.minimum, np.maximum))
    levels[:, other] = compare_rows(records.names, lower - 1, upper - 1, memory)
    return _Pairs(x, y, begin[:-1], begin[1:], levels, named)


def _clashes(pairs: _Pairs) -> tuple[Flags, Levels]:
    """Whether all the names of two people clash that meet; whether two meet of which one says junior or senior."""
    kinds = np.zeros(256, np.uint8)
    kinds[[CLASH, RESEMBLING]] = 1
    clash = pairs.levels[2]
    if KERNELS is not None:
        every, generation = np.empty(len(pairs.begin), np.bool_), np.empty(len(pairs.begin), np.int8)
        KERNELS.clashing(pairs.named.view(np.uint8), clash, pairs.begin, pairs.end, kinds, GENERATION,
                         every.view(np.uint8), generation)  # fmt: skip
        return every, generation
    clashing = kinds[clash] == 1
    every = pairs.least(~pairs.named | clashing).astype(np.bool_) & pairs.most(clashing).astype(np.bool_)
    return every, pairs.most((clash == GENERATION).astype(np.int8)).astype(np.int8)


def _part(pairs: _Pairs, name: str, level: Levels, values: Small, holders: Ints) -> Columns:
    """How near one part of two people's names is, and how many have the commoner of the two."""
    # An initial fits many: it counts only beside nothing better.
    size = len(pairs.begin)
    if KERNELS is not None:
        best, initials, most = np.empty(size, np.int8), np.empty(size, np.int8), np.empty(size, np.int64)
        KERNELS.parts(level, INITIAL, values, holders, *pairs.places, best, initials, most)
        return {f"{name}_best": best, f"{name}_initial": initials, f"{name}_n": most}
    initial = level == INITIAL
    return {
        f"{name}_best": pairs.most(np.where(initial, np.int8(0), level)),
        f"{name}_initial": pairs.most(initial.astype(np.int8)),
        f"{name}_n": pairs.most(np.maximum(holders[values[pairs.x]], holders[values[pairs.y]])),
    }


def _met(pairs: _Pairs, codes: Small, agreements: Levels) -> tuple[Small, Levels]:
    """The greatest value that two people agree on, and whether they differ somewhere; counts the `agreements` of each
    pair.
    """
    same, other = np.empty(len(pairs.begin), np.int32), np.empty(len(pairs.begin), np.int8)
    if KERNELS is not None:
        KERNELS.compared(codes, *pairs.places, agreements, same, other)
        return same, other
    one, two = codes[pairs.x], codes[pairs.y]
    agreed = (one == two) & (one != 0)
    agreements += agreed
    same[:] = pairs.most(np.where(agreed, one, np.int32(0)))
    other[:] = pairs.most((one != 0) & (two != 0) & ~agreed)
    return same, other


def _least(pairs: _Pairs, codes: Small, *, records: bool) -> list[Small]:
    """The least value of either side that differs in a pair, or the least record; -1 for none."""
    found = [np.empty(len(pairs.begin), np.int32) for _ in range(2)]
    if KERNELS is not None:
        KERNELS.least(codes, *pairs.places, records, *found)
        return found
    one, two = codes[pairs.x], codes[pairs.y]
    other = (one != 0) & (two != 0) & (one != two)
    for side, shown in zip(found, (pairs.x, pairs.y) if records else (one, two), strict=True):
        # Nothing else is as large without its sign.
        side[:] = pairs.least(np.where(other, shown, np.int32(-1)).view(np.uint32)).view(np.int32)
    return found


def _fullest(pairs: _Pairs, agreements: Levels) -> Ints:
    """The pair that agrees on most, the first records winning, as one number."""
    found = np.empty(len(pairs.begin), np.int64)
    if KERNELS is not None:
        KERNELS.fullest(agreements, *pairs.places, RECORDS, found)
        return found
    x, y = (LAST_RECORD - side.astype(np.int64) for side in (pairs.x, pairs.y))
    found[:] = pairs.most(agreements.astype(np.int64) * AGREEMENTS + x * RECORDS + y)
    return found


def _agreed(records: Records, pairs: _Pairs, holders: Mapping[str, Ints]) -> Columns:
    """What the faces of each two people agree and differ on."""
    found: Columns = {}
    for name, level in zip(PARTS, pairs.levels, strict=False):
        found |= _part(pairs, name, level, records.values(name).codes, holders[name])
    agreements = np.zeros(len(pairs.x), np.int8)
    for name in COUNTED:
        same, other = _met(pairs, records.values(name).codes, agreements)
        found |= {f"same_{name}": same, f"{name}_n": holders[name][same]}
        if name in ("street", "city", "postcode"):
            found[f"other_{name}"] = other
    found["street_a"], found["street_b"] = _least(pairs, records.values("street").codes, records=True)
    born = records.values("born")
    sides = _least(pairs, born.codes, records=False)
    found["other_birthday"] = (sides[0] >= 0).astype(np.int8)
    for side, codes in zip("xy", sides, strict=True):
        found[f"born_{side}"] = np.where(codes < 0, 0, born.of[codes])
    found["best"] = _fullest(pairs, agreements)
    return found


def _holders(held: Held, roots: Ints, kind: int) -> Flags:
    """Whether each person, by root, has a mailbox or number of their own."""
    found = np.zeros(len(roots), dtype=np.bool_)
    found[roots[held.rid[held.own & (held.kind == kind)]]] = True
    return found


def _streets(records: Records, of: npt.NDArray[np.generic]) -> pa.Array:
    """The street keys of records, null for -1."""
    return records.streets(pa.array(of.astype(np.int64), mask=of.astype(np.int64) < 0))


def _name(values: Values, roots: Ints) -> Small:
    """One name of each person: the greatest of the values, 0 among them where a record says none."""
    # Ascending but for the 0 in front.
    order = np.argsort(values.of, kind="stable").astype(np.int32)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order), dtype=np.int32)
    best = np.full(len(roots), -1, np.int32)
    np.maximum.at(best, roots, rank[values.codes])
    found: Small = order[np.maximum(best, 0)]
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
    counted, identified = _Counts(records, held, roots, counts), _Numbers(held, records.size)
    columns = (*COUNTED, *PARTS)
    asked: list[Callable[[], Any]] = [
        functools.partial(faces, records, roots, wanted), functools.partial(_name, records.values("name"), roots),
        counted.mailed, *(functools.partial(_holders, held, roots, kind) for kind in (EMAIL, PHONE)),
        *(functools.partial(counted.of, name) for name in columns),
    ]  # fmt: skip
    shown, name, people, mailed, phoned, *many = engine.together(asked)
    holders: dict[str, Ints] = dict(zip(columns, many, strict=True))
    # A mailbox, handle or number makes people a question whose names clash; nothing else does.
    tail = numbers(candidates, "tail")
    possible = (numbers(candidates, "handle") + numbers(candidates, "local") + tail > 0) | clashing

    def part(begin: int) -> tuple[Flags, Columns]:
        rows = slice(begin, begin + SLICE)
        pairs = _paired(records, shown, ra[rows], rb[rows], memory)
        clash, generation = _clashes(pairs)
        kept = possible[rows] | ~clash
        pairs = replace(pairs, begin=pairs.begin[kept], end=pairs.end[kept])
        one, two = ra[rows][kept], rb[rows][kept]
        found = {
            "generation": generation[kept],
            **_agreed(records, pairs, holders),
            "identifier": identified.near(pairs),
        }
        # What is known of the two people by themselves.
        found["both_mailed"] = mailed[one] & mailed[two]
        found["both_phoned"] = phoned[one] & phoned[two] & (tail[rows][kept] == 0)
        found["held_n"] = people[np.where(name[one] != 0, name[one], name[two])]
        return kept, found

    parts = engine.together([functools.partial(part, begin) for begin in range(0, max(len(ra), 1), SLICE)])
    candidates = candidates.filter(pa.array(np.concatenate([kept for kept, _ in parts])))
    found: Columns = {column: np.concatenate([columns[column] for _, columns in parts]) for column in parts[0][1]}
    street_x, street_y = engine.together(
        [functools.partial(_streets, records, found.pop(side)) for side in ("street_a", "street_b")]
    )
    return pa.table(
        {column: candidates.column(column) for column in candidates.column_names}
        | {column: pa.array(values) for column, values in found.items()}
        | {"street_x": street_x, "street_y": street_y}
    )
