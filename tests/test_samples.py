"""The sample exports: written by their script, byte for byte, and holding nobody who could exist."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from audiencevault.export import decode, open_exports, text_stream

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_exports"
TRUTH = ROOT / "tests" / "goldens" / "story_truth.csv"
EXPORTED = {".csv", ".zip", ".vcf"}

RESERVED_DOMAIN = re.compile(r"(?:^|\.)(?:example\.(?:com|net|org)|test|example)$", re.IGNORECASE)
# Ranges set aside for fiction, without the country's code or the leading zero of calls at home.
RESERVED_NUMBER = re.compile(
    r"(?:00)?1?[2-9]\d\d55501\d\d|(?:00)?(?:44)?0?7700900\d{3}|(?:00)?(?:49)?0?3023125\d{3}|(?:33)?0?63998\d{4}"
    r"|(?:46)?0?7017406\d\d|(?:61)?0?491570\d{3}|0000000000"
)
NUMBER_COLUMNS = {
    "Default Address Phone",
    "Billing Phone",
    "Shipping Phone",
    "Phone Number",
    "phone_number",
    "PhoneNumbers",
} | {"Phone", "Telefon"}


def exported() -> list[Path]:
    return sorted(path for path in SAMPLES.rglob("*") if path.suffix in EXPORTED)


def texts() -> Iterator[tuple[str, str]]:
    exports, errors = open_exports([SAMPLES])
    assert not errors
    for export in exports:
        assert not export.problems
        for member in export.members:
            if member.name.endswith((".csv", ".json", ".html", ".vcf")):
                with text_stream(member) as stream:
                    yield member.path, stream.read()


def tables() -> Iterator[tuple[str, list[dict[str, str]]]]:
    for path, text in texts():
        if path.endswith(".csv"):
            body = text.split("\n\n", 1)[1] if text.startswith("Notes:") else text
            delimiter = max(",;\t", key=body.split("\n", 1)[0].count)
            yield path, list(csv.DictReader(io.StringIO(body, newline=""), delimiter=delimiter))


def rows(name: str) -> list[dict[str, str]]:
    return next(found for path, found in tables() if path.rpartition("/")[2].startswith(name))


def test_the_script_writes_these_bytes(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, SAMPLES / "make_story.py", "--out", tmp_path, "--truth", tmp_path / "truth.csv"],
        check=True,
        capture_output=True,
    )
    written = {
        path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.*") if path.name != "truth.csv"
    }
    assert written == {path.relative_to(SAMPLES): path.read_bytes() for path in exported()}
    assert (tmp_path / "truth.csv").read_bytes() == TRUTH.read_bytes()


def test_they_stay_small() -> None:
    assert sum(path.stat().st_size for path in exported()) < 500_000


def test_no_address_could_be_anybodys() -> None:
    found = Counter(domain for _, text in texts() for domain in re.findall(r"[\w.+-]+@+([\w.-]+\w)", text))
    assert sum(found.values()) > 700
    assert [domain for domain in found if not RESERVED_DOMAIN.search(domain)] == []


def test_no_number_could_be_anybodys() -> None:
    numbers = [
        cell for _, table in tables() for row in table for column in NUMBER_COLUMNS & set(row) for cell in [row[column]]
    ]
    for path, text in texts():
        if path.endswith(".vcf"):
            numbers += re.findall(r"^TEL[^:]*:(?:tel:)?(.*?)\r?$", text, re.MULTILINE)
        if path.endswith(".json"):
            numbers += re.findall(r'"value": "([-+().\d ]{8,})"', text)
    told = [number for number in numbers if number and "dummy data" not in number]
    assert len(told) > 300
    strange = [number for number in told if not RESERVED_NUMBER.fullmatch(re.sub(r"\(0\)|\D", "", number))]
    assert strange == []


def test_no_internet_address_could_be_anybodys() -> None:
    found = {address for _, text in texts() for address in re.findall(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", text)}
    assert len(found) > 50
    assert [address for address in found if not address.startswith(("192.0.2.", "198.51.100.", "203.0.113."))] == []


def test_zips_carry_no_trace_of_a_machine() -> None:
    for path in exported():
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                assert {info.create_system for info in archive.infolist()} == {3}
                assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_the_truth_is_about_everybody() -> None:
    truth = list(csv.DictReader(io.StringIO(TRUTH.read_text("utf-8"))))
    assert {row["person"] for row in truth} == {f"p{number:03}" for number in range(1, 301)}
    assert all((SAMPLES / row["file"].partition("::")[0]).is_file() for row in truth)
    files = Counter(row["person"] for row in {(row["person"], row["file"]): row for row in truth}.values())
    assert sum(count > 1 for count in files.values()) > 200


def test_rows_of_the_truth_are_the_rows_of_the_files() -> None:
    truth = list(csv.DictReader(io.StringIO(TRUTH.read_text("utf-8"))))
    shop = rows("customers_export.csv")
    for row in truth:
        if row["file"] == "shopify/customers_export.csv":
            assert shop[int(row["row"]) - 1]["Customer ID"] == "'" + row["key"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (
            "customers_export.csv",
            {"Last Name": '=HYPERLINK("http://example.com")', "Email": "casey.rutledge@example.com"},
        ),
        ("customers_export.csv", {"First Name": "Thomas", "Last Name": "Keller", "Accepts Email Marketing": "yes"}),
        ("unsubscribed_", {"First Name": "Thomas", "Last Name": "Keller"}),
        ("unsubscribed_", {"UNSUB_REASON": "SPAM"}),
        ("cleaned_", {"Email Address": "robert.f@example.org"}),
        ("customers_export_2021.csv", {"First Name": "RenÃ©e", "Email": "renee.m@example.org"}),
        ("subscribed_", {"First Name": "小明", "Last Name": "王"}),
        ("newsletter_signup_sheet.csv", {"Vorname": "Lindberg", "Nachname": "Sofia"}),
        ("newsletter_signup_sheet.csv", {"Nachname": "'t Hooft", "Newsletter": "ja"}),
        ("Connections.csv", {"First Name": "Liz", "Last Name": "Hale, PhD"}),
        ("leads_spring_form.csv", {"email": "info@example.net", "may_we_email_you?": "no"}),
    ],
)
def test_the_story_is_told(name: str, wanted: dict[str, str]) -> None:
    assert any(wanted.items() <= row.items() for row in rows(name))


def test_encodings_are_as_people_have_them() -> None:
    def encoding(name: str) -> str:
        return decode((SAMPLES / name).read_bytes())[1]

    assert encoding("market_stall/newsletter_signup_sheet.csv") == "cp1252"
    assert encoding("meta/leads_market_form.csv") == "utf-16"
    assert encoding("shopify/customers_export_2021.csv") == "utf-8-sig"
    assert encoding("shopify/customers_export.csv") == "utf-8"
