"""Tables that look different from an audience: few columns, heavy typos, one town with one postcode, organisations."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.identity import people as population
from benchmarks.identity import pools, strings
from benchmarks.identity.evidence import components
from benchmarks.identity.people import COMPANY
from benchmarks.identity.pools import LOCALES, Ints, Texts
from benchmarks.identity.records import Audience, generate


def _table(columns: Mapping[str, Texts], person: Ints, linkable: Ints | None = None) -> Audience:
    size = len(person)
    ids = pa.array([f"row{at}" for at in range(size)])
    fields = {"record_id": ids}
    for name, values in columns.items():
        texts = values.copy()
        texts[texts == ""] = None
        fields[name] = pa.array(texts, pa.string())
    truth = {"record_id": ids, "person_id": pa.array(person)}
    if linkable is not None:
        truth["linkable_id"] = pa.array(linkable)
    return Audience(pa.table(fields), pa.table(truth))


def _spoil(texts: Texts, share: float, twice: float, lost: float, rng: np.random.Generator) -> Texts:
    """Typos in `share` of the texts, a second one in `twice` of those; `lost` of them are empty."""
    size = len(texts)
    hit, again, gone = rng.random(size) < share, rng.random(size) < twice, rng.random(size) < lost
    chances = rng.random((size, 2))
    result = texts.copy()
    for at in np.flatnonzero(hit).tolist():
        result[at] = strings.typo(result[at], float(chances[at, 0]))
        if again[at]:
            result[at] = strings.typo(result[at], float(chances[at, 1]))
    result[gone] = ""
    return result


def few_columns() -> Audience:
    """A name and an e-mail address for each row, and nothing else: 20,000 rows."""
    made = generate(32_000, seed=11)
    records, truth = made.records, made.truth
    parts = [pc.fill_null(records[part], "") for part in ("first_name", "last_name")]
    name = pc.coalesce(records["full_name"], pc.utf8_trim_whitespace(pc.binary_join_element_wise(*parts, " ")))
    usable = np.flatnonzero(pc.and_(pc.is_valid(records["email"]), pc.greater(pc.utf8_length(name), 0)).to_numpy())[
        :20_000
    ]
    rows = pa.array(usable)
    person = truth["person_id"].to_numpy()[usable]
    linkable = components(person, [truth["email_id"].to_numpy()[usable]])
    columns = {"name": name.take(rows), "email": records["email"].take(rows)}
    return _table(
        {key: np.array(values.to_pylist(), dtype=object) for key, values in columns.items()}, person, linkable
    )


def _persons(
    records: int, seed: int, locale: str | None
) -> tuple[population.People, population.Households, Ints, np.random.Generator]:
    rng = np.random.default_rng(seed)
    people, homes, _ = population.make(records * (6 if locale else 1), rng)
    chosen = np.flatnonzero(people.sex != COMPANY)
    if locale:
        number = [country.code for country in LOCALES].index(locale)
        chosen = np.flatnonzero((people.country == number) & (people.name_locale == number) & (people.sex != COMPANY))
    who = np.repeat(chosen, people.records[chosen])[:records]
    return people, homes, who[rng.permutation(len(who))], rng


def heavy_typos() -> Audience:
    """Name, address, birthday, number: four in ten cells are spoilt, one in ten is empty. 10,000 rows."""
    people, homes, who, rng = _persons(10_000, 12, None)
    given, family, places = pools.given_names()[0], pools.family_names()[0], pools.places()
    home = people.household[who]
    place = homes.place[home]
    born = (np.datetime64("1900-01-01") + people.birthday[who].astype("timedelta64[D]")).astype(str).astype(object)
    numbers = np.array(["0" + text for text in people.mobile.tolist()], dtype=object)
    columns = {
        "first_name": given.roman[people.first[who]],
        "last_name": family.roman[people.last[who]],
        "street": places.street[place] + " " + homes.number[home].astype(str).astype(object),
        "city": places.town[place],
        "zip": places.postcode[place],
        "date_of_birth": born,
        "phone": numbers[who],
    }
    spoilt = {name: _spoil(texts, 0.4, 0.3, 0.1, rng) for name, texts in columns.items()}
    return _table(spoilt, who)


def one_town() -> Audience:
    """A town's list: one postcode, one city, families and namesakes in few streets; half without a birthday."""
    people, homes, who, rng = _persons(10_000, 13, "DE")
    given, family, _places = pools.given_names()[0], pools.family_names()[0], pools.places()
    home = people.household[who]
    streets = np.array(next(country.streets for country in LOCALES if country.code == "DE").split(";"), dtype=object)
    born = (np.datetime64("1900-01-01") + people.birthday[who].astype("timedelta64[D]")).astype(str).astype(object)
    size = len(who)
    first = _spoil(given.roman[people.first[who]], 0.06, 0, 0.01, rng)
    short = rng.random(size) < 0.04
    first[short] = [text[:1] for text in first[short].tolist()]
    constant = np.full(size, "97980", dtype=object)
    columns = {
        "first_name": first,
        "last_name": _spoil(family.roman[people.last[who]], 0.05, 0, 0, rng),
        "address1": _spoil(
            streets[homes.place[home] % len(streets)] + " " + homes.number[home].astype(str).astype(object),
            0.08,
            0,
            0.1,
            rng,
        ),
        "postcode": constant,
        "city": np.full(size, "Bad Mergentheim", dtype=object),
        "birthday": _spoil(born, 0.01, 0, 0.5, rng),
        "phone": np.where(
            rng.random(size) < 0.4, np.array(["0" + text for text in people.mobile.tolist()], dtype=object)[who], ""
        ),
    }
    return _table(columns, who)


_ACTIVITIES = [
    "Bau",
    "Technik",
    "Handel",
    "Consulting",
    "Media",
    "Logistics",
    "Energy",
    "Systems",
    "Foods",
    "Design",
    "Elektro",
    "Transport",
    "Immobilien",
    "Pharma",
    "Metall",
]


def organisations() -> Audience:
    """Companies with branches of one name, legal forms written or not, numbers, mailboxes, VAT ids: 8,000 rows."""
    rng = np.random.default_rng(14)
    count = 3_600
    made = population.make_companies(count, rng)
    places = pools.places()
    place = places.first[made.locale] + (rng.random(count) * places.count[made.locale]).astype(np.int64)
    house = rng.integers(1, 200, count)
    # Branches: another company of the same group elsewhere, which is not the same organisation.
    branch = np.flatnonzero(rng.random(count) < 0.08)[1:]
    bare = made.bare.copy()
    bare[branch] = bare[branch - 1]
    forms = [country.forms.split(";") for country in LOCALES]
    who = np.repeat(np.arange(count), rng.choice([1, 2, 3, 4, 5], count, p=[0.3, 0.33, 0.2, 0.1, 0.07]))[:8_000]
    who = who[rng.permutation(len(who))]
    size = len(who)
    chances = rng.random((size, 4))
    names, streets, phones = [], [], []
    for at, organisation in enumerate(who.tolist()):
        country = LOCALES[int(made.locale[organisation])]
        name = bare[organisation]
        style = chances[at, 0]
        legal = forms[int(made.locale[organisation])]
        if style < 0.65:
            name = f"{name} {legal[organisation % len(legal)]}"
        elif style < 0.75:
            name = f"{name} {country.towns.split(';')[0].split('|')[0]}" if style < 0.68 else name.upper()
        elif style < 0.82:
            name = strings.typo(name, (style * 31) % 1)
        elif style < 0.87:
            name = name.replace("&", "und" if country.code in ("DE", "AT", "CH") else "and")
        names.append(name)
        street, number = places.street[place[organisation]], house[organisation]
        if chances[at, 1] < 0.3:
            street = strings.abbreviate(street, [tuple(item.split("=")) for item in country.short.split(";") if item])
        streets.append(f"{number} {street}" if country.number_first else f"{street} {number}")
        phones.append(
            strings.phone(
                country.calling,
                country.trunk,
                made.landline[organisation],
                bool(chances[at, 2] < 0.4),
                float(chances[at, 3]),
            )
        )
    words = np.array(["info", "office", "contact", "sales", "hello"], dtype=object)
    email = words[(rng.random(size) ** 2 * 5).astype(int)] + "@" + made.domain[who]
    vat = np.array(
        [
            f"{LOCALES[int(at)].code}{number}"
            for at, number in zip(made.locale, rng.integers(10**8, 10**9, count), strict=True)
        ],
        dtype=object,
    )

    def some(values: Texts, share: float) -> Texts:
        return np.where(rng.random(size) < share, values, "").astype(object)

    columns = {
        "company": np.array(names, dtype=object),
        "address1": some(np.array(streets, dtype=object), 0.85),
        "city": some(places.town[place[who]], 0.9),
        "postcode": some(places.postcode[place[who]], 0.85),
        "country": some(np.array([LOCALES[int(at)].code for at in made.locale[who]], dtype=object), 0.7),
        "phone": some(np.array(phones, dtype=object), 0.6),
        "email": some(email, 0.5),
        "vat_id": some(vat[who], 0.2),
    }
    return _table(columns, who)


SETS: dict[str, Callable[[], Audience]] = {
    "few-columns": few_columns,
    "heavy-typos": heavy_typos,
    "one-town": one_town,
    "organisations": organisations,
}
