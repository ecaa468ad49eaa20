"""The outage drill, asked of a vault: the numbers, and with a directory the folder to act from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from audiencevault import audience as door
from audiencevault import reach
from audiencevault.consent.policy import policy as policy_named
from audiencevault.destinations import held_back
from audiencevault.destinations.files import Written
from audiencevault.destinations.outbox import MANIFEST, Outbox
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.errors import UsageError
from audiencevault.pipeline.asking import relations
from audiencevault.pipeline.listing import LISTED, Question, listed, receivers
from audiencevault.pipeline.senders import controller_of
from audiencevault.reach import plan
from audiencevault.vault import Snapshot, Vault

PAGE, TEXT = "plan.html", "plan.txt"
"""The plan to print, and the same as plain text."""


@dataclass(frozen=True)
class Drilled:
    """A drill of one vault. `answer` has the numbers, `steps` what would win most back, `written` the files, by
    channel, where a directory was named; `other` the files that are about all channels.
    """

    snapshot: int
    as_of: datetime
    policy: str
    controller_id: str
    answer: reach.Drill
    steps: tuple[reach.Step, ...]
    directory: Path | None = None
    written: dict[str, list[Written]] = field(default_factory=dict)
    other: tuple[Written, ...] = ()

    def plan(self) -> plan.Plan:
        """What goes on the page to print."""
        return plan.Plan(
            drill=self.answer,
            steps=self.steps,
            owners=reach.owners(),
            snapshot=self.snapshot,
            as_of=self.as_of,
            policy=self.policy,
            controller_id=self.controller_id,
            lists={
                channel: [(item.path.name, item.rows, item.status, item.note) for item in items]
                for channel, items in self.written.items()
            },
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        files = [item.as_dict() for items in self.written.values() for item in items]
        return {
            "snapshot": self.snapshot,
            "as_of": self.as_of,
            "policy": self.policy,
            **self.answer.as_dict(),
            "steps": [step.as_dict() for step in self.steps],
            "written": [*files, *(item.as_dict() for item in self.other)],
        }


def drill(
    vault: Vault | Path | str,
    down: Sequence[str] | str,
    *,
    as_of: datetime | None = None,
    policy: str | None = None,
    controller_id: str | None = None,
    receiver: Sequence[str] | str = (),
    directory: Path | None = None,
    force: bool = False,
) -> Drilled:
    """Whom one could still write to if everything in `down` (companies, platforms, tools, channels) were switched off.

    `as_of` defaults to the moment of the vault's newest snapshot. `receiver` names whose files are counted and written;
    plain CSV for the channels that none of them takes. With `directory` the folder to act from is written there: one
    list per remaining channel, who is held back and why, and a plan of one page to print.
    Raises `UsageError` where a name in `down` or a receiver is unknown.
    """
    vault = vault if isinstance(vault, Vault) else Vault.open(vault)
    owners = reach.owners()
    outage = owners.outage((down,) if isinstance(down, str) else down)
    remaining = [channel for channel in LISTED if channel not in outage.channels]
    chosen = (receiver,) if isinstance(receiver, str) else tuple(receiver)
    for name in chosen:
        if name in outage.tools:
            raise UsageError(f"{owners.title(name)} is among what is down.", "Name another receiver, or none.")
    if directory is not None:
        _refuse_vault(vault, directory)
        Outbox(directory, force=force).expect((held_back.NAME, PAGE, TEXT))
    definitions = {**receivers((), LISTED), **receivers(chosen, remaining)}
    snapshot = vault.head()
    question = Question(
        controller_of(vault, controller_id), policy_named(policy or vault.settings.policy), as_of or snapshot.created_at
    )
    written: dict[str, list[Written]] = {}
    lists, remedies = [], []
    with relations(snapshot) as engine:
        asked = door.ask(
            engine, controller_id=question.controller_id, channels=LISTED, as_of=question.as_of,
            policy=question.policy, what_if=bool(remaining),
        )  # fmt: skip
        for channel in LISTED:
            target = directory / channel if directory is not None and channel in remaining else None
            item, found, steps = listed(
                engine, question, channel, definitions[channel], asked=asked, directory=target,
                snapshot=snapshot.number, force=force, what_if=channel in remaining,
            )  # fmt: skip
            lists.append(item)
            remedies += steps
            if target is not None:
                written[channel] = found
        answered, next_steps = _answer(engine, owners, outage, question.controller_id, lists, remedies)
    done = Drilled(
        snapshot.number, question.as_of, question.policy.name, question.controller_id, answered.drill,
        tuple(next_steps), directory, written,
    )  # fmt: skip
    if directory is None:
        return done
    _withdraw(directory, remaining, force)
    return _with_plan(done, answered.held_back, owners, snapshot, directory, force)


def _answer(
    engine: DuckDBEngine,
    owners: reach.Owners,
    outage: reach.Outage,
    controller_id: str,
    lists: Sequence[reach.Listed],
    remedies: Sequence[door.Remedy],
) -> tuple[reach.Answered, list[reach.Step]]:
    reached = {item.channel: item.reached for item in lists}
    stand = reach.standing(engine, owners, reached, controller_id=controller_id)
    answered = reach.drill(stand, outage, lists)
    bought = reach.customers(engine, stand, controller_id=controller_id)
    ranked = sorted(remedies, key=lambda remedy: (-remedy.people, remedy.channel, remedy.source))
    return answered, reach.steps(answered, owners, bought=bought, remedies=ranked)


def _with_plan(
    done: Drilled, held: pa.Table, owners: reach.Owners, snapshot: Snapshot, directory: Path, force: bool
) -> Drilled:
    """The files that are about all channels, and the manifest that names them."""
    document = held_back.document(held_back.everyone(held, []))
    page = done.plan()
    with Outbox(directory, force=force) as outbox:
        paths = [
            (outbox.put(held_back.NAME, document.data, rows=document.rows, status="held_back"), document.rows),
            (outbox.put(PAGE, plan.html(page).encode(), rows=0, status="plan"), 0),
            (outbox.put(TEXT, plan.text(page).encode(), rows=0, status="plan"), 0),
        ]
        manifest = outbox.publish(
            {
                "destination": "drill",
                "facts_checked": owners.reviewed_on,
                "controller": done.controller_id,
                "policy": done.policy,
                "as_of": done.as_of.isoformat(),
                "snapshot": snapshot.number,
                "down": list(done.answer.outage.names),
                "channels": list(done.answer.reachable),
                "held_back": dict(sorted(done.answer.held_back.items())),
            }
        )
    notes = ("Everybody whom no list holds, once, with the reason.", "One page to print.", "The same as plain text.")
    statuses = ("held_back", "plan", "plan")
    other = [
        Written(path, rows, status, "", note) for (path, rows), status, note in zip(paths, statuses, notes, strict=True)
    ]
    return Drilled(
        done.snapshot, done.as_of, done.policy, done.controller_id, done.answer, done.steps, directory, done.written,
        (*other, Written(manifest, 0, "manifest", "")),
    )  # fmt: skip


def _withdraw(directory: Path, remaining: Sequence[str], force: bool) -> None:
    """Remove the lists that an earlier drill wrote here for channels that are down now."""
    for channel in LISTED:
        folder = directory / channel
        if channel in remaining or not (folder / MANIFEST).is_file():
            continue
        with Outbox(folder, force=force) as outbox:
            manifest = outbox.publish({})
        manifest.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()


def _refuse_vault(vault: Vault, directory: Path) -> None:
    inside = directory.resolve()
    if inside == vault.path.resolve() or vault.path.resolve() in inside.parents:
        raise UsageError(
            f"{directory} lies in the vault, which holds nothing but its own files.",
            "Choose another folder with --out.",
        )
