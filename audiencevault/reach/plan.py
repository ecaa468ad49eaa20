"""The plan of an outage drill: one page to print and pin to the wall, as HTML that needs nothing else, and as text.

It holds numbers and file names, and no person.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.resources import files
from typing import Final

from audiencevault.reach import words
from audiencevault.reach.next_steps import Step
from audiencevault.reach.outage import Drill
from audiencevault.reach.ownership import Owners

REASONS_SHOWN: Final = 5
WIDTH: Final = 88
FIRST: Final = ("unsubscribed", "cleaned", "suppressed")
"""Files of people not to write to: they are imported before anybody else."""


@dataclass(frozen=True)
class Plan:
    """What goes on the page. `lists` has, per remaining channel, its files as (name, rows, status, note)."""

    drill: Drill
    steps: Sequence[Step]
    owners: Owners
    snapshot: int
    as_of: datetime
    policy: str
    controller_id: str
    lists: Mapping[str, Sequence[tuple[str, int, str, str]]]

    @property
    def title(self) -> str:
        """`Meta is down`, `E-mail and Meta are down`."""
        return f"{self.drill.outage.title} {'is' if len(self.drill.outage.names) == 1 else 'are'} down"

    @property
    def day(self) -> str:
        """The date of the question."""
        return f"{self.as_of.day} {self.as_of:%B %Y}"

    @property
    def rules(self) -> str:
        """The rules in words."""
        return "each person's country, strict where unknown" if self.policy == "auto" else f"{self.policy}, or stricter"


def stops(plan: Plan) -> str:
    """What stops, in one sentence."""
    outage, owners = plan.drill.outage, plan.owners
    names = [owners.title(name) for name in (*outage.platforms, *outage.channels) if name not in outage.tools]
    parts = []
    if names:
        stopping = list(dict.fromkeys(names))
        parts.append(f"{_and(stopping)} {'stops' if len(stopping) == 1 else 'stop'}.")
    if outage.tools:
        tools = _and([owners.title(name) for name in outage.tools])
        parts.append(f"{tools} cannot send; the list is in your vault, so import the files at another provider.")
    return " ".join(parts)


def channels(plan: Plan) -> list[tuple[str, int, str, str]]:
    """The remaining channels: title, people, why they may be written to, and the files."""
    rows = []
    for channel, number in plan.drill.reachable.items():
        why = "; ".join(f"{count:,} {words.BASES.get(code, code)}" for code, count in plan.drill.basis[channel].items())
        names = [name for name, _, status, _ in plan.lists.get(channel, ()) if status not in {"manifest", "held_back"}]
        rows.append((plan.owners.title(channel), number, why or "nobody", ", ".join(f"{channel}/{n}" for n in names)))
    return rows


def figures(plan: Plan) -> list[tuple[str, str, str]]:
    """The three big numbers: value, what it is, and a remark."""
    drill = plan.drill
    of = f"of {drill.people:,} people"
    lost = "of those you reach today" if drill.lost_share is None else f"{percent(drill.lost_share)} of those you reach"
    return [
        (f"{drill.reachable_any:,}", "can still be written to", of),
        (f"{drill.lost:,}", "are out of reach meanwhile", lost),
        (f"{drill.by_nothing:,}", "can be reached by nothing", of),
    ]


def revenue(plan: Plan) -> list[str]:
    """What the lost people spent, per currency."""
    said = []
    for currency, row in plan.drill.revenue.items():
        if not row["at_risk"]:
            continue
        name = "without a currency" if currency == "unknown" else currency
        part = "" if row["share"] is None else f", {percent(row['share'])} of what those you reach today spent"
        said.append(f"{row['at_risk']:,.2f} {name}{part}")
    return said


def beside(plan: Plan) -> str:
    """Whom a remaining platform still shows your posts to."""
    shown = [f"{plan.owners.title(name)} ({number:,})" for name, number in plan.drill.platforms.items()]
    said = ["No platform that is up ties you to anybody in the vault."]
    if shown:
        only = plan.drill.platform_only
        tied = f"Platforms that are up still tie you to people on {_and(shown)}"
        said = [f"{tied}; {only:,} of them can be reached in no other way. A tie is no permission to write to them."]
    if plan.drill.postal_address:
        said.append(
            f"{plan.drill.postal_address:,} people who cannot be written to have a postal address in the vault; "
            "whether you may send a letter is not judged here."
        )
    return " ".join(said)


def on_the_day(plan: Plan) -> list[str]:
    """What to do during the outage, in order."""
    up = [plan.owners.title(name) for name in plan.drill.platforms]
    posts = [f"Post on {_and(up)} where you can be found."] if up else []
    if not plan.drill.reachable_any:
        return [
            "There is nobody whom you may write to on a channel that remains: write to nobody.",
            *posts,
            "Put a notice on your site and in your shop, with the link to your sign-up form.",
        ]
    first = [
        f"{channel}/{name}" for channel, items in plan.lists.items() for name, _, status, _ in items if status in FIRST
    ]
    told = [f"Import first what stops messages: {', '.join(first)}."] if first else []
    for channel, number in plan.drill.reachable.items():
        names = [
            f"{channel}/{name}"
            for name, _, status, _ in plan.lists.get(channel, ())
            if status not in {*FIRST, "manifest", "held_back"}
        ]
        if names:
            title = plan.owners.title(channel)
            them = "this 1 person" if number == 1 else f"these {number:,} people"
            told.append(f"{title}: import {', '.join(names)}, and write to {them}.")
    told += [
        "Say where you can be found while it lasts, and nothing that they did not agree to hear.",
        *posts,
        "Put the same notice on your site and in your shop, with the link to your sign-up form.",
        "Write to nobody in held-back.csv, not even to ask whether you may.",
    ]
    return told


def held_back(plan: Plan) -> list[tuple[int, str]]:
    """The reasons that hold most people back, in words."""
    found = list(plan.drill.held_back.items())
    said = [(number, words.DURING.get(code, code)) for code, number in found[:REASONS_SHOWN]]
    rest = sum(number for _, number in found[REASONS_SHOWN:])
    return [*said, (rest, "for other reasons")] if rest else said


def text(plan: Plan) -> str:
    """The plan as plain text, at most `WIDTH` columns."""
    drill = plan.drill
    lines = [f"OUTAGE DRILL: {plan.title}".upper(), f"{plan.day} · snapshot {plan.snapshot} · rules: {plan.rules}", ""]
    lines += _wrapped(stops(plan))
    lines.append("")
    lines += [f"{value:>9}  {label} ({remark})" for value, label, remark in figures(plan)]
    lines += ["", "ON WHICH CHANNEL"]
    for title, number, why, names in channels(plan):
        lines += _wrapped(f"{title}: {number:,} people ({why})." + (f" Files: {names}." if names else ""), "  ")
    if not drill.reachable:
        lines.append("  No channel to write on remains.")
    lines += _wrapped(beside(plan), "  ")
    if money := revenue(plan):
        lines += ["", "WHAT THE PEOPLE OUT OF REACH SPENT WITH YOU SO FAR", *(f"  {item}" for item in money)]
    lines += ["", "DO THIS BEFORE IT HAPPENS"]
    lines += [row for n, step in enumerate(plan.steps, 1) for row in _wrapped(step.sentence, f"  {n}. ", step.command)]
    if not plan.steps:
        lines.append("  Nothing that is known would win anybody back.")
    lines += ["", "ON THE DAY"]
    lines += [row for n, told in enumerate(on_the_day(plan), 1) for row in _wrapped(told, f"  {n}. ")]
    lines += ["", f"WHO IS NOT WRITTEN TO: {sum(drill.held_back.values()):,}, see held-back.csv"]
    lines += [row for number, why in held_back(plan) for row in _wrapped(why, f"  {number:>7,}  ")]
    return "\n".join([*lines, "", *_wrapped(FOOT)]) + "\n"


FOOT: Final = (
    "Made by AudienceVault from your own exports; no person is named on this page. Not legal advice. "
    "People are counted once each, and a tie on a platform is never taken for permission."
)


def html(plan: Plan) -> str:
    """The plan as one page of HTML, with its style inside, for A4 and Letter."""
    style = files("audiencevault.reach").joinpath("plan.css").read_text(encoding="utf-8")
    drill = plan.drill
    head = "".join(
        f'<div class="figure"><b>{escape(value)}</b><span>{escape(label)}</span><small>{escape(remark)}</small></div>'
        for value, label, remark in figures(plan)
    )
    rows = "".join(
        f"<tr><th scope=row>{escape(title)}</th><td class=n>{number:,}</td><td>{escape(why)}</td>"
        f"<td class=files>{_files(names)}</td></tr>"
        for title, number, why, names in channels(plan)
    )
    if not rows:
        rows = "<tr><td colspan=4>No channel to write on remains.</td></tr>"
    steps = "".join(
        f"<li>{escape(step.sentence)}" + (f" <code>{escape(step.command)}</code>" if step.command else "") + "</li>"
        for step in plan.steps
    )
    money = revenue(plan)
    spent = f"<h2>What the people out of reach have spent</h2><p>{escape('; '.join(money))}.</p>" if money else ""
    told = "".join(f"<li>{escape(item)}</li>" for item in on_the_day(plan))
    why = "".join(f"<tr><td class=n>{number:,}</td><td>{escape(said)}</td></tr>" for number, said in held_back(plan))
    return _PAGE.format(
        title=escape(f"Outage drill: {plan.title}"),
        heading=escape(plan.title),
        style=style,
        about=escape(f"{plan.day} · snapshot {plan.snapshot} · sender {plan.controller_id} · rules: {plan.rules}"),
        stops=escape(stops(plan)),
        figures=head,
        bar=_bar(drill),
        channels=rows,
        beside=escape(beside(plan)),
        spent=spent,
        steps=steps or "<li>Nothing that is known would win anybody back.</li>",
        told=told,
        held=f"{sum(drill.held_back.values()):,}",
        why=why,
        foot=escape(FOOT),
    )


_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header><p class="kind">Outage drill</p><h1>{heading}</h1><p class="about">{about}</p><p>{stops}</p></header>
<section class="figures">{figures}</section>
{bar}
<section>
<h2>Whom you can write to, and with which file</h2>
<table class="channels"><thead><tr><th>Channel</th><th class=n>People</th><th>Why you may</th><th>Files</th>
</tr></thead><tbody>{channels}</tbody></table>
<p>{beside}</p>
</section>
<section class="columns">
<div><h2>Before it happens</h2><ol>{steps}</ol>
{spent}</div>
<div><h2>On the day</h2><ol class="boxes">{told}</ol></div>
</section>
<section>
<h2>Who is not written to: {held}</h2>
<table class="held"><tbody>{why}</tbody></table>
</section>
<footer>{foot}</footer>
</body>
</html>
"""


def _bar(drill: Drill) -> str:
    parts = (
        ("own", drill.reachable_any, "can be written to"),
        ("tie", drill.platform_only, "only through a platform that is up"),
        ("none", drill.by_nothing, "by nothing"),
    )
    if not drill.people:
        return ""
    pieces, legend, left = [], [], 0.0
    for kind, number, label in parts:
        width = 100 * number / drill.people
        pieces.append(f'<rect class="{kind}" x="{left:.2f}" y="0" width="{width:.2f}" height="6"/>')
        legend.append(f'<li class="{kind}">{number:,} {label}</li>')
        left += width
    shown = "".join(pieces)
    said = ", ".join(f"{number:,} {label}" for _, number, label in parts)
    return (
        f'<figure class="bar"><svg viewBox="0 0 100 6" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(said)}">{shown}</svg><ul>{"".join(legend)}</ul></figure>'
    )


def percent(value: float) -> str:
    """A share as people write it, never rounded to none or to all.

    >>> percent(0.4321), percent(0.0004), percent(0.9999)
    ('43 %', 'less than 1 %', 'more than 99 %')
    """
    if 0 < value < 0.01:
        return "less than 1 %"
    if 0.99 < value < 1:
        return "more than 99 %"
    return f"{round(100 * value)} %"


def _files(names: str) -> str:
    return "<br>".join(f"<code>{escape(name)}</code>" for name in names.split(", ") if name)


def _wrapped(said: str, lead: str = "", command: str = "") -> list[str]:
    blank = " " * len(lead)
    lines = textwrap.wrap(
        said, WIDTH, initial_indent=lead, subsequent_indent=blank, break_long_words=False, break_on_hyphens=False
    )
    # A command is copied, so it stays in one line however long it is.
    return [*lines, blank + command] if command else lines


def _and(items: Sequence[str]) -> str:
    head, tail = list(items[:-1]), items[-1]
    return f"{', '.join(head)} and {tail}" if head else tail
