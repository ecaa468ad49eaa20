"""Ghost: requests are signed anew with the Admin API key, which holds an id and a hexadecimal secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from audiencevault.destinations.documents import as_text, at_path
from audiencevault.destinations.secret import Secret
from audiencevault.errors import CredentialsRefusedError

LIFE: Final = 300
"""Seconds that a token lives; Ghost takes none that lives longer."""
_EARLIER: Final = 10


def headers(
    settings: Mapping[str, str],  # noqa: ARG001 - every module's function takes them
    secrets: Mapping[str, Secret],
    now: datetime,
) -> Mapping[str, str]:
    """A token for the next minutes. Raises `CredentialsRefusedError` for a key that is none."""
    key = secrets.get("admin_key")
    found = re.fullmatch(r"([0-9A-Za-z]+):((?:[0-9a-fA-F]{2})+)", key.reveal().strip() if key else "")
    if found is None:
        raise CredentialsRefusedError(
            "The secret admin_key is no Admin API key of Ghost: an id, a colon, and hexadecimal digits.",
            "It is shown under Settings, Integrations, at a custom integration.",
        )
    # A clock of ours that goes a little fast must not make tokens of the future.
    made = int(now.timestamp()) - _EARLIER
    head = _part({"alg": "HS256", "kid": found[1], "typ": "JWT"})
    body = _part({"aud": "/admin/", "exp": made + LIFE, "iat": made})
    signed = hmac.new(bytes.fromhex(found[2]), f"{head}.{body}".encode(), hashlib.sha256).digest()
    return {"Authorization": f"Ghost {head}.{body}.{_base64(signed)}"}


def key_refused(status: int, document: Any) -> bool:
    """Ghost answers 400, not 401, to a token that it does not accept."""
    code = as_text(at_path(document, "errors.0.code"))
    return status in {400, 401} and (code.startswith("INVALID_JWT") or code == "UNKNOWN_ADMIN_API_KEY")


def _part(value: Mapping[str, object]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
