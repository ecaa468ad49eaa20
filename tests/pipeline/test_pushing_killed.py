"""A push that dies at any request: the same command goes on, and a new plan knows what the old one did."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from audiencevault import pipeline
from audiencevault.destinations.secret import Secret
from audiencevault.errors import UsageError, VaultLockedError
from audiencevault.vault import Vault, pushes
from audiencevault.vault.check import check
from audiencevault.vault.keys import GivenKey
from tests.pipeline.fake_receiver import SECRET, Killed, Mailbox, definition, line, moment
from tests.pipeline.running import KEY, av, day, mailchimp

NOW = moment("2026-11-21T12:00:00")
LATER = moment("2026-11-21T13:00:00")
PEOPLE = tuple(f"p{number}@example.com" for number in range(7))
LEFT = {f"n{number}@example.com": "2026-01-05 10:00:00" for number in range(4)}
# Suppressions go three in a request, then people three in a request.
REQUESTS = 5


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("base")
    exports = mailchimp(root / "mc", day("2026-11-20"), subscribed=PEOPLE, unsubscribed=LEFT)
    av("import", exports, "--vault", root / "v")
    return root / "v"


class World:
    """A copy of the vault, and a receiver."""

    def __init__(self, base: Path, folder: Path, *, repeatable: bool) -> None:
        self.path = Path(shutil.copytree(base, folder / "v", symlinks=True))
        self.folders = [definition(folder / "defs", repeatable=repeatable)]
        self.box = Mailbox()
        self.vault = Vault.open(self.path, keys=GivenKey(KEY, "the test"))

    @property
    def receiver(self) -> pipeline.Receiver:
        return pipeline.receiver(
            self.vault, "mailbox", given={"list_id": "l1"}, secrets={"api_key": Secret(SECRET)}, folders=self.folders
        )

    def plan(self, now=NOW) -> pipeline.PushPlan:  # type: ignore[no-untyped-def]
        options = pipeline.PushOptions()
        self.closed: dict[str, bool]
        proposal, self.closed = pipeline.plan_push(self.vault, self.receiver, line(self.box, now), options)
        return proposal.plan

    def apply(self, plan: pipeline.PushPlan, now=NOW) -> pipeline.Pushed:  # type: ignore[no-untyped-def]
        return pipeline.apply_plan(self.vault, self.receiver, plan, line(self.box, now))

    def killed(self, plan: pipeline.PushPlan, at: int, *, after: bool) -> None:
        self.box.kill_at, self.box.kill_after = at, after
        with pytest.raises(Killed):
            self.apply(plan)
        self.box.kill_at = None
        self.box.requests.clear()


@pytest.mark.parametrize(
    ("at", "after", "repeatable"),
    [
        # Suppressions, twice; then people, where it matters whether a request may be repeated.
        (1, True, True),
        (2, False, False),
        (3, True, True),
        (3, True, False),
        (4, False, False),
        (5, True, False),
        (5, False, True),
    ],
)
def test_going_on_after_a_kill(base: Path, tmp_path: Path, at: int, after: bool, repeatable: bool) -> None:
    world = World(base, tmp_path, repeatable=repeatable)
    plan = world.plan()
    assert plan.calls == REQUESTS
    world.killed(plan, at, after=after)
    (found,) = [finding for finding in check(world.vault) if finding.code == "unfinished_push"]
    assert plan.plan_id in found.sentence
    done = world.apply(plan)
    assert done.went_on
    times = Counter(world.box.sent)
    in_doubt = world.box.sent and not repeatable and at > 2
    assert sum(done.by_outcome.values()) == len(PEOPLE) + len(LEFT)
    if in_doubt:
        # Nobody can know whether the batch arrived, so it is said, and not sent again.
        assert done.by_outcome["unknown"] in {1, 3}
        assert max(count for (call, _), count in times.items() if call == "subscribe") == 1
    else:
        assert done.by_outcome == {"accepted": len(PEOPLE) + len(LEFT)}
        assert {address for _, address in times} == {*PEOPLE, *LEFT}
        assert sum(count > 1 for count in times.values()) <= (3 if after else 0)
    held = Counter(row["point_key"] for row in world.vault.table("deliveries").to_pylist())
    assert held == dict.fromkeys([*PEOPLE, *LEFT], 1)
    assert pushes.begun(world.path) == []
    with pytest.raises(UsageError, match="applied already"):
        world.apply(plan)


def test_a_new_plan_counts_what_a_killed_push_did(base: Path, tmp_path: Path) -> None:
    world = World(base, tmp_path, repeatable=True)
    plan = world.plan()
    world.killed(plan, 4, after=True)
    again = world.plan(LATER)
    assert world.closed == {plan.plan_id: True}
    # Two requests of suppressions and one of people were answered; the one in doubt is sent anew.
    assert {part.name: (part.items, part.unchanged) for part in again.parts} == {"stopped": (0, 4), "people": (4, 3)}
    outcomes = Counter(row["outcome"] for row in world.vault.table("deliveries").to_pylist())
    assert outcomes == {"accepted": 7, "unknown": 3}
    with pytest.raises(UsageError, match="applied already"):
        world.apply(plan, LATER)
    assert world.apply(again, LATER).by_outcome == {"accepted": 4}


def test_what_a_killed_push_told_is_not_the_receivers_own_word(base: Path, tmp_path: Path) -> None:
    world = World(base, tmp_path, repeatable=True)
    plan = world.plan()
    world.killed(plan, 2, after=False)
    told = [address for _, address in world.box.sent]
    assert len(told) == 3
    world.box.left = dict.fromkeys(told, (None, "blocked"))
    done = world.apply(plan)
    assert done.went_on
    assert done.pulled is not None
    assert (done.pulled.listed, done.pulled.added) == (3, 0)
    assert done.by_outcome == {"accepted": len(PEOPLE) + len(LEFT)}


def test_a_killed_push_whose_people_have_changed_is_closed_and_not_gone_on_with(base: Path, tmp_path: Path) -> None:
    world = World(base, tmp_path, repeatable=True)
    plan = world.plan()
    world.killed(plan, 4, after=False)
    av("suppress", PEOPLE[0], "--vault", world.path, now=LATER.isoformat())
    sent = len(world.box.sent)
    with pytest.raises(UsageError, match="What it had sent is written down"):
        world.apply(plan, LATER)
    assert len(world.box.sent) == sent
    assert pushes.begun(world.path) == []
    assert world.vault.table("deliveries").num_rows == 10


def test_a_journal_holds_nobody_and_an_erasure_leaves_nobody_in_it(base: Path, tmp_path: Path) -> None:
    world = World(base, tmp_path, repeatable=True)
    world.killed(world.plan(), 4, after=True)
    av("subject", "erase", PEOPLE[1], "--yes", "--vault", world.path, now=LATER.isoformat())
    kept = list((world.path / "pushes").iterdir())
    assert len(kept) >= 2
    for path in kept:
        text = path.read_text(encoding="utf-8")
        assert not any(address in text for address in (*PEOPLE, *LEFT, SECRET))
    # The plan's people cannot be told any more, so nothing is made up; the others are sent as if new.
    again = world.plan(LATER)
    assert list(world.closed.values()) == [False]
    assert pushes.begun(world.path) == []
    assert sum(part.items for part in again.parts) == len(PEOPLE) + len(LEFT) - 1
    assert PEOPLE[1] not in str(world.vault.table("deliveries").to_pylist())


def test_one_process_at_a_time_applies_a_plan(base: Path, tmp_path: Path) -> None:
    world = World(base, tmp_path, repeatable=True)
    plan = world.plan()
    with pushes.applying(world.path, plan.plan_id, world.vault.ops), pytest.raises(VaultLockedError):
        world.apply(plan)
    assert world.box.sent == []


def test_what_fails_by_chance_never_subscribes_before_the_noes_are_told(base: Path, tmp_path: Path) -> None:
    world = World(base, tmp_path, repeatable=True)
    world.box.fails = {"never": 1.0}
    plan = world.plan()
    stopped = world.apply(plan)
    assert stopped.taken == 0
    assert stopped.undelivered == len(PEOPLE) + len(LEFT)
    assert [call for call, _ in world.box.sent if call == "subscribe"] == []
    world.box.fails = {}
    assert world.apply(plan).by_outcome == {"accepted": len(PEOPLE) + len(LEFT)}


def test_the_folder_of_journals_is_known_to_check(base: Path, tmp_path: Path) -> None:
    world = World(base, tmp_path, repeatable=True)
    (world.path / "pushes").mkdir()
    (world.path / "pushes" / "notes.txt").write_text("x", encoding="utf-8")
    assert [finding.code for finding in check(world.vault)] == ["foreign_file"]
