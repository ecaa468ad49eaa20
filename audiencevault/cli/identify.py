"""`identify`: what is this, which files with people are in it, which are missing, what is not understood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from audiencevault.cli import context


@click.command("identify")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@context.input_options
@click.option(
    "--write-spec",
    "spec_target",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    metavar="FILE",
    help="Show what the columns of an unknown table are taken for, with masked samples, and write it to FILE as a spec "
    "to be corrected and passed with --spec.",
)
@context.yes_option
@context.json_option
def identify(paths: tuple[Path, ...], spec_target: Path | None, force: bool, as_json: bool, **given: Any) -> int:
    """Say what PATHS hold, without importing anything.

    Reads the beginning of each file only.

    Exit codes: 0 every input was recognised, 4 at least one was not.
    """
    from audiencevault import pipeline

    options = context.import_options(**given)
    found = pipeline.identify(paths, options)
    guessed = None
    if spec_target is not None:
        guessed = pipeline.guess(found, options)
        pipeline.write_spec(guessed, spec_target, force=force)
    if as_json:
        inputs: list[dict[str, Any]] = [
            {
                "path": claim.path,
                "source": claim.source,
                "layout": claim.layout,
                "account": claim.account or None,
                "observed_at": claim.observed_at,
                "present": list(claim.present),
                "absent": list(claim.absent),
                "not_understood": list(claim.not_understood),
                "notes": list(claim.notes),
            }
            for claim in found.claims
        ]
        inputs += [
            {
                "path": problem.path,
                "source": None,
                "layout": None,
                "account": None,
                "observed_at": None,
                "present": [],
                "absent": [],
                "not_understood": [problem.path],
                "notes": [],
                "problem": problem.as_dict(),
            }
            for problem in found.problems
        ]
        document: dict[str, Any] = {"inputs": inputs}
        if guessed is not None:
            document["guess"] = {
                "path": guessed.path,
                "spec": str(spec_target),
                "columns": [column.as_dict() for column in guessed.columns],
            }
        context.print_json(document)
    else:
        for claim in found.claims:
            click.echo(claim.path)
            click.echo(
                f"  {claim.importer.title}, {claim.layout}" + (f", account {claim.account}" if claim.account else "")
            )
            for title, lines in (
                ("holds", claim.present),
                ("does not hold", claim.absent),
                ("not understood", claim.not_understood),
                ("note", claim.notes),
            ):
                for line in lines:
                    click.echo(f"    {title}: {line}")
        for problem in found.problems:
            click.echo(problem.path or "(no path)")
            click.echo(f"  not used: {problem.sentence}")
            if problem.hint:
                click.echo(f"    {problem.hint}")
        if guessed is not None:
            click.echo(f"{guessed.path}: what its columns are taken for")
            for column in guessed.columns:
                shown = ", ".join(column.samples) or "empty"
                click.echo(f"    {column.header or '(no name)'}: {column.meaning or 'kept as it is'} ({shown})")
            click.echo(f"Written to {spec_target}. Correct it there, and read the table with --spec {spec_target}.")
    return 4 if found.problems or not found.claims else 0
