"""Manifests: the JSON documents that say which files a snapshot consists of, and nothing else.

A manifest is written once and carries a checksum of itself, so that a changed digit is found.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from audiencevault.errors import VaultDamagedError, VaultTooNewError
from audiencevault.vault.layout import manifest_path

FORMAT: Final = 1
"""The number of the on-disk format that this program writes, and the highest that it reads."""

NAME_DIGITS: Final = 32
_FILE_KEYS = {"name", "sha256", "rows", "bytes", "schema_version"}
_TOP_KEYS = {"format", "vault_id", "number", "parent", "created_at", "command", "tables", "checksum"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TABLE = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class FileRef:
    """One immutable Parquet file, by its content: `rows` and `bytes` are what the whole file holds."""

    sha256: str
    rows: int
    bytes: int
    schema_version: int

    @property
    def name(self) -> str:
        """The file's name: the first 128 bits of the hash of its content."""
        return f"{self.sha256[:NAME_DIGITS]}.parquet"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one snapshot consists of. Tables without a file are left out."""

    vault_id: str
    number: int
    parent: int | None
    created_at: datetime
    command: str
    tables: Mapping[str, tuple[FileRef, ...]]

    def encode(self) -> bytes:
        """The document: UTF-8 JSON with sorted keys, the same bytes for the same manifest."""
        document: dict[str, Any] = {
            "format": FORMAT,
            "vault_id": self.vault_id,
            "number": self.number,
            "parent": self.parent,
            "created_at": timestamp(self.created_at),
            "command": self.command,
            "tables": {
                table: {
                    "rows": sum(file.rows for file in files),
                    "files": [
                        {
                            "name": file.name,
                            "sha256": file.sha256,
                            "rows": file.rows,
                            "bytes": file.bytes,
                            "schema_version": file.schema_version,
                        }
                        for file in files
                    ],
                }
                for table, files in self.tables.items()
                if files
            },
        }
        document["checksum"] = _checksum(document)
        return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def timestamp(moment: datetime) -> str:
    """`moment` as `2026-03-01T08:30:00.000000Z`; `ValueError` where it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError("a time in a vault needs its time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _checksum(document: Mapping[str, Any]) -> str:
    text = json.dumps(
        {key: value for key, value in document.items() if key != "checksum"},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
    )
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def read_manifest(root: Path, number: int) -> Manifest:
    """The manifest of snapshot `number` under `root`.

    Raises `VaultDamagedError` where it is missing, is not what was written, or makes no sense, and
    `VaultTooNewError` where a later program wrote it.
    """
    path = manifest_path(root, number)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise VaultDamagedError(f"Snapshot {number} is missing: there is no {path}.") from None
    except OSError as error:
        raise VaultDamagedError(f"The manifest {path} cannot be read: {error.strerror}.") from None
    manifest = decode_manifest(data, str(path))
    if manifest.number != number:
        raise VaultDamagedError(f"The manifest {path} says that it is of snapshot {manifest.number}.")
    return manifest


def decode_manifest(data: bytes, where: str) -> Manifest:
    """The manifest in `data`; `where` names it in messages."""
    try:
        document = json.loads(data.decode())
    except ValueError:
        raise VaultDamagedError(f"The manifest {where} is not JSON.") from None
    if not isinstance(document, dict):
        raise VaultDamagedError(f"The manifest {where} is not a JSON object.")
    refuse_later_format(document, where)
    if set(document) != _TOP_KEYS:
        raise VaultDamagedError(f"The manifest {where} has keys missing or too many.")
    if document["checksum"] != _checksum(document):
        raise VaultDamagedError(f"The manifest {where} was changed after it was written: its checksum differs.")
    try:
        return Manifest(
            vault_id=_text(document["vault_id"]),
            number=_count(document["number"]),
            parent=None if document["parent"] is None else _count(document["parent"]),
            created_at=datetime.fromisoformat(_text(document["created_at"])),
            command=_text(document["command"]),
            tables={_name(table): _files(entry) for table, entry in sorted(document["tables"].items())},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise VaultDamagedError(f"The manifest {where} has a value of the wrong kind.") from None


def refuse_later_format(document: Mapping[str, Any], where: str) -> None:
    """Raise `VaultTooNewError` where `document` has a higher format number than ours, `VaultDamagedError` where
    it has none.
    """
    number = document.get("format")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise VaultDamagedError(f"{where} does not say which format it has.")
    if number > FORMAT:
        raise VaultTooNewError(
            f"{where} has format {number}; this version of AudienceVault reads formats up to {FORMAT}.",
            "Update AudienceVault.",
        )


def _files(entry: Any) -> tuple[FileRef, ...]:
    files = []
    for item in entry["files"]:
        if set(item) != _FILE_KEYS or not _SHA256.fullmatch(item["sha256"]):
            raise ValueError("file entry")
        file = FileRef(item["sha256"], _count(item["rows"]), _count(item["bytes"]), _count(item["schema_version"]))
        if file.name != item["name"]:
            raise ValueError("file name")
        files.append(file)
    if sum(file.rows for file in files) != entry["rows"]:
        raise ValueError("rows")
    return tuple(files)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _name(value: Any) -> str:
    # A table's name becomes part of a path: nothing but a plain word may.
    if not _TABLE.fullmatch(_text(value)):
        raise ValueError("table name")
    return _text(value)


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("count")
    return value
