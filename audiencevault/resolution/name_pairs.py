"""How pairs of names agree, each pair found out once in a run."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from audiencevault.resolution.columns import HIGH, LOW, Flags, Ints, dense
from audiencevault.resolution.names import Compared, Levels, compare_rows


def among(pairs: Ints, ascending: Ints) -> tuple[Ints, Flags]:
    """Where each of `pairs` would stand in a sorted column, and whether it stands there."""
    at = np.searchsorted(ascending, pairs)
    if not len(ascending):
        return at, np.zeros(len(pairs), dtype=np.bool_)
    at = np.minimum(at, len(ascending) - 1)
    return at, ascending[at] == pairs


@dataclass(frozen=True, slots=True)
class NameLevels:
    """How names agree, pair by pair: levels and clashes as in `names`."""

    first: Levels
    last: Levels
    clash: Levels


class NamePairs:
    """The levels of the pairs of `names` (`resolve_names`, ascending with `nid`) that a run has asked for."""

    def __init__(self, names: pa.Table, memory: Compared) -> None:
        # Whoever does not ask for short forms takes them for the clashes that they are elsewhere.
        self._names, self._memory = names, replace(memory, resembling=True)
        # No pair is the first of all, and says nothing.
        self._pairs, self._levels = np.zeros(1, np.int64), np.zeros((3, 1), np.int8)

    def of(self, pairs: Ints) -> NameLevels:
        """The levels of pairs of codes of names (`columns.both`), all 0 where the pair is."""
        asked = dense(pairs)
        _, known = among(asked.of, self._pairs)
        new = asked.of[~known]
        if len(new):
            found = compare_rows(self._names, (new >> HIGH) - 1, (new & LOW) - 1, self._memory)
            every = np.concatenate([self._pairs, new])
            order = np.argsort(every)
            self._pairs, self._levels = every[order], np.concatenate([self._levels, found], axis=1)[:, order]
        at, _ = among(asked.of, self._pairs)
        return NameLevels(*self._levels[:, at[asked.codes]])
