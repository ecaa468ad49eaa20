"""One receiver as a vault knows it: its definition, the settings that say where at it, the secrets for this run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from audiencevault.destinations.api import Api
from audiencevault.destinations.api_settings import complete
from audiencevault.destinations.definition import Definition, named
from audiencevault.destinations.receivers import all_settings
from audiencevault.destinations.requests import hosts
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import Clock, Transport
from audiencevault.errors import UsageError
from audiencevault.vault import Vault

Network = Callable[[tuple[str, ...], Clock], AbstractContextManager[Transport]]
"""Makes what sends requests to the hosts that are named."""


@dataclass(frozen=True)
class Receiver:
    """`settings` are complete but for what is computed out of a secret."""

    definition: Definition
    settings: Mapping[str, str]
    secrets: Mapping[str, Secret] = field(default_factory=dict, repr=False)

    @property
    def api(self) -> Api:
        """The facts about its API; `UsageError` where it takes files only."""
        return api_of(self.definition)

    @property
    def account(self) -> str:
        """Where at the receiver: the settings that the user chose. Sample: `list_id=0a1b2c3d4e`."""
        usual = {setting.name: setting.default for setting in self.api.settings}
        own = {key: value for key, value in self.settings.items() if value and value != usual.get(key)}
        return " ".join(f"{key}={value}" for key, value in sorted(own.items()))

    @property
    def sha256(self) -> str:
        """Which facts about it this run goes by."""
        return hashlib.sha256(repr(self.definition).encode()).hexdigest()

    @property
    def pulls_sha256(self) -> str:
        """Which facts about its lists of "no"s: with others, everything is read anew."""
        api = self.api
        return hashlib.sha256(repr((api.base, api.module, api.pulls)).encode()).hexdigest()

    @property
    def hosts(self) -> tuple[str, ...]:
        """Everywhere that requests may go."""
        return hosts(self.definition, all_settings(self.api, self.settings, self.secrets))


@dataclass(frozen=True)
class Line:
    """The way to a receiver for one run: who sends, the time, and the start of the run."""

    network: Network
    clock: Clock
    now: datetime


def api_of(definition: Definition) -> Api:
    """The API of `definition`; `UsageError` where there is none."""
    if definition.api is None:
        raise UsageError(
            f"{definition.title} is known by its files only, so nothing can be sent to it or read back.",
            f"Write files for it: audiencevault export {definition.name} --out FOLDER",
        )
    return definition.api


def receiver(
    vault: Vault, name: str, *, given: Mapping[str, str], secrets: Mapping[str, Secret], folders: Iterable[Path] = ()
) -> Receiver:
    """The receiver `name` with the settings that the vault remembers and those `given` for this run.

    Raises `UsageError` for a receiver without an API, or settings that are unknown, missing or no good.
    """
    definition = named(name, folders)
    api_of(definition)
    remembered = vault.settings.destinations.get(name, {})
    return Receiver(definition, complete(definition, {**remembered, **given}), dict(secrets))


def assignments(texts: Iterable[str]) -> dict[str, str]:
    """`KEY=VALUE` texts as a mapping. Raises `UsageError` for one that is none."""
    found: dict[str, str] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise UsageError(f"{text!r} is no setting.", "Write KEY=VALUE, for instance list_id=0a1b2c3d4e.")
        found[key.strip()] = value.strip()
    return found


def remember_settings(
    vault: Vault, name: str, texts: Iterable[str], *, now: datetime, folders: Iterable[Path] = ()
) -> dict[str, Any]:
    """Keep settings of the receiver `name` in the vault; nothing behind the `=` forgets one. All that are kept.

    Raises `UsageError` for a setting that the receiver does not have, that is a secret, or is no good.
    """
    definition = named(name, folders)
    api = api_of(definition)
    changes = assignments(texts)
    known = {setting.name: setting for setting in api.settings if not setting.computed}
    for key in changes:
        if key in api.auth.secrets:
            raise UsageError(
                f"{key} is a secret, and secrets are not kept in the vault.",
                f"Keep it in the system's keyring: audiencevault secrets set {name} {key}",
            )
        if key not in known:
            raise UsageError(
                f"{definition.title} has no setting called {key!r}.", f"It has: {', '.join(known) or 'none'}."
            )
    kept = {**vault.settings.destinations.get(name, {}), **changes}
    kept = {key: value for key, value in kept.items() if value}
    # The others may be set later; those that are given must be good now.
    given = tuple(setting for setting in api.settings if setting.name in kept)
    kept = complete(replace(definition, api=replace(api, settings=given)), kept)
    everything = {**vault.settings.destinations, name: kept}
    vault.configure(now, destinations={one: said for one, said in everything.items() if said})
    return {"destination": name, "settings": kept}
