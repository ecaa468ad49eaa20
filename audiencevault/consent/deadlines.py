"""By when a "no" has to be obeyed everywhere: the clocks of the presets, from the moment of the "no".

The vault obeys a "no" at once. The clock runs for telling it to every receiver that still holds the address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.consent.policy import Deadline, Policy

SATURDAY: Final = 5
WILLS: Final = ("withdrawn", "objected", "refused", "complained")
"""States that are somebody's "no"; a dead address is none."""
AGAINST: Final = frozenset({"suppressed", "unsubscribed", "cleaned"})
"""Statuses of deliveries that tell a "no"."""
ARRIVED: Final = frozenset({None, "accepted", "exists", "waiting", "queued"})
"""Outcomes of deliveries that the receiver surely has; files have none."""
MAY_HAVE_ARRIVED: Final = ARRIVED | {"unknown"}


@dataclass(frozen=True)
class Due:
    """The "no"s of one channel that one receiver has not been told. `overdue` of `count` are past their time; `next`
    is when the first of the others is due. `receiver` is empty where no delivery was ever recorded: then it means
    every receiver but the source of the "no".
    """

    receiver: str
    channel: str
    count: int
    overdue: int
    next: datetime | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def shortest(policy: Policy, channel: str) -> Deadline | None:
    """The deadline that is sure to satisfy all presets that may apply to the channel: the soonest, but never sooner
    than the practical two days of the mailbox providers for e-mail.
    """
    overlays = [one for one in policy.presets.values() if one.overlay]
    found = [limit for one in overlays for limit in one.deadlines if channel in limit.channels]
    if not found:
        found = [limit for one in policy.presets.values() for limit in one.deadlines if channel in limit.channels]
    return min(found, key=lambda limit: timedelta(hours=limit.hours or 0, days=limit.working_days or 0), default=None)


def due_at(said: datetime, limit: Deadline) -> datetime:
    """When a "no" of the moment `said` is due under `limit`. Working days are Monday to Friday; holidays count."""
    if limit.hours is not None:
        return said + timedelta(hours=limit.hours)
    at, left = said, limit.working_days or 0
    while left:
        at += timedelta(days=1)
        left -= at.weekday() < SATURDAY
    return at


def open_noes(suppressed: pa.Table, deliveries: pa.Table, policy: Policy, as_of: datetime) -> list[Due]:
    """What is still to be told, by receiver and channel.

    `suppressed` has the columns `channel`, `point_kind`, `point`, `state` and `since` of
    `audiencevault.audience.SUPPRESSED`, its points in the wide form of `point_key`; `deliveries` is the table: a
    receiver holds an address from a delivery of it that may have arrived until it surely has a "no". Where nothing was
    ever delivered, every "no" counts once, for whoever else holds the address.
    """
    noes = suppressed.filter(pc.is_in(suppressed.column("state"), value_set=pa.array(WILLS)))
    rows = noes.select(["channel", "point_kind", "point", "since"]).to_pylist()
    if not deliveries.num_rows:
        return _summed([("", row["channel"], row["since"]) for row in rows], policy, as_of)
    holding: dict[tuple[str, str, str], tuple[datetime, str]] = {}
    for row in deliveries.select(["destination", "point_kind", "point_key", "at", "status", "outcome"]).to_pylist():
        if row["outcome"] not in (ARRIVED if row["status"] in AGAINST else MAY_HAVE_ARRIVED):
            continue
        key = (row["destination"], row["point_kind"], row["point_key"])
        if key not in holding or holding[key][0] <= row["at"]:
            holding[key] = (row["at"], row["status"])
    receivers = sorted({key[0] for key in holding})
    still = [
        (receiver, row["channel"], row["since"])
        for row in rows
        for receiver in receivers
        for told in [holding.get((receiver, row["point_kind"], row["point"]))]
        if told is not None and told[1] not in AGAINST
    ]
    return _summed(still, policy, as_of)


def _summed(noes: list[tuple[str, str, datetime | None]], policy: Policy, as_of: datetime) -> list[Due]:
    groups: dict[tuple[str, str], list[datetime]] = {}
    for receiver, channel, since in noes:
        groups.setdefault((receiver, channel), []).append(since or as_of)
    return [_due(receiver, channel, sinces, policy, as_of) for (receiver, channel), sinces in sorted(groups.items())]


def _due(receiver: str, channel: str, sinces: list[datetime], policy: Policy, as_of: datetime) -> Due:
    limit = shortest(policy, channel) or Deadline((channel,), 0, None)
    ends = [due_at(since, limit) for since in sinces]
    ahead = [end for end in ends if end > as_of]
    return Due(receiver, channel, len(ends), len(ends) - len(ahead), min(ahead, default=None))


def sentence(due: Mapping[str, Any] | Due) -> str:
    """One line for the screen.

    >>> sentence(Due("mailchimp", "email", 3, 1, None))
    '3 people said no by email and mailchimp has not been told; 1 past the deadline.'
    """
    one = due if isinstance(due, Due) else Due(**due)
    who = f"{one.receiver} has not been told" if one.receiver else "whoever else holds the address has to know"
    people = "1 person" if one.count == 1 else f"{one.count:,} people"
    ahead = f"; the next is due {one.next:%Y-%m-%d %H:%M} UTC" if one.next else ""
    return f"{people} said no by {one.channel} and {who}; {one.overdue:,} past the deadline{ahead}."
