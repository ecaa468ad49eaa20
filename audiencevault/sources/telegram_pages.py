"""Telegram Desktop's export as pages: the address book, and who the owner is.

The exporter writes the same English pages in every language, known from its source. An entry has a name, a telephone
number and the moment at which the contact was added, in the computer's own time. It has no number of Telegram's.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

from audiencevault.errors import ExportError
from audiencevault.export import Export, Member, text_stream

BOOK: Final = "lists/contacts.html"
OWNER: Final = "export_results.html"
DELETED: Final = "Deleted Account"
"""What stands for the name of an account that is gone, or of a contact that has none."""

_PIECE: Final = 1 << 20
_LONGEST_ENTRY: Final = 1 << 16
_ENTRY: Final = '<div class="entry clearfix">'
_NAME: Final = re.compile(r'<div class="name bold">(.*?)</div>', re.DOTALL)
_DETAILS: Final = re.compile(r'<div class="details_entry details">(.*?)</div>', re.DOTALL)
_ADDED: Final = re.compile(r'<div class="pull_right info details">\s*(\d\d)\.(\d\d)\.(\d{4}) ', re.DOTALL)
_ROW: Final = re.compile(
    r'<div class="label details">(?P<label>.*?)</div>\s*<div class="value bold">(?P<value>.*?)</div>', re.DOTALL
)
_TAG: Final = re.compile(r"<[^<>]*>")


class Entry(NamedTuple):
    """One contact as written; any part may be empty."""

    name: str
    phone: str
    added: datetime | None


def books(export: Export) -> list[Member]:
    """The address books among the pages of an export."""
    return [member for member in export.find(BOOK) if b'class="page_wrap"' in member.head() and is_page(member)]


def is_page(member: Member) -> bool:
    """Whether a page is Telegram Desktop's."""
    head = member.head()
    return b"<title>Exported Data</title>" in head or b'class="page_header"' in head


def contacts(member: Member) -> Iterator[Entry]:
    """The entries of an address book. Raises `ExportError` naming the member where it stops before its end; what was
    read before that stays.
    """
    kept = ""
    started = False
    with text_stream(member) as stream:
        while piece := stream.read(_PIECE):
            kept += piece
            *whole, kept = kept.split(_ENTRY)
            for entry in whole:
                if started:
                    yield _entry(entry)
                started = True
            if len(kept) > _LONGEST_ENTRY and not started:
                kept = kept[-_LONGEST_ENTRY:]
    if started:
        yield _entry(kept)
    if "</html" not in kept.lower():
        raise ExportError(
            f"{member.path} is cut off: the page does not end where it should.",
            "Copy it again from where it was complete.",
        )


def owner(member: Member) -> dict[str, str]:
    """The owner's `phone` and `username`, where the first page of the export says them."""
    with text_stream(member) as stream:
        text = stream.read(_PIECE)
    found = {_plain(row["label"]): _plain(row["value"]) for row in _ROW.finditer(text)}
    words = {"phone": "Phone number", "username": "Username"}
    return {key: found[label] for key, label in words.items() if found.get(label)}


def _entry(text: str) -> Entry:
    name, phone, added = _NAME.search(text), _DETAILS.search(text), _ADDED.search(text)
    moment = None
    if added:
        try:
            moment = datetime(int(added[3]), int(added[2]), int(added[1]), tzinfo=UTC)
        except ValueError:
            # A date that is none says nothing; the contact stays.
            moment = None
    return Entry(_plain(name[1]) if name else "", _plain(phone[1]) if phone else "", moment)


def _plain(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", text)).replace("\0", "").split())
