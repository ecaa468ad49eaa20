"""Who is who after a few records among many changed, exactly as a run over all of them would say.

What a run depends on, see `running`: a link at an exact key on the holders of the key; any other link on the two
people, on the blocks that hold both and on how many people these hold, and on the counts of the values they have,
rounded; a person on the links of its component. So with the codes of all records at hand (`traces`), this finds

1. whose exact keys met anybody new or gone, or a name that is not as rare as it was: their components are joined anew;
2. who of them is another person now, whose blocks these lie in, and which values are of another rounded count: with
   all who are tied to them these people are *open*, and everything between two of them is found anew;
3. who else stands at a key or in a block of theirs: enough of them to tell how crowded it is.

The ordinary steps run over these records, with the counts of the whole; everything between others is as it was.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.records import LINKS, MEMBERS
from audiencevault.resolution import blocks, clusters, concerned, forms, guards, identity, running, scoring, traces
from audiencevault.resolution import features as matching
from audiencevault.resolution.agreement import COUNTED, PARTS
from audiencevault.resolution.decisions import effective
from audiencevault.resolution.model import Model
from audiencevault.resolution.names import nearly_same, quantised, slip
from audiencevault.resolution.running import Found, Part, Resolution, Stages
from audiencevault.resolution.traces import Trace

Ids = npt.NDArray[np.int64]

MOST_OPEN: Final = 0.25
"""Where more than this share of the records is open, a run over all is no slower."""
MOST_SLOTS: Final = 2.0
"""Rows of a trace for each record; the rest are of records that changed since, and are read at every step."""
FEW_NAMED: Final = 64
"""Records of one name that are looked at again as soon as it may be a slip of another, or another of it."""


def watcher(directory: Path, decisions: pa.Table | None) -> running.Watch:
    """What `running.run` is to be given as `watch` so that `directory`, which exists and is empty, gets its trace."""

    def watch(engine: Engine, found: Found) -> None:
        size = len(found.record_ids)
        traces.write_rows(engine, directory, 0)
        groups = _groups(found, np.arange(size, dtype=np.int64))
        trace = Trace(directory, size, size, found.model.to_json())
        traces.write_facts(directory, trace, groups, effective(decisions))

    return watch


def _groups(found: Found, slots: Ids) -> pa.Table:
    """GROUPS of what was found, each group named by the slot of its first record."""
    size = len(found.record_ids)
    a, b = found.joined["a"].to_numpy(), found.joined["b"].to_numpy()
    bond = clusters.components(size, a[: found.certain], b[: found.certain])
    tie = clusters.components(size, a, b)
    columns = [slots, slots[found.persons], slots[bond], slots[tie]]
    return pa.table([pa.array(column) for column in columns], schema=traces.GROUPS_SCHEMA)


def resume(
    engine: Engine,
    trace: Trace,
    features: str,
    *,
    changed: str,
    decisions: pa.Table | None,
    members: pa.Table,
    links: pa.Table,
    log: pa.Table | None,
    model: Model,
    at: datetime,
    import_id: str,
    into: Path,
    most_open: float = MOST_OPEN,
    most_slots: float = MOST_SLOTS,
) -> Resolution | None:
    """What `running.run` would say of `features`, given the `trace` that the run before left behind.

    `changed` names a relation with the `record_id` of whoever was observed anew since then; who came or went is seen.
    `members` and `links` are MEMBERS and LINKS of the run before. The new trace goes into the empty directory `into`.
    None where too much changed, the table is noisy, the evidence weighs otherwise now, or the trace holds `most_slots`
    rows a record, most of them old ones: then all must be run again.
    """
    # A noisy table has more blocks than a trace knows.
    if model.noisy:
        return None
    if model.to_json() != trace.model or trace.slots > most_slots * max(trace.records, 1):
        return None
    try:
        return _Resumption(engine, trace, features, decisions, into).run(
            changed, members, links, log, model, at, import_id, most_open
        )
    finally:
        engine.drop(*concerned.SCRATCH, *running.SCRATCH)


class _Resumption:
    """One run of `resume`, step by step."""

    def __init__(self, engine: Engine, trace: Trace, features: str, decisions: pa.Table | None, into: Path) -> None:
        self.engine, self.trace, self.features, self.into = engine, trace, features, into
        self.decisions, self.decided = decisions, effective(decisions)

    def run(
        self, changed: str, members: pa.Table, links: pa.Table, log: pa.Table | None, model: Model, at: datetime,
        import_id: str, most_open: float,
    ) -> Resolution | None:  # fmt: skip
        engine = self.engine
        groups = self.trace.groups()
        fresh = self._changes(changed, groups)
        records = self.engine.scalar(f"SELECT count(*) FROM {self.features}")
        if scoring.population(records) != scoring.population(self.trace.records):
            return None
        engine.sql("inc_open", concerned.OPEN.format(group="bond"))
        if engine.scalar("SELECT count(*) FROM inc_open") > records * most_open:
            return None
        engine.sql("inc_part", "SELECT rid FROM inc_open UNION " + concerned.HOLDERS)
        self._moved(self._stages(records, {}, None).exact(model)[2])
        self._concerned()
        engine.sql("inc_open", concerned.OPEN.format(group="tie"))
        if engine.scalar("SELECT count(*) FROM inc_open") > records * most_open:
            return None
        engine.sql("inc_shared", concerned.SHARED)
        engine.sql(
            "inc_part",
            f"SELECT rid FROM inc_open UNION {concerned.HOLDERS} UNION {concerned.RING} UNION {concerned.FORM_RING}",
        )
        accounts = engine.collect(concerned.STEM_COUNTS.format(which="x.rid IN (SELECT rid FROM inc_open)"))
        stages = self._stages(records, self._counts(), accounts)
        found = stages.weaker(*stages.exact(model))
        inside = stages.inside
        assert inside is not None
        slots = engine.collect(concerned.SLOTS)["slot"].to_numpy()
        gone = engine.collect("SELECT record_id FROM inc_rows WHERE now IS NULL")["record_id"].combine_chunks()
        self._keep(found, slots, inside, groups, records, fresh, model)
        return _together(found, inside, gone, members, links, log, at, import_id, records)

    def _changes(self, changed: str, groups: pa.Table) -> int:
        """Build `inc_rows`, `inc_held` and `inc_seeds`; the number of fresh slots."""
        engine, start = self.engine, self.trace.slots
        self.trace.register(engine)
        engine.read("known_groups", groups)
        engine.view("inc_known", concerned.KNOWN)
        engine.sql("inc_touched", concerned.TOUCHED.format(changed=changed, features=self.features))
        fresh = engine.sql("inc_fresh", concerned.FRESH.format(features=self.features))
        traces.share_rows(self.trace, self.into)
        if fresh:
            matching.register(engine, "inc_fresh")
            forms.register(engine)
            engine.sql("resolve_accounts", guards.ACCOUNTS)
            traces.write_rows(engine, self.into, start)
            engine.drop(*running.SCRATCH)
        Trace(self.into, 0, 0, "").register(engine)
        engine.sql("inc_rows", concerned.ROWS.format(start=start))
        engine.sql("inc_held", concerned.HELD)
        for column in PARTS:
            self._slips(column)
        engine.sql("inc_spelling", concerned.SPELLINGS)
        engine.sql("inc_named", concerned.NAMED)
        engine.read("inc_decided", _differing(self.trace.decided(), self.decided))
        engine.read("inc_effective", self.decided)
        engine.sql("inc_said", concerned.DECIDED)
        engine.sql(
            "inc_met", "\n".join([concerned.MET, *(concerned.MET_NEAR.format(column=column) for column in PARTS)])
        )
        engine.sql(
            "inc_seeds", "\n".join([concerned.SEEDS, *(concerned.TIED_NEAR.format(column=column) for column in PARTS)])
        )
        return fresh

    def _slips(self, column: str) -> None:
        """Build `inc_first` or `inc_last`: names that may be, or may be no longer, taken for a slip of another one.

        That takes two names that are nearly the same, and a count of one that makes it rare beside the other. Names
        that many have are paired with those in `inc_near_first` and `inc_near_last`: who holds only one of the two is
        left alone.
        """
        engine = self.engine
        table = engine.collect(concerned.NAME_COUNTS.format(column=column))
        table = table.filter(pc.is_valid(table["rid"]))
        value, rid = table["value"].to_numpy(), table["rid"].to_numpy()
        was, now = (quantised(np.maximum(table[name].to_numpy(), 1).astype(np.int64)) for name in ("was", "now"))
        moved = np.flatnonzero(was != now)
        found = set(value[moved[now[moved] <= FEW_NAMED]].tolist())
        pairs = []
        for at in moved[now[moved] > FEW_NAMED].tolist():
            others = np.flatnonzero(slip(was[at], was) != slip(now[at], now))
            pairs += [(at, other) for other in others.tolist() if other != at]
        if pairs:
            samples = np.unique(np.array(pairs))
            engine.read("inc_samples", pa.table({"rid": rid[samples]}))
            engine.sql("inc_sampled", concerned.SAMPLED.format(features=self.features))
            matching.register(engine, "inc_sampled")
            texts = engine.collect(concerned.NAMES_OF.format(column=column))
            engine.drop(*running.SCRATCH, "inc_samples", "inc_sampled")
            text = dict(zip(texts["value"].to_pylist(), texts["text"].to_pylist(), strict=True))
            left, right = ([text.get(int(value[pair[side]]), "") for pair in pairs] for side in (0, 1))
            near = nearly_same(pa.array(left, pa.string()), pa.array(right, pa.string()))
            pairs = [pair for pair, close in zip(pairs, near.tolist(), strict=True) if close]
        engine.read(f"inc_{column}", pa.table({"value": pa.array(sorted(found), pa.int64())}))
        one, two = (value[np.array([pair[side] for pair in pairs], np.int64)] for side in (1, 0))
        engine.read(f"inc_near_{column}", pa.table({"one": one, "two": two}))

    def _other(self, name: str, query: str, *, shift: int) -> None:
        """Build `name`: the values of `query` (value, was, now) whose counts are rounded to another number now.

        `shift` 2 leaves the two people out that a pair has itself, as `scoring.score_people` does.
        """
        counts = self.engine.collect(query)
        was, now = (counts[column].to_numpy().astype(np.int64) for column in ("was", "now"))
        if shift:
            was, now = (np.maximum(column - shift, 0) + 1 for column in (was, now))
        else:
            was, now = (np.maximum(column, 1) for column in (was, now))
        other = quantised(was) != quantised(now)
        self.engine.read(name, counts.select(["value"]).filter(pa.array(other)))

    def _stages(self, records: int, counts: dict[str, pa.Table], accounts: pa.Table | None) -> Stages:
        """The stages of the part that `inc_part` names, of which `inc_open` is inside."""
        engine = self.engine
        engine.sql("inc_lenders", concerned.LENDERS)
        engine.sql("inc_people", concerned.PEOPLE)
        engine.sql("inc_features", concerned.PART_FEATURES.format(features=self.features))
        firsts, lasts = (engine.collect(concerned.PART_NAMES.format(column=column)) for column in PARTS)
        stems = pa.table({"stem": pa.array([], pa.int64()), "accounts": pa.array([], pa.int64())})
        if accounts is not None:
            many = accounts.filter(pc.greater(accounts["now"], 1))
            stems = pa.table({"stem": many["value"], "accounts": many["now"]})
        part = Part(records, "inc_people", firsts, lasts, counts, stems)
        return Stages(engine, "inc_features", decisions=self.decisions, part=part)

    def _moved(self, roots: Ids) -> None:
        """Find out who is another person by exact keys now than before, and say so in `inc_rows`."""
        engine = self.engine
        rows = engine.collect(concerned.SLOTS)
        slots, was = rows["slot"].to_numpy(), rows["was"].fill_null(-1).to_numpy()
        inside = engine.collect(
            "SELECT p.inside FROM resolve_ids i JOIN inc_people p ON p.record_id = i.record_id ORDER BY i.rid"
        )["inside"].to_numpy()
        engine.drop(*running.SCRATCH)
        chosen = np.flatnonzero(inside == 1)
        root, was = roots[chosen], was[chosen]
        engine.read("inc_persons", pa.table({"person": np.unique(was[was >= 0])}))
        sizes = engine.collect(concerned.SIZES)
        old = dict(zip(sizes["person"].to_pylist(), sizes["records"].to_pylist(), strict=True))
        order = np.argsort(root, kind="stable")
        heads, first, count = np.unique(root[order], return_index=True, return_counts=True)
        low, high = np.minimum.reduceat(was[order], first), np.maximum.reduceat(was[order], first)
        before = np.array([old.get(int(person), -1) for person in high], np.int64)
        other = (low != high) | (low < 0) | (count != before)
        moved = np.isin(root, heads[other])
        engine.read("inc_moved", pa.table({"rid": slots[chosen][moved], "now": slots[root[moved]]}))
        engine.sql("inc_rows", concerned.MOVED_ROWS)

    def _concerned(self) -> None:
        """Build `inc_seeds` of all whose links the moved people may change; and the codes of everybody."""
        engine = self.engine
        engine.sql("inc_mailed", concerned.MAILED)
        queries = [concerned.CONCERNED]
        for column in (*COUNTED, *PARTS):
            query = concerned.VALUE_COUNTS.format(column=column, mailed="")
            self._other(f"inc_shifted_{column}", query, shift=2)
        # Two who agree on a value both have it; a name weighs also where the other's is another one.
        queries += [concerned.SHIFTED.format(column=column) for column in COUNTED]
        queries += [concerned.BLOCKED_NEAR.format(column=column) for column in PARTS]
        self._other(
            "inc_shifted_mailed", concerned.VALUE_COUNTS.format(column="name", mailed=concerned.AT_MAILBOX), shift=0
        )
        self._other("inc_stem", concerned.STEM_COUNTS.format(which="x.moved = 1"), shift=0)
        engine.sql("inc_stirred", concerned.STIRRED)
        engine.view("resolve_numbered", "SELECT * FROM inc_rows")
        engine.view("resolve_roots", "SELECT rid, rid AS root FROM inc_rows")
        engine.view("resolve_held", "SELECT * FROM inc_held")
        engine.map("inc_plain_codes", blocks.CODED, blocks.block_codes, blocks.CODED_SCHEMA)
        engine.map("inc_mail_codes", blocks.MAILBOX_NAMES, blocks.mailbox_blocks, blocks.CODED_SCHEMA)
        engine.drop("resolve_numbered", "resolve_roots", "resolve_held")
        engine.sql("inc_codes", concerned.CODES)
        engine.drop("inc_plain_codes", "inc_mail_codes")
        engine.read("inc_caps", _caps())
        engine.sql("inc_blocks", concerned.TOUCHED_BLOCKS)
        engine.sql("inc_unnamed", concerned.UNNAMED)
        engine.sql("inc_touched_forms", concerned.TOUCHED_FORMS)
        engine.sql("inc_form_people", concerned.FORM_PEOPLE)
        for column in PARTS:
            for side in ("one", "two"):
                engine.sql(f"inc_{side}_{column}", concerned.NEAR_CODES.format(side=side, column=column))
        engine.sql("inc_concerned", "\n".join(queries))
        engine.sql("inc_seeds", concerned.CONCERNED_PEOPLE)

    def _counts(self) -> dict[str, pa.Table]:
        """How many people have the values of the open ones."""
        found = {
            column: self.engine.collect(concerned.PART_COUNTS.format(column=column, count="holders", mailed=""))
            for column in (*COUNTED, *PARTS)
        }
        mailed = self.engine.collect(
            concerned.PART_COUNTS.format(column="name", count="people", mailed=concerned.AT_MAILBOX)
        )
        return {**found, "mailed": mailed}

    def _keep(
        self, found: Found, slots: Ids, inside: npt.NDArray[np.bool_], groups: pa.Table, records: int, fresh: int,
        model: Model,
    ) -> None:  # fmt: skip
        """Write the new trace."""
        new = _groups(found, slots).filter(pa.array(inside))
        gone = self.engine.collect("SELECT rid FROM inc_rows WHERE now IS NULL")["rid"].combine_chunks()
        out = pc.is_in(groups["rid"], value_set=pa.concat_arrays([new["rid"].combine_chunks(), gone]))
        trace = Trace(self.into, self.trace.slots + fresh, records, model.to_json())
        every = pa.concat_tables([groups.filter(pc.invert(out)), new])
        traces.write_facts(self.into, trace, every, self.decided)


def _caps() -> pa.Table:
    """How many people a block may hold, by its number."""
    caps = {number: block.cap for number, block in enumerate(blocks.BLOCKS)}
    caps |= {blocks.PREFIX_BLOCK: blocks.NEAR_CAP, blocks.SUFFIX_BLOCK: blocks.NEAR_CAP}
    caps |= {
        concerned.TAIL_BLOCK: blocks.TAIL_CAP,
        concerned.LOOSE_BLOCK: blocks.HANDLE_CAP,
        concerned.NAME_BLOCK: concerned.NAMESAKES,
    }
    return pa.table({"block": pa.array(caps.keys(), pa.int32()), "cap": pa.array(caps.values(), pa.int32())})


def _differing(before: pa.Table, after: pa.Table) -> pa.Table:
    """The records of decisions that are in force in one of the two tables only."""
    one, two = (
        set(zip(*(table[name].to_pylist() for name in ("a", "b", "same")), strict=True)) for table in (before, after)
    )
    names = {name for a, b, _ in one ^ two for name in (a, b)}
    return pa.table({"record_id": pa.array(sorted(names), pa.string())})


def _together(
    found: Found, inside: npt.NDArray[np.bool_], gone: pa.Array, members: pa.Table, links: pa.Table,
    log: pa.Table | None, at: datetime, import_id: str, records: int,
) -> Resolution:  # fmt: skip
    """What was found among the open records, put into what was known of the others."""
    chosen = np.flatnonzero(inside)
    place = np.cumsum(inside) - 1
    record_ids = found.record_ids.take(pa.array(chosen)).cast(pa.string())
    touched = pa.concat_arrays([record_ids, gone.cast(pa.string())])
    mine = pc.is_in(members["record_id"], value_set=touched)
    kept = members.filter(pc.invert(mine))
    others = pc.unique(kept["contact_id"]).cast(pa.string())
    named, new_log = identity.assign(
        record_ids, place[found.roots[chosen]], members.filter(mine), log=log, at=at, import_id=import_id,
        others=others,
    )  # fmt: skip
    everybody = _merged(kept, named, ["record_id"])
    ids = everybody["record_id"].combine_chunks()
    # What one of those who are gone was linked to is open, so nothing is left of it.
    among, left_over = np.zeros(links.num_rows, dtype=np.int64), gone.cast(pa.string())
    for name in ("record_a", "record_b"):
        among += np.asarray(pc.is_in(links[name], value_set=touched))
        if len(left_over):
            among += 2 * np.asarray(pc.is_in(links[name], value_set=left_over))
    left = links.filter(pa.array(among < 2))
    fresh = found.links()
    keys = [
        pc.index_in(table["record_a"], value_set=ids).to_numpy().astype(np.int64) * len(ids)
        + pc.index_in(table["record_b"], value_set=ids).to_numpy()
        for table in (left, fresh)
    ]
    contacts = len(others) + len(pc.unique(named["contact_id"]))
    return Resolution(
        members=everybody.cast(MEMBERS),
        links=_woven(left.cast(LINKS), fresh, *keys),
        identity_log=new_log,
        stats={
            **found.stats,
            "records": records,
            "contacts": contacts,
            "merged": records - contacts,
            "open": len(chosen),
        },
        model=found.model,
    )


def _woven(kept: pa.Table, fresh: pa.Table, kept_keys: Ids, fresh_keys: Ids) -> pa.Table:
    """Two tables, each sorted by its keys, as one."""
    at = np.searchsorted(kept_keys, fresh_keys)
    order = np.insert(np.arange(kept.num_rows), at, kept.num_rows + np.arange(fresh.num_rows))
    return pa.concat_tables([kept, fresh]).combine_chunks().take(pa.array(order))


def _merged(kept: pa.Table, fresh: pa.Table, keys: list[str]) -> pa.Table:
    """Rows of two tables, sorted."""
    both = pa.concat_tables([kept.cast(MEMBERS), fresh.cast(MEMBERS)])
    return both.take(pc.sort_indices(both, sort_keys=[(name, "ascending") for name in keys]))
