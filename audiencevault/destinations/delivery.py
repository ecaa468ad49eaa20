"""Everything outgoing, sent in the safe order, with the outcome of every item.

Suppressions are all answered before the first contact is sent. A request whose answer never came is sent again only
where the receiver does the same thing twice as once; else its items are `unknown`, and said to be. What a journal knows
to be answered is never sent again.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa

from audiencevault.destinations import asking, jobs
from audiencevault.destinations.answers import FINAL, OUTCOMES, TAKEN, Fate, Items, Read, final_rule, kind_of, read
from audiencevault.destinations.composing import Outgoing
from audiencevault.destinations.journal import Journal
from audiencevault.destinations.pacing import Impatient, Pacer
from audiencevault.destinations.requests import Batch, Grouped, Requests
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import Clock, Reply, Transport, Unanswered
from audiencevault.destinations.wording import Blanking, constant_texts
from audiencevault.errors import AudienceVaultError, DestinationRefusedError, DestinationUnavailableError

Progress = Callable[[int, int], None]
"""Told how many items are done, of how many."""

HALVED: Final = frozenset({400, 413, 422})
"""Refusals of a whole request that may be about one item of it, or about its size."""
MOST_PARTS: Final = 64
"""In how many further requests a refused one is tried."""
_MANY: Final = 16
_OPEN: Final = frozenset({"retry", "unknown", "credentials", "fatal", "unsent"})
_NO_ANSWER: Final = "No answer came, and the receiver may have taken it; it was not sent again."
_NOT_SEEN: Final = "Taken; not seen done."


@dataclass(frozen=True)
class Delivered:
    """What became of every item (`answers.OUTCOMES`, in the order of `Outgoing`), how many requests it took and how
    many seconds were waited, and the error that ended the run early, if one did.
    """

    outcomes: pa.Table = field(repr=False)
    calls: int
    seconds_waited: float
    stopped: AudienceVaultError | None = None


def deliver(
    outgoing: Outgoing,
    *,
    secrets: Mapping[str, Secret],
    transport: Transport,
    clock: Clock,
    journal: Path,
    progress: Progress | None = None,
    in_flight: int | None = None,
) -> Delivered:
    """Send everything that the journal at `journal` does not know to be answered.

    `in_flight` requests go out at a time (the receiver's own number where it is None). What ends the run early is
    returned as `stopped`; the same call with the same journal goes on. Raises `UsageError` where a setting is missing,
    and `DestinationError` for a journal that is damaged or about something else.
    """
    requests = Requests(outgoing.definition, outgoing.settings, secrets, clock)
    with Journal(journal, digest_of(outgoing), _sizes(outgoing)) as book:
        run = _Run(outgoing, requests, tuple(secrets.values()), transport, clock, book, progress)
        run.send(in_flight or requests.api.pace.in_flight)
        return Delivered(run.outcomes(), run.pacer.calls, run.pacer.seconds_waited, run.stopped)


def settled(outgoing: Outgoing, journal: Path) -> pa.Table:
    """What the journal knows to have become of the items of `outgoing`; nothing is sent, of others nothing is said.

    A request that was begun and never answered is `unknown`, one whose job was never seen to end is `queued`.
    """
    requests = Requests(outgoing.definition, outgoing.settings, {}, None)
    fates = _Fates(outgoing)
    with Journal(journal, digest_of(outgoing), _sizes(outgoing)) as book:
        grouped = [Grouped(number, made, requests) for number, made in enumerate(outgoing.pushes)]
        found = {key: Fate("unknown", _NO_ANSWER) for key in book.begun - book.split}
        found.update({key: Fate("queued", _NOT_SEEN) for key in book.jobs})
        for key, fate in found.items():
            batch = Batch.named(key)
            fates.note(batch.push, grouped[batch.push].positions(batch).tolist(), None, [fate] * batch.count)
        for key, (status, known, _) in book.ended.items():
            batch = Batch.named(key)
            fates.note(batch.push, grouped[batch.push].positions(batch).tolist(), status, known)
    return fates.table(only_known=True)


def digest_of(outgoing: Outgoing) -> str:
    """One digest of everything outgoing: where to, under which calls, every item, in order."""
    whole = hashlib.sha256()
    api = outgoing.definition.api
    place = [outgoing.definition.name, api.base if api else "", sorted(outgoing.settings.items())]
    whole.update(json.dumps(place, ensure_ascii=False).encode())
    for made in outgoing.pushes:
        whole.update(json.dumps([made.push.name, made.call.name, made.header, made.items.num_rows]).encode())
        for name in ("item_id", "point", "item"):
            for chunk in made.items[name].chunks:
                for start in range(0, len(chunk), 50_000):
                    texts = chunk.slice(start, 50_000).to_pylist()
                    whole.update("\x1e".join(text or "" for text in texts).encode() + b"\x1d")
    return whole.hexdigest()


class _Fates:
    """What became of each item of each push. Threads share it."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._lock = threading.Lock()
        self._fates: list[list[Fate | None]] = [[None] * size for size in _sizes(outgoing)]
        self._status: list[list[int | None]] = [[None] * size for size in _sizes(outgoing)]
        self.done = 0
        self.all = sum(_sizes(outgoing))

    def note(self, push: int, positions: Sequence[int], status: int | None, fates: Sequence[Fate]) -> None:
        """The fates of the items at `positions`."""
        with self._lock:
            for position, fate in zip(positions, fates, strict=True):
                self._fates[push][position] = fate
                self._status[push][position] = status
            self.done += len(positions)

    def table(self, *, only_known: bool = False) -> pa.Table:
        """All of it as OUTCOMES; items of which nothing is known are `unsent`, or left out."""
        parts = [
            self._part(number, only_known=only_known)
            for number, made in enumerate(self._outgoing.pushes)
            if made.items.num_rows
        ]
        return pa.concat_tables(parts).combine_chunks() if parts else OUTCOMES.empty_table()

    def _part(self, number: int, *, only_known: bool) -> pa.Table:
        made, unsent = self._outgoing.pushes[number], Fate("unsent")
        fates = [fate or unsent for fate in self._fates[number]]
        size = len(fates)
        columns = {
            name: made.items[name].combine_chunks()
            for name in ("item_id", "contact_id", "point_kind", "point_key", "channel", "digest")
        }
        columns["push"] = pa.repeat(pa.scalar(made.push.name), size)
        columns["status"] = pa.repeat(pa.scalar(made.push.status), size)
        columns["outcome"] = pa.array([fate.outcome for fate in fates], pa.string())
        columns["words"] = pa.array([fate.words or None for fate in fates], pa.string())
        columns["state"] = pa.array([fate.state for fate in fates], pa.string())
        columns["http_status"] = pa.array(self._status[number], pa.int32())
        table = pa.table({name: columns[name] for name in OUTCOMES.names}).cast(OUTCOMES)
        return table.filter(pa.array([fate is not None for fate in self._fates[number]])) if only_known else table


@dataclass
class _Parts:
    """In how many more requests a refused one may be tried."""

    left: int = MOST_PARTS


class _Run:
    """One delivery."""

    def __init__(
        self,
        outgoing: Outgoing,
        requests: Requests,
        secrets: Sequence[Secret],
        transport: Transport,
        clock: Clock,
        book: Journal,
        progress: Progress | None,
    ) -> None:
        self.pacer = Pacer(requests.api.pace, clock)
        self.stopped: AudienceVaultError | None = None
        self._outgoing = outgoing
        self._requests = requests
        self._secrets = secrets
        self._transport = transport
        self._book = book
        self._progress = progress
        self._title = outgoing.definition.title
        self._asker = asking.Asker(self._title, requests, transport, self.pacer, Blanking([], [], (), secrets))
        self._lock = threading.Lock()
        self._halt = threading.Event()
        self._took: set[str] = set()
        self._unsuppressed = False
        self._fates = _Fates(outgoing)

    def send(self, in_flight: int) -> None:
        """All pushes, suppressing ones first."""
        pushes = sorted(enumerate(self._outgoing.pushes), key=lambda each: each[1].push.who != "suppressed")
        for number, made in pushes:
            if made.push.subscribes and self._unsuppressed:
                self._stop(
                    DestinationRefusedError(
                        f"{self._title} did not take all suppressions, so nobody was subscribed.",
                        "See what became of the suppressions; then give the same command again, or make a new plan.",
                    )
                )
            grouped = Grouped(number, made, self._requests)
            too_long = [Fate("rejected", grouped.too_long_words())] * len(grouped.too_long)
            self._note(number, grouped.too_long.tolist(), None, too_long)
            constant = constant_texts(made.push, self._requests.settings)
            batches = grouped.batches()
            if in_flight <= 1 or len(batches) < 2:
                for batch in batches:
                    self._one(grouped, batch, constant, None)
            else:
                self._together(grouped, batches, constant, in_flight)

    def outcomes(self) -> pa.Table:
        """What became of every item."""
        return self._fates.table()

    def _together(self, grouped: Grouped, batches: Sequence[Batch], constant: set[str], in_flight: int) -> None:
        """Several requests at a time. Not all are handed over at once: a million would wait in memory."""
        with ThreadPoolExecutor(in_flight) as pool:
            waiting: deque[Future[Sequence[Fate]]] = deque()
            try:
                for batch in batches:
                    if len(waiting) >= 4 * in_flight:
                        waiting.popleft().result()
                    waiting.append(pool.submit(self._one, grouped, batch, constant, None))
                while waiting:
                    waiting.popleft().result()
            except BaseException:
                self._halt.set()
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def _one(self, grouped: Grouped, batch: Batch, constant: set[str], parts: _Parts | None) -> Sequence[Fate]:
        """The fates of one batch, by the journal or by sending it. `parts` is None for a batch that is no part."""
        key = batch.key
        if key in self._book.ended:
            status, fates, whole = self._book.ended[key]
            return self._settle(grouped, batch, status, fates, whole=whole)
        if key in self._book.split:
            return self._halves(grouped, batch, constant, parts)
        if self._halt.is_set():
            return self._settle(grouped, batch, None, [Fate("unsent")] * batch.count)
        items = Items(grouped.items(batch), constant, self._secrets)
        try:
            if key in self._book.jobs:
                return self._job(grouped, batch, items, self._book.jobs[key], None)
            if key in self._book.begun and not grouped.call.repeatable:
                return self._end(grouped, batch, None, [Fate("unknown", _NO_ANSWER)] * batch.count)
            status, answer = self._send(grouped, batch, items)
            if answer.whole and batch.count > 1 and status in HALVED and (parts is None or parts.left >= 2):
                self._book.halve(key)
                return self._halves(grouped, batch, constant, parts)
            if answer.job and grouped.call.job is not None:
                return self._job(grouped, batch, items, answer.job, status)
            return self._end(grouped, batch, status, answer.fates, whole=answer.whole)
        except AudienceVaultError as error:
            self._stop(error)
            return self._settle(grouped, batch, None, [Fate("unsent")] * batch.count)

    def _halves(self, grouped: Grouped, batch: Batch, constant: set[str], parts: _Parts | None) -> Sequence[Fate]:
        """A refused batch in halves, so that those whom the receiver has nothing against are not kept out."""
        top = parts is None
        parts = parts or _Parts()
        parts.left -= 2
        fates: list[Fate] = []
        for half in batch.halves():
            fates.extend(self._one(grouped, half, constant, parts))
        if top and len(fates) >= _MANY and all(fate.outcome == "rejected" for fate in fates):
            self._stop(
                DestinationRefusedError(
                    f"{self._title} refuses everything in {grouped.made.push.name}: {fates[0].words or '(no words)'}",
                    "Check the settings: wrong lists and missing fields look like this.",
                )
            )
        return fates

    def _job(self, grouped: Grouped, batch: Batch, items: Items, identity: str, status: int | None) -> Sequence[Fate]:
        """The fates of a batch that the receiver took to do later."""
        job = grouped.call.job
        if job is None:
            return self._end(grouped, batch, status, [Fate("queued")] * batch.count)
        try:
            if batch.key not in self._book.jobs:
                self._book.job(batch.key, identity)
            return self._end(grouped, batch, status, jobs.settle(job, items, identity, self._asker))
        except AudienceVaultError as error:
            # Not written down as the end: going on asks again.
            self._stop(error)
            return self._settle(grouped, batch, status, [Fate("queued", _NOT_SEEN)] * batch.count)

    def _send(self, grouped: Grouped, batch: Batch, items: Items) -> tuple[int | None, Read]:
        """The answer to the request for one batch, tried as often as is safe and as the receiver's pace allows."""
        call, pace, key = grouped.call, self._requests.api.pace, batch.key
        reply: Reply | None = None
        why = ""
        for attempt in range(1, pace.attempts + 1):
            if self._halt.is_set():
                return None, _all("unsent", batch)
            self.pacer.admit(call.name, call.rates)
            request = self._requests.of(grouped, batch)
            self._book.begin(key, sure=not call.repeatable)
            reply, sure = None, False
            try:
                reply = self._transport.send(request, pace.timeout)
            except Unanswered as error:
                why, sure = error.why, not error.sent
            except AudienceVaultError:
                # It was not let out of the house.
                self._book.back(key)
                raise
            else:
                kind = self._kind(grouped, reply)
                if kind == "read":
                    answer = read(call.answer, items, reply)
                    if answer.believed:
                        return reply.status, self._answered(call.name, answer)
                    why = answer.why
                elif kind in {"throttled", "broken"}:
                    why, sure = f"status {reply.status}", kind == "throttled"
                else:
                    # Some servers take a form and then send people elsewhere to read the answer.
                    if call.repeatable or not 300 <= reply.status < 400:
                        self._book.back(key)
                    return reply.status, self._last(kind, reply, grouped, batch)
            if sure:
                self._book.back(key)
            if not sure and not call.repeatable:
                self._give_up(why)
                words = f"{_NO_ANSWER[:-1]} ({why})."
                return (reply.status if reply else None), _all("unknown", batch, words)
            if attempt == pace.attempts:
                self._give_up(why)
                break
            try:
                self.pacer.hold(self.pacer.pause(reply, attempt, key))
            except Impatient as error:
                self._stop(asking.too_long(self._title, error.seconds))
                break
        return (reply.status if reply else None), _all("retry", batch, f"Tried without success: {why}.")

    def _give_up(self, why: str) -> None:
        if self.pacer.gave_up():
            self._stop(
                DestinationUnavailableError(
                    f"{self._title} does not answer: {why}.",
                    "Give the same command again later; what was taken is not sent again.",
                )
            )

    def _kind(self, grouped: Grouped, reply: Reply) -> str:
        call = grouped.call
        about_item = not call.many and any(name in call.path for name in ("{point}", "{md5_email}", "{item_id}"))
        kind = kind_of(reply, self._requests.api.pace, call.answer, about_item=about_item)
        if asking.refuses_key(self._requests, reply):
            return "credentials"
        if kind == "forbidden":
            # Whoever let us in before means this request, not the key.
            return "read" if call.name in self._took else "credentials"
        return kind

    def _answered(self, call: str, answer: Read) -> Read:
        self.pacer.answered()
        if any(fate.outcome in TAKEN for fate in answer.fates):
            self._took.add(call)
        return answer

    def _last(self, kind: str, reply: Reply, grouped: Grouped, batch: Batch) -> Read:
        """An answer after which nothing more is sent."""
        blanking = Items(grouped.items(batch), (), self._secrets).blanking
        if kind == "credentials":
            error: AudienceVaultError = asking.key_refused(self._title, self._requests, reply, blanking)
            self._stop(error)
            return _all("credentials", batch, error.message)
        rule = final_rule(reply, self._requests.api.pace)
        if rule is not None:
            self._stop(DestinationUnavailableError(rule.say, "Give the same command again after that."))
            return _all("retry", batch, rule.say)
        error = asking.refused(self._title, reply, blanking, f"the push {grouped.made.push.name}")
        self._stop(error)
        return _all("fatal", batch, error.message)

    def _end(
        self, grouped: Grouped, batch: Batch, status: int | None, fates: Sequence[Fate], *, whole: bool = False
    ) -> Sequence[Fate]:
        """Write down what is final, and note the fates."""
        if all(fate.outcome in FINAL for fate in fates):
            try:
                self._book.end(batch.key, status, fates, whole=whole, sure=not grouped.call.repeatable)
            except AudienceVaultError as error:
                # What the receiver said holds, written down or not.
                self._stop(error)
        return self._settle(grouped, batch, status, fates, whole=whole)

    def _settle(
        self, grouped: Grouped, batch: Batch, status: int | None, fates: Sequence[Fate], *, whole: bool = False
    ) -> Sequence[Fate]:
        self._note(batch.push, grouped.positions(batch).tolist(), status, fates)
        failed = (whole and batch.count > 1) or any(fate.outcome in _OPEN for fate in fates)
        if failed and grouped.made.push.who == "suppressed":
            self._unsuppressed = True
        return fates

    def _note(self, push: int, positions: Sequence[int], status: int | None, fates: Sequence[Fate]) -> None:
        self._fates.note(push, positions, status, fates)
        if self._progress is not None and positions:
            with self._lock:
                self._progress(self._fates.done, self._fates.all)

    def _stop(self, error: AudienceVaultError) -> None:
        with self._lock:
            self.stopped = self.stopped or error
        self._halt.set()


def _all(outcome: str, batch: Batch, words: str = "") -> Read:
    return Read((Fate(outcome, words),) * batch.count)


def _sizes(outgoing: Outgoing) -> list[int]:
    return [made.items.num_rows for made in outgoing.pushes]
