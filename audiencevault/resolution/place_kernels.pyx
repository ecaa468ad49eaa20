"""Compiled twin of how `surviving` looks texts up among others."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcmp, memcpy

cdef uint64_t STEP = 0x9E3779B97F4A7C15ULL
cdef uint64_t LOWER = 0xFFFFFFFFULL
cdef uint64_t UPPER = 0xFFFFFFFF00000000ULL

cdef enum:
    AHEAD = 4


cdef struct Texts:
    # `bounds` has `count` + 1 entries, `data` has `size` bytes.
    const uint8_t *data
    const int32_t *bounds
    int64_t size
    int64_t count


cdef Texts texts_of(const uint8_t[::1] data, const int32_t[::1] bounds) except *:
    """The addresses of a column, which its owner holds; every text is seen to lie inside it."""
    cdef Texts found
    cdef int64_t row
    found.size, found.count = data.shape[0], bounds.shape[0] - 1
    found.data = &data[0] if found.size else NULL
    found.bounds = &bounds[0]
    if bounds[0] < 0 or bounds[found.count] > found.size:
        raise IndexError("a text lies outside its column")
    for row in range(found.count):
        if bounds[row] > bounds[row + 1]:
            raise IndexError("a text ends before it begins")
    return found


cdef inline bint same(const Texts *left, int64_t x, const Texts *right, int64_t y) noexcept nogil:
    """Whether text `x` of one column is text `y` of another; both are places in them, and so inside."""
    cdef int64_t length = left.bounds[x + 1] - left.bounds[x]
    if right.bounds[y + 1] - right.bounds[y] != length:
        return False
    return length == 0 or memcmp(left.data + left.bounds[x], right.data + right.bounds[y], length) == 0


cdef inline uint64_t mixed(const Texts *texts, int64_t row) noexcept nogil:
    """A number for a text: where it goes in a table, nothing else, so that bytes may stand in any order."""
    cdef int64_t start = texts.bounds[row], left = texts.bounds[row + 1] - start
    cdef uint64_t word, value = <uint64_t>left
    while left >= 8:
        memcpy(&word, texts.data + start, 8)
        value = (value ^ word) * STEP
        value ^= value >> 29
        start += 8
        left -= 8
    if left:
        word = 0
        memcpy(&word, texts.data + start, left)
        value = (value ^ word) * STEP
    return value ^ (value >> 32)


cdef int fill(uint64_t[::1] table, const Texts *held) except -1 nogil:
    """Put each text where `mixed` says, or into the next free slot; there are more slots than texts.

    An entry is the upper half of that number and, below, the text's place plus one; 0 is a free slot.
    """
    cdef uint64_t mask = table.shape[0] - 1, value
    cdef int64_t row, slot
    table[:] = 0
    for row in range(held.count):
        value = mixed(held, row)
        slot = value & mask
        while table[slot] != 0:
            slot = (slot + 1) & mask
        table[slot] = (value & UPPER) | <uint64_t>(row + 1)
    return 0


cdef int64_t look_up(const uint64_t[::1] table, const Texts *wanted, int64_t row, const Texts *held) except? -2 nogil:
    """The place of a text among those of the table, -1 where there is none."""
    cdef uint64_t mask = table.shape[0] - 1, entry, value = mixed(wanted, row)
    cdef int64_t slot = value & mask, place
    while True:
        entry = table[slot]
        if entry == 0:
            return -1
        if entry & UPPER == value & UPPER:
            # What `fill` wrote is a place in `held`, plus one.
            place = <int64_t>(entry & LOWER) - 1
            if same(wanted, row, held, place):
                return place
        slot = (slot + 1) & mask


def places(
    const uint8_t[::1] data, const int32_t[::1] bounds, const uint8_t[::1] among, const int32_t[::1] among_bounds
):
    """Where each text of one column stands in another, whose texts are distinct; -1 where it does not.

    Texts that stand side by side here mostly do there: so first the next ones are looked at, then a table asked.
    """
    cdef Texts wanted = texts_of(data, bounds), held = texts_of(among, among_bounds)
    cdef int64_t row, place = -1, ahead, slots = 8
    cdef bint filled = False
    while slots < 2 * held.count:
        slots *= 2
    found = np.empty(wanted.count, np.int64)
    cdef int64_t[::1] out = found
    cdef uint64_t[::1] table = np.empty(slots, np.uint64)
    with nogil:
        for row in range(wanted.count):
            if row == 0 or not same(&wanted, row, &wanted, row - 1):
                place += 1
                ahead = min(place + AHEAD, held.count)
                while place < ahead and not same(&wanted, row, &held, place):
                    place += 1
                if place >= ahead:
                    if not filled:
                        fill(table, &held)
                        filled = True
                    place = look_up(table, &wanted, row, &held)
            out[row] = place
    return found
