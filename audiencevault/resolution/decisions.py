"""What people decided about pairs of records: which of their words count, and how new ones are written down.

Words: a *decision* is one row, *same*, *different* or *unsure*, about two records; a decision that *supersedes*
another takes its place; a *withdrawn* row supersedes without saying anything itself, so that what the superseded row
had replaced counts again. Rows are only ever appended.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from audiencevault.records import DECISIONS

SAME: Final = "same"
DIFFERENT: Final = "different"
UNSURE: Final = "unsure"
"""Asked, and whoever was asked could not tell: the question comes last from then on."""
WITHDRAWN: Final = "withdrawn"
BINDING: Final = (SAME, DIFFERENT)
VERDICTS: Final = (SAME, DIFFERENT, UNSURE, WITHDRAWN)
ID_LENGTH: Final = 24

Pair = tuple[str, str]

EFFECTIVE: Final = pa.schema([("a", pa.string()), ("b", pa.string()), ("same", pa.bool_())])


def pair_of(one: str, two: str) -> Pair:
    """Two record ids in the order in which decisions and links name them."""
    return (one, two) if one <= two else (two, one)


def in_force(decisions: pa.Table | None) -> dict[Pair, dict[str, Any]]:
    """The row that counts for each pair of records, *unsure* included; pairs in order.

    A row counts unless one that counts supersedes it; of several for one pair the latest does (ties: the greater
    decision id). The order of the rows of `decisions` does not matter.
    """
    if decisions is None or decisions.num_rows == 0:
        return {}
    rows = sorted(decisions.select(DECISIONS.names).to_pylist(), key=lambda row: (row["at"], row["decision_id"]))
    latest: dict[Pair, dict[str, Any]] = {}
    for row in _standing(rows):
        if row["verdict"] in (*BINDING, UNSURE) and row["record_a"] != row["record_b"]:
            latest[pair_of(row["record_a"], row["record_b"])] = row
    return dict(sorted(latest.items()))


def _standing(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that no standing row supersedes, in the order given; none of a circle, which only damage makes."""
    known = {row["decision_id"] for row in rows}
    waiting: dict[str, int] = defaultdict(int)
    for row in rows:
        if row["supersedes"] in known:
            waiting[row["supersedes"]] += 1
    target = {row["decision_id"]: row["supersedes"] for row in rows}
    fallen: set[str] = set()
    settled: set[str] = set()
    ready = [row["decision_id"] for row in rows if not waiting[row["decision_id"]]]
    while ready:
        name = ready.pop()
        settled.add(name)
        older = target[name]
        if older not in known:
            continue
        if name not in fallen:
            fallen.add(older)
        waiting[older] -= 1
        if not waiting[older]:
            ready.append(older)
    standing = [row for row in rows if row["decision_id"] in settled and row["decision_id"] not in fallen]
    # Whoever decided anew meant everything that was said before, not only the last of it.
    buried: set[str] = set()
    for row in standing:
        past: str | None = row["supersedes"] if row["verdict"] != WITHDRAWN else None
        while past is not None and past in known and past not in buried:
            buried.add(past)
            past = target[past]
    return [row for row in standing if row["decision_id"] not in buried]


def effective(decisions: pa.Table | None) -> pa.Table:
    """The *same* and *different* decisions that count, one per pair: record ids a < b, and `same`; sorted."""
    counted = [
        {"a": a, "b": b, "same": row["verdict"] == SAME}
        for (a, b), row in in_force(decisions).items()
        if row["verdict"] in BINDING
    ]
    return pa.Table.from_pylist(counted, schema=EFFECTIVE)


class Book:
    """All decisions so far, to which new ones can be added: what counts about each pair, kept up to date."""

    def __init__(self, decisions: pa.Table | None) -> None:
        self.new: list[dict[str, Any]] = []
        """The rows that were said since."""
        self._rows: dict[Pair, list[dict[str, Any]]] = defaultdict(list)
        self._pairs: dict[str, set[Pair]] = defaultdict(set)
        self._standing = in_force(decisions)
        if decisions is not None:
            for row in decisions.select(DECISIONS.names).to_pylist():
                self._keep(pair_of(row["record_a"], row["record_b"]), row)

    def _keep(self, pair: Pair, row: dict[str, Any]) -> None:
        self._rows[pair].append(row)
        for name in pair:
            self._pairs[name].add(pair)

    def standing(self, pair: Pair) -> dict[str, Any] | None:
        """The row that counts for a pair (see `pair_of`)."""
        return self._standing.get(pair)

    def across(self, one: Iterable[str], two: Iterable[str]) -> dict[Pair, dict[str, Any]]:
        """What counts about pairs of which one record is in `one` and the other in `two`; pairs in order."""
        left, right = set(one), set(two)
        near = {pair for name in left for pair in self._pairs.get(name, ())}
        return {
            (a, b): self._standing[a, b]
            for a, b in sorted(near)
            if (a, b) in self._standing and ((a in left and b in right) or (a in right and b in left))
        }

    def say(self, pairs: Iterable[Pair], verdict: str, *, at: datetime, by: str) -> list[dict[str, Any]]:
        """Give each pair `verdict`, superseding what counts about it; the new rows of DECISIONS.

        A pair that has the verdict already needs no row; *withdrawn* needs one only where something counts.
        """
        said = []
        for pair in sorted({pair_of(*pair) for pair in pairs}):
            before = self._standing.get(pair)
            if before is None if verdict == WITHDRAWN else before is not None and before["verdict"] == verdict:
                continue
            said.append(self._write(pair, verdict, before["decision_id"] if before is not None else None, at, by))
        return said

    def undo(self, rows: Iterable[Mapping[str, Any]], *, at: datetime, by: str) -> list[dict[str, Any]]:
        """Take `rows` back, whatever they said: what counted before them counts again; the new rows of DECISIONS."""
        return [
            self._write(pair_of(row["record_a"], row["record_b"]), WITHDRAWN, row["decision_id"], at, by)
            for row in reversed(list(rows))
        ]

    def _write(self, pair: Pair, verdict: str, supersedes: str | None, at: datetime, by: str) -> dict[str, Any]:
        # The number of words about the pair so far: the same may be said again later in the same moment.
        text = "\x1f".join([*pair, verdict, by, at.isoformat(), str(len(self._rows[pair]))])
        row = {
            "decision_id": "d_" + hashlib.sha256(f"decision{text}".encode()).hexdigest()[:ID_LENGTH],
            "at": at,
            "record_a": pair[0],
            "record_b": pair[1],
            "verdict": verdict,
            "decided_by": by,
            "supersedes": supersedes,
        }
        self._keep(pair, row)
        self._standing.pop(pair, None)
        self._standing.update(in_force(table(self._rows[pair])))
        self.new.append(row)
        return row


def table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as a DECISIONS table."""
    return pa.Table.from_pylist([dict(row) for row in rows], schema=DECISIONS)
