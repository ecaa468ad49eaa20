"""Snapshots: what a vault held at one moment, readable for as long as its files are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from audiencevault.errors import VaultDamagedError
from audiencevault.records import TABLES
from audiencevault.vault.files import REPAIR_HINT, read_rows
from audiencevault.vault.keys import KeyRing, Keys
from audiencevault.vault.layout import data_directory
from audiencevault.vault.manifest import FileRef, Manifest, read_manifest


@dataclass(frozen=True, slots=True)
class TableRef:
    """The files of one table, in order, and how many rows they hold together."""

    files: tuple[Path, ...]
    rows: int

    @property
    def paths(self) -> list[str]:
        """The files as text, for SQL engines."""
        return [str(path) for path in self.files]


@dataclass(frozen=True)
class Snapshot:
    """One immutable state of the vault at `root`. `keys` is where the vault's key lies, if anybody said so."""

    root: Path
    manifest: Manifest
    keys: Keys | None = field(default=None, compare=False, repr=False)

    @classmethod
    def read(cls, root: Path, number: int, keys: Keys | None = None) -> Snapshot:
        """Snapshot `number`; raises `VaultDamagedError` where its manifest is missing or was changed."""
        return cls(root, read_manifest(root, number), keys)

    @property
    def number(self) -> int:
        """Counts from 0, the empty vault."""
        return self.manifest.number

    @property
    def parent(self) -> int | None:
        """The snapshot that this one was made from; it may have been collected since."""
        return self.manifest.parent

    @property
    def created_at(self) -> datetime:
        """When it was published, UTC."""
        return self.manifest.created_at

    @property
    def command(self) -> str:
        """What published it, such as `import` or `rebuild`."""
        return self.manifest.command

    @cached_property
    def ring(self) -> KeyRing | None:
        """The vault's key ring, or None where it is not found. Raises `KeyMissingError` where it makes no sense."""
        return self.keys.load(self.manifest.vault_id) if self.keys is not None else None

    @cached_property
    def tables(self) -> Mapping[str, TableRef]:
        """The tables that hold rows."""
        return {
            table: TableRef(tuple(self.file_path(table, ref) for ref in files), sum(ref.rows for ref in files))
            for table, files in self.manifest.tables.items()
        }

    def file_path(self, table: str, ref: FileRef) -> Path:
        """Where a file of `table` lies."""
        return data_directory(self.root, table) / ref.name

    def rows(self, table: str) -> int:
        """The number of rows of `table`; 0 where the snapshot has none."""
        _known(table)
        return sum(ref.rows for ref in self.manifest.tables.get(table, ()))

    def paths(self, table: str) -> list[str]:
        """The Parquet files of `table`, in order; empty where it has no rows.

        Raises `VaultDamagedError` where one is missing or has another size than when it was written.
        """
        _known(table)
        found = []
        for ref in self.manifest.tables.get(table, ()):
            path = self.file_path(table, ref)
            try:
                size = path.stat().st_size
            except OSError:
                raise VaultDamagedError(
                    f"The vault's file {path} is missing (table {table}, snapshot {self.number}).", REPAIR_HINT
                ) from None
            if size != ref.bytes:
                raise VaultDamagedError(
                    f"The vault's file {path} has {size} bytes instead of {ref.bytes} "
                    f"(table {table}, snapshot {self.number}).",
                    REPAIR_HINT,
                )
            found.append(str(path))
        return found

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """All rows of a table as an Arrow table with the schema of `records.TABLES`, or some of its columns."""
        return read_rows([Path(path) for path in self.paths(name)], name, columns)


def _known(table: str) -> None:
    if table not in TABLES:
        raise ValueError(f"a vault has no table {table!r}")
