"""Where things lie in a vault directory, and in a backup of one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from audiencevault.errors import VaultDamagedError

SETTINGS: Final = "vault.json"
HEAD: Final = "HEAD"
SNAPSHOTS: Final = "snapshots"
DATA: Final = "data"
STAGING: Final = "staging"
CURRENT: Final = "current"
BESIDE: Final = "beside"
LOCK: Final = "lock"
HOLDER: Final = "lock.holder"
BACKUP: Final = "backup.json"
PUSHES: Final = "pushes"

_MANIFEST = re.compile(r"(0|[1-9][0-9]{0,17})\.json")


def data_directory(root: Path, table: str) -> Path:
    """The directory of one table's files."""
    return root / DATA / table


def manifest_path(root: Path, number: int) -> Path:
    """The manifest of snapshot `number`."""
    return root / SNAPSHOTS / f"{number}.json"


def snapshot_numbers(root: Path) -> list[int]:
    """The numbers of all snapshots, ascending; empty where there are none."""
    directory = root / SNAPSHOTS
    if not directory.is_dir():
        return []
    found = (_MANIFEST.fullmatch(entry.name) for entry in directory.iterdir())
    return sorted(int(match[1]) for match in found if match)


def head_hint(root: Path) -> int | None:
    """What `HEAD` says, or None where it says nothing that makes sense."""
    try:
        text = (root / HEAD).read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return None
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def head_number(root: Path) -> int:
    """The number of the newest snapshot. `HEAD` only says where to begin looking.

    Raises `VaultDamagedError` where there is no snapshot at all.
    """
    hint = head_hint(root)
    if hint is not None and manifest_path(root, hint).exists():
        while manifest_path(root, hint + 1).exists():
            hint += 1
        return hint
    numbers = snapshot_numbers(root)
    if not numbers:
        raise VaultDamagedError(
            f"The vault at {root} has no snapshot.", "Restore a backup: audiencevault restore DIRECTORY --to NEW_VAULT"
        )
    return numbers[-1]
