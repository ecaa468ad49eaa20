"""Rows that can only be told once the whole table is read: kept in memory while they are few, else in a file without
a name, in groups of which each is told on its own.

A file without a name goes with the process that made it, however that ends.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import pyarrow as pa

from audiencevault.sources import table_columns as kernels
from audiencevault.sources.table_columns import Bools, Int64s

MANY: Final = 131_072
"""Rows that are kept in memory."""
_GROUPS: Final = 64
_PIECE: Final = 32_768
_OPTIONS: Final = pa.ipc.IpcWriteOptions(compression="lz4")


class Met:
    """Which values were met before, at eight bytes each."""

    def __init__(self) -> None:
        self._runs: list[Int64s] = []

    def first(self, cells: pa.StringArray) -> Bools:
        """Which of `cells` hold a value for the first time, in this array and in all before it."""
        hashes = kernels.row_hashes([cells])
        values, where = np.unique(hashes, return_index=True)
        known = np.zeros(len(values), bool)
        for run in self._runs:
            place = np.searchsorted(run, values)
            place[place == len(run)] = 0
            known |= run[place] == values
        found = np.zeros(len(hashes), bool)
        found[where[~known]] = True
        if not known.all():
            self._runs.append(values[~known])
        # Runs that grow alike are merged, so that there are never many.
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            self._runs[-2:] = [np.sort(np.concatenate(self._runs[-2:]))]
        return found


class Group:
    """Batches that belong together, to be gone through as often as one likes."""

    def __init__(self, batches: Sequence[pa.RecordBatch], held: HeldRows, places: Sequence[tuple[int, int]]) -> None:
        self._batches, self._held, self._places = batches, held, places

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """The rows in batches that are worth a pass each: what was written to the file is small pieces."""
        pieces: list[pa.RecordBatch] = []
        for batch in chain(self._batches, map(self._held.batch_at, self._places)):
            pieces.append(batch)
            if sum(piece.num_rows for piece in pieces) >= _PIECE:
                yield pa.concat_batches(pieces)
                pieces = []
        if pieces:
            yield pa.concat_batches(pieces)


class HeldRows:
    """Batches of one schema, put apart by a key: rows of one key are in one group, in the order they came in.

    `scratch` is the directory of the file, where the system's own is not the right one. Use as a context manager.
    """

    def __init__(self, scratch: Path | None = None, many: int | None = None) -> None:
        self._scratch = scratch
        self._many = MANY if many is None else many
        self._rows = 0
        self._batches: list[tuple[pa.RecordBatch, pa.StringArray]] = []
        self._places: list[list[tuple[int, int]]] = [[] for _ in range(_GROUPS)]
        self._file: IO[bytes] | None = None

    def __enter__(self) -> HeldRows:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, batch: pa.RecordBatch, keys: pa.StringArray) -> None:
        """Keep `batch`, whose rows have these `keys`."""
        if not batch.num_rows:
            return
        self._batches.append((batch, keys))
        self._rows += batch.num_rows
        if self._rows > self._many:
            self._spill()

    def groups(self) -> Iterator[Group]:
        """Everything: one group in the order of the table where the rows are few, else each in turn."""
        if self._file is None:
            yield Group([batch for batch, _ in self._batches], self, ())
            return
        self._spill()
        for places in self._places:
            if places:
                yield Group((), self, places)

    def batch_at(self, place: tuple[int, int]) -> pa.RecordBatch:
        """The batch that was written to `place`."""
        assert self._file is not None
        start, size = place
        self._file.seek(start)
        with pa.ipc.open_stream(pa.py_buffer(self._file.read(size))) as stream:
            return stream.read_next_batch()

    def _spill(self) -> None:
        if not self._batches:
            return
        if self._file is None:
            # Closed at the end of the `with` that this object is used in.
            self._file = tempfile.TemporaryFile(dir=self._scratch)  # noqa: SIM115
        whole = pa.concat_batches([batch for batch, _ in self._batches])
        texts = [key for _, keys in self._batches for key in keys.cast(pa.binary()).to_pylist()]
        self._batches, self._rows = [], 0
        # Not Python's own hash: the groups are to be the same in every run.
        group = np.fromiter(map(zlib.crc32, texts), np.int64, len(texts)) % _GROUPS
        order = np.argsort(group, kind="stable")
        ends = np.searchsorted(group[order], np.arange(_GROUPS + 1))
        for number, (start, stop) in enumerate(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)):
            if start < stop:
                self._places[number].append(self._written(whole.take(pa.array(order[start:stop]))))

    def _written(self, batch: pa.RecordBatch) -> tuple[int, int]:
        assert self._file is not None
        sink: Any = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema, options=_OPTIONS) as stream:
            stream.write_batch(batch)
        data = sink.getvalue()
        start = self._file.seek(0, 2)
        self._file.write(data)
        return start, data.size
