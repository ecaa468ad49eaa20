"""WhatsApp's exported chats: one text file for each chat, with the contact cards that were sent in it.

People are the names under which the phone knows them, or their numbers where it knows no name. Nothing in it is
consent: somebody who wrote has written, and no more.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from audiencevault.errors import ExportError
from audiencevault.export import Export, Member, text_stream
from audiencevault.records import Extracted, OwnerPoint, Point, RecordBatcher, Reject, Row, SourceRecord
from audiencevault.sources import vcard_text, whatsapp_chat
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.sources.ties import OURS, THEIRS, message_count, unreadable, with_events
from audiencevault.sources.whatsapp_chat import Chat

SOURCE: Final = "whatsapp.chats"
CARDS: Final = "whatsapp.cards"

_NO_PERSON: Final = frozenset({"whatsapp", "meta ai", "system"})
_UNKNOWN: Final = (
    "It cannot be told which author of this chat is you; keep the name that WhatsApp gave the file, "
    "or give your name as it stands in the chat with --account."
)


class WhatsAppImporter:
    """See the module."""

    source = "whatsapp"
    title = "WhatsApp exported chats (TXT)"
    fallback = False

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for all chats of an export: they tell together who its owner is."""
        found = list(whatsapp_chat.chats(export))
        if not found:
            return []
        folders = {_folder(member) for member, _ in found}
        cards = [m for m in export.members if m.name.lower().endswith(".vcf") and _folder(m) in folders]
        unknown = [
            member.path
            for member in export.members
            if member.name.lower().endswith(".txt")
            and "whatsapp" in member.name.lower()
            and whatsapp_chat.layout_of(member) is None
        ]
        notes = ["The times have no zone, so that dates are good to the day."]
        if len(found) == 1 and not whatsapp_chat.title_of(export, found[0][0]):
            notes.append("Nothing says whom this chat is with; keep the name that WhatsApp gave the file.")
        return [
            Claim(
                importer=self,
                source=self.source,
                layout=" and ".join(sorted({layout for _, layout in found})),
                export=export,
                members=tuple(sorted([*(member for member, _ in found), *cards], key=lambda m: m.path)),
                root=_folder(found[0][0]) if len(folders) == 1 else "",
                present=("exported chats", *(("contact cards sent in chats",) if cards else ())),
                not_understood=tuple(unknown),
                notes=tuple(notes),
            )
        ]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """Everybody but the owner, chat by chat; then the people on contact cards."""
        skipped: Counter[str] = Counter()
        rows = _rows(claim, context, skipped)
        yield from RecordBatcher(export_sha256=claim.sha256).batches(rows)
        yield Extracted(
            rows=skipped.total(), skipped=dict(sorted(skipped.items())), coverage={SOURCE: False, CARDS: False}
        )


IMPORTERS = (WhatsAppImporter(),)


def _folder(member: Member) -> str:
    return member.path[: -len(member.name)]


def _rows(claim: Claim, context: ImportContext, skipped: Counter[str]) -> Iterator[Row]:
    found: list[Chat] = []
    cards: list[Member] = []
    for member in claim.members:
        if member.name.lower().endswith(".vcf"):
            cards.append(member)
            continue
        chat = Chat(member, whatsapp_chat.title_of(claim.export, member))
        try:
            whatsapp_chat.read(chat, context.encoding)
        except ExportError as error:
            yield unreadable(SOURCE, member, error)
        if chat.authors:
            found.append(chat)
        else:
            skipped["empty_chat"] += 1
    people = {id(chat): _people(chat, skipped) for chat in found}
    owners = _owners(found, people, context.account)
    yield from (OwnerPoint(SOURCE, "phone", name) for name in sorted(owners) if whatsapp_chat.number(name))
    seen: set[str] = set()
    for chat in found:
        order = whatsapp_chat.order_of([chat], None) or whatsapp_chat.order_of(found, context.date_order)
        yield from _chat_rows(chat, people[id(chat)], owners, order, context, seen, skipped)
    for member in cards:
        yield from _card_rows(member, owners, context, seen, skipped)


def _people(chat: Chat, skipped: Counter[str]) -> list[str]:
    """The authors that are people; the others are counted."""
    kept = []
    for name, author in chat.authors.items():
        if whatsapp_chat.is_ghost(name, chat):
            skipped["notice"] += 1
        elif name.casefold() in _NO_PERSON:
            skipped["not_a_person"] += 1
        elif not author.wrote:
            # The group itself, or somebody whom only notices name.
            skipped["never_wrote"] += 1
        else:
            kept.append(name)
    if len(kept) > 2 and any(whatsapp_chat.same(name, chat.title) for name in kept):
        skipped["group_title"] += sum(whatsapp_chat.same(name, chat.title) for name in kept)
        kept = [name for name in kept if not whatsapp_chat.same(name, chat.title)]
    return kept


def _owners(found: list[Chat], people: dict[int, list[str]], said: str | None) -> set[str]:
    """The names of the owner: as said, as the one who deleted messages on this phone, or as the other one of a chat
    that is called after its partner. Two different ones are no proof.
    """
    if said and any(said in names for names in people.values()):
        return {said}
    proven = {name for chat in found for name in people[id(chat)] if chat.authors[name].owner or name == "You"}
    if len(proven) == 1:
        return proven
    others: set[str] = set()
    for chat in found:
        names = people[id(chat)]
        partner = [name for name in names if whatsapp_chat.same(name, chat.title)]
        if len(names) == 2 and len(partner) == 1:
            others.update(name for name in names if name != partner[0])
    return others if len(others) == 1 else set()


def _chat_rows(
    chat: Chat, names: list[str], owners: set[str], order: str | None, context: ImportContext, seen: set[str],
    skipped: Counter[str],
) -> Iterator[Row]:  # fmt: skip
    own = [name for name in names if name in owners]
    titled = [name for name in names if whatsapp_chat.same(name, chat.title) and name not in owners]
    if len(names) == 2 and len(titled) == 1:
        own = [name for name in names if name not in titled]
    others = [name for name in names if name not in own]
    alone = len(others) == 1 and others == titled
    if not own and not alone and not owners:
        if names:
            # Importing everybody would import the owner too.
            yield Reject(SOURCE, chat.member.path, "chat", "owner_unknown", _UNKNOWN)
        return
    skipped["owner"] += len(own)
    for name in others:
        key = f"{chat.title}\x1f{name}"
        if key in seen:
            skipped["duplicate"] += 1
            continue
        seen.add(key)
        author = chat.authors[name]
        # A chat with one person is dated by the whole of it, a member of a group by what that member wrote.
        days = whatsapp_chat.span(chat.days if alone else author.days, order)
        phone = whatsapp_chat.number(name)
        pushed = not phone and name.startswith("~")
        # A chat between two ends with whoever wrote last in it, whichever of them that was.
        extra = message_count(chat.messages) if alone else {"group": chat.title} if chat.title else {}
        if pushed:
            extra["name_from"] = "their own profile"
        record = SourceRecord(
            source=SOURCE,
            relationship="chat_partner" if alone else "group_member",
            source_key=key,
            account=context.account or "",
            points=[Point("phone", phone)] if phone else [],
            full_name=None if phone else name.removeprefix("~").strip() or None,
            first_seen_at=days.first,
            last_seen_at=days.last,
            extra=extra,
            member=chat.member.path,
            locator=f"author {author.number}",
        )
        yield from with_events(record, THEIRS, "day")


def _card_rows(
    member: Member, owners: set[str], context: ImportContext, seen: set[str], skipped: Counter[str]
) -> Iterator[Row]:
    """A card tells of somebody who is not in the chat, and who need not know the owner at all."""
    try:
        with text_stream(member, encoding=context.encoding) as stream:
            for card in vcard_text.cards(stream, context.limits.max_field_chars):
                locator = f"card {card.number}"
                name = card.first("FN")
                full_name = " ".join(name.text.split()) or None if name else None
                points = [Point("phone", item.text.removeprefix("tel:")) for item in card.all("TEL") if item.text]
                points += [Point("email", item.text) for item in card.all("EMAIL") if item.text]
                if card.problem or not (full_name or points):
                    sentence = f"{locator.capitalize()} is cut off, or has neither a name nor a number."
                    yield Reject(CARDS, member.path, locator, card.problem or "empty", sentence)
                    continue
                written = "\x1f".join([full_name or "", *sorted(point.raw for point in points)])
                key = hashlib.sha256(written.encode()).hexdigest()[:32]
                if full_name in owners or key in seen:
                    skipped["owner" if full_name in owners else "duplicate"] += 1
                    continue
                seen.add(key)
                record = SourceRecord(
                    source=CARDS,
                    relationship="address_book",
                    source_key=key,
                    account=context.account or "",
                    points=list(dict.fromkeys(points)),
                    full_name=None if any(point.raw == full_name for point in points) else full_name,
                    extra={"sent_in": "chat"},
                    member=member.path,
                    locator=locator,
                )
                yield from with_events(record, OURS)
    except ExportError as error:
        yield unreadable(CARDS, member, error)
