"""One claim, read once: its records, points, match features and ledger events go to files beside the vault's
data, batch by batch, before anything is compared with what the vault already holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audiencevault.consent import ledger
from audiencevault.normalise import features as feature_kernel
from audiencevault.normalise import points as point_kernel
from audiencevault.pipeline.options import ImportOptions, Progress, sum_by
from audiencevault.records import (
    CONSENT_EVENTS,
    CONTACT_POINTS,
    MATCH_FEATURES,
    NOTICES,
    REJECTS,
    SOURCE_RECORDS,
    Extracted,
    OwnerPoint,
)
from audiencevault.sources.importer import Claim, ImportContext

STAGED_POINTS = CONTACT_POINTS.append(pa.field("import_id", pa.string()))
STAGED_FEATURES = MATCH_FEATURES.append(pa.field("import_id", pa.string()))


def import_id_of(claim: Claim, options: ImportOptions) -> str:
    """The id of reading one content with one set of settings for one controller: the same reading, the same id."""
    said = "\x1f".join(f"{key}={value}" for key, value in sorted(options.settings().items()))
    text = f"{claim.sha256}\x1f{claim.source}\x1f{options.controller_id}\x1f{said}"
    return "i_" + hashlib.sha256(text.encode()).hexdigest()[:24]


def observed_at_of(claim: Claim, options: ImportOptions, now: datetime) -> datetime:
    """The date of the export: as the person says, as the export says, as its newest file says, else now.

    Never later than now: a file from a clock in the future must not outrank what comes after it.
    """
    dates = [member.modified for member in claim.members if member.modified is not None]
    stated = options.observed_at or claim.observed_at or (max(dates) if dates else now)
    if stated.tzinfo is None:
        stated = stated.replace(tzinfo=UTC)
    return min(stated, now)


@dataclass
class Staged:
    """What reading one claim gave; `paths` are Parquet files by relation, absent where there are no rows."""

    claim: Claim
    import_id: str
    observed_at: datetime
    paths: dict[str, Path] = field(default_factory=dict)
    rows: int = 0
    records: int = 0
    events: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    rejects: list[pa.RecordBatch] = field(default_factory=list)
    notices: list[pa.Table] = field(default_factory=list)
    owner: list[OwnerPoint] = field(default_factory=list)
    coverage: dict[str, bool] = field(default_factory=dict)

    @property
    def rejected(self) -> int:
        """Rows that the importer refused."""
        return sum(batch.num_rows for batch in self.rejects)

    def rejected_by(self) -> dict[str, int]:
        """The same, by reason code."""
        counts: dict[str, int] = {}
        for batch in self.rejects:
            for item in pc.value_counts(batch.column("code")).to_pylist():
                counts[item["values"]] = counts.get(item["values"], 0) + item["counts"]
        return counts

    def discard(self) -> None:
        """Forget the files."""
        for path in self.paths.values():
            path.unlink(missing_ok=True)
        self.paths.clear()


class _Writers:
    """Parquet files that come into being with their first row."""

    def __init__(self, staged: Staged, directory: Path) -> None:
        self._staged = staged
        self._directory = directory
        self._open: dict[str, pq.ParquetWriter] = {}
        self._stack = ExitStack()

    def __enter__(self) -> _Writers:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def write(self, relation: str, batch: pa.RecordBatch, schema: pa.Schema) -> None:
        """Append `batch` to the file of `relation`."""
        if batch.num_rows == 0:
            return
        if relation not in self._open:
            path = self._directory / f"{self._staged.import_id}.{relation}.parquet"
            self._staged.paths[relation] = path
            # Snappy: written once, read once, deleted.
            self._open[relation] = self._stack.enter_context(pq.ParquetWriter(path, schema, compression="snappy"))
        self._open[relation].write_batch(batch)


def stage(
    claim: Claim, directory: Path, options: ImportOptions, now: datetime, progress: Progress
) -> Staged:
    """Read `claim` completely into files in `directory`.

    Raises `ExportError` where the claim cannot be read; then nothing of it is left in `directory`.
    """
    staged = Staged(claim, import_id_of(claim, options), observed_at_of(claim, options, now))
    context = ImportContext(
        encoding=options.encoding,
        account=options.account,
        region=options.region,
        date_order=options.date_order,
        limits=options.limits,
    )
    kernel = _Kernel(staged, options, now)
    try:
        with _Writers(staged, directory) as writers:
            for item in claim.importer.extract(claim, context):
                kernel.take(item, writers)
                progress.advance(item.rows)
    except BaseException:
        staged.discard()
        raise
    if options.complete:
        staged.coverage = {**dict.fromkeys(kernel.sources, True), **staged.coverage}
    return staged


class _Kernel:
    """Fills what importers leave open, and normalises, one batch at a time."""

    def __init__(self, staged: Staged, options: ImportOptions, now: datetime) -> None:
        self._staged = staged
        self._options = options
        self._now = now
        self._countries: dict[str, str] = {}
        self.sources: set[str] = set()

    def take(self, item: Extracted, writers: _Writers) -> None:
        """Write one step of an importer."""
        staged = self._staged
        staged.rows += item.rows
        staged.skipped = sum_by(staged.skipped, item.skipped)
        staged.coverage.update(item.coverage)
        staged.owner.extend(item.owner)
        if item.rejects is not None and item.rejects.num_rows:
            staged.rejects.append(_fill(item.rejects, REJECTS, {"import_id": staged.import_id}))
        if item.records is not None and item.records.num_rows:
            self._records(item.records, writers)
        if item.events is not None and item.events.num_rows:
            self._events(item.events, writers)

    def _records(self, batch: pa.RecordBatch, writers: _Writers) -> None:
        staged = self._staged
        batch = _fill(
            batch,
            SOURCE_RECORDS,
            {
                "import_id": staged.import_id,
                "controller_id": self._options.controller_id,
                "observed_at": staged.observed_at,
            },
        )
        staged.records += batch.num_rows
        self.sources.update(pc.unique(batch.column("source")).to_pylist())
        points = point_kernel.contact_points(batch, default_region=self._options.region)
        features = feature_kernel.match_features(batch, points)
        phones = pc.equal(points.column("point_kind"), "phone")
        self._remember_countries(batch, points.filter(phones))
        writers.write("records", batch, SOURCE_RECORDS)
        writers.write("points", _with_import(points, staged.import_id, STAGED_POINTS), STAGED_POINTS)
        writers.write("features", _with_import(features, staged.import_id, STAGED_FEATURES), STAGED_FEATURES)

    def _remember_countries(self, batch: pa.RecordBatch, phones: pa.RecordBatch) -> None:
        """Countries of records with a phone: an event about the number must read it the same way."""
        if phones.num_rows == 0:
            return
        held = pc.is_in(batch.column("record_id"), value_set=pc.unique(phones.column("record_id")))
        known = batch.filter(pc.and_(held, pc.is_valid(batch.column("country"))))
        self._countries.update(
            zip(known.column("record_id").to_pylist(), known.column("country").to_pylist(), strict=True)
        )

    def _events(self, batch: pa.RecordBatch, writers: _Writers) -> None:
        staged = self._staged
        countries = pa.nulls(batch.num_rows, pa.string())
        if self._countries and pc.any(pc.equal(batch.column("point_kind"), "phone")).as_py():
            countries = pa.array([self._countries.get(key) for key in batch.column("record_id").to_pylist()], pa.string())
        with_country = pa.RecordBatch.from_arrays(
            [*batch.columns, countries], schema=batch.schema.append(pa.field("country", pa.string()))
        )
        normalised = point_kernel.normalise_events(with_country, default_region=self._options.region)
        events, notices = ledger.ledger_events(
            normalised,
            import_id=staged.import_id,
            controller_id=self._options.controller_id,
            recorded_at=self._now,
            snapshot_at=staged.observed_at,
        )
        staged.events += events.num_rows
        if notices.num_rows:
            staged.notices.append(notices.cast(NOTICES))
        writers.write("events", events, CONSENT_EVENTS)


def _fill(batch: pa.RecordBatch, schema: pa.Schema, values: dict[str, Any]) -> pa.RecordBatch:
    """`batch` in the order of `schema`, with nulls of the named columns replaced by one value each."""
    columns = []
    for column in schema:
        array = batch.column(column.name)
        if column.name in values:
            value = pa.scalar(values[column.name], column.type)
            array = pc.fill_null(array, value) if array.null_count < len(array) else pa.repeat(value, len(array))
        columns.append(array)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _with_import(batch: pa.RecordBatch, import_id: str, schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [*batch.columns, pa.repeat(pa.scalar(import_id), batch.num_rows)], schema=schema
    )


def merged_notices(staged: list[Staged]) -> Iterator[pa.Table]:
    """The notices of all claims, one table each."""
    for item in staged:
        yield from item.notices
