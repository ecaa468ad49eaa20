"""A program whose imports are killed: forks one for each moment, which ends itself by SIGKILL there.

Arguments: VAULT OUT EXPORT STEP…; copies VAULT (if there is one) to OUT/<step> and kills the import into it before
change number <step>. `time` instead of a number kills it from outside after that many thousandths of a second.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pandas as pd  # noqa: F401  (Arrow would import it in every child)

from audiencevault.cli.main import run
from audiencevault.vault import store
from audiencevault.vault.ops import Ops


class KillingOps(Ops):
    """Ends the process before change number `at`, half of a write done."""

    left = 0

    def step(self, what: str, path: Path) -> None:
        if KillingOps.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        KillingOps.left -= 1


def main(vault: Path, out: Path, export: Path, moments: list[str]) -> None:
    for moment in moments:
        target = out / moment
        if vault.exists():
            shutil.copytree(vault, target, symlinks=True)
        child = os.fork()
        if child == 0:
            if not moment.startswith("ms"):
                KillingOps.left = int(moment)
                store.Ops = KillingOps  # type: ignore[misc]
            with Path(os.devnull).open("w") as null, contextlib.redirect_stdout(null), contextlib.redirect_stderr(null):
                os._exit(run(["import", str(export), "--vault", str(target)]))
        if moment.startswith("ms"):
            time.sleep(int(moment[2:]) / 1000)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        end = os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)
        sys.stdout.write(f"{moment} {end}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
