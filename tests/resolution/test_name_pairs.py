"""Names are compared once in a run, whoever asks."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pyarrow as pa

from audiencevault.resolution import name_pairs
from audiencevault.resolution.columns import both
from audiencevault.resolution.name_pairs import NamePairs
from audiencevault.resolution.names import CLASH, DIFFERENT, GENDERED, INITIAL, NICKNAME, SAME, Compared

FIRSTS = ("anna", "bob", "robert", "a", "daniel", "daniela")
NAMES = pa.table(
    {
        "nid": np.arange(6), "first_key": FIRSTS, "last_key": ["berg"] * 6,
        "name_key": [f"{first} berg" for first in FIRSTS],
        "nick_key": [None, "robert", "robert", None, None, None], "nick_roots": pa.nulls(6, pa.string()),
        "first": np.arange(6) + 1, "last": np.full(6, 9), "lossy": np.zeros(6, np.int8),
        "records": np.ones(6, np.int64), "first_n": np.ones(6, np.int64), "last_n": np.full(6, 6),
    }
)  # fmt: skip
BOB_ROBERT, ANNA_BOB, ANNA_A, DANIELS = (
    both(np.array([x]), np.array([y]))[0] for x, y in ((2, 3), (1, 2), (1, 4), (5, 6))
)


def test_levels_by_pair_in_the_order_asked_for() -> None:
    pairs = NamePairs(NAMES, Compared())
    found = pairs.of(np.array([ANNA_BOB, 0, BOB_ROBERT, ANNA_BOB, DANIELS]))
    assert found.first[:4].tolist() == [DIFFERENT, 0, NICKNAME, DIFFERENT]
    assert found.last.tolist() == [SAME, 0, SAME, SAME, SAME]
    assert found.clash.tolist() == [CLASH, 0, 0, CLASH, GENDERED]


def test_only_what_is_new_is_compared() -> None:
    pairs = NamePairs(NAMES, Compared())
    with patch.object(name_pairs, "compare_rows", wraps=name_pairs.compare_rows) as asked:
        first = pairs.of(np.array([ANNA_BOB, BOB_ROBERT]))
        again = pairs.of(np.array([BOB_ROBERT, ANNA_A, ANNA_BOB, 0]))
        assert [call.args[1].tolist() for call in asked.call_args_list] == [[0, 1], [0]]
        assert pairs.of(np.zeros(0, np.int64)).first.tolist() == []
    assert again.first.tolist() == [first.first[1], INITIAL, first.first[0], 0]
