"""The 53 cases of the consent rules, by their ids, as one table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from audiencevault.consent.replies import mean_stop
from audiencevault.engine.duckdb import DuckDBEngine

from .worlds import COUNTRY_OF, SOI, TCPA, Event, Record, World, answers, together

IDS = tuple(f"{number:02d}" for number in range(1, 54))


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(threads=1) as opened:
        yield opened


def yes(at: str | None, **more: Any) -> Event:
    return Event("granted", at, **more)


def no(at: str | None, **more: Any) -> Event:
    return Event("withdrawn", at, **more)


def said_yes(snapshot: str | None = None, **more: Any) -> Event:
    return Event("observed", None, state="subscribed", level="unknown", snapshot=snapshot, **more)


def buy(at: str, **more: Any) -> Event:
    return Event("activity", at, detail="purchase", **more)


def inquiry(at: str, **more: Any) -> Event:
    return Event("activity", at, detail="inquiry", **more)


def soft_opt_in(at: str, **conditions: bool) -> Event:
    return Event("basis_recorded", at, basis="soft_opt_in", conditions={**SOI, **conditions})


def interest(at: str, **conditions: bool) -> Event:
    return Event("basis_recorded", at, basis="legitimate_interest", conditions=conditions)


def tie(at: str | None = None, **more: Any) -> Event:
    return Event("relationship", at, **more)


PHONE = (("phone", "+12025550142"),)
DUTCH = "+31201234567"
# 22:30 in Washington, whose area code 202 is.
HALF_PAST_TEN = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)


def one(preset: str, *events: Event, points: tuple[tuple[str, str], ...] | None = None, **more: Any) -> World:
    held = points or tuple(sorted({(event.kind, event.point) for event in events})) or (("email", "ida@example.com"),)
    return World({"r1": Record(held, COUNTRY_OF[preset])}, events, **more)


def sms(event: str, at: str | None, **more: Any) -> Event:
    return Event(event, at, kind="phone", point=PHONE[0][1], channel="sms", **more)


def message(at: str) -> Event:
    """Somebody wrote to the shop."""
    return Event("activity", at, detail="message", kind="phone", point=DUTCH, channel="whatsapp")


def reply(text: str, at: str) -> tuple[Event, ...]:
    """What a reply by text message becomes: a withdrawal where it means stop, else nothing."""
    means_stop = mean_stop(pa.array([text]))[0].as_py()
    return (sms("withdrawn", at, method="reply_stop"),) if means_stop else ()


# id: (preset, world, question, expected answers as point -> (mailable, reason))
IDA = "ida@example.com"
TWO = {"r1": Record((("email", "a@example.com"),), "NL"), "r2": Record((("email", "b@example.org"),), "NL")}
TWO_CA = {"r1": Record((("email", "a@example.com"),), "CA"), "r2": Record((("email", "b@example.org"),), "CA")}
A, B = {"point": "a@example.com", "record": "r1"}, {"point": "b@example.org", "record": "r2"}
CASES: list[tuple[str, World, dict[str, Any], dict[str, tuple[bool, str]]]] = [
    ("01", one("eu_gdpr", yes("2025-03-01")), {}, {IDA: (True, "OK_CONSENT")}),
    ("02", one("de_doi", yes("2025-12-01")), {}, {IDA: (False, "NO_LEVEL")}),
    ("03", one("de_doi", Event("requested", "2026-01-10T08:00"), Event("confirmed", "2026-01-10T08:05")), {},
     {IDA: (True, "OK_CONSENT")}),
    ("04", one("de_doi", Event("requested", "2026-11-20")), {}, {IDA: (False, "NO_PENDING")}),
    ("05", one("de_doi", Event("confirmed", "2023-05-01")), {}, {IDA: (False, "NO_STALE")}),
    ("06", one("eu_gdpr", yes("2025-03-01"), no("2025-06-01")), {}, {IDA: (False, "NO_WITHDRAWN")}),
    ("07", one("eu_gdpr", no("2025-06-01"), said_yes("2026-02-01")), {}, {IDA: (False, "NO_WITHDRAWN")}),
    ("08", one("eu_gdpr", no("2025-06-01"), yes("2025-09-01", grade="full")), {}, {IDA: (True, "OK_CONSENT")}),
    ("09", one("eu_gdpr", yes("2025-06-01", precision="day"), no("2025-06-01", precision="day")), {},
     {IDA: (False, "NO_WITHDRAWN")}),
    ("10", one("eu_gdpr", no(None, snapshot="2026-03-01"), yes("2026-01-15", grade="full")), {},
     {IDA: (False, "NO_WITHDRAWN")}),
    ("11", one("eu_gdpr", said_yes("2026-02-01")), {}, {IDA: (False, "NO_EVIDENCE")}),
    ("12", one("eu_gdpr", said_yes("2026-02-01"), attested=({},)), {}, {IDA: (True, "OK_CONSENT")}),
    ("13", one("eu_gdpr", said_yes("2026-02-01"), no("2024-01-01"), attested=({},)), {},
     {IDA: (False, "NO_WITHDRAWN")}),
    ("14", one("strict", tie(source="instagram.followers")), {}, {IDA: (False, "NO_RELATION_ONLY")}),
    ("15", one("strict", tie("2025-02-03", precision="day", source="linkedin.connections")), {},
     {IDA: (False, "NO_RELATION_ONLY")}),
    ("16", one("eu_gdpr", Event("relationship", "2025-05-01", kind="phone", point="+31201234567", channel="whatsapp")),
     {"channel": "whatsapp"}, {"+31201234567": (False, "NO_RELATION_ONLY")}),
    ("17", one("eu_gdpr", message("2026-11-21T09:00")), {"channel": "whatsapp", "purpose": "conversational"},
     {DUTCH: (True, "OK_SERVICE")}),
    ("18", one("uk_pecr", buy("2026-05-01")), {}, {IDA: (False, "NO_RELATION_ONLY")}),
    ("19", one("uk_pecr", buy("2026-05-01"), soft_opt_in("2026-05-01")), {}, {IDA: (True, "OK_SOFT_OPT_IN")}),
    ("20", one("uk_pecr", buy("2026-05-01"), soft_opt_in("2026-05-01", optout_offered=False)), {},
     {IDA: (False, "NO_CONDITIONS")}),
    ("21", one("uk_pecr", buy("2026-05-01"), soft_opt_in("2026-05-01"), no("2026-06-01", method="list_unsubscribe"),
               buy("2026-07-01")), {}, {IDA: (False, "NO_WITHDRAWN")}),
    ("22", one("ca_casl", buy("2024-12-01")), {"expires": "2026-12-01"}, {IDA: (True, "OK_IMPLIED")}),
    ("23", one("ca_casl", buy("2024-11-01")), {}, {IDA: (False, "NO_EXPIRED")}),
    ("24", one("ca_casl", inquiry("2026-06-01")), {"expires": "2026-12-01"}, {IDA: (True, "OK_IMPLIED")}),
    ("25", one("ca_casl", inquiry("2026-03-01")), {}, {IDA: (False, "NO_EXPIRED")}),
    ("26", one("ca_casl", buy("2024-01-01"), buy("2026-02-01")), {"expires": "2028-02-01"},
     {IDA: (True, "OK_IMPLIED")}),
    ("27", one("us_canspam", buy("2019-01-01")), {}, {IDA: (True, "OK_OPT_OUT_REGIME")}),
    ("28", one("us_canspam"), {}, {IDA: (False, "NO_UNKNOWN")}),
    ("29", one("us_tcpa", yes("2026-01-01"), points=(("email", IDA), *PHONE)), {"channel": "sms"},
     {PHONE[0][1]: (False, "NO_CHANNEL")}),
    ("30", one("us_tcpa", sms("granted", "2026-01-01", grade="full",
                              conditions={**TCPA, "not_condition_of_purchase": False})), {"channel": "sms"},
     {PHONE[0][1]: (False, "NO_EVIDENCE")}),
    ("31", one("us_tcpa", sms("granted", "2026-01-01", grade="full", conditions=TCPA)),
     {"channel": "sms", "as_of": HALF_PAST_TEN, "sending": True}, {PHONE[0][1]: (False, "DEFER_QUIET_HOURS")}),
    ("32", one("us_tcpa", sms("granted", "2026-01-01", grade="full", conditions=TCPA),
               sms("withdrawn", "2026-10-01", method="free_text")), {"channel": "sms"},
     {PHONE[0][1]: (False, "NO_WITHDRAWN")}),
    ("33", one("us_tcpa", sms("granted", "2026-01-01", grade="full", conditions=TCPA),
               *reply("Stop. Thank you", "2026-10-01")), {"channel": "sms"},
     {PHONE[0][1]: (False, "NO_WITHDRAWN")}),
    ("34", one("eu_gdpr", yes("2026-01-01"), Event("suppressed", "2026-08-01", detail="hard_bounce")), {},
     {IDA: (False, "NO_SUPPRESSED_BOUNCE")}),
    ("35", one("eu_gdpr", yes("2026-01-01"), Event("suppressed", "2026-08-01", detail="hard_bounce"),
               yes("2026-09-01", grade="full")), {}, {IDA: (False, "NO_SUPPRESSED_BOUNCE")}),
    ("36", one("eu_gdpr", yes("2026-01-01"), Event("complained", "2026-02-01"), yes("2026-05-01")), {},
     {IDA: (False, "NO_SUPPRESSED_COMPLAINT")}),
    ("37", one("eu_gdpr", yes("2025-01-01", point="jdoe@gmail.com"),
               no("2025-06-01", point="j.doe+news@gmail.com", record=None), points=(("email", "jdoe@gmail.com"),)), {},
     {"jdoe@gmail.com": (False, "NO_WITHDRAWN")}),
    ("38", one("eu_gdpr", yes("2025-01-01", point="jdoe@gmail.com"),
               points=(("email", "j.doe@gmail.com"), ("email", "jdoe@gmail.com"))), {},
     {"j.doe@gmail.com": (False, "NO_UNKNOWN"), "jdoe@gmail.com": (True, "OK_CONSENT")}),
    ("39", World(TWO, (yes("2025-01-01", **A), no("2025-06-01", **B)), {"r2": "r1"}), {},
     {"a@example.com": (False, "NO_WITHDRAWN"), "b@example.org": (False, "NO_WITHDRAWN")}),
    ("40", World(TWO, (yes("2025-01-01", **A), yes("2025-02-01", **B)), {"r2": "r1"}), {},
     {"a@example.com": (True, "OK_CONSENT"), "b@example.org": (True, "OK_CONSENT")}),
    ("41", one("eu_gdpr", said_yes("2026-07-01"), tombstones=(("email", IDA, "2026-04-01"),), attested=({},)), {},
     {IDA: (False, "NO_ERASED")}),
    ("42", one("eu_gdpr", yes("2026-02-01", grade="full"), tombstones=(("email", IDA, "2026-04-01"),)), {},
     {IDA: (False, "NO_ERASED")}),
    ("43", one("eu_gdpr", Event("objected", "2026-01-01", kind="postal", point="Example street 1", channel="postal"),
               Event("granted", "2025-01-01", kind="phone", point="+31201234567", channel="sms")), {"channel": "sms"},
     {"+31201234567": (False, "NO_OBJECTED")}),
    ("44", one("uk_pecr", yes("2025-01-01"), no("2026-01-01", purpose="marketing/newsletter/weekly")),
     {"purpose": "marketing/offers"}, {IDA: (True, "OK_CONSENT")}),
    ("45", one("eu_gdpr", yes("2025-01-01", method="prechecked_box", grade="none")), {}, {IDA: (False, "NO_EVIDENCE")}),
    ("46", one("eu_gdpr", yes("2025-01-01")), {"controller": "second shop"}, {IDA: (False, "NO_CONTROLLER")}),
    ("47", one("strict", Event("observed", None, state="never_subscribed", level="unknown")), {},
     {IDA: (False, "NO_UNKNOWN")}),
    ("48", one("fr_cnil", Event("confirmed", "2023-01-01"), Event("activity", "2026-05-01", detail="open")), {},
     {IDA: (False, "NO_STALE")}),
    ("49", one("eu_gdpr", no(None, snapshot="2025-05-01"), yes("2025-09-01", grade="full", source="other.form"),
               no(None, snapshot="2026-10-01")), {}, {IDA: (True, "OK_CONSENT")}),
    ("50", World(TWO_CA, (buy("2024-01-01", **A), buy("2026-06-01", **B)), {"r2": "r1"}), {},
     {"a@example.com": (False, "NO_EXPIRED"), "b@example.org": (True, "OK_IMPLIED")}),
    ("51", one("eu_gdpr", no("2025-06-01"), yes("2026-01-01", method="provider_export", source="other.list")), {},
     {IDA: (False, "NO_WITHDRAWN")}),
    ("52", one("eu_gdpr", no("2025-06-01"), Event("confirmed", "2026-01-01", level="confirmed", source="other.list")),
     {}, {IDA: (True, "OK_CONSENT")}),
    ("53", one("de_doi", Event("confirmed", "2025-01-01"), yes("2026-01-01")), {}, {IDA: (True, "OK_CONSENT")}),
]  # fmt: skip


def test_every_case_is_there() -> None:
    assert tuple(case[0] for case in CASES) == IDS


@pytest.fixture(scope="module")
def found(engine: DuckDBEngine) -> dict[str, dict[str, dict[str, Any]]]:
    """The answers of all cases: id -> point -> row. Cases that ask the same are folded together."""
    groups: dict[tuple[tuple[str, Any], ...], list[tuple[str, World]]] = {}
    for case, world, question, _ in CASES:
        asked = tuple(sorted((name, value) for name, value in question.items() if name != "expires"))
        groups.setdefault(asked, []).append((case, world))
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for asked, members in groups.items():
        for row in answers(engine, together(world.renamed(case) for case, world in members), **dict(asked)):
            case, _, point = row["point"].partition("-")
            rows.setdefault(case, {})[point] = row
    return rows


@pytest.mark.parametrize(("case", "question", "expected"), [(c, q, e) for c, _, q, e in CASES], ids=IDS)
def test_case(
    found: dict[str, dict[str, dict[str, Any]]],
    case: str,
    question: dict[str, Any],
    expected: dict[str, tuple[bool, str]],
) -> None:
    rows = found[case]
    assert {point: (row["mailable"], row["reason"]) for point, row in rows.items()} == expected
    if "expires" in question:
        assert [row["expires_at"].date().isoformat() for row in rows.values()] == [question["expires"]]


def test_case_12_warns_that_somebody_vouched(engine: DuckDBEngine) -> None:
    world = one("eu_gdpr", said_yes("2026-02-01"), attested=({},))
    assert answers(engine, world)[0]["warnings"] == ["asserted"]


def test_case_32_was_allowed_before(engine: DuckDBEngine) -> None:
    world = one("us_tcpa", sms("granted", "2026-01-01", grade="full", conditions=TCPA))
    assert answers(engine, world, channel="sms")[0]["reason"] == "OK_CONSENT"


def test_case_35_until_the_bounce_is_lifted(engine: DuckDBEngine) -> None:
    world = one(
        "eu_gdpr", yes("2026-01-01"), Event("suppressed", "2026-08-01", detail="hard_bounce"),
        Event("suppression_lifted", "2026-10-01", actor="controller_user", detail="delivered again"),
    )  # fmt: skip
    assert answers(engine, world)[0]["reason"] == "OK_CONSENT"


def test_case_39_after_the_unmerge(engine: DuckDBEngine) -> None:
    world = World(TWO, (yes("2025-01-01", **A), no("2025-06-01", **B)))
    assert [row["reason"] for row in answers(engine, world)] == ["OK_CONSENT", "NO_WITHDRAWN"]


def test_case_40_by_text_message(engine: DuckDBEngine) -> None:
    records = {
        "r1": Record((("email", "a@example.com"),), "NL"),
        "r2": Record((("email", "b@example.org"), ("phone", "+31201234567")), "NL"),
    }
    world = World(records, (yes("2025-01-01", **A), yes("2025-02-01", **B)), {"r2": "r1"})
    assert [row["reason"] for row in answers(engine, world, channel="sms")] == ["NO_CHANNEL"]


def test_case_44_the_branch_itself(engine: DuckDBEngine) -> None:
    world = one("uk_pecr", yes("2025-01-01"), no("2026-01-01", purpose="marketing/newsletter/weekly"))
    found = answers(engine, world, purpose="marketing/newsletter/weekly")
    assert [row["reason"] for row in found] == ["NO_WITHDRAWN"]


def test_case_17_is_no_marketing_and_ends_after_a_day(engine: DuckDBEngine) -> None:
    world = one("eu_gdpr", message("2026-11-21T09:00"))
    assert [row["reason"] for row in answers(engine, world, channel="whatsapp")] == ["NO_RELATION_ONLY"]
    asked = {"channel": "whatsapp", "purpose": "conversational"}
    now = answers(engine, world, **asked)[0]
    assert now["expires_at"] == datetime(2026, 11, 22, 9)
    later = answers(engine, world, **asked, as_of=datetime(2026, 11, 22, 9, tzinfo=UTC))
    assert [row["reason"] for row in later] == ["NO_EXPIRED"]
    silent = one("eu_gdpr", tie(kind="phone", point=DUTCH, channel="whatsapp"))
    assert [row["reason"] for row in answers(engine, silent, **asked)] == ["NO_RELATION_ONLY"]


def test_case_31_at_other_hours_and_in_a_list_for_later(engine: DuckDBEngine) -> None:
    world = one("us_tcpa", sms("granted", "2026-01-01", grade="full", conditions=TCPA))
    asked = {"channel": "sms", "sending": True}
    noon = answers(engine, world, **asked, as_of=datetime(2026, 11, 21, 17, tzinfo=UTC))[0]
    assert (noon["reason"], noon["warnings"]) == ("OK_CONSENT", [])
    listed = answers(engine, world, channel="sms", as_of=HALF_PAST_TEN)[0]
    assert (listed["reason"], listed["warnings"]) == ("OK_CONSENT", ["quiet_hours"])
    # Never a no into a yes.
    stopped = world.with_events(sms("withdrawn", "2026-02-01"))
    assert answers(engine, stopped, **asked, as_of=HALF_PAST_TEN)[0]["reason"] == "NO_WITHDRAWN"


def test_case_33_only_for_replies_that_mean_it() -> None:
    assert reply("I can't stop looking at your candles", "2026-10-01") == ()


# -- presets that the 53 do not reach

AU, BR = "au_spam", "br_lgpd"


@pytest.mark.parametrize(
    ("preset", "events", "expected"),
    [
        (AU, (buy("2025-05-01"),), "OK_INFERRED"),
        (AU, (buy("2024-10-01"),), "NO_EXPIRED"),
        (AU, (inquiry("2026-05-01"),), "NO_RELATION_ONLY"),
        (AU, (said_yes("2026-02-01"),), "NO_EVIDENCE"),
        (AU, (buy("2026-05-01"), no("2026-06-01", record=None)), "NO_WITHDRAWN"),
        (BR, (yes("2026-02-01"),), "OK_CONSENT"),
        (BR, (yes("2026-02-01", purpose="*"),), "NO_PURPOSE"),
        (BR, (buy("2026-02-01"),), "NO_RELATION_ONLY"),
        (BR, (interest("2026-02-01", documented=True, in_sale=True),), "OK_LEGITIMATE_INTEREST"),
        (BR, (interest("2026-02-01", documented=False, in_sale=True),), "NO_CONDITIONS"),
        (BR, (interest("2026-02-01", documented=True),), "NO_CONDITIONS"),
        (BR, (interest("2026-02-01", documented=True, in_sale=True), no("2026-03-01")), "NO_WITHDRAWN"),
    ],
)
def test_other_presets(engine: DuckDBEngine, preset: str, events: tuple[Event, ...], expected: str) -> None:
    assert [row["reason"] for row in answers(engine, one(preset, *events))] == [expected]


@pytest.mark.parametrize(
    ("conditions", "expected"), [(TCPA, "OK_CONSENT"), ({}, "NO_EVIDENCE"), ({"names_seller": False}, "NO_EVIDENCE")]
)
def test_whatsapp_asks_for_an_opt_in_that_names_the_business(
    engine: DuckDBEngine, conditions: dict[str, bool], expected: str
) -> None:
    opt_in = yes("2026-02-01", kind="phone", point=DUTCH, channel="whatsapp", conditions=conditions)
    row = answers(engine, one("eu_gdpr", opt_in), channel="whatsapp")[0]
    assert row["reason"] == expected
    assert "several_jurisdictions" not in row["warnings"]


def test_an_advertising_audience_needs_its_own_permissions(engine: DuckDBEngine) -> None:
    permitted = {"ad_user_data": True, "ad_personalization": True}
    given = yes("2026-02-01", channel="ads_audience", conditions=permitted)
    phone = sms("granted", "2026-02-01", conditions=permitted)
    by_phone = replace(phone, channel="ads_audience")
    found = answers(engine, one("eu_gdpr", given, by_phone), channel="ads_audience")
    assert [(row["point_kind"], row["reason"]) for row in found] == [("phone", "OK_CONSENT"), ("email", "OK_CONSENT")]
    assert answers(engine, one("eu_gdpr", yes("2026-02-01")), channel="ads_audience")[0]["reason"] == "NO_CHANNEL"
    half = yes("2026-02-01", channel="ads_audience", conditions={"ad_user_data": True})
    assert answers(engine, one("eu_gdpr", half), channel="ads_audience")[0]["reason"] == "NO_EVIDENCE"
    against = Event("objected", "2026-03-01")
    assert answers(engine, one("eu_gdpr", given, against), channel="ads_audience")[0]["reason"] == "NO_OBJECTED"


def test_one_country_may_have_a_looser_rule_by_name(engine: DuckDBEngine) -> None:
    world = one("de_doi", yes("2025-12-01"))
    assert answers(engine, world)[0]["reason"] == "NO_LEVEL"
    assert answers(engine, world, rules="auto,DE=eu_gdpr")[0]["reason"] == "OK_CONSENT"
    assert answers(engine, world, rules="strict,DE=eu_gdpr")[0]["reason"] == "NO_LEVEL"
    assert answers(engine, world, rules="auto,FR=eu_gdpr")[0]["reason"] == "NO_LEVEL"
