"""Stable ids: a contact keeps its id over imports, rebuilds, merges and splits, and the log says what happened.

Words: the *founding record* of a contact is the record whose id its `contact_id` is made of;
the *heir* of a contact is the cluster that holds most of the records it had.

Ids depend on the records, the links and the members of the run before, on nothing else. So a full rebuild that is
given the members of the current snapshot mints nothing, and one that has lost them gives every contact that still
holds its founding record its id back (`founded`, from the log, which is never rewritten).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.records import IDENTITY_LOG, MEMBERS

Ids = npt.NDArray[np.int64]

ID_LENGTH: Final = 24
CHUNK: Final = 65_536
"""Ids that are Python objects at a time."""


def contact_id(record_id: str, attempt: int = 0) -> str:
    """The id that a contact founded by `record_id` gets; further attempts where an id is in another's hands."""
    suffix = f"\x1f{attempt}" if attempt else ""
    return "c_" + hashlib.sha256(f"contact{record_id}{suffix}".encode()).hexdigest()[:ID_LENGTH]


def _minted(founders: pa.Array, taken: set[str]) -> pa.Array:
    """One new id per founding record, none of `taken`; distinct records give distinct ids."""
    chunks = []
    digest = hashlib.sha256
    for start in range(0, len(founders), CHUNK):
        texts = founders.slice(start, CHUNK).to_pylist()
        # What `contact_id` does at a first attempt, without a call for each of a million.
        found = ["c_" + digest(b"contact" + text.encode()).hexdigest()[:ID_LENGTH] for text in texts]
        for index in [index for index, candidate in enumerate(found) if candidate in taken]:
            attempt = 1
            while contact_id(texts[index], attempt) in taken:
                attempt += 1
            found[index] = contact_id(texts[index], attempt)
        chunks.append(pa.array(found, pa.string()))
    return pa.chunked_array(chunks, pa.string()).combine_chunks()


def _shares(record_ids: pa.Array, cluster_of: Ids, previous: pa.Table) -> tuple[pa.Array, Ids, Ids, Ids]:
    """The contacts of `previous`, sorted, and for each contact (by position) and cluster the records they share."""
    position = pc.index_in(previous["record_id"].combine_chunks().cast(record_ids.type), value_set=record_ids)
    known = pc.is_valid(position)
    old = previous["contact_id"].combine_chunks().filter(known)
    contacts = pc.unique(old)
    contacts = contacts.take(pc.sort_indices(contacts))
    contact = pc.index_in(old, value_set=contacts).to_numpy().astype(np.int64)
    cluster = cluster_of[position.drop_null().to_numpy()]
    width = int(cluster_of.max(initial=0)) + 1
    pair, shared = np.unique(contact * width + cluster, return_counts=True)
    return contacts, pair // width, pair % width, shared.astype(np.int64)


def assign(
    record_ids: pa.Array, roots: Ids, previous: pa.Table | None, *, at: datetime, import_id: str
) -> tuple[pa.Table, pa.Table]:
    """Ids for clusters: MEMBERS sorted by record_id, and the IDENTITY_LOG rows of what changed.

    `record_ids` are sorted and distinct, `roots[i]` is the index of the first record of record i's cluster.
    A contact of `previous` goes to its heir: the cluster with most of its records (ties: the one with the smallest
    record id). A cluster that inherits several keeps the one that brings it most records (ties: the smallest id);
    the others are logged as `merged_into` it. A cluster without inheritance mints an id from its smallest record id;
    where its records belonged to contacts whose id went elsewhere, that is logged as `split_from`, else `minted`.
    An id that was merged away comes back with its founding record when the merge is undone.
    """
    is_head = roots == np.arange(len(roots))
    heads, cluster_of = np.flatnonzero(is_head), (np.cumsum(is_head) - 1)[roots]
    inherited = np.full(len(heads), -1, dtype=np.int64)
    contacts = pa.array([], pa.string())
    rows: list[tuple[str, str, str, str | None]] = []
    origins: list[tuple[int, int]] = []
    taken: set[str] = set()
    if previous is not None and previous.num_rows:
        taken.update(pc.unique(previous["contact_id"]).to_pylist())
        contacts, contact, cluster, shared = _shares(record_ids, cluster_of, previous)
        # Clusters ascend with their smallest record id and contacts with their id: positions break ties as promised.
        by_contact = np.lexsort((cluster, -shared, contact))
        heirs = by_contact[np.unique(contact[by_contact], return_index=True)[1]]
        by_cluster = heirs[np.lexsort((contact[heirs], -shared[heirs], cluster[heirs]))]
        first = by_cluster[np.unique(cluster[by_cluster], return_index=True)[1]]
        inherited[cluster[first]] = contact[first]
        for row in by_cluster[inherited[cluster[by_cluster]] != contact[by_cluster]]:
            into = contacts[int(inherited[cluster[row]])].as_py()
            rows.append(("merged_into", contacts[int(contact[row])].as_py(), into, None))
        orphans = np.flatnonzero(inherited[cluster] < 0)
        origins = list(zip(cluster[orphans].tolist(), contact[orphans].tolist(), strict=True))
    fresh = np.flatnonzero(inherited < 0)
    founders = record_ids.take(pa.array(heads[fresh]))
    minted = _minted(founders, taken)
    place = np.where(inherited < 0, 0, inherited)
    place[fresh] = len(contacts) + np.arange(len(fresh))
    names = pa.concat_arrays([contacts.cast(pa.string()), minted])
    members = pa.table([record_ids.cast(pa.string()), names.take(pa.array(place[cluster_of]))], schema=MEMBERS)

    number = {int(cluster): index for index, cluster in enumerate(fresh)} if origins else {}
    for piece, origin in origins:
        index = number[piece]
        rows.append(("split_from", minted[index].as_py(), contacts[origin].as_py(), founders[index].as_py()))
    new = np.ones(len(fresh), dtype=np.bool_)
    new[[number[piece] for piece, _ in origins]] = False
    events = pa.concat_tables([_log(rows), _mintings(minted.filter(pa.array(new)), founders.filter(pa.array(new)))])
    events = events.sort_by([(name, "ascending") for name in ("event", "contact_id", "other_contact_id")])
    events = events.add_column(
        0, "at", pa.array([at], IDENTITY_LOG.field("at").type).take(pa.array(np.zeros(len(events), np.int64)))
    )
    events = events.append_column("import_id", pa.array([import_id]).take(pa.array(np.zeros(len(events), np.int64))))
    return members, events.cast(IDENTITY_LOG)


_EVENTS: Final = pa.schema(
    IDENTITY_LOG.field(name) for name in ("event", "contact_id", "other_contact_id", "record_id")
)


def _log(rows: list[tuple[str, str, str, str | None]]) -> pa.Table:
    return pa.table([pa.array([row[i] for row in rows], pa.string()) for i in range(4)], schema=_EVENTS)


def _mintings(minted: pa.Array, founders: pa.Array) -> pa.Table:
    events = pa.array(["minted"]).take(pa.array(np.zeros(len(minted), np.int64)))
    return pa.table([events, minted, pa.nulls(len(minted), pa.string()), founders.cast(pa.string())], schema=_EVENTS)


def founded(log: pa.Table) -> pa.Table:
    """MEMBERS of the founding records alone, read from the whole IDENTITY_LOG: what to pass as `previous` where the
    members of the last snapshot are lost. Every contact that still holds its founding record gets its id back.
    """
    into: dict[str, str] = {}
    founder: dict[str, str] = {}
    for row in log.sort_by("at").to_pylist():
        if row["event"] in ("minted", "split_from"):
            founder[row["contact_id"]] = row["record_id"]
            into.pop(row["contact_id"], None)
        elif row["event"] == "merged_into":
            into[row["contact_id"]] = row["other_contact_id"]

    def survivor(name: str) -> str:
        seen = {name}
        while name in into and into[name] not in seen:
            name = into[name]
            seen.add(name)
        return name

    by_record = dict(sorted((record, survivor(name)) for name, record in founder.items()))
    return pa.table({"record_id": list(by_record), "contact_id": list(by_record.values())}, schema=MEMBERS)
