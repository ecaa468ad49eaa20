"""Names whose words mean nothing special, taken apart in columns.

Words: a *plain* name is made of one to three words: names with a capital first and a small letter last, initials, words
of a script without capitals, or words that are all in one case as the whole text is; none is a title, a particle, a
placeholder or anything else for which only `name_parts` knows the rules. A property test proves that both ways give the
same answer.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine.compiled import kernels
from audiencevault.normalise import name_keys, name_parts
from audiencevault.normalise.columns import VISIBLE, Mask, column, mask, merge, text_buffers
from audiencevault.normalise.name_texts import Memory, Places, one_by_one
from audiencevault.normalise.name_words import (
    AND,
    CREDENTIALS,
    HONORIFICS,
    HONORIFICS_WITH_DOT,
    JUNK_NAMES,
    PARTICLES,
    SUFFIXES,
)
from audiencevault.normalise.spellings import KEY_WORDS, MAY_CHANGE

KERNELS = kernels("audiencevault.normalise.name_column_kernels")

_PLACEHOLDER_WORDS: Final = frozenset(word for phrase in JUNK_NAMES for word in phrase.split())
_SPECIAL: Final = (
    _PLACEHOLDER_WORDS | AND | HONORIFICS | HONORIFICS_WITH_DOT | PARTICLES | SUFFIXES | CREDENTIALS
    | name_keys.ARTICLES | name_keys.SERVANTS
)  # fmt: skip

_UPPER, _LOWER, _CASELESS, _LETTER, _SIGN = 1, 2, 4, 8, 16
_ODD, _FOREIGN = 1, 2
_JAMO: Final = range(0x1100, 0x1200)
_LAST_SHAPED: Final = 0x3000
"""From here on are the scripts that are written surname first, and no letters that many names have."""

_PICTURES_BEHIND: Final = r"[ \p{So}\x{FE0F}\x{200D}\x{1F3FB}-\x{1F3FF}]+$"
"""Emoji, with what joins and colours them."""


class Plain(NamedTuple):
    """The plain ones among texts: per text the places of its first, middle and last word in the tables `shown` and
    `keys`, -1 where there is none; and which of those that were wanted are not plain.
    """

    places: Places
    odd: Mask
    shown: pa.StringArray
    keys: pa.StringArray


class _Found(NamedTuple):
    """As of the kernel `plain_names`, the words as a column."""

    places: Places
    states: npt.NDArray[np.uint8]
    words: pa.StringArray
    one_case: Mask


def _shape(char: str) -> int:
    """What a character is in a plain name; 0 for what is in none, and for what is written anew before it is read."""
    if char in "'’-":
        return _SIGN
    kind = unicodedata.category(char)
    code = ord(char)
    if kind[0] != "L" or code in VISIBLE or code in _JAMO or not unicodedata.is_normalized("NFKC", char):
        return 0
    if kind == "Lo" and not (char.isupper() or char.islower()):
        return _CASELESS
    return {"Lu": _UPPER, "Ll": _LOWER}.get(kind, _LETTER)


@lru_cache(maxsize=1)
def _shapes() -> npt.NDArray[np.uint8]:
    """The shape of each character below `_LAST_SHAPED`."""
    return np.array([_shape(chr(code)) for code in range(_LAST_SHAPED)], dtype=np.uint8)


_SHAPE_LETTERS: Final = {0: "?", _UPPER: "U", _LOWER: "L", _CASELESS: "C", _LETTER: "O", _SIGN: "S"}
_MIXED_CASE: Final = r"U(?:[ULCOS]*L|\.?)|C(?:[CS]*C|\.?)"
_CAPITALS: Final = r"[UC](?:[UCS]*[UC]|\.?)"
_SMALL: Final = r"[LC](?:[LCS]*[LC]|\.?)"
_IN_ORDER: Final = [re.compile(f"(?:{word})(?: (?:{word})){{0,2}}") for word in (_MIXED_CASE, _CAPITALS, _SMALL)]
_TURNED: Final = [
    re.compile(f"(?:{full}), (?:{full})(?: (?:{word}))?")
    for full, word in (
        ("U[ULCOS]*L|C[CS]*C", _MIXED_CASE), ("[UC][UCS]*[UC]", _CAPITALS), ("[LC][LCS]*[LC]", _SMALL)
    )
]  # fmt: skip


class _Letters(dict[int, str]):
    """The letter of the shape of each character, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        letter = chr(code) if chr(code) in " .," else _SHAPE_LETTERS[int(_shapes()[code]) if code < _LAST_SHAPED else 0]
        self[code] = letter
        return letter


_LETTERS: Final = _Letters()


def _recognised(values: pa.StringArray, wanted: Mask, *, whole: bool) -> _Found:
    """The texts that have the shape of a plain name, word by word."""
    if KERNELS is not None:
        data, offsets = text_buffers(values)
        places, states, starts, lengths, one_case = KERNELS.plain_names(
            data, offsets, wanted.view(np.uint8), _shapes(), name_parts.LONGEST_NAME, whole
        )
        bounds = np.zeros(2 * len(starts) + 1, dtype=np.int32)
        bounds[1::2], bounds[2::2] = starts, starts + lengths
        slices = pa.StringArray.from_buffers(2 * len(starts), pa.py_buffer(bounds), pa.py_buffer(data))
        return _Found(places, states, slices.take(pa.array(np.arange(1, len(bounds), 2))), one_case.view(np.bool_))
    places, states = np.full((len(values), 3), -1, np.int32), np.zeros(len(values), np.uint8)
    numbers: dict[tuple[str, bool], int] = {}
    for row, written in zip(np.flatnonzero(wanted).tolist(), values.filter(pa.array(wanted)).to_pylist(), strict=True):
        text = written.rstrip(".")
        shape = text.translate(_LETTERS)
        patterns = _TURNED if whole and "," in shape else _IN_ORDER
        case = next((at for at, pattern in enumerate(patterns) if pattern.fullmatch(shape)), None)
        if case is None or len(text.encode()) > name_parts.LONGEST_NAME:
            states[row] = _ODD if text.isascii() else _ODD | _FOREIGN
            continue
        words = text.replace(",", "").split(" ")
        order = (range(3), (0, 2), (0,))[3 - len(words)] if patterns is _IN_ORDER else (2, 0, 1)
        for place, word in zip(order, words, strict=False):
            places[row, place] = numbers.setdefault((word, case > 0), len(numbers))
    return _Found(places, states, column([word for word, _ in numbers]), np.array([case for _, case in numbers], bool))


_ODD_WORD, _PARTICLE, _SOFT, _SYLLABLE, _SEVERAL, _NEW, _SURE, _CASED = 1, 2, 4, 8, 16, 32, 64, 128
"""Of words, or-ed: what only `name_parts` knows; an initial that may be a particle, or one that may be part of a
placeholder (`a` of `a a`); a Korean syllable, and several words in one (`Anna-Lena`), which mean something beside
others; a word without its own case; none of these; one with capitals and small letters."""


_SHOUTED: Final = "~"
"""Stands before a word of a text that is all in one case."""


@lru_cache(maxsize=131_072)
def _word(word: str) -> tuple[str, str | None, int]:
    """A word of a plain name: as shown, its comparison form, and what it may be."""
    if word[0] == _SHOUTED:
        shown, key, marks = _word(name_parts.capitalised(word[1:]))
        # Only other letters than ASCII may be read differently.
        odd = 0 if word.isascii() else _word(word[1:])[2] & _ODD_WORD
        return shown, key, _ODD_WORD if odd else marks & ~_CASED | _NEW
    plain = name_keys.plain_form(word)
    words = plain.split(" ")
    marks = _SURE
    if not _SPECIAL.isdisjoint(words) or (len(words) > 1 and "".join(words) in _SPECIAL):
        if len(plain) > 1:
            return word, None, _ODD_WORD
        marks = _SOFT | _PARTICLE if plain in PARTICLES else _SOFT
    marks |= _SYLLABLE if plain in name_keys.SYLLABLES else _SEVERAL if len(words) > 1 else 0
    if not (word.islower() or word.isupper()):
        marks |= _CASED if word.lower() != word.upper() else _NEW
    key = name_keys.spelled(plain) or None
    return word, key, marks if key else _ODD_WORD


_OWN_CASE: Final = "^[A-Z][a-z]+$"
_ONE_CASE: Final = f"^{_SHOUTED}(?:[A-Z]{{2,}}|[a-z]{{2,}})$"
_MAY_MEAN_MORE: Final = f"{MAY_CHANGE}|^(?:{'|'.join(sorted(name_keys.ARTICLES))})"
_SCOTTISH: Final = "^ma?c"
"""What may have a capital inside."""
_LISTED: Final = column(sorted(_SPECIAL | name_keys.SYLLABLES.keys() | KEY_WORDS.keys()))
_OF_WORDS: Final = (pa.string(), pa.string(), pa.uint8())


def _read(words: pa.StringArray) -> list[pa.Array]:
    """`_word` of distinct words; those of which no rule and no table knows more than their letters at once."""
    small = pc.ascii_ltrim(pc.ascii_lower(words), _SHOUTED)
    one_case = mask(pc.match_substring_regex(words, _ONE_CASE)) & ~mask(pc.match_substring_regex(small, _SCOTTISH))
    easy = mask(pc.match_substring_regex(words, _OWN_CASE)) | one_case
    easy &= ~mask(pc.match_substring_regex(small, _MAY_MEAN_MORE)) & ~mask(pc.is_in(small, value_set=_LISTED))
    plain = small.filter(pa.array(easy))
    shown, keys, kinds = one_by_one(words.filter(pa.array(~easy)), _word, _OF_WORDS)
    marks = np.where(one_case, _SURE | _NEW, _SURE | _CASED).astype(np.uint8)
    marks[~easy] = kinds.to_numpy()
    return [merge(easy, pc.ascii_capitalize(plain), shown), merge(easy, plain, keys), pa.array(marks)]


_WORDS: Final = Memory(_read, _OF_WORDS)


def plain(values: pa.StringArray, wanted: Mask, *, whole: bool) -> Plain:
    """The plain names among the values that are `wanted`; `whole` ones may be written *Surname, Given name*."""
    found = _recognised(values, wanted, whole=whole)
    places = found.places
    # What stands behind a name as decoration goes, and what is left is looked at once more.
    foreign = found.states == _ODD | _FOREIGN
    if foreign.any():
        bare = pc.replace_substring_regex(values.filter(pa.array(foreign)), _PICTURES_BEHIND, "")
        again = _recognised(bare, np.ones(len(bare), dtype=np.bool_), whole=whole)
        places[foreign] = np.where(again.places < 0, -1, again.places + len(found.words))
        found = found._replace(words=pa.concat_arrays([found.words, again.words]),
                               one_case=np.concatenate([found.one_case, again.one_case]))  # fmt: skip
    words = found.words
    if found.one_case.any():
        words = pc.binary_join_element_wise(pc.if_else(pa.array(found.one_case), _SHOUTED, ""), words, "")
    shown, keys, kinds = _WORDS.answers(words)
    marks = np.append(kinds.to_numpy(), np.uint8(0))
    easy = (places[:, 0] >= 0) & ~(_odd_whole(marks, places) if whole else _odd_part(marks, places))
    places[~easy] = -1
    return Plain(places, wanted & ~easy, shown, keys)


def _odd_whole(marks: npt.NDArray[np.uint8], places: Places) -> Mask:
    """Which names only look plain: with a particle in the middle, or nothing but what may be a placeholder."""
    first, middle, last = (marks[places[:, at]] for at in range(3))
    together = first | middle | last
    odd: Mask = (together & _ODD_WORD != 0) | (together & _SURE == 0) | (middle & _PARTICLE != 0)
    return odd


def _odd_part(marks: npt.NDArray[np.uint8], places: Places) -> Mask:
    """The same of given names or surnames, which may be several words."""
    first, middle, last = (marks[places[:, at]] for at in range(3))
    together = first | middle | last
    odd: Mask = _odd_whole(marks, places) | ((together & _PARTICLE != 0) & (together & _CASED == 0))
    several = places[:, 2] >= 0
    one_name = (first & last & _SYLLABLE != 0) & (places[:, 1] < 0)
    new = together & (_NEW | _SOFT) != 0
    odd |= new & several & (one_name | (together & _SEVERAL != 0))
    return odd
