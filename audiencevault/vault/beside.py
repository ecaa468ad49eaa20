"""What lies beside a vault's tables because making it again takes longer than keeping it.

Nothing needs it: it may go at any time, no backup takes it along, and an erasure removes it, since it may hold traces
of people.

Each thing is a directory, `beside/<name>`, with a document that says from which files of which tables it was made: it
is good for every snapshot that has the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from audiencevault.vault.layout import BESIDE
from audiencevault.vault.manifest import Manifest
from audiencevault.vault.ops import Ops

OF: Final = "of.json"


def _of(manifest: Manifest, tables: Iterable[str]) -> dict[str, list[str]]:
    return {table: [ref.name for ref in manifest.tables.get(table, ())] for table in sorted(tables)}


def found(root: Path, name: str, manifest: Manifest) -> Path | None:
    """The directory `name`, if it was made from what `manifest` names."""
    directory = root / BESIDE / name
    try:
        said = json.loads((directory / OF).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return directory if isinstance(said, dict) and said and said == _of(manifest, said) else None


def put(ops: Ops, root: Path, name: str, work: Path, manifest: Manifest, tables: Iterable[str]) -> None:
    """Let `work`, a directory on the vault's disk, made from `tables` of `manifest`, take the place of `name`."""
    # Nobody checks these files again: one that a power cut left half written must not be believed.
    for path in sorted(path for path in work.rglob("*") if path.is_file()):
        ops.sync_file(path)
    ops.write_file(work / OF, json.dumps(_of(manifest, tables), sort_keys=True).encode())
    ops.make_directory(root / BESIDE)
    ops.remove_tree(root / BESIDE / name)
    ops.replace(work, root / BESIDE / name)


def forget(ops: Ops, root: Path) -> None:
    """Remove everything beside the tables of `root`."""
    if (root / BESIDE).exists():
        ops.remove_tree(root / BESIDE)
