"""What is counted without rows is what the door says; what vouching would change is what it changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault import audience as door
from audiencevault import reach
from audiencevault.consent import vouching
from audiencevault.consent.fold import ANSWER, fold
from audiencevault.consent.policy import policy
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.reach import counting
from audiencevault.records import CONTACTS
from tests.consent.random_worlds import make
from tests.consent.worlds import AS_OF, World, together
from tests.properties.faults import swap

WORLDS = 120
ROUNDS = max(2, settings.default.max_examples // 30)  # type: ignore[union-attr]
FIRST = st.integers(0, 10**9)
CHANNELS = ("email", "sms", "whatsapp")
QUESTION: dict[str, Any] = {"controller_id": "shop", "as_of": AS_OF}
ENGINES: list[DuckDBEngine] = []


@pytest.fixture(scope="module", autouse=True)
def _one_engine_for_all() -> Iterator[None]:
    with DuckDBEngine(threads=1) as engine:
        ENGINES.append(engine)
        yield
        ENGINES.clear()


def worlds(first: int) -> tuple[DuckDBEngine, World, int]:
    """A batch of random worlds, of which some people are merged and every fifth record is gone."""
    engine = ENGINES[0]
    made = [make(seed) for seed in range(first, first + WORLDS)]
    world = together(one.world.merged(*one.world.records) if one.seed % 2 else one.world for one in made)
    world.read_into(engine)
    people = sorted({f"c-{world.people.get(name, name)}" for name in world.records} | {"c-nobody"})
    rows = [{"contact_id": name, "display_name": "somebody", "sources": ["demo.list"]} for name in people]
    engine.read("contacts", pa.Table.from_pylist(rows, CONTACTS))
    engine.read("gone_records", pa.table({"record_id": sorted(world.records)[::5]}))
    return engine, world, len(people)


def selected(engine: DuckDBEngine, channel: str, rules: str) -> door.Audience:
    return door.select(engine, channels=(channel,), policy=rules, gone="gone_records", **QUESTION)


def miscounted(first: int, rules: str) -> list[str]:
    """On which channels counting differs from what `select` says, row by row."""
    engine, _, people = worlds(first)
    alone = {channel: selected(engine, channel, rules) for channel in CHANNELS}
    asked = door.ask(engine, channels=CHANNELS, policy=rules, **QUESTION)
    found = reach.count(engine, asked, CHANNELS, people=people, gone="gone_records")
    wrong = []
    everybody: set[str] = set()
    for channel, audience in alone.items():
        held = audience.held_back
        ids = audience.rows.column("contact_id").to_pylist()
        everybody |= set(ids)
        expected = (
            Counter(audience.rows.column("reason").to_pylist()), Counter(held.column("reason").to_pylist()),
            len(ids) + pc.sum(pc.is_valid(held.column("point"))).as_py(), sorted(ids),
        )  # fmt: skip
        counted = (
            dict(found.basis[channel]), dict(found.held_back[channel]), found.with_point[channel],
            sorted(found.reached[channel].to_pylist()),
        )  # fmt: skip
        wrong += [channel] if counted != expected else []
    if found.reachable_any != len(everybody) or sum(found.first.values()) != people - len(everybody):
        wrong.append("people")
    if dict(found.first) != first_reasons(list(alone.values()), everybody):
        wrong.append("first")
    noes = door.suppressions(engine, CHANNELS, "gone_records")
    if not noes.equals(pa.concat_tables([alone[name].suppressed for name in CHANNELS]).combine_chunks()):
        wrong.append("suppressed")
    return wrong


def first_reasons(asked: list[door.Audience], reached: set[str]) -> Counter[str]:
    """Everybody who is not reached, under the reason of the first channel on which a point of theirs is known."""
    told: dict[str, str] = {}
    for audience in asked:
        for row in audience.held_back.to_pylist():
            if row["contact_id"] not in reached and told.get(row["contact_id"], "NO_ENDPOINT") == "NO_ENDPOINT":
                told[row["contact_id"]] = row["reason"]
    return Counter(told.values())


def misjudged(first: int, rules: str) -> list[str]:
    """The points of which vouching for everything would change something else than is said."""
    engine, world, _ = worlds(first)
    question: dict[str, Any] = {**QUESTION, "channels": CHANNELS, "policy": policy(rules)}
    sources = [event.source for event in world.events if event.effective_grade() == "asserted"]
    now, then = (_open(engine, vouch_for=who, **question) for who in ((), sources))
    fold(engine, into="told", what_if=True, **question)
    gained = engine.collect(
        "SELECT p.contact_id, f.point, c.channel FROM told__gained g JOIN told__people p ON p.cid = g.cid "
        "JOIN told__points f ON f.pid = g.pid JOIN told__channels c ON c.channel_id = g.channel_id"
    )
    said = {tuple(row.values()) for row in gained.to_pylist()}
    return sorted(str(point) for point in (now | said) ^ then)


def _open(engine: DuckDBEngine, **question: Any) -> set[tuple[str, ...]]:
    fold(engine, **question)
    rows = engine.collect("SELECT contact_id, point, channel FROM fold WHERE mailable").to_pylist()
    return {tuple(row.values()) for row in rows}


@settings(max_examples=ROUNDS)
@given(first=FIRST, rules=st.sampled_from(("auto", "strict", "eu_gdpr", "auto,DE=eu_gdpr")))
def test_counting_says_what_the_door_says(first: int, rules: str) -> None:
    assert miscounted(first, rules) == []


@settings(max_examples=ROUNDS)
@given(first=FIRST, rules=st.sampled_from(("auto", "eu_gdpr", "auto,DE=eu_gdpr")))
def test_vouching_would_change_what_is_said(first: int, rules: str) -> None:
    assert misjudged(first, rules) == []


@settings(max_examples=ROUNDS)
@given(first=FIRST)
def test_a_view_answers_as_a_table_does(first: int) -> None:
    engine, _, _ = worlds(first)
    question: dict[str, Any] = {**QUESTION, "channels": CHANNELS, "policy": policy()}
    order = "ORDER BY contact_id, channel, point"
    count = fold(engine, into="told", **question)
    told = engine.collect(f"SELECT * FROM told {order}")
    fold(engine, **question)
    assert engine.collect(f"SELECT * FROM fold {order}").equals(told)
    assert count == told.num_rows


FAULTS: dict[str, tuple[Callable[[int, str], list[str]], Callable[[pytest.MonkeyPatch], None]]] = {
    "gone addresses count": (miscounted, swap(counting, "_PEOPLE", "AND g.pid IS NULL", "")),
    "any ground counts": (miscounted, swap(counting, "_TORN", "t.low < t.high", "1 = 0")),
    "the least telling reason counts": (miscounted, swap(
        counting, "_PEOPLE", "min(CASE WHEN NOT r", "max(CASE WHEN NOT r")),
    "a word reopens what was closed": (misjudged, swap(vouching, "_GAINED", "answer >= 50", "answer >= 5")),
    "nobody vouches": (misjudged, swap(vouching, "_YES", "y.vouched OR y.hoped", "y.vouched")),
    "rules that nobody may vouch under are asked alone": (misjudged, swap(
        vouching, "_SCOPES", "h.channel_id = s.channel_id", "h.channel_id = s.channel_id AND s.preset_id % 2 = 0")),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check, plant = FAULTS[fault]
    plant(monkeypatch)
    broken: list[str] = []
    for first in range(0, 20 * WORLDS, WORLDS):
        broken = check(first, "auto")
        if broken:
            break
    assert broken, f"nothing noticed that {fault}"


def test_what_an_answer_stands_on_is_forgotten_with_it() -> None:
    engine, _, _ = worlds(1)
    door.ask(engine, channels=CHANNELS, what_if=True, **QUESTION)
    names = "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'audience%'"
    assert engine.collect(names).num_rows == len(ANSWER) + 4
    door.select(engine, channels=("email",), **QUESTION)
    assert engine.collect(names).num_rows == 0
