"""AudienceVault: own your audience instead of renting it.

The public names are few and imported when they are first used:

- `Vault`: open a vault, read its tables, `contacts()` as a pandas frame;
- `Audience`: what `audiencevault.audience.select` answers;
- `drill`: whom a vault's owner could still write to if a company were switched off;
- `resolve`: who is who in a table, without a vault; answers with a `Resolution`;
- `AudienceVaultError`: the root of everything that is raised on purpose.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audiencevault.audience import Audience
    from audiencevault.errors import AudienceVaultError
    from audiencevault.pipeline.drilling import drill
    from audiencevault.pipeline.resolving import Resolution, resolve
    from audiencevault.vault import Vault

__version__ = "0.1.0"

__all__ = ["Audience", "AudienceVaultError", "Resolution", "Vault", "__version__", "drill", "resolve"]

_HOMES = {
    "Audience": "audiencevault.audience",
    "AudienceVaultError": "audiencevault.errors",
    "Resolution": "audiencevault.pipeline.resolving",
    "Vault": "audiencevault.vault",
    "drill": "audiencevault.pipeline.drilling",
    "resolve": "audiencevault.pipeline.resolving",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
