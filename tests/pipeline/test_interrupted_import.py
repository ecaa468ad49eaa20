"""An import that is stopped while it reads leaves the vault as it was, and nobody's data lying about."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from audiencevault.vault import Vault
from audiencevault.vault.check import check
from benchmarks import large_exports
from tests.pipeline.running import NOW, ROOT, av, day, shopify

EARLIER = [{"id": "701", "first": "Ida", "last": "Falk", "email": "ida@example.net", "phone": "+12025550101"}]


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize(("stop", "part"), [(signal.SIGINT, 40), (signal.SIGKILL, 40)])
def test_stopped_while_rows_wait_in_a_file(tmp_path: Path, stop: signal.Signals, part: int) -> None:
    earlier, orders, vault = tmp_path / "earlier", tmp_path / "orders", tmp_path / "v"
    shopify(earlier, EARLIER, day("2026-06-01"))
    av("import", earlier, "--vault", vault)
    orders.mkdir()
    large_exports.orders(orders, 1_000)
    before, head = files(vault), Vault.open(vault).head().number

    stopped = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.interrupted_import", str(int(stop)), str(part), str(orders), str(vault)],
        cwd=ROOT,
        env={**os.environ, "AUDIENCEVAULT_NOW": NOW, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert stopped.returncode == (130 if stop is signal.SIGINT else -signal.SIGKILL), stopped.stderr
    if stop is signal.SIGINT:
        assert list((vault / "staging").iterdir()) == [], "who is asked to stop tidies up at once"

    opened = Vault.open(vault)
    assert opened.head().number == head
    assert [finding for finding in check(opened, read_data=True) if finding.severity == "error"] == []
    assert list((vault / "staging").iterdir()) == []
    after = files(vault)
    # The lock may say who held it; everything else is what it was.
    assert {name: data for name, data in after.items() if not name.startswith("lock")} == {
        name: data for name, data in before.items() if not name.startswith("lock")
    }

    av("import", orders, "--vault", vault)
    assert Vault.open(vault).head().rows("contacts") == 1 + 1_000 * 4 // 10 // 4
