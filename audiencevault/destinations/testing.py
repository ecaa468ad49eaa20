"""What every definition must satisfy: checks over the files that it makes of one fixed audience, and over what it would
send to the receiver's API (see `testing_api`).

The authors of a definition call `conformance`; the project's own tests run it over everything discovered.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from audiencevault.audience import Audience
from audiencevault.destinations import files, held_back, testing_api
from audiencevault.destinations.definition import Definition
from audiencevault.destinations.sample import sample_for, sample_stored

LINE: Final = 75
"""Octets of the longest line of a vCard."""

BOUND: Final = "family@example.com"
"""In the fixed audience, an address that one person agreed with and another refused."""

_FORMULA_MARKS: Final = tuple("=+-@\t\r＝＋－＠")


def conformance(definition: Definition, directory: Path) -> list[str]:
    """What is wrong with `definition`, one sentence each; empty if nothing is. Writes into `directory`."""
    audience = sample_for(definition)
    problems = [*_facts(definition)]
    if definition.api is not None:
        problems.extend(testing_api.problems(definition, audience))
    if not definition.files:
        return problems
    stored = sample_stored() if definition.takes_everybody else None
    first, again = directory / "first", directory / "again"
    written = files.write(audience, definition, first, snapshot=1, stored=stored)
    files.write(audience, definition, again, snapshot=1, stored=stored)
    for item in written:
        if item.path.read_bytes() != (again / item.path.name).read_bytes():
            problems.append(f"{item.path.name} is not the same when it is written again.")
        if item.path.suffix == ".csv":
            problems.extend(_cells(definition, item))
        if item.path.suffix == ".vcf":
            problems.extend(_cards(item))
    problems.extend(_reach(definition, audience, written))
    return problems


def _facts(definition: Definition) -> Iterable[str]:
    if not definition.sources:
        yield "It does not say where its facts come from."
    told = (*definition.unverified, *definition.notes, *(definition.evidence if definition.api else ()))
    if definition.polarity in {"forces", "unknown"} and not told:
        yield "It may subscribe people who had left, and says nothing about it."
    for rule in definition.files:
        if rule.subscribes and not rule.say:
            yield f"{rule.name} does not say what to do with it."
        dated = testing_api.is_dated(column.field for column in rule.columns)
        # An address book and a list of hashes subscribe nobody by themselves.
        if rule.subscribes and rule.status != "listed" and not dated and "date" not in rule.say:
            yield f"{rule.name} loses the date of the consent, and does not say so."


def table_of(path: Path) -> list[dict[str, str]]:
    """A written CSV as rows, for tests; a repeated header keeps its last column."""
    text = path.read_bytes().decode("utf-8-sig")
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def _cells(definition: Definition, item: files.Written) -> Iterable[str]:
    name = item.path.name
    data = item.path.read_bytes()
    rows = table_of(item.path)
    if len(rows) != item.rows:
        yield f"{name} has {len(rows)} rows and says {item.rows}."
    if definition.max_file_bytes and item.status != "held_back" and len(data) > definition.max_file_bytes:
        yield f"{name} is larger than {definition.title} takes."
    for number, row in enumerate(rows, start=1):
        for header, cell in row.items():
            if cell.startswith(_FORMULA_MARKS) and not (cell[0] == "+" and cell[1:].isdigit()) and not _is_number(cell):
                yield f"{name}, row {number}, {header}: a spreadsheet would run this cell."
    for rule in definition.files:
        if _stem(item.path) == rule.name:
            limits = {column.header: column for column in rule.columns}
            for number, row in enumerate(rows, start=1):
                for header, cell in row.items():
                    column = limits[header]
                    if column.max_bytes and len(cell.encode()) > column.max_bytes:
                        yield f"{name}, row {number}, {header}: longer than {column.max_bytes} bytes."
                    if column.max_chars and len(cell) > column.max_chars:
                        yield f"{name}, row {number}, {header}: longer than {column.max_chars} characters."


def _cards(item: files.Written) -> Iterable[str]:
    name = item.path.name
    lines = item.path.read_bytes().split(b"\r\n")
    if (
        sum(line == b"BEGIN:VCARD" for line in lines) != item.rows
        or sum(line == b"END:VCARD" for line in lines) != item.rows
    ):
        yield f"{name} does not hold {item.rows} whole cards."
    if any(len(line) > LINE or b"\n" in line for line in lines):
        yield f"{name} has lines of more than {LINE} octets."
    names = sum(line.startswith(b"FN:") for line in lines)
    if names != item.rows:
        yield f"{name} has {names} names for {item.rows} cards."


def _is_number(cell: str) -> bool:
    return cell.removeprefix("-").replace(".", "", 1).isdigit()


def _reach(definition: Definition, audience: Audience, written: list[files.Written]) -> Iterable[str]:
    """Who is where: nobody subscribed who was not admitted, nobody lost, nobody erased anywhere."""
    admitted = {(row["channel"], row["point"]) for row in audience.rows.select(["channel", "point"]).to_pylist()}
    stopped = {row["point"] for row in audience.held_back.select(["point"]).to_pylist() if row["point"]}
    # The same number may take texts and no WhatsApp messages.
    refused = stopped - {point for channel, point in admitted if channel in definition.channels}
    encoders = {column.encode for rule in definition.files for column in rule.columns}
    subscribing = {f"{rule.name}" for rule in definition.files if rule.subscribes}
    seen: set[str] = set()
    for item in written:
        if item.path.suffix not in {".csv", ".vcf"}:
            continue
        text = _unfolded(item.path)
        if "forgotten@example.com" in text:
            yield f"{item.path.name} holds somebody who was erased."
        if item.status in {"subscribed", "other_basis", "listed"} and _stem(item.path) in subscribing:
            seen |= {point for _, point in admitted if _is_said(point, text, encoders)}
            if any(_is_said(point, text, encoders) for point in {*refused, BOUND}):
                yield f"{item.path.name} holds somebody who is held back."
    if not any(item.path.suffix in {".csv", ".vcf"} and item.status != "held_back" for item in written):
        return
    listed = {row["point"] for item in written if item.path.name == held_back.NAME for row in table_of(item.path)}
    for channel, point in sorted(admitted):
        if channel in definition.channels and point not in seen and point not in listed and f"'{point}" not in listed:
            yield f"Somebody who may be reached by {channel} is neither in a file nor in {held_back.NAME}."


def _unfolded(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig").replace("\r\n ", "")


def _is_said(point: str, text: str, encoders: Iterable[str]) -> bool:
    """Whether a file holds `point`, in one of the forms that `encoders` give it."""
    digits = point.lstrip("+")
    if point in text or ("phone_digits" in encoders and digits in text):
        return True
    if "phone_us" in encoders and point.startswith("+1") and point[2:] in text:
        return True
    hashed = any(name.startswith("sha256") for name in encoders)
    forms = (point.lower().encode(), digits.lower().encode())
    return hashed and any(hashlib.sha256(form).hexdigest() in text for form in forms)


def _stem(path: Path) -> str:
    head, dash, tail = path.stem.rpartition("-of-")
    return head.rpartition("-")[0] if dash and tail.isdigit() else path.stem
