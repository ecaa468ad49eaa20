"""Eventbrite's attendee report: who has a ticket, and what they answered to the owner's questions.

A ticket is no consent. A question that plainly asks for permission to write is: the question is the notice, the
answer the act, the order's date its time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.sources import table_spec, table_words
from audiencevault.sources.importer import Importer
from audiencevault.sources.table_purchases import PurchasesReader, named_columns
from audiencevault.sources.table_rows import Rows
from audiencevault.sources.table_spec import NO, YES, ConsentSpec, PointSpec, Spec
from audiencevault.sources.table_text import words
from audiencevault.sources.tabular import Placed, TableImporter

_REPORT: Final = words("quantity currency gender company website blog") | {
    "attendee #",
    "ticket quantity",
    "fees paid",
    "eventbrite fees",
    "order type",
    "event id",
    "buyer first name",
    "buyer last name",
    "buyer email",
}
"""Columns of the report that are no question of the owner's; a buyer may be somebody else than the attendee."""


class EventbriteReader(PurchasesReader):
    """Reads one report; who buys tickets for others gives each of them the same address."""

    def _source_keys(self, rows: Rows) -> pa.StringArray:
        keys = super()._source_keys(rows)
        names = pc.utf8_lower(pc.binary_join_element_wise(rows.get("first name"), rows.get("last name"), " "))
        return pc.if_else(pc.equal(names, " "), keys, pc.binary_join_element_wise(keys, names, "|"))


class EventbriteImporter(TableImporter):
    """See the module."""

    reader = EventbriteReader

    def adapted(self, placed: Placed) -> Spec:
        """The spec with the questions of this event: for permission, for a phone number, or kept as they are."""
        spec, purchases = self.spec, self.spec.purchases
        if purchases is None:
            raise TypeError(spec.source)
        known = named_columns(spec) | _REPORT
        consent: list[ConsentSpec] = []
        points, kept = list(spec.points), list(purchases.keep)
        for column in placed.head.columns:
            if column.key in known:
                continue
            channel = table_words.consent_question(column.raw)
            if channel is not None:
                consent.append(_question(column.key, channel))
            elif table_words.field_of(column.raw) == "phone" and len(points) == len(spec.points):
                points.append(PointSpec("phone", "phone", (column.key,)))
            else:
                kept.append(column.key)
        if len(points) == len(spec.points):
            consent = [one for one in consent if one.points == ("email",)]
        return replace(
            spec, points=tuple(points), consent=tuple(consent), purchases=replace(purchases, keep=tuple(kept))
        )

    def notes(self, placed: Placed) -> tuple[str, ...]:
        """Whether a question asked for consent."""
        if self.adapted(placed).consent:
            return ()
        return ("No question of this event plainly asks for permission to write: a ticket is not consent.",)


def _question(key: str, channel: str) -> ConsentSpec:
    return ConsentSpec(
        columns=(key,),
        points=("email" if channel == "email" else "phone",),
        channel=channel,
        values={YES: "granted", NO: "refused"},
        at=("order date",),
        level="single",
        capture_method="web_form",
        notice_is_header=True,
    )


IMPORTERS: tuple[Importer, ...] = (EventbriteImporter(table_spec.builtin("eventbrite_attendees")),)
