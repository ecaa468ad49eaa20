"""The vault: immutable snapshots of Parquet files, their manifests, the lock, `check`, `backup`."""

from __future__ import annotations

from audiencevault.vault.settings import Settings
from audiencevault.vault.snapshot import Snapshot, TableRef
from audiencevault.vault.store import Vault
from audiencevault.vault.transaction import StagedRows, Transaction

__all__ = ["Settings", "Snapshot", "StagedRows", "TableRef", "Transaction", "Vault"]
