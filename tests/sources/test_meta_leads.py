from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from audiencevault.export import open_exports
from audiencevault.sources import table_words
from audiencevault.sources.importer import Claim, ImportContext, discover, identify
from audiencevault.sources.testing import Reading, check_reading, extract

FIXED = "id,created_time,ad_id,ad_name,form_id,form_name,is_organic,platform"
TIME = "2026-05-04T10:11:12+02:00"


def claim_of(root: Path, content: str | bytes) -> Claim:
    (root / "leads.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    exports, _ = open_exports([root / "leads.csv"])
    (claim,) = identify(exports, discover())
    assert claim.source == "meta.leads"
    return claim


def lead(root: Path, questions: str, answers: str) -> Reading:
    content = f"{FIXED},{questions},lead_status\nl:1,{TIME},ag:2,Spring,f:4,Form,FALSE,ig,{answers},complete\n"
    reading = extract(claim_of(root, content), ImportContext())
    assert check_reading(reading) == []
    return reading


@pytest.mark.parametrize(
    ("question", "channel"),
    [
        ("may_we_email_you?", "email"),
        ("would_you_like_to_receive_our_newsletter?", "email"),
        ("i_agree_to_receive_marketing_emails", "email"),
        ("newsletter", "email"),
        ("can_we_text_you?", "sms"),
        ("dürfen_wir_sie_per_e-mail_kontaktieren?", "email"),
        ("möchten_sie_unseren_newsletter_erhalten?", "email"),
        ("souhaitez-vous_recevoir_nos_offres_par_e-mail_?", "email"),
        ("¿quieres_recibir_nuestro_boletín?", "email"),
        ("vuoi_ricevere_la_newsletter?", "email"),
        ("deseja_receber_a_newsletter?", "email"),
        ("wil_je_onze_nieuwsbrief_ontvangen?", "email"),
        ("vill_du_få_vårt_nyhetsbrev?", "email"),
        ("vil_du_modtage_vores_nyhedsbrev?", "email"),
        ("czy_chcesz_otrzymywać_newsletter?", "email"),
    ],
)
def test_a_question_for_permission(tmp_path: Path, question: str, channel: str) -> None:
    yes = lead(tmp_path, f"email,phone_number,{question}", "ida@example.com,p:+12025550147,yes").events.to_pylist()
    (granted,) = [row for row in yes if row["event_type"] == "granted"]
    assert (granted["channel"], granted["notice_text"], granted["capture_method"], granted["opt_in_level"]) == (
        channel, question, "lead_ad", "single",
    )  # fmt: skip
    assert granted["occurred_at"] == datetime(2026, 5, 4, 8, 11, 12, tzinfo=UTC)
    assert granted["raw"] == ("ida@example.com" if channel == "email" else "+12025550147")
    no = lead(tmp_path, f"email,phone_number,{question}", "ida@example.com,p:+12025550147,no").events.to_pylist()
    assert [row["event_type"] for row in no if row["channel"] == channel] == ["refused"]


@pytest.mark.parametrize(
    "question",
    [
        "what_is_your_email?",
        "do_you_use_email_marketing?",
        "do_you_have_a_newsletter?",
        "did_you_receive_our_email?",
        "how_many_emails_do_you_send?",
        "do_you_want_to_get_more_emails_from_customers?",
        "how_may_we_contact_you?",
        "may_we_contact_you?",
        "which_newsletter_do_you_read?",
        "do_you_agree_to_the_terms?",
        "unsubscribe_me_from_the_newsletter",
        "do_you_burn_candles?",
    ],
)
def test_a_question_for_something_else(tmp_path: Path, question: str) -> None:
    assert table_words.consent_question(question) is None
    reading = lead(tmp_path, f"full_name,email,{question}", "Ida Falk,ida@example.com,yes")
    assert {row["event_type"] for row in reading.events.to_pylist()} == {"activity"}
    assert dict(reading.records.to_pylist()[0]["extra"])[question] == "yes"


def test_an_answer_that_is_neither_yes_nor_no_is_kept(tmp_path: Path) -> None:
    reading = lead(tmp_path, "email,may_we_email_you?", "ida@example.com,only_in_spring")
    assert {row["event_type"] for row in reading.events.to_pylist()} == {"activity"}
    assert dict(reading.records.to_pylist()[0]["extra"])["may_we_email_you?"] == "only_in_spring"


def test_prefixes_go_once_and_only_where_they_belong(tmp_path: Path) -> None:
    reading = lead(tmp_path, "full_name,phone_number,zip_code,favourite", "as: Ida,p:+12025550147,z:21120,f:fig")
    (record,) = reading.records.to_pylist()
    assert (record["source_key"], record["full_name"], record["postcode"]) == ("1", "as: Ida", "21120")
    assert record["points"][0]["raw"] == "+12025550147"
    assert dict(record["extra"])["favourite"] == "f:fig"


def test_an_address_as_the_answer_to_any_question(tmp_path: Path) -> None:
    reading = lead(tmp_path, "full_name,where_do_we_write_to?", "Ida Falk,ida@example.com")
    assert [row["raw"] for row in reading.events.to_pylist()] == ["ida@example.com"]


def test_test_leads_are_nobody(tmp_path: Path) -> None:
    reading = lead(tmp_path, "full_name,email", "<test lead: dummy data for full_name>,test@example.com")
    assert (reading.records.num_rows, reading.skipped) == (0, {"test_lead": 1})


def test_a_form_without_such_a_question_says_so(tmp_path: Path) -> None:
    claim = claim_of(tmp_path, f"{FIXED},email\nl:1,{TIME},,,,,TRUE,fb,ida@example.com\n")
    assert "inquiries, not consent" in claim.notes[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    content = f"{FIXED},full_name,email\nl:1,{TIME},,,,,TRUE,fb,Zoë,ida@example.com\n".replace(",", delimiter)
    reading = extract(claim_of(tmp_path, content.encode(encoding)), ImportContext())
    assert reading.records.column("full_name").to_pylist() == ["Zoë"]
