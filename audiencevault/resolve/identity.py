"""Stable ids: a contact keeps its id over imports, rebuilds, merges and splits, and the log says what happened.

Words: the *founding record* of a contact is the record whose id its `contact_id` is made of;
the *heir* of a contact is the cluster that holds most of the records it had.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.records import IDENTITY_LOG, MEMBERS

ID_LENGTH: Final = 24


def contact_id(record_id: str, attempt: int = 0) -> str:
    """The id that a contact founded by `record_id` gets; further attempts where an id is in another's hands."""
    suffix = f"\x1f{attempt}" if attempt else ""
    return "c_" + hashlib.sha256(f"contact{record_id}{suffix}".encode()).hexdigest()[:ID_LENGTH]


def _minted(founders: Iterable[str], taken: set[str]) -> list[str]:
    """One new id per founding record, none of `taken`; adds them to `taken`."""
    found = []
    for founder in founders:
        attempt = 0
        candidate = contact_id(founder)
        while candidate in taken:
            attempt += 1
            candidate = contact_id(founder, attempt)
        taken.add(candidate)
        found.append(candidate)
    return found


def assign(
    record_ids: pa.Array, roots: npt.NDArray[np.int64], previous: pa.Table | None, *, at: datetime, import_id: str
) -> tuple[pa.Table, pa.Table]:
    """Ids for clusters: MEMBERS sorted by record_id, and the IDENTITY_LOG rows of what changed.

    `record_ids` are sorted and distinct, `roots[i]` is the index of the first record of record i's cluster.
    A contact of `previous` goes to its heir: the cluster with most of its records (ties: the one with the smallest
    record id). A cluster that inherits several keeps the one that brings it most records (ties: the smallest id);
    the others are logged as `merged_into` it. A cluster without inheritance mints an id from its smallest record id;
    where its records belonged to contacts whose id went elsewhere, that is logged as `split_from`, else `minted`.
    """
    heads = np.unique(roots)
    ids: list[str | None] = [None] * len(heads)
    log: list[tuple[str, str | None, str | None, str | None]] = []
    came_from: dict[int, list[str]] = {}
    if previous is not None and previous.num_rows:
        position = pc.index_in(previous["record_id"].combine_chunks().cast(record_ids.type), value_set=record_ids)
        known = np.asarray(pc.is_valid(position))
        old = previous["contact_id"].combine_chunks().filter(pa.array(known)).dictionary_encode()
        names = np.array(old.dictionary.to_pylist(), dtype=object)
        order = np.argsort(names.astype(str), kind="stable")
        rank = np.empty(len(names), dtype=np.int64)
        rank[order] = np.arange(len(names))
        contact = rank[np.asarray(old.indices)] if len(names) else np.zeros(0, np.int64)
        names = names[order]
        cluster = np.searchsorted(heads, roots[np.asarray(position.drop_null())])
        pair, shared = np.unique(contact * max(len(heads), 1) + cluster, return_counts=True)
        pair_contact, pair_cluster = pair // max(len(heads), 1), pair % max(len(heads), 1)
        # Heads ascend with the smallest record id of a cluster, so the position breaks ties as promised.
        by_contact = np.lexsort((pair_cluster, -shared, pair_contact))
        heir = by_contact[np.unique(pair_contact[by_contact], return_index=True)[1]]
        by_cluster = heir[np.lexsort((pair_contact[heir], -shared[heir], pair_cluster[heir]))]
        clusters, winners = np.unique(pair_cluster[by_cluster], return_index=True)
        for index, winner in zip(clusters, by_cluster[winners], strict=True):
            ids[int(index)] = names[pair_contact[winner]]
        for row in by_cluster:
            name, now = names[pair_contact[row]], ids[int(pair_cluster[row])]
            if now != name:
                log.append(("merged_into", name, now, None))
        without = np.array([name is None for name in ids])[pair_cluster]
        for row in np.flatnonzero(without):
            came_from.setdefault(int(pair_cluster[row]), []).append(str(names[pair_contact[row]]))
        taken = {str(name) for name in names}
        taken.update(str(name) for name in pc.unique(previous["contact_id"]).to_pylist())
    else:
        taken = set()
    fresh = [index for index, name in enumerate(ids) if name is None]
    founders = record_ids.take(pa.array(heads[fresh], pa.int64())).to_pylist()
    # An id that was merged away may come back with its founding record: undoing a merge restores it.
    for index, founder, name in zip(fresh, founders, _minted(founders, taken), strict=True):
        ids[index] = name
        origins = came_from.get(index)
        if origins:
            log.extend(("split_from", name, origin, founder) for origin in sorted(origins))
        else:
            log.append(("minted", name, None, founder))
    members = pa.table(
        {
            "record_id": record_ids,
            "contact_id": pa.array(ids, pa.string()).take(pa.array(np.searchsorted(heads, roots))),
        }
    ).cast(MEMBERS)
    log.sort(key=lambda row: (row[0], row[1] or "", row[2] or ""))
    events = pa.table(
        [
            pa.array([at] * len(log), IDENTITY_LOG.field("at").type),
            pa.array([row[0] for row in log], pa.string()), pa.array([row[1] for row in log], pa.string()),
            pa.array([row[2] for row in log], pa.string()), pa.array([row[3] for row in log], pa.string()),
            pa.array([import_id] * len(log), pa.string()),
        ],
        schema=IDENTITY_LOG,
    )  # fmt: skip
    return members, events


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

    rows = sorted({(record, survivor(name)) for name, record in founder.items()})
    by_record = {record: name for record, name in rows}
    return pa.table({"record_id": list(by_record), "contact_id": list(by_record.values())}, schema=MEMBERS)
