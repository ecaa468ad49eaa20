"""Tables with a row for each order: how rows become buyers."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from audiencevault.errors import DefinitionError
from audiencevault.export import open_exports
from audiencevault.sources import table_buyers, table_spec
from audiencevault.sources.importer import ImportContext
from audiencevault.sources.tabular import importer_from_spec
from audiencevault.sources.testing import Reading, check_reading, extract

SPEC = """
source = "till.orders"
title = "Till"
relationship = "customer"
key = ["Mail", "Phone"]
notes = ["The till is invented."]

[[layouts]]
name = "till"
require = ["No", "Mail", "Sum"]

[columns]
full_name = "Who"
city = "City"
currency = "Cur"
first_seen_at = "Day"

[[points]]
kind = "email"
columns = "Mail"

[[points]]
kind = "phone"
columns = "Phone"

[purchases]
order = "No"
first = ["Sum", "State"]
amount = "Sum"
refunded = "Back"
status = "State"
unpaid = ["void"]
sales = ["paid"]
unless = "Cancelled"
keep = "Colour"

[[activity]]
detail = "purchase"
points = ["email", "phone"]
at = "Day"

[[skip]]
reason = "sent"
columns = "Sum"
negative = true

[[skip]]
reason = "draft"
columns = "State"
other_than = ["paid", "void", "tip"]

[[skip]]
reason = "no_day"
columns = "Day"
blank = true
"""
HEAD = "No,Day,Who,Mail,Phone,City,Sum,Back,Cur,State,Cancelled,Colour,Item\n"


def reading(root: Path, content: str, spec: str = SPEC) -> Reading:
    (root / "own.toml").write_text(spec)
    (root / "till.csv").write_text(HEAD + content)
    importer = importer_from_spec(root / "own.toml")
    (export,), _ = open_exports([root / "till.csv"])
    (claim,) = importer.identify(export)
    assert claim.notes == ("The till is invented.",)
    found = extract(claim, ImportContext())
    assert check_reading(found) == []
    return found


ORDERS = (
    "1,2026-01-05,Ida Falk,ida@example.com,,Oslo,10.00,2.50,EUR,paid,,red,cup\n"
    "1,,,,,,,,,,,,saucer\n"
    "2,2026-03-05,Ida Falk-Berg,IDA@example.com,+12025550141,Bergen,20,,EUR,paid,no,blue,pot\n"
    "3,2026-02-05,,ida@example.com,,,99,,USD,paid,,,gift\n"
    "4,2026-04-05,Sam Lee,sam@example.com,,,5,,EUR,void,,,cup\n"
    "5,2026-04-06,Sam Lee,sam@example.com,,,5,,EUR,paid,2026-04-07,,cup\n"
    "6,2026-04-07,Sam Lee,sam@example.com,,,3,,EUR,tip,,,\n"
    "7,2026-04-08,Kim,,,,7,,EUR,paid,,,cup\n"
    "8,2026-04-09,Kim,,,,7,,EUR,paid,,,cup\n"
    "9,2026-04-10,,,,,7,,EUR,paid,,,cup\n"
    "10,2026-04-11,Ola,ola@example.com,,,-7,,EUR,paid,,,\n"
    "11,2026-04-11,Ola,ola@example.com,,,7,,EUR,draft,,,\n"
    "12,,Ola,ola@example.com,,,7,,EUR,paid,,,\n"
    "broken\n"
)


@pytest.mark.parametrize("step", [1, 2, 32_768])
def test_orders_become_buyers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    monkeypatch.setattr(table_buyers, "STEP", step)
    found = reading(tmp_path, ORDERS)
    ida, sam, kim, other_kim = found.records.to_pylist()
    assert (ida["source_key"], sam["source_key"]) == ("ida@example.com", "sam@example.com")
    assert kim["source_key"] != other_kim["source_key"]
    # The latest order that names somebody; currencies are not added up.
    assert (ida["full_name"], ida["city"], ida["orders_count"]) == ("Ida Falk-Berg", "Bergen", 3)
    assert (ida["total_spent"], ida["currency"]) == (Decimal("99.00"), "USD")
    assert dict(ida["extra"]) == {"Colour": "blue", "Total spent EUR": "27.50"}
    assert ida["first_seen_at"] == datetime(2026, 1, 5, tzinfo=UTC)
    assert ida["last_seen_at"] == datetime(2026, 3, 5, tzinfo=UTC)
    assert [point["raw"] for point in ida["points"]] == ["IDA@example.com", "+12025550141"]
    # Void and cancelled orders are no money, a tip is money and no purchase.
    assert (sam["total_spent"], sam["orders_count"]) == (Decimal("3.00"), 3)
    bought = [(row["raw"], row["locator"]) for row in found.events.to_pylist()]
    assert bought == [
        ("ida@example.com", "row 2, order 1"),
        ("IDA@example.com", "row 4, order 2"),
        ("+12025550141", "row 4, order 2"),
        ("ida@example.com", "row 5, order 3"),
    ]
    assert found.skipped == {
        "line_item": 1,
        "further_order": 4,
        "order_without_person": 1,
        "sent": 1,
        "draft": 1,
        "no_day": 1,
    }
    assert found.rejects.column("code").to_pylist() == ["wrong_column_count"]


def test_amounts_of_rows_are_added_up_where_they_are_those_of_rows(tmp_path: Path) -> None:
    rows = (
        "1,2026-01-05,Ida,ida@example.com,,,10,,EUR,paid,,,cup\n1,2026-01-05,Ida,ida@example.com,,,5,,EUR,paid,,,pot\n"
    )
    each = SPEC.replace('order = "No"', 'order = "No"\neach_row = true')
    by_order = reading(tmp_path, rows).records.to_pylist()[0]
    by_row = reading(tmp_path, rows, each).records.to_pylist()[0]
    assert (by_order["total_spent"], by_order["orders_count"]) == (Decimal("10.00"), 1)
    assert (by_row["total_spent"], by_row["orders_count"]) == (Decimal("15.00"), 1)


def test_only_what_counts_as_paid_is_money(tmp_path: Path) -> None:
    rows = "1,2026-01-05,Ida,ida@example.com,,,10,,EUR,paid,,,\n2,2026-01-05,Ida,ida@example.com,,,5,,EUR,tip,,,\n"
    spec = SPEC.replace('status = "State"', 'status = "State"\npaid = ["paid"]')
    assert reading(tmp_path, rows, spec).records.to_pylist()[0]["total_spent"] == Decimal("10.00")


def test_sums_that_are_no_money_are_left_out(tmp_path: Path) -> None:
    huge = "".join(f"{number},2026-01-05,Ida,ida@example.com,,,9999999999999,,EUR,paid,,,\n" for number in range(200))
    ida, ola = reading(tmp_path, huge + "x,2026-01-05,Ola,ola@example.com,,,5,,EUR,paid,,,\n").records.to_pylist()
    assert (ida["total_spent"], ida["currency"], ida["orders_count"]) == (None, None, 200)
    assert (ola["total_spent"], ola["currency"]) == (Decimal("5.00"), "EUR")


def test_a_table_without_orders(tmp_path: Path) -> None:
    found = reading(tmp_path, "")
    assert (found.rows, found.records.num_rows) == (0, 0)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('order = "No"', "", "purchases.order.* is missing"),
        ('status = "State"', "", "purchases.status.* is missing"),
        ("negative = true", "", "is missing, and so are"),
        ('columns = "Sum"\nnegative', "negative", "need it"),
        ('keep = "Colour"', 'kept = "Colour"', "not a word"),
    ],
)
def test_what_a_spec_of_orders_must_say(old: str, new: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        table_spec.parse(SPEC.replace(old, new), "own.toml")
