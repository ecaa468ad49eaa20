"""Names whose words mean nothing special, taken apart in columns.

Words: a *plain* name is made of one to three words of a script with capitals, each a name with a capital first and a
small letter last, or an initial; none is a title, a particle, a placeholder or anything else for which only
`name_parts` knows the rules. A property test proves that both ways give the same answer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.normalise import name_keys, name_parts
from audiencevault.normalise.columns import Mask, byte_class, column, has_byte, is_printable_ascii, mask, put
from audiencevault.normalise.name_words import (
    AND,
    CREDENTIALS,
    HONORIFICS,
    HONORIFICS_WITH_DOT,
    JUNK_NAMES,
    PARTICLES,
    SUFFIXES,
)

_PLACEHOLDER_WORDS: Final = frozenset(word for phrase in JUNK_NAMES for word in phrase.split())
_SPECIAL: Final = (
    _PLACEHOLDER_WORDS | AND | HONORIFICS | HONORIFICS_WITH_DOT | PARTICLES | SUFFIXES | CREDENTIALS
    | name_keys.ARTICLES | name_keys.SERVANTS
)  # fmt: skip

_COMMA: Final = byte_class(",")
_WORD: Final = r"\p{Lu}(?:[\p{L}'’\-]*\p{Ll}|\.?)"
_FULL_WORD: Final = r"\p{Lu}[\p{L}'’\-]*\p{Ll}"
_PLAIN: Final = rf"^{_WORD}(?: {_WORD}){{0,2}}$"
_SURNAME_FIRST: Final = rf"^({_FULL_WORD}), ({_FULL_WORD}(?: {_WORD})?)$"
_PICTURES_BEHIND: Final = r"[ \p{So}\x{FE0F}\x{200D}\x{1F3FB}-\x{1F3FF}]+$"
"""Emoji, with what joins and colours them."""


class Plain(NamedTuple):
    """The plain ones among texts, word by word: `starts` and `ends` of each name in `codes`, which are places in the
    tables `shown` and `keys`.
    """

    which: Mask
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    codes: npt.NDArray[np.int32]
    shown: pa.StringArray
    keys: pa.StringArray


@lru_cache(maxsize=262_144)
def _key(word: str) -> str | None:
    """The comparison form of one word of a plain name; None where only `name_parts` knows what it means."""
    plain = name_keys.plain_form(word)
    if not plain or not _SPECIAL.isdisjoint(plain.split(" ")):
        return None
    return name_keys.comparison(word) or None


def plain(values: pa.StringArray, *, whole: bool) -> Plain:
    """The plain names among some values; `whole` ones may be written *Surname, Given name*."""
    foreign = ~is_printable_ascii(values)
    bare = pc.replace_substring_regex(values.filter(pa.array(foreign)), _PICTURES_BEHIND, "")
    composed = np.ones(len(values), dtype=np.bool_)
    composed[foreign] = mask(pc.equal(pc.utf8_normalize(bare, "NFKC"), bare))
    texts = pc.utf8_rtrim(put(values, foreign, bare), ".")
    if whole:
        turned = has_byte(texts, _COMMA)
        texts = put(texts, turned, pc.replace_substring_regex(texts.filter(pa.array(turned)), _SURNAME_FIRST, r"\2 \1"))
    which = mask(pc.match_substring_regex(texts, _PLAIN))
    which &= mask(pc.less_equal(pc.binary_length(texts), name_parts.LONGEST_NAME))
    which &= composed
    lists = pc.split_pattern(texts.filter(pa.array(which)), " ")
    words = lists.flatten().dictionary_encode()
    keys = [_key(text) for text in words.dictionary.to_pylist()]
    good = np.array([key is not None for key in keys], dtype=np.bool_)
    codes = words.indices.to_numpy()
    offsets = lists.offsets.to_numpy().astype(np.int64)
    starts, ends = offsets[:-1] - offsets[0], offsets[1:] - offsets[0]
    easy = np.logical_and.reduceat(good[codes], starts) if len(starts) else np.zeros(0, dtype=np.bool_)
    which[which] = easy
    return Plain(which, starts[easy], ends[easy], codes, words.dictionary, column(keys))


def spread(found: Plain, places: npt.NDArray[np.int64], table: pa.StringArray, keep: Mask | None = None) -> pa.Array:
    """The words of `table` at some places of `found.codes`, null where `keep` says no."""
    codes = found.codes[places] if len(places) else np.zeros(0, dtype=np.int32)
    return table.take(pa.array(codes, mask=None if keep is None else ~keep))


def joined(found: Plain, table: pa.StringArray) -> pa.Array:
    """All words of each plain name, joined by blanks."""
    lengths = found.ends - found.starts
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    places = np.repeat(found.starts - offsets[:-1], lengths) + np.arange(offsets[-1])
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), spread(found, places, table)), " ")
