"""All records of a vault by slot, as columns of numbers, and how to find in them who has what.

Words: see `traces`. A *mask* is one truth value per slot; a *key* names a block and a value of it. Slots of records
that neither were nor are there are left out of every answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from audiencevault.resolution import blocks
from audiencevault.resolution.codes import combined
from audiencevault.resolution.features import ACCOUNT, EMAIL, HANDLE, PHONE
from audiencevault.resolution.traces import Trace

Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NOBODY: Final = -1
TAIL_BLOCK, LOOSE_BLOCK, NAME_BLOCK = 100, 101, 102
NAMESAKES: Final = 2
"""A bare name is a question only while one other person has it."""
CAPS: Final = {
    **{number: block.cap for number, block in enumerate(blocks.BLOCKS)},
    blocks.PREFIX_BLOCK: blocks.NEAR_CAP, blocks.SUFFIX_BLOCK: blocks.NEAR_CAP, TAIL_BLOCK: blocks.TAIL_CAP,
    LOOSE_BLOCK: blocks.HANDLE_CAP, NAME_BLOCK: NAMESAKES,
}  # fmt: skip
"""How many people a block may hold."""
_SIEVE_BITS: Final = 20
_SIEVE: Final = 1 << _SIEVE_BITS
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)


def among(values: Ids, wanted: Ids) -> Ids:
    """The places of those `values` that are `wanted`; much quicker than sorting them where few are."""
    wanted = np.unique(wanted)
    if not len(wanted):
        return np.zeros(0, np.int64)
    sieve = np.zeros(_SIEVE, dtype=np.bool_)
    sieve[wanted & (_SIEVE - 1)] = True
    places = np.flatnonzero(sieve[values & (_SIEVE - 1)])
    return places[within(values[places], wanted)]


def within(values: Ids, ascending: Ids) -> Mask:
    """Which of a few values are in a sorted array."""
    found = np.searchsorted(ascending, values)
    found[found == len(ascending)] = 0
    if not len(ascending):
        return np.zeros(len(values), dtype=np.bool_)
    same: Mask = ascending[found] == values
    return same


def people_by(keys: Ids, people: Ids) -> tuple[Ids, Ids]:
    """The distinct pairs of a key and somebody (`NOBODY` left out), sorted."""
    known = people != NOBODY
    keys, people = keys[known], people[known]
    order = np.lexsort((people, keys))
    keys, people = keys[order], people[order]
    if not len(keys):
        return keys, people
    first = np.flatnonzero(np.concatenate([[True], (np.diff(keys) != 0) | (np.diff(people) != 0)]))
    return keys[first], people[first]


def tally(keys: Ids, people: Ids, every: Ids) -> Ids:
    """How many different people have each of `every`, which is sorted."""
    pairs, _ = people_by(keys, people)
    found = np.searchsorted(pairs, every, side="right") - np.searchsorted(pairs, every, side="left")
    return found.astype(np.int64)


@dataclass(frozen=True, slots=True)
class Shared:
    """Who lies in which block: a row for each slot and key. Keys are numbers from 0 on; `caps` says by key how many
    people its block may hold.
    """

    caps: Ids
    key: Ids
    slot: Ids

    def people(self, persons: Ids, rows: Mask | None = None) -> Ids:
        """How many different people (a column by slot, without `NOBODY`) each key has, in some of the rows."""
        person = persons[self.slot]
        kept = person != NOBODY if rows is None else rows & (person != NOBODY)
        size = len(persons)
        pairs = np.sort(self.key[kept] * size + person[kept])
        first = np.concatenate([[True], np.diff(pairs) != 0])[: len(pairs)]
        return np.bincount(pairs[first] // size, minlength=len(self.caps))


class Slots:
    """The records of `trace`, of which those added last are new.

    `was` and `now` are the persons that a slot belonged to and belongs to, `bond` and `tie` what it was tied to,
    `NOBODY` before it came and after it went; `place` its position in the order of record ids.
    """

    def __init__(self, trace: Trace, groups: pa.Table) -> None:
        self._trace: Trace | None = trace
        self._rows, self._held = trace.part("rows"), trace.part("held")
        self.size = self._rows.num_rows
        self.known = groups["rid"].to_numpy().astype(np.int64)
        self.was, self.bond, self.tie = (np.full(self.size, NOBODY, np.int64) for _ in range(3))
        for name, column in (("person", self.was), ("bond", self.bond), ("tie", self.tie)):
            column[self.known] = groups[name].to_numpy()
        self.now = self.was.copy()
        self.place = np.zeros(self.size, np.int64)
        self._codes: dict[str, Ids] = {}
        self._keys: dict[str, Ids] = {}
        self._sources: list[tuple[int, int | None, Ids | None, tuple[Ids, ...]]] = []

    def close(self) -> None:
        """Let go of what the trace holds: who was and is there stays, and where."""
        self._trace, self._rows, self._held = None, self._rows.slice(0, 0), self._held.slice(0, 0)
        self._codes, self._keys, self._sources = {}, {}, []

    def _column(self, part: str, name: str) -> Ids:
        assert self._trace is not None, "looked for in what was let go of"
        return self._trace.column(part, name)

    @property
    def live(self) -> Mask:
        """Who was or is there."""
        found: Mask = (self.was != NOBODY) | (self.now != NOBODY)
        return found

    @property
    def changed(self) -> Mask:
        """Who came or went."""
        found: Mask = (self.was == NOBODY) != (self.now == NOBODY)
        return found

    def mask(self, slots: Ids) -> Mask:
        """The slots as a mask."""
        found = np.zeros(self.size, dtype=np.bool_)
        found[slots] = True
        return found

    def codes(self, column: str) -> Ids:
        """A column of codes, by slot."""
        if column not in self._codes:
            self._codes[column] = self._column("rows", column)
        return self._codes[column]

    def having(self, column: str, values: Ids) -> Ids:
        """The slots with one of the values, in order."""
        found = among(self.codes(column), values[values != 0])
        return found[self.live[found]]

    def rows(self, slots: Ids) -> pa.Table:
        """The rows of some slots, in the order given."""
        return _taken(self._rows, slots)

    def held(self, column: str) -> Ids:
        """A column of numbers of what is held."""
        if column not in self._keys:
            self._keys[column] = self._column("held", column)
        return self._keys[column]

    def held_rows(self, rows: Ids) -> pa.Table:
        """Some rows of what is held, by their place."""
        return _taken(self._held, rows)

    def held_by(self, mask: Mask) -> Ids:
        """The places of what these slots hold."""
        return np.flatnonzero(mask[self.held("rid")])

    def of(self, group: Ids, mask: Mask) -> Mask:
        """All slots that are in one `group` (a column by slot) with one of the mask."""
        chosen = np.zeros(self.size + 1, dtype=np.bool_)
        chosen[group[mask]] = True
        # The last place is that of `NOBODY`.
        chosen[NOBODY] = False
        found: Mask = chosen[group]
        return found

    def exact_keys(self, mask: Mask) -> Ids:
        """The exact keys that these slots hold."""
        at = self.held_by(mask)
        return np.unique(self.held("key")[at[self.held("kind")[at] != HANDLE]])

    def holders(self, keys: Ids) -> Mask:
        """Who holds one of these exact keys."""
        at = among(self.held("key"), keys)
        return self.mask(self.held("rid")[at[self.held("kind")[at] != HANDLE]]) & self.live

    def mailed(self) -> Mask:
        """Who has a mailbox of their own."""
        own = (self.held("kind") == EMAIL) & (self.held("shared") == 0)
        return self.mask(self.held("rid")[own])

    def handles(self, stems: Ids | None = None) -> Ids:
        """The places of handles with a stem, with one of `stems`."""
        stem = self.held("stem")
        at = np.flatnonzero((self.held("kind") == HANDLE) & (stem != 0))
        at = at if stems is None else at[among(stem[at], stems)]
        return at[self.live[self.held("rid")[at]]]

    def platforms(self, mask: Mask) -> tuple[list[int], list[str]]:
        """Slots of the mask and the platforms whose own list named their account, each pair once."""
        at = np.flatnonzero((self.held("kind") == ACCOUNT) & (self.held("listed") == 1))
        rows = self.held_rows(at[mask[self.held("rid")[at]]])
        pairs = {
            (slot, account.partition(":")[0])
            for slot, account in zip(rows["rid"].to_pylist(), rows["value"].to_pylist(), strict=True)
        }
        ordered = sorted(pairs)
        return [slot for slot, _ in ordered], [platform for _, platform in ordered]

    def named_like(self, stems: Ids) -> tuple[Ids, Ids]:
        """Names and those of `stems` that spell the whole of them."""
        nid, form = (self._column("forms", name) for name in ("nid", "form"))
        at = among(form, stems)
        return nid[at], form[at]

    def _blocks(self) -> Iterator[tuple[int, int | None, Ids | None, tuple[Ids, ...]]]:
        """For each kind of block its number, its salt, its slots (None for all, in order), and the values it takes."""
        for number, block in enumerate(blocks.BLOCKS):
            yield number, 32 + number, None, tuple(self.codes(column) for column in block.columns)
        slot, kind, loose, prefix = (self.held(name) for name in ("rid", "kind", "loose", "prefix"))
        own = self.held("shared") == 0
        mail = np.flatnonzero(own & (kind == EMAIL) & (prefix != 0))
        mail = mail[self.codes("nid")[slot[mail]] != 0]
        for salt, (number, name, part) in zip(blocks.MAIL_SALTS, blocks.MAIL_BLOCKS, strict=True):
            yield number, salt, slot[mail], (self.codes(name)[slot[mail]], self.held(part)[mail])
        for number, kinds in ((TAIL_BLOCK, kind == PHONE), (LOOSE_BLOCK, (kind == EMAIL) | (kind == HANDLE))):
            at = np.flatnonzero(own & kinds & (loose != 0))
            yield number, None, slot[at], (loose[at],)
        yield NAME_BLOCK, None, None, (self.codes("name"),)

    def sharing(self, mask: Mask, *, alone: bool = False) -> Shared:
        """Everybody in a block with somebody of the mask, and themselves; with `alone` no one else."""
        if not self._sources:
            self._sources = list(self._blocks())
        live = self.live
        caps, found, known = [], [], 0
        for number, salt, slot, columns in self._sources:
            mine = np.flatnonzero(mask if slot is None else mask[slot])
            keys = _keys(salt, [column[mine] for column in columns])
            mine, keys = mine[keys != 0], keys[keys != 0]
            every = np.unique(keys)
            if not len(every):
                continue
            if not alone:
                mine = _alike(columns, mine)
                keys = _keys(salt, [column[mine] for column in columns])
            at = np.searchsorted(every, keys)
            at[at == len(every)] = 0
            slots = mine if slot is None else slot[mine]
            kept = (every[at] == keys) & live[slots]
            found.append((at[kept] + known, slots[kept]))
            caps.append(np.full(len(every), CAPS[number], np.int64))
            known += len(every)
        if not found:
            return Shared(*(np.zeros(0, np.int64) for _ in range(3)))
        return Shared(np.concatenate(caps), *(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _keys(salt: int | None, columns: list[Ids]) -> Ids:
    """The codes of blocks, 0 where a value is missing."""
    return columns[0] if salt is None else combined(salt, *columns)


def _alike(columns: tuple[Ids, ...], rows: Ids) -> Ids:
    """Rows that may have the same values in all columns as one of `rows`: all that have, and a few more."""

    def cells(columns: list[Ids]) -> Ids:
        mixed = columns[0].view(np.uint64) * _SPREAD
        for column in columns[1:]:
            mixed = (mixed ^ column.view(np.uint64)) * _SPREAD
        return (mixed >> np.uint64(64 - _SIEVE_BITS)).view(np.int64)

    sieve = np.zeros(_SIEVE, dtype=np.bool_)
    sieve[cells([column[rows] for column in columns])] = True
    return np.flatnonzero(sieve[cells(list(columns))])


def _taken(table: pa.Table, rows: Ids) -> pa.Table:
    """Rows of a table whose columns are cut into many pieces: only those that are asked for are read."""
    order = np.argsort(rows, kind="stable")
    ascending = rows[order]
    parts, start = [table.slice(0, 0)], 0
    for batch in table.to_batches():
        low, high = np.searchsorted(ascending, [start, start + batch.num_rows])
        if low < high:
            parts.append(pa.Table.from_batches([batch.take(pa.array(ascending[low:high] - start))]))
        start += batch.num_rows
    back = np.empty(len(rows), np.int64)
    back[order] = np.arange(len(rows))
    return pa.concat_tables(parts).combine_chunks().take(pa.array(back))
