"""Does the ledger's hash chain hold? Which rows it covers, and which do not fit.

Rows are read one row group at a time, so that what is damaged on the disk costs its own row group only: everything
before it, and everything from the next whole row on, is still verified.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audiencevault.engine.digests import Octets
from audiencevault.records import CONSENT_EVENTS, CONSENT_PERSONAL
from audiencevault.vault import chain
from audiencevault.vault.chain import Segment
from audiencevault.vault.keys import KeyRing
from audiencevault.vault.snapshot import Snapshot
from audiencevault.vault.transaction import LEDGER

NAMED: Final = 5
"""So many rows that do not fit are named one by one; the rest are counted."""

KEPT_IN_ERASED: Final = frozenset({"event_id", "point_key"})
"""Personal columns that an erased row has all the same, in a form that only the vault's key can recognise."""


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold: `row` counts from 0 over the whole ledger."""

    code: str
    segment: int
    row: int
    sentence: str


@dataclass
class Proof:
    """What was verified: `verified` rows fit, `unchained` are older than the chain. `sealed` is whether every segment
    bears a seal of the vault's key; None where the key was not there to look.
    """

    rows: int = 0
    segments: int = 0
    verified: int = 0
    unchained: int = 0
    erased: int = 0
    sealed: bool | None = None
    breaks: list[Break] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether everything that was looked at fits."""
        return not self.breaks


@dataclass(frozen=True, slots=True)
class RowProof:
    """Whether one event is in the chain: its place, and a sentence for a person to read."""

    event_id: str
    segment: int
    row: int
    row_hash: str | None
    verified: bool
    erased: bool
    sentence: str


def structure(snapshot: Snapshot, ring: KeyRing | None) -> tuple[list[Segment], Proof]:
    """What can be said without reading the ledger: the segments follow each other, count its rows, and are sealed."""
    segments = chain.segments_of(snapshot.table("ledger_segments"))
    proof = Proof(snapshot.rows(LEDGER), len(segments))
    head, first = chain.START, 0
    sealed: list[bool] = []
    for number, segment in enumerate(segments):
        if segment.number != number:
            proof.breaks.append(
                Break("missing_segment", number, first, f"Segment {number} of the ledger is not listed.")
            )
            break
        if segment.head is None:
            proof.unchained += segment.rows
        elif segment.prev_hash != head:
            proof.breaks.append(
                Break("broken_chain", number, first, f"Segment {number} of the ledger does not follow the one before.")
            )
        if segment.head is not None:
            sealed.extend(_sealed(segment, ring, proof, first))
            head = segment.head
        first += segment.rows
    if first > proof.rows:
        lost = first - proof.rows
        proof.breaks.append(
            Break("lost_events", len(segments) - 1, proof.rows, f"{lost:,} events of the ledger are missing.")
        )
    elif first < proof.rows and segments:
        more = proof.rows - first
        proof.breaks.append(
            Break("strange_events", len(segments), first, f"{more:,} events of the ledger belong to no segment.")
        )
    elif first < proof.rows:
        proof.unchained = proof.rows
    proof.sealed = all(sealed) if ring is not None else None
    return segments, proof


def _sealed(segment: Segment, ring: KeyRing | None, proof: Proof, first: int) -> Iterator[bool]:
    """Whether the seal is there; one that is there and wrong is a break."""
    if ring is None:
        return
    version = segment.key_version
    if segment.seal is None or version is None or version not in ring.secrets:
        yield False
    elif ring.fingerprint(version) != segment.key_fingerprint:
        # A key of the same version, but another one: it cannot judge.
        yield False
    elif ring.sign(chain.seal_text(segment), version) != segment.seal:
        sentence = f"Segment {segment.number} of the ledger bears a seal that the vault's key did not make."
        proof.breaks.append(Break("broken_seal", segment.number, first, sentence))
        yield False
    else:
        yield True


def verify(
    snapshot: Snapshot,
    ring: KeyRing | None = None,
    *,
    only: Collection[int] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Proof:
    """Read the ledger of `snapshot`, or `only` some of its segments, and compare every row with its hash.

    `progress` gets rows done since the last call, and the rows in total.
    """
    segments, proof = structure(snapshot, ring)
    if any(found.code == "missing_segment" for found in proof.breaks):
        return proof
    bounds = _bounds(segments)
    wanted = [segment for segment in segments if segment.head is not None and (only is None or segment.number in only)]
    if not wanted:
        return proof
    ranges = [bounds[segment.number] for segment in wanted]
    rows: dict[int, _Walk] = {segment.number: _Walk(segment, bounds[segment.number], proof) for segment in wanted}
    for first, part in _parts(snapshot, proof, segments, ranges):
        for walk in rows.values():
            walk.take(first, part)
        if progress is not None:
            progress(part.num_rows, proof.rows)
    for walk in rows.values():
        walk.finish()
    return proof


def _bounds(segments: list[Segment]) -> list[tuple[int, int]]:
    ends = np.cumsum([0, *(segment.rows for segment in segments)]).tolist()
    return list(pairwise(ends))


def _parts(
    snapshot: Snapshot, proof: Proof, segments: list[Segment], ranges: list[tuple[int, int]]
) -> Iterator[tuple[int, pa.Table]]:
    """The row groups that overlap one of `ranges`, each with the place of its first row; what cannot be read becomes
    a break.
    """
    first = 0
    for ref in snapshot.manifest.tables.get(LEDGER, ()):
        path, begin = snapshot.file_path(LEDGER, ref), first
        first += ref.rows
        if not any(low < first and begin < high for low, high in ranges):
            continue
        try:
            with pq.ParquetFile(path, memory_map=False) as file:
                place = begin
                for group in range(file.metadata.num_row_groups):
                    count = file.metadata.row_group(group).num_rows
                    if any(low < place + count and place < high for low, high in ranges):
                        try:
                            yield place, _with_chain(file.read_row_group(group))
                        except (OSError, pa.ArrowException):
                            _unreadable(proof, segments, path, place, count)
                    place += count
        except (OSError, pa.ArrowException):
            _unreadable(proof, segments, path, begin, ref.rows)


def _with_chain(rows: pa.Table) -> pa.Table:
    for field_ in CONSENT_EVENTS:
        if field_.name not in rows.column_names:
            rows = rows.append_column(field_.name, pa.nulls(rows.num_rows, field_.type))
    return rows.select(CONSENT_EVENTS.names)


def _unreadable(proof: Proof, segments: list[Segment], path: Path, first: int, count: int) -> None:
    held = [number for number, (low, high) in enumerate(_bounds(segments)) if low < first + count and first < high]
    number = held[0] if held else 0
    sentence = (
        f"{path.parent.parent.name}/{path.parent.name}/{path.name}: events {first:,} to {first + count - 1:,} of the "
        f"ledger (segment {number}) cannot be read; the {first:,} before them can."
    )
    proof.breaks.append(Break("unreadable_events", number, first, sentence))


class _Walk:
    """One segment, row group by row group."""

    def __init__(self, segment: Segment, bounds: tuple[int, int], proof: Proof) -> None:
        self._segment = segment
        self._low, self._high = bounds
        self._proof = proof
        self._next = self._low
        self._before: str | None = segment.prev_hash
        self._wrong = 0

    def take(self, first: int, part: pa.Table) -> None:
        low, high = max(first, self._low), min(first + part.num_rows, self._high)
        if low >= high:
            return
        rows = part.slice(low - first, high - low).combine_chunks()
        start = self._before if low == self._next else None
        self._look(low, rows, start)
        self._next = high
        self._before = rows.column("row_hash")[-1].as_py()

    def _look(self, low: int, rows: pa.Table, start: str | None) -> None:
        """Rows `low` and following, after a row with the hash `start`; None where that row could not be read."""
        stored = chain.octets_of(rows.column("row_hash"))
        committed, good = _commitments(rows, self._segment, low - self._low)
        leaf = chain.leaves(rows, committed)
        before = chain.octets_of(pa.array([start], pa.string()))
        should = chain.fitting(np.concatenate([before, stored[:-1]]), leaf)
        fits = (should == stored).all(axis=1) & good
        if start is None:
            fits[0] = True
        self._proof.erased += int(pc.sum(pc.is_valid(rows.column("commitment"))).as_py() or 0)
        self._proof.verified += int(fits.sum()) - (start is None)
        for place in np.flatnonzero(~fits).tolist():
            self._name(low + place)

    def _name(self, row: int) -> None:
        self._wrong += 1
        if self._wrong > NAMED:
            return
        sentence = f"Event {row:,} of the ledger (segment {self._segment.number}) is not as it was written."
        self._proof.breaks.append(Break("changed_event", self._segment.number, row, sentence))

    def finish(self) -> None:
        """Say what the whole segment shows."""
        number = self._segment.number
        if self._wrong > NAMED:
            sentence = f"{self._wrong - NAMED:,} more events of segment {number} are not as they were written."
            self._proof.breaks.append(Break("changed_event", number, self._low, sentence))
        if self._next == self._high and self._before != self._segment.head:
            sentence = f"Segment {number} of the ledger does not end with the event that it ended with."
            self._proof.breaks.append(Break("broken_chain", number, self._high - 1, sentence))


def _commitments(rows: pa.Table, segment: Segment, offset: int) -> tuple[Octets, npt.NDArray[np.bool_]]:
    """The commitments of live rows from their values, of erased rows as written; and which rows have what they need."""
    count = rows.num_rows
    if segment.seed is not None:
        salts = chain.salts_of(bytes.fromhex(segment.seed), offset, count)
        salted = np.ones(count, bool)
    else:
        salts = chain.octets_of(rows.column("salt"))
        salted = pc.is_valid(rows.column("salt")).to_numpy()
    erased = pc.is_valid(rows.column("commitment")).to_numpy()
    committed = chain.commitments(rows, salts)
    if erased.any():
        committed = np.where(erased[:, None], chain.octets_of(rows.column("commitment")), committed)
    blank = np.ones(count, bool)
    for name in CONSENT_PERSONAL:
        if name not in KEPT_IN_ERASED and erased.any():
            blank &= pc.is_null(rows.column(name)).to_numpy()
    return committed, np.where(erased, blank, salted)


def of_events(snapshot: Snapshot, event_ids: Collection[str], ring: KeyRing | None = None) -> dict[str, RowProof]:
    """For each of `event_ids`, whether it is in the ledger of `snapshot` as it was written: reads only the ids, and
    the segments that hold them. Ids that the ledger does not have are left out.
    """
    wanted = pa.array(sorted(set(event_ids)), pa.string())
    table = snapshot.table(LEDGER, ["event_id", "row_hash", "commitment"])
    found = pc.indices_nonzero(pc.is_in(table.column("event_id"), value_set=wanted)).to_pylist()
    segments, _ = structure(snapshot, None)
    bounds = _bounds(segments)
    places = {
        row: next((number for number, (low, high) in enumerate(bounds) if low <= row < high), -1) for row in found
    }
    proof = verify(snapshot, ring, only={number for number in places.values() if number >= 0})
    whole = {"missing_segment", "broken_seal", "lost_events", "strange_events"}
    answers = {}
    for row, number in places.items():
        held = table.slice(row, 1).to_pylist()[0]
        covered = number >= 0 and segments[number].head is not None
        mine = [
            one
            for one in proof.breaks
            if one.segment == number and (one.code in whole | {"unreadable_events", "broken_chain"} or one.row == row)
        ]
        answers[held["event_id"]] = RowProof(
            held["event_id"],
            number,
            row,
            held["row_hash"],
            covered and not mine,
            held["commitment"] is not None,
            _sentence(covered, mine, number, row, proof),
        )
    return answers


def _sentence(covered: bool, mine: list[Break], number: int, row: int, proof: Proof) -> str:
    if not covered:
        return "This event is older than the hash chain of this vault, which therefore does not cover it."
    if mine:
        return mine[0].sentence
    seal = " and its segment bears the seal of the vault's key" if proof.sealed else ""
    return f"Verified: event {row:,} of the ledger (segment {number}) fits the hash chain{seal}."
