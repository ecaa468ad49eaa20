"""The one door out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audiencevault import audience
from audiencevault.audience import AUDIENCE_ROWS, HELD_BACK, SUPPRESSED, Audience, ask, remedies, select
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.records import CONTACT_POINTS, CONTACTS

from .consent.worlds import AS_OF, Event, Record, World

IDA, TWO = "ida@example.com", "ida@example.org"


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(threads=1) as opened:
        yield opened


def door(engine: DuckDBEngine, world: World, contacts: list[dict[str, Any]] | None = None, **asked: Any) -> Audience:
    world.read_into(engine)
    people = contacts or [{"contact_id": "c-r1", "display_name": "Ida Falk", "email": IDA, "sources": ["demo.list"]}]
    engine.read("contacts", pa.Table.from_pylist(people, CONTACTS))
    asked = {"controller_id": "shop", "as_of": AS_OF, **asked}
    return select(engine, **asked)


def test_a_mailable_contact_comes_with_its_evidence(engine: DuckDBEngine) -> None:
    found = door(engine, World({"r1": Record(country="NL")}, (Event("confirmed", "2025-03-01T10:07", level="single"),)))
    assert found.rows.schema == AUDIENCE_ROWS
    assert found.held_back.num_rows == 0
    row = found.rows.to_pylist()[0]
    assert (row["point"], row["reason"], row["opt_in_level"]) == (IDA, "OK_CONSENT", "confirmed")
    assert row["consented_at"].isoformat() == "2025-03-01T10:07:00+00:00"
    assert (row["consent_source"], row["preset"], row["jurisdiction"]) == ("demo.list", "eu_gdpr", "NL")
    assert (row["display_name"], row["decisive_event_id"]) == ("Ida Falk", "e000")
    assert list(found.to_pandas()["point"]) == [IDA]


def test_the_best_point_is_the_most_recent_yes(engine: DuckDBEngine) -> None:
    record = Record((("email", IDA), ("email", TWO)), "NL")
    events = (Event("granted", "2024-01-01"), Event("granted", "2025-01-01", point=TWO))
    found = door(engine, World({"r1": record}, events))
    assert found.rows.column("point").to_pylist() == [TWO]


def test_with_equal_dates_the_surviving_address_is_used(engine: DuckDBEngine) -> None:
    record = Record((("email", IDA), ("email", "a@example.com")), "NL")
    events = (Event("granted", "2025-01-01"), Event("granted", "2025-01-01", point="a@example.com"))
    found = door(engine, World({"r1": record}, events))
    assert found.rows.column("point").to_pylist() == [IDA]


def test_a_no_elsewhere_is_still_suppressed(engine: DuckDBEngine) -> None:
    record = Record((("email", IDA), ("email", TWO)), "NL")
    events = (Event("suppressed", "2025-06-01", detail="hard_bounce"), Event("granted", "2025-01-01", point=TWO))
    found = door(engine, World({"r1": record}, events))
    assert found.rows.column("point").to_pylist() == [TWO]
    assert found.held_back.num_rows == 0
    assert found.suppressed.schema == SUPPRESSED
    assert [(row["point"], row["state"]) for row in found.suppressed.to_pylist()] == [(IDA, "bounced")]


def test_the_most_telling_reason_is_shown(engine: DuckDBEngine) -> None:
    record = Record((("email", IDA), ("email", TWO)), "NL")
    events = (
        Event("suppressed", "2025-06-01", detail="hard_bounce"),
        Event("observed", state="subscribed", point=TWO, source="shopify.customers"),
    )
    found = door(engine, World({"r1": record}, events))
    row = found.held_back.to_pylist()[0]
    assert found.held_back.schema == HELD_BACK
    assert (row["point"], row["reason"], row["source"]) == (TWO, "NO_EVIDENCE", "shopify.customers")
    assert row["sentence"] == (
        "Shopify says 'yes' but not when or how; under European Union: GDPR and the ePrivacy Directive somebody has to "
        "vouch for it."
    )
    assert row["remedy"] == 'If you can vouch for how they signed up: audiencevault attest shopify.customers --text "…"'


def test_somebody_without_an_address_is_held_back(engine: DuckDBEngine) -> None:
    world = World({"r1": Record((("account", "instagram:ida"),), None, "follower")})
    people = [{"contact_id": "c-r1", "display_name": "ida", "accounts": ["instagram:ida"]}]
    row = door(engine, world, people).held_back.to_pylist()[0]
    assert (row["reason"], row["point"], row["state"]) == ("NO_ENDPOINT", None, "none")
    assert row["sentence"] == "Only the Instagram handle is known."


def test_an_unusable_address_is_named_as_such(engine: DuckDBEngine) -> None:
    world = World({"r1": Record((), "NL")})
    world.read_into(engine)
    point = {"record_id": "r1", "point_kind": "email", "raw": "ida@", "valid": False, "reason": "no domain"}
    engine.read("contact_points", pa.Table.from_pylist([point], CONTACT_POINTS))
    engine.read("contacts", pa.Table.from_pylist([{"contact_id": "c-r1"}], CONTACTS))
    row = select(engine, controller_id="shop", as_of=AS_OF).held_back.to_pylist()[0]
    assert row["reason"] == "NO_ENDPOINT"
    assert row["sentence"].startswith("The e-mail address on file cannot be used")


def test_every_contact_is_in_exactly_one_table_per_channel(engine: DuckDBEngine) -> None:
    records = {f"r{number}": Record((("email", f"p{number}@example.com"),), "NL") for number in range(6)}
    events = tuple(Event("granted", "2025-01-01", record=f"r{n}", point=f"p{n}@example.com") for n in (0, 2, 4))
    people = [{"contact_id": f"c-r{number}"} for number in range(6)]
    found = door(engine, World(records, events), people, channels=("email", "sms"))
    admitted = [(row["contact_id"], row["channel"]) for row in found.rows.to_pylist()]
    held = [(row["contact_id"], row["channel"]) for row in found.held_back.to_pylist()]
    assert admitted == [("c-r0", "email"), ("c-r2", "email"), ("c-r4", "email")]
    assert sorted(admitted + held) == sorted((f"c-r{n}", channel) for n in range(6) for channel in ("email", "sms"))
    assert held == sorted(held)


def test_storage_holds_everybody_but_the_erased(engine: DuckDBEngine) -> None:
    records = {"r1": Record(), "r2": Record((("email", TWO),)), "r3": Record((("account", "instagram:x"),))}
    people = [{"contact_id": f"c-r{number}", "display_name": "somebody"} for number in (1, 2, 3)]
    world = World(records, (Event("withdrawn", "2025-01-01"),), tombstones=(("email", TWO, "2026-01-01"),))
    found = door(engine, world, people, purpose="storage")
    assert found.channels == ("storage",)
    assert [(row["contact_id"], row["reason"]) for row in found.rows.to_pylist()] == [
        ("c-r1", "OK_STORAGE"),
        ("c-r3", "OK_STORAGE"),
    ]
    assert [(row["contact_id"], row["reason"]) for row in found.held_back.to_pylist()] == [("c-r2", "NO_ERASED")]
    everybody = door(engine, World(records), people, purpose="storage")
    assert everybody.rows.num_rows == 3


def test_what_is_held_back_never_names_the_erased_address_as_a_suppression(engine: DuckDBEngine) -> None:
    world = World({"r1": Record(country="NL")}, tombstones=(("email", IDA, "2026-01-01"),))
    found = door(engine, world)
    assert found.suppressed.num_rows == 0
    assert found.held_back.column("reason").to_pylist() == ["NO_ERASED"]


def test_remedies_count_who_would_be_reached(engine: DuckDBEngine) -> None:
    records = {f"r{number}": Record((("email", f"p{number}@example.com"),), "NL") for number in range(5)}
    said = [
        Event("observed", state="subscribed", record=f"r{n}", point=f"p{n}@example.com", source=source)
        for source, people in (("shopify.customers", (0, 1, 2)), ("mailchimp.audience", (1, 4)))
        for n in people
    ]
    # One left, one can be reached anyway, one is only known as a friend.
    said += [
        Event("withdrawn", "2025-01-01", record="r2", point="p2@example.com"),
        Event("granted", "2025-01-01", record="r4", point="p4@example.com"),
        Event("relationship", record="r3", point="p3@example.com"),
    ]
    found = door(engine, World(records, tuple(said)), [{"contact_id": f"c-r{n}"} for n in range(5)])
    steps = remedies(engine, found)
    assert [(step.source, step.channel, step.people) for step in steps] == [
        ("shopify.customers", "email", 2),
        ("mailchimp.audience", "email", 1),
    ]
    assert steps[0].sentence == (
        "2 came from Shopify as subscribed to e-mail without a date: if you can vouch for how they signed up, run"
    )
    assert steps[0].command == 'audiencevault attest shopify.customers --channel email --text "…"'


def test_remedies_are_what_really_happens_when_somebody_vouches(engine: DuckDBEngine) -> None:
    records = {f"r{number}": Record((("email", f"p{number}@example.com"),), "NL") for number in range(3)}
    said = tuple(
        Event("observed", state="subscribed", record=f"r{n}", point=f"p{n}@example.com", source="shopify.customers")
        for n in range(3)
    )
    people = [{"contact_id": f"c-r{n}"} for n in range(3)]
    promised = remedies(engine, door(engine, World(records, said), people))[0].people
    attested = ({"source": "shopify.customers"},)
    assert door(engine, World(records, said, attested=attested), people).rows.num_rows == promised == 3


def test_there_is_nothing_to_vouch_for_where_the_rules_forbid_it(engine: DuckDBEngine) -> None:
    world = World({"r1": Record()}, (Event("observed", state="subscribed"),))
    assert remedies(engine, door(engine, world)) == []


def test_nothing_else_makes_an_audience() -> None:
    """Destinations take nothing else, so whoever could build one could write to anybody."""
    package = Path(audience.__file__).parent
    makers = set()
    for path in sorted(package.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        names = {func.id if isinstance(func, ast.Name) else getattr(func, "attr", "") for func in calls}
        if "Audience" in names:
            makers.add(path.relative_to(package).as_posix())
    # The second makes a fixed audience of invented people, for the authors of definitions.
    assert makers == {"audience.py", "destinations/sample.py"}


def test_one_answer_serves_every_channel(engine: DuckDBEngine) -> None:
    record = Record((("email", IDA), ("phone", "+31201234567")), "NL")
    events = (
        Event("granted", "2025-01-01"),
        Event("granted", "2025-01-01", kind="phone", point="+31201234567", channel="sms"),
    )
    people = [{"contact_id": "c-r1"}]
    apart = {channel: door(engine, World({"r1": record}, events), people, channels=(channel,))
             for channel in ("email", "sms")}  # fmt: skip
    question: dict[str, Any] = {"controller_id": "shop", "as_of": AS_OF}
    folded = ask(engine, channels=("email", "sms"), **question)
    for channel, alone in apart.items():
        found = select(engine, channels=(channel,), asked=folded, **question)
        assert found.rows.equals(alone.rows)
        assert found.held_back.equals(alone.held_back)
        assert found.suppressed.equals(alone.suppressed)
    with pytest.raises(ValueError, match="another question"):
        select(engine, channels=("whatsapp",), asked=folded, **question)
    with pytest.raises(ValueError, match="another question"):
        select(engine, channels=("email",), asked=folded, purpose="transactional", **question)


def test_bulk_mail_leaves_only_where_one_click_unsubscribes(engine: DuckDBEngine) -> None:
    world = World({"r1": Record(country="NL")}, (Event("granted", "2025-01-01"),))
    people = [{"contact_id": "c-r1"}]
    assert door(engine, world, people, one_click=True).rows.num_rows == 1
    assert door(engine, world, people).rows.num_rows == 1
    held = door(engine, world, people, one_click=False)
    assert (held.rows.num_rows, held.held_back.column("reason").to_pylist()) == (0, ["NO_ONE_CLICK"])
    service = door(engine, world, people, one_click=False, purpose="transactional")
    assert service.rows.num_rows == 1


@pytest.mark.parametrize(("dead", "warned"), [(0, False), (1, False), (2, True)])
def test_many_dead_addresses_are_warned_of(engine: DuckDBEngine, dead: int, warned: bool) -> None:
    records = {f"r{n}": Record((("email", f"p{n}@example.com"),), "NL") for n in range(50)}
    events = [Event("granted", "2025-01-01", record=name, point=one.points[0][1]) for name, one in records.items()]
    events += [Event("suppressed", "2025-06-01", detail="hard_bounce", record=f"r{n}", point=f"p{n}@example.com")
               for n in range(dead)]  # fmt: skip
    found = door(engine, World(records, tuple(events)), [{"contact_id": f"c-r{n}"} for n in range(50)])
    assert bool(found.notes) is warned
