"""The vault's public tables in the owner's own database, by stable id, deletions included.

`duckdb:///FILE` is what there is: the path after the third slash is relative to where the program runs, with a
fourth slash it is absolute. The tables live in a schema of their own, `audiencevault`; nothing else in the
database is touched. One transaction: whoever reads sees the old state or the new one.

What passes is what an Audience selected with purpose `storage` admits: everybody but the erased. A row belongs
to a person through its record; what belongs to nobody admitted is not loaded, and what was loaded of somebody
who is gone from the vault is deleted.

DuckDB leaves the bytes of deleted rows in the file until something else is written there. So after a load that
deleted, a database that holds nothing but our schema is written anew; one with tables of somebody else is not,
and `Loaded.rewritten` says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import pyarrow as pa

from audiencevault.audience import Audience
from audiencevault.destinations.flat import STORAGE
from audiencevault.engine.duckdb_file import DuckDBFile, Merged, rewrite
from audiencevault.errors import DestinationRefusedError, UsageError
from audiencevault.records import TABLES

SCHEMA: Final = "audiencevault"
MARKER: Final = "vault"
FORMAT: Final = 1
_DUCKDB: Final = "duckdb:///"

Source: TypeAlias = "pa.Table | Sequence[str]"


@dataclass(frozen=True)
class PublicTable:
    """One table of the public schema: `query` over the relations of the snapshot (and the staged relations
    `admitted_members` and `admitted_events`), with `key` unique and not null.
    """

    name: str
    key: tuple[str, ...]
    query: str
    reads: tuple[str, ...]


# The latest observation of each record, in the order in which the vault counts exports.
_CURRENT: Final = """
    SELECT * EXCLUDE (latest) FROM (
        SELECT r.*, row_number() OVER (
            PARTITION BY r.record_id
            ORDER BY i.observed_at DESC, i.at DESC, i.path DESC, r.import_id DESC, r.locator DESC) AS latest
        FROM source_records r
        JOIN admitted_members m ON m.record_id = r.record_id
        LEFT JOIN imports i ON i.import_id = r.import_id)
    WHERE latest = 1
"""
# Neither table has an id of its own: the rows of one key are numbered in a fixed order.
_POINTS: Final = """
    SELECT md5(concat_ws(chr(31), p.record_id, p.point_kind, coalesce(p.raw, ''), coalesce(p.label, ''),
           CAST(row_number() OVER (PARTITION BY p.record_id, p.point_kind, p.raw, p.label
                                   ORDER BY p.point, p.country_from, p.line_type) AS VARCHAR))) AS row_id, p.*
    FROM contact_points p JOIN admitted_members m ON m.record_id = p.record_id
"""
_STATUS: Final = """
    SELECT md5(concat_ws(chr(31), s.record_id, s.status, CAST(s.as_of AS VARCHAR), coalesce(s.import_id, ''),
           CAST(row_number() OVER (PARTITION BY s.record_id, s.status, s.as_of, s.import_id) AS VARCHAR))) AS row_id,
           s.*
    FROM record_status s JOIN admitted_members m ON m.record_id = s.record_id
"""
_MEMBERS: Final = """
    SELECT DISTINCT m.record_id, m.contact_id FROM members m JOIN admitted a ON a.contact_id = m.contact_id
"""
# An event without a record is about a point: it belongs to whoever holds that point.
_EVENTS: Final = """
    SELECT e.* FROM consent_events e
    WHERE e.record_id IN (SELECT record_id FROM admitted_members)
       OR (e.record_id IS NULL AND (e.point_kind, e.point_key) IN (
              SELECT p.point_kind, p.point_key FROM contact_points p
              JOIN admitted_members m ON m.record_id = p.record_id
              WHERE p.point_key IS NOT NULL))
"""

PUBLIC: Final = (
    PublicTable(
        "contacts",
        ("contact_id",),
        "SELECT c.* FROM contacts c JOIN admitted a ON a.contact_id = c.contact_id",
        ("contacts",),
    ),
    PublicTable("members", ("record_id",), "SELECT * FROM admitted_members", ("members",)),
    PublicTable("source_records", ("record_id",), _CURRENT, ("source_records", "imports")),
    PublicTable("record_status", ("row_id",), _STATUS, ("record_status",)),
    PublicTable("contact_points", ("row_id",), _POINTS, ("contact_points",)),
    PublicTable("consent_events", ("event_id",), "SELECT * FROM admitted_events", ("consent_events", "contact_points")),
    PublicTable(
        "notices",
        ("notice_id",),
        "SELECT DISTINCT ON (n.notice_id) n.* FROM notices n "
        "WHERE n.notice_id IN (SELECT notice_id FROM admitted_events) ORDER BY n.notice_id, n.first_import_id",
        ("notices",),
    ),
    PublicTable("attestations", ("attestation_id",), "SELECT * FROM attestations", ("attestations",)),
    PublicTable("imports", ("import_id",), "SELECT * FROM imports", ("imports",)),
    PublicTable(
        "deliveries",
        ("delivery_id",),
        "SELECT d.* FROM deliveries d JOIN admitted a ON a.contact_id = d.contact_id",
        ("deliveries",),
    ),
)
"""What is loaded. Not loaded, on purpose: match features and links (workings), rejects (rows of nobody), owner
points, tombstones and decisions (the vault's own), the identity log (it names people who are gone)."""


@dataclass(frozen=True)
class TableLoad:
    """What a load did to one table, in rows."""

    name: str
    inserted: int
    updated: int
    deleted: int
    unchanged: int

    @property
    def changed(self) -> int:
        """Rows that were not as they had to be."""
        return self.inserted + self.updated + self.deleted


@dataclass(frozen=True)
class Loaded:
    """What a load did. `target` is the database's file; `rewritten` whether the file was written anew after rows
    were deleted, so that no byte of them is left.
    """

    target: Path
    tables: tuple[TableLoad, ...]
    rewritten: bool = False

    @property
    def changed(self) -> int:
        """Rows changed over all tables."""
        return sum(table.changed for table in self.tables)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "target": str(self.target),
            "changed": self.changed,
            "rewritten": self.rewritten,
            "tables": [
                {
                    "name": table.name,
                    "inserted": table.inserted,
                    "updated": table.updated,
                    "deleted": table.deleted,
                    "unchanged": table.unchanged,
                }
                for table in self.tables
            ],
        }


def load(url: str, audience: Audience, tables: Mapping[str, Source], *, vault_id: str) -> Loaded:
    """Make the public tables in the database at `url` equal to the snapshot's, for the people of `audience`.

    `audience` is selected with purpose `storage`; `tables` gives each table of the snapshot as an Arrow table
    or as paths of Parquet files; a table that is missing there is empty. `vault_id` marks the database: one of
    another vault is refused. Raises `UsageError` for a URL that is not understood, `DestinationUnavailableError`
    where another program has the database open, `DestinationRefusedError` where it cannot be used.
    """
    path = target(url)
    if audience.purpose != STORAGE:
        raise UsageError(f"Loading needs an audience for {STORAGE}, not for {audience.purpose}.")
    with DuckDBFile(path, schema=SCHEMA) as database:
        _claim(database, path, vault_id)
        database.read("admitted_rows", audience.rows.select(["contact_id"]), audience.rows.schema)
        database.stage("admitted", "SELECT DISTINCT contact_id FROM admitted_rows")
        for name in sorted({name for table in PUBLIC for name in table.reads}):
            database.read(name, tables.get(name, ()), TABLES[name])
        database.stage("admitted_members", _MEMBERS)
        database.stage("admitted_events", _EVENTS)
        done = tuple(_merged(table, database.merge(table.name, table.query, table.key)) for table in PUBLIC)
    deleted = any(table.deleted for table in done)
    return Loaded(path, done, rewritten=deleted and rewrite(path, schema=SCHEMA))


def target(url: str) -> Path:
    """The file that `url` names. The message of an error repeats the scheme only: URLs hold passwords."""
    scheme, separator, _ = url.partition(":")
    if not separator or not url.startswith(_DUCKDB):
        if scheme == "duckdb":
            raise UsageError(
                "A DuckDB file is written duckdb:///FILE, with three slashes.",
                "For instance: duckdb:///audience.duckdb",
            )
        shown = f"{scheme}:" if separator and scheme.isidentifier() else "This"
        raise UsageError(
            f"{shown} is not a database that can be loaded into; what there is: duckdb:///FILE.",
            "For anything else, write a flat copy with: export parquet",
        )
    name = url.removeprefix(_DUCKDB)
    if not name or name.endswith("/") or name == ":memory:" or any(mark in name for mark in "?#"):
        raise UsageError("duckdb:/// must be followed by the name of a file, and nothing after it.")
    if name.startswith("~"):
        raise UsageError(
            "The home directory is not filled in inside a URL.", "Write the path in full: duckdb:////home/…"
        )
    path = Path(name)
    if path.is_dir():
        raise UsageError(f"{path} is a directory, not a database file.", "Name a file in it.")
    if not path.parent.is_dir():
        raise UsageError(f"The directory {path.parent} does not exist.", "Make it first, or name another.")
    return path


def _claim(database: DuckDBFile, path: Path, vault_id: str) -> None:
    """Refuse another vault's tables, and tables that no load made; mark ours."""
    owner = database.value(MARKER, "vault_id")
    if owner is None and database.tables():
        raise DestinationRefusedError(
            f"{path} has a schema named {SCHEMA} that no load made, so nothing was loaded.", "Name another file."
        )
    if owner is not None and owner != vault_id:
        raise DestinationRefusedError(
            f"{path} holds the tables of another vault, so nothing was loaded.", "Name another file for this vault."
        )
    found = database.value(MARKER, "format")
    if found is not None and int(found) > FORMAT:
        raise DestinationRefusedError(
            f"{path} was loaded by a later version of AudienceVault.", "Update AudienceVault."
        )
    mark = pa.table({"vault_id": [vault_id], "format": pa.array([FORMAT], pa.int32())})
    database.read("mark", mark, mark.schema)
    database.merge(MARKER, "SELECT * FROM mark", ("vault_id",))


def _merged(table: PublicTable, result: Merged) -> TableLoad:
    return TableLoad(table.name, result.inserted, result.updated, result.deleted, result.unchanged)
