"""One tool on one set of rows, in a process of its own: `python -m benchmarks.identity.measure TOOL FOLDER OUT`.

What is timed begins with the raw columns in memory and ends with a cluster for each row: imports and reading the file
do not count, cleaning and normalising do. Prints one line of JSON; writes the clusters to OUT. The truth is not
read, but by the one tool that needs labels.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
import warnings
from inspect import signature
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import usage
from benchmarks.identity.tools import TOOLS, codes


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _peak_mb() -> float:
    """The most memory that this process or a child of it has held."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * usage.UNIT
    return max(usage.own_peak(), children) / 2**20


def main(tool: str, folder: Path, out: Path) -> None:
    """Measure `tool` on the records of `folder`."""
    warnings.simplefilter("ignore")
    table = pq.read_table(folder / "records.parquet", memory_map=False).combine_chunks()
    load = TOOLS[tool]
    run = load(table, folder) if signature(load).parameters else load()
    gc.collect()
    before = _peak_mb()
    cpu, wall = _cpu(), time.perf_counter()
    answer = run(table)
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    peak = _peak_mb()
    found = answer() if callable(answer) else answer
    pq.write_table(pa.table({name: codes(values) for name, values in found.items()}), out)
    print(json.dumps({
        "seconds": round(wall, 3), "cpu_seconds": round(cpu, 3), "peak_mb": round(peak), "peak_mb_before": round(before),
    }))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
