"""Match features as numbers: every record gets a dense number, every comparable value a 64-bit code.

Words: a *code* is a 64-bit hash of a comparison form, 0 where there is none; equal codes stand for equal values.
A *name* here is one distinct spelling (first, last, all tokens) with its own code, `nid`. What a record *holds* are
its exact keys: e-mail addresses, numbers, accounts, customer numbers; and its handle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.records import MATCH_FEATURES
from audiencevault.resolution.codes import Codes, codes, combined, dates, endings, enumerated, mailbox_codes, order_of

EMAIL, PHONE, ACCOUNT, IDENTIFIER, HANDLE = 1, 2, 3, 4, 5
"""Kinds of what a record holds; a handle is no exact key."""

Texts = dict[str, pa.Array]
Source: TypeAlias = pa.Table | str
"""MATCH_FEATURES: a table or the name of a relation."""
Flags = npt.NDArray[np.bool_]
Order = npt.NDArray[np.int64] | None
"""The row of each record number; None where rows are in the order of their numbers."""

NAME_TEXTS: Final = ("first_key", "last_key", "name_key", "nick_key", "nick_roots")
PLACE_TEXTS: Final = ("birthday_key", "company_key", "street_key", "postcode_key", "city_key")
SHOWN_TEXTS: Final = ("display_name", "first", "last")

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


def _organisations(text: Texts) -> Texts:
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


def _respelled(part: str, shown: Texts, text: Texts, key: Codes) -> tuple[npt.NDArray[np.int32], pa.Array, Flags]:
    """First or last names as mailboxes spell them: the place of each row's in a column of different ones, and which of
    these differ from their comparison forms, whose codes are `key`.
    """
    written = codes(shown[part])
    number, first = enumerated(combined(1, *(np.where(code == 0, 1, code) for code in (written, key))))
    written, key = (column.take(pa.array(first)) for column in (shown[part], text[f"{part}_key"]))
    written = pc.utf8_lower(written)
    for sign, letters in UMLAUTS.items():
        written = pc.replace_substring(written, sign, letters)
    written = pc.if_else(pc.fill_null(pc.string_is_ascii(written), False), written, key)
    return number - 1, written, np.asarray(pc.fill_null(pc.not_equal(written, key), False)).astype(np.bool_)


def _shown(engine: Engine, shown: Texts, text: Texts, coded: Mapping[str, npt.NDArray[Any]]) -> Texts:
    """`first_shown` and `last_shown`, as mailboxes spell them, of names whose comparison forms do not: `yekaterina`
    beside `ekaterina`, `mueller` beside `muller`; null for all others.
    """
    names = ("first", "last")
    found = engine.together([partial(_respelled, part, shown, text, coded[part]) for part in names])
    same = ~np.logical_or.reduce([differs[place] for place, _, differs in found])
    return {
        f"{part}_shown": written.take(pa.array(place, mask=same))
        for part, (place, written, _) in zip(names, found, strict=True)
    }


def _roots(column: pa.Array) -> pa.Array:
    """The roots of nicknames that have several; one is the nickname's own."""
    return pc.if_else(pc.fill_null(pc.match_substring(column, " "), False), column, None)


def _coded(engine: Engine, text: Texts, display_name: pa.Array) -> dict[str, npt.NDArray[Any]]:
    """The numbers of records (CODED, `born` and `lossy`), row by row."""
    first_key, nick_key, birthday_key = text["first_key"], text["nick_key"], text["birthday_key"]
    asked: dict[str, Callable[[], npt.NDArray[Any]]] = {
        **{name: partial(codes, text[f"{name}_key"]) for name in ("first", "last", "name", "company", "street")},
        **{name: partial(codes, text[f"{name}_key"]) for name in ("postcode", "city", "birthday")},
        "word": partial(codes, first_key, until=" "),
        "letter": partial(codes, first_key, until=" ", most=1),
        "nick": partial(codes, nick_key),
        "nick_letter": partial(codes, nick_key, most=1),
        "born": partial(dates, birthday_key),
        "lossy": partial(_lossy, display_name),
    }
    found = dict(zip(asked, engine.together(list(asked.values())), strict=True))
    first, last, name = (found[part] for part in ("first", "last", "name"))
    # One name alone is all of it, whatever spaces are in it.
    word = np.where(first == name, first, found.pop("word"))
    nicked = np.asarray(nick_key.is_valid())
    found["given"] = np.where(nicked, found.pop("nick"), word)
    found["initial"] = np.where(nicked, found.pop("nick_letter"), found.pop("letter"))
    place = np.where(found["postcode"] != 0, found["postcode"], found["city"])
    either = [np.where(part == 0, 1, part) for part in (first, last, name)]
    found["home"], nid = engine.together([partial(combined, 2, found["street"], place), partial(combined, 1, *either)])
    nid[(first == 0) & (last == 0) & (name == 0)] = 0
    found["nid"] = nid
    return found


def _numbered(engine: Engine, features: Source, order: Order, *, texts: bool) -> pa.Table:
    """`resolve_numbered` in the order of the numbers; builds `resolve_names`."""
    text = _columns(engine, features, (*NAME_TEXTS, *PLACE_TEXTS))
    text |= _organisations(text)
    shown = _columns(engine, features, SHOWN_TEXTS)
    coded = _coded(engine, text, shown.pop("display_name"))
    respelled = _shown(engine, shown, text, coded)
    del shown
    if order is not None:
        coded = {name: values[order] for name, values in coded.items()}
    named = {name: text[name] for name in NAME_TEXTS}
    engine.read("resolve_names", _names(engine, coded, named, order))
    kept = {**respelled, "street_key": text["street_key"]}
    if texts:
        kept |= {**named, "nick_roots": _roots(named["nick_roots"])}
    if order is not None:
        kept = {name: column.take(pa.array(order)) for name, column in kept.items()}
    columns = {"rid": pa.array(np.arange(len(coded["nid"]))), **{n: pa.array(v) for n, v in coded.items()}, **kept}
    schema = pa.schema([field for field in NUMBERED_SCHEMA if field.name in columns])
    return pa.table([columns[field.name] for field in schema], schema=schema)


def _names(engine: Engine, coded: Mapping[str, npt.NDArray[Any]], text: Texts, order: Order) -> pa.Table:
    """Every name that a record has, ascending by `nid`: its texts as its first record has them, how many `records` have
    it, and how many have its first and its last name. `coded` is by record number, `text` by row.
    """
    number, first = enumerated(coded["nid"])
    ascending = np.argsort(coded["nid"][first])
    first = first[ascending]
    records = np.bincount(number, minlength=len(first) + 1)[1:][ascending]
    rows = pa.array(first if order is None else order[first])
    texts = engine.together([partial(text[name].take, rows) for name in NAME_TEXTS])
    columns = {"nid": coded["nid"][first], **dict(zip(NAME_TEXTS, texts, strict=True))}
    columns["nick_roots"] = _roots(columns["nick_roots"])
    columns |= {name: coded[name][first] for name in ("first", "last", "lossy")} | {"records": records}
    for part in ("first", "last"):
        part_number, begun = enumerated(columns[part])
        count = np.bincount(part_number, weights=records, minlength=len(begun) + 1).astype(np.int64)
        # Whoever has none shares it with nobody.
        count[0] = 0
        columns[f"{part}_n"] = count[part_number]
    return pa.table(columns)


def register_names(engine: Engine) -> None:
    """Build `resolve_names` from a `resolve_numbered` that is in the order of its numbers."""
    table = engine.table("resolve_numbered")
    coded = {name: table[name].to_numpy() for name in ("nid", "first", "last", "lossy")}
    text = {name: _whole(table[name], pa.string()) for name in NAME_TEXTS}
    engine.read("resolve_names", _names(engine, coded, text, None))


KEYS: Final = {
    "email_keys": EMAIL, "typo_keys": EMAIL, "handle_key": HANDLE, "phone_keys": PHONE, "account_keys": ACCOUNT,
    "identifier_keys": IDENTIFIER,
}  # fmt: skip
"""A key that an e-mail address was probably meant to have counts as one that it has."""

FOLLOWER_LISTS: Final = ("followers", "friends", "close_friends", "subscribers", "connections")
"""Sources in which the platform itself names the person's account, so that two names are two accounts."""

HELD_SCHEMA: Final = pa.schema([
    ("rid", pa.int64()), ("kind", pa.int8()), ("key", pa.int64()), ("value", pa.string()), ("shared", pa.int8()),
    ("loose", pa.int64()), ("stem", pa.int64()), ("prefix", pa.int64()), ("suffix", pa.int64()),
    ("listed", pa.int8()),
])  # fmt: skip
"""`loose` is the code of a mailbox without its domain and signs, of a handle, of the end of a number; `stem` that of
the mailbox or handle without the digits at its end, `prefix` and `suffix` those of its first and last four letters;
`listed` says of an account that the platform's own list of followers named it."""


def _flat(column: pa.Array) -> tuple[Codes, pa.Array]:
    """The rows and values of a column of lists or of texts, without nulls and blanks."""
    parents, values = pa.array(np.arange(len(column))), column
    if pa.types.is_list(column.type):
        parents, values = pc.list_parent_indices(column), column.flatten()
    good = pc.fill_null(pc.greater(pc.binary_length(values), 0), False)
    if good.false_count:
        parents, values = parents.filter(good), values.filter(good)
    return parents.to_numpy().astype(np.int64, copy=False), values


def _listed(sources: pa.Array, accounts: pa.Array) -> npt.NDArray[np.int8]:
    """1 for accounts (`instagram:ida.falk`) of records from a list of the same platform (`instagram.followers`)."""
    sources = pc.fill_null(sources, "").dictionary_encode()
    names = sources.dictionary
    kind = pc.replace_substring_regex(names, ".*[.]", "")
    place = codes(pc.if_else(pc.is_in(kind, value_set=pa.array(FOLLOWER_LISTS)), names, None), until=".")
    platform = codes(accounts, until=":")
    found: npt.NDArray[np.bool_] = (platform != 0) & (platform == place[sources.indices.to_numpy()])
    return found.astype(np.int8)


def _shared(parent: Codes, plain: Codes, known: tuple[Codes, Codes]) -> npt.NDArray[np.int8]:
    """1 for keys of rows of which it is `known` that they share them; either are rows and codes."""
    some = np.zeros(max(parent.max(initial=0), known[0].max(initial=0)) + 1, np.bool_)
    some[known[0]] = True
    rows = np.flatnonzero(some[parent])
    found = np.zeros(len(parent), np.int8)
    found[rows] = np.isin(combined(4, parent[rows] + 1, plain[rows]), combined(4, known[0] + 1, known[1]))
    return found


def _held(engine: Engine, features: Source, order: Order) -> pa.Table:
    """`resolve_held`: one row per key held, those of one kind in a row."""
    column = _columns(engine, features, ("source", *KEYS, "shared_keys"))
    source, (sharing, shared) = column.pop("source"), _flat(column.pop("shared_keys"))
    flat = engine.together([partial(_flat, column.pop(name)) for name in KEYS])
    kind = np.repeat(np.array(list(KEYS.values()), np.int8), [len(values) for _, values in flat])
    parent, value = np.concatenate([rows for rows, _ in flat]), pa.concat_arrays([values for _, values in flat])
    del flat
    boxes, phones = np.count_nonzero((kind == EMAIL) | (kind == HANDLE)), np.flatnonzero(kind == PHONE)
    accounts = np.flatnonzero(kind == ACCOUNT)
    asked: list[Callable[[], Any]] = [
        partial(mailbox_codes, value.slice(0, boxes)),
        partial(codes, value),
        partial(endings, value.slice(boxes, len(phones))),
        partial(_listed, source.take(pa.array(parent[accounts])), value.take(pa.array(accounts))),
    ]
    mailboxes, plain, ends, listed = engine.together(asked)
    found: dict[str, npt.NDArray[Any]] = {"kind": kind, "key": combined(16 + kind.astype(np.int64), plain)}
    found["shared"] = _shared(parent, plain, (sharing, codes(shared)))
    for name, made in zip(("loose", "stem", "prefix", "suffix"), mailboxes, strict=True):
        found[name] = np.zeros(len(value), np.int64)
        found[name][:boxes] = made
    found["loose"][phones] = ends
    found["listed"] = np.zeros(len(value), np.int8)
    found["listed"][accounts] = listed
    if order is not None:
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        parent = rank[parent]
    columns = {"rid": pa.array(parent), "value": value, **{name: pa.array(numbers) for name, numbers in found.items()}}
    return pa.table([columns[name] for name in HELD_SCHEMA.names], HELD_SCHEMA)


def _whole(column: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    """A column in one piece; not a copy where it is in one."""
    return (column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()).cast(kind)


def _columns(engine: Engine, features: Source, names: tuple[str, ...]) -> dict[str, pa.Array]:
    """Some columns of MATCH_FEATURES, each in one piece."""
    table = features.select(names) if isinstance(features, pa.Table) else engine.table(features, names)
    columns = engine.together([partial(_whole, table[name], MATCH_FEATURES.field(name).type) for name in names])
    return dict(zip(names, columns, strict=True))


def register(engine: Engine, features: Source, *, texts: bool = True) -> int:
    """Build `resolve_ids`, `resolve_numbered`, `resolve_names` and `resolve_held` from a table or the relation
    `features`; returns its number of records. Without `texts`, `resolve_numbered` lacks NAME_TEXTS.
    """
    ids = _columns(engine, features, ("record_id",))["record_id"]
    # Numbers follow the order of the ids, so that the order of arrival cannot matter.
    order = order_of(ids)
    ids = ids if order is None else ids.take(pa.array(order))
    engine.read("resolve_ids", pa.table({"record_id": ids, "rid": pa.array(np.arange(len(ids)))}))
    engine.read("resolve_numbered", _numbered(engine, features, order, texts=texts))
    engine.read("resolve_held", _held(engine, features, order))
    return len(ids)
