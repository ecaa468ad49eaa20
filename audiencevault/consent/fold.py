"""The fold: from the ledger to one answer per contact point, channel and purpose, with its reason.

A pure function of the ledger, the identity map and the policy, as of one moment and on what was known at
another. It runs as SQL in the engine over the relations `consent_events`, `members`, `contact_points`,
`source_records` (one current row per record), `match_features`, `attestations` and `tombstones`, and leaves
the relation `fold`, one row per contact, valid contact point and channel.

The rules in short: a no counts for every spelling of an address and spreads over the person's records as far
as its kind allows; a yes counts only for the exact point, channel, purpose and sender that it was given for;
no beats yes unless the person acted again, later and provably; what is unknown is never a yes; where several
presets apply, the strictest answer counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import pyarrow as pa

from audiencevault.consent import hashes, near, quiet, vouching
from audiencevault.consent import statements as gather
from audiencevault.consent import verdicts as judge
from audiencevault.consent.ledger import RESTRICTIVE
from audiencevault.consent.policy import POINT_KINDS_OF, Policy
from audiencevault.consent.question import Question, met_conditions, moment, rules_as_relations, text
from audiencevault.engine import Engine

_EVENT_COLUMNS: Final = (
    "event_id", "rid", "cid", "pid", "kid", "list_id", "purpose_id", "channel_id", "own", "cover", "whole", "detail",
    "ground", "cls", "level", "grade", "mine", "dated", "met", "valid_until", "recorded", "snap",
)  # fmt: skip
# A tombstone as an event: of nobody in particular, for every channel and sender.
_BURIED: Final = {
    "cid": "-1", "kid": "kid", "channel_id": gather.CODES["any"], "own": "TRUE", "cover": "1", "whole": "TRUE",
    "cls": gather.CODES["Z"], "detail": "0", "level": "1", "grade": "0", "mine": "FALSE", "dated": "TRUE",
    "recorded": "t", "snap": "t", "met": "0",
}  # fmt: skip


def fold(
    engine: Engine,
    *,
    policy: Policy,
    as_of: datetime,
    known_at: datetime | None = None,
    channels: Sequence[str] = ("email",),
    purpose: str = "marketing",
    controller_id: str = "main",
    vouch_for: Sequence[str] = (),
    sending: bool = False,
    among: str = "",
    into: str = "fold",
    what_if: bool = False,
    step: Callable[[str], None] | None = None,
) -> int:
    """Make the relation `fold`, or the one named by `into`, and return its number of rows.

    Columns: `contact_id, point_kind, point, point_key, channel, mailable, state, basis, reason,
    decisive_event_id, expires_at, evidence_grade, preset, jurisdiction, warnings`. `known_at` (default:
    `as_of`) hides events that the vault learned later. `vouch_for` names sources that are taken as attested,
    for "what if somebody vouched for them?". `sending` says that messages go out at `as_of`: whoever sleeps
    then is deferred; without it, as for a list that is used later, they only carry the warning `quiet_hours`.
    `among` is the prefix of smaller relations to read instead, see `audiencevault.consent.near`; the answers of
    people who are only in part among them are not to be used. `what_if` also makes the relation `<into>__gained`, see
    `audiencevault.consent.vouching`.
    A relation of another name than `fold` is a view over the smaller relations `<into>__*` (see `ANSWER`), in which
    people, points and channels are numbers; `forget` drops them all. `step` is told in words how far it is.
    Raises `ConsentConfigError` on an unknown channel or purpose.
    """
    question = Question(
        policy, as_of, known_at or as_of, tuple(channels), purpose, controller_id, tuple(vouch_for), sending
    )
    question.check()
    work = _Work(engine, among, "" if into == "fold" else into)
    forget(engine, into)
    try:
        rules_as_relations(work, question)
        said = step or _nobody_listens
        said("Asking the consent rules: whose address is whose")
        _targets(work, question)
        said("Asking the consent rules: what was said, and when")
        _events(work, question)
        said("Asking the consent rules: whom it reaches")
        _gather(work, question, what_if)
        said("Asking the consent rules: which of it counts")
        _judge(work, question, what_if)
        return work.answer(into)
    finally:
        work.drop(*sorted(work.names))


def _nobody_listens(title: str) -> None:
    """Nobody wants to know how far it is."""


_BASE: Final = re.compile(rf"\b(FROM|JOIN) ({'|'.join(near.RELATIONS)})\b")
ANSWER: Final = ("people", "member", "points", "channels", "presets", "reasons", "countries", "decided")
"""The relations behind a fold that is a view: `decided` (`cid, pid, channel_id, rank, detail, ...`) holds the answers,
the others say what its numbers mean; `member` (`rid, record_id, cid`) are everybody's records.
"""
_ANSWER: Final = re.compile(rf"\bfold__({'|'.join((*ANSWER, 'gained'))})\b")


def forget(engine: Engine, into: str) -> None:
    """Drop the fold named `into`, and what it stands on."""
    engine.drop(into, *(f"{into}__{name}" for name in (*ANSWER, "gained")))


class _Work:
    """The engine, and the names of the relations that are to be forgotten at the end. With `kept`, what the answer
    stands on gets that prefix and stays.
    """

    def __init__(self, engine: Engine, among: str, kept: str) -> None:
        self._engine = engine
        self._among = among
        self._kept = kept
        self.names: set[str] = set()

    def _of(self, query: str) -> str:
        query = _ANSWER.sub(rf"{self._kept}__\1", query) if self._kept else query
        return _BASE.sub(rf"\1 {self._among}\2", query) if self._among else query

    def _named(self, name: str) -> str:
        found = self._of(name)
        if found == name:
            self.names.add(name)
        return found

    def collect(self, query: str) -> pa.Table:
        """See `Engine.collect`."""
        return self._engine.collect(self._of(query))

    def read(self, name: str, table: pa.Table) -> None:
        """See `Engine.read`."""
        self._engine.read(self._named(name), table)

    def sql(self, name: str, query: str) -> int:
        """See `Engine.sql`."""
        return self._engine.sql(self._named(name), self._of(query))

    def number(self, name: str, query: str, column: str, order: str = "") -> int:
        """See `Engine.number`."""
        return self._engine.number(self._named(name), self._of(query), column, order)

    def answer(self, name: str) -> int:
        """Make the fold itself, and return its number of rows."""
        if not self._kept:
            return self._engine.sql(name, judge.FOLD)
        self._engine.view(name, self._of(judge.FOLD))
        return int(self._engine.scalar(self._of("SELECT count(*) FROM fold__decided")))

    def drop(self, *names: str) -> None:
        """Forget those of `names` that there are."""
        self._engine.drop(*(name for name in names if name in self.names))
        self.names.difference_update(names)


def _targets(engine: _Work, question: Question) -> None:
    """Who and what is asked about, and which presets apply to each."""
    restrictive = ", ".join(text(name) for name in RESTRICTIVE)
    engine.number("fold__people", gather.PEOPLE, "cid")
    engine.number("fold__member", gather.MEMBER, "rid")
    _hashed(engine, question)
    engine.sql("fold__readings", gather.READINGS)
    engine.drop("fold__hashed")
    engine.sql("fold__aliases", gather.ALIASES.format(restrictive=restrictive + ", 'observed'"))
    engine.sql("fold__points", gather.POINTS)
    engine.sql("fold__reach", gather.REACH)
    codes = question.codes
    countries = engine.collect(f"SELECT country FROM ({gather.COUNTRIES}) AS c ORDER BY country")
    numbered = list(enumerate(countries.column("country").to_pylist(), start=1))
    engine.read("fold__countries", _numbered("country", numbered))
    engine.sql("fold__record_countries", gather.RECORD_COUNTRIES.format(**codes))
    engine.sql("fold__held", gather.HELD)
    engine.number("fold__targets", gather.TARGETS, "tid")
    engine.sql("fold__point_countries", gather.POINT_COUNTRIES)
    engine.sql("fold__person_countries", gather.PERSON_COUNTRIES)
    law = [
        {"country_id": country_id, "point_kind": kind, "channel_id": channel_id,
         "preset_id": question.presets.index(name)}
        for country_id, country in [(int(codes["nowhere"]), None), (int(codes["unreadable"]), None), *numbered]
        for channel_id, channel in enumerate(question.channels)
        for kind in POINT_KINDS_OF[channel]
        for name in question.policy.applicable(country, channel)
    ]  # fmt: skip
    numbers = [(name, pa.int32()) for name in ("country_id", "channel_id", "preset_id")]
    engine.read("fold__law", pa.Table.from_pylist(law, pa.schema([*numbers, ("point_kind", pa.string())])))
    engine.sql("fold__scopes", gather.SCOPES.format(**codes))
    engine.sql("fold__asleep", gather.ASLEEP.format(prefix_length=quiet.PREFIX_LENGTH))
    engine.drop("fold__record_countries", "fold__point_countries", "fold__person_countries")


def _hashed(engine: _Work, question: Question) -> None:
    """Which points are meant by "no"s that only have a hash."""
    known = f"CAST(recorded_at AS TIMESTAMP) <= {moment(question.known_at)}"
    noes = engine.collect(gather.HASHED_NOES.format(known=known)).to_pylist()
    wanted = frozenset((row["point_kind"], row["point_key"]) for row in noes)
    points = engine.collect(gather.HASHABLE if wanted else f"{gather.HASHABLE} AND 1 = 0")
    engine.read("fold__hashed", hashes.matches(points, wanted))


def _numbered(name: str, values: Sequence[tuple[int, str]]) -> pa.Table:
    return pa.table(
        {
            f"{name}_id": pa.array([number for number, _ in values], pa.int32()),
            name: pa.array([value for _, value in values], pa.string()),
        }
    )


def _events(engine: _Work, question: Question) -> None:
    """The visible events in one order."""
    codes = question.codes
    known = f"CAST(recorded_at AS TIMESTAMP) <= {moment(question.known_at)}"
    engine.sql("fold__voided", gather.VOIDED.format(known=known))
    engine.sql("fold__lists", gather.LISTS)
    engine.sql("fold__purposes", gather.PURPOSES)
    engine.sql("fold__buried", gather.BURIED)
    fragments = {
        "buried": ", ".join(_BURIED.get(name, "NULL") for name in _EVENT_COLUMNS),
        "cls": gather.CLS.format(**codes), "detail": gather.DETAIL.format(**codes), "level": gather.LEVEL,
        "grade": gather.GRADE, "earliest": gather.EARLIEST, "cover": question.cover(), "channel": question.channel(),
        "ground": question.ground(), "known": known, "controller": question.controller_id.replace("'", "''"),
        "met": met_conditions("e.conditions"),
    }  # fmt: skip
    engine.sql("fold__heard", gather.HEARD.format(**codes, **fragments))
    engine.drop("fold__voided")
    columns = ", ".join(f"e.{name}" for name in (*_EVENT_COLUMNS[5:], "t"))
    engine.sql("fold__seen", gather.SEEN.format(**codes, **fragments, columns=columns))
    engine.drop("fold__heard")
    seen = "fold__seen"
    if engine.sql("fold__repeated", gather.REPEATED.format(**codes)):
        engine.sql("fold__runs", gather.RUNS.format(**codes))
        engine.sql("fold__redated", gather.REDATED.format(columns=", ".join(f"s.{name}" for name in _EVENT_COLUMNS)))
        engine.drop("fold__seen", "fold__runs")
        seen = "fold__redated"
    engine.drop("fold__repeated", "fold__buried", "fold__aliases", "fold__readings")
    columns = ", ".join((*_EVENT_COLUMNS, "t"))
    engine.number("fold__events", f"SELECT {columns} FROM {seen}", "n", gather.ORDER.format(**codes))
    engine.drop(seen)


def _gather(engine: _Work, question: Question, what_if: bool) -> None:
    """What reaches each target: the "no"s, the yeses, activity and ties."""
    codes = {**question.codes, "wills": "FALSE" if question.service else "TRUE"}
    columns = ", ".join(
        f"max(CASE WHEN cls = {codes[cls]} THEN n END) AS {cls.lower()}_n" for cls in gather.REFUSAL_CLASSES
    )
    engine.sql("fold__ambiguous", gather.AMBIGUOUS.format(**codes))
    engine.sql("fold__family_no", gather.FAMILY_NO)
    engine.sql("fold__lifted", gather.LIFTED.format(**codes))
    engine.sql("fold__noes", gather.NOES.format(**codes))
    engine.sql("fold__whose", gather.WHOSE.format(**codes))
    engine.sql("fold__hits", gather.HITS.format(**codes))
    engine.sql("fold__refusals", gather.REFUSALS.format(columns=columns))
    engine.drop("fold__lifted", "fold__noes", "fold__whose", "fold__hits")
    vouching.vouched(engine, question, what_if=what_if)
    engine.sql("fold__yes", gather.YES.format(**codes))
    engine.sql("fold__acts", gather.ACTS.format(**codes))
    engine.sql("fold__recorded", gather.RECORDED.format(**codes))
    engine.sql("fold__signs", gather.SIGNS.format(**codes))
    engine.sql("fold__pending", gather.PENDING.format(**codes))
    engine.sql("fold__branches", gather.BRANCHES.format(**codes))
    engine.sql("fold__returned", gather.RETURNED.format(**codes))
    engine.sql("fold__wrote", gather.WROTE.format(**codes))
    engine.drop("fold__ambiguous", "fold__family_no", "fold__vouched")


def _months(column: str, months: str, values: set[int]) -> str:
    """`column` plus the calendar months in the column `months`, one of `values`; null where that is null."""
    if not values:
        return "CAST(NULL AS TIMESTAMP)"
    cases = " ".join(f"WHEN {value} THEN {column} + INTERVAL '{value}' MONTH" for value in sorted(values))
    return f"CASE {months} {cases} END"


def _windowed(question: Question) -> dict[str, str]:
    """A service is permitted by itself; an answer, for some hours after the message that it answers."""
    hours = question.hours
    if hours is None:
        service = f"WHEN TRUE THEN 55 * {gather.SHIFT}" if question.service else ""
        return {"service_first": service, "window_first": "", "window_expires": ""}
    ends = f"k.t + INTERVAL '{hours}' HOUR"
    return {
        "window_first": f"WHEN {ends} > {moment(question.as_of)} THEN 55 * {gather.SHIFT} + k.n "
        f"WHEN k.n IS NOT NULL THEN 12 * {gather.SHIFT} + k.n",
        "service_first": f"WHEN TRUE THEN {judge.UNRESOLVED} * {gather.SHIFT}",
        "window_expires": f"WHEN {ends} > {moment(question.as_of)} THEN {ends}",
    }


def _judge(engine: _Work, question: Question, what_if: bool) -> None:
    """Weigh it under each preset, take the strictest answer."""
    presets = [question.policy.presets[name] for name in question.presets]
    deny = {one.stale_deny for one in presets if one.stale_deny is not None}
    warn = {one.stale_warn for one in presets if one.stale_warn is not None}
    ends = {ground.months for one in presets for ground in one.bases if ground.months is not None}
    as_of = moment(question.as_of)
    # Whoever may be written to has a yes or another ground, which knows the last sign of life; a service needs none.
    sign = "z.t" if question.service else "coalesce(y.sign, g.sign)"
    fill = {
        **question.codes, "refused": judge.REFUSED,
        "strong": judge.STRONG,
        "stale": f"coalesce({_months('g.t', 'r.deny_months', deny)} <= {as_of}, FALSE)",
        "aging": f"coalesce({_months(sign, 'r.warn_months', warn)} <= {as_of}, FALSE)",
        "consent_expires": _months("y.sign", "r.deny_months", deny),
        "recorded_expires": _months("g.t", "r.deny_months", deny),
        "activity_expires": _months(
            "(CASE WHEN b.activity = 'purchase' THEN q.purchase_t ELSE q.inquiry_t END)", "b.months", ends),
        "signs": judge.SERVICE_SIGNS if question.service else "",
        "service": "TRUE" if question.service else "FALSE",
        "deferring": "TRUE" if question.sending else "FALSE",
        **_windowed(question),
    }  # fmt: skip
    fill["kept"] = judge.KEPT.format(**fill)
    engine.sql("fold__worth", judge.WORTH.format(**fill))
    engine.sql("fold__consent", judge.CONSENT.format(**fill))
    engine.sql("fold__candidates", judge.CANDIDATES.format(**fill))
    engine.sql("fold__grounds", judge.GROUNDS)
    engine.sql("fold__several", judge.SEVERAL)
    if what_if:
        vouching.gained(engine, fill)
    engine.drop("fold__yes")
    engine.sql("fold__support", judge.SUPPORT.format(**fill))
    engine.drop("fold__worth", "fold__candidates", "fold__recorded")
    engine.sql("fold__answers", judge.ANSWERS.format(**fill))
    engine.drop("fold__scopes", "fold__consent", "fold__grounds", "fold__refusals", "fold__signs")
    engine.sql("fold__strictest", judge.STRICTEST.format(**fill))
    engine.drop("fold__support", "fold__answers", "fold__several")
    engine.sql("fold__unresolved", judge.WAITING.format(**fill))
    relationships = ", ".join(text(name) for name in gather.RELATIONS_ONLY)
    engine.sql("fold__ties", gather.TIES.format(**fill, relationships=relationships))
    engine.drop("fold__held")
    engine.sql("fold__elsewhere", judge.ELSEWHERE.format(**fill))
    engine.sql("fold__other_channels", judge.OTHER_CHANNELS.format(**fill))
    engine.sql("fold__resolved", judge.RESOLVED.format(**fill))
    engine.drop("fold__strictest", "fold__unresolved", "fold__elsewhere", "fold__other_channels", "fold__ties")
    engine.drop("fold__acts", "fold__targets", "fold__pending", "fold__returned")
    engine.sql("fold__decided", judge.DECIDED.format(**fill))
    engine.drop("fold__resolved", "fold__events")
