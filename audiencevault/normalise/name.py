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
from audiencevault.normalise.columns import Mask, batch, column, distinct, filled, flag_lists, mask
from audiencevault.normalise.name_texts import Memory, Places, joined, one_by_one, sorted_words
from audiencevault.normalise.native_names import JAPANESE_GIVEN
from audiencevault.normalise.transliteration import japanese_surname

FIELDS: Final = ("name_prefix", "full_name", "first_name", "middle_name", "last_name", "name_suffix", "nickname")
"""The columns that are read; each may be missing. Prefix and suffix are left out of every form."""

_SURNAME_FIRST: Final = r"^[\p{Han}\p{Hangul}\p{Hiragana}々]+$"
"""Shown surname first and without a blank."""

Flags = npt.NDArray[np.int8]


class _Table:
    """Names and parts of names of a batch: what is shown of each and its comparison form."""

    def __init__(self) -> None:
        self._shown: list[pa.StringArray] = [pa.nulls(0, pa.string())]
        self._keys = self._shown.copy()
        self._plain = [True]
        self._size = 0

    def add(self, shown: pa.StringArray, keys: pa.StringArray, *, plain: bool) -> int:
        """Where the new entries begin; `plain` ones are of no script that is written surname first."""
        self._shown.append(shown)
        self._keys.append(keys)
        self._plain.append(plain)
        self._size += len(shown)
        return self._size - len(shown)

    @property
    def shown(self) -> pa.StringArray:
        """What is shown of each entry."""
        return pa.concat_arrays(self._shown)

    @property
    def keys(self) -> pa.StringArray:
        """The comparison form of each entry."""
        return pa.concat_arrays(self._keys)

    def which(self, rule: Callable[[pa.StringArray], pa.Array]) -> Mask:
        """For which entries the rule holds, and False behind them; plain ones are not asked."""
        parts = [
            np.zeros(len(shown), dtype=np.bool_) if plain else mask(rule(shown))
            for shown, plain in zip(self._shown, self._plain, strict=True)
        ]
        return np.concatenate([*parts, [False]])


class _Whole(NamedTuple):
    """Unsplit names, taken apart: places in the batch's table; `flags` as of `_flag_codes`."""

    first: Places
    middle: Places
    last: Places
    flags: Flags


def normalise(table: pa.RecordBatch | pa.Table) -> pa.RecordBatch:
    """Names of a batch with any of the columns `FIELDS`, one row per row.

    Columns: `first`, `last`, `display_name` (to show), `first_key`, `last_key`, `name_key`, `nick_key`, `nick_roots`
    (comparison forms), `flags` (`junk`: the fields hold no name; `handle`: a user name; `couple`: two people). Split
    fields count before the unsplit name; a nickname is only shown where there is nothing else.
    """
    names = _Table()
    first, first_flags = _parts(names, filled(table, "first_name"), given=True)
    last, last_flags = _parts(names, filled(table, "last_name"), given=False)
    middle, _ = _parts(names, filled(table, "middle_name"), given=True)
    # An unsplit name is only taken apart where the split fields say nothing of one half.
    full = filled(table, "full_name")
    unsplit = _wholes(names, full, ((first < 0) | (last < 0)) & mask(pc.is_valid(full)))
    middle = np.where((middle < 0) & (first < 0) & (last < 0), unsplit.middle, middle)
    first, last = np.where(first < 0, unsplit.first, first), np.where(last < 0, unsplit.last, last)

    named = (first >= 0) | (last >= 0)
    middle[~named] = -1
    first = _japanese(names, first, last)
    beside = _beside_each_other(names, table, (first, middle, last), named)
    shown, keys = names.shown, names.keys
    flagged = np.where(first_flags > 0, first_flags, np.where(last_flags > 0, last_flags, unsplit.flags))
    return batch(
        {
            "first": joined(shown, first),
            "last": joined(shown, last),
            "display_name": joined(shown, *beside),
            "first_key": joined(keys, first),
            "last_key": joined(keys, last),
            "name_key": _name_keys(keys, first, middle, last),
            **_nicknames(keys, first),
            "flags": flag_lists(
                {
                    "junk": (flagged == _FLAG_CODES["junk"]) & ~named,
                    "handle": (flagged == _FLAG_CODES["handle"]) & ~named,
                    "couple": flagged == _FLAG_CODES["couple"],
                }
            ),
        }
    )


def _beside_each_other(
    names: _Table, table: pa.RecordBatch | pa.Table, parts: tuple[Places, Places, Places], named: Mask
) -> tuple[Places, Places, Places]:
    """What stands in each name as a letter would greet it."""
    first, middle, last = parts
    surname_first = names.which(lambda shown: pc.match_substring_regex(shown, _SURNAME_FIRST))
    turned = surname_first[first] & surname_first[last]
    if turned.any():
        shown = names.shown
        whole = pc.binary_join_element_wise(joined(shown, last[turned]), joined(shown, first[turned]), "")
        start = names.add(whole, pa.nulls(len(whole), pa.string()), plain=True)
        first, middle, last = (np.where(turned, -1, at) for at in parts)
        first[turned] = start + np.arange(len(whole), dtype=np.int32)
    if not named.all():
        nickname, _ = _parts(names, filled(table, "nickname"), given=True)
        first = np.where(named, first, nickname)
    return first, middle, last


_FLAG_CODES: Final = {name: code for code, name in enumerate(name_parts.FLAGS, 1)}


def _flag_codes(flags: list[str | None]) -> Flags:
    return np.array([_FLAG_CODES[flag] if flag else 0 for flag in flags], dtype=np.int8)


def _from(start: int, texts: pa.StringArray) -> Places:
    """Where entries of a table are that begin at `start`, -1 for those of nothing."""
    return np.where(mask(pc.is_valid(texts)), start + np.arange(len(texts), dtype=np.int32), -1)


def _parts(names: _Table, raw: pa.StringArray, *, given: bool) -> tuple[Places, Flags]:
    """A column of given names or surnames, row by row, and the flags of its rows."""
    if raw.null_count == len(raw):
        return np.full(len(raw), -1, dtype=np.int32), np.zeros(len(raw), dtype=np.int8)
    values, codes = distinct(raw)
    found = plain_names.plain(values, mask(pc.is_valid(values)), whole=False)
    words = [np.ascontiguousarray(found.places[:, at]) for at in range(3)]
    shown, keys = joined(found.shown, *words), joined(found.keys, *words)
    at = _from(names.add(shown, keys, plain=True), shown)
    rule = name_parts.given if given else name_parts.family
    slow = [rule(value) for value in values.filter(pa.array(found.odd)).to_pylist()]
    shown, keys = column([item.shown or None for item in slow]), column([item.key or None for item in slow])
    at[found.odd] = _from(names.add(shown, keys, plain=False), shown)
    flags = np.zeros(len(values), dtype=np.int8)
    flags[found.odd] = _flag_codes([item.flag for item in slow])
    rows = codes.to_numpy()
    return at[rows], flags[rows]


def _wholes(names: _Table, raw: pa.StringArray, wanted: Mask) -> _Whole:
    """The unsplit names of the rows `wanted`: plain ones word by word in columns, the others one by one."""
    flags = np.zeros(len(raw), dtype=np.int8)
    found = plain_names.plain(raw, wanted, whole=True)
    start = names.add(found.shown, found.keys, plain=True)
    first, middle, last = (np.where(words < 0, -1, words + start) for words in found.places.T)
    if found.odd.any():
        values, codes = distinct(raw.filter(pa.array(found.odd)))
        slow = [name_parts.whole(text) if text else _NOBODY for text in values.to_pylist()]
        japanese = [japanese_surname(item.last) is not None for item in slow]
        rows = codes.to_numpy()
        for field, at in zip(("first", "middle", "last"), (first, middle, last), strict=True):
            written = [getattr(item, field) for item in slow]
            rules = [name_keys.japanese_comparison if other and field == "first" else name_keys.comparison
                     for other in japanese]  # fmt: skip
            shown = column([text or None for text in written])
            keys = column([rule(text) or None if text else None for rule, text in zip(rules, written, strict=True)])
            at[found.odd] = _from(names.add(shown, keys, plain=False), shown)[rows]
        flags[found.odd] = _flag_codes([item.flag for item in slow])[rows]
    return _Whole(first, middle, last, flags)


_NOBODY: Final = name_parts.Whole("", "", "", None)
_OF_ONE_CHARACTER: Final = column(sorted(word for word in JAPANESE_GIVEN if len(word) == 1))


def _japanese(names: _Table, first: Places, last: Places) -> Places:
    """`first` with entries of their own for given names of one character behind a Japanese surname, which are read as
    Japanese.
    """
    found = names.which(lambda shown: pc.is_in(shown, value_set=_OF_ONE_CHARACTER))
    rows = np.flatnonzero(found[first] & (last >= 0))
    if not len(rows):
        return first
    shown = names.shown
    givens, surnames = (joined(shown, at[rows]).to_pylist() for at in (first, last))
    chosen = np.array([japanese_surname(surname) is not None for surname in surnames], dtype=np.bool_)
    kept = [given for given, keep in zip(givens, chosen, strict=True) if keep]
    start = names.add(column(kept), column([name_keys.japanese_comparison(given) for given in kept]), plain=False)
    first = first.copy()
    first[rows[chosen]] = start + np.arange(len(kept), dtype=np.int32)
    return first


def _name_keys(keys: pa.StringArray, first: Places, middle: Places, last: Places) -> pa.StringArray:
    """`name_keys.name_key` of columns; a middle name alone is nobody's."""
    known = np.append(mask(pc.is_valid(keys)), False)
    return sorted_words(keys, first, np.where(known[first] | known[last], middle, -1), last)


def _nicknames(keys: pa.StringArray, first: Places) -> dict[str, pa.StringArray]:
    """What the given names may stand for, asked once of each that occurs."""
    used = np.zeros(len(keys) + 1, dtype=np.bool_)
    used[first] = True
    used[-1] = False
    asked = keys.filter(pa.array(used[:-1]))
    roots, likeliest = _MEANT.answers(asked.fill_null(""))
    at = np.where(first < 0, -1, (np.cumsum(used, dtype=np.int32) - 1)[first])
    return {"nick_key": joined(likeliest, at), "nick_roots": joined(roots, at)}


_OF_NICKNAMES: Final = (pa.string(), pa.string())
_MEANT: Final = Memory(lambda keys: one_by_one(keys, nicknames.meant, _OF_NICKNAMES), _OF_NICKNAMES)
