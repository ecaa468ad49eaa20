"""What a command is said to use is its own, however big the program that asks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import usage


def test_a_small_command_is_small_beside_a_big_program(tmp_path: Path) -> None:
    big = b"x" * 300_000_000
    with (tmp_path / "said").open("wb") as output:
        used = usage.measured([sys.executable, "-c", "print('done')"], tmp_path / "figures", output=output)
    assert usage.own_peak() > len(big)
    assert 1_000_000 < used.peak < 100_000_000
    assert used.exit_code == 0
    assert used.seconds > 0 < used.cpu_seconds
    assert [path.name for path in tmp_path.iterdir()] == ["said"]
    assert (tmp_path / "said").read_text() == "done\n"


def test_an_exit_code_is_the_commands(tmp_path: Path) -> None:
    with (tmp_path / "said").open("wb") as output:
        used = usage.measured([sys.executable, "-c", "raise SystemExit(7)"], tmp_path / "figures", output=output)
    assert used.exit_code == 7


def test_a_platform_without_the_kernels_mark_asks_for_the_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "STATUS", Path("/nowhere/status"))
    assert usage.own_peak() > 1_000_000
