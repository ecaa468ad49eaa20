"""Whom a change may concern, as statements: what `incremental` asks, in the order in which it does.

Words: a *fresh* slot (see `traces`) is new, a *gone* one is no more; `inc_rows` holds every slot with the person that
it was and the one that it is now. *Open* records are those that everything is found anew about, the *ring* are
bystanders who are only counted.
"""

from __future__ import annotations

from typing import Final

from audiencevault.resolution.agreement import COUNTED, PARTS
from audiencevault.resolution.features import EMAIL, HANDLE, PHONE
from audiencevault.resolution.traces import COLUMNS

TAIL_BLOCK, LOOSE_BLOCK, NAME_BLOCK = 100, 101, 102
NAMESAKES: Final = 2
"""A bare name is a question only while one other person has it."""
FORM_HOLDERS: Final = 64
"""A form of a name tells who is meant only while one person has it; that of more people than these never does."""

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
SELECT r.rid FROM inc_rows r JOIN known_forms f ON f.nid = r.nid JOIN (
  SELECT g.form FROM known_forms g JOIN inc_touched_forms t ON t.form = g.form JOIN inc_rows q ON q.nid = g.nid
  GROUP BY g.form HAVING least(count(DISTINCT q.was), count(DISTINCT q.now)) <= {FORM_HOLDERS}
) m ON m.form = f.form WHERE r.now IS NOT NULL
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
