"""How fast a receiver is asked, how long is waited when it says "too fast", and when to give up on it.

Every window of a receiver (so many calls in so many seconds) holds at once, for all threads together. Waits come out of
what the receiver says; where it says nothing they double from one second, a little longer or shorter by a number
that depends on the request, so that two threads do not come back at the same moment.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from audiencevault.destinations.api import Pace, Rate
from audiencevault.destinations.transport import Clock, Reply

LONGEST_WAIT: Final = 900.0
"""Whoever asks for more seconds than these is asked again in another run."""
GIVEN_UP_IN_A_ROW: Final = 2
_LONGEST_DOUBLING: Final = 60.0
_EPOCH_FROM: Final = 1_000_000_000


class Impatient(Exception):  # noqa: N818 - ends a run, is no error of one request
    """The receiver asks to wait longer than a run waits; `seconds` is how long."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Pacer:
    """Lets requests through at the receiver's rates. Threads share it."""

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self._pace = pace
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, list[_Window]] = {"": [_Window(rate) for rate in pace.rates]}
        self._not_before: datetime | None = None
        self._given_up = 0
        self.calls = 0
        self.seconds_waited = 0.0

    def admit(self, call: str = "", rates: Sequence[Rate] = ()) -> None:
        """Return when one more request of the call named `call` (with `rates` of its own) may go out."""
        while True:
            with self._lock:
                if call and call not in self._windows:
                    self._windows[call] = [_Window(rate) for rate in rates]
                windows = [*self._windows[""], *(self._windows[call] if call else ())]
                now = self._clock.now()
                waits = [window.wait(now) for window in windows]
                if self._not_before is not None:
                    waits.append((self._not_before - now).total_seconds())
                longest = max(waits, default=0.0)
                if longest <= 0:
                    for window in windows:
                        window.took(now)
                    self.calls += 1
                    return
            self.wait(longest)

    def wait(self, seconds: float) -> None:
        """Wait `seconds`, and remember that we did."""
        self._clock.wait(seconds)
        with self._lock:
            self.seconds_waited += seconds

    def hold(self, seconds: float) -> None:
        """Nobody asks before `seconds` are over. Raises `Impatient` where that is longer than a run waits."""
        if seconds > LONGEST_WAIT:
            raise Impatient(seconds)
        until = self._clock.now() + timedelta(seconds=seconds)
        with self._lock:
            self._not_before = max(until, self._not_before or until)

    def answered(self) -> None:
        """The receiver answered in earnest."""
        with self._lock:
            self._given_up = 0

    def gave_up(self) -> bool:
        """One more request was given up. True where so many were in a row that the receiver counts as not there."""
        with self._lock:
            self._given_up += 1
            return self._given_up >= GIVEN_UP_IN_A_ROW

    def pause(self, reply: Reply | None, attempt: int, key: str) -> float:
        """Seconds to wait after the try number `attempt` (from one) of the request `key` failed."""
        said = _said(reply, self._pace, self._clock.now()) if reply is not None else None
        if said is not None:
            return max(said, 0.0)
        doubled = min(2.0 ** (attempt - 1), _LONGEST_DOUBLING)
        return doubled * (1.0 + _jitter(key, attempt) / 4.0)


class _Window:
    """One rate: the moments of the last requests, as many as the rate allows."""

    def __init__(self, rate: Rate) -> None:
        self._span = timedelta(seconds=rate.seconds)
        self._times: deque[datetime] = deque(maxlen=rate.calls)

    def wait(self, now: datetime) -> float:
        """Seconds until one more fits."""
        if len(self._times) < (self._times.maxlen or 1):
            return 0.0
        return (self._times[0] + self._span - now).total_seconds()

    def took(self, now: datetime) -> None:
        """One more went out."""
        self._times.append(now)


def _said(reply: Reply, pace: Pace, now: datetime) -> float | None:
    """The seconds that the reply asks for, or None where it says nothing that can be understood."""
    value = reply.headers.get(pace.wait_header.lower(), "").strip()
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        return None if pace.wait == "epoch" else _until_date(value, now)
    if number != number or number in {float("inf"), float("-inf")}:
        return None
    # A receiver that announces a moment and sends a span, or the other way round, is understood all the same.
    return number - now.timestamp() if number >= _EPOCH_FROM else number


def _until_date(value: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - now).total_seconds()


def _jitter(key: str, attempt: int) -> float:
    """A number from 0 to 1 that only depends on the request and the try."""
    return int.from_bytes(hashlib.sha256(f"{key}\x1f{attempt}".encode()).digest()[:4]) / 2**32
