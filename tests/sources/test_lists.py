"""What mailing lists and CRMs say, word by word: each status is the right event, and nothing is read into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiencevault.export import open_exports
from audiencevault.sources import table_words
from audiencevault.sources.importer import Claim, ImportContext, discover, identify
from audiencevault.sources.tabular import importer_from_spec
from audiencevault.sources.testing import Reading, check_reading, extract


def claim_of(root: Path, content: str, source: str) -> Claim:
    (root / "list.csv").write_text(content)
    exports, _ = open_exports([root / "list.csv"])
    (claim,) = identify(exports, discover())
    assert claim.source == source
    return claim


def said(root: Path, content: str, source: str) -> list[tuple[str, str | None, str | None, bool]]:
    reading: Reading = extract(claim_of(root, content, source), ImportContext())
    assert check_reading(reading) == []
    return [
        (row["event_type"], row["state"], row["detail"], row["occurred_at"] is not None)
        for row in reading.events.to_pylist()
        if row["event_type"] not in ("relationship", "activity")
    ]


@pytest.mark.parametrize(
    ("state", "reason", "events"),
    [
        ("SUBSCRIBED", "", [("observed", "subscribed", None, True)]),
        ("UNSUBSCRIBED", "", [("withdrawn", None, None, True)]),
        ("NEVER_SUBSCRIBED", "", []),
        ("", "HARD_BOUNCE", [("suppressed", None, "hard_bounce", False)]),
        ("", "INVALID_EMAIL", [("suppressed", None, "invalid", False)]),
        ("", "SPAM_COMPLAINT", [("complained", None, None, False)]),
        ("", "UNSUBSCRIBE", [("withdrawn", None, None, False)]),
        ("", "USER_SUPPRESSED", [("suppressed", None, "manual", False)]),
        ("", '"HARD_BOUNCE, SPAM_COMPLAINT"', [("complained", None, None, False)]),
        ("", "A_REASON_OF_2031", [("suppressed", None, "manual", False)]),
        ("", "[]", []),
    ],
)
def test_klaviyo(
    tmp_path: Path, state: str, reason: str, events: list[tuple[str, str | None, str | None, bool]]
) -> None:
    header = "Email,Klaviyo ID,Email Marketing Consent,Email Marketing Consent Timestamp,Email Suppressions"
    row = f"ida@example.com,01A,{state},2025-03-02T02:24:25Z,{reason}"
    assert said(tmp_path, f"{header}\n{row}\n", "klaviyo.profiles") == events


@pytest.mark.parametrize(
    ("status", "left", "events"),
    [
        ("active", "", [("observed", "subscribed", None, True)]),
        (
            "active",
            "2025-06-07 08:09:10 UTC",
            [("observed", "subscribed", None, True), ("withdrawn", None, None, True)],
        ),
        ("inactive", "", [("withdrawn", None, None, False)]),
        ("pending", "", [("requested", None, None, True)]),
        ("paused", "", []),
    ],
)
def test_beehiiv(
    tmp_path: Path, status: str, left: str, events: list[tuple[str, str | None, str | None, bool]]
) -> None:
    content = (
        f"email,status,tier,created_at,unsubscribed_at\nida@example.com,{status},free,2024-05-06 07:08:09 UTC,{left}\n"
    )
    assert said(tmp_path, content, "beehiiv.subscribers") == events


@pytest.mark.parametrize(
    ("state", "events"),
    [
        ("active", [("observed", "subscribed", None, True)]),
        ("unconfirmed", [("requested", None, None, True)]),
        ("cancelled", [("withdrawn", None, None, False)]),
        ("bounced", [("suppressed", None, "hard_bounce", False)]),
        ("complained", [("complained", None, None, False)]),
    ],
)
def test_kit(tmp_path: Path, state: str, events: list[tuple[str, str | None, str | None, bool]]) -> None:
    content = f"first_name,email_address,state,created_at\nIda,ida@example.com,{state},2025-03-03\n"
    assert said(tmp_path, content, "kit.subscribers") == events


@pytest.mark.parametrize(
    ("status", "permission", "events"),
    [
        ("Active", "Express", [("observed", "subscribed", None, False)]),
        ("Active", "Implied", []),
        ("Unsubscribed", "Implied", [("withdrawn", None, None, False)]),
        ("Bounced", "Implied", [("suppressed", None, "hard_bounce", False)]),
    ],
)
def test_constant_contact(
    tmp_path: Path, status: str, permission: str, events: list[tuple[str, str | None, str | None, bool]]
) -> None:
    content = f"Email address,Email status,Email permission status\nida@example.com,{status},{permission}\n"
    assert said(tmp_path, content, "constantcontact.contacts") == events


@pytest.mark.parametrize("flag", ["Marketing contact", "Non-marketing contact"])
def test_a_billing_flag_and_a_legal_basis_are_no_consent(tmp_path: Path, flag: str) -> None:
    header = "Record ID,Email,Marketing contact status,Legal basis for processing contact's data"
    row = f"1,ida@example.com,{flag},Freely given consent from contact"
    assert said(tmp_path, f"{header}\n{row}\n", "hubspot.contacts") == []


def test_a_double_opt_in_keeps_its_level_without_a_date(tmp_path: Path) -> None:
    content = (
        "Person - Name,Person - Email - Work,Person - Phone - Work,Person - Double opt-in\nIda,ida@example.com,,Yes\n"
    )
    events = extract(claim_of(tmp_path, content, "pipedrive.people"), ImportContext()).events.to_pylist()
    (stated,) = [row for row in events if row["event_type"] == "observed"]
    assert (stated["state"], stated["opt_in_level"], stated["occurred_at"]) == ("subscribed", "confirmed", None)


def test_the_blocklist_is_told_channel_by_channel(tmp_path: Path) -> None:
    content = (
        "EMAIL;SMS;ADDED_TIME;MODIFIED_TIME;_SUBSCRIBED;_BLOCKLISTED\n"
        "ida@example.com;12025550158;01-02-2025;01-02-2025;email_marketing;sms_marketing\n"
    )
    events = extract(claim_of(tmp_path, content, "brevo.contacts"), ImportContext()).events.to_pylist()
    assert [(row["channel"], row["event_type"]) for row in events if row["event_type"] != "relationship"] == [
        ("email", "observed"),
        ("sms", "suppressed"),
    ]


@pytest.mark.parametrize(
    "question",
    [
        "I do not want to receive your newsletter",
        "Please don't e-mail me offers by e-mail, I want to receive none",
        "Ich möchte keinen Newsletter erhalten",
        "Je ne souhaite pas recevoir la newsletter",
        "No quiero recibir el boletín",
        "Ik wil geen nieuwsbrief ontvangen",
    ],
)
def test_a_negated_question_is_nobodys_permission(question: str) -> None:
    assert table_words.consent_question(question) is None


TYPEFORM = "#,Email,Start Date (UTC),Submit Date (UTC),Network ID"


@pytest.mark.parametrize(
    ("question", "answer", "events"),
    [
        ("May we e-mail you our newsletter?", "Yes", ["granted"]),
        ("May we e-mail you our newsletter?", "1", ["granted"]),
        ("May we e-mail you our newsletter?", "I accept", ["granted"]),
        ("May we e-mail you our newsletter?", "Yes but not daily", []),
        ("May we e-mail you our newsletter?", "maybe", []),
        ("May we e-mail you our newsletter?", "", []),
        ("May we e-mail you our newsletter?", "0", ["refused"]),
        ("May we e-mail you our newsletter?", "No thanks", ["refused"]),
        ("Consent", "I want to receive offers by e-mail", ["granted"]),
        ("Consent", "I do not want to receive offers by e-mail", []),
        ("Consent", "I agree to the terms", []),
        ("How did you hear of us?", "I want to receive offers by e-mail", []),
        ("Do you accept our terms?", "Yes", []),
        ("May we text you by SMS?", "Yes", []),
    ],
)
def test_a_form_gives_consent_only_where_it_asks_for_it(
    tmp_path: Path, question: str, answer: str, events: list[str]
) -> None:
    row = f"abcdef0123456789,ida@example.com,2026-05-04 10:00:00,2026-05-04 10:05:00,0a,{answer}"
    reading = extract(claim_of(tmp_path, f"{TYPEFORM},{question}\n{row}\n", "typeform.responses"), ImportContext())
    assert check_reading(reading) == []
    found = reading.events.to_pylist()
    assert [event["event_type"] for event in found] == events
    for event in found:
        assert event["notice_text"].startswith(question)
        assert answer in event["notice_text"] or len(answer) < 9
        assert (event["occurred_at"].isoformat(), event["capture_method"]) == ("2026-05-04T10:05:00+00:00", "web_form")


def test_addresses_of_people_who_answered_nothing_are_not_kept(tmp_path: Path) -> None:
    header = f"{TYPEFORM},A friend's e-mail,Parent's phone number,Their name"
    row = "abcdef0123456789,ida@example.com,,2026-05-04 10:05:00,0a,tom@example.org,+12025550150,Tom"
    reading = extract(claim_of(tmp_path, f"{header}\n{row}\n", "typeform.responses"), ImportContext())
    (record,) = reading.records.to_pylist()
    assert [point["raw"] for point in record["points"]] == ["ida@example.com"]
    assert "tom@example.org" not in str(record)
    assert "+12025550150" not in str(record)


def test_counted_responses_of_two_forms_do_not_share_a_key(tmp_path: Path) -> None:
    row = "1,ida@example.com,,2020-05-04 10:05:00,0a"
    reading = extract(claim_of(tmp_path, f"{TYPEFORM}\n{row}\n", "typeform.responses"), ImportContext())
    assert reading.records.column("source_key").to_pylist() == ["ida@example.com"]


def test_a_table_that_begins_with_something_called_timestamp_is_no_form(tmp_path: Path) -> None:
    claim_of(tmp_path, "Timestamp,Email Address\nspring,ida@example.com\n", "table.generic")
    claim_of(tmp_path, "Email Address,Timestamp\nida@example.com,2026/05/04 10:00:00\n", "table.generic")


def test_the_owner_and_the_guests_of_a_meeting_are_not_its_invitees(tmp_path: Path) -> None:
    content = (
        "Invitee Name,Invitee Email,Event Type Name,Start Date & Time,Event Created Date & Time,"
        "Invitee accepted marketing emails,Guest Email(s),User Email\n"
        "Ida,ida@example.com,Call,2026-05-10 10:00 am,2026-05-04 09:08 pm,false,guest@example.org,Olga@example.net\n"
        "Tom,tom@example.com,Call,2026-05-10 10:00 am,2026-05-04 09:08 pm,,,olga@example.net\n"
    )
    reading = extract(claim_of(tmp_path, content, "calendly.events"), ImportContext())
    assert check_reading(reading) == []
    assert [point.raw for point in reading.owner] == ["olga@example.net"]
    kept = str(reading.records.to_pylist())
    assert "tom@example.com" in kept
    assert "guest@example.org" not in kept
    assert "lga@example.net" not in kept
    assert reading.events.num_rows == 0


@pytest.mark.parametrize(
    ("column", "cell", "events"),
    [
        ("Unsubscribed", "2025-06-07 08:09:10", [("withdrawn", None, None, True)]),
        ("Unsubscribed", "yes", [("withdrawn", None, None, False)]),
        ("Unsubscribed", "", []),
        ("Email opt-out", "2025-06-07T08:09:10Z", [("withdrawn", None, None, True)]),
        ("Email Opt Out", "TRUE", [("withdrawn", None, None, False)]),
        ("Email Opt Out", "FALSE", []),
        ("Status", "Hard bounced", [("suppressed", None, "hard_bounce", False)]),
        ("Status", "Spam complaint", [("complained", None, None, False)]),
        ("Status", "Blocklisted", [("suppressed", None, "manual", False)]),
        ("Status", "Active", []),
        ("Opt-in date", "2025-06-07", []),
    ],
)
def test_the_opt_outs_of_an_unknown_list_are_obeyed(
    tmp_path: Path, column: str, cell: str, events: list[tuple[str, str | None, str | None, bool]]
) -> None:
    content = f"Subscriber,Name,{column}\nida@example.com,Ida,{cell}\n"
    assert said(tmp_path, content, "table.generic") == events


def test_the_spec_for_stop_replies_works_as_printed(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "importers" / "other-lists.md"
    (tmp_path / "stops.toml").write_text(page.read_text("utf-8").split("```toml\n")[1].split("```")[0])
    (tmp_path / "stops.csv").write_text("Number,Stopped at,Sender\n'+12025550160,2026-05-04T10:00:00Z,+12025550100\n")
    exports, _ = open_exports([tmp_path / "stops.csv"])
    (claim,) = importer_from_spec(tmp_path / "stops.toml").identify(exports[0])
    (event,) = extract(claim, ImportContext()).events.to_pylist()
    assert (event["event_type"], event["channel"], event["raw"], event["capture_method"]) == (
        "withdrawn", "sms", "+12025550160", "reply_stop",
    )  # fmt: skip
    assert event["occurred_at"].isoformat() == "2026-05-04T10:00:00+00:00"
