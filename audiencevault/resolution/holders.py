"""What two holders of one exact key agree and differ on, record against record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from audiencevault.engine.compiled import kernels
from audiencevault.resolution.blocking import Met, part, said
from audiencevault.resolution.columns import Flags, Held, Ints, Records, Small, dense, pairs_of
from audiencevault.resolution.features import EMAIL
from audiencevault.resolution.forms import GIVEN, WHOLE
from audiencevault.resolution.handles import Forms
from audiencevault.resolution.scoring import Keyed

KERNELS = kernels("audiencevault.resolution.point_kernels")

DIFFERENT, SAME = 1, 3
"""How two values agree that have no other levels."""


def compare(records: Records, held: Held, forms: Forms, met: Met) -> Met:
    """The pairs of holders with all that `scoring.score_keys` weighs."""
    a, b = met.a, met.b
    mailed = np.zeros(records.size, dtype=np.bool_)
    mailed[held.rid[held.own & (held.kind == EMAIL)]] = True
    agreed = met.agreed | said("both_mailed", mailed[a] & mailed[b])
    agreed |= said("birthdays_differ", levels(records.values("born").codes, a, b) == DIFFERENT)
    agreed |= said("birthdays_agree", levels(records.values("birthday").codes, a, b) == SAME)
    lone = np.flatnonzero(part(agreed, "nameless"))
    agreed[lone] |= said("spelled", _spelled(held, forms, records.values("nid").codes, a[lone], b[lone]))
    return replace(met, agreed=agreed)


def _spelled(held: Held, forms: Forms, names: Small, a: Ints, b: Ints) -> Flags:
    """Whether the one of the two who has no name has a mailbox that spells the other's."""
    silent = names[a] == 0
    nameless, named = np.where(silent, a, b), np.where(silent, b, a)
    first, count, rows = held.of(EMAIL, own=False)
    at, _, place = pairs_of(np.ones(len(a), np.int64), count[nameless])
    box = rows[first[nameless[at]] + place]
    found = np.zeros(len(a), dtype=np.bool_)
    found[at[forms.among(names[named[at]], held.column("stem")[box], (*WHOLE, *GIVEN))]] = True
    return found


def levels(codes: Small, a: Ints, b: Ints) -> npt.NDArray[np.uint8]:
    """How the values (codes by record) of each pair of records agree: 0 where one is missing, `DIFFERENT`, `SAME`."""
    if KERNELS is not None:
        found: npt.NDArray[np.uint8] = KERNELS.levels(codes, a, b)
        return found
    one, two = codes[a], codes[b]
    found = np.where(one == two, np.uint8(SAME), np.uint8(DIFFERENT))
    found[(one == 0) | (two == 0)] = 0
    return found


def patterns(records: Records, links: Keyed) -> dict[str, npt.NDArray[Any]]:
    """Patterns of agreement among the scored pairs of holders, in their order: the `score`, the levels of each
    comparison as `estimating.LEVELS` has them, and how many `pairs` show it.
    """
    score, code = np.unique(links.column("score"), return_inverse=True)
    spans = {"first_name": 8, "last_name": 8, "birthday": 4, "street": 4, "postcode": 4, "city": 4}
    for name in ("first", "last"):
        code = code * 8 + links.column(f"{name}_level")
    code = code[links.row]
    for column in ("born", "street", "postcode", "city"):
        code = code * 4 + levels(records.values(column).codes, links.met.a, links.met.b)
    distinct = dense(code + 1)
    found: dict[str, npt.NDArray[Any]] = {"pairs": np.bincount(distinct.codes, minlength=len(distinct.of))[1:]}
    code = distinct.of[1:] - 1
    for name, span in reversed(spans.items()):
        code, found[name] = np.divmod(code, span)
    return found | {"score": score[code]}
