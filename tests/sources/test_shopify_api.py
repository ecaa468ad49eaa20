"""Shopify's Admin API: states of consent in all spellings, and documents that are none of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audiencevault.export import open_exports
from audiencevault.sources import shopify_api
from audiencevault.sources.importer import ImportContext, discover, identify
from audiencevault.sources.testing import Reading, check_reading, extract

IDA: dict[str, Any] = {"id": 7, "email": "ida@example.com", "first_name": "Ida", "tags": ""}


def sources(root: Path, content: str, name: str = "customers.json") -> list[str]:
    (root / name).write_text(content)
    exports, errors = open_exports([root / name])
    assert errors == []
    return [claim.source for claim in identify(exports, discover())]


def read(root: Path, content: str, name: str = "customers.json") -> Reading:
    (root / name).write_text(content)
    (export,), _ = open_exports([root / name])
    (claim,) = identify([export], discover())
    reading = extract(claim, ImportContext())
    assert check_reading(reading) == []
    return reading


@pytest.mark.parametrize(
    ("state", "level", "date", "expected"),
    [
        ("subscribed", "confirmed_opt_in", "2026-02-01T09:30:00Z", ("confirmed", None, "confirmed", True)),
        ("SUBSCRIBED", "SINGLE_OPT_IN", "2026-02-01T09:30:00Z", ("granted", None, "single", True)),
        ("subscribed", "unknown", "2026-02-01T09:30:00Z", ("observed", "subscribed", "unknown", True)),
        ("subscribed", None, None, ("observed", "subscribed", "unknown", False)),
        ("subscribed", "confirmed_opt_in", None, ("observed", "subscribed", "unknown", False)),
        ("subscribed", "confirmed_opt_in", "soon", ("observed", "subscribed", "unknown", False)),
        ("unsubscribed", "confirmed_opt_in", "2026-02-01T09:30:00Z", ("withdrawn", None, "unknown", True)),
        ("not_subscribed", None, None, ("observed", "never_subscribed", "unknown", False)),
        ("pending", "confirmed_opt_in", "2026-02-01T09:30:00Z", ("requested", None, "unknown", True)),
        ("invalid", None, None, ("suppressed", None, "unknown", False)),
        ("delighted", "confirmed_opt_in", "2026-02-01T09:30:00Z", None),
    ],
)
def test_what_a_state_means(
    tmp_path: Path, state: str, level: str | None, date: str | None, expected: tuple[object, ...] | None
) -> None:
    said = {"state": state, "opt_in_level": level, "consent_updated_at": date}
    events = read(tmp_path, json.dumps({"customers": [IDA | {"email_marketing_consent": said}]})).events.to_pylist()
    found = [
        (row["event_type"], row["state"], row["opt_in_level"], row["occurred_at"] is not None)
        for row in events
        if row["channel"] == "email"
    ]
    assert found == ([] if expected is None else [expected])


def test_who_was_redacted_leaves_an_address_to_suppress_and_nothing_else(tmp_path: Path) -> None:
    gone = IDA | {"note": "x", "orders_count": 3, "email_marketing_consent": {"state": "redacted"}}
    reading = read(tmp_path, json.dumps([gone]))
    (record,) = reading.records.to_pylist()
    assert record["first_name"] is None
    assert (record["extra"], record["tags"], record["orders_count"]) == ([], [], None)
    assert [(row["raw"], row["channel"], row["event_type"]) for row in reading.events.to_pylist()] == [
        ("ida@example.com", "any", "erased")
    ]


def test_consent_is_never_about_the_number_of_an_address(tmp_path: Path) -> None:
    said = {"state": "subscribed", "opt_in_level": "single_opt_in", "consent_updated_at": "2026-02-01T09:30:00Z"}
    ida = IDA | {"default_address": {"phone": "+12025550144"}, "sms_marketing_consent": said}
    reading = read(tmp_path, json.dumps({"customers": [ida]}))
    assert reading.events.num_rows == 0
    assert len(reading.records.to_pylist()[0]["points"]) == 2


@pytest.mark.parametrize(("state", "expected"), [("SUBSCRIBED", []), ("UNSUBSCRIBED", ["withdrawn"])])
def test_a_whatsapp_consent_that_was_never_seen_only_takes_away(
    tmp_path: Path, state: str, expected: list[str]
) -> None:
    said = {"state": state, "optInLevel": "CONFIRMED_OPT_IN", "updatedAt": "2026-10-06T07:08:09Z"}
    ida = IDA | {"phone": "+12025550143", "email_marketing_consent": None, "whatsAppMarketingConsent": said}
    reading = read(tmp_path, json.dumps([ida]))
    assert reading.events.column("event_type").to_pylist() == expected
    assert dict(reading.records.to_pylist()[0]["extra"]).get("whatsAppMarketingConsent") == (
        None if expected else "subscribed"
    )


def test_the_same_customer_has_one_record_in_csv_and_json(tmp_path: Path) -> None:
    header = "Customer ID,First Name,Email,Accepts Email Marketing,Default Address Address1,Tax Exempt\n"
    table = read(tmp_path, header + "'7,Ida,ida@example.com,no,,no\n", "customers_export.csv")
    answer = read(tmp_path, json.dumps([IDA | {"email_marketing_consent": None}]))
    assert table.records.column("record_id").to_pylist() == answer.records.column("record_id").to_pylist()


@pytest.mark.parametrize(
    "content",
    [
        '{"customers": [{"id": 7, "name": "Ida"}]}',
        '{"customers": []}',
        '{"orders": [{"id": 7, "email_marketing_consent": {}}]}',
        '[{"id": "gid://shopify/Product/7", "email_marketing_consent": {}}]',
        '{"customers": {"7": {"email": "ida@example.com"}}}',
        "[" * 5_000,
        '{"id": "gid://shopify/Order/7"}\n{"id": "gid://shopify/Order/8"}\n',
    ],
)
def test_what_is_no_list_of_customers(tmp_path: Path, content: str) -> None:
    assert "shopify.api" not in sources(tmp_path, content)
    assert "shopify.api" not in sources(tmp_path, content, "lines.jsonl")


def test_a_line_without_end_costs_no_memory_and_no_other_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shopify_api, "_LONGEST_LINE", 200)
    line = {"id": "gid://shopify/Customer/7", "email": "ida@example.com"}
    other = line | {"id": "gid://shopify/Customer/8", "email": "ola@example.com"}
    reading = read(tmp_path, f"{json.dumps(line)}\n{'x' * 450}\n{json.dumps(other)}\n", "bulk.jsonl")
    assert reading.records.column("source_key").to_pylist() == ["7", "8"]
    assert reading.rejects.column("locator").to_pylist() == ["line 2"]


def test_a_document_that_is_cut_off_keeps_what_came_before(tmp_path: Path) -> None:
    whole = json.dumps({"customers": [IDA | {"id": number, "email_marketing_consent": None} for number in range(9)]})
    reading = read(tmp_path, whole[: len(whole) // 2])
    assert 0 < reading.records.num_rows < 9
    assert reading.rejects.column("locator").to_pylist() == ["file"]
