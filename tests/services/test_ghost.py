"""Delivery to a real Ghost, where somebody says where it is: it takes minutes to install, so nobody is made to.

`AUDIENCEVAULT_GHOST` is the site's address, `AUDIENCEVAULT_GHOST_KEY` the Admin API key of a custom integration. The
site should be an empty one: its members are changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from audiencevault.destinations import sample
from audiencevault.destinations.composing import Outgoing, compose
from audiencevault.destinations.definition import named
from audiencevault.destinations.delivery import Delivered, deliver
from audiencevault.destinations.pulling import Pulled, pull
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import HttpTransport, host_of
from audiencevault.errors import CredentialsRefusedError
from tests.destinations.outgoing import ManualClock

SITE = os.environ.get("AUDIENCEVAULT_GHOST", "")
KEY = os.environ.get("AUDIENCEVAULT_GHOST_KEY", "")
pytestmark = [
    pytest.mark.service,
    pytest.mark.allow_hosts([urlsplit(SITE).hostname or "127.0.0.1"]),
    pytest.mark.skipif(
        not (SITE and KEY), reason="no Ghost is named by AUDIENCEVAULT_GHOST and AUDIENCEVAULT_GHOST_KEY"
    ),
]
SECRETS = {"admin_key": Secret(KEY)}
SETTINGS = {"site": SITE}


class Now(ManualClock):
    """The real time, since tokens are good for minutes."""

    def __init__(self) -> None:
        super().__init__(datetime.now(UTC))


@contextmanager
def network() -> Iterator[HttpTransport]:
    with HttpTransport([host_of(SITE)], Now(), insecure=[host_of(SITE)]) as transport:
        yield transport


def going_out() -> Outgoing:
    definition = named("ghost")
    return compose(sample.sample_for(definition), definition, SETTINGS, may_subscribe=True)


def send(going: Outgoing, journal: Path, secrets: dict[str, Secret] = SECRETS) -> Delivered:
    with network() as transport:
        return deliver(going, secrets=secrets, transport=transport, clock=Now(), journal=journal)


def read_back() -> Pulled:
    with network() as transport:
        return pull(named("ghost"), SETTINGS, secrets=SECRETS, transport=transport, clock=Now())


def test_members_arrive_and_who_said_no_stays_out(tmp_path: Path) -> None:
    going = going_out()
    done = send(going, tmp_path / "first")
    assert done.stopped is None
    outcomes = {row["point_key"]: row["outcome"] for row in done.outcomes.to_pylist()}
    assert set(outcomes.values()) <= {"accepted", "rejected"}
    stopped = {row["point_key"] for row in done.outcomes.to_pylist() if row["push"] == "unsubscribed"}
    found = read_back()
    assert (found.complete, found.verified) == (True, True)
    read = {row["point"].lower() for row in found.rows.to_pylist() if row["state"] == "withdrawn"}
    assert {point.lower() for point in stopped if outcomes[point] == "accepted"} <= read
    subscribed = {row["point_key"] for row in done.outcomes.to_pylist() if row["push"] == "subscribed"}
    assert not {point.lower() for point in subscribed if outcomes[point] == "accepted"} & read
    # Once more, and nobody's answer is another.
    send(going, tmp_path / "second")
    assert {row["point"].lower() for row in read_back().rows.to_pylist()} == {
        row["point"].lower() for row in found.rows.to_pylist()
    }


def test_a_wrong_key(tmp_path: Path) -> None:
    done = send(going_out(), tmp_path / "journal", {"admin_key": Secret("0123456789abcdef01234567:" + "00" * 32)})
    assert isinstance(done.stopped, CredentialsRefusedError)
