"""Compiled twin of what `clusters` does with whole columns."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t


cdef int64_t rooted(int64_t[::1] parent, int64_t record) except? -1 nogil:
    """The root of a record; whoever is passed on the way is moved halfway up."""
    while parent[record] != record:
        parent[record] = parent[parent[record]]
        record = parent[record]
    return record


def united(int64_t size, const int64_t[::1] left, const int64_t[::1] right):
    """The smallest record (int64) that each of `size` records is joined with by the links `left`–`right`."""
    cdef int64_t link, a, b, record
    found = np.arange(size, dtype=np.int64)
    cdef int64_t[::1] parent = found
    with nogil:
        for link in range(left.shape[0]):
            a, b = rooted(parent, left[link]), rooted(parent, right[link])
            if a < b:
                parent[b] = a
            else:
                parent[a] = b
        # A parent is never above its child, so that it knows its root before.
        for record in range(size):
            parent[record] = parent[parent[record]]
    return found


def varied(const int64_t[::1] component, const int32_t[::1] value, const uint8_t[::1] among):
    """The components (int64, ascending), named by one of their records, in which not all records of `among` (1 for
    those) that have a value (not 0) have the same.
    """
    cdef int64_t record, root, size = component.shape[0]
    cdef int32_t[::1] one = np.zeros(size, np.int32)
    found = np.zeros(size, np.uint8)
    cdef uint8_t[::1] several = found
    with nogil:
        for record in range(size):
            if among[record] and value[record] != 0:
                root = component[record]
                if one[root] == 0:
                    one[root] = value[record]
                elif one[root] != value[record]:
                    several[root] = 1
    return np.flatnonzero(found)
