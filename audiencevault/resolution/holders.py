"""What two holders of one exact key agree and differ on, record against record."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from audiencevault.engine import Engine
from audiencevault.resolution.columns import Flags, Held, Ints, Records, Small, both, numbers, pairs_of
from audiencevault.resolution.features import EMAIL
from audiencevault.resolution.forms import GIVEN, WHOLE
from audiencevault.resolution.handles import Forms
from audiencevault.resolution.names import (
    GENDERED,
    GENERATION,
    NAME_PAIRS_SCHEMA,
    RESEMBLING,
    SAME,
    Compared,
    NameLevels,
    compare_rows,
)


def compare_names(engine: Engine, records: Records, query: str, memory: Compared) -> NameLevels:
    """The levels of the pairs of names that `query` (nid_x, nid_y; distinct, none 0) gives; for statements they stand
    in `resolve_name_pairs`.
    """
    pairs = engine.collect(query)
    known = records.values("nid").of[1:]
    one, two = (np.searchsorted(known, numbers(pairs, f"nid_{side}")) for side in "xy")
    first, last, clash = compare_rows(records.names, one, two, memory)
    engine.read(
        "resolve_name_pairs",
        pa.table([*pairs.select(["nid_x", "nid_y"]).columns, first, last, clash], schema=NAME_PAIRS_SCHEMA),
    )
    pair = both(one + 1, two + 1)
    order = np.argsort(pair)
    return NameLevels(pair[order], first[order], last[order], clash[order])


def compare(records: Records, held: Held, forms: Forms, pairs: pa.Table, levels: NameLevels) -> pa.Table:
    """The `pairs` of `blocking.key_pairs` with all that `scoring.score_keys` weighs."""
    a, b = numbers(pairs, "a"), numbers(pairs, "b")
    names = records.values("nid").codes
    one, two = names[a], names[b]
    named, alike = (one != 0) & (two != 0), one == two
    first, last = np.zeros(len(a), np.int8), np.zeros(len(a), np.int8)
    clash = np.zeros(len(a), np.int8)
    other = np.flatnonzero(named & ~alike)
    first[other], last[other], clash[other] = levels.of(one[other], two[other])
    for part, level in (("first", first), ("last", last)):
        level[named & alike & (records.values(part).codes[a] != 0)] = SAME
    born, birthday = records.values("born").codes, records.values("birthday").codes
    mailed = np.zeros(records.size, dtype=np.bool_)
    mailed[held.rid[held.own & (held.kind == EMAIL)]] = True
    said = {
        "resembling": (clash == RESEMBLING) & (numbers(pairs, "own") == 1),
        "nameless": (one == 0) != (two == 0),
        "spelled": _spelled(held, forms, names, a, b),
        "first_level": first,
        "last_level": last,
        "generation": clash == GENERATION,
        "gendered": clash == GENDERED,
        "bare": (records.values("first").codes[a] == 0) & (records.values("first").codes[b] == 0),
        "birthdays_differ": (born[a] != 0) & (born[b] != 0) & (born[a] != born[b]),
        "birthdays_agree": (birthday[a] != 0) & (birthday[a] == birthday[b]),
        "both_mailed": mailed[a] & mailed[b],
    }
    for name, column in said.items():
        pairs = pairs.append_column(name, pa.array(column))
    return pairs


def _spelled(held: Held, forms: Forms, names: Small, a: Ints, b: Ints) -> Flags:
    """Whether one of the two has no name and a mailbox that spells the other's."""
    found = np.zeros(len(a), dtype=np.bool_)
    lone = np.flatnonzero((names[a] == 0) != (names[b] == 0))
    silent = names[a[lone]] == 0
    nameless, named = np.where(silent, a[lone], b[lone]), np.where(silent, b[lone], a[lone])
    first, count, rows = held.of(EMAIL, own=False)
    at, _, place = pairs_of(np.ones(len(lone), np.int64), count[nameless])
    box = rows[first[nameless[at]] + place]
    spells = forms.among(names[named[at]], held.column("stem")[box], (*WHOLE, *GIVEN))
    found[lone[at[spells]]] = True
    return found


def patterns(records: Records, links: pa.Table) -> dict[str, Ints]:
    """Patterns of agreement among the scored pairs `links` (SCORED) of holders, in their order: the levels of each
    comparison, as `estimating.LEVELS` has them, the `score`, and how many `pairs` show it.
    """
    a, b = numbers(links, "a"), numbers(links, "b")
    score, rank = np.unique(links["score"].to_numpy(), return_inverse=True)
    code = rank.astype(np.int64)
    spans = {"first_name": 8, "last_name": 8, "birthday": 4, "street": 4, "postcode": 4, "city": 4}
    for name, span in spans.items():
        if span == 8:
            level = numbers(links, f"{name.removesuffix('_name')}_level")
        else:
            codes = records.values("born" if name == "birthday" else name).codes
            one, two = codes[a], codes[b]
            level = np.where((one == 0) | (two == 0), 0, np.where(one == two, 3, 1))
        code = code * span + level
    code, pairs = np.unique(code, return_counts=True)
    found = {"pairs": pairs}
    for name, span in reversed(spans.items()):
        code, found[name] = np.divmod(code, span)
    return found | {"score": score[code]}
