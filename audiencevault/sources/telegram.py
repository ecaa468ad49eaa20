"""Telegram Desktop's export: the whole account or one chat as JSON, or the address book as pages.

People have Telegram's own number for them, which never changes; those in the address book have a phone number too.
Nothing in it is consent. What was said is never kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from audiencevault.errors import ExportError
from audiencevault.export import Export, Member
from audiencevault.records import Extracted, OwnerPoint, Point, RecordBatcher, Reject, Row, SourceRecord
from audiencevault.sources import json_walk, telegram_pages
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.sources.meta_json import moment, seconds
from audiencevault.sources.ties import OURS, THEIRS, message_count, unreadable, with_events

PLATFORM: Final = "telegram"
CONTACTS: Final = "telegram.contacts"
CHATS: Final = "telegram.chats"
GROUPS: Final = "telegram.groups"
FREQUENT: Final = "telegram.frequent"
CARDS: Final = "telegram.cards"

GROUP_TYPES: Final = frozenset({"private_group", "private_supergroup", "public_supergroup"})
NO_PEOPLE: Final = {
    "bot_chat": "bot", "saved_messages": "owner", "replies": "not_a_person", "verification_codes": "not_a_person",
    "private_channel": "channel", "public_channel": "channel",
}  # fmt: skip

_NAME: Final = re.compile(r"result[^/]*\.json", re.IGNORECASE)
_CHAT: Final = re.compile(
    rb'"type"\s*:\s*"(?:personal_chat|bot_chat|saved_messages|replies|verification_codes|(?:private|public)_(?:super)?group|'
    rb'(?:private|public)_channel)"'
)
_LISTS: Final = {b'"contacts"': "contacts", b'"frequent_contacts"': "frequent contacts", b'"chats"': "chats"}
_USER: Final = re.compile(r"(?:user)?([1-9][0-9]{0,18})")
_PERSON: Final = {"personal_information.user_id": "id", "personal_information.phone_number": "phone",
                  "personal_information.username": "username"}  # fmt: skip
_CONTACT: Final = "contacts.list.item"
_FREQUENT: Final = "frequent_contacts.list.item"
_HOMES: Final = ("", "chats.list.item.", "left_chats.list.item.")
_CONTACT_KEYS: Final = ("user_id", "first_name", "last_name", "phone_number", "date_unixtime")
_FREQUENT_KEYS: Final = ("id", "category", "type", "name")
_MESSAGE_KEYS: Final = ("type", "from", "from_id", "date_unixtime")
_CARD_KEYS: Final = ("first_name", "last_name", "phone_number")


class TelegramImporter:
    """See the module."""

    source = PLATFORM
    title = "Telegram Desktop export (JSON, address book also HTML)"
    fallback = False

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each `result.json`, and one for each address book as pages that has none beside it."""
        claims = []
        for member in export.members:
            layout = _layout(member)
            if layout is None:
                continue
            root = member.path[: -len(member.name)]
            head = member.head()
            present = tuple(words for key, words in _LISTS.items() if key in head) if layout == "account" else ("chat",)
            claims.append(
                Claim(
                    importer=self,
                    source=self.source,
                    layout="account JSON" if layout == "account" else "single chat JSON",
                    export=export,
                    members=(member,),
                    root=root,
                    present=present,
                )
            )
        roots = {claim.root for claim in claims}
        return [*claims, *(claim for claim in self._pages(export) if claim.root not in roots)]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """Contacts, frequent contacts, chats, groups and contact cards, in this order; never the owner."""
        if claim.members[0].name.lower().endswith(".html"):
            yield from _Reading(claim, context).run_pages()
        else:
            yield from _Reading(claim, context).run()

    def _pages(self, export: Export) -> Iterator[Claim]:
        for book in telegram_pages.books(export):
            root = book.path[: -len(telegram_pages.BOOK)]
            first = [page for page in export.find(telegram_pages.OWNER) if page.path == root + page.name]
            pages = (page.path for page in (*export.find("messages*.html"), *export.find("lists/frequent.html")))
            yield Claim(
                importer=self,
                source=self.source,
                layout="account HTML",
                export=export,
                members=(book, *first),
                root=root,
                present=("contacts",),
                not_understood=tuple(sorted(path for path in pages if path.startswith(root))),
                notes=("Chats are read from the export as JSON only; choose that form to have them.",),
            )


IMPORTERS = (TelegramImporter(),)


@dataclass(slots=True)
class _Chat:
    """One chat: its own fields, who wrote in it with first and last second, how many items and how many of people."""

    place: str
    left: bool
    about: dict[str, str] = field(default_factory=dict)
    writers: dict[str, tuple[str | None, int | None, int | None]] = field(default_factory=dict)
    messages: int = 0
    written: int = 0

    def wrote(self, message: dict[str, str]) -> None:
        """Add one message; notices such as who joined have no author here."""
        self.messages += 1
        user = _user(message.get("from_id")) if message.get("from_id", "").startswith("user") else None
        if message.get("type") != "message" or user is None:
            return
        self.written += 1
        name, start, end = self.writers.get(user, (None, None, None))
        time = seconds(message.get("date_unixtime"))
        if time is not None:
            start, end = min(start or time, time), max(end or time, time)
        self.writers[user] = (message.get("from") or name, start, end)


@dataclass(slots=True)
class _Reading:
    """One pass over one `result.json`."""

    claim: Claim
    context: ImportContext
    owner: dict[str, str] = field(default_factory=dict)
    contacts: list[dict[str, str]] = field(default_factory=list)
    frequent: list[dict[str, str]] = field(default_factory=list)
    chats: list[_Chat] = field(default_factory=list)
    cards: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def member(self) -> Member:
        """The one file."""
        return self.claim.members[0]

    @property
    def account(self) -> str:
        """Whose export it is: as said, else Telegram's number for them."""
        return self.context.account or self.owner.get("id", "")

    @property
    def own_id(self) -> str | None:
        """Telegram's number for the owner, from the export or as said."""
        return _user(self.owner.get("id")) or _user(self.context.account)

    def run(self) -> Iterator[Extracted]:
        """Everything."""
        rejects: list[Row] = []
        try:
            self._read()
        except ExportError as error:
            rejects.append(unreadable(PLATFORM, self.member, error))
        yield Extracted(owner=tuple(self._own_points()))
        for rows in (rejects, self._contacts(), self._frequent(), self._chats(), self._cards()):
            yield from RecordBatcher(export_sha256=self.claim.sha256).batches(rows)
        sources = (CONTACTS, FREQUENT, CHATS, GROUPS, CARDS)
        yield Extracted(
            rows=self.skipped.total(),
            skipped=dict(sorted((+self.skipped).items())),
            coverage=dict.fromkeys(sources, False),
        )

    def run_pages(self) -> Iterator[Extracted]:
        """The address book of an export as pages."""
        book, *first = self.claim.members
        rows: list[Row] = []
        for page in first:
            try:
                self.owner.update(telegram_pages.owner(page))
            except ExportError as error:
                rows.append(unreadable(PLATFORM, page, error))
        yield Extracted(owner=tuple(self._own_points()))
        try:
            for entry in telegram_pages.contacts(book):
                name = "" if entry.name == telegram_pages.DELETED else entry.name
                day = entry.added.timestamp() if entry.added else 0
                self.contacts.append({"first_name": name, "phone_number": entry.phone, "date_unixtime": f"{day:.0f}"})
        except ExportError as error:
            rows.append(unreadable(CONTACTS, book, error))
        batcher = RecordBatcher(export_sha256=self.claim.sha256)
        yield from batcher.batches(rows)
        yield from batcher.batches(self._contacts(pages=True))
        yield Extracted(
            rows=self.skipped.total(), skipped=dict(sorted((+self.skipped).items())), coverage={CONTACTS: False}
        )

    # Reading

    def _read(self) -> None:
        """One pass. `current` holds the fields of whatever item is being read, by the prefix of the item."""
        places = {f"{_CONTACT}.{key}": key for key in _CONTACT_KEYS}
        places |= {f"{_FREQUENT}.{key}": key for key in _FREQUENT_KEYS}
        about: dict[str, str] = {}
        said: dict[str, str] = {}
        carded: dict[str, str] = {}
        for home in _HOMES:
            about |= {f"{home}{key}": key for key in ("name", "type", "id")}
            said |= {f"{home}messages.item.{key}": key for key in _MESSAGE_KEYS}
            carded |= {f"{home}messages.item.contact_information.{key}": key for key in _CARD_KEYS}
        messages = {f"{home}messages.item" for home in _HOMES}
        homes = {home.removesuffix(".") for home in _HOMES[1:]}
        single = _layout(self.member) == "chat"
        chat = _Chat("chat", False)
        if single:
            self.chats.append(chat)
        current: dict[str, str] = {}
        card: dict[str, str] = {}
        document = json_walk.events(self.member)
        try:
            for prefix, event, value in document:
                if event in ("string", "number"):
                    if prefix in said:
                        current[said[prefix]] = _text(value)
                    elif prefix in carded:
                        card[carded[prefix]] = _text(value)
                    elif prefix in places:
                        current[places[prefix]] = _text(value)
                    elif prefix in _PERSON:
                        self.owner[_PERSON[prefix]] = _text(value)
                    elif prefix in about:
                        chat.about[about[prefix]] = _text(value)
                elif event == "start_map":
                    if prefix in messages:
                        current, card = {}, {}
                    elif prefix in homes:
                        chat = _Chat(f"chat {len(self.chats) + 1}", prefix.startswith("left"))
                        self.chats.append(chat)
                    elif prefix in (_CONTACT, _FREQUENT):
                        current = {}
                elif event == "end_map":
                    if prefix in messages:
                        chat.wrote(current)
                        if any(card.values()):
                            self.cards.append((f"{chat.place}, message {chat.messages}", card))
                    elif prefix == _CONTACT:
                        self.contacts.append(current)
                    elif prefix == _FREQUENT:
                        self.frequent.append(current)
        finally:
            document.close()

    # Rows

    def _own_points(self) -> Iterator[OwnerPoint]:
        if self.own_id:
            yield OwnerPoint(PLATFORM, "account", f"{PLATFORM}:{self.own_id}")
        username = self.owner.get("username", "").removeprefix("@")
        if username:
            yield OwnerPoint(PLATFORM, "account", f"{PLATFORM}:{username.lower()}")
        if self.owner.get("phone"):
            yield OwnerPoint(PLATFORM, "phone", self.owner["phone"])

    def _is_owner(self, user: str | None, phone: str = "") -> bool:
        own = _digits(self.owner.get("phone", ""))
        return (user is not None and user == self.own_id) or (bool(own) and _digits(phone) == own)

    def _contacts(self, *, pages: bool = False) -> Iterator[Row]:
        """The address book; pages write the whole name in one, and a day that has no zone."""
        seen: set[str] = set()
        for number, item in enumerate(self.contacts, 1):
            user, phone = _user(item.get("user_id")), item.get("phone_number", "")
            names = (item.get("first_name") or None, item.get("last_name") or None)
            if not any((user, _digits(phone), *names)):
                # Entries with nothing but two dates occur.
                self.skipped["empty"] += 1
                continue
            if self._is_owner(user, phone):
                self.skipped["owner"] += 1
                continue
            key = f"user{user}" if user else _digits(phone) or " ".join(name for name in names if name)
            if key in seen:
                self.skipped["duplicate"] += 1
                continue
            seen.add(key)
            points = [Point("account", f"{PLATFORM}:{user}")] if user else []
            points += [Point("phone", phone)] if _digits(phone) else []
            record = self._record(CONTACTS, "address_book", key, points, f"contact {number}")
            if pages:
                record.full_name = names[0]
            else:
                record.first_name, record.last_name = names
            record.first_seen_at = moment(seconds(item.get("date_unixtime")))
            yield from with_events(record, OURS, "day" if pages else "instant")

    def _frequent(self) -> Iterator[Row]:
        seen: set[str] = set()
        for number, item in enumerate(self.frequent, 1):
            user = _user(item.get("id"))
            if item.get("type") != "user" or item.get("category") == "inline_bots" or user is None:
                self.skipped["not_a_person"] += 1
            elif self._is_owner(user):
                self.skipped["owner"] += 1
            elif user in seen:
                # The same person among people and among calls.
                self.skipped["duplicate"] += 1
            else:
                seen.add(user)
                points = [Point("account", f"{PLATFORM}:{user}")]
                record = self._record(FREQUENT, "chat_partner", f"user{user}", points, f"frequent contact {number}")
                record.full_name = item.get("name") or None
                yield from with_events(record, OURS)

    def _chats(self) -> Iterator[Row]:
        seen: set[str] = set()
        for chat in self.chats:
            kind = chat.about.get("type", "")
            if chat.left:
                self.skipped["left_chat"] += 1
            elif kind in NO_PEOPLE:
                self.skipped[NO_PEOPLE[kind]] += 1
            elif kind == "personal_chat":
                yield from self._partner(chat, seen)
            elif kind in GROUP_TYPES:
                yield from self._group(chat, seen)
            else:
                self.skipped["unknown_chat"] += 1

    def _partner(self, chat: _Chat, seen: set[str]) -> Iterator[Row]:
        user = _user(chat.about.get("id"))
        name = chat.about.get("name")
        if user is None or not name:
            self.skipped["deleted_account"] += 1
        elif self._is_owner(user):
            self.skipped["owner"] += 1
        elif user not in chat.writers:
            self.skipped["never_wrote"] += 1
        elif len(chat.writers) < 2:
            # Strangers may write to anybody.
            self.skipped["never_answered"] += 1
        elif f"user{user}" in seen:
            self.skipped["duplicate"] += 1
        else:
            seen.add(f"user{user}")
            points = [Point("account", f"{PLATFORM}:{user}")]
            record = self._record(CHATS, "chat_partner", f"user{user}", points, chat.place)
            record.full_name = name
            times = [time for _, start, end in chat.writers.values() for time in (start, end) if time is not None]
            record.first_seen_at = moment(min(times, default=None))
            record.last_seen_at = moment(max(times, default=None))
            record.extra = message_count(chat.written)
            yield from with_events(record, THEIRS)

    def _group(self, chat: _Chat, seen: set[str]) -> Iterator[Row]:
        if self.own_id is None and chat.writers:
            # Importing everybody would import the owner too.
            sentence = "This group does not say which member is you; give your own id at Telegram with --account."
            yield Reject(GROUPS, self.member.path, chat.place, "owner_unknown", sentence)
            return
        group = chat.about.get("id", "")
        for number, (user, (name, start, end)) in enumerate(chat.writers.items(), 1):
            key = f"{group}\x1fuser{user}"
            if user == self.own_id:
                self.skipped["owner"] += 1
            elif not name:
                self.skipped["deleted_account"] += 1
            elif key in seen:
                self.skipped["duplicate"] += 1
            else:
                seen.add(key)
                points = [Point("account", f"{PLATFORM}:{user}")]
                record = self._record(GROUPS, "group_member", key, points, f"{chat.place}, author {number}")
                record.full_name = name
                record.first_seen_at, record.last_seen_at = moment(start), moment(end)
                record.extra = {"group_type": chat.about["type"]}
                if chat.about.get("name"):
                    record.extra["group"] = chat.about["name"]
                yield from with_events(record, THEIRS)

    def _cards(self) -> Iterator[Row]:
        """Cards that were sent in chats: people whom somebody else named, and who need not know the owner."""
        seen: set[str] = set()
        for place, card in self.cards:
            phone = card.get("phone_number", "")
            names = (card.get("first_name") or None, card.get("last_name") or None)
            key = _digits(phone)
            if not key:
                self.skipped["empty"] += 1
            elif self._is_owner(None, phone):
                self.skipped["owner"] += 1
            elif key in seen:
                self.skipped["duplicate"] += 1
            else:
                seen.add(key)
                record = self._record(CARDS, "address_book", key, [Point("phone", phone)], place)
                record.first_name, record.last_name = names
                record.extra = {"sent_in": "chat"}
                yield from with_events(record, OURS)

    def _record(self, source: str, relationship: str, key: str, points: list[Point], place: str) -> SourceRecord:
        return SourceRecord(
            source=source,
            relationship=relationship,
            source_key=key,
            account=self.account,
            points=points,
            member=self.member.path,
            locator=place,
        )


def _layout(member: Member) -> str | None:
    """`account` or `chat`; None for what is not Telegram's."""
    if not _NAME.fullmatch(member.name):
        return None
    head = member.head()
    if b'"personal_information"' in head or (b'"about"' in head and any(key in head for key in _LISTS)):
        return "account"
    return "chat" if _CHAT.search(head) and b'"messages"' in head else None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "").strip()
    return str(value) if isinstance(value, int) else f"{value:.0f}"


def _user(value: str | None) -> str | None:
    found = _USER.fullmatch((value or "").strip())
    return found[1] if found else None


def _digits(value: str) -> str:
    return re.sub(r"\D", "", value)
