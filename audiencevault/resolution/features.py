"""Match features as numbers: every record gets a dense number, every comparable value a 64-bit code.

Words: a *code* is a 64-bit hash of a comparison form, 0 where there is none; equal codes stand for equal values.
Codes block and compare, they never stand in for an exact key: those are joined as text.
A *name* here is one distinct spelling (first, last, all tokens) with its own code, `nid`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine

Codes = npt.NDArray[np.int64]

MAX_COMPARED: Final = 256
"""Characters of a value that take part in a comparison; a longer name is junk and need not cost time."""

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of SplitMix64: every input bit reaches every output bit."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


_MULTIPLIERS: Final = _mixed((np.arange(4 * MAX_COMPARED + 8, dtype=np.uint64) + np.uint64(1)) * _GOLDEN) | np.uint64(1)


def codes(column: pa.Array | pa.ChunkedArray) -> Codes:
    """One code per value of a string column; null and empty give 0.

    The same on every machine and in every run: a multilinear hash over the UTF-8 bytes of the first
    `MAX_COMPARED` characters.
    """
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if column.null_count == len(column):
        return np.zeros(len(column), dtype=np.int64)
    column = pc.fill_null(column.cast(pa.large_string()), "")
    if (pc.max(pc.binary_length(column)).as_py() or 0) > MAX_COMPARED:
        column = pc.utf8_slice_codeunits(column, 0, MAX_COMPARED)
    buffers = column.buffers()
    ends = np.frombuffer(buffers[1], dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    start, stop = int(ends[0]), int(ends[-1])
    data = np.frombuffer(buffers[2], dtype=np.uint8)[start:stop] if buffers[2] is not None else np.zeros(0, np.uint8)
    lengths = np.diff(ends)
    positions = np.arange(stop - start, dtype=np.int64) - np.repeat(ends[:-1] - start, lengths)
    sums = np.concatenate(
        [np.zeros(1, np.uint64), np.cumsum((data.astype(np.uint64) + np.uint64(1)) * _MULTIPLIERS[positions])]
    )
    values = sums[ends[1:] - start] - sums[ends[:-1] - start] + lengths.astype(np.uint64) * _GOLDEN
    found: Codes = _mixed(values).view(np.int64)
    found[found == 0] = 1
    found[lengths == 0] = 0
    return found


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
    whole = pc.fill_null(pc.match_substring_regex(column, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), False)
    digits = pc.replace_substring(column.filter(whole), "-", "")
    found[np.asarray(whole)] = digits.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return found


NUMBERED_SCHEMA: Final = pa.schema(
    [("rid", pa.int64())]
    + [
        (name, pa.int64())
        for name in ("nid", "first", "last", "name", "birthday", "company", "street", "postcode", "city")
    ]
    + [("born", pa.int64())]
)

IDS: Final = "SELECT record_id, row_number() OVER (ORDER BY record_id) - 1 AS rid FROM {features}"
"""Numbers follow the order of the ids, so that the order of arrival cannot matter."""

TEXTS: Final = """
SELECT i.rid, f.first_key, f.last_key, f.name_key, f.birthday_key, f.company_key, f.street_key, f.postcode_key,
       f.city_key
FROM {features} f JOIN resolve_ids i ON i.record_id = f.record_id
"""


def numbered(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: the texts of records → their codes (NUMBERED_SCHEMA), row by row."""
    column = {name: batch.column(name) for name in batch.schema.names}
    first, last, name = codes(column["first_key"]), codes(column["last_key"]), codes(column["name_key"])
    nid = combined(1, *(np.where(part == 0, 1, part) for part in (first, last, name)))
    nid[(first == 0) & (last == 0) & (name == 0)] = 0
    city, postcode = codes(column["city_key"]), codes(column["postcode_key"])
    street = codes(column["street_key"])
    place = np.where(postcode != 0, postcode, city)
    return pa.RecordBatch.from_arrays(
        [
            batch.column("rid"), pa.array(nid), pa.array(first), pa.array(last), pa.array(name),
            pa.array(codes(column["birthday_key"])), pa.array(codes(column["company_key"])),
            pa.array(combined(2, street, place)), pa.array(postcode), pa.array(city),
            pa.array(dates(column["birthday_key"])),
        ],
        schema=NUMBERED_SCHEMA,
    )  # fmt: skip


NAMES: Final = """
SELECT n.nid, min(f.first_key) AS first_key, min(f.last_key) AS last_key, min(f.name_key) AS name_key,
       min(f.nick_key) AS nick_key, min(n.first) AS first, min(n.last) AS last, count(*) AS records
FROM {features} f JOIN resolve_ids i ON i.record_id = f.record_id JOIN resolve_numbered n ON n.rid = i.rid
WHERE n.nid <> 0 GROUP BY n.nid
"""

NAMES_COUNTED: Final = """
SELECT n.*, coalesce(f.records, 0) AS first_n, coalesce(l.records, 0) AS last_n
FROM resolve_spellings n
LEFT JOIN (SELECT first, sum(records) AS records FROM resolve_spellings WHERE first <> 0 GROUP BY first) f
  ON f.first = n.first
LEFT JOIN (SELECT last, sum(records) AS records FROM resolve_spellings WHERE last <> 0 GROUP BY last) l
  ON l.last = n.last
"""


def register(engine: Engine, features: str) -> int:
    """Build `resolve_ids`, `resolve_numbered` and `resolve_names` from the relation `features`; returns its rows."""
    rows = engine.sql("resolve_ids", IDS.format(features=features))
    engine.map("resolve_numbered", TEXTS.format(features=features), numbered, NUMBERED_SCHEMA)
    engine.sql("resolve_spellings", NAMES.format(features=features))
    engine.sql("resolve_names", NAMES_COUNTED)
    engine.drop("resolve_spellings")
    return rows
