"""One claim, read once: its records, points, match features and ledger events go to files beside the vault's
data, batch by batch, before anything is compared with what the vault already holds.
"""

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
    CONTACT_POINTS,
    MATCH_FEATURES,
    NOTICES,
    REJECTS,
    SOURCE_RECORDS,
    Extracted,
    OwnerPoint,
)
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.vault import StagedRows, Transaction
from audiencevault.vault.tombstones import Buried


def import_id_of(claim: Claim, options: ImportOptions) -> str:
    """The id of reading one content with one set of settings for one controller: the same reading, the same id.

    A spec of the person's own is one of the settings: once it is corrected, the same file is worth reading again.
    """
    said = "\x1f".join(f"{key}={value}" for key, value in sorted(options.settings().items()))
    if rules := getattr(claim.importer, "rules", ""):
        said = f"{said}\x1fspec={rules}"
    text = f"{claim.sha256}\x1f{claim.source}\x1f{options.controller_id}\x1f{said}"
    return "i_" + hashlib.sha256(text.encode()).hexdigest()[:24]


def observed_at_of(claim: Claim, options: ImportOptions, now: datetime) -> datetime:
    """The date of the export: as the person says, as the export says, as its newest file says, else now.

    A file's date is good to the day: copying a folder gives its files new times, some milliseconds apart, and a
    ZIP knows no time zone. So exports whose files are of one day count as made at the same moment, the last of
    that day, and where they contradict each other the "no" holds.
    Never later than now: a file from a clock in the future must not outrank what comes after it.
    """
    stated = options.observed_at or claim.observed_at
    if stated is None:
        dates = [member.modified for member in claim.members if member.modified is not None]
        stated = max(dates).replace(hour=23, minute=59, second=59, microsecond=999_999) if dates else now
    if stated.tzinfo is None:
        stated = stated.replace(tzinfo=UTC)
    return min(stated, now)


@dataclass
class Staged:
    """What reading one claim gave: rows of the tables that grow, written aside in the vault's own form, and
    files of what is derived from them.
    """

    claim: Claim
    import_id: str
    observed_at: datetime
    records: StagedRows
    events: StagedRows
    points: Path | None = None
    features: Path | None = None
    rows: int = 0
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


class DerivedFile:
    """A Parquet file that comes into being with its first row. Read once and thrown away, so hardly compressed."""

    def __init__(self, path: Path, schema: pa.Schema, stack: ExitStack) -> None:
        self._path = path
        self._schema = schema
        self._stack = stack
        self._writer: pq.ParquetWriter | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Append `batch`."""
        if batch.num_rows == 0:
            return
        if self._writer is None:
            self._writer = self._stack.enter_context(
                pq.ParquetWriter(self._path, self._schema, compression="lz4", use_dictionary=False)
            )
        self._writer.write_batch(batch)

    @property
    def path(self) -> Path | None:
        """The file, if there is one."""
        return self._path if self._writer is not None else None


@dataclass
class _Sinks:
    """Where the rows of one claim go."""

    records: StagedRows
    events: StagedRows
    points: DerivedFile
    features: DerivedFile


def stage(
    claim: Claim,
    txn: Transaction,
    options: ImportOptions,
    now: datetime,
    progress: Progress,
    buried: Buried | None = None,
) -> Staged:
    """Read `claim` completely into files beside those of `txn`; whoever is among `buried` is counted only.

    Raises `ExportError` where the claim cannot be read; nothing of it is part of the transaction then.
    """
    import_id = import_id_of(claim, options)
    context = ImportContext(
        encoding=options.encoding,
        account=options.account,
        region=options.region,
        date_order=options.date_order,
        limits=options.limits,
    )
    with ExitStack() as stack:
        sinks = _Sinks(
            stack.enter_context(txn.stage("source_records")),
            stack.enter_context(txn.stage("consent_events")),
            DerivedFile(txn.staging / f"{import_id}.points.parquet", CONTACT_POINTS, stack),
            DerivedFile(txn.staging / f"{import_id}.features.parquet", MATCH_FEATURES, stack),
        )
        staged = Staged(claim, import_id, observed_at_of(claim, options, now), sinks.records, sinks.events)
        kernel = _Kernel(staged, sinks, options, now, buried)
        for item in claim.importer.extract(claim, context):
            kernel.take(item)
            progress.advance(item.rows)
    staged.points, staged.features = sinks.points.path, sinks.features.path
    if options.complete:
        # What the person says outweighs what the importer could not know.
        staged.coverage.update(dict.fromkeys(sorted(kernel.sources), True))
    return staged


class _Kernel:
    """Fills what importers leave open, and normalises, one batch at a time."""

    def __init__(
        self, staged: Staged, sinks: _Sinks, options: ImportOptions, now: datetime, buried: Buried | None = None
    ) -> None:
        self._buried = buried
        self._erased: set[str] = set()
        self._staged = staged
        self._sinks = sinks
        self._options = options
        self._now = now
        self._countries: dict[str, str] = {}
        self.sources: set[str] = set()

    def take(self, item: Extracted) -> None:
        """Write one step of an importer."""
        staged = self._staged
        staged.rows += item.rows
        staged.skipped = sum_by(staged.skipped, item.skipped)
        staged.coverage.update(item.coverage)
        staged.owner.extend(item.owner)
        if item.rejects is not None and item.rejects.num_rows:
            staged.rejects.append(_fill(item.rejects, REJECTS, {"import_id": staged.import_id}))
        if item.records is not None and item.records.num_rows:
            self._records(item.records)
        if item.events is not None and item.events.num_rows:
            self._events(item.events)

    def _records(self, batch: pa.RecordBatch) -> None:
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
        self.sources.update(pc.unique(batch.column("source")).to_pylist())
        points = point_kernel.contact_points(batch, default_region=self._options.region)
        if self._buried:
            batch, points = self._without_erased(batch, points, self._buried)
        features = feature_kernel.match_features(batch, points)
        phones = pc.equal(points.column("point_kind"), "phone")
        self._remember_countries(batch, points.filter(phones))
        self._sinks.records.write(batch)
        self._sinks.points.write(points)
        self._sinks.features.write(features)

    def _without_erased(
        self, batch: pa.RecordBatch, points: pa.RecordBatch, buried: Buried
    ) -> tuple[pa.RecordBatch, pa.RecordBatch]:
        """The records of people who were not erased. One buried point is enough: the whole row is that person's."""
        own = buried.hits(points.column("point_kind"), points.column("point_key"))
        readings = points.column("readings")
        owners = pc.list_parent_indices(readings)
        other = buried.hits(points.column("point_kind").take(owners), pc.list_flatten(readings))
        records = points.column("record_id")
        hit = pc.unique(pa.concat_arrays([records.filter(own), records.take(owners).filter(other)]))
        if not len(hit):
            return batch, points
        self._erased.update(hit.to_pylist())
        gone = pc.is_in(batch.column("record_id"), value_set=hit)
        self._staged.skipped = sum_by(self._staged.skipped, {"erased": gone.true_count})
        return batch.filter(pc.invert(gone)), points.filter(pc.invert(pc.is_in(records, value_set=hit)))

    def _events_without_erased(self, events: pa.RecordBatch | pa.Table, buried: Buried) -> pa.RecordBatch | pa.Table:
        hit = buried.hits(events.column("point_kind"), events.column("point_key"))
        if self._erased:
            gone = pc.is_in(events.column("record_id"), value_set=pa.array(sorted(self._erased), pa.string()))
            hit = pc.or_(hit, pc.fill_null(gone, False))
        return events.filter(pc.invert(hit))

    def _remember_countries(self, batch: pa.RecordBatch, phones: pa.RecordBatch) -> None:
        """Countries of records with a phone: an event about the number must read it the same way."""
        if phones.num_rows == 0:
            return
        held = pc.is_in(batch.column("record_id"), value_set=pc.unique(phones.column("record_id")))
        known = batch.filter(pc.and_(held, pc.is_valid(batch.column("country"))))
        self._countries.update(
            zip(known.column("record_id").to_pylist(), known.column("country").to_pylist(), strict=True)
        )

    def _events(self, batch: pa.RecordBatch) -> None:
        staged = self._staged
        countries = pa.nulls(batch.num_rows, pa.string())
        if self._countries and pc.any(pc.equal(batch.column("point_kind"), "phone")).as_py():
            countries = pa.array(
                [self._countries.get(key) for key in batch.column("record_id").to_pylist()], pa.string()
            )
        with_country = pa.RecordBatch.from_arrays(
            [*batch.columns, countries], schema=batch.schema.append(pa.field("country", pa.string()))
        )
        normalised = point_kernel.normalise_events(with_country, default_region=self._options.region)
        if self._buried:
            normalised = self._events_without_erased(normalised, self._buried)
        events, notices = ledger.ledger_events(
            normalised,
            import_id=staged.import_id,
            controller_id=self._options.controller_id,
            recorded_at=self._now,
            snapshot_at=staged.observed_at,
        )
        if notices.num_rows:
            staged.notices.append(notices.cast(NOTICES))
        self._sinks.events.write(events)


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


def merged_notices(staged: list[Staged]) -> Iterator[pa.Table]:
    """The notices of all claims, one table each."""
    for item in staged:
        yield from item.notices
