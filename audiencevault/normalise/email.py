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
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, validate_email

from audiencevault.normalise import mail_domains as facts
from audiencevault.normalise.columns import (
    MUCH_TEXT,
    VISIBLE,
    Mask,
    batch,
    column,
    distinct,
    flag_lists,
    mask,
    merge,
    put,
    strings,
)
from audiencevault.normalise.mail_typos import meant

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
    canonical: str
    dotless: bool
    plus: bool
    disposable: bool
    relay: bool
    junk: bool
    typo: bool
    numbered: bool


@lru_cache(maxsize=65_536)
def _domain(ascii_domain: str) -> _Domain:
    slip = meant(ascii_domain)
    parts = ascii_domain.split(".")
    suffixes = {".".join(parts[start:]) for start in range(len(parts) - 1)}
    return _Domain(
        canonical=facts.ONE_MAILBOX.get(ascii_domain, ascii_domain),
        dotless=ascii_domain in facts.DOTLESS,
        plus=ascii_domain in facts.PLUS_TAGS,
        disposable=slip is None and not suffixes.isdisjoint(blocklist),
        relay=not suffixes.isdisjoint(facts.RELAY) or ascii_domain.startswith(facts.RELAY_PREFIXES),
        junk=ascii_domain in facts.JUNK_DOMAINS,
        typo=slip is not None,
        numbered=ascii_domain in facts.NUMBERED,
    )


def _is_plain_domain(domain: str) -> bool:
    return "--" not in domain and domain.lower().rpartition(".")[2] not in facts.SPECIAL_USE


def normalise(raw: pa.Array | pa.ChunkedArray) -> pa.RecordBatch:
    """Canonical forms of a column of addresses, one per cell.

    Columns, as long as `raw`: `point` (null where invalid), `point_key` (never null except for an empty cell; for an
    invalid address the cleaned text), `valid`, `reason` (a key of `REASONS`, null where valid) and `flags` (a list of
    `FLAGS`). Pure; no network.
    """
    values, codes = distinct(raw)
    return _distinct(values).take(codes)


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


def _distinct(values: pa.StringArray) -> pa.RecordBatch:
    trimmed = pc.utf8_trim_whitespace(values)
    plain = mask(
        pc.and_(pc.match_substring_regex(trimmed, _PLAIN), pc.less_equal(pc.binary_length(trimmed), _PLAIN_BYTES))
    )
    parts = pc.split_pattern(trimmed.filter(pa.array(plain)), "@").flatten()
    split = np.arange(0, len(parts), 2)
    locals_, domains = parts.take(pa.array(split)), parts.take(pa.array(split + 1)).dictionary_encode()
    settled = np.array([_is_plain_domain(domain) for domain in domains.dictionary.to_pylist()], dtype=np.bool_)
    easy = settled[domains.indices.to_numpy()] if len(domains) else np.zeros(0, dtype=np.bool_)
    lower = pc.ascii_lower(domains.dictionary).take(domains.indices)
    plain[plain] = easy

    rest = trimmed.filter(pa.array(~plain)).to_pylist()
    texts = [cleaned(text) if text else "" for text in rest]
    judged = [judge(text) for text in texts]
    keep = pa.array(easy)
    lower = lower.filter(keep)
    local = merge(plain, locals_.filter(keep), column([item.local for item in judged]))
    domain = merge(plain, lower, column([item.domain for item in judged]))
    ascii_domain = merge(plain, lower, column([item.ascii_domain for item in judged]))
    reason = merge(plain, pa.nulls(len(lower), pa.string()), column([item.reason for item in judged]))
    valid = mask(pc.is_null(reason))

    key, flags = _keys_and_flags(local, ascii_domain, valid)
    invalid_keys = column([wide_key(text) or None for text, item in zip(texts, judged, strict=True) if item.reason])
    return batch(
        {
            "point": pc.binary_join_element_wise(local, domain, "@"),
            "point_key": put(key, ~valid, invalid_keys),
            "valid": pa.array(valid),
            "reason": reason,
            "flags": flags,
        }
    )


def _keys_and_flags(local: pa.Array, ascii_domain: pa.Array, valid: Mask) -> tuple[pa.Array, pa.Array]:
    encoded = ascii_domain.dictionary_encode()
    known = [_domain(name) for name in encoded.dictionary.to_pylist()]
    unknown = _Domain("", False, False, False, False, False, False, False)
    table, codes = [*known, unknown], encoded.indices.fill_null(len(known)).to_numpy()

    def fact(name: str) -> Mask:
        picked: Mask = np.array([getattr(item, name) for item in table], dtype=np.bool_)[codes]
        return picked

    lower = strings(pc.utf8_lower(local))
    if not pc.all(pc.string_is_ascii(lower)).as_py():
        lower = pc.utf8_normalize(lower, form="NFC")
    # A tag needs a name before it: "+news@gmail.com" has none.
    untagged = pc.replace_substring_regex(lower, r"^([^+]+)\+.*$", r"\1")
    base = pc.if_else(pa.array(fact("plus")), untagged, lower)
    dotless = fact("dotless")
    base = pc.if_else(pa.array(dotless), pc.replace_substring(base, ".", ""), base)
    canonical = column([item.canonical for item in table]).take(pa.array(codes))
    key = pc.binary_join_element_wise(base, canonical, "@")

    names = column(sorted(facts.ROLE_NAMES))
    role = pc.or_(
        pc.is_in(untagged, value_set=names),
        pc.is_in(pc.replace_substring_regex(untagged, _ROLE_TAIL, ""), value_set=names),
    )
    junk = pc.is_in(untagged, value_set=column(sorted(facts.JUNK_NAMES)))
    junk = mask(junk) & ~(fact("numbered") & mask(pc.match_substring_regex(untagged, "^[0-9]+$")))
    flags = flag_lists(
        {
            "role": mask(role) & valid,
            "disposable": fact("disposable") & valid,
            "relay": fact("relay") & valid,
            "junk": (junk | fact("junk")) & valid & ~fact("relay"),
            "typo": fact("typo") & valid,
        }
    )
    return key, flags
