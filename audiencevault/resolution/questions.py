"""Which pairs of contacts a human should look at, the question that changes most first.

Words: a *question* is a pair of contacts that some link nearly joined, or would have joined had a guard not refused
it; its *value* is how much a *same* may be expected to change: the probability of *same*, times what hangs on it.

    value = p × (1 + 2·reach + revenue + size / 2)

- `p` is 1 / (1 + 2^-score) of the best link between the two; a link that a guard refused counts 12 bits less, since a
  contradiction speaks against it.
- `reach` is 1 where one of the two has a mailbox or a number and the other nothing but an account: joined, a follower
  has a direct address; else 0.
- `revenue` is log2(1 + w), where w is what both have spent in multiples of an average customer of the same currency.
  Currencies are never added.
- `size` is log2 of the number of records concerned.

Questions that somebody could not answer (*unsure*) come after all others. Ties are broken by the score, then by ids, so
the order is the same for the same vault.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.resolution import scoring
from audiencevault.resolution.decisions import DIFFERENT, UNSURE, in_force

REFUSED_BITS: Final = 12.0
"""What a contradiction counts against a link that a guard refused."""
REACH_WEIGHT: Final = 2.0
SIZE_WEIGHT: Final = 0.5

QUESTIONS: Final = pa.schema([
    ("one", pa.string()), ("two", pa.string()), ("record_a", pa.string()), ("record_b", pa.string()),
    ("rule", pa.string()), ("score", pa.float64()), ("refused", pa.bool_()), ("unsure", pa.bool_()),
    ("probability", pa.float64()), ("value", pa.float64()),
])  # fmt: skip
"""`one` and `two` are contacts; `record_a` of one and `record_b` of the other are held by the best link."""

OPEN: Final = """
SELECT CASE WHEN x.contact_id < y.contact_id THEN x.contact_id ELSE y.contact_id END AS one,
       CASE WHEN x.contact_id < y.contact_id THEN y.contact_id ELSE x.contact_id END AS two,
       l.record_a, l.record_b, l.rule, l.score
FROM {links} l JOIN {members} x ON x.record_id = l.record_a JOIN {members} y ON y.record_id = l.record_b
WHERE NOT l.accepted AND x.contact_id <> y.contact_id
"""
BEST: Final = """
SELECT one, two, record_a, record_b, rule, score FROM (
  SELECT o.*, row_number() OVER (PARTITION BY o.one, o.two ORDER BY o.score DESC, o.record_a, o.record_b) AS place
  FROM question_open o
) r WHERE r.place = 1
"""
TOLD: Final = """
SELECT one, two, max(apart) AS is_apart FROM (
  SELECT CASE WHEN x.contact_id < y.contact_id THEN x.contact_id ELSE y.contact_id END AS one,
         CASE WHEN x.contact_id < y.contact_id THEN y.contact_id ELSE x.contact_id END AS two, d.apart
  FROM question_decided d JOIN {members} x ON x.record_id = d.a JOIN {members} y ON y.record_id = d.b
) t GROUP BY one, two
"""
WORTH: Final = """
SELECT coalesce(currency, '') AS money, avg(CAST(total_spent AS DOUBLE)) AS usual FROM {contacts}
WHERE total_spent > 0 GROUP BY coalesce(currency, '')
"""
ASKED: Final = """
SELECT b.one, b.two, b.record_a, b.record_b, b.rule, b.score, t.one IS NOT NULL AS unsure,
       CASE WHEN x.email IS NULL AND x.phone IS NULL THEN 0 ELSE 1 END AS direct_one,
       CASE WHEN y.email IS NULL AND y.phone IS NULL THEN 0 ELSE 1 END AS direct_two,
       coalesce(CAST(x.total_spent AS DOUBLE) / v.usual, 0.0) + coalesce(CAST(y.total_spent AS DOUBLE) / w.usual, 0.0)
         AS worth,
       x.record_count + y.record_count AS records
FROM question_best b JOIN {contacts} x ON x.contact_id = b.one JOIN {contacts} y ON y.contact_id = b.two
LEFT JOIN question_told t ON t.one = b.one AND t.two = b.two
LEFT JOIN question_worth v ON v.money = coalesce(x.currency, '')
LEFT JOIN question_worth w ON w.money = coalesce(y.currency, '')
WHERE coalesce(t.is_apart, 0) = 0
"""


def probability(score: npt.NDArray[np.float64], refused: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """How likely two records are one person, given a score in bits and whether a guard refused the link."""
    bits = np.where(refused, score - REFUSED_BITS, score)
    found: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp2(-np.clip(bits, -64.0, 64.0)))
    return found


def open_questions(
    engine: Engine,
    decisions: pa.Table | None,
    *,
    links: str = "links",
    members: str = "members",
    contacts: str = "contacts",
) -> pa.Table:
    """The questions of a vault, most valuable first (QUESTIONS); the arguments name relations of `engine`.

    Pairs that a *different* among `decisions` (DECISIONS) keeps apart are no question any more.
    """
    told = [
        {"a": a, "b": b, "apart": int(row["verdict"] == DIFFERENT)}
        for (a, b), row in in_force(decisions).items()
        if row["verdict"] in (DIFFERENT, UNSURE)
    ]
    schema = pa.schema([("a", pa.string()), ("b", pa.string()), ("apart", pa.int64())])
    engine.read("question_decided", pa.Table.from_pylist(told, schema=schema))
    engine.sql("question_open", OPEN.format(links=links, members=members))
    engine.sql("question_best", BEST)
    engine.sql("question_told", TOLD.format(members=members))
    engine.sql("question_worth", WORTH.format(contacts=contacts))
    rows = engine.collect(ASKED.format(contacts=contacts))
    engine.drop("question_decided", "question_open", "question_best", "question_told", "question_worth")
    score = rows["score"].cast(pa.float64()).to_numpy()
    refused = score >= scoring.ACCEPT
    chance = probability(score, refused)
    reach = rows["direct_one"].cast(pa.int64()).to_numpy() != rows["direct_two"].cast(pa.int64()).to_numpy()
    worth = np.log2(1.0 + np.maximum(rows["worth"].cast(pa.float64()).to_numpy(), 0.0))
    size = np.log2(np.maximum(rows["records"].cast(pa.float64()).to_numpy(), 1.0))
    # Rounded, so that the last bit of a logarithm decides nothing.
    value = np.round(chance * (1.0 + REACH_WEIGHT * reach + worth + SIZE_WEIGHT * size), 6)
    found = rows.select(["one", "two", "record_a", "record_b", "rule", "score"])
    found = found.append_column("refused", pa.array(refused)).append_column("unsure", rows["unsure"])
    found = found.append_column("probability", pa.array(np.round(chance, 6))).append_column("value", pa.array(value))
    order = pc.sort_indices(
        found,
        sort_keys=[
            ("unsure", "ascending"), ("value", "descending"), ("score", "descending"), ("one", "ascending"),
            ("two", "ascending"),
        ],
    )  # fmt: skip
    return found.take(order).cast(QUESTIONS)
