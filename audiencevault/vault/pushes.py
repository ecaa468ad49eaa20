"""The journals of pushes: how far each one is, so that one that was killed goes on where it stopped.

Beside a journal lies a copy of its plan, for whoever goes on or writes down what was sent.

They lie beside the snapshots, not in them, since they are written while nothing is published. A journal holds numbers
of batches and items and no person, so an erasure has nothing to look for in it. It goes once the outcomes are in
the table of deliveries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from audiencevault.errors import VaultLockedError
from audiencevault.vault.layout import PUSHES
from audiencevault.vault.ops import Ops, disk_errors

SUFFIX: Final = ".journal"
PLAN_SUFFIX: Final = ".plan.json"
LOCK_SUFFIX: Final = ".lock"
_PLAN_ID: Final = re.compile(r"[0-9a-f]{16,64}")
_NAMED: Final = re.compile(r"([0-9a-f]{16,64})(\.journal|\.plan\.json|\.lock)")


def journal_path(root: Path, plan_id: str) -> Path:
    """Where the journal of a plan lies; `ValueError` where `plan_id` is none."""
    if not _PLAN_ID.fullmatch(plan_id):
        raise ValueError("a plan's id is 16 to 64 hexadecimal digits")
    return root / PUSHES / f"{plan_id}{SUFFIX}"


@contextmanager
def applying(root: Path, plan_id: str, ops: Ops) -> Iterator[Path]:
    """The journal of a plan for one process at a time.

    Raises `VaultLockedError` where another process applies the same plan at the moment.
    """
    path = journal_path(root, plan_id)
    with disk_errors(root):
        if ops.make_directory(path.parent):
            ops.sync_directory(root)
    lock = FileLock(path.with_suffix(LOCK_SUFFIX), thread_local=False)
    with disk_errors(root):
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise VaultLockedError(
                "Another process applies the same plan at this moment.", "Wait until it has finished."
            ) from None
    try:
        yield path
    finally:
        # On Windows a lock that is held cannot be removed.
        lock.release()
        if not path.exists():
            path.with_suffix(LOCK_SUFFIX).unlink(missing_ok=True)


def plan_path(journal: Path) -> Path:
    """Where the copy of the plan lies whose journal is `journal`."""
    return journal.with_suffix(PLAN_SUFFIX)


def finished(path: Path, ops: Ops) -> None:
    """Remove the journal at `path`, whose outcomes are recorded, and the copy of its plan."""
    with disk_errors(path.parent):
        ops.remove(plan_path(path))
        ops.remove(path)
        if path.parent.is_dir():
            ops.sync_directory(path.parent)


def unfinished(root: Path) -> list[str]:
    """The ids of the plans that were applied in part."""
    directory = root / PUSHES
    if not directory.is_dir():
        return []
    return sorted(entry.stem for entry in directory.iterdir() if _is_journal(entry))


def begun(root: Path) -> list[str]:
    """The ids of the plans of which anything lies here: also of those that were killed before the first request."""
    directory = root / PUSHES
    if not directory.is_dir():
        return []
    names = (_NAMED.fullmatch(entry.name) for entry in directory.iterdir())
    return sorted({match[1] for match in names if match})


def foreign(root: Path) -> list[Path]:
    """What lies among the journals and is none."""
    directory = root / PUSHES
    if not directory.is_dir():
        return []
    return sorted(entry for entry in directory.iterdir() if not _NAMED.fullmatch(entry.name))


def _is_journal(entry: Path) -> bool:
    return entry.suffix == SUFFIX and bool(_PLAN_ID.fullmatch(entry.stem))
