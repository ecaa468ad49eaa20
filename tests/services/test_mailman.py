"""Delivery to a real Mailman 3: members, bans, removals, and who left."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from audiencevault.destinations import sample
from audiencevault.destinations.composing import Outgoing, compose
from audiencevault.destinations.definition import Definition, named
from audiencevault.destinations.delivery import Delivered, deliver
from audiencevault.destinations.pulling import Pulled, pull
from audiencevault.destinations.receivers import mailman
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import HttpTransport, host_of
from audiencevault.errors import CredentialsRefusedError, DestinationRefusedError
from tests.destinations.outgoing import ManualClock
from tests.pipeline.running import av, av_json, day, mailchimp
from tests.services import servers

pytestmark = [pytest.mark.service, pytest.mark.allow_hosts(["127.0.0.1"])]
SECRETS = {"user": Secret("rest"), "password": Secret("word")}


class List:
    """One mailing list on the server."""

    def __init__(self, site: str, name: str) -> None:
        self.site = site
        self.list_id = f"{name}.example.com"
        self.definition: Definition = named("mailman")
        self.settings = {"site": site, "list_id": self.list_id}
        self.ask("/lists", {"fqdn_listname": f"{name}@example.com"})

    def ask(self, path: str, form: Mapping[str, str] | None = None, method: str | None = None) -> Any:
        """What Mailman says to a request of the test's own."""
        data = urlencode(form).encode() if form else None
        request = urllib.request.Request(f"{self.site}/3.1{path}", data, method=method)
        request.add_header("Authorization", "Basic " + base64.b64encode(b"rest:word").decode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def emails(self, what: str) -> set[str]:
        return {entry["email"] for entry in self.ask(f"/lists/{self.list_id}/{what}").get("entries", [])}

    def compose(self, **changes: Any) -> Outgoing:
        return compose(
            sample.sample_for(self.definition), self.definition, self.settings, **{"may_subscribe": True, **changes}
        )

    @contextmanager
    def transport(self) -> Iterator[HttpTransport]:
        with HttpTransport([host_of(self.site)], ManualClock()) as transport:
            yield transport

    def deliver(self, going: Outgoing, journal: Path, secrets: Mapping[str, Secret] = SECRETS) -> Delivered:
        with self.transport() as transport:
            return deliver(going, secrets=secrets, transport=transport, clock=ManualClock(), journal=journal)

    def pull(self, sent: pa.Table | None) -> Pulled:
        with self.transport() as transport:
            return pull(
                self.definition, self.settings, secrets=SECRETS, transport=transport, clock=ManualClock(), sent=sent
            )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.mailman(tmp_path_factory.mktemp("mailman")) as site:
        maker = object.__new__(List)
        maker.site = site
        maker.ask("/domains", {"mail_host": "example.com"})
        yield site


@pytest.fixture
def news(site: str, request: pytest.FixtureRequest) -> List:
    return List(site, request.node.name.replace("_", "-").replace("[", "-").replace("]", ""))


def points(going: Outgoing, push: str) -> set[str]:
    (made,) = [made for made in going.pushes if made.push.name == push]
    return set(made.items["point"].to_pylist())


def told(done: Delivered, push: str) -> dict[str, tuple[str, int | None]]:
    rows = done.outcomes.filter(pc.equal(done.outcomes["push"], push)).to_pylist()
    return {row["point_key"]: (row["outcome"], row["http_status"]) for row in rows}


def test_everybody_arrives_where_he_belongs(news: List, tmp_path: Path) -> None:
    going = news.compose()
    done = news.deliver(going, tmp_path / "journal")
    assert done.stopped is None
    members, banned = news.emails("roster/member"), news.emails("bans")
    assert len(banned) >= 4
    assert len(members) >= 8
    assert not members & banned
    # What Mailman itself calls an invalid address is rejected with its words, everybody else is a member.
    outcomes = told(done, "members")
    rejected = {point for point, (outcome, _) in outcomes.items() if outcome == "rejected"}
    assert {point.lower() for point in set(outcomes) - rejected} == {member.lower() for member in members}
    assert all(outcomes[point] == ("rejected", 400) for point in rejected)
    assert banned == {point for point, (outcome, _) in told(done, "banned").items() if outcome == "accepted"}
    said = [words for words in done.outcomes["words"].to_pylist() if words]
    assert not any("@" in words for words in said)


def test_once_more_changes_nothing(news: List, tmp_path: Path) -> None:
    going = news.compose()
    news.deliver(going, tmp_path / "first")
    before = news.emails("roster/member")
    done = news.deliver(going, tmp_path / "second")
    assert news.emails("roster/member") == before
    assert {outcome for outcome, _ in told(done, "members").values()} <= {"exists", "rejected"}
    assert {outcome for outcome, _ in told(done, "banned").values()} == {"exists"}
    # The journal of the first run knows everything, so nobody is even asked.
    assert news.deliver(going, tmp_path / "first").calls == 0


def test_without_our_word_mailman_waits_for_the_persons(news: List, tmp_path: Path) -> None:
    going = news.compose()
    made = tuple(
        replace(made, items=waiting(made.items)) if made.push.name == "members" else made for made in going.pushes
    )
    done = news.deliver(replace(going, pushes=made), tmp_path / "journal")
    assert {outcome for outcome in told(done, "members").values() if outcome[0] != "rejected"} == {("waiting", 202)}
    assert news.emails("roster/member") == set()
    # Who has not confirmed yet has not left either.
    assert "left" not in news.pull(sent_of(done)).rows["pull"].to_pylist()


def waiting(items: pa.Table) -> pa.Table:
    """The same people without the flags that say that they agreed."""
    texts = []
    for text in items["item"].to_pylist():
        document = json.loads(text)
        texts.append(json.dumps({key: value for key, value in document.items() if not key.startswith("pre_")}))
    return items.set_column(
        items.column_names.index("item"), items.schema.field("item"), pa.array(texts, pa.large_string())
    )


def sent_of(done: Delivered) -> pa.Table:
    rows = [row for row in done.outcomes.to_pylist() if row["push"] == "members" and row["outcome"] != "rejected"]
    return pa.table(
        {
            "channel": pa.array(["email"] * len(rows), pa.string()),
            "point_kind": pa.array(["email"] * len(rows), pa.string()),
            "point": pa.array([row["point_key"] for row in rows], pa.string()),
        }
    )


def test_who_left_and_who_is_banned_is_read_back(news: List, tmp_path: Path) -> None:
    done = news.deliver(news.compose(), tmp_path / "journal")
    sent = sent_of(done)
    assert "left" not in news.pull(sent).rows["pull"].to_pylist()
    leaver, other = sorted(news.emails("roster/member"))[:2]
    news.ask(f"/lists/{news.list_id}/roster/member", {"emails": leaver}, "DELETE")
    news.ask(f"/lists/{news.list_id}/bans", {"email": other})
    news.ask(f"/lists/{news.list_id}/bans", {"email": "^.*@pattern.example.com"})
    found = news.pull(sent)
    assert (found.complete, found.verified) == (True, True)
    rows = {(row["pull"], row["point"].lower()): row["state"] for row in found.rows.to_pylist()}
    assert rows[("left", leaver.lower())] == "withdrawn"
    assert [point for name, point in rows if name == "left"] == [leaver.lower()]
    assert rows[("banned", other.lower())] == "blocked"
    assert not any("pattern" in point for _, point in rows)


def test_a_long_roster_is_read_to_its_end(news: List, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailman, "PAGE", 3)
    done = news.deliver(news.compose(), tmp_path / "journal")
    left = [row for row in news.pull(sent_of(done)).rows.to_pylist() if row["pull"] == "left"]
    assert left == []


def test_a_banned_address_is_refused_for_compliance(news: List, tmp_path: Path) -> None:
    going = news.compose()
    victim = "both@example.com"
    assert victim in points(going, "members")
    news.ask(f"/lists/{news.list_id}/bans", {"email": victim})
    done = news.deliver(going, tmp_path / "journal")
    (row,) = [row for row in done.outcomes.to_pylist() if row["push"] == "members" and row["point_key"] == victim]
    assert (row["outcome"], row["state"], row["words"]) == (
        "refused",
        "blocked",
        "400 Bad Request; Membership is banned",
    )


def test_a_list_that_does_not_exist(news: List, tmp_path: Path) -> None:
    wrong = replace(news.compose(), settings={**news.settings, "list_id": "nothing.example.com"})
    done = news.deliver(wrong, tmp_path / "journal")
    assert isinstance(done.stopped, DestinationRefusedError)
    assert {outcome for outcome, _ in told(done, "members").values()} == {"unsent"}


def test_a_wrong_password(news: List, tmp_path: Path) -> None:
    done = news.deliver(news.compose(), tmp_path / "journal", {**SECRETS, "password": Secret("no")})
    assert isinstance(done.stopped, CredentialsRefusedError)
    assert "accepted" not in done.outcomes["outcome"].to_pylist()
    assert news.emails("roster/member") == set()


def test_the_whole_way_on_the_command_line(news: List, tmp_path: Path) -> None:
    """Push, lose a member there, pull, and push again: who left there is written to no more, from anywhere."""
    people = tuple(f"person{number}@example.com" for number in range(30))
    exports = mailchimp(tmp_path / "mc", day("2026-11-20"), subscribed=people, unsubscribed={"zoe@example.com": ""})
    vault = tmp_path / "my.vault"
    av("import", exports, "--vault", vault)
    av("settings", "destination", "mailman", f"site={news.site}", f"list_id={news.list_id}", "--vault", vault)
    keys = {"AUDIENCEVAULT_MAILMAN_USER": "rest", "AUDIENCEVAULT_MAILMAN_PASSWORD": "word"}

    def push(name: str) -> dict[str, Any]:
        plan = tmp_path / f"{name}.json"
        made = av_json("push", "mailman", "-o", plan, "--vault", vault, variables=keys)
        assert not news.emails("roster/member") or name != "first"
        done = av_json("push", "mailman", "--apply", plan, "--vault", vault, variables=keys)
        assert "rest" not in plan.read_text().split('"')
        return {"plan": made, "done": done}

    first = push("first")
    assert first["done"]["stopped"] is None
    assert news.emails("roster/member") == set(people)
    assert news.emails("bans") == {"zoe@example.com"}
    news.ask(f"/lists/{news.list_id}/roster/member", {"emails": people[4]}, "DELETE")
    pulled = av_json("pull", "mailman", "--vault", vault, variables=keys)
    # Who left; the ban that we asked for ourselves is no news.
    assert pulled["added"] == 1
    later = push("later")
    assert later["done"]["stopped"] is None
    assert news.emails("roster/member") == set(people) - {people[4]}
    assert news.emails("bans") == {"zoe@example.com", people[4]}
    # An event counts from the moment after it was read, so a fixed clock has to go on.
    av("export", "csv", "--out", tmp_path / "out", "--vault", vault, now="2026-11-21T12:05:00+00:00")
    assert people[4] in (tmp_path / "out" / "held-back.csv").read_text("utf-8-sig")
    assert people[4] not in (tmp_path / "out" / "audience.csv").read_text("utf-8-sig")
