"""Who the story is about: about three hundred invented people, and in which files each of them turns up.

Nobody here exists. E-mail addresses lie on example.com, example.org and example.net; telephone numbers in ranges
that are set aside for fiction (555-01xx in North America, 07700 900xxx in Britain, 030 23125xxx in Germany,
06 39 98 xx xx in France, 070-174 06 05 to 99 in Sweden, 0491 570 xxx in Australia).
"""

# ruff: noqa: E501, SIM905  people stay on one line; names are easier to read and add to without quotes
from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Chance that falls the same way in every run and Python version: only `random()` is asked, which is promised
    to be stable."""

    def __init__(self, *seed: object) -> None:
        self._random = random.Random("/".join(map(str, seed)))

    def chance(self, share: float) -> bool:
        return self._random.random() < share

    def number(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        return items[self.number(0, len(items) - 1)]

    def weighted(self, weights: dict[T, float]) -> T:
        rest = self._random.random() * sum(weights.values())
        for item, weight in weights.items():
            rest -= weight
            if rest < 0:
                return item
        return next(reversed(weights))

    def moment(self, start: str, end: str) -> datetime:
        first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
        return first + timedelta(seconds=self.number(0, int((last - first).total_seconds())))


@dataclass
class Person:
    """One invented person. `roles` says in which files they turn up, and as what; `seen_as` what a file writes
    differently from the truth."""

    id: str
    first: str
    last: str
    country: str
    city: str = ""
    region: str = ""
    postcode: str = ""
    street: str = ""
    phone: str = ""
    email: str = ""
    old_email: str = ""
    handle: str = ""
    company: str = ""
    job: str = ""
    birthday: str = ""
    roles: dict[str, str] = field(default_factory=dict)
    seen_as: dict[str, dict[str, str]] = field(default_factory=dict)
    scripted: bool = False


PLACES = {
    "US": [
        ("Portland", "OR", "97205", "503"), ("Portland", "OR", "97214", "971"), ("Portland", "OR", "97202", "503"),
        ("Seattle", "WA", "98103", "206"), ("San Francisco", "CA", "94110", "415"), ("Austin", "TX", "78701", "512"),
        ("Chicago", "IL", "60614", "312"), ("New York", "NY", "10012", "212"), ("Boston", "MA", "02116", "617"),
    ],
    "DE": [("Berlin", "", "10115", ""), ("Hamburg", "", "20095", ""), ("Köln", "", "50667", ""),
           ("Leipzig", "", "04109", ""), ("München", "", "80331", "")],
    "FR": [("Paris", "", "75011", ""), ("Lyon", "", "69002", ""), ("Nantes", "", "44000", ""), ("Nîmes", "", "30000", "")],
    "SE": [("Stockholm", "", "111 22", ""), ("Göteborg", "", "411 03", ""), ("Malmö", "", "211 20", "")],
    "GB": [("London", "", "E8 3PL", ""), ("Bristol", "", "BS1 4DJ", ""), ("Leeds", "", "LS1 4AP", ""),
           ("Edinburgh", "", "EH1 1YZ", "")],
    "CA": [("Toronto", "ON", "M5V 2T6", "416")],
    "AU": [("Melbourne", "VIC", "3000", "")],
    "NL": [("Utrecht", "", "3511 AB", "")],
    "NO": [("Oslo", "", "0150", "")],
}  # fmt: skip
COUNTRIES = {
    "US": "United States", "DE": "Germany", "FR": "France", "SE": "Sweden", "GB": "United Kingdom", "CA": "Canada",
    "AU": "Australia", "NL": "Netherlands", "NO": "Norway", "UA": "Ukraine", "GR": "Greece", "TW": "Taiwan",
}  # fmt: skip
SHARES = {"US": 0.52, "DE": 0.15, "GB": 0.11, "SE": 0.09, "FR": 0.08, "CA": 0.02, "AU": 0.01, "NL": 0.01, "NO": 0.01}

ENGLISH_FIRST = (
    "Abigail Robert Nora Michael Elizabeth Daniel Katherine William Hannah Joseph Margaret Samuel Grace Thomas Rebecca "
    "Andrew Olivia James Victoria Benjamin Susan Matthew Alice Christopher Deborah Edward Ruth Nicholas Pamela Steven "
    "Zoe Gregory Chloe Patrick Jasmine Theodore Naomi Leonard Imani Marcus Priya Hector Lucia Malik Yuki Omar"
).split()
ENGLISH_LAST = (
    "Abbott Baxter Calloway Dunmore Ellison Fairweather Granger Hathaway Ibarra Jessup Kirkland Lockhart Merriweather "
    "Norwood Okafor Pemberton Quimby Rutledge Sandoval Thackeray Underhill Vance Winslow Yarrow Zamora Bellweather "
    "Castellan Driscoll Everly Featherstone Goodwin Harrow Ingram Juniper Kettering Larkspur Mayfield Nightingale"
).split()
NAMES = {
    "US": (ENGLISH_FIRST, ENGLISH_LAST),
    "GB": (ENGLISH_FIRST, ENGLISH_LAST),
    "CA": (ENGLISH_FIRST, ENGLISH_LAST),
    "AU": (ENGLISH_FIRST, ENGLISH_LAST),
    "DE": ("Jürgen Anke Björn Käthe Lukas Sören Hannelore Dörte Felix Grete Matthias Uta Moritz Änne Konrad".split(),
           "Müller-Voss Grünwald Schäfer Brückner Wörner Hartlieb Köster Lindner Pfänder Rössler Tanneberg Uhlig".split()),
    "FR": ("Amélie Benoît Chloé Étienne Françoise Gaël Hélène Jérôme Léa Noémie Océane Rémi".split(),
           "Beauchêne Carpentier Delacroix Lefèvre Montaigu Pélissier Rousselot Sérignac Vauclin".split()),
    "SE": ("Åsa Björn Elin Göran Ingrid Jörgen Linnéa Märta Nils Östen Saga Viktor".split(),
           "Ågren Bergström Ekelöf Fjällberg Hägg Lövgren Norén Sjöblom Törnqvist Wallén".split()),
    "NL": (["Anneke", "Joost"], ["van der Meulen", "de Wit"]),
    "NO": (["Øystein", "Sunniva"], ["Brekke", "Håland"]),
}  # fmt: skip
NICKNAMES = {
    "Elizabeth": "Liz", "Robert": "Bob", "Katherine": "Kate", "William": "Bill", "Margaret": "Maggie",
    "Michael": "Mike", "Thomas": "Tom", "Rebecca": "Becky", "Andrew": "Andy", "James": "Jim", "Daniel": "Dan",
    "Benjamin": "Ben", "Matthew": "Matt", "Christopher": "Chris", "Edward": "Ted", "Nicholas": "Nick",
    "Samuel": "Sam", "Joseph": "Joe", "Abigail": "Abby", "Victoria": "Vicky", "Susan": "Sue", "Steven": "Steve",
}  # fmt: skip
STREETS = {
    "US": ["NE Alder Street", "SW Quay Lane", "Birch Avenue", "Tallow Court", "Lantern Road"],
    "GB": ["Candle Row", "Wick Lane", "Beacon Street"], "CA": ["Maple Row"], "AU": ["Banksia Street"],
    "DE": ["Kerzenweg", "Wachsgasse", "Lindenstraße"], "FR": ["rue de la Cire", "allée des Bougies"],
    "SE": ["Ljusgatan", "Vaxvägen"], "NL": ["Kaarsstraat"], "NO": ["Lysveien"],
}  # fmt: skip
COMPANIES = [
    "",
    "",
    "Hearth & Hollow",
    "Northlight Gifts",
    "Studio Amber",
    "Tidewater Books",
    "Kerzenhaus GmbH",
    "Ljus AB",
]
JOBS = ["Buyer", "Owner", "Store Manager", "Event Planner", "Stylist", "Editor"]
DOMAINS = ["example.com", "example.com", "example.org", "example.net"]


def plain(text: str) -> str:
    """Small ASCII letters and digits only: what people make addresses of."""
    spelled = text.replace("ß", "ss").replace("Ø", "O").replace("ø", "o")
    return "".join(c for c in unicodedata.normalize("NFKD", spelled).lower() if c.isascii() and c.isalnum())


class Phones:
    """Hands out each number of the ranges for fiction once."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def number(self, country: str, area: str) -> str:
        key = country + area
        self._next[key] = count = self._next.get(key, 0) + 1
        if country in ("US", "CA"):
            assert count < 100, key
            return f"+1{area}55501{count:02}"
        if country == "SE":
            assert count < 95
            return f"+467017406{count + 4:02}"
        if country == "AU":
            return f"+614915701{55 + count}"
        ranges = {"GB": "+447700900{:03}", "DE": "+493023125{:03}", "FR": "+336399800{:02}"}
        return ranges[country].format(count) if country in ranges else ""


def people() -> list[Person]:
    """Everybody: those with a story of their own first, then those who were drawn."""
    everybody = cast()
    phones, taken = Phones(), {value for person in everybody for value in (person.email, person.handle)}
    return everybody + [_drawn(f"p{number:03}", phones, taken) for number in range(len(everybody) + 1, 301)]


def _drawn(identity: str, phones: Phones, taken: set[str]) -> Person:
    draw = Draw("person", identity)
    country = draw.weighted(SHARES)
    firsts, lasts = NAMES[country]
    city, region, postcode, area = draw.pick(PLACES[country])
    first, last = draw.pick(firsts), draw.pick(lasts)
    local = draw.pick(
        [f"{plain(first)}.{plain(last)}", f"{plain(first)[0]}{plain(last)}", f"{plain(first)}{draw.number(70, 99)}"]
    )
    email = f"{local}@{draw.pick(DOMAINS)}"
    while email in taken:
        email = f"{local}{draw.number(2, 99)}@{draw.pick(DOMAINS)}"
    taken.add(email)
    style = draw.pick(["{0}.{1}", "{0}_{1}", "{0}{1}", "{1}.makes"]).format(plain(first), plain(last))
    handle = style + draw.pick(["", "", f"{draw.number(1, 99)}"])
    while handle in taken:
        handle = f"{style}{draw.number(100, 999)}"
    taken.add(handle)
    house = draw.number(1, 180)
    street = draw.pick(STREETS[country])
    person = Person(
        identity, first, last, country, city, region, postcode,
        f"{street} {house}" if country in ("DE", "SE", "NL", "NO") else f"{house} {street}",
        phones.number(country, area) if draw.chance(0.7) else "",
        email,
        f"{plain(last)}.{identity}@{draw.pick(DOMAINS)}" if draw.chance(0.25) else "",
        handle,
        draw.pick(COMPANIES), draw.pick(JOBS),
        f"{draw.number(1955, 2006)}-{draw.number(1, 12):02}-{draw.number(1, 28):02}" if draw.chance(0.3) else "",
    )  # fmt: skip
    person.roles = _roles(draw, person)
    return person


def _roles(draw: Draw, person: Person) -> dict[str, str]:
    roles: dict[str, str] = {}
    if draw.chance(0.45):
        roles["customers"] = draw.weighted({"yes": 0.45, "no": 0.5, "": 0.05})
        roles["orders"] = str(draw.weighted({0: 0.15, 1: 0.55, 2: 0.2, 3: 0.1}))
    if draw.chance(0.16):
        roles["customers_2021"] = draw.weighted({"yes": 0.5, "no": 0.5})
    if draw.chance(0.45):
        roles["mailchimp"] = draw.weighted(
            {"double": 0.38, "double_no_ip": 0.05, "single": 0.14, "equal": 0.05, "imported": 0.12,
             "unsubscribed": 0.12, "cleaned": 0.07, "nonsubscribed": 0.07}
        )  # fmt: skip
    if draw.chance(0.38):
        roles["followers"] = ""
        if draw.chance(0.4):
            roles["followers_before"] = ""
        if draw.chance(0.12):
            roles["thread"] = ""
    elif draw.chance(0.12):
        roles["followers_before"] = ""
    for role, share in (("following", 0.08), ("close_friends", 0.03), ("synced", 0.1), ("leads_spring", 0.07),
                        ("leads_market", 0.05), ("connections", 0.1), ("imported", 0.05), ("vcard", 0.13)):  # fmt: skip
        if draw.chance(share):
            roles[role] = ""
    if person.country in ("DE", "US", "SE") and draw.chance(0.13):
        roles["stall"] = draw.weighted({"ja": 0.7, "nein": 0.15, "": 0.15})
    if not roles:
        roles["followers"] = ""
    return roles


def cast() -> list[Person]:
    """The people whose files contradict each other in ways worth remembering."""
    found = [
        Person("", "Renée", "Marchetti", "US", "Portland", "OR", "97205", "12 Quay Lane", "+15035550181",
               "renee.marchetti@example.com", "renee.m@example.org", "renee.marchetti", birthday="1988-04-12",
               roles={"customers": "yes", "customers_2021": "yes", "orders": "3", "mailchimp": "double", "followers": "",
                      "thread": "", "synced": "", "vcard": "3.0"},
               seen_as={"mailchimp": {"first": "Renee"}, "vcard": {"first": "Renee"}, "synced": {"first": "Renée M."}}),
        Person("", "Elizabeth", "Hale", "US", "Seattle", "WA", "98103", "4 Lantern Road", "+12065550182",
               "elizabeth.hale@example.com", "", "lizhale", "Hale Interiors", "Stylist",
               roles={"customers": "no", "orders": "1", "mailchimp": "single", "connections": "", "followers": "", "vcard": "3.0"},
               seen_as={"connections": {"first": "Liz", "last": "Hale, PhD"}, "vcard": {"first": "Liz"}}),
        Person("", "Siobhan", "O'Neil", "GB", "Bristol", "", "BS1 4DJ", "9 Wick Lane", "+447700900801",
               "siobhan.oneil@example.org", "", "siobhan_oneil",
               roles={"customers": "yes", "customers_2021": "no", "mailchimp": "unsubscribed", "followers": "", "orders": "2"},
               seen_as={"customers_2021": {"last": "ONeil"}, "mailchimp": {"last": "O\u2019Neil"}}),
        Person("", "Anke", "'t Hooft", "NL", "Utrecht", "", "3511 AB", "Kaarsstraat 3", "",
               "anke.thooft@example.net", "", "anke.thooft",
               roles={"customers": "yes", "orders": "1", "stall": "ja", "followers": ""}),
        Person("", "Anna", "Berg", "DE", "Berlin", "", "10115", "Kerzenweg 7", "+493023125801",
               "familie.berg@example.org", "", "anna.berg.berlin",
               roles={"customers": "yes", "orders": "2", "stall": "ja", "vcard": "2.1", "followers": ""}),
        Person("", "Jonas", "Berg", "DE", "Berlin", "", "10115", "Kerzenweg 7", "+493023125801",
               "familie.berg@example.org", "", "",
               roles={"customers_2021": "no", "stall": "nein", "vcard": "2.1", "mailchimp": "unsubscribed"}),
        Person("", "Paul", "Dunmore", "US", "Portland", "OR", "97214", "30 Tallow Court", "+19715550183",
               "info@example.net", "", "", "Hearth & Hollow", "Owner",
               roles={"customers": "yes", "orders": "2", "connections": "", "imported": ""}),
        Person("", "Grace", "Otieno", "US", "Portland", "OR", "97214", "30 Tallow Court", "+19715550183",
               "info@example.net", "", "graceotieno", "Hearth & Hollow", "Buyer",
               roles={"customers_2021": "yes", "mailchimp": "imported", "followers": "", "leads_spring": "no"}),
        Person("", "Sofia", "Lindberg", "SE", "Malmö", "", "211 20", "Ljusgatan 14", "+46701740698",
               "sofia.lindberg@example.com", "", "sofialindberg",
               roles={"customers": "yes", "orders": "1", "stall": "ja", "mailchimp": "double", "followers": ""},
               seen_as={"stall": {"first": "Lindberg", "last": "Sofia"}}),
        Person("", "Casey", "Rutledge", "US", "Austin", "TX", "78701", "18 Birch Avenue", "+15125550184",
               "casey.rutledge@example.com", "", "",
               roles={"customers": "yes", "orders": "1", "leads_spring": "yes"},
               seen_as={"customers": {"last": '=HYPERLINK("http://example.com")'}}),
        Person("", "Олена", "Коваленко", "UA", "Київ", "", "01001", "вул. Свічкова 5", "",
               "olena.kovalenko@example.com", "", "olena.kovalenko",
               roles={"customers": "yes", "orders": "1", "mailchimp": "double", "followers": "", "thread": ""},
               seen_as={"customers": {"first": "Olena", "last": "Kovalenko"}}),
        Person("", "Γιώργος", "Παπαδόπουλος", "GR", "Αθήνα", "", "105 57", "Οδός Κεριού 2", "",
               "g.papadopoulos@example.org", "", "giorgos.candles",
               roles={"customers": "no", "orders": "1", "vcard": "4.0", "synced": "", "followers": ""},
               seen_as={"customers": {"first": "Giorgos", "last": "Papadopoulos"}}),
        Person("", "小明", "王", "TW", "臺北市", "", "100", "燭光路1號", "",
               "wang.xiaoming@example.com", "", "wangxiaoming",
               roles={"mailchimp": "double", "customers": "yes", "followers": "", "vcard": "4.0"},
               seen_as={"customers": {"first": "Xiaoming", "last": "Wang"}}),
        Person("", "Thomas", "Keller", "DE", "Hamburg", "", "20095", "Wachsgasse 21", "+493023125802",
               "thomas.keller@example.com", "t.keller@example.net", "tomkeller",
               roles={"customers": "yes", "customers_2021": "yes", "orders": "3", "mailchimp": "unsubscribed", "stall": "ja"}),
        Person("", "Nora", "Winslow", "US", "Portland", "OR", "97202", "77 NE Alder Street", "+15035550185",
               "nora@example.com", "", "norawinslow",
               roles={"customers": "yes", "orders": "2", "mailchimp": "double", "leads_market": "yes", "followers": ""},
               seen_as={"customers": {"email": "nora+candles@example.com"}, "orders": {"email": "Nora+Candles@example.com"}}),
        Person("", "Maria", "Lopez", "US", "Chicago", "IL", "60614", "5 Birch Avenue", "+13125550186",
               "maria.lopez@example.com", "", "maria.lopez.chi",
               roles={"customers": "yes", "orders": "1", "followers": "", "mailchimp": "double"}),
        Person("", "Maria", "Lopez", "US", "San Francisco", "CA", "94110", "41 Lantern Road", "+14155550187",
               "mlopez@example.org", "", "marialopez_sf",
               roles={"customers": "no", "orders": "1", "followers": "", "mailchimp": "cleaned"}),
        Person("", "James", "Whitfield", "US", "Boston", "MA", "02116", "2 Birch Avenue", "+16175550188",
               "james.whitfield@example.com", "", "",
               roles={"customers": "yes", "customers_2021": "yes", "orders": "2", "vcard": "3.0", "mailchimp": "single"}),
        Person("", "James", "Whitfield Jr.", "US", "Boston", "MA", "02116", "2 Birch Avenue", "+16175550188",
               "jamie.whitfield@example.net", "", "jamiewhitfield",
               roles={"customers": "no", "orders": "1", "followers": "", "mailchimp": "nonsubscribed"}),
        Person("", "Robert", "Fairweather", "GB", "Leeds", "", "LS1 4AP", "16 Candle Row", "+447700900802",
               "bob.fairweather@example.com", "robert.f@example.org", "bobfairweather",
               roles={"customers": "yes", "customers_2021": "yes", "mailchimp": "cleaned", "orders": "2", "connections": ""},
               seen_as={"mailchimp": {"email": "robert.f@example.org"}, "customers_2021": {"email": "robert.f@example.org"},
                        "connections": {"first": "Bob"}}),
        Person("", "Åsa", "Törnqvist", "SE", "Göteborg", "", "411 03", "Vaxvägen 8", "+46701740699",
               "asa.tornqvist@example.com", "", "asa.tornqvist",
               roles={"customers": "yes", "customers_2021": "yes", "orders": "2", "mailchimp": "double", "synced": "", "vcard": "2.1"},
               seen_as={"mailchimp": {"first": "Asa", "last": "Tornqvist"}}),
        Person("", "Hélène", "Pélissier", "FR", "Lyon", "", "69002", "11 rue de la Cire", "+33639980088",
               "helene.pelissier@example.net", "", "helene.pelissier",
               roles={"customers": "yes", "orders": "2", "mailchimp": "double_no_ip", "leads_market": "no", "followers": ""}),
        Person("", "Derek", "Blocked", "US", "Denver", "CO", "80203", "", "", "derek.b@example.net", "", "derek.buys.likes",
               roles={"blocked": "", "mailchimp": "complained"}),
        Person("", "Ida", "Falk", "SE", "Stockholm", "", "111 22", "Ljusgatan 1", "+46701740697", "ida.falk@example.com", "",
               "ida.falk", "Ljus AB", "Buyer",
               roles={"close_friends": "", "followers": "", "thread": "", "connections": "", "imported": "", "vcard": "3.0"}),
    ]  # fmt: skip
    for number, person in enumerate(found, start=1):
        person.id = f"p{number:03}"
        person.scripted = True
    return found
