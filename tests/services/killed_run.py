"""Delivers to a stub in a process of its own that can be killed at any step, again and again.

Reads one JSON command a line: `{"base", "journal", "result", "scenario", "die_at"}`. For each it forks, says the
child's process id, and when the child is gone how it ended. `die_at` is the number of the step at which the child kills
itself: each line of the journal has three, before it is written, when half of it is, and after. The outcomes of a child
that comes to its end are in the file `result`. The first command is carried out without a fork, so that what is loaded
late is loaded once.
"""

from __future__ import annotations

import json
import os
import signal
import ssl
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from audiencevault.destinations import journal
from audiencevault.destinations.api import Answer, Job, Pace
from audiencevault.destinations.composing import Outgoing
from audiencevault.destinations.delivery import deliver
from audiencevault.destinations.transport import HttpTransport
from tests.destinations.outgoing import LISTED, SECRETS, SUPPRESSING, ManualClock, call, items, outgoing, push

SIZE = 12
SINGLE = 5
VERIFY = ssl.create_default_context()


def scenario(name: str, base: str) -> tuple[Outgoing, int]:
    """What is sent, and how many requests at a time."""
    how = call(max_items=4, repeatable="once" not in name)
    if "job" in name:
        job = Job(path="/jobs/{job}", state="status", finished=("done",), answer=LISTED)
        how = replace(how, answer=Answer(done=(), queued=(202,), job="id"), job=job)
    if "single" in name:
        how = replace(how, many=False, at="", max_items=None)
    stop = (push("stop", call="stop", **SUPPRESSING), replace(how, name="stop", path="/stop"), items(range(90, 94)))
    people = (push(), how, items(range(SINGLE if "single" in name else SIZE)))
    return outgoing(
        base, *([people] if "single" in name else [stop, people]), pace=Pace(timeout=20.0)
    ), 3 if "threads" in name else 1


def run(command: dict[str, Any]) -> None:
    """One delivery, up to the step where it dies."""
    step, real = 0, os.write

    def here() -> None:
        nonlocal step
        step += 1
        if step == command["die_at"]:
            os.kill(os.getpid(), signal.SIGKILL)

    class Mortal:
        """The journal's way to the disk, on which the process can die."""

        def __getattr__(self, name: str) -> Any:
            return getattr(os, name)

        @staticmethod
        def write(file: int, data: Any) -> int:
            here()
            half = len(data) // 2
            real(file, bytes(data[:half]))
            here()
            real(file, bytes(data[half:]))
            here()
            return len(data)

        @staticmethod
        def fsync(file: int) -> None:
            """A killed process loses nothing that it has written; only a machine without power does."""

    setattr(journal, "os", Mortal())  # noqa: B010 - the module's own name for it, in this process only
    going, in_flight = scenario(command["scenario"], command["base"])
    clock = ManualClock()
    with HttpTransport([command["base"].removeprefix("http://")], clock, verify=VERIFY) as transport:
        done = deliver(
            going,
            secrets=SECRETS,
            transport=transport,
            clock=clock,
            journal=Path(command["journal"]),
            in_flight=in_flight,
        )
    stopped = None if done.stopped is None else str(done.stopped)
    Path(command["result"]).write_text(json.dumps({"outcomes": done.outcomes.to_pylist(), "stopped": stopped}))


def say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    run(json.loads(sys.stdin.readline()))
    say({"ready": True})
    for line in sys.stdin:
        command = json.loads(line)
        child = os.fork()
        if not child:
            code = 1
            try:
                run(command)
                code = 0
            finally:
                os._exit(code)
        say({"pid": child})
        _, status = os.waitpid(child, 0)
        say({"ended": os.waitstatus_to_exitcode(status)})


if __name__ == "__main__":
    main()
