"""X's (Twitter's) own archive: followers, accounts followed and blocked, message threads, the uploaded address book.

Followers are permanent numbers without a name or a date. A user name is known only where the owner's own posts mention
the account. Nothing in it is consent.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from audiencevault.errors import ExportError
from audiencevault.export import Export, Member
from audiencevault.records import Extracted, OwnerPoint, Point, RecordBatcher, Reject, Row, SourceRecord
from audiencevault.sources import json_walk
from audiencevault.sources import x_files as files
from audiencevault.sources.handles import handle_list
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.sources.ties import OURS, THEIRS, PeopleList, bare, message_count, unreadable, with_events
from audiencevault.sources.x_files import PLATFORM, Manifest, Part

IDS: Final = "x_id"
"""The platform word of permanent numbers: a user name of digits alone is somebody else."""
CONTACTS: Final = "x.contacts"
MESSAGES: Final = "x.messages"


class XImporter:
    """See the module."""

    source = PLATFORM
    title = "X (Twitter) archive"
    fallback = False

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each folder with scripts of an archive that hold people."""
        folders: dict[str, list[Part]] = {}
        for member in export.members:
            part = files.part_of(member)
            if part is not None:
                folders.setdefault(member.path[: -len(member.name)], []).append(part)
        held = ("list", "contacts", "messages")
        return [
            self._claim(export, root, parts)
            for root, parts in sorted(folders.items())
            if any(part.role in held for part in parts)
        ]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """The owner, the lists, the address book and the message threads, in this order."""
        parts = [part for member in claim.members if (part := files.part_of(member)) is not None]
        return _Reading(claim, context.account or claim.account, parts).run()

    def _claim(self, export: Export, root: str, parts: list[Part]) -> Claim:
        read = [part for part in parts if part.role]
        words = {files.LISTS[part.kind].words if part.role == "list" else files.WORDS.get(part.role) for part in read}
        manifest = _manifest(read)
        notes = ["Followers are numbers: a name is known only of those whom your posts mention."]
        if any(part.role == "contacts" and b'"contact"' in part.member.head() for part in read):
            notes.append("The address book is unverified: its fields are those that X describes, never seen filled.")
        if any(part.kind == "block" for part in read):
            notes.append("The list of blocked accounts is unverified: its items are read by their account number.")
        return Claim(
            importer=self,
            source=self.source,
            layout="archive of scripts, 2019 and newer",
            export=export,
            members=(*(part.member for part in read), *_viewer(export, root)),
            root=root,
            present=tuple(sorted(word for word in words if word)),
            absent=tuple(what.words for what in (files.FOLLOWERS, files.FOLLOWING) if what.words not in words),
            not_understood=tuple(part.member.path for part in parts if part.might_hold_people),
            account=manifest.handle or _account_in_head(read),
            observed_at=_time(manifest.generated),
            notes=tuple(notes),
        )


IMPORTERS = (XImporter(),)


@dataclass(slots=True)
class _Reading:
    """One pass over one claim."""

    claim: Claim
    account: str
    parts: list[Part]
    manifest: Manifest = field(default_factory=Manifest)
    own_ids: set[str] = field(default_factory=set)
    own_points: dict[tuple[str, str], None] = field(default_factory=dict)
    names: dict[str, tuple[int, str, str | None]] = field(default_factory=dict)
    seen: dict[str, set[str]] = field(default_factory=dict)
    read: Counter[str] = field(default_factory=Counter)
    damaged: set[str] = field(default_factory=set)
    skipped: Counter[str] = field(default_factory=Counter)

    def run(self) -> Iterator[Extracted]:
        """Everything, ending with which lists are complete."""
        self.parts.sort(key=lambda part: (part.kind, part.number, part.member.path))
        yield from self._batched(self._owner())
        yield from self._batched(self._posts())
        for part in self._role("list"):
            yield from self._list(part, files.LISTS[part.kind])
        yield from self._batched(self._contacts())
        yield from self._batched(self._messages())
        yield Extracted(rows=self.skipped.total(), skipped=dict(sorted(self.skipped.items())))
        yield Extracted(coverage=self._coverage())

    def _role(self, role: str) -> list[Part]:
        return [part for part in self.parts if part.role == role]

    def _batched(self, rows: Iterator[Row]) -> Iterator[Extracted]:
        yield from RecordBatcher(export_sha256=self.claim.sha256).batches(rows)

    def _items(self, part: Part) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, item in enumerate(json_walk.assigned_items(part.member), 1):
            yield number, files.unwrapped(item)

    # The owner

    def _owner(self) -> Iterator[Row]:
        for part in self._role("owner"):
            try:
                for _, item in self._items(part):
                    self._own(item.get("accountId"), item.get("username"))
                    for kind, key in (("email", "email"), ("phone", "phoneNumber")):
                        value = files.text(item.get(key))
                        if value:
                            self.own_points[(kind, value)] = None
            except ExportError as error:
                yield unreadable(PLATFORM, part.member, error)
        for part in self._role("manifest"):
            try:
                self.manifest = files.manifest_of(part.member)
            except ExportError as error:
                yield unreadable(PLATFORM, part.member, error)
        self._own(self.manifest.account_id, self.manifest.handle)
        for kind, raw in self.own_points:
            yield OwnerPoint(PLATFORM, kind, raw)

    def _own(self, number: object, name: object) -> None:
        found, handle = files.account_id(number), files.handle(name)
        if found:
            self.own_ids.add(found)
            self.own_points[("account", f"{IDS}:{found}")] = None
        if handle:
            self.own_points[("account", f"{PLATFORM}:{handle}")] = None

    # Names from the owner's posts

    def _posts(self) -> Iterator[Row]:
        """Learn user names by number. The newest post counts: user names change hands."""
        for part in self._role("posts"):
            try:
                for _, post in self._items(part):
                    self._learn(post)
            except ExportError as error:
                yield unreadable(PLATFORM, part.member, error)
        newest: dict[str, tuple[int, str]] = {}
        for number, (age, handle, _) in sorted(self.names.items()):
            newest[handle] = max(newest.get(handle, (-1, "")), (age, number))
        # A user name that had two owners belongs to the later one.
        self.names = {number: known for number, known in self.names.items() if newest[known[1]][1] == number}

    def _learn(self, post: dict[str, Any]) -> None:
        age = int(files.account_id(post.get("id_str")) or 0)
        self._name(age, post.get("in_reply_to_user_id_str"), post.get("in_reply_to_screen_name"), None)
        entities = post.get("entities")
        mentions = entities.get("user_mentions") if isinstance(entities, dict) else None
        for mention in mentions if isinstance(mentions, list) else ():
            if isinstance(mention, dict):
                self._name(age, mention.get("id_str"), mention.get("screen_name"), files.text(mention.get("name")))

    def _name(self, age: int, number: object, name: object, shown: str | None) -> None:
        found, handle = files.account_id(number), files.handle(name)
        if found is None or handle is None:
            return
        known = self.names.get(found)
        if known is None or known[0] <= age:
            if known is not None and known[1] == handle:
                shown = shown or known[2]
            self.names[found] = (age, handle, shown)

    # Lists of accounts

    def _list(self, part: Part, what: PeopleList) -> Iterator[Extracted]:
        people = handle_list(
            what, part.member, self.seen, platform=IDS, account=self.account, export_sha256=self.claim.sha256
        )
        rows: list[Row] = []
        try:
            for number, item in self._items(part):
                self.read[part.kind] += 1
                found = files.account_id(item.get("accountId"))
                if found is None:
                    self.damaged.add(part.kind)
                    place = f"item {number}"
                    sentence = f"Item {number} has no account number."
                    rows.append(Reject(what.source, part.member.path, place, "no_account", sentence))
                elif found in self.own_ids:
                    self.skipped["owner"] += 1
                elif found in self.names and found not in people.seen:
                    people.seen.add(found)
                    record = self._record(what.source, what.relationship, found, part, f"item {number}")
                    rows.extend(with_events(record, what.actor))
                else:
                    people.add(found, number, None)
                if people.full:
                    yield people.take()
        except ExportError as error:
            self.damaged.add(part.kind)
            rows.append(unreadable(what.source, part.member, error))
        yield people.take()
        yield from self._batched(iter(rows))

    def _record(self, source: str, relationship: str, number: str, part: Part, locator: str) -> SourceRecord:
        points = [Point("account", f"{IDS}:{number}")]
        _, handle, shown = self.names.get(number, (0, "", None))
        if handle:
            points.append(Point("account", f"{PLATFORM}:{handle}"))
        return SourceRecord(
            source=source,
            relationship=relationship,
            source_key=number,
            account=self.account,
            points=points,
            full_name=shown,
            member=part.member.path,
            locator=locator,
        )

    # The uploaded address book

    def _contacts(self) -> Iterator[Row]:
        seen: set[str] = set()
        own = {bare(kind, raw) for kind, raw in self.own_points if kind != "account"} - {""}
        for part in self._role("contacts"):
            try:
                for number, item in self._items(part):
                    points = [
                        Point(kind, value)
                        for kind, key in (("email", "emails"), ("phone", "phoneNumbers"))
                        for value in _texts(item.get(key))
                    ]
                    key = _content(points)
                    if not points:
                        place = f"item {number}"
                        sentence = f"Item {number} has neither an address nor a number."
                        yield Reject(CONTACTS, part.member.path, place, "empty", sentence)
                    elif any(bare(point.kind, point.raw) in own for point in points):
                        self.skipped["owner"] += 1
                    elif key in seen:
                        self.skipped["duplicate"] += 1
                    else:
                        seen.add(key)
                        yield from with_events(SourceRecord(
                            source=CONTACTS,
                            relationship="address_book",
                            source_key=key,
                            account=self.account,
                            points=points,
                            member=part.member.path,
                            locator=f"item {number}",
                        ), OURS)  # fmt: skip
            except ExportError as error:
                yield unreadable(CONTACTS, part.member, error)

    # Message threads

    def _messages(self) -> Iterator[Row]:
        met: set[str] = set()
        for part in self._role("messages"):
            try:
                for number, item in self._items(part):
                    record = self._thread(part, number, item, met)
                    if isinstance(record, SourceRecord):
                        yield from with_events(record, THEIRS)
                    elif record is not None:
                        yield record
            except ExportError as error:
                yield unreadable(MESSAGES, part.member, error)

    def _thread(self, part: Part, number: int, item: dict[str, Any], met: set[str]) -> SourceRecord | Reject | None:
        """The partner of one thread that the owner wrote in too; what was said is never looked at."""
        place = f"thread {number}"
        pair = (files.text(item.get("conversationId")) or "").split("-")
        partners = [one for one in pair if one not in self.own_ids]
        if not self.own_ids or len(pair) != 2 or not all(map(files.account_id, pair)):
            why = (
                "is not between two accounts"
                if self.own_ids
                else "may be with anybody: no file says which account is yours"
            )
            return Reject(MESSAGES, part.member.path, place, "no_partner", f"Thread {number} {why}.")
        if not partners:
            self.skipped["owner"] += 1
            return None
        times: list[datetime] = []
        answered, count = False, 0
        messages = item.get("messages")
        for message in messages if isinstance(messages, list) else ():
            said = files.unwrapped(message)
            count += 1
            answered = answered or files.account_id(said.get("senderId")) in self.own_ids
            written = _time(files.text(said.get("createdAt")) or "")
            times += [written] if written else []
        partner = partners[0]
        if not answered or partner in met or len(partners) > 1:
            # A stranger who wrote and was never answered is no partner.
            self.skipped["never_answered" if not answered else "duplicate" if partner in met else "not_yours"] += 1
            return None
        met.add(partner)
        record = self._record(MESSAGES, "chat_partner", partner, part, place)
        record.first_seen_at, record.last_seen_at = min(times, default=None), max(times, default=None)
        record.extra = message_count(count)
        return record

    def _coverage(self) -> dict[str, bool]:
        """A list is complete where the manifest counts as many items as were read, and the archive is whole."""
        counts = self.manifest.counts or {}
        coverage = {
            files.LISTS[part.kind].source: not self.manifest.partial
            and part.kind not in self.damaged
            and counts.get(part.kind) == self.read[part.kind]
            for part in self._role("list")
        }
        coverage |= {CONTACTS: False} if self._role("contacts") else {}
        coverage |= {MESSAGES: False} if self._role("messages") else {}
        return dict(sorted(coverage.items()))


def _viewer(export: Export, root: str) -> list[Member]:
    """The page beside the scripts that shows them in a browser: it holds nobody."""
    above = root.rstrip("/").rpartition("/")[0]
    return [member for member in export.find("Your archive.html") if member.path.rpartition("/")[0] == above]


def _manifest(parts: Sequence[Part]) -> Manifest:
    for part in parts:
        if part.role == "manifest" and part.member.size < 1 << 20:
            try:
                return files.manifest_of(part.member)
            except ExportError:
                # Said as a reject when it is read.
                continue
    return Manifest()


def _account_in_head(parts: Sequence[Part]) -> str:
    for part in parts:
        if part.role == "owner" and part.member.size < 1 << 20:
            try:
                for item in json_walk.assigned_items(part.member):
                    return files.handle(files.unwrapped(item).get("username")) or ""
            except ExportError:
                # Said as a reject when it is read.
                continue
    return ""


def _texts(value: object) -> list[str]:
    found = [files.text(one) for one in value] if isinstance(value, list) else [files.text(value)]
    return list(dict.fromkeys(one for one in found if one))


def _content(points: Sequence[Point]) -> str:
    written = sorted(f"{point.kind}:{point.raw.casefold()}" for point in points)
    return hashlib.sha256("\x1f".join(written).encode()).hexdigest()[:32]


def _time(value: str) -> datetime | None:
    """`2023-04-05T06:07:08.900Z` as a UTC time."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None
