"""One fixed audience for tests, of people who do not exist.

It has every state of consent, names in many scripts, cells that look like formulas, values longer than any
receiver takes, people who share an address, and an address that no CSV file can carry safely.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from audiencevault.audience import AUDIENCE_ROWS, HELD_BACK, SUPPRESSED, SUPPRESSED_STATES, Audience
from audiencevault.destinations.definition import Definition
from audiencevault.destinations.flat import STORAGE, Stored
from audiencevault.records import CONTACTS

AS_OF: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


_LONG: Final = "Ärger und Überfluß " * 40

_PEOPLE: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "contact_id": "c01",
        "first_name": "Ida",
        "last_name": "Falk",
        "address1": "12 Quay Lane, rear",
        "city": "Portland",
        "region": "OR",
        "postcode": "97201",
        "country": "US",
        "tags": ["vip", "spring, fair"],
        "total_spent": Decimal("84.5"),
        "orders_count": 2,
        "currency": "USD",
        "sources": ["shopify.customers"],
        "relationships": ["customer"],
    },
    {
        "contact_id": "c02",
        "first_name": "Łukasz",
        "last_name": "Żółć",
        "city": "Łódź",
        "postcode": "90-001",
        "country": "PL",
        "address1": "ul. Próżna 1",
    },
    {"contact_id": "c03", "first_name": "さくら", "last_name": "山田", "company": "＝cmd"},
    {"contact_id": "c04", "first_name": "نور", "last_name": "حداد", "company": 'Nur "Licht" GmbH'},
    {
        "contact_id": "c05",
        "first_name": "=1+1",
        "last_name": "-",
        "company": "@handle",
        "job_title": "+SUM(A1)",
        "address1": "\t=2",
        "tags": ["=cmd", "a;=b"],
    },
    {
        "contact_id": "c06",
        "first_name": _LONG,
        "last_name": "👩\u200d👩\u200d👧" * 60,
        "company": "x" * 5_000,
        "tags": ["t" * 300],
    },
    {"contact_id": "c07", "first_name": "Line\r\nbreak", "last_name": "Semi;=colon", "company": "Tab\there"},
    {"contact_id": "c08", "first_name": "Both", "last_name": "Channels", "country": "US"},
    {"contact_id": "c09", "first_name": "Text", "last_name": "Only", "country": "GB"},
    {"contact_id": "c10", "first_name": "Earlier", "last_name": "Customer", "orders_count": 1},
    {"contact_id": "c11", "first_name": "Shares", "last_name": "Mailbox"},
    {"contact_id": "c12", "first_name": "Odd", "last_name": "Address"},
    {"contact_id": "c13", "first_name": "Accent", "last_name": "Before"},
    {"contact_id": "c14", "first_name": "Left", "last_name": "Us"},
    {"contact_id": "c15", "first_name": "Reported", "last_name": "Spam"},
    {"contact_id": "c16", "first_name": "Gone", "last_name": "Mailbox"},
    {"contact_id": "c17", "first_name": "Not", "last_name": "Confirmed"},
    {"contact_id": "c18", "first_name": "Only", "last_name": "Follower"},
    {"contact_id": "c19", "first_name": "=Evil", "last_name": "Out"},
    {"contact_id": "c20"},
    {"contact_id": "c21", "first_name": "Bound", "last_name": "Byhousehold"},
    {"contact_id": "c22", "first_name": "Stopped", "last_name": "Texts"},
)

_CONSENT: Final = {
    "basis": "consent",
    "reason": "OK_CONSENT",
    "state": "subscribed",
    "opt_in_level": "single",
    "evidence_grade": "partial",
    "preset": "strict",
}
_OTHER: Final = {
    "basis": "implied_purchase",
    "reason": "OK_IMPLIED",
    "state": "subscribed",
    "opt_in_level": "not_applicable",
    "evidence_grade": "partial",
    "preset": "us_canspam",
    "jurisdiction": "US",
}

_ADMITTED: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "contact_id": "c01",
        "channel": "email",
        "point": "ida.falk@example.com",
        **_CONSENT,
        "opt_in_level": "confirmed",
        "consented_at": _day("2024-03-01T10:07:31"),
        "consent_source": "mailchimp.audience",
        "ip": "192.0.2.10",
    },
    {
        "contact_id": "c02",
        "channel": "email",
        "point": "lukasz@example.org",
        **_CONSENT,
        "consented_at": _day("2025-01-05"),
    },
    {
        "contact_id": "c03",
        "channel": "email",
        "point": "sakura@example.com",
        **_CONSENT,
        "consented_at": _day("2025-02-06"),
    },
    {"contact_id": "c04", "channel": "email", "point": "nur@example.net", **_CONSENT, "consented_at": None},
    {
        "contact_id": "c05",
        "channel": "email",
        "point": "formula@example.com",
        **_CONSENT,
        "consented_at": _day("2025-04-08"),
        "consent_source": "=evil.source",
        "warnings": ["=warn", "second"],
    },
    {
        "contact_id": "c06",
        "channel": "email",
        "point": "long@example.com",
        **_CONSENT,
        "consented_at": _day("2025-05-09"),
    },
    {
        "contact_id": "c07",
        "channel": "email",
        "point": "breaks@example.com",
        **_CONSENT,
        "consented_at": _day("2025-06-10"),
    },
    {
        "contact_id": "c08",
        "channel": "email",
        "point": "both@example.com",
        **_CONSENT,
        "consented_at": _day("2025-07-11"),
        "consent_source": "shopify.customers",
    },
    {
        "contact_id": "c08",
        "channel": "sms",
        "point": "+12025550108",
        **_CONSENT,
        "consented_at": _day("2025-08-12"),
        "consent_source": "meta.leads",
    },
    {"contact_id": "c09", "channel": "sms", "point": "+447700900109", **_CONSENT, "consented_at": _day("2025-09-13")},
    {
        "contact_id": "c10",
        "channel": "email",
        "point": "earlier@example.com",
        **_OTHER,
        "consented_at": _day("2026-06-01"),
        "consent_source": "shopify.orders",
        "expires_at": _day("2028-06-01"),
    },
    {
        "contact_id": "c11",
        "channel": "email",
        "point": "Ida.Falk@example.com",
        **_CONSENT,
        "consented_at": _day("2025-10-14"),
    },
    {
        "contact_id": "c12",
        "channel": "email",
        "point": "=cmd|'/c'!a0@example.com",
        **_CONSENT,
        "consented_at": _day("2025-11-15"),
    },
    {
        "contact_id": "c13",
        "channel": "email",
        "point": "zoë@example.com",
        **_CONSENT,
        "consented_at": _day("2025-12-16"),
    },
    {
        "contact_id": "c21",
        "channel": "email",
        "point": "family@example.com",
        **_CONSENT,
        "consented_at": _day("2024-12-16"),
    },
)

_HELD: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "contact_id": "c14",
        "channel": "email",
        "point": "left@example.com",
        "reason": "NO_WITHDRAWN",
        "state": "withdrawn",
        "sentence": "They unsubscribed from e-mail, says Mailchimp.",
        "since": _day("2026-01-02T03:04:05"),
        "source": "mailchimp.audience",
    },
    {
        "contact_id": "c15",
        "channel": "email",
        "point": "spam@example.com",
        "reason": "NO_SUPPRESSED_COMPLAINT",
        "state": "complained",
        "sentence": "They reported a message of yours as spam, says Mailchimp.",
        "since": _day("2026-01-03"),
    },
    {
        "contact_id": "c16",
        "channel": "email",
        "point": "bounced@example.com",
        "reason": "NO_SUPPRESSED_BOUNCE",
        "state": "bounced",
        "sentence": "Mail to this e-mail address came back for good, says Mailchimp.",
        "since": _day("2026-01-04"),
    },
    {
        "contact_id": "c17",
        "channel": "email",
        "point": "pending@example.com",
        "reason": "NO_PENDING",
        "state": "pending",
        "sentence": "They began to sign up and have not clicked the confirmation yet, says Meta.",
        "remedy": "Nothing to do.",
    },
    {
        "contact_id": "c18",
        "channel": "email",
        "point": None,
        "reason": "NO_ENDPOINT",
        "state": "none",
        "sentence": "Only the Instagram account is known, no e-mail address.",
    },
    {
        "contact_id": "c19",
        "channel": "email",
        "point": "=evil@example.com",
        "reason": "NO_WITHDRAWN",
        "state": "withdrawn",
        "sentence": "They unsubscribed from e-mail, says Shopify.",
        "since": None,
    },
    {
        "contact_id": "c20",
        "channel": "email",
        "point": "forgotten@example.com",
        "reason": "NO_ERASED",
        "state": "erased",
        "sentence": "This person asked to be forgotten; nothing may be sent to this e-mail address.",
    },
    {
        "contact_id": "c22",
        "channel": "email",
        "point": "family@example.com",
        "reason": "NO_OBJECTED",
        "state": "objected",
        "sentence": "They objected to advertising; that holds for every channel.",
        "since": _day("2026-02-01"),
    },
    {
        "contact_id": "c22",
        "channel": "sms",
        "point": "+12025550122",
        "reason": "NO_OBJECTED",
        "state": "objected",
        "sentence": "They objected to advertising; that holds for every channel.",
        "since": _day("2026-02-01"),
    },
)


# Who may be told what elsewhere: the same number may take texts and no WhatsApp messages, and advertising is asked for
# by itself.
_ELSEWHERE: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "contact_id": "c08",
        "channel": "whatsapp",
        "point_kind": "phone",
        "point": "+12025550198",
        **_CONSENT,
        "consented_at": _day("2025-08-13"),
    },
    {"contact_id": "c10", "channel": "whatsapp", "point_kind": "phone", "point": "+12025550110", **_OTHER},
    {
        "contact_id": "c01",
        "channel": "ads_audience",
        "point_kind": "email",
        "point": "ida.falk@example.com",
        **_CONSENT,
        "consented_at": _day("2024-03-02"),
    },
    {
        "contact_id": "c05",
        "channel": "ads_audience",
        "point_kind": "phone",
        "point": "+12025550105",
        **_CONSENT,
        "consented_at": _day("2025-04-09"),
    },
)
_HELD_ELSEWHERE: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "contact_id": "c09",
        "channel": "whatsapp",
        "point_kind": "phone",
        "point": "+447700900109",
        "reason": "NO_WITHDRAWN",
        "state": "withdrawn",
        "sentence": "They asked for no more WhatsApp messages.",
        "since": _day("2026-03-01"),
    },
    {
        "contact_id": "c14",
        "channel": "ads_audience",
        "point_kind": "email",
        "point": "left@example.com",
        "reason": "NO_OBJECTED",
        "state": "objected",
        "sentence": "They objected to advertising; that holds for every channel.",
        "since": _day("2026-02-01"),
    },
)


# Ida left this mailbox: it is dead, she is not.
_DEAD: Final = {
    "channel": "email",
    "point_kind": "email",
    "point": "ida.old@example.com",
    "state": "bounced",
    "reason": "NO_SUPPRESSED_BOUNCE",
    "since": _day("2025-03-04"),
    "source": "mailchimp.audience",
}


def sample_audience(people: Iterable[str] | None = None, channels: Sequence[str] = ("email", "sms")) -> Audience:
    """The fixed audience for marketing on `channels`; only these contacts of it, if given."""
    wanted = None if people is None else set(people)
    known = {person["contact_id"]: dict(person) for person in _PEOPLE}
    rows, held = (
        [
            {**_named(known[row["contact_id"]]), **_kind(row), **row}
            for row in source
            if (wanted is None or row["contact_id"] in wanted) and row["channel"] in channels
        ]
        for source in ((*_ADMITTED, *_ELSEWHERE), (*_HELD, *_HELD_ELSEWHERE))
    )
    dead = [_DEAD] if (wanted is None or "c01" in wanted) and "email" in channels else []
    return build(rows, held, channels=tuple(channels), suppressed=dead)


def sample_for(definition: Definition) -> Audience:
    """The fixed audience on the channels of `definition`, and by e-mail and SMS in any case."""
    return sample_audience(channels=tuple(dict.fromkeys(("email", "sms", *definition.channels))))


def sample_settings(definition: Definition) -> dict[str, str]:
    """A value for every setting of the API that the user gives."""
    values = {"text": "a1b2c3", "number": "7", "host": "receiver.example.com", "url": "https://receiver.example.com"}
    found = definition.api.settings if definition.api else ()
    return {
        setting.name: setting.choices[0] if setting.choices else values[setting.kind]
        for setting in found
        if not setting.computed
    }


def sample_stored() -> Stored:
    """The same people as the owner's own systems may hold them: all but the erased one."""
    kept = [_named(dict(person)) for person in _PEOPLE if person["contact_id"] != "c20"]
    rows = [{**person, "channel": STORAGE, "reason": "OK_STORAGE", "state": "stored"} for person in kept]
    held = [{"contact_id": "c20", "channel": STORAGE, "reason": "NO_ERASED", "state": "erased"}]
    contacts = pa.Table.from_pylist([*kept, {"contact_id": "c20"}], schema=CONTACTS)
    return Stored(build(rows, held, channels=(STORAGE,), purpose=STORAGE), contacts)


def build(
    rows: list[dict[str, Any]],
    held: list[dict[str, Any]],
    *,
    channels: tuple[str, ...] = ("email", "sms"),
    purpose: str = "marketing",
    suppressed: Sequence[Mapping[str, Any]] = (),
) -> Audience:
    """An Audience out of plain rows, its suppressed points those of `held` and of `suppressed`.

    For tests only: nobody was asked whether these rows may be written to.
    """
    stopped = [row for row in held if row.get("state") in SUPPRESSED_STATES and row.get("point")]
    stopped_rows = [{name: row.get(name) for name in SUPPRESSED.names} for row in (*stopped, *suppressed)]
    return Audience(
        controller_id="main",
        channels=channels,
        purpose=purpose,
        as_of=AS_OF,
        known_at=AS_OF,
        policy="strict",
        rows=pa.Table.from_pylist(rows, schema=AUDIENCE_ROWS),
        held_back=pa.Table.from_pylist(held, schema=HELD_BACK),
        suppressed=pa.Table.from_pylist(stopped_rows, schema=SUPPRESSED),
    )


def _kind(row: Mapping[str, Any]) -> dict[str, str]:
    return {"point_kind": "phone" if row["channel"] in {"sms", "whatsapp"} else "email"}


def _named(person: dict[str, Any]) -> dict[str, Any]:
    names = [person.get("first_name"), person.get("last_name")]
    return {"display_name": " ".join(name for name in names if name) or None, **person}
