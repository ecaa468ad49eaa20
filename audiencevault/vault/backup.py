"""Backups: what a snapshot consists of, copied to another directory and verified, file by file.

A backup directory holds many snapshots of one vault. Files are named by their content as in the vault, so only
new ones are copied; a manifest comes last, so an interrupted backup is invisible, and the next run goes on
where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from audiencevault.errors import KeyMissingError, UsageError, VaultDamagedError, VaultNotFoundError
from audiencevault.vault import current, journal
from audiencevault.vault.current import write_head
from audiencevault.vault.keys import Keys
from audiencevault.vault.layout import (
    BACKUP,
    DATA,
    HOLDER,
    LOCK,
    SETTINGS,
    SNAPSHOTS,
    STAGING,
    data_directory,
    manifest_path,
    snapshot_numbers,
)
from audiencevault.vault.manifest import FORMAT, FileRef, refuse_later_format
from audiencevault.vault.ops import Ops, disk_errors, publish
from audiencevault.vault.remembrance import recall, unique
from audiencevault.vault.replaying import missing, replay
from audiencevault.vault.settings import decode_settings
from audiencevault.vault.snapshot import Snapshot
from audiencevault.vault.store import Vault
from audiencevault.vault.transaction import clean_leftovers, locked

Progress = Callable[[int, int], None]

COPIED_SETTINGS: Final = "settings.json"
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class CopyResult:
    """What a backup or a restore did. `files_present` were there already, with the right hash; `files_repaired`
    are those among the copied ones that had been there with a wrong one. `snapshots_forgetting` are those out of which
    people were taken who had been erased since; `snapshots_holding` those that still hold them, since the vault's key
    is missing.
    """

    snapshot: int
    files_copied: int
    bytes_copied: int
    files_present: int
    bytes_present: int
    files_repaired: int
    snapshots_forgetting: int = 0
    snapshots_holding: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "snapshot": self.snapshot,
            "files_copied": self.files_copied,
            "bytes_copied": self.bytes_copied,
            "files_present": self.files_present,
            "bytes_present": self.bytes_present,
            "files_repaired": self.files_repaired,
            "snapshots_forgetting": self.snapshots_forgetting,
            "snapshots_holding": list(self.snapshots_holding),
        }


def backup(
    vault: Vault,
    directory: Path | str,
    *,
    now: datetime | None = None,
    snapshot: int | None = None,
    progress: Progress | None = None,
    ops: Ops | None = None,
) -> CopyResult:
    """Bring snapshot `snapshot` (default: the newest) of `vault` to `directory`, and verify every hash of it there.

    Files of the vault are hashed while they are copied, files that the directory has already are read and hashed;
    a damaged one there is replaced. `progress` gets the bytes done since the last call, and the total. `now` is
    only shown to whoever finds the directory locked. People who were erased from the vault since the last backup are
    taken out of the older snapshots in the directory first.
    Raises `UsageError` where the directory cannot be a backup of this vault, `VaultDamagedError` where a file of
    the vault is missing or has another hash: then nothing is published.
    """
    ops = ops or Ops()
    root = Path(directory)
    taken = vault.snapshot(snapshot)
    _refuse_place(vault, root)
    with disk_errors(root):
        root.mkdir(parents=True, exist_ok=True)
        with locked(root, ops, "backup", now):
            _prepare(vault, root, ops)
            forgotten, holding = _follow(vault, root, now or taken.created_at, ops)
            result = _copy(taken, root, progress or _silent, ops)
            settings = vault.path.joinpath(SETTINGS).read_bytes()
            copied = root / COPIED_SETTINGS
            if not copied.exists() or copied.read_bytes() != settings:
                ops.write_file(root / STAGING / COPIED_SETTINGS, settings)
                ops.replace(root / STAGING / COPIED_SETTINGS, copied)
                ops.sync_directory(root)
            _publish(taken, root, ops)
    return replace(result, snapshots_forgetting=forgotten, snapshots_holding=holding)


def restore(
    directory: Path | str,
    target: Path | str,
    *,
    snapshot: int | None = None,
    now: datetime | None = None,
    keys: Keys | None = None,
    erased: pa.Table | None = None,
    progress: Progress | None = None,
    ops: Ops | None = None,
) -> CopyResult:
    """Make a vault at `target` out of snapshot `snapshot` (default: the newest) of the backup in `directory`.

    Everything is copied and verified beside `target`, which then appears in one step. Whoever was erased later is
    taken out before: as the newest snapshot of the backup knows, as is remembered beside the key (`keys`), and as
    `erased`, tombstones of another copy of the vault, say. Raises `UsageError` where
    `target` is there and not empty, `VaultNotFoundError` where there is no backup or no such snapshot,
    `VaultDamagedError` where a file of the backup is missing or has another hash, `KeyMissingError` where somebody
    was erased later and the key is not there to tell who.
    """
    ops = ops or Ops()
    source, root = Path(directory), Path(target)
    taken = _snapshot_of(source, snapshot)
    settings = _settings_of(source)
    if taken.manifest.vault_id != decode_settings(settings, str(source / COPIED_SETTINGS)).vault_id:
        raise VaultDamagedError(f"Snapshot {taken.number} and the settings in {source} are of two vaults.")
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UsageError(f"{root} is not empty; a backup is restored into a new directory.", "Choose another --to.")
    if not root.parent.is_dir():
        raise UsageError(f"The directory {root.parent} does not exist.")
    building = root.with_name(root.name + ".restoring")
    with disk_errors(root):
        ops.remove_tree(building)
        try:
            result = _build(taken, settings, building, progress or _silent, ops)
            buried = _erased_later(source, taken, keys, erased)
            if buried.num_rows:
                ring = keys.load(taken.manifest.vault_id) if keys is not None else None
                replayed = replay(building, buried, ring, now=now or taken.created_at, publish=True, ops=ops)
                result = replace(result, snapshots_forgetting=replayed.snapshots)
            if root.exists():
                root.rmdir()
            ops.replace(building, root)
            ops.sync_directory(root.parent)
        except BaseException:
            ops.remove_tree(building)
            raise
    return result


def _erased_later(source: Path, taken: Snapshot, keys: Keys | None, erased: pa.Table | None) -> pa.Table:
    """The tombstones of people who were erased after `taken`, wherever they are known."""
    newest = Snapshot.read(source, snapshot_numbers(source)[-1])
    known = [newest.table("tombstones"), recall(keys, taken.manifest.vault_id)]
    if erased is not None:
        known.append(erased)
    return missing(unique(pa.concat_tables(known)), taken.table("tombstones"))


def _follow(vault: Vault, root: Path, now: datetime, ops: Ops) -> tuple[int, tuple[int, ...]]:
    """Let the snapshots in `root` forget whom the vault has forgotten since: those that the vault still has are
    replaced by its own, the older ones are rewritten by the tombstones. How many forgot, and which could not.
    """
    there = {number: Snapshot.read(root, number) for number in snapshot_numbers(root)}
    if not there:
        return 0, ()
    here = {one.number: one for one in vault.history()}
    changed = [here[number] for number in there if number in here and here[number].manifest != there[number].manifest]
    newest = max(there)
    for one in changed:
        if newest not in here or not _rewritten(there[one.number], one):
            raise _other_history(root, one.number)
    buried = missing(vault.table("tombstones"), there[newest].table("tombstones"))
    if not changed and not buried.num_rows:
        return 0, ()
    for one in changed:
        _copy(one, root, _silent, ops)
    if changed:
        work = ops.make_temporary(root / STAGING)
        journal.begin(root, [one.manifest for one in changed], work, ops)
        journal.finish(root, ops)
        ops.remove_tree(work)
    older = tuple(number for number in there if number not in here)
    if not older or not buried.num_rows:
        return len(changed), ()
    try:
        replayed = replay(root, buried, vault.ring, now=now, publish=False, ops=ops)
    except KeyMissingError:
        return len(changed), older
    return len(changed) + replayed.snapshots, ()


def _other_history(root: Path, number: int) -> UsageError:
    return UsageError(
        f"{root} holds another snapshot {number} of this vault: a restored copy of it went on by itself.",
        "Back this vault up to a new directory.",
    )


def _rewritten(old: Snapshot, new: Snapshot) -> bool:
    """Whether `new` may be `old` after an erasure: everything but the files is the same."""
    return replace(old.manifest, tables={}) == replace(new.manifest, tables={})


def contents(directory: Path | str) -> list[Snapshot]:
    """The snapshots that a backup directory holds, oldest first.

    Raises `VaultNotFoundError` where there is no finished backup.
    """
    root = Path(directory)
    _marker(root)
    numbers = snapshot_numbers(root)
    if not numbers:
        raise VaultNotFoundError(
            f"The backup in {root} was never finished.", f"Run: audiencevault backup '{root}' --vault VAULT"
        )
    return [Snapshot.read(root, number) for number in numbers]


def _silent(_done: int, _total: int) -> None:
    """Nobody watches."""


def _refuse_place(vault: Vault, root: Path) -> None:
    inside, outside = root.resolve(), vault.path.resolve()
    if inside == outside or outside in inside.parents or inside in outside.parents:
        raise UsageError(
            "A vault and its backup cannot lie in each other.", "Choose a directory on another disk for the backup."
        )
    if not root.exists():
        return
    if not root.is_dir():
        raise UsageError(f"{root} is a file; a backup is a directory.")
    if (root / SETTINGS).exists():
        raise UsageError(f"{root} is a vault, not a backup.", "Choose another directory for the backup.")
    # What a first backup leaves when it is interrupted before it has said whose it is.
    begun = {LOCK, HOLDER, f"{HOLDER}.new", STAGING}
    if not (root / BACKUP).exists() and any(entry.name not in begun for entry in root.iterdir()):
        raise UsageError(f"{root} is not empty and not a backup.", "Choose a directory that does not exist yet.")


def _prepare(vault: Vault, root: Path, ops: Ops) -> None:
    ops.make_directory(root / STAGING)
    clean_leftovers(root, ops)
    if not (root / BACKUP).exists():
        document = {"format": FORMAT, "vault_id": vault.settings.vault_id}
        ops.write_file(root / STAGING / BACKUP, (json.dumps(document, indent=1) + "\n").encode())
        ops.replace(root / STAGING / BACKUP, root / BACKUP)
    elif _marker(root) != vault.settings.vault_id:
        raise UsageError(f"{root} holds the backup of another vault.", "Choose another directory for this one.")
    for name in (SNAPSHOTS, DATA):
        ops.make_directory(root / name)
    ops.sync_directory(root)


def _marker(root: Path) -> str:
    """Whose backup `root` is."""
    path = root / BACKUP
    try:
        document = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise VaultNotFoundError(f"There is no backup in {root}.") from None
    except (ValueError, OSError):
        raise VaultDamagedError(f"{path} cannot be read.") from None
    if not isinstance(document, dict) or not isinstance(document.get("vault_id"), str):
        raise VaultDamagedError(f"{path} does not say which vault it is of.")
    refuse_later_format(document, str(path))
    return str(document["vault_id"])


def _copy(taken: Snapshot, root: Path, progress: Progress, ops: Ops) -> CopyResult:
    files = [(table, ref) for table, refs in taken.manifest.tables.items() for ref in refs]
    total = sum(ref.bytes for _, ref in files)
    copied = copied_bytes = present = present_bytes = repaired = 0
    changed: set[Path] = set()
    for table, ref in files:
        directory = data_directory(root, table)
        if ops.make_directory(directory):
            ops.sync_directory(root / DATA)
        target = directory / ref.name
        held = target.exists()
        if _is_whole(target, ref):
            present, present_bytes = present + 1, present_bytes + ref.bytes
            progress(ref.bytes, total)
        else:
            _copy_file(taken.file_path(table, ref), root / STAGING / ref.name, ref, lambda n: progress(n, total), ops)
            ops.replace(root / STAGING / ref.name, target)
            changed.add(directory)
            copied, copied_bytes, repaired = copied + 1, copied_bytes + ref.bytes, repaired + held
    for directory in sorted(changed):
        ops.sync_directory(directory)
    return CopyResult(taken.number, copied, copied_bytes, present, present_bytes, repaired)


def _is_whole(path: Path, ref: FileRef) -> bool:
    try:
        if path.stat().st_size != ref.bytes:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == ref.sha256
    except OSError:
        # Not there, or on a bad sector: a fresh copy is due.
        return False


def _copy_file(source: Path, target: Path, ref: FileRef, progress: Callable[[int], None], ops: Ops) -> None:
    """A synced copy of `source`, hashed on the way."""
    with ops.create(target) as writer:
        for chunk in _chunks(source):
            writer.write(chunk)
            progress(len(chunk))
        if writer.sha256 != ref.sha256:
            raise VaultDamagedError(f"The file {source} has another content than when it was written.", _HINT)
        writer.sync()


def _chunks(source: Path) -> Iterator[bytes]:
    try:
        with source.open("rb") as reader:
            while chunk := reader.read(_CHUNK):
                yield chunk
    except OSError:
        raise VaultDamagedError(f"The file {source} is missing or cannot be read.", _HINT) from None


_HINT: Final = "Run: audiencevault check --read-data; an earlier snapshot of a backup may be whole."


def _publish(taken: Snapshot, root: Path, ops: Ops) -> None:
    document = taken.manifest.encode()
    path = manifest_path(root, taken.number)
    if not path.exists():
        ops.write_file(root / STAGING / "manifest.json", document)
        publish(ops, root / STAGING / "manifest.json", path)
    elif path.read_bytes() != document:
        raise _other_history(root, taken.number)


def _snapshot_of(source: Path, number: int | None) -> Snapshot:
    _marker(source)
    numbers = snapshot_numbers(source)
    if number is None and numbers:
        number = numbers[-1]
    if number is None or number not in numbers:
        held = f"it has {', '.join(map(str, numbers))}" if numbers else "it was never finished"
        raise VaultNotFoundError(f"The backup in {source} has no {_which(number)}; {held}.")
    return Snapshot.read(source, number)


def _which(number: int | None) -> str:
    return "snapshot" if number is None else f"snapshot {number}"


def _settings_of(source: Path) -> bytes:
    try:
        return source.joinpath(COPIED_SETTINGS).read_bytes()
    except OSError:
        raise VaultDamagedError(f"The backup in {source} lacks its {COPIED_SETTINGS}.") from None


def _build(taken: Snapshot, settings: bytes, root: Path, progress: Progress, ops: Ops) -> CopyResult:
    """A whole vault at `root`, which does not exist yet."""
    for directory in (root, root / STAGING, root / DATA, root / SNAPSHOTS):
        ops.make_directory(directory)
    result = _copy(taken, root, progress, ops)
    _publish(taken, root, ops)
    write_head(root, taken.number, root / STAGING, ops)
    current.refresh(Snapshot(root, taken.manifest), root / STAGING, ops)
    ops.write_file(root / STAGING / SETTINGS, settings)
    ops.replace(root / STAGING / SETTINGS, root / SETTINGS)
    ops.sync_directory(root)
    return result
