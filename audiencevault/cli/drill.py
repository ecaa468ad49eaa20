"""`drill`: what remains when a platform, a company or a channel is gone tomorrow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audiencevault.cli import context
from audiencevault.cli.prose import columns, heading, line

if TYPE_CHECKING:
    from audiencevault.pipeline import Drilled


@click.command("drill")
@click.option(
    "--down",
    "down",
    multiple=True,
    required=True,
    metavar="NAME",
    help="What is gone: a company (meta), a platform (instagram), a sending tool (mailchimp), or email, sms. "
    "May be repeated, or several separated by commas.",
)
@click.option(
    "--to",
    "receivers",
    multiple=True,
    metavar="DESTINATION",
    help="Who sends on the day (see 'destinations'). May be repeated; plain CSV for a channel that none of them takes.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Write a folder to act from: a list per remaining channel, who is held back and why, a plan to print.",
)
@context.vault_option
@context.controller_option
@context.policy_option
@context.as_of_option
@context.yes_option
@context.json_option
def drill(
    down: tuple[str, ...],
    receivers: tuple[str, ...],
    out: Path | None,
    vault_path: Path,
    controller_id: str | None,
    policy: str | None,
    as_of: str | None,
    force: bool,
    as_json: bool,
) -> int:
    """Outage drill: say whom you could still write to, lawfully, if everything named by --down were gone.

    The numbers are those of the exports for the same moment and rules. A follower counts as somebody who sees your
    posts there, never as somebody whom you may write to. Nothing is sent.

    Exit codes: 0 done, 2 nothing of that name, or a file in the way, 10 no vault, 20 no such consent rules.
    """
    from audiencevault import pipeline

    asked_at = context.moment(as_of, "--as-of") if as_of else context.now()
    vault = pipeline.open_vault(vault_path, context.keys())
    with context.progress(as_json) as progress:
        progress.step("Asking the consent rules" + (" and writing the files" if out else ""))
        found = pipeline.drill(
            vault,
            down,
            as_of=asked_at,
            policy=policy,
            controller_id=controller_id,
            receiver=receivers,
            directory=out,
            force=force,
        )
    if as_json:
        context.print_json(found.as_dict())
    else:
        print_drill(found, vault_path)
    return 0


def print_drill(found: Drilled, vault_path: Path) -> None:
    """The screen of `drill`."""
    from rich.text import Text

    from audiencevault.cli import screen
    from audiencevault.reach import owners, plan, words

    out, answer = context.console(), found.answer
    page = found.plan()
    line(out, f"Outage drill · {page.title} · {vault_path} · snapshot {found.snapshot} · {page.day}", "bold")
    line(out, plan.stops(page))
    heading(out, "Whom you can still write to")
    table = columns("  Channel", "On what basis", "Reachable", numbers=1)
    for channel, number in answer.reachable.items():
        bases = "; ".join(f"{n:,} {words.BASES.get(code, code)}" for code, n in answer.basis[channel].items())
        table.add_row(Text(f"  {screen.CHANNEL_NAMES.get(channel, channel)}"), Text(bases or "–"), f"{number:,}")
    if answer.reachable:
        out.print(table)
    else:
        line(out, "  No channel to write on remains.")
    line(out, f"  {answer.reachable_any:,} of {answer.people:,} people on at least one channel.")
    line(out, f"  {plan.beside(page)}")
    line(out, f"  {answer.by_nothing:,} people can be reached by nothing.")
    heading(out, f"What hangs on {answer.outage.title}")
    part = "" if answer.lost_share is None else f" ({plan.percent(answer.lost_share)} of those you can reach today)"
    line(out, f"  {answer.lost:,} people{part} are out of reach meanwhile.")
    for money in plan.revenue(page):
        line(out, f"  They have spent {money}.")
    heading(out, f"Held back: {sum(answer.held_back.values()):,} people, and why")
    reasons = columns("", "", "")
    reasons.show_header = False
    reasons.columns[0].justify = "right"
    for code, number in answer.held_back.items():
        said = words.DURING.get(code, code)
        reasons.add_row(f"  {number:,}", Text(said), Text(code, style="dim"))
    out.print(reasons)
    heading(out, "What would win most people back; do it before it happens")
    for number, step in enumerate(found.steps, start=1):
        line(out, f"  {number}. {step.sentence}")
        if step.command:
            line(out, f"     {step.command} --vault {vault_path}")
    if not found.steps:
        line(out, "  Nothing that is known would win anybody back.")
    _print_files(out, found)
    line(out, f"Who owns what was reviewed on {owners().reviewed_on}. A drill is no legal advice.", "dim")


def _print_files(out: Any, found: Drilled) -> None:
    from rich.text import Text

    if found.directory is None:
        line(out, "")
        line(out, "With --out FOLDER the lists, the held-back people and a plan to print are written.")
        return
    heading(out, f"Ready in {found.directory}")
    table = columns("File", "People", "")
    table.show_header = False
    table.columns[1].justify = "right"
    for written in [item for items in found.written.values() for item in items] + list(found.other):
        if written.status != "manifest":
            name = written.path.relative_to(found.directory).as_posix()
            people = "" if written.status == "plan" else f"{written.rows:,}"
            table.add_row(Text(f"  {name}"), people, Text(written.note))
    out.print(table)
