"""Sending a plan, and writing down what became of it: the outcome of every row, and the "no"s that came of refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.destinations.answers import FINAL, OUTCOME_WORDS, TAKEN
from audiencevault.destinations.composing import Outgoing
from audiencevault.destinations.delivery import deliver, settled
from audiencevault.errors import AudienceVaultError, DestinationError, UsageError, VaultError, VaultLockedError
from audiencevault.pipeline import outcomes, plans, saying
from audiencevault.pipeline.asking import relations
from audiencevault.pipeline.plans import Options, Plan
from audiencevault.pipeline.pulling import PulledIn
from audiencevault.pipeline.pushing import Proposal, compose_at, propose
from audiencevault.pipeline.receiving import Line, Receiver
from audiencevault.vault import Vault, pushes

COMMAND: Final = "push"
PATIENCE: Final = 30.0
"""Seconds to wait for another writer before giving up writing down what was sent."""


@dataclass(frozen=True)
class Pushed:
    """What became of a plan. `rows` is `answers.OUTCOMES` with `point` beside it; `words` groups what the receiver
    said of those it did not take; `suppressed` are new events out of refusals; `stopped` ended the run early.
    """

    plan: Plan
    rows: pa.Table
    by_outcome: Mapping[str, int]
    by_push: Mapping[str, Mapping[str, int]]
    words: tuple[dict[str, Any], ...]
    suppressed: int
    calls: int
    seconds_waited: float
    snapshot: int
    went_on: bool
    pulled: PulledIn | None
    stopped: AudienceVaultError | None = None

    @property
    def taken(self) -> int:
        """How many items the receiver has."""
        return sum(count for word, count in self.by_outcome.items() if word in TAKEN)

    @property
    def undelivered(self) -> int:
        """How many it has not, as far as is known."""
        return sum(count for word, count in self.by_outcome.items() if word not in TAKEN)

    def as_dict(self) -> dict[str, Any]:
        """For JSON; it tells no address."""
        return {
            "destination": self.plan.destination,
            "plan_id": self.plan.plan_id,
            "sent": self.taken,
            "undelivered": self.undelivered,
            "outcomes": dict(self.by_outcome),
            "pushes": {name: dict(counts) for name, counts in self.by_push.items()},
            "words": list(self.words),
            "suppressed": self.suppressed,
            "held_back": dict(self.plan.held_back),
            "not_taken": dict(self.plan.not_taken),
            "calls": self.calls,
            "seconds_waited": self.seconds_waited,
            "snapshot": self.snapshot,
            "went_on": self.went_on,
            "pulled": self.pulled.as_dict() if self.pulled else None,
            "stopped": self.stopped.as_dict() if self.stopped else None,
        }


def apply(
    vault: Vault,
    receiver: Receiver,
    plan: Plan,
    line: Line,
    *,
    progress: Callable[[int, int], None] | None = None,
    in_flight: int | None = None,
) -> Pushed:
    """Send exactly `plan`, or go on with it where a run of it stopped, and write down the outcome of every row.

    Raises `UsageError` where the plan is another vault's, was applied already, or is no longer what would be sent;
    then nothing is sent. Raises `VaultLockedError` where another process applies it.
    """
    _fits(vault, receiver, plan)
    with pushes.applying(vault.path, plan.plan_id, vault.ops) as journal:
        went_on = journal.exists()
        if not went_on and _applied(vault, plan):
            raise UsageError("This plan was applied already.", f"Make a new one: audiencevault push {plan.destination}")
        close_others(vault, receiver, line, but=plan.plan_id)
        if went_on:
            # A "no" that a killed run told would else pass for the receiver's own word when it is read back.
            _write_down(vault, receiver, plan, line, journal, taken_only=True)
        now = propose(
            vault, receiver, line, plan.options, controller_id=plan.controller, policy=plan.policy,
            going_on=plan.plan_id,
        )  # fmt: skip
        if now.plan.digest != plan.digest:
            raise _moved(plan, went_on and _close(vault, receiver, plan, line, journal))
        _keep(plan, journal)
        with line.network(receiver.hosts, line.clock) as transport:
            done = deliver(
                now.outgoing, secrets=receiver.secrets, transport=transport, clock=line.clock, journal=journal,
                progress=progress, in_flight=in_flight,
            )  # fmt: skip
        try:
            number, suppressed = record(vault, receiver, plan, now, done.outcomes, line.clock.now())
        except VaultLockedError as error:
            raise VaultLockedError(
                f"{error.message} What was sent could not be written down yet; it is in the push's journal.",
                "Give the same command again once it has finished: nothing is sent twice.",
            ) from None
        words = set(pc.unique(done.outcomes.column("outcome")).to_pylist())
        if words <= set(FINAL):
            pushes.finished(journal, vault.ops)
    return Pushed(
        plan=plan,
        rows=_with_points(done.outcomes, now.outgoing),
        by_outcome=_by_outcome(done.outcomes),
        by_push={
            made.push.name: _by_outcome(done.outcomes.filter(pc.equal(done.outcomes.column("push"), made.push.name)))
            for made in now.outgoing.pushes
        },
        words=_words(done.outcomes),
        suppressed=suppressed,
        calls=done.calls,
        seconds_waited=round(done.seconds_waited, 1),
        snapshot=number,
        went_on=went_on,
        pulled=now.pulled,
        stopped=done.stopped,
    )


def plan_push(
    vault: Vault,
    receiver: Receiver,
    line: Line,
    options: Options,
    *,
    controller_id: str | None = None,
    policy: str | None = None,
) -> tuple[Proposal, dict[str, bool]]:
    """As `pushing.propose`, once earlier plans that had stopped are closed; those, as `close_others` says."""
    closed = close_others(vault, receiver, line)
    return propose(vault, receiver, line, options, controller_id=controller_id, policy=policy), closed


def record(
    vault: Vault, receiver: Receiver, plan: Plan, made: Proposal, found: pa.Table, at: datetime
) -> tuple[int, int]:
    """Write `found` (`answers.OUTCOMES`) into the vault: the number of its newest snapshot, and how many events of
    the ledger came of refusals.
    """
    head = vault.head()
    name = receiver.definition.name
    with relations(head, without_key=True) as engine:
        rows = outcomes.deliveries(
            engine, found, made.audience, destination=name, account=receiver.account, plan_id=plan.plan_id, at=at
        )
    heard = saying.hear(
        head,
        _refusals(_with_points(found, made.outgoing)),
        source=f"{name}.push",
        destination=name,
        controller_id=plan.controller,
        import_id=saying.run_id(name, plan.plan_id),
        region=vault.settings.region,
        now=at,
    )
    if not rows.num_rows and not heard.added:
        return head.number, 0
    with vault.begin(COMMAND, at, wait=PATIENCE) as txn:
        heard.append(txn)
        kept = outcomes.without_erased(txn.base, rows)
        if kept.num_rows:
            txn.append("deliveries", kept)
        return txn.commit().number, heard.added


def close_others(vault: Vault, receiver: Receiver, line: Line, *, but: str = "") -> dict[str, bool]:
    """Write down what earlier plans for the same receiver did that were never brought to their end, and let go of them:
    the ids of those plans, each with whether it could still be told what it did. What is planned next then knows what
    was taken.
    """
    closed = {}
    for plan_id in pushes.begun(vault.path):
        if plan_id == but:
            continue
        # Another process may be sending it at this moment.
        with suppress(VaultLockedError), pushes.applying(vault.path, plan_id, vault.ops) as journal:
            if not journal.exists():
                pushes.finished(journal, vault.ops)
                continue
            with suppress(UsageError):
                plan = plans.read(pushes.plan_path(journal))
                if plan.destination == receiver.definition.name and dict(plan.settings) == dict(receiver.settings):
                    closed[plan_id] = _close(vault, receiver, plan, line, journal)
    return closed


def _close(vault: Vault, receiver: Receiver, plan: Plan, line: Line, journal: Path) -> bool:
    """Write down what the journal of `plan` tells, and let go of it; whether it could be told."""
    told = _write_down(vault, receiver, plan, line, journal)
    pushes.finished(journal, vault.ops)
    return told


def _write_down(
    vault: Vault, receiver: Receiver, plan: Plan, line: Line, journal: Path, *, taken_only: bool = False
) -> bool:
    """Write down what the journal of `plan` tells, or only what was taken; whether it could be told."""
    try:
        made = compose_at(
            vault, vault.snapshot(plan.snapshot), receiver, line, plan.options, controller=plan.controller,
            policy=plan.policy, as_of=plan.as_of, going_on=plan.plan_id, may_subscribe=plan.may_subscribe,
        )  # fmt: skip
        if made.plan.digest == plan.digest:
            found = settled(made.outgoing, journal)
            if taken_only:
                found = found.filter(pc.is_in(found.column("outcome"), value_set=pa.array(sorted(TAKEN))))
            record(vault, receiver, plan, made, found, line.clock.now())
            return True
    except (UsageError, VaultError, DestinationError):
        # The snapshot is gone or somebody in it was erased: then nobody can say any more which rows these were.
        return False
    return False


def _moved(plan: Plan, told: bool) -> UsageError:
    also = " What it had sent is written down." if told else ""
    return UsageError(
        f"What would be sent to {plan.title} is no longer what the plan says: people, their consent, or what was read "
        f"back have changed since. Nothing was sent.{also}",
        f"Look at a new plan: audiencevault push {plan.destination}",
    )


def _fits(vault: Vault, receiver: Receiver, plan: Plan) -> None:
    if plan.vault_id != vault.settings.vault_id:
        raise UsageError("This is the plan of another vault.", "Say which vault with --vault.")
    if plan.destination != receiver.definition.name:
        raise UsageError(
            f"This is a plan for {plan.title}, not for {receiver.definition.title}.",
            f"Apply it with: audiencevault push {plan.destination} --apply PLAN",
        )
    if plan.definition_sha256 != receiver.sha256:
        raise UsageError(
            f"The facts about {plan.title} have changed since the plan was made. Nothing was sent.",
            f"Look at a new plan: audiencevault push {plan.destination}",
        )


def _applied(vault: Vault, plan: Plan) -> bool:
    found = vault.table("deliveries", ["plan_id"]).column("plan_id")
    return bool(pc.any(pc.equal(found, plan.plan_id)).as_py())


def _keep(plan: Plan, journal: Path) -> None:
    """A copy of the plan beside its journal: whoever closes it needs to know what it was."""
    copy = pushes.plan_path(journal)
    if not copy.exists():
        plan.write(copy)


def _with_points(found: pa.Table, outgoing: Outgoing) -> pa.Table:
    """`found` with the point of each item as the vault writes it."""
    items = [made.items.select(["item_id", "point"]) for made in outgoing.pushes]
    if not items:
        return found.append_column("point", pa.nulls(found.num_rows, pa.string()))
    known = pa.concat_tables(items).combine_chunks()
    place = pc.index_in(found.column("item_id"), value_set=known.column("item_id"))
    return found.append_column("point", known.column("point").take(place))


def _refusals(found: pa.Table) -> pa.Table:
    """Those refused for compliance, as a list that a receiver might have given."""
    said = pc.and_(pc.equal(found.column("outcome"), "refused"), pc.is_valid(found.column("state")))
    rows = found.filter(pc.fill_null(said, False))
    schema = pa.schema([(name, pa.string()) for name in ("channel", "point_kind", "point", "state", "locator")])
    listed: list[dict[str, Any]] = []
    for row in rows.select(["channel", "point_kind", "point", "state", "push"]).to_pylist():
        listed.extend({**row, "channel": channel, "locator": row["push"]} for channel in row["channel"].split("+"))
    table = pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in listed], schema=schema)
    return table.append_column("happened_at", pa.nulls(table.num_rows, pa.timestamp("us", tz="UTC")))


def _by_outcome(found: pa.Table) -> dict[str, int]:
    counted = {item["values"]: int(item["counts"]) for item in pc.value_counts(found.column("outcome")).to_pylist()}
    return {word: counted[word] for word in OUTCOME_WORDS if word in counted}


def _words(found: pa.Table) -> tuple[dict[str, Any], ...]:
    """What the receiver said of what it did not take, the most frequent first."""
    rows = found.filter(pc.invert(pc.is_in(found.column("outcome"), value_set=pa.array([*TAKEN, "unsent"]))))
    keys = ["push", "outcome", "http_status", "words"]
    grouped = rows.select([*keys, "item_id"]).group_by(keys, use_threads=False).aggregate([("item_id", "count")])
    said = [{**{key: row[key] for key in keys}, "rows": row["item_id_count"]} for row in grouped.to_pylist()]
    return tuple(sorted(said, key=lambda row: (-row["rows"], row["push"], row["outcome"], row["words"] or "")))
