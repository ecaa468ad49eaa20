"""What data cannot say about a receiver: one module each, found by the name that a definition's `module` gives.

A module here has any of the functions of `Hooks`, under these names. It computes; it never opens a connection
itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pyarrow as pa

from audiencevault.destinations.api import Api
from audiencevault.destinations.secret import Secret
from audiencevault.errors import DefinitionError

Get = Callable[[str, Mapping[str, str]], Any]
"""Asks for the JSON document at a path below the API's base, with query parameters."""


@dataclass(frozen=True)
class Hooks:
    """The functions of one receiver's module; None for those it does without.

    `headers(settings, secrets, now)` computes how a request says who asks. `settings(settings, secrets)` are
    settings that follow from others or from a key. `texts(people)` makes the body of each row for `body = "text"`.
    `pull(get, settings, sent)` finds out who said no where no listing tells, as PULLED rows; `sent` are points
    (`point_kind`, `point`, `channel`) that the receiver took earlier. `key_refused(status, document)` says whether an
    answer means that the key is not accepted, where its status alone does not.
    """

    headers: Callable[[Mapping[str, str], Mapping[str, Secret], datetime], Mapping[str, str]] | None = None
    settings: Callable[[Mapping[str, str], Mapping[str, Secret]], Mapping[str, str]] | None = None
    texts: Callable[[pa.Table], pa.Array] | None = None
    pull: Callable[[Get, Mapping[str, str], pa.Table], pa.Table] | None = None
    key_refused: Callable[[int, Any], bool] | None = None


def hooks(api: Api) -> Hooks:
    """The functions of the API's module. Raises `DefinitionError` where there is no such module."""
    if not api.module:
        return Hooks()
    name = f"{__name__}.{api.module}"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", api.module) or find_spec(name) is None:
        raise DefinitionError(f"There is no module of a receiver called {api.module}.")
    module = import_module(name)
    return Hooks(**{key: getattr(module, key) for key in Hooks.__dataclass_fields__ if hasattr(module, key)})


def all_settings(api: Api, given: Mapping[str, str], secrets: Mapping[str, Secret]) -> dict[str, str]:
    """The settings as `given`, the defaults of those that are not, and what follows from them and from a key."""
    known = {setting.name: setting.default for setting in api.settings if setting.default is not None}
    known.update(given)
    compute = hooks(api).settings
    if compute is not None:
        known.update(compute(known, secrets))
    return known
