"""TikTok's own export: one JSON document, in three generations of keys, or text files.

It holds user names and dates, never addresses, numbers or permanent ids of other people. Lists may be partial.
Nothing in it is consent.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

from audiencevault.errors import ExportError
from audiencevault.export import Export, Member, decode, text_stream
from audiencevault.records import Extracted, OwnerPoint, Point, RecordBatcher, Reject, Row, SourceRecord
from audiencevault.sources import json_walk
from audiencevault.sources.handles import HandleList, handle_list
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.sources.ties import OURS, THEIRS, PeopleList, message_count, unreadable, with_events

PLATFORM: Final = "tiktok"
CHATS: Final = "tiktok.chats"


FOLLOWERS: Final = PeopleList("followers", "tiktok.followers", "follower", THEIRS)
FOLLOWING: Final = PeopleList("accounts followed", "tiktok.following", "following", OURS)
BLOCKED: Final = PeopleList("blocked accounts", "tiktok.blocked", "blocked", OURS)
LISTS: Final = (FOLLOWERS, FOLLOWING, BLOCKED)

# `Activity`, `Your Activity`, `Profile And Settings` and `App Settings` stand before these.
_PLACES: Final = (
    (re.compile(r"[^.]+\.Follower(?: List)?\.FansList"), FOLLOWERS),
    (re.compile(r"[^.]+\.Following(?: List)?\.Following"), FOLLOWING),
    (re.compile(r"[^.]+\.Block(?: List)?\.BlockList"), BLOCKED),
)
_KEYS: Final = {b'"FansList"': "followers", b'"Following"': "accounts followed", b'"BlockList"': "blocked accounts",
                b'"ChatHistory"': "message threads"}  # fmt: skip
_TEXTS: Final = {"follower": FOLLOWERS, "volger": FOLLOWERS, "following": FOLLOWING, "volgend": FOLLOWING}
"""Names of text files in English and Dutch; in other languages they are not known."""

_NAME: Final = re.compile(r"user_data(?:_tiktok)?(?![a-z_])[^/]*\.json", re.IGNORECASE)
_ROOTS: Final = re.compile(
    rb'"(?P<root>Activity|Your Activity|Profile And Settings|App Settings|Direct Messages?|Profile)"\s*:\s*\{'
)
_PROFILE: Final = re.compile(
    rb'"ProfileMap"\s*:\s*\{[^{}]{0,8000}?"userName"\s*:\s*"(?P<name>[^"\\\s]{1,64})"', re.IGNORECASE
)
_BLOCK: Final = re.compile(
    r"(?:^|\n)[^\n:]{1,40}:[ ]*\d{4}-\d{2}-\d{2}[^\n]{0,30}\n[^\n:]{1,40}:[ ]*[\w.]{1,64}[ ]*(?:\n\s*\n|\s*$)"
)
_HEAD: Final = 1 << 20
_DAY: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T]|$)")
_HANDLE: Final = re.compile(r"[^\s/:@\\\x00-\x1f\x7f\ud800-\udfff]{1,64}")
_THREAD: Final = re.compile(r"Chat History with (?P<name>.*?):?\s*", re.DOTALL)
_UNNAMED: Final = "{place} has no user name that can be read."


class TikTokImporter:
    """See the module."""

    source = PLATFORM
    title = "TikTok export (JSON or TXT)"
    fallback = False

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each folder with TikTok's document or text files."""
        folders: dict[str, tuple[list[Member], list[Member]]] = {}
        for member in export.members:
            documents, texts = folders.setdefault(member.path[: -len(member.name)], ([], []))
            if _is_document(member):
                documents.append(member)
            elif member.name.lower().endswith(".txt") and _BLOCK.search(_text_head(member)):
                texts.append(member)
        return [
            claim
            for root, (documents, texts) in sorted(folders.items())
            if (claim := self._claim(export, root, documents, texts)) is not None
        ]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """The lists as they come in the document, then the owner and the message threads."""
        return _Reading(claim, context.account or claim.account, claim.account).run()

    def _claim(self, export: Export, root: str, documents: list[Member], texts: list[Member]) -> Claim | None:
        known = [member for member in texts if _list_of(member) is not None]
        if not documents and not known:
            return None
        heads = [member.head(_HEAD) for member in documents]
        present = {words for key, words in _KEYS.items() if any(key in head for head in heads)}
        present |= {what.words for member in known if (what := _list_of(member))}
        whole = all(member.size <= _HEAD for member in documents)
        names = [found["name"] for head in heads if (found := _PROFILE.search(head))]
        handle = _handle(names[0].decode("utf-8", "replace")) if names else None
        notes = ["The times have no zone, so that dates are good to the day; the list may be partial."]
        if known:
            notes.append("Text files are told by their English and Dutch names; other languages are unverified.")
        return Claim(
            importer=self,
            source=self.source,
            layout=_layout(heads, bool(known)),
            export=export,
            members=(*documents, *known),
            root=root,
            present=tuple(sorted(present)),
            absent=tuple(what.words for what in (FOLLOWERS, FOLLOWING) if whole and what.words not in present),
            not_understood=tuple(member.path for member in texts if member not in known),
            account=handle or "",
            notes=tuple(notes),
        )


IMPORTERS = (TikTokImporter(),)


@dataclass(slots=True)
class _Thread:
    """One conversation: who wrote, how many messages, and the first and last day."""

    name: str
    number: int
    member: str
    writers: set[str] = field(default_factory=set)
    messages: int = 0
    days: list[int] = field(default_factory=list)

    def wrote(self, message: dict[str, str]) -> None:
        """Add one message; its text is never looked at."""
        self.messages += 1
        self.writers.add(message.get("from", "").strip().lower())
        day = _day(message.get("date"))
        if day is not None:
            known = [*self.days, day]
            self.days = [min(known), max(known)]


@dataclass(slots=True)
class _Reading:
    """One pass over one claim."""

    claim: Claim
    account: str
    handle: str
    seen: dict[str, set[str]] = field(default_factory=dict)
    rejects: list[Row] = field(default_factory=list)
    threads: list[_Thread] = field(default_factory=list)
    owner: dict[tuple[str, str], None] = field(default_factory=dict)

    def run(self) -> Iterator[Extracted]:
        """Everything; no list ever counts as complete."""
        for member in self.claim.members:
            try:
                if member.name.lower().endswith(".txt"):
                    yield from self._texts(member)
                else:
                    yield from self._document(member)
            except ExportError as error:
                self.rejects.append(unreadable(PLATFORM, member, error))
            yield from self._batched(self.rejects)
            self.rejects.clear()
        if self.handle:
            self.owner[("account", f"{PLATFORM}:{self.handle}")] = None
        yield Extracted(owner=tuple(OwnerPoint(PLATFORM, kind, raw) for kind, raw in self.owner))
        skipped: Counter[str] = Counter()
        yield from self._batched(self._chats(skipped))
        yield Extracted(rows=skipped.total(), skipped=dict(sorted(skipped.items())))
        yield Extracted(coverage=dict.fromkeys(sorted(self.seen), False))

    def _batched(self, rows: Iterator[Row] | list[Row]) -> Iterator[Extracted]:
        yield from RecordBatcher(export_sha256=self.claim.sha256).batches(rows)

    def _open(self, member: Member, what: PeopleList, unit: str) -> HandleList:
        return handle_list(
            what,
            member,
            self.seen,
            platform=PLATFORM,
            account=self.account,
            export_sha256=self.claim.sha256,
            owner_handle=self.handle,
            day_only=True,
            unit=unit,
        )

    def _reject(self, people: HandleList, number: int) -> None:
        place = f"{people.unit} {number}"
        sentence = _UNNAMED.format(place=place[:1].upper() + place[1:])
        self.rejects.append(Reject(people.source, people.member, place, "no_username", sentence))

    def _add(self, people: HandleList, number: int, item: dict[str, str]) -> None:
        handle = _handle(item.get("username"))
        if handle is None:
            self._reject(people, number)
        else:
            written = item.get("date", "").encode("utf-8", "replace").decode()
            people.add(handle, number, _day(written), None, written or None)

    # The document

    def _document(self, member: Member) -> Iterator[Extracted]:
        """One pass: lists are taken out as they fill, threads and the owner are kept for later."""
        document = json_walk.events(member)
        try:
            for prefix, event, _ in document:
                if event == "start_array":
                    what = next((what for place, what in _PLACES if place.fullmatch(prefix)), None)
                    if what is not None:
                        yield from self._list(member, document, prefix, what)
                elif event == "start_map" and prefix.endswith(".ChatHistory"):
                    self._threads(member, document, prefix)
                elif event == "start_map" and prefix.endswith(".ProfileMap"):
                    self._profile(document, prefix)
                elif not prefix and event not in ("start_map", "map_key", "end_map"):
                    raise ExportError(f"{member.path} is no TikTok document.", "Take the file as TikTok made it.")
        finally:
            document.close()

    def _list(self, member: Member, document: json_walk.Events, base: str, what: PeopleList) -> Iterator[Extracted]:
        people = self._open(member, what, f"{what.words}, item")
        item, number = f"{base}.item", 0
        keys = {f"{item}.{key}": "username" for key in ("UserName", "userName", "username", "Username")}
        keys |= {f"{item}.{key}": "date" for key in ("Date", "date")}
        current: dict[str, str] = {}
        try:
            for prefix, event, value in document:
                if event == "string" and prefix in keys:
                    current[keys[prefix]] = value
                elif prefix == item and event == "start_map":
                    number, current = number + 1, {}
                elif prefix == item and event == "end_map":
                    self._add(people, number, current)
                    if people.full:
                        yield people.take()
                elif prefix == base:
                    break
                elif prefix == item and event not in ("map_key", "end_array"):
                    number += event != "end_array"
                    self._reject(people, number)
        except ExportError:
            yield people.take()
            raise
        yield people.take()

    def _threads(self, member: Member, document: json_walk.Events, base: str) -> None:
        thread = _Thread("", 0, member.path)
        item, number = "", 0
        message: dict[str, str] = {}
        for prefix, event, value in document:
            if prefix == base and event == "map_key":
                number += 1
                named = _THREAD.fullmatch(value)
                thread = _Thread(named["name"].strip() if named else "", number, member.path)
                self.threads.append(thread)
                item = f"{base}.{value}.item"
            elif prefix == base and event == "end_map":
                return
            elif prefix == item and event == "start_map":
                message = {}
            elif prefix == item and event == "end_map":
                thread.wrote(message)
            elif event == "string" and prefix.startswith(f"{item}."):
                key = prefix[len(item) + 1 :].casefold()
                if key in ("from", "date"):
                    message[key] = value

    def _profile(self, document: json_walk.Events, base: str) -> None:
        for prefix, event, value in document:
            if prefix == base and event == "end_map":
                return
            if event != "string" or not value.strip():
                continue
            key = prefix[len(base) + 1 :].casefold()
            if key == "username":
                self.handle = _handle(value) or self.handle
            elif key in ("emailaddress", "email") and "@" in value:
                self.owner[("email", value.strip())] = None
            elif key in ("telephonenumber", "phonenumber") and any(map(str.isdigit, value)):
                self.owner[("phone", value.strip())] = None

    # Text files

    def _texts(self, member: Member) -> Iterator[Extracted]:
        what = _list_of(member)
        if what is None:
            return
        people = self._open(member, what, "block")
        try:
            with text_stream(member) as lines:
                for number, block in enumerate(_blocks(lines), 1):
                    self._add(people, number, block)
                    if people.full:
                        yield people.take()
        except ExportError:
            yield people.take()
            raise
        yield people.take()

    # Message threads

    def _chats(self, skipped: Counter[str]) -> Iterator[Row]:
        met: dict[str, tuple[_Thread, list[int]]] = {}
        for thread in self.threads:
            name = _handle(thread.name)
            if name is None:
                # "Chat History with :" may be several people whose accounts are gone.
                skipped["deleted_account" if not thread.name else "not_one_person"] += 1
            elif name == self.handle:
                skipped["owner"] += 1
            elif len(thread.writers - {name, ""}) > 1:
                skipped["group"] += 1
            elif not thread.writers - {name, ""}:
                skipped["never_answered"] += 1
            elif name in met:
                skipped["duplicate"] += 1
                met[name][0].messages += thread.messages
                met[name][1].extend(thread.days)
            else:
                met[name] = (thread, list(thread.days))
        for name, (thread, days) in met.items():
            record = SourceRecord(
                source=CHATS,
                relationship="chat_partner",
                source_key=name,
                account=self.account,
                points=[Point("account", f"{PLATFORM}:{name}")],
                first_seen_at=datetime.fromtimestamp(min(days), UTC) if days else None,
                last_seen_at=datetime.fromtimestamp(max(days), UTC) if days else None,
                extra=message_count(thread.messages),
                member=thread.member,
                locator=f"thread {thread.number}",
            )
            yield from with_events(record, THEIRS, "day")


def _is_document(member: Member) -> bool:
    name = member.name.lower()
    if not name.endswith(".json") or "lemon8" in name:
        # Lemon8 is another app of the same house, with accounts of its own.
        return False
    head = member.head()
    if _NAME.fullmatch(member.name):
        return _ROOTS.search(head) is not None
    return b'"FansList"' in head or (b'"ProfileMap"' in head and _ROOTS.search(head) is not None)


def _text_head(member: Member) -> str:
    return decode(member.head(4096))[0].replace("\r\n", "\n")


def _list_of(member: Member) -> PeopleList | None:
    return _TEXTS.get(member.name.lower().removesuffix(".txt"))


def _layout(heads: Sequence[bytes], texts: bool) -> str:
    roots = {found["root"] for head in heads for found in _ROOTS.finditer(head)}
    said = []
    if b"Profile And Settings" in roots:
        said.append("2025+ JSON")
    elif b"Your Activity" in roots:
        said.append("2024 JSON")
    elif heads:
        said.append("to 2023 JSON")
    return " and ".join([*said, "TXT"] if texts else said)


def _blocks(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Date and user name of each block, told by their place: the labels are in the language of the account.

    A line without a colon is the sentence of an empty file.
    """
    block: dict[str, str] = {}
    for line in lines:
        _, colon, value = line.strip().partition(":")
        value = value.strip()
        dated = _DAY.match(value) is not None
        if block and (not colon or (dated and "date" in block)):
            yield block
            block = {}
        if colon:
            block.setdefault("date" if dated else "username", value)
    if block:
        yield block


def _handle(value: str | None) -> str | None:
    name = (value or "").strip().removeprefix("@").lower()
    return name if _HANDLE.fullmatch(name) else None


@lru_cache(maxsize=4096)
def _day_seconds(text: str) -> int | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return int(datetime(found.year, found.month, found.day, tzinfo=UTC).timestamp())


def _day(value: str | None) -> int | None:
    """Midnight of the written day, in Unix seconds: the files do not say in which zone they count."""
    found = _DAY.match((value or "").strip())
    return _day_seconds(found[1]) if found else None
