"""Each test damages a vault in one way, and must see it found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from vault_story import NOW, advance, rows

from audiencevault.records import FORMER_COLUMNS, SCHEMA_VERSION, TABLES
from audiencevault.vault import Vault
from audiencevault.vault.check import CODES, check
from audiencevault.vault.manifest import FileRef, Manifest
from audiencevault.vault.settings import Settings

Damage = Callable[[Vault], object]


def contacts_file(vault: Vault) -> Path:
    return Path(vault.paths("contacts")[0])


def flip_a_byte(vault: Vault) -> None:
    path = contacts_file(vault)
    data = bytearray(path.read_bytes())
    with pq.ParquetFile(path) as file:
        group = file.metadata.row_group(0)
        [chunk] = [c for c in map(group.column, range(group.num_columns)) if c.path_in_schema == "record_count"]
    data[chunk.data_page_offset + chunk.total_compressed_size // 2] ^= 1
    path.write_bytes(bytes(data))


def publish(vault: Vault, table: str, content: bytes | None, **other: int) -> None:
    """A forged snapshot 3, which names a file of `content` (default: the file of contacts) for `table`."""
    import hashlib

    content = contacts_file(vault).read_bytes() if content is None else content
    digest = hashlib.sha256(content).hexdigest()
    given = {"rows": 10, "bytes": len(content), "schema_version": SCHEMA_VERSION} | other
    ref = FileRef(digest, given["rows"], given["bytes"], given["schema_version"])
    path = vault.path / "data" / table / ref.name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    tables = dict(vault.head().manifest.tables) | {table: (ref,)}
    manifest = Manifest("v-0001", 3, 2, NOW, "forged", tables)
    (vault.path / "snapshots" / "3.json").write_bytes(manifest.encode())
    (vault.path / "HEAD").write_text("3\n")


def parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue())


def other_columns(vault: Vault) -> None:
    publish(vault, "contacts", parquet(vault.table("contacts").rename_columns([*TABLES["contacts"].names[:-1], "x"])))


def other_types(vault: Vault) -> None:
    table = vault.table("contacts")
    table = table.set_column(0, "contact_id", pa.array(range(10)))
    publish(vault, "contacts", parquet(table))


def another_vaults_snapshot(vault: Vault) -> None:
    (vault.path / "snapshots" / "3.json").write_bytes(Manifest("other", 3, 2, NOW, "forged", {}).encode())
    (vault.path / "HEAD").write_text("3\n")


def change_manifest(vault: Vault) -> None:
    path = vault.path / "snapshots" / "1.json"
    document = json.loads(path.read_text())
    document["command"] = "attest"
    path.write_text(json.dumps(document))


DAMAGES: dict[str, tuple[str, Damage]] = {
    "file removed": ("missing_file", lambda v: contacts_file(v).unlink()),
    "old file removed": ("missing_file", lambda v: Path(v.snapshot(1).paths("contacts")[0]).unlink()),
    "file cut": ("wrong_size", lambda v: contacts_file(v).write_bytes(contacts_file(v).read_bytes()[:-1])),
    "byte flipped": ("wrong_hash", flip_a_byte),
    "not Parquet": ("unreadable_file", lambda v: publish(v, "contacts", b"hello")),
    "rows": ("wrong_rows", lambda v: publish(v, "contacts", None, rows=11)),
    "columns": ("wrong_schema", other_columns),
    "types": ("wrong_schema", other_types),
    "later schema": ("wrong_schema", lambda v: publish(v, "contacts", None, schema_version=SCHEMA_VERSION + 1)),
    "unknown table": ("unknown_table", lambda v: publish(v, "cats", None)),
    "manifest changed": ("bad_manifest", change_manifest),
    "manifest empty": ("bad_manifest", lambda v: (v.path / "snapshots" / "2.json").write_text("")),
    "manifest removed": ("missing_snapshot", lambda v: (v.path / "snapshots" / "1.json").unlink()),
    "manifest renamed": (
        "bad_manifest",
        lambda v: (v.path / "snapshots" / "2.json").rename(v.path / "snapshots" / "3.json"),
    ),
    "all manifests removed": ("no_snapshot", lambda v: [path.unlink() for path in (v.path / "snapshots").iterdir()]),
    "another vault's snapshot": ("foreign_snapshot", another_vaults_snapshot),
    "head leads nowhere": ("dangling_head", lambda v: (v.path / "HEAD").write_text("77\n")),
    "head is gone": ("dangling_head", lambda v: (v.path / "HEAD").unlink()),
    "head is late": ("late_head", lambda v: (v.path / "HEAD").write_text("1\n")),
    "orphan": ("orphan", lambda v: (v.path / "data" / "contacts" / f"{'a' * 32}.parquet").write_bytes(b"x")),
    "foreign file": ("foreign_file", lambda v: (v.path / "data" / "letter.txt").write_bytes(b"x")),
    "leftover": ("leftover", lambda v: (v.path / "staging" / "tmpxyz").mkdir()),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_every_damage_is_found(vault: Vault, name: str) -> None:
    assert check(vault, read_data=True) == []
    code, damage = DAMAGES[name]
    damage(vault)
    found = check(vault, read_data=True)
    assert code in {finding.code for finding in found}
    [finding, *_] = [finding for finding in found if finding.code == code]
    assert finding.severity == CODES[code]
    assert finding.sentence.endswith(".")
    assert finding.as_dict()["severity"] == CODES[code]
    if code != "wrong_hash":
        assert code in {finding.code for finding in check(vault)}, "the quick check finds it too"


def test_only_reading_the_data_finds_a_flipped_byte(vault: Vault) -> None:
    flip_a_byte(vault)
    assert check(vault) == []
    seen = []
    assert [finding.code for finding in check(vault, read_data=True, progress=lambda *n: seen.append(n))] == [
        "wrong_hash"
    ]
    assert sum(done for done, _ in seen) == seen[0][1]


def broken(vault: Vault, table: str, column: str, value: str | None) -> list[str]:
    """What is found when the last row of `table` has another `column`."""
    old = vault.table(table).to_pylist()
    with vault.begin("test", NOW) as txn:
        if table in {"members", "contacts", "contact_points", "match_features", "links"}:
            changed = [*old[:-1], {**(old[-1] if old else {}), column: value}]
            txn.replace(table, rows(table, changed))
        else:
            txn.append(table, rows(table, [{**old[-1], column: value}]))
        txn.commit()
    return [f"{finding.code} {finding.sentence}" for finding in check(vault)]


def lost(column: str, key: str) -> str:
    return f"broken_reference {column} has 1 values that {key} does not have."


@pytest.mark.parametrize(
    ("table", "column", "value", "sentences"),
    [
        ("members", "record_id", "r-lost", [lost("members.record_id", "source_records.record_id")]),
        (
            "members",
            "contact_id",
            "c-lost",
            [lost("contacts.contact_id", "members.contact_id"), lost("members.contact_id", "contacts.contact_id")],
        ),
        ("contact_points", "record_id", "r-lost", [lost("contact_points.record_id", "source_records.record_id")]),
        ("match_features", "record_id", "r-lost", [lost("match_features.record_id", "source_records.record_id")]),
        ("source_records", "import_id", "i-lost", [lost("source_records.import_id", "imports.import_id")]),
        ("links", "record_a", "r-lost", [lost("links.record_a", "source_records.record_id")]),
        ("links", "record_b", "r-lost", [lost("links.record_b", "source_records.record_id")]),
        (
            "members",
            "record_id",
            "r001-0",
            ["repeated_key members.record_id is a key, but 1 values come again and 0 are empty."],
        ),
        (
            "imports",
            "import_id",
            None,
            ["repeated_key imports.import_id is a key, but 0 values come again and 1 are empty."],
        ),
        (
            "consent_events",
            "notice_id",
            "n-lost",
            [
                lost("consent_events.notice_id", "notices.notice_id"),
                "repeated_key consent_events.event_id is a key, but 1 values come again and 0 are empty.",
            ],
        ),
    ],
)
def test_broken_references_are_found(
    vault: Vault, table: str, column: str, value: str | None, sentences: list[str]
) -> None:
    if table == "links":
        with vault.begin("test", NOW) as txn:
            txn.replace("links", rows("links", [{"record_a": "r001-0", "record_b": "r002-0"}]))
            txn.commit()
        assert check(vault) == []
    assert broken(vault, table, column, value) == sentences


def test_a_file_of_an_earlier_schema_may_lack_columns(vault: Vault) -> None:
    table = vault.table("contacts").drop_columns(["provenance"])
    publish(vault, "contacts", parquet(table), schema_version=0)
    assert check(vault, read_data=True) == []
    assert vault.table("contacts").column("provenance").null_count == 10
    assert vault.table("contacts", ["provenance"]).schema.names == ["provenance"]


@pytest.mark.parametrize(("version", "good"), [(3, True), (SCHEMA_VERSION, False)])
def test_a_file_of_an_earlier_schema_may_have_columns_that_were_left_out_since(
    vault: Vault, version: int, good: bool
) -> None:
    held = TABLES["match_features"].empty_table()
    for name in sorted(FORMER_COLUMNS["match_features"]):
        held = held.append_column(name, pa.nulls(0, pa.string()))
    publish(vault, "match_features", parquet(held), rows=0, schema_version=version)
    assert (check(vault) == []) == good
    assert vault.table("match_features").schema.equals(TABLES["match_features"])


def test_rows_that_cannot_be_read_are_a_finding_of_the_quick_check_too(vault: Vault) -> None:
    path = contacts_file(vault)
    data = path.read_bytes()
    path.write_bytes(b"PAR1" + bytes(500) + data[504:])
    assert [finding.code for finding in check(vault)] == ["unreadable_file"]
    assert [finding.code for finding in check(vault, read_data=True)] == ["wrong_hash"]


def test_errors_come_first_and_no_person_is_quoted(vault: Vault) -> None:
    (vault.path / "staging" / "tmpxyz").mkdir()
    (vault.path / "HEAD").write_text("77\n")
    contacts_file(vault).unlink()
    found = check(vault)
    assert [finding.severity for finding in found] == ["error", "warning", "note"]
    assert not any("example.com" in finding.sentence or "Person" in finding.sentence for finding in found)


def test_checking_beside_a_writer_changes_nothing(vault: Vault) -> None:
    with vault.begin("import", NOW) as txn:
        txn.append("imports", rows("imports", [{"import_id": "i_9"}]))
        assert {finding.code for finding in check(vault)} == {"leftover"}
        assert txn.commit().number == 3
    assert check(vault) == []
    assert advance(vault, 4).number == 4


def test_settings_survive_writing_and_reading() -> None:
    from audiencevault.vault.settings import decode_settings

    settings = Settings("v", NOW, ("a", "b"), None, "strict")
    assert decode_settings(settings.encode(), "x") == settings
