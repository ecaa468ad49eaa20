"""What a test needs beyond Python, and what its absence means here."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

import pytest

REQUIRED = os.environ.get("AUDIENCEVAULT_REQUIRE_SERVICES") == "1"


def absent(reason: str) -> None:
    """End the test: it fails where every service is required, and is skipped with its reason elsewhere."""
    if REQUIRED:
        pytest.fail(f"{reason}, and every service is required here", pytrace=False)
    pytest.skip(reason)


def module(name: str) -> ModuleType:
    """The module `name`, or the end of the test."""
    try:
        return importlib.import_module(name)
    except ImportError:
        absent(f"the package {name.partition('.')[0]} is not installed")
        raise
