"""`vault.json`: vaults of before open as before, and what does not belong there is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from audiencevault.errors import VaultDamagedError
from audiencevault.vault import Vault
from audiencevault.vault.settings import decode_settings

NOW = datetime(2026, 3, 1, tzinfo=UTC)
OWN = {"fields": {"name": ["most_recent"]}, "trust": {"shopify": 3}}


def made(path: Path) -> Vault:
    return Vault.create(path, vault_id="v", controller="shop", now=NOW)


def document(vault: Vault) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((vault.path / "vault.json").read_text("utf-8"))
    return found


def test_a_vault_without_rules_of_its_own_is_written_as_ever(tmp_path: Path) -> None:
    vault = made(tmp_path / "v")
    assert "survivorship" not in document(vault)
    assert Vault.open(vault.path).settings.survivorship == {}


def test_rules_of_its_own_come_and_go(tmp_path: Path) -> None:
    vault = made(tmp_path / "v")
    before = (vault.path / "vault.json").read_bytes()
    vault.configure(NOW, survivorship=OWN)
    assert Vault.open(vault.path).settings.survivorship == OWN
    vault.configure(NOW, region="DE")
    assert Vault.open(vault.path).settings.survivorship == OWN
    assert Vault.open(vault.path).settings == decode_settings(vault.settings.encode(), "here")
    vault.configure(NOW, survivorship={})
    assert "survivorship" not in document(vault)
    assert before != (vault.path / "vault.json").read_bytes(), "the region stays"


@pytest.mark.parametrize(
    "said",
    [[], {"field": {}}, {"fields": []}, {"fields": {"name": "most_recent"}}, {"fields": {"name": []}},
     {"fields": {"name": [1]}}, {"trust": {"shopify": "3"}}, {"trust": {"shopify": True}}, None],
)  # fmt: skip
def test_what_does_not_belong_there_is_refused(tmp_path: Path, said: Any) -> None:
    vault = made(tmp_path / "v")
    path = vault.path / "vault.json"
    path.write_text(json.dumps({**document(vault), "survivorship": said}), encoding="utf-8")
    with pytest.raises(VaultDamagedError):
        Vault.open(vault.path)
