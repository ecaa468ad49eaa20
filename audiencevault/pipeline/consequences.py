"""What joining two people would do to whom one may write to: it can only restrict.

The consent rules are asked once with everybody as they are and, in the same run, with each pair in question as one
person beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault import audience as door
from audiencevault.consent.policy import policy as policy_named
from audiencevault.consent.reasons import CHANNEL_WORDS
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.pipeline.asking import CHANNELS, GONE
from audiencevault.records import CONTACTS, MEMBERS

JOINED = "joined:"
"""What the made-up id of a pair begins with; no contact's id does."""

CONCERNED = """
    SELECT DISTINCT h.record_id FROM contact_points h JOIN (
        SELECT DISTINCT p.point_kind, p.point_key FROM contact_points p
        JOIN effect_members m ON m.record_id = p.record_id) k
    ON k.point_kind = h.point_kind AND k.point_key = h.point_key
    UNION SELECT record_id FROM effect_members
"""
"""The records of those in question, and all others that hold one of their points: where a point was seen says which
country's rules hold for it."""


def of_joining(
    engine: DuckDBEngine,
    pairs: Sequence[tuple[str, str]],
    *,
    as_of: datetime,
    policy: str,
    controller_id: str,
    channels: Sequence[str] = CHANNELS,
) -> list[dict[str, Any]]:
    """For each pair of contact ids: `restricts` (whether joining stops anything that may be sent today), `sentence`,
    and `channels`, by channel who may be written to `before` and whether the joined person may `after`.

    `engine` holds a vault's relations (`asking.relations`); its relations are narrowed to those concerned, so it is of
    no use for anything else afterwards.
    """
    if not pairs:
        return []
    _narrow(engine, pairs)
    asked = door.select(
        engine, controller_id=controller_id, channels=channels, as_of=as_of, policy=policy_named(policy), gone=GONE
    )
    reached = set(zip(asked.rows["contact_id"].to_pylist(), asked.rows["channel"].to_pylist(), strict=True))
    return [_effect(number, pair, reached, channels) for number, pair in enumerate(pairs)]


def _narrow(engine: DuckDBEngine, pairs: Sequence[tuple[str, str]]) -> None:
    """Leave in `engine` the people of `pairs` only, and beside them each pair as one person."""
    ids = pa.array(sorted({name for pair in pairs for name in pair}), pa.string())
    engine.read("effect_ids", pa.table({"contact_id": ids}))
    members = engine.collect("SELECT m.* FROM members m JOIN effect_ids i ON i.contact_id = m.contact_id").cast(MEMBERS)
    contacts = engine.collect("SELECT c.* FROM contacts c JOIN effect_ids i ON i.contact_id = c.contact_id")
    contacts = contacts.select(CONTACTS.names).cast(CONTACTS)
    engine.read("effect_members", members)
    records = engine.collect(CONCERNED)
    engine.read("effect_records", records)
    narrowed = {
        name: engine.collect(f"SELECT t.* FROM {name} t JOIN effect_records r ON r.record_id = t.record_id")
        for name in ("contact_points", "source_records")
    }
    held = [members]
    people = [contacts]
    for number, (one, two) in enumerate(pairs):
        both = members.filter(pc.is_in(members["contact_id"], value_set=pa.array([one, two])))
        held.append(_renamed(both, number))
        people.append(_renamed(contacts.filter(pc.equal(contacts["contact_id"], one)), number))
    narrowed["members"] = pa.concat_tables(held)
    narrowed["contacts"] = pa.concat_tables(people)
    engine.drop("effect_members", "effect_records", "effect_ids")
    for name, table in narrowed.items():
        engine.read(name, table)


def _renamed(rows: pa.Table, number: int) -> pa.Table:
    place = rows.column_names.index("contact_id")
    return rows.set_column(place, "contact_id", pa.array([f"{JOINED}{number}"] * rows.num_rows, pa.string()))


def _effect(
    number: int, pair: tuple[str, str], reached: set[tuple[str, str]], channels: Sequence[str]
) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    lost: list[str] = []
    for channel in channels:
        before = [name for name in pair if (name, channel) in reached]
        after = (f"{JOINED}{number}", channel) in reached
        found[channel] = {"before": before, "after": after}
        if before and not after:
            lost.append(CHANNEL_WORDS[channel][0])
    may = [CHANNEL_WORDS[channel][0] for channel in channels if found[channel]["after"]]
    if lost:
        sentence = f"Joined, you could no longer write to them by {' or '.join(lost)}."
    elif may:
        sentence = f"Joined, you may go on writing to them by {' and '.join(may)}."
    else:
        sentence = "You may write to neither of them, joined or not."
    return {"restricts": bool(lost), "sentence": sentence, "channels": found}
