"""What the vault promises while nothing goes wrong, and the sentences when it is used wrongly."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filelock import FileLock
from vault_faults import FailingOps
from vault_story import NOW, advance, environment, new_vault, rows, said, tell

from audiencevault.errors import (
    UsageError,
    VaultDamagedError,
    VaultError,
    VaultLockedError,
    VaultNotFoundError,
    VaultTooNewError,
)
from audiencevault.records import MEMBERS, TABLES
from audiencevault.vault import Vault
from audiencevault.vault.check import check
from audiencevault.vault.collecting import gc
from audiencevault.vault.files import ROW_GROUP, RowsWriter


def test_a_new_vault_is_empty_and_says_what_it_is(tmp_path: Path) -> None:
    vault = new_vault(tmp_path / "a.vault")
    again = Vault.open(vault.path)
    assert again.settings == vault.settings
    assert again.settings.controllers == ("shop",)
    assert (again.settings.region, again.settings.policy) == ("US", "auto")
    assert again.head().number == 0
    assert again.head().parent is None
    assert {again.head().rows(table) for table in TABLES} == {0}
    assert again.table("contacts").schema.equals(TABLES["contacts"], check_metadata=True)
    assert list(again.contacts().columns) == TABLES["contacts"].names
    assert check(again, read_data=True) == []


def test_a_snapshot_holds_what_was_put_in_and_stays_as_it_was(vault: Vault) -> None:
    head = vault.head()
    assert (head.number, head.parent, head.command) == (2, 1, "import")
    assert head.rows("source_records") == 10
    assert len(head.paths("source_records")) == 2, "append-only tables share files between snapshots"
    assert head.paths("source_records")[0] == vault.snapshot(1).paths("source_records")[0]
    assert [snapshot.number for snapshot in vault.history()] == [0, 1, 2]
    before = said(head)
    advance(vault, 3)
    assert vault.head().rows("contacts") == 15
    assert said(head) == before
    assert vault.table("contacts", ["contact_id"]).column_names == ["contact_id"]
    assert len(vault.contacts()) == 15
    record = vault.table("source_records").to_pylist()[0]
    assert record["extra"] == [("Note", "0")]
    assert record["points"][0]["raw"] == "p0@example.com"


def test_the_same_again_makes_no_snapshot(vault: Vault) -> None:
    with vault.begin("import", NOW) as txn:
        tell(txn, 2, ledger=False)
        assert txn.commit().number == 2
    with vault.begin("import", NOW) as txn:
        txn.append("rejects", rows("rejects", []))
        assert txn.commit().number == 2
    assert vault.head().number == 2
    assert check(vault, read_data=True) == []


def test_without_commit_nothing_happens(vault: Vault) -> None:
    before = sorted(path for path in vault.path.rglob("*"))
    with vault.begin("import", NOW) as txn:
        tell(txn, 3)
        (txn.staging / "notes.parquet").write_bytes(b"anything")
    with pytest.raises(ZeroDivisionError), vault.begin("import", NOW) as txn:
        tell(txn, 1 // 0)
    assert sorted(path for path in vault.path.rglob("*")) == before
    with pytest.raises(ValueError, match="over"):
        txn.append("imports", rows("imports", []))


def test_what_is_added_can_be_read_before_it_is_published(vault: Vault) -> None:
    with vault.begin("import", NOW) as txn:
        added = txn.append("imports", rows("imports", [{"import_id": "i_9"}]))
        assert pq.read_table(added.paths[0]).column("import_id").to_pylist() == ["i_9"]
        assert (added.rows, len(added.files)) == (1, 1)
        nothing = txn.append("rejects", iter([]))
        assert (nothing.rows, nothing.paths) == (0, [])


def test_the_bytes_of_a_file_depend_on_its_rows_only(tmp_path: Path) -> None:
    count = ROW_GROUP + 1000
    table = pa.table([pa.array([f"r{i}" for i in range(count)]), pa.array(["c"] * count)], schema=MEMBERS)
    shapes = [
        table,
        table.to_batches(max_chunksize=777),
        pa.RecordBatchReader.from_batches(MEMBERS, table.to_batches(max_chunksize=100_000)),
        (part for part in [table.slice(0, 5), table.slice(5, 0), table.slice(5)]),
        table.cast(
            pa.schema([("record_id", pa.large_string()), ("contact_id", pa.dictionary(pa.int32(), pa.string()))])
        ),
        table.select(["contact_id", "record_id"]),
    ]
    names = set()
    vault = new_vault(tmp_path / "a.vault")
    for shape in shapes:
        with vault.begin("test", NOW) as txn:
            txn.replace("members", shape)
            names.add(txn.commit().manifest.tables["members"])
    assert len(names) == 1
    assert vault.head().number == 1
    with pq.ParquetFile(vault.paths("members")[0]) as file:
        assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [ROW_GROUP, 1000]
        assert file.schema_arrow.equals(MEMBERS, check_metadata=True)


def test_a_table_of_many_rows_becomes_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audiencevault.vault.files.ROW_GROUP", 10)
    monkeypatch.setattr("audiencevault.vault.files.FILE_ROWS", 20)
    vault = new_vault(tmp_path / "a.vault")
    with vault.begin("test", NOW) as txn:
        txn.replace("members", rows("members", ({"record_id": str(i)} for i in range(45))))
        snapshot = txn.commit()
    assert [file.rows for file in snapshot.manifest.tables["members"]] == [20, 20, 5]
    assert snapshot.table("members").column("record_id").to_pylist() == [str(i) for i in range(45)]


def test_full_files_are_kept_where_only_later_rows_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audiencevault.vault.files.ROW_GROUP", 10)
    monkeypatch.setattr("audiencevault.vault.files.FILE_ROWS", 20)
    vault, whole = new_vault(tmp_path / "a.vault"), new_vault(tmp_path / "b.vault")

    def members(first: int, stop: int) -> pa.Table:
        return rows("members", ({"record_id": str(i)} for i in range(first, stop)))

    with vault.begin("test", NOW) as txn:
        assert txn.full_files("members") == ()
        txn.replace("members", members(0, 45))
        before = txn.commit()
    with vault.begin("test", NOW) as txn:
        assert txn.full_files("members") == before.tables["members"].files[:2]
        with pytest.raises(ValueError, match="cannot be kept"):
            txn.replace("members", members(40, 50), keep=3)
        answer = txn.replace("members", members(40, 50), keep=2)
        assert (answer.rows, len(answer.files)) == (50, 3)
        after = txn.commit()
    with whole.begin("test", NOW) as txn:
        txn.replace("members", members(0, 50))
        alone = txn.commit()
    assert after.manifest.tables["members"] == alone.manifest.tables["members"]
    assert after.table("members").equals(alone.table("members"))


def test_what_was_staged_becomes_a_table_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audiencevault.vault.files.ROW_GROUP", 10)
    monkeypatch.setattr("audiencevault.vault.files.FILE_ROWS", 20)
    vault, whole = new_vault(tmp_path / "a.vault"), new_vault(tmp_path / "b.vault")
    table = rows("members", ({"record_id": str(i)} for i in range(45)))
    with vault.begin("test", NOW) as txn:
        with txn.stage("members") as first, txn.stage("members") as second:
            first.write(table.slice(0, 20))
            second.write(table.slice(20, 7))
            second.write(table.slice(27))
        assert (first.ref.rows, second.ref.rows) == (20, 25)
        with pytest.raises(ValueError, match="cannot be kept"):
            txn.replace_staged(first, keep=1)
        txn.replace_staged(first)
        txn.commit()
    with vault.begin("test", NOW) as txn:
        with txn.stage("members") as second, txn.stage("consent_events") as events:
            second.write(table.slice(20))
        with pytest.raises(ValueError, match="only grows"):
            txn.replace_staged(events)
        answer = txn.replace_staged(second, keep=1)
        assert (answer.rows, len(answer.files)) == (45, 3)
        after = txn.commit()
    with whole.begin("test", NOW) as txn:
        txn.replace("members", table)
        alone = txn.commit()
    assert after.manifest.tables["members"] == alone.manifest.tables["members"]
    assert after.table("members").equals(alone.table("members"))


def test_a_file_that_could_not_be_written_once_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audiencevault.vault.files.ROW_GROUP", 10)
    table = rows("members", ({"record_id": str(i)} for i in range(45)))
    ops = FailingOps(0)
    with RowsWriter(ops, tmp_path, "members", stem="m") as writer:
        writer.write(table.slice(0, 5))
        with pytest.raises(VaultError, match="No space left"):
            writer.write(table.slice(5, 10))
        assert ops.failed
        with pytest.raises(VaultError, match="No space left"):
            writer.write(table.slice(15))
        with pytest.raises(VaultError, match="No space left"):
            writer.finish()


@pytest.mark.parametrize(
    ("table", "data", "what"),
    [
        ("members", {"record_id": ["a"]}, r"missing columns \['contact_id'\]"),
        (
            "members",
            {"record_id": ["a"], "contact_id": ["b"], "more": ["c"]},
            r"unknown or repeated columns \['more'\]",
        ),
        ("identity_log", {name: ["x"] for name in TABLES["identity_log"].names}, "column at is string, not timestamp"),
        ("nobody", {"a": ["b"]}, "no table 'nobody'"),
    ],
)
def test_rows_of_another_shape_are_refused(vault: Vault, table: str, data: dict[str, list[str]], what: str) -> None:
    with vault.begin("test", NOW) as txn, pytest.raises(ValueError, match=what) as caught:
        (txn.replace if table == "members" else txn.append)(table, pa.table(data))
    assert "x" not in str(caught.value).replace("timestamp", "").split("'"), "no value is quoted"


def test_derived_tables_are_replaced_and_the_others_only_grow(vault: Vault) -> None:
    with vault.begin("test", NOW) as txn:
        with pytest.raises(ValueError, match="members is derived"):
            txn.append("members", rows("members", []))
        with pytest.raises(ValueError, match="imports only grows"):
            txn.replace("imports", rows("imports", []))
        txn.replace("members", rows("members", []))
        assert "members" not in txn.commit().tables


def test_one_writer_and_readers_that_never_wait(vault: Vault) -> None:
    other = Vault.open(vault.path)
    with vault.begin("import", NOW) as txn:
        tell(txn, 3)
        with (
            pytest.raises(
                VaultLockedError, match=rf"process {os.getpid()} \(import\), since 2026-03-01T08:30"
            ) as caught,
            other.begin("rebuild", NOW, wait=0),
        ):
            pass
        assert caught.value.exit_code == 11
        assert other.head().number == 2
        assert other.head().rows("contacts") == 10
        assert Vault.open(vault.path).head().number == 2, "opening beside a writer leaves its files alone"
        assert txn.commit().number == 3
    assert other.head().number == 3
    advance(other, 4)


def test_a_lock_of_nobody_knows_whom_is_still_a_lock(vault: Vault) -> None:
    with (
        FileLock(vault.path / "lock"),
        pytest.raises(VaultLockedError, match=r"writing to .*\.vault\.$"),
        vault.begin("import", NOW, wait=0),
    ):
        pass


def test_the_lock_of_a_dead_process_does_not_stay(vault: Vault) -> None:
    code = (
        "import os, sys; from datetime import datetime, UTC; from audiencevault.vault import Vault\n"
        "Vault.open(sys.argv[1]).begin('import', datetime(2026, 1, 1, tzinfo=UTC)).__enter__(); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(vault.path)], check=False, env=environment())
    assert done.returncode == 9
    assert (vault.path / "lock.holder").exists()
    assert any((vault.path / "staging").iterdir())
    again = Vault.open(vault.path)
    assert not any((vault.path / "staging").iterdir()), "the next one to open tidies up"
    assert advance(again, 3).number == 3


def test_current_links_show_the_newest_files(vault: Vault) -> None:
    found = sorted(path.relative_to(vault.path / "current").as_posix() for path in (vault.path / "current").glob("*/*"))
    want = sorted(f"{Path(path).parent.name}/{Path(path).name}" for table in TABLES for path in vault.paths(table))
    assert found == want
    links = sorted((vault.path / "current" / "contacts").iterdir())
    assert pq.read_table(links[0]).num_rows == 10
    assert all(link.is_symlink() and not link.readlink().is_absolute() for link in links)


def test_a_moved_vault_is_still_whole(vault: Vault, tmp_path: Path) -> None:
    moved = tmp_path / "else where"
    shutil.move(vault.path, moved)
    assert check(Vault.open(moved), read_data=True) == []
    assert pq.read_table(next((moved / "current" / "contacts").iterdir())).num_rows == 10


def test_head_is_only_a_hint(vault: Vault) -> None:
    for text in ("0\n", "1\n", "99\n", "", "nonsense", "-1"):
        (vault.path / "HEAD").write_text(text)
        assert vault.head().number == 2
    (vault.path / "HEAD").unlink()
    assert vault.head().number == 2
    assert advance(vault, 3).number == 3
    assert (vault.path / "HEAD").read_text() == "3\n"


def test_settings_can_be_changed(vault: Vault) -> None:
    vault.configure(NOW, controllers=["shop", "label", "shop"], policy="strict")
    again = Vault.open(vault.path).settings
    assert (again.controllers, again.region, again.policy) == (("shop", "label"), "US", "strict")
    assert again.vault_id == "v-0001"
    with pytest.raises(UsageError, match="at least one controller"):
        vault.configure(NOW, controllers=[])


def test_gc_keeps_what_is_named_and_removes_the_rest(vault: Vault) -> None:
    advance(vault, 3)
    stray = vault.path / "data" / "contacts" / ("0" * 32 + ".parquet")
    stray.write_bytes(b"left over")
    assert [found.code for found in check(vault)] == ["orphan"]
    done = gc(vault, now=NOW)
    assert (done.snapshots, done.files, done.bytes) == (0, 1, 9)
    before = said(vault.head())
    done = gc(vault, now=NOW, keep=1)
    assert (done.snapshots, done.files) == (3, 8), "two generations of four derived tables"
    assert said(vault.head()) == before
    assert check(vault, read_data=True) == []
    with pytest.raises(UsageError, match="no snapshot 1; it keeps 3 to 3"):
        vault.snapshot(1)
    with pytest.raises(UsageError, match="At least one"):
        gc(vault, now=NOW, keep=0)
    assert advance(vault, 4).number == 4


def test_gc_removes_nothing_where_a_manifest_cannot_be_read(vault: Vault) -> None:
    (vault.path / "snapshots" / "1.json").write_text("{}")
    before = sorted(vault.path.rglob("*"))
    with pytest.raises(VaultDamagedError):
        gc(vault, now=NOW)
    assert sorted(vault.path.rglob("*")) == before


def test_no_vault(tmp_path: Path, vault: Vault) -> None:
    with pytest.raises(VaultNotFoundError, match="no vault at") as caught:
        Vault.open(tmp_path / "nowhere")
    assert caught.value.exit_code == 10
    with pytest.raises(UsageError, match="is a vault at"):
        new_vault(vault.path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("x")
    with pytest.raises(UsageError, match="not empty"):
        new_vault(tmp_path / "full")
    with pytest.raises(UsageError, match="is a file"):
        new_vault(tmp_path / "full" / "letter.txt")
    with pytest.raises(UsageError, match="does not exist"):
        new_vault(tmp_path / "no" / "parent")
    (tmp_path / "empty").mkdir()
    assert new_vault(tmp_path / "empty").head().number == 0


@pytest.mark.parametrize("name", ["vault.json", "snapshots/2.json"])
def test_a_later_format_is_refused_in_a_sentence(vault: Vault, name: str) -> None:
    path = vault.path / name
    document = json.loads(path.read_text())
    document["format"] = 2
    document["something new"] = True
    path.write_text(json.dumps(document))
    with pytest.raises(
        VaultTooNewError, match="has format 2; this version of AudienceVault reads formats up to 1"
    ) as caught:
        Vault.open(vault.path).head()
    assert caught.value.exit_code == 13
    assert caught.value.hint == "Update AudienceVault."


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": true}', '{"format": 1}', '{"format": 1, "vault_id": 3}']
)
@pytest.mark.parametrize("name", ["vault.json", "snapshots/2.json"])
def test_settings_and_manifests_that_make_no_sense(vault: Vault, name: str, text: str) -> None:
    (vault.path / name).write_text(text)
    with pytest.raises(VaultDamagedError, match=name.rpartition("/")[2]):
        Vault.open(vault.path).head()


def test_a_file_that_is_gone_is_a_sentence(vault: Vault) -> None:
    Path(vault.paths("contacts")[0]).unlink()
    with pytest.raises(
        VaultDamagedError, match=r"data/contacts/.* is missing \(table contacts, snapshot 2\)"
    ) as caught:
        vault.contacts()
    assert "restore" in caught.value.hint


def test_a_file_that_is_damaged_inside_is_a_sentence(vault: Vault) -> None:
    path = Path(vault.paths("contacts")[0])
    path.write_bytes(b"\0" * path.stat().st_size)
    with pytest.raises(VaultDamagedError, match="cannot be read as Parquet"):
        vault.contacts()
    vault.path.joinpath("data", "members").rename(vault.path / "data" / "members.gone")
    with pytest.raises(VaultDamagedError, match="is missing"):
        vault.table("members")


def test_a_damaged_file_is_healed_when_the_same_content_comes_again(vault: Vault, tmp_path: Path) -> None:
    Path(vault.paths("contacts")[0]).write_bytes(b"short")
    with vault.begin("rebuild", NOW) as txn:
        tell(txn, 2, ledger=False)
        txn.append("imports", rows("imports", [{"import_id": "i_other"}]))
        txn.commit()
    assert check(vault, read_data=True) == []


def test_where_no_lock_can_be_had_one_can_read(vault: Vault) -> None:
    (vault.path / "staging" / "left over").mkdir()
    (vault.path / "lock").unlink()
    (vault.path / "lock").mkdir()
    opened = Vault.open(vault.path)
    assert opened.head().number == 2
    with pytest.raises(VaultError, match="cannot be written to"), opened.begin("import", NOW):
        pass


def test_times_without_a_zone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="time zone"):
        Vault.create(tmp_path / "a", vault_id="v", controller="shop", now=datetime(2026, 1, 1))
    made = Vault.create(tmp_path / "a", vault_id="v", controller="shop", now=datetime(2026, 1, 1, tzinfo=UTC))
    assert made.head().created_at == datetime(2026, 1, 1, tzinfo=UTC)
