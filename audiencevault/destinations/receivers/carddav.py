"""CardDAV: each person is one vCard, put at an address that is made of the person's own id."""

from __future__ import annotations

import pyarrow as pa

from audiencevault.destinations.vcard import cards

VERSION = "3.0"
"""The version that every address book reads."""


def texts(people: pa.Table) -> pa.Array:
    """The vCard of each row."""
    return cards(people, VERSION)
