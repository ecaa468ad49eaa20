"""YouTube's subscriptions in Google Takeout: the channels that the owner follows.

The names of folder, file and columns are in the language of the account, so that a table in a language that is not
known is told by its values. Nobody in it is audience; they are kept so that a channel is not taken for a stranger.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from audiencevault.errors import AudienceVaultError, ExportError
from audiencevault.export import Export, Member
from audiencevault.records import Extracted, RecordBatcher, Reject, Row
from audiencevault.sources import meta_json, table_reader, table_spec
from audiencevault.sources.handles import HandleList
from audiencevault.sources.importer import Claim, ImportContext, Importer
from audiencevault.sources.table_spec import LayoutSpec, Spec
from audiencevault.sources.tabular import Placed, TableImporter
from audiencevault.sources.ties import OURS, unreadable

PLATFORM: Final = "youtube"
BY_VALUES: Final = LayoutSpec("another language, told by its values", ())
JSON_LAYOUT: Final = "JSON, to 2021"

_CHANNEL: Final = re.compile(r"UC[A-Za-z0-9_-]{22}")
_ROWS_LOOKED_AT: Final = 20


class YouTubeSubscriptionsImporter(TableImporter):
    """See the module."""

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each table, and for each list of the API's subscriptions that Takeout once wrote."""
        claims = list(super().identify(export))
        for member in export.members:
            head = member.head() if member.name.lower().endswith(".json") else b""
            if b'"youtube#subscription"' in head or (b'"snippet"' in head and b'"resourceId"' in head):
                claims.append(Claim(
                    importer=self,
                    source=self.source,
                    layout=JSON_LAYOUT,
                    export=export,
                    members=(member,),
                    present=("accounts", "names"),
                    notes=self.spec.notes,
                ))  # fmt: skip
        return claims

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """The channels; see `Importer.extract`."""
        if claim.layout == JSON_LAYOUT:
            return self._channels(claim, context.account or claim.account)
        return super().extract(claim, context)

    def placed(self, member: Member, encoding: str | None = None) -> Placed | None:
        """By the headers, else by the values: a channel's number, its address, its title."""
        known = super().placed(member, encoding)
        if known is not None:
            return known
        try:
            head = table_reader.sniff(member, encoding=encoding)
        except AudienceVaultError:
            # A spreadsheet that cannot be opened; the fallback importer names it.
            return None
        if head is None or len(head.columns) != 3:
            return None
        rows = [row for row in head.sample[:_ROWS_LOOKED_AT] if len(row) == 3 and row[0].strip()]
        if not rows or not all(_CHANNEL.fullmatch(row[0].strip()) and "/channel/" in row[1] for row in rows):
            return None
        return Placed(member, head, BY_VALUES)

    def adapted(self, placed: Placed) -> Spec:
        """The spec with the columns by their places, where their names are not known."""
        if placed.layout is not BY_VALUES:
            return self.spec
        number, _, title = (column.key for column in placed.head.columns)
        (point,) = self.spec.points
        return replace(
            self.spec, columns={"full_name": (title,)}, points=(replace(point, columns=(number,)),), key=((number,),)
        )

    def _channels(self, claim: Claim, account: str) -> Iterator[Extracted]:
        (member,) = claim.members
        people = HandleList(
            platform=PLATFORM,
            source=self.source,
            relationship=self.spec.relationship,
            actor=OURS,
            account=account,
            export_sha256=claim.sha256,
            member=member.path,
            seen=set(),
        )
        rejects: list[Row] = []
        try:
            for number, item in enumerate(meta_json.stream(member, "item"), 1):
                found, title = _channel(item)
                if found is None:
                    sentence = f"Item {number} names no channel."
                    rejects.append(Reject(self.source, member.path, f"item {number}", "no_channel", sentence))
                else:
                    people.add(found, number, None, title)
                if people.full:
                    yield people.take()
        except ExportError as error:
            rejects.append(unreadable(self.source, member, error))
        yield people.take()
        yield from RecordBatcher(export_sha256=claim.sha256).batches(rejects)
        yield Extracted(coverage={self.source: False})


def _channel(item: Any) -> tuple[str | None, str | None]:
    """Number and title of `{"snippet": {"title": ..., "resourceId": {"channelId": ...}}}`."""
    snippet = item.get("snippet") if isinstance(item, dict) else None
    resource = snippet.get("resourceId") if isinstance(snippet, dict) else None
    if not isinstance(snippet, dict) or not isinstance(resource, dict):
        return None, None
    found, title = meta_json.text(resource.get("channelId")), meta_json.text(snippet.get("title"))
    return (found if found and _CHANNEL.fullmatch(found) else None), title


IMPORTERS: tuple[Importer, ...] = (YouTubeSubscriptionsImporter(table_spec.builtin("youtube_subscriptions")),)
