"""What leaves a vault: files for a receiver, a database; both through `audience.select`."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from audiencevault.audience import select
from audiencevault.consent.policy import policy as policy_named
from audiencevault.destinations import flat, warehouse
from audiencevault.destinations.definition import Definition, load_all, named
from audiencevault.destinations.files import Written
from audiencevault.destinations.files import write as write_files
from audiencevault.errors import UsageError
from audiencevault.pipeline import delivering
from audiencevault.pipeline.asking import GONE, relations
from audiencevault.pipeline.identifying import REJECTED_ROWS
from audiencevault.pipeline.options import ImportResult
from audiencevault.pipeline.senders import controller_of
from audiencevault.records import REJECTS, TABLES
from audiencevault.vault import Vault

STORAGE = "storage"


@dataclass(frozen=True)
class Exported:
    """The files that were written for one receiver."""

    destination: str
    title: str
    written: tuple[Written, ...]
    held_back: Mapping[str, int]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "destination": self.destination,
            "written": [item.as_dict() for item in self.written],
            "held_back": dict(self.held_back),
            "notes": list(self.notes),
        }


def destinations(folders: Iterable[Path] = ()) -> list[Definition]:
    """Every receiver that is known, also out of `folders` with definitions, sorted by name."""
    return list(load_all(folders).values())


def destination(name: str, folders: Iterable[Path] = ()) -> Definition:
    """The receiver called `name`; `UsageError` naming those that exist."""
    return named(name, folders)


def export(
    vault: Vault,
    name: str,
    directory: Path,
    *,
    as_of: datetime,
    now: datetime,
    policy: str | None = None,
    controller_id: str | None = None,
    force: bool = False,
    folders: Iterable[Path] = (),
) -> Exported:
    """Write the files of receiver `name` into `directory`, and beside them everybody who is held back and why; then
    let the vault remember, as of `now`, whom the receiver was handed and which "no" it was told.
    """
    definition = named(name, folders)
    inside = directory.resolve()
    if inside == vault.path.resolve() or vault.path.resolve() in inside.parents:
        raise UsageError(
            f"{directory} lies in the vault, which holds nothing but its own files.",
            "Choose another folder with --out.",
        )
    snapshot = vault.head()
    people = delivering.asked(vault)
    with relations(snapshot) as engine:
        controller = controller_of(vault, controller_id)
        rules = policy_named(policy or vault.settings.policy)
        audience = select(
            engine,
            controller_id=controller,
            channels=definition.channels,
            purpose="marketing",
            as_of=as_of,
            policy=rules,
            gone=GONE,
            one_click=definition.one_click,
        )
        stored = None
        if definition.takes_everybody:
            everybody = select(
                engine,
                controller_id=controller,
                channels=definition.channels,
                purpose=STORAGE,
                as_of=as_of,
                policy=rules,
            )
            stored = flat.Stored(everybody, snapshot.table("contacts"))
        handed = delivering.found(engine, audience, definition, now)
    written = write_files(audience, definition, directory, snapshot=people, stored=stored, force=force)
    reasons = pc.value_counts(audience.held_back.column("reason")).to_pylist()
    held = {row["values"]: row["counts"] for row in reasons}
    forgotten = delivering.remember(vault, handed, now)
    notes = (*definition.notes, *audience.notes, *([forgotten] if forgotten else ()))
    return Exported(name, definition.title, tuple(written), dict(sorted(held.items())), notes)


def load(vault: Vault, url: str, *, as_of: datetime, controller_id: str | None = None) -> warehouse.Loaded:
    """Make the public tables in the database at `url` equal to the vault's newest snapshot."""
    snapshot = vault.head()
    with relations(snapshot) as engine:
        audience = select(
            engine,
            controller_id=controller_of(vault, controller_id),
            channels=("email",),
            purpose=STORAGE,
            as_of=as_of,
            policy=policy_named(vault.settings.policy),
        )
    return warehouse.load(
        url, audience, {table: snapshot.paths(table) for table in TABLES}, vault_id=vault.settings.vault_id
    )


def write_rejects(vault: Vault, result: ImportResult, directory: Path) -> Path | None:
    """List the refused rows of one run in a file of `directory`: places and reasons, no contents.

    None, and no file, where there are none.
    """
    imports = {item.import_id for item in result.inputs if item.status == "imported" and item.rejected}
    target = directory / REJECTED_ROWS
    if not imports:
        target.unlink(missing_ok=True)
        return None
    rows = [row for row in vault.table("rejects").to_pylist() if row["import_id"] in imports]
    names = [name for name in REJECTS.names if name not in {"import_id", "export_sha256"}]
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([row[name] or "" for name in names] for row in rows)
    return target
