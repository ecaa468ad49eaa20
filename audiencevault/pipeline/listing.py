"""What an export of one channel would hold, asked through the one door and the exporters' own code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow.compute as pc

from audiencevault import audience as door
from audiencevault import reach
from audiencevault.consent.policy import Policy
from audiencevault.destinations import files
from audiencevault.destinations.definition import Definition, load_all, named
from audiencevault.engine.duckdb import DuckDBEngine
from audiencevault.errors import UsageError
from audiencevault.pipeline.asking import GONE

GENERIC = "csv"
"""Whose files are written for a channel that no receiver was named for."""
DIRECT = ("email", "sms")
"""The channels that no single company owns, and that files can be written for."""
LISTED = (*DIRECT, "whatsapp")
"""All channels that files can be written for."""


@dataclass(frozen=True)
class Question:
    """Who asks, by which rules, as of when."""

    controller_id: str
    policy: Policy
    as_of: datetime


def listed(
    engine: DuckDBEngine,
    question: Question,
    channel: str,
    definition: Definition,
    *,
    asked: door.Asked,
    directory: Path | None = None,
    snapshot: int | None = None,
    force: bool = False,
    what_if: bool = False,
) -> tuple[reach.Listed, list[files.Written], list[door.Remedy]]:
    """The export of one channel for one receiver: written into `directory`, or rehearsed where that is None; with
    `what_if` also what vouching for a source would change. `asked` are the answers that the engine holds.
    """
    audience = door.select(
        engine,
        controller_id=question.controller_id,
        channels=(channel,),
        as_of=question.as_of,
        policy=question.policy,
        gone=GONE,
        one_click=definition.one_click,
        asked=asked,
    )
    filed = files.file(
        audience,
        definition,
        directory or Path(definition.name),
        snapshot=snapshot,
        force=force,
        rehearse=directory is None,
    )
    reached = pc.unique(filed.reached["contact_id"].combine_chunks())
    mine = audience.rows.filter(pc.is_in(audience.rows["contact_id"], value_set=reached))
    bases = {str(item["values"]): int(item["counts"]) for item in pc.value_counts(mine["reason"]).to_pylist()}
    remedies = door.remedies(engine, audience, question.policy, asked=asked) if what_if else []
    bases = dict(sorted(bases.items(), key=lambda pair: (-pair[1], pair[0])))
    return reach.Listed(channel, definition.name, reached, bases, reach.slim(filed.held_back)), filed.written, remedies


def receivers(names: Sequence[str], channels: Sequence[str]) -> dict[str, Definition]:
    """The receiver of each channel: the first of `names` that takes it, else plain CSV.

    Raises `UsageError` for a name that does not exist, that takes none of the channels, or that holds everybody.
    """
    chosen = [named(name) for name in dict.fromkeys(names)]
    for definition in chosen:
        if definition.takes_everybody:
            raise UsageError(
                f"{definition.title} is a copy for programs, not a list to write to.",
                "Name a receiver from 'audiencevault destinations', or none for plain CSV.",
            )
        if not set(definition.channels) & set(channels):
            raise UsageError(
                f"{definition.title} takes {' and '.join(definition.channels)}, which is down.",
                "Name another receiver, or none for plain CSV.",
            )
    generic = load_all()[GENERIC]
    return {channel: next((item for item in chosen if channel in item.channels), generic) for channel in channels}
