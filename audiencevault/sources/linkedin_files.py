"""Which file of a LinkedIn download holds whom, recognised by its header row, and how its cells are read.

Words: a *slug* is the last part of a profile address, `ida-falk-0000` of `linkedin.com/in/ida-falk-0000`; it is
the only key of a person that LinkedIn gives. A *kind* is what a file is: `connections`, `messages` and so on.

Header rows are found, not assumed to be the first: since 2021 a note of several lines may stand before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from audiencevault.errors import AudienceVaultError
from audiencevault.export import Export, Limits, Member
from audiencevault.sources import table_reader
from audiencevault.sources.table_reader import Head, RowReject

KINDS: Final[dict[str, tuple[str, frozenset[str], frozenset[str]]]] = {
    "connections": ("connections", frozenset({"first name", "connected on"}), frozenset()),
    "messages": ("messages", frozenset({"conversation id", "from", "sender profile url"}), frozenset()),
    "invitations": ("invitations", frozenset({"from", "to", "sent at", "direction"}), frozenset()),
    "imported": (
        "imported contacts",
        frozenset({"firstname", "lastname", "emails", "phonenumbers", "createdat"}),
        frozenset({"thirdpartyverified", "nameprefix", "countrycode"}),
    ),
    "contacts": (
        "contacts",
        frozenset({"firstname", "lastname", "emails", "phonenumbers", "createdat"}),
        frozenset({"source", "instantmessagehandles", "profiles", "bookmarkedat"}),
    ),
    "notes": ("notes on connections", frozenset({"connection profile url", "note"}), frozenset()),
}
"""Kind → its name in words, the headers that it must have, and those of which it must have at least one."""

OWNER_FILES: Final = {
    "profile": "first name",
    "email addresses": "email address",
    "phonenumbers": "number",
    "whatsapp phone numbers": "number",
}
"""Files about the owner, by name, with the column that counts. `Registration.csv` has nothing that we use."""

NOBODY: Final = frozenset({
    "registration", "positions", "education", "skills", "languages", "certifications", "courses", "projects",
    "publications", "patents", "honors", "organizations", "volunteering", "test scores", "causes you care about",
    "company follows", "hashtag_follows", "ad_targeting", "ads clicked", "lan ads engagement", "rich_media",
    "shares", "comments", "reactions", "votes", "instantreposts", "savedposts", "saved_items", "articles", "events",
    "searchqueries", "logins", "security challenges", "account status history", "receipts", "receipts_v2",
    "job applications", "job applicant saved answers", "job applicant saved screening question responses",
    "job seeker preferences", "saved jobs", "savedjobalerts", "online job postings", "inferences_about_you",
    "learning", "learning_coach_messages", "learning_role_play_messages", "guide_messages", "coach_messages",
    "profile summary", "private_identity_asset", "recommendations_given", "endorsement_given_info",
    "services marketplace", "providers", "verifications", "identity documents",
})  # fmt: skip
"""Files without people the owner knows, or about what the owner did: known, and left alone."""

_PEOPLE_HEADERS: Final = re.compile(r"name|e-?mail|phone|profile|member|from|attendee", re.IGNORECASE)
_COPY: Final = re.compile(r"\s*\(\d+\)$")
_NUMERIC: Final = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})(?:[,\s].*)?")
_WORDED: Final = re.compile(r"(\d{1,2})[\s-]([A-Za-z]{3})[a-z]*\.?[\s-](\d{4}|\d{2})")
_INSTANT: Final = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.\d+)?\s*(?:UTC|Z)")
_MONTHS: Final = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)  # noqa: SIM905
}


@dataclass(frozen=True)
class Table:
    """A file of the download with its kind and the head that points at its header row."""

    member: Member
    kind: str
    head: Head

    @property
    def folder(self) -> str:
        """The path prefix before the file's name."""
        return self.member.path[: -len(self.member.name)]

    @cached_property
    def titles(self) -> dict[str, str]:
        """The header of each column as the file writes it, by compared header."""
        return {column.key: column.name for column in self.head.columns}


class Row(NamedTuple):
    """One row: its number as a spreadsheet shows it, and its trimmed cells by compared header."""

    number: int
    cells: dict[str, str]


def stem(member: Member) -> str:
    """The file's name without ending and without the ` (1)` of a second download, lower case."""
    return _COPY.sub("", member.name.rpartition(".")[0].lower())


def tables(export: Export) -> tuple[list[Table], list[str]]:
    """The tables of every LinkedIn download in `export`, and the paths in their folders that may hold people
    but are not known. Reads heads only.
    """
    found: list[Table] = []
    others: list[tuple[Member, Head]] = []
    for member in export.members:
        if not table_reader.is_table_name(member):
            continue
        try:
            head = table_reader.sniff(member)
        except AudienceVaultError:
            # A damaged or unreadable spreadsheet cannot be told to be LinkedIn's.
            continue
        if head is None:
            continue
        table = _recognise(member, head)
        if table is not None:
            found.append(table)
        else:
            others.append((member, head))
    folders = {table.folder for table in found}
    unknown: list[str] = []
    for member, head in others:
        if member.path[: -len(member.name)] not in folders:
            continue
        name = stem(member)
        if name in OWNER_FILES:
            owner = _with_header(head, frozenset({OWNER_FILES[name]}), frozenset())
            if owner is not None:
                found.append(Table(member, name, owner))
        elif name not in NOBODY and _may_hold_people(head):
            unknown.append(member.path)
    return sorted(found, key=lambda table: table.member.path), sorted(unknown)


def rows(table: Table, limits: Limits) -> Iterator[Row | RowReject]:
    """The rows that hold anything, and those that cannot be read. Raises `ExportError` as the table reader does."""
    names = [column.key for column in table.head.columns]
    for block in table_reader.read(table.member, table.head, limits):
        yield from block.rejects
        columns = [column.to_pylist() for column in block.columns]
        for number, *cells in zip(block.rows.tolist(), *columns, strict=True):
            trimmed = {name: cell.strip() for name, cell in zip(names, cells, strict=True) if cell.strip()}
            if trimmed:
                yield Row(number, trimmed)


def slug(url: str) -> str | None:
    """The slug of a profile address; None for anything else.

    >>> slug("https://se.linkedin.com/in/Ida-Falk-0000/?trk=x")
    'ida-falk-0000'
    """
    try:
        parts = urlsplit(url.strip() if "//" in url else f"//{url.strip()}")
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    segments = [segment for segment in parts.path.split("/") if segment]
    if host != "linkedin.com" and not host.endswith(".linkedin.com"):
        return None
    if len(segments) < 2 or segments[0].lower() != "in":
        return None
    name = unquote(segments[1]).strip().lower()
    return name if name and not re.search(r"[\s:/@\x00-\x1f]", name) else None


def day(written: str, order: str | None) -> datetime | None:
    """A date at midnight UTC: `04 Mar 2024`, `4-Apr-21`, `2024-03-04`, and `3/4/24` where `order` (`dmy` or
    `mdy`) or a part above 12 decides. None for anything else, such as a month in another language.
    """
    text = written.strip()
    worded = _WORDED.fullmatch(text)
    if worded and worded[2].lower() in _MONTHS:
        return _date(int(worded[3]), _MONTHS[worded[2].lower()], int(worded[1]))
    numeric = _NUMERIC.fullmatch(text)
    if numeric is None:
        return None
    first, second, third = (int(part) for part in numeric.groups())
    if len(numeric[1]) == 4:
        return _date(first, second, third)
    if first > 12 or (order == "dmy" and second <= 12):
        return _date(third, second, first)
    if second > 12 or order == "mdy":
        return _date(third, first, second)
    return None


def order_of(written: list[str]) -> str | None:
    """Whether the numeric dates of one column begin with the day or the month, as far as they tell."""
    for text in written:
        numeric = _NUMERIC.fullmatch(text.strip())
        if numeric and len(numeric[1]) <= 2:
            if int(numeric[1]) > 12:
                return "dmy"
            if int(numeric[2]) > 12:
                return "mdy"
    return None


def instant(written: str) -> datetime | None:
    """`2024-03-04 14:05:09 UTC`, as messages are dated."""
    match = _INSTANT.fullmatch(written.strip())
    if match is None:
        return None
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}").replace(tzinfo=UTC)
    except ValueError:
        return None


def _date(year: int, month: int, number: int) -> datetime | None:
    try:
        return datetime(year + 2000 if year < 100 else year, month, number, tzinfo=UTC)
    except ValueError:
        return None


def _recognise(member: Member, head: Head) -> Table | None:
    for kind, (_, required, one_of) in KINDS.items():
        placed = _with_header(head, required, one_of)
        if placed is not None:
            return Table(member, kind, placed)
    return None


def _with_header(head: Head, required: frozenset[str], one_of: frozenset[str]) -> Head | None:
    for index, cells in enumerate(head.records[: table_reader.HEADER_WITHIN]):
        keys = {" ".join(cell.replace("\ufeff", "").split()).casefold() for cell in cells}
        if required <= keys and (not one_of or one_of & keys):
            return head if head.header == index else head.with_header(index)
    return None


def _may_hold_people(head: Head) -> bool:
    return any(_PEOPLE_HEADERS.search(column.raw) for column in head.columns)
