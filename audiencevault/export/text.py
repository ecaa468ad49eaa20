"""From bytes to text: which encoding a member has, streams of it, and the repair of Meta's double encoding.

The order is: byte order mark, UTF-16 without one, strict UTF-8, then the default of the source. A file that is
UTF-8 but for some bytes is read as UTF-8 with those bytes in the default: that is what lists look like that were
pasted together from two programs.
"""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING, Final, TextIO

from audiencevault.errors import UsageError

if TYPE_CHECKING:
    from audiencevault.export.view import Member

DEFAULT_ENCODING: Final = "cp1252"

# UTF-32 first: its little-endian mark begins with UTF-16's.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SNIFFED_BYTES: Final = 4096
_UTF8: Final = codecs.getincrementaldecoder("utf-8")
_MIXED: Final = "utf-8+"
_SINGLE_BYTE: Final = ("cp125", "cp437", "cp85", "iso8859", "mac-", "koi8")


class Utf8Scan:
    """Whether a stream of bytes is UTF-8: feed it in chunks, then `close`.

    `bad` says that some byte fits no UTF-8 character, `wide` that some character of more than one byte is whole.
    """

    def __init__(self) -> None:
        self.bad = False
        self.wide = False
        self._tail = b""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        if (self.bad and self.wide) or (not self._tail and chunk.isascii()):
            return
        self._take(self._tail + chunk, final=False)

    def close(self) -> None:
        """No more bytes: an unfinished character is bad."""
        self._take(self._tail, final=True)

    def _take(self, data: bytes, *, final: bool) -> None:
        try:
            decoder = _UTF8("strict")
            text = decoder.decode(data, final)
        except UnicodeDecodeError:
            self.bad = True
            decoder = _UTF8("ignore")
            text = decoder.decode(data, final)
        self.wide = self.wide or not text.isascii()
        self._tail = b"" if final else bytes(decoder.getstate()[0])


def decode(data: bytes, *, default: str = DEFAULT_ENCODING, encoding: str | None = None) -> tuple[str, str]:
    """The text of `data` without its byte order mark, and the encoding that was used.

    `encoding` is what the person says and wins over everything, but is never strict: a byte that it does not
    know becomes U+FFFD. An unknown one raises `UsageError`.
    """
    if encoding is None:
        encoding = _from_head(data[:SNIFFED_BYTES])
    if encoding is None:
        scan = Utf8Scan()
        scan.feed(data)
        scan.close()
        encoding = _from_scan(scan, default)
    codec, errors = _codec(encoding, data[:4])
    return data.decode(codec, errors), encoding


def encoding_of(member: Member, *, default: str = DEFAULT_ENCODING, encoding: str | None = None) -> str:
    """The encoding that `text_stream` uses: a Python codec name, or `utf-8+<default>` for a mixed file.

    Reads the whole member once, unless its hash was asked for before.
    """
    return encoding or _from_head(member.head(SNIFFED_BYTES)) or _from_scan(member.scan.utf8, default)


def text_stream(member: Member, *, default: str = DEFAULT_ENCODING, encoding: str | None = None) -> TextIO:
    """The member's text as a stream, line ends untouched, the byte order mark gone.

    The encoding is decided over the whole member beforehand, so that one byte far down does not give a file two
    readings. Reading raises `ExportError` on damage; an unknown `encoding` raises `UsageError`.
    """
    chosen = encoding_of(member, default=default, encoding=encoding)
    codec, errors = _codec(chosen, member.head(4))
    return io.TextIOWrapper(member.open(), encoding=codec, errors=errors, newline="")


def _from_head(head: bytes) -> str | None:
    """What the first bytes alone decide: a mark, or the zero bytes of UTF-16."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    first, second = head[0::2].count(0), head[1::2].count(0)
    enough = max(len(head) // 20, 1)
    if second >= enough and second > 8 * first:
        return "utf-16-le"
    if first >= enough and first > 8 * second:
        return "utf-16-be"
    return None


def _from_scan(scan: Utf8Scan, default: str) -> str:
    if not scan.bad:
        return "utf-8"
    if scan.wide and codecs.lookup(default).name.startswith(_SINGLE_BYTE):
        return _MIXED + default
    return default


def _codec(encoding: str, head: bytes) -> tuple[str, str]:
    """The codec and the name of its error handler."""
    if encoding.startswith(_MIXED):
        return "utf-8-sig", _bad_bytes_as(encoding.removeprefix(_MIXED))
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise UsageError(
            f"There is no text encoding called {encoding!r}.", "Try utf-8, cp1252 (Windows), mac-roman or utf-16."
        ) from None
    if name == "utf-8":
        return "utf-8-sig", "replace"
    if name.startswith("utf-16-") and head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "replace"
    return name, "replace"


def _bad_bytes_as(default: str) -> str:
    """Register, and name, the error handler that reads what is not UTF-8 in another encoding."""
    name = f"audiencevault.{default}"

    def handler(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        return error.object[error.start : error.end].decode(default, "replace"), error.end

    codecs.register_error(name, handler)
    return name


def repair_double_encoding(text: str) -> str:
    r"""Undo the text bug of Meta's JSON files, where each byte of UTF-8 is written as a character of its own.

    Text that is right already, or cannot come from that bug, is returned as it is.

    >>> repair_double_encoding("Ren\\u00c3\\u00a9e")
    'Renée'
    >>> repair_double_encoding("Renée")
    'Renée'
    """
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
