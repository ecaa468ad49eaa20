"""Compiled twins of what `blocking` and `holders` do with the holders of exact keys, row by row."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

cdef int64_t LOW = 0xFFFFFFFFLL
cdef uint64_t GOLDEN = 0x9E3779B97F4A7C15ULL


def numbered(const int64_t[::1] values, const int64_t[::1] keys):
    """The number of each of `values` among distinct `keys`, from 1 on (int32); 0 for what is not among them."""
    cdef int64_t rows = values.shape[0], known = keys.shape[0]
    cdef int64_t row, slot
    cdef int bits = 4
    while (<int64_t>1 << bits) < 2 * known:
        bits += 1
    cdef int64_t mask = (<int64_t>1 << bits) - 1
    cdef int32_t[::1] table = np.zeros(mask + 1, np.int32)
    found = np.zeros(rows, np.int32)
    cdef int32_t[::1] out = found
    with nogil:
        for row in range(known):
            slot = <int64_t>((<uint64_t>keys[row] * GOLDEN) >> (64 - bits))
            while table[slot] != 0:
                slot = (slot + 1) & mask
            table[slot] = <int32_t>(row + 1)
        for row in range(rows):
            slot = <int64_t>((<uint64_t>values[row] * GOLDEN) >> (64 - bits))
            while table[slot] != 0 and keys[table[slot] - 1] != values[row]:
                slot = (slot + 1) & mask
            out[row] = table[slot]
    return found


def groups(const int64_t[::1] holders, const int64_t[::1] begins):
    """The groups of points: `holders` are name and record in one number (the name in the upper 32 bits), ascending in
    each point, and `begins` says where each point begins, and where the last ends.

    Gives point, name and first record of each group (int64), where each begins in the records, with one entry more,
    and the records (int64).
    """
    cdef int64_t count = holders.shape[0]
    cdef int64_t points = begins.shape[0] - 1
    cdef int64_t at, row, name, last, group = 0
    where, names, reps, firsts, records = (np.empty(count + extra, np.int64) for extra in (0, 0, 0, 1, 0))
    cdef int64_t[::1] point = where, called = names, rep = reps, first = firsts, record = records
    with nogil:
        for at in range(points):
            last = -1
            for row in range(begins[at], begins[at + 1]):
                name = holders[row] >> 32
                record[row] = holders[row] & LOW
                if name != last:
                    point[group], called[group], rep[group], first[group] = at, name, record[row], row
                    group += 1
                    last = name
        first[group] = count
    return where[:group].copy(), names[:group].copy(), reps[:group].copy(), firsts[:group + 1].copy(), records


def merged(
    const int64_t[::1] others, const int64_t[::1] begins, const int64_t[::1] agreed, const int64_t[::1] star
):
    """Each pair once: `others` are the second record and the row of a pair in one number (the record in the upper 32
    bits), ascending for each first record, of which `begins` says where it begins, and where the last ends. Of several
    rows what is `agreed` is united bit by bit, and the smallest `star` that is not 0 stands.

    Gives the two records, what is agreed and the star of each pair (int64).
    """
    cdef int64_t count = others.shape[0]
    cdef int64_t firsts = begins.shape[0] - 1
    cdef int64_t record, row, at, last, pair = -1
    ones, twos, said, stars = (np.empty(count, np.int64) for _ in range(4))
    cdef int64_t[::1] one = ones, two = twos, bits = said, least = stars
    with nogil:
        for record in range(firsts):
            last = -1
            for row in range(begins[record], begins[record + 1]):
                at = others[row] & LOW
                if others[row] >> 32 != last:
                    last = others[row] >> 32
                    pair += 1
                    one[pair], two[pair], bits[pair], least[pair] = record, last, agreed[at], star[at]
                else:
                    bits[pair] |= agreed[at]
                    if star[at] != 0 and (least[pair] == 0 or star[at] < least[pair]):
                        least[pair] = star[at]
    pair += 1
    return ones[:pair], twos[:pair], said[:pair], stars[:pair]


def levels(const int32_t[::1] codes, const int64_t[::1] a, const int64_t[::1] b):
    """How the values (codes by record) of each pair of records agree (uint8): 0 one is missing, 1 different, 3 same."""
    cdef int64_t row, pairs = a.shape[0]
    cdef int32_t one, two
    found = np.empty(pairs, np.uint8)
    cdef uint8_t[::1] out = found
    if b.shape[0] != pairs:
        raise ValueError("two records for every pair")
    with nogil:
        for row in range(pairs):
            one, two = codes[a[row]], codes[b[row]]
            out[row] = 0 if one == 0 or two == 0 else 3 if one == two else 1
    return found
