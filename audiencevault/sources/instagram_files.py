"""Which file of an Instagram export holds whom, in every layout since 2020, and where the export begins.

Words: the *root* is the path prefix below which a layout was found: people wrap exports in folders, and drop
single folders or files out of them. A *part* is one file that holds people, with what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from audiencevault.export import Export, Member
from audiencevault.sources.ties import OURS, THEIRS, PeopleList

FOLLOWERS: Final = PeopleList("followers", "instagram.followers", "follower", THEIRS)
FOLLOWING: Final = PeopleList("accounts followed", "instagram.following", "following", OURS)
CLOSE_FRIENDS: Final = PeopleList("close friends", "instagram.close_friends", "close_friend", OURS)
REQUESTS_OUT: Final = PeopleList("follow requests sent", "instagram.follow_requests_out", "friend_request_out", OURS)
REQUESTS_IN: Final = PeopleList("follow requests received", "instagram.follow_requests_in", "friend_request_in", THEIRS)
REMOVED: Final = PeopleList("accounts unfollowed", "instagram.removed", "removed", OURS)
BLOCKED: Final = PeopleList("blocked accounts", "instagram.blocked", "blocked", OURS)
FAVOURITES: Final = PeopleList("favourites", "instagram.favourites", "following", OURS)
CUSTOM_LISTS: Final = PeopleList("custom lists", "instagram.custom_lists", "close_friend", OURS)
CONTACTS: Final = PeopleList("synced contacts", "instagram.synced_contacts", "address_book", OURS)
MESSAGES: Final = PeopleList("message threads", "instagram.messages", "chat_partner", THEIRS)

ALWAYS_EXPECTED: Final = (FOLLOWERS, FOLLOWING, CONTACTS, MESSAGES)
"""What a full export holds; the others only exist where the owner used them."""

LISTS: Final = {
    "followers": FOLLOWERS,
    "following": FOLLOWING,
    "closefriends": CLOSE_FRIENDS,
    "pendingfollowrequests": REQUESTS_OUT,
    "recentfollowrequests": REQUESTS_OUT,
    "followrequestsyouvereceived": REQUESTS_IN,
    "recentlyunfollowedprofiles": REMOVED,
    "blockedprofiles": BLOCKED,
    "profilesyouvefavorited": FAVOURITES,
    "customlists": CUSTOM_LISTS,
}
"""By file name, letters only, with the `accounts` of 2022 written as the `profiles` of today."""

NOBODY: Final = frozenset({
    "removedsuggestions", "restrictedprofiles", "hidestoryfrom", "followinghashtags", "nodata",
})  # fmt: skip
"""Files we know and leave alone: no people, or people the owner turned away from without blocking them."""


@dataclass(frozen=True)
class Part:
    """One file of an export. `role` is `list`, `contacts`, `owner`, `thread`, `2020` or `unknown`;
    `number` the number in its name (1 where there is none), `slug` and `section` those of a thread;
    `proves` whether it can only come from Instagram.
    """

    member: Member
    root: str
    role: str
    form: str
    era: str
    what: PeopleList | None = None
    number: int | None = None
    slug: str = ""
    section: str = ""
    proves: bool = True

    @property
    def identity(self) -> str:
        """The same for the JSON and the HTML copy of one file."""
        return self.member.path.rpartition(".")[0].casefold()


_ROOT: Final = r"(?P<root>(?:.*?/)??)"
_FORM: Final = r"\.(?P<form>json|html)"
_LIST: Final = re.compile(
    rf"{_ROOT}(?P<new>connections/)?followers_and_following/(?P<stem>[^/]+){_FORM}", re.IGNORECASE
)
_CONTACTS: Final = re.compile(rf"{_ROOT}(?P<new>connections/)?contacts/(?P<stem>[^/]+){_FORM}", re.IGNORECASE)
_OWNER: Final = re.compile(
    rf"{_ROOT}(?:personal_information|account_information)/(?:personal_information/)?personal_information{_FORM}",
    re.IGNORECASE,
)
_THREAD: Final = re.compile(
    rf"{_ROOT}(?P<new>your_instagram_activity/)?messages/(?P<section>[^/]+)/(?P<slug>[^/]+)/message_(?P<number>\d+){_FORM}",
    re.IGNORECASE,
)
_YEAR_2020: Final = re.compile(r"(?P<root>(?:.*/)?)connections\.(?P<form>json)", re.IGNORECASE)
_CONTACTS_2020: Final = re.compile(r"(?P<root>(?:.*/)?)contacts\.json", re.IGNORECASE)
_BARE: Final = re.compile(rf"(?P<root>(?:.*/)?)(?P<stem>[^/]+){_FORM}", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"(?P<stem>followers|following)_(?P<number>\d{1,6})", re.IGNORECASE)
_MAPS_HEAD: Final = re.compile(rb'\s*\{\s*"[a-z_]+"\s*:\s*\{')
_FOLLOW_MAP: Final = re.compile(rb'"(?:followers|following)"\s*:\s*\{')
_NOT_LETTERS: Final = re.compile(r"[^a-z]")

NEW: Final = "2022+"
OLD: Final = "2021-22"
YEAR_2020: Final = "2020"
LOOSE: Final = "loose files"


def parts(export: Export) -> dict[str, list[Part]]:
    """The parts of each Instagram export within `export`, by root, in the order of paths.

    Looks at paths; opens the heads of the few files whose name alone does not tell.
    """
    found: dict[str, list[Part]] = {}
    for member in export.members:
        part = _part(member)
        if part is not None:
            found.setdefault(part.root, []).append(part)
    for member in export.members:
        match = _CONTACTS_2020.fullmatch(member.path)
        # No public reader says what is in it.
        if match and any(part.role == "2020" for part in found.get(match["root"], ())):
            found[match["root"]].append(Part(member, match["root"], "unknown", "json", YEAR_2020, proves=False))
    return {root: _readable(list_) for root, list_ in sorted(found.items()) if _is_instagram(list_)}


def natural(part: Part) -> tuple[str, int, str]:
    """Sort key that puts `followers_2` before `followers_10`."""
    return (part.member.path.rpartition("/")[0], part.number or 0, part.member.path)


def _part(member: Member) -> Part | None:
    path = member.path
    if not path.lower().endswith((".json", ".html")):
        return None
    for reader in (_list_part, _contacts_part, _owner_part, _thread_part, _year_2020_part, _bare_part):
        part = reader(member, path)
        if part is not None:
            return part
    return None


def _list_part(member: Member, path: str) -> Part | None:
    match = _LIST.fullmatch(path)
    if match is None:
        return None
    return _named_list(member, match["root"], match["stem"], match["form"], NEW if match["new"] else OLD)


def _named_list(member: Member, root: str, stem: str, form: str, era: str) -> Part:
    numbered = _NUMBERED.fullmatch(stem)
    number = int(numbered["number"]) if numbered else None
    key = _NOT_LETTERS.sub("", (numbered["stem"] if numbered else stem).lower()).replace("accounts", "profiles")
    what = LISTS.get(key)
    role = "list" if what else "nobody" if key in NOBODY else "unknown"
    return Part(member, root, role, form.lower(), era, what, number)


def _contacts_part(member: Member, path: str) -> Part | None:
    match = _CONTACTS.fullmatch(path)
    if match is None:
        return None
    era = NEW if match["new"] else OLD
    if match["stem"].lower() == "synced_contacts":
        return Part(member, match["root"], "contacts", match["form"].lower(), era, CONTACTS)
    if match["new"]:
        return Part(member, match["root"], "unknown", match["form"].lower(), era, proves=False)
    return None


def _owner_part(member: Member, path: str) -> Part | None:
    match = _OWNER.fullmatch(path)
    if match is None:
        return None
    return Part(member, match["root"], "owner", match["form"].lower(), "", proves=False)


def _thread_part(member: Member, path: str) -> Part | None:
    match = _THREAD.fullmatch(path)
    if match is None:
        return None
    form, new = match["form"].lower(), bool(match["new"])
    # Facebook's threads of that time have the same path: only beside Instagram's own files are they Instagram's.
    return Part(
        member, match["root"], "thread", form, NEW if new else OLD, MESSAGES,
        int(match["number"]), match["slug"], match["section"].lower(), proves=new,
    )  # fmt: skip


def _year_2020_part(member: Member, path: str) -> Part | None:
    old = _YEAR_2020.fullmatch(path)
    if old is None:
        return None
    head = member.head()
    if not _MAPS_HEAD.match(head) or not _FOLLOW_MAP.search(head):
        return None
    return Part(member, old["root"], "2020", "json", YEAR_2020)


def _bare_part(member: Member, path: str) -> Part | None:
    """A list file out of its folder, recognised by its name and what it begins with."""
    match = _BARE.fullmatch(path)
    if match is None or "/threads/" in f"/{path.lower()}":
        return None
    stem, form = match["stem"].lower(), match["form"].lower()
    if stem == "synced_contacts":
        if b"contacts_contact_info" in member.head(4096):
            return Part(member, match["root"], "contacts", form, LOOSE, CONTACTS)
        return None
    part = _named_list(member, match["root"], stem, form, LOOSE)
    if part.role != "list":
        return None
    head = member.head()
    ours = b"string_list_data" in head or b"relationships_" in head if form == "json" else b"uiBoxWhite" in head
    if not ours or b"text_post_app_" in head or b"instagram.com" not in head:
        return None
    return part


def _is_instagram(found: list[Part]) -> bool:
    if any(part.proves and part.role != "unknown" for part in found):
        return True
    owners = [part for part in found if part.role == "owner"]
    return any(b"profile_user" in part.member.head() for part in owners)


def _readable(found: list[Part]) -> list[Part]:
    """Without the HTML copies of what is there as JSON."""
    as_json = {part.identity for part in found if part.form == "json"}
    return [part for part in found if part.form == "json" or part.identity not in as_json]


def threads(found: list[Part]) -> Iterator[tuple[tuple[str, str], list[Part]]]:
    """The files of each message thread, in order, by section and slug."""
    grouped: dict[tuple[str, str], list[Part]] = {}
    for part in found:
        if part.role == "thread":
            grouped.setdefault((part.section, part.slug), []).append(part)
    for key, files in sorted(grouped.items()):
        yield key, sorted(files, key=natural)
