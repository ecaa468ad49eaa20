"""Writes docs/reference/support-matrix.md: each source on one line, from the importers and their golden samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from make_importers import DOCS, page_of, samples

from audiencevault.records import NEVER_AUDIENCE
from audiencevault.sources.importer import Importer, discover
from audiencevault.sources.table_spec import Spec

PAGE = DOCS / "reference" / "support-matrix.md"

INTRODUCTION = """\
# Support matrix

<!-- Written by docs/make_support.py from the importers, their specs and tests/goldens; do not edit. -->

One line for each source: who is in it, how they can be reached, what it proves about consent, which layouts were seen.
All of it is counted from the invented samples that the tests read; when a layout was seen is what the sample says.
[Importers](importers.md) has the same with every column and every word of consent.

Evidence is one of four:

- **dated**: the source says when the person agreed.
- **state**: it only says how things are today.
- **no only**: it tells refusals and dead addresses, but no yes.
- none: everything in it is a relationship, which no rule accepts as permission.
"""

_YES = {"granted", "confirmed"}
_NO = {"refused", "withdrawn", "objected", "complained", "suppressed"}


def _claims(source: str) -> list[Mapping[str, Any]]:
    return [claim for _, _, expected in samples(source) for claim in expected["claims"]]


def people(source: str) -> tuple[list[str], list[str]]:
    """The relationships in the samples of a source: those that become contacts, and those that never do."""
    kinds = sorted({record["relationship"] for claim in _claims(source) for record in claim.get("records", ())})
    return [kind for kind in kinds if kind not in NEVER_AUDIENCE], [kind for kind in kinds if kind in NEVER_AUDIENCE]


def reached_by(source: str) -> list[str]:
    """The kinds of contact points in the samples, the most frequent first."""
    found = Counter(
        point["kind"]
        for claim in _claims(source)
        for record in claim.get("records", ())
        for point in record.get("points", ())
    )
    return [kind for kind, _ in sorted(found.items(), key=lambda item: (-item[1], item[0]))]


def evidence(source: str) -> str:
    """What the samples prove about consent, by channel; in the four words of the page."""
    said: dict[str, set[str]] = {}
    for claim in _claims(source):
        for event in claim.get("events", ()):
            kind, dated = event["event_type"], bool(event.get("occurred_at"))
            word = "dated" if kind in _YES and dated else "state" if kind in {"observed", "requested"} | _YES else ""
            if word or kind in _NO:
                said.setdefault(event["channel"], set()).add(word or "no only")
    words = {
        channel: next(word for word in ("dated", "state", "no only") if word in found)
        for channel, found in said.items()
    }
    return "; ".join(f"{channel}: **{word}**" for channel, word in sorted(words.items())) or "none"


def layouts(importer: Importer) -> str:
    """The layouts, each with when it was seen; those without a sample are said to have none."""
    seen: dict[str, list[str]] = {}
    for _, said, expected in samples(importer.source):
        for claim in expected["claims"]:
            seen.setdefault(claim["layout"], []).append(str(said["when"]))
    lines = [f"{layout} ({'; '.join(dict.fromkeys(when))})" for layout, when in seen.items()]
    spec: Spec | None = getattr(importer, "spec", None)
    if spec is not None:
        lines += [f"{layout.name} (by its headers; no sample)" for layout in spec.layouts if layout.name not in seen]
    return "<br>".join(lines).replace("|", "\\|")


def render(importers: Sequence[Importer] | None = None) -> str:
    """The whole page, for the built-in importers."""
    found = [item for item in importers or discover() if type(item).__module__.startswith("audiencevault.")]
    number = sum(len(samples(item.source)) for item in found)
    lines = [INTRODUCTION, f"{len(found)} sources, {number} samples.", ""]
    lines += ["| source | people | kept, never a contact | reached by | evidence | layouts seen (when) |"]
    lines += ["|---|---|---|---|---|---|"]
    for importer in found:
        source = importer.source
        guide = page_of(source)
        name = f"[{source}](../importers/{guide.name})" if guide else source
        wanted, others = people(source)
        cells = (", ".join(kinds).replace("_", " ") or "–" for kinds in (wanted, others, reached_by(source)))
        lines.append(f"| {name} | {' | '.join(cells)} | {evidence(source)} | {layouts(importer)} |")
    return "\n".join(lines).rstrip() + "\n"
