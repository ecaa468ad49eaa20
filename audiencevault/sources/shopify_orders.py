"""Shopify orders: one row per line item, grouped into orders and those into buyers.

The first row of an order carries everything; further rows repeat its name and fill only the line item columns.
Money, dates and people are read from first rows alone. A buyer is an e-mail address, else a phone number, else
an order. The billing side is the buyer; the shipping side may be somebody else and is an address only.

A tick at a checkout is consent at the time of that order. "no" at a checkout says nothing: the box may have been
left as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.records import SOURCE_RECORDS, Extracted
from audiencevault.sources import table_columns as kernels
from audiencevault.sources import table_dates as dates
from audiencevault.sources import table_spec
from audiencevault.sources.importer import Importer
from audiencevault.sources.table_columns import Bools, Int64s
from audiencevault.sources.table_people import PeopleReader
from audiencevault.sources.table_purchases import further_points, spent_by, units, with_extra, with_further
from audiencevault.sources.table_reader import read
from audiencevault.sources.table_rows import EventPart, Rows
from audiencevault.sources.tabular import TableImporter

_ORDER: Final = ("name", "id", "email", "phone", "created at", "financial status", "cancelled at")
_MONEY: Final = ("currency", "total", "refunded amount", "accepts marketing")
_ABOUT: Final = (
    "notes",
    "note attributes",
    "tags",
    "payment method",
    "source",
    "discount code",
    "location",
    "employee",
)
_SIDES: Final = ("billing ", "shipping ")
_ADDRESS: Final = ("address1", "street", "address2", "city", "zip", "province", "province name", "country", "company")
_PAID: Final = ("paid", "partially_refunded", "partially refunded")
_NO_PURCHASE: Final = ("voided", "pending", "expired")
_STEP: Final = 32_768


class OrdersReader(PeopleReader):
    """Reads one orders file: first rows are kept, then told as buyers."""

    def run(self) -> Iterator[Extracted]:
        """The rejects as they come, then the buyers in the order of their first orders."""
        self.date_order = self._date_order()
        kept = [place for place, column in enumerate(self.head.columns) if _is_kept(column.key)]
        whole, self.head = self.head, replace(self.head, columns=tuple(self.head.columns[place] for place in kept))
        parts: list[list[pa.StringArray]] = []
        numbers: list[Int64s] = []
        for block in read(self.member, whole, self.limits):
            self.damaged = self.damaged or bool(block.rejects)
            cells = [self._clean(place, block.columns[where]) for place, where in enumerate(kept)]
            rows = Rows(self.head, cells, block.rows)
            total = len(rows) + len(block.rejects)
            first = _first_rows(rows)
            skipped = {"line_item": int((~first).sum())}
            rows.filter(first)
            parts.append(rows.cells)
            numbers.append(rows.numbers)
            # The orders themselves are counted below, where they become buyers.
            yield Extracted(
                rejects=self._reject_batch(list(block.rejects)),
                rows=total - len(rows),
                skipped={reason: count for reason, count in skipped.items() if count},
            )
        if parts:
            columns = [pa.concat_arrays(column) for column in zip(*parts, strict=True)]
            parts.clear()
            yield from self._buyers(Rows(self.head, columns, np.concatenate(numbers)))

    def _buyers(self, orders: Rows) -> Iterator[Extracted]:
        total = len(orders)
        skipped: dict[str, int] = {}
        again = _repeated(orders)
        _note(skipped, "duplicate_row", again)
        orders.filter(~again)
        buyer = _buyer_keys(orders)
        nobody = np.asarray(pc.equal(buyer, ""))
        _note(skipped, "order_without_person", nobody)
        orders.filter(~nobody)
        encoded = buyer.filter(pa.array(~nobody)).dictionary_encode()
        code = np.asarray(encoded.indices).astype(np.int64)
        keys = encoded.dictionary
        if len(orders) > len(keys):
            skipped["further_order"] = len(orders) - len(keys)
        yield Extracted(rows=total - len(keys), skipped=skipped)
        if not len(keys):
            return
        created = dates.parse(orders.get("created at"), self.date_order)
        ids, _ = kernels.record_ids(self.spec.source, self.account, keys.to_pylist())
        for records in self._buyer_records(orders, code, created, ids, keys):
            yield Extracted(records=records, rows=records.num_rows)
        for start in range(0, len(orders), _STEP):
            part = orders.slice(start, _STEP)
            part.record_id = ids.take(pa.array(code[start : start + _STEP]))
            part.locator = pc.binary_join_element_wise(self._locators(part), part.get("name"), ", order ")
            when = dates.Dates(created.at.slice(start, _STEP), created.precision.slice(start, _STEP))
            yield Extracted(events=self._order_events(part, when))

    def _buyer_records(
        self, orders: Rows, code: Int64s, created: dates.Dates, ids: pa.Array, keys: pa.Array
    ) -> Iterator[pa.RecordBatch]:
        at = np.asarray(pc.fill_null(created.at.cast(pa.int64()), np.iinfo(np.int64).min))
        # Who the buyer is says the latest order that has a billing side; one that has none may be a gift.
        billed = kernels.filled(orders.get("billing name", "billing address1", "billing city", "billing zip"))
        by_time = np.lexsort((np.arange(len(code)), at, billed, code))
        latest = by_time[np.append(np.flatnonzero(np.diff(code[by_time])), len(code) - 1)]
        spent, currency, others = _spent(orders, code, len(latest))
        ends = pa.table({"code": code, "at": created.at}).group_by("code").aggregate([("at", "min"), ("at", "max")])
        ends = ends.sort_by("code").combine_chunks()
        counts = pa.array(np.bincount(code, minlength=len(latest)))
        further = further_points(self, orders, code, latest)
        for start in range(0, len(latest), _STEP):
            chosen = latest[start : start + _STEP]
            place = pa.array(chosen)
            people = Rows(self.head, [cells.take(place) for cells in orders.cells], orders.numbers[chosen])
            _shipping_where_no_billing(people, self.head.columns)
            people.record_id = ids.slice(start, _STEP)
            people.locator = self._locators(people)
            batch = self._records(people, keys.slice(start, _STEP))
            replaced: dict[str, Any] = {
                "orders_count": counts.slice(start, _STEP),
                "total_spent": spent.slice(start, _STEP),
                "currency": currency.slice(start, _STEP),
                "first_seen_at": ends["at_min"].combine_chunks().slice(start, _STEP),
                "last_seen_at": ends["at_max"].combine_chunks().slice(start, _STEP),
                "points": with_further(batch.column("points"), further, start),
            }
            if others:
                replaced["extra"] = with_extra(batch.column("extra"), others, start)
            columns = [
                replaced[field.name].cast(field.type) if field.name in replaced else batch.column(field.name)
                for field in SOURCE_RECORDS
            ]
            yield pa.record_batch(columns, SOURCE_RECORDS)

    def _order_events(self, orders: Rows, created: dates.Dates) -> pa.RecordBatch | None:
        dated: dict[str, Any] = {
            "occurred_at": created.at,
            "occurred_precision": created.precision,
            "occurred_raw": kernels.or_null(orders.get("created at")),
        }
        status = kernels.lookup(orders.get("financial status"), dict.fromkeys(_NO_PURCHASE, 1))
        bought = (status < 0) & ~kernels.filled(orders.get("cancelled at"))
        parts: list[EventPart] = []
        earlier: list[pa.StringArray] = []
        for point in self.spec.points:
            cells = self.point_cells(orders, point)
            about = bought & kernels.filled(cells)
            for before in earlier:
                about &= ~np.asarray(pc.equal(before, cells))
            earlier.append(cells)
            index = np.flatnonzero(about)
            parts.append(self.part(orders, index, point.kind, cells, event_type="activity", detail="purchase", **dated))
        mail = self.point_cells(orders, self.spec.point("email"))
        ticked = (kernels.lookup(orders.get("accepts marketing"), dict.fromkeys(table_spec.YES_WORDS, 1)) > 0) & (
            kernels.filled(mail)
        )
        known = np.asarray(pc.is_valid(created.at))
        box = {"channel": "email", "capture_method": "checkout_box"}
        parts.append(
            self.part(orders, np.flatnonzero(ticked & known), "email", mail, event_type="granted", **box, **dated)
        )
        undated = np.flatnonzero(ticked & ~known)
        parts.append(self.part(orders, undated, "email", mail, event_type="observed", state="subscribed", **box))
        return self.event_batch(parts)


class OrdersImporter(TableImporter):
    """See the module."""

    reader = OrdersReader


def _is_kept(key: str) -> bool:
    """Whether a column says something about the order or the buyer, not about a line item, a tax or a payment."""
    return key in _ORDER or key in _MONEY or key in _ABOUT or key.startswith(_SIDES)


def _first_rows(rows: Rows) -> Bools:
    """Which rows begin an order: continuation rows have no status, no total and no id."""
    return kernels.filled(rows.get("financial status", "total", "id"))


def _repeated(orders: Rows) -> Bools:
    """Orders that an earlier row has told already, by name and id."""
    joined = pc.binary_join_element_wise(orders.get("name"), orders.get("id"), "\x1f")
    named = kernels.filled(orders.get("name", "id"))
    codes = np.asarray(joined.dictionary_encode().indices)
    first = np.zeros(len(codes), bool)
    first[np.unique(codes, return_index=True)[1]] = True
    return ~first & named


def _buyer_keys(orders: Rows) -> pa.StringArray:
    """Per order: the buyer's e-mail address, else phone number, else the order where a name stands on it."""
    mail = pc.utf8_lower(orders.get("email"))
    digits = pc.replace_substring_regex(orders.get("phone", "billing phone"), r"[^0-9]", "")
    phone = pc.if_else(pc.equal(digits, ""), "", pc.binary_join_element_wise("phone:", digits, ""))
    order = pc.binary_join_element_wise("order:", orders.get("name", "id"), "")
    order = pc.if_else(pc.equal(orders.get("billing name"), ""), "", order)
    return kernels.first_filled([mail, phone, order])


def _shipping_where_no_billing(people: Rows, columns: tuple[Any, ...]) -> None:
    """Take the shipping address, as a whole, where an order has no billing address."""
    keys = [column.key for column in columns]
    blank = ~kernels.filled(people.get("billing address1", "billing street", "billing city", "billing zip"))
    if not blank.any():
        return
    mask = pa.array(blank)
    for part in _ADDRESS:
        if f"billing {part}" in keys and f"shipping {part}" in keys and part != "company":
            place = keys.index(f"billing {part}")
            people.cells[place] = pc.if_else(mask, people.get(f"shipping {part}"), people.cells[place])


def _spent(orders: Rows, code: Int64s, buyers: int) -> tuple[pa.Array, pa.Array, dict[int, list[tuple[str, str]]]]:
    """Per buyer what was paid, less refunds; see `spent_by`."""
    paid = kernels.lookup(orders.get("financial status"), dict.fromkeys(_PAID, 1)) > 0
    amounts = units(orders.get("total"), "dot") - units(orders.get("refunded amount"), "dot")
    return spent_by(amounts, orders.get("currency"), code, paid, buyers)


def _note(skipped: dict[str, int], reason: str, hit: Bools) -> None:
    if hit.any():
        skipped[reason] = skipped.get(reason, 0) + int(hit.sum())


IMPORTERS: tuple[Importer, ...] = (OrdersImporter(table_spec.builtin("shopify_orders")),)
