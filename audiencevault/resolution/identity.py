"""Stable ids: a contact keeps its id over imports, rebuilds, merges and splits, and the log says what happened.

Words: the *founding record* of a contact is the record whose id its `contact_id` is made of;
the *heir* of a contact is the cluster that holds most of the records it had; a *dormant* contact is one that was
merged into another, which the log says with the records that it brought along.

Ids depend on the records, the links, the members of the run before and the log, on nothing else. So a full rebuild
that is given the members of the current snapshot mints nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine.digests import columns_of, digests
from audiencevault.records import IDENTITY_LOG, MEMBERS

Ids = npt.NDArray[np.int64]

BEGINNING: Final = b"c_"
MINTED: Final = "minted"
ID_LENGTH: Final = 24
"""Letters of a hash that make an id, behind `BEGINNING`."""
WORD: Final = 8
"""Bytes of a number by which ids are ordered."""
_HEX: Final = np.frombuffer(b"".join(b"%02x" % value for value in range(256)), np.uint16)
"""The two letters of each byte."""


def contact_id(record_id: str, attempt: int = 0) -> str:
    """The id that a contact founded by `record_id` gets; further attempts where an id is in another's hands."""
    suffix = f"\x1f{attempt}" if attempt else ""
    return BEGINNING.decode() + hashlib.sha256(f"contact{record_id}{suffix}".encode()).hexdigest()[:ID_LENGTH]


def _present(ids: pa.Array, others: pa.ChunkedArray) -> pa.Array:
    """Those of a few ids that are among many others."""
    return pc.unique(others.filter(pc.is_in(others, value_set=ids))).cast(pa.string())


def _minted(founders: pa.Array, taken: pa.Array, others: pa.ChunkedArray | None) -> pa.Array:
    """One new id per founding record, none of `taken` and `others`; distinct records give distinct ids."""
    # What `contact_id` does at a first attempt.
    octets = digests([b"contact", founders.cast(pa.string())], len(founders), ID_LENGTH // 2)
    letters = np.empty((len(octets), len(BEGINNING) + ID_LENGTH), np.uint8)
    letters[:, : len(BEGINNING)] = np.frombuffer(BEGINNING, np.uint8)
    letters[:, len(BEGINNING) :] = _HEX[octets].view(np.uint8)
    minted = columns_of(letters).cast(pa.string())
    if others is not None:
        taken = pa.concat_arrays([taken, _present(minted, others)])
    if not len(taken):
        return minted
    clashes = np.flatnonzero(np.asarray(pc.is_in(minted, value_set=taken)))
    if not len(clashes):
        return minted
    held, ids = set(taken.to_pylist()), minted.to_pylist()
    for index in clashes.tolist():
        attempt = 1
        while _held(contact_id(founders[index].as_py(), attempt), held, others):
            attempt += 1
        ids[index] = contact_id(founders[index].as_py(), attempt)
    return pa.array(ids, pa.string())


def _held(name: str, held: set[str], others: pa.ChunkedArray | None) -> bool:
    """Whether somebody has this id."""
    return name in held or (others is not None and len(_present(pa.array([name]), others)) > 0)


@dataclass(frozen=True, slots=True)
class _Claims:
    """For each contact (by position in `contacts`) and cluster how many records they share, and how many of these
    are `native`: records that did not come to the contact with another one that was merged into it.
    """

    contacts: pa.Array
    contact: Ids
    cluster: Ids
    shared: Ids
    native: Ids

    def heirs(self) -> Ids:
        """The row of each contact's heir: most native records, then most records, then the smallest record id."""
        # Clusters ascend with their smallest record id: positions break ties as promised.
        order = np.lexsort((self.cluster, -self.shared, -self.native, self.contact))
        first: Ids = order[np.unique(self.contact[order], return_index=True)[1]]
        return first

    def chosen(self, heirs: Ids) -> tuple[Ids, Ids]:
        """`heirs` by cluster, the contact that each cluster keeps first: of most records, most native ones, the
        smallest id; and of each cluster the first of these rows.
        """
        rows = heirs[np.lexsort((self.contact[heirs], -self.native[heirs], -self.shared[heirs], self.cluster[heirs]))]
        return rows, rows[np.unique(self.cluster[rows], return_index=True)[1]]


def _claims(contacts: pa.Array, contact: Ids, cluster: Ids, brought: npt.NDArray[np.bool_]) -> _Claims:
    """Count claims: one row per record with its contact's position, its cluster and whether it was brought."""
    width = int(cluster.max(initial=0)) + 1
    pair, place, shared = np.unique(contact * width + cluster, return_inverse=True, return_counts=True)
    native = shared.astype(np.int64) - np.bincount(place[brought], minlength=len(pair))
    return _Claims(contacts, pair // width, pair % width, shared.astype(np.int64), native)


def dormant(log: pa.Table | None) -> dict[str, tuple[str, list[str]]]:
    """Contacts that were merged away and did not come back, the earliest first: into which one, with which records.

    `log` is the whole IDENTITY_LOG in the order in which it was written.
    """
    if log is None or not log.num_rows:
        return {}
    merged = pc.equal(log["event"], "merged_into")
    names = pc.unique(log.filter(merged)["contact_id"])
    told = log.filter(pc.is_in(log["contact_id"], value_set=names.cast(log.schema.field("contact_id").type)))
    found: dict[str, tuple[str, list[str]]] = {}
    founder: dict[str, str] = {}
    for row in told.select(["event", "contact_id", "other_contact_id", "record_id"]).to_pylist():
        name, record = row["contact_id"], row["record_id"]
        if row["event"] == "merged_into":
            # Logs of before named no record: the founding one stands for all.
            said = record or founder.get(name)
            found.setdefault(name, (row["other_contact_id"], []))[1].extend([said] if said else [])
        else:
            found.pop(name, None)
            founder[name] = record
    return found


def _positions(values: list[str], value_set: pa.Array) -> Ids:
    """Where each value is in `value_set`, -1 where it is not."""
    found = pc.index_in(pa.array(values, pa.string()).cast(value_set.type), value_set=value_set)
    positions: Ids = found.fill_null(-1).to_numpy().astype(np.int64)
    return positions


def _restored(record_ids: pa.Array, cluster_of: Ids, free: npt.NDArray[np.bool_],
              asleep: Mapping[str, tuple[str, list[str]]]) -> dict[int, str]:  # fmt: skip
    """Which of the `free` clusters get back the id of a contact that was merged away, by cluster."""
    rows = [(name, record) for name in sorted(asleep) for record in sorted(set(asleep[name][1]))]
    if not rows or not free.any():
        return {}
    # Of several that claim the same, the one that was merged away last: that is what an undoing undoes.
    contacts = pa.array(list(asleep)[::-1], pa.string())
    contact = _positions([name for name, _ in rows], contacts)
    record = _positions([record for _, record in rows], record_ids)
    inner = {(into, record) for into, records in asleep.values() for record in records}
    brought = np.array([row in inner for row in rows], dtype=np.bool_)
    kept = (record >= 0) & free[cluster_of[record]]
    if not kept.any():
        return {}
    claims = _claims(contacts, contact[kept], cluster_of[record[kept]], brought[kept])
    _, first = claims.chosen(claims.heirs())
    return {int(claims.cluster[row]): contacts[int(claims.contact[row])].as_py() for row in first}


def assign(
    record_ids: pa.Array,
    roots: Ids,
    previous: pa.Table | None,
    *,
    log: pa.Table | None = None,
    at: datetime,
    import_id: str,
    others: pa.ChunkedArray | None = None,
) -> tuple[pa.Table, pa.Table]:
    """Ids for clusters: MEMBERS sorted by record_id, and the IDENTITY_LOG rows of what changed.

    `record_ids` are sorted and distinct, `roots[i]` is the index of the first record of record i's cluster; `log` is
    the whole IDENTITY_LOG so far, in the order in which it was written.
    A contact of `previous` goes to its heir: the cluster with most of the records that are its own, not brought to it
    by a merge; then with most of its records; then the one with the smallest record id. A cluster that inherits
    several keeps the one that brings it most records (ties: the smallest id); the others are logged as `merged_into`
    it, one row for each record that they bring along. A cluster without inheritance gets back the id of a contact
    that was merged away and whose records it holds (of several the last one); without such a one it mints an id from
    its smallest record id.
    Where its records belonged to contacts whose id went elsewhere, that is logged as `split_from`, else `minted`.
    `others` are the ids of contacts outside, where all this is a part of a vault, as often as they have records there:
    none of them is given away.
    So the undoing of a merge gives every record the id that it had before; without a `log` this holds for contacts
    that are told by their founding record alone.
    """
    is_head = roots == np.arange(len(roots))
    heads, cluster_of = np.flatnonzero(is_head), (np.cumsum(is_head) - 1)[roots]
    inherited = np.full(len(heads), -1, dtype=np.int64)
    contacts = pa.array([], pa.string())
    rows: list[tuple[str, str, str, str]] = []
    origins: list[tuple[int, int]] = []
    asleep = dormant(log)
    if others is not None and asleep:
        for name in _present(pa.array(sorted(asleep), pa.string()), others).to_pylist():
            del asleep[name]
    if previous is not None and previous.num_rows:
        contacts = pc.unique(previous["contact_id"]).cast(pa.string())
        contacts = contacts.take(pc.sort_indices(contacts))
        for name in contacts.filter(pc.is_in(contacts, value_set=pa.array(sorted(asleep), pa.string()))).to_pylist():
            del asleep[name]
        position = pc.index_in(previous["record_id"].combine_chunks().cast(record_ids.type), value_set=record_ids)
        known = pc.is_valid(position)
        old = previous["contact_id"].combine_chunks().cast(pa.string()).filter(known)
        record = position.drop_null().to_numpy().astype(np.int64)
        contact = pc.index_in(old, value_set=contacts).to_numpy().astype(np.int64)
        claims = _claims(contacts, contact, cluster_of[record], _brought(record_ids, record, contact, contacts, asleep))
        by_cluster, first = claims.chosen(claims.heirs())
        inherited[claims.cluster[first]] = claims.contact[first]
        lost = by_cluster[inherited[claims.cluster[by_cluster]] != claims.contact[by_cluster]]
        rows += _mergings(record_ids, record, contact, cluster_of, claims, lost, inherited)
        orphans = np.flatnonzero(inherited[claims.cluster] < 0)
        origins = list(zip(claims.cluster[orphans].tolist(), claims.contact[orphans].tolist(), strict=True))
    restored = _restored(record_ids, cluster_of, inherited < 0, asleep)
    fresh = np.flatnonzero(inherited < 0)
    founders = record_ids.take(pa.array(heads[fresh]))
    minted = _minted(founders, pa.concat_arrays([contacts, pa.array(sorted(asleep), pa.string())]), others)
    if restored:
        ids = minted.to_pylist()
        for index, cluster in enumerate(fresh.tolist()):
            ids[index] = restored.get(cluster, ids[index])
        minted = pa.array(ids, pa.string())
    place = np.where(inherited < 0, 0, inherited)
    place[fresh] = len(contacts) + np.arange(len(fresh))
    names = pa.concat_arrays([contacts, minted])
    members = pa.table([record_ids.cast(pa.string()), names.take(pa.array(place[cluster_of]))], schema=MEMBERS)

    number = {int(cluster): index for index, cluster in enumerate(fresh)} if origins else {}
    for piece, origin in origins:
        index = number[piece]
        rows.append(("split_from", minted[index].as_py(), contacts[origin].as_py(), founders[index].as_py()))
    if origins:
        new = np.ones(len(fresh), dtype=np.bool_)
        new[[number[piece] for piece, _ in origins]] = False
        minted, founders = minted.filter(pa.array(new)), founders.filter(pa.array(new))
    rows.sort()
    before = [row for row in rows if row[0] < MINTED]
    events = pa.concat_tables([_log(before), _mintings(minted, founders), _log(rows[len(before) :])])
    events = events.add_column(0, "at", pa.repeat(pa.scalar(at, IDENTITY_LOG.field("at").type), len(events)))
    events = events.append_column("import_id", pa.repeat(import_id, len(events)))
    return members, events.cast(IDENTITY_LOG)


def _brought(
    record_ids: pa.Array, record: Ids, contact: Ids, contacts: pa.Array, asleep: Mapping[str, tuple[str, list[str]]]
) -> npt.NDArray[np.bool_]:
    """Whether each record (by position) came to its contact with another one that was merged into it."""
    pairs = [(into, name) for into, records in asleep.values() for name in records]
    if not pairs:
        return np.zeros(len(record), dtype=np.bool_)
    into = _positions([name for name, _ in pairs], contacts)
    came = _positions([name for _, name in pairs], record_ids)
    known = (into >= 0) & (came >= 0)
    width = len(record_ids)
    found: npt.NDArray[np.bool_] = np.isin(contact * width + record, into[known] * width + came[known])
    return found


def _mergings(
    record_ids: pa.Array, record: Ids, contact: Ids, cluster_of: Ids, claims: _Claims, lost: Ids, inherited: Ids
) -> list[tuple[str, str, str, str]]:
    """Log rows of the contacts that lost their id to another one of their cluster: one for each record."""
    if not len(lost):
        return []
    heir = np.full(len(claims.contacts), -1, dtype=np.int64)
    heir[claims.contact[lost]] = claims.cluster[lost]
    moved = np.flatnonzero((heir[contact] >= 0) & (heir[contact] == cluster_of[record]))
    return [
        ("merged_into", claims.contacts[int(contact[row])].as_py(),
         claims.contacts[int(inherited[cluster_of[record[row]]])].as_py(), record_ids[int(record[row])].as_py())
        for row in moved
    ]  # fmt: skip


_EVENTS: Final = pa.schema(
    IDENTITY_LOG.field(name) for name in ("event", "contact_id", "other_contact_id", "record_id")
)


def _log(rows: list[tuple[str, str, str, str]]) -> pa.Table:
    return pa.table([pa.array([row[i] for row in rows], pa.string()) for i in range(4)], schema=_EVENTS)


def _mintings(minted: pa.Array, founders: pa.Array) -> pa.Table:
    order = pa.array(_ascending(minted))
    return pa.table(
        [
            pa.repeat(MINTED, len(minted)), minted.take(order), pa.nulls(len(minted), pa.string()),
            founders.cast(pa.string()).take(order),
        ],
        schema=_EVENTS,
    )  # fmt: skip


def _ascending(ids: pa.Array) -> Ids:
    """The places of different ids in their order."""
    letters = ids.cast(pa.binary())
    first, stop = len(BEGINNING), len(BEGINNING) + WORD
    usual = pc.and_(pc.starts_with(ids, BEGINNING.decode()), pc.greater_equal(pc.binary_length(letters), stop))
    order: Ids
    if not len(ids) or not pc.all(usual).as_py():
        order = pc.sort_indices(ids).to_numpy().astype(np.int64)
        return order
    # Hashes nearly all differ in their first letters, and numbers are sorted much faster than texts.
    words = pc.binary_slice(letters, first, stop)
    numbers = np.frombuffer(words.buffers()[2], ">u8", len(ids), WORD * words.offset).astype(np.uint64)
    order = np.argsort(numbers)
    same = np.concatenate([[False], np.diff(numbers[order]) == 0, [False]])
    tied = order[same[1:] | same[:-1]]
    order[same[1:] | same[:-1]] = tied[pc.sort_indices(ids.take(pa.array(tied))).to_numpy()]
    return order
