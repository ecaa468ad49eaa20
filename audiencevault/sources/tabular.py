"""The importer of every table that a spec can describe: one row, one person.

The specs under `specs/` are importers as they stand; a user's own spec becomes one with `importer_from_spec`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from audiencevault.errors import AudienceVaultError, ExportError
from audiencevault.export import Export, Member
from audiencevault.records import Extracted
from audiencevault.sources import table_reader, table_spec
from audiencevault.sources.importer import Claim, ImportContext, Importer
from audiencevault.sources.table_columns import SeenRows
from audiencevault.sources.table_people import PeopleReader
from audiencevault.sources.table_purchases import PurchasesReader
from audiencevault.sources.table_reader import Head
from audiencevault.sources.table_spec import LayoutSpec, Spec

GUESSED: Final = "table.generic"
"""The source of tables whose columns were guessed, also where the guess was kept as a spec."""

_KINDS: Final = {
    "email": "e-mail addresses",
    "phone": "phone numbers",
    "account": "accounts",
    "postal": "postal addresses",
}

_COPY: Final = re.compile(
    r"([ _-]*(\(\d+\)|copy|kopie|\d{4}[-_.]?\d{2}[-_.]?\d{2}|\d{4}[-_]\d{2}|\d{6,}|v\d+))+$", re.IGNORECASE
)


@dataclass(frozen=True)
class Placed:
    """A member that a spec describes: its head, with the header row found, and the layout."""

    member: Member
    head: Head
    layout: LayoutSpec


def place(member: Member, spec: Spec, encoding: str | None = None) -> Placed | None:
    """How `spec` fits `member`, or None. The header is looked for in the first rows, not assumed in row 1."""
    try:
        head = table_reader.sniff(member, encoding=encoding)
    except AudienceVaultError:
        # A spreadsheet that cannot be opened has no headers to be told by; the fallback importer names it.
        return None
    return None if head is None else place_head(member, head, spec)


def place_head(member: Member, head: Head, spec: Spec) -> Placed | None:
    """As `place`, for a head that is known already."""
    for index, keys in head.header_rows:
        for layout in spec.layouts:
            if layout.fits(keys):
                return Placed(member, head if index == head.header else head.with_header(index), layout)
    return None


class TableImporter:
    """An importer by spec. Subclasses name another `reader` where a spec cannot say everything."""

    fallback = False
    reader: type[PeopleReader] = PeopleReader
    rules: str = ""
    """The hash of a spec of the person's own: the same table read by a corrected one is another reading."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.source = spec.source
        self.title = spec.title

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each member that the spec describes."""
        claims: list[Claim] = []
        for member in export.members:
            if not table_reader.is_table_name(member):
                continue
            placed = self.placed(member)
            if placed is not None:
                claims.append(self._claim(export, placed))
        return claims

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """The people of the claim's members; see `Importer.extract`."""
        complete = self.spec.complete
        seen = SeenRows()
        for member in claim.members:
            placed = self.placed(member, context.encoding)
            if placed is None:
                raise ExportError(
                    f"{member.path} does not have the columns of {self.title} when it is read with this encoding.",
                    "Leave out --encoding, or name another one.",
                )
            reader = self.reader_for(claim, placed, context)
            reader.seen = seen
            reader.scratch = context.scratch
            yield from reader.run()
            complete = complete and not reader.damaged
        # Said last, since a lost row is not a person who is gone; a table with a filter looks like a whole one.
        yield Extracted(coverage={self.source: complete and self.is_whole(claim, context)})

    def placed(self, member: Member, encoding: str | None = None) -> Placed | None:
        """How this importer reads `member`, or None where it is not its own."""
        return place(member, self.spec, encoding)

    def is_whole(self, claim: Claim, context: ImportContext) -> bool:  # noqa: ARG002 - for subclasses
        """Whether the members of the claim are all that the source can hold; where its spec says `complete`."""
        return True

    def reader_for(self, claim: Claim, placed: Placed, context: ImportContext) -> PeopleReader:
        """What reads one member of the claim."""
        reader = PurchasesReader if self.spec.purchases and self.reader is PeopleReader else self.reader
        return reader(
            self.adapted(placed),
            placed.member,
            placed.head,
            account=context.account or claim.account,
            sha256=claim.sha256,
            date_order=context.date_order,
            limits=context.limits,
        )

    def adapted(self, placed: Placed) -> Spec:  # noqa: ARG002 - for subclasses
        """The spec for one member; subclasses add what only the file tells."""
        return self.spec

    def notes(self, placed: Placed) -> tuple[str, ...]:  # noqa: ARG002 - for subclasses
        """Sentences for the person who imports this member."""
        return self.spec.notes

    def _claim(self, export: Export, placed: Placed) -> Claim:
        present, absent = described(self.adapted(placed), placed.head)
        return Claim(
            importer=self,
            source=self.source,
            layout=placed.layout.name,
            export=export,
            members=(placed.member,),
            present=present,
            absent=absent,
            # A spec that was guessed first: its people stay the same when it is corrected.
            account=table_name(placed.member) if self.source == GUESSED else "",
            notes=self.notes(placed),
        )


def described(spec: Spec, head: Head) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a table holds of what its spec can tell, in words, and what it lacks."""
    keys = head.keys()
    wanted: dict[str, bool] = {}
    for point in spec.points:
        word = {"email": "e-mail addresses", "phone": "phone numbers", "account": "accounts"}.get(
            point.kind, point.kind
        )
        wanted[word] = wanted.get(word, False) or bool(keys.intersection(point.columns))
    names = [key for field in ("full_name", "first_name", "last_name") for key in spec.columns.get(field, ())]
    wanted["names"] = bool(keys.intersection(names))
    for consent in spec.consent:
        word = f"consent for {consent.channel}"
        wanted[word] = wanted.get(word, False) or bool(keys.intersection(consent.columns))
    present = tuple(word for word, found in wanted.items() if found)
    return present, tuple(word for word, found in wanted.items() if not found)


def table_name(member: Member) -> str:
    """What tells one table of an owner from another: the file's name without date, number or "copy".

    A newer export of the same table keeps it, so that its people are updated and not doubled.
    """
    stem = member.name.rpartition(".")[0] or member.name
    return (_COPY.sub("", stem) or stem).strip(" _-").casefold()


def importer_from_spec(path: Path) -> Importer:
    """The importer for a table that the user describes. Raises `DefinitionError` naming file and key."""
    importer = TableImporter(replace(table_spec.load(path), module=None))
    importer.rules = hashlib.sha256(path.read_bytes()).hexdigest()
    return importer


def _builtin() -> tuple[Importer, ...]:
    specs = map(table_spec.builtin, table_spec.builtin_names())
    return tuple(TableImporter(spec) for spec in specs if spec.module is None)


IMPORTERS: tuple[Importer, ...] = _builtin()
