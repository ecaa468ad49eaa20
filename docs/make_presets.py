"""Writes docs/reference/presets.md from the consent presets of the package."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from audiencevault.consent.policy import AUTO, DEFAULT, Basis, Consent, Preset, all_presets

PAGE = Path(__file__).parent / "reference" / "presets.md"

LEVELS = {"any": "any", "single": "one sign-up", "confirmed": "a confirming click (double opt-in)"}
GRADES = {
    "none": "none",
    "asserted": "a source's word",
    "partial": "some of when, how and to what",
    "full": "all of when, how and to what",
}
ASSERTED = {"no": "never counts", "attested": "counts if somebody vouches for the source", "yes": "counts"}
AMBIGUOUS = {
    "withdrawn": "counts as an unsubscribe",
    "unknown": "blocks everything but a dated yes of the person's own",
}
AFTER = {
    "complaint": "a spam complaint",
    "objection": "an objection to advertising",
    "withdrawal": "an unsubscribe",
    "refusal": "a no when asked",
}
_LATER = {"any": "any later dated yes", "single": "a later dated sign-up", "confirmed": "a later confirmed sign-up"}
REOPEN = {(what, level): text for what in AFTER for level, text in _LATER.items()} | {
    ("withdrawal", "single"): "a later confirmed sign-up, or a single one with full evidence",
    ("withdrawal", "any"): "a later confirmed sign-up, or any yes with full evidence",
}
"""What the person must do for a yes to count again after a no; only their own dated act ever does."""
CONDITIONS = {
    "from_person": "the person gave the address",
    "in_sale": "it was taken in a sale",
    "optout_offered": "a way to refuse was offered then and in every message",
    "similar_only": "only similar goods of one's own are advertised",
    "names_seller": "the text named the seller",
    "exact_number": "the text named the very number",
    "not_condition_of_purchase": "agreeing was no condition of buying",
    "documented": "it is written down how the conditions were met",
    "ad_user_data": "data may be handed to an advertising network",
    "ad_personalization": "advertising there may be personal",
}
CHANNELS = {"ads_audience": "ads_audience (advertising audiences)"}

INTRODUCTION = f"""\
# Consent presets

<!-- Written by docs/make_presets.py from audiencevault/consent/presets; do not edit. -->

A preset is one set of rules as data; [consent](../explanation/consent.md) tells how rules and events become an answer.
`--policy {AUTO}` takes the presets of each person's country, and `{DEFAULT}` where no country is known or it has none.
`--policy NAME` adds that preset for everybody; where several apply, all must agree.
`--policy {AUTO},CC=NAME` puts a preset in the place of one country's own (several joined by `+`).
Several of these words may be named, with commas between them.
An overlay holds beside the law's presets in every country and can only restrict.
The presets are readings, not legal advice: each says when it was reviewed, what was read and what was not.
"""


def _words(items: Iterable[str]) -> str:
    return ", ".join(items)


def _conditions(names: Iterable[str]) -> str:
    return "; ".join(CONDITIONS[name] for name in names) or "–"


def _rule(channels: str, rule: Consent) -> str:
    return (
        f"| {channels} | {LEVELS[rule.min_level]} | {GRADES[rule.min_evidence]} | {ASSERTED[rule.asserted]} "
        f"| {_conditions(rule.conditions)} |"
    )


def _basis(basis: Basis) -> str:
    ground = f"the last {basis.activity}" if basis.evidence == "activity" else "an event that records it"
    ends = f"after {basis.months} months" if basis.months is not None else "–"
    return f"| `{basis.outcome}` | {_words(basis.channels)} | {ground} | {ends} | {_conditions(basis.conditions)} |"


def _consent(preset: Preset) -> list[str]:
    own = [channel for channel in preset.channels if channel in preset.consent]
    general = [channel for channel in preset.channels if channel not in preset.consent]
    rows = [_rule(channel, preset.consent[channel]) for channel in own]
    if general:
        rows.append(_rule(_words(general), preset.consent["default"]))
    head = "| channel | the person's yes | evidence | a yes without a date | conditions |"
    return [head, "|---|---|---|---|---|", *rows, ""]


def _ages(preset: Preset) -> list[str]:
    lines = []
    if preset.stale_warn is not None:
        lines.append(f"A yes without any sign of life for {preset.stale_warn} months is used with a warning.")
    if preset.stale_deny is not None:
        lines.append(f"After {preset.stale_deny} months without any it is no longer used (`NO_STALE`).")
    return lines


def _clocks(preset: Preset) -> list[tuple[str, str]]:
    """Times of day, answers and deadlines, as what happens and the rule for it."""
    lines = [
        (f"a message of the person's on {window.channel}",
         f"may be answered for {window.hours} hours (purpose `{window.purpose}`)")
        for window in preset.windows
    ]  # fmt: skip
    if preset.quiet is not None:
        when = f"from {preset.quiet.start}:00 to {preset.quiet.end}:00 where the recipient lives"
        lines.append((f"a message on {_words(preset.quiet.channels)} {when}",
                      "waits (`DEFER_QUIET_HOURS`); in a list for later, the warning `quiet_hours`"))  # fmt: skip
    if preset.bulk is not None:
        lines.append(("a receiver that adds no one-click unsubscribe header", "gets no list (`NO_ONE_CLICK`)"))
        lines.append((f"more than {preset.bulk.bounce_warn_percent} per cent of the addresses are known to be dead",
                      "a warning beside the list"))  # fmt: skip
    for deadline in preset.deadlines:
        days = f"{deadline.working_days} working days" if deadline.working_days else f"{deadline.hours} hours"
        when = "at once" if deadline.hours == 0 else f"within {days}"
        lines.append((f'a "no" on {_words(deadline.channels)}', f"has to be known everywhere {when}"))
    return lines


def _section(preset: Preset) -> list[str]:
    lines = [f"## {preset.name}", "", f"{preset.title}.", f"Reviewed {preset.reviewed_on}.", ""]
    if preset.overlay:
        lines.append("Countries: all; it is an overlay.")
    else:
        lines.append(f"Countries: {_words(preset.countries) or 'where no other preset applies'}.")
    lines.append(f"Channels: {_words(preset.channels)}.")
    if preset.refines:
        lines.append(f"Where both apply, it replaces [{preset.refines}](#{preset.refines}).")
    lines.append("")
    if preset.consent:
        lines += _consent(preset)
    if preset.bases:
        lines += ["Other grounds than consent:", "", "| answer | channels | ground | ends | conditions |",
                  "|---|---|---|---|---|", *map(_basis, preset.bases), ""]  # fmt: skip
    lines += ["| what happened | the rule |", "|---|---|"]
    if preset.consent:
        lines.append(f'| a "no" that may mean "never asked" | {AMBIGUOUS[preset.ambiguous_no]} |')
    if preset.spread_withdrawal:
        lines.append("| an unsubscribe at another address or number of the person, same channel | holds here too |")
    if preset.revoke_all:
        lines.append("| an unsubscribe on another channel | holds here too |")
    lines += [f"| {AFTER[what]} | ended by {REOPEN[what, level]} |" for what, level in preset.reopen.items()]
    if preset.request_logged:
        lines.append("| a sign-up whose request is not recorded | used with the warning `request_not_logged` |")
    lines += [f"| {what} | {rule} |" for what, rule in _clocks(preset)]
    lines += ["", *_ages(preset), ""] if _ages(preset) else [""]
    lines += ["What was read:", "", *(f"- {source}" for source in preset.sources), ""]
    if preset.open_points:
        lines += ["What is open:", "", *(f"- {point}" for point in preset.open_points), ""]
    if preset.unverified:
        lines += ["What nobody has checked yet:", "", *(f"- {point}" for point in preset.unverified), ""]
    return lines


def render() -> str:
    """The whole page."""
    found = all_presets()
    lines = [INTRODUCTION, "| preset | what it follows | countries | channels | reviewed |", "|---|---|---|---|---|"]
    for preset in found.values():
        countries = str(len(preset.countries)) if len(preset.countries) > 6 else _words(preset.countries) or "–"
        lines.append(
            f"| [{preset.name}](#{preset.name}) | {preset.title} | {countries} | {_words(preset.channels)} "
            f"| {preset.reviewed_on} |"
        )
    lines.append("")
    for preset in found.values():
        lines += _section(preset)
    return "\n".join(lines).rstrip() + "\n"
