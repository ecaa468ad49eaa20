"""Names in columns: given name and surname to show, and comparison forms in which writings of one name meet.

Words: *shown* is the name as a letter would greet it; a *key* is its comparison form (transliterated, lower case, one
spelling of umlauts). `name_key` holds all words of a name sorted, so that swapped fields compare equal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.normalise import name_keys, name_parts, nicknames, plain_names
from audiencevault.normalise.columns import (
    Codes,
    Mask,
    batch,
    byte_class,
    column,
    distinct,
    filled,
    flag_lists,
    has_byte,
    mask,
    merge,
    put,
)
from audiencevault.normalise.native_names import JAPANESE_GIVEN
from audiencevault.normalise.transliteration import japanese_surname

FIELDS: Final = ("name_prefix", "full_name", "first_name", "middle_name", "last_name", "name_suffix", "nickname")
"""The columns that are read; each may be missing. Prefix and suffix are left out of every form."""

_BLANK: Final = byte_class(" ")

_SURNAME_FIRST: Final = r"^[\p{Han}\p{Hangul}\p{Hiragana}々]+$"
"""Shown surname first and without a blank."""


class _Words(NamedTuple):
    """A column of names: what is shown of each and its comparison form, as places in tables of distinct ones.

    The last entry of each table is null. The places of the two differ only where a name is shown and has no key.
    """

    at: Codes
    key_at: Codes
    shown: pa.StringArray
    keys: pa.StringArray

    def column(self) -> pa.StringArray:
        """What is shown, row by row."""
        if len(self.shown) == self.shown.null_count:
            return pa.nulls(len(self.at), pa.string())
        return self.shown.take(pa.array(self.at))

    def key_column(self) -> pa.StringArray:
        """The comparison forms, row by row."""
        return self.keys.take(pa.array(self.key_at))

    def valid(self) -> Mask:
        """Which rows have something to show."""
        found: Mask = mask(pc.is_valid(self.shown))[self.at]
        return found

    def only(self, rows: Mask) -> _Words:
        """The same with nothing but in `rows`."""
        last = len(self.shown) - 1
        return self._replace(at=np.where(rows, self.at, last), key_at=np.where(rows, self.key_at, last))

    def otherwise(self, other: _Words) -> _Words:
        """The same with the rows of `other` where there is nothing."""
        start = len(self.shown)
        has, has_key = mask(pc.is_valid(self.shown)), mask(pc.is_valid(self.keys))
        return _Words(
            np.where(has[self.at], self.at, other.at + start),
            np.where(has_key[self.key_at], self.key_at, other.key_at + start),
            pa.concat_arrays([self.shown, other.shown]),
            pa.concat_arrays([self.keys, other.keys]),
        )


class _Whole(NamedTuple):
    """Unsplit names, taken apart; `flags` as of `_flag_codes`."""

    first: _Words
    middle: _Words
    last: _Words
    flags: npt.NDArray[np.int8]


def normalise(table: pa.RecordBatch | pa.Table) -> pa.RecordBatch:
    """Names of a batch with any of the columns `FIELDS`, one row per row.

    Columns: `first`, `last`, `display_name` (to show), `first_key`, `last_key`, `name_key`, `nick_key`, `nick_roots`
    (comparison forms), `flags` (`junk`: the fields hold no name; `handle`: a user name; `couple`: two people). Split
    fields count before the unsplit name; a nickname is only shown where there is nothing else.
    """
    firsts, first_flags = _parts(filled(table, "first_name"), given=True)
    lasts, last_flags = _parts(filled(table, "last_name"), given=False)
    middles, _ = _parts(filled(table, "middle_name"), given=True)
    # An unsplit name is only taken apart where the split fields say nothing of one half.
    full = filled(table, "full_name")
    alone = ~firsts.valid() & ~lasts.valid()
    unsplit = _wholes(full, ~(firsts.valid() & lasts.valid()) & mask(pc.is_valid(full)))
    first, last = firsts.otherwise(unsplit.first), lasts.otherwise(unsplit.last)
    middle = middles.otherwise(unsplit.middle.only(alone))

    named = first.valid() | last.valid()
    first_column, last_column = first.column(), last.column()
    changed, changed_keys = _japanese(first, first_column, last_column)
    first_key, last_key = put(first.key_column(), changed, changed_keys), last.key_column()
    flagged = np.where(first_flags > 0, first_flags, np.where(last_flags > 0, last_flags, unsplit.flags))
    return batch(
        {
            "first": first_column,
            "last": last_column,
            "display_name": _shown(table, first_column, middle.column(), last_column, named),
            "first_key": first_key,
            "last_key": last_key,
            "name_key": _name_keys(first_key, middle.key_column(), last_key),
            "nick_key": put(_looked_up(first, nicknames.root), changed, _mapped(changed_keys, nicknames.root)),
            "nick_roots": put(_looked_up(first, nicknames.roots), changed, _mapped(changed_keys, nicknames.roots)),
            "flags": flag_lists(
                {
                    "junk": (flagged == _FLAG_CODES["junk"]) & ~named,
                    "handle": (flagged == _FLAG_CODES["handle"]) & ~named,
                    "couple": flagged == _FLAG_CODES["couple"],
                }
            ),
        }
    )


def _shown(
    table: pa.RecordBatch | pa.Table, first: pa.StringArray, middle: pa.StringArray, last: pa.StringArray, named: Mask
) -> pa.StringArray:
    """The names as a letter would greet them."""
    shown = pc.coalesce(pc.binary_join_element_wise(first, last, " "), first, last)
    inner = mask(pc.is_valid(middle))
    if inner.any():
        parts = (item.filter(pa.array(inner)).fill_null("") for item in (first, middle, last))
        shown = put(shown, inner, pc.utf8_trim(pc.binary_join_element_wise(*parts, " "), " "))
    foreign = ~(mask(pc.string_is_ascii(first)) | mask(pc.string_is_ascii(last)))
    foreign &= mask(pc.is_valid(first)) & mask(pc.is_valid(last))
    if foreign.any():
        chosen = pa.array(foreign)
        one, other = last.filter(chosen), first.filter(chosen)
        joined = pc.and_(*(pc.match_substring_regex(half, _SURNAME_FIRST) for half in (one, other)))
        beside = pc.if_else(joined, pc.binary_join_element_wise(one, other, ""), shown.filter(chosen))
        shown = put(shown, foreign, beside)
    if named.all():
        return shown
    nickname, _ = _parts(filled(table, "nickname"), given=True)
    return pc.if_else(pa.array(named), shown, nickname.column())


_FLAG_CODES: Final = {name: code for code, name in enumerate(name_parts.FLAGS, 1)}


def _flag_codes(flags: list[str | None]) -> npt.NDArray[np.int8]:
    return np.array([_FLAG_CODES[flag] if flag else 0 for flag in flags], dtype=np.int8)


def _with_null(*texts: pa.Array) -> pa.StringArray:
    return pa.concat_arrays([*texts, pa.nulls(1, pa.string())])


def _parts(raw: pa.StringArray, *, given: bool) -> tuple[_Words, npt.NDArray[np.int8]]:
    """A column of given names or surnames, and the flags of its rows."""
    if raw.null_count == len(raw):
        nothing = np.zeros(len(raw), dtype=np.int64)
        return _Words(nothing, nothing, pa.nulls(1, pa.string()), pa.nulls(1, pa.string())), nothing.astype(np.int8)
    values, codes = distinct(raw)
    rule = name_parts.given if given else name_parts.family
    easy = plain_names.plain(values, whole=False)
    found = [rule(value) if value else None for value in values.filter(pa.array(~easy.which)).to_pylist()]
    shown = column([item.shown or None if item else None for item in found])
    keys = column([item.key or None if item else None for item in found])
    flags = np.zeros(len(values), dtype=np.int8)
    flags[~easy.which] = _flag_codes([item.flag if item else None for item in found])
    at = codes.to_numpy().astype(np.int64)
    words = _Words(
        at, at,
        merge(easy.which, plain_names.joined(easy, easy.shown), shown),
        merge(easy.which, plain_names.joined(easy, easy.keys), keys),
    )  # fmt: skip
    return words, flags[at]


def _wholes(raw: pa.StringArray, wanted: Mask) -> _Whole:
    """The unsplit names of the rows `wanted`: plain ones word by word in columns, the others one by one."""
    rows = np.flatnonzero(wanted)
    texts = raw.take(pa.array(rows)) if len(rows) < len(raw) else raw
    easy = plain_names.plain(texts, whole=True)
    rest, codes = distinct(texts.filter(pa.array(~easy.which)))
    slow = [name_parts.whole(text) if text else _NOBODY for text in rest.to_pylist()]
    starts, ends, words = easy.starts, easy.ends, easy.codes
    several, triple = ends - starts > 1, ends - starts > 2
    # Where there is no middle word the place of the surname stands in and is masked.
    second = np.minimum(starts + 1, ends - 1)
    japanese = [japanese_surname(item.last) is not None for item in slow]

    def half(places: Codes, keep: Mask | None, written: list[str], *, given: bool) -> _Words:
        keys = [
            (name_keys.japanese_comparison(text) if given and other else name_keys.comparison(text)) or None
            if text
            else None
            for text, other in zip(written, japanese, strict=True)
        ]
        shown = _with_null(easy.shown, column([text or None for text in written]))
        at = np.full(len(raw), len(shown) - 1, dtype=np.int64)
        plain = words[places].astype(np.int64) if len(places) else np.zeros(0, dtype=np.int64)
        at[rows[easy.which]] = plain if keep is None else np.where(keep, plain, len(shown) - 1)
        at[rows[~easy.which]] = len(easy.shown) + codes.to_numpy()
        return _Words(at, at, shown, _with_null(easy.keys, column(keys)))

    flags = np.zeros(len(raw), dtype=np.int8)
    flags[rows[~easy.which]] = _flag_codes([item.flag for item in slow])[codes.to_numpy()]
    return _Whole(
        half(starts, None, [item.first for item in slow], given=True),
        half(second, triple, [item.middle for item in slow], given=False),
        half(ends - 1, several, [item.last for item in slow], given=False),
        flags,
    )


_NOBODY: Final = name_parts.Whole("", "", "", None)
_OF_ONE_CHARACTER: Final = column(sorted(word for word in JAPANESE_GIVEN if len(word) == 1))


def _japanese(names: _Words, first: pa.StringArray, last: pa.StringArray) -> tuple[Mask, pa.StringArray]:
    """The rows whose given name of one character is read as Japanese since it stands behind a Japanese surname, and
    the keys of these given names.
    """
    found = mask(pc.is_in(names.shown, value_set=_OF_ONE_CHARACTER))
    which = found[names.at] if found.any() else np.zeros(len(first), dtype=np.bool_)
    if not which.any():
        return which, column([])
    chosen = pa.array(which)
    pairs = zip(last.filter(chosen).to_pylist(), first.filter(chosen).to_pylist(), strict=True)
    keys = [name_keys.japanese_comparison(given) if surname and japanese_surname(surname) else None
            for surname, given in pairs]  # fmt: skip
    which[which] = [key is not None for key in keys]
    return which, column([key for key in keys if key is not None])


def _name_keys(first: pa.StringArray, middle: pa.StringArray, last: pa.StringArray) -> pa.StringArray:
    """`name_keys.name_key` of columns; two single words by comparing, the rest by sorting."""
    long_enough = mask(pc.and_(pc.greater(pc.binary_length(first), 1), pc.greater(pc.binary_length(last), 1)))
    simple = long_enough & mask(pc.is_null(middle)) & ~has_byte(first, _BLANK) & ~has_byte(last, _BLANK)
    ordered = pc.less_equal(first, last)
    # Null where one half is missing: such names are sorted below.
    keys = pc.binary_join_element_wise(pc.if_else(ordered, first, last), pc.if_else(ordered, last, first), " ")
    odd = ~simple & mask(pc.or_(pc.is_valid(first), pc.is_valid(last)))
    found = _sorted_words(*(item.filter(pa.array(odd)).fill_null("") for item in (first, middle, last)))
    return put(keys, odd, found)


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


def _looked_up(names: _Words, rule: Callable[[str], str | None]) -> pa.StringArray:
    """`rule` for the key of each row, asked once of each that occurs."""
    used = np.zeros(len(names.keys), dtype=np.bool_)
    used[names.key_at] = True
    found = _mapped(names.keys.filter(pa.array(used)), rule)
    return found.take(pa.array((np.cumsum(used) - 1)[names.key_at]))


def _mapped(keys: pa.StringArray, rule: Callable[[str], str | None]) -> pa.StringArray:
    return column([rule(value) if value else None for value in keys.to_pylist()])
