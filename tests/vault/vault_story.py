"""A small vault whose tables agree with each other, told in steps of synthetic people."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from audiencevault.records import TABLES
from audiencevault.vault import Snapshot, Transaction, Vault
from audiencevault.vault.ops import Ops

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def rows(table: str, values: Iterable[dict[str, Any]]) -> pa.Table:
    """Rows of `table`; columns that are not given are null."""
    return pa.Table.from_pylist(list(values), schema=TABLES[table])


def new_vault(path: Path, ops: Ops | None = None) -> Vault:
    """An empty vault."""
    return Vault.create(path, vault_id="v-0001", controller="shop", region="US", now=NOW, ops=ops)


def tell(txn: Transaction, step: int, people: int = 5, *, ledger: bool = True) -> None:
    """Add the `people` of `step`, and derive everybody anew; rows of the `ledger` are new ones each time."""
    import_id = f"i_{step}"
    txn.append("imports", rows("imports", [{"import_id": import_id, "at": NOW, "path": f"export-{step}.csv"}]))
    txn.append(
        "source_records",
        rows(
            "source_records",
            (
                {
                    "record_id": f"r{step:03}-{i}",
                    "import_id": import_id,
                    "full_name": f"Person {i}",
                    "points": [{"kind": "email", "raw": f"p{i}@example.com", "label": None}],
                    "extra": [("Note", str(i))],
                }
                for i in range(people)
            ),
        ),
    )
    txn.append("notices", rows("notices", [{"notice_id": f"n{step}", "text": "Yes, write to me."}]))
    if ledger:
        said = ({"event_id": f"e{step}-{i}", "notice_id": f"n{step}"} for i in range(people))
        txn.append("consent_events", rows("consent_events", said))
    everybody = [f"r{s:03}-{i}" for s in range(1, step + 1) for i in range(people)]
    txn.replace("contact_points", rows("contact_points", ({"record_id": r, "point_kind": "email"} for r in everybody)))
    txn.replace("match_features", rows("match_features", ({"record_id": r} for r in everybody)))
    txn.replace("members", rows("members", ({"record_id": r, "contact_id": "c-" + r} for r in everybody)))
    txn.replace("contacts", rows("contacts", ({"contact_id": "c-" + r, "record_count": 1} for r in everybody)))


def advance(vault: Vault, step: int, people: int = 5) -> Snapshot:
    """Publish `step`."""
    with vault.begin("import", NOW + timedelta(days=step)) as txn:
        tell(txn, step, people)
        return txn.commit()


def said(snapshot: Snapshot) -> dict[str, list[dict[str, Any]]]:
    """Everything that a snapshot holds."""
    return {table: snapshot.table(table).to_pylist() for table in TABLES}


def environment() -> dict[str, str]:
    """For a Python of our own that finds what this one finds."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def copy_vault(source: Path, target: Path) -> Path:
    """A vault of one's own to damage. Its links are relative, so they stay in it."""
    shutil.copytree(source, target, symlinks=True)
    return target


def tell_little(txn: Transaction, step: int) -> None:
    """The same for a single person in four tables: little to do, so that every moment of it can be interrupted."""
    record = f"r{step:03}"
    txn.append("imports", rows("imports", [{"import_id": f"i_{step}", "at": NOW}]))
    txn.append("source_records", rows("source_records", [{"record_id": record, "import_id": f"i_{step}"}]))
    everybody = [f"r{s:03}" for s in range(1, step + 1)]
    txn.replace("members", rows("members", ({"record_id": r, "contact_id": "c-" + r} for r in everybody)))
    txn.replace("contacts", rows("contacts", ({"contact_id": "c-" + r} for r in everybody)))


def advance_little(vault: Vault, step: int) -> Snapshot:
    """Publish `step` of the little story."""
    with vault.begin("import", NOW + timedelta(days=step)) as txn:
        tell_little(txn, step)
        return txn.commit()
