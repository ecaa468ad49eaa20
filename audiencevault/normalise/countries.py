"""Countries as people write them, in many languages, as ISO 3166 alpha-2.

Names come from the Unicode locale data inside babel, two- and three-letter codes as well; what people write besides is
listed here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from babel import Locale
from babel.core import get_global

from audiencevault.normalise.place_keys import plain_key

LANGUAGES: Final = (
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "is", "pl", "cs", "sk", "sl", "hr", "bs", "sr",
    "hu",
    "ro", "bg", "mk", "sq", "el", "tr", "ru", "uk", "be", "et", "lv", "lt", "ga", "mt", "ca", "eu", "gl", "he", "ar",
    "fa",
    "hi", "th", "vi", "id", "ms", "zh", "zh_Hant", "ja", "ko",
)  # fmt: skip
"""Languages whose country names are known; where two languages mean two countries by one word, the first counts."""

SPELLINGS: Final = {
    "usa": "US", "u s a": "US", "u s": "US", "us of a": "US", "america": "US", "united states of america": "US",
    "the united states": "US", "estados unidos de america": "US", "etats unis d amerique": "US",
    "vereinigte staaten von amerika": "US",
    "uk": "GB", "u k": "GB", "gb": "GB", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB", "united kingdom of great britain and northern ireland": "GB", "grossbritannien": "GB",
    "brd": "DE", "bundesrepublik deutschland": "DE", "federal republic of germany": "DE", "allemagne": "DE",
    "holland": "NL", "the netherlands": "NL", "eire": "IE", "republic of ireland": "IE", "czech republic": "CZ",
    "ceska republika": "CZ", "tschechische republik": "CZ", "slovak republic": "SK", "south korea": "KR", "korea": "KR",
    "republic of korea": "KR", "north korea": "KP", "russia": "RU", "russian federation": "RU", "uae": "AE",
    "u a e": "AE",
    "emirates": "AE", "turkey": "TR", "turkiye": "TR", "vietnam": "VN", "viet nam": "VN", "macedonia": "MK",
    "burma": "MM",
    "ivory coast": "CI", "cape verde": "CV", "swaziland": "SZ", "hong kong": "HK", "macau": "MO", "taiwan": "TW",
    "prc": "CN",
    "peoples republic of china": "CN", "mainland china": "CN", "vatican": "VA", "palestine": "PS", "kosovo": "XK",
    "schweiz suisse": "CH", "helvetia": "CH", "osterreich": "AT", "espana": "ES", "suomi": "FI", "sverige": "SE",
    "norge": "NO", "danmark": "DK", "polska": "PL", "brasil": "BR", "mejico": "MX",
}  # fmt: skip
"""Common writings in comparison form that the locale data does not have. The parts of the United Kingdom are GB."""

VEHICLE_CODES: Final = {
    "d": "DE",
    "a": "AT",
    "f": "FR",
    "i": "IT",
    "e": "ES",
    "b": "BE",
    "l": "LU",
    "s": "SE",
    "p": "PT",
}
"""Single letters as on cars, common in European address books."""


@lru_cache(maxsize=1)
def _first_names() -> dict[str, str]:
    """Codes, our spellings and the English names: what nearly every cell holds."""
    aliases = get_global("territory_aliases")
    known = {code.lower(): new[0] for code, new in aliases.items() if len(new) == 1 and len(new[0]) == 2}
    known = {code: new for code, new in known.items() if code.isalpha()}
    english = _names("en")
    return {**known, **english, **{code.lower(): code for code in english.values()}, **SPELLINGS, **VEHICLE_CODES}


@lru_cache(maxsize=1)
def _all_names() -> dict[str, str]:
    known: dict[str, str] = {}
    for language in LANGUAGES:
        for name, code in _names(language).items():
            known.setdefault(name, code)
    return known


def _names(language: str) -> dict[str, str]:
    territories = Locale.parse(language).territories
    places = {code: name for code, name in territories.items() if len(code) == 2 and code.isalpha()}
    return {plain_key(places[code]): code for code in sorted(places, reverse=True) if code not in _NO_COUNTRY}


_NO_COUNTRY: Final = frozenset({"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"})
"""Codes of the locale data that are no country of ISO 3166."""


@lru_cache(maxsize=16_384)
def country_code(text: str | None) -> str | None:
    """ISO alpha-2 of a country as people write it, or None.

    >>> country_code("Deutschland"), country_code("USA"), country_code("gbr"), country_code("?")
    ('DE', 'US', 'GB', None)
    """
    key = plain_key(text or "")
    return (_first_names().get(key) or _all_names().get(key)) if key else None
