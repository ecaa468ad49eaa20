"""Who is compared without an exact key in common: people who agree on several weaker values.

Words: a *person* here is what exact keys joined, named by its root; a *block* is the people who agree on a pair of
values, such as last name and postcode. A block with more people in it than its cap is not a block: its values carry
nothing. Two people are *candidates* where they share a block, and then every value of the one is compared with every
value of the other, whatever block found them.

Whether two people are candidates depends on the blocks that hold them both and on how many people each of those
blocks holds, on nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from audiencevault.engine import Engine
from audiencevault.resolution.codes import combined
from audiencevault.resolution.features import ACCOUNT, EMAIL, HANDLE, PHONE
from audiencevault.resolution.forms import BEGINNINGS, FAMILY, GIVEN, WHOLE, among
from audiencevault.resolution.texts import slips

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Block:
    """People who agree on all `columns` of `resolve_numbered`, at most `cap` of them."""

    name: str
    columns: tuple[str, ...]
    cap: int


BLOCKS: Final = (
    Block("last name, first name and postcode", ("last", "given", "postcode"), 16),
    Block("last name, first letter and postcode", ("last", "initial", "postcode"), 4),
    Block("full name and postcode", ("name", "postcode"), 16),
    Block("first name and postcode", ("given", "postcode"), 4),
    Block("first name and birthday", ("given", "birthday"), 32),
    Block("last name and birthday", ("last", "birthday"), 32),
    Block("full name and birthday", ("name", "birthday"), 32),
    Block("birthday", ("birthday",), 8),
    Block("birthday and postcode", ("birthday", "postcode"), 16),
    Block("birthday and town", ("birthday", "city"), 16),
    Block("last name and street", ("last", "street"), 32),
    Block("first name and street", ("given", "street"), 32),
    Block("full name and town", ("name", "city"), 2),
    Block("full name and company", ("name", "company"), 32),
    Block("last name and company", ("last", "company"), 8),
    Block("first name and company", ("given", "company"), 8),
    Block("first letter, street and place", ("initial", "home"), 6),
)
PREFIX_BLOCK, SUFFIX_BLOCK = len(BLOCKS), len(BLOCKS) + 1
NEAR_CAP, TAIL_CAP = 8, 8
HANDLE_CAP: Final = 8

PLAIN, HANDLED, LOCAL, TAIL, NEAR, SPELLED, TITLED = 0, 1, 2, 4, 8, 16, 32
FOUND: Final = (
    (PLAIN, "plain"), (HANDLED, "handle"), (LOCAL, "local"), (TAIL, "tail"), (NEAR, "near"), (SPELLED, "spelled"),
    (TITLED, "titled"),
)  # fmt: skip
FLAG: Final = "CAST(max(CASE WHEN found = {bit} THEN 1 ELSE 0 END) AS TINYINT) AS {name}"

CODED_SCHEMA: Final = pa.schema([("root", pa.int64()), ("rid", pa.int64()), ("block", pa.int8()), ("code", pa.int64())])
CODED: Final = f"""
SELECT r.root, {", ".join(f"n.{name}" for name in sorted({column for block in BLOCKS for column in block.columns}))}
FROM resolve_numbered n JOIN resolve_roots r ON r.rid = n.rid
"""


def _coded(rows: list[tuple[Ints, Ints, int, Ints]]) -> pa.RecordBatch:
    """One batch (CODED_SCHEMA) of the codes ≠ 0 of several blocks: root, record, block and code of each."""
    held = [np.flatnonzero(code) for *_, code in rows]
    parts = zip(*((root[at], rid[at], np.full(len(at), block, np.int8), code[at])
                  for (root, rid, block, code), at in zip(rows, held, strict=True)), strict=True)  # fmt: skip
    return pa.RecordBatch.from_arrays([pa.array(np.concatenate(part)) for part in parts], schema=CODED_SCHEMA)


def block_codes(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: the codes of records → the blocks that their people lie in; which record it was does not matter."""
    values = {name: batch.column(name).cast(pa.int64()).to_numpy() for name in batch.schema.names}
    root, none = values["root"], np.zeros(batch.num_rows, np.int64)
    return _coded(
        [
            (root, none, number, combined(32 + number, *(values[column] for column in block.columns)))
            for number, block in enumerate(BLOCKS)
        ]
    )


MAILBOX_NAMES: Final = f"""
SELECT r.root, m.rid, n.given, n.last, m.prefix, m.suffix FROM resolve_held m
JOIN resolve_numbered n ON n.rid = m.rid JOIN resolve_roots r ON r.rid = m.rid
WHERE m.kind = {EMAIL} AND m.shared = 0 AND m.prefix <> 0 AND n.nid <> 0
"""


MAIL_BLOCKS: Final = (
    (PREFIX_BLOCK, "given", "prefix"), (SUFFIX_BLOCK, "given", "suffix"), (PREFIX_BLOCK, "last", "prefix"),
)  # fmt: skip
"""A slip spares the beginning or the end of a mailbox, and nearly always one of the names."""


def mailbox_blocks(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: names with the beginnings and ends of their mailboxes → the blocks of the two."""
    values = {name: batch.column(name).cast(pa.int64()).to_numpy() for name in batch.schema.names}
    return _coded(
        [
            (values["root"], values["rid"], block, combined(salt, values[name], values[part]))
            for salt, (block, name, part) in enumerate(MAIL_BLOCKS, 64)
        ]
    )


MET: Final = """
SELECT code FROM resolve_codes GROUP BY code HAVING min(root) < max(root)
"""

ROWS: Final = """
SELECT c.code, c.root, min(c.block) AS block, min(c.rid) AS rid
FROM resolve_codes c JOIN resolve_met m ON m.code = c.code GROUP BY c.code, c.root
"""

SMALL: Final = f"""
SELECT code FROM resolve_rows GROUP BY code
HAVING count(*) <= min(CASE block {
    " ".join(f"WHEN {number} THEN {block.cap}" for number, block in enumerate(BLOCKS))
} ELSE {NEAR_CAP} END)
"""

PAIRS: Final = """
SELECT x.root AS ra, y.root AS rb, x.block, x.rid AS xa, y.rid AS xb
FROM resolve_small s JOIN resolve_rows x ON x.code = s.code JOIN resolve_rows y ON y.code = s.code AND x.root < y.root
"""

TAILS: Final = f"""
WITH several AS (
  SELECT loose FROM resolve_held WHERE kind = {PHONE} AND loose <> 0 AND shared = 0
  GROUP BY loose HAVING min(key) < max(key)
), people AS (
  SELECT h.loose, r.root, min(h.key) AS key FROM resolve_held h JOIN several s ON s.loose = h.loose
  JOIN resolve_roots r ON r.rid = h.rid WHERE h.kind = {PHONE} AND h.shared = 0 GROUP BY h.loose, r.root
), small AS (SELECT loose FROM people GROUP BY loose HAVING count(*) > 1 AND count(*) <= {TAIL_CAP})
SELECT x.root AS ra, y.root AS rb, {TAIL} AS found FROM small s JOIN people x ON x.loose = s.loose
JOIN people y ON y.loose = s.loose AND x.root < y.root WHERE x.key <> y.key
"""
"""Numbers with one ending. Two who hold the same whole number were judged at that point, with everybody else who does.
"""

LOOSE: Final = f"""
SELECT h.rid, n.nid, h.key, h.loose, h.stem, h.prefix, r.root,
       CASE WHEN h.kind = {HANDLE} THEN 1 ELSE 0 END AS is_handle
FROM resolve_held h JOIN (
  SELECT g.loose FROM resolve_held g JOIN resolve_roots q ON q.rid = g.rid
  WHERE g.kind IN ({EMAIL}, {HANDLE}) AND g.shared = 0 AND g.loose <> 0
  GROUP BY g.loose HAVING min(q.root) < max(q.root)
) m ON m.loose = h.loose
JOIN resolve_roots r ON r.rid = h.rid JOIN resolve_numbered n ON n.rid = h.rid
WHERE h.kind IN ({EMAIL}, {HANDLE}) AND h.shared = 0
"""
"""Mailboxes and handles of several people that are one but for signs and domain."""

HANDLE_ROWS: Final = f"""
SELECT x.loose, x.root, min(CASE WHEN x.is_handle = 1 THEN x.stem END) AS stem,
       max(x.is_handle) AS handles,
       max(CASE WHEN {among("x.stem", "f", (*WHOLE, *GIVEN, *FAMILY))} THEN 1 ELSE 0 END) AS derived,
       max(CASE WHEN {among("x.prefix", "f", BEGINNINGS)} THEN 1 ELSE 0 END) AS partly,
       min(x.key) AS low, max(x.key) AS high, min(CASE WHEN x.stem = x.loose THEN 0 ELSE 1 END) AS digits
FROM resolve_loose x LEFT JOIN resolve_forms f ON f.nid = x.nid GROUP BY x.loose, x.root
"""

HANDLE_PAIRS: Final = f"""
WITH small AS (
  SELECT loose, count(*) AS people FROM resolve_handle_rows GROUP BY loose
  HAVING count(*) > 1 AND count(*) <= {HANDLE_CAP}
)
SELECT x.root AS ra, y.root AS rb,
       CASE WHEN x.handles = 1 OR y.handles = 1 THEN {HANDLED} ELSE {LOCAL} END AS found,
       s.people, greatest(x.derived, y.derived) AS derived,
       greatest(x.partly, y.partly) AS partly, x.digits, coalesce(t.accounts, 1) AS accounts
FROM small s JOIN resolve_handle_rows x ON x.loose = s.loose
JOIN resolve_handle_rows y ON y.loose = s.loose AND x.root < y.root
LEFT JOIN resolve_stems t ON t.stem = coalesce(x.stem, y.stem)
WHERE x.low <> y.low OR x.high <> y.high
"""

STEMS: Final = f"""
SELECT stem, max(handles) AS accounts FROM (
  SELECT m.stem, a.platform, count(DISTINCT m.key) AS handles FROM resolve_held m
  JOIN resolve_accounts a ON a.rid = m.rid WHERE m.kind = {HANDLE} AND m.stem <> 0 GROUP BY m.stem, a.platform
) s GROUP BY stem HAVING max(handles) > 1
"""
"""Followers whose handles differ by digits alone: of `ida.falk` and `ida_falk17` only one can be Ida Falk's."""

SILENT: Final = f"""
SELECT r.root, min(n.name) AS name FROM resolve_roots r JOIN resolve_numbered n ON n.rid = r.rid
LEFT JOIN (SELECT DISTINCT q.root FROM resolve_held k JOIN resolve_roots q ON q.rid = k.rid
           WHERE k.kind NOT IN ({ACCOUNT}, {HANDLE})) p ON p.root = r.root
WHERE p.root IS NULL AND n.first <> 0 AND n.last <> 0 GROUP BY r.root HAVING min(n.name) = max(n.name)
"""
"""People of whom nothing is known but a whole name and perhaps an account."""

SPELLED_PAIRS: Final = f"""
WITH namesakes AS (
  SELECT n.name, r.root, min(n.nid) AS nid FROM resolve_numbered n
  JOIN (SELECT DISTINCT name FROM resolve_silent) q ON q.name = n.name
  JOIN resolve_roots r ON r.rid = n.rid GROUP BY n.name, r.root
), two AS (SELECT name FROM namesakes GROUP BY name HAVING count(*) = 2)
SELECT DISTINCT least(s.root, m.root) AS ra, greatest(s.root, m.root) AS rb, {SPELLED} AS found
FROM resolve_silent s JOIN two t ON t.name = s.name JOIN namesakes m ON m.name = s.name AND m.root <> s.root
JOIN resolve_roots r ON r.root = m.root JOIN resolve_held x ON x.rid = r.rid AND x.kind = {EMAIL} AND x.shared = 0
JOIN resolve_numbered n ON n.rid = x.rid
JOIN resolve_forms f ON f.nid = n.nid WHERE {among("x.stem", "f", WHOLE)}
"""
"""A silent person and the only other one of that name, whose mailbox spells it."""

UNNAMED: Final = f"""
WITH nameless AS (
  SELECT r.root, min(m.stem) AS stem FROM resolve_held m
  JOIN resolve_numbered n ON n.rid = m.rid AND n.nid = 0 JOIN resolve_roots r ON r.rid = m.rid
  WHERE m.kind = {HANDLE} GROUP BY r.root
), known AS (
  SELECT DISTINCT u.root FROM nameless u JOIN resolve_roots r ON r.root = u.root
  JOIN resolve_numbered n ON n.rid = r.rid JOIN resolve_held m ON m.rid = r.rid
  WHERE m.kind = {EMAIL} OR m.kind = {HANDLE} AND n.nid <> 0
)
SELECT u.root, u.stem FROM nameless u LEFT JOIN known k ON k.root = u.root WHERE k.root IS NULL AND u.stem <> 0
"""
TITLED_PAIRS: Final = f"""
WITH forms AS (
  {
    " UNION ".join(
        f"SELECT u.stem AS form, f.nid FROM resolve_forms f JOIN resolve_unnamed u ON u.stem = f.{form}"
        for form in WHOLE
    )
}
), named AS (
  SELECT t.form, r.root FROM forms t JOIN resolve_numbered n ON n.nid = t.nid
  JOIN resolve_roots r ON r.rid = n.rid GROUP BY t.form, r.root
), one AS (SELECT form FROM named GROUP BY form HAVING count(*) = 1)
SELECT least(u.root, n.root) AS ra, greatest(u.root, n.root) AS rb, {TITLED} AS found
FROM resolve_unnamed u JOIN one o ON o.form = u.stem JOIN named n ON n.form = u.stem
WHERE u.root <> n.root
"""
"""A follower without a name and the only person whose name the handle spells: a question, never more."""

CANDIDATES: Final = f"""
SELECT ra, rb, {", ".join(FLAG.format(bit=bit, name=name) for bit, name in FOUND)},
       max(accounts) AS accounts, max(people) AS people, CAST(max(derived) AS TINYINT) AS derived,
       CAST(max(partly) AS TINYINT) AS partly, CAST(max(digits) AS TINYINT) AS digits
FROM resolve_found f GROUP BY ra, rb
"""


def candidates(engine: Engine, *, accounts: pa.Table | None = None) -> tuple[pa.Table, int]:
    """The candidates (ra, rb, how they were found) among people that exact keys left apart, and how many blocks were
    skipped because more people than their cap share them.

    Needs `resolve_roots` (rid, root). `accounts` is what `STEMS` finds in the whole table where the relations hold a
    part of it.
    """
    engine.map("resolve_block_codes", CODED, block_codes, CODED_SCHEMA)
    engine.map("resolve_mail_codes", MAILBOX_NAMES, mailbox_blocks, CODED_SCHEMA)
    engine.view("resolve_codes", "SELECT * FROM resolve_block_codes UNION ALL SELECT * FROM resolve_mail_codes")
    met = engine.sql("resolve_met", MET)
    engine.sql("resolve_rows", ROWS)
    engine.drop("resolve_codes", "resolve_met", "resolve_block_codes", "resolve_mail_codes")
    skipped = met - engine.sql("resolve_small", SMALL)
    engine.sql("resolve_block_pairs", PAIRS)
    engine.drop("resolve_rows", "resolve_small")
    plain = "0 AS people, 0 AS derived, 0 AS partly, 0 AS digits, 1 AS accounts"
    near = f"block IN ({PREFIX_BLOCK}, {SUFFIX_BLOCK})"
    found = [f"SELECT DISTINCT ra, rb, {PLAIN} AS found, {plain} FROM resolve_block_pairs WHERE NOT {near}"]
    engine.sql("resolve_near_pairs", f"SELECT DISTINCT ra, rb, xa, xb FROM resolve_block_pairs WHERE {near}")
    engine.sql("resolve_tails", TAILS)
    found.append(f"SELECT ra, rb, found, {plain} FROM resolve_tails")
    engine.map("resolve_near", NEAR_TEXTS, near_mailboxes, NEAR_SCHEMA)
    found.append(f"SELECT ra, rb, {NEAR} AS found, {plain} FROM resolve_near")

    if engine.sql("resolve_silent", SILENT):
        engine.sql("resolve_spelled", SPELLED_PAIRS)
        found.append(f"SELECT ra, rb, found, {plain} FROM resolve_spelled")
    if engine.sql("resolve_unnamed", UNNAMED):
        engine.sql("resolve_titled", TITLED_PAIRS)
        found.append(f"SELECT ra, rb, found, {plain} FROM resolve_titled")
    if accounts is None:
        engine.sql("resolve_stems", STEMS)
    else:
        engine.read("resolve_stems", accounts)
    engine.sql("resolve_loose", LOOSE)
    engine.sql("resolve_handle_rows", HANDLE_ROWS)
    engine.sql("resolve_handle_pairs", HANDLE_PAIRS)
    found.append("SELECT ra, rb, found, people, derived, partly, digits, accounts FROM resolve_handle_pairs")
    engine.sql("resolve_found", " UNION ALL ".join(found))
    found_pairs = engine.collect(CANDIDATES)
    engine.drop(
        "resolve_block_pairs", "resolve_near_pairs", "resolve_near", "resolve_tails", "resolve_silent",
        "resolve_spelled", "resolve_unnamed", "resolve_titled", "resolve_stems", "resolve_loose",
        "resolve_handle_rows", "resolve_handle_pairs", "resolve_found",
    )  # fmt: skip
    return found_pairs, skipped


NEAR_SCHEMA: Final = pa.schema([("ra", pa.int64()), ("rb", pa.int64())])
NEAR_TEXTS: Final = f"""
SELECT p.ra, p.rb, x.value AS left_key, y.value AS right_key
FROM resolve_near_pairs p
JOIN resolve_held x ON x.rid = p.xa AND x.kind = {EMAIL} AND x.shared = 0
JOIN resolve_held y ON y.rid = p.xb AND y.kind = {EMAIL} AND y.shared = 0
WHERE x.key <> y.key
"""


def near_mailboxes(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: pairs of e-mail keys → those where one is a slip of the other: one letter, swap or a mistyped domain.

    Digits that differ are no slip: `anna.berg1` and `anna.berg2` are two people.
    """
    near = slips(batch.column("left_key").cast(pa.string()), batch.column("right_key").cast(pa.string()))
    pairs = [batch.column(name).cast(pa.int64()) for name in ("ra", "rb")]
    return pa.RecordBatch.from_arrays(pairs, schema=NEAR_SCHEMA).filter(pa.array(near))
