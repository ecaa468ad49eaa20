"""Ids are stable over imports, merges, splits and rebuilds."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.resolution import identity
from tests.resolution.people import decisions, record, resolved


def ids(resolution: object) -> dict[str, str]:
    return {row["record_id"]: row["contact_id"] for row in resolution.members.to_pylist()}  # type: ignore[attr-defined]


def log(resolution: object) -> list[tuple[str, str, str | None]]:
    rows = resolution.identity_log.to_pylist()  # type: ignore[attr-defined]
    return [(row["event"], row["contact_id"], row["other_contact_id"]) for row in rows]


A, B, C = identity.contact_id("a"), identity.contact_id("b"), identity.contact_id("c")
ONE = {"email": "ida@example.com"}
TWO = {"phone": "+12025550123"}


def test_an_id_is_made_of_the_founding_record() -> None:
    first = resolved([record("b", "Ida Falk", **ONE), record("a", "Ida Falk", **ONE)])
    assert ids(first) == {"a": A, "b": A}
    assert log(first) == [("minted", A, None)]
    assert A.startswith("c_")
    assert len(A) == 26


def test_an_earlier_record_id_that_comes_later_inherits() -> None:
    first = resolved([record("b", "Ida Falk", **ONE)])
    then = resolved([record("a", "Ida Falk", **ONE), record("b", "Ida Falk", **ONE)], previous=first.members)
    assert ids(then) == {"a": B, "b": B}
    assert log(then) == []


def test_a_merge_keeps_the_majoritys_id_and_logs_the_other() -> None:
    rows = [record("a", "Ida Falk", **ONE), record("b", "Ida Falk", **TWO), record("c", "Ida Falk", **TWO)]
    first = resolved(rows)
    assert ids(first) == {"a": A, "b": B, "c": B}
    bridge = record("d", "Ida Falk", **ONE, **TWO)
    then = resolved([*rows, bridge], previous=first.members)
    assert set(ids(then).values()) == {B}
    assert log(then) == [("merged_into", A, B)]


def test_an_undone_merge_restores_the_ids_of_before() -> None:
    rows = [record("a", "Ida Falk", **ONE), record("b", "Ida Falk", **TWO), record("c", "Ida Falk", **TWO)]
    first = resolved(rows)
    joined = resolved(rows, previous=first.members, decisions=decisions(("a", "b", "same")))
    assert set(ids(joined).values()) == {B}
    undone = resolved(rows, previous=joined.members)
    assert ids(undone) == ids(first)
    assert log(undone) == [("split_from", A, B)]


def test_a_split_leaves_the_id_with_the_majority_and_never_uses_one_twice() -> None:
    rows = [record(name, "Ida Falk", **ONE) for name in "abc"]
    first = resolved(rows)
    told = decisions(("a", "b", "different"), ("a", "c", "different"))
    then = resolved(rows, previous=first.members, decisions=told)
    assert ids(then)["b"] == ids(then)["c"] == A
    assert ids(then)["a"] == identity.contact_id("a", 1)
    assert log(then) == [("split_from", identity.contact_id("a", 1), A)]


def test_ties_go_to_the_smallest() -> None:
    rows = [record("a", "Ida Falk", **ONE), record("b", "Ida Falk", **TWO)]
    first = resolved(rows)
    joined = resolved([*rows, record("c", "Ida Falk", **ONE, **TWO)], previous=first.members)
    assert set(ids(joined).values()) == {min(A, B)}


def test_a_rebuild_mints_the_same_ids() -> None:
    rows = [record("b", "Ida Falk", **ONE), record("c", "Ida Falk", **TWO)]
    first = resolved(rows)
    later = [*rows, record("a", "Ida Falk", **ONE), record("d", "Zoe Roth", email="zoe@example.com")]
    second = resolved(later, previous=first.members)
    assert ids(resolved(later, previous=second.members)) == ids(second)


def test_a_contact_whose_records_are_gone_is_no_more() -> None:
    first = resolved([record("a", "Ida Falk", **ONE), record("b", "Zoe Roth", **TWO)])
    then = resolved([record("b", "Zoe Roth", **TWO)], previous=first.members)
    assert ids(then) == {"b": B}
    assert log(then) == []


@given(st.lists(st.text("ab\x00é", max_size=3), unique=True, max_size=8), st.booleans())
def test_ids_are_sorted_as_texts(texts: list[str], usual: bool) -> None:
    """Those that begin alike too, and those of somebody else's making."""
    names = [f"c_01234567{text}" for text in texts] if usual else texts
    for ids in (
        names,
        [*names, *(identity.contact_id(text) for text in texts)],
        [identity.contact_id(text) for text in texts],
    ):
        column = pa.array(ids, pa.string())
        assert column.take(pa.array(identity._ascending(column))).to_pylist() == sorted(ids, key=str.encode)


def test_columns_of_ids_are_what_one_by_one_they_are() -> None:
    """Also where one is in another's hands: the next is taken."""
    names = [f"record {number}" for number in range(200)]
    taken = identity.contact_id(names[7])
    found = identity._minted(pa.array(names), pa.array([taken], pa.string()), None).to_pylist()
    assert found[:7] + found[8:] == [identity.contact_id(name) for name in names[:7] + names[8:]]
    assert found[7] == identity.contact_id(names[7], 1)
