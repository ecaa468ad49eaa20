"""What the vault remembers of the files it wrote: which receiver was handed whom, and told which "no".

Whoever asks to be forgotten must be forgotten by receivers too, and whoever says no later has to be taken off their
lists: both need to know who has whom. What a receiver was handed before is not written down again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import pyarrow as pa

from audiencevault.audience import Audience
from audiencevault.destinations.definition import Definition
from audiencevault.engine import Engine
from audiencevault.errors import VaultError
from audiencevault.records import DELIVERIES
from audiencevault.vault import Snapshot, Vault

COMMAND: Final = "export"
HANDED_OUT: Final = frozenset({"deliveries", "pulls"})
"""Tables that tell of nobody who is not in the others."""
PATIENCE: Final = 5.0
"""Seconds to wait for another writer before giving up remembering."""

# Somebody with a mailbox that said no is not in the file, whoever else agreed with the same mailbox.
HANDED: Final = """
    SELECT h.contact_id, h.point_kind, h.point_key, h.channel, 'written' AS status, h.reason
    FROM handed h LEFT JOIN told t ON t.channel = h.channel AND t.point_kind = h.point_kind AND t.point = h.point
    WHERE t.point IS NULL
"""
TOLD: Final = """
    SELECT m.contact_id, p.point_kind, p.point_key, t.channel, 'suppressed' AS status, max(t.reason) AS reason
    FROM told t JOIN contact_points p ON p.point_kind = t.point_kind AND p.point = t.point
    JOIN members m ON m.record_id = p.record_id
    GROUP BY m.contact_id, p.point_kind, p.point_key, t.channel
"""
LATEST: Final = """
    SELECT contact_id, point_kind, point_key, channel, status FROM (
        SELECT d.*, row_number() OVER (
            PARTITION BY contact_id, point_kind, point_key, channel ORDER BY "at" DESC, delivery_id) AS place
        FROM deliveries d WHERE destination = ? AND plan_id IS NULL) l
    WHERE place = 1
"""
NEW: Final = """
    SELECT f.* FROM ({found}) f LEFT JOIN delivered d ON d.contact_id = f.contact_id AND d.point_kind = f.point_kind
        AND d.point_key = f.point_key AND d.channel = f.channel
    WHERE d.status IS NULL OR d.status <> f.status
"""
ROWS: Final = """
    SELECT md5(concat_ws(chr(31), ?, CAST(? AS VARCHAR), contact_id, point_kind, point_key, channel, status))
             AS delivery_id,
           contact_id, point_kind, point_key, channel, status, reason
    FROM deliveries_new ORDER BY channel, status, contact_id, point_kind, point_key
"""


def found(engine: Engine, audience: Audience, definition: Definition, at: datetime) -> pa.Table:
    """DELIVERIES of what the files of `definition` say that was not said to it before.

    Needs the relations `contact_points`, `members` and `deliveries`.
    """
    engine.read("handed", audience.rows.select(["contact_id", "point_kind", "point", "point_key", "channel", "reason"]))
    engine.read("told", audience.suppressed.select(["point_kind", "point", "channel", "reason"]))
    tells = any(rule.who == "suppressed" for rule in definition.files)
    engine.sql("delivered", LATEST, [definition.name])
    parts = [HANDED, TOLD] if tells else [HANDED]
    engine.sql("deliveries_new", NEW.format(found=" UNION ALL ".join(parts)))
    rows = engine.collect(ROWS, [definition.name, at.isoformat()])
    engine.drop("handed", "told", "delivered", "deliveries_new")
    count = rows.num_rows
    columns = {
        **{name: rows.column(name) for name in rows.column_names},
        "at": pa.array([at] * count, DELIVERIES.field("at").type),
        "destination": pa.array([definition.name] * count, pa.string()),
    }
    for column in DELIVERIES:
        columns.setdefault(column.name, pa.nulls(count, column.type))
    return pa.table([columns[name] for name in DELIVERIES.names], schema=DELIVERIES)


def asked(vault: Vault) -> int:
    """The number of the snapshot that the people of the newest one come from."""
    return with_people(vault.history())[-1].number


def with_people(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Those of `snapshots` (oldest first) that differ from the one before in more than what was handed out or read
    back, and the first.
    """
    found: list[Snapshot] = []
    before = None
    for snapshot in snapshots:
        held = {table: files for table, files in snapshot.manifest.tables.items() if table not in HANDED_OUT}
        if held != before:
            found.append(snapshot)
        before = held
    return found


def remember(vault: Vault, rows: pa.Table, now: datetime) -> str:
    """Add `rows` to the vault's deliveries; a sentence where that was not possible, else nothing."""
    if not rows.num_rows:
        return ""
    try:
        with vault.begin(COMMAND, now, wait=PATIENCE) as txn:
            txn.append("deliveries", rows)
            txn.commit()
    except VaultError as error:
        return f"The files are written, but the vault could not take down who is in them: {error}"
    return ""


KEYED: Final = """
    SELECT t.channel, t.point_kind, t.state, t.since, coalesce(min(p.point_key), t.point) AS point
    FROM told t LEFT JOIN contact_points p ON p.point_kind = t.point_kind AND p.point = t.point
    GROUP BY t.channel, t.point_kind, t.state, t.since, t.point ORDER BY t.channel, t.point_kind, t.point
"""


def keyed(engine: Engine, suppressed: pa.Table) -> pa.Table:
    """`suppressed` (SUPPRESSED) with the keys that deliveries know its points by instead of the points themselves."""
    engine.read("told", suppressed)
    rows = engine.collect(KEYED)
    engine.drop("told")
    return rows
