"""Texts as 64-bit numbers: hashes of whole values, of mailboxes without their signs, of the ends of numbers.

Everything works on the bytes of whole columns. The same on every machine and in every run.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine.compiled import kernels

Codes = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

KERNELS = kernels("audiencevault.resolution.code_kernels")

MAX_COMPARED: Final = 256
"""Characters of a value that take part in a comparison; a longer name is junk and need not cost time."""

SHORT_HANDLE: Final = 6
"""A handle or local part below this many letters is too likely to be somebody else's."""

PREFIX: Final = 4
TAIL: Final = 8

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_STEP: Final = np.uint64(0xD1342543DE82EF95)


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of SplitMix64: every input bit reaches every output bit."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


WORD: Final = 8
_MASKS: Final = np.array([(1 << (8 * length)) - 1 for length in range(WORD + 1)], np.uint64)


def _buffers(column: pa.Array | pa.ChunkedArray) -> tuple[Bytes, npt.NDArray[Any], Bytes, int]:
    """A column of strings as the kernels take it: bytes, offsets, and bits of validity from which bit on."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if not pa.types.is_large_string(column.type):
        column = column.cast(pa.string())
    width = np.int64 if pa.types.is_large_string(column.type) else np.int32
    valid, offsets, content = column.buffers()
    if not len(column):
        return np.zeros(0, np.uint8), np.zeros(1, width), np.zeros(0, np.uint8), 0
    return (
        np.zeros(0, np.uint8) if content is None else np.frombuffer(content, np.uint8),
        np.frombuffer(offsets, width)[column.offset : column.offset + len(column) + 1],
        np.frombuffer(valid, np.uint8) if column.null_count else np.zeros(0, np.uint8),
        column.offset,
    )


def _slices(column: pa.Array | pa.ChunkedArray) -> tuple[Bytes, Codes, Codes]:
    """The bytes of all values (cut at `MAX_COMPARED` characters), where each begins, and how long it is; 0 for null."""
    if (pc.max(pc.binary_length(column)).as_py() or 0) > MAX_COMPARED:
        column = pc.utf8_slice_codeunits(column, 0, MAX_COMPARED)
    data, offsets, _, _ = _buffers(column)
    ends = offsets.astype(np.int64)
    first, stop = int(ends[0]), int(ends[-1])
    lengths = np.diff(ends)
    if column.null_count:
        lengths[np.asarray(column.is_null())] = 0
    return data[first:stop], ends[:-1] - first, lengths


def _words(data: Bytes) -> npt.NDArray[np.uint64]:
    """The eight bytes from every byte of `data` on, as one number each, the first byte the lowest."""
    padded = np.zeros(len(data) + WORD, np.uint8)
    padded[: len(data)] = data
    return np.ndarray((len(data) + 1,), np.dtype("<u8"), buffer=padded.data, strides=(1,))


def _hashed(data: Bytes, starts: Codes, lengths: Codes) -> Codes:
    """The code of each slice of `data`; 0 for empty ones. Eight bytes at a time."""
    words = _words(data)
    longest = int(lengths.max(initial=0))
    value = words[starts] & _MASKS[np.minimum(lengths, WORD)]
    value = (value ^ lengths.astype(np.uint64)) * _GOLDEN
    rows = np.flatnonzero(lengths > WORD) if longest > WORD else np.zeros(0, np.int64)
    done = WORD
    while len(rows):
        left = lengths[rows] - done
        word = words[starts[rows] + done] & _MASKS[np.minimum(left, WORD)]
        before = value[rows]
        value[rows] = ((before ^ (before >> np.uint64(32))) * _STEP ^ word) * _GOLDEN
        done += WORD
        rows = rows[left > WORD]
    found: Codes = _mixed(value).view(np.int64)
    found[found == 0] = 1
    found[lengths == 0] = 0
    return found


def codes(column: pa.Array | pa.ChunkedArray, *, most: int = MAX_COMPARED, until: str = "") -> Codes:
    """One code per value of a string column; null and empty give 0: a hash over the UTF-8 bytes of the first `most`
    characters, of those before the first sign `until` (ASCII) where one is given.
    """
    found: Codes
    if column.null_count == len(column):
        return np.zeros(len(column), dtype=np.int64)
    if KERNELS is not None:
        found = KERNELS.codes(*_buffers(column), most, ord(until) if until else -1)
        return found
    if most < MAX_COMPARED:
        column = pc.utf8_slice_codeunits(column, 0, most)
    if until:
        column = pc.replace_substring_regex(column, f"(?s)[{until}].*", "")
    return _hashed(*_slices(column))


def combined(salt: int | Codes, *parts: Codes) -> Codes:
    """The code of several codes together, 0 where any of them is 0; `salt`, one or a row each, keeps kinds of keys
    apart.
    """
    value = np.empty(len(parts[0]), np.uint64)
    value[:] = salt
    known = np.ones(len(parts[0]), dtype=bool)
    for part in parts:
        if KERNELS is not None:
            KERNELS.combined(value, known.view(np.uint8), np.ascontiguousarray(part))
            continue
        value = _mixed((value ^ part.view(np.uint64)) * _GOLDEN + np.uint64(1))
        known &= part != 0
    result: Codes = value.view(np.int64)
    result[result == 0] = 1
    result[~known] = 0
    return result


def dates(column: pa.Array) -> Codes:
    """Whole dates (`1990-05-17`) as numbers (19900517); 0 for anything else, such as day and month only (`--05-17`)."""
    found: Codes
    if KERNELS is not None:
        found = KERNELS.dates(*_buffers(column))
        return found
    found = np.zeros(len(column), dtype=np.int64)
    whole = pc.fill_null(pc.match_substring_regex(column, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), False)
    digits = pc.replace_substring(column.filter(whole), "-", "")
    found[np.asarray(whole)] = digits.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return found


class MailboxCodes(NamedTuple):
    """Codes of mailboxes or handles: `whole` without signs and domain (0 for short ones), `stem` also without the
    digits at the end, `prefix` of the first four letters, `suffix` of the last four.
    """

    whole: Codes
    stem: Codes
    prefix: Codes
    suffix: Codes


def _member(signs: str) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, dtype=np.bool_)
    table[[ord(sign) for sign in signs]] = True
    return table


_SIGNS: Final = _member("._-+ '")
_ENDS: Final = _member("@+")
_DIGITS: Final = _member("0123456789")
_KINDS: Final = (_SIGNS + 2 * _ENDS + 4 * _DIGITS).astype(np.uint8)


def _before(places: Codes, positions: Codes) -> Codes:
    """How many of the ascending `places` lie before each of the `positions`."""
    found: Codes = np.searchsorted(places, positions)
    return found


def mailbox_codes(column: pa.Array) -> MailboxCodes:
    """E-mail keys and handles → their codes without domain, tag behind a plus, and the signs `.`, `_`, `-`, `'`."""
    if KERNELS is not None:
        return MailboxCodes(*KERNELS.mailboxes(*_buffers(column), MAX_COMPARED, _KINDS, SHORT_HANDLE, PREFIX))
    data, starts, lengths = _slices(column)
    # Nothing of an address counts from its `@` on, or from a plus that does not begin it.
    closing = np.append(np.flatnonzero(_ENDS[data]), len(data))
    stops = np.minimum(closing[_before(closing, np.minimum(starts + 1, len(data)))], starts + lengths)
    signs = np.flatnonzero(_SIGNS[data])
    data = data[~_SIGNS[data]]
    starts, stops = starts - _before(signs, starts), stops - _before(signs, stops)
    lengths = np.maximum(stops - starts, 0)
    letters = np.append(np.int64(-1), np.flatnonzero(~_DIGITS[data]))
    last = letters[_before(letters, stops) - 1] + 1
    whole = _hashed(data, starts, lengths)
    whole[lengths < SHORT_HANDLE] = 0
    return MailboxCodes(
        whole,
        _hashed(data, starts, np.maximum(last - starts, 0)),
        _hashed(data, starts, np.minimum(lengths, PREFIX)),
        _endings(data, stops, lengths, PREFIX, 256),
    )


def _endings(data: Bytes, stops: Codes, lengths: Codes, size: int, base: int) -> Codes:
    """The last `size` bytes before each of `stops` as one number to `base`, plus one; 0 for shorter values."""
    found: Codes = np.zeros(len(stops), dtype=np.int64)
    long_enough = lengths >= size
    ends = stops[long_enough]
    value = np.zeros(len(ends), dtype=np.int64)
    for place in range(size, 0, -1):
        value = value * base + data[ends - place]
    found[long_enough] = value + 1
    return found


def endings(column: pa.Array) -> Codes:
    """Phone keys → their last eight digits as a number plus one, the same whatever country was guessed; 0 for keys of
    fewer than eight digits.
    """
    if KERNELS is not None:
        found: Codes = KERNELS.endings(*_buffers(column), MAX_COMPARED, TAIL)
        return found
    data, starts, lengths = _slices(column)
    others = np.flatnonzero(~_DIGITS[data])
    stops = starts + lengths
    starts, stops = starts - _before(others, starts), stops - _before(others, stops)
    digits = data[_DIGITS[data]] - np.uint8(ord("0"))
    return _endings(digits, stops, np.maximum(stops - starts, 0), TAIL, 10)


def spelled(left: pa.Array, most_left: int, right: pa.Array, most_right: int) -> Codes:
    """The code of the first characters of one text and those of another, at most so many of each, both without their
    spaces; 0 where either has none.
    """
    found: Codes
    if KERNELS is not None:
        found = KERNELS.spelled(*_buffers(left), *_buffers(right), most_left, most_right, MAX_COMPARED)
        return found
    one, two = (pc.utf8_slice_codeunits(_plain(t), 0, m) for t, m in ((left, most_left), (right, most_right)))
    both = np.asarray(pc.and_(pc.not_equal(one, ""), pc.not_equal(two, "")))
    return np.where(both, codes(pc.binary_join_element_wise(one, two, "")), 0)


def begun(column: pa.Array, *, least: int = 1, most: int = MAX_COMPARED) -> Codes:
    """The code of the first `most` characters of each text without its spaces; 0 where there are not `least`."""
    found: Codes
    if KERNELS is not None:
        found = KERNELS.begun(*_buffers(column), least, most)
        return found
    text = _plain(column)
    there = pc.greater_equal(pc.utf8_length(text), least).to_numpy(zero_copy_only=False)
    return np.where(there, codes(text, most=most), 0)


def _plain(column: pa.Array) -> pa.Array:
    return pc.replace_substring(pc.fill_null(column.cast(pa.string()), ""), " ", "")


def enumerated(column: Codes) -> tuple[npt.NDArray[np.int32], Codes]:
    """Numbers from 1 on for the different values of a column, in any order, and 0 for 0; and of each value, by number,
    the first row.
    """
    found: tuple[npt.NDArray[np.int32], Codes]
    if KERNELS is not None:
        found = KERNELS.enumerated(column)
        return found
    rows = np.flatnonzero(column)
    _, first, number = np.unique(column[rows], return_index=True, return_inverse=True)
    codes = np.zeros(len(column), np.int32)
    codes[rows] = number + 1
    return codes, rows[first]


STRIDE: Final = 7


def order_of(column: pa.Array) -> Codes | None:
    """The rows of distinct texts in the order of their bytes; None where they are in it."""
    if pc.all(pc.less_equal(column[:-1], column[1:])).as_py() is not False:
        return None
    data, offsets, _, _ = _buffers(column)
    begin, lengths = offsets[:-1].astype(np.int64), np.diff(offsets).astype(np.int64)
    words = _words(data)
    # Seven bytes at a time, and in the eighth how many of them there are: `a` comes before `a` and a zero.
    low, high = (pc.min_max(column)[side].as_buffer().to_pybytes() for side in ("min", "max"))
    at = next((place for place, (x, y) in enumerate(zip(low, high, strict=False)) if x != y), min(len(low), len(high)))
    order = np.arange(len(column), dtype=np.int64)
    group, unsettled = np.zeros(len(column), np.int64), order.copy()
    while len(unsettled):
        rows = order[unsettled]
        there = np.clip(lengths[rows] - at, 0, STRIDE + 1)
        key = words[np.minimum(begin[rows] + at, len(data))] & _MASKS[np.minimum(there, STRIDE)]
        key = key.byteswap() | there.astype(np.uint64)
        place = np.lexsort((key, group)) if len(rows) < len(order) else np.argsort(key)
        order[unsettled], key, group = rows[place], key[place], group[place]
        new = np.concatenate([[True], (key[1:] != key[:-1]) | (group[1:] != group[:-1])])
        tied = ~(new & np.append(new[1:], True)) & (key & np.uint64(0xFF) > STRIDE)
        group, unsettled = np.cumsum(new)[tied], unsettled[tied]
        at += STRIDE
    return order
