"""The questions of a vault as a CSV file to be answered in a spreadsheet, and the answers back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from audiencevault.errors import ExportError, UsageError
from audiencevault.export import decode
from audiencevault.pipeline import deciding
from audiencevault.pipeline.asking import relations
from audiencevault.pipeline.deciding import Outcome
from audiencevault.pipeline.finding import Found
from audiencevault.pipeline.options import Progress
from audiencevault.pipeline.reviewing import Person, Question, people_of
from audiencevault.records import DECISIONS
from audiencevault.resolution import decisions as words
from audiencevault.resolution.decisions import BINDING, DIFFERENT, SAME, UNSURE
from audiencevault.vault import Vault

SIDES = ("one", "two")
PERSON = ("name", "emails", "phones", "accounts", "address", "birthday", "company", "sources", "orders", "spent")
HEADER = (
    "verdict", *(f"{side}_{name}" for name in PERSON for side in SIDES), "why", "against", "consent", "probability",
    "record_a", "record_b",
)  # fmt: skip
"""The columns of the file; `verdict`, `record_a` and `record_b` are read back, wherever they stand."""
VERDICTS = (SAME, DIFFERENT, UNSURE)
NUMBERS = re.compile(r"\+\d[\d+, ]*")
OLD_CONTACTS = "SELECT m.record_id, m.contact_id FROM members m JOIN wanted_records w ON w.record_id = m.record_id"


@dataclass(frozen=True)
class BadRow:
    """A row of the file that was not used; rows count as a spreadsheet counts them, the header being row 1."""

    row: int
    sentence: str


@dataclass
class Answered:
    """What became of a file of answers."""

    rows: int = 0
    same: int = 0
    different: int = 0
    unsure: int = 0
    blank: int = 0
    bad: list[BadRow] = field(default_factory=list)
    outcome: Outcome | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        done = self.outcome
        return {
            "rows": self.rows,
            "same": self.same,
            "different": self.different,
            "unsure": self.unsure,
            "blank": self.blank,
            "bad": [{"row": item.row, "sentence": item.sentence} for item in self.bad],
            "snapshot": done.snapshot if done else None,
            "decisions": done.decisions if done else 0,
            "contacts": {"before": done.contacts_before, "after": done.contacts_after} if done else None,
            "unheeded": [list(pair) for pair in done.unheeded] if done else [],
        }


def write(vault: Vault, questions: Iterable[Question], path: Path, *, force: bool = False) -> int:
    """Write `questions` to `path`, UTF-8 with a mark for spreadsheets; how many. A file in the way is kept."""
    inside = path.resolve()
    if vault.path.resolve() in inside.parents:
        raise UsageError(f"{path} lies in the vault, which holds nothing but its own files.", "Choose another place.")
    if path.exists() and not force:
        raise UsageError(f"{path} exists already.", "Choose another name, or overwrite it with --force.")
    number = 0
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for question in questions:
            writer.writerow([_cell(value) for value in _row(question)])
            number += 1
    return number


def _row(question: Question) -> list[str]:
    both = [_person(side) for side in (question.one, question.two)]
    values = [side[name] for name in PERSON for side in both]
    against = "; ".join(row["sentence"] for row in question.against)
    return [
        UNSURE if question.unsure else "", *values, question.sentence, against, question.effect["sentence"],
        f"{question.probability:.2f}", question.record_a, question.record_b,
    ]  # fmt: skip


def _person(person: Person) -> dict[str, str]:
    row = person.contact
    place = " ".join(str(row[name]) for name in ("address1", "postcode", "city", "country") if row[name])
    spent = "" if row["total_spent"] is None else f"{row['total_spent']:.2f} {row['currency'] or ''}".strip()
    return {
        "name": row["display_name"] or "",
        **{name: ", ".join(row[name] or ()) for name in ("emails", "phones", "accounts", "sources")},
        "address": place,
        "birthday": row["birthday"] or "",
        "company": row["company"] or "",
        "orders": str(row["orders_count"]) if row["orders_count"] is not None else "",
        "spent": spent,
    }


def _cell(text: str) -> str:
    # A spreadsheet would run it; a telephone number it only shows without its plus sign.
    unsafe = text[:1] in {"=", "@", "+", "-", "\t", "\r"} and not NUMBERS.fullmatch(text)
    return "'" + text if unsafe else text


@dataclass(frozen=True)
class _Said:
    row: int
    verdict: str
    record_a: str
    record_b: str


def read(
    vault: Vault, path: Path, *, by: str, now: datetime, overrule: bool = False, progress: Progress | None = None
) -> Answered:
    """Take the answers in `path` for decisions and obey them.

    Rows that cannot be used are listed and the others count. A row that says the opposite of a decision which is in
    force is not used, unless `overrule`. Raises `ExportError` where the file is no such file at all.
    """
    answered, said = _parsed(path)
    book = words.Book(vault.table("decisions").cast(DECISIONS))
    rows: list[dict[str, Any]] = []
    with relations(vault.head()) as engine:
        wanted = sorted({name for item in said for name in (item.record_a, item.record_b)})
        engine.read("wanted_records", pa.table({"record_id": pa.array(wanted, pa.string())}))
        contact_of = dict(
            zip(*(engine.collect(OLD_CONTACTS)[name].to_pylist() for name in ("record_id", "contact_id")), strict=True)
        )
        people, _, links = people_of(engine, set(contact_of.values()))
    heard: dict[tuple[str, str], _Said] = {}
    for item in said:
        trouble = _trouble(item, contact_of, heard)
        if trouble:
            answered.bad.append(BadRow(item.row, trouble))
            continue
        one, two = (people[contact_of[name]] for name in (item.record_a, item.record_b))
        parts = _parts(item, one, two, links)
        against = [row for row in book.across(*parts).values() if _opposed(row["verdict"], item.verdict)]
        if against and not overrule:
            when = max(row["at"] for row in against)
            answered.bad.append(
                BadRow(item.row, f"On {when:%Y-%m-%d} the opposite was decided; say that it was wrong with --overrule.")
            )
            continue
        both = {*one.records, *two.records}
        tied = [link for link in links if link["record_a"] in both and link["record_b"] in both]
        rows += deciding.say(book, *parts, item.verdict, links=tied, at=now, by=by)
        setattr(answered, item.verdict, getattr(answered, item.verdict) + 1)
    answered.bad.sort(key=lambda bad: bad.row)
    if any(row["verdict"] in BINDING for row in rows):
        answered.outcome = deciding.apply(vault, rows, now=now, command="review", progress=progress)
    else:
        deciding.record(vault, rows, now=now, command=deciding.ANSWERS)
    return answered


def _opposed(before: str, now: str) -> bool:
    return {before, now} == {SAME, DIFFERENT}


def _parts(
    item: _Said, one: Person, two: Person, links: Sequence[dict[str, Any]]
) -> tuple[Sequence[str], Sequence[str]]:
    """The records of the two people; where they are one by now, the two halves of which each holds one of the two."""
    if one.contact_id != two.contact_id:
        return one.records, two.records
    if item.verdict != DIFFERENT:
        return [item.record_a], [item.record_b]
    tied = [link for link in links if link["record_a"] in one.records and link["record_b"] in one.records]
    left, right = (Found(one.contact_id, (name,)) for name in (item.record_a, item.record_b))
    return deciding.divided(one.records, left, [right], tied)


def _trouble(item: _Said, contact_of: dict[str, str], heard: dict[tuple[str, str], _Said]) -> str:
    """Why a row cannot be used, or an empty text."""
    if item.verdict not in VERDICTS:
        return "The verdict must be 'same', 'different' or empty."
    if not item.record_a or not item.record_b:
        return "It has no record_a or no record_b; keep these two columns as they were."
    if item.record_a == item.record_b:
        return "Both records are the same."
    lost = [name for name in ("record_a", "record_b") if getattr(item, name) not in contact_of]
    if lost:
        return f"The vault has no such {lost[0]} any more."
    pair = words.pair_of(contact_of[item.record_a], contact_of[item.record_b])
    before = heard.setdefault(pair, item)
    if before.verdict != item.verdict:
        return f"It says the opposite of row {before.row} about the same two people."
    return ""


def _parsed(path: Path) -> tuple[Answered, list[_Said]]:
    """The rows with a verdict."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror}.").at(path) from None
    text, _ = decode(data)
    first = text.partition("\n")[0]
    # A spreadsheet in a country of decimal commas writes semicolons.
    delimiter = max((",", ";", "\t"), key=first.count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ExportError(f"{path} is not a CSV file: {error}.").at(path) from None
    header = [name.strip().lower() for name in table[0]] if table else []
    missing = [name for name in ("verdict", "record_a", "record_b") if name not in header]
    if missing:
        raise ExportError(
            f"{path} has no column {missing[0]!r}.", "Use a file that 'review --to-csv' wrote, and keep its columns."
        ).at(path)
    places = [header.index(name) for name in ("verdict", "record_a", "record_b")]
    answered, said = Answered(), []
    for number, cells in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        answered.rows += 1
        verdict, a, b = (cells[place].strip() if place < len(cells) else "" for place in places)
        if verdict:
            said.append(_Said(number, verdict.lower(), a, b))
        else:
            answered.blank += 1
    return answered, said
