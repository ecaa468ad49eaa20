"""Which rules apply to a contact point: presets as data, and the policy that picks among them.

Words: a *preset* is one set of rules, named after the law or practice that it follows; a *policy* says which
presets apply in which country. `auto` takes the country's own presets, and `strict` where the country is
unknown or has none. Naming a preset adds it everywhere: where several apply, all must agree, so that the
stricter always wins and a looser one cannot be forced on anybody.

Presets are the files `presets/*.toml` of this package, read by a loader that refuses unknown keys.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from audiencevault.consent.reasons import REASONS
from audiencevault.errors import ConsentConfigError, DefinitionError
from audiencevault.records import CHANNELS

DEFAULT: Final = "strict"
"""The preset for points whose country is unknown or has no preset."""

AUTO: Final = "auto"
"""The policy that goes by country alone."""

LEVELS: Final = {"any": 1, "single": 2, "confirmed": 3}
GRADES: Final = {"none": 0, "asserted": 1, "partial": 2, "full": 3}
CONDITIONS: Final = (
    "from_person", "in_sale", "optout_offered", "similar_only", "names_seller", "exact_number",
    "not_condition_of_purchase", "documented",
)  # fmt: skip
"""The conditions that a preset may ask of an event."""

PURPOSES: Final = ("marketing", "transactional")
"""The roots of the purpose paths that may be asked for."""

POINT_KIND_OF: Final[Mapping[str, str]] = {
    "email": "email", "sms": "phone", "whatsapp": "phone", "voice": "phone", "postal": "postal", "dm": "account",
}  # fmt: skip
"""The channels that may be asked for, and the kind of contact point each needs."""


@dataclass(frozen=True)
class Consent:
    """What consent a channel needs. `asserted` says whether a yes without the person's own date counts:
    `no`, `attested` (somebody vouches for the source) or `yes`.
    """

    min_level: str
    min_evidence: str
    asserted: str
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Basis:
    """Another ground than consent. `evidence` is `recorded` (an event that states the ground) or `activity`
    (a purchase, an inquiry); `months` after which it ends, or None.
    """

    name: str
    outcome: str
    channels: tuple[str, ...]
    evidence: str
    activity: str = ""
    months: int | None = None
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preset:
    """One set of rules. Months are calendar months; `refines` names the preset that this one replaces where
    both apply; `sources` and `open_points` say what was read and what was not.
    """

    name: str
    title: str
    reviewed_on: str
    countries: tuple[str, ...]
    channels: tuple[str, ...]
    consent: Mapping[str, Consent]
    bases: tuple[Basis, ...]
    ambiguous_no: str
    spread_withdrawal: bool
    revoke_all: bool
    request_logged: bool
    reopen: Mapping[str, str]
    stale_warn: int | None
    stale_deny: int | None
    refines: str = ""
    sources: tuple[str, ...] = ()
    open_points: tuple[str, ...] = ()

    def consent_for(self, channel: str) -> Consent:
        """The rule of `channel`, else the preset's general one."""
        return self.consent.get(channel) or self.consent["default"]


@dataclass(frozen=True)
class Policy:
    """Which presets apply where. Build one with `policy`."""

    name: str
    presets: Mapping[str, Preset] = field(repr=False)

    @property
    def forced(self) -> str | None:
        """The preset that applies everywhere, beside each country's own."""
        return None if self.name in (AUTO, DEFAULT) else self.name

    def applicable(self, country: str | None, channel: str) -> tuple[str, ...]:
        """The names of the presets for a point of `country` (ISO 3166 alpha-2, None if unknown) on `channel`."""
        own = [
            preset
            for preset in self.presets.values()
            if country is not None and country in preset.countries and channel in preset.channels
        ]
        refined = {preset.refines for preset in own}
        names = {preset.name for preset in own if preset.name not in refined} or {DEFAULT}
        if self.name == DEFAULT:
            names.add(DEFAULT)
        forced = self.forced
        if forced is not None and channel in self.presets[forced].channels and forced not in refined:
            names.add(forced)
        return tuple(sorted(names))

    def countries(self) -> tuple[str, ...]:
        """Every country that some preset names, sorted."""
        return tuple(sorted({country for preset in self.presets.values() for country in preset.countries}))


def policy(name: str = AUTO) -> Policy:
    """The policy called `name`: `auto`, or the name of a preset that shall hold everywhere as well."""
    presets = all_presets()
    if name != AUTO and name not in presets:
        known = ", ".join([AUTO, *presets])
        raise ConsentConfigError(f"There is no consent policy called {name!r}.", f"Choose one of: {known}.")
    return Policy(name, presets)


def preset(name: str) -> Preset:
    """The preset called `name`."""
    presets = all_presets()
    if name not in presets:
        known = ", ".join(presets)
        raise ConsentConfigError(f"There is no consent preset called {name!r}.", f"Choose one of: {known}.")
    return presets[name]


@cache
def all_presets() -> Mapping[str, Preset]:
    """Every preset of the package by name, sorted."""
    found = {}
    for item in sorted(files("audiencevault.consent").joinpath("presets").iterdir(), key=lambda entry: entry.name):
        if item.name.endswith(".toml"):
            loaded = load(item.read_text(encoding="utf-8"), item.name)
            found[loaded.name] = loaded
    for one in found.values():
        if one.refines and one.refines not in found:
            raise DefinitionError(f"{one.name}.toml: refines names the preset {one.refines!r}, which does not exist.")
    return dict(sorted(found.items()))


_KEYS: Final[Mapping[str, Mapping[str, type]]] = {
    "": {
        "name": str, "title": str, "reviewed_on": str, "countries": list, "channels": list, "refines": str,
        "ambiguous_no": str, "spread_withdrawal": bool, "revoke_all": bool, "request_logged": bool, "sources": list,
        "open_points": list, "consent": dict, "reopen": dict, "staleness": dict, "basis": list,
    },
    "consent": {"min_level": str, "min_evidence": str, "asserted": str, "conditions": list},
    "reopen": {"complaint": str, "objection": str, "withdrawal": str, "refusal": str},
    "staleness": {"warn_months": int, "deny_months": int},
    "basis": {
        "name": str, "outcome": str, "channels": list, "evidence": str, "activity": str, "months": int,
        "conditions": list,
    },
}  # fmt: skip
_OPTIONAL: Final = {"refines", "open_points", "basis", "staleness", "warn_months", "deny_months", "activity", "months",
                    "conditions", "request_logged", "revoke_all"}  # fmt: skip


def load(text: str, where: str) -> Preset:
    """A preset from the TOML `text` of the file `where`; an unknown, missing or ill-typed key is an error."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{where} is not valid TOML: {error}.") from error
    _check(raw, "", where, where)
    consent = {}
    for channel, rule in raw["consent"].items():
        place = f"{where}: consent.{channel}"
        _one_of(channel, ("default", *CHANNELS), place)
        _check(rule, "consent", where, place)
        consent[channel] = Consent(
            _one_of(rule["min_level"], LEVELS, f"{place}.min_level"),
            _one_of(rule["min_evidence"], GRADES, f"{place}.min_evidence"),
            _one_of(rule["asserted"], ("no", "attested", "yes"), f"{place}.asserted"),
            _all_of(rule.get("conditions", []), CONDITIONS, f"{place}.conditions"),
        )
    if "default" not in consent:
        raise DefinitionError(f"{where}: consent.default is missing.")
    _check(raw["reopen"], "reopen", where, f"{where}: reopen")
    for key, value in raw["reopen"].items():
        _one_of(value, LEVELS, f"{where}: reopen.{key}")
    staleness = raw.get("staleness", {})
    _check(staleness, "staleness", where, f"{where}: staleness")
    return Preset(
        name=_one_of(raw["name"], (where.removesuffix(".toml"),), f"{where}: name"),
        title=raw["title"],
        reviewed_on=raw["reviewed_on"],
        countries=tuple(raw["countries"]),
        channels=_all_of(raw["channels"], CHANNELS, f"{where}: channels"),
        consent=consent,
        bases=tuple(_basis(item, where, place) for place, item in enumerate(raw.get("basis", []), start=1)),
        ambiguous_no=_one_of(raw["ambiguous_no"], ("withdrawn", "unknown"), f"{where}: ambiguous_no"),
        spread_withdrawal=raw["spread_withdrawal"],
        revoke_all=raw.get("revoke_all", False),
        request_logged=raw.get("request_logged", False),
        reopen=dict(raw["reopen"]),
        stale_warn=staleness.get("warn_months"),
        stale_deny=staleness.get("deny_months"),
        refines=raw.get("refines", ""),
        sources=tuple(raw["sources"]),
        open_points=tuple(raw.get("open_points", [])),
    )


def _basis(raw: Mapping[str, Any], where: str, number: int) -> Basis:
    place = f"{where}: basis {number}"
    _check(raw, "basis", where, place)
    found = Basis(
        name=raw["name"],
        outcome=_one_of(raw["outcome"], [code for code in REASONS if code.startswith("OK_")], f"{place}.outcome"),
        channels=_all_of(raw["channels"], CHANNELS, f"{place}.channels"),
        evidence=_one_of(raw["evidence"], ("recorded", "activity"), f"{place}.evidence"),
        activity=raw.get("activity", ""),
        months=raw.get("months"),
        conditions=_all_of(raw.get("conditions", []), CONDITIONS, f"{place}.conditions"),
    )
    if (found.evidence == "activity") != bool(found.activity):
        raise DefinitionError(f'{place}: activity belongs to evidence = "activity", and only to it.')
    return found


def _check(raw: Any, kind: str, where: str, place: str) -> None:
    allowed = _KEYS[kind]
    if not isinstance(raw, dict):
        raise DefinitionError(f"{place} must be a table.")
    for key, value in raw.items():
        if key not in allowed:
            raise DefinitionError(f"{place} has the unknown key {key!r}.", f"Known keys: {', '.join(sorted(allowed))}.")
        if type(value) is not allowed[key]:
            raise DefinitionError(f"{place}: {key} must be of type {allowed[key].__name__}.")
    missing = sorted(set(allowed) - _OPTIONAL - set(raw))
    if missing:
        raise DefinitionError(f"{place} lacks {', '.join(missing)}.", f"See the other presets beside {where}.")


def _one_of(value: str, allowed: Collection[str], place: str) -> str:
    if value not in allowed:
        raise DefinitionError(f"{place} is {value!r}.", f"It must be one of: {', '.join(allowed)}.")
    return value


def _all_of(values: list[str], allowed: Collection[str], place: str) -> tuple[str, ...]:
    return tuple(_one_of(value, allowed, place) for value in values)
