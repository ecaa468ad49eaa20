"""Faults that a test plants, to see that a property notices them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def swap(module: Any, name: str, old: str, new: str) -> Callable[[pytest.MonkeyPatch], None]:
    """A fault in the statement that `module` calls `name`: `old` in it becomes `new`."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        text = getattr(module, name)
        assert old in text, f"{name} no longer holds what the fault replaces"
        patch.setattr(module, name, text.replace(old, new))

    return plant
