"""Which members of an export are known to hold nobody."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from audiencevault import pipeline
from audiencevault.sources.nobody import holds_nobody

CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Ida Falk\nEMAIL:ida@example.com\nEND:VCARD\n"


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("Takeout/Google Photos/2024/IMG_1.jpg.json", True),
        ("Google Photos/2024/IMG_1.JPG.supplemental-metadata.json", True),
        ("IMG_1.heic.supplemental-me(2).json", True),
        ("IMG_1.mp4(1).json", True),
        ("Takeout/archive_browser.html", True),
        ("Takeout/YouTube and YouTube Music/history/watch-history.html", True),
        ("Takeout/My Activity/Search/MyActivity.json", True),
        ("takeout-parts/Takeout/Verlauf/YouTube/search-history.json", True),
        ("archive_browser.html", False),
        ("history/watch-history.html", False),
        ("Takeout/Contacts/All Contacts/All Contacts.csv", False),
        ("people.json", False),
        ("jpg.json", False),
        ("party.jpg/people.json", False),
    ],
)
def test_what_is_known(path: str, known: bool) -> None:
    assert holds_nobody(path) is known


def test_pictures_are_no_problem_and_strangers_are(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "takeout-20261101T100000Z-001.zip", "w") as archive:
        archive.writestr("Takeout/Contacts/All Contacts/All Contacts.vcf", CARD)
        archive.writestr("Takeout/Google Photos/2024/IMG_1.jpg", b"\xff\xd8")
        archive.writestr("Takeout/Google Photos/2024/IMG_1.jpg.json", '{"title": "IMG_1.jpg"}')
        archive.writestr("Takeout/Something New/friends.json", '{"friends": []}')
    found = pipeline.identify([tmp_path], pipeline.ImportOptions())
    assert [claim.source for claim in found.claims] == ["vcard.contacts"]
    assert [problem.path.rpartition("::")[2] for problem in found.problems] == ["Takeout/Something New/friends.json"]
