"""`pull`: opt-outs, complaints and dead addresses, read back from a receiver."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from audiencevault.cli import context

if TYPE_CHECKING:
    from audiencevault.pipeline import PulledIn

set_option = click.option(
    "--set",
    "given",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of the provider, for this run only. May be repeated. Kept for all runs: settings destination.",
)
insecure_option = click.option(
    "--insecure-http",
    is_flag=True,
    help="Allow plain http to a server in your own network. The key and the people then travel readably.",
)


@click.command("pull")
@click.argument("destination")
@click.option("--all", "everything", is_flag=True, help="Read the whole lists again, not only what is new.")
@set_option
@context.vault_option
@context.controller_option
@context.definitions_option
@insecure_option
@context.json_option
def pull(
    destination: str,
    everything: bool,
    given: tuple[str, ...],
    vault_path: Path,
    controller_id: str | None,
    folders: tuple[Path, ...],
    insecure_http: bool,
    as_json: bool,
) -> int:
    """Read back from DESTINATION who unsubscribed, complained or bounced there, into the consent ledger.

    It only ever restricts, and the same lists again add nothing. Addresses that nobody here has are kept too.

    Exit codes: 0 done, 2 a setting or secret is missing, or there is nothing to read, 5 a definition that cannot be
    read, 10 no vault, 11 somebody else is writing, 20 people were erased and the vault's key is missing, 30 the
    provider refuses the key, 31 it refuses the request, 32 it does not answer.
    """
    from audiencevault import pipeline
    from audiencevault.cli import clock, secrets

    vault = pipeline.open_vault(vault_path, context.keys())
    definition = pipeline.destination(destination, folders)
    receiver = pipeline.receiver(
        vault, destination, given=pipeline.assignments(given), secrets=secrets.find(definition), folders=folders
    )
    with context.progress(as_json) as progress:
        progress.step(f"Asking {definition.title} who said no")
        found = pipeline.pull(
            vault, receiver, clock.line(insecure_http=insecure_http), controller_id=controller_id, everything=everything
        )
    if as_json:
        context.print_json(found.as_dict())
        return 0
    click.echo(f"{found.title}: {read_back(found)}")
    change = ", ".join(
        f"{channel} {found.reachable_before[channel]:,} before, {found.reachable_after[channel]:,} now"
        for channel in found.reachable_before
    )
    click.echo(f"People reachable: {change}.")
    return 0


def read_back(found: PulledIn) -> str:
    """What one reading brought, in a sentence or two."""
    kinds = ", ".join(f"{count:,} {state}" for state, count in found.by_state.items())
    entries = "entry" if found.listed == 1 else "entries"
    said = [f"{found.listed:,} {entries} read, {found.added:,} new{f' ({kinds})' if kinds else ''}."]
    if found.since is not None:
        said.append(f"Asked for what is later than {found.since:%Y-%m-%d %H:%M} UTC.")
    if found.unread:
        said.append(f"{found.unread:,} hold no address or number.")
    if found.erased:
        said.append(f"{found.erased:,} are about people who were forgotten, and were not kept.")
    if not found.complete:
        said.append("Not every list was read to its end.")
    if not found.verified:
        said.append("It is not verified that these lists hold everybody who said no there.")
    return " ".join(said)
