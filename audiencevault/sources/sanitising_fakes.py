"""The invented values of a sanitised sample: for each word, number and address of the original always the same fake.

A *book* is filled in two passes over an export. While it is open it takes note of everything that will be replaced
and gives it back unchanged; once closed it gives fakes, none of which is a value of the original, and no two of which
are the same. What a fake is depends on the seed and on the values of the export, not on their order.
"""

from __future__ import annotations

import hashlib
import random
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from audiencevault.sources.table_text import words

_VOWELS: Final = "aeiou"
_CONSONANTS: Final = "bcdfghjklmnpqrstvwxyz"
_FILLER: Final = "loremipsumdolorsitametconsecteturadipiscingelitseddoeiusmodtempor"
_TRIES: Final = 400

FOUR_YEARS: Final = 1461 * 86_400
"""Seconds. Moved by such spans every date keeps its day and month, so that it can be moved in any language."""

RESERVED_PHONES: Final = {
    "1": ("???55501##",),
    "44": ("7700900###",),
    "61": ("49157####",),
    "33": ("63998####",),
    "49": ("17139200##", "3023125###"),
    "46": ("3139006##", "4062804##"),
}
"""National numbers by calling code that regulators keep free; `?` is an area code's digit, `#` any digit."""
_TWO_DIGIT_CODES: Final = words(
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 "
    "90 91 92 93 94 95 98"
)
_AREA_CODE: Final = range(201, 990)


@dataclass
class Book:
    """What is replaced by what. `years` is by how many every date goes back."""

    seed: str
    closed: bool = False
    words: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)
    domains: dict[str, str] = field(default_factory=dict)
    birthdays: set[str] = field(default_factory=set)
    originals: set[str] = field(default_factory=set)
    names: set[tuple[str, ...]] = field(default_factory=set)
    joined: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def years(self) -> int:
        """Four or eight, by the seed."""
        return 4 * (1 + self._chance("years").randrange(2))

    @property
    def seconds(self) -> int:
        """The same in seconds."""
        return self.years // 4 * FOUR_YEARS

    def close(self) -> None:
        """Give fakes from now on."""
        self.joined = {
            written: parts
            for parts in sorted(self.names)
            for written in ("".join(parts), "".join(reversed(parts)))
            if 1 < len(parts) < 4 and written not in parts
        }
        self._fill(self.words, _word)
        self._fill(self.numbers, _digits)
        self._fill(self.domains, lambda domain, chance: _word(domain.partition(".")[0], chance) + ".example")
        # A number without its country's code is the one with it, where there is just one.
        coded: dict[str, set[str]] = {}
        for key in self.phones:
            code, _, national = key.partition("\x1f")
            coded.setdefault(national, set()).update({key} if code else ())
        self._fill(self.phones, _national)
        for national, keys in coded.items():
            if len(keys) == 1 and f"\x1f{national}" in self.phones:
                self.phones[f"\x1f{national}"] = self.phones[next(iter(keys))]
        self.closed = True

    def word(self, word: str) -> str:
        """A run of letters, with the case of each letter kept; `idafalk` is made of the fakes of Ida and Falk."""
        key = "".join(_lower(char) for char in word)
        if not self.closed:
            self.words.setdefault(key, "")
            return word
        parts = self.joined.get(key)
        fake = "".join(self.words[part] for part in parts) if parts else self.words[key]
        return "".join(new.upper() if old != _lower(old) else new for old, new in zip(word, fake, strict=True))

    def number(self, run: str) -> str:
        """A run of digits that is somebody's, of the same length."""
        if not self.closed:
            self.numbers.setdefault(run, "")
            return run
        return self.numbers[run]

    def domain(self, domain: str) -> str:
        """The part after the @, below `.example`."""
        key = domain.lower()
        if not self.closed:
            self.domains.setdefault(key, "")
            return domain
        fake = self.domains[key]
        return fake.upper() if domain.isupper() else fake

    def phone(self, digits: str, *, plus: bool) -> str:
        """The digits of a telephone number as written, with what stands before the national number kept."""
        code, national = split_phone(digits, plus=plus)
        before = digits[: len(digits) - len(national)]
        key = f"{code}\x1f{national}"
        if not self.closed:
            self.phones.setdefault(key, "")
            return digits
        return before + self.phones[key]

    def ip(self, address: str) -> str:
        """An address of the ranges for documentation."""
        chance = self._chance(f"ip\x1f{address}")
        if not self.closed:
            return address
        if ":" in address:
            return f"2001:db8::{chance.randrange(1, 0xFFFF):x}"
        return f"{chance.choice(('192.0.2', '198.51.100', '203.0.113'))}.{chance.randrange(1, 255)}"

    def birthday(self, month: int, day: int) -> tuple[int, int]:
        """Another month and day, never the same; the day keeps on its side of the twelfth, which tells the order."""
        if not self.closed:
            return month, day
        chance = self._chance(f"birthday\x1f{month}\x1f{day}")
        days = range(1, 13) if day <= 12 else range(13, 29)
        return (month + chance.randrange(1, 12) - 1) % 12 + 1, chance.choice([one for one in days if one != day])

    def original(self, text: str) -> None:
        """Take note of a whole value that must be nowhere in the sample."""
        if not self.closed and text.strip():
            self.originals.add(text.strip())

    def name(self, parts: Iterable[str]) -> None:
        """Take note of the words of one person's name."""
        if not self.closed:
            self.names.add(tuple("".join(_lower(char) for char in part) for part in parts))

    def _chance(self, salt: str) -> random.Random:
        digest = hashlib.sha256(f"{self.seed}\x1f{salt}".encode()).digest()
        return random.Random(digest)  # noqa: S311 - repeatable for a seed; the seed stays with its owner

    def _fill(self, book: dict[str, str], make: Callable[[str, random.Random], str]) -> None:
        used: set[str] = set()
        for original in sorted(book, key=lambda text: (len(text), text)):
            chance = self._chance(original)
            fake = make(original, chance)
            for number in range(2 * _TRIES):
                # Of one or two letters or digits there are too few for both: then it is enough to differ.
                if fake not in used and (fake not in book or number >= _TRIES):
                    break
                fake = make(original, chance)
            used.add(fake)
            book[original] = fake


def filler(text: str) -> str:
    """Text of the same length and form that says nothing: letters become a fixed text's, digits zeros."""
    letters = _endless(_FILLER)
    return "".join(_filled(char, letters) for char in text)


def split_phone(digits: str, *, plus: bool) -> tuple[str, str]:
    """Calling code, empty where it is not written, and the national number without a zero before it."""
    bare = digits
    if not plus and bare.startswith("00") and len(bare) > 9:
        bare, plus = bare[2:], True
    if plus:
        code = bare[:1] if bare[:1] in ("1", "7") else bare[:2] if bare[:2] in _TWO_DIGIT_CODES else bare[:3]
        national = bare[len(code) :]
        return code, national.removeprefix("0") if len(national) > 7 else national
    if len(bare) == 11 and bare.startswith("1"):
        return "1", bare[1:]
    if len(bare) == 10 and bare[0] in "23456789":
        return "1", bare
    return "", bare.lstrip("0") or bare


def _endless(text: str) -> Iterator[str]:
    while True:
        yield from text


def _filled(char: str, letters: Iterator[str]) -> str:
    if char.isdigit():
        return "0" if char.isascii() else char
    if not char.isalpha():
        return char
    if char.isascii():
        letter = next(letters)
        return letter.upper() if char.isupper() else letter
    return _neighbours(char)[0]


def _lower(char: str) -> str:
    low = char.lower()
    return low if len(low) == 1 and low.upper() == char else char


@lru_cache(maxsize=4096)
def _neighbours(char: str) -> str:
    """Letters that stand near `char` in Unicode, of the same kind and with the same bytes in the usual encodings."""
    start = ord(char) & ~0x3F
    near = (chr(code) for code in range(start, start + 64))
    kind, narrow = unicodedata.category(char), _narrow(char)
    found = [one for one in near if unicodedata.category(one) == kind and _narrow(one) == narrow and one != char
             and (kind != "Ll" or len(one.upper()) == 1)]  # fmt: skip
    return "".join(found) or char


def _narrow(char: str) -> bool:
    return ord(char) < 256


def _word(word: str, chance: random.Random) -> str:
    return "".join(
        chance.choice(_VOWELS if char in _VOWELS else _CONSONANTS)
        if char.isascii()
        else chance.choice(_neighbours(char))
        for char in word
    )


def _digits(run: str, chance: random.Random) -> str:
    first = chance.choice("123456789") if run[0] != "0" else "0"
    return first + "".join(chance.choice("0123456789") for _ in run[1:])


def _national(key: str, chance: random.Random) -> str:
    code, _, national = key.partition("\x1f")
    patterns = [one for one in RESERVED_PHONES.get(code, ()) if len(one) == len(national)]
    if not patterns:
        # No range of this country and length is known to be free; no number anywhere begins with 000.
        return "000"[: len(national)] + "".join(chance.choice("0123456789") for _ in national[3:])
    area = iter(str(chance.choice(_AREA_CODE)))
    return "".join(
        next(area) if char == "?" else chance.choice("0123456789") if char == "#" else char
        for char in chance.choice(patterns)
    )
