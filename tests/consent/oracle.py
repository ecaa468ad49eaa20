"""A second, slow reading of the consent rules: plain Python, one contact point at a time.

Written from the rules and not from the SQL: pairs of events are compared one by one, presets are read one
rule at a time. It answers whether a point is mailable and which reasons are right to give, for the small worlds
of the tests.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from audiencevault.consent.policy import Policy, Preset
from audiencevault.consent.reasons import REASONS

from .worlds import AS_OF, Event, World, date, wide

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
PERMISSIVE = {"granted", "confirmed", "reaffirmed"}
NO_OF_WILL = {"withdrawn", "objected", "refused", "complained"}
RANK = {"any": 1, "unknown": 1, "not_applicable": 1, "single": 2, "confirmed": 3}
GRADE = {"none": 0, "asserted": 1, "partial": 2, "full": 3}
KIND = {"email": "email", "sms": "phone", "whatsapp": "phone", "voice": "phone"}


@dataclass(frozen=True)
class Question:
    """What is asked of a world."""

    policy: Policy
    channel: str = "email"
    purpose: str = "marketing"
    controller: str = "shop"
    as_of: datetime = AS_OF
    known_at: datetime = AS_OF


def add_months(moment: datetime, months: int) -> datetime:
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def recorded(event: Event) -> datetime:
    if event.recorded:
        return date(event.recorded)
    if event.snapshot:
        return date(event.snapshot)
    return max(date(event.at) if event.at else AS_OF, date("2026-11-20"))


def dated(event: Event) -> bool:
    """A date of its own that can be true: not of a snapshot, not in the future of its own recording."""
    if event.at is None or event.type == "observed" or event.precision == "unknown":
        return False
    return date(event.at) <= recorded(event) + timedelta(days=1)


def bounds(event: Event) -> tuple[datetime, datetime]:
    at = date(event.at or "2000-01-01")
    if event.precision == "day":
        first = at.replace(hour=0, minute=0, second=0)
        return first, first + timedelta(days=1, microseconds=-1)
    if event.precision == "month":
        first = at.replace(day=1, hour=0, minute=0, second=0)
        return first, add_months(first, 1) - timedelta(microseconds=1)
    if event.precision == "year":
        first = at.replace(month=1, day=1, hour=0, minute=0, second=0)
        return first, add_months(first, 12) - timedelta(microseconds=1)
    return at, at


def earliest(event: Event) -> datetime:
    return bounds(event)[0] if dated(event) else BEGINNING


def is_no(event: Event) -> bool:
    return event.type in NO_OF_WILL | {"suppressed", "erased", "invalidated"} or event.state == "not_subscribed"


def is_yes(event: Event) -> bool:
    return event.type in PERMISSIVE or (event.type == "observed" and event.state == "subscribed")


def snapshot(event: Event) -> datetime:
    return date(event.snapshot) if event.snapshot else recorded(event)


def grade(event: Event) -> int:
    """What the event can show; without a date of its own it can only assert."""
    found = GRADE[event.effective_grade()]
    return min(found, 1) if not dated(event) else found


def level(event: Event) -> int:
    return 3 if event.type == "confirmed" else RANK[event.level]


class Reading:
    """One world under one question."""

    def __init__(self, world: World, question: Question) -> None:
        self.world, self.question = world, question
        voided = {}
        for event in world.events:
            if event.voids and event.type in ("voided", "invalidated") and recorded(event) <= question.known_at:
                proper = (
                    event.type == "voided" and event.actor in ("controller_user", "authority") and bool(event.detail)
                )
                voided[event.voids] = voided.get(event.voids, False) or proper
        self.events = [
            event
            for number, event in enumerate(world.events)
            if recorded(event) <= question.known_at
            and earliest(event) <= question.as_of
            and not (event.type == "invalidated" and event.voids)
            and not self._taken_out(event, event.id or f"e{number:03d}", voided)
        ]
        self._acts: list[Event] = []
        self._at_point: list[Event] = []
        self._point = ("", "")
        self._ties = False
        self.ids = {id(event): event.id or f"e{number:03d}" for number, event in enumerate(world.events)}

    @staticmethod
    def _taken_out(event: Event, key: str, voided: dict[str, bool]) -> bool:
        return key in voided and (voided[key] or not is_no(event))

    # -- who and where

    def person(self, record: str) -> str:
        return f"c-{self.world.people.get(record, record)}"

    def owner(self, event: Event) -> str | None:
        """The person of the event's record; empty if it names none; None if the record is nobody's."""
        if not event.record:
            return ""
        return self.person(event.record) if event.record in self.world.records else None

    def points(self) -> list[tuple[str, str, str]]:
        found = {
            (self.person(name), kind, point)
            for name, record in self.world.records.items() for kind, point in record.points
        }  # fmt: skip
        return sorted(found)

    def holders(self, event: Event) -> set[str]:
        """Whose "no" it is."""
        owner = self.owner(event)
        if owner:
            return {owner}
        key = (event.kind, wide(event.kind, event.point))
        return {who for who, kind, point in self.points() if (kind, wide(kind, point)) == key}

    def presets(self, who: str, kind: str, point: str) -> list[Preset]:
        own, more = set(), set()
        for name, record in self.world.records.items():
            if record.country:
                if (kind, point) in record.points:
                    own.add(record.country)
                if self.person(name) == who:
                    more.add(record.country)
        names = {name for country in own or {None} for name in self._law(country)}
        names |= {name for country in more for name in self._law(country)}
        return [self.question.policy.presets[name] for name in sorted(names)]

    def _law(self, country: str | None) -> tuple[str, ...]:
        return self.question.policy.applicable(country, self.question.channel)

    # -- what an event reaches

    def covers_no(self, event: Event) -> bool:
        asked, said = self.question.purpose, event.purpose
        return (
            said == "*"
            or asked == said
            or asked.startswith(f"{said}/")
            or not said.startswith(("marketing", "transac"))
        )

    def covers_yes(self, event: Event) -> bool:
        return self.question.purpose == event.purpose or self.question.purpose.startswith(f"{event.purpose}/")

    def latest(self, event: Event) -> datetime:
        """When a "no" happened at the latest; an undated one when an unbroken run of it was first seen."""
        if dated(event):
            return bounds(event)[1]
        same = [
            other
            for other in self.events
            if (other.source, other.account, other.controller, other.kind, wide(other.kind, other.point), other.channel,
                other.purpose) == (event.source, event.account, event.controller, event.kind,
                wide(event.kind, event.point), event.channel, event.purpose)
            and other.type not in ("relationship", "activity", "voided") and other.state != "never_subscribed"
        ]  # fmt: skip
        first = snapshot(event)
        for seen in sorted({snapshot(other) for other in same if snapshot(other) < first}, reverse=True):
            repeated = any(
                snapshot(other) == seen and not dated(other) and self._kind_of_no(other) == self._kind_of_no(event)
                for other in same
            )
            if not repeated:
                break
            first = seen
        return first

    @staticmethod
    def _kind_of_no(event: Event) -> str:
        if event.type == "suppressed":
            return "dead" if event.detail in ("hard_bounce", "bounce", "cleaned", "invalid") else "blocked"
        return event.type if is_no(event) else ""

    # -- the answer

    def _strictest(self, who: str, kind: str, point: str) -> tuple[bool, set[str]]:
        """The strictest preset's answer; where all permit, any of their reasons will do."""
        found, common = [], None
        for preset in self.presets(who, kind, point):
            code, permitting = self._reason(preset, who, kind, point)
            found.append(code if isinstance(code, set) else {code})
            common = permitting if common is None else common & permitting
        refusals = {code for codes in found for code in codes if not REASONS[code].permits}
        if refusals:
            return False, {min(refusals, key=lambda code: REASONS[code].order)}
        if not common:
            return False, {"NO_EVIDENCE"}
        return True, {code for codes in found for code in codes}

    def _mine(self, event: Event, who: str, kind: str, point: str) -> bool:
        """Whether a yes about the point speaks for the person: it names nobody, or a record of theirs that holds it."""
        if (event.kind, event.point) != (kind, point):
            return False
        if not event.record:
            return True
        return self.owner(event) == who and (kind, point) in self.world.records[event.record].points

    def _reason(self, preset: Preset, who: str, kind: str, point: str) -> tuple[str | set[str], set[str]]:
        """The reason, or several that permit, and the events of which each alone permits."""
        asked = self.question
        key = wide(kind, point)
        here = [event for event in self.events if event.kind == kind and wide(kind, event.point) == key]
        exact = [event for event in self.events if self._mine(event, who, kind, point)]
        theirs = [event for event in self.events if who in self.holders(event) and event not in here]
        own = [event for event in exact if event.controller == asked.controller]

        # Erased.
        gone = [at for found, buried, when in self.world.tombstones if (found, buried) == (kind, key)
                for at in [date(when)]]  # fmt: skip
        gone += [self.latest(event) for event in here + theirs if event.type == "erased"]
        back = [earliest(event) for event in self.events
                if event.type == "tombstone_lifted" and grade(event) == 3
                and (event.kind, event.point) == (kind, point)]  # fmt: skip
        if gone and (not back or max(back) <= max(gone)):
            return "NO_ERASED", set()

        # Suppressed.
        def lifted(event: Event) -> bool:
            details = {"hard_bounce": 4, "bounce": 4, "cleaned": 4, "invalid": 5, "manual": 6, "legal": 7}
            what = details.get(event.detail or "", 0)
            for other in self.events:
                if (
                    other.type == "suppression_lifted" and dated(other)
                    and (other.kind, other.point) == (event.kind, event.point)
                    and (other.controller == asked.controller) == (event.controller == asked.controller)
                    and earliest(other) > self.latest(event) and (event.kind, event.point) in self._known_points()
                ):  # fmt: skip
                    lifts = details.get(other.detail or "", 0)
                    if lifts == what or (lifts == 0 and what != 7):
                        return True
            return False

        suppressed = [event for event in here if event.type == "suppressed" and not lifted(event)]
        blocked = [
            event for event in suppressed
            if self._kind_of_no(event) == "blocked" and event.controller == asked.controller
            and event.channel in (asked.channel, "any")
        ]  # fmt: skip
        if blocked:
            last = max(blocked, key=lambda event: (self.latest(event), self.ids[id(event)]))
            return ("NO_SUPPRESSED_LEGAL" if last.detail == "legal" else "NO_SUPPRESSED_MANUAL"), set()
        dead = [event for event in suppressed if self._kind_of_no(event) == "dead"]
        if dead:
            last = max(dead, key=lambda event: (self.latest(event), self.ids[id(event)]))
            return ("NO_SUPPRESSED_INVALID" if last.detail == "invalid" else "NO_SUPPRESSED_BOUNCE"), set()

        noes = self._noes(preset, here, theirs)
        yeses = [event for event in own if is_yes(event) and event.channel == asked.channel and self.covers_yes(event)]
        doubts = self._doubts(here)
        kept = [
            event for event in yeses
            if all(self._reopens(preset, event, how, no) for how, no in noes)
            and not self._stopped(event, doubts)
        ]  # fmt: skip
        worths = {self._worth(preset, event) for event in kept}
        if doubts:
            worths.discard("asserted")
            kept = [event for event in kept if self._worth(preset, event) != "asserted"]
        if noes and not kept:
            return self._which_no(preset, noes, yeses), set()
        grounds = [] if noes else self._grounds(preset, own)
        permitted = {code for code, _ in grounds if REASONS[code].permits and not doubts}
        alone = {self.ids[id(event)] for event in kept if self._worth(preset, event) in ("holds", "asserted")}
        if not doubts:
            alone |= {self.ids[id(event)] for code, event in grounds if REASONS[code].permits}
        if worths & {"holds", "asserted"}:
            return "OK_CONSENT", alone
        if permitted:
            return permitted, alone
        if doubts:
            return "NO_AMBIGUOUS", set()
        asks = [event for event in own if event.type == "requested" and event.channel == asked.channel
                and self.covers_yes(event)]  # fmt: skip
        serious = [self.latest(no) for how, no in noes if how in ("complained", "objected", "withdrawn", "refused")]
        if asks and (not serious or max(earliest(event) for event in asks) > max(serious)):
            return "NO_PENDING", set()
        failed = {"stale": "NO_STALE", "ended": "NO_EXPIRED", "level": "NO_LEVEL", "evidence": "NO_EVIDENCE"}
        best = next((failed[word] for word in failed if word in worths), None)
        candidates = [code for code in [best, *(code for code, _ in grounds)] if code and not REASONS[code].permits]
        if candidates:
            return min(candidates, key=lambda code: REASONS[code].order), set()
        return self._elsewhere(who, exact), set()

    def _known_points(self) -> set[tuple[str, str]]:
        return {held for record in self.world.records.values() for held in record.points}

    def _noes(self, preset: Preset, here: list[Event], theirs: list[Event]) -> list[tuple[str, Event]]:
        """Every "no" that reaches the point, with the word for how it does."""
        asked, found = self.question, []
        for event in here + theirs:
            if event.controller != asked.controller:
                continue
            direct = event in here
            same = event.channel in (asked.channel, "any")
            if event.type == "complained" and same:
                found.append(("complained", event))
            if not self.covers_no(event):
                continue
            if event.type == "objected":
                found.append(("objected", event))
            elif event.type == "withdrawn":
                stop = event.channel == "sms" and asked.channel in ("voice", "whatsapp") and preset.revoke_all
                everything = event.channel == "any" or event.purpose == "*"
                if (direct and (same or stop)) or (not direct and same and everything):
                    found.append(("withdrawn", event))
                elif not direct and same and preset.spread_withdrawal:
                    found.append(("spread", event))
            elif event.type == "refused" and direct and same:
                found.append(("refused", event))
            elif event.type == "invalidated" and direct and same:
                found.append(("invalidated", event))
            elif event.state == "not_subscribed" and preset.ambiguous_no == "withdrawn" and same:
                if direct:
                    found.append(("ambiguous", event))
                elif preset.spread_withdrawal:
                    found.append(("ambiguous_spread", event))
        return found

    def _doubts(self, here: list[Event]) -> list[Event]:
        """Ambiguous "no"s that their own list still says."""
        found = []
        for event in here:
            if (event.state != "not_subscribed" or event.controller != self.question.controller
                    or event.channel not in (self.question.channel, "any") or not self.covers_no(event)):  # fmt: skip
                continue
            later = [
                other for other in here
                if is_yes(other) and (other.source, other.account, other.controller, other.channel)
                == (event.source, event.account, event.controller, event.channel)
                and snapshot(other) > snapshot(event) and self.covers_yes(other)
            ]  # fmt: skip
            if not later:
                found.append(event)
        return found

    def _stopped(self, event: Event, doubts: list[Event]) -> bool:
        """The shop that said yes, on this list or another of its own, says no by now."""
        family = (event.source or "").partition(".")[0]
        return any(
            ((doubt.source or "").partition(".")[0], doubt.account, doubt.channel)
            == (family, event.account, event.channel)
            and self.latest(doubt) >= earliest(event)
            for doubt in doubts
        )

    def _own_act(self, event: Event) -> bool:
        return event.actor == "data_subject" and dated(event) and grade(event) >= 2

    def _reopens(self, preset: Preset, yes: Event, how: str, no: Event) -> bool:
        if not self._own_act(yes) or earliest(yes) <= self.latest(no):
            return False
        if how == "complained":
            return level(yes) >= RANK[preset.reopen["complaint"]]
        if how == "objected":
            return level(yes) >= RANK[preset.reopen["objection"]]
        if how in ("withdrawn", "ambiguous"):
            strong = level(yes) >= RANK[preset.reopen["withdrawal"]] and grade(yes) == 3
            return level(yes) == 3 or strong
        if how in ("spread", "ambiguous_spread"):
            return self._worth(preset, yes) == "holds"
        if how == "refused":
            return level(yes) >= RANK[preset.reopen["refusal"]]
        return True

    def _which_no(self, preset: Preset, noes: list[tuple[str, Event]], yeses: list[Event]) -> str:
        codes = {
            "complained": "NO_SUPPRESSED_COMPLAINT", "objected": "NO_OBJECTED", "withdrawn": "NO_WITHDRAWN",
            "spread": "NO_WITHDRAWN", "refused": "NO_REFUSED", "ambiguous": "NO_AMBIGUOUS",
            "ambiguous_spread": "NO_AMBIGUOUS", "invalidated": "NO_EVIDENCE",
        }  # fmt: skip
        standing = [
            (how, no) for how, no in noes
            if not any(self._reopens(preset, yes, how, no) for yes in yeses)
        ]  # fmt: skip
        return min((codes[how] for how, _ in standing or noes), key=lambda code: REASONS[code].order)

    def _last_sign(self) -> datetime | None:
        """The last sign of life of the address, whoever gave it."""
        signs = [
            earliest(event) for event in self._at_point
            if event.controller == self.question.controller and event.channel == self.question.channel
            and self.covers_yes(event) and grade(event) >= 2
            and (is_yes(event) or (event.type == "basis_recorded" and event.basis == "soft_opt_in"))
        ]  # fmt: skip
        signs += [
            earliest(event) for event in self.events
            if event.type == "activity" and event.controller == self.question.controller
            and event.detail in ("purchase", "inquiry", "click")
            and (event in self._at_point or (event.record in self.world.records
                 and self._point in self.world.records[event.record].points))
        ]  # fmt: skip
        return max(signs) if signs else None

    def _stale(self, preset: Preset) -> bool | None:
        if preset.stale_deny is None:
            return False
        sign = self._last_sign()
        return None if sign is None else add_months(sign, preset.stale_deny) <= self.question.as_of

    def _worth(self, preset: Preset, event: Event) -> str:
        rule = preset.consent_for(self.question.channel)
        if grade(event) == 0 or not all(event.conditions.get(name) for name in rule.conditions):
            return "evidence"
        if event.valid_until and date(event.valid_until) <= self.question.as_of:
            return "ended"
        stale = self._stale(preset)
        if grade(event) == 1:
            if rule.asserted == "no" or (rule.asserted == "attested" and not self._vouched(event)):
                return "evidence"
            return "asserted" if stale is False else "stale"
        if grade(event) < GRADE[rule.min_evidence]:
            return "evidence"
        if level(event) < RANK[rule.min_level]:
            return "level"
        return "stale" if stale else "holds"

    def _vouched(self, event: Event) -> bool:
        return any(
            one.get("source", "demo.list") in (event.source, event.source.split(".")[0])
            and one.get("channel", "email") in (event.channel, "any")
            and (one.get("purpose", "marketing") in (event.purpose, "*") or event.purpose.startswith("marketing/"))
            and recorded(event) <= one.get("attested_at", AS_OF) <= self.question.known_at
            for one in self.world.attested
        )

    def _grounds(self, preset: Preset, own: list[Event]) -> list[tuple[str, Event]]:
        """What each other ground comes to, with the event that it rests on."""
        found: list[tuple[str, Event]] = []
        for ground in preset.bases:
            if self.question.channel not in ground.channels:
                continue
            if ground.evidence == "activity":
                acts = [event for event in self._acts if event.detail == ground.activity]
                if acts:
                    last = max(acts, key=lambda event: (earliest(event), self.ids[id(event)]))
                    over = (
                        ground.months is not None and add_months(earliest(last), ground.months) <= self.question.as_of
                    )
                    found.append(("NO_EXPIRED" if over else ground.outcome, last))
                continue
            for event in own:
                if (event.type not in ("basis_recorded", "activity") or event.basis != ground.name or grade(event) == 0
                        or event.channel != self.question.channel or not self.covers_yes(event)):  # fmt: skip
                    continue
                if grade(event) < 2:
                    found.append(("NO_EVIDENCE", event))
                elif not all(event.conditions.get(name) for name in ground.conditions):
                    found.append(("NO_CONDITIONS", event))
                elif event.valid_until and date(event.valid_until) <= self.question.as_of:
                    found.append(("NO_EXPIRED", event))
                else:
                    found.append(("NO_STALE" if self._stale(preset) else ground.outcome, event))
        return found

    def _elsewhere(self, who: str, exact: list[Event]) -> str:
        asked = self.question
        said = [event for event in exact if is_yes(event) and grade(event) > 0 and event.channel == asked.channel]
        if any(event.controller == asked.controller and not self.covers_yes(event) for event in said):
            return "NO_PURPOSE"
        if any(event.controller != asked.controller for event in said):
            return "NO_CONTROLLER"
        if any(
            is_yes(event) and grade(event) > 0 and event.controller == asked.controller
            and event.channel != asked.channel
            and self._mine(event, who, event.kind, event.point)
            and event.record
            for event in self.events
        ):  # fmt: skip
            return "NO_CHANNEL"
        if any(event.type == "relationship" for event in exact) or self._acts or self._ties:
            return "NO_RELATION_ONLY"
        return "NO_UNKNOWN"

    def at(self, who: str, kind: str, point: str) -> tuple[bool, set[str]]:
        """The answer for one point, with the activity and ties of its records at hand."""
        self._point = (kind, point)
        self._at_point = [event for event in self.events if (event.kind, event.point) == (kind, point)]
        self._acts = [
            event for event in self.events
            if event.type == "activity" and event.controller == self.question.controller
            and ((not event.record and (event.kind, event.point) == (kind, point))
                 or (self.owner(event) == who and (kind, point) in self.world.records[event.record or ""].points))
        ]  # fmt: skip
        known = ("customer", "follower", "friend", "connection", "chat_partner", "member", "recipient")
        self._ties = any(
            record.relationship in known and (kind, point) in record.points and self.person(name) == who
            for name, record in self.world.records.items()
        )
        return self._strictest(who, kind, point)


def read(world: World, question: Question) -> dict[tuple[str, str], tuple[bool, set[str]]]:
    """The answer for every person and point of the channel."""
    reading = Reading(world, question)
    kind = KIND[question.channel]
    return {(who, point): reading.at(who, found, point) for who, found, point in reading.points() if found == kind}
