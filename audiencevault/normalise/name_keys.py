"""Comparison forms of names: transliterated, lower case, one spelling of umlauts, words joined by one blank."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from anyascii import anyascii

_APOSTROPHES: Final = re.compile(r"[.'’‘`´ʼʻ]")
_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")
_UMLAUTS: Final = re.compile(r"ae(?!l?(?:\b|$))|oe(?!l?(?:\b|$))|(?<![qg])ue(?!l?(?:\b|$))")
"""`ae`, `oe`, `ue` inside a word, but not where they are no umlaut: at the end (*Zoe*, *Sue*), in *Michael*, *Joel*,
*Manuel*, and after q and g (*Miguel*, *Enrique*)."""
_ARABIC_SIGNS: Final = re.compile("[\u0640\u064b-\u065f\u0670]")


def folded(text: str) -> str:
    """`mueller` and `müller` and `muller` as one spelling; input in lower-case ASCII.

    >>> folded("mueller"), folded("michael"), folded("soeren")
    ('muller', 'michael', 'soren')
    """
    return _UMLAUTS.sub(lambda found: found.group()[0], text)


@lru_cache(maxsize=262_144)
def comparison(text: str) -> str:
    """The comparison form of a name or a part of one, or an empty text.

    >>> comparison("O’Neil"), comparison("Anna-Lena"), comparison("Юлия"), comparison("Müller")
    ('oneil', 'anna lena', 'yuliya', 'muller')
    """
    plain = text
    if not text.isascii():
        # Hyphens and blanks of other scripts become ASCII; vowel signs that most writers leave out are dropped.
        plain = anyascii(
            _ARABIC_SIGNS.sub("", unicodedata.normalize("NFKC", text)).replace("ου", "ou").replace("Ου", "Ou")
        )
    words = _NOT_WORD.sub(" ", _APOSTROPHES.sub("", plain).lower())
    return folded(" ".join(words.split()))


def name_key(first: str, middle: str, last: str) -> str:
    """All words of a name in comparison form, sorted, without initials: swapped fields give the same key."""
    words = f"{first} {middle} {last}".split()
    return " ".join(sorted(word for word in words if len(word) > 1) or sorted(words))
