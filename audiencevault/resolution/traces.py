"""What a run leaves behind, so that the next one can go on from it: all records as they are compared, who hangs
together, and how many people have which value.

Words: a *slot* is the number of a record for as long as it says the same; whoever is observed anew gets a new slot. The
*person* of a slot is whom exact keys joined, its *bond* what their links tie together before any guard, its *tie* what
all links do; each is named by one of its slots.

A trace is a directory of Arrow files that are mapped into memory, so that looking up a few records reads little. It is
derived from the vault and good for nothing else. It holds names, addresses and places in comparison form: whoever is
erased must go from it too, so an erasure removes it.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from audiencevault.engine import Engine
from audiencevault.resolution import forms
from audiencevault.resolution.codes import codes, combined
from audiencevault.resolution.features import HELD_SCHEMA, NUMBERED_SCHEMA

Ids = npt.NDArray[np.int64]

VERSION: Final = 2
"""Of the layout of these files; see also `method`."""
ROWS_SCHEMA: Final = pa.schema([*(field for field in NUMBERED_SCHEMA if field.name != "rid"), ("shown", pa.int64())])
"""`resolve_numbered` without its numbers, a row a slot; `shown` is the code of the first and last name as mailboxes
spell them, 0 where that is as they are compared."""
FORMS_SCHEMA: Final = pa.schema([("nid", pa.int64()), ("form", pa.int64())])
PARTS: Final = {"rows": ROWS_SCHEMA, "held": HELD_SCHEMA, "forms": FORMS_SCHEMA}
"""What only grows; the `rid` of `held` is a slot."""
GROUPS_SCHEMA: Final = pa.schema([(name, pa.int32()) for name in ("rid", "person", "bond", "tie")])
ENDS_SCHEMA: Final = pa.schema([("a", pa.int32()), ("b", pa.int32())])
DECIDED: Final = "decided"
FACTS: Final = "trace.json"
NUMBERS: Final = ("slots", "records", "contacts")
SMALL: Final = 32_768
"""Rows up to which what the last run added is written again together with what is added now."""

ROWS: Final = f"SELECT rid, {', '.join(ROWS_SCHEMA.names[:-1])} FROM resolve_numbered"
HELD: Final = f"SELECT {', '.join(HELD_SCHEMA.names)} FROM resolve_held"
WHOLE_FORMS: Final = " UNION ".join(
    f"SELECT nid, {column} AS form FROM resolve_forms WHERE {column} <> 0" for column in forms.WHOLE
)


@functools.cache
def method() -> str:
    """What the rules are by which a run decides: a hash of the modules of this room, so that no program goes on from
    what another version of it has left behind. Empty where the modules are not there as files.
    """
    digest = hashlib.sha256()
    files = sorted(entry.name for entry in resources.files(__package__).iterdir() if entry.name.endswith(".py"))
    for name in files:
        digest.update(name.encode() + b"\0" + resources.files(__package__).joinpath(name).read_bytes())
    return digest.hexdigest() if files else ""


@dataclass(frozen=True, slots=True)
class Trace:
    """The trace in `directory`: `slots` is the number of slots given so far; there are `records` and `contacts`."""

    directory: Path
    slots: int
    records: int
    contacts: int
    model: str

    def paths(self, part: str) -> list[Path]:
        """The files of one of `PARTS`, oldest first."""
        return sorted(self.directory.glob(f"{part}-*.arrow"), key=_number)

    def part(self, part: str) -> pa.Table:
        """All rows of one of `PARTS`, oldest first; they stay on the disk until they are looked at."""
        return pa.concat_tables([_read(path) for path in self.paths(part)] or [PARTS[part].empty_table()])

    def column(self, part: str, name: str) -> Ids:
        """One column of numbers of one of `PARTS`: read, since all of it is looked at again and again."""
        schema = PARTS[part]
        options = pa.ipc.IpcReadOptions(included_fields=[schema.names.index(name)])
        found = [np.zeros(0, schema.field(name).type.to_pandas_dtype())]
        for path in self.paths(part):
            with pa.OSFile(str(path)) as file:
                found.append(pa.ipc.open_file(file, options=options).read_all().column(0).to_numpy())
        numbers: Ids = np.concatenate(found)
        return numbers

    def table(self, name: str) -> pa.Table:
        """What `write_table` wrote under this name."""
        return _read(self.directory / f"{name}.arrow")


def _number(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])


def _read(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def load(directory: Path) -> Trace | None:
    """The trace in `directory`; None where there is none that this version can read."""
    try:
        facts = json.loads((directory / FACTS).read_text("utf-8"))
        if facts["version"] != VERSION or not method() or facts["method"] != method():
            return None
        if facts["files"] != _files(directory):
            return None
        slots, records, contacts = (int(facts[name]) for name in NUMBERS)
        return Trace(directory, slots, records, contacts, str(facts["model"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _files(directory: Path) -> dict[str, int]:
    """How many bytes each file of a trace has: one that lacks some is none."""
    return {path.name: path.stat().st_size for path in sorted(directory.glob("*.arrow"))}


@contextmanager
def _writing(path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatchFileWriter]:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        yield writer


def _coded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """One batch of `ROWS` as ROWS_SCHEMA."""
    parts = [codes(batch.column(name).cast(pa.string())) for name in ("first_shown", "last_shown")]
    shown = combined(6, *(np.where(part == 0, 1, part) for part in parts))
    shown[(parts[0] == 0) & (parts[1] == 0)] = 0
    columns = [batch.column(field.name).cast(field.type) for field in ROWS_SCHEMA if field.name != "shown"]
    return pa.RecordBatch.from_arrays([*columns, pa.array(shown)], schema=ROWS_SCHEMA)


def write_rows(engine: Engine, directory: Path, start: int) -> Ids:
    """Write the records that are registered in `engine` as slots from `start` on; the slot of each record number.

    They follow the rows of `directory`; what the run before added, if that is little, becomes one file with them.
    """
    numbers: list[Ids] = []

    def rows() -> Iterator[pa.RecordBatch]:
        for batch in engine.stream(ROWS):
            numbers.append(batch.column("rid").cast(pa.int64()).to_numpy())
            yield _coded(batch)

    _extend(directory, "rows", start, rows())
    order = np.concatenate([np.zeros(0, np.int64), *numbers])
    slot = np.empty(len(order), np.int64)
    slot[order] = start + np.arange(len(order))

    def held() -> Iterator[pa.RecordBatch]:
        for batch in engine.stream(HELD):
            table = pa.Table.from_batches([batch])
            moved = pa.array(slot[batch.column("rid").cast(pa.int64()).to_numpy()])
            yield from table.set_column(0, "rid", moved).cast(HELD_SCHEMA).to_batches()

    _extend(directory, "held", start, held())
    _extend(directory, "forms", start, engine.stream(WHOLE_FORMS))
    return slot


def _extend(directory: Path, part: str, start: int, batches: Iterable[pa.RecordBatch]) -> None:
    """Write one more file of a part; a small last one goes into it."""
    schema = PARTS[part]
    last = sorted(directory.glob(f"{part}-*.arrow"), key=_number)[-1:]
    small = [(path, table) for path in last if (table := _read(path)).num_rows <= SMALL]
    at = _number(small[0][0]) if small else start
    target = directory / f"{part}.new"
    with _writing(target, schema) as file:
        for _, table in small:
            file.write_table(table)
        for batch in batches:
            file.write_table(pa.Table.from_batches([batch]).select(schema.names).cast(schema))
    target.replace(directory / f"{part}-{at}.arrow")


def write_table(directory: Path, name: str, table: pa.Table) -> None:
    """Write a table that a run makes anew, under a name that none of `PARTS` begins with."""
    with _writing(directory / f"{name}.arrow", table.schema) as file:
        file.write_table(table)


def write_facts(trace: Trace) -> None:
    """Write what `load` reads; the last thing, since without it there is no trace."""
    facts = {
        "version": VERSION,
        "method": method(),
        **{name: getattr(trace, name) for name in NUMBERS},
        "model": trace.model,
        "files": _files(trace.directory),
    }
    (trace.directory / FACTS).write_text(json.dumps(facts, sort_keys=True), "utf-8")


def share_rows(trace: Trace, directory: Path) -> None:
    """Give `directory` the rows of `trace`: the same files, linked where the file system can, else copied."""
    for part in PARTS:
        for path in trace.paths(part):
            target = directory / path.name
            with suppress(OSError):
                os.link(path, target)
                continue
            shutil.copyfile(path, target)
