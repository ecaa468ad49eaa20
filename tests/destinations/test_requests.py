"""Items to requests: groups, bodies, addresses, and who is said to ask."""

from __future__ import annotations

import hashlib
import itertools
import json
from typing import Any
from urllib.parse import parse_qsl

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.destinations.api import Auth, Call, Setting
from audiencevault.destinations.composing import ITEMS, Outgoing, PushItems
from audiencevault.destinations.requests import Batch, Grouped, Requests, hosts, merged, put
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import Request
from audiencevault.errors import CredentialsRefusedError, UsageError
from tests.destinations.outgoing import (
    SECRET_TEXT,
    SECRETS,
    ManualClock,
    address,
    call,
    definition_of,
    items,
    outgoing,
    push,
)

BASE = "https://api.example.com/v1"


def made(going: Outgoing, settings: dict[str, str] | None = None, secrets: Any = SECRETS) -> tuple[Requests, Grouped]:
    requests = Requests(going.definition, settings or {}, secrets, ManualClock())
    return requests, Grouped(0, going.pushes[0], requests)


def sent(how: Call, people: pa.Table | None = None, given: dict[str, str] | None = None, **api: Any) -> list[Request]:
    going = outgoing(
        BASE, (push(fixed=api.pop("push_fixed", {})), how, items(range(3)) if people is None else people), **api
    )
    requests, grouped = made(going, given)
    return [requests.of(grouped, batch) for batch in grouped.batches()]


def texts(*found: str) -> pa.Table:
    """Items of these texts, about nobody in particular."""
    base = items(range(len(found)))
    return base.set_column(0, ITEMS.field("item"), pa.array(found, pa.large_string()))


# --- Bodies ---------------------------------------------------------------------------------------------------------


def test_items_stand_where_the_call_says() -> None:
    fixed = {"data": {"type": "job", "list": {"id": {"setting": "list_id"}}}, "go": True}
    how = call(at="data.people.all", fixed=fixed)
    kinds = (Setting("list_id", "", kind="number"),)
    (request,) = sent(how, texts('{"a":1}', '"b"', "[3]"), {"list_id": "9"}, settings=kinds, push_fixed={"as": "x"})
    assert json.loads(request.body) == {
        "data": {"type": "job", "list": {"id": 9}, "people": {"all": [{"a": 1}, "b", [3]]}},
        "go": True,
        "as": "x",
    }
    assert request.url == "https://api.example.com/v1/add"
    assert request.headers["content-type"] == "application/json"


def test_the_body_is_the_list_itself() -> None:
    (request,) = sent(call(at=""), texts('{"a":"ü"}', '{"a":2}'))
    assert request.body == '[{"a":"ü"},{"a":2}]'.encode()


def test_one_item_a_request() -> None:
    how = call(many=False, at="", path="/people/{md5_email}/{point}/{item_id}", method="PUT", fixed={"n": {"x": 1}})
    first, second = sent(how, texts('{"n":{"y":2}}', '{"n":{"x":3}}'))
    assert json.loads(first.body) == {"n": {"x": 1, "y": 2}}
    assert json.loads(second.body) == {"n": {"x": 3}}
    digest = hashlib.md5(b"person0@example.com").hexdigest()
    assert first.url == f"{BASE}/people/{digest}/person0%40example.com/{0:032x}"
    wrapped = sent(call(many=False, at="contact"), texts('{"a":1}'))
    assert json.loads(wrapped[0].body) == {"contact": {"a": 1}}


def test_forms() -> None:
    (one, *_) = sent(call(body="form", many=False, at="", fixed={"list": "a b"}), texts('{"email":"a+b@example.com"}'))
    assert parse_qsl(one.body.decode()) == [("list", "a b"), ("email", "a+b@example.com")]
    (several,) = sent(call(body="form_items", at="Items", fixed={"k": {"n": 1}}), texts('{"a":1}', '"b@example.com"'))
    assert parse_qsl(several.body.decode()) == [("k", '{"n":1}'), ("Items", '{"a":1}'), ("Items", "b@example.com")]
    assert one.headers["content-type"] == several.headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_table_among_form_fields() -> None:
    how = call(body="multipart_csv", file="members", fixed={"params": {"mode": "x"}, "list": "7"})
    going = outgoing(BASE, (push(), how, texts("a@example.com,Ä", "b@example.com,B")))
    going = Outgoing(
        going.definition, {}, (PushItems(push(), how, going.pushes[0].items, header="email,name"),), going.held_back
    )
    requests, grouped = made(going)
    (request,) = [requests.of(grouped, batch) for batch in grouped.batches()]
    kind, border = request.headers["content-type"].split("; boundary=")
    assert kind == "multipart/form-data"
    parts = request.body.split(f"--{border}".encode())
    assert parts[0] == b""
    assert parts[-1] == b"--\r\n"
    assert parts[1] == b'\r\nContent-Disposition: form-data; name="params"\r\n\r\n{"mode":"x"}\r\n'
    assert parts[2] == b'\r\nContent-Disposition: form-data; name="list"\r\n\r\n7\r\n'
    head, table = parts[3].split(b"\r\n\r\n", 1)
    assert b'name="members"; filename="contacts.csv"' in head
    assert table == "email,name\r\na@example.com,Ä\r\nb@example.com,B\r\n\r\n".encode()


def test_text_as_it_is() -> None:
    how = call(body="text", many=False, at="", method="PUT", headers={"Content-Type": "text/vcard"})
    assert [request.body for request in sent(how, texts("BEGIN:VCARD\r\n", "ü"))] == [b"BEGIN:VCARD\r\n", "ü".encode()]
    assert sent(how, texts("x"))[0].headers["content-type"] == "text/vcard"


def test_the_receivers_own_media_type_holds() -> None:
    (request,) = sent(
        call(), headers={"Content-Type": "application/vnd.api+json", "Accept": "application/vnd.api+json"}
    )
    assert request.headers["content-type"] == "application/vnd.api+json"
    assert request.headers["accept"] == "application/vnd.api+json"


# --- Groups ---------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.text("aé👩", max_size=40), min_size=1, max_size=60),
    st.sampled_from(["json", "form_items", "multipart_csv"]),
    st.one_of(st.none(), st.integers(1, 9)),
    st.one_of(st.none(), st.integers(420, 900)),
    st.one_of(st.none(), st.integers(10, 120)),
)
def test_no_limit_is_ever_passed_and_nobody_is_lost(
    names: list[str], body: str, most: int | None, most_bytes: int | None, most_item: int | None
) -> None:
    found = [name.replace("\n", "") if body == "multipart_csv" else json.dumps({"n": name}) for name in names]
    how = call(
        body=body,
        at="people",
        file="f",
        fixed={"k": "v"},
        max_items=most,
        max_bytes=most_bytes,
        max_item_bytes=most_item,
    )
    going = outgoing(BASE, (push(), how, texts(*found)))
    requests, grouped = made(going)
    batches = grouped.batches()
    covered = [position for batch in batches for position in grouped.positions(batch).tolist()]
    assert sorted([*covered, *grouped.too_long.tolist()]) == list(range(len(found)))
    assert covered == sorted(covered)
    for batch in batches:
        assert batch.count <= (most or len(found))
        data = requests.of(grouped, batch).body
        assert len(data) <= (most_bytes or len(data))
        assert Batch.named(batch.key) == batch
    # Groups are full: the first item of the next would not have fitted.
    for batch, after in itertools.pairwise(batches):
        if most_bytes is not None and (most is None or batch.count < most):
            more = Batch(0, batch.first, batch.count + 1)
            assert len(requests.of(grouped, more).body) > most_bytes
            assert after.first == batch.first + batch.count


def test_halves_hold_what_the_whole_held() -> None:
    assert Batch(1, 10, 7).halves() == (Batch(1, 10, 3), Batch(1, 13, 4))


# --- Addresses and settings -----------------------------------------------------------------------------------------


def base(address: str, settings: dict[str, str], *kinds: Setting) -> str:
    return Requests(definition_of(address, settings=kinds), settings, SECRETS, ManualClock()).base


def test_settings_in_the_address() -> None:
    url, host = Setting("site", "", kind="url"), Setting("dc", "", kind="host")
    assert base("{site}/3.1", {"site": "http://127.0.0.1:8001/"}, url) == "http://127.0.0.1:8001/3.1"
    assert base("https://{dc}.api.example.com/3.0", {"dc": "us21"}, host) == "https://us21.api.example.com/3.0"
    assert base("https://a.example.com/{x}/y", {"x": "ä/b?c"}) == "https://a.example.com/%C3%A4%2Fb%3Fc/y"


@pytest.mark.parametrize(
    ("address", "value", "kind"),
    [
        ("https://{x}.example.com", "evil.example.net/", "host"),
        ("https://{x}.example.com", "a@evil.example.net", "host"),
        ("https://{x}.example.com", "evil.example.net#", "text"),
        ("https://{x}.example.com", "", "host"),
        ("https://{x}", "a b", "host"),
        ("{x}/v1", "evil.example.net", "url"),
        ("{x}/v1", "file:///etc/passwd", "url"),
        ("{x}/v1", "https://user:word@example.com", "url"),
        ("{x}/v1", "https://example.com/?a=", "url"),
        ("https://example.com/{x}", "..", "text"),
    ],
)
def test_settings_cannot_lead_elsewhere(address: str, value: str, kind: str) -> None:
    with pytest.raises(UsageError, match="x"):
        _ = base(address, {"x": value}, Setting("x", "", kind=kind))


def test_the_hosts_are_named() -> None:
    definition = definition_of(
        "https://{dc}.api.example.com:8443/3.0",
        settings=(Setting("dc", "", kind="host"),),
        other_hosts=("Files.example.com",),
    )
    assert hosts(definition, {"dc": "us21"}) == ("us21.api.example.com:8443", "files.example.com")


def test_settings_in_paths_and_queries() -> None:
    how = call(path="/lists/{list_id}/add", query={"to": "{list_id}", "flag": True, "n": {"setting": "number"}})
    kinds = (Setting("number", "", kind="number"),)
    (request,) = sent(how, None, {"list_id": "a/b c", "number": "7"}, settings=kinds)
    assert request.url == f"{BASE}/lists/a%2Fb%20c/add?to=a%2Fb+c&flag=true&n=7"


# --- Who asks -------------------------------------------------------------------------------------------------------


def test_who_asks() -> None:
    def headers(auth: Auth) -> dict[str, str]:
        return dict(sent(call(), auth=auth)[0].headers)

    assert headers(Auth("bearer", {}, "key"))["authorization"] == f"Bearer {SECRET_TEXT}"
    assert headers(Auth("bearer", {}, "key", prefix="Bearer "))["authorization"] == f"Bearer {SECRET_TEXT}"
    assert headers(Auth("header", {}, "key", header="Api-Key"))["api-key"] == SECRET_TEXT
    assert headers(Auth("basic", {}, "key", user="me"))["authorization"] == "Basic bWU6c2stdmVyeS1zZWNyZXQtNDcxMQ=="
    assert "authorization" not in headers(Auth("none"))
    (request,) = sent(call(), auth=Auth("query", {}, "key", header="api_key"))
    assert request.url.endswith(f"/add?api_key={SECRET_TEXT}")


def test_a_request_to_be_looked_at_holds_no_key() -> None:
    requests, grouped = made(outgoing(BASE, (push(), call(), items(range(3)))), secrets={})
    request = requests.of(grouped, grouped.batches()[0], signed=False)
    assert json.loads(request.body)["people"][2]["email"] == address(2)
    with pytest.raises(CredentialsRefusedError, match="secret key is not set"):
        requests.of(grouped, grouped.batches()[0])


@pytest.mark.parametrize("text", ["two\nlines", "küche", " blank"])
def test_a_key_that_is_none_is_not_sent(text: str) -> None:
    requests, grouped = made(outgoing(BASE, (push(), call(), items([1]))), secrets={"key": Secret(text)})
    with pytest.raises(CredentialsRefusedError) as caught:
        requests.of(grouped, grouped.batches()[0])
    assert text.strip() not in str(caught.value)


def test_documents_in_one() -> None:
    assert put({"a": {"b": [{"x": 1}]}}, "a.b.0.y", 2) == {"a": {"b": [{"x": 1, "y": 2}]}}
    assert put({}, "a.0", [1]) == {"a": [[1]]}
    assert merged({"a": [1, 2]}, {"a": [3]}) == {"a": [3, 2]}
