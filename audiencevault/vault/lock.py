"""One writer at a time. Readers never ask for the lock.

The lock itself is the system's, so it ends with the process that holds it, however that process ends.
A side file says who holds it, for the sentence that the other one gets.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from audiencevault.errors import VaultError, VaultLockedError
from audiencevault.vault.layout import HOLDER, LOCK
from audiencevault.vault.manifest import timestamp
from audiencevault.vault.ops import Ops, disk_errors


class WriterLock:
    """The lock of the vault, or backup, at `root`."""

    def __init__(self, root: Path, ops: Ops) -> None:
        self._root = root
        self._ops = ops
        self._lock = FileLock(root / LOCK, thread_local=False)

    def acquire(self, command: str, now: datetime | None, wait: float = 0.0) -> None:
        """Take the lock for `command`, waiting at most `wait` seconds.

        Raises `VaultLockedError` naming the holder, or `VaultError` where the directory cannot be written to.
        """
        try:
            self._lock.acquire(timeout=wait, poll_interval=0.05)
        except Timeout:
            raise VaultLockedError(
                f"Another process is writing to {self._root}{_who(self._root)}.",
                "Wait until it has finished, then try again; reading works meanwhile.",
            ) from None
        except OSError as error:
            raise VaultError(f"{self._root} cannot be written to: {error.strerror}.") from None
        said = {"pid": os.getpid(), "command": command, "since": now and timestamp(now)}
        temporary = self._root / f"{HOLDER}.new"
        try:
            with disk_errors(self._root):
                self._ops.remove(temporary)
                with self._ops.create(temporary) as file:
                    file.write(json.dumps(said).encode())
                self._ops.replace(temporary, self._root / HOLDER)
        except BaseException:
            self._lock.release()
            raise

    def release(self) -> None:
        """Give the lock back."""
        try:
            # The file says nothing to anybody while the lock is free.
            with suppress(OSError):
                self._ops.remove(self._root / HOLDER)
        finally:
            self._lock.release()


def _who(root: Path) -> str:
    try:
        said = json.loads((root / HOLDER).read_text(encoding="utf-8"))
        since = f", since {said['since']}" if said["since"] else ""
        return f": process {int(said['pid'])} ({said['command']}){since}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
