"""Why records are one person, or two people are two: sentences, and the evidence behind each.

Words: the *chain* of a contact is the strongest set of links that holds its records together, read from its founding
record outwards; a *comparison* is one kind of value of two records, such as the birthday, with its level and, where
the link says so, its weight in bits.

Sentences and tables show values in comparison form, for the screen of whoever keeps the vault: never write them to a
log.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.resolution import comparing, identity, scoring
from audiencevault.resolution.comparing import comparisons, contradictions, link_sentence, place
from audiencevault.resolution.decisions import DIFFERENT, in_force
from audiencevault.resolution.evidence import FLAGS

MOST_PAIRS: Final = 2_000
"""Pairs of records of two contacts that are looked at for the one that agrees most."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """`same` says whether they are one contact and `reason` what decides: `links` or `one_record` where they are,
    `decision`, `guard`, `threshold` or `nothing_shared` where they are not.

    `sentences` say why; `evidence` are the links that tie (or nearly tie) them, as rows with record ids, sources,
    rule, score, acceptance, evidence, sentence and comparisons; `records` say for each record of a contact what it
    hangs on; `speaks_for` and `speaks_against` are the comparisons between two that are not one; `compared` the
    values, record by record.
    """

    same: bool
    reason: str
    sentences: tuple[str, ...]
    evidence: tuple[Mapping[str, Any], ...]
    compared: tuple[Mapping[str, Any], ...]
    records: tuple[Mapping[str, Any], ...] = ()
    speaks_for: tuple[Mapping[str, Any], ...] = ()
    speaks_against: tuple[Mapping[str, Any], ...] = ()
    decisions: tuple[Mapping[str, Any], ...] = field(default=())


def _strongest_first(link: Mapping[str, Any]) -> tuple[float, str, str]:
    return (-link["score"], link["record_a"], link["record_b"])


def _tree(links: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
    """The strongest links that hold the records together, without circles, as neighbours of each record."""
    root: dict[str, str] = {}

    def top(name: str) -> str:
        root.setdefault(name, name)
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    tree: dict[str, list[tuple[str, Mapping[str, Any]]]] = defaultdict(list)
    for link in sorted(links, key=_strongest_first):
        a, b = top(link["record_a"]), top(link["record_b"])
        if a != b:
            root[a] = b
            tree[link["record_a"]].append((link["record_b"], link))
            tree[link["record_b"]].append((link["record_a"], link))
    return tree


def chain(
    links: Sequence[Mapping[str, Any]], records: Iterable[str], start: str
) -> list[tuple[str, str | None, Mapping[str, Any] | None]]:
    """For each of `records`, from `start` outwards: the record that it hangs on, and by which link."""
    tree = _tree(link for link in links if link["accepted"])
    found: list[tuple[str, str | None, Mapping[str, Any] | None]] = []
    wanted, seen = set(records), set()
    for first in [start, *sorted(wanted - {start})]:
        queue: deque[tuple[str, str | None, Mapping[str, Any] | None]] = deque([(first, None, None)])
        while queue:
            name, parent, link = queue.popleft()
            if name in seen:
                continue
            seen.add(name)
            if name in wanted:
                found.append((name, parent, link))
            queue.extend((other, name, tie) for other, tie in sorted(tree[name], key=lambda item: item[0]))
    return found


def path(links: Sequence[Mapping[str, Any]], start: set[str], goal: set[str]) -> list[Mapping[str, Any]]:
    """The chain of accepted links from `start` to `goal`, as strong as its weakest link can be."""
    tree = _tree(link for link in links if link["accepted"])
    came: dict[str, tuple[str, Mapping[str, Any]] | None] = dict.fromkeys(sorted(start))
    queue = deque(sorted(start))
    while queue:
        name = queue.popleft()
        step = came[name]
        if name in goal and step is not None:
            found = []
            while step is not None:
                found.append(step[1])
                step = came[step[0]]
            return found[::-1]
        for other, link in sorted(tree[name], key=lambda item: item[0]):
            if other not in came:
                came[other] = (name, link)
                queue.append(other)
    return []


@dataclass(frozen=True, slots=True)
class _Case:
    """What is known of the records in question: features by record id, contact by record id, links among them."""

    held: Mapping[str, Mapping[str, Any]]
    contact: Mapping[str, str]
    links: Sequence[Mapping[str, Any]]
    told: Sequence[Mapping[str, Any]]

    def row(self, link: Mapping[str, Any]) -> dict[str, Any]:
        """A link with its sentence, sources and comparisons."""
        a, b = (self.held.get(link[name], {}) for name in ("record_a", "record_b"))
        return {
            **link,
            "evidence": dict(link["evidence"]),
            "source_a": a.get("source"),
            "source_b": b.get("source"),
            "sentence": self.sentence(link),
            "comparisons": comparisons(a, b, dict(link["evidence"])),
        }

    def sentence(self, link: Mapping[str, Any]) -> str:
        """One link in words; a decision names who took it and when."""
        a, b = (self.held.get(link[name], {}) for name in ("record_a", "record_b"))
        if link["rule"] == "decision":
            pair = {link["record_a"], link["record_b"]}
            said = next((row for row in self.told if {row["record_a"], row["record_b"]} == pair), None)
            return f"{_decided(said)} that {comparing.places(a.get('source'), b.get('source'))} hold one person."
        return link_sentence(link, a, b)


def _decided(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "Somebody decided"
    return f"On {row['at']:%Y-%m-%d} {row['decided_by'] or 'somebody'} decided"


def _records(members: pa.Table, name: str) -> set[str]:
    """The record ids of a contact, or the record itself."""
    found = members.filter(pc.equal(members["contact_id"], name))["record_id"].to_pylist()
    return set(found) or set(members.filter(pc.equal(members["record_id"], name))["record_id"].to_pylist())


def explain(
    links: pa.Table,
    members: pa.Table,
    features: pa.Table,
    one: str,
    other: str | None = None,
    *,
    decisions: pa.Table | None = None,
) -> Explanation:
    """Why `one` is a contact, or why `one` and `other` are the same or two; each names a contact or a record.

    `links` is LINKS, `members` MEMBERS, `features` MATCH_FEATURES of at least the records concerned, `decisions`
    DECISIONS. Raises `KeyError` where a name is neither a contact nor a record.
    """
    left = _records(members, one)
    right = _records(members, other) if other is not None else set()
    for name, found in ((one, left), (other, right)):
        if name is not None and not found:
            raise KeyError(name)
    contact = _column(members.filter(_among(members["record_id"], left | right)), "contact_id")
    same = len(set(contact.values())) == 1
    touched = left | right
    if same:
        whole = members.filter(pc.equal(members["contact_id"], next(iter(contact.values()))))
        contact = _column(whole, "contact_id")
        touched = set(contact)
    rows = links.filter(pc.and_(_among(links["record_a"], touched), _among(links["record_b"], touched))).to_pylist()
    held = {row["record_id"]: row for row in features.filter(_among(features["record_id"], touched)).to_pylist()}
    told = [row for pair, row in in_force(decisions).items() if set(pair) <= touched]
    case = _Case(held, contact, rows, told)
    if other is None:
        return _alone(case, one, left)
    return _together(case, left, right) if same else _apart(case, left, right)


def _column(members: pa.Table, name: str) -> dict[str, str]:
    return dict(zip(members["record_id"].to_pylist(), members[name].to_pylist(), strict=True))


def _compared(case: _Case, records: set[str]) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        {name: case.held[record].get(name) for name in ("record_id", "source", *comparing.COLUMNS)}
        for record in sorted(records)
        if record in case.held
    )


def _alone(case: _Case, name: str, records: set[str]) -> Explanation:
    """Why a contact is one: each record and what it hangs on."""
    founder = next(
        (record for record in sorted(case.contact) if identity.contact_id(record) == case.contact[record]), None
    )
    if name in case.contact:
        founder = name
    start = founder or min(case.contact)
    steps = [step for step in chain(case.links, case.contact, start) if step[0] in records or len(records) > 1]
    shown: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []
    for record, parent, link in steps:
        row = case.row(link) if link is not None else None
        if row is not None:
            shown.append(row)
        source = case.held.get(record, {}).get("source")
        said.append(
            {
                "record_id": record,
                "source": source,
                "name": case.held.get(record, {}).get("display_name"),
                "hangs_on": parent,
                "because": row["sentence"] if row else f"This person begins with it, in {place(source)}.",
            }
        )
    lines = [row["sentence"] for row in shown] or ["One record, so nothing had to be joined."]
    return Explanation(
        same=True,
        reason="links" if shown else "one_record",
        sentences=tuple(lines),
        evidence=tuple(shown),
        compared=_compared(case, set(case.contact) if len(records) > 1 else records),
        records=tuple(said),
        decisions=tuple(case.told),
    )


def _together(case: _Case, left: set[str], right: set[str]) -> Explanation:
    """Which chain of links makes two names one contact."""
    shown = [case.row(link) for link in path(case.links, left - right or left, right)]
    lines = [row["sentence"] for row in shown] or ["They are one record."]
    return Explanation(
        same=True,
        reason="links" if shown else "one_record",
        sentences=tuple(lines),
        evidence=tuple(shown),
        compared=_compared(case, left | right),
        decisions=tuple(case.told),
    )


def _apart(case: _Case, left: set[str], right: set[str]) -> Explanation:
    """What speaks for and against two people being one, and what decides."""
    across = [row for row in case.links if (row["record_a"] in left) != (row["record_b"] in left)]
    shown = [case.row(link) for link in sorted(across, key=_strongest_first)]
    kept = [
        row
        for row in case.told
        if row["verdict"] == DIFFERENT and (row["record_a"] in left) != (row["record_b"] in left)
    ]
    against = contradictions(
        [case.held[name] for name in sorted(left) if name in case.held],
        [case.held[name] for name in sorted(right) if name in case.held],
    )
    compared = shown[0]["comparisons"] if shown else _nearest(case, left, right)
    silent = {*comparing.SPEAK_AGAINST, comparing.SAYS_NOTHING}
    speaks_for = [item for item in compared if item["level"] not in silent and item["comparison"] not in FLAGS]
    differing = [item for item in compared if item["level"] in comparing.SPEAK_AGAINST]
    lines = [row["sentence"] for row in shown]
    strong = [row for row in shown if row["score"] >= scoring.ACCEPT]
    if kept:
        reason = "decision"
        lines.append(f"{_decided(kept[-1])} that these are different people; that holds whatever speaks for it.")
    elif strong:
        reason = "guard"
        named = strong[0]["evidence"].get("refused")
        what = [comparing.GUARDS.get(word, word) for word in named.split(",")] if named else []
        what = what or [item["sentence"] for item in against] or ["another record of theirs contradicts"]
        lines.append(f"The link was strong enough, but would have brought a contradiction in: {'; '.join(what)}.")
    elif shown:
        reason = "threshold"
        lines.append(
            f"That is {shown[0]['score']:+.1f} bits; joining two people takes {scoring.ACCEPT:+.1f}, so it is a "
            "question for 'review'."
        )
    else:
        reason = "nothing_shared"
        lines.append("They share no contact point, and nothing weaker that is rare enough to compare them by.")
    return Explanation(
        same=False,
        reason=reason,
        sentences=tuple(lines),
        evidence=tuple(shown),
        compared=_compared(case, left | right),
        speaks_for=tuple(speaks_for),
        speaks_against=(*differing, *(item for item in against if item not in differing)),
        decisions=tuple(kept),
    )


def _nearest(case: _Case, left: set[str], right: set[str]) -> list[dict[str, Any]]:
    """The comparisons of the two records that agree on most."""
    best: tuple[int, list[dict[str, Any]]] = (-1, [])
    pairs = [(a, b) for a in sorted(left) for b in sorted(right) if a in case.held and b in case.held]
    for a, b in pairs[:MOST_PAIRS]:
        found = comparisons(case.held[a], case.held[b], {})
        agreeing = sum(item["level"] == "same" for item in found)
        if agreeing > best[0]:
            best = (agreeing, found)
    return best[1]


def _among(column: pa.ChunkedArray, values: set[str]) -> pa.ChunkedArray:
    return pc.is_in(column, value_set=pa.array(sorted(values), column.type))
