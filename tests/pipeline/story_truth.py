"""Who is who in the sample exports, compared with what a vault says."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from audiencevault.vault import Vault
from tests.pipeline.running import ROOT, SAMPLES

TRUTH = ROOT / "tests" / "goldens" / "story_truth.csv"


@dataclass(frozen=True)
class Agreement:
    """Pairs of records: `right` joined and one person, `wrong` joined but two people, `missed` the reverse.

    `wrong_people` names the pairs of people that were joined, as in the truth; they are invented.
    """

    records: int
    right: int
    wrong: int
    missed: int
    wrong_people: tuple[tuple[str, str], ...]

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)


def truth_rows() -> list[dict[str, str]]:
    with TRUTH.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def people_of_records(vault: Path) -> dict[str, set[str]]:
    """The true people of each record that the truth names.

    The truth counts the rows below the header, the vault counts lines of the table; orders of one buyer are one
    record in the vault. So files are told apart by how far rows are shifted, and orders by their buyers.
    """
    opened = Vault.open(vault)
    paths = {row["import_id"]: row["path"].partition("::")[0] for row in opened.table("imports").to_pylist()}
    here: dict[tuple[str, str], dict[int, tuple[str, set[str]]]] = defaultdict(dict)
    buyers: dict[str, str] = {}
    for record in opened.table("source_records").to_pylist():
        path = paths[record["import_id"]]
        file = f"{Path(path).name}::{record['member']}" if path.endswith(".zip") else Path(record["member"]).name
        number = re.search(r"\d+", record["locator"])
        keys = {record["source_key"].lower()} | {point["raw"].lower() for point in record["points"]}
        keys |= {key.partition(":")[2] for key in keys}
        if number is not None:
            here[record["source"], file][int(number[0])] = (record["record_id"], keys)
        if record["source"] == "shopify.orders":
            buyers[record["source_key"]] = record["record_id"]

    told: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in truth_rows():
        file = row["file"].rpartition("/")[2] if "::" not in row["file"] else row["file"].partition("/")[2]
        told[row["source"], file].append(row)
    found: dict[str, set[str]] = defaultdict(set)
    for (source, file), rows in told.items():
        if source == "shopify.orders":
            orders = orders_by_name()
            for row in rows:
                if row["key"] in orders and orders[row["key"]] in buyers:
                    found[buyers[orders[row["key"]]]].add(row["person"])
            continue
        places = here[source, file]
        shift = shift_of(places, rows)
        for row in rows:
            if int(row["row"]) + shift in places:
                found[places[int(row["row"]) + shift][0]].add(row["person"])
    return found


def shift_of(places: dict[int, tuple[str, set[str]]], rows: Iterable[dict[str, str]]) -> int:
    """How many rows come before the first person: the header, and notes above it."""
    shifts = Counter(
        place - int(row["row"])
        for row in rows
        for place, (_, keys) in places.items()
        if row["key"].lower() in keys and 0 <= place - int(row["row"]) < 8
    )
    return min(shifts, key=lambda shift: (-shifts[shift], shift)) if shifts else 0


def orders_by_name() -> dict[str, str]:
    with (SAMPLES / "shopify" / "orders_export_1.csv").open(newline="", encoding="utf-8") as file:
        return {row["Name"]: row["Email"].lower() for row in csv.DictReader(file) if row["Email"]}


def agreement(vault: Path) -> Agreement:
    """Members against the truth, over all pairs of records whose person is known and who may be a contact."""
    contact = {row["record_id"]: row["contact_id"] for row in Vault.open(vault).table("members").to_pylist()}
    person = {record: min(people) for record, people in people_of_records(vault).items() if record in contact}
    wrong_people: set[tuple[str, str]] = set()
    right = wrong = missed = 0
    for one, two in combinations(sorted(person), 2):
        joined, same = contact[one] == contact[two], person[one] == person[two]
        right += joined and same
        missed += same and not joined
        if joined and not same:
            wrong += 1
            wrong_people.add((min(person[one], person[two]), max(person[one], person[two])))
    return Agreement(len(person), right, wrong, missed, tuple(sorted(wrong_people)))
