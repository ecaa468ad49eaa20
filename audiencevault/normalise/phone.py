"""Telephone numbers: E.164 to send to and to compare, country, kind of line, and why a number cannot be used.

Words: the *region* (ISO 3166 alpha-2) is the country whose habits a number without `+` is read with: the record's own
country, else the import's default, never the host's locale. A country is *guessed* where the number carries no `+`
and is only plausible as an international number.

Plain numbers are settled in columns with tables from phonenumbers' own metadata (`phone_plan`); phonenumbers itself
judges all others. A property test proves that both give the same answer.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import CountryCodeSource, NumberParseException, PhoneMetadata, PhoneNumber, PhoneNumberType
from phonenumbers import ValidationResult as Length

from audiencevault.normalise.columns import (
    MUCH_TEXT,
    VISIBLE,
    Codes,
    Mask,
    batch,
    byte_class,
    column,
    distinct,
    flag_lists,
    has_byte,
    mask,
    only_bytes,
    put,
    strings,
)
from audiencevault.normalise.phone_plan import Settled, compiled, in_region, matches, settle
from audiencevault.normalise.phone_ranges import FICTITIOUS, LINE_TYPES

REASONS: Final = {
    "empty": "There is no number in the cell.",
    "not_a_number": "The cell does not hold a telephone number.",
    "scientific_notation": "A spreadsheet has turned the number into scientific notation; its last digits are lost.",
    "letters": "The number contains letters.",
    "no_country": "The number has no country code and the country of the record is not known.",
    "bad_country_code": "The number starts with a country code that does not exist.",
    "too_short": "The number has too few digits for its country.",
    "too_long": "The number has too many digits for its country.",
    "not_assigned": "The number has the right length, but no such number is given out in its country.",
}
"""Why a number is not valid, as a sentence for people."""

FLAGS: Final = ("guessed_country", "fictitious", "extension", "junk")

_SCIENTIFIC: Final = re.compile(r"[+]?\d(?:[.,]\d+)?\s*[eE]\s*\+?\s*\d{1,2}")
_SCHEME: Final = re.compile(
    r"(?:p|tel|sms|callto|whatsapp|phone|telephone|mobile|mobil|cell|handy|fon)\s*[.:]+\s*", re.IGNORECASE
)
_EXTENSION: Final = re.compile(
    r"\s*(?:[;,]?\s*(?:ext(?:ension|n)?|durchwahl|dw|poste|anexo|int(?:erno)?)[\s.:=#]*|\s*[xX#]\s*)(\d{1,7})\s*$",
    re.IGNORECASE,
)
_TRAILING_NOTE: Final = re.compile(r"\s*\([^()\d]*\)\s*$")
_ALLOWED: Final = re.compile(r"\(?\s*\+?[\d\s().\-/~\u2010-\u2015\u2212\[\]]+")
_JUNK_TAILS: Final = tuple(
    sorted(
        {
            *(str(digit) * 8 for digit in range(10)),
            *(run[at : at + 8] for run in ("01234567890123456789", "98765432109876543210") for at in range(13)),
        }
    )
)
_LONG_ENOUGH_TO_GUESS: Final = 11


class Number(NamedTuple):
    """One judged number; `e164` is None and `reason` set where it is not valid."""

    e164: str | None
    key: str | None
    country: str | None
    country_from: str
    line_type: str | None
    reason: str | None
    guessed: bool = False
    fictitious: bool = False
    extension: bool = False
    junk: bool = False


def cleaned(raw: str) -> tuple[str, bool, str | None]:
    """The number inside a cell, whether an extension was cut off, and a reason why it cannot be one.

    >>> cleaned("'+49 (0)30 / 23125-123 ext. 4")
    ('+49 (0)30 / 23125-123', True, None)
    """
    text = "".join(_ascii_digit(char) for char in raw[:MUCH_TEXT].translate(VISIBLE)).strip(" \t\r\n'\"=`’‘")
    text = text[:250]
    scheme = _SCHEME.match(text)
    if scheme:
        text = text[scheme.end() :]
        text = re.sub(r";(?!ext=).*$", "", text)
    if not text:
        return "", False, "empty"
    if _SCIENTIFIC.fullmatch(text):
        return text, False, "scientific_notation"
    if re.fullmatch(r"\d{6,}\.0", text):
        text = text[:-2]
    text = _TRAILING_NOTE.sub("", text)
    extension = _EXTENSION.search(text)
    if extension and sum(char.isdigit() for char in text[: extension.start()]) >= 6:
        text = text[: extension.start()]
    else:
        extension = None
    if not any(char.isdigit() for char in text):
        return text, False, "not_a_number"
    if any(char.isalpha() for char in text):
        return text, extension is not None, "letters"
    if not _ALLOWED.fullmatch(text):
        return text, extension is not None, "not_a_number"
    return text, extension is not None, None


def _ascii_digit(char: str) -> str:
    if char.isascii():
        return char
    if char == "\u00a0" or unicodedata.category(char) == "Zs":
        return " "
    return str(unicodedata.decimal(char, char))


@lru_cache(maxsize=512)
def known_region(region: str | None) -> str | None:
    """`region` if phonenumbers knows it, upper-cased."""
    upper = (region or "").strip().upper()
    return upper if upper in phonenumbers.SUPPORTED_REGIONS else None


@lru_cache(maxsize=512)
def dials_00(region: str | None) -> bool:
    """Whether `00` is how people of a region dial abroad; true where the region is unknown."""
    if region is None:
        return True
    plan = PhoneMetadata.metadata_for_region(region)
    return plan is not None and re.fullmatch(plan.international_prefix or "", "00") is not None


def judge(text: str, region: str | None) -> Number:
    """What phonenumbers says of a cleaned number, read with `region`; the one place that calls it."""
    digits = re.sub(r"\D", "", text)
    if "+" not in text and digits[:2] == "00" and digits[2:3] not in ("", "0") and dials_00(region):
        return _judge("+" + digits[2:], None)
    first = _judge(text, region) if "+" in text or region else None
    if first is not None and first.reason is None:
        return first
    if "+" in text:
        return first or _refused(text, "not_a_number")
    if digits[:2] == "00" and digits[2:3] not in ("", "0"):
        second = _judge("+" + digits[2:], None)
        if second.reason is None:
            return second
    if len(digits) >= _LONG_ENOUGH_TO_GUESS and digits[0] != "0":
        guess = _judge("+" + digits, None)
        if guess.reason is None and (region or not _is_mobile_elsewhere(digits, guess.country)):
            return guess._replace(guessed=True)
    return first or _refused(text, "no_country")


def _judge(text: str, region: str | None) -> Number:
    try:
        number = phonenumbers.parse(text, region, keep_raw_input=True)
    except NumberParseException as error:
        return _refused(text, _PARSE_REASONS[error.error_type])
    e164 = f"+{number.country_code}{phonenumbers.national_significant_number(number)}"
    local = number.country_code_source == CountryCodeSource.FROM_DEFAULT_COUNTRY
    country_from = "region" if local else "number"
    country = phonenumbers.region_code_for_number(number)
    fictitious = fictitious_range(e164)
    kind = phonenumbers.number_type(number)
    if country is not None and kind != PhoneNumberType.UNKNOWN:
        line_type = LINE_TYPES[kind]
    elif fictitious >= 0:
        country, line_type = FICTITIOUS[fictitious].country, FICTITIOUS[fictitious].line_type
    else:
        return _refused(text, _length_reason(number))
    return Number(
        e164, e164, None if country == "001" else country, country_from, line_type, None,
        fictitious=fictitious >= 0, junk=is_junk(e164),
    )  # fmt: skip


_PARSE_REASONS: Final = {
    NumberParseException.INVALID_COUNTRY_CODE: "bad_country_code",
    NumberParseException.NOT_A_NUMBER: "not_a_number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
    NumberParseException.TOO_SHORT_NSN: "too_short",
    NumberParseException.TOO_LONG: "too_long",
}


def _length_reason(number: PhoneNumber) -> str:
    length = phonenumbers.is_possible_number_with_reason(number)
    if length == Length.TOO_LONG:
        return "too_long"
    if length in (Length.TOO_SHORT, Length.IS_POSSIBLE_LOCAL_ONLY, Length.INVALID_LENGTH):
        return "too_short"
    return "bad_country_code" if length == Length.INVALID_COUNTRY_CODE else "not_assigned"


def _refused(text: str, reason: str) -> Number:
    return Number(None, wide_key(text), None, "none", None, reason)


def wide_key(text: str) -> str | None:
    """The key of a text that is no valid number: its digits, with `+` where it has one; else the text itself."""
    digits = re.sub(r"\D", "", text)
    return ("+" if "+" in text else "") + digits if digits else " ".join(text.lower().split()) or None


def fictitious_range(e164: str) -> int:
    """The position in `FICTITIOUS` of the range that holds a number, or -1."""
    return next((at for at, pattern in enumerate(_FICTITIOUS) if pattern.fullmatch(e164)), -1)


_FICTITIOUS: Final = tuple(re.compile(item.pattern) for item in FICTITIOUS)


def is_junk(e164: str) -> bool:
    """Whether a number is one that people type to get past a form: one digit repeated, or a run.

    >>> is_junk("+919999999999"), is_junk("+12025550147")
    (True, False)
    """
    return e164[-8:] in _JUNK_TAILS


@lru_cache(maxsize=4_096)
def _mobile_plans(digits: int) -> tuple[tuple[str, str], ...]:
    """Regions in which a mobile number has this many digits without any prefix, with its pattern."""
    found = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        plan = PhoneMetadata.metadata_for_region(region)
        mobile = plan.mobile if plan is not None else None
        if mobile is not None and mobile.national_number_pattern and digits in mobile.possible_length:
            found.append((region, str(mobile.national_number_pattern)))
    return tuple(found)


def _is_mobile_elsewhere(digits: str, country: str | None) -> bool:
    """Whether digits that read well after a `+` are also a whole mobile number of another country:
    13012345678 is Maryland, and a mobile number of China.
    """
    plans = _mobile_plans(len(digits))
    return any(region != country and compiled(pattern).fullmatch(digits) for region, pattern in plans)


def _are_mobile_elsewhere(digits: pa.StringArray, country: pa.StringArray) -> Mask:
    """`_is_mobile_elsewhere` of columns."""
    found = np.zeros(len(digits), dtype=np.bool_)
    lengths = pc.binary_length(digits).to_numpy()
    for length in np.unique(lengths).tolist():
        for region, pattern in _mobile_plans(length):
            rows = np.flatnonzero((lengths == length) & ~found)
            rows = rows[~mask(pc.equal(country.take(pa.array(rows)), region))]
            found[rows] = matches(pattern, digits.take(pa.array(rows)))
    return found


def normalise(raw: pa.Array | pa.ChunkedArray, region: pa.Array | pa.ChunkedArray | None = None) -> pa.RecordBatch:
    """Canonical forms of a column of numbers, one per cell; `region` (ISO alpha-2, null if unknown) as long as `raw`.

    Columns: `point` (E.164, null where invalid), `point_key` (the same; for an invalid number its digits), `valid`,
    `reason` (a key of `REASONS`), `country` (ISO alpha-2, null for none or for a number of no country),
    `country_from` (`number`, `region` or `none`), `line_type` (a value of `LINE_TYPES`) and `flags` (of `FLAGS`).
    """
    values = strings(raw)
    if region is None:
        return _read(values, in_region(None, len(values)))
    return _read(values, _known_regions(strings(region)))


_PLAIN: Final = r"^'?(?:p:)?[ (]*\+?[0-9(][0-9 ().\-/]*$"
_PLAIN_DIGITS: Final = (7, 15)
_DIGITS: Final = byte_class("0123456789")
_PLUS: Final = byte_class("+")


def _read(raw: pa.StringArray, region: pa.DictionaryArray) -> pa.RecordBatch:
    """Plain numbers row by row, since most are there once; all others once for each distinct text and region."""
    count = len(raw)
    digits = only_bytes(raw, _DIGITS)
    lengths = pc.binary_length(digits).fill_null(0).to_numpy()
    plus = has_byte(raw, _PLUS)
    # A float that lost its number: 4930123456.0 is for the careful path.
    plain = mask(pc.match_substring_regex(raw, _PLAIN)) & ~mask(pc.ends_with(raw, ".0"))
    plain &= (lengths >= _PLAIN_DIGITS[0]) & (lengths <= _PLAIN_DIGITS[1])
    no_region = mask(pc.is_null(region))
    zeros = mask(pc.starts_with(digits, "00")) & ~plus
    zeros[zeros] = mask(pc.match_substring_regex(digits.filter(pa.array(zeros)), "^00[1-9]"))
    abroad = zeros & _dial_00(region)
    beyond = put(digits, abroad, pc.utf8_slice_codeunits(digits.filter(pa.array(abroad)), 2))
    guessable = ~plus & ~zeros & (lengths >= _LONG_ENOUGH_TO_GUESS) & ~mask(pc.starts_with(digits, "0"))

    parts: list[_Part] = []
    open_ = np.ones(count, dtype=np.bool_)

    def close(part: _Part) -> None:
        open_[part.rows] = False
        parts.append(part)

    # Numbers that say their country, or stand in a region that is known.
    rows = np.flatnonzero(plain & (plus | abroad | ~no_region))
    outside = (plus | abroad)[rows]
    found = settle(beyond.take(pa.array(rows)), outside, region.take(pa.array(rows)))
    close(_settled(rows, found, found.done))
    # Nothing else than this reading is possible for them: no `00` that may mean abroad, too short to guess.
    only = outside | ~(guessable | zeros)[rows]
    close(_refused_plain(rows[found.refused & only], "not_assigned", plus | abroad, beyond))
    close(_refused_plain(rows[found.too_long & only], "too_long", plus | abroad, beyond))
    close(_refused_plain(rows[found.too_short & only], "too_short", plus | abroad, beyond))

    # `00` where people dial something else, once it is sure that the number is none of the region.
    again = rows[found.invalid & (zeros & ~abroad)[rows]]
    chosen = pc.utf8_slice_codeunits(digits.take(pa.array(again)), 2)
    found = settle(chosen, np.ones(len(again), dtype=np.bool_), in_region(None, len(again)))
    close(_settled(again, found, found.done))

    # Without region and without a country code nothing shorter than an international number can be guessed.
    blind = plain & ~plus & ~zeros & no_region
    close(_refused_plain(np.flatnonzero(blind & ~guessable), "no_country", plus, digits))
    rows = np.flatnonzero(blind & guessable)
    chosen = digits.take(pa.array(rows))
    found = settle(chosen, np.ones(len(rows), dtype=np.bool_), in_region(None, len(rows)))
    guessed = found.done.copy()
    good = pa.array(guessed)
    guessed[guessed] = ~_are_mobile_elsewhere(chosen.filter(good), found.country.filter(good))
    close(_settled(rows, found, guessed, guessed=True))
    close(_refused_plain(rows[(found.done | found.invalid) & ~guessed], "no_country", plus, digits))

    slow = np.flatnonzero(open_)
    parts.append(_judged_part(slow, raw.take(pa.array(slow)), region.take(pa.array(slow))))
    return _together(parts, count)


class _Part(NamedTuple):
    """Some rows of a column of numbers with all that is said of them."""

    rows: Codes
    point: pa.Array
    key: pa.Array
    reason: pa.Array
    country: pa.Array
    country_from: pa.Array
    line_type: pa.Array
    flags: tuple[Mask, Mask, Mask, Mask]


def _settled(rows: Codes, found: Settled, done: Mask, *, guessed: bool = False) -> _Part:
    chosen = pa.array(done)
    e164 = found.e164.filter(chosen)
    none = np.zeros(len(e164), dtype=np.bool_)
    junk = mask(pc.is_in(pc.utf8_slice_codeunits(e164, -8), value_set=column(_JUNK_TAILS)))
    return _Part(
        rows[done], e164, e164, pa.nulls(len(e164), pa.string()), found.country.filter(chosen),
        found.country_from.filter(chosen), found.line_type.filter(chosen),
        (none | guessed, found.fictitious[done], none, junk),
    )  # fmt: skip


def _refused_plain(rows: Codes, reason: str, international: Mask, digits: pa.StringArray) -> _Part:
    """Plain numbers that are refused; the key is as of `wide_key`, with a `+` where they say their country."""
    at, nothing, none = pa.array(rows), pa.nulls(len(rows), pa.string()), np.zeros(len(rows), dtype=np.bool_)
    key = pc.binary_join_element_wise(pc.if_else(pa.array(international[rows]), "+", ""), digits.take(at), "")
    return _Part(
        rows, nothing, key, column([reason] * len(rows)), nothing, column(["none"] * len(rows)), nothing,
        (none, none, none, none),
    )  # fmt: skip


_SAYS_ITS_COUNTRY: Final = r"^[\s'p:]*\+"


def _judged_part(rows: Codes, raw: pa.StringArray, region: pa.DictionaryArray) -> _Part:
    """Numbers that only phonenumbers can judge, each distinct one once."""
    # A number that says its country itself is the same in every region: fewer distinct pairs.
    own = pc.match_substring_regex(raw, _SAYS_ITS_COUNTRY)
    regions = pc.if_else(own.fill_null(True), "", strings(region).fill_null(""))
    pairs, codes = distinct(pc.binary_join_element_wise(regions, raw, "\x1f"))
    judged = [_one(pair) for pair in pairs.to_pylist()]
    places = codes.to_numpy()

    def flag(name: str) -> Mask:
        found: Mask = np.array([getattr(item, name) for item in judged], dtype=np.bool_)[places]
        return found

    def text(name: str) -> pa.Array:
        return column([getattr(item, name) for item in judged]).take(codes)

    return _Part(
        rows, text("e164"), text("key"), text("reason"), text("country"), text("country_from"), text("line_type"),
        (flag("guessed"), flag("fictitious"), flag("extension"), flag("junk")),
    )  # fmt: skip


def _together(parts: list[_Part], count: int) -> pa.RecordBatch:
    """The rows of all parts in their order."""
    order = np.empty(count, dtype=np.int64)
    order[np.concatenate([part.rows for part in parts])] = np.arange(count)
    back = pa.array(order)

    def whole(name: str) -> pa.Array:
        return pa.concat_arrays([getattr(part, name) for part in parts]).take(back)

    point = whole("point")
    flags = {name: np.concatenate([part.flags[at] for part in parts])[order] for at, name in enumerate(FLAGS)}
    return batch(
        {
            "point": point,
            "point_key": whole("key"),
            "valid": pc.is_valid(point),
            "reason": whole("reason"),
            "country": whole("country"),
            "country_from": whole("country_from").fill_null("none"),
            "line_type": whole("line_type"),
            "flags": flag_lists(flags),
        }
    )


def _known_regions(values: pa.StringArray) -> pa.DictionaryArray:
    """The regions that phonenumbers knows, null for all others."""
    written, codes = distinct(values)
    known = column([known_region(value) for value in written.to_pylist()]).dictionary_encode()
    return pa.DictionaryArray.from_arrays(known.indices.take(codes), known.dictionary)


def _dial_00(regions: pa.DictionaryArray) -> Mask:
    known = np.array([*(dials_00(value) for value in regions.dictionary.to_pylist()), dials_00(None)], dtype=np.bool_)
    return np.asarray(known[regions.indices.fill_null(len(known) - 1).to_numpy()], dtype=np.bool_)


def _one(pair: str | None) -> Number:
    region, _, raw = (pair or "\x1f").partition("\x1f")
    text, extension, reason = cleaned(raw)
    if reason is not None:
        key = text.lower() if reason == "scientific_notation" else wide_key(text)
        return Number(None, key, None, "none", None, reason)
    return judge(text, known_region(region))._replace(extension=extension)
