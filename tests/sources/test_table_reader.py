from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.errors import ExportError, MissingExtraError
from audiencevault.export import Limits, Member, open_exports
from audiencevault.sources import table_reader, table_sheet
from audiencevault.sources.table_reader import Head, RowReject, read, sniff

LIMITS = Limits()


def member_of(root: Path, content: str | bytes, name: str = "list.csv") -> Member:
    path = root / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (export,), errors = open_exports([path])
    assert errors == []
    (member,) = export.members
    return member


def table(
    root: Path, content: str | bytes, name: str = "list.csv", limits: Limits = LIMITS
) -> tuple[Head, list[tuple[int, list[str]]], list[RowReject]]:
    member = member_of(root, content, name)
    head = sniff(member)
    assert head is not None
    rows: list[tuple[int, list[str]]] = []
    rejects: list[RowReject] = []
    for block in read(member, head, limits):
        columns = [column.to_pylist() for column in block.columns]
        rows += [(number, list(cells)) for number, *cells in zip(block.rows.tolist(), *columns, strict=True)]
        rejects += block.rejects
    return head, rows, rejects


def names(head: Head) -> list[str]:
    return [column.name for column in head.columns]


PLAIN = "Name,Email\nIda,ida@example.com\nJuno,juno@example.com\n"
ROWS = [(2, ["Ida", "ida@example.com"]), (3, ["Juno", "juno@example.com"])]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", "|").encode(),
        b"sep=;\r\n" + PLAIN.replace(",", ";").replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.rstrip("\n").encode(),
        PLAIN.replace("Ida", "I\x00da").encode(),
        PLAIN.replace("Name", '"Name"').encode(),
    ],
)
def test_one_table_in_every_dress(tmp_path: Path, content: bytes) -> None:
    head, rows, rejects = table(tmp_path, content)
    assert (names(head), rows, rejects) == (["Name", "Email"], ROWS, [])


def test_windows_1252_and_a_pasted_row_of_it(tmp_path: Path) -> None:
    _, rows, _ = table(tmp_path, "Name;Ort\nJörg;Köln\n".encode("cp1252"))
    assert rows == [(2, ["Jörg", "Köln"])]
    far = "Name;Ort\n" + "Käthe;Köln\n" * 8000
    _, rows, _ = table(tmp_path, far.encode() + "Jörg;Köln\n".encode("cp1252"))
    assert rows[-1] == (8002, ["Jörg", "Köln"])
    assert rows[0] == (2, ["Käthe", "Köln"])


def test_a_character_cut_by_the_end_of_the_head(tmp_path: Path) -> None:
    for shift in range(4):
        content = "x" * shift + "Name,Ort\n" + "é,ü\n" * 20_000
        head, rows, _ = table(tmp_path, content)
        assert head.encoding == "utf-8"
        assert rows[-1][1] == ["é", "ü"]


def test_header_below_notes_and_row_numbers_of_a_spreadsheet(tmp_path: Path) -> None:
    content = 'Notes:\n"A long text,\nin two lines"\n\nName,Email,Town\n'
    content += 'Ida,ida@example.com,"12 Quay\nLane"\n\nJuno,j@example.com,x\n'
    head, rows, rejects = table(tmp_path, content)
    assert names(head) == ["Name", "Email", "Town"]
    assert rows == [(5, ["Ida", "ida@example.com", "12 Quay\nLane"]), (7, ["Juno", "j@example.com", "x"])]
    assert rejects == []


def test_repeated_empty_and_odd_headers(tmp_path: Path) -> None:
    head, _, _ = table(tmp_path, "Reason, reason ,,E-Mail  Adresse\na,b,c,d\n")
    assert names(head) == ["Reason", "reason (2)", "column 3", "E-Mail Adresse"]
    assert [column.raw for column in head.columns][1] == " reason "
    assert head.columns[3].key == "e-mail adresse"


def test_ragged_rows(tmp_path: Path) -> None:
    content = "a,b,c\n1,2,3\n1,2\n1,2,3,,\n1,2,3,4\n1,2,3\n"
    _, rows, rejects = table(tmp_path, content)
    assert rows == [(2, ["1", "2", "3"]), (4, ["1", "2", "3"]), (6, ["1", "2", "3"])]
    assert [(reject.row, reject.code) for reject in rejects] == [(3, "wrong_column_count"), (5, "wrong_column_count")]
    assert "2 cells" in rejects[0].sentence


def test_every_row_ends_in_a_delimiter(tmp_path: Path) -> None:
    _, rows, rejects = table(tmp_path, "a,b\n1,2,\n3,4,\n5,6,\n")
    assert [cells[:2] for _, cells in rows] == [["1", "2"], ["3", "4"], ["5", "6"]]
    assert rejects == []


@pytest.mark.parametrize(
    ("line", "next_line"),
    [
        ('7,"Ann,ann@example.com', "8,Bo,bo@example.com"),
        ('7,"Ann,ann@example.com', '8,"Bo",bo@example.com'),
        ('7,"Ann,ann@example.com', '8,"Bo ""the"" boat",bo@example.com'),
        ('7,Ann,"ann@example.com', '8,"Bo, Lee","bo@example.com"'),
    ],
)
def test_a_broken_quote_costs_one_row(tmp_path: Path, line: str, next_line: str) -> None:
    rest = "".join(f"{number},P{number},p{number}@example.com\n" for number in range(9, 400))
    _, rows, rejects = table(tmp_path, f"id,name,email\n1,Zoe,zoe@example.com\n{line}\n{next_line}\n{rest}")
    assert [(reject.row, reject.code) for reject in rejects] == [(3, "broken_quote")]
    assert [number for number, _ in rows] == [2, *range(4, 396)]
    assert rows[1][1][0] == "8"


def test_a_broken_quote_at_the_end_of_the_file(tmp_path: Path) -> None:
    _, rows, rejects = table(tmp_path, 'id,name\n1,Zoe\n2,"Ann\n3,Bo')
    assert [number for number, _ in rows] == [2, 4]
    assert [reject.row for reject in rejects] == [3]


def test_quotation_marks_that_are_text(tmp_path: Path) -> None:
    content = 'id,note\n1,a 5" pipe\n2,"say ""hi"""\n3,"x"y\n4,""\n5,he said "no"\n'
    _, rows, rejects = table(tmp_path, content)
    assert [cells[1] for _, cells in rows] == ['a 5" pipe', 'say "hi"', "xy", "", 'he said "no"']
    assert rejects == []


def test_even_number_of_marks_that_still_opens_a_field(tmp_path: Path) -> None:
    # `4,a"b,"c` holds two marks, but the second one opens a field: parity alone does not see it.
    _, rows, rejects = table(tmp_path, 'id,x,y\n1,2,3\n4,a"b,"c\n7,8,9\n')
    assert [number for number, _ in rows] == [2, 4]
    assert [(reject.row, reject.code) for reject in rejects] == [(3, "broken_quote")]


def test_long_notes_are_kept_and_endless_ones_are_not(tmp_path: Path) -> None:
    fine = "x\n" * 100
    _, rows, rejects = table(tmp_path, f'id,note\n1,"{fine}"\n2,b\n')
    assert rows == [(2, ["1", fine]), (3, ["2", "b"])]
    _, rows, rejects = table(tmp_path, 'id,note\n1,"' + "x\n" * 101 + '"\n2,b\n')
    assert rejects[0].code == "broken_quote"
    assert rows[-1][1] == ["2", "b"]


def test_fields_beyond_the_limit(tmp_path: Path) -> None:
    limits = Limits(max_field_chars=50)
    content = "id,note\n1,ok\n2," + "x" * 60 + "\n3,ok\n4," + "y" * 2000 + "\n5,ok\n"
    _, rows, rejects = table(tmp_path, content, limits=limits)
    assert [cells[0] for _, cells in rows] == ["1", "3", "5"]
    assert [reject.code for reject in rejects] == ["field_too_long", "field_too_long"]


def test_a_line_without_end_is_left_out_in_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_reader, "CHUNK", 1000)
    content = "id,note\n1,ok\n2," + "y" * 9000 + "\n3,ok\n"
    _, rows, rejects = table(tmp_path, content, limits=Limits(max_field_chars=50))
    assert [(number, cells[0]) for number, cells in rows] == [(2, "1"), (4, "3")]
    assert [(reject.row, reject.code) for reject in rejects] == [(3, "field_too_long")]


def test_small_chunks_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "id,name,note\n" + "".join(
        f'{n},"Jörg ""{n}""","line\nline {n}"\n' if n % 3 else f"{n},Ö,plain\n\n" for n in range(300)
    )
    whole = table(tmp_path, content)
    for size in (7, 64, 501):
        monkeypatch.setattr(table_reader, "CHUNK", size)
        assert table(tmp_path, content)[1:] == whole[1:]


CELL = st.text(st.sampled_from('ab,;"\n ä'), max_size=6)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=12), st.sampled_from([9, 40, 4096]))
def test_what_the_csv_module_writes_is_read_back(rows: list[list[str]], chunk: int) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["one", "two", "three"])
    writer.writerows(rows)
    data = buffer.getvalue().encode()
    head = Head("text", (("one", "two", "three"),), (1,), 0, 3).with_header(0)
    found: list[list[str]] = []
    reader = table_reader._TextReader(head, LIMITS)
    for block in reader.blocks(iter([data[start : start + chunk] for start in range(0, len(data), chunk)])):
        assert block.rejects == ()
        found += [list(cells) for cells in zip(*(column.to_pylist() for column in block.columns), strict=True)]
    assert found == rows


@given(st.text(st.sampled_from('a,"\n\r'), max_size=80), st.sampled_from([3, 17, 4096]))
def test_fast_and_patient_reading_agree(body: str, chunk: int) -> None:
    head = Head("text", (("one", "two"),), (1,), 0, 2).with_header(0)
    data = ("one,two\n" + body).encode()

    def everything(patient: bool, size: int) -> tuple[list[tuple[object, ...]], list[tuple[int, str]]]:
        reader = table_reader._TextReader(head, LIMITS)
        if patient:
            reader._scan = lambda *_: None  # type: ignore[method-assign]
        rows: list[tuple[object, ...]] = []
        rejects: list[tuple[int, str]] = []
        for block in reader.blocks(iter([data[start : start + size] for start in range(0, len(data), size)])):
            rows += zip(block.rows.tolist(), *(column.to_pylist() for column in block.columns), strict=True)
            rejects += [(reject.row, reject.code) for reject in block.rejects]
        return rows, rejects

    assert everything(False, chunk) == everything(True, len(data) + 1)


def workbook(root: Path, rows: list[list[object]], name: str = "list.xlsx") -> Member:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(root / name)
    return member_of(root, (root / name).read_bytes(), name)


def test_a_spreadsheet_reads_like_its_csv(tmp_path: Path) -> None:
    import datetime as dt

    member = workbook(
        tmp_path,
        [
            ["Name", "Phone", "Zip", "Since", "At", "Ok"],
            [],
            ["Ida", 12025550147, 75001.5, dt.date(2026, 5, 4), dt.datetime(2026, 5, 4, 3, 2, 1), True],
        ],
    )
    head = sniff(member)
    assert head is not None
    (block,) = read(member, head, LIMITS)
    assert block.rows.tolist() == [3]
    assert [column.to_pylist()[0] for column in block.columns] == [
        "Ida", "12025550147", "75001.5", "2026-05-04", "2026-05-04 03:02:01", "TRUE",
    ]  # fmt: skip


def test_a_page_that_calls_itself_a_spreadsheet(tmp_path: Path) -> None:
    member = member_of(tmp_path, b"<html><body>Please sign in</body></html>", "list.xlsx")
    with pytest.raises(ExportError, match="is not a spreadsheet") as caught:
        sniff(member)
    assert "list.xlsx" in caught.value.message


def test_a_spreadsheet_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    member = workbook(tmp_path, [["Name", "Email"], ["Ida", "ida@example.com"]])
    monkeypatch.setattr(table_sheet, "available", lambda: False)
    with pytest.raises(MissingExtraError) as caught:
        sniff(member)
    assert "audiencevault[xlsx]" in caught.value.hint


@pytest.mark.parametrize("content", [b"<html></html>", b'{"a": 1}', b"[1]", b"   \n", b"\xef\xbb\xbf"])
def test_what_is_no_table(tmp_path: Path, content: bytes) -> None:
    assert sniff(member_of(tmp_path, content)) is None
