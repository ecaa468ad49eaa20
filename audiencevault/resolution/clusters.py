"""Persons from links: connected components, with guards against the one bad link that glues two families.

Words: a *root* is the smallest record number of a component; a *contradiction* is what two records of one person
cannot have: two birthdays, two clashing first names, two accounts of one platform, a decision that they differ.

Components are found in columns. Only those that hold a contradiction are built again link by link, strongest first,
refusing every link that would bring the contradiction in.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from audiencevault.engine.compiled import kernels

Ids = npt.NDArray[np.int64]
Numbers = frozenset[int]
Texts = frozenset[str]
Pairs = frozenset[tuple[int, int]]

KERNELS = kernels("audiencevault.resolution.cluster_kernels")

NOISY_DIGITS: Final = 4
"""Digits that may differ in two birthdays of one person where slips are many, two in each."""
RETRIES: Final = 16
"""Clusters of one star that a refused record is offered before it stays alone."""

EVERY_GUARD, NOT_ACCOUNTS, NOT_NAMES, NOT_BIRTHDAYS, DECIDED = 0, 1, 2, 3, 4
"""What a link overrides, each more than the one before: e-mail or phone, account, a number that only one person
has, a human's decision."""

BY_DECISION, BY_BIRTHDAYS, BY_NAMES, BY_MAILBOXES, BY_ACCOUNTS = range(1, 6)
"""The guards, as `evidence.REFUSALS` names them."""


def components(size: int, left: Ids, right: Ids) -> Ids:
    """The root of each of `size` records under the links `left`–`right`."""
    if KERNELS is not None:
        united: Ids = KERNELS.united(size, left, right)
        return united
    # Pointer jumping over whole columns.
    root = np.arange(size, dtype=np.int64)
    a, b = left, right
    while len(a):
        low, high = np.minimum(root[a], root[b]), np.maximum(root[a], root[b])
        apart = low != high
        if not apart.any():
            break
        a, b, low, high = a[apart], b[apart], low[apart], high[apart]
        np.minimum.at(root, high, low)
        while True:
            shorter = root[root]
            if np.array_equal(shorter, root):
                break
            root = shorter
    return root


def varied(component: Ids, value: npt.NDArray[np.int32], among: npt.NDArray[np.bool_]) -> Ids:
    """The components, ascending, in which not all of the records `among` that have a value (not 0) have the same."""
    if KERNELS is not None:
        found: Ids = KERNELS.varied(component, value, among.view(np.uint8))
        return found
    rows = np.flatnonzero(among & (value != 0))
    group, value = component[rows], value[rows]
    one = np.zeros(len(component), np.int32)
    one[group] = value
    return np.unique(group[one[group] != value])


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at, by record number, for the records of suspicious components only.

    `birthday` is the date as yyyymmdd; `clashes` and `hints` hold unordered pairs (smaller, larger) of names, the
    latter those of which one says junior or senior and the other nothing; `first` is set only for components with so
    many names that not all pairs were compared: there two first names must be equal. In a `noisy` table it takes more
    to contradict.
    """

    birthday: dict[int, int] = field(default_factory=dict)
    name: dict[int, int] = field(default_factory=dict)
    first: dict[int, int] = field(default_factory=dict)
    clashes: Pairs = frozenset()
    hints: Pairs = frozenset()
    emails: dict[int, frozenset[str]] = field(default_factory=dict)
    accounts: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    different: dict[int, list[int]] = field(default_factory=dict)
    noisy: bool = False


_NOBODY: Final[Numbers] = frozenset()
_NOTHING: Final[Texts] = frozenset()
_NO_PAIRS: Final[Pairs] = frozenset()


@dataclass(slots=True)
class _Cluster:
    """A growing cluster and everything of its members that could contradict another's.

    `aliases` are clashing names that a decision or an account has shown to be one person's. Sets are frozen, so that
    the many records that have nothing of a kind share one.
    """

    size: int
    members: list[int]
    birthdays: Numbers
    names: Numbers
    aliases: Pairs
    emails: Texts
    firsts: Numbers
    accounts: dict[str, set[str]] | None
    barred: Numbers


def _start(record: int, facts: Facts) -> _Cluster:
    accounts: dict[str, set[str]] | None = None
    if record in facts.accounts:
        accounts = defaultdict(set)
        for platform, account in facts.accounts[record]:
            accounts[platform].add(account)
    birthday, name, first = facts.birthday.get(record, 0), facts.name.get(record, 0), facts.first.get(record, 0)
    different = facts.different.get(record)
    return _Cluster(
        1, [record], frozenset((birthday,)) if birthday else _NOBODY, frozenset((name,)) if name else _NOBODY,
        _NO_PAIRS, facts.emails.get(record, _NOTHING), frozenset((first,)) if first else _NOBODY, accounts,
        frozenset(different) if different else _NOBODY,
    )  # fmt: skip


def _one_birthday(x: int, y: int, wrong: int) -> bool:
    """Whether two dates (yyyymmdd) may be one, mistyped: equal, day and month exchanged, or so many digits `wrong`."""
    if x == y:
        return True
    if x // 10_000 == y // 10_000 and (x % 100, x // 100 % 100) == (y // 100 % 100, y % 100):
        return True
    return sum(a != b for a, b in zip(f"{x:08d}", f"{y:08d}", strict=True)) <= wrong


def _meeting(one: _Cluster, two: _Cluster, pairs: Pairs) -> Pairs:
    """The pairs of names, one of each cluster, that are among `pairs`."""
    if not pairs:
        return _NO_PAIRS
    return frozenset((x, y) if x < y else (y, x) for x in one.names for y in two.names) & pairs


def _apart(one: _Cluster, two: _Cluster, pairs: Pairs) -> bool:
    """Whether two names, one of each cluster, are among `pairs` and not known to be one person's."""
    for x in one.names:
        for y in two.names:
            pair = (x, y) if x < y else (y, x)
            if pair in pairs and pair not in one.aliases and pair not in two.aliases:
                return True
    return False


def _mostly_apart(one: _Cluster, two: _Cluster, pairs: Pairs) -> bool:
    """Whether more than half of the pairs of names, one of each cluster, are among `pairs`: where slips are many, a few
    spellings are far from each other by accident.
    """
    apart = _meeting(one, two, pairs) - one.aliases - two.aliases
    return 2 * len(apart) > len(one.names) * len(two.names)


def _contradicts(one: _Cluster, two: _Cluster, guard: int, facts: Facts) -> int:
    """What two clusters cannot have were they one person, as one of the numbers below; 0 for nothing."""
    small, large = (one, two) if one.size <= two.size else (two, one)
    if large.barred and any(record in large.barred for record in small.members):
        return BY_DECISION
    if guard == DECIDED:
        return 0
    if (
        guard < NOT_BIRTHDAYS
        and one.birthdays
        and two.birthdays
        and one.birthdays.isdisjoint(two.birthdays)
        and not any(
            _one_birthday(x, y, NOISY_DIGITS if facts.noisy else 1) for x in one.birthdays for y in two.birthdays
        )
    ):
        return BY_BIRTHDAYS
    if guard < NOT_NAMES:
        if one.firsts and two.firsts and one.firsts.isdisjoint(two.firsts):
            return BY_NAMES
        if facts.clashes and (_mostly_apart if facts.noisy else _apart)(one, two, facts.clashes):
            return BY_NAMES
        # A name with and without Jr, each with a mailbox of their own, are a father's and a son's.
        apart = facts.hints and one.emails and two.emails and one.emails.isdisjoint(two.emails)
        if apart and _apart(one, two, facts.hints):
            return BY_MAILBOXES
    if guard < NOT_ACCOUNTS and one.accounts and two.accounts:
        for platform, accounts in one.accounts.items():
            others = two.accounts.get(platform)
            if others and accounts.isdisjoint(others):
                return BY_ACCOUNTS
    return 0


def guarded(records: Ids, left: Ids, right: Ids, guard: Ids, star: Ids, facts: Facts) -> tuple[dict[int, int], Ids]:
    """Join `records` by links in the order given, refusing contradictions.

    A link of a star (`star` ≠ 0 names it) that is refused is offered to the star's other clusters: the records of
    one telephone are a star round its first record, which may be the father's.
    Returns the root of each record, and per link which guard refused it, 0 where it holds.
    """
    parent = {record: record for record in records.tolist()}
    clusters: dict[int, _Cluster] = {}
    either = facts.clashes | facts.hints
    offered: dict[int, list[int]] = defaultdict(list)
    refusals = np.zeros(len(left), dtype=np.int64)

    def find(record: int) -> int:
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    def cluster(root: int) -> _Cluster:
        found = clusters.get(root)
        if found is None:
            found = clusters[root] = _start(root, facts)
        return found

    def join(a: int, b: int, strength: int) -> int:
        """Join two clusters; what contradicts, or 0."""
        a, b = find(a), find(b)
        if a == b:
            return 0
        one, two = cluster(a), cluster(b)
        if refusal := _contradicts(one, two, strength, facts):
            return refusal
        if one.size < two.size:
            one, two = two, one
        one.size += two.size
        one.members += two.members
        if two.aliases:
            one.aliases |= two.aliases
        if strength >= NOT_NAMES:
            one.aliases |= _meeting(one, two, either)
        if two.birthdays:
            one.birthdays |= two.birthdays
        if two.names:
            one.names |= two.names
        if two.emails:
            one.emails |= two.emails
        if two.firsts:
            one.firsts |= two.firsts
        if two.barred:
            one.barred |= two.barred
        if two.accounts:
            one.accounts = one.accounts if one.accounts is not None else defaultdict(set)
            for platform, accounts in two.accounts.items():
                one.accounts[platform] |= accounts
        low, high = min(a, b), max(a, b)
        parent[high] = low
        clusters[low] = one
        clusters.pop(high)
        return 0

    links = zip(left.tolist(), right.tolist(), guard.tolist(), star.tolist(), strict=True)
    for index, (a, b, strength, group) in enumerate(links):
        refusals[index] = join(a, b, strength)
        if refusals[index] and group:
            others = offered[group]
            if all(join(other, b, strength) for other in others[:RETRIES]) and len(others) < RETRIES:
                others.append(b)
    return {record: find(record) for record in parent}, refusals
