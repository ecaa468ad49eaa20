"""Mailchimp: the host is that of the data centre which the key names behind its dash."""

from __future__ import annotations

import re
from collections.abc import Mapping

from audiencevault.destinations.secret import Secret
from audiencevault.errors import CredentialsRefusedError


def settings(settings: Mapping[str, str], secrets: Mapping[str, Secret]) -> Mapping[str, str]:
    """The setting `dc`, such as `us21`. Raises `CredentialsRefusedError` for a key that names none."""
    key = secrets.get("api_key")
    if not key or settings.get("dc"):
        return {}
    centre = key.reveal().strip().rpartition("-")
    if not centre[1] or re.fullmatch(r"[a-z]{2}[0-9]{1,3}", centre[2]) is None:
        raise CredentialsRefusedError(
            "The secret api_key does not end in a data centre, as Mailchimp's keys do: a dash and letters like us21.",
            "Copy the whole key, under Profile, Extras, API keys.",
        )
    return {"dc": centre[2]}
