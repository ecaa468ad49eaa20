"""JSON documents of any size as a stream of parser events: for exports that are one large document.

Words: an *event* is what the parser met (`start_map`, `map_key`, `string`, ...); its *prefix* the keys that lead to it,
joined by dots, with `item` for each array.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import ijson

from audiencevault.export import Member
from audiencevault.sources import json_text

Events = Generator[tuple[str, str, Any], None, None]


def events(member: Member) -> Events:
    """Prefix, event and value of everything in the document, in order.

    Raises `ExportError` naming the member where it is cut off or damaged; what stands before has been yielded by then.
    """
    with json_text.opened(member) as content:
        yield from ijson.parse(content, **json_text.SETTINGS)


def assigned_items(member: Member) -> Iterator[Any]:
    """The items of the array that a script assigns: `window.YTD.follower.part0 = [ ... ]`. Errors as `events`."""
    with json_text.opened(member, after=b"=") as content:
        yield from ijson.items(content, "item", **json_text.SETTINGS)


def assigned(member: Member) -> Any:
    """The document that a script assigns, whole; None where there is none. Errors as `events`."""
    with json_text.opened(member, after=b"=") as content:
        for whole in ijson.items(content, "", **json_text.SETTINGS):
            return whole
    return None
