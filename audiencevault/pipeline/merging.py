"""Staged claims against what the vault holds: which observations are new, which are current, who is gone.

An observation is *current* when no later one of the same record exists; it is *unchanged*, and not stored
again, when it says the same as the one before it. A record is *gone* when an export that holds all of its
source no longer has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audiencevault.engine import Engine
from audiencevault.pipeline.staging import Staged, Stretch
from audiencevault.records import CONSENT_EVENTS, FORMER_COLUMNS, IMPORTS, RECORD_STATUS, SOURCE_RECORDS
from audiencevault.vault import StagedRows, TableRef, Transaction

_LINEAGE = frozenset({"import_id", "observed_at", "export_sha256", "member", "locator", "controller_id", "record_id"})
_CONTENT = [column for column in SOURCE_RECORDS if column.name not in _LINEAGE]

# Text of everything that an export says of a person: equal text, nothing new.
FINGERPRINT = (
    "md5(concat_ws(chr(31), " + ", ".join(f"coalesce(CAST({c.name} AS VARCHAR), chr(30))" for c in _CONTENT) + "))"
)

IMPORT_ORDER = """
    SELECT import_id, coalesce(settings['region'], '') AS region,
           row_number() OVER (ORDER BY observed_at, "at", path, import_id) AS position
    FROM (SELECT import_id, observed_at, "at", path, settings FROM old_imports
          UNION ALL SELECT import_id, observed_at, "at", path, settings FROM staged_imports)
"""
# The region is part of what was observed: the same digits read in another country are another number.
VERSIONS = f"""
    SELECT v.record_id, v.import_id, v.is_new, concat(v.fingerprint, o.region) AS fingerprint, o.position
    FROM (SELECT record_id, import_id, true AS is_new, {FINGERPRINT} AS fingerprint FROM staged_records
          UNION ALL
          SELECT record_id, import_id, false AS is_new, {FINGERPRINT} AS fingerprint FROM old_records
          WHERE record_id IN (SELECT record_id FROM staged_records)) v
    JOIN import_order o ON o.import_id = v.import_id
"""
NEW_KEYS = """
    SELECT record_id, import_id FROM (
        SELECT record_id, import_id, is_new, fingerprint,
               lag(fingerprint) OVER (PARTITION BY record_id ORDER BY position) AS before
        FROM versions)
    WHERE is_new AND (before IS NULL OR before <> fingerprint)
"""
KEPT_OF_IMPORT = "SELECT record_id FROM new_keys WHERE import_id = ?"
CURRENT_OF_IMPORT = "SELECT record_id FROM current_keys WHERE import_id = ?"
COUNT_CURRENT_OF_IMPORT = "SELECT count(*) FROM current_keys WHERE import_id = ?"
CURRENT_KEYS = """
    SELECT record_id, import_id FROM (
        SELECT r.record_id, r.import_id,
               row_number() OVER (PARTITION BY r.record_id ORDER BY o.position DESC) AS latest
        FROM (SELECT record_id, import_id FROM old_records
              UNION ALL SELECT record_id, import_id FROM new_keys) r
        JOIN import_order o ON o.import_id = r.import_id)
    WHERE latest = 1
"""
CURRENT_RECORDS = """
    SELECT r.* FROM all_records r
    JOIN current_keys k ON k.record_id = r.record_id AND k.import_id = r.import_id
"""
CURRENT_OF_OLD = """
    SELECT record_id, import_id FROM (
        SELECT r.record_id, r.import_id,
               row_number() OVER (PARTITION BY r.record_id ORDER BY o.position DESC) AS latest
        FROM old_records r JOIN import_order o ON o.import_id = r.import_id)
    WHERE latest = 1
"""
REPLACED_IDS = """
    SELECT k.record_id FROM current_keys k
    WHERE k.import_id IN (SELECT import_id FROM staged_imports)
      AND k.record_id IN (SELECT record_id FROM old_records)
"""
GONE = """
    SELECT r.record_id, 'gone' AS status, c.observed_at AS as_of, c.import_id
    FROM source_records r
    JOIN coverage c ON c.source = r.source AND c.account = r.account AND c.controller_id = r.controller_id
    LEFT JOIN status_now n ON n.record_id = r.record_id
    LEFT JOIN staged_records s ON s.record_id = r.record_id AND s.import_id = c.import_id
    WHERE s.record_id IS NULL AND r.observed_at < c.observed_at AND coalesce(n.status, 'here') <> 'gone'
"""
RETURNED = """
    SELECT s.record_id, 'returned' AS status, max(s.observed_at) AS as_of, max(s.import_id) AS import_id
    FROM staged_records s JOIN status_now n ON n.record_id = s.record_id
    WHERE n.status = 'gone' AND s.observed_at > n.as_of
    GROUP BY s.record_id
"""
STATUS_NOW = """
    SELECT record_id, status, as_of FROM (
        SELECT record_id, status, as_of,
               row_number() OVER (PARTITION BY record_id ORDER BY as_of DESC, status) AS latest
        FROM old_status)
    WHERE latest = 1
"""
STAGED_TWICE = """
    SELECT event_id FROM staged_events GROUP BY event_id HAVING count(*) > 1
"""
KNOWN_EVENTS = """
    SELECT DISTINCT s.event_id FROM staged_events s WHERE s.event_id IN (SELECT event_id FROM old_events)
"""


def register_staged(engine: Engine, staged: Sequence[Staged]) -> None:
    """Make what was staged readable as `staged_records` and `staged_events`."""
    engine.read("staged_records", [path for item in staged for path in item.records.ref.paths], SOURCE_RECORDS)
    engine.read("staged_events", [path for item in staged for path in item.events.ref.paths], CONSENT_EVENTS)


def find_new(engine: Engine) -> None:
    """From `old_records`, `staged_records`, `old_imports` and `staged_imports` make `new_keys`, the observations
    that say something new, and `current_keys`, the latest of every record.
    """
    engine.sql("import_order", IMPORT_ORDER)
    staged = engine.scalar("SELECT count(*) FROM staged_records")
    if staged == engine.scalar("SELECT count(DISTINCT record_id) FROM staged_records") and not engine.scalar(
        "SELECT count(*) FROM staged_records WHERE record_id IN (SELECT record_id FROM old_records)"
    ):
        # Nobody was seen before: whole rows need no comparison.
        engine.view("new_keys", "SELECT record_id, import_id FROM staged_records")
        if engine.scalar("SELECT count(*) FROM old_records"):
            engine.sql("current_keys", "SELECT record_id, import_id FROM new_keys UNION ALL " + CURRENT_OF_OLD)
        else:
            engine.view("current_keys", "SELECT record_id, import_id FROM staged_records")
        return
    engine.sql("versions", VERSIONS)
    engine.sql("new_keys", NEW_KEYS)
    engine.drop("versions")
    engine.sql("current_keys", CURRENT_KEYS)


def current_records(engine: Engine) -> None:
    """Make the view `source_records` of the current observations out of `all_records`."""
    superseded = engine.scalar("SELECT count(*) FROM all_records") != engine.scalar("SELECT count(*) FROM current_keys")
    engine.view("source_records", CURRENT_RECORDS if superseded else "SELECT * FROM all_records")


def append_records(engine: Engine, txn: Transaction, staged: Sequence[Staged]) -> list[str]:
    """Add the new observations to the vault's records; return the new files. Whole files where all is new."""
    paths: list[str] = []
    for item in staged:
        kept = engine.collect(KEPT_OF_IMPORT, [item.import_id]).column("record_id")
        if len(kept) == item.records.ref.rows:
            paths += txn.append_staged(item.records).paths
        elif len(kept):
            paths += txn.append("source_records", rows_of(item.records.ref.files, "record_id", kept)).paths
    return paths


def append_events(engine: Engine, txn: Transaction, staged: Sequence[Staged]) -> None:
    """Add the events that the ledger does not hold yet, each once."""
    twice = engine.collect(STAGED_TWICE).column("event_id")
    known = engine.collect(KNOWN_EVENTS).column("event_id")
    if not len(twice) and not len(known):
        for item in staged:
            txn.append_staged(item.events)
        return
    seen: set[str] = set()
    suspects = pa.chunked_array([*twice.chunks, *known.chunks], pa.string())
    out = set(known.to_pylist())
    for item in staged:
        txn.append("consent_events", _once(rows_of(item.events.ref.files), suspects, out, seen))


def _once(
    rows: Iterable[pa.RecordBatch], suspects: pa.ChunkedArray, out: set[str], seen: set[str]
) -> Iterator[pa.RecordBatch]:
    for batch in rows:
        doubtful = pc.is_in(batch.column("event_id"), value_set=suspects)
        keep = []
        for event_id, doubt in zip(batch.column("event_id").to_pylist(), doubtful.to_pylist(), strict=True):
            keep.append(not doubt or (event_id not in out and event_id not in seen))
            if doubt:
                seen.add(event_id)
        yield batch.filter(pa.array(keep, pa.bool_()))


def replace_current(
    engine: Engine, txn: Transaction, table: str, staged: Sequence[tuple[Staged, Stretch | None]]
) -> TableRef:
    """Write the current rows of a derived table, in the order of the records that they are derived from: the old ones
    that nothing replaced, then those of each claim. Whole files of old rows are kept, and what was staged is not
    written again where all of it stays and it begins a file.
    """
    replaced = engine.collect(REPLACED_IDS).column("record_id")
    old = txn.base.tables[table].files if table in txn.base.tables else ()
    kept = 0
    for path in txn.full_files(table):
        if (
            len(replaced)
            and pc.any(pc.is_in(pq.read_table(path, columns=["record_id"])[0], value_set=replaced)).as_py()
        ):
            break
        kept += 1
    if kept == len(old) and (whole := _all_current(engine, staged)) is not None:
        return txn.replace_staged(whole, keep=kept)
    return txn.replace(table, _current_rows(engine, old[kept:], replaced, staged), keep=kept)


def _all_current(engine: Engine, staged: Sequence[tuple[Staged, Stretch | None]]) -> StagedRows | None:
    """What the claims were staged to, if they are all that it holds and each of their records is current."""
    whole: StagedRows | None = None
    end = 0
    for item, stretch in staged:
        if stretch is None or stretch.start != end or (whole is not None and stretch.staged is not whole):
            return None
        if engine.scalar(COUNT_CURRENT_OF_IMPORT, [item.import_id]) != item.records.ref.rows:
            return None
        whole, end = stretch.staged, stretch.stop
    return whole if whole is not None and whole.ref.rows == end else None


def _current_rows(
    engine: Engine, old: Sequence[Path], replaced: pa.ChunkedArray, staged: Sequence[tuple[Staged, Stretch | None]]
) -> Iterator[pa.RecordBatch]:
    yield from rows_of(old, "record_id", replaced, drop=True)
    for item, stretch in staged:
        if stretch is not None:
            current = engine.collect(CURRENT_OF_IMPORT, [item.import_id]).column("record_id")
            kept = None if len(current) == item.records.ref.rows else current
            yield from rows_of(stretch.staged.ref.files, "record_id", kept, start=stretch.start, stop=stretch.stop)


def rows_of(
    paths: Iterable[Path],
    column: str = "",
    values: pa.ChunkedArray | None = None,
    *,
    drop: bool = False,
    start: int = 0,
    stop: int | None = None,
) -> Iterator[pa.RecordBatch]:
    """The rows of Parquet files, in order; with `values`, those whose `column` is among them, or is not (`drop`).

    `start` and `stop` count rows over all files: only those between them are looked at.
    """
    until = 0
    for path in paths:
        with pq.ParquetFile(path) as file:
            before, until = until, until + file.metadata.num_rows
            if until <= start or (stop is not None and before >= stop):
                continue
            for whole in file.iter_batches(65_536, columns=_columns_of(file.schema_arrow)):
                first, before = before, before + whole.num_rows
                skipped = max(start - first, 0)
                batch = whole.slice(skipped, None if stop is None else max(stop - first - skipped, 0))
                if not batch.num_rows:
                    continue
                if values is None or (drop and not len(values)):
                    yield batch
                    continue
                found = pc.is_in(batch.column(column), value_set=values)
                yield batch.filter(pc.invert(found) if drop else found)


def _columns_of(held: pa.Schema) -> list[str]:
    """The columns of a file but for those that its table had in an earlier schema version only."""
    table = (held.metadata or {}).get(b"table", b"").decode()
    return [name for name in held.names if name not in FORMER_COLUMNS.get(table, ())]


def departures(engine: Engine) -> pa.Table:
    """New rows of `record_status`: who is gone from a complete export, who came back."""
    engine.sql("status_now", STATUS_NOW)
    gone = engine.collect(f"{GONE} ORDER BY record_id, import_id")
    back = engine.collect(f"{RETURNED} ORDER BY record_id")
    return pa.concat_tables([gone.cast(RECORD_STATUS), back.cast(RECORD_STATUS)])


def staged_imports(staged: Sequence[Staged], rows: Sequence[dict[str, object]]) -> pa.Table:
    """The `imports` rows of this run, in the order in which their observations count."""
    ordered = sorted(zip(staged, rows, strict=True), key=lambda pair: (pair[0].observed_at, pair[0].claim.path))
    return pa.Table.from_pylist([dict(row) for _, row in ordered], schema=IMPORTS)
