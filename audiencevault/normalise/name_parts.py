"""One name at a time: what is a name and what stands around it, which words are given name and surname, their case.

Words: a *whole* name is unsplit (`full_name`, a display name); a *part* is a field that already is a given name or a
surname. Everything here is a pure function of a text; the columns are in `name`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from nameparser import HumanName

from audiencevault.normalise.columns import MUCH_TEXT, VISIBLE
from audiencevault.normalise.name_keys import comparison, plain_form
from audiencevault.normalise.name_words import (
    AND,
    BETWEEN_SURNAMES,
    COMPOUND_SURNAMES,
    CREDENTIALS,
    DEGREES,
    HONORIFICS,
    HONORIFICS_WITH_DOT,
    JUNK_NAMES,
    LOWER_PARTICLES,
    PARTICLES,
    SUFFIXES,
)
from audiencevault.normalise.native_names import JAPANESE_SURNAMES

FLAGS: Final = ("junk", "handle", "couple")
LONGEST_NAME: Final = 200

_KEEP: Final = frozenset("'’‘`´ʼʻ-‐‑.,&+/()\"“”·")
_ASCII_KEPT: Final = {
    **{code: None for code in VISIBLE if code < 128 and VISIBLE[code] is None},
    **{code: " " for code in range(128) if code not in VISIBLE and not chr(code).isalnum() and chr(code) not in "|~@:"
       and chr(code) not in _KEEP},
}  # fmt: skip
"""What becomes of the ASCII characters of a name: the invisible ones go, other signs become blanks."""
_CUT: Final = re.compile(r"\s*[|•·~⟡★☆♡✨]+\s*|\s+[–—-]\s+|\s+/\s+")
_CUTTING: Final = frozenset("|•·~⟡★☆♡✨–—-/")
"""Signs of which `_CUT` needs one."""
_ASIDE: Final = re.compile(r"\s*(?:\([^()]*\)|\"[^\"]*\"|“[^”]*”|\[[^\]]*\])\s*")
_ASIDES: Final = frozenset('()"“”[]')
_MC: Final = re.compile(r"^mc([a-z]{3,})$")
_MAC: Final = {
    "macdonald": "MacDonald", "macgregor": "MacGregor", "macleod": "MacLeod", "maclean": "MacLean",
    "macarthur": "MacArthur",
    "macmillan": "MacMillan", "mackenzie": "MacKenzie", "macintyre": "MacIntyre", "macdougall": "MacDougall",
}  # fmt: skip
_INNER: Final = re.compile(r"([-'’])")
_SURNAME_FIRST: Final = re.compile(r"[\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]+")
_KATAKANA: Final = re.compile(r"[\u30a0-\u30ff]+")
_LONGEST_UNSPLIT: Final = 4
_LONGEST_JAPANESE: Final = 6
_ODD_WORDS: Final = 5


class Part(NamedTuple):
    """A given name or a surname: as shown, in comparison form; `flag` where it is no name."""

    shown: str
    key: str
    flag: str | None = None


class Whole(NamedTuple):
    """An unsplit name, taken apart; empty texts where a part is missing."""

    first: str
    middle: str
    last: str
    flag: str | None = None


_NOBODY: Final = Whole("", "", "", "junk")


def undecorated(text: str) -> str:
    """A name without emoji, decoration and invisible characters; fancy letters as plain ones.

    >>> undecorated("✨ 𝓘𝓭𝓪 Falk 🕯️"), undecorated("~ Ida")
    ('Ida Falk', 'Ida')
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(VISIBLE))
        text = "".join(char if char.isalnum() or char in _KEEP or unicodedata.category(char)[0] == "M"
                       else "|" if char in "|•⟡★☆♡✨" else " " for char in text)  # fmt: skip
        text = unicodedata.normalize("NFC", text)
    else:
        text = text.translate(_ASCII_KEPT)
    return " ".join(text.split()).strip(" '’‘`´|~.,/&+-·\"") if text.strip() else ""


def _without_asides(raw: str) -> str:
    return raw if _ASIDES.isdisjoint(raw) else _ASIDE.sub(" ", raw)


def _pieces(text: str) -> list[str]:
    """What stands between signs that part a name from other things; the signs are rare and costly to look for."""
    return [text] if _CUTTING.isdisjoint(text) else _CUT.split(text)


def _no_name(text: str, raw: str) -> str | None:
    """The flag of a text that is no name, or None."""
    if "@" in raw or "://" in raw or raw.lower().startswith("www."):
        return "junk"
    if not any(map(str.isalpha, text)) or plain_form(text) in JUNK_NAMES:
        return "junk"
    if " " not in raw.strip() and ("_" in raw or any(map(str.isdigit, text))):
        return "handle"
    return "junk" if len(text) > LONGEST_NAME else None


def repaired(text: str, *, given: bool = False) -> str:
    """Case repaired where a name is written all in capitals or all small; anything else is kept as written.

    >>> repaired("LUDWIG VAN BEETHOVEN"), repaired("o'neil-mcdonald"), repaired("McDonald")
    ('Ludwig van Beethoven', "O'Neil-McDonald", 'McDonald')
    """
    if not (text.isupper() or text.islower()):
        return text
    words = text.split()
    shown = []
    for at, word in enumerate(words):
        small = _small(word)
        plain = small.strip(".'’")
        last = at == len(words) - 1
        after_particle = at > 0 and words[at - 1].lower() in LOWER_PARTICLES
        small_word = plain in LOWER_PARTICLES or (after_particle and plain in PARTICLES)
        if small_word and not last and not (given and at == 0):
            shown.append(small)
        else:
            shown.append(capitalised(word))
    return " ".join(shown)


def _small(word: str) -> str:
    return word.lower().replace("i̇", "i")


def capitalised(word: str) -> str:
    """One word of a name in which nothing tells capitals from small letters, as names are written.

    >>> capitalised("FALK"), capitalised("o'neil-mcdonald")
    ('Falk', "O'Neil-McDonald")
    """
    small = _small(word)
    return _capital(small) if small.isalpha() else "".join(map(_capital, _INNER.split(small)))


def _capital(piece: str) -> str:
    mc = _MC.match(piece)
    if mc:
        return "Mc" + mc.group(1).capitalize()
    return _MAC.get(piece) or (piece[:1].upper() + piece[1:])


def _plain(word: str) -> str:
    return plain_form(word).replace(" ", "")


def _is_title(word: str) -> bool:
    plain = _plain(word)
    return plain in HONORIFICS or (word.endswith(".") and plain in HONORIFICS_WITH_DOT)


def _without_titles(words: list[str]) -> list[str]:
    while len(words) > 1 and _is_title(words[0]):
        words = words[1:]
        if len(words) > 2 and (words[0] in ("&", "+") or _plain(words[0]) in AND) and _is_title(words[1]):
            words = words[1:]
    while len(words) > 1 and _plain(words[-1]) in (SUFFIXES if len(words) > 2 else DEGREES):
        words = words[:-1]
    return words


def _is_credentials(text: str) -> bool:
    """Whether what follows a comma is titles: `PhD, MBA`, `M.Sc.`, `SHRM-CP`."""
    words = [word for word in re.split(r"[\s,/]+", text) if word]
    return bool(words) and all(_plain(word) in CREDENTIALS or ("." in word and word.upper() == word) for word in words)


@lru_cache(maxsize=131_072)
def given(raw: str) -> Part:
    """A field that holds a given name: title off, decoration off, case repaired.

    >>> given("Dr. IDA")
    Part(shown='Ida', key='ida', flag=None)
    """
    return _part(raw, given=True)


@lru_cache(maxsize=262_144)
def family(raw: str) -> Part:
    """A field that holds a surname: credentials off, case repaired.

    >>> family("Hale, PhD, MBA"), family("VAN DER BERG")
    (Part(shown='Hale', key='hale', flag=None), Part(shown='van der Berg', key='van der berg', flag=None))
    """
    return _part(raw, given=False)


def _part(raw: str, *, given: bool) -> Part:
    if len(raw) > MUCH_TEXT:
        return Part("", "", "junk")
    text = undecorated(_without_asides(raw))
    flag = _no_name(text, raw)
    if flag:
        return Part("", "", flag)
    head, comma, tail = text.partition(",")
    if comma and (_is_credentials(tail) or not head.strip()):
        text = head.strip() or tail.strip()
    text = _pieces(text)[0] or text
    shown = repaired(" ".join(_without_titles(text.replace(",", " ").split())), given=given)
    key = comparison(shown)
    return Part(shown, key) if key and plain_form(shown) not in JUNK_NAMES else Part("", "", "junk")


@lru_cache(maxsize=131_072)
def whole(raw: str) -> Whole:
    """An unsplit name taken apart.

    >>> whole("Dr. Ida Maria FALK, PhD")
    Whole(first='Ida', middle='Maria', last='FALK', flag=None)
    >>> whole("Falk, Ida")[:3], whole("王小明")[:3]
    (('Ida', '', 'Falk'), ('小明', '', '王'))
    """
    if len(raw) > MUCH_TEXT:
        return _NOBODY
    text = undecorated(_without_asides(raw))
    flag = _no_name(text, raw)
    if flag:
        return _NOBODY._replace(flag=flag)
    text = next((piece for piece in _pieces(text) if piece.strip()), text).strip(" ,")
    head, comma, tail = text.partition(",")
    while comma and _is_credentials(text.rpartition(",")[2]):
        text = text.rpartition(",")[0].strip(" ,")
        head, comma, tail = text.partition(",")
    if comma and head.strip() and tail.strip() and "," not in tail:
        return _surname_first(head.strip(), tail.strip())
    written = [word for word in text.replace(",", " ").split() if not word.isdigit()]
    words = _without_titles(written)
    if not words or plain_form(" ".join(words)) in JUNK_NAMES:
        return _NOBODY
    if len(words) == 1 and (len(words) < len(written) or "," in raw):
        # Whoever writes a title writes the surname: "Dr. Hale", "Hale, PhD".
        return Whole("", "", repaired(words[0]))
    return _in_order(repaired(" ".join(words), given=True).split())


def _surname_first(last: str, first: str) -> Whole:
    lasts, firsts = family(last), given(first)
    if not lasts.shown or not firsts.shown:
        only = firsts.shown or lasts.shown
        return Whole(only, "", "") if only else _NOBODY
    names = firsts.shown.split()
    return Whole(names[0], " ".join(names[1:]), lasts.shown)


def _in_order(words: list[str]) -> Whole:
    """Words of one name, given name first unless the script says otherwise."""
    text = " ".join(words)
    letters = text.replace(" ", "")
    if _SURNAME_FIRST.fullmatch(letters) and not _KATAKANA.fullmatch(letters):
        return _surname_first_script(words)
    joined = [at for at, word in enumerate(words) if word in ("&", "+") or (word.islower() and _plain(word) in AND)]
    if joined and 0 < joined[0] < len(words) - 1 and not any(_plain(word) in PARTICLES for word in words[: joined[0]]):
        return (
            Whole(" ".join(words[:-1]), "", words[-1], "couple")
            if joined[0] < len(words) - 2
            else Whole(text, "", "", "couple")
        )
    if len(words) == 1:
        return Whole(words[0], "", "")
    start = next((at for at in range(1, len(words) - 1) if _plain(words[at]) in PARTICLES), len(words) - 1)
    pair = next((at for at in range(2, len(words) - 1) if words[at] in BETWEEN_SURNAMES), start + 1) - 1
    start = min(start, pair)
    if start == len(words) - 1 and len(words) >= _ODD_WORDS:
        return _by_nameparser(text)
    return Whole(words[0], " ".join(words[1:start]), " ".join(words[start:]))


def _surname_first_script(words: list[str]) -> Whole:
    """Chinese, Japanese and Korean names are written surname first, often without a blank."""
    if len(words) > 1:
        return Whole(" ".join(words[1:]), "", words[0])
    name = words[0]
    japanese = next((size for size in (3, 2) if name[:size] in JAPANESE_SURNAMES), 0)
    if japanese and japanese < len(name) <= _LONGEST_JAPANESE:
        return Whole(name[japanese:], "", name[:japanese])
    if not 2 <= len(name) <= _LONGEST_UNSPLIT:
        return Whole(name, "", "")
    size = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    return Whole(name[size:], "", name[:size])


def _by_nameparser(text: str) -> Whole:
    """Five words and more without a particle: nameparser knows more habits than we do, and is slow."""
    parsed = HumanName(text)
    if not parsed.first or not parsed.last:
        words = text.split()
        return Whole(words[0], " ".join(words[1:-1]), words[-1])
    return Whole(parsed.first, parsed.middle, parsed.last)
