"""JSON documents of any size as a stream of parser events: for exports that are one large document.

Words: an *event* is what the parser met (`start_map`, `map_key`, `string`, ...); its *prefix* the keys that lead to it,
joined by dots, with `item` for each array.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, BinaryIO, Final

import ijson

from audiencevault.errors import ExportError
from audiencevault.export import Member

_BUFFER: Final = 256 * 1024
_BOM: Final = b"\xef\xbb\xbf"
_BROKEN: Final = (ijson.JSONError, UnicodeDecodeError, RecursionError)
# 64-bit integers and doubles: an unbounded integer of thousands of digits ends the process in ijson's C code.
_SETTINGS: Final = {"use_float": True, "buf_size": _BUFFER}


Events = Generator[tuple[str, str, Any], None, None]


def events(member: Member) -> Events:
    """Prefix, event and value of everything in the document, in order.

    Raises `ExportError` naming the member where it is cut off or damaged; what stands before has been yielded by then.
    """
    with member.open() as opened:
        try:
            yield from ijson.parse(_After(opened, b""), **_SETTINGS)
        except _BROKEN as error:
            raise damaged(member) from error


def assigned_items(member: Member) -> Iterator[Any]:
    """The items of the array that a script assigns: `window.YTD.follower.part0 = [ ... ]`. Errors as `events`."""
    with member.open() as opened:
        try:
            yield from ijson.items(_After(opened, b"="), "item", **_SETTINGS)
        except _BROKEN as error:
            raise damaged(member) from error


def assigned(member: Member) -> Any:
    """The document that a script assigns, whole; None where there is none. Errors as `events`."""
    with member.open() as opened:
        try:
            for whole in ijson.items(_After(opened, b"="), "", **_SETTINGS):
                return whole
        except _BROKEN as error:
            raise damaged(member) from error
    return None


def damaged(member: Member) -> ExportError:
    """The error for a document that does not end where it should."""
    return ExportError(
        f"{member.path} is cut off or damaged: its JSON does not end where it should.",
        "Download the export again, or copy it again from where it was complete.",
    )


class _After:
    """A stream without its byte order mark, or without everything up to the first `mark`."""

    def __init__(self, stream: BinaryIO, mark: bytes) -> None:
        self._stream = stream
        start = stream.read(4096)
        self._start = start.partition(mark)[2] if mark else start.removeprefix(_BOM)

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes beyond those that are held already; like `BinaryIO.read` for a parser."""
        if size == 0:
            return b""
        if self._start:
            start, self._start = self._start, b""
            return start
        return self._stream.read(size)
