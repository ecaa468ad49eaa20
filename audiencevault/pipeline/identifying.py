"""From paths to claims: what is this, which importer reads it, and what is left over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from audiencevault.errors import AudienceVaultError, ExportError, NotRecognisedError, UsageError
from audiencevault.export import Export, Member, open_exports
from audiencevault.pipeline.options import ImportOptions, Problem
from audiencevault.sources.importer import Claim, Importer, discover
from audiencevault.sources.importer import identify as claims_on
from audiencevault.sources.nobody import holds_nobody
from audiencevault.sources.tabular import importer_from_spec

TABLE_SUFFIXES = frozenset(
    {".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xls", ".xlsm", ".ods", ".json", ".js", ".vcf", ".html"}
)
"""Files that may hold people; anything else that nobody claims (pictures, videos) is not worth a word."""

RECEIVER_KEYS = frozenset({"destination", "facts_checked", "files"})
"""What the `manifest.json` beside the files for a receiver holds, among other things."""
REJECTED_ROWS = "rejected-rows.csv"


@dataclass(frozen=True)
class Identification:
    """The claims on the inputs, in order, and everything that could not be used, with the reason."""

    claims: tuple[Claim, ...]
    problems: tuple[Problem, ...]


def importers_for(options: ImportOptions) -> tuple[Importer, ...]:
    """The importers of this run: the person's own specs first, then all that are installed.

    `options.sources` keeps those whose name, or whose name before the dot, is listed.
    """
    importers = discover()
    if options.sources:
        known = {name for importer in importers for name in (importer.source, importer.source.partition(".")[0])}
        unknown = [name for name in options.sources if name not in known]
        if unknown:
            raise UsageError(
                f"There is no source named {unknown[0]!r}.",
                "Known sources: " + ", ".join(sorted({importer.source for importer in importers})) + ".",
            )
        importers = tuple(
            importer
            for importer in importers
            if importer.source in options.sources or importer.source.partition(".")[0] in options.sources
        )
    return importers


def identify(paths: Sequence[Path], options: ImportOptions) -> Identification:
    """Open `paths` and find out what each holds. Reads heads only.

    An input that cannot be read, or that two importers claim, becomes a problem; the others go on.
    """
    exports, errors = open_exports(paths, options.limits)
    problems = [problem_of(error) for error in errors]
    own = tuple(importer_from_spec(path) for path in options.specs)
    importers = importers_for(options)
    claims: list[Claim] = []
    for opened in exports:
        export = without_our_own(opened)
        if opened.members and not export.members:
            problems.append(_ours(str(export.path)))
            continue
        try:
            found = _claims(export, own, importers)
        except AudienceVaultError as error:
            problems.append(problem_of(error, str(export.path)))
        else:
            claims.extend(found)
            problems.extend(_left_over(export, found))
        # Last: looking at the beginning of a member may be what finds it damaged.
        problems.extend(problem_of(error, error.path or str(export.path)) for error in export.problems)
    return Identification(tuple(claims), tuple(problems))


def without_our_own(export: Export) -> Export:
    """`export` without what AudienceVault wrote itself: vaults, backups, files for receivers.

    Whoever keeps them beside the exports must not find that a list of theirs, read again, has become a source.
    """
    if export.kind != "folder":
        return export
    roots: list[str] = []
    files: set[str] = set()
    for name in ("vault.json", "backup.json"):
        roots += [_folder(member) for member in export.find(name) if "vault_id" in _document(member)]
    for member in export.find("manifest.json"):
        document = _document(member)
        if document.keys() >= RECEIVER_KEYS and isinstance(document["files"], list):
            names = [file.get("name") for file in document["files"] if isinstance(file, dict)]
            files.update(f"{_folder(member)}{name}" for name in (*names, member.name, REJECTED_ROWS))
    if not roots and not files:
        return export
    kept = [m for m in export.members if m.path not in files and not any(m.path.startswith(root) for root in roots)]
    return replace(export, members=tuple(kept))


def _folder(member: Member) -> str:
    return member.path.removesuffix(member.name)


def _document(member: Member) -> dict[str, Any]:
    """The JSON object in a small file; empty where it is something else."""
    try:
        document = json.loads(member.head())
    except (ValueError, ExportError):
        return {}
    return document if isinstance(document, dict) else {}


def _claims(export: Export, own: Sequence[Importer], importers: Sequence[Importer]) -> list[Claim]:
    """A spec of the person's own wins over what is built in, for the members that it claims."""
    mine = claims_on([export], own)
    taken = {member.path for claim in mine for member in claim.members}
    others = [claim for claim in claims_on([export], importers) if not taken & {m.path for m in claim.members}]
    return [*mine, *others]


def _left_over(export: Export, claims: Sequence[Claim]) -> list[Problem]:
    used = {member.path for claim in claims for member in claim.members}
    # An importer with several members answers for everything below its root: it names what it does not understand.
    roots = [claim.root for claim in claims if claim.root or len(claim.members) > 1]
    named = {path for claim in claims for path in claim.not_understood}
    left = [
        member
        for member in export.members
        if member.path not in used
        and member.path not in named
        and member.path not in export.heads.damaged  # Said already, with the better reason.
        and PurePosixPath(member.path).suffix.lower() in TABLE_SUFFIXES
        and not holds_nobody(member.path)
        and not any(member.path.startswith(root) for root in roots)
    ]
    if not claims and not left:
        if export.problems:
            return []
        return [_not_recognised(str(export.path), len(export.members))]
    if export.kind == "file":
        return [_not_recognised(str(export.path), 1)] if left else []
    if not claims and export.kind == "zip":
        return [_not_recognised(str(export.path), len(export.members))]
    return [_not_recognised(f"{export.path}::{member.path}", 1) for member in left]


def _ours(path: str) -> Problem:
    return Problem(
        path,
        NotRecognisedError.code,
        f"{path} holds only what AudienceVault wrote itself.",
        "Name the folder of an export; to bring a vault back, use 'restore'.",
    )


def _not_recognised(path: str, members: int) -> Problem:
    if members == 0:
        return Problem(path, ExportError.code, f"{path} is empty.", "Download the export again.")
    return Problem(
        path,
        NotRecognisedError.code,
        f"{path} is not an export that AudienceVault knows, and no column of names, e-mail addresses or phone "
        "numbers was found in it.",
        "If it holds people, describe its columns in a spec and pass it with --spec; see docs/importers/any-table.md.",
    )


def problem_of(error: AudienceVaultError, path: str = "") -> Problem:
    """An error as a line of the result. Errors name their own file; `path` is used where they do not."""
    stated = error.path if isinstance(error, ExportError) else ""
    return Problem(path or stated, error.code, error.message, error.hint)
