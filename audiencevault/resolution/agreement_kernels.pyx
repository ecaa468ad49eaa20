"""Compiled twins of what `agreement` sees in the pairs of faces of each two people.

Everywhere `x` and `y` are the records of the pairs, and those of the two people in row `n` are the pairs from
`begin[n]` on, before `end[n]`.
"""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t


def compared(const int32_t[::1] codes, const int32_t[::1] x, const int32_t[::1] y, const int64_t[::1] begin,
             const int64_t[::1] end, int8_t[::1] agreements, int32_t[::1] same, int8_t[::1] other):
    """What two people agree on in one column of small numbers: the greatest that a pair of them has, and whether a pair
    differs; pairs that agree have one more of the `agreements`.
    """
    cdef int64_t row, pair
    cdef int32_t one, two
    with nogil:
        for row in range(begin.shape[0]):
            same[row] = other[row] = 0
            for pair in range(begin[row], end[row]):
                one, two = codes[x[pair]], codes[y[pair]]
                if one == 0 or two == 0:
                    continue
                if one != two:
                    other[row] = 1
                    continue
                agreements[pair] += 1
                if one > same[row]:
                    same[row] = one


def least(const int32_t[::1] codes, const int32_t[::1] x, const int32_t[::1] y, const int64_t[::1] begin,
          const int64_t[::1] end, bint records, int32_t[::1] of_x, int32_t[::1] of_y):
    """The least number of either side that differs in a pair, or with `records` the least record; -1 for none."""
    cdef int64_t row, pair
    cdef int32_t one, two
    with nogil:
        for row in range(begin.shape[0]):
            of_x[row] = of_y[row] = -1
            for pair in range(begin[row], end[row]):
                one, two = codes[x[pair]], codes[y[pair]]
                if one == 0 or two == 0 or one == two:
                    continue
                if records:
                    one, two = x[pair], y[pair]
                if of_x[row] < 0 or one < of_x[row]:
                    of_x[row] = one
                if of_y[row] < 0 or two < of_y[row]:
                    of_y[row] = two


def parts(const int8_t[::1] level, int8_t initial, const int32_t[::1] codes, const int64_t[::1] holders,
          const int32_t[::1] x, const int32_t[::1] y, const int64_t[::1] begin, const int64_t[::1] end,
          int8_t[::1] best, int8_t[::1] initials, int64_t[::1] most):
    """Of one part of the names: the best level but `initial`, whether a pair has that, and the most holders of either
    side's.
    """
    cdef int64_t row, pair
    with nogil:
        for row in range(begin.shape[0]):
            best[row] = initials[row] = 0
            most[row] = 0
            for pair in range(begin[row], end[row]):
                if level[pair] == initial:
                    initials[row] = 1
                elif level[pair] > best[row]:
                    best[row] = level[pair]
                most[row] = max(most[row], max(holders[codes[x[pair]]], holders[codes[y[pair]]]))


def fullest(const int8_t[::1] agreements, const int32_t[::1] x, const int32_t[::1] y, const int64_t[::1] begin,
            const int64_t[::1] end, int64_t records, int64_t[::1] found):
    """The pair that agrees on most, the first records winning: its agreements and its records counted down from the
    last, as digits to `records`.
    """
    cdef int64_t row, pair, value
    with nogil:
        for row in range(begin.shape[0]):
            found[row] = 0
            for pair in range(begin[row], end[row]):
                value = (agreements[pair] * records + records - 1 - x[pair]) * records + records - 1 - y[pair]
                found[row] = max(found[row], value)


def clashing(const uint8_t[::1] named, const int8_t[::1] clash, const int64_t[::1] begin, const int64_t[::1] end,
             const uint8_t[::1] kinds, int8_t generation, uint8_t[::1] every, int8_t[::1] generations):
    """Whether all the names that meet clash in one of the ways that `kinds` marks, and whether some meet at all; and
    whether a pair clashes by `generation`.
    """
    cdef int64_t row, pair
    cdef uint8_t some
    with nogil:
        for row in range(begin.shape[0]):
            some = 0
            every[row] = 1
            generations[row] = 0
            for pair in range(begin[row], end[row]):
                if not named[pair]:
                    continue
                if kinds[clash[pair]]:
                    some = 1
                else:
                    every[row] = 0
                if clash[pair] == generation:
                    generations[row] = 1
            every[row] &= some


def named(const int32_t[::1] names, const int32_t[::1] part, const int32_t[::1] other_part, const int32_t[::1] x,
          const int32_t[::1] y, int8_t same, uint8_t[::1] found, int8_t[:, ::1] levels, int64_t[::1] pairs,
          int64_t[::1] lower, int64_t[::1] upper):
    """Whether each pair of records has two names, and the levels of both parts where these are one; the number of
    `pairs` of different names, which and the numbers of whose names, the lower first, come first in the last arrays.
    """
    cdef int64_t pair, size = 0
    cdef int32_t one, two
    with nogil:
        for pair in range(x.shape[0]):
            one, two = names[x[pair]], names[y[pair]]
            found[pair] = one != 0 and two != 0
            levels[0, pair] = levels[1, pair] = levels[2, pair] = 0
            if not found[pair]:
                continue
            if one == two:
                levels[0, pair] = same if part[x[pair]] else 0
                levels[1, pair] = same if other_part[x[pair]] else 0
                continue
            pairs[size], lower[size], upper[size] = pair, min(one, two), max(one, two)
            size += 1
    return size
