"""Questions to a vault: whom may I reach, who is this person, why are these one person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.compute as pc

from audiencevault import audience as door
from audiencevault import reach
from audiencevault.consent import deadlines, reasons
from audiencevault.consent.policy import Policy
from audiencevault.consent.policy import policy as policy_named
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.pipeline import remembering
from audiencevault.pipeline.delivering import keyed
from audiencevault.pipeline.finding import find_contact
from audiencevault.pipeline.options import MEMORY_MB, Progress
from audiencevault.pipeline.senders import controller_of
from audiencevault.records import TABLES
from audiencevault.vault import Snapshot, Vault

CHANNELS = ("email", "sms")
GONE = "gone_records"
"""The relation of the records that newer complete exports no longer hold."""

LATEST = """
    SELECT r.record_id, r.import_id FROM (
        SELECT a.record_id, a.import_id, row_number() OVER (
            PARTITION BY a.record_id ORDER BY i.observed_at DESC, i."at" DESC, i.path DESC, i.import_id DESC) AS latest
        FROM all_records a JOIN imports i ON i.import_id = a.import_id) r
    WHERE r.latest = 1
"""
CURRENT = "SELECT a.* FROM all_records a JOIN latest l ON l.record_id = a.record_id AND l.import_id = a.import_id"
STATUS_NOW = """
    SELECT record_id, as_of FROM (
        SELECT record_id, status, as_of,
               row_number() OVER (PARTITION BY record_id ORDER BY as_of DESC, status) AS latest
        FROM record_status)
    WHERE latest = 1 AND status = 'gone'
"""


@contextmanager
def relations(snapshot: Snapshot, *, without_key: bool = False) -> Iterator[DuckDBEngine]:
    """An engine in which every table of `snapshot` can be read under its own name.

    `source_records` holds the current observations only, `all_records` all of them, `gone_records` those that
    a newer complete export no longer holds, `tombstones` the points that a tombstone recognises, in plain.
    Raises `KeyMissingError` where people were erased and the vault's key is not there to recognise them, unless
    `without_key`, which is for what only shows the vault: nothing may leave that way.
    """
    buried = remembering.relation(snapshot, without_key=without_key)
    # Not in the vault, which may be on a disk that cannot be written.
    with (
        TemporaryDirectory(prefix="audiencevault-") as spill,
        DuckDBEngine(temp_directory=Path(spill), memory_mb=MEMORY_MB) as engine,
    ):
        for table, schema in TABLES.items():
            if table == "tombstones":
                engine.read(table, buried)
                continue
            engine.read("all_records" if table == "source_records" else table, snapshot.paths(table), schema)
        if engine.scalar("SELECT count(*) FROM all_records") == engine.scalar(
            "SELECT count(DISTINCT record_id) FROM all_records"
        ):
            engine.view("source_records", "SELECT * FROM all_records")
        else:
            engine.sql("latest", LATEST)
            engine.view("source_records", CURRENT)
        engine.sql("gone_records", STATUS_NOW)
        yield engine


@dataclass
class Summary:
    """What a vault holds and whom one may write to, as of a time and under a policy."""

    snapshot: int
    as_of: datetime
    policy: str
    contacts: int
    records: int
    sources: dict[str, dict[str, int]]
    relationships: dict[str, int]
    reachable: dict[str, int]
    reachable_any: int
    basis: dict[str, dict[str, int]]
    held_back: dict[str, int]
    held_back_by_channel: dict[str, dict[str, int]]
    with_point: dict[str, int]
    steps: dict[str, str] = field(default_factory=dict)
    remedies: list[door.Remedy] = field(default_factory=list)
    last_import: datetime | None = None
    deadlines: list[deadlines.Due] = field(default_factory=list)
    dependence: reach.Dependence | None = None
    dependence_history: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "snapshot": self.snapshot,
            "as_of": self.as_of,
            "policy": self.policy,
            "contacts": self.contacts,
            "records": self.records,
            "sources": self.sources,
            "relationships": self.relationships,
            "reachable": self.reachable,
            "reachable_any": self.reachable_any,
            "basis": self.basis,
            "held_back": self.held_back,
            "held_back_by_channel": self.held_back_by_channel,
            "steps": self.steps,
            "remedies": [asdict(remedy) for remedy in self.remedies],
            "deadlines": [due.as_dict() for due in self.deadlines],
            "dependence": self.dependence.as_dict() if self.dependence else None,
            "dependence_history": self.dependence_history,
            "last_import": self.last_import,
        }


_KNOWN = f"""
    SELECT r.source, r.relationship, m.cid, count(*) AS records
    FROM source_records r LEFT JOIN {door.ASKED}__member m ON m.record_id = r.record_id
    GROUP BY r.source, r.relationship, m.cid
"""
COUNTS_BY_SOURCE = """
    SELECT source, CAST(sum(records) AS BIGINT) AS records, count(DISTINCT cid) AS people
    FROM summary__known GROUP BY source ORDER BY source
"""
COUNTS_BY_RELATIONSHIP = """
    SELECT relationship, count(DISTINCT cid) AS people
    FROM summary__known WHERE cid IS NOT NULL GROUP BY relationship ORDER BY people DESC, relationship
"""


def summarise(
    vault: Vault,
    *,
    as_of: datetime,
    policy: str | None = None,
    controller_id: str | None = None,
    channels: Sequence[str] = CHANNELS,
    what_if: bool = True,
    progress: Progress | None = None,
) -> Summary:
    """What `vault` holds and whom one may write to; `what_if` also asks what vouching for a source would change."""
    snapshot = vault.head()
    controller = controller_of(vault, controller_id)
    rules = policy_named(policy or vault.settings.policy)
    with relations(snapshot, without_key=True) as engine:
        summary = Summary(
            snapshot=snapshot.number,
            as_of=as_of,
            policy=rules.name,
            contacts=snapshot.rows("contacts"),
            records=int(engine.scalar("SELECT count(*) FROM source_records") or 0),
            sources={},
            relationships={},
            reachable={},
            reachable_any=0,
            basis={},
            held_back={},
            held_back_by_channel={},
            with_point={},
            last_import=engine.collect('SELECT max("at") AS last FROM imports').column("last")[0].as_py(),
        )
        everything = set(channels) >= set(CHANNELS)
        # One fold for every channel, and nobody's row is put together: only what is said here is counted.
        rented = _rented(engine, channels, rules) if everything else ()
        asked = door.ask(
            engine, controller_id=controller, channels=[*channels, *rented], as_of=as_of, policy=rules,
            what_if=what_if, step=progress.step if progress else None,
        )  # fmt: skip
        if progress:
            progress.step("Counting people")
        _known_through(engine, summary)
        found = reach.count(engine, asked, channels, people=summary.contacts, gone=GONE)
        _told(summary, found)
        noes = keyed(engine, door.suppressions(engine, channels, GONE))
        summary.deadlines = deadlines.open_noes(noes, engine.collect("SELECT * FROM deliveries"), rules, as_of)
        if everything:
            summary.dependence = _dependence(engine, found, controller)
    return summary


def _known_through(engine: DuckDBEngine, summary: Summary) -> None:
    """Where people are known from, on the numbers of people that the answers stand on."""
    engine.sql("summary__known", _KNOWN)
    sources = engine.collect(COUNTS_BY_SOURCE).to_pylist()
    relationships = engine.collect(COUNTS_BY_RELATIONSHIP).to_pylist()
    engine.drop("summary__known")
    summary.sources = {row["source"]: {"records": row["records"], "people": row["people"]} for row in sources}
    summary.relationships = {row["relationship"]: row["people"] for row in relationships}


def _told(summary: Summary, found: reach.Counted) -> None:
    summary.basis = {channel: dict(counts) for channel, counts in found.basis.items()}
    summary.held_back_by_channel = {channel: dict(counts) for channel, counts in found.held_back.items()}
    summary.reachable = {channel: sum(counts.values()) for channel, counts in found.basis.items()}
    summary.with_point = dict(found.with_point)
    summary.remedies = list(found.remedies)
    summary.reachable_any = found.reachable_any
    summary.held_back = dict(found.first)
    summary.steps = {code: general_remedy(code) for code in sorted(summary.held_back) if general_remedy(code)}


def depend(
    engine: DuckDBEngine, channels: Sequence[str], people: int, *, controller_id: str, as_of: datetime, policy: Policy
) -> reach.Dependence:
    """How far the `people` of a vault hang on companies: on `channels`, and on those that companies own."""
    asked = door.ask(
        engine, controller_id=controller_id, channels=[*channels, *_rented(engine, channels, policy)], as_of=as_of,
        policy=policy,
    )  # fmt: skip
    return _dependence(engine, reach.count(engine, asked, channels, people=people, gone=GONE), controller_id)


def _dependence(engine: DuckDBEngine, found: reach.Counted, controller_id: str) -> reach.Dependence:
    owners = reach.owners()
    stand = reach.standing(engine, owners, found.reached, controller_id=controller_id, gone=GONE)
    return reach.dependence(stand, owners)


_YES_ON = """
    SELECT count(*) FROM consent_events
    WHERE channel = ? AND event_type IN ('granted', 'confirmed', 'reaffirmed', 'observed')
"""


def _rented(engine: DuckDBEngine, besides: Sequence[str], policy: Policy) -> list[str]:
    """The channels that companies own, where anybody could be reached."""
    # Without a usable number there is nobody to ask about.
    if not engine.scalar("SELECT count(*) FROM contact_points WHERE point_kind = 'phone' AND valid"):
        return []
    platforms = reach.owners().platforms.values()
    return sorted(
        channel
        for channel in {channel for platform in platforms for channel in platform.channels} - set(besides)
        if not policy.by_consent_alone(channel) or engine.scalar(_YES_ON, [channel])
    )


_GENERAL = {"who": "a source", "channel": "this channel", "means": "address", "rules": "the rules", "source": "SOURCE"}


def general_sentence(code: str) -> str:
    """What a reason code says of everybody who has it, without naming the source or the rules."""
    sentence = reasons.REASONS[code].sentence.format(**_GENERAL)
    return sentence[0].upper() + sentence[1:]


def general_remedy(code: str) -> str:
    """The lawful step that would change a reason code, without naming the source; empty where there is none."""
    return reasons.REASONS[code].remedy.format(**_GENERAL)


def contact_rows(vault: Vault, *, limit: int | None = None, search: str | None = None) -> list[dict[str, Any]]:
    """People, sorted by name; `search` looks in names, addresses, numbers, accounts and the company."""
    query = """
        SELECT * FROM contacts
        WHERE ? = '' OR contains(lower(concat_ws(chr(31), display_name, first_name, last_name, company,
              array_to_string(emails, chr(31)), array_to_string(phones, chr(31)),
              array_to_string(accounts, chr(31)))), ?)
        ORDER BY lower(coalesce(display_name, '~')), contact_id
    """
    wanted = (search or "").lower()
    with relations(vault.head(), without_key=True) as engine:
        table = engine.collect(query + (f" LIMIT {int(limit)}" if limit else ""), [wanted, wanted])
    return [_plain(row) for row in table.to_pylist(maps_as_pydicts="strict")]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {key: float(value) if key == "total_spent" and value is not None else value for key, value in row.items()}


def contact_card(
    vault: Vault, text: str, *, as_of: datetime, policy: str | None = None, controller_id: str | None = None
) -> dict[str, Any]:
    """Everything about one person: surviving values, records, points, consent with reasons, events."""
    controller = controller_of(vault, controller_id)
    rules = policy_named(policy or vault.settings.policy)
    with relations(vault.head(), without_key=True) as engine:
        contact_id = find_contact(engine, text, vault.settings.region)
        card = {
            "contact": _plain(_rows(engine, "SELECT * FROM contacts WHERE contact_id = ?", contact_id)[0]),
            "records": _rows(
                engine,
                """
                SELECT r.record_id, r.source, r.relationship, r.account, r.observed_at, r.member, r.locator,
                       r.export_sha256, g.as_of AS gone_as_of
                FROM members m JOIN source_records r ON r.record_id = m.record_id
                LEFT JOIN gone_records g ON g.record_id = m.record_id
                WHERE m.contact_id = ? ORDER BY r.source, r.observed_at, r.record_id
                """,
                contact_id,
            ),
            "points": _rows(
                engine,
                """
                SELECT p.* FROM members m JOIN contact_points p ON p.record_id = m.record_id
                WHERE m.contact_id = ? ORDER BY p.point_kind, p.point, p.record_id
                """,
                contact_id,
            ),
            "events": _rows(
                engine,
                """
                SELECT e.* FROM consent_events e WHERE EXISTS (
                    SELECT 1 FROM members m JOIN contact_points p ON p.record_id = m.record_id
                    WHERE m.contact_id = ? AND p.point_kind = e.point_kind AND p.point_key = e.point_key)
                ORDER BY coalesce(e.occurred_at, e.snapshot_at), e.event_id
                """,
                contact_id,
            ),
        }
        asked = door.select(engine, controller_id=controller, channels=CHANNELS, as_of=as_of, policy=rules, gone=GONE)
    card["consent"] = _answers(asked, contact_id)
    return card


def _answers(asked: door.Audience, contact_id: str) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    for table, mailable in ((asked.rows, True), (asked.held_back, False)):
        for row in table.filter(pc.equal(table.column("contact_id"), contact_id)).to_pylist():
            kept = ("channel", "point", "reason", "state", "decisive_event_id", "preset", "jurisdiction", "warnings")
            answers.append(
                {
                    **{name: row[name] for name in kept},
                    "mailable": mailable,
                    "sentence": row.get("sentence") or general_sentence(row["reason"]),
                }
            )
    return sorted(answers, key=lambda answer: answer["channel"])


def _rows(engine: DuckDBEngine, query: str, *params: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.collect(query, params).to_pylist(maps_as_pydicts="strict")
    return rows
