"""Loading into a real DuckDB file: twice changes nothing, gone is gone, and a crash leaves the old state."""

from __future__ import annotations

import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audiencevault.destinations import warehouse
from audiencevault.destinations.sample import build
from audiencevault.errors import DestinationRefusedError, DestinationUnavailableError, UsageError
from audiencevault.records import TABLES

AT = datetime(2026, 11, 1, tzinfo=UTC)
LATER = datetime(2026, 11, 2, tzinfo=UTC)


def stored(*people: str) -> Any:
    rows = [{"contact_id": person, "channel": "storage", "reason": "OK_STORAGE"} for person in people]
    return build(rows, [], channels=("storage",), purpose="storage")


def snapshot(*people: str, city: str = "Portland") -> dict[str, pa.Table]:
    """Two records and three points per person; the first record was observed twice."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    rows["imports"] = [
        {
            "import_id": "i1",
            "at": AT,
            "observed_at": AT,
            "path": "a.csv",
            "skipped": [("empty", 1)],
            "coverage": [],
            "settings": [],
        },
        {
            "import_id": "i2",
            "at": LATER,
            "observed_at": LATER,
            "path": "b.csv",
            "skipped": [],
            "coverage": [("x", True)],
            "settings": [],
        },
    ]
    for person in people:
        rows["contacts"].append(
            {"contact_id": person, "display_name": f"Name {person}", "emails": [f"{person}@example.com"], "city": city,
             "provenance": [("city", f"{person}-r1")]}
        )  # fmt: skip
        for record, imports in ((f"{person}-r1", ("i1", "i2")), (f"{person}-r2", ("i1",))):
            rows["members"].append({"record_id": record, "contact_id": person})
            for import_id in imports:
                rows["source_records"].append(
                    {"record_id": record, "import_id": import_id, "source": "shopify.customers", "locator": "row 2",
                     "city": f"{import_id} {city}", "extra": [("Note", "n")],
                     "points": [{"kind": "email", "raw": person, "label": None}]}
                )  # fmt: skip
            rows["consent_events"].append(
                {"event_id": f"e-{record}", "record_id": record, "notice_id": f"n-{person}", "conditions": []}
            )
        twice = {"record_id": f"{person}-r1", "point_kind": "email", "raw": person, "point": f"{person}@example.com",
                 "point_key": f"{person}@example.com", "flags": ["role"]}  # fmt: skip
        rows["contact_points"] += [
            twice,
            twice,
            {"record_id": f"{person}-r2", "point_kind": "phone", "raw": "1", "point_key": "+1"},
        ]
        rows["consent_events"].append(
            {"event_id": f"p-{person}", "point_kind": "email", "point_key": f"{person}@example.com", "conditions": []}
        )
        rows["notices"].append({"notice_id": f"n-{person}", "text": "Yes, please."})
        rows["record_status"].append({"record_id": f"{person}-r2", "status": "gone", "as_of": AT, "import_id": "i2"})
    rows["consent_events"].append(
        {"event_id": "nobody", "point_kind": "email", "point_key": "nobody@example.com", "conditions": []}
    )
    rows["source_records"].append(
        {"record_id": "followed", "import_id": "i1", "source": "instagram.following", "extra": []}
    )
    return {name: pa.Table.from_pylist(items, schema=TABLES[name]) for name, items in rows.items()}


def counts(loaded: warehouse.Loaded) -> dict[str, tuple[int, int, int, int]]:
    return {t.name: (t.inserted, t.updated, t.deleted, t.unchanged) for t in loaded.tables if t.changed or t.unchanged}


def load(
    path: Path, *people: str, city: str = "Portland", vault_id: str = "v1", tables: Any = None
) -> warehouse.Loaded:
    given = snapshot(*people, city=city) if tables is None else tables
    return warehouse.load(f"duckdb:///{path}", stored(*people), given, vault_id=vault_id)


def content(path: Path) -> dict[str, list[Any]]:
    with duckdb.connect(str(path), read_only=True) as database:
        return {
            table.name: sorted(
                database.sql(f"SELECT * FROM audiencevault.{table.name}").to_arrow_table().to_pylist(), key=str
            )
            for table in warehouse.PUBLIC
        }


def test_a_second_load_changes_nothing_and_gone_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "audience.duckdb"
    first = load(path, "ann", "bob")
    assert counts(first) == {
        "contacts": (2, 0, 0, 0),
        "members": (4, 0, 0, 0),
        "source_records": (4, 0, 0, 0),
        "record_status": (2, 0, 0, 0),
        "contact_points": (6, 0, 0, 0),
        "consent_events": (6, 0, 0, 0),
        "notices": (2, 0, 0, 0),
        "imports": (2, 0, 0, 0),
    }
    again = load(path, "ann", "bob")
    assert again.changed == 0
    assert {t.name: t.unchanged for t in again.tables} == {t.name: t.inserted for t in first.tables}
    changed = load(path, "ann", "bob", city="Salem")
    assert counts(changed)["contacts"] == (0, 2, 0, 0)
    assert counts(changed)["source_records"] == (0, 4, 0, 0)
    gone = load(path, "ann", city="Salem")
    assert counts(gone)["contacts"] == (0, 0, 1, 1)
    assert counts(gone)["consent_events"] == (0, 0, 3, 3)
    assert "bob" not in str(content(path))
    assert "ann" in str(content(path))
    members = next(row for row in gone.as_dict()["tables"] if row["name"] == "members")
    assert members == {"name": "members", "inserted": 0, "updated": 0, "deleted": 2, "unchanged": 2}


def test_no_byte_of_the_deleted_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    people = [f"person{number:04}" for number in range(400)]
    load(path, *people)
    assert b"person0200" in path.read_bytes()
    gone = load(path, *people[:200], *people[201:])
    assert gone.rewritten
    assert b"person0200" not in path.read_bytes()
    assert b"person0201" in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in tmp_path.iterdir()] == ["a.duckdb"]
    assert load(path, *people[:200], *people[201:]).changed == 0


@pytest.mark.parametrize("foreign", ["TABLE t AS SELECT 1", "VIEW v AS SELECT 1", "MACRO m() AS 1", "SEQUENCE s"])
def test_a_database_with_things_of_somebody_else_is_not_rewritten(foreign: str, tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    load(path, "ann", "bob")
    with duckdb.connect(str(path)) as database:
        database.execute(f"CREATE {foreign}")
    assert not load(path, "ann").rewritten


def test_somebody_who_may_not_be_stored_is_not_loaded_though_the_vault_still_has_rows(tmp_path: Path) -> None:
    path = tmp_path / "audience.duckdb"
    warehouse.load(f"duckdb:///{path}", stored("ann"), snapshot("ann", "bob"), vault_id="v1")
    assert "bob" not in str(content(path))


def test_records_and_events_of_nobody_are_not_loaded(tmp_path: Path) -> None:
    load(tmp_path / "a.duckdb", "ann")
    assert "nobody" not in str(content(tmp_path / "a.duckdb"))
    assert "followed" not in str(content(tmp_path / "a.duckdb"))


def test_only_the_latest_observation_is_current(tmp_path: Path) -> None:
    load(tmp_path / "a.duckdb", "ann")
    with duckdb.connect(str(tmp_path / "a.duckdb"), read_only=True) as database:
        rows = database.sql("SELECT record_id, import_id FROM audiencevault.source_records ORDER BY 1").fetchall()
    assert rows == [("ann-r1", "i2"), ("ann-r2", "i1")]


def test_tables_may_come_as_parquet_files(tmp_path: Path) -> None:
    tables: dict[str, Any] = {}
    for name, table in snapshot("ann", "bob").items():
        half = table.num_rows // 2
        for number, part in enumerate((table.slice(0, half), table.slice(half))):
            pq.write_table(part, tmp_path / f"{name}-{number}.parquet")
        tables[name] = [str(tmp_path / f"{name}-{n}.parquet") for n in (0, 1)] if table.num_rows else []
    load(tmp_path / "files.duckdb", "ann", "bob", tables=tables)
    load(tmp_path / "tables.duckdb", "ann", "bob")
    assert content(tmp_path / "files.duckdb") == content(tmp_path / "tables.duckdb")


def test_other_tables_in_the_database_are_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE TABLE contacts AS SELECT 1 AS mine")
        database.execute("CREATE SCHEMA sales")
        database.execute("CREATE TABLE sales.contacts AS SELECT 2 AS mine")
    load(path, "ann")
    load(path)
    with duckdb.connect(str(path), read_only=True) as database:
        assert database.sql(
            "SELECT (SELECT mine FROM main.contacts), (SELECT mine FROM sales.contacts)"
        ).fetchall() == [(1, 2)]
        assert database.sql("SELECT count(*) FROM audiencevault.contacts").fetchall() == [(0,)]


@pytest.mark.parametrize("name", ["audiencevault", "contacts", 'odd "name"', "temp"])
def test_the_name_of_the_file_does_not_matter(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.duckdb"
    load(path, "ann", "bob")
    assert load(path, "ann", "bob").changed == 0


def test_columns_are_added_and_those_of_somebody_else_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    load(path, "ann")
    with duckdb.connect(str(path)) as database:
        database.execute("ALTER TABLE audiencevault.contacts DROP COLUMN city")
        database.execute("ALTER TABLE audiencevault.contacts ALTER COLUMN orders_count TYPE VARCHAR")
        database.execute("ALTER TABLE audiencevault.contacts ADD COLUMN note VARCHAR DEFAULT 'mine'")
    assert counts(load(path, "ann"))["contacts"] == (0, 1, 0, 0)
    assert counts(load(path, "ann"))["contacts"] == (0, 0, 0, 1)
    with duckdb.connect(str(path), read_only=True) as database:
        row = database.sql("SELECT city, note, typeof(orders_count) FROM audiencevault.contacts").fetchall()
    assert row == [("Portland", "mine", "BIGINT")]


def test_another_vault_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    load(path, "ann")
    before = content(path)
    with pytest.raises(DestinationRefusedError, match="holds the tables of another vault"):
        load(path, "bob", vault_id="v2")
    assert content(path) == before


def test_a_schema_of_that_name_that_no_load_made_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE SCHEMA audiencevault")
        database.execute("CREATE TABLE audiencevault.contacts AS SELECT 1 AS mine")
    with pytest.raises(DestinationRefusedError, match="that no load made"):
        load(path, "ann")


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    load(path, "ann")
    with duckdb.connect(str(path)) as database:
        database.execute("UPDATE audiencevault.vault SET format = 99")
    with pytest.raises(DestinationRefusedError, match="later version"):
        load(path, "ann")


KILLED = """
import os, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from test_warehouse import load
from audiencevault.engine.duckdb_file import DuckDBFile
merge, done = DuckDBFile.merge, [0]
def killed(self, *arguments):
    result = merge(self, *arguments)
    done[0] += 1
    if done[0] == {after}:
        os._exit(9)
    return result
DuckDBFile.merge = killed
load(Path({path!r}), "bob", "cleo", city="Salem")
"""


@pytest.mark.parametrize("after", [2, 11])
def test_a_load_that_is_killed_leaves_the_old_state(after: int, tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    load(path, "ann", "bob")
    before = content(path)
    script = KILLED.format(tests=str(Path(__file__).parent), path=str(path), after=after)
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    assert content(path) == before
    assert load(path, "ann", "bob").changed == 0


def test_a_failed_first_load_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise duckdb.IOException("no space left")

    monkeypatch.setattr("audiencevault.engine.duckdb_file.DuckDBFile.merge", full)
    with pytest.raises(DestinationRefusedError, match="could not be opened or written"):
        load(tmp_path / "a.duckdb", "ann")
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_open_elsewhere_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    load(path, "ann")
    script = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(DestinationUnavailableError, match="is open in another program"):
            load(path, "ann")
        other.communicate("")
    assert load(path, "ann").changed == 0


def test_a_file_that_is_no_database_is_a_sentence_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    path.write_bytes(b"not a database" * 1_000)
    with pytest.raises(DestinationRefusedError, match="is not a DuckDB database"):
        load(path, "ann")
    assert path.read_bytes() == b"not a database" * 1_000


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    load(tmp_path / "a.duckdb", "ann")
    assert stat.S_IMODE((tmp_path / "a.duckdb").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a.duckdb"]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (
            "postgresql://u:secret@host/db",
            "postgresql: is not a database that can be loaded into; what there is: duckdb:///FILE.",
        ),
        ("audience.duckdb", "This is not a database that can be loaded into"),
        ("duckdb:audience.duckdb", "with three slashes"),
        ("duckdb://audience.duckdb", "with three slashes"),
        ("duckdb:///", "must be followed by the name of a file"),
        ("duckdb:///:memory:", "must be followed by the name of a file"),
        ("duckdb:///a.duckdb?access_mode=x", "must be followed by the name of a file"),
        ("duckdb:///~/a.duckdb", "The home directory is not filled in"),
        ("duckdb:///no/such/directory/a.duckdb", "does not exist"),
        ("duckdb:///.", "is a directory"),
    ],
)
def test_urls_that_are_not_understood(url: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        warehouse.target(url)
    assert sentence in caught.value.message
    assert "secret" not in caught.value.message + caught.value.hint


def test_three_slashes_are_relative_and_four_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert warehouse.target("duckdb:///a.duckdb") == Path("a.duckdb")
    assert warehouse.target(f"duckdb:///{tmp_path}/a.duckdb") == tmp_path / "a.duckdb"


def test_only_an_audience_for_storage_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs an audience for storage, not for marketing"):
        warehouse.load(f"duckdb:///{tmp_path}/a.duckdb", build([], []), {}, vault_id="v1")
    assert list(tmp_path.iterdir()) == []
