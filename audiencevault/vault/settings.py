"""`vault.json`: what a vault is, as opposed to what it holds. No secrets, no people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from audiencevault.errors import UsageError, VaultDamagedError, VaultNotFoundError
from audiencevault.vault.layout import BACKUP, SETTINGS
from audiencevault.vault.manifest import FORMAT, refuse_later_format, timestamp

_KEYS = {"format", "vault_id", "created_at", "controllers", "region", "policy"}
_OPTIONAL = {"destinations", "survivorship"}
"""Keys that are there only where they say something, so that vaults of before have the same form."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`controllers` are the senders that consents are given to, the first being the default one; `region` is the
    country (ISO 3166 alpha-2) of phone numbers that do not say theirs; `policy` names a consent preset;
    `survivorship` is what differs from the shipped rules of which value survives: `{"fields": {field: [rule, ...]},
    "trust": {source: 0 to 9}}`, in the words of `resolution.survivorship`, which knows the rules. `destinations` are
    the settings of receivers that are no secrets, such as a list's id: `{name: {key: value}}`.
    """

    vault_id: str
    created_at: datetime
    controllers: tuple[str, ...]
    region: str | None
    policy: str
    survivorship: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    destinations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def encode(self) -> bytes:
        """The document, the same bytes for the same settings."""
        document: dict[str, Any] = {
            "format": FORMAT,
            "vault_id": self.vault_id,
            "created_at": timestamp(self.created_at),
            "controllers": list(self.controllers),
            "region": self.region,
            "policy": self.policy,
        }
        if self.survivorship:
            document["survivorship"] = {
                part: dict(sorted(rules.items())) for part, rules in sorted(self.survivorship.items())
            }
        if self.destinations:
            document["destinations"] = {
                name: dict(sorted(said.items())) for name, said in sorted(self.destinations.items())
            }
        return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def controllers_of(given: str | Sequence[str]) -> tuple[str, ...]:
    """One name or several, without repetition; `UsageError` where there is none."""
    names = (given,) if isinstance(given, str) else tuple(dict.fromkeys(given))
    if not names or not all(names):
        raise UsageError("A vault needs at least one controller, the sender that people agreed to hear from.")
    return names


def read_settings(root: Path) -> Settings:
    """The settings of the vault at `root`.

    Raises `VaultNotFoundError`, `VaultDamagedError` or `VaultTooNewError`.
    """
    path = root / SETTINGS
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if (root / BACKUP).is_file():
            raise VaultNotFoundError(
                f"{root} is a backup of a vault, not a vault.",
                f"Make a vault out of it: audiencevault restore '{root}' --to NEW_VAULT",
            ) from None
        raise VaultNotFoundError(
            f"There is no vault at {root}.", f"Create one: audiencevault init --vault '{root}'"
        ) from None
    except OSError as error:
        raise VaultDamagedError(f"{path} cannot be read: {error.strerror}.") from None
    return decode_settings(data, str(path))


def decode_settings(data: bytes, where: str) -> Settings:
    """The settings in `data`; `where` names it in messages."""
    try:
        document = json.loads(data.decode())
    except ValueError:
        raise VaultDamagedError(f"{where} is not JSON.") from None
    if not isinstance(document, dict):
        raise VaultDamagedError(f"{where} is not a JSON object.")
    refuse_later_format(document, where)
    try:
        return _settings(document)
    except (ValueError, KeyError, TypeError):
        raise VaultDamagedError(f"{where} has a key or a value that does not belong there.") from None


def _settings(document: dict[str, Any]) -> Settings:
    if set(document) - _OPTIONAL != _KEYS:
        raise ValueError("keys")
    texts = [document["vault_id"], document["policy"], *document["controllers"]]
    if not document["controllers"] or not all(isinstance(text, str) and text for text in texts):
        raise TypeError("text")
    region = document["region"]
    if region is not None and not isinstance(region, str):
        raise TypeError("region")
    return Settings(
        vault_id=document["vault_id"],
        created_at=datetime.fromisoformat(document["created_at"]),
        controllers=tuple(document["controllers"]),
        region=region,
        policy=document["policy"],
        survivorship=_survivorship(document.get("survivorship", {})),
        destinations=_destinations(document.get("destinations", {})),
    )


def _destinations(said: Any) -> Mapping[str, Mapping[str, str]]:
    """The shape is checked here, the names where the receivers are known."""
    if not isinstance(said, dict) or not all(isinstance(given, dict) for given in said.values()):
        raise TypeError("destinations")
    if not all(isinstance(value, str) for given in said.values() for value in given.values()):
        raise TypeError("destinations")
    return {name: dict(given) for name, given in said.items() if given}


def _survivorship(said: Any) -> Mapping[str, Mapping[str, Any]]:
    """The shape is checked here, the words where they are known."""
    if not isinstance(said, dict) or set(said) - {"fields", "trust"}:
        raise ValueError("survivorship")
    if not all(isinstance(rules, dict) for rules in said.values()):
        raise TypeError("survivorship")
    for rules in said.get("fields", {}).values():
        if not isinstance(rules, list) or not rules or not all(isinstance(rule, str) for rule in rules):
            raise TypeError("survivorship.fields")
    for trust in said.get("trust", {}).values():
        if not isinstance(trust, int) or isinstance(trust, bool):
            raise TypeError("survivorship.trust")
    return {part: dict(rules) for part, rules in said.items() if rules}
