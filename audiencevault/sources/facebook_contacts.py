"""The address books of a Facebook export, in every layout: whom the owner's phone or mailbox once uploaded.

A contact point is an e-mail address or a number in one and the same field; its shape tells which. Labels follow the
language of the account, so only what has no shape is told by its label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from audiencevault.records import Point, SourceRecord
from audiencevault.sources import facebook_files as files
from audiencevault.sources import meta_blocks, meta_html, meta_json, meta_labels
from audiencevault.sources.facebook_files import Part
from audiencevault.sources.meta_json import Entry

# A raw key in every language; its value has the form of a phone number.
_ACCOUNT_ID: Final = frozenset({"user_id", "user id"})
_CALLED: Final = meta_labels.NAME | {"contact name"}


@dataclass(slots=True)
class Contact:
    """One entry: where it stands, its name, points and times. `group` joins entries of one person, which only files
    with one entry for each contact point have.
    """

    locator: str
    name: str = ""
    points: list[Point] = field(default_factory=list)
    first: datetime | None = None
    last: datetime | None = None
    extra: dict[str, str] = field(default_factory=dict)
    group: tuple[str, str] | None = None

    def record(self, part: Part, account: str) -> SourceRecord | None:
        """The record of it; None where it holds neither a name nor a point."""
        points = list(dict.fromkeys(self.points))
        # Phones write a number or an address where they know no name.
        name = None if self.name in {point.raw for point in points} else self.name or None
        if not points and name is None:
            return None
        return SourceRecord(
            source=files.CONTACTS.source,
            relationship=files.CONTACTS.relationship,
            source_key="\x1f".join([*sorted(point.raw for point in points), name or ""]),
            account=account,
            points=points,
            full_name=name,
            first_seen_at=self.first,
            last_seen_at=self.last if self.last != self.first else None,
            extra={"address_book": part.book} | self.extra,
            member=part.member.path,
            locator=self.locator,
        )


def contacts(part: Part, months: meta_html.Months) -> Iterator[Contact]:
    """The entries of one file, in its order. Raises `ExportError` naming the member where it is damaged."""
    if part.form == "html":
        yield from _page(part, months)
        return
    shape = meta_json.shape_of(part.member.head())
    if shape.kind == "maps" and shape.key in files.BOOK_KEYS:
        for number, item in enumerate(meta_json.stream(part.member, f"{shape.key}.address_book.item"), 1):
            yield _plain_entry(item, f"item {number}")
        return
    grouped = part.book == files.BOOKS["yourimportedcontacts"]
    for number, item in enumerate(meta_json.items(part.member), 1):
        inner = list(_inner(item)) if isinstance(item, Mapping) else []
        for place, entries in enumerate(inner, 1):
            yield _labelled(entries, f"item {number} entry {place}", [], beside_ids=True)
        if inner:
            continue
        stamp = meta_json.seconds(item.get("timestamp")) if isinstance(item, Mapping) else None
        entries = meta_json.entries(item) if isinstance(item, Mapping) else []
        contact = _labelled(entries, f"item {number}", [stamp])
        if grouped and contact.name and stamp is not None:
            contact.group = (contact.name, str(stamp))
        yield contact


def _plain_entry(item: object, locator: str) -> Contact:
    contact = Contact(locator)
    if not isinstance(item, Mapping):
        return contact
    contact.name = meta_json.text(item.get("name")) or ""
    details = item.get("details")
    for detail in details if isinstance(details, list) else []:
        value = meta_json.text(detail.get("contact_point")) if isinstance(detail, Mapping) else None
        if value:
            _add(contact, value)
    times = [meta_json.seconds(item.get(key)) for key in ("created_timestamp", "updated_timestamp")]
    _dated(contact, map(meta_json.moment, times))
    return contact


def _inner(item: Mapping[str, Any]) -> Iterator[list[Entry]]:
    """The contacts that one item holds together: each is a `dict` within the `vec` of a labelled value."""
    values = item.get("label_values")
    for value in values if isinstance(values, list) else []:
        several = value.get("vec") if isinstance(value, Mapping) else None
        for one in several if isinstance(several, list) else []:
            if isinstance(one, Mapping) and isinstance(one.get("dict"), list):
                yield meta_json.entries({"label_values": one["dict"]})


def _labelled(entries: list[Entry], locator: str, seconds: list[int | None], *, beside_ids: bool = False) -> Contact:
    contact = Contact(locator)
    _dated(contact, map(meta_json.moment, [*seconds, *(entry.seconds for entry in entries)]))
    values = [(entry.label, entry.value) for entry in entries if entry.value]
    _named(contact, values, beside_ids=beside_ids)
    return contact


def _named(contact: Contact, values: list[tuple[str, str]], *, beside_ids: bool = False) -> None:
    """Sort labelled values into name, contact point and the rest; `beside_ids` where account numbers stand too."""
    ids = any(label.casefold() in _ACCOUNT_ID for label, _ in values)
    rest = [(label, value) for label, value in values if label.casefold() not in _ACCOUNT_ID]
    shaped = [pair for pair in rest if pair[0].casefold() not in _CALLED and meta_labels.point_kind(pair[1])]
    sure = [pair for pair in shaped if "@" in pair[1] or pair[1].startswith("+")]
    # A bare number under a label that we cannot read may be an account's: then it is not taken.
    labels = {label for label, _ in shaped}
    points = shaped if len(labels) == 1 and (ids or not beside_ids) else sure
    for _, value in points:
        _add(contact, value)
    others = [pair for pair in rest if pair not in points]
    called = [pair for pair in others if pair[0].casefold() in _CALLED] or [p for p in others if p not in shaped]
    contact.name = called[0][1] if called else ""
    contact.extra |= {label: value for label, value in others if (label, value) not in called[:1] and label}


def _add(contact: Contact, value: str) -> None:
    kind = meta_labels.point_kind(value)
    if kind:
        contact.points.append(Point(kind, value))
    else:
        contact.extra["contact point"] = ", ".join(filter(None, [contact.extra.get("contact point"), value]))


def _dated(contact: Contact, times: Iterable[datetime | None]) -> None:
    known = sorted(time for time in times if time is not None)
    contact.first, contact.last = (known[0], known[-1]) if known else (None, None)


def _page(part: Part, months: meta_html.Months) -> Iterator[Contact]:
    grouped = part.book == files.BOOKS["yourimportedcontacts"]
    for number, block in enumerate(meta_blocks.Page(part.member).blocks(), 1):
        found = [rows for table in block.tables for rows in _people(table)]
        for place, rows in enumerate(found, 1):
            contact = Contact(f"record {number}" + (f" entry {place}" if len(found) > 1 else ""))
            dates = {value for _, value in rows if meta_blocks.looks_like_date(value)}
            dates = {value for value in dates if "@" not in value and meta_labels.point_kind(value) is None}
            _dated(contact, [months.day(value) for value in sorted({*dates, block.date})])
            values = [(label, value) for label, value in rows if value and value not in dates]
            _named(contact, values, beside_ids=part.book in files.BESIDE_IDS)
            if grouped and contact.name and block.date:
                contact.group = (contact.name, block.date)
            yield contact
        if not block.tables:
            contact = Contact(f"record {number}", block.heading)
            lines = list(block.lines)
            if not contact.name and lines and meta_labels.point_kind(lines[0]) is None:
                contact.name = lines.pop(0)
            for line in dict.fromkeys(lines):
                if meta_labels.point_kind(line):
                    _add(contact, line)
            _dated(contact, [months.day(block.date)])
            yield contact


def _people(table: Iterable[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """The rows of each person in a table: a label that comes again begins the next."""
    rows: list[tuple[str, str]] = []
    for label, value in table:
        if any(label == earlier for earlier, _ in rows):
            yield rows
            rows = []
        rows.append((label, value))
    if rows:
        yield rows
