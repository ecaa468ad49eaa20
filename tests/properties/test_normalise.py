"""What must hold for every text: idempotence, stable keys, and columns that agree with the libraries."""

from __future__ import annotations

import phonenumbers
import pyarrow as pa
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from audiencevault.normalise import account, address, email, name, phone, points
from audiencevault.normalise.name_keys import comparison, name_key
from audiencevault.normalise.place_keys import city_key, plain_key, postcode_key
from audiencevault.normalise.street_keys import street_key


def rows(batch: pa.RecordBatch) -> list[dict]:
    return batch.to_pylist()


def texts(values: list[str | None]) -> pa.Array:
    return pa.array(values, pa.string())


# --- e-mail -----------------------------------------------------------------------------------------------------

local_parts = st.one_of(
    st.text("abzAZ09._+-!#$%&'*/=?^`{|}~", min_size=1, max_size=70),
    st.from_regex(r"[A-Za-z0-9]{1,8}([._+-][a-z0-9]{1,8}){0,2}", fullmatch=True),
    st.text(min_size=1, max_size=12),
    st.builds(str.__mul__, st.just("a"), st.integers(62, 66)),
)
labels = st.one_of(
    st.from_regex(r"[a-zA-Z0-9]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True),
    st.text("ab-1", min_size=0, max_size=6),
    st.sampled_from(["xn--bcher-kva", "bücher", "ab--c", "xn--a", "a" * 63, "a" * 64, "-a", "a-", "Straße", "例え"]),
)
endings = st.sampled_from(
    ["com", "de", "c", "c1", "1c", "123", "test", "example", "localhost", "local", "invalid", "arpa", "onion", "COM",
     "xn--p1ai", "рф", "museum", ""]
)  # fmt: skip
domains = st.builds(lambda parts, end: ".".join([*parts, end]), st.lists(labels, min_size=0, max_size=4), endings)
addresses = st.one_of(
    st.builds("{}@{}".format, local_parts, domains),
    st.builds(
        "{}@{}".format, local_parts, st.sampled_from(["gmail.com", "Googlemail.com", "example.com", "icloud.com"])
    ),
)


def library_says(text: str) -> bool:
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError:
        return False
    return "." in found.ascii_domain


@given(st.lists(addresses, min_size=1, max_size=60))
@example(["a@b.co", "a" * 64 + "@example.com", "a" * 65 + "@example.com", f"a@{'b' * 63}.com", f"a@{'b' * 64}.com"])
@example(["a..b@c.com", ".a@c.com", "a.@c.com", "a@-c.com", "a@c-.com", "a@1.2.3.4", "a@b.c1", "a@b.1c", "a@b_c.com"])
@example([f"{'a' * 60}@{'.'.join(['b' * 60] * 3)}.com", f"{'a' * 64}@{'.'.join(['b' * 61] * 3)}.com", "a@ab--c.com"])
def test_columns_and_email_validator_agree(cells: list[str]) -> None:
    for cell, row in zip(cells, rows(email.normalise(texts(cells))), strict=True):
        if email.cleaned(cell) == cell:
            assert row["valid"] == library_says(cell), cell
        assert row["valid"] == (email.judge(email.cleaned(cell)).reason is None), cell


@given(st.lists(addresses, min_size=1, max_size=60))
def test_columns_and_the_single_rule_give_one_point(cells: list[str]) -> None:
    for cell, row in zip(cells, rows(email.normalise(texts(cells))), strict=True):
        single = email.judge(email.cleaned(cell))
        assert row["point"] == (None if single.reason else f"{single.local}@{single.domain}")


@given(st.lists(addresses, min_size=1, max_size=40))
def test_an_address_is_its_own_canonical_form(cells: list[str]) -> None:
    first = [row for row in rows(email.normalise(texts(cells))) if row["valid"]]
    again = rows(email.normalise(texts([row["point"] for row in first])))
    assert [(row["point"], row["point_key"]) for row in again] == [(row["point"], row["point_key"]) for row in first]


@given(st.lists(addresses, min_size=1, max_size=40))
def test_the_key_of_a_key_is_the_key(cells: list[str]) -> None:
    keys = [row["point_key"] for row in rows(email.normalise(texts(cells))) if row["valid"]]
    assert [row["point_key"] for row in rows(email.normalise(texts(keys)))] == keys


@given(st.from_regex(r"[a-z0-9]{1,8}([._+-][a-z0-9]{1,8}){0,2}@(gmail|outlook|example)\.com", fullmatch=True))
def test_case_blanks_and_wrapping_change_no_key(address_: str) -> None:
    written = [address_, address_.upper(), f"  {address_}\u00a0", f"<{address_}>", f"mailto:{address_}", f"{address_};",
               f"\u200e{address_}\u2069", f"Ida Falk <{address_}>"]  # fmt: skip
    assert len({row["point_key"] for row in rows(email.normalise(texts(written)))}) == 1


# --- telephone --------------------------------------------------------------------------------------------------

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
COMMON = [
    "US",
    "DE",
    "GB",
    "FR",
    "IT",
    "ES",
    "CA",
    "AU",
    "BR",
    "MX",
    "AR",
    "JP",
    "KR",
    "RU",
    "KZ",
    "SE",
    "NO",
    "IN",
    "CN",
]


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str | None]:
    region = draw(st.one_of(st.sampled_from(COMMON), st.sampled_from(REGIONS)))
    kind = draw(st.integers(0, 10))
    made = phonenumbers.example_number_for_type(region, kind) or phonenumbers.example_number(region)
    digits = list(phonenumbers.national_significant_number(made))
    for place in draw(st.lists(st.integers(0, len(digits) - 1), max_size=4)):
        digits[place] = draw(st.sampled_from("0123456789"))
    digits = digits[draw(st.sampled_from([0, 0, 0, 1])) :] + draw(st.lists(st.sampled_from("0159"), max_size=1))
    number, code = "".join(digits), made.country_code
    plan = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    prefix = (plan.national_prefix if plan else None) or "0"
    forms = [f"+{code}{number}", f"+{code} {prefix}{number}", prefix + number, number, f"00{code}{number}",
             f"{code}{number}", f"(+{code}) {number[:3]}-{number[3:]}", f"+{code} (0){number}",
             f"{prefix} {number[:2]} {number[2:]}", f"011{code}{number}", f"{number}.0",
             f"{prefix}{number[:3]}/{number[3:]}",
             f"00{code}{number[:1]}/{number[1:]}"]  # fmt: skip
    spoken = draw(st.one_of(st.just(region), st.none(), st.sampled_from([*COMMON, "XX", ""])))
    return draw(st.sampled_from(forms)), spoken


@given(st.lists(numbers(), min_size=1, max_size=60))
def test_columns_and_phonenumbers_agree(pairs: list[tuple[str, str | None]]) -> None:
    raw, regions = zip(*pairs, strict=True)
    found = rows(phone.normalise(texts(list(raw)), texts(list(regions))))
    for (written, region), row in zip(pairs, found, strict=True):
        text, _, reason = phone.cleaned(written)
        assert reason is None
        single = phone.judge(text, phone.known_region(None if "+" in text else region))
        assert (row["point"], row["point_key"], row["reason"]) == (single.e164, single.key, single.reason), written
        assert (row["country"], row["country_from"]) == (single.country, single.country_from), written
        assert row["line_type"] == single.line_type, written
        assert ("guessed_country" in row["flags"], "fictitious" in row["flags"], "junk" in row["flags"]) == (
            single.guessed, single.fictitious, single.junk,
        ), written  # fmt: skip


@given(st.lists(numbers(), min_size=1, max_size=40))
def test_a_number_is_its_own_canonical_form(pairs: list[tuple[str, str | None]]) -> None:
    raw, regions = zip(*pairs, strict=True)
    first = [row for row in rows(phone.normalise(texts(list(raw)), texts(list(regions)))) if row["valid"]]
    again = rows(phone.normalise(texts([row["point"] for row in first])))
    assert [(row["point"], row["country"], row["line_type"]) for row in again] == [
        (row["point"], row["country"], row["line_type"]) for row in first
    ]


@given(
    st.lists(st.one_of(st.text(max_size=30), st.from_regex(r"[+0-9eE.,;x#() /-]{0,20}", fullmatch=True)), max_size=20)
)
def test_any_text_is_judged(cells: list[str]) -> None:
    for rule, reasons in (
        (email.normalise, email.REASONS),
        (phone.normalise, phone.REASONS),
        (account.normalise, account.REASONS),
    ):
        for row in rows(rule(texts(cells))):
            assert row["valid"] == (row["reason"] is None) == (row["point"] is not None)
            assert row["reason"] is None or row["reason"] in reasons


# --- names and places ---------------------------------------------------------------------------------------------

words = st.text("abcdefghijklmnopqrstuvwxyzäöüßéèñøåłçáí'-", min_size=1, max_size=10)
names = st.one_of(
    words, st.text(max_size=20), st.sampled_from(["Юлия", "王小明", "محمد", "김민수", "O’Neil", "van der Berg"])
)


@given(names)
def test_comparison_forms_are_their_own(text: str) -> None:
    # The second pass sees ASCII only; umlaut spellings fold once and for all.
    once = comparison(text)
    assert comparison(once) == comparison(comparison(once))
    assert once.isascii()
    assert once == once.lower()


@given(st.lists(words, min_size=1, max_size=4), st.lists(words, min_size=1, max_size=3))
def test_swapped_fields_have_one_name_key(first: list[str], last: list[str]) -> None:
    given_, family = comparison(" ".join(first)), comparison(" ".join(last))
    assert name_key(given_, "", family) == name_key(family, "", given_)


@given(st.lists(st.tuples(names, names, names), min_size=1, max_size=5))
def test_rows_do_not_know_each_other(people: list[tuple[str, str, str]]) -> None:
    first, last, full = (texts(list(column)) for column in zip(*people, strict=True))
    table = pa.table({"first_name": first, "last_name": last, "full_name": full})
    unsplit = pa.table({"full_name": full})
    for batch in (table, unsplit):
        together = rows(name.normalise(batch))
        alone = [rows(name.normalise(batch.slice(at, 1)))[0] for at in range(batch.num_rows)]
        assert together == alone


plain_words = st.from_regex(r"[b-df-hj-np-tv-z][aio][b-df-hj-np-tv-z]{1,2}[aio]", fullmatch=True)
# "Rabbi Baba" is a title and a name, so it is not two words of a name.
plain_words = plain_words.filter(lambda word: name_key_of(word) == word)


def name_key_of(word: str) -> str | None:
    """What the word is as a first name; a title is none."""
    return rows(name.normalise(pa.table({"full_name": [f"{word} Falkmar"]})))[0]["first_key"]


@given(plain_words, plain_words)
def test_case_and_blanks_change_no_name_key(first: str, last: str) -> None:
    written = [
        f"{first} {last}".title(),
        f"{first} {last}",
        f" {first}  {last}\u00a0".upper(),
        f"{first} {last} ✨".title(),
    ]
    keys = {row["name_key"] for row in rows(name.normalise(pa.table({"full_name": texts(written)})))}
    split = rows(name.normalise(pa.table({"first_name": [last.upper()], "last_name": [first]})))[0]["name_key"]
    assert len(keys | {split}) == 1


@given(st.text(max_size=40))
@pytest.mark.parametrize("rule", [plain_key, street_key, city_key, postcode_key])
def test_place_keys_are_ascii_and_ignore_case_and_blanks(rule, text: str) -> None:
    key = rule(text)
    assert key is None or (key.isascii() and key == key.lower() == " ".join(key.split()))
    if text.isascii():
        assert rule(f"  {text.upper()} ") == rule(text.lower())


@given(
    st.lists(st.tuples(st.sampled_from(["Germany", "germany ", "DEU", "Deutschland", "de", "Allemagne"])), max_size=6)
)
def test_a_country_has_one_code(cells: list[tuple[str]]) -> None:
    assert set(address.country_codes(texts([cell for (cell,) in cells])).to_pylist()) <= {"DE"}


# --- contact points -----------------------------------------------------------------------------------------------

cells_ = st.lists(
    st.tuples(
        st.sampled_from(["email", "phone", "account", "postal", "fax"]), st.one_of(addresses, st.text(max_size=25))
    ),
    max_size=5,
)


@given(st.lists(cells_, min_size=1, max_size=8))
def test_points_of_many_records_are_the_points_of_each(people: list[list[tuple[str, str]]]) -> None:
    kind = pa.list_(pa.struct([("kind", pa.string()), ("raw", pa.string()), ("label", pa.string())]))
    table = pa.table(
        {
            "record_id": [str(at) for at in range(len(people))],
            "points": pa.array([[{"kind": k, "raw": r, "label": None} for k, r in person] for person in people], kind),
        }
    )
    together = rows(points.contact_points(table))
    alone = [row for at in range(len(people)) for row in rows(points.contact_points(table.slice(at, 1)))]
    assert together == alone
    assert len({(row["record_id"], row["point_kind"], row["point"] or row["point_key"]) for row in together}) == len(
        together
    )
