"""What a receiver's answers mean, item by item.

An answer is believed only as far as it goes: an error that names nobody, a list of results that is too short, a page
for people where a document was announced never count as taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pyarrow as pa

from audiencevault.destinations.api import Answer, Final429, Pace, Refusal
from audiencevault.destinations.documents import MISSING, as_text, at_path, document, is_html, texts_in
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import Reply
from audiencevault.destinations.wording import Blanking, words_at

OUTCOMES: Final = pa.schema(
    [
        ("push", pa.string()),
        ("item_id", pa.string()),
        ("contact_id", pa.string()),
        ("point_kind", pa.string()),
        ("point_key", pa.string()),
        ("channel", pa.string()),
        ("status", pa.string()),
        ("outcome", pa.string()),
        ("http_status", pa.int32()),
        ("words", pa.string()),
        ("digest", pa.string()),
        ("state", pa.string()),
    ]
)
"""What became of each item. `status` is the push's; `words` are the receiver's own, without addresses; `state` is set
where a refusal says that the address has left, complained or is dead there."""

OUTCOME_WORDS: Final = (
    "accepted",
    "exists",
    "waiting",
    "queued",
    "rejected",
    "refused",
    "retry",
    "unknown",
    "credentials",
    "fatal",
    "unsent",
)
TAKEN: Final = ("accepted", "exists", "waiting", "queued")
"""Outcomes of items that the receiver has."""
FINAL: Final = (*TAKEN, "rejected", "refused", "unknown")
"""Outcomes that going on with the same plan does not try again."""

_FATAL: Final = frozenset({402, 405, 406, 410, 411, 414, 415, 417, 421, 426, 431, 501, 505})
_LATER: Final = frozenset({408, 425})
_SUCCESS_WORDS: Final = frozenset(
    {"ok", "success", "successful", "succeeded", "created", "updated", "accepted", "done", "completed", "subscribed"}
)


@dataclass(frozen=True)
class Fate:
    """What became of one item, with the receiver's words."""

    outcome: str
    words: str = ""
    state: str | None = None


@dataclass(frozen=True)
class Read:
    """What an answer says: one fate per item, or (`believed` false) nothing that can be relied on. `whole` says that
    the request was refused as one; `job` is what to ask for later.
    """

    fates: tuple[Fate, ...] = ()
    believed: bool = True
    whole: bool = False
    job: str = ""
    why: str = ""


def kind_of(reply: Reply, pace: Pace, answer: Answer, *, about_item: bool) -> str:
    """What sort of answer it is: `read` (it has to be read), `throttled`, `final`, `broken`, `credentials`,
    `forbidden` or `fatal`. `about_item` says that the address names one item, so that "not there" is about it.
    """
    status = reply.status
    if final_rule(reply, pace) is not None:
        return "final"
    if status in {*answer.done, *answer.queued, *answer.waiting, *answer.exists} and status not in pace.throttled:
        return "read"
    if status in pace.throttled and not (status == 403 and isinstance(document(reply), Mapping)):
        return "throttled"
    if status == 401:
        return "credentials"
    if status == 403:
        return "forbidden"
    if status in pace.broken or status in _LATER or (status >= 500 and status not in _FATAL):
        return "broken"
    if status == 429:
        return "throttled"
    if status < 200 or 300 <= status < 400 or status in _FATAL or (status == 404 and not about_item):
        return "fatal"
    return "read"


def final_rule(reply: Reply, pace: Pace) -> Final429 | None:
    """The rule that says that this answer must not be tried again in this run."""
    for rule in pace.final:
        if reply.status == rule.status and as_text(at_path(document(reply), rule.at)) == rule.equals:
            return rule
    return None


class Items:
    """The items of one request, as far as answers name them. `constant` are texts in them that are about nobody."""

    def __init__(self, items: pa.Table, constant: Collection[str] = (), secrets: Collection[Secret] = ()) -> None:
        self.size: int = items.num_rows
        self._items = items
        self._constant = constant
        self._secrets = secrets
        self._by: dict[str, dict[str, list[int]]] = {}

    @cached_property
    def blanking(self) -> Blanking:
        """Takes the people out of the receiver's words."""
        # Made when there are words: most requests are taken without any.
        return Blanking(
            self._items["item"].to_pylist(), self._items["point"].to_pylist(), self._constant, self._secrets
        )

    def found(self, by: str, value: Any) -> list[int]:
        """Which items an error or result is about; none where that cannot be told."""
        if by == "index":
            number = re.search(r"[0-9]{1,12}", as_text(value))
            position = int(number[0]) if number else -1
            return [position] if 0 <= position < self.size else []
        return self._known(by).get(_key(by, as_text(value)), [])

    def _known(self, by: str) -> dict[str, list[int]]:
        if by not in self._by:
            known: dict[str, list[int]] = {}
            if by == "client_id":
                names = [[value] for value in self._items["item_id"].to_pylist()]
            else:
                names = [
                    [point, *_addresses(item)]
                    for point, item in zip(
                        self._items["point"].to_pylist(), self._items["item"].to_pylist(), strict=True
                    )
                ]
            for position, own in enumerate(names):
                for key in {_key(by, name) for name in own if name}:
                    if key:
                        known.setdefault(key, []).append(position)
            self._by[by] = known
        return self._by[by]


def read(answer: Answer, items: Items, reply: Reply) -> Read:
    """The fates of the items of a request that was answered in earnest (`kind_of` says `read`)."""
    status, whole = reply.status, document(reply)
    taken = status in {*answer.done, *answer.queued, *answer.waiting, *answer.exists}
    if not taken:
        return _refused(answer, items, reply, whole)
    expects = bool(answer.must or answer.results is not None or answer.job or answer.errors is not None)
    silent = status in answer.exists or status in answer.waiting
    if (is_html(reply) and whole is MISSING) or (expects and not silent and whole is MISSING):
        why = "a page for people instead of an answer" if is_html(reply) else "an answer that is no JSON document"
        return Read(believed=False, why=why)
    usual = "exists" if status in answer.exists else "waiting" if status in answer.waiting else ""
    usual = usual or ("queued" if status in answer.queued else "accepted")
    if usual in {"exists", "waiting"}:
        said = words_at(whole, answer.words)
        return Read((Fate(usual, items.blanking(said) if said else ""),) * items.size)
    if (lie := _lie(answer, whole)) is not None:
        listed = told(answer, items, whole, usual)
        if all(fate.outcome == usual for fate in listed):
            words = items.blanking(words_at(whole, answer.words) or lie)
            return Read(tuple(Fate("rejected", words) for _ in range(items.size)))
        return Read(listed)
    job = as_text(at_path(whole, answer.job)) if answer.job else ""
    if not re.fullmatch(r"[!-~]{1,500}", job):
        job = ""
    fates = told(answer, items, whole, usual)
    return Read(fates, job=job)


def told(answer: Answer, items: Items, whole: Any, usual: str) -> tuple[Fate, ...]:
    """The fates that a document tells of; `usual` is that of items about which it says nothing."""
    fates = [Fate(usual)] * items.size
    if answer.results is not None:
        _results(answer, items, at_path(whole, answer.results), fates)
    if answer.errors is not None:
        _errors(answer, items, at_path(whole, answer.errors), fates, usual)
    return tuple(fates)


def _refused(answer: Answer, items: Items, reply: Reply, whole: Any) -> Read:
    """The request as a whole was not taken."""
    said = words_at(whole, answer.words)
    if not said and whole is MISSING and not is_html(reply):
        said = reply.body[:4_000].decode("utf-8", "replace")
    words = items.blanking(said)
    if items.size == 1:
        return Read((_fate(answer, whole if whole is not MISSING else said, reply.status, words),), whole=True)
    fates = [Fate("rejected", words)] * items.size
    if answer.errors is not None:
        _errors(answer, items, at_path(whole, answer.errors), fates, "rejected")
    return Read(tuple(fates), whole=True)


def _lie(answer: Answer, whole: Any) -> str | None:
    """Why an answer that looks taken is not, in words."""
    if not isinstance(whole, Mapping):
        return "the answer lacks what a taken one holds" if answer.must else None
    for path, value in answer.must.items():
        found = at_path(whole, path)
        if found != value and as_text(found) != as_text(value):
            return f"the answer lacks {path} = {as_text(value)}"
    own = {answer.errors, answer.results}
    for key in ("success", "ok"):
        if whole.get(key) is False and key not in own:
            return f"the answer says {key} = false"
    if "error" not in own and whole.get("error") not in (None, False, "", 0, [], {}):
        return "the answer holds an error"
    if isinstance(whole.get("status"), str) and whole["status"].lower() in {"error", "fail", "failed"}:
        return "the answer's status is an error"
    return None


def _errors(answer: Answer, items: Items, listed: Any, fates: list[Fate], usual: str) -> None:
    if listed is MISSING or listed is None or listed in ([], {}, "", False):
        return
    strangers: list[str] = []
    if answer.errors_map:
        _error_map(answer, items, listed, fates, strangers)
    else:
        for error in listed if isinstance(listed, list) else [listed]:
            found = items.found(answer.by, at_path(error, answer.key) if answer.key else error)
            words = items.blanking(words_at(error, answer.words) or " ".join(texts_in(error)))
            if not found and items.size == 1:
                found = [0]
            for position in found:
                fates[position] = _fate(answer, error, None, words)
            if not found:
                strangers.append(words)
    if strangers and usual != "rejected":
        words = strangers[0]
        for position, fate in enumerate(fates):
            if fate.outcome == usual:
                fates[position] = Fate("unknown", f"Some of these were refused, and not which: {words}".strip(": "))


def _error_map(answer: Answer, items: Items, listed: Any, fates: list[Fate], strangers: list[str]) -> None:
    """An object of point, index or client id → whether it was done, or what is wrong with it."""
    if not isinstance(listed, Mapping):
        strangers.append("the answer is no object")
        return
    for name, value in listed.items():
        found = items.found(answer.by, name)
        # Beside the answers about people stand other things, such as the answer's own tag.
        if not found and value is False:
            strangers.append("")
        for position in found:
            if value not in (True, None, "", [], {}):
                words = items.blanking(words_at(value, answer.words) or " ".join(texts_in(value)))
                fates[position] = _fate(answer, value, None, words)


def _results(answer: Answer, items: Items, listed: Any, fates: list[Fate]) -> None:
    if not isinstance(listed, list) or (not answer.key and len(listed) != items.size):
        fates[:] = [Fate("unknown", "The answer lists not as many results as entries were sent.")] * len(fates)
        return
    seen: set[int] = set()
    for order, result in enumerate(listed):
        found = items.found(answer.by, at_path(result, answer.key)) if answer.key else [order]
        for position in found:
            seen.add(position)
            fates[position] = _result(answer, items, result, fates[position])
    for position in range(items.size):
        if position not in seen:
            fates[position] = Fate("unknown", "The answer says nothing about this entry.")


def _result(answer: Answer, items: Items, result: Any, usual: Fate) -> Fate:
    status = at_path(result, answer.result_status) if answer.result_status else result
    said = words_at(result, answer.words)
    words = items.blanking(said) if said else ""
    if isinstance(status, str) and re.fullmatch(r"\s*[0-9]{1,9}\s*", status):
        status = int(status)
    if isinstance(status, bool) or status is None or status is MISSING or isinstance(status, str):
        good = status is True or status is None or status is MISSING
        if isinstance(status, str):
            good = not status or status.lower() in _SUCCESS_WORDS
        # A result without a status that holds words of an error is no success.
        if status is MISSING and any(as_text(at_path(result, path)) for path in answer.words):
            good = False
        return usual if good else _fate(answer, result, None, words)
    for outcome, known in (("exists", answer.exists), ("waiting", answer.waiting), ("queued", answer.queued)):
        if status in known:
            return Fate(outcome, words)
    if status in answer.done:
        return Fate("accepted")
    return _fate(answer, result, status if isinstance(status, int) else None, words)


def _fate(answer: Answer, error: Any, status: int | None, words: str) -> Fate:
    """What an error about one item means."""
    for refusal in answer.refusals:
        if _means(refusal, error, status):
            return Fate("refused", words, refusal.state)
    if answer.exists_at and as_text(at_path(error, answer.exists_at)) in answer.exists_words:
        return Fate("exists", words)
    return Fate("rejected", words)


def _means(refusal: Refusal, error: Any, status: int | None) -> bool:
    if refusal.status is not None and refusal.status != status:
        return False
    if not refusal.contains:
        return refusal.status is not None
    value = at_path(error, refusal.at)
    return refusal.contains.casefold() in (" ".join(texts_in(value)) or as_text(value)).casefold()


def _key(by: str, value: str) -> str:
    if by == "client_id":
        return value.replace("-", "").strip().lower()
    text = value.strip().lower()
    if "@" in text:
        return text
    digits = re.sub(r"\D", "", text)
    return digits if len(digits) >= 5 else text


def _addresses(item: str) -> list[str]:
    """What in a finished item could be the address that an answer names it by, as it was sent."""
    try:
        values = texts_in(json.loads(item))
    except (ValueError, RecursionError):
        values = re.split(r'[",;\s]+', item)
    return [value for value in values if "@" in value or re.fullmatch(r"\+?[\d\s().-]{6,}", value)]


def rejected_count(whole: Any, path: str) -> int | None:
    """How many a job says it rejected, where it says so."""
    text = as_text(at_path(whole, path)) if path else ""
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else None
