"""`push`: to a receiver's API, a plan first and then exactly that plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from audiencevault.cli import context
from audiencevault.cli.keys import print_new_key
from audiencevault.cli.pull import insecure_option, set_option


@click.command("push")
@click.argument("destination")
@click.option(
    "--apply",
    "apply_path",
    metavar="PLAN",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Send exactly the plan in this file. The same again goes on where a run stopped.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Where to write the plan. Default: DESTINATION-ID.plan.json in this folder.",
)
@click.option("--limit", type=click.IntRange(min=1), default=None, help="Only the first so many people, as a trial.")
@click.option("--only", type=click.Choice(["suppressions"]), default=None, help="Only tell who must not be written to.")
@click.option("--all", "everything", is_flag=True, help="Send also people of whom nothing has changed.")
@click.option(
    "--no-pull",
    is_flag=True,
    help="Do not read back first who said no. Refused where that could subscribe somebody again.",
)
@set_option
@click.option(
    "--rows",
    "rows_path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="With --apply: write what became of every row to this CSV file. It holds addresses.",
)
@context.vault_option
@context.controller_option
@context.policy_option
@context.definitions_option
@insecure_option
@context.json_option
def push(
    destination: str,
    apply_path: Path | None,
    out: Path | None,
    limit: int | None,
    only: str | None,
    everything: bool,
    no_pull: bool,
    given: tuple[str, ...],
    rows_path: Path | None,
    vault_path: Path,
    controller_id: str | None,
    policy: str | None,
    folders: tuple[Path, ...],
    insecure_http: bool,
    as_json: bool,
) -> int:
    """Send the people you may write to, and those you must not, to the API of DESTINATION.

    Without --apply nothing is sent: who said no there is read back, the consent rules are asked, and the plan is shown
    and written to a file. With --apply exactly that plan is sent, suppressions first, and nothing at all if people or
    their consent have changed since.

    Exit codes: 0 done, 2 a setting or secret is missing, or the plan is out of date, 3 done, but rows were not
    delivered, 5 a definition that cannot be read, 10 no vault, 11 somebody else is writing, 20 no such consent rules,
    or people were erased and the vault's key is missing, 30 the provider refuses the key, 31 it refuses the request or
    a suppression, 32 it does not answer.
    """
    from audiencevault.errors import UsageError

    if apply_path is not None:
        if out or limit or only or everything or no_pull or given or controller_id or policy:
            raise UsageError(
                "--apply sends exactly the plan, which says already who, as what and where.",
                "Leave the other options out, or make another plan with them.",
            )
        return _apply(destination, apply_path, rows_path, vault_path, folders, insecure_http, as_json)
    if rows_path is not None:
        raise UsageError("--rows tells what became of rows, so it needs --apply PLAN.")
    from audiencevault import pipeline
    from audiencevault.cli import clock, push_screen, secrets

    vault = pipeline.open_vault(vault_path, context.keys())
    definition = pipeline.destination(destination, folders)
    receiver = pipeline.receiver(
        vault, destination, given=pipeline.assignments(given), secrets=secrets.find(definition), folders=folders
    )
    options = pipeline.PushOptions(limit=limit, only=only or "", everything=everything, pull=not no_pull)
    with context.progress(as_json) as progress:
        progress.step(f"Asking {definition.title} who said no, and planning")
        proposal, closed = pipeline.plan_push(
            vault,
            receiver,
            clock.line(insecure_http=insecure_http),
            options,
            controller_id=controller_id,
            policy=policy,
        )
    plan = proposal.plan
    path = out or Path(f"{destination}-{plan.plan_id[:12]}.plan.json")
    plan.write(path)
    extra = [part for folder in folders for part in ("--definitions", str(folder))]
    extra += ["--insecure-http"] if insecure_http else []
    command = push_screen.apply_command(plan, path, vault_path, extra)
    if as_json:
        document = {key: value for key, value in plan.as_dict().items() if key != "schema"}
        context.print_json(
            {
                **document,
                "path": str(path),
                "command": command,
                "pulled": proposal.pulled,
                "closed": [{"plan_id": plan_id, "told": told} for plan_id, told in closed.items()],
            }
        )
    else:
        push_screen.print_plan(plan, path, proposal.pulled, closed, command)
        print_new_key(vault)
    return 0


def _apply(
    destination: str,
    path: Path,
    rows_path: Path | None,
    vault_path: Path,
    folders: tuple[Path, ...],
    insecure_http: bool,
    as_json: bool,
) -> int:
    from audiencevault import pipeline
    from audiencevault.cli import clock, push_screen, secrets

    vault = pipeline.open_vault(vault_path, context.keys())
    plan = pipeline.read_plan(path)
    definition = pipeline.destination(destination, folders)
    receiver = pipeline.receiver(
        vault, destination, given=plan.settings, secrets=secrets.find(definition), folders=folders
    )
    with context.progress(as_json) as progress:
        progress.step(f"Asking {definition.title} who said no, and comparing with the plan")
        try:
            result = pipeline.apply_plan(
                vault,
                receiver,
                plan,
                clock.line(insecure_http=insecure_http),
                progress=_Sending(progress, f"Sending to {definition.title}"),
            )
        except KeyboardInterrupt:
            click.echo("What was sent so far is in the push's journal; the same command goes on from there.", err=True)
            raise
    if rows_path is not None:
        push_screen.write_rows(rows_path, result)
    if as_json:
        context.print_json({**result.as_dict(), "rows": str(rows_path) if rows_path else None})
    else:
        push_screen.print_pushed(result, rows_path)
        if result.stopped is not None:
            error = result.stopped
            click.echo(f"Error: {error.message}" + (f"\n{error.hint}" if error.hint else ""), err=True)
            click.echo("The same command goes on from here.", err=True)
    if result.stopped is not None:
        return result.stopped.exit_code
    return 3 if result.undelivered else 0


class _Sending:
    """Tells the progress bar how many items have an outcome."""

    def __init__(self, bar: Any, title: str) -> None:
        self._bar = bar
        self._title = title
        self._done: int | None = None

    def __call__(self, done: int, total: int) -> None:
        if self._done is None:
            self._bar.step(self._title, total)
            self._done = 0
        self._bar.advance(done - self._done)
        self._done = done
