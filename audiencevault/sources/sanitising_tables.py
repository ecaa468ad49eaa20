"""Tables into sanitised tables: delimiters, quotation marks, line ends and headers stay, cells become fakes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from audiencevault.sources import meta_labels, table_words
from audiencevault.sources import sanitising_words as known
from audiencevault.sources.sanitising_values import Kind, Replacer
from audiencevault.sources.table_head import Head
from audiencevault.sources.table_spec import Spec
from audiencevault.sources.table_text import columns, header_key, words

_FIELDS: Final = {
    **dict.fromkeys(("name_prefix", "full_name", "first_name", "middle_name", "last_name"), Kind.NAME),
    **dict.fromkeys(("name_suffix", "nickname", "company"), Kind.NAME),
    **dict.fromkeys(("region", "country", "language", "currency"), Kind.CODE),
    **dict.fromkeys(("total_spent", "orders_count"), Kind.KEEP),
    **dict.fromkeys(("first_seen_at", "last_seen_at"), Kind.TIME),
    "birthday": Kind.BIRTHDAY,
}

_NAMES: Final = words("firstname lastname middlename maidenname fullname from to buyer member kunde client cliente")
_ORDERS: Final = re.compile(r"(?:lineitem|billing|shipping|tax \d) ")
_POINTS: Final = {"phone": Kind.PHONE, "email": Kind.EMAIL}
_BIRTHDAY: Final = re.compile(r"birth|geburt|naissance|nacimiento|nascita|nascimento|geboorte|född|fødsel|urodz")
_PERMISSION: Final = re.compile(
    r"\b(?:consent|permission|opt.?in|einwilligung|zustimmung|consentement|consentimiento)\b"
)


class Cell(NamedTuple):
    """One cell of a text: where its content begins and ends, and whether it stands in quotation marks."""

    start: int
    end: int
    quoted: bool


def rewritten(text: str, head: Head, spec: Spec | None, replacer: Replacer) -> tuple[str, list[str]]:
    """The table with fakes, and the headers of columns that no importer knows.

    What stands above the header is somebody's note and becomes words without meaning.
    """
    header = None if head.header is None else tuple(cell.strip() for cell in head.records[head.header])
    kinds: list[Kind] | None = None if header else []
    unknown: list[str] = []
    done: list[str] = []
    at = 0
    replacer.said = known.of_spec(spec) if spec else frozenset()
    for number, row in enumerate(rows(text, head.delimiter)):
        cells = [_content(text, cell) for cell in row]
        if number == 0 and len(row) and text[row[0].start : row[0].end].lower().startswith("sep="):
            replacer.structure(text[row[0].start : row[-1].end])
            continue
        if kinds is None and tuple(one.replace("\ufeff", "").replace("\0", "").strip() for one in cells) == header:
            kinds, unknown = column_kinds(cells, spec)
            replacer.structure("\n".join(cells))
            continue
        for position, (cell, value) in enumerate(zip(row, cells, strict=True)):
            kind = kinds[position] if kinds and position < len(kinds) else Kind.SHAPE
            fake = replacer.value(value, kind)
            done += [text[at : cell.start], fake.replace('"', '""') if cell.quoted else fake]
            at = cell.end
    replacer.said = frozenset()
    return "".join(done) + text[at:], unknown


def column_kinds(header: Sequence[str], spec: Spec | None) -> tuple[list[Kind], list[str]]:
    """What each column holds, by the spec where there is one and else by its header; and the headers that neither
    knows, whose cells are replaced by their shape alone.
    """
    said = _by_spec(spec) if spec else {}
    kinds: list[Kind] = []
    unknown: list[str] = []
    for column in columns(header):
        kind = said.get(column.key) or _by_words(column.key)
        if kind is None and column.raw.strip() and not (known.is_key(column.key) or _ORDERS.match(column.key)):
            unknown.append(column.name)
        kinds.append(kind or (Kind.TIME if known.TIMES.search(column.key) else Kind.SHAPE))
    return kinds, unknown


def rows(text: str, delimiter: str) -> Iterator[list[Cell]]:
    """The cells of each row, with line ends of any kind; an unfinished quotation mark ends with the text."""
    place, size = 0, len(text)
    row: list[Cell] = []
    while place < size:
        if text[place] == '"':
            end = place + 1
            while True:
                end = text.find('"', end)
                if end < 0:
                    end = size
                    break
                if not text.startswith('"', end + 1):
                    break
                end += 2
            row.append(Cell(place + 1, end, quoted=True))
            place = min(end + 1, size)
        ends = [found for mark in (delimiter, "\n", "\r") if (found := text.find(mark, place)) >= 0]
        stop = min(ends, default=size)
        if stop > place or not row or text[place - 1] != '"':
            row.append(Cell(place, stop, quoted=False))
        place = stop + 1
        if stop >= size or text[stop] != delimiter:
            if text.startswith("\r\n", stop):
                place += 1
            yield row
            row = []
        elif place >= size:
            row.append(Cell(size, size, quoted=False))
    if row:
        yield row


def _content(text: str, cell: Cell) -> str:
    written = text[cell.start : cell.end]
    return written.replace('""', '"') if cell.quoted else written


def _by_spec(spec: Spec) -> dict[str, Kind]:
    found: dict[str, Kind] = {}

    def say(keys: Sequence[str], kind: Kind) -> None:
        for key in keys:
            found.setdefault(key, kind)

    for point in spec.points:
        say(point.columns, _POINTS.get(point.kind, Kind.SHAPE))
    say(spec.owner, Kind.EMAIL)
    if spec.purchases:
        say(spec.purchases.order, Kind.SHAPE)
        say((*spec.purchases.amount, *spec.purchases.refunded), Kind.KEEP)
    for name, keys in spec.columns.items():
        say(keys, _FIELDS.get(name, Kind.SHAPE))
    for consent in spec.consent:
        say(consent.columns, Kind.ANSWER)
        say(consent.at, Kind.TIME)
        say(consent.ip, Kind.SHAPE)
    for activity in spec.activity:
        say(activity.positive, Kind.KEEP)
        say(activity.at, Kind.TIME)
    for skip in spec.skip:
        say(skip.columns, Kind.ANSWER)
    if spec.purchases:
        say((*spec.purchases.status, *spec.purchases.unless, *spec.purchases.first), Kind.ANSWER)
    for keys in (*spec.key, *(layout.require for layout in spec.layouts)):
        say(keys, Kind.SHAPE)
    return found


def _by_words(key: str) -> Kind | None:
    loose = table_words.loose(key)
    if key in known.CONTENT or header_key(key) in known.CONTENT:
        return Kind.TEXT
    if _BIRTHDAY.search(key):
        return Kind.BIRTHDAY
    if table_words.consent_question(key) is not None or _PERMISSION.search(loose):
        return Kind.ANSWER
    if loose in table_words.EMAIL:
        return Kind.EMAIL
    if loose in table_words.PHONE:
        return Kind.PHONE
    for name, forms in table_words.FIELDS.items():
        if loose in forms:
            return _FIELDS.get(name, Kind.SHAPE)
    if loose in meta_labels.NAME or loose in _NAMES:
        return Kind.NAME
    return None
