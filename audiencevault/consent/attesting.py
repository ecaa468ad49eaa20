"""What vouching for a source would change: the fold is asked again, of those alone whom it may change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.consent import near
from audiencevault.consent.fold import fold
from audiencevault.consent.policy import Policy
from audiencevault.consent.question import text
from audiencevault.consent.reasons import CHANNEL_WORDS, VOUCH_SENTENCE, source_words
from audiencevault.engine import Engine


@dataclass(frozen=True)
class Remedy:
    """A lawful step and what it would change: `people` more could be reached on `channel`."""

    channel: str
    source: str
    people: int
    sentence: str
    command: str


_ASSERTED: Final = """
    e.controller_id = {controller} AND e.evidence_grade = 'asserted'
    AND (e.event_type IN ('granted', 'confirmed', 'reaffirmed')
        OR (e.event_type = 'observed' AND e.state = 'subscribed'))
"""
_WOULD_BE_REACHED: Final = """
    SELECT f.channel, e.source, count(DISTINCT f.contact_id) AS people
    FROM fold f
    JOIN consent_events e ON e.point_kind = f.point_kind AND e.point = f.point AND e.channel = f.channel
    LEFT JOIN members m ON m.record_id = e.record_id
    JOIN audience__unreached u ON u.contact_id = f.contact_id AND u.channel = f.channel
    WHERE f.mailable AND {asserted}
        AND (coalesce(e.record_id, '') = '' OR m.contact_id = f.contact_id)
    GROUP BY f.channel, e.source
"""


_WEAK: Final = ("NO_PENDING", "NO_STALE", "NO_EXPIRED", "NO_EVIDENCE", "NO_LEVEL", "NO_CONDITIONS")
# Vouching changes nothing where a "no" stands or nobody said yes; somebody with several addresses may be shown the
# reason of another one.
_CANDIDATES: Final = """
    SELECT DISTINCT u.contact_id FROM audience__unreached u JOIN contacts c ON c.contact_id = u.contact_id
    WHERE u.reason IN ({weak}) OR len(c.emails) > 1 OR len(c.phones) > 1
"""


def gains(
    engine: Engine,
    held_back: pa.Table,
    *,
    controller_id: str,
    channels: Sequence[str],
    purpose: str,
    as_of: datetime,
    known_at: datetime | None,
    policy: Policy,
) -> list[Remedy]:
    """The sources that somebody could vouch for, with how many of `held_back` (`contact_id, channel, point, reason`)
    could then be reached; most people first. Nothing is recorded, and the hypothetical answers are forgotten.
    """
    asserted = _ASSERTED.format(controller=text(controller_id))
    sources = engine.collect(
        f"SELECT DISTINCT e.source FROM consent_events e WHERE e.source IS NOT NULL AND {asserted} ORDER BY e.source"
    )
    if not sources.num_rows:
        return []
    held = held_back.select(["contact_id", "channel", "reason"])
    engine.drop("fold")
    engine.read("audience__unreached", held.filter(pc.is_valid(held_back.column("point"))))
    near.near(engine, _CANDIDATES.format(weak=", ".join(map(text, _WEAK))))
    fold(
        engine, policy=policy, as_of=as_of, known_at=known_at, channels=channels, purpose=purpose,
        controller_id=controller_id, vouch_for=sources.column("source").to_pylist(), among=near.PREFIX,
    )  # fmt: skip
    more = engine.collect(_WOULD_BE_REACHED.format(asserted=asserted)).to_pylist()
    near.forget(engine)
    engine.drop("fold", "audience__unreached")
    found = [
        Remedy(
            gain["channel"],
            gain["source"],
            gain["people"],
            VOUCH_SENTENCE.format(
                count=f"{gain['people']:,}", who=source_words(gain["source"]), channel=CHANNEL_WORDS[gain["channel"]][0]
            ),
            f'audiencevault attest {gain["source"]} --channel {gain["channel"]} --text "…"',
        )
        for gain in more
        if gain["people"]
    ]
    return sorted(found, key=lambda remedy: (-remedy.people, remedy.channel, remedy.source))
