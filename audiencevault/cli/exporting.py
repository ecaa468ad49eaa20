"""`export`, `load`: what leaves the vault, through the one door."""

from __future__ import annotations

from pathlib import Path

import click

from audiencevault.cli import context


@click.command("export")
@click.argument("destination")
@context.vault_option
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder for the files."
)
@context.controller_option
@context.policy_option
@context.as_of_option
@context.definitions_option
@context.yes_option
@context.json_option
def export(
    destination: str,
    vault_path: Path,
    out: Path,
    controller_id: str | None,
    policy: str | None,
    as_of: str | None,
    folders: tuple[Path, ...],
    force: bool,
    as_json: bool,
) -> int:
    """Write import-ready files for DESTINATION, and held-back.csv with everybody who is left out and why.

    Exit codes: 0 done, 2 no such destination or a file in the way, 5 a definition that cannot be read, 10 no
    vault, 20 no such consent rules, or people were erased and the vault's key is missing.
    """
    from audiencevault import pipeline
    from audiencevault.cli import screen

    asked_at = context.moment(as_of, "--as-of") if as_of else context.now()
    pipeline.destination(destination, folders)
    with context.progress(as_json) as progress:
        progress.step("Asking the consent rules and writing the files")
        exported = pipeline.export(
            pipeline.open_vault(vault_path, context.keys()),
            destination,
            out,
            as_of=asked_at,
            now=context.now(),
            policy=policy,
            controller_id=controller_id,
            force=force,
            folders=folders,
        )
    if as_json:
        context.print_json(exported.as_dict())
    else:
        screen.print_files(exported)
    return 0


@click.command("load")
@click.argument("url")
@context.vault_option
@context.controller_option
@context.json_option
def load(url: str, vault_path: Path, controller_id: str | None, as_json: bool) -> int:
    """Load the vault's tables into the database at URL, for instance duckdb:///audience.duckdb.

    One transaction; loading again changes only what changed, and who is gone from the vault is gone from the database.

    Exit codes: 0 done, 2 a URL that is not understood, 10 no vault, 31 the database refuses.
    """
    from audiencevault import pipeline

    with context.progress(as_json) as progress:
        progress.step("Loading the database")
        vault = pipeline.open_vault(vault_path, context.keys())
        loaded = pipeline.load(vault, url, as_of=context.now(), controller_id=controller_id)
    if as_json:
        context.print_json(loaded.as_dict())
        return 0
    click.echo(f"Loaded into {loaded.target}:")
    for table in loaded.tables:
        click.echo(
            f"  {table.name:<16} {table.inserted:>9,} new {table.updated:>9,} changed {table.deleted:>9,} gone "
            f"{table.unchanged:>9,} as before"
        )
    return 0
