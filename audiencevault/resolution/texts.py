"""How near two texts are that are not the same: mailboxes with a slip, streets written two ways, mistyped numbers and
dates. Columns in, columns out; rapidfuzz over distinct pairs.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from audiencevault.engine.compiled import kernels

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int32]

KERNELS = kernels("audiencevault.resolution.slip_kernels")

MOST_SLIPS: Final = 2
LONG_LOCAL: Final = 10
SHORT_LOCAL: Final = 6
"""Local parts below this length differ by a letter because they are different."""
UNKNOWN: Final = 255
"""For a distance that was not measured yet."""
ASKED_AT_ONCE: Final = 65_536
STREET_AT: Final = 0.92
NOISY_EDITS: Final = 3
NOISY_LETTERS: Final = 4
"""In a noisy table so many letters of a street may be wrong, and one in so many."""


def _distances(left: pa.Array, right: pa.Array, cutoff: int) -> npt.NDArray[np.int32]:
    found: npt.NDArray[np.int32] = cpdist(
        left.to_numpy(zero_copy_only=False), right.to_numpy(zero_copy_only=False), scorer=OSA.distance,
        score_cutoff=cutoff, dtype=np.int32, workers=1,
    )  # fmt: skip
    return found


def _edits(texts: pa.Array, left: Places, right: Places) -> npt.NDArray[np.uint8]:
    """How many edits apart each two of `texts` (places in it) are, more than `MOST_SLIPS` if that many more."""
    found = np.full(len(left), UNKNOWN, np.uint8)
    if KERNELS is not None:
        offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
        data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
        found = KERNELS.distances(data, offsets, left, right)
    asked = np.flatnonzero(found == UNKNOWN)
    for start in range(0, len(asked), ASKED_AT_ONCE):
        rows = asked[start : start + ASKED_AT_ONCE]
        one, two = texts.take(pa.array(left[rows])), texts.take(pa.array(right[rows]))
        lengths = pc.abs(pc.subtract(pc.binary_length(one), pc.binary_length(two))).to_numpy(zero_copy_only=False)
        found[rows] = np.where(lengths <= MOST_SLIPS, _distances(one, two, MOST_SLIPS), MOST_SLIPS + 1)
    return found


def slips(texts: pa.Array, left: Places, right: Places) -> Flags:
    """Of pairs of e-mail keys (places in `texts`), those where one is a slip of the other: one letter or swap; two in
    a long local part; a domain written two ways. Digits that differ are no slip.
    """
    near = np.zeros(len(left), dtype=np.bool_)
    if not len(left):
        return near
    distance = _edits(texts, left, right)
    close = np.flatnonzero(distance <= MOST_SLIPS)
    near[close] = _one_slip(texts.take(pa.array(left[close])), texts.take(pa.array(right[close])), distance[close])
    return near


def _one_slip(left: pa.Array, right: pa.Array, distance: npt.NDArray[np.uint8]) -> Flags:
    """Of pairs of different e-mail keys, `distance` edits apart, those that may be one address mistyped."""

    def same(pattern: str) -> Flags:
        parts = [pc.replace_substring_regex(side, pattern, "") for side in (left, right)]
        return np.asarray(pc.equal(*parts))

    domain = same("(?s)^[^@]*@?")
    left, right = (pc.replace_substring_regex(side, "(?s)@.*", "") for side in (left, right))
    local, digits = np.asarray(pc.equal(left, right)), same("[^0-9]+")
    length_x, length_y = (pc.utf8_length(side).to_numpy() for side in (left, right))
    found: Flags = digits & ((distance == 1) | (domain & (length_x >= LONG_LOCAL)))
    # `berg1` and `berg2`, `berg` and `berg7` are two people's; a digit doubled or exchanged is a slip.
    asked = np.flatnonzero(~digits & domain & (distance == 1))
    one, two = (side.take(pa.array(asked)).to_pylist() for side in (left, right))
    found[asked] = [_digit_slip(x, y) for x, y in zip(one, two, strict=True)]
    # Other signs between the same letters are two people's choices, not a slip.
    found &= (np.minimum(length_x, length_y) >= SHORT_LOCAL) & ~same("[._+'-]+")
    found |= local
    return found


def _digit_slip(left: str, right: str) -> bool:
    """Whether one of two texts, of which one digit differs, has a digit of the other twice or in another's place."""
    digits_x, digits_y = (re.sub("[^0-9]+", "", text) for text in (left, right))
    if not digits_x or not digits_y:
        return False
    if len(left) == len(right):
        return len(digits_x) != len(digits_y) or sorted(digits_x) == sorted(digits_y)
    short, long = sorted((left, right), key=len)
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
