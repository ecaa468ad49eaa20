"""A real export becomes a sample: nobody of it is left, its form stays, and it is read like the original."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from audiencevault.errors import AudienceVaultError, UsageError
from audiencevault.sources import mutation, sanitising, sanitising_proof, testing, testing_door
from audiencevault.sources.importer import Importer, discover
from audiencevault.sources.sanitising import sanitise
from audiencevault.sources.sanitising_fakes import Book, filler, split_phone
from audiencevault.sources.sanitising_values import Kind, Replacer
from tests.conformance.test_fuzz import at_most

GOLDENS = Path(__file__).parent.parent / "goldens"
FOUND = testing.find(GOLDENS)


@pytest.fixture(scope="module")
def importers() -> tuple[Importer, ...]:
    return discover()


@pytest.mark.parametrize("golden", FOUND, ids=[f"{path.parent.name}/{path.name}" for path in FOUND])
def test_a_sample_is_read_like_its_original(golden: Path, importers: tuple[Importer, ...], tmp_path: Path) -> None:
    original = tmp_path / "original"
    original.mkdir()
    for path in testing.inputs(golden):
        if path.is_dir():
            shutil.copytree(path, original, dirs_exist_ok=True)
        else:
            shutil.copy2(path, original)
    made = sanitise(original, tmp_path / "sample", seed="a", importers=importers, settings=testing.context(golden))
    assert made.differences == ()
    assert made.files


# What becomes of values


def faked(*values: tuple[str, Kind], seed: str = "a") -> list[str]:
    replacer = Replacer(Book(seed))
    for _ in range(2):
        for text, kind in values:
            replacer.value(text, kind)
    replacer.book.close()
    return [replacer.value(text, kind) for text, kind in values]


def test_one_person_is_one_invented_person_everywhere() -> None:
    name, handle, slug, address, link = faked(
        ("Ida Falk", Kind.NAME), ("ida.falk", Kind.SHAPE), ("idafalk", Kind.SHAPE),
        ("IDA.Falk+list@gmail.com", Kind.EMAIL), ("https://www.instagram.com/ida.falk", Kind.SHAPE),
    )  # fmt: skip
    first, last = name.lower().split()
    assert (len(first), len(last)) == (3, 4)
    assert {first, last}.isdisjoint({"ida", "falk"})
    assert (handle, slug) == (f"{first}.{last}", first + last)
    assert link == f"https://www.instagram.com/{first}.{last}"
    assert re.fullmatch(rf"{first.upper()}\.{last.capitalize()}\+[a-z]{{4}}@[a-z]+\.example", address)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("  ÅNGSTRÖM ", r"  [À-Þ][A-Z]{5}[À-Þ][A-Z] "), ("Ольга", r"[А-Я][а-я]{4}"),
        ("François-Xavier", r"[A-Z][a-z]{3}[ß-ÿ][a-z]{3}-[A-Z][a-z]{5}"), ("山田 太郎", r"[一-鿿]{2} [一-鿿]{2}"),
    ],
)  # fmt: skip
def test_names_keep_length_script_case_and_blanks(text: str, shape: str) -> None:
    (fake,) = faked((text, Kind.NAME))
    assert len(fake) == len(text)
    assert fake.split() != text.split()
    assert re.fullmatch(shape, fake), fake


def test_broken_encodings_stay_broken() -> None:
    right, wrong = faked(("Renée", Kind.NAME), ("RenÃ©e", Kind.NAME))
    assert wrong == right.encode("utf-8").decode("latin-1")
    assert right != wrong


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("+1 (202) 555-7147", r"\+1 \(\d{3}\) 555-01\d\d"), ("12025557147", r"1\d{3}55501\d\d"),
        ("+447911123456", r"\+447700900\d{3}"), ("07911 123456", r"07700 900\d{3}"),
        ("+31 6 12345678", r"\+31 0 00\d{6}"),
        ("'+49 171 2345678", r"'\+49 (?:171 39200\d\d|302 3125\d{3})"), ("2.02E+09", r"\d\.\d\dE\+\d\d"),
    ],
)  # fmt: skip
def test_numbers_reach_nobody(text: str, shape: str) -> None:
    values = [(text, Kind.PHONE), ("+44 7911 123456", Kind.PHONE)]
    assert re.fullmatch(shape, faked(*values)[0])


def test_one_number_is_one_number_however_it_is_written() -> None:
    plus, national, plain = faked(
        ("+1 202 555 7147", Kind.PHONE), ("(202) 555-7147", Kind.PHONE), ("12025557147", Kind.PHONE)
    )
    assert re.sub(r"\D", "", plus) == plain == "1" + re.sub(r"\D", "", national)
    assert split_phone("00447911123456", plus=False) == ("44", "7911123456")


def test_every_date_goes_back_by_the_same_years() -> None:
    written = [
        "2024-02-29", "2024-02-29T10:00:00+01:00", "29/02/2024", "29.02.24", "Feb 29, 2024 3:14 pm", "29 Feb 2024",
        "29. Februar 2024", "20240229",
    ]  # fmt: skip
    moved = faked(*((text, Kind.SHAPE) for text in written), ("1709164800", Kind.TIME), ("1709164800000", Kind.TIME))
    years = 2024 - int(moved[0][:4])
    assert years in (4, 8)
    for text, fake in zip(written, moved, strict=False):
        assert fake == text.replace("2024", str(2024 - years)).replace(".24", f".{24 - years}")
    assert int(moved[-2]) == 1709164800 - years // 4 * 1461 * 86_400
    assert moved[-1] == f"{moved[-2]}000"


def test_a_birthday_is_another_day() -> None:
    for text in ("1990-06-15", "--06-15", "15.06.1990", "06/15/1990", "0615"):
        (fake,) = faked((text, Kind.BIRTHDAY))
        assert fake[-5:] != text[-5:]
        assert len(fake) == len(text)


def test_what_people_wrote_says_nothing_any_more() -> None:
    text = "Call me, Ida!\nIt's 12 o'clock ☀"
    (fake,) = faked((text, Kind.TEXT))
    assert fake == filler(text)
    assert len(fake) == len(text)
    assert not set(re.findall(r"\w{2,}", text)) & set(re.findall(r"\w{2,}", fake))


def test_ids_keep_length_and_alphabet() -> None:
    fakes = faked(
        ("100000001", Kind.SHAPE), ("ab12cd34ef", Kind.SHAPE), ("cus_A1b2C3", Kind.SHAPE), ("l:100001", Kind.SHAPE)
    )
    assert re.fullmatch(r"[1-9]\d{8}", fakes[0])
    assert re.fullmatch(r"[a-z]{2}\d\d[a-z]{2}\d\d[a-z]{2}", fakes[1])
    assert re.fullmatch(r"cus_[A-Z]\d[a-z]\d[A-Z]\d", fakes[2])
    assert re.fullmatch(r"l:[1-9]\d{5}", fakes[3])


def test_however_short_they_are_no_two_become_one() -> None:
    numbers = [f"{number:02}" for number in range(100)]
    letters = [chr(ord("a") + place) for place in range(26)]
    for shown in (numbers, letters):
        fakes = faked(*((f"candle.{one}", Kind.SHAPE) for one in shown))
        assert len(set(fakes)) == len(shown)


def test_whoever_is_called_like_a_month_is_searched_for_by_the_whole_name() -> None:
    replacer = Replacer(Book("a"))
    for _ in range(2):
        replacer.value("June May", Kind.NAME)
        replacer.value("30 May 2016", Kind.SHAPE)
    replacer.book.close()
    date = replacer.value("30 May 2016", Kind.SHAPE)
    assert "May" in date
    assert sanitising_proof.left_over({"a": date.encode()}, replacer) == []
    assert sanitising_proof.left_over({"a": b"June May"}, replacer) != []


@pytest.mark.parametrize("name", ["instagram", "linkedin", "mailchimp", "meta", "vcard"])
def test_the_samples_of_the_story_can_be_sanitised(name: str, importers: tuple[Importer, ...], tmp_path: Path) -> None:
    made = sanitise(GOLDENS.parent.parent / "sample_exports" / name, tmp_path / "s", seed="a", importers=importers)
    assert made.differences == ()


# Whole exports


def export(folder: Path) -> Path:
    """One person in a table, a list and a chat, with a picture and a column that nobody knows."""
    base = folder / "export"
    (base / "connections" / "followers_and_following").mkdir(parents=True)
    (base / "customers_export.csv").write_bytes(
        "\ufeffCustomer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
        "Default Address Address1,Default Address City,Default Address Zip,Default Address Phone,Phone,"
        "Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags,Shoe size\r\n"
        "'7001001,Ida,Falk,IDA.FALK@posteo.de,yes,,12 Quay Lane,Portland,'97201,,'+12024567890,no,84.50,2,"
        '"rings, twice",no,vip,thirty-seven\r\n'.encode()
    )
    (base / "connections" / "followers_and_following" / "followers_1.json").write_text(
        '[\n {"title":"","media_list_data":[],"string_list_data":[{"href":"https:\\/\\/www.instagram.com\\/ida.falk",'
        '"value":"ida.falk","timestamp":1700000000}]}\n]'
    )
    (base / "WhatsApp Chat with Ida Falk.txt").write_text(
        "04/03/2025, 14:05 - Jo Owner: hello Ida\n14/03/2025, 14:05 - Ida Falk: my number is +1 202 456 7890\n"
    )
    (base / "face.jpg").write_bytes(b"\xff\xd8Ida")
    return base


def test_a_whole_export_keeps_its_form_and_loses_its_people(tmp_path: Path, importers: tuple[Importer, ...]) -> None:
    made = sanitise(export(tmp_path), tmp_path / "sample", seed="a", importers=importers)
    assert made.differences == ()
    assert made.dropped == ("face.jpg",)
    assert made.unknown == ("customers_export.csv: Shoe size",)
    table = (tmp_path / "sample" / "customers_export.csv").read_bytes()
    assert table.startswith(b"\xef\xbb\xbfCustomer ID,First Name,")
    assert table.count(b"\r\n") == table.count(b"\n") == 2
    row = table.decode("utf-8-sig").splitlines()[1]
    cells = row.split(",")
    first, last = cells[1].lower(), cells[2].lower()
    assert re.fullmatch(rf"'\d{{7}},\w{{3}},\w{{4}},{first.upper()}\.{last.upper()}@[a-z]+\.example,yes,.*", row)
    assert re.search(
        r",\d{2} [A-Z][a-z]{3} [A-Z][a-z]{3},[A-Z][a-z]{7},'\d{5},,'\+1\d{3}55501\d\d,no,84\.50,2,\"lorem, ipsum\"", row
    )
    assert cells[-1] != "thirty-seven"
    assert re.fullmatch(r"[a-z]{6}-[a-z]{5}", cells[-1])
    (chat,) = (tmp_path / "sample").glob("WhatsApp Chat with *.txt")
    assert chat.name == f"WhatsApp Chat with {first.capitalize()} {last.capitalize()}.txt"
    (people,) = json.loads((tmp_path / "sample/connections/followers_and_following/followers_1.json").read_text())
    assert people["string_list_data"][0]["value"] == f"{first}.{last}"
    everything = b"".join(
        path.read_bytes() + str(path).encode() for path in (tmp_path / "sample").rglob("*") if path.is_file()
    )
    for word in (b"ida", b"falk", b"quay", b"4567890", b"posteo", b"owner:", b"hello", b"thirty"):
        assert word not in everything.lower()


def test_the_same_seed_gives_the_same_sample_and_another_one_another(
    tmp_path: Path, importers: tuple[Importer, ...]
) -> None:
    base = export(tmp_path)
    for name, seed in (("one", "a"), ("two", "a"), ("three", "b")):
        sanitise(base, tmp_path / name, seed=seed, importers=importers)
    shown = [
        [
            (path.relative_to(tmp_path / name).as_posix(), path.read_bytes(), path.stat().st_mtime)
            for path in sorted((tmp_path / name).rglob("*"))
            if path.is_file()
        ]
        for name in ("one", "two", "three")
    ]
    assert shown[0] == shown[1] != shown[2]


def test_a_zip_keeps_its_order_and_its_way_of_packing(tmp_path: Path, importers: tuple[Importer, ...]) -> None:
    base = export(tmp_path)
    archive = tmp_path / "instagram-ida.falk-2025-10-05-aB3.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for number, name in enumerate(
            ("customers_export.csv", "face.jpg", "connections/followers_and_following/followers_1.json")
        ):
            info = zipfile.ZipInfo(name, (2025, 10, 5, 1, 2, 4))
            info.compress_type = zipfile.ZIP_DEFLATED if number else zipfile.ZIP_STORED
            packed.writestr(info, (base / name).read_bytes())
    made = sanitise(archive, tmp_path / "sample", seed="a", importers=importers)
    assert made.differences == ()
    (file,) = made.files
    assert re.fullmatch(r"instagram-[a-z]{3}\.[a-z]{4}-20(?:17|21)-10-05-[a-z][A-Z]3\.zip", file) or "2025" not in file
    with zipfile.ZipFile(tmp_path / "sample" / file) as packed:
        infos = packed.infolist()
    assert [(info.filename, info.compress_type) for info in infos] == [
        ("customers_export.csv", zipfile.ZIP_STORED),
        ("connections/followers_and_following/followers_1.json", zipfile.ZIP_DEFLATED),
    ]
    assert {info.date_time[0] for info in infos} < {2017, 2021}


# The proof


@pytest.mark.parametrize(
    "left",
    [
        "Falk", "FALK", "Ida_Falk", "Ren\\u00c3\\u00a9e", "RenÃ©e", "Ren%C3%A9e", "Ren&eacute;e", "Ren=C3=A9e", "renée",
        "+1 (202) 456-7890", "tel:2024567890", "0012024567890", "71234567",
    ],
)  # fmt: skip
def test_the_proof_finds_every_form_of_what_was_replaced(left: str) -> None:
    replacer = Replacer(Book("a"))
    values = (("Ida Falk", Kind.NAME), ("Renée", Kind.NAME), ("+1 202 456 7890", Kind.PHONE), ("71234567", Kind.SHAPE))
    for text, kind in values:
        replacer.value(text, kind)
    replacer.book.close()
    fine = " ".join(replacer.value(text, kind) for text, kind in values)
    assert sanitising_proof.left_over({"a.txt": fine.encode()}, replacer) == []
    sentences = sanitising_proof.left_over({"a.txt": f"{fine}; {left};".encode()}, replacer)
    assert sentences
    assert all(sentence.startswith("a.txt still holds ") and "Falk" not in sentence for sentence in sentences)
    assert sanitising_proof.left_over({f"{left}.txt": fine.encode()}, replacer)


def test_nothing_is_written_where_a_header_holds_a_name(tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text("Name,Email,Notes of Wilhelmina\nWilhelmina Roe,w.roe@posteo.de,hi\n")
    with pytest.raises(UsageError, match=r"Nothing was written.*people.csv still holds") as refused:
        sanitise(table, tmp_path / "sample", seed="a")
    assert "Wilhelmina" not in str(refused.value)
    assert not (tmp_path / "sample").exists()


@pytest.mark.parametrize(
    "header", ["hello ida@example.com", "Name,Email,Call +1 202 555 0143", 'Id,"Ida <ida@example.com>",Notes']
)
def test_nothing_is_written_where_the_header_is_somebodys_row(header: str, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(f"{header}\n", "utf-8")
    with pytest.raises(UsageError, match="of the header holds an e-mail address or a telephone number") as caught:
        sanitise(tmp_path / "list.csv", tmp_path / "out", seed="s")
    assert not any(secret in caught.value.message for secret in ("ida", "2025550143"))
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    (tmp_path / "sample" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not an empty folder"):
        sanitise(export(tmp_path), tmp_path / "sample", seed="a")
    assert [path.name for path in (tmp_path / "sample").iterdir()] == ["mine.txt"]


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sanitising, "LARGEST", 10)
    with pytest.raises(UsageError, match="a sample is for reading"):
        sanitise(export(tmp_path), tmp_path / "sample", seed="a")


# The door


def door(*arguments: object) -> tuple[int, list[str], list[str]]:
    said: list[str] = []
    complained: list[str] = []
    return testing_door.main([str(one) for one in arguments], said.append, complained.append), said, complained


def test_the_door_sanitises_and_says_what_it_did(tmp_path: Path) -> None:
    code, said, complained = door("sanitise", export(tmp_path), tmp_path / "sample", "--seed", "a")
    assert (code, complained) == (0, [])
    assert said[0].startswith("Wrote 3 files into ")
    assert "  face.jpg" in said
    assert "  customers_export.csv: Shoe size" in said
    assert said[-1] == "Read by the same importers, the sample gives the same counts."
    assert door("sanitise", tmp_path / "export", tmp_path / "sample", "--seed", "a")[0] == 2


def test_the_door_tests_and_generates(tmp_path: Path) -> None:
    golden = tmp_path / "mastodon" / "new"
    shutil.copytree(GOLDENS / "mastodon" / "2023-lists", golden)
    assert door("test", golden, "--mutations", 2, "--copies", tmp_path / "copies")[:2] == (0, [f"{golden}: good"])
    assert door("test", golden, "--mutations", 2)[0] == 2
    assert door("test", golden, "--copies", tmp_path / "copies")[0] == 2
    (golden / "expected.json").unlink()
    code, said, _ = door("test", tmp_path)
    assert code == 1
    assert said[0] == f"{golden}: 1 broken"
    assert door("generate", tmp_path)[1] == [f"wrote {golden / 'expected.json'}"]
    assert door("test", tmp_path)[0] == 0
    assert door("generate", tmp_path / "nowhere")[0] == 2


def test_the_module_is_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "audiencevault.sources.testing", "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "test | generate | sanitise" in done.stdout
    assert door()[0] == 2


def test_a_cell_without_end_is_replaced_in_bounded_time(tmp_path: Path) -> None:
    """Seventy thousand letters without a blank took minutes when every one of them could begin an address."""
    table = tmp_path / "people.csv"
    table.write_text(f"Name,Email\n{'x' * 300_000},w.roe@posteo.de\n")
    with at_most(10):
        made = sanitise(table, tmp_path / "sample", seed="a")
    assert made.differences == ()


@pytest.mark.parametrize("golden", FOUND[::12], ids=[f"{path.parent.name}/{path.name}" for path in FOUND[::12]])
def test_whatever_is_broken_is_replaced_or_refused(
    golden: Path, importers: tuple[Importer, ...], tmp_path: Path
) -> None:
    files = testing.contents(golden)
    for number in range(2):
        what, changed = mutation.mutate(files, number, golden.name)
        copy = testing.write_copy(tmp_path / "broken", changed, what, same=False)
        with at_most(10):
            try:
                sanitise(copy.path, tmp_path / f"sample{number}", seed="a", importers=importers)
            except AudienceVaultError:
                assert not (tmp_path / f"sample{number}").exists()
