"""`identify`: what is this, which files with people are in it, which are missing, what is not understood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from audiencevault.cli import context


@click.command("identify")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@context.input_options
@context.json_option
def identify(paths: tuple[Path, ...], as_json: bool, **given: Any) -> int:
    """Say what PATHS hold, without importing anything.

    Reads the beginning of each file only.

    Exit codes: 0 every input was recognised, 4 at least one was not.
    """
    from audiencevault import pipeline

    found = pipeline.identify(paths, context.import_options(**given))
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
        context.print_json({"inputs": inputs})
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
    return 4 if found.problems or not found.claims else 0
