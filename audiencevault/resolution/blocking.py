"""Who is compared because they hold one exact key: an e-mail address, a number, an account, a customer number.

Words: a *point* is an exact key that at least two records hold; a *group* is the records of one name at one point,
*silent* where they have none. Nothing here grows faster than the number of records: a group is a star round its first
record, and a point compares its names pairwise only while they are few. What caps a point is how many different names
hold it, never how many records: one person's mailbox may be in a thousand orders.

Everything looks at one point at a time, so that who is paired at a point, and how, depends on nothing but the records
that hold it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

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
    both,
    numbers,
    pairs_of,
    starts,
    triangles,
)
from audiencevault.resolution.features import ACCOUNT, EMAIL, HANDLE, IDENTIFIER, PHONE
from audiencevault.resolution.forms import GIVEN, WHOLE
from audiencevault.resolution.handles import Forms
from audiencevault.resolution.name_pairs import NameLevels, among
from audiencevault.resolution.names import CLASH, INITIAL, MISSING, RESEMBLING, SAME
from audiencevault.resolution.ordering import grouped

KERNELS = kernels("audiencevault.resolution.point_kernels")

PAIRED_NAMES: Final = 12
"""A point with more names than this compares only names that share the last name, and counts as crowded."""

CROWDED: Final = 4
"""More names than this that clash with another make a point a switchboard, a team's mailbox, a shared telephone."""

POINTS: Final = f"""
SELECT key FROM resolve_held WHERE kind <> {HANDLE} GROUP BY key HAVING min(rid) < max(rid)
"""

OWN_POINT, CROWDED_POINT, SHARED_POINT = 3, 2, 1
"""The grade of a point: one person's, many people's by what is seen there, known to be shared."""

KINDS: Final = {EMAIL: "email", PHONE: "phone", ACCOUNT: "account", IDENTIFIER: "identifier"}
FIELDS: Final = {
    **{name: (3 * place, 3) for place, name in enumerate(KINDS.values())},
    "certain": (12, 1), "own": (13, 1), "first_level": (14, 3), "last_level": (17, 3), "clash": (20, 3),
    "nameless": (23, 1), "bare": (24, 1), "spelled": (25, 1), "birthdays_differ": (26, 1), "birthdays_agree": (27, 1),
    "both_mailed": (28, 1),
}  # fmt: skip
"""What two holders agree on, in one number: the lowest bit of each part, and how many it has. A grade has as many bits
set as it is high, so that *or* gives the best of several points; `certain` is set where a point is not ambiguous, `own`
where a mailbox spells one of the two names."""


_GRADES: Final = np.array([0, 1, 0, 2, 0, 0, 0, 3])


def said(name: str, value: npt.NDArray[np.generic]) -> Ints:
    """A column of values as that part of the number; a grade of bits already."""
    found: Ints = value.astype(np.int64) << FIELDS[name][0]
    return found


def part(agreed: Ints, name: str) -> Ints:
    """That part of the number; of a kind of point its grade."""
    low, width = FIELDS[name]
    found = (agreed >> low) & ((1 << width) - 1)
    return _GRADES[found] if name in KINDS.values() else found


@dataclass(frozen=True, slots=True)
class Met:
    """Pairs of holders, sorted and each once: a < b, what the two agree on (FIELDS), and the number of the point of
    whose star they are, 0 for none.
    """

    a: Ints
    b: Ints
    agreed: Ints
    star: Ints

    def take(self, rows: Ints) -> Met:
        """Some of the pairs."""
        return Met(self.a[rows], self.b[rows], self.agreed[rows], self.star[rows])


@dataclass(frozen=True, slots=True)
class Points:
    """Who holds what together. By point: `kind`, `shared` and `stem` of the key, and its number of different `names`.
    By group, point by point: `point`, `name` (code, 0 for none; ascending), its first record `rep`, and where its
    records begin in `rid`, with one entry more. `one` and `two` are pairs of groups of one point, to be compared.
    """

    kind: Ints
    shared: Flags
    stem: Ints
    names: Ints
    point: Ints
    name: Ints
    rep: Ints
    begin: Ints
    rid: Ints
    one: Ints
    two: Ints

    def name_pairs(self) -> Ints:
        """The names of each pair of groups as one number (`columns.both`), 0 where one of the two is silent."""
        one, two = self.name[self.one], self.name[self.two]
        return np.where(one == 0, 0, both(one, two))


def points(engine: Engine, records: Records, held: Held) -> Points:
    """Find the points, their groups and the pairs of groups."""
    keys = np.sort(numbers(engine.collect(POINTS), "key"))
    # Points have numbers from 1 on, ascending with their keys, and 0 is no point.
    at, size = _numbered(held.key, keys), len(keys) + 1
    rows = np.flatnonzero(at)
    at, holder = at[rows], held.rid[rows]
    kind, stem, shared = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, dtype=np.bool_)
    kind[at], stem[at] = held.kind[rows], held.column("stem")[rows]
    shared[at[~held.own[rows]]] = True
    # An address that is given twice is held once.
    point, name, rep, begin, rid = _groups(*grouped(at, both(records.values("nid").codes[holder], holder), size))
    names = np.bincount(point[name != 0], minlength=size)
    one, two = _paired(point, names, records.values("last").codes[rep])
    return Points(kind, shared, stem, names, point, name, rep, begin, rid, one, two)


def _numbered(values: Ints, keys: Ints) -> Small:
    """The number of each of `values` among ascending `keys`, from 1 on; 0 for what is not among them."""
    if KERNELS is not None:
        found: Small = KERNELS.numbered(values, keys)
        return found
    at, known = among(values, keys)
    return np.where(known, at + 1, 0).astype(np.int32)


def _groups(holders: Ints, begins: Ints) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """The point, name and first record of each group, where its records begin, with one entry more, and the records:
    `holders` are name and record in one number, ascending in each of the points that begin at `begins`.
    """
    if KERNELS is not None:
        found: tuple[Ints, Ints, Ints, Ints, Ints] = KERNELS.groups(holders, begins)
        return found
    name, rid = holders >> HIGH, holders & LOW
    point = np.repeat(np.arange(len(begins) - 1, dtype=np.int64), np.diff(begins))
    begin = starts(both(point, name))
    return point[begin], name[begin], rid[begin], np.append(begin, len(rid)), rid


def _paired(point: Ints, names: Ints, last: Small) -> tuple[Ints, Ints]:
    """The pairs of groups of one point; of many names only those with one last name meet, and only while these are
    few.
    """
    first = starts(point)
    count = np.diff(np.append(first, len(point)))
    few = names[point[first]] <= PAIRED_NAMES
    one, two = triangles(first[few], count[few])
    many = np.flatnonzero((names[point] > PAIRED_NAMES) & (last != 0))
    many = many[np.lexsort((last[many], point[many]))]
    first = starts(both(point[many], last[many]))
    count = np.diff(np.append(first, len(many)))
    few = count <= PAIRED_NAMES
    x, y = triangles(first[few], count[few])
    return np.concatenate([one, many[x]]), np.concatenate([two, many[y]])


def _either(one: Ints, two: Ints) -> Ints:
    """Pairs both ways, sorted."""
    return np.sort(np.concatenate([both(one, two), both(two, one)]))


def _ambiguous(points: Points, partial: Flags, clashing: Flags, own: Flags) -> Flags:
    """The pairs in which a vague name would fit two people of one point who are not each other: it belongs to neither.
    No name at all does belong to the one whose mailbox it is.
    """
    found = np.zeros(len(points.one), dtype=np.bool_)
    clashes = _either(points.one[clashing], points.two[clashing])
    clashed = np.zeros(len(points.point), dtype=np.bool_)
    clashed[clashes >> HIGH] = True
    vague = _either(points.one[partial], points.two[partial])
    rows = np.flatnonzero(partial)
    for side, other in ((points.one, points.two), (points.two, points.one)):
        asked = rows[clashed[other[rows]] & ((points.name[side[rows]] != 0) | ~own[other[rows]])]
        low = np.searchsorted(clashes, both(other[asked], np.zeros(len(asked), np.int64)))
        count = np.searchsorted(clashes, both(other[asked] + 1, np.zeros(len(asked), np.int64))) - low
        at, _, place = pairs_of(np.ones(len(asked), np.int64), count)
        third = clashes[low[at] + place] & LOW
        _, fits = among(both(side[asked[at]], third), vague)
        found[asked[at[fits]]] = True
    return found


def key_pairs(records: Records, points: Points, levels: NameLevels, forms: Forms) -> Met:
    """The pairs of holders, given how the names of each pair of groups agree."""
    one, two, point = points.one, points.two, points.point
    silent = points.name[one] == 0
    partial = (levels.first == MISSING) | (levels.first == INITIAL)
    resembling = levels.clash == RESEMBLING
    # Names that the mailbox itself spells: it is theirs, and not their family's.
    asked = np.zeros(len(point), dtype=np.bool_)
    for chosen in (resembling, silent):
        asked[one[chosen]] = asked[two[chosen]] = True
    mine = np.flatnonzero(asked & (points.kind[point] == EMAIL) & ~points.shared[point])
    own = np.zeros(len(point), dtype=np.bool_)
    own[mine[forms.among(points.name[mine], points.stem[point[mine]], (*WHOLE, *GIVEN))]] = True
    spelled = own[one] | own[two]
    clashing = (levels.clash == CLASH) | (resembling & ~spelled)
    # A customer or national number may stand beside every slip of one name.
    clashed = np.zeros(len(point), dtype=np.bool_)
    clashed[one[clashing]] = clashed[two[clashing]] = True
    clashed &= points.kind[point] != IDENTIFIER
    crowded = np.bincount(point[clashed], minlength=len(points.kind)) > CROWDED
    crowded |= points.names > PAIRED_NAMES
    ambiguous = _ambiguous(points, partial, clashing, own)
    grade = np.where(points.shared, SHARED_POINT, np.where(crowded, CROWDED_POINT, OWN_POINT))
    graded = ((1 << grade) - 1) << (3 * np.maximum(points.kind - 1, 0))
    private = grade == OWN_POINT
    # The stars: what is known of two records of one name.
    starred = (points.name != 0) | private[point] | (points.kind[point] == ACCOUNT)
    count = np.where(starred, np.diff(points.begin) - 1, 0)
    group = np.repeat(np.arange(len(point), dtype=np.int64), count)
    place = np.arange(len(group), dtype=np.int64) - np.repeat(np.cumsum(count) - count, count)
    first, last = (records.values(name).codes[points.rep] != 0 for name in ("first", "last"))
    alike = graded[point] | (1 << FIELDS["certain"][0]) | said("bare", ~first)
    alike |= said("first_level", first * np.int8(SAME)) | said("last_level", last * np.int8(SAME))
    # Different names at one point.
    met = ~silent | private[point[one]]
    one, two = one[met], two[met]
    other = graded[point[one]] | said("bare", ~first[one] & ~first[two])
    for name, value in (
        ("certain", ~ambiguous), ("own", spelled), ("nameless", silent), ("first_level", levels.first),
        ("last_level", levels.last), ("clash", levels.clash),
    ):  # fmt: skip
        other |= said(name, value[met])
    x, y = points.rep[one], points.rep[two]
    return _united(
        np.concatenate([points.rep[group], np.minimum(x, y)]),
        np.concatenate([points.rid[points.begin[group] + 1 + place], np.maximum(x, y)]),
        np.concatenate([alike[group], other]),
        np.concatenate([point[group], np.zeros(len(one), np.int64)]),
    )


def _united(a: Ints, b: Ints, agreed: Ints, star: Ints) -> Met:
    """Each pair once, with all that is known of it; of several stars it is of the first."""
    rows = np.arange(len(b), dtype=np.int64)
    ordered, begins = grouped(a.astype(np.int32), both(b, rows), int(a.max(initial=-1)) + 1)
    if KERNELS is not None:
        return Met(*KERNELS.merged(ordered, begins, agreed, star))
    rows = ordered & LOW
    a, b, agreed, star = a[rows], ordered >> HIGH, agreed[rows], star[rows]
    first = starts(both(a, b))
    if not len(first):
        return Met(a, b, agreed, star)
    none = np.iinfo(np.int64).max
    least = np.minimum.reduceat(np.where(star == 0, none, star), first)
    return Met(a[first], b[first], np.bitwise_or.reduceat(agreed, first), np.where(least == none, 0, least))
