"""What all tests share."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# No test may write a key to the home of whoever runs it.
os.environ["AUDIENCEVAULT_KEY"] = "5e" * 32

settings.register_profile("ci", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@dataclass(frozen=True)
class Story:
    """The migrated sample exports: where they are, and what `migrate --json` said."""

    exports: Path
    vault: Path
    files: Path
    summary: dict[str, Any]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-goldens", action="store_true", help="Rewrite expected results instead of comparing.")


@pytest.fixture
def rewrite_goldens(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--rewrite-goldens"))


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The sample exports, migrated once for all tests, which must not change anything in it."""
    from tests.pipeline.running import av_json, copy_of_samples

    root = tmp_path_factory.mktemp("story")
    samples = copy_of_samples(root / "exports")
    summary = av_json(
        "migrate",
        samples,
        "--into",
        root / "my.vault",
        "--to",
        "mailchimp",
        "--region",
        "US",
        "--out",
        root / "files",
        expect=3,
    )
    return Story(samples, root / "my.vault", root / "files", summary)


@pytest.fixture
def story_vault(story: Story, tmp_path: Path) -> Path:
    """A vault with the story, to be changed."""
    return Path(shutil.copytree(story.vault, tmp_path / "my.vault", symlinks=True))


@pytest.fixture(scope="session")
def handing_vault(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with the story to export from, which it remembers: the story's own stays as it is."""
    return Path(shutil.copytree(story.vault, tmp_path_factory.mktemp("handing") / "my.vault", symlinks=True))
