"""How each person can be reached: lawfully on a channel of their own, and through which platforms.

Words: a person *stands* on a channel where the consent rules let this sender write to them there, and on a platform
where they have a tie to the owner there that a newer, complete export has not ended. A tie shows them what is
posted, and is no permission for anything else.
*Ways* are the owner companies of somebody's platforms, and, as one more, all channels of their own together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.reach.ownership import Owners

Who = npt.NDArray[np.bool_]
"""One truth value per contact, in the order of the contacts."""

UNKNOWN_CURRENCY: Final = "unknown"
"""The key of revenue whose source does not say the currency."""

_PAIRS: Final = "SELECT DISTINCT source, relationship FROM source_records WHERE source IS NOT NULL"
_TIED: Final = """
    SELECT DISTINCT m.contact_id, t.platform
    FROM source_records r
    JOIN reach__ties t ON t.source = r.source AND t.relationship = r.relationship
    JOIN members m ON m.record_id = r.record_id
    LEFT JOIN {gone} g ON g.record_id = r.record_id
    WHERE g.record_id IS NULL AND {mine}
"""
_CONTACTS: Final = """
    SELECT contact_id, currency, total_spent, address1 IS NOT NULL AND city IS NOT NULL AS has_address
    FROM contacts ORDER BY contact_id
"""


@dataclass(frozen=True)
class Standing:
    """`contacts` are everybody (`contact_id`, `currency`, `total_spent`, `has_address`), sorted; `own` says
    who stands on each channel of their own, `platforms` who stands on each platform.
    """

    contacts: pa.Table
    own: Mapping[str, Who]
    platforms: Mapping[str, Who]

    @property
    def size(self) -> int:
        """How many people there are."""
        return int(self.contacts.num_rows)

    def on_own(self, down: Collection[str] = ()) -> Who:
        """Who stands on at least one channel of their own that is not `down`."""
        return self._any(who for name, who in self.own.items() if name not in down)

    def on_platforms(self, down: Collection[str] = ()) -> Who:
        """Who stands on at least one platform that is not `down`."""
        return self._any(who for name, who in self.platforms.items() if name not in down)

    def has_address(self) -> Who:
        """Whose postal address is in the vault, good enough for a letter."""
        return np.asarray(self.contacts["has_address"].combine_chunks(), dtype=np.bool_)

    def who(self, contact_ids: pa.Array | pa.ChunkedArray) -> Who:
        """Which people `contact_ids` are."""
        found = pc.is_in(_array(self.contacts["contact_id"]), value_set=_array(contact_ids))
        return np.asarray(found, dtype=np.bool_)

    def revenue(self, who: Who) -> dict[str, Decimal]:
        """What these people spent, by currency; currencies are never added."""
        rows = self.contacts.filter(pa.array(who)).filter(pc.field("total_spent").is_valid())
        key = pc.fill_null(rows["currency"], UNKNOWN_CURRENCY)
        table = pa.table({"currency": key, "spent": rows["total_spent"]})
        sums = table.group_by("currency").aggregate([("spent", "sum")]).to_pylist()
        return {row["currency"]: row["spent_sum"] for row in sorted(sums, key=lambda row: str(row["currency"]))}

    def _any(self, many: Any) -> Who:
        total = np.zeros(self.size, dtype=np.bool_)
        for who in many:
            total |= who
        return total


def standing(
    engine: Engine,
    owners: Owners,
    reached: Mapping[str, pa.Array | pa.ChunkedArray],
    *,
    controller_id: str | None = None,
    gone: str = "gone_records",
) -> Standing:
    """Everybody's standing with the sender `controller_id` (None: with any). `reached` holds, per channel, the ids of
    those who may be written to there, as an audience says.

    A channel that belongs to a platform (WhatsApp) counts as that platform. Reads the relations `contacts`, `members`,
    `source_records` (current observations) and `gone`.
    """
    contacts = engine.collect(_CONTACTS)
    blank = Standing(contacts, {}, {})
    platforms = _tied(engine, owners, blank, gone, mine(controller_id))
    own: dict[str, Who] = {}
    host = {channel: item.name for item in owners.platforms.values() for channel in item.channels}
    for channel, ids in reached.items():
        who = blank.who(ids)
        if channel in host:
            platforms[host[channel]] = platforms.get(host[channel], np.zeros(blank.size, dtype=np.bool_)) | who
        else:
            own[channel] = who
    return Standing(contacts, own, dict(sorted(platforms.items())))


def mine(controller_id: str | None) -> str:
    """The condition that a record `r` is of this sender's own accounts and shops; one without a sender is."""
    if controller_id is None:
        return "1 = 1"
    name = controller_id.replace("'", "''")
    return f"coalesce(r.controller_id, '{name}') = '{name}'"


def _tied(engine: Engine, owners: Owners, blank: Standing, gone: str, condition: str) -> dict[str, Who]:
    pairs = engine.collect(_PAIRS).to_pylist()
    ties = [{**pair, "platform": owners.platform_of(pair["source"], pair["relationship"] or "")} for pair in pairs]
    known = [tie for tie in ties if tie["platform"] is not None]
    names = ("source", "relationship", "platform")
    engine.read("reach__ties", pa.Table.from_pylist(known, pa.schema([(name, pa.string()) for name in names])))
    tied = engine.collect(_TIED.format(gone=gone, mine=condition))
    engine.drop("reach__ties")
    return {
        name: blank.who(tied.filter(pc.equal(tied["platform"], name))["contact_id"])
        for name in sorted({tie["platform"] for tie in known})
    }


@dataclass(frozen=True)
class Dependence:
    """How far a list hangs on companies that can switch it off.

    `reachable` are the people who can be reached in any way, `only_one` those among them whom one owner company alone
    can show you to, `own` those with a channel of their own; `share` is `only_one` of `reachable`, None where nobody
    can be reached. `revenue` has, per currency, what all people spent (`total`), those who can be reached
    (`reachable`), those who hang on one company (`only_one`), and its `share` of `reachable`.
    `concentration` is from 0 (all ways are people's own) to 1 (everybody hangs on the same company); see
    `concentration_of`. `companies` has, per owner company, how many people can be reached through it, and how many
    only through it.
    """

    people: int
    reachable: int
    own: int
    only_one: int
    share: float | None
    revenue: Mapping[str, Mapping[str, Any]]
    concentration: float
    companies: Mapping[str, Mapping[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """For JSON; money as numbers."""
        return {
            "people": self.people,
            "reachable": self.reachable,
            "own": self.own,
            "only_one": self.only_one,
            "share": rounded(self.share),
            "revenue": {key: plain_money(row) for key, row in self.revenue.items()},
            "concentration": rounded(self.concentration),
            "companies": {name: dict(row) for name, row in self.companies.items()},
        }


def dependence(stand: Standing, owners: Owners) -> Dependence:
    """The dependence of everybody in `stand`."""
    by_company = companies(stand, owners)
    own = stand.on_own()
    ways = own.astype(np.int64)
    for who in by_company.values():
        ways += who
    reachable = ways > 0
    only = reachable & ~own & (ways == 1)
    return Dependence(
        people=stand.size,
        reachable=int(reachable.sum()),
        own=int(own.sum()),
        only_one=int(only.sum()),
        share=share(only.sum(), reachable.sum()),
        revenue=money(stand, {"total": np.ones(stand.size, dtype=np.bool_), "reachable": reachable, "only_one": only}),
        concentration=concentration_of(list(by_company.values()), ways),
        companies={
            name: {"title": owners.title(name), "people": int(who.sum()), "only": int((who & only).sum())}
            for name, who in sorted(by_company.items(), key=lambda pair: (-int(pair[1].sum()), pair[0]))
            if who.any()
        },
    )


def companies(stand: Standing, owners: Owners, down: Collection[str] = ()) -> dict[str, Who]:
    """Who can be reached through each owner company, by the platforms that are not `down`."""
    found: dict[str, Who] = {}
    for platform, who in stand.platforms.items():
        if platform not in down:
            company = owners.company_of(platform)
            found[company] = found[company] | who if company in found else who.copy()
    return found


def concentration_of(by_company: Sequence[Who], ways: npt.NDArray[np.int64]) -> float:
    """The Herfindahl index over owner companies.

    Each person who can be reached is one unit, split evenly over their ways; a company's share is its part of all
    units, and the index is the sum of the squares of the companies' shares. Channels of people's own take their part
    of the units and add nothing, since nobody can switch them off: all through one company gives 1, half of the
    people through one company and half by e-mail 0.25, nobody through a company 0.
    """
    units = int((ways > 0).sum())
    if not units:
        return 0.0
    return float(sum((float((1.0 / ways[who]).sum()) / units) ** 2 for who in by_company))


def money(stand: Standing, groups: Mapping[str, Who]) -> dict[str, dict[str, Any]]:
    """What each group spent, per currency, and the `share` of the last group in the one before it."""
    sums = {name: stand.revenue(who) for name, who in groups.items()}
    names = list(groups)
    currencies = sorted({currency for found in sums.values() for currency in found})
    table = {}
    for currency in currencies:
        row: dict[str, Any] = {name: sums[name].get(currency, Decimal(0)) for name in names}
        row["share"] = share(row[names[-1]], row[names[-2]])
        table[currency] = row
    return table


def share(part: Any, whole: Any) -> float | None:
    """`part` of `whole`, None where there is no whole."""
    return float(part) / float(whole) if whole else None


def rounded(value: float | None) -> float | None:
    """Four digits: a share to the hundredth of a percent."""
    return None if value is None else round(value, 4)


def plain_money(row: Mapping[str, Any]) -> dict[str, Any]:
    """Sums as numbers with two digits, for JSON."""
    return {
        name: rounded(value) if name == "share" else float(round(value, 2)) if isinstance(value, Decimal) else value
        for name, value in row.items()
    }


def _array(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
