"""Compiled twins of what `codes` does with the bytes of whole columns."""

import numpy as np

from libc.stdint cimport int64_t, uint8_t, uint64_t

cdef uint64_t GOLDEN = 0x9E3779B97F4A7C15ULL
cdef uint64_t STEP = 0xD1342543DE82EF95ULL


cdef inline uint64_t mixed(uint64_t value) noexcept nogil:
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL
    return value ^ (value >> 31)


cdef inline uint64_t word(const uint8_t[::1] data, int64_t start, int64_t length) except? 0 nogil:
    """Up to eight bytes as one number, the first the lowest."""
    cdef uint64_t found = 0
    cdef int64_t place
    for place in range(length):
        found |= (<uint64_t>data[start + place]) << (8 * place)
    return found


def hashed(const uint8_t[::1] data, const int64_t[::1] starts, const int64_t[::1] lengths):
    """The code of each slice of `data`; 0 for empty ones."""
    cdef int64_t row, start, left
    cdef uint64_t value
    cdef int64_t rows = starts.shape[0]
    found = np.empty(rows, np.int64)
    cdef int64_t[::1] out = found
    with nogil:
        for row in range(rows):
            left = lengths[row]
            if left <= 0:
                out[row] = 0
                continue
            start = starts[row]
            value = (word(data, start, min(left, 8)) ^ <uint64_t>left) * GOLDEN
            while left > 8:
                left -= 8
                start += 8
                value = ((value ^ (value >> 32)) * STEP ^ word(data, start, min(left, 8))) * GOLDEN
            value = mixed(value)
            out[row] = <int64_t>(value if value != 0 else 1)
    return found
