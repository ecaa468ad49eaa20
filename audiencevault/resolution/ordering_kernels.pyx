"""Compiled twin of what `ordering` does."""

import numpy as np

from libc.stdint cimport int32_t, int64_t


cdef int64_t sort(int64_t[::1] values, int64_t begin, int64_t stop) except? -1 nogil:
    """Sort some values in place, by Shell's method: most of what is sorted here are two or three."""
    cdef int64_t gap = 1, place, at, value
    while gap < (stop - begin) // 2:
        gap = gap * 9 // 4 + 1
    while gap:
        for place in range(begin + gap, stop):
            value = values[place]
            at = place
            while at >= begin + gap and values[at - gap] > value:
                values[at] = values[at - gap]
                at -= gap
            values[at] = value
        gap = gap * 4 // 9
    return 0


def grouped(const int32_t[::1] groups, const int64_t[::1] values, int64_t count):
    """The distinct `values` (int64) by the number of the group beside them, ascending in each; where each of `count`
    groups begins, and how many values there are (int64, one longer than the groups).
    """
    cdef int64_t row, group, held, begin = 0, stop
    cdef int64_t rows = groups.shape[0]
    found, begins = np.empty(rows, np.int64), np.zeros(count + 1, np.int64)
    cdef int64_t[::1] out = found, place = begins
    if values.shape[0] != rows:
        raise ValueError("a group for every value")
    with nogil:
        for row in range(rows):
            place[groups[row]] += 1
        for group in range(count):
            held = place[group]
            place[group] = begin
            begin += held
        for row in range(rows):
            group = groups[row]
            out[place[group]] = values[row]
            place[group] += 1
        # Each place is now where the next group begins; what is kept moves down to where the last one ends.
        begin, held = 0, 0
        for group in range(count):
            stop = place[group]
            place[group] = held
            sort(out, begin, stop)
            for row in range(begin, stop):
                if row == begin or out[row] != out[held - 1]:
                    out[held] = out[row]
                    held += 1
            begin = stop
        place[count] = held
    return found[:held], begins
