"""The vault: a directory of immutable snapshots with one writer at a time and readers that never wait.

Words: a *manifest* names the files that a snapshot consists of; the *head* is the newest snapshot; a
*transaction* adds files and publishes the next snapshot by one atomic step.
The format on disk is described in docs/reference/vault-format.md.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from filelock import FileLock, Timeout

from audiencevault.errors import UsageError, VaultDamagedError
from audiencevault.vault import journal, tombstones
from audiencevault.vault.current import write_head
from audiencevault.vault.keys import SECRET_BYTES, KeyRing, Keys
from audiencevault.vault.layout import (
    DATA,
    LOCK,
    SETTINGS,
    SNAPSHOTS,
    STAGING,
    head_number,
    manifest_path,
    snapshot_numbers,
)
from audiencevault.vault.manifest import Manifest
from audiencevault.vault.ops import Ops, disk_errors, publish
from audiencevault.vault.settings import Settings, controllers_of, read_settings
from audiencevault.vault.snapshot import Snapshot
from audiencevault.vault.transaction import Transaction, clean_leftovers, locked

if TYPE_CHECKING:
    import pandas as pd

WAIT = 1.0
"""Seconds that a writer waits for the lock: a reader that tidies up after a killed writer holds it for a moment."""


class Vault:
    """A vault on disk. Opening reads one small file; every question reads the newest snapshot."""

    def __init__(self, path: Path, settings: Settings, ops: Ops, keys: Keys | None = None) -> None:
        self._path = path
        self._settings = settings
        self._ops = ops
        self._keys = keys
        self._ring: KeyRing | None = None
        self.key_is_new = False

    def __repr__(self) -> str:
        return f"Vault({str(self._path)!r})"

    @classmethod
    def create(
        cls,
        path: Path | str,
        *,
        vault_id: str,
        controller: str | Sequence[str],
        region: str | None = None,
        policy: str = "auto",
        now: datetime,
        ops: Ops | None = None,
        keys: Keys | None = None,
    ) -> Vault:
        """Make an empty vault, snapshot 0, at `path`, whose parent directory must exist.

        `vault_id` is any text that no other vault has; `keys` is where its key will lie (see `make_key`). Raises
        `UsageError` where something lies at `path` already; the remains of a creation that was interrupted do not
        count.
        """
        ops = ops or Ops()
        root = Path(path)
        settings = Settings(vault_id, now, controllers_of(controller), region, policy)
        manifest = Manifest(vault_id, 0, None, now, "create", {})
        _refuse_occupied(root)
        try:
            ops.make_directory(root)
        except FileNotFoundError:
            raise UsageError(f"The directory {root.parent} does not exist.") from None
        with locked(root, ops, "create", now):
            _refuse_occupied(root)
            for name in (SNAPSHOTS, DATA, STAGING):
                ops.make_directory(root / name)
            clean_leftovers(root, ops)
            ops.remove(manifest_path(root, 0))
            ops.write_file(root / STAGING / "0.json", manifest.encode())
            publish(ops, root / STAGING / "0.json", manifest_path(root, 0))
            write_head(root, 0, root / STAGING, ops)
            # Without this file there is no vault, so it comes last.
            ops.write_file(root / STAGING / SETTINGS, settings.encode())
            ops.replace(root / STAGING / SETTINGS, root / SETTINGS)
            ops.sync_directory(root)
            ops.sync_directory(root.parent)
        return cls(root, settings, ops, keys)

    @classmethod
    def open(cls, path: Path | str, *, ops: Ops | None = None, keys: Keys | None = None) -> Vault:
        """The vault at `path`; `keys` is where to look for its key. Without it a vault can be read; but once
        somebody was erased, nothing may be added to it or leave it.

        Raises `VaultNotFoundError`, `VaultTooNewError`, or `VaultDamagedError` where `vault.json` makes no sense.
        Snapshots are not looked at yet, so that `check` can be asked about a vault whose newest one is damaged.
        """
        root = Path(path)
        vault = cls(root, read_settings(root), ops or Ops(), keys)
        vault._tidy()
        return vault

    @property
    def path(self) -> Path:
        """The directory."""
        return self._path

    @property
    def settings(self) -> Settings:
        """What the vault is, as of when it was opened or last configured."""
        return self._settings

    @property
    def ops(self) -> Ops:
        """How this vault changes its disk."""
        return self._ops

    @property
    def keys(self) -> Keys | None:
        """Where the vault's key lies, if anybody said so."""
        return self._keys

    @property
    def ring(self) -> KeyRing | None:
        """The vault's key ring, or None where it is not found. Raises `KeyMissingError` where it makes no sense."""
        if self._ring is None and self._keys is not None:
            self._ring = self._keys.load(self._settings.vault_id)
        return self._ring

    def make_key(self, now: datetime) -> KeyRing | None:
        """The key ring; where there is none yet, a new one. None where nobody said where a key could lie.

        Raises `KeyMissingError` where the vault has had a key that erased people are recognised by: a new one
        could not recognise them.
        """
        if self.ring is not None or self._keys is None:
            return self._ring
        head = self.head()
        tombstones.require(head)
        known = [version for version in head.table("ledger_segments").column("key_version").to_pylist() if version]
        ring = KeyRing.new(
            self._settings.vault_id,
            secrets.token_bytes(SECRET_BYTES),
            secrets.token_bytes(SECRET_BYTES),
            now,
            max(known, default=0) + 1,
        )
        self.keep_key(ring)
        self.key_is_new = True
        return ring

    def keep_key(self, ring: KeyRing) -> None:
        """Keep `ring` where the vault's key lies. `UsageError` where that cannot be written."""
        if self._keys is None:
            raise UsageError("Nobody said where this vault's key lies.")
        self._keys.store(ring)
        self._ring = ring

    def renew_salt(self) -> None:
        """Replace the secret that the ledger's salts come from, so that nobody can compute again what an erasure took
        away. A key that this program may not write keeps its own.
        """
        ring = self.ring
        if ring is not None and self._keys is not None and self._keys.writable:
            self.keep_key(ring.salted(secrets.token_bytes(SECRET_BYTES)))

    def head(self) -> Snapshot:
        """The newest snapshot, read anew: keep it where several answers must agree."""
        return self.snapshot()

    def snapshot(self, number: int | None = None) -> Snapshot:
        """Snapshot `number`, or the newest. `UsageError` where there is no such snapshot."""
        if number is None:
            number = head_number(self._path)
        elif not manifest_path(self._path, number).exists():
            kept = snapshot_numbers(self._path)
            raise UsageError(f"The vault has no snapshot {number}; it keeps {kept[0]} to {kept[-1]}.")
        snapshot = Snapshot.read(self._path, number, self._keys)
        if snapshot.manifest.vault_id != self._settings.vault_id:
            raise VaultDamagedError(f"Snapshot {number} of {self._path} belongs to another vault.")
        return snapshot

    def history(self) -> list[Snapshot]:
        """All snapshots that are kept, oldest first."""
        return [self.snapshot(number) for number in snapshot_numbers(self._path)]

    def paths(self, table: str) -> list[str]:
        """The Parquet files of `table` in the newest snapshot; see `Snapshot.paths`."""
        return self.head().paths(table)

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """All rows of a table in the newest snapshot; see `Snapshot.table`."""
        return self.head().table(name, columns)

    def contacts(self) -> pd.DataFrame:
        """The people of the newest snapshot, one row each, sorted as stored; map columns become dicts."""
        frame: pd.DataFrame = self.table("contacts").to_pandas(maps_as_pydicts="strict")
        return frame

    def begin(self, command: str, now: datetime, *, wait: float = WAIT) -> Transaction:
        """A transaction of `command`, to be used in a `with` block, which takes the lock.

        Entering raises `VaultLockedError` where another process still writes after `wait` seconds.
        """
        return Transaction(self._path, self._ops, command, now, wait, self._keys)

    def configure(
        self,
        now: datetime,
        *,
        controllers: str | Sequence[str] | None = None,
        region: str | None = None,
        policy: str | None = None,
        survivorship: Mapping[str, Mapping[str, Any]] | None = None,
        destinations: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Settings:
        """Change settings, those that are given, and return them all."""
        with locked(self._path, self._ops, "configure", now, WAIT):
            old = read_settings(self._path)
            new = Settings(
                old.vault_id,
                old.created_at,
                old.controllers if controllers is None else controllers_of(controllers),
                old.region if region is None else region,
                old.policy if policy is None else policy,
                old.survivorship if survivorship is None else survivorship,
                old.destinations if destinations is None else destinations,
            )
            if new != old:
                self._ops.make_directory(self._path / STAGING)
                temporary = self._path / STAGING / SETTINGS
                self._ops.remove(temporary)
                self._ops.write_file(temporary, new.encode())
                self._ops.replace(temporary, self._path / SETTINGS)
                self._ops.sync_directory(self._path)
            self._settings = new
        return new

    def _tidy(self) -> None:
        """Remove what a killed writer left, unless somebody is writing or this is a disk that cannot be written.

        An erasure that was interrupted is finished; `VaultError` where that is impossible.
        """
        if journal.unfinished(self._path):
            with suppress(Timeout), disk_errors(self._path), FileLock(self._path / LOCK, timeout=WAIT):
                clean_leftovers(self._path, self._ops)
        staging = self._path / STAGING
        if not staging.is_dir() or not any(staging.iterdir()):
            return
        with suppress(Timeout, OSError), FileLock(self._path / LOCK, blocking=False):
            clean_leftovers(self._path, self._ops)


def _refuse_occupied(root: Path) -> None:
    if (root / SETTINGS).exists():
        raise UsageError(f"There is a vault at {root} already.", "Choose another directory, or use that vault.")
    if not root.exists():
        return
    if not root.is_dir():
        raise UsageError(f"{root} is a file; a vault is a directory.")
    remains = {SNAPSHOTS, DATA, STAGING, LOCK, "HEAD", "lock.holder", "lock.holder.new"}
    foreign = any(entry.name not in remains for entry in root.iterdir())
    if foreign or snapshot_numbers(root) not in ([], [0]) or any((root / DATA).glob("*")):
        raise UsageError(f"{root} is not empty.", "Choose a directory that does not exist yet.")
