"""What a link says for itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.pipeline import people_features, people_tables
from audiencevault.pipeline.people_columns import plain
from audiencevault.resolution import clusters, evidence, running
from audiencevault.resolution.clusters import EVERY_GUARD, Facts
from audiencevault.resolution.comparing import level_and_bits
from benchmarks.identity.records import generate
from tests.kernels import portable
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
    links = scored(evidence.packed(weights, 5), [(1, 1)] * 5, [0] * 5)
    said = [dict(row) for row in evidence.evidence(links, np.zeros(5, np.int8)).to_pylist()]
    most = f"-{evidence.MOST / 10}"
    assert [row.get("prior") for row in said] == [None, "yes +1.5", "yes -24.0", "yes +50.0", f"yes {most}"]
    assert [row["first_name"] for row in said[:2]] == ["different +0.0", "different +1.5"]
    weighed = [name for name in evidence.KEYS if name not in evidence.UNWEIGHED]
    assert all(row[name].split()[-1] == most for row in said[-1:] for name in weighed)
    assert said[-1]["shared_point"] == "yes"


BITS = st.integers(-(1 << 62), 1 << 62) | st.sampled_from([0, 1, (1 << evidence.WIDTH) - 1, 1 << evidence.WIDTH])
LINKS = st.lists(
    st.tuples(
        st.tuples(*[BITS] * len(evidence.COLUMNS)), st.tuples(st.integers(0, 7), st.integers(0, 7)),
        st.integers(0, (1 << len(evidence.SEEN)) - 1), st.integers(0, len(evidence.REFUSALS) - 1),
    ),
    max_size=12,
)  # fmt: skip


@given(LINKS)
def test_compiled_and_portable_evidence_are_the_same(rows: list[tuple[Any, ...]]) -> None:
    bits = [pa.array([row[0][place] for row in rows], pa.int64()) for place in range(len(evidence.COLUMNS))]
    links = scored(bits, [row[1] for row in rows], [row[2] for row in rows])
    refusals = np.array([row[3] for row in rows], np.int8)
    found = evidence.evidence(links, refusals)
    with portable(evidence):
        assert evidence.evidence(links, refusals).equals(found)
    for row, said in zip(rows, found.to_pylist(), strict=True):
        keys = [key for key, _ in said]
        assert keys == sorted(set(keys))
        assert dict(said).get("refused", "") == evidence.REFUSALS[row[3]]
        assert ("first_name" in keys, "last_name" in keys) == (row[1][0] != 0, row[1][1] != 0)
        assert {name for place, name in enumerate(evidence.SEEN) if row[2] >> place & 1} <= set(keys)


def scored(bits: list[pa.Array], levels: list[tuple[int, int]], seen: list[int]) -> pa.Table:
    """The columns of scored links that say what was seen."""
    first, last = (pa.array([pair[side] for pair in levels], pa.int8()) for side in (0, 1))
    packed = dict(zip(evidence.COLUMNS, bits, strict=True))
    return pa.table({"first_level": first, "last_level": last, "seen": pa.array(seen, pa.int32()), **packed})


SCORED = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)), max_size=12)


@given(SCORED, SCORED)
def test_the_best_claim_about_a_pair_stands_for_it(
    joined: list[tuple[int, int, int, int]], asked: list[tuple[int, int, int, int]]
) -> None:
    """Of several the accepted one, then the one of the highest score, then the first."""

    def table(rows: list[tuple[int, int, int, int]]) -> pa.Table:
        columns = {name: pa.array([row[at] for row in rows], pa.int64()) for at, name in enumerate(["a", "b"])}
        return pa.table(columns | {"score": pa.array([row[2] for row in rows], pa.float64())})

    refused = np.array([row[3] for row in joined], np.int8)
    links, accepted, refusals = running._ordered(table(joined), refused, table(asked))
    claims = [(a, b, guard > 0, -score, guard) for a, b, score, guard in joined]
    claims += [(a, b, True, -score, 0) for a, b, score, _ in asked]
    best: dict[tuple[int, int], tuple[bool, int, int]] = {}
    for a, b, *claim in sorted(claims, key=lambda claim: claim[:4]):
        best.setdefault((a, b), tuple(claim))
    found = zip(links["a"].to_pylist(), links["b"].to_pylist(), strict=True)
    shown = zip((~accepted).tolist(), (-np.array(links["score"])).tolist(), refusals.tolist(), strict=True)
    assert list(zip(found, shown, strict=True)) == list(best.items())
