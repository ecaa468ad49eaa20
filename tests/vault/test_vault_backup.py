"""Backups move what is new, verify everything, and give the same vault back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from vault_story import NOW, advance, copy_vault, new_vault, said

from audiencevault.errors import UsageError, VaultDamagedError, VaultNotFoundError, VaultTooNewError
from audiencevault.vault import Vault
from audiencevault.vault.backup import backup, contents, restore
from audiencevault.vault.check import check
from audiencevault.vault.ops import Ops


class Written(Ops):
    """Counts the bytes of Parquet files."""

    def __init__(self) -> None:
        self.parquet = 0

    def step(self, what: str, path: Path) -> None:
        self.parquet += what == "create" and path.suffix == ".parquet"


def test_there_and_back(vault: Vault, tmp_path: Path) -> None:
    vault.configure(NOW, policy="strict")
    seen: list[tuple[int, int]] = []
    done = backup(vault, tmp_path / "disk" / "kept", now=NOW, progress=lambda *n: seen.append(n))
    total = sum(ref.bytes for files in vault.head().manifest.tables.values() for ref in files)
    assert (done.snapshot, done.files_copied, done.bytes_copied, done.files_present) == (2, 14, total, 0)
    assert sum(part for part, _ in seen) == total
    assert {whole for _, whole in seen} == {total}
    back = restore(tmp_path / "disk" / "kept", tmp_path / "back.vault")
    assert back.as_dict() == done.as_dict()
    again = Vault.open(tmp_path / "back.vault")
    assert again.settings == vault.settings
    assert again.settings.policy == "strict"
    assert said(again.head()) == said(vault.head())
    assert again.head().manifest == vault.head().manifest
    assert check(again, read_data=True) == []
    assert advance(again, 3).number == 3
    assert check(again, read_data=True) == []


def test_an_unchanged_vault_moves_almost_nothing(vault: Vault, tmp_path: Path) -> None:
    first = backup(vault, tmp_path / "kept")
    ops = Written()
    second = backup(vault, tmp_path / "kept", ops=ops)
    assert (second.files_copied, second.bytes_copied, second.files_repaired, ops.parquet) == (0, 0, 0, 0)
    assert (second.files_present, second.bytes_present) == (first.files_copied, first.bytes_copied)


def test_only_new_files_are_copied(vault: Vault, tmp_path: Path) -> None:
    backup(vault, tmp_path / "kept")
    advance(vault, 3)
    done = backup(vault, tmp_path / "kept")
    assert (done.files_copied, done.files_present) == (9, 10), "one file of each table is new"
    assert [snapshot.number for snapshot in contents(tmp_path / "kept")] == [2, 3]
    for number in (2, 3):
        restore(tmp_path / "kept", tmp_path / f"back{number}", snapshot=number)
        assert said(Vault.open(tmp_path / f"back{number}").head()) == said(vault.snapshot(number))
    backup(vault, tmp_path / "kept", snapshot=1)
    assert [snapshot.number for snapshot in contents(tmp_path / "kept")] == [1, 2, 3]


def test_a_damaged_file_of_the_backup_is_repaired(vault: Vault, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    backup(vault, kept)
    whole = {path: path.read_bytes() for path in kept.glob("data/*/*")}
    flipped, cut, *_ = sorted(whole)
    flipped.write_bytes(bytes([whole[flipped][0] ^ 1]) + whole[flipped][1:])
    cut.write_bytes(whole[cut][:-1])
    with pytest.raises(VaultDamagedError, match="another content"):
        restore(kept, tmp_path / "back")
    assert not (tmp_path / "back").exists()
    assert not list(tmp_path.glob("back*"))
    done = backup(vault, kept)
    assert (done.files_copied, done.files_repaired) == (2, 2)
    assert {path: path.read_bytes() for path in kept.glob("data/*/*")} == whole


@pytest.mark.parametrize("damage", ["flip", "remove"])
def test_a_damaged_vault_is_not_backed_up(vault: Vault, tmp_path: Path, damage: str) -> None:
    kept = tmp_path / "kept"
    backup(vault, kept)
    advance(vault, 3)
    path = Path(vault.paths("contacts")[0])
    data = path.read_bytes()
    path.unlink() if damage == "remove" else path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    with pytest.raises(VaultDamagedError, match=r"data/contacts/\w+\.parquet (is missing|has another content)"):
        backup(vault, kept)
    assert [snapshot.number for snapshot in contents(kept)] == [2], "nothing was published"
    restore(kept, tmp_path / "back")
    assert check(Vault.open(tmp_path / "back"), read_data=True) == []
    path.write_bytes(data)
    backup(vault, kept)
    assert said(contents(kept)[-1]) == said(vault.head())


def test_a_file_that_the_backup_lost_is_a_sentence(vault: Vault, tmp_path: Path) -> None:
    backup(vault, tmp_path / "kept")
    next(tmp_path.glob("kept/data/contacts/*")).unlink()
    with pytest.raises(VaultDamagedError, match="is missing"):
        restore(tmp_path / "kept", tmp_path / "back")
    backup(vault, tmp_path / "kept")
    (tmp_path / "kept" / "settings.json").unlink()
    with pytest.raises(VaultDamagedError, match="lacks its settings"):
        restore(tmp_path / "kept", tmp_path / "back")
    (tmp_path / "kept" / "snapshots" / "2.json").write_text("{}")
    with pytest.raises(VaultDamagedError, match=r"2\.json"):
        restore(tmp_path / "kept", tmp_path / "back")


def test_places_where_no_backup_may_be(vault: Vault, tmp_path: Path) -> None:
    inside = [vault.path, vault.path / "backup", vault.path / "data", tmp_path]
    (tmp_path / "link").symlink_to(vault.path)
    for place in [*inside, tmp_path / "link" / "backup"]:
        with pytest.raises(UsageError, match="cannot lie in each other"):
            backup(vault, place)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = Vault.create(elsewhere / "other.vault", vault_id="v-0002", controller="x", now=NOW)
    with pytest.raises(UsageError, match="is a vault, not a backup"):
        backup(vault, other.path)
    backup(other, elsewhere / "kept")
    with pytest.raises(UsageError, match="backup of another vault"):
        backup(vault, elsewhere / "kept")
    (elsewhere / "photos").mkdir()
    (elsewhere / "photos" / "a.jpg").write_bytes(b"x")
    with pytest.raises(UsageError, match="not empty and not a backup"):
        backup(vault, elsewhere / "photos")
    with pytest.raises(UsageError, match="is a file"):
        backup(vault, elsewhere / "photos" / "a.jpg")
    assert [path.name for path in (elsewhere / "photos").iterdir()] == ["a.jpg"]


def test_a_backup_is_not_opened_as_a_vault(vault: Vault, tmp_path: Path) -> None:
    backup(vault, tmp_path / "kept")
    with pytest.raises(VaultNotFoundError, match="is a backup of a vault") as caught:
        Vault.open(tmp_path / "kept")
    assert "restore" in caught.value.hint


def test_two_histories_do_not_mix(vault: Vault, tmp_path: Path) -> None:
    twin = Vault.open(copy_vault(vault.path, tmp_path / "twin"))
    advance(vault, 3)
    advance(twin, 4)
    backup(vault, tmp_path / "kept")
    with pytest.raises(UsageError, match="another snapshot 3"):
        backup(twin, tmp_path / "kept")
    assert said(contents(tmp_path / "kept")[-1]) == said(vault.head())


def test_places_to_restore_from_and_to(vault: Vault, tmp_path: Path) -> None:
    with pytest.raises(VaultNotFoundError, match="no backup in"):
        restore(tmp_path / "nowhere", tmp_path / "back")
    with pytest.raises(VaultNotFoundError, match="no backup in"):
        restore(vault.path, tmp_path / "back")
    kept = tmp_path / "kept"
    backup(vault, kept)
    with pytest.raises(VaultNotFoundError, match="has no snapshot 7; it has 2"):
        restore(kept, tmp_path / "back", snapshot=7)
    with pytest.raises(UsageError, match="is not empty"):
        restore(kept, vault.path)
    with pytest.raises(UsageError, match="does not exist"):
        restore(kept, tmp_path / "no" / "parent")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="is not empty"):
        restore(kept, tmp_path / "file")
    (tmp_path / "empty").mkdir()
    restore(kept, tmp_path / "empty")
    assert Vault.open(tmp_path / "empty").head().number == 2
    (kept / "snapshots" / "2.json").unlink()
    with pytest.raises(VaultNotFoundError, match="never finished"):
        restore(kept, tmp_path / "back")
    with pytest.raises(VaultNotFoundError, match="never finished"):
        contents(kept)


def test_a_backup_of_a_later_format(vault: Vault, tmp_path: Path) -> None:
    backup(vault, tmp_path / "kept")
    (tmp_path / "kept" / "backup.json").write_text(json.dumps({"format": 2, "vault_id": "v-0001"}))
    with pytest.raises(VaultTooNewError):
        restore(tmp_path / "kept", tmp_path / "back")
    with pytest.raises(VaultTooNewError):
        backup(vault, tmp_path / "kept")


def test_an_empty_vault_can_be_backed_up(tmp_path: Path) -> None:
    vault = new_vault(tmp_path / "a.vault")
    assert backup(vault, tmp_path / "kept").files_copied == 0
    assert restore(tmp_path / "kept", tmp_path / "back").snapshot == 0
    assert check(Vault.open(tmp_path / "back"), read_data=True) == []
