"""`winover`: followers, chat partners and customers whom nobody may write to yet, the most promising first."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import click

from audiencevault.cli import context
from audiencevault.cli.prose import columns, heading, line

COLUMNS = (
    "rank", "contact_id", "display_name", "score", "orders_count", "total_spent", "currency", "messages",
    "last_message_at", "last_seen_at", "platforms", "accounts", "relationships", "reason", "sentence", "suggestions",
)  # fmt: skip


@click.command("winover")
@context.vault_option
@click.option("--limit", type=click.IntRange(min=0), default=25, show_default=True, help="How many; 0 for all.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV on standard output.")
@context.controller_option
@context.policy_option
@context.as_of_option
@context.json_option
def winover(
    vault_path: Path,
    limit: int,
    as_csv: bool,
    controller_id: str | None,
    policy: str | None,
    as_of: str | None,
    as_json: bool,
) -> int:
    """List followers, chat partners and customers without a lawful direct channel, and what may be said to them where.

    Ranked by purchases, messages and how recently they were seen. Whoever said no is not in the list. There is no
    message to everybody in it: asking for permission by e-mail or text is advertising itself in some countries.

    Exit codes: 0 done, 10 no vault, 20 no such consent rules.
    """
    from audiencevault import pipeline

    asked_at = context.moment(as_of, "--as-of") if as_of else context.now()
    vault = pipeline.open_vault(vault_path, context.keys())
    with context.progress(as_json or as_csv) as progress:
        progress.step("Asking the consent rules")
        found = pipeline.winover(vault, as_of=asked_at, policy=policy, controller_id=controller_id, limit=limit or None)
    if as_json:
        context.print_json(found.as_dict())
    elif as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(COLUMNS)
        writer.writerows([_cell(row[name]) for name in COLUMNS] for row in found.rows)
    else:
        _print(found)
    return 0


def _cell(value: Any) -> str:
    if isinstance(value, list):
        dicts = bool(value) and isinstance(value[0], dict)
        value = " ".join(item["sentence"] for item in value) if dicts else ", ".join(value)
    said = "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
    # A spreadsheet would run it.
    return "'" + said if said[:1] in {"=", "@", "+", "-", "\t", "\r"} else said


def _print(found: Any) -> None:
    from rich.text import Text

    out = context.console()
    line(out, f"{found.people:,} people to win over: known to you, and nobody may write to them yet", "bold")
    if not found.rows:
        return
    table = columns("", "Name", "Known as", "Orders", "Messages", "Last seen", "Score", numbers=4)
    for row in found.rows:
        seen = f"{row['last_seen_at']:%Y-%m-%d}" if row["last_seen_at"] else ""
        places = [*row["platforms"], *(["customer"] if row["customer"] else [])]
        table.add_row(
            f"{row['rank']:,}", Text(row["display_name"] or next(iter(row["accounts"]), row["contact_id"])),
            Text(", ".join(places)), f"{row['orders_count']:,}", f"{row['messages']:,}", seen, f"{row['score']:.1f}",
        )  # fmt: skip
    out.print(table)
    if found.people > len(found.rows):
        line(out, f"  … and {found.people - len(found.rows):,} more; --limit 0 shows all, --csv writes a table.")
    heading(out, "What may be said, and where")
    said = dict.fromkeys((item["how"], item["sentence"]) for row in found.rows for item in row["suggestions"])
    for how, title in (("in_person", "Customers"), ("answer", "Who wrote to you"), ("public", "Followers")):
        sentences = [sentence for kind, sentence in said if kind == how]
        if sentences:
            line(out, f"  {title}")
            for sentence in sentences:
                line(out, f"    {sentence}")
    line(out, "  Write to nobody here to ask for permission: in some countries that is advertising itself.")
    if found.left_alone:
        line(out, f"  {found.left_alone:,} others said no and are left alone.")
