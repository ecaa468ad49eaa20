"""Kernels that were compiled when the package was installed, where a C compiler was at hand.

Whoever uses one has a twin in Python that gives the same answers, and keeps what `kernels` returns as `KERNELS` of
its module.
"""

from __future__ import annotations

import importlib
from typing import Any


def kernels(name: str) -> Any | None:
    """The module `name` of compiled kernels, None where it was not built."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return None
