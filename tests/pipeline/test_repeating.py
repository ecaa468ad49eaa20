"""A plug-in that gives one record twice: its first row stands, the others are refused, nothing is counted twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from audiencevault.export import Export
from audiencevault.records import ConsentEvent, Extracted, Point, RecordBatcher, Row, SourceRecord
from audiencevault.sources import importer as importers
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.vault import Vault
from tests.pipeline.running import av, av_json


class Stutter:
    """Gives a record for each line of a file, whose key is the line's first word: the key may come again."""

    source = "stutter"
    title = "An importer that breaks its promise"
    fallback = False

    def identify(self, export: Export) -> Sequence[Claim]:
        return [Claim(self, "stutter", "1", export, (member,)) for member in export.find("stutter.jsonl")]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        # Small batches: the second row of a record comes in another one than the first.
        for lines in (range(1, 3), range(3, 6)):
            yield from RecordBatcher(export_sha256=claim.sha256).batches(self._rows(claim, set(lines)))

    def _rows(self, claim: Claim, wanted: set[int]) -> Iterator[Row]:
        (member,) = claim.members
        with member.open() as stream:
            for number, line in enumerate(stream.read().decode().splitlines(), start=1):
                if number in wanted:
                    key, email = line.split()
                    record = SourceRecord(
                        source="stutter", relationship="contact", source_key=key, points=[Point("email", email)],
                        member=member.path, locator=f"line {number}",
                    )  # fmt: skip
                    yield record
                    yield ConsentEvent(
                        record.record_id, "stutter", "email", email, "email", "withdrawn",
                        member=member.path, locator=f"line {number}",
                    )  # fmt: skip


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    entry = EntryPoint("stutter", f"{__name__}:Stutter", importers.ENTRY_POINT_GROUP)
    monkeypatch.setattr(importers, "entry_points", lambda group: [entry])
    path = tmp_path / "stutter.jsonl"
    path.write_text(
        "ida ida@example.com\ntom tom@example.com\nida ida.two@example.com\numa uma@example.com\nida ida@example.com\n"
    )
    return path


def test_the_first_row_stands_and_the_others_are_named(file: Path, tmp_path: Path) -> None:
    vault = tmp_path / "my.vault"
    done = av_json("import", file, "--vault", vault, expect=3)
    (one,) = done["inputs"]
    assert (one["rows"], one["records"], one["rejected_by"]) == (5, 3, {"repeated_record": 2})
    assert done["contacts"]["after"] == 3
    said = av("status", "--vault", vault, "--rejects").out
    assert "line 3" in said
    assert "line 5" in said

    held = Vault.open(vault)
    ids = held.table("source_records").column("record_id").to_pylist()
    assert len(ids) == len(set(ids)) == 3
    emails = [row["point_key"] for row in held.table("contact_points").to_pylist()]
    assert sorted(emails) == ["ida@example.com", "tom@example.com", "uma@example.com"]
    assert held.table("match_features").num_rows == 3


def test_what_a_refused_row_says_about_consent_is_kept(file: Path, tmp_path: Path) -> None:
    vault = tmp_path / "my.vault"
    av_json("import", file, "--vault", vault, expect=3)
    events = Vault.open(vault).table("consent_events")
    assert "ida.two@example.com" in events.column("point_key").to_pylist()


def test_the_same_file_again_adds_nothing(file: Path, tmp_path: Path) -> None:
    vault = tmp_path / "my.vault"
    first = av_json("import", file, "--vault", vault, expect=3)
    again = av_json("import", file, "--vault", vault, expect=None)
    assert again["snapshot"] == first["snapshot"]
    assert again["contacts"]["after"] == 3
