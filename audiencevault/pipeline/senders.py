"""Who sends: the controllers of a vault."""

from __future__ import annotations

from audiencevault.errors import ConsentConfigError
from audiencevault.vault import Vault


def controller_of(vault: Vault, name: str | None) -> str:
    """The controller called `name`, or the vault's first; `ConsentConfigError` where the vault does not know it."""
    known = vault.settings.controllers
    if not name:
        return known[0]
    if name not in known:
        raise ConsentConfigError(
            f"The vault knows no sender called {name!r}.",
            f"It knows: {', '.join(known)}. A new one is added by importing for it.",
        )
    return name
