"""The keys of streets whose words are known: what `street_keys.street_key` does with the tokens of one street."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t

cdef enum:
    NAMED, NUMBER, SILENT, DROPPED, UNIT, JOINED, LETTER, SUFFIX, ODD, NOTHING

cdef enum:
    DIGITS = 1
    DIRECTION = 2
    HOUSE = 4
    STR = 8
    JOINABLE = 16


cdef inline int kind_at(const uint8_t[::1] kinds, const int32_t[::1] codes, int64_t at, int64_t stop) except -1 nogil:
    return kinds[codes[at]] if at < stop else NOTHING


cdef inline int64_t append(
    uint8_t[::1] out, int64_t length, const uint8_t[::1] data, const int32_t[::1] offsets, int64_t word
) except -1 nogil:
    """Write a word at `length`; the length behind it."""
    cdef int64_t place
    for place in range(offsets[word], offsets[word + 1]):
        out[length] = data[place]
        length += 1
    return length


cdef inline int belongs(
    const uint8_t[::1] kinds, const uint8_t[::1] traits, const int32_t[::1] codes, int64_t at, int64_t stop
) except -1 nogil:
    """Whether the token behind a number is part of it: `5 a`, `5 bis`, but not `5 N Main St` and `5 a 7`."""
    cdef int kind = kind_at(kinds, codes, at, stop), following = kind_at(kinds, codes, at + 1, stop)
    if kind == SUFFIX:
        return True
    if kind != LETTER or following == NUMBER:
        return False
    return not (traits[codes[at]] & DIRECTION and following == NAMED)


cdef int bounds_without_unit(
    const uint8_t[::1] kinds, const int32_t[::1] codes, int64_t* start, int64_t* stop
) except -1 nogil:
    """Narrow the tokens of a street to those without flat or floor, in front or behind; both point to locals of the
    caller.
    """
    cdef int64_t at
    cdef int kind
    cdef bint named = False, number = False
    if stop[0] - start[0] > 3 and kinds[codes[start[0]]] == UNIT:
        kind = kinds[codes[start[0] + 1]]
        if kind == NUMBER or kind == LETTER:
            for at in range(start[0] + 2, stop[0]):
                named |= kinds[codes[at]] == NAMED
                number |= kinds[codes[at]] == NUMBER
            if named and number:
                start[0] += 2
    named = False
    for at in range(start[0], stop[0]):
        kind = kinds[codes[at]]
        if kind == UNIT and named:
            stop[0] = at
            return 0
        named |= kind == NAMED or kind == JOINED
    return 0


def keys(
    const int32_t[::1] codes, const int32_t[::1] firsts, const uint8_t[::1] kinds, const uint8_t[::1] traits,
    const uint8_t[::1] words, const int32_t[::1] word_offsets,
    const uint8_t[::1] shorts, const int32_t[::1] short_offsets,
):
    """The bytes and bounds of the keys of streets, and which have a token of the last kind, which only `street_key`
    can judge. `codes` are the tokens, as places in `kinds` and `traits` (in the order of `street_keys`), in `words`
    and in `shorts`; `firsts` says which token is the first of each street.
    """
    cdef int64_t row, at, start, stop, pass_, items, length = 0, most = 1
    cdef int64_t rows = firsts.shape[0] - 1
    cdef int kind, joinable
    cdef bint skip, dropped, glued
    with nogil:
        for at in range(codes.shape[0]):
            most += word_offsets[codes[at] + 1] - word_offsets[codes[at]]
            most += short_offsets[codes[at] + 1] - short_offsets[codes[at]] + 1
    written, bounds, unknown = np.empty(most, np.uint8), np.empty(rows + 1, np.int32), np.zeros(rows, np.bool_)
    cdef uint8_t[::1] out = written, odd = unknown.view(np.uint8)
    cdef int32_t[::1] begins = bounds
    with nogil:
        for row in range(rows):
            begins[row] = <int32_t>length
            start, stop, items, dropped, joinable = firsts[row], firsts[row + 1], 0, False, 0
            for at in range(start, stop):
                odd[row] |= kinds[codes[at]] == ODD
            if odd[row]:
                continue
            bounds_without_unit(kinds, codes, &start, &stop)
            for at in range(start, stop):
                dropped |= kinds[codes[at]] == DROPPED
            # What names the street first, its numbers behind.
            for pass_ in range(2):
                skip = False
                for at in range(start, stop):
                    kind = kinds[codes[at]]
                    if skip or kind == SILENT or kind == DROPPED:
                        skip = False
                        continue
                    if kind == NUMBER:
                        skip = traits[codes[at]] & DIGITS and belongs(kinds, traits, codes, at + 1, stop)
                    elif dropped and traits[codes[at]] & HOUSE and kind_at(kinds, codes, at + 1, stop) == NUMBER:
                        continue
                    if (kind == NUMBER) != (pass_ == 1):
                        continue
                    glued = kind == JOINED and joinable and (items == 1 or not traits[codes[at]] & STR)
                    # Whether a third word belongs to two that were joined is asked of their text.
                    odd[row] |= kind == JOINED and joinable < 0
                    joinable = -1 if glued else (traits[codes[at]] & JOINABLE) != 0
                    if items and not glued:
                        out[length] = c" "
                        length += 1
                    items += not glued
                    length = append(out, length, shorts, short_offsets, codes[at])
                    if skip:
                        length = append(out, length, words, word_offsets, codes[at + 1])
        begins[rows] = <int32_t>length
    return written[:length], bounds, unknown
