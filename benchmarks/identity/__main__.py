"""`make bench`: every tool on every set, each in a process of its own, and one table at the end.

python -m benchmarks.identity [--sets audience-20000,febrl-1] [--tools splink,audiencevault] [--peers PYTHON] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.identity import metrics, report
from benchmarks.identity.metrics import Score
from benchmarks.identity.sets import FEBRL, OTHERS
from benchmarks.identity.tools import PEERS, TOOLS

DATA = Path("bench-data") / "identity"
SHORT = {"alone": "audiencevault, resolving alone", "splink-names": "splink, names too"}
LIMITS = {"dedupe": 5_000}
"""The most rows that a tool is asked to do: of 20,000 dedupe had taken 11 GB when it was stopped."""
SIZES = (1_000, 20_000, 100_000)


@dataclass
class Line:
    """What one tool did on one set."""

    set: str
    tool: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: int = 0
    peak_mb_before: int = 0
    setting: str = ""
    """Which of the tool's settings the scores are of: the best one by F1."""
    score: Score | None = None
    failed: str = ""


def prepared(name: str, peers: str) -> Path:
    """The folder of a set, made once."""
    folder = DATA / name
    if not (folder / "truth.parquet").exists():
        subprocess.run([sys.executable, "-m", "benchmarks.identity.make", name, str(folder), peers], check=True)
    return folder


def judged(folder: Path, clusters: pa.Table) -> tuple[str, Score]:
    """The scores of the best of a tool's settings."""
    truth = pq.read_table(folder / "truth.parquet")
    best: tuple[str, Score] | None = None
    for setting in clusters.column_names:
        person, linkable = truth["person_id"], truth["linkable_id"] if "linkable_id" in truth.column_names else None
        scored = metrics.score(person, clusters[setting], linkable)
        if best is None or scored.f1 > best[1].f1:
            best = (setting, scored)
    assert best is not None
    if "noise" in truth.column_names:
        records = pq.read_table(folder / "records.parquet", columns=["email"])
        best = (best[0], metrics.judge(records, truth, clusters[best[0]]))
    return best


def line(tool: str, name: str, peers: str, limit_seconds: int) -> Line:
    """Measure one tool on one set in a new process, and judge its clusters here."""
    folder = prepared(name, peers)
    out = folder / f"{tool.replace(' ', '-').replace(',', '')}.parquet"
    result = Line(name, tool)
    rows = pq.read_metadata(folder / "records.parquet").num_rows
    if rows > LIMITS.get(tool, rows):
        result.failed = f"not asked above {LIMITS[tool]:,} rows"
        return result
    if tool == "e-mail" and "email" not in pq.read_schema(folder / "records.parquet").names:
        result.failed = "there is no e-mail column"
        return result
    python = peers if tool in PEERS else sys.executable
    command = [python, "-m", "benchmarks.identity.measure", tool, str(folder), str(out)]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=limit_seconds, check=False)
    except subprocess.TimeoutExpired:
        result.failed = f"not done after {limit_seconds} s"
        return result
    if answer.returncode:
        result.failed = f"exit {answer.returncode}: {(answer.stderr.strip().splitlines() or ['killed'])[-1][:200]}"
        return result
    figures: dict[str, Any] = json.loads(answer.stdout.strip().splitlines()[-1])
    for key, value in figures.items():
        setattr(result, key, value)
    result.setting, result.score = judged(folder, pq.read_table(out))
    return result


def main(arguments: list[str]) -> None:
    """Run what was asked for and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.identity", description=__doc__.splitlines()[0])
    parser.add_argument("--sets", help="names of sets, separated by commas; an audience as audience-20000")
    parser.add_argument(
        "--size", type=int, action="append", help="an audience of so many records, beside all other sets"
    )
    parser.add_argument("--tools", default="audiencevault,alone,exact keys,e-mail,splink,splink-names")
    parser.add_argument(
        "--peers", default=".venv-bench/bin/python", help="the Python that has splink and recordlinkage"
    )
    parser.add_argument("--out", type=Path, default=DATA / "results.json")
    parser.add_argument("--repeat", type=int, default=1, help="measure so many times, in turn, and keep the fastest")
    parser.add_argument("--limit", type=int, default=1_800, help="seconds that one tool may take on one set")
    parser.add_argument("--details", action="store_true", help="recall by kind of evidence and by kind of noise")
    options = parser.parse_args(arguments)
    tools = [SHORT.get(tool, tool) for tool in options.tools.split(",")]
    if unknown := [tool for tool in tools if tool not in TOOLS]:
        parser.error(f"unknown tools: {', '.join(unknown)}")
    audiences = [f"audience-{size}" for size in options.size or SIZES]
    names = options.sets.split(",") if options.sets else [*audiences, *FEBRL, *OTHERS]
    lines = []
    for name in names:
        best: dict[str, Line] = {}
        for _ in range(options.repeat):
            for tool in tools:
                done = line(tool, name, options.peers, options.limit)
                print(report.one(done), flush=True)
                if tool not in best or done.seconds < best[tool].seconds:
                    best[tool] = done
        lines.extend(best.values())
        if options.details:
            for done in best.values():
                print(
                    f"{done.set}, {done.tool}\n{metrics.table(done.score)}" if done.score else done.failed, flush=True
                )
    print("\n" + report.table(lines))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(
        json.dumps({"date": datetime.now(UTC).date().isoformat(), "lines": [asdict(done) for done in lines]}, indent=1)
        + "\n",
        "utf-8",
    )
    print(f"\nAlso in {options.out}.")


if __name__ == "__main__":
    main(sys.argv[1:])
