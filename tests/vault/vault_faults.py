"""Ways to stop a writer: a death before any single change, a power cut that takes back what was not synced."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from audiencevault.vault.ops import NewFile, Ops


class DeathError(BaseException):
    """The process is gone; nothing may catch this as an ordinary error."""


class CountingOps(Ops):
    """Remembers every change."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, Path]] = []

    def step(self, what: str, path: Path) -> None:
        self.steps.append((what, path))


class DyingOps(Ops):
    """Dies before change number `at` (from 0), and does nothing ever after. A write is torn: half of it arrives."""

    def __init__(self, at: int) -> None:
        self._left = at
        self.dead = False

    def die(self) -> None:
        self.dead = True
        raise DeathError

    def step(self, what: str, path: Path) -> None:
        if self.dead:
            raise DeathError
        if self._left == 0:
            self.die()
        self._left -= 1

    def create(self, path: Path) -> NewFile:
        return _TornFile(self, path)


class _TornFile(NewFile):
    def flush(self) -> None:
        try:
            super().flush()
        except DeathError:
            if not self._file.closed:
                self.put(self._waiting[: len(self._waiting) // 2])
            self.give_up()
            raise


class KillingOps(DyingOps):
    """The same with a real SIGKILL."""

    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class FailingOps(Ops):
    """Change number `at` fails as on a full disk; the others work."""

    def __init__(self, at: int) -> None:
        self._left = at
        self.failed = ""

    def step(self, what: str, path: Path) -> None:
        if self._left == 0:
            self.failed = what
            self._left -= 1
            raise OSError(28, "No space left on device")
        self._left -= 1


class NoLinksOps(Ops):
    """A file system without hard or symbolic links."""

    def link(self, source: Path, target: Path) -> None:
        raise OSError(95, "Operation not supported")

    def symlink(self, target: str, path: Path) -> None:
        raise OSError(95, "Operation not supported")


class PowerCutOps(DyingOps):
    """Dies like `DyingOps`; `cut` then takes back everything that no sync had made sure of.

    Names are sure once their directory was synced after they were given, contents once their file was.
    """

    def __init__(self, at: int, attic: Path) -> None:
        super().__init__(at)
        self._attic = attic
        self._saved = 0
        attic.mkdir()
        self._names: list[tuple[Path, Path, Path | None]] = []  # (directory, name, what had the name before)
        self._unsynced: set[int] = set()
        self._roots: set[Path] = set()

    def _keep(self, path: Path) -> Path | None:
        if path.is_symlink() or not path.exists():
            return None
        self._saved += 1
        kept = self._attic / str(self._saved)
        if path.is_dir():
            shutil.copytree(path, kept, copy_function=os.link, symlinks=True)
        else:
            os.link(path, kept)
        return kept

    def create(self, path: Path) -> NewFile:
        file = _PowerFile(self, path)
        self._names.append((path.parent, path, None))
        self._unsynced.add(path.stat().st_ino)
        return file

    def synced(self, inode: int) -> None:
        self._unsynced.discard(inode)

    def make_directory(self, path: Path) -> bool:
        made = super().make_directory(path)
        if made:
            self._names.append((path.parent, path, None))
        return made

    def make_temporary(self, parent: Path) -> Path:
        path = super().make_temporary(parent)
        self._names.append((parent, path, None))
        return path

    def replace(self, source: Path, target: Path) -> None:
        before, moved = self._keep(target), self._keep(source)
        super().replace(source, target)
        self._names.append((source.parent, source, moved))
        self._names.append((target.parent, target, before))

    def link(self, source: Path, target: Path) -> None:
        super().link(source, target)
        self._names.append((target.parent, target, None))

    def symlink(self, target: str, path: Path) -> None:
        super().symlink(target, path)
        self._names.append((path.parent, path, None))

    def remove(self, path: Path) -> None:
        before = self._keep(path)
        super().remove(path)
        if before is not None:
            self._names.append((path.parent, path, before))

    def sync_directory(self, path: Path) -> None:
        super().sync_directory(path)
        self._names = [entry for entry in self._names if entry[0] != path]

    def cut(self, root: Path, *, names: bool) -> None:
        """The power goes: unsynced contents are lost, and with `names` also unsynced names."""
        if names:
            for _, path, before in reversed(self._names):
                if path.is_symlink() or path.is_file():
                    path.unlink()
                elif path.is_dir():
                    shutil.rmtree(path)
                if before is not None and path.parent.is_dir():
                    before.rename(path)
        for path in root.rglob("*"):
            if path.is_file() and not path.is_symlink() and path.stat().st_ino in self._unsynced:
                os.truncate(path, 0)


class _PowerFile(_TornFile):
    def sync(self) -> None:
        super().sync()
        self._ops.synced(os.fstat(self._file.fileno()).st_ino)  # type: ignore[attr-defined]
