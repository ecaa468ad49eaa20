"""`subject`: what one person may ask for: a copy of everything, to be forgotten, to come back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from audiencevault.cli import context

if TYPE_CHECKING:
    from audiencevault.pipeline.erasing import Forgotten, Plan


@click.group("subject")
def subject() -> None:
    """What one person may ask of you: a copy of everything you hold about them, or to be forgotten."""


@subject.command("erase")
@click.argument("contact")
@context.vault_option
@click.option("--yes", is_flag=True, help="Do it. Without this, only what would be done is shown.")
@click.option(
    "--reason", default="asked to be forgotten", show_default=True, help="Why, in words that name nobody; it is kept."
)
@context.json_option
def erase(contact: str, vault_path: Path, yes: bool, reason: str, as_json: bool) -> int:
    """Forget CONTACT: an id, an e-mail address, a phone number or an account.

    Everything that tells of the person leaves the vault and all its snapshots, for good. Keyed hashes of their
    addresses stay, so that no import and no old backup brings them back. Without --yes nothing is changed.

    Exit codes: 0 done or shown, 2 nobody or several people match, 10 no vault, 11 somebody else is writing,
    12 something of the person is still there, 20 the vault's key is missing.
    """
    from audiencevault import pipeline

    vault = pipeline.open_vault(vault_path, context.keys())
    plan = pipeline.plan_erasure(vault, contact)
    if not yes:
        if as_json:
            context.print_json({"done": False, **plan.as_dict()})
        else:
            _print_plan(plan, vault_path)
        return 0
    with context.progress(as_json) as progress:
        done = pipeline.erase(vault, plan, now=context.now(), reason=reason, progress=progress)
    if as_json:
        context.print_json({"done": True, **done.as_dict()})
    else:
        _print_done(done)
    return 12 if done.left else 0


def _print_plan(plan: Plan, vault_path: Path) -> None:
    click.echo(f"To be forgotten: {plan.display_name or 'somebody without a name'} ({plan.contact_id or 'no contact'})")
    if plan.nothing:
        click.echo("  The vault holds nothing of them; from now on they could not come in either.")
    for source, number in plan.records.items():
        click.echo(f"  {number:,} {'record' if number == 1 else 'records'} from {source}")
    for kind, number in plan.points.items():
        click.echo(f"  {number:,} {_KINDS[kind][number != 1]}, recognised by a keyed hash only from then on")
    for kind, number in plan.shared.items():
        click.echo(f"  {number:,} {_KINDS[kind][number != 1]} stay: another person has them too")
    click.echo(f"  {plan.events:,} consent events keep their date and kind, and lose everything else")
    click.echo(f"  in {plan.snapshots:,} snapshots, each of which is rewritten; this cannot be undone")
    _print_told(plan)
    click.echo("Nothing was changed. To do it, add --yes.")
    click.echo(f"Backups follow when you run the next one: audiencevault backup DIRECTORY --vault {vault_path}")


_KINDS = {
    "email": ("e-mail address", "e-mail addresses"),
    "phone": ("phone number", "phone numbers"),
    "account": ("platform account", "platform accounts"),
    "postal": ("postal address", "postal addresses"),
}


def _print_told(plan: Plan) -> None:
    if plan.told:
        from audiencevault import pipeline

        known = {definition.name: definition.api for definition in pipeline.destinations()}
        click.echo("Tell these receivers, who had the person from you:")
        for one in plan.told:
            api = known.get(one["destination"])
            how = f": {api.erasure}" if api is not None and api.erasure else ""
            click.echo(f"  {one['destination']}, last on {one['last']:%Y-%m-%d}{how}")
    click.echo(
        "Copies of the files that you exported, and lists that 'drill' wrote, are not on any list of ours: remove the"
    )
    click.echo("  person there yourself, and tell whoever has a copy. A database follows at the next 'load'.")


def _print_done(done: Forgotten) -> None:
    click.echo(
        f"Forgotten. {done.erased.rewritten:,} files were written anew and {done.erased.removed:,} removed, "
        f"{done.erased.events:,} consent events lost what names the person, {done.tombstones:,} keyed hashes stay "
        f"(snapshot {done.erased.snapshot})."
    )
    if done.left:
        click.echo(f"Still mentioned in: {', '.join(done.left)}. That is somebody else's evidence; look at it by hand.")
    else:
        click.echo("Every file was read again: nothing of the person is left.")
    _print_told(done.plan)


@subject.command("export")
@click.argument("contact")
@click.option(
    "-o",
    "--out",
    "directory",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder for subject.json and subject.html.",
)
@context.vault_option
@context.as_of_option
@context.json_option
def export(contact: str, directory: Path, vault_path: Path, as_of: str | None, as_json: bool) -> int:
    """Write everything that the vault holds about CONTACT into a folder: JSON, and a page to read or print.

    With the source of every value, the whole consent history and the receivers that are recorded. Check that it is
    the person themselves who asks before you hand it over.

    Exit codes: 0 done, 2 nobody or several people match or a file is in the way, 10 no vault.
    """
    from audiencevault import pipeline

    asked_at = context.moment(as_of, "--as-of") if as_of else context.now()
    copy = pipeline.export_subject(pipeline.open_vault(vault_path, context.keys()), contact, directory, as_of=asked_at)
    if as_json:
        context.print_json(copy.as_dict())
        return 0
    click.echo(f"{copy.records:,} records and {copy.events:,} consent events, in:")
    for path in copy.files:
        click.echo(f"  {path}")
    click.echo("Check that it is the person themselves who asks before you hand this over.")
    return 0


@subject.command("return")
@click.argument("address")
@click.option(
    "--on", "acted_at", required=True, help="When the person came back (YYYY-MM-DD or ISO 8601), by their own act."
)
@click.option(
    "--method",
    required=True,
    type=click.Choice(["web_form", "checkout_box", "double_opt_in_click", "keyword", "paper", "preference_page"]),
    help="What the person did.",
)
@click.option(
    "--text", required=True, help="The text that the person was shown, word for word; it is kept as evidence."
)
@click.option("--url", default=None, help="The page where it happened.")
@context.vault_option
@context.controller_option
@context.json_option
def return_(
    address: str,
    acted_at: str,
    method: str,
    text: str,
    url: str | None,
    vault_path: Path,
    controller_id: str | None,
    as_json: bool,
) -> int:
    """Let ADDRESS, which was erased, come in again, since the person came back by an act of their own.

    This is no consent: it only lets an import store the address again. It needs a date after the erasure, what the
    person did, and the text that they were shown.

    Exit codes: 0 done, 2 that address was not erased or the act is older, 10 no vault, 11 somebody else is writing,
    20 the vault's key is missing.
    """
    from audiencevault import pipeline

    vault = pipeline.open_vault(vault_path, context.keys())
    points = pipeline.let_return(
        vault,
        address,
        acted_at=context.moment(acted_at, "--on"),
        method=method,
        text_shown=text,
        url=url,
        controller_id=controller_id,
        now=context.now(),
    )
    if as_json:
        context.print_json({"returned": points})
    else:
        click.echo(
            "The address may come in again with the next import. Nobody may be written to because of this alone."
        )
    return 0
