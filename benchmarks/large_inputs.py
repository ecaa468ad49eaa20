"""`make bench`: the largest exports that people have, each imported by the whole command in a process of its own.

    python -m benchmarks.large_inputs                            # all of them, as large as they come
    python -m benchmarks.large_inputs --only orders,takeout      # two of them
    python -m benchmarks.large_inputs --rows 100000              # every family at 100,000 rows, for its speed

What counts is that memory stays bounded: everything is to stay well under 2 GB. Rows are those of the input (lines of
orders, followers, messages of a chat), CPU time is user and system, all threads; peak is the largest resident set.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.large_exports import INPUTS
from benchmarks.usage import measured

DATA = Path("bench-data")


@dataclass(frozen=True)
class Figures:
    """What importing one input took; `size` and `peak` in bytes."""

    name: str
    rows: int
    unit: str
    size: int
    seconds: float
    cpu_seconds: float
    peak: int
    contacts: int

    def line(self) -> str:
        """The figures as a row of the table on the page."""
        cells = (
            self.name,
            f"{self.rows:,} {self.unit}",
            f"{self.size / 1e6:,.0f} MB",
            f"{self.seconds:,.1f}",
            f"{self.cpu_seconds:,.1f}",
            f"{self.rows / self.seconds:,.0f}",
            f"{self.rows / self.cpu_seconds:,.0f}",
            f"{self.peak / 1e9:.2f}",
            f"{self.contacts:,}",
        )
        return f"| {' | '.join(cells)} |"


COLUMNS = ("input", "rows", "bytes", "wall s", "CPU s", "rows/s", "rows/CPU s", "peak GB", "contacts")
HEADER = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"


def made(name: str, rows: int, data: Path) -> Path:
    """The folder of the input, written if it is not there. A writer that was stopped leaves no folder of that name."""
    folder, making = data / f"large-{name}-{rows}", data / f"making-{name}"
    if not folder.exists():
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        INPUTS[name].write(making, rows)
        making.rename(folder)
    return folder


def run(name: str, rows: int, data: Path) -> Figures:
    """Import `rows` of the input `name` into a new vault by the command, and say what that took.

    Raises `RuntimeError` with what the command said where it does not end well.
    """
    folder, vault = made(name, rows, data), data / f"vault-{name}"
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    shutil.rmtree(vault, ignore_errors=True)
    home = data / f"home-{name}"
    home.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "audiencevault", "import", str(folder), "--vault", str(vault)]
    answer = data / f"answer-{name}.json"
    env = {**os.environ, "AUDIENCEVAULT_HOME": str(home)}
    try:
        with answer.open("wb") as output:
            used = measured([*command, "--region", "US", "--json"], data / f"used-{name}.json", output=output, env=env)
        if used.exit_code:
            raise RuntimeError(f"{name}: exit code {used.exit_code}: {answer.read_text()[:2000]}")
        contacts = json.loads(answer.read_text())["contacts"]["after"]
    finally:
        for path in (vault, home):
            shutil.rmtree(path, ignore_errors=True)
        answer.unlink(missing_ok=True)
    return Figures(name, rows, INPUTS[name].unit, size, used.seconds, used.cpu_seconds, used.peak, contacts)


def main(arguments: list[str] | None = None) -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large_inputs", description=__doc__)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(INPUTS), help=", ".join(INPUTS))
    parser.add_argument("--rows", type=int, help="rows of each, instead of the most that we measure")
    parser.add_argument("--data", type=Path, default=DATA, help="where inputs and vaults are written")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.only if name not in INPUTS]:
        parser.error(f"there is no input {unknown[0]!r}; there are {', '.join(INPUTS)}")
    print(HEADER)
    for name in given.only:
        print(run(name, given.rows or INPUTS[name].rows, given.data).line(), flush=True)


if __name__ == "__main__":
    main()
