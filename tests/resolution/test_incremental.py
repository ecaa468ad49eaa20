"""A run that goes on from the one before says what a run over all records says."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault import resolution
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.pipeline import people_features, people_tables
from audiencevault.pipeline.people_columns import plain
from audiencevault.resolution import Model, Resolution, incremental, traces
from benchmarks.identity.records import generate
from tests.resolution.people import AT, decisions, record, table

FIRSTS = ("ida", "Ida", "nils", "zoe", "maria", "marian", "mariana", "tom", "tomas", "i", "")
LASTS = ("falk", "falks", "holm", "roth", "garcia", "garcía", "")
DOMAINS = ("example.com", "example.org")
FEW = settings(max_examples=max(5, settings.default.max_examples // 12))
"""Every example is a dozen runs of some fifty statements."""


class World:
    """Records that come, change and go, decisions about them, and the two ways to find out who is who."""

    def __init__(self, directory: Path, features: pa.Table, model: Model | None = None) -> None:
        self.directory, self.features, self.said = directory, features, list[tuple[str, str, str]]()
        self.steps = 0
        self.model = model or Model()
        self.result = self.whole(None, trace=True)
        self.log = self.result.identity_log

    @property
    def decisions(self) -> pa.Table:
        return decisions(*self.said)

    def _next(self) -> Path:
        self.steps += 1
        path = self.directory / str(self.steps)
        path.mkdir()
        return path

    def whole(self, before: Resolution | None, *, trace: bool = False) -> Resolution:
        watch = incremental.watcher(self._next(), self.decisions) if trace else None
        with DuckDBEngine(threads=2) as engine:
            return resolution.run(
                engine, self.features, decisions=self.decisions, model=self.model, at=AT, import_id="i", watch=watch,
                previous=None if before is None else before.members, log=None if before is None else self.log,
            )  # fmt: skip

    def resume(self, changed: list[str], *, most_open: float = 1.0, most_slots: float = 1e9) -> Resolution | None:
        trace = traces.load(self.directory / str(self.steps))
        assert trace is not None
        with DuckDBEngine(threads=2) as engine:
            engine.read("features", self.features)
            before, now = (set(table["record_id"].to_pylist()) for table in (self.result.members, self.features))
            changed = sorted({*changed, *(now - before)})
            engine.read("changed", pa.table({"record_id": pa.array(changed, pa.string())}))
            return incremental.resume(
                engine, trace, "features", changed="changed", gone=pa.array(sorted(before - now), pa.string()),
                decisions=self.decisions, members=self.result.members, links=lambda: self.result.links, log=self.log,
                model=self.model, at=AT, import_id="i", into=self._next(), most_open=most_open, most_slots=most_slots,
            )  # fmt: skip

    def step(self, features: pa.Table, changed: list[str]) -> int:
        """Both ways to `features`, which must agree; how many records were open."""
        self.features = features
        expected = self.whole(self.result)
        found = self.resume(changed)
        assert found is not None
        for name in ("members", "links", "identity_log"):
            one, other = getattr(found, name), getattr(expected, name)
            assert one.schema.equals(other.schema)
            assert one.equals(other), f"{name}: {_difference(one, other)}"
        assert found.stats["contacts"] == expected.stats["contacts"]
        self.result = found
        self.log = pa.concat_tables([self.log, found.identity_log])
        return found.stats["open"]


def _difference(one: pa.Table, other: pa.Table) -> list[Any]:
    rows = [{str(row) for row in side.to_pylist()} for side in (one, other)]
    return sorted(rows[0] ^ rows[1])[:6]


def person(number: int, chance: random.Random) -> dict[str, Any]:
    """A record that is likely to share something with another."""
    first, last = chance.choice(FIRSTS), chance.choice(LASTS)
    values: dict[str, Any] = {"shared": "info@example.com", "source": "table.generic"}
    local = chance.choice([f"{first}.{last}", f"{first}{last}", f"{first}{last}{chance.randrange(3)}", "qwertz.uiop"])
    if chance.random() < 0.4:
        values["email"] = chance.choice([f"{local}@{chance.choice(DOMAINS)}".lower(), "info@example.com"])
    if chance.random() < 0.3:
        values["phone"] = chance.choice(["+12025550101", "+492025550101", "+442079460912"])
    if chance.random() < 0.3:
        values["handle"] = f"{first}{last}{chance.choice(['', '1', '22'])}".lower() or None
        values["account"] = f"instagram:{values['handle']}" if values["handle"] else []
        values["source"] = "instagram.followers"
    for key, choices in (
        ("birthday", ("1990-05-17", "1961-11-02")), ("street", ("elm 4", "elm 5")), ("postcode", ("97201", "10115")),
        ("city", ("bern", "ulm")), ("company", ("acme",)), ("nick", ("ida", "maria")),
    ):  # fmt: skip
        if chance.random() < 0.35:
            values[key] = chance.choice(choices)
    row = record(f"r{number:03d}", f"{first} {last}".strip(), **values)
    # As comparison forms have no diacritics: what mailboxes spell may differ from them.
    for key in ("last_key", "name_key"):
        row[key] = row[key].replace("í", "i") if row[key] else None
    return row


@FEW
@given(st.randoms(use_true_random=False), st.integers(1, 28))
def test_any_way_through_a_small_world(chance: random.Random, start: int) -> None:
    with TemporaryDirectory() as directory:
        rows = {number: person(number, chance) for number in chance.sample(range(60), start)}
        world = World(Path(directory), table(rows.values()))
        for _ in range(3):
            changed = set()
            for number in chance.sample(range(60), chance.randrange(1, 5)):
                if number in rows and chance.random() < 0.4:
                    del rows[number]
                else:
                    rows[number] = person(number, chance)
                    changed.add(f"r{number:03d}")
            if chance.random() < 0.5:
                a, b = sorted(chance.sample(range(60), 2))
                world.said.append((f"r{a:03d}", f"r{b:03d}", chance.choice(["same", "different"])))
            mixed = list(rows.values())
            chance.shuffle(mixed)
            world.step(table(mixed), sorted(changed))


def audience(records: int) -> pa.Table:
    """MATCH_FEATURES of a synthetic audience."""
    made = plain(generate(records, seed=5).records)
    taken = people_tables.assign(made, {}, guess=False)
    ids = people_features.record_ids(made.column("record_id"), "record_id")
    return people_features.features(made, ids, taken.roles, region=None)


def test_a_large_audience_in_steps(tmp_path: Path) -> None:
    every = audience(20_000)
    chance = random.Random(5)
    rows: dict[int, int] = {number: number for number in range(every.num_rows)}
    waiting = chance.sample(range(every.num_rows), 600)
    for number in waiting:
        del rows[number]

    def now() -> pa.Table:
        numbers = sorted(rows)
        taken = every.take(pa.array([rows[number] for number in numbers]))
        return taken.set_column(0, "record_id", every["record_id"].take(pa.array(numbers)))

    world = World(tmp_path, now())
    for turn in range(4):
        changed = []
        for number in waiting[turn * 100 : turn * 100 + 100]:
            rows[number] = number
            changed.append(number)
        for number in chance.sample(sorted(rows), 20):
            # Somebody is observed anew, and says what another one says.
            rows[number] = chance.randrange(every.num_rows)
            changed.append(number)
        for number in chance.sample(sorted(rows), 20):
            del rows[number]
        if turn:
            world.said += _doubts(world.result, chance)
        opened = world.step(now(), [every["record_id"][number].as_py() for number in changed])
        assert opened < every.num_rows / 4, "nearly everybody was looked at again"


def test_one_record_more_concerns_few(tmp_path: Path) -> None:
    """What is looked at for one new record does not grow with the table: a bound on work, not on time."""
    every = audience(20_000)
    chance = random.Random(7)
    waiting = sorted(chance.sample(range(every.num_rows), 8))
    rows = [number for number in range(every.num_rows) if number not in waiting]
    world = World(tmp_path, every.take(pa.array(rows)))
    opened, read = [], []
    for number in waiting:
        rows = sorted([*rows, number])
        world.features = every.take(pa.array(rows))
        found = world.resume([])
        assert found is not None
        opened.append(found.stats["open"])
        read.append(found.stats["part"])
        world.result, world.log = found, pa.concat_tables([world.log, found.identity_log])
    assert sorted(opened)[4] < 20, f"open: {opened}"
    assert sorted(read)[4] < 40, f"read: {read}"
    # A count that crosses a step concerns all who have the value: a town's people at most.
    assert max(opened) < 500, f"open: {opened}"
    assert world.result.members.equals(world.whole(world.result).members)


def test_what_many_runs_added_lies_in_few_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "SMALL", 3)
    chance = random.Random(11)
    rows = {number: person(number, chance) for number in range(12)}
    world = World(tmp_path, table(rows.values()))
    for number in range(12, 24):
        rows[number] = person(number, chance)
        rows[number - 10] = person(number - 10, chance)
        world.step(table(rows.values()), [f"r{number - 10:03d}"])
    trace = traces.load(tmp_path / str(world.steps))
    assert trace is not None
    assert trace.slots == 36
    assert 2 < len(trace.paths("rows")) < 10
    assert trace.part("rows").num_rows == 36


def _doubts(result: Resolution, chance: random.Random) -> list[tuple[str, str, str]]:
    """Two links taken apart, two questions answered with yes."""
    said = []
    for accepted, verdict in ((True, "different"), (False, "same")):
        links = result.links.filter(pc.equal(result.links["accepted"], accepted))
        chosen = links.take(pa.array(chance.sample(range(links.num_rows), 2))).to_pylist()
        said += [(row["record_a"], row["record_b"], verdict) for row in chosen]
    return said


IDA: Mapping[str, Any] = {"email": "ida.falk@example.com"}


def few(*more: dict[str, Any]) -> pa.Table:
    return table([record("a", "Ida Falk", **IDA), record("b", "Ida Falk", **IDA), record("c", "Zoe Roth"), *more])


def test_what_did_not_change_is_not_looked_at_again(tmp_path: Path) -> None:
    world = World(tmp_path, few())
    assert world.step(few(), []) == 0
    assert world.step(few(record("d", "Nils Holm", email="nils@example.org")), ["d"]) == 1


def test_unlinking_gives_back_what_was_before(tmp_path: Path) -> None:
    """Byte for byte: ids and links, in the run that goes on and in the one over all."""
    world = World(tmp_path, few(record("d", "Ida Falk", email="ida@example.org")))
    before = world.result
    world.said.append(("a", "d", "same"))
    world.step(world.features, [])
    assert world.result.members["contact_id"][0] == world.result.members["contact_id"][3]
    world.said.append(("a", "d", "different"))
    world.step(world.features, [])
    assert world.result.members.equals(before.members)
    assert world.result.links.equals(before.links)


@pytest.mark.parametrize("most_open", [0.0, 0.4])
def test_where_much_has_changed_all_is_run_again(tmp_path: Path, most_open: float) -> None:
    world = World(tmp_path, few())
    world.features = few(record("d", "Ida Falk", **IDA))
    assert world.resume(["d"], most_open=most_open) is None


def test_another_model_weighs_everything_anew(tmp_path: Path) -> None:
    world = World(tmp_path, few())
    world.model = Model(accept=3.0)
    assert world.resume([]) is None


def test_what_another_version_left_behind_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    World(tmp_path, few())
    assert traces.load(tmp_path / "1") is not None
    monkeypatch.setattr(traces, "method", lambda: "other rules")
    assert traces.load(tmp_path / "1") is None


def test_a_damaged_trace_is_none(tmp_path: Path) -> None:
    World(tmp_path, few())
    rows = tmp_path / "1" / "rows-0.arrow"
    kept = rows.read_bytes()
    rows.write_bytes(kept[:-1])
    assert traces.load(tmp_path / "1") is None
    rows.unlink()
    assert traces.load(tmp_path / "1") is None
    rows.write_bytes(kept)
    assert traces.load(tmp_path / "1") is not None
    (tmp_path / "1" / traces.FACTS).write_text("{", "utf-8")
    assert traces.load(tmp_path / "1") is None
    assert traces.load(tmp_path / "nothing") is None
