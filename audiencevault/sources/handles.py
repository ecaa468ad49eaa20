"""People of whom an export knows a user name and perhaps a date: built column by column, without a Python
object per person, since such lists run to millions.

Words: a *handle* is a user name on a platform; an *observation* one list's statement about one handle.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.export import Member
from audiencevault.records import EXTRACTED_EVENTS, POINT, SOURCE_RECORDS, TIMESTAMP, Extracted
from audiencevault.sources.ties import PeopleList

BATCH_ROWS = 16_384


@dataclass(slots=True)
class HandleList:
    """Collects the observations of one list file and turns them into `Extracted` batches.

    `platform` goes before the handle in the account point, `source` and `relationship` say what the list is,
    `actor` who made the tie (`data_subject` for a follower, `controller_user` for whom the owner follows),
    `account` the owner's own account and `day_only` whether times are only known to the day.
    `seen` holds the handles that this source had before: a second mention is skipped, so that record ids stay
    unique within a claim.
    """

    platform: str
    source: str
    relationship: str
    actor: str
    account: str
    export_sha256: str
    member: str
    seen: set[str]
    owner_handle: str = ""
    day_only: bool = False
    unit: str = "item"
    skipped: dict[str, int] = field(default_factory=dict)
    _handles: list[str] = field(default_factory=list)
    _numbers: list[int] = field(default_factory=list)
    _seconds: list[int | None] = field(default_factory=list)
    _names: list[str | None] = field(default_factory=list)
    _dates: list[str | None] = field(default_factory=list)

    def add(
        self, handle: str, number: int, seconds: int | None, name: str | None = None, written: str | None = None
    ) -> None:
        """One observation: the `number`-th item of the member, its time in Unix seconds (None if unknown), a
        display name where the list has one, and the date as `written` where it is only text.
        """
        if handle in self.seen:
            self._skip("duplicate")
            return
        if handle == self.owner_handle:
            self._skip("owner")
            return
        self.seen.add(handle)
        self._handles.append(handle)
        self._numbers.append(number)
        self._seconds.append(seconds)
        self._names.append(name)
        self._dates.append(written)

    @property
    def full(self) -> bool:
        """Whether it is time to take a batch out."""
        return len(self._handles) >= BATCH_ROWS

    def take(self) -> Extracted:
        """What was collected since the last call; the list is empty afterwards."""
        skipped, self.skipped = self.skipped, {}
        rows = len(self._handles) + sum(skipped.values())
        if not self._handles:
            return Extracted(rows=rows, skipped=skipped)
        records, events = self._batches()
        for column in (self._handles, self._numbers, self._seconds, self._names, self._dates):
            column.clear()
        return Extracted(records=records, events=events, rows=rows, skipped=skipped)

    def _skip(self, reason: str) -> None:
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def _batches(self) -> tuple[pa.RecordBatch, pa.RecordBatch]:
        size = len(self._handles)
        prefix = f"{self.source}\x1f{self.account}\x1f".encode()
        digest = hashlib.sha256
        ids = pa.array([digest(prefix + handle.encode()).hexdigest()[:32] for handle in self._handles], pa.string())
        handles = pa.array(self._handles, pa.string())
        raw = pc.binary_join_element_wise(f"{self.platform}:", handles, "")
        seconds = pa.array(self._seconds, pa.int64())
        times = pc.multiply(seconds, 1_000_000).cast(TIMESTAMP)
        numbers = pc.cast(pa.array(self._numbers, pa.int64()), pa.string())
        shared = {
            "record_id": ids,
            "source": _constant(self.source, size),
            "account": _constant(self.account, size),
            "export_sha256": _constant(self.export_sha256, size),
            "member": _constant(self.member, size),
            "locator": pc.binary_join_element_wise(f"{self.unit} ", numbers, ""),
        }
        point = pa.StructArray.from_arrays(
            [_constant("account", size), raw, pa.nulls(size, pa.string())], fields=list(POINT)
        )
        records = shared | {
            "relationship": _constant(self.relationship, size),
            "source_key": handles,
            "full_name": pa.array(self._names, pa.string()),
            "first_seen_at": times,
            "points": pa.ListArray.from_arrays(pa.array(range(size + 1), pa.int32()), point),
            "tags": _empty(SOURCE_RECORDS.field("tags").type, size),
            "extra": _empty(SOURCE_RECORDS.field("extra").type, size),
        }
        known = "day" if self.day_only else "instant"
        events = shared | {
            "point_kind": _constant("account", size),
            "raw": raw,
            "channel": _constant("any", size),
            "purpose": _constant("marketing", size),
            "event_type": _constant("relationship", size),
            "detail": _constant(self.relationship, size),
            "legal_basis": _constant("unknown", size),
            "opt_in_level": _constant("unknown", size),
            "capture_method": _constant("platform_export", size),
            "actor": _constant(self.actor, size),
            "occurred_at": times,
            "occurred_precision": pc.if_else(pc.is_valid(seconds), known, "unknown"),
            "occurred_raw": pa.array(self._dates, pa.string()),
            "conditions": _empty(EXTRACTED_EVENTS.field("conditions").type, size),
        }
        return _batch(records, SOURCE_RECORDS, size), _batch(events, EXTRACTED_EVENTS, size)


def handle_list(
    what: PeopleList, member: Member, seen: dict[str, set[str]], *, platform: str, account: str, export_sha256: str,
    owner_handle: str = "", day_only: bool = False, unit: str = "item",
) -> HandleList:  # fmt: skip
    """A `HandleList` for the list `what` in `member`; `seen` holds the handles of each source of the claim so far."""
    return HandleList(
        platform=platform,
        source=what.source,
        relationship=what.relationship,
        actor=what.actor,
        account=account,
        export_sha256=export_sha256,
        member=member.path,
        seen=seen.setdefault(what.source, set()),
        owner_handle=owner_handle,
        day_only=day_only,
        unit=unit,
    )


def _batch(columns: dict[str, pa.Array], schema: pa.Schema, size: int) -> pa.RecordBatch:
    arrays = [columns.get(column.name) for column in schema]
    return pa.RecordBatch.from_arrays(
        [pa.nulls(size, column.type) if array is None else array for array, column in zip(arrays, schema, strict=True)],
        schema=schema,
    )


def _constant(value: str, size: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.string()), size)


def _empty(kind: pa.DataType, size: int) -> pa.Array:
    return pa.array([[]] * size, kind)
