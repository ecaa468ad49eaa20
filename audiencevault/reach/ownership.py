"""Who can switch a platform off: owner companies, their platforms, sending tools and channels, as data.

Words: a *platform* is where people follow you or write to you, and it belongs to an *owner company*; a *tool*
sends for you, so that its outage takes the sending away and leaves the list, which lies in the vault; a *channel*
is a way to write to an address or number of the person's own, which no single company can take away.
WhatsApp is both: a channel that a phone number and a permission open, and a platform of a company.

The data is `owners.toml` of this package, read by a loader that refuses unknown keys.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from audiencevault.errors import DefinitionError, UsageError
from audiencevault.records import CHANNELS, RELATIONSHIPS

TIES: Final = ("follower", "friend", "connection", "chat_partner")
"""Relationships through which a platform lets you be seen or heard, on every platform."""


@dataclass(frozen=True)
class Company:
    """Who owns platforms or tools."""

    name: str
    title: str
    also: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    open_points: tuple[str, ...] = ()


@dataclass(frozen=True)
class Platform:
    """Where people follow you. `families` are the beginnings of the sources whose records lie there (`instagram` of
    `instagram.followers`); `ties` are relationships that count there besides `TIES`; `channels` stop with it;
    `answer` says what may be said to somebody who wrote at most `answer_days` ago, `public` where a sign-up link can
    stand.
    """

    name: str
    title: str
    company: str
    also: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    ties: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    answer: str = ""
    answer_days: int = 30
    public: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tool:
    """What sends for you; the list stays in the vault when it stops."""

    name: str
    title: str
    company: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Channel:
    """A way to an address or number of the person's own."""

    name: str
    title: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outage:
    """What is switched off: the names as asked for, in canonical form, and what stops with them."""

    names: tuple[str, ...]
    title: str
    platforms: tuple[str, ...]
    channels: tuple[str, ...]
    tools: tuple[str, ...]


@dataclass(frozen=True)
class Owners:
    """All of it, each by name."""

    reviewed_on: str
    companies: Mapping[str, Company]
    platforms: Mapping[str, Platform]
    tools: Mapping[str, Tool]
    channels: Mapping[str, Channel]

    def known(self) -> list[str]:
        """Every name that can be down, sorted, without the other spellings."""
        return sorted({*self.companies, *self.platforms, *self.tools, *self.channels})

    def platform_of(self, source: str, relationship: str) -> str | None:
        """The platform through which records of `source` with this relationship can be reached; None where the
        relationship reaches nobody. A family that is not in the data is a platform of its own name.
        """
        family = source.partition(".")[0]
        for platform in self.platforms.values():
            if family in platform.families:
                return platform.name if relationship in (*TIES, *platform.ties) else None
        return family if relationship in TIES else None

    def company_of(self, platform: str) -> str:
        """The owner of a platform; a platform that is not in the data owns itself."""
        return self.platforms[platform].company if platform in self.platforms else platform

    def title(self, name: str) -> str:
        """How a company, platform, tool or channel is written."""
        groups: tuple[Mapping[str, Company | Platform | Tool | Channel], ...]
        groups = (self.companies, self.platforms, self.tools, self.channels)
        for group in groups:
            if name in group:
                return group[name].title
        return name.replace("_", " ").title()

    def outage(self, names: Iterable[str]) -> Outage:
        """What stops when `names` are down: companies, platforms, tools or channels, in any spelling; each may hold
        several, separated by commas. Raises `UsageError` naming what is known.
        """
        asked = [part.strip().casefold() for name in names for part in name.split(",") if part.strip()]
        if not asked:
            raise UsageError("Nothing was named that is down.", f"Known: {', '.join(self.known())}.")
        spelled = self._spellings()
        unknown = [name for name in asked if name not in spelled]
        if unknown:
            raise UsageError(f"Nothing is known that is called {unknown[0]!r}.", f"Known: {', '.join(self.known())}.")
        found = tuple(dict.fromkeys(spelled[name] for name in asked))
        platforms = [item for item in self.platforms.values() if item.name in found or item.company in found]
        tools = [item.name for item in self.tools.values() if item.name in found or item.company in found]
        stopped = {channel for item in platforms for channel in item.channels} | {
            name for name in found if name in self.channels
        }
        return Outage(
            names=found,
            title=_and([self.title(name) for name in found]),
            platforms=tuple(item.name for item in platforms),
            channels=tuple(sorted(stopped)),
            tools=tuple(tools),
        )

    def _spellings(self) -> dict[str, str]:
        groups: tuple[Mapping[str, Any], ...] = (self.channels, self.tools, self.platforms, self.companies)
        found: dict[str, str] = {}
        for group in groups:
            for item in group.values():
                found |= dict.fromkeys((item.name, item.title.casefold(), *item.also), item.name)
        return found


def _and(items: list[str]) -> str:
    head, tail = items[:-1], items[-1]
    return f"{', '.join(head)} and {tail}" if head else tail


@cache
def owners() -> Owners:
    """The data that ships with the package."""
    return load(files("audiencevault.reach").joinpath("owners.toml").read_text(encoding="utf-8"), "owners.toml")


_KEYS: Final[Mapping[str, Mapping[str, type]]] = {
    "companies": {"name": str, "title": str, "also": list, "sources": list, "open_points": list},
    "platforms": {
        "name": str, "title": str, "company": str, "also": list, "families": list, "ties": list, "channels": list,
        "answer": str, "answer_days": int, "public": str, "sources": list,
    },
    "tools": {"name": str, "title": str, "company": str, "also": list},
    "channels": {"name": str, "title": str, "also": list},
}  # fmt: skip
_REQUIRED: Final = ("name", "title", "company")


def load(text: str, where: str) -> Owners:
    """The data in the TOML `text` of the file `where`; an unknown, missing or ill-typed key is an error."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{where} is not valid TOML: {error}.") from error
    if set(raw) != {"reviewed_on", *_KEYS} or not isinstance(raw["reviewed_on"], str):
        raise DefinitionError(f"{where} must hold reviewed_on, {', '.join(_KEYS)}, and nothing else.")
    found = Owners(
        raw["reviewed_on"],
        {item["name"]: Company(**item) for item in _items(raw, "companies", where)},
        {item["name"]: Platform(**{"families": (item["name"],), **item}) for item in _items(raw, "platforms", where)},
        {item["name"]: Tool(**item) for item in _items(raw, "tools", where)},
        {item["name"]: Channel(**item) for item in _items(raw, "channels", where)},
    )
    owned: list[Platform | Tool] = [*found.platforms.values(), *found.tools.values()]
    for item in owned:
        if item.company not in found.companies:
            raise DefinitionError(f"{where}: {item.name} belongs to {item.company!r}, which is no company of the file.")
    for platform in found.platforms.values():
        _all_of(platform.ties, RELATIONSHIPS, f"{where}: ties of {platform.name}")
        _all_of(platform.channels, CHANNELS, f"{where}: channels of {platform.name}")
    _all_of(tuple(found.channels), CHANNELS, f"{where}: channels")
    return found


def _items(raw: Mapping[str, Any], group: str, where: str) -> list[dict[str, Any]]:
    allowed = _KEYS[group]
    items: list[dict[str, Any]] = []
    for number, entry in enumerate(raw[group], start=1):
        place = f"{where}: {group} {number}"
        for key, value in entry.items():
            if key not in allowed:
                raise DefinitionError(f"{place} has the unknown key {key!r}.", f"Known keys: {', '.join(allowed)}.")
            if type(value) is not allowed[key]:
                raise DefinitionError(f"{place}: {key} must be of type {allowed[key].__name__}.")
        missing = [key for key in _REQUIRED if key in allowed and key not in entry]
        if missing:
            raise DefinitionError(f"{place} lacks {', '.join(missing)}.")
        items.append({key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()})
    if len({item["name"] for item in items}) < len(items):
        raise DefinitionError(f"{where}: two {group} have the same name.")
    return items


def _all_of(values: Iterable[str], allowed: Iterable[str], place: str) -> None:
    known = set(allowed)
    for value in values:
        if value not in known:
            raise DefinitionError(f"{place}: {value!r} is none of {', '.join(sorted(known))}.")
