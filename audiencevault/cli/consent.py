"""`consent`, `attest`: what people said, and who vouches for it."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from audiencevault.cli import context


@click.command("consent")
@click.argument("contact")
@click.option("--channel", "channels", multiple=True, help="Only this channel. May be repeated.")
@click.option("--purpose", default="marketing", show_default=True, help="What the messages would be for.")
@click.option(
    "--known-at", "known_at", default=None, help="Answer on what the vault knew at this date; default: all it knows."
)
@context.vault_option
@context.controller_option
@context.policy_option
@context.as_of_option
@context.json_option
def consent(
    contact: str,
    channels: tuple[str, ...],
    purpose: str,
    known_at: str | None,
    vault_path: Path,
    controller_id: str | None,
    policy: str | None,
    as_of: str | None,
    as_json: bool,
) -> int:
    """Show what CONTACT (an id, an e-mail address or a phone number) agreed to, refused or withdrew.

    Every address and number is answered for every channel, with the reason, the event that decided it, when the
    permission ends, and the file and row that each event came from.

    Exit codes: 0 done, 2 nobody or several people match, 10 no vault, 20 no such channel, purpose or consent rules.
    """
    from audiencevault import pipeline
    from audiencevault.consent import proof_page

    now = context.now()
    asked_at = context.moment(as_of, "--as-of") if as_of else now
    found = pipeline.consent_of(
        pipeline.open_vault(vault_path, context.keys()),
        contact,
        as_of=asked_at,
        known_at=context.moment(known_at, "--known-at") if known_at else max(now, asked_at),
        channels=channels,
        purpose=purpose,
        policy=policy,
        controller_id=controller_id,
    )
    if as_json:
        context.print_json(found.as_dict())
        return 0
    click.echo(f"{found.name or '(no name)'}   {found.contact_id}")
    for state in found.states:
        answer = "yes" if state.mailable else "no"
        click.echo(f"\n{state.channel} {state.point}: {answer}, {state.reason}. {state.sentence}")
        if state.decisive_event_id:
            click.echo(f"  decided by event {state.decisive_event_id}, rules: {state.preset}")
        else:
            click.echo(f"  decided by no event, rules: {state.preset}")
        if state.expires_at and state.mailable:
            click.echo(f"  ends by itself: {proof_page.moment(state.expires_at)}")
        for warning in state.warnings:
            click.echo(f"  note: {proof_page.WARNINGS.get(warning, warning)} ({warning})")
        if not state.mailable and state.remedy:
            click.echo(f"  what would change it: {state.remedy}")
    for point in found.unusable:
        click.echo(f"\n{point['point_kind']}: one that cannot be used ({point['reason']})")
    if not found.states:
        click.echo("\nNo usable address or number is known for these channels.")
    click.echo(f"\nEvents, oldest first ({len(found.events)})")
    for event in found.events:
        when = proof_page.moment(event["occurred_at"], event["occurred_precision"])
        click.echo(
            f"  {when}: {event['channel']} {event['point'] or '(a hash)'}: {proof_page.said(event)} · evidence "
            f"{event['evidence_grade']} · {event['source']} · {proof_page.place(event)} · {event['event_id']}"
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
@click.option("--until", "until", default=None, metavar="DATE", help="From this date on it vouches for nothing.")
@context.vault_option
@context.controller_option
@context.json_option
def attest(
    source: str,
    text: str,
    attested_by: str | None,
    channel: str,
    purpose: str,
    until: str | None,
    vault_path: Path,
    controller_id: str | None,
    as_json: bool,
) -> int:
    """Vouch for SOURCE (for instance shopify.customers): its "subscribed" was given the way --text says.

    It covers the people whom the vault holds now, and never lifts a "no".
    Which rules accept it, and how far, is written in docs/explanation/consent.md.

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
        until=context.moment(until, "--until") if until else None,
    )
    if as_json:
        context.print_json(result)
    else:
        click.echo(
            f"Recorded (attestation {result['attestation_id']}). People reachable by {channel}: "
            f"{result['reachable_before']:,} before, {result['reachable_after']:,} now."
        )
    return 0
