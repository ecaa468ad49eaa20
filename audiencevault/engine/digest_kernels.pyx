"""SHA-256 over rows of columns, by the functions of the library that Python's own `hashlib` is made with.

Functions and their objects come as addresses: see `digests.Library`.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uintptr_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

cdef enum:
    WIDTH = 32
    ROOM = 1024

ctypedef int (*Begin)(void *context, const void *kind, void *engine) noexcept nogil
ctypedef int (*Add)(void *context, const void *data, size_t size) noexcept nogil
ctypedef int (*End)(void *context, unsigned char *digest, unsigned int *size) noexcept nogil

cdef struct Part:
    # `bounds` has one entry more than there are rows; without it each row has all of `data`.
    const uint8_t *data
    int64_t size
    const int32_t *bounds


cdef class Digest:
    """Something that hashes: the addresses of a context, a kind of hash, and of the functions."""

    cdef void *context
    cdef const void *kind
    cdef Begin begin
    cdef Add add
    cdef End end

    def __init__(self, uintptr_t context, uintptr_t kind, uintptr_t begin, uintptr_t add, uintptr_t end):
        self.context, self.kind = <void *>context, <const void *>kind
        self.begin, self.add, self.end = <Begin>begin, <Add>add, <End>end


cdef int row_hashed(Digest digest, const Part *parts, int64_t count, int64_t row, uint8_t *out) except -1 nogil:
    """Hash the row `row` of all `parts` into the 32 bytes of `out`. What is short goes into one piece first."""
    cdef uint8_t[ROOM] gathered
    cdef int64_t filled = 0, start, stop, place
    cdef int good = digest.begin(digest.context, digest.kind, NULL)
    for place in range(count):
        start, stop = 0, parts[place].size
        if parts[place].bounds != NULL:
            start, stop = parts[place].bounds[row], parts[place].bounds[row + 1]
        # What is read below lies between the two, and so within the part.
        if start < 0 or stop < start or stop > parts[place].size:
            raise IndexError("a value lies outside its column")
        if stop - start > ROOM - filled:
            good &= digest.add(digest.context, gathered, filled)
            filled = 0
        if stop - start > ROOM:
            good &= digest.add(digest.context, parts[place].data + start, stop - start)
        elif stop > start:
            memcpy(gathered + filled, parts[place].data + start, stop - start)
            filled += stop - start
    good &= digest.add(digest.context, gathered, filled)
    good &= digest.end(digest.context, out, NULL)
    if not good:
        raise RuntimeError("the library could not hash")
    return 0


def hashed(Digest digest, parts, int64_t rows, int64_t keep):
    """The first `keep` bytes of the hash of each row, as an array of `rows` by `keep`.

    `parts` are pairs of bytes and `rows` + 1 bounds in them, None for bytes that every row has.
    """
    cdef const uint8_t[::1] data
    cdef const int32_t[::1] bounds
    cdef int64_t row, place, count = len(parts)
    cdef uint8_t[WIDTH] out
    cdef Part *held = <Part *>malloc((count + 1) * sizeof(Part))
    if held == NULL:
        raise MemoryError
    if not 0 < keep <= WIDTH:
        free(held)
        raise ValueError("keep")
    found = np.empty((rows, keep), np.uint8)
    cdef uint8_t[:, ::1] into = found
    try:
        # The caller's `parts` hold what the addresses point to until the end.
        for place in range(count):
            data = parts[place][0]
            held[place].size = data.shape[0]
            held[place].data = &data[0] if data.shape[0] else NULL
            held[place].bounds = NULL
            if parts[place][1] is not None:
                bounds = parts[place][1]
                if bounds.shape[0] != rows + 1:
                    raise ValueError("as many bounds as rows, and one")
                held[place].bounds = &bounds[0]
        with nogil:
            for row in range(rows):
                row_hashed(digest, held, count, row, out)
                # A row of `into` is `keep` bytes, and no more than `out`.
                memcpy(&into[row, 0], out, keep)
    finally:
        free(held)
    return found


def chained(Digest digest, const uint8_t[::1] before, const uint8_t[:, ::1] leaves):
    """The first bytes, as many as `before` has, of each row's hash over those of the row before and its leaf."""
    cdef int64_t row, rows = leaves.shape[0], keep = before.shape[0]
    cdef uint8_t[WIDTH] out
    cdef Part[2] parts
    if not 0 < keep <= WIDTH or not leaves.shape[1]:
        raise ValueError("before")
    found = np.empty((rows, keep), np.uint8)
    cdef uint8_t[:, ::1] into = found
    parts[0].bounds = parts[1].bounds = NULL
    parts[0].size, parts[1].size = keep, leaves.shape[1]
    parts[0].data = &before[0]
    with nogil:
        for row in range(rows):
            parts[1].data = &leaves[row, 0]
            row_hashed(digest, parts, 2, row, out)
            memcpy(&into[row, 0], out, keep)
            parts[0].data = &into[row, 0]
    return found
