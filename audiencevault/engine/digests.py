"""SHA-256 over the rows of columns.

A hash of a short text costs a tenth of what calling it from Python costs. So where kernels were compiled, and Python's
`hashlib` lets the functions of its library (OpenSSL) be found, kernels call these; otherwise `hashlib` is asked row by
row.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Self, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine.compiled import kernels

Octets = npt.NDArray[np.uint8]
Part: TypeAlias = pa.Array | bytes
"""A column of text or bytes, null as if it were empty; or bytes that every row has."""

KERNELS = kernels("audiencevault.engine.digest_kernels")

WIDTH: Final = 32
"""Bytes of a hash."""

_FEW: Final = 64
"""Rows that are quicker hashed one by one than a context is made."""


@dataclass(frozen=True)
class Library:
    """Where the functions lie that `hashlib` itself calls, and how contexts of theirs are made and freed."""

    kind: int
    begin: int
    add: int
    end: int
    new: Any
    free: Any

    @classmethod
    def found(cls) -> Self | None:
        """The library of this Python; None where it does not tell, or hashes anything but what `hashlib` does."""
        try:
            import _hashlib

            held = ctypes.CDLL(_hashlib.__file__)
            new, free = held.EVP_MD_CTX_new, held.EVP_MD_CTX_free
            new.restype, new.argtypes = ctypes.c_void_p, []
            free.restype, free.argtypes = None, [ctypes.c_void_p]
            if hasattr(held, "EVP_MD_fetch"):
                fetch = held.EVP_MD_fetch
                fetch.restype, fetch.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
                kind = fetch(None, b"SHA256", None)
            else:
                held.EVP_sha256.restype = ctypes.c_void_p
                kind = held.EVP_sha256()
            begin, add, end = (
                ctypes.cast(function, ctypes.c_void_p).value
                for function in (held.EVP_DigestInit_ex, held.EVP_DigestUpdate, held.EVP_DigestFinal_ex)
            )
        except (ImportError, OSError, AttributeError, TypeError):
            return None
        if KERNELS is None or not (kind and begin and add and end):
            return None
        library = cls(kind, begin, add, end, new, free)
        return library if library._agrees() else None

    def _agrees(self) -> bool:
        """Whether it gives what `hashlib` gives."""
        text = pa.array(["a", "row", None], pa.string())
        try:
            with self.digest() as digest:
                found = KERNELS.hashed(digest, [_slices(text)], len(text), WIDTH)  # type: ignore[union-attr]
        except (MemoryError, RuntimeError):
            return False
        return np.array_equal(found, _one_by_one([text], len(text), WIDTH))

    @contextmanager
    def digest(self) -> Iterator[Any]:
        """Something that kernels can hash with, one thread at a time."""
        context = self.new()
        if not context:
            raise MemoryError
        try:
            yield KERNELS.Digest(context, self.kind, self.begin, self.add, self.end)  # type: ignore[union-attr]
        finally:
            self.free(context)


def digests(parts: Sequence[Part], rows: int, keep: int = WIDTH) -> Octets:
    """The first `keep` bytes of the SHA-256 over the `parts` of each of `rows` rows, one part after the other."""
    if LIBRARY is None or KERNELS is None or rows < _FEW:
        return _one_by_one(parts, rows, keep)
    found: Octets
    with LIBRARY.digest() as digest:
        found = KERNELS.hashed(digest, [_slices(part) for part in parts], rows, keep)
    return found


def chained(before: bytes, leaves: Octets) -> Octets:
    """The first bytes, as many as `before` has, of the SHA-256 over those of the row before and a row of `leaves`."""
    if KERNELS is None or LIBRARY is None or len(leaves) < _FEW:
        sha256, last, keep = hashlib.sha256, before, len(before)
        found = [last := sha256(last + leaf).digest()[:keep] for leaf in map(bytes, leaves)]
        return np.frombuffer(b"".join(found), np.uint8).reshape(-1, keep)
    linked: Octets
    with LIBRARY.digest() as digest:
        linked = KERNELS.chained(digest, before, np.ascontiguousarray(leaves))
    return linked


def columns_of(table: Octets) -> pa.Array:
    """The rows of an array of bytes as a column."""
    rows, width = table.shape
    bounds = np.arange(rows + 1, dtype=np.int32) * width
    return pa.BinaryArray.from_buffers(
        pa.binary(), rows, [None, pa.py_buffer(bounds), pa.py_buffer(np.ascontiguousarray(table))]
    )


def _one_by_one(parts: Sequence[Part], rows: int, keep: int) -> Octets:
    columns = [part if isinstance(part, bytes) else part.cast(pa.binary()) for part in parts]
    every = pa.repeat(pa.scalar(b"", pa.binary()), rows)
    whole = pc.binary_join_element_wise(every, *columns, b"", null_handling="replace", null_replacement=b"")
    octets, bounds = _slices(whole)
    sha256, data = hashlib.sha256, octets.tobytes()
    found = [sha256(data[begin:end]).digest()[:keep] for begin, end in pairwise(bounds.tolist())]
    return np.frombuffer(b"".join(found), np.uint8).reshape(-1, keep)


def _slices(part: Part) -> tuple[Octets, Any]:
    """The bytes of a part and the bounds of each row's, None where every row has all."""
    if isinstance(part, bytes):
        return np.frombuffer(part, np.uint8), None
    if part.null_count:
        part = pc.fill_null(part, pa.scalar("").cast(part.type))
    _, bounds, data = part.buffers()
    octets = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    if not len(part):
        return octets, np.zeros(1, np.int32)
    return octets, np.frombuffer(bounds, np.int32)[part.offset : part.offset + len(part) + 1]


LIBRARY: Final = Library.found()
