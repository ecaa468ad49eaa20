"""What goes wrong, and why: `python -m benchmarks.identity.errors FOLDER [EXAMPLES]`.

Reads the records and the truth of a prepared set, resolves them, and prints the largest groups of missed pairs (by kind
of evidence and kind of noise) and of false links (by the rule that joined them), each with examples.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.identity import metrics
from benchmarks.identity.metrics import EVIDENCE

_SHOWN = (
    "full_name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "handle",
    "address1",
    "postcode",
    "city",
    "birthday",
    "company",
    "country",
)


def _row(record: dict[str, Any]) -> str:
    source = (record.get("source") or "").split(".")[0]
    shown = _SHOWN if source else list(record)[1:]
    return f"{source}: " + " | ".join(str(record[name]) for name in shown if record.get(name))


def _sides(noise: list[list[str]], a: int, b: int) -> str:
    return " & ".join(sorted({*noise[a], *noise[b]})) or "no noise"


def _places(truth: pa.Table, links: pa.Table) -> tuple[Any, Any]:
    ids = truth["record_id"].combine_chunks()
    a, b = (pc.index_in(links[name], value_set=ids).to_numpy() for name in ("record_a", "record_b"))
    return a, b


def missed(records: pa.Table, truth: pa.Table, found: Any, examples: int) -> list[str]:
    """The linkable pairs that are not together: only those that share evidence themselves."""
    a, b = metrics.pairs_of(truth["person_id"].to_numpy())
    kind = metrics.evidence_of(records, truth, a, b)
    apart = np.flatnonzero((kind < len(EVIDENCE) - 2) & (found[a] != found[b]))
    noise = truth["noise"].to_pylist()
    direct = np.bincount(kind, minlength=len(EVIDENCE))
    lines = [f"## Missed: {len(apart):,} pairs with evidence of their own, {int(direct[:-2].sum()):,} in all"]
    groups: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    single: Counter[str] = Counter()
    for at in apart.tolist():
        x, y = int(a[at]), int(b[at])
        groups[EVIDENCE[kind[at]], _sides(noise, x, y)].append((x, y))
        single.update({*noise[x], *noise[y]} or {"no noise"})
    lines.append("By noise in either record: " + ", ".join(f"{name} {count}" for name, count in single.most_common()))
    for (evidence, sides), pairs in sorted(groups.items(), key=lambda item: -len(item[1]))[:22]:
        lines.append(f"### {evidence}; {sides}: {len(pairs)}")
        for x, y in pairs[:: max(1, len(pairs) // examples)][:examples]:
            lines.extend(f"  {'-' if row == x else ' '} {_row(records.slice(row, 1).to_pylist()[0])}" for row in (x, y))
    return lines


def missed_elsewhere(records: pa.Table, truth: pa.Table, found: Any, examples: int) -> list[str]:
    """The missed pairs of a set without kinds of noise, by the columns in which the two rows are equal."""
    a, b = metrics.pairs_of(truth["person_id"].to_numpy())
    apart = np.flatnonzero(found[a] != found[b])
    rows = records.drop_columns([records.column_names[0]]).to_pylist()
    groups: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for at in apart.tolist():
        x, y = int(a[at]), int(b[at])
        equal = [name for name, value in rows[x].items() if value is not None and value == rows[y][name]]
        groups[" ".join(equal) or "nothing equal"].append((x, y))
    lines = [f"## Missed: {len(apart):,} of {len(a):,} pairs, by what is equal in both rows"]
    for equal_columns, pairs in sorted(groups.items(), key=lambda item: -len(item[1]))[:15]:
        lines.append(f"### {equal_columns}: {len(pairs)}")
        for x, y in pairs[:: max(1, len(pairs) // examples)][:examples]:
            lines.extend(
                f"  {sign} " + " | ".join(str(value) for value in rows[row].values() if value)
                for sign, row in (("-", x), (" ", y))
            )
    return lines


def false_links(records: pa.Table, truth: pa.Table, links: pa.Table, examples: int) -> list[str]:
    """Accepted links between two people, by rule."""
    accepted = links.filter(links["accepted"])
    x, y = _places(truth, accepted)
    person = truth["person_id"].to_numpy()
    wrong = np.flatnonzero(person[x] != person[y])
    lines = [f"## False links: {len(wrong):,} of {len(x):,} accepted"]
    rules = accepted["rule"].to_pylist()
    noise = truth["noise"].to_pylist() if "noise" in truth.column_names else [[]] * truth.num_rows
    every = Counter(rules)
    groups: dict[str, list[int]] = defaultdict(list)
    for at in wrong.tolist():
        groups[rules[at]].append(at)
    for rule, rows in sorted(groups.items(), key=lambda item: -len(item[1])):
        sides = Counter(name for at in rows for name in ({*noise[x[at]], *noise[y[at]]} or {"no noise"}))
        told = ", ".join(f"{name} {count}" for name, count in sides.most_common(8))
        lines.append(f"### {rule}: {len(rows)} wrong of {every[rule]:,}; noise: {told}")
        for at in rows[:: max(1, len(rows) // (3 * examples))][: 3 * examples]:
            evidence = accepted.slice(at, 1).to_pylist()[0]
            lines.append(f"  score {evidence['score']:.1f} {dict(evidence['evidence'] or [])}")
            lines.extend(
                f"  {'-' if first else ' '} {_row(records.slice(int(row), 1).to_pylist()[0])}"
                for first, row in ((1, x[at]), (0, y[at]))
            )
    return lines


def refused_links(truth: pa.Table, links: pa.Table) -> str:
    """How many true pairs stand among the links that were not accepted, by rule."""
    others = links.filter(pc.invert(links["accepted"]))
    x, y = _places(truth, others)
    person = truth["person_id"].to_numpy()
    true = person[x] == person[y]
    rules = others["rule"].to_pylist()
    hits = Counter(rule for rule, hit in zip(rules, true.tolist(), strict=True) if hit)
    lines = [f"{rule}: {hits[rule]:,} of {count:,} are one person" for rule, count in Counter(rules).most_common(20)]
    return "## Not accepted (uncertain or refused)\n" + "\n".join(lines)


def main(folder: Path, examples: int) -> None:
    """Print the analysis of one set."""
    import audiencevault

    records, truth = pq.read_table(folder / "records.parquet"), pq.read_table(folder / "truth.parquet")
    result = audiencevault.resolve(records)
    place = pc.index_in(truth["record_id"], value_set=result.members["record_id"].combine_chunks())
    found = np.asarray(result.members["contact_id"].take(place).combine_chunks().dictionary_encode().indices)
    told = "noise" in truth.column_names
    print(metrics.table(metrics.judge(records, truth, found) if told else metrics.score(truth["person_id"], found)))
    print("\n".join((missed if told else missed_elsewhere)(records, truth, found, examples)))
    print("\n".join(false_links(records, truth, result.links, examples)))
    print(refused_links(truth, result.links))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3)
