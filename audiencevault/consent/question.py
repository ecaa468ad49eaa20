"""What is asked of the fold: the question, the fragments of SQL that depend on it, and the rules as relations."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import pyarrow as pa

from audiencevault.consent import quiet, verdicts
from audiencevault.consent import statements as gather
from audiencevault.consent.policy import CONDITIONS, GRADES, LEVELS, POINT_KIND_OF, POINT_KINDS_OF, PURPOSES, Policy
from audiencevault.consent.reasons import REASONS
from audiencevault.errors import ConsentConfigError

_NOT_OURS: Final = frozenset({"NO_ENDPOINT", "NO_GONE", "NO_ONE_CLICK", "OK_STORAGE"})
"""Reasons that only `audiencevault.audience` gives; they may share the place of one of the fold's."""


class Reader(Protocol):
    """Whatever takes an Arrow table as a relation."""

    def read(self, name: str, table: pa.Table) -> None:
        """See `audiencevault.engine.Engine.read`."""


@dataclass(frozen=True)
class Question:
    """What is asked, and the fragments of SQL that depend on it."""

    policy: Policy
    as_of: datetime
    known_at: datetime
    channels: tuple[str, ...]
    purpose: str
    controller_id: str
    vouch_for: tuple[str, ...]
    sending: bool

    @property
    def presets(self) -> tuple[str, ...]:
        """The names of all presets; an event or a rule holds their place."""
        return tuple(self.policy.presets)

    @property
    def service(self) -> bool:
        """Whether the purpose is a service and no advertising."""
        return self.purpose.split("/")[0] in ("transactional", "conversational")

    @property
    def hours(self) -> int | None:
        """In how many hours a message has to be answered, where the purpose is an answer."""
        windows = [self.policy.window(channel, self.purpose) for channel in self.channels]
        return min((window.hours for window in windows if window), default=None)

    def check(self) -> None:
        """Refuse what nobody can answer."""
        for channel in self.channels:
            if channel not in POINT_KIND_OF:
                raise ConsentConfigError(
                    f"There is no channel called {channel!r}.", f"Choose among: {', '.join(POINT_KIND_OF)}."
                )
        if not self.channels:
            raise ConsentConfigError("No channel was named.", f"Choose among: {', '.join(POINT_KIND_OF)}.")
        if self.purpose.split("/")[0] not in PURPOSES or "'" in self.purpose:
            raise ConsentConfigError(
                f"There is no purpose called {self.purpose!r}.",
                f"A purpose is {' or '.join(PURPOSES)}, or a branch of it such as marketing/newsletter.",
            )
        if self.purpose.split("/")[0] == "conversational":
            for channel in self.channels:
                if self.policy.window(channel, self.purpose) is None:
                    raise ConsentConfigError(
                        f"No rule says how long a message on {channel} may be answered freely.",
                        "Ask for the purpose conversational on whatsapp, or for transactional.",
                    )

    @property
    def paths(self) -> tuple[str, ...]:
        """The purpose and everything above it, without the root of all."""
        parts = self.purpose.split("/")
        return tuple("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))

    def cover(self) -> str:
        """1 where an event's purpose covers the one asked for, 2 where it is a branch of it, else 0.

        A "no" for a purpose that we do not know covers everything; a yes for "everything" covers nothing.
        """
        paths = ", ".join(text(path) for path in self.paths)
        known = " OR ".join(f"u.purpose = '{root}' OR u.purpose LIKE '{root}/%'" for root in PURPOSES)
        return (
            f"CASE WHEN u.purpose IN ({paths}) THEN 1 WHEN u.purpose LIKE {text(self.purpose + '/%')} THEN 2 "
            f"WHEN e.cls IN ({gather.CODES['no']}) AND (u.purpose = '*' OR NOT ({known})) THEN 1 ELSE 0 END"
        )

    @property
    def codes(self) -> dict[str, str]:
        """The numbers behind the names in the statements."""
        sms = str(self.channels.index("sms")) if "sms" in self.channels else "-2"
        return {**gather.CODES, "sms": sms, "shift": str(gather.SHIFT), "unresolved": str(verdicts.UNRESOLVED),
                "as_of": moment(self.as_of)}  # fmt: skip

    def channel(self) -> str:
        """The number of an event's channel."""
        asked = " ".join(f"WHEN '{name}' THEN {number}" for number, name in enumerate(self.channels))
        sms = "" if "sms" in self.channels else f"WHEN 'sms' THEN {self.codes['sms']}"
        return f"CASE e.channel {asked} {sms} WHEN 'any' THEN {gather.CODES['any']} ELSE {gather.CODES['other']} END"

    @property
    def grounds(self) -> tuple[str, ...]:
        """The names of the bases other than consent that some preset knows; an event holds their place."""
        return tuple(sorted({ground.name for one in self.policy.presets.values() for ground in one.bases}))

    def ground(self) -> str:
        """The number of an event's legal basis, null where no preset knows it."""
        known = " ".join(f"WHEN {text(name)} THEN {number}" for number, name in enumerate(self.grounds))
        return f"CASE e.legal_basis {known} END"


def text(value: str) -> str:
    """An SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def moment(value: datetime) -> str:
    """An SQL timestamp literal, in UTC."""
    utc = value.astimezone(UTC) if value.tzinfo else value
    return f"TIMESTAMP '{utc:%Y-%m-%d %H:%M:%S.%f}'"


def _bits(names: Collection[str]) -> int:
    """A set of conditions as one number."""
    return sum(1 << place for place, name in enumerate(CONDITIONS) if name in names)


def met_conditions(column: str) -> str:
    """The conditions that hold in a map column, as one number; most maps are empty, and looking into one is dear."""
    said = " + ".join(
        f"CASE WHEN {column}['{name}'] THEN {1 << place} ELSE 0 END" for place, name in enumerate(CONDITIONS)
    )
    return f"CASE WHEN cardinality({column}) > 0 THEN {said} ELSE 0 END"


def rules_as_relations(engine: Reader, question: Question) -> None:
    """Channels, presets, rules and reasons as small relations."""
    presets, channels = question.presets, question.channels
    engine.read(
        "fold__channels",
        pa.table({"channel_id": pa.array(range(len(channels)), pa.int32()), "channel": pa.array(channels)}),
    )
    uses = [(number, name, kind) for number, name in enumerate(channels) for kind in POINT_KINDS_OF[name]]
    engine.read(
        "fold__uses",
        pa.table(
            {
                "channel_id": pa.array([number for number, _, _ in uses], pa.int32()),
                "channel": pa.array([name for _, name, _ in uses]),
                "point_kind": pa.array([kind for _, _, kind in uses]),
            }
        ),
    )
    engine.read(
        "fold__presets",
        pa.table(
            {
                "preset_id": pa.array(range(len(presets)), pa.int32()),
                "preset": pa.array(presets),
                "overlay": pa.array([question.policy.presets[name].overlay for name in presets]),
            }
        ),
    )
    rules: list[dict[str, Any]] = []
    grounds: list[dict[str, Any]] = []
    for preset_id, name in enumerate(presets):
        one = question.policy.presets[name]
        for channel_id, channel in enumerate(channels if one.consent else ()):
            consent = one.consent_for(channel)
            rules.append(
                {
                    "preset_id": preset_id,
                    "channel_id": channel_id,
                    "min_level": LEVELS[consent.min_level],
                    "min_grade": GRADES[consent.min_evidence],
                    "asserted": ("no", "attested", "yes").index(consent.asserted),
                    "conditions": _bits(consent.conditions),
                    "ambiguous_stops": one.ambiguous_no == "withdrawn",
                    "spread": one.spread_withdrawal,
                    "revoke_all": one.revoke_all,
                    "request_logged": one.request_logged,
                    **{f"after_{key}": LEVELS[value] for key, value in one.reopen.items()},
                    "warn_months": one.stale_warn,
                    "deny_months": one.stale_deny,
                }
            )
            grounds.extend(
                {
                    "preset_id": preset_id,
                    "channel_id": channel_id,
                    "ground": question.grounds.index(ground.name),
                    "outcome": REASONS[ground.outcome].order,
                    "evidence": ground.evidence,
                    "activity": ground.activity,
                    "months": ground.months,
                    "conditions": _bits(ground.conditions),
                }
                for ground in one.bases
                if channel in ground.channels
            )
    numbers = [("preset_id", pa.int32()), ("channel_id", pa.int32())]
    flags = [("conditions", pa.int64())]
    engine.read(
        "fold__rules",
        pa.Table.from_pylist(
            rules,
            pa.schema(
                [
                    *numbers,
                    ("min_level", pa.int64()),
                    ("min_grade", pa.int64()),
                    ("asserted", pa.int64()),
                    *flags,
                    *((name, pa.bool_()) for name in ("ambiguous_stops", "spread", "revoke_all", "request_logged")),
                    *((f"after_{key}", pa.int64()) for key in ("complaint", "objection", "withdrawal", "refusal")),
                    ("warn_months", pa.int64()),
                    ("deny_months", pa.int64()),
                ]
            ),
        ),
    )
    engine.read(
        "fold__ground_rules",
        pa.Table.from_pylist(
            grounds,
            pa.schema(
                [
                    *numbers,
                    ("ground", pa.int64()),
                    ("outcome", pa.int64()),
                    ("evidence", pa.string()),
                    ("activity", pa.string()),
                    ("months", pa.int64()),
                    *flags,
                ]
            ),
        ),
    )
    details = {"LEGAL": "legal", "MANUAL": "manual", "BOUNCE": "bounce", "INVALID": "invalid"}
    engine.read(
        "fold__reasons",
        pa.Table.from_pylist(
            [
                {
                    "rank": reason.order,
                    "code": code,
                    "permits": reason.permits,
                    "state": reason.state,
                    "basis": code.removeprefix("OK_").lower(),
                    "detail": details.get(code.rpartition("_")[2], ""),
                }
                for code, reason in REASONS.items()
                if code not in _NOT_OURS
            ]
        ),
    )
    _quiet_hours(engine, question)


def _quiet_hours(engine: Reader, question: Question) -> None:
    """Where it is too late or too early for a message now."""
    hours = []
    prefixes: dict[str, list[Any]] = {"preset_id": [], "prefix": [], "quiet": []}
    for preset_id, name in enumerate(question.presets):
        rule = question.policy.presets[name].quiet
        if rule is None or question.service or not set(rule.channels) & set(question.channels):
            continue
        known, elsewhere = quiet.quiet_prefixes(rule, _aware(question.as_of))
        if not elsewhere and not any(known.values()):
            # It is day everywhere: nobody's number has to be looked at.
            continue
        hours += [
            {"preset_id": preset_id, "channel_id": question.channels.index(channel), "elsewhere": elsewhere}
            for channel in rule.channels
            if channel in question.channels
        ]
        prefixes["preset_id"] += [preset_id] * len(known)
        prefixes["prefix"] += list(known)
        prefixes["quiet"] += list(known.values())
    numbers = [("preset_id", pa.int32()), ("channel_id", pa.int32())]
    engine.read("fold__quiet", pa.Table.from_pylist(hours, pa.schema([*numbers, ("elsewhere", pa.bool_())])))
    schema = pa.schema([("preset_id", pa.int32()), ("prefix", pa.string()), ("quiet", pa.bool_())])
    engine.read("fold__quiet_prefixes", pa.table(prefixes, schema=schema))


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)
