"""Comparison forms of postcodes, cities and other words, one value at a time."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from anyascii import anyascii

from audiencevault.normalise.columns import MUCH_TEXT, visible
from audiencevault.normalise.name_keys import folded
from audiencevault.normalise.street_words import CITIES, NATIVE_CITIES

_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")
_DOTLESS: Final = re.compile(r"['’.]")


@lru_cache(maxsize=131_072)
def plain_key(text: str) -> str:
    """Lower-case ASCII words joined by one blank, dots and apostrophes dropped.

    >>> plain_key("St.-Émilion, d’Or")
    'st emilion dor'
    """
    text = text[:MUCH_TEXT]
    if not text.isascii():
        text = anyascii(visible(text))
    return " ".join(_NOT_WORD.sub(" ", _DOTLESS.sub("", text.lower())).split())


@lru_cache(maxsize=131_072)
def postcode_key(text: str | None, country: str | None = None) -> str | None:
    """A postcode without blanks and signs; five digits for the United States; zeros back that a spreadsheet dropped.

    >>> postcode_key("sw1a 1aa"), postcode_key("D-10115", "DE"), postcode_key("1067", "DE")
    ('sw1a1aa', '10115', '01067')
    """
    # A spreadsheet that took the postcode for a number: 10115.0.
    key = plain_key((text or "")[:MUCH_TEXT].strip().removesuffix(".0"))
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
    shown = re.sub(r"\([^()]*\)", " ", visible((text or "")[:MUCH_TEXT])).split(",")[0].strip()
    if shown in NATIVE_CITIES:
        return NATIVE_CITIES[shown]
    words = [word for word in folded(plain_key(shown)).split() if not word.isdigit()]
    words = ["saint" if word in ("st", "sankt", "sint", "ste", "sainte") else word for word in words]
    key = " ".join(words)
    return CITIES.get(key, key) or None
