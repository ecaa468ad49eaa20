"""What a run leaves behind, so that the next one can go on from it: the codes of every record, and who hangs together.

Words: a *slot* is the number of a record for as long as it says the same; whoever is observed anew gets a new slot. The
*person* of a slot is whom exact keys joined, its *bond* what their links tie together before any guard, its *tie* what
all links do; each is named by one of its slots.

A trace is a directory of Parquet files, derived from the vault and good for nothing else. It holds hashes of names,
addresses and places: whoever is erased must go from it too, so an erasure removes it.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from audiencevault.engine import Engine
from audiencevault.resolution import forms
from audiencevault.resolution.codes import codes, combined

VERSION: Final = 1
"""Of the layout of these files; see also `method`."""
COLUMNS: Final = ("nid", "first", "last", "name", "given", "initial", "birthday", "company", "street", "home",
                  "postcode", "city")  # fmt: skip
CODES_SCHEMA: Final = pa.schema(
    [("rid", pa.int64()), ("record_id", pa.string()), *((name, pa.int64()) for name in (*COLUMNS, "shown"))]
)
"""`shown` is the code of the first and last name as mailboxes spell them, 0 where that is as they are compared."""
HELD_COLUMNS: Final = ("rid", "kind", "key", "shared", "loose", "stem", "prefix", "suffix")
HELD_SCHEMA: Final = pa.schema(
    [(name, pa.int8() if name in ("kind", "shared") else pa.int64()) for name in HELD_COLUMNS]
)
ACCOUNTS_SCHEMA: Final = pa.schema([("rid", pa.int64()), ("platform", pa.string())])
FORMS_SCHEMA: Final = pa.schema([("nid", pa.int64()), ("form", pa.int64())])
GROUPS_SCHEMA: Final = pa.schema([(name, pa.int64()) for name in ("rid", "person", "bond", "tie")])
PARTS: Final = {
    "codes": CODES_SCHEMA, "held": HELD_SCHEMA, "accounts": ACCOUNTS_SCHEMA, "forms": FORMS_SCHEMA,
}  # fmt: skip
GROUPS: Final = "groups.parquet"
DECIDED: Final = "decided.parquet"
FACTS: Final = "trace.json"

ROWS: Final = f"""
SELECT n.rid + {{start}} AS rid, i.record_id, {", ".join(f"n.{name}" for name in COLUMNS)}, n.first_shown, n.last_shown
FROM resolve_numbered n JOIN resolve_ids i ON i.rid = n.rid ORDER BY n.rid
"""
HELD: Final = f"""
SELECT rid + {{start}} AS rid, {", ".join(HELD_COLUMNS[1:])} FROM resolve_held ORDER BY rid, kind, key
"""
ACCOUNTS: Final = "SELECT DISTINCT rid + {start} AS rid, platform FROM resolve_accounts ORDER BY 1, 2"
WHOLE_FORMS: Final = (
    " UNION ".join(f"SELECT nid, {column} AS form FROM resolve_forms WHERE {column} <> 0" for column in forms.WHOLE)
    + " ORDER BY nid, form"
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
    """The trace in `directory`: `slots` is the number of slots given so far, `records` that of records."""

    directory: Path
    slots: int
    records: int
    model: str

    def paths(self, part: str) -> list[str]:
        """The files of one of `PARTS`, oldest first."""
        return sorted((str(path) for path in self.directory.glob(f"{part}-*.parquet")), key=_number)

    def groups(self) -> pa.Table:
        """GROUPS_SCHEMA, a row for every slot whose record still says the same."""
        return pq.read_table(self.directory / GROUPS)

    def decided(self) -> pa.Table:
        """The decisions that were obeyed, as `decisions.effective` gives them."""
        return pq.read_table(self.directory / DECIDED)

    def register(self, engine: Engine) -> None:
        """Make the parts readable as `known_codes`, `known_held`, `known_accounts`, `known_forms`."""
        for part, schema in PARTS.items():
            engine.read(f"known_{part}", self.paths(part), schema)


def _number(path: str) -> int:
    return int(path.rpartition("-")[2].removesuffix(".parquet"))


def load(directory: Path) -> Trace | None:
    """The trace in `directory`; None where there is none that this version can read."""
    try:
        facts = json.loads((directory / FACTS).read_text("utf-8"))
        if facts["version"] != VERSION or not method() or facts["method"] != method():
            return None
        return Trace(directory, int(facts["slots"]), int(facts["records"]), str(facts["model"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _coded(batch: pa.RecordBatch) -> pa.RecordBatch:
    shown = combined(6, *(codes(batch.column(name).cast(pa.string())) for name in ("first_shown", "last_shown")))
    columns = [batch.column(name) for name in CODES_SCHEMA.names[:-1]]
    return pa.RecordBatch.from_arrays([*columns, pa.array(shown)], schema=CODES_SCHEMA)


def write_rows(engine: Engine, directory: Path, start: int) -> None:
    """Write the records that are registered in `engine` as slots from `start` on."""
    number = start
    _write(directory / f"codes-{number}.parquet", CODES_SCHEMA,
           (_coded(batch) for batch in engine.stream(ROWS.format(start=start))))  # fmt: skip
    for part, query in (("held", HELD), ("accounts", ACCOUNTS), ("forms", WHOLE_FORMS)):
        _write(directory / f"{part}-{number}.parquet", PARTS[part], engine.stream(query.format(start=start)))


def _write(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    with pq.ParquetWriter(path, schema, compression="lz4", write_statistics=False) as file:
        for batch in batches:
            file.write_table(pa.Table.from_batches([batch]).select(schema.names).cast(schema))


def write_facts(directory: Path, trace: Trace, groups: pa.Table, decided: pa.Table) -> None:
    """Write everything of a trace but its rows."""
    pq.write_table(groups.cast(GROUPS_SCHEMA), directory / GROUPS, compression="lz4", write_statistics=False)
    pq.write_table(decided, directory / DECIDED, compression="lz4")
    facts = {
        "version": VERSION,
        "method": method(),
        "slots": trace.slots,
        "records": trace.records,
        "model": trace.model,
    }
    (directory / FACTS).write_text(json.dumps(facts, sort_keys=True), "utf-8")


def share_rows(trace: Trace, directory: Path) -> None:
    """Give `directory` the rows of `trace`: the same files, linked where the file system can, else copied."""
    for part in PARTS:
        for path in trace.paths(part):
            target = directory / Path(path).name
            with suppress(OSError):
                os.link(path, target)
                continue
            shutil.copyfile(path, target)
