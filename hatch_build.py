"""Compiles the kernels (`audiencevault/**/*.pyx`) when the package is installed or a wheel is built.

Without a C compiler the package installs all the same: every kernel has a twin in Python that gives the same answers,
only slower. `AUDIENCEVAULT_KERNELS=require` makes a failure an error, `AUDIENCEVAULT_KERNELS=no` leaves them out.
`python hatch_build.py` compiles all of them in place, `python hatch_build.py FILE…` some; that needs Cython, hatchling
and setuptools.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
DIRECTIVES = {"language_level": 3, "cdivision": True, "initializedcheck": False, "show_performance_hints": False}
"""Bounds stay checked: a mistake is then an exception, never a crash."""


def compile_kernels(root: Path = ROOT, only: Sequence[Path] = ()) -> list[str]:
    """Compile every kernel, or `only` some, beside its source; the paths of what was made, relative to `root`."""
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    found = [path.resolve() for path in only] or (root / "audiencevault").rglob("*.pyx")
    sources = sorted(path.relative_to(root) for path in found)
    optimise = ["/O2"] if sys.platform == "win32" else ["-O3", "-g0"]
    extensions = [
        Extension(".".join(path.with_suffix("").parts), [str(path)], extra_compile_args=optimise) for path in sources
    ]
    here = Path.cwd()
    os.chdir(root)
    try:
        with tempfile.TemporaryDirectory(prefix="kernels-") as scratch:
            made = cythonize(extensions, compiler_directives=DIRECTIVES, build_dir=scratch, quiet=True)
            command = build_ext(Distribution({"name": "kernels", "ext_modules": made, "packages": []}))
            command.inplace, command.build_temp, command.parallel = True, scratch, os.cpu_count() or 1
            command.ensure_finalized()
            command.run()
            return sorted(Path(path).as_posix() for path in (command.get_ext_filename(item.name) for item in made))
    finally:
        os.chdir(here)


class KernelHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the compiled kernels to a wheel, or puts them beside their sources for an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the interface's
        """See hatchling's documentation of build hooks; `version` is `standard` or `editable`."""
        wish = os.environ.get("AUDIENCEVAULT_KERNELS", "")
        if wish == "no":
            return
        try:
            made = compile_kernels(Path(self.root))
        # Compilers fail in many ways (SystemExit is one of setuptools'), and none must stop an installation.
        except (Exception, SystemExit) as error:
            if wish == "require":
                raise
            warnings.warn(f"The compiled kernels were left out, everything works without them: {error}", stacklevel=1)
            return
        build_data["artifacts"].extend(made)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


if __name__ == "__main__":
    sys.stdout.write("\n".join([*compile_kernels(only=[Path(name) for name in sys.argv[1:]]), ""]))
