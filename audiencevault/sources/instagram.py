"""Instagram's own export, JSON and HTML, every layout since 2020.

It holds user names, never addresses: e-mail addresses and phone numbers are only in the address book that the
owner synced. A user name can change and there is no number behind it. Nothing in it is consent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

from audiencevault.errors import ExportError
from audiencevault.export import Export
from audiencevault.records import Extracted, OwnerPoint, Point, RecordBatcher, Reject, Row, SourceRecord
from audiencevault.sources import instagram_contacts as contacts
from audiencevault.sources import instagram_files as files
from audiencevault.sources import meta_downloads, meta_html, meta_json, meta_labels, meta_messages
from audiencevault.sources.handles import HandleList, handle_list
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.sources.instagram_files import Part
from audiencevault.sources.meta_json import Entry
from audiencevault.sources.ties import OURS, PeopleList, bare, unreadable, with_events

HOST: Final = "instagram.com"
PLATFORM: Final = "instagram"

_UNNAMED: Final = "{unit} {number} has no user name that can be read."


class InstagramImporter:
    """See the module."""

    source = "instagram"
    title = "Instagram export (JSON or HTML)"
    fallback = False

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each root below which an Instagram layout is found."""
        return [self._claim(export, root, found) for root, found in files.parts(export).items()]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """The owner, the lists, the synced contacts and the message threads, in this order."""
        found = files.parts(claim.export).get(claim.root, [])
        return _Reading(claim, context.account or claim.account, found).run()

    def _claim(self, export: Export, root: str, found: list[Part]) -> Claim:
        read = [part for part in found if part.role in ("list", "contacts", "owner", "thread", "2020")]
        words = {part.what.words for part in read if part.what is not None}
        if any(part.role == "2020" for part in read):
            words |= {files.FOLLOWERS.words, files.FOLLOWING.words}
        unknown = sorted(part.member.path for part in found if part.role == "unknown")
        named = meta_downloads.named(export, root, PLATFORM)
        profile = next(
            (profile for part in read if part.role == "owner" if (profile := contacts.profile_in_head(part)).handle),
            None,
        )
        return Claim(
            importer=self,
            source=self.source,
            layout=_layout(read),
            export=export,
            members=tuple(part.member for part in read),
            root=root,
            present=tuple(sorted(words)),
            absent=tuple(what.words for what in files.ALWAYS_EXPECTED if what.words not in words),
            not_understood=tuple(unknown),
            account=(profile.handle or "") if profile else named.handle,
            observed_at=named.day,
            notes=tuple(_notes(read)),
        )


IMPORTERS = (InstagramImporter(),)


@dataclass(slots=True)
class _Reading:
    """One pass over one claim; keeps what later files need to know of earlier ones."""

    claim: Claim
    account: str
    found: list[Part]
    owner: meta_labels.Profile = field(default_factory=meta_labels.Profile)
    months: meta_html.Months = field(default_factory=lambda: meta_html.Months(()))
    label: meta_labels.UsernameLabel = field(default_factory=meta_labels.UsernameLabel)
    seen: dict[str, set[str]] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    skipped: dict[str, int] = field(default_factory=dict)

    def run(self) -> Iterator[Extracted]:
        """Everything, ending with what of it is complete."""
        yield from self._batched(self._owner())
        self._learn_language()
        for part in self._parts("list", "2020"):
            if part.role == "2020":
                yield from self._year_2020(part)
            elif part.what is files.CUSTOM_LISTS:
                yield from self._batched(self._custom_lists(part))
            elif part.what is not None:
                yield from self._list(part, part.what)
        yield from self._batched(self._contacts())
        yield from self._batched(self._messages())
        yield Extracted(coverage=self._coverage())

    def _parts(self, *roles: str) -> list[Part]:
        return sorted((part for part in self.found if part.role in roles), key=files.natural)

    def _batched(self, rows: Iterator[Row]) -> Iterator[Extracted]:
        yield from RecordBatcher(export_sha256=self.claim.sha256).batches(rows)
        if self.skipped:
            skipped, self.skipped = self.skipped, {}
            yield Extracted(rows=sum(skipped.values()), skipped=skipped)

    def _skip(self, reason: str) -> None:
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def _unreadable(self, part: Part, source: str, error: ExportError) -> Reject:
        self.damaged.add(source)
        return unreadable(source, part.member, error)

    # The owner

    def _owner(self) -> Iterator[Row]:
        for part in self._parts("owner"):
            try:
                entries = contacts.profile_entries(part)
            except ExportError as error:
                yield self._unreadable(part, PLATFORM, error)
                continue
            profile = meta_labels.profile(entries)
            if not self.owner.handle:
                self.owner = profile
            for kind, values in (("email", profile.emails), ("phone", profile.phones)):
                for value in values:
                    yield OwnerPoint(PLATFORM, kind, value)
        handles = dict.fromkeys([self.owner.handle, self.claim.account])
        for handle in filter(None, handles):
            yield OwnerPoint(PLATFORM, "account", f"{PLATFORM}:{handle}")

    # Lists of accounts

    def _learn_language(self) -> None:
        """Find the months' language and the user-name label over all files, before people are read of any."""
        words: set[str] = set()
        pages = self._parts("list", "contacts")
        for part in pages or self._parts("thread"):
            try:
                if part.form == "html":
                    words |= meta_html.month_words(part.member)
                if part.form == "html" and part.role == "list" and b"<table" in part.member.head():
                    for record in meta_html.records(part.member):
                        self.label.learn(Entry(label, value, None, None) for label, value in record.rows)
                elif part.role == "list" and b'"label_values"' in part.member.head():
                    for item in meta_json.items(part.member):
                        if isinstance(item, dict):
                            self.label.learn(meta_json.entries(item))
            except ExportError:
                # Said once, as a reject, when the file's people are read.
                continue
        self.months = meta_html.Months(words)

    def _open_list(self, part: Part, what: PeopleList) -> HandleList:
        return handle_list(
            what,
            part.member,
            self.seen,
            platform=PLATFORM,
            account=self.account,
            export_sha256=self.claim.sha256,
            owner_handle=self.owner.handle or self.claim.account,
            day_only=part.form == "html",
            unit="record" if part.form == "html" else "item",
        )

    def _list(self, part: Part, what: PeopleList) -> Iterator[Extracted]:
        people = self._open_list(part, what)
        rejects: list[Row] = []
        reader = self._html_items if part.form == "html" else self._json_items
        try:
            for reject in reader(part, people):
                if reject is not None:
                    # Somebody is on the list whom we cannot name: then it does not show who is missing.
                    self.damaged.add(what.source)
                    rejects.append(reject)
                if people.full:
                    yield people.take()
        except ExportError as error:
            rejects.append(self._unreadable(part, what.source, error))
        yield people.take()
        yield from self._batched(iter(rejects))

    def _json_items(self, part: Part, people: HandleList) -> Iterator[Reject | None]:
        shape = meta_json.shape_of(part.member.head())
        if shape.key.startswith("text_post_app_"):
            raise ExportError(
                f"{part.member.path} is a list of Threads, not of Instagram.",
                "Put it back into its own folder `threads`, so that the two are kept apart.",
            )
        if shape.kind == "keyed" and not shape.key.startswith("relationships_"):
            raise meta_json.wrong_type(part.member)
        for number, item in enumerate(meta_json.items(part.member), 1):
            if type(item) is not dict:
                yield _reject(people, number, "not_an_object", "{unit} {number} of the list is no record.")
                continue
            entry = _first(item)
            if entry is not None:
                handle = (
                    meta_json.username(meta_json.text(entry.get("value")))
                    or meta_json.username(meta_json.text(item.get("title")))
                    or meta_json.username(meta_json.handle_from_link(meta_json.text(entry.get("href")), HOST))
                )
                seconds, name = meta_json.seconds(entry.get("timestamp")), None
            else:
                parts = meta_json.entries(item)
                picked, name = self.label.pick(parts)
                handle = meta_json.username(picked, meta_json.text(item.get("title")))
                seconds = meta_json.item_seconds(item, parts)
            if handle is None:
                yield _reject(people, number, "no_username", _UNNAMED)
                continue
            people.add(handle, number, seconds, name)
            yield None

    def _html_items(self, part: Part, people: HandleList) -> Iterator[Reject | None]:
        for number, record in enumerate(meta_html.records(part.member), 1):
            linked = [meta_json.handle_from_link(link, HOST) for link in record.links]
            name = None
            handle = meta_json.username(*linked)
            if record.rows:
                parts = [Entry(label, value, None, None) for label, value in record.rows]
                picked, name = self.label.pick(parts)
                handle = meta_json.username(picked)
            if handle is None:
                yield _reject(people, number, "no_username", _UNNAMED)
                continue
            day = self.months.day(record.date)
            people.add(handle, number, int(day.timestamp()) if day else None, name, record.date or None)
            yield None

    def _year_2020(self, part: Part) -> Iterator[Extracted]:
        for key, what in (("followers", files.FOLLOWERS), ("following", files.FOLLOWING)):
            people = self._open_list(part, what)
            people.unit = f"{key} entry"
            rejects: list[Row] = []
            try:
                for number, (name, time) in enumerate(meta_json.map_items(part.member, key), 1):
                    handle = meta_json.username(meta_json.text(name))
                    if handle is None:
                        self.damaged.add(what.source)
                        rejects.append(_reject(people, number, "no_username", _UNNAMED))
                        continue
                    people.add(handle, number, _iso_seconds(time), None, time if isinstance(time, str) else None)
                    if people.full:
                        yield people.take()
            except ExportError as error:
                rejects.append(self._unreadable(part, what.source, error))
            yield people.take()
            yield from self._batched(iter(rejects))

    def _custom_lists(self, part: Part) -> Iterator[Row]:
        what = files.CUSTOM_LISTS
        members: dict[str, tuple[list[str], int, int | None]] = {}
        if part.form == "html":
            yield self._unreadable(part, what.source, ExportError(
                f"{part.member.path} holds custom lists as a page, which are only read as JSON."
            ))  # fmt: skip
            return
        try:
            for number, item in enumerate(meta_json.items(part.member), 1):
                entries = meta_json.entries(item) if isinstance(item, dict) else []
                values = {entry.label.casefold(): entry for entry in entries}
                group = values.get("group members")
                if group is None:
                    # Labels follow the language of the account: somebody may be on it whom we cannot see.
                    self.damaged.add(what.source)
                    yield Reject(
                        what.source, part.member.path, f"item {number}", "no_members",
                        f"Item {number} has no members under a label that is known.",
                    )  # fmt: skip
                    continue
                names = re.split(r"[,;\s]+", group.value) if group.value else []
                title = values["name"].value if "name" in values else None
                created = values["created at"].seconds if "created at" in values else None
                for handle in dict.fromkeys(meta_json.username(name) for name in names if name):
                    if handle is None:
                        self.damaged.add(what.source)
                        yield Reject(
                            what.source, part.member.path, f"item {number}", "no_username",
                            _UNNAMED.format(unit="One entry of item", number=number),
                        )  # fmt: skip
                    elif handle in (self.owner.handle, self.claim.account):
                        self._skip("owner")
                    elif handle in members:
                        self._skip("duplicate")
                        members[handle][0].extend([title] if title else [])
                    else:
                        members[handle] = ([title] if title else [], number, created)
                if not names:
                    self._skip("empty_list")
        except ExportError as error:
            yield self._unreadable(part, what.source, error)
        for handle, (tags, number, created) in members.items():
            record = SourceRecord(
                source=what.source,
                relationship=what.relationship,
                source_key=handle,
                account=self.account,
                points=[Point("account", f"{PLATFORM}:{handle}")],
                tags=list(dict.fromkeys(tags)),
                first_seen_at=meta_json.moment(created),
                member=part.member.path,
                locator=f"item {number}",
            )
            yield from with_events(record, what.actor)

    # Synced contacts

    def _contacts(self) -> Iterator[Row]:
        source = files.CONTACTS.source
        seen = self.seen.setdefault(source, set())
        for part in self._parts("contacts"):
            try:
                for number, entries, day in contacts.labelled_items(part, self.months):
                    locator = f"{'record' if part.form == 'html' else 'item'} {number}"
                    record = contacts.contact(entries, self.account, part.member.path, locator)
                    if record is None:
                        self.damaged.add(source)
                        yield Reject(
                            source, part.member.path, locator, "empty",
                            f"Contact {number} has neither a name nor an address or number.",
                        )  # fmt: skip
                    elif record.record_id in seen:
                        self._skip("duplicate")
                    elif {bare(point.kind, point.raw) for point in record.points} & self._own_points():
                        self._skip("owner")
                    else:
                        seen.add(record.record_id)
                        record.first_seen_at = record.first_seen_at or day
                        yield from with_events(record, OURS, "day" if part.form == "html" else "instant")
            except ExportError as error:
                yield self._unreadable(part, source, error)

    def _own_points(self) -> set[str]:
        emails, phones = self.owner.emails, self.owner.phones
        return {*(bare("email", value) for value in emails), *(bare("phone", value) for value in phones)} - {""}

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
        threads = [thread for thread in threads if thread.names]
        owner = meta_messages.owner_name(threads, self.owner.name)
        yield from meta_messages.partners(threads, owner, source, self.account, self._skip, slugs=True)

    # What is complete

    def _coverage(self) -> dict[str, bool]:
        """Followers are all there when the files are numbered without a gap; the other lists are one file.

        A list of which anything could not be read is never complete.
        """
        coverage: dict[str, bool] = {}
        for part in self.found:
            if part.role == "2020":
                coverage |= dict.fromkeys((files.FOLLOWERS.source, files.FOLLOWING.source), True)
            elif part.what is not None and part.role in ("list", "contacts"):
                coverage[part.what.source] = True
        for what in (files.FOLLOWERS, files.FOLLOWING):
            numbers = sorted({part.number for part in self.found if part.what is what and part.number is not None})
            if numbers and (numbers[0] != 1 or any(after - before != 1 for before, after in pairwise(numbers))):
                coverage[what.source] = False
        if any(part.what is files.FOLLOWERS and part.number and part.era == files.LOOSE for part in self.found):
            # Out of its folder, followers_1 may be the first of many.
            coverage[files.FOLLOWERS.source] = False
        return {source: complete and source not in self.damaged for source, complete in sorted(coverage.items())}


def _reject(people: HandleList, number: int, code: str, sentence: str) -> Reject:
    unit = people.unit
    return Reject(
        people.source, people.member, f"{unit} {number}", code,
        sentence.format(unit=unit[:1].upper() + unit[1:], number=number),
    )  # fmt: skip


def _first(item: dict[str, Any]) -> dict[str, Any] | None:
    """The first entry of `string_list_data`; an empty one where only the title says who it is."""
    listed = item.get("string_list_data")
    if not isinstance(listed, list):
        return None
    return listed[0] if listed and isinstance(listed[0], dict) else {}


def _iso_seconds(time: object) -> int | None:
    """`2019-08-31T17:04:02+00:00` or Unix seconds; without a zone it is taken as UTC."""
    if not isinstance(time, str):
        return meta_json.seconds(time)
    try:
        moment = datetime.fromisoformat(time.strip())
    except ValueError:
        return meta_json.seconds(time)
    return meta_json.seconds((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _layout(read: list[Part]) -> str:
    eras = [era for era in (files.YEAR_2020, files.OLD, files.NEW, files.LOOSE) if any(p.era == era for p in read)]
    forms = [form.upper() for form in ("json", "html") if any(part.form == form for part in read)]
    return f"{' and '.join(eras)} {' and '.join(forms)}".strip()


def _notes(read: list[Part]) -> Iterator[str]:
    if any(part.form == "html" for part in read):
        yield ("This export is in HTML: dates are good to the day; the JSON form holds more.")
