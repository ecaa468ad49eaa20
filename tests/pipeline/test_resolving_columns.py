"""What columns of somebody's table are taken for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault.errors import UsageError
from audiencevault.pipeline import people_headers as headers
from audiencevault.pipeline.people_columns import ROLES
from audiencevault.pipeline.people_tables import NAMED, OURS, SAID, VALUED, Taken, assign

FEBRL = {
    "rec_id": ["rec-1-org", "rec-1-dup-0", "rec-2-org", "rec-3-org"],
    "given_name": ["michaela", "michaela", "courtney", "charles"],
    "surname": ["neumann", "neuman", "painter", "green"],
    "street_number": ["8", "8", "12", "38"],
    "address_1": ["stanley street", "stanley street", "pinkerton circuit", "salkauskas crescent"],
    "address_2": ["miami", None, "bega flats", "kela"],
    "suburb": ["winston hills", "winston hills", "richlands", "dapto"],
    "postcode": ["4223", "4223", "4560", "4566"],
    "state": ["nsw", "nsw", "vic", "nsw"],
    "date_of_birth": ["19151111", "19151111", "19161214", "19480930"],
    "soc_sec_id": ["5304218", "5304218", "4066625", "4365168"],
}
GERMAN = {
    "Kundennr.": ["17", "17", "19", "20"], "Vorname": ["Ida", "Ida", "Tom", "Eva"],
    "Nachname": ["Falk", "Falk", "Roth", "Berg"], "Straße": ["Elmweg", "Elmweg", "Am Hang", "Ring"],
    "Hausnummer": ["4", "4a", "7", "11"], "PLZ": ["10115", "10115", "80331", "20095"],
    "Ort": ["Berlin", "Berlin", "München", "Hamburg"], "Geburtsdatum": ["30.10.1985", "", "", "1.2.1990"],
    "E-Mail-Adresse": ["ida@example.com", "", "tom@example.org", ""], "Handy": ["0170 5550100", "", "", ""],
    "Bemerkung": ["a", "b", "c", "d"],
}  # fmt: skip
FRENCH = {
    "Prénom": ["Zoé", "Léa", "Luc"], "Nom": ["Martin", "Petit", "Roux"],
    "Courriel": ["zoe@example.com", "lea@example.com", "luc@example.com"],
    "Téléphone portable": ["06 12 34 56 78", "", ""],
    "Adresse": ["4 rue des Ormes", "", ""], "Code postal": ["75001", "69001", "13001"],
    "Ville": ["Paris", "Lyon", "Nice"],
    "Date de naissance": ["30/10/1985", "", "01/02/1990"],
}  # fmt: skip
SPANISH = {
    "Nombre": ["Eva", "Luz", "Sol"], "Apellidos": ["Gil", "Ríos", "Paz"],
    "DNI": ["00000001R", "00000001R", "00000002W"],
    "Correo electrónico": ["eva@example.com", "", ""], "Teléfono": ["600 000 001", "600 000 002", ""],
    "Dirección": ["Calle Olmo 4", "", ""], "Código postal": ["28001", "", ""], "Ciudad": ["Madrid", "", ""],
}  # fmt: skip
CAMEL = {
    "PersonID": ["1", "2", "3"], "firstName": ["Ida", "Tom", "Eva"], "LastName": ["Falk", "Roth", "Berg"],
    "customerEmail": ["ida@example.com", "tom@example.com", ""], "homePhone": ["+1 202 555 0101", "", ""],
    "Billing City": ["Bern", "", ""], "instagram": ["@ida", "tom.roth", ""], "user_name": ["idaf", "tomr", ""],
}  # fmt: skip


def taken(columns: dict[str, Sequence[Any]], **said: str | None) -> Taken:
    return assign(pa.table({name: list(values) for name, values in columns.items()}), said)


def test_febrl() -> None:
    assert taken(FEBRL).columns == {
        "rec_id": "record_id", "given_name": "first_name", "surname": "last_name", "street_number": "street_number",
        "address_1": "address1", "address_2": "address2", "suburb": "city", "postcode": "postcode", "state": "region",
        "date_of_birth": "birthday", "soc_sec_id": "identifier",
    }  # fmt: skip


def test_german() -> None:
    found = taken(GERMAN)
    assert list(found.columns.values()) == [
        "identifier", "first_name", "last_name", "address1", "street_number", "postcode", "city", "birthday", "email",
        "phone",
    ]  # fmt: skip
    assert found.left == {"Bemerkung": "not known"}


def test_french_and_spanish() -> None:
    assert list(taken(FRENCH).columns.values()) == [
        "first_name", "last_name", "email", "phone", "address1", "postcode", "city", "birthday",
    ]  # fmt: skip
    assert list(taken(SPANISH).columns.values()) == [
        "first_name", "last_name", "identifier", "email", "phone", "address1", "postcode", "city",
    ]  # fmt: skip


def test_names_as_programs_write_them() -> None:
    assert taken(CAMEL).columns == {
        "PersonID": "record_id", "firstName": "first_name", "LastName": "last_name", "customerEmail": "email",
        "homePhone": "phone", "Billing City": "city", "instagram": "handle", "user_name": "handle",
    }  # fmt: skip


MAILS = ["ida@example.com", "Tom <tom@example.com>", "eva@example.com; e@example.org", ""]
PHONES = ["+1 202 555 0101", "+44 20 7946 0018", "0033 1 99 00 00 00", ""]
DATES = ["1990-05-17", "17.5.1990", "19900517", None]


@pytest.mark.parametrize(
    ("header", "values", "role"),
    [
        ("contact", MAILS, "email"),
        ("phone", MAILS, "email"),
        ("full_name", MAILS, "email"),
        ("Wie erreichen wir Sie?", MAILS, "email"),
        ("contact", PHONES, "phone"),
        ("Rückruf unter", PHONES, "phone"),
        ("contact", ["Ida Falk", "Tom Roth", "Eva Berg", "Zoe"], "full_name"),
        ("E-mail", ["-", "none", "n/a", "no"], None),
        ("Telefon", ["ja", "nein", "ja", "nein"], None),
        ("name", ["17", "18", "19", "20"], None),
        ("birthday party", DATES, None),
        ("DOB", DATES, "birthday"),
        ("DOB", ["yes", "no", "yes", "no"], None),
        ("Instagram followers", ["100", "2", "3", "4"], None),
        ("Instagram", ["100", "2", "3", "4"], None),
        ("mother name", ["Ida Falk", "Ida Falk", "Eva", "Zoe"], None),
        ("emergency contact", PHONES, None),
        ("sales rep email", MAILS, None),
        ("password", MAILS, None),
        ("card number", ["4111", "4111", "42", "43"], None),
        ("favourite colour", ["red", "red", "blue", "red"], None),
        ("", ["x", "y", "z", ""], None),
        ("tax id", ["12", "12", "13", "14"], "identifier"),
        ("tax id", ["11", "12", "13", None], None),
        ("passport no.", ["X1", "X1", None, None], "identifier"),
        ("VAT number", ["X1", "X1", "X2", None], None),
        ("id", ["X1", "X1", "X2", "X3"], None),
    ],
)
def test_one_column(header: str, values: list[str | None], role: str | None) -> None:
    found = taken({"given name": ["Ida", "Tom", "Eva", "Zoe"], "record_id": list("abcd"), header or "column 3": values})
    if header == "full_name" or role != "full_name":
        assert found.columns.get(header or "column 3") == role
    if role is None:
        assert found.left[header or "column 3"]


def test_what_the_person_says_is_obeyed() -> None:
    found = taken({"a": MAILS, "b": list("wxyz"), "email": MAILS}, a="company", email=None)
    assert found.columns == {"a": "company"}
    assert found.how == {"a": SAID}
    assert found.left == {"b": "not known", "email": "as you said"}


def test_without_guessing_only_our_names_count() -> None:
    table = pa.table({"record_id": ["a"], "Vorname": ["Ida"], "phone": ["ida@example.com"]})
    assert assign(table, {}, guess=False).columns == {"record_id": "record_id", "phone": "phone"}
    assert assign(table, {}, guess=False).left == {"Vorname": "not one of our names"}
    how = assign(table, {}).how
    assert how == {"record_id": OURS, "Vorname": NAMED, "phone": VALUED}


def test_ids_of_rows_and_numbers_of_persons() -> None:
    names = {"Vorname": ["Ida", "Ida", "Tom"]}
    assert taken({"ID": [1, 2, 3], **names}).columns["ID"] == "record_id"
    assert taken({"Kundennummer": [1, 2, 3], **names}).columns["Kundennummer"] == "record_id"
    both = taken({"Kundennummer": [1, 2, 3], "ID": ["x", "y", "z"], **names})
    assert both.columns == {"ID": "record_id", "Vorname": "first_name"}
    assert both.left == {"Kundennummer": "no two rows share a value"}
    shared = taken({"ID": [1, 1, 2], **names})
    assert shared.left == {"ID": "called like an id, but rows share it"}
    assert "'ID'" in shared.notes[0]
    with_nulls = taken({"ID": [1, None, 2], **names})
    assert "ID" in with_nulls.left


def test_one_number_for_everybody_is_nobodys() -> None:
    rows = 600
    found = taken({"Kundennummer": ["17", "18"] * (rows // 2), "Vorname": ["Ida"] * rows})
    assert found.left == {"Kundennummer": "shared by too many rows to be a person's"}
    assert found.notes == ("Column 'Vorname' holds one value throughout: it tells nobody apart.",)


def test_several_addresses_and_numbers_count() -> None:
    found = taken({"E-Mail": MAILS, "E-Mail 2": MAILS, "Telefon": PHONES, "Mobil": PHONES})
    assert found.roles == {"email": ("E-Mail", "E-Mail 2"), "phone": ("Telefon", "Mobil")}


def test_types_that_cannot_be_compared_are_left_out() -> None:
    found = assign(
        pa.table({
            "record_id": ["a"], "First Name": ["Ida"], "photo": [b"x"], "E-mails": [["ida@example.com"]],
            "Nachname": [["Falk"]], "meta": [{"a": 1}], "ok": [True],
        }),
        {},
    )  # fmt: skip
    assert found.columns == {"record_id": "record_id", "First Name": "first_name", "E-mails": "email"}
    assert found.left == {
        "photo": "of a type that is not compared", "Nachname": "holds lists", "meta": "of a type that is not compared",
        "ok": "of a type that is not compared",
    }  # fmt: skip


def test_rare_values_are_found() -> None:
    many = 10_000
    mails = [None] * many
    mails[7], mails[many // 2 + 1] = "ida@example.com", "tom@example.com"
    found = assign(pa.table({"record_id": range(many), "x": pa.array(mails, pa.string())}), {})
    assert found.columns == {"record_id": "record_id", "x": "email"}


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("Given_Name", "first_name"), ("SURNAME", "last_name"), ("Cognome", "last_name"), ("Förnamn", "first_name"),
        ("Imię", "first_name"), ("Postnummer", "postcode"), ("Código Postal", "postcode"), ("zip_code", "postcode"),
        ("E-postadress", "email"), ("Adresse e-mail", "email"), ("Numero civico", "street_number"),
        ("Huisnummer", "street_number"), ("Data di nascita", "birthday"), ("geboortedatum", "birthday"),
        ("Firma", "company"), ("address_line_1", "address1"), ("Shipping Address1", "address1"),
        ("last_modified", "updated_at"), ("Name", "name"), ("Benutzername", "handle"), ("weight", None), ("tags", None),
    ],
)  # fmt: skip
def test_headers(header: str, role: str | None) -> None:
    assert headers.role_of(header) == role


@pytest.mark.parametrize(
    "header",
    ["SSN", "soc_sec_id", "Tax ID", "Steuer-ID", "Kundennummer", "customer_id", "Customer No.", "Membership no",
     "passport", "Reisepassnummer", "NHS number", "codice fiscale", "DNI", "Mitgliedsnr", "Numéro client"],
)  # fmt: skip
def test_numbers_of_persons(header: str) -> None:
    assert headers.is_personal_number(header)


@pytest.mark.parametrize(
    "header", ["order id", "invoice no", "VAT number", "SIRET", "card number", "street number", "n"]
)
def test_numbers_of_anything_else(header: str) -> None:
    assert not headers.is_personal_number(header)


@given(st.text(max_size=30))
@settings(max_examples=60)
def test_any_header_gets_an_answer(header: str) -> None:
    assert headers.role_of(header) in {None, "name", *ROLES}
    assert headers.platform_of(header) in {None, *headers.PLATFORMS}
    for ask in (headers.is_row_id, headers.is_personal_number, headers.is_secret, headers.is_of_somebody_else):
        assert ask(header) in (True, False)


@given(
    st.lists(
        st.one_of(st.none(), st.text(max_size=12), st.sampled_from(("ida@example.com", "1990-01-01", "17"))),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(("name", "E-Mail", "Telefon", "id", "ssn", "Instagram", "x")),
)
@settings(max_examples=60)  # fmt: skip
def test_any_column_is_taken_or_left(values: list[str | None], header: str) -> None:
    found = assign(pa.table({header: pa.array(values, pa.string())}), {})
    assert (header in found.columns) is (header not in found.left)


def test_the_refusals_of_wrong_names() -> None:
    with pytest.raises(UsageError, match="no column 'x'"):
        taken({"a": ["1"]}, x="email")
    with pytest.raises(UsageError, match="'emial'"):
        taken({"a": ["1"]}, a="emial")


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("E-mail 1 - Value", "email"), ("Address 1 - Postal Code", "postcode"), ("Organization Name", "company"),
        ("Business Phone", "phone"), ("Home Street", "address1"), ("MailingPostalCode", "postcode"),
        ("LastModifiedDate", "updated_at"), ("Default Address Address1", "address1"), ("Geb.-Datum", "birthday"),
        ("Tel. dienstl.", "phone"), ("Né(e) le", "birthday"), ("C.P.", "postcode"), ("house_num", "street_number"),
        ("E-mail 1 - Label", None), ("Organization Title", None), ("birth_place", None), ("Job Title", None),
    ],
)  # fmt: skip
def test_headers_of_programs(header: str, role: str | None) -> None:
    assert headers.role_of(header) == role


def test_home_comes_before_work() -> None:
    found = taken({"Business City": ["Bern", "Thun"], "Home City": ["Köniz", None], "Name": ["Ida Falk", "Tom Roth"]})
    assert found.roles["city"] == ("Home City", "Business City")


def test_who_pays_for_those_who_attend_is_somebody_else() -> None:
    bought = {"Buyer Email": MAILS}
    assert taken(bought).columns == {"Buyer Email": "email"}
    attended = taken({**bought, "Attendee Name": ["Ida Falk", "Tom Roth", "Eva Berg", "Zoe Holm"]})
    assert attended.left == {"Buyer Email": "about somebody else"}
