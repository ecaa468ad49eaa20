"""Meta lead ads: what people typed into a form under an advertisement.

Filling in a form is an inquiry. Consent is only what a question asked for in so many words: the question is
the notice, the answer the act, the time that of the form.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from audiencevault.sources import table_reader, table_spec, table_words
from audiencevault.sources.importer import Importer
from audiencevault.sources.table_spec import NO, YES, ConsentSpec, PointSpec, Spec
from audiencevault.sources.table_text import words
from audiencevault.sources.tabular import Placed, TableImporter

_FORM: Final = words(
    "id lead_id created_time created ad_id ad_name adset_id adset_name campaign_id campaign_name form_id form_name "
    "is_organic platform inbox_url lead_status stage owner source labels"
)


class MetaLeadsImporter(TableImporter):
    """See the module."""

    def adapted(self, placed: Placed) -> Spec:
        """The spec with the consent questions of this form, and its contact questions in other languages."""
        spec = self.spec
        if placed.layout.name == "Leads Centre list":
            # `5/4/26, 1:05 PM`: month first, whatever language the page is shown in.
            spec = replace(spec, date_order="mdy")
        known = {key for keys in spec.columns.values() for key in keys}
        known |= {key for point in spec.points for key in point.columns} | _FORM
        consent: list[ConsentSpec] = []
        points = list(spec.points)
        values = placed.head.values()
        names = {"email": ["email", "work_email"], "sms": ["phone", "work_phone"]}
        for column in placed.head.columns:
            if column.key in known:
                continue
            channel = table_words.consent_question(column.raw)
            kind = table_words.field_of(column.raw)
            answers = values[column.key]
            if answers and all(map(table_reader.looks_like_email, answers)):
                # A question of the form's owner, in whatever words, that people answer with an address.
                kind = "email"
            if channel is not None:
                about = names["email" if channel == "email" else "sms"]
                consent.append(_question(column.key, channel, tuple(about)))
            elif kind in ("email", "phone"):
                name = f"{kind}:{column.key}"
                points.append(PointSpec(name, kind, (column.key,)))
                names["email" if kind == "email" else "sms"].append(name)
        if not consent and len(points) == len(self.spec.points):
            return spec
        everyone = tuple(point.name for point in points)
        activity = tuple(replace(one, points=everyone) for one in spec.activity)
        key = (*spec.key, *(point.columns for point in points[len(spec.points) :]))
        return replace(spec, points=tuple(points), consent=tuple(consent), activity=activity, key=key)

    def notes(self, placed: Placed) -> tuple[str, ...]:
        """Whether the form asked for consent."""
        if self.adapted(placed).consent:
            return ()
        return ("No question of this form plainly asks for permission to write: its leads are inquiries, not consent.",)


def _question(key: str, channel: str, points: tuple[str, ...]) -> ConsentSpec:
    # A refusal is as much an act as a yes, with the same time and text.
    return ConsentSpec(
        columns=(key,),
        points=points,
        channel=channel,
        values={YES: "granted", NO: "refused"},
        at=("created_time", "created"),
        level="single",
        capture_method="lead_ad",
        notice_is_header=True,
    )


IMPORTERS: tuple[Importer, ...] = (MetaLeadsImporter(table_spec.builtin("meta_leads")),)
