"""Records and points become match features."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.normalise import address, features, points
from audiencevault.records import MATCH_FEATURES, Point, RecordBatcher, SourceRecord


def matched(*rows: SourceRecord) -> list[dict]:
    batch = next(iter(RecordBatcher(export_sha256="00").batches(rows))).records
    found = features.match_features(batch, points.contact_points(batch))
    assert found.schema.equals(MATCH_FEATURES, check_metadata=True)
    return found.to_pylist()


def test_everything_of_one_record() -> None:
    seen = datetime(2026, 5, 1, tzinfo=UTC)
    later = datetime(2026, 6, 1, tzinfo=UTC)
    row = matched(SourceRecord(
        "demo.people", "customer", "1", full_name="BILL O'NEIL", company="Lumi Kerzen G.m.b.H. & Co. KG",
        address1="Hauptstraße 5 a", city="Munich", postcode="D-80331", country="Germany", birthday="1604-06-15",
        first_seen_at=seen, last_seen_at=later,
        points=[Point("email", "bill+x@gmail.com"), Point("email", "info@example.com"), Point("phone", "089 99998 123"),
                Point("account", "instagram:@Bill.ONeil_"), Point("email", "broken")],
    ))[0]  # fmt: skip
    expected = {
        "source": "demo.people", "first": "Bill", "last": "O'Neil", "display_name": "Bill O'Neil", "first_key": "bill",
        "last_key": "oneil", "name_key": "bill oneil", "nick_key": "william", "email_keys": ["bill@gmail.com",
        "info@example.com"],
        "phone_keys": ["+498999998123"], "account_keys": ["instagram:bill.oneil_"], "shared_keys": ["info@example.com"],
        "handle_key": "billoneil", "company_key": "lumi kerzen", "street_key": "hauptst 5a", "postcode_key": "80331",
        "city_key": "munchen", "country": "DE", "birthday_key": "--06-15", "updated_at": later,
    }  # fmt: skip
    assert {key: row[key] for key in expected} == expected


def test_shared_keys() -> None:
    cells = [
        "info@example.com",
        "ida@mailinator.com",
        "test@test.com",
        "abc@privaterelay.appleid.com",
        "ida@example.com",
    ]
    found = [Point("email", cell) for cell in cells] + [Point("phone", "+49 30 23125123 ext. 4")]
    row = matched(SourceRecord("demo", "customer", "1", points=found))[0]
    assert row["shared_keys"] == ["+493023125123", "ida@mailinator.com", "info@example.com", "test@test.com"]
    assert "abc@privaterelay.appleid.com" in row["email_keys"]


def test_keys_are_distinct_sorted_and_never_null() -> None:
    rows = matched(
        SourceRecord("demo", "customer", "1", points=[Point("email", f"{name}@example.com") for name in "cabA"]),
        SourceRecord("demo", "customer", "2"),
    )
    assert rows[0]["email_keys"] == ["a@example.com", "b@example.com", "c@example.com"]
    assert [rows[1][field] for field in ("email_keys", "phone_keys", "account_keys", "shared_keys")] == [[], [], [], []]


def test_points_of_other_records_are_ignored() -> None:
    people = [
        SourceRecord("demo", "customer", str(at), points=[Point("email", f"p{at}@example.com")]) for at in range(3)
    ]
    batch = next(iter(RecordBatcher(export_sha256="00").batches(people))).records
    found = features.match_features(batch.slice(1, 1), points.contact_points(batch))
    assert found["email_keys"].to_pylist() == [["p1@example.com"]]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Falk & Söhne GmbH", "falk sohne"), ("Lumi S.r.l.", "lumi"), ("LUMI SRL", "lumi"), ("Lumi, Inc.", "lumi"),
        ("Hale Ltd", "hale"), ("Lumi Sp. z o.o.", "lumi"), ("A B Candle Co.", "ab candle"), ("AB Volvo", "ab volvo"),
        ("Lumi S.A. de C.V.", "lumi"), ("Lumi S. de R.L. de C.V.", "lumi"), ("ООО Ромашка", "romashka"),
        ("株式会社ルミ", "rumi"), ("Ruby Co., Ltd.", "ruby"), ("Galanakis Trading E.P.E.", "galanakis trading"),
        ("Lumi S.p.A.", "lumi"), ("Day Spa", "day spa"),
        ("", None),
        (None, None),
    ],
)  # fmt: skip
def test_companies(text, key) -> None:
    assert features.company_key(text) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1990-06-15", "1990-06-15"), ("19900615", "1990-06-15"), ("1990-06-15T00:00:00Z", "1990-06-15"),
        ("--06-15", "--06-15"),
        ("--0615", "--06-15"), ("1604-06-15", "--06-15"), ("1990-13-01", None), ("1990-02-30", None), ("June", None),
        ("", None),
        (None, None),
    ],
)  # fmt: skip
def test_birthdays(text, key) -> None:
    assert features.birthday_key(text) == key


@pytest.mark.parametrize(
    ("point", "key"),
    [("instagram:ida.falk_", "idafalk"), ("linkedin:ida-falk-0000", "idafalk0000"), ("discord:803511102", None),
    ("", None),
     (None, None), ("telegram:ида", "ida")],
)  # fmt: skip
def test_handles(point, key) -> None:
    assert features.handle_key(point) == key


def test_no_rows() -> None:
    batch = next(iter(RecordBatcher(export_sha256="00").batches([SourceRecord("demo", "customer", "1")]))).records
    none = batch.slice(0, 0)
    assert features.match_features(none, points.contact_points(none)).num_rows == 0
    assert isinstance(
        features.match_features(pa.Table.from_batches([batch]), points.contact_points(batch)), pa.RecordBatch
    )


@pytest.mark.parametrize(
    ("digits", "key"),
    [
        ("07700900001", "~7700900001"),
        ("0639980001", "~639980001"),
        ("0000000000", None),
        ("1111111111", None),
        ("1234567890", None),
        ("5550123", None),
        (None, None),
    ],
)
def test_numbers_of_unknown_country(digits, key) -> None:
    assert features.unread_phone_keys(pa.array([None, digits, "07700900001"])).to_pylist() == [None, key, "~7700900001"]


@pytest.mark.parametrize("country", ["US", None])
def test_a_number_of_another_country_keeps_its_digits(country) -> None:
    (row,) = matched(SourceRecord("demo", "customer", "1", country=country, points=[Point("phone", "07700 900001")]))
    assert row["phone_keys"] == ["~7700900001"]
    (row,) = matched(SourceRecord("demo", "customer", "1", country="US", points=[Point("phone", "0000000000")]))
    assert row["phone_keys"] == []


@pytest.mark.parametrize(
    "written",
    [
        {"full_name": "James Whitfield Jr."},
        {"first_name": "James", "last_name": "Whitfield Jr"},
        {"first_name": "James", "last_name": "Whitfield", "name_suffix": "Junior"},
    ],
)
def test_father_and_son_have_two_names(written) -> None:
    (row,) = matched(SourceRecord("demo", "customer", "1", **written))
    assert (row["first_key"], row["last_key"], row["name_key"]) == ("james", "whitfield", "james jr whitfield")


def test_a_last_name_that_looks_like_a_suffix_is_one() -> None:
    (row,) = matched(SourceRecord("demo", "customer", "1", first_name="Ida", last_name="Senior"))
    assert (row["last_key"], row["name_key"]) == ("senior", "ida senior")


def test_addresses_with_a_slip_in_the_domain_say_which_was_probably_meant() -> None:
    cells = ["i.da@gmial.com", "ida@example.com", "ida@gmailcom", "test@gmial.com", "info@hotmial.com"]
    row = matched(SourceRecord("demo", "customer", "1", points=[Point("email", cell) for cell in cells]))[0]
    assert row["typo_keys"] == ["ida@gmail.com"]
    assert row["email_keys"] == ["i.da@gmial.com", "ida@example.com", "info@hotmial.com", "test@gmial.com"]


CELLS = st.lists(
    st.tuples(
        st.sampled_from(["email", "phone", "account"]),
        st.one_of(
            st.sampled_from([
                "ida@example.com", "Info@Example.com", "info.de@example.com", "ida+x@gmail.com", "i.da@gmail.com",
                "ida@gmial.com", "idagmailcom", "a@b.de; c@d.de", "x@mailinator.com", "", " ", "+4930231251234",
                "030 23125123", "07700 900123 x12", "4915112345678", "0044 7700 900123", "0000000000",
                "instagram:@Ida", "tiktok:ida.falk", "instagram:ida; tom", "hr@example.com", "hr2@example.com",
            ]),
            st.text(max_size=12),
        ),
    ),
    max_size=5,
)  # fmt: skip


@given(st.lists(st.tuples(CELLS, st.sampled_from([None, "DE", "uk", "US", "nowhere"])), max_size=5),
       st.sampled_from([None, "DE", "GB"]))  # fmt: skip
def test_keys_without_points_between_are_the_same(
    people: list[tuple[list[tuple[str, str]], str | None]], region: str | None
) -> None:
    if not people:
        return
    records = [
        SourceRecord("demo.people", "customer", str(at), country=country, points=[Point(*cell) for cell in cells])
        for at, (cells, country) in enumerate(people)
    ]
    batch = next(iter(RecordBatcher(export_sha256="00").batches(records))).records
    held, owners = points.points_and_rows(batch, default_region=region)
    through_points = features.match_features(batch, held)
    assert features.match_features(batch, held, owners).equals(through_points)
    countries = address.country_codes(batch.column("country"))
    keys = {}
    for kind in ("email", "phone", "account"):
        cells_of = [(at, raw) for at, (cells, _) in enumerate(people) for of, raw in cells if of == kind]
        rows = np.array([at for at, _ in cells_of], dtype=np.int64)
        raw = pa.array([raw for _, raw in cells_of], pa.string())
        keys[kind] = points.keys_of(kind, rows, raw, countries, region)
    assert features.match_features(batch, keys).to_pylist() == through_points.to_pylist()


COMPANIES = st.lists(
    st.sampled_from([
        "Falk", "Söhne", "Ltd", "G.m.b.H.", "GmbH", "S.p.A.", "SpA", "spa", "S.", "p.", "A.", "a", "s", "r", "l",
        "S.r.l.", "&", ",", "Co.", "sp.", "z o.o.", "zoo", "z", "oo", "o", "de C.V.", "de", "C", "V", "SA", "株式会社",
        "O'Neil", "  ", "Day Spa", "(株)", "ООО", "3", "\t", "holding", "Group", "AG", "p i", "R.L.",
    ]), max_size=6,
).map(" ".join)  # fmt: skip


@given(st.lists(st.one_of(st.none(), COMPANIES, st.text(max_size=12)), max_size=12))
def test_companies_in_columns_get_the_key_of_the_rule(companies: list[str | None]) -> None:
    keys = features._companies(pa.array(companies, pa.string())).to_pylist()
    assert keys == [features.company_key(company) for company in companies]
