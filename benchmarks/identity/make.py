"""Write a set of rows with its truth: `python -m benchmarks.identity.make SET FOLDER`, SET as `audience-20000`."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.identity.sets import make


def main(name: str, folder: Path, peers: str = sys.executable) -> None:
    """Write records.parquet and truth.parquet into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    made = make(name, peers)
    pq.write_table(made.records, folder / "records.parquet", compression="lz4")
    pq.write_table(made.truth, folder / "truth.parquet", compression="lz4")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:4])
