"""How many may be written to, on which basis, and how many may not, for which reason: counted without naming anybody.

Counts what `audiencevault.audience.select` would say, out of the answers that the engine holds; nobody's row is put
together for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from audiencevault import audience as door
from audiencevault.audience import ASKED, TELLING
from audiencevault.consent.attesting import Remedy, gains
from audiencevault.consent.reasons import REASONS
from audiencevault.engine import Engine

NO_POINT: Final = "NO_ENDPOINT"

_GONE: Final = f"""
    SELECT p.pid FROM {ASKED}__points p JOIN ({{gone}}) AS g ON g.point_kind = p.point_kind AND g.point = p.point
"""
# Per person and channel: the lowest and highest rank of what may be used, and the most telling reason of the rest. A
# yes through an address that no current export holds any more is not used.
_PEOPLE: Final = f"""
    SELECT d.cid, d.channel_id,
        min(CASE WHEN r.permits AND g.pid IS NULL THEN d.rank END) AS low,
        max(CASE WHEN r.permits AND g.pid IS NULL THEN d.rank END) AS high,
        min(CASE WHEN NOT r.permits THEN t.place WHEN g.pid IS NOT NULL THEN {TELLING.index("NO_GONE")} END) AS place
    FROM {ASKED}__decided d
    JOIN {ASKED}__reasons r ON r.rank = d.rank AND r.detail = d.detail
    LEFT JOIN count__telling t ON t.reason = r.code
    LEFT JOIN count__gone g ON g.pid = d.pid
    GROUP BY d.cid, d.channel_id
"""
_TALLY: Final = """
    SELECT channel_id, low, high, place, count(*) AS people FROM (
        SELECT channel_id, low, high, CASE WHEN low IS NULL THEN place END AS place FROM count__people
    ) AS p GROUP BY channel_id, low, high, place
"""
# Several addresses that may be used on different grounds: which one counts is the door's to say.
_TORN: Final = f"""
    SELECT f.* FROM {ASKED} f
    JOIN {ASKED}__people p ON p.contact_id = f.contact_id JOIN {ASKED}__channels c ON c.channel = f.channel
    JOIN count__people t ON t.cid = p.cid AND t.channel_id = c.channel_id
    WHERE t.low < t.high
"""
_FIRST: Final = """
    SELECT place, count(*) AS people FROM (
        SELECT CASE WHEN max(low) IS NULL THEN min(channel_id * 100 + place) % 100 ELSE -1 END AS place
        FROM count__people WHERE channel_id IN ({channels}) GROUP BY cid
    ) AS p GROUP BY place
"""
_REACHED: Final = f"""
    SELECT p.contact_id FROM count__people t JOIN {ASKED}__people p ON p.cid = t.cid
    WHERE t.low IS NOT NULL AND t.channel_id = {{channel}}
"""
_UNREACHED: Final = "SELECT cid, channel_id FROM count__people WHERE low IS NULL AND channel_id IN ({channels})"


@dataclass(frozen=True)
class Counted:
    """How many people each answer holds for. By channel: `basis`, the reasons of those who may be written to;
    `held_back`, the reasons of the others; `with_point`, how many have an address or number; `reached`, the ids of
    those who may be written to. `reachable_any` may be written to on some channel; `first` are the others, each under
    the reason of the first channel on which a point of theirs is known. All the most frequent first.
    """

    basis: Mapping[str, Mapping[str, int]]
    held_back: Mapping[str, Mapping[str, int]]
    with_point: Mapping[str, int]
    reached: Mapping[str, pa.ChunkedArray]
    reachable_any: int
    first: Mapping[str, int]
    remedies: Sequence[Remedy] = field(default_factory=tuple)


def count(engine: Engine, asked: door.Asked, channels: Sequence[str], *, people: int, gone: str | None) -> Counted:
    """Count the answers that the engine holds: of all channels that were asked about who is reached, the rest of
    `channels` alone. `people` is how many contacts there are, `gone` as in `audiencevault.audience.select`.
    """
    places = {channel: place for place, channel in enumerate(asked.channels)}
    wanted = ", ".join(str(places[channel]) for channel in channels)
    engine.read("count__telling", door.telling())
    engine.sql("count__gone", _GONE.format(gone=door.gone_points(gone)))
    engine.sql("count__people", _PEOPLE)
    basis, held, known = _tallied(engine, asked, people, gone)
    first: Counter[str] = Counter()
    for row in engine.collect(_FIRST.format(channels=wanted)).to_pylist():
        first["" if row["place"] < 0 else TELLING[row["place"]]] += row["people"]
    reachable_any = first.pop("", 0)
    first[NO_POINT] += people - reachable_any - first.total()
    found = Counted(
        {channel: _sorted(basis[channel]) for channel in channels},
        {channel: _sorted(held[channel]) for channel in channels},
        {channel: known[channel] for channel in channels},
        {name: engine.collect(_REACHED.format(channel=place)).column(0) for name, place in places.items()},
        reachable_any,
        _sorted(first),
        _remedies(engine, asked, wanted) if asked.what_if else (),
    )
    engine.drop("count__telling", "count__gone", "count__people")
    return found


def _tallied(
    engine: Engine, asked: door.Asked, people: int, gone: str | None
) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]], Counter[str]]:
    """Per channel: the bases of the reached, the reasons of the others, and how many have a point."""
    basis: dict[str, Counter[str]] = {channel: Counter() for channel in asked.channels}
    held: dict[str, Counter[str]] = {channel: Counter() for channel in asked.channels}
    known: Counter[str] = Counter()
    permitting = {reason.order: code for code, reason in REASONS.items() if reason.permits and code != "OK_STORAGE"}
    torn = False
    for row in engine.collect(_TALLY).to_pylist():
        channel = asked.channels[row["channel_id"]]
        known[channel] += row["people"]
        if row["low"] is None:
            held[channel][TELLING[row["place"]]] += row["people"]
        elif row["low"] == row["high"]:
            basis[channel][permitting[row["low"]]] += row["people"]
        else:
            torn = True
    if torn:
        for (channel, reason), number in door.best_reasons(engine, _TORN, gone).items():
            basis[channel][reason] += number
    for channel in asked.channels:
        held[channel][NO_POINT] += people - known[channel]
    return basis, held, known


def _remedies(engine: Engine, asked: door.Asked, channels: str) -> Sequence[Remedy]:
    engine.sql("count__unreached", _UNREACHED.format(channels=channels))
    found = gains(engine, ASKED, "count__unreached", asked.controller_id)
    engine.drop("count__unreached")
    return found


def _sorted(found: Counter[str]) -> dict[str, int]:
    return {name: number for name, number in sorted(found.items(), key=lambda pair: (-pair[1], pair[0])) if number}
