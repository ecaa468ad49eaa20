"""Reason codes in a few words, to stand after a number of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

BASES: Final[Mapping[str, str]] = {
    "OK_CONSENT": "agreed",
    "OK_SOFT_OPT_IN": "are customers who could refuse when you took the address",
    "OK_IMPLIED": "bought or asked recently enough",
    "OK_INFERRED": "dealt with you so that they expect it",
    "OK_OPT_OUT_REGIME": "bought from you in the USA and never said no",
    "OK_LEGITIMATE_INTEREST": "are customers, and why writing to them is fair is documented",
    "OK_SERVICE": "get service messages only",
}
"""What makes people reachable, after a number."""

HELD: Final[Mapping[str, str]] = {
    "NO_ERASED": "asked to be forgotten",
    "NO_ENDPOINT": "no address or number known, only a handle or a name",
    "NO_SUPPRESSED_LEGAL": "blocked for a legal reason",
    "NO_SUPPRESSED_MANUAL": "blocked by hand at a provider",
    "NO_SUPPRESSED_BOUNCE": "mail came back for good",
    "NO_SUPPRESSED_INVALID": "the address does not exist",
    "NO_SUPPRESSED_COMPLAINT": "reported a message as spam",
    "NO_OBJECTED": "objected to advertising",
    "NO_WITHDRAWN": "unsubscribed",
    "NO_REFUSED": "were asked and said no",
    "NO_AMBIGUOUS": "a “no” that may mean “unsubscribed” or “never asked”",
    "NO_PENDING": "have not clicked the confirmation yet",
    "NO_STALE": "agreed long ago, no sign of life since",
    "NO_EXPIRED": "the permission ended by itself",
    "NO_EVIDENCE": "a “yes” without enough proof of when, how and to what",
    "NO_LEVEL": "signed up, but never clicked a confirmation",
    "NO_CONDITIONS": "bought, but the conditions for writing to customers are not recorded",
    "NO_PURPOSE": "agreed to something else",
    "NO_CONTROLLER": "agreed to hear from another sender",
    "NO_CHANNEL": "agreed to another channel only",
    "NO_RELATION_ONLY": "known as a follower, contact or customer, which is no permission",
    "NO_UNKNOWN": "nobody recorded that they agreed",
    "NO_ONE_CLICK": "the receiver adds no one-click unsubscribe",
    "DEFER_QUIET_HOURS": "agreed, but it is too early or too late where they live",
    "NO_DESTINATION": "may be written to, but the receiver's file cannot hold them",
    "ALL_DOWN": "no channel to write on remains",
    "NO_GONE": "only in an older export, gone from a newer complete one",
}
"""Why people are held back, after a number; the sentence for each single person is in held-back.csv."""

DURING: Final[Mapping[str, str]] = {**HELD, "NO_ENDPOINT": "no address or number known for a channel that remains"}
"""`HELD` during an outage."""
