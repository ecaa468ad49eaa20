"""Sending an audience to a receiver in the safe order: read the "no"s back, fold, plan, send the "no"s, send people.

First a plan, which sends nothing; then that plan and no other. A run that was killed goes on where it stopped; one
that can no longer go on, since the vault has moved, is closed by writing down what it did.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.audience import Audience, select
from audiencevault.consent.policy import policy as policy_named
from audiencevault.destinations import freshness
from audiencevault.destinations.api import Api, Call
from audiencevault.destinations.composing import Outgoing, PushItems, compose
from audiencevault.destinations.requests import Grouped, Requests
from audiencevault.errors import UsageError
from audiencevault.pipeline import outcomes, plans, pulling
from audiencevault.pipeline.asking import GONE, relations
from audiencevault.pipeline.plans import Options, Part, Plan
from audiencevault.pipeline.pulling import PulledIn
from audiencevault.pipeline.receiving import Line, Receiver
from audiencevault.pipeline.senders import controller_of
from audiencevault.vault import Snapshot, Vault

SUPPRESSIONS: Final = "suppressions"
SECONDS_A_CALL: Final = 0.3
"""What one request is taken to last, for estimates."""


@dataclass(frozen=True)
class Proposal:
    """A plan, everything that it would send, whom it was made of, and what was read back before."""

    plan: Plan
    outgoing: Outgoing
    audience: Audience
    pulled: PulledIn | None = field(default=None)


def propose(
    vault: Vault,
    receiver: Receiver,
    line: Line,
    options: Options,
    *,
    controller_id: str | None = None,
    policy: str | None = None,
    going_on: str = "",
) -> Proposal:
    """Read back who said no, ask the consent rules, and plan what `receiver` would be sent; nothing is sent.

    `going_on` is the id of a plan whose own deliveries do not count as earlier ones. Raises `UsageError` where the
    "no"s may not be left unread, `DestinationError` where reading them fails.
    """
    controller = controller_of(vault, controller_id)
    rules = policy or vault.settings.policy
    policy_named(rules)
    # What is planned is bound by a keyed digest, which nobody without the key can make.
    vault.make_key(line.now)
    pulled = None
    if options.pull and receiver.api.pulls:
        pulled = pulling.read(vault, receiver, line, controller_id=controller, policy=rules)
    elif not options.pull:
        _may_go_without(receiver, options)
    return replace(
        compose_at(
            vault, vault.head(), receiver, line, options, controller=controller, policy=rules, as_of=line.now,
            going_on=going_on,
        ),
        pulled=pulled,
    )  # fmt: skip


def compose_at(
    vault: Vault,
    snapshot: Snapshot,
    receiver: Receiver,
    line: Line,
    options: Options,
    *,
    controller: str,
    policy: str,
    as_of: datetime,
    going_on: str = "",
    may_subscribe: bool | None = None,
) -> Proposal:
    """The plan as of `as_of` on what `snapshot` holds; the same questions to the same snapshot give the same items.

    `may_subscribe` is found out where it is None: whether it is freshly known who said no at the receiver.
    """
    definition, api = receiver.definition, receiver.api
    updated = {push.status for push in api.pushes if push.rows == "changed"}
    with relations(snapshot) as engine:
        known = pulling.known(engine, receiver, controller_id=controller, now=as_of)
        audience = select(
            engine, controller_id=controller, channels=definition.channels, as_of=as_of,
            policy=policy_named(policy), gone=GONE, one_click=definition.one_click,
        )  # fmt: skip
        earlier = outcomes.earlier(engine, definition.name, receiver.account, plan_id=going_on, updated=updated)
    allowed = known.by != "nothing" if may_subscribe is None else may_subscribe
    salt = salt_of(vault, definition.name)
    outgoing = compose(
        audience, definition, receiver.settings, may_subscribe=allowed, earlier=earlier, salt=salt,
        everything=options.everything,
    )  # fmt: skip
    outgoing = _trimmed(outgoing, options, earlier)
    requests = Requests(definition, receiver.settings, receiver.secrets, line.clock)
    calls = [len(Grouped(number, made, requests).batches()) for number, made in enumerate(outgoing.pushes)]
    plan = Plan(
        plan_id="",
        destination=definition.name,
        title=definition.title,
        definition_sha256=receiver.sha256,
        settings=dict(receiver.settings),
        vault_id=vault.settings.vault_id,
        snapshot=snapshot.number,
        controller=controller,
        channels=audience.channels,
        policy=policy,
        as_of=as_of,
        digest=plans.digest_of(outgoing, salt),
        options=options,
        parts=tuple(_part(made, count) for made, count in zip(outgoing.pushes, calls, strict=True)),
        held_back=_counts(audience.held_back.column("reason")),
        not_taken=_counts(outgoing.held_back.column("sentence")),
        known=known.as_dict(),
        may_subscribe=allowed,
        hosts=receiver.hosts,
        calls=sum(calls),
        seconds=_seconds(api, [made.call for made in outgoing.pushes], calls),
        double_opt_in=api.double_opt_in,
        suppressed=audience.suppressed.num_rows,
    )
    return Proposal(plan.identified(), outgoing, audience)


def salt_of(vault: Vault, destination: str) -> bytes:
    """What keeps digests of people from being guessed: out of the vault's key, the same for every run."""
    ring = vault.ring
    purpose = f"push {destination}"
    return ring.secret_for(purpose) if ring is not None else f"{vault.settings.vault_id} {purpose}".encode()


def _may_go_without(receiver: Receiver, options: Options) -> None:
    """Refuse to leave the receiver's "no"s unread where a push may override them."""
    if options.only == SUPPRESSIONS:
        return
    overriding = [
        push.name for push in receiver.api.pushes if push.subscribes and push.polarity in freshness.OVERRIDING
    ]
    if overriding:
        raise UsageError(
            f"--no-pull is not possible for {receiver.definition.title}: its {_listed(overriding)} may subscribe "
            "people again who had unsubscribed there, so who did is always read first.",
            "Leave --no-pull out, or send only the suppressions: --only suppressions",
        )


def _listed(names: Iterable[str]) -> str:
    return " and ".join(f"push {name!r}" for name in names)


def _trimmed(outgoing: Outgoing, options: Options, earlier: pa.Table) -> Outgoing:
    """Only the suppressions, or only the first people, where that was asked for. Suppressions are never cut short."""
    pushes = outgoing.pushes
    if options.only == SUPPRESSIONS:
        pushes = tuple(made for made in pushes if made.push.who == "suppressed")
    if options.limit is not None:
        people = sorted({name for made in pushes for name in _people(made)})[: options.limit]
        taken = pa.array(people, pa.string())
        pushes = tuple(made if made.push.who == "suppressed" else _only(made, taken, earlier) for made in pushes)
    return outgoing if pushes is outgoing.pushes else replace(outgoing, pushes=pushes)


def _people(made: PushItems) -> list[str]:
    if made.push.who == "suppressed":
        return []
    return [name for name in pc.unique(made.items.column("contact_id")).to_pylist() if name is not None]


def _only(made: PushItems, people: pa.Array, earlier: pa.Table) -> PushItems:
    items = made.items.filter(pc.is_in(made.items.column("contact_id"), value_set=people))
    before = earlier.filter(pc.equal(earlier.column("status"), made.push.status))
    changed = int(pc.sum(pc.is_in(_keys(items), value_set=_keys(before))).as_py() or 0)
    return replace(made, items=items, new=items.num_rows - changed, changed=changed)


def _keys(table: pa.Table) -> pa.Array:
    columns = [table.column(name) for name in ("point_kind", "point_key", "channel")]
    found = pc.binary_join_element_wise(*columns, "\x1f")
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _part(made: PushItems, calls: int) -> Part:
    push = made.push
    return Part(
        name=push.name,
        status=push.status,
        say=push.say,
        subscribes=push.subscribes,
        polarity=push.polarity,
        items=made.items.num_rows,
        new=made.new,
        changed=made.changed,
        unchanged=made.unchanged,
        calls=calls,
        unwritable=made.refused,
        side_effects=push.side_effects,
    )


def _seconds(api: Api, made: list[Call], calls: list[int]) -> float:
    """About how long that many requests take: by the narrowest rate, or by what a request lasts."""
    total = sum(calls)
    if not total:
        return 0.0
    waits = [_by_rate(total, rate.calls, rate.seconds) for rate in api.pace.rates]
    by_call: dict[str, int] = {}
    for call, count in zip(made, calls, strict=True):
        by_call[call.name] = by_call.get(call.name, 0) + count
    rates = {call.name: call.rates for call in made}
    waits += [_by_rate(count, rate.calls, rate.seconds) for name, count in by_call.items() for rate in rates[name]]
    jobs = sum(call.job.every * count for call, count in zip(made, calls, strict=True) if call.job is not None)
    return round(max([*waits, math.ceil(total / max(api.pace.in_flight, 1)) * SECONDS_A_CALL]) + jobs, 1)


def _by_rate(count: int, calls: int, seconds: float) -> float:
    return (count - 1) // calls * seconds


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    found = {item["values"]: int(item["counts"]) for item in pc.value_counts(column).to_pylist()}
    return dict(sorted(found.items()))
