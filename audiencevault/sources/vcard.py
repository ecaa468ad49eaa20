"""vCard files (.vcf): address books of phones, Apple, Google, Outlook and Nextcloud, versions 2.1, 3.0 and 4.0.

The owner saved these people; they did not sign up for anything.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from audiencevault.errors import ExportError
from audiencevault.export import Export, Member, decode, text_stream
from audiencevault.records import Extracted, Point, RecordBatcher, Reject, Row, SourceRecord
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.sources.ties import OURS, unreadable, with_events
from audiencevault.sources.vcard_text import Card, Property, cards
from audiencevault.sources.whatsapp_chat import chats

SOURCE: Final = "vcard.contacts"
SUFFIXES: Final = (".vcf", ".vcard")

PROBLEMS: Final = {
    "no_end": "Card {number} stops before its end: the file is cut off there, or a line is missing.",
    "too_long": "Card {number} has a field that is longer than the limit allows.",
    "empty": "Card {number} has neither a name nor an address or number.",
}

# Left out of `extra`: what we model, what describes the file, and what we do not keep (gender).
_MODELLED: Final = frozenset({
    "VERSION", "PRODID", "N", "FN", "NICKNAME", "EMAIL", "TEL", "ORG", "TITLE", "ADR", "BDAY", "CATEGORIES", "UID",
    "LANG", "KIND", "X-ADDRESSBOOKSERVER-KIND", "X-ABLABEL", "X-ABLABEL-CUSTOM", "X-ABADR", "X-ABSHOWAS", "GENDER",
    "SORT-STRING", "LABEL", "MAILER", "PROFILE", "SOURCE", "NAME", "CLIENTPIDMAP", "X-IMAGEHASH", "X-IMAGETYPE",
    "X-SHARED-PHOTO-DISPLAY-PREF", "X-ALTBDAY", "X-GENDER",
})  # fmt: skip
_NO_LABEL: Final = frozenset({"pref", "internet", "voice", "text", "x400", "x-internet", "uri", "msg"})
_NOT_CALLED: Final = frozenset({"fax", "pager", "modem", "bbs", "isdn"})
# Takeout/Contacts/My Contacts/My Contacts.vcf, in the language of the account but for the first word.
_LABEL: Final = re.compile(r"(?P<around>(?:.*/)?Takeout/[^/]+/)(?P<label>[^/]+)/(?P=label)\.vcf", re.IGNORECASE)
_BEGIN: Final = re.compile(r"BEGIN:VCARD", re.IGNORECASE)
_VERSION: Final = re.compile(r"^VERSION:\s*([234]\.\d)", re.IGNORECASE | re.MULTILINE)


class VCardImporter:
    """See the module."""

    source = SOURCE
    title = "vCard address book (.vcf)"
    fallback = False

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each folder with vCard files: some programs write one file per person.

        Cards beside an exported chat were sent in it: the owner did not save them.
        """
        sent = {member.path[: -len(member.name)] for member, _ in chats(export)}
        folders: dict[str, list[tuple[Member, list[str]]]] = {}
        for member in export.members:
            if not member.name.lower().endswith(SUFFIXES) or member.path[: -len(member.name)] in sent:
                continue
            head, _ = decode(member.head())
            if _BEGIN.search(head):
                versions = sorted(set(_VERSION.findall(head))) or ["without a version"]
                folders.setdefault(_folder(member), []).append((member, versions))
        return [self._claim(export, folder, found) for folder, found in sorted(folders.items())]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """The cards, in the order of files and of cards in them."""
        skipped: Counter[str] = Counter()
        rows = _rows(claim, context, skipped)
        yield from RecordBatcher(export_sha256=claim.sha256).batches(rows)
        # A file may hold one shared card or the whole address book: nothing says which.
        yield Extracted(rows=skipped.total(), skipped=dict(sorted(skipped.items())), coverage={SOURCE: False})

    def _claim(self, export: Export, folder: str, found: list[tuple[Member, list[str]]]) -> Claim:
        versions = sorted({version for _, held in found for version in held})
        return Claim(
            importer=self,
            source=SOURCE,
            layout=f"vCard {' and '.join(versions)}",
            export=export,
            members=tuple(member for member, _ in found),
            root=folder,
            present=("contact cards",),
        )


IMPORTERS = (VCardImporter(),)


def _folder(member: Member) -> str:
    """Where the file lies; for Takeout's folders of labels, which repeat the same people, the folder around them."""
    found = _LABEL.fullmatch(member.path)
    return found["around"] if found else member.path[: -len(member.name)]


def _rows(claim: Claim, context: ImportContext, skipped: Counter[str]) -> Iterator[Row]:
    seen: dict[str, str] = {}
    for member in claim.members:
        try:
            with text_stream(member, encoding=context.encoding) as stream:
                for card in cards(stream, context.limits.max_field_chars):
                    yield from _card_rows(card, member, context.account or "", seen, skipped)
        except ExportError as error:
            yield unreadable(SOURCE, member, error)


def _card_rows(card: Card, member: Member, account: str, seen: dict[str, str], skipped: Counter[str]) -> Iterator[Row]:
    locator = f"card {card.number}"
    kind = next(
        (item.text.lower() for item in card.properties if item.name in ("KIND", "X-ADDRESSBOOKSERVER-KIND")), ""
    )
    if kind in ("group", "location", "device", "application"):
        skipped["group" if kind == "group" else "not_a_person"] += 1
        return
    problem = card.problem
    record = _record(card, account, member.path, locator)
    named = record.full_name or record.first_name or record.last_name or record.nickname or record.company
    if not problem and not named and not record.points:
        problem = "empty"
    if problem:
        yield Reject(SOURCE, member.path, locator, problem, PROBLEMS[problem].format(number=card.number))
        return
    content = _content(record)
    if seen.get(record.source_key) == content:
        skipped["duplicate"] += 1
        return
    if record.source_key in seen:
        # Two different cards under one UID: both are kept.
        record.source_key += f"\x1f{content}"
        if record.source_key in seen:
            skipped["duplicate"] += 1
            return
    seen[record.source_key] = content
    yield from with_events(record, OURS)


def _record(card: Card, account: str, member: str, locator: str) -> SourceRecord:
    family, given, additional, prefix, suffix = _name_parts(card)
    emails = [(item, _address(item)) for item in card.all("EMAIL")]
    phones = [(item, _number(item)) for item in card.all("TEL")]
    called = [(item, raw) for item, raw in phones if not item.types & _NOT_CALLED]
    points = [
        Point(kind, raw, _label(card, item))
        for kind, found in (("email", emails), ("phone", called))
        for item, raw in sorted(found, key=lambda pair: _preference(pair[0]))
        if raw
    ]
    organisation = card.first("ORG")
    units = [part for part in organisation.parts() if part] if organisation else []
    # Phones write a number or an address where they know no name.
    called_by = {point.raw for point in points}
    full_name, family, given = (None if name in called_by else name for name in (_text(card, "FN"), family, given))
    shown_as = _text(card, "X-ABSHOWAS")
    if shown_as and shown_as.upper() == "COMPANY" and full_name:
        units = units or [full_name]
        full_name = None if not (family or given) else full_name
    address1, address2, city, region, postcode, country = _address_parts(card)
    nickname = card.first("NICKNAME")
    language = min(card.all("LANG"), key=_preference, default=None)
    record = SourceRecord(
        source=SOURCE,
        relationship="address_book",
        source_key=_uid(card),
        account=account,
        points=list(dict.fromkeys(points)),
        name_prefix=prefix,
        full_name=full_name,
        first_name=given,
        middle_name=additional,
        last_name=family,
        name_suffix=suffix,
        nickname=", ".join(nickname.texts()) if nickname else None,
        company=units[0] if units else None,
        job_title=_text(card, "TITLE"),
        birthday=_birthday(card),
        language=language.text or None if language else None,
        tags=list(dict.fromkeys(tag for item in card.all("CATEGORIES") for tag in item.texts())),
        extra=_extra(card, units[1:], [raw for item, raw in phones if item.types & _NOT_CALLED]),
        member=member,
        locator=locator,
        address1=address1,
        address2=address2,
        city=city,
        region=region,
        postcode=postcode,
        country=country,
    )
    record.source_key = record.source_key or _content(record)
    return record


def _content(record: SourceRecord) -> str:
    """A key for a card without UID: who it is and how to reach them, so that repeating it changes nothing."""
    names = (record.full_name, record.first_name, record.middle_name, record.last_name, record.nickname, record.company)
    points = sorted(f"{point.kind}:{point.raw}" for point in record.points)
    return hashlib.sha256("\x1f".join([*(name or "" for name in names), *points]).encode()).hexdigest()[:32]


def _uid(card: Card) -> str:
    item = card.first("UID")
    return item.text.removeprefix("urn:uuid:") if item else ""


def _text(card: Card, name: str) -> str | None:
    item = card.first(name)
    return " ".join(item.text.split()) or None if item else None


def _name_parts(card: Card) -> list[str | None]:
    """Family, given, additional, prefix, suffix; commas inside a part join several of it."""
    item = card.first("N")
    parts = item.parts() if item else []
    return [(" ".join(part.split()) or None) for part in (parts + [""] * 5)[:5]]


def _address(item: Property) -> str:
    text = item.text
    return text[len("mailto:") :] if text.lower().startswith("mailto:") else text


def _number(item: Property) -> str:
    """`tel:+1-202-555-0147;ext=12` is `+1-202-555-0147 ext. 12`; other parameters of the URI are dropped."""
    text = item.text
    if not text.lower().startswith("tel:"):
        return text
    number, *params = text[len("tel:") :].split(";")
    extension = next((param.partition("=")[2] for param in params if param.lower().startswith("ext=")), "")
    return f"{number} ext. {extension}" if extension else number


def _label(card: Card, item: Property) -> str | None:
    given = card.label(item)
    if given:
        return given
    types = sorted(kind for kind in item.types if kind and kind not in _NO_LABEL)
    return ", ".join(types) or None


def _preference(item: Property) -> int:
    """1 first; `TYPE=pref` counts as 1, no word as last."""
    written = item.params.get("PREF", [""])[0]
    if written.isdecimal():
        return min(int(written[:4]), 101)
    return 1 if "pref" in item.types or "PREF" in item.params else 101


def _birthday(card: Card) -> str | None:
    item = card.first("BDAY")
    if item is None:
        return None
    omitted = item.params.get("X-APPLE-OMIT-YEAR", [""])[0]
    text = item.text
    return f"--{text[len(omitted) :].lstrip('-')}" if omitted and text.startswith(omitted) else text or None


def _address_parts(card: Card) -> tuple[str | None, ...]:
    """Two address lines, city, region, postcode and country of the preferred postal address, whose parts are
    post-office box; extension; street; city; region; postcode; country.
    """
    filled = [item for item in card.all("ADR") if item.value.strip(" ;")]
    item = min(filled, key=_preference, default=None)
    if item is None:
        return (None,) * 6
    box, extension, street, city, region, postcode, country = (item.parts() + [""] * 7)[:7]
    lines = [line.strip() for line in street.splitlines()]
    lines = [line for line in (*lines, extension, box) if line]
    values = (lines[0] if lines else "", ", ".join(lines[1:]), city, region, postcode, country)
    return tuple(" ".join(value.split()) or None for value in values)


def _extra(card: Card, units: list[str], other_numbers: list[str]) -> dict[str, str]:
    """Everything else that is text, by property name; a repeated one gets a number."""
    extra: dict[str, str] = {}
    for item in card.properties:
        if item.name in _MODELLED or not item.text:
            continue
        name, count = item.name.lower(), 2
        while name in extra:
            name, count = f"{item.name.lower()} {count}", count + 1
        extra[name] = item.text
    further = [item for item in card.all("ADR") if item.value.strip(" ;")]
    further.sort(key=_preference)
    for number, item in enumerate(further[1:], start=2):
        extra[f"address {number}"] = ", ".join(part for part in item.parts() if part)
    if units:
        extra["department"] = ", ".join(units)
    if other_numbers:
        extra["fax"] = ", ".join(number for number in other_numbers if number)
    return extra
