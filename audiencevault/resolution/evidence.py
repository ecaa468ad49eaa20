"""What a link says for itself: every comparison with how well it agrees and what that weighs, in bits.

Words: a *weighed* comparison is one that moved the score; the bits of all of a link add up to its score, but for the
rounding to tenths.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine.compiled import kernels
from audiencevault.resolution.names import LEVEL_NAMES

Bits = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]

KERNELS = kernels("audiencevault.resolution.evidence_kernels")

SEEN: Final = ("email", "phone", "account", "handle", "mailbox", "phone_ending", "street", "birthday", "company",
               "postcode", "city", "shared_point", "crowded_point", "ambiguous", "birthday_differs",
               "identifier")  # fmt: skip
"""What a link may have seen, a bit each."""
DIFFERING: Final = ("birthday_differs", "street_differs", "city_differs", "mailboxes_differ", "phones_differ",
                    "generation_differs")  # fmt: skip
"""What may speak against: two streets, two mailboxes, junior and senior."""
KEYS: Final = (
    "first_name", "last_name", *SEEN, *(name for name in DIFFERING if name not in SEEN), "prior", "limit",
)  # fmt: skip
"""`prior` is how unlikely any two records are one person; `limit` what the rest may not weigh, as a name alone."""
FLAGS: Final = ("shared_point", "crowded_point", "ambiguous", "prior", "limit")
UNWEIGHED: Final = ("shared_point", "crowded_point")

# Bits in tenths, five to a number.
WIDTH: Final = 12
PER_NUMBER: Final = 5
MOST: Final = (1 << (WIDTH - 1)) - 1
# A level and its tenths in one number; where there are none to be said, this instead of them.
SPAN: Final = 4 * (MOST + 1)
BARE: Final = 2 * (MOST + 1)
ROWS: Final = 131_072
COLUMNS: Final = tuple(f"bits_{number}" for number in range(-(-len(KEYS) // PER_NUMBER)))

REFUSALS: Final = ("", "decision", "birthdays", "names", "mailboxes", "accounts")
"""Why a guard refused a link that is strong enough, by the numbers that `clusters` gives; '' where none did."""
SAID: Final = tuple(sorted([*KEYS, "refused"]))
WORDS: Final = (*LEVEL_NAMES, "yes", "different", *REFUSALS[1:])
LEVELS: Final = ("first_level", "last_level")
REFUSED: Final = -3
"""Stands for a level that is the number of a guard; -1 and -2 stand for those of `LEVELS`."""


def packed(weights: dict[str, Bits], rows: int) -> list[pa.Array]:
    """The bits of the comparisons of `rows` links as the columns `COLUMNS`."""
    tenths = np.zeros((rows, len(COLUMNS) * PER_NUMBER), np.int64)
    for name, bits in weights.items():
        tenths[:, KEYS.index(name)] = np.clip(np.rint(bits * 10.0), -MOST, MOST).astype(np.int64) + MOST + 1
    columns = []
    for number in range(len(COLUMNS)):
        value = np.zeros(rows, np.int64)
        for place in range(PER_NUMBER):
            value |= tenths[:, number * PER_NUMBER + place] << np.int64(WIDTH * place)
        columns.append(pa.array(value))
    return columns


def evidence(links: pa.Table, refusals: npt.NDArray[np.int8]) -> pa.ChunkedArray:
    """The evidence of `links` (SCORED) in words, sorted by key: `same +6.0`, `yes +5.0`, `different -12.0`; and which
    guard `refused` it, by the numbers of `REFUSALS`. So many links at a time that what is in between stays small.
    """
    slices = [
        _said(links.slice(start, ROWS).combine_chunks(), refusals[start : start + ROWS])
        for start in range(0, links.num_rows, ROWS)
    ]
    return pa.chunked_array(slices, pa.map_(pa.string(), pa.string()))


def _said(links: pa.Table, refusals: npt.NDArray[np.int8]) -> pa.Array:
    bits = np.stack([pc.fill_null(links[name].combine_chunks(), 0).to_numpy() for name in COLUMNS], axis=1)
    levels = np.stack([links[name].combine_chunks().to_numpy() for name in LEVELS], axis=1)
    offsets, keys, codes = _coded(bits, levels, links["seen"].combine_chunks().to_numpy(), refusals)
    # Few texts are said many times.
    coded = pa.array(codes).dictionary_encode()
    shown = pa.array([_text(value) for value in coded.dictionary.to_pylist()], pa.string())
    key_texts = pa.DictionaryArray.from_arrays(pa.array(keys), pa.array(SAID))
    value_texts = pa.DictionaryArray.from_arrays(coded.indices, shown)
    return pa.MapArray.from_arrays(pa.array(offsets), key_texts.cast(pa.string()), value_texts.cast(pa.string()))


def _coded(
    bits: Ints, levels: npt.NDArray[np.int8], seen: Small, refusals: npt.NDArray[np.int8]
) -> tuple[Small, npt.NDArray[np.int8], Small]:
    """What is said, link by link: where each begins, the places of the keys in `SAID`, and levels with tenths as one
    number: the level in `WORDS` times `SPAN`, plus the tenths or `BARE`.
    """
    if KERNELS is not None:
        found: tuple[Small, npt.NDArray[np.int8], Small]
        found = KERNELS.said(RULES, bits, levels, seen, refusals, WIDTH, SPAN, BARE)
        return found
    present, codes = np.empty((len(bits), len(SAID)), np.bool_), np.empty((len(bits), len(SAID)), np.int32)
    for place, (column, shift, flag, level, first, silent) in enumerate(RULES.tolist()):
        tenths = (bits[:, column] >> np.int64(shift)) & ((1 << WIDTH) - 1)
        tenths[tenths != 0] -= MOST + 1
        if level >= 0:
            held: npt.NDArray[np.integer] | int = level
            present[:, place] = (tenths != 0) | (seen & flag != 0)
        else:
            held = (refusals if level == REFUSED else levels[:, -level - 1]).astype(np.int32)
            present[:, place] = held != 0
        codes[:, place] = (held + first) * SPAN + (BARE if silent else tenths)
    offsets = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int32)
    return offsets, np.broadcast_to(np.arange(len(SAID), dtype=np.int8), present.shape)[present], codes[present]


def _rules() -> Ints:
    """What the kernel `said` must know of each key of `SAID`."""
    yes, different = len(LEVEL_NAMES), len(LEVEL_NAMES) + 1
    rules = []
    for name in SAID:
        if name == "refused":
            rules.append((0, 0, 0, REFUSED, different, 1))
            continue
        number, place = divmod(KEYS.index(name), PER_NUMBER)
        level, seen = different if name in DIFFERING else yes, 1 << SEEN.index(name) if name in SEEN else 0
        if name in KEYS[:2]:
            level = -1 - KEYS.index(name)
        rules.append((number, WIDTH * place, seen, level, 0, int(name in UNWEIGHED)))
    return np.array(rules, np.int64)


RULES: Final = _rules()


def _text(value: int) -> str:
    level, tenths = divmod(value + MOST + 1, SPAN)
    tenths -= MOST + 1
    return WORDS[level] if tenths == BARE else f"{WORDS[level]} {tenths / 10.0:+.1f}"
