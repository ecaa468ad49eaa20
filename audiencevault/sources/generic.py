"""Any table of people: columns are known by their headers in ten languages, or by their values.

This importer only gets what no other one claims. What it guesses is a spec like any other, so that a person
can have it written out (`spec_to_toml`), mend it, and pass it back with `--spec`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Final

from audiencevault.errors import AudienceVaultError, ExportError
from audiencevault.export import Export, Member
from audiencevault.records import Extracted
from audiencevault.sources import table_dates, table_reader, table_words
from audiencevault.sources.importer import Claim, ImportContext, Importer
from audiencevault.sources.table_people import PeopleReader
from audiencevault.sources.table_reader import Head
from audiencevault.sources.table_spec import (
    ANY,
    NO,
    YES,
    ConsentSpec,
    LayoutSpec,
    PointSpec,
    PurchasesSpec,
    SkipSpec,
    Spec,
)
from audiencevault.sources.tabular import GUESSED, described, table_name

SOURCE: Final = GUESSED
TITLE: Final = "Any table with names, e-mail addresses or phone numbers"

_PERSON_FIELDS: Final = frozenset(
    {"company", "job_title", "address1", "postcode", "birthday", "first_name", "last_name", "language"}
)
_OWNER_TABLES: Final = (
    frozenset({"email address", "confirmed", "primary"}),
    frozenset({"number", "type", "extension"}),
    frozenset({"maiden name", "headline", "summary"}),
    frozenset({"registered at", "registration ip"}),
)
"""Tables in platform downloads that describe the owner: no contacts are in them."""

_NOT_PEOPLE: Final = (frozenset({"transaction id", "gross", "net"}), frozenset({"reason code", "reason", "remedy"}))
_STATUS_VALUES: Final[Mapping[str, str]] = {
    "subscribed": "subscribed",
    "unsubscribed": "withdrawn",
    "opted in": "subscribed",
    "opted-in": "subscribed",
    "opt-in": "subscribed",
    "opted out": "withdrawn",
    "opted-out": "withdrawn",
    "opt-out": "withdrawn",
    "never subscribed": "never_subscribed",
    "never_subscribed": "never_subscribed",
    "non-subscribed": "never_subscribed",
    "nonsubscribed": "never_subscribed",
    "not subscribed": "not_subscribed",
    "not_subscribed": "not_subscribed",
    "pending": "requested",
    "unconfirmed": "requested",
    "bounced": "hard_bounce",
    "cleaned": "cleaned",
    "hard bounce": "hard_bounce",
    "hard bounced": "hard_bounce",
    "hard_bounce": "hard_bounce",
    "invalid": "invalid",
    "complained": "complained",
    "complaint": "complained",
    "spam": "complained",
    "spam complaint": "complained",
    "spam_complaint": "complained",
    "abuse": "complained",
    "suppressed": "suppressed",
    "blocklisted": "suppressed",
    "blacklisted": "suppressed",
    "do not contact": "suppressed",
}
_SCIENTIFIC: Final = re.compile(r"\d[.,]\d+E\+\d+")


class GenericImporter:
    """See the module."""

    source = SOURCE
    title = TITLE
    fallback = True

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each member with a column of e-mail addresses, phone numbers or names."""
        claims: list[Claim] = []
        for member in export.members:
            if not table_reader.is_table_name(member):
                continue
            try:
                head = table_reader.sniff(member)
            except AudienceVaultError as error:
                # Claimed all the same, so that reading it says what is wrong and what to do.
                claims.append(self._unopened(export, member, error))
                continue
            spec = None if head is None else guess(head, plain_text=member.name.lower().endswith(".txt"))
            if head is not None and spec is not None:
                present, absent = described(spec, head)
                claims.append(
                    Claim(
                        importer=self,
                        source=SOURCE,
                        layout=spec.layouts[0].name,
                        export=export,
                        members=(member,),
                        present=present,
                        absent=absent,
                        account=table_name(member),
                        notes=_notes(spec, head),
                    )
                )
        return claims

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """The people of the table; see `Importer.extract`."""
        for member in claim.members:
            head = table_reader.sniff(member, encoding=context.encoding)
            spec = None if head is None else guess(head, plain_text=member.name.lower().endswith(".txt"))
            if head is None or spec is None:
                raise ExportError(
                    f"{member.path} has no column of names, e-mail addresses or phone numbers.",
                    "Describe its columns in a spec and pass it with --spec; see docs/importers/any-table.md.",
                )
            yield from PeopleReader(
                spec,
                member,
                head,
                account=context.account or claim.account,
                sha256=claim.sha256,
                date_order=context.date_order,
                limits=context.limits,
            ).run()
        yield Extracted(coverage={SOURCE: False})

    def _unopened(self, export: Export, member: Member, error: AudienceVaultError) -> Claim:
        return Claim(
            importer=self,
            source=SOURCE,
            layout="spreadsheet, not opened",
            export=export,
            members=(member,),
            account=table_name(member),
            notes=(f"{error.message} {error.hint}",),
        )


def guess(head: Head, *, plain_text: bool = False) -> Spec | None:
    """What the columns of a table mean, or None where it shows no people.

    `plain_text` is for files that need not be tables at all: there a header must be known, or every row an
    e-mail address.
    """
    keys = head.keys()
    if any(keys.issuperset(table) for table in (*_OWNER_TABLES, *_NOT_PEOPLE)):
        return None
    if head.header is None:
        return _by_values(head)
    points: list[PointSpec] = []
    fields: dict[str, list[str]] = {}
    consent: list[ConsentSpec] = []
    later: list[tuple[str, str]] = []
    plain_names: list[tuple[str, str]] = []
    values = head.values()
    for column in head.columns:
        field = table_words.field_of(column.raw)
        word = table_words.loose(column.raw)
        said = table_words.consent_column(column.raw)
        if field == "email" and not _mostly(values[column.key], table_reader.looks_like_email):
            field = None
        if field == "phone" and not _mostly(values[column.key], _could_be_phone):
            field = None
        if word in table_words.PLAIN_NAME and field is None:
            plain_names.append((column.key, word))
        elif field in ("email", "phone"):
            name = field if not any(point.name == field for point in points) else f"{field}:{column.key}"
            points.append(PointSpec(name, field, (column.key,), None if name == field else column.raw.strip()))
        elif field is not None:
            fields.setdefault(field, []).append(column.key)
        elif said is not None:
            dated = not said[1] and _mostly(values[column.key], _could_be_date)
            later.append((column.key, "yes" if said[1] else "date" if dated else "no"))
        elif table_words.opt_out_date(column.raw):
            later.append((column.key, "date"))
        elif table_words.is_status(column.raw):
            later.append((column.key, "status"))
        elif _mostly(values[column.key], table_reader.looks_like_email) and any(values[column.key]):
            # Known by its values: a header in a language, or a wording, that is not listed.
            points.append(PointSpec(f"email:{column.key}", "email", (column.key,), column.raw.strip() or None))
    table_words.place_names(fields, plain_names, of_people=bool(points) or bool(_PERSON_FIELDS & fields.keys()))
    if not _shows_people(points, fields, plain_text):
        return None
    raws = {column.key: column.raw for column in head.columns}
    for key, form in later:
        made = _consent(key, raws[key], form, points)
        if made is not None:
            consent.append(made)
    required = [point.columns[0] for point in points] or [
        key for name in ("first_name", "last_name", "full_name") for key in fields.get(name, [])
    ]
    return Spec(
        source=SOURCE,
        title=TITLE,
        relationship="contact",
        layouts=(LayoutSpec(_layout_name(head), tuple(required)),),
        columns={name: tuple(found) for name, found in fields.items()},
        points=tuple(points),
        key=tuple(point.columns for point in points),
        strip_apostrophe=frozenset(
            {key for point in points if point.kind == "phone" for key in point.columns}
            | set(fields.get("postcode", []))
        ),
        consent=tuple(consent),
    )


def _mostly(values: Sequence[str], test: object) -> bool:
    """Whether at least half of the filled cells pass; an empty column is believed."""
    assert callable(test)
    return not values or 2 * sum(bool(test(value)) for value in values) >= len(values)


def _could_be_phone(text: str) -> bool:
    digits = sum(char.isdigit() for char in text)
    letters = sum(char.isalpha() for char in text)
    return (5 <= digits <= 20 and letters <= 4) or _SCIENTIFIC.fullmatch(text) is not None


def _could_be_date(text: str) -> bool:
    """Whether an opt-out is told by its date: a column `Unsubscribed` holds a yes in some lists, a day in others."""
    return table_dates.instant(text, "dmy") is not None or table_dates.instant(text, "mdy") is not None


def _shows_people(points: Sequence[PointSpec], fields: Mapping[str, object], plain_text: bool) -> bool:
    if points:
        return True
    named = {"first_name", "last_name"} <= fields.keys() or "full_name" in fields
    return named and not plain_text


def _consent(key: str, raw: str, form: str, points: Sequence[PointSpec]) -> ConsentSpec | None:
    """The consent column, as far as it speaks of a contact point that the table has.

    A yes is what the source says today; whose date a sign-up column holds, only the person can tell (in a spec).
    """
    said = table_words.consent_column(raw)
    channel = said[0] if said else table_words.opt_out_date(raw) or "email"
    kind = "email" if channel == "email" else "phone"
    about = tuple(point.name for point in points if point.kind == kind)
    if not about or channel == "postal":
        return None
    if form == "yes":
        values = {YES: "subscribed", NO: "not_subscribed", **_STATUS_VALUES}
    elif form == "no":
        values = {YES: "withdrawn", NO: "nothing", **_STATUS_VALUES}
    elif form == "date":
        return ConsentSpec((key,), about, channel, {NO: "nothing", **_STATUS_VALUES, ANY: "withdrawn"}, at=(key,))
    else:
        values = dict(_STATUS_VALUES)
    return ConsentSpec((key,), about, channel, values)


def _by_values(head: Head) -> Spec | None:
    """A table without a header: only a column of e-mail addresses makes it one of people."""
    values = head.values()
    mail = [
        column.key
        for column in head.columns
        if values[column.key] and _mostly(values[column.key], table_reader.looks_like_email)
    ]
    if not mail:
        return None
    points = tuple(
        PointSpec("email" if place == 0 else f"email:{key}", "email", (key,)) for place, key in enumerate(mail)
    )
    return Spec(
        source=SOURCE,
        title=TITLE,
        relationship="contact",
        layouts=(LayoutSpec("table without a header", tuple(mail)),),
        columns={},
        points=points,
        key=tuple(point.columns for point in points),
    )


def _layout_name(head: Head) -> str:
    return "spreadsheet" if head.kind == "sheet" else "table with a header"


def _notes(spec: Spec, head: Head) -> tuple[str, ...]:
    if head.header is None:
        return ("The columns have no names: only e-mail addresses could be told, by their form.",)
    used = {key for keys in spec.columns.values() for key in keys} | {
        key for point in spec.points for key in point.columns
    }
    used |= {key for consent in spec.consent for key in consent.columns}
    read = sum(column.key in used for column in head.columns)
    return (
        f"Read by its headers: {read} of {len(head.columns)} columns have a meaning, the others are kept as they are.",
    )


def spec_to_toml(spec: Spec) -> str:
    """`spec` as the TOML that `table_spec.parse` reads: a start for a spec of one's own."""
    lines = [f"source = {_text(spec.source)}", f"title = {_text(spec.title)}"]
    lines.append(f"relationship = {_text(spec.relationship)}")
    if spec.complete:
        lines.append("complete = true")
    if spec.notes:
        lines.append(f"notes = {_texts(spec.notes)}")
    if spec.owner:
        lines.append(f"owner = {_texts(spec.owner)}")
    if spec.key:
        lines.append(f"key = [{', '.join(_texts(group) for group in spec.key)}]")
    for layout in spec.layouts:
        lines += ["", "[[layouts]]", f"name = {_text(layout.name)}", f"require = {_texts(layout.require)}"]
        if layout.any_of:
            lines.append(f"any_of = [{', '.join(_texts(group) for group in layout.any_of)}]")
        if layout.exclude:
            lines.append(f"exclude = {_texts(layout.exclude)}")
    if spec.columns:
        lines += ["", "[columns]", *(f"{name} = {_texts(keys)}" for name, keys in spec.columns.items())]
    for point in spec.points:
        lines += ["", "[[points]]", f"name = {_text(point.name)}", f"kind = {_text(point.kind)}"]
        lines.append(f"columns = {_texts(point.columns)}")
        lines += [f"label = {_text(point.label)}"] if point.label else []
        lines += [f"platform = {_text(point.platform)}"] if point.platform else []
    lines += ["", "[cells]", f"date_order = {_text(spec.date_order)}", f"decimal = {_text(spec.decimal)}"]
    for word, headers in (
        ("strip_apostrophe", spec.strip_apostrophe),
        ("strip_prefix", spec.strip_prefix),
        ("drop", spec.drop),
    ):
        lines += [f"{word} = {_texts(sorted(headers))}"] if headers else []
    if spec.lists:
        lines.append(
            "lists = { " + ", ".join(f"{_text(key)} = {_text(kind)}" for key, kind in spec.lists.items()) + " }"
        )
    for consent in spec.consent:
        lines += ["", "[[consent]]", f"columns = {_texts(consent.columns)}", f"points = {_texts(consent.points)}"]
        lines.append(f"channel = {_text(consent.channel)}")
        lines += [f"at = {_texts(consent.at)}"] if consent.at else []
        lines += [f"ip = {_texts(consent.ip)}"] if consent.ip else []
        for word, value, usual in (
            ("level", consent.level, "unknown"),
            ("capture_method", consent.capture_method, "platform_export"),
            ("list_scope", consent.list_scope, None),
            ("notice", consent.notice, None),
            ("purpose", consent.purpose, "marketing"),
        ):
            lines += [f"{word} = {_text(value)}"] if value is not None and value != usual else []
        lines += ["notice_is_header = true"] if consent.notice_is_header else []
        lines += ["several = true"] if consent.several else []
        pairs = ", ".join(f"{_text(value)} = {_text(meaning)}" for value, meaning in consent.values.items())
        lines.append(f"values = {{ {pairs} }}")
    for activity in spec.activity:
        lines += ["", "[[activity]]", f"detail = {_text(activity.detail)}", f"points = {_texts(activity.points)}"]
        lines += [f"positive = {_texts(activity.positive)}"] if activity.positive else []
        lines += [f"at = {_texts(activity.at)}"] if activity.at else []
    for skip in spec.skip:
        lines += ["", "[[skip]]", f"reason = {_text(skip.reason)}"]
        lines += _fields(skip, ("columns", "equals", "contains", "other_than", "blank", "negative"))
    if spec.purchases is not None:
        lines += ["", "[purchases]", *_fields(spec.purchases, [part.name for part in fields(spec.purchases)])]
    return "\n".join(lines) + "\n"


def _fields(part: SkipSpec | PurchasesSpec, names: Sequence[str]) -> list[str]:
    """The lines of those `names` of one part of a spec that are not as usual."""
    values = {name: getattr(part, name) for name in names}
    return [f"{name} = {'true' if value is True else _texts(value)}" for name, value in values.items() if value]


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04x}", escaped) + '"'


def _texts(values: Sequence[str]) -> str:
    return "[" + ", ".join(_text(value) for value in values) + "]"


IMPORTERS: tuple[Importer, ...] = (GenericImporter(),)
