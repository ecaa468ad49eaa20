"""The export room: the same members and hashes whatever they lie in, and a sentence for whatever cannot be read."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import stat
import struct
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault.errors import ExportError, UnsafeArchiveError, UsageError
from audiencevault.export import (
    Export,
    Limits,
    Member,
    decode,
    encoding_of,
    open_exports,
    repair_double_encoding,
    text_stream,
)

TREE = {"connections/followers_1.json": b"[]", "connections/following.json": b"{}", "people.csv": b"a,b\n1,2\n"}


def pack(path: Path, tree: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path.write_bytes(packed(tree, method))
    return path


def packed(tree: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in tree.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 2, 10, 30, 0)), data, compress_type=method)
    return stream.getvalue()


def unpack(path: Path, tree: Mapping[str, bytes]) -> Path:
    for name, data in tree.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return path


def only(*paths: Path, limits: Limits | None = None) -> Export:
    exports, errors = open_exports(paths, limits)
    assert not errors
    assert len(exports) == 1
    return exports[0]


def refusal(path: Path, limits: Limits | None = None) -> ExportError:
    exports, errors = open_exports([path], limits)
    assert not exports
    assert len(errors) == 1
    assert str(path) in errors[0].message
    assert errors[0].hint
    return errors[0]


def problem(path: Path, limits: Limits | None = None) -> ExportError:
    """The one member that is refused; the other, `good.csv`, is there."""
    export = only(path, limits=limits)
    assert [member.path for member in export.members] == ["good.csv"]
    assert read(export.members[0]) == b"a,b\n"
    assert len(export.problems) == 1
    assert export.problems[0].hint
    return export.problems[0]


def read(member: Member) -> bytes:
    with member.open() as stream:
        return stream.read()


def contents(export: Export) -> dict[str, str]:
    return {member.path: member.sha256 for member in export.members}


def hashes(tree: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in sorted(tree.items())}


# --- one view ---------------------------------------------------------------------------------------------------

SEGMENT = st.text("abé_ -'1", min_size=1, max_size=6).filter(lambda name: name.strip(" ") == name)
FILE_NAME = st.tuples(SEGMENT, st.sampled_from([".json", ".csv", ".html", ".vcf"])).map("".join)
PATH = st.tuples(st.lists(SEGMENT, max_size=2), FILE_NAME).map(lambda parts: "/".join([*parts[0], parts[1]]))
METHODS = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
TREES = st.dictionaries(PATH, st.binary(min_size=1, max_size=200), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(tree=TREES, method=METHODS, cut=st.integers(0, 8))
def test_a_tree_is_the_same_in_every_wrapping(tree: dict[str, bytes], method: int, cut: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        expected = hashes(tree)
        names = sorted(tree)
        halves = [{name: tree[name] for name in names[:cut]}, {name: tree[name] for name in names[cut:]}]

        assert contents(only(unpack(root / "folder", tree))) == expected
        assert contents(only(pack(root / "whole.zip", tree, method))) == expected
        parts = [pack(root / f"cut-{number}.zip", half | {names[0]: tree[names[0]]}, method)
                 for number, half in enumerate(halves, start=1)]  # fmt: skip
        assert contents(only(*parts)) == expected

        wrapped = pack(root / "wrapped.zip", {f"my export/{name}": data for name, data in tree.items()}, method)
        assert contents(only(wrapped)) == {f"my export/{name}": value for name, value in expected.items()}
        nested = pack(root / "outer.zip", {"whole.zip": packed(tree, method)})
        assert contents(only(nested)) == {f"whole.zip/{name}": value for name, value in expected.items()}

        data = packed(tree, method)
        for number in range(3):
            third = len(data) // 3 + 1
            (root / f"volume.zip.00{number + 1}").write_bytes(data[number * third : (number + 1) * third])
        assert contents(only(*sorted(root.glob("volume.zip.*")))) == expected


def test_a_single_file_is_an_export(tmp_path: Path) -> None:
    export = only(unpack(tmp_path, {"people.csv": b"a,b\n"}) / "people.csv")
    assert (export.kind, export.members[0].path, export.members[0].size) == ("file", "people.csv", 4)


def test_zips_in_a_folder_are_exports_of_their_own(tmp_path: Path) -> None:
    unpack(
        tmp_path, {"shop/customers.csv": b"a\n", "meta/a-1.zip": packed(TREE), "meta/a-2.zip": packed({"x.csv": b"x"})}
    )
    exports, errors = open_exports([tmp_path])
    assert not errors
    assert [(export.kind, len(export.members)) for export in exports] == [("folder", 1), ("zip", 4)]
    assert exports[1].parts == (tmp_path / "meta/a-1.zip", tmp_path / "meta/a-2.zip")


def test_naming_twice_counts_once(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", TREE)
    table = unpack(tmp_path, {"b.csv": b"b"}) / "b.csv"
    exports, errors = open_exports([archive, table, tmp_path, archive, tmp_path / "." / "a.zip"])
    assert not errors
    assert sorted(str(export.path) for export in exports) == [str(tmp_path), str(archive)]


def test_exports_keep_the_order_in_which_they_are_named(tmp_path: Path) -> None:
    tables = [unpack(tmp_path / name, {f"{name}.csv": b"x"}) for name in ("b", "a")]
    archive = pack(tmp_path / "c.zip", TREE)
    exports, _ = open_exports([tables[0], archive, tables[1]])
    assert [export.path for export in exports] == [tables[0], archive, tables[1]]


def test_junk_is_told_apart(tmp_path: Path) -> None:
    junk = {"__MACOSX/._people.csv": b"x", "._a.csv": b"x", ".DS_Store": b"x", "a/Thumbs.db": b"x",
            "a/desktop.ini": b"x", "a/no-data.txt": b"x", "a/empty.csv": b""}  # fmt: skip
    for place in (unpack(tmp_path / "folder", TREE | junk), pack(tmp_path / "a.zip", TREE | junk)):
        export = only(place)
        assert contents(export) == hashes(TREE)
        assert export.junk == tuple(sorted(junk))
        assert export.problems == ()


def test_a_member_read_twice_by_two_readers_at_once(tmp_path: Path) -> None:
    member = only(pack(tmp_path / "a.zip", {"a.csv": b"0123456789" * 1000})).members[0]
    with member.open() as first, member.open() as second:
        assert (first.read(5), second.read(3), first.read(5)) == (b"01234", b"012", b"56789")


def test_heads_are_short_and_repeatable(tmp_path: Path) -> None:
    data = bytes(range(256)) * 1000
    member = only(pack(tmp_path / "a.zip", {"a.bin": data})).members[0]
    assert member.head(3) == data[:3]
    assert member.head(100_000) == data[:100_000]
    assert member.head() == data[:65_536]
    assert member.head(10**9) == data


def test_modified_is_utc_or_unknown(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.csv", (2026, 11, 2, 10, 30, 0)), b"x")
        archive.writestr(zipfile.ZipInfo("b.csv"), b"x")
        stamped = zipfile.ZipInfo("c.csv", (2026, 11, 2, 23, 30, 0))
        stamped.extra = struct.pack("<HHBI", 0x5455, 5, 1, 1_700_000_000)
        archive.writestr(stamped, b"x")
    (tmp_path / "a.zip").write_bytes(stream.getvalue())
    assert [member.modified for member in only(tmp_path / "a.zip").members] == [
        datetime(2026, 11, 2, 10, 30, tzinfo=UTC), None, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
    ]  # fmt: skip


# --- part-ZIPs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "count"),
    [
        (["facebook-ida-2026-11-02-aB3-1.zip", "facebook-ida-2026-11-02-aB3-2.zip"], 1),
        (["takeout-20261102T101010Z-001.zip", "takeout-20261102T101010Z-002.zip"], 1),
        (["x_part1.zip", "x_part2.zip"], 1),
        (["x.part01.zip", "x.part02.zip"], 1),
        (["x part 1 of 2.zip", "x part 2 of 2.zip"], 1),
        (["meta-2026-11-02-1.zip", "meta-2026-11-02-2.zip"], 1),
        (["instagram-2026-11-01.zip", "instagram-2026-11-02.zip"], 2),
        (["linkedin_11-01-26.zip", "linkedin_11-02-26.zip"], 2),
        (["Basic_LinkedInDataExport_11-01-2026.zip", "Basic_LinkedInDataExport_11-02-2026.zip"], 2),
        (["x-1.zip", "y-2.zip"], 2),
        (["x-1.zip", "x-01.zip"], 2),
        (["shop-7.zip", "shop-8.zip"], 2),
        (["download (1).zip", "download (2).zip"], 2),
    ],
)
def test_what_belongs_together(tmp_path: Path, names: list[str], count: int) -> None:
    paths = [pack(tmp_path / name, {f"{number}.csv": b"x"}) for number, name in enumerate(names)]
    for order in (paths, paths[::-1]):
        exports, errors = open_exports(order)
        assert not errors
        assert len(exports) == count
        assert sum(len(export.members) for export in exports) == 2
        assert not any(export.problems for export in exports)


def test_parts_that_contradict_each_other_are_two_exports(tmp_path: Path) -> None:
    paths = [pack(tmp_path / f"mine-{number}.zip", {"followers_1.json": bytes(number)}) for number in (1, 2)]
    exports, errors = open_exports(paths)
    assert not errors
    assert [export.path for export in exports] == paths


def test_each_part_may_have_its_own_cover_page(tmp_path: Path) -> None:
    paths = [pack(tmp_path / f"mine-{n}.zip", {"start_here.html": bytes(n), f"{n}.csv": b"x"}) for n in (1, 2)]
    assert [member.path for member in only(*paths).members] == ["1.csv", "2.csv", "start_here.html"]


def test_a_missing_part_is_told(tmp_path: Path) -> None:
    paths = [pack(tmp_path / f"mine_part{number}.zip", {f"{number}.csv": b"x"}) for number in (1, 4)]
    export = only(*paths)
    assert len(export.members) == 2
    assert "part 2 and 3 is missing" in export.problems[0].message


def test_a_broken_part_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    good = pack(tmp_path / "mine-1.zip", TREE)
    bad = tmp_path / "mine-2.zip"
    bad.write_bytes(packed({"b.csv": b"x"})[:-20])
    exports, errors = open_exports([good, bad])
    assert [contents(export) for export in exports] == [hashes(TREE)]
    assert "cut off" in errors[0].message


# --- names ------------------------------------------------------------------------------------------------------


def legacy(raw: bytes, extra: bytes = b"") -> bytes:
    """A ZIP whose member name is `raw`, with no word on its encoding."""
    info = zipfile.ZipInfo("N" * len(raw), (2026, 1, 1, 0, 0, 0))
    info.extra = extra
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(info, b"x")
    return stream.getvalue().replace(b"N" * len(raw), raw)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Kontakte für Zoë.csv".encode(), "Kontakte für Zoë.csv"),
        ("Kontakte für Zoë.csv".encode("cp1252"), "Kontakte für Zoë.csv"),
        ("Kontakte für Zoë.csv".encode("cp437"), "Kontakte für Zoë.csv"),
        ("Ångström-Ümläut.csv".encode("cp1252"), "Ångström-Ümläut.csv"),
        ("Ångström-Ümläut.csv".encode("cp437"), "Ångström-Ümläut.csv"),
        ("zoe\u0308.csv".encode(), "zoë.csv"),
        (b"a\x1b[2Jb.csv", "a_[2Jb.csv"),
        (b"dir\\people.csv", "dir/people.csv"),
    ],
)
def test_member_names_are_spelled_right(tmp_path: Path, raw: bytes, name: str) -> None:
    (tmp_path / "a.zip").write_bytes(legacy(raw))
    assert [member.path for member in only(tmp_path / "a.zip").members] == [name]


def test_the_unicode_path_of_info_zip_is_used(tmp_path: Path) -> None:
    spelled = "Łódź.csv".encode()
    extra = struct.pack("<HHBI", 0x7075, 5 + len(spelled), 1, 0) + spelled
    (tmp_path / "a.zip").write_bytes(legacy(b"?????.csv", extra))
    assert [member.path for member in only(tmp_path / "a.zip").members] == ["Łódź.csv"]


@pytest.mark.skipif(os.name == "nt", reason="file names are bytes on POSIX only")
def test_folder_names_that_are_not_utf8(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/f\xfcr.csv")).write_bytes(b"x")
    assert [(member.path, read(member)) for member in only(tmp_path).members] == [("für.csv", b"x")]


def test_find_matches_path_ends(tmp_path: Path) -> None:
    names = ["a/connections/who_you_ve_followed.json", "b/connections/who_you've_followed.json", "b/Message_1.JSON",
             "b/inbox/x/message_2.json", "xconnections/followers_1.json"]  # fmt: skip
    export = only(pack(tmp_path / "a.zip", dict.fromkeys(names, b"x")))

    def found(pattern: str) -> list[str]:
        return [member.path for member in export.find(pattern)]

    assert found("connections/who_you've_followed.json") == names[:2]
    assert found("who_you’ve_followed.json") == names[:2]
    assert found("message_*.json") == names[2:4]
    assert found("inbox/*/message_*.json") == [names[3]]
    assert found("inbox/message_*.json") == []
    assert found("connections/followers_*.json") == []
    assert found("followers_[0-9].json") == [names[4]]
    assert found("a/b/c/d/*.json") == []


def test_two_members_of_one_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("good.csv", b"old")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("good.csv", b"a,b\n")
    assert "occurs twice" in problem(tmp_path / "a.zip").message


# --- guards -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../evil.csv",
        "a/../../evil.csv",
        "/etc/evil.csv",
        "C:/evil.csv",
        "c:\\evil.csv",
        "..\\evil.csv",
        "\\\\host\\evil",
    ],
)
def test_paths_that_leave_the_archive(tmp_path: Path, name: str) -> None:
    error = problem(pack(tmp_path / "a.zip", {"good.csv": b"a,b\n", name: b"x"}))
    assert isinstance(error, UnsafeArchiveError)
    assert name.replace("\\", "/") in error.message
    assert list(tmp_path.parent.rglob("evil*")) == []


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_in_archives(tmp_path: Path, mode: int) -> None:
    link = zipfile.ZipInfo("people.csv")
    link.external_attr = (mode | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("good.csv", b"a,b\n")
        archive.writestr(link, b"/etc/passwd")
    error = problem(tmp_path / "a.zip")
    assert isinstance(error, UnsafeArchiveError)
    assert "a.zip::people.csv" in error.message


def test_links_in_folders(tmp_path: Path) -> None:
    outside = unpack(tmp_path / "outside", {"secret.csv": b"x"})
    folder = unpack(tmp_path / "export", {"good.csv": b"a,b\n", "sub/other.csv": b"x"})
    (folder / "again.csv").symlink_to(folder / "good.csv")
    (folder / "round").symlink_to(folder)
    (folder / "leak.csv").symlink_to(outside / "secret.csv")
    (folder / "leaks").symlink_to(outside)
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    export = only(folder)
    assert [member.path for member in export.members] == ["good.csv", "sub/other.csv"]
    assert export.junk == ("again.csv", "round")
    messages = sorted(error.message for error in export.problems)
    assert [Path(message.split(" ")[0]).name for message in messages] == ["leak.csv", "leaks", "loop.csv"]
    assert sum(isinstance(error, UnsafeArchiveError) for error in export.problems) == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipes_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "people.csv")
    assert "neither a file nor a folder" in refusal(tmp_path / "people.csv").message
    (tmp_path / "good.csv").write_bytes(b"x")
    assert only(tmp_path).junk == ("people.csv",)


def test_a_member_that_explodes(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"good.csv": b"a,b\n", "bomb.csv": bytes(20 * 2**20)})
    error = problem(archive)
    assert isinstance(error, UnsafeArchiveError)
    assert "a.zip::bomb.csv" in error.message
    assert "200 times" in error.message
    trusted = only(archive, limits=Limits(max_ratio=2000))
    assert [member.size for member in trusted.members] == [20 * 2**20, 4]


def test_a_member_that_is_too_large(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"good.csv": b"a,b\n", "big.csv": b"12345"})
    error = problem(archive, Limits(max_member_bytes=4))
    assert isinstance(error, UnsafeArchiveError)
    assert "4 bytes" in error.message


def lie(archive: Path, size: int) -> Path:
    """State another size of the last member, in both of its headers."""
    data = bytearray(archive.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.rindex(mark) + offset, size)
    archive.write_bytes(bytes(data))
    return archive


@pytest.mark.parametrize("size", [10, 500_000])
def test_a_header_that_lies_about_the_size(tmp_path: Path, size: int) -> None:
    archive = lie(pack(tmp_path / "a.zip", {"good.csv": b"a,b\n", "liar.csv": b"0123456789" * 10_000}), size)
    export = only(archive)
    with pytest.raises(ExportError, match=r"a\.zip::liar\.csv is damaged"):
        assert export.members[1].sha256
    assert export.members[0].sha256 == hashes({"good.csv": b"a,b\n"})["good.csv"]


def test_sizes_are_counted_as_they_come_out(tmp_path: Path) -> None:
    tree = {f"{number}.csv": bytes([number]) * 1000 for number in range(1, 5)}
    export = only(pack(tmp_path / "a.zip", tree), limits=Limits(max_total_bytes=2500))
    first, second, third, fourth = export.members
    for _ in range(3):
        assert len(read(first)) == 1000
    assert len(read(second)) == 1000
    with pytest.raises(
        UnsafeArchiveError, match=r"a\.zip::3\.csv was refused: the archive unpacks to more than 2500 bytes"
    ):
        read(third)
    assert fourth.head() == b""
    assert [type(error) for error in export.problems] == [UnsafeArchiveError]


def test_many_small_explosions_are_one(tmp_path: Path) -> None:
    tree = {f"{number}.csv": bytes(1000) for number in range(20)}
    export = only(pack(tmp_path / "a.zip", tree), limits=Limits(max_ratio=2, ratio_floor=4000))
    with pytest.raises(UnsafeArchiveError, match="the archive unpacks to more than 2 times its size"):
        assert [member.sha256 for member in export.members]


def test_too_many_members(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {f"{number}.csv": b"x" for number in range(5)})
    assert "more than 4 files" in refusal(archive, Limits(max_members=4)).message
    assert len(only(archive, limits=Limits(max_members=5)).members) == 5


def test_nesting_ends_somewhere(tmp_path: Path) -> None:
    inner = {"good.csv": b"a,b\n"}
    twice = pack(tmp_path / "two.zip", {"b.zip": packed({"a.zip": packed(inner)})})
    assert [member.path for member in only(twice).members] == ["b.zip/a.zip/good.csv"]
    thrice = pack(tmp_path / "three.zip", inner | {"c.zip": packed({"b.zip": packed({"a.zip": packed(inner)})})})
    error = problem(thrice)
    assert isinstance(error, UnsafeArchiveError)
    assert "three.zip::c.zip::b.zip::a.zip" in error.message
    assert "deeper than 2 levels" in error.message


def test_a_zip_inside_a_zip_may_be_too_large_for_memory(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"good.csv": b"a,b\n", "inner.zip": packed(TREE)})
    assert "larger than 99 bytes" in problem(archive, Limits(max_nested_bytes=99)).message


def test_a_broken_zip_inside_a_zip(tmp_path: Path) -> None:
    error = problem(pack(tmp_path / "a.zip", {"good.csv": b"a,b\n", "inner.zip": packed(TREE)[:-5]}))
    assert "a.zip::inner.zip is a ZIP that is cut off" in error.message


def flag(archive: Path, bit: int, member: int | None = None) -> Path:
    data = bytearray(archive.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at, seen = data.find(mark), 0
        while at >= 0:
            if member in (None, seen):
                data[at + offset] |= bit
            at, seen = data.find(mark, at + 4), seen + 1
    archive.write_bytes(bytes(data))
    return archive


def test_password_protected(tmp_path: Path) -> None:
    tree = {"good.csv": b"a,b\n", "secret.csv": b"x"}
    error = problem(flag(pack(tmp_path / "some.zip", tree), 1, member=1))
    assert error.message.endswith("some.zip::secret.csv is password-protected.")
    assert refusal(flag(pack(tmp_path / "all.zip", tree), 1)).message.endswith("all.zip is password-protected.")


def test_an_unknown_packing_method(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"good.csv": b"a,b\n", "huge.csv": b"x"})
    data = bytearray(archive.read_bytes())
    struct.pack_into("<H", data, data.rindex(b"PK\x01\x02") + 10, 9)
    archive.write_bytes(bytes(data))
    assert "method 9 (Deflate64)" in problem(archive).message


# --- bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (packed(TREE)[:200], "cut off"),
        (packed(TREE)[:-1], "cut off"),
        (b"\n<!DOCTYPE html><html><body>Log in</body></html>", "web page"),
        (b"Rar!\x1a\x07\x00" + bytes(50), "RAR archive"),
        (b"\x1f\x8b\x08" + bytes(50), "gzip archive"),
        (b"a,b\n1,2\n", "is not a ZIP"),
        (b"PK\x05\x06" + bytes(18), "holds no file"),
        (packed({".DS_Store": b"x"}), "holds no file"),
    ],
)
def test_what_is_called_zip_and_is_none(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "export.zip").write_bytes(data)
    assert words in refusal(tmp_path / "export.zip").message


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("people.csv", b"", "is empty"),
        ("export.tar.gz", b"x", ".gz archive"),
        ("export.rar", b"x", ".rar archive"),
        ("export.7z", b"x", ".7z archive"),
        ("export.data", b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
        ("export.data", bytes(257) + b"ustar", "tar archive"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert words in refusal(tmp_path / name).message


def test_other_bad_places(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "nowhere.zip").message
    (tmp_path / "empty").mkdir()
    assert "holds no file" in refusal(tmp_path / "empty").message
    folder = unpack(tmp_path / "folder", {"good.csv": b"a,b\n", "more.tar": b"x"})
    assert "more.tar is a .tar archive" in problem(folder).message


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(b"x")
    (tmp_path / "people.csv").chmod(0)
    assert "may not be read" in refusal(tmp_path / "people.csv").message


def test_one_bad_input_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(b"<html>")
    good = pack(tmp_path / "good.zip", TREE)
    exports, errors = open_exports([tmp_path / "bad.zip", good, tmp_path / "gone.csv"])
    assert [export.path for export in exports] == [good]
    assert [error.exit_code for error in errors] == [4, 4]


def test_a_bad_checksum_is_found_when_read(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.csv": b"0123456789", "b.csv": b"x"}, zipfile.ZIP_STORED)
    archive.write_bytes(archive.read_bytes().replace(b"0123456789", b"0123456780"))
    export = only(archive)
    with pytest.raises(ExportError, match=r"a\.zip::a\.csv is damaged"):
        read(export.members[0])
    assert export.problems == ()
    assert export.members[0].head() in (b"", b"0123456780")
    assert len(export.problems) == 1
    assert export.members[1].head() == b"x"


def test_a_member_that_lost_its_name_is_no_reason_to_refuse_the_others(tmp_path: Path) -> None:
    """A name that begins with a zero byte is an empty one to the library that reads archives."""
    raw = packed(TREE | {"x.csv": b"x"}).replace(b"x.csv", b"\0.csv")
    path = tmp_path / "a.zip"
    path.write_bytes(raw)
    exports, errors = open_exports([path])
    assert not errors
    assert {member.path for member in exports[0].members} == {*TREE, "_.csv"}


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_damaged_archive_never_surprises(data: st.DataObject) -> None:
    raw = bytearray(packed(TREE | {"inner.zip": packed({"x.csv": b"x,y\n" * 20})}))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    del raw[len(raw) - data.draw(st.integers(0, 30)) :]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "a.zip"
        path.write_bytes(raw)
        exports, errors = open_exports([path])
        assert exports or errors
        for export in exports:
            for member in export.members:
                member.head()
                with contextlib.suppress(ExportError):
                    assert len(member.sha256) == 64


# --- text -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        (b"a,b", "utf-8", "a,b"),
        ("Zoë".encode(), "utf-8", "Zoë"),
        ("Zoë".encode("utf-8-sig"), "utf-8-sig", "Zoë"),
        ("Zoë".encode("utf-16"), "utf-16", "Zoë"),
        (b"\xfe\xff" + "Zoë".encode("utf-16-be"), "utf-16", "Zoë"),
        ("id\tname\nl:1\tZoë\n".encode("utf-16-le"), "utf-16-le", "id\tname\nl:1\tZoë\n"),
        ("id\tname\nl:1\tИда\n".encode("utf-16-be"), "utf-16-be", "id\tname\nl:1\tИда\n"),
        ("Zoë".encode("utf-32"), "utf-32", "Zoë"),
        ("Zoë €".encode("cp1252"), "cp1252", "Zoë €"),
        ("Zoë".encode() + "Zoë".encode("cp1252"), "utf-8+cp1252", "ZoëZoë"),
        (b"Zo\x81", "cp1252", "Zo\ufffd"),
        (b"", "utf-8", ""),
    ],
)  # fmt: skip
def test_encodings(tmp_path: Path, data: bytes, encoding: str, text: str) -> None:
    assert decode(data) == (text, encoding)
    if data:
        member = only(unpack(tmp_path, {"a.csv": data})).members[0]
        assert encoding_of(member) == encoding
        with text_stream(member) as stream:
            assert stream.read() == text


def test_what_the_person_says_wins(tmp_path: Path) -> None:
    member = only(unpack(tmp_path, {"a.csv": "Zoë".encode("mac-roman")})).members[0]
    with text_stream(member, encoding="mac-roman") as stream:
        assert stream.read() == "Zoë"
    with text_stream(member, default="latin-1") as stream:
        assert stream.read() == "Zo\x91"
    for encoding in ("utf-8", "utf-16-le"):
        marked = ("\ufeff" + "Zoë").encode(encoding)
        assert decode(marked, encoding=encoding) == ("Zoë", encoding)
    with pytest.raises(UsageError, match="no text encoding called 'klingon'"):
        text_stream(member, encoding="klingon")
    with pytest.raises(UsageError, match="klingon"):
        decode(b"x", encoding="klingon")


def test_a_late_byte_decides_over_the_whole_file(tmp_path: Path) -> None:
    rows = b"name,city\r\n" + b"Ida,Portland\r\n" * 200_000 + "Zoë,Malmö".encode("cp1252")
    member = only(pack(tmp_path / "a.zip", {"a.csv": rows})).members[0]
    with text_stream(member) as stream:
        assert stream.readline() == "name,city\r\n"
        assert stream.read().endswith("Zoë,Malmö")


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.characters(codec="utf-8"), max_size=30), bad=st.booleans(), cut=st.integers(1, 7))
def test_characters_may_lie_across_chunks(text: str, bad: bool, cut: int) -> None:
    from audiencevault.export.text import Utf8Scan

    data = text.encode() + (b"\xc3" if bad else b"")
    scan = Utf8Scan()
    for start in range(0, len(data), cut):
        scan.feed(data[start : start + cut])
    scan.close()
    assert scan.bad is bad
    assert scan.wide is not text.isascii()


@given(text=st.text())
def test_double_encoding_is_undone(text: str) -> None:
    mangled = text.encode("utf-8", "ignore").decode("latin-1")
    assert repair_double_encoding(mangled) == text.encode("utf-8", "ignore").decode()


@pytest.mark.parametrize("text", ["Ida", "Renée", "Ида", "ÿ", "Ã", "na\u00efve \U0001f56f"])
def test_right_text_is_left_alone(text: str) -> None:
    assert repair_double_encoding(text) == text
