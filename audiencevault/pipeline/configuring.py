"""The settings of a vault: what they are, and the vault's own rules for which value survives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from audiencevault.errors import UsageError
from audiencevault.pipeline.deciding import rewrite_contacts
from audiencevault.resolution import survivorship
from audiencevault.vault import Vault

TRUST = "trust."


def settings_of(vault: Vault) -> dict[str, Any]:
    """Everything that `vault.json` says, and the rules of survivorship as they are in force; `own` are the vault's."""
    settings = vault.settings
    rules = survivorship.rules(settings.survivorship)
    return {
        "vault_id": settings.vault_id,
        "created_at": settings.created_at,
        "controllers": list(settings.controllers),
        "region": settings.region,
        "policy": settings.policy,
        "survivorship": {
            "fields": {name: list(chain) for name, chain in rules.by_group.items()},
            "trust": dict(sorted(rules.trust.items())),
        },
        "own": {part: dict(said) for part, said in settings.survivorship.items()},
        "destinations": {name: dict(said) for name, said in settings.destinations.items()},
    }


def set_survivorship(vault: Vault, assignments: Sequence[str], *, now: datetime, reset: bool = False) -> dict[str, Any]:
    """Change the vault's own rules and write the contacts anew by them; the settings, and the `snapshot`.

    An assignment is `FIELD=rule,rule` or `trust.SOURCE=0..9`; nothing behind the `=` goes back to what is shipped, and
    `reset` goes back with all. Raises `UsageError` or `DefinitionError`, and then nothing is changed.
    """
    own = {} if reset else {part: dict(said) for part, said in vault.settings.survivorship.items()}
    for text in assignments:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise UsageError(f"{text!r} is no rule.", "Write FIELD=rule,rule or trust.SOURCE=5.")
        _assign(own, name.strip(), value.strip())
    wanted: Mapping[str, Mapping[str, Any]] = {part: said for part, said in own.items() if said}
    survivorship.rules(wanted)
    vault.configure(now, survivorship=wanted)
    return {**settings_of(vault), "snapshot": rewrite_contacts(vault, now=now)}


def _assign(own: dict[str, dict[str, Any]], name: str, value: str) -> None:
    part, key = ("trust", name.removeprefix(TRUST)) if name.startswith(TRUST) else ("fields", name)
    if not value:
        own.get(part, {}).pop(key, None)
    elif part == "fields":
        own.setdefault(part, {})[key] = [rule.strip() for rule in value.split(",")]
    elif value.isdecimal():
        own.setdefault(part, {})[key] = int(value)
    else:
        raise UsageError(f"Trust in {key!r} must be a whole number from 0 to {survivorship.MOST_TRUST}.")
