"""Writes what importers read about consent in the form of the ledger: ids, evidence grades, notices.

Words: an *event* is something said or done about one contact point; a *notice* is the text that the person
was shown, kept once however many people saw it; the *evidence grade* says how much of who, when, how and
on what text an event can show:

- `full`: an act of the person with its own date, a known method, and the text that was shown;
- `partial`: its own date and a method;
- `asserted`: a source says so, without the person's own date;
- `none`: nothing that would support a yes (a relationship, a box that was ticked beforehand, "never asked").
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine.digests import Octets, digests
from audiencevault.records import CONSENT_EVENTS, NOTICES, SCHEMA_VERSION

RESTRICTIVE: Final = (
    "refused", "withdrawn", "objected", "complained", "suppressed", "invalidated", "erased",
)  # fmt: skip
"""Event types that can only take permission away."""

ACTS: Final = (
    "web_form", "checkout_box", "double_opt_in_click", "keyword", "paper", "verbal", "lead_ad", "preference_page",
    "list_unsubscribe", "reply_stop", "free_text",
)  # fmt: skip
"""Capture methods that name something the person did. The others only say how we came to know."""

INVALID_METHODS: Final = ("prechecked_box",)
"""Methods that are no consent at all: silence and boxes ticked beforehand."""

STATELESS: Final = ("relationship", "activity")
"""Undated events of these types say nothing about a moment: the same one in a newer export is the same event."""

# What makes two events the same. Not the row number or the file: a newer export of the same list moves rows.
_IDENTITY: Final = (
    "source", "account", "record_id", "point_kind", "channel", "purpose", "event_type", "state", "detail",
    "list_scope", "legal_basis", "opt_in_level", "capture_method", "actor", "occurred_precision", "capture_url",
    "ip", "user_agent", "message_id", "notice_lang",
)  # fmt: skip
_SEPARATOR: Final = "\x1f"
_ID_BYTES: Final = 16
_WORD: Final = 8


def text_id(text: str) -> str:
    """The id of a notice: 128 bits of SHA-256 over its text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def ledger_events(
    events: pa.RecordBatch | pa.Table,
    *,
    import_id: str,
    controller_id: str,
    recorded_at: datetime,
    snapshot_at: datetime | None,
) -> tuple[pa.RecordBatch, pa.Table]:
    """One batch of `EXTRACTED_EVENTS` (with `point` and `point_key` beside them) as `CONSENT_EVENTS` and `NOTICES`.

    `recorded_at` is when the vault learns it, `snapshot_at` the date of the export's state (null where unknown:
    then the state counts from `recorded_at`). An event that occurs twice in the batch is kept once; one that
    the ledger already holds has the same `event_id`, so that the caller can leave it out.
    """
    table = pa.Table.from_batches([events]) if isinstance(events, pa.RecordBatch) else events
    table = table.combine_chunks()
    rows = table.num_rows
    notice_id, notices = _notices(table, import_id)
    ids = _event_ids(table, notice_id, controller_id, snapshot_at or recorded_at)
    columns: dict[str, pa.Array | pa.ChunkedArray | pa.Scalar] = {
        "event_id": _hex(ids),
        "schema_version": pa.scalar(SCHEMA_VERSION, pa.int16()),
        "import_id": pa.scalar(import_id),
        "recorded_at": pa.scalar(recorded_at, CONSENT_EVENTS.field("recorded_at").type),
        "snapshot_at": pa.scalar(snapshot_at, CONSENT_EVENTS.field("snapshot_at").type),
        "controller_id": pa.scalar(controller_id),
        "evidence_grade": evidence_grade(table),
        "notice_id": notice_id,
    }
    arrays = []
    for field in CONSENT_EVENTS:
        value = columns.get(field.name)
        if value is None:
            value = table.column(field.name) if field.name in table.column_names else pa.scalar(None, field.type)
        if isinstance(value, pa.Scalar):
            value = pa.repeat(value.cast(field.type), rows)
        if isinstance(value, pa.ChunkedArray):
            value = value.combine_chunks() if value.num_chunks != 1 else value.chunk(0)
        arrays.append(value if value.type == field.type else value.cast(field.type))
    batch = pa.RecordBatch.from_arrays(arrays, schema=CONSENT_EVENTS)
    return _once(batch, ids), notices


def evidence_grade(table: pa.Table) -> pa.Array:
    """`full`, `partial`, `asserted` or `none` for each event; see the module's words."""
    kind = table.column("event_type")
    method = table.column("capture_method")
    dated = pc.and_(
        pc.and_(pc.is_valid(table.column("occurred_at")), pc.not_equal(kind, "observed")),
        pc.not_equal(pc.fill_null(table.column("occurred_precision"), "unknown"), "unknown"),
    )
    known_method = pc.and_(pc.is_valid(method), pc.not_equal(pc.fill_null(method, ""), ""))
    act = pc.is_in(method, value_set=pa.array(ACTS))
    shown = pc.not_equal(pc.fill_null(table.column("notice_text"), ""), "")
    worthless = pc.or_(
        pc.or_(pc.equal(kind, "relationship"), pc.is_in(method, value_set=pa.array(INVALID_METHODS))),
        pc.equal(pc.fill_null(table.column("state"), ""), "never_subscribed"),
    )
    partial = pc.and_(dated, known_method)
    full = pc.and_(partial, pc.and_(act, shown))
    grade = pc.if_else(full, "full", pc.if_else(partial, "partial", "asserted"))
    return pc.if_else(pc.fill_null(worthless, False), "none", grade)


def _notices(table: pa.Table, import_id: str) -> tuple[pa.Array, pa.Table]:
    encoded = table.column("notice_text").combine_chunks()
    encoded = encoded.dictionary_encode() if not pa.types.is_dictionary(encoded.type) else encoded
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    texts = encoded.dictionary.to_pylist()
    ids = pa.array([text_id(text) if text else None for text in texts], pa.string())
    notice_id = ids.take(encoded.indices) if len(ids) else pa.nulls(table.num_rows, pa.string())
    languages: dict[str, str | None] = {}
    if len(ids):
        pairs = pa.table({"id": notice_id, "language": table.column("notice_lang")}).group_by("id")
        languages = {row["id"]: row["language_min"] for row in pairs.aggregate([("language", "min")]).to_pylist()}
    known = sorted((text_id(text), text) for text in texts if text)
    rows = [
        {"notice_id": key, "text": text, "language": languages.get(key), "first_import_id": import_id}
        for key, text in known
    ]
    return notice_id, pa.Table.from_pylist(rows, schema=NOTICES)


def _event_ids(table: pa.Table, notice_id: pa.Array, controller_id: str, state_at: datetime) -> Octets:
    # A state without a date is only true of its snapshot, so the snapshot is part of what it says.
    undated = pc.or_(pc.is_null(table.column("occurred_at")), pc.equal(table.column("event_type"), "observed"))
    state = pc.and_(undated, pc.invert(pc.is_in(table.column("event_type"), value_set=pa.array(STATELESS))))
    snapshot = pc.if_else(state, str(round(state_at.timestamp() * 1_000_000)), "")
    # The point as we write to it; where it cannot be read, what the export held.
    point = pc.coalesce(table.column("point"), table.column("raw"))
    parts = [table.column(name).cast(pa.string()) for name in _IDENTITY]
    parts += [point, notice_id, table.column("occurred_at").cast(pa.int64()).cast(pa.string()), snapshot]
    parts.append(_conditions_text(table.column("conditions")))
    parts.append(pa.repeat(pa.scalar(controller_id), table.num_rows))
    return digests(_runs_joined(parts), table.num_rows, _ID_BYTES)


def _runs_joined(parts: Sequence[pa.Array | pa.ChunkedArray]) -> list[pa.Array | bytes]:
    """Columns of text with a separator between each two; what is the same in all rows is one piece, with its
    separators: most columns of a batch are.
    """
    found: list[pa.Array | bytes] = []
    said: list[str] = []
    for part in parts:
        text = part.combine_chunks() if isinstance(part, pa.ChunkedArray) else part
        same = _throughout(text)
        if same is None:
            found += [_SEPARATOR.join([*said, ""]).encode(), text]
            said = [""]
        else:
            said.append(same)
    return [*found, _SEPARATOR.join(said).encode()]


def _throughout(text: pa.StringArray) -> str | None:
    """What all rows say, null as an empty text; None where they differ."""
    if text.null_count == len(text):
        return ""
    first: str | None = text[0].as_py()
    if text.null_count or text[len(text) - 1].as_py() != first or not pc.all(pc.equal(text, first)).as_py():
        return None
    return first


def _conditions_text(column: pa.ChunkedArray) -> pa.Array:
    """Each map as `name=1` and `name=0` joined, in the order of the export; empty where there are none."""
    maps = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(maps, pa.ChunkedArray):
        maps = pa.concat_arrays(maps.chunks) if maps.num_chunks else pa.array([], column.type)
    if not len(maps.keys):
        return pa.repeat(pa.scalar(""), len(maps))
    said = pc.binary_join_element_wise(maps.keys, pc.if_else(pc.fill_null(maps.items, False), "1", "0"), "=")
    offsets = pc.cast(maps.offsets, pa.int32())
    return pc.fill_null(pc.binary_join(pa.ListArray.from_arrays(offsets, said), ","), "")


def _hex(ids: Octets) -> pa.Array:
    """Rows of 16 bytes as 32 hexadecimal characters each."""
    raw = ids.reshape(-1)
    digits = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
    text = np.empty(raw.size * 2, dtype=np.uint8)
    text[0::2], text[1::2] = digits[raw >> 4], digits[raw & 15]
    rows = len(ids)
    offsets = pa.array(np.arange(rows + 1, dtype=np.int32) * 32)
    return pa.StringArray.from_buffers(rows, offsets.buffers()[1], pa.py_buffer(text.tobytes()))


def _once(batch: pa.RecordBatch, ids: Octets) -> pa.RecordBatch:
    """The first of several events with one of the `ids`."""
    words = np.sort(np.ascontiguousarray(ids[:, :_WORD]).view(np.uint64).reshape(-1))
    if not (words[1:] == words[:-1]).any():
        return batch
    seen: set[bytes] = set()
    keep = []
    for key in map(bytes, ids):
        keep.append(key not in seen)
        seen.add(key)
    return batch.filter(pa.array(keep))
