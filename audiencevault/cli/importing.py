"""`init`, `import`, `rebuild`: filling a vault."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import click

from audiencevault import __version__
from audiencevault.cli import context


@click.command("init")
@context.vault_option
@click.option(
    "--controller",
    "controller_id",
    default="main",
    show_default=True,
    help="The sender that people agreed to hear from.",
)
@click.option("--region", default=None, metavar="CC", help="Country of phone numbers that do not say theirs.")
@context.policy_option
@context.json_option
def init(vault_path: Path, controller_id: str, region: str | None, policy: str | None, as_json: bool) -> int:
    """Create an empty vault.

    Exit codes: 0 done, 2 there is something at that path already, 20 no such consent rules.
    """
    from audiencevault import pipeline
    from audiencevault.cli.keys import key_said, print_new_key

    vault = pipeline.create_vault(
        vault_path,
        vault_id=secrets.token_hex(16),
        controller_id=controller_id,
        region=context.region_code(region),
        policy=policy or "auto",
        now=context.now(),
        keys=context.keys(),
    )
    if as_json:
        context.print_json({"vault": str(vault.path), "snapshot": vault.head().number, "key": key_said(vault)})
    else:
        click.echo(f"Created an empty vault at {vault.path}.")
        print_new_key(vault)
    return 0


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@context.vault_option
@context.controller_option
@context.input_options
@click.option("--dry-run", is_flag=True, help="Read and compare, but publish nothing.")
@context.json_option
def import_(paths: tuple[Path, ...], vault_path: Path, dry_run: bool, as_json: bool, **given: Any) -> int:
    """Add the exports in PATHS (folders, ZIPs, files) to the vault.

    The same content is imported once only; a newer export of the same source updates what it says.
    The vault is created if there is none.

    Exit codes: 0 done, 3 done but rows or inputs were left out, 4 nothing in PATHS was recognised, 5 bad spec,
    11 somebody else is writing to the vault, 20 people were erased and the vault's key is missing.
    """
    from audiencevault import pipeline
    from audiencevault.cli import screen
    from audiencevault.cli.keys import print_new_key

    now = context.now()
    options = context.import_options(**given)
    nothing = pipeline.found_anything(vault_path, paths, options)
    if nothing is not None:
        if as_json:
            context.print_json(nothing.as_dict())
        else:
            screen.print_nothing(nothing)
        return screen.exit_code(nothing)
    vault = pipeline.open_or_create(vault_path, options, vault_id=secrets.token_hex(16), now=now, keys=context.keys())
    with context.progress(as_json) as progress:
        result = pipeline.import_exports(
            vault, paths, options, now=now, version=__version__, progress=progress, dry_run=dry_run
        )
    if as_json:
        context.print_json(result.as_dict())
    else:
        screen.print_import(result, dry_run=dry_run)
        print_new_key(vault)
    return screen.exit_code(result)


@click.command("rebuild")
@context.vault_option
@context.json_option
def rebuild(vault_path: Path, as_json: bool) -> int:
    """Derive contact points, links and contacts again from what was imported and decided.

    With the same version and rules nothing changes.

    Exit codes: 0 done, 10 no vault, 11 somebody else is writing.
    """
    from audiencevault import pipeline

    now = context.now()
    vault = pipeline.open_vault(vault_path, context.keys())
    before = vault.head().number
    with context.progress(as_json) as progress:
        result = pipeline.rebuild(vault, now=now, version=__version__, progress=progress)
    changed = result.snapshot != before
    if as_json:
        context.print_json({"snapshot": result.snapshot, "changed": changed, "contacts": result.contacts_after})
    elif changed:
        people = f"{result.contacts_before:,} people before, {result.contacts_after:,} now"
        click.echo(f"Rebuilt: {people} (snapshot {result.snapshot}).")
    else:
        click.echo("Rebuilt: nothing differs.")
    return 0
