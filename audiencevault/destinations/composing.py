"""What goes to a receiver's API, person by person, made of an Audience: finished items, and who is held back.

Words: an *item* is what one request says of one person or address; its *digest* is a keyed hash of what is said
about the person under a status, which tells whether anything changed since the receiver was told last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from audiencevault.destinations.api import Call, Push
from audiencevault.destinations.definition import Definition

ITEMS: Final = pa.schema(
    [
        ("item", pa.large_string()),
        ("item_id", pa.string()),
        ("digest", pa.string()),
        ("contact_id", pa.string()),
        ("channel", pa.string()),
        ("point_kind", pa.string()),
        ("point", pa.string()),
        ("point_key", pa.string()),
    ]
)
"""`item` is the finished item: the JSON text of the person's object, for form bodies a JSON object of texts, for CSV
bodies a line without its end, else the text that the receiver's module made. `channel` holds the channels that the
item is about, joined by `+`; `contact_id` is null for suppressed points. `point_key` is the point as keys of the vault
write it."""

EARLIER: Final = pa.schema(
    [
        ("point_kind", pa.string()),
        ("point_key", pa.string()),
        ("channel", pa.string()),
        ("status", pa.string()),
        ("digest", pa.string()),
    ]
)
"""What a receiver took before: columns as in `ITEMS`, and the push's status."""


@dataclass(frozen=True)
class PushItems:
    """The items of one push. `header` is the first line of a CSV body. Of the people whom the push is for, `new` were
    never sent under its status, `changed` were and differ now, `unchanged` are not in `items`.
    """

    push: Push
    call: Call
    items: pa.Table
    header: str = ""
    unchanged: int = 0
    new: int = 0
    changed: int = 0


@dataclass(frozen=True)
class Outgoing:
    """Everything for one receiver: pushes in the order in which they are sent, suppressing ones first, and the admitted
    people whom none of them carries, as rows of `held_back.left_out`. `settings` are complete.
    """

    definition: Definition
    settings: Mapping[str, str]
    pushes: tuple[PushItems, ...]
    held_back: pa.Table
