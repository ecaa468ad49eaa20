"""How far a list hangs on companies, over the snapshots that a vault still keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audiencevault import reach
from audiencevault.consent.policy import policy as policy_named
from audiencevault.pipeline.asking import CHANNELS, depend, relations
from audiencevault.pipeline.delivering import with_people
from audiencevault.pipeline.senders import controller_of
from audiencevault.vault import Snapshot, Vault

PEOPLE_AT_ONCE = 20_000
"""Without being told how many, as many snapshots are looked at as hold this many people together: some seconds."""
READABLE_FROM = 2
"""The schema version since which no table that the rules are asked about has other columns."""
SNAPSHOTS_AT_ONCE = 5
"""Nor more snapshots than this."""


@dataclass(frozen=True)
class Past:
    """The dependence as of when a snapshot was made, on what it knew, under the rules asked for."""

    snapshot: int
    at: datetime
    dependence: reach.Dependence

    def as_dict(self) -> dict[str, Any]:
        """For JSON: one line of the history."""
        found = self.dependence.as_dict()
        kept = ("people", "reachable", "own", "only_one", "share", "concentration")
        return {"snapshot": self.snapshot, "at": self.at, **{name: found[name] for name in kept}}


def history(
    vault: Vault, *, policy: str | None = None, controller_id: str | None = None, limit: int | None = None
) -> list[Past]:
    """The dependence of earlier snapshots that the vault keeps, oldest first: the newest `limit` of them, or as many as
    can be asked in some seconds. Nothing is stored: every snapshot is asked again, so the answers always follow the
    rules of today.
    """
    controller = controller_of(vault, controller_id)
    rules = policy_named(policy or vault.settings.policy)
    found = []
    made = with_people(vault.history())
    for snapshot in _chosen(made[:-1], limit):
        with relations(snapshot, without_key=True) as engine:
            asked = depend(
                engine, CHANNELS, snapshot.rows("contacts"), controller_id=controller, as_of=snapshot.created_at,
                policy=rules,
            )  # fmt: skip
        found.append(Past(snapshot.number, snapshot.created_at, asked))
    return found


def _chosen(earlier: Sequence[Snapshot], limit: int | None) -> list[Snapshot]:
    """The newest first of those that hold anybody, in the order of their making."""
    held = [snapshot for snapshot in earlier if snapshot.rows("contacts") and _readable(snapshot)]
    if limit is not None:
        return held[len(held) - limit :] if limit < len(held) else held
    chosen: list[Snapshot] = []
    people = 0
    for snapshot in reversed(held[-SNAPSHOTS_AT_ONCE:]):
        people += snapshot.rows("contacts")
        if people > PEOPLE_AT_ONCE:
            break
        chosen.append(snapshot)
    return chosen[::-1]


def _readable(snapshot: Snapshot) -> bool:
    """Whether all tables have the columns that the rules are asked about."""
    return all(file.schema_version >= READABLE_FROM for files in snapshot.manifest.tables.values() for file in files)
