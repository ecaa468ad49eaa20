"""What people show of themselves, and every two faces of two people.

Words: a *face* is one distinct combination of name, birthday, place and company that a person's records show; a
person with more faces than `FACES_COMPARED` is compared by the commonest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from audiencevault.engine.compiled import kernels
from audiencevault.resolution.codes import combined
from audiencevault.resolution.columns import Flags, Ints, Records, Small, both, pairs_of, starts

KERNELS = kernels("audiencevault.resolution.face_kernels")

FACES_COMPARED: Final = 4

RECORDS: Final = 1 << 29
"""More records than one run may have: two numbers of records and a small count fit into 63 bits."""
LAST_RECORD: Final = RECORDS - 1

FILLED: Final = ("birthday", "street", "home", "postcode", "city", "company")
"""What a face shows beside the name."""


@dataclass(frozen=True, slots=True)
class Faces:
    """The faces of people: `record` shows each, those of one person in a row; where that row begins and how long it is,
    by root.
    """

    record: Ints
    first: Ints
    count: Ints

    def pairs(self, ra: Ints, rb: Ints) -> tuple[Small, Small, Ints]:
        """Every face of the one with every face of the other: their records, two by two, and where the pairs of each
        two people begin, and behind the last.
        """
        found: tuple[Small, Small, Ints]
        if KERNELS is not None:
            found = KERNELS.paired(self.record, self.first, self.count, ra, rb)
            return found
        at, x, y = pairs_of(self.count[ra], self.count[rb])
        begin = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.count[ra] * self.count[rb])])
        left, right = self.record[self.first[ra[at]] + x], self.record[self.first[rb[at]] + y]
        return left.astype(np.int32), right.astype(np.int32), begin


def faces(records: Records, roots: Ints, wanted: Flags) -> Faces:
    """The faces of the people whose roots are `wanted`."""
    if KERNELS is not None:
        code, filled = np.zeros(records.size, np.uint64), np.zeros(records.size, np.uint8)
        for column in ("nid", *FILLED):
            KERNELS.blend(code, filled, records.values(column).codes, column != "nid")
        names = records.values("nid").codes
        return Faces(*KERNELS.faces(roots, wanted.view(np.uint8), code, filled, names, FACES_COMPARED))
    return _faces(records, roots, wanted)


def _faces(records: Records, roots: Ints, wanted: Flags) -> Faces:
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
    return Faces(rid[kept], np.cumsum(held) - held, held)
