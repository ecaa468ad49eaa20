"""E-mail addresses: the form to send to, the wide key to compare, and why an address cannot be used.

Words: the *point* is the address as the person wrote it with the domain in lower case; the *point key* is the form in
which the writings of one mailbox are equal: lower case, NFC, ASCII domain, Gmail dots and documented plus tags
removed. A *role* mailbox is read by a function, a *relay* address forwards to a hidden mailbox, a *disposable* one
lives for minutes, *junk* is what people type to get past a form, a *typo* is a near miss of a big
provider's domain.

Plain ASCII addresses are settled in columns; email-validator (without network) judges all others.
A property test proves that both give the same answer.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, validate_email

from audiencevault.engine.compiled import kernels
from audiencevault.normalise import mail_domains as facts
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
    put,
    strings,
    text_buffers,
    text_column,
)
from audiencevault.normalise.mail_typos import meant

KERNELS = kernels("audiencevault.normalise.mail_kernels")

REASONS: Final = {
    "empty": "There is no e-mail address in the cell.",
    "no_at": "The cell holds no @, so it is not an e-mail address.",
    "several_at": "The address has more than one @.",
    "missing_part": "There is nothing before or nothing after the @.",
    "blank_inside": "There is a blank inside the address, and more than one way to read it.",
    "dots": "A dot stands at the start or end of a part, or two dots stand together.",
    "bad_local": "The part before the @ has a character that is not allowed there.",
    "bad_domain": "The part after the @ is not a possible domain name.",
    "no_top_level_domain": "The domain has no ending such as .com.",
    "special_use": "The domain is reserved and no mail can reach it.",
    "quoted": "The part before the @ is in quotation marks, which almost no receiver accepts.",
    "ip_literal": "The part after the @ is a network address in brackets, not a domain.",
    "too_long": "The address is longer than mail allows (64 before the @, 254 in all).",
}
"""Why an address is not valid, as a sentence for people."""

FLAGS: Final = ("role", "disposable", "relay", "junk", "typo")

_ATEXT: Final = r"A-Za-z0-9_!#$%&'*+\-/=?^`{|}~"
_PLAIN: Final = (
    rf"^[A-Za-z0-9_][{_ATEXT}]*(?:\.[{_ATEXT}]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$"
)
_PLAIN_BYTES: Final = 64
"""Below this length of the whole address no limit of any part can be broken."""

_ROLE_TAIL: Final = r"(?:[\-._](?:[a-z]{2,3}|[0-9]{1,4})|[0-9]{1,4})$"
_DISPLAY: Final = re.compile(r"<([^<>]*@[^<>]*)>")
_AROUND: Final = " \t\r\n,;:.<>()[]{}\"'`“”„‘’«»‹›…|\\/"
_BLANKS: Final = re.compile(r"\s+")
_BLANKS_AT_JOINT: Final = re.compile(r"\s*([@.])\s*")


class Address(NamedTuple):
    """One judged address: `local@domain` to send to, `ascii_domain` for the key; or the reason why not."""

    local: str | None
    domain: str | None
    ascii_domain: str | None
    reason: str | None


def cleaned(raw: str) -> str:
    """The address inside a cell: invisible characters, `mailto:`, display name, stray punctuation removed.

    >>> cleaned(" Ida Falk <Ida@Example.com>; ")
    'Ida@Example.com'
    """
    text = raw[:MUCH_TEXT].translate(VISIBLE).strip()
    shown = _DISPLAY.search(text)
    if shown:
        text = shown.group(1).strip()
    if text[:7].lower() == "mailto:":
        text = text[7:].split("?", 1)[0]
    text = text.lstrip(_AROUND).rstrip(_AROUND) if '"' not in text.strip(_AROUND) else text
    if text.count("@") != 1 or not _BLANKS.search(text):
        return text
    for token in re.split(r"[\s,;|]+", text):
        if "." in token.partition("@")[2] and (
            text.startswith(token) or text[: text.index(token)].rstrip()[-1:] in ":,;|-"
        ):
            return token.strip(_AROUND)
    return _BLANKS_AT_JOINT.sub(r"\1", text)


def judge(text: str) -> Address:
    """Whether a cleaned address is valid, by email-validator; the one place that calls it."""
    if not text:
        return Address(None, None, None, "empty")
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError:
        return Address(None, None, None, _reason(text))
    if "." not in found.ascii_domain:
        return Address(None, None, None, "no_top_level_domain")
    written = text.rpartition("@")[2]
    domain = written.lower() if written.isascii() else found.domain
    # Not found.local_part: it lower-cases a few names (Info@), and the point is what the person wrote.
    local = unicodedata.normalize("NFC", text.rpartition("@")[0])
    return Address(local, domain, found.ascii_domain.lower(), None)


def _reason(text: str) -> str:
    """The reason code of an address that email-validator refuses, most helpful first."""
    local, at, domain = text.rpartition("@")
    if not at:
        return "no_at"
    if not local or not domain:
        return "missing_part"
    if local.startswith('"'):
        return "quoted"
    if "@" in local:
        return "several_at"
    if domain.startswith("["):
        return "ip_literal"
    if _BLANKS.search(text):
        return "blank_inside"
    if len(local) > 64 or len(text.encode()) > 254:
        return "too_long"
    if ".." in text or local[0] == "." or local[-1] == "." or domain[0] == "." or domain[-1] == ".":
        return "dots"
    if domain.lower().rpartition(".")[2] in facts.SPECIAL_USE:
        return "special_use"
    try:
        validate_email(f"{local}@example.com", check_deliverability=False, strict=True)
    except EmailNotValidError:
        return "bad_local"
    return "no_top_level_domain" if "." not in domain else "bad_domain"


def wide_key(text: str) -> str:
    """The key of a text that is no valid address: so that a "no" said about it is not lost."""
    return unicodedata.normalize("NFC", _BLANKS.sub("", text).lower())


class _Domain(NamedTuple):
    """What is known of a domain: `flags` and what it does with names, a bit each; whether its mailboxes are numbers;
    whether addresses there can be settled in columns.
    """

    canonical: str
    flags: int
    traits: int
    numbered: bool
    plain: bool


@lru_cache(maxsize=65_536)
def _domain(ascii_domain: str) -> _Domain:
    slip = meant(ascii_domain)
    parts = ascii_domain.split(".")
    suffixes = {".".join(parts[start:]) for start in range(len(parts) - 1)}
    flags = {
        "disposable": slip is None and not suffixes.isdisjoint(blocklist),
        "relay": not suffixes.isdisjoint(facts.RELAY) or ascii_domain.startswith(facts.RELAY_PREFIXES),
        "junk": ascii_domain in facts.JUNK_DOMAINS,
        "typo": slip is not None,
    }
    traits = _WITHOUT_TAG * (ascii_domain in facts.PLUS_TAGS) | _WITHOUT_DOTS * (ascii_domain in facts.DOTLESS)
    return _Domain(
        facts.ONE_MAILBOX.get(ascii_domain, ascii_domain), sum(_BIT[flag] for flag in flags if flags[flag]), traits,
        ascii_domain in facts.NUMBERED, "--" not in ascii_domain and parts[-1] not in facts.SPECIAL_USE,
    )  # fmt: skip


_BIT: Final = {flag: 1 << place for place, flag in enumerate(FLAGS)}
_REASON: Final = {reason: place for place, reason in enumerate((None, *REASONS))}
_WITHOUT_TAG, _WITHOUT_DOTS = 1, 2
_PLUS, _DOT = byte_class("+"), byte_class(".")


class Mail(NamedTuple):
    """What is said of some addresses: their keys, the places of reasons in `REASONS` from 1 on (0 where valid), and
    their `FLAGS`, a bit each.
    """

    key: pa.StringArray
    reason: npt.NDArray[np.int8]
    flags: npt.NDArray[np.uint8]

    def has(self, *flags: str) -> Mask:
        """Which addresses have one of some `FLAGS`."""
        found: Mask = self.flags & np.uint8(sum(_BIT[flag] for flag in flags)) > 0
        return found

    @property
    def slips(self) -> Mask:
        """Which addresses may have a slip in the domain: a missing dot is one as well."""
        found: Mask = self.has("typo") | (self.reason == _REASON["no_top_level_domain"])
        return found


def normalise(raw: pa.Array | pa.ChunkedArray) -> pa.RecordBatch:
    """Canonical forms of a column of addresses, one per cell.

    Columns, as long as `raw`: `point` (null where invalid), `point_key` (never null except for an empty cell; for an
    invalid address the cleaned text), `valid`, `reason` (a key of `REASONS`, null where valid) and `flags` (a list of
    `FLAGS`). Pure; no network.
    """
    mail, point = _read(strings(raw), points=True)
    return batch(
        {
            "point": point,
            "point_key": mail.key,
            "valid": pa.array(mail.reason == 0),
            "reason": column([None, *REASONS]).take(pa.array(mail.reason)),
            "flags": flag_lists({flag: mail.has(flag) for flag in FLAGS}),
        }
    )


def read(raw: pa.Array | pa.ChunkedArray) -> Mail:
    """What `normalise` says without the points, in short."""
    return _read(strings(raw), points=False)[0]


def meant_keys(keys: pa.StringArray) -> pa.StringArray:
    """For each point key of an address the key that was probably meant, where its domain is a near miss of a big
    provider's; null elsewhere. A hint for comparing: nothing is sent to it.
    """
    domains, codes = distinct(pc.replace_substring_regex(keys, "^.*@", ""))
    known = column([meant(domain) if domain else None for domain in domains.to_pylist()]).take(codes)
    found = pc.is_valid(known)
    locals_ = pc.replace_substring_regex(keys.filter(found), "@[^@]*$", "")
    written = pc.binary_join_element_wise(locals_, known.filter(found), "@")
    return put(pa.nulls(len(keys), pa.string()), mask(found), normalise(written)["point_key"])


def _read(values: pa.StringArray, *, points: bool) -> tuple[Mail, pa.StringArray]:
    """What is said of addresses, and the points if they are wanted. Plain addresses row by row: most are there once, so
    that finding equal ones would cost more than it saves. All others once for each distinct text.
    """
    settle = _plain if KERNELS is None else partial(_plain_compiled, KERNELS)
    plain, mail, point = settle(values, points=points)
    if plain.all():
        return mail, point
    texts, again = distinct(pc.utf8_trim_whitespace(values.filter(pa.array(~plain))))
    others, shown = _judged([cleaned(text) if text else "" for text in texts.to_pylist()])
    mail.reason[~plain], mail.flags[~plain] = others.reason[again.to_numpy()], others.flags[again.to_numpy()]
    mail = mail._replace(key=put(mail.key, ~plain, others.key.take(again)))
    return mail, put(point, ~plain, shown.take(again)) if points else point


def _plain(values: pa.StringArray, *, points: bool) -> tuple[Mask, Mail, pa.StringArray]:
    """Which addresses are plain, what is said of these, and their points. For all others it means nothing."""
    trimmed = pc.utf8_trim_whitespace(values)
    plain = mask(
        pc.and_(pc.match_substring_regex(trimmed, _PLAIN), pc.less_equal(pc.binary_length(trimmed), _PLAIN_BYTES))
    )
    parts = pc.split_pattern(pc.if_else(pa.array(plain), trimmed, "@"), "@").flatten()
    split = np.arange(0, len(parts), 2)
    locals_, domains = parts.take(pa.array(split)), pc.ascii_lower(parts.take(pa.array(split + 1))).dictionary_encode()
    table, codes = [_domain(name) for name in domains.dictionary.to_pylist()], domains.indices.to_numpy()
    plain &= _facts([item.plain for item in table], codes).astype(np.bool_)
    point = pc.binary_join_element_wise(locals_, domains.dictionary_decode(), "@") if points else locals_
    return plain, _mail(locals_, table, codes), point


def _plain_compiled(library: Any, values: pa.StringArray, *, points: bool) -> tuple[Mask, Mail, pa.StringArray]:
    """`_plain` by kernels."""
    data, offsets = text_buffers(values)
    begins, ats, ends, codes, firsts = library.parts(data, offsets, _KINDS, _PLAIN_BYTES)
    places = zip(ats[firsts].tolist(), ends[firsts].tolist(), strict=True)
    names = [data[at + 1 : end].tobytes().decode("ascii").lower() for at, end in places]
    table = [_domain(name) for name in names]
    ats[_facts([item.plain for item in table], codes) == 0] = -1
    canonical = text_buffers(column([item.canonical for item in table]))
    traits = np.array([item.traits for item in table], dtype=np.uint8)
    key = text_column(*library.written(data, begins, ats, codes, *canonical, traits, False))
    rows, *names_of = library.odd(data, begins, ats, _odd_words(library))
    flags = _flags(rows, text_column(*names_of), table, codes)
    point = key
    if points:
        shown = text_buffers(column(names))
        point = text_column(*library.written(data, begins, ats, codes, *shown, np.zeros_like(traits), True))
    return ats >= 0, Mail(key, np.zeros(len(values), dtype=np.int8), flags), point


_KINDS: Final = np.array(
    [
        sum(
            bit
            for bit, chars in ((1, _ATEXT), (2, "A-Za-z0-9_"), (4, "A-Za-z0-9"), (8, "A-Za-z"))
            if re.fullmatch(f"[{chars}]", chr(code))
        )
        for code in range(256)
    ],
    dtype=np.uint8,
)
"""What a byte may be in `_PLAIN`: in a name, at its beginning, a letter or digit, a letter; a bit each."""


@lru_cache(maxsize=1)
def _odd_words(library: Any) -> Any:
    return library.marks(*text_buffers(column(sorted(facts.ROLE_NAMES | facts.JUNK_NAMES))))


def _facts(known: list[bool] | list[int], codes: Codes) -> npt.NDArray[np.uint8]:
    """For each row what is `known` of its domain, of which `codes` are the places; 0 where there are no domains."""
    return np.array(known or [0], dtype=np.uint8)[codes]


def _judged(texts: list[str]) -> tuple[Mail, pa.StringArray]:
    """What is said of cleaned texts, and the points."""
    judged = [judge(text) for text in texts]
    names = sorted({item.ascii_domain or "" for item in judged})
    places = {name: at for at, name in enumerate(names)}
    codes = np.array([places[item.ascii_domain or ""] for item in judged], dtype=np.int64)
    locals_ = column([item.local for item in judged])
    mail = _mail(locals_, [_domain(name) for name in names], codes)
    reason = np.array([_REASON[item.reason] for item in judged], dtype=np.int8)
    wide = [wide_key(text) or None for text, item in zip(texts, judged, strict=True) if item.reason]
    point = pc.binary_join_element_wise(locals_, column([item.domain for item in judged]), "@")
    return Mail(
        put(mail.key, reason > 0, column(wide)), reason, np.where(reason, 0, mail.flags).astype(np.uint8)
    ), point


def _mail(local: pa.StringArray, table: list[_Domain], codes: Codes) -> Mail:
    """What is said of valid addresses: `codes` are the places of their domains in `table`."""
    lower = pc.ascii_lower(local)
    if len(lower) and not pc.all(pc.string_is_ascii(lower)).as_py():
        lower = pc.utf8_normalize(strings(pc.utf8_lower(local)), form="NFC")
    traits = _facts([item.traits for item in table], codes)
    tagged = has_byte(lower, _PLUS)
    # A tag needs a name before it: "+news@gmail.com" has none.
    untagged = put(lower, tagged, pc.replace_substring_regex(lower.filter(pa.array(tagged)), r"^([^+]+)\+.*$", r"\1"))
    base = pc.if_else(pa.array(traits & _WITHOUT_TAG > 0), untagged, lower)
    dotless = (traits & _WITHOUT_DOTS > 0) & has_byte(base, _DOT)
    base = put(base, dotless, pc.replace_substring(base.filter(pa.array(dotless)), ".", ""))
    key = pc.binary_join_element_wise(base, column([item.canonical for item in table]).take(pa.array(codes)), "@")
    return Mail(key, np.zeros(len(codes), dtype=np.int8), _flags(np.arange(len(codes)), untagged, table, codes))


def _flags(rows: Codes, untagged: pa.StringArray, table: list[_Domain], codes: Codes) -> npt.NDArray[np.uint8]:
    """The flags of addresses, from their domains and, of some `rows`, their names without tags."""
    flags = _facts([item.flags for item in table], codes)
    role, junk = _of_nobody(untagged, _facts([item.numbered for item in table], codes[rows]).astype(np.bool_))
    flags[rows] |= role.astype(np.uint8) * np.uint8(_BIT["role"]) | junk.astype(np.uint8) * np.uint8(_BIT["junk"])
    relay = (flags & np.uint8(_BIT["relay"])).astype(np.bool_)
    flags[relay] &= np.uint8(~_BIT["junk"] & 0xFF)
    return flags


def _of_nobody(names: pa.StringArray, numbered: Mask) -> tuple[Mask, Mask]:
    """Which local parts without tags are role names, and which are junk."""
    known = column(sorted(facts.ROLE_NAMES))
    role = mask(
        pc.or_(
            pc.is_in(names, value_set=known),
            pc.is_in(pc.replace_substring_regex(names, _ROLE_TAIL, ""), value_set=known),
        )
    )
    named = mask(pc.is_in(names, value_set=column(sorted(facts.JUNK_NAMES))))
    return role, named & ~(numbered & mask(pc.match_substring_regex(names, "^[0-9]+$")))
