"""What a receiver's answers mean, item by item."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

OUTCOMES: Final = pa.schema(
    [
        ("push", pa.string()),
        ("item_id", pa.string()),
        ("contact_id", pa.string()),
        ("point_kind", pa.string()),
        ("point_key", pa.string()),
        ("channel", pa.string()),
        ("status", pa.string()),
        ("outcome", pa.string()),
        ("http_status", pa.int32()),
        ("words", pa.string()),
        ("digest", pa.string()),
        ("state", pa.string()),
    ]
)
"""What became of each item. `status` is the push's; `words` are the receiver's own, without addresses; `state` is set
where a refusal says that the address has left, complained or is dead there."""

OUTCOME_WORDS: Final = (
    "accepted",
    "exists",
    "waiting",
    "queued",
    "rejected",
    "refused",
    "retry",
    "unknown",
    "credentials",
    "fatal",
    "unsent",
)
TAKEN: Final = ("accepted", "exists", "waiting", "queued")
"""Outcomes of items that the receiver has."""
FINAL: Final = (*TAKEN, "rejected", "refused", "unknown")
"""Outcomes that going on with the same plan does not try again."""
