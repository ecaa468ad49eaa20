"""Definitions of receivers as their authors meet them: made, looked at, tested."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from audiencevault.destinations.definition import SUFFIX, Definition, load, named
from audiencevault.destinations.page_api import described
from audiencevault.destinations.scaffold import text
from audiencevault.destinations.testing import conformance
from audiencevault.errors import UsageError


@dataclass(frozen=True)
class Tested:
    """What the conformance suite says of one definition: `problems` are sentences, none where it conforms."""

    definition: Definition
    problems: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"destination": self.definition.name, "conforms": not self.problems, "problems": list(self.problems)}


def read_definition(what: str, folders: Iterable[Path] = ()) -> Definition:
    """The definition in the file `what`, if it is the path of one, else the receiver called so.

    Raises `DefinitionError`, and `UsageError` naming the receivers that exist.
    """
    if what.endswith(SUFFIX):
        path = Path(what)
        if not path.is_file():
            raise UsageError(f"There is no file {path}.")
        return load(path)
    return named(what, folders)


def check_definition(what: str, folders: Iterable[Path] = ()) -> Tested:
    """Run the conformance suite over one definition; nothing is sent and no file is left."""
    definition = read_definition(what, folders)
    with TemporaryDirectory(prefix="audiencevault-") as directory:
        return Tested(definition, tuple(conformance(definition, Path(directory))))


def describe(definition: Definition) -> dict[str, Any]:
    """Everything that is known about a receiver, for JSON."""
    return {
        **definition.as_dict(),
        "evidence": list(definition.evidence),
        "notes": list(definition.notes),
        "api": described(definition, definition.api) if definition.api else None,
    }


def new_definition(name: str, like: str, path: Path, today: date, *, force: bool = False) -> Path:
    """Write the beginning of a definition called `name` to `path`, or into it where it is a folder or has no suffix.

    Raises `UsageError` for a file in the way, unless `force`, and for a file name that is not the definition's.
    """
    content = text(name, like, today)
    folder = path.is_dir() or not (path.suffix or path.exists())
    target = path / f"{name}{SUFFIX}" if folder else path
    if target.name != f"{name}{SUFFIX}":
        raise UsageError(f"The file of the definition {name} must be called {name}{SUFFIX}, not {target.name}.")
    if target.exists() and not force:
        raise UsageError(f"{target} is there already.", "Use another name, or --force to replace it.")
    try:
        if folder:
            path.mkdir(parents=True, exist_ok=True)
        target.write_text(content, "utf-8")
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror or type(error).__name__}.") from error
    return target
