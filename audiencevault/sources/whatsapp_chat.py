"""WhatsApp's exported chats as text: which files are chats, who wrote in them and on which days.

Words: a *header* is the beginning of a message (date, time and author); a line without one goes on with the message
before it. The two phone systems write them differently:

    [04/03/25, 14:05:09] Ida Falk: see you there      (iPhone)
    04/03/2025, 14:05 - Ida Falk: see you there       (Android)

What was said is never kept: only names and days leave this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final, NamedTuple

from audiencevault.export import Export, Member, decode, text_stream

# Left-to-right marks and the like around names and numbers; blanks that do not break.
_MARKS: Final = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\0"))
_CLEAN: Final = _MARKS | dict.fromkeys(map(ord, "\u00a0\u2007\u202f\u2009"), " ")
# What WhatsApp itself says begins with this mark on an iPhone, even where a name stands before it; so do
# "image omitted" and "<attached: …>", which are messages all the same.
_NOTICE_AFTER_NAME: Final = re.compile("[^:]*:[ \u00a0]?\u200e")

# 04/03/25 · 04.03.2025 · 2025-03-04 · 4. 3. 2025. — then 14:05:09 · 14.05 · 2:05 PM · 2:05 p. m. · klo 14.05
_DATE: Final = r"(?P<a>[0-9]{1,4})(?P<s>[/.-]) ?(?P<b>[0-9]{1,2})(?P=s) ?(?P<c>[0-9]{1,4})\.?"
_TIME: Final = r"[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2})?(?: ?[AaPp]\.? ?[Mm]\.?)?"
_IPHONE: Final = re.compile(rf"\[{_DATE},? (?:klo )?{_TIME}\] (?P<rest>.*)", re.DOTALL)
_ANDROID: Final = re.compile(rf"{_DATE},? (?:klo )?{_TIME} [-\u2013] (?P<rest>.*)", re.DOTALL)

_TITLED: Final = re.compile(
    r"(?:whatsapp[ -]chat[ -](?:with|mit|met) |whatsapp[ -]chat [-\u2013] |conversa do whatsapp com "
    r"|chat (?:de |di )?whatsapp con |discussion whatsapp avec )(?P<title>.+)",
    re.IGNORECASE | re.DOTALL,
)
_COPY: Final = re.compile(r" ?\([0-9]{1,3}\)$")
_NAMED: Final = re.compile(r"chat|whatsapp", re.IGNORECASE)
_TELLING: Final = (b"\xe2\x80\x8e", b"WhatsApp", b"<Media omitted>")
_ATTACHED: Final = re.compile(r"<[^<>]{1,40}: |[a-z]{3,12} omitted\b")
_OWN_DELETED: Final = re.compile(r"you deleted this message\.?\s*", re.IGNORECASE)
_QUOTES: Final = re.compile('["\u201c\u201d\u201e\u00ab\u00bb]')
_NUMBER: Final = re.compile(r"\+[0-9][0-9 ().\u2010\u2011-]{5,24}[0-9]")
_LINE: Final = 65_536
_HEAD: Final = 8192
_LONGEST_NAME: Final = 120

Day = tuple[int, int, int]


@dataclass(slots=True)
class Author:
    """Somebody before a colon: in how many messages, and the days of them as written.

    `wrote` says whether any of it can be the author's own; `owner` that only the owner of the phone has such a line.
    """

    number: int
    messages: int = 0
    wrote: bool = False
    owner: bool = False
    days: set[Day] = field(default_factory=set)


@dataclass(slots=True)
class Chat:
    """One exported chat. `title` is whom or what it is called after, empty where nothing says so;
    `authors` come in the order of their first lines.
    """

    member: Member
    title: str
    authors: dict[str, Author] = field(default_factory=dict)

    @property
    def messages(self) -> int:
        """How many messages it has of people who wrote, on either side."""
        return sum(
            author.messages for name, author in self.authors.items() if author.wrote and not is_ghost(name, self)
        )

    @property
    def days(self) -> set[Day]:
        """The days of all messages."""
        return {day for author in self.authors.values() for day in author.days}


class Span(NamedTuple):
    """First and last day; None where the order of day and month cannot be told."""

    first: datetime | None
    last: datetime | None


def layout_of(member: Member) -> str | None:
    """`iPhone` or `Android` where the member is an exported chat; None for everything else."""
    if not member.name.lower().endswith(".txt"):
        return None
    head = member.head(_HEAD)
    if not _NAMED.search(member.name) and not any(sign in head for sign in _TELLING):
        # [2025-03-04 14:05:09] is how many programs write their logs.
        return None
    first = next((line for line in decode(head)[0].translate(_CLEAN).splitlines() if line.strip()), "").rstrip()
    if _IPHONE.match(first):
        return "iPhone"
    return "Android" if _ANDROID.match(first) else None


def title_of(export: Export, member: Member) -> str:
    """Whom the chat is called after, from the name of the file, of its folder or of the ZIP, in this order."""
    for name in (member.name, *reversed(member.path.split("/")[:-1]), export.path.name):
        stem = re.sub(r"\.(?:txt|zip)$", "", name.translate(_CLEAN), flags=re.IGNORECASE)
        found = _TITLED.fullmatch(_COPY.sub("", stem.strip()))
        if found:
            return found["title"].strip(" _")
    return ""


def read(chat: Chat, encoding: str | None = None) -> None:
    """Add everybody who wrote. Raises `ExportError` naming the member where it is damaged."""
    header = _IPHONE if layout_of(chat.member) == "iPhone" else _ANDROID
    with text_stream(chat.member, encoding=encoding) as stream:
        # A line without end is read in pieces; only the first can have a header.
        for line in iter(lambda: stream.readline(_LINE), ""):
            found = header.match(line.translate(_CLEAN).rstrip())
            if found:
                _take(chat, found, header is _IPHONE and _NOTICE_AFTER_NAME.match(line.partition("]")[2]) is not None)


def _take(chat: Chat, found: re.Match[str], notice: bool) -> None:
    name, colon, body = found["rest"].partition(": ")
    if not colon and name.endswith(":"):
        # A message that leaves nothing behind, such as a picture that is shown once.
        name, colon = name[:-1], ":"
    name = " ".join(name.split())
    if not colon or not name or len(name) > _LONGEST_NAME:
        # A notice without an author, such as who joined the group.
        return
    author = chat.authors.setdefault(name, Author(len(chat.authors) + 1))
    author.messages += 1
    author.days.add((int(found["a"]), int(found["b"]), int(found["c"])))
    own = _OWN_DELETED.fullmatch(body) is not None
    author.owner = author.owner or own
    author.wrote = author.wrote or own or not notice or _ATTACHED.match(body) is not None


def is_ghost(name: str, chat: Chat) -> bool:
    """Whether `name` is the beginning of a notice that has a colon in it, not a person.

    `Ida changed the subject from "A` has an odd number of quotation marks; others begin with somebody else's name.
    """
    if len(_QUOTES.findall(name)) % 2:
        return True
    if chat.authors[name].messages > 1:
        return False
    for other in (*chat.authors, "You"):
        if other != name and name.startswith(f"{other} "):
            words = name[len(other) :].split()
            if len(words) > 2 and all(word[:1].islower() for word in words[:2]):
                return True
    return False


def number(name: str) -> str | None:
    """The phone number that stands where a name would, for people who are not in the phone's contacts."""
    return name if _NUMBER.fullmatch(name) else None


def same(name: str, title: str) -> bool:
    """Whether a chat's title is this author. Files cannot have every character, and emoji get lost."""
    if number(name):
        return re.sub(r"\D", "", name) == re.sub(r"\D", "", title)
    words, titled = (re.findall(r"[^\W_]+", text.casefold()) for text in (name, title))
    return words == titled if words else name == title


def order_of(chats: Iterable[Chat], said: str | None) -> str | None:
    """`dmy` or `mdy`: whichever part goes beyond 12 in files of one phone; `said` where nothing does; else None."""
    found = set()
    for chat in chats:
        for a, b, _ in chat.days:
            if 12 < a <= 31:
                found.add("dmy")
            elif 12 < b <= 31 and a <= 12:
                found.add("mdy")
    return found.pop() if len(found) == 1 else said if not found else None


def span(days: Iterable[Day], order: str | None) -> Span:
    """First and last of `days` in this order; a year that stands first needs none."""
    known = sorted(day for parts in days if (day := _date(parts, order)) is not None)
    if not known:
        return Span(None, None)
    first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (known[0], known[-1]))
    return Span(first, last)


def _date(parts: Day, order: str | None) -> date | None:
    a, b, c = parts
    if a > 31:
        year, month, day = a, b, c
    elif order == "dmy":
        year, month, day = c, b, a
    elif order == "mdy":
        year, month, day = c, a, b
    else:
        return None
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None


def chats(export: Export) -> Iterator[tuple[Member, str]]:
    """Every exported chat of an export, with its layout."""
    for member in export.members:
        layout = layout_of(member)
        if layout is not None:
            yield member, layout
