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

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.records import LINKS, MEMBERS
from audiencevault.resolution import clusters, concerned, counted, forms, identity, running, scoring, traces
from audiencevault.resolution import features as matching
from audiencevault.resolution.agreement import COUNTED, PARTS
from audiencevault.resolution.counted import Counts, Names
from audiencevault.resolution.decisions import effective
from audiencevault.resolution.features import EMAIL
from audiencevault.resolution.model import Model
from audiencevault.resolution.running import Found, Part, Resolution, Stages
from audiencevault.resolution.slots import NOBODY, Mask, Slots
from audiencevault.resolution.traces import Trace

Ids = npt.NDArray[np.int64]

MOST_OPEN: Final = 0.25
"""Where more than this share of the records is open, a run over all is no slower."""
MOST_SLOTS: Final = 2.0
"""Rows of a trace for each record; the rest are of records that changed since, and are read at every step."""

STEMS: Final = ("stem", "accounts")
TOUCHED: Final = "SELECT DISTINCT record_id FROM {changed}"
FRESH: Final = "SELECT f.* FROM {features} f JOIN inc_touched t ON t.record_id = f.record_id"
NUMBERED: Final = f"SELECT rid, {', '.join((*COUNTED, *PARTS))} FROM resolve_numbered ORDER BY rid"
MAILED: Final = f"SELECT DISTINCT rid FROM resolve_held WHERE kind = {EMAIL} AND shared = 0"
"""Records with a mailbox of their own."""
SCRATCH: Final = ("inc_touched", "inc_fresh", "inc_people")


def watcher(directory: Path, decisions: pa.Table | None) -> running.Watch:
    """What `running.run` is to be given as `watch` so that `directory`, which exists and is empty, gets its trace."""

    def watch(engine: Engine, found: Found) -> None:
        if found.model.noisy:
            # Nothing goes on from it.
            return
        size = len(found.record_ids)
        slots = traces.write_rows(engine, directory, 0)
        numbered = engine.collect(NUMBERED)
        mailed = engine.collect(MAILED)["rid"].to_numpy()
        columns = {name: numbered[name].to_numpy() for name in (*COUNTED, *PARTS)}
        counted.watch(engine, directory, columns, found.persons, mailed)
        traces.write_table(directory, "groups", _groups(found, slots))
        a, b = found.ends()
        traces.write_table(directory, "ends", _ends(slots[a], slots[b]))
        traces.write_table(directory, traces.DECIDED, effective(decisions))
        traces.write_facts(Trace(directory, size, size, found.stats["contacts"], found.model.to_json()))

    return watch


def _groups(found: Found, slots: Ids) -> pa.Table:
    """GROUPS_SCHEMA of what was found, each group named by the slot of its first record."""
    size = len(found.record_ids)
    a, b = found.joined["a"].to_numpy(), found.joined["b"].to_numpy()
    bond = clusters.components(size, a[: found.certain], b[: found.certain])
    tie = clusters.components(size, a, b)
    columns = [slots, slots[found.persons], slots[bond], slots[tie]]
    return pa.table([pa.array(column.astype(np.int32)) for column in columns], schema=traces.GROUPS_SCHEMA)


def _ends(a: Ids, b: Ids) -> pa.Table:
    return pa.table([pa.array(side.astype(np.int32)) for side in (a, b)], schema=traces.ENDS_SCHEMA)


def resume(
    engine: Engine,
    trace: Trace,
    features: str,
    *,
    changed: str,
    gone: pa.Array,
    decisions: pa.Table | None,
    members: pa.Table,
    links: Callable[[], pa.Table],
    log: pa.Table | None,
    model: Model,
    at: datetime,
    import_id: str,
    into: Path,
    most_open: float = MOST_OPEN,
    most_slots: float = MOST_SLOTS,
) -> Resolution | None:
    """What `running.run` would say of everybody, given the `trace` that the run before left behind.

    `changed` names a relation with the `record_id` of whoever came or was observed anew since then, `features` one with
    their MATCH_FEATURES; others may be in either, so long as they are not in both. `gone` are the record ids of those
    who went. `members` are MEMBERS of the run before, `links` gives its LINKS, and `log` is the IDENTITY_LOG so far,
    which may be None while nobody was merged into another. The new trace goes into the empty directory `into`.
    None where too much changed, the table is noisy, the evidence weighs otherwise now, or the trace holds `most_slots`
    rows a record, most of them old ones: then all must be run again.
    """
    # A noisy table has more blocks than a trace knows.
    if model.noisy:
        return None
    if model.to_json() != trace.model or trace.slots > most_slots * max(1, trace.records):
        return None
    if members.num_rows != trace.records:
        return None
    try:
        run = _Resumption(engine, trace, members, links, log, decisions, model, into)
        # What is put together at the end takes their place.
        del members
        return run.run(features, changed, gone, most_open, at, import_id)
    finally:
        engine.drop(*SCRATCH, *running.SCRATCH)


class _Resumption:
    """One run of `resume`, step by step."""

    def __init__(
        self, engine: Engine, trace: Trace, members: pa.Table, links: Callable[[], pa.Table],
        log: pa.Table | None, decisions: pa.Table | None, model: Model, into: Path,
    ) -> None:  # fmt: skip
        self.engine, self.trace, self.into, self.model = engine, trace, into, model
        self.members, self.links, self.log = members, links, log
        self.decisions, self.decided = decisions, effective(decisions)
        self.known = members["record_id"].combine_chunks().cast(pa.string())
        self.counts = {column: counted.read(trace, column) for column in counted.EVERY}
        self.names = {column: Names.read(trace, column) for column in PARTS}

    def run(
        self, features: str, changed: str, gone: pa.Array, most_open: float, at: datetime, import_id: str
    ) -> Resolution | None:
        self._changes(features, changed, gone)
        slots, records = self.slots, self.records
        if scoring.population(records) != scoring.population(self.trace.records):
            return None
        after = self._names()
        slips = {column: concerned.slips(self.names[column], after[column]) for column in PARTS}
        self.names = after
        own = concerned.named(slots, slips)
        seeds = slots.holders(concerned.met(slots, own, slips)) | own | slots.changed
        seeds |= concerned.tied(slots, slips) | self._said()
        inside = concerned.opened(slots, slots.bond, seeds)
        if inside.sum() > records * most_open:
            return None
        part = inside | slots.holders(slots.exact_keys(inside))
        stages, chosen = self._stages(part, inside, {}, None)
        moved = self._moved(stages.exact(self.model)[2], chosen, inside)
        self.engine.drop(*running.SCRATCH)
        people = concerned.counted(slots, self.counts, moved)
        self.counts = dict(people.now)
        stirred = concerned.stirred(slots, moved, own, people.other)
        seeds = inside | stirred | concerned.valued(slots, people.other) | concerned.slip_people(slots, slips)
        seeds |= concerned.block_people(slots, stirred) | concerned.form_people(slots, stirred)
        there = slots.now != NOBODY
        seeds = slots.of(slots.now, seeds & there) | ~there & (slots.was != NOBODY)
        inside = concerned.opened(slots, slots.tie, seeds)
        if inside.sum() > records * most_open:
            return None
        part = inside | slots.holders(slots.exact_keys(inside))
        part |= concerned.ring(slots, inside) | concerned.form_ring(slots, inside)
        stages, chosen = self._stages(part, inside, self.counts, concerned.accounts(slots, inside))
        found = stages.weaker(*stages.exact(self.model))
        return self._together(found, chosen, inside, at, import_id)

    def _changes(self, features: str, changed: str, gone: pa.Array) -> None:
        """Give whoever is new or observed anew a slot; say who was and is there."""
        engine, start = self.engine, self.trace.slots
        engine.sql("inc_touched", TOUCHED.format(changed=changed))
        fresh = engine.sql("inc_fresh", FRESH.format(features=features))
        traces.share_rows(self.trace, self.into)
        self.fresh_ids = pa.array([], pa.string())
        new = np.zeros(0, np.int64)
        if fresh:
            matching.register(engine, "inc_fresh")
            forms.register(engine)
            new = traces.write_rows(engine, self.into, start)
            ids = engine.collect("SELECT record_id FROM resolve_ids ORDER BY rid")
            self.fresh_ids = ids["record_id"].combine_chunks().cast(pa.string())
            engine.drop(*running.SCRATCH)
        self.slots = slots = Slots(Trace(self.into, 0, 0, 0, ""), self.trace.table("groups"))
        out = pc.is_in(self.known, value_set=pa.concat_arrays([self.fresh_ids, gone.cast(pa.string())]))
        left = np.flatnonzero(np.asarray(out))
        slots.now[slots.known[left]] = NOBODY
        slots.now[new] = new
        # Places in the order of the ids of all who were or are there.
        at = pc.search_sorted(self.known, self.fresh_ids, side="left").to_numpy().astype(np.int64)
        slots.place[new] = at + np.arange(len(new))
        slots.place[slots.known] = np.arange(len(self.known)) + np.searchsorted(at, np.arange(len(self.known)), "right")
        self.new = new
        self.records = len(self.known) - len(left) + len(new)

    def _names(self) -> dict[str, Names]:
        """First and last names with the numbers of records that have them now."""
        slots, found = self.slots, {}
        rows = slots.rows(self.new)
        left = np.flatnonzero((slots.was != NOBODY) & (slots.now == NOBODY))
        for column in PARTS:
            value = rows[column].to_numpy()
            there = np.flatnonzero(value)
            values, first = np.unique(value[there], return_index=True)
            texts = rows[f"{column}_key"].combine_chunks().cast(pa.string()).take(pa.array(there[first]))
            new = Names(values, np.zeros(len(values), np.int64), texts)
            found[column] = self.names[column].plus(slots.codes(column)[left], value, new)
        return found

    def _said(self) -> Mask:
        """Records of which a decision says something else now, or of whose other record something is new."""
        if not self.decided.num_rows and not self.trace.table(traces.DECIDED).num_rows:
            return np.zeros(self.slots.size, dtype=np.bool_)
        one, two = (
            set(zip(*(table[name].to_pylist() for name in ("a", "b", "same")), strict=True))
            for table in (self.trace.table(traces.DECIDED), self.decided)
        )
        names = {name for a, b, _ in one ^ two for name in (a, b)}
        touched = set(self._ids(np.flatnonzero(self.slots.changed)).to_pylist())
        for a, b, _ in two:
            names |= {b} if a in touched else set()
            names |= {a} if b in touched else set()
        return self._slots_of(pa.array(sorted(names), pa.string()))

    def _slots_of(self, record_ids: pa.Array) -> Mask:
        """Where the records are that have these ids and are there."""
        mask = self.slots.mask(self.slots.known[np.flatnonzero(np.asarray(pc.is_in(self.known, value_set=record_ids)))])
        mask[self.new[np.asarray(pc.is_in(self.fresh_ids, value_set=record_ids)).astype(np.bool_)]] = True
        mask &= self.slots.now != NOBODY
        return mask

    def _ids(self, chosen: Ids) -> pa.Array:
        """The record ids of slots."""
        place = np.zeros(self.slots.size, np.int64)
        place[self.slots.known] = np.arange(len(self.known))
        place[self.new] = len(self.known) + np.arange(len(self.new))
        old = np.flatnonzero(place[chosen] < len(self.known))
        new = np.flatnonzero(place[chosen] >= len(self.known))
        both = pa.concat_arrays([
            self.known.take(pa.array(place[chosen[old]])),
            self.fresh_ids.take(pa.array(place[chosen[new]] - len(self.known))),
        ])  # fmt: skip
        back = np.empty(len(chosen), np.int64)
        back[np.concatenate([old, new])] = np.arange(len(chosen))
        return both.take(pa.array(back))

    def _stages(
        self, part: Mask, inside: Mask, counts: dict[str, Counts], accounts: dict[int, tuple[int, int]] | None
    ) -> tuple[Stages, Ids]:
        """The stages of a part of the records, and their slots in the order of their numbers."""
        engine, slots = self.engine, self.slots
        part = part & (slots.now != NOBODY)
        chosen = np.flatnonzero(part | concerned.lenders(slots, part))
        chosen = chosen[np.argsort(slots.place[chosen])]
        number = np.full(slots.size, NOBODY, np.int64)
        number[chosen] = np.arange(len(chosen))
        ids, rids = self._ids(chosen), pa.array(number[chosen])
        engine.read("resolve_ids", pa.table({"record_id": ids, "rid": rids}))
        rows = slots.rows(chosen).drop_columns(["shown"])
        engine.read("resolve_numbered", rows.add_column(0, "rid", rids))
        held = slots.held_rows(slots.held_by(number != NOBODY))
        held = held.set_column(0, "rid", pa.array(number[held["rid"].to_numpy()]))
        engine.read("resolve_held", held)
        matching.register_names(engine)
        people = {"record_id": ids, "inside": inside[chosen].astype(np.int8), "person": slots.now[chosen]}
        engine.read("inc_people", pa.table(people))
        firsts, lasts = (_table(self.names[c].counts(), np.unique(rows[c].to_numpy()), "records") for c in PARTS)
        values = {column: rows["name" if column == counted.MAILED else column].to_numpy() for column in counts}
        tables = {
            column: _table(count, np.unique(values[column]), "people" if column == counted.MAILED else "holders")
            for column, count in counts.items()
        }
        many = sorted((stem, now) for stem, (_, now) in (accounts or {}).items() if now > 1)
        stems = pa.table({name: pa.array([row[i] for row in many], pa.int64()) for i, name in enumerate(STEMS)})
        whole = Part(self.records, "inc_people", firsts, lasts, tables, stems)
        return Stages(engine, len(chosen), decisions=self.decisions, part=whole), chosen

    def _moved(self, roots: Ids, chosen: Ids, inside: Mask) -> Mask:
        """Find out who is another person by exact keys now than before, and say so in the slots."""
        slots = self.slots
        mine = np.flatnonzero(inside[chosen])
        root, was = roots[mine], slots.was[chosen[mine]]
        order = np.argsort(root, kind="stable")
        moved: Mask = (slots.was != NOBODY) & (slots.now == NOBODY)
        if len(mine):
            heads, first, count = np.unique(root[order], return_index=True, return_counts=True)
            low, high = np.minimum.reduceat(was[order], first), np.maximum.reduceat(was[order], first)
            other = (low != high) | (low == NOBODY) | (count != concerned.sizes(slots)[high])
            gone = np.isin(root, heads[other])
            slots.now[chosen[mine[gone]]] = chosen[root[gone]]
            moved[chosen[mine[gone]]] = True
        return moved

    def _together(self, found: Found, chosen: Ids, inside: Mask, at: datetime, import_id: str) -> Resolution:
        """What was found among the open records, put into what was known of the others; and the new trace."""
        slots, before = self.slots, self.members
        slots.close()
        mine = np.flatnonzero(inside[chosen])
        place = np.cumsum(inside[chosen]) - 1
        record_ids = found.record_ids.take(pa.array(mine)).cast(pa.string())
        left = (slots.was != NOBODY) & (slots.now == NOBODY)
        out = inside | left
        stays = pa.array(~out[slots.known])
        previous = before.filter(pc.invert(stays))
        named, log = identity.assign(
            record_ids, place[found.roots[mine]], previous, log=self.log, at=at, import_id=import_id,
            others=before["contact_id"].filter(stays),
        )  # fmt: skip
        own = chosen[mine]
        rows = np.flatnonzero(~out[slots.known])
        order = _weaving(rows, slots.place[slots.known[rows]], len(self.known), slots.place[own])
        members = _woven(before.cast(MEMBERS), named.cast(MEMBERS), order)
        everybody = np.concatenate([slots.known, own])[order]
        contacts = [len(pc.unique(table["contact_id"])) for table in (previous, named)]
        self.contacts = self.trace.contacts - contacts[0] + contacts[1]
        del before, self.members, self.known
        # What one of those who are gone was linked to is open, so nothing is left of it.
        ends = self.trace.table("ends")
        a, b = (ends[name].to_numpy().astype(np.int64) for name in ("a", "b"))
        new_a, new_b = (chosen[side] for side in found.ends())
        rows = np.flatnonzero(~(out[a] & out[b] | left[a] | left[b]))
        keys = [slots.place[x] * 2 * slots.size + slots.place[y] for x, y in ((a[rows], b[rows]), (new_a, new_b))]
        order = _weaving(rows, keys[0], len(a), keys[1])
        links = _woven(self.links().cast(LINKS), found.links(), order)
        self._keep(found, chosen, inside, everybody, _ends(*(
            np.concatenate(pair)[order] for pair in ((a, new_a), (b, new_b))
        )))  # fmt: skip
        return Resolution(
            members=members,
            links=links,
            identity_log=log,
            stats={
                **found.stats,
                "records": self.records,
                "contacts": self.contacts,
                "merged": self.records - self.contacts,
                "open": len(mine),
                "part": len(chosen),
            },
            model=found.model,
            moved=_moved(previous, named),
        )

    def _keep(self, found: Found, chosen: Ids, inside: Mask, order: Ids, ends: pa.Table) -> None:
        """Write the new trace; `order` are the slots of everybody in the order of their ids."""
        slots, into = self.slots, self.into
        new = _groups(found, chosen)
        mine = chosen[inside[chosen]]
        columns = []
        for name, known in (("person", slots.now), ("bond", slots.bond), ("tie", slots.tie)):
            column = known.copy()
            column[mine] = new[name].to_numpy()[inside[chosen]]
            columns.append(column[order])
        table = pa.table([pa.array(c.astype(np.int32)) for c in (order, *columns)], schema=traces.GROUPS_SCHEMA)
        traces.write_table(into, "groups", table)
        traces.write_table(into, "ends", ends)
        traces.write_table(into, traces.DECIDED, self.decided)
        counted.write(into, self.counts)
        for part, names in self.names.items():
            names.write(into, part)
        traces.write_facts(Trace(into, slots.size, self.records, self.contacts, self.model.to_json()))


def _table(counts: Counts, values: Ids, number: str) -> pa.Table:
    """The counts of some values, as the steps of a run take them."""
    values = values[values != 0]
    return pa.table({"value": values, number: counts.of(values)})


def _moved(before: pa.Table, after: pa.Table) -> pa.Array:
    """The contacts that lost or won a record between two tables of MEMBERS."""
    one, two = (set(zip(*(table[n].to_pylist() for n in MEMBERS.names), strict=True)) for table in (before, after))
    return pa.array(sorted({contact for _, contact in one ^ two}), pa.string())


def _weaving(kept: Ids, kept_keys: Ids, start: int, fresh_keys: Ids) -> Ids:
    """The order of two sorted runs as one: the rows `kept` of a table, and all of one that begins at `start`."""
    at = np.searchsorted(kept_keys, fresh_keys)
    order: Ids = np.insert(kept, at, start + np.arange(len(fresh_keys)))
    return order


def _woven(before: pa.Table, fresh: pa.Table, order: Ids) -> pa.Table:
    return pa.concat_tables([before, fresh]).combine_chunks().take(pa.array(order))
