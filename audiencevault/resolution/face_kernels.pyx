"""Compiled twins of what `faces` does record by record."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t


def blend(uint64_t[::1] code, uint8_t[::1] filled, const int32_t[::1] column, bint fills):
    """Take one more column of small numbers into the code of each record, and if it `fills`, note who has one."""
    cdef int64_t row
    cdef uint64_t value
    with nogil:
        for row in range(column.shape[0]):
            value = (code[row] ^ <uint64_t>column[row]) * 0x9E3779B97F4A7C15ULL + 1
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL
            value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL
            code[row] = value ^ (value >> 31)
            if fills and column[row]:
                filled[row] = 1


cdef int64_t distinct(const int64_t[::1] rows, int64_t begin, int64_t end, const uint64_t[::1] code, int64_t person,
                      int64_t[::1] slots, int64_t[::1] owner, int64_t[::1] face, int64_t[::1] count) except -1 nogil:
    """Fill in the first of the records of one person with each code and how many have it; returns their number.

    `slots` is a hash table that holds the places of faces, where `owner` is the person.
    """
    cdef int64_t place, slot, row, size = 4, found = 0
    while size < 2 * (end - begin):
        size *= 2
    for place in range(begin, end):
        row = rows[place]
        slot = <int64_t>(code[row] & <uint64_t>(size - 1))
        while owner[slot] == person and code[face[slots[slot]]] != code[row]:
            slot = (slot + 1) & (size - 1)
        if owner[slot] != person:
            owner[slot], slots[slot] = person, found
            face[found], count[found] = row, 0
            found += 1
        count[slots[slot]] += 1
    return found


cdef int64_t chosen(int64_t[::1] face, int64_t[::1] count, int64_t size, const uint8_t[::1] filled,
                    const int32_t[::1] name, int64_t[::1] out, int64_t at, int64_t most) except -1 nogil:
    """Write the faces of one person that count from `at` on; returns where the next may go.

    Those that show something beside the name come first, then those of a name that no other has; the commonest first.
    """
    cdef int64_t begin = at, place, best, other
    cdef int empty
    if size == 1:
        out[at] = face[0]
        return at + 1
    for empty in range(2):
        while at - begin < most:
            best = -1
            for place in range(size):
                if count[place] and filled[face[place]] != empty and (best < 0 or count[place] > count[best]):
                    best = place
            if best < 0:
                break
            count[best] = 0
            # All that are filled are written already, and they are few.
            for other in range(begin, at):
                if empty and name[out[other]] == name[face[best]]:
                    break
            else:
                if not empty or name[face[best]]:
                    out[at] = face[best]
                    at += 1
    return at


def faces(const int64_t[::1] roots, const uint8_t[::1] wanted, const uint64_t[::1] code, const uint8_t[::1] filled,
          const int32_t[::1] name, int64_t most):
    """The faces of the people with `wanted` roots, at most so many each: a record of each, those of one person in a
    row; where that row begins and how long it is, by root.
    """
    cdef int64_t row, root, size, total = 0, held = 0, longest = 0, at = 0
    cdef int64_t people = roots.shape[0]
    first_of, count_of, ends_of = np.zeros(people, np.int64), np.zeros(people, np.int64), np.zeros(people, np.int64)
    cdef int64_t[::1] first = first_of, count = count_of, ends = ends_of
    with nogil:
        for row in range(people):
            if wanted[roots[row]]:
                ends[roots[row]] += 1
        for root in range(people):
            size = ends[root]
            ends[root] = total
            total += size
            held += min(size, most)
            longest = max(longest, size)
    cdef int64_t[::1] rows = np.empty(total, np.int64)
    with nogil:
        for row in range(people):
            if wanted[roots[row]]:
                rows[ends[roots[row]]] = row
                ends[roots[row]] += 1
    slots_of = 4
    while slots_of < 2 * longest:
        slots_of *= 2
    cdef int64_t[::1] slots = np.empty(slots_of, np.int64), owner = np.full(slots_of, -1, np.int64)
    cdef int64_t[::1] face = np.empty(longest, np.int64), shown = np.empty(longest, np.int64)
    found = np.empty(held, np.int64)
    cdef int64_t[::1] out = found
    total = 0
    with nogil:
        for root in range(people):
            first[root] = at
            if ends[root] > total:
                size = distinct(rows, total, ends[root], code, root, slots, owner, face, shown)
                at = chosen(face, shown, size, filled, name, out, at, most)
            total = ends[root]
            count[root] = at - first[root]
    return found[:at], first_of, count_of


def paired(const int64_t[::1] record, const int64_t[::1] first, const int64_t[::1] count, const int64_t[::1] ra,
           const int64_t[::1] rb):
    """Every face of one person with every face of another, two by two: their records, and where the pairs of each two
    begin, and behind the last.
    """
    cdef int64_t row, i, j, at = 0
    begins = np.empty(ra.shape[0] + 1, np.int64)
    cdef int64_t[::1] begin = begins
    with nogil:
        for row in range(ra.shape[0]):
            begin[row] = at
            at += count[ra[row]] * count[rb[row]]
        begin[ra.shape[0]] = at
    left, right = np.empty(at, np.int32), np.empty(at, np.int32)
    cdef int32_t[::1] x = left, y = right
    at = 0
    with nogil:
        for row in range(ra.shape[0]):
            for i in range(first[ra[row]], first[ra[row]] + count[ra[row]]):
                for j in range(first[rb[row]], first[rb[row]] + count[rb[row]]):
                    x[at], y[at] = <int32_t>record[i], <int32_t>record[j]
                    at += 1
    return left, right, begins
