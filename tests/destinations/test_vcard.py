"""vCards: whole cards, folded between characters, that our own importer reads back."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.destinations.definition import parse
from audiencevault.destinations.vcard import cards, fold, parts
from audiencevault.errors import DefinitionError

DEFINITION = """
name = "book"
title = "Book"
checked = 2026-11-21
sources = ["RFC 6350"]
channels = ["email"]
polarity = "none"
[layouts]
cards = [{ header = "FN", field = "display_name" }, { header = "EMAIL", field = "email", encode = "email" }]
[[files]]
name = "cards"
status = "listed"
format = "vcard4"
layout = "cards"
subscribes = true
say = "Import it."
"""


def card(version: str = "3.0", **columns: str | None) -> list[str]:
    """The lines of one card; two underscores stand for a dot, three for a semicolon, _is_ for an equals sign."""
    names = [name.replace("___", ";").replace("__", ".").replace("_is_", "=") for name in columns]
    table = pa.Table.from_arrays([pa.array([value], pa.string()) for value in columns.values()], names)
    text = cards(table, version)[0].as_py()
    assert text.endswith("END:VCARD\r\n")
    return text.replace("\r\n ", "").split("\r\n")[2:-2]


def test_a_card_has_names_and_points() -> None:
    assert card(FN="Ida Falk", N__1="Falk", N__2="Ida", EMAIL="ida@example.com", TEL___TYPE_is_cell="+12025550101") == [
        "FN:Ida Falk", "N:Falk;Ida;;;", "EMAIL:ida@example.com", "TEL;TYPE=cell:+12025550101",
    ]  # fmt: skip


def test_version_4_writes_numbers_as_addresses_and_needs_no_parts_of_a_name() -> None:
    assert card("4.0", FN="Ida", TEL___TYPE_is_cell="+12025550101") == [
        "FN:Ida", "TEL;VALUE=uri;TYPE=cell:tel:+12025550101",
    ]  # fmt: skip
    assert card("4.0", FN="Ida", TEL="extension 7") == ["FN:Ida", "TEL:extension 7"]
    assert card("4.0", FN="Ida", EMAIL___TYPE_is_INTERNET="a@example.com") == ["FN:Ida", "EMAIL:a@example.com"]
    assert card("3.0", FN="Ida", EMAIL___TYPE_is_INTERNET="a@example.com")[1] == "EMAIL;TYPE=INTERNET:a@example.com"


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"FN": None, "ORG": "Fair, Ltd", "EMAIL": "a@example.com"}, "FN:Fair\\, Ltd"),
        ({"FN": "", "EMAIL": "a@example.com"}, "FN:a@example.com"),
        ({"FN": None, "TEL": "+12025550101"}, "FN:+12025550101"),
        ({"FN": None}, "FN:?"),
    ],
)
def test_a_card_without_a_name_would_be_refused(columns: dict[str, str | None], name: str) -> None:
    assert card(**columns)[0] == name
    assert "N:;;;;" in card(**columns)
    assert "N:;;;;" not in card("4.0", **columns)


def test_signs_of_the_format_are_escaped() -> None:
    assert card(FN="a\\b,c;d\r\ne\nf") == ["FN:a\\\\b\\,c\\;d\\ne\\nf", "N:;;;;"]
    assert card(FN="x", N__1="Falk;Berg", ADR__3="1, Quay Lane")[1:] == [
        "N:Falk\\;Berg;;;;",
        "ADR:;;1\\, Quay Lane;;;;",
    ]


def test_categories_are_a_list_and_properties_may_repeat() -> None:
    names = ["FN", "CATEGORIES", "CATEGORIES", "X-CONSENT"]
    row = [pa.array([text]) for text in ("Ida", "AudienceVault", "vip, spring fair", "newsletter; 2024")]
    lines = cards(pa.Table.from_arrays(row, names), "3.0")[0].as_py().split("\r\n")
    assert lines[3:6] == ["CATEGORIES:AudienceVault", "CATEGORIES:vip,spring fair", "X-CONSENT:newsletter\\; 2024"]


@pytest.mark.parametrize(
    ("version", "birthday", "line"),
    [
        ("3.0", "1990-06-15", ["BDAY:1990-06-15"]),
        ("4.0", "1990-06-15", ["BDAY:19900615"]),
        ("4.0", "--0615", ["BDAY:--0615"]),
        ("4.0", "--06-15", ["BDAY:--0615"]),
        ("3.0", "--0615", []),
        ("3.0", "in spring", []),
    ],
)
def test_birthdays_are_dates_or_nothing(version: str, birthday: str, line: list[str]) -> None:
    assert [text for text in card(version, FN="x", BDAY=birthday) if text.startswith("BDAY")] == line


def test_an_item_id_is_the_uid_of_a_card_without_one() -> None:
    table = pa.table({"FN": ["Ida", "Ada"], "item_id": ["1", "2"]})
    assert [text.split("\r\n")[2] for text in cards(table, "4.0").to_pylist()] == ["UID:1", "UID:2"]
    with_uid = table.append_column("UID", pa.array(["u", None]))
    assert [text.count("UID:") for text in cards(with_uid, "4.0").to_pylist()] == [1, 0]


@given(st.text(max_size=300).filter(lambda text: "\n" not in text and "\r" not in text))
def test_lines_are_folded_at_75_octets_between_characters(line: str) -> None:
    line = line.encode("utf-8", "ignore").decode()
    pieces = fold(line).split("\r\n ")
    assert "".join(pieces) == line
    assert all(len(piece.encode()) <= 75 - (number > 0) for number, piece in enumerate(pieces))


def test_files_are_split_between_cards() -> None:
    table = pa.table({"FN": [f"Person {number}" for number in range(10)]})
    made = list(parts(table, "4.0", max_rows=4))
    assert [part.rows for part in made] == [4, 4, 2]
    size = len(made[0].data)
    assert all(len(part.data) <= size for part in parts(table, "4.0", max_bytes=size))
    assert b"".join(part.data for part in made) == next(parts(table, "4.0")).data


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('header = "EMAIL"', 'header = "Email"', "holds 'Email', which is no property of a vCard"),
        ('header = "EMAIL"', 'header = "N"', "holds 'N', which needs the position of a part: N.1"),
        ('header = "EMAIL"', 'header = "N.6"', "holds 'N.6', which is no property of a vCard"),
        ('header = "FN"', 'header = "NICKNAME"', "has no FN: a card without a name is refused"),
    ],
)
def test_a_layout_of_cards_names_properties(old: str, new: str, sentence: str) -> None:
    parse(DEFINITION, "book.toml")
    with pytest.raises(DefinitionError) as caught:
        parse(DEFINITION.replace(old, new), "book.toml")
    assert sentence in caught.value.message
    assert "book.toml: files[0].layout" in caught.value.message
