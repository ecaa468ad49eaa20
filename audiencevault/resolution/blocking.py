"""Who is compared because they hold one exact key: an e-mail address, a number, an account, a customer number.

Words: a *point* is an exact key that at least two records hold; a *group* is the records of one name at one point.
Nothing here grows faster than the number of records: a group is a star round its first record, and a point compares
its names pairwise only while they are few. What caps a point is how many different names hold it, never how many
records: one person's mailbox may be in a thousand orders.

Every statement looks at one point at a time, so that who is paired at a point, and how, depends on nothing but the
records that hold it.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from audiencevault.engine import Engine
from audiencevault.resolution.features import ACCOUNT, EMAIL, HANDLE, IDENTIFIER, PHONE
from audiencevault.resolution.forms import GIVEN, WHOLE, among
from audiencevault.resolution.names import CLASH, RESEMBLING

PAIRED_NAMES: Final = 12
"""A point with more names than this compares only names that share the last name, and counts as crowded."""

CROWDED: Final = 4
"""More names than this that clash with another make a point a switchboard, a team's mailbox, a shared telephone."""

POINTS: Final = f"""
SELECT key AS point, max(kind) AS kind, max(shared) AS shared FROM resolve_held WHERE kind <> {HANDLE}
GROUP BY key HAVING min(rid) < max(rid)
"""

HOLDERS: Final = """
SELECT DISTINCT p.point, p.kind, p.shared, k.rid, n.nid, k.stem
FROM resolve_held k JOIN resolve_points p ON p.point = k.key JOIN resolve_numbered n ON n.rid = k.rid
"""

GROUPS: Final = """
SELECT g.point, g.kind, g.shared, g.nid, g.rep, g.records,
       sum(CASE WHEN g.nid <> 0 THEN 1 ELSE 0 END) OVER (PARTITION BY g.point) AS names, coalesce(n.last, 0) AS last
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

OWN: Final = f"""
SELECT DISTINCT h.point, h.nid FROM resolve_holders h JOIN resolve_forms f ON f.nid = h.nid
WHERE h.kind = {EMAIL} AND h.shared = 0 AND {among("h.stem", "f", (*WHOLE, *GIVEN))}
"""
"""Names that the mailbox itself spells: it is theirs, and not their family's."""

CLASHES: Final = f"""
SELECT p.point, p.nid_x, p.nid_y FROM resolve_point_names p
JOIN resolve_name_pairs v ON v.nid_x = p.nid_x AND v.nid_y = p.nid_y
LEFT JOIN resolve_own x ON x.point = p.point AND x.nid = p.nid_x
LEFT JOIN resolve_own y ON y.point = p.point AND y.nid = p.nid_y
WHERE v.clash = {CLASH} OR v.clash = {RESEMBLING} AND x.nid IS NULL AND y.nid IS NULL
"""

CROWDS: Final = f"""
SELECT c.point FROM (
  SELECT point, nid_x AS nid FROM resolve_clashes UNION SELECT point, nid_y FROM resolve_clashes
) c JOIN resolve_points p ON p.point = c.point WHERE p.kind <> {IDENTIFIER}
GROUP BY c.point HAVING count(*) > {{crowded}}
UNION SELECT point FROM resolve_groups WHERE names > {{paired}}
"""
"""A customer or national number may stand beside every slip of one name."""

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
LEFT JOIN resolve_own o ON o.point = e.point AND o.nid = e.other
WHERE e.vague <> 0 OR o.nid IS NULL
"""
"""A vague name that would fit two people of one point who are not each other belongs to neither; no name at all to the
one whose mailbox it is.
"""

KEY_PAIRS: Final = f"""
SELECT a, b, max(CASE WHEN kind = {EMAIL} THEN grade ELSE 0 END) AS email,
       max(CASE WHEN kind = {PHONE} THEN grade ELSE 0 END) AS phone,
       max(CASE WHEN kind = {ACCOUNT} THEN grade ELSE 0 END) AS account,
       max(CASE WHEN kind = {IDENTIFIER} THEN grade ELSE 0 END) AS identifier,
       min(doubtful) AS ambiguous, min(centre) AS star, max(theirs) AS own
FROM (
  SELECT g.rep AS a, h.rid AS b, g.kind, 0 AS doubtful, g.point AS centre, 0 AS theirs,
         CASE WHEN g.shared = 1 THEN 1 WHEN c.point IS NOT NULL THEN 2 ELSE 3 END AS grade
  FROM resolve_holders h JOIN resolve_groups g ON g.point = h.point AND g.nid = h.nid
  LEFT JOIN resolve_crowds c ON c.point = g.point
  WHERE h.rid <> g.rep AND (g.nid <> 0 OR (c.point IS NULL AND g.shared = 0) OR g.kind = {ACCOUNT})
  UNION ALL
  SELECT least(p.rep_x, p.rep_y), greatest(p.rep_x, p.rep_y), p.kind,
         CASE WHEN x.point IS NULL AND y.point IS NULL THEN 0 ELSE 1 END, NULL,
         CASE WHEN n.nid IS NULL AND m.nid IS NULL THEN 0 ELSE 1 END,
         CASE WHEN p.shared = 1 THEN 1 WHEN c.point IS NOT NULL THEN 2 ELSE 3 END
  FROM resolve_point_names p
  LEFT JOIN resolve_crowds c ON c.point = p.point
  LEFT JOIN resolve_ambiguous x ON x.point = p.point AND x.vague = p.nid_x AND x.other = p.nid_y
  LEFT JOIN resolve_ambiguous y ON y.point = p.point AND y.vague = p.nid_y AND y.other = p.nid_x
  LEFT JOIN resolve_own n ON n.point = p.point AND n.nid = p.nid_x
  LEFT JOIN resolve_own m ON m.point = p.point AND m.nid = p.nid_y
  WHERE p.nid_x <> 0 AND p.nid_y <> 0 OR c.point IS NULL AND p.shared = 0
) e GROUP BY a, b
"""
"""`grade` of a point: 3 one person's, 2 crowded, 1 known to be shared. `star` names the point of a group's star;
`own` says that a shared mailbox spells one of the two names."""

POINT_NAME_PAIRS: Final = """
SELECT DISTINCT nid_x, nid_y FROM resolve_point_names WHERE nid_x <> 0 AND nid_y <> 0
"""


def points(engine: Engine) -> None:
    """Build the points, their holders and the pairs of names at each (`resolve_point_names`)."""
    engine.sql("resolve_points", POINTS)
    engine.sql("resolve_holders", HOLDERS)
    engine.sql("resolve_groups", GROUPS)
    engine.sql("resolve_point_names", NAMES_AT_POINTS.format(paired=PAIRED_NAMES))


def key_pairs(engine: Engine) -> pa.Table:
    """The pairs of holders (a, b, by what), given the levels of the names at points in `resolve_name_pairs`."""
    engine.sql("resolve_own", OWN)
    engine.sql("resolve_clashes", CLASHES)
    engine.sql("resolve_crowds", CROWDS.format(paired=PAIRED_NAMES, crowded=CROWDED))
    engine.sql("resolve_partial", PARTIAL)
    engine.sql("resolve_ambiguous", AMBIGUOUS)
    found = engine.collect(KEY_PAIRS)
    engine.drop(
        "resolve_points", "resolve_holders", "resolve_groups", "resolve_point_names", "resolve_clashes",
        "resolve_crowds", "resolve_partial", "resolve_ambiguous", "resolve_own",
        "resolve_name_pairs",
    )  # fmt: skip
    return found
