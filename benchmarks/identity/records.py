"""The records that people leave at shops, platforms and in address books, with noise, and what each one truly says.

Every kind of noise is drawn as a share of all records, among the records that can have it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.identity import people as population
from benchmarks.identity import pools, strings
from benchmarks.identity.evidence import components
from benchmarks.identity.people import COMPANY, Companies, Households, People
from benchmarks.identity.pools import LOCALES, Ints, Texts
from benchmarks.identity.shares import KINDS, NOISE, SOURCE_NAMES, SOURCES

Mask = npt.NDArray[np.bool_]

NONE, MAIN, OLD, FAMILY, WORK, ROLE, JUNK = range(7)
LANDLINE = 3

TRUTH = pa.schema([
    ("record_id", pa.string()), ("person_id", pa.int64()), ("linkable_id", pa.int64()),
    ("noise", pa.list_(pa.string())), ("email_id", pa.int64()), ("email_typo", pa.bool_()), ("phone_id", pa.int64()),
    ("phone_national", pa.bool_()), ("handle_id", pa.int64()), ("handle_local_id", pa.int64()), ("address_id", pa.int64()),
    ("birthday_id", pa.int64()), ("company_id", pa.int64()),
])  # fmt: skip
"""`linkable_id`: records of one person that hard evidence joins, closed transitively. The other ids say which of the
person's own things a record carries, 0 for none; they mean something within one person only."""


@dataclass(frozen=True, slots=True)
class Audience:
    """`records` with the public input columns, and the `truth` about them, row by row."""

    records: pa.Table
    truth: pa.Table


class _Noise:
    """Draws who gets which noise, and remembers it."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.size, self.rng = size, rng
        self.masks: dict[str, Mask] = {}

    def draw(self, kind: str, able: Mask) -> Ints:
        """The rows that get `kind`: its promised share of all records, among those that can have it."""
        candidates = np.flatnonzero(able)
        wanted = min(round(NOISE[kind] * self.size), len(candidates))
        chosen = np.sort(self.rng.choice(candidates, wanted, replace=False))
        self.masks[kind] = np.zeros(self.size, dtype=np.bool_)
        self.masks[kind][chosen] = True
        return chosen

    def lists(self) -> pa.ListArray:
        bits = np.zeros(self.size, dtype=np.int64)
        for at, kind in enumerate(KINDS):
            bits |= self.masks[kind].astype(np.int64) << at
        present, codes = np.unique(bits, return_inverse=True)
        lists = [[kind for at, kind in enumerate(KINDS) if code >> at & 1] for code in present.tolist()]
        return pa.array(lists, type=pa.list_(pa.string())).take(pa.array(codes))


def _each(function: Callable[..., str], texts: Texts, rows: Ints, rng: np.random.Generator) -> None:
    """Replace the texts of `rows` by what `function` makes of each of them and a number between 0 and 1."""
    chances = rng.random(len(rows)).tolist()
    texts[rows] = np.array(
        [function(text, chance) for text, chance in zip(texts[rows].tolist(), chances, strict=True)] or [""],
        dtype=object,
    )[: len(rows)]


def generate(records: int, seed: int = 1) -> Audience:
    """An audience of `records` records; the same for the same seed."""
    rng = np.random.default_rng([seed, records])
    people, homes, companies = population.make(records, rng)
    who = np.repeat(np.arange(len(people.records)), people.records)[rng.permutation(records)]
    return _Records(people, homes, companies, who, rng).audience()


class _Records:
    """All rows at once; each method settles one group of columns."""

    def __init__(
        self, people: People, homes: Households, companies: Companies, who: Ints, rng: np.random.Generator
    ) -> None:
        self.people, self.homes, self.companies, self.who, self.rng = people, homes, companies, who, rng
        self.size = len(who)
        self.noise = _Noise(self.size, rng)
        self.country = people.country[who]
        self.is_company = people.sex[who] == COMPANY
        shares = np.array([share for share, _ in SOURCES.values()])
        self.source = rng.choice(len(SOURCES), self.size, p=shares / shares.sum())
        follower = np.isin(
            self.source, [SOURCE_NAMES.index("instagram.followers"), SOURCE_NAMES.index("tiktok.followers")]
        )
        self.follower: Mask = follower
        self.has = {
            column: self._present(column) for column in ("email", "phone", "address", "country", "company", "birthday")
        }

    def _present(self, column: str) -> Mask:
        chance = np.array([shares.get(column, 0.0) for _, shares in SOURCES.values()])[self.source]
        return self.rng.random(self.size) < chance

    def _is(self, *sources: str) -> Mask:
        return np.isin(self.source, [SOURCE_NAMES.index(source) for source in sources])

    def audience(self) -> Audience:
        first, last, full = self._names()
        email, email_id, email_typo = self._emails()
        phone, phone_id, national = self._phones()
        street, city, postcode, address_id = self._addresses()
        country = self._countries()
        handle, platform, handle_id, handle_local_id = self._handles(email_id)
        company, company_id = self._company()
        birthday, birthday_id = self._birthdays()
        # A bare first name is no name that an address, a birthday or a company would go with.
        named = np.array(
            [
                bool(a and b) or " " in c
                for a, b, c in zip(first.tolist(), last.tolist(), (full + "").tolist(), strict=True)
            ]
        )
        named |= self.scripted & (full != "")
        address_id, birthday_id, company_id = (np.where(named, ids, 0) for ids in (address_id, birthday_id, company_id))
        linkable = components(self.who, [
            np.where(email_id > 0, email_id, 0), np.where(phone_id > 0, 10 + phone_id, 0), np.where(handle_id > 0, 20 + handle_id, 0),
            np.where(handle_local_id > 0, 30 + handle_local_id, 0), np.where(address_id > 0, 40 + address_id, 0),
            np.where(birthday_id > 0, 50 + birthday_id, 0), np.where(company_id > 0, 60 + company_id, 0),
        ])  # fmt: skip
        record_id = pa.array(np.char.mod("r%08d", np.arange(self.size)).astype(object), pa.string())
        source_id = np.char.mod("%d", 10**9 + 7_919 * self.rng.permutation(self.size)).astype(object)
        updated = np.datetime64("2019-01-01T00:00:00", "us") + self.rng.integers(0, 7 * 365 * 86_400, self.size).astype(
            "timedelta64[s]"
        )
        texts: dict[str, Any] = {
            "source": np.array(SOURCE_NAMES, dtype=object)[self.source], "source_id": source_id, "full_name": full,
            "first_name": first, "last_name": last, "email": email, "phone": phone, "country": country, "address1": street,
            "city": city, "postcode": postcode, "company": company, "handle": handle, "platform": platform, "birthday": birthday,
        }  # fmt: skip
        columns = {"record_id": record_id}
        for name, values in texts.items():
            values[values == ""] = None
            columns[name] = pa.array(values, pa.string())
        columns["updated_at"] = pa.array(updated, pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
        truth = pa.table(
            [
                record_id, self.who, linkable, self.noise.lists(), email_id, email_typo, phone_id, national, handle_id,
                handle_local_id, address_id, birthday_id, company_id,
            ],
            schema=TRUTH,
        )  # fmt: skip
        return Audience(pa.table(columns), truth)

    # -- names

    def _names(self) -> tuple[Texts, Texts, Texts]:
        people, who, rng = self.people, self.who, self.rng
        given, nicknames = pools.given_names()
        family, _ = pools.family_names()
        person = ~self.is_company
        married = self.noise.draw("married name", person & (people.maiden[who] >= 0))
        first_at, last_at = people.first[who].copy(), people.last[who].copy()
        joined = np.zeros(self.size, dtype=np.bool_)
        joined[married[rng.random(len(married)) < 0.3]] = True
        last_at[married] = people.maiden[who[married]]

        scripts = given.scripted[first_at] & family.scripted[last_at] & person & ~self.is_company & ~joined
        native_rows = self.noise.draw("native script", scripts)
        # A fifth of it is another romanisation: Mohamed here, Muhammad there.
        other = rng.random(len(native_rows)) < 0.2
        native = np.zeros(self.size, dtype=np.bool_)
        native[native_rows[~other]] = True
        self.scripted = native
        first, last = given.roman[first_at], family.roman[last_at]
        first[native], last[native] = given.native[first_at[native]], family.native[last_at[native]]
        for at in native_rows[other].tolist():
            for texts, pool, index in ((first, given, first_at), (last, family, last_at)):
                others = pool.others[index[at]]
                if others:
                    texts[at] = others[int(rng.random() * len(others))]
        both = joined & (people.last[who] != last_at)
        last[both] = family.roman[people.last[who[both]]] + "-" + last[both]

        has_nickname = np.isin(first_at, np.fromiter(nicknames, dtype=np.int64))
        nick = self.noise.draw("nickname", has_nickname & person)
        chances = rng.random(len(nick)).tolist()
        for at, chance in zip(nick.tolist(), chances, strict=True):
            forms = nicknames[int(first_at[at])]
            first[at] = forms[int(chance * len(forms))][0 if native[at] else 1]

        second = np.flatnonzero((people.second_last[who] >= 0) & person & (rng.random(self.size) < 0.7) & ~joined)
        last[second] = last[second] + " " + family.roman[people.second_last[who[second]]]

        marked = np.array(
            [text != simple for text, simple in zip(given.roman.tolist(), given.plain.tolist(), strict=True)]
        )[first_at]
        marked |= np.array(
            [text != simple for text, simple in zip(family.roman.tolist(), family.plain.tolist(), strict=True)]
        )[last_at]
        lost = self.noise.draw("diacritics lost", marked & person & ~native)
        german = rng.random(self.size) < 0.4
        for texts in (first, last):
            texts[lost] = [
                pools.german(text) if two else pools.plain(text)
                for text, two in zip(texts[lost].tolist(), german[lost].tolist(), strict=True)
            ]

        taken = np.zeros(self.size, dtype=np.bool_)
        taken[nick] = True
        initial = self.noise.draw("initial only", person & ~taken & ~native & ~self.follower)
        taken[initial] = True
        of_first = rng.random(len(initial)) < 0.75
        dot = np.where(rng.random(len(initial)) < 0.6, ".", "").astype(object)
        for rows, texts, ends in (
            (initial[of_first], first, dot[of_first]),
            (initial[~of_first], last, dot[~of_first]),
        ):
            texts[rows] = np.array([text[:1] for text in texts[rows].tolist()], dtype=object) + ends

        middle = self.noise.draw("middle name", person & ~native & ~taken)
        names = given.roman[people.middle[who[middle]]]
        short = rng.random(len(middle)) < 0.5
        names[short] = [text[0] + "." for text in names[short].tolist()]
        first[middle] = first[middle] + " " + names

        typo = self.noise.draw("name typo", person & ~native & ~taken)
        in_first = rng.random(len(typo)) < 0.4
        _each(strings.typo, first, typo[in_first], rng)
        _each(strings.typo, last, typo[~in_first], rng)

        elder = (people.generation[who] > 0) & ~taken & (rng.random(self.size) < 0.3)
        suffix = np.where(people.generation[who] == 2, " Jr.", " Sr.").astype(object)
        last[elder] = last[elder] + suffix[elder]

        company = np.where(
            rng.random(self.size) < 0.7,
            self.companies.name[people.company[who]],
            self.companies.bare[people.company[who]],
        )
        full = self._full(first, last, native)
        swapped = self.noise.draw(
            "first and last swapped", person & ~native & ~self._is("newsletter.form", "whatsapp.chats") & ~self.follower
        )
        first[swapped], last[swapped] = last[swapped], first[swapped]
        full[swapped] = first[swapped] + " " + last[swapped]

        # Who has which columns; companies write their name where they can.
        whole = self._is("meta.leads", "crm.table", "whatsapp.chats") | self.follower
        whole |= self._is("address.book") & (rng.random(self.size) < 0.4)
        form = self._is("newsletter.form")
        style = rng.random(self.size)
        first[form & (style < 0.35)] = ""
        last[form & (style < 0.6)] = ""
        last[self._is("address.book") & (style < 0.06)] = ""
        pushed = self._is("whatsapp.chats") & (style < 0.4) & person
        full[pushed] = first[pushed]
        display = self.follower & person
        full[display & (style < 0.15)] = ""
        full[display & (style > 0.85)] = first[display & (style > 0.85)]
        emoji = display & (style > 0.2) & (style < 0.27)
        full[emoji] = full[emoji] + " ✨"
        first[whole], last[whole] = "", ""
        full[~whole] = ""
        full[self.is_company & whole] = company[self.is_company & whole]
        plain_company = self.is_company & ~whole
        first[plain_company] = ""
        last[plain_company] = company[plain_company]
        last[self.is_company & form] = ""
        case = rng.random(self.size)
        for rows, change in ((case < 0.03, str.lower), (case > 0.98, str.upper)):
            chosen = np.flatnonzero(rows & (form | self._is("meta.leads", "event.tickets")))
            for texts in (first, last, full):
                texts[chosen] = [change(text) for text in texts[chosen].tolist()]
        return first, last, full

    def _full(self, first: Texts, last: Texts, native: Mask) -> Texts:
        locale = self.people.name_locale[self.who]
        turned = np.array([country.family_first for country in LOCALES])[locale]
        glue = np.array([country.glue for country in LOCALES], dtype=object)[locale]
        full = first + " " + last
        east = native & turned
        full[east] = last[east] + glue[east] + first[east]
        west = ~native & turned & (self.rng.random(self.size) < 0.4)
        full[west] = last[west] + " " + first[west]
        comma = ~native & self._is("crm.table", "address.book") & (self.rng.random(self.size) < 0.08)
        full[comma] = last[comma] + ", " + first[comma]
        return full

    # -- e-mail

    def _emails(self) -> tuple[Texts, Ints, Mask]:
        people, who, rng, noise = self.people, self.who, self.rng, self.noise
        kind = np.where(self.has["email"], MAIN, NONE)
        person = ~self.is_company
        works = (people.company[who] >= 0) & self._is("linkedin.connections", "event.tickets", "crm.table")
        kind[(kind == MAIN) & works & person & (rng.random(self.size) < 0.3)] = WORK
        shared = np.bincount(people.household)[people.household[who]] > 1
        for name, value, able in (
            ("old mailbox", OLD, person), ("family mailbox", FAMILY, person & shared),
            ("role mailbox", ROLE, person), ("junk e-mail", JUNK, person),
        ):  # fmt: skip
            kind[noise.draw(name, (kind == MAIN) & able)] = value
        email = np.full(self.size, "", dtype=object)
        for value, texts in ((MAIN, people.mailbox), (OLD, people.old_mailbox), (WORK, people.work_mailbox)):
            email[kind == value] = texts[who[kind == value]]
        family = kind == FAMILY
        email[family] = self.homes.mailbox[people.household[who[family]]]
        # A handful of mailboxes that hundreds write down: a switchboard's, a reseller's, a club's.
        role = np.flatnonzero(kind == ROLE)
        shared_mailboxes = max(2, self.size // 20_000)
        chosen = (rng.random(len(role)) ** 2 * shared_mailboxes).astype(np.int64)
        word = np.array(
            ["info", "office", "sales", "contact", "bestellung", "kontakt", "hello", "support"], dtype=object
        )
        own = (people.company[who[role]] >= 0) & (rng.random(len(role)) < 0.3)
        firm = np.where(own, people.company[who[role]], chosen % len(self.companies.domain))
        email[role] = np.where(own, "info", word[chosen % len(word)]).astype(object) + "@" + self.companies.domain[firm]
        junk = np.flatnonzero(kind == JUNK)
        email[junk] = np.array(strings.JUNK_MAILBOXES, dtype=object)[
            (rng.random(len(junk)) ** 2 * len(strings.JUNK_MAILBOXES)).astype(int)
        ]

        personal = np.isin(kind, (MAIN, OLD, FAMILY, WORK)) & person
        domain = np.array([text.partition("@")[2] for text in email.tolist()], dtype=object)
        gmail = (domain == "gmail.com") & personal
        dots = noise.draw("gmail dots", gmail)
        _each(strings.move_dots, email, dots, rng)
        _each(strings.tag, email, noise.draw("plus tag", personal & np.isin(domain, strings.TAGGING)), rng)
        # Only a gmail mailbox is also a googlemail one.
        moved = noise.draw("googlemail", gmail)
        email[moved] = [text.replace("@gmail.com", "@googlemail.com") for text in email[moved].tolist()]
        wrong = noise.draw("e-mail typo", personal)
        _each(strings.mail_typo, email, wrong, rng)
        _each(strings.mail_case, email, noise.draw("e-mail case", np.isin(kind, (MAIN, OLD, FAMILY, WORK))), rng)
        ids = np.where(kind <= WORK, kind, 0)
        typo = np.zeros(self.size, dtype=np.bool_)
        typo[wrong] = True
        return email, ids, typo

    # -- phone

    def _phones(self) -> tuple[Texts, Ints, Mask]:
        people, who, rng, noise = self.people, self.who, self.rng, self.noise
        person = ~self.is_company
        kind = np.where(self.has["phone"], MAIN, NONE)
        kind[(kind == MAIN) & person & (rng.random(self.size) < 0.06)] = OLD
        chat = self._is("whatsapp.chats")
        kind[noise.draw("household landline", (kind == MAIN) & person & ~chat)] = LANDLINE
        kind[noise.draw("junk phone", (kind == MAIN) & person & ~chat)] = JUNK
        number = np.full(self.size, "", dtype=object)
        number[kind == MAIN] = people.mobile[who[kind == MAIN]]
        number[kind == OLD] = people.old_mobile[who[kind == OLD]]
        number[kind == LANDLINE] = self.homes.landline[people.household[who[kind == LANDLINE]]]
        national = np.zeros(self.size, dtype=np.bool_)
        national[noise.draw("phone without country", np.isin(kind, (MAIN, OLD, LANDLINE)) & ~chat)] = True
        rows = np.flatnonzero(np.isin(kind, (MAIN, OLD, LANDLINE)))
        place = np.where(
            self.is_company[rows], self.companies.locale[np.maximum(people.company[who[rows]], 0)], self.country[rows]
        )
        chances = rng.random(len(rows)).tolist()
        number[rows] = [
            strings.phone(LOCALES[at].calling, LOCALES[at].trunk, digits, home, chance)
            for at, digits, home, chance in zip(
                place.tolist(), number[rows].tolist(), national[rows].tolist(), chances, strict=True
            )
        ]
        junk = np.flatnonzero(kind == JUNK)
        number[junk] = np.array(strings.JUNK_PHONES, dtype=object)[
            (rng.random(len(junk)) ** 2 * len(strings.JUNK_PHONES)).astype(int)
        ]
        return number, np.where(kind <= LANDLINE, kind, 0), national

    # -- address

    def _addresses(self) -> tuple[Texts, Texts, Texts, Ints]:
        homes, rng, noise = self.homes, self.rng, self.noise
        at_home = self.people.household[self.who]
        has = self.has["address"]
        old = noise.draw("old address", has & ~self.is_company)
        abbreviated = noise.draw("address abbreviation", has)
        place, number = homes.place[at_home].copy(), homes.number[at_home].copy()
        place[old], number[old] = homes.old_place[at_home[old]], homes.old_number[at_home[old]]
        places = pools.places()
        street = places.street[place]
        countries = places.locale[place].tolist()
        short = [[tuple(item.split("=")) for item in locale.short.split(";") if item] for locale in LOCALES]
        street[abbreviated] = [
            strings.abbreviate(text, short[countries[at]])
            for at, text in zip(abbreviated.tolist(), street[abbreviated].tolist(), strict=True)
        ]
        before = np.array([locale.number_first for locale in LOCALES])[places.locale[place]]
        digits = number.astype(str).astype(object)
        street = np.where(before, digits + " " + street, street + " " + digits)
        flat = rng.random(self.size) < 0.04
        street[flat] = (
            street[flat]
            + np.where(before[flat], " Apt ", " / ").astype(object)
            + (1 + number[flat] % 9).astype(str).astype(object)
        )
        city, postcode = places.town[place], places.postcode[place]
        lower = rng.random(self.size) < 0.05
        city[lower] = [pools.plain(text).lower() for text in city[lower].tolist()]
        for texts in (street, city, postcode):
            texts[~has] = ""
        ids = np.where(has, 1, 0)
        ids[old] = 2
        return street, city, postcode, ids

    def _countries(self) -> Texts:
        has = self.has["country"]
        code = self.country.copy()
        wrong = self.noise.draw("wrong country", has)
        code[wrong] = (code[wrong] + self.rng.integers(1, len(LOCALES), len(wrong))) % len(LOCALES)
        country = np.array([locale.code for locale in LOCALES], dtype=object)[code]
        country[~has] = ""
        return country

    # -- accounts, companies, birthdays

    def _handles(self, email_id: Ints) -> tuple[Texts, Texts, Ints, Ints]:
        people, who = self.people, self.who
        instagram = self._is("instagram.followers")
        handle = np.where(instagram, people.handle[who], people.other_handle[who])
        handle[~self.follower] = ""
        platform = np.where(instagram, "instagram", "tiktok").astype(object)
        platform[~self.follower] = ""
        one = people.handle[who] == people.other_handle[who]
        handle_id = np.where(self.follower, np.where(instagram | one, 1, 2), 0)
        says = people.handle_is_local[who] == 1
        local = says & ((handle_id == 1) | (email_id == MAIN))
        return handle, platform, handle_id, np.where(local, 1, 0)

    def _company(self) -> tuple[Texts, Ints]:
        at = self.people.company[self.who]
        has = (self.has["company"] & (at >= 0)) | (
            self.is_company & self._is("shopify.customers", "crm.table", "address.book", "linkedin.connections")
        )
        bare = self.rng.random(self.size) < 0.3
        company = np.where(bare, self.companies.bare[at], self.companies.name[at])
        company[~has] = ""
        return company, np.where(has, 1, 0)

    def _birthdays(self) -> tuple[Texts, Ints]:
        has = self.has["birthday"] & ~self.is_company
        days = np.datetime64("1900-01-01") + self.people.birthday[self.who].astype("timedelta64[D]")
        text = days.astype(str).astype(object)
        yearless = has & self._is("address.book") & (self.rng.random(self.size) < 0.2)
        text[yearless] = ["-" + day[4:] for day in text[yearless].tolist()]
        text[~has] = ""
        return text, np.where(has & ~yearless, 1, 0)
