"""Snapchat's own export (My Data) as JSON: friends, and whom the owner chatted with.

People are user names, with a shown name for friends. Nothing in it is consent. What was said is never kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from audiencevault.errors import ExportError
from audiencevault.export import Export, Member
from audiencevault.records import Extracted, OwnerPoint, Point, RecordBatcher, Reject, Row, SourceRecord
from audiencevault.sources import json_walk
from audiencevault.sources.handles import HandleList, handle_list
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.sources.meta_json import moment
from audiencevault.sources.ties import OURS, THEIRS, PeopleList, message_count, unreadable, with_events

PLATFORM: Final = "snapchat"
CHATS: Final = "snapchat.chats"


FRIENDS: Final = PeopleList("friends", "snapchat.friends", "friend", THEIRS)
LISTS: Final = {
    "Friends": FRIENDS,
    "Friend Requests Sent": PeopleList("requests sent", "snapchat.requests_sent", "friend_request_out", OURS),
    "Deleted Friends": PeopleList("deleted friends", "snapchat.deleted", "removed", OURS),
    "Blocked Users": PeopleList("blocked accounts", "snapchat.blocked", "blocked", OURS),
}
LEFT_OUT: Final = {
    "Hidden Friend Suggestions": "suggestion",
    "Ignored Snapchatters": "ignored",
    "Pending Requests": "pending_request",
    "Shortcuts": "shortcut",
}
"""Lists of people who are nobody's friends yet, and of shortcuts; counted only."""

_FRIENDS: Final = re.compile(
    rb'"(?:Friends|Friend Requests Sent|Deleted Friends|Blocked Users|Hidden Friend Suggestions|Ignored Snapchatters)"'
    rb"\s*:\s*\["
)
_CHAT: Final = re.compile(rb'"IsSender"\s*:|"(?:Received|Sent) (?:Saved|Unsaved) Chat History"\s*:')
_OLD: Final = re.compile(r"(?P<way>Received|Sent) (?:Saved|Unsaved) Chat History")
_HANDLE: Final = re.compile(r"[^\s/:@\\\x00-\x1f\x7f\ud800-\udfff]{1,64}")
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?= UTC$)")
_MESSAGE: Final = {"From": "from", "To": "to", "IsSender": "own", "Created": "created", "Conversation Title": "title"}


class SnapchatImporter:
    """See the module."""

    source = PLATFORM
    title = "Snapchat export (JSON)"
    fallback = False

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each folder with Snapchat's list of friends or its chats."""
        folders: dict[str, list[Member]] = {}
        for member in export.members:
            name, head = member.name.lower(), member.head() if member.name.lower().endswith(".json") else b""
            if (name == "friends.json" and _FRIENDS.search(head)) or (
                name == "chat_history.json" and _CHAT.search(head)
            ):
                folders.setdefault(member.path[: -len(member.name)], []).append(member)
        return [self._claim(export, root, found) for root, found in sorted(folders.items())]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """The owner, the lists of accounts, then the chats."""
        yield from _Reading(claim, context).run()

    def _claim(self, export: Export, root: str, found: list[Member]) -> Claim:
        account = [
            member
            for member in export.find("account.json")
            if member.path == root + member.name and b'"Basic Information"' in member.head()
        ]
        present = [what.words for key, what in LISTS.items() if any(f'"{key}"'.encode() in m.head() for m in found)]
        chats = [member for member in found if member.name.lower() == "chat_history.json"]
        old = any(b" Chat History" in member.head() for member in chats)
        has_friends = len(chats) < len(found)
        return Claim(
            importer=self,
            source=self.source,
            layout="to 2022 JSON" if old else "JSON",
            export=export,
            members=tuple(sorted([*account, *found], key=lambda member: member.path)),
            root=root,
            present=(*present, *(("chats",) if chats else ())),
            absent=() if has_friends else (FRIENDS.words,),
            notes=() if account else ("Your own account.json is not here; without it nothing says who you are.",),
        )


IMPORTERS = (SnapchatImporter(),)


@dataclass(slots=True)
class _Thread:
    """One conversation: who wrote, whether it is a group's, how many messages, the first and last second."""

    number: int
    member: str
    received: bool = False
    sent: bool = False
    group: bool = False
    messages: int = 0
    times: list[int] = field(default_factory=list)

    def add(self, message: dict[str, Any], name: str, sent: bool) -> None:
        """Take one message; it says nothing of a person where it is from somebody else than `name`."""
        self.messages += 1
        self.group = self.group or bool(message.get("title"))
        other = _handle(message.get("from"))
        if not sent and other not in (name, None):
            self.group = True
        self.sent, self.received = self.sent or sent, self.received or not sent
        time = _seconds(message.get("created"))
        if time is not None:
            known = [*self.times, time]
            self.times = [min(known), max(known)]


@dataclass(slots=True)
class _Reading:
    """One pass over one claim."""

    claim: Claim
    context: ImportContext
    handle: str = ""
    seen: dict[str, set[str]] = field(default_factory=dict)
    threads: dict[str, _Thread] = field(default_factory=dict)
    rejects: list[Row] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def account(self) -> str:
        """Whose export it is: as said, else the owner's user name."""
        return self.context.account or self.handle

    def run(self) -> Iterator[Extracted]:
        """Everything; no list ever counts as complete."""
        members = {member.name.lower(): member for member in self.claim.members}
        for name, read in (("account.json", self._owner), ("friends.json", self._friends)):
            if name in members:
                try:
                    yield from read(members[name])
                except ExportError as error:
                    self.rejects.append(unreadable(PLATFORM, members[name], error))
        if "chat_history.json" in members:
            try:
                self._chats(members["chat_history.json"])
            except ExportError as error:
                self.rejects.append(unreadable(CHATS, members["chat_history.json"], error))
        if self.handle:
            yield Extracted(owner=(OwnerPoint(PLATFORM, "account", f"{PLATFORM}:{self.handle}"),))
        batcher = RecordBatcher(export_sha256=self.claim.sha256)
        yield from batcher.batches(self._partners())
        yield from batcher.batches(self.rejects)
        yield Extracted(
            rows=self.skipped.total(),
            skipped=dict(sorted((+self.skipped).items())),
            coverage=dict.fromkeys([*sorted(self.seen), CHATS], False),
        )

    def _owner(self, member: Member) -> Iterator[Extracted]:
        document = json_walk.events(member)
        try:
            for prefix, event, value in document:
                if prefix == "Basic Information.Username" and event == "string":
                    self.handle = _handle(value) or self.handle
        finally:
            document.close()
        yield Extracted()

    def _friends(self, member: Member) -> Iterator[Extracted]:
        """One pass; a list is taken out as it fills."""
        people: HandleList | None = None
        base, number = "", 0
        current: dict[str, str] = {}
        document = json_walk.events(member)
        try:
            for prefix, event, value in document:
                if not prefix and event == "map_key":
                    if people is not None:
                        yield people.take()
                    base, number = value, 0
                    people = self._open(member, LISTS[base]) if base in LISTS else None
                elif prefix == f"{base}.item" and event == "start_map":
                    number, current = number + 1, {}
                elif event == "string" and prefix.startswith(f"{base}.item."):
                    current[prefix[len(base) + 6 :]] = value
                elif prefix == f"{base}.item" and event == "end_map":
                    if people is None:
                        self.skipped[LEFT_OUT.get(base, "unknown_list")] += 1
                        continue
                    self._add(people, number, current)
                    if people.full:
                        yield people.take()
        except ExportError:
            if people is not None:
                yield people.take()
            raise
        finally:
            document.close()
        if people is not None:
            yield people.take()

    def _open(self, member: Member, what: PeopleList) -> HandleList:
        return handle_list(
            what,
            member,
            self.seen,
            platform=PLATFORM,
            account=self.account,
            export_sha256=self.claim.sha256,
            owner_handle=self.handle,
            unit=f"{what.words}, item",
        )

    def _add(self, people: HandleList, number: int, item: dict[str, str]) -> None:
        handle = _handle(item.get("Username"))
        if handle is None:
            place = f"{people.unit} {number}"
            sentence = f"{place[:1].upper()}{place[1:]} has no user name that can be read."
            self.rejects.append(Reject(people.source, people.member, place, "no_username", sentence))
            return
        written = _text(item.get("Creation Timestamp"))
        people.add(handle, number, _seconds(written), _text(item.get("Display Name")), written)

    def _chats(self, member: Member) -> None:
        """One pass over the chats. Since 2022 each stands under its partner's user name, which may hold dots."""
        key = item = ""
        message: dict[str, Any] = {}
        document = json_walk.events(member)
        try:
            for prefix, event, value in document:
                if not prefix and event == "map_key":
                    key, item = value, f"{value}.item"
                    if not _OLD.fullmatch(key):
                        self.threads.setdefault(_handle(key) or "", _Thread(len(self.threads) + 1, member.path))
                elif prefix == item and event == "start_map":
                    message = {}
                elif prefix == item and event == "end_map":
                    self._message(key, message, member)
                elif event in ("string", "boolean") and prefix.startswith(f"{item}."):
                    field_name = _MESSAGE.get(prefix[len(item) + 1 :])
                    if field_name:
                        message[field_name] = value
        finally:
            document.close()

    def _message(self, key: str, message: dict[str, Any], member: Member) -> None:
        old = _OLD.fullmatch(key)
        if old:
            sent = old["way"] == "Sent"
            name = _handle(message.get("to") if sent and message.get("to") else message.get("from"))
            if message.get("title"):
                # A group's messages stand among the others; they tell of no chat with one person.
                return
        else:
            sent, name = message.get("own") is True, _handle(key)
        thread = self.threads.setdefault(name or "", _Thread(len(self.threads) + 1, member.path))
        thread.add(message, name or "", sent)

    def _partners(self) -> Iterator[Row]:
        for name, thread in self.threads.items():
            if not name or thread.group:
                self.skipped["group"] += 1
            elif name == self.handle:
                self.skipped["owner"] += 1
            elif not thread.received:
                self.skipped["never_wrote"] += 1
            elif not thread.sent:
                self.skipped["never_answered"] += 1
            else:
                record = SourceRecord(
                    source=CHATS,
                    relationship="chat_partner",
                    source_key=name,
                    account=self.account,
                    points=[Point("account", f"{PLATFORM}:{name}")],
                    first_seen_at=moment(min(thread.times, default=None)),
                    last_seen_at=moment(max(thread.times, default=None)),
                    extra=message_count(thread.messages),
                    member=thread.member,
                    locator=f"chat {thread.number}",
                )
                yield from with_events(record, THEIRS)


def _text(value: str | None) -> str | None:
    return (value or "").encode("utf-8", "replace").decode("utf-8").replace("\0", "").strip() or None


def _handle(value: Any) -> str | None:
    name = value.strip().lower() if isinstance(value, str) else ""
    return name if _HANDLE.fullmatch(name) else None


def _seconds(value: Any) -> int | None:
    """Unix seconds of `2024-02-14 10:00:00 UTC`."""
    found = _TIME.match(value) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        return int(datetime.fromisoformat(found[0]).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None
