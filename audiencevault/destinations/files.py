"""Import-ready files for one receiver, written from an Audience.

Nobody is in a subscribing file who is not in the audience's rows; everybody who is not in one is in
`held-back.csv` with the reason. The same audience gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.audience import Audience
from audiencevault.destinations import flat, held_back, vcard
from audiencevault.destinations.definition import Definition, FileRule
from audiencevault.destinations.encode import encode
from audiencevault.destinations.layout import Column
from audiencevault.destinations.outbox import Outbox, Rehearsal
from audiencevault.destinations.people import Candidates, candidates, firsts, on_basis, people
from audiencevault.destinations.rows import parts
from audiencevault.destinations.vocabulary import VCARDS
from audiencevault.errors import UsageError

_MARKETING: Final = "marketing"
_NOBODY: Final = pa.schema([("contact_id", pa.string()), ("channel", pa.string())]).empty_table()


@dataclass(frozen=True)
class Written:
    """One file of an export. `status` is what its people are to the receiver; `channel` the channels that they
    are in it for, joined by `+`; `note` what the person at the screen must know or do.
    """

    path: Path
    rows: int
    status: str
    channel: str
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON: an element of `written[]`."""
        return {
            "path": str(self.path),
            "rows": self.rows,
            "status": self.status,
            "channel": self.channel,
            "note": self.note,
        }


@dataclass(frozen=True)
class Filed:
    """One export, written or rehearsed: its files, who is in one to be written to (`contact_id`, `channel`), and the
    rows of `held-back.csv`.
    """

    written: list[Written]
    reached: pa.Table
    held_back: pa.Table


@dataclass
class _Progress:
    """What the files written so far carry."""

    carried: list[pa.Table] = field(default_factory=list)
    reached: list[pa.Table] = field(default_factory=list)
    left_out: list[pa.Table] = field(default_factory=list)
    seen: dict[str, list[pa.Array]] = field(default_factory=dict)
    subscribed: int = 0


def write(
    audience: Audience,
    definition: Definition,
    directory: Path,
    *,
    snapshot: int | None = None,
    stored: flat.Stored | None = None,
    force: bool = False,
) -> list[Written]:
    """Write the files of `definition` for `audience` into `directory`, then `held-back.csv` and `manifest.json`.

    The directory is made if it is missing. Files of an earlier export in it are replaced or removed; files
    that no export wrote are an error, unless `force`. `stored` is needed where `definition.takes_everybody`.
    Raises `UsageError` where the audience does not fit, `DestinationError` where nothing can be written.
    """
    return file(audience, definition, directory, snapshot=snapshot, stored=stored, force=force).written


def file(
    audience: Audience,
    definition: Definition,
    directory: Path,
    *,
    snapshot: int | None = None,
    stored: flat.Stored | None = None,
    force: bool = False,
    rehearse: bool = False,
) -> Filed:
    """As `write`, and say who is in which kind of file; with `rehearse` the same answer and no file."""
    _check(audience, definition, stored)
    found = candidates(audience, definition)
    progress = _Progress()
    with Rehearsal(directory) if rehearse else Outbox(directory, force=force) as outbox:
        written: list[Written] = []
        for rule in definition.files:
            if rule.who == "everybody" and stored is not None:
                written.append(_write_everybody(outbox, rule, stored, audience))
            else:
                written.extend(_write_rule(outbox, rule, found, progress))
        others = [*progress.left_out, *_uncarried(found, progress)]
        everyone = held_back.everyone(audience.held_back, others)
        document = held_back.document(everyone)
        path = outbox.put(held_back.NAME, document.data, rows=document.rows, status="held_back")
        written.append(
            Written(path, document.rows, "held_back", "+".join(audience.channels), _verdict(found, progress))
        )
        manifest = outbox.publish(_about(audience, definition, snapshot, held_back.by_reason(everyone)))
        reached = pa.concat_tables([_NOBODY, *progress.reached])
        return Filed([*written, Written(manifest, 0, "manifest", "")], reached, everyone)


def _check(audience: Audience, definition: Definition, stored: flat.Stored | None) -> None:
    if not isinstance(audience, Audience):
        raise TypeError("only an Audience can be written to files")
    if not definition.files:
        raise UsageError(
            f"No file is known that {definition.title} takes.",
            f"Send to its API instead: audiencevault push {definition.name}.",
        )
    purpose = audience.purpose.split("/")[0]
    if definition.purpose == _MARKETING and purpose != _MARKETING:
        raise UsageError(
            f"{definition.title} files are for marketing; this audience was selected for {audience.purpose}.",
            "Select for marketing, or write the plain csv.",
        )
    if definition.takes_everybody and stored is None:
        raise UsageError(f"{definition.title} holds everybody, so it needs the contacts and an audience for storage.")
    if not set(definition.channels) & set(audience.channels):
        raise UsageError(
            f"{definition.title} takes {' and '.join(definition.channels)}; this audience was selected for "
            f"{' and '.join(audience.channels)}."
        )


def _write_everybody(outbox: Outbox, rule: FileRule, stored: flat.Stored, audience: Audience) -> Written:
    content = flat.table(stored, audience)
    path = outbox.put(f"{rule.name}.parquet", flat.parquet(content), rows=content.num_rows, status=rule.status)
    return Written(path, content.num_rows, rule.status, "+".join(audience.channels), rule.say)


def _write_rule(outbox: Outbox, rule: FileRule, found: Candidates, progress: _Progress) -> list[Written]:
    """The parts of one file; none where it would be empty."""
    table = people(found, rule)
    typed = rule.format == "parquet"
    # Typed values need no encoding, so nothing in them can be refused.
    cards = VCARDS.get(rule.format)
    cells, fits = _cells(() if typed else rule.columns, table, found.definition, plain=cards is not None)
    fresh = (
        _first_of_each(table, fits, found.definition.unique, progress)
        if rule.who == "admitted"
        else _distinct(cells, fits)
    )
    refused = table.filter(pc.invert(fits))
    note = rule.say
    if rule.who == "admitted":
        _account(found, rule, table.filter(fresh), refused, table.filter(pc.and_(fits, pc.invert(fresh))), progress)
    elif refused.num_rows:
        note = f"{note} Not in it: {refused.num_rows:,} whose address cannot be written unaltered.".strip()
    if not pc.any(fresh).as_py():
        return []
    channel = "+".join(item for item in rule.channels if item in found.audience.channels)
    if typed:
        content = _typed(rule, table.filter(fresh))
        path = outbox.put(
            f"{rule.name}.parquet",
            flat.parquet(content),
            rows=content.num_rows,
            status=rule.status,
            subscribes=rule.subscribes,
        )
        return [Written(path, content.num_rows, rule.status, channel, note)]
    headers, content = [column.header for column in rule.columns], [column.filter(fresh) for column in cells]
    limits = {"max_rows": found.definition.max_file_rows, "max_bytes": found.definition.max_file_bytes}
    made = list(
        vcard.parts(pa.Table.from_arrays(content, headers), cards, **limits)
        if cards is not None
        else parts(headers, content, found.definition.dialect, **limits)
    )
    written = []
    for number, part in enumerate(made, start=1):
        stem = rule.name if len(made) == 1 else f"{rule.name}-{number}-of-{len(made)}"
        name = f"{stem}.{'csv' if cards is None else 'vcf'}"
        path = outbox.put(name, part.data, rows=part.rows, status=rule.status, subscribes=rule.subscribes)
        written.append(Written(path, part.rows, rule.status, channel, note))
    return written


def _cells(
    columns: Sequence[Column], table: pa.Table, definition: Definition, *, plain: bool
) -> tuple[list[pa.Array], pa.Array]:
    """All cells, and which rows can be written."""
    made = [encode(column, _array(table[column.field]), definition.dialect, plain=plain) for column in columns]
    fits = pa.repeat(pa.scalar(True), table.num_rows)
    for item in made:
        fits = pc.and_(fits, pc.invert(item.refused))
    cells = [item.cells for item in made]
    headers = [column.header for column in columns]
    for number, column in enumerate(columns):
        if column.needs:
            cells[number] = pc.if_else(pc.equal(cells[headers.index(column.needs)], ""), "", cells[number])
    return cells, fits


def _typed(rule: FileRule, table: pa.Table) -> pa.Table:
    return pa.table({column.header: table[column.field] for column in rule.columns})


def _first_of_each(table: pa.Table, fits: pa.Array, unique: Sequence[str], progress: _Progress) -> pa.Array:
    """Which rows that fit are the first with their value in every `unique` field, over all files so far."""
    fresh = fits
    for name in unique:
        if name not in table.column_names:
            continue
        keys = pc.if_else(fresh, _array(pc.utf8_lower(table[name])), pa.scalar(None, pa.string()))
        first = firsts(keys)
        if seen := progress.seen.get(name):
            first = pc.and_(first, pc.invert(pc.is_in(keys, value_set=pa.concat_arrays(seen))))
        fresh = pc.and_(fresh, pc.or_(pc.is_null(keys), first))
    for name in unique:
        if name in table.column_names:
            kept = pc.utf8_lower(table[name]).filter(fresh)
            progress.seen.setdefault(name, []).append(pc.drop_null(_array(kept)))
    return fresh


def _distinct(cells: Sequence[pa.Array], fits: pa.Array) -> pa.Array:
    """Which rows that fit are the first of their kind: a receiver needs to be told once."""
    line = _array(pc.binary_join_element_wise(*cells, "\x1f"))
    return pc.and_(fits, firsts(pc.if_else(fits, line, pa.scalar(None, pa.string()))))


def _rows_of(found: Candidates, rule: FileRule, table: pa.Table) -> pa.Table:
    """The audience's rows behind rows of a file of admitted people."""
    rows = on_basis(found.rows, rule.basis)
    if "channel" in table.column_names:
        return rows.filter(pc.is_in(_keys(rows), value_set=_keys(table)))
    mine = pc.is_in(rows["channel"], value_set=pa.array(rule.channels))
    return rows.filter(pc.and_(mine, pc.is_in(rows["contact_id"], value_set=_array(table["contact_id"]))))


def _account(
    found: Candidates, rule: FileRule, carried: pa.Table, refused: pa.Table, doubled: pa.Table, progress: _Progress
) -> None:
    title = found.definition.title
    refused, doubled = _rows_of(found, rule, refused), _rows_of(found, rule, doubled)
    rows = _rows_of(found, rule, carried).select(["contact_id", "channel"])
    progress.carried.append(rows)
    if rule.subscribes:
        progress.subscribed += carried.num_rows
        progress.reached.append(rows)
    if refused.num_rows:
        sentence = (
            f"A value of this person cannot be written for {title} without changing it, "
            "and a changed address would be somebody else's."
        )
        progress.left_out.append(held_back.left_out(refused, sentence))
        progress.carried.append(refused.select(["contact_id", "channel"]))
    if doubled.num_rows:
        sentence = f"Shares an address with another person in the files; {title} keeps one person per address."
        progress.left_out.append(held_back.left_out(doubled, sentence))
        progress.carried.append(doubled.select(["contact_id", "channel"]))


def _uncarried(found: Candidates, progress: _Progress) -> list[pa.Table]:
    """Admitted people whom no file carries, as rows held back."""
    tables = []
    carried = pa.array(found.definition.channels)
    bound = found.bound.filter(pc.is_in(found.bound["channel"], value_set=carried))
    if bound.num_rows:
        sentence = "Somebody else who uses this address said no there; that binds the address for everybody."
        tables.append(held_back.left_out(bound, sentence))
    rows = found.rows.filter(pc.is_in(found.rows["channel"], value_set=carried))
    if progress.carried:
        done = _keys(pa.concat_tables(progress.carried))
        rows = rows.filter(pc.invert(pc.is_in(_keys(rows), value_set=done)))
    if rows.num_rows:
        sentence = (
            f"May be reached, but not on the person's own consent, and {found.definition.title} has no state "
            "for any other basis."
        )
        tables.append(
            held_back.left_out(
                rows, sentence, "Ask for consent where that is allowed, or use a receiver that takes other bases."
            )
        )
    return tables


def _keys(table: pa.Table) -> pa.Array:
    return _array(pc.binary_join_element_wise(table["contact_id"], table["channel"], "\x1f"))


def _verdict(found: Candidates, progress: _Progress) -> str:
    """What to say beside `held-back.csv`."""
    definition, audience = found.definition, found.audience
    said = []
    if not progress.subscribed and any(rule.subscribes for rule in definition.files):
        said.append("Nobody may be reached, so no file of people to write to was made.")
    for channel in audience.channels:
        if channel not in definition.channels:
            rows = int(pc.sum(pc.equal(found.rows["channel"], channel)).as_py() or 0)
            if rows:
                said.append(
                    f"{rows:,} people may be reached by {channel}, which the {definition.title} files do not carry."
                )
    return " ".join(said)


def _about(
    audience: Audience, definition: Definition, snapshot: int | None, reasons: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "destination": definition.name,
        "facts_checked": definition.checked.isoformat(),
        "controller": audience.controller_id,
        "channels": list(audience.channels),
        "purpose": audience.purpose,
        "policy": audience.policy,
        "as_of": audience.as_of.isoformat(),
        "known_at": audience.known_at.isoformat() if audience.known_at else None,
        "snapshot": snapshot,
        "held_back": dict(reasons),
    }


def _array(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
