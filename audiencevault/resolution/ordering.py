"""Values in the order of the groups that they are in."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from audiencevault.engine.compiled import kernels

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]

KERNELS = kernels("audiencevault.resolution.ordering_kernels")


def grouped(groups: Small, values: Ints, count: int) -> tuple[Ints, Ints]:
    """The distinct `values` by the number of the group beside them, ascending in each; and where each of `count` groups
    begins, with one entry more: how many values there are.
    """
    if KERNELS is not None:
        found: tuple[Ints, Ints] = KERNELS.grouped(groups, values, count)
        return found
    order = np.lexsort((values, groups))
    groups, values = groups[order], values[order]
    fresh = np.concatenate([[True], (groups[1:] != groups[:-1]) | (values[1:] != values[:-1])])[: len(groups)]
    counts = np.bincount(groups[fresh], minlength=count)
    return values[fresh], np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
