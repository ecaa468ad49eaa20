"""What an erasure takes out of each table: pure functions from rows to the rows that stay.

Rows that say who somebody is go. Rows that only say that something happened stay, without what names the person:
in the ledger the personal columns and the salt go, and a commitment stays (see `audiencevault.vault.chain`); points
stay as keyed hashes. Where another person's row mentions an address or a number of the erased person, the mention is
blanked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.records import CONSENT_PERSONAL
from audiencevault.vault import chain
from audiencevault.vault.chain import Segment
from audiencevault.vault.keys import KeyRing

Mask = npt.NDArray[np.bool_]

BLANK: Final = "[erased]"
"""Stands where another person's row mentioned an address or number of an erased one."""

KEYED: Final = "keyed"
"""Begins the `point_key` of an erased point: `keyed:<version of the key>:<hash>`."""

_BEFORE, _AFTER = r"(^|[^0-9A-Za-z._%+-])", r"($|[^0-9A-Za-z_.-]|[.]$|[.][^0-9A-Za-z])"
_UNTOUCHED: Final = frozenset({"tombstones", "owner_points"})
_NOT_BLANKED: Final = frozenset({*_UNTOUCHED, "consent_events", "ledger_segments"})


@dataclass(frozen=True)
class Who:
    """One person, as a vault knows them.

    `records` are ids of source records, `contacts` of contacts in any snapshot, `points` their (kind, wide form);
    `texts` addresses and numbers in every form that occurs; `members` the (export hash, file) pairs that tell of
    nobody else.
    """

    records: frozenset[str]
    contacts: frozenset[str]
    points: frozenset[tuple[str, str]]
    texts: frozenset[str] = frozenset()
    members: frozenset[tuple[str, str]] = frozenset()

    @cached_property
    def record_ids(self) -> pa.Array:
        """For comparing columns with."""
        return pa.array(sorted(self.records), pa.string())

    @cached_property
    def contact_ids(self) -> pa.Array:
        """For comparing columns with."""
        return pa.array(sorted(self.contacts), pa.string())

    @cached_property
    def point_texts(self) -> pa.Array:
        """Kind and wide form in one, for comparing with `_pairs`."""
        return pa.array(sorted(f"{kind}\x1f{key}" for kind, key in self.points), pa.string())

    @cached_property
    def pattern(self) -> str:
        """Matches a whole address or number in a text, with what stands on either side of it."""
        texts = sorted(self.texts, key=lambda text: (-len(text), text))
        return f"(?i){_BEFORE}(?:{'|'.join(map(re.escape, texts))}){_AFTER}" if texts else ""


@dataclass(frozen=True)
class Ledger:
    """What is known of the ledger before any of it is rewritten: its segments, and which rows are to be blanked, by
    their place in the whole ledger.
    """

    segments: tuple[Segment, ...]
    rows: frozenset[int]
    ring: KeyRing
    touched: frozenset[int] = field(default=frozenset())

    @classmethod
    def of(cls, segments: Collection[Segment], rows: Collection[int], ring: KeyRing) -> Ledger:
        """With the numbers of the segments that have such a row."""
        ends = np.cumsum([segment.rows for segment in segments]) if segments else np.array([0])
        places = np.searchsorted(ends, sorted(rows), side="right") if rows else np.array([], int)
        touched = frozenset(int(place) for place in places if place < len(segments))
        return cls(tuple(segments), frozenset(rows), ring, touched)

    def overlaps(self, first: int, count: int) -> bool:
        """Whether one of `count` rows from `first` on lies in a segment that changes."""
        begin = 0
        for segment in self.segments:
            if segment.number in self.touched and begin < first + count and first < begin + segment.rows:
                return True
            begin += segment.rows
        return any(first <= row < first + count for row in self.rows)


def ledger_hits(rows: pa.Table, who: Who) -> Mask:
    """Which rows of the ledger are about `who`; those that were erased before are not."""
    hit = pc.or_(
        pc.fill_null(pc.is_in(rows.column("record_id"), value_set=who.record_ids), False),
        pc.is_in(_pairs(rows), value_set=who.point_texts),
    )
    if "commitment" in rows.column_names:
        hit = pc.and_(hit, pc.is_null(rows.column("commitment")))
    return np.asarray(hit.to_numpy(), bool)


def blanked_ledger(rows: pa.Table, first: int, ledger: Ledger) -> pa.Table:
    """Rows of the ledger from place `first` on, without what names the person; the others in the same segments get
    their salts written down, since the seed goes.
    """
    rows = rows.combine_chunks()
    count = rows.num_rows
    mine: Mask = np.fromiter((first + place in ledger.rows for place in range(count)), bool, count)
    salt = rows.column("salt").to_pylist()
    commitment = rows.column("commitment").to_pylist()
    mine &= pc.is_null(rows.column("commitment")).to_numpy()
    begin = 0
    for segment in ledger.segments:
        low, high = max(begin, first), min(begin + segment.rows, first + count)
        if segment.number in ledger.touched and segment.head is not None and low < high:
            part = rows.slice(low - first, high - low)
            if segment.seed is not None:
                salts = chain.salts_of(bytes.fromhex(segment.seed), low - begin, high - low)
            else:
                salts = chain.octets_of(part.column("salt"))
            texts, made = chain.hexes(salts).to_pylist(), chain.hexes(chain.commitments(part, salts)).to_pylist()
            for place in range(high - low):
                row = low - first + place
                if mine[row]:
                    salt[row], commitment[row] = None, made[place]
                elif commitment[row] is None:
                    salt[row] = texts[place]
        begin += segment.rows
    return _without_person(rows, first, mine, ledger.ring, salt, commitment)


def _without_person(
    rows: pa.Table, first: int, mine: Mask, ring: KeyRing, salt: list[str | None], commitment: list[str | None]
) -> pa.Table:
    gone = pa.array(mine)
    values: dict[str, pa.Array] = {"salt": pa.array(salt, pa.string()), "commitment": pa.array(commitment, pa.string())}
    for name in CONSENT_PERSONAL:
        values[name] = pc.if_else(gone, pa.scalar(None, pa.string()), rows.column(name))
    # With its place: the same event may come in, and go, more than once.
    ids = rows.column("event_id").to_pylist()
    for place in np.flatnonzero(mine).tolist():
        ids[place] = ring.opaque(f"{ids[place]}\x1f{first + place}")
    values["event_id"] = pa.array(ids, pa.string())
    values["point_key"] = _replaced(rows.column("point_key"), mine, lambda text, kind: keyed(ring, kind, text), rows)
    return pa.table([values.get(name, rows.column(name)) for name in rows.column_names], schema=rows.schema)


def _replaced(column: pa.ChunkedArray, mine: Mask, other: Callable[[str, str], str], rows: pa.Table) -> pa.Array:
    values, kinds = column.to_pylist(), rows.column("point_kind").to_pylist()
    for place in np.flatnonzero(mine).tolist():
        if values[place] is not None:
            values[place] = other(values[place], kinds[place] or "")
    return pa.array(values, pa.string())


def keyed(ring: KeyRing, kind: str, point_key: str) -> str:
    """A point that only the vault's key recognises."""
    if point_key.startswith(f"{KEYED}:"):
        return point_key
    return f"{KEYED}:{ring.current}:{ring.hash(kind, point_key)}"


def kept(table: str, rows: pa.Table, who: Who, ring: KeyRing, decisions: Collection[str] = ()) -> pa.Table | None:
    """The rows of `table` that stay, of all tables but the ledger; None where nothing changes.

    `decisions` are the ids of decisions that go with their records.
    """
    if table in _UNTOUCHED:
        return None
    before = rows
    rows = _RULES.get(table, _plain)(rows, who, ring)
    if table == "decisions" and decisions:
        superseded = pc.is_in(rows.column("supersedes"), value_set=pa.array(sorted(decisions), pa.string()))
        rows = _put(rows, "supersedes", pc.fill_null(superseded, False), None)
    if table not in _NOT_BLANKED:
        rows = blanked(rows, who)
    return None if rows is before or rows.equals(before) else rows


def _plain(rows: pa.Table, who: Who, _ring: KeyRing) -> pa.Table:
    """Rows with an id of the person go."""
    out = None
    for name, ids in (
        ("record_id", who.record_ids),
        ("record_a", who.record_ids),
        ("record_b", who.record_ids),
        ("contact_id", who.contact_ids),
        ("other_contact_id", who.contact_ids),
    ):
        if name in rows.column_names:
            hit = pc.fill_null(pc.is_in(rows.column(name), value_set=ids), False)
            out = hit if out is None else pc.or_(out, hit)
    if out is None or not pc.any(out).as_py():
        return rows
    return rows.filter(pc.invert(out))


def _deliveries(rows: pa.Table, who: Who, ring: KeyRing) -> pa.Table:
    """What was sent stays, to whom does not."""
    mine = pc.or_(
        pc.fill_null(pc.is_in(rows.column("contact_id"), value_set=who.contact_ids), False),
        pc.is_in(_pairs(rows), value_set=who.point_texts),
    )
    if not pc.any(mine).as_py():
        return rows
    mask = np.asarray(mine.to_numpy(), bool)
    points = _replaced(rows.column("point_key"), mask, lambda text, kind: keyed(ring, kind, text), rows)
    rows = rows.set_column(rows.column_names.index("point_key"), "point_key", points)
    rows = _put(rows, "delivery_id", mine, ring.opaque)
    for name in ("contact_id", "payload_sha256", "item_id", "words", "digest"):
        rows = _put(rows, name, mine, None)
    return rows


def _rejects(rows: pa.Table, who: Who, _ring: KeyRing) -> pa.Table:
    """A refused row has no person; but a file of its own may be named after one."""
    if not who.members:
        return rows
    pairs = pc.binary_join_element_wise(
        pc.fill_null(rows.column("export_sha256"), ""), pc.fill_null(rows.column("member"), ""), "\x1f"
    )
    mine = pc.is_in(pairs, value_set=pa.array(sorted(f"{sha}\x1f{member}" for sha, member in who.members)))
    return _put(_put(rows, "member", mine, None), "locator", mine, None) if pc.any(mine).as_py() else rows


_RULES: Final[Mapping[str, Callable[[pa.Table, Who, KeyRing], pa.Table]]] = {
    "deliveries": _deliveries,
    "rejects": _rejects,
}


def _put(rows: pa.Table, name: str, mine: pa.ChunkedArray, other: Callable[[str], str] | None) -> pa.Table:
    """`name` of the rows that are `mine` replaced by what `other` makes of it, or by null."""
    column = rows.column(name)
    if other is None:
        value = pc.if_else(mine, pa.scalar(None, column.type), column)
    else:
        flags = mine.to_pylist()
        texts = [
            other(text) if flag and text is not None else text
            for text, flag in zip(column.to_pylist(), flags, strict=True)
        ]
        value = pa.chunked_array([pa.array(texts, column.type)])
    return rows.set_column(rows.column_names.index(name), rows.schema.field(name), value)


def _pairs(rows: pa.Table) -> pa.ChunkedArray:
    """Kind and wide form of each row's point in one text."""
    return pc.binary_join_element_wise(
        pc.fill_null(rows.column("point_kind"), ""), pc.fill_null(rows.column("point_key"), ""), "\x1f"
    )


def blanked(rows: pa.Table, who: Who) -> pa.Table:
    """`rows` with every mention of an address or number of `who` replaced, in texts of any depth."""
    if not who.pattern:
        return rows
    for place, column_field in enumerate(rows.schema):
        column = rows.column(place)
        if _mentions(column, who.pattern):
            chunks = [_blank(chunk, who.pattern) for chunk in column.chunks]
            rows = rows.set_column(place, column_field, pa.chunked_array(chunks, column_field.type))
    return rows


def holds(table: str, rows: pa.Table, who: Who) -> bool:
    """Whether rows of `table` still tell of `who`: by an id, by a point, or by an address or number in any text."""
    if table in _UNTOUCHED:
        return False
    for name in ("record_id", "record_a", "record_b"):
        if name in rows.column_names and pc.any(pc.is_in(rows.column(name), value_set=who.record_ids)).as_py():
            return True
    pointed = {"point_kind", "point_key"} <= set(rows.column_names)
    if pointed and pc.any(pc.is_in(_pairs(rows), value_set=who.point_texts)).as_py():
        return True
    return bool(who.pattern) and any(_mentions(column, who.pattern) for column in rows.columns)


def _mentions(column: pa.ChunkedArray, pattern: str) -> bool:
    return any(
        bool(pc.any(pc.match_substring_regex(texts, pattern)).as_py())
        for chunk in column.chunks
        for texts in _texts(chunk)
    )


def _texts(array: pa.Array) -> list[pa.Array]:
    """Every array of texts in `array`."""
    kind = array.type
    if pa.types.is_string(kind):
        return [array]
    if pa.types.is_map(kind):
        return [*_texts(array.keys), *_texts(array.items)]
    if pa.types.is_list(kind):
        return _texts(array.flatten())
    if pa.types.is_struct(kind):
        return [text for part in array.flatten() for text in _texts(part)]
    return []


def _blank(array: pa.Array, pattern: str) -> pa.Array:
    kind = array.type
    if pa.types.is_string(kind):
        # Two mentions may share the character between them: then the second is found by the next turn.
        while pc.any(pc.match_substring_regex(array, pattern)).as_py():
            array = pc.replace_substring_regex(array, pattern, rf"\1{BLANK}\2")
        return array
    if not pa.types.is_nested(kind):
        return array
    # Rare, and of any depth: plain values are simplest here.
    return pa.array([_blank_value(value, pattern) for value in array.to_pylist()], kind)


def _blank_value(value: object, pattern: str) -> object:
    if isinstance(value, str):
        text = pa.array([value])
        return _blank(text, pattern)[0].as_py()
    if isinstance(value, list | tuple):
        return type(value)(_blank_value(part, pattern) for part in value)
    if isinstance(value, dict):
        return {key: _blank_value(part, pattern) for key, part in value.items()}
    return value
