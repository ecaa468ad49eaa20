r"""How far into a number a pattern of a numbering plan looks.

Words: a pattern *looks at* a digit if another digit in its place may change the answer. Behind the last digit that it
looks at come only `\d`: there the length alone decides.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

WHOLE: Final = 18
"""What is said of a pattern that cannot be read: it may look at every digit."""

_ATOM: Final = re.compile(r"\\d|\[[0-9\-]+\]|[0-9]|\((?:\?:)?")
_TIMES: Final = re.compile(r"\{(\d+)(?:,(\d+))?\}|[?*+]")


@lru_cache(maxsize=4_096)
def depth_of(pattern: str) -> int:
    r"""How many of a number's first digits a pattern looks at, at most.

    >>> depth_of(r"[1-9]\d{9}"), depth_of(r"(?:3[0-8]|40)\d{6,9}|5(?:0\d)?1\d{5}"), depth_of(r"(?=1)\d+")
    (1, 4, 18)
    """
    try:
        depth, _, end = _alternatives(pattern, 0)
    except ValueError:
        return WHOLE
    return min(depth, WHOLE) if end == len(pattern) else WHOLE


def _alternatives(pattern: str, at: int) -> tuple[int, int, int]:
    """Of alternatives that begin at a place of a pattern: how far they look, how many digits they take at most, and
    where they end.
    """
    depth, length, at = _sequence(pattern, at)
    while pattern[at : at + 1] == "|":
        looks, takes, at = _sequence(pattern, at + 1)
        depth, length = max(depth, looks), max(length, takes)
    return depth, length, at


def _sequence(pattern: str, at: int) -> tuple[int, int, int]:
    depth = length = 0
    while at < len(pattern) and pattern[at] not in "|)":
        atom = _ATOM.match(pattern, at)
        if atom is None:
            raise ValueError
        at, text = atom.end(), atom.group()
        if text[0] == "(":
            looks, takes, at = _alternatives(pattern, at)
            if pattern[at : at + 1] != ")":
                raise ValueError
            at += 1
        else:
            looks, takes = int(text != r"\d"), 1
        times = _TIMES.match(pattern, at)
        repeated = 1
        if times is not None:
            at = times.end()
            repeated = 1 if times.group() == "?" else int(times.group(2) or times.group(1) or WHOLE)
        if looks and repeated:
            depth = max(depth, length + (repeated - 1) * takes + looks)
        length += repeated * takes
    return depth, length, at
