"""The kit must be able to find fault: an importer for each promise that it can break."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from audiencevault.errors import DefinitionError, UsageError
from audiencevault.export import Export
from audiencevault.records import ConsentEvent, Extracted, OwnerPoint, Point, RecordBatcher, Reject, Row, SourceRecord
from audiencevault.sources import testing
from audiencevault.sources.importer import Claim, ImportContext


def person(key: str = "ida", **changes: object) -> SourceRecord:
    record = SourceRecord(
        source="demo", relationship="contact", source_key=key, full_name="Ida Falk",
        points=[Point("email", f"{key}@example.com")], member="people.demo", locator=f"line {key}",
    )  # fmt: skip
    return dataclasses.replace(record, **changes)  # type: ignore[arg-type]


def good() -> Iterator[Row]:
    yield OwnerPoint("demo", "email", "owner@example.com")
    record = person()
    yield record
    yield ConsentEvent(
        record.record_id, "demo", "email", "ida@example.com", "any", "relationship",
        member="people.demo", locator="line ida",
    )  # fmt: skip
    yield Reject("demo", "people.demo", "line 2", "empty", "Line 2 is empty.")


class Demo:
    """Reads any file called people.demo and gives what it is told to."""

    source = "demo"
    title = "A demonstration"
    fallback = False

    def __init__(self, rows: Callable[[], Iterator[Row]] = good, extra: Extracted | None = None) -> None:
        self.rows = rows
        self.extra = extra
        self.sha256: str | None = None

    def identify(self, export: Export) -> Sequence[Claim]:
        members = export.find("people.demo")
        return [Claim(self, "demo", "1", export, tuple(members))] if members else []

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        place = claim.members[0].path
        rows = (
            row
            if isinstance(row, OwnerPoint) or row.member != "people.demo"
            else dataclasses.replace(row, member=place)
            for row in self.rows()
        )
        yield from RecordBatcher(export_sha256=self.sha256 or claim.sha256).batches(rows)
        if self.extra is not None:
            yield self.extra


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    folder = tmp_path / "demo" / "first"
    (folder / "input").mkdir(parents=True)
    (folder / "input" / "people.demo").write_text("people\n" * 50)
    (folder / "seen.toml").write_text('where = "here"\nwhen = "2026"\n')
    return folder


def damage(golden: Path, directory: Path, importer: Demo) -> list[str]:
    found: list[str] = []
    for copy in testing.copies(golden, directory / "copies"):
        found += testing.check_copy(golden, copy, [importer])
    return found


def broken(*rows: Row) -> Demo:
    return Demo(lambda: iter([*good(), *rows]))


def test_an_importer_that_keeps_its_promises_passes(golden: Path, tmp_path: Path) -> None:
    assert testing.find(tmp_path) == [golden]
    assert testing.check(golden, [Demo()]) == []
    assert damage(golden, tmp_path, Demo()) == []


@pytest.mark.parametrize(
    ("importer", "fault"),
    [
        (Demo(extra=Extracted(rows=1)), "rows are not"),
        (broken(person()), "the same id"),
        (broken(person("bo", member="other.demo")), "not in the claim"),
        (broken(person("bo", locator="")), "no locator"),
        (broken(person("bo", source="other.list")), "another family"),
        (broken(person("owner")), "the owner is among the records"),
        (broken(ConsentEvent("nobody", "demo", "email", "x@example.com", "any", "relationship",
                             member="people.demo", locator="line 1")), "belongs to no record"),
        (broken(Reject("demo", "people.demo", "line 3", "bad", "The address bo@example.com is bad.")), "quotes"),
        (broken(Reject("demo", "people.demo", "line 3", "bad", "The number 202-555-0147 is bad.")), "quotes"),
        (broken(Reject("demo", "people.demo", "line 3", "bad", "Ida Falk has no address.")), "quotes"),
        (broken(Reject("demo", "people.demo", "line 3", "", "Line 3 is bad.")), "no code"),
    ],
)  # fmt: skip
def test_a_broken_promise_is_found(golden: Path, importer: Demo, fault: str) -> None:
    assert any(fault in sentence for sentence in testing.check(golden, [importer]))


def test_rows_with_the_hash_of_something_else_are_found(golden: Path) -> None:
    importer = Demo()
    importer.sha256 = "00"
    assert any("hash" in sentence for sentence in testing.check(golden, [importer]))


def test_an_importer_that_is_not_deterministic_is_found(golden: Path) -> None:
    numbers = iter(range(100))
    importer = Demo(lambda: iter([person(f"p{next(numbers)}")]))
    assert any("two results" in sentence for sentence in testing.check(golden, [importer]))


def test_claims_by_nobody_and_by_a_stranger_are_found(golden: Path) -> None:
    class Stranger(Demo):
        source = "stranger"

        def identify(self, export: Export) -> Sequence[Claim]:
            return [dataclasses.replace(claim, source="stranger") for claim in super().identify(export)]

    assert testing.check(golden, []) == ["No importer claims it."]
    assert any("made for demo" in sentence for sentence in testing.check(golden, [Stranger()]))


def test_an_exception_outside_the_tree_is_not_caught(golden: Path, tmp_path: Path) -> None:
    def raising() -> Iterator[Row]:
        yield person()
        raise KeyError("column")

    copy = next(testing.copies(golden, tmp_path / "x"))
    with pytest.raises(KeyError):
        testing.check_copy(golden, copy, [Demo(raising)])


def test_other_people_from_a_packed_copy_are_found(golden: Path, tmp_path: Path) -> None:
    class FolderOnly(Demo):
        def identify(self, export: Export) -> Sequence[Claim]:
            return super().identify(export) if export.kind == "folder" else []

    assert damage(golden, tmp_path, FolderOnly()) == ["packed into a ZIP: it gives other people than the original."]


def test_copies_are_the_same_every_time(golden: Path, tmp_path: Path) -> None:
    def contents(directory: Path) -> list[tuple[str, bytes]]:
        return [(copy.what, path.read_bytes()) for copy in testing.copies(golden, directory)
                for path in sorted(copy.path.rglob("*")) if path.is_file()]  # fmt: skip

    first = contents(tmp_path / "a")
    assert first == contents(tmp_path / "b")
    assert len({what for what, _ in first}) >= 10


def test_goldens_are_made_once_and_rewritten_only_on_purpose(golden: Path) -> None:
    assert "does not exist" in testing.compare(golden, [Demo()])[0]
    path = testing.generate(golden, [Demo()])
    assert testing.compare(golden, [Demo()]) == []
    assert testing.generate(golden, [Demo()]) == path
    changed = Demo(lambda: iter([person("bo")]))
    assert any("source_key" in place for place in testing.compare(golden, [changed]))
    with pytest.raises(UsageError):
        testing.generate(golden, [changed])
    assert testing.compare(golden, [Demo()]) == []
    testing.generate(golden, [changed], force=True)
    assert testing.compare(golden, [changed]) == []


def test_seen_is_read_strictly(golden: Path) -> None:
    (golden / "seen.toml").write_text('where = "here"\nwhen = "2026"\n[context]\ndate_order = "dmy"\n')
    assert testing.context(golden).date_order == "dmy"
    for text in (
        'where = "here"\n',
        'where = "a"\nwhen = "b"\nwho = "c"\n',
        'where = "a"\nwhen = "b"\n[context]\nx = 1\n',
    ):
        (golden / "seen.toml").write_text(text)
        with pytest.raises(DefinitionError):
            testing.context(golden)
