"""Match features as numbers: every record gets a dense number, every comparable value a 64-bit code.

Words: a *code* is a 64-bit hash of a comparison form, 0 where there is none; equal codes stand for equal values.
A *name* here is one distinct spelling (first, last, all tokens) with its own code, `nid`. What a record *holds* are
its exact keys: e-mail addresses, numbers, accounts, customer numbers; and its handle.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.resolution.codes import Codes, MailboxCodes, codes, combined, dates, endings, mailbox_codes

EMAIL, PHONE, ACCOUNT, IDENTIFIER, HANDLE = 1, 2, 3, 4, 5
"""Kinds of what a record holds; a handle is no exact key."""

IDS: Final = "SELECT record_id, row_number() OVER (ORDER BY record_id) - 1 AS rid FROM {features}"
"""Numbers follow the order of the ids, so that the order of arrival cannot matter."""

NAME_TEXTS: Final = ("first_key", "last_key", "name_key", "nick_key", "nick_roots")
PLACE_TEXTS: Final = ("birthday_key", "company_key", "street_key", "postcode_key", "city_key")

TEXTS: Final = f"""
SELECT i.rid, f.display_name, f.first, f.last, {", ".join(f"f.{name}" for name in (*NAME_TEXTS, *PLACE_TEXTS))}
FROM {{features}} f JOIN resolve_ids i ON i.record_id = f.record_id
"""

CODED: Final = ("nid", "first", "last", "name", "given", "birthday", "company", "street", "home", "postcode", "city",
                "initial")  # fmt: skip
"""`given` is the root of a nickname or the first of several given names, `initial` its first letter, `home` the street
with its place."""

NUMBERED_SCHEMA: Final = pa.schema(
    [("rid", pa.int64())]
    + [(name, pa.int64()) for name in CODED]
    + [("born", pa.int64()), ("lossy", pa.int8())]
    + [(name, pa.string()) for name in NAME_TEXTS]
    + [("first_shown", pa.string()), ("last_shown", pa.string()), ("street_key", pa.string())]
)


UMLAUTS: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa"}
LOSSY_SCRIPTS: Final = r"[\p{Han}\p{Hebrew}\p{Arabic}\p{Thai}]"
"""Scripts that write no vowels, or characters with several readings: their Latin form is one guess of several."""


def _lossy(column: pa.Array) -> npt.NDArray[np.int8]:
    """1 for names written in one of `LOSSY_SCRIPTS`."""
    found = np.zeros(len(column), np.int8)
    other = np.flatnonzero(~np.asarray(pc.fill_null(pc.string_is_ascii(column), True)))
    if len(other):
        found[other] = np.asarray(pc.match_substring_regex(column.take(pa.array(other)), LOSSY_SCRIPTS))
    return found


def _organisations(text: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """The name columns with the company in them where no person is named: an organisation's record."""
    nobody = pc.and_(
        pc.and_(pc.is_null(text["first_key"]), pc.is_null(text["last_key"])),
        pc.and_(pc.is_null(text["name_key"]), pc.is_valid(text["company_key"])),
    )
    if not pc.any(nobody).as_py():
        return {}
    named = {
        name: pc.if_else(nobody, text["company_key"], text[name]) for name in ("first_key", "last_key", "name_key")
    }
    # Its company is its name, so it is not evidence beside the name.
    return {**named, "company_key": pc.if_else(nobody, None, text["company_key"])}


def _respelled(batch: pa.RecordBatch, text: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """First and last name as mailboxes spell them, for names whose comparison forms do not: `yekaterina` beside
    `ekaterina`, `mueller` beside `muller`; null for all others.
    """
    shown = {}
    other = np.zeros(batch.num_rows, dtype=np.bool_)
    for part in ("first", "last"):
        written = pc.utf8_lower(batch.column(part).cast(pa.string()))
        plain = pc.fill_null(pc.string_is_ascii(written), True)
        umlauts = written.filter(pc.invert(plain))
        for sign, letters in UMLAUTS.items():
            umlauts = pc.replace_substring(umlauts, sign, letters)
        written = pc.replace_with_mask(written, pc.invert(plain), umlauts)
        shown[part] = pc.if_else(pc.fill_null(pc.string_is_ascii(written), False), written, text[f"{part}_key"])
        other |= np.asarray(pc.fill_null(pc.not_equal(shown[part], text[f"{part}_key"]), False))
    return {f"{part}_shown": pc.if_else(pa.array(other), column, None) for part, column in shown.items()}


def numbered(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: the texts of records → their codes (NUMBERED_SCHEMA), row by row."""
    text = {name: batch.column(name).cast(pa.string()) for name in (*NAME_TEXTS, *PLACE_TEXTS)}
    text |= _organisations(text)
    # One root is the nickname's own: only several are kept.
    several = pc.fill_null(pc.match_substring(text["nick_roots"], " "), False)
    text["nick_roots"] = pc.if_else(several, text["nick_roots"], None)
    first, last, name = codes(text["first_key"]), codes(text["last_key"]), codes(text["name_key"])
    nid = combined(1, *(np.where(part == 0, 1, part) for part in (first, last, name)))
    nid[(first == 0) & (last == 0) & (name == 0)] = 0
    spaced = pc.fill_null(pc.match_substring(text["first_key"], " "), False)
    firm = pc.equal(text["first_key"], text["name_key"])
    spaced = pc.and_(spaced, pc.invert(pc.fill_null(firm, False)))
    lone = pc.if_else(spaced, pc.replace_substring_regex(text["first_key"], " .*", ""), text["first_key"])
    root = pc.coalesce(text["nick_key"], lone)
    given, initial = codes(root), codes(pc.utf8_slice_codeunits(root, 0, 1))
    city, postcode, street = (codes(text[column]) for column in ("city_key", "postcode_key", "street_key"))
    coded = {
        "nid": nid, "first": first, "last": last, "name": name, "given": given, "initial": initial,
        "birthday": codes(text["birthday_key"]), "company": codes(text["company_key"]), "street": street,
        "home": combined(2, street, np.where(postcode != 0, postcode, city)), "postcode": postcode, "city": city,
        "born": dates(text["birthday_key"]), "lossy": _lossy(batch.column("display_name").cast(pa.string())),
    }  # fmt: skip
    text |= _respelled(batch, text)
    columns = {"rid": batch.column("rid").cast(pa.int64()), **{key: pa.array(value) for key, value in coded.items()}}
    return pa.RecordBatch.from_arrays(
        [columns[field.name] if field.name in columns else text[field.name] for field in NUMBERED_SCHEMA],
        schema=NUMBERED_SCHEMA,
    )


NAMES: Final = """
SELECT n.nid, r.first_key, r.last_key, r.name_key, r.nick_key, r.nick_roots, r.first, r.last, r.lossy, n.records,
       coalesce(f.records, 0) AS first_n, coalesce(l.records, 0) AS last_n
FROM (SELECT nid, min(rid) AS rid, count(*) AS records FROM resolve_numbered WHERE nid <> 0 GROUP BY nid) n
JOIN resolve_numbered r ON r.rid = n.rid
LEFT JOIN (SELECT first, count(*) AS records FROM resolve_numbered WHERE first <> 0 GROUP BY first) f
  ON f.first = r.first
LEFT JOIN (SELECT last, count(*) AS records FROM resolve_numbered WHERE last <> 0 GROUP BY last) l
  ON l.last = r.last
"""

LISTS: Final = ("email_keys", "typo_keys", "phone_keys", "account_keys", "identifier_keys")
LISTED_KINDS: Final = (EMAIL, EMAIL, PHONE, ACCOUNT, IDENTIFIER)
"""A key that an e-mail address was probably meant to have counts as one that it has."""

FOLLOWER_LISTS: Final = ("followers", "friends", "close_friends", "subscribers", "connections")
"""Sources in which the platform itself names the person's account, so that two names are two accounts."""

HELD_TEXTS: Final = f"""
SELECT i.rid, f.source, {", ".join(f"f.{name}" for name in (*LISTS, "shared_keys", "handle_key"))}
FROM {{features}} f JOIN resolve_ids i ON i.record_id = f.record_id
"""

HELD_SCHEMA: Final = pa.schema([
    ("rid", pa.int64()), ("kind", pa.int8()), ("key", pa.int64()), ("value", pa.string()), ("shared", pa.int8()),
    ("loose", pa.int64()), ("stem", pa.int64()), ("prefix", pa.int64()), ("suffix", pa.int64()),
    ("listed", pa.int8()),
])  # fmt: skip
"""`loose` is the code of a mailbox without its domain and signs, of a handle, of the end of a number; `stem` that of
the mailbox or handle without the digits at its end, `prefix` and `suffix` those of its first and last four letters;
`listed` says of an account that the platform's own list of followers named it."""


def _flat(batch: pa.RecordBatch, name: str) -> tuple[Codes, pa.Array]:
    """The rows and values of a list column, without nulls and blanks."""
    lists = batch.column(name)
    parents = pc.list_parent_indices(lists).to_numpy().astype(np.int64)
    values = lists.flatten().cast(pa.string())
    good = pc.fill_null(pc.greater(pc.binary_length(values), 0), False)
    return parents[np.asarray(good)], values.filter(good)


def _listed(sources: pa.Array, accounts: pa.Array) -> npt.NDArray[np.int8]:
    """1 for accounts (`instagram:ida.falk`) of records from a list of the same platform (`instagram.followers`)."""
    platform = pc.replace_substring_regex(accounts, ":.*", "")
    place = pc.replace_substring_regex(sources, "[.].*", "")
    kind = pc.replace_substring_regex(sources, ".*[.]", "")
    found = pc.and_(pc.equal(platform, place), pc.is_in(kind, value_set=pa.array(FOLLOWER_LISTS)))
    return np.asarray(found).astype(np.int8)


def held(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: the lists of records → one row per key held (HELD_SCHEMA)."""
    rid = batch.column("rid").cast(pa.int64()).to_numpy()
    source = pc.fill_null(batch.column("source").cast(pa.string()), "")
    known = _flat(batch, "shared_keys")
    parts = [(kind, *_flat(batch, name)) for name, kind in zip(LISTS, LISTED_KINDS, strict=True)]
    handles = batch.column("handle_key").cast(pa.string())
    present = pc.fill_null(pc.greater(pc.binary_length(handles), 0), False)
    parts.append((HANDLE, np.flatnonzero(np.asarray(present)), handles.filter(present)))
    shared_at = combined(4, known[0] + 1, codes(known[1])) if len(known[0]) else np.zeros(0, np.int64)
    rows: list[pa.RecordBatch] = []
    for kind, parent, values in parts:
        if not len(values):
            continue
        plain = codes(values)
        empty = np.zeros(len(values), np.int64)
        made = MailboxCodes(empty, empty, empty, empty)
        if kind in (EMAIL, HANDLE):
            made = mailbox_codes(values)
        elif kind == PHONE:
            made = MailboxCodes(endings(values), empty, empty, empty)
        listed = _listed(source.take(pa.array(parent)), values) if kind == ACCOUNT else empty.astype(np.int8)
        shared = np.isin(combined(4, parent + 1, plain), shared_at) if len(shared_at) else np.zeros(len(values), bool)
        rows.append(
            pa.RecordBatch.from_arrays(
                [
                    pa.array(rid[parent]), pa.array(np.full(len(values), kind, np.int8)),
                    pa.array(combined(16 + kind, plain)), values, pa.array(shared.astype(np.int8)),
                    pa.array(made.whole), pa.array(made.stem), pa.array(made.prefix), pa.array(made.suffix),
                    pa.array(listed),
                ],
                schema=HELD_SCHEMA,
            )
        )  # fmt: skip
    return pa.Table.from_batches(rows, HELD_SCHEMA).combine_chunks().to_batches()[0] if rows else _NOTHING


_NOTHING: Final = pa.RecordBatch.from_arrays([pa.nulls(0, f.type) for f in HELD_SCHEMA], schema=HELD_SCHEMA)


def register(engine: Engine, features: str) -> int:
    """Build `resolve_ids`, `resolve_numbered`, `resolve_names` and `resolve_held` from the relation `features`;
    returns its number of records.
    """
    rows = engine.sql("resolve_ids", IDS.format(features=features))
    engine.map("resolve_numbered", TEXTS.format(features=features), numbered, NUMBERED_SCHEMA)
    engine.sql("resolve_names", NAMES)
    engine.map("resolve_held", HELD_TEXTS.format(features=features), held, HELD_SCHEMA)
    return rows
