"""Names in any script in Latin letters, as their bearers would write them.

Words: a *reading* is a word of a name in lower-case ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from anyascii import anyascii

from audiencevault.normalise.native_names import (
    ARABIC,
    CHINESE_SURNAMES,
    HEBREW,
    JAPANESE_FIRST,
    JAPANESE_GIVEN,
    JAPANESE_SECOND,
    JAPANESE_SURNAMES,
    KOREAN_SURNAMES,
    KOREAN_SYLLABLES,
)

_ARABIC_SIGNS: Final = re.compile("[\u0640\u064b-\u065f\u0670]")
_ARABIC_LETTERS: Final = str.maketrans("أإآٱىکیةۀ", "اااايكيهه")
_BETWEEN_WORDS: Final = re.compile(r"[\s\u2010-\u2015\u30fb・·\-]+")
_KATAKANA_LONG: Final = re.compile("ー")

_GREEK_PAIRS: Final = (
    ("ου", "ou"), ("γγ", "ng"), ("γξ", "nx"), ("γχ", "nch"), ("γκ", "gk"), ("τζ", "tz"),
)  # fmt: skip
_GREEK_FIRST: Final = {"μπ": "b", "ντ": "d", "γκ": "g"}
_GREEK_GLIDE: Final = re.compile(r"([αεη])υ(?=([θκξπστφχψς]|$)?)")
_GREEK_VOWELS: Final = {"α": "a", "ε": "e", "η": "i"}


def _normal_arabic(word: str) -> str:
    return _ARABIC_SIGNS.sub("", word).translate(_ARABIC_LETTERS)


_ARABIC: Final = {_normal_arabic(word): reading for word, reading in ARABIC.items()}


def _arabic(word: str) -> str:
    plain = _normal_arabic(word)
    for form in (plain, plain.removeprefix("ال")):
        if form in _ARABIC:
            return _ARABIC[form]
    return _skeleton(anyascii(plain.removeprefix("ال") if len(plain) > 4 else plain), "wy")


def _hebrew(word: str) -> str:
    return HEBREW.get(word) or _skeleton(anyascii(word), "vy")


def _skeleton(text: str, mutes: str) -> str:
    """Letters of a script without vowels: those that may stand for a vowel are kept only at the beginning."""
    plain = re.sub(r"[^a-z]", "", text.lower())
    return plain[:1] + "".join(char for char in plain[1:] if char not in mutes)


def _korean(word: str) -> str:
    whole = KOREAN_SURNAMES.get(word)
    return whole or "".join(KOREAN_SYLLABLES.get(char) or anyascii(char).lower() for char in word)


def _han(word: str) -> str:
    if len(word) > 1 and word in JAPANESE_GIVEN:
        return JAPANESE_GIVEN[word]
    return japanese_surname(word) or CHINESE_SURNAMES.get(word) or anyascii(word)


def japanese_surname(word: str) -> str | None:
    """The reading of a Japanese surname, also of one that no table has, from its two characters; None for no surname.

    >>> japanese_surname("田中"), japanese_surname("西原"), japanese_surname("王")
    ('tanaka', 'nishihara', None)
    """
    known = JAPANESE_SURNAMES.get(word)
    if known is None and len(word) == 2 and word[0] in JAPANESE_FIRST and word[1] in JAPANESE_SECOND:
        return JAPANESE_FIRST[word[0]] + JAPANESE_SECOND[word[1]]
    return known


def _kana(word: str) -> str:
    plain = anyascii(_KATAKANA_LONG.sub("", word)).lower()
    return plain.replace("ou", "o").replace("uu", "u").replace("oo", "o")


def _greek(word: str) -> str:
    bare = "".join(char for char in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(char))
    bare = _GREEK_FIRST.get(bare[:2], bare[:2]) + bare[2:]
    bare = bare.replace("ου", "ou")
    bare = _GREEK_GLIDE.sub(
        lambda found: _GREEK_VOWELS[found.group(1)] + ("v" if found.group(2) is None else "f"), bare
    )
    for pair, latin in _GREEK_PAIRS:
        bare = bare.replace(pair, latin)
    return anyascii(bare)


_SCRIPTS: Final[tuple[tuple[re.Pattern[str], Callable[[str], str]], ...]] = (
    (re.compile("[\u0370-\u03ff\u1f00-\u1fff]"), _greek),
    (re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]"), _arabic),
    (re.compile("[\u0590-\u05ff]"), _hebrew),
    (re.compile("[\uac00-\ud7af]"), _korean),
    (re.compile("[\u3040-\u30ff]"), _kana),
    (re.compile("[\u3005\u3400-\u9fff\uf900-\ufaff]"), _han),
)
_FIRST_GREEK: Final = "\u0370"
"""Before this are Latin letters only."""


@lru_cache(maxsize=131_072)
def reading(word: str) -> str:
    """One word of a name in ASCII, not yet in lower case.

    >>> reading("Müller"), reading("Ευάγγελος"), reading("محمد"), reading("김"), reading("田中"), reading("王")
    ('Muller', 'evangelos', 'muhammad', 'kim', 'tanaka', 'Wang')
    """
    if word.isascii():
        return word
    if max(word) < _FIRST_GREEK:
        return anyascii(word)
    rule = next((rule for pattern, rule in _SCRIPTS if pattern.search(word)), anyascii)
    return rule(word)


def latin(text: str) -> str:
    """A name or a part of one in ASCII, its words joined by blanks."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", text)
    return " ".join(reading(word) for word in _BETWEEN_WORDS.split(plain) if word)


def japanese_given(text: str) -> str:
    """The reading of a given name that stands behind a Japanese surname."""
    return JAPANESE_GIVEN.get(text) or latin(text)
