"""An import that is killed at any moment leaves the old state or the new one, and is simply run again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from audiencevault.errors import VaultNotFoundError
from audiencevault.records import TABLES
from audiencevault.vault import Vault, store
from audiencevault.vault.check import check
from audiencevault.vault.ops import Ops
from tests.pipeline.running import NOW, ROOT, av, day, instagram, mailchimp, shopify

PEOPLE = [
    {
        "id": f"70{n}",
        "first": first,
        "last": "Falk",
        "email": f"{first.lower()}@example.com",
        "phone": f"+1202555010{n}",
    }
    for n, first in enumerate(("Ida", "Bo", "Ylva"))
]
EVERY = 1 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 25
"""How many of the moments are followed by a whole second import; the others by a look at everything."""


@dataclass(frozen=True)
class Scene:
    """A vault before an import (or none), what is imported, and the vault after it undisturbed."""

    before: Path
    export: Path
    after: Path


def state(vault: Path) -> Mapping[str, tuple[str, ...]]:
    """The names of all files of the newest snapshot; each is the hash of its content."""
    head = Vault.open(vault).head()
    return {table: tuple(sorted(Path(path).name for path in head.paths(table))) for table in TABLES}


@pytest.fixture(scope="module", params=["new vault", "vault in use"])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    root = tmp_path_factory.mktemp("scene")
    export = root / "export"
    shopify(export, [{**PEOPLE[0], "city": "Salem"}, *PEOPLE[1:]], day("2026-07-01"))
    mailchimp(export / "list", day("2026-07-01"), unsubscribed={"ida@example.com": "2026-06-20 08:00:00"})
    instagram(export / "ig", day("2026-07-01"), followers={"ida.falk": 1_760_000_000}, following=["cats"])
    if request.param == "vault in use":
        earlier = root / "earlier"
        shopify(earlier, PEOPLE[:2], day("2026-06-01"))
        instagram(earlier / "ig", day("2026-06-01"), followers={"ida.falk": 1_760_000_000, "bo_berg": 1_760_000_001})
        av("import", earlier, "--vault", root / "before.vault")
        shutil.copytree(root / "before.vault", root / "after.vault", symlinks=True)
    av("import", export, "--vault", root / "after.vault")
    return Scene(root / "before.vault", export, root / "after.vault")


def must_be_whole(vault: Path, scene: Scene) -> str:
    """Open it as if nothing had happened; say whether it is the `old` or the `new` state."""
    try:
        opened = Vault.open(vault)
    except VaultNotFoundError:
        assert not scene.before.exists()
        return "none"
    assert [finding for finding in check(opened, read_data=True) if finding.severity == "error"] == []
    found = state(vault)
    if found == state(scene.after):
        return "new"
    assert found == (state(scene.before) if scene.before.exists() else dict.fromkeys(TABLES, ()))
    return "old"


def must_go_on(vault: Path, scene: Scene) -> None:
    """The same command once more ends where an undisturbed run ends, and nothing of the killed one stays."""
    av("import", scene.export, "--vault", vault)
    assert state(vault) == state(scene.after)
    opened = Vault.open(vault)
    assert [finding for finding in check(opened, read_data=True) if finding.severity == "error"] == []
    assert list((vault / "staging").iterdir()) == []


class PhotographingOps(Ops):
    """Copies the vault before every change: the disk as a process leaves it that dies there."""

    root = Path()
    album = Path()
    steps: list[str] = []  # noqa: RUF012  (shared by all vaults of one run)

    def step(self, what: str, path: Path) -> None:
        if self.root.exists():
            shutil.copytree(self.root, self.album / f"{len(self.steps):03}", symlinks=True)
        else:
            (self.album / f"{len(self.steps):03}.none").touch()
        self.steps.append(what)


def test_death_before_every_single_change(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: pytest.RecordProperty
) -> None:
    vault = tmp_path / "v"
    if scene.before.exists():
        shutil.copytree(scene.before, vault, symlinks=True)
    monkeypatch.setattr(PhotographingOps, "root", vault)
    monkeypatch.setattr(PhotographingOps, "album", tmp_path / "album")
    monkeypatch.setattr(PhotographingOps, "steps", [])
    (tmp_path / "album").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(store, "Ops", PhotographingOps)
        av("import", scene.export, "--vault", vault)
    assert state(vault) == state(scene.after), "being watched changes nothing"
    assert len(PhotographingOps.steps) >= 60

    found = []
    for number, photograph in enumerate(sorted((tmp_path / "album").iterdir())):
        if photograph.suffix == ".none":
            continue
        found.append(must_be_whole(photograph, scene))
        if number % EVERY == 0 or PhotographingOps.steps[number] == "link":
            must_go_on(photograph, scene)
        shutil.rmtree(photograph)
    record_property("moments", len(found))
    assert found == sorted(found, key=["none", "old", "new"].index), "never back"
    assert {"old", "new"} <= set(found)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_real_kill(scene: Scene, tmp_path: Path) -> None:
    steps = ["3", "14", "26", "38", "50", "60"]
    times = ["ms200", "ms400"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.killed_import", scene.before, tmp_path, scene.export, *steps, *times],
        cwd=ROOT,
        env={**os.environ, "AUDIENCEVAULT_NOW": NOW, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    ends = dict(line.split() for line in done.stdout.splitlines())
    assert [ends[step] for step in steps] == [str(int(signal.SIGKILL))] * len(steps)
    for number, name in enumerate([*steps, *times]):
        vault = tmp_path / name
        if vault.exists():
            must_be_whole(vault, scene)
        if number in (1, 4, 7):
            must_go_on(vault, scene)
