"""Tables with a row for each order or line item, put together to buyers as a spec's `[purchases]` says.

Every order is an event of its own, at its own date.
Columns that the spec does not name are not read: orders carry what was bought, paid with and sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.records import Extracted
from audiencevault.sources import table_columns as kernels
from audiencevault.sources import table_dates as dates
from audiencevault.sources.table_buyers import BuyersReader, Paid, units
from audiencevault.sources.table_columns import Bools, Int64s
from audiencevault.sources.table_held import HeldRows, Met
from audiencevault.sources.table_people import NAME_FIELDS
from audiencevault.sources.table_reader import Head, RowReject, read
from audiencevault.sources.table_rows import EventPart, Rows, owner_points
from audiencevault.sources.table_spec import NO_WORDS, PurchasesSpec, Spec


class PurchasesReader(BuyersReader):
    """Reads one table of orders: rows are kept, then told as buyers."""

    without_person = "order_without_person"

    @property
    def purchases(self) -> PurchasesSpec:
        """The spec's `[purchases]`."""
        if self.spec.purchases is None:
            raise TypeError(self.spec.source)
        return self.spec.purchases

    def run(self) -> Iterator[Extracted]:
        """The rejects as they come, then the buyers in the order of their keys' first rows, or a group at a time."""
        self.date_order = self._date_order()
        # An order that names nobody by address, number or id is a person of its own: names alone tell nobody apart.
        self.spec = replace(self.spec, key=(*self.spec.key, self.purchases.order))
        named = named_columns(self.spec)
        kept = [place for place, column in enumerate(self.head.columns) if column.key in named]
        whole, self.head = self.head, _cut(self.head, kept)
        met = Met()
        orders = lines = buyers = 0
        with HeldRows(self.scratch) as held:
            for block in read(self.member, whole, self.limits):
                cells = [self._clean(place, block.columns[where]) for place, where in enumerate(kept)]
                rows = Rows(self.head, cells, block.rows)
                rejects: list[RowReject] = list(block.rejects)
                self.damaged = self.damaged or bool(rejects)
                total = len(rows) + len(rejects)
                skipped: dict[str, int] = {}
                first = self.present(self.purchases.first)
                if first and len(rows):
                    begins = kernels.filled(rows.get(*first))
                    _note(skipped, "line_item", ~begins)
                    rows.filter(begins)
                if len(rows):
                    self._leave_out(rows, skipped, rejects)
                owner = owner_points(rows, self.spec, self._owner_seen)
                # The orders themselves are counted below, where they become buyers.
                yield Extracted(None, None, self._reject_batch(rejects), owner, total - len(rows), skipped)
                if len(rows):
                    order = rows.get(*self.purchases.order)
                    # A row without an order number is an order of its own.
                    begins = met.first(order) | ~kernels.filled(order)
                    orders, lines = orders + int(begins.sum()), lines + len(rows)
                    self.hold(held, rows, self._source_keys(rows), begins)
            for group in held.groups():
                for item in self.told(group):
                    buyers += item.records.num_rows if item.records is not None else 0
                    yield item
        skipped = {"line_item": lines - orders, "further_order": orders - buyers}
        if skipped["further_order"] < 0:
            # Two buyers on one order number: they are people all the same.
            skipped = {"line_item": lines - buyers, "further_order": 0}
        yield Extracted(rows=lines - buyers, skipped={reason: n for reason, n in skipped.items() if n})

    def created(self, rows: Rows) -> dates.Dates:
        """See `BuyersReader`."""
        return dates.parse(rows.get(*self.spec.columns.get("first_seen_at", ())), self.date_order)

    def names_somebody(self, rows: Rows) -> Bools:
        """See `BuyersReader`."""
        names = [key for name in (*NAME_FIELDS, "address1") for key in self.spec.columns.get(name, ())]
        return kernels.filled(rows.get(*names))

    @property
    def with_money(self) -> bool:
        """See `BuyersReader`."""
        return bool(self.present(self.purchases.amount))

    def paid(self, rows: Rows, begins: Bools) -> Paid:
        """See `BuyersReader`."""
        amounts = units(rows.get(*self.purchases.amount), self.spec.decimal)
        amounts = amounts - units(rows.get(*self.purchases.refunded), self.spec.decimal)
        currency = rows.get(*self.spec.columns.get("currency", ()))
        return Paid(amounts, currency, self._paid(rows) & (begins | self.purchases.each_row))

    def order_events(self, rows: Rows, begins: Bools) -> pa.RecordBatch | None:
        """See `BuyersReader`."""
        rows.locator = self._order_locators(rows)
        self._bought = begins & self._sold(rows)
        return self._events(rows)

    def _activity_parts(self, rows: Rows, activity: Any) -> list[EventPart]:
        """As for people, for the orders alone that were paid for."""
        parts: list[EventPart] = []
        for part in super()._activity_parts(rows, activity):
            keep = self._bought[part.rows]
            mask = pa.array(keep)
            cut = {n: value.filter(mask) if isinstance(value, pa.Array) else value for n, value in part.columns.items()}
            parts.append(EventPart(part.rows[keep], cut))
        return parts

    def _extra(
        self, rows: Rows, used: set[str], unread: Mapping[str, pa.StringArray]
    ) -> list[tuple[str, pa.StringArray]]:
        """What the spec keeps, and what could not be read; not what the order was counted by."""
        kept = {*self.purchases.keep, *unread}
        names = {column.name for column in self.head.columns if column.key in kept}
        return [pair for pair in super()._extra(rows, used, unread) if pair[0] in names]

    def _order_locators(self, rows: Rows) -> pa.StringArray:
        order = rows.get(*self.purchases.order)
        named = pc.binary_join_element_wise(self._locators(rows), order, ", order ")
        return pc.if_else(pc.equal(order, ""), self._locators(rows), named)

    def _status(self, rows: Rows, among: Sequence[str]) -> Int64s:
        return kernels.lookup(rows.get(*self.purchases.status), dict.fromkeys(among, 1))

    def _unpaid(self, rows: Rows) -> Bools:
        undone = self._status(rows, self.purchases.unpaid) > 0
        for key in self.present(self.purchases.unless):
            cells = rows.get(key)
            undone |= kernels.filled(cells) & (kernels.lookup(cells, dict.fromkeys(NO_WORDS, 1)) < 0)
        return undone

    def _sold(self, rows: Rows) -> Bools:
        sold = ~self._unpaid(rows)
        return sold & (self._status(rows, self.purchases.sales) > 0) if self.purchases.sales else sold

    def _paid(self, rows: Rows) -> Bools:
        paid = ~self._unpaid(rows)
        return paid & (self._status(rows, self.purchases.paid) > 0) if self.purchases.paid else paid


def named_columns(spec: Spec) -> frozenset[str]:
    """Every column that the spec says something about."""
    found = {key for keys in (*spec.columns.values(), *spec.key, spec.owner) for key in keys}
    for point in spec.points:
        found.update(point.columns)
    for consent in spec.consent:
        found.update((*consent.columns, *consent.at, *consent.ip))
    for activity in spec.activity:
        found.update((*activity.positive, *activity.at))
    for skip in spec.skip:
        found.update(skip.columns)
    if (how := spec.purchases) is not None:
        found.update((*how.order, *how.first, *how.amount, *how.refunded, *how.status, *how.unless, *how.keep))
    return frozenset(found)


def _cut(head: Head, kept: Sequence[int]) -> Head:
    """`head` with those columns alone, for rows that are cut already; its sample stays as wide as the table."""
    return replace(head, columns=tuple(head.columns[place] for place in kept))


def _note(skipped: dict[str, int], reason: str, hit: Bools) -> None:
    if hit.any():
        skipped[reason] = skipped.get(reason, 0) + int(hit.sum())
