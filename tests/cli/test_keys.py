"""The key as a person meets it: made without a question, said where it lies, copied, lost and brought back."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner, Result

from audiencevault.cli import context
from audiencevault.cli.main import cli, run
from audiencevault.errors import AudienceVaultError
from audiencevault.vault import Vault
from audiencevault.vault.keys import GivenKey, KeyDirectory, KeyFile
from tests.pipeline.running import NOW, PEOPLE, table


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home of one's own for keys."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AUDIENCEVAULT_")}
    here = tmp_path / "home"
    with mock.patch.dict(os.environ, {**plain, "AUDIENCEVAULT_HOME": str(here), "AUDIENCEVAULT_NOW": NOW}, clear=True):
        yield here


def av(*words: object) -> Result:
    """Run one command; its exit code as the program would end."""
    result = CliRunner().invoke(cli, [str(word) for word in words], standalone_mode=False)
    if isinstance(result.exception, AudienceVaultError):
        result.exit_code = result.exception.exit_code
    elif isinstance(result.return_value, int):
        result.exit_code = result.return_value
    return result


def test_it_is_made_without_a_question_and_said_once(home: Path, tmp_path: Path) -> None:
    vault = tmp_path / "my.vault"
    said = av("init", "--vault", vault).output
    file = next((home / "keys").iterdir())
    assert str(file) in said
    assert f"audiencevault keys export KEY_FILE --vault {vault}" in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = next(iter(json.loads(file.read_text())["keys"].values()))["secret"]
    again = av("import", table(tmp_path / "people.csv", PEOPLE), "--vault", vault).output
    assert "key" not in again
    shown = av("keys", "show", "--vault", vault).output
    assert "version 1: fingerprint" in shown
    assert secret not in said + again + shown
    assert not any(secret.encode() in path.read_bytes() for path in vault.rglob("*") if path.is_file())


def test_import_makes_one_for_a_vault_of_before(home: Path, tmp_path: Path) -> None:
    vault = Vault.create(tmp_path / "v", vault_id="v1", controller="main", now=context.now())
    assert "has no key yet" in av("keys", "show", "--vault", vault.path).output
    assert av("keys", "export", tmp_path / "k", "--vault", vault.path).exit_code == 20
    assert "This vault has a key" in av("import", table(tmp_path / "p.csv", PEOPLE), "--vault", vault.path).output
    assert [path.name for path in (home / "keys").iterdir()] == ["v1.key.json"]


def test_a_copy_brings_it_back(home: Path, tmp_path: Path) -> None:
    vault, copy = tmp_path / "v", tmp_path / "stick" / "shop.key"
    av("import", table(tmp_path / "people.csv", PEOPLE), "--vault", vault)
    assert av("keys", "export", copy, "--vault", vault).exit_code == 0
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert av("keys", "export", copy, "--vault", vault).exit_code == 2
    assert av("keys", "export", vault / "data" / "k", "--vault", vault).exit_code == 2
    assert not (vault / "data" / "k").exists()
    av("subject", "erase", "ida@example.com", "--yes", "--vault", vault)
    file = next(path for path in (home / "keys").iterdir() if path.name.endswith(".key.json"))
    file.unlink()
    lost = av("keys", "show", "--vault", vault)
    assert lost.exit_code == 20
    assert "missing" in str(lost.exception)
    assert run(["import", str(tmp_path / "people.csv"), "--vault", str(vault)]) == 20
    assert av("keys", "import", copy, "--vault", vault).exit_code == 0
    assert av("keys", "show", "--vault", vault).exit_code == 0
    file.write_text("not a key")
    assert av("keys", "show", "--vault", vault).exit_code == 20
    assert av("keys", "import", copy, "--vault", vault).exit_code == 0
    (tmp_path / "text").write_text("hello")
    assert av("keys", "import", tmp_path / "text", "--vault", vault).exit_code == 20
    (tmp_path / "bytes").write_bytes(b"\xff\x00")
    assert av("keys", "import", tmp_path / "bytes", "--vault", vault).exit_code == 2


def test_a_new_version(home: Path, tmp_path: Path) -> None:
    vault = tmp_path / "v"
    av("init", "--vault", vault)
    assert "Version 2 is current" in av("keys", "rotate", "--vault", vault).output
    document = json.loads(av("keys", "show", "--vault", vault, "--json").output)["key"]
    assert [one["version"] for one in document["versions"]] == [1, 2]
    assert len({one["fingerprint"] for one in document["versions"]}) == 2


def test_a_key_that_is_handed_over_is_not_written(tmp_path: Path) -> None:
    with mock.patch.dict(os.environ, {"AUDIENCEVAULT_KEY": "5e" * 32}):
        av("init", "--vault", tmp_path / "v")
        assert av("keys", "rotate", "--vault", tmp_path / "v").exit_code == 2


def test_where_it_is_looked_for(tmp_path: Path) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AUDIENCEVAULT_")}
    everything = {
        "AUDIENCEVAULT_KEY": "5e" * 32,
        "AUDIENCEVAULT_KEY_FILE": str(tmp_path / "k"),
        "AUDIENCEVAULT_HOME": str(tmp_path / "h"),
    }
    for given, kind in (
        (everything, GivenKey),
        ({k: v for k, v in everything.items() if k != "AUDIENCEVAULT_KEY"}, KeyFile),
    ):
        with mock.patch.dict(os.environ, {**plain, **given}, clear=True):
            assert isinstance(context.keys(), kind)
    with mock.patch.dict(os.environ, {**plain, "AUDIENCEVAULT_HOME": str(tmp_path / "h")}, clear=True):
        assert context.keys() == KeyDirectory(tmp_path / "h" / "keys")
    with mock.patch.dict(
        os.environ, {**plain, "XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}, clear=True
    ):
        assert str(tmp_path) in context.keys().where("v")
        assert not list(tmp_path.iterdir()), "looking writes nothing"
