"""What mailing lists and CRMs say, word by word: each status is the right event, and nothing is read into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiencevault.export import open_exports
from audiencevault.sources import table_words
from audiencevault.sources.importer import Claim, ImportContext, discover, identify
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
