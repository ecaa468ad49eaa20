"""Who said no, read back: whole listings, and never a wrong "nobody"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.destinations.api import Condition, Pace, Paging, Pull
from audiencevault.destinations.pulling import PULLED, Pulled, pull
from audiencevault.destinations.transport import Reply, Request
from audiencevault.errors import (
    CredentialsRefusedError,
    DestinationError,
    DestinationRefusedError,
    DestinationUnavailableError,
)
from tests.destinations.outgoing import SECRETS, ManualClock, Scripted, definition_of, lost, reply

BASE = "https://api.example.com/v1"


def listing(**changes: Any) -> Pull:
    usual = {"items": "people", "verified": True, "name": "left", "channel": "email", "path": "/left", "point": "email"}
    return Pull(**{**usual, "state": "withdrawn", **changes})


def reading(transport: Scripted, *pulls: Pull, pace: Pace | None = None, **options: Any) -> Pulled:
    definition = definition_of(BASE, pulls=pulls, pace=pace)
    return pull(
        definition, options.pop("settings", {}), secrets=SECRETS, transport=transport, clock=ManualClock(), **options
    )


def one(document: Any, what: Pull | None = None, **options: Any) -> list[dict[str, Any]]:
    return reading(Scripted([reply(document)]), what or listing(), **options).rows.to_pylist()


def query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query, keep_blank_values=True).items()}


def test_what_is_read() -> None:
    what = listing(when="at", state_at="why", words={"SPAM": "complained", "BOUNCE": "bounced"})
    document = {
        "people": [
            {"email": "A@Example.com", "at": "2026-03-04T05:06:07Z", "why": "SPAM"},
            {"email": "b@example.com", "at": 1772600767, "why": "BOUNCE"},
            {"email": " c@example.com ", "at": "1772600767000", "why": "something new"},
            {"email": "d@example.com", "at": "2026-03-04 05:06:07", "why": None},
            {"email": "e@example.com", "at": "Wed, 04 Mar 2026 05:06:07 GMT"},
            {"email": "f@example.com", "at": "yesterday"},
        ]
    }
    found = reading(Scripted([reply(document)]), what)
    assert found.rows.schema.equals(PULLED)
    assert (found.complete, found.verified, found.calls) == (True, True, 1)
    moment = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert [(row["point"], row["state"], row["happened_at"], row["words"]) for row in found.rows.to_pylist()] == [
        ("A@Example.com", "complained", moment, "SPAM"),
        ("b@example.com", "bounced", moment, "BOUNCE"),
        ("c@example.com", "withdrawn", moment, "something new"),
        ("d@example.com", "withdrawn", moment, None),
        ("e@example.com", "withdrawn", moment, None),
        ("f@example.com", "withdrawn", None, None),
    ]


def test_conditions_and_lists_within_entries() -> None:
    what = listing(
        point="fields.email",
        inside="stops",
        only=(Condition("channel", ("email",)), Condition("list", ("{list_id}",))),
        state_at="reason",
        words={"1": "withdrawn", "2": "bounced"},
        items="contacts",
    )
    document = {
        "contacts": {
            "7": {"fields": {"email": "a@example.com"}, "list": 9, "stops": [{"channel": "email", "reason": 2}]},
            "8": {"fields": {"email": "b@example.com"}, "list": 9, "stops": [{"channel": "sms", "reason": 1}]},
            "9": {"fields": {"email": "c@example.com"}, "list": 8, "stops": [{"channel": "email", "reason": 1}]},
            "10": {"fields": {"email": "d@example.com"}, "list": 9, "stops": []},
        }
    }
    rows = one(document, what, settings={"list_id": "9"})
    assert [(row["point"], row["state"]) for row in rows] == [("a@example.com", "bounced")]


PAGED: Mapping[str, tuple[Paging, list[Any], list[dict[str, str]]]] = {
    "offset": (
        Paging("offset", "offset", 2, "count"),
        [[1, 2], [3], []],
        [{"offset": "0", "count": "2"}, {"offset": "2", "count": "2"}, {"offset": "3", "count": "2"}],
    ),
    "short": (
        Paging("short", "start", 2, "limit"),
        [[1, 2], [3]],
        [{"start": "0", "limit": "2"}, {"start": "2", "limit": "2"}],
    ),
    "page": (
        Paging("page", "page", 2, "limit", first=1),
        [[1, 2], [3], []],
        [{"page": "1", "limit": "2"}, {"page": "2", "limit": "2"}, {"page": "3", "limit": "2"}],
    ),
    "cursor": (Paging("cursor", "after", at="meta.next"), [[1, 2], [3]], [{}, {"after": "{c}1=="}]),
    "link": (Paging("link", at="meta.next"), [[1, 2], [3]], [{}, {"p": "2"}]),
}


@pytest.mark.parametrize("name", PAGED)
def test_every_page_is_read(name: str) -> None:
    paging, pages, queries = PAGED[name]
    way = {"cursor": "{c}1==", "link": "/v1/left?p=2"}.get(name)
    replies = []
    for number, page in enumerate(pages):
        last = number == len(pages) - 1
        meta = {"next": None if last else way}
        replies.append(reply({"people": [{"email": f"p{n}@example.com"} for n in page], "meta": meta}))
    transport = Scripted(list(replies))
    found = reading(transport, listing(paging=paging))
    assert found.rows["point"].to_pylist() == [f"p{n}@example.com" for n in (1, 2, 3)]
    assert [query(request) for request in transport.requests] == queries
    assert {urlsplit(request.url).path for request in transport.requests} == {"/v1/left"}
    assert all(request.headers["authorization"].startswith("Bearer ") for request in transport.requests)


def test_a_link_to_another_host_gets_no_key() -> None:
    transport = Scripted([reply({"people": [{"email": "a@example.com"}], "next": "https://elsewhere.example.org/x"})])
    transport.answers.append(reply({"people": []}))
    reading(transport, listing(paging=Paging("link", at="next")))
    assert "authorization" not in transport.requests[1].headers


PAGE = {"people": [{"email": "a@example.com"}], "next": "c"}
BAD: Mapping[str, tuple[Pull, list[Any], str]] = {
    "no list": (listing(), [{"persons": []}], "holds no list at people"),
    "null instead of a list": (listing(), [{"people": None}], "holds no list at people"),
    "an object of texts": (listing(), [{"people": {"a": "b"}}], "holds no list at people"),
    "the same page again": (listing(paging=Paging("page", "page")), [PAGE, PAGE], "sends the same page again"),
    "a cursor that stands still": (
        listing(paging=Paging("cursor", "c", at="next")),
        [PAGE, {"people": [{"email": "b@example.com"}], "next": "c"}],
        "sends the same page again",
    ),
    "no address in any entry": (listing(), [{"people": [{"mail": "a@example.com"}, {}]}], "has an address at email"),
    "a condition about nothing": (
        listing(only=(Condition("stopped", ("true",)),)),
        [{"people": [{"email": "a@example.com"}, {"email": "b@example.com"}]}],
        "has anything at stopped",
    ),
    "nobody who said no has an address": (
        listing(only=(Condition("stopped", ("true",)),)),
        [{"people": [{"mail": "a@example.com", "stopped": True}, {"email": "b@example.com", "stopped": False}]}],
        "has an address at email",
    ),
    "no inner list": (listing(inside="stops"), [{"people": [{"email": "a@example.com"}]}], "has a list at stops"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_look_as_it_should_is_never_nobody(name: str) -> None:
    what, documents, words = BAD[name]
    with pytest.raises(DestinationRefusedError, match=words) as caught:
        reading(Scripted([reply(document) for document in documents]), what)
    assert "left" in str(caught.value)
    assert "example.com" not in str(caught.value)


def test_some_entries_without_an_address_are_passed_over() -> None:
    document = {"people": [{"email": None, "sms": "x"}, {"email": "a@example.com"}, "odd", None]}
    assert [row["point"] for row in one(document)] == ["a@example.com"]


def test_a_listing_of_everybody_in_which_nobody_has_such_an_address() -> None:
    what = listing(point="phone", only=(Condition("sms.consent.state", ("NO",)),))
    people = [{"email": "a@example.com", "sms": None}, {"email": "b@example.com", "sms": {"consent": None}}]
    assert one({"people": people}, what) == []


@pytest.mark.parametrize("body", [b"", b"<html>Sign in</html>", b'{"people": [{"em'])
def test_no_document_is_an_error(body: bytes) -> None:
    with pytest.raises(DestinationRefusedError, match="something else than a JSON document"):
        reading(Scripted([Reply(200, {}, body)]), listing())


def test_refusals_and_silence_are_told_apart() -> None:
    with pytest.raises(CredentialsRefusedError):
        reading(Scripted([reply({"message": "who?"}, 401)]), listing())
    with pytest.raises(CredentialsRefusedError):
        reading(Scripted([reply({"message": "scope"}, 403)]), listing())
    with pytest.raises(DestinationRefusedError, match=r"the list left \(status 404\): gone"):
        reading(Scripted([reply({"message": "gone"}, 404)]), listing())
    with pytest.raises(DestinationRefusedError, match="points to another address"):
        reading(Scripted([reply(None, 302, location="https://other.example.org")]), listing())
    with pytest.raises(DestinationUnavailableError, match="the connection broke off"):
        reading(Scripted([lost()] * 3), listing(), pace=Pace(attempts=3))


def test_a_listing_is_asked_for_again_where_the_line_drops_or_it_was_too_fast() -> None:
    transport = Scripted([lost(), reply(None, 429, retry_after="2"), reply(None, 503), reply({"people": []})])
    found = reading(transport, listing())
    assert (found.rows.num_rows, found.complete, found.calls) == (0, True, 4)


@pytest.mark.parametrize(
    ("how", "expected"), [("datetime", "2026-11-01T12:00:00Z"), ("date", "2026-11-01"), ("epoch", "1793534400")]
)
def test_only_what_is_new_is_asked_for(how: str, expected: str) -> None:
    what = listing(since_query="from", since_format=how, until_query="to", since_start="2011-01-01")
    transport = Scripted([reply({"people": []}), reply({"people": []})])
    reading(transport, what, since={"left": datetime(2026, 11, 1, 12, tzinfo=UTC)})
    assert query(transport.requests[0])["from"] == expected
    reading(transport, what)
    assert query(transport.requests[1])["from"] == "2011-01-01"
    assert query(transport.requests[1])["to"] in {"2026-11-21T12:00:00Z", "2026-11-21", "1795262400"}


ASKED = pa.table(
    {
        "channel": ["email", "email", "email", "sms"],
        "point_kind": ["email", "email", "email", "phone"],
        "point": ["a@example.com", "b@example.com", "a@example.com", "+12025550100"],
    }
)


def test_asking_for_named_addresses() -> None:
    what = listing(ask="inputs", method="POST", max_items=1, fixed={"kind": "all"})
    transport = Scripted([reply({"people": [{"email": "a@example.com"}]}), reply({"people": []})])
    found = reading(transport, what, asked=ASKED)
    assert [json.loads(request.body) for request in transport.requests] == [
        {"kind": "all", "inputs": ["a@example.com"]},
        {"kind": "all", "inputs": ["b@example.com"]},
    ]
    assert found.rows["point"].to_pylist() == ["a@example.com"]
    assert found.complete
    assert not reading(Scripted([]), what).complete


def test_asking_one_at_a_time_in_the_address() -> None:
    what = listing(ask="phone", channel="sms", point_kind="phone", point="phone")
    transport = Scripted([reply({"people": [{"phone": "+12025550100"}]})])
    assert reading(transport, what, asked=ASKED).rows["point"].to_pylist() == ["+12025550100"]
    assert query(transport.requests[0]) == {"phone": "+12025550100"}


def test_an_unverified_listing_is_not_enough() -> None:
    transport = Scripted([reply({"people": []}), reply({"people": []})])
    found = reading(transport, listing(), listing(name="other", verified=False))
    assert (found.complete, found.verified) == (True, False)
    none = reading(Scripted([]))
    assert (none.complete, none.verified, none.calls) == (False, False, 0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["email", "people", "next", "at", "x"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(JSON, st.binary(max_size=30), st.integers(100, 599))
def test_whatever_comes_is_rows_or_an_error_of_ours(document: Any, raw: bytes, status: int) -> None:
    what = listing(paging=Paging("cursor", "c", at="next"), when="at", only=(Condition("x", ("1", "true")),))
    for body in (json.dumps(document).encode(), raw):
        transport = Scripted(answer=lambda _, body=body: Reply(status, {}, body))
        try:
            found = reading(transport, what, pace=Pace(attempts=2))
        except DestinationError:
            continue
        assert found.rows.schema.equals(PULLED)
