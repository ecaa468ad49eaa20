"""Compiled twin of what `points` does with whole columns of cells."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t


def weighs(const uint8_t[::1] data, const int32_t[::1] offsets, const uint8_t[::1] weights, int64_t least):
    """For each text between `offsets` whether the weights of its bytes add up to at least so much."""
    cdef size_t rows = offsets.shape[0] - 1, row, place
    cdef int64_t total
    found = np.empty(rows, np.uint8)
    cdef uint8_t[::1] out = found
    with nogil:
        for row in range(rows):
            total = 0
            for place in range(offsets[row], offsets[row + 1]):
                total += weights[data[place]]
            out[row] = total >= least
    return found
