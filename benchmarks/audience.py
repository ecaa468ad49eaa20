"""A synthetic shop's folder of exports, with duplicates and dirt, at any size.

People and numbers are random and addresses lie on reserved domains. Nothing of this is ever committed: half a
million different numbers do not fit into the ranges that are reserved for fiction.
"""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FIRST = [
    "Maria",
    "Anna",
    "Eva",
    "Ida",
    "Lena",
    "Mia",
    "Nora",
    "Sofia",
    "Emma",
    "Clara",
    "Julia",
    "Laura",
    "Sara",
    "Lisa",
    "Elena",
    "Olga",
    "Irina",
    "Fatima",
    "Aisha",
    "Mei",
    "John",
    "James",
    "Peter",
    "Paul",
    "Liam",
    "Noah",
    "Lucas",
    "Leon",
    "Max",
    "Felix",
    "Oscar",
    "Hugo",
    "Emil",
    "Ivan",
    "Oleg",
    "Omar",
    "Ali",
    "Wei",
    "Jun",
    "Hiro",
    "Elizabeth",
    "Katherine",
    "Margaret",
    "William",
    "Robert",
    "Thomas",
    "Alexander",
    "Nikolai",
    "Dmitri",
    "Jose",
    "Carlos",
    "Luis",
    "Pedro",
    "Ines",
    "Beatriz",
    "Chloe",
    "Manon",
]
SYLLABLES = [
    "ber",
    "gen",
    "mar",
    "lin",
    "dal",
    "ros",
    "sten",
    "hol",
    "ner",
    "vik",
    "man",
    "son",
    "sen",
    "ova",
    "kov",
    "ska",
    "res",
    "car",
    "lo",
    "pez",
    "ti",
    "no",
    "el",
    "ma",
    "ri",
    "za",
    "ko",
    "va",
    "chen",
    "wu",
]
CITIES = [
    ("Portland", "OR", "US", "972"),
    ("Austin", "TX", "US", "787"),
    ("Denver", "CO", "US", "802"),
    ("Berlin", "BE", "DE", "101"),
    ("Hamburg", "HH", "DE", "203"),
    ("Lyon", "", "FR", "690"),
    ("Malmo", "", "SE", "211"),
]
AREA_CODES = [
    "503",
    "541",
    "512",
    "303",
    "720",
    "206",
    "415",
    "212",
    "718",
    "312",
    "617",
    "305",
    "404",
    "602",
    "702",
    "801",
    "608",
    "612",
    "314",
    "816",
    "504",
    "615",
    "704",
    "919",
    "410",
    "215",
    "412",
    "216",
    "614",
    "317",
    "313",
    "414",
    "515",
    "402",
    "405",
    "918",
    "210",
    "214",
    "713",
    "817",
    "901",
    "205",
    "502",
    "843",
    "757",
    "804",
    "401",
    "203",
    "860",
    "207",
    "603",
    "802",
    "505",
    "575",
    "208",
    "406",
    "307",
    "605",
]


@dataclass(frozen=True)
class Person:
    """Who somebody is, before the exports spoil it."""

    number: int
    first: str
    last: str
    email: str
    phone: str
    street: str
    city: tuple[str, str, str, str]
    postcode: str


def people(count: int, seed: int = 7) -> Iterator[Person]:
    """`count` people with Zipf-like surnames; the same seed, the same people."""
    rng = random.Random(seed)
    surnames = sorted({"".join(rng.choices(SYLLABLES, k=rng.choice((2, 2, 3)))).title() for _ in range(30_000)})
    weights = [1 / (rank + 5) for rank in range(len(surnames))]
    lasts = rng.choices(surnames, weights, k=count)
    for number in range(count):
        first, last = rng.choice(FIRST), lasts[number]
        city = rng.choice(CITIES)
        local = f"{first}.{last}{number % 9973}".lower()
        yield Person(
            number,
            first,
            last,
            f"{local}@{'mail' if number % 3 else 'post'}{number % 211}.example.com",
            f"+1{rng.choice(AREA_CODES)}{rng.randint(200, 999)}01{rng.randint(0, 99):02d}",
            f"{rng.randint(1, 400)} {last} Street",
            city,
            f"{city[3]}{rng.randint(10, 99)}",
        )


def _spoil(rng: random.Random, person: Person) -> tuple[str, str, str, str]:
    first, last, email, phone = person.first, person.last, person.email, person.phone
    dice = rng.random()
    if dice < 0.09:
        email = email.title()
    elif dice < 0.12:
        email = email.replace("@", "+shop@", 1)
    elif dice < 0.17:
        email = f"{first}{person.number}@old.example.org".lower()
    if rng.random() < 0.15:
        phone = f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"
    dice = rng.random()
    if dice < 0.02:
        first, last = last, first
    elif dice < 0.04:
        first = first[0] + "."
    elif dice < 0.06 and len(last) > 4:
        last = last[:2] + last[3:]
    return first, last, email, phone


CUSTOMERS = [
    "Customer ID",
    "First Name",
    "Last Name",
    "Email",
    "Accepts Email Marketing",
    "Default Address Company",
    "Default Address Address1",
    "Default Address Address2",
    "Default Address City",
    "Default Address Province Code",
    "Default Address Country Code",
    "Default Address Zip",
    "Default Address Phone",
    "Phone",
    "Accepts SMS Marketing",
    "Total Spent",
    "Total Orders",
    "Note",
    "Tax Exempt",
    "Tags",
]
SUBSCRIBED = [
    "Email Address",
    "First Name",
    "Last Name",
    "Phone Number",
    "MEMBER_RATING",
    "OPTIN_TIME",
    "OPTIN_IP",
    "CONFIRM_TIME",
    "CONFIRM_IP",
    "LATITUDE",
    "LONGITUDE",
    "GMTOFF",
    "DSTOFF",
    "TIMEZONE",
    "CC",
    "REGION",
    "LAST_CHANGED",
    "LEID",
    "EUID",
    "NOTES",
    "TAGS",
]
LEADS = [
    "id",
    "created_time",
    "ad_id",
    "ad_name",
    "adset_id",
    "adset_name",
    "campaign_id",
    "campaign_name",
    "form_id",
    "form_name",
    "is_organic",
    "platform",
    "may_we_email_you?",
    "full_name",
    "phone_number",
    "email",
    "lead_status",
]


def write_folder(folder: Path, records: int, seed: int = 7) -> int:
    """Write a folder of `records` rows over four exports and return the number of people behind them."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    count = max(1, int(records * 0.6))
    everybody = list(people(count, seed))
    shares = {"shop": int(records * 0.6), "list": int(records * 0.25), "leads": int(records * 0.05)}
    shares["stall"] = records - sum(shares.values())
    with (folder / "customers_export.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(CUSTOMERS)
        for row, person in enumerate(rng.sample(everybody, min(shares["shop"], count))):
            first, last, email, phone = _spoil(rng, person)
            writer.writerow(
                [
                    f"'{7_000_000 + row}",
                    first,
                    last,
                    email,
                    rng.choice(("yes", "no", "no")),
                    "",
                    person.street,
                    "",
                    person.city[0],
                    person.city[1],
                    person.city[2],
                    f"'{person.postcode}",
                    "",
                    f"'{phone}" if row % 3 else "",
                    rng.choice(("yes", "no", "")),
                    f"{rng.randint(0, 40000) / 100:.2f}",
                    rng.randint(0, 6),
                    "",
                    "no",
                    "fair",
                ]
            )
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(SUBSCRIBED)
    for row in range(shares["list"]):
        first, last, email, phone = _spoil(rng, everybody[rng.randrange(count)])
        confirmed = "2025-01-05 10:07:31" if row % 2 else "2025-01-05 10:00:00"
        writer.writerow(
            [
                email,
                first,
                last,
                phone if row % 4 == 0 else "",
                3,
                "2025-01-05 10:00:00",
                "192.0.2.10",
                confirmed,
                "192.0.2.10",
                "",
                "",
                "",
                "",
                "",
                "US",
                "OR",
                "2025-02-01 00:00:00",
                900_000 + row,
                f"e{row:09x}",
                "",
                "",
            ]
        )
    with zipfile.ZipFile(folder / "audience_export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            zipfile.ZipInfo("subscribed_email_audience_export_0a1b2c.csv", (2026, 11, 1, 9, 0, 0)), text.getvalue()
        )
    with (folder / "leads_spring.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(LEADS)
        for row in range(shares["leads"]):
            first, last, email, phone = _spoil(rng, everybody[rng.randrange(count)])
            writer.writerow(
                [
                    f"l:{100_000 + row}",
                    "2026-05-04T10:11:12+02:00",
                    "ag:1",
                    "Spring",
                    "as:2",
                    "All",
                    "c:3",
                    "Spring",
                    "f:4",
                    "Newsletter form",
                    "FALSE",
                    "ig",
                    "yes" if row % 2 else "no",
                    f"{first} {last}",
                    f"p:{phone}",
                    email,
                    "complete",
                ]
            )
    with (folder / "stall.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Vorname", "Nachname", "E-Mail", "Telefon", "Ort"])
        for _ in range(shares["stall"]):
            person = everybody[rng.randrange(count)]
            first, last, email, phone = _spoil(rng, person)
            writer.writerow([first, last, email if rng.random() < 0.7 else "", phone, person.city[0]])
    return count
