"""Everything outgoing, sent in the safe order, with the outcome of every item."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from audiencevault.destinations.composing import Outgoing
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import Clock, Transport
from audiencevault.errors import AudienceVaultError, DestinationError

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Delivered:
    """What became of every item (`answers.OUTCOMES`, in the order of `Outgoing`), how many requests it took and how
    many seconds were waited, and the error that ended the run early, if one did.
    """

    outcomes: pa.Table
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
    """Send everything."""
    raise DestinationError("Nothing is sent yet.")
