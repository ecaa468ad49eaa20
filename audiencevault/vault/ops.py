"""Every change that the vault makes to the disk, one small method each.

The store writes through an `Ops` only, so that tests can stop it before any single change, or take back what was
not yet flushed, and so prove that a crash at any moment leaves a whole vault.

Words: to *sync* is to wait until the disk itself holds the bytes; a directory has to be synced too before the
names in it are sure to survive a power cut.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from audiencevault.errors import VaultError

_BUFFER = 1 << 20


class NewFile:
    """A file being written for the first time; it hashes what passes through and never overwrites.

    Leaving the `with` block closes it; only `sync` makes it durable.
    """

    def __init__(self, ops: Ops, path: Path) -> None:
        ops.step("create", path)
        self.path = path
        self._ops = ops
        self._file = path.open("xb", buffering=0)
        self._waiting = bytearray()
        self._hash = hashlib.sha256()
        self._size = 0
        self._given_up = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.give_up()
        self.close()

    @property
    def sha256(self) -> str:
        """The hash of everything written so far, in hex."""
        return self._hash.hexdigest()

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._size

    @property
    def closed(self) -> bool:
        """Part of the file protocol that Arrow expects."""
        return self._file.closed

    def write(self, data: Any) -> int:
        """Append `data`, any object with the buffer protocol; return its number of bytes."""
        with memoryview(data) as view, view.cast("B") as octets:
            if not self._given_up:
                self._hash.update(octets)
                self._size += octets.nbytes
                self._waiting += octets
                if len(self._waiting) >= _BUFFER:
                    self.flush()
            return octets.nbytes

    def tell(self) -> int:
        """Part of the file protocol that Arrow expects."""
        return self._size

    def flush(self) -> None:
        """Hand what waits to the system."""
        if not self._waiting:
            return
        self._ops.step("write", self.path)
        self.put(self._waiting)
        self._waiting.clear()

    def put(self, octets: bytes | bytearray) -> None:
        """Write all of `octets`; the system may take them in several pieces."""
        with memoryview(octets) as view:
            done = 0
            while done < len(view):
                done += self._file.write(view[done:]) or 0

    def sync(self) -> None:
        """Wait until the disk holds everything written so far."""
        self.flush()
        self._ops.step("sync", self.path)
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close without syncing."""
        try:
            if not self._given_up:
                self.flush()
        finally:
            self._file.close()

    def give_up(self) -> None:
        """Drop what waits and whatever comes: a Parquet writer that is let go still writes its footer."""
        self._given_up = True
        self._waiting.clear()


class Ops:
    """The changes themselves. `step` is called before each; it does nothing here."""

    def step(self, what: str, path: Path) -> None:
        """Called before every change with its name and the path that it is about."""

    def create(self, path: Path) -> NewFile:
        """A new file; `FileExistsError` where there is one."""
        return NewFile(self, path)

    def write_file(self, path: Path, data: bytes) -> None:
        """A new file with all of `data`, synced."""
        with self.create(path) as file:
            file.write(data)
            file.sync()

    def make_directory(self, path: Path) -> bool:
        """Create a directory in an existing one; False where it is there already."""
        if path.is_dir():
            return False
        self.step("mkdir", path)
        path.mkdir()
        return True

    def make_temporary(self, parent: Path) -> Path:
        """A directory in `parent` with a name of its own."""
        self.step("mkdir", parent)
        return Path(tempfile.mkdtemp(dir=parent))

    def replace(self, source: Path, target: Path) -> None:
        """Give `source` the name `target` in one step, whether or not something has that name."""
        self.step("replace", target)
        source.replace(target)

    def link(self, source: Path, target: Path) -> None:
        """A second name for `source`; `FileExistsError` where `target` exists, another `OSError` where the file
        system has no hard links.
        """
        self.step("link", target)
        os.link(source, target)

    def claim(self, path: Path) -> None:
        """An empty file; `FileExistsError` where there is one already, whoever made it."""
        self.step("claim", path)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))

    def symlink(self, target: str, path: Path) -> None:
        """A symbolic link at `path` to `target`, which is relative to the directory of `path`."""
        self.step("symlink", path)
        path.symlink_to(target)

    def remove(self, path: Path) -> None:
        """Remove one file or link; nothing happens where there is none."""
        self.step("remove", path)
        path.unlink(missing_ok=True)

    def remove_tree(self, path: Path) -> None:
        """Remove a directory with everything in it; nothing happens where there is none."""
        self.step("remove", path)
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
        else:
            shutil.rmtree(path)

    def sync_file(self, path: Path) -> None:
        """Wait until the disk holds a file that somebody else wrote."""
        self.step("sync", path)
        with path.open("r+b") as file:
            os.fsync(file.fileno())

    def sync_directory(self, path: Path) -> None:
        """Wait until the disk holds the names in `path`; Windows does this by itself."""
        self.step("sync_directory", path)
        if os.name == "nt":
            return
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def disk_errors(where: Path) -> Iterator[None]:
    """Turns what the system says about a full or failing disk into a sentence about `where`."""
    try:
        yield
    except OSError as error:
        raise VaultError(
            f"{where} cannot be written to: {error.strerror or 'the system does not say why'}.",
            "Nothing was published; what was there before is unchanged.",
        ) from error


def publish(ops: Ops, temporary: Path, target: Path) -> None:
    """Give the synced file `temporary` the name `target` if nothing has that name, and sync the directory.

    `FileExistsError` where another writer was first. This is the one step that decides: before it nothing is
    visible, after it everything is. Where the file system has no hard links, an exclusively created marker beside
    the target decides instead, and a rename makes the file appear whole.
    """
    try:
        ops.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        _publish_without_links(ops, temporary, target)
    else:
        # A second name in a directory that is emptied anyway.
        with suppress(OSError):
            ops.remove(temporary)
    try:
        ops.sync_directory(target.parent)
    except OSError as error:
        raise VaultError(
            f"{target} was published, but the disk did not confirm it: {error.strerror}.",
            "Run: audiencevault check --read-data",
        ) from error


def _publish_without_links(ops: Ops, temporary: Path, target: Path) -> None:
    marker = target.with_name(target.name + CLAIM_SUFFIX)
    ops.claim(marker)
    try:
        if target.exists():
            raise FileExistsError(target)
        ops.replace(temporary, target)
    finally:
        ops.remove(marker)


CLAIM_SUFFIX = ".claim"
"""Ends the name of the marker that stands in for a hard link; a writer that holds the lock may remove stale ones."""
