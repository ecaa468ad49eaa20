"""The steps that would win most people back, chosen one after another by how many more people each may win.

Every step waits where people come by themselves (a profile, a parcel, a till, a form) or puts something right in the
records. No step writes to anybody to ask for consent: in the United Kingdom and in Canada that is advertising itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.audience import Remedy
from audiencevault.consent.reasons import CHANNEL_WORDS, COUNTRY_REMEDY, UNUSABLE_SENTENCE
from audiencevault.engine import Engine
from audiencevault.reach.outage import Answered, plain
from audiencevault.reach.ownership import Owners
from audiencevault.reach.ways import Standing, Who, companies, mine

SHOWN: Final = 3

DEAD: Final = ("NO_SUPPRESSED_BOUNCE", "NO_SUPPRESSED_INVALID")
FORM: Final = (
    "NO_LEVEL", "NO_EVIDENCE", "NO_STALE", "NO_EXPIRED", "NO_RELATION_ONLY", "NO_UNKNOWN", "NO_CHANNEL", "NO_PURPOSE",
    "NO_CONTROLLER", "NO_CONDITIONS", "NO_AMBIGUOUS",
)  # fmt: skip
"""Reasons that a sign-up of the person's own would outweigh."""

_UNUSABLE: Final = UNUSABLE_SENTENCE.partition("}")[2]
_CUSTOMERS: Final = """
    SELECT DISTINCT m.contact_id FROM source_records r JOIN members m ON m.record_id = r.record_id
    WHERE (r.relationship = 'customer' OR r.orders_count > 0) AND {mine}
"""


@dataclass(frozen=True)
class Step:
    """One thing to do. `people` are those whom it may win, `more` those among them whom no step before it may win;
    `exact` says that they become reachable by the step itself, else only those who sign up. `command` may be empty.
    """

    kind: str
    people: int
    more: int
    exact: bool
    sentence: str
    command: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "kind": self.kind,
            "people": self.people,
            "more": self.more,
            "exact": self.exact,
            "sentence": self.sentence,
            "command": self.command,
        }


@dataclass(frozen=True)
class _Candidate:
    kind: str
    who: Who
    exact: bool
    sentence: str
    command: str = ""
    # Of a source that somebody could vouch for, not everybody would become reachable.
    at_most: int | None = None
    # Where nothing brings people to it, it wins fewest, however many it is for.
    last: bool = False

    def gain(self, taken: Who) -> int:
        """How many more people this may win when `taken` are won."""
        more = int((self.who & ~taken).sum())
        return more if self.at_most is None else min(more, self.at_most)


def customers(engine: Engine, stand: Standing, *, controller_id: str | None = None) -> Who:
    """Who bought something from the sender `controller_id` (None: from any), or is on its list of customers; reads
    `source_records` and `members`.
    """
    return stand.who(engine.collect(_CUSTOMERS.format(mine=mine(controller_id)))["contact_id"])


def steps(
    answered: Answered, owners: Owners, *, bought: Who, remedies: Sequence[Remedy] = (), shown: int = SHOWN
) -> list[Step]:
    """The `shown` steps that would win most, the first winning most, each next one most of those who remain.

    `bought` are the customers; `remedies` what vouching for a source would change.
    """
    taken = np.zeros(answered.stand.size, dtype=np.bool_)
    left = _candidates(answered, owners, bought, remedies)
    chosen: list[Step] = []
    while left and len(chosen) < shown:
        # max takes the first of equals, and the candidates come in a fixed order.
        best = max(left, key=lambda candidate: (not candidate.last, candidate.gain(taken)))
        left.remove(best)
        more = best.gain(taken)
        if not more:
            continue
        alone = best.gain(np.zeros_like(taken))
        sentence = best.sentence.format(people=f"{alone:,} {'person' if alone == 1 else 'people'}")
        chosen.append(Step(best.kind, alone, more, best.exact, sentence, best.command))
        taken |= best.who
    return chosen


def _candidates(answered: Answered, owners: Owners, bought: Who, remedies: Sequence[Remedy]) -> list[_Candidate]:
    stand, held = answered.stand, answered.held_back
    reason = held["reason"]
    out = ~answered.reached & ~answered.said_no

    def whose(mask: Any) -> Who:
        return stand.who(held.filter(mask)["contact_id"]) & out

    found = [*_vouching(answered, remedies, out), *_followers(answered, owners, out)]
    found.append(
        _Candidate(
            "customers", bought & out, False,
            "Put a card with the QR code of your sign-up form into every parcel, at the till and on the receipt: "
            "{people} bought from you and cannot be written to on a channel that remains.",
        )
    )  # fmt: skip
    repairable = pc.or_(
        pc.is_in(reason, value_set=pa.array(DEAD)), pc.fill_null(pc.match_substring(held["sentence"], _UNUSABLE), False)
    )
    found.append(
        _Candidate(
            "repair", whose(repairable), False,
            "Ask for the current address at the next order or visit: {people} have one that is dead or incomplete.",
        )
    )  # fmt: skip
    found.append(
        _Candidate(
            "country", whose(pc.fill_null(pc.match_substring(held["remedy"], COUNTRY_REMEDY), False)), False,
            "Import a list that says the country of {people}: the strict rules hold for them because none is known, "
            "and their own country's may be milder.",
        )
    )  # fmt: skip
    found.append(
        _Candidate(
            "form", whose(pc.is_in(reason, value_set=pa.array(FORM))), False,
            "Keep a public sign-up form that asks for a confirming click, on your site and at the till: {people} have "
            "an address that you know, and no permission that holds.",
            last=True,
        )
    )  # fmt: skip
    return found


def _followers(answered: Answered, owners: Owners, out: Who) -> list[_Candidate]:
    found = []
    for name, who in sorted(companies(answered.stand, owners).items()):
        titles = [
            owners.title(platform)
            for platform, tied in answered.stand.platforms.items()
            if owners.company_of(platform) == name and (tied & out).any()
        ]
        if not titles:
            continue
        down = any(
            owners.company_of(platform) == name and platform in answered.drill.outage.platforms
            for platform in answered.stand.platforms
        )
        when = "Do it now, while it is up: put" if down else "Put"
        found.append(
            _Candidate(
                "followers", who & out, False,
                f"{when} the link to your sign-up form where people on {' and '.join(titles)} see it by themselves "
                "(profile, posts, stories): {people} there cannot be written to on a channel that remains.",
            )
        )  # fmt: skip
    return found


def _vouching(answered: Answered, remedies: Sequence[Remedy], out: Who) -> list[_Candidate]:
    found = []
    for remedy in remedies:
        for item in answered.lists:
            if item.channel != remedy.channel:
                continue
            held = item.held_back
            asserted = pc.and_(
                pc.equal(plain(held["reason"]), "NO_EVIDENCE"), pc.equal(plain(held["source"]), remedy.source)
            )
            who = answered.stand.who(held.filter(pc.fill_null(asserted, False))["contact_id"]) & out
            sentence = (
                f"Vouch for {remedy.source}, if you know how its people signed up: {{people}} could then be written to "
                f"by {CHANNEL_WORDS[remedy.channel][0]}."
            )
            found.append(_Candidate("vouch", who, True, sentence, remedy.command, remedy.people))
    return found
