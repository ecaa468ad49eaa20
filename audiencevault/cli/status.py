"""`status`: who is in the vault and whom one may write to."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from audiencevault.cli import context


@click.command("status")
@context.vault_option
@context.controller_option
@context.policy_option
@context.as_of_option
@click.option("--files", is_flag=True, help="List the Parquet files of the current snapshot, by table.")
@click.option("--rejects", is_flag=True, help="List every refused row: file, place, reason.")
@click.option(
    "--history",
    "history",
    type=click.IntRange(min=0),
    default=None,
    metavar="N",
    help="Show the dependence of the newest N earlier snapshots. Default: as many as can be asked in some seconds.",
)
@context.json_option
def status(
    vault_path: Path,
    controller_id: str | None,
    policy: str | None,
    as_of: str | None,
    files: bool,
    rejects: bool,
    history: int | None,
    as_json: bool,
) -> int:
    """Say what the vault holds, whom you may reach on which channel, why not the rest, and how far it all hangs on
    one company.

    Exit codes: 0 done, 10 no vault, 20 no such consent rules.
    """
    from audiencevault import pipeline
    from audiencevault.cli import screen
    from audiencevault.pipeline.senders import controller_of
    from audiencevault.records import TABLES

    vault = pipeline.open_vault(vault_path, context.keys())
    if files:
        listed = {table: [str(path) for path in vault.head().paths(table)] for table in TABLES}
        if as_json:
            context.print_json({"snapshot": vault.head().number, "files": listed})
        else:
            for table, paths in listed.items():
                for path in paths:
                    click.echo(f"{table}\t{path}")
        return 0
    if rejects:
        rows = vault.table("rejects").to_pylist()
        if as_json:
            context.print_json({"rejects": rows})
        else:
            for row in rows:
                click.echo(f"{row['source']}\t{row['member']}\t{row['locator']}\t{row['code']}\t{row['sentence']}")
        return 0
    asked_at = context.moment(as_of, "--as-of") if as_of else context.now()
    pipeline.known_policy(policy or vault.settings.policy)
    controller_of(vault, controller_id)
    at_once = not as_json and sys.stdout.isatty()
    if at_once:
        # What follows may take a while; in a pipe, nothing is said before all of it is known.
        screen.print_title(vault_path, vault.head().number, asked_at)
    with context.progress(as_json) as progress:
        progress.step("Reading the vault")
        summary = pipeline.summarise(
            vault, as_of=asked_at, policy=policy, controller_id=controller_id, progress=progress
        )
        progress.step("Looking back")
        past = pipeline.history(vault, policy=policy, controller_id=controller_id, limit=history)
        summary.dependence_history = [item.as_dict() for item in past]
    if as_json:
        context.print_json(summary.as_dict())
    else:
        if not at_once:
            screen.print_title(vault_path, summary.snapshot, summary.as_of)
        screen.print_status(vault_path, summary, past)
    return 0
