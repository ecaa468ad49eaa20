"""What an importer is: it says "is this mine?" (`identify`) and "what is in it?" (`extract`).

Words: an *export* is what a person downloaded, seen through `audiencevault.export.Export`; a *claim* is one
importer's statement that some members of an export are its own and which layout they have.

Importers are discovered, never listed: every module of `audiencevault.sources` that has an `IMPORTERS`
tuple, every `specs/*.toml`, and every entry point of the group `audiencevault.importers` (an object with
the `Importer` protocol, or a callable that returns one).
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, runtime_checkable

from audiencevault.errors import AmbiguousExportError, ExportError
from audiencevault.export import Export, Limits, Member, spelled
from audiencevault.records import Extracted

ENTRY_POINT_GROUP = "audiencevault.importers"


@dataclass(frozen=True)
class Claim:
    """Members of one export that one importer can read.

    `source` is the family shown to people (`instagram`, `shopify.customers`), `layout` the era and form that
    was seen (`2023+ JSON`), `root` the path prefix inside the export below which the layout was found.
    `present` and `absent` name the people files that this source may hold, in words; `not_understood` members
    below `root` that might hold people and that the importer cannot read. `account` is whose export it is,
    where the export says so; `observed_at` the export's own date, where it has one; `notes` are sentences
    for the person who imports.
    """

    importer: Importer
    source: str
    layout: str
    export: Export
    members: tuple[Member, ...]
    root: str = ""
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    account: str = ""
    observed_at: datetime | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def sha256(self) -> str:
        """The hash of the content: of the file itself where there is one member, else over all members' paths
        below `root` and hashes. A damaged member among several counts as damaged; `extract` will say so.
        """
        if len(self.members) == 1:
            return self.members[0].sha256
        digest = hashlib.sha256()
        for member in sorted(self.members, key=lambda item: item.path):
            try:
                content = member.sha256
            except ExportError:
                content = "damaged"
            digest.update(f"{content}  {member.path.removeprefix(self.root)}\n".encode())
        return digest.hexdigest()

    @property
    def path(self) -> str:
        """Where the person finds it: the export's path, and the member where there is only one."""
        shown = spelled(self.export.path)
        if self.export.kind != "file" and len(self.members) == 1:
            return f"{shown}::{self.members[0].path}"
        return f"{shown}::{self.root}" if self.root and self.export.kind != "file" else shown


@dataclass(frozen=True)
class ImportContext:
    """What the person says about an import. No clock, no locale, no environment.

    `region` (ISO 3166 alpha-2) is only passed through to lineage here: importers never normalise.
    `date_order` is `dmy` or `mdy` for dates that do not tell. `scratch` is a directory for what does not fit into
    memory, where the system's own is not the right one; nothing that has a name may be left in it.
    """

    encoding: str | None = None
    account: str | None = None
    region: str | None = None
    date_order: str | None = None
    limits: Limits = field(default_factory=Limits)
    scratch: Path | None = None


@runtime_checkable
class Importer(Protocol):
    """One source.

    `fallback` importers only get members that nobody else claims.
    """

    source: str
    title: str
    fallback: bool

    def identify(self, export: Export) -> Sequence[Claim]:
        """The claims on this export; empty if it is not mine.

        Cheap and bounded: look at paths, then at heads of members; never read a whole member.
        Must not raise on anything that the export holds.
        """
        ...

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """The content, in batches, in the order of the export.

        Same input, same batches. A bad row becomes a reject; a member that cannot be read at all raises
        `ExportError` naming it. Records keep lineage (`member`, `locator`) and raw values.
        """
        ...


def discover() -> tuple[Importer, ...]:
    """All importers, sorted by source; built in ones first where a plug-in has the same name."""
    from audiencevault import sources

    found: list[Importer] = []
    for module in pkgutil.iter_modules(sources.__path__, prefix="audiencevault.sources."):
        found.extend(getattr(importlib.import_module(module.name), "IMPORTERS", ()))
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        thing = entry.load()
        found.append(thing if isinstance(thing, Importer) and not isinstance(thing, type) else thing())
    return tuple(sorted(found, key=lambda importer: importer.source))


def identify(exports: Iterable[Export], importers: Sequence[Importer]) -> list[Claim]:
    """All claims on all exports, in the order of the exports.

    Raises `AmbiguousExportError` where two importers claim one member.
    """
    claims: list[Claim] = []
    for export in exports:
        owners: dict[str, Claim] = {}
        for fallback in (False, True):
            for importer in importers:
                if importer.fallback is not fallback:
                    continue
                for claim in importer.identify(export):
                    taken = [owners[member.path] for member in claim.members if member.path in owners]
                    if taken and fallback and not taken[0].importer.fallback:
                        continue
                    if taken:
                        raise AmbiguousExportError(
                            f"{claim.path} is claimed by two importers: {taken[0].source} and {claim.source}.",
                            "Name the right one with --source.",
                        )
                    owners.update((member.path, claim) for member in claim.members)
                    claims.append(claim)
    return claims
