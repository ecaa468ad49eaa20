from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.export import Limits, open_exports
from audiencevault.sources.importer import ImportContext
from audiencevault.sources.testing import Reading, check_reading, extract
from audiencevault.sources.vcard import VCardImporter
from audiencevault.sources.vcard_text import Card, cards, split, unescape


def card(*lines: str, version: str = "3.0", end: str = "\r\n") -> str:
    return end.join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def read(root: Path, content: str | bytes, settings: ImportContext | None = None) -> Reading:
    path = root / "contacts.vcf"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    exports, errors = open_exports([path])
    assert errors == []
    (claim,) = VCardImporter().identify(exports[0])
    reading = extract(claim, settings or ImportContext())
    assert check_reading(reading) == []
    return reading


def one(root: Path, content: str | bytes) -> dict[str, object]:
    (record,) = read(root, content).records.to_pylist()
    return dict(record)


def parsed(text: str) -> list[Card]:
    return list(cards(io.StringIO(text, newline=""), 1_000_000))


@pytest.mark.parametrize(
    ("lines", "version"),
    [
        (["FN:Ida Falk", "N:Falk;Ida;;;"], "3.0"),
        (["FN:Ida", "  Falk", "N:Fa", " lk;Ida;;;"], "3.0"),
        (["FN:Ida", "\t Falk", "N:Falk;Ida"], "4.0"),
        (["fn:Ida Falk", "n:Falk;Ida;;;"], "4.0"),
        (["FN;ENCODING=QUOTED-PRINTABLE:Ida =", "Falk", "N;QUOTED-PRINTABLE:F=61lk;Ida"], "2.1"),
        (["item1.FN:Ida Falk", 'ITEM1.N;X-A="a:b;c":Falk;Ida;;;'], "3.0"),
    ],
)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_one_name_in_every_grammar(tmp_path: Path, lines: list[str], version: str, end: str) -> None:
    record = one(tmp_path, card(*lines, version=version, end=end))
    assert (record["full_name"], record["first_name"], record["last_name"]) == ("Ida Falk", "Ida", "Falk")


def test_quoted_printable_in_its_charset_and_in_an_unknown_one(tmp_path: Path) -> None:
    latin = "FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:J=FCrgen"
    unknown = "FN;CHARSET=x-nothing;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen"
    codec = "FN;CHARSET=hex;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen"
    for line in (latin, unknown, codec):
        assert one(tmp_path, card(line, version="2.1"))["full_name"] == "Jürgen"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    assert one(tmp_path, card("FN:Zoë Ångström").encode(encoding))["full_name"] == "Zoë Ångström"


def test_phones_and_addresses_with_their_labels_preferred_first(tmp_path: Path) -> None:
    record = one(tmp_path, card(
        "FN:Ida",
        "TEL;TYPE=WORK,VOICE:+1 202-555-0147",
        'TEL;VALUE=uri;PREF=1;TYPE="cell":tel:+44-7700-900123',
        "TEL;WORK;FAX:+1 202-555-0199",
        "item1.EMAIL:ida@example.com",
        "item1.X-ABLabel:_$!<Other>!$_",
        "item2.EMAIL;type=pref:ida@example.org",
        "item2.X-ABLabel:Shop",
        "TEL;VALUE=uri:tel:+1-202-555-0148;ext=7;phone-context=x",
    ))  # fmt: skip
    assert record["points"] == [
        {"kind": "email", "raw": "ida@example.org", "label": "Shop"},
        {"kind": "email", "raw": "ida@example.com", "label": "Other"},
        {"kind": "phone", "raw": "+44-7700-900123", "label": "cell"},
        {"kind": "phone", "raw": "+1 202-555-0147", "label": "work"},
        {"kind": "phone", "raw": "+1-202-555-0148 ext. 7", "label": None},
    ]
    assert dict(record["extra"]) == {"fax": "+1 202-555-0199"}  # type: ignore[call-overload]


def test_pictures_are_dropped_in_every_form(tmp_path: Path) -> None:
    data = "QUJD" * 5000
    folded = "\r\n ".join(data[start : start + 70] for start in range(0, len(data), 70))
    bare = "\r\n".join(data[start : start + 70] for start in range(0, len(data), 70))
    text = (
        card("FN:One", f"PHOTO;ENCODING=b;TYPE=JPEG:{folded}", "NOTE:kept")
        + card("FN:Two", f"PHOTO;BASE64;JPEG:{bare}", "", "NOTE:kept", version="2.1")
        + card("FN:Three", f"PHOTO:data:image/jpeg;base64,{data}", "NOTE:kept", version="4.0")
        + card("FN:Four", f"LOGO;ENCODING=BASE64:{data}", "NOTE:kept")
    )
    reading = read(tmp_path, text, ImportContext(limits=Limits(max_field_chars=1000)))
    assert reading.records["full_name"].to_pylist() == ["One", "Two", "Three", "Four"]
    assert reading.records["extra"].to_pylist() == [[("note", "kept")]] * 4


def test_a_field_beyond_the_limit_costs_one_card(tmp_path: Path) -> None:
    text = (
        card("FN:One", "NOTE:" + "x" * 2000)
        + card("FN:Two", "NOTE:" + "\r\n ".join(["x" * 70] * 30))
        + card("FN:Three")
    )
    reading = read(tmp_path, text, ImportContext(limits=Limits(max_field_chars=1000)))
    assert reading.records["full_name"].to_pylist() == ["Three"]
    assert reading.rejects["code"].to_pylist() == ["too_long", "too_long"]
    assert reading.rejects["locator"].to_pylist() == ["card 1", "card 2"]


def test_a_card_without_its_end_is_rejected_and_the_next_one_read(tmp_path: Path) -> None:
    text = card("FN:One").replace("END:VCARD\r\n", "") + card("FN:Two") + card("FN:Three")[:-20]
    reading = read(tmp_path, text)
    assert reading.records["full_name"].to_pylist() == ["Two"]
    assert list(zip(reading.rejects["locator"].to_pylist(), reading.rejects["code"].to_pylist(), strict=True)) == [
        ("card 1", "no_end"), ("card 3", "no_end")
    ]  # fmt: skip


def test_groups_are_not_people_and_companies_have_no_personal_name(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        card("FN:Friends", "X-ADDRESSBOOKSERVER-KIND:group")
        + card("FN:Friends", "KIND:group", version="4.0")
        + card("FN:Wick Works", "N:;;;;", "X-ABShowAs:COMPANY", "TEL:020 7946 0123"),
    )
    (record,) = reading.records.to_pylist()
    assert (record["full_name"], record["company"]) == (None, "Wick Works")
    assert reading.skipped == {"group": 2}


@pytest.mark.parametrize("line", ["TEL:+1 202-555-0147", "EMAIL:ida@example.com", "ORG:Example AB", "NICKNAME:Idi"])
def test_a_card_needs_no_name(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, card(line)).records.num_rows == 1


def test_a_card_with_nobody_on_it_is_rejected(tmp_path: Path) -> None:
    reading = read(tmp_path, card("NOTE:nobody", "N:;;;;", "FN:"))
    assert reading.rejects["code"].to_pylist() == ["empty"]


def test_keys_are_stable_and_tell_cards_apart(tmp_path: Path) -> None:
    ida = card("FN:Ida", "EMAIL:ida@example.com", "TEL:+1 202-555-0147")
    turned = card("TEL:+1 202-555-0147", "EMAIL:ida@example.com", "FN:Ida", "NOTE:later")
    reading = read(tmp_path, ida + turned + card("FN:Bo", "UID:urn:uuid:1") + card("FN:Cy", "UID:urn:uuid:1"))
    assert reading.records["full_name"].to_pylist() == ["Ida", "Bo", "Cy"]
    assert reading.records["source_key"].to_pylist()[1] == "1"
    assert reading.skipped == {"duplicate": 1}
    assert len(set(reading.records["record_id"].to_pylist())) == 3


@pytest.mark.parametrize(
    ("line", "birthday"),
    [
        ("BDAY:1990-06-15", "1990-06-15"),
        ("BDAY:19900615", "19900615"),
        ("BDAY:--0615", "--0615"),
        ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-06-15", "--06-15"),
        ("BDAY;VALUE=text:circa 1990", "circa 1990"),
    ],
)
def test_birthdays_are_kept_as_written(tmp_path: Path, line: str, birthday: str) -> None:
    assert one(tmp_path, card("FN:Ida", line))["birthday"] == birthday


def test_addresses_keep_their_parts_and_escapes(tmp_path: Path) -> None:
    record = one(tmp_path, card(
        "FN:Ida",
        "ADR;TYPE=work:;;Other 1;Town;;;",
        r"ADR;TYPE=home,pref:PO 7;c/o Bo;Main\, St. 1\nFloor 2;City\;X;R;12345;Sweden",
    ))  # fmt: skip
    names = ("address1", "address2", "city", "region", "postcode", "country")
    assert [record[name] for name in names] == [
        "Main, St. 1",
        "Floor 2, c/o Bo, PO 7",
        "City;X",
        "R",
        "12345",
        "Sweden",
    ]
    assert dict(record["extra"])["address 2"] == "Other 1, Town"  # type: ignore[call-overload]


def test_only_vcard_files_are_claimed_one_claim_a_folder(tmp_path: Path) -> None:
    for name in ("a/1.vcf", "a/2.VCF", "b/3.vcard"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(card("FN:Ida"))
    (tmp_path / "b/not.vcf").write_text("hello")
    (tmp_path / "b/card.txt").write_text(card("FN:Ida"))
    exports, _ = open_exports([tmp_path])
    claims = VCardImporter().identify(exports[0])
    assert [(claim.root, [member.name for member in claim.members]) for claim in claims] == [
        ("a/", ["1.vcf", "2.VCF"]), ("b/", ["3.vcard"])
    ]  # fmt: skip


ALPHABET = st.text('ab;,:\\n \t="äé\U0001f56f', max_size=20)


@given(st.lists(ALPHABET, min_size=1, max_size=6))
def test_what_is_escaped_comes_back(parts: list[str]) -> None:
    def escaped(text: str) -> str:
        return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")

    written = ";".join(map(escaped, parts))
    assert [unescape(part) for part in split(written, ";")] == parts


LINES = (
    "BEGIN:VCARD", "END:VCARD", "END:VCARDBEGIN:VCARD", "FN:Ida", "N:;;", " folded", "\t", "", "AGENT:", "a.b.c:d",
    "NOTE;QUOTED-PRINTABLE:a=", "PHOTO;BASE64:QUJD", "QUJD", ":", ";:", 'X;A="', "TEL;TYPE=:tel:", "=",
    "\ufeffBEGIN:VCARD",
)  # fmt: skip


@given(st.lists(st.sampled_from(LINES), max_size=14))
def test_no_arrangement_of_lines_breaks_the_grammar(lines: list[str]) -> None:
    found = parsed("\n".join(lines))
    assert [item.number for item in found] == list(range(1, len(found) + 1))
    ends = sum(line.upper().count("END:VCARD") for line in lines)
    assert sum(not item.problem for item in found) <= ends
