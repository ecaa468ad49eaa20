"""`push`, `pull` and `secrets` as a person meets them."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from audiencevault.cli import secrets
from audiencevault.vault import Vault
from tests.pipeline.fake_receiver import ENVIRONMENT, SECRET, Mailbox, connected, definition
from tests.pipeline.running import Answer, av, av_json, day, mailchimp

PEOPLE = ("ada@example.com", "bea@example.org")


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    exports = mailchimp(tmp_path / "mc", day("2026-11-20"), subscribed=PEOPLE, unsubscribed={"zoe@example.com": ""})
    av("import", exports, "--vault", tmp_path / "v")
    return tmp_path / "v"


@pytest.fixture
def defs(tmp_path: Path) -> Path:
    return definition(tmp_path / "defs")


class Keyring:
    """A keyring in memory."""

    priority = 5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, user: str) -> str | None:
        return self.kept.get((service, user))

    def set_password(self, service: str, user: str, value: str) -> None:
        self.kept[service, user] = value

    def delete_password(self, service: str, user: str) -> None:
        del self.kept[service, user]


@pytest.fixture
def keyring() -> Iterator[Keyring]:
    made = Keyring()
    with mock.patch.object(secrets, "_keyring", return_value=made):
        yield made


def push(box: Mailbox, *arguments: object, **options: Any) -> Answer:
    with connected(box):
        return av("push", "mailbox", *arguments, **{"variables": ENVIRONMENT, **options})


def every_byte(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_the_screens_say_what_happens_and_what_to_do(vault: Path, defs: Path, tmp_path: Path) -> None:
    box = Mailbox(rejects={"bea@example.org"})
    plan = tmp_path / "the plan.json"
    usual = ("--vault", vault, "--definitions", defs)
    shown = push(box, "--set", "list_id=l1", "-o", plan, *usual).out
    for part in (
        "Plan for Mailbox (list_id l1). Nothing was sent.",
        "So it is known who said no there.",
        "subscribes them whatever they said there before",
        "A welcome message is sent.",
        "1 × unsubscribed",
        "It sends nobody a mail to confirm.",
        "Contacted: mailbox.example.com, in about 2 requests",
        f"--apply '{plan}'",
    ):
        assert part in shown
    rows = tmp_path / "rows.csv"
    rows.write_text("an earlier one", "utf-8")
    rows.chmod(0o644)
    answer = push(box, "--apply", plan, "--rows", rows, *usual, expect=3)
    assert "1  rejected" in answer.out
    assert "1 × people, rejected (200): … looks wrong" in answer.out
    assert "@" not in answer.out
    assert (rows.stat().st_mode & 0o777) == 0o600
    listed = list(csv.DictReader(io.StringIO(rows.read_text(encoding="utf-8-sig"))))
    assert {(row["point"], row["outcome"]) for row in listed} == {
        ("ada@example.com", "accepted"), ("bea@example.org", "rejected"), ("zoe@example.com", "accepted"),
    }  # fmt: skip


def test_the_secret_is_nowhere(vault: Path, defs: Path, tmp_path: Path) -> None:
    box = Mailbox(fails={"busy": 0.5})
    said = [
        push(box, "--set", "list_id=l1", "-o", tmp_path / "p.json", "--vault", vault, "--definitions", defs),
        push(box, "--apply", tmp_path / "p.json", "--vault", vault, "--definitions", defs, expect=None),
    ]
    box.key_refused = True
    said.append(push(box, "--set", "list_id=l1", "--vault", vault, "--definitions", defs, expect=30))
    assert not any(SECRET in answer.out + answer.err for answer in said)
    assert SECRET.encode() not in every_byte(vault) + (tmp_path / "p.json").read_bytes()
    assert any(SECRET in request.headers["authorization"] for request in box.requests)


def test_what_is_missing_is_named_with_where_it_is_found(vault: Path, defs: Path) -> None:
    usual = ("--vault", vault, "--definitions", defs)
    no_secret = push(Mailbox(), *usual, expect=2, variables={}).err
    assert "needs the secret api_key" in no_secret
    assert "the page Keys of your account" in no_secret
    assert "AUDIENCEVAULT_MAILBOX_API_KEY" in no_secret
    assert "needs the setting list_id" in push(Mailbox(), *usual, expect=2).err
    assert "has no setting" in push(Mailbox(), "--set", "list=1", *usual, expect=2).err
    assert "is no setting" in push(Mailbox(), "--set", "list_id", *usual, expect=2).err
    assert "files only" in av("push", "parquet", "--vault", vault, expect=2).err
    assert "There is no destination" in av("pull", "nobody", "--vault", vault, expect=2).err


@pytest.mark.parametrize(
    "more",
    [
        ("--limit", "3"),
        ("--only", "suppressions"),
        ("--all",),
        ("--no-pull",),
        ("--set", "a=b"),
        ("--policy", "strict"),
    ],
)
def test_a_plan_is_applied_as_it_is(vault: Path, defs: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    answer = push(Mailbox(), "--apply", tmp_path / "p.json", *more, "--vault", vault, "--definitions", defs, expect=2)
    assert "sends exactly the plan" in answer.err


def test_rows_need_a_plan_that_is_applied(vault: Path, defs: Path, tmp_path: Path) -> None:
    assert "--apply" in push(Mailbox(), "--rows", tmp_path / "r.csv", "--vault", vault, "--definitions", defs,
                             expect=2).err  # fmt: skip


def test_settings_of_a_receiver_are_remembered(vault: Path, defs: Path) -> None:
    usual = ("--vault", vault, "--definitions", defs)
    av("settings", "destination", "mailbox", "list_id=l1", *usual)
    assert Vault.open(vault).settings.destinations == {"mailbox": {"list_id": "l1"}}
    assert av_json("settings", "--vault", vault)["destinations"] == {"mailbox": {"list_id": "l1"}}
    assert "list_id = l1" in av("settings", "destination", "mailbox", *usual).out
    with connected(Mailbox()):
        found = av_json("pull", "mailbox", *usual, variables=ENVIRONMENT)
    assert found["complete"] is True
    secret = av("settings", "destination", "mailbox", "api_key=x", *usual, expect=2).err
    assert "is a secret" in secret
    assert "audiencevault secrets set mailbox api_key" in secret
    assert "has no setting called" in av("settings", "destination", "mailbox", "colour=red", *usual, expect=2).err
    av("settings", "destination", "mailbox", "list_id=", *usual)
    assert Vault.open(vault).settings.destinations == {}
    assert b'"destinations"' not in (vault / "vault.json").read_bytes()


def test_a_secret_is_kept_in_the_keyring_and_never_shown(
    vault: Path, defs: Path, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{SECRET}\n"))
    said = av("secrets", "set", "mailbox", "api_key", "--definitions", defs).out
    assert keyring.kept == {("audiencevault", "mailbox.api_key"): SECRET}
    said += av("secrets", "list", "mailbox", "--definitions", defs).out
    assert "in the system's keyring" in said
    found = push(Mailbox(), "--set", "list_id=l1", "-o", defs / "p.json", "--vault", vault, "--definitions", defs,
                 variables={})  # fmt: skip
    assert SECRET not in said + found.out
    # The environment comes first.
    with mock.patch.dict("os.environ", {"AUDIENCEVAULT_MAILBOX_API_KEY": "other"}):
        assert secrets._value("mailbox", "api_key") == "other"
    assert "Removed" in av("secrets", "remove", "mailbox", "api_key", "--definitions", defs).out
    assert "not in" in av("secrets", "remove", "mailbox", "api_key", "--definitions", defs).out
    assert "not set" in av("secrets", "list", "mailbox", "--definitions", defs).out
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    assert "Nothing was given" in av("secrets", "set", "mailbox", "api_key", "--definitions", defs, expect=2).err
    assert "has no secret called" in av("secrets", "set", "mailbox", "pin", "--definitions", defs, expect=2).err


def test_without_a_keyring_the_environment_is_named(defs: Path) -> None:
    said = av("secrets", "set", "mailbox", "api_key", "--definitions", defs, expect=2, variables={
        "AUDIENCEVAULT_HOME": "/nowhere"}).err  # fmt: skip
    assert "AUDIENCEVAULT_MAILBOX_API_KEY" in said


def test_plain_http_is_refused_unless_it_is_allowed() -> None:
    from audiencevault.cli import clock
    from audiencevault.destinations.transport import Request
    from audiencevault.errors import DestinationError

    plain = Request("GET", "http://lists.example.org/3.1")
    way = clock.line()
    with (
        way.network(("lists.example.org",), way.clock) as transport,
        pytest.raises(DestinationError, match="plain http"),
    ):
        transport.send(plain, 1)
    with (
        way.network(("lists.example.org",), way.clock) as transport,
        pytest.raises(DestinationError, match="not this receiver's"),
    ):
        transport.send(Request("GET", "https://elsewhere.example.org/"), 1)
