"""Compiled kernels: each is built in CI, and each has a module that works without it."""

from __future__ import annotations

import importlib
import os
import re
from pathlib import Path

import pytest

import audiencevault

PACKAGE = Path(audiencevault.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.pyx"))


def _module(path: Path) -> str:
    return ".".join(("audiencevault", *path.relative_to(PACKAGE).with_suffix("").parts))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_it_is_built(path: Path) -> None:
    if not any(path.parent.glob(f"{path.stem}.*.so")) and os.environ.get("AUDIENCEVAULT_REQUIRE_SERVICES") != "1":
        pytest.skip(f"{path.name} was not compiled: no C compiler when the package was installed")
    importlib.import_module(_module(path))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_it_is_asked_for_by_the_rooms_own_modules_alone(path: Path) -> None:
    """And only in the way that leaves a choice; two rooms may have kernels of one name."""
    named = re.compile(rf"\b{re.escape(path.parent.name)}(\.| import ){re.escape(path.stem)}\b")
    users = [module for module in PACKAGE.rglob("*.py") if named.search(module.read_text(encoding="utf-8"))]
    assert users
    for module in users:
        assert module.parent == path.parent
        assert f'KERNELS = kernels("{_module(path)}")' in module.read_text(encoding="utf-8")
