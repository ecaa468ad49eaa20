"""Facebook's own export, JSON and HTML, every layout since 2018, and the message archive of the years before.

Friends and followers are display names: there is no account number, handle, address or link for them. E-mail addresses
and phone numbers are only in the address books that the owner uploaded. Nothing in it is consent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from audiencevault.errors import ExportError
from audiencevault.export import Export
from audiencevault.records import Extracted, OwnerPoint, Point, RecordBatcher, Reject, Row, SourceRecord
from audiencevault.sources import facebook_contacts as books
from audiencevault.sources import facebook_files as files
from audiencevault.sources import (
    facebook_oldest,
    meta_blocks,
    meta_downloads,
    meta_html,
    meta_json,
    meta_labels,
    meta_messages,
)
from audiencevault.sources.facebook_files import Part
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.sources.meta_json import Entry
from audiencevault.sources.ties import PeopleList, bare, unreadable, with_events

PLATFORM: Final = "facebook"


class FacebookImporter:
    """See the module."""

    source = PLATFORM
    title = "Facebook export with Messenger (JSON or HTML)"
    fallback = False

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each root below which a Facebook layout is found."""
        return [self._claim(export, root, found) for root, found in files.parts(export).items()]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """The owner, the lists, the address books and the message threads, in this order."""
        found = files.parts(claim.export).get(claim.root, [])
        return _Reading(claim, context.account or claim.account, found).run()

    def _claim(self, export: Export, root: str, found: list[Part]) -> Claim:
        read = [part for part in found if part.role in ("list", "contacts", "owner", "thread", "archive")]
        words = {part.what.words for part in read if part.what is not None}
        named = meta_downloads.named(export, root, PLATFORM)
        owners = [part for part in read if part.role == "owner" and part.form == "json"]
        handle = next(filter(None, (_handle(meta_json.parse_head(part.member.head())) for part in owners)), None)
        return Claim(
            importer=self,
            source=self.source,
            layout=_layout(read),
            export=export,
            members=tuple(part.member for part in read),
            root=root,
            present=tuple(sorted(words)),
            absent=tuple(what.words for what in files.ALWAYS_EXPECTED if what.words not in words),
            not_understood=tuple(sorted(part.member.path for part in found if part.role == "unknown")),
            account=handle or named.handle,
            observed_at=named.day,
            notes=tuple(_notes(read)),
        )


IMPORTERS = (FacebookImporter(),)


@dataclass(slots=True)
class _Reading:
    """One pass over one claim; keeps what later files need to know of earlier ones."""

    claim: Claim
    account: str
    found: list[Part]
    owner_name: str | None = None
    owner_points: set[str] = field(default_factory=set)
    months: meta_html.Months = field(default_factory=lambda: meta_html.Months(()))
    seen: set[str] = field(default_factory=set)
    damaged: set[str] = field(default_factory=set)
    skipped: dict[str, int] = field(default_factory=dict)

    def run(self) -> Iterator[Extracted]:
        """Everything, ending with what of it is complete."""
        self._learn_language()
        yield from RecordBatcher(export_sha256=self.claim.sha256).batches(self._rows())
        listed = {part.what.source for part in self._parts("list", "contacts") if part.what is not None}
        if any(part.era == files.LOOSE for part in self._parts("contacts")):
            # Out of its folder, it is one address book of several.
            self.damaged.add(files.CONTACTS.source)
        yield Extracted(
            rows=sum(self.skipped.values()),
            skipped=dict(sorted(self.skipped.items())),
            coverage={source: source not in self.damaged for source in sorted(listed)},
        )

    def _rows(self) -> Iterator[Row]:
        yield from self._owner()
        for part in self._parts("list"):
            if part.what is not None:
                yield from self._list(part, part.what)
        yield from self._contacts()
        yield from self._messages()

    def _parts(self, *roles: str) -> list[Part]:
        return [part for part in self.found if part.role in roles]

    def _skip(self, reason: str) -> None:
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def _unreadable(self, part: Part, source: str, error: ExportError) -> Reject:
        self.damaged.add(source)
        return unreadable(source, part.member, error)

    def _learn_language(self) -> None:
        """Find the months' language over all pages, before people are read of any."""
        words: set[str] = set()
        pages = [part for part in self._parts("list", "contacts") if part.form == "html"]
        for part in pages or [part for part in self._parts("thread") if part.form == "html"]:
            try:
                for block in meta_blocks.Page(part.member).blocks():
                    cells = (value for table in block.tables for _, value in table)
                    words |= meta_html.words_of([block.date, *cells])
            except ExportError:
                # Said once, as a reject, when the page's people are read.
                continue
        for part in self._parts("archive"):
            try:
                words |= facebook_oldest.month_words(part.member)
            except ExportError:
                continue
        self.months = meta_html.Months(words)

    # The owner

    def _owner(self) -> Iterator[Row]:
        points = [Point("account", f"{PLATFORM}:{self.claim.account}")] if self.claim.account else []
        for part in self._parts("owner"):
            try:
                if part.form == "html":
                    rows = [row for block in meta_blocks.Page(part.member).blocks() for t in block.tables for row in t]
                    profile = meta_labels.profile(Entry(label, value, None, None) for label, value in rows)
                else:
                    profile = _profile(meta_json.document(part.member))
            except ExportError as error:
                yield self._unreadable(part, PLATFORM, error)
                continue
            self.owner_name = self.owner_name or profile.name
            points += [Point("account", f"{PLATFORM}:{profile.handle}")] if profile.handle else []
            points += [Point("email", value) for value in profile.emails]
            points += [Point("phone", value) for value in profile.phones]
        self.owner_points = {bare(point.kind, point.raw) for point in points} - {""}
        for point in dict.fromkeys(points):
            yield OwnerPoint(PLATFORM, point.kind, point.raw)

    # Lists of people

    def _list(self, part: Part, what: PeopleList) -> Iterator[Row]:
        reader = self._page_names if part.form == "html" else self._names
        unit = "record" if part.form == "html" else "item"
        again: dict[str, int] = {}
        try:
            for number, (name, time, since, extra) in enumerate(reader(part, what), 1):
                if not name:
                    # Somebody is on the list whom we cannot name: then it does not show who is missing.
                    self.damaged.add(what.source)
                    sentence = f"{unit.capitalize()} {number} of the list has no name."
                    yield Reject(what.source, part.member.path, f"{unit} {number}", "no_name", sentence)
                    continue
                # Two people may share a name; the date tells them apart, and where there is none, their order.
                key = f"{name}\x1f{time}"
                again[key] = again.get(key, 0) + 1
                kind = meta_labels.point_kind(extra.get("contact_info", ""))
                point = Point(kind, extra.pop("contact_info")) if kind else None
                record = SourceRecord(
                    source=what.source,
                    relationship=what.relationship,
                    source_key=key if again[key] == 1 else f"{key}\x1f{again[key]}",
                    account=self.account,
                    points=[point] if point else [],
                    full_name=name,
                    first_seen_at=since,
                    extra=extra,
                    member=part.member.path,
                    locator=f"{unit} {number}",
                )
                if time and again[key] > 1:
                    self._skip("duplicate")
                elif self._new(record):
                    yield from with_events(record, what.actor, "day" if part.form == "html" else "instant")
        except ExportError as error:
            yield self._unreadable(part, what.source, error)

    def _names(self, part: Part, what: PeopleList) -> Iterator[tuple[str, str, datetime | None, dict[str, str]]]:
        """Name, time as a key, time and other fields of each item."""
        shape = meta_json.shape_of(part.member.head())
        if shape.kind == "keyed" and shape.key not in what.keys | meta_json.ITEM_KEYS:
            raise meta_json.wrong_type(part.member)
        for item in meta_json.items(part.member):
            if not isinstance(item, dict):
                yield "", "", None, {}
                continue
            entries = meta_json.entries(item)
            named = [entry for entry in entries if entry.value and entry.label.casefold() in meta_labels.NAME]
            name = meta_json.text(item.get("name")) or (named[0].value if named else None)
            seconds = meta_json.item_seconds(item, entries)
            contact = meta_json.text(item.get("contact_info"))
            extra = {"contact_info": contact} if contact else {}
            if item.get("marked_as_spam") is True:
                extra["marked_as_spam"] = "true"
            yield name or "", str(seconds or ""), meta_json.moment(seconds), extra

    def _page_names(self, part: Part, _: PeopleList) -> Iterator[tuple[str, str, datetime | None, dict[str, str]]]:
        for block in meta_blocks.Page(part.member).blocks():
            rows = [row for table in block.tables for row in table]
            values = [value for label, value in rows if label.casefold() in meta_labels.NAME]
            name = block.heading or (values[0] if values else "" if rows else next(iter(block.lines), ""))
            day = self.months.day(block.date)
            extra = {"date": block.date} if block.date and day is None else {}
            yield name, day.date().isoformat() if day else block.date, day, extra

    def _new(self, record: SourceRecord) -> bool:
        """Whether the record may be kept: seen for the first time, and not the owner."""
        if {bare(point.kind, point.raw) for point in record.points} & self.owner_points:
            self._skip("owner")
            return False
        if record.record_id in self.seen:
            self._skip("duplicate")
            return False
        self.seen.add(record.record_id)
        return True

    # Address books

    def _contacts(self) -> Iterator[Row]:
        source = files.CONTACTS.source
        for part in self._parts("contacts"):
            rejects: list[Row] = []
            joined: dict[tuple[str, str] | str, books.Contact] = {}
            try:
                for contact in books.contacts(part, self.months):
                    if not contact.points and not contact.name:
                        self.damaged.add(source)
                        sentence = "A contact has neither a name nor an address or number."
                        rejects.append(Reject(source, part.member.path, contact.locator, "empty", sentence))
                        continue
                    first = joined.setdefault(contact.group or contact.locator, contact)
                    if first is not contact:
                        self._skip("further_contact_point")
                        first.points += contact.points
            except ExportError as error:
                rejects.append(self._unreadable(part, source, error))
            for contact in joined.values():
                record = contact.record(part, self.account)
                if record is not None and self._new(record):
                    yield from with_events(record, files.CONTACTS.actor, "day" if part.form == "html" else "instant")
            yield from rejects

    # Messages

    def _messages(self) -> Iterator[Row]:
        source = files.MESSAGES.source
        threads: list[meta_messages.Thread] = []
        for (section, slug), parts in files.threads(self.found):
            thread = meta_messages.Thread(slug, section, [part.member for part in parts])
            for part in parts:
                try:
                    if part.form == "html":
                        meta_messages.read_page(thread, part.member, self.months)
                    else:
                        meta_messages.read_member(thread, part.member)
                except ExportError as error:
                    yield self._unreadable(part, source, error)
            threads.append(thread)
        for part in self._parts("archive"):
            archive = facebook_oldest.Archive(part.member)
            try:
                archive.read(self.months)
            except ExportError as error:
                yield self._unreadable(part, source, error)
            self.owner_name = self.owner_name or archive.owner
            threads.extend(archive.threads.values())
        threads = [thread for thread in threads if thread.names]
        owner = meta_messages.owner_name(threads, self.owner_name)
        yield from meta_messages.partners(threads, owner, source, self.account, self._skip, slugs=False)


def _profile(whole: Any) -> meta_labels.Profile:
    """The owner of `profile_information.json`; empty where it is something else."""
    found = whole.get("profile_v2") if isinstance(whole, dict) else None
    if not isinstance(found, dict):
        return meta_labels.Profile()
    name, emails, phones = found.get("name"), found.get("emails"), found.get("phone_numbers")
    groups = emails.values() if isinstance(emails, dict) else []
    addresses = [meta_json.text(value) for group in groups if isinstance(group, list) for value in group]
    numbers = [
        meta_json.text(entry.get("phone_number") if isinstance(entry, dict) else entry)
        for entry in (phones if isinstance(phones, list) else [])
    ]
    return meta_labels.Profile(
        handle=_handle(whole),
        name=meta_json.text(name.get("full_name")) if isinstance(name, dict) else None,
        emails=tuple(value for value in addresses if value),
        phones=tuple(value for value in numbers if value),
    )


def _handle(whole: Any) -> str | None:
    profile = whole.get("profile_v2") if isinstance(whole, dict) else None
    return meta_json.username(meta_json.text(profile.get("username"))) if isinstance(profile, dict) else None


def _layout(read: list[Part]) -> str:
    eras = [era for era in files.ERAS if any(part.era == era for part in read)]
    forms = [form.upper() for form in ("json", "html") if any(part.form == form for part in read)]
    return f"{' and '.join(eras)} {' and '.join(forms)}".strip()


def _notes(read: list[Part]) -> Iterator[str]:
    if any(part.what in (files.FRIENDS, files.FOLLOWERS) for part in read):
        yield "Facebook gives friends and followers by name only: they cannot be told apart for certain."
    if any(part.form == "html" and part.role != "archive" for part in read):
        yield "This export is in HTML: dates are good to the day; the JSON form holds more."
    if any(part.role == "contacts" and part.book == files.BOOKS["syncedcontactsfrominstagram"] for part in read):
        yield "Contacts synced from Instagram: the labels of this file are unverified; values are told by their form."
    if any(part.role == "archive" for part in read):
        yield "Of downloads before 2018 only messages.htm is read; friends.htm and contact_info.htm are unverified."
    if any(part.role in ("thread", "archive") for part in read):
        yield "Newer chats are end-to-end encrypted and only in Messenger's own backup; import that too."
