"""From accepted links to persons: finds the components that hold a contradiction and what their guards must know."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from audiencevault.resolution import clusters
from audiencevault.resolution.columns import Held, Records, both, triangles
from audiencevault.resolution.features import EMAIL
from audiencevault.resolution.name_pairs import NamePairs
from audiencevault.resolution.names import CLASH, DIFFERENT, GENERATION, RESEMBLING, SAME, SIMILAR, Levels
from audiencevault.resolution.ordering import grouped

Ids = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

COMPARED_NAMES: Final = 40
"""A component with more distinct names compares first names for equality instead of every pair."""

PLUS_TAG: Final = re.compile(r"(?<=.)\+[^@]*(?=@)")


class Grounds:
    """What every call of `persons` looks up: names and birthdays of the records, their mailboxes, the accounts that a
    platform's own list names, and the *different* decisions (a, b).
    """

    def __init__(self, records: Records, held: Held, different: pa.Table) -> None:
        self.records = records
        self.name, self.born = records.values("nid").codes, records.values("born").codes
        self.different = np.array(sorted(zip(*(different[side].to_pylist() for side in "ab"), strict=True)), np.int64)
        self.different = self.different.reshape(-1, 2)
        self._held = held
        self.noisy = False
        """Whether the table is full of slips, so that a contradiction takes more than one of them."""
        self._mailboxes = np.flatnonzero(held.kind == EMAIL)
        rows, platforms = held.listed
        self._listed = rows, held.rid[rows], held.key[rows], platforms

    def mailboxes(self, among: Flags) -> tuple[Ids, Ids]:
        """The rows of `resolve_held` with a mailbox of one of the records, and their records."""
        rows = self._mailboxes[among[self._held.rid[self._mailboxes]]]
        return rows, self._held.rid[rows]

    def keys(self, rows: Ids) -> Ids:
        """The codes of rows of `resolve_held`."""
        return self._held.key[rows]

    def texts(self, rows: Ids) -> list[str]:
        """The texts of rows of `resolve_held`."""
        found: list[str] = self._held.texts(rows).to_pylist()
        return found

    def accounts(self, among: Flags) -> tuple[Ids, Ids, Ids, Ids]:
        """The listed accounts of the records: rows of `resolve_held`, records, codes, and the platforms' numbers."""
        chosen = among[self._listed[1]]
        rows, rids, keys, platforms = (column[chosen] for column in self._listed)
        return rows, rids, keys, platforms


def _varied(group: Ids, value: Ids) -> Ids:
    """The groups, ascending, in which not all values are equal."""
    one = np.zeros(int(group.max(initial=-1)) + 1, value.dtype)
    one[group] = value
    return np.unique(group[one[group] != value])


@dataclass(frozen=True, slots=True)
class _Doubts:
    """Components that hold a contradiction, ascending: their `roots`; the roots with `many` names; and the pairs of
    names (by code) that clash, or that only hint at one person, with the root where they meet.
    """

    roots: Ids
    many: Ids
    clashes: tuple[Ids, Ids, Ids]
    hints: tuple[Ids, Ids, Ids]


def _doubts(grounds: Grounds, looked_at: Flags, component: Ids, names: NamePairs) -> _Doubts:
    """The components of the records `looked_at` that hold a contradiction."""
    varied = clusters.varied(component, grounds.name, looked_at)
    number = np.full(len(component), -1, np.int32)
    number[varied] = np.arange(len(varied))
    rows = np.flatnonzero(looked_at & (grounds.name != 0) & (number[component] >= 0))
    named, begun = grouped(number[component[rows]], grounds.name[rows].astype(np.int64), len(varied))
    count = np.diff(begun)
    begun, owner = begun[:-1], np.repeat(varied, count)
    many = owner[begun[count > COMPARED_NAMES]]
    few = count <= COMPARED_NAMES
    one, two = triangles(begun[few], count[few])
    levels = names.of(both(named[one], named[two]))
    first_level, last_level, clash = levels.first, levels.last, levels.clash
    clashing, hinting = np.isin(clash, (CLASH, RESEMBLING)), clash == GENERATION
    near = (first_level >= SIMILAR) & (last_level != DIFFERENT) & (clash != GENERATION)
    clashing[clashing] = ~_bridged(np.flatnonzero(clashing), np.flatnonzero(near), owner, one, two, first_level)
    clashes, hints = ((owner[one[chosen]], named[one[chosen]], named[two[chosen]]) for chosen in (clashing, hinting))
    hinted = np.zeros(len(component), dtype=np.bool_)
    hinted[hints[0]] = True
    rows, holder = grounds.mailboxes(looked_at & hinted[component])
    _, account_of, account, platform = grounds.accounts(looked_at)
    platforms = int(platform.max(initial=0)) + 1
    a, b = grounds.different.T
    divided = component[a][looked_at[a] & looked_at[b] & (component[a] == component[b])]
    roots = np.concatenate(
        [
            clusters.varied(component, grounds.born, looked_at), clashes[0], many,
            _varied(component[holder], grounds.keys(rows)),
            _varied(component[account_of] * platforms + platform, account) // platforms, divided,
        ]
    )  # fmt: skip
    return _Doubts(np.unique(roots), many, clashes, hints)


def _bridged(clashing: Ids, near: Ids, owner: Ids, one: Ids, two: Ids, first_level: Levels) -> Flags:
    """Which of the pairs `clashing` a third name of their component holds together: `Edward` is a slip of `Ewdard` and
    stands for `Ed`. Two nicknames of a third name, or two of its given names, are not held together by it.

    `near` are the pairs of names that may be one person's; both are places in `one` and `two`, which are places in
    `owner` (their component).
    """
    # Only the components with a clash have anything to hold together.
    near = near[np.isin(owner[one[near]], owner[one[clashing]])]
    firm = np.isin(first_level[near], (SIMILAR, SAME))
    beside: dict[int, dict[int, bool]] = defaultdict(dict)
    for x, y, held in zip(one[near].tolist(), two[near].tolist(), firm.tolist(), strict=True):
        beside[x][y] = beside[y][x] = held
    found = np.zeros(len(clashing), dtype=np.bool_)
    for index, (x, y) in enumerate(zip(one[clashing].tolist(), two[clashing].tolist(), strict=True)):
        left, right = beside.get(x), beside.get(y)
        if left and right:
            found[index] = any(left[third] or right[third] for third in left.keys() & right.keys())
    return found


def _facts(grounds: Grounds, doubts: _Doubts, inside: Flags, component: Ids) -> tuple[Ids, clusters.Facts]:
    """The records `inside` suspicious components and their facts."""
    rids = np.flatnonzero(inside)
    name, records = grounds.name[rids].astype(np.int64), grounds.records
    born, first = records.values("born"), records.values("first").codes[rids].astype(np.int64)
    birthday = born.of[born.codes[rids]]
    many = np.isin(component[rids], doubts.many) & (first != 0)
    emails: dict[int, set[str]] = defaultdict(set)
    rows, holder = grounds.mailboxes(inside)
    for rid, key in zip(holder.tolist(), grounds.texts(rows), strict=True):
        # A tag behind a plus sign is chosen by the holder of one mailbox.
        emails[rid].add(PLUS_TAG.sub("", key) if "+" in key else key)
    accounts: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows, holder, *_ = grounds.accounts(inside)
    held = sorted(set(zip(holder.tolist(), grounds.texts(rows), strict=True)))
    for rid, account in held:
        accounts[rid].append((account.partition(":")[0], account))
    different: dict[int, list[int]] = defaultdict(list)
    for a, b in grounds.different.tolist():
        different[a].append(b)
        different[b].append(a)
    suspicious = np.zeros(len(component), dtype=np.bool_)
    suspicious[doubts.roots] = True
    return rids, clusters.Facts(
        birthday=dict(zip(rids[birthday != 0].tolist(), birthday[birthday != 0].tolist(), strict=True)),
        name=dict(zip(rids[name != 0].tolist(), name[name != 0].tolist(), strict=True)),
        first=dict(zip(rids[many].tolist(), first[many].tolist(), strict=True)),
        clashes=_pairs(doubts.clashes, suspicious),
        hints=_pairs(doubts.hints, suspicious),
        emails={rid: frozenset(keys) for rid, keys in emails.items()},
        accounts=dict(accounts),
        different=dict(different),
        noisy=grounds.noisy,
    )


def _pairs(met: tuple[Ids, Ids, Ids], suspicious: Flags) -> frozenset[tuple[int, int]]:
    """The pairs of names that meet in suspicious components."""
    root, one, two = met
    chosen = suspicious[root]
    return frozenset(zip(one[chosen].tolist(), two[chosen].tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Persons:
    """The root of each record in `roots`, of its component before any guard in `components`; which guard each link
    was `refused` by (0 for none), and the roots of the components that were built link by link, `rebuilt`.
    """

    roots: Ids
    components: Ids
    refused: npt.NDArray[np.int8]
    rebuilt: Ids


def persons(grounds: Grounds, links: pa.Table, names: NamePairs, before: Persons | None = None) -> Persons:
    """Who is one person under the accepted `links` (SCORED).

    Links are taken strongest first: decisions, then by score, then by record numbers. `before` is what the first of
    the links gave alone: only components that the others touch are looked at again.
    """
    size = grounds.records.size
    left, right = links["a"].to_numpy(), links["b"].to_numpy()
    refused = np.zeros(len(left), dtype=np.int8)
    if before is None:
        component = clusters.components(size, left, right)
        root, looked_at = component.copy(), np.bincount(component, minlength=size)[component] > 1
        rebuilt = np.zeros(0, np.int64)
    else:
        known = len(before.refused)
        first = before.components
        component = clusters.components(size, first[left[known:]], first[right[known:]])[first]
        touched = np.zeros(size, dtype=np.bool_)
        touched[component[left[known:]]] = True
        looked_at = touched[component]
        root = np.where(looked_at, component, before.roots)
        refused[:known] = np.where(looked_at[left[:known]], 0, before.refused)
        rebuilt = before.rebuilt[~looked_at[before.rebuilt]]
    doubts = _doubts(grounds, looked_at, component, names)
    if len(doubts.roots):
        score, guard = links["score"].to_numpy(), links["guard"].to_numpy().astype(np.int64)
        star = links["star"].combine_chunks().fill_null(0).to_numpy()
        doubted = np.zeros(size, dtype=np.bool_)
        doubted[doubts.roots] = True
        inside = np.flatnonzero(doubted[component[left]])
        order = inside[np.lexsort((right[inside], left[inside], -score[inside], guard[inside] != clusters.DECIDED))]
        rids, facts = _facts(grounds, doubts, doubted[component], component)
        roots, refusals = clusters.guarded(rids, left[order], right[order], guard[order], star[order], facts)
        root[rids] = np.array([roots[rid] for rid in rids.tolist()], dtype=np.int64)
        refused[order] = refusals
    return Persons(root, component, refused, np.concatenate([rebuilt, doubts.roots]))
