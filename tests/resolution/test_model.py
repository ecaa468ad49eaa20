"""The weights as data: what is learnt, from what, and that a given model is used as it is."""

from __future__ import annotations

import math
from typing import Any

import pytest

from audiencevault.errors import UsageError
from audiencevault.resolution.model import PRIORS, Model

from .people import everybody, merged, record, resolved
from .test_blocks import crowd


def register(count: int, *, slips: bool) -> list[dict[str, Any]]:
    """One row a person and one more with the same number; with `slips` every fifth has another first name there."""
    rows = []
    for n in range(count):
        facts = {
            "last_key": f"family{chr(97 + n % 26)}{n}", "street": f"{n} elm road", "postcode": f"{10000 + n % 60}",
            "birthday": f"19{40 + n % 50}-0{1 + n % 9}-{10 + n % 19}", "identifier_keys": [f"number:{7_000_000 + n}"],
        }  # fmt: skip
        rows.append(record(f"a{n:03d}", f"given{chr(97 + n % 26)} x", **facts))
        other = f"quite{chr(97 + n % 26)} x" if slips and n % 5 == 0 else f"given{chr(97 + n % 26)} x"
        rows.append(record(f"b{n:03d}", other, **facts))
    return rows


def test_shares_of_a_model_add_up_and_its_table_says_what_they_weigh() -> None:
    model = resolved(crowd(200)).model
    for comparison, shares in model.m.items():
        assert math.isclose(sum(shares.values()), 1.0, abs_tol=1e-9), comparison
    for row in model.table().to_pylist():
        assert math.isclose(row["weight"], math.log2(row["m"] / row["u"]))


def test_nothing_is_learnt_from_nobody() -> None:
    model = resolved([record("a"), record("b")]).model
    assert {name: dict(shares) for name, shares in model.m.items()} == {
        name: pytest.approx(dict(shares)) for name, shares in PRIORS.items()
    }
    assert model.families == 1.0


def test_anchors_show_how_often_one_person_differs() -> None:
    learnt = resolved(register(120, slips=True)).model
    assert learnt.m["first_name"]["different"] > 3 * PRIORS["first_name"]["different"]
    assert learnt.families < 0.5
    assert resolved(register(120, slips=False)).model.families == 1.0


def test_a_given_model_is_used_and_returned() -> None:
    model = Model(families=0.25, accept=1.0)
    assert resolved(crowd(50), model=model).model is model


def test_where_first_names_are_slips_two_of_them_at_one_home_are_one_person() -> None:
    home = {"street": "1 oak lane", "postcode": "97201", "birthday": "1990-05-17"}
    twins = [record("x", "Ida Falk", **home), record("y", "Nils Falk", **home)]
    assert merged(*crowd(), *twins) == set()
    groups = everybody(resolved([*register(120, slips=True), *twins]))
    assert frozenset({"x", "y"}) in groups


def test_a_number_joins_whatever_else_differs() -> None:
    rows = [
        record("a", "Ida Falk", identifier_keys=["number:1234567"], birthday="1990-05-17"),
        record("b", "Nils Berg", identifier_keys=["number:1234567"], birthday="1961-11-02"),
    ]
    assert merged(*rows) == {frozenset("ab")}


def test_a_model_survives_being_written_and_read() -> None:
    model = resolved(register(60, slips=True)).model
    again = Model.from_json(model.to_json())
    assert again.to_json() == model.to_json()
    assert again.table().equals(model.table())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 99}', "null"])
def test_what_is_no_model_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Model.from_json(text)


def test_a_model_of_another_version_is_refused() -> None:
    text = Model().to_json().replace('"version": 1', '"version": 2')
    with pytest.raises(UsageError, match="version 2"):
        Model.from_json(text)
