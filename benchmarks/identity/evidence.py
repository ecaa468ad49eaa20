"""What joins the records of one person: hard evidence, closed transitively."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def components(person: Ints, marks: Sequence[Ints]) -> Ints:
    """The connected components of each person's records: joined where they share a mark that is not 0.

    Each component is named by its first row. A mark means something within one person and within one array only.
    """
    label = np.arange(len(person), dtype=np.int64)
    groups = []
    for mark in marks:
        rows = np.flatnonzero(mark)
        if len(rows):
            key = person[rows] * (int(mark.max()) + 1) + mark[rows]
            groups.append((rows, np.unique(key, return_inverse=True)[1]))
    while True:
        before = label.copy()
        for rows, group in groups:
            least = np.full(int(group.max()) + 1, len(person), dtype=np.int64)
            np.minimum.at(least, group, label[rows])
            label[rows] = np.minimum(label[rows], least[group])
        # Names of names, so that long chains close fast.
        label = label[label]
        if np.array_equal(label, before):
            return label
