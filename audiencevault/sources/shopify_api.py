"""Customers as Shopify's Admin API gives them: REST pages, GraphQL answers and the lines of a bulk operation.

Unlike the CSV file, the API tells states of consent apart, how they were reached and when:

| state, level and date | what is said |
|---|---|
| subscribed, confirmed opt-in, date | confirmed at that date |
| subscribed, single opt-in, date | granted at that date |
| subscribed, level unknown or no date | the shop says so; a date is kept, but is no act of theirs |
| unsubscribed | withdrawn |
| not subscribed | never subscribed |
| pending | requested, not confirmed |
| invalid | suppressed: the shop found the address or number dead |
| redacted | erased; nothing else of the person is read |

Records have the same source and key as those of the CSV file: they are the same customers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import ijson

from audiencevault.errors import ExportError
from audiencevault.export import Export, Member
from audiencevault.records import ConsentEvent, Extracted, Point, RecordBatcher, Reject, Row, SourceRecord
from audiencevault.sources import json_text
from audiencevault.sources.importer import Claim, ImportContext, Importer
from audiencevault.sources.meta_json import stream, text
from audiencevault.sources.table_columns import amount, split_list
from audiencevault.sources.table_dates import instant
from audiencevault.sources.table_text import words
from audiencevault.sources.table_words import is_sensitive
from audiencevault.sources.ties import unreadable

RECORDS: Final = "shopify.customers"

_ENDINGS: Final = (".json", ".jsonl", ".ndjson")
_GID: Final = "gid://shopify/Customer/"
_LINES: Final = "bulk operation JSONL"
_PATHS: Final = {
    "customers": "REST JSON",
    "": "REST JSON",
    "data.customers.nodes": "GraphQL JSON",
    "customers.nodes": "GraphQL JSON",
    "data.customers.edges": "GraphQL JSON",
    "customers.edges": "GraphQL JSON",
}
"""Where the list of customers stands, and the layout that it has there."""
_MARKS: Final = words(
    "email_marketing_consent sms_marketing_consent emailMarketingConsent smsMarketingConsent defaultEmailAddress "
    "defaultPhoneNumber"
)
"""Keys that only a customer of this shop system has."""
_LONGEST_LINE: Final = 16 * 1024 * 1024
_CONSENT: Final = (
    ("email", "email", ("email_marketing_consent", "emailMarketingConsent", "defaultEmailAddress")),
    ("phone", "sms", ("sms_marketing_consent", "smsMarketingConsent", "defaultPhoneNumber")),
    ("phone", "whatsapp", ("whatsAppMarketingConsent",)),
)
_READ: Final = words(
    "id email phone tags firstName first_name lastName last_name locale currency created_at createdAt orders_count "
    "numberOfOrders total_spent admin_graphql_api_id multipass_identifier multipassIdentifier last_order_id __typename "
    "displayName"
)
"""Top-level keys that have a field of their own, or that say nothing about a person."""
_SAID: Final[Mapping[str, tuple[str, str | None, str | None]]] = {
    "subscribed": ("observed", "subscribed", None),
    "not_subscribed": ("observed", "never_subscribed", None),
    "unsubscribed": ("withdrawn", None, None),
    "pending": ("requested", None, None),
    "invalid": ("suppressed", None, "invalid"),
    "redacted": ("erased", None, None),
}
_WHATSAPP: Final = ("unsubscribed", "invalid")
"""No answer with a WhatsApp consent was seen: it may take a permission away, never give one."""
_LEVELS: Final = {"confirmed_opt_in": ("confirmed", "confirmed"), "single_opt_in": ("granted", "single")}


class ShopifyApiImporter:
    """See the module."""

    source = "shopify.api"
    title = "Shopify customers JSON (Admin API)"
    fallback = False

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each form that the export has: pages of one answer belong together."""
        found: dict[str, list[Member]] = {}
        for member in export.members:
            if member.name.lower().endswith(_ENDINGS) and (path := _path(member)) is not None:
                found.setdefault(_PATHS.get(path, _LINES), []).append(member)
        return [
            Claim(
                importer=self,
                source=self.source,
                layout=layout,
                export=export,
                members=tuple(members),
                present=("customers", "consent for email", "consent for sms"),
            )
            for layout, members in sorted(found.items())
        ]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """The customers, in the order of the files and of the customers in them."""
        skipped: Counter[str] = Counter()
        rows = _Reader(context.account or "", skipped).rows(claim.members)
        yield from RecordBatcher(export_sha256=claim.sha256).batches(rows)
        # One page and all pages look the same.
        yield Extracted(rows=skipped.total(), skipped=dict(sorted(skipped.items())), coverage={RECORDS: False})


def _path(member: Member) -> str | None:
    """Where the customers of a document stand; `lines` where each line is one; None where it has none."""
    head = member.head().removeprefix(b"\xef\xbb\xbf").lstrip()
    first = _object(head.split(b"\n", 1)[0]) if b"\n" in head else None
    if first is not None and _is_customer(set(first), first.get("id")):
        return "lines"
    path, keys, item, number = None, set[str](), "", None
    try:
        for prefix, event, value in ijson.parse(json_text.of(head), **json_text.SETTINGS):
            if path is None:
                if event == "start_array" and prefix in _PATHS:
                    path = prefix
                    item = ".".join(part for part in (prefix, "item", "node" * prefix.endswith("edges")) if part)
            elif prefix == item and event == "map_key":
                keys.add(value)
            elif prefix == f"{item}.id":
                number = value
            elif event == "end_map" and prefix == item:
                break
    except json_text.BROKEN:
        # The head ends in the middle of the document; what came before it tells.
        pass
    return path if path is not None and _is_customer(keys, number) else None


def _is_customer(keys: set[str], number: object) -> bool:
    if isinstance(number, str):
        return number.startswith(_GID)
    return "id" in keys and (not keys.isdisjoint(_MARKS) or {"orders_count", "total_spent", "tags"} <= keys)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


class _Reader:
    """Reads the members of one claim."""

    def __init__(self, account: str, skipped: Counter[str]) -> None:
        self._account, self._skipped = account, skipped
        self._seen: set[str] = set()

    def rows(self, members: Sequence[Member]) -> Iterator[Row]:
        """Everything that the members hold; one that is damaged ends with a reject."""
        for member in members:
            path = _path(member)
            customers = _lines(member) if path == "lines" else _items(member, path or "")
            try:
                for place, customer in customers:
                    yield from self._customer(customer, member, place)
            except ExportError as error:
                yield unreadable(RECORDS, member, error)

    def _customer(self, customer: object, member: Member, place: str) -> Iterator[Row]:
        if isinstance(customer, Mapping) and "__parentId" in customer:
            self._skipped["part_of_a_customer"] += 1
            return
        number = _number(customer.get("id")) if isinstance(customer, Mapping) else None
        if not isinstance(customer, Mapping) or number is None:
            yield Reject(RECORDS, member.path, place, "broken_item", f"{place.capitalize()} is no customer with an id.")
            return
        if number in self._seen:
            self._skipped["duplicate"] += 1
            return
        self._seen.add(number)
        states = {_state(customer, keys)[0] for _, _, keys in _CONSENT}
        record = SourceRecord(RECORDS, "customer", number, self._account, member=member.path, locator=place)
        record.points = _points(customer)
        if "redacted" in states:
            # Who asked to be forgotten is told by address alone, so that nobody writes to it again.
            if not record.points:
                self._skipped["redacted"] += 1
                return
        else:
            _fill(record, customer)
            if not record.points and not record.first_name and not record.last_name:
                self._skipped["no_person"] += 1
                return
        yield record
        yield from _events(record, customer, redacted="redacted" in states)


def _items(member: Member, path: str) -> Iterator[tuple[str, Any]]:
    prefix = f"{path}.item" if path else "item"
    if path.endswith("edges"):
        prefix += ".node"
    for number, customer in enumerate(stream(member, prefix), start=1):
        yield f"customer {number}", customer


def _lines(member: Member) -> Iterator[tuple[str, Any]]:
    with member.open() as opened:
        number = 0
        while line := opened.readline(_LONGEST_LINE):
            number += 1
            while not line.endswith(b"\n") and (more := opened.readline(_LONGEST_LINE)):
                # Too long for a customer: nothing of it is kept, and it is one line all the same.
                line = b"x" + more[-1:]
            whole = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
            if whole:
                yield f"line {number}", _object(whole)


def _number(value: object) -> str | None:
    """The customer's id: `7001001`, or the end of `gid://shopify/Customer/7001001`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and (digits := value.removeprefix(_GID)).isdecimal():
        return digits
    return None


def _first(customer: Mapping[str, Any], *keys: str) -> str | None:
    for key in keys:
        value = customer.get(key)
        if (found := text(str(value) if isinstance(value, int | float) else value)) is not None:
            return found
    return None


def _part(customer: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    return next((part for key in keys if isinstance(part := customer.get(key), Mapping)), {})


def _points(customer: Mapping[str, Any]) -> list[Point]:
    mail = _first(customer, "email") or _first(_part(customer, "defaultEmailAddress"), "emailAddress")
    phone = _first(customer, "phone") or _first(_part(customer, "defaultPhoneNumber"), "phoneNumber")
    other = _first(_part(customer, "default_address", "defaultAddress"), "phone")
    points = [Point("email", mail)] if mail else []
    points += [Point("phone", phone)] if phone else []
    return [*points, Point("phone", other, "address")] if other and other != phone else points


def _fill(record: SourceRecord, customer: Mapping[str, Any]) -> None:
    record.first_name = _first(customer, "first_name", "firstName")
    record.last_name = _first(customer, "last_name", "lastName")
    record.language = _first(customer, "locale")
    address = _part(customer, "default_address", "defaultAddress")
    record.company = _first(address, "company")
    record.address1, record.address2 = _first(address, "address1"), _first(address, "address2")
    record.city, record.postcode = _first(address, "city"), _first(address, "zip")
    record.region = _first(address, "province_code", "provinceCode", "province")
    record.country = _first(address, "country_code", "countryCodeV2", "countryCode", "country")
    tags = customer.get("tags")
    listed = tags if isinstance(tags, list) else split_list(tags, "comma") if isinstance(tags, str) else []
    record.tags = list(dict.fromkeys(tag for one in listed if (tag := text(one))))
    spent = _part(customer, "amountSpent")
    record.currency = _first(spent, "currencyCode") or _first(customer, "currency")
    record.total_spent = _amount(_first(spent, "amount") or _first(customer, "total_spent"))
    orders = _amount(_first(customer, "orders_count", "numberOfOrders"))
    record.orders_count = int(orders) if orders is not None and orders == int(orders) else None
    record.first_seen_at = _moment(_first(customer, "created_at", "createdAt"))
    for key, value in customer.items():
        if key in _READ or is_sensitive(key.replace("_", " ").lower()) or isinstance(value, list | Mapping):
            continue
        name, kept = text(key), text(value if isinstance(value, str) else json.dumps(value))
        if value is not None and name and kept:
            record.extra[name] = kept
    whatsapp = _state(customer, ("whatsAppMarketingConsent",))[0]
    if whatsapp and whatsapp not in _WHATSAPP:
        record.extra["whatsAppMarketingConsent"] = whatsapp
    for _, channel, keys in _CONSENT:
        part = _part(customer, *keys)
        if found := _first(
            part, "consent_collected_from", "consentCollectedFrom", "marketingCollectedFrom", "collectedFrom"
        ):
            record.extra[f"consent for {channel} collected from"] = found


def _amount(written: str | None) -> Decimal | None:
    return None if written is None else amount(written, "dot")


def _moment(written: str | None) -> datetime | None:
    return None if written is None else instant(written, "ymd")


def _state(customer: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, str, str | None]:
    """State and opt-in level in lower case, and the date as written; REST and GraphQL spell them in several ways."""
    for part in (part for key in keys if isinstance(part := customer.get(key), Mapping)):
        state = (_first(part, "state", "marketingState") or "").lower()
        if state:
            level = (_first(part, "opt_in_level", "marketingOptInLevel", "optInLevel") or "").lower()
            return (
                state,
                level,
                _first(part, "consent_updated_at", "consentUpdatedAt", "marketingUpdatedAt", "updatedAt"),
            )
    return "", "", None


def _events(record: SourceRecord, customer: Mapping[str, Any], *, redacted: bool) -> Iterator[ConsentEvent]:
    if redacted:
        for point in record.points:
            event = _event(record, point, "any", "erased")
            event.purpose = "*"
            yield event
        return
    for kind, channel, keys in _CONSENT:
        # The number of an address is not the one that the consent was given for.
        about = next((point for point in record.points if point.kind == kind and point.label is None), None)
        state, level, written = _state(customer, keys)
        if about is None or state not in _SAID or (channel == "whatsapp" and state not in _WHATSAPP):
            continue
        event_type, shown, detail = _SAID[state]
        event = _event(record, about, channel, event_type, written)
        if state == "subscribed" and event.occurred_at is not None and level in _LEVELS:
            event.event_type, event.opt_in_level = _LEVELS[level]
            shown = None
        event.state, event.detail = shown, detail
        if event_type == "suppressed":
            event.actor = "provider"
        yield event
    if record.orders_count:
        for point in record.points:
            if point.label is None:
                event = _event(record, point, "any", "activity")
                event.detail = "purchase"
                yield event


def _event(
    record: SourceRecord, point: Point, channel: str, event_type: str, written: str | None = None
) -> ConsentEvent:
    at = _moment(written)
    return ConsentEvent(
        record_id=record.record_id,
        source=record.source,
        account=record.account,
        point_kind=point.kind,
        raw=point.raw,
        channel=channel,
        event_type=event_type,
        occurred_at=at,
        occurred_precision="unknown" if at is None else "instant",
        occurred_raw=written,
        member=record.member,
        locator=record.locator,
    )


IMPORTERS: tuple[Importer, ...] = (ShopifyApiImporter(),)
