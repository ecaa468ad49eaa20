"""`audiencevault.resolve`: the public door of the resolver, from somebody's table to members and links."""

from __future__ import annotations

import csv
import random
import uuid
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import audiencevault
from audiencevault import Resolution, resolve
from audiencevault.errors import UsageError
from audiencevault.pipeline import people_features
from audiencevault.pipeline.people_tables import assign
from audiencevault.records import LINKS, MEMBERS
from audiencevault.resolution.model import Model
from audiencevault.vault import Vault
from tests.pipeline.running import av, rows

FEW = settings(max_examples=max(5, settings.default.max_examples // 12))
"""Every example is a whole run."""

IDA = {"full_name": "Ida Falk", "email": "ida.falk@example.com", "phone": "+12025550101"}
TOM = {"full_name": "Tom Roth", "email": "tom.roth@example.net", "phone": "+12025550102"}


def people(*records: dict[str, Any]) -> pa.Table:
    """A table of the records, with ids a, b, c … where they have none."""
    names = sorted({name for record in records for name in record})
    return pa.table({
        "record_id": [record.get("record_id", chr(97 + number)) for number, record in enumerate(records)],
        **{name: [record.get(name) for record in records] for name in names if name != "record_id"},
    })  # fmt: skip


def groups(found: Resolution) -> set[frozenset[str]]:
    """Who is with whom."""
    held: dict[str, set[str]] = defaultdict(set)
    for row in found.members.to_pylist():
        held[row["contact_id"]].add(row["record_id"])
    return {frozenset(group) for group in held.values()}


def together(*records: dict[str, Any], **options: Any) -> bool:
    """Whether all records are one person."""
    return len(groups(resolve(people(*records), **options))) == 1


# What it answers


def test_members_links_and_counts() -> None:
    found = resolve(people(IDA, {"email": "IDA.FALK@example.com"}, TOM))
    assert found.members.schema.equals(MEMBERS)
    assert found.links.schema.equals(LINKS)
    assert groups(found) == {frozenset("ab"), frozenset("c")}
    assert found.members["record_id"].to_pylist() == ["a", "b", "c"]
    assert [(row["record_a"], row["record_b"], row["accepted"]) for row in found.links.to_pylist()] == [
        ("a", "b", True)
    ]
    assert (found.stats["records"], found.stats["contacts"], found.stats["merged"]) == (3, 2, 1)
    assert {row["event"] for row in found.changes.to_pylist()} == {"minted"}


def test_the_table_comes_back_as_it_was_with_one_column_more() -> None:
    table = people(TOM, IDA, {"email": "ida.falk@example.com"}).append_column("note", pa.array([1, None, 3]))
    table = table.take([2, 0, 1])
    found = resolve(table)
    back = found.to_arrow()
    assert back.drop_columns(["contact_id"]).equals(table)
    contact = dict(zip(back["record_id"].to_pylist(), back["contact_id"].to_pylist(), strict=True))
    assert contact == dict(zip(*found.members.to_pydict().values(), strict=True))
    frame = found.to_pandas("who")
    assert isinstance(frame, pd.DataFrame)
    assert frame.columns.tolist() == [*table.column_names, "who"]
    assert frame.groupby("who").size().tolist() in ([1, 2], [2, 1])
    with pytest.raises(UsageError, match="note"):
        found.to_arrow("note")


def test_what_was_made_of_the_columns() -> None:
    table = pa.table(
        {"id": [1, 2], "Vorname": ["Ida", "Ida"], "colour": ["red", "blue"], "Mail": ["ida@example.com"] * 2}
    )
    found = resolve(table, columns={"Mail": None})
    assert found.columns == {"id": "record_id", "Vorname": "first_name"}
    assert found.left_out == {"colour": "not known", "Mail": "as you said"}
    assert found.stats["contacts"] == 2
    assert resolve(table).stats["contacts"] == 1
    with pytest.raises(UsageError, match="no column record_id"):
        resolve(table, guess=False)


def test_names_of_the_package() -> None:
    assert audiencevault.resolve is resolve
    assert {"resolve", "Resolution"} <= set(dir(audiencevault))


# What it reads


def test_lists_of_addresses_and_numbers() -> None:
    assert together(
        {"full_name": "Ida Falk", "email": ["x.one@example.com", "ida.falk@example.com"], "phone": ["+12025550101"]},
        {"full_name": "Ida Falk", "email": ["ida.falk@example.com"], "phone": None},
        {"full_name": "Ida Falk", "email": [], "phone": [None, "+1 202 555 0101"]},
    )


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["12025550101", "12025550101"], pa.large_string()),
        pa.array(["12025550101", "12025550101"], pa.string_view()),
        pa.array(["12025550101", "12025550101"]).dictionary_encode(),
        pa.array([12025550101, 12025550101]),
        pa.array([12025550101.0, 12025550101.0]),
        pa.array([["12025550101"], ["12025550101"]], pa.large_list(pa.string_view())),
        pa.RunEndEncodedArray.from_arrays([2], ["12025550101"]),
    ],
    ids=str,
)
def test_types_of_a_phone_number(column: pa.Array) -> None:
    table = pa.table({"record_id": [1, 2], "full_name": ["Ida Falk"] * 2, "phone": column})
    found = resolve(table, region="us")
    assert groups(found) == {frozenset("12")}
    assert found.to_arrow().drop_columns(["contact_id"]).equals(table)


@pytest.mark.parametrize(
    "birthday",
    [
        pa.array([date(1985, 10, 30)] * 2),
        pa.array([date(1985, 10, 30)] * 2, pa.date64()),
        pa.array([datetime(1985, 10, 30, tzinfo=UTC)] * 2),
        pa.array([datetime(1985, 10, 30)] * 2, pa.timestamp("ns")),
        pa.array([19851030, 19851030]),
        pa.array(["1985-10-30", "30.10.1985"]),
        pa.array(["10/30/1985", "19851030"]),
        pa.array(["30 Oct 1985", "1985-10-30 00:00:00"]),
    ],
    ids=str,
)
def test_spellings_of_a_birthday(birthday: pa.Array) -> None:
    table = pa.table({"record_id": [1, 2], "full_name": ["Ida Marlene Falkenberg"] * 2, "birthday": birthday})
    other = pa.table({"record_id": [3], "full_name": ["Tom Roth"], "birthday": birthday.slice(0, 1)})
    assert groups(resolve(pa.concat_tables([table, other]))) == {frozenset("12"), frozenset("3")}


def test_ids_of_any_type() -> None:
    one, two = uuid.UUID(int=1), uuid.UUID(int=2)
    table = pa.table({"record_id": pa.array([two.bytes, one.bytes], pa.uuid()), "email": ["ida@example.com"] * 2})
    assert groups(resolve(table)) == {frozenset({str(one), str(two)})}


def test_handles_meet_on_their_platform() -> None:
    ida = {"full_name": "Ida Falk", "handle": "@Ida.Falk", "platform": "Instagram"}
    assert together(ida, {"handle": "https://www.instagram.com/ida.falk/"})
    assert together(ida, {"handle": "ida.falk", "source": "instagram.followers"})
    assert not together(ida, {"handle": "ida.falk", "platform": "tiktok", "full_name": "Tom Roth"})


def test_a_number_that_the_source_gave_twice() -> None:
    first = {"full_name": "Ida Falk", "source": "shop", "source_id": "117"}
    assert resolve(people(first, {**TOM, "source": "shop", "source_id": "118"})).stats["contacts"] == 2
    assert not together(first, {**TOM, "source": "other", "source_id": "117"})


def test_a_frame_is_a_table_too() -> None:
    frame = people(IDA, {"email": "ida.falk@example.com"}).to_pandas()
    assert groups(resolve(frame)) == {frozenset("ab")}
    assert groups(resolve(people(IDA, TOM).to_batches()[0])) == {frozenset("a"), frozenset("b")}


# What binds


def test_ids_are_inherited() -> None:
    first = resolve(people({**IDA, "record_id": "m"}, {**TOM, "record_id": "n"}))
    contact = dict(zip(*first.members.to_pydict().values(), strict=True))
    # A record that sorts first would found another id.
    joined = people({**IDA, "record_id": "a"}, {**IDA, "record_id": "m"}, {**TOM, "record_id": "n"})
    again = resolve(joined, previous=first.members)
    assert dict(zip(*again.members.to_pydict().values(), strict=True)) == {**contact, "a": contact["m"]}
    assert again.changes.num_rows == 0
    assert resolve(joined).members["contact_id"].to_pylist()[0] != contact["m"]


def test_a_merge_is_told() -> None:
    apart = pa.table({"record_id": ["a", "b"], "contact_id": ["c_one", "c_two"]})
    found = resolve(people(IDA, IDA), previous=apart)
    assert found.members["contact_id"].to_pylist() == ["c_one", "c_one"]
    assert [(row["event"], row["contact_id"], row["other_contact_id"]) for row in found.changes.to_pylist()] == [
        ("merged_into", "c_two", "c_one")
    ]


def test_a_model_is_handed_on() -> None:
    first = resolve(people(IDA, IDA, TOM))
    assert set(first.model.table()["comparison"].to_pylist()) >= {"first_name", "birthday"}
    again = resolve(people(IDA, IDA, TOM), model=Model.from_json(first.model.to_json()))
    assert again.model == first.model
    assert again.links.equals(first.links)


@pytest.mark.parametrize(("verdict", "contacts"), [("same", 1), ("Different ", 2)])
def test_decisions_bind(verdict: str, contacts: int) -> None:
    pair = (IDA, TOM) if verdict == "same" else (IDA, IDA)
    told = pa.table({"record_a": ["b"], "record_b": ["a"], "verdict": [verdict]})
    assert resolve(people(*pair), decisions=told).stats["contacts"] == contacts


def test_a_later_decision_outweighs_an_earlier_one() -> None:
    told = pa.table({"record_a": ["a", "b"], "record_b": ["b", "a"], "verdict": ["same", "different"]})
    assert resolve(people(IDA, TOM), decisions=told).stats["contacts"] == 2
    assert resolve(people(IDA, TOM), decisions=told.take([1, 0])).stats["contacts"] == 1


def test_decisions_on_strangers_wait() -> None:
    told = pa.table({"record_a": ["a", "a"], "record_b": ["z", "b"], "verdict": ["same", "same"]})
    found = resolve(people(IDA, TOM), decisions=told)
    assert found.stats["contacts"] == 1
    assert found.notes == ("1 of 2 decisions name a record that the table does not have; they wait.",)


# What it refuses


def table_of(**columns: Any) -> pa.Table:
    return pa.table({"record_id": ["a", "b"], **columns})


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: resolve([1]), "not a table"),
        (lambda: resolve(pa.table({})), "no column record_id"),
        (lambda: resolve(pa.table({"email": ["ida@example.com"]})), "no column record_id"),
        (lambda: resolve(pa.table({"record_id": ["ida", "tom", "ida", "tom", "ida"]})), "3 of 5 .* rows 3, 4, 5"),
        (lambda: resolve(pa.table({"record_id": ["ida", None, " "]})), "2 of 3 .* rows 2, 3"),
        (lambda: resolve(pa.table({"record_id": [[1], [2]]})), "lists"),
        (lambda: resolve(pa.table([["a"], ["b"], ["c"]], names=["record_id", "x", "x"])), "'x'"),
        (lambda: resolve(table_of(email=[True, False])), "'email' is of type bool"),
        (lambda: resolve(table_of(phone=[b"1", b"2"])), "'phone' is of type binary"),
        (lambda: resolve(table_of(email=[{"a": "ida"}, None])), "'email' is of type struct"),
        (lambda: resolve(table_of(full_name=[["Ida"], []])), "'full_name' holds lists"),
        (lambda: resolve(table_of(), columns={"mail": "email"}), "no column 'mail'"),
        (lambda: resolve(table_of(x=["", ""]), columns={"x": "emial"}), "'emial'"),
        (lambda: resolve(table_of(x=["a", "b"]), columns={"x": "record_id"}), "Several columns are to be 'record_id'"),
        (lambda: resolve(table_of(), region="Germany"), "two-letter"),
        (lambda: resolve(table_of(), threads=0), "at least 1"),
        (lambda: resolve(table_of(), memory_mb=0), "at least 1"),
        (lambda: resolve(table_of(), spill_to="no/such/folder"), "not a folder"),
        (lambda: resolve(table_of(), decisions=pa.table({"a": ["a"]})), "no column record_a"),
        (
            lambda: resolve(
                table_of(), decisions=pa.table({"record_a": ["a"], "record_b": ["b"], "verdict": ["perhaps"]})
            ),
            "Row 1 of the decisions",
        ),
        (lambda: resolve(table_of(), previous=pa.table({"record_id": ["a"]})), "no column contact_id"),
        (
            lambda: resolve(table_of(), previous=pa.table({"record_id": ["a", "a"], "contact_id": ["x", "y"]})),
            "1 of 2 .* row 2",
        ),
        (
            lambda: resolve(
                table_of(), previous=pa.table({"record_id": ["a"], "contact_id": pa.array([None], "string")})
            ),
            "1 of the previous",
        ),
        (lambda: resolve(pd.DataFrame({"record_id": ["a", 1], "email": ["ida@example.com", 2]})), "different types"),
    ],
)
def test_what_makes_no_sense_is_said_without_a_value(call: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        call()
    assert refused.value.hint
    assert not any(
        trace in f"{refused.value.message}{refused.value.hint}" for trace in ("ida@", "ida,", "'ida", "'tom")
    )


def test_what_needs_too_much_memory_is_refused() -> None:
    many = pa.table({"record_id": list(range(30_000)), "email": [f"x{n % 900}@example.com" for n in range(30_000)]})
    with pytest.raises(UsageError, match="memory_mb=1"):
        resolve(many, memory_mb=1)


# What it survives


@pytest.mark.parametrize("columns", [{}, {"email": pa.array([], pa.null())}, {"full_name": pa.array([], pa.string())}])
def test_nobody(columns: dict[str, pa.Array]) -> None:
    found = resolve(pa.table({"record_id": pa.array([], pa.string()), **columns}))
    assert found.members.num_rows == found.links.num_rows == found.to_arrow().num_rows == 0


def test_nothing_but_an_id() -> None:
    assert resolve(pa.table({"record_id": range(500)})).stats["contacts"] == 500


@pytest.mark.parametrize(
    "name", ["full_name", "email", "phone", "address1", "company", "birthday", "handle", "postcode"]
)
def test_a_column_of_one_value(name: str) -> None:
    value = {
        **IDA,
        "address1": "4 Elm St",
        "company": "Acme",
        "birthday": "1990-01-01",
        "handle": "ida",
        "postcode": "3000",
    }
    found = resolve(pa.table({
        "record_id": range(3000),
        "full_name": [f"{'ABCDEFGHIJ'[n % 10]}na{n // 10}x Fal{n * 7919 % 9973}k" for n in range(3000)],
        name: [value[name]] * 3000,
    }))  # fmt: skip
    if name != "full_name":
        # What everybody shares says nothing about anybody.
        assert found.stats["contacts"] == 3000


def test_identical_rows_are_one_person() -> None:
    assert (
        resolve(pa.table({"record_id": range(20_000), **{k: [v] * 20_000 for k, v in IDA.items()}})).stats["contacts"]
        == 1
    )


def test_monstrous_cells() -> None:
    big = 3_000_000
    found = resolve(people(
        {"full_name": "x" * big, "email": "y" * big + "@example.com", "phone": "1" * big, "address1": "Elm " * big},
        {"full_name": "x y " * (big // 4), "email": "a@b.c, " * (big // 7), "phone": "+1 202 " * (big // 7)},
        {"full_name": "\u202eIda\u0000", "email": "\u200e", "phone": "()", "handle": "@", "birthday": "99999999"},
        {"full_name": "Екатерина 王伟 محمد 😀", "email": "a@", "phone": "٠١٢٣", "birthday": "--13-45"},
    ))  # fmt: skip
    assert found.stats["contacts"] == 4


# What must hold whatever the records are

NAMES = (None, "", "Ida Falk", "I. Falk", "Falk, Ida", "Nils Falk", "Ida Holm", "Екатерина Иванова", "Zoe Roth")
ROWS = st.lists(
    st.fixed_dictionaries({
        "full_name": st.sampled_from(NAMES),
        "email": st.sampled_from((None, "", "qwert.one@example.com", "QWERT.one@example.com ", "info@example.com")),
        "phone": st.sampled_from((None, "+1 202-555-0101", "2025550101", "n/a")),
        "birthday": st.sampled_from((None, "1990-05-17", "17.05.1990", "1961-11-02")),
        "address1": st.sampled_from((None, "Elm St 4")),
        "postcode": st.sampled_from((None, "97201")),
        "handle": st.sampled_from((None, "ida.falk", "zroth")),
    }),
    min_size=1,
    max_size=9,
)  # fmt: skip


def numbered(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"record_id": f"r{number:02d}", **record} for number, record in enumerate(records)]


@FEW
@given(ROWS, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_threads_matter(records: list[dict[str, Any]], chance: random.Random) -> None:
    table = people(*numbered(records))
    shuffled = list(range(len(records)))
    chance.shuffle(shuffled)
    first, second = resolve(table, region="US", threads=1), resolve(table.take(shuffled), region="US", threads=2)
    assert first.members.equals(second.members)
    assert first.links.equals(second.links)


def test_how_a_table_is_cut_changes_no_feature(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"full_name": f"Ida Falk {at}", "email": f"I.Da+{at}@gmail.com", "phone": "030 23125123", "city": "Bern"}
        for at in range(9)
    ]
    table = people(*numbered(rows))
    roles = assign(table, {}, guess=False).roles
    ids = people_features.record_ids(table["record_id"], "record_id")
    whole = people_features.features(table, ids, roles, region="DE", threads=1)
    monkeypatch.setattr(people_features, "SMALLEST_SLICE", 2)
    cut = people_features.features(table, ids, roles, region="DE", threads=2)
    monkeypatch.setattr(people_features, "SLICE", 4)
    finely = people_features.features(table, ids, roles, region="DE")
    assert [len(part.column("record_id").chunks) for part in (whole, cut, finely)] == [1, 2, 3]
    assert whole.to_pylist() == cut.to_pylist() == finely.to_pylist()


@FEW
@given(ROWS)
def test_a_stranger_changes_nobody(records: list[dict[str, Any]]) -> None:
    stranger = {"record_id": "zz", "full_name": "Omar Diaz", "email": "omar@example.net", "phone": "+33199000000"}
    before = groups(resolve(people(*numbered(records)), region="US"))
    after = groups(resolve(people(*numbered(records), stranger), region="US"))
    assert after == before | {frozenset({"zz"})}


@FEW
@given(ROWS, ROWS)
def test_everybody_who_stays_together_keeps_the_id(before: list[dict[str, Any]], added: list[dict[str, Any]]) -> None:
    first = resolve(people(*numbered(before)))
    more = [{"record_id": f"a{number:02d}", **record} for number, record in enumerate(added)]
    second = resolve(people(*numbered(before), *more), previous=first.members)
    old = dict(zip(*first.members.to_pydict().values(), strict=True))
    new = dict(zip(*second.members.to_pydict().values(), strict=True))
    for group in groups(first):
        if len({new[record] for record in group}) == 1:
            merged = {old[record] for record in old if new[record] == new[min(group)]}
            # Whoever is merged takes one of the ids that there were.
            assert new[min(group)] in merged
            assert len(merged) > 1 or new[min(group)] == old[min(group)]


@FEW
@given(ROWS, st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.booleans()), min_size=1, max_size=4))
def test_decisions_always_win(records: list[dict[str, Any]], told: list[tuple[int, int, bool]]) -> None:
    latest = {(min(a, b), max(a, b)): same for a, b, same in told if a != b and max(a, b) < len(records)}
    decided = pa.table({
        "record_a": pa.array([f"r{a:02d}" for a, _ in latest], pa.string()),
        "record_b": pa.array([f"r{b:02d}" for _, b in latest], pa.string()),
        "verdict": pa.array(["same" if same else "different" for same in latest.values()], pa.string()),
    })  # fmt: skip
    found = groups(resolve(people(*numbered(records)), decisions=decided))
    for (a, b), same in latest.items():
        pair = {f"r{a:02d}", f"r{b:02d}"}
        if not same:
            assert not any(pair <= group for group in found)
        elif all(latest.values()):
            assert any(pair <= group for group in found)


# The same people, in a vault and without one


def crowd(chance: random.Random, size: int) -> list[dict[str, str]]:
    """People with dirt, more than one row for most."""
    firsts = ("Ida", "Nils", "Zoë", "Tom", "Eva", "Jürgen", "Olga", "Mei", "Omar", "Anne-Marie")
    lasts = ("Falk", "Holm", "Roth", "Müller", "García López", "van der Berg", "O'Neill", "Иванова")
    found = []
    for number in range(size):
        first, last = chance.choice(firsts), chance.choice(lasts)
        person = {
            "First name": first, "Last name": last, "Email": f"{first[0].lower()}{number}.mailbox@example.com",
            "Phone": f"+1 202-555-{number % 100 + 100:04d}", "Street": f"{number % 40 + 1} Elm Street",
            "Zip": f"{97200 + number % 7}", "City": "Portland",
            "Birthday": f"19{number % 50 + 50}-05-{number % 28 + 1:02d}",
        }  # fmt: skip
        for _ in range(chance.randint(1, 3)):
            kept = {name: value if chance.random() < 0.6 else "" for name, value in person.items()}
            if chance.random() < 0.2:
                kept["Email"] = kept["Email"].upper()
            if chance.random() < 0.2:
                kept["Phone"] = kept["Phone"].removeprefix("+1 ")
            if any(kept[name] for name in ("First name", "Last name", "Email", "Phone")):
                found.append({**kept, "Note": f"n{len(found)}"})
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_a_vault_finds_the_same_people(seed: int, tmp_path: Path) -> None:
    records = crowd(random.Random(seed), 120)
    path = tmp_path / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, records[0])
        writer.writeheader()
        writer.writerows(records)
    av("import", path, "--vault", tmp_path / "v", "--region", "US", expect=None)
    by_row = {
        int(row["locator"].removeprefix("row ")): row["record_id"] for row in rows(tmp_path / "v", "source_records")
    }
    table = pa.Table.from_pylist(records)
    found = resolve(
        table.append_column("record_id", pa.array([by_row[number + 2] for number in range(len(records))])), region="US"
    )
    # Ids are made of the founding record: the same people have the same ids.
    assert found.members.equals(Vault.open(tmp_path / "v").table("members").sort_by("record_id").cast(MEMBERS))
    assert found.stats["contacts"] < len(records)
