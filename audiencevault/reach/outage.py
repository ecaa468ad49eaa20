"""The outage drill: something is switched off; whom can this sender still reach, and what hangs on it.

Words: a *remaining* channel or platform is one that is not down; *lost* are the people who can be reached today and
could not be reached in any way during the outage; *held back* is everybody who may not be written to on any remaining
channel, once, under the reason of the first remaining channel for which an address or number of theirs is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.reach.counting import NO_POINT
from audiencevault.reach.ownership import Outage
from audiencevault.reach.ways import Standing, Who, money, plain_money, rounded, share

NOTHING_LEFT: Final = "ALL_DOWN"
"""The reason of everybody where no channel to write on remains."""
REPEATED: Final = ("channel", "reason", "sentence", "remedy", "state", "source")

LEFT_ALONE: Final = (
    "NO_ERASED", "NO_OBJECTED", "NO_WITHDRAWN", "NO_REFUSED", "NO_SUPPRESSED_COMPLAINT", "NO_SUPPRESSED_LEGAL",
    "NO_SUPPRESSED_MANUAL",
)  # fmt: skip
"""Reasons of people who said no, or whom you blocked: they are never counted as people to win."""


@dataclass(frozen=True)
class Listed:
    """What an export of one channel holds: `reached`, the ids of the people to write to; `bases`, how many of them on
    which basis; `held_back`, everybody else, with the columns of `held-back.csv` (see `slim`); `destination`, whose
    files they are.
    """

    channel: str
    destination: str
    reached: pa.Array
    bases: Mapping[str, int]
    held_back: pa.Table


@dataclass(frozen=True)
class Drill:
    """The answer. People are counted once each: `people` = `reachable_any` + `platform_only` + `by_nothing`.

    `reachable` is per remaining channel, `basis` why; `destinations` whose files can be written there. `platforms`
    are people with a tie on each remaining platform. `postal_address` counts those who cannot be written to, said no
    to nothing, and have a postal address in the vault: whether a letter is allowed is not judged.

    `lost` people are `lost_share` of those who can be reached today (`reachable_before`). `revenue` has, per currency,
    what all (`total`), the reachable (`reachable`) and the lost people (`at_risk`) spent, and its `share` of
    `reachable`.
    """

    outage: Outage
    people: int
    reachable: Mapping[str, int]
    basis: Mapping[str, Mapping[str, int]]
    destinations: Mapping[str, str]
    reachable_any: int
    platforms: Mapping[str, int]
    platform_only: int
    by_nothing: int
    postal_address: int
    reachable_before: int
    lost: int
    lost_share: float | None
    revenue: Mapping[str, Mapping[str, Any]]
    held_back: Mapping[str, int]
    held_back_by_channel: Mapping[str, Mapping[str, int]]

    def as_dict(self) -> dict[str, Any]:
        """For JSON; money as numbers."""
        revenue = {currency: plain_money(row) for currency, row in self.revenue.items()}
        return {
            "down": list(self.outage.names),
            "stops": {
                "platforms": list(self.outage.platforms),
                "channels": list(self.outage.channels),
                "tools": list(self.outage.tools),
            },
            "people": self.people,
            "reachable": dict(self.reachable),
            "reachable_any": self.reachable_any,
            "basis": {channel: dict(bases) for channel, bases in self.basis.items()},
            "destinations": dict(self.destinations),
            "platforms": dict(self.platforms),
            "platform_only": self.platform_only,
            "by_nothing": self.by_nothing,
            "postal_address": self.postal_address,
            "reachable_before": self.reachable_before,
            "lost": self.lost,
            "lost_share": rounded(self.lost_share),
            "revenue_at_risk": {currency: row["at_risk"] for currency, row in revenue.items()},
            "revenue": revenue,
            "held_back": dict(self.held_back),
            "held_back_by_channel": {channel: dict(found) for channel, found in self.held_back_by_channel.items()},
        }


@dataclass(frozen=True)
class Answered:
    """A drill, and the people behind its numbers: `held_back` has one row per person who is held back, `reached` who
    may be written to on a remaining channel, `lost` who is lost, `said_no` who is to be left alone, all in the order of
    `stand.contacts`; `lists` are those of the remaining channels.
    """

    drill: Drill
    stand: Standing
    lists: Sequence[Listed]
    reached: Who
    lost: Who
    said_no: Who
    held_back: pa.Table


def drill(stand: Standing, outage: Outage, lists: Sequence[Listed]) -> Answered:
    """What remains of `stand` during `outage`; `lists` are the exports of all channels, also of those that stop."""
    remaining = [item for item in lists if item.channel not in outage.channels]
    reached = np.zeros(stand.size, dtype=np.bool_)
    for item in remaining:
        reached |= stand.who(item.reached)
    before = stand.on_own() | stand.on_platforms()
    elsewhere = stand.on_platforms(outage.platforms) & ~reached
    lost = before & ~reached & ~elsewhere
    held = first_reasons(stand, remaining, reached)
    refused = said_no(stand, lists)
    answer = Drill(
        outage=outage,
        people=stand.size,
        reachable={item.channel: len(item.reached) for item in remaining},
        basis={item.channel: dict(item.bases) for item in remaining},
        destinations={item.channel: item.destination for item in remaining},
        reachable_any=int(reached.sum()),
        platforms={
            name: int(who.sum()) for name, who in stand.platforms.items() if name not in outage.platforms and who.any()
        },
        platform_only=int(elsewhere.sum()),
        by_nothing=int((~reached & ~elsewhere).sum()),
        postal_address=int((stand.has_address() & ~reached & ~refused).sum()),
        reachable_before=int(before.sum()),
        lost=int(lost.sum()),
        lost_share=share(lost.sum(), before.sum()),
        revenue=money(stand, {"total": np.ones(stand.size, dtype=np.bool_), "reachable": before, "at_risk": lost}),
        held_back=counts(held["reason"]),
        held_back_by_channel={item.channel: counts(item.held_back["reason"]) for item in remaining},
    )
    return Answered(answer, stand, remaining, reached, lost, refused, held)


def said_no(stand: Standing, lists: Sequence[Listed]) -> Who:
    """Who said no on any channel, or is blocked there: nobody is talked round on another one."""
    who = np.zeros(stand.size, dtype=np.bool_)
    for item in lists:
        mine = pc.is_in(plain(item.held_back["reason"]), value_set=pa.array(LEFT_ALONE))
        who |= stand.who(item.held_back.filter(mine)["contact_id"])
    return who


def slim(held_back: pa.Table) -> pa.Table:
    """`held_back` with each repeated text kept once: three channels of a million people are held at the same time."""
    for name in REPEATED:
        encoded = plain(held_back[name]).dictionary_encode()
        held_back = held_back.set_column(held_back.column_names.index(name), name, encoded)
    return held_back


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of text as text, whether or not each repeated text is kept once."""
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def first_reasons(stand: Standing, lists: Sequence[Listed], reached: Who) -> pa.Table:
    """Everybody who is not `reached`, once, sorted by id, with the row of the channel that says most: the first in
    the order of `lists` for which an address or number is known, else the first.
    """
    if not lists:
        return _all_down(stand, reached)
    ids = stand.contacts["contact_id"].combine_chunks().filter(pa.array(~reached))
    found = []
    for place, item in enumerate(lists):
        rows = item.held_back.filter(pc.is_in(item.held_back["contact_id"], value_set=ids))
        unknown = pc.cast(pc.equal(plain(rows["reason"]), NO_POINT), pa.int64())
        order = pc.add(pc.multiply(unknown, len(lists)), place)
        found.append(rows.append_column("place", order))
    table = pa.concat_tables(found).combine_chunks()
    table = table.sort_by([("contact_id", "ascending"), ("place", "ascending")]).drop_columns(["place"])
    key = table["contact_id"].combine_chunks()
    fresh = np.ones(len(key), dtype=np.bool_)
    if len(key) > 1:
        fresh[1:] = np.asarray(pc.not_equal(key[1:], key[:-1]))
    table = table.filter(pa.array(fresh))
    for name in REPEATED:
        table = table.set_column(table.column_names.index(name), name, plain(table[name]))
    return table


def _all_down(stand: Standing, reached: Who) -> pa.Table:
    ids = stand.contacts["contact_id"].combine_chunks().filter(pa.array(~reached))
    said = {"reason": NOTHING_LEFT, "sentence": "No channel to write on remains.", "remedy": "", "state": "all_down"}
    text = ("display_name", "channel", "point", "source")
    return pa.table(
        {
            "contact_id": ids,
            **{name: pa.repeat(pa.scalar(value), len(ids)) for name, value in said.items()},
            **{name: pa.nulls(len(ids), pa.string()) for name in text},
            "since": pa.nulls(len(ids), pa.timestamp("us", tz="UTC")),
        }
    )


def counts(values: pa.ChunkedArray) -> dict[str, int]:
    """How often each value occurs, the most frequent first."""
    found = {str(item["values"]): int(item["counts"]) for item in pc.value_counts(values).to_pylist()}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
