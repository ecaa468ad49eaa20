"""Whatever lies in the folder: a sentence, the right exit code, nothing half-written, the rest read all the same."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.running import (
    CUSTOMER_COLUMNS,
    NOW,
    PEOPLE,
    ROOT,
    SAMPLES,
    av,
    av_json,
    files_of,
    nothing_else_written,
    rows,
    table,
)

SECRET = "hidden.person@example.com"
NUMBER = "202-555-0199"
SECRET_ROW = f"{SECRET},Hidden,Person,+1 {NUMBER}\n"
"""Somebody in every bad input, whose traces must not be in any message."""
TRACES = re.compile(r"@|hidden|555|0199", re.IGNORECASE)


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def locked(archive: bytes) -> bytes:
    """The same archive with the flag of encryption on every member."""
    octets = bytearray(archive)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = octets.find(signature)
        while at >= 0:
            octets[at + offset] |= 1
            at = octets.find(signature, at + 4)
    return bytes(octets)


def with_broken_member(archive: bytes) -> bytes:
    """One flipped byte in the content of the first member, whose table of contents stays whole."""
    octets = bytearray(archive)
    name, extra = struct.unpack("<HH", octets[26:30])
    octets[30 + name + extra + 40] ^= 0xFF
    return bytes(octets)


GOOD_TABLE = (PEOPLE + SECRET_ROW).encode()
CUSTOMERS = (CUSTOMER_COLUMNS + f"\n'1,Hidden,Person,{SECRET},yes,,,,,,US,,,,no,1,1,,no,\n").encode()
LONG = (PEOPLE + SECRET_ROW * 400).encode()

UNREADABLE, UNSAFE, UNKNOWN = "unreadable", "unsafe_archive", "not_recognised"
CUT = zipped({"people.csv": LONG}, zipfile.ZIP_STORED)[:-700]
FLIPPED = with_broken_member(zipped({"customers_export.csv": CUSTOMERS * 40}))
REFUSED: dict[str, tuple[str, bytes, str, str]] = {
    # name: file, content, code, part of the sentence
    "truncated ZIP": ("cut.zip", CUT, UNREADABLE, "is a ZIP that is cut off or damaged"),
    "web page": ("a.zip", f"<!DOCTYPE html><p>{SECRET}".encode(), UNREADABLE, "is not a ZIP but a web page"),
    "empty file": ("empty.csv", b"", UNREADABLE, "is empty"),
    "empty ZIP": ("empty.zip", zipped({}), UNREADABLE, "holds no file with anything in it"),
    "bomb": ("bomb.zip", zipped({"zeros.csv": b"0" * (24 << 20)}), UNSAFE, "bomb"),
    "climbing member": ("climb.zip", zipped({"../../climbed.csv": GOOD_TABLE}), UNSAFE, "would leave the archive"),
    "absolute member": ("root.zip", zipped({"/tmp/climbed.csv": GOOD_TABLE}), UNSAFE, "names a place on the disk"),
    "password": ("locked.zip", locked(zipped({"people.csv": GOOD_TABLE})), UNREADABLE, "password-protected"),
    "flipped byte": ("flipped.zip", FLIPPED, UNREADABLE, "damaged"),
    "other archive": ("export.tar.gz", b"\x1f\x8b\x08\x00" + b"\x00" * 64, UNREADABLE, "archive, which is not read"),
    "noise": ("noise.csv", bytes(range(256)) * 64, UNKNOWN, "is not an export that AudienceVault knows"),
    "no people": ("measures.csv", b"Zeit;Wert\n1;20\n2;21\n", UNKNOWN, "no column of names"),
    "JSON list of numbers": ("followers_1.json", b"[1, 2, 3]", "", ""),
    "JSON string": ("followers_1.json", f'"{SECRET}"'.encode(), "", ""),
    "JSON cut off": ("followers_1.json", b'[{"string_list_data": [{"value": "hidden.person', "", ""),
    "JSON too deep": ("followers_1.json", b"[" * 100_000, "", ""),
}


def put(folder: Path, name: str, content: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


def silent_about_people(*texts: str) -> None:
    for text in texts:
        assert not TRACES.search(text), text


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return table(tmp_path_factory.mktemp("good") / "people.csv", PEOPLE)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory, good: Path) -> Path:
    """A vault that holds `good` already, to be copied."""
    vault = tmp_path_factory.mktemp("used") / "v"
    av("import", good, "--vault", vault)
    return vault


@pytest.mark.parametrize("case", REFUSED)
def test_bad_files(case: str, tmp_path: Path, good: Path, used: Path) -> None:
    name, content, code, part = REFUSED[case]
    bad = put(tmp_path / "in", name, content)
    vault = tmp_path / "v"
    with nothing_else_written(tmp_path, vault):
        alone = av("import", bad, "--vault", tmp_path / "v", "--json", expect=4)
        assert not vault.exists(), "no empty vault is left behind"
        prose = av("identify", bad, expect=4)
        shutil.copytree(used, vault, symlinks=True)
        before = files_of(vault)
        together = av("import", bad, good, "--vault", vault, "--json", expect=3)
        assert av_json("check", "--vault", vault, "--read-data")["findings"] == []
    silent_about_people(alone.out, alone.err, prose.out, prose.err, together.out, together.err)
    problems = alone.json["problems"] + [item["problem"] for item in alone.json["inputs"] if "problem" in item]
    assert problems
    for problem in problems:
        assert problem["path"].startswith(str(bad))
        assert problem["message"].startswith(str(bad))
        assert problem["message"].endswith(".")
        assert problem["message"] in prose.out or alone.json["inputs"]
        assert problem["hint"], "what to do"
    if code:
        assert {problem["code"] for problem in problems} == {code}
        assert any(part in problem["message"] for problem in problems)
    assert not alone.json["snapshot"]
    assert together.json["contacts"]["after"] == 3
    assert [item["status"] for item in together.json["inputs"] if item["path"] == str(good)] == ["unchanged"]
    assert files_of(vault) == before
    assert list((vault / "staging").iterdir()) == []


def test_a_path_that_does_not_exist(tmp_path: Path, good: Path) -> None:
    document = av_json("import", tmp_path / "nowhere", good, "--vault", tmp_path / "v", expect=3)
    assert [problem["message"] for problem in document["problems"]] == [f"{tmp_path / 'nowhere'} does not exist."]
    assert document["problems"][0]["path"] == str(tmp_path / "nowhere")


@pytest.mark.parametrize("content", [{}, {"photo.jpg": b"\xff\xd8\xff", "notes.md": b"# x"}], ids=["empty", "pictures"])
def test_a_folder_without_any_known_file(tmp_path: Path, content: dict[str, bytes]) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, octets in content.items():
        put(folder, name, octets)
    document = av_json("import", folder, "--vault", tmp_path / "v", expect=4)
    assert len(document["problems"]) == 1
    assert document["problems"][0]["message"].startswith(str(folder))
    assert document["problems"][0]["path"] == str(folder)
    assert av("migrate", folder, "--into", tmp_path / "w", "--to", "csv", "--out", tmp_path / "o", expect=4).out


def test_everything_bad_at_once_and_the_samples(tmp_path: Path) -> None:
    """One folder with all of it and one good download."""
    folder = tmp_path / "in"
    for number, (name, content, _, _) in enumerate(REFUSED.values()):
        put(folder / str(number), name, content)
    put(folder, "cards.vcf", (SAMPLES / "vcard" / "phone_contacts.vcf").read_bytes())
    document = av_json("import", folder, "--vault", tmp_path / "v", "--region", "US", expect=3)
    read = [item for item in document["inputs"] if item["status"] == "imported"]
    assert [item["source"] for item in read] == ["vcard.contacts"]
    assert document["contacts"]["after"] > 30
    said = {Path(problem["path"].partition("::")[2] or problem["path"]).name for problem in document["problems"]}
    said |= {
        Path(item["path"].partition("::")[2] or item["path"]).name for item in document["inputs"] if "problem" in item
    }
    # An empty file in a folder is no more than litter.
    assert {name for name, _, _, _ in REFUSED.values()} - said <= {"empty.csv"}


# Tables


def test_a_german_header(tmp_path: Path) -> None:
    text = "Vorname;Nachname;E-Mail;Telefon;Straße;PLZ;Ort\nIda;Falk;ida@example.com;030 23125011;Weg 1;10115;Berlin\n"
    (tmp_path / "kunden.csv").write_bytes(text.encode("cp1252"))
    document = av_json("import", tmp_path / "kunden.csv", "--vault", tmp_path / "v", "--region", "DE")
    assert document["inputs"][0]["records"] == 1
    person = rows(tmp_path / "v", "contacts")[0]
    assert (person["first_name"], person["last_name"], person["phone"]) == ("Ida", "Falk", "+493023125011")
    assert (person["address1"], person["postcode"], person["city"]) == ("Weg 1", "10115", "Berlin")


def test_a_header_of_unknown_words(tmp_path: Path) -> None:
    """Addresses are known by what they look like; what nobody knows is kept as it is, and said."""
    text = "Izena,Posta-helbidea,Kolorea\nIda Falk,ida@example.com,gorria\nBo Berg,bo@example.org,urdina\n"
    document = av_json("import", table(tmp_path / "zerrenda.csv", text), "--vault", tmp_path / "v")
    assert {row["email"] for row in rows(tmp_path / "v", "contacts")} == {"ida@example.com", "bo@example.org"}
    assert all(set(row["extra"]) >= {"Kolorea"} for row in rows(tmp_path / "v", "source_records"))
    assert document["inputs"][0]["notes"]


def test_rows_that_make_no_sense_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    text = CUSTOMER_COLUMNS + "\n"
    text += "'1,Ida,Falk,ida@example.com,yes,,,,,,US,,,,no,1,1,,no,\n"
    text += f"'2,Hidden,Person,{SECRET}\n"
    text += "'3,,,,yes,,,,,,US,,,,no,1,1,,no,\n"
    text += "'4,Bo,Berg,bo@example.org,yes,,,,,,US,,,,no,1,1,,no,\n"
    answer = av("import", table(tmp_path / "customers_export.csv", text), "--vault", tmp_path / "v", "--json", expect=3)
    item = answer.json["inputs"][0]
    assert (item["rows"], item["rows"] - item["records"] - item["rejected"]) == (4, item["skipped"])
    assert item["rejected"] >= 1
    rejects = rows(tmp_path / "v", "rejects")
    assert all(re.fullmatch(r"(row|rows) \d.*", reject["locator"]) for reject in rejects)
    silent_about_people(answer.out, *(reject["sentence"] for reject in rejects))


def test_a_large_table_with_one_broken_quote(tmp_path: Path) -> None:
    """The quotation mark that is never closed costs its own row, not the 300,000 after it."""
    lines = ["," if number % 300 else f"p{number}@example.com,N{number}" for number in range(300_000)]
    lines[150_000] = 'p150000@example.com,"N150000'
    path = table(tmp_path / "big.csv", "Email,First Name\n" + "\n".join(lines) + "\n")
    answer = av("import", path, "--vault", tmp_path / "v", "--json", expect=3)
    item = answer.json["inputs"][0]
    assert item["rows"] == item["records"] + item["rejected"] + item["skipped"]
    assert item["rows"] >= 299_990
    assert item["records"] >= 990
    assert item["rejected"] >= 1
    assert "150002" in rows(tmp_path / "v", "rejects")[0]["locator"]
    silent_about_people(answer.out)


# Names


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are text there")
@pytest.mark.parametrize("as_argument", [True, False])
def test_names_that_are_not_utf8(tmp_path: Path, as_argument: bool) -> None:
    """Named by themselves, with the prose read; and found in a folder, with the document read."""
    folder = tmp_path / "in"
    path = put(folder, os.fsdecode(b"kund\xe9er.csv"), PEOPLE.encode())
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "audiencevault", "import", path if as_argument else folder,
         "--vault", tmp_path / "v", *([] if as_argument else ["--json"])],
        capture_output=True,
        env={"PATH": os.environ["PATH"], "AUDIENCEVAULT_NOW": NOW, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert "kund" in done.stdout.decode("utf-8")
    if not as_argument:
        assert json.loads(done.stdout)["contacts"]["after"] == 3
    assert {row["member"] for row in rows(tmp_path / "v", "source_records")} == {"kundéer.csv"}


def test_names_in_old_zips(tmp_path: Path) -> None:
    archive = zipped({"kundXer.csv": PEOPLE.encode()}).replace(b"kundXer.csv", b"kund\x82er.csv")
    path = put(tmp_path, "old.zip", archive)
    assert av_json("import", path, "--vault", tmp_path / "v")["contacts"]["after"] == 3
    assert {row["member"] for row in rows(tmp_path / "v", "source_records")} == {"kundéer.csv"}


# Vaults


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: path.write_text("x"), 2),
        (lambda path: put(path, "letter.txt", b"mine"), 2),
        (lambda path: put(path, "vault.json", b"{"), 12),
        (lambda path: put(path, "vault.json", b"[]"), 12),
    ],
    ids=["a file", "a folder with something in it", "a broken vault", "another JSON"],
)
def test_a_vault_that_is_none(tmp_path: Path, good: Path, make: Callable[[Path], object], code: int) -> None:
    path = tmp_path / "v"
    make(path)
    before = {entry: entry.read_bytes() for entry in [path, *path.rglob("*")] if entry.is_file()}
    answer = av("import", good, "--vault", path, "--json", expect=code)
    assert str(path) in answer.json["error"]["message"]
    assert {entry: entry.read_bytes() for entry in [path, *path.rglob("*")] if entry.is_file()} == before


def test_a_folder_for_the_files_that_is_a_file(tmp_path: Path, good: Path) -> None:
    out = put(tmp_path, "out", b"mine")
    av("migrate", good, "--into", tmp_path / "v", "--to", "csv", "--out", out, expect=2)
    assert out.read_bytes() == b"mine"


def test_somebody_elses_files_are_not_overwritten(tmp_path: Path, good: Path) -> None:
    out = tmp_path / "out"
    mine = put(out, "held-back.csv", b"mine")
    av("import", good, "--vault", tmp_path / "v")
    answer = av("export", "csv", "--vault", tmp_path / "v", "--out", out, "--json", expect=None)
    assert answer.code != 0
    assert "--force" in answer.json["error"]["hint"]
    assert mine.read_bytes() == b"mine"
    av("export", "csv", "--vault", tmp_path / "v", "--out", out, "--force")
    assert mine.read_bytes() != b"mine"
    av("export", "csv", "--vault", tmp_path / "v", "--out", out)
