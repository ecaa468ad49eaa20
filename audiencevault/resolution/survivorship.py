"""Which value survives into the contact, by rules that are data, and which record each came from.

Words: a *group* is a set of fields that survive together from one record, such as the parts of an address; a *rule*
is a list of criteria, the first of which that tells two records apart decides; a *family* is the part of a source
before the dot (`shopify` of `shopify.orders`), whose lists describe the same purchases.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.errors import DefinitionError
from audiencevault.records import CONTACTS, MONEY
from audiencevault.resolution import surviving
from audiencevault.resolution.columns import starts
from audiencevault.resolution.surviving import Ids, Mask

MOST_COMPLETE, MOST_TRUSTED, MOST_FREQUENT, MOST_RECENT = (
    "most_complete", "most_trusted", "most_frequent", "most_recent",
)  # fmt: skip
CRITERIA: Final = (MOST_COMPLETE, MOST_TRUSTED, MOST_FREQUENT, MOST_RECENT)


DEFAULT_TRUST: Final = 5
MOST_TRUST: Final = 9
RULES_FILE: Final = Path(__file__).with_name("survivorship.toml")

GROUPS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "name": ("first_name", "last_name", "display_name"),
    "company": ("company",),
    "job_title": ("job_title",),
    "email": ("email",),
    "phone": ("phone",),
    "address": ("address1", "address2", "city", "region", "postcode", "country"),
    "language": ("language",),
    "birthday": ("birthday",),
})  # fmt: skip
"""Fields of CONTACTS that survive together, from one record."""

POINTS_KEPT: Final = ("email", "phone")


@dataclass(frozen=True, slots=True)
class Rules:
    """`by_group`: the criteria of each group, most important first (`most_recent` always breaks the last tie).
    `trust`: trust in a source, 0 to 9, by its full name, or its family; 5 where neither is named.
    """

    by_group: Mapping[str, tuple[str, ...]]
    trust: Mapping[str, int]

    def trust_in(self, source: str) -> int:
        """Trust in `source`, by its full name, else its family."""
        return self.trust.get(source, self.trust.get(source.split(".")[0], DEFAULT_TRUST))


def _chain(group: str, criteria: Any, where: str) -> tuple[str, ...]:
    if group not in GROUPS:
        together = next((name for name, fields in GROUPS.items() if group in fields), None)
        raise DefinitionError(
            f"{where} has no field {group!r}.",
            f"It survives as a part of {together!r}." if together else f"Use one of: {', '.join(sorted(GROUPS))}.",
        )
    if not isinstance(criteria, list | tuple) or not criteria:
        raise DefinitionError(f"{where} of {group!r} must be a list of rules.", f"Use: {', '.join(CRITERIA)}.")
    for place, criterion in enumerate(criteria):
        if criterion not in CRITERIA:
            raise DefinitionError(
                f"{where} of {group!r} names an unknown rule {criterion!r}.", f"Use: {', '.join(CRITERIA)}."
            )
        if criterion in criteria[:place]:
            raise DefinitionError(f"{where} of {group!r} names {criterion!r} twice.", "Once is enough.")
        if MOST_RECENT in criteria[:place]:
            raise DefinitionError(
                f"{where} of {group!r} has {criterion!r} after most_recent, where it is never asked.",
                "No two records tie in most_recent: put it last.",
            )
    return tuple(criteria)


def _trust(source: str, value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_TRUST:
        raise DefinitionError(f"{where}: trust in {source!r} must be a whole number from 0 to {MOST_TRUST}.")
    return value


def _read(document: Mapping[str, Any], where: str) -> Rules:
    """The rules in a document of `fields` and `trust`; what it does not name is missing from them."""
    unknown = sorted(set(document) - {"fields", "trust"})
    if unknown:
        raise DefinitionError(f"{where} has no key {unknown[0]!r}.", "Use 'fields' and 'trust'.")
    for part, said in document.items():
        if not isinstance(said, Mapping):
            raise DefinitionError(f"{where}: {part!r} must be a table.")
    return Rules(
        {group: _chain(group, criteria, where) for group, criteria in document.get("fields", {}).items()},
        {source: _trust(source, value, where) for source, value in document.get("trust", {}).items()},
    )


def shipped(path: Path = RULES_FILE) -> Rules:
    """The rules in a TOML file that names every field, by default those that are shipped.

    Raises `DefinitionError` naming the file and what is wrong with it.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DefinitionError(f"{path.name} cannot be read as TOML: {error}.") from None
    found = _read(document, path.name)
    missing = sorted(set(GROUPS) - set(found.by_group))
    if missing:
        raise DefinitionError(f"{path.name} has no rule for {missing[0]!r}.", "Every field needs one.")
    return Rules(MappingProxyType(dict(found.by_group)), MappingProxyType(dict(found.trust)))


DEFAULT_RULES: Final = shipped()


def rules(overrides: Mapping[str, Any]) -> Rules:
    """The default rules with a vault's own: `{"fields": {"address": ["most_recent"]}, "trust": {"shopify": 3}}`.

    Raises `DefinitionError` on an unknown group or criterion, or a trust outside 0 to 9.
    """
    own = _read(overrides, "The vault's survivorship")
    return Rules({**DEFAULT_RULES.by_group, **own.by_group}, {**DEFAULT_RULES.trust, **own.trust})


READ: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "records": ("record_id", "source", "relationship", "currency", "total_spent", "orders_count", "first_seen_at",
                "last_seen_at", "observed_at", "company", "job_title", "language", "address1", "address2", "city",
                "region", "postcode", "tags"),
    "points": ("record_id", "point_kind", "point", "valid", "flags"),
    "features": ("record_id", "first", "last", "display_name", "first_key", "last_key", "name_key", "birthday_key",
                 "country", "street_key", "postcode_key"),
})  # fmt: skip
"""The columns of each relation that are looked at: a part of a vault can be fetched without the others."""

DOUBTFUL: Final = ("role", "disposable", "relay", "junk", "guessed_country")
"""Flags of points that are used only where the person has no better one."""

MEMBERS_OF: Final = "SELECT record_id, contact_id FROM {members}"
RECORDS_OF: Final = "SELECT {columns} FROM {records}"
FEATURES_OF: Final = "SELECT {columns} FROM {features}"
POINTS_OF: Final = """
SELECT record_id, point, flags FROM {points} WHERE valid AND point IS NOT NULL AND point_kind = '{kind}'
"""

MOST: Final[Mapping[str, int]] = MappingProxyType({MOST_COMPLETE: 256, MOST_TRUSTED: 16, MOST_FREQUENT: 4096})
"""By how many steps each criterion can tell records apart; beyond the last, all count alike."""

MOST_MONEY: Final = 10**18 - 1
MOST_ORDERS: Final = 9 * 10**18

OTHER_CURRENCIES: Final = "total_spent.other_currencies"
"""Entry of `provenance` that names currencies (not a record) whose sums did not survive."""


class _Rows:
    """The records of the contacts, and what survives of them; use once."""

    def __init__(self, engine: Engine, relations: Mapping[str, str], settings: Rules) -> None:
        self._engine = engine
        self._relations = relations
        self._settings = settings
        members = engine.collect(MEMBERS_OF.format(**relations))
        # All at once: read a second time, rows that were joined may come in another order.
        self._records = engine.collect(RECORDS_OF.format(columns=", ".join(READ["records"]), **relations))
        facts = self.records("record_id", "source", "observed_at", "first_seen_at", "last_seen_at")
        self.ids = facts["record_id"]
        numbered: list[tuple[pa.Array, Ids]] = engine.together([
            lambda: surviving.sorted_ids(surviving.one(members["contact_id"])),
            lambda: (self.ids, surviving.places_in(self.ids, surviving.one(members["record_id"]))),
        ])  # fmt: skip
        (self.contact_ids, contact_of_member), (_, member) = numbered
        contact_of = np.where(member >= 0, contact_of_member[member] if len(contact_of_member) else -1, -1)
        never = surviving.NEVER
        observed, self.first_seen, self.last_seen = (
            surviving.whole_numbers(facts[name], never) for name in ("observed_at", "first_seen_at", "last_seen_at")
        )
        seen = np.where(self.last_seen != never, self.last_seen, np.where(observed != never, observed, self.first_seen))
        self.held = surviving.arranged(contact_of, [seen, observed], self.ids)
        self.contact, self.row = self.held.contact, self.held.row
        encoded = facts["source"].dictionary_encode()
        self.sources = [str(text) for text in encoded.dictionary.to_pylist()]
        self.source = surviving.whole_numbers(encoded.indices, -1)[self.row]
        # The last stands for records of no source.
        trust = np.array([*map(settings.trust_in, self.sources), DEFAULT_TRUST], dtype=np.int64)
        self.trust = trust[self.source]
        self.assembly = surviving.Assembly(len(self.contact_ids))
        self.assembly.columns["contact_id"] = self.contact_ids

    def records(self, *names: str) -> dict[str, pa.Array]:
        """Columns of the records, each asked for once."""
        found = {name: surviving.one(self._records[name]) for name in names}
        self._records = self._records.drop_columns(names)
        return found

    def features(self) -> dict[str, pa.Array]:
        """The columns of features."""
        names = READ["features"]
        table = self._engine.collect(FEATURES_OF.format(columns=", ".join(names), **self._relations))
        return {name: surviving.one(table[name]) for name in names}

    def keep(
        self,
        group: str,
        filled: Mask,
        complete: Callable[[], Ids],
        said: Callable[[], pa.Array],
        columns: Mapping[str, tuple[pa.Array, Ids]],
    ) -> None:
        """Let the fields of `group` survive: `columns` with the row of each place in them. `filled` are the places that
        have something to say, `complete` how complete it is, and `said` what counts as the same, each by place.
        """
        criteria = self._settings.by_group[group]
        values: pa.Array = None
        if MOST_FREQUENT in criteria:
            values = said()
            filled = filled & np.asarray(values.is_valid())
        place = np.flatnonzero(filled)
        contact = self.contact[place]

        def steps(criterion: str) -> Ids:
            if criterion == MOST_FREQUENT:
                codes, _ = surviving.codes_of(values.take(pa.array(place)))
                return surviving.frequencies(contact, codes)
            return (complete() if criterion == MOST_COMPLETE else self.trust)[place]

        wins, heads = surviving.best(contact, place, [(steps(name), MOST[name]) for name in _told_apart_by(criteria)])
        winner = place[wins]
        for name, (column, row) in columns.items():
            self.assembly.field(name, contact[heads], column, row[winner], self.row[winner])

    def plain(self, group: str, column: pa.Array, row: Ids) -> None:
        """Let a field survive that is what one column says."""
        values = surviving.taken(column, row)
        self.keep(
            group,
            np.asarray(values.is_valid()),
            lambda: surviving.whole_numbers(pc.utf8_length(values), 0),
            lambda: values,
            {group: (column, row)},
        )

    def plain_fields(self) -> None:
        """Fields of their own."""
        for name, column in self.records("company", "job_title", "language").items():
            self.plain(name, column, self.row)

    def names_and_places(self, found: Mapping[str, pa.Array]) -> None:
        """What features say, `found`, and what belongs together with it."""
        row = surviving.places_in(self.ids, found["record_id"])[self.row]
        self.plain("birthday", found["birthday_key"], row)
        at = {
            name: surviving.taken(found[name], row)
            for name in ("first", "last", "display_name", "first_key", "last_key")
        }
        has = {name: surviving.known(column) for name, column in at.items()}

        def name_complete() -> Ids:
            whole = [
                has[name] & (surviving.whole_numbers(pc.utf8_length(at[f"{name}_key"]), 0) > 1)
                for name in ("first", "last")
            ]
            return 2 * whole[0].astype(np.int64) + 2 * whole[1].astype(np.int64) + 1

        self.keep(
            "name",
            has["display_name"] | has["first"] | has["last"],
            name_complete,
            lambda: pc.coalesce(surviving.taken(found["name_key"], row), at["display_name"]),
            {name: (found[name.removesuffix("_name") if name != "display_name" else name], row)
             for name in GROUPS["name"]},
        )  # fmt: skip
        held = self.records("address1", "address2", "city", "region", "postcode")
        weights = {"address1": 4, "postcode": 2, "city": 2}
        parts = [surviving.known(held[name])[self.row] * weight for name, weight in weights.items()]
        parts.append(surviving.known(surviving.taken(found["country"], row)).astype(np.int64))
        complete = np.sum(parts, axis=0) if len(row) else np.zeros(0, dtype=np.int64)
        self.keep(
            "address",
            (complete > 0) & (row >= 0),
            lambda: complete,
            lambda: pc.binary_join_element_wise(
                *(pc.fill_null(surviving.taken(found[name], row), "") for name in ("street_key", "postcode_key")), "/"
            ),
            {name: (found[name], row) if name == "country" else (held[name], self.row) for name in GROUPS["address"]},
        )

    def points_of(self, kind: str) -> pa.Table:
        """The valid points of a kind, and whose they are."""
        return self._engine.collect(POINTS_OF.format(kind=kind, **self._relations))

    def points(self, kind: str, table: pa.Table) -> None:
        """Mailboxes, numbers or accounts: all that are valid, and of the first two the best."""
        row = surviving.places_in(surviving.one(table["record_id"]), self.ids)
        place = np.where(row >= 0, self.held.place_of[row] if len(self.held.place_of) else -1, -1)
        order = np.argsort(place, kind="stable")[np.count_nonzero(place < 0) :]
        place, flags = place[order], surviving.one(table["flags"])
        codes, texts = surviving.codes_of(surviving.one(table["point"]).take(pa.array(order)))
        contact = self.contact[place]
        owner, code, ranks = surviving.distinct(contact, codes, texts)
        self.assembly.list(f"{kind}s", owner, texts.take(pa.array(code)))
        if kind in POINTS_KEPT:
            self._best_point(kind, place, codes, texts, ranks, _doubted(flags)[order])

    def _best_point(self, kind: str, place: Ids, codes: Ids, texts: pa.Array, ranks: Ids, doubted: Mask) -> None:
        criteria = self._settings.by_group[kind]
        # A point of one record counts once, and is in doubt if any of its readings is.
        key = place * max(len(texts), 1) + codes
        clean = ~np.isin(key, key[doubted]) if doubted.any() else np.ones(len(key), dtype=np.bool_)
        order = np.argsort(key, kind="stable")
        once = order[starts(key[order])]
        place, codes, clean = place[once], codes[once], clean[once]
        contact = self.contact[place]

        def steps(criterion: str) -> Ids:
            if criterion == MOST_FREQUENT:
                return surviving.frequencies(contact, codes)
            return clean.astype(np.int64) if criterion == MOST_COMPLETE else self.trust[place]

        wins, _ = surviving.best(contact, place, [(steps(name), MOST[name]) for name in _told_apart_by(criteria)])
        # Of several points of one record, which tie, the first in the alphabet.
        wins = wins[np.lexsort((ranks[codes[wins]], contact[wins]))]
        wins = wins[starts(contact[wins])]
        self.assembly.field(kind, contact[wins], texts, codes[wins], self.row[place[wins]])

    def lists_and_spans(self) -> None:
        """What is kept of every record: tags, relationships, sources, and when it was seen."""
        found = self.records("tags", "relationship")
        tags, row = pc.list_flatten(found["tags"]), pc.list_parent_indices(found["tags"])
        place = self.held.place_of[surviving.whole_numbers(row, -1)]
        used = (place >= 0) & np.asarray(pc.fill_null(pc.not_equal(tags, ""), False))
        self._list("tags", self.contact[place[used]], tags.filter(pa.array(used)))
        related = found["relationship"].take(pa.array(self.row))
        self._list("relationships", self.contact[surviving.known(related)], related.drop_null())
        named = self.source >= 0
        sources = pa.DictionaryArray.from_arrays(pa.array(self.source[named]), pa.array(self.sources, pa.string()))
        self._list("sources", self.contact[named], sources)
        heads = starts(self.contact)
        contact, every = self.contact[heads], np.arange(len(heads))
        counts = np.diff(np.append(heads, len(self.contact)))
        self.assembly.field("record_count", contact, pa.array(counts, pa.int64()), every)
        unknown = np.iinfo(np.int64).max
        first, last = self.first_seen[self.row], self.last_seen[self.row]
        if not len(heads):
            heads = np.zeros(0, dtype=np.int64)
            earliest = latest = heads
        else:
            earliest = np.minimum.reduceat(np.where(first == surviving.NEVER, unknown, first), heads)
            latest = np.maximum.reduceat(last, heads)
        for name, values, missing in (("first_seen_at", earliest, unknown), ("last_seen_at", latest, surviving.NEVER)):
            times = pa.array(values, mask=values == missing).cast(CONTACTS.field(name).type)
            self.assembly.field(name, contact, times, every)

    def _list(self, name: str, contact: Ids, texts: pa.Array) -> None:
        codes, different = surviving.codes_of(texts)
        owner, code, _ = surviving.distinct(contact, codes, different)
        self.assembly.list(name, owner, different.take(pa.array(code)))

    def money_and_orders(self) -> None:
        """Summed over the accounts of one source, the largest of a family's lists, summed over families.

        Currencies are never mixed: the largest sum survives, the others are named in the provenance.
        """
        found = self.records("currency", "total_spent", "orders_count")
        currencies, currency_of = surviving.sorted_ids(pc.fill_null(found["currency"], ""))
        spent = surviving.last_digits(found["total_spent"])
        place = np.flatnonzero(surviving.known(found["total_spent"])[self.row])
        owner, currency, total, latest = self._totals(
            place, currency_of[self.row[place]], spent[self.row[place]], len(currencies), MOST_MONEY
        )
        order = np.lexsort((-currency, -total, owner))
        first = starts(owner[order])
        head = order[first]
        record = self.row[latest[head]]
        every = np.arange(len(head))
        self.assembly.field("total_spent", owner[head], surviving.decimals(total[head], MONEY), every, record)
        named = pc.if_else(pc.equal(currencies, ""), pa.scalar(None, pa.string()), currencies)
        self.assembly.field("currency", owner[head], named, currency[head], record)
        beside = np.delete(order, first)
        texts = currencies.to_pylist()
        others: dict[int, list[str]] = {}
        for number, code in zip(owner[beside].tolist(), currency[beside].tolist(), strict=True):
            others.setdefault(number, []).append(texts[code] or "unknown")
        self.assembly.remarks[OTHER_CURRENCIES] = {number: ",".join(sorted(said)) for number, said in others.items()}
        place = np.flatnonzero(surviving.known(found["orders_count"])[self.row])
        orders = surviving.whole_numbers(found["orders_count"], 0)[self.row[place]]
        owner, _, total, latest = self._totals(place, np.zeros(len(place), dtype=np.int64), orders, 1, MOST_ORDERS)
        self.assembly.field("orders_count", owner, pa.array(total), np.arange(len(owner)), self.row[latest])

    def _totals(self, place: Ids, unit: Ids, values: Ids, units: int, limit: int) -> tuple[Ids, Ids, Ids, Ids]:
        """For each contact and unit its total and latest place; sorted by both."""
        families, family_of = surviving.sorted_ids(pa.array([*(name.split(".")[0] for name in self.sources), ""]))
        sources = len(family_of)
        source = np.where(self.source[place] < 0, sources - 1, self.source[place])
        key = (self.contact[place] * units + unit) * sources + source
        order = np.argsort(key, kind="stable")
        key, place, values = key[order], place[order], values[order]
        heads = starts(key)
        if not len(heads):
            return heads, heads, heads, heads
        key, values, place = key[heads], surviving.sums(values, heads, limit), np.maximum.reduceat(place, heads)
        key = key // sources * len(families) + family_of[key % sources]
        order = np.argsort(key, kind="stable")
        key, place, values = key[order], place[order], values[order]
        heads = starts(key)
        values, place = np.maximum.reduceat(values, heads), np.maximum.reduceat(place, heads)
        key = key[heads] // len(families)
        heads = starts(key)
        return (
            key[heads] // units,
            key[heads] % units,
            surviving.sums(values, heads, limit),
            np.maximum.reduceat(place, heads),
        )


def _each(tasks: Sequence[Callable[[], None]]) -> None:
    for task in tasks:
        task()


def _told_apart_by(criteria: tuple[str, ...]) -> tuple[str, ...]:
    """The criteria that are asked before recency, which leaves no ties."""
    return criteria[: criteria.index(MOST_RECENT)] if MOST_RECENT in criteria else criteria


def _doubted(flags: pa.Array) -> Mask:
    found: Mask = np.zeros(len(flags), dtype=np.bool_)
    doubtful = pc.is_in(pc.list_flatten(flags), value_set=pa.array(DOUBTFUL))
    found[surviving.whole_numbers(pc.list_parent_indices(flags).filter(doubtful), -1)] = True
    return found


def batches(
    engine: Engine,
    *,
    records: str = "source_records",
    points: str = "contact_points",
    members: str = "members",
    features: str = "match_features",
    settings: Rules = DEFAULT_RULES,
    rows: int = 65_536,
) -> Iterator[pa.RecordBatch]:
    """The golden records: CONTACTS in batches of `rows`, one row per contact of `members`, sorted by contact_id.

    The arguments name relations of `engine`: `records` (SOURCE_RECORDS, one current row per record_id), `points`
    (CONTACT_POINTS), `members` (MEMBERS) and `features` (MATCH_FEATURES, for the display forms of names, the country
    code and the birthday). Members without a record are left out. The engine is free once the first batch is there.
    """
    relations = {"records": records, "points": points, "members": members, "features": features}
    held = _Rows(engine, relations, settings)
    for kind, tasks in (
        ("email", (partial(held.names_and_places, held.features()),)),
        ("phone", (held.plain_fields, held.lists_and_spans)),
        ("account", (held.money_and_orders,)),
    ):
        # The engine is asked here, and the longer task begins first.
        found = held.points_of(kind)
        engine.together([partial(held.points, kind, found), partial(_each, tasks)])
    assembly, record_ids = held.assembly, held.ids
    del held
    yield from assembly.batches(record_ids, rows)


def contacts(
    engine: Engine,
    *,
    records: str = "source_records",
    points: str = "contact_points",
    members: str = "members",
    features: str = "match_features",
    settings: Rules = DEFAULT_RULES,
) -> pa.Table:
    """All of `batches` as one CONTACTS table."""
    found = batches(engine, records=records, points=points, members=members, features=features, settings=settings)
    return pa.Table.from_batches(found, schema=CONTACTS)
