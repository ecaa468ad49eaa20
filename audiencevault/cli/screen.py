"""What a person sees at the end of a run: one screen, the same words whether on a terminal or in a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiencevault.cli import context
from audiencevault.cli.depending import print_dependence
from audiencevault.cli.prose import columns as _table
from audiencevault.cli.prose import heading as _heading
from audiencevault.cli.prose import line as _line
from audiencevault.reach.words import BASES, HELD

if TYPE_CHECKING:
    from datetime import datetime

    from audiencevault.audience import Remedy
    from audiencevault.pipeline import Exported, ImportResult, InputResult, Past, Summary

CHANNEL_NAMES = {"email": "E-mail", "sms": "SMS", "whatsapp": "WhatsApp", "voice": "Telephone", "postal": "Post",
                 "dm": "Direct messages", "ads_audience": "Advertising audiences"}  # fmt: skip

REJECTED = {
    "no_person": "neither a name nor an address, number or account",
    "broken_quote": "a quotation mark that is never closed",
    "wrong_column_count": "more or fewer cells than the header",
    "field_too_long": "a cell longer than any real value",
}
"""Reason codes of refused rows in words; a code that is not listed is shown as it is."""


def exit_code(result: ImportResult) -> int:
    """0 where everything was used, 4 where nothing was recognised, else 3."""
    failed = [item for item in result.inputs if item.status == "failed"]
    if len(failed) == len(result.inputs) and (failed or result.problems):
        return 4
    return 3 if failed or result.problems or result.rejected else 0


def _place(item: InputResult) -> str:
    """The file's name, short enough to read."""
    path, _, member = item.path.partition("::")
    return Path(member.rstrip("/") or path).name if Path(path).suffix.lower() != ".zip" else Path(path).name


def _inputs(out: Any, result: ImportResult) -> None:
    from rich.text import Text

    if not result.inputs:
        return
    _heading(out, "What was read")
    table = _table("  Export", "File", "Rows", "Records", "Rejected", "Skipped", numbers=4)
    table.columns[1].no_wrap, table.columns[1].overflow, table.columns[1].max_width = True, "ellipsis", 40
    for item in result.inputs:
        if item.status == "imported":
            cells = [f"{n:,}" for n in (item.rows, item.records, item.rejected, sum(item.skipped.values()))]
        else:
            cells = ["", "", "", "as before" if item.status == "unchanged" else "failed"]
        table.add_row(Text(f"  {item.source}, {item.layout}"), Text(_place(item)), *cells)
    out.print(table)
    for item in result.inputs:
        for note in item.notes:
            _line(out, f"  Note on {_place(item)}: {note}")


def _problems(out: Any, result: ImportResult, rejects: str) -> None:
    from audiencevault.pipeline import sum_by, unused

    counts: dict[str, int] = {}
    for item in result.inputs:
        counts = sum_by(counts, item.rejected_by)
    problems = unused(result)
    if not counts and not problems:
        return
    _heading(out, "What could not be used")
    for code, number in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        _line(out, f"  {number:,} {'row' if number == 1 else 'rows'}: {REJECTED.get(code, code.replace('_', ' '))}")
    if counts:
        _line(out, f"  Every refused row, with its place and reason: {rejects}")
    for problem in problems:
        _line(out, f"  {problem.sentence}")
        if problem.hint:
            _line(out, f"    {problem.hint}")


def _people(out: Any, result: ImportResult, summary: Summary | None = None) -> None:
    _heading(out, "Your people")
    line = f"  {result.contacts_after:,} people"
    if result.contacts_before:
        line += f" ({result.contacts_before:,} before)"
    merged = f" {result.merged:,} records turned out to be somebody already known, and were merged."
    _line(out, f"{line}." + (merged if result.merged else ""))
    if summary is not None and summary.relationships:
        kinds = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in summary.relationships.items())
        _line(out, f"  Seen as: {kinds}.")
    erased = sum(item.skipped.get("erased", 0) for item in result.inputs)
    if erased:
        _line(out, f"  {erased:,} records were not stored: they are of people who were erased.")
    if result.owner_records:
        _line(out, f"  {result.owner_records:,} records are your own and never become a contact.")
    if result.gone:
        _line(out, f"  {result.gone:,} records are gone from a newer export; they are kept and marked.")


def print_import(result: ImportResult, *, dry_run: bool) -> None:
    """The end of `import`."""
    out = context.console()
    _inputs(out, result)
    _problems(out, result, "audiencevault status --rejects")
    _people(out, result)
    if dry_run:
        _line(out, "Nothing was published (--dry-run).")


def print_nothing(result: ImportResult) -> None:
    """The end of a run that found nothing to import; no vault was made."""
    out = context.console()
    _line(out, "Nothing was imported, and no vault was made.", "bold")
    _problems(out, result, "")


def _reach(out: Any, summary: Summary) -> None:
    from rich.text import Text

    _heading(out, "Whom you may write to")
    table = _table("  Channel", "On what basis", "Known", "Reachable", numbers=2)
    for channel, number in summary.reachable.items():
        bases = sorted(summary.basis.get(channel, {}).items(), key=lambda pair: -pair[1])
        words = "; ".join(f"{n:,} {BASES.get(code, code)}" for code, n in bases)
        table.add_row(
            Text(f"  {CHANNEL_NAMES.get(channel, channel)}"),
            Text(words or "–"),
            f"{summary.with_point[channel]:,}",
            f"{number:,}",
        )
    out.print(table)
    rules = (
        "each person's country, strict where unknown" if summary.policy == "auto" else f"{summary.policy}, or stricter"
    )
    _line(out, f"  {summary.reachable_any:,} of {summary.contacts:,} people on at least one channel. Rules: {rules}.")


def _held_back(out: Any, summary: Summary) -> None:
    from rich.text import Text

    if not summary.held_back:
        return
    _heading(out, f"Held back: {sum(summary.held_back.values()):,} people whom you may not write to, and why")
    table = _table("", "", "")
    table.show_header = False
    table.columns[0].justify = "right"
    for code, number in sorted(summary.held_back.items(), key=lambda pair: (-pair[1], pair[0])):
        table.add_row(f"  {number:,}", Text(HELD.get(code, code)), Text(code, style="dim"))
    out.print(table)


def _deadlines(out: Any, summary: Summary) -> None:
    from audiencevault.consent.deadlines import sentence

    if not summary.deadlines:
        return
    _heading(out, "Who said no, and by when everybody who sends for you has to know")
    for due in summary.deadlines:
        _line(out, f"  {sentence(due)}")
    _line(
        out, "    Import the files of unsubscribed and cleaned addresses that 'export' writes, before the list itself."
    )


def _remedy(remedy: Remedy) -> str:
    people = f"{remedy.people:,} more {'person' if remedy.people == 1 else 'people'} by {CHANNEL_NAMES[remedy.channel]}"
    return (
        f"  {people}: {remedy.source} says “subscribed” without a date. If you know how they signed up, vouch for it:"
    )


STEPS_SHOWN = 4
"""Of the general steps, those that concern most people."""


def _remedies(out: Any, summary: Summary, vault_path: Path) -> None:
    steps = [
        code for code in sorted(summary.held_back, key=lambda code: -summary.held_back[code]) if code in summary.steps
    ]
    if not summary.remedies and not steps:
        return
    _heading(out, "What would make more of them reachable")
    for remedy in summary.remedies:
        _line(out, _remedy(remedy))
        channel = "" if remedy.channel == "email" else f" --channel {remedy.channel}"
        _line(
            out, f'    audiencevault attest {remedy.source}{channel} --text "how they signed up" --vault {vault_path}'
        )
    for code in steps[:STEPS_SHOWN]:
        _line(out, f"  {summary.held_back[code]:,} × {HELD.get(code, code)}: {summary.steps[code]}")


def print_title(vault_path: Path, snapshot: int, as_of: datetime) -> None:
    """The first line of a screen about a vault."""
    when = f"{as_of.day} {as_of:%B %Y}"
    _line(context.console(), f"AudienceVault · {vault_path} · snapshot {snapshot} · {when}", "bold")


def print_status(vault_path: Path, summary: Summary, past: Sequence[Past] = ()) -> None:
    """The screen of `status`, below its title."""
    from rich.text import Text

    out = context.console()
    _heading(out, "Your people")
    _line(out, f"  {summary.contacts:,} people out of {summary.records:,} records.")
    table = _table("  Source", "Records", "People", numbers=2)
    for source, counts in summary.sources.items():
        table.add_row(Text(f"  {source}"), f"{counts['records']:,}", f"{counts['people']:,}")
    out.print(table)
    _reach(out, summary)
    if summary.dependence is not None:
        print_dependence(out, summary.dependence, past)
    _held_back(out, summary)
    _deadlines(out, summary)
    _remedies(out, summary, vault_path)


def print_migration(
    vault_path: Path, result: ImportResult, summary: Summary, exported: Exported, rejects: Path | None
) -> None:
    """The one screen at the end of `migrate`."""
    out = context.console()
    print_title(vault_path, summary.snapshot, summary.as_of)
    _inputs(out, result)
    _problems(out, result, str(rejects))
    _people(out, result, summary)
    _reach(out, summary)
    _held_back(out, summary)
    _remedies(out, summary, vault_path)
    print_files(exported)


def print_files(exported: Exported) -> None:
    """Where the files are, and what to know about each."""
    from rich.text import Text

    out = context.console()
    folder = exported.written[0].path.parent if exported.written else ""
    _heading(out, f"Files for {exported.title}, in {folder}")
    table = _table("File", "People", "")
    table.show_header = False
    table.columns[1].justify = "right"
    for written in exported.written:
        if written.status != "manifest":
            table.add_row(Text(f"  {written.path.name}"), f"{written.rows:,}", Text(written.note))
    out.print(table)
    for note in exported.notes:
        _line(out, f"  {note}")
