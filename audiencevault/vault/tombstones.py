"""Tombstones: keyed hashes of the contact points of people who were erased, so that they do not come back.

A tombstone can recognise a point and reveals none. It works with the version of the key that it was made with only.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.errors import KeyMissingError
from audiencevault.vault.keys import KeyRing

if TYPE_CHECKING:
    from audiencevault.vault.snapshot import Snapshot


_BLOCK: Final = 64


def _hmac(secret: bytes) -> tuple[Any, Any]:
    """The two states of HMAC-SHA-256 that a secret of at most one block begins with."""
    padded = secret.ljust(_BLOCK, b"\0")
    return (
        hashlib.sha256(bytes(octet ^ 0x36 for octet in padded)),
        hashlib.sha256(bytes(octet ^ 0x5C for octet in padded)),
    )


@dataclass(frozen=True)
class Buried:
    """The tombstones of a vault with the key that reads them: `hashes` holds (kind, hash) → when, by key version."""

    ring: KeyRing | None
    hashes: Mapping[int, Mapping[tuple[str, str], datetime]]

    def __bool__(self) -> bool:
        return bool(self.hashes)

    def since(self, kinds: pa.Array | pa.ChunkedArray, keys: pa.Array | pa.ChunkedArray) -> list[datetime | None]:
        """For each point, given by its kind and its wide form, when it was buried; None for all others."""
        answers: list[datetime | None] = [None] * len(kinds)
        if self.ring is None or not self.hashes:
            return answers
        for kind in sorted({kind for found in self.hashes.values() for kind, _ in found}):
            mine = pc.equal(kinds, kind)
            known = pc.unique(keys.filter(mine)).drop_null()
            found = self._found(kind, known.to_pylist())
            if found:
                hit = pc.and_(mine, pc.is_in(keys, value_set=pa.array(sorted(found), pa.string())))
                places = pc.indices_nonzero(pc.fill_null(hit, False))
                for place, key in zip(places.to_pylist(), keys.take(places).to_pylist(), strict=True):
                    answers[place] = found[key]
        return answers

    def _found(self, kind: str, keys: list[str]) -> dict[str, datetime]:
        """Those of `keys` that are buried, and since when."""
        found: dict[str, datetime] = {}
        for version, times in self.hashes.items():
            wanted = {bytes.fromhex(text): at for (other, text), at in times.items() if other == kind}
            if not wanted or self.ring is None:
                continue
            inner, outer = _hmac(self.ring.secrets[version])
            inner.update(f"{kind}\x1f".encode())
            for key in keys:
                # HMAC by hand: half the time of the library's, and there may be a million points.
                begun, done = inner.copy(), outer.copy()
                begun.update(key.encode())
                done.update(begun.digest())
                at = wanted.get(done.digest())
                if at is not None:
                    found[key] = max(at, found.get(key, at))
        return found

    def hits(self, kinds: pa.Array | pa.ChunkedArray, keys: pa.Array | pa.ChunkedArray) -> pa.Array:
        """Whether each point is buried."""
        return pa.array([at is not None for at in self.since(kinds, keys)], pa.bool_())


def require(snapshot: Snapshot, ring: KeyRing | None = None) -> KeyRing | None:
    """The key ring of the vault, or `ring`, checked to be the one that its tombstones need; None where there is none
    and none is needed. Raises `KeyMissingError` as `check` does.
    """
    return check(snapshot.table("tombstones", ["key_version", "key_fingerprint"]), ring or snapshot.ring)


def check(rows: pa.Table, ring: KeyRing | None) -> KeyRing | None:
    """`ring`, checked to be the one that `rows` of tombstones need.

    Raises `KeyMissingError` where a tombstone cannot be read: then nobody can tell who was erased.
    """
    if not rows.num_rows:
        return ring
    kinds = rows.select(["key_version", "key_fingerprint"]).group_by(["key_version", "key_fingerprint"])
    for row in kinds.aggregate([]).sort_by("key_version").to_pylist():
        version, fingerprint = row["key_version"], row["key_fingerprint"]
        if ring is None or version not in ring.secrets:
            raise KeyMissingError(
                f"The vault's key is missing (version {version}, fingerprint {fingerprint}): without it nobody can "
                "tell who was erased, so nothing may be added to the vault or leave it.",
                "Bring a copy of it back: audiencevault keys import FILE",
            )
        if ring.fingerprint(version) != fingerprint:
            raise KeyMissingError(
                f"Version {version} of the key is not the one that this vault was used with (fingerprint "
                f"{ring.fingerprint(version)} instead of {fingerprint}), so it cannot tell who was erased.",
                "Bring a copy of the right one back: audiencevault keys import FILE",
            )
    return ring


def buried(snapshot: Snapshot) -> Buried:
    """The tombstones of `snapshot`, ready to be asked. Raises `KeyMissingError` as `require` does."""
    return of_rows(snapshot.table("tombstones"), require(snapshot))


def of_rows(rows: pa.Table, ring: KeyRing | None) -> Buried:
    """The tombstones in `rows`, with the key that reads them."""
    return Buried(ring, _by_version(rows))


def _by_version(rows: pa.Table) -> dict[int, dict[tuple[str, str], datetime]]:
    found: dict[int, dict[tuple[str, str], datetime]] = defaultdict(dict)
    for row in rows.to_pylist():
        pair, at = (row["point_kind"], row["point_hash"]), row["created_at"]
        times = found[row["key_version"]]
        times[pair] = max(at, times.get(pair, at))
    return dict(found)


def remaining(found: Buried, lifted: pa.Table) -> Buried:
    """`found` without those that were lifted later than they were made. `lifted` has `point_kind`, `point_key` and
    `at`: points whose owners came back by an act of their own.
    """
    if found.ring is None or not lifted.num_rows:
        return found
    kept: dict[int, dict[tuple[str, str], datetime]] = {version: dict(times) for version, times in found.hashes.items()}
    for row in lifted.filter(pc.is_valid(lifted.column("point_key"))).to_pylist():
        for version, times in kept.items():
            pair = (row["point_kind"], found.ring.hash(row["point_kind"], row["point_key"], version))
            if pair in times and row["at"] > times[pair]:
                del times[pair]
    return Buried(found.ring, {version: times for version, times in kept.items() if times})
