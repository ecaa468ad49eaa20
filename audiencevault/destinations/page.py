"""The documentation page of one receiver, out of its definition: `docs/destinations/<name>.md`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from audiencevault.destinations.definition import Definition, FileRule
from audiencevault.destinations.layout import Column

POLARITY: Final = {
    "forces": "A subscription sent there takes back an earlier opt-out, so opt-outs go first.",
    "respects": "Somebody who opted out there stays out, whatever is sent.",
    "unknown": "Whether a subscription sent there takes back an earlier opt-out is not verified: assume that it does.",
    "none": "It has no state of its own that could be overwritten.",
}
_WHO: Final = {
    "consent": "people who agreed themselves",
    "other": "people who may be reached on another basis than their own consent",
    "any": "people who may be reached",
}
_EVERYBODY: Final = (
    "Its columns are those of the `contacts` table, then for each channel whether and why the person may be reached."
)
_OVERFLOW: Final = {"clip": "clipped", "blank": "left blank", "hold_back": "the person is held back"}


def page(definition: Definition) -> str:
    """The page, one sentence per line."""
    lines = [f"# {definition.title}", ""]
    lines += [f"Write its files with `audiencevault export {definition.name} --vault my.vault --out FOLDER`."]
    lines += [f"It takes {_and(definition.channels)}; the facts were checked on {definition.checked.isoformat()}.", ""]
    lines += ["## What happens to consent", "", POLARITY[definition.polarity], *definition.notes, ""]
    lines += ["## The files", ""]
    for rule in definition.files:
        lines += [*_file(rule), ""]
    lines += [
        "### held-back.csv",
        "",
        "Everybody who is in no file to write to, with the reason, a sentence and what would change it.",
        "",
    ]
    lines += ["## How values are written", "", *_dialect(definition), ""]
    lines += _section("What is known", definition.evidence)
    lines += _section("What could not be verified", definition.unverified)
    lines += _section("Where the facts come from", definition.sources)
    return "\n".join(lines).rstrip() + "\n"


def _section(title: str, items: Iterable[str]) -> list[str]:
    found = [f"- {item}" for item in items]
    return [f"## {title}", "", *found, ""] if found else []


def _file(rule: FileRule) -> list[str]:
    lines = [f"### {rule.name}.{rule.format}", "", _people(rule), *([rule.say] if rule.say else [])]
    if not rule.columns:
        return [*lines, _EVERYBODY]
    return [*lines, "", "| column | holds |", "|---|---|", *(_column(column) for column in rule.columns)]


def _people(rule: FileRule) -> str:
    channels = _and(rule.channels)
    if rule.who == "everybody":
        return "Holds everybody in the vault but the erased."
    if rule.who == "suppressed":
        return (
            f"Holds every contact point for {channels} that is {_or(rule.states)}, "
            "also of people who may be reached elsewhere."
        )
    unit = "one row per person and channel" if rule.one_row_per == "point" else "one row per person"
    exactly = f"on {channels} and on no other channel" if rule.match == "exactly" else f"on {_or(rule.channels)}"
    return f"Holds {_WHO[rule.basis]} {exactly}, {unit}."


def _column(column: Column) -> str:
    said = [f"`{column.field}`"]
    if column.values:
        said.append("; ".join(f"`{word}` → {value}" for word, value in column.values.items()))
    elif column.encode != "text":
        said.append(column.encode)
    for limit, unit in ((column.max_bytes, "bytes"), (column.max_chars, "characters")):
        if limit is not None:
            said.append(f"longer than {limit} {unit}: {_OVERFLOW[column.on_overflow]}")
    if column.max_item_chars is not None:
        said.append(f"each item at most {column.max_item_chars} characters")
    if column.ascii_local:
        said.append("an address with other letters than ASCII before the @ is held back")
    return f"| {column.header} | {', '.join(said)} |"


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
            f"Nobody shares {_or(definition.unique)} with somebody else in the files: the first one is written."
        )
    if definition.max_file_rows is not None:
        lines.append(f"A file has at most {definition.max_file_rows:,} rows; more go into further files.")
    if definition.max_file_bytes is not None:
        lines.append(f"A file has at most {definition.max_file_bytes:,} bytes; more go into further files.")
    return lines


def _and(items: Iterable[str]) -> str:
    return _joined(list(items), "and")


def _or(items: Iterable[str]) -> str:
    return _joined(list(items), "or")


def _joined(items: list[str], word: str) -> str:
    head, tail = items[:-1], items[-1]
    return f"{', '.join(head)} {word} {tail}" if head else tail
