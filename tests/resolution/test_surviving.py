"""Columns of contacts against the same said in plain Python, and the kernels that they are made with."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.records import CONTACT_POINTS, MATCH_FEATURES, MEMBERS, SOURCE_RECORDS
from audiencevault.resolution import surviving, survivorship
from tests.kernels import portable

Row = dict[str, Any]


def blank(schema: pa.Schema) -> Row:
    return {field.name: [] if pa.types.is_list(field.type) else None for field in schema}


def made(draw: random.Random) -> tuple[list[Row], list[Row], list[Row], dict[str, str], dict[str, Any]]:
    """Records, features, points, the contact of each record, and rules, in which everything may be missing or tie."""
    one = draw.choice
    ids = [f"{draw.randrange(1 << 40):010x}" for _ in range(draw.randint(0, 12))]

    def day() -> datetime | None:
        return one([None, datetime(2026, 1, draw.randint(1, 3), tzinfo=UTC), datetime(1960, 1, 1, tzinfo=UTC)])

    records = [
        {
            **blank(SOURCE_RECORDS), "record_id": name, "source": one([None, "shopify.a", "shopify.b", "meta.x", "zz"]),
            "relationship": one([None, "customer", "contact"]), "currency": one([None, "EUR", "USD"]),
            "total_spent": one([None, Decimal("1.5"), Decimal(draw.randint(-(10**6), 10**6))]),
            "orders_count": one([None, 0, 3]), "first_seen_at": day(), "last_seen_at": day(), "observed_at": day(),
            "company": one([None, "Acme", "Acme AG"]), "address1": one([None, "Elm 4"]), "city": one([None, "Bern"]),
            "tags": one([None, [], ["b", "a", ""], [None, "zz", "a"]]),
        }
        for name in ids
    ]  # fmt: skip
    features = [
        {
            **blank(MATCH_FEATURES), "record_id": name, "first": one([None, "Ida"]),
            "last": one([None, "Falk", "Berg"]), "display_name": one([None, "Ida Falk", "Bo"]),
            "first_key": one([None, "i", "ida"]), "last_key": one([None, "falk"]),
            "name_key": one([None, "ida falk", "bo"]), "country": one([None, "DE"]),
        }
        for name in ids if draw.random() < 0.9
    ]  # fmt: skip
    points = [
        {
            **blank(CONTACT_POINTS), "record_id": one(ids), "point_kind": one(["email", "email", "phone", "account"]),
            "point": one([None, "a", "b", "cc"]), "valid": draw.random() < 0.8, "flags": one([[], ["role"], ["x"]]),
        }
        for _ in range(draw.randint(0, 30) if ids else 0)
    ]  # fmt: skip
    owner = {name: f"c_{draw.randrange(4):08x}{draw.randrange(2):08x}" for name in ids if draw.random() < 0.9}
    fields = {}
    for group in survivorship.GROUPS:
        chain = draw.sample(survivorship.CRITERIA[:3], draw.randint(0, 3))
        fields[group] = chain if chain and draw.random() < 0.3 else [*chain, survivorship.MOST_RECENT]
    for rows in (records, features, points):
        draw.shuffle(rows)
    return records, features, points, owner, {"fields": fields, "trust": {"meta": draw.randint(0, 9)}}


def expected(
    records: list[Row], features: list[Row], points: list[Row], own: set[str], rules: survivorship.Rules
) -> Row:
    """One contact, by the words of the rules."""
    start = datetime(1, 1, 1, tzinfo=UTC)

    def recency(row: Row) -> tuple[Any, ...]:
        latest = row["last_seen_at"] or row["observed_at"] or row["first_seen_at"] or start
        return latest, row["observed_at"] or start, row["record_id"]

    mine = sorted((row for row in records if row["record_id"] in own), key=recency)
    place = {row["record_id"]: number for number, row in enumerate(mine)}
    trust = {row["record_id"]: rules.trust_in(row["source"]) if row["source"] else 5 for row in mine}
    known = {row["record_id"]: row for row in features}

    def winner(group: str, told: list[tuple[str, int, Any]]) -> tuple[str, Any] | None:
        """The best of (record, completeness, what counts as the same)."""
        chain = rules.by_group[group]
        if "most_frequent" in chain:
            told = [item for item in told if item[2] is not None]
        times = {item[2]: sum(other[2] == item[2] for other in told) for item in told}
        by = {"most_complete": lambda t: t[1], "most_trusted": lambda t: trust[t[0]],
              "most_frequent": lambda t: times[t[2]]}  # fmt: skip
        if not told:
            return None
        keys = [by[name] for name in chain if name in by]
        top = max((*(key(item) for key in keys), place[item[0]]) for item in told)
        return min(
            ((item[0], item[2]) for item in told if (*(key(item) for key in keys), place[item[0]]) == top),
            key=lambda found: str(found[1]),
        )

    found: Row = {"record_count": len(mine)}
    names = []
    for record_id in place:
        row = known.get(record_id)
        if row and (row["first"] or row["last"] or row["display_name"]):
            whole = [bool(row[part] and len(row[f"{part}_key"] or "") > 1) for part in ("first", "last")]
            names.append((record_id, 1 + 2 * sum(whole), row["name_key"] or row["display_name"]))
    best = winner("name", names)
    for field, feature in (("first_name", "first"), ("last_name", "last"), ("display_name", "display_name")):
        found[field] = known[best[0]][feature] if best else None
    best = winner("company", [(r["record_id"], len(r["company"]), r["company"]) for r in mine if r["company"]])
    found["company"] = best[1] if best else None
    for kind in ("email", "phone", "account"):
        usable = [
            p for p in points if p["record_id"] in place and p["valid"] and p["point"] and p["point_kind"] == kind
        ]
        found[f"{kind}s"] = sorted({p["point"] for p in usable})
        if kind != "account":
            doubted = {(p["record_id"], p["point"]) for p in usable if "role" in p["flags"]}
            held = {(p["record_id"], p["point"]) for p in usable}
            best = winner(kind, [(name, int((name, point) not in doubted), point) for name, point in held])
            found[kind] = best[1] if best else None
    found["tags"] = sorted({tag for row in mine for tag in row["tags"] or () if tag})
    found["sources"] = sorted({row["source"] for row in mine if row["source"]})
    found["first_seen_at"] = min((row["first_seen_at"] for row in mine if row["first_seen_at"]), default=None)
    found["last_seen_at"] = max((row["last_seen_at"] for row in mine if row["last_seen_at"]), default=None)
    money: dict[str, dict[str, Decimal]] = {}
    for row in mine:
        if row["total_spent"] is not None:
            sums = money.setdefault(row["currency"] or "", {})
            sums[row["source"] or ""] = sums.get(row["source"] or "", Decimal(0)) + row["total_spent"]
    totals = {}
    for currency, sums in money.items():
        families: dict[str, Decimal] = {}
        for name, value in sums.items():
            family = name.split(".")[0]
            families[family] = max(families.get(family, value), value)
        totals[currency] = sum(families.values())
    top = max(((value, currency) for currency, value in totals.items()), default=(None, None))
    found["total_spent"], found["currency"] = top[0], top[1] or None
    return found


@settings(max_examples=60)
@given(st.randoms(use_true_random=False))
def test_contacts_are_what_the_rules_say(draw: random.Random) -> None:
    records, features, points, owner, said = made(draw)
    rules = survivorship.rules(said)
    with DuckDBEngine(threads=1) as engine:
        engine.read("source_records", pa.Table.from_pylist(records, schema=SOURCE_RECORDS))
        engine.read("match_features", pa.Table.from_pylist(features, schema=MATCH_FEATURES))
        engine.read("contact_points", pa.Table.from_pylist(points, schema=CONTACT_POINTS))
        engine.read("members", pa.table([list(owner), list(owner.values())], schema=MEMBERS))
        rows = survivorship.contacts(engine, settings=rules).to_pylist()
    assert [row["contact_id"] for row in rows] == sorted(set(owner.values()))
    for row in rows:
        own = {name for name, contact in owner.items() if contact == row["contact_id"]}
        wanted = expected(records, features, points, own, rules)
        assert {name: row[name] for name in wanted} == wanted
        named = {key: text for key, text in row["provenance"] if key != survivorship.OTHER_CURRENCIES}
        assert set(named.values()) <= own
        survived = {*(field for group in survivorship.GROUPS.values() for field in group), "total_spent", "currency"}
        assert named.keys() - {"orders_count"} == {field for field in survived if row[field] is not None}


@given(st.lists(st.text("ab\u00e9\0", min_size=0, max_size=12), unique=True))
def test_texts_sort_by_their_bytes(texts: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(surviving, "_FEW", 0)
        for told in (texts, [text for text in texts if len(text.encode()) == 12], [f"{text:12.12}" for text in texts]):
            distinct = list(dict.fromkeys(told))
            order = surviving.in_order(pa.array(["", *distinct], pa.string()).slice(1))
            assert [distinct[number].encode() for number in order] == sorted(text.encode() for text in distinct)


@given(st.lists(st.lists(st.integers(-(10**18) + 1, 10**18 - 1), min_size=1, max_size=30), max_size=5))
def test_sums_do_not_overflow(runs: list[list[int]]) -> None:
    values = np.array([value for run in runs for value in run], dtype=np.int64)
    heads = np.cumsum([0, *map(len, runs)])[:-1].astype(np.int64)
    limit = 10**18 - 1
    found = surviving.sums(values, heads, limit).tolist()
    assert found == [max(-limit, min(limit, sum(run))) for run in runs]
    money = surviving.decimals(np.array(found, dtype=np.int64), pa.decimal128(18, 4))
    assert money.to_pylist() == [Decimal(value).scaleb(-4) for value in found]
    assert surviving.last_digits(money).tolist() == found
    assert surviving.last_digits(money.slice(1)).tolist() == found[1:]


TEXTS = st.one_of(
    st.text(max_size=3), st.text(min_size=7, max_size=10), st.sampled_from(["", "é" * 9, "\U0001f600" * 4, "a" * 70])
)


@given(st.lists(TEXTS, max_size=30, unique=True), st.data())
def test_the_place_of_each_text(among: list[str], data: st.DataObject) -> None:
    """In order, out of order, over and over, absent, and in slices."""
    start = data.draw(st.integers(0, len(among)))
    known = st.sampled_from(among) if among else TEXTS
    ids = [*among[start:], *data.draw(st.lists(st.one_of(known, TEXTS), max_size=20)), *among[:start]]
    held = pa.array(["before", *among, "after"]).slice(1, len(among))
    wanted = pa.array(["before", *ids]).slice(1)
    expected = [among.index(text) if text in among else -1 for text in ids]
    assert surviving.places_in(wanted, held).tolist() == expected
    with portable(surviving):
        assert surviving.places_in(wanted, held).tolist() == expected


def test_nothing_has_no_place() -> None:
    assert surviving.places_in(pa.array([None, "a"]), pa.array(["a"])).tolist() == [-1, 0]
    assert surviving.places_in(pa.array([], pa.string()), pa.array(["a"])).tolist() == []
    assert surviving.places_in(pa.array(["a"]), pa.array([], pa.string())).tolist() == [-1]
