"""The screens of `push`: the plan, and what became of it."""

from __future__ import annotations

import csv
import os
import shlex
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from audiencevault.cli import context
from audiencevault.cli.prose import columns, heading, line
from audiencevault.cli.pull import read_back
from audiencevault.reach.words import HELD

if TYPE_CHECKING:
    from audiencevault.pipeline import PulledIn, Pushed, PushPlan

OUTCOMES: Final = {
    "accepted": "taken",
    "exists": "there already, left as they are",
    "waiting": "taken, waiting for the person to confirm",
    "queued": "taken; the provider does not tell more",
    "rejected": "rejected",
    "refused": "refused for compliance; the vault knows them as suppressed now",
    "retry": "given up after several tries",
    "unknown": "no answer came, so nobody knows",
    "credentials": "not taken: the key was refused",
    "fatal": "not taken: the provider refuses the request itself",
    "unsent": "not sent",
}
ROWS: Final = ("contact_id", "channel", "point_kind", "point", "push", "status", "outcome", "http_status", "words")
WORDS_SHOWN: Final = 12
_PRIVATE: Final = 0o600
_MINUTE: Final = 60


def apply_command(plan: PushPlan, path: Path, vault_path: Path, extra: Sequence[str] = ()) -> str:
    """The command that sends the plan."""
    said = ["audiencevault", "push", plan.destination, "--apply", str(path), "--vault", str(vault_path), *extra]
    return " ".join(map(shlex.quote, said))


def print_plan(plan: PushPlan, path: Path, pulled: PulledIn | None, closed: Mapping[str, bool], command: str) -> None:
    """What would be sent, and how to send it."""
    from rich.text import Text

    out = context.console()
    where = ", ".join(f"{key} {value}" for key, value in plan.settings.items() if value)
    line(out, f"Plan for {plan.title}{f' ({where})' if where else ''}. Nothing was sent.", "bold")
    line(out, f"  Sender {plan.controller}, rules {plan.policy}, snapshot {plan.snapshot}.")
    for told in closed.values():
        if told:
            line(out, "  An earlier push that had stopped is closed; what it sent counts as sent.")
        else:
            line(
                out,
                "  An earlier push that had stopped is closed. Its snapshot is gone or somebody in it was forgotten,",
            )
            line(out, "  so nobody can tell any more whom it reached: they count as not sent.")
    heading(out, "Who said no there")
    if pulled is not None:
        line(out, f"  {read_back(pulled)}")
    line(out, f"  {_known(plan)}")
    heading(out, "What would be sent")
    table = columns("  Push", "Sent", "New", "Changed", "Unchanged", numbers=4)
    for part in plan.parts:
        counts = (part.items, part.new, part.changed, part.unchanged)
        table.add_row(Text(f"  {part.name}"), *(f"{count:,}" for count in counts))
    out.print(table)
    for part in plan.parts:
        _print_part(out, plan, part)
    _print_held_back(out, plan)
    heading(out, f"At {plan.title}")
    from audiencevault.pipeline.plans import DOUBLE_OPT_IN

    line(out, f"  It {DOUBLE_OPT_IN[plan.double_opt_in]}.")
    line(out, f"  Contacted: {', '.join(plan.hosts)}, in {_requests(plan)}.")
    heading(out, "Next")
    if plan.items:
        line(out, f"  The plan is in {path}; it names nobody. Send exactly this:")
        line(out, f"    {command}")
    else:
        line(out, f"  There is nothing to send. The plan is in {path}.")


def _known(plan: PushPlan) -> str:
    by = plan.known["by"]
    if by == "pull":
        return "So it is known who said no there."
    if by == "import":
        return f"Known from {plan.known['source']}, exported {str(plan.known['at'])[:16].replace('T', ' ')} UTC."
    if plan.not_taken:
        return (
            "It is not freshly known who said no there, so nobody is subscribed who might have. What makes it known: "
            f"audiencevault destinations show {plan.destination}"
        )
    return "It is not freshly known who said no there; nothing that is sent could subscribe them again."


def _print_part(out: Any, plan: PushPlan, part: Any) -> None:
    from audiencevault.pipeline.plans import POLARITY

    said = [part.say] if part.say else []
    if part.subscribes:
        said.append(f"{plan.title} {POLARITY[part.polarity]}.")
    if part.unwritable:
        what = "address cannot be written unaltered, and is"
        if part.unwritable > 1:
            what = "addresses cannot be written unaltered, and are"
        said.append(f"{part.unwritable:,} {what} left out.")
    said.extend(part.side_effects)
    if said:
        line(out, f"  {part.name}: {' '.join(said)}")


def _print_held_back(out: Any, plan: PushPlan) -> None:
    if not plan.held_back and not plan.not_taken:
        return
    heading(out, "Held back" if len(plan.channels) == 1 else "Held back, each person once for every channel")
    for code, count in sorted(plan.held_back.items(), key=lambda item: (-item[1], item[0])):
        line(out, f"  {count:,} × {HELD.get(code, code)}")
    for sentence, count in sorted(plan.not_taken.items(), key=lambda item: (-item[1], item[0])):
        line(out, f"  {count:,} × {sentence}")


def print_pushed(result: Pushed, rows_path: Path | None) -> None:
    """What became of a plan."""
    out = context.console()
    again = ", going on where it had stopped" if result.went_on else ""
    line(out, f"Sent to {result.plan.title}{again}.", "bold")
    if result.pulled is not None:
        line(out, f"  Read back first: {read_back(result.pulled)}")
    heading(out, "What became of it")
    for word, count in result.by_outcome.items():
        line(out, f"  {count:>9,}  {OUTCOMES[word]}")
    if not result.by_outcome:
        line(out, "  There was nothing to send.")
    if result.words:
        heading(out, f"In {result.plan.title}'s own words")
        for said in result.words[:WORDS_SHOWN]:
            status = f" ({said['http_status']})" if said["http_status"] else ""
            line(out, f"  {said['rows']:,} × {said['push']}, {said['outcome']}{status}: {said['words'] or 'no words'}")
        if len(result.words) > WORDS_SHOWN:
            line(out, f"  and {len(result.words) - WORDS_SHOWN:,} other answers; --rows FILE lists every row.")
    if result.suppressed:
        what = "refusal is a suppression" if result.suppressed == 1 else "refusals are suppressions"
        line(out, f"  {result.suppressed:,} {what} in the ledger now.")
    waited = _counted(round(result.seconds_waited), "second")
    line(out, f"  {_counted(result.calls, 'request')}; {waited} spent waiting.")
    if rows_path is not None:
        line(out, f"  Every row is in {rows_path}, with its address.")


def write_rows(path: Path, result: Pushed) -> None:
    """Every row with its outcome as a CSV file for the user's eyes; its cells are safe to open in a spreadsheet."""
    import pyarrow as pa

    from audiencevault.destinations.encode import guard
    from audiencevault.destinations.layout import Dialect
    from audiencevault.errors import UsageError

    cells = []
    for name in ROWS:
        column = result.rows.column(name).cast(pa.string()).fill_null("")
        cells.append(guard(column.combine_chunks(), Dialect()).to_pylist())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
        if hasattr(os, "fchmod") and stat.S_ISREG(os.fstat(handle).st_mode):
            # A file that was there already keeps its own mode otherwise.
            os.fchmod(handle, _PRIVATE)
        with os.fdopen(handle, "w", newline="", encoding="utf-8-sig") as file:
            writer = csv.writer(file)
            writer.writerow(ROWS)
            writer.writerows(zip(*cells, strict=True))
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror or 'the system does not say why'}. What was sent is in the "
            "vault's table deliveries.",
            "Choose another file with --rows next time.",
        ) from None


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _requests(plan: PushPlan) -> str:
    if not plan.calls:
        return "no request"
    said = _counted(max(1, round(plan.seconds)), "second")
    if plan.seconds >= _MINUTE:
        said = _counted(round(plan.seconds / _MINUTE), "minute")
    return f"about {_counted(plan.calls, 'request')}, about {said}"
