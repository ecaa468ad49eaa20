"""The record shapes of Meta's JSON exports (Facebook, Instagram, Threads), read item by item.

Words: a *list file* is one JSON document with people in it: a bare array, an object whose one key holds the
array, or, where the list has a single record, that record alone.
An *entry* is one value of an item with its label, link and time, whatever shape the item has:
`string_list_data`, `string_map_data`, `label_values` or flat.

Labels follow the language of the account, so readers decide by the shape of values, and by labels only where
a shape does not tell. Every text is repaired: Meta writes each UTF-8 byte as its own escape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

import ijson

from audiencevault.errors import ExportError
from audiencevault.export import Member, repair_double_encoding
from audiencevault.sources import json_text

ITEM_KEYS: Final = frozenset({"string_list_data", "string_map_data", "label_values"})
"""Keys that only an item has: an object that starts with one is a record, not a list file's root."""

MAX_SECONDS: Final = 4_102_444_800
"""2100-01-01: a later time is a number that means something else."""

MAX_DOCUMENT: Final = 64 * 1024 * 1024
"""Documents that are one object (a profile, a single record) are read whole, up to this many bytes."""

_DIGITS: Final = 12


class Entry(NamedTuple):
    """One value of an item: label, text and link (None where absent or empty) and Unix seconds (None if 0)."""

    label: str
    value: str | None
    href: str | None
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Shape:
    """Where the records of a list file are: `kind` is `array`, `keyed` (an array under `key`), `maps` (objects
    under keys, as in Instagram's 2020 `connections.json`), `object` (one document) or `other`.
    """

    kind: str
    key: str = ""


def text(value: object) -> str | None:
    """`value` as repaired, trimmed text; None if it is no text or empty."""
    if not isinstance(value, str):
        return None
    if not value.isascii():
        value = repair_double_encoding(value)
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            value = value.encode("utf-8", "replace").decode("utf-8")
    return value.replace("\0", "").strip() or None


def seconds(value: object) -> int | None:
    """Unix seconds; None for 0, for what is no number and for times outside 1970 to 2100."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= _DIGITS:
        value = int(value)
    return int(value) if isinstance(value, int | float) and 0 < value < MAX_SECONDS else None


def moment(value: int | None) -> datetime | None:
    """Unix seconds as a UTC time."""
    return None if value is None else datetime.fromtimestamp(value, UTC)


def shape_of(head: bytes) -> Shape:
    """The shape of the list file that begins with `head`; needs no more than a few hundred bytes."""
    depth, key = 0, ""
    try:
        for event, value in ijson.basic_parse(json_text.of(head), **json_text.SETTINGS):
            if depth == 0:
                if event == "start_array":
                    return Shape("array")
                if event != "start_map":
                    return Shape("other")
                depth = 1
            elif event == "map_key":
                key = value
                if key in ITEM_KEYS:
                    return Shape("object")
            elif event == "start_array" and not key.startswith("media"):
                return Shape("keyed", key)
            elif event == "start_map":
                return Shape("maps", key)
            elif event == "start_array":
                return Shape("object")
    except json_text.BROKEN:
        return Shape("object" if depth and key else "other")
    return Shape("object")


def items(member: Member) -> Iterator[Any]:
    """The records of a list file, one at a time, in constant memory.

    Raises `ExportError` naming the member where the document is cut off, damaged or no list; the records
    before the damage have been yielded by then.
    """
    shape = shape_of(member.head())
    if shape.kind == "array":
        yield from stream(member, "item")
    elif shape.kind == "keyed":
        yield from stream(member, f"{shape.key}.item")
    elif shape.kind == "object":
        whole = document(member)
        if not isinstance(whole, dict) or not ITEM_KEYS & whole.keys():
            raise wrong_type(member)
        yield whole
    else:
        raise wrong_type(member)


def document(member: Member) -> Any:
    """The whole of a small JSON document. Raises `ExportError` where it is damaged or too large to be one."""
    if member.size > MAX_DOCUMENT:
        raise ExportError(
            f"{member.path} is one JSON object of {member.size:,} bytes, where a list was expected.",
            "Ask the platform for the export again; if it comes out the same, report the layout.",
        )
    for whole in stream(member, ""):
        return whole
    raise wrong_type(member)


def map_items(member: Member, key: str) -> Iterator[tuple[str, Any]]:
    """Name and value of each entry of the object under the root key `key`, one at a time."""
    with json_text.opened(member) as content:
        yield from ijson.kvitems(content, key, **json_text.SETTINGS)


def parse_head(head: bytes) -> Any:
    """The document that is complete within `head`; None where it is not."""
    try:
        for whole in ijson.items(json_text.of(head), "", **json_text.SETTINGS):
            return whole
    except json_text.BROKEN:
        return None
    return None


def entries(item: Mapping[str, Any]) -> list[Entry]:
    """Every value of one item in any of the four shapes, in the item's order."""
    found = [_entry("", part) for part in _objects(item.get("string_list_data"))]
    mapped = item.get("string_map_data")
    if isinstance(mapped, Mapping):
        found.extend(_entry(label, part) for label, part in mapped.items() if isinstance(part, Mapping))
    for part in _objects(item.get("label_values")):
        found.extend(_label_values(part))
    if not found and "name" in item:
        found.append(Entry("name", text(item["name"]), None, seconds(item.get("timestamp"))))
    return found


def item_seconds(item: Mapping[str, Any], parts: list[Entry]) -> int | None:
    """The time of an item: its own, else the first that one of its entries has."""
    own = seconds(item.get("timestamp"))
    return own if own is not None else next((part.seconds for part in parts if part.seconds is not None), None)


def handle_from_link(href: str | None, host: str) -> str | None:
    """The last path segment of a profile link on `host` (`instagram.com`), after dropping a leading `_u/`.

    None for a link to anywhere else: what a bio links to is not the profile.
    """
    if not href:
        return None
    usual = f"https://www.{host}/"
    if href.startswith(usual) and not _UNUSUAL.search(href):
        # Nearly every link; urlsplit costs ten times as much.
        name = href[len(usual) :].removesuffix("/").removeprefix("_u/")
        return name if name and "/" not in name else None
    try:
        parts = urlsplit(href)
        name = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if name != host:
        return None
    segments = [segment for segment in parts.path.split("/") if segment]
    if len(segments) > 1 and segments[0] == "_u":
        segments = segments[1:]
    return unquote(segments[-1]) if len(segments) == 1 else None


def username(*candidates: str | None) -> str | None:
    """The first candidate that can be a user name: trimmed, without `@`, lower case, no blanks or separators."""
    for candidate in candidates:
        if candidate:
            name = candidate.strip().removeprefix("@").lower()
            if name and not _NOT_A_NAME.search(name):
                return name
    return None


_UNUSUAL: Final = re.compile(r"[?#%;@\\\s]|//.*//")
_NOT_A_NAME: Final = re.compile(r"[\s/:@\\\x00-\x1f\x7f]|.{65}")
_LIKE_A_NAME: Final = re.compile(r"[a-z0-9._]{1,30}")


def looks_like_username(value: str | None) -> bool:
    """Whether a value, as written, has the form of a user name: `ida.falk`, not `Ida` and not `Ida Falk`."""
    return value is not None and _LIKE_A_NAME.fullmatch(value) is not None


def _label_values(part: Mapping[str, Any]) -> Iterator[Entry]:
    # Nesting seen: {"label","vec":[{"value"}|{"dict":[…]}]} and {"title","dict":[{"dict":[{"label","value"}]}]}.
    stack: list[Mapping[str, Any]] = [part]
    while stack:
        current = stack.pop()
        inner = [*_objects(current.get("dict")), *_objects(current.get("vec"))]
        stack.extend(reversed([{"label": current.get("label"), **child} for child in inner]))
        if not inner:
            yield _entry(current.get("label"), current)


def _entry(label: object, part: Mapping[str, Any]) -> Entry:
    stamp = part.get("timestamp_value", part.get("timestamp"))
    return Entry(text(label) or "", text(part.get("value")), text(part.get("href")), seconds(stamp))


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, list) else []


def stream(member: Member, prefix: str) -> Iterator[Any]:
    """The values at an ijson path such as `messages.item`, one at a time.

    Raises `ExportError` naming the member where the JSON is damaged; a path that is not there yields nothing.
    """
    with json_text.opened(member) as content:
        yield from ijson.items(content, prefix, **json_text.SETTINGS)


def wrong_type(member: Member) -> ExportError:
    """The error for a document that is sound but not the list that its name promises."""
    return ExportError(
        f"{member.path} does not hold the list that its name promises: its top level is something else.",
        "Ask the platform for the export again, in JSON; if it comes out the same, report the layout.",
    )
