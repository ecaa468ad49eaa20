"""Match features: one row per record with everything that resolve may compare, in comparison form only.

Words: a *shared* key is one that is known not to belong to one person: a role mailbox, a disposable or junk address,
a number behind an extension.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.normalise import address, email, name
from audiencevault.normalise.columns import (
    MUCH_TEXT,
    Codes,
    Mask,
    byte_table,
    column,
    distinct,
    empty_lists,
    is_printable_ascii,
    mask,
    merge,
    put,
    strings,
    visible,
    words,
)
from audiencevault.normalise.name_texts import Endings
from audiencevault.normalise.place_keys import plain_key
from audiencevault.normalise.points import NO_KEYS, Keys, keys_by_kind
from audiencevault.normalise.readings import varied
from audiencevault.records import MATCH_FEATURES

_GENERATION_WORDS: Final = ("jr", "sr", "junior", "senior", "ii", "iii", "iv")
_GENERATION: Final = re.compile(rf"[\s,]({'|'.join(_GENERATION_WORDS)})\.?$")
_GENERATION_ENDINGS: Final = Endings(_GENERATION_WORDS)
_GENERATIONS: Final = {"junior": "jr", "senior": "sr"}

_YEARLESS: Final = re.compile(r"--?(\d{1,2})-?(\d{1,2})")
_ISO_DATE: Final = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*)?")
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NO_YEARS: Final = frozenset({"0000", "0001", "1604", "1900"})
"""Years that programs write where the person gave none: Apple writes 1604, spreadsheets 1900."""

# fmt: off
LEGAL_FORMS: Final = frozenset({
    "gmbh", "mbh", "ug", "ag", "kg", "ohg", "gbr", "ek", "ev", "eg", "kgaa", "co", "cie", "haftungsbeschrankt",
    "ltd", "limited", "llc", "llp", "lp", "plc", "inc", "incorporated", "corp", "corporation", "company", "pty", "pte",
    "sarl", "sas", "sasu", "sa", "eurl", "sci", "snc", "srl", "srls", "sapa", "sl", "slu", "sau", "lda", "ltda",
    "bv", "nv", "vof", "bvba", "ab", "hb", "as", "asa", "aps", "ivs", "oy", "oyj", "ou", "uab", "sia",
    "spzoo", "zoo", "sro", "doo", "dd", "kft", "zrt", "nyrt", "bt", "ooo", "oao", "zao", "pao", "ip", "tov",
    "epe", "ike", "eirl", "eireli", "sapi", "sab", "scs", "sca", "scarl", "scrl", "eood", "ood", "ead", "kda", "vos",
    "ks", "fzco", "fzc", "dmcc", "wll", "bsc", "kaisha", "kabushiki", "gaisha", "chusik", "hoesa",
    "sti", "anonim", "sirketi", "kk", "gk", "yk", "berhad", "bhd", "sdn", "pvt", "private", "holding", "group",
})
# fmt: on
"""Words and letters that say a company's legal form, dots removed; they are left out of its comparison key."""

_NATIVE_FORM: Final = re.compile(
    r"株式会社|有限会社|合同会社|[(（][株有][)）]|股份有限公司|有限责任公司|有限公司|주식회사|유한회사|[(（]주[)）]"
    r"|\b(?:ООО|ОАО|ЗАО|ПАО|АО|ИП|ТОВ|ТзОВ|ФОП|ЕООД|ООД)\b|בע[\"״']?מ|ذ\.?\s?م\.?\s?م\.?|ش\.?\s?م\.?\s?م\.?"
)
_MEXICAN: Final = re.compile(r"(?<=\w) s ?(?:a|de ?r ?l)(?: p ?i)? de c ?v$")
_SPELLED_FORM: Final = re.compile(r"(?<=\w) (?:sp(?:olka)?|spolka) z ?o ?o$")
_SPA: Final = re.compile(r"(?<=\w)[ ,]+S\.?p\.?A\.?$")
"""The Italian share company, by its capitals: a *Day Spa* is none."""
_JOINED_LETTERS: Final = re.compile(r"\b((?:[a-z] ){1,4}[a-z])\b(?= |$)")


@lru_cache(maxsize=65_536)
def company_key(text: str | None) -> str | None:
    """The comparison form of a company: words without legal form.

    >>> company_key("Falk & Söhne G.m.b.H."), company_key("Lumi S.r.l.")
    ('falk sohne', 'lumi')
    """
    written = (text or "")[:MUCH_TEXT]
    bare = written if written.isascii() else _NATIVE_FORM.sub(" ", written)
    words = plain_key(_SPA.sub("", bare)) or plain_key(written)
    words = _MEXICAN.sub("", _SPELLED_FORM.sub("", words))
    words = _JOINED_LETTERS.sub(lambda found: found.group(1).replace(" ", ""), words)
    kept = [word for at, word in enumerate(words.split()) if at == 0 or word not in LEGAL_FORMS]
    return " ".join(kept) or None


_LETTERS_OF_FORMS: Final = frozenset({"cv", "zo", "oo", "zoo", "spa"})
"""Words that end a legal form of several words, or may be one by their capitals."""
_COMPANY_BYTES: Final = byte_table("", left_out="'.")


def _companies(written: pa.StringArray) -> pa.StringArray:
    """`company_key` of a column; what is in ASCII and has nothing but words word by word."""
    values, codes = distinct(written)
    plain = is_printable_ascii(values)
    found = words(values.filter(pa.array(plain)), _COMPANY_BYTES)
    known = found.table.to_pylist()
    legal = np.array([word in LEGAL_FORMS for word in known], dtype=np.bool_)[found.codes]
    odd = np.array([word in _LETTERS_OF_FORMS for word in known], dtype=np.bool_)[found.codes]
    letter = np.array([len(word) == 1 for word in known], dtype=np.bool_)[found.codes]
    # Two letters in a row may be a form with blanks or dots inside.
    odd[1:] |= letter[1:] & letter[:-1]
    first = np.zeros(len(found.codes) + 1, dtype=np.bool_)
    first[found.firsts[:-1]] = True
    keys = found.joined(found.table, ~legal | first[:-1])
    before = np.append(0, np.cumsum(odd))
    settled = (before[found.firsts[1:]] == before[found.firsts[:-1]]) & (np.diff(found.firsts) > 0)
    plain[plain] = settled
    others = column([company_key(value) for value in values.filter(pa.array(~plain)).to_pylist()])
    return merge(plain, keys.filter(pa.array(settled)), others).take(codes)


@lru_cache(maxsize=65_536)
def birthday_key(text: str | None) -> str | None:
    """`YYYY-MM-DD`, or `--MM-DD` where the year is not known, or None for what is no date.

    >>> birthday_key("1990-06-15"), birthday_key("--0615"), birthday_key("1604-06-15")
    ('1990-06-15', '--06-15', '--06-15')
    """
    value = visible(text or "")
    whole = _ISO_DATE.fullmatch(value)
    short = _YEARLESS.fullmatch(value)
    if whole:
        year, month, day = whole.groups()
    elif short:
        year, month, day = "0000", *short.groups()
    else:
        return None
    if not 1 <= int(month) <= 12 or not 1 <= int(day) <= _DAYS[int(month) - 1]:
        return None
    tail = f"{int(month):02}-{int(day):02}"
    return f"--{tail}" if year in _NO_YEARS else f"{year}-{tail}"


_PLAIN_DATE: Final = (
    r"^[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|[12][0-9]))$"
)
_NO_YEAR: Final = "^(?:" + "|".join(sorted(_NO_YEARS)) + ")"


def _birthdays(written: pa.StringArray) -> pa.StringArray:
    """`birthday_key` of a column; whole dates that a program wrote stay as they are."""
    if written.null_count == len(written):
        return written
    values, codes = distinct(written)
    plain = mask(pc.match_substring_regex(values, _PLAIN_DATE)) & ~mask(pc.match_substring_regex(values, _NO_YEAR))
    others = column([birthday_key(value) for value in values.filter(pa.array(~plain)).to_pylist()])
    return merge(plain, values.filter(pa.array(plain)), others).take(codes)


@lru_cache(maxsize=65_536)
def handle_key(point: str | None) -> str | None:
    """The comparison form of an account: letters and digits of its handle; None for a bare number.

    >>> handle_key("instagram:ida.falk_"), handle_key("discord:80351110224678912")
    ('idafalk', None)
    """
    handle = plain_key((point or "").partition(":")[2]).replace(" ", "")
    return None if not handle or handle.isdigit() else handle


def unread_phone_keys(keys: pa.StringArray) -> pa.StringArray:
    """The keys of numbers of unknown country: their digits without the trunk prefix, behind `~`; null for junk.

    >>> unread_phone_keys(pa.array(["07700900001", "0000000000", "1234567890"])).to_pylist()
    ['~7700900001', None, None]
    """
    digits = pc.ascii_ltrim(keys, "0")
    good = mask(pc.match_substring_regex(digits, "^[1-9][0-9]{7,13}$")) & ~mask(pc.is_in(digits, value_set=_RUNS))
    good[good] = varied(digits.filter(pa.array(good)))
    return pc.if_else(pa.array(good), pc.binary_join_element_wise("~", digits, ""), pa.scalar(None, pa.string()))


_RUN: Final = "12345678901234"
_RUNS: Final = column(sorted({_RUN[at : at + size] for size in range(8, 15) for at in range(len(_RUN) - size + 1)}))


def _generations(records: pa.RecordBatch | pa.Table, names: pa.RecordBatch) -> dict[str, pa.Array]:
    """`last_key` without, and `name_key` with, the word that tells father from son (`jr`, `sr`, `iii`), whichever
    column it was written in.
    """
    written = [_or_null(records, field) for field in ("name_suffix", "last_name", "full_name")]
    ending = [_GENERATION_ENDINGS.are(written[0]), *(_GENERATION_ENDINGS.end(texts) for texts in written[1:])]
    rows = np.flatnonzero(np.logical_or.reduce(ending))
    if not len(rows):
        return {}
    last, whole = strings(names["last_key"]), strings(names["name_key"])
    chosen = pa.array(rows)
    sources = [
        pc.if_else(pa.array(ends[rows]), texts.take(chosen), "").to_pylist()
        for ends, texts in zip(ending, written, strict=True)
    ]
    lasts, wholes = [], []
    for at, (last_key, name_key) in enumerate(
        zip(last.take(chosen).to_pylist(), whole.take(chosen).to_pylist(), strict=True)
    ):
        found = [_GENERATION.search(f" {part[at]}".rstrip().lower()) for part in sources]
        word = next(match.group(1) for match in found if match is not None)
        word = _GENERATIONS.get(word, word)
        kept = _GENERATION.sub("", last_key or "")
        tokens = {_GENERATIONS.get(token, token) for token in (name_key or "").split()}
        # A mononym such as Junior is a name.
        lasts.append(kept or last_key)
        wholes.append(" ".join(sorted(tokens | {word})) if len(tokens - {word}) > 1 else name_key)
    at_marked = np.zeros(len(last), dtype=np.bool_)
    at_marked[rows] = True
    return {"last_key": put(last, at_marked, column(lasts)), "name_key": put(whole, at_marked, column(wholes))}


def match_features(
    records: pa.RecordBatch | pa.Table,
    points: pa.RecordBatch | pa.Table | Mapping[str, Keys],
    rows: Codes | None = None,
    countries: pa.StringArray | None = None,
) -> pa.RecordBatch:
    """MATCH_FEATURES of SOURCE_RECORDS, one row per record in their order; `points` are CONTACT_POINTS that hold at
    least these records' points, or just their keys by kind. `rows` says which record each point is of, where the
    caller knows it and all are of these records; `countries` are the records' countries as ISO alpha-2, where these
    are known.
    """
    ids = strings(records.column("record_id"))
    names, places = name.normalise(records), address.normalise(records, countries)
    if not isinstance(points, Mapping):
        if rows is None:
            place = pc.index_in(strings(points.column("record_id")), value_set=ids).fill_null(-1)
            rows = place.to_numpy().astype(np.int64)
        points = keys_by_kind(points, rows)
    keys = {kind: points.get(kind, NO_KEYS) for kind in ("email", "phone", "account")}
    keys["phone"] = _with_unread(keys["phone"])

    def lists(*kinds: str, shared: bool = False) -> pa.ListArray:
        rows, texts = [], []
        for kind in kinds:
            chosen = keys[kind].valid & keys[kind].shared if shared else keys[kind].valid
            rows.append(keys[kind].rows[chosen])
            texts.append(keys[kind].key if chosen.all() else keys[kind].key.filter(pa.array(chosen)))
        return _lists(np.concatenate(rows), pa.concat_arrays(texts), len(ids))

    accounts = lists("account")
    columns = {
        "record_id": ids,
        "source": _or_null(records, "source"),
        **{field: names[field] for field in names.schema.names if field != "flags"},
        **_generations(records, names),
        "email_keys": lists("email"),
        "typo_keys": _typo_keys(keys["email"], len(ids)),
        "phone_keys": lists("phone"),
        "account_keys": accounts,
        "shared_keys": lists("email", "phone", "account", shared=True),
        "handle_key": _handles(accounts),
        "company_key": _companies(_or_null(records, "company")),
        **{field: places[field] for field in ("street_key", "postcode_key", "city_key", "country")},
        "birthday_key": _birthdays(_or_null(records, "birthday")),
        "identifier_keys": empty_lists(len(ids)),
        "updated_at": _latest(records),
    }
    return pa.RecordBatch.from_arrays(
        [columns[field.name].cast(field.type) for field in MATCH_FEATURES], schema=MATCH_FEATURES
    )


def _with_unread(numbers: Keys) -> Keys:
    """Numbers of unknown country count by their digits."""
    unread = numbers.unread & ~numbers.shared
    if not unread.any():
        return numbers
    found = unread_phone_keys(numbers.key.filter(pa.array(unread)))
    valid = numbers.valid.copy()
    valid[unread] = mask(pc.is_valid(found))
    return numbers._replace(key=put(numbers.key, unread, found), valid=valid)


def _or_null(records: pa.RecordBatch | pa.Table, field: str) -> pa.StringArray:
    if field in records.schema.names:
        return strings(records.column(field))
    return pa.nulls(records.num_rows, pa.string())


def _latest(records: pa.RecordBatch | pa.Table) -> pa.Array:
    kind = MATCH_FEATURES.field("updated_at").type
    have = [name for name in ("last_seen_at", "observed_at", "first_seen_at") if name in records.schema.names]
    values = [records.column(name) for name in have]
    values = [item.combine_chunks() if isinstance(item, pa.ChunkedArray) else item for item in values]
    # Arrow compares no timestamps element by element, but their numbers.
    numbers = [item.cast(kind).cast(pa.int64()) for item in values]
    return pc.max_element_wise(*numbers, skip_nulls=True).cast(kind) if values else pa.nulls(records.num_rows, kind)


def _lists(rows: Codes, keys: pa.StringArray, count: int) -> pa.ListArray:
    """The distinct keys of each of `count` rows, sorted."""
    if len(rows) and (rows[1:] < rows[:-1]).any():
        order = np.argsort(rows, kind="stable")
        rows, keys = rows[order], keys.take(pa.array(order))
    beside = rows[1:] == rows[:-1]
    several = np.concatenate([beside, [False]]) | np.concatenate([[False], beside]) if len(rows) else beside
    if several.any():
        keys, rows = _sorted_apart(rows, keys, several)
    offsets = np.zeros(count + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows, minlength=count), out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), keys)


def _sorted_apart(rows: Codes, keys: pa.StringArray, several: Mask) -> tuple[pa.StringArray, Codes]:
    """`keys` and `rows` with the keys of rows that have several sorted and distinct."""
    encoded = keys.filter(pa.array(several)).dictionary_encode()
    ranks = np.empty(len(encoded.dictionary), dtype=np.int64)
    order = pc.sort_indices(encoded.dictionary)
    ranks[order.to_numpy()] = np.arange(len(ranks))
    pairs = np.unique(rows[several] * len(ranks) + ranks[encoded.indices.to_numpy()])
    whose = np.concatenate([rows[~several], pairs // len(ranks)])
    texts = pa.concat_arrays(
        [keys.filter(pa.array(~several)), encoded.dictionary.take(order).take(pa.array(pairs % len(ranks)))]
    )
    back = np.argsort(whose, kind="stable")
    return texts.take(pa.array(back)), whose[back]


def _typo_keys(mailboxes: Keys, count: int) -> pa.ListArray:
    """The keys that were meant by addresses with a slip in the domain, also where the slip is a missing dot."""
    slips = np.flatnonzero(mailboxes.slips & ~mailboxes.shared)
    meant = email.meant_keys(mailboxes.key.take(pa.array(slips)))
    good = mask(pc.is_valid(meant))
    return _lists(mailboxes.rows[slips[good]], meant.filter(pa.array(good)), count)


def _handles(accounts: pa.ListArray) -> pa.StringArray:
    """The first handle key of each row's sorted accounts that is not a bare number."""
    values, codes = distinct(accounts.flatten())
    plain = mask(pc.match_substring_regex(values, "^[a-z]+:[a-z0-9_.]+$"))
    handles = pc.replace_substring_regex(values.filter(pa.array(plain)), "^[a-z]+:|[_.]", "")
    settled = pc.if_else(pc.match_substring_regex(handles, "[a-z]"), handles, pa.scalar(None, pa.string()))
    others = column([handle_key(value) for value in values.filter(pa.array(~plain)).to_pylist()])
    keys = merge(plain, settled, others).take(codes)
    parent = pc.list_parent_indices(accounts).to_numpy()
    good = mask(pc.is_valid(keys))
    rows, first = np.unique(parent[good], return_index=True)
    place = np.full(len(accounts), -1, dtype=np.int64)
    place[rows] = np.nonzero(good)[0][first]
    return keys.take(pa.array(place, mask=place < 0))
