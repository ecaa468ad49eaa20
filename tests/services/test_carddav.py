"""Cards put into a real address book over CardDAV, and read back."""

from __future__ import annotations

import base64
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from audiencevault.destinations import sample
from audiencevault.destinations.api import Answer
from audiencevault.destinations.composing import Outgoing, compose
from audiencevault.destinations.definition import named
from audiencevault.destinations.delivery import Delivered, deliver
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import HttpTransport, host_of
from audiencevault.errors import CredentialsRefusedError
from tests.destinations.outgoing import ManualClock
from tests.services import servers

pytestmark = [pytest.mark.service, pytest.mark.allow_hosts(["127.0.0.1"])]
SECRETS = {"user": Secret("anna"), "password": Secret("word")}
BOOK = b"""<?xml version="1.0"?>
<mkcol xmlns="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav"><set><prop>
<resourcetype><collection/><card:addressbook/></resourcetype><displayname>People</displayname>
</prop></set></mkcol>"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.radicale(tmp_path_factory.mktemp("radicale")) as address:
        yield address


@pytest.fixture
def book(server: str, request: pytest.FixtureRequest) -> str:
    """The address of an empty address book."""
    address = f"{server}/anna/{request.node.name.replace('_', '-')}"
    ask(address, "MKCOL", BOOK)
    return address


def ask(address: str, method: str = "GET", data: bytes | None = None) -> str:
    """What the server says to a request of the test's own."""
    request = urllib.request.Request(address, data, method=method)
    request.add_header("Authorization", "Basic " + base64.b64encode(b"anna:word").decode())
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(answer.read().decode())


def going_to(book: str) -> Outgoing:
    definition = named("carddav")
    return compose(sample.sample_for(definition), definition, {"collection": book}, may_subscribe=True)


def send(going: Outgoing, journal: Path, secrets: Mapping[str, Secret] = SECRETS) -> Delivered:
    with HttpTransport([host_of(going.settings["collection"])], ManualClock()) as transport:
        return deliver(going, secrets=secrets, transport=transport, clock=ManualClock(), journal=journal)


def test_every_card_is_taken_and_reads_as_it_was_sent(book: str, tmp_path: Path) -> None:
    going = going_to(book)
    done = send(going, tmp_path / "journal")
    assert done.stopped is None
    assert set(done.outcomes["outcome"].to_pylist()) == {"accepted"}
    assert set(done.outcomes["http_status"].to_pylist()) == {201}
    (made,) = going.pushes
    assert made.items.num_rows >= 10
    for row in made.items.to_pylist():
        card = ask(f"{book}/{row['item_id']}.vcf")
        assert lines(card) == lines(row["item"])
    everything = ask(f"{book}/")
    assert everything.count("BEGIN:VCARD") == made.items.num_rows
    unfolded = everything.replace("\r\n ", "")
    for word in ("Żółć", "山田", "حداد", "ida.falk@example.com"):
        assert word in unfolded


def lines(card: str) -> list[str]:
    """The properties of a card, whole lines, whatever their order."""
    return sorted(line for line in card.replace("\r\n ", "").splitlines() if not line.startswith(("PRODID", "REV")))


def test_once_more_replaces_the_same_cards(book: str, tmp_path: Path) -> None:
    going = going_to(book)
    send(going, tmp_path / "first")
    done = send(going, tmp_path / "second")
    assert set(done.outcomes["outcome"].to_pylist()) == {"accepted"}
    assert ask(f"{book}/").count("BEGIN:VCARD") == going.pushes[0].items.num_rows


def test_a_card_that_must_not_be_replaced_exists(book: str, tmp_path: Path) -> None:
    going = going_to(book)
    (made,) = going.pushes
    once = replace(
        made.call, headers={**made.call.headers, "if-none-match": "*"}, answer=Answer(done=(201,), exists=(412,))
    )
    going = replace(going, pushes=(replace(made, call=once, items=made.items.slice(0, 3)),))
    assert send(going, tmp_path / "first").outcomes["outcome"].to_pylist() == ["accepted"] * 3
    assert send(going, tmp_path / "second").outcomes["outcome"].to_pylist() == ["exists"] * 3


def test_a_card_that_is_none_is_refused(book: str, tmp_path: Path) -> None:
    going = going_to(book)
    (made,) = going.pushes
    items = made.items.slice(0, 1)
    card = pa.array(["BEGIN:VCARD\r\nVERSION:3.0\r\nEMAIL:x\r\n"], pa.large_string())
    broken = items.set_column(0, items.schema.field("item"), card)
    done = send(replace(going, pushes=(replace(made, items=broken),)), tmp_path / "journal")
    assert done.outcomes.select(["outcome", "http_status"]).to_pylist() == [{"outcome": "rejected", "http_status": 400}]


def test_a_wrong_password(book: str, tmp_path: Path) -> None:
    done = send(going_to(book), tmp_path / "journal", {**SECRETS, "password": Secret("no")})
    assert isinstance(done.stopped, CredentialsRefusedError)
    assert ask(f"{book}/").count("BEGIN:VCARD") == 0
