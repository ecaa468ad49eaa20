"""How good a clustering is: pairs, linkable pairs, B-cubed, recall by kind of evidence.

Everything is counted from contingency tables; only the true pairs are ever enumerated (people have few records), never
the pairs of a found cluster, which may be huge.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]

EVIDENCE = (
    "same e-mail", "e-mail variant", "e-mail typo", "phone", "phone national form", "handle", "handle = local part",
    "address + name", "birthday + name", "company + name", "through another record", "none",
)  # fmt: skip
"""The kinds of evidence a true pair may share, the strongest first; a pair counts under its first."""


@dataclass(slots=True)
class Score:
    """What one clustering reaches. Recall counts true pairs, precision found pairs; `f1_linkable` is of the recall over
    the pairs that hard evidence joins and of the precision over all pairs.
    """

    records: int
    people: int
    clusters: int
    true_pairs: int
    linkable_pairs: int
    found_pairs: int
    precision: float
    recall: float
    f1: float
    recall_linkable: float
    f1_linkable: float
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    by_evidence: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Kind of evidence → number of true pairs, recall."""
    by_noise: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Kind of noise in either record → number of linkable pairs, recall."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def _codes(values: Any) -> Ints:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        if not isinstance(whole, pa.DictionaryArray):
            whole = whole.dictionary_encode()
        return np.asarray(whole.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    return np.unique(np.asarray(values), return_inverse=True)[1].astype(np.int64)


def _pairs(counts: Ints) -> int:
    wide = counts.astype(np.float64) if len(counts) and counts.max() > 2**31 else counts
    return int((wide * (wide - 1) // 2).sum())


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def pairs_of(group: Ints) -> tuple[Ints, Ints]:
    """All pairs of rows (a < b) that share a group; meant for small groups."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    firsts, seconds = [], []
    step = 1
    while step < len(order):
        same = np.flatnonzero(ordered[step:] == ordered[:-step])
        if not len(same):
            break
        firsts.append(order[same])
        seconds.append(order[same + step])
        step += 1
    if not firsts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    a, b = np.concatenate(firsts), np.concatenate(seconds)
    return np.minimum(a, b), np.maximum(a, b)


def score(person: Any, cluster: Any, linkable: Any = None) -> Score:
    """The figures of a clustering: three columns of one value per record, in the same order.

    `linkable` names the groups of each person's records that hard evidence joins; None counts all pairs as such.
    """
    truth, found = _codes(person), _codes(cluster)
    size = len(truth)
    if len(found) != size:
        raise ValueError(f"{len(found)} clusters for {size} records")
    joint = truth * (int(found.max(initial=0)) + 1) + found
    _, joint_of, joint_counts = np.unique(joint, return_inverse=True, return_counts=True)
    true_counts, found_counts = np.bincount(truth), np.bincount(found)
    hits, true_pairs, found_pairs = _pairs(joint_counts), _pairs(true_counts), _pairs(found_counts)
    precision = hits / found_pairs if found_pairs else 1.0
    recall = hits / true_pairs if true_pairs else 1.0
    if linkable is None:
        linkable_pairs, recall_linkable = true_pairs, recall
    else:
        group = _codes(linkable)
        together = np.unique(group * (int(found.max(initial=0)) + 1) + found, return_counts=True)[1]
        linkable_pairs = _pairs(np.bincount(group))
        recall_linkable = _pairs(together) / linkable_pairs if linkable_pairs else 1.0
    overlap = joint_counts[joint_of]
    cubed_precision = float((overlap / found_counts[found]).mean()) if size else 1.0
    cubed_recall = float((overlap / true_counts[truth]).mean()) if size else 1.0
    return Score(
        records=size, people=int(np.count_nonzero(true_counts)), clusters=int(np.count_nonzero(found_counts)),
        true_pairs=true_pairs, linkable_pairs=linkable_pairs, found_pairs=found_pairs,
        precision=precision, recall=recall, f1=_f1(precision, recall),
        recall_linkable=recall_linkable, f1_linkable=_f1(precision, recall_linkable),
        bcubed_precision=cubed_precision, bcubed_recall=cubed_recall, bcubed_f1=_f1(cubed_precision, cubed_recall),
    )  # fmt: skip


def evidence_of(records: pa.Table, truth: pa.Table, a: Ints, b: Ints) -> Ints:
    """For each true pair the number of its kind in `EVIDENCE`."""

    def column(name: str) -> npt.NDArray[Any]:
        return np.asarray(truth[name].to_numpy())

    def shared(name: str) -> npt.NDArray[np.bool_]:
        values = column(name)
        return np.asarray((values[a] == values[b]) & (values[a] != 0))

    written = _codes(pc.utf8_lower(pc.fill_null(records["email"], "")))
    typo, national = column("email_typo"), column("phone_national")
    email, phone = shared("email_id"), shared("phone_id")
    linkable = column("linkable_id")
    tests = (
        email & (written[a] == written[b]), email & ~(typo[a] | typo[b]), email,
        phone & ~(national[a] | national[b]), phone, shared("handle_id"), shared("handle_local_id"), shared("address_id"),
        shared("birthday_id"), shared("company_id"), linkable[a] == linkable[b],
    )  # fmt: skip
    return np.asarray(np.select(tests, np.arange(len(tests)), len(tests)))


def judge(records: pa.Table, truth: pa.Table, cluster: Any) -> Score:
    """Everything about a clustering of a generated audience."""
    found = _codes(cluster)
    person = truth["person_id"].to_numpy()
    linkable = truth["linkable_id"].to_numpy()
    result = score(person, found, linkable)
    a, b = pairs_of(_codes(person))
    kind, hit = evidence_of(records, truth, a, b), found[a] == found[b]
    for number, name in enumerate(EVIDENCE):
        of_kind = kind == number
        if of_kind.any():
            result.by_evidence[name] = (int(of_kind.sum()), float(hit[of_kind].mean()))
    joined = linkable[a] == linkable[b]
    noise = truth["noise"].combine_chunks()
    parents, values = pc.list_parent_indices(noise).to_numpy(), pc.list_flatten(noise)
    for name in sorted(pc.unique(values).to_pylist()):
        has = np.zeros(len(person), dtype=np.bool_)
        has[parents[pc.equal(values, name).to_numpy(zero_copy_only=False)]] = True
        touched = joined & (has[a] | has[b])
        if touched.any():
            result.by_noise[name] = (int(touched.sum()), float(hit[touched].mean()))
    return result


def table(score_: Score) -> str:
    """The figures as lines of text."""
    lines = [
        (
            f"records {score_.records:,}  people {score_.people:,}  clusters {score_.clusters:,}"
            f"  true pairs {score_.true_pairs:,}  linkable {score_.linkable_pairs:,}  found {score_.found_pairs:,}"
        ),
        (
            f"precision {score_.precision:.4f}  recall {score_.recall:.4f}  F1 {score_.f1:.4f}"
            f"  recall linkable {score_.recall_linkable:.4f}  F1 linkable {score_.f1_linkable:.4f}"
        ),
        f"B-cubed precision {score_.bcubed_precision:.4f}  recall {score_.bcubed_recall:.4f}  F1 {score_.bcubed_f1:.4f}",
    ]
    for title, parts in (("evidence", score_.by_evidence), ("noise", score_.by_noise)):
        lines.extend(
            f"  {title}: {name:<24}{count:>10,} pairs  recall {recall:.4f}" for name, (count, recall) in parts.items()
        )
    return "\n".join(lines)
