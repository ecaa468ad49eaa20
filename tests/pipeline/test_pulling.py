"""What a receiver says of addresses, in the ledger."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from audiencevault import pipeline
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import Reply, Request
from audiencevault.errors import AudienceVaultError, DestinationError, UsageError
from audiencevault.pipeline import pulling
from audiencevault.vault import Vault
from audiencevault.vault.keys import GivenKey
from tests.pipeline.fake_receiver import SECRET, Mailbox, definition, line, moment
from tests.pipeline.running import KEY, av, day, mailchimp, shopify

NOW = moment("2026-11-21T12:00:00")
PEOPLE = ("ada@example.com", "bea@example.org", "cyd@example.net")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("base")
    av("import", mailchimp(root / "mc", day("2026-11-20"), subscribed=PEOPLE), "--vault", root / "v")
    return root / "v"


class World:
    def __init__(self, base: Path, folder: Path, **facts: Any) -> None:
        self.path = Path(shutil.copytree(base, folder / "v", symlinks=True))
        self.folders = [definition(folder / "defs", **facts)]
        self.vault = Vault.open(self.path, keys=GivenKey(KEY, "the test"))
        self.box = Mailbox()

    @property
    def receiver(self) -> pipeline.Receiver:
        return pipeline.receiver(
            self.vault, "mailbox", given={"list_id": "l1"}, secrets={"api_key": Secret(SECRET)}, folders=self.folders
        )

    def pull(self, now: datetime = NOW, **options: Any) -> pipeline.PulledIn:
        return pipeline.pull(self.vault, self.receiver, line(self.box, now), **options)

    def push(self, now: datetime) -> pipeline.Pushed:
        way = line(self.box, now)
        proposal, _ = pipeline.plan_push(self.vault, self.receiver, way, pipeline.PushOptions())
        return pipeline.apply_plan(self.vault, self.receiver, proposal.plan, way)

    def events(self) -> list[tuple[Any, ...]]:
        rows = self.vault.table("consent_events").to_pylist()
        kept = ("point_key", "event_type", "detail", "channel", "occurred_at", "locator")
        return sorted(
            (tuple(row[name] for name in kept) for row in rows if row["source"] == "mailbox.pull"),
            key=lambda event: (event[0], event[1], str(event[4])),
        )


@pytest.fixture
def world(base: Path, tmp_path: Path) -> World:
    return World(base, tmp_path)


def test_every_entry_becomes_the_event_that_it_is(world: World) -> None:
    at = moment("2026-11-01T10:00:00")
    world.box.left = {
        "ADA@example.com": (at, "unsubscribed"),
        "bea@example.org": (at, "bounced"),
        "stranger@example.com": (None, "complained"),
        "no address": (None, "unsubscribed"),
        "odd@example.com": (at, "a word that nobody knows"),
    }
    found = world.pull()
    assert (found.listed, found.added, found.unread, found.known) == (5, 4, 1, 0)
    assert found.by_state == {"bounced": 1, "complained": 1, "withdrawn": 2}
    assert (found.complete, found.verified) == (True, True)
    assert world.events() == [
        ("ada@example.com", "withdrawn", None, "email", at, "left"),
        ("bea@example.org", "suppressed", "hard_bounce", "any", at, "left"),
        ("odd@example.com", "withdrawn", None, "email", at, "left"),
        ("stranger@example.com", "complained", None, "email", None, "left"),
    ]
    assert (found.reachable_before["email"], found.reachable_after["email"]) == (3, 1)


def test_the_same_listing_again_adds_nothing(world: World) -> None:
    world.box.left = {"ada@example.com": (moment("2026-11-01T10:00:00"), "unsubscribed"),
                      "bea@example.org": (None, "bounced")}  # fmt: skip
    world.pull()
    events = world.events()
    later = NOW + timedelta(hours=3)
    again = world.pull(later, everything=True)
    assert (again.listed, again.added, again.known) == (2, 0, 2)
    assert world.events() == events
    assert [row["added"] for row in world.vault.table("pulls").to_pylist()] == [2, 0]


def test_the_next_reading_asks_for_what_is_new_and_overlaps(world: World) -> None:
    world.pull()
    world.pull(NOW + timedelta(days=3))
    queries = [parse_qs(urlsplit(request.url).query) for request in world.box.requests]
    assert "since" not in queries[0]
    assert NOW - timedelta(days=2) < datetime.fromisoformat(queries[-1]["since"][0]) <= NOW - timedelta(days=1)
    # With other facts about the lists nothing that was read counts.
    definition(world.folders[0], verified=False)
    world.pull(NOW + timedelta(days=4))
    assert "since" not in parse_qs(urlsplit(world.box.requests[-1].url).query)


def test_a_receiver_is_asked_about_everybody_whom_the_policy_of_the_push_lets_in(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Never confirmed: enough for the vault's policy, not for another.
    buyer = {"id": "1", "first": "Dee", "last": "Quill", "email": "dee@example.com", "yes": "yes"}
    av("import", shopify(tmp_path / "shop", [buyer], day("2026-11-20")), "--vault", world.path)
    receiver, asked, pull = world.receiver, list[set[str]](), pulling.reader.pull
    pulls = tuple(replace(one, ask="who") for one in receiver.api.pulls)
    asking = replace(receiver, definition=replace(receiver.definition, api=replace(receiver.api, pulls=pulls)))

    def watched(_: Any, *rest: Any, **named: Any) -> Any:
        asked.append(set(named["asked"]["point"].to_pylist()))
        return pull(receiver.definition, *rest, **{**named, "asked": None})

    monkeypatch.setattr(pulling.reader, "pull", watched)
    for policy in (None, "us_canspam", "de_doi"):
        pulling.read(world.vault, asking, line(world.box, NOW), controller_id="main", policy=policy)
    everybody = {*PEOPLE, "dee@example.com"}
    assert asked == [everybody, everybody, set(PEOPLE)]


def test_another_list_is_read_from_its_beginning(world: World) -> None:
    world.pull()
    receiver = pipeline.receiver(
        world.vault, "mailbox", given={"list_id": "l2"}, secrets={"api_key": Secret(SECRET)}, folders=world.folders
    )
    pipeline.pull(world.vault, receiver, line(world.box, NOW + timedelta(hours=1)))
    assert "since" not in parse_qs(urlsplit(world.box.requests[-1].url).query)


def test_a_no_of_tomorrow_counts_today(world: World) -> None:
    world.box.left = {"ada@example.com": (NOW + timedelta(days=2), "unsubscribed")}
    assert world.pull().reachable_after["email"] == 2
    assert world.events()[0][4] is None
    assert world.pull(NOW + timedelta(hours=1), everything=True).added == 0


def test_a_listing_after_our_own_subscription_is_a_new_no(world: World) -> None:
    """Undated: without looking at what was sent, it would pass for the old one."""
    world.box.left = {"ada@example.com": (None, "bounced")}
    world.pull()
    av("suppress", "ada@example.com", "--lift", "--reason", "works again", "--vault", world.path,
       now=(NOW + timedelta(hours=1)).isoformat())  # fmt: skip
    world.box.left = {}
    world.push(NOW + timedelta(hours=2))
    assert "ada@example.com" in world.box.subscribed
    world.box.left = {"ada@example.com": (None, "bounced")}
    found = world.pull(NOW + timedelta(hours=3), everything=True)
    assert (found.added, found.reachable_after["email"]) == (1, 2)
    assert world.pull(NOW + timedelta(hours=4), everything=True).added == 0


def test_people_who_were_forgotten_do_not_come_back_by_a_listing(world: World) -> None:
    av("subject", "erase", "ada@example.com", "--yes", "--vault", world.path)
    world.box.left = {"ada@example.com": (None, "unsubscribed")}
    found = world.pull(NOW + timedelta(hours=1))
    assert (found.added, found.erased) == (0, 1)
    assert "ada@" not in str(world.vault.table("consent_events").to_pylist())


def test_a_receiver_without_lists_says_so(base: Path, tmp_path: Path) -> None:
    world = World(base, tmp_path, pulls=False, known_by=("mailchimp.audience",))
    with pytest.raises(UsageError, match=r"no list of people who said no.*mailchimp\.audience"):
        world.pull()


def test_a_listing_that_cannot_be_read_is_no_empty_listing(world: World) -> None:
    before = world.vault.head().number

    class Broken(Mailbox):
        def send(self, request: Request, timeout: float) -> Reply:
            return Reply(200, {"content-type": "application/json"}, b'{"other": []}')

    world.box = Broken()
    with pytest.raises(DestinationError):
        world.pull()
    assert world.vault.head().number == before
    assert world.vault.table("pulls").num_rows == 0


def test_nothing_is_said_of_anybody_in_an_error(world: World) -> None:
    world.box.key_refused = True
    with pytest.raises(AudienceVaultError) as caught:
        world.pull()
    assert SECRET not in f"{caught.value.message} {caught.value.hint}"
    assert caught.value.exit_code == 30


def test_our_own_word_coming_back_is_not_the_persons(world: World) -> None:
    told = NOW + timedelta(hours=1)
    pipeline.suppress_value(world.vault, "ada@example.com", reason="unsubscribed", now=NOW)
    pipeline.suppress_value(world.vault, "cyd@example.net", reason="manual", now=NOW)
    world.push(told)
    world.box.left = dict.fromkeys(PEOPLE, (None, "unsubscribed"))
    found = world.pull(NOW + timedelta(hours=2))
    assert (found.added, found.known) == (2, 1)
    # Whether the one blocked by hand had left by themselves nobody can tell.
    assert [event[0] for event in world.events()] == ["bea@example.org", "cyd@example.net"]
    # A complaint, or a "no" of a later date, is the person's own.
    world.box.left = {"ada@example.com": (told + timedelta(minutes=30), "unsubscribed")}
    assert world.pull(NOW + timedelta(hours=3), everything=True).added == 1
    world.box.left = {"ada@example.com": (None, "complained")}
    assert world.pull(NOW + timedelta(hours=4), everything=True).added == 1


def test_a_block_that_we_told_is_not_a_block_by_hand(world: World) -> None:
    for point, reason in (("ada@example.com", "unsubscribed"), ("bea@example.org", "bounce")):
        pipeline.suppress_value(world.vault, point, reason=reason, now=NOW)
    world.push(NOW + timedelta(hours=1))
    world.box.left = dict.fromkeys(PEOPLE, (None, "blocked"))
    found = world.pull(NOW + timedelta(hours=2))
    # The third one, who was sent as somebody to write to, was blocked by somebody there.
    assert (found.added, found.known) == (1, 2)
    assert [event[:3] for event in world.events()] == [("cyd@example.net", "suppressed", "manual")]
    pipeline.lift(world.vault, "bea@example.org", reason="mail arrives", by="Ida", now=NOW + timedelta(hours=3))
    assert world.pull(NOW + timedelta(hours=4), everything=True).added == 1
