"""A list of addresses, numbers or hashes of them that must not be written to: which column is what.

Words: a *hash* is what providers give instead of an address: SHA-256 or MD5, in hexadecimal, of the address in lower
case or of the number with or without its plus sign.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from audiencevault.consent.replies import mean_stop
from audiencevault.errors import UsageError
from audiencevault.export import decode

_EMAIL: Final = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+")
_HASH: Final = re.compile(r"(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{64})")
_PHONE: Final = re.compile(r"[+(]?[\d][\d\s().\-/]{5,}")
_REASON_TITLES: Final = ("reason", "status", "state", "type", "event", "grund", "motif", "motivo", "suppression reason")
_DATE_TITLES: Final = ("date", "time", "timestamp", "created", "at", "datum", "fecha", "suppressed", "unsubscribed")
_REPLY_TITLES: Final = ("body", "message", "reply", "text", "message body", "content")
_PHONE_TITLES: Final = ("phone", "number", "mobile", "sms", "from", "tel", "telefon", "msisdn")

REASONS: Final = (
    (("complain", "spam", "abuse", "feedback"), "complaint"),
    (("unsub", "opt-out", "opt out", "optout", "opted", "withdraw", "stop", "abgemeldet", "désabonn"), "unsubscribed"),
    (("object", "widerspr"), "objection"),
    (("invalid", "does not exist", "unknown user", "undeliverable"), "invalid"),
    (("bounce", "cleaned", "hard"), "bounce"),
    (("legal", "court", "lawyer", "dispute"), "legal"),
)
"""What in a cell of the reason column stands for which reason; anything else is a block by hand."""


@dataclass(frozen=True)
class Entry:
    """One row: `kind` is email, phone or hash; `reason` one of those above or `manual`; `at` the date as written."""

    kind: str
    value: str
    reason: str
    at: str
    row: int


@dataclass(frozen=True)
class Listed:
    """A file as read. `unread` are the numbers of the rows without an address, number or hash; `ignored` counts the
    replies that do not mean stop.
    """

    entries: tuple[Entry, ...]
    unread: tuple[int, ...]
    ignored: int
    columns: tuple[str, ...]


def kind_of(value: str) -> str | None:
    """`email`, `hash` or `phone`; None for anything else.

    >>> kind_of("ida@example.com"), kind_of("d41d8cd98f00b204e9800998ecf8427e"), kind_of("+1 202-555-0111")
    ('email', 'hash', 'phone')
    """
    text = value.strip().removeprefix("mailto:").removeprefix("'")
    if _EMAIL.fullmatch(text):
        return "email"
    if _HASH.fullmatch(text):
        return "hash"
    return "phone" if _PHONE.fullmatch(text) else None


def reason_of(text: str, default: str = "manual") -> str:
    """The reason that a cell names."""
    low = text.strip().lower()
    if not low:
        return default
    return next((reason for words, reason in REASONS if any(word in low for word in words)), "manual")


def read(path: Path, default: str = "manual") -> Listed:
    """The list in `path`, a text file or table with one address, number or hash a row.

    The separator and the columns are found by what is in them. Raises `UsageError` where no column holds addresses,
    numbers or hashes.
    """
    try:
        text, _ = decode(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    lines = text.lstrip("\ufeff")
    first = lines.split("\n", 1)[0]
    separator = max(",;\t|", key=first.count)
    rows = csv.reader(io.StringIO(lines), delimiter=separator)
    numbered = [(number, row) for number, row in enumerate(rows, start=1) if any(cell.strip() for cell in row)]
    if not numbered:
        raise UsageError(f"{path} is empty.", "Give a file with one address, number or hash a row.")
    header = numbered[0][1] if not any(kind_of(cell) for cell in numbered[0][1]) else []
    body = numbered[1:] if header else numbered
    width = max(len(row) for _, row in numbered)
    titles = [(header[place] if place < len(header) else "").strip().lower() for place in range(width)]
    columns = _columns(titles, [row for _, row in body])
    if columns.value is None:
        raise UsageError(
            f"No column of {path} holds e-mail addresses, phone numbers or hashes.",
            "Hashes are SHA-256 or MD5 in hexadecimal.",
        )
    return _listed(columns, body, titles, default)


@dataclass(frozen=True)
class _Columns:
    value: int | None
    reason: int | None
    date: int | None
    reply: int | None


def _columns(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> _Columns:
    looked_at = rows[:1000]
    scores = []
    for place, title in enumerate(titles):
        kinds = [kind_of(row[place]) for row in looked_at if place < len(row) and row[place].strip()]
        known = [kind for kind in kinds if kind]
        # A date or an order number looks like a phone number; an address or hash is preferred.
        weight = sum(3 if kind != "phone" else 1 for kind in known) + (
            2 * len(known) if _named(title, _PHONE_TITLES) else 0
        )
        if known and not (set(known) == {"phone"} and _named(title, _DATE_TITLES)):
            scores.append((weight, -place))
    value = -max(scores)[1] if scores else None

    def titled(names: Sequence[str]) -> int | None:
        return next((place for place, title in enumerate(titles) if place != value and _named(title, names)), None)

    reason, reply = titled(_REASON_TITLES), titled(_REPLY_TITLES)
    # Only replies by text message are read as such: a bounce list has a column "message" as well.
    values = [row[value] for row in looked_at if value is not None and value < len(row)]
    if reason is not None or sum(kind_of(one) == "phone" for one in values) * 2 <= len(values):
        reply = None
    return _Columns(value, reason, titled(_DATE_TITLES), reply)


def _named(title: str, names: Sequence[str]) -> bool:
    words = set(re.split(r"[\s_\-]+", title))
    return title in names or bool(words & set(names))


def _listed(
    columns: _Columns, body: Sequence[tuple[int, Sequence[str]]], titles: Sequence[str], default: str
) -> Listed:
    def cell(row: Sequence[str], place: int | None) -> str:
        return row[place].strip() if place is not None and place < len(row) else ""

    stops = None
    if columns.reply is not None:
        stops = mean_stop(pa.array([cell(row, columns.reply) for _, row in body], pa.string())).to_pylist()
    entries, unread, ignored = [], [], 0
    for place, (number, row) in enumerate(body):
        if stops is not None and not stops[place]:
            ignored += 1
            continue
        value = cell(row, columns.value).removeprefix("mailto:").removeprefix("'").strip()
        kind = kind_of(value)
        if kind is None:
            unread.append(number)
            continue
        reason = "reply" if stops is not None else reason_of(cell(row, columns.reason), default)
        entries.append(Entry(kind, value, reason, cell(row, columns.date), number))
    named = tuple(
        titles[place] or f"column {place + 1}"
        for place in (columns.value, columns.reason, columns.date, columns.reply)
        if place is not None
    )
    return Listed(tuple(entries), tuple(unread), ignored, named)
