"""The message archive of Facebook's download before 2018: one page `messages.htm` with every thread in it.

A thread begins with its participants, separated by commas; each message names its sender and its date. The page's
heading is the owner's name. The archive breaks long threads into several of the same participants. Known from one
public test; what the page's sisters `friends.htm` and `contact_info.htm` look like is not known.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from audiencevault.errors import ExportError
from audiencevault.export import Member, text_stream
from audiencevault.sources import meta_html
from audiencevault.sources.meta_messages import Thread, saw

_PIECE: Final = 1 << 20
_LONGEST_MARK: Final = 1 << 16
_MARK: Final = re.compile(
    r'<h1[^<>]*>(?P<owner>[^<>]*)</h1>|<div class="thread">(?P<people>[^<>]*)<'
    r'|<span class="user">(?P<user>[^<>]*)</span>\s*<span class="meta">(?P<date>[^<>]*)</span>'
)


@dataclass(slots=True)
class Archive:
    """The threads of one archive, by participants, and the owner's name; both grow while it is read."""

    member: Member
    owner: str | None = None
    threads: dict[str, Thread] = field(default_factory=dict)

    def read(self, months: meta_html.Months) -> None:
        """Take in every thread. Raises `ExportError` naming the member where it stops before its end or holds no
        thread; what was read before that stays.
        """
        current: Thread | None = None
        for mark in _marks(self.member):
            if mark["owner"] is not None:
                self.owner = self.owner or _name(mark["owner"]) or None
            elif mark["people"] is not None:
                names = [name for part in mark["people"].split(",") if (name := _name(part))]
                key = ", ".join(sorted(names))
                place = f"thread {len(self.threads) + 1} "
                current = self.threads.setdefault(key, Thread(key, "", [self.member], participants=names, place=place))
            elif current is not None:
                day = months.day(_date(mark["date"]))
                saw(current, _name(mark["user"]) or None, int(day.timestamp()) if day else None)
        if not self.threads:
            raise ExportError(
                f"{self.member.path} holds no thread in a form that we know; an empty archive looks the same, so it "
                "counts as unreadable."
            )


def is_archive(head: bytes) -> bool:
    """Whether a page that begins like this is such an archive."""
    return b'class="contents"' in head and b'class="thread"' in head


def month_words(member: Member) -> set[str]:
    """The month words of the archive's dates. Raises `ExportError` where the page is damaged."""
    return meta_html.words_of(_date(mark["date"]) for mark in _marks(member) if mark["date"] is not None)


def _marks(member: Member) -> Iterator[re.Match[str]]:
    kept = tail = ""
    with text_stream(member) as stream:
        while piece := stream.read(_PIECE):
            kept += piece
            tail = (tail + piece)[-4096:]
            end = 0
            for mark in _MARK.finditer(kept):
                yield mark
                end = mark.end()
            # A mark that is cut in two goes on in the next piece.
            kept = kept[max(end, len(kept) - _LONGEST_MARK) :]
    if "</html" not in tail.lower() and "</body" not in tail.lower():
        raise ExportError(
            f"{member.path} is cut off: the page does not end where it should.",
            "Copy it again from where it was complete.",
        )


def _name(written: str) -> str:
    return meta_html.plain(html.unescape(written).replace("\0", ""))


def _date(written: str) -> str:
    """`Friday, October 4, 2013 at 10:05pm PDT` without the day of the week."""
    return meta_html.plain(html.unescape(written)).partition(", ")[2]
