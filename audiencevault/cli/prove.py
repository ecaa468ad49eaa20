"""`prove`: what can be shown about one person's consent on a day."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click

from audiencevault.cli import context


@click.command("prove")
@click.argument("contact")
@click.option("--on", "on", required=True, metavar="DATE", help="The day of the message (YYYY-MM-DD), or its moment.")
@click.option("--channel", "channels", multiple=True, help="Only this channel. May be repeated.")
@click.option("--purpose", default="marketing", show_default=True, help="What the message was for.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html", "json"]),
    default="text",
    show_default=True,
    help="text; html, one page that needs nothing else; json, consent records after ISO/IEC TS 27560.",
)
@click.option(
    "--out", "-o", "out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write it here."
)
@click.option(
    "--receipt",
    "receipt",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Also write a page for the person: what they agreed to, and how to take it back.",
)
@context.vault_option
@context.controller_option
@context.policy_option
@context.json_option
def prove(
    contact: str,
    on: str,
    channels: tuple[str, ...],
    purpose: str,
    form: str,
    out: Path | None,
    receipt: Path | None,
    vault_path: Path,
    controller_id: str | None,
    policy: str | None,
    as_json: bool,
) -> int:
    """Prove what CONTACT had agreed to on a day: who, when, how, shown which text, from which file and row.

    A date without a time is asked about at both of its ends, and the stricter answer stands. The answer is given on
    what is known now; where the vault knew something else on that day, that is said as well. The hash chain of every
    event is verified.

    Exit codes: 0 done, 2 nobody or several people match, 10 no vault, 20 no such channel, purpose or consent rules.
    """
    from audiencevault import pipeline
    from audiencevault.consent import proof_page
    from audiencevault.consent.proving import records

    vault = pipeline.open_vault(vault_path, context.keys())
    proof = pipeline.prove(
        vault,
        contact,
        on=context.moment(on, "--on"),
        whole_day=re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", on.strip()) is not None,
        now=context.now(),
        channels=channels,
        purpose=purpose,
        policy=policy,
        controller_id=controller_id,
    )
    if receipt is not None:
        pipeline.write_page(vault, receipt, proof_page.receipt(proof))
    if as_json:
        context.print_json({**proof.as_dict(), "records": records(proof)})
        return 0
    if form == "json":
        page = json.dumps(
            {"schema": 1, "records": records(proof)}, ensure_ascii=False, indent=2, default=context.plain
        ) + "\n"  # fmt: skip
    else:
        page = proof_page.html(proof) if form == "html" else proof_page.text(proof)
    if out is None:
        click.echo(page, nl=False)
        return 0
    pipeline.write_page(vault, out, page)
    click.echo(f"Written: {out}", err=True)
    return 0
