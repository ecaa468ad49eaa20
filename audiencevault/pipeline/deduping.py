"""`dedupe`: who is who in a file, written beside its rows. The same call as `audiencevault.resolve`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.errors import ExportError, UsageError
from audiencevault.export import Limits
from audiencevault.pipeline import people_features, people_tables, table_files
from audiencevault.pipeline.options import Progress
from audiencevault.pipeline.people_columns import ROLES, plain
from audiencevault.pipeline.resolving import Resolution, country, resolved
from audiencevault.pipeline.table_files import TableFile
from audiencevault.sources.table_reader import RowReject
from audiencevault.sources.table_text import header_key

CONTACT: Final = "contact_id"
BEYOND_DOUBT: Final = 10.0
"""Bits from which a link is called beyond doubt: odds of a thousand to one."""

_COMPARED: Final = frozenset(ROLES) - {"record_id", "source", "source_id", "platform", "updated_at"}


@dataclass(frozen=True)
class DedupeOptions:
    """How to read and compare one file.

    `columns` maps the file's columns to ours, None for those to be left out; `region` is the country of phone numbers
    that do not say theirs; `contact_column` the name of the new column; `links` where the pairs go, `decisions` and
    `previous` where verdicts and earlier ids are read from; `force` overwrites.
    """

    columns: Mapping[str, str | None] = field(default_factory=dict)
    region: str | None = None
    encoding: str | None = None
    contact_column: str = CONTACT
    links: Path | None = None
    decisions: Path | None = None
    previous: Path | None = None
    force: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Deduped:
    """What came of a file. `beyond_doubt` and `likely` count the rows that were joined, by their best link;
    `joined_on` the same rows by what that link rests on.
    """

    rows: int
    contacts: int
    ids: str | None
    taken: people_tables.Taken
    rejects: tuple[RowReject, ...]
    notes: tuple[str, ...]
    joined_on: Mapping[str, int]
    beyond_doubt: int
    likely: int
    uncertain: int
    out: Path
    links: Path | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "rows": self.rows,
            "contacts": self.contacts,
            "merged": self.rows - self.contacts,
            "joined_on": dict(self.joined_on),
            "beyond_doubt": self.beyond_doubt,
            "likely": self.likely,
            "uncertain": self.uncertain,
            "ids": self.ids,
            "columns": {
                name: {"taken_as": role, "how": self.taken.how[name]} for name, role in self.taken.columns.items()
            },
            "left_out": dict(self.taken.left),
            "notes": list(self.notes),
            "rejected": [{"row": item.row, "code": item.code, "sentence": item.sentence} for item in self.rejects],
            "out": str(self.out),
            "links": None if self.links is None else str(self.links),
        }


def dedupe(source: Path, target: Path, options: DedupeOptions, progress: Progress) -> Deduped:
    """Write the rows of `source` to `target`, untouched, with the contact of each in a column of its own.

    `ExportError` where `source` is no table, `UsageError` where the call makes no sense; then nothing is written.
    """
    inputs = [path for path in (source, options.decisions, options.previous) if path is not None]
    targets = [target] + ([] if options.links is None else [options.links])
    for path in targets:
        table_files.check_target(path, inputs=inputs, force=options.force)
    if len(targets) > 1 and target.absolute() == options.links.absolute():  # type: ignore[union-attr]
        raise UsageError(f"{target} cannot hold both the rows and the links.", "Name two files.")
    region = country(options.region)
    progress.step("Reading")
    file = table_files.read(source, encoding=options.encoding, limits=options.limits)
    if options.contact_column in file.table.column_names:
        raise UsageError(
            f"{source} has a column {options.contact_column!r} already.",
            "Name the new one with --column; to go on with the ids in it, pass the file with --previous.",
        )
    table_files.check_writable(target, file.table)
    taken, ids = _ids(file, options)
    if not _COMPARED & taken.roles.keys():
        raise ExportError(
            f"{source} has no column of names, addresses, numbers or birthdays that was recognised.",
            "Say what its columns are with --map, for instance --map Nom=last_name.",
        )
    notes = list(file.notes)
    if options.previous is not None and "record_id" not in taken.roles:
        notes.append("The file has no ids: rows were found again by their numbers, so that they must not have moved.")
    progress.step("Comparing")
    found = resolved(
        file.table,
        ids,
        taken,
        region=region,
        decisions=None if options.decisions is None else _decisions(options.decisions, options),
        previous=None if options.previous is None else _previous(options.previous, taken, options),
    )
    notes += found.notes
    progress.step("Writing")
    table_files.write(
        target,
        found.to_arrow(options.contact_column),
        headers=[*file.headers, options.contact_column],
        delimiter=file.delimiter,
    )
    if options.links is not None:
        table_files.write(options.links, _verdicts_wanted(found.links, options.links))
    return _told(file, taken, found, notes, target, options.links)


def _ids(file: TableFile, options: DedupeOptions) -> tuple[people_tables.Taken, pa.StringArray]:
    """The roles of the columns, and the rows' ids: their numbers where no column holds them."""
    taken = people_tables.assign(plain(file.table), _said(file, options.columns))
    name = taken.roles.get("record_id", (None,))[0]
    if name is not None:
        return taken, people_features.record_ids(plain(file.table.select([name])).column(0), name, file.rows)
    return taken, pa.array(file.rows).cast(pa.string())


def _said(file: TableFile, columns: Mapping[str, str | None]) -> dict[str, str | None]:
    """`columns` by the names of the table, which may be typed without regard to case and blanks."""
    known = {header_key(name): name for name in reversed(file.table.column_names)}
    return {
        name if name in file.table.column_names else known.get(header_key(name), name): role
        for name, role in columns.items()
    }


def _decisions(path: Path, options: DedupeOptions) -> pa.Table:
    """The verdicts in a file; rows without one are left out, so that a list of links can be filled in bit by bit."""
    table = _small(path, ("record_a", "record_b", "verdict"), options)
    verdict = table["verdict"]
    given = pc.and_(pc.is_valid(verdict), pc.not_equal(pc.utf8_trim_whitespace(verdict.cast(pa.string())), ""))
    return table.filter(given)


def _previous(path: Path, taken: people_tables.Taken, options: DedupeOptions) -> pa.Table:
    """The contacts that an earlier answer gave: that file itself, or a list of ids and contacts."""
    file = table_files.read(path, encoding=options.encoding, limits=options.limits)
    names = file.table.column_names
    if options.contact_column not in names:
        raise UsageError(f"{path} has no column {options.contact_column!r}.", "Pass what an earlier run wrote.")
    contacts = file.table[options.contact_column]
    own = taken.roles.get("record_id", ())
    id_name = next((name for name in (*own, "record_id") if name in names), None)
    if id_name is None and own:
        raise UsageError(f"{path} has no column {own[0]!r}, which holds the ids of the rows.", "Pass the file itself.")
    ids = file.table[id_name] if id_name is not None else pa.array(file.rows).cast(pa.string())
    return pa.table({"record_id": ids, CONTACT: contacts})


def _small(path: Path, wanted: tuple[str, ...], options: DedupeOptions) -> pa.Table:
    table = table_files.read(path, encoding=options.encoding, limits=options.limits).table
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        raise UsageError(f"{path} has no column {missing[0]!r}.", f"It needs the columns {', '.join(wanted)}.")
    return table.select(list(wanted))


def _verdicts_wanted(links: pa.Table, path: Path) -> pa.Table:
    """The links as they are written: in text files with the evidence as words, and a column for verdicts."""
    if path.suffix.lower() in table_files.PARQUET:
        return links
    at = links.schema.get_field_index("evidence")
    words = [", ".join(f"{key}: {value}" for key, value in row) for row in links["evidence"].to_pylist()]
    plain = links.set_column(at, "evidence", pa.array(words, pa.string()))
    return plain.append_column("verdict", pa.nulls(links.num_rows, pa.string()))


def _best(links: pa.Table) -> tuple[dict[str, int], int, int]:
    """Of the records with accepted links: how many have their best one on which rule, and how many beyond doubt."""
    chosen = links.filter(links["accepted"])
    if not chosen.num_rows:
        return {}, 0, 0
    ends = pa.concat_arrays([*chosen["record_a"].chunks, *chosen["record_b"].chunks]).dictionary_encode()
    codes = ends.indices.to_numpy()
    scores = np.tile(chosen["score"].to_numpy(), 2)
    order = np.lexsort((-scores, codes))
    first = order[np.unique(codes[order], return_index=True)[1]]
    rules = chosen["rule"].combine_chunks().take(pa.array(first % chosen.num_rows))
    counts = {item["values"]: item["counts"] for item in pc.value_counts(rules).to_pylist()}
    sure = int(np.count_nonzero(scores[first] >= BEYOND_DOUBT))
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))), sure, len(first) - sure


def _told(
    file: TableFile, taken: people_tables.Taken, found: Resolution, notes: list[str], target: Path, links: Path | None
) -> Deduped:
    joined_on, sure, likely = _best(found.links)
    return Deduped(
        rows=file.table.num_rows,
        contacts=found.stats["contacts"],
        ids=taken.roles.get("record_id", (None,))[0],
        taken=taken,
        rejects=file.rejects,
        notes=tuple(notes),
        joined_on=joined_on,
        beyond_doubt=sure,
        likely=likely,
        uncertain=found.stats["uncertain"],
        out=target,
        links=links,
    )
