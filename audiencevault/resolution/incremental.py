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
from audiencevault.resolution import blocks, clusters, forms, guards, identity, running, scoring, traces
from audiencevault.resolution import features as matching
from audiencevault.resolution.agreement import COUNTED, PARTS
from audiencevault.resolution.decisions import effective
from audiencevault.resolution.features import EMAIL, HANDLE, PHONE
from audiencevault.resolution.model import Model
from audiencevault.resolution.names import nearly_same, quantised, slip
from audiencevault.resolution.running import Found, Part, Resolution, Stages
from audiencevault.resolution.traces import COLUMNS, Trace

Ids = npt.NDArray[np.int64]

MOST_OPEN: Final = 0.25
"""Where more than this share of the records is open, a run over all is no slower."""
TAIL_BLOCK, LOOSE_BLOCK, NAME_BLOCK = 100, 101, 102
NAMESAKES: Final = 2
"""A bare name is a question only while one other person has it."""
FORM_HOLDERS: Final = 64
FEW_NAMED: Final = 64
"""Records of one name that are looked at again as soon as it may be a slip of another, or another of it."""

_VALUES: Final = ", ".join(f"c.{name}" for name in COLUMNS)

KNOWN: Final = "SELECT c.rid, c.record_id FROM known_codes c JOIN known_groups g ON g.rid = c.rid"
TOUCHED: Final = """
SELECT record_id FROM {changed}
UNION SELECT coalesce(f.record_id, k.record_id) FROM {features} f FULL JOIN inc_known k ON k.record_id = f.record_id
WHERE f.record_id IS NULL OR k.record_id IS NULL
"""
"""Whoever is observed anew, came or went."""
FRESH: Final = "SELECT f.* FROM {features} f JOIN inc_touched t ON t.record_id = f.record_id"

ROWS: Final = f"""
SELECT c.rid, c.record_id, {_VALUES}, c.shown, g.person AS was,
       CASE WHEN t.record_id IS NULL THEN g.person END AS now, g.bond, g.tie, 0 AS fresh
FROM known_codes c JOIN known_groups g ON g.rid = c.rid LEFT JOIN inc_touched t ON t.record_id = c.record_id
UNION ALL
SELECT c.rid, c.record_id, {_VALUES}, c.shown, NULL, c.rid, NULL, NULL, 1 FROM known_codes c WHERE c.rid >= {{start}}
"""
"""Every slot with the person that it was and is: none before it came, none after it went."""
HELD: Final = """
SELECT h.rid, h.kind, h.key, h.shared, h.loose, h.stem, h.prefix, h.suffix
FROM known_held h JOIN inc_rows r ON r.rid = h.rid
"""

NAME_COUNTS: Final = """
SELECT {column} AS value, count(was) AS was, count(now) AS now, min(CASE WHEN now IS NOT NULL THEN rid END) AS rid
FROM inc_rows WHERE {column} <> 0 GROUP BY {column}
"""
NAMES_OF: Final = """
SELECT n.{column} AS value, min(n.{column}_key) AS text FROM resolve_names n WHERE n.{column} <> 0 GROUP BY n.{column}
"""
SAMPLED: Final = """
SELECT f.* FROM {features} f JOIN inc_rows r ON r.record_id = f.record_id AND r.now IS NOT NULL
JOIN inc_samples s ON s.rid = r.rid
"""
SPELLINGS: Final = """
SELECT s.nid AS value FROM (
  SELECT r.nid, min(CASE WHEN r.was IS NOT NULL THEN r.record_id END) AS before_,
         min(CASE WHEN r.now IS NOT NULL THEN r.record_id END) AS after_,
         max(CASE WHEN (r.was IS NULL OR r.now IS NULL) AND r.shown <> 0 THEN 1 ELSE 0 END) AS shown
  FROM inc_rows r
  JOIN (SELECT DISTINCT nid FROM inc_rows WHERE (was IS NULL OR now IS NULL) AND nid <> 0) v ON v.nid = r.nid
  GROUP BY r.nid
) s LEFT JOIN inc_touched t ON t.record_id = s.after_
WHERE s.before_ IS NOT NULL AND s.after_ IS NOT NULL
  AND (s.before_ <> s.after_ OR s.shown = 1 OR t.record_id IS NOT NULL)
"""
"""Names whose first record, which lends them its nickname and script, or whose spellings may be others now."""
NAMED: Final = """
SELECT r.rid FROM inc_rows r LEFT JOIN inc_first f ON f.value = r.first LEFT JOIN inc_last l ON l.value = r.last
LEFT JOIN inc_spelling s ON s.value = r.nid
WHERE r.now IS NOT NULL AND (f.value IS NOT NULL OR l.value IS NOT NULL OR s.value IS NOT NULL)
"""

DECIDED: Final = """
SELECT r.rid FROM inc_rows r JOIN inc_decided d ON d.record_id = r.record_id WHERE r.now IS NOT NULL
UNION SELECT r.rid FROM inc_rows r JOIN (
  SELECT e.b AS record_id FROM inc_effective e JOIN inc_touched t ON t.record_id = e.a
  UNION SELECT e.a FROM inc_effective e JOIN inc_touched t ON t.record_id = e.b
) p ON p.record_id = r.record_id WHERE r.now IS NOT NULL
"""
"""Records of which a decision says something else now, or of whose other record something is new."""
MET: Final = f"""
SELECT DISTINCT h.key FROM inc_held h JOIN inc_rows r ON r.rid = h.rid LEFT JOIN inc_named n ON n.rid = h.rid
WHERE h.kind <> {HANDLE} AND (r.was IS NULL OR r.now IS NULL OR n.rid IS NOT NULL)
"""
MET_NEAR: Final = f"""
UNION SELECT h.key FROM inc_held h JOIN inc_rows r ON r.rid = h.rid JOIN inc_near_{{column}} p ON p.one = r.{{column}}
JOIN inc_held k ON k.key = h.key JOIN inc_rows q ON q.rid = k.rid AND q.{{column}} = p.two
WHERE h.kind <> {HANDLE} AND k.kind <> {HANDLE}
"""
TIED_NEAR: Final = """
UNION SELECT r.rid FROM inc_rows r JOIN inc_near_{column} p ON p.one = r.{column}
JOIN inc_rows q ON q.tie = r.tie AND q.{column} = p.two
"""
NEAR_CODES: Final = """
SELECT DISTINCT c.rid, c.block, c.code, p.one, p.two FROM inc_rows r JOIN inc_near_{column} p ON p.{side} = r.{column}
JOIN inc_codes c ON c.rid = r.rid
"""
BLOCKED_NEAR: Final = """
UNION SELECT x.rid FROM inc_one_{column} x JOIN inc_two_{column} y
ON y.block = x.block AND y.code = x.code AND y.one = x.one AND y.two = x.two
UNION SELECT y.rid FROM inc_one_{column} x JOIN inc_two_{column} y
ON y.block = x.block AND y.code = x.code AND y.one = x.one AND y.two = x.two
"""
"""Where two meet whose names may be slips of one another: at a key, in what was tied together, in a block."""
SEEDS: Final = f"""
SELECT h.rid FROM inc_held h JOIN inc_met m ON m.key = h.key WHERE h.kind <> {HANDLE}
UNION SELECT rid FROM inc_named UNION SELECT rid FROM inc_said
UNION SELECT rid FROM inc_rows WHERE was IS NULL OR now IS NULL
"""
OPEN: Final = """
SELECT r.rid FROM inc_rows r LEFT JOIN (
  SELECT DISTINCT x.{group} FROM inc_rows x JOIN inc_seeds s ON s.rid = x.rid WHERE x.{group} IS NOT NULL
) g ON g.{group} = r.{group}
WHERE r.now IS NOT NULL AND (g.{group} IS NOT NULL OR r.fresh = 1)
"""

HOLDERS: Final = f"""
SELECT DISTINCT h.rid FROM inc_held h JOIN (
  SELECT DISTINCT k.key FROM inc_held k JOIN inc_open o ON o.rid = k.rid WHERE k.kind <> {HANDLE}
) m ON m.key = h.key WHERE h.kind <> {HANDLE}
"""
SHARED: Final = """
SELECT s.* FROM (
  SELECT c.block, c.code, count(DISTINCT r.now) AS people FROM inc_codes c JOIN inc_open o ON o.rid = c.rid
  JOIN inc_rows r ON r.rid = c.rid GROUP BY c.block, c.code
) s JOIN inc_caps k ON k.block = s.block WHERE s.people > 1 AND s.people <= k.cap
"""
"""Blocks that may make a pair of two open people."""
RING: Final = """
SELECT q.rid FROM (
  SELECT p.rid, p.people, p.block, row_number() OVER (PARTITION BY p.block, p.code ORDER BY p.now) AS place FROM (
    SELECT c.block, c.code, s.people, r.now, min(c.rid) AS rid FROM inc_codes c
    JOIN inc_shared s ON s.block = c.block AND s.code = c.code JOIN inc_rows r ON r.rid = c.rid
    LEFT JOIN inc_open o ON o.rid = c.rid WHERE o.rid IS NULL AND r.now IS NOT NULL
    GROUP BY c.block, c.code, s.people, r.now
  ) p
) q JOIN inc_caps k ON k.block = q.block WHERE q.place <= k.cap + 1 - q.people
"""
"""One record of each other person in such a block, as many as say whether it is too full."""
FORM_RING: Final = f"""
SELECT q.rid FROM (
  SELECT p.rid, row_number() OVER (PARTITION BY p.form ORDER BY p.now) AS place FROM (
    SELECT f.form, r.now, min(r.rid) AS rid FROM known_forms f JOIN (
      SELECT DISTINCT u.stem FROM inc_unnamed u JOIN inc_open o ON o.rid = u.rid
    ) s ON s.stem = f.form JOIN inc_rows r ON r.nid = f.nid LEFT JOIN inc_open o ON o.rid = r.rid
    WHERE o.rid IS NULL AND r.now IS NOT NULL GROUP BY f.form, r.now
  ) p
) q WHERE q.place <= {FORM_HOLDERS}
"""
LENDERS: Final = """
SELECT min(r.record_id) AS record_id FROM inc_rows r JOIN (
  SELECT DISTINCT x.nid FROM inc_rows x JOIN inc_part p ON p.rid = x.rid WHERE x.nid <> 0
) v ON v.nid = r.nid WHERE r.now IS NOT NULL GROUP BY r.nid
UNION
SELECT min(r.record_id) FROM inc_rows r JOIN (
  SELECT DISTINCT x.nid FROM inc_rows x JOIN inc_part p ON p.rid = x.rid WHERE x.nid <> 0
) v ON v.nid = r.nid WHERE r.now IS NOT NULL AND r.shown <> 0 GROUP BY r.nid, r.shown
"""
"""The records that names take their nickname, script and spellings from."""
PEOPLE: Final = """
SELECT r.record_id, max(CASE WHEN o.rid IS NULL THEN 0 ELSE 1 END) AS inside, max(r.now) AS person
FROM (SELECT rid FROM inc_part UNION SELECT x.rid FROM inc_rows x JOIN inc_lenders l ON l.record_id = x.record_id) p
JOIN inc_rows r ON r.rid = p.rid LEFT JOIN inc_open o ON o.rid = r.rid WHERE r.now IS NOT NULL GROUP BY r.record_id
"""
PART_FEATURES: Final = "SELECT f.* FROM {features} f JOIN inc_people p ON p.record_id = f.record_id"
PART_NAMES: Final = """
SELECT r.{column} AS value, count(*) AS records FROM inc_rows r JOIN (
  SELECT DISTINCT x.{column} AS value FROM inc_rows x JOIN inc_people p ON p.record_id = x.record_id
  WHERE x.now IS NOT NULL AND x.{column} <> 0
) v ON v.value = r.{column} WHERE r.now IS NOT NULL GROUP BY r.{column}
"""
PART_COUNTS: Final = """
SELECT r.{column} AS value, count(DISTINCT r.now) AS {count} FROM inc_rows r JOIN (
  SELECT DISTINCT x.{column} AS value FROM inc_rows x JOIN inc_open o ON o.rid = x.rid WHERE x.{column} <> 0
) v ON v.value = r.{column} {mailed} WHERE r.now IS NOT NULL GROUP BY r.{column}
"""
MAILED: Final = f"SELECT DISTINCT rid FROM inc_held WHERE kind = {EMAIL} AND shared = 0"
AT_MAILBOX: Final = "JOIN inc_mailed m ON m.rid = r.rid"
SLOTS: Final = """
SELECT r.rid AS slot, r.was FROM resolve_ids i JOIN inc_rows r ON r.record_id = i.record_id AND r.now IS NOT NULL
ORDER BY i.rid
"""
SIZES: Final = """
SELECT r.was AS person, count(*) AS records FROM inc_rows r JOIN inc_persons p ON p.person = r.was GROUP BY r.was
"""

MOVED_ROWS: Final = f"""
SELECT c.rid, c.record_id, {_VALUES}, c.shown, c.was, coalesce(m.now, c.now) AS now, c.bond, c.tie, c.fresh,
       CASE WHEN m.rid IS NOT NULL OR c.now IS NULL THEN 1 ELSE 0 END AS moved
FROM inc_rows c LEFT JOIN inc_moved m ON m.rid = c.rid
"""
VALUE_COUNTS: Final = """
SELECT r.{column} AS value, count(DISTINCT r.was) AS was, count(DISTINCT r.now) AS now FROM inc_rows r
JOIN (SELECT DISTINCT {column} AS value FROM inc_rows WHERE moved = 1 AND {column} <> 0) v ON v.value = r.{column}
{mailed} GROUP BY r.{column}
"""
STEM_COUNTS: Final = f"""
SELECT stem AS value, max(was) AS was, max(now) AS now FROM (
  SELECT h.stem, a.platform, count(DISTINCT CASE WHEN r.was IS NOT NULL THEN h.key END) AS was,
         count(DISTINCT CASE WHEN r.now IS NOT NULL THEN h.key END) AS now
  FROM inc_held h JOIN (
    SELECT DISTINCT k.stem FROM inc_held k JOIN inc_rows x ON x.rid = k.rid
    WHERE k.kind IN ({EMAIL}, {HANDLE}) AND k.stem <> 0 AND {{which}}
  ) v ON v.stem = h.stem
  JOIN known_accounts a ON a.rid = h.rid JOIN inc_rows r ON r.rid = h.rid
  WHERE h.kind = {HANDLE} GROUP BY h.stem, a.platform
) s GROUP BY stem
"""
CODES: Final = f"""
SELECT root AS rid, CAST(block AS INTEGER) AS block, code FROM inc_plain_codes
UNION ALL SELECT root, CAST(block AS INTEGER), code FROM inc_mail_codes
UNION ALL SELECT rid, {TAIL_BLOCK}, loose FROM inc_held WHERE kind = {PHONE} AND shared = 0 AND loose <> 0
UNION ALL SELECT rid, {LOOSE_BLOCK}, loose FROM inc_held WHERE kind IN ({EMAIL}, {HANDLE}) AND shared = 0 AND loose <> 0
UNION ALL SELECT rid, {NAME_BLOCK}, name FROM inc_rows WHERE name <> 0
"""
TOUCHED_BLOCKS: Final = """
SELECT t.block, t.code FROM (
  SELECT c.block, c.code, count(DISTINCT r.was) AS was, count(DISTINCT r.now) AS now FROM inc_codes c
  JOIN (SELECT DISTINCT d.block, d.code FROM inc_codes d JOIN inc_stirred x ON x.rid = d.rid) m
    ON m.block = c.block AND m.code = c.code
  JOIN inc_rows r ON r.rid = c.rid GROUP BY c.block, c.code
) t JOIN inc_caps k ON k.block = t.block WHERE t.was BETWEEN 2 AND k.cap OR t.now BETWEEN 2 AND k.cap
"""
UNNAMED: Final = f"""
SELECT DISTINCT h.rid, h.stem FROM inc_held h JOIN inc_rows r ON r.rid = h.rid
WHERE h.kind = {HANDLE} AND h.stem <> 0 AND r.nid = 0
"""
TOUCHED_FORMS: Final = """
SELECT u.stem AS form FROM inc_unnamed u JOIN (
  SELECT f.form FROM known_forms f JOIN inc_rows r ON r.nid = f.nid JOIN inc_stirred x ON x.rid = r.rid
  UNION SELECT n.stem FROM inc_unnamed n JOIN inc_stirred x ON x.rid = n.rid
) m ON m.form = u.stem GROUP BY u.stem
"""
FORM_PEOPLE: Final = f"""
SELECT n.rid FROM (
  SELECT f.form, r.rid, count(*) OVER (PARTITION BY f.form) AS holders FROM known_forms f
  JOIN inc_touched_forms t ON t.form = f.form JOIN inc_rows r ON r.nid = f.nid WHERE r.now IS NOT NULL
) n WHERE n.holders <= {FORM_HOLDERS}
UNION SELECT u.rid FROM inc_unnamed u JOIN inc_touched_forms t ON t.form = u.stem
"""
STIRRED: Final = f"""
SELECT r.rid FROM inc_rows r JOIN (
  SELECT DISTINCT x.now FROM inc_rows x LEFT JOIN inc_named n ON n.rid = x.rid
  LEFT JOIN inc_shifted_first f ON f.value = x.first LEFT JOIN inc_shifted_last l ON l.value = x.last
  LEFT JOIN inc_shifted_mailed m ON m.value = x.name
  LEFT JOIN (
    SELECT DISTINCT h.rid FROM inc_held h JOIN inc_stem s ON s.value = h.stem WHERE h.kind IN ({EMAIL}, {HANDLE})
  ) s ON s.rid = x.rid
  WHERE x.now IS NOT NULL AND (x.moved = 1 OR n.rid IS NOT NULL OR f.value IS NOT NULL OR l.value IS NOT NULL
                               OR m.value IS NOT NULL OR s.rid IS NOT NULL)
) p ON p.now = r.now
UNION SELECT rid FROM inc_rows WHERE moved = 1
"""
"""Of whose every pair something else may be true now: the moved people, and those whose own names weigh otherwise."""
CONCERNED: Final = """
SELECT rid FROM inc_open UNION SELECT rid FROM inc_stirred
UNION SELECT c.rid FROM inc_codes c JOIN inc_blocks b ON b.block = c.block AND b.code = c.code
UNION SELECT rid FROM inc_form_people
"""
SHIFTED: Final = "UNION SELECT r.rid FROM inc_rows r JOIN inc_shifted_{column} v ON v.value = r.{column}"
CONCERNED_PEOPLE: Final = """
SELECT r.rid FROM inc_rows r JOIN (
  SELECT DISTINCT x.now FROM inc_rows x JOIN inc_concerned c ON c.rid = x.rid WHERE x.now IS NOT NULL
) p ON p.now = r.now
UNION SELECT rid FROM inc_rows WHERE now IS NULL
"""

SCRATCH: Final = (
    "known_codes", "known_held", "known_accounts", "known_forms", "known_groups", "inc_known", "inc_touched",
    "inc_fresh", "inc_rows", "inc_held", "inc_first", "inc_last", "inc_spelling", "inc_named", "inc_decided",
    "inc_effective", "inc_said", "inc_met", "inc_seeds", "inc_open", "inc_part", "inc_lenders", "inc_people",
    "inc_features", "inc_persons", "inc_moved", "inc_mailed", "inc_plain_codes", "inc_mail_codes", "inc_codes",
    "inc_caps", "inc_blocks", "inc_unnamed", "inc_touched_forms", "inc_form_people", "inc_stem", "inc_concerned",
    "inc_shared", "inc_near_first", "inc_near_last", "inc_one_first", "inc_two_first",
    "inc_one_last", "inc_two_last", "inc_stirred",
    "inc_shifted_mailed", *(f"inc_shifted_{column}" for column in (*COUNTED, *PARTS)),
)  # fmt: skip


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
) -> Resolution | None:
    """What `running.run` would say of `features`, given the `trace` that the run before left behind.

    `changed` names a relation with the `record_id` of whoever was observed anew since then; who came or went is seen.
    `members` and `links` are MEMBERS and LINKS of the run before. The new trace goes into the empty directory `into`.
    None where too much changed, or the evidence weighs otherwise now: then all must be run again.
    """
    if model.to_json() != trace.model:
        return None
    try:
        return _Resumption(engine, trace, features, decisions, into).run(
            changed, members, links, log, model, at, import_id, most_open
        )
    finally:
        engine.drop(*SCRATCH, *running.SCRATCH)


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
        engine.sql("inc_open", OPEN.format(group="bond"))
        if engine.scalar("SELECT count(*) FROM inc_open") > records * most_open:
            return None
        engine.sql("inc_part", "SELECT rid FROM inc_open UNION " + HOLDERS)
        self._moved(self._stages(records, {}, None).exact(model)[2])
        self._concerned()
        engine.sql("inc_open", OPEN.format(group="tie"))
        if engine.scalar("SELECT count(*) FROM inc_open") > records * most_open:
            return None
        engine.sql("inc_shared", SHARED)
        engine.sql("inc_part", f"SELECT rid FROM inc_open UNION {HOLDERS} UNION {RING} UNION {FORM_RING}")
        accounts = engine.collect(STEM_COUNTS.format(which="x.rid IN (SELECT rid FROM inc_open)"))
        stages = self._stages(records, self._counts(), accounts)
        found = stages.weaker(*stages.exact(model))
        inside = stages.inside
        assert inside is not None
        slots = engine.collect(SLOTS)["slot"].to_numpy()
        gone = engine.collect("SELECT record_id FROM inc_rows WHERE now IS NULL")["record_id"].combine_chunks()
        self._keep(found, slots, inside, groups, records, fresh, model)
        return _together(found, inside, gone, members, links, log, at, import_id, records)

    def _changes(self, changed: str, groups: pa.Table) -> int:
        """Build `inc_rows`, `inc_held` and `inc_seeds`; the number of fresh slots."""
        engine, start = self.engine, self.trace.slots
        self.trace.register(engine)
        engine.read("known_groups", groups)
        engine.view("inc_known", KNOWN)
        engine.sql("inc_touched", TOUCHED.format(changed=changed, features=self.features))
        fresh = engine.sql("inc_fresh", FRESH.format(features=self.features))
        traces.share_rows(self.trace, self.into)
        if fresh:
            matching.register(engine, "inc_fresh")
            forms.register(engine)
            engine.sql("resolve_accounts", guards.ACCOUNTS)
            traces.write_rows(engine, self.into, start)
            engine.drop(*running.SCRATCH)
        Trace(self.into, 0, 0, "").register(engine)
        engine.sql("inc_rows", ROWS.format(start=start))
        engine.sql("inc_held", HELD)
        for column in PARTS:
            self._slips(column)
        engine.sql("inc_spelling", SPELLINGS)
        engine.sql("inc_named", NAMED)
        engine.read("inc_decided", _differing(self.trace.decided(), self.decided))
        engine.read("inc_effective", self.decided)
        engine.sql("inc_said", DECIDED)
        engine.sql("inc_met", "\n".join([MET, *(MET_NEAR.format(column=column) for column in PARTS)]))
        engine.sql("inc_seeds", "\n".join([SEEDS, *(TIED_NEAR.format(column=column) for column in PARTS)]))
        return fresh

    def _slips(self, column: str) -> None:
        """Build `inc_first` or `inc_last`: names that may be, or may be no longer, taken for a slip of another one.

        That takes two names that are nearly the same, and a count of one that makes it rare beside the other. Names
        that many have are paired with those in `inc_near_first` and `inc_near_last`: who holds only one of the two is
        left alone.
        """
        engine = self.engine
        table = engine.collect(NAME_COUNTS.format(column=column))
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
            engine.sql("inc_sampled", SAMPLED.format(features=self.features))
            matching.register(engine, "inc_sampled")
            texts = engine.collect(NAMES_OF.format(column=column))
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
        engine.sql("inc_lenders", LENDERS)
        engine.sql("inc_people", PEOPLE)
        engine.sql("inc_features", PART_FEATURES.format(features=self.features))
        firsts, lasts = (engine.collect(PART_NAMES.format(column=column)) for column in PARTS)
        stems = pa.table({"stem": pa.array([], pa.int64()), "accounts": pa.array([], pa.int64())})
        if accounts is not None:
            many = accounts.filter(pc.greater(accounts["now"], 1))
            stems = pa.table({"stem": many["value"], "accounts": many["now"]})
        part = Part(records, "inc_people", firsts, lasts, counts, stems)
        return Stages(engine, "inc_features", decisions=self.decisions, part=part)

    def _moved(self, roots: Ids) -> None:
        """Find out who is another person by exact keys now than before, and say so in `inc_rows`."""
        engine = self.engine
        rows = engine.collect(SLOTS)
        slots, was = rows["slot"].to_numpy(), rows["was"].fill_null(-1).to_numpy()
        inside = engine.collect(
            "SELECT p.inside FROM resolve_ids i JOIN inc_people p ON p.record_id = i.record_id ORDER BY i.rid"
        )["inside"].to_numpy()
        engine.drop(*running.SCRATCH)
        chosen = np.flatnonzero(inside == 1)
        root, was = roots[chosen], was[chosen]
        engine.read("inc_persons", pa.table({"person": np.unique(was[was >= 0])}))
        sizes = engine.collect(SIZES)
        old = dict(zip(sizes["person"].to_pylist(), sizes["records"].to_pylist(), strict=True))
        order = np.argsort(root, kind="stable")
        heads, first, count = np.unique(root[order], return_index=True, return_counts=True)
        low, high = np.minimum.reduceat(was[order], first), np.maximum.reduceat(was[order], first)
        before = np.array([old.get(int(person), -1) for person in high], np.int64)
        other = (low != high) | (low < 0) | (count != before)
        moved = np.isin(root, heads[other])
        engine.read("inc_moved", pa.table({"rid": slots[chosen][moved], "now": slots[root[moved]]}))
        engine.sql("inc_rows", MOVED_ROWS)

    def _concerned(self) -> None:
        """Build `inc_seeds` of all whose links the moved people may change; and the codes of everybody."""
        engine = self.engine
        engine.sql("inc_mailed", MAILED)
        queries = [CONCERNED]
        for column in (*COUNTED, *PARTS):
            query = VALUE_COUNTS.format(column=column, mailed="")
            self._other(f"inc_shifted_{column}", query, shift=2)
        # Two who agree on a value both have it; a name weighs also where the other's is another one.
        queries += [SHIFTED.format(column=column) for column in COUNTED]
        queries += [BLOCKED_NEAR.format(column=column) for column in PARTS]
        self._other("inc_shifted_mailed", VALUE_COUNTS.format(column="name", mailed=AT_MAILBOX), shift=0)
        self._other("inc_stem", STEM_COUNTS.format(which="x.moved = 1"), shift=0)
        engine.sql("inc_stirred", STIRRED)
        engine.view("resolve_numbered", "SELECT * FROM inc_rows")
        engine.view("resolve_roots", "SELECT rid, rid AS root FROM inc_rows")
        engine.view("resolve_held", "SELECT * FROM inc_held")
        engine.map("inc_plain_codes", blocks.CODED, blocks.block_codes, blocks.CODED_SCHEMA)
        engine.map("inc_mail_codes", blocks.MAILBOX_NAMES, blocks.mailbox_blocks, blocks.CODED_SCHEMA)
        engine.drop("resolve_numbered", "resolve_roots", "resolve_held")
        engine.sql("inc_codes", CODES)
        engine.drop("inc_plain_codes", "inc_mail_codes")
        engine.read("inc_caps", _caps())
        engine.sql("inc_blocks", TOUCHED_BLOCKS)
        engine.sql("inc_unnamed", UNNAMED)
        engine.sql("inc_touched_forms", TOUCHED_FORMS)
        engine.sql("inc_form_people", FORM_PEOPLE)
        for column in PARTS:
            for side in ("one", "two"):
                engine.sql(f"inc_{side}_{column}", NEAR_CODES.format(side=side, column=column))
        engine.sql("inc_concerned", "\n".join(queries))
        engine.sql("inc_seeds", CONCERNED_PEOPLE)

    def _counts(self) -> dict[str, pa.Table]:
        """How many people have the values of the open ones."""
        found = {
            column: self.engine.collect(PART_COUNTS.format(column=column, count="holders", mailed=""))
            for column in (*COUNTED, *PARTS)
        }
        mailed = self.engine.collect(PART_COUNTS.format(column="name", count="people", mailed=AT_MAILBOX))
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
    caps |= {TAIL_BLOCK: blocks.TAIL_CAP, LOOSE_BLOCK: blocks.HANDLE_CAP, NAME_BLOCK: NAMESAKES}
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
