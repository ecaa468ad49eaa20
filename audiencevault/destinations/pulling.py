"""Who said no at a receiver, read back before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyarrow as pa

from audiencevault.destinations.definition import Definition
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import Clock, Transport
from audiencevault.errors import DestinationError
from audiencevault.records import TIMESTAMP

PULLED: Final = pa.schema(
    [
        ("pull", pa.string()),
        ("channel", pa.string()),
        ("point_kind", pa.string()),
        ("point", pa.string()),
        ("state", pa.string()),
        ("happened_at", TIMESTAMP),
        ("words", pa.string()),
    ]
)


@dataclass(frozen=True)
class Pulled:
    """What was read, whether every listing was read to its end, and whether all of them are verified."""

    rows: pa.Table
    complete: bool
    verified: bool
    calls: int


def pull(
    definition: Definition,
    settings: Mapping[str, str],
    *,
    secrets: Mapping[str, Secret],
    transport: Transport,
    clock: Clock,
    since: Mapping[str, datetime] | None = None,
    asked: pa.Table | None = None,
    sent: pa.Table | None = None,
) -> Pulled:
    """Read all listings of the receiver."""
    raise DestinationError("Nothing is pulled yet.")
