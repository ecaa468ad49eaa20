"""Named encoders: one Arrow column in, one column of finished cell texts out.

Formula safety: spreadsheets run a cell that begins with = + - @ (also in full width), a tab or a carriage
return. In free text such a cell gets a leading apostrophe, which spreadsheets take as "this is text". A cell
that is nothing but a plus sign and digits is a number to them and stays, so that phone numbers arrive whole.
Contact points are never altered, since an altered address is somebody else's: one that is not safe to write
is refused, and its row is held back with that reason.

Texts for an API are *plain*: nobody opens them in a spreadsheet, so nothing is put before them, and any address that
is one is taken.

Words: a cell is *refused* where the receiver cannot take its value unaltered and altering is not allowed.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.destinations.layout import Column, Dialect
from audiencevault.destinations.vocabulary import OTHERWISE, POINT_ENCODERS, WORD_ENCODERS

E164: Final = r"^\+[1-9][0-9]{4,14}$"
_ADDRESS: Final = (
    r"^[^\s=+\-@,;\"'<>()\x00-\x1f\x7f＝＋－＠][^\s@,;\"<>()\x00-\x1f\x7f]*@[^\s@,;\"'<>()\x00-\x1f\x7f]+$"
)
# Not for spreadsheets: whatever can be an address at all.
_PLAIN_ADDRESS: Final = r"^[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+$"
_PHONE_US: Final = r"^\+1[2-9][0-9]{9}$"
_ASCII_LOCAL: Final = r"^[\x21-\x7e]+@"
_FORMULA: Final = r"^([=+\-@＝＋－＠])"
_BREAKS: Final = r"[\r\n\x0b\x0c\x{85}\x{2028}\x{2029}]+"
_CONTROLS: Final = r"[\x00-\x09\x0b-\x1f\x7f-\x{9f}]"
# Whatever a plain cell never needs looked at for: one scan finds the few that do.
_ODD: Final = r"^[\s\x{a0}\x{feff}=+\-@＝＋－＠]|[\s\x{a0}\x{feff}]$|[\x00-\x1f\x7f-\x{9f}\x{2028}\x{2029};,]"
_EDGES: Final = " \t\n\u00a0\ufeff"
_JOINERS: Final = "\u200c\u200d\ufe0e\ufe0f"
_TIMES: Final[Mapping[str, str]] = {
    "date": "%Y-%m-%d",
    "datetime": "%Y-%m-%dT%H:%M:%SZ",
    "datetime_space": "%Y-%m-%d %H:%M:%S",
}
_EMAILS: Final = frozenset({"email", "sha256_email", "md5_email"})
_HASHES: Final[Mapping[str, Callable[[str], str]]] = {
    "sha256_email": lambda text: hashlib.sha256(text.lower().encode()).hexdigest(),
    "sha256_phone": lambda text: hashlib.sha256(text.encode()).hexdigest(),
    "sha256_phone_digits": lambda text: hashlib.sha256(text.removeprefix("+").encode()).hexdigest(),
    "sha256_text": lambda text: hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest(),
    # Not a secret: the name under which a receiver files an address.
    "md5_email": lambda text: hashlib.md5(text.lower().encode(), usedforsecurity=False).hexdigest(),
}


@dataclass(frozen=True)
class Cells:
    """One finished column: `cells` has no nulls; `refused` marks rows whose value cannot be written."""

    cells: pa.Array
    refused: pa.Array


def encode(column: Column, values: pa.Array, dialect: Dialect, *, plain: bool = False) -> Cells:
    """The cells of `values` as `column` declares them, before quoting; `plain` for an API.

    `values` is text for most encoders, a timestamp for dates, a number, or a list of texts; null gives an
    empty cell. The work is done on distinct values.
    """
    if column.value is not None:
        return Cells(pa.repeat(pa.scalar(column.value), len(values)), pa.repeat(pa.scalar(False), len(values)))
    if pa.types.is_list(values.type):
        values = _joined(values, column)
    distinct = values.dictionary_encode()
    indices = distinct.indices
    made = _encode_distinct(column, _texts(column, distinct.dictionary), dialect, plain)
    cells = pc.fill_null(made.cells.take(indices), "")
    refused = pc.fill_null(made.refused.take(indices), False)
    return Cells(_whole(cells), _whole(refused))


def listed(column: Column, values: pa.Array, dialect: Dialect) -> pa.Array:
    """Lists of texts, each item cleaned and cut as `column` declares; empty items are left out."""
    lengths = pc.fill_null(pc.list_value_length(values), 0)
    items = values.flatten().dictionary_encode()
    single = Column(column.header, column.field, max_chars=column.max_item_chars)
    cells = _encode_distinct(single, items.dictionary, dialect, True).cells.take(items.indices)
    rows = pa.array(np.repeat(np.arange(len(values)), lengths.to_numpy(zero_copy_only=False)))
    kept = pc.fill_null(pc.greater(pc.binary_length(cells), 0), False)
    sizes = np.bincount(rows.filter(kept).to_numpy(zero_copy_only=False), minlength=len(values))
    offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
    return pa.ListArray.from_arrays(offsets, _whole(cells.filter(kept)))


def guard(texts: pa.Array, dialect: Dialect) -> pa.Array:
    """Free text made safe to open in a spreadsheet.

    A program that takes the other list separator splits an unquoted-looking cell there: what follows it is
    guarded too.
    """
    number = pc.match_substring_regex(texts, E164)
    other = "," if dialect.delimiter == ";" else ";"
    guarded = pc.replace_substring_regex(texts, _FORMULA, r"'\1")
    guarded = pc.replace_substring_regex(guarded, rf"({other}\s*)([=+\-@＝＋－＠])", r"\1'\2")
    return pc.if_else(number, texts, guarded)


def clean(texts: pa.Array, dialect: Dialect) -> pa.Array:
    """Text without control characters and outer blanks, its line breaks replaced or kept as one kind."""
    cleaned = pc.replace_substring_regex(texts, r"\r\n?", "\n")
    if dialect.line_breaks == "space":
        cleaned = pc.replace_substring_regex(cleaned, _BREAKS, " ")
    # A tab ends a cell in many programs; the other control characters end a file in some.
    cleaned = pc.replace_substring_regex(cleaned, _CONTROLS, " ")
    return pc.utf8_trim(cleaned, characters=_EDGES)


def clip(text: str, column: Column) -> str:
    """`text` cut to the column's limit, never inside a character or between a letter and its accent."""
    cut = text
    if column.max_chars is not None:
        cut = cut[: column.max_chars]
    if column.max_bytes is not None:
        cut = cut.encode()[: column.max_bytes].decode("utf-8", "ignore")
    end = len(cut)
    while 0 < end < len(text) and _continues(text, end):
        end -= 1
    # One sign that is longer than the limit: a part of it is better than nothing.
    return text[:end].rstrip() if end else cut.rstrip(_JOINERS)


def _continues(text: str, position: int) -> bool:
    """Whether the character at `position` belongs to the one before it."""
    here = text[position]
    return bool(unicodedata.combining(here)) or here in _JOINERS or text[position - 1] == "\u200d"


def _texts(column: Column, values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_timestamp(kind):
        seconds = values.cast(pa.timestamp("s", tz="UTC"), safe=False)
        if column.encode in _TIMES:
            # Explicit format: the same digits whatever the library's default, and always UTC.
            return pc.strftime(seconds, format=_TIMES[column.encode])
        if column.encode == "epoch":
            return seconds.cast(pa.int64()).cast(pa.string())
    return values if pa.types.is_string(kind) else values.cast(pa.string())


def _joined(values: pa.Array, column: Column) -> pa.Array:
    """Lists as one text, `a, b`; a comma inside an item would be read as two items."""
    items = pc.replace_substring_regex(values.flatten(), r"\s*[,\s]\s*", " ")
    if column.max_item_chars is not None:
        items = pc.utf8_slice_codeunits(items, 0, column.max_item_chars)
    items = pc.utf8_trim_whitespace(items)
    lengths = pc.fill_null(pc.list_value_length(values), 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
    return pc.binary_join(pa.ListArray.from_arrays(offsets, pc.fill_null(items, "")), ", ")


def _encode_distinct(column: Column, values: pa.Array, dialect: Dialect, plain: bool) -> Cells:
    nothing = pa.repeat(pa.scalar(False), len(values))
    encode = column.encode
    if encode in _TIMES or encode == "epoch":
        return Cells(values, nothing)
    if encode == "number":
        trimmed = pc.replace_substring_regex(values, r"(\.\d\d\d*?)0+$", r"\1")
        number = pc.match_substring_regex(trimmed, r"^-?\d+(\.\d+)?$")
        return Cells(pc.if_else(number, trimmed, "" if plain else guard(trimmed, dialect)), nothing)
    if encode in WORD_ENCODERS:
        other = column.values.get(OTHERWISE, "")
        words = [column.values.get(word, other) for word in values.to_pylist()]
        return Cells(pa.array(words, pa.string()), nothing)
    if encode == "month_day":
        fits = pc.match_substring_regex(values, r"^(\d{4}-|--)\d{2}-?\d{2}$")
        days = pc.replace_substring_regex(values, r"^(\d{4}-|--)(\d{2})-?(\d{2})$", r"\2/\3")
        return Cells(pc.if_else(fits, days, ""), nothing)
    if encode in POINT_ENCODERS:
        return _points(column, values, plain)
    odd = pc.fill_null(pc.match_substring_regex(values, _ODD), False)
    tidy = clean(values.filter(odd), dialect)
    cells = pc.replace_with_mask(values, odd, tidy if plain or encode == "sha256_text" else guard(tidy, dialect))
    if encode == "sha256_text":
        return Cells(_hashed(cells, encode), nothing)
    long = _too_long(column, cells)
    if not pc.any(long).as_py():
        return Cells(cells, nothing)
    if column.on_overflow == "hold_back":
        return Cells(cells, long)
    if column.on_overflow == "blank":
        return Cells(pc.if_else(long, "", cells), nothing)
    clipped = [
        clip(text, column) if cut else text for text, cut in zip(cells.to_pylist(), long.to_pylist(), strict=True)
    ]
    return Cells(pa.array(clipped, pa.string()), nothing)


def _points(column: Column, values: pa.Array, plain: bool) -> Cells:
    encode = column.encode
    if encode in _EMAILS:
        # What is hashed is not opened by anything either.
        fits = pc.match_substring_regex(values, _PLAIN_ADDRESS if plain or encode != "email" else _ADDRESS)
    else:
        fits = pc.match_substring_regex(values, _PHONE_US if encode == "phone_us" else E164)
    if column.ascii_local:
        fits = pc.and_(fits, pc.match_substring_regex(values, _ASCII_LOCAL))
    made = values
    if encode == "phone_digits":
        made = pc.replace_substring_regex(values, r"^\+", "")
    elif encode == "phone_us":
        made = pc.replace_substring_regex(values, r"^\+1", "")
    elif encode in _HASHES:
        made = _hashed(values, encode)
    unfit = pc.or_(pc.invert(fits), _too_long(column, made))
    cells = pc.if_else(unfit, "", made)
    return Cells(cells, pa.repeat(pa.scalar(False), len(values)) if column.on_overflow == "blank" else unfit)


def _hashed(texts: pa.Array, encode: str) -> pa.Array:
    make = _HASHES[encode]
    return pa.array([make(text) if text else text for text in texts.to_pylist()], pa.string())


def _too_long(column: Column, cells: pa.Array) -> pa.Array:
    long = pa.repeat(pa.scalar(False), len(cells))
    if column.max_bytes is not None:
        long = pc.or_(long, pc.greater(pc.binary_length(cells), column.max_bytes))
    if column.max_chars is not None:
        long = pc.or_(long, pc.greater(pc.utf8_length(cells), column.max_chars))
    return pc.fill_null(long, False)


def _whole(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
