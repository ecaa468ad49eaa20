"""Random worlds, biased to permissive events: with a lot of "no"s nobody is mailable and nothing is tested.

A world comes from a number, so that a failing one can be made again. Worlds of one batch share no point, no
record and no list, so that one fold answers for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from .worlds import SOI, TCPA, Event, Record, World

COUNTRIES = ("NL", "NL", "US", "US", "DE", "FR", "GB", "CA", "AU", "BR", None, None)
METHODS = ("web_form", "platform_export", "provider_export")
SNAPSHOTS = ("2025-05-01", "2025-11-01", "2026-03-01", "2026-09-01")


@dataclass(frozen=True)
class Made:
    """A world and the points that an additional event may be about."""

    world: World
    points: tuple[tuple[str, str, str], ...]
    seed: int

    def extra(self, random: Random, types: dict[str, float]) -> Event:
        """One more event of these types, about one of the points."""
        return an_event(random, self.points, self.seed, types)


PERMISSIVE = {
    "granted": 6.0, "confirmed": 3, "observed_yes": 3, "purchase": 3, "inquiry": 1, "click": 0.5, "soft_opt_in": 1.5,
    "requested": 0.7, "relationship": 1, "reaffirmed": 0.5,
}  # fmt: skip
RESTRICTIVE = {
    "withdrawn": 2.0, "objected": 0.5, "refused": 0.5, "complained": 0.5, "bounce": 0.4, "manual": 0.3, "erased": 0.15,
    "observed_no": 1.0, "invalidated": 0.3,
}  # fmt: skip
NEUTRAL = {"suppression_lifted": 0.3, "tombstone_lifted": 0.1, "observed_never": 0.5, "prechecked": 0.3}
INERT = {"relationship": 1.0, "observed_never": 1, "prechecked": 1, "requested": 1}


def moment(random: Random) -> str:
    """A day of the last four years, most often of the last two."""
    year = random.choice((2022, 2023, 2024, 2025, 2025, 2025, 2026, 2026, 2026))
    month = random.randint(1, 10 if year == 2026 else 12)
    # Few different days, so that ties happen.
    return f"{year}-{month:02d}-{random.choice((1, 1, 15))}T{random.choice(('00:00', '09:30'))}".replace("-1T", "-01T")


def an_event(random: Random, points: tuple[tuple[str, str, str], ...], seed: int, types: dict[str, float]) -> Event:
    what = random.choices(list(types), list(types.values()))[0]
    kind, point, record = random.choice(points)
    channel = "email" if kind == "email" else random.choice(("sms", "sms", "whatsapp"))
    at: str | None = moment(random) if random.random() < 0.85 else None
    precision = random.choice(("instant", "instant", "day", "month", "year"))
    grade = random.choices(("partial", "full", "asserted", None), (5, 4, 0.5, 1))[0]
    event = Event(
        "granted", at, precision, kind=kind, point=point, channel=channel,
        record=random.choices((record, None), (9, 1))[0], snapshot=random.choice(SNAPSHOTS),
        recorded="2026-11-20", level=random.choice(("single", "single", "confirmed", "unknown")),
        source=random.choice((f"demo{seed}.list", f"demo{seed}.orders", f"other{seed}.shop")),
        method=random.choice(METHODS),
        purpose=random.choices(("marketing", "marketing/newsletter", "transactional", "*"), (12, 1, 0.3, 0.5))[0],
        controller=random.choices(("shop", "second"), (14, 1))[0],
        actor=random.choices(("data_subject", "provider"), (9, 1))[0],
        conditions=TCPA if random.random() < 0.5 else {},
        valid_until=random.choices((None, "2025-12-31", "2027-12-31"), (16, 1, 1))[0],
    )  # fmt: skip
    shown = replace(event, grade=grade if at else "asserted")
    if what in ("granted", "reaffirmed"):
        return replace(shown, type=what)
    if what == "confirmed":
        return replace(shown, type="confirmed", level="confirmed")
    if what == "observed_yes":
        return replace(event, type="observed", state="subscribed", at=None, level="unknown")
    if what == "observed_no":
        return replace(event, type="observed", state="not_subscribed", at=None, level="unknown")
    if what == "observed_never":
        return replace(event, type="observed", state="never_subscribed", at=None, level="unknown")
    if what in ("purchase", "inquiry", "click"):
        return replace(event, type="activity", detail=what, purpose="marketing")
    if what == "soft_opt_in":
        broken = {} if random.random() < 0.7 else {random.choice(list(SOI)): False}
        return replace(shown, type="basis_recorded", basis="soft_opt_in", conditions={**SOI, **broken})
    if what == "prechecked":
        return replace(event, type="granted", method="prechecked_box", grade="none")
    if what == "bounce":
        return replace(event, type="suppressed", detail=random.choice(("hard_bounce", "cleaned", "invalid")))
    if what == "manual":
        return replace(event, type="suppressed", detail=random.choice(("manual", "legal")))
    if what == "suppression_lifted":
        return replace(
            event, type=what, detail=random.choice(("delivered", "manual", "invalid")), actor="controller_user"
        )
    if what == "tombstone_lifted":
        return replace(event, type=what, grade="full")
    if what == "withdrawn" and random.random() < 0.2:
        return replace(event, type=what, channel="any")
    return replace(event, type=what)


def a_weekly_list(random: Random, points: tuple[tuple[str, str, str], ...], seed: int) -> tuple[Event, ...]:
    """A list that says the same undated no in several exports, sometimes something else between, and a strong yes
    elsewhere in the meantime."""
    kind, point, record = random.choice(points)
    channel = "email" if kind == "email" else "sms"
    no = Event("withdrawn", kind=kind, point=point, channel=channel, record=record, source=f"weekly{seed}.list",
               recorded="2026-11-20")  # fmt: skip
    says = [random.random() < 0.8 for _ in SNAPSHOTS]
    weekly = [
        replace(no if said else replace(no, type="observed", state="subscribed"), snapshot=at)
        for said, at in zip(says, SNAPSHOTS, strict=True)
    ]
    yes = Event("confirmed", moment(random), grade="full", level="confirmed", kind=kind, point=point, channel=channel,
                record=record, source=f"form{seed}.page", recorded="2026-11-20", snapshot=SNAPSHOTS[-1])  # fmt: skip
    return tuple(replace(event, id=f"w{seed}-{number}") for number, event in enumerate([*weekly, yes]))


def make(seed: int) -> Made:
    """The world of this number."""
    random = Random(seed)
    emails = [("email", f"p{seed}@example.com"), ("email", f"q{seed}@gmail.com"), ("email", f"q.{seed}@gmail.com")]
    phones = [("phone", f"+3120{seed:010d}")]
    records, held = {}, []
    for number in range(random.randint(1, 3)):
        name = f"r{seed}-{number}"
        points = random.sample([*emails, *emails[:1], *phones], random.randint(1, 2))
        records[name] = Record(tuple(sorted(set(points))), random.choice(COUNTRIES),
                               random.choice(("subscriber", "customer", "lead")))  # fmt: skip
        held.extend((kind, point, name) for kind, point in records[name].points)
    if random.random() < 0.15:
        kind, point = random.choice(emails)
        held.append((kind, point, random.choice(["elsewhere", *records])))
    people = {}
    if len(records) > 1 and random.random() < 0.4:
        names = sorted(records)
        people = {names[1]: names[0]}
    calm = {**PERMISSIVE, **NEUTRAL}
    rough = {**PERMISSIVE, **NEUTRAL, **{name: weight * 0.7 for name, weight in RESTRICTIVE.items()}}
    types = calm if random.random() < 0.35 else rough
    points = tuple(held)
    events = tuple(
        replace(an_event(random, points, seed, types), id=f"e{seed}-{number:02d}")
        for number in range(random.randint(1, 9))
    )
    if random.random() < 0.15:
        events += a_weekly_list(random, points, seed)
    buried = ()
    if random.random() < 0.04:
        kind, point, _ = random.choice(points)
        buried = ((kind, point.replace(f"q.{seed}", f"q{seed}"), "2026-04-01"),)
    attested = ({"source": f"demo{seed}.list", "channel": "any", "purpose": "*"},) if random.random() < 0.3 else ()
    return Made(World(records, events, people, attested, buried), points, seed)
