"""Garbage: files that no snapshot names any more, and snapshots beyond those that are to be kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from audiencevault.errors import UsageError
from audiencevault.vault.layout import DATA, SNAPSHOTS, manifest_path, snapshot_numbers
from audiencevault.vault.manifest import read_manifest
from audiencevault.vault.ops import Ops
from audiencevault.vault.store import WAIT, Vault
from audiencevault.vault.transaction import clean_leftovers, locked


@dataclass(frozen=True, slots=True)
class Collected:
    """What went, and how many files could not go because a program has them open (Windows)."""

    snapshots: int
    files: int
    bytes: int
    in_use: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"snapshots": self.snapshots, "files": self.files, "bytes": self.bytes, "in_use": self.in_use}


def gc(vault: Vault, *, now: datetime, keep: int | None = None) -> Collected:
    """Remove all but the newest `keep` snapshots (default: keep all), and every file that no kept one names.

    A reader that still holds a removed snapshot is told that its file is missing. Raises `VaultDamagedError`,
    having removed nothing, where a kept manifest cannot be read: what it names would be lost.
    """
    if keep is not None and keep < 1:
        raise UsageError("At least one snapshot has to be kept.")
    root, ops = vault.path, vault.ops
    with locked(root, ops, "gc", now, WAIT):
        clean_leftovers(root, ops)
        numbers = snapshot_numbers(root)
        kept = numbers if keep is None else numbers[-keep:]
        named = {
            (table, ref.name)
            for number in kept
            for table, files in read_manifest(root, number).tables.items()
            for ref in files
        }
        # Manifests first: a crash in between leaves orphans, never a snapshot without its files.
        gone = numbers[: len(numbers) - len(kept)]
        for number in gone:
            ops.remove(manifest_path(root, number))
        if gone:
            ops.sync_directory(root / SNAPSHOTS)
        files = size = in_use = 0
        for path in sorted((root / DATA).glob("*/*.parquet")):
            if (path.parent.name, path.name) in named:
                continue
            octets = path.stat().st_size
            if _remove(path, ops):
                files, size = files + 1, size + octets
            else:
                in_use += 1
    return Collected(len(gone), files, size, in_use)


def _remove(path: Path, ops: Ops) -> bool:
    try:
        ops.remove(path)
    except PermissionError:
        return False
    return True
