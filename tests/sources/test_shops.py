"""Shops, payments and tickets: what must never become a customer, a permission or somebody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiencevault.export import open_exports
from audiencevault.sources.importer import Claim, ImportContext, discover, identify
from audiencevault.sources.table_words import consent_column
from audiencevault.sources.testing import Reading, check_reading, extract

PAYPAL = "Date,Name,Type,Status,Currency,Gross,From Email Address,To Email Address,Transaction ID\n"
EVENTBRITE = "Order #,Order Date,Attendee #,Attendee Status,First Name,Last Name,Email,Event Name,Total Paid"
GUMROAD = "Purchase ID,Item Name,Buyer Name,Purchase Email,Buyer Email,Do not contact?,Purchase Date,Sale Price ($)"


def claim(root: Path, content: str, name: str = "export.csv") -> Claim:
    (root / name).write_text(content)
    exports, errors = open_exports([root / name])
    assert errors == []
    (found,) = identify(exports, discover())
    return found


def read(root: Path, content: str, name: str = "export.csv", **settings: str) -> Reading:
    reading = extract(claim(root, content, name), ImportContext(**settings))
    assert check_reading(reading) == []
    return reading


def said(reading: Reading) -> list[tuple[str, str, str]]:
    return [(row["raw"], row["event_type"], row["state"] or row["detail"] or "") for row in reading.events.to_pylist()]


def test_paypal_suppliers_and_the_owner_are_no_customers(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        PAYPAL + "09/15/2025,Payer,Website Payment,Completed,USD,5.00,payer@example.com,ME@example.org,1\n"
        "09/16/2025,Supplier,Website Payment,Completed,USD,-5.00,me@example.org,supplier@example.com,2\n"
        "09/17/2025,Payer,Website Payment,Completed,USD,7.00,payer@example.com,me@example.org,3\n"
        "09/17/2025,Bank,Website Payment,Completed,USD,7.00,,me@example.org,4\n",
    )
    assert reading.records.column("source_key").to_pylist() == ["payer@example.com"]
    assert [(point.kind, point.raw) for point in reading.owner] == [("email", "me@example.org")]
    assert "me@example.org" not in str(reading.records.to_pylist()).lower()
    assert reading.skipped == {"further_order": 1, "outgoing_payment": 1, "no_payer": 1}


@pytest.mark.parametrize(("kind", "bought"), [("Website Payment", 1), ("Donation Payment", 0), ("General Payment", 0)])
def test_only_a_type_that_was_seen_is_a_purchase(tmp_path: Path, kind: str, bought: int) -> None:
    row = f"09/15/2025,Payer,{kind},Completed,USD,5.00,payer@example.com,me@example.org,1\n"
    reading = read(tmp_path, PAYPAL + row)
    assert reading.events.num_rows == bought
    assert str(reading.records.to_pylist()[0]["total_spent"]) == "5.0000"


def test_paypal_days_are_asked_for_where_they_do_not_tell(tmp_path: Path) -> None:
    rows = PAYPAL + "03/04/2025,Payer,Website Payment,Completed,USD,5.00,payer@example.com,me@example.org,1\n"
    assert read(tmp_path, rows).events.column("occurred_at").to_pylist() == [None]
    month = read(tmp_path, rows, date_order="dmy").events.column("occurred_at").to_pylist()[0].month
    assert month == 4


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("May we email you our newsletter?", "Yes", ("granted", "single")),
        ("May we email you our newsletter?", "No", ("refused", "unknown")),
        ("May we email you our newsletter?", "", None),
        ("May we email you our newsletter?", "Perhaps", None),
        ("Do you know our newsletter?", "Yes", None),
        ("Are you coming by train?", "Yes", None),
    ],
)
def test_only_a_plain_question_makes_a_ticket_consent(
    tmp_path: Path, question: str, answer: str, expected: tuple[str, str] | None
) -> None:
    rows = f"{EVENTBRITE},{question}\n7,2026-03-14,1,Attending,Ida,Falk,ida@example.com,Fair,0,{answer}\n"
    events = read(tmp_path, rows).events.to_pylist()
    assert [(row["event_type"], row["opt_in_level"]) for row in events] == ([expected] if expected else [])
    assert all(row["notice_text"] == question and row["occurred_raw"] == "2026-03-14" for row in events)


def test_a_family_on_one_address_stays_apart(tmp_path: Path) -> None:
    rest = "Falk,ida@example.com,Fair,5\n"
    rows = f"7,2026-03-14,1,Attending,Ida,{rest}7,2026-03-14,2,Attending,Bo,{rest}"
    assert read(tmp_path, f"{EVENTBRITE}\n{rows}").records.column("first_name").to_pylist() == ["Ida", "Bo"]


@pytest.mark.parametrize(
    ("flag", "expected"),
    [("1", [("ida@example.com", "withdrawn", ""), ("ida@example.net", "withdrawn", "")]), ("0", []), ("", [])],
)
def test_do_not_contact_is_about_the_person(tmp_path: Path, flag: str, expected: list[tuple[str, str, str]]) -> None:
    rows = f"{GUMROAD}\na1,Sheet,Ida,ida@example.com,ida@example.net,{flag},2026-04-11,0.0\n"
    assert said(read(tmp_path, rows)) == expected


@pytest.mark.parametrize("word", ["subscribed", "Yes", "true", "opted in"])
def test_an_unseen_word_of_square_permits_nothing(tmp_path: Path, word: str) -> None:
    header = "First Name,Email Address,Square Customer ID,Creation Source,Instant Profile,Email Subscription Status\n"
    reading = read(tmp_path, header + f"Ida,ida@example.com,SQ1,Directory,No,{word}\n")
    assert said(reading) == []
    assert dict(reading.records.to_pylist()[0]["extra"])["Email Subscription Status"] == word


WOO = "Navn,Brukernavn,Sist aktiv,Registrert,E-post,Ordrer,Totalt,Snitt,Land,By,Fylke,Postnr\n"
WOO_ROW = "Ida Falk,ida,2026-05-02 8:05:00,2025-11-30 19:40:10,ida@example.com,3,129.00,43.00,NO,Oslo,,0150\n"


def test_a_translated_header_of_woocommerce_is_told_by_what_the_columns_hold(tmp_path: Path) -> None:
    reading = read(tmp_path, WOO + WOO_ROW)
    (record,) = reading.records.to_pylist()
    assert (record["source"], record["source_key"]) == ("woocommerce.customers", "ida@example.com")
    assert (record["full_name"], record["city"], record["country"]) == ("Ida Falk", "Oslo", "NO")
    assert (record["orders_count"], record["first_seen_at"].year) == (3, 2025)
    assert said(reading) == [("ida@example.com", "activity", "purchase")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (",NO,", ",Norway,"),
        ("ida@example.com", "ida"),
        (",3,", ",three,"),
        (",3,", ",,"),
        ("2026-05-02 8:05:00", "cup"),
        (",43.00", ""),
    ],
)
def test_another_table_is_not_taken_for_woocommerce(tmp_path: Path, old: str, new: str) -> None:
    header = WOO if new or old != ",43.00" else WOO.replace(",Snitt", "")
    assert claim(tmp_path, header + WOO_ROW.replace(old, new)).source == "table.generic"


def test_squarespace_orders_are_not_taken_for_shopify(tmp_path: Path) -> None:
    header = (
        "Order ID,Name,Email,Financial Status,Fulfillment Status,Total,Lineitem name,Lineitem variant,Private Notes\n"
    )
    assert claim(tmp_path, header + "1,x,ida@example.com,PAID,,5,a,b,\n").source == "squarespace.orders"


def test_a_reminder_flag_is_no_newsletter(tmp_path: Path) -> None:
    header = "Accepts Product Review Abandoned Cart Email"
    assert consent_column(header) is None
    reading = read(tmp_path, f"Email,First Name,{header}\nida@example.com,Ida,Yes\n")
    assert [row["event_type"] for row in reading.events.to_pylist()] == ["relationship"]


@pytest.mark.parametrize("source", ["etsy.orders", "amazon.orders"])
def test_buyers_of_a_marketplace_are_nobody_to_write_to(source: str) -> None:
    for golden in sorted((Path(__file__).parent.parent / "goldens" / source).iterdir()):
        table = next(path for path in golden.iterdir() if path.suffix in (".csv", ".txt"))
        exports, _ = open_exports([table])
        (found,) = identify(exports, discover())
        assert found.notes
        assert extract(found, ImportContext()).events.num_rows == 0
