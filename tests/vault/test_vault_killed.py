"""Whatever stops a writer, and whenever: the vault is the old one or the new one, and whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from vault_faults import CountingOps, DeathError, DyingOps, FailingOps, NoLinksOps, PowerCutOps
from vault_story import NOW, advance_little, copy_vault, environment, new_vault, said

from audiencevault.errors import AudienceVaultError, VaultError, VaultNotFoundError
from audiencevault.vault import Snapshot, Vault
from audiencevault.vault.backup import backup, contents, restore
from audiencevault.vault.check import check
from audiencevault.vault.collecting import gc
from audiencevault.vault.ops import Ops

RANDOM_KILLS = 8 if os.environ.get("HYPOTHESIS_PROFILE") != "long" else 400


@pytest.fixture
def little(tmp_path: Path) -> Vault:
    vault = new_vault(tmp_path / "little.vault")
    advance_little(vault, 1)
    return vault


@pytest.fixture
def told(tmp_path: Path, little: Vault) -> dict[int, dict[str, Any]]:
    """What snapshots 1 and 2 have to say."""
    other = Vault.open(copy_vault(little.path, tmp_path / "told.vault"))
    return {1: said(other.head()), 2: said(advance_little(other, 2))}


def must_be_whole(path: Path, told: dict[int, dict[str, Any]]) -> Snapshot:
    """Open it as if nothing had happened, and look at everything."""
    vault = Vault.open(path)
    head = vault.head()
    assert [found for found in check(vault, read_data=True) if found.severity == "error"] == []
    assert said(head) == told[head.number]
    assert said(vault.snapshot(1)) == told[1], "the previous snapshot"
    return head


def must_go_on(path: Path, told: dict[int, dict[str, Any]]) -> None:
    """The next writer finishes the work, and nothing of the killed one stays."""
    vault = Vault.open(path)
    assert said(advance_little(vault, 2)) == told[2]
    gc(vault, now=NOW)
    assert check(vault, read_data=True) == []


def steps_of(path: Path, work: Callable[[Ops], object]) -> int:
    ops = CountingOps()
    work(ops)
    return len(ops.steps)


def test_death_before_every_single_change(tmp_path: Path, little: Vault, told: dict[int, dict[str, Any]]) -> None:
    trial = copy_vault(little.path, tmp_path / "trial")
    steps = steps_of(trial, lambda ops: advance_little(Vault.open(trial, ops=ops), 2))
    assert steps >= 40
    heads = []
    for n in range(steps):
        path = copy_vault(little.path, tmp_path / f"{n:03}")
        with pytest.raises(DeathError):
            advance_little(Vault.open(path, ops=DyingOps(n)), 2)
        heads.append(must_be_whole(path, told).number)
        if n % 4 == 0:
            must_go_on(path, told)
        shutil.rmtree(path)
    assert heads == sorted(heads)
    assert set(heads) == {1, 2}, "some deaths came before the one step that decides, some after"


@pytest.mark.parametrize("names", [True, False], ids=["names and contents", "contents only"])
def test_power_cut_before_every_single_change(
    tmp_path: Path, little: Vault, told: dict[int, dict[str, Any]], names: bool
) -> None:
    trial = copy_vault(little.path, tmp_path / "trial")
    steps = steps_of(trial, lambda ops: advance_little(Vault.open(trial, ops=ops), 2))
    heads = []
    for n in range(steps):
        path = copy_vault(little.path, tmp_path / f"{n:03}")
        ops = PowerCutOps(n, tmp_path / f"attic-{n:03}")
        with pytest.raises(DeathError):
            advance_little(Vault.open(path, ops=ops), 2)
        ops.cut(path, names=names)
        heads.append(must_be_whole(path, told).number)
        if n % 8 == 0:
            must_go_on(path, told)
        shutil.rmtree(path)
    assert set(heads) == {1, 2}


def test_a_published_snapshot_survives_a_power_cut(
    tmp_path: Path, little: Vault, told: dict[int, dict[str, Any]]
) -> None:
    ops = PowerCutOps(10_000, tmp_path / "attic")
    advance_little(Vault.open(little.path, ops=ops), 2)
    ops.cut(little.path, names=True)
    assert must_be_whole(little.path, told).number == 2


@pytest.mark.parametrize("forgotten", ["sync", "sync_directory"])
def test_the_power_cut_finds_a_store_that_forgets_to_sync(
    tmp_path: Path, little: Vault, told: dict[int, dict[str, Any]], forgotten: str
) -> None:
    """The test above can fail."""

    class Forgetful(PowerCutOps):
        def synced(self, inode: int) -> None:
            if forgotten != "sync":
                super().synced(inode)

        def sync_directory(self, path: Path) -> None:
            if forgotten != "sync_directory" or path.name == "snapshots":
                super().sync_directory(path)

    ops = Forgetful(10_000, tmp_path / "attic")
    advance_little(Vault.open(little.path, ops=ops), 2)
    ops.cut(little.path, names=True)
    with pytest.raises((VaultError, AssertionError)):
        must_be_whole(little.path, told)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_sigkill_before_every_single_change(tmp_path: Path, little: Vault, told: dict[int, dict[str, Any]]) -> None:
    out = tmp_path / "killed"
    out.mkdir()
    run("each", little.path, out)
    paths = sorted(out.iterdir())
    assert len(paths) > 40
    assert {must_be_whole(path, told).number for path in paths[:-1]} == {1, 2}
    assert must_be_whole(paths[-1], told).number == 2, "nobody killed the last one"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_sigkill_at_random_times(tmp_path: Path, little: Vault) -> None:
    out = tmp_path / "killed"
    out.mkdir()
    run("random", little.path, out, "20260301", str(RANDOM_KILLS))
    paths = sorted(out.iterdir())
    assert len(paths) == RANDOM_KILLS
    for path in paths:
        vault = Vault.open(path)
        assert [found for found in check(vault, read_data=True) if found.severity == "error"] == []
        for snapshot in vault.history():
            assert snapshot.rows("source_records") == snapshot.rows("contacts") == snapshot.number
        assert advance_little(vault, vault.head().number + 1).number == vault.head().number
        gc(vault, now=NOW)
        assert check(vault, read_data=True) == []


def run(*arguments: object) -> None:
    script = Path(__file__).with_name("killed_writer.py")
    done = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr


def test_a_full_disk_is_a_sentence_and_changes_nothing(
    tmp_path: Path, little: Vault, told: dict[int, dict[str, Any]]
) -> None:
    trial = copy_vault(little.path, tmp_path / "trial")
    steps = steps_of(trial, lambda ops: advance_little(Vault.open(trial, ops=ops), 2))
    for n in range(steps):
        path = copy_vault(little.path, tmp_path / f"{n:03}")
        ops = FailingOps(n)
        published = False
        try:
            published = advance_little(Vault.open(path, ops=ops), 2).number == 2
        except VaultError as error:
            published = "was published" in error.message
        assert ops.failed
        assert must_be_whole(path, told).number == (2 if published else 1), f"{ops.failed} failed"
        if n % 8 == 0:
            must_go_on(path, told)
        shutil.rmtree(path)


def test_death_while_a_vault_is_created(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, lambda ops: new_vault(tmp_path / "trial", ops))
    for n in range(steps):
        path = tmp_path / f"{n:03}"
        with pytest.raises(DeathError):
            new_vault(path, DyingOps(n))
        try:
            vault = Vault.open(path)
        except VaultNotFoundError:
            vault = new_vault(path)
        assert vault.head().number == 0
        assert [found for found in check(vault) if found.severity == "error"] == []
        assert advance_little(vault, 1).number == 1


def test_death_while_garbage_is_collected(tmp_path: Path, little: Vault) -> None:
    for step in (2, 3, 4):
        advance_little(little, step)
    want = said(little.head())
    trial = copy_vault(little.path, tmp_path / "trial")
    steps = steps_of(trial, lambda ops: gc(Vault.open(trial, ops=ops), now=NOW, keep=2))
    assert steps > 8
    for n in range(steps):
        path = copy_vault(little.path, tmp_path / f"{n:03}")
        with pytest.raises(DeathError):
            gc(Vault.open(path, ops=DyingOps(n)), now=NOW, keep=2)
        vault = Vault.open(path)
        assert [found for found in check(vault, read_data=True) if found.severity == "error"] == []
        assert said(vault.head()) == want
        gc(vault, now=NOW, keep=2)
        assert check(vault, read_data=True) == []
        assert [snapshot.number for snapshot in vault.history()] == [3, 4]


def test_death_while_backing_up(tmp_path: Path, little: Vault, told: dict[int, dict[str, Any]]) -> None:
    first = tmp_path / "first"
    backup(little, first)
    advance_little(little, 2)
    trial = copy_vault(first, tmp_path / "trial")
    steps = steps_of(trial, lambda ops: backup(little, trial, ops=ops))
    assert steps > 20
    seen = set()
    for n in range(steps):
        kept = copy_vault(first, tmp_path / f"{n:03}")
        with pytest.raises(DeathError):
            backup(little, kept, ops=DyingOps(n))
        newest = contents(kept)[-1].number
        seen.add(newest)
        restore(kept, tmp_path / f"restored-{n:03}")
        assert said(Vault.open(tmp_path / f"restored-{n:03}").head()) == told[newest]
        again = backup(little, kept)
        assert again.files_repaired == 0
        assert said(contents(kept)[-1]) == told[2]
        shutil.rmtree(kept)
    assert seen == {1, 2}


@pytest.mark.parametrize("names", [True, False], ids=["names and contents", "contents only"])
def test_power_cut_while_backing_up_for_the_first_time(
    tmp_path: Path, little: Vault, told: dict[int, dict[str, Any]], names: bool
) -> None:
    steps = steps_of(tmp_path, lambda ops: backup(little, tmp_path / "trial", ops=ops))
    for n in range(steps):
        kept = tmp_path / f"{n:03}"
        ops = PowerCutOps(n, tmp_path / f"attic-{n:03}")
        with pytest.raises(DeathError):
            backup(little, kept, ops=ops)
        if kept.exists():
            ops.cut(kept, names=names)
        try:
            assert said(contents(kept)[-1]) == told[1]
        except VaultNotFoundError:
            pass
        backup(little, kept)
        assert said(contents(kept)[-1]) == told[1]


def test_death_while_restoring(tmp_path: Path, little: Vault, told: dict[int, dict[str, Any]]) -> None:
    kept = tmp_path / "backup"
    backup(little, kept)
    steps = steps_of(tmp_path, lambda ops: restore(kept, tmp_path / "trial", ops=ops))
    for n in range(steps):
        target = tmp_path / f"{n:03}"
        with pytest.raises(DeathError):
            restore(kept, target, ops=DyingOps(n))
        if not target.exists():
            restore(kept, target)
        must_be_whole(target, told)
        assert not target.with_name(target.name + ".restoring").exists()


def test_file_systems_without_links(tmp_path: Path, told: dict[int, dict[str, Any]]) -> None:
    vault = new_vault(tmp_path / "fat.vault", NoLinksOps())
    advance_little(vault, 1)
    advance_little(vault, 2)
    assert said(vault.head()) == told[2]
    assert check(vault, read_data=True) == []
    assert not (vault.path / "current").exists()


def test_two_writers_past_the_lock_cannot_both_publish(tmp_path: Path, little: Vault) -> None:
    """The step that publishes decides even where locks do not work, with and without hard links."""

    class Late(CountingOps):
        def step(self, what: str, path: Path) -> None:
            super().step(what, path)
            if what in {"link", "claim"} and path.name.startswith("2.json"):
                shutil.copyfile(path.parent / "1.json", path.parent / "2.json")

    class LateWithoutLinks(Late, NoLinksOps):
        def link(self, source: Path, target: Path) -> None:
            raise OSError(95, "Operation not supported")

    for number, ops in enumerate((Late(), LateWithoutLinks())):
        path = copy_vault(little.path, tmp_path / str(number))
        before = (path / "snapshots" / "1.json").read_bytes()
        with pytest.raises(AudienceVaultError, match="published snapshot 2"):
            advance_little(Vault.open(path, ops=ops), 2)
        assert (path / "snapshots" / "2.json").read_bytes() == before
