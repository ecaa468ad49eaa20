"""What two holders of one exact key agree and differ on, record against record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from audiencevault.resolution.blocking import Met, part, said
from audiencevault.resolution.columns import Flags, Held, Ints, Records, Small, dense, numbers, pairs_of
from audiencevault.resolution.features import EMAIL
from audiencevault.resolution.forms import GIVEN, WHOLE
from audiencevault.resolution.handles import Forms


def compare(records: Records, held: Held, forms: Forms, met: Met) -> Met:
    """The pairs of holders with all that `scoring.score_keys` weighs."""
    a, b = met.a, met.b
    born, birthday = records.values("born").codes, records.values("birthday").codes
    mailed = np.zeros(records.size, dtype=np.bool_)
    mailed[held.rid[held.own & (held.kind == EMAIL)]] = True
    one, two = born[a], born[b]
    agreed = met.agreed | said("birthdays_differ", (one != 0) & (two != 0) & (one != two))
    one = birthday[a]
    agreed |= said("birthdays_agree", (one != 0) & (one == birthday[b]))
    agreed |= said("both_mailed", mailed[a] & mailed[b])
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


def patterns(records: Records, links: pa.Table) -> dict[str, npt.NDArray[Any]]:
    """Patterns of agreement among the scored pairs `links` (SCORED) of holders, in their order: the levels of each
    comparison, as `estimating.LEVELS` has them, the `score`, and how many `pairs` show it.
    """
    a, b = numbers(links, "a"), numbers(links, "b")
    # Zero is the first value of all, whether a score is or not.
    scores = dense((links["score"].to_numpy() + 0.0).view(np.int64))
    score, rank = np.unique(scores.of.view(np.float64), return_inverse=True)
    code = rank[scores.codes]
    spans = {"first_name": 8, "last_name": 8, "birthday": 4, "street": 4, "postcode": 4, "city": 4}
    for name, span in spans.items():
        if span == 8:
            level = numbers(links, f"{name.removesuffix('_name')}_level")
        else:
            codes = records.values("born" if name == "birthday" else name).codes
            one, two = codes[a], codes[b]
            level = np.where((one == 0) | (two == 0), 0, np.where(one == two, 3, 1))
        code = code * span + level
    distinct = dense(code + 1)
    found: dict[str, npt.NDArray[Any]] = {"pairs": np.bincount(distinct.codes, minlength=len(distinct.of))[1:]}
    code = distinct.of[1:] - 1
    for name, span in reversed(spans.items()):
        code, found[name] = np.divmod(code, span)
    return found | {"score": score[code]}
