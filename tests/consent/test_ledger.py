"""From what importers read to ledger rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from audiencevault.consent.ledger import ledger_events
from audiencevault.records import CONSENT_EVENTS, EXTRACTED_EVENTS, NOTICES, ConsentEvent

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SNAPSHOT = datetime(2026, 11, 1, tzinfo=UTC)
GRANTED = ConsentEvent(
    record_id="r1", source="demo.list", point_kind="email", raw=" Ida@Example.com ", channel="email",
    event_type="granted", opt_in_level="single", capture_method="web_form", occurred_precision="instant",
    occurred_at=datetime(2025, 3, 1, 9, tzinfo=UTC), notice_text="Yes, write to me.", notice_lang="en",
)  # fmt: skip
OBSERVED = replace(
    GRANTED, event_type="observed", state="subscribed", capture_method="platform_export", occurred_at=None,
    occurred_precision="unknown", notice_text=None, notice_lang=None,
)  # fmt: skip


def batch(*events: ConsentEvent, points: list[str | None] | None = None) -> pa.Table:
    columns = []
    for field in EXTRACTED_EVENTS:
        values: list[Any] = [getattr(event, field.name, None) for event in events]
        if pa.types.is_map(field.type):
            values = [list(value.items()) for value in values]
        columns.append(pa.array(values, field.type))
    held = points or ["ida@example.com"] * len(events)
    table = pa.table(columns, schema=EXTRACTED_EVENTS)
    return table.append_column("point", pa.array(held, pa.string())).append_column(
        "point_key", pa.array(held, pa.string())
    )


def write(*events: ConsentEvent, **more: Any) -> tuple[list[dict[str, Any]], pa.Table]:
    points = more.pop("points", None)
    given = {"import_id": "i1", "controller_id": "main", "recorded_at": NOW, "snapshot_at": SNAPSHOT, **more}
    rows, notices = ledger_events(batch(*events, points=points), **given)
    assert rows.schema == CONSENT_EVENTS
    assert notices.schema == NOTICES
    return rows.to_pylist(), notices


def identity(event: ConsentEvent, **more: Any) -> str:
    found: str = write(event, **more)[0][0]["event_id"]
    return found


@pytest.mark.parametrize(
    ("event", "grade"),
    [
        (GRANTED, "full"),
        (replace(GRANTED, notice_text=None), "partial"),
        (replace(GRANTED, capture_method="provider_export"), "partial"),
        (replace(GRANTED, capture_method=""), "asserted"),
        (replace(GRANTED, occurred_at=None, occurred_precision="unknown"), "asserted"),
        (replace(GRANTED, occurred_precision="unknown"), "asserted"),
        (replace(GRANTED, capture_method="prechecked_box"), "none"),
        (OBSERVED, "asserted"),
        (replace(OBSERVED, occurred_at=GRANTED.occurred_at, occurred_precision="instant"), "asserted"),
        (replace(OBSERVED, state="never_subscribed"), "none"),
        (replace(OBSERVED, event_type="relationship", state=None, detail="follower"), "none"),
    ],
)
def test_the_evidence_grade_is_computed(event: ConsentEvent, grade: str) -> None:
    assert write(event)[0][0]["evidence_grade"] == grade


def test_everything_is_kept() -> None:
    rows, notices = write(replace(GRANTED, ip="192.0.2.7", conditions={"from_person": True, "in_sale": False}))
    row = rows[0]
    assert (row["point"], row["record_id"], row["controller_id"]) == ("ida@example.com", "r1", "main")
    assert (row["import_id"], row["recorded_at"], row["snapshot_at"]) == ("i1", NOW, SNAPSHOT)
    assert (row["ip"], dict(row["conditions"])) == ("192.0.2.7", {"from_person": True, "in_sale": False})
    assert notices.to_pylist() == [
        {"notice_id": row["notice_id"], "text": "Yes, write to me.", "language": "en", "first_import_id": "i1"}
    ]


def test_a_notice_is_kept_once() -> None:
    rows, notices = write(*(replace(GRANTED, record_id=f"r{number}") for number in range(5)), replace(OBSERVED))
    assert notices.num_rows == 1
    assert [row["notice_id"] is None for row in rows] == [False] * 5 + [True]


def test_ids_do_not_depend_on_where_and_when_the_row_was_read() -> None:
    same = identity(GRANTED)
    assert len(same) == 32
    assert identity(replace(GRANTED, member="other.csv", locator="row 99")) == same
    assert identity(GRANTED, recorded_at=datetime(2027, 1, 1, tzinfo=UTC), import_id="i2") == same
    assert identity(GRANTED, snapshot_at=datetime(2027, 1, 1, tzinfo=UTC)) == same


@pytest.mark.parametrize(
    "change",
    [
        {"record_id": "r2"}, {"source": "other.list"}, {"account": "second"}, {"channel": "sms"},
        {"purpose": "marketing/offers"}, {"event_type": "confirmed"}, {"detail": "x"}, {"list_scope": "a"},
        {"opt_in_level": "confirmed"}, {"capture_method": "paper"}, {"actor": "provider"}, {"ip": "192.0.2.1"},
        {"occurred_at": datetime(2025, 3, 2, tzinfo=UTC)}, {"occurred_precision": "day"}, {"notice_text": "Other."},
        {"conditions": {"in_sale": True}}, {"conditions": {"in_sale": False}}, {"message_id": "m"},
    ],
    ids=str,
)  # fmt: skip
def test_ids_differ_where_the_event_differs(change: dict[str, Any]) -> None:
    assert identity(replace(GRANTED, **change)) != identity(GRANTED)


def test_ids_belong_to_a_controller_and_a_point() -> None:
    assert identity(GRANTED, controller_id="second") != identity(GRANTED)
    assert identity(GRANTED, points=["ida@example.org"]) != identity(GRANTED)
    assert identity(GRANTED, points=[None]) != identity(GRANTED)


def test_an_undated_state_belongs_to_its_snapshot() -> None:
    later = datetime(2026, 11, 8, tzinfo=UTC)
    assert identity(OBSERVED) != identity(OBSERVED, snapshot_at=later)
    withdrawn = replace(OBSERVED, event_type="withdrawn", state=None)
    assert identity(withdrawn) != identity(withdrawn, snapshot_at=later)
    # A tie or an undated purchase is no state: a weekly export must not write it again each week.
    for kind, detail in (("relationship", "follower"), ("activity", "purchase")):
        event = replace(OBSERVED, event_type=kind, state=None, detail=detail)
        assert identity(event) == identity(event, snapshot_at=later)


def test_one_event_twice_in_a_batch_is_kept_once() -> None:
    rows, _ = write(GRANTED, replace(GRANTED, locator="row 7"), replace(GRANTED, record_id="r2"))
    assert [row["record_id"] for row in rows] == ["r1", "r2"]


def test_an_empty_batch() -> None:
    rows, notices = write()
    assert rows == []
    assert notices.num_rows == 0


def test_ids_are_the_same_whatever_else_is_in_the_batch() -> None:
    others = [replace(GRANTED, record_id=f"r{number}", ip="192.0.2.9", notice_text=None) for number in range(2, 9)]
    assert write(*others, GRANTED)[0][-1]["event_id"] == identity(GRANTED)
