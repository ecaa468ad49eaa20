"""Whatever the ledger, the order and the failure: nobody is subscribed who may not be written to, by any definition.

Random ledgers are asked through the one door, composed for every receiver that ships, and delivered to a receiver that
fails at random. Every request is looked at as it goes out.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock
from urllib.parse import unquote_plus

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault.audience import Audience, select
from audiencevault.consent.policy import POINT_KIND_OF
from audiencevault.destinations import requests as requesting
from audiencevault.destinations.api import Api, Push, Setting
from audiencevault.destinations.composing import compose
from audiencevault.destinations.definition import Definition, load_all
from audiencevault.destinations.delivery import deliver
from audiencevault.destinations.freshness import bound
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import Reply, Request, Unanswered
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.records import CONTACTS
from tests.consent.random_worlds import make
from tests.consent.worlds import AS_OF, together
from tests.pipeline.fake_receiver import FakeClock

DEFINITIONS = {name: one for name, one in load_all().items() if one.api is not None}
SUBSCRIBING = sorted(
    name for name, one in DEFINITIONS.items() if one.api and any(push.subscribes for push in one.api.pushes)
)
WORLDS = 12
"""People of so many worlds are one ledger."""
EMAIL = re.compile(r"[a-z0-9.]+@(?:example|gmail)\.com")
NUMBER = re.compile(r"3120[0-9]{10}")


@cache
def audience(first: int, rules: str = "auto") -> Audience:
    """Whom the ledger of the worlds from `first` on lets reach."""
    world = together([make(seed).world for seed in range(first, first + WORLDS)])
    owners = sorted({f"c-{world.people.get(name, name)}" for name in world.records})
    contacts = [{"contact_id": name, "display_name": f"Name of {name}", "first_name": "Iñés", "sources": ["demo.list"],
                 "accounts": [], "tags": ["=1+1"]} for name in owners]  # fmt: skip
    with DuckDBEngine(threads=1) as engine:
        world.read_into(engine)
        engine.read("contacts", pa.Table.from_pylist(contacts, CONTACTS))
        return select(engine, controller_id="shop", channels=("email", "sms", "whatsapp"), as_of=AS_OF, policy=rules)


def setting(one: Setting) -> str:
    if one.choices:
        return one.choices[0]
    return {"url": "https://mail.example.org", "host": "us1", "number": "7"}.get(one.kind, "abc123")


def own_settings(api: Api) -> dict[str, str]:
    return {one.name: setting(one) for one in api.settings if not one.computed and one.default is None}


def secrets_of(definition: Definition) -> dict[str, Secret]:
    assert definition.api is not None
    # As long as a real one, and with what the modules look for in theirs.
    end = "" if definition.api.module == "ghost" else "-us1"
    return {name: Secret(f"{'ab' * 12}:{'cd' * 32}{end}") for name in definition.api.auth.secrets}


def points_in(text: str) -> set[str]:
    """Every address and number that `text` mentions."""
    return set(EMAIL.findall(text.lower())) | {f"+{number}" for number in NUMBER.findall(text)}


class Receiver:
    """A transport that knows which push each request is for, and fails with the chance `fails`."""

    def __init__(self, chance: Random, fails: float) -> None:
        self.chance, self.fails = chance, fails
        self.made: dict[tuple[str, bytes], tuple[Any, list[dict[str, Any]]]] = {}
        self.went: list[tuple[Push, str]] = []
        self.suppressing_failed = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Remember of each request which push made it."""
        of = requesting.Requests.of

        def tagged(this: Any, grouped: Any, batch: Any) -> Request:
            request = of(this, grouped, batch)
            items = grouped.items(batch).to_pylist()
            self.made[request.url, request.body] = (grouped.made, items)
            return request

        with mock.patch.object(requesting.Requests, "of", tagged):
            yield

    def send(self, request: Request, timeout: float) -> Reply:
        known = self.made.get((request.url, request.body))
        if known is None:
            return self._job()
        made, items = known
        self.went.append((made.push, f"{unquote_plus(request.url)} {unquote_plus(request.body.decode())}"))
        self._call = made.call
        if self.chance.random() < self.fails:
            return self._failure()
        return reply(made.call.answer, items)

    def _failure(self) -> Reply:
        kind = self.chance.choice(("before", "after", 500, 429, 400, 403, 401, "html", "cut"))
        if kind == "before" or kind == "after":
            raise Unanswered(sent=kind == "after", why="the connection broke off")
        if kind == "html":
            return Reply(200, {"content-type": "text/html"}, b"<html>Welcome</html>")
        if kind == "cut":
            return Reply(200, {"content-type": "application/json"}, b'{"errors": [')
        assert isinstance(kind, int)
        return Reply(kind, {"retry-after": "1", "content-type": "application/json"}, b'{"message": "no"}')

    def _job(self) -> Reply:
        job = self._call.job
        assert job is not None, "a request that no push made"
        return answered(200, put({}, job.state, job.finished[0]))


def reply(answer: Any, items: list[dict[str, Any]]) -> Reply:
    """What the receiver says where it takes everything."""
    document: Any = {}
    for path, value in answer.must.items():
        document = put(document, path, value)
    if answer.job:
        document = put(document, answer.job, "job-1")
    if answer.errors:
        flags = {item["point"]: True for item in items}
        document = flags if answer.errors_map and not answer.errors else put(
            document, answer.errors, flags if answer.errors_map else []
        )  # fmt: skip
    if answer.errors_map and answer.errors == "":
        document = {item["point"]: True for item in items}
    if answer.results is not None:
        named = {"client_id": "item_id", "point": "point"}.get(answer.by, "point")
        listed = [put({}, answer.key, item[named]) if answer.key else {} for item in items]
        if answer.result_status:
            status = next((code for code in answer.done if code), 0)
            listed = [put(entry, answer.result_status, status) for entry in listed]
        document = put(document, answer.results, listed) if answer.results else listed
    status = next(code for code in (*answer.done, *answer.queued) if code >= 200)
    return answered(status, document)


def put(document: Any, path: str, value: Any) -> Any:
    return requesting.put(document, path, value) if path else value


def answered(status: int, document: Any) -> Reply:
    return Reply(status, {"content-type": "application/json"}, json.dumps(document).encode())


def run(name: str, asked: Audience, seed: int, fails: float, *, may_subscribe: bool = True) -> Receiver:
    """Compose `asked` for one receiver and deliver it, up to three times with one journal; the requests."""
    definition = DEFINITIONS[name]
    assert definition.api is not None
    chance = Random(seed)
    outgoing = compose(asked, definition, own_settings(definition.api), may_subscribe=may_subscribe, salt=b"salt")
    receiver = Receiver(chance, fails)
    secrets = secrets_of(definition)
    with TemporaryDirectory() as folder, receiver.watching():
        journal = Path(folder) / "p.journal"
        for _ in range(3):
            done = deliver(
                outgoing, secrets=secrets, transport=receiver, clock=FakeClock(AS_OF), journal=journal, in_flight=1
            )
            text = journal.read_text(encoding="utf-8")
            assert not points_in(text), "a journal names nobody"
            told = f"{text} {done.stopped} {done.outcomes.column('words').to_pylist()}"
            assert not any(secret.reveal() in told for secret in secrets.values())
            if done.stopped is None:
                break
    return receiver


def check(receiver: Receiver, asked: Audience) -> int:
    """Nobody in a subscribing request who is not admitted; how many such requests there were."""
    admitted: dict[str, set[str]] = {}
    stopped: dict[str, set[str]] = {}
    for row in asked.rows.select(["channel", "point"]).to_pylist():
        admitted.setdefault(row["channel"], set()).add(row["point"].lower())
    for row in asked.suppressed.select(["channel", "point"]).to_pylist():
        stopped.setdefault(row["channel"], set()).add(row["point"].lower())
    subscribing = [(push, text) for push, text in receiver.went if push.subscribes]
    for push, text in subscribing:
        channels = push.channels or asked.channels
        for point in points_in(text):
            kind = "email" if "@" in point else "phone"
            fitting = [one for one in channels if POINT_KIND_OF[one] == kind]
            assert any(point in admitted.get(one, ()) and point not in stopped.get(one, ()) for one in fitting), (
                f"{push.name} subscribes somebody who may not be written to"
            )
    return len(subscribing)


@pytest.mark.parametrize("name", SUBSCRIBING)
def test_nobody_is_subscribed_who_may_not_be_written_to(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    @settings(max_examples=max(settings.default.max_examples // 4, 1))
    @given(first=st.integers(0, 300), seed=st.integers(0, 1_000_000), fails=st.sampled_from((0.0, 0.1, 0.5)))
    def holds(first: int, seed: int, fails: float) -> None:
        asked = audience(first - first % WORLDS)
        check(run(name, asked, seed, fails), asked)

    holds()
    definition = DEFINITIONS[name]
    assert not any(secret.reveal() in caplog.text for secret in secrets_of(definition).values())
    assert not points_in(caplog.text)


@pytest.mark.parametrize("name", SUBSCRIBING)
def test_the_property_is_not_empty(name: str) -> None:
    """Where nothing fails people are subscribed: else the test above would look at nothing."""
    found = 0
    for first in range(0, 5 * WORLDS, WORLDS):
        asked = audience(first)
        found += check(run(name, asked, 1, 0.0), asked)
    assert found


@pytest.mark.parametrize("name", SUBSCRIBING)
def test_nobody_is_overridden_where_it_is_not_known_who_left(name: str) -> None:
    api = DEFINITIONS[name].api
    assert api is not None
    asked = audience(0)
    for push, _ in run(name, asked, 1, 0.0, may_subscribe=False).went:
        assert not bound(api, push)


@pytest.mark.parametrize("name", SUBSCRIBING)
def test_no_definition_subscribes_by_default(name: str) -> None:
    """Whoever is suppressed, or merely listed, is in no push that subscribes, and a status that subscribes says so."""
    api = DEFINITIONS[name].api
    assert api is not None
    for push in api.pushes:
        assert push.who == "admitted" or not push.subscribes, push.name
        assert push.subscribes or push.status not in {"subscribed", "other_basis"}, push.name
    asked = audience(0)
    nobody = Audience(
        asked.controller_id, asked.channels, asked.purpose, asked.as_of, asked.known_at, asked.policy,
        asked.rows.slice(0, 0), asked.held_back, asked.suppressed,
    )  # fmt: skip
    assert not any(push.subscribes for push, _ in run(name, nobody, 1, 0.0).went)


@pytest.mark.parametrize("name", SUBSCRIBING)
def test_the_noes_are_told_before_anybody_is_subscribed(name: str) -> None:
    for seed in range(6):
        asked = audience(WORLDS * (seed % 3))
        who = [push.who == "suppressed" for push, _ in run(name, asked, seed, 0.0).went]
        assert who == sorted(who, reverse=True)


def test_a_fault_in_composing_would_be_found() -> None:
    """An audience whose rows hold somebody who said no, past the door: the check must see it."""
    asked = audience(0)
    said_no = asked.suppressed.filter(pa.compute.equal(asked.suppressed.column("channel"), "email"))
    assert said_no.num_rows
    name = "mailchimp"
    receiver = run(name, asked, 1, 0.0)
    push = next(push for push, _ in receiver.went if push.subscribes)
    receiver.went.append((push, said_no.column("point")[0].as_py()))
    with pytest.raises(AssertionError, match="may not be written to"):
        check(receiver, asked)


def test_clocks_do_not_matter() -> None:
    """The same questions to the same ledger give the same requests."""
    asked = audience(0)
    one, two = (run("mailchimp", asked, 1, 0.0) for _ in range(2))
    assert [text for _, text in one.went] == [text for _, text in two.went]
    assert FakeClock(AS_OF).now() < AS_OF + timedelta(seconds=1)
