"""Random histories of a vault and a receiver that always subscribes whom it is told to: people leave on either side,
plans are made and applied, requests fail, the process dies. Nobody who has said no is ever subscribed.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest

from audiencevault import pipeline
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import Reply, Request
from audiencevault.errors import UsageError
from audiencevault.vault import Vault
from audiencevault.vault.keys import GivenKey
from tests.pipeline.fake_receiver import SECRET, Killed, Mailbox, definition, line, moment
from tests.pipeline.running import KEY, av, day, mailchimp

NOW = moment("2026-11-21T12:00:00")
PEOPLE = tuple(f"p{number}@example.com" for number in range(9))
STEPS = 9


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("base")
    av("import", mailchimp(root / "mc", day("2026-11-20"), subscribed=PEOPLE), "--vault", root / "v")
    return root / "v"


@dataclass
class Watched(Mailbox):
    """A receiver that notes whoever is subscribed against their will."""

    noes: set[str] = field(default_factory=set)
    wronged: list[str] = field(default_factory=list)
    subscribing: int = 0

    def send(self, request: Request, timeout: float) -> Reply:
        if urlsplit(request.url).path.endswith("/subscribe"):
            self.subscribing += 1
            text = request.body.decode()
            self.wronged += [address for address in self.noes if f'"{address}"' in text]
        return super().send(request, timeout)


class History:
    """One vault and one receiver, and what happens to them."""

    def __init__(self, base: Path, folder: Path, seed: int) -> None:
        self.random = Random(seed)
        self.path = Path(shutil.copytree(base, folder / "v", symlinks=True))
        self.vault = Vault.open(self.path, keys=GivenKey(KEY, "the test"))
        self.folders = [definition(folder / "d", repeatable=self.random.random() < 0.5)]
        self.box = Watched(chance=self.random)
        self.now = NOW
        self.plan: pipeline.PushPlan | None = None

    def receiver(self) -> pipeline.Receiver:
        return pipeline.receiver(
            self.vault, "mailbox", given={"list_id": "l1"}, secrets={"api_key": Secret(SECRET)}, folders=self.folders
        )

    def leaves_there(self) -> None:
        address = self.random.choice(PEOPLE)
        dated = self.now if self.random.random() < 0.6 else None
        self.box.left[address] = (dated, self.random.choice(("unsubscribed", "complained")))
        self.box.subscribed.pop(address, None)
        self.box.noes.add(address)

    def is_suppressed_here(self) -> None:
        address = self.random.choice(PEOPLE)
        pipeline.suppress_value(self.vault, address, reason="unsubscribed", now=self.now)
        self.box.noes.add(address)

    def plans(self) -> None:
        limit = self.random.choice((None, None, 2))
        options = pipeline.PushOptions(limit=limit, everything=self.random.random() < 0.2)
        proposal, _ = pipeline.plan_push(self.vault, self.receiver(), line(self.box, self.now), options)
        self.plan = proposal.plan

    def applies(self) -> None:
        if self.plan is None:
            self.plans()
        assert self.plan is not None
        self.box.fails = self.random.choice(({}, {"busy": 0.3}, {"late": 0.3}, {"never": 0.3, "late": 0.2}))
        if self.random.random() < 0.4:
            so_far = sum(request.method == "POST" for request in self.box.requests)
            self.box.kill_at, self.box.kill_after = so_far + self.random.randint(1, 4), self.random.random() < 0.5
        try:
            pipeline.apply_plan(self.vault, self.receiver(), self.plan, line(self.box, self.now))
        except Killed:
            # The vault is opened by another process from now on.
            self.vault = Vault.open(self.path, keys=GivenKey(KEY, "the test"))
        except UsageError:
            self.plan = None
        finally:
            self.box.kill_at, self.box.fails = None, {}


@pytest.mark.parametrize("seed", range(3))
def test_nobody_who_said_no_is_ever_subscribed(base: Path, tmp_path: Path, seed: int) -> None:
    history = History(base, tmp_path, seed)
    things = (history.leaves_there, history.is_suppressed_here, history.plans, history.applies, history.applies)
    history.plans()
    history.applies()
    for _ in range(STEPS):
        history.now += timedelta(hours=history.random.choice((1, 5, 30)))
        history.random.choice(things)()
        assert history.box.wronged == []
    history.plans()
    history.applies()
    assert history.box.wronged == []
    assert history.box.subscribing, "a history in which nobody is subscribed shows nothing"


def test_a_subscription_against_somebodys_will_is_noticed(base: Path, tmp_path: Path) -> None:
    """Somebody who leaves after everything was read back, while it is being sent: the watch must see it."""
    history = History(base, tmp_path, 1)
    history.box.noes = {PEOPLE[0]}
    history.plans()
    assert history.plan is not None
    pipeline.apply_plan(history.vault, history.receiver(), history.plan, line(history.box, history.now))
    assert history.box.wronged == [PEOPLE[0]]
