"""Which file of a Facebook export holds whom, in every layout since 2018, and where the export begins.

Words: the *root* is the path prefix below which a layout was found: people wrap exports in folders, and drop
single folders or files out of them. A *part* is one file that holds people, with what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from audiencevault.export import Export, Member
from audiencevault.sources import facebook_oldest, meta_json
from audiencevault.sources.ties import OURS, THEIRS, PeopleList

FRIENDS: Final = PeopleList("friends", "facebook.friends", "friend", THEIRS, frozenset({"friends_v2", "friends"}))
FOLLOWERS: Final = PeopleList("followers", "facebook.followers", "follower", THEIRS, frozenset({"followers_v3"}))
FOLLOWING: Final = PeopleList(
    "accounts followed", "facebook.following", "following", OURS, frozenset({"following_v3", "following"})
)
REQUESTS_IN: Final = PeopleList(
    "friend requests received", "facebook.friend_requests_in", "friend_request_in", THEIRS,
    frozenset({"received_requests_v2", "received_requests"}),
)  # fmt: skip
REQUESTS_OUT: Final = PeopleList(
    "friend requests sent", "facebook.friend_requests_out", "friend_request_out", OURS,
    frozenset({"sent_requests_v2", "sent_requests"}),
)  # fmt: skip
REJECTED: Final = PeopleList(
    "friend requests rejected", "facebook.rejected_requests", "removed", OURS,
    frozenset({"rejected_requests_v2", "rejected_requests"}),
)  # fmt: skip
REMOVED: Final = PeopleList(
    "friends removed", "facebook.removed", "removed", OURS, frozenset({"deleted_friends_v2", "deleted_friends"})
)
CONTACTS: Final = PeopleList("address books", "facebook.address_book", "address_book", OURS)
MESSAGES: Final = PeopleList("Messenger threads", "facebook.messages", "chat_partner", THEIRS)

ALWAYS_EXPECTED: Final = (FRIENDS, CONTACTS, MESSAGES)
"""What a full export holds; the others only exist where the owner used them."""

LISTS: Final = {
    "yourfriends": FRIENDS,
    "friends": FRIENDS,
    "peoplewhofollowedyou": FOLLOWERS,
    "whoyouvefollowed": FOLLOWING,
    "following": FOLLOWING,
    "receivedfriendrequests": REQUESTS_IN,
    "sentfriendrequests": REQUESTS_OUT,
    "rejectedfriendrequests": REJECTED,
    "removedfriends": REMOVED,
}
"""By file name, letters only."""

NOBODY: Final = frozenset({"peopleyoumayknow", "suggestedfriends", "friendsyouseeless", "nodata"})
"""Files we know and leave alone: Facebook's suggestions, and whom the owner turned away from."""

BOOKS: Final = {
    "youraddressbooks": "address books",
    "yourimportedcontacts": "imported contacts",
    "contactsuploadedbefore": "uploaded before 2021",
    "contactsuploadedfromyourphone": "uploaded from the phone",
    "syncedcontactsfrominstagram": "synced from Instagram",
}
"""By file name, letters only: what each address book is."""

BESIDE_IDS: Final = frozenset({BOOKS["contactsuploadedbefore"], BOOKS["syncedcontactsfrominstagram"]})
"""The address books in which a contact point stands beside a number of an account."""

BOOK_KEYS: Final = frozenset({"address_book_v2", "address_book"})


@dataclass(frozen=True)
class Part:
    """One file of an export. `role` is `list`, `contacts`, `owner`, `thread`, `archive`, `nobody` or
    `unknown`; `book` says which
    address book, `number`, `slug` and `section` belong to a thread; `proves` whether it can only come from Facebook.
    """

    member: Member
    root: str
    role: str
    form: str
    era: str = ""
    what: PeopleList | None = None
    book: str = ""
    number: int = 1
    slug: str = ""
    section: str = ""
    proves: bool = False

    @property
    def identity(self) -> str:
        """The same for the JSON and the HTML copy of one file."""
        return self.member.path.rpartition(".")[0].casefold()


_ROOT: Final = r"(?P<root>(?:.*?/)??)"
_FORM: Final = r"\.(?P<form>json|html)"
_LIST: Final = re.compile(
    rf"{_ROOT}(?P<folder>connections/friends/|connections/followers/|friends/|friends_and_followers/"
    rf"|following_and_followers/)(?P<stem>[^/]+){_FORM}",
    re.IGNORECASE,
)
_BOOK: Final = re.compile(
    rf"{_ROOT}(?P<folder>about_you/|(?:personal_information/)?(?:other_personal_information|profile_information)/)"
    rf"(?P<stem>[^/]+){_FORM}",
    re.IGNORECASE,
)
_OWNER: Final = re.compile(
    rf"{_ROOT}(?P<new>personal_information/)?profile_information/profile_information{_FORM}", re.IGNORECASE
)
_THREAD: Final = re.compile(
    rf"{_ROOT}(?P<new>(?:your_facebook_activity|your_activity_across_facebook)/)?messages/"
    r"(?P<section>inbox|archived_threads|filtered_threads|message_requests|e2ee_cutover)/"
    rf"(?P<slug>[^/]+)/message_(?P<number>\d{{1,6}}){_FORM}",
    re.IGNORECASE,
)
_BARE: Final = re.compile(rf"(?P<root>(?:.*/)?)(?P<stem>[^/]+){_FORM}", re.IGNORECASE)
_OLDEST: Final = re.compile(
    r"(?P<root>(?:.*?/)??)(?:html/)?(?P<stem>messages|friends|contact_info)\.htm", re.IGNORECASE
)
_INSTAGRAM: Final = re.compile(rf"{_ROOT}(?:connections/)?followers_and_following/[^/]+", re.IGNORECASE)
_EXPORT_NAME: Final = re.compile(r"(?:.*/)?facebook-[^/]+/?", re.IGNORECASE)
_NOT_LETTERS: Final = re.compile(r"[^a-z]")
_PAGE: Final = re.compile(rb"_a6-g|uiBoxWhite|\bpam\b")

OLDEST: Final = "before 2018"
NEW: Final = "2024+"
MIDDLE: Final = "2019-23"
OLD: Final = "2018-19"
LOOSE: Final = "loose files"
ERAS: Final = (OLDEST, OLD, MIDDLE, NEW, LOOSE)


def parts(export: Export) -> dict[str, list[Part]]:
    """The parts of each Facebook export within `export`, by root, in the order of paths.

    Looks at paths; opens the heads of the few files whose name alone does not tell.
    """
    found: dict[str, list[Part]] = {}
    instagrams: set[str] = set()
    for member in export.members:
        if not member.path.lower().endswith((".json", ".html", ".htm")):
            continue
        other = _INSTAGRAM.fullmatch(member.path)
        if other is not None:
            instagrams.add(other["root"])
        part = _part(member)
        if part is not None:
            found.setdefault(part.root, []).append(part)
    return {
        root: _readable(list_, root in instagrams)
        for root, list_ in sorted(found.items())
        if _is_facebook(export, root, list_, root in instagrams)
    }


def threads(found: list[Part]) -> Iterator[tuple[tuple[str, str], list[Part]]]:
    """The files of each message thread, in order, by section and slug."""
    grouped: dict[tuple[str, str], list[Part]] = {}
    for part in found:
        if part.role == "thread":
            grouped.setdefault((part.section, part.slug), []).append(part)
    for key, files in sorted(grouped.items()):
        yield key, sorted(files, key=lambda part: (part.number, part.member.path))


def _part(member: Member) -> Part | None:
    for reader in (_list_part, _owner_part, _book_part, _thread_part, _oldest_part, _bare_part):
        part = reader(member)
        if part is not None:
            return part
    return None


def _letters(stem: str) -> str:
    return _NOT_LETTERS.sub("", stem.lower())


def _list_part(member: Member) -> Part | None:
    match = _LIST.fullmatch(member.path)
    if match is None:
        return None
    key, form = _letters(match["stem"]), match["form"].lower()
    what = LISTS.get(key)
    new = match["folder"].lower().startswith("connections/")
    if what is None:
        role = "nobody" if key in NOBODY else "unknown"
        return Part(member, match["root"], role, form, NEW if new else OLD)
    root_key = meta_json.shape_of(member.head()).key if form == "json" else ""
    proves = root_key in what.keys if form == "json" else _PAGE.search(member.head()) is not None
    era = NEW if new else OLD if root_key and not root_key.endswith(("_v2", "_v3")) else MIDDLE
    return Part(member, match["root"], "list", form, era, what, proves=proves)


def _owner_part(member: Member) -> Part | None:
    match = _OWNER.fullmatch(member.path)
    if match is None:
        return None
    form = match["form"].lower()
    return Part(member, match["root"], "owner", form, proves=b'"profile_v2"' in member.head())


def _book_part(member: Member) -> Part | None:
    match = _BOOK.fullmatch(member.path)
    if match is None:
        return None
    key, form = _letters(match["stem"]), match["form"].lower()
    new = match["folder"].lower().startswith("personal_information/")
    if key in BOOKS:
        oldest = form == "json" and meta_json.shape_of(member.head()).key == "address_book"
        era = NEW if new else OLD if oldest else MIDDLE
        return Part(member, match["root"], "contacts", form, era, CONTACTS, BOOKS[key], proves=_is_book(member, form))
    if "contact" in key and key != "contactinfo":
        return Part(member, match["root"], "unknown", form)
    return None


def _is_book(member: Member, form: str) -> bool:
    head = member.head()
    if form == "html":
        return _PAGE.search(head) is not None
    shape = meta_json.shape_of(head)
    return (shape.kind == "maps" and shape.key in BOOK_KEYS) or b'"label_values"' in head


def _thread_part(member: Member) -> Part | None:
    match = _THREAD.fullmatch(member.path)
    if match is None:
        return None
    # Instagram's threads of that time have the same path.
    new = bool(match["new"])
    return Part(
        member, match["root"], "thread", match["form"].lower(), NEW if new else MIDDLE, MESSAGES, "",
        int(match["number"]), match["slug"], match["section"].lower(), proves=new,
    )  # fmt: skip


def _oldest_part(member: Member) -> Part | None:
    """The archive page of before 2018, and its sisters whose form is not known."""
    match = _OLDEST.fullmatch(member.path)
    if match is None:
        return None
    if match["stem"].lower() == "messages" and facebook_oldest.is_archive(member.head()):
        return Part(member, match["root"], "archive", "html", OLDEST, MESSAGES, proves=True)
    return Part(member, match["root"], "unknown", "html", OLDEST)


def _bare_part(member: Member) -> Part | None:
    """A file out of its folder, recognised by its name and what it begins with."""
    match = _BARE.fullmatch(member.path)
    if match is None or match["form"].lower() != "json":
        return None
    key = _letters(match["stem"])
    if key in BOOKS and _is_book(member, "json"):
        return Part(member, match["root"], "contacts", "json", LOOSE, CONTACTS, BOOKS[key], proves=True)
    what = LISTS.get(key)
    root_key = meta_json.shape_of(member.head()).key if what else ""
    if what and root_key in what.keys and root_key.endswith(("_v2", "_v3")):
        return Part(member, match["root"], "list", "json", LOOSE, what, proves=True)
    return None


def _is_facebook(export: Export, root: str, found: list[Part], beside_instagram: bool) -> bool:
    if any(part.proves for part in found):
        return True
    named = _EXPORT_NAME.fullmatch(root) or (not root and _EXPORT_NAME.fullmatch(export.path.name))
    return bool(named) and not beside_instagram and any(part.what is not None for part in found)


def _readable(found: list[Part], beside_instagram: bool) -> list[Part]:
    """Without the HTML copies of what is there as JSON, and without threads that may be Instagram's."""
    as_json = {part.identity for part in found if part.form == "json"}
    return [
        part
        for part in found
        if (part.form == "json" or part.identity not in as_json)
        and not (beside_instagram and part.role == "thread" and not part.proves)
    ]
