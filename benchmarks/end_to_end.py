"""`make bench`: a synthetic folder of exports to a published snapshot, each size in its own process.

Prints wall time, peak memory and where the time goes. Times on a shared machine are noisy: compare runs made
side by side, and read the shares before the seconds.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.audience import write_folder
from benchmarks.usage import own_peak

DATA = Path("bench-data")


class Stopwatch:
    """A `Progress` that remembers how long each step took."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self._title = ""
        self._since = time.perf_counter()

    def step(self, title: str, total: int | None = None) -> None:
        now = time.perf_counter()
        if self._title:
            self.steps[self._title] = self.steps.get(self._title, 0.0) + now - self._since
        self._title, self._since = title, now

    def advance(self, amount: int = 1) -> None:
        pass


def measure(folder: Path, vault: Path) -> dict[str, object]:
    """Import `folder` into a new vault in this process."""
    start = time.perf_counter()
    from audiencevault import __version__, pipeline

    watch = Stopwatch()
    now = datetime.now(UTC)
    result = pipeline.create_and_import(
        vault, [folder], pipeline.ImportOptions(region="US"), now=now, version=__version__, progress=watch
    )
    watch.step("")
    imported = time.perf_counter() - start
    summary = pipeline.summarise(pipeline.open_vault(vault), as_of=now)
    return {
        "seconds": round(imported, 2),
        "with_summary": round(time.perf_counter() - start, 2),
        "peak_mb": round(own_peak() / 2**20),
        "rows": sum(item.rows for item in result.inputs),
        "events": sum(item.consent_events for item in result.inputs),
        "contacts": result.contacts_after,
        "reachable": summary.reachable,
        "steps": {
            title: round(seconds, 2) for title, seconds in sorted(watch.steps.items(), key=lambda pair: -pair[1])
        },
    }


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--measure"]:
        print(json.dumps(measure(Path(arguments[1]), Path(arguments[2]))))
        return
    for size in [int(text) for text in arguments] or [100_000, 1_000_000]:
        folder, vault = DATA / f"folder-{size}", DATA / f"vault-{size}"
        if not folder.exists():
            write_folder(folder, size)
        shutil.rmtree(vault, ignore_errors=True)
        answer = subprocess.run(
            [sys.executable, "-m", "benchmarks.end_to_end", "--measure", str(folder), str(vault)],
            check=True,
            capture_output=True,
            text=True,
        )
        figures = json.loads(answer.stdout)
        steps = figures.pop("steps")
        print(f"{size:>10,} records: " + ", ".join(f"{key} {value}" for key, value in figures.items()))
        for title, seconds in steps.items():
            print(f"{seconds:>12.2f} s  {title}")
        shutil.rmtree(vault, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
