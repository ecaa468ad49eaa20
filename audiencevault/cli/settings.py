"""`settings`: what a vault is set to, its own rules for which value survives, and where at a receiver it sends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audiencevault.cli import context

if TYPE_CHECKING:
    from audiencevault.vault import Vault


@click.command("settings")
@click.argument("part", required=False, type=click.Choice(["survivorship", "destination"]))
@click.argument("assignments", nargs=-1)
@click.option("--reset", is_flag=True, help="Go back to the shipped rules before anything else.")
@context.vault_option
@context.definitions_option
@context.json_option
def settings(
    part: str | None,
    assignments: tuple[str, ...],
    reset: bool,
    vault_path: Path,
    folders: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Show the settings of the vault, or change them: which value survives, or where at a provider it sends.

    PART is destination or survivorship. For destination, ASSIGNMENTS are the provider's name and KEY=VALUE, with
    nothing behind the = sign to forget one; keys and passwords are never kept here. For instance:
    settings destination mailchimp list_id=0a1b2c3d4e

    For survivorship they are FIELD=rule,rule with the rules most_complete, most_trusted, most_frequent and
    most_recent, or trust.SOURCE=0 to 9; with nothing behind the = sign, the shipped rule holds again. For instance:
    settings survivorship address=most_recent trust.vcard=7

    Exit codes: 0 done, 2 an assignment that is none, or no setting of the provider, 5 an unknown field or rule, 10 no
    vault, 11 somebody else is writing.
    """
    from audiencevault import pipeline

    vault = pipeline.open_vault(vault_path, context.keys())
    if part is None and (assignments or reset):
        raise click.UsageError("Say which settings: settings survivorship …")
    if part == "destination":
        return _destination(vault, assignments, folders, as_json)
    if assignments or reset:
        with context.progress(as_json) as progress:
            progress.step("Writing the contacts")
            found = pipeline.set_survivorship(vault, assignments, now=context.now(), reset=reset)
    else:
        found = pipeline.settings_of(vault)
    if as_json:
        context.print_json(found)
    else:
        _print(found)
    return 0


def _destination(vault: Vault, assignments: tuple[str, ...], folders: tuple[Path, ...], as_json: bool) -> int:
    from audiencevault import pipeline

    if not assignments or "=" in assignments[0]:
        raise click.UsageError("Say which provider: settings destination NAME KEY=VALUE")
    name, texts = assignments[0], assignments[1:]
    if texts:
        found = pipeline.remember_settings(vault, name, texts, now=context.now(), folders=folders)
    else:
        pipeline.destination(name, folders)
        found = {"destination": name, "settings": dict(vault.settings.destinations.get(name, {}))}
    if as_json:
        context.print_json(found)
        return 0
    click.echo(f"Settings for {name}:" if found["settings"] else f"No settings for {name}.")
    for key, value in sorted(found["settings"].items()):
        click.echo(f"  {key} = {value}")
    return 0


def _print(found: dict[str, Any]) -> None:
    click.echo(f"Vault {found['vault_id']}, made {str(found['created_at'])[:10]}")
    click.echo(f"  senders: {', '.join(found['controllers'])}")
    click.echo(f"  region: {found['region'] or 'none'}")
    click.echo(f"  consent rules: {found['policy']}")
    click.echo("\nWhich value survives, by the first rule that tells records apart")
    own = found["own"]
    for name, chain in found["survivorship"]["fields"].items():
        mark = "   (your own)" if name in own.get("fields", {}) else ""
        click.echo(f"  {name:<10} {', '.join(chain)}{mark}")
    click.echo("\nTrust in sources, 0 to 9; 5 where none is named")
    for name, value in found["survivorship"]["trust"].items():
        mark = "   (your own)" if name in own.get("trust", {}) else ""
        click.echo(f"  {value} {name}{mark}")
    for name, said in sorted(found["destinations"].items()):
        click.echo(f"\nSettings for {name}")
        for key, value in sorted(said.items()):
            click.echo(f"  {key} = {value}")
    if "snapshot" in found:
        click.echo(f"\nThe contacts are written by these rules in snapshot {found['snapshot']}.")
