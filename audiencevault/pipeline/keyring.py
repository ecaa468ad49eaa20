"""The vault's key: looked at, replaced by a newer version, copied out and brought back."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path

from audiencevault.errors import KeyMissingError, UsageError
from audiencevault.vault import Vault, tombstones
from audiencevault.vault.keys import SECRET_BYTES, KeyRing, decode, write_secret


def require_key(vault: Vault) -> KeyRing | None:
    """The key ring; None where the vault has none and needs none yet.

    Raises `KeyMissingError` where there were people erased, or rows sealed, with a key that is not there.
    """
    ring = tombstones.require(vault.head())
    if ring is None and _sealed(vault):
        raise KeyMissingError(
            "The vault's key is missing: the consent ledger was sealed with it.",
            "Bring a copy of it back: audiencevault keys import FILE. Without one the next import makes a new key.",
        )
    return ring


def _sealed(vault: Vault) -> bool:
    column = vault.table("ledger_segments", ["key_version"]).column("key_version")
    return bool(len(column) > column.null_count)


def rotate_key(vault: Vault, *, now: datetime) -> KeyRing:
    """Add a newer version of the key, which is current from now on."""
    ring = vault.make_key(now)
    if ring is None:
        raise UsageError("Nobody said where this vault's key lies.")
    if not vault.key_is_new:
        ring = ring.rotated(secrets.token_bytes(SECRET_BYTES), now)
        vault.keep_key(ring)
    return ring


def export_key(vault: Vault, file: Path) -> None:
    """Write a copy of all versions to `file`. `UsageError` where it exists or lies in the vault."""
    ring = require_key(vault)
    if ring is None:
        raise KeyMissingError("This vault has no key yet.", "The next import makes one.")
    if file.exists():
        raise UsageError(f"{file} is there already; a key is never overwritten.", "Choose another name.")
    inside = file.absolute().parent.resolve()
    if inside == vault.path.resolve() or vault.path.resolve() in inside.parents:
        raise UsageError(f"{file} lies in the vault; the key must not.", "Choose a place on another disk.")
    write_secret(file, ring.encode())


def import_key(vault: Vault, file: Path) -> KeyRing:
    """Add the versions in `file` to those that are there. Raises `KeyMissingError` where it is no key of this vault,
    or not the one that its tombstones need.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{file} cannot be read as text.", "Use a file that 'keys export' wrote.") from None
    brought = decode(text, vault.settings.vault_id, str(file))
    try:
        here = vault.ring
    except KeyMissingError:
        # What lies there makes no sense: that is why somebody brings a copy.
        here = None
    ring = brought if here is None else here.merged(brought)
    tombstones.require(vault.head(), ring)
    vault.keep_key(ring)
    return ring
