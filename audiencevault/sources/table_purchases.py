"""Tables with a row for each order or line item, put together to buyers as a spec's `[purchases]` says.

Who the buyer is says the latest order that names somebody; every order is an event of its own, at its own date.
Columns that the spec does not name are not read: orders carry what was bought, paid with and sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.records import MONEY, POINT, SOURCE_RECORDS, STRING_MAP, Extracted
from audiencevault.sources import table_columns as kernels
from audiencevault.sources import table_dates as dates
from audiencevault.sources.table_columns import Bools, Int64s
from audiencevault.sources.table_people import NAME_FIELDS, PeopleReader
from audiencevault.sources.table_reader import Head, RowReject, read
from audiencevault.sources.table_rows import EventPart, Rows, owner_points
from audiencevault.sources.table_spec import NO_WORDS, PurchasesSpec, Spec

_STEP: Final = 32_768
_NO_MONEY: Final = 9e17
_NOWHEN: Final = np.iinfo(np.int64).min


class PurchasesReader(PeopleReader):
    """Reads one table of orders: rows are kept, then told as buyers."""

    without_person = "order_without_person"

    @property
    def purchases(self) -> PurchasesSpec:
        """The spec's `[purchases]`."""
        if self.spec.purchases is None:
            raise TypeError(self.spec.source)
        return self.spec.purchases

    def run(self) -> Iterator[Extracted]:
        """The rejects as they come, then the buyers in the order of their keys' first rows."""
        self.date_order = self._date_order()
        # An order that names nobody by address, number or id is a person of its own: names alone tell nobody apart.
        self.spec = replace(self.spec, key=(*self.spec.key, self.purchases.order))
        named = named_columns(self.spec)
        kept = [place for place, column in enumerate(self.head.columns) if column.key in named]
        whole, self.head = self.head, _cut(self.head, kept)
        parts: list[list[pa.StringArray]] = []
        numbers: list[Int64s] = []
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
            parts.append(rows.cells)
            numbers.append(rows.numbers)
            owner = owner_points(rows, self.spec, self._owner_seen)
            # The orders themselves are counted below, where they become buyers.
            yield Extracted(None, None, self._reject_batch(rejects), owner, total - len(rows), skipped)
        if parts and sum(map(len, numbers)):
            yield from self._buyers(Rows(self.head, _joined(parts), np.concatenate(numbers)))

    def _buyers(self, rows: Rows) -> Iterator[Extracted]:
        begins = _first_of_order(rows.get(*self.purchases.order))
        encoded = self._source_keys(rows).dictionary_encode()
        code = np.asarray(encoded.indices).astype(np.int64)
        keys: list[str] = encoded.dictionary.to_pylist()
        skipped = {"line_item": int((~begins).sum()), "further_order": int(begins.sum()) - len(keys)}
        if skipped["further_order"] < 0:
            # Two buyers on one order number: they are people all the same.
            skipped = {"line_item": len(rows) - len(keys), "further_order": 0}
        yield Extracted(rows=len(rows) - len(keys), skipped={reason: n for reason, n in skipped.items() if n})
        ids, _ = kernels.record_ids(self.spec.source, self.account, keys)
        when = dates.parse(rows.get(*self.spec.columns.get("first_seen_at", ())), self.date_order)
        for records in self._records_of(rows, code, begins, when, ids, keys):
            yield Extracted(records=records, rows=records.num_rows)
        bought = begins & self._sold(rows)
        for start in range(0, len(rows), _STEP):
            part = rows.slice(start, _STEP)
            part.record_id = ids.take(pa.array(code[start : start + _STEP]))
            part.locator = self._order_locators(part)
            self._bought = bought[start : start + _STEP]
            events = self._events(part)
            if events is not None:
                yield Extracted(events=events)

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

    def _records_of(
        self, rows: Rows, code: Int64s, begins: Bools, when: dates.Dates, ids: pa.Array, keys: Sequence[str]
    ) -> Iterator[pa.RecordBatch]:
        buyers = len(keys)
        at = np.asarray(pc.fill_null(when.at.cast(pa.int64()), _NOWHEN))
        names = [key for name in (*NAME_FIELDS, "address1") for key in self.spec.columns.get(name, ())]
        by_time = np.lexsort((np.arange(len(code)), at, kernels.filled(rows.get(*names)), code))
        latest = by_time[np.append(np.flatnonzero(np.diff(code[by_time])), len(code) - 1)]
        ends = pa.table({"code": code, "at": when.at}).group_by("code").aggregate([("at", "min"), ("at", "max")])
        ends = ends.sort_by("code").combine_chunks()
        counts = pa.array(np.bincount(code[begins], minlength=buyers))
        paid = self._paid(rows) & (begins | self.purchases.each_row)
        amounts = units(rows.get(*self.purchases.amount), self.spec.decimal)
        amounts = amounts - units(rows.get(*self.purchases.refunded), self.spec.decimal)
        spent, currency, others = spent_by(
            amounts, rows.get(*self.spec.columns.get("currency", ())), code, paid, buyers
        )
        further = further_points(self, rows, code, latest)
        source_key = pa.array(keys, pa.string())
        for start in range(0, buyers, _STEP):
            chosen = latest[start : start + _STEP]
            place = pa.array(chosen)
            people = Rows(self.head, [cells.take(place) for cells in rows.cells], rows.numbers[chosen])
            people.record_id = ids.slice(start, _STEP)
            people.locator = self._locators(people)
            batch = self._records(people, source_key.slice(start, _STEP))
            replaced: dict[str, Any] = {
                "orders_count": counts.slice(start, _STEP),
                "first_seen_at": ends["at_min"].combine_chunks().slice(start, _STEP),
                "last_seen_at": ends["at_max"].combine_chunks().slice(start, _STEP),
                "points": with_further(batch.column("points"), further, start),
            }
            if self.present(self.purchases.amount):
                replaced |= {"total_spent": spent.slice(start, _STEP), "currency": currency.slice(start, _STEP)}
            if others:
                replaced["extra"] = with_extra(batch.column("extra"), others, start)
            columns = [
                replaced[field.name].cast(field.type) if field.name in replaced else batch.column(field.name)
                for field in SOURCE_RECORDS
            ]
            yield pa.record_batch(columns, SOURCE_RECORDS)

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


def further_points(
    reader: PeopleReader, orders: Rows, code: Int64s, latest: Int64s
) -> dict[int, list[dict[str, str | None]]]:
    """By buyer: the addresses and numbers of orders other than the one that stands for them."""
    more: dict[int, list[dict[str, str | None]]] = {}
    for point in reader.spec.points:
        cells = reader.point_cells(orders, point)
        newest = cells.take(pa.array(latest)).take(pa.array(code))
        differs = kernels.filled(cells) & ~np.asarray(pc.equal(pc.utf8_lower(cells), pc.utf8_lower(newest)))
        index = np.flatnonzero(differs)
        for owner, raw in zip(code[index].tolist(), cells.take(pa.array(index)).to_pylist(), strict=True):
            more.setdefault(owner, []).append({"kind": point.kind, "raw": raw, "label": point.label})
    return more


def spent_by(
    units: Int64s, currencies: pa.StringArray, code: Int64s, paid: Bools, buyers: int
) -> tuple[pa.Array, pa.Array, dict[int, list[tuple[str, str]]]]:
    """Per buyer what was paid (ten-thousandths in `units`, of the orders that are `paid`) in the currency that
    most of it was paid in, and that currency.

    Currencies are never added up: further ones come back by buyer, as header and amount.
    """
    currency = currencies.dictionary_encode()
    names: list[str] = currency.dictionary.to_pylist()
    many = max(len(names), 1)
    pairs, inverse = np.unique(code[paid] * many + np.asarray(currency.indices)[paid], return_inverse=True)
    totals = np.zeros(len(pairs), np.int64)
    np.add.at(totals, inverse, units[paid])
    # A sum with more digits than money has is no sum of money.
    sane = np.bincount(inverse, np.abs(units[paid].astype(np.float64)), len(pairs)) < _NO_MONEY
    pairs, totals = pairs[sane], totals[sane]
    owners, which = pairs // many, pairs % many
    # The largest amount of each buyer, the first by name among equal ones.
    rank = np.argsort(np.argsort(np.array(names, dtype=object), kind="stable")) if names else np.empty(0, np.int64)
    order = np.lexsort((rank[which], -totals, owners))
    best = order[np.append(True, np.diff(owners[order]) > 0)] if len(order) else order
    place = np.full(buyers, -1, np.int64)
    place[owners[best]] = best
    index = pa.array(place, mask=place < 0)
    chosen = pa.array([name or None for name in names], pa.string()).take(pa.array(which)).take(index)
    others: dict[int, list[tuple[str, str]]] = {}
    for pair in np.setdiff1d(np.arange(len(pairs)), best).tolist():
        header = f"Total spent {names[which[pair]]}".strip()
        others.setdefault(int(owners[pair]), []).append((header, str(_decimal(int(totals[pair])))))
    return _money(totals).take(index), chosen, {owner: sorted(rest) for owner, rest in others.items()}


def with_further(points: pa.Array, further: dict[int, list[dict[str, str | None]]], start: int) -> pa.Array:
    """`points` of the buyers from `start` on, with what `further` orders had, each value once."""
    owners = [owner for owner in range(start, start + len(points)) if owner in further]
    if not owners:
        return points
    lists = points.to_pylist()
    for owner in owners:
        mine = lists[owner - start]
        known = {(one["kind"], one["raw"].lower()) for one in mine}
        for one in further[owner]:
            value = (one["kind"], str(one["raw"]).lower())
            if value not in known:
                known.add(value)
                mine.append(one)
    return pa.array(lists, pa.list_(POINT))


def with_extra(extra: pa.Array, more: dict[int, list[tuple[str, str]]], start: int) -> pa.Array:
    """`extra` of the buyers from `start` on, with the pairs of `more`."""
    told = enumerate(extra.to_pylist(), start=start)
    return pa.array([[*pairs, *more.get(index, ())] for index, pairs in told], STRING_MAP)


def _joined(parts: list[list[pa.StringArray]]) -> list[pa.StringArray]:
    """The columns of all blocks; `parts` is used up column by column, so that no two of them are held twice."""
    columns: list[pa.StringArray] = []
    for place in range(len(parts[0])):
        columns.append(pa.concat_arrays([part[place] for part in parts]))
        for part in parts:
            part[place] = kernels.empty(0)
    return columns


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


def _first_of_order(order: pa.StringArray) -> Bools:
    """Which rows are the first of their order; a row without an order number is one of its own."""
    codes = np.asarray(order.dictionary_encode().indices)
    first = np.zeros(len(codes), bool)
    first[np.unique(codes, return_index=True)[1]] = True
    return first | ~kernels.filled(order)


def units(cells: pa.StringArray, decimal: str) -> Int64s:
    """Amounts in ten-thousandths, 0 where there is none."""
    value = pc.fill_null(kernels.money(cells, decimal), pa.scalar(Decimal(0), MONEY))
    scaled = pc.multiply(value, pa.scalar(Decimal(10_000), pa.decimal128(5, 0))).cast(pa.int64())
    return np.asarray(scaled)


def _money(units: Int64s) -> pa.Array:
    """Ten-thousandths as amounts."""
    whole = pa.array(units).cast(pa.decimal128(19, 0))
    return pa.Array.from_buffers(pa.decimal128(19, 4), len(whole), whole.buffers()).cast(MONEY)


def _decimal(units: int) -> Decimal:
    return (Decimal(units) / 10_000).quantize(Decimal("0.01")) if units % 100 == 0 else Decimal(units) / 10_000


def _note(skipped: dict[str, int], reason: str, hit: Bools) -> None:
    if hit.any():
        skipped[reason] = skipped.get(reason, 0) + int(hit.sum())
