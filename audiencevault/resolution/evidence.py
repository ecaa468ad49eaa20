"""What a link says for itself: every comparison with how well it agrees and what that weighs, in bits.

Words: a *weighed* comparison is one that moved the score; the bits of all of a link add up to its score, but for the
rounding to tenths.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from audiencevault.resolution.names import LEVEL_NAMES, MISSING

Bits = npt.NDArray[np.float64]

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
    rows = links.num_rows
    seen = links["seen"].to_numpy()
    words = [*LEVEL_NAMES, "yes", "different", *REFUSALS[1:]]
    yes, different = len(LEVEL_NAMES), len(LEVEL_NAMES) + 1
    keys = sorted([*KEYS, "refused"])
    said = np.empty((rows, len(keys)), np.int32)
    present = np.empty((rows, len(keys)), dtype=np.bool_)
    for index, name in enumerate(keys):
        bits: npt.NDArray[np.int32] | int = 0 if name == "refused" else _tenths(links, name)
        if name == "refused":
            level, present[:, index] = different + refusals.astype(np.int32), refusals != 0
        elif name in KEYS[:2]:
            level = links[f"{name.removesuffix('_name')}_level"].to_numpy().astype(np.int32)
            present[:, index] = level != MISSING
        else:
            level = np.full(rows, different if name in DIFFERING else yes, np.int32)
            present[:, index] = bits != 0
            if name in SEEN:
                present[:, index] |= (seen >> SEEN.index(name)) & 1 == 1
        said[:, index] = level * SPAN + (BARE if name in (*UNWEIGHED, "refused") else bits)
    # Few texts are said many times.
    coded = pa.array(said[present]).dictionary_encode()
    shown = pa.array([_text(words, value) for value in coded.dictionary.to_pylist()], pa.string())
    offsets = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int32)
    key_codes = np.broadcast_to(np.arange(len(keys), dtype=np.int8), present.shape)[present]
    key_texts = pa.DictionaryArray.from_arrays(pa.array(key_codes), pa.array(keys))
    value_texts = pa.DictionaryArray.from_arrays(coded.indices, shown)
    return pa.MapArray.from_arrays(pa.array(offsets), key_texts.cast(pa.string()), value_texts.cast(pa.string()))


def _tenths(links: pa.Table, name: str) -> npt.NDArray[np.int32]:
    """The tenths of one key, link by link."""
    number, place = divmod(KEYS.index(name), PER_NUMBER)
    value = links[COLUMNS[number]].combine_chunks().fill_null(0).to_numpy()
    held = (value >> np.int64(WIDTH * place)) & ((1 << WIDTH) - 1)
    return np.where(held == 0, 0, held - MOST - 1).astype(np.int32)


def _text(words: list[str], value: int) -> str:
    level, tenths = divmod(value + MOST + 1, SPAN)
    tenths -= MOST + 1
    return words[level] if tenths == BARE else f"{words[level]} {tenths / 10.0:+.1f}"
