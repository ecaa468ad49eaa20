"""The sentences that pages of receivers have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from audiencevault.destinations.layout import Column

POLARITY: Final = {
    "forces": "A subscription sent there takes back an earlier opt-out, so opt-outs go first.",
    "respects": "Somebody who opted out there stays out, whatever is sent.",
    "unknown": "Whether a subscription sent there takes back an earlier opt-out is not verified: assume that it does.",
    "none": "It has no state of its own that could be overwritten.",
}
EFFECTS: Final = {
    "forces": "It takes back an earlier opt-out.",
    "respects": "Somebody who opted out there stays out.",
    "unknown": "Whether it takes back an earlier opt-out is not verified.",
    "none": "There is no opt-out there that it could take back.",
}
WHO: Final = {
    "consent": "people who agreed themselves",
    "other": "people who may be reached on another basis than their own consent",
    "any": "people who may be reached",
}
_OVERFLOW: Final = {"clip": "clipped", "blank": "left blank", "hold_back": "the person is held back"}


def column_facts(column: Column) -> list[str]:
    """What a column holds and what becomes of values that do not fit."""
    if column.value is not None:
        return [f"always `{column.value}`", *([f"where {column.needs} is filled"] if column.needs else [])]
    said = [f"`{column.field}`"]
    if column.values:
        said.append("; ".join(f"`{word}` → {value}" for word, value in column.values.items()))
    elif column.encode != "text":
        said.append(column.encode)
    for limit, unit in ((column.max_bytes, "bytes"), (column.max_chars, "characters")):
        if limit is not None:
            said.append(f"longer than {limit} {unit}: {_OVERFLOW[column.on_overflow]}")
    if column.max_item_chars is not None:
        said.append(f"each item at most {column.max_item_chars} characters")
    if column.ascii_local:
        said.append("an address with other letters than ASCII before the @ is held back")
    return said


def and_(items: Iterable[str]) -> str:
    """`a, b and c`."""
    return _joined(list(items), "and")


def or_(items: Iterable[str]) -> str:
    """`a, b or c`."""
    return _joined(list(items), "or")


def _joined(items: list[str], word: str) -> str:
    head, tail = items[:-1], items[-1]
    return f"{', '.join(head)} {word} {tail}" if head else tail
