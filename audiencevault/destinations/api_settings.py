"""The settings of a receiver: what the user gave, completed and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from audiencevault.destinations.api import Setting
from audiencevault.destinations.definition import Definition
from audiencevault.errors import UsageError

HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?")
URL: Final = re.compile(r"https?://[^\s/?#@\\]+(/[^\s?#@\\]*)?")
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")


def complete(definition: Definition, given: Mapping[str, str]) -> dict[str, str]:
    """Every setting of the API: as `given`, else its default; those that a module computes are not in it.

    Raises `UsageError` naming a setting that is missing, unknown or not of its kind, and where its value is found.
    """
    known = {setting.name: setting for setting in definition.api.settings} if definition.api else {}
    for name in given:
        if name not in known or known[name].computed:
            others = [setting.name for setting in known.values() if not setting.computed]
            raise UsageError(
                f"{definition.title} has no setting {name}.",
                f"It has: {', '.join(others)}." if others else "It has none at all.",
            )
    found: dict[str, str] = {}
    missing = []
    for setting in known.values():
        if setting.computed:
            continue
        text = given.get(setting.name, setting.default)
        if text is None:
            missing.append(setting)
        else:
            found[setting.name] = _checked(setting, text)
    if missing:
        names = " and ".join(setting.name for setting in missing)
        raise UsageError(
            f"{definition.title} needs {'the setting' if len(missing) == 1 else 'the settings'} {names}.",
            " ".join(f"{setting.name}: {setting.say.rstrip('.')}." for setting in missing),
        )
    return found


def _checked(setting: Setting, text: str) -> str:
    text = text.strip()
    if not text and setting.default == "":
        return text
    if setting.choices and text not in setting.choices:
        raise UsageError(f"The setting {setting.name} must be one of {', '.join(setting.choices)}.")
    if any(not letter.isprintable() for letter in text) or not text:
        raise UsageError(f"The setting {setting.name} must be one line of text.", _found(setting))
    if setting.kind == "number" and not _NUMBER.fullmatch(text):
        raise UsageError(f"The setting {setting.name} must be a whole number.", _found(setting))
    if setting.kind == "host" and not HOST.fullmatch(text):
        raise UsageError(f"The setting {setting.name} must be the name of a host, without https://.", _found(setting))
    if setting.kind == "url":
        text = text.rstrip("/")
        if not URL.fullmatch(text):
            raise UsageError(
                f"The setting {setting.name} must be an address that begins with https://, without a user name.",
                _found(setting),
            )
    return text


def _found(setting: Setting) -> str:
    return f"{setting.name}: {setting.say.rstrip('.')}."
