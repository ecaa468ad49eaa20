"""A program that is killed: forks a writer for each moment, which ends itself by SIGKILL, or is ended from outside.

Arguments: `each VAULT OUT` writes OUT/<n> killed before change n, until a writer survives;
`random VAULT OUT SEED COUNT` kills writers that publish one snapshot after the other, at random times.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import pandas as pd  # noqa: F401  (Arrow would import it in every child)
from vault_faults import KillingOps
from vault_story import advance_little, copy_vault

from audiencevault.vault import Vault


def each(vault: Path, out: Path) -> None:
    n = 0
    while True:
        path = copy_vault(vault, out / f"{n:03}")
        child = os.fork()
        if child == 0:
            advance_little(Vault.open(path, ops=KillingOps(n)), 2)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            return
        assert os.WTERMSIG(status) == signal.SIGKILL
        n += 1


def at_random(vault: Path, out: Path, seed: int, count: int) -> None:
    dice = random.Random(seed)
    for n in range(count):
        path = copy_vault(vault, out / f"{n:03}")
        child = os.fork()
        if child == 0:
            writer = Vault.open(path)
            for step in range(2, 10_000):
                advance_little(writer, step)
        time.sleep(dice.uniform(0.0, 0.25))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    if sys.argv[1] == "each":
        each(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        at_random(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
