"""Name pools and places in arrays: what the generator draws from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from benchmarks.identity.locale import Locale
from benchmarks.identity.locales_north import NORTH
from benchmarks.identity.locales_scripts import SCRIPTS
from benchmarks.identity.locales_west import WEST

Texts = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LOCALES: tuple[Locale, ...] = WEST + NORTH + SCRIPTS

_TWO_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae", "ß": "ss"})
_ONE_LETTER = str.maketrans(
    {"ł": "l", "ø": "o", "æ": "ae", "ß": "ss", "đ": "d", "ı": "i", "Đ": "D", "Ł": "L", "Ø": "O"}
)


def plain(text: str) -> str:
    """Without diacritics: each letter as its base letter."""
    folded = unicodedata.normalize("NFKD", text.translate(_ONE_LETTER))
    return "".join(char for char in folded if not unicodedata.combining(char))


def german(text: str) -> str:
    """Without diacritics, the German and Danish way: `ä` as `ae`."""
    wide = "".join(
        char.lower().translate(_TWO_LETTERS).title() if char.isupper() else char.translate(_TWO_LETTERS)
        for char in text
    )
    return plain(wide)


def mailbox_letters(text: str) -> str:
    """What a mail provider lets a name become: lower-case ASCII letters."""
    return "".join(char for char in plain(text).lower() if "a" <= char <= "z")


@dataclass(frozen=True, slots=True)
class NamePool:
    """Words with their ways to be written, over all locales; `of[key]` gives the first index and the weights."""

    native: Texts
    roman: Texts
    others: Texts
    """A tuple of other romanisations for each word."""
    plain: Texts
    german: Texts
    letters: Texts
    scripted: npt.NDArray[np.bool_]
    """The native form is in another script."""
    of: dict[tuple[int, str], tuple[int, Floats]]


def split(token: str) -> tuple[str, tuple[str, ...]]:
    """Native form and romanisations of one token of a locale's list."""
    native, _, roman = token.partition(":")
    forms = tuple(form.replace("_", " ") for form in roman.split("|")) if roman else (native,)
    return native, forms


def _pool(entries: list[tuple[str, tuple[str, ...]]], of: dict[tuple[int, str], tuple[int, Floats]]) -> NamePool:
    def texts(values: list[object]) -> Texts:
        array = np.empty(len(values), dtype=object)
        array[:] = values
        return array

    roman = [forms[0] for _, forms in entries]
    others = np.empty(len(entries), dtype=object)
    for at, (_, forms) in enumerate(entries):
        others[at] = forms[1:]
    return NamePool(
        native=texts([native for native, _ in entries]),
        roman=texts(list(roman)),
        others=others,
        plain=texts([plain(name) for name in roman]),
        german=texts([german(name) for name in roman]),
        letters=texts([mailbox_letters(name) or "x" for name in roman]),
        scripted=np.array([native != forms[0] for native, forms in entries]),
        of=of,
    )


def _cumulative(count: int, shift: float, exponent: float = 1.0) -> Floats:
    weights = 1.0 / (np.arange(count) + 1.0 + shift) ** exponent
    return np.cumsum(weights / weights.sum())


@cache
def given_names() -> tuple[NamePool, dict[int, list[tuple[str, str]]]]:
    """Given names under (locale, "m"/"f"), and the nicknames (native, roman) of those that have any."""
    entries: list[tuple[str, tuple[str, ...]]] = []
    of: dict[tuple[int, str], tuple[int, Floats]] = {}
    nicknames: dict[int, list[tuple[str, str]]] = {}
    for number, locale in enumerate(LOCALES):
        short = dict(item.split("=") for item in locale.nicknames.split())
        for sex, text in (("m", locale.men), ("f", locale.women)):
            start = len(entries)
            words = list(dict.fromkeys(text.split()))
            # Rarer given names are pairs of common ones, as they are in most of these countries.
            joint = "" if locale.glue == "" else "-"
            pairs = (
                [f"{a}{joint}{b}" for a in words[2:14] for b in words[14:26]]
                if ":" not in text and locale.code != "VN"
                else []
            )
            for word in words + pairs:
                native, _ = split(word)
                if native in short:
                    nicknames[len(entries)] = [(split(nick)[0], split(nick)[1][0]) for nick in short[native].split(",")]
                entries.append(split(word))
            weights = np.concatenate(
                [1.0 / (np.arange(len(words)) + 8.0), np.full(len(pairs), 0.1 / max(len(pairs), 1))]
            )
            of[number, sex] = (start, np.cumsum(weights / weights.sum()))
    return _pool(entries, of), nicknames


def _feminine(token: tuple[str, tuple[str, ...]], rules: list[tuple[str, str]]) -> tuple[str, tuple[str, ...]]:
    def bend(text: str) -> str:
        for ending, replacement in rules:
            if text.endswith(ending) and not text.endswith("ová"):
                return text[: len(text) - len(ending)] + replacement
        return text

    native, forms = token
    return bend(native), tuple(bend(form) for form in forms)


@cache
def family_names() -> tuple[NamePool, Ints]:
    """Family names under (locale, "l"), and for each word the index of the form that women bear."""
    entries: list[tuple[str, tuple[str, ...]]] = []
    women: list[int] = []
    of: dict[tuple[int, str], tuple[int, Floats]] = {}
    for number, locale in enumerate(LOCALES):
        words = [split(word.replace("-", " ") if locale.code in ("NL", "BE") else word) for word in locale.last.split()]
        rare = []
        for stem in locale.stems.split():
            for end in locale.ends.split():
                (native, forms), (native_end, ends) = split(stem), split(end)
                rare.append((native + native_end, tuple(dict.fromkeys(form + tail for form in forms for tail in ends))))
        words = list(dict.fromkeys(words + rare))
        start = len(entries)
        entries.extend(words)
        rules = [(rule.partition("=")[0], rule.partition("=")[2]) for rule in locale.feminine.split(";") if rule]
        women.extend(range(start, start + len(words)))
        if rules:
            for at, word in enumerate(words):
                bent = _feminine(word, rules)
                if bent != word:
                    women[start + at] = len(entries)
                    entries.append(bent)
            women.extend(range(start + len(words), len(entries)))
        of[number, "l"] = (start, _cumulative(len(words), locale.shift))
    return _pool(entries, of), np.array(women)


def draw(pool: NamePool, locales: Ints, kind: str | Texts, rng: np.random.Generator) -> Ints:
    """One index of `pool` for each locale number, by Zipf–Mandelbrot."""
    result = np.zeros(len(locales), dtype=np.int64)
    for (number, key), (start, cumulative) in pool.of.items():
        at = np.flatnonzero((locales == number) & (kind == key))
        result[at] = start + np.minimum(np.searchsorted(cumulative, rng.random(len(at))), len(cumulative) - 1)
    return result


def fill(template: str, rng: np.random.Generator) -> str:
    """A template with its signs drawn."""
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    return "".join(
        str(rng.integers(10))
        if sign == "#"
        else str(rng.integers(2, 10))
        if sign == "%"
        else letters[rng.integers(20)]
        if sign == "@"
        else sign
        for sign in template
    )


@dataclass(frozen=True, slots=True)
class Places:
    """Towns × streets of all locales, each with its postcode; `first[locale]` and `count[locale]` say where."""

    town: Texts
    street: Texts
    postcode: Texts
    locale: Ints
    first: Ints
    count: Ints


@cache
def places() -> Places:
    """Every street of every town; a street has one postcode, several streets may share it."""
    rng = np.random.default_rng(20_260_101)
    town, street, postcode, locale, first = [], [], [], [], []
    for number, country in enumerate(LOCALES):
        first.append(len(town))
        for item in country.towns.split(";"):
            name, template = item.split("|")
            codes = [fill(template, rng) for _ in range(max(4, len(country.streets.split(";")) // 3))]
            for road in country.streets.split(";"):
                town.append(name)
                street.append(road)
                postcode.append(codes[rng.integers(len(codes))])
                locale.append(number)
    starts = np.array(first)
    return Places(
        np.array(town, dtype=object), np.array(street, dtype=object), np.array(postcode, dtype=object),
        np.array(locale), starts, np.diff(np.append(starts, len(town))),
    )  # fmt: skip


@cache
def providers() -> tuple[Texts, dict[int, tuple[int, Floats]]]:
    """Mail domains of all locales, and for each locale the first index and the cumulative weights."""
    domains: list[str] = []
    of: dict[int, tuple[int, Floats]] = {}
    for number, country in enumerate(LOCALES):
        start = len(domains)
        weights = []
        for item in country.providers.split():
            domain, _, weight = item.partition("*")
            domains.append(domain)
            weights.append(float(weight or 1))
        of[number] = (start, np.cumsum(np.array(weights) / sum(weights)))
    return np.array(domains, dtype=object), of


def numbers(locales: Ints, landline: bool, rng: np.random.Generator) -> Texts:
    """National significant numbers, distinct within a country."""
    result = np.empty(len(locales), dtype=object)
    for number, country in enumerate(LOCALES):
        at = np.flatnonzero(locales == number)
        templates = (country.landlines if landline else country.mobiles).split()
        taken: set[str] = set()
        for position in at.tolist():
            while True:
                template = templates[int(rng.random() * len(templates))]
                digits = f"{int(rng.random() * 10**10):010}"
                value = template.replace("%", "2379548"[int(rng.random() * 7)], 1)
                head = value.rstrip("#")
                value = head + digits[: len(value) - len(head)]
                if value not in taken:
                    break
            taken.add(value)
            result[position] = value
    return result
