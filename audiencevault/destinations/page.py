"""The documentation page of one receiver, out of its definition: `docs/destinations/<name>.md`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from audiencevault.destinations import page_api
from audiencevault.destinations.definition import Definition, FileRule
from audiencevault.destinations.layout import Column
from audiencevault.destinations.page_words import POLARITY, WHO, and_, column_facts, or_
from audiencevault.destinations.vocabulary import VCARDS

_EVERYBODY: Final = (
    "Its columns are those of the `contacts` table, then for each channel whether and why the person may be reached."
)


def page(definition: Definition) -> str:
    """The page, one sentence per line."""
    lines = [f"# {definition.title}", ""]
    if definition.files:
        lines += [f"Write its files with `audiencevault export {definition.name} --vault my.vault --out FOLDER`."]
    if definition.api is not None:
        lines += [f"Send to its API with `audiencevault push {definition.name} --vault my.vault`."]
    lines += [f"It takes {and_(definition.channels)}; the facts were checked on {definition.checked.isoformat()}.", ""]
    lines += ["## What happens to consent", "", POLARITY[definition.polarity], *definition.notes, ""]
    if definition.api is not None:
        lines += page_api.lines(definition, definition.api)
    if definition.files:
        lines += _files(definition)
    api = definition.api.unverified if definition.api else ()
    lines += _section("What is known", definition.evidence)
    lines += _section("What could not be verified", (*definition.unverified, *api))
    lines += _section("Where the facts come from", definition.sources)
    return "\n".join(lines).rstrip() + "\n"


def _files(definition: Definition) -> list[str]:
    lines = ["## The files", ""]
    for rule in definition.files:
        lines += [*_file(rule), ""]
    lines += [
        "### held-back.csv",
        "",
        "Everybody who is in no file to write to, with the reason, a sentence and what would change it.",
        "",
    ]
    return [*lines, "## How values are written", "", *_dialect(definition), ""]


def _section(title: str, items: Iterable[str]) -> list[str]:
    found = [f"- {item}" for item in items]
    return [f"## {title}", "", *found, ""] if found else []


def _file(rule: FileRule) -> list[str]:
    ending = "vcf" if rule.format in VCARDS else rule.format
    lines = [f"### {rule.name}.{ending}", "", _people(rule), *([rule.say] if rule.say else [])]
    if not rule.columns:
        return [*lines, _EVERYBODY]
    return [*lines, "", "| column | holds |", "|---|---|", *(_column(column) for column in rule.columns)]


def _people(rule: FileRule) -> str:
    channels = and_(rule.channels)
    if rule.who == "everybody":
        return "Holds everybody in the vault but the erased."
    if rule.who == "suppressed":
        return (
            f"Holds every contact point for {channels} that is {or_(rule.states)}, "
            "also of people who may be reached elsewhere."
        )
    unit = "one row per person and channel" if rule.one_row_per == "point" else "one row per person"
    exactly = f"on {channels} and on no other channel" if rule.match == "exactly" else f"on {or_(rule.channels)}"
    return f"Holds {WHO[rule.basis]} {exactly}, {unit}."


def _column(column: Column) -> str:
    return f"| {column.header} | {', '.join(column_facts(column))} |"


def _dialect(definition: Definition) -> list[str]:
    dialect = definition.dialect
    ends = dialect.line_end.upper()
    lines = [
        f"CSV files are {dialect.encoding.upper()}, separated by `{dialect.delimiter}`; lines end with {ends}.",
        "A cell of free text that a spreadsheet would run as a formula begins with an apostrophe.",
        "A contact point is never changed: one that cannot be written as it is puts its person into held-back.csv.",
    ]
    if definition.unique:
        lines.append(
            f"Nobody shares {or_(definition.unique)} with somebody else in the files: the first one is written."
        )
    if definition.max_file_rows is not None:
        lines.append(f"A file has at most {definition.max_file_rows:,} rows; more go into further files.")
    if definition.max_file_bytes is not None:
        lines.append(f"A file has at most {definition.max_file_bytes:,} bytes; more go into further files.")
    return lines
