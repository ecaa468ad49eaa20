"""Who is who in a whole vault: from features, decisions and the members of before to links, members and contacts."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audiencevault import resolution
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.errors import UsageError
from audiencevault.pipeline import amending, merging
from audiencevault.pipeline.options import Progress
from audiencevault.records import IDENTITY_LOG, MATCH_FEATURES, MATCH_MODELS, MEMBERS, NEVER_AUDIENCE
from audiencevault.resolution import incremental, survivorship, traces
from audiencevault.vault import Snapshot, TableRef, Transaction, Vault

FEWEST_TO_LEARN: Final = 20_000
"""Records below which a vault is matched by the priors."""
GROWN: Final = 4
"""How many times more records than a model was learnt from make it worth learning anew."""
FEWEST_TO_RESUME: Final = 50_000
"""Records below which a run over all is as quick as one that goes on from the last."""
TRACE: Final = "who-is-who"
TRACED: Final = ("match_features", "members", "links")
"""The tables that a run reads and writes: with others than these, what it left behind says nothing."""

NOBODY: Final = pa.array([], pa.string())

_RELATIONSHIPS = ", ".join(f"'{name}'" for name in sorted(NEVER_AUDIENCE))

# Who may not become a contact: whoever the owner follows, asked or blocked, and the owner.
INELIGIBLE = f"""
    SELECT record_id FROM source_records WHERE relationship IN ({_RELATIONSHIPS})
    UNION SELECT record_id FROM owner_records
"""
ELIGIBLE = """
    SELECT f.* FROM {features} f LEFT JOIN ineligible_records i ON i.record_id = f.record_id
    WHERE i.record_id IS NULL
"""
OWNER_RECORDS = """
    SELECT DISTINCT p.record_id FROM contact_points p
    JOIN owner_points o ON o.point_kind = p.point_kind AND o.point_key = p.point_key
    WHERE p.valid
"""


@dataclass(frozen=True)
class Settled:
    """How many records became how many contacts, and how many records are the owner's own."""

    records: int
    contacts: int
    owner_records: int


def resolve_all(
    engine: DuckDBEngine,
    txn: Transaction,
    vault: Vault,
    features: TableRef,
    *,
    decisions: pa.Table,
    changed: str | None,
    at: datetime,
    import_id: str,
    progress: Progress,
) -> Settled:
    """Resolve everybody and write links, members, contacts and the identity log into `txn`.

    `engine` holds `source_records` (current observations), `contact_points`, `match_features` and `owner_records`;
    `features` are the files of `match_features`, `decisions` all of DECISIONS. `changed` names a relation with the
    `record_id` of everybody of whom something new is known since the last snapshot: only their contacts, and those
    whose records are others now, are made again. None means that all are.
    """
    progress.step("Finding out who is who")
    model = model_for(txn.base, features.rows)
    resolved = None
    if model is not None and changed is not None:
        resolved = _resumed(engine, txn, vault, features, model, decisions, changed, at, import_id)
    if resolved is None:
        resolved = _anew(engine, txn, vault, features, model, decisions, at, import_id)
    members = txn.replace("members", resolved.members)
    records = resolved.members.num_rows
    txn.replace("links", resolved.links)
    txn.append("identity_log", resolved.identity_log.cast(IDENTITY_LOG))
    if model is None:
        learnt = {"at": at, "import_id": import_id, "records": features.rows, "document": resolved.model.to_json()}
        txn.append("match_models", pa.Table.from_pylist([learnt], schema=MATCH_MODELS))
    moved = resolved.moved
    del resolved
    pa.default_memory_pool().release_unused()
    engine.read("members", members.paths, MEMBERS)
    progress.step("Writing the contacts")
    ids = None if changed is None else amending.touched(engine, txn.base, changed, moved)
    if ids is None:
        contacts = write_contacts(engine, txn, vault)
    else:
        contacts = amending.amend_contacts(engine, txn, ids, rules_of(vault))
    return Settled(records, contacts.rows, int(engine.scalar("SELECT count(*) FROM owner_records") or 0))


def _resumed(
    engine: DuckDBEngine,
    txn: Transaction,
    vault: Vault,
    features: TableRef,
    model: resolution.Model,
    decisions: pa.Table,
    changed: str,
    at: datetime,
    import_id: str,
) -> resolution.Resolution | None:
    """Who is who, going on from what the last run left behind; None where all must be looked at."""
    left = txn.found_beside(TRACE)
    trace = None if left is None else traces.load(left)
    if trace is None or model.noisy:
        return None
    engine.sql("ineligible_records", INELIGIBLE)
    # Whoever came or was observed anew is in files that the snapshot before did not have.
    old = set(txn.base.tables["match_features"].paths) if "match_features" in txn.base.tables else set()
    engine.read("new_features", [path for path in features.paths if path not in old], MATCH_FEATURES)
    engine.view("eligible_features", ELIGIBLE.format(features="new_features"))
    ineligible = engine.collect("SELECT record_id FROM ineligible_records")["record_id"]
    gone = _among(ineligible, vault.table("members", ["record_id"])["record_id"]) if len(ineligible) else NOBODY
    into = txn.staging / TRACE
    into.mkdir()
    resolved = incremental.resume(
        engine, trace, "eligible_features", changed=changed, gone=gone, decisions=decisions,
        members=vault.table("members").cast(MEMBERS), links=partial(vault.table, "links"), log=_merged(vault),
        model=model, at=at, import_id=import_id, into=into,
    )  # fmt: skip
    engine.drop("eligible_features", "ineligible_records", "new_features")
    if resolved is None or resolved.members.num_rows != features.rows - len(ineligible):
        shutil.rmtree(into)
        return None
    txn.put_beside(TRACE, into, TRACED)
    return resolved


def _among(few: pa.ChunkedArray, many: pa.ChunkedArray) -> pa.Array:
    """Those of a few texts that are among many others."""
    return pc.unique(many.filter(pc.is_in(many, value_set=few.combine_chunks().cast(many.type))))


def _merged(vault: Vault) -> pa.Table | None:
    """The identity log where it tells of a merging, which may have to be undone; None where it does not."""
    events = vault.table("identity_log", ["event"])["event"]
    return vault.table("identity_log") if pc.any(pc.equal(events, "merged_into")).as_py() else None


def _anew(
    engine: DuckDBEngine,
    txn: Transaction,
    vault: Vault,
    features: TableRef,
    model: resolution.Model | None,
    decisions: pa.Table,
    at: datetime,
    import_id: str,
) -> resolution.Resolution:
    """Who is who, from all records; a large vault keeps what the next run can go on from."""
    watch = None
    if features.rows >= FEWEST_TO_RESUME:
        into = txn.staging / TRACE
        into.mkdir()
        watch = incremental.watcher(into, decisions)
        txn.put_beside(TRACE, into, TRACED)
    return resolution.run(
        engine,
        _eligible_features(engine, txn, features),
        model=model,
        decisions=decisions,
        previous=vault.table("members").cast(MEMBERS),
        log=vault.table("identity_log"),
        at=at,
        import_id=import_id,
        watch=watch,
    )


def model_for(base: Snapshot, records: int) -> resolution.Model | None:
    """The weights for `records` records: the priors while they are few, so that it does not matter in how many parts
    they came; then the vault's latest model; None where one is to be learnt, first or anew.
    """
    if records < FEWEST_TO_LEARN:
        return resolution.Model()
    rows = base.table("match_models").to_pylist()
    if not rows or records >= GROWN * rows[-1]["records"]:
        return None
    try:
        return resolution.Model.from_json(rows[-1]["document"])
    except UsageError:
        # Another version of the program wrote it.
        return None


def write_contacts(engine: DuckDBEngine, txn: Transaction, vault: Vault) -> TableRef:
    """The golden records of `members`, by the vault's own rules of survivorship, as the new table of contacts."""
    return txn.replace("contacts", survivorship.batches(engine, settings=rules_of(vault)))


def rules_of(vault: Vault) -> survivorship.Rules:
    """The rules of survivorship with what the vault's settings say differently."""
    return survivorship.rules(vault.settings.survivorship)


def _eligible_features(engine: DuckDBEngine, txn: Transaction, features: TableRef) -> str:
    """The relation with the features of everybody who may become a contact: a file, since it is read often."""
    ineligible = engine.collect(INELIGIBLE).column("record_id")
    if not len(ineligible):
        return "match_features"
    path = txn.staging / "eligible.parquet"
    with pq.ParquetWriter(path, MATCH_FEATURES, compression="lz4") as file:
        for batch in merging.rows_of(features.files, "record_id", ineligible, drop=True):
            file.write_batch(batch)
    engine.read("eligible_features", [str(path)], MATCH_FEATURES)
    return "eligible_features"
