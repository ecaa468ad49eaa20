"""Who is compared without an exact key in common: people who agree on several weaker values.

Words: a *person* here is what exact keys joined, named by its root; a *block* is the people who agree on a pair of
values, such as last name and postcode. A block with more people in it than its cap is not a block: its values carry
nothing. Two people are *candidates* where they share a block, and then every value of the one is compared with every
value of the other, whatever block found them.

Whether two people are candidates depends on the blocks that hold them both and on how many people each of those
blocks holds, on nothing else.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from audiencevault.engine import Engine
from audiencevault.resolution import handles
from audiencevault.resolution.codes import combined
from audiencevault.resolution.columns import HIGH, LOW, Held, Ints, Records, both, distinct
from audiencevault.resolution.handles import HANDLE_CAP as HANDLE_CAP
from audiencevault.resolution.handles import TAIL_CAP as TAIL_CAP
from audiencevault.resolution.handles import Forms, People, grouped


@dataclass(frozen=True, slots=True)
class Block:
    """People who agree on all `columns` of `resolve_numbered`, at most `cap` of them."""

    name: str
    columns: tuple[str, ...]
    cap: int


BLOCKS: Final = (
    Block("last name, first name and postcode", ("last", "given", "postcode"), 16),
    Block("last name, first letter and postcode", ("last", "initial", "postcode"), 4),
    Block("full name and postcode", ("name", "postcode"), 16),
    Block("first name and postcode", ("given", "postcode"), 4),
    Block("first name and birthday", ("given", "birthday"), 32),
    Block("last name and birthday", ("last", "birthday"), 32),
    Block("full name and birthday", ("name", "birthday"), 32),
    Block("birthday", ("birthday",), 8),
    Block("birthday and postcode", ("birthday", "postcode"), 16),
    Block("birthday and town", ("birthday", "city"), 16),
    Block("last name and street", ("last", "street"), 32),
    Block("first name and street", ("given", "street"), 32),
    Block("full name and town", ("name", "city"), 2),
    Block("full name and company", ("name", "company"), 32),
    Block("last name and company", ("last", "company"), 8),
    Block("first name and company", ("given", "company"), 8),
    Block("first letter, street and place", ("initial", "home"), 6),
)
SLIP_BLOCKS: Final = (
    Block("street", ("street",), 12),
    Block("full name", ("name",), 12),
    Block("last name and first letter", ("last", "initial"), 12),
    Block("first name and town", ("given", "city"), 12),
    Block("last name and town", ("last", "city"), 16),
    Block("last name and postcode", ("last", "postcode"), 16),
)
"""More blocks for a noisy table, where two rows of one person seldom agree on three values."""
PREFIX_BLOCK, SUFFIX_BLOCK = len(BLOCKS), len(BLOCKS) + 1
NEAR_CAP: Final = 8

MAIL_BLOCKS: Final = tuple(
    (number, name, part)
    for number, (name, part) in zip((PREFIX_BLOCK, SUFFIX_BLOCK, PREFIX_BLOCK), handles.MAIL_BLOCKS, strict=True)
)
"""The blocks of `handles.MAIL_BLOCKS`: what number each has, and which name and part of a mailbox it is made of."""
MAIL_SALTS: Final = tuple(range(64, 64 + len(MAIL_BLOCKS)))


def _of_blocks(people: People, blocks: tuple[Block, ...]) -> tuple[Ints, int]:
    """Pairs of people in a block that is small enough, and how many blocks were skipped."""
    records, roots = people.records, people.roots
    met, skipped = [np.zeros(0, np.int64)], 0
    for number, block in enumerate(blocks):
        values = [records.values(column).codes for column in block.columns]
        filled = values[0] != 0
        for codes in values[1:]:
            filled &= codes != 0
        rows = np.flatnonzero(filled)
        code = combined(32 + number, *(codes[rows].astype(np.int64) for codes in values))
        group = grouped(code, roots[rows], block.cap)
        one, two = group.pairs()
        met.append(both(group.person[one], group.person[two]))
        skipped += group.skipped
    return distinct(np.concatenate(met)), skipped


FLAGS: Final = ("handle", "local", "tail", "near", "spelled", "titled")
"""How two candidates were found."""


def candidates(
    engine: Engine,
    records: Records,
    held: Held,
    forms: Forms,
    roots: Ints,
    *,
    accounts: pa.Table | None = None,
    noisy: bool = False,
) -> tuple[pa.Table, int]:
    """The candidates (ra, rb, how they were found) among the people `roots` that exact keys left apart, and how many
    blocks were skipped because more people than their cap share them.

    `accounts` (stem, accounts) is what `handles.stems_of` finds in the whole table where the records are a part of it.
    In a `noisy` table people are also looked for in `SLIP_BLOCKS`, and by numbers with slips.
    """
    people = People(records, held, roots, forms)
    asked: list[Callable[[], Any]] = [
        functools.partial(handles.mailbox_blocks, people, MAIL_SALTS, NEAR_CAP),
        functools.partial(_of_blocks, people, BLOCKS + SLIP_BLOCKS if noisy else BLOCKS),
        functools.partial(handles.handled, people, accounts),
        *(functools.partial(meet, people) for meet in (handles.tails, handles.spelled, handles.titled)),
    ]
    (near, skipped), (plain, skipped_too), made, tail, spelled, titled = engine.together(asked)
    if noisy:
        tail = np.union1d(tail, handles.mistyped_numbers(people))
    found = {
        "plain": plain, "handle": made.pairs[made.handle], "local": made.pairs[~made.handle], "tail": tail,
        "near": near, "spelled": spelled, "titled": titled,
    }  # fmt: skip
    every = distinct(np.concatenate(list(found.values())))
    columns: dict[str, npt.NDArray[np.generic]] = {"ra": every >> HIGH, "rb": every & LOW}
    for name in FLAGS:
        columns[name] = np.zeros(len(every), np.int8)
        columns[name][np.searchsorted(every, found[name])] = 1
    place = np.searchsorted(every, made.pairs)
    for name, none in (("accounts", 1), ("people", 0), ("derived", 0), ("partly", 0), ("digits", 0)):
        said = getattr(made, name)
        columns[name] = np.full(len(every), none, said.dtype)
        np.maximum.at(columns[name], place, said)
    return pa.table(columns), skipped + skipped_too
