"""From paths to claims: what is this, which importer reads it, and what is left over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from audiencevault.errors import AudienceVaultError, ExportError, NotRecognisedError, UsageError
from audiencevault.export import Export, open_exports
from audiencevault.pipeline.options import ImportOptions, Problem
from audiencevault.sources.importer import Claim, Importer, discover
from audiencevault.sources.importer import identify as claims_on
from audiencevault.sources.tabular import importer_from_spec

TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xls", ".xlsm", ".ods", ".json", ".js", ".vcf", ".html"})
"""Files that may hold people; anything else that nobody claims (pictures, videos) is not worth a word."""


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
    for export in exports:
        problems.extend(problem_of(error, error.path or str(export.path)) for error in export.problems)
        try:
            found = _claims(export, own, importers)
        except AudienceVaultError as error:
            problems.append(problem_of(error, str(export.path)))
            continue
        claims.extend(found)
        problems.extend(_left_over(export, found))
    return Identification(tuple(claims), tuple(problems))


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
        and PurePosixPath(member.path).suffix.lower() in TABLE_SUFFIXES
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
