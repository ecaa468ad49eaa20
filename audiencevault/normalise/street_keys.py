"""Comparison forms of streets with house numbers: one value, and a column.

Words: a *token* is a run of letters and digits; its *fact* is what it does in an address: it names the street, is
the number, leads to the number, leads to a flat. Where a compiler was at hand, most streets are settled in columns, one
fact for each distinct token; a property test proves that both ways give one key.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from anyascii import anyascii

from audiencevault.engine.compiled import kernels
from audiencevault.normalise.columns import (
    MUCH_TEXT,
    byte_class,
    byte_table,
    column,
    has_byte,
    is_printable_ascii,
    mask,
    merge,
    put,
    text_buffers,
    text_column,
    visible,
    words,
)
from audiencevault.normalise.name_keys import folded
from audiencevault.normalise.street_words import DROPPED, ENDINGS, JOINED, NO_NUMBER, STREET_WORDS, SUFFIXES, UNITS

KERNELS = kernels("audiencevault.normalise.street_kernels")

_NAMED, _NUMBER, _SILENT, _DROPPED, _UNIT, _JOINED, _LETTER, _SUFFIX, _MIXED = range(9)
"""Kinds of tokens, as the compiled kernel knows them too; the last is of words that only `street_key` can judge."""
_DIRECTIONS: Final = "nsew"

_STOREY: Final = re.compile(r"\s\d+\s*[ºª°].*$", re.DOTALL)
_TOKEN: Final = re.compile(r"[a-z0-9]+|#")
_HOUSE_NUMBER: Final = re.compile(r"0*(\d+[a-z]?)")
_UNIT_BEFORE_SLASH: Final = re.compile(r"\s*\d+[a-z]?\s*/\s*(?=\d+[a-z]?\s+[a-z])")
"""Australian and Canadian: `4/12 Main St` is flat 4 of number 12."""
_SLASH: Final = byte_class("/")
_MAY_BE_UNIT: Final = r"(?i)['`]|\d[a-z]?\s*/\s*\d+[a-z]?\s+[a-z]"
"""What a street with a slash shows where that may stand behind a flat."""
_BOXES: Final = ("box", "bx")
"""Ends of words that may be a post box with the words before."""
_NATIVE_HOUSE: Final = re.compile(r"\b(?:д|дом|буд|будинок)\.?\s*(?=\d)", re.IGNORECASE)
_POST_BOX: Final = re.compile(r"\b(?:p ?o ?box|pob|po ?bx|post office box)\b")

_BYTES: Final = byte_table("#", left_out="'`")


class _Fact(NamedTuple):
    kind: int
    short: str


@lru_cache(maxsize=262_144)
def _fact(token: str) -> _Fact:
    """What a token does in an address, and its short form."""
    word = folded(token)
    number = _HOUSE_NUMBER.fullmatch(word)
    if number:
        return _Fact(_NUMBER, number.group(1))
    if word in NO_NUMBER:
        return _Fact(_SILENT, "")
    if word in DROPPED:
        return _Fact(_DROPPED, "")
    if word in UNITS:
        return _Fact(_UNIT, STREET_WORDS.get(word, word))
    if word in JOINED:
        return _Fact(_JOINED, word)
    if word in SUFFIXES:
        return _Fact(_SUFFIX, STREET_WORDS.get(word, word))
    if len(word) == 1:
        return _Fact(_LETTER, word)
    return _Fact(_NAMED, STREET_WORDS.get(word) or _shortened(word))


def _shortened(word: str) -> str:
    for ending, short in ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word[: -len(ending)] + short
    return word


def street_key(text: str | None) -> str | None:
    """A street with its house number: short forms for the kind of street, number last, flat or floor left out.

    >>> street_key("12 Main Street, Apt 4"), street_key("Main St. 12"), street_key("Flat 4, 12 Main St")
    ('main st 12', 'main st 12', 'main st 12')
    >>> street_key("Haupt-Straße 5 a"), street_key("Hauptstr. 5a")
    ('hauptst 5a', 'hauptst 5a')
    """
    written = visible((text or "")[:MUCH_TEXT])
    if not written.isascii():
        written = anyascii(_NATIVE_HOUSE.sub(" ", _STOREY.sub("", written)))
    lowered = re.sub(r"['`]", "", written).lower()
    lowered = _UNIT_BEFORE_SLASH.sub("", lowered)
    tokens = _TOKEN.findall(_POST_BOX.sub("pob", " ".join(_TOKEN.findall(lowered))))
    facts = _without_unit([(token, _fact(token)) for token in tokens])
    dropped = any(fact.kind == _DROPPED for _, fact in facts)
    named: list[str] = []
    numbers: list[str] = []
    skip = False
    for at, (token, (kind, short)) in enumerate(facts):
        following = facts[at + 1][1].kind if at + 1 < len(facts) else None
        if skip or kind in (_SILENT, _DROPPED):
            skip = False
        elif kind == _NUMBER:
            if following is not None and short.isdigit() and _belongs_to_number(facts, at + 1):
                short, skip = short + facts[at + 1][0], True
            numbers.append(short)
        elif dropped and token in ("d", "dom") and following == _NUMBER:
            continue  # "ul. Lenina, d. 5"
        elif kind == _JOINED and _joins(named, token):
            named[-1] += STREET_WORDS.get(token, token)
        else:
            named.append(STREET_WORDS.get(token, token) if kind in (_JOINED, _LETTER) else short)
    return " ".join([*named, *numbers]) or None


def _belongs_to_number(facts: list[tuple[str, _Fact]], at: int) -> bool:
    """Whether the token behind a number is part of it: `5 a`, `5 bis`, but not `5 N Main St` and `5 a 7`."""
    token, fact = facts[at]
    following = facts[at + 1][1].kind if at + 1 < len(facts) else None
    if fact.kind == _SUFFIX:
        return True
    if fact.kind != _LETTER or following == _NUMBER:
        return False
    return not (token in _DIRECTIONS and following == _NAMED)


def _joins(named: list[str], kind: str) -> bool:
    """Whether a kind of street written apart belongs to the word before: `Haupt Str.`, but not English `Main Str`."""
    return bool(named) and named[-1] not in STREET_WORDS and len(named[-1]) > 2 and (kind != "str" or len(named) == 1)


def _without_unit(facts: list[tuple[str, _Fact]]) -> list[tuple[str, _Fact]]:
    """The tokens without flat or floor, in front or behind, where enough of a street remains."""
    if len(facts) > 3 and facts[0][1].kind == _UNIT and (facts[1][1].kind in (_NUMBER, _LETTER)):
        rest = {fact.kind for _, fact in facts[2:]}
        if _NUMBER in rest and _NAMED in rest:
            facts = facts[2:]
    for at, (_, fact) in enumerate(facts):
        if fact.kind == _UNIT and any(before.kind in (_NAMED, _JOINED) for _, before in facts[:at]):
            return facts[:at]
    return facts


def street_keys(streets: pa.StringArray) -> pa.StringArray:
    """`street_key` of a column of distinct values."""
    if KERNELS is None:
        return column([street_key(value) for value in streets.to_pylist()])
    written = _in_ascii(streets)
    plain = is_printable_ascii(written)
    slashes = has_byte(written, _SLASH) & plain
    plain[slashes] = ~mask(pc.match_substring_regex(written.filter(pa.array(slashes)), _MAY_BE_UNIT))
    tokens = words(written.filter(pa.array(plain)), _BYTES, "#")
    known = tokens.table.to_pylist()
    facts = [_fact(word) if not word.endswith(_BOXES) else _Fact(_MIXED, "") for word in known]
    shorts = column([STREET_WORDS.get(word, word) if fact.kind in (_JOINED, _LETTER) else fact.short
                     for word, fact in zip(known, facts, strict=True)])  # fmt: skip
    data, offsets, odd = KERNELS.keys(
        tokens.codes,
        tokens.firsts,
        np.array([fact.kind for fact in facts], dtype=np.uint8),
        np.array([*map(_traits, known, facts, shorts.to_pylist())], dtype=np.uint8),
        *text_buffers(tokens.table),
        *text_buffers(shorts),
    )
    plain[plain] = ~odd
    keys = text_column(data, offsets, np.diff(offsets) > 0).filter(pa.array(~odd))
    others = column([street_key(value) for value in streets.filter(pa.array(~plain)).to_pylist()])
    return merge(plain, keys, others)


def _traits(word: str, fact: _Fact, short: str) -> int:
    """What the kernel asks of a word besides its kind, a bit for each question."""
    asked = (
        fact.short.isdigit(),
        word in _DIRECTIONS,
        word in ("d", "dom"),
        word == "str",
        short not in STREET_WORDS and len(short) > 2,
    )
    return sum(answer << bit for bit, answer in enumerate(asked))


def _in_ascii(streets: pa.StringArray) -> pa.StringArray:
    """Streets transliterated word by word, but for those whose signs mean more than letters."""
    foreign = ~is_printable_ascii(streets) & mask(pc.less_equal(pc.binary_length(streets), MUCH_TEXT))
    foreign[foreign] = ~mask(pc.match_substring_regex(streets.filter(pa.array(foreign)), r"[ºª°\p{Cyrillic}]"))
    if not foreign.any():
        return streets
    lists = pc.split_pattern(streets.filter(pa.array(foreign)), " ")
    words = lists.flatten().dictionary_encode()
    plain = column([word if word.isascii() and word.isprintable() else anyascii(visible(word))
                    for word in words.dictionary.to_pylist()])  # fmt: skip
    return put(
        streets, foreign, pc.binary_join(pa.ListArray.from_arrays(lists.offsets, plain.take(words.indices)), " ")
    )
