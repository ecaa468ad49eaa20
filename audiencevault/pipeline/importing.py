"""Imports: claims are staged, compared with the vault, resolved, and published as one snapshot.

Nothing is visible before the last step: a run that fails or is killed leaves the vault as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.errors import AudienceVaultError
from audiencevault.normalise import points as point_kernel
from audiencevault.pipeline import merging, remembering
from audiencevault.pipeline.identifying import Identification, identify, problem_of
from audiencevault.pipeline.options import (
    MEMORY_MB,
    ImportOptions,
    ImportResult,
    InputResult,
    Problem,
    Progress,
    Silence,
)
from audiencevault.pipeline.persons import OWNER_RECORDS, resolve_all
from audiencevault.pipeline.repeating import refuse_repeats
from audiencevault.pipeline.staging import Staged, derived_rows, import_id_of, merged_notices, stage
from audiencevault.records import (
    CONTACT_POINTS,
    IMPORTS,
    MATCH_FEATURES,
    NOTICES,
    OWNER_POINTS,
    RECORD_STATUS,
    SOURCE_RECORDS,
    TABLES,
    OwnerPoint,
)
from audiencevault.vault import Snapshot, TableRef, Transaction, Vault
from audiencevault.vault.tombstones import Buried

COVERAGE = """
    SELECT DISTINCT c.source, r.account, r.controller_id, c.import_id, c.observed_at
    FROM covered c JOIN staged_records r ON r.import_id = c.import_id AND r.source = c.source
"""


@dataclass(frozen=True)
class _Run:
    """One import run."""

    vault: Vault
    options: ImportOptions
    now: datetime
    version: str
    progress: Progress


def import_exports(
    vault: Vault,
    paths: Sequence[Path],
    options: ImportOptions,
    *,
    now: datetime,
    version: str,
    command: str = "import",
    progress: Progress | None = None,
    dry_run: bool = False,
) -> ImportResult:
    """Add what `paths` hold to `vault` and publish a snapshot, unless nothing changed or `dry_run`.

    Inputs that cannot be read become problems or failed inputs of the result; the others are imported.
    Raises `VaultLockedError` where somebody else is writing, `KeyMissingError` where people were erased and the
    vault's key is not there to recognise them.
    """
    options = with_defaults(options, vault)
    vault.make_key(now)
    buried = remembering.buried(vault.head())
    if options.controller_id not in vault.settings.controllers and not dry_run:
        vault.configure(now, controllers=[*vault.settings.controllers, options.controller_id])
    run = _Run(vault, options, now, version, progress or Silence())
    run.progress.step("Looking at the inputs")
    found = identify(paths, options)
    with vault.begin(command, now) as txn:
        inputs, staged = _stage_all(run, found, txn, buried)
        # What Arrow keeps of finished work would lie beside what the engine needs now.
        pa.default_memory_pool().release_unused()
        result = ImportResult(vault.head().number, inputs, list(found.problems))
        result.contacts_before = result.contacts_after = vault.head().rows("contacts")
        if staged or options.owner:
            with _engine(txn) as engine:
                _merge(run, engine, txn, staged, result)
            if dry_run:
                result.snapshot = None
            else:
                run.progress.step("Publishing the snapshot")
                result.snapshot = txn.commit().number
    return result


def rebuild(vault: Vault, *, now: datetime, version: str, progress: Progress | None = None) -> ImportResult:
    """Derive points, features, links, members and contacts again from the records, events, decisions and the
    identity log; the same rules give the same bytes and no new snapshot.
    """
    run = _Run(vault, ImportOptions(), now, version, progress or Silence())
    with vault.begin("rebuild", now) as txn:
        head = vault.head()
        result = ImportResult(head.number, [], [], head.rows("contacts"), head.rows("contacts"))
        with _engine(txn) as engine:
            _rederive(run, engine, txn, result)
        result.snapshot = txn.commit().number
    return result


def _engine(txn: Transaction) -> DuckDBEngine:
    return DuckDBEngine(temp_directory=txn.staging / "spill", memory_mb=MEMORY_MB)


def _stage_all(
    run: _Run, found: Identification, txn: Transaction, buried: Buried
) -> tuple[list[InputResult], list[Staged]]:
    before = set(run.vault.table("imports", columns=["import_id"]).column("import_id").to_pylist())
    inputs: list[InputResult] = []
    staged: list[Staged] = []
    with derived_rows(txn) as derived:
        for claim in found.claims:
            shown = InputResult(claim.path, "", claim.source, claim.layout, notes=claim.notes)
            inputs.append(shown)
            try:
                import_id = import_id_of(claim, run.options)
                shown.sha256, shown.import_id = claim.sha256, import_id
                if import_id in before:
                    shown.status = "unchanged"
                    continue
                before.add(import_id)
                run.progress.step(f"Reading {claim.source}")
                item = stage(claim, txn, run.options, run.now, run.progress, derived, buried)
            except AudienceVaultError as error:
                shown.status = "failed"
                shown.problem = problem_of(error, claim.path)
                continue
            staged.append(item)
            shown.rows, shown.records, shown.rejected = item.rows, item.records.ref.rows, item.rejected
            shown.rejected_by, shown.skipped, shown.consent_events = (
                item.rejected_by(),
                item.skipped,
                item.events.ref.rows,
            )
    return inputs, staged


def _register_old(engine: DuckDBEngine, head: Snapshot) -> None:
    for relation, table in (
        ("old_records", "source_records"),
        ("old_events", "consent_events"),
        ("old_imports", "imports"),
        ("old_status", "record_status"),
    ):
        engine.read(relation, head.paths(table), TABLES[table])


def _merge(run: _Run, engine: DuckDBEngine, txn: Transaction, staged: list[Staged], result: ImportResult) -> None:
    head = run.vault.head()
    _register_old(engine, head)
    merging.register_staged(engine, staged)
    for item in refuse_repeats(engine, txn, staged, run.options.region):
        shown = next(one for one in result.inputs if one.import_id == item.import_id and one.status == "imported")
        shown.records, shown.rejected, shown.rejected_by = item.records.ref.rows, item.rejected, item.rejected_by()
    imports = _imports(run, staged, head)
    engine.read("staged_imports", imports)

    run.progress.step("Comparing with the vault")
    merging.find_new(engine)
    new = merging.append_records(engine, txn, staged)
    engine.read("all_records", [*head.paths("source_records"), *new], SOURCE_RECORDS)
    merging.current_records(engine)
    _count_changed(engine, result)
    _departures(engine, txn, staged, result)
    merging.append_events(engine, txn, staged)
    _notices(engine, txn, staged, head)
    txn.append("imports", imports)
    txn.append("rejects", (batch for item in staged for batch in item.rejects))

    points = merging.replace_current(engine, txn, "contact_points", [(item, item.points) for item in staged])
    features = merging.replace_current(engine, txn, "match_features", [(item, item.features) for item in staged])
    engine.drop("staged_events", "old_events")
    engine.read("contact_points", points.paths, CONTACT_POINTS)
    engine.read("match_features", features.paths, MATCH_FEATURES)
    _owners(run, engine, txn, staged, head)
    # The version before may have let other values survive: then everybody's are looked at again.
    versions = head.table("imports", ["version"]).column("version").to_pylist()
    changed = "new_keys" if set(versions[-1:]) <= {run.version} else None
    _resolve(run, engine, txn, features, staged[-1].import_id if staged else "", result, changed)


def _rederive(run: _Run, engine: DuckDBEngine, txn: Transaction, result: ImportResult) -> None:
    from audiencevault.pipeline.rederiving import stage_derived

    head = run.vault.head()
    _register_old(engine, head)
    merging.register_staged(engine, [])
    engine.read("staged_imports", IMPORTS.empty_table())
    merging.find_new(engine)
    engine.read("all_records", head.paths("source_records"), SOURCE_RECORDS)
    merging.current_records(engine)
    run.progress.step("Normalising")
    points, features = stage_derived(engine, head, txn)
    points_ref, features_ref = txn.replace_staged(points), txn.replace_staged(features)
    engine.read("contact_points", points_ref.paths, CONTACT_POINTS)
    engine.read("match_features", features_ref.paths, MATCH_FEATURES)
    engine.read("owner_points", head.paths("owner_points"), OWNER_POINTS)
    engine.sql("owner_records", OWNER_RECORDS)
    _resolve(run, engine, txn, features_ref, "", result, None)


def _batches(engine: DuckDBEngine, query: str, schema: pa.Schema) -> Iterable[pa.RecordBatch]:
    names = schema.names
    for batch in engine.stream(query):
        table = pa.Table.from_batches([batch]).select(names).cast(schema)
        yield from table.to_batches()


def _imports(run: _Run, staged: list[Staged], head: Snapshot) -> pa.Table:
    rows: list[dict[str, Any]] = [
        {
            "import_id": item.import_id,
            "at": run.now,
            "snapshot": head.number + 1,
            "path": item.claim.path,
            "sha256": item.claim.sha256,
            "source": item.claim.source,
            "account": run.options.account or item.claim.account,
            "layout": item.claim.layout,
            "controller_id": run.options.controller_id,
            "observed_at": item.observed_at,
            "rows": item.rows,
            "records": item.records.ref.rows,
            "rejected": item.rejected,
            "skipped": sorted(item.skipped.items()),
            "consent_events": item.events.ref.rows,
            "coverage": sorted(item.coverage.items()),
            "settings": sorted(run.options.settings().items()),
            "version": run.version,
        }
        for item in staged
    ]
    return merging.staged_imports(staged, rows)


def _count_changed(engine: DuckDBEngine, result: ImportResult) -> None:
    counts = engine.collect("SELECT import_id, count(*) AS n FROM new_keys GROUP BY import_id").to_pylist()
    changed = {row["import_id"]: int(row["n"]) for row in counts}
    for item in result.inputs:
        if item.status == "imported":
            item.changed = changed.get(item.import_id, 0)


def _departures(engine: DuckDBEngine, txn: Transaction, staged: list[Staged], result: ImportResult) -> None:
    covered = [
        {"import_id": item.import_id, "source": source, "observed_at": item.observed_at}
        for item in staged
        for source, complete in sorted(item.coverage.items())
        if complete
    ]
    if not covered:
        return
    engine.read(
        "covered",
        pa.Table.from_pylist(
            covered,
            schema=pa.schema([IMPORTS.field("import_id"), IMPORTS.field("source"), IMPORTS.field("observed_at")]),
        ),
    )
    engine.sql("coverage", COVERAGE)
    moved = merging.departures(engine)
    result.gone = sum(1 for status in moved.column("status").to_pylist() if status == "gone")
    txn.append("record_status", moved.cast(RECORD_STATUS))


def _notices(engine: DuckDBEngine, txn: Transaction, staged: list[Staged], head: Snapshot) -> None:
    tables = list(merged_notices(staged))
    if not tables:
        return
    engine.read("staged_notices", pa.concat_tables(tables))
    engine.read("old_notices", head.paths("notices"), NOTICES)
    query = """
        SELECT notice_id, min(text) AS text, min(language) AS language, min(first_import_id) AS first_import_id
        FROM staged_notices WHERE notice_id NOT IN (SELECT notice_id FROM old_notices)
        GROUP BY notice_id ORDER BY notice_id
    """
    txn.append("notices", _batches(engine, query, NOTICES))


def _owners(run: _Run, engine: DuckDBEngine, txn: Transaction, staged: list[Staged], head: Snapshot) -> None:
    """Add the owner's points and name the records that hold one."""
    said = [(item.import_id, point) for item in staged for point in item.owner]
    said += [("", OwnerPoint("you", "email" if "@" in raw else "phone", raw)) for raw in run.options.owner]
    engine.read("old_owner", head.paths("owner_points"), OWNER_POINTS)
    engine.read("staged_owner", owner_points(said, run.options.region))
    query = """
        SELECT point_kind, point_key, min(source) AS source, min(import_id) AS import_id FROM staged_owner s
        WHERE NOT EXISTS (SELECT 1 FROM old_owner o WHERE o.point_kind = s.point_kind AND o.point_key = s.point_key)
        GROUP BY point_kind, point_key ORDER BY point_kind, point_key
    """
    new = txn.append("owner_points", _batches(engine, query, OWNER_POINTS))
    engine.read("owner_points", [*head.paths("owner_points"), *new.paths], OWNER_POINTS)
    engine.sql("owner_records", OWNER_RECORDS)


def owner_points(said: Sequence[tuple[str, OwnerPoint]], region: str | None) -> pa.Table:
    """The valid ones among the owner's own points, canonical, as rows of `OWNER_POINTS`."""
    records = pa.Table.from_pylist(
        [
            {
                "record_id": str(number),
                "source": point.source,
                "points": [{"kind": point.kind, "raw": point.raw, "label": None}],
            }
            for number, (_, point) in enumerate(said)
        ],
        schema=SOURCE_RECORDS,
    )
    rows: list[dict[str, Any]] = []
    for batch in records.to_batches():
        if batch.num_rows == 0:
            continue
        for row in point_kernel.contact_points(batch, default_region=region).to_pylist():
            if row["valid"]:
                import_id, point = said[int(row["record_id"])]
                rows.append(
                    {
                        "point_kind": row["point_kind"],
                        "point_key": row["point_key"],
                        "source": point.source,
                        "import_id": import_id or None,
                    }
                )
    return pa.Table.from_pylist(rows, schema=OWNER_POINTS)


def _resolve(
    run: _Run,
    engine: DuckDBEngine,
    txn: Transaction,
    features: TableRef,
    import_id: str,
    result: ImportResult,
    changed: str | None,
) -> None:
    settled = resolve_all(
        engine,
        txn,
        run.vault,
        features,
        decisions=run.vault.table("decisions"),
        changed=changed,
        at=run.now,
        import_id=import_id,
        progress=run.progress,
    )
    result.owner_records = settled.owner_records
    result.contacts_after = settled.contacts
    result.merged = settled.records - settled.contacts


def with_defaults(options: ImportOptions, vault: Vault) -> ImportOptions:
    """`options` with the vault's own controller and region where the person named none."""
    settings = vault.settings
    return replace(
        options,
        controller_id=options.controller_id or settings.controllers[0],
        region=options.region or settings.region,
    )


def unused(result: ImportResult) -> list[Problem]:
    """Everything that was not used: problems of the inputs, and inputs that failed while being read."""
    return [*result.problems, *(item.problem for item in result.inputs if item.problem is not None)]
