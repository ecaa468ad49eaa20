"""`settings`: what a vault is set to, and its own rules for which value survives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from audiencevault.cli import context


@click.command("settings")
@click.argument("part", required=False, type=click.Choice(["survivorship"]))
@click.argument("assignments", nargs=-1)
@click.option("--reset", is_flag=True, help="Go back to the shipped rules before anything else.")
@context.vault_option
@context.json_option
def settings(part: str | None, assignments: tuple[str, ...], reset: bool, vault_path: Path, as_json: bool) -> int:
    """Show the settings of the vault, or change which value survives where records differ.

    PART is survivorship. ASSIGNMENTS are FIELD=rule,rule with the rules most_complete, most_trusted, most_frequent and
    most_recent, or trust.SOURCE=0 to 9; with nothing behind the = sign, the shipped rule holds again. For instance:
    settings survivorship address=most_recent trust.vcard=7

    Exit codes: 0 done, 2 an assignment that is none, 5 an unknown field or rule, 10 no vault, 11 somebody else is
    writing.
    """
    from audiencevault import pipeline

    vault = pipeline.open_vault(vault_path, context.keys())
    if part is None and (assignments or reset):
        raise click.UsageError("Say which settings: settings survivorship …")
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
    if "snapshot" in found:
        click.echo(f"\nThe contacts are written by these rules in snapshot {found['snapshot']}.")
