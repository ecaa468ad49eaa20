from __future__ import annotations

from pathlib import Path

import pytest
from vault_story import advance, copy_vault, new_vault

from audiencevault.vault import Vault


@pytest.fixture(scope="session")
def told_vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with two steps of the story, to be copied."""
    made = new_vault(tmp_path_factory.mktemp("told") / "my.vault")
    advance(made, 1)
    advance(made, 2)
    return made.path


@pytest.fixture
def vault(told_vault: Path, tmp_path: Path) -> Vault:
    """A vault with two steps of the story, to be changed and damaged."""
    return Vault.open(copy_vault(told_vault, tmp_path / "my.vault"))
