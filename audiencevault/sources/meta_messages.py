"""Message threads of Meta's exports, as JSON, as pages and as Messenger's encrypted backup: who took part, and from
when to when.

Words: a *thread* is one conversation, kept in one folder as `message_1.json`, `message_2.json` and so on; its
*slug* is the folder's name (`idafalk_1784…`), a hint at the partner's user name with everything but letters and
digits left out. Participants are known by display name only, and two people may share one.

What was said is never kept: only names and times leave this module.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from audiencevault.export import Member
from audiencevault.records import Reject, Row, SourceRecord
from audiencevault.sources import meta_blocks, meta_html, meta_json
from audiencevault.sources.ties import message_count

DELETED: Final = frozenset({
    "instagram user", "facebook user", "instagrammer", "deleted user", "deleted account", "instagram-benutzer",
    "instagram-nutzer", "facebook-nutzer", "utilisateur instagram", "utilisateur facebook", "usuario de instagram",
    "usuario de facebook", "utente instagram", "utente di instagram", "utente facebook", "usuário do instagram",
    "usuário do facebook", "utilizador do instagram", "utilizador do facebook", "instagram-gebruiker",
    "facebook-gebruiker", "instagram-användare", "facebook-användare", "instagram-bruger", "facebook-bruger",
    "instagram-bruker", "facebook-bruker", "instagram-käyttäjä", "facebook-käyttäjä", "użytkownik instagrama",
    "użytkownik facebooka", "uživatel instagramu", "uživatel facebooku", "instagram kullanıcısı",
    "facebook kullanıcısı", "пользователь instagram", "пользователь facebook", "користувач instagram",
})  # fmt: skip
"""Names that stand for accounts that are gone: many people, or nobody, under one name."""

LARGE: Final = 4 * 1024 * 1024
"""A file of more bytes is read in three passes that hold one message each, instead of whole."""

STRANGERS: Final = frozenset({"message_requests", "filtered_threads"})
"""Sections of people whom the owner has not let in: they asked, and are no chat partners."""

# 100000123456789@facebook.com stands for an account without a name in archives of before 2018.
_NUMBER: Final = re.compile(r"\d+@facebook\.com")
_DELETED_SLUG: Final = re.compile(r"(instagramuser|facebookuser)_?\d*")


@dataclass(slots=True)
class Thread:
    """One conversation. `times` maps each name to the first and last second of its own messages; `first` and
    `last` span the whole thread; `members` are its files in order. `listed` says whether the participants are
    listed; a page only shows who wrote. `place` says where in its file the thread is, if it shares it;
    `messages` counts what was written in it.
    """

    slug: str
    section: str
    members: list[Member]
    title: str = ""
    participants: list[str] = field(default_factory=list)
    times: dict[str, tuple[int, int]] = field(default_factory=dict)
    first: int | None = None
    last: int | None = None
    listed: bool = True
    place: str = ""
    messages: int = 0

    @property
    def names(self) -> list[str]:
        """Everybody in it: the participants, then those who wrote and have left."""
        return list(dict.fromkeys([*self.participants, *self.times]))

    @property
    def hint(self) -> str:
        """The part of the slug before the digits: the partner's user name without its punctuation."""
        return self.slug.rpartition("_")[0]

    def deleted(self, name: str) -> bool:
        """Whether `name` stands for an account that is gone."""
        if name.casefold() in DELETED or _NUMBER.fullmatch(name):
            return True
        return _DELETED_SLUG.fullmatch(self.slug) is not None and name == self.title


def read_member(thread: Thread, member: Member) -> None:
    """Add one `message_N.json` to its thread. Raises `ExportError` naming the member where it is damaged."""
    if member.size > LARGE:
        _take_participants(thread, meta_json.stream(member, "participants.item"))
        for title in meta_json.stream(member, "title"):
            thread.title = thread.title or meta_json.text(title) or ""
        for message in meta_json.stream(member, "messages.item"):
            _take_message(thread, message)
        if not thread.names:
            raise meta_json.wrong_type(member)
        return
    whole = meta_json.document(member)
    if not isinstance(whole, dict) or not isinstance(whole.get("messages"), list):
        raise meta_json.wrong_type(member)
    thread.title = thread.title or meta_json.text(whole.get("title")) or ""
    _take_participants(thread, whole.get("participants"))
    for message in whole["messages"]:
        _take_message(thread, message)


def read_page(thread: Thread, member: Member, months: meta_html.Months) -> None:
    """Add one `message_N.html` to its thread: those who wrote, to the day. Whoever only read does not show.

    Raises `ExportError` naming the member where no message is recognised or the page is cut off.
    """
    thread.listed = False
    page = meta_blocks.Page(member)
    for block in page.blocks():
        # The first block of a group lists its participants: it has no date.
        if block.heading and block.date:
            day = months.day(block.date)
            saw(thread, block.heading, int(day.timestamp()) if day else None)
        thread.title = thread.title or page.title


def read_backup(thread: Thread, member: Member) -> None:
    """Add one file of Messenger's encrypted backup, which is proper UTF-8 and in any order.

    Raises `ExportError` naming the member where it is damaged or something else.
    """
    found = False
    for name in meta_json.stream(member, "threadName"):
        found = True
        thread.title = thread.title or _as_written(name) or ""
    for person in meta_json.stream(member, "participants.item"):
        name = _as_written(person)
        if name and name not in thread.participants:
            thread.participants.append(name)
    for message in meta_json.stream(member, "messages.item"):
        if isinstance(message, Mapping):
            saw(thread, _as_written(message.get("senderName")), _milliseconds(message.get("timestamp")))
    if not found and not thread.names:
        raise meta_json.wrong_type(member)


def owner_name(threads: Sequence[Thread], known: str | None) -> str | None:
    """The owner's display name: the `known` one where it takes part, else the name that is in every thread.

    A one-to-one thread is titled with the partner's name, which settles what is still open.
    None where it cannot be told for certain.
    """
    presence = Counter(name for thread in threads for name in thread.names)
    if known and presence[known]:
        return known
    everywhere = [name for name, count in presence.items() if count == len(threads)]
    if len(everywhere) > 1:
        partners = {thread.title for thread in threads if len(thread.participants or thread.names) == 2}
        everywhere = [name for name in everywhere if name not in partners]
    return everywhere[0] if len(everywhere) == 1 else None


def _take_participants(thread: Thread, people: object) -> None:
    if not isinstance(people, Iterable) or isinstance(people, str | bytes | Mapping):
        return
    for person in people:
        name = meta_json.text(person.get("name")) if isinstance(person, Mapping) else None
        if name and name not in thread.participants:
            thread.participants.append(name)


def _take_message(thread: Thread, message: object) -> None:
    if isinstance(message, Mapping):
        time = _milliseconds(message.get("timestamp_ms"))
        if time is not None:
            saw(thread, meta_json.text(message.get("sender_name")), time)


def saw(thread: Thread, name: str | None, time: int | None) -> None:
    """Take note of one message, at Unix seconds; without a time it only shows that somebody wrote."""
    thread.messages += 1
    if time is None:
        if name and name not in thread.names:
            thread.participants.append(name)
        return
    thread.first = time if thread.first is None else min(thread.first, time)
    thread.last = time if thread.last is None else max(thread.last, time)
    if name:
        start, end = thread.times.get(name, (time, time))
        thread.times[name] = (min(start, time), max(end, time))


def _milliseconds(value: object) -> int | None:
    return meta_json.seconds(value // 1000) if isinstance(value, int) else None


def _as_written(value: object) -> str | None:
    """Text that must not be repaired; trimmed, None if empty."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "").strip() or None


def partners(
    threads: Sequence[Thread], owner: str | None, source: str, account: str, skip: Callable[[str], None], *, slugs: bool
) -> Iterator[Row]:
    """One record for each participant of each thread but the owner; a reject for each thread whose owner is unknown.

    `skip` is told why somebody is left out. `slugs` says whether the threads' slugs hint at user names.
    """
    for thread in threads:
        if owner is None:
            # Importing everybody would import the owner too.
            yield Reject(
                source, thread.members[0].path, thread.place.strip() or "thread", "owner_unknown",
                "It cannot be told which participant of this thread is the owner of the export; "
                "add the owner's profile of the same export.",
            )  # fmt: skip
            continue
        yield from _partners(thread, owner, source, account, skip, slugs)


def _partners(
    thread: Thread, owner: str, source: str, account: str, skip: Callable[[str], None], slugs: bool
) -> Iterator[Row]:
    names = [name for name in thread.names if name != owner]
    # Where only writers show, a thread of two is one that is titled with the other's name.
    group = len(names) > 1 or (not thread.listed and names != [thread.title])
    if owner in thread.names:
        skip("owner")
    relationship = "group_member" if group else "chat_partner"
    for name in names:
        if thread.deleted(name):
            skip("deleted_account")
            continue
        extra = {"section": thread.section} if thread.section else {}
        extra["thread"] = thread.slug
        if group and thread.title:
            extra["group"] = thread.title
        if slugs and not group and thread.hint:
            extra["username_hint"] = thread.hint
        if not group:
            extra |= message_count(thread.messages)
        start, end = thread.times.get(name, (None, None)) if group else (thread.first, thread.last)
        yield SourceRecord(
            source=source,
            relationship="friend_request_in" if thread.section in STRANGERS else relationship,
            source_key=f"{thread.section}/{thread.slug}\x1f{name}",
            account=account,
            full_name=name,
            first_seen_at=meta_json.moment(start),
            last_seen_at=meta_json.moment(end),
            extra=extra,
            member=thread.members[0].path,
            locator=f"{thread.place}participant {thread.names.index(name) + 1}",
        )
