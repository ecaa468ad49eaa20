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

from audiencevault.records import Extracted
from audiencevault.sources import table_columns as kernels
from audiencevault.sources import table_dates as dates
from audiencevault.sources import table_spec
from audiencevault.sources.importer import Importer
from audiencevault.sources.table_buyers import BuyersReader, Paid, units
from audiencevault.sources.table_columns import Bools
from audiencevault.sources.table_held import HeldRows, Met
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
_BEGINS: Final = ("financial status", "total", "id")
_SIDES: Final = ("billing ", "shipping ")
_ADDRESS: Final = ("address1", "street", "address2", "city", "zip", "province", "province name", "country", "company")
_PAID: Final = ("paid", "partially_refunded", "partially refunded")
_NO_PURCHASE: Final = ("voided", "pending", "expired")


class OrdersReader(BuyersReader):
    """Reads one orders file: first rows are kept, then told as buyers."""

    def run(self) -> Iterator[Extracted]:
        """The rejects as they come, then the buyers in the order of their first orders, or a group at a time."""
        self.date_order = self._date_order()
        kept = [place for place, column in enumerate(self.head.columns) if _is_kept(column.key)]
        whole, self.head = self.head, replace(self.head, columns=tuple(self.head.columns[place] for place in kept))
        met = Met()
        orders = buyers = 0
        with HeldRows(self.scratch) as held:
            for block in read(self.member, whole, self.limits):
                self.damaged = self.damaged or bool(block.rejects)
                rows = Rows(self.head, [block.columns[where] for where in kept], block.rows)
                total = len(rows) + len(block.rejects)
                skipped: dict[str, int] = {}
                first = self._first_rows(rows)
                _note(skipped, "line_item", ~first)
                # Only what is kept is worth cleaning: most rows are line items.
                rows.filter(first)
                rows.cells = [self._clean(place, cells) for place, cells in enumerate(rows.cells)]
                again = _repeated(rows, met)
                _note(skipped, "duplicate_row", again)
                rows.filter(~again)
                keys = _buyer_keys(rows)
                somebody = kernels.filled(keys)
                _note(skipped, "order_without_person", ~somebody)
                rows.filter(somebody)
                orders += len(rows)
                self.hold(held, rows, keys.filter(pa.array(somebody)), np.ones(len(rows), bool))
                # The orders themselves are counted below, where they become buyers.
                yield Extracted(
                    rejects=self._reject_batch(list(block.rejects)), rows=total - len(rows), skipped=skipped
                )
            for group in held.groups():
                for item in self.told(group):
                    buyers += item.records.num_rows if item.records is not None else 0
                    yield item
        further = orders - buyers
        yield Extracted(rows=further, skipped={"further_order": further} if further else {})

    def created(self, rows: Rows) -> dates.Dates:
        """See `BuyersReader`."""
        return dates.parse(rows.get("created at"), self.date_order)

    def names_somebody(self, rows: Rows) -> Bools:
        """See `BuyersReader`; an order that has no billing side may be a gift."""
        return kernels.filled(rows.get("billing name", "billing address1", "billing city", "billing zip"))

    def settled(self, people: Rows) -> None:
        """See `BuyersReader`."""
        _shipping_where_no_billing(people, self.head.columns)

    def paid(self, rows: Rows, begins: Bools) -> Paid:
        """See `BuyersReader`."""
        amounts = units(rows.get("total"), "dot") - units(rows.get("refunded amount"), "dot")
        counts = kernels.lookup(rows.get("financial status"), dict.fromkeys(_PAID, 1)) > 0
        return Paid(amounts, rows.get("currency"), counts & begins)

    def order_events(self, rows: Rows, begins: Bools) -> pa.RecordBatch | None:
        """A purchase, unless it was cancelled or never paid for; and the tick at the checkout."""
        rows.locator = pc.binary_join_element_wise(rows.locator, rows.get("name"), ", order ")
        created = self.created(rows)
        dated: dict[str, Any] = {
            "occurred_at": created.at,
            "occurred_precision": created.precision,
            "occurred_raw": kernels.or_null(rows.get("created at")),
        }
        status = kernels.lookup(rows.get("financial status"), dict.fromkeys(_NO_PURCHASE, 1))
        bought = begins & (status < 0) & ~kernels.filled(rows.get("cancelled at"))
        parts: list[EventPart] = []
        earlier: list[pa.StringArray] = []
        for point in self.spec.points:
            cells = self.point_cells(rows, point)
            about = bought & kernels.filled(cells)
            for before in earlier:
                about &= ~np.asarray(pc.equal(before, cells))
            earlier.append(cells)
            index = np.flatnonzero(about)
            parts.append(self.part(rows, index, point.kind, cells, event_type="activity", detail="purchase", **dated))
        mail = self.point_cells(rows, self.spec.point("email"))
        ticked = (kernels.lookup(rows.get("accepts marketing"), dict.fromkeys(table_spec.YES_WORDS, 1)) > 0) & (
            kernels.filled(mail)
        )
        known = np.asarray(pc.is_valid(created.at))
        box = {"channel": "email", "capture_method": "checkout_box"}
        parts.append(
            self.part(rows, np.flatnonzero(ticked & known), "email", mail, event_type="granted", **box, **dated)
        )
        undated = np.flatnonzero(ticked & ~known)
        parts.append(self.part(rows, undated, "email", mail, event_type="observed", state="subscribed", **box))
        return self.event_batch(parts)

    def _first_rows(self, rows: Rows) -> Bools:
        """Which rows begin an order: continuation rows have no status, no total and no id."""
        found = np.zeros(len(rows), bool)
        for place, column in enumerate(self.head.columns):
            if column.key in _BEGINS:
                found |= kernels.filled(self._clean(place, rows.cells[place]))
        return found


class OrdersImporter(TableImporter):
    """See the module."""

    reader = OrdersReader


def _is_kept(key: str) -> bool:
    """Whether a column says something about the order or the buyer, not about a line item, a tax or a payment."""
    return key in _ORDER or key in _MONEY or key in _ABOUT or key.startswith(_SIDES)


def _repeated(orders: Rows, met: Met) -> Bools:
    """Orders that an earlier row has told already, by name and id."""
    joined = pc.binary_join_element_wise(orders.get("name"), orders.get("id"), "\x1f")
    return ~met.first(joined) & kernels.filled(orders.get("name", "id"))


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


def _note(skipped: dict[str, int], reason: str, hit: Bools) -> None:
    if hit.any():
        skipped[reason] = skipped.get(reason, 0) + int(hit.sum())


IMPORTERS: tuple[Importer, ...] = (OrdersImporter(table_spec.builtin("shopify_orders")),)
