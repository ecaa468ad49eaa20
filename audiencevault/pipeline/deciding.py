"""What a person decides about who is who: written down for ever, and obeyed at once.

Words: a *part* is some records of one contact; two records are *across* where one is in the one part and the other in
the other.

Decisions are about records, since contacts come and go. "These two contacts are one person" ties every record of
each to one record of the other, so that no contradiction between any of them can tear them apart again. "These are
two people" is said of every two records across: whatever a later import brings, no contact can hold one of each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.errors import UsageError
from audiencevault.pipeline.asking import relations
from audiencevault.pipeline.finding import Found, absorbed, find
from audiencevault.pipeline.options import Progress, Silence
from audiencevault.pipeline.persons import OWNER_RECORDS, resolve_all, write_contacts
from audiencevault.records import DECISIONS
from audiencevault.resolution import decisions as words
from audiencevault.resolution import identity
from audiencevault.resolution.decisions import DIFFERENT, SAME, WITHDRAWN, Pair, pair_of
from audiencevault.vault import Vault

MOST_ROWS = 2_500
"""Decisions across two parts from which on only those with a representative record are written."""

ANSWERS = "answers"
"""The command of a snapshot that holds decisions which are not obeyed yet."""
RESOLVING = frozenset({"create", "import", "migrate", "rebuild", "link", "unlink", "review", "decide"})
"""Commands whose snapshots obey every decision."""

LINKS_INSIDE = """
    SELECT l.record_a, l.record_b, l.rule, l.score, l.accepted FROM links l
    JOIN deciding_records x ON x.record_id = l.record_a JOIN deciding_records y ON y.record_id = l.record_b
    ORDER BY l.record_a, l.record_b
"""
RECORDS_OF = "SELECT record_id FROM members WHERE contact_id = ? ORDER BY record_id"


@dataclass(frozen=True)
class Outcome:
    """What became of decisions: `snapshot` as it is now, how many rows were written, how many people there were and
    are, `unheeded` the pairs of records said to be one person that another decision keeps apart.
    """

    snapshot: int
    decisions: int
    contacts_before: int
    contacts_after: int
    unheeded: tuple[Pair, ...] = ()
    contact_ids: tuple[str, ...] = field(default=())
    sentence: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "snapshot": self.snapshot,
            "decisions": self.decisions,
            "contacts": {"before": self.contacts_before, "after": self.contacts_after},
            "contact_ids": list(self.contact_ids),
            "unheeded": [list(pair) for pair in self.unheeded],
            "sentence": self.sentence,
        }


def record(vault: Vault, rows: Sequence[Mapping[str, Any]], *, now: datetime, command: str) -> None:
    """Write decisions down without obeying them yet: for sessions that are obeyed at their end."""
    if rows:
        with vault.begin(command, now) as txn:
            txn.append("decisions", words.table(rows))
            txn.commit()


def pending(vault: Vault) -> bool:
    """Whether decisions were written down by a session that did not come to its end."""
    for snapshot in reversed(vault.history()):
        if snapshot.command == ANSWERS:
            return True
        if snapshot.command in RESOLVING:
            return False
    return False


def apply(
    vault: Vault,
    rows: Sequence[Mapping[str, Any]],
    *,
    now: datetime,
    command: str = "decide",
    progress: Progress | None = None,
) -> Outcome:
    """Write decisions down and obey all that the vault holds: links, members and contacts of one new snapshot."""
    with vault.begin(command, now) as txn:
        told = pa.concat_tables([vault.table("decisions").cast(DECISIONS), words.table(rows)])
        txn.append("decisions", words.table(rows))
        before = txn.base.rows("contacts")
        with relations(txn.base) as engine:
            engine.sql("owner_records", OWNER_RECORDS)
            engine.read("observed", pa.table({"record_id": pa.array([], pa.string())}))
            settled = resolve_all(
                engine,
                txn,
                vault,
                txn.base.tables["match_features"],
                decisions=told,
                changed="observed",
                at=now,
                import_id="",
                progress=progress or Silence(),
            )
            unheeded = _unheeded(engine, told)
        snapshot = txn.commit()
    return Outcome(snapshot.number, len(rows), before, settled.contacts, unheeded)


def rewrite_contacts(vault: Vault, *, now: datetime) -> int:
    """Let the rules of survivorship of the vault's settings take effect; the number of the snapshot."""
    with vault.begin("settings", now) as txn:
        if txn.base.rows("members"):
            with relations(txn.base) as engine:
                write_contacts(engine, txn, vault)
        return txn.commit().number


def _unheeded(engine: DuckDBEngine, decisions: pa.Table) -> tuple[Pair, ...]:
    """Pairs that are said to be one person and are two: only a *different* of another pair can do that."""
    engine.read("deciding_effective", words.effective(decisions))
    rows = engine.collect(
        "SELECT d.a, d.b FROM deciding_effective d JOIN members x ON x.record_id = d.a "
        "JOIN members y ON y.record_id = d.b WHERE d.same AND x.contact_id <> y.contact_id ORDER BY d.a, d.b"
    )
    return tuple(zip(rows["a"].to_pylist(), rows["b"].to_pylist(), strict=True))


# From contacts to records


def representative(records: Iterable[str], links: Iterable[Mapping[str, Any]]) -> str:
    """The record that most accepted links inside `records` hold; the smallest id of several."""
    inside = sorted(records)
    known, ties = set(inside), dict.fromkeys(inside, 0)
    for link in links:
        if link["accepted"] and link["record_a"] in known and link["record_b"] in known:
            ties[link["record_a"]] += 1
            ties[link["record_b"]] += 1
    return min(inside, key=lambda name: (-ties[name], name))


def pairs_of_same(one: Sequence[str], two: Sequence[str], first: str, second: str) -> list[Pair]:
    """The pairs that tie two parts into one: every record with the other part's representative."""
    return sorted({pair_of(first, name) for name in two} | {pair_of(second, name) for name in one})


def pairs_of_different(one: Sequence[str], two: Sequence[str], first: str, second: str) -> list[Pair]:
    """The pairs that keep two parts apart: all across, or with the representatives where that would be very many."""
    if len(one) * len(two) > MOST_ROWS:
        return pairs_of_same(one, two, first, second)
    return sorted({pair_of(a, b) for a in one for b in two})


def links_among(engine: DuckDBEngine, records: Iterable[str]) -> list[dict[str, Any]]:
    """The links of which both records are among `records`."""
    engine.read("deciding_records", pa.table({"record_id": pa.array(sorted(set(records)), pa.string())}))
    rows: list[dict[str, Any]] = engine.collect(LINKS_INSIDE).to_pylist()
    engine.drop("deciding_records")
    return rows


def records_of(engine: DuckDBEngine, contact_id: str) -> list[str]:
    """The records of one contact, sorted."""
    found: list[str] = engine.collect(RECORDS_OF, [contact_id])["record_id"].to_pylist()
    return found


def say(
    book: words.Book,
    one: Sequence[str],
    two: Sequence[str],
    verdict: str,
    *,
    links: Sequence[Mapping[str, Any]],
    at: datetime,
    by: str,
) -> list[dict[str, Any]]:
    """Say `verdict` of two parts in `book`, superseding whatever was said of pairs across; the new rows."""
    first, second = representative(one, links), representative(two, links)
    if verdict == DIFFERENT:
        pairs = pairs_of_different(one, two, first, second)
    elif verdict == SAME:
        pairs = pairs_of_same(one, two, first, second)
    else:
        pairs = [pair_of(first, second)]
    rows = book.say(pairs, verdict, at=at, by=by)
    if verdict not in words.BINDING:
        return rows
    against = [pair for pair, row in book.across(one, two).items() if row["verdict"] != verdict]
    return rows + book.say(against, WITHDRAWN, at=at, by=by)


# `link` and `unlink`


def link(
    vault: Vault,
    one: str,
    two: str,
    *,
    by: str,
    now: datetime,
    overrule: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    """Say that `one` and `two` (as `finding.find` understands them) are one person, and join them.

    Raises `UsageError` where somebody said before that they are different people, unless `overrule`.
    """
    snapshot, region = vault.head(), vault.settings.region
    book = words.Book(vault.table("decisions").cast(DECISIONS))
    with relations(snapshot) as engine:
        left, right = find(engine, one, region), find(engine, two, region)
        parts = (list(left.records), list(right.records))
        joined = left.contact_id == right.contact_id
        if not joined:
            parts = (records_of(engine, left.contact_id), records_of(engine, right.contact_id))
        elif set(parts[0]) & set(parts[1]):
            raise UsageError("Both name the same person; there is nothing to link.")
        links = links_among(engine, [*parts[0], *parts[1]])
    against = [row for row in book.across(*parts).values() if row["verdict"] == DIFFERENT]
    if against and not overrule:
        when = max(row["at"] for row in against)
        raise UsageError(
            f"On {when:%Y-%m-%d} {against[-1]['decided_by'] or 'somebody'} decided that these are different people.",
            "If that was wrong, say so with --overrule.",
        )
    rows = say(book, *parts, SAME, links=links, at=now, by=by)
    done = apply(vault, rows, now=now, command="link", progress=progress)
    ids = _contacts_of(vault, [*parts[0], *parts[1]])
    if len(ids) > 1:
        sentence = "They could not be joined: another decision keeps some of their records apart; see 'explain'."
    elif joined:
        sentence = "They were one person already; from now on they stay one, whatever an import brings."
    else:
        sentence = "They are one person now."
    return _told(done, ids, sentence)


def unlink(
    vault: Vault, one: str, others: Sequence[str], *, by: str, now: datetime, progress: Progress | None = None
) -> Outcome:
    """Say that `others` are not the person `one`, and take them apart.

    `others` name records of `one`, an id that it absorbed, a point that some of its records hold, or another contact;
    without any, the last merge of `one` is undone, or its two records are taken apart where it has two.
    """
    snapshot, region = vault.head(), vault.settings.region
    book = words.Book(vault.table("decisions").cast(DECISIONS))
    with relations(snapshot) as engine:
        left = find(engine, one, region)
        whole = records_of(engine, left.contact_id)
        meant = [find(engine, text, region) for text in others] or [_last_merged(engine, left.contact_id, whole)]
        outside = {found.contact_id for found in meant} - {left.contact_id}
        if outside and (len(outside) > 1 or any(found.contact_id == left.contact_id for found in meant)):
            raise UsageError(
                "Not all of these belong to one contact.", "Name records of one contact, or one other contact."
            )
        if outside:
            parts = (whole, records_of(engine, outside.pop()))
            links = links_among(engine, [*parts[0], *parts[1]])
        else:
            links = links_among(engine, whole)
            parts = divided(whole, left, meant, links)
    rows = say(book, *parts, DIFFERENT, links=links, at=now, by=by)
    apart = _contacts_of(vault, parts[0]) != _contacts_of(vault, parts[1])
    done = apply(vault, rows, now=now, command="unlink", progress=progress)
    ids = _contacts_of(vault, [*parts[0], *parts[1]])
    sentence = (
        "They were two people already; from now on they stay two, whatever an import brings."
        if apart
        else f"They are {len(ids)} people now."
    )
    return _told(done, ids, sentence)


def _told(done: Outcome, ids: tuple[str, ...], sentence: str) -> Outcome:
    return Outcome(
        done.snapshot, done.decisions, done.contacts_before, done.contacts_after, done.unheeded, ids, sentence
    )


def _contacts_of(vault: Vault, records: Iterable[str]) -> tuple[str, ...]:
    """The contacts that hold `records` now, sorted."""
    members = vault.table("members")
    held = members.filter(pc.is_in(members["record_id"], value_set=pa.array(sorted(set(records)), pa.string())))
    return tuple(sorted(set(held["contact_id"].to_pylist())))


def _last_merged(engine: DuckDBEngine, contact_id: str, whole: Sequence[str]) -> Found:
    """What `unlink` takes out of a contact where nothing is named."""
    known = set(whole)
    came = [
        (name, [item for item in records if item in known])
        for name, (into, records) in absorbed(engine).items()
        if into == contact_id
    ]
    came = [(name, records) for name, records in came if records and len(records) < len(whole)]
    if came:
        return Found(contact_id, tuple(came[-1][1]))
    if len(whole) == 1:
        raise UsageError("This person has one record, so nothing was joined.")
    if len(whole) == 2:
        return Found(contact_id, (whole[1],), exact=True)
    raise UsageError(
        f"This person has {len(whole)} records that came together when they were first seen.",
        "Say which of them are somebody else's, by record ids, an e-mail address or a number; 'explain' lists them.",
    )


def divided(
    whole: Sequence[str], left: Found, meant: Sequence[Found], links: Sequence[Mapping[str, Any]]
) -> tuple[list[str], list[str]]:
    """The records of one contact in two parts: who stays, and who goes.

    Records that were named by their ids go alone. Where a point or an id of before was named, its records go, and
    with them whatever is tied more strongly to them than to those that stay.
    """
    going = {name for found in meant for name in found.records}
    if going == set(whole) > set(left.records):
        # Named the other way round: the part first, and then the person as a whole.
        return divided(whole, Found(left.contact_id, tuple(whole)), [left], links)[::-1]
    if all(found.exact for found in meant):
        parts = ([name for name in whole if name not in going], sorted(going))
    else:
        apart = set(left.records) - going
        staying = apart or set(whole) - going
        if not apart or set(left.records) >= set(whole):
            # The whole contact was named: what is tied to nobody more strongly stays with its founder.
            founder = [name for name in sorted(staying) if identity.contact_id(name) == left.contact_id]
            staying = set(founder or [representative(staying, links)]) if staying else set()
        parts = _grown(whole, staying, going, links)
    if not parts[0] or not parts[1]:
        raise UsageError(
            "That would leave nobody: all records of this person were named.",
            "Name only those that are somebody else's.",
        )
    return parts


def _grown(
    whole: Sequence[str], staying: Iterable[str], going: Iterable[str], links: Sequence[Mapping[str, Any]]
) -> tuple[list[str], list[str]]:
    """Two parts grown from their seeds along the strongest links first; what no link reaches stays."""
    side = {**dict.fromkeys(staying, 0), **dict.fromkeys(going, 1)}
    root = {name: name for name in whole}

    def top(name: str) -> str:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    anchors: dict[int, str] = {}
    for name in sorted(side):
        anchor = anchors.setdefault(side[name], name)
        root[top(name)] = top(anchor)
    by_strength: dict[float, list[Mapping[str, Any]]] = defaultdict(list)
    for item in links:
        if item["accepted"] and item["rule"] != "decision":
            by_strength[item["score"]].append(item)
    for score in sorted(by_strength, reverse=True):
        for item in by_strength[score]:
            a, b = top(item["record_a"]), top(item["record_b"])
            tops = {top(anchor) for anchor in anchors.values()}
            if a != b and {a, b} != tops:
                keep = a if a in tops else b
                root[a if keep == b else b] = keep
    gone = top(anchors[1]) if 1 in anchors else None
    return [name for name in whole if top(name) != gone], [name for name in whole if top(name) == gone]
