"""A few contacts among many: make those again that something happened to, and keep the others as they are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.pipeline.merging import rows_of
from audiencevault.records import CONTACTS, MEMBERS
from audiencevault.resolution import survivorship
from audiencevault.vault import Snapshot, TableRef, Transaction

MOST_TOUCHED: Final = 0.2
"""Where more than this share of the contacts is touched, making all of them is no slower."""

TOUCHED: Final = """
    SELECT contact_id FROM (
        SELECT record_id, contact_id FROM members EXCEPT SELECT record_id, contact_id FROM old_members) n
    UNION
    SELECT contact_id FROM (
        SELECT record_id, contact_id FROM old_members EXCEPT SELECT record_id, contact_id FROM members) o
    UNION
    SELECT m.contact_id FROM members m JOIN {changed} c ON c.record_id = m.record_id
"""
MOVED: Final = """
    SELECT contact_id FROM moved_contacts
    UNION
    SELECT m.contact_id FROM members m JOIN {changed} c ON c.record_id = m.record_id
"""
TOUCHED_MEMBERS: Final = """
    SELECT m.record_id, m.contact_id FROM members m JOIN touched_contacts t ON t.contact_id = m.contact_id
"""
TOUCHED_ROWS: Final = """
    SELECT {columns} FROM {relation} r JOIN touched_members m ON m.record_id = r.record_id
"""


def touched(engine: Engine, base: Snapshot, changed: str, moved: pa.Array | None = None) -> pa.ChunkedArray | None:
    """The ids of the contacts that lost or won a record since `base`, or one of whose records is in `changed`; None
    where they are so many, or `base` has so few contacts, that all should be made.

    Makes the relation `touched_contacts`. Needs `members`, as they are now. `moved` are the contacts that lost or won a
    record, where that is known.
    """
    before = base.rows("contacts")
    if not before or engine.scalar(f"SELECT count(*) FROM {changed}") > before * MOST_TOUCHED:
        return None
    if moved is None:
        engine.read("old_members", base.paths("members"), MEMBERS)
        rows = engine.sql("touched_contacts", TOUCHED.format(changed=changed))
        engine.drop("old_members")
    else:
        engine.read("moved_contacts", pa.table({"contact_id": moved}))
        rows = engine.sql("touched_contacts", MOVED.format(changed=changed))
        engine.drop("moved_contacts")
    if rows > before * MOST_TOUCHED:
        return None
    return engine.collect("SELECT contact_id FROM touched_contacts ORDER BY contact_id").column("contact_id")


def amend_contacts(engine: Engine, txn: Transaction, ids: pa.ChunkedArray, rules: survivorship.Rules) -> TableRef:
    """CONTACTS of the base with those of `ids` (what `touched` answered) made again: the same rows in the same order
    as if all had been.
    """
    engine.sql("touched_members", TOUCHED_MEMBERS)
    for role, relation in (("records", "source_records"), ("points", "contact_points"), ("features", "match_features")):
        columns = ", ".join(f'r."{name}"' for name in survivorship.READ[role])
        engine.sql(f"touched_{relation}", TOUCHED_ROWS.format(relation=relation, columns=columns))
    fresh = pa.Table.from_batches(
        survivorship.batches(
            engine,
            records="touched_source_records",
            points="touched_contact_points",
            members="touched_members",
            features="touched_match_features",
            settings=rules,
        ),
        schema=CONTACTS,
    )
    engine.drop(
        "touched_members", "touched_contacts", "touched_source_records", "touched_contact_points",
        "touched_match_features",
    )  # fmt: skip
    kept = rows_of(txn.base.tables["contacts"].files)
    return txn.replace("contacts", merged(kept, ids, fresh))


def merged(kept: Iterable[pa.RecordBatch], ids: pa.ChunkedArray, fresh: pa.Table) -> Iterator[pa.Table]:
    """CONTACTS sorted by `contact_id`: those of `kept`, a sorted run, without `ids`, and those of `fresh`, another.

    A batch of `kept` in memory at a time; what stays is not copied.
    """
    place, gone = 0, ids.to_pylist()
    fresh_ids = fresh.column("contact_id").to_pylist()
    for batch in kept:
        if not batch.num_rows:
            continue
        own = batch.column("contact_id")
        until = bisect_right(fresh_ids, own[-1].as_py(), lo=place)
        low, high = bisect_left(gone, own[0].as_py()), bisect_right(gone, own[-1].as_py())
        # Where those who come stand among those who were there, and who of these goes: all else stays as it lies.
        cuts = [(at, at, row) for row, at in enumerate(_places(own, fresh_ids[place:until]), place)]
        cuts += [
            (at, at + 1, -1)
            for at, name in zip(_places(own, gone[low:high]), gone[low:high], strict=True)
            if own[at].as_py() == name
        ]
        whole = pa.Table.from_batches([batch]).cast(CONTACTS)
        parts, done = [], 0
        for start, stop, row in sorted(cuts):
            if start > done:
                parts.append(whole.slice(done, start - done))
            if row >= 0:
                parts.append(fresh.slice(row, 1))
            done = max(done, stop)
        parts.append(whole.slice(done))
        place = until
        yield pa.concat_tables(parts)
    yield fresh.slice(place)


def _places(own: pa.Array, names: list[str]) -> list[int]:
    """Where each of some names stands or would stand in a sorted column that ends with no lesser one."""
    found: list[int] = pc.search_sorted(own, pa.array(names, own.type), side="left").to_pylist()
    return found
