"""How likely two records are one person: weights of evidence in bits, after Fellegi and Sunter.

A *weight* is the base-2 logarithm of how much more often the evidence is seen between records of one person than
between records of two. The *score* is their sum and the prior: -log2 of the number of records, since a record has
about one partner among all. Wherever it is known, the weight of an agreement is the exact frequency in this data:
agreeing on what one in 4,096 people has is worth 12 bits. So a score reads as "minus the logarithm of how many
strangers would agree like this by chance".

The constants below are priors that hold without training data. Numbers of records are rounded up to a power of two
(at least 1,024), so that one more unrelated record does not move anybody's score.
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from audiencevault.engine import Engine
from audiencevault.resolution.names import DIFFERENT, INITIAL, LEVEL_NAMES, MISSING, NICKNAME, SAME, compare_pairs

ACCEPT: Final = 4.0
"""Bits from which a link joins two records: odds of 16 to 1."""

UNCERTAIN: Final = -6.0
"""Bits from which a link that does not join is kept for review."""

SMALLEST_POPULATION: Final = 1024

# Bits beyond the prior of sharing a whole contact point, by the grade of the point (none, shared, crowded, own).
EMAIL_BITS: Final = np.array([0.0, -4.0, -2.0, 7.0])
PHONE_BITS: Final = np.array([0.0, -4.0, -3.0, 5.0])
ACCOUNT_BITS: Final = np.array([0.0, -2.0, -2.0, 50.0])
AMBIGUOUS_BITS: Final = -12.0

# Names at a shared contact point: what tells its holders apart is the first name. A household shares the last.
POINT_FIRST_BITS: Final = np.array([0.0, -24.0, -4.0, 2.0, 4.0, 5.0, 6.0, 7.0])
POINT_LAST_BITS: Final = np.array([0.0, -6.0, -2.0, 0.0, 1.0, 1.0, 1.0, 2.0])
POINT_BOTH_BITS: Final = 4.0
"""More where first and last name are both the same: what a record needs to be one person at a role mailbox."""

# Names elsewhere: the share of the full weight (its rarity) that a level keeps, and its bound in bits.
FIRST_SHARE: Final = np.array([0.0, 0.0, 0.0, 0.3, 0.7, 0.6, 0.75, 1.0])
FIRST_LESS: Final = np.array([0.0, -14.0, -7.0, 0.0, -1.0, -1.0, -1.0, 0.0])
LAST_SHARE: Final = np.array([0.0, 0.0, 0.0, 0.3, 0.8, 0.8, 0.8, 1.0])
LAST_LESS: Final = np.array([0.0, -7.0, -4.0, 0.0, -1.0, -1.0, -1.0, 0.0])
# A nickname is a hint: it does not outweigh that each has a mailbox of their own.
NICKNAME_APART: Final = -10.0
HOUSEHOLD_LAST_BITS: Final = 1.0
"""A last name given that the street is the same: people who live together share it."""
HOUSEHOLD_FIRST_BITS: Final = 8.0
"""At most that much for a first name given the same street: father and son, the couple's two Marias."""

BIRTHDAY_BITS: Final = 14.0
BIRTHDAY_LESS: Final = -12.0
CITY_LESS: Final = -1.0
STREET_LESS: Final = -3.0
MAILED_STREET_LESS: Final = -6.0
"""Two streets, and to each a mailbox of its own: so live two people of one name."""
GENERATION_LESS: Final = -16.0
"""One says junior or senior, the other nothing, and no mailbox or account holds them together."""
COMPANY_BITS: Final = 9.0
HANDLE_BITS: Final = 5.0
NAMESAKE_BITS: Final = 2.0
LOCAL_BITS: Final = -4.0
SPELLED_SCORE: Final = 0.0
"""A bare name and a mailbox made of the same name: still a name alone, so a question and never a link."""
TITLED_SCORE: Final = 0.0
DERIVED_BITS: Final = 4.0
TAIL_BITS: Final = -5.0
LEAST_TAIL_BITS: Final = 13.0
NEAR_BITS: Final = 9.0

Bits = npt.NDArray[np.float64]

SCORED: Final = pa.schema([
    ("a", pa.int64()), ("b", pa.int64()), ("score", pa.float64()), ("rule", pa.int8()), ("guard", pa.int8()),
    ("star", pa.int64()), ("first_level", pa.int8()), ("last_level", pa.int8()), ("seen", pa.int32()),
])  # fmt: skip
"""`guard`: 0 every guard, 1 not that of accounts, 2 nor that of names. `seen`: a bit per entry of SEEN."""

RULES: Final = ("email", "phone", "account", "handle", "mailbox", "phone ending", "address", "birthday", "company",
                "postcode", "city", "name", "decision")  # fmt: skip
SEEN: Final = ("email", "phone", "account", "handle", "mailbox", "phone_ending", "street", "birthday", "company",
               "postcode", "city", "shared_point", "crowded_point", "ambiguous", "birthday_differs")  # fmt: skip

KEY_SCORES: Final = """
SELECT p.a, p.b, p.email, p.phone, p.account, p.ambiguous, p.star,
       CASE WHEN x.nid = 0 OR y.nid = 0 THEN 0 WHEN x.nid = y.nid THEN CASE WHEN x.first <> 0 THEN 7 ELSE 0 END
            ELSE coalesce(v.first_level, 1) END AS first_level,
       CASE WHEN x.nid = 0 OR y.nid = 0 THEN 0 WHEN x.nid = y.nid THEN CASE WHEN x.last <> 0 THEN 7 ELSE 0 END
            ELSE coalesce(v.last_level, 1) END AS last_level,
       CASE WHEN v.clash = 3 THEN 1 ELSE 0 END AS generation,
       x.born <> 0 AND y.born <> 0 AND x.born <> y.born AS birthdays_differ,
       x.birthday <> 0 AND x.birthday = y.birthday AS birthdays_agree,
       CASE WHEN mx.rid IS NOT NULL AND my.rid IS NOT NULL THEN 1 ELSE 0 END AS both_mailed
FROM resolve_key_pairs p JOIN resolve_numbered x ON x.rid = p.a JOIN resolve_numbered y ON y.rid = p.b
LEFT JOIN resolve_mailed mx ON mx.rid = p.a LEFT JOIN resolve_mailed my ON my.rid = p.b
LEFT JOIN resolve_name_pairs v ON v.nid_x = least(x.nid, y.nid) AND v.nid_y = greatest(x.nid, y.nid)
"""


def population(records: int) -> float:
    """log2 of the number of records, rounded up to a power of two."""
    return float(max(SMALLEST_POPULATION, 1 << max(0, records - 1).bit_length()).bit_length() - 1)


def _column(batch: pa.RecordBatch, name: str) -> npt.NDArray[np.int64]:
    values: npt.NDArray[np.int64] = batch.column(name).cast(pa.int64()).fill_null(0).to_numpy()
    return values


def score_keys(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: pairs that share a contact point → SCORED."""
    first, last = _column(batch, "first_level"), _column(batch, "last_level")
    email, phone, account = _column(batch, "email"), _column(batch, "phone"), _column(batch, "account")
    ambiguous = _column(batch, "ambiguous") > 0
    differ, agree = _column(batch, "birthdays_differ") > 0, _column(batch, "birthdays_agree") > 0
    score: Bits = EMAIL_BITS[email] + PHONE_BITS[phone] + ACCOUNT_BITS[account]
    score += POINT_FIRST_BITS[first] + POINT_LAST_BITS[last]
    score += np.where((first == SAME) & (last == SAME), POINT_BOTH_BITS, 0.0)
    score += np.where(ambiguous & (account == 0), AMBIGUOUS_BITS, 0.0)
    score += np.where(differ, BIRTHDAY_LESS, 0.0) + np.where(agree, 4.0, 0.0)
    apart = (first == NICKNAME) & (email == 0) & (account == 0) & (_column(batch, "both_mailed") > 0)
    score += np.where(apart, NICKNAME_APART, 0.0)
    generation = (_column(batch, "generation") > 0) & (email == 0) & (account == 0)
    score += np.where(generation, GENERATION_LESS, 0.0)
    rule = np.select([account > 0, email > 0], [2, 0], 1)
    guard = np.select([account == 3, (email == 3) | (phone == 3)], [2, 1], 0)
    seen = (email > 0) * 1 + (phone > 0) * 2 + (account > 0) * 4
    best = np.maximum(np.maximum(email, phone), account)
    seen = seen + (best == 1) * (1 << 11) + (best == 2) * (1 << 12) + ambiguous * (1 << 13) + differ * (1 << 14)
    seen = seen + agree * (1 << 7)
    return pa.RecordBatch.from_arrays(
        [
            batch.column("a"), batch.column("b"), pa.array(score), pa.array(rule.astype(np.int8)),
            pa.array(guard.astype(np.int8)), batch.column("star"), pa.array(first.astype(np.int8)),
            pa.array(last.astype(np.int8)), pa.array(seen.astype(np.int32)),
        ],
        schema=SCORED,
    )  # fmt: skip


COUNTED: Final = ("first", "last", "name", "birthday", "company", "street", "postcode", "city")
"""Values whose exact frequency weighs their agreement; counted once a person, as far as exact keys know persons."""

COUNT: Final = """
SELECT value, count(*) AS people FROM (
  SELECT DISTINCT n.{column} AS value, r.root FROM resolve_numbered n JOIN resolve_roots r ON r.rid = n.rid
  WHERE n.{column} <> 0
) d GROUP BY value HAVING count(*) > 1
"""

MAILED_NAMES: Final = """
SELECT value, count(*) AS people FROM (
  SELECT DISTINCT n.name AS value, r.root FROM resolve_numbered n JOIN resolve_roots r ON r.rid = n.rid
  JOIN resolve_mailed m ON m.rid = n.rid WHERE n.name <> 0
) d GROUP BY value HAVING count(*) > 1
"""
"""How many people of one name have a mailbox: those whose handle a name made into one could be."""

BLOCK_NAME_PAIRS: Final = """
SELECT DISTINCT nid_x, nid_y FROM resolve_block_named WHERE nid_x <> nid_y AND nid_x <> 0 AND nid_y <> 0
"""

NAMED_PAIRS: Final = """
SELECT p.a, p.b, p.handle, p.local, p.tail, p.spelled, p.titled, p.accounts, p.people, p.derived,
       CAST(coalesce(m.near, 0) AS TINYINT) AS near, least(x.nid, y.nid) AS nid_x, greatest(x.nid, y.nid) AS nid_y
FROM resolve_block_pairs p LEFT JOIN resolve_near m ON m.a = p.a AND m.b = p.b
JOIN resolve_numbered x ON x.rid = p.a JOIN resolve_numbered y ON y.rid = p.b
WHERE p.plain + p.handle + p.local + p.tail + p.spelled + p.titled > 0 OR m.near = 1
"""

POSSIBLE_PAIRS: Final = """
SELECT p.*, CAST(coalesce(v.first_level, 1) AS TINYINT) AS first_level,
       CAST(coalesce(v.last_level, 1) AS TINYINT) AS last_level,
       CAST(CASE WHEN v.clash = 3 THEN 1 ELSE 0 END AS TINYINT) AS generation
FROM resolve_block_named p LEFT JOIN resolve_block_names v ON v.nid_x = p.nid_x AND v.nid_y = p.nid_y
WHERE coalesce(v.clash, 0) <> 1 OR p.handle + p.local + p.tail > 0
"""
"""Clashing names join in no block, whatever else agrees: only a mailbox, handle or number makes them a question."""

BLOCK_SCORES: Final = """
SELECT p.a, p.b, p.handle, p.local, p.tail, p.people, p.derived, p.spelled,
       p.titled, p.accounts, p.near,
       CASE WHEN x.nid = 0 OR y.nid = 0 THEN 0 WHEN x.nid = y.nid THEN CASE WHEN x.first <> 0 THEN 7 ELSE 0 END
            ELSE p.first_level END AS first_level,
       CASE WHEN x.nid = 0 OR y.nid = 0 THEN 0 WHEN x.nid = y.nid THEN CASE WHEN x.last <> 0 THEN 7 ELSE 0 END
            ELSE p.last_level END AS last_level,
       p.generation,
       CASE WHEN x.born <> 0 AND y.born <> 0 AND x.born <> y.born THEN 1 ELSE 0 END AS birthdays_differ,
       CASE WHEN x.city <> 0 AND y.city <> 0 AND x.city <> y.city THEN 1 ELSE 0 END AS cities_differ,
       CASE WHEN x.street <> 0 AND y.street <> 0 AND x.street <> y.street THEN 1 ELSE 0 END AS streets_differ,
       CASE WHEN mx.rid IS NOT NULL AND my.rid IS NOT NULL THEN 1 ELSE 0 END AS both_mailed,
       coalesce(c_held.people, 1) AS held_n,
       {agreed},
       coalesce(c_first.people, 2) AS first_n, coalesce(c_last.people, 2) AS last_n
FROM resolve_possible p JOIN resolve_numbered x ON x.rid = p.a JOIN resolve_numbered y ON y.rid = p.b
LEFT JOIN resolve_mailed mx ON mx.rid = p.a LEFT JOIN resolve_mailed my ON my.rid = p.b
LEFT JOIN resolve_count_mailed c_held ON c_held.value = (CASE WHEN x.name <> 0 THEN x.name ELSE y.name END)
{counts}
"""


def block_scores() -> str:
    """The statement that gathers everything that a pair of a block agrees and differs on."""
    agreed = ", ".join(
        f"CASE WHEN x.{c} <> 0 AND x.{c} = y.{c} THEN coalesce(c_{c}.people, 2) ELSE 0 END AS {c}_people"
        for c in COUNTED
        if c not in ("first", "last")
    )
    counts = "\n".join(f"LEFT JOIN resolve_count_{c} c_{c} ON c_{c}.value = x.{c}" for c in COUNTED)
    return BLOCK_SCORES.format(agreed=agreed, counts=counts)


def score_blocks(batch: pa.RecordBatch, *, records: int) -> pa.RecordBatch:
    """Kernel: pairs of blocks → SCORED of those that are not out of the question; `records` is the size of the whole
    table.
    """
    size = population(records)

    def rarity(people: npt.NDArray[np.int64], bound: float = 64.0) -> Bits:
        # Counted with the pair itself: what only two people share may well be less rare than two in `size`.
        bits: Bits = np.minimum(size - np.log2(np.maximum(people, 1)), bound)
        return np.where(people > 0, np.maximum(bits, 0.0), 0.0)

    first, last = _column(batch, "first_level"), _column(batch, "last_level")
    people = {name: _column(batch, f"{name}_people") for name in COUNTED if name not in ("first", "last")}
    street, postcode = people["street"] > 0, people["postcode"] > 0
    first_bits = FIRST_SHARE[first] * rarity(_column(batch, "first_n")) + FIRST_LESS[first]
    last_bits = LAST_SHARE[last] * rarity(_column(batch, "last_n")) + LAST_LESS[last]
    # At one street a household is the alternative: its last name is given, its first names tell people apart.
    home_first, home_last = np.minimum(first_bits, HOUSEHOLD_FIRST_BITS), np.minimum(last_bits, HOUSEHOLD_LAST_BITS)
    name = np.where(street, home_first + home_last, first_bits + last_bits)
    # Parts of a name are not independent: the whole can be no rarer than it is.
    whole = rarity(people["name"])
    name = np.where((people["name"] > 0) & ~street, np.minimum(name, whole), name)
    name = np.minimum(name, size - 1)

    place = np.where(
        street, rarity(people["street"]), np.where(postcode, rarity(people["postcode"]), rarity(people["city"]))
    )
    differ = _column(batch, "birthdays_differ") > 0
    birthday = np.where(differ, BIRTHDAY_LESS, rarity(people["birthday"], BIRTHDAY_BITS))
    company = rarity(people["company"], COMPANY_BITS)
    derived = _column(batch, "derived") > 0
    handle, local = _column(batch, "handle") > 0, _column(batch, "local") > 0
    tail, near = _column(batch, "tail") > 0, _column(batch, "near") > 0
    unique = size - np.log2(np.maximum(_column(batch, "people") - 1, 1))
    named = (first >= INITIAL) & (last != DIFFERENT)
    mailbox = np.where(handle, np.where(named & derived, HANDLE_BITS + 2.0, unique + HANDLE_BITS), 0.0)
    mailbox = np.where(local & ~handle, np.where(derived, DERIVED_BITS, unique + LOCAL_BITS), mailbox)
    mailbox = np.maximum(mailbox, np.where(near, NEAR_BITS, 0.0))
    # A handle that is its holder's name, beside a record with no name: that the mailbox is made likewise is the link.
    silent = handle & ((first == MISSING) & (last == MISSING))
    # Where it is the name of several people, it is no link to any of them.
    namesakes = np.where(
        derived, NAMESAKE_BITS * np.log2(np.maximum(_column(batch, "held_n"), _column(batch, "accounts"))), 0.0
    )
    mailbox = np.where(silent, unique + HANDLE_BITS - namesakes, mailbox)
    phone = np.where(tail, max(size + TAIL_BITS, LEAST_TAIL_BITS), 0.0)
    mailed = _column(batch, "both_mailed") > 0
    moved = np.where(_column(batch, "streets_differ") > 0, np.where(mailed, MAILED_STREET_LESS, STREET_LESS), 0.0)
    moved += np.where(_column(batch, "generation") > 0, GENERATION_LESS, 0.0)
    apart = (first == NICKNAME) & mailed & ~local
    moved += np.where(apart, NICKNAME_APART, 0.0)
    city = np.where((_column(batch, "cities_differ") > 0) & ~postcode, CITY_LESS, 0.0)
    evidence = place + np.maximum(birthday, 0.0) + company + np.maximum(mailbox, 0.0) + phone
    score = -size + name + place + birthday + company + mailbox + phone + city + moved
    # A name alone never merges, whatever it weighs; nor does one with a town.
    hard = street | postcode | (people["birthday"] > 0) | (people["company"] > 0) | handle | local | tail | near
    town = people["city"] > 0
    score = np.where(hard & (evidence > 0), score, np.minimum(score, np.where(town, ACCEPT, UNCERTAIN) - 1.0))
    # Nothing but a whole name, and one other person of it, whose mailbox spells it: worth asking.
    spelled, titled = _column(batch, "spelled") > 0, _column(batch, "titled") > 0
    agreed = spelled & (people["name"] > 0) & ~differ & (_column(batch, "cities_differ") == 0)
    score = np.where(agreed, np.maximum(score, SPELLED_SCORE), score)
    score = np.where(titled & ~hard, TITLED_SCORE, score)
    handle, local = handle | (titled & ~hard), local | spelled
    rule = np.select(
        [handle, local | near, tail, street, people["birthday"] > 0, people["company"] > 0, postcode,
         people["city"] > 0],
        [3, 4, 5, 6, 7, 8, 9, 10], 11,
    )  # fmt: skip
    seen = (
        handle * 8 + (local | near) * 16 + tail * 32 + street * 64 + (people["birthday"] > 0) * 128
        + (people["company"] > 0) * 256 + postcode * 512 + (people["city"] > 0) * 1024 + differ * (1 << 14)
    )  # fmt: skip
    rows = batch.num_rows
    scored = pa.RecordBatch.from_arrays(
        [
            batch.column("a"), batch.column("b"), pa.array(score), pa.array(rule.astype(np.int8)),
            pa.array(np.zeros(rows, np.int8)), pa.nulls(rows, pa.int64()), pa.array(first.astype(np.int8)),
            pa.array(last.astype(np.int8)), pa.array(seen.astype(np.int32)),
        ],
        schema=SCORED,
    )  # fmt: skip
    return scored.filter(pa.array(score >= UNCERTAIN))


NEAR_SCHEMA: Final = pa.schema([("a", pa.int64()), ("b", pa.int64()), ("near", pa.int8())])
NEAR_PAIRS: Final = """
SELECT p.a, p.b, x.key AS left_key, y.key AS right_key
FROM resolve_block_pairs p
JOIN resolve_mailboxes x ON x.rid = p.a AND NOT x.is_handle
JOIN resolve_mailboxes y ON y.rid = p.b AND NOT y.is_handle
WHERE p.near = 1
"""


def near_mailboxes(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: pairs of e-mail keys → those where one is a slip of the other: one letter, swap or a mistyped domain.

    Digits that differ are no slip: `anna.berg1` and `anna.berg2` are two people.
    """
    left = batch.column("left_key").to_pylist()
    right = batch.column("right_key").to_pylist()
    distance = cpdist(left, right, scorer=OSA.distance, score_cutoff=2, dtype=np.int32, workers=1)
    near = np.zeros(len(left), dtype=np.int8)
    for index in np.flatnonzero(distance <= 2):
        a, b = left[index].partition("@"), right[index].partition("@")
        digits_a, digits_b = ("".join(c for c in part[0] if c.isdigit()) for part in (a, b))
        if digits_a != digits_b:
            continue
        same_domain = a[2] == b[2]
        near[index] = distance[index] == 1 or (same_domain and len(a[0]) >= 10) or (a[0] == b[0])
    found = pa.RecordBatch.from_arrays([batch.column("a"), batch.column("b"), pa.array(near)], schema=NEAR_SCHEMA)
    return found.filter(pa.array(near == 1))


def keys(engine: Engine) -> pa.Table:
    """The scored pairs of `resolve_key_pairs`, sorted (SCORED)."""
    engine.map("resolve_key_links", KEY_SCORES, score_keys, SCORED)
    found = engine.collect("SELECT * FROM resolve_key_links ORDER BY a, b")
    engine.drop("resolve_key_links", "resolve_key_pairs", "resolve_name_pairs")
    return found


def blocks(engine: Engine, records: int) -> pa.Table:
    """The scored pairs of `resolve_block_pairs` that are not out of the question, sorted (SCORED)."""
    engine.map("resolve_near_rows", NEAR_PAIRS, near_mailboxes, NEAR_SCHEMA)
    engine.sql("resolve_near", "SELECT a, b, max(near) AS near FROM resolve_near_rows GROUP BY a, b")
    engine.drop("resolve_near_rows", "resolve_mailboxes")
    engine.sql("resolve_block_named", NAMED_PAIRS)
    engine.drop("resolve_block_pairs", "resolve_near")
    compare_pairs(engine, "resolve_block_names", BLOCK_NAME_PAIRS)
    engine.sql("resolve_possible", POSSIBLE_PAIRS)
    engine.drop("resolve_block_named", "resolve_block_names")
    for column in COUNTED:
        engine.sql(f"resolve_count_{column}", COUNT.format(column=column))
    engine.sql("resolve_count_mailed", MAILED_NAMES)
    engine.map("resolve_block_links", block_scores(), functools.partial(score_blocks, records=records), SCORED)
    found = engine.collect("SELECT * FROM resolve_block_links ORDER BY a, b")
    engine.drop(
        "resolve_block_links", "resolve_possible",
        "resolve_count_mailed", *(f"resolve_count_{column}" for column in COUNTED),
    )  # fmt: skip
    return found


def evidence(links: pa.Table) -> pa.Array:
    """The evidence column of `links` (SCORED) in words: what was seen and how the names agree, sorted by key."""
    seen = links["seen"].to_numpy()
    levels = [links["first_level"].to_numpy(), links["last_level"].to_numpy()]
    keys = ["first_name", "last_name", *SEEN]
    present = np.column_stack(
        [levels[0] != MISSING, levels[1] != MISSING, *[(seen >> bit) & 1 == 1 for bit in range(len(SEEN))]]
    )
    words = [*LEVEL_NAMES, "yes"]
    value = np.column_stack([levels[0], levels[1], *[np.full(len(seen), len(words) - 1, np.int8)] * len(SEEN)])
    order = np.argsort(np.array(keys))
    present, value = present[:, order], value[:, order]
    offsets = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int32)
    key_codes = np.broadcast_to(np.arange(len(keys), dtype=np.int8), present.shape)[present]
    key_texts = pa.DictionaryArray.from_arrays(pa.array(key_codes), pa.array(np.array(keys)[order]))
    value_texts = pa.DictionaryArray.from_arrays(pa.array(value[present].astype(np.int8)), pa.array(words))
    return pa.MapArray.from_arrays(pa.array(offsets), key_texts.cast(pa.string()), value_texts.cast(pa.string()))
