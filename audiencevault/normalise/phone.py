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
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import CountryCodeSource, NumberParseException, PhoneNumber, PhoneNumberType
from phonenumbers import ValidationResult as Length

from audiencevault.normalise import phone_book
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
    text_buffers,
    text_column,
)
from audiencevault.normalise.phone_plan import (
    KINDS,
    LINES,
    PLACES,
    REGIONS,
    Settled,
    compiled,
    country_code,
    dials_00,
    in_region,
    matches,
    mobile_plans,
    settle,
)
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

UNREAD: Final = ("no_country", "too_long", "too_short", "not_assigned")
"""Why a number that is good where its holder lives may be refused: it was read as of another country, or of none."""

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
_JUNK_NUMBERS: Final = np.array([int(tail) for tail in _JUNK_TAILS], dtype=np.int64)
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


def _is_mobile_elsewhere(digits: str, country: str | None) -> bool:
    """Whether digits that read well after a `+` are also a whole mobile number of another country:
    13012345678 is Maryland, and a mobile number of China.
    """
    plans = mobile_plans(len(digits))
    return any(region != country and compiled(pattern).fullmatch(digits) for region, pattern in plans)


def _are_mobile_elsewhere(digits: pa.StringArray, country: npt.NDArray[np.int16]) -> Mask:
    """`_is_mobile_elsewhere` of columns; countries by their places in `REGIONS`."""
    found = np.zeros(len(digits), dtype=np.bool_)
    lengths = pc.binary_length(digits).to_numpy()
    for length in np.unique(lengths).tolist():
        for region, pattern in mobile_plans(length):
            rows = np.flatnonzero((lengths == length) & ~found & (country != PLACES[region]))
            found[rows] = matches(pattern, digits.take(pa.array(rows)))
    return found


class Said(NamedTuple):
    """What is said of some numbers: their keys, and as one number each the place of the reason in `REASONS` from 1 on
    (4 bits, 0 where valid), of the way to the country in `_WAYS` (2), of the kind of line in `LINES` (4), `FLAGS` (a
    bit each), and the place of the country in `REGIONS` from 1 on.
    """

    key: pa.StringArray
    codes: Codes

    @property
    def reason(self) -> Codes:
        """The places of the reasons."""
        return self.codes & 15

    def has(self, *flags: str) -> Mask:
        """Which numbers have one of some `FLAGS`."""
        return (self.codes & sum(1 << _FLAGS_AT + FLAGS.index(flag) for flag in flags)).astype(np.bool_)

    @property
    def unread(self) -> Mask:
        """Which numbers are refused for one of the reasons `UNREAD`."""
        return np.asarray(_IS_UNREAD[self.reason], dtype=np.bool_)


_WAYS: Final = ("none", "number", "region")
_WAY_AT, _LINE_AT, _FLAGS_AT, _COUNTRY_AT = 4, 6, 10, 14
_IS_UNREAD: Final = np.array([reason in UNREAD for reason in (None, *REASONS)])
_REASON: Final = {reason: place for place, reason in enumerate((None, *REASONS))}


def normalise(raw: pa.Array | pa.ChunkedArray, region: pa.Array | pa.ChunkedArray | None = None) -> pa.RecordBatch:
    """Canonical forms of a column of numbers, one per cell; `region` (ISO alpha-2, null if unknown) as long as `raw`.

    Columns: `point` (E.164, null where invalid), `point_key` (the same; for an invalid number its digits), `valid`,
    `reason` (a key of `REASONS`), `country` (ISO alpha-2, null for none or for a number of no country),
    `country_from` (`number`, `region` or `none`), `line_type` (a value of `LINE_TYPES`) and `flags` (of `FLAGS`).
    """
    said = read(raw, region)
    valid = pa.array(said.reason == 0)

    def named(names: Sequence[str | None], codes: Codes) -> pa.Array:
        return column(names).take(pa.array(codes))

    return batch(
        {
            "point": pc.if_else(valid, said.key, pa.scalar(None, pa.string())),
            "point_key": said.key,
            "valid": valid,
            "reason": named((None, *REASONS), said.reason),
            "country": named((None, *REGIONS), said.codes >> _COUNTRY_AT),
            "country_from": named(_WAYS, said.codes >> _WAY_AT & 3),
            "line_type": named((None, *LINES[1:]), said.codes >> _LINE_AT & 15),
            "flags": flag_lists({flag: said.has(flag) for flag in FLAGS}),
        }
    )


def read(raw: pa.Array | pa.ChunkedArray, region: pa.Array | pa.ChunkedArray | None = None) -> Said:
    """What `normalise` says, in short."""
    values = strings(raw)
    regions = in_region(None, len(values)) if region is None else _known_regions(strings(region))
    if phone_book.KERNELS is None:
        return _read(values, regions)
    said = _read_compiled(phone_book.KERNELS, values, regions)
    open_ = said.codes < 0
    if not open_.any():
        return said
    chosen = pa.array(open_)
    others = _judged(values.filter(chosen), regions.filter(chosen))
    said.codes[open_] = others.codes
    return Said(put(said.key, open_, others.key), said.codes)


def _read_compiled(library: Any, raw: pa.StringArray, region: pa.DictionaryArray) -> Said:
    """What can be said of plain numbers at once; the codes of all others are below 0."""
    known = region.indices.fill_null(-1).to_numpy().astype(np.int32)
    numbers, sizes, heads, guesses = library.scanned(*text_buffers(raw), known)
    if raw.null_count:
        sizes[mask(raw.is_null())] = 0
    present = {country_code(f"{head:03}") for head in np.flatnonzero(heads).tolist()} - {0}
    homes, lengths = region.dictionary.to_pylist(), np.flatnonzero(guesses).tolist()
    book = phone_book.book(tuple(sorted(present)), tuple(homes), tuple(lengths))
    codes, written, bounds = library.Reader(book).read(numbers, sizes, known, _JUNK_NUMBERS)
    return Said(text_column(written, bounds), codes)


_PLAIN: Final = r"^'?(?:p:)?[ (]*\+?[0-9(][0-9 ().\-/]*$"
_PLAIN_DIGITS: Final = (7, 15)
_DIGITS: Final = byte_class("0123456789")
_PLUS: Final = byte_class("+")


def _read(raw: pa.StringArray, region: pa.DictionaryArray) -> Said:
    """Plain numbers row by row, since most are there once; all others once for each distinct text and region."""
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

    codes = np.full(len(raw), -1, dtype=np.int64)
    places: list[Codes] = []
    written: list[pa.Array] = []

    def settled(rows: Codes, found: Settled, done: Mask, *, guessed: bool = False) -> None:
        chosen, way = found.country[done].astype(np.int64), np.where(found.carried[done], 1, 2)
        said = way << _WAY_AT | found.kind[done].astype(np.int64) << _LINE_AT | chosen + 1 << _COUNTRY_AT
        codes[rows[done]] = said | found.fictitious[done].astype(np.int64) << _FLAGS_AT + 1 | guessed << _FLAGS_AT
        places.append(rows[done])
        written.append(found.e164.filter(pa.array(done)))

    def refused(rows: Codes, reason: str, international: Mask, digits: pa.StringArray) -> None:
        """The key is as of `wide_key`, with a `+` where numbers say their country."""
        codes[rows] = _REASON[reason]
        places.append(rows)
        signs = pc.if_else(pa.array(international[rows]), "+", "")
        written.append(pc.binary_join_element_wise(signs, digits.take(pa.array(rows)), ""))

    # Numbers that say their country, or stand in a region that is known.
    rows = np.flatnonzero(plain & (plus | abroad | ~no_region))
    outside = (plus | abroad)[rows]
    found = settle(beyond.take(pa.array(rows)), outside, region.take(pa.array(rows)))
    settled(rows, found, found.done)
    # Nothing else than this reading is possible for them: no `00` that may mean abroad, too short to guess.
    only = outside | ~(guessable | zeros)[rows]
    refused(rows[found.refused & only], "not_assigned", plus | abroad, beyond)
    refused(rows[found.too_long & only], "too_long", plus | abroad, beyond)
    refused(rows[found.too_short & only], "too_short", plus | abroad, beyond)

    # `00` where people dial something else, once it is sure that the number is none of the region.
    again = rows[found.invalid & (zeros & ~abroad)[rows]]
    chosen = pc.utf8_slice_codeunits(digits.take(pa.array(again)), 2)
    found = settle(chosen, np.ones(len(again), dtype=np.bool_), in_region(None, len(again)))
    settled(again, found, found.done)

    # Without region and without a country code nothing shorter than an international number can be guessed.
    blind = plain & ~plus & ~zeros & no_region
    refused(np.flatnonzero(blind & ~guessable), "no_country", plus, digits)
    rows = np.flatnonzero(blind & guessable)
    chosen = digits.take(pa.array(rows))
    found = settle(chosen, np.ones(len(rows), dtype=np.bool_), in_region(None, len(rows)))
    guessed = found.done.copy()
    guessed[guessed] = ~_are_mobile_elsewhere(chosen.filter(pa.array(guessed)), found.country[guessed])
    settled(rows, found, guessed, guessed=True)
    refused(rows[(found.done | found.invalid) & ~guessed], "no_country", plus, digits)

    slow = np.flatnonzero(codes < 0)
    judged = _judged(raw.take(pa.array(slow)), region.take(pa.array(slow)))
    codes[slow] = judged.codes
    order = np.empty(len(raw), dtype=np.int64)
    order[np.concatenate([*places, slow])] = np.arange(len(raw))
    key = pa.concat_arrays([*written, judged.key]).take(pa.array(order))
    junk = (codes & 15 == 0) & mask(pc.is_in(pc.utf8_slice_codeunits(key, -8), value_set=column(_JUNK_TAILS)))
    return Said(key, codes | junk.astype(np.int64) << _FLAGS_AT + 3)


_SAYS_ITS_COUNTRY: Final = r"^[\s'p:]*\+"


def _judged(raw: pa.StringArray, region: pa.DictionaryArray) -> Said:
    """Numbers that only phonenumbers can judge, each distinct one once."""
    # A number that says its country itself is the same in every region: fewer distinct pairs.
    own = pc.match_substring_regex(raw, _SAYS_ITS_COUNTRY)
    regions = pc.if_else(own.fill_null(True), "", strings(region).fill_null(""))
    pairs, places = distinct(pc.binary_join_element_wise(regions, raw, "\x1f"))
    judged = [_one(pair) for pair in pairs.to_pylist()]
    codes = np.array([_code(item) for item in judged], dtype=np.int64)[places.to_numpy()]
    return Said(column([item.key for item in judged]).take(places), codes)


def _code(number: Number) -> int:
    """See `Said`."""
    flags = (number.guessed, number.fictitious, number.extension, number.junk)
    return (
        _REASON[number.reason]
        | _WAYS.index(number.country_from) << _WAY_AT
        | KINDS[number.line_type or ""] << _LINE_AT
        | sum(flag << place for place, flag in enumerate(flags)) << _FLAGS_AT
        | (PLACES[number.country] + 1 if number.country else 0) << _COUNTRY_AT
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
