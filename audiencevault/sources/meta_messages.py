"""Message threads of Meta's JSON exports: who took part, and from when to when.

Words: a *thread* is one conversation, kept in one folder as `message_1.json`, `message_2.json` and so on; its
*slug* is the folder's name (`idafalk_1784…`), a hint at the partner's user name with everything but letters and
digits left out. Participants are known by display name only, and two people may share one.

What was said is never read: only names and times leave this module.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from audiencevault.export import Member
from audiencevault.sources import meta_json

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

_DELETED_SLUG: Final = re.compile(r"(instagramuser|facebookuser)_?\d*")


@dataclass(slots=True)
class Thread:
    """One conversation. `times` maps each name to the first and last second of its own messages; `first` and
    `last` span the whole thread; `members` are its files in order.
    """

    slug: str
    section: str
    members: list[Member]
    title: str = ""
    participants: list[str] = field(default_factory=list)
    times: dict[str, tuple[int, int]] = field(default_factory=dict)
    first: int | None = None
    last: int | None = None

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
        return name.casefold() in DELETED or (_DELETED_SLUG.fullmatch(self.slug) is not None and name == self.title)


def read_member(thread: Thread, member: Member) -> None:
    """Add one `message_N.json` to its thread. Raises `ExportError` naming the member where it is damaged."""
    if member.size > LARGE:
        _take_participants(thread, meta_json.stream(member, "participants.item"))
        for title in meta_json.stream(member, "title"):
            thread.title = thread.title or meta_json.text(title) or ""
        _take_messages(thread, meta_json.stream(member, "messages.item"))
        if not thread.names:
            raise meta_json.wrong_type(member)
        return
    whole = meta_json.document(member)
    if not isinstance(whole, dict) or not isinstance(whole.get("messages"), list):
        raise meta_json.wrong_type(member)
    thread.title = thread.title or meta_json.text(whole.get("title")) or ""
    _take_participants(thread, whole.get("participants"))
    _take_messages(thread, whole["messages"])


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
        partners = {thread.title for thread in threads if len(thread.participants) == 2}
        everywhere = [name for name in everywhere if name not in partners]
    return everywhere[0] if len(everywhere) == 1 else None


def _take_participants(thread: Thread, people: object) -> None:
    if not isinstance(people, Iterable) or isinstance(people, str | bytes | Mapping):
        return
    for person in people:
        name = meta_json.text(person.get("name")) if isinstance(person, Mapping) else None
        if name and name not in thread.participants:
            thread.participants.append(name)


def _take_messages(thread: Thread, messages: Iterable[Any]) -> None:
    for message in messages:
        if not isinstance(message, Mapping):
            continue
        name = meta_json.text(message.get("sender_name"))
        milliseconds = message.get("timestamp_ms")
        time = meta_json.seconds(milliseconds // 1000) if isinstance(milliseconds, int) else None
        if time is None:
            continue
        thread.first = time if thread.first is None else min(thread.first, time)
        thread.last = time if thread.last is None else max(thread.last, time)
        if name:
            start, end = thread.times.get(name, (time, time))
            thread.times[name] = (min(start, time), max(end, time))
