"""The vault's key: where it lies, who may read it, and that nothing tells it."""

from __future__ import annotations

import base64
import os
import stat
import sys
import types
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from vault_story import NOW, new_vault, rows

from audiencevault.errors import KeyMissingError, UsageError, VaultDamagedError, VaultError
from audiencevault.records import TOMBSTONES
from audiencevault.vault import Vault, tombstones
from audiencevault.vault.check import check
from audiencevault.vault.keys import (
    FirstOf,
    GivenKey,
    KeyDirectory,
    KeyFile,
    KeyRing,
    SystemKeyring,
    decode,
    keys_at,
    usable_keyring,
    write_secret,
)
from audiencevault.vault.remembrance import recall, remember, unique

RING = KeyRing.new("v-0001", b"k" * 32, b"s" * 32, NOW)


def test_there_and_back() -> None:
    ring = RING.rotated(b"n" * 32, NOW + timedelta(days=1))
    assert (ring.current, sorted(ring.secrets)) == (2, [1, 2])
    assert decode(ring.encode(), "v-0001", "a file") == ring
    assert ring.salted(b"t" * 32).secrets == ring.secrets


def test_what_a_hash_depends_on() -> None:
    ring = RING.rotated(b"n" * 32, NOW)
    found = {
        ring.hash("email", "a@example.com"),
        ring.hash("email", "a@example.com", 1),
        ring.hash("phone", "a@example.com"),
        ring.hash("email", "b@example.com"),
        ring.opaque("a@example.com"),
        ring.sign(b"email\x1fa@example.com"),
        ring.fingerprint(1),
        ring.fingerprint(2),
    }
    assert len(found) == 8
    assert ring.hash("email", "a@example.com", 1) == RING.hash("email", "a@example.com")


def test_nothing_tells_the_key() -> None:
    secret = (b"k" * 32).hex()
    shown = [repr(RING), str(RING), repr(GivenKey(secret, "AUDIENCEVAULT_KEY")), RING.fingerprint(1)]
    assert not any(secret in text or "kkkk" in text for text in shown)
    for bad in ("", "xyz", secret[:-2], '{"format": 1}', RING.encode().replace('"v-0001"', '"v-2"'), "{" + secret):
        with pytest.raises(KeyMissingError) as caught:
            decode(bad, "v-0001", "the file x")
        assert "the file x" in caught.value.message
        assert secret not in caught.value.message + caught.value.hint
        assert caught.value.exit_code == 20


def test_a_bare_secret_is_version_one() -> None:
    for text in ("6b" * 32, base64.b64encode(b"k" * 32).decode(), "  " + "6b" * 32 + "\n"):
        ring = decode(text, "any vault", "AUDIENCEVAULT_KEY")
        assert ring.secrets == {1: b"k" * 32}
        assert ring.hash("email", "a") == RING.hash("email", "a")
        assert ring.salt != ring.secrets[1]


def test_a_key_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    keys = KeyDirectory(tmp_path / "home" / "keys")
    assert keys.load("v-0001") is None
    keys.store(RING)
    path = tmp_path / "home" / "keys" / "v-0001.key.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert keys.load("v-0001") == RING
    assert keys.load("v-0002") is None
    assert str(path) in keys.where("v-0001")
    assert [item.name for item in path.parent.iterdir()] == ["v-0001.key.json"], "no temporary file stays"
    odd = KeyRing.new("../../etc/passwd", b"k" * 32, b"s" * 32, NOW)
    keys.store(odd)
    assert keys.load("../../etc/passwd") == odd
    assert len(list(path.parent.iterdir())) == 2


def test_a_key_file_that_makes_no_sense(tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(KeyMissingError, match="cannot be read"):
        KeyFile(path).load("v-0001")
    path.write_text("nothing")
    with pytest.raises(KeyMissingError, match="no key that can be read"):
        KeyFile(path).load("v-0001")
    with pytest.raises(VaultError, match="cannot be written"):
        write_secret(path / "below", "x")


class Backend:
    """A keyring in memory."""

    priority = 5.0

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.held.get((service, name))

    def set_password(self, service: str, name: str, text: str) -> None:
        self.held[service, name] = text


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Backend:
    made = Backend()
    modules: dict[str, Any] = {
        name: types.ModuleType(name) for name in ("keyring", "keyring.backends", "keyring.errors")
    }
    modules["keyring"].get_keyring = lambda: made
    modules["keyring.backends"].fail = types.SimpleNamespace(Keyring=type("Keyring", (), {}))
    modules["keyring.errors"].KeyringError = RuntimeError
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return made


def test_the_systems_keyring_comes_first(backend: Backend, tmp_path: Path) -> None:
    keys = keys_at(tmp_path)
    assert isinstance(keys, FirstOf)
    keys.store(RING)
    assert list(backend.held) == [("audiencevault", "v-0001")]
    assert not list(tmp_path.iterdir())
    assert keys.load("v-0001") == RING
    assert "keyring" in keys.where("v-0001")
    assert keys.journal("v-0001") == tmp_path / "v-0001.erasures.json"
    KeyDirectory(tmp_path).store(KeyRing.new("v-2", b"a" * 32, b"s" * 32, NOW))
    assert keys.load("v-2") is not None
    keys.store(KeyRing.new("v-2", b"b" * 32, b"s" * 32, NOW))
    assert len(backend.held) == 1, "a ring stays where it was found"


def test_a_keyring_that_cannot_be_used(backend: Backend, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    backend.priority = 0
    assert usable_keyring() is None
    assert isinstance(keys_at(tmp_path), KeyDirectory)
    backend.priority = 1
    assert isinstance(keys_at(tmp_path, keyring=False), KeyDirectory)
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert usable_keyring() is None


def test_the_place_of_a_keyring_keeps_no_secret(backend: Backend, tmp_path: Path) -> None:
    place = SystemKeyring(backend, tmp_path)
    assert place.load("v-0001") is None
    place.store(RING)
    assert place.load("v-0001") == RING
    assert "6b6b" not in place.where("v-0001")


def test_a_vault_makes_its_key_without_a_question(tmp_path: Path) -> None:
    vault = Vault.open(new_vault(tmp_path / "a.vault").path, keys=KeyDirectory(tmp_path / "keys"))
    assert vault.ring is None
    ring = vault.make_key(NOW)
    assert ring is not None
    assert vault.key_is_new
    assert vault.make_key(NOW) is ring
    again = Vault.open(vault.path, keys=KeyDirectory(tmp_path / "keys"))
    assert again.make_key(NOW) == ring
    assert not again.key_is_new
    other = Vault.open(new_vault(tmp_path / "b.vault").path, keys=KeyDirectory(tmp_path / "other"))
    made = other.make_key(NOW)
    assert made is not None
    assert made.secrets != ring.secrets
    assert not [
        path for path in vault.path.rglob("*") if path.is_file() and ring.secrets[1].hex() in path.read_text("latin-1")
    ]


def test_without_a_place_there_is_no_key_and_reading_works(tmp_path: Path) -> None:
    vault = new_vault(tmp_path / "a.vault")
    assert vault.make_key(NOW) is None
    assert vault.head().ring is None
    with pytest.raises(UsageError, match="Nobody said"):
        vault.keep_key(RING)
    with pytest.raises(UsageError, match="does not write"):
        GivenKey("6b" * 32, "AUDIENCEVAULT_KEY").store(RING)
    vault.renew_salt()


def buried(ring: KeyRing, *points: tuple[str, str]) -> Any:
    return rows(
        "tombstones",
        (
            {
                "point_kind": kind,
                "point_hash": ring.hash(kind, key),
                "key_version": ring.current,
                "key_fingerprint": ring.fingerprint(ring.current),
                "reason": "asked",
                "created_at": NOW,
            }
            for kind, key in points
        ),
    )


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """One tombstone of the first version of the key, one of the second."""
    made = Vault.open(new_vault(tmp_path / "a.vault").path, keys=KeyDirectory(tmp_path / "keys"))
    second = RING.rotated(b"n" * 32, NOW)
    made.keep_key(second)
    with made.begin("erase", NOW) as txn:
        txn.append("tombstones", buried(RING, ("email", "a@example.com")))
        txn.append("tombstones", buried(second, ("phone", "+12025550101")))
        txn.commit()
    return made


def test_tombstones_of_old_versions_still_hold(vault: Vault) -> None:
    found = tombstones.buried(vault.head())
    points = rows(
        "contact_points",
        (
            {"point_kind": kind, "point_key": key}
            for kind, key in (
                ("email", "a@example.com"),
                ("email", "b@example.com"),
                ("phone", "+12025550101"),
                ("phone", "a@example.com"),
                ("account", "x:y"),
                ("email", None),
            )
        ),
    )
    hits = found.hits(points.column("point_kind"), points.column("point_key"))
    assert hits.to_pylist() == [True, False, True, False, False, False]
    back = rows("contact_points", []).select(["point_kind", "point_key"])
    assert tombstones.remaining(found, back) is found


def test_the_right_key_is_needed(vault: Vault, tmp_path: Path) -> None:
    assert tombstones.require(vault.head()) is not None
    for keys, word in (
        (None, "missing (version 1"),
        (KeyDirectory(tmp_path / "empty"), "missing (version 1"),
        (GivenKey(RING.encode(), "AUDIENCEVAULT_KEY"), "missing (version 2"),
        (GivenKey("6c" * 32, "AUDIENCEVAULT_KEY"), "is not the one"),
    ):
        other = Vault.open(vault.path, keys=keys)
        with pytest.raises(KeyMissingError) as caught:
            tombstones.buried(other.head())
        assert word in caught.value.message
        assert "keys import" in caught.value.hint
        assert [one.code for one in check(other)] == ["missing_key"]
    lost = Vault.open(vault.path, keys=KeyDirectory(tmp_path / "empty"))
    with pytest.raises(KeyMissingError):
        lost.make_key(NOW)
    assert not (tmp_path / "empty").exists(), "no new key stands in for a lost one"


def test_a_new_key_gets_a_version_that_was_never_used(tmp_path: Path) -> None:
    """A vault without tombstones goes on when its key is lost; its seals are of another version then."""
    vault = Vault.open(new_vault(tmp_path / "a.vault").path, keys=KeyDirectory(tmp_path / "keys"))
    vault.make_key(NOW)
    with vault.begin("import", NOW) as txn:
        txn.append("consent_events", rows("consent_events", [{"event_id": "e1", "event_type": "granted"}]))
        txn.commit()
    other = Vault.open(vault.path, keys=KeyDirectory(tmp_path / "other"))
    made = other.make_key(NOW)
    assert made is not None
    assert made.current == 2
    assert check(other, read_data=True) == []


def test_two_copies_of_a_key_are_put_together() -> None:
    older, newer = RING, RING.rotated(b"n" * 32, NOW)
    assert older.merged(newer).current == newer.merged(older).current == 2
    with pytest.raises(UsageError, match="another vault"):
        RING.merged(KeyRing.new("v-2", b"k" * 32, b"s" * 32, NOW))
    with pytest.raises(UsageError, match="is another one"):
        RING.merged(KeyRing.new("v-0001", b"x" * 32, b"s" * 32, NOW))


def test_erasures_are_remembered_beside_the_key(tmp_path: Path) -> None:
    keys = KeyDirectory(tmp_path)
    assert recall(keys, "v-0001").num_rows == recall(None, "v-0001").num_rows == 0
    one, two = buried(RING, ("email", "a@example.com")), buried(RING, ("email", "b@example.com"))
    remember(keys, "v-0001", one)
    remember(keys, "v-0001", two)
    remember(keys, "v-0001", one)
    remember(None, "v-0001", one)
    assert recall(keys, "v-0001").num_rows == 2
    assert recall(keys, "v-0001").schema.equals(TOMBSTONES)
    assert unique(recall(keys, "v-0001")).equals(recall(keys, "v-0001"))
    path = tmp_path / "v-0001.erasures.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "example.com" not in path.read_text()
    path.write_text("{}")
    with pytest.raises(VaultDamagedError, match="who was erased"):
        recall(keys, "v-0001")


@pytest.mark.skipif(os.name == "nt", reason="needs permissions")
def test_a_key_file_beside_its_own_name(tmp_path: Path) -> None:
    place = KeyFile(tmp_path / "mine")
    place.store(RING)
    assert place.load("v-0001") == RING
    assert place.journal("v-0001") == tmp_path / "mine.erasures.json"
    assert str(tmp_path / "mine") in place.where("whatever")
