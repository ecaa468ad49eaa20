"""Compiled twins of what `codes` does with the bytes of whole columns.

A column of texts is given as Arrow holds it: the bytes of all values in `data`, where each begins and the last one
ends in `offsets`, and a bit for each value that is not null in `valid`, from bit `bit` on; no bits where none is null.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

cdef uint64_t GOLDEN = 0x9E3779B97F4A7C15ULL
cdef uint64_t STEP = 0xD1342543DE82EF95ULL

cdef int SIGN = 1
cdef int END = 2
cdef int DIGIT = 4

ctypedef fused offset_t:
    int32_t
    int64_t


cdef inline uint64_t mixed(uint64_t value) noexcept nogil:
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL
    return value ^ (value >> 31)


cdef inline uint64_t word(const uint8_t[::1] data, int64_t start, int64_t length) except? 0 nogil:
    """Up to eight bytes as one number, the first the lowest."""
    cdef uint64_t found = 0
    cdef int64_t place
    cdef const uint8_t* at
    if length >= 8:
        # Both ends are looked at with their bounds checked, so the six between them lie inside as well.
        at = &data[start]
        return (
            <uint64_t>at[0] | <uint64_t>at[1] << 8 | <uint64_t>at[2] << 16 | <uint64_t>at[3] << 24
            | <uint64_t>at[4] << 32 | <uint64_t>at[5] << 40 | <uint64_t>at[6] << 48 | <uint64_t>data[start + 7] << 56
        )
    for place in range(length):
        found |= (<uint64_t>data[start + place]) << (8 * place)
    return found


cdef inline int64_t code(const uint8_t[::1] data, int64_t start, int64_t length) except? -1 nogil:
    """The code of some bytes; 0 for none."""
    cdef uint64_t value
    if length <= 0:
        return 0
    value = (word(data, start, min(length, 8)) ^ <uint64_t>length) * GOLDEN
    while length > 8:
        length -= 8
        start += 8
        value = ((value ^ (value >> 32)) * STEP ^ word(data, start, min(length, 8))) * GOLDEN
    value = mixed(value)
    return <int64_t>(value if value != 0 else 1)


cdef inline bint null(const uint8_t[::1] valid, int64_t bit) except? -1 nogil:
    return valid.shape[0] > 0 and not (valid[bit >> 3] >> (bit & 7)) & 1


cdef inline int64_t cut(const uint8_t[::1] data, int64_t start, int64_t stop, int64_t most) except? -1 nogil:
    """Where the first `most` characters of a value end."""
    cdef int64_t place, characters = 0
    if stop - start <= most:
        return stop
    for place in range(start, stop):
        # All bytes of a character but its first are 10xxxxxx.
        if data[place] & 0xC0 != 0x80:
            characters += 1
            if characters > most:
                return place
    return stop


def codes(const uint8_t[::1] data, const offset_t[::1] offsets, const uint8_t[::1] valid, int64_t bit, int64_t most,
          int until):
    """The code of the first `most` characters of each value, of those before the first byte `until` where it is not
    negative; 0 for nothing.
    """
    cdef int64_t rows = offsets.shape[0] - 1
    cdef int64_t row, start, stop, place
    found = np.empty(rows, np.int64)
    cdef int64_t[::1] out = found
    with nogil:
        for row in range(rows):
            start, stop = offsets[row], offsets[row + 1]
            if start == stop or null(valid, bit + row):
                out[row] = 0
                continue
            stop = cut(data, start, stop, most)
            if until >= 0:
                for place in range(start, stop):
                    if data[place] == until:
                        stop = place
                        break
            out[row] = code(data, start, stop - start)
    return found


def combined(uint64_t[::1] value, uint8_t[::1] known, const int64_t[::1] part):
    """Mix one more part into `value`, in place; rows where it is 0 are no longer `known`."""
    cdef int64_t row
    with nogil:
        for row in range(value.shape[0]):
            value[row] = mixed((value[row] ^ <uint64_t>part[row]) * GOLDEN + 1)
            if part[row] == 0:
                known[row] = 0


def mailboxes(const uint8_t[::1] data, const offset_t[::1] offsets, const uint8_t[::1] valid, int64_t bit, int64_t most,
              const uint8_t[::1] kinds, int64_t shortest, int64_t prefix):
    """`whole`, `stem`, `prefix` and `suffix` of `MailboxCodes`; `kinds` says of each byte whether it is a sign (1),
    ends a mailbox (2), is a digit (4).
    """
    cdef int64_t rows = offsets.shape[0] - 1
    cdef int64_t row, start, stop, place, size, stem
    cdef uint64_t ending
    found = [np.zeros(rows, np.int64) for _ in range(4)]
    cdef int64_t[::1] whole = found[0]
    cdef int64_t[::1] stems = found[1]
    cdef int64_t[::1] begins = found[2]
    cdef int64_t[::1] ends = found[3]
    # No character has more than four bytes.
    cdef uint8_t[::1] letters = np.empty(4 * most, np.uint8)
    with nogil:
        for row in range(rows):
            start, stop = offsets[row], offsets[row + 1]
            if start == stop or null(valid, bit + row):
                continue
            stop = cut(data, start, stop, most)
            size = stem = 0
            for place in range(start, stop):
                if place > start and kinds[data[place]] & END:
                    break
                if not kinds[data[place]] & SIGN:
                    letters[size] = data[place]
                    size += 1
                    if not kinds[data[place]] & DIGIT:
                        stem = size
            if size >= shortest:
                whole[row] = code(letters, 0, size)
            stems[row] = code(letters, 0, stem)
            begins[row] = code(letters, 0, min(size, prefix))
            if size >= prefix:
                ending = 0
                for place in range(size - prefix, size):
                    ending = (ending << 8) + letters[place]
                ends[row] = <int64_t>(ending + 1)
    return found


def endings(const uint8_t[::1] data, const offset_t[::1] offsets, const uint8_t[::1] valid, int64_t bit, int64_t most,
            int64_t tail):
    """The last `tail` digits of each value as a number plus one; 0 where there are fewer."""
    cdef int64_t rows = offsets.shape[0] - 1
    cdef int64_t row, start, stop, place, digits, unit, number
    found = np.zeros(rows, np.int64)
    cdef int64_t[::1] out = found
    with nogil:
        for row in range(rows):
            start, stop = offsets[row], offsets[row + 1]
            if start == stop or null(valid, bit + row):
                continue
            place = cut(data, start, stop, most)
            digits = number = 0
            unit = 1
            while place > start and digits < tail:
                place -= 1
                if 48 <= data[place] <= 57:
                    number += unit * (data[place] - 48)
                    unit *= 10
                    digits += 1
            if digits == tail:
                out[row] = number + 1
    return found


def dates(const uint8_t[::1] data, const offset_t[::1] offsets, const uint8_t[::1] valid, int64_t bit):
    """`1990-05-17` as 19900517; 0 for anything that is not of this form."""
    cdef int64_t rows = offsets.shape[0] - 1
    cdef int64_t row, start, place, number
    found = np.zeros(rows, np.int64)
    cdef int64_t[::1] out = found
    with nogil:
        for row in range(rows):
            start = offsets[row]
            if offsets[row + 1] - start != 10 or null(valid, bit + row):
                continue
            number = 0
            for place in range(10):
                if place == 4 or place == 7:
                    if data[start + place] != 45:
                        break
                elif 48 <= data[start + place] <= 57:
                    number = 10 * number + data[start + place] - 48
                else:
                    break
            else:
                out[row] = number
    return found


cdef inline int64_t letters(const uint8_t[::1] data, int64_t start, int64_t stop, int64_t most, uint8_t[::1] out,
                            int64_t size) except? -1 nogil:
    """Write the first `most` characters of a value, without spaces, to `out` from `size` on; where they end there."""
    cdef int64_t place
    for place in range(start, stop):
        if data[place] == 32:
            continue
        if data[place] & 0xC0 != 0x80:
            if most == 0:
                break
            most -= 1
        out[size] = data[place]
        size += 1
    return size


def spelled(const uint8_t[::1] data, const offset_t[::1] offsets, const uint8_t[::1] valid, int64_t bit,
            const uint8_t[::1] next_data, const offset_t[::1] next_offsets, const uint8_t[::1] next_valid,
            int64_t next_bit, int64_t most, int64_t next_most, int64_t most_of_all):
    """The code of the first `most` characters of one text and the first `next_most` of the next, both without spaces;
    at most `most_of_all` together; 0 where either has none.
    """
    cdef int64_t rows = offsets.shape[0] - 1
    cdef int64_t row, one, both
    found = np.zeros(rows, np.int64)
    cdef int64_t[::1] out = found
    # No character has more than four bytes.
    cdef uint8_t[::1] text = np.empty(8 * most_of_all, np.uint8)
    with nogil:
        for row in range(rows):
            if null(valid, bit + row) or null(next_valid, next_bit + row):
                continue
            one = letters(data, offsets[row], offsets[row + 1], min(most, most_of_all), text, 0)
            both = letters(
                next_data, next_offsets[row], next_offsets[row + 1], min(next_most, most_of_all), text, one
            )
            if one > 0 and both > one:
                out[row] = code(text, 0, cut(text, 0, both, most_of_all))
    return found


def begun(const uint8_t[::1] data, const offset_t[::1] offsets, const uint8_t[::1] valid, int64_t bit, int64_t least,
          int64_t most):
    """The code of the first `most` characters of each value without its spaces; 0 where there are not `least`."""
    cdef int64_t rows = offsets.shape[0] - 1
    cdef int64_t row, size
    found = np.zeros(rows, np.int64)
    cdef int64_t[::1] out = found
    # No character has more than four bytes.
    cdef uint8_t[::1] text = np.empty(4 * most, np.uint8)
    with nogil:
        for row in range(rows):
            if null(valid, bit + row):
                continue
            size = letters(data, offsets[row], offsets[row + 1], most, text, 0)
            if least == 1 or cut(text, 0, size, least - 1) < size:
                out[row] = code(text, 0, size)
    return found


def enumerated(const int64_t[::1] column):
    """Numbers from 1 on for the values of `column` in the order in which they first appear, 0 for 0 (int32, by row),
    and the rows where each appears first.
    """
    cdef int64_t rows = column.shape[0]
    cdef int64_t row, value, slot, known = 0
    cdef int bits = 4
    while (<int64_t>1 << bits) < 2 * rows:
        bits += 1
    cdef int64_t mask = (<int64_t>1 << bits) - 1
    cdef int shift = 64 - bits
    found = np.empty(rows, np.int32)
    begun = np.empty(rows, np.int64)
    cdef int32_t[::1] number = found
    cdef int64_t[::1] first = begun
    cdef int32_t[::1] table = np.zeros(mask + 1, np.int32)
    with nogil:
        for row in range(rows):
            value = column[row]
            if value == 0:
                number[row] = 0
                continue
            slot = <int64_t>((<uint64_t>value * GOLDEN) >> shift)
            while table[slot] != 0 and column[first[table[slot] - 1]] != value:
                slot = (slot + 1) & mask
            if table[slot] == 0:
                first[known] = row
                known += 1
                table[slot] = <int32_t>known
            number[row] = table[slot]
    return found, begun[:known].copy()
