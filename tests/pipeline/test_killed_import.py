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
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
LEFT_ALONE = 1 if LONG else 6
RUN_AGAIN = 1 if LONG else 48
"""A reader looks at the vault at every moment; of so many moments one is looked at again when the writer is gone and
its lock free, and after so many the whole import is run again."""


State = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Scene:
    """A vault before an import (or none), what is imported, and the states before and after it, undisturbed."""

    before: Path
    export: Path
    old: State | None
    new: State


def state(vault: Path) -> State:
    """The names of all files of the newest snapshot; each is the hash of its content."""
    head = Vault.open(vault, ops=Ops()).head()
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
    before = root / "before.vault"
    return Scene(before, export, state(before) if before.exists() else None, state(root / "after.vault"))


def must_be_whole(vault: Path, scene: Scene) -> str:
    """Open it as if nothing had happened; say whether it is the `old` or the `new` state."""
    try:
        opened = Vault.open(vault, ops=Ops())
    except VaultNotFoundError:
        assert scene.old is None
        return "none"
    assert [finding for finding in check(opened, read_data=True) if finding.severity == "error"] == []
    found = state(vault)
    if found == scene.new:
        return "new"
    assert found == (scene.old or dict.fromkeys(TABLES, ()))
    return "old"


def must_go_on(vault: Path, scene: Scene) -> None:
    """The same command once more ends where an undisturbed run ends, and nothing of the killed one stays."""
    av("import", scene.export, "--vault", vault)
    assert state(vault) == scene.new
    opened = Vault.open(vault)
    assert [finding for finding in check(opened, read_data=True) if finding.severity == "error"] == []
    assert list((vault / "staging").iterdir()) == []


class Witness(Ops):
    """Looks at the vault before every change: the disk is then as a process leaves it that dies there."""

    scene: Scene
    vault: Path
    album: Path
    steps: list[str]
    found: list[str]

    def step(self, what: str, path: Path) -> None:
        number = len(self.steps)
        self.steps.append(what)
        if not self.vault.exists():
            self.found.append("none")
            return
        self.found.append(must_be_whole(self.vault, self.scene))
        if number % LEFT_ALONE == 0 or what == "link":
            shutil.copytree(self.vault, self.album / f"{number:03}", symlinks=True, copy_function=shutil.copyfile)


def test_death_before_every_single_change(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = tmp_path / "v"
    if scene.before.exists():
        shutil.copytree(scene.before, vault, symlinks=True)

    class Watching(Witness):
        pass

    Watching.scene, Watching.vault, Watching.album = scene, vault, tmp_path / "album"
    Watching.steps, Watching.found = steps, found = [], []
    with monkeypatch.context() as patched:
        patched.setattr(store, "Ops", Watching)
        av("import", scene.export, "--vault", vault)
    assert state(vault) == scene.new, "being watched changes nothing"
    assert len(steps) >= 100
    assert found == sorted(found, key=["none", "old", "new"].index), "never back"
    assert {"old", "new"} <= set(found)

    left = sorted((tmp_path / "album").iterdir())
    assert len(left) >= 20
    for copy in left:
        number = int(copy.name)
        assert must_be_whole(copy, scene) == found[number]
        if number % RUN_AGAIN == 0 or steps[number] == "link":
            must_go_on(copy, scene)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("scene", ["vault in use"], indirect=True)
def test_a_real_kill(scene: Scene, tmp_path: Path) -> None:
    steps = ["2", "9", "17", "25", "34", "43", "52", "61", "70"]
    times = ["ms300"]
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
        if number in (4, 9):
            must_go_on(vault, scene)
