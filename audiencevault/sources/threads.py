"""Threads, which arrives inside Instagram's export in a folder of its own, JSON and HTML.

It holds user names and dates, never addresses or numbers, and no messages. The same file names exist for Instagram: the
folder and the root key of a file decide, never its name. Nothing in it is consent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from audiencevault.errors import ExportError
from audiencevault.export import Export, Member
from audiencevault.records import Extracted, OwnerPoint, RecordBatcher, Reject, Row
from audiencevault.sources import meta_html, meta_json, meta_labels
from audiencevault.sources.handles import handle_list
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.sources.meta_json import Entry
from audiencevault.sources.ties import OURS, THEIRS, PeopleList, unreadable

PLATFORM: Final = "threads"
HOSTS: Final = ("threads.com", "threads.net")
ROOT_KEY: Final = "text_post_app_"


FOLLOWERS: Final = PeopleList("followers", "threads.followers", "follower", THEIRS, frozenset({"_followers"}))
FOLLOWING: Final = PeopleList("accounts followed", "threads.following", "following", OURS, frozenset({"_following"}))
_OUT: Final = ("follow requests sent", "threads.follow_requests_out", "friend_request_out", OURS)
LISTS: Final = {
    "followers": FOLLOWERS,
    "following": FOLLOWING,
    "pendingfollowrequests": PeopleList(*_OUT, frozenset({"_follow_requests_sent"})),
    "recentfollowrequests": PeopleList(*_OUT, frozenset({"_permanent_follow_requests"})),
    "followrequestsyouvereceived": PeopleList(
        "follow requests received", "threads.follow_requests_in", "friend_request_in", THEIRS,
        frozenset({"_follow_requests_received"}),
    ),
    "recentlyunfollowedprofiles": PeopleList(
        "accounts unfollowed", "threads.removed", "removed", OURS, frozenset({"_unfollowed_users"})
    ),
    "blockedprofiles": PeopleList(
        "blocked accounts", "threads.blocked", "blocked", OURS, frozenset({"_blocked_users"})
    ),
}  # fmt: skip
"""By file name, letters only; the keys are how a list's root key ends. Restricted accounts are known and left alone."""

_FILE: Final = re.compile(
    r"(?P<root>(?:.*/)?)(?P<stem>[^/]+?)(?:_(?P<number>\d{1,6}))?\.(?P<form>json|html)", re.IGNORECASE
)
_FOLDER: Final = re.compile(r"(?:.*/)?threads/", re.IGNORECASE)
_MIGHT_HOLD_PEOPLE: Final = re.compile(r"follow|friend|contact|block|people|subscri")
_NOT_LETTERS: Final = re.compile(r"[^a-z]")


@dataclass(frozen=True)
class Part:
    """One file: `what` is None for the owner's profile; `number` is None where its name has none."""

    member: Member
    form: str
    what: PeopleList | None
    number: int | None


class ThreadsImporter:
    """See the module."""

    source = PLATFORM
    title = "Threads, as part of an Instagram export (JSON or HTML)"
    fallback = False

    def identify(self, export: Export) -> Sequence[Claim]:
        """One claim for each folder with lists of Threads."""
        roots: dict[str, tuple[list[Part], list[str]]] = {}
        for member in export.members:
            match = _FILE.fullmatch(member.path)
            if match is None:
                continue
            found, unknown = roots.setdefault(match["root"], ([], []))
            part = _part(member, match)
            if part is not None:
                found.append(part)
            elif _FOLDER.fullmatch(match["root"]) and _might_hold_people(match["stem"]):
                unknown.append(member.path)
        return [
            self._claim(export, root, _readable(found), unknown)
            for root, (found, unknown) in sorted(roots.items())
            if any(part.what for part in found)
        ]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        """The owner, then the lists in the order of the files."""
        found = [part for member in claim.members if (part := _part_of(member)) is not None]
        return _Reading(claim, context.account or claim.account, found).run()

    def _claim(self, export: Export, root: str, found: list[Part], unknown: list[str]) -> Claim:
        words = {part.what.words for part in found if part.what}
        forms = [form.upper() for form in ("json", "html") if any(part.form == form for part in found)]
        profiles = [_profile_in_head(part) for part in found if part.what is None]
        notes = ["Threads in HTML is unverified: the pages are read as Instagram's are, and dates are good to the day."]
        return Claim(
            importer=self,
            source=self.source,
            layout=f"2023+ {' and '.join(forms)}",
            export=export,
            members=tuple(part.member for part in found),
            root=root,
            present=tuple(sorted(words)),
            absent=tuple(what.words for what in (FOLLOWERS, FOLLOWING) if what.words not in words),
            not_understood=tuple(unknown),
            account=next((profile.handle for profile in profiles if profile.handle), ""),
            notes=tuple(notes) if "HTML" in forms else (),
        )


IMPORTERS = (ThreadsImporter(),)


@dataclass(slots=True)
class _Reading:
    """One pass over one claim."""

    claim: Claim
    account: str
    found: list[Part]
    handle: str = ""
    months: meta_html.Months = field(default_factory=lambda: meta_html.Months(()))
    label: meta_labels.UsernameLabel = field(default_factory=meta_labels.UsernameLabel)
    seen: dict[str, set[str]] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)

    def run(self) -> Iterator[Extracted]:
        """Everything, ending with what of it is complete."""
        self.handle = self.claim.account
        yield from self._batched(self._owner())
        self._learn()
        for part in sorted(self.found, key=lambda part: (part.number or 0, part.member.path)):
            if part.what is not None:
                yield from self._list(part, part.what)
        yield Extracted(coverage=self._coverage())

    def _batched(self, rows: Iterator[Row]) -> Iterator[Extracted]:
        yield from RecordBatcher(export_sha256=self.claim.sha256).batches(rows)

    def _owner(self) -> Iterator[Row]:
        for part in self.found:
            if part.what is not None:
                continue
            try:
                profile = meta_labels.profile(_profile_entries(part))
            except ExportError as error:
                yield unreadable(PLATFORM, part.member, error)
                continue
            self.handle = self.handle or profile.handle or ""
            for kind, values in (("email", profile.emails), ("phone", profile.phones)):
                for value in values:
                    yield OwnerPoint(PLATFORM, kind, value)
        if self.handle:
            yield OwnerPoint(PLATFORM, "account", f"{PLATFORM}:{self.handle}")

    def _learn(self) -> None:
        """Find the months' language, and the label of the user name where records are labelled."""
        words: set[str] = set()
        for part in self.found:
            try:
                if part.form == "html":
                    words |= meta_html.month_words(part.member)
                elif part.what is not None and b'"label_values"' in part.member.head():
                    for item in meta_json.items(part.member):
                        self.label.learn(meta_json.entries(item) if isinstance(item, dict) else [])
            except ExportError:
                # Said once, as a reject, when the file's people are read.
                continue
        self.months = meta_html.Months(words)

    def _list(self, part: Part, what: PeopleList) -> Iterator[Extracted]:
        people = handle_list(
            what,
            part.member,
            self.seen,
            platform=PLATFORM,
            account=self.account,
            export_sha256=self.claim.sha256,
            owner_handle=self.handle,
            day_only=part.form == "html",
            unit="record" if part.form == "html" else "item",
        )
        rejects: list[Row] = []
        reader = self._html_items(part) if part.form == "html" else self._json_items(part, what)
        try:
            for number, (handle, seconds, name, written) in enumerate(reader, 1):
                if handle is None:
                    # Somebody is on the list whom we cannot name: then it does not show who is missing.
                    self.damaged.add(what.source)
                    place = f"{people.unit} {number}"
                    sentence = f"{place.capitalize()} has no user name that can be read."
                    rejects.append(Reject(what.source, part.member.path, place, "no_username", sentence))
                    continue
                people.add(handle, number, seconds, name, written)
                if people.full:
                    yield people.take()
        except ExportError as error:
            self.damaged.add(what.source)
            rejects.append(unreadable(what.source, part.member, error))
        yield people.take()
        yield from self._batched(iter(rejects))

    def _json_items(
        self, part: Part, what: PeopleList
    ) -> Iterator[tuple[str | None, int | None, str | None, str | None]]:
        shape = meta_json.shape_of(part.member.head())
        if shape.kind == "keyed" and not (shape.key.startswith(ROOT_KEY) and shape.key.endswith(tuple(what.keys))):
            raise meta_json.wrong_type(part.member)
        for item in meta_json.items(part.member):
            yield (*self._person(item), None) if isinstance(item, dict) else (None, None, None, None)

    def _person(self, item: dict[str, Any]) -> tuple[str | None, int | None, str | None]:
        """User name, time and display name: the value, else the link; the title is a name, here unlike elsewhere."""
        parts, title = meta_json.entries(item), meta_json.text(item.get("title"))
        seconds = meta_json.item_seconds(item, parts)
        if "label_values" in item:
            picked, name = self.label.pick(parts)
            return meta_json.username(picked), seconds, name
        linked = [_handle_from_link(part.href) for part in parts]
        handle = meta_json.username(*(part.value for part in parts), *linked)
        if handle is None and meta_json.looks_like_username(title):
            return title, seconds, None
        return handle, seconds, title if title != handle else None

    def _html_items(self, part: Part) -> Iterator[tuple[str | None, int | None, str | None, str | None]]:
        for record in meta_html.records(part.member):
            handle = meta_json.username(*map(_handle_from_link, record.links))
            day = self.months.day(record.date)
            heading = record.heading if record.heading.casefold() != handle else ""
            yield handle, int(day.timestamp()) if day else None, heading or None, record.date or None

    def _coverage(self) -> dict[str, bool]:
        """A list is complete when its files are numbered without a gap, and everybody in them could be read."""
        coverage: dict[str, bool] = {}
        for what in {part.what for part in self.found if part.what is not None}:
            numbers = sorted({part.number for part in self.found if part.what is what and part.number is not None})
            gap = bool(numbers) and (numbers[0] != 1 or any(after - before != 1 for before, after in pairwise(numbers)))
            loose = bool(numbers) and not _FOLDER.fullmatch(self.claim.root)
            # Two files may be halves of one list.
            complete = not gap and not loose and what.source not in self.damaged
            coverage[what.source] = coverage.get(what.source, True) and complete
        return dict(sorted(coverage.items()))


def _part_of(member: Member) -> Part | None:
    match = _FILE.fullmatch(member.path)
    return _part(member, match) if match else None


def _part(member: Member, match: re.Match[str]) -> Part | None:
    stem, form = _NOT_LETTERS.sub("", match["stem"].lower()), match["form"].lower()
    number = int(match["number"]) if match["number"] else None
    what = LISTS.get(stem)
    if what is None and stem != "personalinformation":
        return None
    ours = _FOLDER.fullmatch(match["root"]) is not None
    if form == "json":
        ours = ROOT_KEY.encode() in member.head(4096) or (ours and b"_list_data" in member.head())
    return Part(member, form, what, number) if ours else None


def _might_hold_people(stem: str) -> bool:
    key = _NOT_LETTERS.sub("", stem.lower())
    return key not in LISTS and _MIGHT_HOLD_PEOPLE.search(key) is not None


def _readable(found: list[Part]) -> list[Part]:
    """Without the HTML copies of what is there as JSON."""
    as_json = {part.member.path.rpartition(".")[0].casefold() for part in found if part.form == "json"}
    return [
        part
        for part in found
        if part.form == "json" or part.member.path.rpartition(".")[0].casefold() not in as_json
    ]  # fmt: skip


def _handle_from_link(href: str | None) -> str | None:
    return next(filter(None, (meta_json.handle_from_link(href, host) for host in HOSTS)), None)


def _profile_document(whole: Any) -> list[Entry]:
    users = next((value for key, value in whole.items() if key.startswith(ROOT_KEY)), None) if isinstance(
        whole, dict
    ) else None  # fmt: skip
    found = users if isinstance(users, list) else [users]
    return [entry for user in found if isinstance(user, dict) for entry in meta_json.entries(user)]


def _profile_entries(part: Part) -> list[Entry]:
    if part.form == "html":
        return [Entry(label, value, None, None) for rec in meta_html.records(part.member) for label, value in rec.rows]
    return _profile_document(meta_json.document(part.member))


def _profile_in_head(part: Part) -> meta_labels.Profile:
    head = part.member.head()
    if part.form == "html":
        return meta_labels.profile(Entry(label, value, None, None) for label, value in meta_html.rows_of(head))
    return meta_labels.profile(_profile_document(meta_json.parse_head(head)))
