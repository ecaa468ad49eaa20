"""A flat copy of everybody that the vault keeps: one row per person, with the consent state of each channel.

It is for the owner's own systems, not for a mailing program: people who may not be reached are in it, and the
columns say so.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audiencevault.audience import Audience
from audiencevault.destinations.people import ERASED
from audiencevault.errors import UsageError
from audiencevault.records import CONTACTS, TIMESTAMP

STORAGE: Final = "storage"
_DROPPED: Final = frozenset({"provenance"})
_STATE_COLUMNS: Final = ("reachable", "point", "state", "basis", "reason", "consented_at", "consent_source", "since")


@dataclass(frozen=True)
class Stored:
    """What may be copied into the owner's own systems: the audience selected with purpose `storage`, and the
    contacts table of the same snapshot.
    """

    audience: Audience
    contacts: pa.Table

    def admitted(self) -> pa.Array:
        """The ids of the contacts that may be stored. Raises `UsageError` for an audience of another purpose."""
        if self.audience.purpose != STORAGE:
            raise UsageError(f"A copy of everybody needs an audience for {STORAGE}, not for {self.audience.purpose}.")
        return pc.unique(self.audience.rows["contact_id"].combine_chunks())


def table(stored: Stored, audience: Audience) -> pa.Table:
    """One row per contact that may be stored, ordered by id: the surviving values, then for each channel of
    `audience` whether and why the contact may be reached there.

    Columns per channel: `<channel>_reachable`, `_point`, `_state`, `_basis`, `_reason`, `_consented_at`,
    `_consent_source`, `_since`.
    """
    contacts = stored.contacts.select([name for name in CONTACTS.names if name not in _DROPPED])
    contacts = contacts.filter(pc.is_in(contacts["contact_id"], value_set=stored.admitted()))
    contacts = contacts.sort_by([("contact_id", "ascending")]).combine_chunks()
    for channel in audience.channels:
        state = _states(audience, channel)
        at = pc.index_in(contacts["contact_id"].combine_chunks(), value_set=state["contact_id"].combine_chunks())
        for name in _STATE_COLUMNS:
            contacts = contacts.append_column(f"{channel}_{name}", state[name].take(at))
    return contacts.replace_schema_metadata(None)


def parquet(content: pa.Table) -> bytes:
    """`content` as one Parquet file."""
    sink = io.BytesIO()
    pq.write_table(content, sink, compression="zstd")
    return sink.getvalue()


def _states(audience: Audience, channel: str) -> pa.Table:
    """One row per contact of the channel, whether admitted or held back."""
    rows = audience.rows.filter(pc.equal(audience.rows["channel"], channel))
    held = audience.held_back.filter(
        pc.and_(
            pc.equal(audience.held_back["channel"], channel),
            pc.fill_null(pc.not_equal(audience.held_back["reason"], ERASED), True),
        )
    )
    text = pa.string()
    admitted = {
        "reachable": pa.repeat(pa.scalar(True), rows.num_rows),
        "since": pa.nulls(rows.num_rows, TIMESTAMP),
        **{name: rows[name] for name in ("point", "state", "basis", "reason", "consented_at", "consent_source")},
    }
    refused = {
        "reachable": pa.repeat(pa.scalar(False), held.num_rows),
        "basis": pa.nulls(held.num_rows, text),
        "consented_at": pa.nulls(held.num_rows, TIMESTAMP),
        "consent_source": pa.nulls(held.num_rows, text),
        **{name: held[name] for name in ("point", "state", "reason", "since")},
    }
    schema = pa.schema(
        [
            ("contact_id", text),
            *(
                (name, {"reachable": pa.bool_(), "consented_at": TIMESTAMP, "since": TIMESTAMP}.get(name, text))
                for name in _STATE_COLUMNS
            ),
        ]
    )
    both = [
        pa.table({"contact_id": source["contact_id"], **columns}).select(schema.names).cast(schema)
        for source, columns in ((rows, admitted), (held, refused))
    ]
    return pa.concat_tables(both)
