"""One claim, read once: its records, points, match features and ledger events go to files beside the vault's
data, batch by batch, before anything is compared with what the vault already holds.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.consent import ledger
from audiencevault.normalise import features as feature_kernel
from audiencevault.normalise import points as point_kernel
from audiencevault.pipeline.options import ImportOptions, Progress, sum_by
from audiencevault.records import NOTICES, REJECTS, SOURCE_RECORDS, Extracted, OwnerPoint
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.vault import StagedRows, Transaction
from audiencevault.vault.tombstones import Buried

WORKERS: Final = 2
"""Batches that are normalised at a time, beside the one that is read and the one that is written; results are written
in their order.
"""

WAITING: Final = 4
"""Batches of rows, of one table each, that may wait to be written."""


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


@dataclass(frozen=True)
class Stretch:
    """Rows `start` to `stop` (not included) of what was staged."""

    staged: StagedRows
    start: int
    stop: int


@dataclass
class Staged:
    """What reading one claim gave: rows of the tables that grow, and what is derived from them, written aside in the
    vault's own form.
    """

    claim: Claim
    import_id: str
    observed_at: datetime
    records: StagedRows
    events: StagedRows
    points: Stretch | None = None
    features: Stretch | None = None
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


class DerivedRows:
    """Rows of a derived table on their way: of all claims of a run, one after the other, as the vault keeps them."""

    def __init__(self, staged: StagedRows) -> None:
        self.staged = staged
        self.rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Append `batch`."""
        self.staged.write(batch)
        self.rows += batch.num_rows

    def since(self, start: int) -> Stretch:
        """What was written after the first `start` rows."""
        return Stretch(self.staged, start, self.rows)


@dataclass(frozen=True)
class Derived:
    """What is derived from the records of a run: CONTACT_POINTS and MATCH_FEATURES."""

    points: DerivedRows
    features: DerivedRows


@contextmanager
def derived_rows(txn: Transaction) -> Iterator[Derived]:
    """Where points and features go; their files are there once the block is left."""
    with txn.stage("contact_points") as points, txn.stage("match_features") as features:
        yield Derived(DerivedRows(points), DerivedRows(features))
        with _Pool(2, "finish") as pool:
            _finish(pool, points, features)


@dataclass
class _Sinks:
    """Where the rows of one claim go."""

    records: StagedRows
    events: StagedRows
    derived: Derived


def stage(
    claim: Claim,
    txn: Transaction,
    options: ImportOptions,
    now: datetime,
    progress: Progress,
    derived: Derived,
    buried: Buried | None = None,
) -> Staged:
    """Read `claim` completely into files beside those of `txn`, what is derived from its records into `derived`;
    whoever is among `buried` is counted only.

    Raises `ExportError` where the claim cannot be read; nothing of it is part of the transaction then.
    """
    import_id = import_id_of(claim, options)
    context = ImportContext(
        encoding=options.encoding,
        account=options.account,
        region=options.region,
        date_order=options.date_order,
        limits=options.limits,
        scratch=txn.staging,
    )
    points_before, features_before = derived.points.rows, derived.features.rows
    with ExitStack() as stack:
        sinks = _Sinks(
            stack.enter_context(txn.stage("source_records")), stack.enter_context(txn.stage("consent_events")), derived
        )
        staged = Staged(claim, import_id, observed_at_of(claim, options, now), sinks.records, sinks.events)
        # The last to be entered: whatever fails, nothing is computed or written any more when the files are let go.
        writer = stack.enter_context(_Pool(1, "write"))
        pool = stack.enter_context(_Pool(WORKERS, "normalise"))
        kernel = _Kernel(staged, sinks, options, now, pool, writer, buried)
        for item in claim.importer.extract(claim, context):
            kernel.take(item)
            progress.advance(item.rows)
        kernel.finish()
        _finish(pool, sinks.events, sinks.records)
    staged.points, staged.features = derived.points.since(points_before), derived.features.since(features_before)
    if options.complete:
        # What the person says outweighs what the importer could not know.
        staged.coverage.update(dict.fromkeys(sorted(kernel.sources), True))
    return staged


class _Pool(ThreadPoolExecutor):
    """Threads; leaving the block waits for what runs and drops what does not run yet."""

    def __init__(self, threads: int, name: str) -> None:
        super().__init__(threads, thread_name_prefix=name)

    def __exit__(self, *about: object) -> None:
        self.shutdown(wait=True, cancel_futures=True)


def _finish(pool: _Pool, *staged: StagedRows) -> None:
    """Write what is left of several tables side by side: the last rows of each, up to a whole row group."""
    for begun in [pool.submit(one.finish) for one in staged]:
        begun.result()


@dataclass(frozen=True)
class _Normalised:
    """The records of one step with what is derived from them.

    `countries` (`record_id`, `country`) are those of records with a phone, `ids` all records of the step; `erased` are
    the records that were left out, `rows` how many rows they had.
    """

    records: pa.RecordBatch
    points: pa.RecordBatch
    features: pa.RecordBatch
    ids: pa.StringArray
    countries: pa.RecordBatch
    erased: tuple[str, ...] = ()
    rows: int = 0


@dataclass
class _Step:
    """One step of an importer on its way: what is being computed of it."""

    records: Future[_Normalised] | None
    said: pa.RecordBatch | None
    events: Future[tuple[pa.RecordBatch, pa.Table]] | None = None


class _Kernel:
    """Fills what importers leave open, and normalises, some batches at a time; what comes of them is written in the
    order in which they came.
    """

    def __init__(
        self,
        staged: Staged,
        sinks: _Sinks,
        options: ImportOptions,
        now: datetime,
        pool: _Pool,
        writer: _Pool,
        buried: Buried | None = None,
    ) -> None:
        self._buried = buried
        self._erased: set[str] = set()
        self._staged = staged
        self._sinks = sinks
        self._options = options
        self._now = now
        self._pool = pool
        self._writer = writer
        self._writing: deque[Future[None]] = deque()
        self._countries: list[pa.RecordBatch] = []
        self._with_records: deque[_Step] = deque()
        self._with_events: deque[_Step] = deque()
        self.sources: set[str] = set()

    def take(self, item: Extracted) -> None:
        """Take one step of an importer; earlier ones are written as they get ready."""
        staged = self._staged
        staged.rows += item.rows
        staged.skipped = sum_by(staged.skipped, item.skipped)
        staged.coverage.update(item.coverage)
        staged.owner.extend(item.owner)
        if item.rejects is not None and item.rejects.num_rows:
            staged.rejects.append(_fill(item.rejects, REJECTS, {"import_id": staged.import_id}))
        records = None
        if item.records is not None and item.records.num_rows:
            self.sources.update(pc.unique(item.records.column("source")).to_pylist())
            records = self._pool.submit(self._normalised, item.records)
        events = item.events if item.events is not None and item.events.num_rows else None
        if records is not None or events is not None:
            self._with_records.append(_Step(records, events))
        self._move(WORKERS - 1)

    def finish(self) -> None:
        """Write what is still on its way."""
        self._move(0)
        self._written(0)

    def _move(self, waiting: int) -> None:
        """Carry steps on until at most `waiting` are left at each of the two places where they wait."""
        while len(self._with_records) > waiting:
            step = self._with_records.popleft()
            found = None if step.records is None else self._write_records(step.records.result())
            step.records = None
            if step.said is not None:
                step.events = self._pool.submit(
                    self._ledger_events, step.said, found, tuple(self._countries), frozenset(self._erased)
                )
                step.said = None
                self._with_events.append(step)
            if found is not None and found.countries.num_rows:
                self._countries.append(found.countries)
        while len(self._with_events) > waiting:
            written = self._with_events.popleft().events
            if written is not None:
                events, notices = written.result()
                if notices.num_rows:
                    self._staged.notices.append(notices.cast(NOTICES))
                self._write(self._sinks.events.write, events)

    def _normalised(self, batch: pa.RecordBatch) -> _Normalised:
        """On a thread of the pool: reads of the kernel only what never changes."""
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
        points, owners = point_kernel.points_and_rows(batch, default_region=self._options.region)
        ids, rows = batch.column("record_id"), batch.num_rows
        erased: tuple[str, ...] = ()
        if self._buried:
            batch, points, erased = _without_erased(batch, points, self._buried)
        features = feature_kernel.match_features(batch, points, None if self._buried else owners)
        countries = _countries_of(batch, points)
        return _Normalised(batch, points, features, ids, countries, erased, rows - batch.num_rows)

    def _write_records(self, found: _Normalised) -> _Normalised:
        if found.rows:
            self._erased.update(found.erased)
            self._staged.skipped = sum_by(self._staged.skipped, {"erased": found.rows})
        self._write(self._sinks.records.write, found.records)
        self._write(self._sinks.derived.points.write, found.points)
        self._write(self._sinks.derived.features.write, found.features)
        return found

    def _write(self, write: Callable[[pa.RecordBatch], None], rows: pa.RecordBatch) -> None:
        """Have `rows` written after those before; waits where too many wait already."""
        self._writing.append(self._writer.submit(write, rows))
        self._written(WAITING)

    def _written(self, waiting: int) -> None:
        while len(self._writing) > waiting:
            self._writing.popleft().result()

    def _ledger_events(
        self, said: pa.RecordBatch, own: _Normalised | None, earlier: Sequence[pa.RecordBatch], erased: frozenset[str]
    ) -> tuple[pa.RecordBatch, pa.Table]:
        """Events and notices of one step; on a thread of the pool, like `_normalised`."""
        staged = self._staged
        countries = _said_countries(said, own, earlier)
        with_country = pa.RecordBatch.from_arrays(
            [*said.columns, countries], schema=said.schema.append(pa.field("country", pa.string()))
        )
        normalised = point_kernel.normalise_events(
            with_country, default_region=self._options.region, known=own.points if own is not None else None
        )
        if self._buried:
            normalised = _events_without_erased(normalised, self._buried, erased)
        return ledger.ledger_events(
            normalised,
            import_id=staged.import_id,
            controller_id=self._options.controller_id,
            recorded_at=self._now,
            snapshot_at=staged.observed_at,
        )


def _without_erased(
    batch: pa.RecordBatch, points: pa.RecordBatch, buried: Buried
) -> tuple[pa.RecordBatch, pa.RecordBatch, tuple[str, ...]]:
    """The records of people who were not erased, and who was. One buried point is enough: the whole row is that
    person's.
    """
    own = buried.hits(points.column("point_kind"), points.column("point_key"))
    readings = points.column("readings")
    owners = pc.list_parent_indices(readings)
    other = buried.hits(points.column("point_kind").take(owners), pc.list_flatten(readings))
    records = points.column("record_id")
    hit = pc.unique(pa.concat_arrays([records.filter(own), records.take(owners).filter(other)]))
    if not len(hit):
        return batch, points, ()
    gone = pc.is_in(batch.column("record_id"), value_set=hit)
    kept = points.filter(pc.invert(pc.is_in(records, value_set=hit)))
    return batch.filter(pc.invert(gone)), kept, tuple(hit.to_pylist())


def _events_without_erased(
    events: pa.RecordBatch | pa.Table, buried: Buried, erased: frozenset[str]
) -> pa.RecordBatch | pa.Table:
    hit = buried.hits(events.column("point_kind"), events.column("point_key"))
    if erased:
        gone = pc.is_in(events.column("record_id"), value_set=pa.array(sorted(erased), pa.string()))
        hit = pc.or_(hit, pc.fill_null(gone, False))
    return events.filter(pc.invert(hit))


def _countries_of(batch: pa.RecordBatch, points: pa.RecordBatch) -> pa.RecordBatch:
    """Countries of records with a phone: an event about the number must read it the same way."""
    known = batch.select(["record_id", "country"])
    if known.column("country").null_count == len(known):
        return known.slice(0, 0)
    phones = points.column("record_id").filter(pc.equal(points.column("point_kind"), "phone"))
    held = pc.is_in(known.column("record_id"), value_set=phones)
    return known.filter(pc.and_(held, pc.is_valid(known.column("country"))))


def _said_countries(said: pa.RecordBatch, own: _Normalised | None, earlier: Sequence[pa.RecordBatch]) -> pa.StringArray:
    """The country of the record of each event about a phone: what the same step says of it, else an earlier one."""
    result = pa.nulls(said.num_rows, pa.string())
    phones = pc.fill_null(pc.equal(said.column("point_kind"), "phone"), False)
    if not phones.true_count or not (earlier or (own is not None and own.countries.num_rows)):
        return result
    asked = said.column("record_id").filter(phones)
    found = pa.nulls(len(asked), pa.string())
    if own is not None:
        found = _looked_up(asked, [own.countries])
    if earlier:
        known = pc.is_in(asked, value_set=own.ids) if own is not None else pa.repeat(False, len(asked))
        if known.false_count:
            found = pc.coalesce(found, pc.if_else(known, None, _looked_up(asked, earlier)))
    return pc.replace_with_mask(result, phones, found)


def _looked_up(ids: pa.StringArray, tables: Sequence[pa.RecordBatch]) -> pa.StringArray:
    """The last country that `tables` (`record_id`, `country`) say of each id."""
    table = pa.Table.from_batches(tables).combine_chunks()
    backwards = table.take(pa.array(np.arange(len(table) - 1, -1, -1)))
    place = pc.index_in(ids, value_set=backwards.column("record_id"))
    return pc.take(backwards.column("country").combine_chunks(), place)


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
