"""Columns of names, put together from tables of texts.

Words: *places* are numbers of texts in a table, some for each row; -1 is none. Empty texts count as none throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine.compiled import kernels
from audiencevault.normalise.columns import Mask, byte_class, column, mask, put, text_buffers

KERNELS = kernels("audiencevault.normalise.name_column_kernels")

Places = npt.NDArray[np.int32]


class Memory:
    """What a rule makes of texts, kept in columns as long as the process lives: each text is asked about once."""

    LARGEST: Final = 262_144
    """Texts that are kept; with more of them it begins anew."""

    def __init__(self, rule: Callable[[pa.StringArray], Sequence[pa.Array]], kinds: Sequence[pa.DataType]) -> None:
        """`rule` makes a column of each of the types `kinds` of distinct texts."""
        self._rule = rule
        self._nothing = [pa.nulls(0, kind) for kind in (pa.string(), *kinds)]
        # Texts and answers are only ever replaced together: another thread sees the old ones or the new.
        self._kept = self._nothing

    def answers(self, texts: pa.StringArray) -> list[pa.Array]:
        """A column for each thing that the rule says, row by row; `texts` has no nulls."""
        kept = self._kept
        at = pc.index_in(texts, value_set=kept[0])
        if at.null_count:
            new = texts.filter(pc.is_null(at)).dictionary_encode()
            behind = pc.add(new.indices, pa.scalar(len(kept[0]), pa.int32()))
            at = pc.replace_with_mask(at, pc.is_null(at), behind)
            added = [new.dictionary, *self._rule(new.dictionary)]
            kept = [pa.concat_arrays(pair) for pair in zip(kept, added, strict=True)]
            self._kept = kept if len(kept[0]) <= self.LARGEST else self._nothing
        return [item.take(at) for item in kept[1:]]


def one_by_one(
    texts: pa.StringArray, rule: Callable[[str], tuple[Any, ...]], kinds: Sequence[pa.DataType]
) -> list[Any]:
    """The answers of a rule for single texts in columns of the types `kinds`."""
    found = [rule(text) for text in texts.to_pylist()]
    return [pa.array([item[at] for item in found], kind) for at, kind in enumerate(kinds)]


def _column(data: npt.NDArray[np.uint8], bounds: Places, bits: npt.NDArray[np.uint8], nulls: int) -> pa.StringArray:
    valid = pa.py_buffer(bits) if nulls else None
    return pa.StringArray.from_buffers(len(bounds) - 1, pa.py_buffer(bounds), pa.py_buffer(data), valid, nulls)


def joined(table: pa.StringArray, *places: Places) -> pa.StringArray:
    """Per row the texts at its places, with a blank between; null where there is none."""
    if KERNELS is not None:
        return _column(*KERNELS.joined(*text_buffers(table), _matrix(places)))
    matrix = _matrix(places)
    there = (matrix >= 0) & np.append(mask(pc.greater(pc.binary_length(table), 0)), False)[matrix]
    ends = np.append(np.int32(0), np.cumsum(there.sum(axis=1), dtype=np.int32))
    texts = table.take(pa.array(matrix[there]))
    return _without_empty(pc.binary_join(pa.ListArray.from_arrays(pa.array(ends), texts), " "))


def sorted_words(table: pa.StringArray, *places: Places) -> pa.StringArray:
    """Per row the words of the texts at its places, sorted, those of one letter only where there are no others; null
    where there is none.
    """
    if KERNELS is None:
        return _sorted_words(joined(table, *places))
    *parts, crowded = KERNELS.sorted_words(*text_buffers(table), _matrix(places))
    found = _column(*parts)
    if not crowded.any():
        return found
    return put(found, crowded, _sorted_words(joined(table, *(at[crowded] for at in places))))


class Endings:
    """Words of small ASCII letters that a text may end with."""

    BLANKS: Final = " \t\n\f\r"

    def __init__(self, words: Sequence[str]) -> None:
        self._words = text_buffers(column(words))
        self._blank, self._before = byte_class(self.BLANKS), byte_class(self.BLANKS + ",")
        either = "|".join("".join(f"[{letter}{letter.upper()}]" for letter in word) for word in words)
        self._pattern = rf"[\s,](?:{either})\.?\s*$"
        self._alone = rf"^\s*(?:{either})\.?\s*$"

    def are(self, values: pa.StringArray) -> Mask:
        """Which texts are one of the words in whatever case, with at most a dot behind and blanks around."""
        if values.null_count == len(values):
            return np.zeros(len(values), dtype=np.bool_)
        return mask(pc.match_substring_regex(values, self._alone))

    def end(self, values: pa.StringArray) -> Mask:
        """Which texts end with one of the words in whatever case, a blank or comma before it, and behind it at most a
        dot and blanks.
        """
        if KERNELS is None:
            return mask(pc.match_substring_regex(values, self._pattern))
        tables = (self._blank.view(np.uint8), self._before.view(np.uint8))
        found: Mask = KERNELS.ends_with_word(*text_buffers(values), *self._words, *tables)
        return found


def _matrix(places: Sequence[Places]) -> Places:
    return places[0].reshape(-1, 1) if len(places) == 1 else np.stack(places, axis=1)


def _without_empty(texts: pa.StringArray) -> pa.StringArray:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _sorted_words(texts: pa.StringArray) -> pa.StringArray:
    lists = pc.ascii_split_whitespace(pc.ascii_trim_whitespace(texts.fill_null("")))
    words = lists.flatten().dictionary_encode()
    table, codes = words.dictionary, words.indices.to_numpy()
    rows = np.repeat(np.arange(len(lists)), np.diff(lists.offsets.to_numpy()))
    long: Mask = mask(pc.greater(pc.binary_length(table), 1))[codes]
    named = np.zeros(len(lists), dtype=np.bool_)
    named[rows[long]] = True
    keep = long | ~named[rows]
    rows, codes = rows[keep], codes[keep]
    ranks = np.empty(len(table), dtype=np.int64)
    ranks[pc.sort_indices(table).to_numpy()] = np.arange(len(table))
    codes = codes[np.argsort(rows * max(len(table), 1) + ranks[codes], kind="stable")]
    ends = np.zeros(len(lists) + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows, minlength=len(lists)), out=ends[1:])
    return _without_empty(pc.binary_join(pa.ListArray.from_arrays(pa.array(ends), table.take(pa.array(codes))), " "))
