"""What is known about one receiver, as data: the strict loader of `definitions/*.toml`.

A definition holds facts in a closed vocabulary, never logic: an unknown key or word is an error that names the
file and the key. Definitions are discovered, never listed.

Words: a *layout* is an ordered row of columns; a *file rule* says who goes into one file, under which status;
*polarity* is what the receiver does to somebody who had opted out there when we send a subscription:
`forces` (subscribes again), `respects` (stays out), `unknown`, or `none` (the receiver has no such state).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any, Final

from audiencevault.audience import SUPPRESSED_STATES
from audiencevault.destinations import vcard
from audiencevault.destinations.api import Api
from audiencevault.destinations.api_loader import api
from audiencevault.destinations.column_loader import file_column
from audiencevault.destinations.layout import Column, Dialect
from audiencevault.destinations.toml_table import Table
from audiencevault.destinations.vocabulary import (
    BASES,
    CHANNELS,
    DELIMITERS,
    ENCODINGS,
    FORMATS,
    LINE_BREAKS,
    LINE_ENDS,
    MATCHES,
    POLARITIES,
    PURPOSES,
    QUOTINGS,
    ROW_UNITS,
    STATUSES,
    UNIQUE,
    VCARDS,
    WHO,
)
from audiencevault.errors import DefinitionError, UsageError


@dataclass(frozen=True)
class FileRule:
    """Who goes into one file, and as what.

    `who`: `admitted` people of the audience (of these `channels`, on this `basis`), points `suppressed` in one
    of the `states`, or `everybody` that the vault keeps. `match` = `exactly` takes people who are admitted on
    precisely these channels, `any` on at least one. `subscribes` says that importing the file as told makes
    its people receive marketing. `say` is what the person at the screen must do with it.
    """

    name: str
    status: str
    columns: tuple[Column, ...]
    who: str = "admitted"
    format: str = "csv"
    channels: tuple[str, ...] = ()
    match: str = "any"
    basis: str = "any"
    states: tuple[str, ...] = ()
    one_row_per: str = "contact"
    subscribes: bool = False
    say: str = ""


@dataclass(frozen=True)
class Definition:
    """One receiver. `unique` names the fields of which the receiver keeps one person per value;
    `max_file_rows` and `max_file_bytes` (header included) are where a file is split.
    """

    name: str
    title: str
    checked: date
    sources: tuple[str, ...]
    channels: tuple[str, ...]
    polarity: str
    files: tuple[FileRule, ...]
    evidence: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    purpose: str = "marketing"
    one_click: bool | None = None
    unique: tuple[str, ...] = ()
    dialect: Dialect = field(default_factory=Dialect)
    max_file_rows: int | None = None
    max_file_bytes: int | None = None
    api: Api | None = None

    @property
    def takes_everybody(self) -> bool:
        """Whether a file of it holds everybody that the vault keeps, so that `files.write` needs `stored`."""
        return any(rule.who == "everybody" for rule in self.files)

    def as_dict(self) -> dict[str, Any]:
        """For the list of destinations and for JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "channels": list(self.channels),
            "purpose": self.purpose,
            "polarity": self.polarity,
            "checked": self.checked.isoformat(),
            "sources": list(self.sources),
            "unverified": list(self.unverified),
            "files": [{"name": rule.name, "status": rule.status, "say": rule.say} for rule in self.files],
            "pushes": [push.name for push in self.api.pushes] if self.api else [],
            "pulls": [pull.name for pull in self.api.pulls] if self.api else [],
        }


SUFFIX: Final = ".toml"
_FILE_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def load_all(extra: Iterable[Path] = ()) -> dict[str, Definition]:
    """Every definition that ships with the package and every `*.toml` in the directories `extra`, by name.

    A definition in `extra` replaces one of the package that has the same name. Raises `DefinitionError`.
    """
    found: dict[str, Definition] = {}
    packaged = package_files("audiencevault.destinations") / "definitions"
    for entry in sorted(packaged.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(SUFFIX):
            definition = parse(entry.read_text("utf-8"), entry.name)
            found[definition.name] = definition
    for directory in extra:
        for path in sorted(directory.glob(f"*{SUFFIX}")):
            definition = load(path)
            found[definition.name] = definition
    return dict(sorted(found.items()))


def named(name: str, extra: Iterable[Path] = ()) -> Definition:
    """The definition called `name`. Raises `UsageError` naming those that exist."""
    known = load_all(extra)
    if name not in known:
        raise UsageError(f"There is no destination called {name}.", f"Known: {', '.join(known)}.")
    return known[name]


def load(path: Path) -> Definition:
    """The definition in the file `path`. Raises `DefinitionError`."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError(f"The definition {path} cannot be read as UTF-8 text.") from error
    return parse(text, path.name)


def parse(text: str, filename: str) -> Definition:
    """The definition that `text` holds; `filename` is named in errors and must be `<name>.toml`."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{filename} is not valid TOML: {error}.") from error
    return _definition(Table(document, filename, ""), filename)


def _definition(table: Table, filename: str) -> Definition:
    name = table.take("name", str)
    if f"{name}{SUFFIX}" != filename:
        raise table.error(f"must be the name of the file, {filename.removesuffix(SUFFIX)!r}", "name")
    dialect = _dialect(table.table("dialect"))
    limits = table.table("limits")
    max_file_rows, max_file_bytes = limits.count("max_file_rows"), limits.count("max_file_bytes")
    limits.done()
    channels = table.words("channels", CHANNELS)
    sources = table.texts("sources")
    layouts = _layouts(table.table("layouts"))
    definition = Definition(
        name=name,
        title=table.take("title", str),
        checked=table.take("checked", date),
        sources=sources,
        channels=channels,
        polarity=table.word("polarity", POLARITIES),
        files=tuple(_file(item, layouts, channels) for item in table.tables("files", [])),
        evidence=table.texts("evidence", []),
        unverified=table.texts("unverified", []),
        notes=table.texts("notes", []),
        purpose=table.word("purpose", PURPOSES, "marketing"),
        one_click=table.take("one_click", bool, None),
        unique=table.words("unique", UNIQUE, []),
        dialect=dialect,
        max_file_rows=max_file_rows,
        max_file_bytes=max_file_bytes,
        api=api(table.table("api"), channels, sources) if "api" in table.left() else None,
    )
    table.done()
    if not definition.files and definition.api is None:
        raise table.error("is missing, and so is api: it must hold at least one file, or an api", "files")
    names = [rule.name for rule in definition.files]
    if len(set(names)) < len(names):
        raise table.error("holds two files of the same name", "files")
    return definition


def _dialect(table: Table) -> Dialect:
    dialect = Dialect(
        encoding=table.word("encoding", ENCODINGS, "utf-8"),
        delimiter=table.word("delimiter", DELIMITERS, ","),
        quoting=table.word("quoting", QUOTINGS, "minimal"),
        line_end=table.word("line_end", LINE_ENDS, "crlf"),
        line_breaks=table.word("line_breaks", LINE_BREAKS, "space"),
    )
    table.done()
    return dialect


def _layouts(table: Table) -> dict[str, tuple[Column, ...]]:
    layouts = {}
    for name in table.left():
        tables = table.tables(name)
        columns = tuple(file_column(item) for item in tables)
        headers = {column.header for column in columns if column.value is None}
        for item, column in zip(tables, columns, strict=True):
            if column.needs and column.needs not in headers:
                raise item.error(f"is {column.needs!r}, which is no other column of this layout", "needs")
        layouts[name] = columns
    table.done()
    return layouts


def _file(table: Table, layouts: Mapping[str, tuple[Column, ...]], channels: Sequence[str]) -> FileRule:
    who = table.word("who", WHO, "admitted")
    rule = FileRule(
        name=table.take("name", str),
        status=table.word("status", STATUSES),
        # Everybody's columns are those of the contacts table, whatever it grows to.
        columns=() if who == "everybody" else layouts[table.word("layout", layouts)],
        who=who,
        format=table.word("format", FORMATS, "csv"),
        channels=table.words("channels", channels, list(channels)),
        match=table.word("match", MATCHES, "any"),
        basis=table.word("basis", BASES, "any"),
        states=table.words("states", SUPPRESSED_STATES, []),
        one_row_per=table.word("one_row_per", ROW_UNITS, "contact"),
        subscribes=table.take("subscribes", bool, False),
        say=table.take("say", str, ""),
    )
    table.done()
    if not _FILE_NAME.fullmatch(rule.name) or rule.name == "held-back":
        raise table.error("must be lower-case letters, digits and hyphens, and not held-back", "name")
    if (rule.who == "suppressed") != bool(rule.states):
        raise table.error("and who = 'suppressed' need each other", "states")
    if rule.who == "everybody" and rule.format != "parquet":
        raise table.error("must be parquet for who = 'everybody'", "format")
    if rule.format == "parquet" and any(column.value is not None for column in rule.columns):
        raise table.error("must not be parquet for a layout with constant values", "format")
    if rule.format in VCARDS:
        vcard.check([column.header for column in rule.columns], table)
    if rule.subscribes and rule.who != "admitted":
        raise table.error("must be false: only admitted people may be subscribed", "subscribes")
    if rule.status == "subscribed" and not rule.subscribes:
        raise table.error("must be true for the status subscribed", "subscribes")
    return rule
