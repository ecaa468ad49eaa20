"""Texts as 64-bit numbers: hashes of whole values, of mailboxes without their signs, of the ends of numbers.

Everything works on the bytes of whole columns. The same on every machine and in every run.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Codes = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

MAX_COMPARED: Final = 256
"""Characters of a value that take part in a comparison; a longer name is junk and need not cost time."""

SHORT_HANDLE: Final = 6
"""A handle or local part below this many letters is too likely to be somebody else's."""

PREFIX: Final = 4
LEAST_DIGITS: Final = 8
TAIL: Final = 8

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of SplitMix64: every input bit reaches every output bit."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


_MULTIPLIERS: Final = _mixed((np.arange(4 * MAX_COMPARED + 8, dtype=np.uint64) + np.uint64(1)) * _GOLDEN) | np.uint64(1)


def _buffers(column: pa.Array | pa.ChunkedArray) -> tuple[Bytes, Codes]:
    """The bytes of all values (cut at `MAX_COMPARED` characters) and where each ends, with a leading 0."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    column = pc.fill_null(column.cast(pa.large_string()), "")
    if (pc.max(pc.binary_length(column)).as_py() or 0) > MAX_COMPARED:
        column = pc.utf8_slice_codeunits(column, 0, MAX_COMPARED)
    buffers = column.buffers()
    ends = np.frombuffer(buffers[1], dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    start, stop = int(ends[0]), int(ends[-1])
    data = np.frombuffer(buffers[2], dtype=np.uint8)[start:stop] if buffers[2] is not None else np.zeros(0, np.uint8)
    return data, ends - start


def _sums(data: Bytes, ends: Codes) -> npt.NDArray[np.uint64]:
    """Running sums of the multilinear hash over `data`, with a leading 0."""
    positions = np.arange(len(data), dtype=np.int64) - np.repeat(ends[:-1], np.diff(ends))
    sums = np.zeros(len(data) + 1, np.uint64)
    np.cumsum((data.astype(np.uint64) + np.uint64(1)) * _MULTIPLIERS[positions], out=sums[1:])
    return sums


def _finished(sums: npt.NDArray[np.uint64], starts: Codes, lengths: Codes) -> Codes:
    values = sums[starts + lengths] - sums[starts] + lengths.astype(np.uint64) * _GOLDEN
    found: Codes = _mixed(values).view(np.int64)
    found[found == 0] = 1
    found[lengths == 0] = 0
    return found


def codes(column: pa.Array | pa.ChunkedArray) -> Codes:
    """One code per value of a string column; null and empty give 0: a multilinear hash over the UTF-8 bytes of the
    first `MAX_COMPARED` characters.
    """
    if column.null_count == len(column):
        return np.zeros(len(column), dtype=np.int64)
    data, ends = _buffers(column)
    return _finished(_sums(data, ends), ends[:-1], np.diff(ends))


def combined(salt: int, *parts: Codes) -> Codes:
    """The code of several codes together, 0 where any of them is 0; `salt` keeps kinds of keys apart."""
    value = np.full(len(parts[0]), salt, dtype=np.uint64)
    known = np.ones(len(parts[0]), dtype=bool)
    for part in parts:
        value = _mixed((value ^ part.view(np.uint64)) * _GOLDEN + np.uint64(1))
        known &= part != 0
    result: Codes = value.view(np.int64).copy()
    result[result == 0] = 1
    result[~known] = 0
    return result


def dates(column: pa.Array) -> Codes:
    """Whole dates (`1990-05-17`) as numbers (19900517); 0 for anything else, such as day and month only (`--05-17`)."""
    found = np.zeros(len(column), dtype=np.int64)
    if column.null_count == len(column):
        return found
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


def mailbox_codes(column: pa.Array) -> MailboxCodes:
    """E-mail keys and handles → their codes without domain, tag behind a plus, and the signs `.`, `_`, `-`, `'`."""
    data, ends = _buffers(column)
    lengths = np.diff(ends)
    first = np.zeros(len(data), dtype=np.bool_)
    first[ends[:-1][lengths > 0]] = True
    # Nothing of an address counts from its `@` on, or from a plus that does not begin it.
    closing = np.zeros(len(data) + 1, dtype=np.int64)
    np.cumsum(_ENDS[data] & ~first, out=closing[1:])
    kept = (closing[1:] == np.repeat(closing[ends[:-1]], lengths)) & ~_SIGNS[data]
    counts = np.zeros(len(data) + 1, dtype=np.int64)
    np.cumsum(kept, out=counts[1:])
    data, ends = data[kept], counts[ends]
    lengths = np.diff(ends)
    sums = _sums(data, ends)
    last = np.maximum.accumulate(np.where(~_DIGITS[data], np.arange(1, len(data) + 1), 0)) if len(data) else ends[:0]
    last = np.concatenate([[0], last])[ends[1:]]
    starts = ends[:-1]
    whole = _finished(sums, starts, lengths)
    whole[lengths < SHORT_HANDLE] = 0
    return MailboxCodes(
        whole,
        _finished(sums, starts, np.maximum(last - starts, 0)),
        _finished(sums, starts, np.minimum(lengths, PREFIX)),
        _suffixes(data, ends),
    )


def _suffixes(data: Bytes, ends: Codes) -> Codes:
    """The last `PREFIX` bytes of each value as one number; 0 for shorter values."""
    found: Codes = np.zeros(len(ends) - 1, dtype=np.int64)
    long_enough = np.diff(ends) >= PREFIX
    stops = ends[1:][long_enough]
    value = np.zeros(len(stops), dtype=np.int64)
    for place in range(PREFIX, 0, -1):
        value = value * 256 + data[stops - place]
    found[long_enough] = value + 1
    return found


def endings(column: pa.Array) -> Codes:
    """Phone keys → their last eight digits as a number plus one, the same whatever country was guessed; 0 for keys of
    fewer than eight digits.
    """
    data, ends = _buffers(column)
    digit = _DIGITS[data]
    counts = np.zeros(len(data) + 1, dtype=np.int64)
    np.cumsum(digit, out=counts[1:])
    ends = counts[ends]
    data = data[digit]
    long_enough = np.diff(ends) >= LEAST_DIGITS
    stops = ends[1:][long_enough]
    value = np.zeros(len(stops), dtype=np.int64)
    for place in range(TAIL, 0, -1):
        value = value * 10 + (data[stops - place].astype(np.int64) - ord("0"))
    found: Codes = np.zeros(len(ends) - 1, dtype=np.int64)
    found[long_enough] = value + 1
    return found
