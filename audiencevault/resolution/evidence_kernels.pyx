"""Compiled twin of what `evidence` says of whole columns of links."""

import numpy as np

from libc.stdint cimport int8_t, int32_t, int64_t


def said(const int64_t[:, ::1] keys, const int64_t[:, ::1] bits, const int8_t[:, ::1] levels,
         const int32_t[::1] seen, const int8_t[::1] refusals, int64_t width, int64_t span, int64_t bare):
    """What is said of each link: where it begins (int32, one more than links), the keys (int8, numbers of rows of
    `keys`), and what is said of them (int32): a level times `span` and tenths of bits, or `bare` in place of these.

    A row of `keys` says where the tenths lie, by column of `bits` and how many bits up (`width` of them, half of their
    range for 0, 0 for none); the bit in `seen` that says as much as tenths, or 0; the level, or -1 and -2 where it is
    in a column of `levels` (0 for none), -3 where it is 0 plus what `refusals` has; the level added to it; and 1 where
    no tenths are to be said.
    """
    cdef int64_t rows = bits.shape[0], many = keys.shape[0], half = (<int64_t>1 << (width - 1))
    cdef int64_t row, key, level, tenths, done = 0
    cdef bint present
    starts = np.zeros(rows + 1, np.int32)
    found, codes = np.empty(rows * many, np.int8), np.empty(rows * many, np.int32)
    cdef int32_t[::1] start = starts, code = codes
    cdef int8_t[::1] out = found
    with nogil:
        for row in range(rows):
            for key in range(many):
                tenths = (bits[row, keys[key, 0]] >> keys[key, 1]) & (2 * half - 1)
                tenths = tenths - half if tenths else 0
                level = keys[key, 3]
                if level >= 0:
                    present = tenths != 0 or (seen[row] & keys[key, 2]) != 0
                else:
                    level = levels[row, -level - 1] if level > -3 else refusals[row]
                    present = level != 0
                if present:
                    out[done] = <int8_t>key
                    code[done] = <int32_t>((level + keys[key, 4]) * span + (bare if keys[key, 5] else tenths))
                    done += 1
            start[row + 1] = <int32_t>done
    return starts, found[:done], codes[:done]
