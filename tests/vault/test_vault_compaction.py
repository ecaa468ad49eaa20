"""Small files are merged, big ones are left alone, and no row is lost or moved."""

from __future__ import annotations

from pathlib import Path

from vault_story import NOW, new_vault, rows

from audiencevault.vault.check import check
from audiencevault.vault.compaction import MAX_SMALL, SMALL_ROWS, plan
from audiencevault.vault.manifest import FileRef


def files(*counts: int) -> list[FileRef]:
    return [FileRef(f"{number:064x}", count, 10, 1) for number, count in enumerate(counts)]


def test_nothing_happens_while_there_are_few_small_files() -> None:
    given = files(*[1] * MAX_SMALL, *[SMALL_ROWS] * 100)
    assert plan(given) == [(file,) for file in given]
    assert plan([]) == []


def test_runs_of_neighbouring_small_files_are_merged() -> None:
    given = files(SMALL_ROWS, *[1] * 20, SMALL_ROWS, *[SMALL_ROWS - 1] * 13, SMALL_ROWS + 5, 7)
    assert [len(run) for run in plan(given)] == [1, 20, 1, 13, 1, 1]
    assert [file for run in plan(given) for file in run] == given


def test_many_small_imports(tmp_path: Path) -> None:
    vault = new_vault(tmp_path / "a.vault")
    counts = []
    for number in range(40):
        with vault.begin("import", NOW) as txn:
            txn.append("rejects", rows("rejects", [{"code": f"{number}-{i}"} for i in range(3)]))
            txn.commit()
        counts.append(len(vault.paths("rejects")))
    assert max(counts) == MAX_SMALL
    assert counts[-1] == 40 - MAX_SMALL
    want = [f"{number}-{i}" for number in range(40) for i in range(3)]
    assert vault.table("rejects").column("code").to_pylist() == want
    assert vault.snapshot(20).rows("rejects") == 60
    assert check(vault, read_data=True) == []


def test_merging_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    heads = []
    for name in ("a", "b"):
        vault = new_vault(tmp_path / name)
        with vault.begin("import", NOW) as txn:
            for number in range(MAX_SMALL + 1):
                txn.append("rejects", rows("rejects", [{"code": str(number)}]))
            heads.append(txn.commit().manifest)
    assert heads[0] == heads[1]
    assert [file.rows for file in heads[0].tables["rejects"]] == [MAX_SMALL + 1]
