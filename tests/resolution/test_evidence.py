"""What a link says for itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audiencevault.pipeline import people_features, people_tables
from audiencevault.pipeline.people_columns import plain
from audiencevault.resolution import clusters, evidence
from audiencevault.resolution.clusters import EVERY_GUARD, Facts
from audiencevault.resolution.comparing import level_and_bits
from benchmarks.identity.records import generate
from tests.resolution.people import decisions, record, resolved

IDA: dict[str, Any] = {"email": "ida.falk@example.com"}


def test_the_bits_of_a_link_add_up_to_its_score() -> None:
    table = plain(generate(3_000, seed=11).records)
    taken = people_tables.assign(table, {}, guess=False)
    ids = people_features.record_ids(table.column("record_id"), "record_id")
    links = resolved(people_features.features(table, ids, taken.roles, region=None)).links.to_pylist()
    rules = set()
    for link in links:
        bits = [level_and_bits(said)[1] or 0.0 for said in dict(link["evidence"]).values()]
        assert sum(bits) == pytest.approx(link["score"], abs=0.05 * len(bits)), link["rule"]
        rules.add(link["rule"])
    assert {"email", "phone", "address", "mailbox"} <= rules


def test_every_comparison_carries_what_it_weighs() -> None:
    (link,) = resolved([record("a", "Ida Falk", **IDA), record("b", "Ida Falk", **IDA)]).links.to_pylist()
    assert dict(link["evidence"]) == {"email": "yes +7.0", "first_name": "same +7.0", "last_name": "same +6.0"}


@pytest.mark.parametrize(
    ("values", "said", "guard"),
    [(("1990-05-17", "1961-11-02"), (), "birthdays"), ((None, None), (("a", "b", "different"),), "decision")],
)
def test_a_link_that_was_refused_says_by_whom(
    values: tuple[Any, Any], said: tuple[tuple[str, str, str], ...], guard: str
) -> None:
    rows = [record(name, "Ida Falk", birthday=born, **IDA) for name, born in zip("ab", values, strict=True)]
    (link,) = resolved(rows, decisions=decisions(*said)).links.to_pylist()
    assert not link["accepted"]
    assert dict(link["evidence"])["refused"] == guard


@pytest.mark.parametrize(
    ("facts", "guard"),
    [
        (Facts(different={0: [1], 1: [0]}), "decision"),
        (Facts(birthday={0: 19900517, 1: 19611102}), "birthdays"),
        (Facts(name={0: 7, 1: 8}, clashes=frozenset({(7, 8)})), "names"),
        (Facts(first={0: 7, 1: 8}), "names"),
        (
            Facts(name={0: 7, 1: 8}, hints=frozenset({(7, 8)}), emails={0: frozenset("a"), 1: frozenset("b")}),
            "mailboxes",
        ),
        (Facts(accounts={0: [("x", "x:a")], 1: [("x", "x:b")]}), "accounts"),
        (Facts(), ""),
    ],
)
def test_each_guard_names_itself(facts: Facts, guard: str) -> None:
    one = np.array([0], np.int64)
    _, refusals = clusters.guarded(np.array([0, 1]), one, one + 1, np.array([EVERY_GUARD]), one, facts)
    assert evidence.REFUSALS[refusals[0]] == guard


def test_bits_survive_their_packing() -> None:
    weights = {name: np.array([0.0, 1.5, -24.0, 50.0, -1000.0]) for name in evidence.KEYS}
    rows = len(weights["prior"])
    table = pa.table(dict(zip(evidence.COLUMNS, evidence.packed(weights, rows), strict=True)))
    assert evidence._tenths(table, "prior").tolist() == [0, 15, -240, 500, -evidence.MOST]
    assert all((evidence._tenths(table, name) == evidence._tenths(table, "prior")).all() for name in evidence.KEYS)
