"""Where the bytes of a ZIP are: in a file, in a file that was cut into volumes, or in another ZIP."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Final, Protocol

_BUFFER_BYTES: Final = 1 << 18


class Container(Protocol):
    """Where the bytes of a ZIP are."""

    def open(self) -> BinaryIO:
        """A new seekable stream."""

    @property
    def size(self) -> int:
        """In bytes."""


@dataclass(frozen=True)
class OnDisk:
    """A ZIP that is one file, or that was cut into `.001`, `.002`, … which only together are one."""

    paths: tuple[Path, ...]

    def open(self) -> BinaryIO:
        """See `Container`."""
        if len(self.paths) == 1:
            return self.paths[0].open("rb")
        return io.BufferedReader(_Joined(self.paths), _BUFFER_BYTES)

    @cached_property
    def size(self) -> int:
        """See `Container`."""
        return sum(path.stat().st_size for path in self.paths)


@dataclass(frozen=True)
class InMemory:
    """A ZIP that lay in a ZIP."""

    data: bytes

    def open(self) -> BinaryIO:
        """See `Container`."""
        return io.BytesIO(self.data)

    @property
    def size(self) -> int:
        """See `Container`."""
        return len(self.data)


class _Joined(io.RawIOBase):
    """Several files as one seekable stream."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self._paths = paths
        self._sizes = [path.stat().st_size for path in paths]
        self._position = 0
        self._index = -1
        self._file: BinaryIO | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: sum(self._sizes)}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        start = 0
        for index, size in enumerate(self._sizes):
            if self._position < start + size:
                if index != self._index:
                    if self._file is not None:
                        self._file.close()
                    self._file, self._index = self._paths[index].open("rb"), index
                assert self._file is not None
                self._file.seek(self._position - start)
                data = self._file.read(len(buffer))
                buffer[: len(data)] = data
                self._position += len(data)
                return len(data)
            start += size
        return 0

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        super().close()
