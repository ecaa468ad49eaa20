"""Which value survives, and which record it names."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.errors import DefinitionError
from audiencevault.records import CONTACT_POINTS, CONTACTS, MEMBERS, SOURCE_RECORDS
from audiencevault.resolution import survivorship

from .people import record, table

BLANK = {field.name: [] if pa.types.is_list(field.type) else None for field in SOURCE_RECORDS}


def seen(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


def source(record_id: str, day: int = 1, **values: Any) -> dict[str, Any]:
    return {**BLANK, "record_id": record_id, "source": "table.generic", "observed_at": seen(day), "extra": [], **values}


def point(record_id: str, kind: str, value: str, *flags: str, valid: bool = True) -> dict[str, Any]:
    return {
        "record_id": record_id, "point_kind": kind, "raw": value, "point": value, "point_key": value, "valid": valid,
        "flags": list(flags),
    }  # fmt: skip


def golden(
    records: list[dict[str, Any]], features: list[dict[str, Any]] = [], points: list[dict[str, Any]] = [],  # noqa: B006
    contact: dict[str, str] | None = None, **options: Any,
) -> list[dict[str, Any]]:  # fmt: skip
    owner = contact or {row["record_id"]: "c_1" for row in records}
    known = {row["record_id"] for row in features}
    features = [*features, *(record(name) for name in owner if name not in known)]
    members = pa.table([sorted(owner), [owner[name] for name in sorted(owner)]], schema=MEMBERS)
    with DuckDBEngine() as engine:
        engine.read("source_records", pa.Table.from_pylist(records, schema=SOURCE_RECORDS))
        engine.read("match_features", table(features))
        engine.read("contact_points", pa.Table.from_pylist(points, schema=CONTACT_POINTS))
        engine.read("members", members)
        found = survivorship.contacts(engine, **options)
    assert found.schema == CONTACTS
    return [{**row, "provenance": dict(row["provenance"])} for row in found.to_pylist()]


def test_the_most_complete_name_survives_in_the_form_people_write() -> None:
    one, two = record("a", "Ida Falk"), record("b", "I Falk")
    (row,) = golden([source("a", 1), source("b", 9)], [one, two])
    assert (row["first_name"], row["last_name"], row["display_name"]) == ("Ida", "Falk", "Ida Falk")
    assert row["provenance"]["display_name"] == "a"


def test_of_complete_names_the_more_frequent_one() -> None:
    features = [record("a", "Ida Falk"), record("b", "Ida Falk"), record("c", "Ida Flak")]
    (row,) = golden([source("a", 1), source("b", 2), source("c", 9)], features)
    assert row["last_name"] == "Falk"
    assert row["provenance"]["last_name"] == "b"


def test_an_address_survives_whole() -> None:
    records = [
        source("a", 1, address1="Elm 4", city="Bern", postcode="3000"),
        source("b", 9, city="Basel"),
        source("c", 5, address1="Oak 9", city="Thun", postcode="3600"),
    ]
    (row,) = golden(records)
    assert (row["address1"], row["city"], row["postcode"]) == ("Oak 9", "Thun", "3600")
    assert {row["provenance"][name] for name in ("address1", "city", "postcode")} == {"c"}
    rules = survivorship.rules({"fields": {"address": ["most_recent"]}})
    (row,) = golden(records, settings=rules)
    assert (row["address1"], row["city"], row["postcode"]) == (None, "Basel", None)


def test_trust_outweighs_recency_where_the_rule_says_so() -> None:
    records = [
        source("a", 1, source="shopify.customers", company="Falk Ltd"),
        source("b", 9, source="instagram.synced_contacts", company="ida shop"),
    ]
    (row,) = golden(records)
    assert row["company"] == "Falk Ltd"
    (row,) = golden(records, settings=survivorship.rules({"trust": {"instagram.synced_contacts": 9}}))
    assert row["company"] == "ida shop"


def test_the_best_mailbox_is_valid_personal_and_recent() -> None:
    points = [
        point("a", "email", "old@example.com"), point("b", "email", "new@example.com"),
        point("c", "email", "info@example.com", "role"), point("c", "email", "broken@", valid=False),
        point("c", "phone", "+12025550123"), point("c", "account", "instagram:ida"),
    ]  # fmt: skip
    (row,) = golden([source("a", 1), source("b", 2), source("c", 3)], [], points)
    assert row["email"] == "new@example.com"
    assert row["provenance"]["email"] == "b"
    assert row["emails"] == ["info@example.com", "new@example.com", "old@example.com"]
    assert (row["phone"], row["accounts"]) == ("+12025550123", ["instagram:ida"])
    (row,) = golden([source("c", 3)], [], points[2:])
    assert row["email"] == "info@example.com"


def test_money_is_not_counted_twice() -> None:
    records = [
        source(
            "a",
            1,
            source="shopify.customers",
            account="shop1",
            total_spent=Decimal(100),
            orders_count=3,
            currency="EUR",
        ),
        source(
            "b", 2, source="shopify.customers", account="shop2", total_spent=Decimal(50), orders_count=1, currency="EUR"
        ),
        source(
            "c", 3, source="shopify.orders", account="shop1", total_spent=Decimal(90), orders_count=2, currency="EUR"
        ),
        source("d", 4, source="table.generic", total_spent=Decimal(7), orders_count=1, currency="EUR"),
    ]
    (row,) = golden(records)
    assert (row["total_spent"], row["orders_count"], row["currency"]) == (Decimal("157.0000"), 5, "EUR")


def test_currencies_are_never_mixed() -> None:
    records = [
        source("a", total_spent=Decimal(10), currency="USD"),
        source("b", total_spent=Decimal(30), currency="EUR"),
    ]
    (row,) = golden(records)
    assert (row["total_spent"], row["currency"]) == (Decimal("30.0000"), "EUR")
    assert row["provenance"]["total_spent.other_currencies"] == "USD"


def test_lists_spans_and_counts() -> None:
    records = [
        source("a", tags=["vip", "b"], relationship="customer", first_seen_at=seen(3), last_seen_at=seen(4)),
        source("b", tags=["a", "vip"], relationship="lead", first_seen_at=seen(2), source="meta.leads"),
    ]
    (row,) = golden(records)
    assert row["tags"] == ["a", "b", "vip"]
    assert row["relationships"] == ["customer", "lead"]
    assert row["sources"] == ["meta.leads", "table.generic"]
    assert (row["first_seen_at"], row["last_seen_at"], row["record_count"]) == (seen(2), seen(4), 2)


def test_contacts_are_sorted_and_members_without_a_record_left_out() -> None:
    rows = golden([source("a"), source("b")], contact={"a": "c_2", "b": "c_1", "ghost": "c_3"})
    assert [row["contact_id"] for row in rows] == ["c_1", "c_2"]


def test_nobody() -> None:
    assert golden([], contact={}) == []


def test_the_order_of_rows_does_not_matter() -> None:
    records = [source(name, 1, city=f"town {name}", company=f"firm {name}") for name in "abcd"]
    assert golden(records) == golden(records[::-1])


@pytest.mark.parametrize(
    "wrong",
    [{"fields": {"shoe": ["most_recent"]}}, {"fields": {"name": ["best"]}}, {"trust": {"x": 12}}, {"rules": {}}],
)
def test_bad_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError):
        survivorship.rules(wrong)


# The rules as data


def kept(
    field: str, records: list[dict[str, Any]], *chain: str, points: list[dict[str, Any]] | None = None, **trust: int
) -> Any:
    """The value of `field` by a chain of rules, and the record that it names."""
    if points is None:
        points = []
    group = next(name for name, fields in survivorship.GROUPS.items() if field in fields)
    settings = survivorship.rules({"fields": {group: list(chain)}, "trust": trust})
    (row,) = golden(records, [], points or [], settings=settings)
    return row[field], row["provenance"].get(field)


JOBS = [
    source("a", 1, source="shopify.customers", job_title="Baker"),
    source("b", 2, source="vcard.contacts", job_title="Master baker and owner"),
    source("c", 3, source="linkedin.connections", job_title="Baker"),
    source("d", 9, source="instagram.followers", job_title="Owner"),
]


@pytest.mark.parametrize(
    ("chain", "value", "record_id"),
    [
        (("most_recent",), "Owner", "d"),
        (("most_complete",), "Master baker and owner", "b"),
        (("most_trusted",), "Baker", "a"),
        (("most_frequent",), "Baker", "c"),
        (("most_frequent", "most_trusted"), "Baker", "a"),
        (("most_complete", "most_recent"), "Master baker and owner", "b"),
    ],
)
def test_each_rule_and_the_record_that_it_names(chain: tuple[str, ...], value: str, record_id: str) -> None:
    assert kept("job_title", JOBS, *chain) == (value, record_id)


def test_trust_is_by_the_full_name_before_the_family() -> None:
    rules = survivorship.rules({"trust": {"shopify": 1, "shopify.orders": 9}})
    assert [rules.trust_in(name) for name in ("shopify.customers", "shopify.orders", "unheard.of")] == [1, 9, 5]
    assert kept("job_title", JOBS, "most_trusted", instagram=9) == ("Owner", "d")


@pytest.mark.parametrize("chain", [("most_trusted",), ("most_complete",), ("most_frequent",), ("most_recent",)])
def test_ties_are_broken_by_recency_and_then_by_the_record_id(chain: tuple[str, ...]) -> None:
    tie = [source("a", 1, company="One"), source("b", 1, company="Two"), source("c", 1, company="Six")]
    assert kept("company", tie, *chain) == ("Six", "c")
    assert kept("company", [tie[2], tie[0], tie[1]], *chain) == ("Six", "c")
    assert kept("company", [source("a", 5, company="One"), *tie[1:]], *chain) == ("One", "a")


POINTS = [
    point("a", "email", "often@example.com"), point("b", "email", "often@example.com"),
    point("c", "email", "new@example.com"), point("d", "email", "info@example.com", "role"),
    point("d", "email", "also@example.com"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("chain", "value", "record_id"),
    [
        (("most_complete", "most_recent"), "also@example.com", "d"),
        (("most_frequent",), "often@example.com", "b"),
        (("most_trusted",), "often@example.com", "a"),
        (("most_recent",), "also@example.com", "d"),
    ],
)
def test_the_rules_hold_for_mailboxes_too(chain: tuple[str, ...], value: str, record_id: str) -> None:
    assert kept("email", JOBS, *chain, points=POINTS) == (value, record_id)


def test_what_is_shipped_is_complete_and_ends_in_recency() -> None:
    rules = survivorship.shipped()
    assert set(rules.by_group) == set(survivorship.GROUPS)
    assert all(chain[-1] == "most_recent" for chain in rules.by_group.values())
    assert rules == survivorship.DEFAULT_RULES


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[fields]\nname = ['most_recent']\n", "no rule for 'address'"),
        ("[field]\n", "no key 'field'"),
        ("[fields]\nnames = ['most_recent']\n", "no field 'names'"),
        ("[fields]\nname = 'most_recent'\n", "must be a list"),
        ("[fields]\nname = []\n", "must be a list"),
        ("[fields]\nname = ['newest']\n", "unknown rule 'newest'"),
        ("[fields]\nname = ['most_trusted', 'most_trusted']\n", "twice"),
        ("[fields]\nname = ['most_recent', 'most_trusted']\n", "after most_recent"),
        ("[trust]\nshopify = 10\n", "from 0 to 9"),
        ("[trust]\nshopify = true\n", "from 0 to 9"),
        ("fields = 3\n", "must be a table"),
        ("[fields\n", "cannot be read as TOML"),
    ],
)
def test_a_file_of_rules_is_read_strictly(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as error:
        survivorship.shipped(path)
    assert told in error.value.message
    assert "mine.toml" in error.value.message


def test_a_part_of_a_field_says_where_it_belongs() -> None:
    with pytest.raises(DefinitionError) as error:
        survivorship.rules({"fields": {"postcode": ["most_recent"]}})
    assert error.value.hint == "It survives as a part of 'address'."
