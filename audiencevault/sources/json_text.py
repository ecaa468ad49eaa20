"""The text of a JSON document as a streaming parser is given it: without what stands before it, and never nested deep.

A parser that names the place of everything it meets remembers a longer name at every level: 64 KiB of `[` took it
11 GB (2026-11). No export nests more than some twenty lists and objects.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

import ijson
import numpy as np
import numpy.typing as npt

from audiencevault.errors import ExportError
from audiencevault.export import Member

Codes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

DEEPEST: Final = 200
"""Levels of lists and objects in each other that a document may have."""

BUFFER: Final = 256 * 1024
# 64-bit integers and doubles: with unbounded ones, an integer of 5,000 digits ends the process in ijson's C code, and
# 1e400000000 keeps Python busy for hours.
SETTINGS: Final = {"use_float": True, "buf_size": BUFFER}
"""For every call of ijson."""
# The second half of a surrogate pair without the first (\udc00) is a UnicodeDecodeError.
BROKEN: Final = (ijson.JSONError, UnicodeDecodeError, RecursionError)
"""What reading a damaged document raises."""

_BOM: Final = b"\xef\xbb\xbf"
_START: Final = 4096
_QUOTE, _BACKSLASH, _OPENS, _CLOSES = b'"\\[]'
_STEP: Final = np.array([(byte in b"[{") - (byte in b"]}") for byte in range(256)], np.int8)


class TooDeep(ijson.JSONError):  # type: ignore[misc]
    """The document nests deeper than any export does."""


class JsonText:
    """A stream without its byte order mark or, with `after`, without everything up to the first of these bytes.

    Reading raises `TooDeep`.
    """

    def __init__(self, stream: BinaryIO, after: bytes = b"") -> None:
        self._stream = stream
        start = stream.read(_START)
        self._start = start.partition(after)[2] if after else start.removeprefix(_BOM)
        self._levels = Levels()

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes beyond those that are held already; like `BinaryIO.read` for a parser."""
        if size == 0:
            return b""
        start, self._start = self._start, b""
        chunk = start or self._stream.read(size)
        if self._levels.after(chunk) > DEEPEST:
            raise TooDeep
        return chunk


class Levels:
    """How deep a document nests, piece by piece. Brackets in texts are no levels, so texts are followed too."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_text = self._escaping = False

    def after(self, piece: bytes) -> int:
        """The deepest level within the next piece."""
        if not piece:
            return self._depth
        codes = np.frombuffer(piece, np.uint8)
        quotes = self._quotes(codes)
        # `[` and `{`, `]` and `}` differ in one bit.
        folded = codes & 0xDF
        found = np.flatnonzero((folded == _OPENS) | (folded == _CLOSES))
        if len(found):
            outside = (np.searchsorted(quotes, found) & 1) == self._in_text
            running = self._depth + np.cumsum(_STEP[codes[found[outside]]], dtype=np.int64)
        else:
            running = np.zeros(0, np.int64)
        self._in_text ^= bool(len(quotes) & 1)
        deepest = max(self._depth, int(running.max(initial=0)))
        self._depth = int(running[-1]) if len(running) else self._depth
        return deepest

    def _quotes(self, codes: Codes) -> Places:
        """Where texts begin and end: quotation marks behind an even number of backslashes."""
        quotes = np.flatnonzero(codes == _QUOTE)
        slashes = np.flatnonzero(codes == _BACKSLASH)
        escaping, self._escaping = self._escaping, False
        if not len(slashes):
            return quotes[1:] if escaping and len(quotes) and quotes[0] == 0 else quotes
        first = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
        lengths = np.diff(first, append=len(slashes))
        behind = slashes[first] + lengths
        if escaping:
            # The piece before ended in the middle of an escape: its backslash belongs to what stands first here.
            if codes[0] == _BACKSLASH:
                lengths[0] += 1
            elif codes[0] == _QUOTE:
                quotes = quotes[1:]
        escaped = behind[lengths & 1 == 1]
        if len(escaped) and escaped[-1] == len(codes):
            self._escaping, escaped = True, escaped[:-1]
        marks = np.ones(len(quotes), np.bool_)
        marks[np.searchsorted(quotes, escaped[codes[escaped] == _QUOTE])] = False
        return quotes[marks]


@contextmanager
def opened(member: Member, after: bytes = b"") -> Iterator[JsonText]:
    """The text of a member. Raises `ExportError` naming it where what is done with the text finds it `BROKEN`."""
    with member.open() as stream:
        try:
            yield JsonText(stream, after)
        except BROKEN as error:
            raise damaged(member, error) from error


def of(data: bytes) -> JsonText:
    """The text in `data`."""
    return JsonText(io.BytesIO(data))


def damaged(member: Member, error: Exception | None = None) -> ExportError:
    """The error for a document that is none."""
    wrong = (
        f"nests lists in each other more than {DEEPEST} deep, which no export does"
        if isinstance(error, TooDeep)
        else "is cut off or damaged: its JSON does not end where it should"
    )
    return ExportError(
        f"{member.path} {wrong}.", "Download the export again, or copy it again from where it was complete."
    )
