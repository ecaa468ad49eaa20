"""Given names and the short and pet forms that people use for them, in about thirty languages.

The table is the file `given_names.txt` beside this module, one name a line.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Final

OWN_NAMES: Final = frozenset({"ana", "jan", "kim", "lena", "mia", "nina", "tina", "lee", "li", "min", "jun", "ali"})
"""Names in their own right that the package `nicknames` takes for forms of others only."""


@lru_cache(maxsize=1)
def forms() -> dict[str, tuple[str, ...]]:
    """Each name with its short and pet forms, from all languages together; they are only a hint for comparing."""
    found: dict[str, dict[str, None]] = {}
    text = (files("audiencevault.normalise") / "given_names.txt").read_text("utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, written = line.partition(":")
            found.setdefault(name.replace("_", " "), {}).update(dict.fromkeys(written.split()))
    return {name: tuple(written) for name, written in found.items()}
