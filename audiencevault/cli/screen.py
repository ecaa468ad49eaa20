"""What a person sees at the end of a run: one screen, the same words whether on a terminal or in a pipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiencevault.cli import context

if TYPE_CHECKING:
    from audiencevault.pipeline import Exported, ImportResult, Summary

CHANNEL_NAMES = {"email": "E-mail", "sms": "SMS", "whatsapp": "WhatsApp", "voice": "Telephone", "postal": "Post"}


def exit_code(result: ImportResult) -> int:
    """0 where everything was used, 4 where nothing was recognised, else 3."""
    failed = [item for item in result.inputs if item.status == "failed"]
    if len(failed) == len(result.inputs) and (failed or result.problems):
        return 4
    return 3 if failed or result.problems or result.rejected else 0


def _table(*columns: str, numbers: int = 0) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True, padding=(0, 2, 0, 0))
    for number, title in enumerate(columns):
        right = len(columns) - numbers <= number
        table.add_column(title, justify="right" if right else "left", overflow="fold", no_wrap=right)
    return table


def _heading(out: Any, text: str) -> None:
    from rich.text import Text

    out.print()
    out.print(Text(text, style="bold"))


def _inputs(out: Any, result: ImportResult) -> None:
    from rich.text import Text

    _heading(out, "What was read")
    table = _table("Input", "What it is", "Rows", "People", "Rejected", "Skipped", "Consent facts", numbers=5)
    for item in result.inputs:
        name = Path(item.path.partition("::")[0]).name
        member = item.path.partition("::")[2].rstrip("/")
        shown = name + (f" → {Path(member).name}" if member else "")
        if item.status == "imported":
            cells = [f"{n:,}" for n in (item.rows, item.records, item.rejected, sum(item.skipped.values()), item.consent_events)]
        else:
            cells = ["", "", "", "", "as before" if item.status == "unchanged" else "failed"]
        table.add_row(Text(shown), Text(f"{item.source}, {item.layout}"), *cells)
    out.print(table)
    for item in result.inputs:
        for note in item.notes:
            out.print(Text(f"Note on {Path(item.path.partition('::')[0]).name}: {note}"))


def _problems(out: Any, result: ImportResult, rejects: Path | None) -> None:
    from rich.text import Text

    from audiencevault.pipeline import sum_by, unused

    counts: dict[str, int] = {}
    for item in result.inputs:
        counts = sum_by(counts, item.rejected_by)
    problems = unused(result)
    if not counts and not problems:
        return
    _heading(out, "What could not be used")
    for code, number in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        out.print(Text(f"  {number:,} {'row' if number == 1 else 'rows'}: {REJECTED.get(code, code.replace('_', ' '))}"))
    if rejects is not None:
        out.print(Text(f"  every refused row, with its place and reason: {rejects}"))
    for problem in problems:
        out.print(Text(f"  {problem.sentence}"))
        if problem.hint:
            out.print(Text(f"    {problem.hint}"))


REJECTED = {
    "no_person": "neither a name nor an address, number or account",
    "broken_quote": "a quotation mark that is never closed",
    "wrong_column_count": "more or fewer cells than the header",
    "field_too_long": "a cell longer than any real value",
    "unreadable_member": "a file inside the export that cannot be read",
    "malformed_item": "an entry that is not what the layout says",
}
"""Reason codes of refused rows in words; a code that is not listed speaks for itself."""


def print_import(result: ImportResult, *, dry_run: bool) -> None:
    """The end of `import`."""
    from rich.text import Text

    out = context.console()
    _inputs(out, result)
    _problems(out, result, None)
    if result.rejected:
        out.print(Text("  every refused row: audiencevault status --rejects"))
    _heading(out, "Your people")
    out.print(Text(_people_line(result)))
    if dry_run:
        out.print(Text("Nothing was published (--dry-run)."))


def _people_line(result: ImportResult) -> str:
    new = result.contacts_after - result.contacts_before
    before = f", {result.contacts_before:,} before" if result.contacts_before else ""
    line = f"  {result.contacts_after:,} people{before}; {result.merged:,} records were duplicates of another and joined it."
    if result.contacts_before and new:
        line += f" {new:+,} people."
    if result.owner_records:
        line += f" {result.owner_records:,} records are your own and no contact."
    if result.gone:
        line += f" {result.gone:,} records are gone from a newer export."
    return line


def _reach(out: Any, summary: Summary) -> None:
    from rich.text import Text

    _heading(out, "Whom you may write to")
    table = _table("", "On what basis", "With address", "Reachable", numbers=2)
    for channel, number in summary.reachable.items():
        bases = summary.basis.get(channel, {})
        words = "; ".join(f"{n:,} {summary.sentences[code]}" for code, n in sorted(bases.items(), key=lambda b: -b[1]))
        table.add_row(
            Text(CHANNEL_NAMES.get(channel, channel)), Text(words or "–"), f"{summary.with_point[channel]:,}", f"{number:,}"
        )
    out.print(table)
    out.print(Text(f"  {summary.reachable_any:,} of {summary.contacts:,} people on at least one channel; rules: {summary.policy}."))


def _held_back(out: Any, summary: Summary) -> None:
    from rich.text import Text

    if not summary.held_back:
        return
    _heading(out, "Held back, and why")
    table = _table("People", "Reason", "")
    table.columns[0].justify = "right"
    for code, number in sorted(summary.held_back.items(), key=lambda pair: (-pair[1], pair[0])):
        table.add_row(f"{number:,}", Text(code), Text(summary.sentences[code]))
    out.print(table)


def _remedies(out: Any, summary: Summary, vault_path: Path) -> None:
    from rich.text import Text

    if not summary.remedies:
        return
    _heading(out, "What would make more of them reachable")
    for remedy in summary.remedies:
        out.print(Text(f"  {remedy.sentence}"))
        if remedy.command:
            out.print(Text(f"    {remedy.command} --vault {vault_path}"))


def print_status(vault_path: Path, summary: Summary) -> None:
    """The screen of `status`."""
    out = context.console()
    _title(out, vault_path, summary)
    _people(out, summary)
    _reach(out, summary)
    _held_back(out, summary)
    _remedies(out, summary, vault_path)


def _title(out: Any, vault_path: Path, summary: Summary) -> None:
    from rich.text import Text

    out.print(Text(f"AudienceVault · {vault_path} · snapshot {summary.snapshot} · {summary.as_of:%d %B %Y}", style="bold"))


def _people(out: Any, summary: Summary) -> None:
    from rich.text import Text

    _heading(out, "Your people")
    out.print(Text(f"  {summary.contacts:,} people out of {summary.records:,} records."))
    table = _table("Source", "Records", "People", numbers=2)
    for source, counts in summary.sources.items():
        table.add_row(Text(f"  {source}"), f"{counts['records']:,}", f"{counts['people']:,}")
    out.print(table)


def print_migration(
    vault_path: Path, result: ImportResult, summary: Summary, exported: Exported, rejects: Path | None
) -> None:
    """The one screen at the end of `migrate`."""
    from rich.text import Text

    out = context.console()
    _title(out, vault_path, summary)
    _inputs(out, result)
    _problems(out, result, rejects)
    _heading(out, "Your people")
    out.print(Text(_people_line(result)))
    kinds = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in summary.relationships.items())
    if kinds:
        out.print(Text(f"  Seen as: {kinds}."))
    _reach(out, summary)
    _held_back(out, summary)
    _remedies(out, summary, vault_path)
    print_files(exported)


def print_files(exported: Exported) -> None:
    """Where the files are, and what to know about each."""
    from rich.text import Text

    out = context.console()
    _heading(out, f"Files for {exported.title}")
    for written in exported.written:
        out.print(Text(f"  {written.rows:>7,}  {written.path}"))
        if written.note:
            out.print(Text(f"           {written.note}"))
    for note in exported.notes:
        out.print(Text(f"  {note}"))
