"""Everything that two candidates agree and differ on, person against person.

Words: a *face* is one distinct combination of name, birthday, place and company that a person's records show; a
person with more faces than `FACES_COMPARED` is compared by the commonest. What two people agree on is what any of
their faces agree on; they differ where both say something and no two faces agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.resolution.features import EMAIL, IDENTIFIER, PHONE
from audiencevault.resolution.names import CLASHES, Compared, compare_pairs
from audiencevault.resolution.texts import near_numbers

FACES_COMPARED: Final = 4

RECORDS: Final = 1 << 29
"""More records than one run may have: two numbers of records and a small count fit into 63 bits."""
LAST_RECORD: Final = RECORDS - 1
AGREEMENTS: Final = RECORDS * RECORDS

COUNTED: Final = ("name", "birthday", "company", "home", "street", "postcode", "city")
"""Values whose exact frequency weighs their agreement: how many people have them."""
PARTS: Final = ("first", "last")
"""Parts of a name, counted likewise."""

FACES: Final = f"""
SELECT root, rid FROM (
  SELECT root, rid, row_number() OVER (PARTITION BY root ORDER BY filled DESC, records DESC, rid) AS place FROM (
    SELECT root, nid, rid, records, filled, count(*) OVER (PARTITION BY root) AS faces,
           row_number() OVER (PARTITION BY root, nid ORDER BY filled DESC, records DESC, rid) AS fullest
    FROM (
    SELECT r.root, n.nid, min(r.rid) AS rid, count(*) AS records,
           CASE WHEN n.birthday <> 0 OR n.street <> 0 OR n.postcode <> 0 OR n.city <> 0 OR n.company <> 0
                THEN 1 ELSE 0 END AS filled
    FROM (SELECT ra AS root FROM resolve_candidates UNION SELECT rb FROM resolve_candidates) c
    JOIN resolve_roots r ON r.root = c.root JOIN resolve_numbered n ON n.rid = r.rid
    GROUP BY r.root, n.nid, n.birthday, n.street, n.home, n.postcode, n.city, n.company
    ) e
  ) f WHERE filled = 1 OR fullest = 1 AND (nid <> 0 OR faces = 1)
) g WHERE place <= {FACES_COMPARED}
"""

FACE_PAIRS: Final = """
SELECT c.ra, c.rb, x.rid AS a, y.rid AS b, least(n.nid, m.nid) AS nid_x, greatest(n.nid, m.nid) AS nid_y
FROM resolve_candidates c JOIN resolve_faces x ON x.root = c.ra JOIN resolve_faces y ON y.root = c.rb
JOIN resolve_numbered n ON n.rid = x.rid JOIN resolve_numbered m ON m.rid = y.rid
"""

FACE_NAME_PAIRS: Final = """
SELECT DISTINCT nid_x, nid_y FROM resolve_face_pairs WHERE nid_x <> nid_y AND nid_x <> 0 AND nid_y <> 0
"""

CLASHING: Final = f"""
SELECT p.ra, p.rb FROM resolve_face_pairs p
LEFT JOIN resolve_face_names v ON v.nid_x = p.nid_x AND v.nid_y = p.nid_y
GROUP BY p.ra, p.rb
HAVING min(CASE WHEN p.nid_x = 0 OR p.nid_y = 0 THEN 1 WHEN v.clash IN ({CLASHES}) THEN 1 ELSE 0 END) = 1
   AND max(CASE WHEN v.clash IN ({CLASHES}) THEN 1 ELSE 0 END) = 1
"""
"""People all of whose names clash: no block joins them, whatever else agrees."""

POSSIBLE: Final = """
SELECT c.* FROM resolve_candidates c LEFT JOIN resolve_clashing x ON x.ra = c.ra AND x.rb = c.rb
WHERE x.ra IS NULL OR c.handle + c.local + c.tail > 0
"""
"""Only a mailbox, handle or number makes clashing names a question."""


AGREED: Final = f"""
SELECT ra, rb, max(CASE WHEN first_level = 3 THEN 0 ELSE first_level END) AS first_best,
       max(CASE WHEN first_level = 3 THEN 1 ELSE 0 END) AS first_initial,
       max(CASE WHEN last_level = 3 THEN 0 ELSE last_level END) AS last_best,
       max(CASE WHEN last_level = 3 THEN 1 ELSE 0 END) AS last_initial,
       max(generation) AS generation, max(first_n) AS first_n, max(last_n) AS last_n,
       {", ".join(f"max(same_{column}) AS same_{column}" for column in COUNTED)},
       {", ".join(f"max(other_{column}) AS other_{column}" for column in ("birthday", "street", "city", "postcode"))},
       min(born_x) AS born_x, min(born_y) AS born_y, min(street_a) AS street_a, min(street_b) AS street_b,
       max(agreements * {AGREEMENTS} + ({LAST_RECORD} - a) * {RECORDS} + ({LAST_RECORD} - b)) AS best
FROM (
  SELECT p.ra, p.rb, p.a, p.b,
         CAST({" + ".join(f"CASE WHEN x.{c} <> 0 AND x.{c} = y.{c} THEN 1 ELSE 0 END" for c in COUNTED)} AS BIGINT)
           AS agreements,
         CASE WHEN x.nid = 0 OR y.nid = 0 THEN 0 WHEN x.nid = y.nid THEN CASE WHEN x.first <> 0 THEN 7 ELSE 0 END
              ELSE coalesce(v.first_level, 1) END AS first_level,
         CASE WHEN x.nid = 0 OR y.nid = 0 THEN 0 WHEN x.nid = y.nid THEN CASE WHEN x.last <> 0 THEN 7 ELSE 0 END
              ELSE coalesce(v.last_level, 1) END AS last_level,
         CASE WHEN v.clash = 3 THEN 1 ELSE 0 END AS generation,
         greatest(coalesce(nx.holders, 2), coalesce(ny.holders, 2)) AS first_n,
         greatest(coalesce(lx.holders, 2), coalesce(ly.holders, 2)) AS last_n,
         {", ".join(f"CASE WHEN x.{c} <> 0 AND x.{c} = y.{c} THEN x.{c} END AS same_{c}" for c in COUNTED)},
         {", ".join(
             f"CASE WHEN x.{c} <> 0 AND y.{c} <> 0 AND x.{c} <> y.{c} THEN 1 ELSE 0 END AS other_{c}"
             for c in ("street", "city", "postcode")
         )},
         CASE WHEN x.born <> 0 AND y.born <> 0 AND x.born <> y.born THEN 1 ELSE 0 END AS other_birthday,
         CASE WHEN x.born <> 0 AND y.born <> 0 AND x.born <> y.born THEN x.born END AS born_x,
         CASE WHEN x.born <> 0 AND y.born <> 0 AND x.born <> y.born THEN y.born END AS born_y,
         CASE WHEN x.street <> 0 AND y.street <> 0 AND x.street <> y.street THEN p.a END AS street_a,
         CASE WHEN x.street <> 0 AND y.street <> 0 AND x.street <> y.street THEN p.b END AS street_b
  FROM resolve_face_pairs p JOIN resolve_possible c ON c.ra = p.ra AND c.rb = p.rb
  JOIN resolve_numbered x ON x.rid = p.a JOIN resolve_numbered y ON y.rid = p.b
  LEFT JOIN resolve_count_first nx ON nx.value = x.first LEFT JOIN resolve_count_first ny ON ny.value = y.first
  LEFT JOIN resolve_count_last lx ON lx.value = x.last LEFT JOIN resolve_count_last ly ON ly.value = y.last
  LEFT JOIN resolve_face_names v ON v.nid_x = p.nid_x AND v.nid_y = p.nid_y
) f GROUP BY ra, rb
"""  # fmt: skip

"""`best` names the two records that agree on most, the first such pair: they stand for the link."""

COUNT_PEOPLE: Final = """
SELECT value, count(*) AS holders FROM (
  SELECT DISTINCT n.{column} AS value, r.root FROM resolve_numbered n JOIN resolve_roots r ON r.rid = n.rid
  WHERE n.{column} <> 0
) d GROUP BY value HAVING count(*) > 2
"""

MAILED_NAMES: Final = """
SELECT value, count(*) AS people FROM (
  SELECT DISTINCT n.name AS value, r.root FROM resolve_numbered n JOIN resolve_roots r ON r.rid = n.rid
  JOIN resolve_mailed m ON m.rid = n.rid WHERE n.name <> 0
) d GROUP BY value HAVING count(*) > 1
"""
"""How many people of one name have a mailbox: those whose handle a name made into one could be."""

ROOT_FACTS: Final = f"""
SELECT r.root, max(CASE WHEN h.kind = {EMAIL} AND h.shared = 0 THEN 1 ELSE 0 END)
       AS mailed, max(CASE WHEN h.kind = {PHONE} AND h.shared = 0 THEN 1 ELSE 0 END) AS phoned, max(n.name) AS name
FROM (SELECT ra AS root FROM resolve_possible UNION SELECT rb FROM resolve_possible) c
JOIN resolve_roots r ON r.root = c.root JOIN resolve_numbered n ON n.rid = r.rid
LEFT JOIN resolve_held h ON h.rid = r.rid GROUP BY r.root
"""

NUMBERS_SCHEMA: Final = pa.schema([("ra", pa.int64()), ("rb", pa.int64()), ("near", pa.int8())])
NUMBERS: Final = f"""
SELECT p.ra, p.rb, x.value AS left_key, y.value AS right_key FROM resolve_face_pairs p
JOIN resolve_possible c ON c.ra = p.ra AND c.rb = p.rb
JOIN resolve_held x ON x.rid = p.a AND x.kind = {IDENTIFIER}
JOIN resolve_held y ON y.rid = p.b AND y.kind = {IDENTIFIER}
"""
ANY_NUMBER: Final = f"SELECT count(*) FROM resolve_held WHERE kind = {IDENTIFIER}"


def compare_numbers(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: pairs of customer or national numbers → 3 where they are the same, 2 where they are one slip apart, 1
    where they differ; numbers of two kinds say nothing.
    """
    left, right = (batch.column(name).cast(pa.string()).to_pylist() for name in ("left_key", "right_key"))
    rows = [
        row for row, (x, y) in enumerate(zip(left, right, strict=True)) if x.partition(":")[0] == y.partition(":")[0]
    ]
    texts = [pa.array([side[row].partition(":")[2] for row in rows], pa.string()) for side in (left, right)]
    near = np.where(np.asarray(pc.equal(*texts)), 3, np.where(near_numbers(*texts), 2, 1)).astype(np.int8)
    chosen = pa.array(rows, pa.int64())
    pairs = [batch.column(name).cast(pa.int64()).take(chosen) for name in ("ra", "rb")]
    return pa.RecordBatch.from_arrays([*pairs, pa.array(near)], schema=NUMBERS_SCHEMA)


COMPARED: Final = f"""
SELECT a.*, m.street_key AS street_x, n.street_key AS street_y,
       c.handle, c.local, c.tail, c.near, c.spelled, c.titled, c.accounts, c.people, c.derived, c.partly, c.digits,
       CASE WHEN x.mailed = 1 AND y.mailed = 1 THEN 1 ELSE 0 END AS both_mailed,
       CASE WHEN x.phoned = 1 AND y.phoned = 1 AND c.tail = 0 THEN 1 ELSE 0 END AS both_phoned,
       coalesce(h.people, 1) AS held_n,
       coalesce(i.near, 0) AS identifier,
       {", ".join(f"coalesce(c_{column}.holders, 2) AS {column}_n" for column in COUNTED)}
FROM resolve_agreed a JOIN resolve_possible c ON c.ra = a.ra AND c.rb = a.rb
JOIN resolve_root_facts x ON x.root = a.ra JOIN resolve_root_facts y ON y.root = a.rb
LEFT JOIN resolve_numbered m ON m.rid = a.street_a LEFT JOIN resolve_numbered n ON n.rid = a.street_b
LEFT JOIN resolve_count_mailed h ON h.value = (CASE WHEN x.name <> 0 THEN x.name ELSE y.name END)
LEFT JOIN (SELECT ra, rb, max(near) AS near FROM resolve_numbers GROUP BY ra, rb) i ON i.ra = a.ra AND i.rb = a.rb
{" ".join(f"LEFT JOIN resolve_count_{c} c_{c} ON c_{c}.value = a.same_{c}" for c in COUNTED)}
"""


def _count(engine: Engine, counts: Mapping[str, pa.Table] | None) -> None:
    """Build `resolve_count_…` of all counted values, or take them from `counts`."""
    for column in (*COUNTED, *PARTS):
        if counts is None:
            engine.sql(f"resolve_count_{column}", COUNT_PEOPLE.format(column=column))
        else:
            engine.read(f"resolve_count_{column}", counts[column])
    if counts is None:
        engine.sql("resolve_count_mailed", MAILED_NAMES)
    else:
        engine.read("resolve_count_mailed", counts["mailed"])


def compare(
    engine: Engine, memory: Compared, *, clashing: bool = False, counts: Mapping[str, pa.Table] | None = None
) -> int:
    """Build `resolve_compared`: one row per pair of people worth a score, with all that a score needs; with `clashing`
    also of people whose names clash. `counts` (value, holders; of `mailed` value, people) are those of the whole table
    where the relations hold a part of it.
    """
    engine.sql("resolve_faces", FACES)
    engine.sql("resolve_face_pairs", FACE_PAIRS)
    compare_pairs(engine, "resolve_face_names", FACE_NAME_PAIRS, memory)
    if clashing:
        engine.sql("resolve_possible", "SELECT * FROM resolve_candidates")
    else:
        engine.sql("resolve_clashing", CLASHING)
        engine.sql("resolve_possible", POSSIBLE)
    engine.drop("resolve_candidates", "resolve_faces", "resolve_clashing")
    _count(engine, counts)
    engine.sql("resolve_agreed", AGREED)
    if engine.scalar(ANY_NUMBER):
        engine.map("resolve_numbers", NUMBERS, compare_numbers, NUMBERS_SCHEMA)
    else:
        engine.read("resolve_numbers", NUMBERS_SCHEMA.empty_table())
    engine.drop("resolve_face_pairs", "resolve_face_names")
    engine.sql("resolve_root_facts", ROOT_FACTS)
    rows = engine.sql("resolve_compared", COMPARED)
    engine.drop(
        "resolve_agreed", "resolve_possible", "resolve_numbers", "resolve_count_mailed", "resolve_root_facts",
        *(f"resolve_count_{column}" for column in (*COUNTED, *PARTS)),
    )  # fmt: skip
    return rows
