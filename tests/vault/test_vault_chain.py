"""The ledger's hash chain: how rows are cut does not matter, and nothing can be changed, lost or slipped in unseen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vault_story import NOW, copy_vault, new_vault, rows

from audiencevault.records import CONSENT_EVENTS, CONSENT_PERSONAL
from audiencevault.vault import Vault, chain, proof
from audiencevault.vault.chain import Linker
from audiencevault.vault.check import check
from audiencevault.vault.keys import KeyDirectory, KeyRing
from audiencevault.vault.manifest import FileRef, Manifest
from audiencevault.vault.transaction import LEDGER

RING = KeyRing.new("v-0001", b"k" * 32, b"s" * 32, NOW)


def event(number: int, **other: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number:04}",
        "schema_version": 2,
        "import_id": "i_1",
        "recorded_at": NOW,
        "occurred_at": NOW - timedelta(days=number % 400) if number % 3 else None,
        "point_kind": "email",
        "point": f"p{number}@example.com",
        "point_key": f"p{number}@example.com",
        "record_id": f"r{number}",
        "channel": "email",
        "event_type": ("granted", "withdrawn", "activity")[number % 3],
        "detail": "purchase" if number % 3 == 2 else None,
        "ip": f"192.0.2.{number % 250}" if number % 2 else None,
        "conditions": [("in_sale", number % 2 == 0)] if number % 5 == 0 else None,
        **other,
    }


def events(numbers: Iterable[int]) -> pa.Table:
    return rows("consent_events", (event(number) for number in numbers))


def linked(table: pa.Table, sizes: Iterable[int], ring: KeyRing | None = RING) -> tuple[pa.Table, list[chain.Segment]]:
    linker = Linker(chain.START, 0, ring, b"secret")
    parts, done = [], 0
    for size in [*sizes, table.num_rows]:
        parts.extend(linker.link(table.slice(done, size)))
        done += size
    return pa.concat_tables(parts), linker.finish()


@given(sizes=st.lists(st.integers(min_value=1, max_value=9), max_size=8))
@settings(max_examples=40)
def test_how_rows_are_cut_does_not_matter(sizes: list[int]) -> None:
    whole, segments = linked(events(range(30)), [])
    cut, same = linked(events(range(30)), sizes)
    assert cut.to_pylist() == whole.to_pylist()
    assert same == segments


def test_segments_end_where_they_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "SEGMENT_ROWS", 10)
    table, segments = linked(events(range(25)), [3, 20])
    assert [segment.rows for segment in segments] == [10, 10, 5]
    assert [segment.prev_hash for segment in segments] == [chain.START, segments[0].head, segments[1].head]
    assert [n for n, text in enumerate(table.column("prev_hash").to_pylist()) if text] == [0, 10, 20]
    assert table.column("row_hash")[9].as_py() == segments[0].head


def test_every_column_counts() -> None:
    """A change of any value of any column, from null too, gives another hash."""
    base = events([0, 1, 2])
    before, _ = linked(base, [])
    changed = 0
    for field in CONSENT_EVENTS:
        if field.name in chain.CHAIN:
            continue
        other = {
            pa.string(): "other", pa.int16(): 9, pa.timestamp("us", tz="UTC"): datetime(1999, 1, 1, tzinfo=UTC),
        }.get(field.type, [("x", True)])  # fmt: skip
        for row in range(3):
            values = base.to_pylist()
            values[row][field.name] = other
            after, _ = linked(pa.Table.from_pylist(values, schema=CONSENT_EVENTS), [])
            assert after.column("row_hash")[:row] == before.column("row_hash")[:row]
            assert after.column("row_hash")[row] != before.column("row_hash")[row], field.name
            changed += 1
    assert changed == 3 * (len(CONSENT_EVENTS) - 4)


def test_what_moves_from_one_column_to_the_next_is_seen() -> None:
    one, _ = linked(rows("consent_events", [event(1, ip="ab", user_agent="c")]), [])
    two, _ = linked(rows("consent_events", [event(1, ip="a", user_agent="bc")]), [])
    null, _ = linked(rows("consent_events", [event(1, ip="", user_agent="abc")]), [])
    none, _ = linked(rows("consent_events", [event(1, ip=None, user_agent="abc")]), [])
    hashes = [table.column("row_hash")[0].as_py() for table in (one, two, null, none)]
    assert len(set(hashes)) == 4


def test_a_column_that_comes_later_leaves_old_hashes_alone() -> None:
    """Rows of a file that lacks a column have the hashes that they had with it."""
    table = events(range(5)).drop_columns(["jurisdiction"])
    salts = chain.salts_of(b"s", 0, 5)
    full = events(range(5))
    assert (
        chain.row_hashes(chain.START, table, chain.commitments(table, salts)).tobytes()
        == chain.row_hashes(chain.START, full, chain.commitments(full, salts)).tobytes()
    )


def test_personal_columns_are_columns_of_the_ledger_and_no_time() -> None:
    assert set(CONSENT_PERSONAL) < set(CONSENT_EVENTS.names)
    assert not set(CONSENT_PERSONAL) & {*chain.TIMES, *chain.PROFILE, *chain.CHAIN}
    assert {*CONSENT_PERSONAL, *chain.TIMES, *chain.PROFILE, *chain.CHAIN} == set(CONSENT_EVENTS.names)


def test_salts_do_not_depend_on_where_one_begins() -> None:
    whole = chain.salts_of(b"seed", 0, 10_000)
    assert (chain.salts_of(b"seed", 4_000, 200) == whole[4_000:4_200]).all()
    assert (chain.salts_of(b"seed", 9_999, 1) == whole[9_999:]).all()
    assert len({bytes(salt) for salt in whole}) == 10_000
    assert chain.salts_of(b"seed", 7, 0).shape == (0, 16)


def test_hex_and_back() -> None:
    octets = chain.salts_of(b"x", 0, 7)
    assert (chain.octets_of(chain.hexes(octets)) == octets).all()
    assert not chain.octets_of(pa.array([None, "short", "z" * 32], pa.string())).any()


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    """Three segments in two files, sealed."""
    monkeypatch.setattr(chain, "SEGMENT_ROWS", 20)
    keys = KeyDirectory(tmp_path / "keys")
    made = Vault.open(new_vault(tmp_path / "my.vault").path, keys=keys)
    made.keep_key(RING)
    for step, numbers in enumerate((range(30), range(30, 45))):
        with made.begin("import", NOW + timedelta(days=step)) as txn:
            txn.append(LEDGER, events(numbers))
            txn.commit()
    return made


def codes(vault: Vault) -> set[str]:
    return {found.code for found in check(vault, read_data=True)}


def test_a_whole_ledger_is_verified(vault: Vault) -> None:
    found = proof.verify(vault.head(), vault.ring)
    assert (found.rows, found.verified, found.unchained, found.segments) == (45, 45, 0, 3)
    assert found.whole
    assert found.sealed
    assert check(vault, read_data=True) == []
    first = proof.verify(vault.head(), vault.ring, only={0})
    assert first.verified == 20
    assert proof.verify(vault.snapshot(0), None).rows == 0


def forge(vault: Vault, table: str, change: Any) -> None:
    """Somebody rewrites a table behind our back, with a manifest that fits."""
    head = vault.head()
    path = vault.path / "data" / table / "forged.parquet"
    pq.write_table(change(head.table(table)), path)
    import hashlib

    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    held = pq.read_metadata(path).num_rows
    ref = FileRef(digest, held, path.stat().st_size, 2)
    path.rename(path.with_name(ref.name))
    old = head.manifest
    manifest = Manifest(
        old.vault_id, old.number, old.parent, old.created_at, old.command, {**old.tables, table: (ref,)}
    )
    (vault.path / "snapshots" / f"{old.number}.json").write_bytes(manifest.encode())


def put(row: int, name: str, value: Any) -> Any:
    def change(table: pa.Table) -> pa.Table:
        values = table.to_pylist()
        values[row][name] = value
        return pa.Table.from_pylist(values, schema=table.schema)

    return change


@pytest.mark.parametrize("name", ["event_type", "occurred_at", "ip", "point", "record_id", "salt", "channel"])
def test_a_changed_row_is_named(vault: Vault, name: str) -> None:
    if name == "salt":
        forge(vault, LEDGER, put(33, "row_hash", "f" * 32))
    else:
        forge(vault, LEDGER, put(33, name, NOW if name == "occurred_at" else "withdrawn"))
    found = proof.verify(vault.head(), vault.ring)
    named = [(one.code, one.segment, one.row) for one in found.breaks]
    assert ("changed_event", 2, 33) in named
    assert {row for _, _, row in named} <= {33, 34}, "a hash that was changed does not fit the next row either"
    assert "Event 33 of the ledger" in " ".join(one.sentence for one in found.breaks)
    assert "changed_event" in codes(vault)


def test_a_row_that_looks_erased_and_holds_values_is_named(vault: Vault) -> None:
    """Otherwise anybody could keep the commitment and change the values."""
    table = vault.table(LEDGER)
    made = chain.commitments(table.slice(30, 15), chain.salts_of(bytes.fromhex(str(seed(vault, 2))), 0, 15))
    forge(vault, LEDGER, put(31, "commitment", chain.hexes(made)[1].as_py()))
    found = proof.verify(vault.head(), vault.ring)
    assert [(one.code, one.row) for one in found.breaks] == [("changed_event", 31)]


def seed(vault: Vault, segment: int) -> str | None:
    return chain.segments_of(vault.table("ledger_segments"))[segment].seed


def test_rows_that_are_lost_swapped_or_slipped_in_are_found(vault: Vault) -> None:
    whole = vault.table(LEDGER)
    for change, code in (
        (lambda table: table.slice(0, 44), "lost_events"),
        (lambda table: table.slice(1), "changed_event"),
        (lambda table: pa.concat_tables([table, table.slice(0, 1)]), "strange_events"),
        (lambda table: table.take([1, 0, *range(2, 45)]), "changed_event"),
    ):
        forge(vault, LEDGER, lambda _, change=change: change(whole))
        assert code in codes(vault)


def test_a_segment_that_is_lost_or_rewritten_is_found(vault: Vault) -> None:
    segments = vault.table("ledger_segments")
    forge(vault, "ledger_segments", lambda table: table.slice(1))
    assert "missing_segment" in codes(vault)
    forge(vault, "ledger_segments", lambda _: segments.slice(0, 2))
    assert "strange_events" in codes(vault)
    forge(vault, "ledger_segments", lambda _: put(1, "prev_hash", "0" * 32)(segments))
    assert "broken_chain" in codes(vault)
    forge(vault, "ledger_segments", lambda _: put(1, "head", "0" * 32)(segments))
    assert {"broken_chain", "broken_seal"} <= codes(vault)


def test_a_chain_that_was_made_anew_lacks_the_seal(vault: Vault) -> None:
    """Whoever has the vault and not the key can link other rows, but not seal them."""
    other = [event(number, event_type="granted") for number in range(45)]
    linker = Linker(chain.START, 0, None, b"guess")
    table = pa.concat_tables(linker.link(rows("consent_events", other)))
    sealed = vault.table("ledger_segments").to_pylist()
    made = [
        {**old, **new.as_row(), "seal": old["seal"], "key_version": 1, "key_fingerprint": old["key_fingerprint"]}
        for old, new in zip(sealed, linker.finish(), strict=True)
    ]
    forge(vault, LEDGER, lambda _: table)
    forge(vault, "ledger_segments", lambda old: pa.Table.from_pylist(made, schema=old.schema))
    assert codes(vault) - {"orphan"} == {"broken_seal"}
    without = Vault.open(vault.path)
    assert codes(without) - {"orphan"} == set(), "nobody can tell without the key"
    assert proof.verify(without.head(), without.ring).sealed is None


def test_a_flipped_byte_is_found_and_named_and_the_rest_can_be_read(vault: Vault) -> None:
    path = Path(vault.paths(LEDGER)[1])
    data = bytearray(path.read_bytes())
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        spot = file.metadata.row_group(0).column(names.index("point")).data_page_offset + 60
    data[spot] ^= 0xFF
    path.write_bytes(bytes(data))
    found = check(vault, read_data=True)
    where = f"data/consent_events/{path.name}"
    assert [one.path for one in found if one.code == "wrong_hash"] == [where]
    about = [one.sentence for one in found if one.code in {"unreadable_events", "changed_event"}]
    assert about
    assert "segment 2" in about[0]
    proved = proof.verify(vault.head(), vault.ring)
    assert proved.verified >= 30, "the thirty rows of the first file fit"
    assert vault.table("ledger_segments").num_rows == 3
    assert proof.verify(vault.head(), vault.ring, only={0, 1}).whole


def test_what_one_event_can_show(vault: Vault) -> None:
    shown = proof.of_events(vault.head(), ["e0003", "e0033", "nobody"], vault.ring)
    assert set(shown) == {"e0003", "e0033"}
    assert shown["e0003"].verified
    assert (shown["e0033"].segment, shown["e0033"].row) == (2, 33)
    assert "Verified: event 33 of the ledger (segment 2)" in shown["e0033"].sentence
    assert "seal" in shown["e0033"].sentence
    forge(vault, LEDGER, put(33, "ip", "198.51.100.9"))
    shown = proof.of_events(vault.head(), ["e0003", "e0032", "e0033"], vault.ring)
    assert [shown[name].verified for name in ("e0003", "e0032", "e0033")] == [True, True, False]
    assert "not as it was written" in shown["e0033"].sentence


def test_events_from_before_the_chain_are_said_to_be_so(tmp_path: Path) -> None:
    vault = new_vault(tmp_path / "old.vault")
    with vault.begin("import", NOW) as txn:
        txn.append(LEDGER, events(range(4)))
        txn.commit()
    forge(vault, LEDGER, lambda table: table.drop_columns(list(chain.CHAIN)))
    manifest = vault.head().manifest
    tables = {name: refs for name, refs in manifest.tables.items() if name != "ledger_segments"}
    old = Manifest(manifest.vault_id, 1, 0, NOW, "import", {LEDGER: (
        FileRef(tables[LEDGER][0].sha256, 4, tables[LEDGER][0].bytes, 1),)})  # fmt: skip
    (vault.path / "snapshots" / "1.json").write_bytes(old.encode())
    assert proof.verify(vault.head()).unchained == 4
    with vault.begin("import", NOW) as txn:
        txn.append(LEDGER, events(range(4, 6)))
        txn.commit()
    found = proof.verify(vault.head())
    assert (found.unchained, found.verified, found.breaks) == (4, 2, [])
    notes = [one for one in check(vault, read_data=True) if one.code != "orphan"]
    assert [(one.code, one.severity) for one in notes] == [("unchained_events", "note")]
    shown = proof.of_events(vault.head(), ["e0001", "e0005"])
    assert (shown["e0001"].verified, shown["e0005"].verified) == (False, True)
    assert "older than the hash chain" in shown["e0001"].sentence


def test_claims_that_are_staged_and_not_taken_leave_no_gap(tmp_path: Path) -> None:
    vault = new_vault(tmp_path / "a.vault")
    with vault.begin("import", NOW) as txn:
        staged = []
        for numbers in (range(3), range(3, 6), range(6, 9)):
            with txn.stage(LEDGER) as one:
                one.write(events(numbers))
            staged.append(one)
        with pytest.raises(ValueError, match="columns"), txn.stage(LEDGER) as one:
            one.write(events([99]).drop_columns(["ip"]))
        txn.append_staged(staged[0])
        txn.append_staged(staged[2])
        txn.append(LEDGER, events([50]))
        txn.append_staged(staged[1])
        txn.commit()
    assert [row[1:] for row in vault.table(LEDGER).column("event_id").to_pylist()] == [
        "0000", "0001", "0002", "0006", "0007", "0008", "0050", "0003", "0004", "0005",
    ]  # fmt: skip
    assert proof.verify(vault.head()).whole
    assert proof.verify(vault.head()).verified == 10


def test_with_the_key_the_bytes_are_the_same_each_time(tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        vault = Vault.open(new_vault(tmp_path / f"{name}.vault").path, keys=KeyDirectory(tmp_path / name))
        vault.keep_key(RING)
        with vault.begin("import", NOW) as txn:
            txn.append(LEDGER, events(range(9)))
            found.append(txn.commit().manifest.encode())
    assert found[0] == found[1]
    other = Vault.open(copy_vault(tmp_path / "a.vault", tmp_path / "c.vault"))
    assert check(other, read_data=True) == [], "verifying needs no key"
