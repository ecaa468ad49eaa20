"""`contacts`, `show`, `explain`: the people in a vault."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import click

from audiencevault.cli import context

LISTED = ("contact_id", "display_name", "email", "phone", "country", "orders_count", "total_spent", "sources")


@click.command("contacts")
@context.vault_option
@click.option("--limit", type=click.IntRange(min=0), default=50, show_default=True, help="How many; 0 for all.")
@click.option("--search", default=None, help="Only people whose name or address contains this.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV on standard output.")
@context.json_option
def contacts(vault_path: Path, limit: int, search: str | None, as_csv: bool, as_json: bool) -> int:
    """List the people in the vault. For files to send from, use 'export'.

    Exit codes: 0 done, 10 no vault.
    """
    from audiencevault import pipeline

    rows = pipeline.contact_rows(pipeline.open_vault(vault_path, context.keys()), limit=limit or None, search=search)
    if as_json:
        context.print_json({"contacts": rows})
    elif as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(LISTED)
        writer.writerows([_cell(row[name]) for name in LISTED] for row in rows)
    else:
        from rich.table import Table

        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in ("Id", "Name", "E-mail", "Phone", "Sources"):
            table.add_column(title, overflow="fold")
        for row in rows:
            table.add_row(
                row["contact_id"],
                row["display_name"] or "",
                row["email"] or "",
                row["phone"] or "",
                ", ".join(row["sources"] or ()),
            )
        context.console().print(table)
    return 0


def _cell(value: Any) -> str:
    text = "" if value is None else ", ".join(value) if isinstance(value, list) else str(value)
    # A spreadsheet would run it.
    return "'" + text if text[:1] in {"=", "@", "-", "\t", "\r"} else text


@click.command("show")
@click.argument("contact")
@context.vault_option
@context.controller_option
@context.policy_option
@context.as_of_option
@context.json_option
def show(
    contact: str, vault_path: Path, controller_id: str | None, policy: str | None, as_of: str | None, as_json: bool
) -> int:
    """Show one person: CONTACT is an id (or its beginning), an e-mail address or a phone number.

    Every value names the source and the row that it came from.

    Exit codes: 0 done, 2 nobody or several people match, 10 no vault, 20 no such consent rules.
    """
    from audiencevault import pipeline

    asked_at = context.moment(as_of, "--as-of") if as_of else context.now()
    card = pipeline.contact_card(
        pipeline.open_vault(vault_path, context.keys()),
        contact,
        as_of=asked_at,
        policy=policy,
        controller_id=controller_id,
    )
    if as_json:
        context.print_json(card)
        return 0
    person = card["contact"]
    click.echo(f"{person['display_name'] or '(no name)'}   {person['contact_id']}")
    places = {record["record_id"]: record for record in card["records"]}
    for name, value in person.items():
        if name in {"contact_id", "display_name", "provenance", "record_count"} or value in (None, [], ""):
            continue
        record = places.get((person["provenance"] or {}).get(name, ""))
        origin = f"   ← {record['source']}, {record['member']} {record['locator']}" if record else ""
        click.echo(
            f"  {name.replace('_', ' ')}: {', '.join(map(str, value)) if isinstance(value, list) else value}{origin}"
        )
    click.echo(f"\nSeen in {len(card['records'])} records")
    for record in card["records"]:
        gone = "   gone since " + str(record["gone_as_of"])[:10] if record["gone_as_of"] else ""
        click.echo(f"  {record['source']} ({record['relationship']}) {record['member']} {record['locator']}{gone}")
    click.echo("\nMay you write?")
    for state in card["consent"]:
        answer = "yes" if state["mailable"] else "no"
        click.echo(
            f"  {state['channel']:<9} {state['point'] or '(none)'}: {answer}, {state['reason']}. {state['sentence']}"
        )
    return 0


@click.command("explain")
@click.argument("contact")
@click.argument("other", required=False)
@context.vault_option
@context.json_option
def explain(contact: str, other: str | None, vault_path: Path, as_json: bool) -> int:
    """Say why the records of CONTACT are one person; with OTHER, why the two are not, or what joins them.

    Both are an id (or its beginning), the id of a record, an e-mail address, a phone number, an account or a handle.
    Sentences come first, then the values that were compared, with the level at which they agree and its bits.

    Exit codes: 0 done, 2 nobody or several people match, 10 no vault.
    """
    from audiencevault import pipeline
    from audiencevault.cli import deciding_screen

    answer = pipeline.explain(pipeline.open_vault(vault_path, context.keys()), contact, other)
    if as_json:
        context.print_json(answer)
    else:
        deciding_screen.print_explanation(answer, two=other is not None)
    return 0
