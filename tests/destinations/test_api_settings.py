"""Settings: completed, checked, and asked for by name with the place where they are found."""

from __future__ import annotations

import pytest

from audiencevault.destinations.api_settings import complete
from audiencevault.destinations.definition import load_all, parse
from audiencevault.errors import UsageError
from tests.destinations.receivers import POST, SPLIT

POST_IT = parse(POST, "post.toml")


def test_defaults_are_filled_in() -> None:
    assert complete(POST_IT, {"list_id": " 12 "}) == {"region": "eu", "list_id": "12"}
    assert complete(parse(SPLIT, "split.toml"), {}) == {}


def test_what_a_module_computes_is_neither_asked_for_nor_taken() -> None:
    mailchimp = load_all()["mailchimp"]
    assert complete(mailchimp, {"list_id": "a1"}) == {"list_id": "a1"}
    with pytest.raises(UsageError, match="Mailchimp has no setting dc"):
        complete(mailchimp, {"list_id": "a1", "dc": "us1"})


def test_what_is_missing_is_named_with_its_place() -> None:
    with pytest.raises(UsageError) as caught:
        complete(POST_IT, {})
    assert caught.value.message == "Post needs the setting list_id."
    assert caught.value.hint == "list_id: the number of the list."


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"list": "1"}, "Post has no setting list"),
        ({"list_id": "one"}, "The setting list_id must be a whole number"),
        ({"list_id": "1.5"}, "The setting list_id must be a whole number"),
        ({"list_id": "1\n2"}, "The setting list_id must be one line of text"),
        ({"list_id": ""}, "The setting list_id must be one line of text"),
        ({"list_id": "1", "region": "asia"}, "The setting region must be one of eu, us"),
    ],
)
def test_what_does_not_fit_is_refused(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        complete(POST_IT, given)


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("host", "lists.example.com", True),
        ("host", "lists.example.com:8443", True),
        ("host", "https://lists.example.com", False),
        ("host", "lists.example.com/x", False),
        ("host", "user@lists.example.com", False),
        ("url", "https://lists.example.com/base/", True),
        ("url", "http://127.0.0.1:8001", True),
        ("url", "ftp://lists.example.com", False),
        ("url", "https://user:word@lists.example.com", False),
        ("url", "https://lists.example.com/?a=b", False),
    ],
)
def test_hosts_and_addresses(kind: str, value: str, fits: bool) -> None:
    definition = parse(POST.replace('kind = "number"', f'kind = "{kind}"'), "post.toml")
    if fits:
        assert complete(definition, {"list_id": value})["list_id"] == value.rstrip("/")
    else:
        with pytest.raises(UsageError, match="The setting list_id must be"):
            complete(definition, {"list_id": value})
