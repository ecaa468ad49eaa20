"""Review: the questions of a vault with everything that helps to answer them, and what becomes of the answers.

Words: a *question* is a pair of contacts that may be one person; an *answer* is *same*, *different* or *unsure*.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.pipeline import consequences, deciding
from audiencevault.pipeline.asking import relations
from audiencevault.pipeline.deciding import Outcome
from audiencevault.pipeline.options import Progress
from audiencevault.pipeline.senders import controller_of
from audiencevault.records import CONTACTS, DECISIONS
from audiencevault.resolution import decisions as words
from audiencevault.resolution import questions as ranking
from audiencevault.resolution.comparing import comparisons, contradictions, link_sentence
from audiencevault.resolution.decisions import DIFFERENT, SAME
from audiencevault.vault import Vault

PAGE = 20
"""Questions whose details are fetched at a time for somebody who waits."""
BULK = 500
"""And for a list of all."""
SAVE_EVERY = 10
"""Answers of a session after which they are written down, so that a crash loses few."""

SHOWN: tuple[str, ...] = (
    "contact_id", "display_name", "emails", "phones", "accounts", "address1", "postcode", "city", "country", "birthday",
    "company", "relationships", "sources", "record_count", "orders_count", "total_spent", "currency", "first_seen_at",
    "last_seen_at",
)  # fmt: skip
"""What is shown of each of the two people."""

MEMBERS_OF = """
    SELECT m.record_id, m.contact_id FROM members m JOIN asked_contacts a ON a.contact_id = m.contact_id
    ORDER BY m.contact_id, m.record_id
"""
CONTACTS_OF = "SELECT c.* FROM contacts c JOIN asked_contacts a ON a.contact_id = c.contact_id ORDER BY c.contact_id"
FEATURES_OF = """
    SELECT f.* FROM match_features f JOIN asked_records r ON r.record_id = f.record_id ORDER BY f.record_id
"""
LINKS_OF = """
    SELECT l.* FROM links l JOIN asked_records x ON x.record_id = l.record_a
    JOIN asked_records y ON y.record_id = l.record_b ORDER BY l.record_a, l.record_b
"""


@dataclass(frozen=True)
class Person:
    """One side of a question: the contact, its records, and the one that stands for them."""

    contact: Mapping[str, Any]
    records: tuple[str, ...]
    representative: str

    @property
    def contact_id(self) -> str:
        """The contact's id."""
        return str(self.contact["contact_id"])


@dataclass(frozen=True)
class Question:
    """A pair of people who may be one: `rank` says where it comes in the vault's list, beginning at 1."""

    rank: int
    one: Person
    two: Person
    record_a: str
    record_b: str
    score: float
    probability: float
    value: float
    refused: bool
    unsure: bool
    sentence: str
    compared: tuple[Mapping[str, Any], ...]
    against: tuple[Mapping[str, Any], ...]
    effect: Mapping[str, Any]
    links: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "rank": self.rank,
            "record_a": self.record_a,
            "record_b": self.record_b,
            "one": {**self.one.contact, "record_ids": list(self.one.records)},
            "two": {**self.two.contact, "record_ids": list(self.two.records)},
            "score": self.score,
            "probability": self.probability,
            "value": self.value,
            "refused": self.refused,
            "unsure": self.unsure,
            "sentence": self.sentence,
            "comparisons": [dict(row) for row in self.compared],
            "speaks_against": [dict(row) for row in self.against],
            "consent": dict(self.effect),
        }


class Questions:
    """The questions of the newest snapshot of `vault`, most valuable first; see `resolution.questions` for the order.

    `limit` keeps the first so many (None: all). Details are fetched when they are asked for, a page at a time.
    """

    def __init__(
        self,
        vault: Vault,
        *,
        as_of: datetime,
        limit: int | None = None,
        policy: str | None = None,
        controller_id: str | None = None,
    ) -> None:
        self._vault = vault
        self._snapshot = vault.head()
        self._as_of = as_of
        self._policy = policy or vault.settings.policy
        self._controller = controller_of(vault, controller_id)
        with relations(self._snapshot) as engine:
            ranked = ranking.open_questions(engine, vault.table("decisions").cast(DECISIONS))
        self.total = ranked.num_rows
        self._rows: list[dict[str, Any]] = ranked.slice(0, limit).to_pylist()
        self._pages: dict[int, list[Question]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Question:
        page = index // PAGE
        if page not in self._pages:
            self._pages[page] = self._fetched(self._rows[page * PAGE : (page + 1) * PAGE], page * PAGE + 1)
        return self._pages[page][index % PAGE]

    def __iter__(self) -> Iterator[Question]:
        for start in range(0, len(self), BULK):
            yield from self._fetched(self._rows[start : start + BULK], start + 1)

    def _fetched(self, rows: Sequence[Mapping[str, Any]], first: int) -> list[Question]:
        pairs = [(row["one"], row["two"]) for row in rows]
        with relations(self._snapshot) as engine:
            people, held, links = people_of(engine, {name for pair in pairs for name in pair})
            effects = consequences.of_joining(
                engine, pairs, as_of=self._as_of, policy=self._policy, controller_id=self._controller
            )
        contact_of = {name: side.contact_id for side in people.values() for name in side.records}
        near: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for link in links:
            ends = sorted((contact_of[link["record_a"]], contact_of[link["record_b"]]))
            near.setdefault((ends[0], ends[1]), []).append(link)
        found = []
        for place, (row, effect) in enumerate(zip(rows, effects, strict=True)):
            one, two = row["one"], row["two"]
            tied = [link for pair in ((one, one), (one, two), (two, two)) for link in near.get(pair, ())]
            found.append(_question(first + place, row, people, held, tied, effect))
        return found


def people_of(
    engine: DuckDBEngine, contact_ids: set[str]
) -> tuple[dict[str, Person], dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """The people with these ids, the features of their records by record id, and the links among these."""
    engine.read("asked_contacts", pa.table({"contact_id": pa.array(sorted(contact_ids), pa.string())}))
    members = engine.collect(MEMBERS_OF).to_pylist()
    contacts = engine.collect(CONTACTS_OF).select(CONTACTS.names).to_pylist(maps_as_pydicts="strict")
    engine.read("asked_records", pa.table({"record_id": pa.array([row["record_id"] for row in members], pa.string())}))
    held = {row["record_id"]: row for row in engine.collect(FEATURES_OF).to_pylist()}
    links = engine.collect(LINKS_OF).to_pylist()
    engine.drop("asked_contacts", "asked_records")
    records: dict[str, list[str]] = {}
    for row in members:
        records.setdefault(row["contact_id"], []).append(row["record_id"])
    inside: dict[str, list[dict[str, Any]]] = {}
    contact_of = {row["record_id"]: row["contact_id"] for row in members}
    for link in links:
        if contact_of[link["record_a"]] == contact_of[link["record_b"]]:
            inside.setdefault(contact_of[link["record_a"]], []).append(link)
    people = {}
    for row in contacts:
        name = row["contact_id"]
        shown = {key: float(row[key]) if key == "total_spent" and row[key] is not None else row[key] for key in SHOWN}
        stands = deciding.representative(records[name], inside.get(name, ()))
        people[name] = Person(shown, tuple(records[name]), stands)
    return people, held, links


def _question(
    rank: int,
    row: Mapping[str, Any],
    people: Mapping[str, Person],
    held: Mapping[str, Mapping[str, Any]],
    links: Sequence[Mapping[str, Any]],
    effect: Mapping[str, Any],
) -> Question:
    one, two = people[row["one"]], people[row["two"]]
    a, b = row["record_a"], row["record_b"]
    best = next(link for link in links if (link["record_a"], link["record_b"]) == (a, b))
    left, right = (held[a], held[b]) if a in one.records else (held[b], held[a])
    return Question(
        rank=rank,
        one=one,
        two=two,
        record_a=a,
        record_b=b,
        score=row["score"],
        probability=row["probability"],
        value=row["value"],
        refused=row["refused"],
        unsure=row["unsure"],
        sentence=link_sentence(best, held[a], held[b]),
        compared=tuple(comparisons(left, right, dict(best["evidence"]))),
        against=tuple(contradictions(*([held[name] for name in side.records if name in held] for side in (one, two)))),
        effect=effect,
        links=tuple(links),
    )


class Session:
    """Answers on their way into a vault: written down every few, obeyed at the end, taken back one by one.

    Answers imply others: who is the same as A is different from whoever A is different from.
    """

    def __init__(self, vault: Vault, *, by: str) -> None:
        self._vault = vault
        self._by = by
        self._book = words.Book(vault.table("decisions").cast(DECISIONS))
        self.answers: list[tuple[Question, str]] = []
        self._saved: list[list[dict[str, Any]]] = []

    def answer(self, question: Question, verdict: str, *, now: datetime) -> None:
        """Take *same*, *different* or *unsure* for an answer."""
        self.answers.append((question, verdict))
        if len(self.answers) - len(self._saved) >= SAVE_EVERY:
            self.save(now=now)

    def undo(self, *, now: datetime) -> Question | None:
        """Take the last answer back; the question that it answered, or None where there is none."""
        if not self.answers:
            return None
        question, _ = self.answers.pop()
        if len(self._saved) > len(self.answers):
            rows = self._book.undo(self._saved.pop(), at=now, by=self._by)
            deciding.record(self._vault, rows, now=now, command=deciding.ANSWERS)
        return question

    def save(self, *, now: datetime) -> None:
        """Write down what was answered since the last time."""
        rows = self._rows(now)
        deciding.record(self._vault, rows, now=now, command=deciding.ANSWERS)

    def _rows(self, now: datetime) -> list[dict[str, Any]]:
        rows = []
        for question, verdict in self.answers[len(self._saved) :]:
            said = deciding.say(
                self._book, question.one.records, question.two.records, verdict, links=question.links, at=now,
                by=self._by,
            )  # fmt: skip
            self._saved.append(said)
            rows += said
        return rows

    def implied(self, question: Question) -> str | None:
        """What the answers so far say about a question, or None."""
        root: dict[str, str] = {}

        def top(name: str) -> str:
            while root.get(name, name) != name:
                name = root[name]
            return name

        for item, verdict in self.answers:
            if verdict == SAME:
                root[top(item.one.contact_id)] = top(item.two.contact_id)
        one, two = top(question.one.contact_id), top(question.two.contact_id)
        if one == two:
            return SAME
        apart = {
            frozenset((top(item.one.contact_id), top(item.two.contact_id)))
            for item, verdict in self.answers
            if verdict == DIFFERENT
        }
        return DIFFERENT if frozenset((one, two)) in apart else None

    def finish(self, *, now: datetime, progress: Progress | None = None) -> Outcome | None:
        """Write down the rest and obey all; None where nothing was decided."""
        rows = self._rows(now)
        if any(row["verdict"] in words.BINDING for row in self._book.new):
            return deciding.apply(self._vault, rows, now=now, command="review", progress=progress)
        deciding.record(self._vault, rows, now=now, command=deciding.ANSWERS)
        return None
