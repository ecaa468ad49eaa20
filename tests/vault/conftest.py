from __future__ import annotations

from pathlib import Path

import pytest
import vault_story

from audiencevault.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """A vault with two steps of the story."""
    made = vault_story.new_vault(tmp_path / "my.vault")
    vault_story.advance(made, 1)
    vault_story.advance(made, 2)
    return made
