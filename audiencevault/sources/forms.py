"""Answers to forms: the header of a column is the question, the cell is what one person answered.

Whose address a column holds is told by its question or, where that says nothing, by its values; an address or
number that the question says is somebody else's never becomes the respondent's. Only a question, or the text of a
ticked box, that plainly asks for permission gives consent, at the time of the answer, with the words that were shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import pyarrow.compute as pc

from audiencevault.export import Export, Member
from audiencevault.sources import table_reader, table_spec, table_words
from audiencevault.sources.importer import Claim, Importer
from audiencevault.sources.table_people import PeopleReader
from audiencevault.sources.table_reader import Head
from audiencevault.sources.table_rows import EventPart, Rows
from audiencevault.sources.table_spec import NO_WORDS, YES_WORDS, ConsentSpec, PointSpec, Spec
from audiencevault.sources.table_text import Column
from audiencevault.sources.tabular import Placed, TableImporter, table_name

TYPEFORM: Final = frozenset(
    {"#", "response type", "start date (utc)", "stage date (utc)", "submit date (utc)", "network id", "tags", "ending"}
)
GOOGLE: Final = frozenset({"timestamp", "marca temporal", "score"})
MAX_ANSWERS: Final = 200
"""A column with more different answers than this in a block is free text, which ticks no box."""

_POLITE: Final = re.compile(r"^(please |kindly )?(what s |what is |whats |enter |provide |write )?(your |the |my )?")
_SOMEBODY_ELSE: Final = re.compile(
    r"\b(friends?|parents?|mothers?|fathers?|guardians?|partners?|spouses?|wife|husband|child\w*|kids?|colleagues?|"
    r"emergency|teachers?|supervisors?|managers?|boss|refer\w*|recommend\w*|guests?|their|his|her|coach|plus one|"
    r"freund\w*|eltern|mutter|vater|partner\w*|kolleg\w*|notfall|begleit\w*|chef\w*|"
    r"ami|amie|amis|parent|mere|pere|collegue|urgence|amig\w*|madre|padre|tutor\w*|emergencia|pareja|colega|acompanante)\b"
)
_ABOUT_CONSENT: Final = re.compile(
    r"\b(consent|permission|agree\w*|marketing|newsletter|stay in touch|keep in touch|opt in|einwilligung|zustimmung|"
    r"consentement|consentimiento|boletin|consenso|consentimento|toestemming|nieuwsbrief|samtycke|samtykke|zgoda)\b"
)
_TIME: Final = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4},?[ T]\d{1,2}:\d\d.*")
_INTERNATIONAL: Final = re.compile(r"'?\+\d[\d ().-]{6,18}")
_NUMBER: Final = re.compile(r"'?\+?\d[\d ().-]{6,18}")
_CONTACT: Final = re.compile(
    r"\b(e mail|email|mail|phone|mobile|number|telefon\w*|tel\w*|handy\w*|correo|courriel|movil)\b"
)
_RUNNING: Final = re.compile(r"\d{1,9}")
_FIRST_WORD: Final = re.compile(r"[\s,.!;:–-]+")
_ACCEPT: Final = frozenset({"i accept", "i agree", "accepted", "agreed", "acepto", "ich stimme zu"})
_DECLINE: Final = frozenset({"i don't accept", "i do not accept", "i disagree", "no acepto"})


@dataclass(frozen=True)
class Answers:
    """What the columns of one form mean; `others` hold addresses and numbers of people who answered nothing."""

    points: tuple[PointSpec, ...]
    fields: dict[str, tuple[str, ...]]
    questions: tuple[Column, ...]
    others: frozenset[str]


def understood(head: Head, fixed: frozenset[str]) -> Answers:
    """The contact points, names and remaining questions of a form; `fixed` are columns that ask nothing."""
    values = head.values()
    asked = [column for column in head.columns if column.key not in fixed]
    points: list[PointSpec] = []
    fields: dict[str, list[str]] = {}
    plain: list[tuple[str, str]] = []
    questions: list[Column] = []
    others: set[str] = set()
    for column in asked:
        question = _POLITE.sub("", table_words.loose(column.raw))
        kind = table_words.field_of(column.raw) or table_words.field_of(question)
        mail = [*map(table_reader.looks_like_email, values[column.key])]
        if _SOMEBODY_ELSE.search(question):
            reached = any(mail) or any(map(_NUMBER.fullmatch, values[column.key])) or _CONTACT.search(question)
            others.update([column.key] if reached else [])
            questions.append(column)
        elif kind == "email" or (question == "username" and mail and all(mail)):
            points.append(PointSpec(_name(points, "email"), "email", (column.key,)))
        elif kind == "phone":
            points.append(PointSpec(_name(points, "phone"), "phone", (column.key,)))
        elif kind is not None and kind not in ("tags", "total_spent", "orders_count", "first_seen_at", "last_seen_at"):
            fields.setdefault(kind, []).append(column.key)
        elif question in table_words.PLAIN_NAME:
            plain.append((column.key, question))
        else:
            questions.append(column)
    for kind, looks in (("email", table_reader.looks_like_email), ("phone", _INTERNATIONAL.fullmatch)):
        if any(point.kind == kind for point in points):
            continue
        for column in questions:
            given = values[column.key]
            if given and all(map(looks, given)) and not _SOMEBODY_ELSE.search(table_words.loose(column.raw)):
                # A question in words that are not known, which everybody answers with one.
                points.append(PointSpec(kind, kind, (column.key,)))
                questions.remove(column)
                break
    table_words.place_names(fields, plain, of_people=bool(points))
    known = {name: tuple(keys) for name, keys in fields.items()}
    return Answers(tuple(points), known, tuple(questions), frozenset(others))


def _name(points: Sequence[PointSpec], kind: str) -> str:
    number = sum(point.kind == kind for point in points) + 1
    return kind if number == 1 else f"{kind}_{number}"


def permission(question: str, answer: str) -> tuple[str, str, str] | None:
    """Channel, meaning and the words that were shown, where an answer gives or refuses permission.

    >>> permission("May we email you our newsletter?", "Yes, please")
    ('email', 'granted', 'May we email you our newsletter?: Yes, please')
    >>> permission("Consent", "I agree to receive the newsletter")[1], permission("Consent", "I agree to the terms")
    ('granted', None)
    >>> permission("May we email you our newsletter?", "only if it is short") is None
    True
    """
    said = " ".join(answer.split()).casefold()
    plain_yes, plain_no = said in YES_WORDS | _ACCEPT, said in NO_WORDS | _DECLINE
    first = _FIRST_WORD.split(said, maxsplit=1)[0]
    channel = table_words.consent_question(question)
    if channel is not None:
        shown = question.strip()
        if plain_yes or plain_no:
            return channel, "granted" if plain_yes else "refused", shown
        if first in NO_WORDS:
            return channel, "refused", f"{shown}: {answer.strip()}"
        if (first in YES_WORDS and len(first) > 1 and not re.search(r"\b(but|not|aber|nicht|mais|pero)\b", said)) or (
            table_words.consent_question(answer) == channel
        ):
            return channel, "granted", f"{shown}: {answer.strip()}"
        return None
    channel = table_words.consent_question(answer)
    if channel is None or not _ABOUT_CONSENT.search(table_words.loose(question)) or "?" in answer:
        return None
    return channel, "granted", f"{question.strip()}: {answer.strip()}"


class FormReader(PeopleReader):
    """Reads one form; `questions` and `at` are set by the importer."""

    questions: tuple[Column, ...] = ()

    def more_events(self, rows: Rows) -> list[EventPart]:
        """Consent that was given or refused in an answer."""
        parts: list[EventPart] = []
        at = self.spec.columns["first_seen_at"]
        for column in self.questions:
            answers = [answer for answer in pc.unique(rows.get(column.key)).to_pylist() if answer]
            if len(answers) > MAX_ANSWERS:
                continue
            for answer in answers:
                found = permission(column.raw, answer)
                if found is None:
                    continue
                channel, meaning, shown = found
                kind = "email" if channel == "email" else "phone"
                consent = ConsentSpec(
                    columns=(column.key,),
                    points=tuple(point.name for point in self.spec.points if point.kind == kind),
                    channel=channel,
                    values={" ".join(answer.split()).casefold(): meaning},
                    at=at,
                    level="single",
                    capture_method="web_form",
                    notice=shown,
                )
                parts += self.consent_parts(rows, consent)
        return parts


class FormImporter(TableImporter):
    """An importer of one kind of form; `fixed` are the columns that every such form has."""

    reader = FormReader

    def __init__(self, spec: Spec, fixed: frozenset[str]) -> None:
        super().__init__(spec)
        self.fixed = fixed

    def placed(self, member: Member, encoding: str | None = None) -> Placed | None:
        """A form only where somebody can be told from it; the rest is left to others."""
        found = super().placed(member, encoding)
        return found if found is not None and self.adapted(found).points else None

    def adapted(self, placed: Placed) -> Spec:
        """The spec with the questions of this form."""
        answers = understood(placed.head, self.fixed)
        key = tuple(point.columns for point in answers.points)
        numbers = placed.head.values().get("#", [])
        if numbers and not all(map(_RUNNING.fullmatch, numbers)):
            # A response has an id of its own; in some files it is only counted, and then forms would share numbers.
            key = (("#",), *key)
        columns = {**self.spec.columns, **answers.fields}
        drop = self.spec.drop | answers.others
        return replace(self.spec, points=answers.points, columns=columns, key=key, drop=drop)

    def reader_for(self, claim: Claim, placed: Placed, context: object) -> PeopleReader:
        """The reader, with the questions that are no contact point and no name."""
        reader = super().reader_for(claim, placed, context)  # type: ignore[arg-type]
        assert isinstance(reader, FormReader)
        reader.questions = understood(placed.head, self.fixed).questions
        return reader

    def notes(self, placed: Placed) -> tuple[str, ...]:
        """Whether the form asked for consent."""
        questions = understood(placed.head, self.fixed).questions
        values = placed.head.values()
        if any(
            table_words.consent_question(column.raw) or any(permission(column.raw, text) for text in values[column.key])
            for column in questions
        ):
            return self.spec.notes
        return (
            *self.spec.notes,
            "No question of this form plainly asks for permission to write: answering it is no consent.",
        )


class GoogleFormsImporter(FormImporter):
    """Forms whose only fixed column is the time, which must be the first one and hold times."""

    def placed(self, member: Member, encoding: str | None = None) -> Placed | None:
        """See the class."""
        found = super().placed(member, encoding)
        if found is None:
            return None
        first = found.head.columns[0].key
        times = found.head.values()[first]
        mine = first in GOOGLE and times and all(map(_TIME.fullmatch, times))
        return found if mine else None

    def _claim(self, export: Export, placed: Placed) -> Claim:
        # Answers have no ids: the form's name keeps the answers of one form apart from those of another.
        return replace(super()._claim(export, placed), account=table_name(placed.member))


IMPORTERS: tuple[Importer, ...] = (
    FormImporter(table_spec.builtin("typeform_responses"), TYPEFORM),
    GoogleFormsImporter(table_spec.builtin("google_forms"), GOOGLE),
)
