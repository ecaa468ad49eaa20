"""`dedupe`: a file in, the same rows with an id of the person out."""

from __future__ import annotations

import csv
import random
import re
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audiencevault.pipeline import table_files
from tests.cli.test_contract import has
from tests.pipeline.running import av, av_json, nothing_else_written

GERMAN = """\
Kundennummer;Vorname;Nachname;Straße;Hausnummer;PLZ;Ort;Geburtsdatum;Kontakt;Telefon;Notiz
17;Ida;Falk;Elmweg;4;10115;Berlin;30.10.1985;ida@example.com;030 23125100;"mag ""Tee""; gern"
18;Ida;Falk;Elmweg;4;10115;Berlin;19851030;;+49 30 23125100;
19;Tom;Roth;;;;;;tom@example.org;;
19;Thomas;Roth;;;;;;TOM@example.org;;
20;Eva;Berg;;;;;;;;
"""
PEOPLE = "id,name,email\na,Ida Falk,ida@example.com\nb,Tom Roth,tom@example.org\nc,I. Falk,IDA@example.com\n"
TRACES = re.compile(r"hidden|555|@", re.IGNORECASE)


def put(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def together(rows: list[dict[str, str]], name: str = "contact_id") -> list[set[int]]:
    """Row positions of each person, in order."""
    held: dict[str, set[int]] = defaultdict(set)
    for place, row in enumerate(rows):
        held[row[name]].add(place)
    return sorted(held.values(), key=min)


# What it writes


def test_rows_are_kept_as_they_are(tmp_path: Path) -> None:
    source = put(tmp_path / "kunden.csv", GERMAN)
    document = av_json("dedupe", source, "-o", tmp_path / "out.csv", "--region", "DE")
    has(document, "`dedupe`")
    assert source.read_text(encoding="utf-8") == GERMAN
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert [line.rpartition(";")[0] for line in lines] == GERMAN.splitlines()
    assert together(read(tmp_path / "out.csv", ";")) == [{0, 1}, {2, 3}, {4}]
    assert (document["rows"], document["contacts"], document["merged"], document["ids"]) == (5, 3, 2, None)
    assert document["columns"]["Kontakt"] == {"taken_as": "email", "how": "by its values"}
    assert document["columns"]["Kundennummer"] == {"taken_as": "identifier", "how": "by its name"}
    assert document["left_out"] == {"Notiz": "not known"}
    assert sum(document["joined_on"].values()) == document["beyond_doubt"] + document["likely"] == 4


def test_the_screen(tmp_path: Path) -> None:
    answer = av("dedupe", put(tmp_path / "kunden.csv", GERMAN), "-o", tmp_path / "out.csv", "--region", "DE")
    assert "5 rows: 3 people." in answer.out
    assert "2 rows turned out to be somebody whom another row holds." in answer.out
    assert re.search(r"Kontakt +email +by its values", answer.out)
    assert re.search(r"Notiz +not known", answer.out)
    assert "called by their row numbers" in answer.out
    assert not TRACES.search(answer.out.replace(str(tmp_path), ""))


def test_the_same_bytes_twice(tmp_path: Path) -> None:
    source = put(tmp_path / "kunden.csv", GERMAN)
    for name in ("one", "two"):
        av("dedupe", source, "-o", tmp_path / f"{name}.csv", "--links", tmp_path / f"{name}-links.csv")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert (tmp_path / "one-links.csv").read_bytes() == (tmp_path / "two-links.csv").read_bytes()
    with nothing_else_written(tmp_path, tmp_path / "three.csv"):
        av("dedupe", source, "-o", tmp_path / "three.csv")


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet"])
def test_parquet_keeps_its_types(suffix: str, tmp_path: Path) -> None:
    table = pa.table({
        "record_id": [1, 2, 3], "Vorname": ["Ida", None, "Tom"], "born": [date(1990, 1, 1), None, date(1991, 1, 1)],
        "mails": [["ida@example.com"], ["x@example.com", "ida@example.com"], None], "ok": [True, None, False],
        "amount": [Decimal("1.50"), None, Decimal("2.00")], "kind": pa.array(["a", "b", "a"]).dictionary_encode(),
        "seen": pa.array([datetime(2020, 1, 1, 12, tzinfo=UTC), None, None]), "share": [1.5, 2.25, None],
        "view": pa.array(["a", "b,c", None], pa.string_view()),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "in.parquet")
    out = tmp_path / f"out.{suffix}"
    assert av_json("dedupe", tmp_path / "in.parquet", "-o", out)["contacts"] == 2
    if suffix == "parquet":
        back = pq.read_table(out)
        read_again = pq.read_table(tmp_path / "in.parquet")
        assert back.drop_columns(["contact_id"]).equals(read_again)
    else:
        rows = read(out, "," if suffix == "csv" else "\t")
        assert list(rows[0]) == [*table.column_names, "contact_id"]
        assert [row["mails"] for row in rows] == ["ida@example.com", "x@example.com; ida@example.com", ""]
        assert [row["amount"] for row in rows] == ["1.50", "", "2.00"]
        assert [row["view"] for row in rows] == ["a", "b,c", ""]
        assert [row["born"] for row in rows] == ["1990-01-01", "", "1991-01-01"]


def test_what_has_no_text_is_said_before_the_work(tmp_path: Path) -> None:
    pq.write_table(pa.table({"record_id": [1], "name": ["Ida"], "m": [{"a": 1}]}), tmp_path / "in.parquet")
    answer = av("dedupe", tmp_path / "in.parquet", "-o", tmp_path / "out.csv", expect=2)
    assert "'m'" in answer.err
    assert ".parquet" in answer.err
    av("dedupe", tmp_path / "in.parquet", "-o", tmp_path / "out.parquet")


def test_a_spreadsheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in csv.reader(PEOPLE.splitlines()):
        book.active.append(row)
    book.save(tmp_path / "people.xlsx")
    av("dedupe", tmp_path / "people.xlsx", "-o", tmp_path / "out.csv")
    assert together(read(tmp_path / "out.csv")) == [{0, 2}, {1}]


def test_repeated_and_empty_headers_stay(tmp_path: Path) -> None:
    text = "email,,Email,email\nida@example.com,1,,\n,2,ida@example.com,\n"
    av("dedupe", put(tmp_path / "in.csv", text), "-o", tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "email,column 2,Email,email,contact_id"
    assert [line.rpartition(",")[0] for line in lines[1:]] == text.splitlines()[1:]
    assert lines[1].rpartition(",")[2] == lines[2].rpartition(",")[2]


# What the person may say


def test_columns_by_hand(tmp_path: Path) -> None:
    source = put(tmp_path / "in.csv", "a,b,phone\nIda Falk,ida@example.com,x\nTom Roth,tom@example.org,x\n")
    call = ("dedupe", source, "-o", tmp_path / "out.csv", "--map", "A=full_name", "--map", "phone=", "--column", "who")
    document = av_json(*call)
    assert document["columns"]["a"] == {"taken_as": "full_name", "how": "as you said"}
    assert document["left_out"] == {"phone": "as you said"}
    assert list(read(tmp_path / "out.csv")[0]) == ["a", "b", "phone", "who"]


def test_links_become_decisions(tmp_path: Path) -> None:
    source = put(tmp_path / "in.csv", PEOPLE)
    av("dedupe", source, "-o", tmp_path / "one.csv", "--links", tmp_path / "links.csv")
    links = read(tmp_path / "links.csv")
    assert [(row["record_a"], row["record_b"], row["verdict"]) for row in links] == [("a", "c", "")]
    assert "email: yes +" in links[0]["evidence"]
    lines = (tmp_path / "links.csv").read_text(encoding="utf-8").splitlines()
    # An unanswered line is no decision.
    put(tmp_path / "told.csv", f"{lines[0]}\n{lines[1]}different\nb,c,x,0,false,,same\na,b,x,0,false,,\n")
    av("dedupe", source, "-o", tmp_path / "two.csv", "--decisions", tmp_path / "told.csv")
    assert together(read(tmp_path / "two.csv")) == [{0}, {1, 2}]
    av("dedupe", source, "-o", tmp_path / "three.csv", "--links", tmp_path / "links.parquet")
    assert pq.read_table(tmp_path / "links.parquet").num_rows == 1


def test_people_keep_their_ids(tmp_path: Path) -> None:
    av("dedupe", put(tmp_path / "in.csv", PEOPLE), "-o", tmp_path / "one.csv")
    before = {row["id"]: row["contact_id"] for row in read(tmp_path / "one.csv")}
    more = PEOPLE.replace("email\n", "email\n0,Ida Falk,ida@example.com\n")
    call = ("dedupe", put(tmp_path / "more.csv", more), "-o", tmp_path / "two.csv")
    av(*call, "--previous", tmp_path / "one.csv")
    after = {row["id"]: row["contact_id"] for row in read(tmp_path / "two.csv")}
    assert after == {**before, "0": before["a"]}
    av(*call, "--force")
    assert {row["id"]: row["contact_id"] for row in read(tmp_path / "two.csv")}["a"] != before["a"]


def test_row_numbers_stand_in_for_ids(tmp_path: Path) -> None:
    text = "Vorname,Mail\nIda,ida@example.com\nTom,tom@example.org\n"
    av("dedupe", put(tmp_path / "in.csv", text), "-o", tmp_path / "one.csv")
    longer = put(tmp_path / "longer.csv", text + "Ida,ida@example.com\n")
    document = av_json("dedupe", longer, "-o", tmp_path / "two.csv", "--previous", tmp_path / "one.csv")
    assert any("numbers" in note for note in document["notes"])
    first, second = read(tmp_path / "one.csv"), read(tmp_path / "two.csv")
    assert [row["contact_id"] for row in second[:2]] == [row["contact_id"] for row in first]
    assert together(second) == [{0, 2}, {1}]


# What it survives and what it refuses


def test_ragged_rows_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    hidden = "Hidden,hidden@example.com,+1 202 555 0199"
    good = "Ida,ida@example.com,\nZoe,zoe@example.com,\nMia,mia@example.com,\n"
    text = f'Name,Mail,Phone\n{good}{hidden},1,2\nHidden\nTom,"tom@example.org,\nIda,IDA@example.com,\n'
    source = put(tmp_path / "in.csv", text)
    document = av_json("dedupe", source, "-o", tmp_path / "out.csv", expect=3)
    assert [item["row"] for item in document["rejected"]] == [5, 6, 7]
    assert together(read(tmp_path / "out.csv")) == [{0, 3}, {1}, {2}]
    answer = av("dedupe", source, "-o", tmp_path / "out2.csv", expect=3)
    assert "3 rows, not in out2.csv" in answer.out
    assert "Row 5 has 5 cells" in answer.out
    assert not TRACES.search((answer.out + answer.err + str(document["rejected"])).replace(str(tmp_path), ""))


@pytest.mark.parametrize(
    ("content", "name", "code", "said"),
    [
        (b"", "in.csv", 4, "is empty"),
        (None, "in.csv", 4, "does not exist"),
        (None, "in.parquet", 4, "does not exist"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "in.csv", 4, "not text"),
        (b"PAR1" + bytes(200), "in.parquet", 4, "not a Parquet file"),
        (b"hidden,202 555 0199", "in.parquet", 4, "not a Parquet file"),
        (b'{"hidden": "hidden@example.com"}', "in.csv", 4, "not a table"),
        (b"<html>hidden@example.com</html>", "in.csv", 4, "not a table"),
        (b"a,b\nhidden,5550199\nx,1\n", "in.csv", 4, "no column of names"),
        (b"contact_id,Mail\n1,hidden@example.com\n", "in.csv", 2, "'contact_id' already"),
        (b"record_id,Mail\nhidden,hidden@example.com\nhidden,x@example.com\n", "in.csv", 2, "1 of 2 .*row 3"),
        (b"record_id,Mail\nhidden,hidden@example.com\n,x@example.com\n", "in.csv", 2, "1 of 2 .*row 3"),
    ],
)
def test_bad_files(content: bytes | None, name: str, code: int, said: str, tmp_path: Path) -> None:
    if content is not None:
        put(tmp_path / name, content)
    with nothing_else_written(tmp_path):
        answer = av("dedupe", tmp_path / name, "-o", tmp_path / "out.csv", expect=code)
    assert re.search(said, answer.err)
    assert not TRACES.search(answer.err.replace(str(tmp_path), ""))
    document = av_json("dedupe", tmp_path / name, "-o", tmp_path / "out.csv", expect=code)
    assert set(document["error"]) == {"code", "message", "hint"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-o", "in.csv", "--force"), "read as well as written"),
        (("-o", "there.csv"), "is there already"),
        (("-o", "out.xlsx"), "suffix"),
        (("-o", "no/out.csv"), "no folder"),
        (("-o", "folder.csv"), "is a folder"),
        (("-o", "out.csv", "--links", "out.csv"), "two files"),
        (("-o", "out.csv", "--map", "name"), "THEIRS=OURS"),
        (("-o", "out.csv", "--map", "nobody=email"), "no column 'nobody'"),
        (("-o", "out.csv", "--map", "name=emial"), "'emial'"),
        (("-o", "out.csv", "--region", "Germany"), "two-letter"),
        (("-o", "out.csv", "--encoding", "klingon"), "klingon"),
        (("-o", "out.csv", "--decisions", "there.csv"), "no column 'record_a'"),
        (("-o", "out.csv", "--previous", "there.csv"), "no column 'contact_id'"),
    ],
)
def test_calls_that_make_no_sense(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    put(tmp_path / "in.csv", PEOPLE)
    put(tmp_path / "there.csv", "x,y\n1,2\n")
    (tmp_path / "folder.csv").mkdir()
    files = [tmp_path / word if "." in word or "/" in word else word for word in options]
    with nothing_else_written(tmp_path):
        answer = av("dedupe", tmp_path / "in.csv", *files, expect=2)
    assert said in answer.err
    assert (tmp_path / "in.csv").read_text(encoding="utf-8") == PEOPLE


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig", "utf-8"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    source = put(tmp_path / "in.csv", "Name;Mail\r\nZoë Müller;ida@example.com\r\nZoe Müller;\r\n".encode(encoding))
    av("dedupe", source, "-o", tmp_path / "out.csv")
    assert [row["Name"] for row in read(tmp_path / "out.csv", ";")] == ["Zoë Müller", "Zoe Müller"]


def test_lines_above_the_header_and_no_header_at_all(tmp_path: Path) -> None:
    noted = put(tmp_path / "noted.csv", "Our people of 2026\n" + PEOPLE)
    assert any("above" in note for note in av_json("dedupe", noted, "-o", tmp_path / "a.csv")["notes"])
    assert together(read(tmp_path / "a.csv")) == [{0, 2}, {1}]
    bare = put(tmp_path / "bare.csv", "ida@example.com,1\ntom@example.org,2\nida@example.com,3\n")
    av("dedupe", bare, "-o", tmp_path / "b.csv")
    rows = read(tmp_path / "b.csv")
    assert list(rows[0]) == ["column 1", "column 2", "contact_id"]
    assert together(rows) == [{0, 2}, {1}]


def test_a_header_and_nobody(tmp_path: Path) -> None:
    document = av_json("dedupe", put(tmp_path / "in.csv", "Name,email\n"), "-o", tmp_path / "out.csv")
    assert (document["rows"], document["contacts"]) == (0, 0)
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "Name,email,contact_id\n"
    av("dedupe", put(tmp_path / "in.csv", "Kundennummer;Vorname\n"), "-o", tmp_path / "out.csv", "--force")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "Kundennummer;Vorname;contact_id\n"


# What must hold whatever the cells are

CELLS = st.text(
    st.one_of(st.sampled_from(",;\"\n\r\t '|"), st.characters(codec="utf-8", exclude_characters="\x00")), max_size=8
)


@given(rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=6), delimiter=st.sampled_from((",", ";", "\t")))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_text_comes_back_from_a_file(rows: list[list[str]], delimiter: str, tmp_path: Path) -> None:
    table = pa.table({name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(("a", "b"))})
    table_files.write(tmp_path / "t.csv", table, delimiter=delimiter)
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        found: list[Any] = list(csv.reader(file, delimiter=delimiter))
    assert found == [["a", "b"], *rows]


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    head, *lines = PEOPLE.splitlines()
    lines += [f"x{n},Person {n // 2},p{n // 2}@example.com" for n in range(10)]
    random.Random(4).shuffle(lines)
    av("dedupe", put(tmp_path / "a.csv", "\n".join([head, *lines])), "-o", tmp_path / "ao.csv")
    av("dedupe", put(tmp_path / "b.csv", "\n".join([head, *sorted(lines)])), "-o", tmp_path / "bo.csv")
    first, second = (
        sorted(path.read_text(encoding="utf-8").splitlines()) for path in (tmp_path / "ao.csv", tmp_path / "bo.csv")
    )
    assert first == second
