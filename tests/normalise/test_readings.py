"""Numbers whose country is a guess have the keys of every plausible reading."""

from __future__ import annotations

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault.normalise import phone
from audiencevault.normalise.points import contact_points
from audiencevault.normalise.readings import REGIONS, readings


def read(raw: str, region: str | None = None, declared: bool = False) -> list[str]:
    return readings(pa.array([raw]), pa.array([region], pa.string()), pa.array([declared])).to_pylist()[0]


@pytest.mark.parametrize(
    "written", ["07700 900123", "7700900123", "(07700) 900-123", "'07700900123", "07700 900123 ext 4"]
)
def test_a_number_without_country_has_its_british_reading_among_others(written: str) -> None:
    assert "+447700900123" in read(written)


def test_a_number_that_says_its_country_has_no_other_reading() -> None:
    for written in ("+44 7700 900123", "0044 7700 900123", "(+49) 30 23125123"):
        assert read(written, "GB", declared=True) == []


def test_a_number_read_with_the_country_of_its_record_has_no_other_reading() -> None:
    assert read("07700 900123", "GB", declared=True) == []


def test_a_default_region_is_trusted_for_mobiles_only() -> None:
    # In Germany 0664 is a place, in Austria it is a mobile.
    assert "+436641234567" in read("0664 1234567", "DE")
    assert read("0664 1234567", "DE", declared=True) == []
    assert read("0151 23456789", "DE") == []


def test_a_number_of_the_wrong_country_has_the_reading_of_the_right_one() -> None:
    # A French mobile in the record of somebody who has moved to the United States.
    assert "+33639981234" in read("06 39 98 12 34", "US", declared=True)


def test_digits_that_lack_their_plus_are_read_both_ways() -> None:
    # 13012345678 is a mobile number of China, or Maryland after a plus: neither is taken, both count.
    found = read("13012345678")
    assert {"+8613012345678", "+13012345678"} <= set(found)


@pytest.mark.parametrize("junk", ["0000000000", "1111111111", "12", "n/a", "", "4.49E+10", "call me"])
def test_junk_has_no_reading(junk: str) -> None:
    assert read(junk) == []


def test_contact_points_carry_them() -> None:
    kind = pa.list_(pa.struct([("kind", pa.string()), ("raw", pa.string()), ("label", pa.string())]))
    point = {"kind": "phone", "raw": "07700 900123", "label": None}
    table = pa.table({"record_id": ["1", "2"], "country": ["GB", None], "points": pa.array([[point], [point]], kind)})
    own, guessed = contact_points(table).to_pylist()
    assert (own["point_key"], own["readings"]) == ("+447700900123", [])
    assert own["point_key"] in guessed["readings"]
    assert contact_points(table, readings=False)["readings"].to_pylist() == [[], []]
    default = contact_points(table, default_region="GB").to_pylist()[1]
    assert (default["point_key"], default["readings"]) == ("+447700900123", [])


@settings(max_examples=20)
@given(st.lists(st.tuples(st.from_regex(r"0?[1-9][0-9]{6,11}", fullmatch=True),
                          st.sampled_from([None, "DE", "US", "BR"])), min_size=1, max_size=8))  # fmt: skip
def test_readings_are_valid_sorted_and_independent_of_other_rows(cells: list[tuple[str, str | None]]) -> None:
    raw, regions = (list(column) for column in zip(*cells, strict=True))
    found = readings(pa.array(raw), pa.array(regions, pa.string())).to_pylist()
    own = phone.normalise(pa.array(raw), pa.array(regions, pa.string()))["point_key"].to_pylist()
    for cell, region, keys, key in zip(raw, regions, found, own, strict=True):
        assert keys == sorted(set(keys) - {key})
        assert keys == read(cell, region)
        assert all(phonenumbers.is_possible_number(phonenumbers.parse(reading)) for reading in keys)


LINES = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)


@st.composite
def national_numbers(draw: st.DrawFn) -> str:
    """A number as its country gives it, changed in one digit, with or without what is dialled before it."""
    region = draw(st.sampled_from(REGIONS))
    made = phonenumbers.example_number_for_type(region, draw(st.sampled_from(LINES))) or phonenumbers.example_number(
        region
    )
    digits = list(phonenumbers.national_significant_number(made))
    digits[draw(st.integers(len(digits) // 2, len(digits) - 1))] = draw(st.sampled_from("0123456789"))
    plan = phonenumbers.PhoneMetadata.metadata_for_region(region)
    return draw(st.sampled_from([plan.national_prefix or "", ""])) + "".join(digits)


@settings(max_examples=40)
@given(st.lists(national_numbers(), min_size=1, max_size=10))
def test_every_country_that_knows_the_number_is_among_them(cells: list[str]) -> None:
    alone = phone.normalise(pa.array(cells))["valid"].to_pylist()
    for digits, found, valid in zip(cells, readings(pa.array(cells)).to_pylist(), alone, strict=True):
        if valid or len(set(digits)) < 5:
            continue
        for region in REGIONS:
            try:
                number = phonenumbers.parse(digits, region)
            except phonenumbers.NumberParseException:
                continue
            plain = len(digits) - len(phonenumbers.national_significant_number(number)) <= 2
            if plain and phonenumbers.number_type(number) in LINES:
                assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) in found, region
