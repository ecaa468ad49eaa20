"""Compiled twins of what `handles` does with whole columns of codes: who shares one, and with how many others."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint64_t

cdef uint64_t GOLDEN = 0x9E3779B97F4A7C15ULL
cdef int64_t TOGETHER = 1024


def scattered(const int64_t[::1] code, const int64_t[::1] person):
    """The rows whose code is not 0 in parts of about `TOGETHER` rows, equal codes in one part: their codes, their
    people and themselves, ascending in each part, and where the parts begin and the last ends.

    What is looked for in one part stays in the processor's memory; in a million rows every look would leave it.
    """
    cdef int64_t row, part, place, rows = code.shape[0]
    cdef int bits = 1
    while (rows >> bits) > TOGETHER:
        bits += 1
    codes, people, order = np.empty(rows, np.int64), np.empty(rows, np.int64), np.empty(rows, np.int32)
    bounds, places = np.zeros((1 << bits) + 1, np.int64), np.zeros((1 << bits) + 1, np.int64)
    cdef int64_t[::1] out_code = codes, out_person = people, bound = bounds, next_place = places
    cdef int32_t[::1] out_row = order
    with nogil:
        for row in range(rows):
            if code[row] != 0:
                bound[<int64_t>((<uint64_t>code[row] * GOLDEN) >> (64 - bits)) + 1] += 1
        for part in range(1 << bits):
            bound[part + 1] += bound[part]
            next_place[part] = bound[part]
        for row in range(rows):
            if code[row] != 0:
                part = <int64_t>((<uint64_t>code[row] * GOLDEN) >> (64 - bits))
                place = next_place[part]
                next_place[part] = place + 1
                out_code[place], out_person[place], out_row[place] = code[row], person[row], <int32_t>row
    return codes, people, order, bounds


cdef int chained(const int64_t[::1] code, const int64_t[::1] person, int64_t start, int64_t stop, int64_t slots,
                 int32_t[::1] chain, int32_t[::1] follows) except -1 nogil:
    """By slot the places from `start` to `stop` of one code, ascending: `chain` has 0, or one more than the first of
    them, below 0 where they are not all one person's; `follows` one more than the next, 0 after the last.
    """
    cdef int64_t place, slot, first
    for slot in range(slots):
        chain[slot] = 0
    for place in range(stop - 1, start - 1, -1):
        slot = <int64_t>((<uint64_t>code[place] * GOLDEN) >> 16) & (slots - 1)
        while True:
            first = (-chain[slot] if chain[slot] < 0 else chain[slot]) - 1
            if first < 0 or code[first] == code[place]:
                break
            slot = (slot + 1) & (slots - 1)
        follows[place] = <int32_t>(first + 1)
        if chain[slot] < 0 or (first >= 0 and person[first] != person[place]):
            chain[slot] = <int32_t>-(place + 1)
        else:
            chain[slot] = <int32_t>(place + 1)
    return 0


cdef inline int64_t place_of(int64_t who, int64_t[::1] people, int64_t known) except? -1 nogil:
    """Where somebody stands, or would, among the first `known` of ascending `people`."""
    cdef int64_t place = known
    while place > 0 and people[place - 1] >= who:
        place -= 1
    return place


cdef int64_t counted(int64_t first, int64_t cap, const int64_t[::1] person, const int32_t[::1] follows,
                     int64_t[::1] people, int64_t[::1] count) except -1 nogil:
    """How many people have the places of the chain from `first` on, or `cap` + 1; they, ascending, and their places."""
    cdef int64_t place, later, known = 0
    while first >= 0 and known <= cap:
        place = place_of(person[first], people, known)
        if place == known or people[place] != person[first]:
            for later in range(known, place, -1):
                people[later], count[later] = people[later - 1], count[later - 1]
            people[place], count[place] = person[first], 0
            known += 1
        count[place] += 1
        first = follows[first] - 1
    return known


def groups(const int64_t[::1] codes, const int64_t[::1] people, int64_t cap):
    """The people who share a code that is not 0 with one to `cap - 1` others, code by code.

    Gives what `handles.Group` holds: the people of one code, ascending, in a row; the rows (places in the two columns,
    ascending) of each person, and where these begin; where the people of each code begin, and how many they are; and
    the number of codes that more than `cap` people have.
    """
    by_part, persons, order, bounds = scattered(codes, people)
    cdef const int64_t[::1] code = by_part, person = persons, bound = bounds
    cdef const int32_t[::1] row = order
    cdef int64_t rows = bound[bound.shape[0] - 1]
    cdef int64_t slots = 16, most = int(np.diff(bounds).max())
    while slots < 2 * most:
        slots *= 2
    cdef int32_t[::1] chain = np.empty(slots, np.int32), follows = np.empty(rows, np.int32)
    who, lines, begins, firsts, sizes = (np.empty(rows, np.int64) for _ in range(5))
    cdef int64_t[::1] out_person = who, out_row = lines, out_begin = begins, out_first = firsts, out_count = sizes
    cdef int64_t[::1] held = np.zeros(cap + 2, np.int64), count = np.zeros(cap + 2, np.int64)
    cdef int64_t part, slot, place, known, at
    cdef int64_t people_done = 0, rows_done = 0, groups_done = 0, skipped = 0
    with nogil:
        for part in range(bound.shape[0] - 1):
            slots = 16
            while slots < 2 * (bound[part + 1] - bound[part]):
                slots *= 2
            chained(code, person, bound[part], bound[part + 1], slots, chain, follows)
            for slot in range(slots):
                if chain[slot] >= 0:
                    continue
                known = counted(-chain[slot] - 1, cap, person, follows, held, count)
                if known > cap:
                    skipped += 1
                    continue
                out_first[groups_done], out_count[groups_done] = people_done, known
                groups_done += 1
                for at in range(known):
                    out_person[people_done + at], out_begin[people_done + at] = held[at], rows_done
                    rows_done += count[at]
                    count[at] = out_begin[people_done + at]
                place = -chain[slot] - 1
                while place >= 0:
                    at = place_of(person[place], held, known)
                    out_row[count[at]] = row[place]
                    count[at] += 1
                    place = follows[place] - 1
                people_done += known
    return (who[:people_done], lines[:rows_done], begins[:people_done], firsts[:groups_done], sizes[:groups_done],
            skipped)
