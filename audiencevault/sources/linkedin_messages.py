"""Rows of LinkedIn's messages.csv: which of them are an exchange with a person, and with whom.

What was said is never kept: only names, profile addresses and times leave this module.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from audiencevault.sources import linkedin_files as files

YES: Final = frozenset({"yes", "true", "1"})


@dataclass(slots=True)
class Partner:
    """Somebody the owner exchanged messages with; `messages` are those between the two alone."""

    slug: str
    name: str | None
    row: int
    member: str
    group: bool
    messages: int = 0
    dates: list[str] = field(default_factory=list)


def no_message(cells: dict[str, str]) -> str | None:
    """Why a row of messages.csv is no exchange with a person; None if it is one."""
    if any(cells.get(key, "").lower() in YES for key in ("is message draft", "is conversation draft")):
        return "draft"
    if cells.get("folder", "").upper() == "SPAM":
        return "spam"
    if not files.slug(cells.get("sender profile url", "")):
        return "sponsored" if "spinmail" in cells.get("content", "")[:200] else "hidden_account"
    return None


def people(cells: dict[str, str]) -> list[tuple[str, str | None]]:
    """Slug and name of sender and recipients that have a profile address.

    Recipients' names are joined by a comma and hold commas: they are only told apart where the counts agree.
    """
    people: dict[str, str | None] = {}
    sender = files.slug(cells.get("sender profile url", ""))
    if sender:
        people[sender] = cells.get("from")
    urls = [url for url in cells.get("recipient profile urls", "").split(",") if url.strip()]
    names = cells.get("to", "").split(", ") if len(urls) > 1 else [cells.get("to", "")]
    for position, url in enumerate(urls):
        slug = files.slug(url)
        if slug:
            people.setdefault(slug, names[position] or None if len(names) == len(urls) else None)
    return list(people.items())


def span(dates: list[str]) -> list[str]:
    """First and last of dates written year first; that is all a partner needs of them."""
    kept = sorted(date for date in dates if date)
    return [kept[0], kept[-1]] if len(kept) > 2 else kept
