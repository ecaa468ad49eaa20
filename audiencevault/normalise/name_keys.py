"""Comparison forms of names: transliterated, lower case, one spelling of each word, joined by blanks."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from anyascii import anyascii

from audiencevault.normalise.columns import MUCH_TEXT
from audiencevault.normalise.native_names import ARABIC, KOREAN_SYLLABLES
from audiencevault.normalise.spellings import folded, key_word
from audiencevault.normalise.transliteration import japanese_given, latin

__all__ = ["comparison", "folded", "name_key", "plain_form", "spelled"]

_APOSTROPHES: Final = re.compile(r"[.'’‘`´ʼʻ]")
_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")
ARTICLES: Final = frozenset({"al", "el"})
"""Arabic articles, left out at the beginning of a surname."""
SERVANTS: Final = frozenset({"abd", "abdul", "abdel", "abdal", "abdur", "abder", "abdoul"})
"""First half of Arabic names such as Abdul Rahman, written apart or in one word."""


@lru_cache(maxsize=262_144)
def plain_form(text: str) -> str:
    """A name or a part of one in lower-case ASCII, umlauts folded, spelled as it is: for looking words up.

    >>> plain_form("O’Neil"), plain_form("Anna-Lena"), plain_form("Юлия"), plain_form("Müller")
    ('oneil', 'anna lena', 'yuliya', 'muller')
    """
    if text.isascii() and text.isalpha():
        return folded(text[:MUCH_TEXT].lower())
    words = _NOT_WORD.sub(" ", _APOSTROPHES.sub("", latin(text[:MUCH_TEXT])).lower())
    return folded(" ".join(words.split()))


@lru_cache(maxsize=262_144)
def comparison(text: str) -> str:
    """The comparison form of a name or a part of one, or an empty text: of every word the spelling that stands for
    all spellings of it.

    >>> comparison("O’Neil"), comparison("Юлия"), comparison("Iuliia"), comparison("Müller"), comparison("Al-Masry")
    ('oneil', 'yulia', 'yulia', 'muller', 'masri')
    """
    return spelled(plain_form(text))


def japanese_comparison(text: str) -> str:
    """The comparison form of a given name that stands behind a Japanese surname."""
    return spelled(plain_form(japanese_given(text)))


def spelled(plain: str) -> str:
    """The comparison form of a name in plain form.

    >>> spelled("iuliia"), spelled("al masry"), spelled("min su")
    ('yulia', 'masri', 'minsu')
    """
    words = plain.split(" ")
    if len(words) == 1:
        return _without_article(key_word(plain))
    if words[0] in ARTICLES:
        words = words[1:]
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in SERVANTS:
            joined[-1] = joined[-1] if word in ARTICLES else "abdallah" if word == "allah" else "abdul" + word
        else:
            joined.append(word)
    if len(joined) == 2 and joined[0] in SYLLABLES and joined[1] in SYLLABLES:
        return key_word(folded(SYLLABLES[joined[0]] + SYLLABLES[joined[1]]))
    return " ".join(_without_article(key_word(word)) for word in joined)


def _without_article(key: str) -> str:
    """`Elkhatib` as `Khatib`, where what remains is a known Arabic name."""
    rest = key_word(key[2:]) if key[:2] in ARTICLES else ""
    return rest if rest in _ARABIC_KEYS else key


_ARABIC_KEYS: Final = frozenset(key_word(plain_form(reading)) for reading in ARABIC.values() if len(reading) > 3)
SYLLABLES: Final = {
    **{anyascii(char).lower(): reading for char, reading in KOREAN_SYLLABLES.items()},
    **{reading: reading for reading in KOREAN_SYLLABLES.values()},
    "soo": "su", "joo": "ju", "joon": "jun", "hun": "hoon", "yun": "yoon", "youn": "yeon", "kyoung": "kyung",
    "suk": "seok", "ah": "a", "jeung": "jung", "yung": "young",
}  # fmt: skip
"""Syllables of Korean given names in the ways that they are romanised; two with a hyphen or blank are one name."""


def name_key(first: str, middle: str, last: str) -> str:
    """All words of a name in comparison form, sorted, without initials: swapped fields give the same key."""
    words = f"{first} {middle} {last}".split()
    return " ".join(sorted(word for word in words if len(word) > 1) or sorted(words))
