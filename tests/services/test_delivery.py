"""Delivery over real HTTP to a stub that answers well and badly: what becomes of every item, exactly."""

from __future__ import annotations

import base64
import logging
import shutil
import ssl
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audiencevault.destinations.api import Answer, Auth, Call, Final429, Job, Pace, Paging, Rate, Refusal
from audiencevault.destinations.composing import Outgoing
from audiencevault.destinations.delivery import Delivered, deliver
from audiencevault.destinations.transport import HttpTransport, Request, Unanswered
from audiencevault.errors import (
    CredentialsRefusedError,
    DestinationError,
    DestinationRefusedError,
    DestinationUnavailableError,
)
from tests.destinations.outgoing import (
    SECRET_TEXT,
    SECRETS,
    SUPPRESSING,
    ManualClock,
    address,
    call,
    items,
    outgoing,
    push,
)
from tests.services import needing
from tests.services.stub_server import (
    Answering,
    Connection,
    Received,
    Stub,
    answer,
    dropped,
    dropped_after_body,
    dropped_in_body,
    dropped_in_chunks,
    huge,
    nonsense,
    reset,
    slow,
    trickling,
)

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
ONCE = call(repeatable=False)


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub() as server:
        yield server


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def send(stub: Stub, clock: ManualClock, tmp_path: Path) -> Callable[..., Delivered]:
    def sending(going: Outgoing, *, max_answer: int = 10_000_000, **options: Any) -> Delivered:
        with HttpTransport([stub.host], clock, max_answer=max_answer) as transport:
            journal = tmp_path / "plan.journal"
            return deliver(going, secrets=SECRETS, transport=transport, clock=clock, journal=journal, **options)

    return sending


def people(
    stub: Stub, size: int = 10, how: Call | None = None, *, timeout: float = 5.0, attempts: int = 6, **pace: Any
) -> Outgoing:
    """One push of `size` people."""
    made = Pace(timeout=timeout, attempts=attempts, **pace)
    return outgoing(stub.base, (push(), how or call(), items(range(size))), pace=made)


def told(done: Delivered) -> Counter[str]:
    return Counter(done.outcomes["outcome"].to_pylist())


def of(done: Delivered, *numbers: int) -> list[tuple[str, str | None]]:
    rows = done.outcomes.select(["outcome", "words"]).take(pa.array(numbers)).to_pylist()
    return [(row["outcome"], row["words"]) for row in rows]


# --- Too fast -------------------------------------------------------------------------------------------------------


def test_retry_after_in_seconds_is_waited(stub: Stub, clock: ManualClock, send: Callable[..., Delivered]) -> None:
    stub.script = [answer(status=429, Retry_After="7"), answer(status=429, Retry_After="3.5")]
    done = send(people(stub))
    assert (told(done), done.calls, done.stopped) == ({"accepted": 10}, 3, None)
    assert clock.waits == [7.0, 3.5]
    assert done.seconds_waited == 10.5


def test_retry_after_as_a_date_is_waited(stub: Stub, clock: ManualClock, send: Callable[..., Delivered]) -> None:
    moment = format_datetime(clock.now() + timedelta(seconds=42), usegmt=True)
    stub.script = [answer(status=429, Retry_After=moment)]
    assert told(send(people(stub))) == {"accepted": 10}
    assert clock.waits == [42.0]


def test_an_epoch_is_waited_for(stub: Stub, clock: ManualClock, send: Callable[..., Delivered]) -> None:
    stub.script = [answer(status=429, X_Reset=str(int(clock.now().timestamp()) + 9))]
    assert told(send(people(stub, wait="epoch", wait_header="X-Reset"))) == {"accepted": 10}
    assert clock.waits == [9.0]


@pytest.mark.parametrize("said", [None, "soon", "", "nan", "-5"])
def test_where_nothing_is_said_waits_double(
    stub: Stub, clock: ManualClock, send: Callable[..., Delivered], said: str | None
) -> None:
    headers = {} if said is None else {"Retry_After": said}
    stub.script = [answer(body=b"Retry later", status=429, Content_Type="text/plain", **headers)] * 3
    assert told(send(people(stub))) == {"accepted": 10}
    if said == "-5":
        assert clock.waits == []
        return
    assert len(clock.waits) == 3
    assert all(1 <= each / 2**n <= 1.25 for n, each in enumerate(clock.waits))


def test_a_bare_403_is_too_fast_where_the_receiver_means_it_so(stub: Stub, send: Callable[..., Delivered]) -> None:
    stub.script = [answer(status=403, body=b"", Content_Type="text/html")]
    assert told(send(people(stub, throttled=(429, 403)))) == {"accepted": 10}


def test_a_403_with_a_document_is_meant_in_earnest(stub: Stub, send: Callable[..., Delivered]) -> None:
    stub.usual = answer({"title": "Forbidden", "detail": "Not yours"}, 403)
    assert told(send(people(stub, throttled=(429, 403)))) == {"credentials": 10}


def test_throttled_to_the_end_gives_up_and_says_so(stub: Stub, send: Callable[..., Delivered]) -> None:
    stub.usual = answer(status=429, Retry_After="1")
    done = send(people(stub, 40, attempts=3))
    assert told(done) == {"retry": 20, "unsent": 20}
    assert of(done, 0) == [("retry", "Tried without success: status 429.")]
    assert isinstance(done.stopped, DestinationUnavailableError)
    assert done.calls == 6


def test_a_final_429_is_not_tried_again(stub: Stub, clock: ManualClock, send: Callable[..., Delivered]) -> None:
    stub.script = [answer({"errors": []}), answer({"error_key": "quota_exceeded"}, 429)]
    final = Final429(429, "error_key", "quota_exceeded", "The day's requests are used up.")
    done = send(people(stub, 30, final=(final,)))
    assert told(done) == {"accepted": 10, "retry": 10, "unsent": 10}
    assert (str(done.stopped), clock.waits, done.calls) == ("The day's requests are used up.", [], 2)


def test_a_429_that_is_not_final_is_tried_again(stub: Stub, send: Callable[..., Delivered]) -> None:
    stub.script = [answer({"error_key": "throttled"}, 429)]
    final = Final429(429, "error_key", "quota_exceeded", "The day's requests are used up.")
    assert told(send(people(stub, final=(final,)))) == {"accepted": 10}


def test_nobody_waits_for_hours(stub: Stub, clock: ManualClock, send: Callable[..., Delivered]) -> None:
    stub.usual = answer(status=429, Retry_After="7200")
    done = send(people(stub, 20))
    assert told(done) == {"retry": 10, "unsent": 10}
    assert str(done.stopped) == "Stub asks to wait for 120 minutes."
    assert clock.waits == []


def test_the_rate_is_kept_under_every_limit(stub: Stub, clock: ManualClock, send: Callable[..., Delivered]) -> None:
    how = call(max_items=1, rates=(Rate(7, 60),))
    done = send(people(stub, 20, how, rates=(Rate(3, 1),)))
    assert told(done) == {"accepted": 20}
    # Three a second, but seven a minute: 3+3+1, a minute, 3+3+1, a minute, 6.
    assert done.seconds_waited == pytest.approx(121, abs=2)


# --- Partial success, in every shape --------------------------------------------------------------------------------


def shapes() -> Iterator[tuple[str, Answer, Any, dict[int, tuple[str, str | None]]]]:
    """What is declared, what is answered, and what is not simply accepted."""
    yield (
        "by address",
        Answer(errors="errors", key="email", words=("code", "message")),
        {"errors": [{"email": "Person3@Example.com", "code": "E1", "message": "Person3@Example.com is odd"}]},
        {3: ("rejected", "E1; … is odd")},
    )
    yield (
        "by index",
        Answer(done=(207,), errors="failed", by="index", key="batch_index", words=("reason",)),
        {"failed": [{"batch_index": 0, "reason": "a"}, {"batch_index": "9", "reason": "b"}]},
        {0: ("rejected", "a"), 9: ("rejected", "b")},
    )
    yield (
        "by index in a pointer",
        Answer(errors="errors", by="index", key="source.pointer", words=("title",)),
        {"errors": [{"title": "t", "source": {"pointer": "/data/attributes/profiles/data/4/attributes/email"}}]},
        {4: ("rejected", "t")},
    )
    yield (
        "by client id",
        Answer(results="items", by="client_id", key="cid", result_status="error_code", words=("text",), done=(200, 0)),
        {
            "items": [
                {"cid": f"{n:032X}", "error_code": 30646 if n == 2 else 0, "text": "no"} for n in reversed(range(10))
            ]
        },
        {2: ("rejected", "no")},
    )
    yield (
        "results in order",
        Answer(done=(200, 201), exists=(409,), waiting=(202,), results="responses", result_status="code", words=("m",)),
        {"responses": [{"code": code} for code in (200, 201, 202, 409)] + [{"code": 422, "m": "bad"}] * 6},
        {2: ("waiting", None), 3: ("exists", None)} | dict.fromkeys(range(4, 10), ("rejected", "bad")),
    )
    yield (
        "results of true and false",
        Answer(results="results", by="point", key="who", result_status="done", words=("why",)),
        {"results": [{"who": address(n), "done": n != 5, "why": "closed"} for n in range(10)]},
        {5: ("rejected", "closed")},
    )
    yield (
        "a map",
        Answer(errors="", errors_map=True),
        {address(n): n % 2 == 0 for n in range(10)},
        dict.fromkeys((1, 3, 5, 7, 9), ("rejected", None)),
    )
    yield (
        "an echoed object",
        Answer(errors="failures", key="subscriber.email_address", words=("errors.0",)),
        {
            "failures": [
                {"subscriber": {"email_address": address(7), "state": "active"}, "errors": ["Email is invalid"]}
            ]
        },
        {7: ("rejected", "Email is invalid")},
    )
    yield (
        "there already",
        Answer(errors="errors", key="email", words=("code",), exists_at="code", exists_words=("EXISTS",)),
        {"errors": [{"email": address(1), "code": "EXISTS"}, {"email": address(2), "code": "OTHER"}]},
        {1: ("exists", "EXISTS"), 2: ("rejected", "OTHER")},
    )
    yield (
        "an error about nobody",
        Answer(errors="errors", key="email", words=("message",)),
        {"errors": [{"email": address(1), "message": "a"}, {"email": "stranger@example.net", "message": "b"}]},
        {1: ("rejected", "a")}
        | dict.fromkeys((0, *range(2, 10)), ("unknown", "Some of these were refused, and not which: b")),
    )
    yield (
        "too few results",
        Answer(results="results", result_status="ok"),
        {"results": [{"ok": True}] * 9},
        dict.fromkeys(range(10), ("unknown", "The answer lists not as many results as entries were sent.")),
    )
    yield (
        "results that leave somebody out",
        Answer(results="results", by="point", key="who", result_status="ok"),
        {"results": [{"who": address(n), "ok": True} for n in range(9)]},
        {9: ("unknown", "The answer says nothing about this entry.")},
    )


@pytest.mark.parametrize(
    ("declared", "document", "expected"), [each[1:] for each in shapes()], ids=[s[0] for s in shapes()]
)
def test_partial_success(
    stub: Stub,
    send: Callable[..., Delivered],
    declared: Answer,
    document: Any,
    expected: dict[int, tuple[str, str | None]],
) -> None:
    stub.usual = answer(document, declared.done[0])
    done = send(people(stub, 10, call(answer=declared)))
    assert dict(enumerate(of(done, *range(10)))) == {n: expected.get(n, ("accepted", None)) for n in range(10)}
    assert done.calls == 1
    assert done.stopped is None


def test_a_refusal_for_compliance_says_which_state_it_means(stub: Stub, send: Callable[..., Delivered]) -> None:
    refusals = (Refusal("withdrawn", "title", "compliance"), Refusal("bounced", "title", "bounced"))
    declared = Answer(errors="errors", key="email", words=("title",), refusals=refusals)
    said = [(1, "Member In Compliance State"), (2, "has bounced"), (3, "too young")]
    stub.usual = answer({"errors": [{"email": address(n), "title": title} for n, title in said]})
    done = send(people(stub, 10, call(answer=declared)))
    assert done.outcomes["state"].to_pylist()[:5] == [None, "withdrawn", "bounced", None, None]
    assert told(done) == {"accepted": 7, "refused": 2, "rejected": 1}


def test_one_by_one_each_status_means_its_own(stub: Stub, send: Callable[..., Delivered]) -> None:
    declared = Answer(
        done=(201,), waiting=(202,), exists=(409,), words=("description",),
        refusals=(Refusal("blocked", "description", "banned"), Refusal("complained", status=451)),
    )  # fmt: skip
    how = call(many=False, path="/members", answer=declared)
    stub.script = [
        answer(status=201),
        answer({"token": "t"}, 202),
        answer({"description": "Member already subscribed"}, 409),
        answer({"description": "Membership is banned"}, 400),
        answer({"description": "Invalid email address"}, 400),
        answer(status=451),
    ]
    done = send(people(stub, 6, how))
    assert done.outcomes.select(["outcome", "http_status", "state"]).to_pylist() == [
        {"outcome": outcome, "http_status": status, "state": state}
        for outcome, status, state in [
            ("accepted", 201, None),
            ("waiting", 202, None),
            ("exists", 409, None),
            ("refused", 400, "blocked"),
            ("rejected", 400, None),
            ("refused", 451, "complained"),
        ]
    ]


def test_one_bad_row_keeps_nobody_else_out(stub: Stub, send: Callable[..., Delivered]) -> None:
    bad = {address(37), address(62)}

    def judge(connection: Connection, received: Received) -> bool:
        if any(item["email"] in bad for item in received.json()["people"]):
            return answer({"message": "one of them is invalid"}, 400)(connection, received)
        return answer({"errors": []})(connection, received)

    stub.usual = judge
    done = send(people(stub, 100, call(max_items=100)))
    assert told(done) == {"accepted": 98, "rejected": 2}
    assert of(done, 37, 62) == [("rejected", "one of them is invalid")] * 2
    assert done.calls < 32
    taken = [each for each in stub.received if not any(item["email"] in bad for item in each.json()["people"])]
    sent = Counter(item["email"] for each in taken for item in each.json()["people"])
    assert set(sent.values()) == {1}


def test_where_everything_is_refused_the_run_stops(stub: Stub, send: Callable[..., Delivered]) -> None:
    stub.usual = answer({"message": "List 9 is unknown"}, 400)
    done = send(people(stub, 200, call(max_items=100)))
    assert told(done) == {"rejected": 100, "unsent": 100}
    assert str(done.stopped) == "Stub refuses everything in people: List 9 is unknown"
    assert done.calls <= 66


# --- Jobs -----------------------------------------------------------------------------------------------------------

JOB = Job(path="/jobs/{job}", state="status", finished=("done",), failed=("broken",), every=2.0, patience=20.0)
QUEUED = Answer(done=(), queued=(202,), job="id")


def jobs(job: Job, **changes: Any) -> Call:
    return call(answer=QUEUED, job=job, **changes)


def test_a_job_is_asked_for_until_it_is_done(stub: Stub, clock: ManualClock, send: Callable[..., Delivered]) -> None:
    job = replace(JOB, answer=Answer(errors="failed", key="email", words=("why",)))
    stub.script = [
        answer({"id": "j/1"}, 202),
        answer({"status": "queued"}),
        answer(status=503),
        answer({"status": "running"}),
        answer({"status": "DONE", "failed": [{"email": address(4), "why": "no"}]}),
    ]
    done = send(people(stub, 10, jobs(job)))
    assert told(done) == {"accepted": 9, "rejected": 1}
    assert of(done, 4) == [("rejected", "no")]
    assert [each.path for each in stub.received] == ["/add", *["/jobs/j%2F1"] * 4]
    assert len(clock.waits) == 3


def test_a_job_that_lists_its_errors_elsewhere_in_pages(stub: Stub, send: Callable[..., Delivered]) -> None:
    listed = Answer(errors="data", by="index", key="pointer", words=("title",))
    job = replace(
        JOB, errors_path="/jobs/{job}/errors", errors_paging=Paging(by="link", at="links.next"), answer=listed
    )
    stub.script = [
        answer({"id": "7"}, 202),
        answer({"status": "done"}),
        answer({"data": [{"pointer": "/data/1/email", "title": "a"}], "links": {"next": "/jobs/7/errors?page=2"}}),
        answer({"data": [{"pointer": "/data/8/email", "title": "b"}], "links": {"next": None}}),
    ]
    done = send(people(stub, 10, jobs(job)))
    assert told(done) == {"accepted": 8, "rejected": 2}
    assert of(done, 1, 8) == [("rejected", "a"), ("rejected", "b")]
    assert stub.received[-1].query == {"page": ["2"]}


def test_a_job_that_links_to_a_file_of_lines(stub: Stub, send: Callable[..., Delivered]) -> None:
    job = replace(JOB, errors_link="file", lines=True, answer=Answer(errors="", key="user.email", words=("error",)))
    lines = b'{"user": {"email": "person2@example.com"}, "error": "gone"}\n{"user": {"email": "person6@example.com"}}\n'
    stub.script = [
        answer({"id": "7"}, 202),
        answer({"status": "done", "file": f"{stub.base}/files/7.jsonl"}),
        answer(body=lines, Content_Type="application/octet-stream"),
    ]
    done = send(people(stub, 10, jobs(job)))
    assert told(done) == {"accepted": 8, "rejected": 2}
    assert of(done, 2, 6)[0] == ("rejected", "gone")


def test_a_file_of_errors_in_no_known_form_still_names_people(stub: Stub, send: Callable[..., Delivered]) -> None:
    job = replace(JOB, errors_link="file")
    stub.script = [
        answer({"id": "7"}, 202),
        answer({"status": "done", "file": f"{stub.base}/errors.csv"}),
        answer(body=b'email,error\n"person5@example.com",invalid mailbox\n', Content_Type="text/csv"),
    ]
    done = send(people(stub, 10, jobs(job)))
    assert of(done, 5) == [("rejected", '"…",invalid mailbox')]
    assert told(done) == {"accepted": 9, "rejected": 1}


def test_a_file_on_another_host_is_not_fetched(stub: Stub, send: Callable[..., Delivered]) -> None:
    job = replace(JOB, errors_link="file")
    stub.script = [answer({"id": "7"}, 202), answer({"status": "done", "file": "http://127.0.0.2:9/e.csv"})]
    done = send(people(stub, 10, jobs(job)))
    assert told(done) == {"queued": 10}
    assert isinstance(done.stopped, DestinationError)


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, {"accepted": 10}), (3, {"queued": 10}), (10, {"rejected": 10}), (None, {"accepted": 10})],
)
def test_a_job_that_only_counts(
    stub: Stub, send: Callable[..., Delivered], count: int | None, expected: dict[str, int]
) -> None:
    stub.script = [answer({"id": "7"}, 202), answer({"status": "done", "stats": {"errors": count}})]
    done = send(people(stub, 10, jobs(replace(JOB, rejected="stats.errors"))))
    assert told(done) == expected
    if count == 3:
        assert of(done, 0) == [("queued", "Taken; the receiver says that 3 of 10 were refused, and not which.")]


def test_a_job_that_fails_and_one_that_never_ends(stub: Stub, send: Callable[..., Delivered], tmp_path: Path) -> None:
    stub.script = [answer({"id": "7"}, 202), answer({"status": "broken"})]
    stub.usual = answer({"status": "running"})
    going = people(stub, 20, jobs(JOB))
    stub.script += [answer({"id": "8"}, 202)]
    done = send(going)
    assert told(done) == {"rejected": 10, "queued": 10}
    assert of(done, 0, 10) == [
        ("rejected", "The receiver gave the job up: broken."),
        ("queued", "Taken; not done after 20 seconds."),
    ]
    assert done.stopped is None


def test_queued_without_a_job_stays_queued(stub: Stub, send: Callable[..., Delivered]) -> None:
    stub.usual = answer(status=202)
    assert told(send(people(stub, 10, call(answer=Answer(done=(), queued=(202,)))))) == {"queued": 10}


# --- Lines that drop, servers that lie ------------------------------------------------------------------------------

BAD = {
    "dropped": (dropped, "the connection broke off before the answer was whole"),
    "dropped in the body": (dropped_in_body, "the connection broke off before the answer was whole"),
    "dropped between chunks": (dropped_in_chunks, "the connection broke off before the answer was whole"),
    "reset": (reset, "the connection broke off before the answer was whole"),
    "not HTTP": (nonsense, "the connection broke off before the answer was whole"),
    "silent": (slow(1.5, answer({"errors": []})), "no answer came within 0.5 seconds"),
    "half a document": (answer(body=b'{"errors": [{"email"'), "an answer that is no JSON document"),
    "an empty body": (answer(body=b""), "an answer that is no JSON document"),
    "a page": (answer(body=b"<html>Hi</html>", Content_Type="text/html"), "a page for people instead of an answer"),
    "broken": (answer(status=502), "status 502"),
    "broken in a way of its own": (answer(status=521), "status 521"),
    "asked to come again": (answer(status=408), "status 408"),
    "wrongly packed": (answer(body=b"not gzip", Content_Encoding="gzip"), "the answer could not be unpacked"),
}  # fmt: skip


@pytest.mark.parametrize(("bad", "why"), BAD.values(), ids=BAD)
def test_what_may_be_repeated_is(stub: Stub, send: Callable[..., Delivered], bad: Answering, why: str) -> None:
    stub.script = [bad]
    done = send(people(stub, 10, timeout=0.5))
    assert (told(done), done.calls, len(stub.received)) == ({"accepted": 10}, 2, 2)
    assert set(stub.addresses().values()) == {2}


@pytest.mark.parametrize(("bad", "why"), BAD.values(), ids=BAD)
def test_what_must_not_be_repeated_is_unknown(
    stub: Stub, send: Callable[..., Delivered], bad: Answering, why: str
) -> None:
    stub.script = [bad]
    done = send(people(stub, 20, ONCE, timeout=0.5))
    said = f"No answer came, and the receiver may have taken it; it was not sent again ({why})."
    assert told(done) == {"unknown": 10, "accepted": 10}
    assert of(done, 0) == [("unknown", said)]
    assert set(stub.addresses().values()) == {1}
    assert done.stopped is None


def test_an_answer_before_the_line_dies_counts(stub: Stub, send: Callable[..., Delivered]) -> None:
    stub.usual = dropped_after_body
    done = send(people(stub, 30, ONCE))
    assert (told(done), done.calls) == ({"accepted": 30}, 3)


def test_a_trickle_ends(stub: Stub, tmp_path: Path) -> None:
    class Hasty(ManualClock):
        """Each look at it takes a second."""

        def now(self) -> Any:
            self._now += timedelta(seconds=1)
            return self._now

    stub.usual = trickling(400, 0.005)
    with HttpTransport([stub.host], Hasty()) as transport:
        going = people(stub, 10, ONCE, timeout=5.0)
        done = deliver(going, secrets=SECRETS, transport=transport, clock=ManualClock(), journal=tmp_path / "j")
    assert told(done) == {"unknown": 10}
    assert "the answer was not whole after 5 seconds" in str(of(done, 0)[0][1])


@pytest.mark.parametrize("packed", [False, True])
def test_a_huge_answer_is_not_read(stub: Stub, send: Callable[..., Delivered], packed: bool) -> None:
    stub.usual = huge(3_000_000, packed=packed)
    done = send(people(stub, 10, ONCE), max_answer=1_000_000)
    assert told(done) == {"unknown": 10}
    assert "the answer is longer than 1,000,000 bytes" in str(of(done, 0)[0][1])


def test_a_receiver_that_is_gone_stops_the_run(stub: Stub, clock: ManualClock, send: Callable[..., Delivered]) -> None:
    stub.usual = dropped
    done = send(people(stub, 50))
    assert told(done) == {"retry": 20, "unsent": 30}
    assert isinstance(done.stopped, DestinationUnavailableError)
    assert done.calls == 12


def test_nobody_listens(tmp_path: Path, clock: ManualClock) -> None:
    with Stub() as gone:
        base, host = gone.base, gone.host
    going = outgoing(base, (push(), ONCE, items(range(50))), pace=Pace(timeout=2.0))
    with HttpTransport([host], clock) as transport:
        done = deliver(going, secrets=SECRETS, transport=transport, clock=clock, journal=tmp_path / "j")
    # Nothing can have arrived, so even what must not be repeated may be tried again.
    assert told(done) == {"retry": 20, "unsent": 30}
    assert done.calls == 12


LIES = {
    "must": (Answer(must={"Success": 1}), {"Success": 0, "message": "quota"}, "quota"),
    "must is missing": (Answer(must={"Success": 1}), {"fine": True}, "the answer lacks Success = 1"),
    "success is false": (Answer(), {"success": False, "message": "nope"}, "nope"),
    "an error": (Answer(), {"error": {"message": "List is gone"}}, "List is gone"),
    "status": (Answer(), {"status": "error", "message": "bad"}, "bad"),
}


@pytest.mark.parametrize(("declared", "document", "words"), LIES.values(), ids=LIES)
def test_a_200_that_means_no(
    stub: Stub, send: Callable[..., Delivered], declared: Answer, document: Any, words: str
) -> None:
    stub.usual = answer(document)
    done = send(people(stub, 10, call(answer=declared)))
    assert set(of(done, *range(10))) == {("rejected", words)}


# --- Elsewhere, and without right -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nothing_is_followed(stub: Stub, send: Callable[..., Delivered], status: int) -> None:
    with Stub() as other:
        stub.usual = answer(status=status, Location=f"{other.base}/add")
        done = send(people(stub, 20))
        assert other.received == []
    assert told(done) == {"fatal": 10, "unsent": 10}
    assert isinstance(done.stopped, DestinationRefusedError)
    assert "points to another address" in str(done.stopped)


def test_only_named_hosts_are_asked(stub: Stub, clock: ManualClock, tmp_path: Path) -> None:
    with HttpTransport(["api.example.com"], clock) as transport:
        done = deliver(people(stub), secrets=SECRETS, transport=transport, clock=clock, journal=tmp_path / "j")
    assert told(done) == {"unsent": 10}
    assert isinstance(done.stopped, DestinationError)
    assert stub.received == []


def test_credentials_refused_stop_everything(stub: Stub, send: Callable[..., Delivered]) -> None:
    stub.script = [answer({"errors": []}), answer({"message": f"Key {SECRET_TEXT} is not valid"}, 401)]
    done = send(people(stub, 30))
    assert told(done) == {"accepted": 10, "credentials": 10, "unsent": 10}
    assert isinstance(done.stopped, CredentialsRefusedError)
    assert done.stopped.exit_code == 30
    assert str(done.stopped) == "Stub does not accept the credentials (status 401): Key … is not valid."


def test_403_is_the_key_until_it_opened_the_door(stub: Stub, send: Callable[..., Delivered]) -> None:
    stub.usual = answer({"message": "Missing scope"}, 403)
    assert told(send(people(stub, 20))) == {"credentials": 10, "unsent": 10}


def test_403_for_one_request_later_is_about_it(stub: Stub, send: Callable[..., Delivered]) -> None:
    stub.script = [answer({"errors": []}), answer({"message": "Not these"}, 403)]
    done = send(people(stub, 30))
    assert told(done) == {"accepted": 20, "rejected": 10}
    assert done.stopped is None


def test_a_list_that_does_not_exist_stops_the_run(stub: Stub, send: Callable[..., Delivered]) -> None:
    stub.usual = answer({"title": "Resource Not Found"}, 404)
    done = send(people(stub, 20))
    assert told(done) == {"fatal": 10, "unsent": 10}
    assert str(done.stopped) == "Stub refuses the push people (status 404): Resource Not Found."


def test_a_person_who_does_not_exist_does_not(stub: Stub, send: Callable[..., Delivered]) -> None:
    stub.script = [answer({}), answer(status=404), answer({})]
    how = call(many=False, path="/members/{md5_email}", method="PUT", answer=Answer())
    done = send(people(stub, 3, how))
    assert told(done) == {"accepted": 2, "rejected": 1}
    assert [each.method for each in stub.received] == ["PUT"] * 3


# --- Order ----------------------------------------------------------------------------------------------------------


def both(stub: Stub, size: int = 20, pace: Pace | None = None) -> Outgoing:
    stop = push("stopped", call="stop", **SUPPRESSING)
    return outgoing(
        stub.base,
        (push("people"), call(), items(range(size))),
        (stop, call("stop"), items(range(100, 100 + size))),
        pace=pace or Pace(timeout=5.0, attempts=2),
    )


def test_suppressions_are_answered_before_anybody_is_subscribed(stub: Stub, send: Callable[..., Delivered]) -> None:
    stub.usual = slow(0.02, answer({"errors": []}))
    done = send(both(stub, 60), in_flight=6)
    paths = [each.path for each in stub.received]
    assert paths == ["/stop"] * 6 + ["/add"] * 6
    assert done.outcomes["push"].to_pylist() == ["people"] * 60 + ["stopped"] * 60


@pytest.mark.parametrize(
    "bad",
    [answer(status=500), dropped, answer({"message": "no"}, 409), answer(status=429, Retry_After="9999")],
    ids=["broken", "dropped", "refused as a whole", "throttled"],
)
def test_where_a_suppression_fails_nobody_is_subscribed(
    stub: Stub, send: Callable[..., Delivered], bad: Answering
) -> None:
    stub.script = [answer({"errors": []})]
    stub.usual = bad
    done = send(both(stub))
    assert {each.path for each in stub.received} == {"/stop"}
    assert set(done.outcomes["outcome"].to_pylist()[:20]) == {"unsent"}
    assert done.stopped is not None


def test_one_address_that_cannot_be_suppressed_holds_nobody_up(stub: Stub, send: Callable[..., Delivered]) -> None:
    stub.script = [answer({"errors": [{"email": address(101), "message": "no such address"}]})]
    done = send(both(stub))
    assert told(done) == {"accepted": 39, "rejected": 1}


# --- Several at a time ----------------------------------------------------------------------------------------------


def test_several_at_a_time_keep_the_order_of_outcomes(stub: Stub, send: Callable[..., Delivered]) -> None:
    def judge(connection: Connection, received: Received) -> bool:
        listed = [item["email"] for item in received.json()["people"] if int(item["email"][6:-12]) % 7 == 0]
        document = {"errors": [{"email": email, "message": "seventh"} for email in listed]}
        return slow(0.01, answer(document))(connection, received)

    stub.usual = judge
    done = send(people(stub, 400), in_flight=8)
    assert [outcome == "rejected" for outcome in done.outcomes["outcome"].to_pylist()] == [
        number % 7 == 0 for number in range(400)
    ]
    assert done.outcomes["item_id"].to_pylist() == [f"{number:032x}" for number in range(400)]
    assert set(stub.addresses().values()) == {1}
    assert 2 <= stub.most_at_once <= 8
    assert done.calls == 40


def test_several_at_a_time_keep_the_rate_together(
    stub: Stub, clock: ManualClock, send: Callable[..., Delivered]
) -> None:
    done = send(people(stub, 200, call(max_items=10), rates=(Rate(5, 1),)), in_flight=4)
    assert told(done) == {"accepted": 200}
    # Twenty requests, five a second: at least three seconds pass, however many wait for them.
    assert clock.now() - ManualClock().now() >= timedelta(seconds=3)


def test_several_at_a_time_stop_together(stub: Stub, send: Callable[..., Delivered]) -> None:
    stub.script = [answer({"errors": []})] * 5
    stub.usual = slow(0.01, answer(status=401))
    done = send(people(stub, 1000), in_flight=4)
    found = told(done)
    assert found["accepted"] == 50
    assert 10 <= found["credentials"] <= 40
    assert found["unsent"] == 1000 - 50 - found["credentials"]


# --- Secrets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "auth",
    [
        Auth("bearer", {"key": "x"}, "key"),
        Auth("header", {"key": "x"}, "key", header="X-Key", prefix="Api "),
        Auth("basic", {"key": "x"}, "key", user="me"),
        Auth("basic", {"key": "x"}, "key", user_secret="key"),
        Auth("query", {"key": "x"}, "key", header="api_key"),
    ],
    ids=["bearer", "header", "basic", "basic with a secret user", "query"],
)
def test_secrets_arrive_and_appear_nowhere_else(
    stub: Stub, clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture, auth: Auth
) -> None:
    stub.script = [
        answer({"errors": [{"email": address(1), "message": f"{SECRET_TEXT} said person1@example.com"}]}),
        answer({"message": f"wrong key {SECRET_TEXT}"}, 401),
    ]
    going = outgoing(stub.base, (push(), call(), items(range(30))), auth=auth, pace=Pace(timeout=5.0))
    with caplog.at_level(logging.DEBUG), HttpTransport([stub.host], clock) as transport:
        done = deliver(going, secrets=SECRETS, transport=transport, clock=clock, journal=tmp_path / "plan.journal")
    first = stub.received[0]
    shown = [base64.b64encode(f"{user}:{SECRET_TEXT}".encode()).decode() for user in ("me", SECRET_TEXT)]
    arrived = f"{first.headers} {first.query}"
    assert any(text in arrived for text in (SECRET_TEXT, *shown))
    kept = [
        (tmp_path / "plan.journal").read_text(),
        caplog.text,
        str(done),
        repr(done.stopped),
        str(done.outcomes["words"].to_pylist()),
        repr(SECRETS),
    ]
    for text in kept:
        for secret in (SECRET_TEXT, *shown):
            assert secret not in text
        assert "person1@" not in text


def test_a_lost_line_names_neither_address_nor_key(stub: Stub, clock: ManualClock) -> None:
    stub.usual = dropped
    request = Request("POST", f"{stub.base}/a?key={SECRET_TEXT}", {"x": SECRET_TEXT}, b"person1@example.com")
    with HttpTransport([stub.host], clock) as transport, pytest.raises(Unanswered) as caught:
        transport.send(request, 2.0)
    assert SECRET_TEXT not in f"{caught.value!r} {caught.value.__cause__!r} {request!r}"
    assert caught.value.__suppress_context__


# --- Certificates ---------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for loopback that nobody vouches for, and its key."""
    program = shutil.which("openssl")
    if program is None:
        needing.absent("openssl is not installed")
    made, key = tmp_path / "made.pem", tmp_path / "key.pem"
    command = [str(program), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(made), "-days", "2", "-subj", "/CN=stub"]
    subprocess.run([*command, "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return made, key


def test_whoever_cannot_prove_who_he_is_gets_nothing(
    clock: ManualClock, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    with Stub(certificate=certificate) as stub:
        going = outgoing(f"https://{stub.host}", (push(), ONCE, items(range(10))), pace=Pace(timeout=5.0, attempts=2))
        with HttpTransport([stub.host], clock) as transport:
            done = deliver(going, secrets=SECRETS, transport=transport, clock=clock, journal=tmp_path / "journal")
        assert stub.received == []
        assert of(done, 0) == [("retry", "Tried without success: no connection could be made.")]
        trusting = ssl.create_default_context(cafile=certificate[0])
        with HttpTransport([stub.host], clock, verify=trusting) as transport:
            done = deliver(going, secrets=SECRETS, transport=transport, clock=clock, journal=tmp_path / "journal")
        assert told(done) == {"accepted": 10}
        assert len(stub.received) == 1
