"""A receiver in this process: an invented API with lists, which remembers, refuses and fails as it is told to.

`Mailbox` is both the receiver and the way to it: a `Transport` that opens no socket.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

from audiencevault.cli import clock as cli_clock
from audiencevault.destinations.transport import Clock, Reply, Request, Unanswered
from audiencevault.pipeline import Line

HOST = "mailbox.example.com"
SECRET = "sk-mailbox-0123456789"
ENVIRONMENT = {"AUDIENCEVAULT_MAILBOX_API_KEY": SECRET}

DEFINITION = """\
name = "mailbox"
title = "Mailbox"
checked = 2026-11-21
sources = ["invented for these tests"]
channels = ["email"]
polarity = "forces"
unique = ["email"]

[api]
base = "https://mailbox.example.com/v1"
double_opt_in = "never"

[[api.settings]]
name = "list_id"
say = "the list's id"

[api.auth]
scheme = "bearer"
secret = "api_key"

[api.auth.secrets]
api_key = "the page Keys of your account"

[api.pace]
attempts = 3
rates = [{ calls = 10, seconds = 1 }]

[api.layouts]
people = [
  { at = "email", field = "email", encode = "email", required = true },
  { at = "first_name", field = "first_name" },
  { at = "consented_at", field = "email_consented_at", encode = "datetime" },
]
stopped = [{ at = "email", field = "email", encode = "email", required = true }]

[api.calls.subscribe]
method = "POST"
path = "/lists/{list_id}/subscribe"
at = "people"
max_items = 3
repeatable = REPEATABLE

[api.calls.subscribe.answer]
done = [200]
errors = "errors"
by = "point"
key = "email"
words = ["why"]
refusals = [{ state = "complained", at = "code", contains = "compliance" }]

[api.calls.stop]
method = "POST"
path = "/lists/{list_id}/stop"
at = "people"
max_items = 3
repeatable = true

[api.calls.stop.answer]
done = [200]
errors = "errors"
by = "point"
key = "email"
words = ["why"]

[[api.pushes]]
name = "stopped"
status = "unsubscribed"
call = "stop"
layout = "stopped"
who = "suppressed"
states = ["withdrawn", "objected", "refused", "complained", "blocked", "bounced", "invalid"]
say = "Whoever said no is unsubscribed."

[[api.pushes]]
name = "people"
status = "subscribed"
call = "subscribe"
layout = "people"
subscribes = true
polarity = "POLARITY"
say = "Whoever may be written to is subscribed."
side_effects = ["A welcome message is sent."]
"""
PULLS = """
[[api.pulls]]
name = "left"
channel = "email"
path = "/lists/{list_id}/left"
items = "left"
point = "email"
state = "withdrawn"
state_at = "kind"
words = { unsubscribed = "withdrawn", bounced = "bounced", complained = "complained", blocked = "blocked" }
when = "at"
since_query = "since"
paging = { by = "page", query = "page", size = 2, size_query = "size", first = 1 }
verified = VERIFIED
"""


def definition(
    folder: Path,
    *,
    polarity: str = "forces",
    pulls: bool = True,
    verified: bool = True,
    repeatable: bool = True,
    known_by: tuple[str, ...] = (),
) -> Path:
    """The definition in a folder of its own, to be given with --definitions."""
    folder.mkdir(parents=True, exist_ok=True)
    text = DEFINITION + (PULLS if pulls else "")
    text = text.replace("POLARITY", polarity).replace("VERIFIED", str(verified).lower())
    text = text.replace("REPEATABLE", str(repeatable).lower())
    if known_by:
        text = text.replace('double_opt_in = "never"', f'double_opt_in = "never"\nknown_by = {json.dumps(known_by)}')
    (folder / "mailbox.toml").write_text(text, encoding="utf-8")
    return folder


class Killed(BaseException):
    """The process is gone: nothing may catch it."""


@dataclass
class Mailbox:
    """The receiver. `subscribed` and `left` are who is in its list, and who left it with the time and the kind.

    `refuses` and `rejects` are addresses it does not take; `key_refused` makes it say 401; `fails` are chances that a
    request is lost before (`never`) or after (`late`) it was done, or answered with 503 (`busy`); `kill_at` is the
    number of the request at which the process dies, before it is done or, with `kill_after`, after it.
    """

    subscribed: dict[str, dict[str, Any]] = field(default_factory=dict)
    left: dict[str, tuple[datetime | None, str]] = field(default_factory=dict)
    refuses: set[str] = field(default_factory=set)
    rejects: set[str] = field(default_factory=set)
    key_refused: bool = False
    fails: dict[str, float] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    kill_at: int | None = None
    kill_after: bool = False
    requests: list[Request] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    sent_at_most_once: bool = True

    def __enter__(self) -> Mailbox:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def send(self, request: Request, timeout: float) -> Reply:
        """See `Transport`."""
        self.requests.append(request)
        path = urlsplit(request.url).path
        posting = request.method == "POST"
        number = sum(one.method == "POST" for one in self.requests)
        if posting and self.kill_at == number and not self.kill_after:
            raise Killed
        drawn = self.chance.random()
        if posting and drawn < self.fails.get("never", 0):
            raise Unanswered(sent=False, why="no connection could be made")
        if posting and drawn < self.fails.get("busy", 0):
            return Reply(503, {}, b"")
        if self.key_refused or request.headers.get("authorization") != f"Bearer {SECRET}":
            return _json(401, {"error": "bad key"})
        reply = self._answer(request, path)
        if posting and self.kill_at == number:
            raise Killed
        if posting and self.chance.random() < self.fails.get("late", 0):
            raise Unanswered(sent=True, why="the connection broke off")
        return reply

    def _answer(self, request: Request, path: str) -> Reply:
        if path.endswith("/left"):
            return self._page(request)
        people = json.loads(request.body)["people"]
        errors = []
        for person in people:
            address = person["email"]
            self.sent.append((path.rpartition("/")[2], address))
            if address in self.rejects:
                errors.append({"email": address, "code": "bad", "why": f"{address} looks wrong"})
            elif path.endswith("/stop"):
                self.subscribed.pop(address, None)
            elif address in self.refuses:
                errors.append({"email": address, "code": "compliance", "why": "has complained before"})
            else:
                self.subscribed[address] = person
                self.left.pop(address, None)
        return _json(200, {"errors": errors})

    def _page(self, request: Request) -> Reply:
        query = parse_qs(urlsplit(request.url).query)
        since = datetime.fromisoformat(query["since"][0]) if "since" in query else None
        rows = [
            {"email": address, "kind": kind, **({"at": at.isoformat()} if at else {})}
            for address, (at, kind) in sorted(self.left.items())
            if since is None or at is None or at >= since
        ]
        page, size = int(query["page"][0]), int(query["size"][0])
        return _json(200, {"left": rows[(page - 1) * size : page * size]})


def _json(status: int, document: Any) -> Reply:
    return Reply(status, {"content-type": "application/json"}, json.dumps(document).encode())


@dataclass
class FakeClock:
    """A clock that never waits, and counts what it would have."""

    at: datetime
    waited: float = 0.0

    def now(self) -> datetime:
        """See `Clock`."""
        return self.at + timedelta(seconds=self.waited)

    def wait(self, seconds: float) -> None:
        """See `Clock`."""
        self.waited += max(seconds, 0.0)


def line(receiver: Any, now: datetime) -> Line:
    """The way to `receiver`."""
    return Line(lambda hosts, clock: receiver, FakeClock(now), now)


@contextmanager
def connected(receiver: Any) -> Iterator[None]:
    """Every command line in this block reaches `receiver` instead of the network."""

    def instead(*, insecure_http: bool = False) -> Line:
        now = cli_clock.context.now()
        return line(receiver, now)

    with mock.patch.object(cli_clock, "line", instead):
        yield


def moment(text: str) -> datetime:
    """A time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def clock_of(made: Line) -> Clock:
    """The clock of a line."""
    return made.clock
