"""`consent`, `attest`: what people said, and who vouches for it."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from audiencevault.cli import context


@click.command("consent")
@click.argument("contact")
@context.vault_option
@context.controller_option
@context.policy_option
@context.as_of_option
@context.json_option
def consent(
    contact: str, vault_path: Path, controller_id: str | None, policy: str | None, as_of: str | None, as_json: bool
) -> int:
    """Show what CONTACT (an id, an e-mail address or a phone number) agreed to, refused or withdrew.

    Every answer names the event that decided it and the file and row that the event came from.

    Exit codes: 0 done, 2 nobody or several people match, 10 no vault, 20 no such consent rules.
    """
    from audiencevault import pipeline

    asked_at = context.moment(as_of, "--as-of") if as_of else context.now()
    card = pipeline.contact_card(
        pipeline.open_vault(vault_path, context.keys()), contact, as_of=asked_at, policy=policy, controller_id=controller_id
    )
    if as_json:
        context.print_json(
            {"contact_id": card["contact"]["contact_id"], "consent": card["consent"], "events": card["events"]}
        )
        return 0
    for state in card["consent"]:
        answer = "yes" if state["mailable"] else "no"
        click.echo(f"{state['channel']} {state['point'] or '(none)'}: {answer}, {state['reason']}. {state['sentence']}")
        if state["decisive_event_id"]:
            click.echo(f"  decided by event {state['decisive_event_id']}, rules: {state['preset']}")
        for warning in state["warnings"] or ():
            click.echo(f"  note: {warning}")
    click.echo("\nEvents, oldest first")
    for event in card["events"]:
        when = str(event["occurred_at"])[:19] if event["occurred_at"] else "undated"
        said = event["state"] or event["detail"] or ""
        click.echo(
            f"  {when:<19} {event['channel']:<9} {event['event_type']} {said} · evidence {event['evidence_grade']} · "
            f"{event['source']} {event['member']} {event['locator']} · {event['event_id']}"
        )
    return 0


@click.command("attest")
@click.argument("source")
@click.option("--text", required=True, help="How these people signed up, in your words; it is kept as evidence.")
@click.option(
    "--by", "attested_by", default=None, help="Who vouches. Default: the name of your account on this computer."
)
@click.option("--channel", default="email", show_default=True, help="email, sms, whatsapp, voice, postal or dm.")
@click.option("--purpose", default="marketing", show_default=True, help="marketing or transactional.")
@context.vault_option
@context.controller_option
@context.json_option
def attest(
    source: str,
    text: str,
    attested_by: str | None,
    channel: str,
    purpose: str,
    vault_path: Path,
    controller_id: str | None,
    as_json: bool,
) -> int:
    """Vouch for SOURCE (for instance shopify.customers): its "subscribed" was given the way --text says.

    An attestation never lifts a "no". Which rules accept it, and how far, is written in docs/explanation/consent.md.

    Exit codes: 0 done, 10 no vault, 11 somebody else is writing, 20 unknown source or channel.
    """
    from audiencevault import pipeline

    now = context.now()
    vault = pipeline.open_vault(vault_path, context.keys())
    result = pipeline.attest(
        vault,
        source,
        text=text,
        attested_by=attested_by or getpass.getuser(),
        channel=channel,
        purpose=purpose,
        controller_id=controller_id,
        now=now,
    )
    if as_json:
        context.print_json(result)
    else:
        click.echo(
            f"Recorded (attestation {result['attestation_id']}). People reachable by {channel}: "
            f"{result['reachable_before']:,} before, {result['reachable_after']:,} now."
        )
    return 0
