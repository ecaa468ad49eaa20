"""The hash chain of the ledger: what shows that no row of it was changed, lost or slipped in.

Words: the *commitment* of a row is a hash of its personal columns behind a secret *salt*; its *row hash* covers the
row hash before it, its other columns, and the commitment. So a row can lose its personal columns and its salt in an
erasure, keep the commitment alone, and the chain still holds; and nobody can find out by guessing what was in it,
since nobody has the salt. A *segment* is a run of at most `SEGMENT_ROWS` rows; the salts of its rows come out of one
*seed*, which is kept until the first erasure in the segment. Then the rows that stay get their salts written beside
them, and the seed goes. A *seal* is a keyed hash over a segment's length and both of its ends.
All hashes are the first 128 bits of SHA-256, in hex.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine.digests import Octets, chained, columns_of, digests
from audiencevault.records import CONSENT_EVENTS, CONSENT_PERSONAL
from audiencevault.vault.keys import KeyRing

SEGMENT_ROWS: Final = 131_072
START: Final = "0" * 32
"""What comes before the first row of a ledger."""

WIDTH: Final = 16
_BLOCK: Final = 4_096
"""Salts are drawn so many at a time: few enough for a ledger of ten rows, enough for one of ten millions."""

CHAIN: Final = ("salt", "commitment", "prev_hash", "row_hash")
TIMES: Final = ("recorded_at", "snapshot_at", "occurred_at", "valid_until")
PROFILE: Final = tuple(
    name for name in CONSENT_EVENTS.names if name not in {*CONSENT_PERSONAL, *TIMES, *CHAIN}
)  # fmt: skip
"""Columns with few different values together: each combination is hashed once. Only those that are not null count,
by name, so that a column which a later version adds leaves the hashes of older rows as they are."""

_TABLE: Final = 1 << 20
"""Entries of a table that is quicker than sorting."""

_NO_TIME: Final = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of ledger rows, as a row of `ledger_segments`. Without a `head` the chain does not cover it: these rows
    are older than the chain.
    """

    number: int
    rows: int
    seed: str | None
    prev_hash: str
    head: str | None
    key_version: int | None = None
    key_fingerprint: str | None = None
    seal: str | None = None

    def as_row(self) -> dict[str, Any]:
        """For the table; the time is for the caller to fill."""
        return {
            "segment": self.number,
            "rows": self.rows,
            "seed": self.seed,
            "prev_hash": self.prev_hash,
            "head": self.head,
            "key_version": self.key_version,
            "key_fingerprint": self.key_fingerprint,
            "seal": self.seal,
        }

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Segment:
        """The segment that a row of the table describes."""
        return cls(
            row["segment"],
            row["rows"],
            row["seed"],
            row["prev_hash"],
            row["head"],
            row["key_version"],
            row["key_fingerprint"],
            row["seal"],
        )


def segments_of(table: pa.Table) -> list[Segment]:
    """The rows of `ledger_segments`, in the order of the ledger."""
    return sorted((Segment.of_row(row) for row in table.to_pylist()), key=lambda segment: segment.number)


def seal_text(segment: Segment) -> bytes:
    """What a seal is made over."""
    return f"{segment.number}\x1f{segment.rows}\x1f{segment.prev_hash}\x1f{segment.head}".encode()


class Linker:
    """Gives rows that are appended their place in the chain, however they are cut into pieces.

    `secret` is what seeds are derived from; without the vault's key it is a random one, and segments stay unsealed.
    """

    def __init__(self, prev: str, number: int, ring: KeyRing | None, secret: bytes) -> None:
        self.prev = self.head = prev
        self.segments: list[Segment] = []
        self._number = number
        self._ring = ring
        self._secret = secret
        self._start = prev
        self._rows = 0
        self._seed = b""

    def link(self, rows: pa.Table) -> Iterator[pa.Table]:
        """`rows` of `CONSENT_EVENTS` with the columns of the chain filled."""
        done = 0
        while done < rows.num_rows:
            part = rows.slice(done, SEGMENT_ROWS - self._rows)
            done += part.num_rows
            yield self._linked(part.combine_chunks())
            if self._rows == SEGMENT_ROWS:
                self._close()

    def finish(self) -> list[Segment]:
        """The segments that were made."""
        if self._rows:
            self._close()
        return self.segments

    def _linked(self, rows: pa.Table) -> pa.Table:
        first = self._rows == 0
        if first:
            text = f"{self._number + len(self.segments)}\x1f{self.head}".encode()
            self._seed = hmac.digest(self._secret, text, "sha256")
        salts = salts_of(self._seed, self._rows, rows.num_rows)
        hashes = row_hashes(self.head, rows, commitments(rows, salts))
        self._rows += rows.num_rows
        prev = [self.head if first else None, *([None] * (rows.num_rows - 1))]
        texts = hexes(hashes)
        self.head = texts[-1].as_py()
        nothing = pa.nulls(rows.num_rows, pa.string())
        values = {"salt": nothing, "commitment": nothing, "prev_hash": pa.array(prev, pa.string()), "row_hash": texts}
        columns = [values.get(name, rows.column(name)) for name in rows.column_names]
        return pa.table(columns, schema=rows.schema)

    def _close(self) -> None:
        ring = self._ring
        number = self._number + len(self.segments)
        segment = Segment(number, self._rows, self._seed.hex(), self._start, self.head)
        if ring is not None:
            sealed = ring.sign(seal_text(segment))
            segment = Segment(
                number, self._rows, self._seed.hex(), self._start, self.head,
                ring.current, ring.fingerprint(ring.current), sealed,
            )  # fmt: skip
        self.segments.append(segment)
        self._start, self._rows = self.head, 0


def salts_of(seed: bytes, first: int, count: int) -> Octets:
    """The salts of `count` rows of a segment from row `first` on, 16 bytes each, one after the other."""
    blocks = range(first // _BLOCK, -(-(first + count) // _BLOCK)) if count else ()
    drawn = b"".join(hashlib.shake_256(seed + block.to_bytes(4, "big")).digest(WIDTH * _BLOCK) for block in blocks)
    skipped = WIDTH * (first % _BLOCK)
    return np.frombuffer(drawn, np.uint8)[skipped : skipped + WIDTH * count].reshape(count, WIDTH)


def commitments(rows: pa.Table, salts: Octets) -> Octets:
    """One commitment for each row, 16 bytes: its salt, the lengths of its personal values, and the values."""
    count = rows.num_rows
    texts = [_plain(rows.column(name)) for name in CONSENT_PERSONAL]
    lengths = np.empty((count, len(texts)), np.int32)
    for place, text in enumerate(texts):
        lengths[:, place] = pc.fill_null(pc.binary_length(text), -1).to_numpy(zero_copy_only=False)
    heads = np.concatenate([salts, lengths.astype("<i4").view(np.uint8).reshape(count, -1)], axis=1)
    return digests([columns_of(heads), *texts], count, WIDTH)


def row_hashes(prev: str, rows: pa.Table, committed: Octets) -> Octets:
    """The row hashes of `rows`, which follow a row with hash `prev`."""
    return chained(bytes.fromhex(prev), leaves(rows, committed))


def leaves(rows: pa.Table, committed: Octets) -> Octets:
    """What a row hash covers besides the one before: 64 bytes for each row."""
    count = rows.num_rows
    times = np.empty((count, len(TIMES)), "<i8")
    for place, name in enumerate(TIMES):
        column = _plain(rows.column(name)).cast(pa.int64())
        times[:, place] = pc.fill_null(column, int(_NO_TIME)).to_numpy(zero_copy_only=False)
    profiles = _profiles(rows)
    return np.concatenate([profiles, times.view(np.uint8).reshape(count, -1), committed], axis=1)


def fitting(prevs: Octets, leaf: Octets) -> Octets:
    """The hash that each row should have behind the one that is written before it."""
    return digests([columns_of(prevs), columns_of(leaf)], len(prevs), WIDTH)


def _profiles(rows: pa.Table) -> Octets:
    """The hash of each row's columns of few values: 16 bytes, computed once for each combination."""
    count = rows.num_rows
    code = np.zeros(count, np.int64)
    seen = 1
    columns: list[tuple[str, pa.Array]] = []
    for name in PROFILE:
        if name not in rows.column_names:
            continue
        column = _plain(rows.column(name))
        text = _map_text(column) if pa.types.is_map(column.type) else column
        if text.null_count == count:
            continue
        columns.append((name, text))
        if not text.null_count and pc.all(pc.equal(text, text[0])).as_py():
            continue
        encoded = pc.dictionary_encode(text)
        different = len(encoded.dictionary) + 1
        places = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64) + 1
        if seen * different > 1 << 40:
            found, code = np.unique(code, return_inverse=True)
            code, seen = code.astype(np.int64), len(found)
        code, seen = code * different + places, seen * different
    first, inverse = _examples(code, seen)
    examples = pa.array(first)
    said: list[list[bytes]] = [[] for _ in range(len(first))]
    for name, column in columns:
        for parts, value in zip(said, column.take(examples).to_pylist(), strict=True):
            if value is not None:
                octets = str(value).encode()
                parts.append(f"{name}={len(octets)}:".encode() + octets)
    hashes = b"".join(hashlib.sha256(b"\x1f".join(parts)).digest()[:WIDTH] for parts in said)
    return np.frombuffer(hashes, np.uint8).reshape(-1, WIDTH)[inverse]


def _examples(code: npt.NDArray[np.int64], below: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The place of one example of each number in `code`, which are all `below` a bound, and which example each is."""
    if below > _TABLE:
        _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
        return first, inverse.reshape(-1)
    places = np.full(below, -1, np.int64)
    places[code] = np.arange(len(code))
    held = np.flatnonzero(places >= 0)
    first, places[held] = places[held], np.arange(len(held))
    return first, places[code]


def _map_text(maps: pa.Array) -> pa.Array:
    """Each map as `name=1` and `name=0`, in its order; null where there is none or an empty one."""
    if not len(maps.keys):
        return pa.nulls(len(maps), pa.string())
    said = pc.binary_join_element_wise(maps.keys, pc.if_else(pc.fill_null(maps.items, False), "1", "0"), "=")
    text = pc.binary_join(pa.ListArray.from_arrays(pc.cast(maps.offsets, pa.int32()), said), ",")
    return pc.if_else(pc.and_(pc.is_valid(maps), pc.not_equal(pc.fill_null(text, ""), "")), text, None)


def _plain(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One array without an offset."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    if len(chunks) == 1 and chunks[0].offset == 0:
        return chunks[0]
    nothing = pa.array([], column.type)
    return pa.concat_arrays([*chunks, nothing, nothing])


def hexes(octets: Octets) -> pa.Array:
    """Rows of 16 bytes as 32 hexadecimal digits each."""
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    text = np.empty((len(octets), 2 * WIDTH), np.uint8)
    text[:, 0::2], text[:, 1::2] = digits[octets >> 4], digits[octets & 15]
    offsets = np.arange(len(octets) + 1, dtype=np.int32) * 2 * WIDTH
    return pa.StringArray.from_buffers(len(octets), pa.py_buffer(offsets.tobytes()), pa.py_buffer(text.tobytes()))


def octets_of(texts: pa.Array | pa.ChunkedArray) -> Octets:
    """The inverse of `hexes`; null and anything that is not 32 digits become zeros."""
    column = _plain(texts)
    right = pc.fill_null(pc.equal(pc.binary_length(column), 2 * WIDTH), False)
    joined = "".join(pc.if_else(right, column, START).to_pylist())
    try:
        return np.frombuffer(bytes.fromhex(joined), np.uint8).reshape(-1, WIDTH)
    except ValueError:
        return np.zeros((len(column), WIDTH), np.uint8)
