"""Rows of a table into records, events and rejects, block by block, as a spec says.

`PeopleReader` reads one member of one claim. Sources whose rows a spec cannot say subclass it and override
`more_events`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.export import Limits, Member
from audiencevault.records import EXTRACTED_EVENTS, MONEY, REJECTS, SOURCE_RECORDS, Extracted
from audiencevault.sources import table_columns as kernels
from audiencevault.sources import table_dates as dates
from audiencevault.sources import table_words
from audiencevault.sources.table_columns import Bools, Int64s, SeenRows
from audiencevault.sources.table_reader import Block, Head, RowReject, read
from audiencevault.sources.table_rows import (
    EventPart,
    Rows,
    answer_codes,
    column_of,
    merged,
    owner_points,
    skipped_rows,
)
from audiencevault.sources.table_spec import (
    DATED_MEANINGS,
    MEANINGS,
    TEXT_FIELDS,
    ActivitySpec,
    ConsentSpec,
    PointSpec,
    SkipSpec,
    Spec,
)

NAME_FIELDS: Final = ("full_name", "first_name", "middle_name", "last_name", "nickname")
RELATION_ONLY: Final = frozenset(
    {
        "follower",
        "following",
        "friend",
        "connection",
        "chat_partner",
        "group_member",
        "close_friend",
        "address_book",
        "invitee",
        "contact",
    }
)
"""Relationships that are told as an event of their own: they are why somebody must not be written to."""
OWNERS_CHOICE: Final = frozenset({"following", "close_friend", "address_book", "invitee", "contact"})

_ROUNDED: Final = r"^[0-9]([.,][0-9]+)?E\+[0-9]+$"


class PeopleReader:
    """Reads one member by one spec; use once."""

    without_person: str | None = None
    """The reason under which rows without a person are skipped; where there is none they are rejected."""

    def __init__(
        self,
        spec: Spec,
        member: Member,
        head: Head,
        *,
        account: str,
        sha256: str,
        date_order: str | None,
        limits: Limits,
    ) -> None:
        self.spec, self.member, self.head = spec, member, head
        self.account, self.sha256, self.limits = account, sha256, limits
        self._wanted_order = date_order
        self._keys = head.keys()
        self._row_words = f"sheet {head.sheet + 1}, row " if head.sheet else "row "
        self.seen = SeenRows()
        """The rows met so far; shared by the members of one claim, so that no two records get one id."""
        self.scratch: Path | None = None
        """A directory for what does not fit into memory; None is the system's own."""
        self._owner_seen: set[str] = set()
        self.damaged = False
        """Whether rows were lost that may have held somebody."""

    def run(self) -> Iterator[Extracted]:
        """The content of the member, in order."""
        self.date_order = self._date_order()
        for block in read(self.member, self.head, self.limits):
            yield self._extracted(block)

    def more_events(self, rows: Rows) -> list[EventPart]:
        """Events that the spec cannot say; none here."""
        del rows
        return []

    def present(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Those of `keys` that are columns of this table."""
        return tuple(key for key in keys if key in self._keys)

    def _date_order(self) -> str:
        if self.spec.date_order != "auto":
            return self.spec.date_order
        named = [*self.spec.columns.get("first_seen_at", ()), *self.spec.columns.get("last_seen_at", ())]
        for consent in self.spec.consent:
            named += consent.at
        for activity in self.spec.activity:
            named += activity.at
        keys = set(self.present(named))
        places = [place for place, column in enumerate(self.head.columns) if column.key in keys]
        if not places:
            return "ymd"
        sample = [cells[place] for cells in self.head.sample for place in places if place < len(cells)]
        found = dates.order_of(sample)
        if found == "auto" or (found is None and not any(value.strip() for value in sample)):
            # What the head leaves open, all values of the table decide.
            for block in read(self.member, self.head, self.limits):
                for place in places:
                    settled = dates.order_of(block.columns[place].unique().to_pylist())
                    if settled in ("dmy", "mdy"):
                        return settled
                    found = settled or found
        if found in ("dmy", "mdy"):
            return found
        return self._wanted_order or "auto"

    # One block.

    def _extracted(self, block: Block) -> Extracted:
        rows = Rows(self.head, [self._clean(place, column) for place, column in enumerate(block.columns)], block.rows)
        skipped: dict[str, int] = {}
        rejects = list(block.rejects)
        self.damaged = self.damaged or bool(rejects)
        total = len(rows) + len(rejects)
        if len(rows):
            self._leave_out(rows, skipped, rejects)
        records: pa.RecordBatch | None = None
        events: pa.RecordBatch | None = None
        owner = owner_points(rows, self.spec, self._owner_seen)
        if len(rows):
            source_key = self._identify_rows(rows, skipped)
            records = self._records(rows, source_key)
            events = self._events(rows)
        return Extracted(records, events, self._reject_batch(rejects), owner, total, skipped)

    def _clean(self, place: int, column: pa.StringArray) -> pa.StringArray:
        key = self.head.columns[place].key
        cells = kernels.trimmed(kernels.repaired(column))
        if self.spec.says("strip_apostrophe", key):
            cells = kernels.without_apostrophe(cells)
        if self.spec.says("strip_prefix", key):
            cells = kernels.without_type_prefix(cells)
        return cells

    def _leave_out(self, rows: Rows, skipped: dict[str, int], rejects: list[RowReject]) -> None:
        """Drop empty rows, rows that the spec skips, totals, and rows without a person."""
        nobody = self.without_person
        anything = np.zeros(len(rows), bool)
        for cells in rows.cells:
            anything |= kernels.filled(cells)
        _count(skipped, "empty_row", ~anything)
        rows.filter(anything)
        for skip in self.spec.skip:
            hit = self._skips(rows, skip)
            _count(skipped, skip.reason, hit)
            rows.filter(~hit)
        person = np.zeros(len(rows), bool)
        for point in self.spec.points:
            person |= kernels.filled(rows.get(*point.columns))
        if person.all():
            return
        pointless = np.flatnonzero(~person)
        for name in NAME_FIELDS:
            person |= kernels.filled(rows.get(*self.spec.columns.get(name, ())))
        firsts = kernels.first_filled([cells.take(pa.array(pointless)) for cells in rows.cells]).to_pylist()
        for index, text in zip(pointless.tolist(), firsts, strict=True):
            # The word may stand in the column of first names: nobody is called that and has no address either.
            if " ".join(text.split()).casefold().rstrip(":") in table_words.TOTAL_WORDS:
                skipped["totals_row"] = skipped.get("totals_row", 0) + 1
                person[index] = False
            elif not person[index] and nobody:
                skipped[nobody] = skipped.get(nobody, 0) + 1
            elif not person[index]:
                row = int(rows.numbers[index])
                rejects.append(
                    RowReject(row, "no_person", f"Row {row} has no name, no e-mail address and no phone number.")
                )
        rows.filter(person)

    def _skips(self, rows: Rows, skip: SkipSpec) -> Bools:
        keys = [*skip.columns]
        if not keys:
            for name in NAME_FIELDS:
                keys += self.spec.columns.get(name, ())
            for point in self.spec.points:
                keys += point.columns
        return skipped_rows(rows, skip, self.present(keys), self.spec.decimal)

    # Identity.

    def _identify_rows(self, rows: Rows, skipped: dict[str, int]) -> pa.StringArray:
        """Give the rows their ids; drop exact repetitions. The result is the source's own keys."""
        source_key = self._source_keys(rows)
        ids, numbers = kernels.record_ids(self.spec.source, self.account, source_key)
        ordinals, duplicates = self.seen.take(numbers, kernels.row_hashes(rows.cells))
        again = np.flatnonzero(ordinals > 1)
        if len(again):
            keys: list[str] = source_key.to_pylist()
            for index in again.tolist():
                keys[index] = f"{keys[index]}#{ordinals[index]}"
            source_key = pa.array(keys, pa.string())
            ids, _ = kernels.record_ids(self.spec.source, self.account, source_key)
        if duplicates:
            keep = np.ones(len(rows), bool)
            keep[duplicates] = False
            skipped["duplicate_row"] = skipped.get("duplicate_row", 0) + len(duplicates)
            mask = pa.array(keep)
            ids, source_key = ids.filter(mask), source_key.filter(mask)
            rows.filter(keep)
        rows.record_id = ids
        rows.locator = self._locators(rows)
        return source_key

    def _source_keys(self, rows: Rows) -> pa.StringArray:
        mail = {key for point in self.spec.points if point.kind == "email" for key in point.columns}
        groups = self.spec.key or tuple(point.columns for point in self.spec.points if point.kind != "postal")
        result: pa.StringArray | None = None
        for place, group in enumerate(groups):
            cells = rows.get(*group)
            # An id that a spreadsheet has rounded (4.49E+10) is no id any more.
            cells = pc.if_else(pc.match_substring_regex(cells, _ROUNDED), "", cells)
            if mail.issuperset(group):
                cells = pc.utf8_lower(cells)
            if place:
                named = pc.binary_join_element_wise(f"{group[0]}:", cells, "")
                cells = pc.if_else(pc.equal(cells, ""), "", named)
            result = cells if result is None else pc.if_else(pc.equal(result, ""), cells, result)
            if not pc.any(pc.equal(result, "")).as_py():
                return result
        parts = [rows.get(*self.spec.columns.get(name, ())) for name in (*NAME_FIELDS, "company", "postcode")]
        name = pc.utf8_lower(pc.binary_join_element_wise("name:", *parts, "|"))
        return name if result is None else pc.if_else(pc.equal(result, ""), name, result)

    def _locators(self, rows: Rows) -> pa.StringArray:
        return pc.binary_join_element_wise(self._row_words, pa.array(rows.numbers).cast(pa.string()), "")

    # Records.

    def _records(self, rows: Rows, source_key: pa.StringArray) -> pa.RecordBatch:
        count = len(rows)
        spec = self.spec
        built: dict[str, Any] = {
            "record_id": rows.record_id,
            "source": spec.source,
            "account": self.account,
            "relationship": spec.relationship,
            "source_key": source_key,
            "export_sha256": self.sha256,
            "member": self.member.path,
            "locator": rows.locator,
        }
        used: set[str] = {key for group in spec.key for key in self.present(group)[:1]}
        unread: dict[str, pa.StringArray] = {}
        for name, keys in spec.columns.items():
            here = self.present(keys)
            if not here:
                continue
            if name == "tags":
                built[name] = kernels.merged_lists(
                    [kernels.lists(rows.get(key), spec.lists.get(key, "comma")) for key in here]
                )
                used.update(here)
                continue
            used.add(here[0])
            cells = rows.get(*here)
            if name in TEXT_FIELDS:
                built[name] = kernels.or_null(cells)
                continue
            if name == "total_spent":
                built[name] = kernels.money(cells, spec.decimal)
            elif name == "orders_count":
                built[name] = kernels.whole(cells)
            else:
                built[name] = dates.parse(cells, self.date_order).at
            unread[here[0]] = pc.if_else(pc.is_null(built[name]), rows.get(here[0]), "")
        for point in spec.points:
            used.update(self.present(point.columns)[:1])
        for consent in spec.consent:
            here = self.present(consent.columns)
            used.update(self.present((*consent.at, *consent.ip)))
            for key in here:
                used.add(key)
                codes = answer_codes(rows.get(key), consent)
                # What another of the spec's answers has read out of the same column is not left over.
                unread[key] = pc.if_else(pa.array(codes < 0), unread.get(key, rows.get(key)), "")
        built.setdefault("tags", pa.array([[]] * count, SOURCE_RECORDS.field("tags").type))
        built["points"] = kernels.points([(p.kind, p.label, self.point_cells(rows, p)) for p in spec.points], count)
        built["extra"] = kernels.header_map(self._extra(rows, used, unread), count)
        columns = [column_of(built.get(field.name), field.type, count) for field in SOURCE_RECORDS]
        return pa.record_batch(columns, SOURCE_RECORDS)

    def _extra(
        self, rows: Rows, used: set[str], unread: Mapping[str, pa.StringArray]
    ) -> list[tuple[str, pa.StringArray]]:
        found: list[tuple[str, pa.StringArray]] = []
        for place, column in enumerate(self.head.columns):
            if (
                column.key in self.spec.owner
                or self.spec.says("drop", column.key)
                or (table_words.is_sensitive(column.key) and column.key not in unread)
            ):
                continue
            if column.key in unread:
                found.append((column.name, unread[column.key]))
            elif column.key not in used:
                found.append((column.name, rows.cells[place]))
        return found

    def point_cells(self, rows: Rows, point: PointSpec) -> pa.StringArray:
        """The raw values of one contact point; empty where a row has none."""
        cells = rows.get(*self.present(point.columns))
        if point.platform is None:
            return cells
        handle = pc.utf8_ltrim(cells, "@")
        return pc.if_else(pc.equal(cells, ""), "", pc.binary_join_element_wise(f"{point.platform}:", handle, ""))

    # Events.

    def _events(self, rows: Rows) -> pa.RecordBatch | None:
        parts: list[EventPart] = []
        for consent in self.spec.consent:
            parts += self.consent_parts(rows, consent)
        for activity in self.spec.activity:
            parts += self._activity_parts(rows, activity)
        if self.spec.relationship in RELATION_ONLY:
            for point in self.spec.points:
                cells = self.point_cells(rows, point)
                index = np.flatnonzero(kernels.filled(cells))
                actor = "controller_user" if self.spec.relationship in OWNERS_CHOICE else "data_subject"
                tie = {"event_type": "relationship", "detail": self.spec.relationship, "actor": actor}
                parts.append(self.part(rows, index, point.kind, cells, **tie))
        parts += self.more_events(rows)
        return self.event_batch(parts)

    def event_batch(self, parts: Sequence[EventPart]) -> pa.RecordBatch | None:
        """All events of a block, in the order of its rows."""
        parts = [part for part in parts if len(part.rows)]
        if not parts:
            return None
        order = np.argsort(np.concatenate([part.rows for part in parts]), kind="stable")
        part_of = np.repeat(np.arange(len(parts)), [len(part.rows) for part in parts])[order]
        columns = [merged(parts, field.name, field.type, order, part_of) for field in EXTRACTED_EVENTS]
        return pa.record_batch(columns, EXTRACTED_EVENTS)

    def part(
        self, rows: Rows, index: Int64s, kind: str, raw: pa.StringArray, **columns: pa.Array | pa.Scalar | str | None
    ) -> EventPart:
        """Events about the points `raw` (one cell per row) of the rows `index`.

        Arrays in `columns` are as long as `rows`; they are cut to `index`. What is not given has the usual value.
        """
        place = pa.array(index)
        given: dict[str, pa.Array | pa.Scalar | str | None] = {
            "source": self.spec.source,
            "account": self.account,
            "channel": "any",
            "purpose": "marketing",
            "legal_basis": "unknown",
            "opt_in_level": "unknown",
            "capture_method": "platform_export",
            "actor": "data_subject",
            "occurred_precision": "unknown",
            "export_sha256": self.sha256,
            "member": self.member.path,
            "record_id": rows.record_id,
            "locator": rows.locator,
            "point_kind": kind,
            "raw": raw,
            **columns,
        }
        cut = {name: value.take(place) if isinstance(value, pa.Array) else value for name, value in given.items()}
        return EventPart(index, cut)

    def consent_parts(self, rows: Rows, consent: ConsentSpec) -> list[EventPart]:
        """The events of one consent column."""
        here = self.present(consent.columns)
        points = [point for point in map(self.spec.point, consent.points) if self.present(point.columns)]
        if not here or not points:
            return []
        codes = answer_codes(rows.get(*here), consent)
        cells = [self.point_cells(rows, point) for point in points]
        when = dates.parse(rows.get(*consent.at), self.date_order) if self.present(consent.at) else None
        undated = np.ones(len(rows), bool) if when is None else np.asarray(pc.is_null(when.at))
        header = next(column.raw for column in self.head.columns if column.key == here[0])
        notice = header.strip() if consent.notice_is_header else consent.notice
        parts: list[EventPart] = []
        taken = np.zeros(len(rows), bool)
        for place, (point, raw) in enumerate(zip(points, cells, strict=True)):
            about = kernels.filled(raw) & ~taken
            taken |= about
            for code, meaning in enumerate(consent.values.values()):
                if meaning == "nothing":
                    continue
                event_type, state, detail = MEANINGS[meaning]
                hit = (codes == code) & about
                common: dict[str, Any] = {
                    "channel": consent.channel,
                    "purpose": consent.purpose,
                    "list_scope": consent.list_scope,
                    "capture_method": consent.capture_method,
                    "notice_text": notice,
                    # Another point than the one that the column is named after: kept, but known to be weak.
                    "detail": detail or (f"weak:{point.name}" if place else None),
                }
                if event_type == "suppressed":
                    common["actor"] = "provider"
                if event_type == "observed":
                    common["state"] = state
                    common["opt_in_level"] = consent.level if state == "subscribed" else "unknown"
                if meaning in DATED_MEANINGS:
                    # A yes without the person's own date is only what the source says today.
                    index = np.flatnonzero(hit & undated)
                    parts.append(
                        self.part(rows, index, point.kind, raw, event_type="observed", state="subscribed", **common)
                    )
                    hit = hit & ~undated
                    common["opt_in_level"] = consent.level
                if when is not None:
                    common |= {
                        "occurred_at": when.at,
                        "occurred_precision": when.precision,
                        "occurred_raw": kernels.or_null(rows.get(*consent.at)),
                    }
                if self.present(consent.ip):
                    common["ip"] = kernels.or_null(rows.get(*consent.ip))
                parts.append(self.part(rows, np.flatnonzero(hit), point.kind, raw, event_type=event_type, **common))
        return parts

    def _activity_parts(self, rows: Rows, activity: ActivitySpec) -> list[EventPart]:
        hit = np.ones(len(rows), bool)
        if activity.positive:
            here = self.present(activity.positive)
            hit = np.zeros(len(rows), bool)
            for key in here:
                value = kernels.money(rows.get(key), self.spec.decimal)
                hit |= np.asarray(pc.fill_null(pc.greater(value, pa.scalar(0, MONEY)), False))
        columns: dict[str, Any] = {"event_type": "activity", "detail": activity.detail}
        if self.present(activity.at):
            when = dates.parse(rows.get(*activity.at), self.date_order)
            columns |= {
                "occurred_at": when.at,
                "occurred_precision": when.precision,
                "occurred_raw": kernels.or_null(rows.get(*activity.at)),
            }
        parts: list[EventPart] = []
        earlier: list[tuple[str, pa.StringArray]] = []
        for point in map(self.spec.point, activity.points):
            cells = self.point_cells(rows, point)
            about = kernels.filled(cells) & hit
            for kind, before in earlier:
                if kind == point.kind:
                    about &= ~np.asarray(pc.equal(before, cells))
            earlier.append((point.kind, cells))
            parts.append(self.part(rows, np.flatnonzero(about), point.kind, cells, **columns))
        return parts

    # Rejects.

    def _reject_batch(self, rejects: list[RowReject]) -> pa.RecordBatch | None:
        if not rejects:
            return None
        rejects = sorted(rejects, key=lambda reject: reject.row)
        columns: dict[str, Any] = {
            "source": self.spec.source,
            "export_sha256": self.sha256,
            "member": self.member.path,
            "locator": pa.array([f"{self._row_words}{reject.row}" for reject in rejects], pa.string()),
            "column": "",
            "code": pa.array([reject.code for reject in rejects], pa.string()),
            "sentence": pa.array([reject.sentence for reject in rejects], pa.string()),
        }
        arrays = [column_of(columns.get(field.name), field.type, len(rejects)) for field in REJECTS]
        return pa.record_batch(arrays, REJECTS)


def _count(skipped: dict[str, int], reason: str, hit: Bools) -> None:
    number = int(hit.sum())
    if number:
        skipped[reason] = skipped.get(reason, 0) + number
