"""What a command uses: `python benchmarks/usage.py OUT COMMAND...` runs COMMAND and writes its figures to OUT, as JSON.

A process of its own, since a kernel counts to a new process's largest resident set the size of the one that started it:
from a big program, a small command would seem big.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

STATUS = Path("/proc/self/status")
# The unit of `ru_maxrss`: Linux counts kilobytes, macOS bytes.
UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """`seconds` by the clock, `cpu_seconds` of user and system together, all threads; `peak` resident set in bytes."""

    seconds: float
    cpu_seconds: float
    peak: int
    exit_code: int


def own_peak() -> int:
    """The most memory that this process has held, in bytes: the kernel's own mark where it can be read, since that of
    `getrusage` begins with the size of the process that started this one.
    """
    if STATUS.exists():
        return 1024 * next(int(line.split()[1]) for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT


def measured(command: list[str], figures: Path, *, output: BinaryIO, env: dict[str, str] | None = None) -> Usage:
    """Run `command` with `output` as its standard output, and say what it used. `figures` is a file that may be written
    on the way; it is gone afterwards.
    """
    starter = [sys.executable, "-I", __file__, str(figures), *command]
    try:
        subprocess.run(starter, stdout=output, env=env, check=True)
        return Usage(**json.loads(figures.read_text()))
    finally:
        figures.unlink(missing_ok=True)


def main(figures: str, *command: str) -> None:
    """See the module."""
    start = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    usage = Usage(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * UNIT, process.returncode)
    Path(figures).write_text(json.dumps(asdict(usage)))


if __name__ == "__main__":
    main(*sys.argv[1:])
