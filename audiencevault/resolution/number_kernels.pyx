"""Compiled twins of what `columns` does with whole columns of numbers."""

import numpy as np

from libc.stdint cimport int32_t, int64_t


def people(const int32_t[::1] codes, const int64_t[::1] rows, const int64_t[::1] person, int64_t values):
    """How many different people each code from 0 to `values` - 1 has at `rows`; `codes` and `person` (from 0 on) are by
    record.
    """
    cdef int64_t place, code, who, size = 0
    cdef int64_t many = rows.shape[0]
    counted = np.zeros(values, np.int64)
    cdef int64_t[::1] count = counted
    cdef int64_t[::1] stop = np.zeros(values + 1, np.int64)
    ordered = np.empty(many, np.int64)
    cdef int64_t[::1] held = ordered
    with nogil:
        for place in range(many):
            stop[codes[rows[place]] + 1] += 1
            size = max(size, person[rows[place]] + 1)
        for code in range(values):
            stop[code + 1] += stop[code]
        for place in range(many):
            code = codes[rows[place]]
            held[stop[code]] = person[rows[place]]
            stop[code] += 1
    # By code, who was met last with it: nobody is counted twice, since the people of one code stand in a row.
    cdef int32_t[::1] met = np.full(size, -1, np.int32)
    with nogil:
        place = 0
        for code in range(values):
            while place < stop[code]:
                who = held[place]
                if met[who] != code:
                    met[who] = <int32_t>code
                    count[code] += 1
                place += 1
    return counted


def pairs_of(const int64_t[::1] count_x, const int64_t[::1] count_y):
    """Every item of one list with every item of another, list by list: the list, and the places in the two."""
    cdef int64_t lists = count_x.shape[0]
    cdef int64_t row, x, y, place = 0
    with nogil:
        for row in range(lists):
            place += count_x[row] * count_y[row]
    at, first, second = np.empty(place, np.int64), np.empty(place, np.int64), np.empty(place, np.int64)
    cdef int64_t[::1] out = at
    cdef int64_t[::1] left = first
    cdef int64_t[::1] right = second
    with nogil:
        place = 0
        for row in range(lists):
            for x in range(count_x[row]):
                for y in range(count_y[row]):
                    out[place] = row
                    left[place] = x
                    right[place] = y
                    place += 1
    return at, first, second


def triangles(const int64_t[::1] first, const int64_t[::1] count):
    """Every two items of each run that begins at `first` and holds `count`: the places of the earlier and the later."""
    cdef int64_t runs = first.shape[0]
    cdef int64_t row, x, y, place = 0
    with nogil:
        for row in range(runs):
            place += count[row] * (count[row] - 1) // 2
    one, two = np.empty(place, np.int64), np.empty(place, np.int64)
    cdef int64_t[::1] left = one
    cdef int64_t[::1] right = two
    with nogil:
        place = 0
        for row in range(runs):
            for x in range(count[row]):
                for y in range(x + 1, count[row]):
                    left[place] = first[row] + x
                    right[place] = first[row] + y
                    place += 1
    return one, two
