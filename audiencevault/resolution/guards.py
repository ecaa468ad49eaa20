"""From accepted links to persons: finds the components that hold a contradiction and what their guards must know."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from audiencevault.engine import Engine
from audiencevault.resolution import clusters
from audiencevault.resolution.names import CLASHES, GENERATION, HINT, Compared, compare_pairs

Ids = npt.NDArray[np.int64]

COMPARED_NAMES: Final = 40
"""A component with more distinct names compares first names for equality instead of every pair."""

SUSPICIOUS_BIRTHDAYS: Final = """
SELECT c.root FROM resolve_component c JOIN resolve_numbered n ON n.rid = c.rid
WHERE n.born <> 0 GROUP BY c.root HAVING min(n.born) < max(n.born)
"""

NAMES_IN_COMPONENTS: Final = """
SELECT root, nid, count(*) OVER (PARTITION BY root) AS names
FROM (SELECT DISTINCT c.root, n.nid FROM resolve_component c JOIN resolve_numbered n ON n.rid = c.rid
      WHERE n.nid <> 0) d
"""

NAME_PAIRS_IN_COMPONENTS: Final = """
SELECT x.root, x.nid AS nid_x, y.nid AS nid_y
FROM resolve_component_names x JOIN resolve_component_names y ON y.root = x.root AND x.nid < y.nid
WHERE x.names <= {compared}
"""

CLASHES_IN_COMPONENTS: Final = """
SELECT p.root, p.nid_x, p.nid_y FROM resolve_component_pairs p
JOIN resolve_component_levels v ON v.nid_x = p.nid_x AND v.nid_y = p.nid_y WHERE v.clash IN ({kinds})
"""

ACCOUNTS: Final = """
SELECT rid, value AS account, substr(value, 1, position(':' IN value) - 1) AS platform
FROM resolve_held WHERE listed = 1
"""

SUSPICIOUS_ACCOUNTS: Final = """
SELECT DISTINCT root FROM (
  SELECT c.root, a.platform FROM resolve_component c JOIN resolve_accounts a ON a.rid = c.rid
  GROUP BY c.root, a.platform HAVING min(a.account) < max(a.account)
) s
"""

SUSPICIOUS_MAILBOXES: Final = """
SELECT h.root FROM (SELECT DISTINCT root FROM resolve_component_hints) h
JOIN resolve_component c ON c.root = h.root JOIN resolve_held k ON k.rid = c.rid
WHERE k.kind = 1 GROUP BY h.root HAVING min(k.key) < max(k.key)
"""

PLUS_TAG: Final = re.compile(r"(?<=.)\+[^@]*(?=@)")

SUSPICIOUS_DECISIONS: Final = """
SELECT x.root FROM resolve_different d JOIN resolve_component x ON x.rid = d.a
JOIN resolve_component y ON y.rid = d.b WHERE x.root = y.root
"""

SUSPICIOUS: Final = """
SELECT root FROM ({birthdays}) b UNION SELECT root FROM resolve_component_clashes
UNION SELECT root FROM resolve_component_names WHERE names > {compared}
UNION SELECT root FROM ({mailboxes}) m UNION SELECT root FROM ({accounts}) a UNION SELECT root FROM ({decisions}) d
"""

FACTS: Final = """
SELECT c.rid, n.nid, n.first, n.born, CASE WHEN m.root IS NULL THEN 0 ELSE 1 END AS many
FROM resolve_component c JOIN resolve_suspicious s ON s.root = c.root
JOIN resolve_numbered n ON n.rid = c.rid
LEFT JOIN (SELECT DISTINCT root FROM resolve_component_names WHERE names > {compared}) m ON m.root = c.root
ORDER BY c.rid
"""

SCRATCH: Final = (
    "resolve_component", "resolve_component_names", "resolve_component_pairs", "resolve_component_levels",
    "resolve_component_clashes", "resolve_component_hints", "resolve_suspicious",
)  # fmt: skip


def prepare(engine: Engine, different: pa.Table) -> None:
    """Register what every later call of `persons` looks up: follower accounts and the *different* decisions (a, b)."""
    engine.sql("resolve_accounts", ACCOUNTS)
    engine.read("resolve_different", different)


def _pairs(engine: Engine, relation: str) -> frozenset[tuple[int, int]]:
    """The name pairs of suspicious components in `relation`."""
    rows = engine.collect(
        f"SELECT DISTINCT p.nid_x, p.nid_y FROM {relation} p JOIN resolve_suspicious s ON s.root = p.root"
    )
    return frozenset(zip(rows["nid_x"].to_pylist(), rows["nid_y"].to_pylist(), strict=True))


def _facts(engine: Engine) -> tuple[Ids, clusters.Facts]:
    """The records of suspicious components and their facts."""
    table = engine.collect(FACTS.format(compared=COMPARED_NAMES))
    rids = table["rid"].to_numpy()
    born = table["born"].to_numpy()
    named = table["nid"].to_numpy() != 0
    many = (table["many"].to_numpy() == 1) & (table["first"].to_numpy() != 0)
    emails: dict[int, set[str]] = defaultdict(set)
    boxes = engine.collect(
        "SELECT k.rid, k.value AS key FROM resolve_held k JOIN resolve_component c ON c.rid = k.rid"
        " JOIN resolve_suspicious s ON s.root = c.root WHERE k.kind = 1"
    )
    for rid, key in zip(boxes["rid"].to_pylist(), boxes["key"].to_pylist(), strict=True):
        # A tag behind a plus sign is chosen by the holder of one mailbox.
        emails[rid].add(PLUS_TAG.sub("", key) if "+" in key else key)
    accounts: dict[int, list[tuple[str, str]]] = defaultdict(list)
    held = engine.collect(
        "SELECT DISTINCT a.rid, a.platform, a.account FROM resolve_accounts a JOIN resolve_component c ON c.rid = a.rid"
        " JOIN resolve_suspicious s ON s.root = c.root ORDER BY a.rid, a.account"
    )
    for rid, platform, account in zip(*(held[name].to_pylist() for name in held.column_names), strict=True):
        accounts[rid].append((platform, account))
    different: dict[int, list[int]] = defaultdict(list)
    for a, b in zip(
        *(engine.collect("SELECT a, b FROM resolve_different ORDER BY a, b")[n].to_pylist() for n in "ab"), strict=True
    ):
        different[a].append(b)
        different[b].append(a)
    return rids, clusters.Facts(
        birthday=dict(zip(rids[born != 0].tolist(), born[born != 0].tolist(), strict=True)),
        name=dict(zip(rids[named].tolist(), table["nid"].to_numpy()[named].tolist(), strict=True)),
        first=dict(zip(rids[many].tolist(), table["first"].to_numpy()[many].tolist(), strict=True)),
        clashes=_pairs(engine, "resolve_component_clashes"),
        hints=_pairs(engine, "resolve_component_hints"),
        emails={rid: frozenset(keys) for rid, keys in emails.items()},
        accounts=dict(accounts),
        different=dict(different),
    )


@dataclass(frozen=True, slots=True)
class Persons:
    """The root of each record in `roots`, of its component before any guard in `components`; which guard each link
    was `refused` by (0 for none), and the roots of the components that were built link by link, `rebuilt`.
    """

    roots: Ids
    components: Ids
    refused: npt.NDArray[np.int8]
    rebuilt: Ids


def persons(engine: Engine, size: int, links: pa.Table, memory: Compared, before: Persons | None = None) -> Persons:
    """Who is one person under the accepted `links` (SCORED) of `size` records.

    Links are taken strongest first: decisions, then by score, then by record numbers. `before` is what the first of
    the links gave alone: only components that the others touch are looked at again.
    """
    left, right = links["a"].to_numpy(), links["b"].to_numpy()
    refused = np.zeros(len(left), dtype=np.int8)
    if before is None:
        component = clusters.components(size, left, right)
        root, looked_at = component.copy(), np.bincount(component, minlength=size)[component] > 1
        rebuilt = np.zeros(0, np.int64)
    else:
        known = len(before.refused)
        first = before.components
        component = clusters.components(size, first[left[known:]], first[right[known:]])[first]
        touched = np.zeros(size, dtype=np.bool_)
        touched[component[left[known:]]] = True
        looked_at = touched[component]
        root = np.where(looked_at, component, before.roots)
        refused[:known] = np.where(looked_at[left[:known]], 0, before.refused)
        rebuilt = before.rebuilt[~looked_at[before.rebuilt]]
    found = _suspicious(engine, np.flatnonzero(looked_at), component[looked_at], memory)
    if len(found):
        score, guard = links["score"].to_numpy(), links["guard"].to_numpy().astype(np.int64)
        star = links["star"].combine_chunks().fill_null(0).to_numpy()
        doubted = np.zeros(size, dtype=np.bool_)
        doubted[found] = True
        inside = np.flatnonzero(doubted[component[left]])
        order = inside[np.lexsort((right[inside], left[inside], -score[inside], guard[inside] != clusters.DECIDED))]
        rids, facts = _facts(engine)
        roots, refusals = clusters.guarded(rids, left[order], right[order], guard[order], star[order], facts)
        root[rids] = np.array([roots[rid] for rid in rids.tolist()], dtype=np.int64)
        refused[order] = refusals
    engine.drop(*SCRATCH)
    return Persons(root, component, refused, np.concatenate([rebuilt, found]))


def _suspicious(engine: Engine, rids: Ids, component: Ids, memory: Compared) -> Ids:
    """The roots of the components that hold a contradiction, among those of `rids`; they stay in relations for
    `_facts`.
    """
    engine.read("resolve_component", pa.table({"rid": rids, "root": component}))
    engine.sql("resolve_component_names", NAMES_IN_COMPONENTS)
    engine.sql("resolve_component_pairs", NAME_PAIRS_IN_COMPONENTS.format(compared=COMPARED_NAMES))
    compare_pairs(
        engine, "resolve_component_levels", "SELECT DISTINCT nid_x, nid_y FROM resolve_component_pairs", memory
    )
    engine.sql("resolve_component_clashes", CLASHES_IN_COMPONENTS.format(kinds=CLASHES))
    engine.sql("resolve_component_hints", CLASHES_IN_COMPONENTS.format(kinds=f"{HINT}, {GENERATION}"))
    engine.sql(
        "resolve_suspicious",
        SUSPICIOUS.format(
            birthdays=SUSPICIOUS_BIRTHDAYS, accounts=SUSPICIOUS_ACCOUNTS,
            mailboxes=SUSPICIOUS_MAILBOXES, decisions=SUSPICIOUS_DECISIONS,
            compared=COMPARED_NAMES,
        ),
    )  # fmt: skip
    found: Ids = engine.collect("SELECT root FROM resolve_suspicious ORDER BY root")["root"].to_numpy()
    return found
