"""How near two texts are that are not the same: mailboxes with a slip, streets written two ways, mistyped numbers and
dates. Columns in, columns out; rapidfuzz over distinct pairs.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

Flags = npt.NDArray[np.bool_]

MOST_SLIPS: Final = 2
LONG_LOCAL: Final = 10
SHORT_LOCAL: Final = 6
"""Local parts below this length differ by a letter because they are different."""
SIGN_OF: Final = np.uint32(1) << (np.arange(256, dtype=np.uint32) & np.uint32(31))
"""A bit for each byte; a few share one."""
STREET_AT: Final = 0.92
NOISY_EDITS: Final = 3
NOISY_LETTERS: Final = 4
"""In a noisy table so many letters of a street may be wrong, and one in so many."""
SIGNS: Final = str.maketrans("", "", "._-+'")


def _distances(left: pa.Array, right: pa.Array, cutoff: int) -> npt.NDArray[np.int32]:
    found: npt.NDArray[np.int32] = cpdist(
        left.to_numpy(zero_copy_only=False), right.to_numpy(zero_copy_only=False), scorer=OSA.distance,
        score_cutoff=cutoff, dtype=np.int32, workers=1,
    )  # fmt: skip
    return found


def near_enough(texts: pa.Array, left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> Flags:
    """Of pairs of e-mail keys (places in `texts`), those that may be at most two letters apart, by their lengths and
    the letters that they have; all others cannot be.
    """
    ends = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    lengths = np.diff(ends)
    found: Flags = np.abs(lengths[left] - lengths[right]) <= MOST_SLIPS
    if not found.any():
        return found
    data = np.frombuffer(texts.buffers()[2], np.uint8)[ends[0] : ends[-1]]
    signs, high = np.zeros(len(texts), np.uint32), np.zeros(len(texts), np.uint8)
    filled = np.flatnonzero(lengths)
    begin = (ends[:-1] - ends[0])[filled]
    signs[filled] = np.bitwise_or.reduceat(SIGN_OF[data], begin)
    high[filled] = np.bitwise_or.reduceat(data, begin)
    # A letter in another's place takes one away and brings one; of a letter of several bytes more.
    apart = np.bitwise_count(signs[left] ^ signs[right]) <= 2 * MOST_SLIPS
    found &= apart | (high[left] >= 128) | (high[right] >= 128)
    return found


def slips(left: pa.Array, right: pa.Array) -> Flags:
    """Of pairs of e-mail keys, those where one is a slip of the other: one letter or swap; two in a long local part;
    a domain written two ways. Digits that differ are no slip.
    """
    near = np.zeros(len(left), dtype=np.bool_)
    if not len(left):
        return near
    lengths = np.abs(pc.binary_length(left).to_numpy().astype(np.int64) - pc.binary_length(right).to_numpy())
    close = np.flatnonzero(lengths <= MOST_SLIPS)
    a, b = left.take(pa.array(close)), right.take(pa.array(close))
    distance = _distances(a, b, MOST_SLIPS) if len(close) else np.zeros(0, np.int32)
    for index in np.flatnonzero(distance <= MOST_SLIPS):
        x, y = a[index].as_py(), b[index].as_py()
        near[close[index]] = _one_slip(x, y, int(distance[index]))
    return near


def _one_slip(left: str, right: str, distance: int) -> bool:
    """Whether two different e-mail keys, `distance` edits apart, may be one address mistyped."""
    (local_x, _, domain_x), (local_y, _, domain_y) = left.partition("@"), right.partition("@")
    if local_x == local_y:
        return True
    if min(len(local_x), len(local_y)) < SHORT_LOCAL:
        return False
    if local_x.translate(SIGNS) == local_y.translate(SIGNS):
        # Other signs between the same letters are two people's choices, not a slip.
        return False
    digits_x, digits_y = ("".join(c for c in local if c.isdigit()) for local in (local_x, local_y))
    if digits_x == digits_y:
        return distance == 1 or (domain_x == domain_y and len(local_x) >= LONG_LOCAL)
    # `berg1` and `berg2`, `berg` and `berg7` are two people's; a digit doubled or exchanged is a slip.
    if distance > 1 or domain_x != domain_y or not digits_x or not digits_y:
        return False
    if len(local_x) == len(local_y):
        return len(digits_x) != len(digits_y) or sorted(digits_x) == sorted(digits_y)
    short, long = sorted((local_x, local_y), key=len)
    at = next((place for place, sign in enumerate(short) if sign != long[place]), len(short))
    return at > 0 and long[at] == long[at - 1]


def similar_streets(left: pa.Array, right: pa.Array, *, noisy: bool = False) -> Flags:
    """Of pairs of street keys, those that are one street and house with a slip: like words, and no other number;
    in a `noisy` table a few letters and digits may be wrong.
    """
    near = np.zeros(len(left), dtype=np.bool_)
    if not len(left):
        return near
    if noisy:
        shortest = np.minimum(pc.utf8_length(left).to_numpy(), pc.utf8_length(right).to_numpy())
        found: Flags = _distances(left, right, NOISY_EDITS) <= np.minimum(NOISY_EDITS, shortest // NOISY_LETTERS)
        return found
    score = cpdist(
        left.to_numpy(zero_copy_only=False), right.to_numpy(zero_copy_only=False),
        scorer=JaroWinkler.similarity, score_cutoff=STREET_AT, dtype=np.float64, workers=1,
    )  # fmt: skip
    chosen = pa.array(score >= STREET_AT)
    digits = [pc.replace_substring_regex(column.filter(chosen), "[^0-9]+", " ") for column in (left, right)]
    near[score >= STREET_AT] = np.asarray(pc.equal(*digits))
    return near


def near_dates(left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> Flags:
    """Of pairs of dates (yyyymmdd, 0 for none), those that may be one, mistyped: day and month exchanged, or one digit
    off.
    """
    swapped = (
        (left // 10_000 == right // 10_000) & (left % 100 == right // 100 % 100) & (right % 100 == left // 100 % 100)
    )
    wrong = np.zeros(len(left), dtype=np.int64)
    a, b = left.copy(), right.copy()
    for _ in range(8):
        wrong += a % 10 != b % 10
        a //= 10
        b //= 10
    found: Flags = (left != 0) & (right != 0) & ((wrong <= 1) | swapped)
    return found


def mistyped(left: pa.Array, right: pa.Array) -> Flags:
    """Of pairs of texts, those that are two slips apart at most."""
    if not len(left):
        return np.zeros(0, dtype=np.bool_)
    found: Flags = _distances(left, right, 2) <= 2
    return found


def near_numbers(left: pa.Array, right: pa.Array) -> Flags:
    """Of pairs of customer or national numbers, those one slip apart; short ones are never near."""
    if not len(left):
        return np.zeros(0, dtype=np.bool_)
    found: Flags = _distances(left, right, 1) <= 1
    return found
