"""Whom mailboxes, handles and ends of numbers bring together: nearly the same, made of one name, or spelling it.

Every function gives pairs of people as one number each (`columns.both`, the smaller root first), sorted and distinct.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.engine.compiled import kernels
from audiencevault.resolution.codes import codes, combined
from audiencevault.resolution.columns import (
    HIGH,
    LOW,
    Flags,
    Held,
    Ints,
    Records,
    Small,
    both,
    dense,
    distinct,
    numbers,
    pairs_of,
    starts,
    triangles,
)
from audiencevault.resolution.features import ACCOUNT, EMAIL, HANDLE, PHONE
from audiencevault.resolution.forms import BEGINNINGS, FAMILY, GIVEN, WHOLE
from audiencevault.resolution.texts import mistyped, slips

KERNELS = kernels("audiencevault.resolution.block_kernels")

TAIL_CAP: Final = 8
HANDLE_CAP: Final = 8
NUMBER_CAP: Final = 12
SIEVE_BITS: Final = 16
"""So many last bits of a code tell whether it may be one of a few thousand."""
SHORTEST_NUMBER: Final = 8
NUMBER_PARTS: Final = ((0, 6), (-5, None), (3, 8))
"""The digits of which a slip spares some: beginning, end, middle."""


class Forms:
    """The forms of names (`resolve_forms`) by the code of the name."""

    def __init__(self, engine: Engine, records: Records) -> None:
        self._table = engine.table("resolve_forms")
        known = records.values("nid").of[1:]
        self.name: Ints = np.searchsorted(known, numbers(self._table, "nid")) + 1
        order = np.argsort(self.name, kind="stable")
        self._rows = order
        self._count = np.bincount(self.name, minlength=len(known) + 1)
        self._first = np.cumsum(self._count) - self._count

    def column(self, form: str) -> Ints:
        """The codes of one form, row by row as `name`."""
        return numbers(self._table, form)

    def among(self, name: npt.NDArray[np.integer], code: Ints, forms: tuple[str, ...]) -> Flags:
        """Whether each code is one of the `forms` of the name beside it; 0, of either, never is."""
        found = np.zeros(len(code), dtype=np.bool_)
        asked = np.flatnonzero((code != 0) & (name != 0))
        at, _, place = pairs_of(np.ones(len(asked), np.int64), self._count[name[asked]])
        rows = self._rows[self._first[name[asked[at]]] + place]
        wanted = code[asked[at]]
        hit = np.zeros(len(at), dtype=np.bool_)
        for form in forms:
            hit |= self.column(form)[rows] == wanted
        found[asked[at[hit]]] = True
        return found


@dataclass(frozen=True)
class People:
    """Who is one person by exact keys, and what these people hold: `roots` by record, `person` by row of `held`."""

    records: Records
    held: Held
    roots: Ints
    forms: Forms

    @cached_property
    def person(self) -> Ints:
        """The root of who holds each row of `held`."""
        return self.roots[self.held.rid]


@dataclass(frozen=True, slots=True)
class Group:
    """People who share a code, those of one code in a row: `person`, and the `rows` that say so from `first` on. Where
    the people of each code `begin`, and their `count`. Codes that too many share are `skipped`.
    """

    person: Ints
    rows: Ints
    first: Ints
    begin: Ints
    count: Ints
    skipped: int

    def least(self, column: Ints) -> Ints:
        """The smallest value of each person in a column beside `rows`."""
        found: Ints = np.minimum.reduceat(column, self.first) if len(self.first) else self.first
        return found

    def most(self, column: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """The largest value of each person in a column beside `rows`."""
        found: npt.NDArray[np.generic] = np.maximum.reduceat(column, self.first) if len(self.first) else column
        return found

    def pairs(self) -> tuple[Ints, Ints]:
        """Every two people of one code: their places."""
        return triangles(self.begin, self.count)


def grouped(code: Ints, person: Ints, cap: int) -> Group:
    """The people who share a `code` with somebody, and with no more than `cap` people in all; `rows` are places in the
    two columns. Codes come in any order, the people of one ascend.
    """
    if KERNELS is not None:
        return Group(*KERNELS.groups(code, person, cap))
    order = np.lexsort((person, code))
    order = order[code[order] != 0]
    ordered, who = code[order], person[order]
    other = np.ones(len(order), dtype=np.bool_)
    other[1:] = (ordered[1:] != ordered[:-1]) | (who[1:] != who[:-1])
    first = np.flatnonzero(other)
    begin = starts(ordered[first])
    count = np.diff(np.append(begin, len(first)))
    small, skipped = (count > 1) & (count <= cap), int(np.count_nonzero(count > cap))
    chosen = np.repeat(small, count)
    length = np.diff(np.append(first, len(order)))
    rows = order[np.repeat(chosen, length)]
    length, count = length[chosen], count[small]
    first = np.cumsum(length) - length
    return Group(person[rows[first]], rows, first, np.cumsum(count) - count, count, skipped)


MAIL_BLOCKS: Final = (("given", "prefix"), ("given", "suffix"), ("last", "prefix"))
"""A slip spares the beginning or the end of a mailbox, and nearly always one of the names."""


def mailbox_blocks(people: People, salts: tuple[int, ...], cap: int) -> tuple[Ints, int]:
    """People one of whose mailboxes is a slip of another's; and how many blocks were skipped."""
    held, records = people.held, people.records
    rows = np.flatnonzero(held.own & (held.kind == EMAIL) & (held.column("prefix") != 0))
    rows = rows[records.values("nid").codes[held.rid[rows]] != 0]
    rid, person = held.rid[rows], people.person[rows]
    met, skipped = [], 0
    for salt, (name, part) in zip(salts, MAIL_BLOCKS, strict=True):
        names = records.values(name).codes[rid].astype(np.int64)
        group = grouped(combined(salt, names, held.column(part)[rows]), person, cap)
        one, two = group.pairs()
        skipped += group.skipped
        record = group.least(rid[group.rows])
        met.append(both(record[one], record[two]))
    pairs = distinct(np.concatenate(met))
    # The mailboxes of the one record, each beside each of the other.
    first, count, own = held.of(EMAIL)
    a, b = pairs >> HIGH, pairs & LOW
    at, x, y = pairs_of(count[a], count[b])
    x, y = own[first[a[at]] + x], own[first[b[at]] + y]
    other = np.flatnonzero(held.key[x] != held.key[y])
    found = at[other[_near(held, x[other], y[other])]]
    one, two = people.roots[a[found]], people.roots[b[found]]
    return distinct(both(np.minimum(one, two), np.maximum(one, two))), skipped


def _near(held: Held, one: Ints, two: Ints) -> Flags:
    """Of pairs of rows of mailboxes, those of which one is a slip of the other."""
    asked = np.zeros(len(held.key), dtype=np.bool_)
    asked[one] = asked[two] = True
    place = np.cumsum(asked, dtype=np.int32)
    return slips(held.texts(np.flatnonzero(asked)), place[one] - 1, place[two] - 1)


def tails(people: People) -> Ints:
    """People with numbers of one ending. Two who hold the same whole number were judged at that point, with everybody
    else who does.
    """
    held = people.held
    loose = held.column("loose")
    rows = np.flatnonzero(held.own & (held.kind == PHONE) & (loose != 0))
    group = grouped(combined(5, loose[rows]), people.person[rows], TAIL_CAP)
    key = group.least(held.key[rows[group.rows]])
    one, two = group.pairs()
    apart = key[one] != key[two]
    return distinct(both(group.person[one[apart]], group.person[two[apart]]))


def mistyped_numbers(people: People) -> Ints:
    """People one of whose numbers is another's with up to two slips; these spare its beginning, middle or end."""
    held = people.held
    rows = np.flatnonzero(held.own & (held.kind == PHONE))
    digits = pc.replace_substring_regex(held.texts(rows), "[^0-9]+", "")
    long_enough = np.flatnonzero(pc.utf8_length(digits).to_numpy(zero_copy_only=False) >= SHORTEST_NUMBER)
    rows, digits = rows[long_enough], digits.take(pa.array(long_enough))
    person = people.person[rows]
    met = [np.zeros(0, np.int64)]
    for salt, (start, stop) in enumerate(NUMBER_PARTS, 6):
        group = grouped(combined(salt, codes(pc.utf8_slice_codeunits(digits, start, stop))), person, NUMBER_CAP)
        one, two = group.pairs()
        place = group.rows[group.first]
        met.append(both(place[one], place[two]))
    pairs = distinct(np.concatenate(met))
    one, two = pairs >> HIGH, pairs & LOW
    near = mistyped(digits.take(pa.array(one)), digits.take(pa.array(two)))
    one, two = person[one[near]], person[two[near]]
    return distinct(both(np.minimum(one, two), np.maximum(one, two)))


@dataclass(frozen=True, slots=True)
class Handled:
    """Pairs of people with one handle or mailbox but for signs and domain, pair by pair and perhaps several times: how
    many people have it, whether it is made of a name, whether there are digits behind, how many accounts it may be.
    """

    pairs: Ints
    handle: Flags
    people: Small
    derived: Flags
    partly: Flags
    digits: Flags
    accounts: Small


def handled(people: People, accounts: pa.Table | None) -> Handled:
    """People whose handles and mailboxes are one but for signs and domain; `accounts` are the `stems` of the whole
    table where the records are a part of it.
    """
    held, records = people.held, people.records
    loose, stem, prefix = (held.column(name) for name in ("loose", "stem", "prefix"))
    rows = np.flatnonzero(held.own & ((held.kind == EMAIL) | (held.kind == HANDLE)) & (loose != 0))
    group = grouped(loose[rows], people.person[rows], HANDLE_CAP)
    rows = rows[group.rows]
    name = records.values("nid").codes[held.rid[rows]]
    derived = group.most(people.forms.among(name, stem[rows], (*WHOLE, *GIVEN, *FAMILY)))
    partly = group.most(people.forms.among(name, prefix[rows], BEGINNINGS))
    is_handle = held.kind[rows] == HANDLE
    handles = group.most(is_handle)
    none = np.iinfo(np.int64).max
    stems = group.least(np.where(is_handle, stem[rows], none))
    low, high = group.least(held.key[rows]), group.most(held.key[rows])
    digits = np.logical_not(group.most(stem[rows] == loose[rows]))
    crowd = np.repeat(group.count, group.count)
    one, two = group.pairs()
    apart = (low[one] != low[two]) | (high[one] != high[two])
    one, two = one[apart], two[apart]
    known, several = (
        stems_of(people) if accounts is None else (numbers(accounts, "stem"), numbers(accounts, "accounts"))
    )
    order = np.argsort(known)
    known, several = known[order], several[order]
    asked = np.where(stems[one] != none, stems[one], stems[two])
    counts = np.ones(len(one), np.int64)
    if len(known):
        at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
        counts = np.where(known[at] == asked, several[at], 1)
    return Handled(
        both(group.person[one], group.person[two]), handles[one] | handles[two], crowd[one].astype(np.int32),
        derived[one] | derived[two], partly[one] | partly[two], digits[one], counts.astype(np.int32),
    )  # fmt: skip


def stems_of(people: People) -> tuple[Ints, Ints]:
    """Followers whose handles differ by digits alone, of `ida.falk` and `ida_falk17` only one can be Ida Falk's: the
    codes of the handles without digits, and how many accounts of one platform they are, more than one.
    """
    held = people.held
    stem = held.column("stem")
    rows = np.flatnonzero((held.kind == HANDLE) & (stem != 0))
    listed, platform = held.listed
    order = np.argsort(held.rid[listed], kind="stable")
    listed, platform = listed[order], platform[order]
    count = np.bincount(held.rid[listed], minlength=people.records.size)
    first = np.cumsum(count) - count
    at, _, place = pairs_of(np.ones(len(rows), np.int64), count[held.rid[rows]])
    rows, platform = rows[at], platform[first[held.rid[rows[at]]] + place]
    # One handle of one platform once, however many records have it.
    stems = dense(stem[rows])
    width = int(platform.max(initial=0)) + 1
    at = np.unique(combined(6, stem[rows], platform + 1, held.key[rows]), return_index=True)[1]
    several, number = np.unique(stems.codes[at].astype(np.int64) * width + platform[at], return_counts=True)
    most = np.zeros(len(stems.of), np.int64)
    np.maximum.at(most, several // width, number)
    found = np.flatnonzero(most > 1)
    return stems.of[found], most[found]


def spelled(people: People) -> Ints:
    """People of whom nothing is known but a whole name and perhaps an account, with the only other one of that name,
    whose mailbox spells it.
    """
    held, records, roots = people.held, people.records, people.roots
    size = records.size
    known = np.zeros(size, dtype=np.bool_)
    known[people.person[(held.kind != ACCOUNT) & (held.kind != HANDLE)]] = True
    name = records.values("name").codes
    whole = np.flatnonzero(~known[roots] & (records.values("first").codes != 0) & (records.values("last").codes != 0))
    least, most = np.full(size, len(records.values("name").of), np.int32), np.zeros(size, np.int32)
    np.minimum.at(least, roots[whole], name[whole])
    np.maximum.at(most, roots[whole], name[whole])
    silent = np.where(least == most, most, 0)
    bare = np.zeros(len(records.values("name").of), dtype=np.bool_)
    bare[silent] = True
    bare[0] = False
    rows = np.flatnonzero(bare[name])
    held_by = distinct(both(name[rows], roots[rows]))
    begin = starts(held_by >> HIGH)
    two = begin[np.diff(np.append(begin, len(held_by))) == 2]
    one, other = held_by[two] & LOW, held_by[two + 1] & LOW
    called = held_by[two] >> HIGH
    asked = np.zeros(size, dtype=np.bool_)
    quiet_one, quiet_other = silent[one] == called, silent[other] == called
    asked[other[quiet_one]] = asked[one[quiet_other]] = True
    boxes = np.flatnonzero(held.own & (held.kind == EMAIL) & asked[people.person])
    spells = people.forms.among(records.values("nid").codes[held.rid[boxes]], held.column("stem")[boxes], WHOLE)
    said = np.zeros(size, dtype=np.bool_)
    said[people.person[boxes[spells]]] = True
    found = (quiet_one & said[other]) | (quiet_other & said[one])
    return distinct(both(one[found], other[found]))


def titled(people: People) -> Ints:
    """Followers without a name, each with the only person whose name the handle spells: a question, never more."""
    held, records, roots = people.held, people.records, people.roots
    size, stem = records.size, held.column("stem")
    name = records.values("nid").codes
    handles = held.kind == HANDLE
    nameless = handles & (name[held.rid] == 0)
    known = np.zeros(size, dtype=np.bool_)
    known[people.person[(held.kind == EMAIL) | (handles & ~nameless)]] = True
    rows = np.flatnonzero(nameless)
    none = np.iinfo(np.int64).max
    least = np.full(size, none, np.int64)
    np.minimum.at(least, people.person[rows], stem[rows])
    unnamed = np.flatnonzero((least != none) & (least != 0) & ~known)
    if not len(unnamed):
        return unnamed
    wanted = distinct(least[unnamed])
    forms, names = [], []
    # Most codes are not wanted, and that is seen by their last bits.
    sieve = np.zeros(1 << SIEVE_BITS, dtype=np.bool_)
    sieve[wanted & (len(sieve) - 1)] = True
    for whole in WHOLE:
        code = people.forms.column(whole)
        likely = np.flatnonzero(sieve[code & (len(sieve) - 1)])
        at = np.minimum(np.searchsorted(wanted, code[likely]), len(wanted) - 1)
        hit = wanted[at] == code[likely]
        forms.append(at[hit])
        names.append(people.forms.name[likely[hit]])
    meant = distinct(both(np.concatenate(forms), np.concatenate(names)))
    form, called = meant >> HIGH, meant & LOW
    some = np.zeros(len(records.values("nid").of), dtype=np.bool_)
    some[called] = True
    rows = np.flatnonzero(some[name])
    rows = rows[np.argsort(name[rows], kind="stable")]
    count = np.bincount(name[rows], minlength=len(some))
    at, _, place = pairs_of(np.ones(len(called), np.int64), count[called])
    bearer = rows[(np.cumsum(count) - count)[called[at]] + place]
    named = distinct(both(form[at], roots[bearer]))
    begin = starts(named >> HIGH)
    one = begin[np.diff(np.append(begin, len(named))) == 1]
    only = np.full(len(wanted), -1, np.int64)
    only[named[one] >> HIGH] = named[one] & LOW
    other = only[np.searchsorted(wanted, least[unnamed])]
    met = (other >= 0) & (other != unnamed)
    return distinct(both(np.minimum(unnamed, other)[met], np.maximum(unnamed, other)[met]))
