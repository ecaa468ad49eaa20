"""Passes over columns of names: words found and numbered, texts put together from a table, words sorted.

A column or table of texts is given as Arrow keeps it: `data`, the bytes of all texts, and `offsets`, where in them each
text begins and the last one ends. A place in a table is a number from 0 on; a negative one means nothing.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcmp, memcpy

cdef enum:
    # Shapes of characters, as `plain_names` knows them.
    UPPER = 1
    LOWER = 2
    CASELESS = 4
    LETTER = 8
    SIGN = 16
    # What becomes of a row.
    ODD = 1
    FOREIGN = 2
    # Words of a plain name; words of a name that are sorted here; words that a new table has room for; bytes copied at a time.
    PARTS = 3
    MOST_WORDS = 24
    ROOM = 8192
    BLOCK = 16

cdef uint64_t GOLDEN = 0x9E3779B97F4A7C15ULL


cdef inline int64_t within(const uint8_t[::1] data, int64_t start, int64_t length) except -1 nogil:
    """`start`, if `length` bytes from there on, at least one, are in `data`: they may then be touched by a pointer."""
    if start < 0 or length < 1 or start > data.shape[0] - length:
        raise IndexError("a text lies outside of its column's bytes")
    return start


cdef inline int copy(
    uint8_t[::1] into, int64_t at, const uint8_t[::1] data, int64_t start, int64_t length
) except -1 nogil:
    """At least one byte; behind what is copied may stand anything, which is then written over."""
    if length <= BLOCK and 0 <= at <= into.shape[0] - BLOCK and 0 <= start <= data.shape[0] - BLOCK:
        # Sixteen bytes are there in both, and a copy of fixed size is two instructions.
        memcpy(&into[at], &data[start], BLOCK)
    else:
        memcpy(&into[within(into, at, length)], &data[within(data, start, length)], length)
    return 0


cdef inline int compared(
    const uint8_t[::1] data, int64_t start, int64_t length, int64_t other, int64_t other_length
) except? -2 nogil:
    """Below, at or above 0 as one text of at least a byte comes before, is, or comes after another."""
    cdef int64_t both = min(length, other_length)
    cdef int found = memcmp(&data[within(data, start, both)], &data[within(data, other, both)], both)
    if found == 0:
        return (length > other_length) - (length < other_length)
    return 1 if found > 0 else -1


cdef object longer(values, int64_t room):
    found = np.zeros(room, values.dtype)
    found[: len(values)] = values
    return found


cdef class Words:
    """Distinct words of `data`, numbered as they come; a word is known by its bytes and its `kind`."""

    cdef const uint8_t[::1] data
    cdef int64_t[::1] starts
    cdef int64_t[::1] lengths
    cdef uint8_t[::1] kinds
    cdef uint64_t[::1] hashes
    cdef int32_t[::1] slots
    cdef int64_t count

    def __init__(self, const uint8_t[::1] data):
        self.data, self.count = data, 0
        self.starts, self.lengths = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self.kinds, self.hashes = np.zeros(0, np.uint8), np.zeros(0, np.uint64)
        self.grow(ROOM)

    cdef int grow(self, int64_t room) except -1:
        """Room for so many words (a power of two); at most half of the slots are ever taken."""
        cdef int64_t slot, number
        self.starts, self.lengths = longer(np.asarray(self.starts), room), longer(np.asarray(self.lengths), room)
        self.kinds, self.hashes = longer(np.asarray(self.kinds), room), longer(np.asarray(self.hashes), room)
        self.slots = np.full(2 * room, -1, np.int32)
        for number in range(self.count):
            slot = <int64_t>(self.hashes[number] & <uint64_t>(2 * room - 1))
            while self.slots[slot] >= 0:
                slot = (slot + 1) & (2 * room - 1)
            self.slots[slot] = <int32_t>number
        return 0

    cdef int64_t number(self, int64_t start, int64_t length, uint8_t kind) except -1 nogil:
        """The number of a word of at least one byte."""
        cdef int64_t slot, known, place = start, left = length
        cdef uint64_t part, value = (<uint64_t>length << 8 | kind) * GOLDEN
        while left > 0:
            part = 0
            # The order of bytes is the machine's: it decides about slots and never about numbers.
            memcpy(&part, &self.data[within(self.data, place, min(left, 8))], min(left, 8))
            value = (value ^ (value >> 32) ^ part) * GOLDEN
            place, left = place + 8, left - 8
        value ^= value >> 29
        slot = <int64_t>(value & <uint64_t>(self.slots.shape[0] - 1))
        while self.slots[slot] >= 0:
            known = self.slots[slot]
            if (self.hashes[known] == value and self.lengths[known] == length and self.kinds[known] == kind
                    and compared(self.data, start, length, self.starts[known], length) == 0):
                return known
            slot = (slot + 1) & (self.slots.shape[0] - 1)
        if self.count == self.starts.shape[0]:
            with gil:
                self.grow(2 * self.count)
            return self.number(start, length, kind)
        known = self.count
        self.slots[slot] = <int32_t>known
        self.starts[known], self.lengths[known], self.kinds[known] = start, length, kind
        self.hashes[known] = value
        self.count += 1
        return known


cdef struct Name:
    int64_t start[PARTS]
    int64_t length[PARTS]
    int64_t letters[PARTS]
    int64_t words
    bint turned
    uint8_t one_case


cdef int64_t shape_at(const uint8_t[::1] data, int64_t place, int64_t stop, const uint8_t[::1] shapes) except -1 nogil:
    """The shape of the character that begins at `place`, and above eight bits how many bytes it has."""
    cdef int64_t code = data[place], width = 1, at
    if code >= 0x80:
        if code < 0xC2 or code >= 0xF0:
            return 1 << 8
        width = 2 if code < 0xE0 else 3
        code &= 0x1F if width == 2 else 0x0F
        if place + width > stop:
            return 1 << 8
        for at in range(1, width):
            code = code << 6 | (data[place + at] & 0x3F)
    return width << 8 | (shapes[code] if code < shapes.shape[0] else 0)


cdef bint take_apart(
    const uint8_t[::1] data, int64_t start, int64_t stop, const uint8_t[::1] shapes, bint whole, Name* name
) except? False nogil:
    """Whether a text is a plain name, and its words; `name` is the caller's own, and `words` at most `PARTS`."""
    cdef int64_t place = start, found, at = 0
    cdef uint8_t shape, first, last, seen, everything = 0
    cdef bint cased = False
    name.turned = False
    while at < PARTS:
        name.start[at], name.letters[at] = place, 0
        first = last = seen = 0
        while place < stop:
            found = shape_at(data, place, stop, shapes)
            shape = <uint8_t>(found & 0xFF)
            if shape == 0:
                break
            first = first if name.letters[at] else shape
            last, seen = shape, seen | shape
            name.letters[at] += 1
            place += found >> 8
        if not first & (UPPER | LOWER | CASELESS) or last & (LETTER | SIGN):
            return False
        everything |= seen
        cased |= not (first == UPPER and (last == LOWER or name.letters[at] == 1)) and seen & ~(CASELESS | SIGN) != 0
        if name.letters[at] == 1 and place < stop and data[place] == c".":
            place += 1
        name.length[at] = place - name.start[at]
        at += 1
        if place == stop:
            break
        if whole and at == 1 and data[place] == c"," and name.letters[0] > 1:
            name.turned = True
            place += 1
        if place == stop or data[place] != c" ":
            return False
        place += 1
    name.words, name.one_case = at, cased
    if cased and (everything & LETTER or everything & (UPPER | LOWER) == (UPPER | LOWER)):
        return False
    return place == stop and data[stop - 1] != c" " and not (name.turned and (at == 1 or name.letters[1] < 2))


def plain_names(
    const uint8_t[::1] data, const int32_t[::1] offsets, const uint8_t[::1] wanted, const uint8_t[::1] shapes,
    int64_t longest, bint whole,
):
    """The plain ones among the `wanted` texts.

    Per text the numbers of its first, middle and last word, `ODD` if it is none, with `FOREIGN` if it has other than
    ASCII; and of each distinct word where it begins in `data`, its length, and whether its text is all in one case.
    """
    cdef int64_t row, start, stop, place, at
    cdef int64_t rows = offsets.shape[0] - 1
    cdef Name name
    found, states = np.full((rows, PARTS), -1, np.int32), np.zeros(rows, np.uint8)
    cdef int32_t[:, ::1] out = found
    cdef uint8_t[::1] state = states
    cdef Words words = Words(data)
    with nogil:
        for row in range(rows):
            if not wanted[row]:
                continue
            start, stop = offsets[row], offsets[row + 1]
            while stop > start and data[stop - 1] == c".":
                stop -= 1
            if not start < stop <= start + longest or not take_apart(data, start, stop, shapes, whole, &name):
                state[row] = ODD
                for place in range(start, stop):
                    state[row] |= FOREIGN if data[place] >= 0x80 else 0
                continue
            for at in range(name.words):
                # "Falk, Ida Maria": the first written comes last.
                place = at if not name.turned else PARTS - 1 if at == 0 else at - 1
                if at > 0 and at == name.words - 1 and not name.turned:
                    place = PARTS - 1
                out[row, place] = <int32_t>words.number(name.start[at], name.length[at], name.one_case)
    count = words.count
    return (found, states, np.asarray(words.starts)[:count], np.asarray(words.lengths)[:count],
            np.asarray(words.kinds)[:count])


def joined(const uint8_t[::1] data, const int32_t[::1] offsets, const int32_t[:, ::1] places):
    """Per row the texts at its `places` with a blank between: the bytes and bounds of the new column, which rows have
    one (as bits) and how many have none. An empty text is none.
    """
    cdef int64_t row, at, place, length, begin, total = 0, missing = 0
    cdef int64_t rows = places.shape[0], width = places.shape[1]
    bounds, bits = np.empty(rows + 1, np.int32), np.zeros((rows + 7) // 8, np.uint8)
    cdef int32_t[::1] ends = bounds
    cdef uint8_t[::1] valid = bits
    cdef uint8_t[::1] out
    with nogil:
        ends[0] = 0
        for row in range(rows):
            begin = total
            for at in range(width):
                place = places[row, at]
                length = 0 if place < 0 else offsets[place + 1] - offsets[place]
                if length > 0:
                    total += length + (total > begin)
            if total > begin:
                valid[row >> 3] |= <uint8_t>(1 << (row & 7))
            else:
                missing += 1
            if total > 0x7FFFFFFF:
                raise OverflowError("a column of text cannot hold more than 2 GB")
            ends[row + 1] = <int32_t>total
    written = np.empty(total, np.uint8)
    out = written
    with nogil:
        total = 0
        for row in range(rows):
            begin = total
            for at in range(width):
                place = places[row, at]
                length = 0 if place < 0 else offsets[place + 1] - offsets[place]
                if length <= 0:
                    continue
                if total > begin:
                    out[total] = c" "
                    total += 1
                copy(out, total, data, offsets[place], length)
                total += length
    return written, bounds, bits, missing


cdef int64_t words_of(
    const uint8_t[::1] data, int64_t start, int64_t stop, int64_t* starts, int64_t* lengths, int64_t count
) except -1 nogil:
    """Words of `data` in order behind `count` others; room is for `MOST_WORDS`, and the answer is more where there are.
    """
    cdef int64_t begin, place = start, at
    while place < stop:
        begin = place
        while place < stop and data[place] != c" ":
            place += 1
        if place > begin:
            if count >= MOST_WORDS:
                return MOST_WORDS + 1
            at = count
            while at > 0 and compared(data, starts[at - 1], lengths[at - 1], begin, place - begin) > 0:
                starts[at], lengths[at] = starts[at - 1], lengths[at - 1]
                at -= 1
            starts[at], lengths[at] = begin, place - begin
            count += 1
        place += 1
    return count


def sorted_words(const uint8_t[::1] data, const int32_t[::1] offsets, const int32_t[:, ::1] places):
    """Per row the words of the texts at its `places`, sorted, those of one byte only where there are no others: as of
    `joined`, and behind that the rows that have too many words, which get nothing.
    """
    cdef int64_t row, at, place, count, total = 0, missing = 0, begin, least
    cdef int64_t rows = places.shape[0], width = places.shape[1]
    cdef int64_t starts[MOST_WORDS]
    cdef int64_t lengths[MOST_WORDS]
    bounds, bits, many = np.empty(rows + 1, np.int32), np.zeros((rows + 7) // 8, np.uint8), np.zeros(rows, np.bool_)
    cdef int32_t[::1] ends = bounds
    cdef uint8_t[::1] valid = bits, crowded = many.view(np.uint8)
    cdef uint8_t[::1] out
    with nogil:
        for row in range(rows):
            for at in range(width):
                place = places[row, at]
                total += 0 if place < 0 else offsets[place + 1] - offsets[place] + 1
    if total > 0x7FFFFFFF:
        raise OverflowError("a column of text cannot hold more than 2 GB")
    # No row gets longer than its texts with a blank behind each.
    written = np.empty(total, np.uint8)
    out = written
    with nogil:
        total = ends[0] = 0
        for row in range(rows):
            count, begin, least = 0, total, 1
            for at in range(width):
                place = places[row, at]
                if place >= 0 and count <= MOST_WORDS:
                    count = words_of(data, offsets[place], offsets[place + 1], starts, lengths, count)
            crowded[row] = count > MOST_WORDS
            count = 0 if crowded[row] else count
            for at in range(count):
                least = 2 if lengths[at] > 1 else least
            for at in range(count):
                if lengths[at] < least:
                    continue
                if total > begin:
                    out[total] = c" "
                    total += 1
                copy(out, total, data, starts[at], lengths[at])
                total += lengths[at]
            if total > begin:
                valid[row >> 3] |= <uint8_t>(1 << (row & 7))
            else:
                missing += 1
            ends[row + 1] = <int32_t>total
    return written[:total], bounds, bits, missing, many


def ends_with_word(
    const uint8_t[::1] data, const int32_t[::1] offsets, const uint8_t[::1] words, const int32_t[::1] word_offsets,
    const uint8_t[::1] blanks, const uint8_t[::1] before,
):
    """Which texts end with one of some `words` of small ASCII letters, in whatever case, behind one of the bytes
    `before`; behind the word may be a dot and `blanks`.
    """
    cdef int64_t row, start, stop, word, length, at
    cdef int64_t rows = offsets.shape[0] - 1
    cdef uint8_t byte
    cdef uint8_t last[256]
    found = np.zeros(rows, np.bool_)
    cdef uint8_t[::1] out = found.view(np.uint8)
    for at in range(256):
        last[at] = False
    for word in range(1, word_offsets.shape[0]):
        byte = words[word_offsets[word] - 1]
        last[byte] = last[byte & 0xDF] = True
    with nogil:
        for row in range(rows):
            start, stop = offsets[row], offsets[row + 1]
            while stop > start and blanks[data[stop - 1]]:
                stop -= 1
            if stop > start and data[stop - 1] == c".":
                stop -= 1
            if stop == start or not last[data[stop - 1]]:
                continue
            for word in range(word_offsets.shape[0] - 1):
                length = word_offsets[word + 1] - word_offsets[word]
                if stop - start <= length or not before[data[stop - length - 1]]:
                    continue
                for at in range(length):
                    byte = data[stop - length + at]
                    if (byte | 0x20 if c"A" <= byte <= c"Z" else byte) != words[word_offsets[word] + at]:
                        break
                else:
                    out[row] = True
                    break
    return found
