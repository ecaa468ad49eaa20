"""Whom to win over first, asked of a vault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audiencevault import audience as door
from audiencevault import reach
from audiencevault.consent.policy import policy as policy_named
from audiencevault.pipeline.asking import relations
from audiencevault.pipeline.listing import DIRECT, Question, listed, receivers
from audiencevault.pipeline.senders import controller_of
from audiencevault.vault import Vault


@dataclass(frozen=True)
class Won:
    """The list, best first. `people` counts everybody in it, `rows` are as many as were asked for, each with its
    `suggestions`; `left_alone` counts people who said no and are not in the list.
    """

    snapshot: int
    as_of: datetime
    people: int
    rows: tuple[dict[str, Any], ...]
    left_alone: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "snapshot": self.snapshot,
            "as_of": self.as_of,
            "people": self.people,
            "left_alone": self.left_alone,
            "winover": list(self.rows),
        }


def winover(
    vault: Vault,
    *,
    as_of: datetime,
    policy: str | None = None,
    controller_id: str | None = None,
    limit: int | None = None,
    channels: Sequence[str] = DIRECT,
) -> Won:
    """Followers, chat partners and customers who may not be written to on any of `channels`, the best `limit` first."""
    owners = reach.owners()
    snapshot = vault.head()
    question = Question(controller_of(vault, controller_id), policy_named(policy or vault.settings.policy), as_of)
    with relations(snapshot) as engine:
        definitions = receivers((), channels)
        asked = door.ask(
            engine, controller_id=question.controller_id, channels=channels, as_of=as_of, policy=question.policy
        )  # fmt: skip
        lists = [listed(engine, question, channel, definitions[channel], asked=asked)[0] for channel in channels]
        reached = {item.channel: item.reached for item in lists}
        stand = reach.standing(engine, owners, reached, controller_id=question.controller_id)
        found = reach.winover(engine, owners, stand, lists, as_of=as_of, controller_id=question.controller_id)
    shown = found.rows if limit is None else found.rows.slice(0, limit)
    rows = [
        {
            "rank": rank,
            **row,
            "total_spent": None if row["total_spent"] is None else float(row["total_spent"]),
            "suggestions": reach.suggestions(row, owners, as_of),
        }
        for rank, row in enumerate(shown.to_pylist(), start=1)
    ]
    return Won(snapshot.number, as_of, found.rows.num_rows, tuple(rows), found.left_alone)
