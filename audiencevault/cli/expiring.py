"""`expiring`: whose permission ends soon."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import click

from audiencevault.cli import context
from audiencevault.errors import UsageError

_DAYS = {"": 1, "d": 1, "w": 7, "m": 30, "y": 365}


def span(text: str) -> timedelta:
    """A time as typed: 60d, 8w, 2m (of 30 days), 1y."""
    match = re.fullmatch(r"\s*(\d{1,5})\s*([dwmy]?)\s*", text.lower())
    if match is None:
        raise UsageError("--within is not a time that can be read.", "Write it as 60d, 8w, 2m or 1y.")
    return timedelta(days=int(match[1]) * _DAYS[match[2]])


@click.command("expiring")
@click.option("--within", default="60d", show_default=True, metavar="TIME", help="How far to look: 60d, 8w, 2m or 1y.")
@click.option("--channel", "channels", multiple=True, help="Only this channel. May be repeated. Default: email, sms.")
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True, help="People shown; 0 for all.")
@context.vault_option
@context.controller_option
@context.policy_option
@context.as_of_option
@context.json_option
def expiring(
    within: str,
    channels: tuple[str, ...],
    limit: int,
    vault_path: Path,
    controller_id: str | None,
    policy: str | None,
    as_of: str | None,
    as_json: bool,
) -> int:
    """Say whose permission ends by itself within a time, when, and the lawful step before it does.

    Exit codes: 0 done, 10 no vault, 20 no such channel or consent rules.
    """
    from audiencevault import pipeline
    from audiencevault.consent import proof_page

    time = span(within)
    found = pipeline.expiring(
        pipeline.open_vault(vault_path, context.keys()),
        within=time,
        as_of=context.moment(as_of, "--as-of") if as_of else context.now(),
        policy=policy,
        controller_id=controller_id,
        **({"channels": channels} if channels else {}),
    )
    if as_json:
        context.print_json({"within_days": time.days, "expiring": [one.as_dict() for one in found]})
        return 0
    if not found:
        click.echo(f"Nobody's permission ends within {time.days} days.")
        return 0
    counts: dict[tuple[str, str, str], int] = {}
    for one in found:
        counts[one.channel, one.reason, one.step] = counts.get((one.channel, one.reason, one.step), 0) + 1
    for (channel, reason, step), number in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        click.echo(f"{number:,} by {channel} ({reason}). {step}")
    click.echo("")
    for one in found[: limit or None]:
        click.echo(
            f"  {proof_page.moment(one.ends_at, 'day'):<18} {one.channel:<9} {one.point}   {one.display_name or ''}"
        )
    if limit and len(found) > limit:
        click.echo(f"  … and {len(found) - limit:,} more (--limit 0).")
    return 0
