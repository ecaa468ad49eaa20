"""The corners of the fold, one small world each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from audiencevault.consent import hashes
from audiencevault.consent import question as consent_question
from audiencevault.consent.fold import fold
from audiencevault.consent.policy import policy
from audiencevault.consent.reasons import REASONS
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.errors import ConsentConfigError
from audiencevault.records import CONSENT_EVENTS, CONTACT_POINTS, MATCH_FEATURES, SOURCE_RECORDS

from .worlds import AS_OF, SOI, TCPA, Event, Record, World, answers

IDA, OTHER = "ida@example.com", "ida@example.org"
PHONE = "+31201234567"


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(threads=1) as opened:
        yield opened


def reasons(engine: DuckDBEngine, world: World, **asked: Any) -> dict[str, str]:
    return {row["point"]: row["reason"] for row in answers(engine, world, **asked)}


def dutch(*events: Event, points: tuple[tuple[str, str], ...] = (("email", IDA),), **more: Any) -> World:
    return World({"r1": Record(points, "NL")}, events, **more)


# -- one address, several people


def test_a_no_through_a_shared_address_binds_everybody_who_has_it(engine: DuckDBEngine) -> None:
    records = {"r1": Record(country="NL"), "r2": Record(country="NL")}
    yes = [Event("granted", "2025-01-01", record=name) for name in records]
    found = answers(engine, World(records, (*yes, Event("withdrawn", "2025-06-01", record="r1"))))
    assert [row["reason"] for row in found] == ["NO_WITHDRAWN", "NO_WITHDRAWN"]


def test_a_yes_through_a_shared_address_binds_the_person_it_names(engine: DuckDBEngine) -> None:
    records = {"r1": Record(country="NL"), "r2": Record(country="NL")}
    found = answers(engine, World(records, (Event("granted", "2025-01-01", record="r1"),)))
    assert [(row["contact_id"], row["mailable"]) for row in found] == [("c-r1", True), ("c-r2", False)]
    unnamed = answers(engine, World(records, (Event("granted", "2025-01-01", record=None),)))
    assert [row["mailable"] for row in unnamed] == [True, True]


def test_the_no_of_one_does_not_reach_the_other_addresses_of_the_household(engine: DuckDBEngine) -> None:
    records = {"r1": Record(country="NL"), "r2": Record((("email", IDA), ("email", OTHER)), "NL")}
    events = (Event("objected", "2025-06-01", record="r1"), Event("granted", "2025-01-01", point=OTHER, record="r2"))
    assert reasons(engine, World(records, events)) == {IDA: "NO_OBJECTED", OTHER: "OK_CONSENT"}


def test_one_act_has_to_satisfy_all_rules_at_once(engine: DuckDBEngine) -> None:
    # Two people of one household: one bought (enough in Canada), one is on a list that somebody vouched for (enough
    # in the Netherlands). Neither may be written to; neither may they as one.
    records = {"r1": Record(country="CA"), "r2": Record(country="NL")}
    events = (
        Event("activity", "2026-06-01", detail="purchase", record="r1"),
        Event("observed", state="subscribed", record="r2"),
    )
    apart = World(records, events, attested=({},))
    assert not any(row["mailable"] for row in answers(engine, apart))
    assert [row["reason"] for row in answers(engine, apart.merged("r1", "r2"))] == ["NO_EVIDENCE"]
    consented = apart.with_events(Event("granted", "2026-07-01", record="r2")).merged("r1", "r2")
    assert [row["reason"] for row in answers(engine, consented)] == ["OK_CONSENT"]


# -- which rules


@pytest.mark.parametrize(
    ("countries", "preset"),
    [
        ((None,), "strict"),
        (("NL",), "eu_gdpr"),
        (("US",), "us_canspam"),
        (("DE",), "de_doi"),
        (("JP",), "strict"),
        (("US", "DE"), "de_doi"),
        (("NL", None), "eu_gdpr"),
    ],
)
def test_the_country_of_the_records_that_hold_the_point_decides(
    engine: DuckDBEngine, countries: tuple[str | None, ...], preset: str
) -> None:
    records = {f"r{n}": Record(country=country) for n, country in enumerate(countries, start=1)}
    world = World(records, (Event("granted", "2025-12-01", level="single"),)).merged(*records)
    found = answers(engine, world)[0]
    assert found["preset"] == preset
    assert found["mailable"] is (preset in ("eu_gdpr", "us_canspam"))


def test_another_record_of_the_person_only_adds_rules(engine: DuckDBEngine) -> None:
    records = {"r1": Record(country=None), "r2": Record((("email", OTHER),), "US")}
    world = World(records, (Event("observed", state="subscribed"),)).merged("r1", "r2")
    assert reasons(engine, world)[IDA] == "NO_EVIDENCE"
    records = {"r1": Record(country="US"), "r2": Record((("email", OTHER),), "NL")}
    world = World(records, (Event("observed", state="subscribed"),))
    assert reasons(engine, world)[IDA] == "OK_CONSENT"
    assert reasons(engine, world.merged("r1", "r2"))[IDA] == "NO_EVIDENCE"


def test_a_country_that_nobody_can_read_adds_the_strict_rules(engine: DuckDBEngine) -> None:
    dutch(Event("granted", "2025-12-01")).read_into(engine)
    features = [{"record_id": "r1", "country": None}]
    engine.read("match_features", pa.Table.from_pylist(features, MATCH_FEATURES))
    engine.read("source_records", pa.Table.from_pylist([{"record_id": "r1", "country": "Ruritania"}], SOURCE_RECORDS))
    fold(engine, policy=policy(), as_of=AS_OF, controller_id="shop")
    assert engine.collect("SELECT preset, jurisdiction FROM fold").to_pylist() == [
        {"preset": "strict", "jurisdiction": None}
    ]


def test_the_country_of_a_number_counts(engine: DuckDBEngine) -> None:
    world = World({"r1": Record((("phone", PHONE),), None)}, (
        Event("granted", "2025-12-01", kind="phone", point=PHONE, channel="sms"),
    ))  # fmt: skip
    assert reasons(engine, world, channel="sms") == {PHONE: "NO_EVIDENCE"}
    world.read_into(engine)
    point = {"record_id": "r1", "point_kind": "phone", "point": PHONE, "point_key": PHONE, "valid": True,
             "country": "NL", "country_from": "number"}  # fmt: skip
    engine.read("contact_points", pa.Table.from_pylist([point], CONTACT_POINTS))
    fold(engine, policy=policy(), as_of=AS_OF, controller_id="shop", channels=("sms",))
    assert engine.collect("SELECT reason, jurisdiction FROM fold").to_pylist() == [
        {"reason": "OK_CONSENT", "jurisdiction": "NL"}
    ]


def test_a_looser_policy_cannot_be_forced(engine: DuckDBEngine) -> None:
    world = dutch(Event("observed", state="subscribed"))
    assert reasons(engine, world, rules="us_canspam") == {IDA: "NO_EVIDENCE"}
    assert reasons(engine, dutch(Event("granted", "2025-12-01")), rules="strict") == {IDA: "NO_LEVEL"}


# -- a "no" that may mean "never asked"

SHOP_NO = Event("observed", state="not_subscribed", source="shopify.customers", snapshot="2026-03-01")
BOUGHT = Event("activity", "2025-02-01", detail="purchase", source="shopify.orders")


def american(*events: Event) -> World:
    return World({"r1": Record(country="US")}, events)


def test_an_ambiguous_no_forbids_every_ground_but_own_consent(engine: DuckDBEngine) -> None:
    assert reasons(engine, american(BOUGHT)) == {IDA: "OK_OPT_OUT_REGIME"}
    assert reasons(engine, american(BOUGHT, SHOP_NO)) == {IDA: "NO_AMBIGUOUS"}
    other = Event("observed", state="subscribed", source="mailchimp.audience")
    assert reasons(engine, american(other)) == {IDA: "OK_CONSENT"}
    assert reasons(engine, american(other, SHOP_NO)) == {IDA: "NO_AMBIGUOUS"}
    assert reasons(engine, american(SHOP_NO, Event("granted", "2025-01-01"))) == {IDA: "OK_CONSENT"}


def test_an_ambiguous_no_ends_when_its_own_list_says_yes(engine: DuckDBEngine) -> None:
    later = Event("observed", state="subscribed", source="shopify.customers", snapshot="2026-09-01")
    assert reasons(engine, american(BOUGHT, SHOP_NO, later)) == {IDA: "OK_CONSENT"}
    earlier = Event("observed", state="subscribed", source="shopify.customers", snapshot="2026-01-01")
    assert reasons(engine, american(BOUGHT, earlier, SHOP_NO)) == {IDA: "NO_AMBIGUOUS"}


def test_an_ambiguous_no_takes_back_the_yes_of_the_same_list(engine: DuckDBEngine) -> None:
    own = Event("granted", "2025-01-01", source="shopify.customers", snapshot="2025-06-01")
    assert reasons(engine, american(own, SHOP_NO)) == {IDA: "NO_AMBIGUOUS"}


def test_the_shop_that_said_yes_at_a_checkout_says_no_by_now(engine: DuckDBEngine) -> None:
    tick = Event("granted", "2025-01-01", source="shopify.orders", method="checkout_box", snapshot="2026-03-01")
    assert reasons(engine, american(tick)) == {IDA: "OK_CONSENT"}
    assert reasons(engine, american(tick, SHOP_NO)) == {IDA: "NO_AMBIGUOUS"}
    later = Event("granted", "2026-04-01", source="shopify.orders", method="checkout_box", snapshot="2026-05-01")
    assert reasons(engine, american(tick, SHOP_NO, later)) == {IDA: "OK_CONSENT"}
    elsewhere = Event("granted", "2025-01-01", source="mailchimp.audience", snapshot="2026-03-01")
    assert reasons(engine, american(tick, SHOP_NO, elsewhere)) == {IDA: "OK_CONSENT"}


def test_an_ambiguous_no_is_a_withdrawal_under_the_strict_rules(engine: DuckDBEngine) -> None:
    yes = Event("confirmed", "2025-12-01", source="mailchimp.audience")
    assert reasons(engine, World({"r1": Record()}, (yes,))) == {IDA: "OK_CONSENT"}
    assert reasons(engine, World({"r1": Record()}, (yes, SHOP_NO))) == {IDA: "NO_AMBIGUOUS"}
    later = Event("confirmed", "2026-06-01", source="mailchimp.audience")
    assert reasons(engine, World({"r1": Record()}, (yes, SHOP_NO, later))) == {IDA: "OK_CONSENT"}


# -- clocks


def test_a_no_from_the_future_counts_from_its_recording(engine: DuckDBEngine) -> None:
    yes = Event("granted", "2025-01-01")
    future = Event("withdrawn", "2062-01-01", recorded="2026-06-01")
    assert reasons(engine, dutch(yes, future)) == {IDA: "NO_WITHDRAWN"}
    again = Event("granted", "2026-09-01", grade="full")
    assert reasons(engine, dutch(yes, future, again)) == {IDA: "OK_CONSENT"}


def test_a_yes_from_the_future_only_asserts(engine: DuckDBEngine) -> None:
    future = Event("granted", "2026-11-20T12:00", recorded="2026-06-01", grade="full")
    assert reasons(engine, dutch(future)) == {IDA: "NO_EVIDENCE"}


def test_what_was_known_then(engine: DuckDBEngine) -> None:
    late = Event("withdrawn", "2026-01-01", recorded="2026-08-01")
    world = dutch(Event("granted", "2025-01-01", recorded="2025-02-01"), late)
    asked = {"as_of": datetime(2026, 4, 4, tzinfo=UTC)}
    assert reasons(engine, world, **asked, known_at=datetime(2026, 4, 4, tzinfo=UTC)) == {IDA: "OK_CONSENT"}
    assert reasons(engine, world, **asked, known_at=AS_OF) == {IDA: "NO_WITHDRAWN"}


def test_nothing_counts_before_it_happened(engine: DuckDBEngine) -> None:
    world = dutch(Event("granted", "2026-05-01", precision="month"))
    assert reasons(engine, world, as_of=datetime(2026, 4, 30, tzinfo=UTC), known_at=AS_OF) == {IDA: "NO_UNKNOWN"}
    assert reasons(engine, world, as_of=datetime(2026, 5, 1, tzinfo=UTC), known_at=AS_OF) == {IDA: "OK_CONSENT"}


@pytest.mark.parametrize(
    ("yes_at", "reason"), [("2025-06-30T23:59", "NO_WITHDRAWN"), ("2025-07-01T00:00", "OK_CONSENT")]
)
def test_a_no_of_some_day_in_june_counts_until_its_end(engine: DuckDBEngine, yes_at: str, reason: str) -> None:
    no = Event("withdrawn", "2025-06-10", precision="month")
    assert reasons(engine, dutch(no, Event("granted", yes_at, grade="full"))) == {IDA: reason}


def test_a_repeated_undated_no_breaks_off_where_the_list_said_something_else(engine: DuckDBEngine) -> None:
    no = [Event("withdrawn", snapshot=at) for at in ("2025-05-01", "2026-10-01")]
    yes = Event("granted", "2025-09-01", grade="full", source="other.form")
    between = Event("observed", state="subscribed", snapshot="2026-01-01")
    assert reasons(engine, dutch(*no, yes)) == {IDA: "OK_CONSENT"}
    assert reasons(engine, dutch(*no, yes, between)) == {IDA: "NO_WITHDRAWN"}
    other_list = Event("observed", state="subscribed", snapshot="2026-01-01", source="third.list")
    assert reasons(engine, dutch(*no, yes, other_list)) == {IDA: "OK_CONSENT"}


def test_a_repeated_no_about_an_address_that_nobody_holds_any_more_is_dated_all_the_same(engine: DuckDBEngine) -> None:
    no = [Event("withdrawn", snapshot=at, point=OTHER) for at in ("2025-05-01", "2026-10-01")]
    assert reasons(engine, dutch(*no, Event("granted", "2025-09-01", source="other.form"))) == {IDA: "OK_CONSENT"}
    assert reasons(engine, dutch(no[1], Event("granted", "2025-09-01", source="other.form"))) == {IDA: "NO_WITHDRAWN"}


# -- corrections, attestations, senders, purposes


def test_a_correction_of_a_no_needs_somebody_and_a_reason(engine: DuckDBEngine) -> None:
    base = (Event("granted", "2025-01-01", id="yes"), Event("withdrawn", "2025-06-01", id="no"))
    bare = Event("voided", "2025-07-01", voids="no")
    proper = Event("voided", "2025-07-01", voids="no", actor="controller_user", detail="typed into the wrong row")
    assert reasons(engine, dutch(*base, bare)) == {IDA: "NO_WITHDRAWN"}
    assert reasons(engine, dutch(*base, proper)) == {IDA: "OK_CONSENT"}
    assert reasons(engine, dutch(base[0], Event("voided", "2025-07-01", voids="yes"))) == {IDA: "NO_UNKNOWN"}
    assert reasons(engine, dutch(base[0], Event("invalidated", "2025-07-01", voids="yes"))) == {IDA: "NO_UNKNOWN"}


def test_an_attestation_speaks_of_what_was_there(engine: DuckDBEngine) -> None:
    said = Event("observed", state="subscribed", snapshot="2026-02-01")
    when = {"attested_at": datetime(2026, 3, 1, tzinfo=UTC)}
    assert reasons(engine, dutch(said, attested=(when,))) == {IDA: "OK_CONSENT"}
    new = Event("observed", state="subscribed", snapshot="2026-04-01")
    assert reasons(engine, dutch(new, attested=(when,))) == {IDA: "NO_EVIDENCE"}
    assert reasons(engine, dutch(said, attested=({**when, "channel": "sms"},))) == {IDA: "NO_EVIDENCE"}
    assert reasons(engine, dutch(said, attested=({**when, "controller_id": "second"},))) == {IDA: "NO_EVIDENCE"}
    assert reasons(engine, dutch(said, attested=({**when, "source": "demo"},))) == {IDA: "OK_CONSENT"}
    strict = World({"r1": Record()}, (said,), attested=(when,))
    assert reasons(engine, strict) == {IDA: "NO_EVIDENCE"}


def test_what_if_somebody_vouched(engine: DuckDBEngine) -> None:
    world = dutch(Event("observed", state="subscribed", snapshot="2026-02-01"))
    assert reasons(engine, world, vouch_for=("demo.list",)) == {IDA: "OK_CONSENT"}
    assert reasons(engine, world, vouch_for=("other.list",)) == {IDA: "NO_EVIDENCE"}


def test_a_bounce_counts_for_every_sender_and_a_withdrawal_for_its_own(engine: DuckDBEngine) -> None:
    yes = Event("granted", "2025-01-01")
    bounce = Event("suppressed", "2025-06-01", detail="hard_bounce", controller="second")
    assert reasons(engine, dutch(yes, bounce)) == {IDA: "NO_SUPPRESSED_BOUNCE"}
    assert reasons(engine, dutch(yes, Event("withdrawn", "2025-06-01", controller="second"))) == {IDA: "OK_CONSENT"}


def test_a_bounce_never_hides_an_unsubscribe(engine: DuckDBEngine) -> None:
    events = (Event("withdrawn", "2025-06-01"), Event("suppressed", "2025-07-01", detail="cleaned"))
    row = answers(engine, dutch(*events))[0]
    assert (row["reason"], row["warnings"]) == ("NO_SUPPRESSED_BOUNCE", ["withdrawn"])


def test_purposes_that_nobody_knows_restrict_and_permit_nothing(engine: DuckDBEngine) -> None:
    yes = Event("granted", "2025-01-01")
    assert reasons(engine, dutch(yes, Event("withdrawn", "2025-06-01", purpose="news"))) == {IDA: "NO_WITHDRAWN"}
    assert reasons(engine, dutch(Event("granted", "2025-01-01", purpose="news"))) == {IDA: "NO_PURPOSE"}
    assert reasons(engine, dutch(Event("granted", "2025-01-01", purpose="*"))) == {IDA: "NO_PURPOSE"}


def test_a_service_message_only_minds_facts_and_erasure(engine: DuckDBEngine) -> None:
    events = (Event("withdrawn", "2025-06-01"), Event("complained", "2025-06-02"))
    assert reasons(engine, dutch(*events), purpose="transactional") == {IDA: "OK_SERVICE"}
    bounce = Event("suppressed", "2025-06-01", detail="hard_bounce")
    assert reasons(engine, dutch(bounce), purpose="transactional") == {IDA: "NO_SUPPRESSED_BOUNCE"}


def test_a_return_after_erasure_needs_a_fresh_act_with_full_evidence(engine: DuckDBEngine) -> None:
    buried = (("email", IDA, "2026-04-01"),)
    yes = Event("confirmed", "2026-06-01", grade="full")
    assert reasons(engine, dutch(yes, tombstones=buried)) == {IDA: "NO_ERASED"}
    for at, grade, reason in (
        ("2026-06-01", "full", "OK_CONSENT"),
        ("2026-06-01", "partial", "NO_ERASED"),
        ("2026-03-01", "full", "NO_ERASED"),
    ):
        lifted = Event("tombstone_lifted", at, grade=grade)
        assert reasons(engine, dutch(yes, lifted, tombstones=buried)) == {IDA: reason}


def test_stop_by_text_message_reaches_other_uses_of_the_number_where_the_rules_say_so(engine: DuckDBEngine) -> None:
    phone = {"kind": "phone", "point": PHONE}
    yes = Event("granted", "2026-01-01", channel="whatsapp", grade="full", conditions=TCPA, **phone)
    stop = Event("withdrawn", "2026-02-01", channel="sms", **phone)
    strict = World({"r1": Record((("phone", PHONE),), None)}, (yes, stop))
    assert reasons(engine, strict, channel="whatsapp") == {PHONE: "NO_WITHDRAWN"}
    assert reasons(engine, dutch(yes, stop, points=(("phone", PHONE),)), channel="whatsapp") == {PHONE: "OK_CONSENT"}


def test_a_soft_opt_in_without_a_date_shows_nothing(engine: DuckDBEngine) -> None:
    undated = Event("basis_recorded", basis="soft_opt_in", conditions=SOI)
    assert reasons(engine, dutch(undated)) == {IDA: "NO_EVIDENCE"}


def test_warnings(engine: DuckDBEngine) -> None:
    old = answers(engine, dutch(Event("granted", "2022-01-01")))[0]
    assert (old["reason"], old["warnings"]) == ("OK_CONSENT", ["stale"])
    left = dutch(Event("granted", "2025-12-01"), Event("withdrawn", "2026-01-01", purpose="marketing/offers"))
    assert answers(engine, left)[0]["warnings"] == ["left_a_list"]
    back = dutch(Event("withdrawn", "2025-12-01"), Event("granted", "2026-01-01", grade="full"))
    assert answers(engine, back)[0]["warnings"] == ["withdrawn"]


# -- the question


def test_names_are_quoted(engine: DuckDBEngine) -> None:
    world = dutch(Event("granted", "2025-01-01", controller="Ida's shop", source="it's.list"))
    assert reasons(engine, world, controller="Ida's shop") == {IDA: "OK_CONSENT"}


@pytest.mark.parametrize("asked", [{"channel": "fax"}, {"purpose": "gossip"}, {"purpose": "marketing' OR 1=1"}])
def test_a_question_that_makes_no_sense_is_refused(engine: DuckDBEngine, asked: dict[str, str]) -> None:
    with pytest.raises(ConsentConfigError) as refused:
        answers(engine, dutch(), **asked)
    assert refused.value.hint


def test_nothing_of_the_work_is_left_behind(engine: DuckDBEngine) -> None:
    answers(engine, dutch(Event("granted", "2025-01-01")))
    left = engine.collect("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'fold%'")
    assert left.column("table_name").to_pylist() == ["fold"]


def test_an_empty_vault(engine: DuckDBEngine) -> None:
    assert answers(engine, World({})) == []


def test_every_reason_gives_one_row(engine: DuckDBEngine) -> None:
    # An answer finds its code by rank and detail: two codes in one place would double the row.
    expired = World({"r1": Record(country="CA")}, (Event("activity", "2020-01-01", detail="purchase"),))
    assert [row["reason"] for row in answers(engine, expired)] == ["NO_EXPIRED"]
    places: dict[tuple[int, str], list[str]] = {}
    for code, reason in REASONS.items():
        if code not in consent_question._NOT_OURS:
            detail = code.rpartition("_")[2] if reason.order in (3, 4) else ""
            places.setdefault((reason.order, detail), []).append(code)
    assert [codes for codes in places.values() if len(codes) > 1] == []


def test_an_attestation_with_an_end(engine: DuckDBEngine) -> None:
    said = Event("observed", state="subscribed", snapshot="2026-02-01")
    end = datetime(2027, 1, 1, tzinfo=UTC)
    world = dutch(said, attested=({"attested_at": datetime(2026, 3, 1, tzinfo=UTC), "valid_until": end},))
    now = answers(engine, world)[0]
    assert (now["reason"], now["expires_at"]) == ("OK_CONSENT", datetime(2027, 1, 1))
    assert reasons(engine, world, as_of=end) == {IDA: "NO_EVIDENCE"}


# -- numbers that may be read in several ways, and hashes


def read_with(engine: DuckDBEngine, world: World, readings: dict[str, list[str]], **asked: Any) -> dict[str, str]:
    world.read_into(engine)
    points = [
        {"record_id": name, "point_kind": kind, "raw": point, "point": point, "point_key": point, "valid": True,
         "flags": ["guessed_country"], "readings": readings.get(point, [])}
        for name, record in world.records.items() for kind, point in record.points
    ]  # fmt: skip
    engine.read("contact_points", pa.Table.from_pylist(points, CONTACT_POINTS))
    fold(engine, policy=policy(), as_of=AS_OF, controller_id="shop", **asked)
    return {row["point"]: row["reason"] for row in engine.collect("SELECT point, reason FROM fold").to_pylist()}


def test_a_no_on_one_reading_of_a_number_reaches_all_of_them(engine: DuckDBEngine) -> None:
    guessed, other = "+31201234567", "+32201234567"
    yes = Event("granted", "2026-01-01", kind="phone", point=guessed, channel="sms")
    stop = Event("withdrawn", "2026-02-01", kind="phone", point=other, channel="sms", record=None)
    world = World({"r1": Record((("phone", guessed),), "NL")}, (yes, stop))
    assert read_with(engine, world, {}, channels=("sms",)) == {guessed: "OK_CONSENT"}
    assert read_with(engine, world, {guessed: [other]}, channels=("sms",)) == {guessed: "NO_WITHDRAWN"}
    # The other way round: what was said about the guessed one may have meant the certain one.
    certain = World(
        {"r1": Record((("phone", guessed),), "NL"), "r2": Record((("phone", other),), "NL")},
        (replace(yes, point=other, record="r2"), replace(stop, point=guessed, record="r1")),
    )
    found = read_with(engine, certain, {guessed: [other]}, channels=("sms",))
    assert found == {guessed: "NO_WITHDRAWN", other: "NO_WITHDRAWN"}
    # A yes is never read wide.
    wide = World({"r1": Record((("phone", guessed),), "NL")}, (replace(yes, point=other),))
    assert read_with(engine, wide, {guessed: [other]}, channels=("sms",)) == {guessed: "NO_UNKNOWN"}


@pytest.mark.parametrize("name", ["sha256", "md5"])
@pytest.mark.parametrize("text", ["ida@example.com", "Ida@Example.com"])
def test_a_hash_of_an_address_stops_it_and_nothing_else(engine: DuckDBEngine, name: str, text: str) -> None:
    digest = hashlib.new(name, text.lower().encode()).hexdigest().upper()
    world = World(
        {"r1": Record(country="NL"), "r2": Record((("email", OTHER),), "NL")},
        (Event("granted", "2025-01-01"), Event("granted", "2025-01-01", record="r2", point=OTHER),
         Event("suppressed", None, detail="manual", record=None, channel="any", snapshot="2026-02-01")),
    )  # fmt: skip
    world.read_into(engine)
    events = engine.collect("SELECT * FROM consent_events").to_pylist(maps_as_pydicts="strict")
    for event in events:
        if event["event_type"] == "suppressed":
            event.update(point=None, point_key=hashes.key(digest))
    engine.read("consent_events", pa.Table.from_pylist(events, CONSENT_EVENTS))
    fold(engine, policy=policy(), as_of=AS_OF, controller_id="shop")
    found = engine.collect("SELECT point, reason FROM fold ORDER BY point").to_pylist()
    assert [(row["point"], row["reason"]) for row in found] == [(IDA, "NO_SUPPRESSED_MANUAL"), (OTHER, "OK_CONSENT")]


def test_what_may_have_been_hashed() -> None:
    point = {"point_kind": "phone", "raw": "0201234567", "point": PHONE, "point_key": PHONE}
    known = hashes.keys_of(point)
    for text in ("+31201234567", "31201234567"):
        assert hashes.key(hashlib.sha256(text.encode()).hexdigest()) in known
    assert hashes.key(hashlib.sha256(b"0201234567").hexdigest()) not in known


# -- input that makes no sense


def test_contradictions_and_odd_clocks_never_give_a_yes_that_was_not_there(engine: DuckDBEngine) -> None:
    yes = Event("granted", "2026-01-01", grade="full")
    no = Event("withdrawn", "2026-01-01", grade="full")
    # Both at one instant: the no holds, whichever came first.
    assert reasons(engine, dutch(yes, no)) == reasons(engine, dutch(no, yes)) == {IDA: "NO_WITHDRAWN"}
    # A sign-up dated after the question is not there yet; one dated after its own recording has no date.
    later = Event("granted", "2026-12-24", grade="full", recorded="2026-12-25")
    assert reasons(engine, dutch(later), known_at=datetime(2027, 1, 1, tzinfo=UTC)) == {IDA: "NO_UNKNOWN"}
    impossible = Event("granted", "2026-12-24", grade="full", recorded="2026-06-01")
    assert reasons(engine, dutch(no, impossible)) == {IDA: "NO_WITHDRAWN"}
    # Types and purposes that nobody knows.
    assert reasons(engine, dutch(Event("blessed", "2026-01-01"))) == {IDA: "NO_UNKNOWN"}
    assert reasons(engine, dutch(yes, Event("withdrawn", "2026-02-01", purpose="horoscopes"))) == {IDA: "NO_WITHDRAWN"}


def test_an_attestation_after_a_withdrawal_lifts_nothing(engine: DuckDBEngine) -> None:
    said = Event("observed", state="subscribed", snapshot="2026-02-01")
    late = {"attested_at": datetime(2026, 11, 1, tzinfo=UTC)}
    assert reasons(engine, dutch(said, Event("withdrawn", "2026-06-01"), attested=(late,))) == {IDA: "NO_WITHDRAWN"}
    assert reasons(engine, dutch(said, Event("complained", "2026-06-01"), attested=(late,))) == {
        IDA: "NO_SUPPRESSED_COMPLAINT"
    }
