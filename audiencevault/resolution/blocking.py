"""Who is compared with whom: holders of one contact point first, then records that share a composite block.

Words: a *point* is an exact key (an e-mail, phone or account key) that at least two records hold; a *group* is the
records of one name at one point; a *block* is the records that agree on several weaker values.
Nothing here grows faster than the number of records: a group is a star round its first record, a point compares its
names pairwise only while they are few, and a block with more people in it than its cap is not a block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.resolution.features import codes

EMAIL, PHONE, ACCOUNT = 1, 2, 3

PAIRED_NAMES: Final = 12
"""A point with more names than this compares only names that share the last name, and counts as crowded."""

CROWDED: Final = 4
"""More names than this that clash with another make a point a switchboard, a team's mailbox, a shared telephone."""

SHARED_KEYS: Final = """
SELECT DISTINCT key FROM (SELECT unnest(shared_keys) AS key FROM {features}) k WHERE key IS NOT NULL
"""

KEYS: Final = """
SELECT i.rid, k.kind, k.key FROM (
  SELECT record_id, 1 AS kind, unnest(email_keys) AS key FROM {features}
  UNION ALL SELECT record_id, 2 AS kind, unnest(phone_keys) AS key FROM {features}
  UNION ALL SELECT record_id, 3 AS kind, unnest(account_keys) AS key FROM {features}
) k JOIN resolve_ids i ON i.record_id = k.record_id WHERE k.key IS NOT NULL AND k.key <> ''
"""

POINTS: Final = """
SELECT row_number() OVER (ORDER BY p.kind, p.key) AS point, p.kind, p.key, s.key IS NOT NULL AS shared
FROM (SELECT kind, key FROM resolve_keys GROUP BY kind, key HAVING min(rid) < max(rid)) p
LEFT JOIN resolve_shared s ON s.key = p.key
"""

HOLDERS: Final = """
SELECT DISTINCT p.point, p.kind, p.shared, k.rid, n.nid
FROM resolve_keys k JOIN resolve_points p ON p.kind = k.kind AND p.key = k.key
JOIN resolve_numbered n ON n.rid = k.rid
"""

GROUPS: Final = """
SELECT g.point, g.kind, g.shared, g.nid, g.rep, g.records,
       sum(CASE WHEN g.nid <> 0 THEN 1 ELSE 0 END) OVER (PARTITION BY g.point) AS names,
       min(g.rep) OVER (PARTITION BY g.point) AS point_rep,
       coalesce(n.last, 0) AS last
FROM (SELECT point, kind, shared, nid, min(rid) AS rep, count(*) AS records
      FROM resolve_holders GROUP BY point, kind, shared, nid) g
LEFT JOIN resolve_names n ON n.nid = g.nid
"""

NAMES_AT_POINTS: Final = """
SELECT x.point, x.kind, x.shared, x.names, x.nid AS nid_x, y.nid AS nid_y, x.rep AS rep_x, y.rep AS rep_y
FROM resolve_groups x JOIN resolve_groups y ON y.point = x.point AND x.nid < y.nid
WHERE x.names <= {paired}
UNION ALL
SELECT x.point, x.kind, x.shared, x.names, x.nid, y.nid, x.rep, y.rep
FROM (SELECT *, count(*) OVER (PARTITION BY point, last) AS namesakes
      FROM resolve_groups WHERE names > {paired} AND last <> 0) x
JOIN resolve_groups y ON y.point = x.point AND y.last = x.last AND x.nid < y.nid
WHERE x.namesakes <= {paired}
"""
"""Different names at one point; above the cap only those with one last name, and only while those are few."""

CLASHES: Final = """
SELECT p.point, p.nid_x, p.nid_y FROM resolve_point_names p
JOIN resolve_name_pairs v ON v.nid_x = p.nid_x AND v.nid_y = p.nid_y WHERE v.clash = 1
"""

CROWDS: Final = """
SELECT point FROM (
  SELECT point, nid_x AS nid FROM resolve_clashes UNION SELECT point, nid_y FROM resolve_clashes
) c GROUP BY point HAVING count(*) > {crowded}
UNION SELECT point FROM resolve_groups WHERE names > {paired}
"""

PARTIAL: Final = """
SELECT p.point, p.nid_x, p.nid_y FROM resolve_point_names p
LEFT JOIN resolve_name_pairs v ON v.nid_x = p.nid_x AND v.nid_y = p.nid_y
WHERE coalesce(v.first_level, 0) IN (0, 3)
"""
"""Name pairs that agree only because one side says little: no name, no first name, an initial."""

AMBIGUOUS: Final = """
WITH either AS (
  SELECT point, nid_x AS vague, nid_y AS other FROM resolve_partial
  UNION ALL SELECT point, nid_y, nid_x FROM resolve_partial
), clash AS (
  SELECT point, nid_x AS one, nid_y AS two FROM resolve_clashes
  UNION ALL SELECT point, nid_y, nid_x FROM resolve_clashes
)
SELECT DISTINCT e.point, e.vague, e.other FROM either e
JOIN clash c ON c.point = e.point AND c.one = e.other
JOIN either f ON f.point = e.point AND f.vague = e.vague AND f.other = c.two
"""
"""A vague name that would fit two people of one point who are not each other belongs to neither."""

KEY_PAIRS: Final = """
SELECT a, b, max(CASE WHEN kind = 1 THEN grade ELSE 0 END) AS email,
       max(CASE WHEN kind = 2 THEN grade ELSE 0 END) AS phone,
       max(CASE WHEN kind = 3 THEN grade ELSE 0 END) AS account,
       min(ambiguous) AS ambiguous, min(star) AS star
FROM (
  SELECT g.rep AS a, h.rid AS b, g.kind, 0 AS ambiguous, g.point AS star,
         CASE WHEN g.shared THEN 1 WHEN c.point IS NOT NULL THEN 2 ELSE 3 END AS grade
  FROM resolve_holders h JOIN resolve_groups g ON g.point = h.point AND g.nid = h.nid
  LEFT JOIN resolve_crowds c ON c.point = g.point
  WHERE h.rid <> g.rep AND (g.nid <> 0 OR (c.point IS NULL AND NOT g.shared) OR g.kind = 3)
  UNION ALL
  SELECT least(p.rep_x, p.rep_y), greatest(p.rep_x, p.rep_y), p.kind,
         CASE WHEN x.point IS NULL AND y.point IS NULL THEN 0 ELSE 1 END, NULL,
         CASE WHEN p.shared THEN 1 WHEN c.point IS NOT NULL THEN 2 ELSE 3 END
  FROM resolve_point_names p
  LEFT JOIN resolve_crowds c ON c.point = p.point
  LEFT JOIN resolve_ambiguous x ON x.point = p.point AND x.vague = p.nid_x AND x.other = p.nid_y
  LEFT JOIN resolve_ambiguous y ON y.point = p.point AND y.vague = p.nid_y AND y.other = p.nid_x
  WHERE p.nid_x <> 0 AND p.nid_y <> 0 OR c.point IS NULL AND NOT p.shared
) e GROUP BY a, b
"""
"""`grade` of a point: 3 one person's, 2 crowded, 1 known to be shared. `star` names the point of a group's star."""

MAILBOX_SCHEMA: Final = pa.schema([
    ("rid", pa.int64()), ("key", pa.string()), ("code", pa.int64()), ("derived", pa.bool_()), ("spelled", pa.bool_()),
    ("stem", pa.int64()), ("prefix", pa.int64()),
    ("is_handle", pa.bool_()),
])  # fmt: skip

MAILBOXES: Final = """
SELECT h.rid, h.key, n.first_key, n.last_key, h.is_handle FROM (
  SELECT k.rid, k.key, FALSE AS is_handle FROM resolve_keys k LEFT JOIN resolve_shared s ON s.key = k.key
  WHERE k.kind = 1 AND s.key IS NULL
  UNION ALL
  SELECT i.rid, f.handle_key, TRUE FROM {features} f JOIN resolve_ids i ON i.record_id = f.record_id
  WHERE f.handle_key IS NOT NULL AND f.handle_key <> ''
) h JOIN resolve_numbered r ON r.rid = h.rid LEFT JOIN resolve_names n ON n.nid = r.nid
"""

SHORT_HANDLE: Final = 6
"""A handle or local part below this many letters is too likely to be somebody else's."""


def _plain(column: pa.Array) -> pa.Array:
    """Without the signs that people and providers put between the parts of a name."""
    for sign in (".", "_", "-", "+", " ", "'"):
        column = pc.replace_substring(column, sign, "")
    return column


def mailboxes(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: e-mail keys and handles → the code of the local part or handle, without separators.

    `derived` says that it is made of the holder's own name, so that it adds little to the name, `spelled` that it is
    all of it; `stem` is the code without the digits at the end, `prefix` is the code of its first four characters.
    """
    key = batch.column("key")
    local = _plain(pc.replace_substring_regex(key, r"(.)(\+[^@]*)?@.*$", r"\1"))
    first, last = (_plain(pc.fill_null(batch.column(name), "")) for name in ("first_key", "last_key"))
    letters = pc.utf8_rtrim(local, "0123456789")
    first_initial, last_initial = pc.utf8_slice_codeunits(first, 0, 1), pc.utf8_slice_codeunits(last, 0, 1)
    spelled = None
    for left, right in ((first, last), (last, first)):
        same = pc.equal(letters, pc.binary_join_element_wise(left, right, ""))
        spelled = same if spelled is None else pc.or_(spelled, same)
    derived = spelled
    for left, right in ((first_initial, last), (first, last_initial), (last, first_initial)):
        same = pc.equal(letters, pc.binary_join_element_wise(left, right, ""))
        derived = pc.or_(derived, same)
    alone = pc.or_(pc.equal(letters, first), pc.equal(letters, last))
    whole = pc.and_(pc.fill_null(spelled, False), pc.and_(pc.not_equal(first, ""), pc.not_equal(last, "")))
    code = np.where(np.asarray(pc.fill_null(pc.utf8_length(local), 0)) >= SHORT_HANDLE, codes(local), 0)
    return pa.RecordBatch.from_arrays(
        [
            batch.column("rid"), key, pa.array(code), pc.fill_null(pc.or_(derived, alone), False),
            whole, pa.array(codes(letters)),
            pa.array(codes(pc.utf8_slice_codeunits(local, 0, 4))), batch.column("is_handle"),
        ],
        schema=MAILBOX_SCHEMA,
    )  # fmt: skip


TAIL_SCHEMA: Final = pa.schema([("rid", pa.int64()), ("tail", pa.int64()), ("key", pa.int64())])
TAILS: Final = """
SELECT k.rid, k.key FROM resolve_keys k LEFT JOIN resolve_shared s ON s.key = k.key WHERE k.kind = 2 AND s.key IS NULL
"""


def tails(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: phone keys → the code of their last eight digits, the same whatever country was guessed,
    and of all of them.
    """
    digits = pc.replace_substring_regex(batch.column("key"), "[^0-9]+", "")
    long_enough = np.asarray(pc.fill_null(pc.utf8_length(digits), 0)) >= 9
    tail = codes(pc.utf8_slice_codeunits(digits, -8, 2**31 - 1))
    return pa.RecordBatch.from_arrays(
        [batch.column("rid"), pa.array(np.where(long_enough, tail, 0)), pa.array(codes(digits))], schema=TAIL_SCHEMA
    )


@dataclass(frozen=True, slots=True)
class Block:
    """Records that agree on all `columns` (codes of `relation`); not a block where more than `cap` people do.

    Pairs must differ in `unless`: two who hold the same exact key were judged there, with everybody else who does.
    """

    name: str
    bit: int
    columns: tuple[str, ...]
    cap: int
    relation: str = "resolve_numbered"
    unless: str = "root"


PLAIN, HANDLE, LOCAL, TAIL, NEAR, SPELLED, TITLED = 0, 1, 2, 4, 8, 16, 32
FOUND: Final = (
    (PLAIN, "plain"), (HANDLE, "handle"), (LOCAL, "local"), (TAIL, "tail"), (NEAR, "near"), (SPELLED, "spelled"),
    (TITLED, "titled"),
)  # fmt: skip
FLAG: Final = "CAST(max(CASE WHEN found = {bit} THEN 1 ELSE 0 END) AS TINYINT) AS {name}"

BLOCKS: Final = (
    Block("last name and postcode", PLAIN, ("last", "postcode"), 40),
    Block("full name and postcode", PLAIN, ("name", "postcode"), 40),
    Block("first name and birthday", PLAIN, ("first", "birthday"), 30),
    Block("last name and birthday", PLAIN, ("last", "birthday"), 30),
    Block("last name and street", PLAIN, ("last", "street"), 30),
    Block("first name and street", PLAIN, ("first", "street"), 30),
    Block("full name and city", PLAIN, ("name", "city"), 6),
    Block("full name and company", PLAIN, ("name", "company"), 30),
    Block("end of the phone number", TAIL, ("tail",), 10, "resolve_tails", "key"),
    Block("full name and beginning of the mailbox", NEAR, ("name", "prefix"), 20, "resolve_mailbox_names"),
)

MAILBOX_NAMES: Final = """
SELECT m.rid, n.name, m.prefix FROM resolve_mailboxes m JOIN resolve_numbered n ON n.rid = m.rid WHERE NOT m.is_handle
"""

ROWS: Final = """
SELECT {columns}, r.root, min(x.rid) AS rid, min({unless}) AS unless
FROM {relation} x JOIN resolve_roots r ON r.rid = x.rid
WHERE {known} GROUP BY {columns}, r.root
"""

PAIRS: Final = """
WITH small AS (SELECT {columns} FROM resolve_rows GROUP BY {columns} HAVING count(*) BETWEEN 2 AND {cap})
SELECT least(x.rid, y.rid) AS a, greatest(x.rid, y.rid) AS b, {bit} AS found
FROM resolve_rows x JOIN small s ON {x_in_small} JOIN resolve_rows y ON {x_is_y} AND x.root < y.root
WHERE x.unless <> y.unless
"""

HANDLE_CAP: Final = 6

HANDLE_ROWS: Final = """
SELECT x.code, r.root, min(CASE WHEN x.is_handle THEN x.stem END) AS stem, min(x.rid) AS rid,
       min(CASE WHEN x.is_handle THEN x.rid END) AS handle_rid,
       min(CASE WHEN x.derived THEN 1 ELSE 0 END) AS derived,
       min(x.key) AS key
FROM resolve_mailboxes x JOIN resolve_roots r ON r.rid = x.rid WHERE x.code <> 0 GROUP BY x.code, r.root
"""

HANDLE_PAIRS: Final = """
WITH small AS (SELECT code, count(*) AS people FROM resolve_rows GROUP BY code HAVING count(*) BETWEEN 2 AND {cap})
SELECT least(x.rid, y.rid) AS a, greatest(x.rid, y.rid) AS b,
       CASE WHEN x.handle_rid IS NOT NULL OR y.handle_rid IS NOT NULL THEN {handle} ELSE {local} END AS found,
       s.people, greatest(x.derived, y.derived) AS derived, coalesce(t.accounts, 1) AS accounts
FROM resolve_rows x JOIN small s ON s.code = x.code JOIN resolve_rows y ON y.code = x.code AND x.root < y.root
LEFT JOIN resolve_stems t ON t.stem = coalesce(x.stem, y.stem)
WHERE x.key <> y.key
"""

STEMS: Final = """
SELECT stem, max(held) AS accounts FROM (
  SELECT m.stem, a.platform, count(DISTINCT m.key) AS held FROM resolve_mailboxes m
  JOIN resolve_accounts a ON a.rid = m.rid WHERE m.is_handle AND m.stem <> 0 GROUP BY m.stem, a.platform
) s GROUP BY stem HAVING max(held) > 1
"""
"""Followers whose handles differ by digits alone: of `ida.falk` and `ida_falk17` only one can be Ida Falk's."""

SILENT: Final = """
SELECT r.root, min(r.rid) AS rid, min(n.name) AS name FROM resolve_roots r
JOIN resolve_numbered n ON n.rid = r.rid
LEFT JOIN (SELECT DISTINCT q.root FROM resolve_keys k JOIN resolve_roots q ON q.rid = k.rid WHERE k.kind <> 3) p
  ON p.root = r.root
WHERE p.root IS NULL AND n.first <> 0 AND n.last <> 0 GROUP BY r.root HAVING min(n.name) = max(n.name)
"""
"""People of whom nothing is known but a whole name and perhaps an account."""

ANY_SILENT: Final = """
SELECT (SELECT count(*) FROM resolve_ids) > (SELECT count(DISTINCT rid) FROM resolve_keys WHERE kind <> 3)
"""
ANY_HANDLE: Final = "SELECT count(*) FROM resolve_mailboxes WHERE is_handle"

SPELLED_PAIRS: Final = """
WITH namesakes AS (
  SELECT n.name, r.root, min(n.rid) AS rid FROM resolve_numbered n JOIN resolve_roots r ON r.rid = n.rid
  WHERE n.name IN (SELECT name FROM resolve_silent) GROUP BY n.name, r.root
), two AS (SELECT name FROM namesakes GROUP BY name HAVING count(*) = 2)
SELECT least(s.rid, m.rid) AS a, greatest(s.rid, m.rid) AS b, {spelled} AS found
FROM resolve_silent s JOIN two t ON t.name = s.name JOIN namesakes m ON m.name = s.name AND m.root <> s.root
JOIN (SELECT DISTINCT r.root FROM resolve_mailboxes x JOIN resolve_roots r ON r.rid = x.rid
      WHERE x.spelled AND NOT x.is_handle) b ON b.root = m.root
"""
"""A silent person and the only other one of that name, whose mailbox spells it."""

TITLES_SCHEMA: Final = pa.schema([("nid", pa.int64()), ("stem", pa.int64())])
TITLES: Final = """
SELECT n.nid, n.first_key AS one, n.last_key AS two FROM resolve_names n WHERE n.first <> 0 AND n.last <> 0
UNION ALL
SELECT n.nid, n.last_key, n.first_key FROM resolve_names n WHERE n.first <> 0 AND n.last <> 0
"""
UNNAMED: Final = """
SELECT r.root, min(CASE WHEN m.is_handle THEN m.rid END) AS rid, min(CASE WHEN m.is_handle THEN m.stem END) AS stem
FROM resolve_mailboxes m JOIN resolve_roots r ON r.rid = m.rid JOIN resolve_numbered n ON n.rid = m.rid
GROUP BY r.root HAVING max(abs(n.nid)) = 0 AND min(CASE WHEN m.is_handle THEN 1 ELSE 0 END) = 1
"""
TITLED_PAIRS: Final = """
WITH named AS (
  SELECT t.stem, r.root, min(n.rid) AS rid FROM resolve_unnamed u JOIN resolve_titles t ON t.stem = u.stem
  JOIN resolve_numbered n ON n.nid = t.nid JOIN resolve_roots r ON r.rid = n.rid GROUP BY t.stem, r.root
), one AS (SELECT stem FROM named GROUP BY stem HAVING count(*) = 1)
SELECT least(u.rid, n.rid) AS a, greatest(u.rid, n.rid) AS b, {titled} AS found
FROM resolve_unnamed u JOIN one o ON o.stem = u.stem JOIN named n ON n.stem = u.stem
WHERE u.root <> n.root
"""
"""A follower without a name and the only person whose name the handle spells: a question, never more."""


def titles(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: the parts of names → the code that a handle spelling them would have."""
    text = pc.binary_join_element_wise(_plain(batch.column("one")), _plain(batch.column("two")), "")
    return pa.RecordBatch.from_arrays([batch.column("nid"), pa.array(codes(text))], schema=TITLES_SCHEMA)


MAILED: Final = """
SELECT DISTINCT k.rid FROM resolve_keys k LEFT JOIN resolve_shared s ON s.key = k.key WHERE k.kind = 1 AND s.key IS NULL
"""
"""Records with a mailbox of their own."""


def points(engine: Engine, features: str) -> None:
    """Build the points, their holders and the pairs of names at each (`resolve_point_names`)."""
    engine.sql("resolve_shared", SHARED_KEYS.format(features=features))
    engine.sql("resolve_keys", KEYS.format(features=features))
    engine.sql("resolve_mailed", MAILED)
    engine.sql("resolve_points", POINTS)
    engine.sql("resolve_holders", HOLDERS)
    engine.sql("resolve_groups", GROUPS)
    engine.sql("resolve_point_names", NAMES_AT_POINTS.format(paired=PAIRED_NAMES))


def key_pairs(engine: Engine) -> int:
    """Build `resolve_key_pairs` once `resolve_name_pairs` has the levels of the names that meet at points."""
    engine.sql("resolve_clashes", CLASHES)
    engine.sql("resolve_crowds", CROWDS.format(paired=PAIRED_NAMES, crowded=CROWDED))
    engine.sql("resolve_partial", PARTIAL)
    engine.sql("resolve_ambiguous", AMBIGUOUS)
    rows = engine.sql("resolve_key_pairs", KEY_PAIRS)
    engine.drop(
        "resolve_points", "resolve_holders", "resolve_groups", "resolve_point_names", "resolve_clashes",
        "resolve_crowds", "resolve_partial", "resolve_ambiguous",
    )  # fmt: skip
    return rows


def block_pairs(engine: Engine, features: str) -> int:
    """Build `resolve_block_pairs` (a, b, found, people, derived) over people that exact keys left apart.

    Needs `resolve_roots` (rid, root). One record stands for each person and block: the first.
    """
    engine.map("resolve_mailboxes", MAILBOXES.format(features=features), mailboxes, MAILBOX_SCHEMA)
    engine.map("resolve_tails", TAILS, tails, TAIL_SCHEMA)
    engine.sql("resolve_mailbox_names", MAILBOX_NAMES)
    found = []
    for number, block in enumerate(BLOCKS):
        columns = ", ".join(block.columns)
        known = " AND ".join(f"x.{column} <> 0" for column in block.columns)
        statement = ROWS.format(columns=columns, relation=block.relation, known=known, unless=block.unless)
        if engine.sql("resolve_rows", statement) < 2:
            continue
        engine.sql(
            f"resolve_found_{number}",
            PAIRS.format(
                columns=columns, cap=block.cap, bit=block.bit,
                x_in_small=" AND ".join(f"s.{column} = x.{column}" for column in block.columns),
                x_is_y=" AND ".join(f"y.{column} = x.{column}" for column in block.columns),
            ),
        )  # fmt: skip
        found.append(f"SELECT a, b, found, 0 AS people, 0 AS derived, 1 AS accounts FROM resolve_found_{number}")
    if engine.scalar(ANY_SILENT) and engine.sql("resolve_silent", SILENT):
        engine.sql("resolve_found_spelled", SPELLED_PAIRS.format(spelled=SPELLED))
        found.append("SELECT a, b, found, 0 AS people, 0 AS derived, 1 AS accounts FROM resolve_found_spelled")
    if engine.scalar(ANY_HANDLE) and engine.sql("resolve_unnamed", UNNAMED):
        engine.map("resolve_titles", TITLES, titles, TITLES_SCHEMA)
        engine.sql("resolve_found_titled", TITLED_PAIRS.format(titled=TITLED))
        found.append("SELECT a, b, found, 0 AS people, 0 AS derived, 1 AS accounts FROM resolve_found_titled")
    engine.sql("resolve_stems", STEMS)
    engine.sql("resolve_rows", HANDLE_ROWS)
    engine.sql("resolve_found_handles", HANDLE_PAIRS.format(cap=HANDLE_CAP, handle=HANDLE, local=LOCAL))
    found.append("SELECT a, b, found, people, derived, accounts FROM resolve_found_handles")
    rows = engine.sql(
        "resolve_block_pairs",
        f"SELECT a, b, {', '.join(FLAG.format(bit=bit, name=name) for bit, name in FOUND)},"
        " max(accounts) AS accounts, max(people) AS people, CAST(max(derived) AS TINYINT) AS derived"
        f" FROM ({' UNION ALL '.join(found)}) f GROUP BY a, b",
    )
    engine.drop(
        "resolve_tails", "resolve_mailbox_names", "resolve_rows", "resolve_found_handles", "resolve_silent",
        "resolve_unnamed", "resolve_titles", "resolve_stems", "resolve_found_spelled", "resolve_found_titled",
        *(f"resolve_found_{number}" for number in range(len(BLOCKS))),
    )  # fmt: skip
    return rows
