"""Opt-outs, complaints and dead addresses, read back from a receiver into the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.audience import select
from audiencevault.consent.policy import policy as policy_named
from audiencevault.destinations import freshness
from audiencevault.destinations import pulling as reader
from audiencevault.engine import Engine
from audiencevault.errors import UsageError
from audiencevault.pipeline import outcomes, saying
from audiencevault.pipeline.asking import CHANNELS, GONE, relations
from audiencevault.pipeline.receiving import Line, Receiver
from audiencevault.pipeline.senders import controller_of
from audiencevault.records import PULLS
from audiencevault.vault import Snapshot, Vault

COMMAND: Final = "pull"
OVERLAP: Final = timedelta(days=1)
"""How far the next reading looks back behind the last: receivers list some things late."""
FRESH: Final = timedelta(hours=24)
"""For how long it counts as known who said no."""
_ASKED: Final = pa.schema([("channel", pa.string()), ("point_kind", pa.string()), ("point", pa.string())])
_LAST: Final = """
    SELECT pull, max("at") AS "at" FROM pulls
    WHERE destination = ? AND account = ? AND controller_id = ? AND definition_sha256 = ? AND complete
    GROUP BY pull ORDER BY pull
"""
_IMPORTED: Final = """
    SELECT i.source, i.observed_at, i.coverage FROM imports i
    WHERE i.controller_id = ? AND i.observed_at IS NOT NULL ORDER BY i.observed_at DESC, i.source
"""
_END_OF_DAY: Final = time(23, 59, 59, 999_999)
"""The time of exports that are dated to the day only."""


@dataclass(frozen=True)
class PulledIn:
    """What one reading brought. `by_state` and `by_list` count new events; `known` entries the ledger held already;
    `unread` entries without an address or number; `erased` entries about people who were forgotten.
    """

    destination: str
    title: str
    listed: int
    added: int
    known: int
    unread: int
    erased: int
    by_state: Mapping[str, int]
    by_list: Mapping[str, int]
    complete: bool
    verified: bool
    calls: int
    snapshot: int
    since: datetime | None = None
    reachable_before: Mapping[str, int] = field(default_factory=dict)
    reachable_after: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "destination": self.destination,
            "listed": self.listed,
            "added": self.added,
            "already_known": self.known,
            "unread": self.unread,
            "erased": self.erased,
            "by_state": dict(self.by_state),
            "by_list": dict(self.by_list),
            "complete": self.complete,
            "verified": self.verified,
            "since": self.since,
            "calls": self.calls,
            "snapshot": self.snapshot,
            "reachable_before": dict(self.reachable_before),
            "reachable_after": dict(self.reachable_after),
        }


@dataclass(frozen=True)
class Known:
    """How it is known who said no at the receiver: `by` a `pull`, an `import`, or `nothing` that is fresh."""

    by: str
    at: datetime | None = None
    source: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For plans and JSON."""
        return {"by": self.by, "at": self.at.isoformat() if self.at else None, "source": self.source}


def pull(
    vault: Vault, receiver: Receiver, line: Line, *, controller_id: str | None = None, everything: bool = False
) -> PulledIn:
    """Read everything that `receiver` lists of people who said no into the ledger, and count who may be written to
    before and after. Only what is new is asked for, where the receiver can tell; with `everything` all of it.

    Raises `UsageError` for a receiver that cannot be asked, `DestinationError` where the reading fails.
    """
    controller = controller_of(vault, controller_id)
    before = reachable(vault.head(), vault, controller, line.now)
    found = read(vault, receiver, line, controller_id=controller, everything=everything)
    after = reachable(vault.head(), vault, controller, line.now) if found.added else before
    return PulledIn(**{**vars(found), "reachable_before": before, "reachable_after": after})


def read(
    vault: Vault,
    receiver: Receiver,
    line: Line,
    *,
    controller_id: str,
    policy: str | None = None,
    everything: bool = False,
) -> PulledIn:
    """As `pull`, without counting anybody. A receiver that answers only for addresses it is asked about is asked about
    everybody whom `policy` (by default the vault's) would let be sent.
    """
    api, definition = receiver.api, receiver.definition
    if not api.pulls:
        other = f" Import an export of it instead ({', '.join(api.known_by)})." if api.known_by else ""
        raise UsageError(f"{definition.title} has no list of people who said no that could be read.{other}")
    head = vault.head()
    with relations(head) as engine:
        since = {} if everything else _since(engine, receiver, controller_id)
        sent = outcomes.sent(engine, definition.name, receiver.account)
        rules = policy or vault.settings.policy
        asked = _asked(engine, receiver, controller_id, line.now, rules) if any(one.ask for one in api.pulls) else None
    with line.network(receiver.hosts, line.clock) as transport:
        found = reader.pull(
            definition, receiver.settings, secrets=receiver.secrets, transport=transport, clock=line.clock,
            since=since, asked=asked, sent=sent,
        )  # fmt: skip
    listed = found.rows.rename_columns(["locator" if name == "pull" else name for name in found.rows.column_names])
    run = saying.run_id(definition.name, receiver.account, controller_id, line.now.isoformat())
    heard = saying.hear(
        head, listed, source=f"{definition.name}.pull", destination=definition.name, controller_id=controller_id,
        import_id=run, region=vault.settings.region, now=line.now, account=receiver.account,
    )  # fmt: skip
    rows = _rows(receiver, controller_id, run, line.now, found, since, heard)
    with vault.begin(COMMAND, line.now) as txn:
        heard.append(txn)
        txn.append("pulls", rows)
        number = txn.commit().number
    return PulledIn(
        destination=definition.name,
        title=definition.title,
        listed=found.rows.num_rows,
        added=heard.added,
        known=heard.known,
        unread=heard.unread,
        erased=heard.erased,
        by_state=heard.by_state,
        by_list=heard.by_list,
        complete=found.complete,
        verified=found.verified,
        calls=found.calls,
        snapshot=number,
        since=min(since.values(), default=None),
    )


def known(engine: Engine, receiver: Receiver, *, controller_id: str, now: datetime) -> Known:
    """Whether it is freshly known who said no at the receiver: every list of it was read to its end, and all of them
    are verified, or a complete one of the exports that tell was made, within a day of `now`. An export that may be a
    part of the list says nothing of those who are not in it.
    """
    api = receiver.api
    if freshness.asks_all(api):
        last = _last(engine, receiver, controller_id)
        moments = [last.get(one.name) for one in api.pulls]
        oldest = min((at for at in moments if at is not None), default=None)
        if oldest is not None and None not in moments and now - FRESH <= oldest <= now:
            return Known("pull", oldest)
    for row in engine.collect(_IMPORTED, [controller_id]).to_pylist(maps_as_pydicts="strict"):
        at = row["observed_at"]
        if at.time() == _END_OF_DAY:
            # Some time on that day: the earliest that it can have been.
            at = at.replace(hour=0, minute=0, second=0, microsecond=0)
        if row["source"] in api.known_by and row["coverage"].get(row["source"]) and now - FRESH <= at <= now:
            return Known("import", at, row["source"])
    return Known("nothing")


def reachable(snapshot: Snapshot, vault: Vault, controller_id: str, now: datetime) -> dict[str, int]:
    """How many may be written to on each channel."""
    with relations(snapshot, without_key=True) as engine:
        found = select(
            engine, controller_id=controller_id, channels=CHANNELS, as_of=now,
            policy=policy_named(vault.settings.policy), gone=GONE,
        )  # fmt: skip
    counted = {row["values"]: row["counts"] for row in pc.value_counts(found.rows.column("channel")).to_pylist()}
    return {channel: int(counted.get(channel, 0)) for channel in CHANNELS}


def _last(engine: Engine, receiver: Receiver, controller_id: str) -> dict[str, datetime]:
    rows = engine.collect(
        _LAST, [receiver.definition.name, receiver.account, controller_id, receiver.pulls_sha256]
    ).to_pylist()
    return {row["pull"]: row["at"] for row in rows}


def _since(engine: Engine, receiver: Receiver, controller_id: str) -> dict[str, datetime]:
    """From when on each list that can be asked so is asked for."""
    listed = {one.name for one in receiver.api.pulls if one.since_query}
    last = _last(engine, receiver, controller_id)
    return {name: at - OVERLAP for name, at in last.items() if name in listed}


def _asked(engine: Engine, receiver: Receiver, controller_id: str, now: datetime, policy: str) -> pa.Table:
    """Everybody whom the vault would send, for receivers that answer only for addresses they are asked about."""
    found = select(
        engine, controller_id=controller_id, channels=receiver.definition.channels, as_of=now,
        policy=policy_named(policy), gone=GONE,
    ).rows  # fmt: skip
    return found.select(_ASKED.names).cast(_ASKED).group_by(_ASKED.names, use_threads=False).aggregate([])


def _rows(
    receiver: Receiver,
    controller_id: str,
    run: str,
    now: datetime,
    found: reader.Pulled,
    since: Mapping[str, datetime],
    heard: saying.Heard,
) -> pa.Table:
    """PULLS, one row for each list of the receiver."""
    counted = {row["values"]: row["counts"] for row in pc.value_counts(found.rows.column("pull")).to_pylist()}
    rows = [
        {
            "pull_id": run,
            "at": now,
            "destination": receiver.definition.name,
            "account": receiver.account,
            "controller_id": controller_id,
            "definition_sha256": receiver.pulls_sha256,
            "pull": one.name,
            "since": since.get(one.name),
            "complete": found.complete,
            "verified": one.verified,
            "listed": counted.get(one.name, 0),
            "added": heard.by_list.get(one.name, 0),
        }
        for one in receiver.api.pulls
    ]
    return pa.Table.from_pylist(rows, schema=PULLS)
