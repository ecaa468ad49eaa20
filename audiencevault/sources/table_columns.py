"""Text columns into the columns of a source record: Arrow in, Arrow out, Python only for distinct odd values.

All text arrays are without nulls on the way in; an empty cell is an empty string. Results are null where a
cell is empty or cannot be read as what it should be.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine.digests import digests
from audiencevault.records import MONEY, POINT, STRING_MAP, STRINGS

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_APOSTROPHE: Final = r"^'([=+\-@0-9\t])"
_TWICE: Final = (
    "[\u00c2-\u00f4]"
    "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
"""A letter that begins a character in UTF-8 and one that goes on with it, both read as Windows-1252."""
_TWICE_FIRST: Final = "\u00c2".encode()[0]
_TWICE_BEHIND: Final = np.zeros(256, np.bool_)
_TWICE_BEHIND[[char.encode()[0] for char in "\u0080\u0152\u0192\u02c6\u2013\u2122"]] = True
"""The first bytes of both in UTF-8."""

_TYPE_PREFIX: Final = r"^[a-z]{1,2}:"
_PLAIN_MONEY: Final = r"^-?[0-9]{1,13}(\.[0-9]{1,4})?$"
_NOT_MONEY: Final = re.compile(r"[^0-9,.\-]")
_LIST_SEPARATORS: Final = {"comma": ",", "semicolon": ";", "pipe": "|", "triple_colon": ":::"}


def empty(rows: int) -> pa.StringArray:
    """`rows` empty cells."""
    return pa.repeat(pa.scalar("", pa.string()), rows)


def repaired(column: pa.StringArray) -> pa.StringArray:
    """With text that was read in the wrong encoding once before it was exported put right.

    >>> repaired(pa.array(["Ã„nne", "RenÃ©e", "Ærø", "Ida"])).to_pylist()
    ['Änne', 'Renée', 'Ærø', 'Ida']
    """
    rows, texts = repairs(column)
    if not len(rows):
        return column
    order = np.arange(len(column))
    order[rows] = len(column) + np.arange(len(rows))
    return pa.concat_arrays([column, texts]).take(pa.array(order))


def repairs(column: pa.StringArray) -> tuple[Int64s, pa.StringArray]:
    """The rows that `repaired` changes, ascending, and what it makes of them."""
    rows = _suspects(column)
    texts = column.take(pa.array(rows))
    wrong = pc.match_substring_regex(texts, _TWICE)
    return rows[np.asarray(wrong)], on_distinct(texts.filter(wrong), pa.string(), _once)


def _suspects(column: pa.StringArray) -> Int64s:
    """The rows with the first bytes of two letters as in `_TWICE`."""
    _, bounds, data = column.buffers()
    if data is None or not len(column):
        return np.zeros(0, np.int64)
    offsets = np.frombuffer(bounds, np.int32)[column.offset : column.offset + len(column) + 1]
    read = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]]
    places = np.flatnonzero(read[:-2] == _TWICE_FIRST)
    places = places[_TWICE_BEHIND[read[places + 2]]]
    rows: Int64s = np.searchsorted(offsets, places + offsets[0], side="right") - 1
    return rows[np.diff(rows, prepend=-1) > 0]


def _once(text: str) -> str:
    """`text` read back as Windows-1252 and then as UTF-8; itself where that gives no text."""
    try:
        # Windows-1252 leaves five bytes undefined; programs that made the mess passed them through.
        raw = b"".join(char.encode("latin-1") if "\x80" <= char <= "\x9f" else char.encode("cp1252") for char in text)
        return raw.decode("utf-8")
    except UnicodeError:
        return text


def trimmed(column: pa.StringArray) -> pa.StringArray:
    """Without white space at either end."""
    return pc.utf8_trim_whitespace(column)


def without_apostrophe(column: pa.StringArray) -> pa.StringArray:
    """Without the one `'` that programs put before numbers so that spreadsheets keep them; `'t Hooft` stays."""
    if not pc.any(pc.starts_with(column, "'")).as_py():
        return column
    return pc.replace_substring_regex(column, _APOSTROPHE, r"\1", max_replacements=1)


def without_type_prefix(column: pa.StringArray) -> pa.StringArray:
    """Without the one or two letters and colon that say what a value is: `p:+12025550147`."""
    return pc.replace_substring_regex(column, _TYPE_PREFIX, "", max_replacements=1)


def filled(column: pa.StringArray) -> Bools:
    """Per row: whether the cell holds anything."""
    return np.asarray(pc.greater(pc.binary_length(column), 0))


def or_null(column: pa.StringArray) -> pa.StringArray:
    """Empty cells as nulls."""
    mask = pc.equal(column, "")
    return pc.if_else(mask, pa.scalar(None, pa.string()), column) if pc.any(mask).as_py() else column


def first_filled(columns: Sequence[pa.StringArray]) -> pa.StringArray:
    """Per row: the first of `columns` that holds anything."""
    result = columns[0]
    for column in columns[1:]:
        result = pc.if_else(pc.equal(result, ""), column, result)
    return result


def on_distinct(column: pa.StringArray, kind: pa.DataType, read: Callable[[str], Any]) -> pa.Array:
    """`read` applied to each distinct value once; null for empty cells."""
    encoded = column.dictionary_encode()
    values = pa.array([read(value) if value else None for value in encoded.dictionary.to_pylist()], kind)
    if not len(values):
        return pa.nulls(len(column), kind)
    return values.take(encoded.indices)


def money(column: pa.StringArray, decimal: str) -> pa.Array:
    """Amounts; currency signs and thousands separators are read over. Null where it is no number."""
    plain = pc.match_substring_regex(column, _PLAIN_MONEY) if decimal != "comma" else pa.array([False] * len(column))
    simple = pc.if_else(plain, column, pa.scalar(None, pa.string())).cast(MONEY)
    if pc.all(pc.or_(plain, pc.equal(column, ""))).as_py():
        return simple
    return pc.coalesce(simple, on_distinct(column, MONEY, lambda text: amount(text, decimal)))


def amount(text: str, decimal: str = "auto") -> Decimal | None:
    """One amount, or None.

    Where both marks occur the last one is the decimal mark; a single one with other than three digits after
    it is one too; `1.234` alone follows `decimal` (`comma`: a thousand, else: one).

    >>> amount("€ 1.234,50"), amount("1,234.50"), amount("12,5"), amount("none")
    (Decimal('1234.5000'), Decimal('1234.5000'), Decimal('12.5000'), None)
    """
    digits = _NOT_MONEY.sub("", text)
    mark = _decimal_mark(digits, decimal)
    other = "," if mark == "." else "."
    digits = digits.replace(other, "").replace(mark, ".")
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return None
    return value.quantize(Decimal("0.0001")) if abs(value) < Decimal(10) ** 13 else None


def _decimal_mark(digits: str, decimal: str) -> str:
    dot, comma = digits.rfind("."), digits.rfind(",")
    if dot >= 0 and comma >= 0:
        return "." if dot > comma else ","
    if decimal != "auto":
        return "," if decimal == "comma" else "."
    if comma >= 0:
        single = digits.count(",") == 1 and len(digits) - comma - 1 != 3
        return "," if single else "."
    return "," if digits.count(".") > 1 else "."


def whole(column: pa.StringArray) -> pa.Array:
    """Counts; null where it is no whole number."""

    def read(text: str) -> int | None:
        value = amount(text, "dot")
        return int(value) if value is not None and value == int(value) else None

    return on_distinct(column, pa.int64(), read)


def split_list(text: str, dialect: str) -> list[str]:
    """The items of one cell, without empty ones and repetitions.

    >>> split_list('"Editors","Paris, FR"', "quoted")
    ['Editors', 'Paris, FR']
    """
    if dialect == "quoted":
        try:
            items = next(csv.reader([" ".join(text.splitlines())], skipinitialspace=True), [])
        except csv.Error:
            # Longer than the reader allows: a broken cell, not a list.
            items = [text]
    elif dialect == "brackets":
        items = text.strip("[]").split("|")
    elif dialect == "comma" and ";" in text and "," not in text:
        items = text.split(";")
    else:
        items = text.split(_LIST_SEPARATORS[dialect])
    return list(dict.fromkeys(stripped for item in items if (stripped := item.strip())))


def lists(column: pa.StringArray, dialect: str) -> pa.Array:
    """Cells that hold a list; an empty list where the cell is empty."""
    encoded = column.dictionary_encode()
    values = pa.array([split_list(value, dialect) for value in encoded.dictionary.to_pylist()], STRINGS)
    return values.take(encoded.indices) if len(values) else pa.array([[]] * len(column), STRINGS)


def merged_lists(arrays: Sequence[pa.Array]) -> pa.Array:
    """Per row the items of all `arrays`, without repetitions."""
    if len(arrays) == 1:
        return arrays[0]
    rows = zip(*(array.to_pylist() for array in arrays), strict=True)
    return pa.array([list(dict.fromkeys(item for items in row for item in items)) for row in rows], STRINGS)


def _interleave(columns: Sequence[pa.StringArray], keep: Bools) -> tuple[pa.Array, Int64s, pa.Array]:
    """The cells that `keep` (rows x columns) marks, row by row: list offsets, column of each, text of each."""
    rows = len(columns[0])
    places = np.flatnonzero(keep.ravel())
    which, row = places % len(columns), places // len(columns)
    offsets = np.zeros(rows + 1, np.int32)
    np.cumsum(keep.sum(axis=1), out=offsets[1:])
    texts = pa.concat_arrays(columns).take(pa.array(which * rows + row))
    return pa.array(offsets), which, texts


def points(columns: Sequence[tuple[str, str | None, pa.StringArray]], rows: int) -> pa.Array:
    """Contact points from (kind, label, cells); the same value of one kind counts once a row."""
    if not columns or not rows:
        return pa.array([[]] * rows, pa.list_(POINT))
    keep = np.column_stack([filled(cells) for _, _, cells in columns])
    for later in range(1, len(columns)):
        for earlier in range(later):
            if columns[later][0] == columns[earlier][0]:
                keep[:, later] &= ~np.asarray(pc.equal(columns[later][2], columns[earlier][2]))
    offsets, which, texts = _interleave([cells for _, _, cells in columns], keep)
    index = pa.array(which)
    kinds = pa.array([kind for kind, _, _ in columns], pa.string()).take(index)
    labels = pa.array([label for _, label, _ in columns], pa.string()).take(index)
    return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays([kinds, texts, labels], fields=list(POINT)))


def header_map(columns: Sequence[tuple[str, pa.StringArray]], rows: int) -> pa.Array:
    """What no field is for: header to cell, without empty cells."""
    if not columns or not rows:
        return pa.array([[]] * rows, STRING_MAP)
    keep = np.column_stack([filled(cells) for _, cells in columns])
    offsets, which, texts = _interleave([cells for _, cells in columns], keep)
    names = pa.array([name for name, _ in columns], pa.string()).take(pa.array(which))
    return pa.MapArray.from_arrays(offsets, names, texts, type=STRING_MAP)


def record_ids(
    source: str, account: str, keys: Sequence[str] | pa.StringArray
) -> tuple[pa.StringArray, npt.NDArray[np.uint64]]:
    """What `records.record_id` gives, a column at a time, and the first eight bytes of each as a number."""
    column = keys if isinstance(keys, pa.Array) else pa.array(keys, pa.string())
    raw = digests([f"{source}\x1f{account}\x1f".encode(), column], len(column), 16)
    offsets = np.arange(len(raw) + 1, dtype=np.int32) * 32
    hexes = raw.tobytes().hex().encode()
    text = pa.StringArray.from_buffers(len(raw), pa.py_buffer(offsets), pa.py_buffer(hexes))
    return text, _beginnings(raw).view(np.uint64)


def row_hashes(columns: Sequence[pa.StringArray]) -> Int64s:
    """One number per row over all its cells, equal for equal rows."""
    parts = [part for column in columns for part in (column, b"\x1f")]
    return _beginnings(digests(parts, len(columns[0]), 8))


def _beginnings(raw: npt.NDArray[np.uint8]) -> Int64s:
    """The first eight bytes of each row as a number."""
    return np.ascontiguousarray(raw[:, :8]).view(np.int64).reshape(-1)


class SeenRows:
    """Which keys and rows of one table were seen before, at sixteen bytes a row.

    Sorted runs are merged as they grow alike, so that a look-up is a few binary searches.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[npt.NDArray[np.uint64], Int64s]] = []
        self._again: dict[int, dict[int, int]] = {}

    def take(self, keys: npt.NDArray[np.uint64], rows: Int64s) -> tuple[Int64s, list[int]]:
        """Per row its ordinal among different rows of the same key (1 for the first), and which rows are exact
        repetitions (their ordinal is that of the row that they repeat).
        """
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        known = np.zeros(len(keys), bool)
        first_hash = np.zeros(len(keys), np.int64)
        for run_keys, run_rows in self._runs:
            place = np.searchsorted(run_keys, keys)
            place[place == len(run_keys)] = 0
            hit = run_keys[place] == keys
            known |= hit
            first_hash[hit] = run_rows[place[hit]]
        repeats_here = np.zeros(len(keys), bool)
        repeats_here[order[1:]] = ordered[1:] == ordered[:-1]
        ordinals = np.ones(len(keys), np.int64)
        duplicates: list[int] = []
        starts: dict[int, int] = {}
        special = np.flatnonzero(known | repeats_here)
        if len(special):
            opening = np.zeros(len(keys), bool)
            opening[order[:-1]] = ordered[1:] == ordered[:-1]
            for index in np.flatnonzero(opening & ~known & ~repeats_here).tolist():
                starts[int(keys[index])] = int(rows[index])
            for index in special.tolist():
                key, row = int(keys[index]), int(rows[index])
                first = int(first_hash[index]) if known[index] else starts[key]
                seen = self._again.setdefault(key, {first: 1})
                if row in seen:
                    duplicates.append(index)
                ordinals[index] = seen.setdefault(row, len(seen) + 1)
        fresh = ~(known | repeats_here)
        self._add(keys[fresh], rows[fresh])
        return ordinals, duplicates

    def _add(self, keys: npt.NDArray[np.uint64], rows: Int64s) -> None:
        while True:
            order = np.argsort(keys, kind="stable")
            keys, rows = keys[order], rows[order]
            if not self._runs or len(self._runs[-1][0]) > 2 * len(keys):
                break
            more_keys, more_rows = self._runs.pop()
            keys, rows = np.concatenate((more_keys, keys)), np.concatenate((more_rows, rows))
        if len(keys):
            self._runs.append((keys, rows))


def lookup(column: pa.StringArray, values: Mapping[str, int]) -> Int64s:
    """Per row the number that `values` has for the cell (trimmed, case folded), -1 where it has none."""
    encoded = column.dictionary_encode()
    found = np.array(
        [values.get(" ".join(text.split()).casefold(), -1) for text in encoded.dictionary.to_pylist()] or [-1], np.int64
    )
    return found[np.asarray(encoded.indices)] if len(column) else np.empty(0, np.int64)
