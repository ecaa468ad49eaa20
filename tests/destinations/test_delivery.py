"""Delivery without a network: what holds whatever the receiver answers, the journal, the words, the pace."""

from __future__ import annotations

import json
import logging
import pickle
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.destinations.answers import FINAL, OUTCOME_WORDS, OUTCOMES, TAKEN, Fate
from audiencevault.destinations.api import Answer, Auth, Job, Pace, Rate
from audiencevault.destinations.composing import Outgoing
from audiencevault.destinations.delivery import Delivered, deliver, digest_of, settled
from audiencevault.destinations.journal import Journal
from audiencevault.destinations.pacing import Impatient, Pacer
from audiencevault.destinations.receivers import Hooks, all_settings, ghost, hooks, mailchimp
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import HttpTransport, Reply, Request, host_of, is_loopback
from audiencevault.destinations.wording import Blanking
from audiencevault.errors import CredentialsRefusedError, DefinitionError, DestinationError, UsageError
from tests.destinations.outgoing import (
    LISTED,
    SECRET_TEXT,
    SECRETS,
    SUPPRESSING,
    ManualClock,
    Scripted,
    address,
    call,
    definition_of,
    items,
    lost,
    outgoing,
    push,
    reply,
)

BASE = "https://api.example.com/v1"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def sending(going: Outgoing, transport: Any, journal: Path, **options: Any) -> Delivered:
    return deliver(going, secrets=SECRETS, transport=transport, clock=ManualClock(), journal=journal, **options)


def people(size: int = 30, **changes: Any) -> Outgoing:
    return outgoing(BASE, (push(), call(**changes), items(range(size))))


# --- Whatever the receiver answers ----------------------------------------------------------------------------------

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from([address(1), "ok"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["errors", "email", "message", "id", "state", "ok", address(2)]), inner, max_size=4
        )
    ),
    max_leaves=15,
)
REPLIES = st.one_of(
    st.builds(
        lambda status, document: reply(document, status),
        st.sampled_from(
            [200, 200, 200, 201, 202, 204, 207, 301, 400, 403, 404, 409, 413, 422, 429, 500, 503, 401, 599]
        ),
        DOCUMENTS,
    ),
    st.builds(
        lambda status, body: Reply(status, {"retry-after": "1"}, body), st.integers(100, 599), st.binary(max_size=20)
    ),
    st.booleans().map(lambda sent: lost(sent=sent)),
)
ANSWERS = st.sampled_from(
    [
        LISTED,
        Answer(errors="errors", by="index", key="id", words=("message",)),
        Answer(errors="", errors_map=True),
        Answer(results="errors", result_status="ok", done=(200, 0)),
        Answer(results="errors", by="client_id", key="id", result_status="ok", must={"ok": True}),
        Answer(done=(), queued=(202, 200), job="id"),
        Answer(done=(201,), waiting=(202,), exists=(409,)),
    ]
)


class Replying:
    """Gives these answers in turn, again and again, and keeps in which order which calls came."""

    def __init__(self, replies: list[Any]) -> None:
        self._replies = replies
        self.calls: list[tuple[str, list[str]]] = []

    def send(self, request: Request, timeout: float) -> Reply:
        found = self._replies[len(self.calls) % len(self._replies)]
        body = json.loads(request.body) if request.body else {}
        listed = body.get("people", [body] if body else [])
        self.calls.append((request.url.removeprefix(BASE), [each["email"] for each in listed]))
        if isinstance(found, Exception):
            raise found
        return found


@given(st.lists(REPLIES, min_size=1, max_size=6), ANSWERS, st.booleans(), st.booleans(), st.integers(1, 3))
def test_whatever_is_answered_everybody_has_an_outcome_and_the_order_holds(
    tmp_path_factory: pytest.TempPathFactory,
    replies: list[Any],
    answer: Answer,
    repeatable: bool,
    many: bool,
    in_flight: int,
) -> None:
    job = Job(path="/jobs/{job}", state="state", finished=("ok",), patience=4.0, answer=LISTED)
    how: dict[str, Any] = {"answer": answer, "repeatable": repeatable, "many": many, "job": job, "max_items": 4}
    if not many:
        how["at"] = ""
    going = outgoing(
        BASE,
        (push("people"), call(**how), items(range(9))),
        (push("stop", call="stop", **SUPPRESSING), call("stop", **how), items(range(20, 26))),
        pace=Pace(attempts=2, timeout=1.0),
    )
    journal = tmp_path_factory.mktemp("fuzz") / "plan.journal"
    transport = Replying(replies)
    done = sending(going, transport, journal, in_flight=in_flight)
    assert done.outcomes.schema.equals(OUTCOMES)
    assert done.outcomes["item_id"].to_pylist() == [f"{n:032x}" for n in (*range(9), *range(20, 26))]
    found = done.outcomes["outcome"].to_pylist()
    assert set(found) <= set(OUTCOME_WORDS)
    posts = [(path, names) for path, names in transport.calls if names]
    first = next((n for n, (path, _) in enumerate(posts) if path == "/add"), len(posts))
    assert all(path == "/add" for path, _ in posts[first:])
    if first < len(posts):
        # Somebody was subscribed, so the receiver answered for every suppression.
        assert set(found[9:]) <= set(FINAL) - {"unknown"}
    if done.stopped is not None:
        assert done.stopped.message
    text = journal.read_text() + str(done.outcomes["words"].to_pylist()) + str(done.stopped)
    assert "example.com" not in text
    assert SECRET_TEXT not in text
    # What is final stays as it is, and is not sent again.
    again = Replying([reply(None, 401)])
    later = sending(going, again, journal, in_flight=1)
    for before, after in zip(done.outcomes.to_pylist(), later.outcomes.to_pylist(), strict=True):
        if before["outcome"] in FINAL and before["words"] != "Taken; not seen done.":
            assert (after["outcome"], after["words"], after["state"]) == (
                before["outcome"],
                before["words"],
                before["state"],
            )


# --- The journal ----------------------------------------------------------------------------------------------------


def test_a_journal_holds_nobody(tmp_path: Path) -> None:
    error = {"errors": [{"email": address(3), "message": f"{address(3)} (Name3, +1 202 555 0103) is bad"}]}
    sending(people(), Scripted([reply(error), reply({}), reply({})]), tmp_path / "j" / "plan.journal")
    text = (tmp_path / "j" / "plan.journal").read_text()
    assert [next(iter(json.loads(line))) for line in text.splitlines()] == ["journal", *["begin", "end"] * 3]
    assert json.loads(text.splitlines()[2])["fates"] == [
        ["accepted", "", None, "0-2,4-9"],
        ["rejected", "… (…, …) is bad", None, "3"],
    ]
    assert (tmp_path / "j" / "plan.journal").stat().st_mode & 0o077 == 0


def test_a_journal_of_something_else_is_not_gone_on_with(tmp_path: Path) -> None:
    sending(people(), Scripted(answer=lambda _: reply({})), tmp_path / "journal")
    with pytest.raises(DestinationError, match="is about another delivery"):
        sending(people(29), Scripted(), tmp_path / "journal")
    other = outgoing("https://api.example.net/v1", (push(), call(), items(range(30))))
    with pytest.raises(DestinationError, match="is about another delivery"):
        sending(other, Scripted(), tmp_path / "journal")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: [lines[0], lines[1][:-4], *lines[2:]],
        lambda lines: ["{}", *lines[1:]],
        lambda lines: [lines[0], '{"odd":"0:0+10"}', *lines[1:]],
        lambda lines: [lines[0], '{"end":"0:0+10","status":200,"fates":[["accepted","",null,"0-3"]]}', *lines[1:]],
        lambda lines: [lines[0], '{"end":"0:0+10","status":200,"fates":[["accepted","",null,"0-99"]]}', *lines[1:]],
    ],
)
def test_a_damaged_journal_stops_everything(tmp_path: Path, spoil: Callable[[list[str]], list[str]]) -> None:
    path = tmp_path / "journal"
    sending(people(), Scripted(answer=lambda _: reply({})), path)
    path.write_text("\n".join(spoil(path.read_text().splitlines())) + "\n")
    with pytest.raises(DestinationError, match="is damaged"):
        sending(people(), Scripted(), path)


def test_a_journal_of_a_later_version(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_text('{"journal": 2, "digest": "", "items": []}\n')
    with pytest.raises(DestinationError, match="another version"):
        sending(people(), Scripted(), path)


def test_a_journal_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DestinationError, match="cannot be written"):
        sending(people(), Scripted(), tmp_path / "file" / "journal")


@given(
    st.lists(st.sampled_from([Fate("accepted"), Fate("rejected", "a"), Fate("refused", "b", "bounced")]), min_size=1)
)
def test_fates_are_read_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, fates: list[Fate]) -> None:
    path = tmp_path_factory.mktemp("journal") / "j"
    key = f"0:0+{len(fates)}"
    with Journal(path, "d", [len(fates)]) as book:
        book.end(key, 200, fates, whole=True)
    with Journal(path, "d", [len(fates)]) as book:
        assert book.ended == {key: (200, tuple(fates), True)}


def test_what_a_journal_knows_without_sending(tmp_path: Path) -> None:
    going = outgoing(
        BASE, (push(), call(repeatable=False), items(range(30))), (push("more"), call("more"), items(range(50, 60)))
    )
    error = {"errors": [{"email": address(3), "message": "bad"}]}
    done = sending(going, Scripted([reply(error), lost(), lost()]), tmp_path / "journal")
    assert Counter(done.outcomes["outcome"].to_pylist()) == {"accepted": 9, "rejected": 1, "unknown": 20, "unsent": 10}
    known = settled(going, tmp_path / "journal")
    assert known.schema.equals(OUTCOMES)
    assert known.to_pylist() == done.outcomes.slice(0, 30).to_pylist()


def test_what_was_taken_is_not_asked_for_again_but_what_was_not_is(tmp_path: Path) -> None:
    first = Scripted([reply({}), reply(None, 401)])
    done = sending(people(), first, tmp_path / "journal")
    assert Counter(done.outcomes["outcome"].to_pylist()) == {"accepted": 10, "credentials": 10, "unsent": 10}
    second = Scripted(answer=lambda _: reply({}))
    done = sending(people(), second, tmp_path / "journal")
    assert (set(done.outcomes["outcome"].to_pylist()), done.calls) == ({"accepted"}, 2)


def test_the_digest_is_of_everything_that_goes_out() -> None:
    found = {
        digest_of(people()),
        digest_of(people(29)),
        digest_of(people(name="other")),
        digest_of(outgoing(BASE, (push("b"), call(), items(range(30))))),
        digest_of(Outgoing(people().definition, {"list_id": "7"}, people().pushes, pa.table({}))),
        digest_of(outgoing(BASE, (push(), call(), items(range(30), bare=True)))),
    }
    assert len(found) == 6
    assert digest_of(people()) in found


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    going = people(35, max_item_bytes=40)
    sending(
        going, Scripted(answer=lambda _: reply({})), tmp_path / "j", progress=lambda done, of: told.append((done, of))
    )
    assert told[-1] == (35, 35)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_an_entry_that_is_too_long_is_not_sent(tmp_path: Path) -> None:
    length = len(json.dumps({"email": address(0), "name": "Name0 Surname0"}))
    done = sending(people(11, max_item_bytes=length), Scripted(answer=lambda _: reply({})), tmp_path / "j")
    assert done.outcomes["outcome"].to_pylist() == ["accepted"] * 10 + ["rejected"]
    assert (
        done.outcomes["words"].to_pylist()[10]
        == f"Not sent: the entry is longer than the {length} bytes that the receiver takes."
    )


def test_nothing_to_send_asks_nobody(tmp_path: Path) -> None:
    done = sending(people(0), Scripted(), tmp_path / "j")
    assert (done.outcomes.num_rows, done.calls, done.stopped) == (0, 0, None)


# --- Words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("ida.falk@example.com is invalid", "… is invalid"),
        ("Contact <IDA.FALK@EXAMPLE.COM> exists", "Contact <…> exists"),
        ("ida.falk%40example.com", "…"),
        ("stranger@example.net was there first", "… was there first"),
        ("phone +1 (202) 555-0108 is a landline", "phone … is a landline"),
        ("12025550108", "…"),
        ("Ida Falk has left", "… has left"),
        ("FALK, Ida", "…, …"),
        ("Idaho is a state", "Idaho is a state"),
        ("山田さくらさん", "…さん"),
        ("code 4711, field EMAIL", "code 4711, field EMAIL"),
        ("subscriber 0bc83cb571cd1c50ba6f3e8a78ef1346 gone", "subscriber … gone"),
        (f"key {SECRET_TEXT} is wrong", "key … is wrong"),
        ("line\nbreak\x00 and \u202e more", "line break and more"),
        ("x" * 500, "x" * 299 + "…"),
        ("status subscribed is not allowed", "status subscribed is not allowed"),
    ],
)
def test_words_without_people(said: str, kept: str) -> None:
    item = {
        "email": "ida.falk@example.com",
        "name": {"first": "Ida", "last": "Falk"},
        "n": "山田さくら",
        "s": "subscribed",
    }
    blanking = Blanking([json.dumps(item)], ["ida.falk@example.com"], ["subscribed"], [Secret(SECRET_TEXT)])
    assert blanking(said) == kept


@pytest.mark.parametrize(
    "item",
    ['ida@example.com,"Falk, Ida",x', "ida@example.com;Falk, Ida;x", "BEGIN:VCARD\nFN:Falk\\, Ida\nN:Falk;Ida;;;\n"],
)
def test_words_about_lines_and_cards(item: str) -> None:
    assert "Falk" not in Blanking([item], [])("Falk, Ida is too long")


# --- Pace -----------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(1, 8), st.floats(0.5, 30)), min_size=1, max_size=3),
    st.lists(st.floats(0, 3), min_size=1, max_size=40),
)
def test_no_window_ever_holds_more_than_it_may(rates: list[tuple[int, float]], pauses: list[float]) -> None:
    clock = ManualClock()
    pacer = Pacer(Pace(rates=tuple(Rate(calls, seconds) for calls, seconds in rates)), clock)
    moments: list[datetime] = []
    for pause in pauses:
        clock.wait(pause)
        pacer.admit()
        moments.append(clock.now())
    for calls, seconds in rates:
        for early, late in zip(moments, moments[calls:], strict=False):
            assert late - early >= timedelta(seconds=seconds) - timedelta(microseconds=2)


def test_what_a_receiver_says_about_waiting() -> None:
    def said(value: str, **pace: Any) -> float:
        return Pacer(Pace(**pace), ManualClock()).pause(Reply(429, {"retry-after": value}), 1, "key")

    assert said("30") == 30
    assert said("Sat, 21 Nov 2026 12:01:00 GMT") == 60
    assert said("Sat, 21 Nov 2026 11:00:00 GMT") == 0
    assert said(str(int(NOW.timestamp()) + 5)) == 5
    assert said(str(int(NOW.timestamp()) + 5), wait="epoch") == 5
    assert said("8", wait="seconds") == 8
    for nothing in ("", "inf", "-inf", "later", "Sat, 99 Nov"):
        assert 1 <= said(nothing) <= 1.25


def test_waits_double_up_to_a_minute_and_are_the_same_every_time() -> None:
    pacer = Pacer(Pace(), ManualClock())
    waits = [pacer.pause(None, attempt, "key") for attempt in range(1, 10)]
    assert all(low <= wait <= low * 1.25 for low, wait in zip([1, 2, 4, 8, 16, 32, 60, 60, 60], waits, strict=True))
    assert waits == [pacer.pause(None, attempt, "key") for attempt in range(1, 10)]
    assert pacer.pause(None, 1, "key") != pacer.pause(None, 1, "other")
    with pytest.raises(Impatient):
        pacer.hold(901)


# --- Hosts, secrets, modules ----------------------------------------------------------------------------------------


def test_plain_http_is_for_this_machine_and_for_whom_the_user_names() -> None:
    request = Request("GET", "http://mail.example.com/x")
    with (
        HttpTransport(["mail.example.com"], ManualClock()) as transport,
        pytest.raises(DestinationError, match="plain http"),
    ):
        transport.send(request, 1)
    for hosts, insecure in ((["mail.example.com"], ["mail.example.com"]), (["127.0.0.1:8001"], [])):
        with HttpTransport(hosts, ManualClock(), insecure=insecure) as transport:
            transport._check(f"http://{hosts[0]}/x")


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example.com/x",
        "https://api.example.com:444/x",
        "https://api.example.com@other.example.com/",
        "https://me@api.example.com/",
        "ftp://api.example.com/",
        "https://api.example.com.example.net/",
        "//api.example.com/",
        "https://[::1",
        "",
    ],
)
def test_only_named_hosts(url: str) -> None:
    with HttpTransport(["api.example.com"], ManualClock()) as transport, pytest.raises(DestinationError):
        transport.send(Request("GET", url), 1)


def test_hosts_and_loopback() -> None:
    assert host_of("https://API.example.com:443/x") == "api.example.com"
    assert host_of("http://[::1]:8080/x") == "[::1]:8080"
    assert is_loopback("http://127.0.0.9/")
    assert is_loopback("http://[::1]/")
    assert not is_loopback("http://localhost.example.com/")


def test_a_secret_shows_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(SECRET_TEXT)
    logging.getLogger().error("%s %r %s", secret, secret, [secret])
    request = Request("GET", f"https://x/{SECRET_TEXT}", {"key": SECRET_TEXT}, SECRET_TEXT.encode())
    shown = f"{secret} {secret!r} {secret:>9} {[secret]} {request!r} {caplog.text}"
    assert SECRET_TEXT not in shown
    assert secret.reveal() == SECRET_TEXT
    assert secret == Secret(SECRET_TEXT)
    assert not Secret("")
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_a_missing_secret_and_a_missing_setting_say_what_to_do(tmp_path: Path) -> None:
    done = deliver(people(), secrets={}, transport=Scripted(), clock=ManualClock(), journal=tmp_path / "a")
    assert isinstance(done.stopped, CredentialsRefusedError)
    assert (str(done.stopped), done.stopped.hint) == ("The secret key is not set.", "It is found here: in a drawer.")
    going = outgoing("https://{host}/v1", (push(), call(), items([1])))
    done = sending(going, Scripted(), tmp_path / "b")
    assert isinstance(done.stopped, UsageError)


def test_modules_of_receivers_are_found_by_name() -> None:
    def api(module: str) -> Any:
        return definition_of(BASE, module=module).api

    assert hooks(api("")) == Hooks()
    assert hooks(api("ghost")).headers is ghost.headers
    assert hooks(api("mailman")).pull is not None
    assert hooks(api("carddav")).texts is not None
    for wrong in ("nothing", "../ghost", "os", "Ghost"):
        with pytest.raises(DefinitionError):
            hooks(api(wrong))
    found = all_settings(api("mailchimp"), {"list_id": "9"}, {"api_key": Secret("0123456789abcdef-us21")})
    assert found == {"list_id": "9", "dc": "us21"}


@pytest.mark.parametrize("key", ["0123456789abcdef", "0123-evil.example.net/", "0123-us21@evil", "0123-"])
def test_a_key_of_mailchimp_that_names_no_data_centre(key: str) -> None:
    with pytest.raises(CredentialsRefusedError) as caught:
        mailchimp.settings({}, {"api_key": Secret(key)})
    assert key not in f"{caught.value} {caught.value.hint}"


def test_a_token_for_ghost() -> None:
    key = Secret("5f3c:" + "00ff" * 16)
    made = ghost.headers({}, {"admin_key": key}, NOW)["Authorization"]
    # Signed by hand with OpenSSL's HMAC over the same two parts.
    assert made == (
        "Ghost eyJhbGciOiJIUzI1NiIsImtpZCI6IjVmM2MiLCJ0eXAiOiJKV1QifQ."
        "eyJhdWQiOiIvYWRtaW4vIiwiZXhwIjoxNzk1MjYyNjkwLCJpYXQiOjE3OTUyNjIzOTB9.ngdurpcyW2l-3osMa3gM9LCCrnR-PTz-48noMIpdTTU"
    )
    for wrong in ("", "5f3c", "5f3c:xyz", "5f3c:abc"):
        with pytest.raises(CredentialsRefusedError):
            ghost.headers({}, {"admin_key": Secret(wrong)}, NOW)


def test_ghost_says_400_to_a_wrong_token(tmp_path: Path) -> None:
    going = outgoing(BASE, (push(), call(), items(range(20))), module="ghost", auth=Auth("code", {"admin_key": "x"}))
    answer = reply({"errors": [{"message": "Invalid token", "code": "INVALID_JWT"}]}, 400)
    secrets = {"admin_key": Secret("5f3c:" + "00ff" * 16)}
    done = deliver(going, secrets=secrets, transport=Scripted([answer]), clock=ManualClock(), journal=tmp_path / "j")
    assert Counter(done.outcomes["outcome"].to_pylist()) == {"credentials": 10, "unsent": 10}
    assert set(TAKEN) < set(FINAL)


def test_what_was_never_let_out_may_be_sent_later(tmp_path: Path) -> None:
    going = people(10, repeatable=False)
    with HttpTransport(["elsewhere.example.com"], ManualClock()) as transport:
        done = sending(going, transport, tmp_path / "journal")
    assert (set(done.outcomes["outcome"].to_pylist()), type(done.stopped)) == ({"unsent"}, DestinationError)
    done = sending(going, Scripted([reply({})]), tmp_path / "journal")
    assert set(done.outcomes["outcome"].to_pylist()) == {"accepted"}


def test_a_redirect_leaves_in_doubt_what_must_not_be_repeated(tmp_path: Path) -> None:
    for repeatable, later in ((True, "accepted"), (False, "unknown")):
        going, journal = people(10, repeatable=repeatable), tmp_path / later
        done = sending(going, Scripted([reply(None, 303, location="/thanks")]), journal)
        assert set(done.outcomes["outcome"].to_pylist()) == {"fatal"}
        assert set(sending(going, Scripted([reply({})]), journal).outcomes["outcome"].to_pylist()) == {later}
