"""`link` and `unlink`: decisions about who is who that last."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audiencevault.cli import context

if TYPE_CHECKING:
    from audiencevault.pipeline.deciding import Outcome

by_option = click.option(
    "--by", "decided_by", default=None, help="Who decides. Default: the name of your account on this computer."
)


def decider(given: str | None) -> str:
    """Whose decision it is: as given, else the account on this computer, where there is one."""
    if given:
        return given
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a number that is nobody's account.
        return "unknown"


def show(outcome: Outcome, as_json: bool) -> int:
    """Print what became of decisions."""
    if as_json:
        context.print_json(outcome.as_dict())
        return 0
    click.echo(outcome.sentence)
    for contact_id in outcome.contact_ids:
        click.echo(f"  {contact_id}")
    click.echo(
        f"{outcome.decisions:,} decisions recorded in snapshot {outcome.snapshot}; "
        f"{outcome.contacts_before:,} people before, {outcome.contacts_after:,} now."
    )
    return 0


@click.command("link")
@click.argument("contact")
@click.argument("other")
@click.option("--overrule", is_flag=True, help="Even if somebody decided before that they are different people.")
@by_option
@context.vault_option
@context.json_option
def link(contact: str, other: str, overrule: bool, decided_by: str | None, vault_path: Path, as_json: bool) -> int:
    """Say that CONTACT and OTHER are one person: they are joined now and stay joined, whatever an import brings.

    Both are an id (or its beginning), the id of a record, an e-mail address, a phone number, an account or a handle.
    What each of their addresses may receive stays as strict as it was. 'unlink' takes it back.

    Exit codes: 0 done, 2 nobody or several people match or a decision is in the way, 10 no vault, 11 somebody else is
    writing.
    """
    from audiencevault import pipeline

    now = context.now()
    with context.progress(as_json) as progress:
        outcome = pipeline.link(
            pipeline.open_vault(vault_path, context.keys()),
            contact,
            other,
            by=decider(decided_by),
            now=now,
            overrule=overrule,
            progress=progress,
        )
    return show(outcome, as_json)


@click.command("unlink")
@click.argument("contact")
@click.argument("others", nargs=-1)
@by_option
@context.vault_option
@context.json_option
def unlink(contact: str, others: tuple[str, ...], decided_by: str | None, vault_path: Path, as_json: bool) -> int:
    """Say that OTHERS are not the person CONTACT: they are taken apart now and stay apart.

    OTHERS are records of CONTACT (see 'explain'), an id that it absorbed, an e-mail address or number that is somebody
    else's, or another contact that must never be joined with it. Without OTHERS the last merge of CONTACT is undone.
    Everybody gets back the id that they had before.

    Exit codes: 0 done, 2 nobody or several people match or nothing can be taken apart, 10 no vault, 11 somebody else
    is writing.
    """
    from audiencevault import pipeline

    now = context.now()
    with context.progress(as_json) as progress:
        outcome = pipeline.unlink(
            pipeline.open_vault(vault_path, context.keys()),
            contact,
            others,
            by=decider(decided_by),
            now=now,
            progress=progress,
        )
    return show(outcome, as_json)
