"""A vault against a model: whatever is appended, replaced, abandoned, collected or backed up, in any order."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault.errors import VaultDamagedError, VaultTooNewError
from audiencevault.records import MEMBERS, REJECTS
from audiencevault.vault import Vault
from audiencevault.vault.backup import backup, restore
from audiencevault.vault.check import check
from audiencevault.vault.collecting import gc
from audiencevault.vault.compaction import MAX_SMALL, SMALL_ROWS, plan
from audiencevault.vault.manifest import FileRef, Manifest, decode_manifest

NOW = datetime(2026, 3, 1, tzinfo=UTC)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.lists(texts, max_size=5)),
        st.tuples(st.just("replace"), st.lists(texts, max_size=5)),
        st.tuples(st.just("abandon"), st.lists(texts, max_size=5)),
        st.tuples(st.just("gc"), st.integers(1, 4)),
        st.tuples(st.just("backup"), st.none()),
    ),
    max_size=8,
)


def table(schema: pa.Schema, column: str, values: list[str]) -> pa.Table:
    return pa.Table.from_pylist([{column: value} for value in values], schema=schema)


@settings(max_examples=25)
@given(steps)
def test_a_vault_holds_what_a_list_would(moves: list[tuple[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        vault = Vault.create(root / "v", vault_id="v", controller="shop", now=NOW)
        grown: list[list[str]] = []
        derived: list[str] = []
        states = {0: ([], [])}
        for number, (move, what) in enumerate(moves):
            if move == "gc":
                gc(vault, now=NOW, keep=what)  # type: ignore[arg-type]
                kept = {snapshot.number for snapshot in vault.history()}
                states = {n: state for n, state in states.items() if n in kept}
            elif move == "backup":
                backup(vault, root / "b")
                restore(root / "b", root / f"r{number}")
                assert Vault.open(root / f"r{number}").head().manifest == vault.head().manifest
            else:
                values = [str(value) for value in what]  # type: ignore[attr-defined]
                with vault.begin(move, NOW) as txn:
                    if move == "replace":
                        txn.replace("members", table(MEMBERS, "record_id", values))
                        derived = values
                    else:
                        txn.append("rejects", table(REJECTS, "code", values))
                    if move == "abandon":
                        continue
                    # A file that the table holds already is not added again.
                    if move == "append" and values and values not in grown:
                        grown.append(values)
                    number_now = txn.commit().number
                states[number_now] = ([code for part in grown for code in part], derived)
        assert {snapshot.number for snapshot in vault.history()} == set(states)
        for n, (codes, members) in states.items():
            snapshot = vault.snapshot(n)
            assert snapshot.table("rejects").column("code").to_pylist() == codes
            assert snapshot.table("members").column("record_id").to_pylist() == members
            assert (snapshot.rows("rejects"), snapshot.rows("members")) == (len(codes), len(members))
        assert not [
            found
            for found in check(vault, read_data=True)
            if found.code not in {"repeated_key", "broken_reference", "orphan"}
        ]


refs = st.builds(
    FileRef,
    st.text("0123456789abcdef", min_size=64, max_size=64),
    st.integers(0, 3 * SMALL_ROWS),
    st.integers(0, 10**12),
    st.integers(0, 9),
)


@given(
    st.builds(
        Manifest,
        texts,
        st.integers(0, 10**9),
        st.none() | st.integers(0, 10**9),
        st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)),
        texts,
        st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True), st.lists(refs, min_size=1).map(tuple)),
    ),
    st.data(),
)
def test_a_manifest_is_read_as_it_was_written_and_no_change_of_it_passes(
    manifest: Manifest, data: st.DataObject
) -> None:
    document = manifest.encode()
    assert decode_manifest(document, "x") == manifest
    position = data.draw(st.integers(0, len(document) - 1))
    changed = bytearray(document)
    changed[position] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(VaultDamagedError, VaultTooNewError):
        assert decode_manifest(bytes(changed), "x") == manifest, "only white space was touched"


@given(st.lists(st.integers(0, 2 * SMALL_ROWS), max_size=80))
def test_a_plan_of_merging_keeps_order_and_bounds_the_number_of_small_files(counts: list[int]) -> None:
    files = [FileRef(f"{number:064x}", count, 1, 1) for number, count in enumerate(counts)]
    runs = plan(files)
    assert [file for run in runs for file in run] == files
    small = sum(count < SMALL_ROWS for count in counts)
    big = len(counts) - small
    assert all(len(run) == 1 or all(file.rows < SMALL_ROWS for file in run) for run in runs)
    assert len(runs) <= (len(counts) if small <= MAX_SMALL else 2 * big + 1)
