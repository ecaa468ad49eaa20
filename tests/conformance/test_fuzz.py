"""Every golden, changed at random: no traceback, no hang, no row that is not accounted for.

A handful for each golden here; `make fuzz` runs as many as it is told to. `AUDIENCEVAULT_FUZZ` is how many for each
golden, `AUDIENCEVAULT_FUZZ_FROM` the number of the first: a failure names its number, which is then enough.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from audiencevault.errors import ExportError
from audiencevault.sources import mutation, testing
from audiencevault.sources.importer import Importer, discover
from tests.sources.test_testing import Demo

GOLDENS = Path(__file__).parent.parent / "goldens"
FOUND = testing.find(GOLDENS)
COUNT = int(os.environ.get("AUDIENCEVAULT_FUZZ", "4"))
FIRST = int(os.environ.get("AUDIENCEVAULT_FUZZ_FROM", "0"))
SECONDS_EACH = 20
"""Of this process's own computing, so that a busy machine does not count; a mutation takes some hundredths."""


class HangError(BaseException):
    """Not an Exception: no importer can swallow it."""


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    def give_up(number: int, frame: FrameType | None) -> None:
        raise HangError(f"more than {seconds} s of computing")

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.fixture(scope="module")
def importers() -> tuple[Importer, ...]:
    return discover()


@pytest.mark.parametrize("golden", FOUND, ids=[f"{path.parent.name}/{path.name}" for path in FOUND])
def test_no_mutation_breaks_a_promise(golden: Path, importers: tuple[Importer, ...], tmp_path: Path) -> None:
    broken: list[str] = []
    for number in range(FIRST, FIRST + COUNT):
        with at_most(SECONDS_EACH):
            broken += mutation.check_mutations(golden, tmp_path, importers, [number])
    assert broken == []


def test_the_same_number_is_the_same_mutation() -> None:
    files = {"a.csv": b"Email,Name\nida@example.com,Ida\n" * 5, "b.json": b'{"people": [{"name": "Tom"}]}'}
    made = [mutation.mutate(files, number, "x") for number in range(40)]
    assert made == [mutation.mutate(files, number, "x") for number in range(40)]
    assert len({str(changed) for _, changed in made}) > 30
    assert sum(changed != files for _, changed in made) > 35


def test_an_endless_reading_is_stopped() -> None:
    def for_ever() -> None:
        with at_most(1):
            while True:
                pass

    with pytest.raises(HangError):
        for_ever()


@pytest.mark.parametrize("error", [ValueError, RecursionError])
def test_a_traceback_rises_and_names_its_mutation(tmp_path: Path, error: type[Exception]) -> None:
    golden = tmp_path / "demo" / "first"
    (golden / "input").mkdir(parents=True)
    (golden / "input" / "people.demo").write_text("people\n" * 50)
    (golden / "seen.toml").write_text('where = "here"\nwhen = "2026"\n')

    def breaks() -> Iterator[object]:
        raise error("no")
        yield

    with pytest.raises(error) as caught:
        mutation.check_mutations(golden, tmp_path, [Demo(breaks)], range(5))  # type: ignore[arg-type]
    assert "demo/first, mutation" in caught.value.__notes__[0]

    def fails() -> Iterator[object]:
        raise ExportError("people.demo is damaged.", "Download it again.")
        yield

    assert mutation.check_mutations(golden, tmp_path, [Demo(fails)], range(5)) == []  # type: ignore[arg-type]
