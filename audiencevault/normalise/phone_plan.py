"""Numbering plans as column operations: what phonenumbers would say of plain numbers, thousands at a time.

Words: a *plan* is one region's metadata inside phonenumbers (patterns and lengths of its numbers); the *national
number* is what follows the country code. Every step here is the column form of one step of phonenumbers' parser and
uses its own patterns, so that a new version of its metadata is followed without any change here. Whatever does not
fit the plain case (other ways to dial abroad, numbers of no country, anything not valid) is left unsettled for the
library itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import PhoneMetadata
from phonenumbers.phonemetadata import PhoneNumberDesc

from audiencevault.normalise.columns import Mask, column, mask, put
from audiencevault.normalise.phone_ranges import FICTITIOUS, LINE_TYPES

_FEW: Final = 48
"""Below this many rows compiling a pattern for a column costs more than matching row by row."""
_OFTEN: Final = 8
"""How often a pattern is asked of few rows before it is compiled for single ones, which takes ten times as long."""

TYPED: Final = (
    ("premium_rate", "premium_rate"), ("toll_free", "toll_free"), ("shared_cost", "shared_cost"), ("voip", "voip"),
    ("personal_number", "personal"), ("pager", "pager"), ("uan", "uan"), ("voicemail", "voicemail"),
)  # fmt: skip
"""Kinds of line in the order in which phonenumbers asks for them, before fixed and mobile, with our names."""

LINES: Final = ("", *sorted(LINE_TYPES.values()))
KINDS: Final = {name: code for code, name in enumerate(LINES)}
_FIRST_DIGITS: Final = 3


REGIONS: Final = tuple(
    sorted({region for regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.values() for region in regions})
)
"""All regions that numbers belong to."""
PLACES: Final = {region: place for place, region in enumerate(REGIONS)}
FICTITIOUS_CODES: Final = tuple(
    code
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
    if any(item.country in regions for item in FICTITIOUS)
)


class Settled(NamedTuple):
    """What the columns could settle: `done` over all rows, the others mean nothing where not done.

    `country` is a place in `REGIONS`, -1 for none, `kind` one in `LINES`; `carried` rows have their country code.
    `invalid` rows certainly are no number of their plan, or of no country; `refused` are those among them that have a
    possible length, `too_long` and `too_short` those that have none.
    """

    done: Mask
    invalid: Mask
    refused: Mask
    too_long: Mask
    too_short: Mask
    e164: pa.StringArray
    country: npt.NDArray[np.int16]
    carried: Mask
    kind: npt.NDArray[np.int8]
    fictitious: Mask


class _Pattern:
    """A pattern and how often it was asked of few rows."""

    __slots__ = ("asked", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.asked = 0


@lru_cache(maxsize=4_096)
def _pattern(text: str) -> _Pattern:
    return _Pattern(text)


@lru_cache(maxsize=4_096)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern for single numbers."""
    return re.compile(pattern, re.ASCII)


def matches(pattern: str, values: pa.StringArray) -> Mask:
    """Which values match `pattern` as a whole."""
    if not len(values):
        return np.zeros(0, dtype=np.bool_)
    if len(values) < _FEW:
        known = _pattern(pattern)
        known.asked += 1
        if known.asked > _OFTEN:
            single = compiled(pattern)
            return np.fromiter(
                (single.fullmatch(value) is not None for value in values.to_pylist()), np.bool_, len(values)
            )
    return mask(pc.match_substring_regex(values, f"^(?:{pattern})$"))


@lru_cache(maxsize=512)
def dials_00(region: str | None) -> bool:
    """Whether `00` is how people of a region dial abroad; true where the region is unknown."""
    if region is None:
        return True
    plan = PhoneMetadata.metadata_for_region(region)
    return plan is not None and re.fullmatch(plan.international_prefix or "", "00") is not None


@lru_cache(maxsize=4_096)
def mobile_plans(digits: int) -> tuple[tuple[str, str], ...]:
    """Regions in which a mobile number has this many digits without any prefix, with its pattern."""
    found = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        plan = PhoneMetadata.metadata_for_region(region)
        mobile = plan.mobile if plan is not None else None
        if mobile is not None and mobile.national_number_pattern and digits in mobile.possible_length:
            found.append((region, str(mobile.national_number_pattern)))
    return tuple(found)


@lru_cache(maxsize=512)
def plan_of(region: str) -> PhoneMetadata | None:
    """The plan of a region, if its patterns also work for columns."""
    plan = PhoneMetadata.metadata_for_region(region, None)
    return plan if plan is not None and _fits_columns(plan) else None


def _fits_columns(plan: PhoneMetadata) -> bool:
    """Whether no pattern of a plan needs what the column engine lacks (looking around, back references)."""
    patterns = [item.national_number_pattern or "" for item in descriptions_of(plan) if item is not None]
    patterns += [plan.national_prefix_for_parsing or "", plan.international_prefix or "", plan.leading_digits or ""]
    return not any(re.search(r"\(\?[=!<]|\\[1-9]", pattern) for pattern in patterns)


def descriptions_of(plan: PhoneMetadata) -> list[PhoneNumberDesc | None]:
    """What a plan says of all its national numbers, of those of the kinds `TYPED`, of fixed and of mobile ones."""
    return [plan.general_desc, *(getattr(plan, field) for field, _ in TYPED), plan.fixed_line, plan.mobile]


def _lengths(values: pa.StringArray) -> npt.NDArray[np.int64]:
    return np.asarray(pc.binary_length(values).to_numpy(zero_copy_only=False), dtype=np.int64)


def _is_kind(description: PhoneNumberDesc | None, values: pa.StringArray) -> Mask:
    """Which national numbers fit a description: its lengths, if it has any, and its pattern."""
    if description is None or description.national_number_pattern is None:
        return np.zeros(len(values), dtype=np.bool_)
    fits = np.ones(len(values), dtype=np.bool_)
    if description.possible_length:
        fits = np.isin(_lengths(values), description.possible_length)
    if fits.any():
        fits[fits] = matches(description.national_number_pattern, values.filter(pa.array(fits)))
    return fits


def line_types(plan: PhoneMetadata, values: pa.StringArray) -> npt.NDArray[np.int8]:
    """The kind of line of each national number in a plan, as a position in the sorted names; 0 is unknown."""
    found = np.zeros(len(values), dtype=np.int8)
    open_ = np.nonzero(_is_kind(plan.general_desc, values))[0]

    def settle(description: PhoneNumberDesc | None, name: str, among: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        hit = _is_kind(description, values.take(pa.array(among)))
        found[among[hit]] = KINDS[name]
        return among[~hit]

    # Few numbers are of a kind that is neither fixed nor mobile: one look for all of these kinds.
    kinds = [(getattr(plan, field), name) for field, name in TYPED]
    patterns = [item.national_number_pattern for item, _ in kinds if item is not None and item.national_number_pattern]
    among = matches("|".join(patterns), values.take(pa.array(open_))) if patterns else np.zeros(len(open_), dtype=bool)
    odd, open_ = open_[among], open_[~among]
    for description, name in kinds:
        if len(odd):
            odd = settle(description, name, odd)
    open_ = np.concatenate([open_, odd])
    if not len(open_):
        return found
    if plan.same_mobile_and_fixed_line_pattern:
        settle(plan.fixed_line, "fixed_or_mobile", open_)
        return found
    subset = values.take(pa.array(open_))
    fixed, mobile = _is_kind(plan.fixed_line, subset), _is_kind(plan.mobile, subset)
    found[open_[fixed & mobile]] = KINDS["fixed_or_mobile"]
    found[open_[fixed & ~mobile]] = KINDS["fixed"]
    found[open_[~fixed & mobile]] = KINDS["mobile"]
    return found


def general_of(plan: PhoneMetadata) -> str:
    """The pattern that every national number of a plan fits."""
    return str(plan.general_desc.national_number_pattern) if plan.general_desc is not None else ""


def possible_of(plan: PhoneMetadata) -> tuple[int, ...]:
    """The lengths that national numbers of a plan may have."""
    return tuple(plan.general_desc.possible_length) if plan.general_desc is not None else (0,)


def _without_prefix(plan: PhoneMetadata, values: pa.StringArray) -> pa.StringArray:
    """National numbers without the national prefix."""
    prefix = plan.national_prefix_for_parsing
    if not prefix:
        return values
    has = mask(pc.match_substring_regex(values, f"^(?:{prefix})"))
    if not has.any():
        return values
    before = values.filter(pa.array(has))
    if prefix.isdigit() and not plan.national_prefix_transform_rule:
        after = pc.utf8_slice_codeunits(before, len(prefix))
    else:
        after = column([_stripped(prefix, plan.national_prefix_transform_rule, value) for value in before.to_pylist()])
    general = general_of(plan)
    keep = matches(general, before) & ~matches(general, after)
    return put(values, has, pc.if_else(pa.array(keep), before, after))


def _stripped(prefix: str, transform: str | None, value: str) -> str:
    """One number without a prefix that has alternatives, carrier codes or a rule that rewrites the number."""
    found = compiled(prefix).match(value)
    if found is None:
        return value
    if not transform or found.groups()[-1] is None:
        return value[found.end() :]
    return compiled(prefix).sub(transform, value, count=1)


def _national(plan: PhoneMetadata, values: pa.StringArray) -> pa.StringArray:
    """The national numbers of a plan: prefix off where what is left has a possible length."""
    stripped = _without_prefix(plan, values)
    possible = possible_of(plan)
    lengths = _lengths(stripped)
    take = np.isin(lengths, possible) | (lengths > max(possible))
    return pc.if_else(pa.array(take), stripped, values)


@lru_cache(maxsize=512)
def whole_code(country_code: int) -> tuple[int, ...]:
    """The possible lengths of a country code's numbers, or none where a plan of it does not work for columns."""
    regions = regions_of(country_code)
    main = plan_of(regions[0]) if regions else None
    return possible_of(main) if main is not None and all(plan_of(region) is not None for region in regions) else ()


@lru_cache(maxsize=512)
def local_only(country_code: int) -> tuple[int, ...]:
    """The lengths that only the local part of a country code's numbers has."""
    main = _main_plan(country_code)
    return tuple(main.general_desc.possible_length_local_only) if main is not None and main.general_desc else ()


def _main_plan(country_code: int) -> PhoneMetadata | None:
    return plan_of(phonenumbers.region_code_for_country_code(country_code))


def _nationals_of_region(region: str, digits: pa.StringArray) -> tuple[pa.StringArray, Mask, Mask]:
    """National numbers written inside a region; which of them carried the country code without `+`; which rows need
    the library.
    """
    plan = plan_of(region)
    main = _main_plan(plan.country_code or 0) if plan is not None else None
    count = len(digits)
    carried = np.zeros(count, dtype=np.bool_)
    if plan is None or main is None:
        return digits, carried, np.ones(count, dtype=np.bool_)
    abroad = mask(pc.match_substring_regex(digits, f"^(?:{plan.international_prefix or 'x'})"))
    code = str(plan.country_code)
    begins = mask(pc.starts_with(digits, code))
    numbers = _national(plan, digits)
    if begins.any():
        whole = digits.filter(pa.array(begins))
        rest = _without_prefix(plan, pc.utf8_slice_codeunits(whole, len(code)))
        pattern = general_of(plan)
        too_long = _lengths(whole) > max(possible_of(plan))
        off = (~matches(pattern, whole) & matches(pattern, rest)) | too_long
        carried[begins] = off
        again = _national(main, rest)
        numbers = put(numbers, begins, pc.if_else(pa.array(off), again, numbers.filter(pa.array(begins))))
    return numbers, carried, abroad


def _countries(country_code: int, values: pa.StringArray) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int8]]:
    """The position in the regions of a country code to which each national number belongs (-1 none), and its kind."""
    regions = regions_of(country_code)
    owner = np.full(len(values), -1, dtype=np.int16)
    kinds = np.zeros(len(values), dtype=np.int8)
    open_ = np.arange(len(values))
    for position, region in enumerate(regions):
        plan = plan_of(region)
        if plan is None or not len(open_):
            break
        subset = values.take(pa.array(open_))
        if len(regions) > 1 and plan.leading_digits is not None:
            mine = mask(pc.match_substring_regex(subset, f"^(?:{plan.leading_digits})"))
            kinds[open_[mine]] = line_types(plan, subset.filter(pa.array(mine)))
        else:
            found = line_types(plan, subset)
            mine = found > 0
            kinds[open_[mine]] = found[mine]
        owner[open_[mine]] = position
        open_ = open_[~mine]
    return owner, kinds


def _split_country_code(digits: pa.StringArray) -> npt.NDArray[np.int64]:
    """The country code that each international number starts with; 0 for none."""
    heads = pc.utf8_slice_codeunits(digits, 0, _FIRST_DIGITS).dictionary_encode()
    codes = np.array([country_code(head) for head in heads.dictionary.to_pylist()] or [0], dtype=np.int64)
    return codes[heads.indices.to_numpy()] if len(digits) else np.zeros(0, dtype=np.int64)


@lru_cache(maxsize=2_048)
def country_code(head: str) -> int:
    """The country code that a number with these first three digits has, 0 if none."""
    if head.startswith("0"):
        return 0
    return next((int(head[:end]) for end in range(1, len(head) + 1) if _is_country_code(head[:end])), 0)


def _is_country_code(text: str) -> bool:
    return int(text) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE


def in_region(region: str | None, count: int) -> pa.DictionaryArray:
    """The regions of `count` numbers of one region, or of none."""
    places = pa.nulls(count, pa.int32()) if region is None else pa.array(np.zeros(count, dtype=np.int32))
    return pa.DictionaryArray.from_arrays(places, column([] if region is None else [region]))


def settle(digits: pa.StringArray, international: Mask, region: pa.DictionaryArray) -> Settled:
    """Judge plain numbers: `digits` only; `international` rows begin with the country code, the others are written
    inside their `region` (a supported ISO alpha-2; null rows stay unsettled).
    """
    count = len(digits)
    country_code = np.zeros(count, dtype=np.int64)
    carried = international.copy()
    done: list[tuple[npt.NDArray[np.int64], pa.StringArray]] = []
    country_code[international] = _split_country_code(digits.filter(pa.array(international)))
    nowhere = international & (country_code == 0)
    for code, rows in _groups(country_code, np.nonzero(country_code)[0]):
        main = _main_plan(code)
        if main is None:
            country_code[rows] = 0
            continue
        rest = pc.utf8_slice_codeunits(digits.take(pa.array(rows)), len(str(code)))
        done.append((rows, _national(main, rest)))
    region_codes = region.indices.fill_null(-1).to_numpy()
    for position, name in enumerate(region.dictionary.to_pylist()):
        rows = np.nonzero(~international & (region_codes == position))[0]
        plan = plan_of(name)
        if plan is None or not len(rows):
            continue
        national, with_code, odd = _nationals_of_region(name, digits.take(pa.array(rows)))
        done.append((rows, national))
        carried[rows] = with_code
        country_code[rows[~odd]] = plan.country_code or 0
    settled = _judged(_together(digits, done), country_code, carried)
    return settled._replace(invalid=settled.invalid | nowhere)


def _together(digits: pa.StringArray, parts: list[tuple[npt.NDArray[np.int64], pa.StringArray]]) -> pa.StringArray:
    """`digits` with the rows of each part replaced by its values."""
    order = np.arange(len(digits), dtype=np.int64)
    start = len(digits)
    for rows, values in parts:
        order[rows] = start + np.arange(len(values))
        start += len(values)
    return pa.concat_arrays([digits, *(values for _, values in parts)]).take(pa.array(order))


def _judged(numbers: pa.StringArray, country_code: npt.NDArray[np.int64], carried: Mask) -> Settled:
    count = len(numbers)
    known = country_code > 0
    lengths = _lengths(numbers)
    country, kinds = _owners(numbers, country_code)
    prefix = column([f"+{code}" for code in range(int(country_code.max(initial=0)) + 1)])
    e164 = pc.binary_join_element_wise(prefix.take(pa.array(country_code)), numbers, "")
    fictitious = np.zeros(count, dtype=np.bool_)
    suspects = np.flatnonzero(np.isin(country_code, FICTITIOUS_CODES))
    fictitious[suspects] = matches("|".join(item.pattern for item in FICTITIOUS), e164.take(pa.array(suspects)))
    for row in np.nonzero(fictitious & (kinds == 0))[0].tolist():
        shown = e164[row].as_py()
        found_range = next(item for item in FICTITIOUS if compiled(item.pattern).fullmatch(shown))
        country[row] = PLACES[found_range.country]
        kinds[row] = KINDS[found_range.line_type]
    done = known & (kinds > 0)
    refused, too_long, too_short = (np.zeros(count, dtype=np.bool_) for _ in range(3))
    for code, rows in _groups(country_code, np.nonzero(known & ~done)[0]):
        possible, local = whole_code(code), local_only(code)
        if possible:
            within = np.isin(lengths[rows], local)
            refused[rows] = np.isin(lengths[rows], possible) & ~within
            too_long[rows] = (lengths[rows] > max(possible)) & ~within
            too_short[rows] = ~refused[rows] & ~too_long[rows]
    return Settled(
        done, refused | too_long | too_short, refused, too_long, too_short, e164, country, carried, kinds, fictitious
    )


def _owners(
    numbers: pa.StringArray, country_code: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int8]]:
    """The place of each number's region in `REGIONS`, -1 for none, and its kind of line."""
    country = np.full(len(numbers), -1, dtype=np.int16)
    kinds = np.zeros(len(numbers), dtype=np.int8)
    for code, rows in _groups(country_code, np.nonzero(country_code)[0]):
        owner, found = _countries(code, numbers.take(pa.array(rows)))
        places = np.array([*(PLACES[name] for name in regions_of(code)), -1], dtype=np.int16)
        country[rows] = places[owner]
        kinds[rows] = np.where(owner >= 0, found, 0)
    return country, kinds


def regions_of(country_code: int) -> tuple[str, ...]:
    """The regions of a country code, the main one first."""
    return phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(country_code, ())


def _groups(values: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> Iterable[tuple[int, npt.NDArray[np.int64]]]:
    """Rows by value, values ascending."""
    order = rows[np.argsort(values[rows], kind="stable")]
    present, starts = np.unique(values[order], return_index=True)
    return zip(present.tolist(), np.split(order, starts[1:]) if len(order) else [], strict=True)
