"""Why two records or contacts are one person, or are not: sentences and the evidence behind them.

Sentences name fields and sources, never values: a value belongs in the table beside them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.resolution import scoring

WORDS: Final[Mapping[str, str]] = {
    "email": "same e-mail address", "phone": "same phone number", "account": "same platform account",
    "handle": "a handle like the other's mailbox", "mailbox": "nearly the same mailbox",
    "phone_ending": "phone numbers that end alike", "street": "same street address", "birthday": "same birthday",
    "company": "same company", "postcode": "same postcode", "city": "same town",
}  # fmt: skip
DOUBTS: Final[Mapping[str, str]] = {
    "shared_point": "it is a role mailbox or otherwise known to be shared",
    "crowded_point": "many different people hold it",
    "ambiguous": "the vaguer name would fit more than one person there",
    "birthday_differs": "the birthdays differ",
}  # fmt: skip
NAME_WORDS: Final[Mapping[str, str]] = {
    "same": "the same", "nickname": "nicknames of one name", "variant": "a known variant",
    "similar": "the same but for a typing slip",
    "initial": "compatible (an initial or one part only)", "doubtful": "near, but perhaps two people's",
    "different": "different",
}  # fmt: skip
COMPARED: Final = (
    "email_keys", "phone_keys", "account_keys", "handle_key", "first_key", "last_key", "birthday_key", "street_key",
    "postcode_key", "city_key", "company_key",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Explanation:
    """`same` says whether they are one contact; `sentences` why; `evidence` the links that tie (or nearly tie) them,
    as rows with record ids, sources, rule, score, acceptance and evidence; `compared` the values, field by field.
    """

    same: bool
    sentences: tuple[str, ...]
    evidence: tuple[Mapping[str, Any], ...]
    compared: tuple[Mapping[str, Any], ...]


def sentence(link: Mapping[str, Any], sources: Mapping[str, str]) -> str:
    """One link in words."""
    seen = dict(link["evidence"])
    places = sorted({sources.get(link["record_a"], "?"), sources.get(link["record_b"], "?")})
    where = " and ".join(places)
    if link["rule"] == "decision":
        return f"You said that these records of {where} are one person."
    shared = [WORDS[key] for key in WORDS if key in seen]
    names = [
        f"{part.replace('_', ' ')}s are {NAME_WORDS[seen[part]]}"
        for part in ("first_name", "last_name")
        if part in seen
    ]
    doubts = [DOUBTS[key] for key in DOUBTS if key in seen]
    text = f"{', '.join(shared) or 'nothing but the name'} in {where}"
    text += f"; {', '.join(names)}" if names else "; at least one record has no name"
    text += f"; but {', '.join(doubts)}" if doubts else ""
    verdict = "joined" if link["accepted"] else "not joined"
    return f"{text[0].upper()}{text[1:]} ({link['score']:+.1f} bits, {verdict})."


def _path(links: Sequence[Mapping[str, Any]], start: set[str], goal: set[str]) -> list[Mapping[str, Any]]:
    """The shortest chain of accepted links from `start` to `goal`; the stronger link first where two are as short."""
    by_record: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for link in links:
        by_record.setdefault(link["record_a"], []).append((link["record_b"], link))
        by_record.setdefault(link["record_b"], []).append((link["record_a"], link))
    came: dict[str, tuple[str, Mapping[str, Any]] | None] = dict.fromkeys(sorted(start))
    queue = deque(sorted(start))
    while queue:
        record = queue.popleft()
        if record in goal and came[record] is not None:
            chain = []
            step = came[record]
            while step is not None:
                chain.append(step[1])
                step = came[step[0]]
            return chain[::-1]
        for other, link in sorted(by_record.get(record, ()), key=lambda item: (-item[1]["score"], item[0])):
            if other not in came:
                came[other] = (record, link)
                queue.append(other)
    return []


def _records(members: pa.Table, name: str) -> set[str]:
    """The record ids of a contact, or the record itself."""
    found = members.filter(pc.equal(members["contact_id"], name))["record_id"].to_pylist()
    return set(found) or set(members.filter(pc.equal(members["record_id"], name))["record_id"].to_pylist())


def explain(links: pa.Table, members: pa.Table, features: pa.Table, one: str, other: str | None = None) -> Explanation:
    """Why `one` is a contact, or why `one` and `other` are the same or two; each names a contact or a record.

    `links` is LINKS, `members` MEMBERS, `features` MATCH_FEATURES of at least the records concerned.
    Raises `KeyError` where a name is neither a contact nor a record.
    """
    left = _records(members, one)
    right = _records(members, other) if other is not None else set()
    for name, found in ((one, left), (other, right)):
        if name is not None and not found:
            raise KeyError(name)
    contact = dict(
        zip(
            *(members.filter(_among(members["record_id"], left | right))[n].to_pylist() for n in members.column_names),
            strict=True,
        )
    )
    same = len(set(contact.values())) == 1
    touched = left | right
    if same:
        whole = members.filter(pc.equal(members["contact_id"], next(iter(contact.values()))))["record_id"].to_pylist()
        touched = touched | set(whole)
    rows = links.filter(pc.and_(_among(links["record_a"], touched), _among(links["record_b"], touched))).to_pylist()
    held = (
        features.filter(_among(features["record_id"], touched)).select(["record_id", "source", *COMPARED]).to_pylist()
    )
    sources = {row["record_id"]: row["source"] for row in held}
    accepted = [row for row in rows if row["accepted"]]
    if other is None:
        shown = sorted(accepted, key=lambda row: (-row["score"], row["record_a"], row["record_b"]))
        lines = [sentence(row, sources) for row in shown]
        if len(left) == 1 and not lines:
            lines = ["One record, so nothing had to be joined."]
    elif same:
        shown = _path(accepted, left - right or left, right)
        lines = [sentence(row, sources) for row in shown] or ["They are one record."]
    else:
        shown = [row for row in rows if (row["record_a"] in left) != (row["record_b"] in left)]
        shown.sort(key=lambda row: (-row["score"], row["record_a"], row["record_b"]))
        lines = [sentence(row, sources) for row in shown]
        if any(row["score"] >= scoring.ACCEPT for row in shown):
            lines.append("The link was strong enough, but would have brought a contradiction into the contact.")
        if not lines:
            lines = ["They share no contact point, and no block of weaker evidence is strong enough to compare them."]
    evidence = tuple(
        {**row, "source_a": sources.get(row["record_a"]), "source_b": sources.get(row["record_b"])} for row in shown
    )
    compared = tuple(
        sorted((row for row in held if row["record_id"] in left | right), key=lambda row: row["record_id"])
    )
    return Explanation(same=same, sentences=tuple(lines), evidence=evidence, compared=compared)


def _among(column: pa.ChunkedArray, values: set[str]) -> pa.ChunkedArray:
    return pc.is_in(column, value_set=pa.array(sorted(values), column.type))
