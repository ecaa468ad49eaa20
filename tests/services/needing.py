"""What a test needs beyond Python, and what its absence means here."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import ModuleType

import pytest

REQUIRED = os.environ.get("AUDIENCEVAULT_REQUIRE_SERVICES") == "1"
SERVERS = Path(os.environ.get("AUDIENCEVAULT_SERVERS") or Path(__file__).parents[2] / ".venv-servers")
"""Where `make .venv-servers/made` puts servers that are no part of our own environment."""


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


def server(*place: str) -> Path:
    """The file at `place` below `SERVERS`, or the end of the test."""
    path = SERVERS.joinpath(*place)
    if not path.exists():
        absent(f"{place[-1]} is not installed (make .venv-servers/made)")
    return path
