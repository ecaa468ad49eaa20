"""The numbering plans that some numbers need, as tables for the compiled kernels.

A *book* holds plans as rows of numbers: patterns by where they begin in one text, lengths as sets with a bit each.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import phonenumbers

from audiencevault.engine.compiled import kernels
from audiencevault.normalise import phone_plan as plans
from audiencevault.normalise.phone_ranges import FICTITIOUS

KERNELS = kernels("audiencevault.normalise.phone_kernels")

Numbers = npt.NDArray[np.int32]

NO_CODE: Final = -2
_CODES: Final = 1_000
_READABLE: Final = re.compile(r"\((?:[0-9d|()$]|\[[0-9-]+\]|(?<![(|?*+}])(?:[?*+]|\{\d+(?:,\d*)?\}))*\)")
"""What a pattern may be made of, written as in a book."""


class Book(NamedTuple):
    """See `phone_kernels.pyx` for the columns; -1 is no plan and no pattern."""

    text: npt.NDArray[np.uint8]
    jumps: Numbers
    plans: Numbers
    codes: Numbers
    members: Numbers
    homes: Numbers
    kinds: Numbers
    ranges: Numbers
    elsewhere: Numbers


def _written(pattern: str) -> str:
    return "(" + pattern.replace("(?:", "(").replace(r"\d", "d").replace(r"\+", "") + ")"


class _Page(NamedTuple):
    """One plan: patterns as in a book, lengths as sets; the descriptions as `phone_plan.line_types` asks for them."""

    code: int
    prefix: str | None
    bare: int
    general: str
    possible: int
    abroad: str | None
    leading: str | None
    same: bool
    kinds: tuple[tuple[str | None, int], ...]


def _set(lengths: tuple[int, ...]) -> int:
    return sum(1 << length for length in lengths)


@lru_cache(maxsize=512)
def page_of(region: str) -> _Page | None:
    """The plan of a region, None where columns or kernels cannot work with it."""
    plan = plans.plan_of(region)
    if plan is None:
        return None
    prefix, rule = plan.national_prefix_for_parsing or "", plan.national_prefix_transform_rule
    bare = -1
    if rule:
        # Where nothing but the prefix itself was taken off, the rule has nothing to rewrite.
        whole = plans.compiled(prefix).fullmatch(plan.national_prefix or "")
        bare = len(whole.group()) if whole is not None and whole.groups()[-1] is None else 0
    described: list[tuple[str | None, int]] = []
    for item in plans.descriptions_of(plan):
        pattern = (
            None if item is None or item.national_number_pattern is None else _written(item.national_number_pattern)
        )
        described.append((pattern, 0 if item is None else _set(tuple(item.possible_length))))
    page = _Page(
        plan.country_code or 0, _written(prefix) if prefix else None, bare, _written(plans.general_of(plan)),
        _set(plans.possible_of(plan)), _written(plan.international_prefix) if plan.international_prefix else None,
        _written(plan.leading_digits) if plan.leading_digits is not None else None,
        bool(plan.same_mobile_and_fixed_line_pattern), tuple(described),
    )  # fmt: skip
    patterns = [page.prefix, page.general, page.abroad, page.leading, *(pattern for pattern, _ in page.kinds)]
    return page if all(_READABLE.fullmatch(pattern) for pattern in patterns if pattern) else None


class _Text:
    """The patterns of a book, each once."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self.length = 0

    def place(self, pattern: str | None) -> int:
        if not pattern:
            return -1
        if pattern not in self.places:
            self.places[pattern] = self.length
            self.length += len(pattern)
        return self.places[pattern]


@lru_cache(maxsize=16)
def book(codes: tuple[int, ...], homes: tuple[str, ...], guesses: tuple[int, ...]) -> Book:
    """The book for numbers of some country codes, or written inside one of `homes`; `guesses` are the lengths of
    numbers whose country must be guessed.
    """
    text = _Text()
    rows: list[list[int]] = []
    members: list[int] = []
    places: dict[str, int] = {}
    pages = {region: page_of(region) for region in homes}
    present = sorted({*codes, *(page.code for page in pages.values() if page is not None)})
    table = np.full((_CODES, 6), NO_CODE, dtype=np.int32)
    table[list(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)] = -1

    def plan(region: str) -> int:
        page = page_of(region)
        if page is None:
            return -1
        if region not in places:
            places[region] = len(rows)
            kinds = [number for pattern, lengths in page.kinds for number in (text.place(pattern), lengths)]
            rows.append([
                page.code, text.place(page.prefix), page.bare, text.place(page.general), page.possible,
                text.place(page.abroad), text.place(page.leading), page.same, plans.PLACES[region], -1, *kinds,
            ])  # fmt: skip
        return places[region]

    for code in present:
        regions = plans.regions_of(code)
        mine = [plan(region) for region in regions]
        count = mine.index(-1) + 1 if -1 in mine else len(mine)
        main = plan(phonenumbers.region_code_for_country_code(code))
        table[code] = (
            main, len(members), count, _set(plans.whole_code(code)) if -1 not in mine else 0,
            _set(plans.local_only(code)), code in plans.FICTITIOUS_CODES,
        )  # fmt: skip
        members += mine[:count]
    for row in rows:
        row[9] = table[row[0], 0]
    ranges = [
        [text.place(_written(item.pattern)), plans.PLACES[item.country], plans.KINDS[item.line_type]]
        for item in FICTITIOUS
    ]
    elsewhere = [
        [length, text.place(_written(pattern)), plans.PLACES[region]]
        for length in guesses
        for region, pattern in plans.mobile_plans(length)
    ]
    written = np.frombuffer("".join(text.places).encode("ascii"), dtype=np.uint8)
    home = [[-1 if page is None else plan(region), plans.dials_00(region)] for region, page in pages.items()]
    kinds = ["fixed_or_mobile", *(name for _, name in plans.TYPED), "fixed", "mobile"]

    def numbers(values: list[Any], width: int) -> Numbers:
        return np.array(values, dtype=np.int32).reshape(-1, width)

    return Book(
        written, KERNELS.jumps(written) if KERNELS is not None else np.zeros(0, np.int32),
        numbers(rows, 32), table, np.array(members, np.int32), numbers(home, 2),
        np.array([plans.KINDS[name] for name in kinds], np.int32), numbers(ranges, 3), numbers(elsewhere, 3),
    )  # fmt: skip
