"""By when a "no" has to be known everywhere."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from audiencevault.audience import SUPPRESSED
from audiencevault.consent.deadlines import due_at, open_noes, sentence, shortest
from audiencevault.consent.policy import Deadline, policy
from audiencevault.records import DELIVERIES

from .worlds import AS_OF, date

# 20 November 2026 is a Friday.
FRIDAY = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (Deadline(("email",), 48, None), "2026-11-22T09:00"),
        (Deadline(("sms",), None, 1), "2026-11-23T09:00"),
        (Deadline(("sms",), None, 5), "2026-11-27T09:00"),
        (Deadline(("sms",), None, 10), "2026-12-04T09:00"),
        (Deadline(("sms",), 0, None), "2026-11-20T09:00"),
    ],
)
def test_when_a_no_is_due(limit: Deadline, expected: str) -> None:
    assert due_at(FRIDAY, limit) == date(expected)


def test_the_soonest_limit_counts_and_for_mail_the_providers() -> None:
    assert shortest(policy(), "email") == Deadline(("email",), 48, None)
    limit = shortest(policy(), "sms")
    assert limit is not None
    assert limit.hours == 0
    assert shortest(policy(), "push") is None


def noes(*rows: tuple[str, str, str]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {"channel": "email", "point_kind": "email", "point": point, "state": state, "since": date(since)}
            for point, state, since in rows
        ],
        SUPPRESSED,
    )


SAID = noes(
    ("ida@example.com", "withdrawn", "2026-11-20T18:00"),
    ("bo@example.org", "complained", "2026-10-01"),
    ("ylva@example.net", "bounced", "2026-11-20T18:00"),
)


def test_without_deliveries_every_no_counts_once() -> None:
    (due,) = open_noes(SAID, DELIVERIES.empty_table(), policy(), AS_OF)
    assert (due.receiver, due.count, due.overdue, due.next) == ("", 2, 1, date("2026-11-22T18:00"))
    assert sentence(due) == (
        "2 people said no by email and whoever else holds the address has to know; 1 past the deadline; "
        "the next is due 2026-11-22 18:00 UTC."
    )
    assert open_noes(noes(), DELIVERIES.empty_table(), policy(), AS_OF) == []


def test_a_receiver_is_to_be_told_what_it_was_given() -> None:
    given = [
        ("mailchimp", "ida@example.com", "2026-01-01", "sent"),
        ("mailchimp", "bo@example.org", "2026-01-01", "sent"),
        ("mailchimp", "bo@example.org", "2026-10-02", "suppressed"),
        ("klaviyo", "kim@example.org", "2026-01-01", "sent"),
    ]
    deliveries = pa.Table.from_pylist(
        [
            {"destination": name, "point_kind": "email", "point_key": point, "at": date(at), "status": status}
            for name, point, at, status in given
        ],
        DELIVERIES,
    )
    (due,) = open_noes(SAID, deliveries, policy(), AS_OF)
    assert (due.receiver, due.count, due.overdue) == ("mailchimp", 1, 0)


@pytest.mark.parametrize(
    ("rows", "owed"),
    [
        ([("subscribed", "accepted", "2026-01-01")], 1),
        ([("subscribed", "unknown", "2026-01-01")], 1),
        ([("subscribed", "rejected", "2026-01-01")], 0),
        ([("subscribed", "accepted", "2026-01-01"), ("unsubscribed", "accepted", "2026-11-01")], 0),
        ([("subscribed", "accepted", "2026-01-01"), ("cleaned", "queued", "2026-11-01")], 0),
        ([("subscribed", "accepted", "2026-01-01"), ("unsubscribed", "rejected", "2026-11-01")], 1),
        ([("subscribed", "accepted", "2026-01-01"), ("unsubscribed", "unknown", "2026-11-01")], 1),
    ],
)
def test_a_push_tells_a_no_only_where_it_was_taken(rows: list[tuple[str, str, str]], owed: int) -> None:
    deliveries = pa.Table.from_pylist(
        [
            {"destination": "brevo", "point_kind": "email", "point_key": "ida@example.com", "at": date(at),
             "status": status, "outcome": outcome, "plan_id": "p"}
            for status, outcome, at in rows
        ],
        DELIVERIES,
    )  # fmt: skip
    assert sum(due.count for due in open_noes(SAID, deliveries, policy(), AS_OF)) == owed
