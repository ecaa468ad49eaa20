"""Comparison forms of streets, postcodes and cities, one value at a time."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from anyascii import anyascii

from audiencevault.normalise.columns import visible
from audiencevault.normalise.name_keys import folded

_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")
_DOTLESS: Final = re.compile(r"['’.]")
_NUMBER: Final = re.compile(r"^(?:\d+[a-z]?|\d+(?:st|nd|rd|th)?)$")
_NUMBER_LETTER: Final = re.compile(r"\b(\d+) ([a-z])\b(?! ?\d)")
UNITS: Final = (
    "apt|apartment|unit|suite|ste|flat|floor|fl|room|rm|app|whg|wohnung|etage|stock|og|eg|appt|appartement|piso|puerta"
    "|depto|dpto|int|interno|scala|bus|lgh|kv"
)
"""Words after which a flat or floor is named, as alternatives of a regular expression."""

_UNIT: Final = re.compile(rf"\b(?:{UNITS})\b.*$|#.*$")
_STOREY: Final = re.compile(r"\s\d+\s*[ºª°].*$")
_ORDINAL: Final = re.compile(r"^\d+(?:st|nd|rd|th)$")

STREET_WORDS: Final = {
    # English
    "street": "st", "str": "st", "avenue": "ave", "av": "ave", "aven": "ave", "avn": "ave", "road": "rd",
    "boulevard": "blvd",
    "boul": "blvd", "bd": "blvd", "bld": "blvd", "drive": "dr", "drv": "dr", "lane": "ln", "court": "ct", "crt": "ct",
    "place": "pl", "square": "sq", "terrace": "ter", "terr": "ter", "highway": "hwy", "parkway": "pkwy",
    "circle": "cir",
    "crescent": "cres", "close": "cl", "trail": "trl", "north": "n", "south": "s", "east": "e", "west": "w",
    "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw", "saint": "st", "mount": "mt",
    "fort": "ft",
    "gardens": "gdns", "grove": "gr", "mews": "mws", "heights": "hts",
    # German: written apart it is joined to the word before, see `street_key`
    "strasse": "st", "gasse": "g", "platz": "pl", "allee": "all", "ring": "ring",
    # French, Spanish, Portuguese, Italian
    "chemin": "ch", "route": "rte", "impasse": "imp", "faubourg": "fbg", "residence": "res", "calle": "c",
    "avenida": "ave",
    "avda": "ave", "plaza": "pl", "pza": "pl", "plza": "pl", "paseo": "po", "carretera": "ctra", "rua": "r", "rue": "r",
    "praca": "pl", "travessa": "tv", "viale": "ve", "vle": "ve", "piazza": "pl", "pzza": "pl", "corso": "cso",
    "largo": "lgo",
    "strada": "str", "vicolo": "vic",
    # Dutch, Scandinavian, Polish
    "straat": "st", "laan": "ln", "plein": "pl", "gracht": "gr", "gata": "g", "gatan": "g", "gate": "g", "gade": "g",
    "vag": "v", "vagen": "v", "vej": "v", "vei": "v", "veien": "v", "ulica": "ul", "aleja": "al", "osiedle": "os",
}  # fmt: skip
"""Words of streets in comparison form and their one short form."""

_ENDINGS: Final = (
    ("strasse", "st"), ("straat", "st"), ("str", "st"), ("platz", "pl"), ("gasse", "g"), ("gatan", "g"), ("vagen", "v"),
    ("gade", "g"), ("allee", "all"), ("laan", "ln"), ("plein", "pl"),
)  # fmt: skip
"""Endings of streets written as one word (Hauptstrasse, Kerkstraat, Storgatan), with their short form."""

_JOINED: Final = frozenset({"strasse", "straat", "str", "gasse", "platz", "allee", "laan", "plein"})
_NO_NUMBER: Final = frozenset({"no", "nr", "number", "num", "nummer", "n0", "numero"})

CITIES: Final = {
    "munich": "munchen", "cologne": "koln", "nuremberg": "nurnberg", "hanover": "hannover", "brunswick": "braunschweig",
    "vienna": "wien", "geneva": "geneve", "genf": "geneve", "zuerich": "zurich", "basle": "basel", "lucerne": "luzern",
    "milan": "milano", "mailand": "milano", "rome": "roma", "rom": "roma", "florence": "firenze", "florenz": "firenze",
    "turin": "torino", "naples": "napoli", "neapel": "napoli", "venice": "venezia", "venedig": "venezia",
    "genoa": "genova",
    "lisbon": "lisboa", "lissabon": "lisboa", "seville": "sevilla", "brussels": "bruxelles", "brussel": "bruxelles",
    "brussels bruxelles": "bruxelles", "antwerp": "antwerpen", "ghent": "gent", "the hague": "den haag",
    "s gravenhage": "den haag", "copenhagen": "kobenhavn", "kopenhagen": "kobenhavn", "gothenburg": "goteborg",
    "helsingfors": "helsinki", "prague": "praha", "prag": "praha", "warsaw": "warszawa", "warschau": "warszawa",
    "cracow": "krakow", "krakau": "krakow", "bucharest": "bucuresti", "athens": "athina", "moscow": "moskva",
    "moskau": "moskva", "kiev": "kyiv", "kiew": "kyiv", "new york city": "new york", "nyc": "new york",
    "saint petersburg": "sankt peterburg", "la": "los angeles", "sf": "san francisco", "montreal": "montreal",
}  # fmt: skip
"""Cities with two names, both in comparison form."""


@lru_cache(maxsize=131_072)
def plain_key(text: str) -> str:
    """Lower-case ASCII words joined by one blank, dots and apostrophes dropped.

    >>> plain_key("St.-Émilion, d’Or")
    'st emilion dor'
    """
    if not text.isascii():
        text = anyascii(visible(text))
    return " ".join(_NOT_WORD.sub(" ", _DOTLESS.sub("", text.lower())).split())


@lru_cache(maxsize=131_072)
def street_key(text: str | None) -> str | None:
    """A street with its house number: short forms for the kind of street, number last, flat or floor left out.

    >>> street_key("12 Main Street, Apt 4"), street_key("Main St. 12")
    ('main st 12', 'main st 12')
    >>> street_key("Haupt-Straße 5 a"), street_key("Hauptstr. 5a")
    ('hauptst 5a', 'hauptst 5a')
    """
    lowered = anyascii(_STOREY.sub("", visible(text or ""))).lower()
    # A dot after a short form is an end of a word: "Hauptstr.5", "C.Mayor".
    words = _NOT_WORD.sub(
        " ", re.sub(r"['’]", "", _UNIT.sub("", re.sub(r"\.(?=\S)", ". ", lowered)) or lowered)
    ).strip()
    words = folded(_NUMBER_LETTER.sub(r"\1\2", words))
    named: list[str] = []
    numbers: list[str] = []
    for word in words.split():
        if word in _NO_NUMBER:
            continue
        if _NUMBER.match(word) and not _ORDINAL.match(word):
            numbers.append(word.lstrip("0") or "0")
        elif (
            word in _JOINED
            and named
            and named[-1] not in STREET_WORDS
            and len(named[-1]) > 2
            and _is_german(named, word)
        ):
            named[-1] += STREET_WORDS.get(word, word)
        else:
            named.append(STREET_WORDS.get(word) or _shortened(word))
    return " ".join([*named, *numbers]) or None


def _is_german(named: list[str], word: str) -> bool:
    """Whether a kind of street written apart belongs to the word before: `Haupt Str.`, but not English `Main Str`."""
    return word != "str" or len(named) == 1


def _shortened(word: str) -> str:
    for ending, short in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word[: -len(ending)] + short
    return word


@lru_cache(maxsize=131_072)
def postcode_key(text: str | None, country: str | None = None) -> str | None:
    """A postcode without blanks and signs; five digits for the United States; zeros back that a spreadsheet dropped.

    >>> postcode_key("sw1a 1aa"), postcode_key("D-10115", "DE"), postcode_key("1067", "DE")
    ('sw1a1aa', '10115', '01067')
    """
    # A spreadsheet that took the postcode for a number: 10115.0.
    key = plain_key((text or "").strip().removesuffix(".0"))
    if country and key.startswith(country.lower() + " "):
        key = key[len(country) + 1 :]
    elif len(key) > 2 and key[0].isalpha() and key[1] == " " and key[2].isdigit():
        key = key[2:]
    if country == "US" and re.fullmatch(r"\d{5} ?\d{4}", key):
        key = key[:5]
    key = key.replace(" ", "")
    width = _DIGITS.get(country or "")
    return (key.zfill(width) if width and key.isdigit() and len(key) == width - 1 else key) or None


_DIGITS: Final = {
    "US": 5, "DE": 5, "FR": 5, "IT": 5, "ES": 5, "FI": 5, "EE": 5, "HR": 5, "MX": 5, "TR": 5, "KR": 5, "PR": 5,
}  # fmt: skip
"""Countries with postcodes of five digits, some of which begin with a zero."""


@lru_cache(maxsize=65_536)
def city_key(text: str | None) -> str | None:
    """A city: first name of it, without postcode, district or addition, local name where there are two.

    >>> city_key("München"), city_key("Munich"), city_key("10115 Berlin (Mitte)"), city_key("St. Gallen")
    ('munchen', 'munchen', 'berlin', 'saint gallen')
    """
    shown = re.sub(r"\([^()]*\)", " ", visible(text or "")).split(",")[0]
    words = [word for word in folded(plain_key(shown)).split() if not word.isdigit()]
    words = ["saint" if word in ("st", "sankt", "sint", "ste", "sainte") else word for word in words]
    key = " ".join(words)
    return CITIES.get(key, key) or None
