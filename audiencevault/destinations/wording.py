"""The receiver's own words, without the people they are about.

Receivers repeat in their errors what they were sent. Kept is what helps to understand, so everything that was sent of
the people themselves is blanked out, and whatever else looks like an address, a number or a key.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from audiencevault.destinations.api import Push
from audiencevault.destinations.documents import as_text, at_path, texts_in
from audiencevault.destinations.secret import Secret

BLANK: Final = "…"
LONGEST: Final = 300
_READ: Final = 4_000
_SHORT: Final = 2
_ADDRESS: Final = re.compile(r"[^\s<>\"'(),;:\[\]{}=&/]+(@|%40)[^\s<>\"'(),;:\[\]{}&/]+", re.IGNORECASE)
_NUMBER: Final = re.compile(r"(?<![\w])\+?(?:%2B)?\d(?:[\s().\-/]{0,2}\d){6,}")
_HASH: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{32,128}(?![0-9A-Za-z])")
_BLANKS: Final = re.compile(rf"{BLANK}(\s?{BLANK})+")
_USUAL: Final = (
    "message",
    "detail",
    "title",
    "description",
    "error_description",
    "error.message",
    "error",
    "reason",
    "errors.0.detail",
    "errors.0.message",
    "errors.0.title",
    "errors.0",
)


class Blanking:
    """Blanks out what `texts` (the items of one request, as sent) and `points` say of people. `constant` are texts that
    the definition or the settings put there, which are about nobody. `secrets` are blanked too: some receivers repeat
    the key that they do not accept.
    """

    def __init__(
        self,
        texts: Sequence[str],
        points: Iterable[str | None],
        constant: Iterable[str] = (),
        secrets: Iterable[Secret] = (),
    ) -> None:
        known = {text.casefold() for text in constant}
        values = {point for point in points if point} | {secret.reveal() for secret in secrets}
        for text in texts:
            for value in _values(text):
                if value.casefold() not in known:
                    values.update([value, *(word for word in value.split() if len(word) > _SHORT)])
        self._values = sorted({value for value in values if len(value) > 1}, key=len, reverse=True)

    def __call__(self, words: str) -> str:
        """`words` in one line, blanked and cut."""
        text = " ".join("".join(sign if sign.isprintable() else " " for sign in words[:_READ]).split())
        folded = text.casefold()
        for value in self._values:
            if value.casefold() in folded:
                # Short names are parts of many words; in scripts without blanks there are no words to be part of.
                edges = (r"(?<!\w)", r"(?!\w)") if value.isascii() else ("", "")
                text = re.sub(edges[0] + re.escape(value) + edges[1], BLANK, text, flags=re.IGNORECASE)
                folded = text.casefold()
        for pattern in (_ADDRESS, _NUMBER, _HASH):
            text = pattern.sub(BLANK, text)
        text = _BLANKS.sub(BLANK, text)
        return text if len(text) <= LONGEST else text[: LONGEST - 1] + BLANK


def constant_texts(push: Push, settings: Mapping[str, str]) -> set[str]:
    """The texts that stand in items and are about nobody."""
    found = set(settings.values())
    for field in push.fields:
        found.update(texts_in(field.value))
        if field.column is not None:
            found.update(field.column.values.values())
    return found


def words_at(whole: Any, paths: Sequence[str]) -> str:
    """What the document says at `paths`, or where receivers usually say it."""
    said = [as_text(at_path(whole, path)) for path in paths]
    if not any(said) and isinstance(whole, Mapping):
        said = next(([text] for path in _USUAL if (text := _plain(at_path(whole, path)))), [])
    if not any(said) and isinstance(whole, str):
        said = [whole]
    return "; ".join(dict.fromkeys(text for text in said if text))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _values(text: str) -> list[str]:
    """The single values in a finished item: of its JSON, its line of a table, or its lines."""
    try:
        return [value for value in texts_in(json.loads(text)) if value]
    except (ValueError, RecursionError):
        pass
    if "\n" in text:
        parts = [part for line in text.splitlines() for part in re.split(r"[:;,]", line.partition(":")[2])]
    else:
        parts = next(csv.reader([text]), [])
        parts += [cell for line in csv.reader([text], delimiter=";") for cell in line]
    return [part.strip() for part in parts if part.strip()]
