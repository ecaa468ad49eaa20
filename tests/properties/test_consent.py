"""What must hold of consent in every world: P1 to P9 of the rules, and agreement with a second reading of them.

Each property is a function from a batch of random worlds to the worlds that break it, so that the planted
faults at the end can show that each of them is able to fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault.consent import fold as consent_fold
from audiencevault.consent import near as near_to
from audiencevault.consent import statements, verdicts
from audiencevault.consent.near import near
from audiencevault.consent.policy import policy
from audiencevault.engine.duckdb import DuckDBEngine
from tests.consent.oracle import Question, read
from tests.consent.random_worlds import INERT, RESTRICTIVE, Made, make
from tests.consent.worlds import AS_OF, World, answers, date, together
from tests.properties.faults import swap

WORLDS = 120
ROUNDS = max(2, settings.default.max_examples // 30)  # type: ignore[union-attr]
FIRST = st.integers(0, 10**9)
CHANNELS = st.sampled_from(("email", "email", "sms", "whatsapp"))
ENGINES: list[DuckDBEngine] = []
Answers = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module", autouse=True)
def _one_engine_for_all() -> Iterator[None]:
    with DuckDBEngine(threads=1) as engine:
        ENGINES.append(engine)
        yield
        ENGINES.clear()


def batch(first: int) -> list[Made]:
    return [make(seed) for seed in range(first, first + WORLDS)]


def fold(worlds: list[World], **asked: Any) -> Answers:
    return {(row["contact_id"], row["point"]): row for row in answers(ENGINES[0], together(worlds), **asked)}


def open_points(found: Answers) -> set[str]:
    """The points that somebody may be reached at."""
    return {point for (_, point), row in found.items() if row["mailable"]}


def plain(found: Answers) -> dict[tuple[str, str], tuple[Any, ...]]:
    keep = ("mailable", "reason", "state", "decisive_event_id", "expires_at", "preset", "warnings")
    return {key: tuple(str(row[name]) for name in keep) for key, row in found.items()}


def differing(left: Answers, right: Answers) -> list[str]:
    one, two = plain(left), plain(right)
    return sorted(point for who, point in one.keys() | two.keys() if one.get((who, point)) != two.get((who, point)))


# -- the properties: which points break them


def p1_idempotence(made: list[Made], channel: str) -> list[str]:
    """Everything is imported twice."""
    twice = [
        one.world.with_events(*(replace(event, recorded="2026-11-21T10:00") for event in one.world.events))
        for one in made
    ]
    return differing(fold([one.world for one in made], channel=channel), fold(twice, channel=channel))


def p2_order(made: list[Made], channel: str) -> list[str]:
    """The same snapshots are imported in another order, on other days."""
    shuffled = []
    for one in made:
        random = Random(one.seed)
        events = [replace(event, recorded=f"2026-11-2{random.choice('01')}T08:00") for event in one.world.events]
        random.shuffle(events)
        shuffled.append(replace(one.world, events=tuple(events)))
    return differing(fold([one.world for one in made], channel=channel), fold(shuffled, channel=channel))


def p3_restriction(made: list[Made], channel: str) -> list[str]:
    """One more no. (Of a list of its own: an undated no of a known list may show that a later one is only repeated.)"""
    more = []
    for one in made:
        extra = one.extra(Random(one.seed + 1), RESTRICTIVE)
        more.append(one.world.with_events(replace(extra, id=f"x{one.seed}", source=f"late{one.seed}.list")))
    before, after = fold([one.world for one in made], channel=channel), fold(more, channel=channel)
    return sorted(open_points(after) - open_points(before))


def p4_merge(made: list[Made], channel: str) -> list[str]:
    """People who had two records become one."""
    before = fold([one.world for one in made], channel=channel)
    after = fold([one.world.merged(*_some(one)) for one in made], channel=channel)
    return sorted(open_points(after) - open_points(before))


def p5_unmerge(made: list[Made], channel: str) -> list[str]:
    """They are merged, somebody looks, and they are taken apart again."""
    before = fold([one.world for one in made], channel=channel)
    fold([one.world.merged(*_some(one)) for one in made], channel=channel)
    return differing(before, fold([one.world for one in made], channel=channel))


def p6_unknown(made: list[Made], channel: str) -> list[str]:
    """One more event that shows nothing, or that only says so where nobody may vouch and nobody did."""
    more = []
    for one in made:
        random = Random(one.seed + 2)
        vouched = one.world.attested or any(record.country == "US" for record in one.world.records.values())
        kinds = INERT if vouched else {**INERT, "observed_yes": 2.0}
        extra = one.extra(random, kinds)
        more.append(one.world.with_events(replace(extra, id=f"x{one.seed}", source=f"late{one.seed}.list")))
    before, after = fold([one.world for one in made], channel=channel), fold(more, channel=channel)
    return sorted(open_points(after) - open_points(before))


def p7_tombstone(made: list[Made], channel: str) -> list[str]:
    """An old backup is restored, and the erasures since are replayed: nothing of them comes back."""
    buried, points = [], set()
    for one in made:
        kind, point, _ = one.points[0]
        if any(event.type == "tombstone_lifted" for event in one.world.events):
            continue
        key = point.replace(f"q.{one.seed}", f"q{one.seed}")
        buried.append(replace(one.world, tombstones=((kind, key, "2026-11-01"),)))
        points |= {point, key}
    return sorted(open_points(fold(buried, channel=channel)) & points)


def p8_time(made: list[Made], channel: str) -> list[str]:
    """Nothing happens for some years."""
    worlds = [one.world for one in made]
    days = Random(made[0].seed).randint(1, 1500)
    now = fold(worlds, channel=channel, known_at=AS_OF)
    later = fold(worlds, channel=channel, known_at=AS_OF, as_of=AS_OF + timedelta(days=days))
    return sorted(open_points(later) - open_points(now))


def p9_explained(made: list[Made], channel: str) -> list[str]:
    """Every answer names an event that was visible, or says that there is none."""
    worlds = [one.world for one in made]
    events = {event.id: event for world in worlds for event in world.events}
    without = {"NO_UNKNOWN", "NO_RELATION_ONLY", "NO_ERASED"}
    broken = []
    for (_, point), row in fold(worlds, channel=channel).items():
        event = events.get(row["decisive_event_id"])
        if event is None and (row["decisive_event_id"] is not None or row["reason"] not in without):
            broken.append(point)
        if event is not None and event.at and event.type == "granted" and date(event.at) > AS_OF:
            broken.append(point)
    return sorted(broken)


def second_reading(made: list[Made], channel: str, rules: str = "auto", purpose: str = "marketing") -> list[str]:
    """The plain reading of the rules gives another answer."""
    worlds = [one.world for one in made]
    found = fold(worlds, channel=channel, rules=rules, purpose=purpose)
    question = Question(policy(rules), channel=channel, purpose=purpose)
    expected = {key: value for world in worlds for key, value in read(world, question).items()}
    assert found.keys() == expected.keys()
    return sorted(
        f"{point}: {row['reason']} instead of {sorted(reasons)}"
        for key, row in found.items()
        for point, (mailable, reasons) in [(key[1], expected[key])]
        if row["mailable"] is not mailable or row["reason"] not in reasons
    )


def _some(one: Made) -> list[str]:
    names = sorted(one.world.records)
    return names if Random(one.seed).random() < 0.5 else names[:2]


PROPERTIES: dict[str, Callable[[list[Made], str], list[str]]] = {
    "P1": p1_idempotence, "P2": p2_order, "P3": p3_restriction, "P4": p4_merge, "P5": p5_unmerge, "P6": p6_unknown,
    "P7": p7_tombstone, "P8": p8_time, "P9": p9_explained,
}  # fmt: skip


@pytest.mark.parametrize("name", PROPERTIES)
@settings(max_examples=ROUNDS)
@given(first=FIRST, channel=CHANNELS)
def test_holds_in_every_world(name: str, first: int, channel: str) -> None:
    assert PROPERTIES[name](batch(first), channel) == []


@settings(max_examples=ROUNDS + 1)
@given(
    first=FIRST,
    channel=CHANNELS,
    rules=st.sampled_from(("auto", "auto", "strict", "eu_gdpr", "us_canspam")),
    purpose=st.sampled_from(("marketing", "marketing", "marketing/newsletter")),
)
def test_agrees_with_a_second_reading_of_the_rules(first: int, channel: str, rules: str, purpose: str) -> None:
    assert second_reading(batch(first), channel, rules, purpose) == []


@settings(max_examples=ROUNDS)
@given(first=FIRST, channel=CHANNELS)
def test_asking_about_some_people_gives_their_answers(first: int, channel: str) -> None:
    whole = fold([one.world for one in batch(first)], channel=channel)
    some = sorted({who for who, _ in whole})[::7]
    engine = ENGINES[0]
    near(engine, "SELECT DISTINCT contact_id FROM members WHERE contact_id IN (" + ", ".join(map(repr, some)) + ")")
    consent_fold.fold(
        engine, policy=policy(), as_of=AS_OF, channels=(channel,), controller_id="shop", among=near_to.PREFIX
    )
    table = engine.collect("SELECT f.* FROM fold f JOIN near__people p ON p.contact_id = f.contact_id")
    found = {(row["contact_id"], row["point"]): row for row in table.to_pylist()}
    near_to.forget(engine)
    assert differing(found, {key: row for key, row in whole.items() if key[0] in some}) == []


def test_the_worlds_are_not_trivial() -> None:
    found = fold([make(seed).world for seed in range(600)])
    reasons = {row["reason"] for row in found.values()}
    assert len(open_points(found)) > len(found) // 6
    assert len(reasons) > 20


# -- planted faults: each property is able to fail


def _recorded_order(patch: pytest.MonkeyPatch) -> None:
    """Last import wins: events stand where they were recorded."""
    swap(statements, "HEARD", "ELSE {earliest} END AS t", "ELSE CAST(e.recorded_at AS TIMESTAMP) END AS t")(patch)


def _one_question_late(patch: pytest.MonkeyPatch) -> None:
    """What was gathered for the question before answers this one."""
    make_relation, kept = consent_fold._Work.sql, []

    def sql(work: Any, name: str, query: str) -> int:
        rows = make_relation(work, name, query)
        if name == "fold__refusals":
            kept.append(work.collect("SELECT * FROM fold__refusals"))
            if len(kept) > 1:
                work.drop(name)
                work.read(name, kept[-2])
        return rows

    patch.setattr(consent_fold._Work, "sql", sql)


FAULTS: dict[str, tuple[str, Callable[[pytest.MonkeyPatch], None]]] = {
    "a second no switches the first one off": ("P1", swap(
        statements, "REFUSALS", "GROUP BY tid, channel_id", "GROUP BY tid, channel_id HAVING count(*) % 2 = 1")),
    "the last import wins": ("P2", _recorded_order),
    "a no lifts an earlier no": ("P3", swap(
        verdicts, "KEPT", "y.n > b.w_n", "(y.n > b.w_n OR b.f_n IS NOT NULL OR b.o_n IS NOT NULL)")),
    "a yes spreads over a merge": ("P4", swap(
        statements, "YES", "JOIN fold__targets t ON t.pid = e.pid AND (e.cid = t.cid OR e.cid = 0)",
        "JOIN fold__targets t ON (t.pid = e.pid OR e.cid = t.cid) AND (e.cid = t.cid OR e.cid = 0)")),
    "a purchase counts for the whole person": ("P4", swap(
        statements, "ACTS", "JOIN fold__targets t ON t.pid = h.pid AND t.cid = h.cid",
        "JOIN fold__targets t ON t.cid = h.cid")),
    "an earlier question's noes are used again": ("P5", _one_question_late),
    "a box that was ticked beforehand counts": ("P6", swap(
        statements, "GRADE", "WHEN e.evidence_grade = 'none' THEN 0", "WHEN e.evidence_grade = 'none' THEN 3")),
    "tombstones are forgotten": ("P7", swap(verdicts, "ANSWERS", "coalesce(b.z_n, 0)", "0")),
    "what is old becomes good": ("P8", swap(verdicts, "WORTH", "y.valid_until <= {as_of}", "y.valid_until > {as_of}")),
    "an answer without its event": ("P9", swap(verdicts, "DECIDED", "LEFT JOIN fold__events e ON e.n = s.n",
        "LEFT JOIN fold__events e ON e.n = s.n AND e.cls = {W}")),
    "a yes is matched wide": ("reading", swap(
        statements, "YES", "JOIN fold__targets t ON t.pid = e.pid AND",
        "JOIN fold__points w ON w.kid = e.kid JOIN fold__targets t ON t.pid = w.pid AND")),
    "undated noes are dropped": ("reading", swap(
        statements, "NOES", "WHERE l.n IS NULL AND (", "WHERE l.n IS NULL AND e.dated AND (")),
    "a repeated no counts again each time": ("reading", swap(
        statements, "REPEATED", "HAVING min(snap) < max(snap)", "HAVING 1 = 0")),
    "an asserted yes reopens": ("reading", swap(
        verdicts, "WORTH", "y.mine AND y.grade >= 2 AS own_act", "y.mine AS own_act")),
    "the loosest preset wins": ("reading", swap(verdicts, "STRICTEST", "THEN 50 * {shift} ELSE", "THEN 0 ELSE")),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, plant = FAULTS[fault]
    plant(monkeypatch)
    check = PROPERTIES.get(name, second_reading)
    broken: list[str] = []
    for first in range(0, 40 * WORLDS, WORLDS):
        broken = check(batch(first), "email")
        if broken:
            break
    assert broken, f"nothing noticed that {fault}"


def test_the_faults_cover_every_property() -> None:
    assert {name for name, _ in FAULTS.values()} >= PROPERTIES.keys()
