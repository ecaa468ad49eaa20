"""Rows of records in the order in which they count for their contacts, and what is chosen and summed among them.

Words: a *row* is a number of a record, a *contact* that of a contact; a *place* is where a row stands once all rows
are sorted by contact and within a contact by recency, the most recent last. Everything here works on whole columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine.compiled import kernels
from audiencevault.records import CONTACTS, STRINGS
from audiencevault.resolution.columns import starts

KERNELS = kernels("audiencevault.resolution.place_kernels")

Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NEVER: Final = int(np.iinfo(np.int64).min)
"""A time that is not known: before all others."""

_FEW: Final = 1_000
_PLACE: Final = 1 << 32
_LANE: Final = 1_000_000_000


def one(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One array of a column."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def whole_numbers(column: pa.Array | pa.ChunkedArray, missing: int) -> Ids:
    """A column of numbers or times as 64-bit numbers, `missing` where there is none."""
    values = one(column)
    if not pa.types.is_int64(values.type):
        values = values.cast(pa.int64())
    found: Ids = pc.fill_null(values, missing).to_numpy(zero_copy_only=False)
    return found


def known(column: pa.Array | pa.ChunkedArray) -> Mask:
    """Where a column has a value."""
    found: Mask = np.asarray(one(column).is_valid())
    return found


def places_in(ids: pa.Array, among: pa.Array) -> Ids:
    """Where each of `ids` stands in `among`, which are distinct texts; -1 where it does not."""
    if KERNELS is None or ids.null_count or among.null_count or not len(ids) or not len(among):
        return whole_numbers(pc.fill_null(pc.index_in(ids, value_set=among), -1), -1)
    found: Ids = KERNELS.places(*_slices(ids), *_slices(among))
    return found


def _slices(texts: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """The bytes of texts, and where each begins and the last ends."""
    _, bounds, data = texts.buffers()
    octets = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return octets, np.frombuffer(bounds, np.int32)[texts.offset : texts.offset + len(texts) + 1]


def in_order(texts: pa.Array) -> Ids:
    """The numbers of distinct texts in the order of their bytes.

    Ids are as long as each other and differ early: numbers of eight bytes sort in a fraction of the time.
    """
    lengths = pc.binary_length(texts)
    width = pc.min(lengths).as_py() or 0
    if len(texts) < _FEW or width < 8 or width != pc.max(lengths).as_py() or texts.null_count:
        plain: Ids = pc.sort_indices(texts).to_numpy().astype(np.int64)
        return plain
    octets = np.frombuffer(texts.buffers()[2], np.uint8)
    begin = int(np.frombuffer(texts.buffers()[1], np.int32)[texts.offset])
    table = octets[begin : begin + width * len(texts)].reshape(-1, width)
    shared = 0
    while shared < width - 8 and (table[:, shared] == table[0, shared]).all():
        shared += 1
    words = np.ascontiguousarray(table[:, shared : shared + 8]).view(">u8").reshape(-1).astype(np.uint64)
    order = np.argsort(words, kind="stable").astype(np.int64)
    same = words[order[1:]] == words[order[:-1]]
    if same.any():
        tied = np.zeros(len(order), dtype=np.bool_)
        tied[1:] |= same
        tied[:-1] |= same
        # Equal beginnings stand together, so that the order of the whole texts is the order inside each.
        open_ = order[tied]
        order[tied] = open_[pc.sort_indices(texts.take(pa.array(open_))).to_numpy()]
    return order


def sorted_ids(ids: pa.Array) -> tuple[pa.Array, Ids]:
    """The distinct values of `ids` in order, and which of them each is."""
    encoded = ids.dictionary_encode()
    order = in_order(encoded.dictionary)
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return encoded.dictionary.take(pa.array(order)), ranks[whole_numbers(encoded.indices, -1)]


@dataclass(frozen=True)
class Arranged:
    """`contact` and `row` of each place; `place_of` the place of each row, -1 of one that belongs to no contact."""

    contact: Ids
    row: Ids
    place_of: Ids


def arranged(contact_of: Ids, times: Sequence[Ids], ids: pa.Array) -> Arranged:
    """All rows by contact (`contact_of`, -1 for none), then by `times`, the more important first, then by `ids`."""
    rows = np.flatnonzero(contact_of >= 0).astype(np.int64)
    keys = [contact_of[rows], *(each[rows] for each in times)]
    order = np.lexsort(keys[::-1])
    same = np.ones(max(len(rows) - 1, 0), dtype=np.bool_)
    for key in keys:
        ordered = key[order]
        same &= ordered[1:] == ordered[:-1]
    if same.any():
        tied = np.zeros(len(rows), dtype=np.bool_)
        tied[1:] |= same
        tied[:-1] |= same
        run = np.cumsum(np.concatenate([[True], ~same]))[tied]
        _, rank = sorted_ids(ids.take(pa.array(rows[order[tied]])))
        order[tied] = order[tied][np.lexsort((rank, run))]
    row = rows[order]
    place_of = np.full(len(contact_of), -1, dtype=np.int64)
    place_of[row] = np.arange(len(row))
    return Arranged(contact_of[row], row, place_of)


def best(contact: Ids, place: Ids, criteria: Sequence[tuple[Ids, int]]) -> tuple[Ids, Ids]:
    """Of the candidates of each contact the best: by `criteria` (values below a width), the most recent on a tie.

    `contact` is sorted. Answers, for each contact that has a candidate, the number of the winner and of the contact's
    first candidate; where several candidates have one place, winners beside the one that is named may tie with it.
    """
    score = np.zeros(len(contact), dtype=np.int64)
    for values, width in criteria:
        score = score * width + np.minimum(values, width - 1)
    score = score * _PLACE + place
    heads = starts(contact)
    if not len(heads):
        return heads, heads
    top = np.maximum.reduceat(score, heads)
    wins = np.flatnonzero(score == np.repeat(top, np.diff(np.append(heads, len(contact)))))
    return wins, heads


def frequencies(contact: Ids, codes: Ids) -> Ids:
    """For each candidate how many of its contact say the same."""
    width = int(codes.max(initial=0)) + 1
    keys = contact * width + codes
    order = np.argsort(keys, kind="stable")
    heads = starts(keys[order])
    counts = np.diff(np.append(heads, len(keys)))
    times = np.empty(len(keys), dtype=np.int64)
    times[order] = np.repeat(counts, counts)
    return times


def codes_of(texts: pa.Array) -> tuple[Ids, pa.Array]:
    """Each text as a number, and the text of each number; there must be no nulls."""
    encoded = texts if pa.types.is_dictionary(texts.type) else texts.dictionary_encode()
    return whole_numbers(encoded.indices, -1), encoded.dictionary


def distinct(contact: Ids, codes: Ids, texts: pa.Array) -> tuple[Ids, Ids, Ids]:
    """The distinct texts of each contact, in the order of the alphabet: contacts and codes; and a rank for each code
    that orders those which some contact has beside others, 0 for the rest.
    """
    width = max(len(texts), 1)
    keys = np.sort(contact * width + codes)
    keys = keys[starts(keys)]
    owner, code = keys // width, keys % width
    ranks = np.zeros(width, dtype=np.int64)
    beside = np.zeros(len(keys), dtype=np.bool_)
    same = owner[1:] == owner[:-1]
    beside[1:] |= same
    beside[:-1] |= same
    if same.any():
        several = np.flatnonzero(np.bincount(code[beside], minlength=width))
        order = in_order(texts.take(pa.array(several)))
        ranks[several[order]] = np.arange(len(order))
        code[beside] = code[beside][np.lexsort((ranks[code[beside]], owner[beside]))]
    return owner, code, ranks


def sums(values: Ids, heads: Ids, limit: int) -> Ids:
    """The sum of each run of `values` that begins at one of `heads`, between `-limit` and `limit`, of at most nine
    million million million; on the way it may be larger than 64 bits.
    """
    if not len(heads):
        return np.zeros(0, dtype=np.int64)
    low = np.add.reduceat(values % _LANE, heads)
    high = np.add.reduceat(values // _LANE, heads) + low // _LANE
    low %= _LANE
    top = limit // _LANE
    found: Ids = np.clip(high, -top - 2, top + 1) * _LANE + low
    return np.clip(found, -limit, limit)


def decimals(values: Ids, kind: pa.DataType) -> pa.Array:
    """Whole numbers as decimals of `kind`, which they count the last digit of."""
    words = np.empty((len(values), 2), dtype="<i8")
    words[:, 0], words[:, 1] = values, values >> 63
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(words.tobytes())])


def last_digits(column: pa.Array) -> Ids:
    """The inverse of `decimals`, for values of at most 18 digits; anything where a value is missing."""
    words = np.frombuffer(column.buffers()[1], "<i8").reshape(-1, 2)
    return words[column.offset : column.offset + len(column), 0].astype(np.int64)


def taken(values: pa.Array, rows: Ids) -> pa.Array:
    """The `rows` of `values`, null where one is -1."""
    return values.take(pa.array(rows, mask=rows < 0)) if (rows < 0).any() else values.take(pa.array(rows))


class Assembly:
    """Columns of CONTACTS under way: `size` contacts, of which each part knows some, by contact number."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.columns: dict[str, pa.Array] = {}
        self.origins: dict[str, Ids] = {}
        self.remarks: dict[str, dict[int, str]] = {}

    def field(self, name: str, contact: Ids, values: pa.Array, rows: Ids, origins: Ids | None = None) -> None:
        """A scalar field of the contacts `contact`: their `rows` of `values`, -1 for none; `origins` are the numbers of
        the records that they came from.
        """
        every = np.full(self.size, -1, dtype=np.int64)
        every[contact] = rows
        column = taken(values, every)
        self.columns[name] = column.cast(CONTACTS.field(name).type)
        if origins is not None:
            origin = np.full(self.size, -1, dtype=np.int64)
            origin[contact] = origins
            origin[np.asarray(column.is_null())] = -1
            self.origins[name] = origin

    def list(self, name: str, contact: Ids, values: pa.Array) -> None:
        """A list field from rows sorted by contact."""
        offsets = np.concatenate([[0], np.cumsum(np.bincount(contact, minlength=self.size))]).astype(np.int32)
        self.columns[name] = pa.ListArray.from_arrays(pa.array(offsets), values.cast(pa.string())).cast(STRINGS)

    def batches(self, record_ids: pa.Array, rows: int) -> Iterator[pa.RecordBatch]:
        """CONTACTS in batches; `record_ids` in the order of their numbers.

        The provenance names one record per value, more text than all the rest: it is written out batch by batch.
        """
        for start in range(0, self.size, rows):
            columns = {name: column.slice(start, rows) for name, column in self.columns.items()}
            columns["provenance"] = self._provenance(record_ids, start, min(start + rows, self.size))
            batch = pa.RecordBatch.from_arrays([columns[name] for name in CONTACTS.names], schema=CONTACTS)
            held = columns["record_count"].is_valid()
            yield batch.filter(held) if held.false_count else batch

    def _provenance(self, record_ids: pa.Array, start: int, stop: int) -> pa.Array:
        names = sorted(self.origins)
        origin = np.column_stack([self.origins[name][start:stop] for name in names])
        contact, field = np.nonzero(origin >= 0)
        keys = pa.array(names, pa.string()).take(pa.array(field))
        values = record_ids.take(pa.array(origin[contact, field]))
        beside = False
        for name, texts in sorted(self.remarks.items()):
            noted = sorted(number for number in texts if start <= number < stop)
            if noted:
                beside = True
                contact = np.concatenate([contact, np.array(noted, dtype=np.int64) - start])
                keys = pa.concat_arrays([keys, pa.array([name] * len(noted), pa.string())])
                values = pa.concat_arrays([values, pa.array([texts[number] for number in noted], pa.string())])
        offsets = np.concatenate([[0], np.cumsum(np.bincount(contact, minlength=stop - start))]).astype(np.int32)
        if beside:
            order = pa.array(np.argsort(contact, kind="stable"))
            keys, values = keys.take(order), values.take(order)
        return pa.MapArray.from_arrays(pa.array(offsets), keys, values)
