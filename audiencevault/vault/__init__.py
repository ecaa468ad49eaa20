"""The vault: immutable snapshots of Parquet files, their manifests, the lock, `check`, `backup`."""

from __future__ import annotations

from audiencevault.vault.settings import Settings
from audiencevault.vault.snapshot import Snapshot, TableRef
from audiencevault.vault.store import Vault
from audiencevault.vault.transaction import Transaction

__all__ = ["Settings", "Snapshot", "TableRef", "Transaction", "Vault"]
