"""Tables full of slips: that it is noticed, what it changes, and that a clean table sees nothing of it."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest

from audiencevault.resolution.model import NOISY_AT, Model
from audiencevault.resolution.texts import mistyped, similar_streets

from .people import everybody, groups, merged, record, resolved

LETTERS = "abcdefghijklmnopqrstuvwxyz"
NOISY = Model(noise=0.5)


def slip(text: str, chance: random.Random) -> str:
    """A text with one letter in its middle exchanged for another."""
    at = chance.randrange(1, len(text) - 1)
    return text[:at] + chance.choice(LETTERS.replace(text[at], "")) + text[at + 1 :]


def people(count: int, share: float) -> list[dict[str, Any]]:
    """Four rows of each person, two of them with the same number; a slip in `share` of the names and streets."""
    chance = random.Random(7)
    rows = []
    for number in range(count):
        word = "".join(chance.choice(LETTERS) for _ in range(8))
        street = f"{''.join(chance.choice(LETTERS) for _ in range(9))} road {number + 1}"
        born = f"19{40 + number % 50}-0{1 + number % 9}-{10 + number % 19}"
        digits = [f"+1202555{chance.randrange(10_000):04d}" for _ in range(3)]
        for row in range(4):
            first, last, lane = (
                slip(text, chance) if chance.random() < share else text for text in (f"g{word[:6]}", f"f{word}", street)
            )
            facts = {"street": lane, "postcode": f"{10_000 + number % 40}", "phone": digits[max(row - 1, 0)]}
            if row % 2:
                facts["birthday"] = born
            rows.append(record(f"p{number:03d}.{row}", f"{first} {last}", **facts))
    return rows


def recall(found: set[frozenset[str]]) -> float:
    """Of all pairs of rows of one person, how many are together; none of two people may be."""
    pairs = 0
    for group in found:
        assert len({name.partition(".")[0] for name in group}) == 1
        pairs += len(group) * (len(group) - 1) // 2
    return pairs / (150 * 6)


def test_how_many_slips_there_are_is_measured_and_makes_up_for_them() -> None:
    rows = people(150, 0.5)
    found = resolved(rows)
    assert found.model.noise > NOISY_AT
    clean = resolved(people(150, 0.0))
    assert clean.model.noise < NOISY_AT
    assert Model.from_json(found.model.to_json()) == found.model
    careful = recall(groups(resolved(rows, model=Model())))
    assert recall(groups(found)) > careful + 0.1
    assert recall(groups(clean)) == 1.0


def test_the_order_of_rows_changes_nothing_in_a_noisy_table() -> None:
    rows = people(60, 0.5)
    mixed = random.Random(3).sample(rows, len(rows))
    assert groups(resolved(rows, model=NOISY)) == groups(resolved(mixed, model=NOISY, threads=2))


@pytest.mark.parametrize("noisy", [False, True])
def test_in_a_noisy_table_a_street_alone_brings_two_together(noisy: bool) -> None:
    # Neither name is spelt the same, and there is no place: no other block holds both.
    home = {"street": "birkenallee 17"}
    rows = [record("a", "Annelise Brandstetter", **home), record("b", "Anneliese Brandsteter", **home)]
    assert merged(*rows, model=NOISY if noisy else Model()) == ({frozenset("ab")} if noisy else set())
    clash = record("b", "Ottokar Brandsteter", **home)
    assert merged(rows[0], clash, model=NOISY) == set()


def test_a_number_with_two_slips() -> None:
    left = pa.array(["12025550101", "12025550101", "12025550101"])
    right = pa.array(["12025550110", "12035550191", "13035550191"])
    assert mistyped(left, right).tolist() == [True, True, False]
    rows = [record("a", "Ida Falkenberg", phone="+12025550101"), record("b", "Ida Falkenbreg", phone="+13035550101")]
    assert merged(*rows, model=NOISY) == {frozenset("ab")}
    assert merged(*rows) == set()


def test_streets_with_slips_in_a_noisy_table() -> None:
    left, right = pa.array(["elm road 14", "elm road 14", "oak 1"]), pa.array(["emlroad 14", "main street 14", "elm 2"])
    assert similar_streets(left, right, noisy=True).tolist() == [True, False, False]
    assert similar_streets(left, right).tolist() == [False, False, False]


def test_most_names_have_to_clash_in_a_noisy_table() -> None:
    line = "+12025550101"
    names = ("Omar Altman", "Omer Altman", "Oner Altnan")
    rows = [record(f"a{number}", name, phone=line) for number, name in enumerate(names)]
    stranger = record("x", "Ulrike Altman", phone=line)
    found = everybody(resolved([*rows, stranger], model=NOISY))
    assert frozenset({"a0", "a1", "a2"}) in found
    assert frozenset({"x"}) in found


def test_birthdays_in_a_noisy_table() -> None:
    line = {"phone": "+12025550101"}
    one = record("a", "Ida Falk", birthday="1990-05-17", **line)
    assert merged(one, record("b", "Ida Falk", birthday="1980-06-17", **line), model=NOISY) == {frozenset("ab")}
    assert merged(one, record("b", "Ida Falk", birthday="1980-06-17", **line)) == set()
    assert merged(one, record("b", "Ida Falk", birthday="1948-12-28", **line), model=NOISY) == set()
