"""Which pushes may only go out while it is freshly known who said no at the receiver."""

from __future__ import annotations

from typing import Final

from audiencevault.destinations.api import Api, Push

OVERRIDING: Final = ("forces", "unknown")
"""Polarities that may subscribe somebody again who had opted out at the receiver."""


def bound(api: Api, push: Push) -> bool:
    """Whether `push` makes people receive marketing in a way that a "no" given at the receiver does not survive, or
    where the receiver cannot be asked for all its "no"s.
    """
    return push.subscribes and (push.polarity in OVERRIDING or not asks_all(api))


def asks_all(api: Api) -> bool:
    """Whether reading the receiver's lists is known to find everybody who said no there."""
    return bool(api.pulls) and all(pull.verified for pull in api.pulls)
