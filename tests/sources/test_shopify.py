from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from audiencevault.export import open_exports
from audiencevault.records import record_id
from audiencevault.sources.importer import Claim, ImportContext, discover, identify
from audiencevault.sources.testing import Reading, check_reading, extract

GOLDENS = Path(__file__).parent.parent / "goldens"
ERA_D = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
    "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,"
    "Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,"
    "Tags,Accepts WhatsApp Marketing\n"
)
ORDERS = (
    "Name,Email,Financial Status,Fulfillment Status,Accepts Marketing,Currency,Total,Refunded Amount,Created at,"
    "Lineitem quantity,Lineitem name,Billing Name,Billing City,Billing Phone,Shipping Name,Shipping City,Id,Phone\n"
)


def claims(root: Path, content: str | bytes, name: str) -> list[Claim]:
    (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    exports, errors = open_exports([root / name])
    assert errors == []
    return identify(exports, discover())


def read(root: Path, content: str, name: str = "customers_export.csv", **settings: str) -> Reading:
    (claim,) = claims(root, content, name)
    reading = extract(claim, ImportContext(**settings))
    assert check_reading(reading) == []
    return reading


def said(reading: Reading) -> list[tuple[str, ...]]:
    return [
        (row["raw"], row["channel"], row["event_type"], row["state"] or row["detail"] or "")
        for row in reading.events.to_pylist()
    ]


@pytest.mark.parametrize("status", ["yes", "YES ", "no", "", "maybe"])
def test_what_an_answer_means(tmp_path: Path, status: str) -> None:
    reading = read(tmp_path, ERA_D + f"'1,Ida,Falk,ida@example.com,{status},,,,,,,,,,,,0,,,,\n")
    meaning = {"yes": ["subscribed"], "no": ["not_subscribed"]}.get(status.strip().lower(), [])
    events = reading.events.to_pylist()
    assert [row["state"] for row in events] == meaning
    assert all(row["occurred_at"] is None and row["event_type"] == "observed" for row in events)
    kept = dict(reading.records.to_pylist()[0]["extra"])
    assert kept == ({"Accepts Email Marketing": "maybe"} if status == "maybe" else {})


def test_no_is_never_an_opt_out(tmp_path: Path) -> None:
    reading = read(tmp_path, ERA_D + "'1,Ida,Falk,ida@example.com,no,,,,,,,,,+12025550143,no,,0,,,,no\n")
    assert Counter(row["event_type"] for row in reading.events.to_pylist()) == {"observed": 3}


def test_sms_belongs_to_the_phone_and_weakly_to_the_address(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        ERA_D
        + "'1,A,A,,,,,,,,,,'+12025550141,'+12025550142,yes,,0,,,,\n"
        + "'2,B,B,,,,,,,,,,'+12025550143,,yes,,0,,,,\n"
        + "'3,C,C,c@example.com,,,,,,,,,,,yes,,0,,,,\n",
    )
    assert [(row["raw"], row["channel"], row["detail"]) for row in reading.events.to_pylist()] == [
        ("+12025550142", "sms", None),
        ("+12025550143", "sms", "weak:address_phone"),
    ]


def test_the_old_column_speaks_of_email_alone(tmp_path: Path) -> None:
    old = "First Name,Last Name,Email,Province Code,Phone,Accepts Marketing,Total Spent,Total Orders,Tax Exempt\n"
    reading = read(tmp_path, old + "Ida,Falk,ida@example.com,,+12025550143,yes,0,0,no\n")
    assert said(reading) == [("ida@example.com", "email", "observed", "subscribed")]


def test_a_purchase_is_activity_of_each_point_and_no_consent(tmp_path: Path) -> None:
    reading = read(tmp_path, ERA_D + "'1,Ida,Falk,ida@example.com,,,,,,,,,,+12025550143,,10.00,2,,,,\n")
    assert said(reading) == [
        ("ida@example.com", "any", "activity", "purchase"),
        ("+12025550143", "any", "activity", "purchase"),
    ]


def test_a_newer_export_keeps_the_ids(tmp_path: Path) -> None:
    rows = "'1,Ida,Falk,ida@example.com,,,,,,,,,,,,,0,,,,\n", "'2,Ola,Berg,,,,,,,,,,,,,,0,,,,\n"
    one = read(tmp_path, ERA_D + rows[0] + rows[1], account="candle-shop")
    two = read(tmp_path, ERA_D + rows[1] + rows[0].replace("'1", "1"), account="candle-shop")
    assert one.records.column("record_id").to_pylist() == two.records.column("record_id").to_pylist()[::-1]
    assert one.records.column("record_id").to_pylist()[0] == record_id("shopify.customers", "candle-shop", "1")


def test_a_filtered_list_looks_like_a_whole_one(tmp_path: Path) -> None:
    reading = read(tmp_path, ERA_D + "'1,Ida,Falk,ida@example.com,,,,,,,,,,,,,0,,,,\n")
    assert reading.coverage == {"shopify.customers": False}


def test_orders_are_not_taken_for_customers_nor_a_rivals_orders_for_ours(tmp_path: Path) -> None:
    row = "#1,ida@example.com,paid,fulfilled,no,USD,1.00,,2026-01-01 00:00:00 +0000,1,Tin,,,,,,1,\n"
    (claim,) = claims(tmp_path, ORDERS + row, "orders.csv")
    assert claim.source == "shopify.orders"
    rival = (
        "Order ID,Email,Financial Status,Fulfillment Status,Name,Lineitem name,Lineitem variant\n1,a@example.com,,,,,\n"
    )
    assert [claim.source for claim in claims(tmp_path, rival, "rival.csv")] == ["table.generic"]


def test_line_items_are_no_orders_and_no_money(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        ORDERS
        + "#1,Ida@example.com,paid,fulfilled,yes,USD,40.00,10.00,2026-01-01 10:00:00 -0500,1,Tin,Ida Falk,,,,,1,\n"
        + "#1,Ida@example.com,,,,,,,2026-01-01 10:00:00 -0500,2,Jar,,,,,,,\n"
        + ",,,,,,,,,1,Wick,,,,,,,\n"
        + "#2,ida@example.com,voided,,no,USD,99.00,,2026-02-01 10:00:00 -0500,1,Tin,Ida Falk,,,,,2,\n",
        "orders_export.csv",
    )
    (record,) = reading.records.to_pylist()
    assert (record["orders_count"], record["total_spent"], record["currency"]) == (2, Decimal("30.00"), "USD")
    assert record["first_seen_at"] == datetime(2026, 1, 1, 15, tzinfo=UTC)
    assert record["last_seen_at"] == datetime(2026, 2, 1, 15, tzinfo=UTC)
    assert reading.skipped == {"line_item": 2, "further_order": 1}
    assert said(reading) == [
        ("Ida@example.com", "any", "activity", "purchase"),
        ("Ida@example.com", "email", "granted", ""),
    ]
    granted = reading.events.to_pylist()[1]
    assert granted["occurred_at"] == datetime(2026, 1, 1, 15, tzinfo=UTC)
    assert (granted["capture_method"], granted["opt_in_level"], granted["locator"]) == (
        "checkout_box", "unknown", "row 2, order #1",
    )  # fmt: skip


def test_an_untouched_box_is_no_refusal(tmp_path: Path) -> None:
    row = "#1,ida@example.com,paid,fulfilled,no,USD,1.00,,2026-01-01 00:00:00 +0000,1,Tin,,,,,,1,\n"
    reading = read(tmp_path, ORDERS + row, "orders.csv")
    assert said(reading) == [("ida@example.com", "any", "activity", "purchase")]


def test_currencies_are_not_added_up(tmp_path: Path) -> None:
    row = "#{n},ida@example.com,paid,,,{c},{t},,2026-01-0{n} 00:00:00 +0000,1,Tin,,,,,,{n},\n"
    orders = [row.format(n=n, c=c, t=t) for n, c, t in [(1, "USD", "5"), (2, "EUR", "7"), (3, "USD", "4")]]
    (record,) = read(tmp_path, ORDERS + "".join(orders), "orders.csv").records.to_pylist()
    assert (record["currency"], record["total_spent"]) == ("USD", Decimal(9))
    assert dict(record["extra"])["Total spent EUR"] == "7.00"


def test_who_a_parcel_goes_to_is_not_the_buyer(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        ORDERS
        + "#1,ida@example.com,paid,,,USD,1,,2026-01-01 00:00:00 +0000,1,Tin,Ida Falk,Lund,,Ola Berg,Oslo,1,\n"
        + "#2,ida@example.com,paid,,,USD,1,,2026-02-01 00:00:00 +0000,1,Tin,,,,Ola Berg,Oslo,2,\n"
        + "#3,sam@example.com,paid,,,USD,1,,2026-02-01 00:00:00 +0000,1,Tin,,,,Kim Lee,Turku,3,\n",
        "orders.csv",
    )
    first, second = reading.records.to_pylist()
    assert (first["full_name"], first["city"]) == ("Ida Falk", "Lund")
    assert (second["full_name"], second["city"]) == (None, "Turku")


def test_numbers_of_further_orders_are_kept(tmp_path: Path) -> None:
    row = "#{n},ida@example.com,paid,,,USD,1,,2026-01-0{n} 00:00:00 +0000,1,Tin,,,,,,{n},'+1202555014{n}\n"
    (record,) = read(tmp_path, ORDERS + "".join(row.format(n=n) for n in (1, 2, 1, 3)), "o.csv").records.to_pylist()
    assert sorted(point["raw"] for point in record["points"] if point["kind"] == "phone") == [
        "+12025550141", "+12025550142", "+12025550143",
    ]  # fmt: skip


def test_a_sale_at_the_counter_is_nobody(tmp_path: Path) -> None:
    reading = read(
        tmp_path, ORDERS + "#1,,paid,fulfilled,,USD,1.00,,2026-01-01 00:00:00 +0000,1,Tin,,,,,,1,\n", "orders.csv"
    )
    assert (reading.records.num_rows, reading.rejects.num_rows) == (0, 0)
    assert reading.skipped == {"order_without_person": 1}


def test_orders_without_offset_and_with_an_undecided_date(tmp_path: Path) -> None:
    row = "#1,ida@example.com,paid,,yes,USD,1.00,,{date},1,Tin,,,,,,1,\n"
    (known,) = [
        e
        for e in read(tmp_path, ORDERS + row.format(date="2026-03-04 10:11"), "o.csv").events.to_pylist()
        if e["channel"] == "email"
    ]
    assert known["occurred_at"] == datetime(2026, 3, 4, 10, 11, tzinfo=UTC)
    unknown = read(tmp_path, ORDERS + row.format(date="03/04/2026 10:11"), "o.csv")
    assert ("ida@example.com", "email", "observed", "subscribed") in said(unknown)
    decided = read(tmp_path, ORDERS + row.format(date="03/04/2026 10:11"), "o.csv", date_order="dmy")
    assert decided.records.to_pylist()[0]["first_seen_at"] == datetime(2026, 4, 3, 10, 11, tzinfo=UTC)
