"""The grammar of vCard 2.1, 3.0 and 4.0, as address books really write it.

Words: a *property* is one field of a card (`TEL;TYPE=CELL:+1…`) with its *group* (`item1.`), which ties it to its
label; a *card* is what stands between BEGIN:VCARD and END:VCARD. A *logical line* is a property after its folded
lines were joined.

Three ways to continue a line are told apart: a blank at the start of the next line (3.0, 4.0), `=` at the end of a
quoted-printable value (2.1), and the bare lines of a 2.1 base64 block. Pictures, sounds and keys are dropped as
they are read.
"""

from __future__ import annotations

import codecs
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple, TextIO

BINARY: Final = frozenset({"PHOTO", "LOGO", "SOUND", "KEY", "AGENT"})
"""Properties whose value is dropped, however long."""

_ENCODINGS: Final = frozenset({"QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT", "B", "Q"})
_NAME: Final = re.compile(r"(?:(?P<group>[A-Za-z0-9_-]+)\.)?(?P<name>[A-Za-z][A-Za-z0-9_-]*)")
_BASE64_LINE: Final = re.compile(r"[A-Za-z0-9+/=]+")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_BASE64_HEAD: Final = re.compile(r"[;=](BASE64|B)(;|$)")
_LINE: Final = 262_144
_SHORT: Final = 120
"""Characters of the part before a value that is worth remembering."""
_NO_TYPES: Final[frozenset[str]] = frozenset()


class Property(NamedTuple):
    """One field. `params` are upper-case names with their values as written; `value` is decoded from its
    transfer encoding and still escaped; `types` are lower case: `cell`, `home`, `pref`.
    """

    group: str
    name: str
    params: dict[str, list[str]]
    value: str
    types: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """The value as one text."""
        return unescape(self.value).strip()

    def parts(self) -> list[str]:
        """The parts of a structured value (`N`, `ADR`, `ORG`)."""
        return [unescape(part).strip() for part in split(self.value, ";")]

    def texts(self) -> list[str]:
        """The parts of a list value (`CATEGORIES`, `NICKNAME`)."""
        return [text for part in split(self.value, ",") if (text := unescape(part).strip())]


@dataclass(slots=True)
class Card:
    """One card, the `number`-th of its file. `problem` is a reason code where it cannot be used: `no_end`
    (the file stops, or the next card begins, before its end) or `too_long`.
    """

    number: int
    properties: list[Property] = field(default_factory=list)
    problem: str = ""

    def all(self, name: str) -> list[Property]:
        """The properties of that name, in order."""
        return [item for item in self.properties if item.name == name]

    def first(self, name: str) -> Property | None:
        """The first property of that name that is not empty."""
        return next((item for item in self.properties if item.name == name and item.value.strip(" ;")), None)

    def label(self, item: Property) -> str | None:
        """The label that the same group gives, as Apple writes it (`_$!<Other>!$_` is `Other`)."""
        if not item.group:
            return None
        for other in self.properties:
            if other.group == item.group and other.name in ("X-ABLABEL", "X-ABLABEL-CUSTOM"):
                return other.text.removeprefix("_$!<").removesuffix(">!$_") or None
        return None


def cards(stream: TextIO, max_chars: int) -> Iterator[Card]:
    """The cards of a file, one at a time; a field longer than `max_chars` makes its card `too_long`.

    Text between cards is ignored. A card inside an AGENT property belongs to that property and is dropped.
    """
    number = 0
    card: Card | None = None
    nested = 0
    agent = False
    for line, cut in _logical(_physical(stream, max_chars), max_chars):
        mark = _mark(line)
        if mark == "BEGIN:VCARD":
            if card is not None and agent:
                nested += 1
                continue
            if card is not None:
                card.problem = card.problem or "no_end"
                yield card
            number += 1
            card = Card(number)
        elif mark == "END:VCARD":
            if nested:
                nested -= 1
            elif card is not None:
                yield card
                card = None
        elif card is not None and not nested:
            item = _property(line)
            agent = item is not None and item.name == "AGENT"
            if item is None or item.name in BINARY:
                continue
            if cut:
                card.problem = "too_long"
            card.properties.append(item)
            continue
        agent = False
    if card is not None:
        card.problem = card.problem or "no_end"
        yield card


def _mark(line: str) -> str:
    """The line in capitals where it is as long as one that begins or ends a card; else empty."""
    text = line.strip()
    return text.upper() if len(text) in (9, 11) else ""


def split(value: str, separator: str) -> list[str]:
    r"""Cut at every `separator` that is not escaped; the parts stay escaped.

    >>> split(r"Falk\;Holm;Ida", ";") == [r"Falk\;Holm", "Ida"]
    True
    """
    if "\\" not in value:
        return value.split(separator)
    parts, start, position = [], 0, 0
    while position < len(value):
        letter = value[position]
        if letter == "\\":
            position += 1
        elif letter == separator:
            parts.append(value[start:position])
            start = position + 1
        position += 1
    parts.append(value[start:])
    return parts


def unescape(value: str) -> str:
    r"""`\n` to a line break, `\,` `\;` `\:` and `\\` to the letter; any other backslash stays."""
    return _ESCAPE.sub(_letter, value) if "\\" in value else value


def _letter(match: re.Match[str]) -> str:
    letter = match[1]
    if letter in "nN":
        return "\n"
    return letter if letter in ",;:\\" else match[0]


def _physical(stream: TextIO, max_chars: int) -> Iterator[tuple[str, bool]]:
    """Lines without their end; of a line without end in sight only the first `max_chars`, marked as cut."""
    limit = max(max_chars, _LINE)
    while line := stream.readline(limit):
        if line[-1:] == "\n" and line.isascii() and "\0" not in line and line[:1] not in "Ee":
            yield line.rstrip("\r\n"), False
            continue
        cut = False
        while not line.endswith(("\n", "\r")):
            more = stream.readline(limit)
            if not more:
                break
            if len(line) < limit:
                line += more
            else:
                cut = True
                line = line[:limit] + ("\n" if more.endswith(("\n", "\r")) else "")
        text = line.rstrip("\r\n").replace("\0", "").removeprefix("\ufeff")
        # END:VCARDBEGIN:VCARD, where a tool joined files whose last line had no end.
        while text[:9].upper() == "END:VCARD" and text[9:].strip():
            yield "END:VCARD", False
            text = text[9:].strip()
        yield text, cut


def _logical(lines: Iterator[tuple[str, bool]], max_chars: int) -> Iterator[tuple[str, bool]]:
    """Properties after unfolding; a value that is dropped anyway is not collected."""
    held: list[str] = []
    size, cut = 0, False
    quoted = base64 = False
    for line, too_long in lines:
        ends = _mark(line) == "END:VCARD"
        if (
            held
            and not ends
            and (
                line[:1] in (" ", "\t")
                or (quoted and held[-1].endswith("="))
                or (base64 and line and _BASE64_LINE.fullmatch(line.strip()))
            )
        ):
            if quoted and held[-1].endswith("="):
                held[-1] = held[-1][:-1]
            elif line[:1] in (" ", "\t"):
                line = line[1:]
            if not base64:
                size += len(line)
                cut = cut or too_long or size > max_chars
                if not cut:
                    held.append(line)
            continue
        if held:
            yield "".join(held), cut
        held, size, cut = [], 0, False
        if not line.strip():
            continue
        head = line.partition(":")[0]
        quoted, base64 = (_transfer if len(head) <= _SHORT else _transfer.__wrapped__)(head)
        held, size, cut = [line], len(line), too_long or len(line) > max_chars
    if held:
        yield "".join(held), cut


@lru_cache(maxsize=1024)
def _transfer(head: str) -> tuple[bool, bool]:
    """Whether what stands behind `head` is quoted-printable, or a block of base64."""
    head = head.upper()
    base64 = _BASE64_HEAD.search(head) is not None or head.partition(";")[0].rpartition(".")[2] in BINARY
    return "QUOTED-PRINTABLE" in head or "ENCODING=Q" in head, base64


def _property(line: str) -> Property | None:
    """A logical line as a property; None where it is none."""
    colon = _outside_quotes(line, ":")
    if colon < 0:
        return None
    head, value = line[:colon], line[colon + 1 :]
    # The same few heads stand before every value of a file.
    found = (_head if len(head) <= _SHORT else _head.__wrapped__)(head)
    if found is None:
        return None
    if found.encoding & {"QUOTED-PRINTABLE", "Q"}:
        value = _quoted_printable(value, found.params.get("CHARSET", [""])[0])
    elif found.encoding & {"BASE64", "B"}:
        value = ""
    return Property(found.group, found.name, found.params, value, found.types)


class _Head(NamedTuple):
    """What stands before a value; its encodings are in capitals."""

    group: str
    name: str
    params: dict[str, list[str]]
    types: frozenset[str]
    encoding: frozenset[str]


@lru_cache(maxsize=1024)
def _head(head: str) -> _Head | None:
    words = _cut_outside_quotes(head, ";")
    match = _NAME.fullmatch(words[0].strip())
    if match is None:
        return None
    params: dict[str, list[str]] = {}
    for word in words[1:]:
        key, equals, written = word.partition("=")
        if not equals:
            bare = key.strip().upper()
            params.setdefault("ENCODING" if bare in _ENCODINGS else "TYPE", []).append(key.strip())
        else:
            params.setdefault(key.strip().upper(), []).append(written.strip().strip('"'))
    kinds = params.get("TYPE")
    types = frozenset(part.strip().lower() for kind in kinds for part in kind.split(",")) if kinds else _NO_TYPES
    encoding = frozenset(value.upper() for value in params.get("ENCODING", []))
    return _Head((match["group"] or "").lower(), match["name"].upper(), params, types, encoding)


def _quoted_printable(value: str, charset: str) -> str:
    raw = quopri.decodestring(value.encode("utf-8", "replace"))
    for name in (charset, "utf-8", "cp1252"):
        try:
            if name and codecs.lookup(name).name in ("hex", "base64", "zlib", "bz2", "rot13", "uu", "quopri"):
                continue
            if name:
                return raw.decode(name)
        except (LookupError, UnicodeError):
            continue
    return raw.decode("latin-1")


def _outside_quotes(text: str, wanted: str) -> int:
    """Where `wanted` first stands outside quotation marks, else where it first stands at all, else -1."""
    if '"' not in text.partition(wanted)[0]:
        return text.find(wanted)
    quoted = False
    for position, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif letter == wanted and not quoted:
            return position
    return text.find(wanted)


def _cut_outside_quotes(text: str, separator: str) -> list[str]:
    if '"' not in text:
        return text.split(separator)
    parts, start, quoted = [], 0, False
    for position, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif letter == separator and not quoted:
            parts.append(text[start:position])
            start = position + 1
    parts.append(text[start:])
    return parts
