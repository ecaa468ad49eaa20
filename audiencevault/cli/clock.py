"""The time and the network for rooms that may know neither."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from audiencevault.cli import context

if TYPE_CHECKING:
    from audiencevault.destinations.transport import Clock, Transport
    from audiencevault.pipeline import Line


class SystemClock:
    """The system's clock, begun at `context.now`, so that a run that is set to a date still sees time pass."""

    def __init__(self) -> None:
        self._start = context.now()
        self._begun = time.monotonic()

    def now(self) -> datetime:
        """Now, in UTC."""
        return self._start + timedelta(seconds=time.monotonic() - self._begun)

    def wait(self, seconds: float) -> None:
        """Return after `seconds`."""
        if seconds > 0:
            time.sleep(seconds)


def line(*, insecure_http: bool = False) -> Line:
    """The way out for one run; with `insecure_http` also over plain http, to the hosts that the settings name."""
    from audiencevault.destinations.transport import HttpTransport
    from audiencevault.pipeline import Line

    def network(hosts: tuple[str, ...], clock: Clock) -> AbstractContextManager[Transport]:
        return HttpTransport(hosts, clock, insecure=hosts if insecure_http else ())

    clock = SystemClock()
    return Line(network, clock, clock.now())
