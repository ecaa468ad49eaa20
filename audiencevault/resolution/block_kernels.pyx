"""Compiled twins of what `handles` does with whole columns of codes: who shares one, and with how many others."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint64_t

cdef uint64_t GOLDEN = 0x9E3779B97F4A7C15ULL


cdef inline int64_t place_of(int64_t who, int64_t[::1] people, int64_t known) except? -1 nogil:
    """Where somebody stands, or would, among the first `known` of ascending `people`."""
    cdef int64_t place = known
    while place > 0 and people[place - 1] >= who:
        place -= 1
    return place


def groups(const int64_t[::1] code, const int64_t[::1] person, int64_t cap):
    """The people who share a code that is not 0 with one to `cap - 1` others, code by code.

    Gives what `handles.Group` holds: the people of one code, ascending, in a row; the rows (places in the two columns,
    ascending) of each person, and where these begin; where the people of each code begin, and how many they are; and
    the number of codes that more than `cap` people have.
    """
    cdef int64_t rows = code.shape[0]
    cdef int bits = 4
    while (<int64_t>1 << bits) < 2 * rows:
        bits += 1
    # By slot: 0, or one more than the first row of a chain; below 0 where somebody else is in the chain.
    chains, following = np.zeros(1 << bits, np.int32), np.zeros(rows, np.int32)
    cdef int32_t[::1] chain = chains, follows = following
    who, lines, begins, firsts, sizes = (np.empty(rows, np.int64) for _ in range(5))
    cdef int64_t[::1] out_person = who, out_row = lines, out_begin = begins, out_first = firsts, out_count = sizes
    held, counts, at = (np.zeros(cap + 2, np.int64) for _ in range(3))
    cdef int64_t[::1] people = held, count = counts, next_place = at
    cdef int64_t row, first, slot, known, place, later, number, mask = (<int64_t>1 << bits) - 1
    cdef int64_t people_done = 0, rows_done = 0, groups_done = 0, skipped = 0
    with nogil:
        # From the last row on, so that a chain ascends.
        for row in range(rows - 1, -1, -1):
            if code[row] == 0:
                continue
            slot = <int64_t>((<uint64_t>code[row] * GOLDEN) >> (64 - bits))
            while True:
                first = (-chain[slot] if chain[slot] < 0 else chain[slot]) - 1
                if first < 0 or code[first] == code[row]:
                    break
                slot = (slot + 1) & mask
            if first < 0:
                chain[slot] = <int32_t>(row + 1)
            else:
                follows[row] = <int32_t>(first + 1)
                chain[slot] = <int32_t>(-(row + 1) if chain[slot] < 0 or person[first] != person[row] else row + 1)
        for slot in range(mask + 1):
            if chain[slot] >= 0:
                continue
            known, row = 0, -chain[slot] - 1
            while row >= 0 and known <= cap:
                place = place_of(person[row], people, known)
                if place == known or people[place] != person[row]:
                    for later in range(known, place, -1):
                        people[later], count[later] = people[later - 1], count[later - 1]
                    people[place], count[place] = person[row], 0
                    known += 1
                count[place] += 1
                row = follows[row] - 1
            if known > cap:
                skipped += 1
                continue
            out_first[groups_done], out_count[groups_done] = people_done, known
            groups_done += 1
            number = rows_done
            for place in range(known):
                out_person[people_done], out_begin[people_done] = people[place], number
                people_done += 1
                next_place[place] = number
                number += count[place]
            rows_done = number
            row = -chain[slot] - 1
            while row >= 0:
                place = place_of(person[row], people, known)
                out_row[next_place[place]] = row
                next_place[place] += 1
                row = follows[row] - 1
    return (who[:people_done], lines[:rows_done], begins[:people_done], firsts[:groups_done], sizes[:groups_done],
            skipped)
