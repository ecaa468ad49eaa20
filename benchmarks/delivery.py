"""How many people a second delivery sends: `python -m benchmarks.delivery`.

To a stub on loopback, in another process, in batches of 500 and one by one, several at a time or not; with `--mailman`
also to a real Mailman 3 (`make .venv-servers/made` installs it), one by one as its API wants it. Every line says wall
seconds, CPU seconds of the delivering process, and items a second of both. The journal is on the disk, as always; no
rates are kept and no network is crossed, so this is what delivery itself costs, not how fast a receiver is.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from audiencevault.destinations.api import Answer, Pace
from audiencevault.destinations.composing import Outgoing, PushItems
from audiencevault.destinations.definition import named
from audiencevault.destinations.delivery import deliver
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import HttpTransport, host_of
from tests.destinations.outgoing import SECRETS, ManualClock, address, call, items, outgoing, push
from tests.services import servers
from tests.services.stub_server import Stub, answer

MAILMAN = {"user": Secret("rest"), "password": Secret("word")}


def serve() -> None:
    """A stub in a process of its own, until its standard input ends."""
    with Stub(usual=answer({"errors": []})) as stub:
        stub.received = Forgetful()
        print(stub.base, flush=True)
        sys.stdin.read()


class Forgetful(list[Any]):
    """Keeps nothing, since nobody looks."""

    def append(self, thing: Any) -> None:
        return None


@contextmanager
def stub() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.delivery", "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def measure(name: str, going: Outgoing, base: str, secrets: Mapping[str, Secret], in_flight: int) -> None:
    """One delivery, timed."""
    size = sum(made.items.num_rows for made in going.pushes)
    with TemporaryDirectory(prefix="delivery") as place, HttpTransport([host_of(base)], ManualClock()) as transport:
        wall, cpu = time.perf_counter(), time.process_time()
        done = deliver(
            going,
            secrets=secrets,
            transport=transport,
            clock=ManualClock(),
            journal=Path(place) / "plan.journal",
            in_flight=in_flight,
        )
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    taken = done.outcomes["outcome"].to_pylist().count("accepted")
    print(
        f"{name:<34} {size:>9,} items {done.calls:>7,} calls {wall:8.2f} s {cpu:8.2f} CPU s "
        f"{size / wall:>9,.0f}/s {size / cpu:>9,.0f}/CPU s {taken / size:6.1%} accepted",
        flush=True,
    )


def to_stub(batched: int, single: int) -> None:
    one = call(many=False, at="", max_items=None, answer=Answer())
    with stub() as base:
        pace = Pace(timeout=60.0)
        many = outgoing(base, (push(), call(max_items=500), items(range(batched))), pace=pace)
        alone = outgoing(base, (push(), one, items(range(single))), pace=pace)
        for in_flight in (1, 4):
            measure(f"stub, batches of 500, {in_flight} at a time", many, base, SECRETS, in_flight)
        for in_flight in (1, 4):
            measure(f"stub, one by one, {in_flight} at a time", alone, base, SECRETS, in_flight)


def to_mailman(size: int) -> None:
    definition = named("mailman")
    assert definition.api is not None
    (rule,) = [each for each in definition.api.pushes if each.name == "members"]
    with TemporaryDirectory(prefix="mailman") as place, servers.mailman(Path(place)) as site:
        settings = {"site": site, "list_id": "news.example.com"}
        for path, form in (("/domains", "mail_host=example.com"), ("/lists", "fqdn_listname=news@example.com")):
            subprocess.run(["curl", "-sS", "-u", "rest:word", "-d", form, f"{site}/3.1{path}"], check=True)
        people = items(range(size))
        texts = [
            json.dumps(
                {"list_id": "news.example.com", "subscriber": address(n), "display_name": f"Name {n}"}
                | {"pre_verified": True, "pre_confirmed": True, "pre_approved": True, "send_welcome_message": False}
            )
            for n in range(size)
        ]
        people = people.set_column(0, people.schema.field("item"), pa.array(texts, pa.large_string()))
        made = PushItems(rule, definition.api.calls["add"], people)
        going = Outgoing(definition, settings, (made,), pa.table({}))
        measure("Mailman 3, one by one", replace(going), site, MAILMAN, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batched", type=int, default=200_000)
    parser.add_argument("--single", type=int, default=5_000)
    parser.add_argument("--mailman", type=int, metavar="PEOPLE", default=0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    to_stub(options.batched, options.single)
    if options.mailman:
        to_mailman(options.mailman)


if __name__ == "__main__":
    main()
