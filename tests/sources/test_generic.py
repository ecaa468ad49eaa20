from __future__ import annotations

from pathlib import Path

import pytest

from audiencevault.errors import ExportError, MissingExtraError
from audiencevault.export import open_exports
from audiencevault.sources import generic, table_reader, table_sheet, table_spec, table_words
from audiencevault.sources.importer import Claim, ImportContext, discover, identify
from audiencevault.sources.tabular import importer_from_spec
from audiencevault.sources.testing import Reading, check_reading, extract


def claims(root: Path, content: str, name: str = "list.csv") -> list[Claim]:
    (root / name).write_text(content)
    exports, errors = open_exports([root / name])
    assert errors == []
    return identify(exports, discover())


def read(root: Path, content: str, name: str = "list.csv") -> Reading:
    (claim,) = claims(root, content, name)
    assert claim.source == "table.generic"
    reading = extract(claim, ImportContext())
    assert check_reading(reading) == []
    return reading


@pytest.mark.parametrize(
    "header",
    [
        "First name,Last name,E-mail,Phone,Street,Postcode,City,Country,Date of birth,Company",
        "Vorname,Nachname,E-Mail-Adresse,Telefon,Straße,PLZ,Ort,Land,Geburtsdatum,Firma",
        "Prénom,Nom,Adresse e-mail,Téléphone,Rue,Code postal,Ville,Pays,Date de naissance,Société",
        "Nombre,Apellidos,Correo electrónico,Teléfono,Calle,Código postal,Ciudad,País,Fecha de nacimiento,Empresa",
        "Nome,Cognome,Indirizzo e-mail,Cellulare,Via,CAP,Città,Paese,Data di nascita,Azienda",
        "Nome,Sobrenome,Endereço de e-mail,Telefone,Rua,CEP,Cidade,País,Data de nascimento,Empresa",
        "Voornaam,Achternaam,E-mailadres,Telefoonnummer,Straat,Postcode,Woonplaats,Land,Geboortedatum,Bedrijf",
        "Förnamn,Efternamn,E-postadress,Mobil,Gata,Postnummer,Stad,Land,Födelsedatum,Företag",
        "Fornavn,Efternavn,E-mailadresse,Tlf,Gade,Postnr,By,Land,Fødselsdato,Virksomhed",
        "Fornavn,Etternavn,E-post,Mobilnr,Gateadresse,Postnummer,Poststed,Land,Fødselsdato,Bedrift",
        "Imię,Nazwisko,Adres e-mail,Numer telefonu,Ulica,Kod pocztowy,Miasto,Kraj,Data urodzenia,Nazwa firmy",
        "first_name,last_name,email_address,phone_number,street_address,zip_code,city,country_code,dob,company_name",
    ],
)
def test_headers_in_many_languages(tmp_path: Path, header: str) -> None:
    row = "Ida,Falk,ida@example.com,+12025550147,12 Quay Lane,97201,Portland,US,1990-02-03,Wick"
    (record,) = read(tmp_path, f"{header}\n{row}\n").records.to_pylist()
    fields = ("first_name", "last_name", "address1", "postcode", "city", "country", "birthday", "company")
    assert [record[field] for field in fields] == [
        "Ida", "Falk", "12 Quay Lane", "97201", "Portland", "US", "1990-02-03", "Wick",
    ]  # fmt: skip
    assert [point["raw"] for point in record["points"]] == ["ida@example.com", "+12025550147"]
    assert record["extra"] == []


@pytest.mark.parametrize(
    "content",
    [
        "Product,Price\nTin,9.00\n",
        "Name,Price,Stock\nTin,9.00,3\n",
        "Date,Email,Opens\n2026-01-01,Spring letter,30\n",
        "Sitename;Wert\nx;y\n",
        "just a text\nwith some lines\n",
        "Email Address,Confirmed,Primary,Updated On\nshop@example.com,Yes,Yes,2020\n",
        "Extension,Number,Type\n,+12025550100,Mobile\n",
    ],
)
def test_a_table_of_something_else_is_not_recognised(tmp_path: Path, content: str) -> None:
    assert claims(tmp_path, content) == []


def test_an_unknown_language_is_told_by_its_values(tmp_path: Path) -> None:
    reading = read(tmp_path, "Nimi,Sähköposti\nIda,ida@example.com\nOla,ola@example.com\n")
    assert [row["points"][0]["raw"] for row in reading.records.to_pylist()] == ["ida@example.com", "ola@example.com"]
    assert dict(reading.records.to_pylist()[0]["extra"]) == {"Nimi": "Ida"}


@pytest.mark.parametrize(
    ("header", "cell", "channel", "said"),
    [
        ("Newsletter", "yes", "email", "observed subscribed"),
        ("Newsletter", "ja", "email", "observed subscribed"),
        ("Newsletter", "no", "email", "observed not_subscribed"),
        ("Newsletter", "", None, None),
        ("Newsletter", "weekly", None, None),
        ("Accepts marketing", "TRUE", "email", "observed subscribed"),
        ("SMS opt-in", "1", "sms", "observed subscribed"),
        ("Email Opt Out", "true", "email", "withdrawn"),
        ("Email Opt Out", "false", None, None),
        ("Unsubscribed", "x", "email", "withdrawn"),
        ("Do not contact?", "1", "email", "withdrawn"),
        ("Unsubscribed at", "2026-01-02", "email", "withdrawn"),
        ("Email status", "unsubscribed", "email", "withdrawn"),
        ("Email status", "bounced", "email", "suppressed"),
        ("Subscription status", "Pending", "email", "requested"),
        ("Status", "active", None, None),
        ("Consent", "yes", None, None),
        ("Marketing contact status", "yes", None, None),
        ("Terms accepted", "yes", None, None),
        ("Newsletter date", "yes", None, None),
    ],
)
def test_consent_like_columns(tmp_path: Path, header: str, cell: str, channel: str | None, said: str | None) -> None:
    reading = read(tmp_path, f"Email,Phone,{header}\nida@example.com,+12025550147,{cell}\n")
    found = [row for row in reading.events.to_pylist() if row["event_type"] != "relationship"]
    shown = [(row["channel"], f"{row['event_type']} {row['state'] or ''}".strip()) for row in found]
    assert shown == ([] if said is None else [(channel, said)])
    # A yes of a list is what the list says today: never the person's own, dated act.
    assert not {"granted", "confirmed"} & {row["event_type"] for row in found}


def test_a_sign_up_date_makes_no_consent(tmp_path: Path) -> None:
    reading = read(tmp_path, "Email,Newsletter,Sign-up date\nida@example.com,yes,2026-01-02\n")
    (event,) = [row for row in reading.events.to_pylist() if row["channel"] == "email"]
    assert (event["event_type"], event["occurred_at"]) == ("observed", None)
    assert reading.records.to_pylist()[0]["first_seen_at"] is not None


def test_secrets_are_dropped_and_the_rest_is_kept(tmp_path: Path) -> None:
    header = "Email,Password hash,Reset token,Card last4,IP address,License key,Loyalty points"
    reading = read(tmp_path, f"{header}\nida@example.com,a,b,c,d,e,40\n")
    assert reading.records.to_pylist()[0]["extra"] == [("Loyalty points", "40")]


def test_totals_footers_and_empty_rows(tmp_path: Path) -> None:
    reading = read(tmp_path, "Name,Email,Spent\nIda,ida@example.com,3\n , ,\n,,3\nTotal:,,3\n")
    assert reading.records.num_rows == 1
    assert reading.skipped == {"empty_row": 1, "totals_row": 1}
    assert reading.rejects.column("code").to_pylist() == ["no_person"]


def test_a_copy_with_a_date_in_its_name_is_the_same_table(tmp_path: Path) -> None:
    content = "Name,Email\nIda,ida@example.com\n"
    ids = {
        read(tmp_path, content, name).records.column("record_id").to_pylist()[0]
        for name in ("Fair list.csv", "fair list (1).csv", "Fair list 2026-10-03.csv", "Fair list copy.csv")
    }
    assert len(ids) == 1
    other = read(tmp_path, content, "market.csv").records.column("record_id").to_pylist()[0]
    assert other not in ids


def test_a_guess_written_out_reads_the_same_and_wins(tmp_path: Path) -> None:
    content = "Vorname;E-Mail;E-Mail 2;Newsletter;Schlagworte\nIda;ida@example.com;i@example.org;ja;a, b\n"
    guessed = read(tmp_path, content)
    (claim,) = claims(tmp_path, content)
    head = table_reader.sniff(claim.members[0])
    assert head is not None
    spec = generic.guess(head)
    assert spec is not None
    path = tmp_path / "own.toml"
    path.write_text(generic.spec_to_toml(spec))
    assert table_spec.load(path) == spec
    mine = extract(importer_from_spec(path).identify(claim.export)[0], ImportContext(account="list"))
    assert mine.records.equals(guessed.records)
    assert mine.events.equals(guessed.events)


def test_owner_words_of_every_language_are_in_loose_form() -> None:
    for words in (*table_words.FIELDS.values(), table_words.EMAIL, table_words.PHONE):
        assert all(word == table_words.loose(word) for word in words)


def test_no_header_word_means_two_things() -> None:
    seen: dict[str, str] = {}
    tables = {"email": table_words.EMAIL, "phone": table_words.PHONE, **table_words.FIELDS}
    for field, words in tables.items():
        for word in words:
            assert seen.setdefault(word, field) == field, word


def test_a_spreadsheet_that_is_a_web_page_says_so(tmp_path: Path) -> None:
    (tmp_path / "list.xlsx").write_bytes(b"<html>sign in</html>")
    exports, _ = open_exports([tmp_path / "list.xlsx"])
    (claim,) = identify(exports, discover())
    assert (claim.present, claim.layout) == ((), "spreadsheet, not opened")
    assert "is not a spreadsheet" in claim.notes[0]
    with pytest.raises(ExportError, match="is not a spreadsheet"):
        extract(claim, ImportContext())


def test_a_spreadsheet_without_its_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_sheet, "available", lambda: False)
    (tmp_path / "list.xlsx").write_bytes(b"PK")
    exports, _ = open_exports([tmp_path / "list.xlsx"])
    (claim,) = identify(exports, discover())
    with pytest.raises(MissingExtraError) as caught:
        extract(claim, ImportContext())
    assert "audiencevault[xlsx]" in caught.value.hint
