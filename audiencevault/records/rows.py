"""Rows for the comfort of importer authors, and the batcher that turns them into Arrow batches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import accumulate
from operator import attrgetter
from typing import Any

import pyarrow as pa

from audiencevault.records.tables import EXTRACTED_EVENTS, POINT, REJECTS, SOURCE_RECORDS


def record_id(source: str, account: str, source_key: str) -> str:
    """The id of a source record: 128 bits of SHA-256 over source, account and the source's own key, in hex.

    The same row of a newer export gets the same id, so that a re-import updates instead of duplicating.
    `audiencevault.sources.tabular` computes the same for a column at a time.
    """
    return hashlib.sha256(f"{source}\x1f{account}\x1f{source_key}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Point:
    """A contact point as the export writes it. `kind` is one of `POINT_KINDS`; the `raw` of an account is
    `platform:handle`.
    """

    kind: str
    raw: str
    label: str | None = None


@dataclass(slots=True)
class SourceRecord:
    """One observation of one person, raw. `source_key` is the source's own key for the person."""

    source: str
    relationship: str
    source_key: str
    account: str = ""
    points: list[Point] = field(default_factory=list)
    name_prefix: str | None = None
    full_name: str | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    name_suffix: str | None = None
    nickname: str | None = None
    company: str | None = None
    job_title: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country: str | None = None
    language: str | None = None
    birthday: str | None = None
    tags: list[str] = field(default_factory=list)
    currency: str | None = None
    total_spent: Decimal | None = None
    orders_count: int | None = None
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    observed_at: datetime | None = None
    extra: dict[str, str] = field(default_factory=dict)
    member: str = ""
    locator: str = ""

    @property
    def record_id(self) -> str:
        """See the module function `record_id`."""
        return record_id(self.source, self.account, self.source_key)


@dataclass(slots=True)
class ConsentEvent:
    """Something said or done about one contact point, as the export writes it.

    `state` is set on `observed` events only (`subscribed`, `not_subscribed`, `never_subscribed`);
    `detail` says which suppression (`hard_bounce`, `cleaned`, `invalid`, `manual`) or which activity
    (`purchase`, `inquiry`, `click`) or which relationship; `list_scope` the list or audience it was said on.
    """

    record_id: str
    source: str
    point_kind: str
    raw: str
    channel: str
    event_type: str
    account: str = ""
    purpose: str = "marketing"
    state: str | None = None
    detail: str | None = None
    list_scope: str | None = None
    legal_basis: str = "unknown"
    opt_in_level: str = "unknown"
    capture_method: str = "platform_export"
    actor: str = "data_subject"
    occurred_at: datetime | None = None
    occurred_precision: str = "unknown"
    occurred_raw: str | None = None
    capture_url: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    message_id: str | None = None
    notice_text: str | None = None
    notice_lang: str | None = None
    conditions: dict[str, bool] = field(default_factory=dict)
    member: str = ""
    locator: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that could not be used. `sentence` says why, without quoting the row."""

    source: str
    member: str
    locator: str
    code: str
    sentence: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class OwnerPoint:
    """A contact point of the export's owner, who never becomes a contact."""

    source: str
    kind: str
    raw: str


@dataclass(frozen=True, slots=True)
class Extracted:
    """One step of what an importer yields. Any part may be None or empty.

    `rows` counts the rows (or list items) looked at, `skipped` those that hold nobody, by reason, so that
    rows = records + rejects + skipped. `coverage` says of a record source whether this export holds *all* of
    it: only then does a missing record mean that the person is gone.
    """

    records: pa.RecordBatch | None = None
    events: pa.RecordBatch | None = None
    rejects: pa.RecordBatch | None = None
    owner: tuple[OwnerPoint, ...] = ()
    rows: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    coverage: Mapping[str, bool] = field(default_factory=dict)


Row = SourceRecord | ConsentEvent | Reject | OwnerPoint


class RecordBatcher:
    """Turns the dataclasses of an importer into `Extracted` batches of at most `size` records.

    >>> batcher = RecordBatcher(export_sha256="00", member="")
    >>> list(batcher.batches([Reject("demo", "a.csv", "row 3", "empty", "Row 3 is empty.")]))[0].rejects.num_rows
    1
    """

    def __init__(self, *, export_sha256: str, member: str = "", size: int = 16_384) -> None:
        self._sha256 = export_sha256
        self._member = member
        self._size = size

    def batches(self, rows: Iterable[Row]) -> Iterator[Extracted]:
        """Group `rows` by type; `Extracted.rows` counts records and rejects only."""
        records: list[SourceRecord] = []
        events: list[ConsentEvent] = []
        rejects: list[Reject] = []
        owner: list[OwnerPoint] = []
        for row in rows:
            if isinstance(row, SourceRecord):
                records.append(row)
            elif isinstance(row, ConsentEvent):
                events.append(row)
            elif isinstance(row, Reject):
                rejects.append(row)
            else:
                owner.append(row)
            if len(records) >= self._size or len(events) >= 4 * self._size or len(rejects) >= self._size:
                yield self._flush(records, events, rejects, owner)
                records, events, rejects, owner = [], [], [], []
        if records or events or rejects or owner:
            yield self._flush(records, events, rejects, owner)

    def _flush(
        self, records: list[SourceRecord], events: list[ConsentEvent], rejects: list[Reject], owner: list[OwnerPoint]
    ) -> Extracted:
        return Extracted(
            records=self._batch(records, SOURCE_RECORDS) if records else None,
            events=self._batch(events, EXTRACTED_EVENTS) if events else None,
            rejects=self._batch(rejects, REJECTS) if rejects else None,
            owner=tuple(owner),
            rows=len(records) + len(rejects),
        )

    def _batch(self, rows: list[Any], schema: pa.Schema) -> pa.RecordBatch:
        # All rows are of one class: what it has is fetched in one call for each.
        names = [column.name for column in schema if hasattr(rows[0], column.name)]
        held = dict(zip(names, zip(*map(attrgetter(*names), rows), strict=True), strict=True))
        columns = []
        for column in schema:
            values = held.get(column.name)
            if column.name == "export_sha256":
                columns.append(pa.repeat(pa.scalar(self._sha256, column.type), len(rows)))
            elif column.name == "member":
                members = [row.member or self._member for row in rows]
                columns.append(pa.array(members, type=column.type))
            elif column.name == "points":
                columns.append(_points(values or ()))
            elif pa.types.is_map(column.type):
                columns.append(_maps(values or [{}] * len(rows), column.type))
            elif values is None:
                columns.append(pa.nulls(len(rows), column.type))
            else:
                columns.append(pa.array(values, type=column.type))
        return pa.record_batch(columns, schema=schema)


def _points(rows: Sequence[Sequence[Point]]) -> pa.Array:
    flat = [point for points in rows for point in points]
    parts = [pa.array([getattr(point, part.name) for point in flat], part.type) for part in POINT]
    return pa.ListArray.from_arrays(_offsets(rows), pa.StructArray.from_arrays(parts, fields=list(POINT)))


def _maps(rows: Sequence[Mapping[str, str]], kind: pa.MapType) -> pa.Array:
    keys = pa.array([key for pairs in rows for key in pairs], kind.key_type)
    items = pa.array([item for pairs in rows for item in pairs.values()], kind.item_type)
    return pa.MapArray.from_arrays(_offsets(rows), keys, items, type=kind)


def _offsets(rows: Sequence[Any]) -> pa.Array:
    return pa.array(accumulate(map(len, rows), initial=0), pa.int32())
