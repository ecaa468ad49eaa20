"""Compiled twin of what `email` does with plain addresses: where their parts are, their domains as numbers, their keys.

Nothing is copied but what is written: an address is known by where in the bytes of its column it begins, where its @
stands, and where it ends.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t

cdef enum:
    # What a byte may be, see `email._KINDS`.
    LOCAL = 1, FOREMOST = 2, LETTER_OR_DIGIT = 4, LETTER = 8
    # What a domain does with names, see `email._traits`.
    WITHOUT_TAG = 1, WITHOUT_DOTS = 2

cdef uint32_t FIRST = 2166136261


cdef inline uint8_t lower(uint8_t char) noexcept nogil:
    return char + 32 if c"A" <= char <= c"Z" else char


cdef inline bint is_blank(uint8_t char) noexcept nogil:
    return char == c" " or 9 <= char <= 13


cdef inline uint32_t further(uint32_t value, uint8_t char) noexcept nogil:
    return (value ^ char) * 16777619


cdef inline size_t slot_of(uint32_t value) noexcept nogil:
    return (value ^ (value >> 16)) & 0xFFFF


cdef inline bint ends_word(uint8_t char) noexcept nogil:
    return c"0" <= char <= c"9" or char == c"-" or char == c"." or char == c"_"


cdef int64_t local_end(const uint8_t[::1] data, size_t start, size_t stop, const uint8_t[::1] kinds) except -2 nogil:
    """Where the @ behind a plain local part stands; -1 where there is none."""
    cdef size_t place
    cdef uint8_t char, before = c"."
    for place in range(start, stop):
        char = data[place]
        if char == c"@":
            return place if before != c"." else -1
        if char == c".":
            if before == c".":
                return -1
        elif not kinds[char] & (FOREMOST if place == start else LOCAL):
            return -1
        before = char
    return -1


cdef bint is_plain_domain(const uint8_t[::1] data, size_t start, size_t stop, const uint8_t[::1] kinds) except -1 nogil:
    """Whether labels of letters, digits and hyphens within come before a last one of two letters or more."""
    cdef size_t place, label = start
    cdef bint letters = True
    cdef uint8_t kind, char, before = c"."
    for place in range(start, stop):
        char = data[place]
        kind = kinds[char]
        if kind & LETTER_OR_DIGIT:
            letters &= kind & LETTER != 0
        elif before == c"." or not (char == c"-" or (char == c"." and before != c"-")):
            return False
        elif char == c".":
            label = place + 1
            letters = True
        else:
            letters = False
        before = char
    return letters and label > start and stop - label >= 2


cdef bint is_same(const uint8_t[::1] data, size_t one, size_t other, size_t length) except -1 nogil:
    """Whether two texts of one length are the same but for capitals."""
    cdef size_t place
    for place in range(length):
        if lower(data[one + place]) != lower(data[other + place]):
            return False
    return True


def parts(const uint8_t[::1] data, const int32_t[::1] offsets, const uint8_t[::1] kinds, size_t longest):
    """Of each text between `offsets` that is a plain address of at most `longest` bytes, blanks around it aside: where
    it begins, where its @ stands, where it ends, and the number of its domain; the @ is at -1 for all others. Also the
    first row of each domain. Capitals make no difference.
    """
    cdef size_t rows = offsets.shape[0] - 1, row, start, stop, place, known = 0, size = 1 << 10
    cdef int64_t at
    while size < 2 * rows:
        size *= 2
    cdef uint32_t value, slot, last = size - 1
    begins, ats, ends, codes = (np.zeros(rows, np.int32) for _ in range(4))
    first_rows = np.empty(rows, np.int32)
    cdef int32_t[::1] begin = begins, mark = ats, end = ends, code = codes, firsts = first_rows
    cdef int32_t[::1] table = np.zeros(size, np.int32)
    with nogil:
        for row in range(rows):
            start, stop = offsets[row], offsets[row + 1]
            mark[row] = -1
            while start < stop and is_blank(data[start]):
                start += 1
            while start < stop and is_blank(data[stop - 1]):
                stop -= 1
            if stop - start > longest:
                continue
            at = local_end(data, start, stop, kinds)
            if at < 0 or not is_plain_domain(data, at + 1, stop, kinds):
                continue
            value = FIRST
            for place in range(<size_t>at + 1, stop):
                value = further(value, lower(data[place]))
            slot = (value ^ (value >> 15)) & last
            begin[row], mark[row], end[row] = start, at, stop
            while table[slot]:
                place = firsts[table[slot] - 1]
                if <size_t>(end[place] - mark[place]) == stop - at and is_same(data, at, mark[place], stop - at):
                    break
                slot = (slot + 1) & last
            if not table[slot]:
                firsts[known] = row
                known += 1
                table[slot] = known
            code[row] = table[slot] - 1
    return begins, ats, ends, codes, first_rows[:known]


def written(
    const uint8_t[::1] data,
    const int32_t[::1] begins,
    const int32_t[::1] ats,
    const int32_t[::1] codes,
    const uint8_t[::1] domains,
    const int32_t[::1] bounds,
    const uint8_t[::1] traits,
    bint shown,
):
    """The addresses of `parts` behind whose domains stand the texts of `domains` between `bounds`: names as they stand
    if they are to be `shown`, else lower-case and as the `traits` of each domain say. Empty where the @ is at -1.
    """
    cdef size_t rows = ats.shape[0], row, place, total = 0, at = 0
    cdef uint8_t char, trait
    offsets = np.zeros(rows + 1, np.int32)
    cdef int32_t[::1] ends = offsets
    for row in range(rows):
        if ats[row] >= 0:
            total += ats[row] - begins[row] + 1 + bounds[codes[row] + 1] - bounds[codes[row]]
    found = np.empty(total, np.uint8)
    cdef uint8_t[::1] out = found
    with nogil:
        for row in range(rows):
            ends[row + 1] = at
            if ats[row] < 0:
                continue
            trait = traits[codes[row]]
            for place in range(begins[row], ats[row]):
                char = data[place] if shown else lower(data[place])
                if trait and char == c"+" and trait & WITHOUT_TAG and place > <size_t>begins[row]:
                    break
                if trait and char == c"." and trait & WITHOUT_DOTS:
                    continue
                out[at] = char
                at += 1
            out[at] = c"@"
            at += 1
            for place in range(bounds[codes[row]], bounds[codes[row] + 1]):
                out[at] = domains[place]
                at += 1
            ends[row + 1] = at
    return found[:at], offsets


def marks(const uint8_t[::1] data, const int32_t[::1] offsets):
    """What `odd` needs to know of the words between `offsets`."""
    cdef size_t row, place
    cdef uint32_t value
    found = np.zeros(1 << 16, np.uint8)
    cdef uint8_t[::1] out = found
    for row in range(offsets.shape[0] - 1):
        value = FIRST
        for place in range(offsets[row], offsets[row + 1]):
            value = further(value, data[place])
        out[slot_of(value)] = 1
    return found


def odd(const uint8_t[::1] data, const int32_t[::1] begins, const int32_t[::1] ats, const uint8_t[::1] known):
    """The rows of `parts` whose names, lower-case and without a tag, are one of the words of which `known` was made or
    begin with one that a digit, hyphen, dot or underscore follows, and few others; and these names: their bytes, and
    where each begins and the last one ends.
    """
    cdef size_t rows = ats.shape[0], row, place, stop, at = 0, count = 0
    cdef uint32_t value
    cdef bint is_odd
    cdef uint8_t char
    chosen, offsets, found = np.empty(rows, np.int64), np.zeros(rows + 1, np.int32), np.empty(data.shape[0], np.uint8)
    cdef int64_t[::1] choice = chosen
    cdef int32_t[::1] ends = offsets
    cdef uint8_t[::1] out = found
    with nogil:
        for row in range(rows):
            if ats[row] < 0:
                continue
            value, is_odd, stop = FIRST, False, ats[row]
            for place in range(begins[row], ats[row]):
                char = lower(data[place])
                if char == c"+" and place > <size_t>begins[row]:
                    stop = place
                    break
                if ends_word(char):
                    is_odd |= known[slot_of(value)]
                value = further(value, char)
            if not is_odd and not known[slot_of(value)]:
                continue
            for place in range(begins[row], stop):
                out[at] = lower(data[place])
                at += 1
            choice[count] = row
            count += 1
            ends[count] = at
    return chosen[:count], found[:at], offsets[: count + 1]
