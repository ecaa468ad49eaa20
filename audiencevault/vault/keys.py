"""The vault's key: the secret behind every keyed hash, kept anywhere but in the vault.

Words: a *key ring* holds the *versions* of one vault's key, the newest being the current one; older ones stay, since
what was hashed with them has to be recognised for ever. A *fingerprint* tells keys apart and gives nothing away.
The *salt* of a ring is the secret that the ledger's salts come from; it is replaced at each erasure, so that nobody
can compute the salts again that the erasure took away.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from audiencevault.errors import KeyMissingError, UsageError, VaultError
from audiencevault.vault.manifest import timestamp

FORMAT: Final = 1
SECRET_BYTES: Final = 32
SERVICE: Final = "audiencevault"
"""The name under which a ring lies in the system's keyring."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")


@dataclass(frozen=True)
class KeyRing:
    """All versions of one vault's key. Immutable: what changes it returns another ring."""

    vault_id: str
    current: int
    secrets: Mapping[int, bytes] = field(repr=False)
    salt: bytes = field(repr=False)
    created: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def new(cls, vault_id: str, secret: bytes, salt: bytes, now: datetime, version: int = 1) -> KeyRing:
        """A ring with one version. `secret` and `salt` are 32 random bytes each."""
        return cls(vault_id, version, {version: secret}, salt, {version: timestamp(now)})

    def rotated(self, secret: bytes, now: datetime) -> KeyRing:
        """The same ring with a newer current version."""
        version = max(self.secrets) + 1
        return replace(
            self,
            current=version,
            secrets={**self.secrets, version: secret},
            created={**self.created, version: timestamp(now)},
        )

    def salted(self, salt: bytes) -> KeyRing:
        """The same ring with another secret for salts."""
        return replace(self, salt=salt)

    def merged(self, other: KeyRing) -> KeyRing:
        """The versions of both; the newest is current. `UsageError` where they contradict each other."""
        if other.vault_id != self.vault_id:
            raise UsageError("That is the key of another vault.", "Its vault_id says which one.")
        for version in self.secrets.keys() & other.secrets.keys():
            if self.secrets[version] != other.secrets[version]:
                raise UsageError(
                    f"Version {version} of the key is there already, and is another one "
                    f"({self.fingerprint(version)}, not {other.fingerprint(version)}).",
                    "Keep both files, and find out which of them recognises the people who were erased: keys show.",
                )
        secrets = {**other.secrets, **self.secrets}
        newest = max(secrets)
        return replace(
            self if newest == self.current else other,
            current=newest,
            secrets=secrets,
            created={**other.created, **self.created},
        )

    def hash(self, kind: str, point_key: str, version: int | None = None) -> str:
        """The keyed hash of a contact point: HMAC-SHA-256 over its kind and its wide form, 64 hex digits."""
        message = f"{kind}\x1f{point_key}".encode()
        return hmac.digest(self.secrets[version or self.current], message, "sha256").hex()

    def sign(self, message: bytes, version: int | None = None) -> str:
        """A keyed hash of `message` that no hash of a contact point can equal."""
        return hmac.digest(self.secrets[version or self.current], b"\x00seal\x1f" + message, "sha256").hex()

    def secret_for(self, purpose: str) -> bytes:
        """A secret of its own for `purpose`: 32 bytes, the same for all versions of the key that follow the first."""
        return hmac.digest(self.secrets[min(self.secrets)], b"\x00purpose\x1f" + purpose.encode(), "sha256")

    def opaque(self, text: str) -> str:
        """Another name for an id, which nobody without the key can find from what the id was made of."""
        return hmac.digest(self.secrets[self.current], b"\x00id\x1f" + text.encode(), "sha256").hex()[:32]

    def fingerprint(self, version: int) -> str:
        """16 hex digits that tell this key from others."""
        return hmac.digest(self.secrets[version], b"\x00fingerprint", "sha256").hex()[:16]

    def encode(self) -> str:
        """The ring as a JSON document: a secret."""
        document = {
            "format": FORMAT,
            "what": "AudienceVault key ring; keep it secret and apart from the vault",
            "vault_id": self.vault_id,
            "current": self.current,
            "keys": {
                str(version): {"secret": self.secrets[version].hex(), "created_at": self.created.get(version)}
                for version in sorted(self.secrets)
            },
            "salt": self.salt.hex(),
        }
        return json.dumps(document, indent=1) + "\n"


def decode(text: str, vault_id: str, where: str) -> KeyRing:
    """The ring in `text`: what `encode` wrote, or one secret of 32 bytes in hex or base64, which is version 1.

    Raises `KeyMissingError` where it makes no sense or is of another vault; `where` names it in messages, which
    never quote it.
    """
    stripped = text.strip()
    if not stripped.startswith("{"):
        secret = _secret(stripped, where)
        salt = hmac.digest(secret, b"\x00salt", "sha256")
        return KeyRing(vault_id, 1, {1: secret}, salt)
    try:
        document: dict[str, Any] = json.loads(stripped)
        secrets = {int(version): bytes.fromhex(entry["secret"]) for version, entry in document["keys"].items()}
        created = {int(version): entry["created_at"] for version, entry in document["keys"].items()}
        ring = KeyRing(
            document["vault_id"], int(document["current"]), secrets, bytes.fromhex(document["salt"]), created
        )
        good = document["format"] == FORMAT and ring.current in secrets
    except (ValueError, KeyError, TypeError, AttributeError):
        good = False
    if not good or any(len(secret) != SECRET_BYTES for secret in secrets.values()):
        raise KeyMissingError(f"{where} holds no key that can be read.", "Use an exported copy: keys import FILE.")
    if ring.vault_id != vault_id:
        raise KeyMissingError(f"{where} holds the key of another vault.", "Each vault has a key of its own.")
    return ring


def _secret(text: str, where: str) -> bytes:
    found = b""
    with suppress(ValueError, binascii.Error):
        found = bytes.fromhex(text)
    if not found:
        with suppress(ValueError, binascii.Error):
            found = base64.b64decode(text, validate=True)
    if len(found) != SECRET_BYTES:
        raise KeyMissingError(
            f"{where} holds no key that can be read.",
            "It is a key ring as 'keys export' writes it, or 32 bytes in hex or base64.",
        )
    return found


class Keys(Protocol):
    """Where a vault's ring lies."""

    def load(self, vault_id: str) -> KeyRing | None:
        """The ring, or None where there is none."""

    def store(self, ring: KeyRing) -> None:
        """Keep `ring` in place of the one before; `UsageError` where this place cannot be written to."""

    def where(self, vault_id: str) -> str:
        """The place in words."""

    def journal(self, vault_id: str) -> Path | None:
        """The file that remembers erasures beside the key, for restores; None where there is no such place."""

    @property
    def writable(self) -> bool:
        """Whether `store` can work at all."""


@dataclass(frozen=True)
class GivenKey:
    """A key handed over as text, from the environment or from a file that somebody else looks after."""

    text: str = field(repr=False)
    source: str

    writable = False

    def load(self, vault_id: str) -> KeyRing | None:
        """See `Keys.load`."""
        return decode(self.text, vault_id, self.source)

    def store(self, ring: KeyRing) -> None:  # noqa: ARG002
        """See `Keys.store`."""
        raise UsageError(
            f"The key comes from {self.source}, which this program does not write.",
            "Unset it, or change the key where it is kept.",
        )

    def where(self, vault_id: str) -> str:  # noqa: ARG002 - one key for whatever vault is opened
        """See `Keys.where`."""
        return self.source

    def journal(self, vault_id: str) -> Path | None:  # noqa: ARG002
        """See `Keys.journal`."""
        return None


@dataclass(frozen=True)
class KeyFile:
    """One file, which the user has named; readable by nobody else once we have written it."""

    path: Path

    writable = True

    def load(self, vault_id: str) -> KeyRing | None:
        """See `Keys.load`."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError):
            raise KeyMissingError(
                f"The key file {self.path} cannot be read.", "Use a copy: keys import FILE."
            ) from None
        return decode(text, vault_id, f"The key file {self.path}")

    def store(self, ring: KeyRing) -> None:
        """See `Keys.store`."""
        write_secret(self.path, ring.encode())

    def where(self, vault_id: str) -> str:  # noqa: ARG002 - one file for whatever vault is opened
        """See `Keys.where`."""
        return f"the file {self.path}"

    def journal(self, vault_id: str) -> Path | None:  # noqa: ARG002
        """See `Keys.journal`."""
        return self.path.with_name(self.path.name.removesuffix(".key.json") + ".erasures.json")


@dataclass(frozen=True)
class KeyDirectory:
    """Key files in a directory of the user's: one for each vault."""

    directory: Path

    writable = True

    def file(self, vault_id: str) -> KeyFile:
        """The file of one vault, by its id."""
        name = vault_id if _NAME.fullmatch(vault_id) else hashlib.sha256(vault_id.encode()).hexdigest()[:32]
        return KeyFile(self.directory / f"{name}.key.json")

    def load(self, vault_id: str) -> KeyRing | None:
        """See `Keys.load`."""
        return self.file(vault_id).load(vault_id)

    def store(self, ring: KeyRing) -> None:
        """See `Keys.store`."""
        self.file(ring.vault_id).store(ring)

    def where(self, vault_id: str) -> str:
        """See `Keys.where`."""
        return self.file(vault_id).where(vault_id)

    def journal(self, vault_id: str) -> Path | None:
        """See `Keys.journal`."""
        return self.file(vault_id).journal(vault_id)


@dataclass(frozen=True)
class SystemKeyring:
    """The system's keyring (extra `keyring`); erasures are remembered in a file of `directory`."""

    backend: Any
    directory: Path

    writable = True

    def load(self, vault_id: str) -> KeyRing | None:
        """See `Keys.load`."""
        text = self.backend.get_password(SERVICE, vault_id)
        return None if text is None else decode(text, vault_id, "The system's keyring")

    def store(self, ring: KeyRing) -> None:
        """See `Keys.store`."""
        self.backend.set_password(SERVICE, ring.vault_id, ring.encode())

    def where(self, vault_id: str) -> str:
        """See `Keys.where`."""
        return f"the system's keyring, service {SERVICE!r}, account {vault_id!r}"

    def journal(self, vault_id: str) -> Path | None:
        """See `Keys.journal`."""
        return KeyDirectory(self.directory).journal(vault_id)


@dataclass(frozen=True)
class FirstOf:
    """Several places: the first that has the ring counts, and a new one goes to the first."""

    places: tuple[Keys, ...]

    writable = True

    def _holder(self, vault_id: str) -> Keys:
        for place in self.places:
            if place.load(vault_id) is not None:
                return place
        return self.places[0]

    def load(self, vault_id: str) -> KeyRing | None:
        """See `Keys.load`."""
        return self._holder(vault_id).load(vault_id)

    def store(self, ring: KeyRing) -> None:
        """See `Keys.store`."""
        self._holder(ring.vault_id).store(ring)

    def where(self, vault_id: str) -> str:
        """See `Keys.where`."""
        return self._holder(vault_id).where(vault_id)

    def journal(self, vault_id: str) -> Path | None:
        """See `Keys.journal`."""
        return self.places[0].journal(vault_id)


def usable_keyring() -> Any:
    """The system's keyring, or None where the extra is not installed or the system has none."""
    try:
        import keyring
        from keyring.backends import fail
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        backend = keyring.get_keyring()
        return None if isinstance(backend, fail.Keyring) or backend.priority <= 0 else backend
    except (KeyringError, RuntimeError):
        return None


def keys_at(directory: Path, *, keyring: bool = True) -> Keys:
    """The system's keyring where it is usable, else files in `directory`; both are looked at."""
    files = KeyDirectory(directory)
    backend = usable_keyring() if keyring else None
    return files if backend is None else FirstOf((SystemKeyring(backend, directory), files))


def write_secret(path: Path, text: str) -> None:
    """Write `text` to `path` in one step, for the user's eyes only."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(path.name + ".new")
        temporary.unlink(missing_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise VaultError(
            f"The file {path} cannot be written: {error.strerror or 'the system does not say why'}.",
            "Choose another place with AUDIENCEVAULT_HOME or AUDIENCEVAULT_KEY_FILE.",
        ) from None
