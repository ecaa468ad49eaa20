"""How long the fold takes: `python benchmarks/fold.py --contacts 600000` (about a million points).

Makes an invented ledger once (in `--data`), then asks for everybody's state on every channel named, and says CPU
seconds, wall seconds and the highest memory of the process. `--what` is `fold`, `select` (the audience put together),
`count` (what the screen of `status` counts) or `remedies` (the same, and what vouching would change).
"""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from audiencevault.audience import ask, select
from audiencevault.consent.fold import fold
from audiencevault.consent.policy import policy
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.reach import count
from audiencevault.records import BURIED, TABLES
from benchmarks.usage import own_peak

NOW = datetime(2026, 11, 21, tzinfo=UTC)
COUNTRY = (
    "CASE WHEN hash(cid) % 10 < 4 THEN 'US' WHEN hash(cid) % 10 < 7 THEN 'DE' WHEN hash(cid) % 10 < 9 THEN 'NL' END"
)
MADE = {
    "rec": """
        SELECT md5(concat(i, '-', k)) AS record_id, i AS cid, k FROM range({n}) t(i), range(2) u(k)
        WHERE k = 0 OR hash(i) % 10 < 6
    """,
    "members": "SELECT record_id, md5(concat('c', cid)) AS contact_id FROM rec",
    "source_records": f"""
        SELECT record_id, 'shopify.customers' AS source, {COUNTRY} AS country, 'customer' AS relationship FROM rec
    """,
    "match_features": f"SELECT record_id, {COUNTRY} AS country FROM rec",
    "points": """
        SELECT record_id, cid, 'email' AS point_kind,
            concat('person', cid, CASE WHEN k = 1 AND hash(cid + 7) % 3 = 0 THEN '.b' ELSE '' END, '@example.com') AS point
        FROM rec
        UNION ALL
        SELECT record_id, cid, 'phone', concat('+1202', lpad(CAST(cid AS VARCHAR), 7, '0')) FROM rec
        WHERE hash(cid + 1) % 10 < 6
    """,
    "contact_points": """
        SELECT record_id, point_kind, point AS raw, point, point AS point_key, TRUE AS valid,
            CAST([] AS VARCHAR[]) AS flags, CAST([] AS VARCHAR[]) AS readings
        FROM points
    """,
    "consent_events": """
        SELECT md5(concat(p.record_id, e.t, p.point)) AS event_id, TIMESTAMPTZ '2026-11-01' AS recorded_at,
            TIMESTAMPTZ '2026-10-30' AS snapshot_at,
            CASE WHEN e.t IN ('activity', 'granted') OR (e.t = 'withdrawn' AND hash(cid) % 2 = 0)
                THEN TIMESTAMPTZ '2020-01-01' + INTERVAL (hash(concat(p.record_id, e.t)) % 2400) DAY END AS occurred_at,
            CASE WHEN e.t IN ('observed', 'relationship') THEN 'unknown' ELSE 'instant' END AS occurred_precision,
            p.point_kind, p.point, p.point AS point_key, p.record_id, 'shopify.customers' AS source, '' AS account,
            CASE WHEN p.point_kind = 'email' THEN 'email' ELSE 'sms' END AS channel, 'marketing' AS purpose,
            'shop' AS controller_id, e.t AS event_type,
            CASE WHEN e.t = 'observed' THEN CASE WHEN hash(cid) % 3 = 0 THEN 'not_subscribed' ELSE 'subscribed' END
                END AS state,
            CASE WHEN e.t = 'activity' THEN 'purchase' END AS detail, 'single' AS opt_in_level,
            'web_form' AS capture_method, 'data_subject' AS actor,
            CASE e.t WHEN 'observed' THEN 'asserted' WHEN 'relationship' THEN 'none' ELSE 'partial' END
                AS evidence_grade,
            MAP {{}}::MAP(VARCHAR, BOOLEAN) AS conditions
        FROM points p, (VALUES ('observed', 5), ('activity', 4), ('granted', 3), ('relationship', 2), ('withdrawn', 1))
            e(t, w)
        WHERE hash(concat(p.record_id, e.t, p.point_kind)) % 12 < e.w
    """,
    "contacts": """
        SELECT DISTINCT md5(concat('c', cid)) AS contact_id, concat('Ida ', cid) AS display_name,
            concat('person', cid, '@example.com') AS email, ['shopify.customers'] AS sources,
            CAST([] AS VARCHAR[]) AS accounts
        FROM rec
    """,
}
READ = ("consent_events", "members", "contact_points", "source_records", "match_features", "contacts")


def make(contacts: int, folder: Path) -> None:
    """An invented ledger as Parquet files in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, query in MADE.items():
            connection.execute(f"CREATE TABLE {name} AS {query.format(n=contacts)}")
        for name in READ:
            held = connection.sql(f"SELECT * FROM {name}").to_arrow_table()
            columns = [
                held[field.name].cast(field.type)
                if field.name in held.column_names
                else pa.nulls(len(held), field.type)
                for field in TABLES[name]
            ]
            pq.write_table(pa.table(columns, schema=TABLES[name]), folder / f"{name}.parquet", compression="zstd")


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=60_000)
    parser.add_argument("--data", type=Path, default=Path("bench-data"))
    parser.add_argument("--memory-mb", type=int, default=640)
    parser.add_argument("--channels", default="email,sms")
    parser.add_argument("--what", choices=("fold", "select", "count", "remedies"), default="fold")
    parser.add_argument("--steps", action="store_true", help="say how long each statement took")
    given = parser.parse_args()
    folder = given.data / f"fold-{given.contacts}"
    if not (folder / "contacts.parquet").exists():
        make(given.contacts, folder)
    channels = tuple(given.channels.split(","))
    with TemporaryDirectory() as spill, _Watched(given.steps, Path(spill), given.memory_mb) as engine:
        for name in READ:
            engine.read(name, [str(folder / f"{name}.parquet")], TABLES[name])
        engine.read("attestations", [], TABLES["attestations"])
        engine.read("tombstones", BURIED.empty_table())
        started, wall = time.process_time(), time.perf_counter()
        if given.what == "fold":
            rows = fold(engine, policy=policy(), as_of=NOW, channels=channels, controller_id="shop")
        elif given.what == "select":
            found = select(engine, controller_id="shop", channels=channels, as_of=NOW)
            rows = found.rows.num_rows + found.held_back.num_rows
        else:
            asked = ask(engine, controller_id="shop", channels=channels, as_of=NOW, what_if=given.what == "remedies")
            rows = count(engine, asked, channels, people=given.contacts, gone=None).reachable_any
        spent = time.process_time() - started
        peak = own_peak() // 2**20
        print(
            f"{given.what}, {given.contacts:,} contacts, {'+'.join(channels)}: {rows:,} rows, {spent:.1f} s CPU, "
            f"{time.perf_counter() - wall:.1f} s, at most {peak:,} MB"
        )


class _Watched(DuckDBEngine):
    """An engine that says what each statement cost."""

    def __init__(self, steps: bool, spill: Path, memory_mb: int) -> None:
        super().__init__(temp_directory=spill, memory_mb=memory_mb)
        self._steps = steps

    def sql(self, name: str, query: str, params: tuple[object, ...] = ()) -> int:
        """As the engine does."""
        started = time.process_time()
        rows = super().sql(name, query, params)
        if self._steps and (spent := time.process_time() - started) > 0.05:
            print(f"  {name:24} {rows:>10,} {spent:6.2f}")
        return rows


if __name__ == "__main__":
    main()
