"""The other ways to read a telephone number whose country is only a guess.

Words: a *reading* is a number in E.164 that the written digits may mean. A "no" on any reading of a number counts
against it, so readings err towards too many: a wrong one can only keep a message back.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.normalise import phone
from audiencevault.normalise.columns import (
    Mask,
    byte_class,
    column,
    distinct,
    mask,
    only_bytes,
    put,
    strings,
    text_bytes,
)
from audiencevault.normalise.phone_plan import KINDS, Settled, in_region, settle
from audiencevault.normalise.phone_ranges import FICTITIOUS

REGIONS: Final = (
    "US", "GB", "IE", "FR", "DE", "AT", "CH", "IT", "ES", "PT", "NL", "BE", "LU", "DK", "SE", "NO", "FI", "IS", "PL",
    "CZ", "SK", "HU", "RO", "BG", "GR", "HR", "SI", "RS", "UA", "RU", "TR", "IL", "AE", "SA", "EG", "MA", "DZ", "TN",
    "ZA", "NG", "KE", "GH", "IN", "PK", "BD", "LK", "CN", "HK", "TW", "JP", "KR", "SG", "MY", "ID", "TH", "VN", "PH",
    "AU", "NZ", "MX", "BR", "AR", "CL", "CO", "PE",
)  # fmt: skip
"""The countries that are tried, one per country code: where nearly all telephones of the world are."""

_SURE_LINES: Final = ("mobile", "fixed_or_mobile")
_DIGITS: Final = byte_class("0123456789")
_FEWEST, _MOST, _FEWEST_ABROAD = 7, 15, 9
_FEWEST_DIFFERENT: Final = 4
_DIFFERENT: Final = np.array([seen.bit_count() for seen in range(1 << 10)], dtype=np.int8)
"""How many digits there are in a set of them, a bit for each."""


def readings(
    raw: pa.Array | pa.ChunkedArray, region: pa.Array | pa.ChunkedArray | None = None, declared: pa.Array | None = None
) -> pa.ListArray:
    """For each cell the E.164 keys that it may mean besides its own key, sorted; empty where its country is sure.

    `region` is as in `phone.normalise`; `declared` (boolean) says where it is the record's own word and not a default.
    Not sure are numbers without `+` that are refused (their readings in all `REGIONS`), those read as if they had
    one, and those read with a default region as anything but a mobile line (their readings as a mobile elsewhere).
    """
    values = strings(raw)
    own = np.zeros(len(values), dtype=np.bool_) if declared is None else mask(declared)
    return readings_of(phone.normalise(values, region), values, own)


def readings_of(found: pa.RecordBatch, raw: pa.StringArray, declared: Mask) -> pa.ListArray:
    """`readings` of cells that `phone.normalise` has judged already."""
    valid = mask(found["valid"])
    refused = mask(pc.is_in(found["reason"], value_set=column(phone.UNREAD)))
    local = mask(pc.equal(found["country_from"], "region")) & valid & ~declared
    sure = mask(pc.is_in(found["line_type"], value_set=column(_SURE_LINES)))
    guessed = valid & mask(pc.equal(found["country_from"], "number")) & ~_written_abroad(raw)
    everywhere = (refused & ~_written_abroad(raw)) | guessed
    asked = everywhere | (local & ~sure)
    rows = np.flatnonzero(asked)
    digits = only_bytes(_ascii_only(raw.take(pa.array(rows))), _DIGITS)
    mobile_only = ~everywhere[rows]
    kinds, codes = distinct(pc.binary_join_element_wise(digits, pc.if_else(pa.array(mobile_only), "m", ""), "\x1f"))
    lists = _distinct(kinds)
    own_keys = found["point_key"].take(pa.array(rows))
    return _spread(lists.take(codes), own_keys, rows, len(raw))


def _written_abroad(raw: pa.StringArray) -> Mask:
    return mask(pc.match_substring_regex(raw, r"\+"))


def _ascii_only(raw: pa.StringArray) -> pa.StringArray:
    """Cells with an extension cut off and digits of other scripts as ASCII."""
    odd = ~mask(pc.match_substring_regex(raw, r"^[0-9 ().\-/']*$"))
    return put(raw, odd, column([phone.cleaned(cell or "")[0] for cell in raw.filter(pa.array(odd)).to_pylist()]))


def _distinct(values: pa.StringArray) -> pa.ListArray:
    """The readings of distinct `digits`, or with a mark behind them the readings as a mobile only."""
    parts = pc.split_pattern(values.fill_null("\x1f"), "\x1f").flatten()
    even = np.arange(0, len(parts), 2)
    digits, marks = parts.take(pa.array(even)), parts.take(pa.array(even + 1))
    mobile_only = mask(pc.equal(marks, "m"))
    lengths = pc.binary_length(digits).to_numpy()
    usable = (lengths >= _FEWEST) & (lengths <= _MOST) & varied(digits)
    rows: list[npt.NDArray[np.int64]] = []
    keys: list[pa.Array] = []

    def keep(at: npt.NDArray[np.int64], found: Settled) -> None:
        good = found.done & (~mobile_only[at] | np.isin(found.kind, [KINDS[name] for name in _SURE_LINES]))
        rows.append(at[good])
        keys.append(found.e164.filter(pa.array(good)))

    zero = mask(pc.starts_with(digits, "0"))
    abroad = np.flatnonzero(usable & ~zero & (lengths >= _FEWEST_ABROAD))
    international = np.ones(len(abroad), dtype=np.bool_)
    keep(abroad, settle(digits.take(pa.array(abroad)), international, in_region(None, len(abroad))))
    for region in REGIONS:
        country = _country(region)
        at = np.flatnonzero(usable & np.isin(lengths, country.lengths))
        if not len(at):
            continue
        chosen = digits.take(pa.array(at))
        if country.rewrites:
            keep(at, settle(chosen, np.zeros(len(at), dtype=np.bool_), in_region(region, len(at))))
            continue
        national = _national(country, chosen, mobile_only[at])
        good = mask(pc.is_valid(national))
        rows.append(at[good])
        keys.append(pc.binary_join_element_wise(country.code, national.filter(pa.array(good)), ""))
    return _lists(np.concatenate(rows), pa.concat_arrays(keys), len(digits))


class _Country(NamedTuple):
    """How numbers are written inside a country: patterns on national numbers, `lengths` of what people write."""

    code: str
    prefix: str
    mobile: str
    any_line: str
    fictitious: str
    lengths: tuple[int, ...]
    rewrites: bool


@lru_cache(maxsize=128)
def _country(region: str) -> _Country:
    plan = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if plan is None or plan.general_desc is None or plan.mobile is None or plan.fixed_line is None:
        raise ValueError(f"phonenumbers knows no plan of {region}")
    general = str(plan.general_desc.national_number_pattern)
    shared = len(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[plan.country_code or 0]) > 1
    mobile = general if shared else str(plan.mobile.national_number_pattern)
    any_line = general if shared else f"{mobile}|{plan.fixed_line.national_number_pattern}"
    prefix = str(plan.national_prefix or "")
    lengths = set(plan.general_desc.possible_length)
    lengths |= {length + len(prefix) for length in lengths}
    rewrites = bool(plan.national_prefix_transform_rule)
    fictitious = "|".join(item.pattern for item in FICTITIOUS if item.country == region)
    return _Country(f"+{plan.country_code}", prefix, mobile, any_line, fictitious, tuple(sorted(lengths)), rewrites)


def _national(country: _Country, digits: pa.StringArray, mobile_only: Mask) -> pa.StringArray:
    """The national numbers that digits mean in a country, null where none: without its prefix, else as they stand."""
    nothing = pa.scalar(None, pa.string())
    found = pa.nulls(len(digits), pa.string())
    ways = [digits]
    if country.prefix:
        has = pc.starts_with(digits, country.prefix)
        ways.insert(0, pc.if_else(has, pc.utf8_slice_codeunits(digits, len(country.prefix)), nothing))
    for pattern, asked in ((country.mobile, mobile_only), (country.any_line, ~mobile_only)):
        if asked.any():
            for way in ways:
                fits = pc.match_substring_regex(pc.if_else(pa.array(asked), way, nothing), f"^(?:{pattern})$")
                found = pc.coalesce(found, pc.if_else(fits, way, nothing))
    for way in ways if country.fictitious else ():
        fits = pc.match_substring_regex(
            pc.binary_join_element_wise(country.code, way, ""), f"^(?:{country.fictitious})$"
        )
        found = pc.coalesce(found, pc.if_else(fits, way, nothing))
    return found


def varied(digits: pa.StringArray) -> Mask:
    """Which texts of digits are made of more than three different ones: 0000000000 means no number anywhere."""
    offsets, data = text_bytes(digits)
    filled = np.flatnonzero(np.diff(offsets))
    found = np.zeros(len(digits), dtype=np.bool_)
    if len(filled):
        seen = np.bitwise_or.reduceat(np.left_shift(1, data.astype(np.int16) - ord("0")), offsets[:-1][filled])
        found[filled] = _DIFFERENT[seen] >= _FEWEST_DIFFERENT
    return found


def _lists(rows: npt.NDArray[np.int64], keys: pa.Array, count: int) -> pa.ListArray:
    table = keys.dictionary_encode()
    ranks = np.empty(len(table.dictionary), dtype=np.int64)
    order = pc.sort_indices(table.dictionary)
    ranks[order.to_numpy()] = np.arange(len(ranks))
    pairs = np.unique(rows * max(len(ranks), 1) + ranks[table.indices.to_numpy()])
    offsets = np.zeros(count + 1, dtype=np.int32)
    np.cumsum(np.bincount(pairs // max(len(ranks), 1), minlength=count), out=offsets[1:])
    values = table.dictionary.take(order).take(pa.array(pairs % max(len(ranks), 1)))
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _spread(lists: pa.ListArray, own: pa.StringArray, rows: npt.NDArray[np.int64], count: int) -> pa.ListArray:
    """`lists` of the given rows as lists of all rows, without each row's own key."""
    parent = pc.list_parent_indices(lists).to_numpy()
    values = lists.flatten()
    other = ~mask(pc.equal(values, own.take(pa.array(parent))))
    offsets = np.zeros(count + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows[parent[other]], minlength=count), out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), values.filter(pa.array(other)))
