from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.errors import DefinitionError
from audiencevault.export import open_exports
from audiencevault.records import CHANNELS, POINT_KINDS, record_id
from audiencevault.sources import generic, table_columns, table_dates, table_spec
from audiencevault.sources.importer import ImportContext
from audiencevault.sources.tabular import importer_from_spec
from audiencevault.sources.testing import Reading, check_reading, extract

OWN = """
source = "fair.signups"
title = "Sign-up sheet of the fair"
relationship = "subscriber"
complete = true
key = ["Badge", "Mail"]

[[layouts]]
name = "sheet"
require = ["Badge", "Mail"]
exclude = ["Price"]

[columns]
full_name = "Visitor"
tags = ["Interests", "Groups"]
total_spent = "Spent"
first_seen_at = "Signed on"

[[points]]
kind = "email"
columns = "Mail"

[[points]]
name = "handle"
kind = "account"
platform = "instagram"
columns = "Insta"

[cells]
lists = { Interests = "semicolon", Groups = "pipe" }
drop = ["Badge colour*"]

[[consent]]
columns = "Letters?"
points = "email"
channel = "email"
at = "Signed on"
ip = "Machine"
level = "single"
capture_method = "paper"
notice = "I want the monthly letter."
list_scope = "letters"
values = { "<yes>" = "granted", "<no>" = "refused", stopped = "withdrawn", "<any>" = "nothing" }

[[activity]]
detail = "inquiry"
points = ["email"]
at = "Signed on"

[[skip]]
reason = "staff"
columns = ["Visitor"]
equals = ["Shop Staff"]
"""


def reading(root: Path, spec: str, content: str, name: str = "sheet.csv", **settings: str) -> Reading:
    (root / "own.toml").write_text(spec)
    (root / name).write_text(content)
    importer = importer_from_spec(root / "own.toml")
    (export,), _ = open_exports([root / name])
    (claim,) = importer.identify(export)
    found = extract(claim, ImportContext(**settings))
    assert check_reading(found) == []
    return found


HEAD = "Badge,Visitor,Mail,Insta,Interests,Groups,Spent,Signed on,Letters?,Machine,Badge colour (2),Shoe size\n"


def test_a_spec_of_ones_own(tmp_path: Path) -> None:
    found = reading(
        tmp_path,
        OWN,
        HEAD + '7,Ida Falk,ida@example.com,@ida.falk,cedar; fig,a|b,"$1,084.50",04/23/26,Yes,192.0.2.1,red,38\n'
        "8,Juno Abadi,juno@example.com,,,,,04/05/26,no,,,\n"
        "9,Ola Berg,ola@example.com,,,,,,ja,,,\n"
        "10,Sam Lee,sam@example.com,,,,,04/06/26,stopped,,,\n"
        "11,Kim Lee,kim@example.com,,,,x,04/07/26,perhaps,,,\n"
        "12,shop  staff,staff@example.com,,,,,,yes,,,\n",
    )
    records = found.records.to_pylist()
    assert [row["source_key"] for row in records] == ["7", "8", "9", "10", "11"]
    first = records[0]
    assert first["relationship"] == "subscriber"
    assert first["tags"] == ["cedar", "fig", "a", "b"]
    assert first["total_spent"] == Decimal("1084.50")
    assert first["first_seen_at"] == datetime(2026, 4, 23, tzinfo=UTC)
    assert [(point["kind"], point["raw"]) for point in first["points"]] == [
        ("email", "ida@example.com"),
        ("account", "instagram:ida.falk"),
    ]
    assert first["extra"] == [("Shoe size", "38")]
    assert dict(records[4]["extra"]) == {"Spent": "x"}
    assert found.skipped == {"staff": 1}
    assert found.coverage == {"fair.signups": True}
    said = [
        (row["event_type"], row["state"], row["occurred_at"], row["opt_in_level"], row["ip"])
        for row in found.events.to_pylist()
        if row["event_type"] != "activity"
    ]
    assert said == [
        ("granted", None, datetime(2026, 4, 23, tzinfo=UTC), "single", "192.0.2.1"),
        ("refused", None, datetime(2026, 4, 5, tzinfo=UTC), "unknown", None),
        ("observed", "subscribed", None, "unknown", None),
        ("withdrawn", None, datetime(2026, 4, 6, tzinfo=UTC), "unknown", None),
    ]
    granted = found.events.to_pylist()[0]
    words = ("notice_text", "capture_method", "list_scope", "occurred_precision")
    assert [granted[word] for word in words] == ["I want the monthly letter.", "paper", "letters", "day"]


def test_a_lost_row_makes_no_table_complete(tmp_path: Path) -> None:
    found = reading(tmp_path, OWN, HEAD + "7,Ida,ida@example.com,,,,,,,,,\n8,too,short\n")
    assert found.rejects.num_rows == 1
    assert found.coverage == {"fair.signups": False}


@pytest.mark.parametrize(
    ("rows", "order", "expected"),
    [
        (["03/04/25"], None, [None]),
        (["03/04/25"], "dmy", [datetime(2025, 4, 3, tzinfo=UTC)]),
        (["03/04/25"], "mdy", [datetime(2025, 3, 4, tzinfo=UTC)]),
        (["03/04/25", "04/13/25"], "dmy", [datetime(2025, 3, 4, tzinfo=UTC), datetime(2025, 4, 13, tzinfo=UTC)]),
    ],
)
def test_one_date_order_for_a_table(
    tmp_path: Path, rows: list[str], order: str | None, expected: list[datetime | None]
) -> None:
    content = HEAD + "".join(f"{n},P,p{n}@example.com,,,,,{text},,,,\n" for n, text in enumerate(rows))
    found = reading(tmp_path, OWN, content, **({"date_order": order} if order else {}))
    assert found.records.column("first_seen_at").to_pylist() == expected
    kept = [dict(extra).get("Signed on") for extra in found.records.column("extra").to_pylist()]
    assert kept == [None if date else text for date, text in zip(expected, rows, strict=True)]


def test_a_date_far_down_decides_for_all(tmp_path: Path) -> None:
    rows = "".join(f"{n},P,p{n}@example.com,,,,,03/04/25,,,,\n" for n in range(3000))
    found = reading(tmp_path, OWN, HEAD + rows + "9999,P,last@example.com,,,,,31/01/25,,,,\n")
    assert found.records.column("first_seen_at").to_pylist()[0] == datetime(2025, 4, 3, tzinfo=UTC)


BAD = [
    ("source = 1", "`source`"),
    (OWN.replace('title = "Sign-up', 'titel = "Sign-up'), "`title`"),
    (OWN + "\n[extra]\nx = 1\n", "`extra`"),
    (OWN.replace("full_name", "fullname"), "`columns.fullname`"),
    (OWN.replace('"subscriber"', '"fan"'), "`relationship`"),
    (OWN.replace('points = "email"\nchannel', 'points = "mail"\nchannel'), "`consent[1].points`"),
    (OWN.replace('channel = "email"', 'channel = "fax"'), "`consent[1].channel`"),
    (OWN.replace('"<no>" = "refused"', '"<no>" = "maybe"'), "`consent[1].values.<no>`"),
    (OWN.replace('at = "Signed on"\nip', "ip"), "`consent[1].at`"),
    (OWN.replace('level = "single"', 'level = "triple"'), "`consent[1].level`"),
    (OWN.replace('platform = "instagram"\n', ""), "`points[2].platform`"),
    (OWN.replace('Groups = "pipe"', 'Groups = "bar"'), "`cells.lists.groups`"),
    (OWN.replace("[[layouts]]", "[[layout]]"), "`layouts`"),
    (OWN.replace("complete = true", 'complete = "yes"'), "`complete`"),
    (OWN.replace('equals = ["Shop Staff"]', ""), "`skip[1].equals`"),
    ("source =", "not valid TOML"),
]


@pytest.mark.parametrize(("text", "named"), BAD)
def test_a_bad_spec_names_file_and_key(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(DefinitionError) as caught:
        importer_from_spec(path)
    assert "own.toml" in caught.value.message
    assert named.casefold() in caught.value.message.casefold()
    assert caught.value.exit_code == 5


def test_a_spec_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="There is no spec"):
        importer_from_spec(tmp_path / "none.toml")


PAGE = (Path(__file__).parents[2] / "docs" / "importers" / "any-table.md").read_text("utf-8")


def test_the_example_of_the_page_is_a_spec() -> None:
    example = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    assert table_spec.parse(example[1], "any-table.md").source == "fair.signups"


def test_the_page_lists_the_whole_vocabulary() -> None:
    told = set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)))
    words = {*table_spec.FIELDS, *table_spec.MEANINGS, *table_spec.DATE_ORDERS, *table_spec.DECIMALS}
    words |= {*table_spec.DIALECTS, *table_spec.LEVELS, *table_spec.CAPTURE_METHODS, *CHANNELS, *POINT_KINDS}
    words |= {field.name for field in fields(table_spec.ConsentSpec)} | {"module", "<yes>", "<no>", "<any>", "nothing"}
    words |= {
        field.name
        for kind in (table_spec.ActivitySpec, table_spec.SkipSpec, table_spec.LayoutSpec, table_spec.PurchasesSpec)
        for field in fields(kind)
    }
    assert words - told == set()


@pytest.mark.parametrize("name", table_spec.builtin_names())
def test_a_spec_written_out_is_the_same_spec(name: str) -> None:
    spec = table_spec.builtin(name)
    again = table_spec.parse(generic.spec_to_toml(spec), name)
    assert again == replace(spec, module=None)


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("84.50", "auto", "84.5"),
        ("1.084,50", "auto", "1084.5"),
        ("1,084.50", "auto", "1084.5"),
        ("12,5", "auto", "12.5"),
        ("1,084", "auto", "1084"),
        ("1.084", "auto", "1.084"),
        ("1.084", "comma", "1084"),
        ("1.084.000", "auto", "1084000"),
        ("€ 9", "auto", "9"),
        ("-3.10 USD", "auto", "-3.1"),
        ("none", "auto", None),
        ("1-2", "auto", None),
        ("9" * 20, "auto", None),
    ],
)
def test_amounts(text: str, decimal: str, expected: str | None) -> None:
    assert table_columns.amount(text, decimal) == (None if expected is None else Decimal(expected))
    assert table_columns.money(pa.array([text]), decimal).to_pylist() == [table_columns.amount(text, decimal)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-04 10:11:12 -0500", "2026-03-04T15:11:12"),
        ("2026-03-04 10:11:12", "2026-03-04T10:11:12"),
        ("2026-03-04T10:11:12.250Z", "2026-03-04T10:11:12.250000"),
        ("2025-09-12T15:05:13+05:30", "2025-09-12T09:35:13"),
        ("2026/05/04 10:11", "2026-05-04T10:11:00"),
        ("2026-03-04", "2026-03-04T00:00:00"),
        ("13.12.2025", "2025-12-13T00:00:00"),
        ("4 Mar 2024", "2024-03-04T00:00:00"),
        ("Mar 4, 2024", "2024-03-04T00:00:00"),
        ("2026-02-30 10:00:00", None),
        ("2026-13-01", None),
        ("soon", None),
        ("03/04/25", None),
    ],
)
def test_dates_one_by_one_and_in_columns(text: str, expected: str | None) -> None:
    wanted = None if expected is None else datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert table_dates.instant(text) == wanted
    column = table_dates.parse(pa.array([text, "", "2020-01-01 00:00:00"]), "auto")
    assert column.at.to_pylist() == [wanted, None, datetime(2020, 1, 1, tzinfo=UTC)]
    kind = "unknown" if wanted is None else "instant" if ":" in text else "day"
    assert column.precision.to_pylist() == [kind, "unknown", "instant"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=40), st.integers(1, 7))
def test_seen_rows_are_what_a_dictionary_would_remember(pairs: list[tuple[str, str]], size: int) -> None:
    seen = table_columns.SeenRows()
    known: dict[str, list[str]] = {}
    for start in range(0, len(pairs), size):
        part = pairs[start : start + size]
        _, keys = table_columns.record_ids("s", "", [key for key, _ in part])
        hashes = table_columns.row_hashes([pa.array([row for _, row in part], pa.string())])
        ordinals, duplicates = seen.take(keys, hashes)
        for index, (key, row) in enumerate(part):
            rows = known.setdefault(key, [])
            assert (index in duplicates) is (row in rows)
            if row not in rows:
                rows.append(row)
            assert ordinals[index] == rows.index(row) + 1


@given(st.lists(st.text(max_size=8), max_size=10))
def test_record_ids_in_columns(keys: list[str]) -> None:
    ids, _ = table_columns.record_ids("a.b", "shop", keys)
    assert ids.to_pylist() == [record_id("a.b", "shop", key) for key in keys]


@pytest.mark.parametrize(
    ("text", "dialect", "items"),
    [
        ("a, b,,a", "comma", ["a", "b"]),
        ("a; b", "comma", ["a", "b"]),
        ('"Editors","Paris, FR"', "quoted", ["Editors", "Paris, FR"]),
        ("* myContacts ::: Friends", "triple_colon", ["* myContacts", "Friends"]),
        ("[3|7]", "brackets", ["3", "7"]),
        ("a|b", "pipe", ["a", "b"]),
    ],
)
def test_lists_in_a_cell(text: str, dialect: str, items: list[str]) -> None:
    assert table_columns.split_list(text, dialect) == items


@given(st.text(st.sampled_from("ÄéßłŁñ øЖ日a'"), min_size=1, max_size=6))
def test_text_read_wrongly_once_is_put_right(text: str) -> None:
    raw = text.encode()
    wrong = "".join(
        bytes([byte]).decode("cp1252") if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(byte) for byte in raw
    )
    assert table_columns.repaired(pa.array([wrong, text])).to_pylist() == [text, text]


def test_only_apostrophes_before_numbers_are_stripped() -> None:
    cells = ["'+12025550143", "'97201", "'t Hooft", "'=1", "''5", "5'"]
    assert table_columns.without_apostrophe(pa.array(cells)).to_pylist() == [
        "+12025550143", "97201", "'t Hooft", "=1", "''5", "5'",
    ]  # fmt: skip


@pytest.mark.parametrize("cell", ['"Editors",\r"Paris, FR"', "Editors\r\nParis, FR", "x" * 200_000, '"never closed'])
def test_a_broken_cell_with_a_list_breaks_nothing(cell: str) -> None:
    assert "".join(table_columns.split_list(cell, "quoted"))
