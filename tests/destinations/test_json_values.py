"""Columns to JSON texts: what Python's own JSON would have said of every row."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.destinations import json_values
from audiencevault.destinations.definition import parse
from tests.destinations.receivers import POST

PATHS = ["email", "name.first", "name.last", "lists.0.id", "lists.1.id", "deep.er.est", "always"]
TEXT = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


def expected(row: dict[str, str | None]) -> dict[str, Any]:
    """The object as one would build it by hand."""
    made: dict[str, Any] = {}
    if row["email"]:
        made["email"] = row["email"]
    if name := {key: row[f"name.{key}"] for key in ("first", "last") if row[f"name.{key}"]}:
        made["name"] = name
    if lists := [{"id": row[f"lists.{place}.id"]} for place in (0, 1) if row[f"lists.{place}.id"]]:
        made["lists"] = lists
    if row["deep.er.est"]:
        made["deep"] = {"er": {"est": row["deep.er.est"]}}
    return {**made, "always": True}


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(PATHS[:-1], TEXT)), max_size=6))
def test_objects_are_what_python_would_have_written(rows: list[dict[str, str | None]]) -> None:
    columns = [json_values.quoted(pa.array([row[path] for row in rows], pa.string())) for path in PATHS[:-1]]
    made = json_values.objects(json_values.tree(PATHS), [*columns, "true"], len(rows))
    assert [json.loads(text) for text in made.to_pylist()] == [expected(row) for row in rows]
    without = json_values.objects(json_values.tree(PATHS[:-1]), columns, len(rows))
    assert len(without) == len(rows)
    assert [json.loads(text) | {"always": True} for text in without.to_pylist()] == [expected(row) for row in rows]


@given(st.lists(st.none() | st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), max_size=3)))
def test_lists_are_what_python_would_have_written(values: list[list[str] | None]) -> None:
    made = json_values.lists(pa.array(values, pa.list_(pa.string())))
    assert [json.loads(text) if text else None for text in made.to_pylist()] == [value or None for value in values]


def test_texts_are_escaped_where_json_asks_for_it_and_nowhere_else() -> None:
    made = json_values.quoted(pa.array(['say "hi"', "back\\slash", "tab\t", "Łódź 👩", "", None]))
    assert made.to_pylist() == ['"say \\"hi\\""', '"back\\\\slash"', '"tab\\t"', '"Łódź 👩"', None, None]


def test_constants_alone_are_the_same_for_everybody() -> None:
    made = json_values.objects(json_values.tree(["a", "b.0"]), ["1", '"x"'], 3)
    assert made.to_pylist() == ['{"a":1,"b":["x"]}'] * 3


def test_half_a_surrogate_pair_is_no_text() -> None:
    assert json_values.dumps("a\ud83d") == '"a\ufffd"'


@pytest.mark.parametrize(
    ("paths", "sentence"),
    [
        (["a", "a"], "'a' is there twice"),
        (["a.b", "a"], "'a' is there twice, or another value lies below it"),
        (["a", "a.b"], "'a.b' goes on where another value ends"),
        (["a..b"], "'a..b' has an empty step"),
        (["a.1"], "'a' must have names, or positions from 0 on"),
        (["a.0", "a.b"], "'a' must have names, or positions from 0 on"),
        (["0.a"], "begins with a position; an item is an object"),
    ],
)
def test_paths_that_contradict_one_another(paths: list[str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        json_values.tree(paths)


def test_settings_stand_where_a_table_names_them() -> None:
    api = parse(POST, "post.toml").api
    assert api is not None
    fixed = {"lists": [{"setting": "list_id"}], "region": {"setting": "region"}, "more": {"setting": "x", "y": 1}}
    assert json_values.filled(fixed, api, {"list_id": "12", "region": "eu"}) == {
        "lists": [12], "region": "eu", "more": {"setting": "x", "y": 1},
    }  # fmt: skip
