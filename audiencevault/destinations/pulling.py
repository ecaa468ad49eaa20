"""Who said no at a receiver, and whose address is dead there, read back before anything is sent.

Whole records are read and judged here: a receiver that is asked for some fields only may leave out the one that counts.
A listing that cannot be read to its end, or that does not look as it should, is an error, never "nobody said no".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.destinations.api import Pull
from audiencevault.destinations.asking import Asker
from audiencevault.destinations.definition import Definition
from audiencevault.destinations.documents import MISSING, as_text, at_path, says
from audiencevault.destinations.pacing import Pacer
from audiencevault.destinations.requests import Requests, fill, put
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import Clock, Transport
from audiencevault.destinations.wording import Blanking
from audiencevault.errors import DestinationRefusedError
from audiencevault.records import TIMESTAMP

PULLED: Final = pa.schema(
    [
        ("pull", pa.string()),
        ("channel", pa.string()),
        ("point_kind", pa.string()),
        ("point", pa.string()),
        ("state", pa.string()),
        ("happened_at", TIMESTAMP),
        ("words", pa.string()),
    ]
)
"""`pull` is the listing's name; `point` is as the receiver writes it; `state` one of the definition's words for a no;
`words` what the receiver itself calls it."""

_MILLISECONDS_FROM: Final = 100_000_000_000
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
_SENT: Final = pa.schema([("channel", pa.string()), ("point_kind", pa.string()), ("point", pa.string())])


@dataclass(frozen=True)
class Pulled:
    """What was read (`PULLED`). `complete` says that every listing was read to its end, `verified` that these
    listings are known to hold everybody; `calls` is how many requests it took.
    """

    rows: pa.Table = field(repr=False)
    complete: bool
    verified: bool
    calls: int


def pull(
    definition: Definition,
    settings: Mapping[str, str],
    *,
    secrets: Mapping[str, Secret],
    transport: Transport,
    clock: Clock,
    since: Mapping[str, datetime] | None = None,
    asked: pa.Table | None = None,
    sent: pa.Table | None = None,
) -> Pulled:
    """Read all listings of the receiver.

    `since` holds for each listing when it was last read to its end; `asked` (`channel`, `point_kind`, `point`) are
    those to ask for where a receiver answers for named addresses only; `sent` (the same columns) those that it took
    earlier, for receivers that forget who left. Raises `DestinationError`.
    """
    requests = Requests(definition, settings, secrets, clock)
    pacer = Pacer(requests.api.pace, clock)
    secret = tuple(secrets.values())
    asker = Asker(definition.title, requests, transport, pacer, Blanking([], [], (), secret))
    pulls = requests.api.pulls
    parts: list[pa.Table] = []
    complete = bool(pulls)
    if requests.hooks.pull is not None and pulls:
        found = requests.hooks.pull(
            lambda path, query: asker.json(requests.get(path, query), "who left"),
            requests.settings,
            _SENT.empty_table() if sent is None else sent,
        )
        parts.append(found.select(PULLED.names).cast(PULLED))
        # Who left can only be told by those who were there.
        complete = sent is not None
    else:
        for each in pulls:
            if each.ask is not None and asked is None:
                complete = False
                continue
            listing = _Listing(each, definition.title, requests, asker, secret)
            last = (since or {}).get(each.name)
            parts.append(listing.asked_for(asked) if each.ask is not None else listing.read(last, clock.now()))
    rows = pa.concat_tables(parts).combine_chunks() if parts else PULLED.empty_table()
    return Pulled(rows, complete, bool(pulls) and all(each.verified for each in pulls), pacer.calls)


class _Listing:
    """One listing, being read. Where no entry has what decides who is meant, the listing counts as unreadable."""

    def __init__(self, what: Pull, title: str, requests: Requests, asker: Asker, secrets: Sequence[Secret]) -> None:
        self._what = what
        self._title = title
        self._requests = requests
        self._asker = asker
        self._secrets = secrets
        self._name = f"the list {what.name}"
        self._among = [
            (condition.at, {fill(word, requests.settings) for word in condition.among}) for condition in what.only
        ]
        self._entries = self._inner = self._meant = self._named = 0
        self._said: set[str] = set()

    def read(self, last: datetime | None, now: datetime) -> pa.Table:
        """All of it, or what is new since `last`; the caller looks back as far as it wants."""
        what = self._what
        query: dict[str, Any] = dict(what.query)
        if what.since_query and last is not None:
            query[what.since_query] = _written(last, what)
        elif what.since_query and what.since_start:
            query[what.since_query] = what.since_start
        if what.until_query:
            query[what.until_query] = _written(now, what)
        rows: list[tuple[str, str, datetime | None, str]] = []
        for page in self._asker.pages(self._name, what.path, query, what.paging, what.items):
            rows.extend(self._rows(page))
        return self._table(rows)

    def asked_for(self, asked: pa.Table | None) -> pa.Table:
        """What the receiver says of the addresses `asked`."""
        what = self._what
        if asked is None or what.ask is None:
            return PULLED.empty_table()
        mine = pc.and_(pc.equal(asked["point_kind"], what.point_kind), pc.equal(asked["channel"], what.channel))
        points = pc.unique(asked.filter(mine)["point"].drop_null()).to_pylist()
        size = 1 if what.method == "GET" else what.max_items or len(points) or 1
        rows: list[tuple[str, str, datetime | None, str]] = []
        for start in range(0, len(points), size):
            some = points[start : start + size]
            if what.method == "GET":
                request = self._requests.get(what.path, what.query, None, {what.ask: some[0]})
            else:
                body = put(self._requests.filled(what.fixed), what.ask, some) if what.ask else some
                request = self._requests.ask(what.method, what.path, what.query, body)
            rows.extend(self._rows(self._asker.entries(self._asker.json(request, self._name), what.items, self._name)))
        return self._table(rows)

    def _rows(self, entries: Sequence[Any]) -> Iterator[tuple[str, str, datetime | None, str]]:
        what = self._what
        for entry in entries:
            self._entries += 1
            point = as_text(at_path(entry, what.point)).strip()
            inner: list[Any] = [entry]
            if what.inside:
                listed = at_path(entry, what.inside)
                if says(entry, what.inside):
                    self._said.add(what.inside)
                inner = listed if isinstance(listed, list) else list(listed.values()) if _is_table(listed) else []
            for each in inner:
                self._inner += 1
                if not self._means(each, entry):
                    continue
                self._meant += 1
                if point:
                    self._named += 1
                    word = as_text(self._at(each, entry, what.state_at)) if what.state_at else ""
                    state = what.words.get(word, what.state)
                    yield point, state, _moment(self._at(each, entry, what.when)) if what.when else None, word

    def _means(self, inner: Any, outer: Any) -> bool:
        """Whether all conditions hold; each is looked at, so that one that never finds anything is noticed."""
        good = True
        for path, words in self._among:
            if says(inner, path) or says(outer, path):
                self._said.add(path)
            good = good and as_text(self._at(inner, outer, path)) in words
        return good

    @staticmethod
    def _at(inner: Any, outer: Any, path: str) -> Any:
        found = at_path(inner, path)
        return at_path(outer, path) if found is MISSING else found

    def _table(self, rows: Sequence[tuple[str, str, datetime | None, str]]) -> pa.Table:
        self._check()
        what, size = self._what, len(rows)
        words = {row[3] for row in rows}
        blanking = Blanking([], [row[0] for row in rows] if any(words) else [], (), self._secrets)
        said = {word: blanking(word) if word else None for word in words}
        return pa.table(
            {
                "pull": pa.repeat(pa.scalar(what.name), size),
                "channel": pa.repeat(pa.scalar(what.channel), size),
                "point_kind": pa.repeat(pa.scalar(what.point_kind), size),
                "point": pa.array([row[0] for row in rows], pa.string()),
                "state": pa.array([row[1] for row in rows], pa.string()),
                "happened_at": pa.array([row[2] for row in rows], TIMESTAMP),
                "words": pa.array([said[row[3]] for row in rows], pa.string()),
            },
            schema=PULLED,
        )

    def _check(self) -> None:
        if not self._entries:
            return
        what, lacking = self._what, ""
        if what.inside and what.inside not in self._said:
            lacking = f"a list at {what.inside}"
        elif never := [path for path, _ in self._among if self._inner and path not in self._said]:
            lacking = f"anything at {never[0]}"
        elif self._meant and not self._named:
            lacking = f"an address at {what.point or 'the entry itself'}"
        if lacking:
            raise DestinationRefusedError(
                f"None of the {self._entries:,} entries of {self._name} of {self._title} has {lacking}.",
                "Nothing is concluded from it. The receiver may have changed its API: check the definition.",
            )


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _written(moment: datetime, what: Pull) -> str:
    moment = moment.astimezone(UTC)
    if what.since_format == "epoch":
        return str(int(moment.timestamp()))
    return moment.strftime("%Y-%m-%d" if what.since_format == "date" else "%Y-%m-%dT%H:%M:%SZ")


def _moment(value: Any) -> datetime | None:
    """A moment as receivers write it: seconds or milliseconds since 1970, ISO 8601, or an e-mail date; None for
    anything else.
    """
    if value is MISSING or value is None or isinstance(value, bool):
        return None
    try:
        if isinstance(value, (int, float)) or as_text(value).strip().isdecimal():
            number = float(value)
            return _sane(datetime.fromtimestamp(number / (1000 if number >= _MILLISECONDS_FROM else 1), UTC))
        text = as_text(value).strip()
        try:
            return _sane(datetime.fromisoformat(text))
        except ValueError:
            return _sane(parsedate_to_datetime(text))
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None


def _sane(moment: datetime) -> datetime | None:
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return moment if moment < _LATEST else None
