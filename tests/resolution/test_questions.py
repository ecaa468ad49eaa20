"""Which question comes first."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.records import CONTACTS, LINKS, MEMBERS
from audiencevault.resolution import questions

from .people import decisions

EMPTY: dict[str, Any] = {field.name: [] if pa.types.is_nested(field.type) else None for field in CONTACTS}


def link(a: str, b: str, score: float, *, accepted: bool = False) -> dict[str, Any]:
    return {"record_a": a, "record_b": b, "rule": "name", "score": score, "accepted": accepted, "evidence": []}


def person(name: str, **values: Any) -> dict[str, Any]:
    """A contact of one record, whose id is that of the contact in capitals."""
    return {**EMPTY, "contact_id": name, "record_count": 1, "email": f"{name}@example.com", **values}


def asked(links: list[dict[str, Any]], people: list[dict[str, Any]], told: Any = None) -> list[dict[str, Any]]:
    members = pa.table(
        [[row["contact_id"].lower() for row in people], [row["contact_id"] for row in people]], schema=MEMBERS
    )
    with DuckDBEngine() as engine:
        engine.read("links", pa.Table.from_pylist(links, schema=LINKS))
        engine.read("members", members)
        engine.read("contacts", pa.Table.from_pylist(people, schema=CONTACTS))
        found = questions.open_questions(engine, told)
    assert found.schema == questions.QUESTIONS
    return found.to_pylist()


def order(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["one"], row["two"]) for row in rows]


FOUR = [person(name) for name in ("A", "B", "C", "D")]


def test_accepted_links_and_decided_pairs_are_no_questions() -> None:
    links = [link("a", "b", 1.0), link("a", "c", 2.0), link("b", "d", 9.0, accepted=True)]
    assert order(asked(links, FOUR)) == [("A", "C"), ("A", "B")]
    told = decisions(("c", "a", "different"))
    assert order(asked(links, FOUR, told)) == [("A", "B")]


def test_several_links_of_two_people_are_one_question_by_the_best() -> None:
    people = [person("A"), person("B")]
    (row,) = asked([link("a", "b", 1.0), link("b", "a", 3.0)], people)
    assert (row["record_a"], row["record_b"], row["score"]) == ("b", "a", 3.0)
    assert row["probability"] == pytest.approx(8 / 9, abs=1e-6)


def test_whom_nobody_could_tell_comes_last() -> None:
    links = [link("a", "b", 3.0), link("c", "d", -5.0)]
    rows = asked(links, FOUR, decisions(("a", "b", "unsure")))
    assert order(rows) == [("C", "D"), ("A", "B")]
    assert [row["unsure"] for row in rows] == [False, True]


def test_a_contradiction_makes_a_strong_link_unlikely() -> None:
    (row,) = asked([link("a", "b", 9.0)], [person("A"), person("B")])
    assert row["refused"]
    assert row["probability"] < 0.2


def test_what_hangs_on_the_answer_comes_first() -> None:
    links = [link("a", "b", 2.0), link("c", "d", 2.0)]
    rich = [person("A"), person("B"), person("C", total_spent=Decimal(900), currency="EUR"),
            person("D", total_spent=Decimal(10), currency="EUR")]  # fmt: skip
    assert order(asked(links, rich)) == [("C", "D"), ("A", "B")]
    follower = [person("A"), person("B"), person("C", email=None), person("D")]
    assert order(asked(links, follower)) == [("C", "D"), ("A", "B")]
    large = [person("A"), person("B"), person("C", record_count=9), person("D")]
    assert order(asked(links, large)) == [("C", "D"), ("A", "B")]


def test_currencies_are_measured_by_their_own_customers() -> None:
    links = [link("a", "b", 2.0), link("c", "d", 2.0)]
    people = [
        person("A", total_spent=Decimal(30), currency="EUR"), person("B", total_spent=Decimal(10), currency="EUR"),
        person("C", total_spent=Decimal(3000), currency="JPY"), person("D", total_spent=Decimal(1000), currency="JPY"),
    ]  # fmt: skip
    rows = asked(links, people)
    assert rows[0]["value"] == rows[1]["value"], "three thousand yen are no more than thirty euro"
    # p × (1 + log2(1 + 1.5 + 0.5) + log2(2) / 2), with p = 0.8
    assert rows[0]["value"] == pytest.approx(0.8 * (1 + np.log2(3) + 0.5), abs=1e-6)


def test_the_order_of_rows_changes_nothing() -> None:
    names = [f"P{number:02d}" for number in range(12)]
    chance = random.Random(7)
    people = [person(name, record_count=chance.randrange(1, 4)) for name in names]
    links = [
        link(chance.choice(names).lower(), chance.choice(names).lower(), float(chance.randrange(-5, 4)))
        for _ in range(40)
    ]
    first = asked(links, people)
    chance.shuffle(links)
    chance.shuffle(people)
    assert asked(links, people) == first
    assert len(first) > 10
