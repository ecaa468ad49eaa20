"""Mailchimp's audience export: the status is the file name, the level of consent is in four columns.

The e-mail column is found by its values, since owners name the columns as they like.

| file and cells | what is said |
|---|---|
| subscribed, OPTIN_TIME before CONFIRM_TIME, both IPs | confirmed by a second click at CONFIRM_TIME |
| subscribed, OPTIN_TIME before CONFIRM_TIME, an IP missing | granted at CONFIRM_TIME, level unknown |
| subscribed, both times equal, OPTIN_IP | granted at OPTIN_TIME, single opt-in |
| subscribed, both times equal, no IP | subscribed since CONFIRM_TIME, level unknown: what an import leaves |
| subscribed, OPTIN_TIME blank | the same |
| unsubscribed | withdrawn at UNSUB_TIME; complained where the reason says so |
| cleaned | suppressed at CLEAN_TIME: the address is dead, nobody withdrew |
| nonsubscribed | never subscribed |

A time that comes with no address of the person is the time of somebody else's import: it is kept, but it is
no act of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.export import Export, Member
from audiencevault.sources import table_columns as kernels
from audiencevault.sources import table_dates as dates
from audiencevault.sources import table_reader, table_spec, table_words
from audiencevault.sources.importer import Claim, ImportContext, Importer
from audiencevault.sources.table_people import PeopleReader
from audiencevault.sources.table_reader import Head
from audiencevault.sources.table_rows import EventPart, Rows
from audiencevault.sources.table_spec import LayoutSpec, PointSpec, Spec
from audiencevault.sources.table_text import words
from audiencevault.sources.tabular import Placed, TableImporter, place

STATUSES: Final = ("subscribed", "unsubscribed", "cleaned", "nonsubscribed")
SMS_ONLY: Final = "sms_only"
UNKNOWN: Final = "unknown"

_STATUS: Final = re.compile(r"(?<![a-z])(unsubscribed|non[_ -]?subscribed|cleaned|subscribed)(?![a-z])", re.IGNORECASE)
_SMS_ONLY: Final = re.compile(r"(?<![a-z])sms_only_audience_export", re.IGNORECASE)
_NAMED: Final = re.compile(
    r"^(?P<audience>.*?)[_ -]*(?:(?:un|non)?subscribed|cleaned|sms_only)?[_ -]*(?:email_)?"
    r"(?:audience|members)_export(?P<batch>(?:_[0-9a-z]+)?)",
    re.IGNORECASE,
)
_COMPLAINT: Final = re.compile(r"spam|abuse|complain", re.IGNORECASE)
_BY_OWNER: Final = re.compile(r"\badmin", re.IGNORECASE)
_TAIL: Final = words(
    "member_rating optin_time optin_ip confirm_time confirm_ip latitude longitude gmtoff dstoff timezone cc region "
    "last_changed unsub_time unsub_campaign_title unsub_campaign_id unsub_reason unsub_reason_other clean_time "
    "clean_campaign_title clean_campaign_id leid euid notes tags email_type status"
)


@dataclass(frozen=True)
class _File:
    placed: Placed
    status: str
    audience: str
    group: str

    @property
    def member(self) -> Member:
        return self.placed.member


class MailchimpImporter(TableImporter):
    """See the module."""

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each audience: the files of one folder that were exported together."""
        files: dict[str, list[_File]] = {}
        unknown: dict[str, str] = {}
        for member in export.members:
            if not table_reader.is_table_name(member):
                continue
            placed = self.placed(member)
            if placed is not None:
                file = _file(export, placed)
                files.setdefault(file.group, []).append(file)
            elif _SMS_ONLY.search(member.name):
                unknown[_folder(member)] = member.path
        return [self._claim_of(export, group, unknown) for _, group in sorted(files.items())]

    def placed(self, member: Member, encoding: str | None = None) -> Placed | None:
        """A file of the audience: by its columns, or by its name where it holds phone numbers alone."""
        found = place(member, self.spec, encoding)
        if found is not None or not _SMS_ONLY.search(member.name) or table_reader.is_sheet_name(member):
            return found
        head = table_reader.sniff(member, encoding=encoding)
        if head is None or not any(table_words.field_of(column.raw) == "phone" for column in head.columns):
            return None
        return Placed(member, head, LayoutSpec("people with a phone number only", ()))

    def is_whole(self, claim: Claim, context: ImportContext) -> bool:
        """Only all files of a named audience can show that somebody is gone from it."""
        statuses = {
            _file(claim.export, placed).status for member in claim.members if (placed := place(member, self.spec))
        }
        same = context.account in (None, "", claim.account)
        return bool(claim.account) and same and statuses.issuperset(STATUSES[:3])

    def reader_for(self, claim: Claim, placed: Placed, context: ImportContext) -> PeopleReader:
        """The reader for one status."""
        file = _file(claim.export, placed)
        spec = _adapted(self.spec, placed.head)
        if file.status == "nonsubscribed":
            spec = replace(spec, relationship="recipient")
        reader = _AudienceReader(
            spec,
            placed.member,
            placed.head,
            account=context.account or claim.account,
            sha256=claim.sha256,
            date_order=context.date_order,
            limits=context.limits,
        )
        reader.status, reader.audience = file.status, file.audience
        return reader

    def _claim_of(self, export: Export, files: Sequence[_File], unknown: dict[str, str]) -> Claim:
        statuses = {file.status for file in files}
        folder = _folder(files[0].member)
        notes = [
            f"{file.member.name}: neither its name nor its columns tell subscribed from non-subscribed; "
            "nobody in it counts as subscribed. Give it the name that Mailchimp gave it."
            for file in files
            if file.status == UNKNOWN
        ]
        if len(files) > 1 and "unsubscribed" not in statuses:
            notes.append("The file of unsubscribed people is missing: import it too, or their opt-outs are not known.")
        left = unknown.get(folder)
        return Claim(
            importer=self,
            source=self.source,
            layout=files[0].placed.layout.name,
            export=export,
            members=tuple(sorted((file.member for file in files), key=lambda member: member.path)),
            root=folder,
            present=tuple(status for status in (*STATUSES, SMS_ONLY, UNKNOWN) if status in statuses),
            absent=tuple(status for status in STATUSES if status not in statuses),
            not_understood=(left,) if left else (),
            account=files[0].audience,
            notes=tuple(notes),
        )


class _AudienceReader(PeopleReader):
    """One file of the export. `status` and `audience` are set by the importer."""

    status = UNKNOWN
    audience = ""

    def more_events(self, rows: Rows) -> list[EventPart]:
        """What the status says, and for subscribed people what the times and IPs prove."""
        if self.status == SMS_ONLY or not self.spec.points or self.spec.points[0].kind != "email":
            # What an SMS file says about text messages is not known: being in it is no consent.
            return []
        if self.status == "subscribed":
            return self._subscribed(rows)
        everybody = np.ones(len(rows), bool)
        if self.status == "unsubscribed":
            return self._unsubscribed(rows)
        if self.status == "cleaned":
            cleaned = {"event_type": "suppressed", "detail": "cleaned", "actor": "provider", "capture_method": "bounce"}
            return [self._said(rows, everybody, **cleaned, **self._at(rows, "clean_time"))]
        state = "never_subscribed" if self.status == "nonsubscribed" else "not_subscribed"
        return [self._said(rows, everybody, event_type="observed", state=state)]

    def _subscribed(self, rows: Rows) -> list[EventPart]:
        by_optin, by_confirmation = self._at(rows, "optin_time"), self._at(rows, "confirm_time")
        opted, confirmed = by_optin["occurred_at"], by_confirmation["occurred_at"]
        optin_ip, confirm_ip = kernels.filled(rows.get("optin_ip")), kernels.filled(rows.get("confirm_ip"))
        before = np.asarray(pc.fill_null(pc.less(opted, confirmed), False))
        equal = np.asarray(pc.fill_null(pc.equal(opted, confirmed), False))
        only_opted = np.asarray(pc.and_(pc.is_valid(opted), pc.is_null(confirmed)))
        twice = before & optin_ip & confirm_ip
        once = (equal | only_opted) & optin_ip
        probably = before & ~twice
        rest = ~(before | once)
        # A row with OPTIN_TIME alone is dated by it; every other state began when it was confirmed.
        stated = self._at(rows, "confirm_time", "optin_time")
        return [
            self._said(
                rows,
                twice,
                event_type="confirmed",
                opt_in_level="confirmed",
                capture_method="double_opt_in_click",
                ip=kernels.or_null(rows.get("confirm_ip")),
                **by_confirmation,
            ),
            self._said(
                rows,
                once,
                event_type="granted",
                opt_in_level="single",
                ip=kernels.or_null(rows.get("optin_ip")),
                **by_optin,
            ),
            self._said(
                rows,
                probably,
                event_type="granted",
                ip=kernels.or_null(rows.get("confirm_ip", "optin_ip")),
                **by_confirmation,
            ),
            self._said(rows, rest, event_type="observed", state="subscribed", **stated),
        ]

    def _unsubscribed(self, rows: Rows) -> list[EventPart]:
        reason = rows.get("unsub_reason", "unsub_reason (2)")
        other = rows.get("unsub_reason_other", "unsub_reason_other (2)")
        spam = np.asarray(
            pc.or_(
                pc.match_substring_regex(reason, _COMPLAINT.pattern, ignore_case=True),
                pc.match_substring_regex(other, _COMPLAINT.pattern, ignore_case=True),
            )
        )
        by_owner = np.asarray(pc.match_substring_regex(reason, _BY_OWNER.pattern, ignore_case=True)) & ~spam
        at = self._at(rows, "unsub_time", "unsub_time (2)")
        common: dict[str, Any] = {"detail": kernels.or_null(reason), **at}
        return [
            self._said(rows, spam, event_type="complained", **common),
            self._said(rows, by_owner, event_type="withdrawn", actor="controller_user", **common),
            self._said(rows, ~(spam | by_owner), event_type="withdrawn", **common),
        ]

    def _at(self, rows: Rows, *keys: str) -> dict[str, Any]:
        cells = rows.get(*keys)
        when = dates.parse(cells, "ymd")
        return {"occurred_at": when.at, "occurred_precision": when.precision, "occurred_raw": kernels.or_null(cells)}

    def _said(self, rows: Rows, who: kernels.Bools, **columns: pa.Array | pa.Scalar | str | None) -> EventPart:
        raw = self.point_cells(rows, self.spec.points[0])
        index = np.flatnonzero(who & kernels.filled(raw))
        given: dict[str, Any] = {
            "channel": "email",
            "list_scope": self.audience or None,
            "capture_method": "provider_export",
            **columns,
        }
        return self.part(rows, index, "email", raw, **given)


def _folder(member: Member) -> str:
    return member.path[: -len(member.name)]


def _file(export: Export, placed: Placed) -> _File:
    member, keys = placed.member, placed.head.keys()
    named = _NAMED.match(member.name)
    audience = named["audience"].strip("_- ") if named else ""
    if not audience and export.kind != "file":
        holder = _folder(member).rstrip("/").rpartition("/")[2] or export.path.stem
        around = _NAMED.match(holder)
        audience = around["audience"].strip("_- ") if around else ""
    batch = f"{audience}|{named['batch']}" if named else member.name
    status = SMS_ONLY if _SMS_ONLY.search(member.name) and "euid" not in keys else status_of(member.name, keys)
    return _File(placed, status, audience, f"{_folder(member)}|{batch}")


def status_of(name: str, keys: frozenset[str]) -> str:
    """The status of everybody in a file; what the columns say wins where it is the stricter.

    >>> status_of("unsubscribed_email_audience_export_0a1b.csv", frozenset())
    'unsubscribed'
    >>> status_of("list.csv", frozenset({"clean_time"})), status_of("list.csv", frozenset())
    ('cleaned', 'unknown')
    """
    if "unsub_time" in keys:
        return "unsubscribed"
    if "clean_time" in keys:
        return "cleaned"
    found = _STATUS.search(name)
    return re.sub(r"[_ -]", "", found[1].lower()) if found else UNKNOWN


def _adapted(spec: Spec, head: Head) -> Spec:
    """The spec with the owner's own columns: the e-mail address by its values, the rest by its labels."""
    email = _email_column(head)
    fields: dict[str, tuple[str, ...]] = dict(spec.columns)
    points = [PointSpec("email", "email", (email,))] if email else []
    labelled: dict[str, list[str]] = {}
    plain: list[tuple[str, str]] = []
    for column in head.columns:
        if column.key in _TAIL or column.key == email or re.sub(r" \(\d\)$", "", column.key) in _TAIL:
            continue
        field = table_words.field_of(column.raw)
        if field == "phone":
            points.append(PointSpec(f"phone:{column.key}", "phone", (column.key,)))
        elif field is not None and field != "email" and field not in fields:
            labelled.setdefault(field, []).append(column.key)
        elif (word := table_words.loose(column.raw)) in table_words.PLAIN_NAME:
            plain.append((column.key, word))
    table_words.place_names(labelled, plain, of_people=True)
    fields.update({field: tuple(keys) for field, keys in labelled.items()})
    key = (*spec.key, *(point.columns for point in points))
    return replace(spec, columns=fields, points=tuple(points), key=key)


def _email_column(head: Head) -> str | None:
    for number, column in enumerate(head.columns):
        values = [cells[number] for cells in head.sample if number < len(cells) and cells[number].strip()]
        if values and 2 * sum(map(table_reader.looks_like_email, values)) > len(values):
            return column.key
    named = [column.key for column in head.columns if table_words.field_of(column.raw) == "email"]
    return named[0] if named else None


IMPORTERS: tuple[Importer, ...] = (MailchimpImporter(table_spec.builtin("mailchimp")),)
