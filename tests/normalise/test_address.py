"""Addresses as exports hold them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from audiencevault.normalise import address
from audiencevault.normalise.countries import country_code
from audiencevault.normalise.place_keys import city_key, postcode_key
from audiencevault.normalise.street_keys import street_key


@pytest.mark.parametrize(
    "writings",
    [
        ("12 Main Street, Apt 4", "12 Main St.", "Main St 12", "12 MAIN STREET #4"),
        ("123 North 5th Avenue", "123 N. 5th Ave"),
        ("Hauptstraße 5 a", "Haupt-Strasse 5a", "Hauptstr. 5A", "Hauptstr.5a", "Haupt Str. 5 a"),
        ("Müllerstraße 3", "Muellerstr. 3", "MULLERSTR 3"),
        ("12, rue de la Paix", "12 Rue de la Paix"),
        ("Calle Mayor 5", "C/ Mayor, 5"),
        ("Kerkstraat 7", "Kerkstr. 7"),
    ],
)
def test_writings_of_one_street_meet(writings) -> None:
    assert len({street_key(text) for text in writings}) == 1


def test_streets_and_house_numbers_are_told_apart() -> None:
    keys = {street_key(text) for text in ("Main St 1", "Main St 11", "Main St 1a", "Main Ave 1", "Maine St 1")}
    assert len(keys) == 5


@pytest.mark.parametrize(
    ("text", "country", "key"),
    [
        ("sw1a 1aa", "GB", "sw1a1aa"), ("D-10115", "DE", "10115"), ("DE 10115", "DE", "10115"),
        ("02139-4307", "US", "02139"),
        ("2139", "US", "02139"), ("1067", "DE", "01067"), ("1067", "AT", "1067"), ("10115.0", None, "10115"),
        ("", None, None),
        ("12345", None, "12345"), ("'01067", "DE", "01067"),
    ],
)  # fmt: skip
def test_postcodes(text, country, key) -> None:
    assert postcode_key(text, country) == key
    found = address.normalise(pa.table({"postcode": [text], "country": pa.array([country], pa.string())}))
    assert found["postcode_key"].to_pylist() == [key]


@pytest.mark.parametrize(
    "writings",
    [
        ("München", "Munich", "MUENCHEN", "Munchen", "80331 München"),
        ("Köln", "Cologne", "Köln (Ehrenfeld)", "Koeln, NRW"),
        ("St. Gallen", "Sankt Gallen", "Saint Gallen"),
        ("New York", "NYC", "New York City"),
        ("Wien", "Vienna", "1010 Wien"),
    ],
)
def test_writings_of_one_city_meet(writings) -> None:
    assert len({city_key(text) for text in writings}) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DE", "DE"), ("de", "DE"), ("DEU", "DE"), ("Germany", "DE"), ("Deutschland", "DE"), ("Allemagne", "DE"),
        ("Германия", "DE"), ("ドイツ", "DE"), ("USA", "US"), ("U.S.A.", "US"), ("United States of America", "US"),
        ("UK", "GB"), ("England", "GB"), ("The Netherlands", "NL"), ("Côte d'Ivoire", "CI"), ("Türkiye", "TR"),
        ("Turkey", "TR"), ("A", "AT"), ("Georgia", "GE"), ("Österreich", "AT"), ("", None), (None, None),
        ("Narnia", None),
        ("EU", None), ("European Union", None), ("-", None),
    ],
)  # fmt: skip
def test_countries(text, code) -> None:
    assert country_code(text) == code


def test_missing_columns_give_null_keys() -> None:
    assert address.normalise(pa.table({"other": ["x"]})).to_pylist() == [
        {"street_key": None, "postcode_key": None, "city_key": None, "country": None}
    ]
