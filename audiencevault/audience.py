"""The one door out: the contacts that may be reached, each with its reason, and everybody else with theirs.

Words: an *audience* answers one question (this sender, these channels, this purpose, as of this moment) from
one snapshot; its *rows* hold one contact point per contact and channel, the best that may be used; *held back*
is everybody without one, with the reason in plain words and the lawful step that would change it; *suppressed*
are all points that said no or are dead, also of people who may be reached elsewhere. Purpose `storage` is the owner's
own copy: nothing is sent, so only erasure excludes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.consent import fold as consent_fold
from audiencevault.consent.attesting import Remedy as Remedy
from audiencevault.consent.attesting import gains
from audiencevault.consent.policy import AUTO, POINT_KIND_OF, Policy
from audiencevault.consent.policy import policy as policy_named
from audiencevault.consent.question import text
from audiencevault.consent.reasons import REASONS, explain
from audiencevault.consent.sentences import risks, sentences
from audiencevault.engine import Engine
from audiencevault.records import CONTACTS, STRINGS, TIMESTAMP

if TYPE_CHECKING:
    import pandas as pd

STORAGE: Final = "storage"
"""The purpose and channel of a copy for the owner."""

_CONTACT_COLUMNS: Final = (
    "display_name", "first_name", "last_name", "company", "job_title", "address1", "address2", "city", "region",
    "postcode", "country", "language", "birthday", "tags", "currency", "total_spent", "orders_count",
    "first_seen_at", "last_seen_at", "relationships", "sources",
)  # fmt: skip

AUDIENCE_ROWS: Final = pa.schema(
    [
        ("contact_id", pa.string()),
        ("channel", pa.string()),
        ("point_kind", pa.string()),
        ("point", pa.string()),
        ("point_key", pa.string()),
        ("basis", pa.string()),
        ("reason", pa.string()),
        ("state", pa.string()),
        ("opt_in_level", pa.string()),
        ("evidence_grade", pa.string()),
        ("consented_at", TIMESTAMP),
        ("consent_source", pa.string()),
        ("capture_method", pa.string()),
        ("ip", pa.string()),
        ("notice_id", pa.string()),
        ("decisive_event_id", pa.string()),
        ("expires_at", TIMESTAMP),
        ("jurisdiction", pa.string()),
        ("preset", pa.string()),
        ("warnings", STRINGS),
        *((name, CONTACTS.field(name).type) for name in _CONTACT_COLUMNS),
    ]
)
"""One row per contact and channel that may be used. `consented_at` is null where the yes has no date of its own."""

HELD_BACK: Final = pa.schema(
    [
        ("contact_id", pa.string()),
        ("display_name", pa.string()),
        ("channel", pa.string()),
        ("point_kind", pa.string()),
        ("point", pa.string()),
        ("reason", pa.string()),
        ("sentence", pa.string()),
        ("remedy", pa.string()),
        ("state", pa.string()),
        ("since", TIMESTAMP),
        ("decisive_event_id", pa.string()),
        ("source", pa.string()),
        ("preset", pa.string()),
        ("jurisdiction", pa.string()),
        ("warnings", STRINGS),
        ("first_name", pa.string()),
        ("last_name", pa.string()),
    ]
)
"""One row per contact and channel that may not be used, with the reason that tells most."""

SUPPRESSED: Final = pa.schema(
    [
        ("channel", pa.string()),
        ("point_kind", pa.string()),
        ("point", pa.string()),
        ("state", pa.string()),
        ("reason", pa.string()),
        ("since", TIMESTAMP),
        ("source", pa.string()),
        ("point_key", pa.string()),
    ]
)
"""Every point that said no or is dead, once per channel; what a receiver has to know besides the list."""

SUPPRESSED_STATES: Final = ("withdrawn", "objected", "refused", "complained", "blocked", "bounced", "invalid")

# Of several points of one person, show the reason that says most about the person: what they said, then what
# can be changed, then what is wrong with an address.
TELLING: Final = (
    "NO_ERASED", "DEFER_QUIET_HOURS", "NO_ONE_CLICK",
    "NO_SUPPRESSED_LEGAL", "NO_SUPPRESSED_MANUAL", "NO_SUPPRESSED_COMPLAINT", "NO_OBJECTED",
    "NO_WITHDRAWN", "NO_REFUSED", "NO_AMBIGUOUS", "NO_PENDING", "NO_STALE", "NO_EXPIRED", "NO_GONE", "NO_EVIDENCE",
    "NO_LEVEL", "NO_CONDITIONS", "NO_PURPOSE", "NO_CONTROLLER", "NO_CHANNEL", "NO_SUPPRESSED_BOUNCE",
    "NO_SUPPRESSED_INVALID", "NO_RELATION_ONLY", "NO_UNKNOWN", "NO_ENDPOINT",
)  # fmt: skip
"""The reasons that do not permit, the most telling first."""

# A yes through an address that no current export holds any more is not used: whoever removed it had a reason.
_EVENT_OF: Final = """
    SELECT f.contact_id, f.point_kind, f.point, f.point_key, f.channel, f.basis, f.decisive_event_id, f.expires_at,
        f.evidence_grade, f.preset, f.jurisdiction, f.warnings,
        f.mailable AND g.point IS NULL AS mailable,
        CASE WHEN f.mailable AND g.point IS NOT NULL THEN 'gone' ELSE f.state END AS state,
        CASE WHEN f.mailable AND g.point IS NOT NULL THEN 'NO_GONE' ELSE f.reason END AS reason,
        CASE WHEN e.event_type = 'confirmed' THEN 'confirmed' ELSE e.opt_in_level END AS opt_in_level,
        CASE WHEN e.event_type <> 'observed' AND coalesce(e.occurred_precision, 'unknown') <> 'unknown'
            THEN e.occurred_at END AS happened_at,
        coalesce(e.occurred_at, e.snapshot_at, e.recorded_at) AS since,
        e.source, e.capture_method, e.ip, e.notice_id
    FROM ({fold}) AS f LEFT JOIN consent_events e ON e.event_id = f.decisive_event_id
    LEFT JOIN audience__gone g ON g.point_kind = f.point_kind AND g.point = f.point
"""
# Bulk mail leaves only towards receivers that add what mailbox providers ask for.
_SENDABLE: Final = """
    SELECT contact_id, point_kind, point, point_key, channel, basis, decisive_event_id, expires_at, evidence_grade,
        preset, jurisdiction, warnings, mailable AND channel <> 'email' AS mailable,
        CASE WHEN mailable AND channel = 'email' THEN '{state}' ELSE state END AS state,
        CASE WHEN mailable AND channel = 'email' THEN 'NO_ONE_CLICK' ELSE reason END AS reason
    FROM {relation} WHERE channel IN ({channels})
"""
_UNREACHED: Final = """
    SELECT p.cid, c.channel_id FROM audience__known k
    JOIN {asked}__people p ON p.contact_id = k.contact_id JOIN {asked}__channels c ON c.channel = k.channel
"""
_ANSWERED: Final = "SELECT * FROM {relation} WHERE channel IN ({channels})"
# Few records are gone: only what they hold is looked at.
_GONE: Final = """
    SELECT p.point_kind, p.point FROM contact_points p
    JOIN (
        SELECT DISTINCT q.point_kind, q.point FROM contact_points q JOIN {gone} g ON g.record_id = q.record_id
        WHERE q.point IS NOT NULL
    ) AS held ON held.point_kind = p.point_kind AND held.point = p.point
    LEFT JOIN {gone} g ON g.record_id = p.record_id
    GROUP BY p.point_kind, p.point HAVING count(*) = count(g.record_id)
"""
_NOBODY_GONE: Final = "SELECT point_kind, point FROM contact_points WHERE 1 = 0"
_BEST: Final = """
    SELECT contact_id, channel, point_kind, point, point_key, basis, reason, state, opt_in_level, evidence_grade,
        happened_at AS consented_at, source AS consent_source, capture_method, ip, notice_id, decisive_event_id,
        expires_at, jurisdiction, preset, warnings
    FROM (
        SELECT d.*, row_number() OVER (
            PARTITION BY d.contact_id, d.channel
            ORDER BY d.happened_at DESC NULLS LAST,
                CASE WHEN d.point = c.email OR d.point = c.phone THEN 0 ELSE 1 END, d.point
        ) AS place
        FROM audience__decided d JOIN contacts c ON c.contact_id = d.contact_id
        WHERE d.mailable
    ) AS placed
    WHERE place = 1
"""
_WORST: Final = """
    SELECT contact_id, channel, point_kind, point, reason, state, since, decisive_event_id, source, preset,
        jurisdiction, warnings, evidence_grade
    FROM (
        SELECT d.*, row_number() OVER (
            PARTITION BY d.contact_id, d.channel ORDER BY t.place, d.since DESC NULLS LAST, d.point
        ) AS place
        FROM audience__decided d JOIN audience__telling t ON t.reason = d.reason
        WHERE NOT d.mailable
    ) AS placed
    WHERE place = 1
"""
_HELD: Final = """
    SELECT c.contact_id, c.display_name, h.channel, h.point_kind, w.point, coalesce(w.reason, 'NO_ENDPOINT') AS reason,
        coalesce(w.state, 'none') AS state, w.since, w.decisive_event_id, w.source,
        CASE WHEN w.source IS NOT NULL THEN w.source
             WHEN w.reason IS NOT NULL THEN c.sources[1]
             WHEN i.contact_id IS NOT NULL THEN NULL ELSE c.accounts[1] END AS named,
        i.contact_id IS NOT NULL AS unusable, w.evidence_grade, w.preset, w.jurisdiction, w.warnings,
        c.first_name, c.last_name
    FROM contacts c
    CROSS JOIN audience__channels h
    LEFT JOIN audience__best b ON b.contact_id = c.contact_id AND b.channel = h.channel
    LEFT JOIN audience__worst w ON w.contact_id = c.contact_id AND w.channel = h.channel
    LEFT JOIN audience__unusable i ON i.contact_id = c.contact_id AND i.point_kind = h.point_kind
    WHERE b.contact_id IS NULL
"""
_UNUSABLE: Final = """
    SELECT DISTINCT m.contact_id, p.point_kind
    FROM contact_points p JOIN members m ON m.record_id = p.record_id
    WHERE NOT p.valid
"""
_KINDS_OF_REASON: Final = """
    SELECT DISTINCT reason, channel, named, preset, jurisdiction IS NULL AS no_country, evidence_grade, unusable
    FROM audience__held
"""
_HELD_BACK: Final = """
    SELECT h.contact_id, h.display_name, h.channel, h.point_kind, h.point, h.reason, s.sentence, s.remedy, h.state,
        h.since, h.decisive_event_id, h.source, h.preset, h.jurisdiction, h.warnings, h.first_name, h.last_name
    FROM audience__held h
    JOIN audience__sentences s ON s.reason = h.reason AND s.channel = h.channel
        AND s.named IS NOT DISTINCT FROM h.named AND s.preset IS NOT DISTINCT FROM h.preset
        AND s.no_country = (h.jurisdiction IS NULL) AND s.evidence_grade IS NOT DISTINCT FROM h.evidence_grade
        AND s.unusable = h.unusable
    ORDER BY h.contact_id, h.channel
"""
_SUPPRESSED: Final = """
    SELECT channel, point_kind, point, state, reason, since, source, point_key FROM (
        SELECT d.*, row_number() OVER (
            PARTITION BY d.channel, d.point_kind, d.point ORDER BY t.place, d.since, d.contact_id
        ) AS place
        FROM audience__decided d JOIN audience__telling t ON t.reason = d.reason
        WHERE d.state IN ({states})
    ) AS placed
    WHERE place = 1 ORDER BY channel, point_kind, point
"""


@dataclass(frozen=True)
class Audience:
    """Who may be reached, and who may not. Made by `select` alone; destinations take nothing else.

    `rows` has the schema `AUDIENCE_ROWS`, `held_back` the schema `HELD_BACK`, `suppressed` the schema
    `SUPPRESSED`; all are sorted. `policy` is the name of the policy that was asked for.
    """

    controller_id: str
    channels: tuple[str, ...]
    purpose: str
    as_of: datetime
    known_at: datetime | None
    policy: str
    rows: pa.Table
    held_back: pa.Table
    suppressed: pa.Table = field(default_factory=SUPPRESSED.empty_table)
    notes: tuple[str, ...] = ()

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a pandas frame."""
        frame: pd.DataFrame = self.rows.to_pandas()
        return frame


@dataclass(frozen=True)
class Asked:
    """A question that the engine holds the answers to, for several channels: see `ask`."""

    controller_id: str
    channels: tuple[str, ...]
    purpose: str
    as_of: datetime
    known_at: datetime
    policy: Policy
    sending: bool = False
    what_if: bool = False


ASKED: Final = "audience__asked"
"""The relation of the answers that the engine holds: a fold that is a view, see `audiencevault.consent.fold`."""


def ask(
    engine: Engine,
    *,
    controller_id: str,
    channels: Sequence[str],
    purpose: str = "marketing",
    as_of: datetime,
    known_at: datetime | None = None,
    policy: Policy | str = AUTO,
    sending: bool = False,
    what_if: bool = False,
    step: Callable[[str], None] | None = None,
) -> Asked:
    """Answer for several channels at once, for `select(asked=…)`, which then costs only what it returns; with `what_if`
    also for `remedies(asked=…)`.

    The answers stay in the engine, as the relation `audience__asked`, until the next `ask`, or `select` or
    `remedies` without answers.
    """
    rules = policy_named(policy) if isinstance(policy, str) else policy
    asked = Asked(
        controller_id, tuple(dict.fromkeys(channels)), purpose, as_of, known_at or as_of, rules, sending, what_if
    )
    consent_fold.fold(
        engine, policy=rules, as_of=as_of, known_at=asked.known_at, channels=asked.channels, purpose=purpose,
        controller_id=controller_id, sending=sending, into=ASKED, what_if=what_if,
        step=step,
    )  # fmt: skip
    return asked


def select(
    engine: Engine,
    *,
    controller_id: str,
    channels: Sequence[str] = ("email",),
    purpose: str = "marketing",
    as_of: datetime,
    known_at: datetime | None = None,
    policy: Policy | str = AUTO,
    gone: str | None = None,
    sending: bool = False,
    one_click: bool | None = None,
    asked: Asked | None = None,
) -> Audience:
    """Whom `controller_id` may reach on `channels` for `purpose`, as of `as_of`, on what was known at `known_at`.

    Reads the relations of `audiencevault.consent.fold` and `contacts`; `gone` names one with the `record_id`s that a
    newer, complete export of their source no longer holds. `sending` says that messages go out at `as_of`, so that
    quiet hours defer; `one_click` whether the receiver adds the one-click unsubscribe header (None: it is not
    known), without which no bulk mail leaves. `asked` are answers that the engine holds already; they must be those
    to this very question. Raises `ConsentConfigError` on a channel, purpose or policy that does not exist.
    """
    rules = policy_named(policy) if isinstance(policy, str) else policy
    known = known_at or as_of
    if purpose == STORAGE:
        rows, held, suppressed = _stored(engine, rules, as_of, known, controller_id)
        return Audience(controller_id, (STORAGE,), purpose, as_of, known, rules.name, rows, held, suppressed)
    wanted = tuple(dict.fromkeys(channels))
    if asked is None:
        ask(
            engine, controller_id=controller_id, channels=wanted, purpose=purpose, as_of=as_of, known_at=known,
            policy=rules, sending=sending,
        )  # fmt: skip
    elif not (set(wanted) <= set(asked.channels)) or asked != Asked(
        controller_id, asked.channels, purpose, as_of, known, rules, sending, asked.what_if
    ):
        raise ValueError("the answers that the engine holds are those to another question")
    bulk = [one.bulk for one in rules.presets.values() if one.bulk is not None]
    refused = one_click is False and any(one.one_click for one in bulk) and purpose.split("/")[0] == "marketing"
    fold = (_SENDABLE if refused else _ANSWERED).format(
        relation=ASKED, channels=", ".join(map(text, wanted)), state=REASONS["NO_ONE_CLICK"].state
    )
    engine.sql("audience__gone", gone_points(gone))
    rows, held, suppressed = _decided(engine, wanted, rules, fold)
    if asked is None:
        consent_fold.forget(engine, ASKED)
    notes = risks(rows, suppressed, min((one.bounce_warn_percent for one in bulk), default=None))
    return Audience(controller_id, wanted, purpose, as_of, known, rules.name, rows, held, suppressed, notes)


def gone_points(gone: str | None) -> str:
    """The query of the points (`point_kind`, `point`) that only records in the relation `gone` hold."""
    return _GONE.format(gone=gone) if gone else _NOBODY_GONE


def best_reasons(engine: Engine, answers: str, gone: str | None) -> dict[tuple[str, str], int]:
    """On how many people's rows each `(channel, reason)` would stand in an audience, of the query `answers` alone."""
    engine.sql("audience__gone", gone_points(gone))
    engine.sql("audience__decided", _EVENT_OF.format(fold=answers))
    rows = engine.collect(f"SELECT channel, reason, count(*) AS people FROM ({_BEST}) AS b GROUP BY channel, reason")
    engine.drop("audience__gone", "audience__decided")
    return {(row["channel"], row["reason"]): row["people"] for row in rows.to_pylist()}


def suppressions(engine: Engine, channels: Sequence[str], gone: str | None) -> pa.Table:
    """The points that said no or are dead (SUPPRESSED) on `channels`, out of the answers that the engine holds."""
    names, states = (", ".join(map(text, some)) for some in (channels, SUPPRESSED_STATES))
    answers = f"SELECT * FROM {ASKED} WHERE channel IN ({names}) AND state IN ({states})"
    engine.read("audience__telling", telling())
    engine.sql("audience__gone", gone_points(gone))
    engine.sql("audience__decided", _EVENT_OF.format(fold=answers))
    found = engine.collect(_SUPPRESSED.format(states=states))
    engine.drop("audience__gone", "audience__decided", "audience__telling")
    return _as(found, SUPPRESSED)


def telling() -> pa.Table:
    """`TELLING` with places, to join with."""
    return pa.table({"reason": TELLING, "place": range(len(TELLING))})


def remedies(
    engine: Engine, audience: Audience, policy: Policy | str = AUTO, *, asked: Asked | None = None
) -> list[Remedy]:
    """What vouching for a source would change, most people first.

    Needs the same relations as `select`. Nothing is recorded. `asked` are answers that the engine holds already, made
    with `what_if`; else they are asked for again.
    """
    if audience.purpose == STORAGE:
        return []
    if asked is None:
        ask(
            engine, controller_id=audience.controller_id, channels=audience.channels, purpose=audience.purpose,
            as_of=audience.as_of, known_at=audience.known_at, policy=policy, what_if=True,
        )  # fmt: skip
    elif not asked.what_if:
        raise ValueError("the answers that the engine holds do not say what vouching would change")
    known = audience.held_back.filter(pc.is_valid(audience.held_back.column("point")))
    engine.read("audience__known", known.select(["contact_id", "channel"]))
    engine.sql("audience__unreached", _UNREACHED.format(asked=ASKED))
    found = gains(engine, ASKED, "audience__unreached", audience.controller_id)
    engine.drop("audience__known", "audience__unreached")
    if asked is None:
        consent_fold.forget(engine, ASKED)
    return found


def _decided(
    engine: Engine, channels: tuple[str, ...], rules: Policy, fold: str
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """The three tables of an audience from the relation `fold`."""
    engine.read("audience__telling", telling())
    kinds = [POINT_KIND_OF[channel] for channel in channels]
    engine.read("audience__channels", pa.table({"channel": list(channels), "point_kind": kinds}))
    engine.sql("audience__decided", _EVENT_OF.format(fold=fold))
    engine.sql("audience__best", _BEST)
    engine.sql("audience__worst", _WORST)
    engine.sql("audience__unusable", _UNUSABLE)
    rows = engine.collect(
        f"SELECT b.*, {', '.join(f'c.{name}' for name in _CONTACT_COLUMNS)} FROM audience__best b "
        "JOIN contacts c ON c.contact_id = b.contact_id ORDER BY b.contact_id, b.channel"
    )
    engine.sql("audience__held", _HELD)
    states = ", ".join(f"'{state}'" for state in SUPPRESSED_STATES)
    suppressed = engine.collect(_SUPPRESSED.format(states=states))
    engine.drop(
        "audience__gone",
        "audience__decided",
        "audience__best",
        "audience__worst",
        "audience__unusable",
        "audience__telling",
    )
    engine.read("audience__sentences", sentences(engine.collect(_KINDS_OF_REASON).to_pylist(), rules))
    held = engine.collect(_HELD_BACK)
    engine.drop("audience__held", "audience__sentences", "audience__channels")
    return _as(rows, AUDIENCE_ROWS), _as(held, HELD_BACK), _as(suppressed, SUPPRESSED)


_ERASED_RECORDS: Final = """
    SELECT DISTINCT m.contact_id FROM consent_events e JOIN members m ON m.record_id = e.record_id
    WHERE e.event_type = 'erased'
"""
_STORED: Final = """
    SELECT c.contact_id, '{storage}' AS channel, 'stored' AS state, 'OK_STORAGE' AS reason,
        {columns} FROM contacts c LEFT JOIN audience__erased e ON e.contact_id = c.contact_id
    WHERE e.contact_id IS NULL ORDER BY c.contact_id
"""


def _stored(
    engine: Engine, rules: Policy, as_of: datetime, known: datetime, controller_id: str
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Everybody but the erased."""
    erasures = engine.scalar(
        "SELECT (SELECT count(*) FROM tombstones) + (SELECT count(*) FROM consent_events WHERE event_type = 'erased')"
    )
    erased = "SELECT contact_id FROM members WHERE 1 = 0"
    if erasures:
        consent_fold.fold(
            engine, policy=rules, as_of=as_of, known_at=known, channels=("email", "sms", "postal", "dm"),
            purpose="transactional", controller_id=controller_id,
        )  # fmt: skip
        # A person without any usable point has no row in the fold; their records speak for themselves.
        erased = f"""
            SELECT DISTINCT contact_id FROM fold WHERE reason = 'NO_ERASED'
            UNION
            SELECT r.contact_id FROM ({_ERASED_RECORDS}) AS r LEFT JOIN fold f ON f.contact_id = r.contact_id
            WHERE f.contact_id IS NULL
        """
    engine.sql("audience__erased", erased)
    columns = ", ".join(f"c.{name}" for name in _CONTACT_COLUMNS)
    rows = engine.collect(_STORED.format(storage=STORAGE, columns=columns))
    gone = engine.collect("SELECT contact_id FROM audience__erased ORDER BY contact_id")
    engine.drop("audience__erased")
    reason = REASONS["NO_ERASED"]
    sentence, _ = explain("NO_ERASED", channel=STORAGE, source=None, preset_title="")
    held = [
        {"contact_id": one, "channel": STORAGE, "reason": reason.code, "sentence": sentence, "remedy": "",
         "state": reason.state, "warnings": []}
        for one in gone.column("contact_id").to_pylist()
    ]  # fmt: skip
    return _as(rows, AUDIENCE_ROWS), pa.Table.from_pylist(held, HELD_BACK), SUPPRESSED.empty_table()


def _as(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """`table` with the columns and types of `schema`; columns that it lacks are null."""
    columns = [
        table.column(column.name).cast(column.type)
        if column.name in table.column_names
        else pa.nulls(table.num_rows, column.type)
        for column in schema
    ]
    return pa.table(columns, schema=schema)
