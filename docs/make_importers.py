"""Writes docs/reference/importers.md from the importers that are found, their specs and their golden samples."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from audiencevault.sources import testing
from audiencevault.sources.importer import Importer, discover
from audiencevault.sources.table_spec import Spec

DOCS = Path(__file__).parent
PAGE = DOCS / "reference" / "importers.md"
GOLDENS = DOCS.parent / "tests" / "goldens"

INTRODUCTION = """\
# Importers

<!-- Written by docs/make_importers.py from the importers, their specs and tests/goldens; do not edit. -->

What each importer reads, what that can hold, and what it says about consent.
The pages under *guide* tell how to get each export.
All of it is taken from the importers and from the invented samples that the tests read.
A layout without a sample is known by its headers alone.
"""

_EVENTS = {
    "observed": "state",
    "granted": "agreed",
    "confirmed": "confirmed by a second click",
    "requested": "asked to be signed up, not confirmed",
    "refused": "said no when asked",
    "withdrawn": "withdrew",
    "objected": "objected",
    "complained": "reported a message as spam",
    "suppressed": "cannot be reached",
}
"""What the events of a sample are called here; activity and relationship are no statement about consent."""

NO_CONSENT = "Nothing in its samples is consent: a relationship is recorded, which no rule accepts as permission."


def page_of(source: str) -> Path | None:
    """The guide of an importer: the page in docs/importers with the source's family as a word of its name."""
    family = source.partition(".")[0]
    pages = sorted((DOCS / "importers").glob("*.md"))
    return next((page for page in pages if family in page.stem.split("-")), None)


def samples(source: str) -> list[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """The golden samples of an importer: name, `seen.toml`, `expected.json`."""
    return [
        (
            path.name,
            tomllib.loads((path / testing.SEEN).read_text("utf-8")),
            json.loads((path / testing.EXPECTED).read_text("utf-8")),
        )
        for path in testing.find(GOLDENS)
        if path.parent.name == source
    ]


def _once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _claims(source: str) -> list[Mapping[str, Any]]:
    return [claim for _, _, expected in samples(source) for claim in expected["claims"]]


def holds(source: str) -> list[str]:
    """What the samples of an importer hold, in the importer's words."""
    return sorted(set(_once(word for claim in _claims(source) for word in claim.get("present", ()))))


def _statement(event: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Channel, what was said, and whether with a date; None where an event says nothing about consent."""
    kind = event["event_type"]
    if kind not in _EVENTS:
        return None
    word = _EVENTS[kind]
    if kind == "observed":
        word = f"state *{event['state'].replace('_', ' ')}*"
    elif kind == "suppressed":
        word = f"{word}: {event['detail'].replace('_', ' ')}"
    if event.get("opt_in_level") == "single":
        word = f"{word} (single opt-in)"
    own = bool(event.get("occurred_at")) and kind != "observed"
    return event["channel"], word, "with a date" if own else "without a date of their own"


def consent(source: str) -> list[tuple[str, str, str]]:
    """Everything that the samples of an importer say about consent, sorted."""
    said = {_statement(event) for claim in _claims(source) for event in claim.get("events", ())}
    return sorted(item for item in said if item is not None)


def _brief(source: str) -> str:
    said = consent(source)
    if not said:
        return "none"
    dated = _once(word for _, word, when in said if when == "with a date")
    undated = _once(word for _, word, when in said if when != "with a date")
    parts = [f"dated: {', '.join(dated)}"] if dated else []
    return "; ".join([*parts, f"undated: {', '.join(undated)}"] if undated else parts)


def _layouts(importer: Importer) -> list[str]:
    rows = ["| layout | sample | seen in | when |", "|---|---|---|---|"]
    known: set[str] = set()
    for name, seen, expected in samples(importer.source):
        layouts = _once(claim["layout"] for claim in expected["claims"])
        known.update(layouts)
        rows.append(f"| {', '.join(layouts)} | `{name}` | {seen['where']} | {seen['when']} |")
    spec: Spec | None = getattr(importer, "spec", None)
    if spec is not None:
        rows += [f"| {layout.name} | – | – | – |" for layout in spec.layouts if layout.name not in known]
    return rows


def _columns(spec: Spec) -> list[str]:
    rows = []
    for rule in spec.consent:
        words = ", ".join(f"`{cell}` → {meaning.replace('_', ' ')}" for cell, meaning in rule.values.items())
        names = " or ".join(f"`{name}`" for name in rule.columns)
        rows.append(f"| {names} | {rule.channel} | {words} |")
    if not rows:
        return []
    return ["Its spec reads these columns as consent (names without case and punctuation):", "",
            "| column | channel | cells |", "|---|---|---|", *rows, ""]  # fmt: skip


def _section(importer: Importer) -> list[str]:
    source = importer.source
    lines = [f"## {source}", "", f"{importer.title}.", ""]
    if importer.fallback:
        lines += ["It is offered only files that no other importer claims.", ""]
    lines += [*_layouts(importer), ""]
    spec: Spec | None = getattr(importer, "spec", None)
    if spec is not None:
        lines += _columns(spec)
    said = consent(source)
    if not said:
        return [*lines, NO_CONSENT, ""]
    lines += ["What it says about consent:", "", "| channel | what was said | evidence |", "|---|---|---|"]
    return [*lines, *(f"| {channel} | {word} | {when} |" for channel, word, when in said), ""]


def render(importers: Sequence[Importer] | None = None) -> str:
    """The whole page, for the built-in importers."""
    found = [item for item in importers or discover() if type(item).__module__.startswith("audiencevault.")]
    lines = [INTRODUCTION, "| source | title | holds | consent | guide |", "|---|---|---|---|---|"]
    for importer in found:
        guide = page_of(importer.source)
        link = f"[{guide.stem}](../importers/{guide.name})" if guide else "–"
        anchor = importer.source.replace(".", "")
        lines.append(
            f"| [{importer.source}](#{anchor}) | {importer.title} | {', '.join(holds(importer.source))} | "
            f"{_brief(importer.source)} | {link} |"
        )
    lines.append("")
    for importer in found:
        lines += _section(importer)
    return "\n".join(lines).rstrip() + "\n"
