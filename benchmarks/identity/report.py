"""The results as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks.identity.metrics import EVIDENCE

if TYPE_CHECKING:
    from benchmarks.identity.__main__ import Line

HEAD = ("set", "tool", "wall s", "CPU s", "peak MB", "P", "R", "F1", "R link", "F1 link", "B³ F1", "setting")


def _cells(line: Line) -> tuple[str, ...]:
    if line.score is None:
        return (line.set, line.tool, *("–",) * 9, line.failed)
    score = line.score
    figures = (score.precision, score.recall, score.f1, score.recall_linkable, score.f1_linkable, score.bcubed_f1)
    return (
        line.set, line.tool, f"{line.seconds:.2f}", f"{line.cpu_seconds:.2f}", f"{line.peak_mb:,}",
        *(f"{figure:.4f}" for figure in figures), line.setting,
    )  # fmt: skip


def one(line: Line) -> str:
    """One line, as soon as it is known."""
    return "  ".join(
        f"{name} {cell}" if name not in ("set", "tool") else cell for name, cell in zip(HEAD, _cells(line), strict=True)
    )


def table(lines: Sequence[Line]) -> str:
    """All lines as a Markdown table, and recall by kind of evidence for the audiences."""
    rows = [HEAD, tuple("---" for _ in HEAD), *(_cells(line) for line in lines)]
    text = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    evident = [line for line in lines if line.score is not None and line.score.by_evidence]
    if not evident:
        return text
    head = ("recall by evidence", *(f"{line.tool}, {line.set.removeprefix('audience-')}" for line in evident))
    rows = [head, tuple("---" for _ in head)]
    for kind in EVIDENCE:
        found = [line.score.by_evidence.get(kind) for line in evident if line.score is not None]
        if any(found):
            rows.append((kind, *(f"{recall[1]:.3f}" if recall else "–" for recall in found)))
    return text + "\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows)
