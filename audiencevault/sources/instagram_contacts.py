"""The two kinds of labelled records of an Instagram export: the address book that was synced, and the owner's
profile.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from audiencevault.records import Point, SourceRecord
from audiencevault.sources import instagram_files as files
from audiencevault.sources import meta_html, meta_json, meta_labels
from audiencevault.sources.instagram_files import Part
from audiencevault.sources.meta_json import Entry


def labelled_items(part: Part, months: meta_html.Months) -> Iterator[tuple[int, list[Entry], datetime | None]]:
    """Number, labelled values and day of each record of a file of labelled records, in either form."""
    if part.form == "html":
        for number, record in enumerate(meta_html.records(part.member), 1):
            yield number, [Entry(label, value, None, None) for label, value in record.rows], months.day(record.date)
        return
    for number, item in enumerate(meta_json.items(part.member), 1):
        yield number, meta_json.entries(item) if isinstance(item, dict) else [], None


def contact(entries: list[Entry], account: str, member: str, locator: str) -> SourceRecord | None:
    """One synced contact; None where it holds neither a name nor a point.

    Names are told apart by label, in an unknown language by their order: first name, last name.
    """
    points: list[Point] = []
    names: list[Entry] = []
    for entry in entries:
        kind = meta_labels.point_kind(entry.value) if entry.value else None
        if kind and entry.value:
            points.append(Point(kind, entry.value))
        elif entry.value and "://" not in entry.value:
            names.append(entry)
    if not points and not names:
        return None
    first = next((entry for entry in names if entry.label.casefold() in meta_labels.FIRST_NAME), None)
    last = next((e for e in names if e is not first and e.label.casefold() in meta_labels.LAST_NAME), None)
    rest = [entry for entry in names if entry is not first and entry is not last]
    if first is None and rest and last is None:
        first, last, rest = rest[0], rest[1] if len(rest) > 1 else None, rest[2:]
    imported = next((entry.seconds for entry in entries if entry.seconds is not None), None)
    first_name, last_name = (first.value if first else None), (last.value if last else None)
    return SourceRecord(
        source=files.CONTACTS.source,
        relationship=files.CONTACTS.relationship,
        source_key="\x1f".join([*sorted(point.raw for point in points), first_name or "", last_name or ""]),
        account=account,
        points=points,
        first_name=first_name,
        last_name=last_name,
        first_seen_at=meta_json.moment(imported),
        extra={entry.label: entry.value for entry in rest if entry.value and entry.label},
        member=member,
        locator=locator,
    )


def profile_entries(part: Part) -> list[Entry]:
    """The labelled values of the owner's profile. Raises `ExportError` where the file cannot be read."""
    if part.form == "html":
        return [Entry(label, value, None, None) for rec in meta_html.records(part.member) for label, value in rec.rows]
    return _profile_document(meta_json.document(part.member))


def _profile_document(whole: object) -> list[Entry]:
    users = whole.get("profile_user") if isinstance(whole, dict) else None
    found = users if isinstance(users, list) else [whole]
    return [entry for user in found if isinstance(user, dict) for entry in meta_json.entries(user)]


def profile_in_head(part: Part) -> meta_labels.Profile:
    """The owner's profile as far as the beginning of the file tells; never raises."""
    head = part.member.head()
    if part.form == "html":
        return meta_labels.profile(Entry(label, value, None, None) for label, value in meta_html.rows_of(head))
    return meta_labels.profile(_profile_document(meta_json.parse_head(head)))
