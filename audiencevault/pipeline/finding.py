"""Whom a person means: an id, its beginning, an e-mail address, a phone number or an account, to one contact."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.errors import UsageError
from audiencevault.normalise import points as point_kernel
from audiencevault.records import IDENTITY_LOG, SOURCE_RECORDS
from audiencevault.resolution import identity

SHORTEST_CONTACT = 4
SHORTEST_RECORD = 6
"""Characters of the beginning of an id that are enough to name it."""
SHOWN = 10

BY_CONTACT = """
    SELECT contact_id, record_id FROM members WHERE starts_with(contact_id, ?) ORDER BY contact_id, record_id
"""
BY_RECORD = """
    SELECT contact_id, record_id FROM members WHERE starts_with(record_id, ?) ORDER BY contact_id, record_id
"""
BY_POINT = """
    SELECT DISTINCT m.contact_id, m.record_id FROM contact_points p
    JOIN wanted_keys w ON w.point_kind = p.point_kind AND w.point_key = p.point_key
    JOIN members m ON m.record_id = p.record_id ORDER BY m.contact_id, m.record_id
"""
BY_HANDLE = """
    SELECT DISTINCT m.contact_id, m.record_id FROM contact_points p JOIN members m ON m.record_id = p.record_id
    WHERE p.point_kind = 'account' AND substr(p.point_key, position(':' IN p.point_key) + 1) = ?
    ORDER BY m.contact_id, m.record_id
"""
# Whole and plain, since what counts is the order in which it was written, which a join does not keep.
LOG = "SELECT * FROM identity_log"
AMONG = """
    SELECT m.contact_id, m.record_id FROM members m JOIN wanted_records w ON w.record_id = m.record_id
    ORDER BY m.contact_id, m.record_id
"""


@dataclass(frozen=True)
class Found:
    """One contact, and those of its records that were meant; `exact` where they were named one by one."""

    contact_id: str
    records: tuple[str, ...]
    exact: bool = False


def find(engine: Engine, text: str, region: str | None) -> Found:
    """The one contact meant by `text`: its id or the beginning of it, an id that it absorbed, the id of a record or
    its beginning, an e-mail address, a phone number, an account (`platform:handle`) or a handle alone.

    `engine` holds a vault's tables. Raises `UsageError` where nobody or more than one person matches.
    """
    wanted = text.strip()
    rows = engine.collect(BY_CONTACT, [wanted]) if len(wanted) >= SHORTEST_CONTACT else _none()
    if rows.num_rows:
        return _one(rows)
    rows = _absorbed(engine, wanted)
    if rows.num_rows:
        return _one(rows)
    rows = engine.collect(BY_RECORD, [wanted]) if len(wanted) >= SHORTEST_RECORD else _none()
    if rows.num_rows:
        whole = rows.filter(pc.equal(rows["record_id"], wanted))
        if rows.num_rows > 1 and not whole.num_rows:
            raise UsageError(f"{rows.num_rows} records have an id that begins so.", "Give more of it.")
        found = _one(whole if whole.num_rows else rows)
        return Found(found.contact_id, found.records, exact=True)
    engine.read("wanted_keys", keys_of(wanted, region))
    rows = engine.collect(BY_POINT)
    engine.drop("wanted_keys")
    if not rows.num_rows:
        rows = engine.collect(BY_HANDLE, [wanted.removeprefix("@").lower()])
    if not rows.num_rows:
        raise UsageError(
            "Nobody in the vault matches.", "Use an id from 'contacts', an e-mail address or a phone number."
        )
    return _one(rows)


def find_contact(engine: Engine, text: str, region: str | None) -> str:
    """The id of the one person meant; see `find`."""
    return find(engine, text, region).contact_id


def keys_of(text: str, region: str | None) -> pa.Table:
    """The valid contact points that `text` may be: `point_kind` and `point_key`."""
    points = [{"kind": kind, "raw": text, "label": None} for kind in ("email", "phone", "account")]
    record = pa.Table.from_pylist([{"record_id": "asked", "points": points}], schema=SOURCE_RECORDS)
    table = pa.Table.from_batches([point_kernel.contact_points(record.to_batches()[0], default_region=region)])
    return table.filter(table.column("valid")).select(["point_kind", "point_key"])


def absorbed(engine: Engine) -> dict[str, tuple[str, list[str]]]:
    """The contacts that are part of others now: into which each went, with which records; oldest first."""
    return identity.dormant(engine.collect(LOG).cast(IDENTITY_LOG))


def _none() -> pa.Table:
    return pa.table({"contact_id": pa.array([], pa.string()), "record_id": pa.array([], pa.string())})


def _absorbed(engine: Engine, text: str) -> pa.Table:
    """The records that a contact which is now part of another brought along."""
    if len(text) < SHORTEST_CONTACT or not text.startswith("c_"):
        return _none()
    meant = [(name, records) for name, (_, records) in absorbed(engine).items() if name.startswith(text)]
    if len(meant) > 1:
        raise _several([name for name, _ in meant])
    if not meant:
        return _none()
    engine.read("wanted_records", pa.table({"record_id": pa.array(sorted(set(meant[0][1])), pa.string())}))
    rows = engine.collect(AMONG)
    engine.drop("wanted_records")
    return rows


def _one(rows: pa.Table) -> Found:
    contacts = sorted(set(rows["contact_id"].to_pylist()))
    if len(contacts) > 1:
        raise _several(contacts)
    return Found(contacts[0], tuple(rows["record_id"].to_pylist()))


def _several(contacts: list[str]) -> UsageError:
    more = "" if len(contacts) <= SHOWN else f" and {len(contacts) - SHOWN} more"
    return UsageError(f"{len(contacts)} people match.", f"Name one of them by id: {', '.join(contacts[:SHOWN])}{more}.")
