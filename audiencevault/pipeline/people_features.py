"""Match features straight from the columns of somebody's table, with no vault and no source record between.

The kernels are those that imports use, so that the same people are the same people either way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.errors import UsageError
from audiencevault.normalise.address import country_codes
from audiencevault.normalise.columns import byte_class, has_byte, mask, numbered, put, several
from audiencevault.normalise.features import match_features
from audiencevault.normalise.points import Keys, joined, keys_of
from audiencevault.pipeline import people_columns as reading
from audiencevault.pipeline.people_headers import platform_of, platform_word
from audiencevault.records import MATCH_FEATURES
from audiencevault.sources.table_words import loose

SLICE: Final = 262_144
"""Rows that are normalised at a time: enough that distinct values pay, few enough that memory stays small."""

SMALLEST_SLICE: Final = 16_384
"""Fewer rows than these are not cut for the sake of a second thread."""

WORKERS: Final = 2
"""Slices that are normalised at a time, where the caller does not say. More threads mostly wait for each other."""

ROWS_NAMED: Final = 5
"""Rows that a message names."""

KINDS: Final = {"email": "email", "phone": "phone", "handle": "account"}
"""The kind of contact point that each role is."""

UNKNOWN_PLATFORM: Final = "unknown"
_SLASH: Final = byte_class("/")
_SITES: Final = r"(?i)^(?:https?://)?(?:[a-z0-9\-]+\.)*(?P<site>[a-z0-9\-]{1,40})\.(?:com|net|org|me|tv|social|app|io)/"

_NO_IDENTIFIER: Final = (
    r"^(?:(.)|0+|1+|2+|3+|4+|5+|6+|7+|8+|9+|x+|na|nan|nil|none|null|unknown|test|tbd|123456789|1234567890|987654321)$"
)
"""What people and programs write where there is no number."""


def rows_named(places: np.ndarray, rows: Sequence[int] | np.ndarray | None) -> str:
    """The first of `places` (0, 1, …) as row numbers for a message: `rows` says which number each has, else they
    count from 1.
    """
    numbers = [int(place) + 1 if rows is None else int(rows[place]) for place in places[:ROWS_NAMED]]
    more = ", …" if len(places) > len(numbers) else ""
    return ("row " if len(places) == 1 else "rows ") + ", ".join(map(str, numbers)) + more


def record_ids(column: pa.ChunkedArray, name: str, rows: Sequence[int] | np.ndarray | None = None) -> pa.StringArray:
    """The ids of a table's rows as text; `UsageError` where some are missing or occur twice.

    `rows` are the numbers by which messages call the rows; without them the first row is 1.
    """
    reading.check_type(name, "record_id", column.type)
    found = reading.text(column)
    if found.null_count:
        missing = np.flatnonzero(~_valid(found))
        raise UsageError(
            f"{len(missing):,} of {len(found):,} records have no id in column {name!r}: {rows_named(missing, rows)}.",
            "Give each row an id of its own, for instance its row number.",
        )
    again = several(found)
    if len(again):
        again = np.delete(again, numbered(found.take(pa.array(again)))[1])
        raise UsageError(
            f"{len(again):,} of {len(found):,} records repeat an id of an earlier one in column {name!r}: "
            f"{rows_named(again, rows)}.",
            "Ids must be distinct. If the column is a customer's number, map it to 'identifier' instead, and give each "
            "row an id of its own.",
        )
    return found


def _valid(values: pa.Array) -> np.ndarray:
    return np.asarray(pc.is_valid(values).to_numpy(zero_copy_only=False), dtype=np.bool_)


def features(
    table: pa.Table,
    ids: pa.StringArray,
    roles: Mapping[str, Sequence[str]],
    *,
    region: str | None = None,
    threads: int | None = None,
) -> pa.Table:
    """MATCH_FEATURES of the rows of `table`, in their order.

    `roles` names the columns for each role, `ids` are the rows' ids, `region` (ISO alpha-2) is the country of phone
    numbers that do not say theirs. `threads` bounds how many slices are worked on at a time; it changes no value.
    """
    orders = {role: reading.date_order(table, roles.get(role, ()), region) for role in ("birthday", "updated_at")}
    workers = WORKERS if threads is None else min(threads, WORKERS)
    size = min(SLICE, max(SMALLEST_SLICE, -(-table.num_rows // workers)))

    def part(start: int, again: Callable[[], np.ndarray]) -> pa.RecordBatch:
        def twice() -> np.ndarray:
            return again()[start : start + size]

        return _slice_features(table.slice(start, size), ids.slice(start, size), roles, region, orders, twice)

    starts = range(0, table.num_rows, size)
    if workers == 1 or len(starts) < 2:
        known = repeated(table, roles)
        return pa.Table.from_batches([part(start, lambda: known) for start in starts], schema=MATCH_FEATURES)
    with ThreadPoolExecutor(workers, thread_name_prefix="features") as pool:
        # What is asked of the whole table is needed last in each slice.
        again = pool.submit(repeated, table, roles).result
        return pa.Table.from_batches(pool.map(lambda start: part(start, again), starts), schema=MATCH_FEATURES)


def repeated(table: pa.Table, roles: Mapping[str, Sequence[str]]) -> np.ndarray:
    """Which rows have a number that their source gave to other rows too: no other number of a source tells anything."""
    found = np.zeros(table.num_rows, dtype=np.bool_)
    if not roles.get("source_id"):
        return found
    numbers = reading.first_text(table, roles["source_id"])
    rows = several(numbers)
    number, _ = numbered(numbers.take(pa.array(rows)))
    source, firsts = numbered(reading.first_text(table, roles.get("source", ())).take(pa.array(rows)))
    pairs = number.astype(np.int64) * (len(firsts) + 1) + source
    _, which, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    found[rows] = counts[which] > 1
    return found


def _slice_features(
    table: pa.Table,
    ids: pa.StringArray,
    roles: Mapping[str, Sequence[str]],
    region: str | None,
    orders: Mapping[str, str],
    twice: Callable[[], np.ndarray],
) -> pa.RecordBatch:
    def said(role: str) -> pa.StringArray:
        found = reading.first_text(table, roles.get(role, ()))
        return reading.digits(found) if role == "postcode" else found

    columns: dict[str, pa.Array] = {"record_id": ids, "source": said("source")}
    columns |= {role: said(role) for role in (*reading.NAMES, "company", *reading.PLACES[1:]) if roles.get(role)}
    if roles.get("address1") or roles.get("street_number"):
        columns["address1"] = reading.addresses(table, roles)
    if roles.get("birthday"):
        columns["birthday"] = reading.birthdays(table, roles["birthday"], orders["birthday"])
    if roles.get("updated_at"):
        columns["last_seen_at"] = reading.times(table, roles["updated_at"], orders["updated_at"])
    records = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
    countries = country_codes(columns["country"]) if "country" in columns else pa.nulls(table.num_rows, pa.string())
    found = match_features(records, _points(table, roles, countries, region), countries=countries)
    keys = _identifiers(table, roles, twice())
    if keys is None:
        return found
    at = found.schema.get_field_index("identifier_keys")
    return found.set_column(at, MATCH_FEATURES.field(at), keys)


def _points(
    table: pa.Table, roles: Mapping[str, Sequence[str]], countries: pa.StringArray, region: str | None
) -> dict[str, Keys]:
    """What the cells of the rows hold, by kind."""
    found: dict[str, list[Keys]] = {}
    for role, kind in KINDS.items():
        for name in roles.get(role, ()):
            rows, values = _accounts(table, roles, name) if role == "handle" else reading.cells(table.column(name))
            values = reading.digits(values) if role == "phone" else values
            found.setdefault(kind, []).append(keys_of(kind, rows, values, countries, region))
    return {kind: joined(parts) for kind, parts in found.items()}


def _listed(rows: reading.Rows, values: pa.Array, count: int) -> pa.ListArray:
    """Lists for `count` rows; `rows` says in ascending order whose each of `values` is."""
    offsets = np.zeros(count + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows, minlength=count), out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _accounts(table: pa.Table, roles: Mapping[str, Sequence[str]], name: str) -> tuple[reading.Rows, pa.StringArray]:
    """`platform:handle` of a column of handles. The platform is what the column's name, the platform's column or a
    link says, else the first part of the source (`instagram.followers`).
    """
    rows, handles = reading.cells(table.column(name))
    at = pa.array(rows)
    own = platform_of(name)
    links = has_byte(handles, _SLASH)
    sites = pc.struct_field(pc.extract_regex(handles.filter(pa.array(links)), _SITES), "site")
    said = [put(pa.nulls(len(handles), pa.string()), links, sites)]
    if own is not None:
        said.insert(0, pa.repeat(pa.scalar(own, pa.string()), len(handles)))
    elif roles.get("platform"):
        said.insert(0, reading.first_text(table, roles["platform"]).take(at))
    if roles.get("source"):
        source = reading.first_text(table, roles["source"]).take(at)
        said.append(pc.replace_substring_regex(source, r"[.:].*$", ""))
    platform = pc.replace_substring_regex(pc.utf8_lower(pc.coalesce(*said)), r"[^\p{L}\p{N}]", "")
    values = platform.dictionary_encode()
    words = pa.array([platform_word(word) or UNKNOWN_PLATFORM for word in values.dictionary.to_pylist()],
                     pa.string())  # fmt: skip
    platform = words.take(values.indices).fill_null(UNKNOWN_PLATFORM)
    return rows, pc.binary_join_element_wise(platform, handles, ":")


def _identifiers(table: pa.Table, roles: Mapping[str, Sequence[str]], twice: np.ndarray) -> pa.ListArray | None:
    """`kind:value` of customer numbers, national numbers and the like, and of a source's numbers in the rows `twice`;
    None where the table has none.

    The kind is the column's name, so that numbers of two columns are never compared; letters and digits of the value
    count, without zeros in front.
    """
    columns = {
        loose(name).replace(" ", "_") or "identifier": reading.text(table.column(name))
        for name in roles.get("identifier", ())
    }
    rows: list[np.ndarray] = []
    parts: list[pa.StringArray] = []
    for kind in sorted(columns):
        values = pc.utf8_upper(pc.replace_substring_regex(columns[kind], r"[^\p{L}\p{N}]+", ""))
        good = pc.and_(pc.is_valid(values), pc.invert(pc.match_substring_regex(pc.utf8_lower(values), _NO_IDENTIFIER)))
        values = pc.replace_substring_regex(values, r"^0+([0-9]+)$", r"\1")
        rows.append(np.flatnonzero(mask(good)))
        parts.append(pc.binary_join_element_wise(f"{kind}:", values.filter(good), ""))
    if twice.any():
        rows.append(np.flatnonzero(twice))
        source, number = (reading.first_text(table, roles.get(role, ())).filter(pa.array(twice))
                          for role in ("source", "source_id"))  # fmt: skip
        parts.append(pc.binary_join_element_wise("source_id:", source.fill_null(""), ":", number, ""))
    if not parts:
        return None
    whose = np.concatenate(rows)
    order = np.argsort(whose, kind="stable")
    return _listed(whose[order], pa.concat_arrays(parts).take(pa.array(order)), table.num_rows)
