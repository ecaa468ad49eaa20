"""Which value survives into the contact, by rules that are data, and which record each came from.

Words: a *group* is a set of fields that survive together from one record, such as the parts of an address; a *rule*
is a list of criteria, the first of which that tells two records apart decides; a *family* is the part of a source
before the dot (`shopify` of `shopify.orders`), whose lists describe the same purchases.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.errors import DefinitionError
from audiencevault.records import CONTACTS, MONEY, STRINGS

Ids = npt.NDArray[np.int64]

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


KEPT: Final = """
SELECT m.record_id, c.contact, coalesce(t.trust, 5) AS trust, r.source, r.relationship, r.currency, r.total_spent,
       r.orders_count, r.first_seen_at, r.last_seen_at, row_number() OVER (
         ORDER BY coalesce(r.last_seen_at, r.observed_at, r.first_seen_at) NULLS FIRST, r.observed_at NULLS FIRST,
                  m.record_id) AS recent
FROM {members} m
JOIN resolve_contacts c ON c.contact_id = m.contact_id
JOIN {records} r ON r.record_id = m.record_id
LEFT JOIN resolve_trust t ON t.source = r.source
"""
"""Contacts and records as numbers; `recent` is higher the more recent a record is, and unique."""

WRITTEN: Final = """
SELECT k.contact, k.recent, k.trust, r.company, r.job_title, r.language, r.address1, r.address2, r.city, r.region,
       r.postcode, r.tags, f.country, f.first AS first_name, f.last AS last_name, f.display_name,
       f.birthday_key AS birthday, coalesce(f.name_key, f.display_name) AS name_value,
       coalesce(f.street_key, '') || '/' || coalesce(f.postcode_key, '') AS address_value,
       CASE WHEN f.display_name IS NULL AND f.first IS NULL AND f.last IS NULL THEN NULL ELSE
         CASE WHEN f.first IS NOT NULL AND coalesce(length(f.first_key), 0) > 1 THEN 2 ELSE 0 END
         + CASE WHEN f.last IS NOT NULL AND coalesce(length(f.last_key), 0) > 1 THEN 2 ELSE 0 END + 1
       END AS name_complete,
       CASE WHEN f.record_id IS NULL
              OR (r.address1 IS NULL AND r.city IS NULL AND r.postcode IS NULL AND f.country IS NULL) THEN NULL ELSE
         CASE WHEN r.address1 IS NULL THEN 0 ELSE 4 END + CASE WHEN r.postcode IS NULL THEN 0 ELSE 2 END
         + CASE WHEN r.city IS NULL THEN 0 ELSE 2 END + CASE WHEN f.country IS NULL THEN 0 ELSE 1 END
       END AS address_complete
FROM resolve_kept k JOIN {records} r ON r.record_id = k.record_id
LEFT JOIN {features} f ON f.record_id = k.record_id
"""
"""What may survive, a row per record; how complete a name or an address is, null where there is none."""

CONTACT_NUMBERS: Final = """
SELECT contact_id, row_number() OVER (ORDER BY contact_id) - 1 AS contact
FROM (SELECT DISTINCT contact_id FROM {members}) d
"""

READ: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "records": ("record_id", "source", "relationship", "currency", "total_spent", "orders_count", "first_seen_at",
                "last_seen_at", "observed_at", "company", "job_title", "language", "address1", "address2", "city",
                "region", "postcode", "tags"),
    "points": ("record_id", "point_kind", "point", "valid", "flags"),
    "features": ("record_id", "first", "last", "display_name", "first_key", "last_key", "name_key", "birthday_key",
                 "country", "street_key", "postcode_key"),
})  # fmt: skip
"""The columns of each relation that are looked at: a part of a vault can be fetched without the others."""

VALUES: Final[Mapping[str, str]] = MappingProxyType({
    "name": "SELECT contact, recent, trust, name_complete AS complete, name_value AS value FROM resolve_written"
    " WHERE name_complete IS NOT NULL",
    "address": "SELECT contact, recent, trust, address_complete AS complete, address_value AS value"
    " FROM resolve_written WHERE address_complete IS NOT NULL",
})  # fmt: skip
PLAIN: Final = """
SELECT contact, recent, trust, length({field}) AS complete, {field} AS value FROM resolve_written
WHERE {field} IS NOT NULL
"""

FREQUENCIES: Final = """
JOIN (SELECT contact, value, count(*) AS times FROM ({values}) w GROUP BY contact, value) q
  ON q.contact = v.contact AND q.value = v.value
"""
BEST: Final = "SELECT v.contact, max({order}) AS place FROM ({values}) v {joins} GROUP BY v.contact"
SURVIVING: Final = """
SELECT w.contact, w.recent, {fields} FROM resolve_written w
JOIN ({best}) b ON b.place % {width} = w.recent
ORDER BY w.contact
"""

DOUBTED: Final = """
SELECT DISTINCT record_id, point_kind, point, 1 AS doubted FROM (
  SELECT record_id, point_kind, point, unnest(flags) AS flag FROM {points} WHERE valid
) f WHERE flag IN ('role', 'disposable', 'relay', 'junk', 'guessed_country')
"""
"""Points that are used only where the person has no better one."""

POINTS: Final = """
SELECT k.contact, k.recent, k.trust, p.point_kind AS kind, p.point, CASE WHEN d.doubted = 1 THEN 0 ELSE 1 END AS clean
FROM {points} p JOIN resolve_kept k ON k.record_id = p.record_id
LEFT JOIN resolve_doubted d ON d.record_id = p.record_id AND d.point_kind = p.point_kind AND d.point = p.point
WHERE p.valid AND p.point IS NOT NULL AND p.point_kind IN ('email', 'phone', 'account')
"""
POINT_LIST: Final = """
SELECT DISTINCT contact, point AS value FROM resolve_held WHERE kind = '{kind}' ORDER BY contact, point
"""
POINT_VALUES: Final = """
SELECT DISTINCT contact, recent, trust, clean AS complete, point AS value
FROM resolve_held WHERE kind = '{kind}'
"""
RANKED: Final = "SELECT v.contact, v.recent, v.value, {order} AS place FROM ({values}) v {joins}"
SURVIVING_POINT: Final = """
SELECT r.contact, min(r.recent) AS recent, min(r.value) AS {kind} FROM resolve_ranked r
JOIN (SELECT contact, max(place) AS place FROM resolve_ranked GROUP BY contact) b
  ON b.contact = r.contact AND b.place = r.place
GROUP BY r.contact ORDER BY r.contact
"""
"""Of several points of one record, which tie, the first in the alphabet."""

LISTS: Final[Mapping[str, str]] = MappingProxyType({
    "tags": "SELECT DISTINCT contact, value FROM (SELECT contact, unnest(tags) AS value FROM resolve_written) t"
    " WHERE value IS NOT NULL AND value <> '' ORDER BY 1, 2",
    "relationships": "SELECT DISTINCT contact, relationship AS value FROM resolve_kept"
    " WHERE relationship IS NOT NULL ORDER BY 1, 2",
    "sources": "SELECT DISTINCT contact, source AS value FROM resolve_kept WHERE source IS NOT NULL ORDER BY 1, 2",
})  # fmt: skip

SPANS: Final = """
SELECT contact, min(first_seen_at) AS first_seen_at, max(last_seen_at) AS last_seen_at, count(*) AS record_count
FROM resolve_kept GROUP BY contact ORDER BY contact
"""

SPENT: Final = """
SELECT contact, currency, least(sum(spent), 99999999999999.9999) AS spent, max(recent) AS recent FROM (
  SELECT contact, family, currency, max(spent) AS spent, max(recent) AS recent FROM (
    SELECT contact, source, substr(source, 1, position('.' IN source || '.') - 1) AS family,
           coalesce(currency, '') AS currency, sum(total_spent) AS spent, max(recent) AS recent
    FROM resolve_kept WHERE total_spent IS NOT NULL GROUP BY contact, source, coalesce(currency, '')
  ) s GROUP BY contact, family, currency
) f GROUP BY contact, currency ORDER BY contact, spent DESC, currency DESC
"""
ORDERS: Final = """
SELECT contact, sum(orders) AS orders, max(recent) AS recent FROM (
  SELECT contact, family, max(orders) AS orders, max(recent) AS recent FROM (
    SELECT contact, source, substr(source, 1, position('.' IN source || '.') - 1) AS family,
           sum(orders_count) AS orders, max(recent) AS recent
    FROM resolve_kept WHERE orders_count IS NOT NULL GROUP BY contact, source
  ) s GROUP BY contact, family
) f GROUP BY contact ORDER BY contact
"""

WIDTHS: Final[Mapping[str, tuple[str, int]]] = MappingProxyType({
    MOST_COMPLETE: ("least(v.complete, 255)", 256),
    MOST_TRUSTED: ("v.trust", 16),
    MOST_FREQUENT: ("least(q.times, 4095)", 4096),
})  # fmt: skip
RECENT_WIDTH: Final = 1 << 32

OTHER_CURRENCIES: Final = "total_spent.other_currencies"
"""Entry of `provenance` that names currencies (not a record) whose sums did not survive."""


def _order(criteria: tuple[str, ...]) -> str:
    """One whole number per row that puts rows in the order of `criteria`; recency, being unique, ends it."""
    expression = "0"
    for criterion in criteria:
        if criterion == MOST_RECENT:
            break
        column, width = WIDTHS[criterion]
        expression = f"({expression}) * {width} + {column}"
    return f"({expression}) * {RECENT_WIDTH} + v.recent"


class _Assembly:
    """Columns of CONTACTS under way: `size` contacts, of which each part knows some, by contact number."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.columns: dict[str, pa.Array] = {}
        self.origins: dict[str, Ids] = {}
        self.remarks: dict[str, dict[int, str]] = {}

    def field(self, name: str, contact: Ids, values: pa.Array, recent: Ids | None = None) -> None:
        """A scalar field of the contacts `contact`; `recent` numbers the record that each value came from."""
        rows = np.full(self.size, -1, dtype=np.int64)
        rows[contact] = np.arange(len(contact))
        column = values if len(contact) == self.size else values.take(pa.array(rows, mask=rows < 0))
        self.columns[name] = column.cast(CONTACTS.field(name).type)
        if recent is not None:
            origin = np.zeros(self.size, dtype=np.int64)
            origin[contact] = np.where(np.asarray(pc.is_valid(values)), recent, 0)
            self.origins[name] = origin

    def list(self, name: str, contact: Ids, values: pa.Array) -> None:
        """A list field from rows sorted by contact."""
        offsets = np.concatenate([[0], np.cumsum(np.bincount(contact, minlength=self.size))]).astype(np.int32)
        self.columns[name] = pa.ListArray.from_arrays(pa.array(offsets), values.cast(pa.string())).cast(STRINGS)

    def batches(self, record_ids: pa.Array, rows: int) -> Iterator[pa.RecordBatch]:
        """CONTACTS in batches; `record_ids` in the order of their numbers, which begin at 1.

        The provenance names one record per value, more text than all the rest: it is written out batch by batch.
        """
        for start in range(0, self.size, rows):
            columns = {name: column.slice(start, rows) for name, column in self.columns.items()}
            columns["provenance"] = self._provenance(record_ids, start, min(start + rows, self.size))
            batch = pa.RecordBatch.from_arrays([columns[name] for name in CONTACTS.names], schema=CONTACTS)
            yield batch.filter(pc.is_valid(columns["record_count"]))

    def _provenance(self, record_ids: pa.Array, start: int, stop: int) -> pa.Array:
        names = sorted(self.origins)
        origin = np.column_stack([self.origins[name][start:stop] for name in names])
        contact, field = np.nonzero(origin)
        keys = pa.array(names, pa.string()).take(pa.array(field))
        values = record_ids.take(pa.array(origin[contact, field] - 1))
        for name, texts in sorted(self.remarks.items()):
            noted = sorted(number for number in texts if start <= number < stop)
            contact = np.concatenate([contact, np.array(noted, dtype=np.int64) - start])
            keys = pa.concat_arrays([keys, pa.array([name] * len(noted), pa.string())])
            values = pa.concat_arrays([values, pa.array([texts[number] for number in noted], pa.string())])
        order = np.argsort(contact, kind="stable")
        offsets = np.concatenate([[0], np.cumsum(np.bincount(contact, minlength=stop - start))]).astype(np.int32)
        return pa.MapArray.from_arrays(pa.array(offsets), keys.take(pa.array(order)), values.take(pa.array(order)))


def _numbers(rows: pa.Table, column: str) -> Ids:
    found: Ids = rows[column].cast(pa.int64()).to_numpy()
    return found


def _survivors(engine: Engine, assembly: _Assembly, group: str, criteria: tuple[str, ...]) -> None:
    if group in POINTS_KEPT:
        values = POINT_VALUES.format(kind=group)
    else:
        values = VALUES.get(group) or PLAIN.format(field=group)
    said = {
        "values": values,
        "order": _order(criteria),
        "joins": FREQUENCIES.format(values=values) if MOST_FREQUENT in criteria else "",
    }
    if group in POINTS_KEPT:
        engine.sql("resolve_ranked", RANKED.format(**said))
        rows = engine.collect(SURVIVING_POINT.format(kind=group))
    else:
        fields = ", ".join(f"w.{name}" for name in GROUPS[group])
        rows = engine.collect(SURVIVING.format(fields=fields, best=BEST.format(**said), width=RECENT_WIDTH))
    for name in GROUPS[group]:
        assembly.field(name, _numbers(rows, "contact"), rows[name].combine_chunks(), _numbers(rows, "recent"))


def _spent(engine: Engine, assembly: _Assembly) -> None:
    """Money and orders: summed over the accounts of one source, the largest of a family's lists, summed over families.

    Currencies are never mixed: the largest sum survives, the others are named in the provenance.
    """
    rows = engine.collect(SPENT)
    contact = _numbers(rows, "contact")
    # Rows come sorted by contact, the largest sum first.
    first = np.flatnonzero(np.diff(contact, prepend=-1) != 0)
    heads = contact[first]
    kept = rows.take(pa.array(first))
    currency = pc.if_else(pc.equal(kept["currency"], ""), pa.scalar(None, pa.string()), kept["currency"])
    recent = _numbers(kept, "recent")
    assembly.field("total_spent", heads, kept["spent"].combine_chunks().cast(MONEY), recent)
    assembly.field("currency", heads, currency.combine_chunks(), recent)
    others: dict[int, list[str]] = {}
    rest = np.ones(len(contact), dtype=np.bool_)
    rest[first] = False
    beside = np.flatnonzero(rest)
    for number, text in zip(contact[beside].tolist(), rows["currency"].take(pa.array(beside)).to_pylist(), strict=True):
        others.setdefault(number, []).append(text or "unknown")
    assembly.remarks[OTHER_CURRENCIES] = {number: ",".join(sorted(texts)) for number, texts in others.items()}
    rows = engine.collect(ORDERS)
    orders = rows["orders"].combine_chunks().cast(pa.int64())
    assembly.field("orders_count", _numbers(rows, "contact"), orders, _numbers(rows, "recent"))


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
    sources = engine.collect(f"SELECT DISTINCT source FROM {records} WHERE source IS NOT NULL ORDER BY 1")
    trust = [settings.trust_in(source) for source in sources["source"].to_pylist()]
    engine.read("resolve_trust", pa.table({"source": sources["source"], "trust": pa.array(trust, pa.int64())}))
    engine.sql("resolve_contacts", CONTACT_NUMBERS.format(members=members))
    engine.sql("resolve_kept", KEPT.format(members=members, records=records))
    ids = engine.collect("SELECT contact_id FROM resolve_contacts ORDER BY contact")["contact_id"].combine_chunks()
    assembly = _Assembly(len(ids))
    assembly.columns["contact_id"] = ids
    engine.sql("resolve_written", WRITTEN.format(records=records, features=features))
    engine.sql("resolve_doubted", DOUBTED.format(points=points))
    engine.sql("resolve_held", POINTS.format(points=points))
    for group in GROUPS:
        _survivors(engine, assembly, group, settings.by_group[group])
    engine.drop("resolve_ranked")
    for kind in ("email", "phone", "account"):
        found = engine.collect(POINT_LIST.format(kind=kind))
        assembly.list(f"{kind}s", _numbers(found, "contact"), found["value"].combine_chunks())
    engine.drop("resolve_doubted", "resolve_held")
    for name, statement in LISTS.items():
        found = engine.collect(statement)
        assembly.list(name, _numbers(found, "contact"), found["value"].combine_chunks())
    found = engine.collect(SPANS)
    for name in ("first_seen_at", "last_seen_at", "record_count"):
        assembly.field(name, _numbers(found, "contact"), found[name].combine_chunks())
    _spent(engine, assembly)
    record_ids = engine.collect("SELECT record_id FROM resolve_kept ORDER BY recent")["record_id"].combine_chunks()
    engine.drop("resolve_contacts", "resolve_trust", "resolve_kept", "resolve_written")
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
