"""Receivers, people and a clock to try delivery with; nobody in it is real."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from audiencevault.destinations.api import Answer, Api, Auth, Call, Pace, Push
from audiencevault.destinations.composing import ITEMS, Outgoing, PushItems
from audiencevault.destinations.definition import Definition
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import Reply, Request, Unanswered

SECRET_TEXT = "sk-very-secret-4711"
SECRETS = {"key": Secret(SECRET_TEXT)}
LISTED = Answer(done=(200,), errors="errors", key="email", by="point", words=("message",))


class ManualClock:
    """A clock that only goes when somebody waits; what was waited is kept."""

    def __init__(self, start: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)) -> None:
        self._now = start
        self._lock = threading.Lock()
        self.waits: list[float] = []

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def wait(self, seconds: float) -> None:
        with self._lock:
            self.waits.append(seconds)
            self._now += timedelta(seconds=max(seconds, 0.0))


@dataclass
class Scripted:
    """A transport without a network: each request gets the next of `answers`, or what `answer` makes of it."""

    answers: list[Reply | Exception] = field(default_factory=list)
    answer: Callable[[Request], Reply] | None = None
    requests: list[Request] = field(default_factory=list)

    def send(self, request: Request, timeout: float) -> Reply:
        self.requests.append(request)
        if self.answer is not None:
            return self.answer(request)
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def reply(document: Any = None, status: int = 200, **headers: str) -> Reply:
    """A reply with a JSON document."""
    body = b"" if document is None else json.dumps(document).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def lost(*, sent: bool = True) -> Unanswered:
    return Unanswered(sent=sent, why="the connection broke off before the answer was whole")


def address(number: int) -> str:
    return f"person{number}@example.com"


def items(numbers: Sequence[int], *, bare: bool = False) -> pa.Table:
    """Finished items of the people with these numbers."""
    texts = [json.dumps(address(n) if bare else {"email": address(n), "name": f"Name{n} Surname{n}"}) for n in numbers]
    points = [address(n) for n in numbers]
    return pa.table(
        {
            "item": pa.array(texts, pa.large_string()),
            "item_id": pa.array([f"{n:032x}" for n in numbers], pa.string()),
            "digest": pa.array([f"d{n}" for n in numbers], pa.string()),
            "contact_id": pa.array([f"c{n}" for n in numbers], pa.string()),
            "channel": pa.array(["email"] * len(numbers), pa.string()),
            "point_kind": pa.array(["email"] * len(numbers), pa.string()),
            "point": pa.array(points, pa.string()),
            "point_key": pa.array(points, pa.string()),
        },
        schema=ITEMS,
    )


def call(name: str = "add", **changes: Any) -> Call:
    """A bulk call of ten items a request, which may be repeated and lists its errors by address."""
    usual = Call(name=name, method="POST", path=f"/{name}", answer=LISTED, at="people", max_items=10, repeatable=True)
    return replace(usual, **changes)


def push(name: str = "people", **changes: Any) -> Push:
    """A push that subscribes."""
    return replace(Push(name=name, call="add", fields=(), status="subscribed", subscribes=True), **changes)


SUPPRESSING: Mapping[str, Any] = {"who": "suppressed", "status": "unsubscribed", "subscribes": False}


def outgoing(
    base: str, *pushes: tuple[Push, Call, pa.Table], pace: Pace | None = None, auth: Auth | None = None, **api: Any
) -> Outgoing:
    """What goes to a receiver at `base`."""
    definition = definition_of(
        base,
        calls={each.name: each for _, each, _ in pushes},
        pushes=tuple(each for each, _, _ in pushes),
        pace=pace,
        auth=auth,
        **api,
    )
    made = tuple(PushItems(push=each, call=how, items=people) for each, how, people in pushes)
    return Outgoing(definition, {}, made, pa.table({}))


def definition_of(
    base: str,
    *,
    calls: Mapping[str, Call] | None = None,
    pushes: tuple[Push, ...] = (),
    pace: Pace | None = None,
    auth: Auth | None = None,
    **api: Any,
) -> Definition:
    """A receiver at `base`."""
    return Definition(
        name="stub",
        title="Stub",
        checked=date(2026, 11, 21),
        sources=("made up",),
        channels=("email",),
        polarity="respects",
        files=(),
        api=Api(
            base=base,
            auth=auth or Auth("bearer", {"key": "in a drawer"}, "key"),
            calls=calls or {},
            pushes=pushes,
            pace=pace or Pace(timeout=5.0),
            **api,
        ),
    )
