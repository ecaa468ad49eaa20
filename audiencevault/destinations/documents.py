"""Answers as JSON documents, and paths into them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from audiencevault.destinations.transport import Reply

MISSING: Final = object()
"""What is found where nothing is: not null, which is something."""
_HTML: Final = re.compile(rb"\s*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def document(reply: Reply) -> Any:
    """The reply's body as a JSON document, or `MISSING` where it is none."""
    try:
        return json.loads(reply.body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return MISSING


def is_html(reply: Reply) -> bool:
    """Whether a page for people came instead of an answer: of a proxy, a login, an error."""
    kind = reply.headers.get("content-type", "").lower()
    return (kind.startswith("text/html") and bool(reply.body.strip())) or _HTML.match(reply.body[:200]) is not None


def at_path(whole: Any, path: str) -> Any:
    """What lies at `path` (names and list positions with dots between; empty: the whole), or `MISSING`."""
    found = whole
    for part in path.split(".") if path else ():
        if isinstance(found, Mapping):
            found = found.get(part, MISSING)
        elif isinstance(found, list) and re.fullmatch(r"[0-9]+", part) and int(part) < len(found):
            found = found[int(part)]
        else:
            return MISSING
    return found


def says(whole: Any, path: str) -> bool:
    """Whether a document says anything at `path`, be it that there is nothing: null there or on the way."""
    found = whole
    for part in path.split(".") if path else ():
        if found is None:
            return True
        found = at_path(found, part)
    return found is not MISSING


def as_text(value: Any) -> str:
    """A value of a document as text: empty for nothing, `true` and `false` in small letters, the rest as JSON."""
    if value is MISSING or value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def texts_in(whole: Any) -> list[str]:
    """Every text in a document, at any depth."""
    found: list[str] = []
    left = [whole]
    while left:
        each = left.pop()
        if isinstance(each, str):
            found.append(each)
        elif isinstance(each, Mapping):
            left.extend(each.values())
        elif isinstance(each, list):
            left.extend(each)
    return found
