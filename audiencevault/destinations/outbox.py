"""Files put into a directory so that nobody ever sees half of one.

Everything is written and flushed beside its place first, then moved in by renaming: what stops people from
being mailed before what lets them be mailed, the manifest last. The manifest names the files of the export;
what it named before and does not name now is removed, so that an old list never lies beside a new one.
Files hold personal data: only their owner may read them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from audiencevault.errors import DestinationError, UsageError

MANIFEST: Final = "manifest.json"
STAGING: Final = ".audiencevault-export.part"
SCHEMA: Final = 1
_OURS: Final = re.compile(r"[a-z0-9-]+\.(csv|parquet|html|txt|vcf)")
_PRIVATE_FILE: Final = 0o600
_PRIVATE_DIRECTORY: Final = 0o700


@dataclass(frozen=True)
class Staged:
    """One file that waits beside its place."""

    name: str
    rows: int
    sha256: str
    status: str
    subscribes: bool


class Outbox:
    """One export into `directory`; a context manager that leaves nothing behind unless `publish` was called.

    With `force`, files of the same name that no export wrote are replaced; without it they are an error.
    """

    def __init__(self, directory: Path, *, force: bool = False) -> None:
        self._directory = directory
        self._staging = directory / STAGING
        self._force = force
        self._staged: list[Staged] = []

    def __enter__(self) -> Self:
        try:
            self._directory.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
            # What a killed export left is personal data that nobody asked for.
            shutil.rmtree(self._staging, ignore_errors=True)
            self._staging.mkdir(mode=_PRIVATE_DIRECTORY)
        except OSError as error:
            raise _cannot_write(self._directory, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._staging, ignore_errors=True)

    def expect(self, names: Collection[str]) -> None:
        """Raise `UsageError` now where publishing files of these names would, so that no work is done in vain."""
        self._refuse_foreign(set(names) - self._named_before())

    def path(self, name: str) -> Path:
        """Where a file of this name will be."""
        return self._directory / name

    def put(self, name: str, data: bytes, *, rows: int, status: str, subscribes: bool = False) -> Path:
        """Stage one file; returns where it will be."""
        if any(item.name == name for item in self._staged):
            raise ValueError(f"two files named {name}")
        self._write(name, data)
        digest = hashlib.sha256(data).hexdigest()
        self._staged.append(Staged(name, rows, digest, status, subscribes))
        return self.path(name)

    def publish(self, about: Mapping[str, Any]) -> Path:
        """Move everything in, remove what the last export left, write the manifest with `about` in it."""
        before = self._named_before()
        now = {item.name for item in self._staged}
        self._refuse_foreign(now - before)
        try:
            # An interrupted run must still know which files are its own.
            self._write_manifest(about, sorted(before | now), complete=False)
            for item in self._staged:
                if not item.subscribes:
                    (self._staging / item.name).replace(self.path(item.name))
            for name in sorted(before - now):
                self.path(name).unlink(missing_ok=True)
            for item in self._staged:
                if item.subscribes:
                    (self._staging / item.name).replace(self.path(item.name))
            manifest = self._write_manifest(about, [], complete=True)
        except OSError as error:
            raise _cannot_write(self._directory, error) from error
        return manifest

    def _named_before(self) -> set[str]:
        """The files that the manifest in the directory names; plain names only, whatever it says."""
        try:
            said = json.loads(self.path(MANIFEST).read_text("utf-8"))
            known = said["schema"] == SCHEMA and isinstance(said["complete"], bool)
            names = [str(item["name"]) for item in said["files"]] + [str(name) for name in said.get("pending", [])]
        except FileNotFoundError:
            return set()
        except (OSError, ValueError, KeyError, TypeError):
            known, names = False, []
        if not known:
            if self._force:
                return set()
            raise UsageError(
                f"{self.path(MANIFEST)} was not written by an export, so nothing beside it is touched.",
                "Choose another directory, or use --force to replace files of the same names.",
            )
        return {name for name in names if _OURS.fullmatch(name)}

    def _refuse_foreign(self, names: set[str]) -> None:
        foreign = sorted(name for name in names if self.path(name).exists())
        if foreign and not self._force:
            raise UsageError(
                f"{self._directory} already holds {', '.join(foreign)}, which no export wrote.",
                "Choose another directory, or use --force to replace them.",
            )

    def _write(self, name: str, data: bytes) -> None:
        try:
            descriptor = os.open(self._staging / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise _cannot_write(self._directory, error) from error

    def _write_manifest(self, about: Mapping[str, Any], pending: list[str], *, complete: bool) -> Path:
        files = [
            {"name": item.name, "rows": item.rows, "sha256": item.sha256, "status": item.status}
            for item in sorted(self._staged, key=lambda item: item.name)
        ]
        document: dict[str, Any] = {"schema": SCHEMA, "complete": complete, **about, "files": files}
        if pending:
            document["pending"] = pending
        self._write(MANIFEST, (json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode())
        (self._staging / MANIFEST).replace(self.path(MANIFEST))
        return self.path(MANIFEST)


class Rehearsal(Outbox):
    """An export that says what it would write, and touches nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def publish(self, about: Mapping[str, Any]) -> Path:  # noqa: ARG002 - nothing is published
        """Where the manifest would be."""
        return self.path(MANIFEST)

    def _write(self, name: str, data: bytes) -> None:
        """Nothing."""


def _cannot_write(directory: Path, error: OSError) -> DestinationError:
    return DestinationError(
        f"Nothing more could be written to {directory}: {error.strerror or type(error).__name__}.",
        "Check that the directory can be written to, that the disk has room, and that no other export runs there.",
    )
