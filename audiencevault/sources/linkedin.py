"""LinkedIn's "Get a copy of your data", basic and complete, every header since 2018.

A connection's e-mail address is there only where that person lets connections see it; seeing it is not an opt-in.
People are keyed by the slug of their profile address.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from audiencevault.errors import ExportError
from audiencevault.export import Export
from audiencevault.records import Extracted, OwnerPoint, Point, RecordBatcher, Reject, Row, SourceRecord
from audiencevault.sources import linkedin_files as files
from audiencevault.sources import linkedin_messages as messages
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.sources.linkedin_files import Table
from audiencevault.sources.table_reader import RowReject
from audiencevault.sources.ties import OURS, THEIRS, message_count, unreadable, with_events

CONNECTIONS: Final = "linkedin.connections"
MESSAGES: Final = "linkedin.messages"
IMPORTED: Final = "linkedin.imported_contacts"
CONTACTS: Final = "linkedin.contacts"
INVITATIONS_IN: Final = "linkedin.invitations_in"
INVITATIONS_OUT: Final = "linkedin.invitations_out"
SOURCE_OF: Final = {
    "connections": CONNECTIONS,
    "messages": MESSAGES,
    "imported": IMPORTED,
    "contacts": CONTACTS,
    "invitations": INVITATIONS_IN,
}
_SEVERAL: Final = re.compile(r"[,;\n]")


class LinkedInImporter:
    """See the module."""

    source = "linkedin"
    title = "LinkedIn data download"
    fallback = False

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each folder with a file that only LinkedIn writes."""
        tables, unknown = files.tables(export)
        folders = sorted({table.folder for table in tables})
        return [
            self._claim(
                export,
                folder,
                [table for table in tables if table.folder == folder],
                [path for path in unknown if path.rpartition("/")[0] == folder.rstrip("/")],
            )
            for folder in folders
        ]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """The owner, the connections, the address books, the invitations and the message partners, in this order."""
        tables, _ = files.tables(claim.export)
        mine = {member.path for member in claim.members}
        account = context.account or claim.account
        return _Reading(claim, context, account, [table for table in tables if table.member.path in mine]).run()

    def _claim(self, export: Export, folder: str, tables: list[Table], unknown: list[str]) -> Claim:
        present = {files.KINDS[table.kind][0] for table in tables if table.kind in files.KINDS}
        expected = [files.KINDS[kind][0] for kind in ("connections", "imported", "invitations", "messages")]
        notes = [
            f"{table.member.name} has no e-mail column: it is not LinkedIn's full layout."
            for table in tables
            if table.kind == "connections" and "email address" not in table.titles
        ]
        return Claim(
            importer=self,
            source=self.source,
            layout=_layout(tables),
            export=export,
            members=tuple(table.member for table in tables),
            root=folder,
            present=tuple(sorted(present)),
            absent=tuple(words for words in expected if words not in present),
            not_understood=tuple(unknown),
            account=_account(tables) or "",
            notes=tuple(notes),
        )


IMPORTERS = (LinkedInImporter(),)


@dataclass(slots=True)
class _Reading:
    """One pass over one claim."""

    claim: Claim
    context: ImportContext
    account: str
    tables: list[Table]
    owner_names: set[str] = field(default_factory=set)
    owner_points: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    skipped: Counter[str] = field(default_factory=Counter)
    damaged: set[str] = field(default_factory=set)

    def run(self) -> Iterator[Extracted]:
        """Everything, ending with what of it is complete."""
        yield from RecordBatcher(export_sha256=self.claim.sha256).batches(self._rows())
        yield Extracted(
            rows=self.skipped.total(),
            skipped=dict(sorted(self.skipped.items())),
            coverage={
                SOURCE_OF[kind]: SOURCE_OF[kind] not in self.damaged
                for kind in ("connections", "imported", "contacts")
                if any(table.kind == kind for table in self.tables)
            },
        )

    def _rows(self) -> Iterator[Row]:
        yield from self._owner()
        for table in self._of("notes"):
            yield from self._guarded(table, self._take_notes(table), CONNECTIONS)
        readers = {
            "connections": self._connections,
            "imported": self._address_book,
            "contacts": self._address_book,
            "invitations": self._invitations,
        }
        for kind, reader in readers.items():
            for table in self._of(kind):
                yield from self._guarded(table, reader(table), SOURCE_OF[kind])
        yield from self._messages()

    def _of(self, kind: str) -> list[Table]:
        return [table for table in self.tables if table.kind == kind]

    def _guarded(self, table: Table, found: Iterator[Row], source: str) -> Iterator[Row]:
        try:
            yield from found
        except ExportError as error:
            self.damaged.add(source)
            yield unreadable(source, table.member, error)

    def _read(self, table: Table, source: str) -> Iterator[files.Row | Reject]:
        for row in files.rows(table, self.context.limits):
            if isinstance(row, RowReject):
                self.damaged.add(source)
                yield Reject(source, table.member.path, f"row {row.row}", row.code, row.sentence)
            else:
                yield row

    def _new(self, record: SourceRecord) -> bool:
        """Whether the record may be kept: seen for the first time, and not the owner."""
        if {point.raw.casefold() for point in record.points} & self.owner_points:
            self.skipped["owner"] += 1
            return False
        if record.record_id in self.seen:
            self.skipped["duplicate"] += 1
            return False
        self.seen.add(record.record_id)
        return True

    # The owner

    def _owner(self) -> Iterator[Row]:
        points: list[Point] = []
        if self.claim.account:
            points.append(Point("account", f"linkedin:{self.claim.account}"))
        for table in self.tables:
            if table.kind not in files.OWNER_FILES:
                continue
            try:
                for row in files.rows(table, self.context.limits):
                    if isinstance(row, RowReject):
                        yield Reject("linkedin", table.member.path, f"row {row.row}", row.code, row.sentence)
                        continue
                    value = row.cells.get(files.OWNER_FILES[table.kind])
                    if table.kind == "profile":
                        self.owner_names.add(_name(row.cells, "first name", "last name").casefold())
                    elif value:
                        points.append(Point("email" if "@" in value else "phone", value))
            except ExportError as error:
                yield unreadable("linkedin", table.member, error)
        self.owner_names.discard("")
        self.owner_points = {point.raw.casefold() for point in points}
        for point in dict.fromkeys(points):
            yield OwnerPoint("linkedin", point.kind, point.raw)

    # Connections

    def _take_notes(self, table: Table) -> Iterator[Row]:
        for row in self._read(table, CONNECTIONS):
            if isinstance(row, Reject):
                yield row
                continue
            slug = files.slug(row.cells.get("connection profile url", ""))
            if slug and row.cells.get("note"):
                self.notes[slug] = row.cells["note"]

    def _connections(self, table: Table) -> Iterator[Row]:
        order = self.context.date_order or files.order_of(
            [written for row in files.rows(table, self.context.limits) if not isinstance(row, RowReject)
             if (written := row.cells.get("connected on"))]
        )  # fmt: skip
        for row in self._read(table, CONNECTIONS):
            if isinstance(row, Reject):
                yield row
                continue
            cells = row.cells
            written = cells.get("connected on", "")
            if not cells.keys() - {"connected on"}:
                self.skipped["hidden_account"] += 1
                continue
            slug = files.slug(cells.get("url", ""))
            name = _name(cells, "first name", "last name")
            email = cells.get("email address")
            if not (slug or name or email):
                self.damaged.add(CONNECTIONS)
                yield Reject(
                    CONNECTIONS, table.member.path, f"row {row.number}", "nobody",
                    f"Row {row.number} names nobody: no name, no profile address and no e-mail address.",
                )  # fmt: skip
                continue
            if slug and name:
                self.names.setdefault(slug, name)
            since = files.day(written, order)
            known = {"first name", "last name", "url", "email address", "company", "position", "connected on"}
            extra = {table.titles[key]: value for key, value in cells.items() if key not in known}
            if written and since is None:
                extra[table.titles["connected on"]] = written
            if cells.get("url") and not slug:
                extra[table.titles["url"]] = cells["url"]
            if slug in self.notes:
                extra["note"] = self.notes[slug or ""]
            record = SourceRecord(
                source=CONNECTIONS,
                relationship="connection",
                source_key=slug or f"{name or email}\x1f{written}",
                account=self.account,
                points=[
                    *([Point("email", email)] if email else []),
                    *([Point("account", f"linkedin:{slug}")] if slug else []),
                ],
                first_name=cells.get("first name"),
                last_name=cells.get("last name"),
                company=cells.get("company"),
                job_title=cells.get("position"),
                first_seen_at=since,
                extra=extra,
                member=table.member.path,
                locator=f"row {row.number}",
            )
            if self._new(record):
                yield from with_events(record, THEIRS, "day")

    # Address books

    def _address_book(self, table: Table) -> Iterator[Row]:
        source = SOURCE_OF[table.kind]
        for row in self._read(table, source):
            if isinstance(row, Reject):
                yield row
                continue
            record = _address_book_entry(table, row, source, self.account)
            if not record.points and not (record.first_name or record.last_name or record.full_name):
                self.damaged.add(source)
                yield Reject(
                    source, table.member.path, f"row {row.number}", "nobody",
                    f"Row {row.number} names nobody: no name, no address and no number.",
                )  # fmt: skip
            elif self._new(record):
                yield from with_events(record, OURS, "day")

    # Invitations

    def _invitations(self, table: Table) -> Iterator[Row]:
        for row in self._read(table, INVITATIONS_IN):
            if isinstance(row, Reject):
                yield row
                continue
            cells = row.cells
            incoming = cells.get("direction", "").upper() != "OUTGOING"
            if cells.get("direction", "").upper() not in ("INCOMING", "OUTGOING"):
                yield Reject(
                    INVITATIONS_IN, table.member.path, f"row {row.number}", "direction",
                    f"Row {row.number} does not say whether the invitation came in or went out.", "Direction",
                )  # fmt: skip
                continue
            name = cells.get("from" if incoming else "to")
            slug = files.slug(cells.get("inviterprofileurl" if incoming else "inviteeprofileurl", ""))
            if not slug and not name:
                self.skipped["hidden_account"] += 1
                continue
            if slug and slug == self.claim.account:
                self.skipped["owner"] += 1
                continue
            # LinkedIn writes 1/29/26, 2:37 PM: month first, whatever the language.
            sent = files.day(cells.get("sent at", ""), self.context.date_order or "mdy")
            record = SourceRecord(
                source=INVITATIONS_IN if incoming else INVITATIONS_OUT,
                relationship="friend_request_in" if incoming else "friend_request_out",
                source_key=slug or f"{name}\x1f{cells.get('sent at', '')}",
                account=self.account,
                points=[Point("account", f"linkedin:{slug}")] if slug else [],
                full_name=name,
                first_seen_at=sent,
                member=table.member.path,
                locator=f"row {row.number}",
            )
            if self._new(record):
                yield from with_events(record, THEIRS if incoming else OURS, "day")

    # Messages

    def _messages(self) -> Iterator[Row]:
        partners: dict[str, messages.Partner] = {}
        present: dict[str, set[str]] = {}
        for table in self._of("messages"):
            yield from self._guarded(table, self._take_messages(table, partners, present), MESSAGES)
        owner = self._message_owner(partners, present)
        for partner in partners.values():
            if partner.slug in owner:
                self.skipped["owner"] += 1
                continue
            if not owner:
                yield Reject(
                    MESSAGES, partner.member, f"row {partner.row}", "owner_unknown",
                    "It cannot be told which participant of this conversation is the owner of the export; "
                    "add Profile.csv of the same download.",
                )  # fmt: skip
                continue
            times = sorted(time for written in partner.dates if (time := files.instant(written)) is not None)
            record = SourceRecord(
                source=MESSAGES,
                relationship="group_member" if partner.group else "chat_partner",
                source_key=partner.slug,
                account=self.account,
                points=[Point("account", f"linkedin:{partner.slug}")],
                full_name=partner.name or self.names.get(partner.slug),
                first_seen_at=times[0] if times else None,
                last_seen_at=times[-1] if times else None,
                extra=message_count(partner.messages),
                member=partner.member,
                locator=f"row {partner.row}",
            )
            if self._new(record):
                yield from with_events(record, THEIRS)

    def _take_messages(
        self, table: Table, partners: dict[str, messages.Partner], present: dict[str, set[str]]
    ) -> Iterator[Row]:
        for row in self._read(table, MESSAGES):
            if isinstance(row, Reject):
                yield row
                continue
            cells = row.cells
            reason = messages.no_message(cells)
            if reason:
                self.skipped[reason] += 1
                continue
            people = messages.people(cells)
            for slug, name in people:
                partner = partners.setdefault(
                    slug, messages.Partner(slug, name, row.number, table.member.path, group=len(people) > 2)
                )
                partner.name = partner.name or name
                partner.group = partner.group and len(people) > 2
                partner.messages += len(people) <= 2
                partner.dates = messages.span([*partner.dates, cells.get("date", "")])
                present.setdefault(slug, set()).add(cells.get("conversation id", ""))

    def _message_owner(self, partners: dict[str, messages.Partner], present: dict[str, set[str]]) -> set[str]:
        """The owner's slugs: as the invitations say, as the profile's name says, else who is in every thread."""
        if self.claim.account:
            return {self.claim.account}
        named = {slug for slug, p in partners.items() if p.name and p.name.casefold() in self.owner_names}
        if named:
            return named
        threads = set().union(*present.values()) if present else set()
        everywhere = {slug for slug, ids in present.items() if ids == threads}
        return everywhere if len(everywhere) == 1 and len(threads) > 1 else set()


def _address_book_entry(table: Table, row: files.Row, source: str, account: str) -> SourceRecord:
    cells = row.cells
    points = [Point("email", value) for value in _several(cells.get("emails"))]
    points += [Point("phone", value) for value in _several(cells.get("phonenumbers"))]
    slugs = [slug for value in _several(cells.get("profiles")) if (slug := files.slug(value))]
    points += [Point("account", f"linkedin:{slug}") for slug in slugs]
    used = {
        "firstname", "middlename", "lastname", "nickname", "nameprefix", "namesuffix", "fullname", "title", "emails",
        "phonenumbers", "companies", "birthday", "countrycode", "createdat",
    }  # fmt: skip
    names = [cells.get(key, "") for key in ("fullname", "firstname", "middlename", "lastname")]
    created = cells.get("createdat", "")
    since = files.instant(created) or files.day(created, "mdy")
    extra = {table.titles[key]: value for key, value in cells.items() if key not in used}
    if created and since is None:
        extra[table.titles["createdat"]] = created
    return SourceRecord(
        source=source,
        relationship="address_book",
        source_key="\x1f".join([*sorted(point.raw for point in points), *names]),
        account=account,
        points=list(dict.fromkeys(points)),
        name_prefix=cells.get("nameprefix"),
        full_name=cells.get("fullname"),
        first_name=cells.get("firstname"),
        middle_name=cells.get("middlename"),
        last_name=cells.get("lastname"),
        name_suffix=cells.get("namesuffix"),
        nickname=cells.get("nickname"),
        company=cells.get("companies"),
        job_title=cells.get("title"),
        country=cells.get("countrycode"),
        birthday=cells.get("birthday"),
        first_seen_at=since,
        extra=extra,
        member=table.member.path,
        locator=f"row {row.number}",
    )


def _several(cell: str | None) -> list[str]:
    return [value.strip() for value in _SEVERAL.split(cell or "") if value.strip()]


def _name(cells: dict[str, str], *keys: str) -> str:
    return " ".join(cells[key] for key in keys if key in cells)


def _account(tables: list[Table]) -> str | None:
    """The owner's slug, where the head of Invitations.csv says it: who sent what went out, who got what came in."""
    owners: Counter[str] = Counter()
    for table in tables:
        if table.kind != "invitations":
            continue
        names = [column.key for column in table.head.columns]
        for cells in table.head.sample:
            row = dict(zip(names, cells, strict=False))
            outgoing = row.get("direction", "").strip().upper() == "OUTGOING"
            slug = files.slug(row.get("inviterprofileurl" if outgoing else "inviteeprofileurl", ""))
            if slug:
                owners[slug] += 1
    return owners.most_common(1)[0][0] if len(owners) == 1 else None


def _layout(tables: list[Table]) -> str:
    """The era of Connections.csv, else the names of the files that are there."""
    for table in tables:
        if table.kind == "connections":
            if "url" in table.titles:
                return "2023+ CSV"
            return "2021-23 CSV" if table.head.header else "before 2021 CSV"
    return " and ".join(sorted({files.KINDS[table.kind][0] for table in tables if table.kind in files.KINDS})) + " CSV"
