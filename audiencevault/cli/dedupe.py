"""`dedupe`: who is who in one file, without a vault."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audiencevault.cli import context
from audiencevault.errors import UsageError

if TYPE_CHECKING:
    from audiencevault.pipeline.deduping import Deduped

ROWS_SHOWN = 10
"""Rows that could not be read and are named on the screen; --json names all."""


@click.command("dedupe")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="The file to write: .csv, .tsv or .parquet."
)
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="THEIRS=OURS",
    help="What a column is, for instance --map Kundin=full_name; nothing after = leaves it out. May be repeated.",
)
@click.option(
    "--region",
    default=None,
    metavar="CC",
    help="Country (two letters, for instance US) of phone numbers that do not say theirs. "
    "Never taken from this computer.",
)
@click.option("--encoding", default=None, help="Text encoding of a file that is not UTF-8.")
@click.option("--column", "contact_column", default="contact_id", show_default=True, help="The name of the new column.")
@click.option(
    "--links",
    type=click.Path(path_type=Path),
    default=None,
    help="Also write which pairs were joined, and which look alike but stay apart, with the evidence.",
)
@click.option(
    "--decisions",
    type=click.Path(path_type=Path),
    default=None,
    help="A file with record_a, record_b and verdict (same or different), for instance the links with that column "
    "filled in. They bind.",
)
@click.option(
    "--previous",
    type=click.Path(path_type=Path),
    default=None,
    help="What an earlier run wrote: people keep their ids.",
)
@click.option("--force", is_flag=True, help="Overwrite files that are there already.")
@context.json_option
def dedupe(
    file: Path,
    out: Path,
    mapped: tuple[str, ...],
    region: str | None,
    encoding: str | None,
    contact_column: str,
    links: Path | None,
    decisions: Path | None,
    previous: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Find out who is who in FILE (CSV, TSV, XLSX or Parquet) and write its rows with one more column, contact_id.

    Rows of one person get the same contact_id. Nothing else changes: every row, column and cell is kept as it is.
    What the columns are is guessed from their names, in many languages, and from their values; the screen says what
    was made of each, and --map says it better. Rows are called by the column of ids that the file has, else by their
    row numbers.

    Exit codes: 0 done, 2 the call does not make sense, 3 done but rows could not be read, 4 FILE is no table of people.
    """
    from audiencevault.pipeline import deduping

    if encoding:
        context.text_encoding(encoding)
    options = deduping.DedupeOptions(
        columns=_columns(mapped),
        region=context.region_code(region),
        encoding=encoding,
        contact_column=contact_column,
        links=links,
        decisions=decisions,
        previous=previous,
        force=force,
    )
    with context.progress(as_json) as progress:
        found = deduping.dedupe(file, out, options, progress)
    if as_json:
        context.print_json(found.as_dict())
    else:
        _show(file, found)
    return 3 if found.rejects else 0


def _columns(mapped: tuple[str, ...]) -> dict[str, str | None]:
    columns: dict[str, str | None] = {}
    for text in mapped:
        theirs, sign, ours = text.rpartition("=")
        if not sign or not theirs.strip():
            raise UsageError("--map takes THEIRS=OURS.", "For instance --map Kundin=full_name.")
        columns[theirs.strip()] = ours.strip() or None
    return columns


def _show(file: Path, found: Deduped) -> None:
    from rich.table import Table
    from rich.text import Text

    out = context.console()

    def line(text: str, style: str = "") -> None:
        out.print(Text(text, style=style), soft_wrap=True)

    def heading(text: str) -> None:
        out.print()
        line(text, "bold")

    def pairs(rows: Iterable[tuple[str, ...]], *titles: str) -> None:
        table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
        for title in titles:
            table.add_column(title, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        out.print(table)

    line(f"AudienceVault · {file.name} → {found.out.name}", "bold")
    heading("Who is who")
    merged = found.rows - found.contacts
    line(f"  {_count(found.rows, 'row')}: {_count(found.contacts, 'person')}.")
    if merged:
        turned = "row turned" if merged == 1 else "rows turned"
        line(f"  {merged:,} {turned} out to be somebody whom another row holds.")
        if found.beyond_doubt + found.likely:
            line(
                f"  Of the rows that belong together {found.beyond_doubt:,} do so beyond doubt (1,000 to 1 or better), "
                f"{found.likely:,} very likely (16 to 1 or better)."
            )
        if found.joined_on:
            line("  Joined on: " + ", ".join(f"{rule} {number:,}" for rule, number in found.joined_on.items()) + ".")
    if found.uncertain:
        look = "pair looks" if found.uncertain == 1 else "pairs look"
        line(f"  {found.uncertain:,} {look} alike, but not surely enough: they stay apart.")
        if found.links is None:
            line(
                "    See them with --links pairs.csv; answer in its column verdict, and pass it back with --decisions."
            )
    heading("What the columns were taken for")
    rows = [(f"  {name}", role, found.taken.how[name]) for name, role in found.taken.columns.items()]
    pairs(rows, "  Column", "Taken for", "Why")
    if found.ids is None:
        line("  No column holds ids of the rows: they are called by their row numbers.")
    if found.taken.left:
        heading("Left out of the comparison (and kept in the file)")
        pairs([(f"  {name}", reason) for name, reason in found.taken.left.items()], "  Column", "Why")
    for note in found.notes:
        line(f"  Note: {note}")
    if found.rejects:
        heading(f"What could not be read: {_count(len(found.rejects), 'row')}, not in {found.out.name}")
        for item in found.rejects[:ROWS_SHOWN]:
            line(f"  {item.sentence}")
        if len(found.rejects) > ROWS_SHOWN:
            line(f"  … and {len(found.rejects) - ROWS_SHOWN:,} more; --json names all.")
    heading("Written")
    line(f"  {found.out}")
    if found.links is not None:
        line(f"  {found.links}")


def _count(number: int, noun: str) -> str:
    plural = {"person": "people"}.get(noun, f"{noun}s")
    return f"{number:,} {noun if number == 1 else plural}"
