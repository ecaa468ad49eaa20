"""Compiled twins of what `texts` finds out about pairs of texts."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t

cdef int64_t MOST = 2
cdef int64_t UNKNOWN = 255


cdef int64_t edits(const uint8_t[::1] data, int64_t x, int64_t m, int64_t y, int64_t n,
                   uint8_t[:, ::1] band) except? -1 nogil:
    """Letters to add, leave out, exchange or swap to make the `m` bytes at `x` the `n` bytes at `y`: `MOST` + 1 where
    there are more than `MOST`, `UNKNOWN` where a letter of several bytes is among those that differ.

    `band` is room for three rows: of the table of edits only the places `MOST` or fewer from its diagonal are looked
    at, the place (i, j) in column j - i + 3, with a wall on both sides.
    """
    cdef int64_t i, j, k, found, least
    while m > 0 and n > 0 and data[x] == data[y]:
        x, y, m, n = x + 1, y + 1, m - 1, n - 1
    while m > 0 and n > 0 and data[x + m - 1] == data[y + n - 1]:
        m, n = m - 1, n - 1
    for i in range(m):
        if data[x + i] >= 128:
            return UNKNOWN
    for j in range(n):
        if data[y + j] >= 128:
            return UNKNOWN
    if m == 0 or n == 0:
        return min(m + n, MOST + 1)
    for k in range(7):
        band[0, k] = band[1, k] = band[2, k] = <uint8_t>(MOST + 1)
    for k in range(3, 6):
        band[0, k] = <uint8_t>(k - 3)
    for i in range(1, m + 1):
        least = MOST + 1
        for k in range(1, 6):
            j = i + k - 3
            found = MOST + 1
            if j == 0:
                found = min(found, i)
            elif 0 < j <= n:
                found = min(found, band[(i - 1) % 3, k] + (data[x + i - 1] != data[y + j - 1]))
                found = min(found, min(band[(i - 1) % 3, k + 1], band[i % 3, k - 1]) + 1)
                if i > 1 and j > 1 and data[x + i - 1] == data[y + j - 2] and data[x + i - 2] == data[y + j - 1]:
                    found = min(found, band[(i - 2) % 3, k] + 1)
            band[i % 3, k] = <uint8_t>found
            least = min(least, found)
        if least > MOST:
            return MOST + 1
    return band[m % 3, n - m + 3]


cdef inline int64_t ones(uint32_t bits) noexcept nogil:
    bits = bits - ((bits >> 1) & 0x55555555)
    bits = (bits & 0x33333333) + ((bits >> 2) & 0x33333333)
    return (((bits + (bits >> 4)) & 0x0F0F0F0F) * <uint32_t>0x01010101) >> 24


def distances(const uint8_t[::1] data, const int32_t[::1] offsets, const int32_t[::1] left, const int32_t[::1] right):
    """How many edits apart each two of the texts of `data` are, as `edits` says; texts whose lengths differ by more
    than `MOST` bytes are `MOST` + 1 apart.
    """
    cdef int64_t pair, text, place, x, y, m, n, texts = offsets.shape[0] - 1
    found, room = np.empty(left.shape[0], np.uint8), np.empty((3, 7), np.uint8)
    cdef uint8_t[::1] out = found
    cdef uint8_t[:, ::1] band = room
    # A bit for each letter of a text (a few share one), and whether there are letters of several bytes.
    cdef uint32_t[::1] letters = np.zeros(texts, np.uint32)
    cdef uint8_t[::1] long_ones = np.zeros(texts, np.uint8)
    with nogil:
        for text in range(texts):
            for place in range(offsets[text], offsets[text + 1]):
                letters[text] |= <uint32_t>1 << (data[place] & 31)
                long_ones[text] |= data[place] & 128
        for pair in range(left.shape[0]):
            x, y = left[pair], right[pair]
            m, n = offsets[x + 1] - offsets[x], offsets[y + 1] - offsets[y]
            if m - n > MOST or n - m > MOST:
                out[pair] = <uint8_t>(MOST + 1)
            elif not (long_ones[x] or long_ones[y]) and ones(letters[x] ^ letters[y]) > 2 * MOST:
                # An edit takes one letter away at most, and brings one at most.
                out[pair] = <uint8_t>(MOST + 1)
            else:
                out[pair] = <uint8_t>edits(data, offsets[x], m, offsets[y], n, band)
    return found
