"""The order of resolve's steps: features, exact keys, model, blocks, persons, ids.

Each step is a function: `features.register` numbers what is compared; `blocking` pairs the holders of exact keys and
`scoring.keys` weighs them; `guards.persons` joins them, component by component; `blocks.candidates` pairs these people
by weaker values, `agreement.compare` says what they agree on and `scoring.people` weighs that; and `guards.persons`
joins once more, over all links.

Why a part can be resolved alone: whether and how two records are linked at an exact key depends on the records that
hold that key; whether and how two people are linked otherwise depends on their own records, on the model, on the size
of the table rounded up to a power of two, and on the rounded numbers of records and people that carry the names,
places and other values that the two carry. A component of links is closed under everything that its guards look at. So
a new record can change nobody but those who share a key, a block or a counted value with it, and everybody who is
linked to those; record numbers break ties only, in the order of the record ids.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

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
    evidence,
    forms,
    guards,
    holders,
    identity,
    names,
    scoring,
)
from audiencevault.resolution import features as matching
from audiencevault.resolution.columns import Held, Records, both, in_order, whole
from audiencevault.resolution.decisions import effective
from audiencevault.resolution.handles import Forms
from audiencevault.resolution.model import ACCEPT, Model
from audiencevault.resolution.name_pairs import NamePairs
from audiencevault.resolution.scoring import UNCERTAIN

Ids = npt.NDArray[np.int64]

DECISION_SCORE: Final = 1000.0

INPUT: Final = "resolve_input"
"""A relation of this name is dropped as soon as its features are numbers."""

LARGE: Final = 50_000
"""Records from which on memory is given back between the steps; that costs some milliseconds."""

SCRATCH: Final = (
    "resolve_input", "resolve_ids", "resolve_numbered", "resolve_names", "resolve_forms", "resolve_held",
    "resolve_decided",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who is who: `members` (MEMBERS, one row per record, sorted), `links` (LINKS: what was accepted, and the
    uncertain band), `identity_log` (the rows to append), `stats` (counts for the screen), and `moved`: the contacts
    that lost or won a record, where these are known.
    """

    members: pa.Table
    links: pa.Table
    identity_log: pa.Table
    stats: Mapping[str, int]
    model: Model
    moved: pa.Array | None = None


def _decided(engine: Engine, decisions: pa.Table | None) -> pa.Table:
    """The effective decisions on present records, by number: a < b, same."""
    engine.read("resolve_decided", effective(decisions))
    return engine.collect(
        "SELECT least(x.rid, y.rid) AS a, greatest(x.rid, y.rid) AS b, d.same FROM resolve_decided d"
        " JOIN resolve_ids x ON x.record_id = d.a JOIN resolve_ids y ON y.record_id = d.b ORDER BY 1, 2"
    )


def _accepted(links: pa.Table, threshold: float = ACCEPT) -> pa.Table:
    return links.filter(pc.greater_equal(links["score"], threshold))


def _open(links: pa.Table, threshold: float) -> pa.Table:
    """The links that are too weak to join and too strong to forget."""
    return links.filter(pc.and_(pc.greater_equal(links["score"], UNCERTAIN), pc.less(links["score"], threshold)))


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
            *(pa.nulls(rows, pa.int64()) for _ in evidence.COLUMNS),
        ],
        schema=scoring.SCORED,
    )  # fmt: skip


def _ordered(
    joined: pa.Table, refused: npt.NDArray[np.int8], open_: pa.Table
) -> tuple[pa.Table, npt.NDArray[np.bool_], npt.NDArray[np.int8]]:
    """The accepted links (refused ones not accepted) and the uncertain ones, sorted by the two records, a pair once;
    whether each was accepted, and what refused it.
    """
    links = pa.concat_tables([joined, open_]).combine_chunks()
    accepted = np.concatenate([refused == 0, np.zeros(open_.num_rows, dtype=np.bool_)])
    refusals = np.concatenate([refused, np.zeros(open_.num_rows, np.int8)])
    pair = both(links["a"].to_numpy(), links["b"].to_numpy())
    order = np.argsort(pair, kind="stable")
    same = np.zeros(len(pair) + 1, dtype=np.bool_)
    same[1:-1] = np.diff(pair[order]) == 0
    # A pair may be met at a contact point and in a block: its best claim stands for it.
    several = order[same[1:] | same[:-1]]
    best = np.lexsort((-links["score"].to_numpy()[several], ~accepted[several], pair[several]))
    order[same[1:] | same[:-1]] = several[best]
    order = order[~same[:-1]]
    return links.take(pa.array(order)), accepted[order], refusals[order]


def _links(record_ids: pa.Array, joined: pa.Table, refused: npt.NDArray[np.int8], open_: pa.Table) -> pa.Table:
    """LINKS of what `_ordered` gives."""
    wanted = ["a", "b", "score", "rule", "seen", *evidence.LEVELS, *evidence.COLUMNS]
    links, accepted, refusals = _ordered(joined.select(wanted), refused, open_.select(wanted))
    return pa.table(
        [
            record_ids.take(links["a"].combine_chunks()), record_ids.take(links["b"].combine_chunks()),
            pa.array(scoring.RULES).take(links["rule"].combine_chunks()), links["score"], pa.array(accepted),
            evidence.evidence(links, refusals),
        ],
        schema=LINKS,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """What resolving a part of a table must know of the whole (see `incremental`).

    `records` is the size of the whole; `people` names a relation with `record_id`, `inside` (1 for those whose links
    are asked for) and `person` (any number, equal for the records of one person) of the records outside, who stand
    there for their number only. `firsts` and `lasts` (value, records), `counts` (as `agreement.compare` takes them)
    and `accounts` (stem, accounts; what `handles.stems_of` finds) are counted in the whole.
    """

    records: int
    people: str
    firsts: pa.Table
    lasts: pa.Table
    counts: Mapping[str, pa.Table]
    accounts: pa.Table


@dataclass(frozen=True, slots=True)
class Found:
    """Who is who by record number: `roots`, and by exact keys alone `persons`; `joined` are the links (SCORED) from
    their threshold on, `certain` of them first, which `refused` says the guard that
    kept apart (0 for none); `open` are questions.
    """

    record_ids: pa.Array
    roots: Ids
    persons: Ids
    joined: pa.Table
    certain: int
    refused: npt.NDArray[np.int8]
    open: pa.Table
    model: Model
    stats: Mapping[str, int]

    def links(self) -> pa.Table:
        """LINKS, sorted by the two records."""
        return _links(self.record_ids, self.joined, self.refused, self.open)

    def ends(self) -> tuple[Ids, Ids]:
        """The numbers of the two records of each of `links`."""
        joined, open_ = (table.select(["a", "b", "score"]) for table in (self.joined, self.open))
        links, _, _ = _ordered(joined, self.refused, open_)
        return links["a"].to_numpy(), links["b"].to_numpy()


Watch = Callable[[Engine, Found], None]

COUNTED_NAMES: Final = """
SELECT n.nid, n.first_key, n.last_key, n.name_key, n.nick_key, n.nick_roots, n.first, n.last, n.lossy, n.records,
       coalesce(f.records, 0) AS first_n, coalesce(l.records, 0) AS last_n
FROM resolve_names n LEFT JOIN resolve_firsts f ON f.value = n.first LEFT JOIN resolve_lasts l ON l.value = n.last
"""
PEOPLE: Final = "SELECT i.rid, p.inside, p.person FROM resolve_ids i JOIN {people} p ON p.record_id = i.record_id"


class Stages:
    """The steps of one run, in their order: `exact`, then `weaker`; `part` where the features are a part of a table."""

    def __init__(
        self,
        engine: Engine,
        features: pa.Table | str | int,
        *,
        decisions: pa.Table | None,
        part: Part | None = None,
        watched: bool = False,
    ) -> None:
        """`features` is a table, a relation, or of how many records the features are registered already; relations that
        only a `watch` reads go unless `watched`.
        """
        self.engine, self.part = engine, part
        self.size = features if isinstance(features, int) else matching.register(engine, features, texts=watched)
        self.records = self.size if part is None else part.records
        # All that is compared is registered: a table of the caller's, which may be large, can go.
        engine.drop(INPUT)
        self._relieve()
        self.inside: npt.NDArray[np.bool_] | None = None
        self._outside: Ids = np.zeros(0, np.int64)
        if part is not None:
            self._take(part)
        forms.register(engine)
        self.memory = names.Compared()
        self.columns, self.held = Records(engine), Held(engine, self.size)
        self.forms = Forms(engine, self.columns)
        if not watched:
            engine.drop("resolve_numbered")
        self.pairs = NamePairs(self.columns.names, self.memory)
        self._exact: guards.Persons | None = None
        self._key_links = 0
        self.decided = _decided(engine, decisions)
        different = self.decided.filter(pc.invert(self.decided["same"])).select(["a", "b"])
        self.grounds = guards.Grounds(self.columns, self.held, different)

    def _take(self, part: Part) -> None:
        """Count names in the whole, and see who is inside."""
        self.engine.read("resolve_firsts", part.firsts)
        self.engine.read("resolve_lasts", part.lasts)
        self.engine.sql("resolve_names", COUNTED_NAMES)
        self.engine.drop("resolve_firsts", "resolve_lasts")
        people = self.engine.collect(f"{PEOPLE.format(people=part.people)} ORDER BY i.rid")
        self.inside = people["inside"].to_numpy() == 1
        self._outside = people["person"].to_numpy()

    def _relieve(self) -> None:
        """Between two large steps give back what the one has used."""
        if self.size >= LARGE:
            self.engine.relieve()

    def _among(self, links: pa.Table) -> pa.Table:
        """The links with both ends inside."""
        if self.inside is None:
            return links
        return links.filter(pa.array(self.inside[links["a"].to_numpy()] & self.inside[links["b"].to_numpy()]))

    def _look_for_slips(self) -> None:
        """Compare names anew, as those of a noisy table."""
        self.memory = names.Compared.among_slips()
        self.pairs = NamePairs(self.columns.names, self.memory)

    def _by_key(self, points: blocking.Points, model: Model | None) -> scoring.Keyed:
        """All scored pairs of holders of exact keys."""
        levels = self.pairs.of(points.name_pairs())
        met = blocking.key_pairs(self.columns, points, levels, self.forms)
        if self.inside is not None:
            met = met.take(np.flatnonzero(self.inside[met.a] & self.inside[met.b]))
        return scoring.keys(holders.compare(self.columns, self.held, self.forms, met), model)

    def exact(self, model: Model | None) -> tuple[pa.Table, pa.Table, Ids, Model]:
        """Links at exact keys that are questions, those that join, who is one person by these, and the model."""
        engine = self.engine
        if model is not None and model.noisy:
            self._look_for_slips()
        points = blocking.points(engine, self.columns, self.held)
        by_key = self._by_key(points, model)
        if model is None:
            model = estimating.estimate(engine, self.columns, self.held, self.forms, by_key, self.memory)
            if model.noisy:
                # What differs at a contact point looks otherwise, now that slips are known to be many.
                self._look_for_slips()
                by_key = self._by_key(points, model)
        self.grounds.noisy = model.noisy
        self._key_links = len(by_key.row)
        certain = pa.concat_tables([_same_links(self._among(self.decided)), by_key.links(ACCEPT)])
        asked = by_key.links(UNCERTAIN, ACCEPT)
        del by_key, points
        self._exact = guards.persons(self.grounds, certain, self.pairs)
        roots = self._exact.roots.copy()
        if self.inside is not None:
            # Records outside are those of the people that they were.
            outside = np.flatnonzero(~self.inside)
            _, first, person = np.unique(self._outside[outside], return_index=True, return_inverse=True)
            roots[outside] = outside[first][person]
        return asked, certain, roots, model

    def weaker(self, asked: pa.Table, certain: pa.Table, persons: Ids, model: Model) -> Found:
        """Who is who by everything."""
        engine, part = self.engine, self.part
        self._relieve()
        candidates, skipped = blocks.candidates(
            engine, self.columns, self.held, self.forms, persons,
            accounts=None if part is None else part.accounts, noisy=model.noisy,
        )  # fmt: skip
        self._relieve()
        if self.inside is not None:
            met = self.inside[candidates["ra"].to_numpy()] & self.inside[candidates["rb"].to_numpy()]
            candidates = candidates.filter(pa.array(met))
        compared = agreement.compare(
            engine, self.columns, self.held, persons, candidates, self.memory,
            clashing=model.families < scoring.FAMILIES_AT, counts=None if part is None else part.counts,
        )  # fmt: skip
        self._relieve()
        by_block = scoring.people(engine, compared, self.records, model)
        del compared, candidates
        self._relieve()
        joined = pa.concat_tables([certain, _accepted(by_block, model.accept)])
        found = guards.persons(self.grounds, joined, self.pairs, before=self._exact)
        roots, refused = found.roots, found.refused
        open_ = pa.concat_tables([asked, _open(by_block, model.accept)])
        # A pair that other links join anyway is no question to anybody.
        open_ = open_.filter(pa.array(roots[open_["a"].to_numpy()] != roots[open_["b"].to_numpy()]))
        contacts = int(np.count_nonzero(roots == np.arange(self.size)))
        return Found(
            record_ids=whole(in_order(engine.table("resolve_ids"), "rid")["record_id"]),
            roots=roots, persons=persons, joined=joined, certain=certain.num_rows, refused=refused, open=open_,
            model=model,
            stats={
                "records": self.size,
                "contacts": contacts,
                "merged": self.size - contacts,
                "key_links": self._key_links,
                "block_links": by_block.num_rows,
                "accepted": int(np.count_nonzero(refused == 0)),
                "refused": int(np.count_nonzero(refused)),
                "uncertain": open_.num_rows,
                "rebuilt_components": len(found.rebuilt),
                "skipped_blocks": skipped,
            },
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
    watch: Watch | None = None,
) -> Resolution:
    """Find out which records are one person.

    `features` is MATCH_FEATURES, a table or the name of a relation of `engine`; record ids are distinct.
    `decisions` (DECISIONS) bind; `previous` (MEMBERS) hands its ids on, and `log` (IDENTITY_LOG, as written so far)
    gives ids that were merged away back to whom they belonged. `at` and `import_id` go into the log only: they change
    no result. The result depends neither on the order of rows nor on threads. `watch` sees what was found while the
    relations `resolve_ids`, `resolve_numbered`, `resolve_held` and `resolve_forms` still stand.
    """
    stages = Stages(engine, features, decisions=decisions, watched=watch is not None)
    found = stages.weaker(*stages.exact(model))
    if watch is not None:
        watch(engine, found)
    engine.drop(*SCRATCH)
    large = stages.size >= LARGE
    del stages
    if large:
        engine.relieve()
    named = functools.partial(
        identity.assign, found.record_ids, found.roots, previous, log=log, at=at, import_id=import_id
    )
    asked: list[Callable[[], Any]] = [named, found.links]
    (members, log), links = engine.together(asked)
    return Resolution(members=members, links=links, identity_log=log, stats=found.stats, model=found.model)
