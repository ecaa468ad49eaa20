"""Columns of somebody's table, whatever their Arrow type, as the text, lists and times that normalise reads.

Words: a *role* is what a column is to us (`email`, `last_name`); several columns may have one role. A *cell* may
hold a list where its role is a contact point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.errors import UsageError
from audiencevault.normalise.columns import mask, put, text_buffers, without_blanks
from audiencevault.records import TIMESTAMP
from audiencevault.sources import table_dates
from audiencevault.sources.table_columns import on_distinct, repairs, without_apostrophe

Rows = npt.NDArray[np.int64]

NAMES: Final = ("name_prefix", "full_name", "first_name", "middle_name", "last_name", "name_suffix", "nickname")
PLACES: Final = ("address1", "address2", "city", "region", "postcode", "country")
POINTS: Final = ("email", "phone", "handle")
SEVERAL: Final = frozenset({*POINTS, "identifier"})
"""Roles whose columns stand beside each other; of the columns of any other role the first filled cell counts."""

ROLES: Final = (
    "record_id", "source", "source_id", *NAMES, "email", "phone", "handle", "platform", "company", "street_number",
    *PLACES, "birthday", "updated_at", "identifier",
)  # fmt: skip
"""Everything that a column may be."""

_DATE_LIKE: Final = r"^\s*(\d{4}-?\d\d-?\d\d([T ].*)?|--?\d\d-?\d\d)\s*$"
LONGEST: Final = 65_536
"""Characters of a cell that are looked at; what is longer is no value of a person, and must not cost time."""

_ORDER_SAMPLE: Final = 50_000
_WHOLE_FLOATS: Final = float(2**53)


def is_list(kind: pa.DataType) -> bool:
    """Whether cells of this type hold several values."""
    return bool(
        pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
        or pa.types.is_fixed_size_list(kind)
        or pa.types.is_list_view(kind)
        or pa.types.is_large_list_view(kind)
    )


def is_readable(kind: pa.DataType) -> bool:
    """Whether single cells of this type can be read as text: text, numbers, dates, times, or nothing at all."""
    if isinstance(kind, pa.BaseExtensionType):
        return kind.extension_name == "arrow.uuid" or is_readable(kind.storage_type)
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return is_readable(kind.value_type)
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_date(kind)
        or pa.types.is_timestamp(kind)
        or pa.types.is_null(kind)
    )


def check_type(name: str, role: str, kind: pa.DataType) -> None:
    """Raise `UsageError` where a column of this type cannot have this role."""
    if is_readable(kind):
        return
    if is_list(kind):
        if role in POINTS and is_readable(kind.value_type):
            return
        if role not in POINTS:
            raise UsageError(
                f"Column {name!r} holds lists, which a column for {role!r} cannot.",
                "Lists are read for email, phone and handle; give one value a row otherwise.",
            )
    raise UsageError(
        f"Column {name!r} is of type {kind}, which cannot be read as {role!r}.",
        "Cast it to text, numbers, dates or times.",
    )


def plain(table: pa.Table) -> pa.Table:
    """`table` with the types that Arrow's kernels do not take rows of, views and run ends, as their plain forms."""
    fields = [pa.field(item.name, _plain_type(item.type)) for item in table.schema]
    if all(new.type == old.type for new, old in zip(fields, table.schema, strict=True)):
        return table
    columns = [
        column
        if column.type == new.type
        else pa.chunked_array([_plain(part, new.type) for part in column.chunks], new.type)
        for column, new in zip(table.columns, fields, strict=True)
    ]
    return pa.table(columns, schema=pa.schema(fields))


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if isinstance(kind, pa.BaseExtensionType):
        return kind
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_run_end_encoded(kind):
        return _plain_type(kind.value_type)
    if is_list(kind):
        inner = _plain_type(kind.value_type)
        if inner != kind.value_type or pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
            return pa.large_list(inner)
    return kind


def _plain(values: pa.Array, kind: pa.DataType) -> pa.Array:
    return pc.run_end_decode(values).cast(kind) if pa.types.is_run_end_encoded(values.type) else values.cast(kind)


def one_array(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One contiguous array."""
    if not isinstance(values, pa.ChunkedArray):
        return values
    return values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()


def text(values: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    """A column as text with blank cells as nulls; whole numbers without a decimal point, times as ISO 8601. Text that
    was read in the wrong encoding once is put right.

    >>> text(pa.array([1.0, float("nan"), 2.5])).to_pylist(), text(pa.array(["Ida", " "])).to_pylist()
    (['1', None, '2.5'], ['Ida', None])
    """
    found = one_array(values)
    kind = found.type
    if isinstance(kind, pa.BaseExtensionType):
        if kind.extension_name == "arrow.uuid":
            return pa.array([None if value is None else str(value) for value in found.to_pylist()], pa.string())
        return text(found.storage)
    if pa.types.is_dictionary(kind):
        return text(found.dictionary).take(found.indices)
    if pa.types.is_run_end_encoded(kind):
        return text(pc.run_end_decode(found))
    if pa.types.is_floating(kind):
        return _floats(found)
    if not pa.types.is_string(kind) and not pa.types.is_large_string(kind):
        return found.cast(pa.string())
    if pa.types.is_large_string(kind) or _longest(found) > LONGEST:
        if (pc.max(pc.binary_length(found)).as_py() or 0) > LONGEST:
            found = pc.utf8_slice_codeunits(found, 0, LONGEST)
        found = found.cast(pa.string())
    found = without_blanks(found)
    rows, mended = repairs(found)
    if not len(rows):
        return found
    where = np.zeros(len(found), dtype=np.bool_)
    where[rows] = True
    return put(found, where, mended)


def _longest(values: pa.StringArray) -> int:
    """Bytes of the longest text."""
    _, offsets = text_buffers(values)
    return int(np.diff(offsets).max(initial=0))


def _floats(values: pa.Array) -> pa.StringArray:
    values = values.cast(pa.float64())
    finite = pc.is_finite(values)
    whole = pc.and_(finite, pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), _WHOLE_FLOATS)))
    counts = pc.if_else(whole, values, 0.0).cast(pa.int64()).cast(pa.string())
    return pc.if_else(whole, counts, pc.if_else(finite, values, pa.scalar(None, pa.float64())).cast(pa.string()))


def cells(values: pa.Array | pa.ChunkedArray) -> tuple[Rows, pa.StringArray]:
    """The filled values of a column of single cells or lists, and the row of each."""
    found = one_array(values)
    if is_list(found.type):
        rows = np.asarray(pc.list_parent_indices(found).to_numpy(zero_copy_only=False), dtype=np.int64)
        found = text(pc.list_flatten(found))
    else:
        found = text(found)
        rows = np.arange(len(found), dtype=np.int64)
    return (rows[mask(found.is_valid())], found.drop_null()) if found.null_count else (rows, found)


def digits(values: pa.StringArray) -> pa.StringArray:
    """Without the apostrophe that programs put before numbers so that spreadsheets keep them."""
    return without_apostrophe(values) if len(values) else values


def first_text(table: pa.Table, names: Sequence[str]) -> pa.StringArray:
    """Per row the first filled cell of the columns `names`; nulls where there are none."""
    if not names:
        return pa.nulls(table.num_rows, pa.string())
    found = [text(table.column(name)) for name in names]
    return found[0] if len(found) == 1 else pc.coalesce(*found)


def date_order(table: pa.Table, names: Sequence[str], region: str | None) -> str:
    """How the dates of the columns `names` are written where a year does not come first: `dmy` or `mdy`.

    A value with a part above 12 settles it for the whole table. Where none does, the country decides; a table that
    is wrong throughout still compares its dates with each other.
    """
    for name in names:
        if not _is_text(table.schema.field(name).type):
            continue
        values = text(table.column(name).slice(0, _ORDER_SAMPLE)).unique().drop_null()
        found = table_dates.order_of(values.to_pylist())
        if found in ("dmy", "mdy"):
            return found
    return "mdy" if region in ("US", None) else "dmy"


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def birthdays(table: pa.Table, names: Sequence[str], order: str) -> pa.StringArray:
    """Birthdays as `YYYY-MM-DD`, `--MM-DD`, or as they are written where they cannot be read."""
    found = []
    for name in names:
        kind = table.schema.field(name).type
        values = one_array(table.column(name))
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            found.append(values.cast(pa.timestamp("us"), safe=False).cast(pa.date32(), safe=False).cast(pa.string()))
        else:
            found.append(_day_texts(text(values), order))
    return pc.coalesce(*found) if found else pa.nulls(table.num_rows, pa.string())


def _day_texts(values: pa.StringArray, order: str) -> pa.StringArray:
    if pc.all(pc.match_substring_regex(values.drop_null(), _DATE_LIKE)).as_py() is not False:
        return values
    plain = pc.match_substring_regex(values, _DATE_LIKE)

    def read(value: str) -> str:
        at = table_dates.instant(value, order)
        return value if at is None else at.date().isoformat()

    others = on_distinct(pc.if_else(plain, "", values).fill_null(""), pa.string(), read)
    return pc.if_else(plain, values, others)


def times(table: pa.Table, names: Sequence[str], order: str) -> pa.Array:
    """Times in UTC; null where a cell is no time. A time without a zone is taken as UTC."""
    found = []
    for name in names:
        kind = table.schema.field(name).type
        values = one_array(table.column(name))
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            if pa.types.is_date(kind) or kind.tz is None:
                values = values.cast(pa.timestamp("us"), safe=False)
            found.append(values.cast(TIMESTAMP, safe=False))
        else:
            found.append(table_dates.parse(pc.utf8_trim_whitespace(text(values)).fill_null(""), order).at)
    return pc.coalesce(*found) if found else pa.nulls(table.num_rows, TIMESTAMP)


def addresses(table: pa.Table, roles: Mapping[str, Sequence[str]]) -> pa.StringArray:
    """The first line of the address, with the house number before it where that has a column of its own."""
    streets = first_text(table, roles.get("address1", ()))
    numbers = roles.get("street_number", ())
    if not numbers:
        return streets
    whole = pc.binary_join_element_wise(first_text(table, numbers), streets, " ")
    return pc.coalesce(whole, streets)
