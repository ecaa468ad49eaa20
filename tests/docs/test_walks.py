"""The tutorial and the how-to pages, walked line by line on the sample exports."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.conftest import Story
from tests.docs.test_docs import DOCS, command_lines, text_of
from tests.pipeline.running import av

PLACES = ("/media/usb", "/media/disk", "/data")
"""Where the pages put what a reader has somewhere else."""


@pytest.mark.parametrize(
    "page", ["tutorial/first-vault.md", "how-to/export.md", "how-to/load-duckdb.md", "how-to/backup.md"]
)
def test_every_line_of_the_page_works(
    page: str, story: Story, story_vault: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert story_vault == tmp_path / "my.vault", "the name that the pages give it"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-downloads").symlink_to(story.exports)
    blocks = [line for line in command_lines(text_of(DOCS / page)) if len(shlex.split(line, comments=True)) > 2]
    walked = 0
    for line in blocks:
        for place in PLACES:
            line = line.replace(place, f"{tmp_path}{place}")
        words = shlex.split(line, comments=True)[1:]
        # The story was migrated already, and a number of a snapshot is the reader's own.
        if words[0] == "migrate" or "--snapshot" in words:
            continue
        (tmp_path / "data").mkdir(exist_ok=True)
        assert av(*words, expect=None).code in ({0, 3} if words[0] == "import" else {0}), line
        walked += 1
    assert walked
