"""Messenger's backup of end-to-end encrypted chats: one JSON file per chat, often in `messages.zip`.

Since the end of 2023 newer chats are only here and not in Facebook's export. People are display names, without any
account, address or number. Nothing in it is consent.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from audiencevault.errors import ExportError
from audiencevault.export import Export, Member
from audiencevault.records import Extracted, RecordBatcher, Row
from audiencevault.sources import meta_messages
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.sources.ties import unreadable

SOURCE: Final = "messenger.messages"

# Ida Falk_1.json: the chat's name and a number.
_CHAT: Final = re.compile(r"(?P<slug>.+_\d{1,9})\.json", re.IGNORECASE | re.DOTALL)
_KEYS: Final = (b'"threadName"', b'"senderName"', b'"participants"')


class MessengerImporter:
    """See the module."""

    source = "messenger"
    title = "Messenger backup of encrypted chats (JSON)"
    fallback = False

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each folder with chats of this form."""
        folders: dict[str, tuple[list[Member], list[str]]] = {}
        for member in export.members:
            if _CHAT.fullmatch(member.name) is None:
                continue
            mine, unknown = folders.setdefault(member.path[: -len(member.name)], ([], []))
            if _is_chat(member):
                mine.append(member)
            else:
                unknown.append(member.path)
        return [
            Claim(
                importer=self,
                source=self.source,
                layout="2023+ JSON",
                export=export,
                members=tuple(mine),
                root=folder,
                present=("encrypted chats",),
                not_understood=tuple(unknown),
                notes=("Older chats are in Facebook's own export; the last ones before encryption may be in both.",),
            )
            for folder, (mine, unknown) in sorted(folders.items())
            if mine
        ]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """Everybody but the owner, chat by chat in the order of the files."""
        skipped: Counter[str] = Counter()
        yield from RecordBatcher(export_sha256=claim.sha256).batches(_rows(claim, context.account or "", skipped))
        yield Extracted(rows=skipped.total(), skipped=dict(sorted((+skipped).items())))


IMPORTERS = (MessengerImporter(),)


def _is_chat(member: Member) -> bool:
    """Whether the file begins like a chat: with two of its keys at least, since their order is not fixed."""
    head = member.head()
    return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and sum(key in head for key in _KEYS) > 1


def _rows(claim: Claim, account: str, skipped: Counter[str]) -> Iterator[Row]:
    threads: list[meta_messages.Thread] = []
    for member in claim.members:
        # Two files of one name may be two people: each file is a chat of its own.
        thread = meta_messages.Thread(member.name.rpartition(".")[0], "", [member])
        try:
            meta_messages.read_backup(thread, member)
        except ExportError as error:
            yield unreadable(SOURCE, member, error)
        else:
            skipped["empty_chat"] += not thread.names
        if thread.names:
            threads.append(thread)

    def skip(reason: str) -> None:
        skipped[reason] += 1

    owner = meta_messages.owner_name(threads, None)
    yield from meta_messages.partners(threads, owner, SOURCE, account, skip, slugs=False)
