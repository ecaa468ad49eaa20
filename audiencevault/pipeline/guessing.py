"""What the columns of an unknown table were taken for, to be looked at, kept as a spec, and corrected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from audiencevault.errors import UsageError
from audiencevault.pipeline.identifying import Identification
from audiencevault.pipeline.options import ImportOptions
from audiencevault.sources import generic, table_reader
from audiencevault.sources.table_reader import Head
from audiencevault.sources.table_spec import Spec

SAMPLES = 3
LONGEST_SAMPLE = 32

SPEC_HEADING = """\
# What the columns of a table were taken for. Correct what is wrong and read the table with --spec.
# docs/importers/any-table.md has every word. Columns that are not named here are kept as extra fields.
"""


@dataclass(frozen=True)
class GuessedColumn:
    """One column: its header as written, what it is taken for (empty: kept as an extra field), masked samples."""

    header: str
    meaning: str
    samples: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"header": self.header, "meaning": self.meaning or None, "samples": list(self.samples)}


@dataclass(frozen=True)
class Guess:
    """The guess about the table at `path`, and `toml`, the spec that says the same."""

    path: str
    columns: tuple[GuessedColumn, ...]
    toml: str


def guess(found: Identification, options: ImportOptions) -> Guess:
    """The guess about the one unknown table among what was found.

    Raises `UsageError` where there is none or more than one, or where its columns have no names.
    """
    claims = [claim for claim in found.claims if claim.importer.fallback]
    if len(claims) != 1:
        known = ", ".join(sorted({claim.importer.title for claim in found.claims if claim not in claims}))
        raise UsageError(
            f"There are {len(claims)} tables whose columns had to be guessed, not one."
            + (f" Known without guessing: {known}." if known else ""),
            "Name the one table that the spec shall be for.",
        )
    (claim,) = claims
    (member,) = claim.members
    head = table_reader.sniff(member, encoding=options.encoding)
    spec = None if head is None else generic.guess(head, plain_text=member.name.lower().endswith(".txt"))
    if head is None or spec is None:
        raise UsageError(
            f"{claim.path} shows no column of names, e-mail addresses or phone numbers.",
            "Try another --encoding, or write the spec by hand; see docs/importers/any-table.md.",
        )
    if head.header is None:
        raise UsageError(
            f"The columns of {claim.path} have no names that a spec could use.",
            "Put a line with names above the first row, such as: Email,Name.",
        )
    meanings = dict(_meanings(spec))
    # All that is used must be there: the spec shall fit this table's next export, and nobody else's.
    used = tuple(column.key for column in head.columns if column.key in meanings)
    (layout,) = spec.layouts
    kept = replace(spec, layouts=(replace(layout, require=used),), date_order=options.date_order or spec.date_order)
    return Guess(claim.path, _columns(head, meanings), SPEC_HEADING + generic.spec_to_toml(kept))


def write(guessed: Guess, target: Path, *, force: bool = False) -> None:
    """Write the spec. Raises `UsageError` where `target` exists, unless `force`."""
    if target.exists() and not force:
        raise UsageError(f"{target} exists already.", "Name another file, or say --force.")
    try:
        target.write_text(guessed.toml, "utf-8")
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}.", "Name another file.") from error


def masked(text: str) -> str:
    """The shape of a value: digits as 0, letters as x or X, the rest as it is.

    >>> masked("Ida.Falk@example.com"), masked("+1 202-555-0101")
    ('Xxx.Xxxx@xxxxxxx.xxx', '+0 000-000-0000')
    """
    shape = "".join(
        "0" if char.isdigit() else ("X" if char.isupper() else "x") if char.isalnum() else char for char in text
    )
    return shape if len(shape) <= LONGEST_SAMPLE else shape[: LONGEST_SAMPLE - 1] + "…"


def _columns(head: Head, meanings: dict[str, str]) -> tuple[GuessedColumn, ...]:
    values = head.values()
    return tuple(
        GuessedColumn(
            column.raw.strip(),
            meanings.get(column.key, ""),
            tuple(dict.fromkeys(masked(" ".join(value.split())) for value in values[column.key]))[:SAMPLES],
        )
        for column in head.columns
    )


def _meanings(spec: Spec) -> Iterator[tuple[str, str]]:
    for name, keys in spec.columns.items():
        yield from ((key, name.replace("_", " ")) for key in keys)
    for consent in spec.consent:
        said = "no longer wanted" if "nothing" in consent.values.values() else "consent"
        yield from ((key, f"{said} ({consent.channel})") for key in consent.columns)
    for point in spec.points:
        yield from ((key, {"email": "e-mail address", "phone": "phone number"}[point.kind]) for key in point.columns)
