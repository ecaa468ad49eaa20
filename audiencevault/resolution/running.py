"""The order of resolve's steps: features, exact keys, model, blocks, persons, ids.

Each step is a function over named relations: `features.register` numbers what is compared; `blocking` pairs the holders
of exact keys and `scoring.keys` weighs them; `guards.persons` joins them, component by component; `blocks.candidates`
pairs these people by weaker values, `agreement.compare` says what they agree on and `scoring.people` weighs that; and
`guards.persons` joins once more, over all links.

Why a part can be resolved alone: whether and how two records are linked at an exact key depends on the records that
hold that key; whether and how two people are linked otherwise depends on their own records, on the model, on the size
of the table rounded up to a power of two, and on the rounded numbers of records and people that carry the names,
places and other values that the two carry. A component of links is closed under everything that its guards look at. So
a new record can change nobody but those who share a key, a block or a counted value with it, and everybody who is
linked to those; record numbers break ties only, in the order of the record ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.records import LINKS
from audiencevault.resolution import (
    agreement,
    blocking,
    blocks,
    clusters,
    estimating,
    forms,
    guards,
    identity,
    names,
    scoring,
)
from audiencevault.resolution import features as matching
from audiencevault.resolution.decisions import effective
from audiencevault.resolution.model import ACCEPT, Model
from audiencevault.resolution.scoring import UNCERTAIN

Ids = npt.NDArray[np.int64]

DECISION_SCORE: Final = 1000.0

SCRATCH: Final = (
    "resolve_input", "resolve_ids", "resolve_numbered", "resolve_names", "resolve_forms", "resolve_held",
    "resolve_mailed", "resolve_roots", "resolve_accounts", "resolve_different", "resolve_decided",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who is who: `members` (MEMBERS, one row per record, sorted), `links` (LINKS: what was accepted, and the
    uncertain band), `identity_log` (the rows to append), `stats` (counts for the screen).
    """

    members: pa.Table
    links: pa.Table
    identity_log: pa.Table
    stats: Mapping[str, int]
    model: Model


def _decided(engine: Engine, decisions: pa.Table | None) -> pa.Table:
    """The effective decisions on present records, by number: a < b, same."""
    engine.read("resolve_decided", effective(decisions))
    return engine.collect(
        "SELECT least(x.rid, y.rid) AS a, greatest(x.rid, y.rid) AS b, d.same FROM resolve_decided d"
        " JOIN resolve_ids x ON x.record_id = d.a JOIN resolve_ids y ON y.record_id = d.b ORDER BY 1, 2"
    )


def _accepted(links: pa.Table, threshold: float = ACCEPT) -> pa.Table:
    return links.filter(pc.greater_equal(links["score"], threshold))


def _same_links(decided: pa.Table) -> pa.Table:
    """*Same* decisions as links that override every guard."""
    same = decided.filter(decided["same"])
    rows = same.num_rows
    return pa.table(
        [
            same["a"], same["b"], pa.array(np.full(rows, DECISION_SCORE)),
            pa.array(np.full(rows, scoring.RULES.index("decision"), np.int8)),
            pa.array(np.full(rows, clusters.DECIDED, np.int8)), pa.nulls(rows, pa.int64()),
            pa.array(np.zeros(rows, np.int8)), pa.array(np.zeros(rows, np.int8)), pa.array(np.zeros(rows, np.int32)),
        ],
        schema=scoring.SCORED,
    )  # fmt: skip


def _persons(
    engine: Engine, size: int, links: pa.Table, memory: names.Compared
) -> tuple[Ids, npt.NDArray[np.bool_], int]:
    return guards.persons(
        engine, size, links["a"].to_numpy(), links["b"].to_numpy(), links["score"].to_numpy(),
        links["guard"].to_numpy().astype(np.int64), links["star"].combine_chunks().fill_null(0).to_numpy(),
        memory,
    )  # fmt: skip


def _links(record_ids: pa.Array, joined: pa.Table, refused: npt.NDArray[np.bool_], open_: pa.Table) -> pa.Table:
    """LINKS of the accepted links (refused ones not accepted) and the uncertain ones, sorted by the two records."""
    links = pa.concat_tables([joined, open_])
    accepted = np.concatenate([~refused, np.zeros(open_.num_rows, dtype=np.bool_)])
    a, b = links["a"].to_numpy(), links["b"].to_numpy()
    order = np.lexsort((-links["score"].to_numpy(), ~accepted, b, a))
    # A pair may be met at a contact point and in a block: its best claim stands for it.
    order = order[np.concatenate([[True], (np.diff(a[order]) != 0) | (np.diff(b[order]) != 0)])[: len(order)]]
    links, accepted = links.take(pa.array(order)), accepted[order]
    return pa.table(
        [
            record_ids.take(links["a"].combine_chunks()), record_ids.take(links["b"].combine_chunks()),
            pa.array(scoring.RULES).take(links["rule"].combine_chunks()), links["score"], pa.array(accepted),
            scoring.evidence(links),
        ],
        schema=LINKS,
    )  # fmt: skip


def run(
    engine: Engine,
    features: pa.Table | str = "match_features",
    *,
    decisions: pa.Table | None = None,
    previous: pa.Table | None = None,
    log: pa.Table | None = None,
    model: Model | None = None,
    at: datetime,
    import_id: str,
) -> Resolution:
    """Find out which records are one person.

    `features` is MATCH_FEATURES, a table or the name of a relation of `engine`; record ids are distinct.
    `decisions` (DECISIONS) bind; `previous` (MEMBERS) hands its ids on, and `log` (IDENTITY_LOG, as written so far)
    gives ids that were merged away back to whom they belonged. `at` and `import_id` go into the log only: they change
    no result. The result depends neither on the order of rows nor on threads.
    """
    if isinstance(features, pa.Table):
        engine.read("resolve_input", features)
        features = "resolve_input"
    size = matching.register(engine, features)
    # All that is compared is registered: a table of the caller's, which may be large, can go.
    engine.drop("resolve_input")
    forms.register(engine)
    blocking.points(engine)
    memory = names.Compared()
    names.compare_pairs(engine, "resolve_name_pairs", blocking.POINT_NAME_PAIRS, replace(memory, resembling=True))
    blocking.key_pairs(engine)
    by_key = scoring.keys(engine)
    decided = _decided(engine, decisions)
    guards.prepare(engine, decided.filter(pc.invert(decided["same"])).select(["a", "b"]))
    if model is None:
        model = estimating.estimate(engine, size, memory)
    engine.drop("resolve_key_links")
    certain = pa.concat_tables([_same_links(decided), _accepted(by_key)])
    roots, _, _ = _persons(engine, size, certain, memory)
    engine.read("resolve_roots", pa.table({"rid": np.arange(size, dtype=np.int64), "root": roots}))
    blocks.candidates(engine)
    agreement.compare(engine, memory, clashing=model.families < scoring.FAMILIES_AT)
    by_block = scoring.people(engine, size, model)
    joined = pa.concat_tables([certain, _accepted(by_block, model.accept)])
    roots, refused, rebuilt = _persons(engine, size, joined, memory)
    open_ = pa.concat_tables(
        [
            links.filter(pc.and_(pc.greater_equal(links["score"], UNCERTAIN), pc.less(links["score"], threshold)))
            for links, threshold in ((by_key, ACCEPT), (by_block, model.accept))
        ]
    )
    # A pair that other links join anyway is no question to anybody.
    open_ = open_.filter(pa.array(roots[open_["a"].to_numpy()] != roots[open_["b"].to_numpy()]))
    record_ids = engine.collect("SELECT record_id FROM resolve_ids ORDER BY rid")["record_id"].combine_chunks()
    engine.drop(*SCRATCH)
    members, log = identity.assign(record_ids, roots, previous, log=log, at=at, import_id=import_id)
    links = _links(record_ids, joined, refused, open_)
    contacts = int(np.count_nonzero(roots == np.arange(size)))
    return Resolution(
        members=members,
        links=links,
        identity_log=log,
        stats={
            "records": size,
            "contacts": contacts,
            "merged": size - contacts,
            "key_links": by_key.num_rows,
            "block_links": by_block.num_rows,
            "accepted": int(joined.num_rows - refused.sum()),
            "refused": int(refused.sum()),
            "uncertain": open_.num_rows,
            "rebuilt_components": rebuilt,
        },
        model=model,
    )
