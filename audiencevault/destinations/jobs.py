"""What became of a request that a receiver took to do later."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from audiencevault.destinations.answers import TAKEN, Fate, Items, rejected_count, told
from audiencevault.destinations.api import Answer, Job
from audiencevault.destinations.asking import Asker
from audiencevault.destinations.documents import MISSING, as_text, at_path, document
from audiencevault.destinations.transport import Reply
from audiencevault.destinations.wording import words_at

_WHAT: Final = "what became of a request"


def settle(job: Job, items: Items, identity: str, asker: Asker) -> tuple[Fate, ...]:
    """The fates of the items of the job `identity`, once it is done; those of a job that is not done within its
    patience stay `queued`. Raises `DestinationError` where nobody answers.
    """
    words = {"job": identity}
    waited = 0.0
    while True:
        whole = asker.json(asker.requests.get(job.path, job.query, words), _WHAT)
        state = as_text(at_path(whole, job.state)).casefold()
        if state in {word.casefold() for word in job.failed}:
            said = items.blanking(words_at(whole, job.answer.words))
            return (Fate("rejected", said or f"The receiver gave the job up: {items.blanking(state)}."),) * items.size
        if state in {word.casefold() for word in job.finished}:
            return _counted(job, items, whole, _listed(job, items, whole, words, asker))
        if waited >= job.patience:
            return (Fate("queued", f"Taken; not done after {waited:,.0f} seconds."),) * items.size
        asker.pacer.wait(job.every)
        waited += job.every


def _listed(job: Job, items: Items, whole: Any, words: dict[str, str], asker: Asker) -> tuple[Fate, ...]:
    """The fates by the errors that the job lists, wherever it does."""
    if job.errors_path:
        answer = replace(job.answer, errors="") if job.answer.results is None else replace(job.answer, results="")
        place = job.answer.results if job.answer.results is not None else job.answer.errors
        entries = [
            entry
            for page in asker.pages(_WHAT, job.errors_path, {}, job.errors_paging, place or "", words)
            for entry in page
        ]
        return told(answer, items, entries, "accepted")
    if job.errors_link:
        address = as_text(at_path(whole, job.errors_link))
        if not address:
            return (Fate("accepted"),) * items.size
        return _file(job, items, asker.ask(asker.requests.link(address), _WHAT))
    return told(job.answer, items, whole, "accepted")


def _file(job: Job, items: Items, reply: Reply) -> tuple[Fate, ...]:
    """The fates by a file of errors: one JSON document a line, one document, or lines that name addresses."""
    answer = job.answer
    if answer.errors is None and answer.results is None:
        answer = replace(answer, errors="")
    if not job.lines:
        found = document(reply)
        if found is not MISSING:
            return told(answer, items, found, "accepted")
    text = reply.body.decode("utf-8-sig", "replace")
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        return told(answer, items, [json.loads(line) for line in lines], "accepted")
    except (ValueError, RecursionError):
        return _plain(answer, items, lines)


def _plain(answer: Answer, items: Items, lines: list[str]) -> tuple[Fate, ...]:
    """The fates by lines of no known form: whoever's address stands in one was refused."""
    fates = [Fate("accepted")] * items.size
    for line in lines:
        cells = [cell for part in line.split(",") for cell in part.replace('"', " ").replace(";", " ").split()]
        for cell in cells:
            for position in items.found("point", cell) if answer.by == "point" else ():
                fates[position] = Fate("rejected", items.blanking(line))
    return tuple(fates)


def _counted(job: Job, items: Items, whole: Any, fates: tuple[Fate, ...]) -> tuple[Fate, ...]:
    """The fates, where the job also says how many it refused."""
    count = rejected_count(whole, job.rejected)
    known = sum(fate.outcome not in TAKEN for fate in fates)
    if count is None or count <= known:
        return fates
    if count >= items.size:
        said = items.blanking(words_at(whole, job.answer.words)) or "The receiver refused all of them."
        return tuple(Fate("rejected", said) if fate.outcome == "accepted" else fate for fate in fates)
    said = f"Taken; the receiver says that {count:,} of {items.size:,} were refused, and not which."
    return tuple(Fate("queued", said) if fate.outcome == "accepted" else fate for fate in fates)
