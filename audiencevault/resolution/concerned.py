"""Whom a change may concern: what `incremental` asks about all slots, in the order in which it does.

Words: see `traces` and `slots`; a *fresh* slot is new, a *gone* one is no more. *Open* records are those that
everything is found anew about, the *ring* are bystanders who are only counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from audiencevault.resolution.agreement import COUNTED, PARTS
from audiencevault.resolution.counted import MAILED, Counts, Names, difference
from audiencevault.resolution.features import EMAIL, HANDLE
from audiencevault.resolution.names import nearly_same, quantised, slip
from audiencevault.resolution.slots import NOBODY, Mask, Slots, tally, within

Ids = npt.NDArray[np.int64]
Pairs = list[tuple[int, int]]

FORM_HOLDERS: Final = 64
"""A form of a name tells who is meant only while one person has it; that of more people than these never does."""
FEW_NAMED: Final = 64
"""Records of one name that are looked at again as soon as it may be a slip of another, or another of it."""
LENT: Final = ("nick_key", "nick_roots", "lossy")
"""What a name takes from its first record: all else of it is the same in all."""


@dataclass(frozen=True, slots=True)
class Slips:
    """Names that may be, or may be no longer, taken for a slip of another one: whose holders are looked at again, and
    pairs of which only those who meet are.
    """

    names: Ids
    pairs: Pairs


def slips(before: Names, after: Names) -> Slips:
    """What other numbers of records make of names. `after` names all that `before` does, and more.

    A slip takes two names that are nearly the same, and a count of one that makes it rare beside the other.
    """
    there = after.records > 0
    value = after.values[there]
    was, now = (
        quantised(np.maximum(count, 1)) for count in (before.counts().of(value), after.records[there])
    )  # fmt: skip
    moved = np.flatnonzero(was != now)
    pairs: list[tuple[int, int]] = []
    for at in moved[now[moved] > FEW_NAMED].tolist():
        others = np.flatnonzero(slip(was[at], was) != slip(now[at], now))
        pairs += [(at, other) for other in others.tolist() if other != at]
    if pairs:
        texts = after.texts.filter(pa.array(there))
        left, right = (texts.take(pa.array([pair[side] for pair in pairs])) for side in (0, 1))
        near = nearly_same(left, right)
        pairs = [
            (int(value[one]), int(value[two])) for (one, two), close in zip(pairs, near.tolist(), strict=True) if close
        ]
    return Slips(np.unique(value[moved[now[moved] <= FEW_NAMED]]), pairs)


def respelled(slots: Slots) -> Ids:
    """Names whose first record, which lends them its nickname and script, or whose spellings are others now."""
    nids = np.unique(slots.codes("nid")[slots.changed])
    at = slots.having("nid", nids)
    at = at[np.lexsort((slots.place[at], slots.codes("nid")[at]))]
    lent = []
    spelled = []
    for side in (slots.was, slots.now):
        there = at[side[at] != NOBODY]
        nid = slots.codes("nid")[there]
        first = there[np.unique(nid, return_index=True)[1]]
        rows = slots.rows(first)
        values = zip(*(rows[name].to_pylist() for name in LENT), strict=True)
        lent.append(dict(zip(slots.codes("nid")[first].tolist(), values, strict=True)))
        shown: dict[int, set[int]] = defaultdict(set)
        for name, code in zip(nid.tolist(), slots.codes("shown")[there].tolist(), strict=True):
            if code:
                shown[name].add(code)
        spelled.append(shown)
    both = set(lent[0]) & set(lent[1])
    return np.array(
        sorted(
            name
            for name in both
            if lent[0][name] != lent[1][name] or spelled[0].get(name) != spelled[1].get(name)
        ),
        np.int64,
    )  # fmt: skip


def named(slots: Slots, found: Mapping[str, Slips]) -> Mask:
    """Whose own name is compared otherwise now."""
    chosen = slots.mask(slots.having("nid", respelled(slots)))
    for column in PARTS:
        chosen[slots.having(column, found[column].names)] = True
    chosen &= slots.now != NOBODY
    return chosen


def _sides(slots: Slots, column: str, pairs: Pairs) -> list[tuple[Ids, Ids]]:
    """The slots of either name of each pair."""
    names = np.unique(np.array(pairs, np.int64))
    at = slots.having(column, names)
    value = slots.codes(column)[at]
    return [(at[value == one], at[value == two]) for one, two in pairs]


def met(slots: Slots, own: Mask, found: Mapping[str, Slips]) -> Ids:
    """Exact keys at which somebody came or went, or names meet that are compared otherwise now."""
    keys = [slots.exact_keys(slots.changed | own)]
    for column in PARTS:
        if not found[column].pairs:
            continue
        for one, two in _sides(slots, column, found[column].pairs):
            keys.append(np.intersect1d(slots.exact_keys(slots.mask(one)), slots.exact_keys(slots.mask(two))))
    return np.unique(np.concatenate(keys))


def tied(slots: Slots, found: Mapping[str, Slips]) -> Mask:
    """Who is tied to somebody whose name may be a slip of theirs."""
    chosen = np.zeros(slots.size, dtype=np.bool_)
    for column in PARTS:
        if not found[column].pairs:
            continue
        for one, two in _sides(slots, column, found[column].pairs):
            chosen[one] |= slots.of(slots.tie, slots.mask(two))[one]
    return chosen


def opened(slots: Slots, group: Ids, seeds: Mask) -> Mask:
    """Everybody who is there and in one group with a seed, or new."""
    fresh = (slots.was == NOBODY) & (slots.now != NOBODY)
    found: Mask = (slots.of(group, seeds) | fresh) & (slots.now != NOBODY)
    return found


@dataclass(frozen=True, slots=True)
class Counted:
    """The people of every column as they were and are now, and the values of another rounded number of people."""

    now: Mapping[str, Counts]
    other: Mapping[str, Ids]


def counted(slots: Slots, before: Mapping[str, Counts], moved: Mask) -> Counted:
    """Count anew what the `moved`, all those whose person is another one or no more, have."""
    at = np.flatnonzero(moved)
    mailed = at[slots.mailed()[at]]
    now: dict[str, Counts] = {}
    other: dict[str, Ids] = {}
    for column, counts in before.items():
        rows = mailed if column == MAILED else at
        values = slots.codes("name" if column == MAILED else column)[rows]
        every, more = difference(values, slots.was[rows], slots.now[rows])
        now[column] = counts.plus(every, more)
        sides = counts.of(every), counts.of(every) + more
        # A pair's own two people do not count in the weight of what it agrees on: see `scoring.score_people`.
        shifted = (np.maximum(n, 1) if column == MAILED else np.maximum(n - 2, 0) + 1 for n in sides)
        was_n, now_n = (quantised(side) for side in shifted)
        other[column] = every[was_n != now_n]
    return Counted(now, other)


def accounts(slots: Slots, mask: Mask) -> dict[int, tuple[int, int]]:
    """For each stem of a mailbox or handle of the mask: how many accounts of one platform have it, before and now."""
    at = slots.held_by(mask & slots.live)
    kind, stem = slots.held("kind")[at], slots.held("stem")[at]
    stems = np.unique(stem[((kind == EMAIL) | (kind == HANDLE)) & (stem != 0)])
    rows = slots.handles(stems)
    if not len(rows):
        return {}
    where: dict[int, list[str]] = defaultdict(list)
    for slot, platform in zip(*slots.platforms(slots.mask(slots.held("rid")[rows])), strict=True):
        where[slot].append(platform)
    held: dict[tuple[int, str], tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    columns = (slots.held(name)[rows].tolist() for name in ("rid", "stem", "key"))
    for slot, stem_, key in zip(*columns, strict=True):
        for platform in where.get(slot, ()):
            for keys, person in zip(held[stem_, platform], (slots.was[slot], slots.now[slot]), strict=True):
                if person != NOBODY:
                    keys.add(key)
    found: dict[int, tuple[int, int]] = {}
    for (stem_, _), (before, after) in held.items():
        most = found.get(stem_, (0, 0))
        found[stem_] = (max(most[0], len(before)), max(most[1], len(after)))
    return found


def stirred(slots: Slots, moved: Mask, own: Mask, other: Mapping[str, Ids]) -> Mask:
    """Of whose every pair something else may be true now: the moved, and those whose own names weigh otherwise."""
    chosen = moved | own
    for column in (*PARTS, MAILED):
        chosen[slots.having("name" if column == MAILED else column, other[column])] = True
    counts = {stem: [int(quantised(np.maximum(np.array([n]), 1))[0]) for n in pair]
              for stem, pair in accounts(slots, moved).items()}  # fmt: skip
    stems = np.array(sorted(stem for stem, (before, after) in counts.items() if before != after), np.int64)
    if len(stems):
        kind = slots.held("kind")
        at = np.flatnonzero(within(slots.held("stem"), stems))
        chosen[slots.held("rid")[at[(kind[at] == EMAIL) | (kind[at] == HANDLE)]]] = True
    return slots.of(slots.now, chosen & (slots.now != NOBODY)) | moved


def _unnamed(slots: Slots) -> tuple[Ids, Ids]:
    """Records without a name but with a handle: their slots and the handles' stems."""
    at = slots.handles()
    slot = slots.held("rid")[at]
    at = at[slots.codes("nid")[slot] == 0]
    return slots.held("rid")[at], slots.held("stem")[at]


def form_people(slots: Slots, mask: Mask) -> Mask:
    """Who has a handle that spells a name and no other name, or is spelled by such a handle, where the mask has a part
    in it.
    """
    chosen = np.zeros(slots.size, dtype=np.bool_)
    slot, stem = _unnamed(slots)
    if not len(slot):
        return chosen
    nid, form = slots.named_like(np.unique(stem))
    touched = within(nid, np.unique(slots.codes("nid")[mask]))
    forms = np.unique(np.concatenate([form[touched], stem[mask[slot]]]))
    chosen[slot[within(stem, forms)]] = True
    kept = within(form, forms)
    holder, of_form = _holders(slots, nid[kept], form[kept])
    ends = [tally(of_form, side[holder], forms) for side in (slots.was, slots.now)]
    few = forms[np.minimum(*ends) <= FORM_HOLDERS]
    chosen[holder[within(of_form, few)]] = True
    return chosen


def _holders(slots: Slots, nid: Ids, form: Ids) -> tuple[Ids, Ids]:
    """The slots of names, each with the form that it came with."""
    at = slots.having("nid", np.unique(nid))
    order = np.argsort(nid, kind="stable")
    low, high = (np.searchsorted(nid[order], slots.codes("nid")[at], side=side) for side in ("left", "right"))
    times = high - low
    rows = np.repeat(np.arange(len(at)), times)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times) + np.repeat(low, times)
    return at[rows], form[order][place]


def form_ring(slots: Slots, inside: Mask) -> Mask:
    """Some of the other people whose name a handle of somebody inside spells: as many as say that it is not one's."""
    slot, stem = _unnamed(slots)
    chosen = np.zeros(slots.size, dtype=np.bool_)
    stems = np.unique(stem[inside[slot]])
    if not len(stems):
        return chosen
    holder, form = _holders(slots, *slots.named_like(stems))
    outside = (slots.now[holder] != NOBODY) & ~inside[holder]
    chosen[_few(form[outside], holder[outside], slots, np.full(int(outside.sum()), FORM_HOLDERS))] = True
    return chosen


def _few(keys: Ids, slot: Ids, slots: Slots, most: Ids) -> Ids:
    """One slot of each of the first people of each key, `most` of them (a number that all rows of a key have)."""
    order = np.lexsort((slot, slots.now[slot], keys))
    keys, slot, most = keys[order], slot[order], most[order]
    if not len(keys):
        return slot
    person = slots.now[slot]
    first = np.flatnonzero(np.concatenate([[True], (np.diff(keys) != 0) | (np.diff(person) != 0)]))
    keys, slot, most = keys[first], slot[first], most[first]
    begins = np.maximum.accumulate(np.where(np.concatenate([[True], np.diff(keys) != 0]), np.arange(len(keys)), 0))
    return slot[np.arange(len(keys)) - begins < most]


def block_people(slots: Slots, mask: Mask) -> Mask:
    """Everybody in a block with somebody of the mask that was or is small enough to say something."""
    shared = slots.sharing(mask)
    fits = np.zeros(len(shared.caps), dtype=np.bool_)
    for side in (slots.was, slots.now):
        number = shared.people(side)
        fits |= (number >= 2) & (number <= shared.caps)
    return slots.mask(shared.slot[fits[shared.key]])


def slip_people(slots: Slots, found: Mapping[str, Slips]) -> Mask:
    """Who lies in one block with somebody of whose name theirs may be a slip."""
    chosen = np.zeros(slots.size, dtype=np.bool_)
    for column in PARTS:
        if not found[column].pairs:
            continue
        sides = _sides(slots, column, found[column].pairs)
        every = slots.sharing(slots.mask(np.concatenate([np.concatenate(pair) for pair in sides])), alone=True)
        for one, two in sides:
            rows = [within(every.slot, side) for side in (one, two)]
            common = np.ones(len(every.caps), dtype=np.bool_)
            for mine in rows:
                common &= np.bincount(every.key[mine], minlength=len(common)) > 0
            chosen[every.slot[(rows[0] | rows[1]) & common[every.key]]] = True
    return chosen


def valued(slots: Slots, other: Mapping[str, Ids]) -> Mask:
    """Who has a value of another rounded number of people. Two who agree on one both have it; a name weighs also where
    the other's is another one, so that its holders are `stirred`.
    """
    chosen = np.zeros(slots.size, dtype=np.bool_)
    for column in COUNTED:
        chosen[slots.having(column, other[column])] = True
    return chosen


def ring(slots: Slots, inside: Mask) -> Mask:
    """One record of each other person in a block of two who are inside, as many as say whether it is too full."""
    shared = slots.sharing(inside)
    mine = inside[shared.slot]
    number = shared.people(slots.now, mine)
    pairing = (number > 1) & (number <= shared.caps)
    others = ~mine & (slots.now[shared.slot] != NOBODY) & pairing[shared.key]
    key = shared.key[others]
    return slots.mask(_few(key, shared.slot[others], slots, (shared.caps + 1 - number)[key]))


def lenders(slots: Slots, mask: Mask) -> Mask:
    """The records that the names of the mask take their nickname, script and spellings from."""
    at = slots.having("nid", np.unique(slots.codes("nid")[mask]))
    at = at[slots.now[at] != NOBODY]
    nid, shown = slots.codes("nid")[at], slots.codes("shown")[at]
    order = np.lexsort((slots.place[at], nid))
    first = at[order][np.unique(nid[order], return_index=True)[1]]
    at, nid, shown = at[shown != 0], nid[shown != 0], shown[shown != 0]
    order = np.lexsort((slots.place[at], shown, nid))
    at, nid, shown = at[order], nid[order], shown[order]
    other = np.ones(len(at), dtype=np.bool_)
    other[1:] = (np.diff(nid) != 0) | (np.diff(shown) != 0)
    return slots.mask(np.concatenate([first, at[other]]))


def sizes(slots: Slots) -> Ids:
    """How many records each person had."""
    return np.bincount(slots.was[slots.was != NOBODY], minlength=slots.size)


__all__ = [
    "Counted", "Slips", "accounts", "block_people", "counted", "form_people", "form_ring", "lenders", "met", "named",
    "opened", "respelled", "ring", "sizes", "slip_people", "slips", "stirred", "tied", "valued",
]  # fmt: skip
