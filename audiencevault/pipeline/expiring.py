"""Whose permission ends by itself soon: who, when, on which channel, and the lawful step before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.audience import select
from audiencevault.consent.policy import policy as policy_named
from audiencevault.consent.reasons import BEFORE_IT_ENDS, FRESH
from audiencevault.pipeline.asking import CHANNELS, GONE, relations
from audiencevault.pipeline.senders import controller_of
from audiencevault.vault import Vault


@dataclass(frozen=True)
class Ending:
    """One person on one channel: reachable now, and not any more from `ends_at` on."""

    contact_id: str
    display_name: str | None
    channel: str
    point: str
    ends_at: datetime
    reason: str
    preset: str
    step: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def expiring(
    vault: Vault,
    *,
    within: timedelta,
    as_of: datetime,
    channels: Sequence[str] = CHANNELS,
    policy: str | None = None,
    controller_id: str | None = None,
) -> list[Ending]:
    """Everybody who falls out within the time, soonest first, if nothing new happens.

    Whoever another yes keeps reachable on the channel is not listed. Raises `ConsentConfigError` on an unknown
    channel, policy or sender.
    """
    rules = policy_named(policy or vault.settings.policy)
    controller = controller_of(vault, controller_id)
    found: list[Ending] = []
    with relations(vault.head()) as engine:
        for channel in channels:
            asked: dict[str, Any] = {"controller_id": controller, "channels": (channel,), "policy": rules, "gone": GONE}
            rows = select(engine, as_of=as_of, **asked).rows
            last = pa.scalar(as_of + within, rows.schema.field("expires_at").type)
            ending = rows.filter(pc.fill_null(pc.less_equal(rows.column("expires_at"), last), False))
            if not ending.num_rows:
                continue
            after = select(engine, as_of=as_of + within, known_at=as_of, **asked).rows.column("contact_id")
            ending = ending.filter(pc.invert(pc.is_in(ending.column("contact_id"), value_set=pc.unique(after))))
            found += [_ending(row) for row in ending.to_pylist()]
    return sorted(found, key=lambda one: (one.ends_at, one.channel, one.contact_id))


def _ending(row: dict[str, Any]) -> Ending:
    word = "asserted" if "asserted" in (row["warnings"] or ()) else row["reason"]
    return Ending(
        row["contact_id"], row["display_name"], row["channel"], row["point"], row["expires_at"], row["reason"],
        row["preset"], BEFORE_IT_ENDS.get(word, FRESH),
    )  # fmt: skip
