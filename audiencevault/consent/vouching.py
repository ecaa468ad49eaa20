"""Whom a word vouches for: the attestations behind undated yeses, and what one more of them would change.

An attestation covers what the vault held when it was made. "What if somebody vouched for every source that can be
vouched for" is judged again for those contact points alone that have such a yes; everybody else's answer stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import pyarrow as pa

from audiencevault.consent import statements as gather
from audiencevault.consent import verdicts as judge
from audiencevault.consent.question import Question, moment, text

ASSERTED: Final = """
    e.controller_id = {controller} AND e.evidence_grade = 'asserted'
    AND (e.event_type IN ('granted', 'confirmed', 'reaffirmed')
        OR (e.event_type = 'observed' AND e.state = 'subscribed'))
"""
"""The events that somebody could vouch for."""
SOURCES: Final = (
    "SELECT DISTINCT e.source FROM consent_events e WHERE e.source IS NOT NULL AND {asserted} ORDER BY e.source"
)

_SAID: Final = """
    SELECT source, channel, purpose, attested_at, valid_until FROM attestations
    WHERE controller_id = {controller} AND CAST(attested_at AS TIMESTAMP) <= {known_at}
        AND (valid_until IS NULL OR CAST(valid_until AS TIMESTAMP) > {as_of})
"""
_KINDS: Final = """
    SELECT DISTINCT e.list_id, l.source, e.channel_id, c.channel, e.purpose_id, u.purpose FROM fold__events e
    JOIN fold__lists l ON l.list_id = e.list_id JOIN fold__channels c ON c.channel_id = e.channel_id
    JOIN fold__purposes u ON u.purpose_id = e.purpose_id
    WHERE e.cls = {Y} AND e.own AND e.grade = 1
"""


class Work(Protocol):
    """What the fold works with."""

    def collect(self, query: str) -> pa.Table:
        """See `audiencevault.engine.Engine.collect`."""

    def read(self, name: str, table: pa.Table) -> None:
        """See `audiencevault.engine.Engine.read`."""

    def sql(self, name: str, query: str) -> int:
        """See `audiencevault.engine.Engine.sql`."""

    def drop(self, *names: str) -> None:
        """See `audiencevault.engine.Engine.drop`."""


def vouched(engine: Work, question: Question, *, what_if: bool) -> None:
    """Which undated yeses somebody vouches for (`until` when), as the relation `fold__vouched`; with `what_if` also
    those for which somebody could (`hoped`).
    """
    controller = text(question.controller_id)
    said = engine.collect(
        _SAID.format(controller=controller, known_at=moment(question.known_at), as_of=moment(question.as_of))
    ).to_pylist()
    said.extend(
        {"source": source, "channel": None, "purpose": None, "attested_at": question.known_at, "valid_until": None}
        for source in question.vouch_for
    )
    hoped = engine.collect(SOURCES.format(asserted=ASSERTED.format(controller=controller))) if what_if else None
    could = hoped.column("source").to_pylist() if hoped is not None else []
    rows = [
        _answered(kind, [one for one in said if _vouches(one, kind)], any(_of(kind["source"], name) for name in could))
        for kind in engine.collect(_KINDS.format(**question.codes)).to_pylist()
    ]
    numbers = [(name, pa.int32()) for name in ("list_id", "channel_id", "purpose_id")]
    moments = [(name, pa.timestamp("us")) for name in ("until", "ends")]
    schema = pa.schema([*numbers, *moments, ("hoped", pa.bool_())])
    engine.read("fold__vouched", pa.Table.from_pylist(rows, schema))


def _answered(kind: Mapping[str, Any], said: list[dict[str, Any]], hoped: bool) -> dict[str, Any]:
    ends = [one["valid_until"] for one in said if one["valid_until"] is not None]
    return {
        **{name: kind[name] for name in ("list_id", "channel_id", "purpose_id")},
        "until": _utc(max((one["attested_at"] for one in said), default=None)),
        "ends": _utc(min(ends, default=None)),
        "hoped": hoped,
    }


def _utc(value: datetime | None) -> datetime | None:
    return value.astimezone(UTC).replace(tzinfo=None) if value is not None else None


def _of(source: str, named: str) -> bool:
    return source == named or source.startswith(f"{named}.")


def _vouches(attestation: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    channel, purpose = attestation["channel"], attestation["purpose"]
    return (
        _of(event["source"], attestation["source"])
        and channel in (None, "", "any", event["channel"])
        and (purpose in (None, "", "*", event["purpose"]) or event["purpose"].startswith(f"{purpose}/"))
    )


_HOPED: Final = "SELECT DISTINCT tid, channel_id FROM fold__yes WHERE grade = 1 AND hoped AND NOT vouched"
_SCOPES: Final = """
    SELECT s.* FROM fold__scopes s JOIN hope__hoped h ON h.tid = s.tid AND h.channel_id = s.channel_id
"""
_YES: Final = """
    SELECT y.tid, y.channel_id, y.n, y.level, y.grade, y.mine, y.dated, y.met, y.valid_until, y.t, y.stopped,
        y.vouched OR y.hoped AS vouched, y.ends
    FROM fold__yes y JOIN hope__hoped h ON h.tid = y.tid AND h.channel_id = y.channel_id
"""
_GAINED: Final = "SELECT cid, pid, channel_id FROM hope__strictest WHERE answer >= 50 * {shift}"
_AGAIN: Final = ("scopes", "several", "yes", "worth", "consent", "support", "answers", "strictest")
_NAMES: Final = re.compile(rf"\bfold__({'|'.join(_AGAIN)})\b")


def gained(engine: Work, fill: Mapping[str, Any]) -> None:
    """Make the relation `fold__gained` (`cid, pid, channel_id`): the contact points with a yes that somebody could
    vouch for, which could be written to if somebody did; some of them can be anyway. `fill` is what the statements of
    `audiencevault.consent.verdicts` are filled with; reads what they read.
    """
    engine.sql("hope__hoped", _HOPED)
    engine.sql("hope__scopes", _SCOPES)
    engine.sql("hope__yes", _YES)
    for name, statement in (
        ("several", judge.SEVERAL),
        ("worth", judge.WORTH),
        ("consent", judge.CONSENT),
        ("support", judge.SUPPORT),
        ("answers", judge.ANSWERS),
        ("strictest", judge.STRICTEST),
    ):
        engine.sql(f"hope__{name}", _NAMES.sub(r"hope__\1", statement.format(**fill)))
    engine.sql("fold__gained", _GAINED.format(shift=gather.SHIFT))
    engine.drop("hope__hoped", *(f"hope__{name}" for name in _AGAIN))
