"""What a person says about a run, and what a run answers: plain values, ready for the screen and for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from audiencevault.export import Limits

MEMORY_MB = 640
"""What the engine may hold before it spills; the rest of a run (batches, features) comes on top."""


class Progress(Protocol):
    """Where a run says how far it is; the screen decides what to show."""

    def step(self, title: str, total: int | None = None) -> None:
        """A new step begins; `total` in the units of `advance`, if known."""

    def advance(self, amount: int = 1) -> None:
        """The current step went on."""


class Silence:
    """A `Progress` that shows nothing."""

    def step(self, title: str, total: int | None = None) -> None:
        """See `Progress.step`."""

    def advance(self, amount: int = 1) -> None:
        """See `Progress.advance`."""


@dataclass(frozen=True)
class ImportOptions:
    """How to read the inputs of one run.

    `controller_id` is the sender, empty for the first of the vault; `region` the ISO 3166 alpha-2 country of
    phone numbers that do not say theirs; `observed_at` overrides the date of the exports; `complete` says that
    tables hold everybody, so that whoever is missing is gone; `sources` restricts the importers by name; `specs`
    are TOML descriptions of the person's own tables; `owner` are points of the person who imports.
    """

    controller_id: str = ""
    region: str | None = None
    encoding: str | None = None
    account: str | None = None
    date_order: str | None = None
    observed_at: datetime | None = None
    complete: bool = False
    sources: tuple[str, ...] = ()
    specs: tuple[Path, ...] = ()
    owner: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def settings(self) -> dict[str, str]:
        """What changes the outcome of reading one input: two runs with equal settings read it alike."""
        said = {
            "region": self.region,
            "encoding": self.encoding,
            "account": self.account,
            "date_order": self.date_order,
            "observed_at": self.observed_at.isoformat() if self.observed_at else None,
            "complete": "yes" if self.complete else None,
        }
        return {key: value for key, value in said.items() if value is not None}


@dataclass(frozen=True)
class Problem:
    """An input, or a part of one, that was not used. `path` is where, `code` a stable word, `sentence` why."""

    path: str
    code: str
    sentence: str
    hint: str = ""

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return {"path": self.path, "code": self.code, "message": self.sentence, "hint": self.hint}


@dataclass
class InputResult:
    """What became of one input.

    `status` is `imported`, `unchanged` (the same content came before) or `failed`; `changed` counts the
    records that were new or differ from what the vault held.
    """

    path: str
    sha256: str
    source: str
    layout: str
    status: str = "imported"
    import_id: str = ""
    rows: int = 0
    records: int = 0
    changed: int = 0
    rejected: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    consent_events: int = 0
    rejected_by: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    problem: Problem | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON: the `inputs[]` of `import`."""
        shown: dict[str, Any] = {
            "path": self.path,
            "sha256": self.sha256,
            "source": self.source,
            "layout": self.layout,
            "status": self.status,
            "rows": self.rows,
            "records": self.records,
            "changed": self.changed,
            "rejected": self.rejected,
            "rejected_by": dict(sorted(self.rejected_by.items())),
            "skipped": sum(self.skipped.values()),
            "skipped_by": dict(sorted(self.skipped.items())),
            "consent_events": self.consent_events,
            "notes": list(self.notes),
        }
        if self.problem is not None:
            shown["problem"] = self.problem.as_dict()
        return shown


@dataclass
class ImportResult:
    """What one run changed. `snapshot` is the number of the published snapshot, or of the head where nothing
    changed, or None on a dry run; `merged` how many records joined a person that another record founded.
    """

    snapshot: int | None
    inputs: list[InputResult]
    problems: list[Problem]
    contacts_before: int = 0
    contacts_after: int = 0
    merged: int = 0
    gone: int = 0
    owner_records: int = 0

    @property
    def rejected(self) -> int:
        """Rows that could not be used, over all inputs."""
        return sum(item.rejected for item in self.inputs)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "snapshot": self.snapshot,
            "inputs": [item.as_dict() for item in self.inputs],
            "problems": [problem.as_dict() for problem in self.problems],
            "contacts": {"before": self.contacts_before, "after": self.contacts_after, "merged": self.merged},
            "gone": self.gone,
        }


def sum_by(items: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Two counts by word, added."""
    total = dict(items)
    for key, value in more.items():
        total[key] = total.get(key, 0) + value
    return total
