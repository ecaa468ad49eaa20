"""Mailman 3: nobody keeps who left a list, so the roster is compared with those whom the list took earlier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.destinations.documents import as_text, at_path
from audiencevault.destinations.pulling import PULLED
from audiencevault.destinations.receivers import Get
from audiencevault.errors import DestinationRefusedError

PAGE: Final = 500
LEFT: Final = "left"
BANNED: Final = "banned"
_MOST: Final = 20_000


def pull(
    get: Get,
    settings: Mapping[str, str],  # noqa: ARG001 - every module's function takes them
    sent: pa.Table,
) -> pa.Table:
    """Who was put on the list by us and is not on it any more has left it; who is banned from it is blocked.

    Those whose confirmation is still awaited were never on it.
    """
    place = "/lists/{list_id}"
    members = {as_text(entry.get("email")).casefold() for entry in _entries(get, f"{place}/roster/member", "members")}
    bans = [as_text(entry.get("email")) for entry in _entries(get, f"{place}/bans", "bans")]
    awaited = {as_text(entry.get("email")).casefold() for entry in _entries(get, f"{place}/requests", "requests")}
    mail = sent.filter(pc.equal(sent["point_kind"], "email")) if sent.num_rows else sent
    points = dict.fromkeys(mail["point"].to_pylist() if mail.num_rows else [])
    left = [point for point in points if point and point.casefold() not in members | awaited]
    # A ban may be a pattern, which is nobody's address.
    named = [ban for ban in bans if ban and not ban.startswith("^")]
    rows = [(LEFT, point, "withdrawn", "no longer on the list") for point in left]
    rows += [(BANNED, point, "blocked", "banned from the list") for point in named]
    size = len(rows)
    return pa.table(
        {
            "pull": pa.array([row[0] for row in rows], pa.string()),
            "channel": pa.array(["email"] * size, pa.string()),
            "point_kind": pa.array(["email"] * size, pa.string()),
            "point": pa.array([row[1] for row in rows], pa.string()),
            "state": pa.array([row[2] for row in rows], pa.string()),
            "happened_at": pa.nulls(size, PULLED.field("happened_at").type),
            "words": pa.array([row[3] for row in rows], pa.string()),
        },
        schema=PULLED,
    )


def _entries(get: Get, path: str, what: str) -> list[Mapping[str, Any]]:
    """All entries of a listing. Raises `DestinationRefusedError` where it is not as long as it says."""
    found: list[Mapping[str, Any]] = []
    for page in range(1, _MOST):
        whole = get(path, {"count": str(PAGE), "page": str(page)})
        total = at_path(whole, "total_size")
        # A page without anybody has no list of entries at all, only its size.
        entries = whole.get("entries", []) if isinstance(whole, Mapping) else None
        if not isinstance(total, int) or not isinstance(entries, list):
            break
        found.extend(entry for entry in entries if isinstance(entry, Mapping))
        if len(found) >= total:
            return found
        if not entries:
            break
    raise DestinationRefusedError(
        f"Mailman's list of {what} could not be read to its end.",
        "Nothing is concluded from a part of it; people may have come and gone meanwhile: try again.",
    )
