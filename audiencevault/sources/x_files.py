"""What the files of an X (Twitter) archive are: scripts that assign one array each, named by what they assign."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from audiencevault.export import Member
from audiencevault.sources import json_walk
from audiencevault.sources.ties import OURS, THEIRS, PeopleList

PLATFORM: Final = "x"


FOLLOWERS: Final = PeopleList("followers", "x.followers", "follower", THEIRS)
FOLLOWING: Final = PeopleList("accounts followed", "x.following", "following", OURS)
BLOCKED: Final = PeopleList("blocked accounts", "x.blocked", "blocked", OURS)
LISTS: Final = {"follower": FOLLOWERS, "following": FOLLOWING, "block": BLOCKED}
"""By what the script assigns. Muted accounts are known and left alone."""

ROLES: Final = {
    **dict.fromkeys(LISTS, "list"),
    "account": "owner",
    "contact": "contacts",
    "direct_messages": "messages",
    "tweet": "posts",
    "tweets": "posts",
}
WORDS: Final = {"contacts": "address book", "messages": "message threads"}

MANIFEST: Final = re.compile(rb"\s*window\.__THAR_CONFIG\s*=")
_ASSIGNS: Final = re.compile(rb"\s*window\.YTD\.(?P<kind>[a-zA-Z_0-9]{1,80})\.part(?P<number>\d{1,6})\s*=")
_MIGHT_HOLD_PEOPLE: Final = re.compile(r"follow|friend|contact|circle|member|people|subscri|block")
_NOBODY: Final = frozenset({
    "lists_created", "lists_subscribed", "user_link_clicks", "direct_messages_group", "direct_message_headers",
    "direct_message_group_headers", "mute", "deleted_tweets", "note_tweet", "community_note", "ad_engagements",
})  # fmt: skip
"""Lists of other things, groups, muted accounts and headers of messages: known and left alone."""


@dataclass(frozen=True)
class Part:
    """One script: what it assigns and the number of its part; `role` is empty where it is not read."""

    member: Member
    kind: str
    number: int
    role: str

    @property
    def might_hold_people(self) -> bool:
        """Whether nobody here can read it, and its name speaks of people."""
        return not self.role and self.kind not in _NOBODY and _MIGHT_HOLD_PEOPLE.search(self.kind) is not None


@dataclass(frozen=True)
class Manifest:
    """Whose archive it is, from when, whether it is only a part, and how many items each kind has."""

    handle: str = ""
    account_id: str = ""
    generated: str = ""
    partial: bool = False
    counts: dict[str, int] | None = None


def part_of(member: Member) -> Part | None:
    """What a script is, by its first line."""
    if not member.name.lower().endswith(".js"):
        return None
    head = member.head()
    found = _ASSIGNS.match(head.removeprefix(b"\xef\xbb\xbf"))
    if found is not None:
        kind = found["kind"].decode("ascii").lower()
        return Part(member, kind, int(found["number"]), ROLES.get(kind, ""))
    return Part(member, "manifest", 0, "manifest") if MANIFEST.match(head.removeprefix(b"\xef\xbb\xbf")) else None


def manifest_of(member: Member) -> Manifest:
    """What `manifest.js` says. Raises `ExportError` where it is damaged."""
    whole = json_walk.assigned(member)
    if not isinstance(whole, dict):
        return Manifest()
    user, archive, kinds = (_object(whole.get(key)) for key in ("userInfo", "archiveInfo", "dataTypes"))
    counts: dict[str, int] = {}
    for kind in kinds.values():
        files = _object(kind).get("files")
        for file in files if isinstance(files, list) else ():
            said = _object(file)
            name, count = str(said.get("globalName")).split("."), str(said.get("count"))
            if len(name) == 3 and count.isdecimal() and len(count) <= 12:
                counts[name[1].lower()] = counts.get(name[1].lower(), 0) + int(count)
    return Manifest(
        handle(user.get("userName")) or "",
        account_id(user.get("accountId")) or "",
        text(archive.get("generationDate")) or "",
        archive.get("isPartialArchive") is True,
        counts,
    )


def unwrapped(item: object) -> dict[str, Any]:
    """`{"follower": {"accountId": ...}}` without its wrapper, whose name may be unknown; bare items as they are."""
    whole = _object(item)
    return _object(next(iter(whole.values()))) if len(whole) == 1 else whole


def text(value: object) -> str | None:
    """`value` as trimmed text without halves of surrogate pairs; None if it is no text or empty."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "replace").decode().replace("\0", "").strip() or None


def account_id(value: object) -> str | None:
    """An account's permanent number, as digits."""
    found = text(value)
    return found if found and found.isascii() and found.isdecimal() and len(found) <= 25 else None


def handle(value: object) -> str | None:
    """A user name in lower case: letters, digits and `_`, as X allows."""
    found = (text(value) or "").removeprefix("@").lower()
    return found if re.fullmatch(r"[a-z0-9_]{1,20}", found) else None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
