"""Rows of orders put together to buyers: one record for each, an event for each order.

Who the buyer is says the latest order that names somebody. Rows come in as a table is read, and are told at its end,
a group of buyers at a time, so that memory does not grow with the table.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.records import MONEY, POINT, SOURCE_RECORDS, STRING_MAP, Extracted
from audiencevault.sources import table_columns as kernels
from audiencevault.sources import table_dates as dates
from audiencevault.sources.table_columns import Bools, Int64s
from audiencevault.sources.table_held import Group, HeldRows
from audiencevault.sources.table_people import PeopleReader
from audiencevault.sources.table_rows import Rows

STEP: Final = 32_768
"""Buyers, and orders, that are told at a time."""
_NO_MONEY: Final = 9e17
_NOWHEN: Final = np.iinfo(np.int64).min
_NUMBER, _KEY, _BEGINS = "number", "key", "begins"


@dataclass(frozen=True)
class Paid:
    """Per row what was paid, less refunds: ten-thousandths, the currency, and whether it counts at all."""

    units: Int64s
    currency: pa.StringArray
    counts: Bools


@dataclass
class _Numbers:
    """Everything about the rows of a group that is a number, and what the numbers stand for."""

    keys: list[str]
    code: Int64s
    at: Int64s
    names: Bools
    begins: Bools
    paid: Paid


class BuyersReader(PeopleReader):
    """Reads one table of orders; subclasses say what a row's buyer, date and money are."""

    @abstractmethod
    def created(self, rows: Rows) -> dates.Dates:
        """When the rows' orders were made."""

    @abstractmethod
    def names_somebody(self, rows: Rows) -> Bools:
        """Which rows say who the buyer is."""

    @abstractmethod
    def paid(self, rows: Rows, begins: Bools) -> Paid:
        """The rows' money; `begins` are those that are the first of their order."""

    @abstractmethod
    def order_events(self, rows: Rows, begins: Bools) -> pa.RecordBatch | None:
        """What the orders are evidence of; the rows have their ids and locators."""

    @property
    def with_money(self) -> bool:
        """Whether the table says what was paid."""
        return True

    def settled(self, people: Rows) -> None:
        """Called with the rows that stand for the buyers before they become records."""

    def hold(self, held: HeldRows, rows: Rows, keys: pa.StringArray, begins: Bools) -> None:
        """Keep rows whose buyers have these `keys`."""
        names = [*map(str, range(len(rows.cells))), _NUMBER, _KEY, _BEGINS]
        columns = [*rows.cells, pa.array(rows.numbers), keys, pa.array(begins)]
        held.add(pa.RecordBatch.from_arrays(columns, names=names), keys)

    def told(self, group: Group) -> Iterator[Extracted]:
        """The buyers of a group, then the events of their orders."""
        known = self._numbers(group)
        if not known.keys:
            return
        ids, _ = kernels.record_ids(self.spec.source, self.account, known.keys)
        for records in self._buyer_records(group, known, ids):
            yield Extracted(records=records, rows=records.num_rows)
        done = 0
        for whole, begins in self._parts(group):
            for start in range(0, len(whole), STEP):
                rows = whole.slice(start, STEP)
                rows.record_id = ids.take(pa.array(known.code[done + start : done + start + STEP]))
                rows.locator = self._locators(rows)
                events = self.order_events(rows, begins[start : start + STEP])
                if events is not None and events.num_rows:
                    yield Extracted(events=events)
            done += len(whole)

    def _parts(self, group: Group) -> Iterator[tuple[Rows, Bools]]:
        for batch in group:
            cells = batch.columns[: len(self.head.columns)]
            yield Rows(self.head, cells, np.asarray(batch.column(_NUMBER))), _flags(batch)

    def _numbers(self, group: Group) -> _Numbers:
        places: dict[str, int] = {}
        codes: list[Int64s] = []
        for batch in group:
            encoded = batch.column(_KEY).dictionary_encode()
            table = [places.setdefault(key, len(places)) for key in encoded.dictionary.to_pylist()]
            codes.append(np.array(table, np.int64)[np.asarray(encoded.indices)])
        at, names, begun = list[Int64s](), list[Bools](), list[Bools]()
        units, counts, currencies = list[Int64s](), list[Bools](), list[pa.Array]()
        for rows, begins in self._parts(group):
            at.append(np.asarray(pc.fill_null(self.created(rows).at.cast(pa.int64()), _NOWHEN)))
            names.append(self.names_somebody(rows))
            paid = self.paid(rows, begins)
            begun.append(begins)
            units.append(paid.units)
            counts.append(paid.counts)
            currencies.append(paid.currency.dictionary_encode())
        currency = pa.chunked_array(currencies, pa.dictionary(pa.int32(), pa.string())).unify_dictionaries()
        return _Numbers(
            list(places), _one(codes), _one(at), _one(names), _one(begun),
            Paid(_one(units), currency.combine_chunks(), _one(counts)),
        )  # fmt: skip

    def _buyer_records(self, group: Group, known: _Numbers, ids: pa.StringArray) -> Iterator[pa.RecordBatch]:
        buyers, code = len(known.keys), known.code
        by_time = np.lexsort((np.arange(len(code)), known.at, known.names, code))
        latest = by_time[np.append(np.flatnonzero(np.diff(code[by_time])), len(code) - 1)]
        first, last = _ends(code, known.at, buyers)
        counts = pa.array(np.bincount(code[known.begins], minlength=buyers))
        spent, currency, others = _spent_by(known.paid, code, buyers)
        standing = self._standing(group, latest)
        further = self._further(group, code, standing)
        source_key = pa.array(known.keys, pa.string())
        for start in range(0, buyers, STEP):
            people = standing.slice(start, STEP)
            self.settled(people)
            people.record_id = ids.slice(start, STEP)
            people.locator = self._locators(people)
            batch = self._records(people, source_key.slice(start, STEP))
            replaced: dict[str, Any] = {
                "orders_count": counts.slice(start, STEP),
                "first_seen_at": first.slice(start, STEP),
                "last_seen_at": last.slice(start, STEP),
                "points": _with_further(batch.column("points"), further, start),
            }
            if self.with_money:
                replaced |= {"total_spent": spent.slice(start, STEP), "currency": currency.slice(start, STEP)}
            if others:
                replaced["extra"] = _with_extra(batch.column("extra"), others, start)
            columns = [
                replaced[field.name].cast(field.type) if field.name in replaced else batch.column(field.name)
                for field in SOURCE_RECORDS
            ]
            yield pa.record_batch(columns, SOURCE_RECORDS)

    def _standing(self, group: Group, latest: Int64s) -> Rows:
        """The rows `latest` of a group, in that order."""
        wanted = np.sort(latest)
        cells: list[list[pa.Array]] = []
        numbers: list[Int64s] = []
        done = 0
        for rows, _ in self._parts(group):
            start, stop = np.searchsorted(wanted, (done, done + len(rows)))
            place = pa.array(wanted[start:stop] - done)
            cells.append([column.take(place) for column in rows.cells])
            numbers.append(rows.numbers[wanted[start:stop] - done])
            done += len(rows)
        order = np.searchsorted(wanted, latest)
        place = pa.array(order)
        columns = [pa.concat_arrays(parts).take(place) for parts in zip(*cells, strict=True)]
        return Rows(self.head, columns, np.concatenate(numbers)[order])

    def _further(self, group: Group, code: Int64s, standing: Rows) -> dict[int, list[dict[str, str | None]]]:
        """By buyer: the addresses and numbers of orders other than the one that stands for them."""
        points = self.spec.points
        newest = [pc.utf8_lower(self.point_cells(standing, point)) for point in points]
        # By point and then by buyer, each value once; the first way in which it was written stands.
        found: list[dict[int, dict[str, str]]] = [{} for _ in points]
        done = 0
        for rows, _ in self._parts(group):
            here = code[done : done + len(rows)]
            done += len(rows)
            for point, lowered, values in zip(points, newest, found, strict=True):
                cells = self.point_cells(rows, point)
                same = pc.equal(pc.utf8_lower(cells), lowered.take(pa.array(here)))
                index = np.flatnonzero(kernels.filled(cells) & ~np.asarray(same))
                for owner, raw in zip(here[index].tolist(), cells.take(pa.array(index)).to_pylist(), strict=True):
                    values.setdefault(owner, {}).setdefault(raw.lower(), raw)
        more: dict[int, list[dict[str, str | None]]] = {}
        for point, values in zip(points, found, strict=True):
            for owner, written in values.items():
                told = more.setdefault(owner, [])
                told += [{"kind": point.kind, "raw": raw, "label": point.label} for raw in written.values()]
        return more


def units(cells: pa.StringArray, decimal: str) -> Int64s:
    """Amounts in ten-thousandths, 0 where there is none."""
    value = pc.fill_null(kernels.money(cells, decimal), pa.scalar(Decimal(0), MONEY))
    scaled = pc.multiply(value, pa.scalar(Decimal(10_000), pa.decimal128(5, 0))).cast(pa.int64())
    return np.asarray(scaled)


def _flags(batch: pa.RecordBatch) -> Bools:
    return np.asarray(batch.column(_BEGINS).cast(pa.uint8())).astype(bool)


def _one(parts: Sequence[Any]) -> Any:
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _ends(code: Int64s, at: Int64s, buyers: int) -> tuple[pa.Array, pa.Array]:
    """Per buyer the first and the last of the known moments `at`."""
    dated = at != _NOWHEN
    table = pa.table({"code": code, "at": pa.array(at, mask=~dated)}).group_by("code")
    ends = table.aggregate([("at", "min"), ("at", "max")]).sort_by("code").combine_chunks()
    kind = SOURCE_RECORDS.field("first_seen_at").type
    first, last = (ends[name].combine_chunks().cast(kind) for name in ("at_min", "at_max"))
    assert len(first) == buyers
    return first, last


def _spent_by(paid: Paid, code: Int64s, buyers: int) -> tuple[pa.Array, pa.Array, dict[int, list[tuple[str, str]]]]:
    """Per buyer what was paid in the currency that most of it was paid in, and that currency.

    Currencies are never added up: further ones come back by buyer, as header and amount.
    """
    units, counts = paid.units, paid.counts
    names: list[str] = paid.currency.dictionary.to_pylist()
    many = max(len(names), 1)
    pairs, inverse = np.unique(code[counts] * many + np.asarray(paid.currency.indices)[counts], return_inverse=True)
    totals = np.zeros(len(pairs), np.int64)
    np.add.at(totals, inverse, units[counts])
    # A sum with more digits than money has is no sum of money.
    sane = np.bincount(inverse, np.abs(units[counts].astype(np.float64)), len(pairs)) < _NO_MONEY
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


def _with_further(points: pa.Array, further: dict[int, list[dict[str, str | None]]], start: int) -> pa.Array:
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


def _with_extra(extra: pa.Array, more: dict[int, list[tuple[str, str]]], start: int) -> pa.Array:
    """`extra` of the buyers from `start` on, with the pairs of `more`."""
    told = enumerate(extra.to_pylist(), start=start)
    return pa.array([[*pairs, *more.get(index, ())] for index, pairs in told], STRING_MAP)


def _money(units: Int64s) -> pa.Array:
    """Ten-thousandths as amounts."""
    whole = pa.array(units).cast(pa.decimal128(19, 0))
    return pa.Array.from_buffers(pa.decimal128(19, 4), len(whole), whole.buffers()).cast(MONEY)


def _decimal(units: int) -> Decimal:
    return (Decimal(units) / 10_000).quantize(Decimal("0.01")) if units % 100 == 0 else Decimal(units) / 10_000
