"""What points at the newest snapshot: `HEAD`, where looking for it begins, and `current/`, links to its files for
people and programs that glob.

`current/` is a convenience that this program never reads. The links are symbolic and relative, so that nothing opened
through them can be mistaken for a copy; where the system refuses these, hard links; where it refuses these too, there
is no `current/`. It is swapped by two renames: between them it is absent, never wrong.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from audiencevault.vault.layout import CURRENT, DATA, HEAD, head_hint
from audiencevault.vault.ops import Ops
from audiencevault.vault.snapshot import Snapshot


def expected(snapshot: Snapshot) -> set[tuple[str, str]]:
    """The (table, file name) pairs that `current/` should show."""
    return {(table, ref.name) for table, files in snapshot.manifest.tables.items() for ref in files}


def shown(root: Path) -> set[tuple[str, str]]:
    """The (table, file name) pairs that `current/` does show."""
    return {(entry.parent.name, entry.name) for entry in (root / CURRENT).glob("*/*")}


def refresh(snapshot: Snapshot, directory: Path, ops: Ops) -> None:
    """Make `current/` show `snapshot`, building in `directory`; nothing happens where it does already."""
    if shown(snapshot.root) == expected(snapshot):
        return
    fresh = directory / CURRENT
    try:
        _build(snapshot, fresh, ops)
    except OSError:
        # Neither kind of link is to be had here.
        with suppress(OSError):
            ops.remove_tree(fresh)
            ops.remove_tree(snapshot.root / CURRENT)
        return
    if (snapshot.root / CURRENT).exists():
        ops.replace(snapshot.root / CURRENT, directory / "previous")
    ops.replace(fresh, snapshot.root / CURRENT)


def _build(snapshot: Snapshot, fresh: Path, ops: Ops) -> None:
    ops.make_directory(fresh)
    for table, files in snapshot.manifest.tables.items():
        ops.make_directory(fresh / table)
        for ref in files:
            path = fresh / table / ref.name
            try:
                ops.symlink(f"../../{DATA}/{table}/{ref.name}", path)
            except OSError:
                ops.link(snapshot.file_path(table, ref), path)


def write_head(root: Path, number: int, directory: Path, ops: Ops) -> None:
    """Let `HEAD` say `number`, by way of a file in `directory`, unless it does already."""
    if head_hint(root) == number:
        return
    temporary = directory / "HEAD"
    ops.write_file(temporary, f"{number}\n".encode())
    ops.replace(temporary, root / HEAD)
    ops.sync_directory(root)
