"""Followers, chat partners and customers without a lawful direct channel: whom to win first, what may be said where.

The score has three parts, 100 points together, each growing ever more slowly:

- purchases, up to 50: `50 · n / (n + 2)` for n orders;
- messages, up to 30: `30 · n / (n + 5)` for n messages, a conversation whose messages are not counted being one;
- recency, up to 20: `20 · 2^(-days / 180)` since they were last seen.

Money is shown and never weighed, since currencies cannot be compared. Whoever said no, complained, was blocked or asked
to be forgotten is not in the list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.reach.outage import Listed, first_reasons, said_no
from audiencevault.reach.ownership import Owners, Platform
from audiencevault.reach.ways import Standing, mine
from audiencevault.records import MONEY

PURCHASES, MESSAGES, RECENCY = 50.0, 30.0, 20.0
HALF_PURCHASES, HALF_MESSAGES, HALF_LIFE_DAYS = 2.0, 5.0, 180.0

CHAT: Final = "chat_partner"
CUSTOMER: Final = "customer"

COUNTED: Final = ("messages", "message_count")
"""Columns of `extra` in which importers of conversations say how many messages there were."""

CARD: Final = "Put a card with the QR code of your sign-up form into their next parcel."
TILL: Final = "At the till: let them type their address into your sign-up form themselves."
REPLY_ONLY: Final = "Name the form only if they ask how to hear from you."

_PAIRS: Final = "SELECT DISTINCT source, relationship FROM source_records WHERE source IS NOT NULL"
_PEOPLE: Final = """
    SELECT m.contact_id,
        max(coalesce(r.orders_count, 0)) AS orders,
        bool_or(r.relationship = '{customer}' OR coalesce(r.orders_count, 0) > 0 OR r.total_spent > 0) AS bought,
        sum(CASE WHEN r.relationship = '{chat}' THEN coalesce({counted}, 1) ELSE 0 END) AS messages,
        max(CASE WHEN r.relationship = '{chat}' THEN r.last_seen_at END) AS last_message_at
    FROM source_records r
    JOIN reach__pairs k ON k.source = r.source AND k.relationship = r.relationship
    JOIN members m ON m.record_id = r.record_id
    LEFT JOIN {gone} g ON g.record_id = r.record_id
    WHERE g.record_id IS NULL AND {mine}
    GROUP BY m.contact_id
"""
_TIES: Final = """
    SELECT DISTINCT m.contact_id, k.platform, r.relationship
    FROM source_records r
    JOIN reach__pairs k ON k.source = r.source AND k.relationship = r.relationship
    JOIN members m ON m.record_id = r.record_id
    LEFT JOIN {gone} g ON g.record_id = r.record_id
    WHERE g.record_id IS NULL AND k.platform IS NOT NULL AND {mine}
    ORDER BY m.contact_id, k.platform, r.relationship
"""
_CONTACTS: Final = """
    SELECT p.*, greatest(p.orders, coalesce(c.orders_count, 0)) AS orders_count, c.display_name, c.total_spent,
        c.currency, c.last_seen_at, c.accounts, c.relationships
    FROM reach__people p JOIN contacts c ON c.contact_id = p.contact_id
    ORDER BY p.contact_id
"""


@dataclass(frozen=True)
class WinOver:
    """`rows` are the people, best first, with the schema of `ROWS`; `left_alone` counts those who would be in the list,
    had they not said no or been blocked on one of the channels.
    """

    rows: pa.Table
    left_alone: int


ROWS: Final = pa.schema(
    [
        ("contact_id", pa.string()),
        ("display_name", pa.string()),
        ("score", pa.float64()),
        ("orders_count", pa.int64()),
        ("total_spent", MONEY),
        ("currency", pa.string()),
        ("messages", pa.int64()),
        ("last_message_at", pa.timestamp("us", tz="UTC")),
        ("last_seen_at", pa.timestamp("us", tz="UTC")),
        ("relationships", pa.list_(pa.string())),
        ("accounts", pa.list_(pa.string())),
        ("platforms", pa.list_(pa.string())),
        ("customer", pa.bool_()),
        ("chats_on", pa.list_(pa.string())),
        ("reason", pa.string()),
        ("sentence", pa.string()),
    ]
)
"""One row per person. `platforms` are those on which they have a tie to the owner, `chats_on` those on which they
wrote; `reason` and `sentence` say why they cannot be written to directly."""


def winover(
    engine: Engine,
    owners: Owners,
    stand: Standing,
    lists: Sequence[Listed],
    *,
    as_of: datetime,
    controller_id: str | None = None,
    gone: str = "gone_records",
) -> WinOver:
    """Everybody with a tie or a purchase whom none of `lists` (the direct channels) may be written to, best first.

    Ties and purchases are those of the sender `controller_id` (None: of any). Reads `source_records`, `members`,
    `contacts` and `gone`.
    """
    reached = np.zeros(stand.size, dtype=np.bool_)
    for item in lists:
        reached |= stand.who(item.reached)
    held = first_reasons(stand, lists, reached)
    people, ties = _people(engine, owners, gone, mine(controller_id))
    known = held.filter(pc.is_in(held["contact_id"], value_set=people["contact_id"].combine_chunks()))
    no = pc.is_in(
        known["contact_id"].combine_chunks(),
        value_set=stand.contacts["contact_id"].combine_chunks().filter(pa.array(said_no(stand, lists))),
    )
    wanted = known.filter(pc.invert(no)).combine_chunks()
    at = pc.index_in(wanted["contact_id"].combine_chunks(), value_set=people["contact_id"].combine_chunks())
    rows = people.take(at)
    rows = rows.append_column("reason", wanted["reason"]).append_column("sentence", wanted["sentence"])
    return WinOver(_ranked(rows, ties, as_of), int(known.num_rows - wanted.num_rows))


def _people(engine: Engine, owners: Owners, gone: str, condition: str) -> tuple[pa.Table, pa.Table]:
    """Who has a tie or bought, one row each, and their ties, both sorted by id."""
    pairs = []
    for pair in engine.collect(_PAIRS).to_pylist():
        relationship = pair["relationship"] or ""
        platform = owners.platform_of(pair["source"], relationship)
        if platform is not None or relationship == CUSTOMER:
            pairs.append({"source": pair["source"], "relationship": relationship, "platform": platform})
    names = ("source", "relationship", "platform")
    engine.read("reach__pairs", pa.Table.from_pylist(pairs, pa.schema([(name, pa.string()) for name in names])))
    counted = ", ".join(f"TRY_CAST(r.extra['{name}'] AS BIGINT)" for name in COUNTED)
    engine.sql(
        "reach__people",
        _PEOPLE.format(customer=CUSTOMER, chat=CHAT, counted=f"coalesce({counted})", gone=gone, mine=condition),
    )
    people = engine.collect(_CONTACTS)
    ties = engine.collect(_TIES.format(gone=gone, mine=condition))
    engine.drop("reach__pairs", "reach__people")
    return people.combine_chunks(), ties.combine_chunks()


def scores(orders: Any, messages: Any, days: Any) -> Any:
    """The score of each person, arrays or numbers; `days` since they were last seen, NaN where nobody knows.

    >>> scores(0, 0, float("nan"))
    0.0
    >>> float(scores(2, 5, 0.0))
    60.0
    """
    with np.errstate(invalid="ignore"):
        recent = np.nan_to_num(RECENCY * np.exp2(-np.maximum(days, 0.0) / HALF_LIFE_DAYS), nan=0.0)
    total = PURCHASES * orders / (orders + HALF_PURCHASES) + MESSAGES * messages / (messages + HALF_MESSAGES) + recent
    return np.round(total, 2)


def _ranked(rows: pa.Table, ties: pa.Table, as_of: datetime) -> pa.Table:
    bought = np.asarray(rows["bought"].combine_chunks(), dtype=np.bool_)
    # A customer whose orders nobody counted bought at least once.
    orders = np.maximum(_numbers(rows["orders_count"]), bought.astype(np.float64))
    messages = _numbers(rows["messages"])
    seen = pc.cast(rows["last_seen_at"], pa.timestamp("us", tz="UTC"))
    now = pa.scalar(as_of, pa.timestamp("us", tz="UTC"))
    since = pc.cast(pc.subtract(now, seen), pa.int64())
    days = since.to_numpy(zero_copy_only=False).astype(np.float64) / 86_400_000_000
    platforms, chats = _lists(rows, ties)
    table = pa.table(
        [
            rows["contact_id"],
            rows["display_name"],
            pa.array(scores(orders, messages, days), pa.float64()),
            pa.array(orders.astype(np.int64)),
            pc.cast(rows["total_spent"], MONEY),
            rows["currency"],
            pc.cast(rows["messages"], pa.int64()),
            pc.cast(rows["last_message_at"], pa.timestamp("us", tz="UTC")),
            seen,
            rows["relationships"],
            rows["accounts"],
            platforms,
            pa.array(bought),
            chats,
            rows["reason"],
            rows["sentence"],
        ],
        schema=ROWS,
    )
    order = [("score", "descending"), ("last_seen_at", "descending"), ("contact_id", "ascending")]
    return table.sort_by(order)


def _numbers(column: pa.ChunkedArray) -> Any:
    return pc.cast(pc.fill_null(column, 0), pa.float64()).to_numpy()


def _lists(rows: pa.Table, ties: pa.Table) -> tuple[pa.Array, pa.Array]:
    """The platforms of each row, and those on which the person wrote, as lists; `ties` are sorted."""
    at = pc.index_in(ties["contact_id"].combine_chunks(), value_set=rows["contact_id"].combine_chunks())
    here = pc.is_valid(at)
    place, platform = at.filter(here), ties["platform"].combine_chunks().filter(here)
    wrote = pc.equal(ties["relationship"].combine_chunks().filter(here), CHAT)
    pairs = pa.table({"place": place, "platform": platform}).group_by(["place", "platform"]).aggregate([])
    return (
        _nested(pairs, rows.num_rows),
        _nested(pa.table({"place": place.filter(wrote), "platform": platform.filter(wrote)}), rows.num_rows),
    )


def _nested(pairs: pa.Table, size: int) -> pa.Array:
    pairs = pairs.sort_by([("place", "ascending"), ("platform", "ascending")])
    place = pairs["place"].combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=size))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pairs["platform"].combine_chunks())


def suggestions(row: Mapping[str, Any], owners: Owners, as_of: datetime) -> list[dict[str, str]]:
    """What may be said to one person of `rows`, and where: `where` (a platform, `parcel` or `till`), `how` (`answer`,
    `public` or `in_person`) and a sentence. Nothing here is a message to somebody who did not write first and lately.
    """
    said = []
    for name in row["platforms"] or ():
        platform = owners.platforms.get(name) or Platform(name, owners.title(name), name)
        if name in (row["chats_on"] or ()) and _lately(row["last_message_at"], as_of, platform.answer_days):
            answer = platform.answer or f"Answer their message in {platform.title}."
            said.append({"where": name, "how": "answer", "sentence": f"{answer} {REPLY_ONLY}"})
        if platform.public:
            said.append({"where": name, "how": "public", "sentence": platform.public})
    if row["customer"]:
        said.append({"where": "parcel", "how": "in_person", "sentence": CARD})
        said.append({"where": "till", "how": "in_person", "sentence": TILL})
    return said


def _lately(moment: datetime | None, as_of: datetime, days: int) -> bool:
    return moment is not None and timedelta(0) <= as_of - moment <= timedelta(days=days)
