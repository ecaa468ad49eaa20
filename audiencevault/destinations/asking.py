"""Questions that change nothing, asked until there is an answer: of jobs, of listings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urljoin

from audiencevault.destinations.answers import final_rule, kind_of
from audiencevault.destinations.api import Answer, Paging
from audiencevault.destinations.documents import MISSING, as_text, at_path, document
from audiencevault.destinations.pacing import Impatient, Pacer
from audiencevault.destinations.requests import Requests
from audiencevault.destinations.transport import Reply, Request, Transport, Unanswered
from audiencevault.destinations.wording import Blanking, words_at
from audiencevault.errors import (
    CredentialsRefusedError,
    DestinationError,
    DestinationRefusedError,
    DestinationUnavailableError,
)

MAX_PAGES: Final = 200_000
_ANSWER: Final = Answer(done=(200, 201, 202, 203, 204, 206, 207))


class Asker:
    """Asks one receiver, at its rates, again where it does not answer in earnest. `title` is its name in errors."""

    def __init__(self, title: str, requests: Requests, transport: Transport, pacer: Pacer, blanking: Blanking) -> None:
        self.requests = requests
        self.pacer = pacer
        self._title = title
        self._transport = transport
        self._blanking = blanking

    def ask(self, request: Request, what: str) -> Reply:
        """The answer. `what` says in errors what was asked for. Raises `DestinationError`."""
        pace = self.requests.api.pace
        why, attempt, reply = "", 0, None
        while True:
            attempt += 1
            self.pacer.admit()
            reply = None
            try:
                reply = self._transport.send(request, pace.timeout)
            except Unanswered as error:
                why = error.why
            else:
                kind = kind_of(reply, pace, _ANSWER, about_item=False)
                if refuses_key(self.requests, reply):
                    kind = "credentials"
                if kind == "read" and reply.status in _ANSWER.done:
                    self.pacer.answered()
                    return reply
                if kind in {"credentials", "forbidden"}:
                    raise key_refused(self._title, self.requests, reply, self._blanking)
                if kind == "final":
                    rule = final_rule(reply, pace)
                    raise DestinationUnavailableError(rule.say if rule else "The receiver wants no more of this today.")
                if kind not in {"throttled", "broken"}:
                    raise refused(self._title, reply, self._blanking, what)
                why = f"status {reply.status}"
            if attempt >= pace.attempts:
                raise DestinationUnavailableError(
                    f"{self._title} does not answer when asked for {what}: {why}.", "Try again later."
                )
            try:
                self.pacer.hold(self.pacer.pause(reply, attempt, what))
            except Impatient as error:
                raise too_long(self._title, error.seconds) from None

    def json(self, request: Request, what: str) -> Any:
        """The answer as a document. Raises `DestinationRefusedError` where it is none."""
        found = document(self.ask(request, what))
        if found is MISSING:
            raise DestinationRefusedError(
                f"{self._title} answered with something else than a JSON document when asked for {what}.",
                "Check the address among the settings, and whether a login or a proxy stands before it.",
            )
        return found

    def pages(
        self,
        what: str,
        path: str,
        query: Mapping[str, Any],
        paging: Paging,
        items: str,
        words: Mapping[str, str] | None = None,
    ) -> Iterator[list[Any]]:
        """The entries of each page of a listing, to its end.

        Raises `DestinationRefusedError` where a page has no list of entries, where it repeats an earlier one, or where
        the way on leads to where we have been: a listing cut short would say that nobody is in it.
        """
        asked = dict(query)
        if paging.size is not None and paging.size_query:
            asked[paging.size_query] = paging.size
        position = paging.first
        if paging.by in {"offset", "short", "page"}:
            asked[paging.query] = position
        request = self.requests.get(path, asked, words)
        seen: set[int] = set()
        ways: set[str] = set()
        for _ in range(MAX_PAGES):
            whole = self.json(request, what)
            entries = self.entries(whole, items, what)
            self._refuse_repeat(entries, seen, what)
            yield entries
            if paging.by in {"offset", "short", "page"}:
                full = paging.size is None or len(entries) >= paging.size
                if not entries or (paging.by == "short" and not full):
                    return
                position += 1 if paging.by == "page" else len(entries)
                asked[paging.query] = position
                request = self.requests.get(path, asked, words)
                continue
            way = as_text(at_path(whole, paging.at)) if paging.by in {"cursor", "link"} else ""
            if not way or way == "false":
                return
            if way in ways or not way.isprintable():
                raise self._no_end(what)
            ways.add(way)
            if paging.by == "cursor":
                request = self.requests.get(path, asked, words, {paging.query: way})
            else:
                request = self.requests.link(urljoin(request.url, way))
        raise self._no_end(what)

    def entries(self, whole: Any, items: str, what: str) -> list[Any]:
        """The entries of one answer. Raises `DestinationRefusedError` where it has no list of them."""
        found = at_path(whole, items)
        if isinstance(found, Mapping) and items and all(isinstance(value, Mapping) for value in found.values()):
            return list(found.values())
        if not isinstance(found, list):
            place = f"at {items}" if items else "in it"
            raise DestinationRefusedError(
                f"The answer of {self._title} holds no list {place} when asked for {what}.",
                "Nothing is concluded from it. The receiver may have changed its API: check the definition.",
            )
        return found

    def _refuse_repeat(self, entries: list[Any], seen: set[int], what: str) -> None:
        if not entries:
            return
        mark = hash(as_text(entries))
        if mark in seen:
            raise self._no_end(what)
        seen.add(mark)

    def _no_end(self, what: str) -> DestinationError:
        return DestinationRefusedError(
            f"{self._title} sends the same page again when asked for {what}.",
            "Nothing is concluded from a listing without an end. Check the definition's paging.",
        )


def refuses_key(requests: Requests, reply: Reply) -> bool:
    """Whether the receiver's module reads the answer as: this key is not accepted."""
    hook = requests.hooks.key_refused
    return hook is not None and hook(reply.status, document(reply))


def key_refused(title: str, requests: Requests, reply: Reply, blanking: Blanking) -> CredentialsRefusedError:
    """The error for an answer that does not accept who asks."""
    places = "; ".join(f"{name}: {where}" for name, where in requests.api.auth.secrets.items())
    return CredentialsRefusedError(
        f"{title} does not accept the credentials (status {reply.status}){_said(reply, blanking)}.",
        f"Check them: {places}." if places else "",
    )


def refused(title: str, reply: Reply, blanking: Blanking, what: str) -> DestinationRefusedError:
    """The error for an answer that would be the same for every request."""
    if 300 <= reply.status < 400:
        return DestinationRefusedError(
            f"{title} points to another address (status {reply.status}) when asked for {what}; it was not followed.",
            "Keys and people go to the named hosts only. If the receiver has moved, correct the settings.",
        )
    return DestinationRefusedError(
        f"{title} refuses {what} (status {reply.status}){_said(reply, blanking)}.",
        "Check the settings: lists that do not exist and addresses that are wrong look like this.",
    )


def too_long(title: str, seconds: float) -> DestinationUnavailableError:
    """The error for a wait that no run makes."""
    return DestinationUnavailableError(
        f"{title} asks to wait for {seconds / 60:,.0f} minutes.", "Give the same command again after that time."
    )


def _said(reply: Reply, blanking: Blanking) -> str:
    words = blanking(words_at(document(reply), ()))
    return f": {words.rstrip('.')}" if words else ""
