"""The people of the synthetic audience: households, couples, twins, namesakes, companies, numbers, mailboxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.identity import pools
from benchmarks.identity.pools import LOCALES, Ints, Texts

MALE, FEMALE, COMPANY = 0, 1, 2

CLUSTER_SIZES = np.array([0.333, 0.22, 0.16, 0.105, 0.07, 0.045, 0.028, 0.019, 0.012, 0.008])
"""The shares of people with one to ten records."""

_HOUSEHOLDS = np.array([0.52, 0.24, 0.10, 0.09, 0.05])


@dataclass(slots=True)
class People:
    """One row per person (or company as a contact); numbers point into the pools and into `Companies`."""

    records: Ints
    household: Ints
    country: Ints
    name_locale: Ints
    sex: Ints
    first: Ints
    middle: Ints
    last: Ints
    second_last: Ints
    """A second family name, -1 for none."""
    maiden: Ints
    """The family name before the marriage, -1 for none."""
    generation: Ints
    """1 for a father, 2 for the son of the same name, else 0."""
    birthday: Ints
    """Days since 1900-01-01."""
    company: Ints
    """Where the person works or what the company is, -1 for none."""
    mobile: Texts
    old_mobile: Texts
    mailbox: Texts
    old_mailbox: Texts
    work_mailbox: Texts
    handle: Texts
    other_handle: Texts
    handle_is_local: Ints
    """1 where the handle is the local part of the mailbox, but for dots and the like."""


@dataclass(slots=True)
class Households:
    """One row per household: its addresses, its telephone, its mailbox."""

    place: Ints
    number: Ints
    old_place: Ints
    old_number: Ints
    landline: Texts
    mailbox: Texts


@dataclass(slots=True)
class Companies:
    """One row per company."""

    name: Texts
    bare: Texts
    """The name without its legal form."""
    domain: Texts
    locale: Ints
    landline: Texts


def _weights() -> np.ndarray:
    weights = np.array([locale.weight for locale in LOCALES])
    return weights / weights.sum()


def _mailbox(address: str) -> str:
    """What the provider takes an address for: gmail sees no dots."""
    local, _, domain = address.partition("@")
    return f"{local.replace('.', '')}@{domain}" if domain == "gmail.com" else address


def _distinct(local: Texts, domain: Texts, taken: set[str], rng: np.random.Generator) -> Texts:
    """Mailboxes that no two rows share, nor are `taken`: whoever comes later gets digits behind the name."""
    whole = local + "@" + domain
    for at, address in enumerate(whole.tolist()):
        while _mailbox(address) in taken:
            address = f"{local[at]}{int(rng.random() * 10 ** int(1 + rng.random() * 3))}@{domain[at]}"
        taken.add(_mailbox(address))
        whole[at] = address
    return whole


_THINGS = [
    "sun",
    "moon",
    "sky",
    "star",
    "wolf",
    "fox",
    "rose",
    "lily",
    "coffee",
    "book",
    "music",
    "dance",
    "travel",
    "photo",
    "art",
    "yoga",
    "vegan",
    "urban",
    "wild",
    "happy",
    "lucky",
    "little",
    "blue",
    "golden",
    "dark",
    "sweet",
    "crazy",
    "simply",
    "daily",
    "the_real",
    "its_me",
    "hello",
]


def _locals(first: Texts, last: Texts, born: Ints, rng: np.random.Generator) -> Texts:
    """Local parts as people choose them; some say nothing about the name."""
    count = len(first)
    year = np.char.mod("%d", 1900 + born // 365).astype(object)
    short = np.array([text[2:] for text in year.tolist()], dtype=object)
    initial = np.array([text[:1] for text in first.tolist()], dtype=object)
    last_initial = np.array([text[:1] for text in last.tolist()], dtype=object)
    digits = rng.integers(1, 1000, count).astype(str).astype(object)
    things = np.array(_THINGS, dtype=object)
    one, two = things[rng.integers(len(things), size=count)], things[rng.integers(len(things), size=count)]
    styles = [
        first + "." + last, first + last, initial + last, initial + "." + last, first + "." + last + short,
        first + short, first + "_" + last, last + "." + first, first + last_initial + digits, last + digits,
        one + "." + two + digits, first + "." + one, one + digits,
    ]  # fmt: skip
    chosen = rng.choice(
        len(styles), count, p=[0.2, 0.12, 0.1, 0.05, 0.09, 0.08, 0.07, 0.06, 0.06, 0.04, 0.05, 0.04, 0.04]
    )
    result = np.empty(count, dtype=object)
    for number, style in enumerate(styles):
        at = chosen == number
        result[at] = style[at]
    return result


def _handles(first: Texts, last: Texts, rng: np.random.Generator) -> Texts:
    count = len(first)
    things = np.array(_THINGS, dtype=object)
    one, two = things[rng.integers(len(things), size=count)], things[rng.integers(len(things), size=count)]
    digits = rng.integers(1, 100, count).astype(str).astype(object)
    styles = [
        first + last, first + "." + last, first + "_" + last + "_", first + digits, one + "_" + first, one + "." + two + digits,
        last + "." + first, "the." + first + last, first + "_" + one, two + one,
    ]  # fmt: skip
    chosen = rng.choice(len(styles), count, p=[0.17, 0.14, 0.1, 0.12, 0.12, 0.1, 0.06, 0.05, 0.08, 0.06])
    result = np.empty(count, dtype=object)
    for number, style in enumerate(styles):
        at = chosen == number
        result[at] = style[at]
    taken: set[str] = set()
    for at, handle in enumerate(result.tolist()):
        while handle in taken:
            handle = f"{result[at]}{int(rng.random() * 10 ** int(1 + rng.random() * 4))}"
        taken.add(handle)
        result[at] = handle
    return result


def _domains(locales: Ints, rng: np.random.Generator) -> Texts:
    domains, of = pools.providers()
    result = np.empty(len(locales), dtype=object)
    for number, (start, cumulative) in of.items():
        at = np.flatnonzero(locales == number)
        result[at] = domains[start + np.minimum(np.searchsorted(cumulative, rng.random(len(at))), len(cumulative) - 1)]
    return result


_TRADES = [
    "Bakery",
    "Studio",
    "Design",
    "Media",
    "Logistics",
    "Foods",
    "Energy",
    "Consulting",
    "Systems",
    "Garden",
    "Travel",
    "Optics",
    "Motors",
    "Textiles",
    "Print",
    "Solutions",
    "Partners",
    "Trading",
    "Pharma",
    "Software",
    "Coffee",
    "Books",
    "Sports",
    "Interiors",
    "Cosmetics",
    "Yoga",
    "Fitness",
    "Events",
]


def make_companies(count: int, rng: np.random.Generator) -> Companies:
    """Companies, the first ones the largest employers."""
    last, _ = pools.family_names()
    locale = rng.choice(len(LOCALES), count, p=_weights())
    word = last.roman[pools.draw(last, locale, "l", rng)]
    trade = np.array(_TRADES, dtype=object)[rng.integers(len(_TRADES), size=count)]
    other = last.roman[pools.draw(last, locale, "l", rng)]
    style = rng.random(count)
    bare = np.where(style < 0.5, word + " " + trade, np.where(style < 0.75, word + " & " + other, trade + " " + word))
    forms = np.array([country.forms.split(";")[0] for country in LOCALES], dtype=object)
    tops = np.array([country.domain for country in LOCALES], dtype=object)
    slug = np.array([pools.mailbox_letters(text) for text in bare.tolist()], dtype=object)
    domain = _domain_names(slug, tops[locale])
    return Companies(bare + " " + forms[locale], bare.astype(object), domain, locale, pools.numbers(locale, True, rng))


def _domain_names(slug: Texts, top: Texts) -> Texts:
    taken: set[str] = set()
    result = np.empty(len(slug), dtype=object)
    for at, (word, end) in enumerate(zip(slug.tolist(), top.tolist(), strict=True)):
        name, more = f"{word}.{end}", 1
        while name in taken:
            more += 1
            name = f"{word}{more}.{end}"
        taken.add(name)
        result[at] = name
    return result


def make(records: int, rng: np.random.Generator) -> tuple[People, Households, Companies]:
    """People who have `records` records in all."""
    shares = CLUSTER_SIZES / CLUSTER_SIZES.sum()
    mean = float((shares * np.arange(1, 11)).sum())
    sizes = rng.choice(np.arange(1, 11), int(records / mean * 1.2) + 20, p=shares)
    count = int(np.searchsorted(np.cumsum(sizes), records)) + 1
    sizes = sizes[:count].copy()
    sizes[-1] -= int(sizes.sum()) - records

    members = rng.choice(np.arange(1, 6), count, p=_HOUSEHOLDS)
    household = np.repeat(np.arange(count), members)[:count]
    homes = int(household[-1]) + 1
    role = np.arange(count) - np.searchsorted(household, household)

    home_country = rng.choice(len(LOCALES), homes, p=_weights())
    foreign = rng.random(homes) < 0.12
    home_names = np.where(foreign, rng.choice(len(LOCALES), homes, p=_weights()), home_country)
    country, name_locale = home_country[household], home_names[household]

    first_pool, _ = pools.given_names()
    last_pool, womens = pools.family_names()
    sex = rng.integers(0, 2, count)
    second = np.flatnonzero(role == 1)
    sex[second] = np.where(rng.random(len(second)) < 0.93, 1 - sex[second - 1], sex[second - 1])
    letters = np.where(sex == MALE, "m", "f").astype(object)
    first = pools.draw(first_pool, name_locale, letters, rng)
    middle = pools.draw(first_pool, name_locale, letters, rng)
    own_last = pools.draw(last_pool, name_locale, "l", rng)
    head = np.searchsorted(household, household)
    shares_last = (role != 1) | (rng.random(count) < 0.75)
    last = np.where(shares_last, own_last[head], own_last)
    married = (role == 1) & shares_last & (sex == FEMALE)
    married |= (role == 0) & (sex == FEMALE) & (rng.random(count) < 0.35)
    maiden = np.where(married, own_last, -1)
    maiden = np.where(married & (maiden == last), pools.draw(last_pool, name_locale, "l", rng), maiden)
    two = np.array([locale.two_last for locale in LOCALES])[name_locale] > rng.random(count)
    second_last = np.where(two, pools.draw(last_pool, name_locale, "l", rng), -1)

    adult = rng.integers(9_500, 37_500, homes)[household]
    born = adult + rng.integers(-2_200, 2_200, count)
    child = role >= 2
    born = np.where(child, adult + rng.integers(7_300, 13_500, count), born)
    born = np.where(born > 42_000, rng.integers(36_500, 42_000, count), born)
    sibling = np.flatnonzero((role >= 3) & (rng.random(count) < 0.15))
    born[sibling] = born[sibling - 1]
    generation = np.zeros(count, dtype=np.int64)
    father = head[role == 2]
    son = np.flatnonzero(role == 2)
    same = (sex[father] == MALE) & (sex[son] == MALE) & (rng.random(len(son)) < 0.12)
    first[son[same]] = first[father[same]]
    generation[father[same]], generation[son[same]] = 1, 2
    # But for fathers and sons, nobody is given the name of somebody at home.
    for _ in range(4):
        order = np.lexsort((np.arange(count), generation == 2, first, household))
        again = (household[order][1:] == household[order][:-1]) & (first[order][1:] == first[order][:-1])
        repeated = order[1:][again]
        repeated = repeated[generation[repeated] != 2]
        first[repeated] = pools.draw(first_pool, name_locale[repeated], letters[repeated], rng)
    woman = sex == FEMALE
    last = np.where(woman, womens[last], last)
    maiden = np.where(woman & (maiden >= 0), womens[np.maximum(maiden, 0)], maiden)

    companies = make_companies(max(30, count // 45), rng)
    size = len(companies.name)
    employer = np.full(count, -1)
    for number in range(len(LOCALES)):
        there, here = np.flatnonzero(companies.locale == number), np.flatnonzero(country == number)
        if len(there):
            ladder = np.cumsum(1.0 / (np.arange(len(there)) + 4.0) ** 0.85)
            employer[here] = there[np.searchsorted(ladder, rng.random(len(here)) * ladder[-1])]
    company = np.where(rng.random(count) < 0.4, employer, -1)
    contacts = np.flatnonzero((role == 0) & (members[household] == 1) & (rng.random(count) < 0.03))
    contacts = contacts[: size // 2]
    sex[contacts], company[contacts] = COMPANY, rng.permutation(size)[: len(contacts)]
    maiden[contacts] = second_last[contacts] = -1

    first_letters, last_letters = first_pool.letters[first], last_pool.letters[last]
    local = _locals(first_letters, last_letters, born, rng)
    taken: set[str] = set()
    mailbox = _distinct(local, _domains(country, rng), taken, rng)
    before = np.where(maiden >= 0, maiden, last)
    old_mailbox = _distinct(
        np.where(rng.random(count) < 0.35, local, _locals(first_letters, last_pool.letters[before], born, rng)),
        _domains(country, rng), taken, rng,
    )  # fmt: skip
    works = np.where(company >= 0, companies.domain[np.maximum(company, 0)], "")
    work = np.full(count, None, dtype=object)
    at_work = np.flatnonzero(company >= 0)
    style = np.where(rng.random(size) < 0.6, 0, 1)[company[at_work]]
    names = np.where(style == 0, first_letters[at_work] + "." + last_letters[at_work],
                     np.array([text[:1] for text in first_letters[at_work].tolist()], dtype=object) + last_letters[at_work])  # fmt: skip
    work[at_work] = _distinct(names, works[at_work].astype(object), taken, rng)
    info = "info@" + companies.domain[company[contacts]]
    mailbox[contacts], old_mailbox[contacts], work[contacts] = info, info, info

    handle = _handles(first_letters, last_letters, rng)
    other_handle = _handles(first_letters, last_letters, rng)
    # The local part is the handle, if it is nobody else's.
    like = np.flatnonzero((rng.random(count) < 0.4) & (sex != COMPANY))
    wanted = np.array([address.split("@")[0] for address in mailbox[like].tolist()], dtype=object)
    dotless = rng.random(len(like)) < 0.4
    wanted[dotless] = np.array(
        [text.replace(".", "").replace("_", "") for text in wanted[dotless].tolist()], dtype=object
    )
    handles = set(handle.tolist()) | set(other_handle.tolist())
    is_local = np.zeros(count, dtype=np.int64)
    for at, text in zip(like.tolist(), wanted.tolist(), strict=True):
        if text not in handles:
            handles.add(text)
            handle[at], is_local[at] = text, 1
    same_everywhere = rng.random(count) < 0.65
    other_handle[same_everywhere] = handle[same_everywhere]
    # On one platform a handle is one account's; on two platforms it may be two people's.
    there = set(handle[same_everywhere].tolist())
    for at in np.flatnonzero(~same_everywhere).tolist():
        while other_handle[at] in there:
            other_handle[at] += str(int(rng.random() * 1000))
        there.add(other_handle[at])
    slugs = np.array([text.split(".")[0] for text in companies.domain.tolist()], dtype=object)
    handle[contacts] = other_handle[contacts] = slugs[company[contacts]]

    mobile = pools.numbers(country, False, rng)
    old_mobile = pools.numbers(country, False, rng)
    # Carriers give numbers out again: somebody's old number is another's present one.
    recycled = np.flatnonzero(rng.random(count) < 0.02)
    order = np.lexsort((rng.random(len(recycled)), country[recycled]))
    ring = recycled[order]
    neighbours = country[ring[:-1]] == country[ring[1:]]
    mobile[ring[:-1][neighbours]] = old_mobile[ring[1:][neighbours]]
    mobile[contacts] = old_mobile[contacts] = companies.landline[company[contacts]]

    place = pools.places()
    home_place = place.first[home_country] + (rng.random(homes) * place.count[home_country]).astype(np.int64)
    old_place = place.first[home_country] + (rng.random(homes) * place.count[home_country]).astype(np.int64)
    heads = np.searchsorted(household, np.arange(homes))
    family = np.array(["family.", "familie.", "casa.", "the", "", "les."], dtype=object)[rng.integers(6, size=homes)]
    family_mailbox = _distinct(
        family + last_letters[heads] + rng.integers(1, 99, homes).astype(str).astype(object),
        _domains(home_country, rng),
        taken,
        rng,
    )
    homes_ = Households(
        home_place, 1 + (rng.random(homes) ** 2 * 150).astype(np.int64),
        old_place, 1 + (rng.random(homes) ** 2 * 150).astype(np.int64),
        pools.numbers(home_country, True, rng), family_mailbox,
    )  # fmt: skip
    people = People(
        sizes, household, country, name_locale, sex, first, middle, last, second_last, maiden, generation, born, company,
        mobile, old_mobile, mailbox, old_mailbox, work, handle, other_handle, is_local,
    )  # fmt: skip
    return people, homes_, companies
