"""Telephone numbers as exports hold them; all from ranges that are kept free for fiction, where there is one."""

from __future__ import annotations

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.normalise import phone, phone_book
from audiencevault.normalise.phone_plan import descriptions_of, plan_of
from audiencevault.normalise.phone_ranges import FICTITIOUS
from tests.kernels import portable


def one(raw: str | None, region: str | None = None) -> dict:
    return phone.normalise(pa.array([raw], pa.string()), pa.array([region], pa.string())).to_pylist()[0]


@pytest.mark.parametrize(
    ("raw", "region", "point", "country", "country_from", "line_type"),
    [
        ("+12025550147", None, "+12025550147", "US", "number", "fixed_or_mobile"),
        ("'+1 (202) 555-0147", None, "+12025550147", "US", "number", "fixed_or_mobile"),
        ("p:+12025550147", "DE", "+12025550147", "US", "number", "fixed_or_mobile"),
        ("(202) 555-0147", "US", "+12025550147", "US", "region", "fixed_or_mobile"),
        ("1-202-555-0147", "US", "+12025550147", "US", "number", "fixed_or_mobile"),
        ("2025550147.0", "US", "+12025550147", "US", "region", "fixed_or_mobile"),
        ("416.555.0123", "US", "+14165550123", "CA", "region", "fixed_or_mobile"),
        ("tel:+1-202-555-0147", None, "+12025550147", "US", "number", "fixed_or_mobile"),
        ("Mobile: +44 7700 900123", None, "+447700900123", "GB", "number", "mobile"),
        ("٠٧٧٠٠ ٩٠٠١٢٣", "GB", "+447700900123", "GB", "region", "mobile"),
        ("０７７００ ９００１２３", "GB", "+447700900123", "GB", "region", "mobile"),
        ("\u200e+44\u00a07700\u00a0900123\u2069", None, "+447700900123", "GB", "number", "mobile"),
        ("020 7946 0123", "gb", "+442079460123", "GB", "region", "fixed"),
        ("0049 30 23125123", None, "+493023125123", "DE", "number", "fixed"),
        ("0049 30 23125123", "FR", "+493023125123", "DE", "number", "fixed"),
        ("0049 30 23125123", "US", "+493023125123", "DE", "number", "fixed"),
        ("011 49 30 23125123", "US", "+493023125123", "DE", "number", "fixed"),
        ("+49 (0)30 23125-123", None, "+493023125123", "DE", "number", "fixed"),
        ("030/23125123", "DE", "+493023125123", "DE", "region", "fixed"),
        ("06 39 98 12 34", "FR", "+33639981234", "FR", "region", "mobile"),
        ("070-1740605", "SE", "+46701740605", "SE", "region", "mobile"),
        ("0491 570 156", "AU", "+61491570156", "AU", "region", "mobile"),
    ],
)
def test_valid_numbers(raw, region, point, country, country_from, line_type) -> None:
    found = one(raw, region)
    assert found["point"] == found["point_key"] == point
    assert (found["valid"], found["reason"]) == (True, None)
    assert (found["country"], found["country_from"], found["line_type"]) == (country, country_from, line_type)
    assert "fictitious" in found["flags"]


@pytest.mark.parametrize(
    ("raw", "region", "reason", "key"),
    [
        (None, "DE", "empty", None),
        (" ' ", "DE", "empty", None),
        ("n/a", "DE", "not_a_number", "n/a"),
        ("1-800-FLOWERS", "US", "letters", "1800"),
        ("4.49E+10", "DE", "scientific_notation", "4.49e+10"),
        ("4,49302E+11", "DE", "scientific_notation", "4,49302e+11"),
        ("030 23125123", None, "no_country", "03023125123"),
        ("2025550147", None, "no_country", "2025550147"),
        ("030 23125123", "XX", "no_country", "03023125123"),
        ("+999 123456", None, "bad_country_code", "+999123456"),
        ("+1 555 0100", None, "too_short", "+15550100"),
        ("+1 202 555 01478", None, "too_long", "+120255501478"),
        ("0000000000", "US", "not_assigned", "0000000000"),
        ("+1 000 555 0147", None, "not_assigned", "+10005550147"),
        ("12", "US", "too_short", "12"),
    ],
)
def test_what_is_no_number_is_kept_with_a_reason(raw, region, reason, key) -> None:
    found = one(raw, region)
    assert (found["point"], found["valid"], found["reason"], found["point_key"]) == (None, False, reason, key)
    assert (found["country"], found["country_from"], found["line_type"]) == (None, "none", None)
    assert phone.REASONS[reason].endswith(".")


@pytest.mark.parametrize(
    ("raw", "region", "point"),
    [
        ("12025550147", None, "+12025550147"),
        ("447700900123", None, "+447700900123"),
        ("447700900123", "US", "+447700900123"),
        ("13012345678", None, None),  # Maryland, or a mobile number in China
        ("3023125123", None, None),
    ],
)
def test_a_missing_plus_is_guessed_only_where_one_reading_is_left(raw, region, point) -> None:
    found = one(raw, region)
    assert found["point"] == point
    assert ("guessed_country" in found["flags"]) == (point is not None)


def test_extensions_are_cut_off_and_flagged() -> None:
    for raw in (
        "+49 30 23125123 x12",
        "+49 30 23125123 ext. 12",
        "tel:+493023125123;ext=12",
        "+493023125123 Durchwahl 12",
    ):
        found = one(raw)
        assert found["point"] == "+493023125123"
        assert "extension" in found["flags"]


def test_junk_that_phonenumbers_accepts_is_flagged() -> None:
    assert one("+91 99999 99999")["flags"] == ["junk"]
    assert one("+12025550147")["flags"] == ["fictitious"]


def test_the_region_is_never_the_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert one("030 23125123")["reason"] == "no_country"
    assert phone.normalise(pa.array(["030 23125123"]))["reason"].to_pylist() == ["no_country"]


def test_every_region_and_kind_has_its_example_settled() -> None:
    cells, expected = [], []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in range(11):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None and phonenumbers.is_valid_number(number):
                cells.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
                expected.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    assert phone.normalise(pa.array(cells))["point"].to_pylist() == expected


def test_all_plans_fit_columns() -> None:
    """A new version of phonenumbers may bring a pattern that columns cannot match: then that region is only slow."""
    assert [region for region in sorted(phonenumbers.SUPPORTED_REGIONS) if plan_of(region) is None] == []


def test_all_plans_fit_a_book() -> None:
    """As above, for the compiled kernels."""
    assert [region for region in sorted(phonenumbers.SUPPORTED_REGIONS) if phone_book.page_of(region) is None] == []


EXAMPLES = [
    (region, str(plan.country_code), plan.national_prefix or "", described.example_number)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for plan in [plan_of(region)]
    if plan is not None
    for described in descriptions_of(plan)
    if described is not None and described.example_number
]
DIGITS = "0123456789"


@st.composite
def cells(draw: st.DrawFn) -> tuple[str, str | None]:
    """A number and the region that it is read with, most of them near ones that exist."""
    region, code, prefix, example = draw(st.sampled_from(EXAMPLES))
    kept = draw(st.integers(0, len(example)))
    more = len(example) - kept + draw(st.sampled_from([0, 0, 0, -1, 1]))
    number = example[:kept] + draw(st.text(DIGITS, min_size=max(more, 0), max_size=max(more, 0)))
    form = draw(st.sampled_from(["+{c}{n}", "00{c}{n}", "{p}{n}", "{n}", "{c}{n}", "+{c}{p}{n}", "+{c} ({p}) {n}.0"]))
    written = form.format(c=code, p=prefix, n=number)
    signs = st.text(DIGITS + " ().-/+p:'", max_size=18)
    home = st.sampled_from([region, region, None, "US", "BR", "KR", "AR"])
    return draw(st.one_of(st.just(written), st.just(written), signs)), draw(home)


@given(st.lists(st.one_of(cells(), st.tuples(st.one_of(st.none(), st.text()), st.none())), max_size=60))
def test_compiled_and_portable_reading_are_the_same(pairs: list[tuple[str | None, str | None]]) -> None:
    """Also of columns that begin within others."""
    raw, region = (
        pa.array([None, "x", *part], pa.string()).slice(2) for part in (zip(*pairs, strict=True) if pairs else ([], []))
    )
    found = phone.read(raw, region)
    with portable(phone_book):
        slow = phone.read(raw, region)
    assert found.key.to_pylist() == slow.key.to_pylist()
    assert found.codes.tolist() == slow.codes.tolist()


def test_what_is_remembered_of_many_numbers_changes_nothing() -> None:
    """More beginnings of numbers than the reader keeps."""
    numbers = np.random.default_rng(7).integers(10**9, 10**10, 60_000)
    raw = pa.array([f"+1{number}" for number in numbers.tolist()])
    whole = phone.read(raw)
    for start in range(0, len(raw), 20_000):
        part = phone.read(raw.slice(start, 20_000))
        assert part.key.equals(whole.key.slice(start, 20_000))
        assert part.codes.tolist() == whole.codes[start : start + 20_000].tolist()


def test_fictitious_ranges_do_not_overlap() -> None:
    shown = ["+12025550147", "+447700900123", "+441134960123", "+442079460123", "+441632960123", "+448081570123",
             "+449098790123", "+443069990123", "+61491570156", "+61255501234", "+33639981234", "+33199001234",
             "+493023125123", "+4917139200123"[:13], "+46313900650", "+46701740605"]  # fmt: skip
    held = [sum(phone.fictitious_range(number) == at for at in range(len(FICTITIOUS))) for number in shown]
    assert held == [1] * len(shown)
    assert phone.fictitious_range("+12025551147") == phone.fictitious_range("+46701740604") == -1
