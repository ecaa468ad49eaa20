"""Tombstones kept beside the key as well: so that a backup which is older than an erasure, restored after the vault
was lost, still knows who was erased. Keyed hashes only, as in the vault.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from audiencevault.errors import VaultDamagedError
from audiencevault.records import TOMBSTONES
from audiencevault.vault.keys import Keys, write_secret
from audiencevault.vault.manifest import timestamp

FORMAT: Final = 1


def remember(keys: Keys | None, vault_id: str, buried: pa.Table) -> None:
    """Add rows of `tombstones` to those that are remembered, if there is a place for it."""
    path = keys.journal(vault_id) if keys is not None else None
    if path is None:
        return
    rows = unique(pa.concat_tables([recall(keys, vault_id), buried])).to_pylist()
    said = [{**row, "created_at": timestamp(row["created_at"])} for row in rows]
    write_secret(path, json.dumps({"format": FORMAT, "vault_id": vault_id, "tombstones": said}, indent=1) + "\n")


def recall(keys: Keys | None, vault_id: str) -> pa.Table:
    """The tombstones that are remembered beside the key; no rows where there is no such place, or nothing in it.

    Raises `VaultDamagedError` where it cannot be read: then somebody could come back.
    """
    path = keys.journal(vault_id) if keys is not None else None
    if path is None or not path.exists():
        return TOMBSTONES.empty_table()
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        rows = [
            {**row, "created_at": datetime.fromisoformat(row["created_at"])}
            for row in document["tombstones"]
            if document["vault_id"] == vault_id
        ]
        return pa.Table.from_pylist(rows, schema=TOMBSTONES)
    except (ValueError, KeyError, TypeError, OSError, pa.ArrowException):
        raise VaultDamagedError(
            f"The file {path}, which remembers who was erased, cannot be read.", "Bring a copy of it back."
        ) from None


def unique(rows: pa.Table) -> pa.Table:
    """Each tombstone once, sorted."""
    kept = {(row["point_kind"], row["point_hash"], row["created_at"]): row for row in rows.to_pylist()}
    return pa.Table.from_pylist([kept[key] for key in sorted(kept)], schema=TOMBSTONES)
