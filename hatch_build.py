"""Compiles the kernels (`audiencevault/**/*.pyx`) when the package is installed or a wheel is built.

Without a C compiler the package installs all the same: every kernel has a twin in Python that gives the same answers,
only slower. `AUDIENCEVAULT_KERNELS=require` makes a failure an error, `AUDIENCEVAULT_KERNELS=no` leaves them out.
`python hatch_build.py` compiles those whose source has changed, in place; that needs Cython, hatchling and setuptools.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
DIRECTIVES = {"language_level": 3, "cdivision": True, "initializedcheck": False, "show_performance_hints": False}
"""Bounds stay checked: a mistake is then an exception, never a crash."""


def built(source: Path) -> Path:
    """Where the compiled module of a source lies."""
    return source.with_name(source.stem + EXTENSION_SUFFIXES[0])


def sources(root: Path) -> list[Path]:
    """The sources of all kernels."""
    return sorted((root / "audiencevault").rglob("*.pyx"))


def written(root: Path) -> dict[Path, int]:
    """When each source was written last, or what it may include, or this file: in nanoseconds."""
    shared = [root / Path(__file__).name, *(root / "audiencevault").rglob("*.pxi")]
    return {source: max(path.stat().st_mtime_ns for path in (source, *shared)) for source in sources(root)}


def compile_kernels(root: Path) -> list[Path]:
    """Compile what has changed, beside the sources; returns what is compiled now.

    Whatever the compiler says, nothing remains of another state of a source: a compiled module bears the time of the
    source that it was made of.
    """
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    times = written(root)
    wanted = [
        source
        for source, time in times.items()
        if not built(source).exists() or built(source).stat().st_mtime_ns // 1_000 != time // 1_000
    ]
    for source in wanted:
        built(source).unlink(missing_ok=True)
    optimise = ["/O2"] if sys.platform == "win32" else ["-O3", "-g0", "-ffp-contract=off"]
    names = [source.relative_to(root) for source in wanted]
    extensions = [
        Extension(".".join(path.with_suffix("").parts), [str(path)], extra_compile_args=optimise) for path in names
    ]
    here = Path.cwd()
    os.chdir(root)
    try:
        with tempfile.TemporaryDirectory(prefix="kernels-") as scratch:
            made = cythonize(extensions, compiler_directives=DIRECTIVES, build_dir=scratch, quiet=True) if names else []
            command = build_ext(Distribution({"name": "kernels", "ext_modules": made, "packages": []}))
            command.inplace, command.parallel = True, os.cpu_count() or 1
            command.build_temp = command.build_lib = scratch
            command.ensure_finalized()
            command.run()
    finally:
        os.chdir(here)
    for source in wanted:
        os.utime(built(source), ns=(times[source], times[source]))
    return [built(source) for source in sources(root)]


class KernelHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the compiled kernels to a wheel, or puts them beside their sources for an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the interface's
        """See hatchling's documentation of build hooks; `version` is `standard` or `editable`."""
        wish = os.environ.get("AUDIENCEVAULT_KERNELS", "")
        root = Path(self.root)
        if wish == "no":
            for source in sources(root):
                built(source).unlink(missing_ok=True)
            return
        try:
            made = compile_kernels(root)
        # Compilers fail in many ways (SystemExit is one of setuptools'), and none must stop an installation.
        except (Exception, SystemExit) as error:
            if wish == "require":
                raise
            warnings.warn(f"The compiled kernels were left out, everything works without them: {error}", stacklevel=1)
            return
        build_data["artifacts"].extend(path.relative_to(root).as_posix() for path in made)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


if __name__ == "__main__":
    sys.stdout.write("".join(f"{path.relative_to(ROOT)}\n" for path in compile_kernels(ROOT)))
