"""Where it is too early or too late to send a text message: local time by the area code of a number.

An area code that lies in several time zones, and a number that tells none, is held to all of its zones: it is
quiet there as soon as it is quiet in one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from audiencevault.consent.policy import QuietHours

ANYWHERE: Final = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Anchorage",
    "Pacific/Honolulu",
)  # fmt: skip
"""The zones of a number that tells none."""

PREFIX_LENGTH: Final = 5
"""Characters of a number that tell its area: `+1202`."""


@cache
def zones() -> Mapping[str, tuple[str, ...]]:
    """The time zones of each prefix (`+1202`), sorted."""
    text = files("audiencevault.consent").joinpath("area_codes.toml").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for zone, codes in tomllib.loads(text).items():
        for code in codes:
            found.setdefault(f"+1{code}", []).append(zone)
    return {prefix: tuple(sorted(names)) for prefix, names in sorted(found.items())}


def is_quiet(names: Iterable[str], hours: QuietHours, moment: datetime) -> bool:
    """Whether it is quiet at `moment` (aware) in one of the zones `names`."""
    return any(_within(moment.astimezone(ZoneInfo(name)).hour, hours) for name in names)


def quiet_prefixes(hours: QuietHours, moment: datetime) -> tuple[dict[str, bool], bool]:
    """For each prefix whether it is quiet there at `moment`, and the same for a number that tells no zone."""
    by_zone: dict[tuple[str, ...], bool] = {}
    for names in (*zones().values(), ANYWHERE):
        if names not in by_zone:
            by_zone[names] = is_quiet(names, hours, moment)
    return {prefix: by_zone[names] for prefix, names in zones().items()}, by_zone[ANYWHERE]


def _within(hour: int, hours: QuietHours) -> bool:
    if hours.start > hours.end:
        return hour >= hours.start or hour < hours.end
    return hours.start <= hour < hours.end
