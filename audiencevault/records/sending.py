"""The tables of what receivers were handed, and of what was read back from them."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from audiencevault.records.schema import TIMESTAMP, schema

DELIVERIES: Final = schema(
    "deliveries",
    [
        ("delivery_id", pa.string()),
        ("at", TIMESTAMP),
        ("destination", pa.string()),
        ("contact_id", pa.string()),
        ("point_kind", pa.string()),
        ("point_key", pa.string()),
        ("channel", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("payload_sha256", pa.string()),
        ("account", pa.string()),
        ("plan_id", pa.string()),
        ("push", pa.string()),
        ("item_id", pa.string()),
        ("channels", pa.string()),
        ("outcome", pa.string()),
        ("http_status", pa.int32()),
        ("words", pa.string()),
        ("digest", pa.string()),
    ],
)
"""Who was handed to whom. From `account` on, null for files; rows of one item that went to an API share `plan_id`,
`push` and `item_id`, and only the row of the item's own point has `channels` and `digest`."""

PULLS: Final = schema(
    "pulls",
    [
        ("pull_id", pa.string()),
        ("at", TIMESTAMP),
        ("destination", pa.string()),
        ("account", pa.string()),
        ("controller_id", pa.string()),
        ("definition_sha256", pa.string()),
        ("pull", pa.string()),
        ("since", TIMESTAMP),
        ("complete", pa.bool_()),
        ("verified", pa.bool_()),
        ("listed", pa.int64()),
        ("added", pa.int64()),
    ],
)
"""Which listings of "no"s were read back from a receiver, and when: what is fresh is known from here."""
