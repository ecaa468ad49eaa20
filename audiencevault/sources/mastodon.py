"""Mastodon's lists as CSV: accounts followed and blocked, and a list of followers where another tool wrote one.

The server itself exports no followers. Nothing in it is consent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from audiencevault.errors import ExportError
from audiencevault.export import Export, Member, decode, text_stream
from audiencevault.records import Extracted, OwnerPoint, RecordBatcher, Reject, Row
from audiencevault.sources.handles import HandleList, handle_list
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.sources.ties import OURS, THEIRS, PeopleList, unreadable

PLATFORM: Final = "mastodon"


FOLLOWERS: Final = PeopleList("followers", "mastodon.followers", "follower", THEIRS)
FOLLOWING: Final = PeopleList("accounts followed", "mastodon.following", "following", OURS)
BLOCKED: Final = PeopleList("blocked accounts", "mastodon.blocked", "blocked", OURS)

_HEADER: Final = "account address"
_ADDRESS: Final = re.compile(r"@?[a-z0-9_](?:[a-z0-9_.-]{0,62}[a-z0-9_])?@[a-z0-9.-]{1,240}\.[a-z0-9-]{2,63}")
_LINE: Final = 65_536


class MastodonImporter:
    """See the module."""

    source = PLATFORM
    title = "Mastodon lists (CSV)"
    fallback = False

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each folder with lists of accounts.

        Files whose accounts are nobody's audience are claimed too: an account's address looks like an e-mail
        address to whoever does not know better.
        """
        folders: dict[str, list[Member]] = {}
        for member in export.members:
            if list_of(member) is not None or _reason(member) is not None:
                folders.setdefault(member.path[: -len(member.name)], []).append(member)
        for member in export.find("lists.csv"):
            # A title and an address: told from anybody's own list by the company that it keeps.
            columns = _columns(member)
            beside = folders.get(member.path[: -len(member.name)])
            if beside and len(columns) == 2 and _ADDRESS.fullmatch(columns[1]):
                beside.append(member)
        return [self._claim(export, root, found) for root, found in sorted(folders.items())]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """The lists, file by file; none counts as complete."""
        seen: dict[str, set[str]] = {}
        own = (context.account or "").strip().removeprefix("@").lower()
        if _ADDRESS.fullmatch(own):
            yield Extracted(owner=(OwnerPoint(PLATFORM, "account", f"{PLATFORM}:{own}"),))
        for member in claim.members:
            what = list_of(member)
            if what is None:
                yield _counted(member, _reason(member) or "in_list")
                continue
            people = handle_list(
                what,
                member,
                seen,
                platform=PLATFORM,
                account=context.account or "",
                export_sha256=claim.sha256,
                owner_handle=own,
                unit="line",
            )
            yield from _list(member, people, context)
        yield Extracted(coverage=dict.fromkeys(sorted(seen), False))

    def _claim(self, export: Export, root: str, found: list[Member]) -> Claim:
        kinds = [what for member in found if (what := list_of(member)) is not None]
        notes = []
        if FOLLOWERS in kinds:
            notes.append("The list of followers is another tool's: Mastodon itself exports none.")
        else:
            notes.append("Mastodon exports no followers: nobody in these lists becomes a contact.")
        return Claim(
            importer=self,
            source=self.source,
            layout=" and ".join(sorted({_layout(member) for member in found})),
            export=export,
            members=tuple(sorted(found, key=lambda member: member.path)),
            root=root,
            present=tuple(sorted({what.words for what in kinds})),
            absent=() if FOLLOWERS in kinds else (FOLLOWERS.words,),
            not_understood=tuple(sorted(member.path for member in found if _reason(member) == "not_said")),
            notes=tuple(notes),
        )


IMPORTERS = (MastodonImporter(),)


def list_of(member: Member) -> PeopleList | None:
    """Which list a file is: by its columns, and by its name where the columns do not say."""
    name = member.name.lower()
    if not name.endswith(".csv"):
        return None
    columns = _columns(member)
    if columns[:1] == [_HEADER]:
        if "show boosts" in columns or (columns == [_HEADER] and name.startswith("following_accounts")):
            return FOLLOWING
        return FOLLOWERS if columns == [_HEADER] and "follower" in name else None
    if len(columns) == 1 and _ADDRESS.fullmatch(columns[0]):
        if name.startswith("following_accounts"):
            return FOLLOWING
        return BLOCKED if name.startswith("blocked_accounts") else None
    return None


def _reason(member: Member) -> str | None:
    """Why nobody is taken out of a file of Mastodon's; None where it is a list or not Mastodon's."""
    if not member.name.lower().endswith(".csv") or list_of(member) is not None:
        return None
    columns = _columns(member)
    if columns[:1] != [_HEADER]:
        return None
    return "muted" if "hide notifications" in columns else "not_said"


def _counted(member: Member, reason: str) -> Extracted:
    """The rows of a file that nobody is taken out of."""
    rows = 0
    try:
        with text_stream(member) as stream:
            for number, line in enumerate(iter(lambda: stream.readline(_LINE), "")):
                rows += bool(line.strip()) and not (number == 0 and line.lower().lstrip('"').startswith(_HEADER))
    except ExportError:
        # Nobody is lost with it.
        rows += 1
    return Extracted(rows=rows, skipped={reason: rows} if rows else {})


def _layout(member: Member) -> str:
    return "CSV with header" if _columns(member)[:1] == [_HEADER] else "CSV without header"


def _columns(member: Member) -> list[str]:
    lines = decode(member.head(4096))[0].splitlines()
    return [cell.strip().strip('"').lower() for cell in lines[0].split(",")] if lines else []


def _list(member: Member, people: HandleList, context: ImportContext) -> Iterator[Extracted]:
    rejects: list[Row] = []
    try:
        with text_stream(member, encoding=context.encoding) as stream:
            # Addresses hold no commas; the quoted languages after them hold no line ends.
            for number, line in enumerate(iter(lambda: stream.readline(_LINE), ""), 1):
                address = line.partition(",")[0].strip().strip('"').lower()
                if number == 1 and address == _HEADER:
                    continue
                if _ADDRESS.fullmatch(address):
                    people.add(address.removeprefix("@"), number, None)
                elif line.strip():
                    sentence = f"Line {number} does not begin with the address of an account."
                    rejects.append(Reject(people.source, member.path, f"line {number}", "no_address", sentence))
                if people.full:
                    yield people.take()
    except ExportError as error:
        rejects.append(unreadable(people.source, member, error))
    yield people.take()
    yield from RecordBatcher(export_sha256=people.export_sha256).batches(rejects)
