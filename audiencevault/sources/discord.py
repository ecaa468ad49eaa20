"""Discord's data package: friends, and the people of direct messages.

Of the messages it has the owner's own only, which are not read. People are Discord's ids, with a user name where the
package says one. Nothing in it is consent.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from audiencevault.errors import ExportError
from audiencevault.export import Export, Member
from audiencevault.records import Extracted, OwnerPoint, Point, RecordBatcher, Reject, Row, SourceRecord
from audiencevault.sources import meta_json
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.sources.ties import OURS, THEIRS, unreadable, with_events

PLATFORM: Final = "discord"
CHATS: Final = "discord.chats"
GROUPS: Final = "discord.groups"
FRIENDS: Final = "discord.friends"
KINDS: Final = {
    1: (FRIENDS, "friend", THEIRS),
    2: ("discord.blocked", "blocked", OURS),
    4: ("discord.requests_sent", "friend_request_out", OURS),
}
"""Source, relationship and actor of Discord's relationship types; 3, a request to the owner, is counted only."""

_PARTNER: Final = frozenset({"DM", 1})
_GROUP: Final = frozenset({"GROUP_DM", 3})
_CHANNEL: Final = re.compile(
    r"(?P<root>(?:.*/)?)(?P<folder>[^/]+)/c?[0-9]{5,20}/(?:channel\.json|messages\.(?:json|csv))"
)
_USER: Final = re.compile(r"(?P<root>(?:.*/)?)[^/]+/user\.json", re.IGNORECASE)
_LABEL: Final = re.compile(r"Direct Message with (?P<name>.{1,64})#(?P<number>[0-9]{1,4})", re.DOTALL)
_ID: Final = re.compile(r"[1-9][0-9]{4,19}")
_HANDLE: Final = re.compile(r"[a-z0-9_.]{2,32}")
_SMALL: Final = 256


class DiscordImporter:
    """See the module."""

    source = PLATFORM
    title = "Discord data package (JSON)"
    fallback = False

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each package: told by the owner's `user.json`, whose folder has a translated name."""
        packages: dict[str, list[Member]] = {}
        for member in export.members:
            if member.name.lower() == "user.json" and _is_user(member):
                found = _USER.fullmatch(member.path)
                packages[found["root"] if found else ""] = [member]
        for member in export.members:
            found = _CHANNEL.fullmatch(member.path)
            if found and found["root"] in packages:
                packages[found["root"]].append(member)
        for member in export.find("messages/index.json"):
            root = member.path[: -len("messages/index.json")]
            if root in packages:
                packages[root].append(member)
        return [self._claim(export, root, found) for root, found in sorted(packages.items())]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """The owner, the relationships, then the channels in the order of the package."""
        yield from _Reading(claim, context).run()

    def _claim(self, export: Export, root: str, found: list[Member]) -> Claim:
        channels = any(member.name == "channel.json" for member in found)
        old = any(member.name == "messages.csv" for member in found)
        return Claim(
            importer=self,
            source=self.source,
            layout="package with messages.csv" if old else "package with messages.json" if channels else "user.json",
            export=export,
            members=tuple(sorted(found, key=lambda member: member.path)),
            root=root,
            present=("relationships", *(("direct messages",) if channels else ())),
            absent=() if channels else ("direct messages",),
            notes=("Only the owner's own messages are in it: when others wrote is not known.",),
        )


IMPORTERS = (DiscordImporter(),)


@dataclass(slots=True)
class _Reading:
    """One pass over one package. `named` maps ids to user name and discriminator, `tagged` the other way round."""

    claim: Claim
    context: ImportContext
    own_id: str | None = None
    own_points: dict[tuple[str, str], None] = field(default_factory=dict)
    named: dict[str, tuple[str, str]] = field(default_factory=dict)
    tagged: dict[tuple[str, str], str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)
    skipped: Counter[str] = field(default_factory=Counter)

    def run(self) -> Iterator[Extracted]:
        """Everything; no list ever counts as complete."""
        yield from RecordBatcher(export_sha256=self.claim.sha256).batches(self._rows())
        sources = (*(source for source, _, _ in KINDS.values()), CHATS, GROUPS)
        yield Extracted(
            rows=self.skipped.total(),
            skipped=dict(sorted((+self.skipped).items())),
            coverage=dict.fromkeys(sources, False),
        )

    def _rows(self) -> Iterator[Row]:
        by_name: dict[str, list[Member]] = {}
        for member in self.claim.members:
            by_name.setdefault(member.name.lower(), []).append(member)
        for member in by_name.get("user.json", []):
            try:
                yield from self._user(member)
            except ExportError as error:
                yield unreadable(FRIENDS, member, error)
        for member in by_name.get("index.json", []):
            try:
                whole = meta_json.document(member)
            except ExportError as error:
                yield unreadable(CHATS, member, error)
                continue
            if isinstance(whole, Mapping):
                self.labels.update((key, value) for key, value in whole.items() if isinstance(value, str))
        written = {_folder(m): m for name in ("messages.json", "messages.csv") for m in by_name.get(name, [])}
        for member in by_name.get("channel.json", []):
            try:
                whole = meta_json.document(member)
            except ExportError as error:
                yield unreadable(CHATS, member, error)
                continue
            if isinstance(whole, Mapping):
                yield from self._channel(member, whole, written.get(_folder(member)))
            else:
                self.skipped["unknown_channel"] += 1

    def _user(self, member: Member) -> Iterator[Row]:
        whole = meta_json.document(member)
        if not isinstance(whole, Mapping):
            raise meta_json.wrong_type(member)
        self.own_id = _id(whole.get("id"))
        if self.own_id:
            self.own_points["account", f"{PLATFORM}:{self.own_id}"] = None
        own_name = _text(whole.get("username")).lower()
        if _HANDLE.fullmatch(own_name):
            self.own_points["account", f"{PLATFORM}:{own_name}"] = None
        for key in ("email", "phone"):
            value = _text(whole.get(key))
            if value:
                self.own_points[key, value] = None
        yield from (OwnerPoint(PLATFORM, kind, raw) for kind, raw in self.own_points)
        listed = whole.get("relationships")
        for number, item in enumerate(listed if isinstance(listed, list) else [], 1):
            yield from self._relationship(member, item, f"relationship {number}")

    def _relationship(self, member: Member, item: Any, place: str) -> Iterator[Row]:
        person = item.get("user") if isinstance(item, Mapping) else None
        person = person if isinstance(person, Mapping) else {}
        found = _id(item.get("id")) or _id(person.get("id")) if isinstance(item, Mapping) else None
        if found is None:
            yield Reject(FRIENDS, member.path, place, "no_id", f"{place.capitalize()} has no account that can be read.")
            return
        tag = (_text(person.get("username")), _text(person.get("discriminator")) or "0")
        if tag[0]:
            self.named[found] = tag
            self.tagged[tag[0].lower(), tag[1]] = found
        kind = KINDS.get(item.get("type")) if isinstance(item.get("type"), int) else None
        if self._is_owner(found):
            self.skipped["owner"] += 1
        elif kind is None:
            self.skipped["request_in" if item.get("type") == 3 else "unknown_relationship"] += 1
        elif self._first(kind[0], found):
            record = self._record(kind[0], kind[1], found, member, place)
            record.full_name = _text(person.get("global_name")) or None
            record.nickname = _text(item.get("nickname")) or None
            yield from with_events(record, kind[2])

    def _channel(self, member: Member, whole: Mapping[str, Any], written: Member | None) -> Iterator[Row]:
        kind = whole.get("type")
        kind = kind if isinstance(kind, int | str) else ""
        if kind not in _PARTNER | _GROUP:
            # Channels of servers do not say who is in them.
            self.skipped["server_channel"] += 1
            return
        if written is not None and _empty(written):
            self.skipped["never_answered"] += 1
            return
        label = _LABEL.fullmatch(self.labels.get(_id(whole.get("id")) or "", ""))
        tag = (label["name"].lower(), label["number"]) if label else None
        recipients = whole.get("recipients")
        people = recipients if isinstance(recipients, list) else []
        if not people and kind in _PARTNER and tag in self.tagged and tag is not None:
            people = [self.tagged[tag]]
        if not people:
            self.skipped["not_named"] += 1
            return
        if self.own_id is None:
            # Importing everybody would import the owner too.
            sentence = "It cannot be told who of this channel is you; the id in user.json is missing."
            yield Reject(CHATS, member.path, "channel", "owner_unknown", sentence)
            return
        source, relationship = (CHATS, "chat_partner") if kind in _PARTNER else (GROUPS, "group_member")
        channel = _id(whole.get("id")) or member.path
        others = [person for person in people if _id(person) != self.own_id]
        if label is not None and source == CHATS and len(others) == 1 and (found := _id(others[0])) is not None:
            self.named.setdefault(found, (label["name"], label["number"]))
        for number, person in enumerate(people, 1):
            found = _id(person)
            if found is None:
                # The text "Deleted User" stands where an id was.
                self.skipped["deleted_account"] += 1
            elif self._is_owner(found):
                self.skipped["owner"] += 1
            else:
                key = found if source == CHATS else f"{channel}\x1f{found}"
                if self._first(source, key):
                    record = self._record(source, relationship, found, member, f"recipient {number}", key)
                    title = _text(whole.get("name"))
                    if source == GROUPS and title:
                        record.extra["group"] = title
                    yield from with_events(record, THEIRS)

    def _is_owner(self, found: str) -> bool:
        """By the id, or by the user name that goes with it."""
        return any(("account", point.raw) in self.own_points for point in self._points(found))

    def _first(self, source: str, key: str) -> bool:
        if (source, key) in self.seen:
            self.skipped["duplicate"] += 1
            return False
        self.seen.add((source, key))
        return True

    def _points(self, found: str) -> list[Point]:
        name, number = self.named.get(found, ("", ""))
        points = [Point("account", f"{PLATFORM}:{found}")]
        if number == "0" and _HANDLE.fullmatch(name.lower()):
            points.append(Point("account", f"{PLATFORM}:{name.lower()}"))
        return points

    def _record(
        self, source: str, relationship: str, found: str, member: Member, place: str, key: str = ""
    ) -> SourceRecord:
        name, number = self.named.get(found, ("", ""))
        return SourceRecord(
            source=source,
            relationship=relationship,
            source_key=key or found,
            account=self.context.account or self.own_id or "",
            points=self._points(found),
            extra={"username": name if number == "0" else f"{name}#{number}"} if name else {},
            member=member.path,
            locator=place,
        )


def _is_user(member: Member) -> bool:
    head = member.head()
    return b'"username"' in head and b'"discriminator"' in head and b'"id"' in head


def _folder(member: Member) -> str:
    return member.path[: -len(member.name)]


def _empty(member: Member) -> bool:
    """Whether a file of messages has none: the owner never wrote there."""
    head = member.head(_SMALL).removeprefix(b"\xef\xbb\xbf").strip()
    if member.name.lower().endswith(".json"):
        return head.replace(b" ", b"").replace(b"\n", b"") == b"[]"
    return b"\n" not in head


def _id(value: Any) -> str | None:
    """An id as text; the older packages write numbers beyond what a double can hold."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if _ID.fullmatch(text) else None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "").strip()
