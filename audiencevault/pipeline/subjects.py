"""Everything that a vault holds about one person, for that person: JSON for programs, a page for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import jinja2
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.audience import select
from audiencevault.consent.policy import policy as policy_named
from audiencevault.engine import Engine
from audiencevault.errors import UsageError
from audiencevault.pipeline.asking import CHANNELS, GONE, general_sentence, relations
from audiencevault.pipeline.erasing import Plan, plan_erasure
from audiencevault.pipeline.senders import controller_of
from audiencevault.vault import Vault

SCHEMA: Final = 1
FILES: Final = ("subject.json", "subject.html")

_ABOUT: Final[Mapping[str, str]] = {
    "contact": "SELECT * FROM contacts WHERE contact_id = ?",
    "records": """
        SELECT a.*, i."at" AS imported_at, g.as_of AS gone_as_of FROM all_records a
        JOIN subject_records r ON r.record_id = a.record_id
        LEFT JOIN imports i ON i.import_id = a.import_id
        LEFT JOIN gone_records g ON g.record_id = a.record_id
        ORDER BY a.source, a.observed_at, a.record_id
    """,
    "contact_points": """
        SELECT p.* FROM contact_points p JOIN subject_records r ON r.record_id = p.record_id
        ORDER BY p.point_kind, p.point, p.record_id
    """,
    "consent_events": """
        SELECT e.* FROM consent_events e
        LEFT JOIN subject_records r ON r.record_id = e.record_id
        LEFT JOIN subject_points p ON p.point_kind = e.point_kind AND p.point_key = e.point_key
        WHERE r.record_id IS NOT NULL OR p.point_key IS NOT NULL
        ORDER BY coalesce(e.occurred_at, e.snapshot_at, e.recorded_at), e.event_id
    """,
    "links": """
        SELECT l.rule, l.score, l.record_a, l.record_b, l.evidence FROM links l
        JOIN subject_records a ON a.record_id = l.record_a JOIN subject_records b ON b.record_id = l.record_b
        WHERE l.accepted ORDER BY l.record_a, l.record_b
    """,
    "decisions": """
        SELECT d.* FROM decisions d WHERE d.record_a IN (SELECT record_id FROM subject_records)
            OR d.record_b IN (SELECT record_id FROM subject_records) ORDER BY d."at", d.decision_id
    """,
}
_NOTICES: Final = """
    SELECT n.notice_id, n.language, n.text FROM notices n
    WHERE n.notice_id IN (SELECT value FROM subject_notices) ORDER BY n.notice_id
"""
_CHAIN: Final = ("salt", "commitment", "prev_hash", "row_hash")
_HIDDEN: Final = frozenset(
    {"record_id", "import_id", "source", "relationship", "member", "locator", "observed_at", "export_sha256", "points"}
)
"""Of a record, what the page says in another place or what is of no use to a reader; the JSON has all of it."""


@dataclass(frozen=True)
class Copy:
    """The two files of one access request, and how much they hold."""

    files: tuple[Path, ...]
    records: int
    events: int
    recipients: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "files": [str(path) for path in self.files],
            "records": self.records,
            "consent_events": self.events,
            "recipients": self.recipients,
        }


def export_subject(vault: Vault, text: str, directory: Path, *, as_of: datetime) -> Copy:
    """Write everything that `vault` holds about the person meant by `text` into `directory`.

    Raises `UsageError` where nobody or several people match, the vault holds nothing of the person, or a file of
    the same name is there already.
    """
    inside = directory.resolve()
    if inside == vault.path.resolve() or vault.path.resolve() in inside.parents:
        raise UsageError(f"{directory} lies in the vault, which holds nothing but its own files.", "Choose another -o.")
    for name in FILES:
        if (directory / name).exists():
            raise UsageError(f"{directory / name} is there already.", "Choose an empty folder with -o.")
    plan = plan_erasure(vault, text)
    if plan.nothing:
        raise UsageError("The vault holds nothing about that address.", "That is your answer to the person, too.")
    document = everything(vault, plan, as_of=as_of)
    directory.mkdir(parents=True, exist_ok=True)
    json_file, page_file = (directory / name for name in FILES)
    json_file.write_text(json.dumps(document, ensure_ascii=False, indent=1, default=_json) + "\n", encoding="utf-8")
    page_file.write_text(page(document), encoding="utf-8")
    return Copy(
        (json_file, page_file), len(document["records"]), len(document["consent_events"]), len(document["recipients"])
    )


def everything(vault: Vault, plan: Plan, *, as_of: datetime) -> dict[str, Any]:
    """The document: the keys of `docs/how-to/answer-an-access-request.md`. Columns without a value are left out."""
    who = plan.who
    with relations(vault.head(), without_key=True) as engine:
        engine.read("subject_records", pa.table({"record_id": who.record_ids}))
        pairs = [{"point_kind": kind, "point_key": key} for kind, key in sorted(who.points)]
        schema = pa.schema([("point_kind", pa.string()), ("point_key", pa.string())])
        engine.read("subject_points", pa.Table.from_pylist(pairs, schema=schema))
        found = {
            name: _rows(engine, query, [plan.contact_id or ""] if "?" in query else [])
            for name, query in _ABOUT.items()
        }
        notices = sorted({event["notice_id"] for event in found["consent_events"] if event.get("notice_id")})
        engine.read("subject_notices", pa.table({"value": pa.array(notices, pa.string())}))
        shown = _rows(engine, _NOTICES, [])
        today = _today(engine, vault, plan.contact_id, as_of) if plan.contact_id else []
    return {
        "schema": SCHEMA,
        "made_at": as_of,
        "controllers": list(vault.settings.controllers),
        "contact": next(iter(found["contact"]), None),
        "records": found["records"],
        "contact_points": found["contact_points"],
        "consent_events": [
            {key: value for key, value in event.items() if key not in _CHAIN} for event in found["consent_events"]
        ],
        "notices": shown,
        "consent_today": today,
        "recipients": list(plan.told),
        "links": found["links"],
        "decisions": found["decisions"],
    }


def _rows(engine: Engine, query: str, params: list[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.collect(query, params).to_pylist(maps_as_pydicts="strict")
    return [{key: value for key, value in row.items() if value not in (None, "", [], {})} for row in rows]


def _today(engine: Engine, vault: Vault, contact_id: str, as_of: datetime) -> list[dict[str, Any]]:
    asked = select(
        engine,
        controller_id=controller_of(vault, None),
        channels=CHANNELS,
        as_of=as_of,
        policy=policy_named(vault.settings.policy),
        gone=GONE,
    )
    answers = [
        {
            "channel": row["channel"],
            "point": row["point"],
            "mailable": mailable,
            "reason": row["reason"],
            "sentence": row.get("sentence") or general_sentence(row["reason"]),
        }
        for table, mailable in ((asked.rows, True), (asked.held_back, False))
        for row in table.filter(pc.equal(table.column("contact_id"), contact_id)).to_pylist()
    ]
    return sorted(answers, key=lambda answer: str(answer["channel"]))


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def page(document: Mapping[str, Any]) -> str:
    """The document as one HTML page that needs nothing from anywhere else."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("audiencevault.pipeline", "pages"),
        autoescape=True,
        undefined=jinja2.ChainableUndefined,
    )
    environment.filters.update(day=_day, words=_words, said=_said)
    points = {(row["point_kind"], row.get("raw", "")): row for row in document["contact_points"]}
    text: str = environment.get_template("subject.html.j2").render(
        **document,
        name=(document["contact"] or {}).get("display_name"),
        sources=sorted({record["source"] for record in document["records"]}),
        distinct_points=[points[key] for key in sorted(points)],
        hidden=_HIDDEN,
    )
    return text


def _day(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else str(value or "–")


def _words(value: Any) -> str:
    return str(value).replace("_", " ")


def _said(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_said(part)}" for key, part in value.items() if part not in (None, ""))
    if isinstance(value, list | tuple):
        return ", ".join(_said(part) for part in value)
    return str(value)
