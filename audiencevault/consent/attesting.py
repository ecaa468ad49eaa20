"""What vouching for a source would change, in words and numbers; `audiencevault.consent.vouching` finds whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from audiencevault.consent.question import text
from audiencevault.consent.reasons import CHANNEL_WORDS, VOUCH_SENTENCE, source_words
from audiencevault.consent.vouching import ASSERTED
from audiencevault.engine import Engine


@dataclass(frozen=True)
class Remedy:
    """A lawful step and what it would change: `people` more could be reached on `channel`."""

    channel: str
    source: str
    people: int
    sentence: str
    command: str


_WOULD_BE_REACHED: Final = """
    SELECT c.channel, e.source, count(DISTINCT g.cid) AS people
    FROM {asked}__gained g
    JOIN {unreached} u ON u.cid = g.cid AND u.channel_id = g.channel_id
    JOIN {asked}__people p ON p.cid = g.cid
    JOIN {asked}__points f ON f.pid = g.pid
    JOIN {asked}__channels c ON c.channel_id = g.channel_id
    JOIN consent_events e ON e.point_kind = f.point_kind AND e.point = f.point AND e.channel = c.channel
    LEFT JOIN members m ON m.record_id = e.record_id
    WHERE e.source IS NOT NULL AND {asserted} AND (coalesce(e.record_id, '') = '' OR m.contact_id = p.contact_id)
    GROUP BY c.channel, e.source
"""


def gains(engine: Engine, asked: str, unreached: str, controller_id: str) -> list[Remedy]:
    """The sources that somebody could vouch for, with how many of the relation `unreached` (`cid`, `channel_id`) could
    then be reached; most people first. `asked` is a fold that was made with `what_if`.
    """
    asserted = ASSERTED.format(controller=text(controller_id))
    more = engine.collect(_WOULD_BE_REACHED.format(asked=asked, unreached=unreached, asserted=asserted)).to_pylist()
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
    ]
    return sorted(found, key=lambda remedy: (-remedy.people, remedy.channel, remedy.source))
