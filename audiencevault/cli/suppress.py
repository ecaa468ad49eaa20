"""`suppress`, `suppressions`: who must never be written to."""

from __future__ import annotations

import csv
import getpass
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from audiencevault.cli import context

REASONS = ("manual", "legal", "bounce", "invalid", "complaint", "unsubscribed", "objection")


@click.command("suppress")
@click.argument("what", metavar="FILE|ADDRESS")
@click.option(
    "--reason",
    default=None,
    help="For what names no reason of its own: manual (default), legal, bounce, invalid, complaint, unsubscribed or "
    "objection. With --lift: why, in your words.",
)
@click.option("--lift", "lifting", is_flag=True, help="Take a block, a bounce or an invalid mark back; needs --reason.")
@click.option("--by", "by", default=None, help="Who lifts. Default: the name of your account on this computer.")
@context.vault_option
@context.controller_option
@context.json_option
def suppress(
    what: str,
    reason: str | None,
    lifting: bool,
    by: str | None,
    vault_path: Path,
    controller_id: str | None,
    as_json: bool,
) -> int:
    """Never write again to ADDRESS (an e-mail address, a phone number or a hash), or to everybody in FILE.

    FILE is a text file or table with one a row: addresses, numbers, or the SHA-256 or MD5 hashes that providers hand
    out. Columns for the reason and the date are found by their titles; replies to text messages are read, and those
    that mean stop count as unsubscribed. It only ever restricts.

    Exit codes: 0 done, 2 nothing to read, 3 done, but rows could not be read, 10 no vault, 11 somebody else is writing.
    """
    from audiencevault import pipeline
    from audiencevault.errors import UsageError

    vault, now = pipeline.open_vault(vault_path, context.keys()), context.now()
    path = Path(what)
    if lifting:
        found = pipeline.lift(
            vault, what, reason=reason or "", by=by or getpass.getuser(), controller_id=controller_id, now=now
        )
        if as_json:
            context.print_json(found)
        else:
            click.echo(f"Lifted: {found['lifted']:,}. {_change(found['reachable_before'], found['reachable_after'])}")
        return 0
    if reason is not None and reason not in REASONS:
        raise UsageError(f"There is no reason called {reason!r}.", f"Choose among: {', '.join(REASONS)}.")
    run: Any = pipeline.suppress_file if path.is_file() else pipeline.suppress_value
    target = path if path.is_file() else what
    result = run(vault, target, reason=reason or "manual", controller_id=controller_id, now=now)
    if as_json:
        context.print_json(result.as_dict())
        return 3 if result.unread else 0
    if result.columns:
        click.echo(f"Read from the columns: {', '.join(result.columns)}.")
    kinds = ", ".join(f"{count:,} {word.replace('_', ' ')}" for word, count in result.by_reason.items())
    click.echo(f"Added: {result.added:,}{f' ({kinds})' if kinds else ''}; already known: {result.known:,}.")
    if result.ignored:
        click.echo(f"Replies that do not mean stop, and were left out: {result.ignored:,}.")
    if result.unread:
        shown = ", ".join(str(row) for row in result.unread[:10])
        click.echo(f"Rows without an address, number or hash: {len(result.unread):,} (row {shown}).")
    click.echo(_change(result.reachable_before, result.reachable_after))
    return 3 if result.unread else 0


def _change(before: Mapping[str, int], after: Mapping[str, int]) -> str:
    parts = [f"{channel} {before[channel]:,} before, {after[channel]:,} now" for channel in before]
    return f"People reachable: {'; '.join(parts)}."


@click.command("suppressions")
@context.vault_option
@context.controller_option
@context.as_of_option
@click.option("--csv", "as_csv", is_flag=True, help="CSV on standard output.")
@context.json_option
def suppressions(vault_path: Path, controller_id: str | None, as_of: str | None, as_csv: bool, as_json: bool) -> int:
    """List everybody who must not be written to: unsubscribed, objected, complained, bounced or blocked, by any source.

    Exit codes: 0 done, 10 no vault.
    """
    from audiencevault import pipeline
    from audiencevault.consent import proof_page

    asked_at = context.moment(as_of, "--as-of") if as_of else context.now()
    vault = pipeline.open_vault(vault_path, context.keys())
    rows = list(pipeline.suppressions(vault, as_of=asked_at, controller_id=controller_id))
    if as_json:
        context.print_json({"suppressions": rows})
        return 0
    if as_csv:
        writer = csv.DictWriter(sys.stdout, ["channel", "point_kind", "point", "state", "since", "source", "contact"],
                                extrasaction="ignore")  # fmt: skip
        writer.writeheader()
        writer.writerows(rows)
        return 0
    for row in rows:
        since = f", since {proof_page.moment(row['since'], 'day')}" if row["since"] else ""
        nobody = "" if row["contact"] else " (no contact of yours)"
        click.echo(f"{row['channel']:<9} {row['point']}: {row['state']}{since}, {row['source'] or ''}{nobody}")
    click.echo(f"{len(rows):,} in all.")
    return 0
