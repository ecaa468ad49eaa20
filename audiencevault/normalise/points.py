"""Contact points of records and events: cells split into single values, each normalised by its kind.

Words: a *cell* is what an importer found in one place and may hold several values (`a@x.org; b@x.org`); a *piece* is
one of them. The same splitting and the same canonical forms serve records and events, so that a "no" said in one
export meets the address in another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine.compiled import kernels
from audiencevault.normalise import RULE_VERSION, account, email, phone
from audiencevault.normalise.address import country_codes
from audiencevault.normalise.columns import (
    VISIBLE,
    Codes,
    Mask,
    batch,
    byte_class,
    column,
    distinct,
    empty_lists,
    has_byte,
    mask,
    merge,
    put,
    strings,
    text_buffers,
    text_bytes,
)
from audiencevault.normalise.place_keys import plain_key
from audiencevault.normalise.readings import readings_of
from audiencevault.records import CONTACT_POINTS

KERNELS = kernels("audiencevault.normalise.cell_kernels")

_LIST_MARKS: Final = re.compile(r"\s*(?:[,;|\n\r]+|:::)\s*")
_PHONE_MARKS: Final = re.compile(r"\s*(?:[;|\n\r]+|:::|,|\b(?:or|oder|ou|und|and|et|y|e|of|eller)\b)\s*", re.IGNORECASE)
_MAY_BE_SEVERAL: Final = r"[,;|\n\r]|:::|@.*\s.*@|\s(?i:or|oder|ou|und|and|et|y|e|of|eller)\s|\d{3}\s*/\s*[+\d(]"
"""What a cell with several values of any kind shows; only such cells are looked at one by one."""
_SMALLEST_NUMBER: Final = 6


def _weights(*groups: tuple[str, int], foreign: int) -> npt.NDArray[np.uint8]:
    found = np.zeros(256, dtype=np.uint8)
    found[0x80:] = foreign
    for chars, weight in groups:
        found[list(chars.encode("ascii"))] = weight
    return found


_ENOUGH: Final = {
    "email": (_weights(("@", 1), foreign=1), 2),
    "phone": (_weights(("0123456789", 1), foreign=1), 2 * _SMALLEST_NUMBER),
    "account": (_weights((";\n\r", 3), (":", 1), foreign=3), 3),
}
"""What the bytes of a cell of some kind weigh, and what a cell with several values weighs at least. Characters that are
not ASCII may stand for others.
"""
_MARKS: Final = byte_class(",;|\n\r:/@deoyDEOY")
"""Bytes of which a cell with several values of any kind has one."""
_NORMALISED: Final = (
    "point",
    "point_key",
    "valid",
    "reason",
    "country",
    "country_from",
    "line_type",
    "flags",
    "readings",
)


def pieces(kind: str, cell: str) -> list[str]:
    """The single values of a cell; a cell that holds one value is returned as it is.

    >>> pieces("email", "ida@example.com; tom@example.com")
    ['ida@example.com', 'tom@example.com']
    >>> pieces("phone", "030/23125123"), pieces("phone", "030 23125123 ::: 030 23125124")
    (['030/23125123'], ['030 23125123', '030 23125124'])
    """
    text = cell.translate(VISIBLE)
    if kind == "email":
        found = _emails(text)
    elif kind == "phone":
        found = _phones(text)
    elif kind == "account":
        found = _accounts(text)
    else:
        return [cell]
    return found if len(found) > 1 else [cell]


def _emails(text: str) -> list[str]:
    if text.count("@") < 2:
        return [text]
    shown = re.findall(r"<([^<>]*@[^<>]*)>", text)
    if len(shown) > 1:
        return shown
    parts = [part for part in _LIST_MARKS.split(text) if "@" in part]
    return [token for part in parts for token in (_by_blanks(part) if part.count("@") > 1 else [part])]


def _by_blanks(text: str) -> list[str]:
    tokens = text.split()
    return [token for token in tokens if "@" in token] if all(0 < t.find("@") < len(t) - 1 for t in tokens) else [text]


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)


def _phones(text: str) -> list[str]:
    if text.lower().startswith("tel:"):
        return [text]
    parts = [part for part in _PHONE_MARKS.split(text) if part.strip()]
    if len(parts) < 2 or sum(_digits(part) >= _SMALLEST_NUMBER for part in parts) < 2:
        parts = [text]
    found = []
    for part in parts:
        halves = [half.strip() for half in part.split("/")]
        whole = all(_digits(half) > _SMALLEST_NUMBER for half in halves)
        found.extend(halves if len(halves) > 1 and whole else [part.strip()])
    return [part for part in found if _digits(part) >= _SMALLEST_NUMBER] if len(found) > 1 else found


def _accounts(text: str) -> list[str]:
    platform, colon, rest = text.partition(":")
    parts = [part.strip() for part in re.split(r"[;\n\r]+|:::", rest) if part.strip()]
    return [f"{platform}{colon}{part}" for part in parts]


def _weighs_enough(kind: str, raw: pa.StringArray) -> Mask:
    """Which cells have so many bytes that count that they may hold several values of a kind."""
    weights, least = _ENOUGH[kind]
    if KERNELS is not None:
        return np.asarray(KERNELS.weighs(*text_buffers(raw), weights, least), dtype=np.uint8).view(np.bool_)
    offsets, data = text_bytes(raw)
    return np.asarray(np.diff(np.append(0, np.cumsum(weights[data], dtype=np.int64))[offsets]) >= least, dtype=np.bool_)


def _split(kind: pa.StringArray | str, raw: pa.StringArray) -> tuple[Codes, pa.StringArray]:
    """The pieces of all cells, of one kind or each of its own, in order, and for each the row that it came from."""
    several = np.zeros(len(raw), dtype=np.bool_)
    for name in _ENOUGH if not isinstance(kind, str) else (kind,):
        several |= _weighs_enough(name, raw) & (True if isinstance(kind, str) else mask(pc.equal(kind, name)))
    several[several] = has_byte(raw.filter(pa.array(several)), _MARKS)
    several[several] = mask(pc.match_substring_regex(raw.filter(pa.array(several)), _MAY_BE_SEVERAL))
    rows = np.arange(len(raw), dtype=np.int64)
    if not several.any():
        return rows, raw
    found: list[str] = []
    origin: list[int] = []
    chosen = pa.array(several)
    texts = raw.filter(chosen).to_pylist()
    kinds = [kind] * len(texts) if isinstance(kind, str) else kind.filter(chosen).to_pylist()
    for row, name, cell in zip(rows[several].tolist(), kinds, texts, strict=True):
        parts = pieces(name, cell)
        found.extend(parts)
        origin.extend([row] * len(parts))
    all_rows = np.concatenate([rows[~several], np.array(origin, dtype=np.int64)])
    whole = pa.concat_arrays([raw.filter(pa.array(~several)), column(found)])
    order = np.argsort(all_rows, kind="stable")
    return all_rows[order], whole.take(pa.array(order))


def _normalised(
    kind: pa.StringArray, raw: pa.StringArray, region: pa.StringArray, declared: pa.Array, readings: bool
) -> dict[str, pa.Array]:
    """The columns `_NORMALISED` of single values; `declared` says whether `region` is the record's own word."""
    rules: dict[str, Callable[[pa.Array], pa.RecordBatch]] = {
        "email": lambda chosen: email.normalise(raw.filter(chosen)),
        "phone": lambda chosen: _phones_read(
            raw.filter(chosen), region.filter(chosen), mask(declared.filter(chosen)), readings
        ),
        "account": lambda chosen: account.normalise(raw.filter(chosen)),
        "postal": lambda chosen: _postal(raw.filter(chosen)),
    }
    done = np.zeros(len(raw), dtype=np.bool_)
    parts: list[dict[str, pa.Array]] = []
    places: list[Codes] = []
    for name, rule in rules.items():
        here = mask(pc.equal(kind, name))
        if here.any():
            parts.append(_completed(rule(pa.array(here))))
            places.append(np.nonzero(here)[0])
            done |= here
    parts.append(_completed(_of_no_kind(raw.filter(pa.array(~done)))))
    places.append(np.nonzero(~done)[0])
    back = np.empty(len(raw), dtype=np.int64)
    back[np.concatenate(places)] = np.arange(len(raw))
    at = pa.array(back)
    return {name: pa.concat_arrays([part[name] for part in parts]).take(at) for name in _NORMALISED}


def _completed(found: pa.RecordBatch) -> dict[str, pa.Array]:
    """The columns `_NORMALISED`: what a kind does not say is null, `none` or an empty list."""
    rows = found.num_rows
    nothing = pa.nulls(rows, pa.string())
    have = {
        "country": nothing,
        "country_from": nothing.fill_null("none"),
        "line_type": nothing,
        "flags": empty_lists(rows),
        "readings": empty_lists(rows),
    }
    have.update({name: found.column(name) for name in found.schema.names})
    return {name: have[name] for name in _NORMALISED}


def _of_no_kind(texts: pa.StringArray) -> pa.RecordBatch:
    """Values of a kind that nobody here knows: kept as text, never valid."""
    key = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    key = pc.if_else(pc.equal(key, ""), pa.scalar(None, pa.string()), key)
    return batch(
        {
            "point": pa.nulls(len(texts), pa.string()),
            "point_key": key,
            "valid": pa.array(np.zeros(len(texts), dtype=np.bool_)),
            "reason": pc.if_else(pc.is_null(key), "empty", "unknown_kind"),
        }
    )


def _phones_read(raw: pa.StringArray, region: pa.StringArray, declared: Mask, readings: bool) -> pa.RecordBatch:
    found = phone.normalise(raw, region)
    flagged = _guess_flagged(found, declared)
    return flagged.append_column("readings", readings_of(found, raw, declared)) if readings else flagged


def _guess_flagged(found: pa.RecordBatch, declared: Mask) -> pa.RecordBatch:
    """`guessed_country` added where the region was the import's default and not the record's own country."""
    guess = mask(pc.and_(found["valid"], pc.equal(found["country_from"], "region"))) & ~declared
    flags = found["flags"]
    more = [["guessed_country", *row] for row in flags.filter(pa.array(guess)).to_pylist()]
    at = found.schema.get_field_index("flags")
    return found.set_column(at, "flags", put(flags, guess, pa.array(more, flags.type)))


def _postal(texts: pa.StringArray) -> pa.RecordBatch:
    values, codes = distinct(texts)
    shown = [" ".join(value.translate(VISIBLE).split()) if value else "" for value in values.to_pylist()]
    return batch(
        {
            "point": column([text or None for text in shown]),
            "point_key": column([plain_key(text) or None for text in shown]),
            "valid": pa.array([bool(text) for text in shown], pa.bool_()),
            "reason": column([None if text else "empty" for text in shown]),
        }
    ).take(codes)


def contact_points(
    records: pa.RecordBatch | pa.Table, *, default_region: str | None = None, readings: bool = True
) -> pa.RecordBatch:
    """CONTACT_POINTS of a batch with the columns `record_id`, `points` and, if it has one, `country`.

    One row per record, kind and distinct point, in the order of the records; cells that hold several values give
    several rows, empty cells none. Invalid values keep their row: `point` null, `point_key` the cleaned text,
    `reason` a key of the kind's `REASONS`. A number is read with its record's country, else with `default_region`;
    in the latter case it carries the flag `guessed_country`. `readings` are left empty where nobody will ask for
    them: they cost time.
    """
    return points_and_rows(records, default_region=default_region, readings=readings)[0]


def points_and_rows(
    records: pa.RecordBatch | pa.Table, *, default_region: str | None = None, readings: bool = True
) -> tuple[pa.RecordBatch, Codes]:
    """`contact_points`, and which record each is of: its row, from 0, ascending."""
    points = _one_chunk(records.column("points"))
    parent = np.asarray(pc.list_parent_indices(points).to_numpy(zero_copy_only=False), dtype=np.int64)
    items = points.flatten()
    kind, raw, label = (strings(pc.struct_field(items, [name])) for name in ("kind", "raw", "label"))
    rows, texts = _split(kind, raw)
    at = pa.array(rows)
    parent, kind, label = parent[rows], kind.take(at), label.take(at)
    region, declared = _regions(records, default_region)
    owner = pa.array(parent)
    found = _normalised(kind, texts, region.take(owner), declared.take(owner), readings)
    keep = _first_of_each(parent, kind, pc.coalesce(found["point"], found["point_key"], texts), found["reason"])
    whole = {
        "record_id": strings(records.column("record_id")).take(owner), "point_kind": kind, "raw": texts, "label": label,
        "rule_version": pa.array(np.full(len(texts), RULE_VERSION, dtype=np.int32)), **found,
    }  # fmt: skip
    columns = [whole[field.name].take(keep).cast(field.type) for field in CONTACT_POINTS]
    return pa.RecordBatch.from_arrays(columns, schema=CONTACT_POINTS), parent[keep.to_numpy()]


SHARED_FLAGS: Final = ("role", "disposable", "junk", "extension")
"""Flags of points that say nothing about one person. A relay address is not among them: the service that hides the
mailbox gives each person an address of their own, so that two records with one are one person."""


class Keys(NamedTuple):
    """What is compared of the points of one kind: `rows` says which record each is of; `key` and `valid` are as in
    CONTACT_POINTS. `shared` have one of `SHARED_FLAGS`, `slips` are addresses that may have a slip in the domain,
    `unread` are numbers that are refused and may be good where their holder lives.
    """

    rows: Codes
    key: pa.StringArray
    valid: Mask
    shared: Mask
    slips: Mask
    unread: Mask


NO_KEYS: Final = Keys(
    np.zeros(0, np.int64), column([]), *(np.zeros(0, np.bool_) for _ in range(4))
)  # fmt: skip


def keys_of(
    kind: str, rows: Codes, cells: pa.StringArray, countries: pa.StringArray, default_region: str | None
) -> Keys:
    """The keys of cells of one kind, as `contact_points` has them. `rows` says whose each cell is, and `countries`
    (ISO alpha-2 or null) where these are at home.
    """
    pieces_of, texts = _split(kind, cells)
    rows = rows[pieces_of]
    none = np.zeros(len(texts), dtype=np.bool_)
    if kind == "email":
        mail = email.read(texts)
        return Keys(rows, mail.key, mail.reason == 0, mail.has("role", "disposable", "junk"), mail.slips, none)
    if kind == "phone":
        region = countries.take(pa.array(rows))
        said = phone.read(texts, pc.fill_null(region, default_region) if default_region else region)
        return Keys(rows, said.key, said.reason == 0, said.has("junk", "extension"), none, said.unread)
    found = account.normalise(texts)
    return Keys(rows, found["point_key"], mask(found["valid"]), none, none, none)


def keys_by_kind(points: pa.RecordBatch | pa.Table, rows: Codes) -> dict[str, Keys]:
    """The keys of CONTACT_POINTS; `rows` says which record each is of, -1 of none that counts."""
    kinds = strings(points.column("point_kind"))
    columns = [_one_chunk(points.column(name)) for name in ("point_key", "valid", "reason", "flags")]
    found = {}
    for kind in ("email", "phone", "account"):
        here = mask(pc.equal(kinds, kind)) & (rows >= 0)
        chosen = pa.array(here)
        key, valid, reason, flags = (item.filter(chosen) for item in columns)
        found[kind] = Keys(
            rows[here], strings(key), mask(valid), _flagged(flags, SHARED_FLAGS),
            _flagged(flags, ("typo",)) | mask(pc.equal(reason, "no_top_level_domain")),
            mask(pc.is_in(strings(reason), value_set=column(phone.UNREAD))),
        )  # fmt: skip
    return found


def _flagged(flags: pa.ListArray, names: tuple[str, ...]) -> Mask:
    """Which points have one of some flags."""
    found = np.zeros(len(flags), dtype=np.bool_)
    parent = pc.list_parent_indices(flags).to_numpy()
    found[parent[mask(pc.is_in(flags.flatten(), value_set=column(names)))]] = True
    return found


def joined(parts: Sequence[Keys]) -> Keys:
    """The keys of several columns of one kind."""
    if len(parts) == 1:
        return parts[0]
    rows, key, *masks = zip(*parts, strict=True)
    return Keys(np.concatenate(rows), pa.concat_arrays(key), *(np.concatenate(part) for part in masks))


def _one_chunk(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _regions(records: pa.RecordBatch | pa.Table, default_region: str | None) -> tuple[pa.Array, pa.Array]:
    """The region of each row, and whether the row itself says it."""
    rows = records.num_rows
    if "country" in records.schema.names:
        own = country_codes(records.column("country"))
    else:
        own = pa.nulls(rows, pa.string())
    declared = pc.is_valid(own)
    return pc.fill_null(own, default_region) if default_region else own, declared


def _first_of_each(parent: Codes, kind: pa.Array, value: pa.Array, reason: pa.Array) -> pa.Array:
    """Row numbers of the first of each (record, kind, value), rows of a record lying together; empty cells are left
    out.
    """
    keep = ~mask(pc.equal(reason, "empty"))
    rows = np.flatnonzero(keep)
    beside = parent[rows][1:] == parent[rows][:-1]
    several = rows[np.concatenate([beside, [False]]) | np.concatenate([[False], beside])] if len(rows) else rows
    if not len(several):
        return pa.array(rows)
    at = pa.array(several)
    kinds, values = kind.take(at).dictionary_encode(), value.take(at).dictionary_encode()
    wide = len(values.dictionary) + 1
    key = parent[several] * (len(kinds.dictionary) + 1)
    key = (key + kinds.indices.fill_null(len(kinds.dictionary)).to_numpy()) * wide
    key = key + values.indices.fill_null(wide - 1).to_numpy()
    again = np.ones(len(several), dtype=np.bool_)
    again[np.unique(key, return_index=True)[1]] = False
    keep[several[again]] = False
    return pa.array(np.flatnonzero(keep))


def normalise_events(
    events: pa.RecordBatch | pa.Table,
    *,
    default_region: str | None = None,
    known: pa.RecordBatch | pa.Table | None = None,
) -> pa.RecordBatch:
    """EXTRACTED_EVENTS with `point` and `point_key` added; `country` of the record is read if there, and kept.

    An event on a cell with several values becomes one event for each. Events on what is no valid address keep their
    row: `point` null, `point_key` the cleaned text, so that a "no" is never lost. `known` are CONTACT_POINTS of records
    with the same countries, found with the same `default_region`: what they hold is not worked out again.
    """
    kind, raw = strings(events.column("point_kind")), strings(events.column("raw"))
    rows, texts = _split(kind, raw)
    at = pa.array(rows)
    whole = events if len(rows) == len(raw) else events.take(at)
    place = np.full(len(texts), -1, dtype=np.int64)
    if known is not None and known.num_rows:
        place = _places_known(strings(whole.column("record_id")), kind.take(at), texts, known)
    new = pa.array(np.flatnonzero(place < 0))
    region, declared = _regions(whole, default_region)
    found = _normalised(kind.take(at).take(new), texts.take(new), region.take(new), declared.take(new), readings=False)
    columns = {name: _one_chunk(whole.column(name)) for name in whole.schema.names}
    columns["raw"] = texts
    for name in ("point", "point_key"):
        columns[name] = found[name]
        if known is not None and len(new) < len(texts):
            before = strings(known.column(name)).take(pa.array(place[place >= 0]))
            columns[name] = merge(place >= 0, before, found[name])
    fields = [*whole.schema, pa.field("point", pa.string()), pa.field("point_key", pa.string())]
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=pa.schema(fields, metadata=events.schema.metadata))


def _places_known(
    record_id: pa.StringArray, kind: pa.StringArray, raw: pa.StringArray, known: pa.RecordBatch | pa.Table
) -> Codes:
    """For each (record, kind, raw) where the first of `known` of that record and kind stands, if it has that raw text;
    else -1.
    """
    records, kinds = strings(known.column("record_id")).dictionary_encode(), strings(known.column("point_kind"))
    names = kinds.dictionary_encode()
    width = len(names.dictionary)
    slot = records.indices.to_numpy().astype(np.int64) * width + names.indices.to_numpy()
    first = np.full(len(records.dictionary) * width, -1, dtype=np.int64)
    first[slot[::-1]] = np.arange(len(slot))[::-1]
    asked_record = pc.index_in(record_id, value_set=records.dictionary).fill_null(-1).to_numpy().astype(np.int64)
    asked_kind = pc.index_in(kind, value_set=names.dictionary).fill_null(-1).to_numpy()
    there = (asked_record >= 0) & (asked_kind >= 0)
    place = np.full(len(raw), -1, dtype=np.int64)
    place[there] = first[asked_record[there] * width + asked_kind[there]]
    rows = np.flatnonzero(place >= 0)
    same = mask(pc.equal(raw.take(pa.array(rows)), strings(known.column("raw")).take(pa.array(place[rows]))))
    place[rows[~same]] = -1
    return place
