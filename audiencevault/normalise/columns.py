"""Arrow columns of text: distinct values, spreading back, flags, cleaning of invisible characters.

Words: *distinct values* are the dictionary of a column plus one null; *codes* say, for every row, which distinct
value it has. A kernel works on the distinct values and spreads the result back with the codes.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine.compiled import kernels

KERNELS = kernels("audiencevault.normalise.text_kernels")

Bytes = npt.NDArray[np.uint8]
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
    texts = strings(values)
    codes, firsts = numbered(texts)
    if texts.null_count:
        codes = np.where(codes < 0, np.int32(len(firsts)), codes)
    return texts.take(pa.array(np.append(firsts, -1), mask=np.arange(len(firsts) + 1) == len(firsts))), pa.array(codes)


def numbered(values: pa.StringArray) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Per row which of the distinct texts it has, in the order in which they first occur, -1 for a null; and the row in
    which each first occurs.
    """
    if KERNELS is not None:
        codes, firsts = KERNELS.numbered(*text_buffers(values), *_null_bits(values))
        return codes, firsts
    codes = values.dictionary_encode().indices.fill_null(-1).to_numpy()
    known = np.flatnonzero(codes >= 0)
    return codes, known[np.unique(codes[known], return_index=True)[1]].astype(np.int32)


def several(values: pa.StringArray) -> Codes:
    """The rows whose text another row has too, ascending."""
    if KERNELS is not None:
        rows = KERNELS.perhaps_several(*text_buffers(values), *_null_bits(values))
        codes, _ = numbered(values.take(pa.array(rows)))
    else:
        rows, (codes, _) = np.arange(len(values)), numbered(values)
    return np.asarray(rows[(np.bincount(codes + 1, minlength=1) > 1)[codes + 1] & (codes >= 0)])


def _null_bits(values: pa.Array) -> tuple[Bytes, int]:
    """The bits that are 0 for rows without a value, none where all have one, and the number of the first row's bit."""
    bits = values.buffers()[0] if values.null_count else None
    return np.frombuffer(bits or b"", dtype=np.uint8), values.offset


def mask(values: pa.Array) -> Mask:
    """A boolean column as numpy, null as False."""
    known = values.fill_null(False) if values.null_count else values
    return np.asarray(known.to_numpy(zero_copy_only=False), dtype=np.bool_)


def text_buffers(values: pa.StringArray) -> tuple[Bytes, npt.NDArray[np.int32]]:
    """The bytes in which the texts of a column lie, and where in them each begins and the last one ends; no copies. A
    null is an empty text.
    """
    _, bounds, data = values.buffers()
    if bounds is None or not len(values):
        return np.zeros(0, dtype=np.uint8), np.zeros(len(values) + 1, dtype=np.int32)
    offsets = np.frombuffer(bounds, dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    return np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, dtype=np.uint8), offsets


def text_bytes(values: pa.StringArray) -> tuple[Codes, Bytes]:
    """Where each text begins and ends in the bytes of a column, from 0, and these bytes; a null is an empty text."""
    data, offsets = text_buffers(values)
    return offsets.astype(np.int64) - int(offsets[0]), data[offsets[0] : offsets[-1]]


def _validity(values: pa.Array) -> Mask:
    """Which rows are not null; empty where no row is."""
    return mask(values.is_valid()) if values.null_count else np.zeros(0, dtype=np.bool_)


def text_column(data: Bytes, offsets: npt.NDArray[np.int32], valid: Mask | None = None) -> pa.StringArray:
    """A column from its bytes and where each text begins and the last one ends; null where `valid` says no."""
    bitmap = None if valid is None or not len(valid) else pa.array(valid).buffers()[1]
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data), bitmap)


def translated(values: pa.StringArray, table: Bytes) -> pa.StringArray:
    """Every byte of a column of ASCII texts replaced by `table[byte]`."""
    return _of_bytes(values, _ALL_BYTES, table)


def only_bytes(values: pa.StringArray, keep: Mask) -> pa.StringArray:
    """Every text with only those bytes b for which `keep[b]`, which are ASCII."""
    return _of_bytes(values, keep, _SAME_BYTES)


_ALL_BYTES: Final = np.ones(256, dtype=np.bool_)
_SAME_BYTES: Final = np.arange(256, dtype=np.uint8)


def _of_bytes(values: pa.StringArray, keep: Mask, table: Bytes) -> pa.StringArray:
    if KERNELS is not None:
        data, places = KERNELS.kept(*text_buffers(values), keep, table)
    else:
        offsets, written = text_bytes(values)
        kept = keep[written]
        data, places = table[written[kept]], np.append(np.int32(0), np.cumsum(kept, dtype=np.int32))[offsets]
    return text_column(data, places, _validity(values))


class Words(NamedTuple):
    """The words of a column of texts: `table` are the distinct ones, `codes` says which of them each word is, and
    `firsts` which word is the first of each text and, at its end, how many there are.
    """

    table: pa.StringArray
    codes: npt.NDArray[np.int32]
    firsts: npt.NDArray[np.int32]

    def joined(self, table: pa.StringArray, keep: Mask) -> pa.StringArray:
        """The texts again, with other words and only with those that `keep` marks, a blank between two."""
        ends = np.append(np.int32(0), np.cumsum(keep, dtype=np.int32))[self.firsts]
        return pc.binary_join(pa.ListArray.from_arrays(pa.array(ends), table.take(pa.array(self.codes[keep]))), " ")


def words(values: pa.StringArray, table: Bytes, alone: str = "\0") -> Words:
    """The words of texts: `table[byte]` is what stands for a byte, 0 where it ends a word, 1 where it is left out;
    `alone` is a word of its own.
    """
    if KERNELS is not None:
        data, offsets, firsts = KERNELS.words(*text_buffers(values), table, ord(alone))
        found = text_column(data, offsets)
    else:
        read = ["".join(map(chr, table[np.frombuffer((text or "").encode(), dtype=np.uint8)]))
                for text in values.to_pylist()]  # fmt: skip
        lists = [text.replace("\1", "").replace(alone, f"\0{alone}\0").split("\0") for text in read]
        lists = [[word for word in row if word] for row in lists]
        found = column([word for row in lists for word in row])
        firsts = np.cumsum([0, *map(len, lists)], dtype=np.int32)
    known, codes = distinct(found)
    return Words(known.slice(0, len(known) - 1), codes.to_numpy(), firsts)


def byte_table(same: str, left_out: str = "") -> Bytes:
    """What `words` makes of each byte: letters in lower case, digits and the characters `same` as they are, nothing of
    those `left_out`; all others end a word.
    """
    found = np.zeros(256, dtype=np.uint8)
    for char in string.ascii_letters + string.digits + same:
        found[ord(char)] = ord(char.lower())
    found[list(left_out.encode("ascii"))] = 1
    return found


def byte_class(chars: str) -> Mask:
    """For each byte whether it is one of some ASCII characters."""
    found = np.zeros(256, dtype=np.bool_)
    found[list(chars.encode("ascii"))] = True
    return found


def has_byte(values: pa.StringArray, among: Mask) -> Mask:
    """Which texts have a byte b for which `among[b]`; a null has none."""
    if KERNELS is not None:
        return np.asarray(KERNELS.seen(*text_buffers(values), among), dtype=np.uint8).view(np.bool_)
    offsets, data = text_bytes(values)
    before = np.append(0, np.cumsum(among[data]))[offsets]
    return np.asarray(before[1:] > before[:-1], dtype=np.bool_)


def ends_with(values: pa.StringArray, among: Mask) -> Mask:
    """Which texts have a byte b for their last for which `among[b]`; a null has none."""
    offsets, data = text_bytes(values)
    found = np.diff(offsets) > 0
    found[found] = among[data[offsets[1:][found] - 1]]
    return found


_UNPRINTABLE: Final = np.array([not 0x20 <= code <= 0x7E for code in range(256)], dtype=np.bool_)


def is_printable_ascii(values: pa.StringArray) -> Mask:
    """Which texts have only blanks and visible ASCII and are no longer than `MUCH_TEXT`; a null is not."""
    found = ~has_byte(values, _UNPRINTABLE)
    found &= np.diff(text_buffers(values)[1]) <= MUCH_TEXT
    if values.null_count:
        found &= _validity(values)
    return found


def put(target: pa.Array, where: Mask, values: pa.Array) -> pa.Array:
    """`target` with the rows of `where` replaced by `values`, in order."""
    if not where.any():
        return target
    if KERNELS is not None and pa.types.is_string(target.type):
        return _spliced(where, values, target, in_place=True)
    order = np.arange(len(target), dtype=np.int64)
    order[where] = len(target) + np.arange(len(values))
    return pa.concat_arrays([target, values]).take(pa.array(order))


def merge(where: Mask, inside: pa.Array, outside: pa.Array) -> pa.Array:
    """One column from two: the rows of `where` from `inside`, the others from `outside`, each in order."""
    if not len(outside):
        return inside
    if KERNELS is not None and pa.types.is_string(inside.type):
        return _spliced(where, inside, outside, in_place=False)
    order = np.empty(len(where), dtype=np.int64)
    order[where] = np.arange(len(inside))
    order[~where] = len(inside) + np.arange(len(outside))
    return pa.concat_arrays([inside, outside]).take(pa.array(order))


def _spliced(where: Mask, inside: pa.StringArray, outside: pa.StringArray, *, in_place: bool) -> pa.StringArray:
    """The rows of `where` from `inside`, the others from `outside`, in order or (`in_place`) by their number."""
    assert KERNELS is not None
    valid = None
    if inside.null_count or outside.null_count:
        valid = np.ones(len(where), dtype=np.bool_)
        if inside.null_count:
            valid[where] = _validity(inside)
        if outside.null_count:
            valid[~where] = _validity(outside)[~where] if in_place else _validity(outside)
    data, offsets = KERNELS.spliced(where, in_place, *text_buffers(inside), *text_buffers(outside))
    return text_column(data, offsets, valid)


_FOREIGN: Final = np.arange(256) >= 0x80
"""Bytes of characters that are not ASCII."""

_BLANK, _MAY_BE_BLANK = 1, 2
_BEGINNINGS: Final = np.zeros(256, dtype=np.uint8)
"""What a text is that begins with a byte: white space that goes on, or perhaps a foreign white space."""
_BEGINNINGS[list(b" \t\n\v\f\r\x1c\x1d\x1e\x1f")] = _BLANK
_BEGINNINGS[list(b"\xc2\xe1\xe2\xe3")] = _MAY_BE_BLANK


def without_blanks(values: pa.StringArray) -> pa.StringArray:
    """Blank cells as nulls; only cells that begin like one are looked at."""
    if KERNELS is not None:
        kinds = KERNELS.first_kinds(*text_buffers(values), *_null_bits(values), _BEGINNINGS, _BLANK)
    else:
        offsets, data = text_bytes(values)
        cells = np.diff(offsets) > 0
        kinds = np.full(len(values), _BLANK, dtype=np.uint8)
        kinds[cells] = np.minimum(_BEGINNINGS[data[offsets[:-1][cells]]], 1) * _MAY_BE_BLANK
        kinds[mask(values.is_null())] = 0
    blank = kinds == _BLANK
    odd = np.flatnonzero(kinds == _MAY_BE_BLANK)
    if len(odd):
        blank[odd] = mask(pc.equal(pc.utf8_trim_whitespace(values.take(pa.array(odd))), ""))
    return pc.if_else(pa.array(blank), pa.scalar(None, pa.string()), values) if blank.any() else values


def is_foreign(values: pa.StringArray) -> Mask:
    """Which texts have a character that is not ASCII."""
    if KERNELS is not None:
        return np.asarray(KERNELS.foreign(*text_buffers(values)), dtype=np.bool_)
    return has_byte(values, _FOREIGN)


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
