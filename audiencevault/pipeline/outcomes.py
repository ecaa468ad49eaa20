"""What became of everything that was sent, in the table of deliveries; and what a receiver took before, out of it.

Words: a status is *for* where it means that the person is written to (`subscribed`, `other_basis`, `listed`), and
*against* where it means the opposite. An item about several channels is one row for each channel's point.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.audience import Audience
from audiencevault.destinations.answers import TAKEN
from audiencevault.destinations.composing import EARLIER
from audiencevault.engine import Engine
from audiencevault.pipeline import remembering
from audiencevault.records import DELIVERIES, TIMESTAMP
from audiencevault.vault import Snapshot
from audiencevault.vault.forgetting import keyed

AGAINST: Final = ("unsubscribed", "cleaned", "suppressed")
"""Statuses of people who must not be written to."""
SENT: Final = pa.schema(
    [
        ("channel", pa.string()),
        ("point_kind", pa.string()),
        ("point", pa.string()),
        ("point_key", pa.string()),
        ("status", pa.string()),
        ("outcome", pa.string()),
        ("at", TIMESTAMP),
    ]
)
"""Whom an account took to write to, by the newest word: what a list of members is compared with."""

_AGAINST: Final = "('" + "', '".join(AGAINST) + "')"
_TAKEN: Final = "('" + "', '".join(TAKEN) + "')"

# Rows of this plan are left out: whoever goes on with it must compose what it was made of.
_MINE: Final = f"""
    SELECT d.*, CASE WHEN d.status IN {_AGAINST} THEN 0 ELSE 1 END AS is_for,
        CASE WHEN d.outcome IN {_TAKEN} THEN 1 ELSE 0 END AS taken
    FROM deliveries d
    WHERE d.destination = ? AND d.account = ? AND d.plan_id IS NOT NULL AND d.plan_id <> ? AND d.point_key IS NOT NULL
"""
# A word that was followed by its opposite, sent by us or read back from the receiver, is not its state any more.
_OVERTAKEN: Final = """
    SELECT DISTINCT a.plan_id, a.push, a.item_id FROM delivered a
    JOIN delivered b ON b.point_kind = a.point_kind AND b.point_key = a.point_key AND b.channel = a.channel
        AND b.is_for <> a.is_for AND b."at" > a."at"
    UNION
    SELECT DISTINCT a.plan_id, a.push, a.item_id FROM delivered a
    JOIN consent_events e ON e.point_kind = a.point_kind AND e.point_key = a.point_key
        AND (e.channel = a.channel OR e.channel = 'any') AND e.source = ? AND e.recorded_at > a."at"
    WHERE a.is_for = 1
"""
_EARLIER: Final = """
    SELECT point_kind, point_key, channels AS channel, status,
        CASE WHEN min(whole) = 1 THEN max(digest) ELSE '' END AS digest
    FROM (
        SELECT d.point_kind, d.point_key, d.channels, d.status, d.digest,
            CASE WHEN o.item_id IS NULL AND d.taken = 1 AND NOT ({exists}) THEN 1 ELSE 0 END AS whole,
            rank() OVER (PARTITION BY d.point_kind, d.point_key, d.channels, d.status ORDER BY d."at" DESC) AS place,
            max(d.taken) OVER (PARTITION BY d.point_kind, d.point_key, d.channels, d.status) AS ever
        FROM delivered d
        LEFT JOIN overtaken o ON o.plan_id = d.plan_id AND o.push = d.push AND o.item_id = d.item_id
        WHERE d.channels IS NOT NULL) p
    WHERE place = 1 AND ever = 1
    GROUP BY point_kind, point_key, channels, status
    ORDER BY point_kind, point_key, channel, status
"""
_SENT: Final = f"""
    SELECT s.channel, s.point_kind, coalesce(min(p.point), s.point_key) AS point, s.point_key, s.status, s.outcome,
        s."at"
    FROM (
        SELECT d.channel, d.point_kind, d.point_key, d.status, d.outcome, d."at", row_number() OVER (
            PARTITION BY d.channel, d.point_kind, d.point_key ORDER BY d."at" DESC, d.delivery_id) AS place
        FROM deliveries d
        WHERE d.destination = ? AND d.account = ? AND d.plan_id IS NOT NULL AND d.outcome IN {_TAKEN}
            AND d.status <> 'listed' AND d.point_key NOT LIKE 'keyed:%') s
    LEFT JOIN contact_points p ON p.point_kind = s.point_kind AND p.point_key = s.point_key
    WHERE s.place = 1 AND s.status IN ('subscribed', 'other_basis') AND s.outcome IN ('accepted', 'exists')
    GROUP BY s.channel, s.point_kind, s.point_key, s.status, s.outcome, s."at"
    ORDER BY s.channel, s.point_kind, s.point_key
"""
_FRESH: Final = """
    SELECT n.* FROM (
        SELECT md5(concat_ws(chr(31), plan_id, push, item_id, channel, point_key, outcome)) AS delivery_id, d.*
        FROM deliveries_new d) n
    LEFT JOIN (SELECT DISTINCT delivery_id FROM deliveries WHERE plan_id = ?) o ON o.delivery_id = n.delivery_id
    WHERE o.delivery_id IS NULL
    ORDER BY n.place, n.channel
"""


def earlier(
    engine: Engine, destination: str, account: str, *, plan_id: str = "", updated: Collection[str] = ()
) -> pa.Table:
    """What the receiver took before (`composing.EARLIER`), but for what `plan_id` itself sent.

    The digest is empty where something else was said since, where the last word was not taken by every push that
    carried it, or where the person was there already and the status is one of `updated`, which has a push of its own
    for people who are there.
    """
    engine.sql("delivered", _MINE, [destination, account, plan_id])
    engine.sql("overtaken", _OVERTAKEN, [f"{destination}.pull"])
    listed = ", ".join(f"'{status}'" for status in sorted(updated))
    exists = f"d.outcome = 'exists' AND d.status IN ({listed})" if listed else "1 = 0"
    found = engine.collect(_EARLIER.format(exists=exists))
    engine.drop("delivered", "overtaken")
    return found.select(EARLIER.names).cast(EARLIER)


def sent(engine: Engine, destination: str, account: str) -> pa.Table:
    """Whom the account took to write to, and nobody told it otherwise since (`SENT`)."""
    return engine.collect(_SENT, [destination, account]).select(SENT.names).cast(SENT)


def deliveries(
    engine: Engine,
    outcomes: pa.Table,
    audience: Audience,
    *,
    destination: str,
    account: str,
    plan_id: str,
    at: datetime,
) -> pa.Table:
    """DELIVERIES of `outcomes` (`answers.OUTCOMES`) that the relation `deliveries` does not hold yet. What was never
    sent is no delivery.
    """
    tried = outcomes.filter(pc.not_equal(outcomes.column("outcome"), "unsent"))
    rows = _by_channel(tried, audience)
    rows = rows.append_column("reason", _reasons(rows, audience))
    rows = rows.append_column("plan_id", pa.array([plan_id] * rows.num_rows, pa.string()))
    engine.read("deliveries_new", rows)
    found = engine.collect(_FRESH, [plan_id])
    engine.drop("deliveries_new")
    count = found.num_rows
    columns = {
        **{name: found.column(name) for name in found.column_names},
        "at": pa.array([at] * count, TIMESTAMP),
        "destination": pa.array([destination] * count, pa.string()),
        "account": pa.array([account] * count, pa.string()),
        "payload_sha256": pa.nulls(count, pa.string()),
    }
    return pa.table([columns[name].cast(DELIVERIES.field(name).type) for name in DELIVERIES.names], schema=DELIVERIES)


def without_erased(snapshot: Snapshot, rows: pa.Table) -> pa.Table:
    """`rows` of deliveries, those of people who were erased since naming nobody: that something was sent stays."""
    found = remembering.buried(snapshot)
    if not found or not rows.num_rows or found.ring is None:
        return rows
    hit = found.hits(rows.column("point_kind"), rows.column("point_key"))
    if not pc.any(hit).as_py():
        return rows
    # Whoever shares an item with an erased point is the same person.
    items = pc.unique(rows.column("item_id").filter(hit))
    mine = pc.is_in(rows.column("item_id"), value_set=items)
    flags, kinds = mine.to_pylist(), rows.column("point_kind").to_pylist()
    ring = found.ring
    keys = [
        keyed(ring, kind, key) if flag and key is not None else key
        for key, kind, flag in zip(rows.column("point_key").to_pylist(), kinds, flags, strict=True)
    ]
    ids = [
        ring.opaque(text) if flag else text
        for text, flag in zip(rows.column("delivery_id").to_pylist(), flags, strict=True)
    ]
    changed = {"point_key": pa.array(keys, pa.string()), "delivery_id": pa.array(ids, pa.string())}
    for name in ("contact_id", "item_id", "words", "digest"):
        changed[name] = pc.if_else(mine, pa.scalar(None, pa.string()), rows.column(name))
    return pa.table([changed.get(name, rows.column(name)) for name in rows.column_names], schema=rows.schema)


def _by_channel(outcomes: pa.Table, audience: Audience) -> pa.Table:
    """One row for each channel of each item, with that channel's point; `place` is the item's."""
    parts = []
    places = pa.array(range(outcomes.num_rows), pa.int64())
    whole = outcomes.append_column("place", places)
    for said in sorted(set(pc.unique(outcomes.column("channel")).to_pylist())):
        mine = whole.filter(pc.equal(whole.column("channel"), said))
        for number, channel in enumerate(said.split("+")):
            parts.append(_of_channel(mine, said, channel, audience, alone=number == 0 and "+" not in said))
    if not parts:
        return _of_channel(whole, "", "", audience, alone=True)
    return pa.concat_tables(parts).combine_chunks()


def _of_channel(mine: pa.Table, said: str, channel: str, audience: Audience, *, alone: bool) -> pa.Table:
    count = mine.num_rows
    kind, key = mine.column("point_kind"), mine.column("point_key")
    own = pa.repeat(pa.scalar(True), count)
    if not alone:
        rows = audience.rows.filter(pc.equal(audience.rows.column("channel"), channel)).combine_chunks()
        found = pc.index_in(mine.column("contact_id"), value_set=rows.column("contact_id").combine_chunks())
        other_kind, other_key = rows.column("point_kind").take(found), rows.column("point_key").take(found)
        # The item's own point stands for a channel that has none of its own here.
        other_kind, other_key = pc.coalesce(other_kind, kind), pc.coalesce(other_key, key)
        own = pc.and_(pc.equal(other_kind, kind), pc.equal(other_key, key))
        kind, key = other_kind, other_key
    nothing = pa.scalar(None, pa.string())
    return pa.table(
        {
            "place": mine.column("place"),
            "contact_id": mine.column("contact_id"),
            "point_kind": kind,
            "point_key": key,
            "channel": pa.array([channel] * count, pa.string()),
            "status": mine.column("status"),
            "push": mine.column("push"),
            "item_id": mine.column("item_id"),
            "channels": pc.if_else(own, said, nothing),
            "outcome": mine.column("outcome"),
            "http_status": mine.column("http_status"),
            "words": mine.column("words"),
            "digest": pc.if_else(own, mine.column("digest"), nothing),
        }
    )


def _reasons(rows: pa.Table, audience: Audience) -> pa.Array:
    """Why each person may be written to, or not."""
    admitted = audience.rows.select(["contact_id", "channel", "reason"]).combine_chunks()
    suppressed = audience.suppressed.select(["channel", "point_kind", "point_key", "reason"]).combine_chunks()
    people = _looked_up(_joined(rows, "contact_id", "channel"), _joined(admitted, "contact_id", "channel"), admitted)
    points = _looked_up(
        _joined(rows, "channel", "point_kind", "point_key"),
        _joined(suppressed, "channel", "point_kind", "point_key"),
        suppressed,
    )
    return pc.coalesce(people, points)


def _looked_up(keys: pa.Array, known: pa.Array, table: pa.Table) -> pa.Array:
    return _whole(table.column("reason").take(pc.index_in(keys, value_set=known)))


def _joined(table: pa.Table, *names: str) -> pa.Array:
    return _whole(pc.binary_join_element_wise(*(table.column(name) for name in names), "\x1f"))


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
