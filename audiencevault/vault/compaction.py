"""Many small files into few: the weekly import of a handful of rows must not make reading slow.

The policy depends on the list of files only. Nothing happens until a table has more than `MAX_SMALL` files of
fewer than `SMALL_ROWS` rows; then every run of neighbouring small files becomes one. The order of rows stays.
A merged file that reached `SMALL_ROWS` is never rewritten, so each row is rewritten a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from audiencevault.vault.files import read_rows
from audiencevault.vault.manifest import FileRef

MAX_SMALL: Final = 32
SMALL_ROWS: Final = 65_536


def plan(files: Sequence[FileRef]) -> list[tuple[FileRef, ...]]:
    """`files` in runs, in order; a run of more than one file is to be merged into one."""
    if sum(file.rows < SMALL_ROWS for file in files) <= MAX_SMALL:
        return [(file,) for file in files]
    runs: list[list[FileRef]] = []
    for file in files:
        if runs and file.rows < SMALL_ROWS and runs[-1][-1].rows < SMALL_ROWS:
            runs[-1].append(file)
        else:
            runs.append([file])
    return [tuple(run) for run in runs]


def rows_of(paths: Sequence[Path], table: str) -> Iterator[pa.Table]:
    """The rows of small files, one file in memory at a time."""
    for path in paths:
        yield read_rows([path], table)
