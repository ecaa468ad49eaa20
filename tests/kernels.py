"""The two ways in which a module may work: with compiled kernels, and as on a machine without a C compiler."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from unittest.mock import patch


@contextmanager
def portable(*modules: ModuleType) -> Iterator[None]:
    """Inside, `modules` work without their compiled kernels."""
    with ExitStack() as stack:
        for module in modules:
            stack.enter_context(patch.object(module, "KERNELS", None))
        yield
