"""E-mail addresses as exports hold them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.normalise import email
from audiencevault.normalise.mail_domains import ONE_MAILBOX, PLUS_TAGS
from tests.kernels import portable


def one(raw: str | None) -> dict:
    return email.normalise(pa.array([raw], pa.string())).to_pylist()[0]


@pytest.mark.parametrize(
    ("raw", "point"),
    [
        ("ida@example.com", "ida@example.com"),
        ("  Ida.Falk@Example.COM ", "Ida.Falk@example.com"),
        ("mailto:ida@example.com?subject=Hi", "ida@example.com"),
        ("Ida Falk <ida@example.com>", "ida@example.com"),
        ('"Falk, Ida" <ida@example.com>;', "ida@example.com"),
        ("<ida@example.com>", "ida@example.com"),
        ("ida@example.com.", "ida@example.com"),
        ("'ida@example.com", "ida@example.com"),
        ("ida @ example . com", "ida@example.com"),
        ("\u200eida\u00a0@example.com\u2069", "ida@example.com"),
        ("ida＠example.com", "ida@example.com"),
        ("E-Mail: ida@example.com", "ida@example.com"),
        ("ida@example.com (work)", "ida@example.com"),
        ("ida@example.com, n/a", "ida@example.com"),
        ("Info@example.com", "Info@example.com"),
        ("ida@bücher.example", "ida@bücher.example"),
        ("ida@XN--BCHER-KVA.example", "ida@xn--bcher-kva.example"),
        ("ida@shop.test", "ida@shop.test"),
        ("Übung@example.org", "Übung@example.org"),
    ],
)
def test_the_point_is_what_the_person_wrote_with_a_lower_case_domain(raw: str, point: str) -> None:
    found = one(raw)
    assert (found["point"], found["valid"], found["reason"]) == (point, True, None)


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("I.d.a.Falk+news@GoogleMail.com", "idafalk@gmail.com"),
        ("ida.falk+news@outlook.com", "ida.falk@outlook.com"),
        ("ida.falk+a+b@me.com", "ida.falk@icloud.com"),
        ("ida+x@pm.me", "ida@proton.me"),
        ("ida+x@ya.ru", "ida@yandex.ru"),
        ("ida+x@fastmail.fm", "ida@fastmail.fm"),
        ("Ida.Falk+x@example.com", "ida.falk+x@example.com"),
        ("ida+x@yahoo.com", "ida+x@yahoo.com"),
        ("+x@gmail.com", "+x@gmail.com"),
        ("Ida@bücher.example", "ida@xn--bcher-kva.example"),
        ("U\u0308ber@example.com", "über@example.com"),
    ],
)
def test_the_key_is_wide_only_where_the_provider_says_so(raw: str, key: str) -> None:
    assert one(raw)["point_key"] == key


@pytest.mark.parametrize(
    ("raw", "reason", "key"),
    [
        (None, "empty", None),
        ("  ", "empty", None),
        ("n/a", "no_at", "n/a"),
        ("ida@@example.com", "several_at", "ida@@example.com"),
        ("ida@", "missing_part", "ida@"),
        ("ida falk@example.com", "blank_inside", "idafalk@example.com"),
        ("ida..falk@example.com", "dots", "ida..falk@example.com"),
        ("ida@mail example.com", "blank_inside", "ida@mailexample.com"),
        ("ida@[127.0.0.1]", "ip_literal", "ida@[127.0.0.1"),
        ("ida@localhost", "special_use", "ida@localhost"),
        ("ida@shop.invalid", "special_use", "ida@shop.invalid"),
        ("ida@test", "no_top_level_domain", "ida@test"),
        ("ida@example", "no_top_level_domain", "ida@example"),
        ("ida@1.2.3.4", "bad_domain", "ida@1.2.3.4"),
        ("ida@exa_mple.com", "bad_domain", "ida@exa_mple.com"),
        ("i(da@example.com", "bad_local", "i(da@example.com"),
        ("a" * 65 + "@example.com", "too_long", "a" * 65 + "@example.com"),
        ('"ida falk"@example.com', "quoted", '"idafalk"@example.com'),
    ],
)
def test_what_is_no_address_is_kept_with_a_reason(raw: str | None, reason: str, key: str | None) -> None:
    found = one(raw)
    assert (found["point"], found["valid"], found["reason"], found["point_key"]) == (None, False, reason, key)
    assert email.REASONS[reason].endswith(".")


@pytest.mark.parametrize(
    ("raw", "flags"),
    [
        ("ida@example.com", []),
        ("info@example.com", ["role"]),
        ("Sales-DE@example.com", ["role"]),
        ("kontakt@example.org", ["role"]),
        ("ventas2@example.org", ["role"]),
        ("informatik@example.org", []),
        ("ida@mailinator.com", ["disposable"]),
        ("ida@eu.mailinator.com", ["disposable"]),
        ("abc@privaterelay.appleid.com", ["relay"]),
        ("x1y2@marketplace.amazon.co.uk", ["relay"]),
        ("test@test.com", ["junk"]),
        ("asdf@example.com", ["junk"]),
        ("no-reply@example.com", ["junk"]),
        ("info@localhost", []),
        ("ida@gmial.com", ["typo"]),
        ("ida@gmail.con", ["typo"]),
        ("ida@hotmial.fr", ["typo"]),
        ("ida@ymail.com", []),
        ("ida@mail.ru", []),
        ("no@no.com", ["junk"]),
        ("123456@example.com", ["junk"]),
        ("123456@qq.com", []),
    ],
)
def test_flags(raw: str, flags: list[str]) -> None:
    assert one(raw)["flags"] == flags


def test_reserved_domains_of_samples_are_accepted_without_a_flag() -> None:
    cells = [f"ida@{domain}" for domain in ("example.com", "example.org", "example.net", "shop.example", "shop.test")]
    found = email.normalise(pa.array(cells)).to_pylist()
    assert [(row["point"], row["flags"]) for row in found] == [(cell, []) for cell in cells]


def test_rows_stay_aligned_through_repeats_nulls_and_chunks() -> None:
    cells = ["b@example.com", None, "a@example.com", "b@example.com", "?", "a@example.com"]
    chunked = pa.chunked_array([cells[:2], cells[2:]], pa.string())
    assert email.normalise(chunked)["point"].to_pylist() == [
        "b@example.com", None, "a@example.com", "b@example.com", None, "a@example.com",
    ]  # fmt: skip
    assert email.normalise(pa.array([], pa.string())).num_rows == 0
    assert email.normalise(pa.array(cells).dictionary_encode()).equals(email.normalise(pa.array(cells)))


def test_domains_that_are_one_mailbox_agree_about_plus_tags() -> None:
    for alias, main in ONE_MAILBOX.items():
        assert (alias in PLUS_TAGS) == (main in PLUS_TAGS)
        assert main not in ONE_MAILBOX


DOMAINS = [
    "example.com", "GMail.com", "gmail.com", "googlemail.com", "icloud.com", "web.de", "qq.com", "gmial.com",
    "gmailcom", "shop.local", "mozmail.com", "test.com", "a--b.com", "mailinator.com", "b.c-d.ORG", "x.y1", "x.1y",
    "-x.de", "x-.de", "bücher.example", "example.c", "e..com", ".com", "com",
]  # fmt: skip
NAMES = ["ida.falk", "Info", "sales-de", "noreply", "no.reply", "123456", "ida+x", "+ida", "a+b+c", "te.st", "x" * 60]
NAMED = st.one_of(st.sampled_from(NAMES), st.text("aZ0._+-!'\" é", max_size=8))
CELLS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.builds("{}{}@{}{}".format, st.sampled_from(["", " ", "\t", "\u00a0", "<"]), NAMED, st.sampled_from(DOMAINS),
              st.sampled_from(["", " ", "\n", ">", "\x1c", "@"])),
    st.builds("{}@{}".format, NAMED, st.text("aZ0.-", max_size=8)),
)  # fmt: skip


@given(st.lists(CELLS, max_size=60))
def test_compiled_and_portable_reading_are_the_same(cells: list[str | None]) -> None:
    """Also of columns that begin within others."""
    column = pa.array([None, "x@example.org", *cells], pa.string()).slice(2)
    found = email.normalise(column)
    with portable(email):
        assert email.normalise(column).to_pylist() == found.to_pylist()
