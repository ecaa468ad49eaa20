"""Cells of records and events become contact points."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.normalise import RULE_VERSION, points
from audiencevault.records import CONTACT_POINTS, ConsentEvent, Point, RecordBatcher, SourceRecord
from tests.kernels import portable


def records(*rows: SourceRecord) -> pa.RecordBatch:
    return next(iter(RecordBatcher(export_sha256="00").batches(rows))).records


def person(*cells: tuple[str, str], key: str = "1", **fields: str) -> SourceRecord:
    found = [Point(kind, raw) for kind, raw in cells]
    return SourceRecord("demo.people", "customer", key, points=found, **fields)


def found(*cells: tuple[str, str], default_region: str | None = None, **fields: str) -> list[dict]:
    return points.contact_points(records(person(*cells, **fields)), default_region=default_region).to_pylist()


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        ("email", "ida@example.com", ["ida@example.com"]),
        ("email", "ida@example.com, tom@example.com", ["ida@example.com", "tom@example.com"]),
        ("email", "ida@example.com;tom@example.com;", ["ida@example.com", "tom@example.com"]),
        ("email", "ida@example.com tom@example.com", ["ida@example.com", "tom@example.com"]),
        ("email", "ida@example.com ::: tom@example.com", ["ida@example.com", "tom@example.com"]),
        ("email", "Ida <ida@example.com>, Tom <tom@example.com>", ["ida@example.com", "tom@example.com"]),
        ("email", "ida@example.com, n/a", ["ida@example.com, n/a"]),
        ("email", '"Falk, Ida" <ida@example.com>', ['"Falk, Ida" <ida@example.com>']),
        ("phone", "+49 30 23125123 ::: +49 30 23125124", ["+49 30 23125123", "+49 30 23125124"]),
        ("phone", "+493023125123 / +493023125124", ["+493023125123", "+493023125124"]),
        ("phone", "030 23125123 oder 030 23125124", ["030 23125123", "030 23125124"]),
        ("phone", "030/23125123", ["030/23125123"]),
        ("phone", "030 / 23125 123", ["030 / 23125 123"]),
        ("phone", "+49 30 23125123, private", ["+49 30 23125123, private"]),
        ("phone", "tel:+493023125123;ext=12", ["tel:+493023125123;ext=12"]),
        ("account", "instagram:ida; tom", ["instagram:ida", "instagram:tom"]),
        ("postal", "Hauptstr. 1; 10115 Berlin", ["Hauptstr. 1; 10115 Berlin"]),
    ],
)
def test_cells_are_split(kind, cell, expected) -> None:
    assert points.pieces(kind, cell) == expected
    assert [row["raw"] for row in found((kind, cell))] == expected


def test_the_schema_and_the_rule_version() -> None:
    batch = points.contact_points(records(person(("email", "ida@example.com"))))
    assert batch.schema.equals(CONTACT_POINTS, check_metadata=True)
    assert batch["rule_version"].to_pylist() == [RULE_VERSION]


def test_one_row_per_distinct_point_and_none_for_empty_cells() -> None:
    rows = found(
        ("email", "ida@example.com"),
        ("email", " ida@EXAMPLE.com"),
        ("email", ""),
        ("phone", " "),
        ("email", "Ida@example.com"),
    )
    assert [row["point"] for row in rows] == ["ida@example.com", "Ida@example.com"]
    assert [row["point_key"] for row in rows] == ["ida@example.com"] * 2


def test_invalid_values_keep_their_row() -> None:
    rows = found(("email", "n/a"), ("phone", "4.49E+10"), ("fax", "123"))
    assert [(row["raw"], row["point"], row["valid"], row["reason"]) for row in rows] == [
        ("n/a", None, False, "no_at"), ("4.49E+10", None, False, "scientific_notation"),
        ("123", None, False, "unknown_kind"),
    ]  # fmt: skip


def test_a_number_is_read_with_its_records_country_first() -> None:
    row = found(("phone", "030 23125123"), country="Deutschland", default_region="US")[0]
    assert (row["point"], row["country_from"], row["flags"]) == ("+493023125123", "region", ["fictitious"])
    row = found(("phone", "(202) 555-0147"), default_region="US")[0]
    assert (row["point"], row["country_from"], row["flags"]) == (
        "+12025550147",
        "region",
        ["guessed_country", "fictitious"],
    )
    row = found(("phone", "+493023125123"), default_region="US")[0]
    assert (row["country"], row["country_from"], row["flags"]) == ("DE", "number", ["fictitious"])
    assert found(("phone", "030 23125123"))[0]["reason"] == "no_country"


def test_records_keep_their_order_and_their_points() -> None:
    batch = points.contact_points(records(
        person(("phone", "+12025550147"), ("email", "b@example.com"), key="b"), person(key="none"),
        person(("email", "a@example.com"), ("email", "x@example.com;y@example.com"), key="a"),
    ))  # fmt: skip
    assert batch["point"].to_pylist() == [
        "+12025550147",
        "b@example.com",
        "a@example.com",
        "x@example.com",
        "y@example.com",
    ]
    assert len(set(batch["record_id"].to_pylist())) == 2


def events(*rows: ConsentEvent) -> pa.RecordBatch:
    return next(iter(RecordBatcher(export_sha256="00").batches(rows))).events


def test_events_get_the_keys_of_points() -> None:
    batch = events(
        ConsentEvent("1", "demo", "email", "I.da+x@gmail.com", "email", "withdrawn"),
        ConsentEvent("2", "demo", "email", "a@example.com; b@example.com", "email", "withdrawn"),
        ConsentEvent("3", "demo", "phone", "030 23125123", "sms", "withdrawn"),
        ConsentEvent("4", "demo", "email", "not an address", "email", "withdrawn"),
    )
    batch = batch.append_column("country", pa.array([None, None, "Germany", None], pa.string()))
    rows = points.normalise_events(batch).to_pylist()
    assert [(row["record_id"], row["point"], row["point_key"]) for row in rows] == [
        ("1", "I.da+x@gmail.com", "ida@gmail.com"), ("2", "a@example.com", "a@example.com"),
        ("2", "b@example.com", "b@example.com"), ("3", "+493023125123", "+493023125123"), ("4", None, "notanaddress"),
    ]  # fmt: skip


def test_events_without_country_and_without_rows() -> None:
    batch = events(ConsentEvent("3", "demo", "phone", "030 23125123", "sms", "withdrawn"))
    assert points.normalise_events(batch, default_region="DE")["point"].to_pylist() == ["+493023125123"]
    empty = points.normalise_events(batch.slice(0, 0))
    assert empty.num_rows == 0
    assert empty.schema.names[-2:] == ["point", "point_key"]
    assert points.contact_points(records(person())).num_rows == 0


_CELLS = st.tuples(
    st.sampled_from(("email", "phone", "account")),
    st.sampled_from(("Ida@Example.com", "a@example.com; b@example.com", "030 23125123", "07700 900001", "x", "a:ida")),
)


@given(
    st.lists(st.tuples(st.lists(_CELLS, max_size=3), st.sampled_from((None, "Germany", "GB"))), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 5), _CELLS), max_size=8),
)
def test_points_of_the_same_records_change_no_event(
    people: list[tuple[list[tuple[str, str]], str | None]], said: list[tuple[int, tuple[str, str]]]
) -> None:
    batch = records(*(person(*cells, key=str(at), country=land or "") for at, (cells, land) in enumerate(people)))
    ids, lands = batch["record_id"].to_pylist(), batch["country"].to_pylist()
    about = [at % (len(ids) + 1) for at, _ in said]
    rows = [
        ConsentEvent(ids[at] if at < len(ids) else "nobody", "demo", kind, raw, "any", "withdrawn")
        for at, (_, (kind, raw)) in zip(about, said, strict=True)
    ]
    rows.append(ConsentEvent("nobody", "demo", "email", "z@example.com", "any", "withdrawn"))
    countries = [*(lands[at] if at < len(ids) else None for at in about), None]
    asked = events(*rows).append_column("country", pa.array(countries, pa.string()))
    known = points.contact_points(batch, default_region="US")
    alone = points.normalise_events(asked, default_region="US")
    assert points.normalise_events(asked, default_region="US", known=known).equals(alone)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["email", "phone", "account", "postal"]),
            st.lists(
                st.sampled_from(["ida@example.com", "a＠b.example", "+12025550147", "0049 30 23125123", "12", "x:ida",
                                 ":::", ",", ";", " or ", "/", " ", "；", "@"]), max_size=6,
            ).map("".join),
        ),
        max_size=20,
    )
)  # fmt: skip
def test_compiled_and_portable_weights_find_the_same_pieces(cells: list[tuple[str, str]]) -> None:
    """The pieces are those that a look at every cell finds."""
    kind, raw = (pa.array(part, pa.string()) for part in (zip(*cells, strict=True) if cells else ([], [])))
    events = pa.record_batch({"record_id": pa.array(["r"] * len(cells), pa.string()), "point_kind": kind, "raw": raw})
    found = points.normalise_events(events)
    with portable(points):
        assert points.normalise_events(events).equals(found)
    marked = re.compile(points._MAY_BE_SEVERAL.replace("(?i:", "(?:"), re.IGNORECASE | re.ASCII)
    assert found["raw"].to_pylist() == [
        piece for name, cell in cells for piece in (points.pieces(name, cell) if marked.search(cell) else [cell])
    ]
