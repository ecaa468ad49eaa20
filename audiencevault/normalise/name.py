"""Names in columns: given name and surname to show, and comparison forms in which writings of one name meet.

Words: *shown* is the name as a letter would greet it; a *key* is its comparison form (transliterated, lower case, one
spelling of umlauts). `name_key` holds all words of a name sorted, so that swapped fields compare equal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.normalise import name_keys, name_parts, nicknames, plain_names
from audiencevault.normalise.columns import Codes, Mask, batch, column, distinct, filled, flag_lists, mask, merge, put
from audiencevault.normalise.native_names import JAPANESE_GIVEN
from audiencevault.normalise.transliteration import japanese_surname, sound

FIELDS: Final = ("name_prefix", "full_name", "first_name", "middle_name", "last_name", "name_suffix", "nickname")
"""The columns that are read; each may be missing. Prefix and suffix are left out of every form."""

_SURNAME_FIRST: Final = r"^[\p{Han}\p{Hangul}\p{Hiragana}々]+$"
"""Shown surname first and without a blank."""


class _Names(NamedTuple):
    """Columns of one way of reading a name."""

    first: pa.Array
    middle: pa.Array
    last: pa.Array
    first_key: pa.Array
    middle_key: pa.Array
    last_key: pa.Array
    flag: pa.Array


def normalise(table: pa.RecordBatch | pa.Table) -> pa.RecordBatch:
    """Names of a batch with any of the columns `FIELDS`, one row per row.

    Columns: `first`, `last`, `display_name` (to show), `first_key`, `last_key`, `name_key`, `nick_key`, `nick_roots`,
    `first_sound`, `last_sound` (comparison forms), `flags` (`junk`: the fields hold no name; `handle`: a user name;
    `couple`: two people). Split fields count before the unsplit name; a nickname is only shown where
    there is nothing else.
    """
    first_raw, middle_raw = filled(table, "first_name"), filled(table, "middle_name")
    last_raw, full_raw = filled(table, "last_name"), filled(table, "full_name")
    firsts, lasts, middles = _parts(first_raw, True), _parts(last_raw, False), _parts(middle_raw, True)
    # An unsplit name is only taken apart where the split fields say nothing of one half.
    wanted = ~(mask(pc.is_valid(firsts[0])) & mask(pc.is_valid(lasts[0]))) & mask(pc.is_valid(full_raw))
    unsplit = _wholes(pc.if_else(pa.array(wanted), full_raw, pa.scalar(None, pa.string())))
    lone = mask(pc.is_null(firsts[0])) & mask(pc.is_null(lasts[0]))
    first = pc.coalesce(firsts[0], unsplit.first)
    last = pc.coalesce(lasts[0], unsplit.last)
    use_middle = pa.array(lone)
    middle = pc.coalesce(middles[0], pc.if_else(use_middle, unsplit.middle, None))
    middle_key = pc.coalesce(middles[1], pc.if_else(use_middle, unsplit.middle_key, None))
    first_key, last_key = pc.coalesce(firsts[1], unsplit.first_key), pc.coalesce(lasts[1], unsplit.last_key)
    first_key = _japanese(first, last, first_key)

    named = mask(pc.is_valid(first)) | mask(pc.is_valid(last))
    nickname, _ = _parts(filled(table, "nickname"), True)[:2]
    surname_first = mask(pc.match_substring_regex(last, _SURNAME_FIRST)) & mask(
        pc.match_substring_regex(first, _SURNAME_FIRST)
    )
    joined = pc.binary_join_element_wise(*(item.fill_null("") for item in (first, middle, last)), " ")
    shown = pc.replace_substring(pc.utf8_trim(joined, " "), "  ", " ")
    shown = pc.if_else(pa.array(surname_first), pc.binary_join_element_wise(last, first, ""), shown)
    display = pc.if_else(pa.array(named), shown, nickname)
    flagged = pc.coalesce(firsts[2], lasts[2], unsplit.flag)
    return batch(
        {
            "first": first,
            "last": last,
            "display_name": display,
            "first_key": first_key,
            "last_key": last_key,
            "name_key": _name_keys(first_key, middle_key, last_key),
            "nick_key": _mapped(first_key, nicknames.root),
            "nick_roots": _mapped(first_key, nicknames.roots),
            "first_sound": _mapped(first_key, sound),
            "last_sound": _mapped(last_key, sound),
            "flags": flag_lists(
                {
                    "junk": mask(pc.equal(flagged, "junk")) & ~named,
                    "handle": mask(pc.equal(flagged, "handle")) & ~named,
                    "couple": mask(pc.equal(flagged, "couple")),
                }
            ),
        }
    )


def _parts(raw: pa.StringArray, given: bool) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Shown form, key and flag of a column of given names or surnames."""
    values, codes = distinct(raw)
    rule = name_parts.given if given else name_parts.family
    easy = plain_names.plain(values, whole=False)
    which = easy.which
    found = [rule(value) if value else None for value in values.filter(pa.array(~which)).to_pylist()]
    shown = column([item.shown or None if item else None for item in found])
    keys = column([item.key or None if item else None for item in found])
    flags = column([item.flag if item else None for item in found])
    return (
        merge(which, plain_names.joined(easy, easy.shown), shown).take(codes),
        merge(which, plain_names.joined(easy, easy.keys), keys).take(codes),
        merge(which, pa.nulls(len(easy.starts), pa.string()), flags).take(codes),
    )


def _wholes(raw: pa.StringArray) -> _Names:
    """Unsplit names taken apart: plain ones word by word in columns, the others one by one."""
    values, codes = distinct(raw)
    easy = plain_names.plain(values, whole=True)
    plain, starts, ends = easy.which, easy.starts, easy.ends
    several, triple = ends - starts > 1, ends - starts > 2
    # Where there is no middle word the place of the surname stands in and is masked.
    second = np.minimum(starts + 1, ends - 1)

    def word(places: Codes, table: pa.StringArray, keep: Mask | None = None) -> pa.Array:
        return plain_names.spread(easy, places, table, keep)

    rest = values.filter(pa.array(~plain)).to_pylist()
    slow = [name_parts.whole(text) if text else None for text in rest]

    def merged(fast: pa.Array, careful: list[str | None]) -> pa.Array:
        return merge(plain, fast, column(careful)).take(codes)

    def careful(field: str, compare: bool = False) -> list[str | None]:
        texts = [getattr(item, field) or None if item else None for item in slow]
        if not compare:
            return texts
        keys = [name_keys.comparison(text) or None if text else None for text in texts]
        if field == "first":
            japanese = [item is not None and japanese_surname(item.last) is not None for item in slow]
            for at in np.flatnonzero(japanese).tolist():
                keys[at] = name_keys.japanese_comparison(texts[at] or "") or None
        return keys

    return _Names(
        first=merged(word(starts, easy.shown), careful("first")),
        middle=merged(word(second, easy.shown, triple), careful("middle")),
        last=merged(word(ends - 1, easy.shown, several), careful("last")),
        first_key=merged(word(starts, easy.keys), careful("first", compare=True)),
        middle_key=merged(word(second, easy.keys, triple), careful("middle", compare=True)),
        last_key=merged(word(ends - 1, easy.keys, several), careful("last", compare=True)),
        flag=merged(pa.nulls(len(starts), pa.string()), careful("flag")),
    )


_OF_ONE_CHARACTER: Final = column(sorted(word for word in JAPANESE_GIVEN if len(word) == 1))


def _japanese(first: pa.Array, last: pa.Array, first_key: pa.Array) -> pa.Array:
    """`first_key` with given names of one character read as Japanese where they stand behind a Japanese surname."""
    rows = np.flatnonzero(mask(pc.is_in(first, value_set=_OF_ONE_CHARACTER)) & mask(pc.is_valid(last)))
    if not len(rows):
        return first_key
    at = pa.array(rows)
    pairs, codes = distinct(pc.binary_join_element_wise(last.take(at), first.take(at), " "))
    keys = []
    for pair in pairs.to_pylist():
        surname, _, given = (pair or "").rpartition(" ")
        keys.append(name_keys.japanese_comparison(given) if japanese_surname(surname) else None)
    found = pc.coalesce(column(keys).take(codes), first_key.take(at))
    where = np.zeros(len(first_key), dtype=np.bool_)
    where[rows] = True
    return put(first_key, where, found)


def _name_keys(first: pa.Array, middle: pa.Array, last: pa.Array) -> pa.Array:
    """`name_keys.name_key` of columns; two single words by comparing, the rest by sorting."""
    long_enough = mask(pc.and_(pc.greater(pc.binary_length(first), 1), pc.greater(pc.binary_length(last), 1)))
    single = ~mask(pc.match_substring(first, " ")) & ~mask(pc.match_substring(last, " ")) & mask(pc.is_null(middle))
    simple = single & long_enough
    ordered = pc.if_else(
        pc.less_equal(first, last),
        pc.binary_join_element_wise(first, last, " "),
        pc.binary_join_element_wise(last, first, " "),
    )
    odd = ~simple & mask(pc.or_(pc.is_valid(first), pc.is_valid(last)))
    found = _sorted_words(*(item.filter(pa.array(odd)).fill_null("") for item in (first, middle, last)))
    return put(pc.if_else(pa.array(simple), ordered, pa.scalar(None, pa.string())), odd, found)


def _sorted_words(*parts: pa.StringArray) -> pa.StringArray:
    """`name_keys.name_key` of any names."""
    lists = pc.ascii_split_whitespace(pc.ascii_trim_whitespace(pc.binary_join_element_wise(*parts, " ")))
    words = lists.flatten().dictionary_encode()
    table, codes = words.dictionary, words.indices.to_numpy()
    rows = np.repeat(np.arange(len(lists)), np.diff(lists.offsets.to_numpy()))
    long = pc.greater(pc.binary_length(table), 1).to_numpy(zero_copy_only=False)[codes]
    named = np.zeros(len(lists), dtype=np.bool_)
    named[rows[long]] = True
    keep = long | ~named[rows]
    rows, codes = rows[keep], codes[keep]
    ranks = np.empty(len(table), dtype=np.int64)
    ranks[pc.sort_indices(table).to_numpy()] = np.arange(len(table))
    codes = codes[np.argsort(rows * max(len(table), 1) + ranks[codes], kind="stable")]
    ends = np.zeros(len(lists) + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows, minlength=len(lists)), out=ends[1:])
    keys = pc.binary_join(pa.ListArray.from_arrays(pa.array(ends), table.take(pa.array(codes))), " ")
    return pc.if_else(pc.equal(keys, ""), pa.scalar(None, pa.string()), keys)


def _mapped(keys: pa.Array, rule: Callable[[str], str | None]) -> pa.Array:
    values, codes = distinct(keys)
    return column([rule(value) if value else None for value in values.to_pylist()]).take(codes)
