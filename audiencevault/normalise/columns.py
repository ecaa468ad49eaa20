"""Arrow columns of text: distinct values, spreading back, flags, cleaning of invisible characters.

Words: *distinct values* are the dictionary of a column plus one null; *codes* say, for every row, which distinct
value it has. A kernel works on the distinct values and spreads the result back with the codes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]

MUCH_TEXT: Final = 4096
"""Characters of one cell that are looked at; no name, street or address is as long, and time stays bounded."""

# fmt: off
_INVISIBLE: Final = "".join(
    chr(code)
    for first, last in (
        (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
        (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064), (0x2066, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB), (0x00, 0x08), (0x0E, 0x1F), (0x7F, 0x84), (0x86, 0x9F),
    )
    for code in range(first, last + 1)
)
# fmt: on
"""Zero-width, direction and control characters that exports carry inside values: Instagram and iOS put
U+200E and U+2069 around names and numbers, spreadsheets leave U+FEFF."""

_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
VISIBLE: Final = str.maketrans({**{ord(char): None for char in _INVISIBLE}, **_FULL_WIDTH, 0x3000: 0x20})
"""Translation that drops invisible characters and turns full-width ASCII into ASCII."""


def strings(values: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    """One contiguous `string` array, whatever text type or chunking the caller has."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.DictionaryArray):
        values = values.dictionary_decode()
    return values if pa.types.is_string(values.type) else values.cast(pa.string())


def distinct(values: pa.Array | pa.ChunkedArray) -> tuple[pa.StringArray, pa.Array]:
    """The distinct values, a null last, and the code of each row; a null row has the last code."""
    encoded = strings(values).dictionary_encode()
    dictionary = pa.concat_arrays([encoded.dictionary, pa.nulls(1, pa.string())])
    return dictionary, encoded.indices.fill_null(len(dictionary) - 1)


def mask(values: pa.Array) -> Mask:
    """A boolean column as numpy, null as False."""
    known = values.fill_null(False) if values.null_count else values
    return np.asarray(known.to_numpy(zero_copy_only=False), dtype=np.bool_)


def text_bytes(values: pa.StringArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Where each text begins and ends in the bytes of a column, and those bytes; a null is an empty text."""
    _, bounds, data = values.buffers()
    if bounds is None or not len(values):
        return np.zeros(len(values) + 1, dtype=np.int64), np.zeros(0, dtype=np.uint8)
    offsets = np.frombuffer(bounds, dtype=np.int32)[values.offset : values.offset + len(values) + 1].astype(np.int64)
    whole = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, dtype=np.uint8)
    return offsets - offsets[0], whole[offsets[0] : offsets[-1]]


def _text_column(values: pa.StringArray, offsets: Codes, data: npt.NDArray[np.uint8]) -> pa.StringArray:
    valid = None
    if values.null_count:
        valid = pa.array(mask(pc.is_valid(values))).buffers()[1]
    bounds = pa.py_buffer(offsets.astype(np.int32).tobytes())
    return pa.StringArray.from_buffers(len(values), bounds, pa.py_buffer(data.tobytes()), valid)


def translated(values: pa.StringArray, table: npt.NDArray[np.uint8]) -> pa.StringArray:
    """Every byte of a column of ASCII texts replaced by `table[byte]`."""
    offsets, data = text_bytes(values)
    return _text_column(values, offsets, table[data])


def only_bytes(values: pa.StringArray, keep: Mask) -> pa.StringArray:
    """Every text with only those bytes b for which `keep[b]`, which are ASCII."""
    offsets, data = text_bytes(values)
    kept = keep[data]
    if kept.all():
        return values
    places = np.zeros(len(data) + 1, dtype=np.int32)
    np.cumsum(kept, out=places[1:])
    return _text_column(values, places[offsets].astype(np.int64), data[kept])


def byte_class(chars: str) -> Mask:
    """For each byte whether it is one of some ASCII characters."""
    found = np.zeros(256, dtype=np.bool_)
    found[list(chars.encode("ascii"))] = True
    return found


def has_byte(values: pa.StringArray, among: Mask) -> Mask:
    """Which texts have a byte b for which `among[b]`; a null has none."""
    offsets, data = text_bytes(values)
    wanted = np.flatnonzero(among)
    return _rows_of(np.flatnonzero(data == wanted[0] if len(wanted) == 1 else among[data]), offsets)


def ends_with(values: pa.StringArray, among: Mask) -> Mask:
    """Which texts have a byte b for their last for which `among[b]`; a null has none."""
    offsets, data = text_bytes(values)
    found = np.diff(offsets) > 0
    found[found] = among[data[offsets[1:][found] - 1]]
    return found


def _rows_of(places: Codes, offsets: Codes) -> Mask:
    """In which of the texts between `offsets` the bytes at `places` are."""
    found = np.zeros(len(offsets) - 1, dtype=np.bool_)
    if len(places) < len(found):
        found[np.searchsorted(offsets, places, side="right") - 1] = True
        return found
    before = np.searchsorted(places, offsets)
    return np.asarray(before[1:] > before[:-1], dtype=np.bool_)


_UNPRINTABLE: Final = np.array([not 0x20 <= code <= 0x7E for code in range(256)], dtype=np.bool_)


def is_printable_ascii(values: pa.StringArray) -> Mask:
    """Which texts have only blanks and visible ASCII and are no longer than `MUCH_TEXT`; a null is not."""
    offsets, _ = text_bytes(values)
    short = np.diff(offsets) <= MUCH_TEXT
    return np.asarray(~has_byte(values, _UNPRINTABLE) & short & mask(pc.is_valid(values)), dtype=np.bool_)


_HEAD: Final = 4
"""Bytes that `begins_with` looks at."""
_HEAD_MASKS: Final = np.array([(1 << (8 * length)) - 1 for length in range(_HEAD + 1)], dtype=np.uint32)
_SPREAD: Final = np.uint32(0x9E3779B1)


def _slot(heads: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    return np.asarray((heads * _SPREAD) >> np.uint32(16), dtype=np.uint32)


def _heads(word: bytes, behind: bytes) -> set[int]:
    found = {int.from_bytes(word, "little")}
    if len(word) < _HEAD:
        free = range(256 ** (_HEAD - 1 - len(word)))
        found |= {
            int.from_bytes(word, "little") | (sign | more << 8) << 8 * len(word) for sign in behind for more in free
        }
    return found


def beginnings(words: Iterable[str], behind: str) -> Mask:
    """What `begins_with` needs to know of some words; behind one that is shorter than what it looks at comes nothing,
    or one of the characters `behind`.
    """
    heads = {head for word in words for head in _heads(word.encode()[:_HEAD], behind.encode())}
    found = np.zeros(1 << 16, dtype=np.bool_)
    found[_slot(np.array(sorted(heads), dtype=np.uint32))] = True
    return found


def begins_with(values: pa.StringArray, known: Mask) -> Mask:
    """Which texts may begin with one of the words of which `known` was made: all that do and some others."""
    offsets, data = text_bytes(values)
    padded = np.zeros(len(data) + _HEAD, dtype=np.uint8)
    padded[: len(data)] = data
    words = np.ndarray((len(data) + 1,), np.dtype("<u4"), buffer=padded.data, strides=(1,))
    lengths = np.minimum(np.diff(offsets), _HEAD)
    return np.asarray(known[_slot(words[offsets[:-1]] & _HEAD_MASKS[lengths])] & (lengths > 0), dtype=np.bool_)


def put(target: pa.Array, where: Mask, values: pa.Array) -> pa.Array:
    """`target` with the rows of `where` replaced by `values`, in order."""
    if not where.any():
        return target
    order = np.arange(len(target), dtype=np.int64)
    order[where] = len(target) + np.arange(len(values))
    return pa.concat_arrays([target, values]).take(pa.array(order))


def merge(where: Mask, inside: pa.Array, outside: pa.Array) -> pa.Array:
    """One column from two: the rows of `where` from `inside`, the others from `outside`, each in order."""
    order = np.empty(len(where), dtype=np.int64)
    order[where] = np.arange(len(inside))
    order[~where] = len(inside) + np.arange(len(outside))
    return pa.concat_arrays([inside, outside]).take(pa.array(order))


_FIRST_FOREIGN: Final = 0x80
"""Bytes from here on belong to characters that are not ASCII."""

_MAY_BE_BLANK: Final = np.array([code <= 0x20 or code >= _FIRST_FOREIGN for code in range(256)], dtype=np.bool_)
"""First bytes of white space, and of much else."""


def without_blanks(values: pa.StringArray) -> pa.StringArray:
    """Blank cells as nulls; only cells that begin like one are looked at."""
    offsets, data = text_bytes(values)
    blank = np.diff(offsets) == 0
    cells = np.flatnonzero(~blank)
    if values.null_count:
        blank &= mask(values.is_valid())
    odd = cells[_MAY_BE_BLANK[data[offsets[cells]]]]
    if len(odd):
        blank[odd] = mask(pc.equal(pc.utf8_trim_whitespace(values.take(pa.array(odd))), ""))
    return pc.if_else(pa.array(blank), pa.scalar(None, pa.string()), values) if blank.any() else values


def is_foreign(values: pa.StringArray) -> Mask:
    """Which texts have a character that is not ASCII."""
    offsets, data = text_bytes(values)
    return _rows_of(np.flatnonzero(data >= _FIRST_FOREIGN), offsets)


def filled(table: pa.RecordBatch | pa.Table, name: str) -> pa.StringArray:
    """A column of a table with blank cells as null; null throughout where the table has no such column."""
    if name not in table.schema.names:
        return pa.nulls(table.num_rows, pa.string())
    return without_blanks(strings(table.column(name)))


def flag_lists(masks: Mapping[str, Mask]) -> pa.ListArray:
    """One list of flag names per row, in the order of `masks`; no flag is an empty list, never a null."""
    names = tuple(masks)
    rows = len(next(iter(masks.values())))
    bits = np.zeros(rows, dtype=np.int32)
    for position, name in enumerate(names):
        bits |= masks[name].astype(np.int32) << position
    lists = [[name for at, name in enumerate(names) if code >> at & 1] for code in range(1 << len(names))]
    return pa.array(lists, type=pa.list_(pa.string())).take(pa.array(bits))


def empty_lists(rows: int) -> pa.ListArray:
    """`rows` empty lists of texts."""
    return pa.ListArray.from_arrays(pa.array(np.zeros(rows + 1, dtype=np.int32)), pa.array([], pa.string()))


def batch(columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
    """A record batch from named columns."""
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def column(values: Sequence[Any], kind: pa.DataType | None = None) -> pa.Array:
    """A column, of text unless `kind` says otherwise."""
    return pa.array(values, type=kind or pa.string())


def visible(text: str) -> str:
    r"""`text` in NFC without invisible characters, runs of blanks as one blank, trimmed.

    >>> visible("\u200eIda\u00a0 Falk\u2069 ")
    'Ida Falk'
    """
    return " ".join(unicodedata.normalize("NFC", text.translate(VISIBLE)).split())
