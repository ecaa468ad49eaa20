"""What importers see: an `Export` and its `Member`s, whatever they lie in, and the `Limits` that guard reading."""

from __future__ import annotations

import fnmatch
import hashlib
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import BinaryIO, Final, Literal, NamedTuple, Protocol

from audiencevault.errors import ExportError
from audiencevault.export.text import Utf8Scan

HEAD_BYTES: Final = 65_536
CHUNK_BYTES: Final = 1 << 20
MIB: Final = 1 << 20
GIB: Final = 1 << 30


@dataclass(frozen=True)
class Limits:
    """What one archive may ask of this machine; sizes in bytes after decompression.

    `max_ratio` (decompressed : compressed) is judged for members, and for the archive as a whole, that have
    grown beyond `ratio_floor`. `max_nesting` counts ZIPs inside ZIPs; they are held in memory while they are
    read, at most `max_nested_bytes` each. `max_field_chars` is for the readers of tables.
    """

    max_members: int = 100_000
    max_member_bytes: int = 8 * GIB
    max_total_bytes: int = 32 * GIB
    max_ratio: float = 200.0
    ratio_floor: int = 16 * MIB
    max_nesting: int = 2
    max_nested_bytes: int = 256 * MIB
    max_field_chars: int = 1_000_000


class Source(Protocol):
    """Where a member's bytes come from."""

    def open(self) -> BinaryIO:
        """A new stream of the decompressed bytes; reading raises `ExportError` where they are damaged."""

    @property
    def fingerprint(self) -> tuple[int, int] | None:
        """Size and CRC-32 as the archive states them; None for a plain file."""


class Heads:
    """The first bytes of the members that were looked at last; one per export, so that memory stays bounded."""

    def __init__(self, capacity: int = 64) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self.damaged: dict[str, ExportError] = {}

    def get(self, path: str) -> bytes | None:
        """The kept head, which becomes the youngest."""
        head = self._kept.get(path)
        if head is not None:
            self._kept.move_to_end(path)
        return head

    def keep(self, path: str, head: bytes) -> None:
        """Keep a head; the oldest goes."""
        self._kept[path] = head
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)


class Scan(NamedTuple):
    """What one pass over all bytes tells: the hash, and whether and how the bytes fail to be UTF-8."""

    sha256: str
    utf8: Utf8Scan


@dataclass(frozen=True, eq=False)
class Member:
    """One file of an export.

    `path` is relative to the export as found, with `/` between folders; text is repaired and in Unicode NFC.
    `modified` is UTC where the export says so; a ZIP's own clock has no zone and is taken as UTC.
    """

    path: str
    size: int
    modified: datetime | None
    source: Source = field(repr=False)
    heads: Heads = field(repr=False, default_factory=Heads)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @cached_property
    def scan(self) -> Scan:
        """One pass over all bytes; raises `ExportError` where they cannot be read to the end."""
        digest = hashlib.sha256()
        utf8 = Utf8Scan()
        with self.open() as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
                utf8.feed(chunk)
        utf8.close()
        return Scan(digest.hexdigest(), utf8)

    @property
    def sha256(self) -> str:
        """SHA-256 of the content, in hex."""
        return self.scan.sha256

    def open(self) -> BinaryIO:
        """A new stream of the content. Reading raises `ExportError` on damage and `UnsafeArchiveError` where
        more comes out than the limits allow.
        """
        return self.source.open()

    def head(self, n: int = HEAD_BYTES) -> bytes:
        """The first `n` bytes, or fewer. Never raises: what is damaged before that ends early and appears in
        `Export.problems`.
        """
        kept = self.heads.get(self.path)
        if kept is None or (n > len(kept) == HEAD_BYTES):
            kept = self._read_head(max(n, HEAD_BYTES))
            self.heads.keep(self.path, kept[:HEAD_BYTES])
        return kept[:n]

    def _read_head(self, n: int) -> bytes:
        found = bytearray()
        try:
            with self.open() as stream:
                while len(found) < n and (chunk := stream.read(min(n - len(found), HEAD_BYTES))):
                    found += chunk
        except ExportError as error:
            self.heads.damaged.setdefault(self.path, error)
        return bytes(found)


@dataclass(frozen=True, eq=False)
class Export:
    """What a person downloaded, read-only.

    `path` is what they named, or the first part of several; `parts` all files it lies in. `members` are sorted
    by path, `junk` are the paths of what systems leave behind (`__MACOSX`, `.DS_Store`, empty files).
    """

    path: Path
    kind: Literal["folder", "zip", "file"]
    members: tuple[Member, ...]
    junk: tuple[str, ...] = ()
    refused: tuple[ExportError, ...] = ()
    parts: tuple[Path, ...] = ()
    heads: Heads = field(repr=False, default_factory=Heads)

    @property
    def problems(self) -> tuple[ExportError, ...]:
        """Members that were refused when the export was opened, and those found damaged when looked at since."""
        return self.refused + tuple(self.heads.damaged[path] for path in sorted(self.heads.damaged))

    def find(self, pattern: str) -> list[Member]:
        """Members whose path ends in `pattern`, sorted by path.

        `*`, `?` and `[...]` do not cross `/`; case is ignored; an apostrophe matches the `_` that some
        unzippers write for it: `who_you've_followed.json` finds `who_you_ve_followed.json`.
        """
        segments = _segments(pattern)
        return sorted(
            (
                member
                for name, members in self._by_name.items()
                if segments[-1].match(name)
                for member, folders in members
                if _ends_with(folders, segments[:-1])
            ),
            key=lambda member: member.path,
        )

    @cached_property
    def _by_name(self) -> dict[str, list[tuple[Member, tuple[str, ...]]]]:
        index: dict[str, list[tuple[Member, tuple[str, ...]]]] = {}
        for member in self.members:
            *folders, name = _fold(member.path).split("/")
            index.setdefault(name, []).append((member, tuple(folders)))
        return index


_APOSTROPHES: Final = str.maketrans(dict.fromkeys("'\u2018\u2019\u02bc", "_"))


def _fold(path: str) -> str:
    return path.translate(_APOSTROPHES).casefold()


@lru_cache(maxsize=4096)
def _segments(pattern: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(fnmatch.translate(segment)) for segment in _fold(pattern).strip("/").split("/"))


def _ends_with(folders: Sequence[str], wanted: Sequence[re.Pattern[str]]) -> bool:
    if len(wanted) > len(folders):
        return False
    tail = folders[len(folders) - len(wanted) :]
    return all(segment.match(folder) for segment, folder in zip(wanted, tail, strict=True))
