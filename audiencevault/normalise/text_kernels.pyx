"""Passes over columns of texts: which bytes a text has, only some of its bytes, equal texts, one column from two.

A column is given as Arrow keeps it: `data`, the bytes of all texts, and `offsets`, where in them each text begins and
the last one ends. A null is an empty text.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

cdef uint64_t GOLDEN = 0x9E3779B97F4A7C15ULL
cdef uint64_t FOREIGN = 0x8080808080808080ULL


cdef inline int64_t checked(const uint8_t[::1] data, int64_t start, int64_t length) except -1 nogil:
    """`start`, if `length` (at least 1) bytes from there on are in `data`; whoever gets an answer may touch them."""
    if start < 0 or length < 1 or start > data.shape[0] - length:
        with gil:
            raise IndexError("the offsets of a text lie outside of its bytes")
    return start


cdef inline bint is_null(const uint8_t[::1] bits, int64_t place) except -1 nogil:
    """Whether a row is null by its bit; an empty `bits` has none."""
    return bits.shape[0] > 0 and not bits[place >> 3] >> (place & 7) & 1


def seen(const uint8_t[::1] data, const int32_t[::1] offsets, const uint8_t[::1] table):
    """Per text `table[byte]` of all its bytes, or-ed."""
    cdef int64_t row, place, length
    cdef int64_t rows = offsets.shape[0] - 1
    cdef const uint8_t* text
    cdef uint8_t kinds[256]
    cdef uint8_t any_kind
    for place in range(256):
        kinds[place] = table[place]
    found = np.empty(rows, np.uint8)
    cdef uint8_t[::1] out = found
    with nogil:
        for row in range(rows):
            any_kind = 0
            length = offsets[row + 1] - offsets[row]
            if length > 0:
                # All bytes of the text are there.
                text = &data[checked(data, offsets[row], length)]
                for place in range(length):
                    any_kind |= kinds[text[place]]
            out[row] = any_kind
    return found


def foreign(const uint8_t[::1] data, const int32_t[::1] offsets):
    """Which texts have a byte from 0x80 on."""
    cdef int64_t row, place, stop
    cdef int64_t rows = offsets.shape[0] - 1
    cdef uint64_t word
    cdef uint8_t high
    found = np.empty(rows, np.bool_)
    cdef uint8_t[::1] out = found.view(np.uint8)
    with nogil:
        for row in range(rows):
            place, stop = offsets[row], offsets[row + 1]
            high = 0
            while place + 8 <= stop:
                memcpy(&word, &data[checked(data, place, 8)], 8)
                high |= (word & FOREIGN) != 0
                place += 8
            for place in range(place, stop):
                high |= data[place] >> 7
            out[row] = high
    return found


def first_kinds(
    const uint8_t[::1] data, const int32_t[::1] offsets, const uint8_t[::1] bits, int64_t bit,
    const uint8_t[::1] table, uint8_t blank,
):
    """Per text `table[byte]` of its first byte whose kind is not `blank`, and `blank` where it has none; 0 for a null.
    Which rows are null say `bits`, from the number `bit` on.
    """
    cdef int64_t row, place, stop
    cdef int64_t rows = offsets.shape[0] - 1
    cdef uint8_t kinds[256]
    cdef uint8_t kind
    for place in range(256):
        kinds[place] = table[place]
    found = np.empty(rows, np.uint8)
    cdef uint8_t[::1] out = found
    with nogil:
        for row in range(rows):
            place, stop = offsets[row], offsets[row + 1]
            kind = blank
            if place == stop and is_null(bits, bit + row):
                kind = 0
            while place < stop and kind == blank:
                kind = kinds[data[place]]
                place += 1
            out[row] = kind
    return found


def kept(const uint8_t[::1] data, const int32_t[::1] offsets, const uint8_t[::1] keep, const uint8_t[::1] table):
    """The bytes of the texts for which `keep[byte]`, as `table[byte]`, and where each text begins in them."""
    cdef int64_t row, place
    cdef int64_t rows = offsets.shape[0] - 1, length = 0
    cdef uint8_t wanted[256]
    cdef uint8_t instead[256]
    for place in range(256):
        wanted[place], instead[place] = keep[place] != 0, table[place]
    # One byte more: each is written, and counts if it is kept.
    written, bounds = np.empty(offsets[rows] - offsets[0] + 1, np.uint8), np.empty(rows + 1, np.int32)
    cdef uint8_t[::1] out = written
    cdef int32_t[::1] begins = bounds
    with nogil:
        for row in range(rows):
            begins[row] = <int32_t>length
            for place in range(offsets[row], offsets[row + 1]):
                out[length] = instead[data[place]]
                length += wanted[data[place]]
        begins[rows] = <int32_t>length
    return written[:length], bounds


cdef inline int64_t append(
    uint8_t[::1] out, int32_t[::1] out_offsets, int64_t at, int64_t rows, int64_t length,
    const uint8_t[::1] data, const int32_t[::1] offsets, int64_t first,
) except -1 nogil:
    """Write some texts of a column as those from `at` on, their bytes from `length` on; where these end."""
    cdef int64_t row
    cdef int64_t start = offsets[first]
    cdef int64_t more = offsets[first + rows] - start
    for row in range(rows):
        out_offsets[at + row] = <int32_t>(length + offsets[first + row] - start)
    if more > 0:
        memcpy(&out[checked(out, length, more)], &data[checked(data, start, more)], more)
    return length + more


def spliced(
    const uint8_t[::1] where, bint in_place,
    const uint8_t[::1] data, const int32_t[::1] offsets,
    const uint8_t[::1] other, const int32_t[::1] other_offsets,
):
    """The bytes and bounds of one column from two: the rows of `where` from the first in order, the others from the
    second, in order or, with `in_place`, the rows with the same numbers.
    """
    cdef int64_t row = 0, start, inside = 0, outside = 0, length = 0
    cdef int64_t rows = where.shape[0]
    # What is replaced in place is not written, but has room.
    cdef int64_t most = <int64_t>offsets[offsets.shape[0] - 1] - offsets[0]
    most += other_offsets[other_offsets.shape[0] - 1] - other_offsets[0]
    if most > 0x7FFFFFFF:
        raise OverflowError("a column of text cannot hold more than 2 GB")
    written, bounds = np.empty(most, np.uint8), np.empty(rows + 1, np.int32)
    cdef uint8_t[::1] out = written
    cdef int32_t[::1] out_offsets = bounds
    with nogil:
        # Rows that come from one column lie side by side there: they are copied at once.
        while row < rows:
            start = row
            while row < rows and where[row] == where[start]:
                row += 1
            if where[start]:
                length = append(out, out_offsets, start, row - start, length, data, offsets, inside)
                inside += row - start
            else:
                length = append(out, out_offsets, start, row - start, length, other, other_offsets, outside)
            if in_place or not where[start]:
                outside += row - start
        out_offsets[rows] = <int32_t>length
    return written[:length], bounds


cdef inline uint64_t word(const uint8_t[::1] data, int64_t start, int64_t length) except? 0 nogil:
    """Up to eight bytes as a number: another one for other bytes of that length, in this machine's order."""
    cdef uint64_t whole
    cdef uint32_t one, other
    if length >= 8:
        memcpy(&whole, &data[checked(data, start, 8)], 8)
        return whole
    if length >= 4:
        memcpy(&one, &data[checked(data, start, 4)], 4)
        memcpy(&other, &data[checked(data, start + length - 4, 4)], 4)
        return <uint64_t>one << 32 | other
    if length <= 0:
        return 0
    return <uint64_t>data[start] << 16 | <uint64_t>data[start + (length >> 1)] << 8 | data[start + length - 1]


cdef inline uint64_t hash_of(const uint8_t[::1] data, int64_t start, int64_t length) except? 0 nogil:
    """A number for the place of a text in a table of this process, and no more than that."""
    cdef int64_t stop = start + length
    cdef uint64_t value = <uint64_t>length * GOLDEN
    while stop - start > 8:
        value = (value ^ (value >> 32) ^ word(data, start, 8)) * GOLDEN
        start += 8
    value = (value ^ (value >> 32) ^ word(data, start, stop - start)) * GOLDEN
    value = (value ^ (value >> 32)) * GOLDEN
    return value ^ (value >> 32)


cdef inline int same(
    const uint8_t[::1] data, int64_t start, int64_t length, int64_t other, int64_t other_length
) except -1 nogil:
    """Whether two texts are equal."""
    cdef int64_t place = 0
    if length != other_length:
        return False
    while length - place > 8:
        if word(data, start + place, 8) != word(data, other + place, 8):
            return False
        place += 8
    return word(data, start + place, length - place) == word(data, other + place, length - place)


def numbered(const uint8_t[::1] data, const int32_t[::1] offsets, const uint8_t[::1] bits, int64_t bit):
    """Per text which of the distinct ones it is, in the order in which they first occur, -1 for a null; and the row in
    which each first occurs. Which rows are null say `bits`, from the number `bit` on.
    """
    cdef int64_t row, start, length, before, place, slots = 64, count = 0
    cdef int64_t rows = offsets.shape[0] - 1
    cdef uint64_t value, slot
    cdef uint64_t CODE = 0xFFFFFFFF
    while slots < 2 * rows:
        slots *= 2
    codes, firsts = np.empty(rows, np.int32), np.empty(rows, np.int32)
    cdef int32_t[::1] out = codes, of_row = firsts
    # A slot holds half of a hash and the number of its text, from 1 on; only those in use are ever touched.
    cdef uint64_t[::1] table = np.zeros(slots, np.uint64)
    with nogil:
        for row in range(rows):
            if is_null(bits, bit + row):
                out[row] = -1
                continue
            start, length = offsets[row], offsets[row + 1] - offsets[row]
            value = hash_of(data, start, length)
            place = <int64_t>(value & <uint64_t>(slots - 1))
            value &= ~CODE
            while True:
                slot = table[place]
                if slot == 0:
                    of_row[count] = <int32_t>row
                    out[row] = <int32_t>count
                    count += 1
                    table[place] = value | <uint64_t>count
                    break
                if slot & ~CODE == value:
                    before = of_row[<int64_t>(slot & CODE) - 1]
                    if same(data, start, length, offsets[before], offsets[before + 1] - offsets[before]):
                        out[row] = <int32_t>((slot & CODE) - 1)
                        break
                place = (place + 1) & (slots - 1)
    return codes, firsts[:count].copy()


def perhaps_several(const uint8_t[::1] data, const int32_t[::1] offsets, const uint8_t[::1] bits, int64_t bit):
    """The rows whose text other rows have too, and by chance a few others, ascending; no nulls. Which rows are null say
    `bits`, from the number `bit` on.
    """
    cdef int64_t row, place, slots = 1024, count = 0
    cdef int64_t rows = offsets.shape[0] - 1
    cdef uint8_t flag
    while slots < 16 * rows:
        slots *= 2
    places, found = np.empty(rows, np.int64), np.empty(rows, np.int64)
    cdef int64_t[::1] place_of = places, out = found
    cdef uint8_t[::1] once = np.zeros(slots // 8, np.uint8), again = np.zeros(slots // 8, np.uint8)
    with nogil:
        for row in range(rows):
            if is_null(bits, bit + row):
                place_of[row] = -1
                continue
            place = <int64_t>(hash_of(data, offsets[row], offsets[row + 1] - offsets[row]) & <uint64_t>(slots - 1))
            place_of[row] = place
            flag = <uint8_t>(1 << (place & 7))
            again[place >> 3] |= once[place >> 3] & flag
            once[place >> 3] |= flag
        for row in range(rows):
            place = place_of[row]
            if place >= 0 and again[place >> 3] >> (place & 7) & 1:
                out[count] = row
                count += 1
    return found[:count].copy()


def words(const uint8_t[::1] data, const int32_t[::1] offsets, const uint8_t[::1] table, uint8_t alone):
    """The words of all texts, one behind the other: `table[byte]` is what is written for a byte, 0 for one that ends a
    word and 1 for one that is left out; what is written as `alone` is a word of its own. Their bytes, where each of
    them begins and the last one ends, and which of them is the first of each text, and behind the last.
    """
    cdef int64_t row, place, length = 0, count = 0
    cdef int64_t rows = offsets.shape[0] - 1
    cdef uint8_t instead[256]
    cdef uint8_t byte
    cdef bint inside
    for place in range(256):
        instead[place] = table[place]
    written = np.empty(offsets[rows] - offsets[0], np.uint8)
    bounds, firsts = np.empty(written.shape[0] + 1, np.int32), np.empty(rows + 1, np.int32)
    cdef uint8_t[::1] out = written
    cdef int32_t[::1] begins = bounds, first = firsts
    with nogil:
        for row in range(rows):
            first[row] = <int32_t>count
            inside = False
            for place in range(offsets[row], offsets[row + 1]):
                byte = instead[data[place]]
                if byte == 1:
                    continue
                if byte == 0:
                    inside = False
                    continue
                if not inside or byte == alone:
                    begins[count] = <int32_t>length
                    count += 1
                out[length] = byte
                length += 1
                inside = byte != alone
        first[rows] = <int32_t>count
        begins[count] = <int32_t>length
    return written[:length], bounds[: count + 1].copy(), firsts
