r"""vCards, versions 3.0 and 4.0, out of columns: the address book's way to write people down.

A column's header names its property: `FN`, `EMAIL`, `TEL;TYPE=cell`, and with a position the parts of one with several,
`N.1` (last name), `N.2` (first name), `ADR.3;TYPE=home` (street). Sample of a card, its lines ended by CR LF:

    BEGIN:VCARD / VERSION:3.0 / FN:Ida Falk / N:Falk;Ida;;; / EMAIL:ida@example.com / END:VCARD
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.destinations.json_values import LARGE, joined
from audiencevault.destinations.rows import Part, cuts
from audiencevault.destinations.toml_table import Table

PARTS: Final = {"N": 5, "ADR": 7, "ORG": 2}
"""Properties of several parts, and how many they have."""

_HEADER: Final = re.compile(r"([A-Z][A-Z0-9-]*)(?:\.([1-9]))?((?:;[A-Z-]+=[A-Za-z0-9,_-]+)*)")
_FOLD: Final = 75
_NAMES: Final = ("FN", "ORG", "EMAIL", "TEL")
# In version 4.0 an e-mail address has no such type any more.
_OLD_TYPES: Final = re.compile(r";TYPE=(INTERNET|internet|PREF|pref)")
_DATE: Final = r"^(\d{4})-?(\d{2})-?(\d{2})$"
_DAY: Final = r"^--(\d{2})-?(\d{2})$"


def check(headers: Sequence[str], table: Table) -> None:
    """Whether `headers` are properties of a card; raises `DefinitionError` at `table`."""
    for header in headers:
        match = _HEADER.fullmatch(header)
        if match is None or (match[2] is not None and int(match[2]) > PARTS.get(match[1], 0)):
            raise table.error(f"holds {header!r}, which is no property of a vCard", "layout")
        if match[1] in PARTS and match[1] != "ORG" and match[2] is None:
            raise table.error(f"holds {header!r}, which needs the position of a part: {match[1]}.1", "layout")
    if "FN" not in headers:
        raise table.error("has no FN: a card without a name is refused", "layout")


def cards(people: pa.Table, version: str) -> pa.Array:
    """One card per row, its lines ended by CR LF. `people` has a column of finished texts per property, in which null
    and empty mean that the person has none; `item_id`, if there, is the `UID` of cards that have no other.
    """
    columns: dict[tuple[str, str], dict[int, pa.Array]] = {}
    ids = None
    for name, column in zip(people.column_names, people.columns, strict=True):
        texts = _whole(column).cast(LARGE)
        if name == "item_id":
            ids = texts
            continue
        match = _HEADER.fullmatch(name)
        if match is None:
            raise ValueError(f"{name} is no property of a vCard")
        parts = columns.setdefault((match[1], match[3]), {})
        position = int(match[2] or 1)
        # The same property again is another line of the card.
        while position in parts and match[1] not in {"N", "ADR"}:
            position += 10
        parts[position] = texts
    if ids is not None and ("UID", "") not in columns:
        columns = {("UID", ""): {1: ids}, **columns}
    return _joined(_lines(columns, version, people.num_rows), version, people.num_rows)


def parts(
    people: pa.Table, version: str, *, max_rows: int | None = None, max_bytes: int | None = None
) -> Iterator[Part]:
    """The cards of `people` as one or more files, none above the limits."""
    made = cards(people, version)
    ends = np.concatenate([[0], np.cumsum(pc.binary_length(made).to_numpy(zero_copy_only=False), dtype=np.int64)])
    for start, stop in cuts(ends, 0, max_rows, max_bytes):
        yield Part("".join(made[start:stop].to_pylist()).encode(), stop - start)


def _lines(columns: dict[tuple[str, str], dict[int, pa.Array]], version: str, rows: int) -> list[pa.Array]:
    lines = []
    fn = _formatted_name(columns, rows)
    for (name, parameters), found in columns.items():
        if name == "FN":
            lines.append(_line("FN", _escaped(fn)))
        elif name in {"N", "ADR"}:
            lines.append(_structured(name, parameters, found, always=name == "N" and version == "3.0"))
        else:
            lines.extend(_single(name, parameters, texts, version) for texts in found.values())
    if version == "3.0" and not any(name == "N" for name, _ in columns):
        lines.append(pa.repeat(pa.scalar("N:;;;;", LARGE), rows))
    return lines


def _formatted_name(columns: dict[tuple[str, str], dict[int, pa.Array]], rows: int) -> pa.Array:
    """A card must have a name: that of the person, else the company, else a contact point."""
    found = [
        pc.if_else(pc.equal(texts, ""), pa.scalar(None, LARGE), texts)
        for wanted in _NAMES
        for (name, _), texts_of in columns.items()
        if name == wanted
        for texts in texts_of.values()
    ]
    return pc.coalesce(*found, pa.scalar("?", LARGE)) if found else pa.repeat(pa.scalar("?", LARGE), rows)


def _single(name: str, parameters: str, texts: pa.Array, version: str) -> pa.Array:
    modern = version != "3.0"
    if modern:
        parameters = _OLD_TYPES.sub("", parameters)
    if name == "TEL" and modern:
        number = pc.match_substring_regex(texts, r"^\+[0-9]+$")
        plain = _line(f"TEL{parameters}", _escaped(texts))
        return pc.if_else(number, _line(f"TEL;VALUE=uri{parameters}", joined("tel:", texts)), plain)
    if name == "CATEGORIES":
        # ["spring", "vip"] came as "spring, vip": no comma is left within one.
        items = pc.replace_substring(_escaped(texts), "\\, ", ",")
        return _line(f"CATEGORIES{parameters}", items)
    if name == "BDAY":
        dash = "" if modern else "-"
        whole = pc.match_substring_regex(texts, _DATE)
        day = pc.and_(pc.match_substring_regex(texts, _DAY), modern)
        texts = pc.if_else(
            whole,
            pc.replace_substring_regex(texts, _DATE, rf"\1{dash}\2{dash}\3"),
            pc.if_else(day, pc.replace_substring_regex(texts, _DAY, r"--\1\2"), pa.scalar(None, LARGE)),
        )
        return _line(f"BDAY{parameters}", texts)
    return _line(f"{name}{parameters}", _escaped(texts))


def _structured(name: str, parameters: str, found: dict[int, pa.Array], *, always: bool) -> pa.Array:
    places: list[pa.Array | pa.Scalar] = [pa.scalar("", LARGE)] * PARTS[name]
    for position, texts in found.items():
        places[position - 1] = pc.fill_null(_escaped(texts), "")
    whole = pc.binary_join_element_wise(*places, pa.scalar(";", LARGE))
    if not always:
        empty = pc.equal(whole, ";" * (PARTS[name] - 1))
        whole = pc.if_else(empty, pa.scalar(None, LARGE), whole)
    return joined(f"{name}{parameters}:", whole)


def _line(name: str, texts: pa.Array) -> pa.Array:
    return joined(f"{name}:", pc.if_else(pc.equal(texts, ""), pa.scalar(None, LARGE), texts))


def _escaped(texts: pa.Array) -> pa.Array:
    odd = pc.fill_null(pc.match_substring_regex(texts, r"[\\,;\r\n]"), False)
    if not pc.any(odd).as_py():
        return texts
    found = pc.replace_substring(texts.filter(odd), "\\", "\\\\")
    for sign in (",", ";"):
        found = pc.replace_substring(found, sign, f"\\{sign}")
    found = pc.replace_substring_regex(found, r"\r\n?|\n", r"\\n")
    return pc.replace_with_mask(texts, odd, found)


def _joined(lines: Sequence[pa.Array], version: str, rows: int) -> pa.Array:
    folded = [_folded(line) for line in lines]
    head = pa.repeat(pa.scalar(f"BEGIN:VCARD\r\nVERSION:{version}", LARGE), rows)
    body = pc.binary_join_element_wise(head, *folded, pa.scalar("\r\n", LARGE), null_handling="skip")
    return joined(body, "\r\nEND:VCARD\r\n")


def _folded(line: pa.Array) -> pa.Array:
    long = pc.fill_null(pc.greater(pc.binary_length(line), _FOLD), False)
    if not pc.any(long).as_py():
        return line
    return pc.replace_with_mask(line, long, pa.array([fold(text) for text in line.filter(long).to_pylist()], LARGE))


def fold(line: str) -> str:
    """`line` in pieces of at most 75 octets, further ones after CR LF and a blank, no character cut in two."""
    pieces, rest = [], line.encode()
    room = _FOLD
    while len(rest) > room:
        cut = room
        # The bytes of a character after its first begin with the bits 10.
        while rest[cut] & 0xC0 == 0x80:
            cut -= 1
        pieces.append(rest[:cut])
        rest, room = rest[cut:], _FOLD - 1
    return b"\r\n ".join([*pieces, rest]).decode()


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
