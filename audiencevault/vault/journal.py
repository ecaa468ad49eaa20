"""Erasures that are under way: what makes them all or nothing, although they change many files.

Everything new is written and synced first: the files, and the manifests in a directory of their own. Then a journal
appears beside them by one rename: from there on the erasure has happened, and whoever opens the vault next finishes it.
Finishing puts the manifests in place and removes every data file that none of them names, and can be repeated.
The journal holds numbers of snapshots, and nobody's data.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from audiencevault.errors import VaultDamagedError, VaultError
from audiencevault.vault import current
from audiencevault.vault.layout import DATA, SETTINGS, SNAPSHOTS, STAGING, manifest_path, snapshot_numbers
from audiencevault.vault.manifest import FORMAT, Manifest, decode_manifest, read_manifest, refuse_later_format
from audiencevault.vault.ops import Ops
from audiencevault.vault.snapshot import Snapshot

ERASURE: Final = "erasure"
JOURNAL: Final = "journal.json"


def begin(root: Path, manifests: list[Manifest], staging: Path, ops: Ops) -> None:
    """Let the erasure that leads to `manifests` happen. Their files lie in their places already, synced."""
    directory = root / ERASURE
    ops.remove_tree(directory)
    ops.make_directory(directory)
    for manifest in manifests:
        ops.write_file(directory / f"{manifest.number}.json", manifest.encode())
    ops.sync_directory(directory)
    ops.sync_directory(root)
    document = {"format": FORMAT, "manifests": sorted(manifest.number for manifest in manifests)}
    ops.write_file(staging / JOURNAL, (json.dumps(document) + "\n").encode())
    ops.replace(staging / JOURNAL, directory / JOURNAL)
    ops.sync_directory(directory)


def unfinished(root: Path) -> bool:
    """Whether an erasure has happened that is not finished."""
    return (root / ERASURE / JOURNAL).exists()


def finish(root: Path, ops: Ops) -> int:
    """Finish the erasure that is under way, if any; only for who holds the lock. Returns how many files were removed.

    Raises `VaultError` where a file cannot be removed, since a program has it open; the next one tries again.
    """
    directory = root / ERASURE
    if not unfinished(root):
        if directory.exists():
            ops.remove_tree(directory)
        return 0
    numbers = _numbers(directory / JOURNAL)
    for number in numbers:
        waiting = directory / f"{number}.json"
        if waiting.exists():
            decode_manifest(waiting.read_bytes(), str(waiting))
            ops.replace(waiting, manifest_path(root, number))
    ops.sync_directory(root / SNAPSHOTS)
    if (root / SETTINGS).exists():
        _point(root, ops)
    removed, in_use = _sweep(root, ops)
    if in_use:
        raise VaultError(
            f"{in_use} files of {root} that hold erased people are open in another program.",
            "Close it; the erasure is finished when the vault is used next.",
        )
    ops.remove(directory / JOURNAL)
    ops.sync_directory(directory)
    ops.remove_tree(directory)
    ops.sync_directory(root)
    return removed


def _point(root: Path, ops: Ops) -> None:
    """Let `HEAD` and `current` follow: hard links there would keep the old files alive."""
    ops.make_directory(root / STAGING)
    work = ops.make_temporary(root / STAGING)
    newest = Snapshot.read(root, snapshot_numbers(root)[-1])
    current.write_head(root, newest.number, work, ops)
    current.refresh(newest, work, ops)
    ops.remove_tree(work)


def _sweep(root: Path, ops: Ops) -> tuple[int, int]:
    """Remove every data file that no manifest names; how many went, and how many could not."""
    named = {
        (table, ref.name)
        for number in snapshot_numbers(root)
        for table, files in read_manifest(root, number).tables.items()
        for ref in files
    }
    removed = in_use = 0
    changed: set[Path] = set()
    for path in sorted((root / DATA).glob("*/*.parquet")):
        if (path.parent.name, path.name) in named:
            continue
        try:
            ops.remove(path)
        except PermissionError:
            in_use += 1
            continue
        removed += 1
        changed.add(path.parent)
    for directory in sorted(changed):
        ops.sync_directory(directory)
    return removed, in_use


def _numbers(path: Path) -> list[int]:
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
        refuse_later_format(document, str(path))
        return [int(number) for number in document["manifests"]]
    except (ValueError, KeyError, TypeError):
        raise VaultDamagedError(f"The journal of an erasure, {path}, cannot be read.") from None
