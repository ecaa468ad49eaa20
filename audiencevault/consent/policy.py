"""Which rules apply to a contact point: presets as data, and the policy that picks among them.

Words: a *preset* is one set of rules, named after the law or practice that it follows; a *policy* says which
presets apply in which country. `auto` takes the country's own presets, and `strict` where the country is
unknown or has none. Naming a preset adds it everywhere: where several apply, all must agree, so that the
stricter always wins and a looser one cannot be forced on anybody. `CC=NAME` takes a preset in the place of one
country's own, which is the only way to a looser one. An *overlay* is a preset of a platform or of the mailbox
providers: it holds beside the law's, in every country, and can only restrict.

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
    "not_condition_of_purchase", "documented", "ad_user_data", "ad_personalization",
)  # fmt: skip
"""The conditions that a preset may ask of an event."""

PURPOSES: Final = ("marketing", "transactional", "conversational")
"""The roots of the purpose paths that may be asked for; `conversational` is an answer to somebody who just wrote."""

POINT_KIND_OF: Final[Mapping[str, str]] = {
    "email": "email", "sms": "phone", "whatsapp": "phone", "voice": "phone", "postal": "postal", "dm": "account",
    "ads_audience": "email",
}  # fmt: skip
"""The channels that may be asked for, and the kind of contact point that each needs or likes best."""

POINT_KINDS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    **{channel: (kind,) for channel, kind in POINT_KIND_OF.items()},
    "ads_audience": ("email", "phone"),
}
"""Every kind of contact point that a channel can use: advertising audiences are matched by address and by number."""


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
class Window:
    """A time after a message of the person's in which it may be answered freely on `channel`."""

    channel: str
    purpose: str
    hours: int


@dataclass(frozen=True)
class QuietHours:
    """No messages on `channels` from `start` to `end` (whole hours) by the recipient's clock."""

    channels: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Deadline:
    """How soon a "no" on `channels` has to be obeyed everywhere: hours, or working days."""

    channels: tuple[str, ...]
    hours: int | None
    working_days: int | None


@dataclass(frozen=True)
class Bulk:
    """What mailbox providers ask of bulk senders. `bounce_warn_percent` of known dead addresses call for a warning."""

    one_click: bool
    bounce_warn_percent: int


@dataclass(frozen=True)
class Preset:
    """One set of rules. Months are calendar months; `refines` names the preset that this one replaces where
    both apply; `overlay` says that it holds beside the law's presets, in every country. `sources` and `open_points`
    say what was read and what was not, `unverified` what nobody has checked in any text.
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
    unverified: tuple[str, ...] = ()
    overlay: bool = False
    windows: tuple[Window, ...] = ()
    quiet: QuietHours | None = None
    deadlines: tuple[Deadline, ...] = ()
    bulk: Bulk | None = None

    def consent_for(self, channel: str) -> Consent:
        """The rule of `channel`, else the preset's general one."""
        return self.consent.get(channel) or self.consent["default"]


@dataclass(frozen=True)
class Policy:
    """Which presets apply where. Build one with `policy`.

    `forced` are the presets that apply everywhere, beside each country's own; `instead` maps a country to the
    presets that its owner chose in the place of its own.
    """

    name: str
    presets: Mapping[str, Preset] = field(repr=False)
    forced: tuple[str, ...] = ()
    instead: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def applicable(self, country: str | None, channel: str) -> tuple[str, ...]:
        """The names of the presets for a point of `country` (ISO 3166 alpha-2, None if unknown) on `channel`."""
        own = [
            one
            for one in self.presets.values()
            if country is not None and not one.overlay and country in one.countries and channel in one.channels
        ]
        refined = {one.refines for one in own}
        chosen = self.instead.get(country) if country is not None else None
        if chosen is not None:
            own = [self.presets[name] for name in chosen if channel in self.presets[name].channels]
            refined = set()
        names = {one.name for one in own if one.name not in refined} or {DEFAULT}
        names.update(
            name
            for name in self.forced
            if name == DEFAULT or (channel in self.presets[name].channels and name not in refined)
        )
        names.update(
            one.name for one in self.presets.values() if one.overlay and one.consent and channel in one.channels
        )
        return tuple(sorted(names))

    def countries(self) -> tuple[str, ...]:
        """Every country that some preset names, sorted."""
        return tuple(sorted({country for preset in self.presets.values() for country in preset.countries}))

    def by_consent_alone(self, channel: str) -> bool:
        """Whether nothing but consent opens `channel` for marketing in any country: an overlay knows no other."""
        overlays = [one for one in self.presets.values() if one.overlay and one.consent and channel in one.channels]
        return any(not [ground for ground in one.bases if channel in ground.channels] for one in overlays)

    def window(self, channel: str, purpose: str) -> Window | None:
        """The time in which a message may be answered on `channel` for `purpose`, if some rule names one."""
        found = [
            window
            for one in self.presets.values()
            for window in one.windows
            if window.channel == channel and window.purpose == purpose.split("/")[0]
        ]
        return min(found, key=lambda window: window.hours) if found else None


def policy(name: str = AUTO) -> Policy:
    """The policy called `name`: words with commas between them.

    `auto`, the name of a preset that shall hold everywhere as well, or `CC=NAME` (several names joined by `+`) for
    the presets that shall hold in country `CC` in the place of its own.

    >>> policy("eu_gdpr,DE=eu_gdpr").forced
    ('eu_gdpr',)
    """
    presets = all_presets()
    laws = [one.name for one in presets.values() if not one.overlay]
    hint = f"Choose one of: {', '.join([AUTO, *laws])}. For one country only: CC=NAME, for instance DE=eu_gdpr."

    def known(word: str) -> str:
        if word in presets and presets[word].overlay:
            raise ConsentConfigError(f"{word} is an overlay, which holds by itself wherever it applies.", hint)
        if word not in presets:
            raise ConsentConfigError(f"There is no consent policy called {word!r}.", hint)
        return word

    forced: list[str] = []
    instead: dict[str, tuple[str, ...]] = {}
    for word in name.split(","):
        country, equals, chosen = word.partition("=")
        if not equals:
            forced += [] if word == AUTO else [known(word)]
        elif len(country) != 2 or not country.isalpha() or not country.isupper():
            raise ConsentConfigError(f"{word!r} does not begin with the two capital letters of a country.", hint)
        else:
            instead[country] = tuple(known(one) for one in chosen.split("+"))
    return Policy(name, presets, tuple(dict.fromkeys(forced)), instead)


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
        "open_points": list, "unverified": list, "consent": dict, "reopen": dict, "staleness": dict, "basis": list,
        "overlay": bool, "window": list, "quiet_hours": dict, "deadline": list, "bulk": dict,
    },
    "consent": {"min_level": str, "min_evidence": str, "asserted": str, "conditions": list},
    "reopen": {"complaint": str, "objection": str, "withdrawal": str, "refusal": str},
    "staleness": {"warn_months": int, "deny_months": int},
    "basis": {
        "name": str, "outcome": str, "channels": list, "evidence": str, "activity": str, "months": int,
        "conditions": list,
    },
    "window": {"channel": str, "purpose": str, "hours": int},
    "quiet_hours": {"channels": list, "start": int, "end": int},
    "deadline": {"channels": list, "hours": int, "working_days": int},
    "bulk": {"one_click": bool, "bounce_warn_percent": int},
}  # fmt: skip
_OPTIONAL: Final = {"refines", "open_points", "basis", "staleness", "warn_months", "deny_months", "activity", "months",
                    "conditions", "request_logged", "revoke_all", "overlay", "window", "quiet_hours", "deadline",
                    "bulk", "hours", "working_days"}  # fmt: skip
_OF_AN_OVERLAY: Final = {"consent", "reopen", "ambiguous_no", "spread_withdrawal", "countries"}
"""What an overlay may leave out: then it adds facts and no rule of its own about who said yes."""


def load(text: str, where: str) -> Preset:
    """A preset from the TOML `text` of the file `where`; an unknown, missing or ill-typed key is an error."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{where} is not valid TOML: {error}.") from error
    overlay = raw.get("overlay") is True if isinstance(raw, dict) else False
    _check(raw, "", where, where, _OF_AN_OVERLAY if overlay else frozenset())
    consent = {}
    for channel, rule in raw.get("consent", {}).items():
        place = f"{where}: consent.{channel}"
        _one_of(channel, ("default", *CHANNELS), place)
        _check(rule, "consent", where, place)
        consent[channel] = Consent(
            _one_of(rule["min_level"], LEVELS, f"{place}.min_level"),
            _one_of(rule["min_evidence"], GRADES, f"{place}.min_evidence"),
            _one_of(rule["asserted"], ("no", "attested", "yes"), f"{place}.asserted"),
            _all_of(rule.get("conditions", []), CONDITIONS, f"{place}.conditions"),
        )
    if "default" not in consent and not (overlay and not consent):
        raise DefinitionError(f"{where}: consent.default is missing.")
    reopen = raw.get("reopen", {})
    if consent or reopen:
        _check(reopen, "reopen", where, f"{where}: reopen")
    for key, value in reopen.items():
        _one_of(value, LEVELS, f"{where}: reopen.{key}")
    staleness = raw.get("staleness", {})
    _check(staleness, "staleness", where, f"{where}: staleness")
    return Preset(
        name=_one_of(raw["name"], (where.removesuffix(".toml"),), f"{where}: name"),
        title=raw["title"],
        reviewed_on=raw["reviewed_on"],
        countries=tuple(raw.get("countries", [])),
        channels=_all_of(raw["channels"], CHANNELS, f"{where}: channels"),
        consent=consent,
        bases=tuple(_basis(item, where, place) for place, item in enumerate(raw.get("basis", []), start=1)),
        ambiguous_no=_one_of(raw.get("ambiguous_no", "unknown"), ("withdrawn", "unknown"), f"{where}: ambiguous_no"),
        spread_withdrawal=raw.get("spread_withdrawal", False),
        revoke_all=raw.get("revoke_all", False),
        request_logged=raw.get("request_logged", False),
        reopen=dict(reopen),
        stale_warn=staleness.get("warn_months"),
        stale_deny=staleness.get("deny_months"),
        refines=raw.get("refines", ""),
        sources=tuple(raw["sources"]),
        open_points=tuple(raw.get("open_points", [])),
        unverified=tuple(raw["unverified"]),
        overlay=overlay,
        windows=tuple(_window(item, where, place) for place, item in enumerate(raw.get("window", []), start=1)),
        quiet=_quiet(raw["quiet_hours"], where) if "quiet_hours" in raw else None,
        deadlines=tuple(_deadline(item, where, place) for place, item in enumerate(raw.get("deadline", []), start=1)),
        bulk=_bulk(raw["bulk"], where) if "bulk" in raw else None,
    )


def _window(raw: Mapping[str, Any], where: str, number: int) -> Window:
    place = f"{where}: window {number}"
    _check(raw, "window", where, place)
    return Window(
        _one_of(raw["channel"], CHANNELS, f"{place}.channel"),
        _one_of(raw["purpose"], PURPOSES, f"{place}.purpose"),
        raw["hours"],
    )


def _quiet(raw: Mapping[str, Any], where: str) -> QuietHours:
    place = f"{where}: quiet_hours"
    _check(raw, "quiet_hours", where, place)
    if not (0 <= raw["start"] < 24 and 0 <= raw["end"] < 24):
        raise DefinitionError(f"{place}: start and end are whole hours from 0 to 23.")
    return QuietHours(_all_of(raw["channels"], CHANNELS, f"{place}.channels"), raw["start"], raw["end"])


def _deadline(raw: Mapping[str, Any], where: str, number: int) -> Deadline:
    place = f"{where}: deadline {number}"
    _check(raw, "deadline", where, place)
    if ("hours" in raw) == ("working_days" in raw):
        raise DefinitionError(f"{place} needs either hours or working_days.")
    channels = _all_of(raw["channels"], CHANNELS, f"{place}.channels")
    return Deadline(channels, raw.get("hours"), raw.get("working_days"))


def _bulk(raw: Mapping[str, Any], where: str) -> Bulk:
    _check(raw, "bulk", where, f"{where}: bulk")
    return Bulk(raw["one_click"], raw["bounce_warn_percent"])


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


def _check(raw: Any, kind: str, where: str, place: str, also_optional: Collection[str] = ()) -> None:
    allowed = _KEYS[kind]
    if not isinstance(raw, dict):
        raise DefinitionError(f"{place} must be a table.")
    for key, value in raw.items():
        if key not in allowed:
            raise DefinitionError(f"{place} has the unknown key {key!r}.", f"Known keys: {', '.join(sorted(allowed))}.")
        if type(value) is not allowed[key]:
            raise DefinitionError(f"{place}: {key} must be of type {allowed[key].__name__}.")
    missing = sorted(set(allowed) - _OPTIONAL - set(also_optional) - set(raw))
    if missing:
        raise DefinitionError(f"{place} lacks {', '.join(missing)}.", f"See the other presets beside {where}.")


def _one_of(value: str, allowed: Collection[str], place: str) -> str:
    if value not in allowed:
        raise DefinitionError(f"{place} is {value!r}.", f"It must be one of: {', '.join(allowed)}.")
    return value


def _all_of(values: list[str], allowed: Collection[str], place: str) -> tuple[str, ...]:
    return tuple(_one_of(value, allowed, place) for value in values)
