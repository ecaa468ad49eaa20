"""A delivery that is killed at any step goes on: nobody is sent twice who must not be, and nobody is forgotten."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from tests.destinations.outgoing import address
from tests.services.killed_run import SINGLE, SIZE
from tests.services.stub_server import Connection, Received, Stub, answer, slow

pytestmark = [
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that can fork"),
]
ROOT = Path(__file__).parents[2]
REJECTED = 4
THROTTLED = 3


class Runner:
    """The process that runs and kills deliveries."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.services.killed_run"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.child = 0
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def run(self, **command: Any) -> int:
        """How the run ended: 0, or minus the signal."""
        self.child = self.say(command)["pid"]
        return int(self.say(None)["ended"])

    def say(self, command: dict[str, Any] | None) -> dict[str, Any]:
        """What the process answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if command is not None:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
        answered: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answered


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    place = tmp_path_factory.mktemp("warm")
    with Stub() as stub, Runner() as runner:
        files = {"journal": str(place / "plan.journal"), "result": str(place / "result.json")}
        assert runner.say({**files, "base": stub.base, "scenario": "plain", "die_at": 0}) == {"ready": True}
        yield runner


class Judge:
    """Answers as the scenario needs, refuses one person, says "too fast" once, and can kill whoever asks."""

    def __init__(self, runner: Runner, scenario: str, die_when_received: int, jobs: dict[str, list[str]]) -> None:
        self._runner = runner
        self._scenario = scenario
        self._die = die_when_received
        self._lock = threading.Lock()
        self._count = 0
        self._jobs = jobs
        self.taken: Counter[str] = Counter()

    def __call__(self, connection: Connection, received: Received) -> bool:
        with self._lock:
            self._count += 1
            count = self._count
        if count == THROTTLED:
            # What is refused for speed was not taken.
            self._kill(count)
            return answer(status=429, Retry_After="1")(connection, received)
        document, status = self._judge(received)
        self._kill(count)
        pause = 0.01 if "threads" in self._scenario else 0.0
        return slow(pause, answer(document, status))(connection, received)

    def _judge(self, received: Received) -> tuple[Any, int]:
        if received.method == "GET":
            errors = self._listed(self._jobs[received.path.rpartition("/")[2]])
            return {"status": "done", "errors": errors}, 200
        people = [received.json()] if "single" in self._scenario else received.json()["people"]
        names = [each["email"] for each in people]
        if "split" in self._scenario and address(REJECTED) in names and len(names) > 1:
            return {"message": "one of them is wrong"}, 400
        with self._lock:
            self.taken.update(names)
            self._jobs[str(len(self._jobs))] = names
            job = str(len(self._jobs) - 1)
        if "job" in self._scenario:
            return {"id": job}, 202
        return {"errors": self._listed(names)}, 200

    @staticmethod
    def _listed(names: list[str]) -> list[dict[str, str]]:
        return [{"email": name, "message": f"{name} is wrong"} for name in names if name == address(REJECTED)]

    def _kill(self, count: int) -> None:
        if count == self._die:
            os.kill(self._runner.child, signal.SIGKILL)


def outcomes_after(
    runner: Runner, tmp_path: Path, scenario: str, deaths: list[tuple[str, int]]
) -> tuple[bool, Counter[str], dict[str, Any]]:
    """Kill at each of `deaths` in turn, then let it come to its end. Whether every death came, what the receiver
    took how often, and what the last run says.
    """
    place = tmp_path / f"{scenario}-{'-'.join(f'{kind}{at}' for kind, at in deaths)}"
    place.mkdir()
    common = {"journal": str(place / "plan.journal"), "result": str(place / "result.json"), "scenario": scenario}
    taken: Counter[str] = Counter()
    died = True
    jobs: dict[str, list[str]] = {}
    with Stub() as stub:
        for kind, at in [*deaths, ("none", 0)]:
            judge = Judge(runner, scenario, at if kind == "received" else 0, jobs)
            stub.usual = judge
            ended = runner.run(**common, base=stub.base, die_at=at if kind == "step" else 0)
            taken += judge.taken
            if kind == "none":
                assert ended == 0
            elif ended == 0:
                died = False
            else:
                assert ended == -signal.SIGKILL
    return died, taken, json.loads((place / "result.json").read_text())


def check(scenario: str, taken: Counter[str], said: dict[str, Any], deaths: int = 1) -> None:
    """Nobody twice who must not be; at most what was in doubt where it may be; an outcome for everybody."""
    at_once = 3 if "threads" in scenario else 1
    batch = 1 if "single" in scenario else 4
    single = "single" in scenario
    everybody = {address(n) for n in (range(SINGLE) if single else [*range(SIZE), *range(90, 94)])}
    found = {row["point_key"]: row["outcome"] for row in said["outcomes"]}
    assert set(found) == everybody
    assert set(found.values()) <= {"accepted", "rejected", "unknown", "unsent"}
    twice = {name for name, count in taken.items() if count > 1}
    if "once" in scenario:
        assert not twice
        unknown = {name for name, outcome in found.items() if outcome == "unknown"}
        assert len(unknown) <= batch * at_once * deaths
        if said["stopped"] is None:
            assert all(taken[name] for name in everybody - unknown)
        else:
            # A suppression that nobody knows the fate of keeps everybody else from being subscribed.
            assert unknown <= {address(n) for n in range(90, 94)}
            assert not any(taken[address(n)] for n in range(SIZE))
    else:
        assert max(taken.values()) <= 1 + deaths
        assert len(twice) <= batch * at_once * deaths
        assert said["stopped"] is None
        assert set(taken) == everybody
        assert {name for name, outcome in found.items() if outcome == "rejected"} == {address(REJECTED)}


SCENARIOS = ["plain", "once", "job", "job once", "split", "split once", "single once", "threads", "threads once"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_killed_at_every_step(runner: Runner, tmp_path: Path, scenario: str) -> None:
    for kind in ("step", "received"):
        at = 0
        while True:
            at += 1
            died, taken, said = outcomes_after(runner, tmp_path, scenario, [(kind, at)])
            check(scenario, taken, said)
            if not died:
                break
        assert at > 3, "something was killed"


@pytest.mark.parametrize("scenario", ["plain", "once", "job once"])
def test_killed_twice(runner: Runner, tmp_path: Path, scenario: str) -> None:
    for first, second in [(2, 2), (8, 4), (14, 7)]:
        for kinds in (("step", "step"), ("received", "step"), ("step", "received")):
            deaths = list(zip(kinds, (first if kinds[0] == "step" else 2, second), strict=True))
            _, taken, said = outcomes_after(runner, tmp_path, scenario, deaths)
            check(scenario, taken, said, deaths=2)
