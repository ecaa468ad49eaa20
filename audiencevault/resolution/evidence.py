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

Ints = npt.NDArray[np.int64]
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


def _unpacked(links: pa.Table) -> Ints:
    """The tenths of each key, link by link."""
    tenths = np.zeros((links.num_rows, len(KEYS)), np.int64)
    for index in range(len(KEYS)):
        value = links[COLUMNS[index // PER_NUMBER]].combine_chunks().fill_null(0).to_numpy()
        held = (value >> np.int64(WIDTH * (index % PER_NUMBER))) & ((1 << WIDTH) - 1)
        tenths[:, index] = np.where(held == 0, 0, held - MOST - 1)
    return tenths


def evidence(links: pa.Table, refusals: npt.NDArray[np.int8]) -> pa.Array:
    """The evidence of `links` (SCORED) in words, sorted by key: `same +6.0`, `yes +5.0`, `different -12.0`; and which
    guard `refused` it, by the numbers of `REFUSALS`.
    """
    rows = links.num_rows
    seen, tenths = links["seen"].to_numpy(), _unpacked(links)
    words = [*LEVEL_NAMES, "yes", "different", *REFUSALS[1:]]
    yes, different = len(LEVEL_NAMES), len(LEVEL_NAMES) + 1
    keys = [*KEYS, "refused"]
    level = np.zeros((rows, len(keys)), np.int64)
    present = np.zeros((rows, len(keys)), dtype=np.bool_)
    for index, name in enumerate(KEYS):
        if index < 2:
            level[:, index] = links[f"{name.removesuffix('_name')}_level"].to_numpy()
            present[:, index] = level[:, index] != MISSING
            continue
        level[:, index] = different if name in DIFFERING else yes
        present[:, index] = tenths[:, index] != 0
        if name in SEEN:
            present[:, index] |= (seen >> SEEN.index(name)) & 1 == 1
    level[:, -1], present[:, -1] = different + refusals, refusals != 0
    order = np.argsort(np.array(keys))
    present, level = present[:, order], level[:, order]
    bare = np.array([name in (*UNWEIGHED, "refused") for name in keys])[order]
    weighed = np.concatenate([tenths, np.zeros((rows, 1), np.int64)], axis=1)[:, order]
    # Few texts are said many times.
    said = (level * (4 * (MOST + 1)) + np.where(bare, 2 * (MOST + 1), weighed))[present]
    texts, place = np.unique(said, return_inverse=True)
    shown = [_text(words, int(value)) for value in texts]
    offsets = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int32)
    key_codes = np.broadcast_to(np.arange(len(keys), dtype=np.int8), present.shape)[present]
    key_texts = pa.DictionaryArray.from_arrays(pa.array(key_codes), pa.array(np.array(keys)[order]))
    value_texts = pa.DictionaryArray.from_arrays(pa.array(place.astype(np.int32)), pa.array(shown, pa.string()))
    return pa.MapArray.from_arrays(pa.array(offsets), key_texts.cast(pa.string()), value_texts.cast(pa.string()))


def _text(words: list[str], value: int) -> str:
    level, tenths = divmod(value + MOST + 1, 4 * (MOST + 1))
    tenths -= MOST + 1
    return words[level] if tenths == 2 * (MOST + 1) else f"{words[level]} {tenths / 10.0:+.1f}"
