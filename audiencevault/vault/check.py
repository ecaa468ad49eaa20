"""Is the vault whole? Every way in which it can be damaged is one kind of finding.

The structure is always looked at: manifests, the presence, size, schema and row count of every file that any kept
snapshot names, and whether the tables of the newest snapshot refer to each other as they should. `read_data`
also reads every file and compares its hash, and every row of the ledger with the hash chain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from audiencevault.errors import KeyMissingError, VaultDamagedError, VaultError
from audiencevault.records import FORMER_COLUMNS, SCHEMA_VERSION, TABLES
from audiencevault.vault import proof, pushes, references, tombstones
from audiencevault.vault.layout import DATA, HEAD, SNAPSHOTS, STAGING, head_hint, manifest_path, snapshot_numbers
from audiencevault.vault.manifest import FileRef, read_manifest
from audiencevault.vault.snapshot import Snapshot
from audiencevault.vault.store import Vault

Severity = Literal["error", "warning", "note"]
Progress = Callable[[int, int], None]

CODES: Final[dict[str, Severity]] = {
    "no_snapshot": "error",
    "bad_manifest": "error",
    "missing_snapshot": "error",
    "foreign_snapshot": "error",
    "missing_file": "error",
    "wrong_size": "error",
    "wrong_hash": "error",
    "unreadable_file": "error",
    "unknown_table": "error",
    "wrong_schema": "error",
    "wrong_rows": "error",
    "broken_reference": "error",
    "repeated_key": "error",
    "missing_segment": "error",
    "broken_chain": "error",
    "broken_seal": "error",
    "lost_events": "error",
    "strange_events": "error",
    "changed_event": "error",
    "unreadable_events": "error",
    "missing_key": "warning",
    "dangling_head": "warning",
    "late_head": "note",
    "orphan": "note",
    "leftover": "note",
    "foreign_file": "note",
    "unchained_events": "note",
    "unfinished_push": "note",
}
"""What can be found. An error means that something is lost or wrong, a warning that something odd was made up for,
a note that there is something to tidy up."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is not as it should be; `path` is relative to the vault, `sentence` quotes no person."""

    code: str
    sentence: str
    path: str = ""
    table: str = ""
    snapshot: int | None = None

    @property
    def severity(self) -> Severity:
        """`error`, `warning` or `note`."""
        return CODES[self.code]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            "sentence": self.sentence,
            "path": self.path,
            "table": self.table,
            "snapshot": self.snapshot,
        }


def check(vault: Vault, *, read_data: bool = False, progress: Progress | None = None) -> list[Finding]:
    """Everything that is wrong with `vault`, errors first; an empty list says that it is whole.

    Reads only, and needs no lock. `progress` gets bytes done since the last call, and the bytes in total; with
    `read_data` only.
    """
    root = vault.path
    # What lies there is listed before the manifests are: a file that a writer publishes meanwhile is no orphan.
    present = sorted(path for path in (root / DATA).glob("**/*") if not path.is_dir())
    findings: list[Finding] = []
    snapshots = _snapshots(vault, findings)
    named = {
        (table, ref): snapshot
        for snapshot in snapshots
        for table, files in snapshot.manifest.tables.items()
        for ref in files
    }
    broken = _files(root, named, findings, read_data=read_data, progress=progress or _silent)
    _strays(
        root, present, {snapshots[0].file_path(table, ref) for table, ref in named} if snapshots else set(), findings
    )
    if snapshots and snapshots[-1].number == max(snapshot_numbers(root)):
        head = snapshots[-1]
        findings.extend(_ledger(head, read_data=read_data))
        if not any((table, ref) in broken for table, files in head.manifest.tables.items() for ref in files):
            findings.extend(_references(head))
    order = {"error": 0, "warning": 1, "note": 2}
    return sorted(findings, key=lambda found: (order[found.severity], found.code, found.path, found.sentence))


def _silent(_done: int, _total: int) -> None:
    """Nobody watches."""


def _snapshots(vault: Vault, findings: list[Finding]) -> list[Snapshot]:
    """The snapshots that can be trusted, oldest first."""
    root = vault.path
    numbers = snapshot_numbers(root)
    if not numbers:
        findings.append(Finding("no_snapshot", "The vault has no snapshot.", SNAPSHOTS))
        return []
    hint = head_hint(root)
    if hint is None or not manifest_path(root, hint).exists():
        findings.append(
            Finding("dangling_head", f"{HEAD} names no snapshot; the newest one, {numbers[-1]}, is used.", HEAD)
        )
    elif hint != numbers[-1]:
        findings.append(Finding("late_head", f"{HEAD} names snapshot {hint}; the newest is {numbers[-1]}.", HEAD))
    findings.extend(
        Finding("missing_snapshot", f"Snapshot {number} is missing.", f"{SNAPSHOTS}/{number}.json", "", number)
        for number in sorted(set(range(numbers[0], numbers[-1])) - set(numbers))
    )
    good = []
    for number in numbers:
        where = f"{SNAPSHOTS}/{number}.json"
        try:
            manifest = read_manifest(root, number)
        except VaultError as error:
            findings.append(Finding("bad_manifest", error.message, where, "", number))
            continue
        if manifest.vault_id != vault.settings.vault_id:
            findings.append(
                Finding("foreign_snapshot", f"Snapshot {number} belongs to another vault.", where, "", number)
            )
            continue
        good.append(Snapshot(root, manifest, vault.keys))
    return good


def _files(
    root: Path,
    named: dict[tuple[str, FileRef], Snapshot],
    findings: list[Finding],
    *,
    read_data: bool,
    progress: Progress,
) -> set[tuple[str, FileRef]]:
    """Look at every file once, whichever snapshots name it; return those that are damaged."""
    broken = set()
    total = sum(ref.bytes for _, ref in named) if read_data else 0
    for (table, ref), snapshot in sorted(named.items(), key=lambda item: (item[0][0], item[0][1].sha256)):
        path = snapshot.file_path(table, ref)
        where = path.relative_to(root).as_posix()
        for code, what in _problems_of(path, table, ref, read_data=read_data):
            sentence = f"{where} (snapshot {snapshot.number}) {what}."
            findings.append(Finding(code, sentence, where, table, snapshot.number))
            broken.add((table, ref))
        if read_data:
            progress(ref.bytes, total)
    return broken


def _problems_of(path: Path, table: str, ref: FileRef, *, read_data: bool) -> Iterator[tuple[str, str]]:
    try:
        size = path.stat().st_size
    except OSError:
        yield "missing_file", "is missing"
        return
    if size != ref.bytes:
        yield "wrong_size", f"has {size} bytes instead of {ref.bytes}"
        return
    if read_data:
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            yield "unreadable_file", "cannot be read"
            return
        if digest != ref.sha256:
            yield "wrong_hash", "has another content than when it was written"
            return
    try:
        with pq.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
    except (OSError, pa.ArrowException):
        yield "unreadable_file", "cannot be read as Parquet"
        return
    if table not in TABLES:
        yield "unknown_table", f"belongs to a table, {table}, that this version does not know"
        return
    if rows != ref.rows:
        yield "wrong_rows", f"holds {rows} rows instead of {ref.rows}"
    former = FORMER_COLUMNS.get(table, frozenset()) if ref.schema_version < SCHEMA_VERSION else frozenset()
    difference = _schema_difference(schema, TABLES[table], ref.schema_version, former)
    if difference:
        yield "wrong_schema", difference


def _schema_difference(found: pa.Schema, wanted: pa.Schema, version: int, former: frozenset[str]) -> str:
    """What is wrong with the schema, or an empty text. A file of an earlier version may lack columns, or have those of
    `former`.
    """
    if version > SCHEMA_VERSION:
        return f"has schema version {version}; this version of AudienceVault knows up to {SCHEMA_VERSION}"
    lacking = [name for name in wanted.names if name not in found.names]
    more = [name for name in found.names if name not in wanted.names and name not in former]
    if more or (lacking and version == SCHEMA_VERSION):
        return f"lacks the columns {lacking} and has {more} beyond those of its table"
    other = [
        field.name
        for field in found
        if field.name in wanted.names and not field.type.equals(wanted.field(field.name).type)
    ]
    return f"holds other types than its table in the columns {other}" if other else ""


def _ledger(head: Snapshot, *, read_data: bool) -> Iterator[Finding]:
    """What the hash chain of the ledger shows; every row of it with `read_data`."""
    try:
        ring = head.ring
        tombstones.require(head)
    except KeyMissingError as error:
        ring = None
        yield Finding("missing_key", error.message, "", "tombstones", head.number)
    try:
        found = proof.verify(head, ring) if read_data else proof.structure(head, ring)[1]
    except VaultDamagedError as error:
        yield Finding("unreadable_file", error.message, "", "ledger_segments", head.number)
        return
    for one in found.breaks:
        yield Finding(one.code, one.sentence, "", "consent_events", head.number)
    if found.unchained:
        sentence = f"{found.unchained:,} events of the ledger are older than its hash chain, which does not cover them."
        yield Finding("unchained_events", sentence, "", "consent_events", head.number)


def _references(head: Snapshot) -> Iterator[Finding]:
    try:
        for problem in references.problems(head):
            yield Finding(problem.code, problem.sentence, "", problem.table, head.number)
    except VaultDamagedError as error:
        # Its footer was readable, the rows are not: reading the data says which files are damaged.
        yield Finding("unreadable_file", error.message, "", "", head.number)


def _strays(root: Path, present: list[Path], named: set[Path], findings: list[Finding]) -> None:
    """Files that no kept snapshot names: harmless, and `gc` removes them."""
    for path in present:
        where = path.relative_to(root).as_posix()
        if path in named:
            continue
        if path.suffix == ".parquet" and len(path.relative_to(root).parts) == 3:
            findings.append(
                Finding("orphan", f"{where} belongs to no snapshot: a command was interrupted, or is running.", where)
            )
        else:
            findings.append(Finding("foreign_file", f"{where} is not a file of the vault.", where))
    for plan_id in pushes.unfinished(root):
        where = pushes.journal_path(root, plan_id).relative_to(root).as_posix()
        sentence = (
            f"{where} is the journal of a push that is running, or stopped before its end: apply the same plan again."
        )
        findings.append(Finding("unfinished_push", sentence, where))
    for path in pushes.foreign(root):
        where = path.relative_to(root).as_posix()
        findings.append(Finding("foreign_file", f"{where} is not a file of the vault.", where))
    staging = root / STAGING
    if staging.is_dir():
        for entry in sorted(staging.iterdir()):
            where = entry.relative_to(root).as_posix()
            findings.append(
                Finding("leftover", f"{where} is what a command wrote that was interrupted, or is running.", where)
            )
